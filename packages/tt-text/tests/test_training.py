"""The merges are those of the plain algorithm, written out here."""

import random
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tt_text import BPETokenizer, learn_merges
from tt_text.splitting import Splitter


def plain_trainer(counts, number):
    """Count every pair anew for each merge; the greatest of (count, left, right) wins."""
    words = {tuple(bytes([byte]) for byte in word): count for word, count in counts.items()}
    merges = []
    for _ in range(number):
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        changed = Counter()
        for word, count in words.items():
            parts, i = [], 0
            while i < len(word):
                if word[i : i + 2] == best:
                    parts.append(word[i] + word[i + 1])
                    i += 2
                else:
                    parts.append(word[i])
                    i += 1
            changed[tuple(parts)] += count
        words = changed
    return merges


@given(st.dictionaries(st.text("abc", min_size=1, max_size=12).map(str.encode), st.integers(1, 5), max_size=20))
def test_merges_are_those_of_the_plain_trainer(counts):
    assert learn_merges(counts, 30) == plain_trainer(counts, 30)


@given(st.dictionaries(st.binary(min_size=1, max_size=8), st.integers(1, 3), max_size=10))
def test_any_bytes_can_be_learned_from(counts):
    assert learn_merges(counts, 10) == plain_trainer(counts, 10)


def test_ties_go_to_the_greatest_pair():
    assert learn_merges({b"ab": 1, b"ba": 1}, 1) == [(b"b", b"a")]
    # (b"a", b"b") and (b"aa", ...): a longer token is greater than its beginning
    assert learn_merges({b"aa": 5, b"aac": 2, b"ac": 2}, 2) == plain_trainer({b"aa": 5, b"aac": 2, b"ac": 2}, 2)


def test_a_text_of_a_few_thousand_words():
    generator = random.Random(0)
    words = ["".join(generator.choices("etaoinshr", k=generator.randint(1, 9))) for _ in range(400)]
    text = " ".join(generator.choices(words, k=3000))
    tokenizer = BPETokenizer.train(text, 256 + 150)
    counts = Counter(word.encode() for word in Splitter(["gpt2"]).words(text))
    assert tokenizer.merges == plain_trainer(counts, 150)


@given(st.lists(st.text("ab \n\t.1", max_size=12), min_size=1))
def test_no_merge_crosses_a_space(texts):
    """A token is white space, or one word with at most one space, before it: "of the" and "the\\n" are none."""
    tokenizer = BPETokenizer.train(["a b  a", *texts], 300)
    for token in tokenizer.vocab:
        if len(token) > 1:
            assert re.fullmatch(rb"\s+| ?[ab]+| ?1+| ?\.+", token), token


def test_pairs_that_are_too_rare_are_left_alone():
    assert learn_merges({b"ab": 3, b"cd": 2}, 9, min_frequency=3) == [(b"a", b"b")]


def test_one_word_of_a_single_character_does_not_take_quadratic_time():
    tokenizer = BPETokenizer.train("a" * 100_000, 256 + 10)
    assert tokenizer.merges[:3] == [(b"a", b"a"), (b"aa", b"aa"), (b"aaaa", b"aaaa")]


def test_the_vocabulary_begins_with_the_special_tokens_and_gpt2s_bytes():
    tokenizer = BPETokenizer.train("a b<s>a b", 260, special_tokens=["<s>", "<pad>"])
    assert tokenizer.special_tokens == {"<s>": 0, "<pad>": 1}
    assert tokenizer.vocab[b"!"] == 2
    assert tokenizer.vocab[b" b"] == 258
    assert tokenizer.vocab_size == 259 == len(tokenizer.token_of)  # no other pair


def test_special_tokens_separate_words_and_are_not_learned_from():
    with_token = BPETokenizer.train("low<end>er low<end>er", 300, special_tokens=["<end>"])
    apart = BPETokenizer.train(["low", "er low", "er"], 299)
    assert with_token.merges == apart.merges
    assert b"<e" not in with_token.vocab


def test_training_twice_gives_the_same_file(tmp_path):
    for name in "ab":
        BPETokenizer.train("the cat sat on the mat, the rat ran", 300).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("text", 255), ValueError, "at least 256"),
        (("text", 256.0), TypeError, "vocab_size should be an int, got 256.0"),
        (("text", True), TypeError, "int, got True"),
        ((b"text", 300), TypeError, "decode bytes first"),
        (([b"text"], 300), TypeError, "got bytes in the iterable"),
        ((7, 300), TypeError, "pathlib.Path"),
        (("", 300), ValueError, "no text"),
        (([], 300), ValueError, "no text"),
        (("a\ud800", 300), ValueError, "lone surrogate"),
    ],
)
def test_misuse(arguments, error, message):
    with pytest.raises(error, match=message):
        BPETokenizer.train(*arguments)


def test_misuse_of_special_tokens():
    with pytest.raises(ValueError, match="at least 258"):
        BPETokenizer.train("text", 257, special_tokens=["<a>", "<b>"])
    with pytest.raises(ValueError, match="listed twice"):
        BPETokenizer.train("text", 300, special_tokens=["<a>", "<a>"])
    with pytest.raises(ValueError, match="not empty"):
        BPETokenizer.train("text", 300, special_tokens=[""])
    with pytest.raises(TypeError, match="list of texts"):
        BPETokenizer.train("text", 300, special_tokens="<a>")
    with pytest.raises(ValueError, match="regular expression"):
        BPETokenizer.train("text", 300, pattern="(")


def test_empty_text_is_enough_for_the_bytes_alone():
    assert BPETokenizer.train("", 256).merges == []


def test_words_are_bytes():
    with pytest.raises(TypeError, match="words should be bytes"):
        learn_merges({"ab": 2}, 5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([b"ab"], 5), TypeError, "counts should map words"),
        (({b"ab": 1}, 5.0), TypeError, "number should be an int, got 5.0"),
        (({b"ab": 1}, -5), ValueError, "number should be at least 0, got -5"),
        (({b"ab": 1}, 5, "2"), TypeError, "min_frequency should be an int, got '2'"),
        (({b"ab": 1}, 5, -2), ValueError, "min_frequency should be at least 0, got -2"),
    ],
)
def test_misuse_of_learn_merges(arguments, error, message):
    with pytest.raises(error, match=message):
        learn_merges(*arguments)


def test_numbers_may_be_numpys():
    words = {b"aab": 3, b"ab": 1}
    assert learn_merges(words, np.int64(2), np.int32(1)) == learn_merges(words, 2)
    with pytest.raises(TypeError, match="number should be an int, got True"):
        learn_merges(words, True)


def test_no_pair_is_merged_that_does_not_occur():
    assert learn_merges({b"aaa": 1}, 9, min_frequency=0) == [(b"a", b"a"), (b"aa", b"a")]
