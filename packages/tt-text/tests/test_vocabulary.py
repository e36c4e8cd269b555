"""Vocabularies of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tt_text import TokenizerFileError, Vocabulary


@given(st.lists(st.text(max_size=3)))
def test_symbols_come_back(symbols):
    vocabulary = Vocabulary.build(symbols)
    assert vocabulary.decode(vocabulary.encode(symbols)) == symbols
    assert len(vocabulary) == len(set(symbols))


def test_the_most_frequent_come_first_and_equals_in_order():
    words = ["c", "b", "b", "a", "a", "d"]
    assert list(Vocabulary.build(words)) == ["a", "b", "c", "d"]
    assert list(Vocabulary.build(words, min_frequency=2, unknown="<unk>", special=["<pad>"])) == [
        "<unk>",
        "<pad>",
        "a",
        "b",
    ]
    assert list(Vocabulary.build(words, max_size=3, unknown="<unk>")) == ["<unk>", "a", "b"]
    assert list(Vocabulary.build(["<unk>", "a"], unknown="<unk>")) == ["<unk>", "a"]


def test_unknown_symbols():
    vocabulary = Vocabulary(["a"], unknown="<unk>")
    assert vocabulary.encode(["a", "z"]) == [1, 0]
    assert "z" not in vocabulary
    assert "a" in vocabulary
    with pytest.raises(KeyError, match="'z' is not in it"):
        Vocabulary(["a"]).encode(["z"])


def test_saving_and_loading(tmp_path):
    vocabulary = Vocabulary(["é", '"'], unknown="<unk>", special=["<pad>"])
    vocabulary.save(tmp_path / "v.json")
    loaded = Vocabulary.load(tmp_path / "v.json")
    assert (loaded.symbols, loaded.unknown, loaded.special) == (vocabulary.symbols, "<unk>", ["<pad>"])
    assert repr(loaded) == "Vocabulary(4 symbols, unknown='<unk>')"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"unknown": null, "special": [], "symbols": ["a", "a"]}'])
def test_damaged_files(tmp_path, content):
    (tmp_path / "v.json").write_text(content)
    with pytest.raises(TokenizerFileError, match=r"v\.json"):
        Vocabulary.load(tmp_path / "v.json")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Vocabulary(["a", "a"]), ValueError, "'a' comes twice"),
        (lambda: Vocabulary(["a"], unknown="a"), ValueError, "'a' comes twice"),
        (lambda: Vocabulary([1]), TypeError, "should be a str, got int"),
        (lambda: Vocabulary(["a"], special="<pad>"), TypeError, "list of symbols"),
        (lambda: Vocabulary.build(["a"], special="<pad>"), TypeError, "list of symbols"),
        (lambda: Vocabulary.build(["a"], max_size=0, unknown="u"), ValueError, "max_size is 0"),
        (lambda: Vocabulary.build(["a"], max_size=2.5), TypeError, "max_size should be an int, got 2.5"),
        (lambda: Vocabulary.build(["a"], max_size=True), TypeError, "max_size should be an int, got True"),
        (lambda: Vocabulary.build(["a"], min_frequency=None), TypeError, "min_frequency should be an int, got None"),
        (lambda: Vocabulary(["a"]).decode([0, 1]), IndexError, "id 1 is out of range"),
        (lambda: Vocabulary(["a"]).decode([-1]), IndexError, "id -1 is out of range"),
        (lambda: Vocabulary(["a"]).decode("a"), TypeError, "expected ids"),
    ],
)
def test_misuse(make, error, message):
    with pytest.raises(error, match=message):
        make()
