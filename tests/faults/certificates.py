"""A certificate authority for one test, and what servers show of it: good, expired, for another host, self-signed."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

NEEDS_OPENSSL = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the test's certificates")
_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
KINDS = ("good", "expired", "another host", "self-signed")


class Authority:
    """An authority in a folder; nobody trusts it unless its `root` is put into the system's store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = folder / "ca.pem"
        self._openssl(
            "req", "-x509", *_KEY, "-subj", "/CN=Test CA", "-days", "30", "-keyout", "ca.key", "-out", "ca.pem"
        )

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self._folder, check=True, capture_output=True)

    def server(self, kind: str) -> ssl.SSLContext:
        """What a server on 127.0.0.1 shows with a certificate of this kind."""
        host = "DNS:perx.invalid" if kind == "another host" else "IP:127.0.0.1"
        (self._folder / "names").write_text(f"subjectAltName={host}\n", "ascii")
        if kind == "self-signed":
            self._openssl("req", "-x509", *_KEY, "-subj", "/CN=x", "-addext", f"subjectAltName={host}", "-days", "30",
                          "-keyout", "s.key", "-out", "s.pem")  # fmt: skip
        else:
            days = "-1" if kind == "expired" else "30"
            self._openssl("req", *_KEY, "-subj", "/CN=x", "-keyout", "s.key", "-out", "s.csr")
            self._openssl("x509", "-req", "-in", "s.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                          "-days", days, "-extfile", "names", "-out", "s.pem")  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "s.pem", self._folder / "s.key")
        return context
