"""Design tokens: the only place where a colour, a size or a duration of the screen is written down.

Colours are named by job, never by look. `PAIRS` lists every pair of colours that the widgets use, each with the
contrast that it must have (WCAG 2.2); a test computes them all.
Units:  px at 85 to 101 PPI (a 15 inch screen); mm on glass; durations in ms.
"""

from __future__ import annotations

THEMES: dict[str, dict[str, str]] = {
    "light": {
        "canvas": "#F2EFE9",
        "surface": "#FFFFFF",
        "sunken": "#EAE6DD",
        "key": "#FFFFFF",
        "key_down": "#E2DCCF",
        "line": "#DCD6CA",
        "control_line": "#837D71",
        "ink": "#151B2C",
        "ink2": "#474D5E",
        "ink3": "#5C6170",
        "action": "#1A2340",
        "action_down": "#0C1226",
        "on_action": "#FFFFFF",
        "on_action2": "#D5D9E6",
        "off": "#E4DFD5",
        "on_off": "#5C5A55",
        "focus": "#1F55D6",
        "select": "#E6EDFC",
        "member": "#1A2340",
        "member2": "#2A3557",
        "on_member": "#FBF7EE",
        "on_member2": "#CDD2E2",
        "member_warn": "#FFD48A",
        "ok": "#0A5634",
        "ok_fill": "#E0F1E7",
        "ok_mark": "#12754A",
        "wait": "#693C00",
        "wait_fill": "#FCEFD6",
        "wait_mark": "#B06400",
        "bad": "#8E140E",
        "bad_fill": "#FCE6E2",
        "bad_mark": "#BF2A1F",
        "unknown": "#472A97",
        "unknown_fill": "#ECE7FA",
        "unknown_mark": "#6140BF",
        "train": "#004C54",
        "train_fill": "#D9EFF0",
        "train_mark": "#00747F",
        "paper": "#FFFFFF",
        "on_paper": "#16181D",
        "shade": "#151B2C1A",
    },
    "dark": {
        "canvas": "#0E1118",
        "surface": "#181D28",
        "sunken": "#1D2431",
        "key": "#232A39",
        "key_down": "#364056",
        "line": "#2B3343",
        "control_line": "#7F899F",
        "ink": "#F5F2EB",
        "ink2": "#C6CAD4",
        "ink3": "#A2A9B8",
        "action": "#F2ECDD",
        "action_down": "#D3CAB5",
        "on_action": "#141A2C",
        "on_action2": "#3D4356",
        "off": "#252C3A",
        "on_off": "#A2A9B8",
        "focus": "#8DB0FF",
        "select": "#1D2C4D",
        "member": "#2A3557",
        "member2": "#36415F",
        "on_member": "#FBF7EE",
        "on_member2": "#D3D8E8",
        "member_warn": "#FFD48A",
        "ok": "#86E3B1",
        "ok_fill": "#12301F",
        "ok_mark": "#3FBF80",
        "wait": "#FFCB74",
        "wait_fill": "#35270B",
        "wait_mark": "#E79A22",
        "bad": "#FFB3AB",
        "bad_fill": "#38191A",
        "bad_mark": "#F0645A",
        "unknown": "#CFC0FF",
        "unknown_fill": "#292049",
        "unknown_mark": "#9B80F0",
        "train": "#86E4EC",
        "train_fill": "#0B3237",
        "train_mark": "#27AEBB",
        "paper": "#ECE8DF",
        "on_paper": "#16181D",
        "shade": "#00000066",
    },
    "contrast": {
        "canvas": "#000000",
        "surface": "#000000",
        "sunken": "#000000",
        "key": "#000000",
        "key_down": "#3A3A3A",
        "line": "#FFFFFF",
        "control_line": "#FFFFFF",
        "ink": "#FFFFFF",
        "ink2": "#FFFFFF",
        "ink3": "#FFFFFF",
        "action": "#FFE94A",
        "action_down": "#FFFFFF",
        "on_action": "#000000",
        "on_action2": "#000000",
        "off": "#000000",
        "on_off": "#C8C8C8",
        "focus": "#4FD8FF",
        "select": "#002A40",
        "member": "#000000",
        "member2": "#000000",
        "on_member": "#FFFFFF",
        "on_member2": "#FFFFFF",
        "member_warn": "#FFD84D",
        "ok": "#6BFFB0",
        "ok_fill": "#000000",
        "ok_mark": "#6BFFB0",
        "wait": "#FFD84D",
        "wait_fill": "#000000",
        "wait_mark": "#FFD84D",
        "bad": "#FF9C94",
        "bad_fill": "#000000",
        "bad_mark": "#FF9C94",
        "unknown": "#DCC8FF",
        "unknown_fill": "#000000",
        "unknown_mark": "#DCC8FF",
        "train": "#7CF3FF",
        "train_fill": "#000000",
        "train_mark": "#7CF3FF",
        "paper": "#FFFFFF",
        "on_paper": "#000000",
        "shade": "#00000000",
    },
}

