"""Fully connected networks, and chains of small operations."""

from typing import Any

from .common import Step, Workload, fill, training_step, wave


def perceptron(torch: Any, sizes: list[int], batch: int, activation: str, optimizer: str, loss: str) -> Step:
    """zero_grad, forward, loss, backward, step of a fully connected network on fixed random data."""
    layers: list[Any] = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(n_in, n_out), getattr(torch.nn, activation)()]
    model = torch.nn.Sequential(*layers[:-1])
    fill(torch, model)
    if optimizer == "SGD":
        optim = torch.optim.SGD(model.parameters(), lr=0.1)
    else:
        optim = getattr(torch.optim, optimizer)(model.parameters(), lr=1e-3)
    criterion = getattr(torch.nn, loss)()
    x = wave(torch, (batch, sizes[0]), 1)
    y = torch.arange(batch) % sizes[-1] if loss == "CrossEntropyLoss" else wave(torch, (batch, sizes[-1]), 2)
    return training_step(model, optim, criterion, x, y)


def chain(torch: Any, length: int = 200) -> Step:
    """A chain of small tracked operations on 8 floats, with backward."""
    x = torch.ones(8, requires_grad=True)
    a, b = torch.full((8,), 0.99), torch.full((8,), 0.01)

    def step() -> float:
        y = x
        for _ in range(length // 2):
            y = y * a
            y = y + b
        loss = y.sum()
        x.grad = None
        loss.backward()
        return float(loss.detach())

    return step


def mixed_chain(torch: Any, length: int = 200) -> Step:
    """A chain of small tracked operations of many kinds, with backward."""
    x = torch.ones(8, requires_grad=True)
    a = torch.full((8,), 0.5)

    def step() -> float:
        y = x
        for _ in range(length // 10):
            y = (y * 1.01).tanh() + a
            y = (y - 0.1).exp()
            y = (y / 2.0).sigmoid()
            y = (-y).relu() + y * y
            y = y.reshape(2, 4).sum(dim=0).repeat(2)
        loss = y.sum()
        x.grad = None
        loss.backward()
        return float(loss.detach())

    return step


def _mlp(sizes: list[int], batch: int, optimizer: str, activation: str = "ReLU", loss: str = "CrossEntropyLoss"):
    return lambda torch: perceptron(torch, sizes, batch, activation, optimizer, loss)


WORKLOADS = {
    "XOR 2-8-2, batch 4, SGD": Workload(_mlp([2, 8, 2], 4, "SGD", "Tanh"), 2.0),
    "XOR 2-8-2, batch 4, Adam": Workload(_mlp([2, 8, 2], 4, "Adam", "Tanh"), 2.0),
    "digits 64-32-10, batch 32, SGD": Workload(_mlp([64, 32, 10], 32, "SGD"), 2.0),
    "digits 64-32-10, batch 32, Adam": Workload(_mlp([64, 32, 10], 32, "Adam"), 2.0),
    "MNIST 784-128-10, batch 64, Adam": Workload(_mlp([784, 128, 10], 64, "Adam"), 1.0),
    "MNIST 784-512-512-10, batch 128, Adam": Workload(_mlp([784, 512, 512, 10], 128, "Adam"), 1.0),
    "chain of 200 small operations": Workload(chain, 1.5),
    "chain of 200 mixed operations": Workload(mixed_chain),
    "GELU 784-512-10, batch 128, AdamW": Workload(_mlp([784, 512, 10], 128, "AdamW", "GELU")),
    "MSE 64-64-1, batch 32, SGD": Workload(_mlp([64, 64, 1], 32, "SGD", "Tanh", "MSELoss")),
}
