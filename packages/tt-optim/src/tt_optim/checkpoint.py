"""All that training needs to go on as if it had not been interrupted, in one file, written whole or not at all."""

import json
import os
import random
from typing import Any, Protocol, runtime_checkable

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor.generator import Generator, default_generator
from tt_tensor.io import DamagedFileError, load_file, load_metadata, save_file
from tt_tensor.tree import join, split

from .lr_scheduler.base import LRScheduler
from .optimizer import Optimizer
from .saved import unpack

KEY = "tinytorch.checkpoint"


class CheckpointError(RuntimeError, ValueError):
    """A checkpoint that is for something else: another model, other parameters, another optimizer."""


@runtime_checkable
class Stateful(Protocol):
    """What can be saved: a module, an optimizer, a scheduler, an `EarlyStopping`."""

    def state_dict(self) -> dict[str, Any]:
        """What it holds."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Take over what `state_dict` returned."""


def save_checkpoint(
    path: str | os.PathLike[str],
    *,
    model: Any = None,
    optimizer: Any = None,
    scheduler: Any = None,
    generator: Any = None,
    python_random: bool = False,
    numpy_random: bool = False,
    **others: Any,
) -> None:
    """Write all that training needs to go on into one safetensors file, which holds nothing that could run.

    The file at `path` is replaced at once when the new one is complete: killed at any moment, this leaves the old one or the
    new one. The state of the default random generator is always in it.

    Args:
        path: the file.
        model: what has `state_dict()` and `load_state_dict()`.
        optimizer: likewise.
        scheduler: likewise.
        generator: a `Generator`, a NumPy generator, or a list of them, that training draws from besides the default one.
        python_random: save the state of Python's `random` too.
        numpy_random: save the state of `numpy.random`'s global generator too.
        others: counters and settings (numbers, text, lists and dicts of them, tensors), and further objects with a
            `state_dict`, by name.

    Raises:
        TypeError: something cannot be saved; it is named.
        OSError: the file cannot be written; the old one is left as it was.

    Examples:
        >>> import os, tempfile
        >>> from tt_autograd import tensor
        >>> from tt_optim import SGD
        >>> path = os.path.join(tempfile.mkdtemp(), "run.safetensors")
        >>> w = tensor([1.0], requires_grad=True)
        >>> optimizer = SGD([w], lr=0.5)
        >>> save_checkpoint(path, optimizer=optimizer, epoch=3, losses=[0.5, 0.25])
        >>> load_checkpoint(path, optimizer=optimizer)
        {'epoch': 3, 'losses': [0.5, 0.25]}
    """
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    objects = {name: x for name, x in parts.items() if x is not None}
    for name, x in objects.items():
        if not isinstance(x, Stateful):
            raise TypeError(f"{name}: a {type(x).__name__} has no state_dict and load_state_dict")
    objects |= {name: x for name, x in others.items() if isinstance(x, Stateful)}
    content: dict[str, Any] = {
        "kinds": {name: type(x).__name__ for name, x in objects.items()},
        "states": {name: dict(x.state_dict()) for name, x in objects.items()},
        "counters": {name: x for name, x in others.items() if name not in objects},
        "random": [default_generator.get_state(), *map(_state, _listed(generator))],
        "python": random.getstate() if python_random else None,
        "numpy": np.random.get_state() if numpy_random else None,
    }
    tensors: dict[str, Any] = {}
    places: dict[Any, str] = {}
    text: dict[str, Any] = {}
    for name, entry in content.items():
        if name in ("states", "counters"):
            text[name] = {key: split(x, key, tensors, places) for key, x in entry.items()}
        else:
            text[name] = split(entry, name, tensors, places)
    save_file(tensors, path, {KEY: json.dumps(text | {"tensors": sorted(tensors)})})


