"""Milestone 3: the multi-layer perceptron (Rumelhart, Hinton and Williams, 1986) learns its hidden layer, and reads digits.

On the embedded 8x8 digits; on MNIST where the environment variable TT_DATA_DIR names a folder with its files.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from machine import explained
from report import fingerprint, options, steps, trial, verdict  # sets the threads: before NumPy

# isort: split
import matplotlib.pyplot as plt
from tinytorch import bincount, manual_seed, nn, no_grad, optim, randn_like, randperm
from tinytorch.data import MNIST, DataLoader, Digits

plt.switch_backend("Agg")  # pictures go to files, no window opens


def mlp(inputs, hidden, activation):
    """Two layers, and between them what keeps them from being one."""
    return nn.Sequential(nn.Linear(inputs, hidden), activation(), nn.Linear(hidden, 10))


def train(model, data, epochs, batch_size, lr):
    """Backpropagation with momentum; the average loss of each epoch.

    Every image is blurred by fresh noise each time it is seen, so that no network can learn the images by heart.

    Args:
        model: images [B, D] to logits [B, 10]. What does not require a gradient stays as it is.
        data: images [D] and labels.
        epochs: something to iterate over, once per pass through the data.
        batch_size: B.
        lr: the length of the first steps; it falls to 0 along a cosine.
    """
    loader = DataLoader(data, batch_size=batch_size, shuffle=True)
    optimizer = optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr, momentum=0.9)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, len(epochs))
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in epochs:
        total = 0.0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(images + 0.2 * randn_like(images)), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        losses.append(total / len(loader))
    return losses


@no_grad()
def predict(model, data):
    """The digits that the model reads, and those that were written: int64 [N] each."""
    images, labels = data.tensors()
    return model(images).argmax(1), labels


def accuracy(model, data):
    """The share of images read rightly."""
    read, written = predict(model, data)
    return (read == written).float().mean().item()


def main():
    """Run the experiments; the exit status."""
    chosen = options(__file__, __doc__, budget=180 if os.environ.get("TT_DATA_DIR") else 60)
    if os.environ.get("TT_DATA_DIR"):
        with explained():
            data, test = MNIST(train=True, flatten=True), MNIST(train=False, flatten=True)
        name, demand, shape, epochs = "MNIST", 0.98, (784, 128, nn.ReLU), 10
        how = {"batch_size": 64, "lr": 0.1}
    else:  # as in 1986, with the sigmoid
        data, test = Digits(train=True, flatten=True), Digits(train=False, flatten=True)
        name, demand, shape, epochs = "digits", 0.97, (64, 32, nn.Sigmoid), 60
        how = {"batch_size": 32, "lr": 0.2}
    results, losses = [], {}

    with trial(results, f"two layers, {name}", at_least=demand) as r:
        manual_seed(chosen.seed)
        model = mlp(*shape)
        losses["two layers"] = train(model, data, steps(epochs, r.name), **how)
        r.accuracy, r.parameters = accuracy(model, test), sum(p.numel() for p in model.parameters())
        r.values.update(weights=fingerprint(*model.parameters()), losses=losses["two layers"])

    # The same network, but its hidden layer stays as it was drawn at random: it is the learning of features that counts.
    with trial(results, "control: hidden is frozen", at_most=demand - 0.02) as r:
        manual_seed(chosen.seed)
        frozen = mlp(*shape)
        frozen[0].requires_grad_(False)
        losses["hidden layer frozen"] = train(frozen, data, steps(epochs, r.name), **how)
        r.accuracy, r.parameters = accuracy(frozen, test), sum(p.numel() for p in frozen[2].parameters())
        r.values.update(weights=fingerprint(*frozen.parameters()))

    # Labels that mean nothing: what is learned from them must not help on new images.
    with trial(results, "control: shuffled labels", at_most=0.5) as r:
        manual_seed(chosen.seed)
        fooled = mlp(*shape)
        data.targets = data.targets[randperm(len(data)).numpy()]
        losses["labels shuffled"] = train(fooled, data, steps(max(2, epochs // 4), r.name), **how)
        r.accuracy, r.parameters = accuracy(fooled, test), sum(p.numel() for p in fooled.parameters())
        r.values.update(weights=fingerprint(*fooled.parameters()))

    picture = draw(model, test, losses, chosen.output / f"mlp_{name.lower()}.png")
    return verdict(f"The multi-layer perceptron, 1986: test images of {name} read rightly", results, chosen, picture)


@no_grad()
def draw(model, test, losses, path):
    """The loss, the confusion matrix, the images read wrongly, and what the hidden units look at."""
    figure = plt.figure(figsize=(13, 9.5), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.15, 1])
    left, right = top.subplots(1, 2, width_ratios=[1, 1])
    for (name, curve), colour in zip(losses.items(), ("tab:red", "tab:blue", "tab:gray")):
        left.semilogy(range(1, len(curve) + 1), curve, color=colour, lw=2, label=name)
    left.set(xlabel="epoch", ylabel="loss", title="The loss on noisy training images")
    left.grid(alpha=0.3)
    left.legend()

    read, written = predict(model, test)
    counts = bincount(written * 10 + read, minlength=100).reshape(10, 10)
    wrong = (read != written).nonzero()[:, 0]
    shade = counts.float() / counts.sum(1, keepdim=True)
    right.imshow(shade.sqrt().numpy(), cmap="Blues", vmin=0, vmax=1)
    for i, row in enumerate(counts.tolist()):
        for k, count in enumerate(row):
            if count:
                colour = "white" if i == k else "tab:red"
                right.text(k, i, str(count), ha="center", va="center", color=colour, weight="bold", size=9)
    right.set(xticks=range(10), yticks=range(10), xlabel="read", ylabel="written")
    right.set_title(f"{len(read) - len(wrong):,} of {len(read):,} test images are read rightly")

    side = round(len(test[0][0]) ** 0.5)
    mistakes, features = bottom.subfigures(1, 2)
    mistakes.suptitle("Read wrongly: written, then read" if len(wrong) else "Nothing is read wrongly")
    rows = max(2, min(4, -(-len(wrong) // 6)))
    columns = max(2, min(6, -(-len(wrong) // rows)))
    panels = mistakes.subplots(rows, columns).ravel()
    for ax in panels:
        ax.axis("off")
    for ax, i in zip(panels, wrong.tolist()):
        ax.imshow(test[i][0].reshape(side, side).numpy(), cmap="gray_r")
        ax.set_title(f"{written[i].item()}, {read[i].item()}", size=9, color="tab:red")
    features.suptitle("What the first 24 hidden units look for (red: ink, blue: none)")
    for ax, weights in zip(features.subplots(4, 6).ravel(), model[0].weight):
        size = weights.abs().max().item()
        ax.imshow(weights.reshape(side, side).numpy(), cmap="RdBu_r", vmin=-size, vmax=size)
        ax.axis("off")
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


if __name__ == "__main__":
    sys.exit(main())
