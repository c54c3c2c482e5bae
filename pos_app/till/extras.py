"""What can happen to points that pay, rewards that are claimed and PINs that are typed: one union for `events`."""

from __future__ import annotations

from pos_app.till import claiming, paying, pinning

Event = paying.Event | claiming.Event | pinning.Event
