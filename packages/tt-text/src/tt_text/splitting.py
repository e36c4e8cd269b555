r"""Pre-tokenisation: text to words, which no merge crosses.

The patterns are regular expressions in the dialect of the `regex` library. `GPT2` is that of GPT-2 and GPT-3 (r50k, p50k),
`CL100K` that of GPT-4 (white space at the end is one word), `LLAMA3` that of Llama 3, `O200K` that of GPT-4o, each without
possessive repetitions: that reads the same everywhere, while `{1,3}+` repeats a group in Oniguruma, which Hugging Face uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import regex

GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
LLAMA3 = (
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"""
    r"""|\s*[\r\n]+|\s+(?!\S)|\s+"""
)
CL100K = LLAMA3.replace(r"|\s*[\r\n]+", r"|\s+(?!\s|\S)|\s*[\r\n]+")
O200K = (
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
    r"""|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
    r"""|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)
PATTERNS = {"gpt2": GPT2, "cl100k": CL100K, "llama3": LLAMA3, "o200k": O200K}
"""The patterns that have a name. They leave no character out, and their texts can be cut: see `safe_cut`."""

# Other spellings of them, in tokenizer files and in tiktoken.
_SAME = {
    r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""": GPT2,
    r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s""": GPT2,
    (
        r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"""
        r"""|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
    ): CL100K,
}


def _of_ascii(pattern: str) -> str:
    r"""The same pattern for text of ASCII characters only, in the dialect of `re`, which is twice as fast.

    `re` counts U+001C to U+001F as white space, so `\s` is written out. In the patterns above `\p{L}` and its kind stand
    in brackets, or right after ` ?` or `?`.
    """
    brackets = regex.sub(r"(?<!\[[^\]]*)\\p\{([LN])\}", r"[\\p{\1}]", pattern)
    classes = {"L": "A-Za-z", "N": "0-9", "Lu": "A-Z", "Ll": "a-z", "Lt": "", "Lm": "", "Lo": "", "M": ""}
    spaces = (
        regex.sub(r"(?<=\[[^\]]*)\\s", r"\\t-\\r ", brackets).replace(r"\s", r"[\t-\r ]").replace(r"\S", r"[^\t-\r ]")
    )
    return re.sub(r"\\p\{(\w+)\}", lambda found: classes[found[1]], spaces)


class Splitter:
    r"""Splits text into words with one or more patterns, each applied to what the one before has made.

    What a pattern does not match becomes words of its own, so that joining the words gives the text.

    Args:
        patterns: regular expressions, or names in `PATTERNS`.

    Raises:
        ValueError: if one is not a regular expression, or looks like a name and is none.
        TypeError: if one is not a str.

    Examples:
        >>> Splitter(["gpt2"]).words("It's  2021!")
        ['It', "'s", ' ', ' 2021', '!']
    """

    def __init__(self, patterns: str | Iterable[str]) -> None:
        patterns = [patterns] if isinstance(patterns, str) else patterns
        if not isinstance(patterns, Iterable):
            raise TypeError(f"BPETokenizer: pattern should be a str or a list of them, got {type(patterns).__name__}")
        self.patterns = tuple(_SAME.get(p, p) for p in (PATTERNS.get(p, p) for p in patterns))
        self.known = all(p in PATTERNS.values() for p in self.patterns)
        self._general = [_finder(p) for p in self.patterns]
        self._ascii = [re.compile(_of_ascii(p)).findall for p in self.patterns] if self.known else self._general

    def words(self, text: str) -> list[str]:
        """The words of a text, in order."""
        finders = self._ascii if text.isascii() else self._general
        if not finders:
            return [text] if text else []
        words = finders[0](text)
        for find in finders[1:]:
            words = [part for word in words for part in find(word)]
        return words

    def safe_cut(self, text: str, end: int) -> int:
        """The last position up to `end` at which `text` can be cut so that both parts give the words of the whole, or 0.

        That is after a letter before something that continues no word, and before a space after something else: no token
        of the known patterns spans these places, and none looks beyond them. Other patterns may do so anywhere.
        """
        if end < 1 or len(self.patterns) != 1 or not self.known:
            return 0
        found = _CUT.search(text, 1, end)
        return found.start() if found else 0


NAME = re.compile(r"[\w-]*")
_CUT = regex.compile(r"(?r)(?<=\S)(?= )|(?<=\p{L})(?=[^\p{L}\p{M}'])")


def _finder(pattern: str) -> Callable[[str], list[str]]:
    """A function that splits a text with one pattern."""
    if not isinstance(pattern, str):
        raise TypeError(f"BPETokenizer: pattern should be a str or a list of them, got {type(pattern).__name__} in it")
    if NAME.fullmatch(pattern):
        raise ValueError(
            f"BPETokenizer: {pattern!r} is the name of no pattern; there are {', '.join(map(repr, PATTERNS))}"
        )
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"BPETokenizer: pattern {pattern!r} is not a regular expression: {error}") from None
    if pattern in PATTERNS.values():
        return compiled.findall  # type: ignore[no-any-return]

    def find(text: str) -> list[str]:
        words, end = [], 0
        for found in compiled.finditer(text):
            if found.start() > end:
                words.append(text[end : found.start()])
            if found.end() > found.start():
                words.append(found[0])
            end = found.end()
        if end < len(text):
            words.append(text[end:])
        return words

    return find


SCRIPTS = "Arabic|Cyrillic|Devanagari|Greek|Han|Hangul|Hebrew|Hiragana|Katakana|Latin|Thai"
_ESCAPE = rf"\\(?:[sSdDrntfv]|[pP]\{{\^?(?:[LMNPSZC][a-z]?|{SCRIPTS})\}}|x[0-7][0-9A-Fa-f]|u[0-9A-Fa-f]{{4}}|[^\w])"
_SHARED = regex.compile(
    rf"""(?x) {_ESCAPE}
    | \[ \^? (?: (?!&&|--|\|\||~~) (?: [^\[\]\\] | {_ESCAPE} ) )+ \]
    | \(\?i: (?: (?!(?i:ss|st|ff|fl)) [A-HJ-Za-hj-z'|] | \[[A-HJ-Za-hj-z']+\] )* \)  # no ß, ﬆ, ﬀ, ﬂ, and no i (İ, ı)
    | \( (?: \? (?: [:=!>] | <[=!] ) | (?!\?) ) | \)
    | \{{ \d+ \}} (?![?+]) | \{{ (?: \d+,\d* | ,\d+ ) \}} (?!\+)
    | [^\\()\[\]{{}}^$]
    """
)
"""What a pattern may be made of to mean the same to `regex` and to Oniguruma."""


def foreign(pattern: str) -> str | None:
    r"""What in a pattern may mean something else to another engine (`tokenizers` has Oniguruma), or None.

    Such are `^` and `$` (there: of every line), `{1,3}+` (there: a repeated group, here: possessive), `\w` (of `²` and joiners),
    `\h` (there: hexadecimal digits), sets in sets, and most options.
    """
    if pattern in PATTERNS.values() or (pattern in _SAME and "{1,3}+" not in pattern):
        return None
    place = 0
    while found := _SHARED.match(pattern, place):
        place = found.end()
    return _SIGN.match(pattern, place)[0] if place < len(pattern) else None


_SIGN = regex.compile(r"(?s)\\\w\{[^}]*\}|\\.|\(\?[^):]*.?|\{[^}]*\}.?|\[[^]]*\]?|.")
