"""One tenant's Perx as this till sees it: where it is, who we are, how the tenant spells things."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import field

from pos_app.domain.records import Discreet
from pos_app.perx.certificate import Certificate
from pos_app.perx.identifiers import Identifiers


class Merchant(Discreet, frozen=True):
    """A merchant's own credentials: `identifier` (server to server), or `username` and `password` (a person).

    Source: perx-api 2, A-live and B*.
    """

    HIDDEN = ("password",)
    identifier: str = ""
    username: str = ""
    password: str = ""


class Profile(Discreet, frozen=True):
    """Everything that the client needs to know; secrets stay out of its repr.

    With `token_url` the token endpoint is a broker that keeps the secret: then `client_secret` may be empty
    and `device_credential`, when there is one, goes out as the bearer of token requests; `certificate` is shown to the
    broker, and to nobody else. The three `_field`
    names are the tenant's custom fields for a discount, `language_field` the personal property that holds a customer's
    language, where the tenant keeps it. `language_fixed`: Perx is never asked in another one. `accept_hosts` names
    the only hosts that may be used.
    What follows is how this tenant's Perx differs from what is known of Perx (`pos-app contract` tells):
    `refuses_duplicates` says which writes ("sale", "points") are refused when their reference was used before;
    `invoice_fields` are sent with every line of an invoice, because it asks for them; `hold_minutes` is the life of
    a voucher's hold where its end is not told, 0 = it has none.
    Units: `timeout_s` bounds one whole call.
    Errors: ValueError for an address that is not https (http is for this machine only), carries a user name
    or names a host that is not accepted.
    """

    HIDDEN = ("client_secret", "device_credential")
    base_url: str
    client_id: str
    client_secret: str = ""
    loyalty_program_id: int = 0
    token_url: str | None = None
    device_credential: str = ""
    certificate: Certificate | None = None
    language: str = "en"
    language_fixed: bool = False
    language_field: str = ""
    timeout_s: float = 5.0
    currency: str = "SGD"
    discount_field: str = "discount_value"
    percent_field: str = "discount_percent"
    minimum_field: str = "minimum_spending"
    accept_hosts: tuple[str, ...] = ()
    merchant: Merchant | None = None
    identifiers: Identifiers = field(default_factory=Identifiers)
    refuses_duplicates: tuple[str, ...] = ()
    invoice_fields: tuple[tuple[str, str], ...] = ()
    hold_minutes: float = 0.0

    def __post_init__(self) -> None:
        for name, url in (("base_url", self.base_url), ("token_url", self.token_url)):
            if url is not None:
                self._check(name, url)
        if not self.language.isascii() or not self.language.replace("-", "").isalnum():
            raise ValueError(f"language: a language code such as en or zh-hant, not {self.language!r}")
        if not self.timeout_s > 0:
            raise ValueError("timeout_s: more than zero seconds")

    @property
    def is_local(self) -> bool:
        """Whether Perx is on this machine (the sandbox): no proxy applies, and http is fine."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that may never be shown, logged or stored."""
        password = self.merchant.password if self.merchant else ""
        passphrase = self.certificate.passphrase if self.certificate else ""
        return tuple(one for one in (self.client_secret, self.device_credential, password, passphrase) if one)

    @property
    def personal(self) -> tuple[str, ...]:
        """The personal properties that the till reads; every other one is dropped when it arrives."""
        return ("state", *([self.language_field] if self.language_field else []))

    def _check(self, name: str, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("https", "http") or not host:
            raise ValueError(f"{name}: an address such as https://api.perxtech.io is needed")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(f"{name}: no user name, query or fragment belongs in the address")
        if parts.scheme == "http" and not is_loopback(host):
            raise ValueError(f"{name}: http is for this machine only; use https for {host}")
        if self.accept_hosts and host not in self.accept_hosts:
            raise ValueError(f"{name}: {host} is not among the accepted hosts")


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
