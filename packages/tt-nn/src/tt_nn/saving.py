"""Saving what a model has learned, in a file that holds numbers and nothing that could run."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor.io import DamagedFileError, load_file, load_metadata, save_file
from tt_tensor.size import check_device
from tt_tensor.tensor import Tensor as Base
from tt_tensor.tree import join, place_of, split

from .module import Module

SHARED = "tt_nn.shared"  # the metadata that says which names stand for a tensor saved under another name,
NESTED = "tt_nn.nested"  # and how what was saved is put together of the tensors, if it is no flat dictionary of them
ARRAYS = Base | np.ndarray


def save(obj: Any, path: str | os.PathLike[str] | BinaryIO, metadata: Mapping[str, str] | None = None) -> None:
    """Write tensors, and numbers and text beside them, into a safetensors file: whole or not at all.

    Whatever happens while it is written, the name stands for the old file or the new one, unless an open file is given. A
    parameter that has several names is written once.

    Args:
        obj: a module, whose `state_dict()` is saved; or tensors, NumPy arrays, numbers, text and None, in dicts, lists and tuples
            within each other, such as `{"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}`. Of a
            flat dictionary of tensors any reader of safetensors files sees the names.
        path: the file; one that exists is replaced. Or a file open for writing bytes, such as an `io.BytesIO`.
        metadata: text by name, kept in the file's header.

    Raises:
        TypeError: there is something else in it, which is named: other objects would need code to be restored, and a file should
            not contain code.
        ValueError: if two tensors share only a part of their memory, or a dict or list is in itself.
        OSError: if the file cannot be written.

    Examples:
        >>> import os, tempfile
        >>> from tt_nn import Linear
        >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> model, other = Linear(3, 2), Linear(3, 2)
        >>> save(model, path)
        >>> other.load_state_dict(load(path))
        <All keys matched successfully>
    """
    state = obj.state_dict() if isinstance(obj, Module) else obj
    notes = {key: text for key, text in (metadata or {}).items() if key not in (SHARED, NESTED)}  # of another file
    tensors: dict[str, Any] = {}
    first: dict[Any, str] = {}  # where a tensor lies in memory -> the name under which it is saved
    if isinstance(state, Mapping) and all(isinstance(k, str) and isinstance(x, ARRAYS) for k, x in state.items()):
        shared = {}
        for name, x in state.items():
            place = place_of(x.array if isinstance(x, Base) else x)
            if place is not None and place in first:
                shared[name] = first[place]
            else:
                first[place], tensors[name] = name, x
        if shared:
            notes[SHARED] = json.dumps(shared)
    else:
        try:
            notes[NESTED] = json.dumps(split(state, "", tensors, first))
        except RecursionError:
            raise ValueError("save: dicts and lists are nested too deeply, or one of them is in itself") from None
    with _named(path) as name:
        save_file(tensors, name, notes or None)
        if name is not path:
            path.write(Path(name).read_bytes())  # type: ignore[union-attr]


@contextmanager
def _named(file: str | os.PathLike[str] | BinaryIO) -> Iterator[str | os.PathLike[str]]:
    """`file` if it is a name; for an open file, a temporary one."""
    if isinstance(file, str | os.PathLike):
        yield file
        return
    from tempfile import TemporaryDirectory  # here, since few need it and it takes 5 ms

    with TemporaryDirectory() as folder:
        yield Path(folder, "file")


def load(
    path: str | os.PathLike[str] | BinaryIO,
    map_location: Any = None,
    *,
    weights_only: bool = True,  # noqa: ARG001
) -> Any:
    """What `save` wrote into a file; of any other safetensors file the tensors by name.

    Args:
        path: the file, or one open for reading bytes, which is read to its end.
        map_location: None or the CPU.
        weights_only: a file holds nothing that could run, whichever it is.

    Returns:
        what was saved; of a module a dictionary for `load_state_dict`, in which a tensor that has several names is under all of
        them. Dictionaries and tuples of special classes come back as plain ones.

    Raises:
        RuntimeError: if `map_location` is another device.
        FileNotFoundError: if there is no such file.
        DamagedFileError: if it is truncated, changed, or of another format. (A RuntimeError and a ValueError.)
    """
    check_device(map_location)
    with _named(path) as name:
        if name is not path:
            Path(name).write_bytes(path.read())  # type: ignore[union-attr]
        arrays = {key: x.array for key, x in load_file(name).items()}
        metadata = load_metadata(name)
    try:
        if NESTED in metadata:
            return join(json.loads(metadata[NESTED]), arrays, Tensor)
        tensors: dict[str, Any] = {key: Tensor(array) for key, array in arrays.items()}
        shared = json.loads(metadata.get(SHARED, "{}"))
        tensors |= {name: tensors[other] for name, other in shared.items()}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise DamagedFileError(f"cannot read {path}: what it says of its tensors is damaged ({error})") from error
    return tensors
