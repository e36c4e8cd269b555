"""Byte-level BPE: every text and every string of bytes comes back, and nothing depends on what was encoded before."""

import pickle
import random
import threading
import time
from itertools import chain
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_text import AddedToken, BPETokenizer, words
from tt_text.streaming import STRETCH

TEXT = "the cat sat on the mat; the dog's log isn't his own. 2021 2022 naïve café 你好 😀 " * 3
TRAINED = {name: BPETokenizer.train(TEXT, 256 + 80, pattern=name) for name in ("gpt2", "cl100k", "llama3", "o200k")}
BYTES = {bytes([byte]): byte for byte in range(256)}


@pytest.fixture
def tokenizer():
    return BPETokenizer(TRAINED["gpt2"].vocab, TRAINED["gpt2"].merges)


@pytest.mark.parametrize("name", TRAINED)
@settings(max_examples=60)
@given(st.text(max_size=40))
def test_texts_come_back(name, text):
    ids = TRAINED[name].encode(text)
    assert TRAINED[name].decode(ids) == text
    assert TRAINED[name].encode(text) == ids


@pytest.mark.parametrize("name", TRAINED)
@settings(max_examples=60)
@given(st.binary(max_size=40))
def test_bytes_come_back(name, data):
    assert TRAINED[name].decode_bytes(TRAINED[name].encode_bytes(data)) == data


@given(st.text(max_size=40))
def test_a_text_and_its_bytes_have_the_same_ids(text):
    assert TRAINED["gpt2"].encode(text) == TRAINED["gpt2"].encode_bytes(text.encode())


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["the ", "cat", "\n\n", "x" * 70, " 2021", "é", "'s"]), max_size=10).map("".join))
def test_what_was_encoded_before_does_not_matter(text):
    used, fresh = TRAINED["gpt2"], BPETokenizer(TRAINED["gpt2"].vocab, TRAINED["gpt2"].merges)
    assert used.encode(text) == fresh.encode(text) == fresh.encode(text)


def test_a_text_of_new_words_is_encoded_in_a_moment(tokenizer):
    """A tenth of the usual speed: what is caught is a cost that grows with the text or with the vocabulary."""
    rng = random.Random(0)
    text = " ".join("".join(rng.choices("abcdefgh", k=rng.randint(2, 9))) for _ in range(30_000))
    begin = time.process_time()
    tokenizer.encode(text)
    assert len(text) / (time.process_time() - begin) > 30_000, "characters per second"


def test_words_are_remembered_up_to_a_limit(tokenizer, monkeypatch):
    monkeypatch.setattr(words, "CACHED_WORDS", 20)
    reference = BPETokenizer(TRAINED["gpt2"].vocab, TRAINED["gpt2"].merges)
    for text in ("a b c d e f g h i j", "k l m n o p q r s t", " ".join(map(str, range(100))), "x" * 1000):
        assert tokenizer.encode(text) == reference.encode(text)
        assert len(tokenizer._words.cache) <= 20
    assert not any(len(word) > words.CACHED_LENGTH for word in reference._words.cache)


def test_threads_may_share_a_tokenizer(tokenizer, monkeypatch):
    monkeypatch.setattr(words, "CACHED_WORDS", 50)
    texts = [" ".join(f"w{k}x{j}" for j in range(40)) for k in range(40)]
    expected = [TRAINED["gpt2"].encode(text) for text in texts]
    wrong = []

    def work():
        wrong.extend(text for text, ids in zip(texts, expected) if tokenizer.encode(text) != ids)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_thread_may_end_while_another_reads_its_words(tokenizer, monkeypatch):
    """Long words are not remembered: whoever has merged one must not take it from another who has seen it."""
    text = "x" * 100 + " " + "y" * 100
    merged, ready, go = [], threading.Event(), threading.Event()
    first = threading.Thread(target=tokenizer.encode, args=(text,))
    plain = tokenizer._words.encode_word

    def encode_word(word):
        if threading.current_thread() is first:
            merged.append(word)
            if len(merged) == 2:
                ready.set()
                go.wait(10)
        else:
            go.set()
            first.join(10)
        return plain(word)

    monkeypatch.setattr(tokenizer._words, "encode_word", encode_word)
    first.start()
    assert ready.wait(10)
    assert tokenizer.encode(text + " z") == TRAINED["gpt2"].encode(text + " z")