def load_checkpoint(
    path: str | os.PathLike[str],
    *,
    model: Any = None,
    optimizer: Any = None,
    scheduler: Any = None,
    generator: Any = None,
    random_state: bool = True,
    **others: Any,
) -> dict[str, Any]:
    """Put the state in a checkpoint back into the objects it came from, or into others like them.

    All is checked first: if this raises, nothing was changed.

    Args:
        path: the file that `save_checkpoint` wrote.
        model: where its state goes. What is left out here may be in the file nevertheless.
        optimizer: likewise.
        scheduler: likewise.
        generator: the generator or generators, in the same order.
        random_state: whether the default generator (and Python's and NumPy's, where they were saved) go on from where they
            were; False leaves them alone, for a model that is only to be used.
        others: further objects with a `state_dict`, by name.

    Returns:
        The counters and settings, by name.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedFileError: it is truncated, changed, or no checkpoint.
        CheckpointError: it does not fit: the error names the entries, shapes or classes that differ.
    """
    tensors = {name: x.array for name, x in load_file(path).items()}
    text = load_metadata(path).get(KEY)
    if text is None:
        raise DamagedFileError(f"cannot load {path}: it is a safetensors file, but no checkpoint")
    try:
        content = json.loads(text)
        if content["tensors"] != sorted(tensors):
            raise KeyError("tensors")
        kinds, saved_random = join(content["kinds"], tensors, Tensor), join(content["random"], tensors, Tensor)
        states, counters = (
            {name: join(x, tensors, Tensor) for name, x in content[part].items()} for part in ("states", "counters")
        )
        python, numpy = join(content["python"], tensors, Tensor), join(content["numpy"], tensors, Tensor)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedFileError(f"cannot load {path}: its description does not fit its content ({error!r})") from error
    objects = {"model": model, "optimizer": optimizer, "scheduler": scheduler} | others
    objects = {name: x for name, x in objects.items() if x is not None}
    for name, x in objects.items():
        if name not in states:
            raise CheckpointError(f"{path} has no {name}; it has {', '.join(states) or 'no states at all'}")
        _check(name, x, kinds[name], states[name])
    generators = _listed(generator)
    if generators and len(generators) != len(saved_random) - 1:
        raise CheckpointError(f"{path} has {len(saved_random) - 1} generators, {len(generators)} were given")
    for i, (target, state) in enumerate(zip(generators, saved_random[1:])):
        if isinstance(target, Generator) is isinstance(state, dict):
            raise CheckpointError(f"{path}: generator {i} is of another kind than {type(target).__name__}")

    for name, x in objects.items():
        x.load_state_dict(states[name])
    for target, state in zip(generators, saved_random[1:]):
        _set_state(target, state)
    if random_state:
        default_generator.set_state(saved_random[0])
        if python is not None:
            random.setstate(python)
        if numpy is not None:
            np.random.set_state(numpy)
    return counters


def _check(name: str, target: Any, kind: str, state: dict[str, Any]) -> None:
    """Raise unless `state` can go into `target`."""
    if name != "model" and type(target).__name__ != kind:
        raise CheckpointError(f"{name}: the checkpoint has the state of {kind}, which is no {type(target).__name__}")
    if isinstance(target, Optimizer):
        try:
            unpack(state, target.param_groups, target.fitted)
        except ValueError as error:
            raise CheckpointError(f"{name}: {error}") from error
        return
    own = target.state_dict()
    missing, unexpected = [k for k in own if k not in state], [k for k in state if k not in own]
    if missing or unexpected:
        raise CheckpointError(f"{name}: missing in the checkpoint: {missing}; not in the {name}: {unexpected}")
    wrong = [f"{key}: {_shape(state[key])} there, {_shape(x)} here" for key, x in own.items()]
    wrong = [text for text, (key, x) in zip(wrong, own.items()) if _shape(state[key]) != _shape(x)]
    if wrong and (name == "model" or isinstance(target, LRScheduler)):
        raise CheckpointError(f"{name}: shapes differ: {'; '.join(wrong)}")


def _shape(x: Any) -> str | None:
    """Dtype and shape of a tensor, or how long a list is: what must be the same."""
    array = x.array if isinstance(x, Tensor) else x
    if isinstance(array, np.ndarray):
        return f"{array.dtype}{list(array.shape)}"
    return f"{len(x)} entries" if isinstance(x, list) else None


def _listed(generator: Any) -> list[Any]:
    """The generators, each of a kind whose state can be kept."""
    listed = list(generator) if isinstance(generator, list | tuple) else [] if generator is None else [generator]
    for x in listed:
        if not isinstance(x, Generator | np.random.Generator):
            raise TypeError(f"generator: expected a Generator of tt_tensor or of NumPy, got {type(x).__name__}")
    return listed


def _state(generator: Any) -> Any:
    return generator.get_state() if isinstance(generator, Generator) else generator.bit_generator.state


def _set_state(generator: Any, state: Any) -> None:
    if isinstance(generator, Generator):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state
