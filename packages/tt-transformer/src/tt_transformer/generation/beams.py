"""Beam search: several continuations at a time, of which the best, as a whole, is taken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .feeding import Feed
from .scores import Sampling, log_softmax


class Beam(NamedTuple):
    """A continuation: the sum of its scores (divided by a power of its length, if it has ended), tokens, log-probabilities."""

    score: Any
    ids: list[int]
    logprobs: list[float]


@dataclass(frozen=True)
class BeamSettings:
    """The arguments of `generate` of the same names."""

    num_beams: int
    length_penalty: float
    early_stopping: bool | str
    max_new_tokens: int
    stop: frozenset[int]
    strings: tuple[str, ...] = ()
    decode: Callable[[list[int]], str] | None = None

    def ended(self, ids: list[int]) -> bool:
        """Whether a continuation ends with the last of these tokens."""
        if ids[-1] in self.stop or len(ids) == self.max_new_tokens:
            return True
        if self.decode is None or not self.strings:
            return False
        text = self.decode(ids)
        return any(string in text for string in self.strings)


@dataclass
class Search:
    """The search for one prompt: the beams that go on, and the best of those that have ended."""

    settings: BeamSettings
    beams: list[Beam] = field(default_factory=list)
    ended: list[Beam] = field(default_factory=list)
    closed: bool = False

    def step(self, scores: Any, logprobs: Any) -> list[int]:
        """Go on with the best continuations by one token; returns which beam each of them comes from.

        Args:
            scores: of each token after each beam, float32, `[num_beams, V]`.
            logprobs: its log-probabilities, of the same shape.
        """
        s, vocabulary = self.settings, scores.shape[1]
        totals = (scores + np.array([b.score for b in self.beams], np.float32)[:, None]).reshape(-1)
        going: list[tuple[Beam, int]] = []
        for rank, place in enumerate(np.argsort(-totals, kind="stable")):
            if rank >= s.num_beams and len(going) == s.num_beams:
                break
            beam, token = divmod(int(place), vocabulary)
            before = self.beams[beam]
            after = Beam(totals[place], [*before.ids, token], [*before.logprobs, float(logprobs[beam, token])])
            if s.ended(after.ids):
                if rank < s.num_beams:
                    self._end(after)
            elif len(going) < s.num_beams:
                going.append((after, beam))
        if not going:
            self.closed = True
            return list(range(s.num_beams))
        going += going[:1] * (s.num_beams - len(going))  # a vocabulary so small that nothing else is left
        self.beams = [beam for beam, _ in going]
        self._close(len(self.beams[0].ids))
        return [origin for _, origin in going]

    def _end(self, beam: Beam) -> None:
        """Keep a continuation that has ended, if it is among the best of these."""
        s = self.settings
        score = beam.score / np.float32(len(beam.ids) ** s.length_penalty)
        self.ended = sorted([*self.ended, beam._replace(score=score)], key=lambda b: -b.score)[: s.num_beams]

    def _close(self, length: int) -> None:
        """Note whether no beam that goes on can become better than the worst that has ended."""
        s = self.settings
        if len(self.ended) < s.num_beams:
            return
        longest = s.max_new_tokens if s.early_stopping == "never" and s.length_penalty > 0 else length
        reachable = self.beams[0].score / np.float32(longest**s.length_penalty)
        self.closed = s.early_stopping is True or not reachable > self.ended[-1].score


def search(feed: Feed, sampling: Sampling, settings: BeamSettings) -> list[Beam]:
    """The best continuation of each sequence in the feed."""
    n, rows = settings.num_beams, len(feed.ids)
    prompts = [ids[keep].tolist() for ids, keep in zip(feed.ids, feed.keep)]
    none = np.float32(-1e9)  # at first all beams are the same: only one of them counts
    searches = [Search(settings, [Beam(np.float32(0) if k == 0 else none, [], []) for k in range(n)]) for _ in prompts]
    first = True
    while not all(s.closed for s in searches):
        if first:  # one pass over each prompt serves all its beams
            logits = feed.logits().repeat(n, 0)
            feed.reorder(np.arange(rows).repeat(n))
            first = False
        else:
            logits = feed.logits()
        logprobs = log_softmax(logits)
        texts = [prompt + beam.ids for prompt, s in zip(prompts, searches) for beam in s.beams]
        scores = sampling.penalised(logprobs, texts)
        origins = np.arange(rows * n)
        for k, s in enumerate(searches):
            own = slice(k * n, (k + 1) * n)
            if not s.closed:
                origins[own] = np.array(s.step(scores[own], logprobs[own])) + k * n
        feed.reorder(origins)
        feed.append([beam.ids[-1] if beam.ids else 0 for s in searches for beam in s.beams])
    return [s.ended[0] for s in searches]
