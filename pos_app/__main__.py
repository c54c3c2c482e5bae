"""The program's entry: arguments to the command line or the till, and the last words when all else fails."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from pos_app import __version__, cli
from pos_app.cli.asking import Asked, WritePdf
from pos_app.domain.problems import problem
from pos_app.domain.shift import Report
from pos_app.settings import SettingsError, load, log_file
from pos_app.watch import farewell, watch

MAX_LOG_BYTES = 1024 * 1024


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 cannot be done here, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that cannot write a letter shows its number instead
            stream.reconfigure(errors="backslashreplace")
    sys.excepthook = last_words
    try:
        words = sys.argv[1:] if argv is None else argv
        args = cli.parse(words)
        if args.kiosk:
            os.environ["POS_APP_SCREEN_KIOSK"] = "true"  # as every setting: the environment wins over the files
        if args.command == "watch":
            return watch(("run", *words[1:]))
        if args.command in ("run", "practice"):
            return _run(args)
        if args.command == "tour":
            from pos_app.tour import run_tour

            return run_tour(args.out, args.json)
        if args.command in ("print", "codes"):
            return _on_paper(args)
        return cli.run(args, cli.Drawing(_badge_sheet, _report_pdf))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `pos-app config keys | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(args: cli.Arguments) -> int:
    if not has_display(os.environ, sys.platform):
        sys.stderr.write(
            "There is no display here (DISPLAY and WAYLAND_DISPLAY name none that is running), so the till cannot open "
            "its window. [APP-02]\nRun `make tour` (or `pos-app tour --out DIR`): the same program without a display, "
            "with a picture of every screen.\n"
        )
        return farewell(2)
    gc.disable()  # nothing that is loaded now is rubbish; the till's clock collects once it runs
    from pos_app.app import run_till

    return run_till(args)


def _on_paper(args: cli.Arguments) -> int:
    from pos_app import printing

    if args.command == "codes":
        done = printing.write_codes(args.out, args.language)
    else:
        try:
            done = printing.print_test(load(args.config, os.environ))
        except SettingsError as error:
            done = printing.Done(2, str(error))
    stream = sys.stdout if done.code == 0 else sys.stderr
    if stream is not None:
        stream.write(f"{done.words}\n")
    return done.code


def _badge_sheet(name: str, role: str, badge: str, path: Path) -> None:
    from pos_app import printing

    printing.write_badge_sheet(name, role, badge, path)


def _report_pdf() -> WritePdf:
    """Get ready to draw, and return what writes a report: as the till prints it, where its settings were named or are
    the usual ones; else in English on 80 mm.
    """
    from pos_app import printing

    printing.with_fonts()

    def write(report: Report, path: Path, asked: Asked, copy: bool) -> None:
        settings = load(asked.config, os.environ) if asked.data is None or asked.config is not None else None
        printing.write_report(report, path, settings, copy=copy)

    return write


def has_display(env: Mapping[str, str], platform: str) -> bool:
    """Tell whether a window can open: on Linux some display or an explicit Qt platform is needed."""
    if not platform.startswith("linux") or env.get("QT_QPA_PLATFORM") not in (None, "", "xcb", "wayland"):
        return True
    display = env.get("DISPLAY", "")
    if display.startswith(":"):  # a local one: its socket tells whether it is there; Qt would abort without it
        number = display[1:].split(".")[0]
        if Path(f"/tmp/.X11-unix/X{number}").exists():  # noqa: S108 - where X keeps its sockets
            return True
    return bool(env.get("WAYLAND_DISPLAY")) or bool(display and not display.startswith(":"))


def last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say an error that nobody caught in one sentence with its support code; the log gets the traceback."""
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = "w" if path.exists() and path.stat().st_size > MAX_LOG_BYTES else "a"
        with path.open(mode, encoding="utf-8", errors="backslashreplace") as log:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            log.write(f"{at} pos-app {__version__} {' '.join(sys.argv[1:2])}: {sentence(error)}\n")
            log.writelines(traceback.format_exception(kind, error, trace))
        where = f"Details for support are in {path}."
    except OSError as trouble:
        where = f"The log {path} could not be written ({trouble.strerror})."
    if sys.stderr is not None:  # a windowed program on Windows has none
        sys.stderr.write(f"{sentence(error)}\n{where}\n")


def sentence(error: BaseException) -> str:
    """Say an error in words: its own, those of its support code, or that the program is at fault."""
    if hasattr(error, "support_code"):
        return str(error)
    known = problem(str(getattr(error, "problem", "APP-01")))
    return f"{known.happened} {known.kept} {known.do_next} [{known.code}]"


if __name__ == "__main__":
    sys.exit(main())
