"""From settings and secrets to what the parts of the till are built with; parts know nothing of settings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

from pos_app.devices.escpos import EscposRoute
from pos_app.devices.receipts import Paper
from pos_app.devices.scanner import ScannerSettings
from pos_app.domain.day import Custom
from pos_app.domain.money import exponent
from pos_app.domain.offline import Limits, Trust
from pos_app.domain.reversal import Policy as ReversalPolicy
from pos_app.language import language
from pos_app.outbox.shifts import Place
from pos_app.perx.certificate import Certificate
from pos_app.perx.identifiers import Identifiers, Scheme, Spelling
from pos_app.perx.phones import Phones, Way
from pos_app.perx.profile import Merchant, Profile
from pos_app.settings import PeopleSection, PerxSection, Secret, Settings, VaultError, keep_secret, secret
from pos_app.till.customers import Members
from pos_app.till.staff import Policy
from pos_app.till.state import Shop

PIN_PEPPER = "pin-pepper"


def perx_profile(settings: Settings, env: Mapping[str, str]) -> Profile:
    """Build what the Perx client needs. With a token broker the credential is this device's, not the tenant's;
    a till that has a certificate for the broker needs none.

    Errors:  VaultError (VLT-005 a secret is missing, or the vault cannot be used).
    """
    perx, shop = settings.perx, settings.shop
    credential = "" if perx.client_certificate else required_secret(perx.credential, env).reveal()
    return Profile(
        base_url=perx.base_url,
        client_id=perx.client_id,
        client_secret="" if perx.token_url else credential,
        loyalty_program_id=perx.loyalty_program_id,
        token_url=perx.token_url or None,
        device_credential=credential if perx.token_url else "",
        certificate=_certificate(perx, env),
        language=perx.language or language(settings.shop.language).perx,
        language_fixed=bool(perx.language),
        language_field=settings.receipt.language_property,
        timeout_s=perx.timeout_s,
        currency=settings.money.currency,
        discount_field=settings.vouchers.discount_field,
        percent_field=settings.vouchers.percent_field,
        minimum_field=settings.vouchers.minimum_field,
        accept_hosts=tuple(sorted(perx.allowed_hosts)),
        merchant=Merchant(shop.merchant_identifier) if shop.merchant_identifier else None,
        identifiers=_identifiers(settings, env),
        refuses_duplicates=settings.wire.refuses_duplicates,
        invoice_fields=tuple((key, _fill(value, settings)) for key, value in settings.wire.invoice_fields.items()),
        hold_minutes=settings.wire.hold_minutes,
    )


def _certificate(perx: PerxSection, env: Mapping[str, str]) -> Certificate | None:
    if not perx.client_certificate:
        return None
    file = Path(perx.client_certificate).expanduser()
    key = Path(perx.client_key).expanduser() if perx.client_key else file
    passphrase = required_secret(perx.key_credential, env).reveal() if perx.key_credential else ""
    return Certificate(file, key, passphrase)


def scanner_settings(settings: Settings) -> ScannerSettings:
    """Build what the scanner needs; without USB ids of its own the usual vendors are looked for."""
    section = settings.scanner
    return ScannerSettings(
        port=section.port,
        baud=section.baud,
        prefix=section.prefix.encode("ascii"),
        suffix=section.suffix.encode("ascii"),
        idle_gap_ms=section.idle_gap_ms,
        same_code_ms=section.same_code_ms,
        usb=section.usb_ids or ScannerSettings().usb,
    )


def escpos_route(settings: Settings) -> EscposRoute:
    """Build the way to the ESC/POS printer."""
    return EscposRoute(settings.receipt.port, settings.receipt.baud)


def paper_of(settings: Settings) -> Paper:
    """Build what the ESC/POS printer prints on.

    Errors:  ValueError with a sentence for a profile or a code page that does not exist.
    """
    told = settings.receipt
    return Paper(told.width_mm, told.dots, told.codepage, told.profile, told.cut)


def shop_of(settings: Settings) -> Shop:
    """What the till's rules and words need of the settings."""
    offline, whole = settings.offline, 10 ** exponent(settings.money.currency)
    return Shop(
        name=settings.shop.name,
        till=settings.shop.till,
        environment=settings.profile.environment,
        profile=settings.profile.name,
        currency=settings.money.currency,
        locale=settings.money.locale,
        language=settings.shop.language,
        merchant_identifier=settings.shop.merchant_identifier,
        point_value=Decimal(settings.money.point_value) if settings.money.point_value else None,
        transaction_type=settings.sale.transaction_type,
        record_with=settings.sale.record_with,
        properties=tuple(sale_properties(settings).items()),
        limits=Limits(int(offline.max_age_h), offline.max_count, offline.max_value * whole),
        trust=Trust(
            offline.redemption == "provisional",
            offline.redemption_max_count,
            offline.redemption_max_value * whole,
            timedelta(hours=offline.redemption_seen_within_h),
        ),
        settle_after_s=settings.outbox.settle_after_s,
        shift_required=settings.shift.required,
        shift_close_approval=settings.shift.close_approval,
        reversal=ReversalPolicy(
            settings.reversal.allowed,
            timedelta(hours=settings.reversal.within_h),
            settings.reversal.approval,
            settings.reversal.vouchers,
        ),
        header_lines=settings.receipt.header,
        footer_lines=settings.receipt.footer,
        people=_policy(settings.people),
        members=Members(
            consent=tuple((code, text) for code, text in settings.members.consent.items() if text.strip()),
            has_language=bool(settings.receipt.language_property),
            by_phone=settings.identifiers.phone != "off",
            phone_is_theirs=settings.identifiers.phone in ("digits", "e164"),
            most_recent=settings.members.recent,
            most_by_hand=settings.members.points_by_hand,
        ),
        kiosk=settings.screen.kiosk,
        sounds=settings.sound.on,
        sound_of_holds=settings.sound.of_holds,
        slip_qr=settings.receipt.qr,
    )


