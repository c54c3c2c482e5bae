"""The steps of the tour: the main job, an outage in the middle of it, and a cable that comes loose."""

from __future__ import annotations

from pos_app.tour.hand import until
from pos_app.tour.shop import Shop
from pos_app.tour.walk import Walk


async def _start(shop: Shop) -> str:
    await shop.hand.sees("Ready to scan", "All ready")
    asked = "/v4/oauth/token"
    await until(
        lambda: any(one["path"] == asked for one in shop.ledger["requests"]), "the till never asked Perx for a token"
    )
    return "ready without signing in; Perx has answered"


async def _scan_customer(shop: Shop) -> str:
    customer = shop.customer()
    shop.scan(customer["identifier"])
    points = f"{customer['points']:,}"
    await shop.hand.sees(customer["identifier"][-4:], points, "Vouchers")
    return f"member {customer['identifier'][-4:]}, {points} points, as in the ledger"


async def _type_customer(shop: Shop) -> str:
    shop.hand.tap("Cancel sale")
    await shop.hand.sees("Ready to scan")
    customer = shop.customer(1)
    shop.hand.tap("Type a code")
    await shop.hand.sees("Look up")
    shop.keys(*customer["identifier"])
    shop.hand.tap("Look up")
    points = f"{customer['points']:,}"
    await shop.hand.sees(customer["identifier"][-4:], points)
    return f"member {customer['identifier'][-4:]}, {points} points, typed on the glass"


async def _hold_voucher(shop: Shop) -> str:
    shop.hand.tap("Cancel sale")
    shop.scan(shop.customer()["identifier"])
    await shop.hand.sees("can be used now")
    shop.scan("LUMEN10")
    await shop.hand.sees("Held for this sale", "Code ends EN10")
    state = shop.voucher("LUMEN10")["state"]
    shop.agree(state == "redemption_in_progress", f"the ledger says {state}")
    return "held on the screen, redemption_in_progress in the ledger"


async def _refuse_voucher(shop: Shop) -> str:
    shop.scan("SWEET9")
    await shop.hand.sees("Refused: ended on", "Nothing used, not counted.")
    found = shop.voucher("SWEET9")
    shop.agree(found["state"] == "expired" and not found["holds"], f"the ledger says {found['state']}")
    return "refused with its date; expired and never held in the ledger"


async def _type_bill(shop: Shop) -> str:
    shop.keys("5", "6", "00")
    await shop.hand.sees("56.00", "−10.00", "46.00")
    return "56.00 typed, 10.00 off, 46.00 to collect"


async def _complete(shop: Shop) -> str:
    shop.hand.tap("Complete")
    await shop.hand.sees("1 voucher used. Perx confirmed it.")
    ref = shop.record.ref
    sale = shop.sale(ref)
    voucher = shop.voucher("LUMEN10")
    shop.agree(voucher["state"] == "redeemed", f"the ledger says {voucher['state']}")
    shop.agree(voucher["redemptions"] == 1, "the voucher was not used exactly once")
    shop.agree(len(shop.ledger["invoices"]) == 1, "there is not exactly one invoice")
    return f"done; one invoice, voucher used once, sale {sale['id']}"


async def _late_points(shop: Shop) -> str:
    await shop.hand.sees("Perx gave", "New balance")
    ref = shop.record.ref
    given = sum(row["points"] for row in shop.points_of(ref))
    balance = shop.customer()["points"]
    await shop.hand.sees(f"+{given:,.0f}", f"{balance:,}")
    return f"+{given:,.0f} on the screen and in the ledger, balance {balance:,}"


async def _find_slip(shop: Shop) -> str:
    record = shop.record
    slip = shop.data / "slips" / f"{record.ref}.pdf"
    await until(slip.exists, "no slip was written")
    shop.hand.tap("Next customer")
    await shop.hand.sees("Ready to scan")
    shop.scan(record.ref)
    await shop.hand.sees("Sale of", "46.00", "10.00 off from 50.00")
    shop.hand.tap("Back")
    return f"the slip's barcode finds its sale; {slip.name} holds {slip.stat().st_size} bytes"


