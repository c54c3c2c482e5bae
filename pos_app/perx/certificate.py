"""The till's own certificate, by which a token broker knows it."""

from __future__ import annotations

import base64
import binascii
import re
import ssl
from datetime import UTC, datetime
from pathlib import Path

from pos_app.domain.records import Discreet
from pos_app.perx.errors import Facts, NotAllowed

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_MOST_BYTES = 100_000
_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0


class Certificate(Discreet, frozen=True):
    """Two PEM files, and the passphrase of the key, empty when it has none.

    Only files: Python's TLS is OpenSSL, which cannot use a key that stays in Windows' certificate store.
    """

    HIDDEN = ("passphrase",)
    file: Path
    key_file: Path
    passphrase: str = ""

    def show(self, context: ssl.SSLContext) -> None:
        """Show this certificate wherever a server asks for one.

        Errors: NotAllowed (KEY-05) when a file is missing, or they do not fit together or to the passphrase.
        """
        try:
            context.load_cert_chain(self.file, self.key_file, password=lambda: self.passphrase)
        except (OSError, ValueError) as exc:  # SSLError is an OSError
            raise NotAllowed("KEY-05", Facts(detail=f"own certificate: {type(exc).__name__}")) from exc

    def ends_at(self) -> datetime:
        """Until when it is good. Units: aware UTC. Errors: ValueError when the file holds no certificate."""
        try:
            with self.file.open("rb") as stream:
                found = _PEM.search(stream.read(_MOST_BYTES))
            if found is None:
                raise ValueError("no certificate")
            return _not_after(base64.b64decode(found[1]))
        except (OSError, IndexError, binascii.Error) as exc:
            raise ValueError(type(exc).__name__) from exc


def _not_after(der: bytes) -> datetime:
    """The end of a certificate's validity. Source: RFC 5280, 4.1."""
    fields = _parts(_parts(_parts(der)[0][1])[0][1])
    if fields[0][0] == _VERSION:
        fields = fields[1:]
    tag, text = _parts(fields[3][1])[1]  # serial number, algorithm, issuer, validity
    form = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}.get(tag)
    if form is None or fields[3][0] != _SEQUENCE:
        raise ValueError("no end of validity")
    return datetime.strptime(text.decode("ascii"), form).replace(tzinfo=UTC)


def _parts(der: bytes) -> list[tuple[int, bytes]]:
    """The tags and contents that stand one after another. Errors: IndexError for what is cut short."""
    found = []
    while der:
        tag, size, start = der[0], der[1], 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(der[2:start], "big")
        if len(der) < start + size:
            raise IndexError("cut short")
        found.append((tag, der[start : start + size]))
        der = der[start + size :]
    return found
