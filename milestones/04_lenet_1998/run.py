"""Milestone 4: LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998) reads digits wherever they stand, as no MLP of its size does.

On the embedded digits; on MNIST where the environment variable TT_DATA_DIR names a folder with its files.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from machine import explained
from report import console, fingerprint, options, steps, trial, verdict  # sets the threads: before NumPy

# isort: split
from draw_lenet import draw
from tinytorch import cat, manual_seed, nn, no_grad, optim, randperm
from tinytorch.data import MNIST, DataLoader, Digits, TensorDataset
from tinytorch.data.transforms import Compose, Pad, RandomAffine, Resize
from tinytorch.spatial import LeNet5

FAR = 2  # pixels by which images are moved, in training at most
PLACES = range(-2 * FAR, 2 * FAR + 1)  # and further, for the picture


def mlp(side, parameters):
    """One hidden layer, as wide as a number of parameters allows."""
    hidden = round((parameters - 10) / (side * side + 11))
    return nn.Sequential(nn.Flatten(), nn.Linear(side * side, hidden), nn.Tanh(), nn.Linear(hidden, 10))


class Shuffled(nn.Module):
    """A model to which the pixels of every image are shown in another order, one and the same for all images."""

    def __init__(self, model, order):
        super().__init__()
        self.model, self.order = model, order

    def forward(self, x):
        """Images [B, 1, S, S] to logits [B, 10]."""
        return self.model(x.flatten(1)[:, self.order].reshape(x.shape))


def train(model, data, progress, batch_size=32, lr=0.05):
    """Gradient descent with Nesterov's momentum; the average loss of each tenth of the way.

    Every image is turned, moved and scaled a little, differently each time it is seen.

    Args:
        model: images [B, 1, S, S] to logits [B, 10]. What does not require a gradient stays as it is.
        data: images [1, S, S] and labels.
        progress: something to iterate over, once per step.
        batch_size: B.
        lr: the largest length of a step; it rises during the first fifth of the way, and then falls to 0.
    """
    move = RandomAffine(10, (FAR / data[0][0].shape[2],) * 2, (0.9, 1.1), interpolation="bilinear")
    loader = DataLoader(data, batch_size=batch_size, shuffle=True, drop_last=True)
    optimizer = optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr, momentum=0.9, nesterov=True)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, lr, len(progress), pct_start=0.2, cycle_momentum=False)
    criterion = nn.CrossEntropyLoss()
    losses = []
    batches = (batch for _ in range(-(-len(progress) // len(loader))) for batch in loader)
    for _, (images, labels) in zip(progress, batches):
        optimizer.zero_grad()
        loss = criterion(model(move(images)), labels)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    part = max(1, len(losses) // 10)
    return [sum(losses[i : i + part]) / part for i in range(0, len(losses) - part + 1, part)]


@no_grad()
def predict(model, data, down=0, right=0, count=None):
    """The digits that the model reads when the first images are moved, and those that were written: int64 [N] each."""
    images, labels = (x[:count] for x in data.tensors)
    moved = images.roll((down, right), (2, 3))
    return cat([model(part).argmax(1) for part in moved.split(500)]), labels


def share(read, written):
    """The share of images read rightly."""
    return (read == written).float().mean().item()


def accuracy_moved(model, data):
    """The share of images read rightly after moving them in each of four directions, on average."""
    moves = [(down, right) for down in (-FAR, FAR) for right in (-FAR, FAR)]
    return sum(share(*predict(model, data, *move)) for move in moves) / len(moves)


def images_per_second(model, data, batch_size, count):
    """How many images an epoch gets through in a second, in batches of a size; measured on `count` images."""
    few = TensorDataset(*(x[:count] for x in data.tensors))
    begin = time.perf_counter()
    train(model, few, range(count // batch_size), batch_size, lr=0.0)
    return count / (time.perf_counter() - begin)


def main():
    """Run the experiments; the exit status."""
    real = bool(os.environ.get("TT_DATA_DIR"))
    epochs = {"type": int, "help": "how many there are to be for every network"}
    chosen = options(__file__, __doc__, budget=900 if real else 180, epochs=epochs)
    if real:
        with explained():
            sets = MNIST(train=True), MNIST(train=False)
        name, demand, moved, margin, framed, epochs = "MNIST", 0.99, 0.97, 0.02, Compose([]), (12, 3)
    else:  # twice as large, with a frame to move in
        sets = Digits(train=True), Digits(train=False)
        name, demand, moved, margin, epochs = "digits", 0.98, 0.95, 0.03, (40, 40)
        framed = Compose([Resize(16), Pad(2)])
    data, test = (TensorDataset(framed(images), labels) for images, labels in (s.tensors() for s in sets))
    side, results, models = data[0][0].shape[2], [], {}

    def learn(label, model, epochs, **demands):
        """Train a model, and add two lines to the table: its accuracy on the test set as it is, and moved."""
        models[label] = model
        trained = [p for p in model.parameters() if p.requires_grad]
        with trial(results, label, demands.get("at_least", 0.0)) as r:
            losses = train(model, data, steps((chosen.epochs or epochs) * (len(data) // 32), label))
            r.accuracy, r.parameters = share(*predict(model, test)), sum(p.numel() for p in trained)
            r.values.update(weights=fingerprint(*model.parameters()), losses=losses)
        with trial(results, f"{label}, moved", demands.get("moved", 0.0), demands.get("at_most", 1.0)) as moved:
            moved.accuracy, moved.parameters = accuracy_moved(model, test), r.parameters
        return moved.accuracy

    manual_seed(chosen.seed)
    lenet = LeNet5(image_size=side)
    best = learn("LeNet-5", lenet, epochs[0], at_least=demand, moved=moved)
    best = round(best - margin, 3)

    # As many weights, but each looks at one place of the image: what is learned in one place is not known in another.
    size = sum(p.numel() for p in lenet.parameters())
    dense = learn("MLP", mlp(side, size), epochs[1], at_most=best)

    # The convolutions stay as they were drawn at random, and only the linear layers learn.
    frozen = LeNet5(image_size=side)
    frozen.conv1.requires_grad_(False)
    frozen.conv2.requires_grad_(False)
    learn("frozen convolutions", frozen, epochs[1], at_most=best)

    # With the pixels in another order, neighbours are no longer neighbours. To an MLP that makes no difference.
    order = randperm(side * side)
    learn("pixels shuffled", Shuffled(LeNet5(image_size=side), order), epochs[1], at_most=best)
    learn("MLP, shuffled", Shuffled(mlp(side, size), order), epochs[1], moved=round(dense - margin, 3))

    with trial(results, "batches of 64, not 1", at_least=3.0, unit="x") as r:
        speeds = {1: 0.0, 64: 0.0}
        for k in steps(6, r.name):  # in turns, and the fastest of each
            n = (1, 64)[k % 2]
            speeds[n] = max(speeds[n], images_per_second(LeNet5(image_size=side), data, n, 16 * (n + 8)))
        r.accuracy = speeds[64] / speeds[1]
        r.values.update(images_per_second=[round(speed) for speed in speeds.values()])
    console.print("\nImages per second in training: {:,.0f} one by one, {:,.0f} in batches".format(*speeds.values()))

    sweep = {}
    for (label, model), _ in zip(models.items(), steps(len(models), "looking further to the side")):
        sweep[label] = [share(*predict(model, test, right=far, count=1000)) for far in PLACES]
    picture = draw(lenet, test, *predict(lenet, test), sweep, chosen.output / f"lenet_{name.lower()}.png")
    return verdict(f"LeNet-5, 1998: test images of {name} read rightly", results, chosen, picture)


if __name__ == "__main__":
    sys.exit(main())
