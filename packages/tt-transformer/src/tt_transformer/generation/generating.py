"""`generate`: the one function that lets a model write."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from tt_tensor.generator import Generator, numpy_generator

from ..cache import Cache
from .arguments import check_beams, check_decode, check_parts, check_positive, prompts_of, stop_texts, stop_tokens
from .beams import BeamSettings, search
from .feeding import Feed, LanguageModel
from .scores import Sampling, draw, log_softmax
from .text import TextStream


class Token(NamedTuple):
    """One token, as it comes.

    Attributes:
        id: its number.
        text: what it adds to the text; "" while that is not certain, or without `decode`.
        logprob: its log-probability under the model, whatever the way of choosing.
        row: which prompt it follows, from 0.

    Examples:
        >>> Token(id=104, text="h", logprob=-0.5, row=0).text
        'h'
    """

    id: int
    text: str
    logprob: float
    row: int


@dataclass
class _Row:
    """What has been generated after one prompt."""

    prompt: list[int]
    stream: TextStream | None
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    ended: str = ""

    def add(self, k: int, token: int, logprob: float, stop: frozenset[int], limit: int) -> Token:
        """Add a token, and see whether it is the last."""
        self.ids.append(token)
        self.logprobs.append(logprob)
        text = ""
        if token in stop:
            self.ended = "stop"
        elif self.stream is not None:
            text = self.stream.push(token)
            self.ended = "stop" if self.stream.stopped else ""
        if not self.ended and len(self.ids) == limit:
            self.ended = "length"
        if self.ended and self.stream is not None:
            text += self.stream.finish()
        self.texts.append(text)
        return Token(token, text, logprob, k)


class Generation:
    """What `generate` returns: an iterator over the tokens as they come, and all of them at the end.

    Reading `ids`, `texts`, `logprobs` or `ended` generates what is still to come. After `close()`, or an error in the model or in
    `decode`, nothing more comes: `ended` is "" for what was cut off.

    Examples:
        >>> from tt_transformer import GPT, GPTConfig, generate
        >>> model = GPT(GPTConfig(vocab_size=128, n_positions=32, n_embd=16, n_layer=1, n_head=2))
        >>> out = generate(model, [[1, 2, 3], [4]], max_new_tokens=5)
        >>> first = next(out)
        >>> first.row, first.id == out.ids[0][0], [len(row) for row in out.ids]
        (0, True, [5, 5])
    """

    def __init__(self, rows: list[_Row], tokens: Iterator[Token]) -> None:
        self._rows, self._tokens = rows, tokens

    def __iter__(self) -> "Generation":
        return self

    def __next__(self) -> Token:
        return next(self._tokens)

    def close(self) -> None:
        """Generate no more."""
        self._tokens = iter(())

    def _all(self) -> list[_Row]:
        for _ in self._tokens:
            pass
        return self._rows

    @property
    def ids(self) -> list[list[int]]:
        """The new tokens after each prompt, with the one at which it ended."""
        return [row.ids for row in self._all()]

    @property
    def texts(self) -> list[str]:
        """The new text after each prompt, without what it ended at; needs `decode`."""
        if any(row.stream is None for row in self._rows):
            raise ValueError("texts: generate was given no decode, a function from token ids to text")
        return ["".join(row.texts) for row in self._all()]

    @property
    def logprobs(self) -> list[list[float]]:
        """The log-probability of each new token under the model."""
        return [row.logprobs for row in self._all()]

    @property
    def ended(self) -> list[str]:
        """Why each ended: "stop" at a stop token or string, "length" at `max_new_tokens`, "" if it was closed before."""
        return [row.ended for row in self._all()]


def generate(
    model: LanguageModel,
    prompt: Any,
    max_new_tokens: int,
    *,
    do_sample: bool = False,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    repetition_penalty: float = 1.0,
    num_beams: int = 1,
    length_penalty: float = 1.0,
    early_stopping: bool | str = False,
    eos_token_id: int | Sequence[int] | None = None,
    stop_strings: str | Sequence[str] | None = None,
    decode: Callable[[list[int]], str] | None = None,
    generator: Generator | None = None,
    cache: Cache | None = None,
    window: bool = False,
) -> Generation:
    """Let a model go on with one or several texts. The arguments have the names and meanings of Hugging Face's `generate`.

    Tokens come one by one: `for token in generate(...): print(token.text, end="")`; or all together:
    `generate(...).ids`. The most probable token is taken, unless `do_sample` or `num_beams` says otherwise. Neither the model's
    mode nor the tape is touched: it is evaluated, without gradients. Where several threads use one model at a time, call its
    `eval()` before: its mode is that of all of them.

    Args:
        model: a `GPT`, a `Llama`, or anything like them.
        prompt: token ids: a list of ints or a 1-D tensor; several prompts, which may differ in length, as a list of those or a
            2-D tensor.
        max_new_tokens: how many tokens to add at most.
        do_sample: draw each token at random from the model's distribution.
        temperature: what the logits are divided by: below 1 for safer, above 1 for more surprising texts.
        top_k: draw from the k most probable tokens only; from all if None or 0.
        top_p: draw only from the fewest tokens that have this probability together.
        min_p: draw only from tokens at least this probable, relative to the most probable one.
        repetition_penalty: above 1, tokens that are in the text already become less probable.
        num_beams: how many continuations beam search follows; 1 for none. Its tokens come when the search has ended.
        length_penalty: the power of the length by which it divides a continuation's log-probability: above 0 favours long ones.
        early_stopping: when it ends: True, once there are `num_beams` complete continuations; False, once a better one is
            unlikely; "never", once a better one is impossible.
        eos_token_id: one or more tokens after which a text ends.
        stop_strings: one or more strings at which it ends, in a beam too; they need `decode`, and are not part of the text.
        decode: token ids to text.
        generator: where random numbers come from; the default generator if None.
        cache: an empty one, in which keys and values are kept from token to token; without it all is computed anew for each.
        window: what happens when a text reaches the model's context: False raises at once if it may come to that; with True the
            model sees the last `context` tokens, and a cache is then of no more use.

    Returns:
        a `Generation`.

    Raises:
        ValueError: for an empty prompt, a number that is out of range, an argument without effect, or if prompt and new tokens
            do not fit into the context.
        IndexError: for an id that is not in the vocabulary.
        TypeError: if the prompt is not made of whole numbers, or model or cache are something else.

    Examples:
        >>> from tt_tensor import manual_seed
        >>> from tt_transformer import GPT, GPTConfig, DynamicCache, generate
        >>> _ = manual_seed(0)
        >>> model = GPT(GPTConfig(vocab_size=128, n_positions=32, n_embd=16, n_layer=1, n_head=2))
        >>> out = generate(model, [72, 105], 5, decode=lambda ids: "".join(map(chr, ids)), cache=DynamicCache())
        >>> out.ids == generate(model, [72, 105], 5).ids
        True
        >>> [len(ids) for ids in generate(model, [[1, 2, 3], [4]], 7, do_sample=True, top_p=0.9).ids], out.ended
        ([7, 7], ['length'])
    """
    check_parts(model, cache)
    prompts = prompts_of(prompt, model.vocab_size)
    sampling = Sampling(
        do_sample=do_sample,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        repetition_penalty=repetition_penalty,
    )
    check_positive("max_new_tokens", max_new_tokens)
    stop = stop_tokens(eos_token_id, model.vocab_size)
    check_decode(decode)
    strings = stop_texts(stop_strings, decode)
    settings = BeamSettings(num_beams, length_penalty, early_stopping, max_new_tokens, stop, strings, decode)
    check_beams(settings, sampling)
    needed = max(map(len, prompts)) + max_new_tokens - 1  # the last token is not read again
    if needed > model.context and not window:
        raise ValueError(
            f"generate: a prompt of {max(map(len, prompts))} and {max_new_tokens} new tokens are more than the context of "
            f"{model.context}; ask for fewer, or pass window=True to let the model see the last {model.context} only"
        )
    rng = numpy_generator(generator)
    rows = [_Row(p, TextStream(decode, strings) if decode is not None else None) for p in prompts]
    feed = Feed(model, prompts, cache)
    run = _beams(feed, rows, sampling, settings) if num_beams > 1 else _steps(feed, rows, sampling, settings, rng)
    return Generation(rows, run)


def _steps(
    feed: Feed, rows: list[_Row], sampling: Sampling, settings: BeamSettings, rng: np.random.Generator
) -> Iterator[Token]:
    """Choose token by token, for all rows, until all have ended."""
    while not all(row.ended for row in rows):
        logits = feed.logits()
        scores = sampling.scores(logits, [row.prompt + row.ids for row in rows])
        chosen = draw(scores, rng) if sampling.do_sample else scores.argmax(-1)
        logprobs = np.take_along_axis(log_softmax(logits), chosen[:, None], -1)[:, 0]
        feed.append(chosen)
        for k, row in enumerate(rows):
            if not row.ended:
                yield row.add(k, int(chosen[k]), float(logprobs[k]), settings.stop, settings.max_new_tokens)


def _beams(feed: Feed, rows: list[_Row], sampling: Sampling, settings: BeamSettings) -> Iterator[Token]:
    """Search, then give the tokens of the best continuations, row after row."""
    for k, (row, beam) in enumerate(zip(rows, search(feed, sampling, settings))):
        for token, logprob in zip(beam.ids, beam.logprobs):
            yield row.add(k, token, logprob, settings.stop, settings.max_new_tokens)
