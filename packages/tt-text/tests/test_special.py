"""Special tokens: never found unless that was asked for."""

import random
from unicodedata import combining, normalize

import pytest
from tt_text import AddedToken, BPETokenizer, special
from tt_text.special import AddedTokens, searcher

BYTES = {bytes([byte]): byte for byte in range(256)}


@pytest.fixture
def tokenizer():
    return BPETokenizer.train("low lower", 262, special_tokens=["<|a|>", "<|a|><|b|>", "<|b|>"])


def test_a_special_token_in_the_text_is_an_error(tokenizer):
    with pytest.raises(ValueError, match=r"'<\|b\|>' at position 3; pass allowed_special"):
        tokenizer.encode("low<|b|>")
    with pytest.raises(ValueError, match="special token"):
        tokenizer.encode("<|b|>", allowed_special={"<|a|>"})
    with pytest.raises(ValueError, match="special token"):
        tokenizer.encode("<|b|>", disallowed_special={"<|b|>"})


def test_allowed_ones_become_one_id_and_others_text(tokenizer):
    assert tokenizer.encode("<|b|>", allowed_special="all") == [2]
    assert tokenizer.encode("<|b|>low", allowed_special={"<|b|>"})[0] == 2
    ids = tokenizer.encode("<|b|>", disallowed_special=())
    assert len(ids) == 5
    assert tokenizer.decode(ids) == "<|b|>"
    assert tokenizer.encode("<|b|>", disallowed_special={"<|a|>"}) == ids
    assert tokenizer.encode("<|b|>", allowed_special={"no such token"}, disallowed_special=()) == ids


def test_the_longest_of_several_wins(tokenizer):
    assert tokenizer.encode("<|a|><|b|>", allowed_special="all") == [1]
    assert tokenizer.encode("<|a|><|b|>", allowed_special={"<|a|>", "<|b|>"}, disallowed_special=()) == [0, 2]


def test_nothing_is_found_inside_a_special_token_that_is_text():
    added = [AddedToken("<|e|>", 300), AddedToken("<|", 301, special=False)]
    tokenizer = BPETokenizer(BYTES, [], special_tokens=added)
    assert tokenizer.encode("<|e|>", allowed_special="all") == [300]
    assert tokenizer.encode("<|<|e|>", disallowed_special=()) == [301, *b"<|e|>"]


def test_a_single_string_is_not_a_set_of_tokens(tokenizer):
    for name in ("allowed_special", "disallowed_special"):
        for value in ("<|a|>", b"<|a|>", None, {1}):
            with pytest.raises(TypeError, match=f"{name} should be 'all' or a set"):
                tokenizer.encode("text", **{name: value})


def test_decoding_with_and_without_special_tokens(tokenizer):
    ids = tokenizer.encode("low<|a|>er", allowed_special="all")
    assert tokenizer.decode(ids) == "low<|a|>er"
    assert tokenizer.decode(ids, skip_special_tokens=True) == "lower"


def test_a_prefix_and_a_suffix():
    tokenizer = BPETokenizer(BYTES, [], special_tokens={"<s>": 256, "</s>": 257}, prefix=[256], suffix=[257])
    assert tokenizer.encode("a") == [97]
    assert tokenizer.encode("a", add_special_tokens=True) == [256, 97, 257]
    assert tokenizer.encode_batch(["abc"], add_special_tokens=True, max_length=3) == [[256, 97, 257]]
    assert tokenizer.encode_batch(["abc"], add_special_tokens=True, max_length=3, truncation_side="left") == [
        [256, 99, 257]
    ]
    with pytest.raises(ValueError, match="max_length is 1"):
        tokenizer.encode_batch(["abc"], add_special_tokens=True, max_length=1)
    with pytest.raises(ValueError, match="the id of no token"):
        BPETokenizer(BYTES, [], prefix=[256])


@pytest.mark.parametrize(
    ("settings", "text", "pieces"),
    [
        ({}, "a<x> b", ["a", 300, " b"]),
        ({"lstrip": True}, "a \n<x> b", ["a", 300, " b"]),
        ({"lstrip": True}, "a <x> b", ["a", 300, " b"]),
        ({"rstrip": True}, "a <x> \tb", ["a ", 300, "b"]),
        ({"rstrip": True}, "a <x> b", ["a ", 300, "b"]),
        ({"lstrip": True, "rstrip": True}, "<x> <x> ", [300, 300]),
        ({"single_word": True}, "a<x> <x> <x>b _<x>", ["a<x> ", 300, " <x>b _<x>"]),
    ],
)
def test_settings_of_added_tokens(settings, text, pieces):
    added = AddedTokens([AddedToken("<x>", 300, **settings)])
    assert added.pieces(text, frozenset(["<x>"])) == pieces


