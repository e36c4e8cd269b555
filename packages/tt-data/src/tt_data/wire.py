"""A connection over http that ends if the other side is too slow, whatever it is slow with."""

import io
import time
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib import request
from urllib.error import URLError
from urllib.parse import urlsplit

SLOWEST = 1024  # bytes per second: a server that sends fewer has stalled
MOST_HEADERS = 1 << 20  # bytes before the content


class Wire(io.RawIOBase):
    """What arrives from a server, in the headers as in the content: a socket's own timeout begins anew with every byte.

    Raises:
        OSError: if fewer than `SLOWEST` bytes per second arrive while `timeout` seconds are spent waiting.
    """

    def __init__(self, raw: Any, timeout: float) -> None:
        self.raw, self.timeout = raw, timeout
        self.waited, self.arrived = 0.0, 0
        self.headers_left: int | None = MOST_HEADERS

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for some bytes."""
        begin = time.monotonic()
        n: int | None = self.raw.readinto(buffer)
        self.waited += time.monotonic() - begin
        self.arrived += n or 0
        if self.headers_left is not None:
            self.headers_left -= n or 0
            if self.headers_left < 0:
                raise OSError("the headers have no end")
        if self.waited > self.timeout:
            if self.arrived < SLOWEST * self.timeout:
                raise OSError(f"stalled: {self.arrived:,} bytes in {self.waited:.0f} s")
            self.waited, self.arrived = 0.0, 0
        return n

    def close(self) -> None:
        """Close the socket's file."""
        self.raw.close()
        super().close()


class Answer(HTTPResponse):
    """An answer that is read through a `Wire`."""

    def __init__(self, sock: Any, *args: Any, **settings: Any) -> None:
        super().__init__(sock, *args, **settings)
        self.wire = Wire(self.fp.detach(), sock.gettimeout())
        self.fp = io.BufferedReader(self.wire)

    def begin(self) -> None:
        """Read the headers."""
        super().begin()
        self.wire.headers_left = None


class Connection(HTTPConnection):
    """A connection whose answers are read through a `Wire`."""

    response_class = Answer


class SecureConnection(HTTPSConnection):
    """The same over https."""

    response_class = Answer


class Http(request.HTTPHandler):
    """Opens addresses of http."""

    def http_open(self, req: Any) -> Any:
        """The answer to a request."""
        return self.do_open(Connection, req)


class Https(request.HTTPSHandler):
    """Opens addresses of https; the certificate must be valid."""

    def https_open(self, req: Any) -> Any:
        """The answer to a request."""
        return self.do_open(SecureConnection, req)


class Careful(request.HTTPRedirectHandler):
    """Follows redirects, but not from https to anything else, and never to another scheme than http and https."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """The request to follow, unless the new address is refused."""
        before, after = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if after not in ("http", "https") or (before == "https" and after != "https"):
            raise URLError(f"refused to be redirected from {before} to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def opener() -> Any:
    """What opens addresses: http and https only, where urllib's own would open files as well."""
    director = request.OpenerDirector()
    for handler in (
        request.ProxyHandler, Http, Https, request.HTTPDefaultErrorHandler, Careful, request.HTTPErrorProcessor,
    ):  # fmt: skip
        director.add_handler(handler())
    return director
