"""Models in Hugging Face's format: config.json and safetensors files, read and written.

Weights go one by one from the file into the parameters, so that loading takes little more memory than the model itself.
"""

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from tt_nn.utils import skip_init
from tt_tensor import versions
from tt_tensor.io import DamagedFileError, TensorFile, atomic_write, open_file, save_file

from .decoder import Decoder
from .pretrained_config import CONFIG, PretrainedConfig

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
SHARD = re.compile(r"model-\d{5,}-of-\d{5,}\.safetensors")
ABSURD = 1000  # times as many parameters as numbers in the files: the model is not even made, to say which do not fit
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


class Piece(NamedTuple):
    """Where a tensor of the file belongs: `rows` of the parameter `name`, all if None; `flipped` if it is transposed."""

    name: str
    rows: slice | None = None
    flipped: bool = False


class Pretrained(Decoder):
    """A decoder with a configuration under Hugging Face's names, and weights that can be read and written.

    Attributes:
        config: the configuration.
    """

    prefix: ClassVar[str]  # what most names of tensors begin with; it may be missing
    config_class: ClassVar[type[PretrainedConfig]]
    config: Any

    def __init__(self, config: Any) -> None:
        if not isinstance(config, self.config_class):
            raise TypeError(
                f"{type(self).__name__}: expected a {self.config_class.__name__}, got {type(config).__name__}"
            )
        super().__init__(config.decoder())
        self.config = config

    def _pieces(self) -> dict[str, Piece]:
        """For each tensor of a file, by its name without the prefix, where it belongs."""
        raise NotImplementedError

    def _ignored(self, name: str) -> bool:  # noqa: ARG002
        """Whether a tensor of this name, without the prefix, is no weight."""
        return False

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str]) -> Self:
        """The model that Hugging Face's `save_pretrained`, or the one here, left in a folder. Nothing is downloaded.

        Args:
            folder: holds config.json and model.safetensors, or the parts that model.safetensors.index.json names. Weights may
                be float16 or bfloat16; they become float32.

        Returns:
            The model, in evaluation mode: call `train()` to go on with training.

        Raises:
            FileNotFoundError: if a file is missing.
            ValueError: if the configuration is not supported.
            DamagedFileError: if a file is damaged. (A ValueError and a RuntimeError.)
            RuntimeError: names every weight that is missing, unexpected, or of a shape that does not fit the configuration.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"from_pretrained: {folder} is no folder; nothing is downloaded")
        config, files = cls.config_class.from_dict(_json(folder / CONFIG)), _files(folder)
        shape, sizes = config.decoder(), [size for path in files for size in _sizes(path)]
        rows = shape.vocab_size + shape.layers * (shape.heads * shape.head_width + shape.hidden)
        if shape.position == "learned":
            rows += shape.context
        if shape.layers > len(sizes) or rows * shape.width > ABSURD * sum(sizes):  # to make these could take forever
            raise RuntimeError(
                f"{cls.__name__}.from_pretrained: the configuration has {shape.layers} layers and more than "
                f"{rows * shape.width:,} parameters, but the weights in {folder} are {len(sizes)} with {sum(sizes):,} numbers"
            )
        model = skip_init(cls, config)
        model._load(files)
        return model.eval()

    def _load(self, files: list[Path]) -> None:
        """Check all names and shapes, then copy tensor by tensor."""
        pieces = self._pieces()
        parameters = dict(self.named_parameters())
        tie = "lm_head.weight" if self.shape.tied else None
        there: set[str] = set()
        for path in files:
            with open_file(path) as file:
                there.update(name for _, name in self._names(file))
        embedding = next(name for name, piece in pieces.items() if piece.name == "tokens.weight")
        if tie in there and embedding not in there:  # of two names of one tensor, some writers keep this
            pieces[tie], tie = pieces.pop(embedding), None
        missing, problems = set(pieces), []
        for path in files:
            with open_file(path) as file:
                for full, name in self._names(file):
                    if name == tie:
                        continue
                    if name not in pieces:
                        problems.append(f"unexpected: {full}")
                        continue
                    if name not in missing:
                        problems.append(f"twice: {full}")
                    missing.discard(name)
                    wanted = _part(parameters, pieces[name]).shape
                    if file.shape(full) != wanted:
                        problems.append(f"misshapen: {full} is {tuple(file.shape(full))}, expected {tuple(wanted)}")
        problems += [f"missing: {self._full(name)}" for name in pieces if name in missing]
        if problems:
            more = f"\n  and {len(problems) - 20} more" if len(problems) > 20 else ""
            raise RuntimeError(
                f"{type(self).__name__}.from_pretrained: the weights in {files[0].parent} do not fit the configuration:\n  "
                + "\n  ".join(problems[:20]) + more
            )  # fmt: skip
        ties = []
        for path in files:
            with open_file(path) as file:
                for full, name in self._names(file):
                    array = file[full].array
                    if array.dtype.kind != "f":
                        raise DamagedFileError(f"{path}: {full} holds {array.dtype}, expected floating numbers")
                    if name == tie:
                        ties.append(array)
                        continue
                    part = _part(parameters, pieces[name])
                    np.copyto(part, array, casting="same_kind")
        for parameter in parameters.values():
            versions.touch(parameter.array)
        if ties and not np.array_equal(ties[0].astype(np.float32), self.tokens.weight.array):
            raise RuntimeError(
                f"{type(self).__name__}.from_pretrained: lm_head.weight differs from the token embedding, to which the "
                f"configuration ties it; set tie_word_embeddings to false in {CONFIG}"
            )

    def _full(self, name: str) -> str:
        """The name of a weight with its prefix; the output layer has none."""
        return name if name.startswith("lm_head") else self.prefix + name

    def _names(self, file: TensorFile) -> Iterator[tuple[str, str]]:
        """The names of a file's weights: as they are, and without the prefix."""
        for full in file:
            name = full.removeprefix(self.prefix)
            if not self._ignored(name):
                yield full, name

    def save_pretrained(self, folder: str | os.PathLike[str], max_shard_size: int | str = "5GB") -> None:
        """Write config.json and the weights, as `from_pretrained` and Hugging Face's read them.

        Args:
            folder: made if it does not exist; the weights of a model that was here before are removed.
            max_shard_size: in bytes, or as "5GB", "200MB": weights that are larger are written in several files, with an index.

        Raises:
            ValueError: if the size is not one.
            OSError: if a file cannot be written.
        """
        folder, limit = Path(folder), _size(max_shard_size)
        folder.mkdir(parents=True, exist_ok=True)
        parameters = dict(self.named_parameters())
        shards: list[dict[str, Any]] = [{}]
        filled = total = 0
        for name, piece in self._pieces().items():
            array = _part(parameters, piece)
            if shards[-1] and filled + array.nbytes > limit:
                shards.append({})
                filled = 0
            shards[-1][self._full(name)] = array
            filled, total = filled + array.nbytes, total + array.nbytes
        names = [WEIGHTS]
        if len(shards) > 1:
            names = [f"model-{k:05d}-of-{len(shards):05d}.safetensors" for k in range(1, len(shards) + 1)]
        for name, shard in zip(names, shards):
            save_file(shard, folder / name, {"format": "pt"})
        if len(shards) > 1:
            where = {key: name for name, shard in zip(names, shards) for key in shard}
            _write(folder / INDEX, {"metadata": {"total_size": total}, "weight_map": where})
            (folder / WEIGHTS).unlink(missing_ok=True)  # of a model that was here before: it would be read first
        else:
            (folder / INDEX).unlink(missing_ok=True)
        for path in folder.glob("model-*-of-*.safetensors"):
            if SHARD.fullmatch(path.name) and path.name not in names:
                path.unlink()
        options = {
            **self.config.to_dict(),
            "architectures": [self.architecture],
            "torch_dtype": self.tokens.weight.dtype.name,
        }
        _write(folder / CONFIG, options)

    architecture: ClassVar[str]


