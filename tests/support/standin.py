"""Everything that hands out AWS credentials, played on loopback: STS, IAM Identity Center, a container's agent, EC2's
metadata service. Calls to EC2 are passed on to a sim if there is one, and answered with "no instance" else."""
import http.client
import json
import re
import threading
import urllib.parse
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOTHING = '<?xml version="1.0"?><{0}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"/>'
SESSION = """<{0}Response><{0}Result><Credentials><AccessKeyId>{1}</AccessKeyId><SecretAccessKey>{2}</SecretAccessKey>
<SessionToken>{3}</SessionToken><Expiration>{4}</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/x/y</Arn><AssumedRoleId>AROA:y</AssumedRoleId></AssumedRoleUser>
</{0}Result></{0}Response>"""


@dataclass
class Seen:
    """A request: what it was, who signed it with which token, what it said, and what it was asked of."""
    what: str
    key: str
    token: str
    parameters: dict[str, str]
    headers: dict[str, str]


class StandIn:
    def __init__(self, sim: str | None = None, keys: tuple[str, str] | None = None):
        """`sim`: host:port to pass EC2's calls on to. `keys`: handed out by everybody, else each has its own key id."""
        self.sim, self.keys = sim, keys
        self.seen: list[Seen] = []
        self.lifetime = timedelta(hours=1)
        self.refuse: dict[str, tuple[int, str]] = {}  # what → status and body
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, kind, answer = stand_in.answer(self.command, self.path, dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def requests(self, what: str) -> list[Seen]:
        return [one for one in self.seen if one.what == what]

    def signers(self) -> set[tuple[str, str]]:
        """Key id and token of whoever called EC2."""
        return {(one.key, one.token) for one in self.seen if one.what.startswith("Describe")}

    def pair(self, source: str) -> tuple[str, str]:
        return self.keys or (f"ASIA{source.upper()}", f"secret-of-{source}")

    def expiration(self) -> datetime:
        return datetime.now(timezone.utc) + self.lifetime

    def json_keys(self, source: str, token: str = "Token") -> dict:
        key, secret = self.pair(source)
        return {"Code": "Success", "AccessKeyId": key, "SecretAccessKey": secret, token: f"token-of-{source}",
                "Expiration": self.expiration().strftime("%Y-%m-%dT%H:%M:%SZ")}

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        url = urllib.parse.urlsplit(path)
        form = dict(urllib.parse.parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        lower = {name.lower(): value for name, value in headers.items()}
        signer = re.search(r"Credential=([^/]+)/", lower.get("authorization", ""))
        what = form.get("Action") or f"{method} {url.path}"
        self.seen.append(Seen(what, signer[1] if signer else "", lower.get("x-amz-security-token", ""),
                              form or dict(urllib.parse.parse_qsl(url.query)), lower))
        if what in self.refuse:
            status, text = self.refuse[what]
            return status, "text/xml", text.encode()
        if what in ("AssumeRole", "AssumeRoleWithWebIdentity"):
            role = form["RoleArn"].rsplit("/", 1)[1]
            text = SESSION.format(what, *self.pair(role), f"token-of-{role}", self.expiration().isoformat())
            return 200, "text/xml", text.encode()
        if "Action" in form:
            return self.pass_on(method, path, headers, body) if self.sim else (200, "text/xml", NOTHING.format(what).encode())
        found = self.document(what, body)
        if isinstance(found, str):
            return 200, "text/plain", found.encode()
        return (404, "text/plain", b"") if found is None else (200, "application/json", json.dumps(found).encode())

    def document(self, what: str, body: bytes):
        if what == "GET /federation/credentials":
            key, secret = self.pair("sso")
            return {"roleCredentials": {"accessKeyId": key, "secretAccessKey": secret, "sessionToken": "token-of-sso",
                                        "expiration": int(self.expiration().timestamp() * 1000)}}
        if what == "POST /token" and json.loads(body)["grantType"] == "refresh_token":
            return {"accessToken": "renewed", "tokenType": "Bearer", "expiresIn": 3600, "refreshToken": "refresh-2"}
        if what == "GET /container":
            return self.json_keys("container")
        if what == "PUT /latest/api/token":
            return "metadata-token"
        if what == "GET /latest/meta-data/iam/security-credentials/":
            return "instance"
        if what == "GET /latest/meta-data/iam/security-credentials/instance":
            return self.json_keys("metadata")
        return None

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(self.sim, timeout=30)
        try:
            connection.request(method, path, body, headers)  # with the Host that was signed
            answer = connection.getresponse()
            return answer.status, "text/xml", answer.read()
        finally:
            connection.close()
