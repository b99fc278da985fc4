"""A web server that keeps what is put to it, and gives it back."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate, parsedate_to_datetime


class Web(http.server.ThreadingHTTPServer):
    """*files* by path; *failing*: everything is answered 503; nothing is answered before *answers* is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.changed_at: dict[str, float] = {}
        self.requests: list[tuple[str, str, int]] = []
        self.tokens: set[str] = set()
        self.failing = False
        self.answers = threading.Event()
        self.answers.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Web
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.answers.wait(10.0)
        body, changed_at = self.server.files.get(self.path), self.server.changed_at.get(self.path, 1e9)
        since = self.headers.get("If-Modified-Since")
        if self.server.failing:
            self._answer(503)
        elif body is None:
            self._answer(404)
        elif since and parsedate_to_datetime(since).timestamp() >= int(changed_at):
            self._answer(304)
        else:
            self._answer(200, body, changed_at)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.failing:
            self.server.files[self.path] = body
        self._answer(503 if self.server.failing else 201)

    def _answer(self, status: int, body: bytes = b"", changed_at: float = 1e9) -> None:
        self.server.requests.append((self.command, self.path, status))
        self.server.tokens.add(self.headers.get("Authorization", ""))
        self.send_response(status)
        self.send_header("Last-Modified", formatdate(changed_at, usegmt=True))
        self.send_header("ETag", f'"{hash(body)}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def web_server() -> Iterator[Web]:
    """Ends with the block."""
    server = Web()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
