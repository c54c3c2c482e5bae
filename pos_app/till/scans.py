"""A customer's or a voucher's code, scanned, typed or tapped, on a sale that may take it."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.phone import PHONE
from pos_app.till import basket, find
from pos_app.till.effects import Effect, FindBare
from pos_app.till.events import Scanned
from pos_app.till.state import Hint, HintKind, LineState, Moment, Phase, Sale, State, Trouble

Step = tuple[State, list[Effect]]


def hint(state: State, kind: HintKind, detail: str = "") -> State:
    """The state with a small harmless message on it."""
    serial = state.hint.serial + 1 if state.hint else 1
    return replace(state, hint=Hint(kind, detail, serial, state.now))


def fresh(sale: Sale) -> Sale:
    """An empty sale; answers to anything that was asked before no longer fit."""
    return Sale(look=sale.look + 1)


def begun(sale: Sale, moment: Moment) -> Sale:
    """The sale with a name of its own, from its first scan or key on."""
    return sale if sale.id else replace(sale, id=moment.mint())


def with_sale(state: State, made: tuple[Sale, list[Effect]]) -> Step:
    """The state with what a part made of its sale."""
    sale, effects = made
    return replace(state, sale=sale), effects


def routed(state: State, event: Scanned) -> codes.Code:
    """What a scanned or typed text is, by the shop's own table where it has one."""
    rules = state.shop.code_rules
    if rules is None:
        return codes.route(event.text, event.symbology)
    return codes.route(event.text, event.symbology, rules)


def on_code(state: State, code: codes.Code, text: str, moment: Moment) -> Step:
    """A customer's or a voucher's code, on a sale that may take it."""
    if state.sale.phase is Phase.COMMITTING:
        return hint(state, HintKind.STILL_BUSY), []
    if state.sale.phase is Phase.CHECKING:
        return hint(state, HintKind.STILL_CHECKING), []
    if state.sale.phase is Phase.DONE:
        state = replace(state, sale=fresh(state.sale))
    sale = begun(replace(state.sale, trouble=None), moment)
    state = replace(state, sale=sale)
    shown = codes.shown(text)
    match code:
        case codes.CustomerCode():
            return _customer_code(state, code.identifier, shown)
        case codes.RewardCode(identifier=str() as identifier):
            return _customer_code(state, identifier, shown)
        case codes.VoucherCode():
            return _voucher_code(state, code, shown, moment)
        case codes.BareCode():
            return _bare_code(state, code.text, shown, moment)
    return replace(state, sale=replace(sale, trouble=Trouble("SCAN-01", "", shown))), []


def is_theirs(sale: Sale, identifier: str) -> bool:
    """Whether a scanned identifier names the customer of this sale, before or after tokenising."""
    known = sale.known
    return known is not None and identifier in (known.identifier, known.scanned)


def may_be_member(state: State, code: codes.Code, text: str) -> bool:
    """Whether a code names a member, or may: not the one of this sale, nor a voucher of theirs."""
    match code:
        case codes.CustomerCode() | codes.VoucherCode(identifier=str()) | codes.RewardCode(identifier=str()):
            return not is_theirs(state.sale, code.identifier or "")
        case codes.BareCode():
            return basket.by_code(state.sale, code.text) is None and not is_theirs(state.sale, code.text)
    return False


def _customer_code(state: State, identifier: str, shown: str) -> Step:
    shown = shown.removeprefix(PHONE)
    sale = state.sale
    other = sale.known is not None and not is_theirs(sale, identifier)
    blocked = find.blocks_other(sale) if other else None
    if blocked:
        return hint(state, blocked, codes.mask(sale.known.identifier) if sale.known else ""), []
    return with_sale(state, find.look_for(find.with_pending(sale), identifier, shown))


def _voucher_code(state: State, code: codes.VoucherCode, shown: str, moment: Moment) -> Step:
    sale = state.sale
    if sale.known is not None:
        if code.identifier is None or is_theirs(sale, code.identifier):
            return on_voucher(state, code.voucher_id, shown, moment)
        return replace(state, sale=basket.not_theirs(sale, code.voucher_id, shown)), []
    if code.identifier is not None:
        sale = find.waiting_line(find.with_pending(sale), shown, code.voucher_id)
        return with_sale(state, find.look_for(sale, code.identifier, shown))
    sale = sale if sale.looking else find.with_pending(sale)
    return replace(state, sale=find.waiting_line(sale, shown, code.voucher_id)), []


def _bare_code(state: State, text: str, shown: str, moment: Moment) -> Step:
    sale, known = state.sale, state.sale.known
    if known is None and sale.looking is not None:
        return replace(state, sale=find.waiting_line(sale, text)), []
    if known is None:
        return with_sale(state, find.look_for(find.with_pending(sale), text, shown, bare=True))
    voucher = basket.by_code(sale, text)
    if voucher is not None:
        return on_voucher(state, voucher.id, shown, moment)
    if is_theirs(sale, text):
        return _customer_code(state, text, shown)
    if not known.checked or not state.link.online:
        sale = basket.settle_search(basket.searched(sale, text), text, LineState.NOT_NOW, "SALE-01")
        return replace(state, sale=sale), []
    return replace(state, sale=basket.searched(sale, text)), [FindBare(known.look, known.identifier, text)]


def on_voucher(state: State, voucher_id: int, shown: str, moment: Moment) -> Step:
    """A voucher was scanned or tapped. One that is already in the sale is not taken twice."""
    sale = state.sale
    if sale.phase is not Phase.OPEN or sale.known is None:
        return state, []
    line = basket.line_of(sale, voucher_id)
    if line is not None and line.is_live:
        name = line.voucher.name if line.voucher else line.text
        return hint(state, HintKind.ALREADY_IN, codes.shown(name, 40)), []
    sale = begun(replace(sale, trouble=None), moment)
    return with_sale(state, basket.add(sale, voucher_id, shown, moment, state.terms))
