"""A file that only takes up room, so that a full disk cannot keep the till from writing down what was already sent.

SQLite needs space even to mark a row. When the disk is full the ballast is let go, and its room serves those marks;
what is new is refused until the disk has space again and the ballast is remade.
"""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

from pos_app.outbox.disk import beside

log = logging.getLogger(__name__)

BALLAST_BYTES = 256 * 1024
LEAST_FREE_BYTES = 1024 * 1024
"""With less than this beside the ballast, nothing new is taken on: a sale and its log need a part of it."""


class Ballast:
    """The ballast of one data file. Thread: outbox."""

    def __init__(self, data_file: Path) -> None:
        self._path = beside(data_file, ".ballast")
        self._stands = False

    def has_room(self) -> bool:
        """Whether something new may be taken on; makes the ballast when it is gone and the disk has space."""
        try:
            free = shutil.disk_usage(self._path.parent).free
        except OSError as exc:
            log.warning("the room on the disk is not known: %s", exc)
            return False
        if self._stands:
            return free >= LEAST_FREE_BYTES
        return self._make(free)

    def let_go(self) -> bool:
        """Give its room back; False when there was none."""
        self._stands = False
        try:
            self._path.unlink()
        except OSError:
            return False
        log.info("the disk is full: its ballast was let go, nothing new is taken on")
        return True

    def _make(self, free: int) -> bool:
        try:
            if not self._path.exists() or self._path.stat().st_size < BALLAST_BYTES:
                if free < LEAST_FREE_BYTES + BALLAST_BYTES:
                    return False
                self._write()
        except OSError as exc:
            log.info("there is no room for the ballast: %s", exc)
            with suppress(OSError):
                self._path.unlink()
            return False
        self._stands = True
        return free >= LEAST_FREE_BYTES

    def _write(self) -> None:
        with self._path.open("wb") as file:
            file.write(os.urandom(BALLAST_BYTES))  # no file system can store this in less
            file.flush()
            os.fsync(file.fileno())
