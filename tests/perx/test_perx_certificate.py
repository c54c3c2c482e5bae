"""A till's own certificate: who gets to see it, until when it is good, and files that are none."""

from __future__ import annotations

import asyncio
import base64
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from broker_bench import answers, free_port, until
from certificates import NEEDS_OPENSSL, Authority
from hypothesis import given
from hypothesis import strategies as st
from perx_loopback import answering, loopback

from pos_app.perx.certificate import Certificate, _not_after
from pos_app.perx.client import PerxClient
from pos_app.perx.errors import NotAllowed, PerxError, Uncertain
from pos_app.perx.profile import Profile


@contextmanager
def strict_server(folder: Path, version: str) -> Iterator[str]:
    """OpenSSL's own server, which breaks a line off when the certificate shown is not its authority's."""
    port = free_port()
    words = [
        "openssl",
        "s_server",
        "-accept",
        f"127.0.0.1:{port}",
        "-cert",
        "s.pem",
        "-key",
        "s.key",
        "-CAfile",
        "ca.pem",
    ]
    words += ["-Verify", "2", "-verify_return_error", "-quiet", "-www", version]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        until(lambda: answers(port), "the server did not start")
        yield f"https://127.0.0.1:{port}"
        server.terminate()


@NEEDS_OPENSSL
@pytest.mark.parametrize(
    ("version", "shown", "problem"),
    [
        ("-tls1_3", False, "KEY-04"),
        ("-tls1_3", True, "KEY-04"),
        ("-tls1_2", True, "KEY-04"),
        ("-tls1_2", False, "NET-04"),  # "handshake failure" may be anything
    ],
)
def test_a_broker_that_breaks_the_line_off_has_locked_the_till_out(tmp_path, monkeypatch, version, shown, problem):
    """nginx answers in words; others refuse a till in the middle of the handshake, or just after it."""
    authority, other = Authority(tmp_path), Authority(made(tmp_path / "other"))
    authority.server("good")
    other.server("good")
    own = Certificate(tmp_path / "other" / "s.pem", tmp_path / "other" / "s.key") if shown else None
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))

    async def main() -> None:
        with strict_server(tmp_path, version) as url:
            profile = Profile(url, "till", token_url=f"{url}/v4/oauth/token", certificate=own)
            async with PerxClient(profile) as client:
                with pytest.raises(PerxError) as caught:
                    await client.probe()
            assert caught.value.problem == problem

    asyncio.run(main())


@NEEDS_OPENSSL
def test_a_line_to_perx_that_ends_in_an_alert_may_have_carried_the_request(tmp_path, monkeypatch):
    """TLS 1.3 tells such a thing only when the request is out already."""
    authority = Authority(tmp_path)
    authority.server("good")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))

    async def main() -> None:
        with strict_server(tmp_path, "-tls1_3") as url:
            async with loopback(answering()) as tokens_of:
                profile = Profile(url, "till", token_url=f"{tokens_of.base_url}/v4/oauth/token")
                async with PerxClient(profile) as client:
                    with pytest.raises(Uncertain) as caught:
                        await client.revert_voucher(5)
            assert caught.value.problem == "NET-02"

    asyncio.run(main())


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@NEEDS_OPENSSL
def test_the_end_of_a_certificate_is_read_as_openssl_wrote_it(tmp_path):
    authority = Authority(tmp_path)
    soon = datetime.now(UTC) + timedelta(days=30)
    assert abs(Certificate(authority.root, authority.root).ends_at() - soon) < timedelta(minutes=5)
    words = "req -x509 -newkey rsa:2048 -nodes -subj /CN=x -days 20000 -keyout l.key -out l.pem"
    subprocess.run(["openssl", *words.split()], cwd=tmp_path, check=True, capture_output=True)
    assert Certificate(tmp_path / "l.pem", tmp_path / "l.key").ends_at() > datetime(2075, 1, 1, tzinfo=UTC)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_certificate_or_refused(der):
    with suppress(ValueError, IndexError):
        assert _not_after(der).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [b"", b"-----BEGIN CERTIFICATE-----?-----END CERTIFICATE-----", b"-----BEGIN CERTIFICATE-----\n"
     + base64.b64encode(b"\x30\x03\x02\x01") + b"\n-----END CERTIFICATE-----"],
)  # fmt: skip
def test_a_file_that_is_no_certificate_is_said(tmp_path, text):
    file = tmp_path / "x.pem"
    file.write_bytes(text)
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        Certificate(file, file).ends_at()
    with pytest.raises(NotAllowed) as caught:
        Certificate(file, file).show(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    assert caught.value.problem == "KEY-05"
