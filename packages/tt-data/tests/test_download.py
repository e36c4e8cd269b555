"""Downloads from servers that truncate, stall, redirect and lie; all of them run here, on the loopback address."""

import contextlib
import functools
import hashlib
import io
import os
import re
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tt_data import MNIST, DownloadError, MissingFileError, tiny_shakespeare
from tt_data.download import fetch, report

CONTENT = bytes(range(256)) * 1200  # 300 kB
SHA = hashlib.sha256(CONTENT).hexdigest()
SIZE = len(CONTENT)
MD5 = hashlib.md5(CONTENT).hexdigest()


class Server:
    """Answers each request as `behaviour(handler, number)` says; `requests` holds (path, Range) of each."""

    def __init__(self, behaviour):
        self.requests = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                server.requests.append((self.path, self.headers.get("Range")))
                with contextlib.suppress(BrokenPipeError, ConnectionError):
                    behaviour(self, len(server.requests))

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/file"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.http.shutdown()
        self.http.server_close()


def answer(handler, body=CONTENT, status=200, **headers):
    """Send a body, with the headers that belong to it unless others are given."""
    handler.send_response(status)
    for name, value in {"Content-Length": len(body), **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
        if value is not None:
            handler.send_header(name, str(value))
    handler.end_headers()
    handler.wfile.write(body)


def good(handler, number):
    """What a good server does, ranges included."""
    wanted = handler.headers.get("Range")
    if wanted is None:
        return answer(handler)
    start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
    if start >= len(CONTENT):
        return answer(handler, b"", 416, Content_Range=f"bytes */{len(CONTENT)}")
    return answer(handler, CONTENT[start:], 206, Content_Range=f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")


def no_ranges(handler, number):
    answer(handler)


def cut_off(handler, number):
    """The connection ends after a third of what was to come."""
    wanted = handler.headers.get("Range")
    start = int(wanted[6:-1]) if wanted else 0
    body = CONTENT[start:]
    if len(body) < 100_000:
        good(handler, number)
        return
    handler.send_response(206 if wanted else 200)
    handler.send_header("Content-Length", str(len(body)))
    if wanted:
        handler.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 3])


def answer_with_length(length, handler, number):
    answer(handler, Content_Length=length)


def stalls(handler, number):
    """Half of the file, and then nothing for a long time."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    handler.wfile.write(CONTENT[:150_000])
    handler.wfile.flush()
    time.sleep(3)


def drip(handler, beginning, rest):
    """Send the beginning at once, and the rest byte by byte, each within the timeout."""
    handler.wfile.write(beginning)
    for _ in range(100):
        handler.wfile.write(rest)
        time.sleep(0.05)


def drips(handler, number):
    """A byte now and then, so that no single read times out."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    for k in range(300):
        handler.wfile.write(CONTENT[k : k + 1])
        handler.wfile.flush()
        time.sleep(0.02)


