"""What becomes known of a sale after it is over: its points, and whether a voucher taken on trust counts."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.commands import RedeemVoucher
from pos_app.domain.entries import Entry
from pos_app.domain.sale import SaleRecord
from pos_app.till import commit
from pos_app.till import events as ev
from pos_app.till.effects import Effect
from pos_app.till.state import State


def voucher_settled(state: State, command: RedeemVoucher, entry: Entry) -> State:
    """Perx has said, or has not, that a voucher which was used on trust counts."""

    def told(record: SaleRecord | None) -> SaleRecord | None:
        mine = record is not None and record.ref == command.sale
        return record.voucher_settled(command.voucher_id, entry.state.value) if record and mine else record

    panel = replace(state.panel, record=told(state.panel.record)) if state.panel else None
    return replace(state, sale=replace(state.sale, record=told(state.sale.record)), last=told(state.last), panel=panel)


def points_seen(state: State, event: ev.PointsSeen) -> tuple[State, list[Effect]]:
    """Perx has decided the points of a sale: on the counter, found again, or the last one."""
    sale, effects = commit.on_points(state.sale, event)
    state = replace(state, sale=sale)
    panel = state.panel
    if panel is not None and panel.record is not None and panel.record.ref == event.ref:
        state = replace(state, panel=replace(panel, record=commit.with_points(panel.record, event)))
    if state.last is not None and state.last.ref == event.ref:
        state = replace(state, last=commit.with_points(state.last, event))
    return state, effects
