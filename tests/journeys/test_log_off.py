"""The user logs off over an open till: it closes before the system is answered, since with the answer it is ended."""

from __future__ import annotations

import os
import subprocess
import sys

from pos_app.outbox import meta
from pos_app.outbox.checksums import connect

ENDED_BY_THE_SYSTEM = 77
PROGRAM = f"""
import os, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pos_app.__main__ import main

application = QApplication(sys.argv[:1])
folder = Path(sys.argv[1])
looking = QTimer()

def look():
    if (folder / "till.line").exists():
        looking.stop()
        [till] = [one for one in application.topLevelWidgets() if hasattr(one, "session_ends")]
        till.session_ends()  # as the system asks before it ends every program
        os._exit({ENDED_BY_THE_SYSTEM})

looking.timeout.connect(look)
looking.start(50)
sys.exit(main(["run", "--sandbox", *sys.argv[2:], "--data", str(folder)]))
"""


def test_a_kiosk_closes_in_good_order_before_the_session_ends(tmp_path):
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "POS_WATCHED": "1"}
    words = [sys.executable, "-c", PROGRAM, str(tmp_path), "--kiosk"]
    done = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == ENDED_BY_THE_SYSTEM, done.stderr
    assert b"!" in done.stdout, "its watchdog would start it again"
    file = connect(tmp_path / "till.sqlite3")
    assert meta.read(file, "run") == "closed"
    file.close()
