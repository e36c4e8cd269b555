"""Merging against the definition: again and again the pair of the lowest rank, the leftmost among equals."""

import time

from hypothesis import given
from hypothesis import strategies as st
from tt_text import BPETokenizer, learn_merges
from tt_text.merging import last_pair, merge, merge_long
from tt_text.together import LONGEST, MANY, PairTable, merge_together


def naive(word, merges):
    parts = [word[i : i + 1] for i in range(len(word))]
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    while True:
        found = [(ranks[pair], i) for i, pair in enumerate(zip(parts, parts[1:])) if pair in ranks]
        if not found:
            return parts
        _, i = min(found)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


def naive_ranks(word, ranks):
    parts = [word[i : i + 1] for i in range(len(word))]
    while True:
        found = [(ranks[a + b], i) for i, (a, b) in enumerate(zip(parts, parts[1:])) if a + b in ranks]
        if not found:
            return parts
        _, i = min(found)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


words = st.text("ab c", min_size=1, max_size=30).map(str.encode)
NESTED = [b"ab", b"bc", b"ca", b"aa", b"abc", b"bca", b"cab", b"aab", b"caa", b"abca", b"abcabc"]  # each made of others
tokens = st.lists(st.text("abc", min_size=2, max_size=5).map(str.encode), unique=True, max_size=12)


@given(words, st.lists(words, min_size=1, max_size=8))
def test_merge_lists_that_were_learned(word, texts):
    merges = learn_merges(dict.fromkeys(texts, 1), 20)
    vocab = {bytes([byte]): byte for byte in range(256)} | {a + b: 256 + k for k, (a, b) in enumerate(merges)}
    tokenizer = BPETokenizer(vocab, merges, pattern=r"[\s\S]+")
    expected = naive(word, merges)
    assert [tokenizer.token_of[i] for i in tokenizer.encode_bytes(word)] == expected


@given(words, st.permutations([b"a", b"b", b"ab", b"ba", b"aa", b"aba"]), st.data())
def test_any_merge_lists_even_such_as_nobody_would_learn(word, parts, data):
    pairs = [(a, b) for a in parts for b in parts if a + b in (b"ab", b"ba", b"aa", b"aba", b"abab", b"abaa")]
    merges = data.draw(st.permutations(pairs))
    made = {bytes([byte]) for byte in range(256)} | {a + b for a, b in pairs} | set(parts)
    tokenizer = BPETokenizer({token: i for i, token in enumerate(sorted(made))}, merges, pattern=r"[\s\S]+")
    assert [tokenizer.token_of[i] for i in tokenizer.encode_bytes(word)] == naive(word, merges)


@given(words, tokens)
def test_ranks_in_any_order(word, longer):
    vocab = {bytes([byte]): 100 + byte for byte in range(256)} | {token: 400 + k for k, token in enumerate(longer)}
    tokenizer = BPETokenizer(vocab, pattern=r"[\s\S]+")
    expected = [word] if word in vocab else naive_ranks(word, vocab)
    assert [tokenizer.token_of[i] for i in tokenizer.encode_bytes(word)] == expected


@given(st.text("abc", min_size=1, max_size=80).map(str.encode), st.permutations(NESTED))
def test_the_heap_does_what_the_plain_loop_does(word, longer):
    ranks = {token: k for k, token in enumerate(longer)}
    made = dict(enumerate(longer))
    parts = [word[i : i + 1] for i in range(len(word))]
    assert merge(list(parts), ranks, made) == merge_long(list(parts), ranks, made)


@given(words, tokens)
def test_a_list_of_last_pairs_does_what_the_ranks_do(word, longer):
    vocab = {bytes([byte]): byte for byte in range(256)} | {token: 256 + k for k, token in enumerate(longer)}
    pairs = [last_pair(token, vocab) for token in longer]
    merges = [pair for pair in pairs if pair]
    by_rank = BPETokenizer(vocab, pattern=r"[\s\S]+")
    by_list = BPETokenizer(vocab, merges, ignore_merges=len(merges) < len(pairs), pattern=r"[\s\S]+")
    assert by_rank.encode_bytes(word) == by_list.encode_bytes(word)


def test_long_words_do_not_take_quadratic_time():
    tokenizer = BPETokenizer.train("aaaaaaaa abababab", 270)
    times = []
    for n in (20_000, 160_000):
        start = time.process_time()
        ids = tokenizer.encode("a" * n)
        times.append(time.process_time() - start)
        assert tokenizer.decode(ids) == "a" * n
    assert times[1] < 30 * times[0]  # 8 times as long; the square would be 64 times


def test_a_word_of_a_single_part_stays():
    assert merge([b"a"], {}, {}) == [b"a"] == merge_long([b"a"], {}, {})
    assert last_pair(b"a", {b"a": 0}) is None


@given(
    st.lists(words, min_size=1, max_size=20),
    st.permutations([b"a", b"b", b"ab", b"ba", b"aa", b"aba"]),
    st.sampled_from([0, 0xD700, 0x100000]),  # ids among which are the code points of surrogates, and great ones
    st.data(),
)
def test_words_together_are_merged_as_words_alone(some, parts, least, data):
    pairs = [(a, b) for a in parts for b in parts if a + b in (b"ab", b"ba", b"aa", b"aba", b"abab", b"abaa")]
    merges = data.draw(st.permutations(pairs))
    made = {bytes([byte]) for byte in range(256)} | {a + b for a, b in pairs}
    ids = {token: least + i for i, token in enumerate(sorted(made))}
    table = PairTable(
        [chr(ids[bytes([byte])]) for byte in range(256)],
        {chr(ids[a]) + chr(ids[b]): rank for rank, (a, b) in enumerate(merges)},
        {rank: chr(ids[a + b]) for rank, (a, b) in enumerate(merges)},
    )
    expected = [tuple(ids[part] for part in naive(word, merges)) for word in some]
    assert merge_together(some, table) == expected


def test_many_new_words_have_the_ids_that_they_have_alone():
    """Short and long ones, and such as are a token that no merge leads to."""
    letters = [f"{k:b}".replace("0", "a").replace("1", "b") for k in range(1, 2 * MANY)]
    text = " ".join([*letters, "zz", "ab" * LONGEST, "aé" * (LONGEST // 3), *(c * LONGEST for c in "ab")])
    learned = BPETokenizer.train(text, 300)
    vocab, merges = learned.vocab | {b" zz": 1000, b" b": 2000}, learned.merges
    for whole in (False, True):
        together, alone = (BPETokenizer(vocab, merges, ignore_merges=whole) for _ in range(2))
        ids = together.encode(text)
        assert ids == [i for word in alone.splitter.words(text) for i in alone.encode(word)]
        assert (1000 in ids) == whole


def test_without_merges_there_are_bytes():
    tokenizer = BPETokenizer({bytes([byte]): byte for byte in range(256)}, [])
    text = " ".join(map(str, range(2 * MANY)))
    assert tokenizer.encode(text) == list(text.encode())
