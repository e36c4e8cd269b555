"""The network of milestone 5, the photographs it learns from, and how it learns."""

import time
from dataclasses import dataclass

from tinytorch import cat, manual_seed, nn, no_grad, optim, rand, randperm, uint8
from tinytorch.data import CIFAR10, DataLoader, Digits, Images
from tinytorch.data.transforms import Compose, Normalize, Pad, RandomCrop, RandomHorizontalFlip, Resize, ToTensor


class Network(nn.Module):
    """A layer of 5x5 filters; pairs of 3x3 convolutions, in each of which the maps shrink to a half; one linear layer.

    Args:
        first: the number of channels of the first layer.
        widths: the number of channels of each pair.
    """

    def __init__(self, first, widths):
        super().__init__()
        layers = [nn.Conv2d(3, first, 5, padding=2, bias=False), nn.BatchNorm2d(first), nn.ReLU()]
        for inputs, width in zip([first, *widths], widths):
            layers += [
                nn.Conv2d(inputs, width, 3, padding=1, bias=False),
                nn.MaxPool2d(2),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            ]
            layers += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(widths[-1], 10)

    def forward(self, x):
        """Images [B, 3, H, W] to logits [B, 10]."""
        return self.classifier(self.features(x).amax((2, 3))) / 8


class Shuffled(nn.Module):
    """A model to which the pixels of every image are shown in another order, one and the same for all images."""

    def __init__(self, model, side):
        super().__init__()
        self.model, self.order = model, randperm(side * side)

    def forward(self, x):
        """Images [B, 3, H, W] to logits [B, 10]."""
        return self.model(x.flatten(2)[:, :, self.order].reshape(x.shape))


def in_colour(digits, transform):
    """Each digit in a colour of its own, on a ground of another, as large as 12 of 16 pixels."""
    images, labels = digits.tensors()
    ink = Compose([Resize(12), Pad(2)])(images)
    ground = rand(len(images), 3, 1, 1)
    colour = (ground + 0.3 + 0.4 * rand(len(images), 3, 1, 1)) % 1
    painted = ground + (colour - ground) * ink
    return Images((255 * painted).to(uint8).numpy(), labels.numpy(), transform)


@dataclass
class Task:
    """What is to be learned, and the settings with which it is."""

    name: str
    train: Images
    test: Images
    shape: tuple  # of the network: the channels of the first layer, and of the pairs
    batch_size: int
    lr: float
    epochs: int | None  # None: as many as the budget allows
    demand: float | None  # the accuracy to reach; None: as the budget allows
    short: tuple  # the least and the largest number of steps in the short trainings


def load(real):
    """CIFAR-10, whose images are moved by up to two pixels and mirrored at random, or the digits in colour, moved."""
    tensors = [ToTensor(), Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))]
    if real:
        moved = Compose([RandomCrop(32, padding=2, padding_mode="reflect"), RandomHorizontalFlip(), *tensors])
        data, test = CIFAR10(train=True, transform=moved), CIFAR10(train=False, transform=Compose(tensors))
        return Task("CIFAR-10", data, test, (24, (32, 128, 128)), 128, 0.25, None, None, (40, 100))
    manual_seed(0)
    moved = Compose([RandomCrop(16, padding=2, padding_mode="edge"), *tensors])
    data, test = in_colour(Digits(train=True), moved), in_colour(Digits(train=False), Compose(tensors))
    return Task("digits in colour", data, test, (12, (16, 32, 64)), 64, 0.1, 24, 0.95, (280, 280))


def sgd(model):
    """Gradient descent with Nesterov's momentum; weights decay, biases and the scales of normalization do not."""
    trained = [p for p in model.parameters() if p.requires_grad]
    weights, others = [p for p in trained if p.ndim > 1], [p for p in trained if p.ndim == 1]
    groups = [{"params": weights, "weight_decay": 5e-4}, {"params": others, "weight_decay": 0.0}]
    return optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True)


class Pace:
    """How many steps of a training are left: as many as the time allows, between two bounds.

    Args:
        seconds: how much time there is.
        least: the smallest number of steps in all; they are taken even if time is short.
        most: the largest.
        per_step: how long a step takes, in seconds, if that is known; it is measured from then on.
    """

    def __init__(self, seconds=0.0, least=1, most=float("inf"), per_step=0.0):
        self.end, self.least, self.most, self.per_step = time.monotonic() + seconds, least, most, per_step
        self.taken, self.last = 0, 0.0

    def rest(self):
        """What happens between the last step and the next is no part of a step."""
        self.last = 0.0

    def left(self):
        """The number of steps that are left, at least 1, with the one that begins now."""
        now = time.monotonic()
        if self.last:
            weight = 0.05 if self.per_step else 1.0
            self.per_step += weight * (now - self.last - self.per_step)
        affordable = (self.end - now) / self.per_step if self.per_step else float("inf")
        steps = max(self.least - self.taken, min(self.most - self.taken, affordable), 1)
        self.taken, self.last = self.taken + 1, now
        return steps


def train(model, optimizer, batches, pace, lr, progress, share=0.0):
    """Some steps of training.

    Args:
        model: images [B, 3, H, W] to logits [B, 10].
        optimizer: it takes the steps. Their length rises during the first fifth of the training, and then falls to 0.
        batches: images [B, 3, H, W] and labels [B].
        pace: how many steps are left: each of them does the same part of the rest.
        lr: the largest length of a step.
        progress: the progress bar, which is iterated over once per step.
        share: what share of the training was done before.

    Returns:
        The average loss, the number of steps, and the share of the training that is done. It is 1 at the end of the training;
        otherwise `batches` or `progress` came to an end.
    """
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    model.train()
    pace.rest()
    total, taken = 0.0, 0
    for _, (images, labels) in zip(progress, batches):
        left = pace.left()
        share = share + (1.0 - share) / left if left > 1 else 1.0
        for group in optimizer.param_groups:
            group["lr"] = lr * min(0.1 + 4.5 * share, (1.0 - share) / 0.8)
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        total, taken = total + loss.item(), taken + 1
        progress.note = f", loss {total / taken:.3f}"
        if share == 1.0:
            break
    return total / taken, taken, share


@no_grad()
def predict(model, data, count):
    """The logits [N, 10] that a model gives the first images of a data set, and what they show [N]."""
    model.eval()
    parts, labels = [], []
    for k, (images, truth) in enumerate(DataLoader(data, batch_size=500)):
        if 500 * k >= count:
            break
        parts.append(model(images))
        labels.append(truth)
    return cat(parts), cat(labels)


def accuracy(model, data, count):
    """The share of the first images of a data set that the model names rightly."""
    logits, labels = predict(model, data, count)
    return (logits.argmax(1) == labels).float().mean().item()