def test_white_space_that_two_tokens_want():
    added = AddedTokens([AddedToken("<x>", 1, rstrip=True), AddedToken("  ", 2, lstrip=True), AddedToken("\n", 3)])
    wanted = frozenset(["<x>", "  ", "\n"])
    assert added.pieces("<x>  a", wanted) == [1, "a"]
    assert added.pieces("<x>\n a", wanted) == [1, 3, " a"]  # as `tokenizers` has it: the space counts once more


def test_normalized_ones_are_looked_for_in_what_the_others_leave():
    added = AddedTokens([AddedToken("ab", 1, normalized=True), AddedToken("bc", 2)])
    assert added.pieces("abc", frozenset(["ab", "bc"])) == ["a", 2]


def test_added_tokens_that_are_not_special_are_always_found():
    tokenizer = BPETokenizer(BYTES, [], special_tokens=[AddedToken("  ", 256, special=False)])
    assert tokenizer.encode("a  b") == [97, 256, 98]
    assert tokenizer.decode([97, 256], skip_special_tokens=True) == "a  "


@pytest.mark.parametrize(
    ("special", "error", "message"),
    [
        ({"<s>": 97}, ValueError, "which is that of b'a'"),
        ({"": 256}, ValueError, "not empty"),
        ({"<s>": -1}, ValueError, "not negative"),
        ({"<s>": 256, "<t>": 256}, ValueError, "which is that of b'<s>'"),
        ([AddedToken("<s>", 256), AddedToken("<s>", 257)], ValueError, "listed twice"),
        ({b"<s>": 256}, TypeError, "texts to ints"),
        ({"<s>": 256.0}, TypeError, "texts to ints"),
        ({"\ud800": 256}, ValueError, "lone surrogate"),
    ],
)
def test_misuse(special, error, message):
    with pytest.raises(error, match=message):
        BPETokenizer(BYTES, [], special_tokens=special)


def test_white_space_is_looked_at_once_however_many_tokens_want_it():
    added = [AddedToken("  ", 300, special=False, rstrip=True), AddedToken("\n\n", 301, special=False, rstrip=True)]
    tokenizer = BPETokenizer(BYTES, [], special_tokens=added)
    ids = tokenizer.encode("\n\n" * 20_000 + "a" + " " * 40_000)  # looked at by each of them, this takes minutes
    assert ids == [301] * 20_000 + [97] + [300] * 20_000


def test_long_runs_of_combining_marks_come_in_order_to_the_normal_form(monkeypatch):
    """In another order they would take quadratic time. U+0903 does not move, U+0897 is a mark since Unicode 16."""
    given = []

    def recorded(form, text):
        given.append(text)
        return normalize(form, text)

    monkeypatch.setattr(special, "normalize", recorded)
    generator, tokens = random.Random(0), AddedTokens((), "NFC")
    two = "\u0344", "\u0f73\u0f75\u0f81"  # each of them is two marks
    for marks in ("\u0301\u0327\u0903\u0897e", "\u0301\u0327\u0345" + two[0], *two):
        for length in (10, 200, 2000):
            text = "e" + "".join(generator.choices(marks, k=length)) + "x"
            assert tokens.normal(text) == normalize("NFC", text)
        if marks.endswith(two):
            classes = [combining(character) for character in given[-1][1:-1]]
            assert len(classes) > 2000
            assert classes == sorted(classes)


def test_a_search_for_many_texts_finds_the_longest_of_them():
    generator = random.Random(0)
    for _ in range(300):
        contents = {
            "".join(generator.choices("ab|(", k=generator.randint(1, 6))) for _ in range(generator.randint(1, 12))
        }
        text = "".join(generator.choices("ab|(c", k=40))
        place, expected = 0, []
        while place < len(text):
            longest = max((content for content in contents if text.startswith(content, place)), key=len, default="")
            expected += [(place, longest)] if longest else []
            place += max(1, len(longest))
        assert [(m.start(), m[0]) for m in searcher(frozenset(contents)).finditer(text)] == expected


def test_each_text_may_be_the_beginning_of_the_next():
    assert searcher(frozenset("a" * k for k in range(1, 2000))).match("a" * 3000).end() == 1999
