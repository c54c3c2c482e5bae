#!/usr/bin/env python3
"""A SIGN_COMMAND for trying: signs a file in place with a certificate of its own making, which nobody trusts.

A real one is called the same way; it adds a timestamp (osslsigncode: -ts URL), so that the signature outlives the
certificate.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "build" / "windows" / "selfmade"
NAME = "/CN=Self-made for trying/O=Nobody"


def main(file: Path) -> int:
    """Sign; 0 done."""
    key, certificate = FOLDER / "key.pem", FOLDER / "certificate.pem"
    if not certificate.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        words = ["openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "30", "-subj", NAME]
        words += ["-addext", "extendedKeyUsage=codeSigning", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(words, check=True, capture_output=True)
    signed = file.with_name(f"{file.name}.signed")
    signed.unlink(missing_ok=True)
    words = ["osslsigncode", "sign", "-certs", str(certificate), "-key", str(key), "-h", "sha256"]
    done = subprocess.run([*words, "-in", str(file), "-out", str(signed)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        return done.returncode
    os.replace(signed, file)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