def endless(handler, number):
    """No length, and no end."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(CONTENT)


def get(server, path, *, size=SIZE, checksum=SHA, timeout=0.4, others=(), **settings):
    urls = [server.url, *(other.url for other in others)]
    return fetch(urls, path, checksum, size=size, timeout=timeout, pause=0.01, progress=None, **settings)


def left(folder):
    return sorted(os.listdir(folder))


def test_misuse(tmp_path):
    for checksum in ("", "abc", SHA[:-1]):
        with pytest.raises(ValueError, match="checksum"):
            fetch(["http://127.0.0.1:9/x"], tmp_path / "x", checksum)
    for url in ("file:///etc/passwd", "ftp://127.0.0.1/x", "/etc/passwd", "data:,x"):
        with pytest.raises(ValueError, match="http or https"):
            fetch([url], tmp_path / "x", SHA)
    assert left(tmp_path) == []


@pytest.mark.parametrize("checksum", [SHA, MD5, SHA.upper()])
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_good_server(tmp_path, checksum, size):
    path = tmp_path / "deep" / "folder" / "file"
    with Server(good) as server:
        assert get(server, path, checksum=checksum, size=size) == path
        assert get(server, path, checksum=checksum, size=size) == path
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 1, "what is there is not fetched again"
    assert left(path.parent) == ["file"]


def test_a_damaged_file_is_replaced(tmp_path):
    (tmp_path / "file").write_bytes(b"half")
    with Server(good) as server:
        get(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_truncation_is_noticed_and_continued(tmp_path):
    with Server(cut_off) as server:
        get(server, tmp_path / "file", tries=6)
    assert (tmp_path / "file").read_bytes() == CONTENT
    starts = [int(wanted[6:-1]) for _, wanted in server.requests[1:]]
    assert server.requests[0][1] is None
    assert starts == sorted(starts)
    assert starts[0] == 102_400
    assert len(starts) == len(set(starts)) == 3


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_what_has_arrived_is_kept_for_the_next_call_and_another_mirror(tmp_path, size):
    with Server(cut_off) as first, Server(good) as second:
        with pytest.raises(DownloadError, match="ended after 102,400 of 307,200 bytes"):
            get(first, tmp_path / "file", tries=1, size=size)
        assert left(tmp_path) == ["file.part"]
        get(second, tmp_path / "file", size=size)
    assert second.requests == [("/file", "bytes=102400-")]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_that_ignores_ranges(tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT[:1000])
    with Server(no_ranges) as server:
        get(server, tmp_path / "file")
    assert server.requests[0][1] == "bytes=1000-"
    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"of another file", CONTENT + b"more", CONTENT, b"x" * len(CONTENT), b""])
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_whatever_lies_there_as_a_part(tmp_path, part, size):
    (tmp_path / "file.part").write_bytes(part)
    with Server(good) as server:
        get(server, tmp_path / "file", size=size)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert left(tmp_path) == ["file"]


def test_a_range_that_was_not_asked_for(tmp_path):
    def wrong(handler, number):
        if handler.headers.get("Range"):
            return answer(handler, CONTENT[5:], 206, Content_Range=f"bytes 5-{len(CONTENT) - 1}/{len(CONTENT)}")
        return answer(handler)

    (tmp_path / "file.part").write_bytes(CONTENT[:1000])
    with Server(wrong) as server:
        get(server, tmp_path / "file")
    assert [wanted for _, wanted in server.requests] == ["bytes=1000-", None]
    assert (tmp_path / "file").read_bytes() == CONTENT


LIES = {
    "other content": (lambda h, n: answer(h, CONTENT[::-1]), f"sha256 is .*, not {SHA}"),
    "a web page": (lambda h, n: answer(h, b"<html>404</html>"), "announces 16 bytes where the file has 307,200"),
    "shorter than it is": (lambda h, n: answer(h, Content_Length=1000), "announces 1,000 bytes"),
    "longer than it is": (lambda h, n: answer(h, Content_Length=999_999_999), "announces 999,999,999 bytes"),
    "no length, short": (lambda h, n: answer(h, CONTENT[:999], Content_Length=None), "ended after 999 of 307,200"),
    "no length, no end": (endless, "sent more than 307,200 bytes"),
    "nothing": (lambda h, n: None, "closed|disconnected|reset"),
    "no answer in HTTP": (lambda h, n: h.wfile.write(b"hello\r\n\r\n"), "hello"),
    "a message to the terminal": (
        lambda h, n: h.wfile.write(b"\x1b]0;x\x07" + b"y" * 900 + b"\r\n\r\n"),
        r"  \]0;x y+\.\.\.\n",
    ),
    "not found": (lambda h, n: answer(h, b"", 404), "404"),
    "forbidden": (lambda h, n: answer(h, b"", 403), "403"),
    "broken": (lambda h, n: answer(h, b"", 500), "500"),
    "to a file": (
        lambda h, n: answer(h, b"", 302, Location="file:///etc/passwd"),
        "not allowed",
    ),
    "to itself": (lambda h, n: answer(h, b"", 302, Location="/file"), "302"),
    "to nowhere": (lambda h, n: answer(h, b"", 302), "302"),
    "stalled": (stalls, "timed out"),
    "dripping": (drips, "stalled: .* bytes in"),
    "dripping headers": (lambda h, n: drip(h, b"HTTP/1.0 200 OK\r\nX: ", b"x"), "stalled: .* bytes in"),
    "dripping status": (lambda h, n: drip(h, b"HTTP/1.0 200 ", b"x"), "stalled: .* bytes in"),
    "dripping chunks": (
        lambda h, n: drip(h, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"x"),
        "stalled: .* bytes in",
    ),
    "going to answer": (lambda h, n: drip(h, b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "stalled: .* bytes in"),
    "going to answer, fast": (
        lambda h, n: [h.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000) for _ in range(1000)],
        "the headers have no end",
    ),
    "to no address": (lambda h, n: answer(h, b"", 302, Location="http://[::bad/"), "Invalid IPv6"),
    "compressed": (lambda h, n: answer(h, b"\x1f\x8b" + CONTENT[2:], Content_Encoding="gzip"), "sha256 is"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_bad_mirror_is_named_and_the_next_one_is_asked(tmp_path, lie):
    behaviour, message = LIES[lie]
    with Server(behaviour) as bad, Server(good) as second:
        with pytest.raises(DownloadError, match=message) as caught:
            get(bad, tmp_path / "file", tries=1)
        assert bad.url in str(caught.value)
        assert f"put it to {tmp_path / 'file'}" in str(caught.value)
        assert str(caught.value).replace("\n", "").isprintable()
        assert isinstance(caught.value, OSError)
        assert isinstance(caught.value, RuntimeError)
        assert "file" not in left(tmp_path), "a file of this name is always whole"
        get(bad, tmp_path / "file", others=[second], tries=1)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert left(tmp_path) == ["file"]


def test_lies_without_a_known_size(tmp_path):
    with Server(endless) as server, pytest.raises(DownloadError, match="sent more than 1,000,000 bytes"):
        get(server, tmp_path / "file", size=None, most=1_000_000, tries=1)
    for length in (1000, 999_999_999):
        lie = functools.partial(answer_with_length, length)
        with Server(lie) as server, pytest.raises(DownloadError):
            get(server, tmp_path / "file", size=None, tries=2)
    assert "file" not in left(tmp_path)


def test_a_beginning_from_a_liar_does_not_spoil_the_rest(tmp_path):
    def lies_and_breaks_off(handler, number):
        handler.send_response(200)
        handler.send_header("Content-Length", str(SIZE))
        handler.end_headers()
        handler.wfile.write(CONTENT[::-1][:100_000])

    with Server(lies_and_breaks_off) as bad, Server(good) as second:
        get(bad, tmp_path / "file", others=[second], tries=1)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [wanted for _, wanted in second.requests] == ["bytes=100000-", None]


def test_a_file_that_changes_while_it_is_fetched(tmp_path):
    def renewed(handler, number):
        if number > 1:
            good(handler, number)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(SIZE))
        handler.end_headers()
        handler.wfile.write(CONTENT[::-1][:100_000])

    with Server(renewed) as server:
        get(server, tmp_path / "file", tries=2)
        assert [wanted for _, wanted in server.requests] == [None, "bytes=100000-", None]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_how_often_a_mirror_is_asked(tmp_path):
    for behaviour, times in ((LIES["broken"][0], 4), (LIES["not found"][0], 1), (LIES["other content"][0], 1)):
        with Server(behaviour) as server, pytest.raises(DownloadError):
            get(server, tmp_path / "file", tries=4)
        assert len(server.requests) == times

    def second_time(handler, number):
        answer(handler, b"", 503) if number == 1 else good(handler, number)

    with Server(second_time) as server:
        get(server, tmp_path / "file")
    assert len(server.requests) == 2


def test_redirects(tmp_path):
    with Server(good) as target:

        def elsewhere(handler, number):
            answer(handler, b"", 301, Location=target.url + "?x")

        with Server(elsewhere) as server:
            (tmp_path / "file.part").write_bytes(CONTENT[:7])
            get(server, tmp_path / "file")
        assert target.requests == [("/file?x", "bytes=7-")], "the wish for the rest is passed on"
    from urllib.error import URLError
    from urllib.request import Request

    from tt_data.wire import Careful

    for url in ("http://example.com/x", "ftp://example.com/x", "file:///x"):
        with pytest.raises(URLError, match="refused to be redirected from https"):
            Careful().redirect_request(Request("https://example.com"), None, 302, "", {}, url)
    assert (
        Careful().redirect_request(Request("http://a.com"), None, 302, "", {}, "https://b.com/x").full_url
        == "https://b.com/x"
    )


def test_nobody_answers(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DownloadError, match="refused"):
        fetch([f"http://127.0.0.1:{port}/x"], tmp_path / "x", SHA, pause=0, progress=None)
    assert left(tmp_path) == []


def test_processes_fetch_it_once(tmp_path):
    def slow(handler, number):
        time.sleep(0.5)
        good(handler, number)

    with Server(slow) as server:
        script = (
            "import pathlib; from tt_data.download import fetch;"
            f"fetch([{server.url!r}], pathlib.Path({str(tmp_path / 'file')!r}), {SHA!r}, size={SIZE})"
        )
        processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
        assert [process.wait(30) for process in processes] == [0] * 3
    assert len(server.requests) == 1
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert left(tmp_path) == ["file"]


def test_a_killed_download_is_continued(tmp_path):
    with Server(stalls) as server:
        script = (
            "import pathlib; from tt_data.download import fetch;"
            f"fetch([{server.url!r}], pathlib.Path({str(tmp_path / 'file')!r}), {SHA!r}, size={SIZE})"
        )
        process = subprocess.Popen([sys.executable, "-c", script])
        part = tmp_path / "file.part"
        while process.poll() is None and not (part.exists() and part.stat().st_size):
            time.sleep(0.01)
        time.sleep(0.05)
        process.kill()
        process.wait()
    have = part.stat().st_size
    assert 0 < have < SIZE
    with Server(good) as server:
        get(server, tmp_path / "file")
    assert server.requests == [("/file", f"bytes={have}-")]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_progress(tmp_path, capsys, monkeypatch):
    seen = []
    with Server(good) as server:
        fetch([server.url], tmp_path / "file", SHA, progress=lambda *args: seen.append(args))
        assert seen[-1] == ("file", len(CONTENT), len(CONTENT))
        fetch([server.url], tmp_path / "other", SHA)
    assert capsys.readouterr().err == "", "no terminal, no line"

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    report("file", 500_000, 1_000_000)
    report("file", 1_000_000, 1_000_000)
    report("file", 1_000_000, None)
    assert terminal.getvalue() == "\rfile: 0.5 of 1.0 MB\rfile: 1.0 of 1.0 MB\n\rfile: 1.0 MB"


def test_data_sets_are_downloaded_and_found_again(tmp_path, monkeypatch):
    """MNIST from a server on this machine: its checksums are put in the place of the published ones."""
    images = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]) + bytes(2 * 784)
    labels = bytes([0, 0, 8, 1, 0, 0, 0, 2, 3, 4])
    bodies = {"t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": labels}

    def serve(handler, number):
        answer(handler, bodies[handler.path.rpartition("/")[2].removesuffix(".gz")])

    with Server(serve) as server:
        monkeypatch.setattr(MNIST, "mirrors", (server.url + "/", server.url + "/"))
        files = {name: (len(body), hashlib.sha256(body).hexdigest()) for name, body in bodies.items()}
        monkeypatch.setattr(MNIST, "files", files)
        with pytest.raises(MissingFileError, match="download=True"):
            MNIST(tmp_path, train=False)
        assert MNIST(tmp_path, train=False, download=True).targets.tolist() == [3, 4]
        assert len(server.requests) == 2
        assert MNIST(tmp_path, train=False, download=True).targets.tolist() == [3, 4]
        monkeypatch.setenv("TT_DATA_DIR", str(tmp_path))
        assert MNIST(train=False).targets.tolist() == [3, 4]
        assert len(server.requests) == 2
    assert left(tmp_path / "mnist") == ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]
    with pytest.raises(MissingFileError, match="pass download=True"):
        tiny_shakespeare()
