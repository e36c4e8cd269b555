"""A step of training in the milestones: LeNet-5 of 1998, and the network that learns CIFAR-10.

An epoch of CIFAR-10 is 390 of the latter, without the loading of images.
"""

from typing import Any

from .common import Step, Workload, fill, training_step, wave

BATCH = 128


def descent(torch: Any, model: Any, x: Any) -> Step:
    """A step on the images x [N, C, H, W] with fixed labels."""
    fill(torch, model)
    labels = torch.arange(len(x)) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0001, momentum=0.9, nesterov=True)
    return training_step(model, optimizer, torch.nn.CrossEntropyLoss(), x, labels)


def lenet(torch: Any) -> Step:
    """LeNet-5 on 32 images of 28x28."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip
    return descent(torch, model, wave(torch, (32, 1, 28, 28), 1))


def cifar(torch: Any) -> Step:
    """milestones/05_alexnet_2012/network.py on 128 images of 32x32."""
    nn = torch.nn
    layers, channels = [nn.Conv2d(3, 24, 5, padding=2, bias=False), nn.BatchNorm2d(24), nn.ReLU()], 24
    for width in (32, 128, 128):
        layers += [
            nn.Conv2d(channels, width, 3, padding=1, bias=False),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        layers += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        channels = width
    model = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, 10))
    return descent(torch, model, wave(torch, (BATCH, 3, 32, 32), 1))


WORKLOADS = {
    "LeNet-5, batch 32": Workload(lenet),
    f"CIFAR-10's network, batch {BATCH}": Workload(cifar),
}
