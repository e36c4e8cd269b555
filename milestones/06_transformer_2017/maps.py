"""The picture: the losses, and what attention looks at."""

import matplotlib.pyplot as plt
from tinytorch import no_grad

plt.switch_backend("Agg")  # pictures go to files, no window opens


@no_grad()
def looked_at(model, source, answer):
    """The weights of the decoder's attention to the source, per layer: [B, heads, T, S] each."""
    inputs = []
    layers = [layer.multihead_attn for layer in model.transformer.decoder.layers]
    hooks = [layer.register_forward_pre_hook(lambda _, args: inputs.append(args[:3])) for layer in layers]
    model(source, answer)
    for hook in hooks:
        hook.remove()
    return [layer(*qkv, average_attn_weights=False)[1] for layer, qkv in zip(layers, inputs)]


def letters(ids):
    """Ids as text."""
    return [chr(ord("a") + i) for i in ids.tolist()]


def draw(model, tasks, examples, losses, path):
    """The losses, and for each task what each head of the last layer looks at while it writes.

    Args:
        model: the transformer.
        tasks: their names.
        examples: sources and answers, one for each task.
        losses: the loss at each step, by name.
        path: where the picture goes.
    """
    source, answer = examples
    weights = looked_at(model, source, answer)[-1].numpy()
    heads = weights.shape[1]
    figure = plt.figure(figsize=(15, 9), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 3.2])
    ax = left.subplots()
    for (name, curve), colour in zip(losses.items(), ("tab:red", "tab:blue", "tab:gray")):
        count = max(1, len(curve) // 100)
        means = [sum(curve[i : i + count]) / count for i in range(0, len(curve) - count + 1, count)]
        ax.semilogy([count * (k + 0.5) for k in range(len(means))], means, color=colour, lw=2, label=name)
    ax.set(xlabel="step", ylabel="loss per letter", title="The loss on fresh sequences")
    ax.grid(alpha=0.3)
    ax.legend()
    right.suptitle("Where each head of the last layer looks (darker: more) while it writes: input across, answer down")
    for axes, name, x, y, maps in zip(right.subplots(len(tasks), heads), tasks, source, answer, weights):
        for k, (ax, picture) in enumerate(zip(axes, maps)):
            ax.imshow(picture, cmap="Blues", vmin=0, vmax=1)
            ax.set_xticks(range(len(x)), [name.upper()[0], *letters(x[1:])], size=8)
            ax.set_yticks(range(len(y)), letters(y), size=8)
            ax.set_title(f"{name}, head {k + 1}", size=9)
    figure.savefig(path, dpi=100)
    plt.close(figure)
    return path
