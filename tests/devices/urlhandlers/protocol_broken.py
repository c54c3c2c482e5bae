"""broken://<name>: a port that works until it is told to fail as Windows' ports fail."""

import time
from typing import Any

from serial.serialutil import PortNotOpenError, SerialBase

WINDOWS_FAILURES = {
    "clear": "ClearCommError failed (PermissionError(13, 'The device does not recognize the command.', None, 22))",
    "denied": "ClearCommError failed (PermissionError(13, 'Access is denied.', None, 5))",
    "overlapped": "GetOverlappedResult failed (OSError(22, 'Gerät nicht bereit.', None, 995))",
    "read": "ReadFile failed (OSError(9, 'The handle is invalid.', None, 6))",
}


class Serial(SerialBase):
    """Gives the bytes in `inbox`; raises `failure` from every call while it is set."""

    inbox = bytearray()
    failure: Exception | None = None
    open_failure: Exception | None = None
    opened = 0
    closed = 0

    def open(self) -> None:
        if type(self).open_failure is not None:
            raise type(self).open_failure
        type(self).opened += 1
        self.is_open = True

    def close(self) -> None:
        if self.is_open:
            type(self).closed += 1
        self.is_open = False

    def _reconfigure_port(self) -> None:
        pass

    def _check(self) -> None:
        if not self.is_open:
            raise PortNotOpenError
        if type(self).failure is not None:
            raise type(self).failure

    @property
    def in_waiting(self) -> int:
        self._check()
        return len(type(self).inbox)

    def read(self, size: int = 1) -> bytes:
        self._check()
        if not type(self).inbox:
            time.sleep(min(self.timeout or 0, 0.01))
            self._check()
        data = bytes(type(self).inbox[:size])
        del type(self).inbox[:size]
        return data

    @classmethod
    def reset(cls) -> None:
        cls.inbox, cls.failure, cls.open_failure, cls.opened, cls.closed = bytearray(), None, None, 0, 0


def serial_class_for_url(url: str) -> tuple[str, Any]:
    return url, Serial
