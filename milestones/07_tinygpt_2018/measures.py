"""What models and attention cost, by measurement: parameters by part, time and memory as the sequence doubles."""

import time
import tracemalloc

from report import console
from rich import box
from rich.table import Table
from tinytorch import full, nn, randn

PARTS = {
    "embeddings": ("tokens.", "positions."),
    "attention": (".attention.",),
    "MLP": (".mlp.",),
    "norms": ("norm",),
    "output": ("head.",),
}


def parameters_by_part(model):
    """How many parameters each part of a decoder has."""
    counts = dict.fromkeys(PARTS, 0)
    for name, p in model.named_parameters():
        part = next(part for part, marks in PARTS.items() if any(mark in name for mark in marks))
        counts[part] += p.numel()
    return counts


def naive(q, k, v):
    """Causal attention as the formula says it, with all T x T scores at once."""
    T, scale = q.shape[-2], q.shape[-1] ** -0.5
    later = full((T, T), True).triu(1)
    return (q @ k.mT * scale).masked_fill(later, -1e9).softmax(-1) @ v


def tiled(q, k, v):
    """The same by `scaled_dot_product_attention`, which looks at a tile at a time where that pays."""
    return nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)


def cost(attention, length, heads=4, width=32):
    """Forward and backward over a sequence: the best of three times in milliseconds, and the peak of memory in MB."""
    q, k, v = (randn(1, heads, length, width, requires_grad=True) for _ in range(3))

    def once():
        for x in (q, k, v):
            x.grad = None
        begin = time.perf_counter()
        attention(q, k, v).sum().backward()
        return time.perf_counter() - begin

    best = min(once() for _ in range(3))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    once()
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return {"ms": 1000 * best, "MB": peak / 2**20}


def attention_costs(lengths=(256, 512, 1024, 2048)):
    """The cost of both ways for sequences of these lengths."""
    return {T: {"naive": cost(naive, T), "tiled": cost(tiled, T)} for T in lengths}


def growth(costs, way):
    """By what the memory grew at the last doubling."""
    before, after = (costs[T][way]["MB"] for T in sorted(costs)[-2:])
    return after / before


def show(costs, models):
    """Print both as tables.

    Args:
        costs: what `attention_costs` returned.
        models: models, by name.
    """
    table = Table(title="Attention forward and backward, 4 heads of 32", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("tokens", "naive, ms", "tiled, ms", "naive, MB", "tiled, MB"):
        table.add_column(name, justify="right")
    for T, ways in costs.items():
        table.add_row(str(T), *(f"{ways[way][unit]:.1f}" for unit in ("ms", "MB") for way in ("naive", "tiled")))
    console.print(table)
    table = Table(title="Parameters by part", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("", *PARTS, "all"):
        table.add_column(name, justify="right" if name else "left")
    for name, model in models.items():
        counts = parameters_by_part(model)
        table.add_row(name, *(f"{n:,}" for n in (*counts.values(), sum(counts.values()))))
    console.print(table)
