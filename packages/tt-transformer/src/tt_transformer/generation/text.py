"""Text that comes token by token: no half characters, and nothing that may turn out to be a stop string."""

from collections.abc import Callable, Sequence

UNKNOWN = "\ufffd"  # what decoders put for bytes that are not, or not yet, a character
LONGEST = 3  # how many bytes of a character may be there without the last one


class TextStream:
    """Turns tokens into text as they come.

    Args:
        decode: ids to text. What it makes of the first of some ids may depend on those that follow only where it ends in the
            replacement character.
        stop: texts at which it ends.

    Attributes:
        stopped: whether one of them has come.

    Examples:
        >>> stream = TextStream(lambda ids: bytes(ids).decode(errors="replace"), ["END"])
        >>> [stream.push(byte) for byte in "é EN".encode()], stream.finish()
        (['', 'é', ' ', '', ''], 'EN')
    """

    def __init__(self, decode: Callable[[list[int]], str], stop: Sequence[str] = ()) -> None:
        self.decode, self.stop, self.stopped = decode, tuple(stop), False
        self.ids: list[int] = []  # the last ones, which are decoded together
        self.given = 0  # how many characters of their text were passed on
        self.held = ""  # text that may be the beginning of a stop string

    def push(self, token: int) -> str:
        """The text that is certain now that `token` has come; it may be empty."""
        self.ids.append(token)
        text = self.decode(self.ids)
        if not isinstance(text, str):
            raise TypeError(f"generate: decode must return text (str), got {type(text).__name__}")
        certain = len(text)
        while certain and certain > len(text) - LONGEST and text[certain - 1] == UNKNOWN:
            certain -= 1
        new, self.given = text[self.given : certain], max(self.given, certain)
        if certain == len(text) and len(self.ids) > 8:  # begin anew, with a token before as some decoders look at that
            self.ids = self.ids[-1:]
            self.given = len(self.decode(self.ids))
        return self._pass(new)

    def finish(self) -> str:
        """The rest: what was held back, now that nothing more will come."""
        rest = self._pass(self.decode(self.ids)[self.given :]) if self.ids else ""
        self.ids, self.given = [], 0
        rest, self.held = rest + self.held, ""
        return rest

    def _pass(self, new: str) -> str:
        """What cannot belong to a stop string of the held text and the new; all before it, if there is one."""
        if self.stopped or not self.stop:
            return "" if self.stopped else new
        text = self.held + new
        found = [at for at in (text.find(s) for s in self.stop) if at >= 0]
        if found:
            self.stopped, self.held = True, ""
            return text[: min(found)]
        hold = max(n for s in self.stop for n in range(len(s)) if text.endswith(s[:n]))
        self.held = text[len(text) - hold :]
        return text[: len(text) - hold]
