"""Text that comes token by token is the text of all tokens, and never has half a character or a piece of a stop string."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tt_transformer.generation.text import UNKNOWN, TextStream


def from_bytes(ids):
    return bytes(ids).decode("utf-8", "replace")


def from_pieces(ids):
    """A decoder that drops the space in front, as SentencePiece does; each token is a word."""
    return " ".join(f"w{i}" for i in ids)


def run(stream, ids):
    pieces = []
    for i in ids:
        pieces.append(stream.push(i))
        if stream.stopped:
            return pieces
    return [*pieces, stream.finish()]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=40).map(lambda s: list(s.encode())), st.lists(st.integers(0, 255), max_size=40)))
def test_the_pieces_are_the_whole(ids):
    assert "".join(run(TextStream(from_bytes), ids)) == from_bytes(ids)
    assert "".join(run(TextStream(from_pieces), ids)) == from_pieces(ids)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30).filter(lambda s: UNKNOWN not in s))
def test_no_half_characters(text):
    assert not any(UNKNOWN in piece for piece in run(TextStream(from_bytes), list(text.encode())))


@settings(max_examples=300, deadline=None)
@given(st.text("abé", max_size=40), st.lists(st.text("abé", min_size=1, max_size=4), min_size=1, max_size=3))
def test_it_ends_at_the_first_stop_string(text, stop):
    stream = TextStream(from_bytes, stop)
    pieces = run(stream, list(text.encode()))
    places = [text.index(s) for s in stop if s in text]
    got = "".join(pieces)
    assert stream.stopped == bool(places)
    if not places:
        assert got == text
        return
    assert text.startswith(got)
    assert len(got) in {at for s in stop for at in range(len(text)) if text.startswith(s, at)}
    assert not any(s in got for s in stop)


def test_text_comes_as_soon_as_it_is_certain():
    stream = TextStream(from_bytes, ["\n\nUser:"])
    assert [stream.push(b) for b in b"a\n\nUse"] == ["a", "", "", "", "", ""]
    assert stream.push(ord("!")) == "\n\nUse!"
    stream = TextStream(from_bytes)
    assert [stream.push(b) for b in "aé🙂".encode()] == ["a", "", "é", "", "", "", "🙂"]
    assert stream.push(0xFF) == ""
    assert stream.push(ord("x")) == UNKNOWN + "x"


def test_the_work_per_token_does_not_grow():
    longest = 0

    def decode(ids):
        nonlocal longest
        longest = max(longest, len(ids))
        return from_bytes(ids)

    run(TextStream(decode), list(b"x" * 500))
    assert longest < 20
