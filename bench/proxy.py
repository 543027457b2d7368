"""A proxy on loopback that counts and keeps the requests that pass through it; nothing else is changed."""
import http.client
import threading
import urllib.parse
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Seen:
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def action(self) -> str:
        for name, value in self.headers:
            if name.lower() == "x-amz-target":  # AWS JSON
                return value.rpartition(".")[2]
        return urllib.parse.parse_qs(self.body.decode(errors="replace")).get("Action", ["?"])[0]


class Proxy:
    def __init__(self, endpoint: str):
        target = urllib.parse.urlsplit(endpoint)
        self.seen: list[Seen] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Seen(self.command, self.path, list(self.headers.items()), body)
                with outer._lock:
                    outer.seen.append(request)
                answer = send(http.client.HTTPConnection(target.hostname, target.port, timeout=120), request)
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(name, value)
                content = answer.read()
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def take(self) -> list[Seen]:
        """What has passed since the last take."""
        with self._lock:
            seen, self.seen = self.seen, []
        return seen

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def send(connection: http.client.HTTPConnection, request: Seen) -> http.client.HTTPResponse:
    """Sends a kept request as it was, its own Host header included (it is signed)."""
    connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers:
        if name.lower() not in ("connection", "expect"):
            connection.putheader(name, value)
    connection.endheaders(request.body)
    return connection.getresponse()


def actions(requests: list[Seen]) -> dict[str, int]:
    return dict(Counter(request.action for request in requests))
