"""The picture: how the losses fell, what attention costs, and where the parameters are."""

import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator, StrMethodFormatter
from measures import PARTS, parameters_by_part

plt.switch_backend("Agg")  # pictures go to files, no window opens


def draw(courses, models, costs, path):
    """Losses, costs and parameters.

    Args:
        courses: how each training went, by name.
        models: the models, by name.
        costs: what `attention_costs` returned.
        path: where the picture goes.
    """
    figure = plt.figure(figsize=(14, 9), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.3, 1])
    ax = top.subplots()
    for (name, course), colour in zip(courses.items(), ("tab:red", "tab:blue", "tab:gray", "tab:green")):
        count = max(1, len(course.losses) // 100)
        means = [sum(course.losses[i : i + count]) / count for i in range(0, len(course.losses) - count + 1, count)]
        ax.plot([count * (k + 0.5) for k in range(len(means))], means, color=colour, lw=1, alpha=0.5)
        ax.plot(course.steps, course.tests, "o-", color=colour, lw=2, label=f"{name}: {course.tests[-1]:.3f}")
    highest = max(max(course.tests) for course in courses.values())
    ax.set(xlabel="step", ylabel="nats per character", ylim=(None, highest + 0.6))
    ax.set_title("The loss while learning (thin), and on the last tenth of the text (dots)")
    ax.grid(alpha=0.3)
    ax.legend()

    times, memory, parts = bottom.subplots(1, 3)
    lengths = sorted(costs)
    for ax, unit, title in ((times, "ms", "Time of attention, ms"), (memory, "MB", "Memory of attention, MB")):
        for way, colour in (("naive", "tab:red"), ("tiled", "tab:blue")):
            ax.loglog(lengths, [costs[T][way][unit] for T in lengths], "o-", color=colour, lw=2, label=way)
        ax.set(xlabel="tokens", title=title)
        ax.set_xticks(lengths, map(str, lengths))
        ax.minorticks_off()
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.grid(alpha=0.3)
        ax.legend()
    left = dict.fromkeys(models, 0)
    for part, colour in zip(PARTS, ("tab:orange", "tab:blue", "tab:green", "tab:gray", "tab:purple")):
        counts = [parameters_by_part(model)[part] / 1000 for model in models.values()]
        parts.barh(list(models), counts, left=list(left.values()), color=colour, label=part)
        left = {name: before + count for (name, before), count in zip(left.items(), counts)}
    parts.set(title="Parameters, thousands")
    parts.set_xlim(0, 1.05 * max(left.values()))
    parts.invert_yaxis()
    parts.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.08))  # below, where no bar is
    figure.savefig(path, dpi=100)
    plt.close(figure)
    return path
