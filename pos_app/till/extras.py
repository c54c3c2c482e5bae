"""What can happen beside the lines of the sale, each from a module of its own: one union for `events`."""

from __future__ import annotations

from pos_app.till import claiming, customers, guide, paying, pinning, servicing, speech, training

Event = (
    paying.Event
    | claiming.Event
    | pinning.Event
    | customers.Event
    | speech.Event
    | guide.Event
    | servicing.Event
    | training.Event
)
