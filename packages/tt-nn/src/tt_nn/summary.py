"""What a model is made of, layer by layer: shapes, parameters, memory and work."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tt_autograd.grad_mode import no_grad
from tt_autograd.tensor import Tensor
from tt_tensor import versions
from tt_tensor.primitive import handling
from tt_tensor.tensor import Tensor as Base

from .flops import flops
from .module import Module


@dataclass
class Row:
    """One call of one module. What belongs to the modules inside it is in their rows.

    Attributes:
        name: the path of the module; empty for the model.
        kind: its class.
        depth: how deep it is nested.
        shapes: the shapes of its outputs.
        parameters: how many values its own parameters have; 0 if they were counted in an earlier row.
        memory: bytes of these parameters, its buffers and its outputs.
        flops: floating-point operations.
    """

    name: str
    kind: str
    depth: int
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    parameters: int = 0
    memory: int = 0
    flops: int = 0
    shared: bool = False


@dataclass
class Summary:
    """What `summary` returns; `str` of it is a table.

    Attributes:
        rows: one for each call of a module, in the order of the calls.
        total_params: how many values all parameters have; shared ones count once.
        trainable_params: those of them that require a gradient.
        param_bytes: the memory of the parameters and buffers.
        output_bytes: the memory of what the modules put out in one forward; views of other outputs count nothing.
        flops: floating-point operations of one forward.
    """

    rows: list[Row]
    total_params: int
    trainable_params: int
    param_bytes: int
    output_bytes: int
    flops: int

    def __str__(self) -> str:
        head = ("Layer", "Output shape", "Parameters", "Memory", "FLOPs")
        lines = [
            (
                "  " * row.depth + (f"{row.name.rpartition('.')[2]}: {row.kind}" if row.name else row.kind),
                ", ".join(str(list(shape)) for shape in row.shapes) or "-",
                "shared" if row.shared else f"{row.parameters:,}" if row.parameters else "-",
                _bytes(row.memory) if row.memory else "-",
                f"{row.flops:,}" if row.flops else "-",
            )
            for row in self.rows
        ]
        widths = [max(len(line[k]) for line in (head, *lines)) for k in range(5)]
        rule = "-" * (sum(widths) + 8)
        table = [
            "  ".join(
                cell.ljust(w) if k < 2 else cell.rjust(w) for k, (cell, w) in enumerate(zip(line, widths))
            ).rstrip()
            for line in (head, *lines)
        ]
        totals = [
            f"Parameters: {self.total_params:,} ({self.trainable_params:,} trainable), {_bytes(self.param_bytes)}",
            f"Outputs of one forward: {_bytes(self.output_bytes)}",
            f"FLOPs of one forward: {self.flops:,}",
        ]
        return "\n".join([table[0], rule, *table[1:], rule, *totals])

    __repr__ = __str__


def _bytes(n: int) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n < 1024 or unit == "GiB":
            break
        n /= 1024  # type: ignore[assignment]
    return f"{n:,} B" if unit == "B" else f"{n:,.1f} {unit}"


def _tensors(value: Any) -> Iterator[Any]:
    """The tensors in a module's output: itself, or those in tuples, lists and dictionaries."""
    if isinstance(value, Base):
        yield value
    elif isinstance(value, tuple | list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors(part)


@contextmanager
def _evaluating(model: Module) -> Iterator[None]:
    """Every module in evaluation mode, and afterwards as it was."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


class _Watch:
    """Fills the rows while the model runs."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.open: list[Row] = []
        self.seen: set[int] = set()  # parameters and buffers that have been counted
        self.owners: dict[int, Any] = {}  # memory that has been counted; kept, so that its id stays its own
        self.work = self.output_bytes = 0

    def enter(self, name: str, module: Module) -> None:
        row = Row(name, type(module).__name__, len(self.open))
        members = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
        for key, x in members:
            self.owners[id(versions.owner(x.array))] = versions.owner(x.array)
            if id(x) in self.seen:
                row.shared = True
                continue
            self.seen.add(id(x))
            row.memory += x.array.nbytes
            row.parameters += x.array.size if key in module._parameters else 0
        row.shared = row.shared and not row.parameters
        self.rows.append(row)
        self.open.append(row)

    def leave(self, output: Any) -> None:
        row = self.open.pop()
        for x in _tensors(output):
            row.shapes.append(x.array.shape)
            root = versions.owner(x.array)
            if id(root) not in self.owners:
                self.owners[id(root)] = root
                row.memory += x.array.nbytes
                self.output_bytes += x.array.nbytes

    def handle(self, op: Any, arrays: Any, params: Any) -> Any:
        out = op(*arrays, **params)
        n = flops(op, arrays, params, out)
        self.work += n
        if self.open:
            self.open[-1].flops += n
        return out


def summary(model: Module, input_size: Any = None, *, input_data: Any = None, dtypes: Any = None) -> Summary:
    """Run a model once, in evaluation mode and without recording, and say what each layer gave, has and did.

    Args:
        model: the model. Afterwards it is as it was.
        input_size: the shape of the input with its batch dimension, or a list of shapes for several inputs; ones are put in.
        input_data: inputs to use instead: a tensor, or a tuple of tensors.
        dtypes: the dtypes of the inputs of `input_size`, one for all or a list; float32 if None.

    Returns:
        an object with `rows` and totals, whose `str` is a table.

    Raises:
        TypeError: if neither, or both, of `input_size` and `input_data` are given.

    Examples:
        >>> from tt_nn import Linear, Sequential
        >>> print(summary(Sequential(Linear(4, 8), Linear(8, 2)), (16, 4)))
        Layer        Output shape  Parameters  Memory  FLOPs
        ----------------------------------------------------
        Sequential   [16, 2]                -       -      -
          0: Linear  [16, 8]               40   672 B  1,152
          1: Linear  [16, 2]               18   200 B    544
        ----------------------------------------------------
        Parameters: 58 (58 trainable), 232 B
        Outputs of one forward: 640 B
        FLOPs of one forward: 1,696
    """
    if (input_size is None) == (input_data is None):
        raise TypeError("summary: give either input_size, such as (1, 784), or input_data")
    if input_data is not None:
        inputs = tuple(input_data) if isinstance(input_data, tuple | list) else (input_data,)
    else:
        sizes = [input_size] if all(isinstance(n, int) for n in input_size) else list(input_size)
        kinds = list(dtypes) if isinstance(dtypes, tuple | list) else [dtypes or np.float32] * len(sizes)
        inputs = tuple(Tensor(np.ones(size, kind)) for size, kind in zip(sizes, kinds, strict=True))
    watch = _Watch()
    for x in _tensors(inputs):
        watch.owners[id(versions.owner(x.array))] = versions.owner(x.array)
    with ExitStack() as stack:
        stack.enter_context(_evaluating(model))
        for name, module in model.named_modules():
            before = lambda module, _, name=name: watch.enter(name, module)
            stack.enter_context(module.register_forward_pre_hook(before))
            stack.enter_context(module.register_forward_hook(lambda *call: watch.leave(call[-1])))
        stack.enter_context(no_grad())
        stack.enter_context(handling(watch.handle))
        model(*inputs)
    parameters, buffers = list(model.parameters()), list(model.buffers())
    return Summary(
        rows=watch.rows,
        total_params=sum(p.array.size for p in parameters),
        trainable_params=sum(p.array.size for p in parameters if p.requires_grad),
        param_bytes=sum(x.array.nbytes for x in (*parameters, *buffers)),
        output_bytes=watch.output_bytes,
        flops=watch.work,
    )
