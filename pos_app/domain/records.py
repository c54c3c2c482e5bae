"""What records have in common: a record is a frozen `msgspec.Struct`, changed by `msgspec.structs.replace`."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Discreet(Struct, frozen=True):
    """A record that keeps the fields named in `HIDDEN` out of its repr, and so out of logs and tracebacks."""

    HIDDEN: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in self.HIDDEN)
        return f"{type(self).__name__}({', '.join(shown)})"
