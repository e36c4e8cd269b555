"""Less memory for more time: forget what was saved for the derivatives, and compute it again when backward needs it."""

from collections.abc import Callable, Sequence
from typing import Any

from tt_tensor import versions
from tt_tensor.generator import default_generator

from . import grad_mode as mode
from .node import NOTHING, Node, Recomputed
from .tensor import Tensor
from .watch import Watcher, watching


class CheckpointError(RuntimeError):
    """The second run of a checkpointed function did not record what the first one did."""


class Forgotten(list[Any]):
    """In place of what node number `k` of a checkpointed region saved: it is empty, and can be filled again."""

    def __init__(self, region: "Region", k: int) -> None:
        super().__init__()
        self.region, self.k = region, k

    def restore(self, node: Node) -> Any:
        """What `node` saved."""
        saved = self.region.saved(self.k)
        while isinstance(saved, Forgotten):  # a checkpoint inside the checkpoint
            saved = saved.region.saved(saved.k)
        node.keep(saved)
        return saved


class Region(Watcher):
    """One call of a checkpointed function."""

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any, preserve_rng_state: bool) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.time = versions.now()
        self.random = default_generator.get_state() if preserve_rng_state else None
        self.nodes: list[str] = []
        self.values: dict[int, Any] = {}
        self.last: Any = None

    def forward(self, result: Any, node: Node, inputs: Sequence[Any]) -> None:  # noqa: ARG002
        """Forget what `node` saved, now that its result is known."""
        if node is not self.last:  # it comes once for each of several results
            self.last = node
            if node.saved is not NOTHING:
                node.keep(Forgotten(self, len(self.nodes)))
            self.nodes.append(describe(node))

    def saved(self, k: int) -> Any:
        """What node number `k` saved, computed again."""
        if k not in self.values:
            for x in (*self.args, *self.kwargs.values()):
                if isinstance(x, Tensor) and versions.touched_since(x.array, self.time):
                    raise RuntimeError(
                        f"checkpoint: one of the variables needed for gradient computation has been modified by an inplace "
                        f"operation: an input of shape {x.array.shape} was changed after the checkpointed function ran"
                    )
            self.values = self.again()
        return self.values.pop(k)

    def again(self) -> dict[int, Any]:
        """Run the function a second time, and collect what its nodes save."""
        second = Second()
        watchers, outer = mode.thread.watching, None
        mode.thread.watching = None
        if self.random is not None:
            outer = default_generator.get_state()
            default_generator.set_state(self.random)
        try:
            with mode.enable_grad(), watching(second):
                self.function(*self.args, **self.kwargs)
        finally:
            mode.thread.watching = watchers
            if outer is not None:
                default_generator.set_state(outer)
        if second.nodes != self.nodes:
            k = next((k for k, (a, b) in enumerate(zip(self.nodes, second.nodes, strict=False)) if a != b), None)
            what = (
                f"{len(self.nodes)} and {len(second.nodes)} operations"
                if k is None
                else f"{self.nodes[k]} and {second.nodes[k]}"
            )
            raise CheckpointError(
                f"checkpoint: the function recorded other operations when it ran again ({what}); it must do the same both times"
            )
        return second.values()


class Second(Watcher):
    """Collects what is saved when a checkpointed function runs again."""

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.keeping: dict[int, Node] = {}
        self.last: Any = None

    def forward(self, result: Any, node: Node, inputs: Sequence[Any]) -> None:  # noqa: ARG002
        """Keep the node, if it saves anything."""
        if node is not self.last:
            self.last = node
            if node.saved is not NOTHING:
                self.keeping[len(self.nodes)] = node
            self.nodes.append(describe(node))

    def values(self) -> dict[int, Any]:
        """What the nodes have saved. An operation in place arranges that anew once its node is made, hence not before the end."""
        return {
            k: node.saved if isinstance(node.saved, Forgotten) else Recomputed(node.saved, node.time)
            for k, node in self.keeping.items()
        }


def describe(node: Node) -> str:
    """The operation, the shape and the dtype of its result."""
    return f"{node.op.name} {node.shape} {node.dtype}"


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, of which nothing is kept for the derivatives: backward runs it again.

    What it computes and all gradients are the same, for activations that take no memory between forward and backward.
    (T. Chen et al., "Training deep nets with sublinear memory cost", 2016.)

    Args:
        function: must do the same both times; random numbers are drawn again from the same state.
        *args: what it gets.
        use_reentrant: None or False; PyTorch's other, older kind is not supported.
        preserve_rng_state: whether the random state is restored for the second run.
        context_fn: not supported.
        debug: not supported.
        determinism_check: "default": the operations and their shapes are compared; "none" is not supported.
        **kwargs: what the function gets besides.

    Raises:
        CheckpointError: in backward, if the second run records other operations.

    Examples:
        >>> from tt_autograd import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> checkpoint(lambda x: (x * x).exp().sum(), x).backward()
        >>> x.grad
        tensor([  5.4366, 218.3926])
    """
    if use_reentrant:
        raise NotImplementedError("checkpoint: use_reentrant=True is not supported; leave it out")
    if context_fn is not None or debug or determinism_check != "default":
        raise NotImplementedError(
            "checkpoint: context_fn, debug and determinism_check are not supported; leave them out"
        )
    if mode.thread.paused:
        return function(*args, **kwargs)
    region = Region(function, args, kwargs, preserve_rng_state)
    with watching(region):
        result = function(*args, **kwargs)
    region.last = None
    return result


def checkpoint_sequential(functions: Any, segments: int, input: Any, **kwargs: Any) -> Any:
    """Apply `functions` one after the other, in so many checkpointed segments; the last one is not checkpointed.

    Args:
        functions: a sequence of callables (for example a `Sequential`).
        segments: how many parts of about the same length.
        input: what the first one gets.
        kwargs: see `checkpoint`.
    """
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(steps) // segments
    if size == 0:
        raise ValueError(f"checkpoint_sequential: {segments} segments of {len(steps)} functions; take fewer segments")

    def run(begin: int, end: int) -> Callable[[Any], Any]:
        def segment(x: Any) -> Any:
            for step in steps[begin:end]:
                x = step(x)
            return x

        return segment

    for begin in range(0, size * (segments - 1), size):
        input = checkpoint(run(begin, begin + size), input, **kwargs)
    return run(size * (segments - 1), len(steps))(input)
