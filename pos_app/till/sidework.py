"""The hands of the side screens: each effect to the one whose it is."""

from __future__ import annotations

from msgspec import Struct

from pos_app.till import servicing, shifting
from pos_app.till.daywork import DayWork
from pos_app.till.desk import Effect as DeskEffect
from pos_app.till.deskwork import DeskWork
from pos_app.till.effects import CompareDay, CountDay
from pos_app.till.servicework import ServiceWork
from pos_app.till.shiftwork import ShiftWork
from pos_app.till.staff import Effect as StaffEffect
from pos_app.till.staffwork import StaffWork


class Sides(Struct, frozen=True):
    """Those who do what the side screens ask for."""

    desk: DeskWork
    staff: StaffWork
    shifts: ShiftWork
    day: DayWork
    service: ServiceWork

    async def do(
        self, effect: DeskEffect | StaffEffect | shifting.Effect | servicing.Effect | CountDay | CompareDay
    ) -> None:
        """Do one effect. Errors: StorageError, where a screen does not wait for an answer."""
        if isinstance(effect, StaffEffect):
            await self.staff.do(effect)
        elif isinstance(effect, shifting.Effect):
            await self.shifts.do(effect)
        elif isinstance(effect, servicing.Effect):
            await self.service.do(effect)
        elif isinstance(effect, CountDay | CompareDay):
            await self.day.do(effect)
        else:
            await self.desk.do(effect)