def _part(parameters: Mapping[str, Any], piece: Piece) -> Any:
    """The part of a parameter that a tensor of a file stands for, a view of the tensor's shape."""
    array = parameters[piece.name].array
    array = array if piece.rows is None else array[piece.rows]
    return array.T if piece.flipped else array


def _files(folder: Path) -> list[Path]:
    """The files that hold the weights; where there is one file and an index, the one file, as Hugging Face has it."""
    if (folder / WEIGHTS).exists():
        return [folder / WEIGHTS]
    if not (folder / INDEX).exists():
        pickled = sorted(path.name for path in folder.glob("*.bin"))
        hint = f"; {pickled[0]} is pickled, and pickles can run code: convert it" if pickled else ""
        raise FileNotFoundError(f"from_pretrained: {folder} has neither {WEIGHTS} nor {INDEX}{hint}")
    where = _json(folder / INDEX)
    try:
        names = sorted(set(where["weight_map"].values()))
        paths = [folder / name for name in names]
        inside = all(Path(name).name == name and name not in ("", "..") for name in names)
    except (KeyError, TypeError, AttributeError):
        inside, paths = False, []
    if not inside or not paths:
        raise DamagedFileError(
            f"from_pretrained: cannot read {folder / INDEX}: it has no weight_map from names to files of this folder"
        )
    return paths


def _sizes(path: Path) -> list[int]:
    """How many numbers each tensor in a file has."""
    with open_file(path) as file:
        return [math.prod(file.shape(name)) for name in file]


def _json(path: Path) -> Any:
    """The contents of a JSON file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"from_pretrained: cannot read {path}: it is not JSON ({error})") from error


def _write(path: Path, contents: Any) -> None:
    """Write a JSON file, whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(contents, indent=2, default=np.generic.item) + "\n", encoding="utf-8")


def _size(limit: int | str) -> int:
    """A number of bytes."""
    size = limit
    if isinstance(limit, str):
        unit = next((u for u in UNITS if limit.upper().endswith(u)), "")
        number = limit[: -len(unit)] if unit else limit
        size = int(number) * UNITS.get(unit, 1) if number.strip().isdecimal() else 0
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(
            f"save_pretrained: max_shard_size must be a positive number of bytes, or text such as '5GB', got {limit!r}"
        )
    return size
