"""Streams: cut anywhere in reading, the words and ids are those of the whole text."""

import os
import random
import tracemalloc
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_text import AddedToken, BPETokenizer, streaming
from tt_text.special import AddedTokens
from tt_text.splitting import PATTERNS, Splitter
from tt_text.streaming import documents, place_to_cut, stretches

ADDED = AddedTokens([AddedToken("<end of text>", 0, rstrip=True), AddedToken("<|x|>", 1, lstrip=True)])
PIECES = ["the", " cat", "\n", "  ", "'s", "é", "9", "<end of text>", " <|x|>", "中", "<end", " of", "!", "\t"]
COMPOSING = AddedTokens([AddedToken("é y", 0, normalized=True), AddedToken("<|x|>", 1, rstrip=True)], "NFC")
PIECES += ["e\u0301", " y", "e\u0301 y", "\u0323"]


def words_and_tokens(stretch, splitter, added):
    found = added.pieces(stretch, frozenset(added.ids))
    return [x for piece in found for x in ([piece] if isinstance(piece, int) else splitter.words(piece))]


@pytest.mark.parametrize("added", [ADDED, COMPOSING], ids=["plain", "composing"])
@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.integers(1, 9))
def test_stretches_are_the_text_and_cut_no_word(name, added, text, size):
    splitter = Splitter([name])
    before, streaming.STRETCH = streaming.STRETCH, size
    try:
        found = list(stretches((text[i : i + 3] for i in range(0, len(text), 3)), splitter, added))
    finally:
        streaming.STRETCH = before
    assert "".join(found) == text
    pieces = [x for stretch in found for x in words_and_tokens(stretch, splitter, added)]
    assert pieces == words_and_tokens(text, splitter, added)


@pytest.mark.parametrize(
    ("tokens", "wanted", "text"),
    [
        ([AddedToken(" .", 1, single_word=True)], [" ."], "xyz .\nbcdefghij"),
        ([AddedToken("a!b", 1), AddedToken("!b!c!d", 2)], ["!b!c!d"], "a!b!c!defghijklm"),
    ],
)
def test_a_cut_makes_no_token_of_what_is_none(tokens, wanted, text, monkeypatch):
    added = AddedTokens(tokens)
    whole = added.pieces(text, frozenset(wanted))
    for size in range(1, len(text)):
        monkeypatch.setattr(streaming, "STRETCH", size)
        found = [added.pieces(stretch, frozenset(wanted)) for stretch in stretches([text], Splitter(["gpt2"]), added)]
        assert [x for x in chain(*found) if isinstance(x, int)] == [x for x in whole if isinstance(x, int)]


def test_a_place_to_cut_is_found_between_many_added_tokens(monkeypatch):
    splitter, tried = Splitter(["gpt2"]), []
    safe_cut = splitter.safe_cut
    monkeypatch.setattr(splitter, "safe_cut", lambda text, end: tried.append(end) or safe_cut(text, end))
    added = AddedTokens(AddedToken(f"<|{i}|>", i) for i in range(100))
    text = "user <|5|> " * 100
    assert place_to_cut(text, splitter, added) == len(text) - len(" <|5|> ")
    assert len(tried) < 4


def test_a_file_is_read_as_it_is(tmp_path):
    file = tmp_path / "text"
    content = "é\r\n中😀\n".encode() * 5 + b"\xff\xf0\x9f"
    file.write_bytes(content)
    for size in (1, 2, 3, 1000):
        before, streaming.STRETCH = streaming.STRETCH, size
        try:
            (parts,) = documents(file, "test")
            text = "".join(parts)
        finally:
            streaming.STRETCH = before
        assert text.encode("utf-8", "surrogateescape") == content


def test_training_on_a_stream_and_on_a_text(tmp_path, monkeypatch):
    generator = random.Random(1)
    text = "".join(generator.choices(["the", " cat", "\n", "  ", "'s", "é", "9", "<s>", "."], k=5000))
    file = tmp_path / "text"
    file.write_bytes(text.encode())
    whole = BPETokenizer.train(text, 320, special_tokens=["<s>"])
    monkeypatch.setattr(streaming, "STRETCH", 100)
    streamed = BPETokenizer.train(file, 320, special_tokens=["<s>"])
    assert streamed.merges == whole.merges
    ids = whole.encode(text, allowed_special="all")
    assert list(chain.from_iterable(whole.encode_stream(file, allowed_special="all"))) == ids
    with pytest.raises(ValueError, match="special token"):
        list(whole.encode_stream(file))


def test_texts_of_an_iterable_have_nothing_to_do_with_each_other():
    apart = BPETokenizer.train(iter(["ab", "cd"]), 300)
    assert b"bc" not in apart.vocab
    assert b"bc" in BPETokenizer.train("abcd", 300, pattern="[a-z]+").vocab | {b"bc": 0}
    ids = list(apart.encode_stream(["ab", "cd"], separator=5))
    assert ids == [apart.encode("ab"), [5], apart.encode("cd"), [5]]


def test_memory_grows_with_the_words_and_not_with_the_text():
    generator = random.Random(2)
    words = ["".join(generator.choices("abcdefgh", k=6)) for _ in range(300)]

    def texts(count):
        for _ in range(count):
            yield " ".join(generator.choices(words, k=1000))

    peaks = []
    for count in (10, 100):
        tracemalloc.start()
        BPETokenizer.train(texts(count), 300)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_file_is_not_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "STRETCH", 1 << 12)
    file = tmp_path / "text"
    file.write_text("the quick brown fox jumps over the lazy dog\n" * 20_000)
    tracemalloc.start()
    tokenizer = BPETokenizer.train(file, 280)
    count = sum(map(len, tokenizer.encode_stream(file)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count > 20_000
    assert peak < file.stat().st_size / 2


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError):
        BPETokenizer.train(tmp_path / "none", 300)
    with pytest.raises(OSError):
        BPETokenizer.train(tmp_path, 300)
    assert isinstance(Path("a"), os.PathLike)
    tokenizer = BPETokenizer.train(str(tmp_path / "none"), 300)  # a str is the text itself
    assert b"none" in tokenizer.vocab
