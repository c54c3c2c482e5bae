"""The cashier's guide on the screen: the list of its pages, or one of them. The till zone keeps what it shows."""

from __future__ import annotations

from pos_app.language import _
from pos_app.till.guide import CONTENTS, PAGES, GuideClosed, GuideOpened
from pos_app.till.state import State
from pos_app.ui.guide import GuideBody, page
from pos_app.ui.present import zones
from pos_app.ui.present.words import Words
from pos_app.ui.screen import Action, ListBody, ListRow, Main, Till, TypedCard

_ICONS = {
    "sale": "scan-barcode",
    "customer": "user-round",
    "vouchers": "ticket-percent",
    "done": "check",
    "no-answer": "hourglass",
    "offline": "cloud-off",
    "waiting": "clock",
    "earlier": "undo-2",
    "people": "id-card",
    "shift": "receipt-text",
    "devices": "printer",
}


def guide_body(state: State, words: Words) -> GuideBody | ListBody:
    """What lies over the screen while the guide is open."""
    main = Main(_("Close help"), _("everything is as it was"), icon="x", event=GuideClosed())
    is_shut = state.staff.gate is not None
    card = TypedCard("", "", "", caret=False) if is_shut else zones.bill_card(state, words, caret=False)
    if state.guide == CONTENTS:
        rows = tuple(
            ListRow("ok", page(state.language, one).title, "", "", event=GuideOpened(one), icon=_ICONS[one])
            for one in PAGES
        )
        return ListBody("", _("A scan closes the help and is taken as ever."), rows, "", (), Till(card, main))
    read = page(state.language, state.guide)
    at = PAGES.index(state.guide)
    following = PAGES[(at + 1) % len(PAGES)]
    below = (
        Action(_("All topics"), GuideOpened(CONTENTS), icon="menu"),
        Action(page(state.language, following).title, GuideOpened(following), icon="arrow-right",
               name=_("Next topic: {title}").format(title=page(state.language, following).title)),
    )  # fmt: skip
    till = Till(card, main, below_title=_("More help"), below=below)
    return GuideBody(read.title, read.blocks, (), till)
