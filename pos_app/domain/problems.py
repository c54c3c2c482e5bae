"""Everything that can go wrong for a user: a stable support code, and three sentences.

What happened, what was kept, what to do next: in the cashier's words. The codes are for support and never
change their meaning; the words may.
"""

from __future__ import annotations

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One kind of failure, as a person reads it."""

    code: str
    happened: str
    kept: str
    do_next: str


_TABLE = (
    # -- the way to Perx
    ("NET-01", "Perx cannot be reached.", "Nothing was sent.", "Keep selling; points are sent later."),
    ("NET-02", "Perx did not answer in time.", "The sale is written down.", "Wait: the till is checking."),
    ("NET-03", "Something between the till and Perx answered instead, perhaps a Wi-Fi log-in page.",
     "Nothing was taken from that answer.", "Ask who looks after the shop's network."),
    ("NET-04", "The secure connection to Perx failed.", "Nothing was sent.",
     "Check the till's clock, then call IT."),
    ("NET-05", "Perx is busy and asked to wait.", "Nothing was lost.", "Wait a moment; the till tries again."),
    ("NET-06", "Perx has a fault of its own.", "The sale is written down.", "Wait: the till is checking."),
    ("NET-07", "Perx's answer could not be read.", "The sale is written down.", "Wait: the till is checking."),
    ("NET-08", "The answer from Perx was about something else.", "Nothing was taken from it.",
     "Try again; if it comes back, call support."),
    ("NET-09", "The till asked Perx again and again what became of it, and could never read an answer.",
     "It is written down, and is not sent again by itself.", "A supervisor looks at Perx and settles it."),
    # -- who we are to Perx
    ("KEY-01", "Perx does not accept this till's credentials.", "Sales are kept on this till.", "Call IT."),
    ("KEY-02", "This till has no credentials for Perx.", "Nothing was sent.",
     "IT stores them with: pos-app secret set."),
    ("KEY-03", "This till may not do that at Perx.", "Nothing was changed.", "Call IT."),
    ("KEY-04", "The company's token service does not let this till in any more.", "Sales are kept on this till.",
     "Call IT: its certificate was taken back."),
    ("KEY-05", "This till has no valid certificate for the company's token service.", "Sales are kept on this till.",
     "Call IT: the certificate is missing, damaged, or has ended."),
    # -- what Perx refuses
    ("PX-000", "Perx refused it.", "Nothing was changed.", "Read the reason, or call support with the code."),
    ("PX-001", "Perx does not know this member.", "Nothing was changed.", "Check the code, or make a new member."),
    ("PX-002", "This record does not exist at Perx.", "Nothing was changed.", "Check the code."),
    ("PX-003", "The voucher is not free: it is used or held elsewhere.", "Nothing was changed.",
     "Take it out of the sale."),
    ("PX-004", "The hold on the voucher has ended.", "Nothing was used.", "Scan the voucher again."),
    ("PX-005", "Not enough points.", "No points were taken.", "Use fewer points."),
    ("PX-006", "The membership does not allow this.", "Nothing was changed.", "Tell the customer; Perx can help."),
    ("PX-007", "This member is not active.", "Nothing was changed.", "The customer should contact Perx."),
    ("PX-008", "This reward is not available now.", "Nothing was changed.", "Choose another reward."),
    ("PX-009", "This belongs to somebody else.", "Nothing was changed.", "Check whose code it is."),
    ("PX-010", "Perx did not accept what was sent.", "The sale is written down.", "Call support with the code."),
    ("PX-011", "Perx keeps points back for this customer, and the till does not know under which number.",
     "No points were taken.", "A supervisor checks the balance; Perx can free them."),
    ("PX-012", "That is not the PIN of this voucher.", "The voucher was not used.",
     "Type the PIN again; whoever runs the offer knows it."),
    ("PX-013", "Points of this customer are not settled yet on this till.", "No points were kept back.",
     "Settle it under Needs attention, or go on without points."),
    # -- customers
    ("CUS-01", "That is no phone number of a customer here.", "Nothing was changed.",
     "Type it again, with its country code when it is a foreign one."),
    ("CUS-02", "Perx does not know this member yet.", "What they want is written down, and so is what they buy.",
     "Go on: Perx is told of both when it answers again."),
    ("CUS-03", "Perx knows no member with this phone number.", "Nothing was changed.",
     "Ask for their code, or make a new member."),
    # -- the sale
    ("SALE-01", "That needs Perx, and Perx cannot be reached.", "The voucher was not used.",
     "Finish without it; it stays good."),
    ("SALE-02", "The earlier request may have gone through.", "The sale is written down.",
     "Do not repeat it; the till is checking."),
    ("SALE-03", "That code is another member's.", "This sale is untouched.",
     "Finish or cancel this sale first."),
    ("SALE-04", "A voucher was taken on trust while Perx was away, and it had been used before.",
     "The sale stands; the discount was given.", "A supervisor settles it; the shop carries the amount."),
    ("SALE-05", "The voucher belongs to a sale that is not settled yet.", "It was not given back.",
     "Settle that sale: its voucher is given back with it, where it was not used."),
    ("SALE-06", "The PIN of this voucher was not sent.", "The voucher was not used.", "Type the PIN again."),
    ("SALE-07", "Perx does not keep these points back any more.", "No points were taken.",
     "Pay with points again, or go on without them."),
    ("SALE-08", "What a point is worth is not known on this till.", "No points were used.",
     "Go on without points; IT can set it: money.point_value."),
    # -- reversals
    ("REV-01", "Sales are not reversed on this till.", "Nothing was changed.", "The settings decide it; ask IT."),
    ("REV-02", "This sale is too old to be reversed here.", "Nothing was changed.", "Perx support can correct it."),
    ("REV-03", "There is nothing to reverse: Perx does not have this sale.", "Nothing was changed.", "Go on."),
    ("REV-04", "It is not clear yet whether Perx has all of this sale.", "Nothing was changed.",
     "Wait until it is settled, or settle it under Needs attention."),
    ("REV-05", "Perx has not said yet how many points this sale gave.", "Nothing was changed.",
     "Try again in a minute."),
    ("REV-06", "Nothing of this sale is left to reverse.", "What was reversed before stands.", "Read what it says."),
    ("REV-07", "This sale has changed meanwhile.", "Nothing was reversed by this.",
     "Read what it says now, then decide again."),
    ("REV-08", "Perx does not say when this voucher was used, so nobody can see whose use it is.",
     "It is asked for once only.", "A supervisor settles it with Perx."),
    ("REV-09", "Taking a voucher back needs Perx, and Perx cannot be reached.", "The voucher stays used.",
     "Reverse what is left when Perx answers again."),
    ("REV-10", "Perx does not take a used voucher back.", "The voucher stays used.",
     "The shop decides what the customer gets instead."),
    # -- training
    ("TRN-01", "The training shop could not be opened.", "The real till is as it was.",
     "Try again; if it happens again, tell IT."),
    # -- approvals
    ("PIN-01", "That PIN is not right.", "Nothing was changed.", "Type it again."),
    ("PIN-02", "Too many wrong PINs.", "Nothing was changed.",
     "Wait, or ask another supervisor."),
    ("PIN-03", "This badge may not approve here.", "Nothing was changed.", "Use a supervisor's badge or PIN."),
    ("PIN-04", "No supervisor is known on this till.", "Nothing was changed.",
     "IT adds one with: pos-app people add."),
    ("PIN-05", "This till cannot check PINs: its secret pin-pepper is missing or another one.", "Nothing was changed.",
     "IT removes and adds the people again with: pos-app people."),
    ("PIN-06", "That PIN is too easy to guess.", "Nothing was changed.",
     "Choose one that is no row of digits, no repetition, no year and no shape on the keypad."),
    ("PIN-07", "Somebody of that name, or with that badge, is known already.", "Nothing was changed.",
     "Remove them first, or choose another name."),
    ("PIN-08", "Nobody of that name is known on this till.", "Nothing was changed.", "See: pos-app people list."),
    ("PIN-09", "That is no name, or the badge is too short.", "Nothing was changed.",
     "A name has 1 to 40 characters, a badge at least 8."),
    ("PIN-10", "No PIN came on standard input.", "Nothing was changed, and no try was counted.",
     "Type it when it is asked for, or hand it over as one line."),
    ("PIN-11", "Nobody of that name may approve on this till.", "Nothing was changed, and no try was counted.",
     "Give a supervisor's name as it stands in: pos-app people list."),
    ("PIN-12", "A PIN has 4 to 8 digits, and nothing else.", "Nothing was changed.", "Choose one of 4 to 8 digits."),
    ("PIN-13", "Whoever asks for it cannot approve it.", "Nothing was changed.", "Ask another supervisor."),
    ("PIN-14", "This badge is not known on this till.", "Nothing was changed.",
     "Use your own badge, or type your PIN."),
    ("PIN-15", "Nobody is known on this till, so nobody can sign on.", "What was being sold is kept.",
     "IT adds people with: pos-app people add."),
    ("ATT-01", "This entry has changed meanwhile.", "Nothing was changed by hand.", "Read what it says now."),
    ("ATT-02", "The first request may still take effect, so it is too early to send it again.", "Nothing was changed.",
     "Wait two minutes with the till running, look at Perx, then decide again."),
    ("ATT-03", "A supervisor marked this as done.", "Nothing more is sent.", "Nothing has to be done."),
    ("ATT-04", "A supervisor gave this up.", "Nothing more is sent.", "Nothing has to be done."),
    # -- this till
    ("DISK-01", "The till's disk is full.", "What you typed is still on the screen; nothing was sent.",
     "Call IT to free space, then press again."),
    ("DISK-02", "The till could not write to its disk.", "What you typed is still on the screen; nothing was sent.",
     "Press again; if it fails, call IT."),
    ("DISK-03", "The till's data file is damaged.", "Nothing was deleted.",
     "Close the till and start it again: it brings back what can be read. If it will not start, call IT."),
    ("DISK-04", "The till's data was written by a newer program.", "Nothing was changed.",
     "IT should install the newer program again."),
    ("DISK-05", "Another till program is using the same data.", "Nothing was changed.", "Use the one that is open."),
    ("DISK-06", "What this till had written down was damaged before it was sent.", "It was not sent; it is kept.",
     "A supervisor compares it with the slip and settles it."),
    ("DISK-07", "The till's data file was damaged. What could be read was brought back.", "The damaged file was kept.",
     "Go on; what may have been sent is looked up first. Tell IT, and compare the last slips."),
    # -- asked from outside the screen: another start, the command line
    ("TILL-01", "A till is open here, but it does not answer.", "Nothing was changed.",
     "Wait a moment and try again; if it stays so, end the till and start it again."),
    ("TILL-02", "The till that is open and this program do not understand each other.", "Nothing was changed.",
     "Close the till, start it again, and try again."),
    ("OUT-01", "This till has no entry with that reference.", "Nothing was changed.", "Check all its digits."),
    ("OUT-02", "The entry is being sent, or is settled already.", "Nothing was changed.",
     "Look at it: pos-app outbox show."),
    ("OUT-03", "A decision needs a name and a reason.", "Nothing was changed.", "Give both, in words."),
    ("OUT-04", "The decision was not approved.", "Nothing was changed.", "Ask a supervisor."),
    ("OUT-05", "The file could not be written.", "The outbox is as it was, and no half file was left.",
     "Choose another place, or free some space."),
    ("OUT-06", "There is no till's data in that folder.", "Nothing was made.",
     "Name the folder with --data, or the till's settings with --config."),
    ("OUT-08", "The content of that entry cannot be read, so Perx cannot be asked about it.", "It was kept as it is.",
     "Compare the slips of that time, then close it: pos-app outbox settle."),
    ("OUT-09", "Perx can be asked only with this till's own settings.", "Nothing was asked.",
     "Start the till, or name its settings with --config."),
    ("OUT-07", "That cannot be asked of a till.", "Nothing was changed.", "See: pos-app outbox --help."),
    ("OUT-10", "There is a file of that name already.", "It was left as it is.",
     "Choose another name, or replace it with --replace."),
    ("OUT-11", "That day has not begun yet.", "Nothing was asked.", "Name today or an earlier day."),
    ("SCAN-01", "The code could not be read.", "Nothing was changed.", "Scan again, or type it."),
    ("SCAN-02", "The code is too long to be one of ours.", "Nothing was changed.", "Scan one code only."),
    ("SCAN-03", "The scanner is unplugged.", "The sale is untouched.", "Plug it in, or type the code."),
    ("SCAN-04", "Another program is using the scanner.", "The sale is untouched.", "Close it, or type the code."),
    ("SCAN-05", "The scanner cannot be opened.", "The sale is untouched.", "Call IT, or type the code."),
    ("SLIP-01", "The slip could not be printed.", "The sale stands.", "Press Print again."),
    ("SHF-01", "This report is not what was closed then, or cannot be read.", "It was left as it is.",
     "Tell IT: the data file was damaged, or changed from outside."),
    ("SHF-02", "The report could not be printed or saved.", "It is kept on this till.",
     "Free some space or look at the printer, then press again."),
    ("SHF-03", "This till has closed no shift of that number.", "Nothing was changed.", "See: pos-app shift list."),
    ("SHF-04", "Something is not sent, or needs a person.", "The shift is open as before.",
     "Look at it, then close all the same with --sure: it is sent later and stays in this shift."),
    ("SHF-05", "No shift is open.", "Nothing was changed.", "Open one on the till: Menu, Shift."),
    ("SHF-06", "A supervisor has to agree before this shift is closed.", "The shift is open as before.",
     "Close it on the till, or name the supervisor with --approved-by, or the till's settings with --config."),
    ("PRN-01", "The printer cannot be reached.", "The sale stands; no slip was printed.",
     "Check its cable and power, then press Print again."),
    ("PRN-02", "The printer is out of paper.", "The sale stands; no slip was printed.",
     "Put a roll in, then press Print again."),
    ("PRN-03", "The printer's cover is open.", "The sale stands; no slip was printed.",
     "Close it, then press Print again."),
    ("PRN-04", "The printer reports a fault of its own.", "The sale stands; no slip was printed.",
     "Look for jammed paper, switch it off and on, then press Print again."),
    ("PRN-05", "Printing stopped part-way.", "The sale stands; the slip may be cut short.",
     "Put the printer right, then press Print again; that slip says COPY."),
    ("PRN-06", "Another program is using the printer.", "The sale stands; no slip was printed.",
     "Close that program, then press Print again."),
    ("PRN-07", "This till may not use the printer.", "The sale stands; no slip was printed.",
     "Call IT with the code."),
    ("PRN-08", "The printer's settings are not right.", "The sale stands; no slip was printed.",
     "IT checks them with: pos-app doctor."),
    ("LOG-01", "The till's log cannot be written.", "Selling goes on; no sale is affected.",
     "Tell IT: if something else goes wrong, support cannot see it."),
    ("APP-02", "There is no display here.", "Nothing was started.", "Start it where a screen is, or run the tour."),
    ("TILL-03", "A sale is open on this till.", "The till stays open.", "Finish or cancel the sale, then close it."),
    ("TILL-04", "No till is open here.", "Nothing was changed.", "There is nothing to close."),
    ("APP-03", "The till stopped and was started again.", "The sale is where it was; nothing was sent twice.",
     "Go on; tell support the code."),
    ("APP-04", "The till stood still and was started again.", "The sale is where it was; nothing was sent twice.",
     "Go on; tell support the code."),
    ("APP-01", "Something went wrong in the till.", "Nothing was lost.", "Go on; tell support the code."),
)  # fmt: skip

OUR_CREDENTIALS = ("KEY-01", "KEY-02", "KEY-04", "KEY-05")
"""Perx, or the broker before it, does not take this till for one of the tenant's: IT's matter, and no entry's own."""

PROBLEMS: dict[str, Problem] = {row[0]: Problem(*row) for row in _TABLE}


BY_HAND = {"done": "ATT-03", "refused": "ATT-04"}
"""What stands as the problem of an entry that a person closed, by the state that it has now."""


def problem(code: str) -> Problem:
    """The problem of a support code; an unknown code reads as the general one, under its own code."""
    known = PROBLEMS.get(code)
    if known:
        return known
    general = PROBLEMS["APP-01"]
    return Problem(code or general.code, general.happened, general.kept, general.do_next)
