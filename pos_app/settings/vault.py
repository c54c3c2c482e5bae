"""Secrets: they live in the operating system's vault, never in a file, and never show in text.

The vault is the keyring of the user the till runs as: Credential Manager on Windows, Secret Service on Linux.
`POS_APP_SECRET_<NAME>` in the environment comes first, for machines that are set up by a script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

SERVICE = "pos-app"
MAX_CHARS = 1200  # Credential Manager holds 2560 bytes of UTF-16 and answers more with "stub received bad data"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Secret:
    """A text that shows as `***` wherever it is printed; only `reveal()` gives it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself; the caller must not keep, log or show it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("A Secret is not written to files.")


class VaultError(Exception):
    """The vault could not be used; `what` says why and `fix` what to do."""

    def __init__(self, support_code: str, what: str, fix: str) -> None:
        super().__init__(f"{what} {fix} [{support_code}]")
        self.support_code, self.what, self.fix = support_code, what, fix


def variable(name: str) -> str:
    """Return the environment variable that can hold a secret, `POS_APP_SECRET_PERX_CLIENT` for perx-client.

    Errors:  VaultError (VLT-001) when the name is not made of small letters, digits and hyphens.
    """
    if not _NAME.fullmatch(name):
        raise VaultError(
            "VLT-001",
            f"{name[:80]!r} is not a name for a secret.",
            "Use small letters, digits and hyphens, for example perx-client.",
        )
    return "POS_APP_SECRET_" + name.upper().replace("-", "_")


def secret(name: str, env: Mapping[str, str]) -> Secret | None:
    """Return a secret from the environment or else from the vault; None when neither holds it.

    Errors:  VaultError (VLT-002 no vault on this machine, VLT-003 the vault refused).
    """
    text = env.get(variable(name))
    if text is None:
        keyring = _keyring(name)
        try:
            text = keyring.get_password(SERVICE, name)
        except _refusals(keyring) as error:
            raise _refused(name, error) from error
    return Secret(text) if text else None


def keep_secret(name: str, value: Secret) -> None:
    """Put a secret into the vault, over the one that was there.

    Errors:  VaultError (VLT-002 no vault, VLT-003 the vault refused, VLT-004 empty or too long).
    """
    variable(name)
    if not 0 < len(value.reveal()) <= MAX_CHARS:
        raise VaultError(
            "VLT-004",
            f"A secret has 1 to {MAX_CHARS} characters; this one has {len(value.reveal())}.",
            "Check what was given on standard input.",
        )
    keyring = _keyring(name)
    try:
        keyring.set_password(SERVICE, name, value.reveal())
    except _refusals(keyring) as error:
        raise _refused(name, error) from error


def _keyring(name: str) -> ModuleType:
    """Load keyring late (67 ms, 15 MiB) and make sure that it found a vault."""
    import keyring
    from keyring.backends import fail, null

    if isinstance(keyring.get_keyring(), (fail.Keyring, null.Keyring)):
        raise VaultError(
            "VLT-002",
            "This machine has no vault for secrets (no keyring is running).",
            f"On Linux start a Secret Service such as gnome-keyring, or set {variable(name)}.",
        )
    return keyring


def _refusals(keyring: ModuleType) -> tuple[type[Exception], ...]:
    """Name the ways in which vaults say no; each platform has its own."""
    return (keyring.errors.KeyringError, OSError, RuntimeError)


def _refused(name: str, error: Exception) -> VaultError:
    return VaultError(
        "VLT-003",
        f"The vault of this machine refused the secret {name} ({type(error).__name__}).",
        "Unlock the vault, or log on as the user that the till runs as.",
    )