def place_of(settings: Settings) -> Place:
    """Build what the reports of shifts say of where they are from."""
    return Place(settings.shop.name, settings.shop.till, settings.money.currency)


def _policy(told: PeopleSection) -> Policy:
    return Policy(told.sign_on, told.hide_after_s, told.lock_after_s, told.two_persons, told.approve_typed_customer,
                  told.service)  # fmt: skip


def sale_properties(settings: Settings) -> dict[str, str]:
    """Build the properties that every sale carries: {till} and {shop} filled in; no other braces mean anything."""
    return {key: _fill(value, settings) for key, value in settings.sale.properties.items()}


def custom(settings: Settings) -> Custom:
    """Build what comparing a day with Perx needs. Without a property that names the till, no sale is marked as its."""
    sent = settings.sale.properties
    named = [key for key, value in sent.items() if "{till}" in value or "{shop}" in value]
    is_marked = any("{till}" in value for value in sent.values())
    mark = {key: _fill(sent[key], settings) for key in named} if is_marked else {}
    return Custom(mark, timedelta(seconds=settings.outbox.settle_after_s), settings.money.currency)


def _fill(template: str, settings: Settings) -> str:
    for name, value in (("till", settings.shop.till), ("shop", settings.shop.name)):
        template = template.replace("{" + name + "}", value)
    return template


def secret_names(settings: Settings) -> list[str]:
    """List the secrets that these settings need."""
    perx = settings.perx
    names = [perx.key_credential if perx.client_certificate else perx.credential]
    names = [name for name in names if name]  # a key without a passphrase needs none
    if settings.identifiers.scheme == "hmac-sha256":
        names.append(settings.identifiers.key)
    if settings.people.sign_on == "required":  # without it no PIN and no badge can be looked at
        names.append(PIN_PEPPER)
    return names


def required_secret(name: str, env: Mapping[str, str]) -> Secret:
    """Return a secret that the till cannot work without.

    Errors:  VaultError (VLT-005 it is missing, or the vault cannot be used).
    """
    found = secret(name, env)
    if found is None:
        what, fix = f"The secret {name} is missing.", f"Run `pos-app secret set {name}` as the user of the till."
        raise VaultError("VLT-005", what, fix)
    return found


def pin_pepper(env: Mapping[str, str]) -> bytes:
    """Return what the PINs of this till are keyed with; empty when there is none, or no vault to look in."""
    try:
        found = secret(PIN_PEPPER, env)
    except VaultError:
        return b""
    return found.reveal().encode() if found is not None else b""


def made_pepper(env: Mapping[str, str]) -> bytes:
    """Return the pepper of this machine; one is made and kept in the vault when there is none.

    Errors:  VaultError when the vault cannot be asked, or takes none.
    """
    found = secret(PIN_PEPPER, env)
    if found is None:
        found = Secret(secrets.token_urlsafe(32))
        keep_secret(PIN_PEPPER, found)
    return found.reveal().encode()


def _identifiers(settings: Settings, env: Mapping[str, str]) -> Identifiers:
    section = settings.identifiers
    keyed = section.scheme == "hmac-sha256"
    key = required_secret(section.key, env).reveal().encode() if keyed else b""
    phones = Phones(cast("Way", section.phone), settings.shop.country)
    return Identifiers(cast("Scheme", section.scheme), cast("Spelling", section.spelling), key, phones)
