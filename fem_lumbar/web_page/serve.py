"""Local server for a page, accessible only from this machine."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.1"
"""The only address of the server: it is not reachable from a network."""


class PageServer(ThreadingHTTPServer):
    """Serves one page at a free port of this machine.

    Parameters
    ----------
    page : str
        The page.
    """

    daemon_threads = True

    def __init__(self, page: str) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.page = page.encode("utf-8")

    @property
    def address(self) -> str:
        """Address to open in a browser."""
        return f"http://{LOOPBACK}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    """Serves the page for requests to the address of this machine."""

    server: PageServer

    def do_GET(self) -> None:
        """Send the page; all paths are the same."""
        asked = self.headers.get("Host", "").partition(":")[0]
        if asked not in (LOOPBACK, "localhost"):  # a host name of another site that resolves to this machine
            self.send_error(HTTPStatus.FORBIDDEN)
        elif self.path == "/favicon.ico":
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()
        elif self.path != "/":
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(self.server.page)))
            self.end_headers()
            self.wfile.write(self.server.page)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the terminal shows the address."""
