"""The frozen program: the till itself, and its command line under the name pos-app-cli."""

import gc
import os
import sys

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.Windows.WinVaultKeyring"  # it would look for one by metadata

gc.disable()  # a tenth of the time to load; nothing that is loaded is rubbish
from pos_app.__main__ import last_words, main, sentence  # noqa: E402

gc.enable()


def _tell(error: BaseException) -> None:
    """Say on the screen why a program without a console ends: nobody would read it anywhere else."""
    if sys.stderr is None and sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, sentence(error), "Till", 0x10)


try:
    code = main()
except Exception as error:  # noqa: BLE001 - the very last place; the log has it whole
    last_words(type(error), error, error.__traceback__)
    _tell(error)
    code = 1
sys.exit(code)
