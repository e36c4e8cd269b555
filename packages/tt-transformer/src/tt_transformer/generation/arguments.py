"""What `generate` is given, checked: a mistake raises before the model runs."""

import math
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from ..cache import Cache
from ..config import is_number
from .beams import BeamSettings
from .feeding import LanguageModel
from .scores import Sampling

LARGEST = math.log(float(np.finfo(np.float32).max))


def check_parts(model: Any, cache: Any) -> None:
    """Raise unless the model is a language model, and the cache an empty one."""
    if not isinstance(model, LanguageModel):
        raise TypeError(
            f"generate: the model must have context and vocab_size, as GPT and Llama do, got {type(model).__name__}"
        )
    if isinstance(cache, type):
        raise TypeError(f"generate: the cache must be an object, got the class; pass {cache.__name__}()")
    if cache is not None and not isinstance(cache, Cache):
        raise TypeError(f"generate: the cache must keep the protocol Cache, got {type(cache).__name__}")
    if cache is not None and cache.length:
        raise ValueError(f"generate: the cache holds {cache.length} tokens already; reset() it, or give a new one")


def prompts_of(prompt: Any, vocabulary: int) -> list[list[int]]:
    """One or several prompts as lists of ints."""
    prompt = getattr(prompt, "array", prompt)
    if isinstance(prompt, np.ndarray):
        if prompt.dtype.kind not in "iu" or prompt.ndim not in (1, 2):
            raise TypeError(
                f"generate: the prompt must be whole numbers, 1-D or 2-D, got {prompt.dtype} of shape {prompt.shape}"
            )
        prompt = prompt.tolist()
    if isinstance(prompt, str) or not isinstance(prompt, Sequence):
        raise TypeError(f"generate: the prompt must be token ids, got {type(prompt).__name__}; encode the text first")
    items = [getattr(p, "array", p) for p in prompt]
    items = [p.tolist() if isinstance(p, np.ndarray) and p.ndim else p for p in items]
    if not any(isinstance(p, Sequence) for p in items):
        items = [items]
    prompts = []
    for item in items:
        if isinstance(item, str) or not isinstance(item, Sequence):
            raise TypeError(
                f"generate: the prompt must be a list of token ids, or a list of such lists, got {type(item).__name__}"
            )
        for i in item:
            if not is_number(i, Integral):
                raise TypeError(
                    f"generate: the prompt must be a list of token ids (ints), got {type(i).__name__} in it"
                )
        ids = [int(i) for i in item]
        if not ids:
            raise ValueError("generate: a prompt is empty; begin with at least one token, such as that of a new line")
        for i in ids:
            if not 0 <= i < vocabulary:
                raise IndexError(f"generate: the id {i} is not in the vocabulary of {vocabulary}")
        prompts.append(ids)
    return prompts


def check_positive(name: str, value: Any) -> None:
    """Raise unless it is a positive int."""
    if not is_number(value, Integral) or value < 1:
        raise ValueError(f"generate: {name} must be a positive int, got {value!r}")


def stop_tokens(eos: Any, vocabulary: int) -> frozenset[int]:
    """The tokens after which a text ends."""
    eos = getattr(eos, "array", eos)
    eos = eos.tolist() if isinstance(eos, np.ndarray) else eos
    tokens = () if eos is None else tuple(eos) if isinstance(eos, Iterable) else (eos,)
    for token in tokens:
        if not is_number(token, Integral) or not 0 <= token < vocabulary:
            raise ValueError(f"generate: eos_token_id {token!r} is not in the vocabulary of {vocabulary}")
    return frozenset(map(int, tokens))


def stop_texts(strings: Any, decode: Any) -> tuple[str, ...]:
    """The strings at which a text ends."""
    if strings is None:
        return ()
    if not isinstance(strings, Iterable):
        raise TypeError(f"generate: stop_strings must be a string, or a list of strings, got {type(strings).__name__}")
    texts: tuple[str, ...] = (strings,) if isinstance(strings, str) else tuple(strings)
    if not all(isinstance(s, str) and s for s in texts):
        raise ValueError(f"generate: stop_strings must be strings of at least one character, got {texts!r}")
    if decode is None:
        raise ValueError("generate: stop_strings need decode, a function from token ids to text")
    return texts


def check_decode(decode: Any) -> None:
    """Raise unless it is a function, if it is there."""
    if decode is not None and not callable(decode):
        raise TypeError(f"generate: decode must be a function from token ids to text, got {type(decode).__name__}")


def check_beams(settings: BeamSettings, sampling: Sampling) -> None:
    """Raise if the arguments of beam search are wrong, or without effect."""
    check_positive("num_beams", settings.num_beams)
    if not isinstance(settings.early_stopping, bool) and settings.early_stopping != "never":
        raise ValueError(f"generate: early_stopping must be True, False or 'never', got {settings.early_stopping!r}")
    if not is_number(settings.length_penalty) or not math.isfinite(settings.length_penalty):
        raise ValueError(f"generate: length_penalty must be a finite number, got {settings.length_penalty!r}")
    if abs(settings.length_penalty) * math.log(settings.max_new_tokens) > LARGEST:
        raise ValueError(
            f"generate: length_penalty={settings.length_penalty} is out of range for {settings.max_new_tokens} tokens: "
            "max_new_tokens**length_penalty must be a number of float32"
        )
    if settings.num_beams == 1 and (settings.length_penalty != 1.0 or settings.early_stopping is not False):
        raise ValueError("generate: length_penalty and early_stopping have no effect without num_beams of 2 or more")
    if settings.num_beams > 1 and sampling.do_sample:
        raise ValueError("generate: beam search does not sample; use do_sample or num_beams")
