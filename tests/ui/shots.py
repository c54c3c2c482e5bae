"""Pictures of every screen at every size, in every theme and language, each looked over: `make shots`.

    python tests/ui/shots.py [--out DIR] [--extent quick|full] [--only PART] [--jobs N]

Writes DIR/LANGUAGE/THEME/SIZE/SCREEN.png and DIR/index.json, a list of {screen, size, scale, theme, language, hand,
file, findings}; DIR/index.html shows them. `--extent quick` is a selection that covers every screen, size, theme and
language, `full` is each with each; the variables QUICK, FULL and ONLY say the same.

Exit code 1 when anything was found: cut or covered text, a target that is too small, a contrast that is too low.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from msgspec.structs import replace

HERE = Path(__file__).resolve().parent
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _folder in (HERE, HERE.parent / "till", HERE.parent.parent):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

from checks import findings, settle  # noqa: E402
from contrast import low  # noqa: E402
from gallery import MAIN, SCREENS, WORDS, WORST  # noqa: E402
from PIL import Image  # noqa: E402
from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtGui import QImage, QPainter  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from pos_app.language import LANGUAGES  # noqa: E402
from pos_app.ui.screen import Screen  # noqa: E402
from pos_app.ui.theme import Look  # noqa: E402
from pos_app.ui.window import TillWindow  # noqa: E402

OUT = HERE.parent.parent / "build" / "shots"
THEMES = ("light", "dark", "contrast")
GLASS = {"0819x0614": 68.27, "1024x0768": 85.33, "1280x0800": 100.63, "1366x0768": 100.46, "1920x1080": 141.21,
         "0768x1024": 85.33, "1080x1920": 102.42}  # fmt: skip
"""The glass of the tills, and how many dots of it lie on an inch."""
SCALES = {"1920x1080": (100, 125, 150, 200), "1280x0800": (100, 125), "1080x1920": (100, 125)}
"""What a desktop may be set to where it leaves room for a till; elsewhere 100 %."""
PLAIN = "1024x0768"
TOO_MUCH = ("worst-13-nasty", "worst-15-nasty-done")


@dataclass(frozen=True)
class Shot:
    """One picture: of which screen, on which glass (dots), at which scale (%), in which dress."""

    screen: str
    size: str
    scale: int
    theme: str
    language: str
    hand: str = "right"

    @property
    def look(self) -> Look:
        """How the window is dressed for it; a desktop's scale makes the glass smaller and its dots larger."""
        wide, tall = map(int, self.size.split("x"))
        share = self.scale / 100
        look = Look(self.theme, int(wide / share), int(tall / share), GLASS[self.size] / share)  # type: ignore[arg-type]
        return replace(look, mirror=self.hand == "left").speaking(self.language)

    @property
    def file(self) -> str:
        place = f"{self.size}-{self.scale}" + ("-left" if self.hand == "left" else "")
        return f"{self.language}/{self.theme}/{place}/{self.screen}.png"

    def is_possible(self) -> bool:
        """Screens that are written by hand are in English; the two worst need a glass that is as large as it is."""
        if self.screen in WORST and self.language != "en":
            return False
        return not (self.screen in TOO_MUCH and self.scale > 100)


PLACES = [(size, scale) for size in GLASS for scale in SCALES.get(size, (100,))]


def every(*, full: bool) -> Iterator[Shot]:
    """The main screens at all sizes, in all themes and languages, and for the left hand at three sizes.

    The others, which are variants of them, meet every size, theme and language, but not each with each, unless
    `full`; what differs from another screen in one sentence is drawn at two sizes.
    """
    for number, (screen, language) in enumerate(product(SCREENS, LANGUAGES)):
        if screen in WORDS:
            yield from (Shot(screen, size, 100, "light", language) for size in (PLAIN, "0819x0614"))
        elif screen in MAIN or full:
            yield from (Shot(screen, *place, theme, language) for place in PLACES for theme in THEMES)
            yield Shot(screen, (PLAIN, "0819x0614", "1366x0768")[number % 3], 100, THEMES[number % 3], language, "left")
    for number, screen in enumerate(one for one in SCREENS if one not in WORDS | MAIN):
        for place, (size, scale) in enumerate(PLACES):
            language = list(LANGUAGES)[(number + place) % len(LANGUAGES)]
            yield Shot(screen, size, scale, THEMES[place % 3], "en" if screen in WORST else language)
        yield from (Shot(screen, PLAIN, 100, theme, "en") for theme in THEMES)
        yield Shot(screen, PLAIN, 100, "light", "en", "left")


def covering() -> Iterator[Shot]:
    """A few pictures of each screen, so that with its neighbours every size, theme and language is met."""
    codes = list(LANGUAGES)[1:]
    for number, screen in enumerate(SCREENS):
        if screen in WORDS:
            yield Shot(screen, "0819x0614", 100, "light", codes[number % len(codes)])
            continue
        yield Shot(screen, PLAIN, 100, THEMES[number % 3], "en", "left" if number % 4 == 1 else "right")
        yield Shot(screen, "0819x0614", 100, THEMES[(number + 1) % 3], codes[number % len(codes)])
        yield Shot(screen, *PLACES[number % len(PLACES)], "light", codes[(number + 1) % len(codes)])
        yield Shot(screen, *PLACES[(number + 5) % len(PLACES)], THEMES[(number + 2) % 3], "en")


