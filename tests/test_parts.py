"""What the parts of the till are built with, from settings and secrets."""

from __future__ import annotations

import tomllib

import pytest

from pos_app.parts import perx_profile, pin_pepper, scanner_settings, secret_names, shop_of
from pos_app.settings import VaultError, build
from pos_app.settings.reading import example
from pos_app.till.staff import Policy

ENV = {"POS_APP_SECRET_PERX_CLIENT": "hunter2", "POS_APP_SECRET_IDENTIFIER_KEY": "tenant key"}


def built(**env: str):
    return build(tomllib.loads(example()), env)


def test_the_perx_profile_carries_the_settings_and_hides_the_secret() -> None:
    profile = perx_profile(built(POS_APP_SHOP_MERCHANT_IDENTIFIER="m1"), ENV)
    assert profile.client_secret == "hunter2"
    assert profile.device_credential == ""
    assert profile.merchant is not None
    assert profile.merchant.identifier == "m1"
    assert profile.accept_hosts == ("api.perxtech.io",)
    assert "hunter2" not in repr(profile)


def test_with_a_broker_the_credential_is_the_device_s() -> None:
    profile = perx_profile(built(POS_APP_PERX_TOKEN_URL="https://broker.example.com/v4/oauth/token"), ENV)
    assert (profile.client_secret, profile.device_credential) == ("", "hunter2")


def test_a_till_with_a_certificate_for_the_broker_holds_no_secret_but_its_keys_passphrase(tmp_path) -> None:
    told = {
        "POS_APP_PERX_TOKEN_URL": "https://broker.example.com/v4/oauth/token",
        "POS_APP_PERX_CLIENT_CERTIFICATE": str(tmp_path / "till.pem"),
    }
    assert secret_names(built(**told)) == []
    alone = perx_profile(built(**told), {}).certificate
    assert alone is not None
    assert (alone.file, alone.key_file, alone.passphrase) == (tmp_path / "till.pem", tmp_path / "till.pem", "")
    settings = built(**told, POS_APP_PERX_CLIENT_KEY="/k.pem", POS_APP_PERX_KEY_CREDENTIAL="broker-key")
    assert secret_names(settings) == ["broker-key"]
    profile = perx_profile(settings, {"POS_APP_SECRET_BROKER_KEY": "canary"})
    assert (profile.client_secret, profile.device_credential, profile.secrets) == ("", "", ("canary",))
    assert "canary" not in repr(profile)
    with pytest.raises(VaultError):
        perx_profile(settings, {"POS_APP_SECRET_BROKER_KEY": ""})


def test_keyed_identifiers_use_the_tenant_key() -> None:
    settings = built(POS_APP_IDENTIFIERS_SCHEME="hmac-sha256", POS_APP_IDENTIFIERS_SPELLING="digits")
    assert secret_names(settings) == ["perx-client", "identifier-key"]
    token = perx_profile(settings, ENV).identifiers.token_of("+65 9123 4821")
    assert token == perx_profile(settings, ENV).identifiers.token_of("6591234821")
    assert len(token) == 64


def test_what_the_shop_wants_of_its_people_reaches_the_till() -> None:
    usual = built()
    assert shop_of(usual).people == Policy()
    assert "pin-pepper" not in secret_names(usual)
    settings = built(
        POS_APP_PEOPLE_SIGN_ON="required",
        POS_APP_PEOPLE_HIDE_AFTER_S="30",
        POS_APP_PEOPLE_LOCK_AFTER_S="120",
        POS_APP_PEOPLE_TWO_PERSONS="false",
        POS_APP_PEOPLE_APPROVE_TYPED_CUSTOMER="true",
    )
    assert shop_of(settings).people == Policy("required", 30, 120, two_persons=False, approve_typed_customer=True)
    assert secret_names(settings) == ["perx-client", "pin-pepper"]


def test_a_missing_secret_is_named(monkeypatch) -> None:
    monkeypatch.setattr("pos_app.parts.secret", lambda name, env: None)
    with pytest.raises(VaultError, match="pos-app secret set perx-client"):
        perx_profile(built(), {})


def test_the_pepper_comes_from_the_vault_and_a_till_without_one_still_starts(monkeypatch) -> None:
    assert pin_pepper({"POS_APP_SECRET_PIN_PEPPER": "pepper"}) == b"pepper"
    monkeypatch.setattr("pos_app.settings.vault._keyring", _no_vault)
    assert pin_pepper({}) == b""


def _no_vault(_name: str) -> None:
    raise VaultError("VLT-002", "This machine has no vault.", "")


def test_the_scanner_gets_bytes_and_numbers() -> None:
    made = scanner_settings(built(POS_APP_SCANNER_PREFIX="\x02", POS_APP_SCANNER_USB="05e0:1900"))
    assert (made.prefix, made.usb) == (b"\x02", ((0x05E0, 0x1900),))
    assert scanner_settings(built()).usb
