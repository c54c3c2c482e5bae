"""Run by the Windows Python of the build: puts a certificate (DER) among those that this Windows trusts."""

import ctypes
import sys
from ctypes import wintypes

SYSTEM, OF_THE_MACHINE, REPLACE = 10, 0x20000, 3  # wincrypt.h: CERT_STORE_PROV_SYSTEM_W and its flags
windows = ctypes.WinDLL("crypt32")  # type: ignore[attr-defined, unused-ignore]
windows.CertOpenStore.restype = ctypes.c_void_p
windows.CertOpenStore.argtypes = [ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, ctypes.c_wchar_p]
windows.CertAddEncodedCertificateToStore.argtypes = [
    ctypes.c_void_p, wintypes.DWORD, ctypes.c_char_p, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p
]  # fmt: skip
with open(sys.argv[1], "rb") as file:
    der = file.read()
windows.CertCloseStore.argtypes = [ctypes.c_void_p, wintypes.DWORD]
store = windows.CertOpenStore(SYSTEM, 0, None, OF_THE_MACHINE, "ROOT")
was_added = windows.CertAddEncodedCertificateToStore(store, 1, der, len(der), REPLACE, None)
windows.CertCloseStore(store, 0)  # only now it is written
sys.exit(0 if was_added else 1)
