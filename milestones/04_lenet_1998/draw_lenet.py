"""The picture of milestone 4."""

import matplotlib.pyplot as plt
from tinytorch import no_grad

plt.switch_backend("Agg")  # pictures go to files, no window opens


@no_grad()
def draw(lenet, test, read, written, sweep, path):
    """What the first layer looks for, what both layers find in a digit, and who reads digits that stand elsewhere.

    Args:
        lenet: the trained LeNet-5.
        test: the test images [1, S, S] and labels.
        read: what it read in them, int64 [N].
        written: what they show, int64 [N].
        sweep: the accuracy of each model, by name, when the images are moved to the left and to the right.
        path: where the picture goes.

    Returns:
        The path.
    """
    image = test[0][0][None]
    first = lenet.activation(lenet.conv1(image))
    second = lenet.activation(lenet.conv2(lenet.pool(first)))
    figure = plt.figure(figsize=(13, 9), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1.1])
    filters, deeper = top.subfigures(1, 2, width_ratios=[1.6, 1])

    filters.suptitle(
        "The six filters of the first layer, and what they find in a digit (red: much, blue: the opposite)"
    )
    panels = filters.subplots(2, 7)
    panels[1, 0].imshow(image[0, 0].numpy(), cmap="gray_r")
    for k, weights in enumerate(lenet.conv1.weight[:, 0]):
        size = weights.abs().max().item()
        panels[0, k + 1].imshow(weights.numpy(), cmap="RdBu_r", vmin=-size, vmax=size)
        panels[1, k + 1].imshow(first[0, k].numpy(), cmap="RdBu_r", vmin=-1, vmax=1)
    deeper.suptitle("What the sixteen of the second find")
    others = deeper.subplots(4, 4)
    for ax, found in zip(others.ravel(), second[0]):
        ax.imshow(found.numpy(), cmap="RdBu_r", vmin=-1, vmax=1)
    for ax in [*panels.ravel(), *others.ravel()]:
        ax.axis("off")

    moved, mistakes = bottom.subfigures(1, 2, width_ratios=[1.5, 1])
    ax = moved.subplots()
    for label, scores in sweep.items():
        far = len(scores) // 2
        ax.plot(range(-far, far + 1), scores, ".--" if "shuffled" in label else "o-", label=label.strip())
    ax.axvspan(-(far // 2), far // 2, color="0.9", label="moves seen in training")
    ax.set(xlabel="pixels by which the test images are moved to the right", ylabel="read rightly", ylim=(0, 1.02))
    ax.grid(alpha=0.3)
    ax.legend(fontsize=8, loc="lower center")

    wrong = (read != written).nonzero()[:, 0].tolist()
    mistakes.suptitle(f"Read wrongly by LeNet-5 ({len(wrong)} of {len(read):,}): written, then read")
    rows, columns = (2, 2) if len(wrong) <= 4 else (3, 3) if len(wrong) <= 9 else (4, 5)
    panels = mistakes.subplots(rows, columns).ravel()
    for ax in panels:
        ax.axis("off")
    for ax, i in zip(panels, wrong):
        ax.imshow(test[i][0][0].numpy(), cmap="gray_r")
        ax.set_title(f"{written[i].item()}, {read[i].item()}", size=9, color="tab:red")
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path