async def _dropped_reply(shop: Shop) -> str:
    before = len(shop.ledger["transactions"])
    shop.scan(shop.customer(1)["identifier"])
    await shop.hand.sees(shop.customer(1)["identifier"][-4:], "can be used now")
    shop.keys("1", "2", "00")
    drop = {"match": {"method": "POST", "path": "/v4/pos/transactions"}, "times": 1}
    shop.practice.fault({**drop, "action": {"kind": "drop_after"}})
    shop.hand.tap("Complete")
    await shop.hand.sees("No answer yet")
    shop.window.grab().save(str(shop.data.parent / "no-answer-yet.png"))
    await shop.hand.sees("Perx has the sale.")
    shop.practice.fault()
    ref = shop.record.ref
    shop.sale(ref)
    shop.agree(len(shop.ledger["transactions"]) == before + 1, "the sale was doubled")
    return "the answer was lost; looked up and found, once in the ledger"


async def _cable_out(shop: Shop) -> str:
    shop.hand.tap("Next customer")
    shop.practice.kill()
    shop.scan(shop.known[0])
    await shop.hand.sees("Offline", "What to do", "Works now")
    await until(lambda: shop.state.sale.known is not None, "the member was not remembered")
    await shop.hand.sees(shop.known[0][-4:], "Points are added later")
    return "offline said with its cause; the member as last known"


async def _queue_earning(shop: Shop) -> str:
    shop.scan("CAFE01")
    await shop.hand.sees("Not now: needs Perx")
    shop.keys("2", "0", "00")
    shop.hand.tap("Save sale")
    await shop.hand.sees("Saved", "1 waiting")
    shop.queued = shop.record.ref
    return "voucher not now, sale saved, 1 waiting"


async def _restart(shop: Shop) -> str:
    await shop.close()
    await shop.open()
    await shop.hand.sees("1 waiting")
    return "closed and opened again: 1 waiting, as before"


async def _cable_in(shop: Shop) -> str:
    shop.practice.start()
    await until(lambda: not shop.state.backlog.waiting, "the queue was never delivered")
    await until(lambda: shop.state.link.online, "the till never came back")
    sale = shop.sale(shop.queued)
    await until(lambda: bool(shop.points_of(shop.queued)), "the sale never earned points")
    return f"delivered once: sale {sale['id']} in the ledger, points given"


async def _unplug(shop: Shop) -> str:
    if "Next customer" in shop.hand.said():
        shop.hand.tap("Next customer")
    shop.line.unplug()
    await shop.hand.sees("The scanner is unplugged.")
    return "said within the banner, the sale untouched"


async def _plug_in(shop: Shop) -> str:
    shop.line.open()
    await until(lambda: shop.state.scanner.state == "connected", "the scanner was not found again")
    customer = shop.customer()
    shop.scan(customer["identifier"])
    await shop.hand.sees(customer["identifier"][-4:], f"{customer['points']:,}")
    return "found again without a restart; a scan finds the member"


STEPS: tuple[tuple[str, Walk], ...] = (
    ("start without sign-in", _start),
    ("customer by scan", _scan_customer),
    ("customer typed", _type_customer),
    ("voucher held", _hold_voucher),
    ("second voucher refused", _refuse_voucher),
    ("bill typed", _type_bill),
    ("sale committed", _complete),
    ("late points shown", _late_points),
    ("slip finds the sale", _find_slip),
    ("lost answer found", _dropped_reply),
    ("cable out", _cable_out),
    ("earning queued", _queue_earning),
    ("till restarted", _restart),
    ("cable in, delivered once", _cable_in),
    ("scanner unplugged", _unplug),
    ("scanner back", _plug_in),
)
