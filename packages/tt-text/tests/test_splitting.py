"""The faster form for ASCII, and the places to cut, change nothing."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_text.splitting import _SAME, PATTERNS, Splitter, foreign

ascii_texts = st.text("aZ'sStTlLvVeErRdDmM09 \n\r\t\x0b\x1c\x7f!/-", max_size=20)
texts = st.text("aZ'sStTlL09 \n\r\t!/-éßſ中😀\u0301\x85\u2003½ǅʰ", max_size=20) | st.text(max_size=20)


@pytest.mark.parametrize("name", PATTERNS)
@given(ascii_texts)
def test_ascii_is_split_as_any_text_is(name, text):
    assert Splitter([name]).words(text) == regex.findall(PATTERNS[name], text)


@pytest.mark.parametrize("name", PATTERNS)
@given(ascii_texts | texts)
def test_no_character_is_lost(name, text):
    words = Splitter([name]).words(text)
    assert "".join(words) == text
    assert all(words)


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=300)
@given(ascii_texts | texts, st.integers(0, 20))
def test_a_safe_cut_changes_no_word(name, text, end):
    splitter = Splitter([name])
    cut = splitter.safe_cut(text, min(end, len(text)))
    assert 0 <= cut <= min(end, len(text))
    assert splitter.words(text[:cut]) + splitter.words(text[cut:]) == splitter.words(text)


@pytest.mark.parametrize("spelling", _SAME)
@given(ascii_texts | texts)
def test_other_spellings_mean_the_same(spelling, text):
    assert regex.findall(spelling.replace("$", r"\Z"), text) == Splitter([_SAME[spelling]]).words(text)


@given(texts)
def test_what_a_pattern_leaves_out_becomes_words(text):
    for patterns in ([r"\d+"], [r"(a)(b)?"], [r"x*"], [r"\s", "gpt2"], []):
        assert "".join(Splitter(patterns).words(text)) == text


def test_a_pattern_that_matches_nothing_makes_no_empty_words():
    assert Splitter([r"a*"]).words("baab") == ["b", "aa", "b"]


def test_known_words():
    assert Splitter(["gpt2"]).words("I'll  go,\n\n don't") == ["I", "'ll", " ", " go", ",", "\n\n", " don", "'t"]
    assert Splitter(["cl100k"]).words("HE'S 12345 \n\n") == ["HE", "'S", " ", "123", "45", " \n\n"]
    assert Splitter(["llama3"]).words("a\n \t") == ["a", "\n", " \t"]
    assert Splitter(["o200k"]).words("HelloWorld's/\n") == ["Hello", "World's", "/\n"]
    assert Splitter([r"\d"]).words("a12b") == ["a", "1", "2", "b"]


def test_patterns_without_a_known_place_to_cut_stay_whole():
    assert Splitter([r"\w+|\W+"]).safe_cut("a b c", 5) == 0


@pytest.mark.parametrize(
    ("pattern", "error", "message"),
    [
        ("gpt4", ValueError, "'gpt4' is the name of no pattern; there are 'gpt2', 'cl100k'"),
        ("", ValueError, "name of no pattern"),
        ("(", ValueError, "not a regular expression"),
        (3, TypeError, "got int"),
        ([3], TypeError, "got int"),
    ],
)
def test_misuse(pattern, error, message):
    with pytest.raises(error, match=message):
        Splitter(pattern)


@pytest.mark.parametrize(
    ("pattern", "sign"),
    [
        ("a$", "$"),
        ("^a", "^"),
        (r"\p{N}{1,3}+", "{1,3}+"),
        ("a{2}?", "{2}?"),
        (r"\w+|\W+", r"\w"),
        (r"\ba", r"\b"),
        (r"[a\h]", r"[a\h]"),
        (r"\p{Nonsense}", r"\p{Nonsense}"),
        ("[a-z&&[^e]]", "[a-z&&[^e]"),
        ("[[:punct:]]+", "[[:punct:]"),
        ("(?m).+", "(?m)"),
        ("(?i)a", "(?i)"),
        ("(?i:less)", "(?i:"),
        ("(?i:it)", "(?i:"),
        ("(?<n>a)", "(?<n>a)"),
        ("a\\", "\\"),
        (r"[^a$]\$\^", None),
        (r"(?i:'s|[td])|(?<!a)[^\s\p{L}\p{^Nd}]{2,3}?|\p{Han}+|(?>a|b)*+|(?=.)\x41|\u4e00", None),
        (PATTERNS["cl100k"], None),
    ],
)
def test_what_other_engines_read_differently(pattern, sign):
    assert foreign(pattern) == sign


def test_patterns_that_have_a_name_read_the_same_everywhere():
    for pattern in PATTERNS.values():
        assert foreign(f"(?:{pattern})") is None
