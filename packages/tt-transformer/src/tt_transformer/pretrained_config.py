"""Configurations under Hugging Face's names, read from config.json and written to it."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, ClassVar, Self

from .config import DecoderConfig

CONFIG = "config.json"

# What a config.json may say besides, without a meaning for what is computed here.
IRRELEVANT = {
    "architectures", "attn_implementation", "auto_map", "chunk_size_feed_forward", "dtype", "gradient_checkpointing", "id2label",
    "is_decoder", "label2id", "model_type", "n_ctx", "num_labels", "output_attentions", "output_hidden_states", "pretraining_tp",
    "problem_type", "reorder_and_upcast_attn", "return_dict", "task_specific_params", "torch_dtype", "transformers_version",
    "use_cache", "transformers.js_config",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PretrainedConfig:
    """A configuration under Hugging Face's names."""

    model_type: ClassVar[str]
    refused: ClassVar[Mapping[str, Any]] = {}  # options that must have this value, if they are there
    names: ClassVar[Mapping[str, str]]  # settings of a decoder that have the same meaning here, and their names here

    def _others(self) -> dict[str, Any]:
        """The other settings of the decoder."""
        raise NotImplementedError

    def decoder(self) -> DecoderConfig:
        """The settings of the decoder that it describes.

        Raises:
            ValueError: if they are out of range or contradict each other, under the names that they have here.
        """
        try:
            return DecoderConfig(
                **{theirs: getattr(self, name) for theirs, name in self.names.items()}, **self._others()
            )
        except ValueError as error:
            names = {"DecoderConfig": type(self).__name__, **self.names}
            raise ValueError(re.sub(r"\w+", lambda word: names.get(word[0], word[0]), str(error))) from None

    def to_dict(self) -> dict[str, Any]:
        """The contents of config.json."""
        # Hugging Face refuses 0 for 0.0
        floats = {field.name for field in fields(self) if isinstance(field.default, float)}
        values = {k: float(v) if k in floats else v for k, v in asdict(self).items()}
        return {"model_type": self.model_type, **values}

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> Self:
        """The configuration that a config.json holds.

        Raises:
            ValueError: if it is that of another model, or an option has a value that is not supported.
        """
        if not isinstance(options, Mapping):
            raise ValueError(f"{CONFIG}: expected an object with names and values, got {type(options).__name__}")
        kind = options.get("model_type", cls.model_type)
        if kind != cls.model_type:
            raise ValueError(f"{CONFIG}: model_type is {kind!r}; {cls.__name__} is for {cls.model_type!r}")
        for name, wanted in {"quantization_config": None, **cls.refused}.items():
            if options.get(name, wanted) != wanted:
                raise ValueError(f"{CONFIG}: {name}={options[name]!r} is not supported, only {wanted!r}")
        known = {field.name: field for field in fields(cls)}
        chosen = {}
        for name, value in options.items():
            if name in known:
                default = known[name].default
                if not _fits(value, default):
                    raise ValueError(f"{CONFIG}: {name}={value!r} is not of the kind of {default!r}")
                chosen[name] = value
            elif not (name in IRRELEVANT or name in cls.refused or name.startswith(("_", "summary_")) or not value):
                warnings.warn(f"{CONFIG}: {name}={value!r} is not known here and has no effect", stacklevel=3)
        return cls(**chosen)


def _fits(value: Any, default: Any) -> bool:
    """Whether `value` is of the kind of `default`; anything may stand for None."""
    if default is None or default is MISSING:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return type(value) is type(default)
    return isinstance(value, int | float if isinstance(default, float) else type(default))
