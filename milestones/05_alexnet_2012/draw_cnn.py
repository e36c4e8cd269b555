"""The picture of milestone 5."""

import matplotlib.pyplot as plt
from tinytorch import no_grad

plt.switch_backend("Agg")  # pictures go to files, no window opens


def as_picture(pixels):
    """An image [3, H, W] of any range as an array [H, W, 3] from 0 to 1."""
    low, high = pixels.amin(), pixels.amax()
    return ((pixels - low) / (high - low)).permute(1, 2, 0).numpy()


@no_grad()
def draw(model, task, logits, labels, state, path):
    """How the network learned, what its first layer looks for, and what it says about images that it has not seen.

    Args:
        model: the trained network.
        task: what it was to learn.
        logits: what it says about the test images, [N, 10].
        labels: what they show, [N].
        state: the history of the training.
        path: where the picture goes.

    Returns:
        The path.
    """
    filters = model.features[0].weight
    rows = -(-len(filters) // 6)
    figure = plt.figure(figsize=(14, 10), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.25])
    upper, lower, _ = left.subfigures(3, 1, height_ratios=[4, rows, 4.5 - rows])

    ax = upper.subplots()
    passes, done = [], 0.0
    for epoch in state["epochs"]:
        done += epoch["passes"]
        passes.append(done)
    ax.plot(passes, [epoch["accuracy"] for epoch in state["epochs"]], "o-", color="tab:blue")
    final = (logits.argmax(1) == labels).float().mean().item()
    ax.axhline(final, color="tab:blue", ls=":", lw=1)
    ax.set(xlabel="epoch", xlim=(0, 1.04 * done), ylim=(0, 1), title=f"{final:.1%} of {len(labels):,} test images")
    ax.set_ylabel("test images named rightly", color="tab:blue")
    ax.grid(alpha=0.3)
    losses = ax.twinx()
    losses.plot(passes, [epoch["loss"] for epoch in state["epochs"]], "s--", color="tab:red")
    losses.set_ylabel("training loss", color="tab:red")
    losses.set_ylim(0)

    lower.suptitle("The filters of the first layer")
    for k, panel in enumerate(lower.subplots(rows, 6).ravel()):
        panel.axis("off")
        if k < len(filters):
            panel.imshow(as_picture(filters[k]))

    right.suptitle("The first test images, and what the network sees in them (red: wrong)")
    said, sure = logits.argmax(1), logits.softmax(1)
    names = task.test.classes
    for k, panel in enumerate(right.subplots(6, 5).ravel()):
        pixels, label = task.test[k]
        panel.imshow(as_picture(pixels))
        wrong = said[k] != label
        text = f"{names[said[k]]}, {sure[k, said[k]]:.0%}" + (f"\n({names[label]})" if wrong else "")
        panel.set_title(text, size=9, color="tab:red" if wrong else "black")
        panel.axis("off")
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path
