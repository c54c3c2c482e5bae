"""Windows' print spooler taking raw bytes, by winspool.drv. Source: Win32 documentation of StartDocPrinter."""

from __future__ import annotations

import ctypes
import sys

if sys.platform == "win32":
    from ctypes import wintypes

    class _DocInfo(ctypes.Structure):
        _fields_ = (
            ("pDocName", wintypes.LPWSTR),
            ("pOutputFile", wintypes.LPWSTR),
            ("pDatatype", wintypes.LPWSTR),
        )

    def _checked(done: object) -> None:
        if not done:
            raise ctypes.WinError(ctypes.get_last_error())

    def print_raw(printer: str, title: str, job: bytes) -> None:
        """Give a job to a printer of the system, unchanged.

        Errors:  OSError with Windows' own words; nothing of the job is printed then, or it is taken back.
        """
        spool = ctypes.WinDLL("winspool.drv", use_last_error=True)
        handle = wintypes.HANDLE()
        _checked(spool.OpenPrinterW(ctypes.c_wchar_p(printer), ctypes.byref(handle), None))
        try:
            info = _DocInfo(title, None, "RAW")
            _checked(spool.StartDocPrinterW(handle, 1, ctypes.byref(info)))
            written = wintypes.DWORD()
            taken = spool.WritePrinter(handle, job, len(job), ctypes.byref(written))
            if not taken or written.value != len(job):
                error = ctypes.WinError(ctypes.get_last_error())
                spool.AbortPrinter(handle)
                raise error
            _checked(spool.EndDocPrinter(handle))
        finally:
            spool.ClosePrinter(handle)
