#!/usr/bin/env python3
"""Builds the Windows setups into build/installer: `make installer` on Linux, installer/build.ps1 on Windows."""

from __future__ import annotations

import sys
import time

from making import setup
from making.places import BuildError, say


def main() -> int:
    """Build; 0 done, 1 it failed and said why."""
    began_s = time.monotonic()
    try:
        setup.build()
    except BuildError as stop:
        print(f"\n{stop}", file=sys.stderr, flush=True)
        return 1
    say(f"Built in {time.monotonic() - began_s:.0f} s: {setup.setup_file()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
