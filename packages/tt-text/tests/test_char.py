"""Characters as tokens."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tt_text import BPETokenizer, CharTokenizer, TokenizerFileError


@given(st.text(min_size=1))
def test_texts_come_back(text):
    text = text.encode("utf-8", "ignore").decode()
    if text:
        tokenizer = CharTokenizer.train(text)
        assert tokenizer.characters == sorted(set(text))
        assert tokenizer.decode(tokenizer.encode(text)) == text
        assert tokenizer.decode(np.array(tokenizer.encode(text))) == text


def test_unknown_characters_are_an_error_or_a_token():
    with pytest.raises(ValueError, match="'z' at position 2 is not among the 3"):
        CharTokenizer.train("abc").encode("abz")
    tokenizer = CharTokenizer.train("abc", unknown="<unk>")
    assert tokenizer.encode("abz") == [0, 1, 3]
    assert tokenizer.decode([0, 3]) == "a<unk>"
    assert tokenizer.vocab_size == 4


def test_it_is_trained_on_files_and_several_texts(tmp_path):
    (tmp_path / "text").write_text("ba\n", encoding="utf-8")
    assert CharTokenizer.train(tmp_path / "text").characters == ["\n", "a", "b"]
    assert CharTokenizer.train(["b", "a"]).characters == ["a", "b"]


@pytest.mark.parametrize("unknown", [None, "?"])
def test_saving_and_loading(tmp_path, unknown):
    tokenizer = CharTokenizer.train('né\n"\\😀', unknown=unknown)
    tokenizer.save(tmp_path / "chars.json")
    loaded = CharTokenizer.load(tmp_path / "chars.json")
    assert (loaded.characters, loaded.unknown) == (tokenizer.characters, unknown)
    assert repr(loaded) == repr(tokenizer)


def test_batches():
    tokenizer = CharTokenizer("ab")
    assert tokenizer.encode_batch(["ab", ""]) == [[0, 1], []]
    assert tokenizer.decode_batch([[0, 1], []]) == ["ab", ""]
    with pytest.raises(TypeError, match="put it in a list"):
        tokenizer.encode_batch("ab")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: CharTokenizer.train(""), ValueError, "not empty"),
        (lambda: CharTokenizer(["ab"]), TypeError, "single characters, got 'ab'"),
        (lambda: CharTokenizer(None), TypeError, "expected characters, got NoneType"),
        (lambda: CharTokenizer("ab").encode_batch(None), TypeError, "several texts, got one NoneType"),
        (lambda: CharTokenizer([97]), TypeError, "single characters, got 97"),
        (lambda: CharTokenizer("aa"), ValueError, "'a' comes twice"),
        (lambda: CharTokenizer("ab", unknown="a"), ValueError, "none of the characters"),
        (lambda: CharTokenizer("ab", unknown=""), ValueError, "none of the characters"),
        (lambda: CharTokenizer("ab").encode(b"ab"), TypeError, "expected a str, got bytes"),
        (lambda: CharTokenizer("ab").decode([0, 1, 2]), IndexError, "id 2 is out of range for 2"),
        (lambda: CharTokenizer("ab").decode([-1]), IndexError, "id -1"),
        (lambda: CharTokenizer("ab").decode([0.0]), TypeError, "integers"),
        (lambda: CharTokenizer("ab").decode("ab"), TypeError, "expected ids"),
        (lambda: CharTokenizer.train(b"ab"), TypeError, "decode bytes first"),
    ],
)
def test_misuse(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"type": "CharTokenizer", "characters": ["ab"]}', '{"type": "CharTokenizer"}']
)
def test_damaged_files(tmp_path, content):
    (tmp_path / "chars.json").write_text(content)
    with pytest.raises(TokenizerFileError, match=r"chars\.json"):
        CharTokenizer.load(tmp_path / "chars.json")


def test_the_file_of_another_tokenizer(tmp_path):
    BPETokenizer.train("ab", 256).save(tmp_path / "bpe.json")
    with pytest.raises(TokenizerFileError, match="not a file of a CharTokenizer"):
        CharTokenizer.load(tmp_path / "bpe.json")
    CharTokenizer("ab").save(tmp_path / "chars.json")
    assert json.loads((tmp_path / "chars.json").read_text())["type"] == "CharTokenizer"
    with pytest.raises(TokenizerFileError):
        BPETokenizer.load(tmp_path / "chars.json")