# (foreground, background, least contrast, where it is used)
PAIRS: list[tuple[str, str, float, str]] = [
    ("ink", "surface", 7, "amounts, names, titles"),
    ("ink", "canvas", 7, "headings on the canvas"),
    ("ink", "sunken", 7, "text on a sunken strip"),
    ("ink", "key", 7, "keypad digits"),
    ("ink", "key_down", 7, "pressed key"),
    ("ink", "select", 7, "selected row"),
    ("ink2", "surface", 4.5, "second lines"),
    ("ink2", "canvas", 4.5, "second lines on the canvas"),
    ("ink2", "sunken", 4.5, "strip text"),
    ("ink3", "surface", 4.5, "captions"),
    ("ink3", "canvas", 4.5, "captions on the canvas"),
    ("on_action", "action", 7, "main action words and amount"),
    ("on_action", "action_down", 7, "main action pressed"),
    ("on_action2", "action", 4.5, "main action second line"),
    ("on_off", "off", 4.5, "disabled control that still explains itself"),
    ("on_member", "member", 7, "member card"),
    ("on_member2", "member", 4.5, "member card second lines"),
    ("on_member", "member2", 7, "member card, inset"),
    ("member_warn", "member2", 7, "points that end soon"),
    ("on_paper", "paper", 7, "slip"),
    ("control_line", "surface", 3, "control outline"),
    ("focus", "surface", 3, "focus ring"),
    ("focus", "canvas", 3, "focus ring"),
] + [
    p
    for s in ("ok", "wait", "bad", "unknown", "train")
    for p in (
        (s, f"{s}_fill", 7, f"{s} words on their fill"),
        (s, "surface", 7, f"{s} words on a card"),
        (f"{s}_mark", "surface", 3, f"{s} glyph"),
        (f"{s}_mark", f"{s}_fill", 3, f"{s} glyph on its fill"),
    )
]

# role: (px, weight, face, OpenType features)
TYPE: dict[str, tuple[int, int, str, str]] = {
    "amount_xl": (46, 600, "display", "tnum"),
    "amount_l": (36, 600, "display", "tnum"),
    "amount_m": (32, 600, "display", "tnum"),
    "amount_s": (28, 600, "display", "tnum"),
    "clock": (72, 500, "display", "tnum"),
    "hero": (34, 600, "display", ""),
    "h1": (26, 600, "display", ""),
    "h2": (21, 600, "text", ""),
    "h3": (18, 600, "text", ""),
    "body": (16, 400, "text", ""),
    "strong": (16, 600, "text", ""),
    "button": (17, 600, "text", "tnum"),
    "caption": (15, 500, "text", "tnum"),
    "code": (16, 500, "text", "tnum zero ss02"),
    "code_l": (34, 600, "text", "tnum zero ss02"),
    "key": (30, 500, "display", "tnum"),
    "slip": (15, 400, "text", "tnum"),
    "slip_b": (15, 600, "text", "tnum"),
}
FAMILIES: dict[str, tuple[str, ...]] = {
    "text": ("Inter", "Noto Sans Thai", "Noto Sans CJK SC", "Microsoft YaHei"),
    "display": ("Inter Display", "Noto Sans Thai", "Noto Sans CJK SC", "Microsoft YaHei"),
}
TEXT_FLOOR_PX = 14
AMOUNT_FLOOR_PX = 28

MM: dict[str, float] = {
    "floor": 10,
    "row": 15,
    "button": 13,
    "button_big": 15,
    "key": 20,
    "main": 25,
    "gap_key": 2,
    "gap_danger": 8,
    "edge": 6,
    "ring": 14,
    "pager": 13,
}
RADIUS: dict[str, int] = {"control": 12, "card": 16, "chip": 10}
TOAST_STAY_MS = 5000


def luminance(hex_colour: str) -> float:
    """The relative luminance of a colour, as WCAG 2.2 defines it."""

    def linear(v: float) -> float:
        return v / 12.92 if v <= 0.04045 else float(((v + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(hex_colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours, cut to two decimals, never rounded up."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return int((high + 0.05) / (low + 0.05) * 100) / 100
