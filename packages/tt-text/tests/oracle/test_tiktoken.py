"""The ids are those of `tiktoken` for the same ranks, and special tokens are treated alike."""

import random

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken.load import load_tiktoken_bpe
from tiktoken_ext.openai_public import r50k_pat_str
from tt_text import BPETokenizer
from tt_text.splitting import PATTERNS

from .test_tokenizers import TEXT, texts

SPECIAL = {"<|e|>": 1000, "<x>": 1003}
CL100K = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"""
    r"""|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
)
THEIRS = {"gpt2": r50k_pat_str, "cl100k": CL100K, "llama3": PATTERNS["llama3"], "o200k": PATTERNS["o200k"]}


@pytest.fixture(scope="module", params=THEIRS)
def both(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "ranks.tiktoken"
    BPETokenizer.train(TEXT * 2, 500, pattern=request.param).save_tiktoken(path)
    ranks = load_tiktoken_bpe(str(path))
    theirs = tiktoken.Encoding("test", pat_str=THEIRS[request.param], mergeable_ranks=ranks, special_tokens=SPECIAL)
    ours = BPETokenizer.from_tiktoken(path, special_tokens=SPECIAL, pattern=request.param)
    spelled = BPETokenizer.from_tiktoken(path, special_tokens=SPECIAL, pattern=THEIRS[request.param])
    return theirs, ours, spelled


@settings(max_examples=300, deadline=None)
@given(text=texts())
def test_ids_are_the_same(both, text):
    theirs, ours, spelled = both
    assert ours.encode(text, disallowed_special=()) == theirs.encode(text, disallowed_special=())
    assert spelled.encode(text, disallowed_special=()) == theirs.encode_ordinary(text)
    ids = theirs.encode(text, allowed_special="all")
    assert ours.encode(text, allowed_special="all") == ids
    assert ours.decode(ids) == theirs.decode(ids) == text
    assert ours.decode_bytes(ids[1:]) == theirs.decode_bytes(ids[1:])
    assert ours.decode(ids[1:]) == theirs.decode(ids[1:])


@settings(max_examples=100, deadline=None)
@given(
    text=st.lists(st.sampled_from(["<|e|>", "<x>", "<|", "e", "|>", " "]), max_size=6).map("".join),
    allowed=st.sampled_from(["all", set(), {"<|e|>"}, {"<x>"}, {"none"}]),
    disallowed=st.sampled_from(["all", (), {"<|e|>"}, {"<x>"}]),
)
def test_special_tokens_are_treated_alike(both, text, allowed, disallowed):
    theirs, ours, _ = both
    try:
        expected = theirs.encode(text, allowed_special=allowed, disallowed_special=disallowed)
    except ValueError:
        with pytest.raises(ValueError, match="special token"):
            ours.encode(text, allowed_special=allowed, disallowed_special=disallowed)
    else:
        assert ours.encode(text, allowed_special=allowed, disallowed_special=disallowed) == expected


@settings(max_examples=200, deadline=None)
@given(
    longer=st.lists(st.text("abc", min_size=2, max_size=5).map(str.encode), unique=True, max_size=12), data=st.data()
)
def test_any_ranks_even_such_as_nobody_would_learn(longer, data):
    ranks = {bytes([byte]): byte for byte in range(256)} | {token: 256 + k for k, token in enumerate(longer)}
    theirs = tiktoken.Encoding("test", pat_str=r50k_pat_str, mergeable_ranks=ranks, special_tokens={})
    ours = BPETokenizer(ranks)
    text = data.draw(st.text("abc ", max_size=30) | st.text("ab", min_size=150, max_size=250))
    assert ours.encode(text) == theirs.encode(text)


def test_long_words(both):
    theirs, ours, _ = both
    generator = random.Random(0)
    for text in ("a" * 5000, "ab" * 2500, "".join(generator.choices("abcdefgh", k=5000)), " " * 5000):
        assert ours.encode(text) == theirs.encode(text)
