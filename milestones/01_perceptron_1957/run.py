"""Milestone 1: the perceptron (Rosenblatt, 1957) tells a handwritten 3 from an 8, and cannot tell odd from even."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from report import fingerprint, options, steps, trial, verdict  # sets the threads: before NumPy

# isort: split
import matplotlib.pyplot as plt
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from tinytorch import linalg, manual_seed, nn, no_grad, optim, randperm, where, zeros
from tinytorch.data import Digits

A, B = 3, 8

plt.switch_backend("Agg")  # pictures go to files, no window opens


def three_or_eight(train):
    """The images [N, 64] of two digits that look alike, and -1 for a 3, +1 for an 8."""
    images, labels = Digits(train, flatten=True).tensors()
    chosen = (labels == A) | (labels == B)
    return images[chosen], where(labels[chosen] == B, 1.0, -1.0)


def odd_or_even(train):
    """All images [N, 64], and -1 for an even digit, +1 for an odd one."""
    images, labels = Digits(train, flatten=True).tensors()
    return images, where(labels % 2 == 1, 1.0, -1.0)


def rosenblatt(x, y, passes):
    """Rosenblatt's rule: nothing is done for a right answer; after a wrong one, the image is added or subtracted.

    Args:
        x: images [N, 64].
        y: answers [N], -1 or +1.
        passes: as many times it goes through the images, at most. It stops after a pass without a mistake.

    Returns:
        The weights [64], the bias [], and the mistakes made in each pass.
    """
    w, b, mistakes = zeros(64), zeros(()), []
    for _ in passes:
        mistakes.append(0)
        for i in randperm(len(x)).tolist():
            if y[i] * (x[i] @ w + b) <= 0:
                w += y[i] * x[i]
                b += y[i]
                mistakes[-1] += 1
        if mistakes[-1] == 0:
            break
    return w, b, mistakes


def gradient_descent(x, y, epochs):
    """The same line found another way: the steps go down the slope of a loss that is small when the answers are right."""
    model = nn.Linear(64, 1)
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    target = (y > 0).float()
    for _ in epochs:
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), target)
        loss.backward()
        optimizer.step()
    return model.weight.detach()[0], model.bias.detach()[0]


def accuracy(w, b, x, y):
    """The share of images that lie on their side of the line x @ w + b = 0."""
    return ((x @ w + b > 0) == (y > 0)).float().mean().item()


def main():
    """Run the experiments; the exit status."""
    chosen = options(__file__, __doc__, budget=30)
    manual_seed(chosen.seed)
    results, histories = [], {}

    x, y = three_or_eight(train=True)
    x_test, y_test = three_or_eight(train=False)
    with trial(results, f"Rosenblatt's rule, {A} or {B}", at_least=0.95) as r:
        w, b, histories[f"{A} or {B}"] = rosenblatt(x, y, steps(50, r.name))
        r.accuracy, r.parameters = accuracy(w, b, x_test, y_test), w.numel() + b.numel()
        r.values.update(weights=fingerprint(w, b), mistakes=histories[f"{A} or {B}"])
    with trial(results, "  on what it learned from", at_least=1.0) as r:
        r.accuracy, r.parameters = accuracy(w, b, x, y), w.numel() + b.numel()
    with trial(results, f"gradient descent, {A} or {B}", at_least=0.95) as r:
        w2, b2 = gradient_descent(x, y, steps(300, r.name))
        r.accuracy, r.parameters = accuracy(w2, b2, x_test, y_test), w2.numel() + b2.numel()
        r.values.update(weights=fingerprint(w2, b2))

    # Labels that mean nothing: whoever still scores well on new images is cheating.
    with trial(results, "control: shuffled labels", at_most=0.7) as r:
        scores = []
        for _ in steps(10, r.name):
            w0, b0, mistakes = rosenblatt(x, y[randperm(len(y))], range(20))
            scores.append(accuracy(w0, b0, x_test, y_test))
        histories["shuffled labels"] = mistakes
        r.accuracy, r.parameters = sum(scores) / len(scores), w0.numel() + b0.numel()
        r.values.update(scores=scores)

    # No line separates odd from even, so the rule never comes to rest. It takes a hidden layer: see milestone 3.
    x_all, y_all = odd_or_even(train=True)
    with trial(results, "limit: odd or even, rule", at_most=0.95) as r:
        w3, b3, histories["odd or even"] = rosenblatt(x_all, y_all, steps(20, r.name))
        r.accuracy, r.parameters = accuracy(w3, b3, *odd_or_even(train=False)), w3.numel() + b3.numel()
        r.values.update(weights=fingerprint(w3, b3), mistakes=histories["odd or even"])
    with trial(results, "limit: odd/even, gradient", at_most=0.95) as r:
        w4, b4 = gradient_descent(x_all, y_all, steps(300, r.name))
        r.accuracy, r.parameters = accuracy(w4, b4, *odd_or_even(train=False)), w4.numel() + b4.numel()
        r.values.update(weights=fingerprint(w4, b4))

    sizes = {f"{A} or {B}": len(x), "odd or even": len(x_all), "shuffled labels": len(x)}
    shares = {name: [m / sizes[name] for m in mistakes] for name, mistakes in histories.items()}
    picture = draw(w, b, x_test, y_test, shares, chosen.output / "perceptron.png")
    return verdict("The perceptron, 1957: accuracy on images it has not seen", results, chosen, picture)


@no_grad()
def draw(w, b, x, y, shares, path):
    """The line between the two digits, the weights that draw it, and the mistakes made on the way there."""
    figure = plt.figure(figsize=(13, 8), layout="constrained")
    axes = figure.subplot_mosaic([["line", "weights"], ["line", "mistakes"]], width_ratios=[1.7, 1])

    # Across: the distance from the line. Up: the direction in which the images differ most besides.
    normal = w / linalg.vector_norm(w)
    distance = (x @ w + b) / linalg.vector_norm(w)
    rest = x - (x @ normal)[:, None] * normal
    up = (rest - rest.mean(0)) @ linalg.svd(rest - rest.mean(0), full_matrices=False)[2][0]
    ax = axes["line"]
    reach = 1.12 * distance.abs().max().item()
    ax.axvspan(-reach, 0, color="tab:blue", alpha=0.10, lw=0)
    ax.axvspan(0, reach, color="tab:red", alpha=0.10, lw=0)
    ax.axvline(0, color="black", lw=1.5)
    for image, right, across, height in zip(x, y.tolist(), distance.tolist(), up.tolist()):
        thumbnail = OffsetImage(image.reshape(8, 8).numpy(), zoom=3.2, cmap="gray_r", interpolation="nearest")
        frame = {"edgecolor": "tab:red" if right > 0 else "tab:blue", "lw": 1.5}
        ax.add_artist(AnnotationBbox(thumbnail, (across, height), pad=0.15, bboxprops=frame))
    ax.set(xlim=(-reach, reach), ylim=(up.min().item() - 0.2, up.max().item() + 0.2), yticks=[])
    ax.set_xlabel("distance from the line $w \\cdot x + b = 0$")
    ax.set_ylabel("the direction in which they differ most besides")
    ax.set_title(f"The test images on either side of the line (frame: blue is a {A}, red an {B})")

    size = w.abs().max().item()
    image = axes["weights"].imshow(w.reshape(8, 8).numpy(), cmap="RdBu_r", vmin=-size, vmax=size)
    figure.colorbar(image, ax=axes["weights"], shrink=0.9)
    axes["weights"].set(xticks=[], yticks=[], title=f"The weights: red ink says {B}, blue ink says {A}")

    ax = axes["mistakes"]
    for (name, share), colour in zip(sorted(shares.items()), ("tab:green", "tab:orange", "tab:gray")):
        ax.plot(range(1, len(share) + 1), share, "o-", ms=4, color=colour, label=name)
    ax.set(xlabel="pass through the images", ylabel="share of mistakes", ylim=(-0.02, None), xticks=range(0, 21, 5))
    ax.set_title("Rosenblatt's rule comes to rest where a line exists")
    ax.grid(alpha=0.3)
    ax.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


if __name__ == "__main__":
    sys.exit(main())
