"""Debian's nginx with the recipe of installer/broker, before a Perx that speaks TLS: all of it real, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

RECIPE = Path(__file__).resolve().parents[2] / "installer" / "broker"
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
NEEDS_NGINX = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None, reason="nginx and openssl run the broker's recipe"
)
READY_WITHIN_S = 10.0
PERX_NAME = "perx.test"
_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
_SITE = {
    "    listen 443 ssl;": "    listen 127.0.0.1:{port} ssl;",
    "/var/log/nginx/": "{folder}/",
    "/etc/ssl/certs/ca-certificates.crt": "{folder}/pos-app/web-ca.pem",
}
"""What is another machine's here: its port, its logs, and whom it takes for Perx. All else is the recipe as it is."""

_MAIN = """daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/errors.log;
{user}
events {{}}
http {{
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    access_log off;
    include broker.conf;
    server {{
        listen 127.0.0.1:{perx_port} ssl;
        server_name {perx_name};
        ssl_certificate perx.pem;
        ssl_certificate_key perx.key;
        location / {{ proxy_pass http://127.0.0.1:{sandbox_port}; }}
    }}
}}
"""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Broker:
    """The broker of one test in a folder of its own; `account` replaces the tenant's credentials."""

    def __init__(self, folder: Path, sandbox_port: int, client_id: str, client_secret: str) -> None:
        self.folder = folder
        self.port, self.perx_port, self.sandbox_port = free_port(), free_port(), sandbox_port
        self.tills_folder = folder / "pos-app" / "tills"
        self._account = (client_id, client_secret)
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "pos-app").mkdir(parents=True)
        self._web_certificates()
        self.tills("init")
        self._write()

    @property
    def token_url(self) -> str:
        return f"https://127.0.0.1:{self.port}/v4/oauth/token"

    @property
    def root(self) -> Path:
        """The authority that signed the broker's own certificate; a till has it in its system's store."""
        return self.folder / "pos-app" / "web-ca.pem"

    def tills(self, *words: str, days: int = 730) -> str:
        """Run the recipe's tills.sh and return what it prints."""
        env = {**os.environ, "POS_APP_TILLS": str(self.tills_folder), "POS_APP_DAYS": str(days)}
        done = subprocess.run(["sh", str(RECIPE / "tills.sh"), *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def add(self, name: str, days: int = 730) -> tuple[Path, Path, str]:
        """A new till's certificate, key and passphrase."""
        passphrase = self.tills("add", name, days=days)
        return self.tills_folder / "new" / f"{name}.pem", self.tills_folder / "new" / f"{name}.key", passphrase

    def reload(self) -> None:
        """What `systemctl reload nginx` does; returns when the new workers alone answer."""
        before = self._workers()
        self._nginx("-s", "reload")
        until(lambda: (now := self._workers()) and not now & before, "nginx did not take the new list")

    def lines(self) -> list[dict[str, Any]]:
        """The broker's log."""
        return [json.loads(line) for line in (self.folder / "pos-app-broker.log").read_text("utf-8").splitlines()]

    def lines_of(self, till: str, count: int) -> list[dict[str, Any]]:
        """The log's lines about one till, once there are so many: nginx writes one after the answer is out."""

        def mine() -> list[dict[str, Any]]:
            return [one for one in self.lines() if one["till"] == till]

        until(lambda: len(mine()) >= count, f"the log never had {count} lines of {till}")
        return mine()

    def written(self) -> str:
        """Everything that nginx wrote into files: its logs, and what it put aside."""
        files = [*self.folder.glob("*.log"), *self.folder.glob("t?/**/*")]
        return "\n".join(one.read_text("utf-8", "replace") for one in files if one.is_file())

    def __enter__(self) -> Self:
        self._nginx("-t")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start nginx and wait until it listens."""
        self._process = subprocess.Popen([str(NGINX), *self._where()], stderr=subprocess.DEVNULL)
        until(lambda: answers(self.port) and answers(self.perx_port), "nginx did not start")

    def stop(self) -> None:
        """End nginx with every line that it has."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None

    def _workers(self) -> set[str]:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return set(children.read_text("ascii").split())

    def _where(self) -> list[str]:
        return ["-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "errors.log")]

    def _nginx(self, *words: str) -> None:
        done = subprocess.run([str(NGINX), *self._where(), *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def _web_certificates(self) -> None:
        """An authority that both the till and the broker trust, the broker's certificate, and Perx's."""
        where = self.folder / "pos-app"
        _openssl(
            where, "req", "-x509", *_KEY, "-subj", "/CN=Web CA", "-days", "30", "-keyout", "w.key", "-out", "web-ca.pem"
        )
        for name, host, out in (("server", "IP:127.0.0.1", where), ("perx", f"DNS:{PERX_NAME}", self.folder)):
            (where / "names").write_text(f"subjectAltName={host}\n", "ascii")
            _openssl(where, "req", *_KEY, "-subj", "/CN=x", "-keyout", f"{out / name}.key", "-out", "x.csr")
            _openssl(where, "x509", "-req", "-in", "x.csr", "-CA", "web-ca.pem", "-CAkey", "w.key", "-CAcreateserial",
                     "-days", "30", "-extfile", "names", "-out", f"{out / name}.pem")  # fmt: skip

    def _write(self) -> None:
        recipe = (RECIPE / "pos-app-broker.conf").read_text("utf-8")
        for ours, here in _SITE.items():
            assert ours in recipe, f"the recipe does not say {ours!r} any more"
            recipe = recipe.replace(ours, here.format(port=self.port, folder=self.folder))
        account = (RECIPE / "account.conf.example").read_text("utf-8")
        changes = {
            "the-client-id": self._account[0],
            "the-client-secret": self._account[1],
            "https://api.perxtech.io": f"https://127.0.0.1:{self.perx_port}",
            "'api.perxtech.io'": f"'{PERX_NAME}'",
        }
        for ours, here in changes.items():
            assert ours in account, f"the example does not say {ours!r} any more"
            account = account.replace(ours, here)
        user = "user root;" if os.geteuid() == 0 else ""
        main = _MAIN.format(
            folder=self.folder, user=user, perx_port=self.perx_port, perx_name=PERX_NAME, sandbox_port=self.sandbox_port
        )
        (self.folder / "broker.conf").write_text(recipe, "utf-8")
        (self.folder / "pos-app" / "account.conf").write_text(account, "utf-8")
        (self.folder / "nginx.conf").write_text(main, "utf-8")


@contextmanager
def raw(broker: Broker, certificate: tuple[Path, Path, str] | None) -> Iterator[ssl.SSLSocket]:
    """A TLS line to the broker, for requests that no till of ours would send."""
    context = ssl.create_default_context(cafile=str(broker.root))
    if certificate:
        context.load_cert_chain(certificate[0], certificate[1], certificate[2])
    with (
        socket.create_connection(("127.0.0.1", broker.port), timeout=10) as line,
        context.wrap_socket(line, server_hostname="127.0.0.1") as secured,
    ):
        yield secured


def asked(line: ssl.SSLSocket, body: bytes, method: str = "POST", path: str = "/v4/oauth/token") -> tuple[int, Any]:
    """One request, the last of its line: the status and the JSON that came."""
    head = f"{method} {path} HTTP/1.1\r\nHost: broker\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    line.sendall(head.encode() + body)
    answer = b"".join(iter(lambda: line.recv(65536), b""))
    top, _, rest = answer.partition(b"\r\n\r\n")
    if b"chunked" in top.lower():
        rest = rest.partition(b"\r\n")[2].rpartition(b"\r\n0\r\n")[0]
    return int(top.split()[1]), json.loads(rest)


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def until(true: Callable[[], object], otherwise: str) -> None:
    """Wait for a fact, looking often."""
    end = time.monotonic() + READY_WITHIN_S
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)