def test_long_texts_are_encoded_in_stretches(tokenizer):
    generator = random.Random(0)
    text = "".join(generator.choices([" the", "cat", "\n", "  ", "é", "'s", "9", "<e>"], k=STRETCH // 2))
    special = BPETokenizer(tokenizer.vocab, tokenizer.merges, special_tokens={"<e>": 1000})
    whole = list(special._encode_stretch(text, frozenset(["<e>"]), True))
    assert len(text) > STRETCH
    assert special.encode(text, allowed_special="all") == whole
    assert list(special.encode_stream(text, allowed_special="all")) != [whole]
    assert list(chain.from_iterable(special.encode_stream(text, allowed_special="all"))) == whole


def test_a_prefix_space_is_put_before_each_piece_of_text():
    tokenizer = BPETokenizer(BYTES, [], special_tokens={"<s>": 256}, add_prefix_space=True)
    assert tokenizer.encode("a<s>b<s> c", allowed_special="all") == [32, 97, 256, 32, 98, 256, 32, 99]
    assert tokenizer.encode("") == []
    long = "é" + " x" * STRETCH
    assert tokenizer.decode(tokenizer.encode(long)) == " " + long


def test_composed_text_has_the_ids_of_its_normal_form():
    vocab = BYTES | {"é".encode(): 256}
    added = [AddedToken("e\u0301!", 300, special=False), AddedToken("e\u0301?", 301, special=False, normalized=True)]
    merges = [(b"\xc3", b"\xa9")]
    composing = BPETokenizer(vocab, merges, special_tokens=added, normalizer="NFC")
    for text in ("e\u0301", "é"):
        assert composing.encode(text) == [256]
        assert composing.encode(text + "?") == [301]  # looked for once the text is in normal form
    assert composing.encode("e\u0301!") == [300]
    assert composing.encode("é!") == [256, ord("!")]
    assert composing.decode(composing.encode("ne\u0301e")) == "née"
    assert composing.encode_bytes("e\u0301".encode()) == [ord("e"), 0xCC, 0x81]
    assert pickle.loads(pickle.dumps(composing)).encode("e\u0301") == [256]
    text = "ne\u0301e naïve, \u1112\u1161\u11ab; " * (STRETCH // 12)
    assert composing.encode(text) == composing.encode(normalize("NFC", text))
    assert [i for ids in composing.encode_stream(text) for i in ids] == composing.encode(text)
    with pytest.raises(ValueError, match="normalizer should be 'NFC' or None, got 'NFKC'"):
        BPETokenizer(vocab, merges, normalizer="NFKC")


def test_ids_may_be_lists_arrays_and_iterators(tokenizer):
    ids = tokenizer.encode("the cat")
    for same in (ids, tuple(ids), np.array(ids), np.array(ids, np.uint16), iter(ids), [np.int64(i) for i in ids]):
        assert tokenizer.decode(same) == "the cat"
    assert tokenizer.decode([]) == ""
    assert tokenizer.decode(np.array([])) == ""


def test_bytes_that_are_not_utf8_are_replaced_or_an_error(tokenizer):
    ids = tokenizer.encode_bytes(b"a\xff")
    assert tokenizer.decode(ids) == "a\ufffd"
    with pytest.raises(UnicodeDecodeError):
        tokenizer.decode(ids, errors="strict")


def test_batches(tokenizer):
    batch = tokenizer.encode_batch(["the cat", "", "the dog's"])
    assert batch == [tokenizer.encode("the cat"), [], tokenizer.encode("the dog's")]
    assert tokenizer.decode_batch(batch) == ["the cat", "", "the dog's"]
    assert tokenizer.encode_batch(["the cat"], max_length=1) == [batch[0][:1]]
    assert tokenizer.encode_batch(["the cat"], max_length=1, truncation_side="left") == [batch[0][-1:]]
    assert tokenizer.encode_batch(["the cat"], max_length=0, truncation_side="left") == [[]]


def test_a_copy_for_another_process():
    tokenizer = BPETokenizer(BYTES, [], special_tokens={"<s>": 256}, pattern=["llama3", r"\d"], prefix=[256])
    tokenizer.encode("remembered")
    for one in (tokenizer, BPETokenizer(BYTES, pattern="[a-z]+")):
        again = pickle.loads(pickle.dumps(one))
        assert again.encode("a 12", add_special_tokens=True) == one.encode("a 12", add_special_tokens=True)
        assert (again.special_tokens, again.merges) == (one.special_tokens, one.merges)


def test_what_tokens_there_are(tokenizer):
    assert tokenizer.vocab_size == 307
    assert repr(tokenizer) == "BPETokenizer(307 tokens, 51 merges, 0 special)"
    assert repr(BPETokenizer(BYTES)) == "BPETokenizer(256 tokens, ranks, 0 special)"


@pytest.mark.parametrize("text", [b"text", None, 3, ["text"]])
def test_only_texts_are_encoded(tokenizer, text):
    with pytest.raises(TypeError, match="expected a str"):
        tokenizer.encode(text)


def test_only_bytes_are_encoded_as_bytes(tokenizer):
    with pytest.raises(TypeError, match="encode takes a str"):
        tokenizer.encode_bytes("text")
    assert tokenizer.encode_bytes(bytearray(b"the")) == tokenizer.encode("the")


def test_lone_surrogates_are_an_error_that_says_what_to_do(tokenizer):
    tokenizer.encode_bytes(b"\xed\xa0\x80\xff")  # remembered under surrogates
    for text in ("a\ud800b", "a\udcff"):
        with pytest.raises(ValueError, match="lone surrogate, .* at position 1.*encode_bytes"):
            tokenizer.encode(text)


def test_misuse_of_batches(tokenizer):
    with pytest.raises(TypeError, match="put it in a list"):
        tokenizer.encode_batch("the cat")
    with pytest.raises(TypeError, match="several texts, got one NoneType"):
        tokenizer.encode_batch(None)
    with pytest.raises(TypeError, match="decode: .* got sequences of unequal length"):
        tokenizer.decode([[1], [2, 3]])
    with pytest.raises(ValueError, match="truncation_side"):
        tokenizer.encode_batch(["the cat"], truncation_side="middle")
    with pytest.raises(TypeError, match="max_length should be an int, got 1.5"):
        tokenizer.encode_batch(["the cat"], max_length=1.5)
    with pytest.raises(ValueError, match="max_length"):
        tokenizer.encode_batch(["the cat"], max_length=-1)
    with pytest.raises(ValueError, match="separator 999"):
        list(tokenizer.encode_stream("the", separator=999))
    with pytest.raises(TypeError, match="separator should be an int, got True"):
        list(tokenizer.encode_stream("the", separator=True))


@pytest.mark.parametrize("ids", [[307], [-1], [0, 10**9]])
def test_ids_out_of_range(tokenizer, ids):
    with pytest.raises(IndexError, match=f"{ids[-1]} is the id of no token.*below 307"):
        tokenizer.decode(ids)


@pytest.mark.parametrize("ids", ["12", b"12", [1.0], np.array([1.5]), [[1, 2]], [True], ["a"], 3])
def test_ids_that_are_no_ids(tokenizer, ids):
    with pytest.raises(TypeError, match="decode: expected"):
        tokenizer.decode(ids)


@pytest.mark.parametrize(
    ("vocab", "merges", "error", "message"),
    [
        ({b"a": 0}, [], ValueError, "lacks 255 of the 256 bytes, the first is 0x00"),
        (BYTES | {b"ab": 97}, [], ValueError, "2 tokens of the vocabulary have the id 97"),
        (BYTES | {b"ab": -1}, [], ValueError, "ids lie in"),
        (BYTES | {b"": 256}, [], ValueError, "not empty"),
        (BYTES | {"ab": 256}, [], TypeError, "bytes to ints"),
        (BYTES | {b"ab": 256.0}, [], TypeError, "bytes to ints"),
        (BYTES, [(b"a", b"b")], ValueError, "merge 0 of b'a' and b'b' does not fit"),
        (BYTES | {b"ab": 256}, [(b"a", b"b")] * 2, ValueError, "listed twice"),
        ([b"a"], [], TypeError, "maps bytes to ints, got list"),
        (BYTES | {b"ab": 256}, ["a b"], TypeError, "pairs of tokens, .left, right., got 'a b' as merge 0"),
        (BYTES | {b"ab": 256}, [(b"a", b"b"), (b"a",)], TypeError, "got .b'a',. as merge 1"),
    ],
)
def test_vocabularies_that_do_not_fit(vocab, merges, error, message):
    with pytest.raises(error, match=message):
        BPETokenizer(vocab, merges)


def test_ids_may_be_numpys(tmp_path):
    vocab = dict(zip(BYTES, np.arange(len(BYTES)))) | {b"ab": np.uint16(256)}
    tokenizer = BPETokenizer(vocab, [(b"a", b"b")], special_tokens={"<end>": np.int64(257)})
    tokenizer.save(tmp_path / "t.json")
    assert BPETokenizer.load(tmp_path / "t.json").encode("ab<end>", allowed_special="all") == [256, 257]
    assert {type(i) for i in tokenizer.encode("ab<end>", allowed_special="all")} == {int}
    assert tokenizer.encode_batch(["aab"], max_length=np.int64(1)) == [tokenizer.encode("a")]


@pytest.mark.parametrize("special", ["<e>", ["<e>"], [("<e>", 256)]])
def test_special_tokens_without_ids(special):
    with pytest.raises(TypeError, match="special_tokens should map texts to ids"):
        BPETokenizer(BYTES, [], special_tokens=special)


def test_prefix_space_with_another_pattern():
    with pytest.raises(ValueError, match="add_prefix_space"):
        BPETokenizer(BYTES, [], pattern="cl100k", add_prefix_space=True)
