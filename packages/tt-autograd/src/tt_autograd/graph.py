"""Pictures of a graph: as text, as Mermaid, as DOT."""

from collections.abc import Iterable, Mapping
from typing import Any

from .methods import up_to_date
from .node import Leaf, Node, Part
from .watch import LINES


def nodes_below(*outputs: Any) -> tuple[list[Node], list[Leaf]]:
    """The nodes and leaves below tensors, the latest node first."""
    nodes: dict[Node, None] = {}
    leaves: dict[Leaf, None] = {}
    stack = [up_to_date(y) for y in outputs]
    while stack:
        more = stack.pop()
        node = more.node if type(more) is Part else more
        if type(node) is Leaf:
            leaves[node] = None
        elif node is not None and node not in nodes:
            nodes[node] = None
            stack += node.parents
    return sorted(nodes, key=lambda n: -n.time), list(leaves)


def names_of(params: Any) -> dict[int, str]:
    """The names of parameters, by the id of their leaf. `params`: a module, a dict, or pairs of a name and a tensor."""
    if params is None:
        return {}
    pairs: Iterable[tuple[str, Any]]
    if isinstance(params, Mapping):
        pairs = params.items()
    else:
        pairs = params.named_parameters() if callable(getattr(params, "named_parameters", None)) else params
    return {id(x.more): name for name, x in pairs}


def size_of(node: Any) -> str:
    """The shape of what a node or leaf has: `3×4`."""
    if type(node) is Leaf:
        x = node.tensor()
        shape = () if x is None else x.array.shape
    else:
        shape = node.shape
        if type(shape) is list:
            return ", ".join("×".join(map(str, s)) or "scalar" for s in shape)
    return "×".join(map(str, shape)) or "scalar"


class Picture:
    """Nodes with their labels and edges, numbered, the results first."""

    def __init__(self, y: Any, params: Any) -> None:
        ys = y if isinstance(y, tuple | list) else (y,)
        nodes, leaves = nodes_below(*ys)
        names = names_of(params)
        self.number: dict[Any, int] = {}
        self.labels: list[str] = []
        self.is_leaf: list[bool] = []
        unnamed = 0
        everything: list[Any] = [*nodes, *leaves]
        for node in everything:
            self.number[node] = len(self.labels)
            if type(node) is Leaf:
                name = names.get(id(node))
                if name is None:
                    name, unnamed = f"leaf {unnamed}", unnamed + 1
            else:
                name = node.op.name
            self.labels.append(f"{name} ({size_of(node)})")
            self.is_leaf.append(type(node) is Leaf)
        self.lines = [LINES.get(node) for node in nodes] + [None] * len(leaves)
        self.edges = [
            (self.number[node], [self.number[p.node if type(p) is Part else p] for p in node.parents if p is not None])
            for node in nodes
        ]


def text(y: Any, params: Any = None) -> str:
    """The graph below `y` in words, a line for each operation, the last one first.

    Args:
        y: a tensor, or several.
        params: where the names of the leaves come from: a module, a dict, or pairs of a name and a tensor.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> print(text((w * w).sum(), {"w": w}))
        0: sum (scalar) <- 1
        1: mul (2) <- 2, 2
        2: w (2)
    """
    p = Picture(y, params)
    below = dict(p.edges)
    rows = []
    for k, label in enumerate(p.labels):
        row = f"{k}: {label}"
        if not p.is_leaf[k]:
            row += " <- " + (", ".join(map(str, below[k])) or "constants")
        if p.lines[k]:
            row += f"    # {p.lines[k]}"
        rows.append(row)
    return "\n".join(rows)


def mermaid(y: Any, params: Any = None) -> str:
    """The graph below `y` in Mermaid's language, which GitHub, notebooks and many editors draw. Arguments as for `text`.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> print(mermaid(w.sum(), {"w": w}))
        flowchart BT
            n0["sum (scalar)"]
            n1(["w (2)"])
            n1 --> n0
    """
    p = Picture(y, params)
    rows = ["flowchart BT"]
    for k, label in enumerate(p.labels):
        label = label.replace('"', "#quot;")
        rows.append(f'    n{k}(["{label}"])' if p.is_leaf[k] else f'    n{k}["{label}"]')
    rows += [f"    n{source} --> n{k}" for k, sources in p.edges for source in sources]
    return "\n".join(rows)


def dot(y: Any, params: Any = None) -> str:
    """The graph below `y` in the language of Graphviz. Arguments as for `text`.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> print(dot(w.sum(), {"w": w}))
        digraph {
            rankdir=BT
            n0 [label="sum (scalar)", shape=box]
            n1 [label="w (2)", shape=ellipse]
            n1 -> n0
        }
    """
    p = Picture(y, params)
    rows = ["digraph {", "    rankdir=BT"]
    for k, label in enumerate(p.labels):
        label = label.replace("\\", "\\\\").replace('"', '\\"')
        rows.append(f'    n{k} [label="{label}", shape={"ellipse" if p.is_leaf[k] else "box"}]')
    rows += [f"    n{source} -> n{k}" for k, sources in p.edges for source in sources]
    return "\n".join([*rows, "}"])
