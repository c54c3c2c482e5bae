"""What `doctor` asks of the way to Perx."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pos_app.domain.problems import problem
from pos_app.perx.call import Exchange
from pos_app.perx.client import PerxClient
from pos_app.perx.errors import NotAllowed, PerxError
from pos_app.perx.profile import Profile

if TYPE_CHECKING:
    import httpx

Finding = tuple[str, str, str]
"""Level ("ok", "warn" or "fail"), what was found, how to mend it."""

MOST_DRIFT_S = 120.0
SOON = timedelta(days=30)

_FIXES = {
    "NET-01": "Check the network cable or Wi-Fi, the proxy, and base_url in the configuration.",
    "NET-02": "Perx is slow or the network loses packets; try again in a minute.",
    "NET-03": "Open a web page on this machine and log in to the network, or correct base_url.",
    "NET-04": "Set the clock, then make sure that this machine trusts the network's certificates.",
    "NET-05": "Wait a few minutes.",
    "NET-06": "Wait, then ask Perx.",
    "NET-07": "Check base_url: what answers there does not speak like Perx.",
    "NET-08": "Check base_url and token_url: what answers there has no token endpoint.",
    "KEY-01": "Store the right client id and secret with: pos-app secret set.",
    "KEY-02": "Store the client id and secret with: pos-app secret set.",
    "KEY-04": "On the broker: tills.sh list. A till that is to sell again gets a new certificate: tills.sh add.",
    "KEY-05": "Check perx.client_certificate, perx.client_key and the key's passphrase in the vault.",
    "KEY-03": "Ask Perx to give these credentials the right to do this.",
}


async def probe_findings(profile: Profile, transport: httpx.AsyncBaseTransport | None = None) -> list[Finding]:
    """Reachability, credentials and clock, each with a sentence and a fix. Never raises a PerxError."""
    seen: list[Exchange] = []
    async with PerxClient(profile, on_exchange=seen.append, transport=transport) as client:
        try:
            await client.probe()
            findings: list[Finding] = [("ok", f"Perx answers at {profile.base_url} and accepts the credentials.", "")]
        except PerxError as exc:
            findings = [_failure(profile, exc)]
    drifts = [one.drift_s for one in seen if one.drift_s is not None]
    return _broker(profile) + findings + ([_clock(drifts[-1])] if drifts else [])


def _broker(profile: Profile) -> list[Finding]:
    """Where tokens come from when not from Perx itself, and how long this till is let in there."""
    if not profile.token_url:
        return []
    if profile.certificate is None:
        return [("ok", f"Tokens come from the broker {profile.token_url}; this till shows no certificate.", "")]
    mend = "Get a new one from whoever runs the broker (tills.sh renew), and name its files in [perx]."
    try:
        ends_at = profile.certificate.ends_at()
    except ValueError as exc:
        return [("fail", f"KEY-05 {profile.certificate.file} holds no certificate that can be read ({exc}).", mend)]
    left = ends_at - datetime.now(UTC)
    if left < timedelta(0):
        return [("fail", f"KEY-05 This till's certificate for the broker ended on {ends_at:%Y-%m-%d}.", mend)]
    told = f"Tokens come from the broker {profile.token_url}; this till's certificate is good until {ends_at:%Y-%m-%d}."
    return [("warn", told, mend) if left < SOON else ("ok", told, "")]


def _failure(profile: Profile, exc: PerxError) -> Finding:
    where = "" if isinstance(exc, NotAllowed) else f" ({profile.base_url})"
    fix = _FIXES.get(exc.problem, problem(exc.problem).do_next)
    return ("fail", f"{exc.problem} {problem(exc.problem).happened}{where}", fix)


def _clock(drift_s: float) -> Finding:
    if abs(drift_s) <= MOST_DRIFT_S:
        return ("ok", "The clock agrees with Perx's.", "")
    way = "behind" if drift_s > 0 else "ahead of"
    return (
        "warn",
        f"The clock is {abs(drift_s) / 60:.0f} minutes {way} Perx's.",
        "Set this machine's clock and time zone, or let it keep time from the network.",
    )
