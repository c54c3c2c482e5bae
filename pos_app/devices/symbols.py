"""The modules of what a scanner reads: Code 128 as one row of bits, a QR code as a square of them."""

from __future__ import annotations

CODE128_QUIET = 10
"""Modules that stay white on both sides of a Code 128 (ISO/IEC 15417)."""


def code128(text: str) -> str:
    """The bars of a Code 128 as ones and zeros, without quiet zones. Digits alone are packed two by two.

    Errors:  barcode.errors.BarcodeError when a character cannot be drawn.
    """
    import barcode

    return str(barcode.get("code128", text).build()[0])


def qr_code(text: str) -> tuple[str, ...]:
    """The rows of a QR code as ones and zeros, with the quiet zone of four modules all round; error correction M.

    Errors:  ValueError when the text is too long for any QR code.
    """
    import qrcode  # late: it takes a while, and few slips have one
    from qrcode.exceptions import DataOverflowError

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as exc:
        raise ValueError(f"too long for a QR code: {len(text)} characters") from exc
    return tuple("".join("1" if dark else "0" for dark in row) for row in code.get_matrix())