def plan(extent: str = "", only: str = "") -> list[Shot]:
    """The pictures to make, without double ones. `extent`: "quick", "full", or "" for what lies between."""
    shots = dict.fromkeys(covering() if extent == "quick" else every(full=extent == "full"))
    return [shot for shot in shots if shot.is_possible() and only in shot.file]


# --- drawing ---------------------------------------------------------------------------------------


@cache
def screen(name: str, language: str) -> Screen:
    """A screen of the list in a language; made once."""
    return SCREENS[name](language)


def draw(window: TillWindow, ratio: float) -> QImage:
    """The window as the glass shows it, in the glass's own dots."""
    image = QImage(window.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    QWidget.render(window, painter, QPoint())
    painter.end()
    return image


def pixels(image: QImage) -> Image.Image:
    """The picture for Pillow, which can make few colours of many."""
    size = (image.width(), image.height())
    return Image.frombuffer("RGB", size, bytes(image.constBits()), "raw", "BGRX", image.bytesPerLine(), 1)


def few(picture: Image.Image) -> Image.Image:
    """The picture in its most frequent colours: a state's fill stays apart from the canvas, however pale both are."""
    sample = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.NEAREST)
    found = sorted(sample.getcolors(sample.width * sample.height) or [], reverse=True)[:240]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for _, colour in found for value in colour])  # type: ignore[union-attr]
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def store(image: QImage, path: Path) -> None:
    """Keep a picture, small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    few(pixels(image)).save(path, compress_level=1)


def hidden_tabs(window: TillWindow) -> list[str]:
    """The tabs of a narrow screen that are not shown."""
    taps = [tap for tap in window.targets() if tap.kind == "segment" and tap.meaning is None and not tap.chosen]
    return [tap.accessibleName() for tap in taps]


def _tap(window: TillWindow, name: str) -> None:
    next(tap for tap in window.targets() if tap.accessibleName() == name).click()
    settle()


def look_over(window: TillWindow, image: QImage, shot: Shot) -> list[str]:
    """Everything that is wrong with what is drawn. Colours hang on neither language nor size: two sizes are read."""
    is_read = shot.language == "en" and shot.scale == 100 and shot.size in (PLAIN, "0819x0614")
    return findings(window) + (low(window, image) if is_read else [])


def session(shots: list[Shot], out: Path | None) -> list[dict[str, Any]]:
    """Draw pictures of one window: all of one look. Without `out` nothing is kept."""
    application = QApplication.instance() or QApplication([])
    application.setStyle("Fusion")  # type: ignore[attr-defined]
    gc.disable()  # never inside a paint event
    look, rows = shots[0].look, []
    window = TillWindow(look)
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.show()
    for shot in shots:
        window.render(screen(shot.screen, shot.language))
        settle()
        image = QImage()
        for tab in ("", *hidden_tabs(window)):
            if tab:
                _tap(window, tab)
            before, image = image, draw(window, shot.scale / 100)
            if tab and image == before:  # a tab whose tap only asks the till
                continue
            number = len([row for row in rows if row["file"].startswith(shot.file.removesuffix(".png") + ".tab")])
            file = shot.file.replace(".png", f".tab{number + 2}.png") if tab else shot.file
            bad = look_over(window, image, shot)
            if out is not None:
                store(image, out / file)
            rows.append({"screen": shot.screen + (f" / {tab}" if tab else ""), "size": shot.size, "scale": shot.scale,
                         "theme": shot.theme, "language": shot.language, "hand": shot.hand, "file": file,
                         "findings": bad})  # fmt: skip
    window.close()
    window.deleteLater()
    settle()
    gc.collect()
    return rows


def groups(shots: list[Shot]) -> list[list[Shot]]:
    """The pictures by window, a language's together so that its states are made once."""
    found: dict[tuple[str, ...], list[Shot]] = {}
    for shot in shots:
        key = (shot.language, shot.size, str(shot.scale), shot.theme, shot.hand)
        found.setdefault(key, []).append(shot)
    return [found[key] for key in sorted(found)]


def make(shots: list[Shot], out: Path | None, jobs: int) -> list[dict[str, Any]]:
    """Draw pictures in several processes; their rows, in the order of their files."""
    work = groups(shots)
    if jobs == 1:
        made = [session(group, out) for group in work]
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            made = list(pool.map(session, work, [out] * len(work)))
    return sorted((row for rows in made for row in rows), key=lambda row: str(row["file"]))


def write_index(rows: list[dict[str, Any]], out: Path) -> None:
    """The list of the pictures, for programs and for people."""
    (out / "index.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")
    data = json.dumps(rows, ensure_ascii=False).replace("</", "<\\/")
    page = (HERE / "shots.html").read_text("utf-8")
    (out / "index.html").write_text(page.replace("[/* pictures */]", data), "utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures and the index, and say what was found."""
    parser = argparse.ArgumentParser(description="Pictures of every screen.")
    extent = next((one for one in ("quick", "full") if os.environ.get(one.upper(), "") not in ("", "0")), "")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--extent", choices=["", "quick", "full"], default=extent)
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help="a part of a picture's file name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    began = time.monotonic()
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.mkdir(parents=True)
    rows = make(plan(given.extent, given.only), given.out, given.jobs)
    write_index(rows, given.out)
    wrong = [row for row in rows if row["findings"]]
    for row in wrong[:40]:
        print(row["file"], *row["findings"][:6], sep="\n    ")  # noqa: T201, a command line prints
    took = time.monotonic() - began
    print(f"{len(rows)} pictures in {took:.0f} s, {len(wrong)} with findings: {given.out / 'index.html'}")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
