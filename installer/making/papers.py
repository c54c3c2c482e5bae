"""The papers that go with the program: the licences of what it is made of, and the list of it (CycloneDX 1.6)."""

from __future__ import annotations

import ast
import json
import re
import shutil
import uuid
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import Any

from making import runtime
from making.places import APP, ON_WINDOWS, PUBLISHER, ROOT, RUNTIME, SOURCES, TITLE, WORK, BuildError, version

SBOM = f"{APP}.cdx.json"
_LICENCE_FILES = ("licen", "copying", "notice", "authors")


@dataclass(frozen=True)
class Part:
    """One thing that the program is made of."""

    name: str
    version: str
    licence: str
    purl: str
    files: tuple[Path, ...] = ()


def write(folder: Path) -> None:
    """Write the licences and the list of parts beside the program. Errors: BuildError when a licence is missing."""
    parts = [*_of_python(), *_of_others()]
    target = folder / "licences"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    lines = [f"{TITLE} {version()} is made of these parts; the folders here hold their licences.", ""]
    for part in sorted(parts, key=lambda one: one.name.lower()):
        lines.append(f"{part.name} {part.version}: {part.licence}")
        for file in part.files:
            (target / part.name).mkdir(exist_ok=True)
            shutil.copyfile(file, target / part.name / f"{file.stem}.txt")
    lines += ["", "Qt and PySide6 are used under the LGPL 3.0: their libraries in _internal\\PySide6 may be replaced",
              "by others of the same version, and their source is at https://download.qt.io."]  # fmt: skip
    (target / "README.txt").write_text("\n".join(lines) + "\n", "utf-8", newline="\r\n")
    (folder / SBOM).write_text(json.dumps(_bom(parts), indent=1) + "\n", "utf-8", newline="\n")


def _frozen() -> set[str]:
    """Name the top-level modules that are in the program, as PyInstaller wrote them down."""
    names: set[str] = set()
    for toc in ("PYZ-00.toc", "COLLECT-00.toc"):
        text = (WORK / "work" / APP / toc).read_text("utf-8")
        for row in _rows(ast.literal_eval(text)):
            names.add(row[0].replace("\\", "/").split("/")[0].split(".")[0])
    return names


def _rows(value: object) -> list[tuple[str, ...]]:
    """Find the rows (name, path, kind) in a table of contents, however deep they are."""
    if isinstance(value, tuple) and len(value) >= 3 and all(isinstance(one, str) for one in value[:1]):
        return [value] if isinstance(value[2], str) else _rows(list(value[1:]))
    if isinstance(value, list | tuple):
        return [row for one in value for row in _rows(one)]
    return []


def _of_python() -> list[Part]:
    """List the packages of which something was frozen, PyInstaller's starter among them."""
    frozen = _frozen()
    parts = []
    for pin in runtime.pins("freeze.txt"):
        info = next((one for one in runtime.packages().glob("*.dist-info") if _is(one, pin.name)), None)
        if info is None:
            raise BuildError(f"{pin.name} is pinned, but not in the runtime.")
        tops = {line.split(",")[0].split("/")[0].split(".")[0] for line in
                (info / "RECORD").read_text("utf-8").splitlines()}  # fmt: skip
        if pin.name != "pyinstaller" and not tops & frozen:
            continue
        about = Parser().parsestr((info / "METADATA").read_text("utf-8"), headersonly=True)
        licence = _licence(about)
        files = _licence_files(info)
        if pin.name in ("pyside6-essentials", "shiboken6"):
            licence, files = "LGPL-3.0-only", _texts("LGPL-3.0", "GPL-3.0")
        if not licence:
            raise BuildError(f"{pin.name} names no licence.")
        parts.append(Part(pin.name, pin.version, licence, f"pkg:pypi/{pin.name}@{pin.version}", files))
    return parts


def _is(info: Path, name: str) -> bool:
    return re.sub(r"[-_.]+", "-", info.name.split("-")[0]).lower() == name


def _licence(about: Any) -> str:
    expression = about.get("License-Expression") or ""
    named = about.get("License") or ""
    classes = [one.rsplit(":: ", 1)[-1] for one in about.get_all("Classifier", []) if one.startswith("License ::")]
    short = named if named and len(named) < 60 and "\n" not in named else ""
    return str(expression or short or ", ".join(classes)).strip()


def _licence_files(info: Path) -> tuple[Path, ...]:
    found = [one for one in sorted(info.rglob("*")) if one.is_file() and one.stem.lower().startswith(_LICENCE_FILES)]
    return tuple(found)


def _texts(*names: str) -> tuple[Path, ...]:
    return tuple(SOURCES / "licences" / f"{name}.txt" for name in names)


def _of_others() -> list[Part]:
    """List what came in another way than as a package of its own."""
    fonts, icons = ROOT / "resources" / "fonts", ROOT / "resources" / "icons"
    python = _python_version()
    text = RUNTIME / "LICENSE.txt"
    if ON_WINDOWS:
        import sys

        text = Path(sys.base_prefix) / "LICENSE.txt"
    return [
        Part("cpython", python, "PSF-2.0", f"pkg:generic/python@{python}", (text,)),
        Part("inter", "3.019", "OFL-1.1", "pkg:generic/inter@3.019", (fonts / "OFL-Inter.txt",)),
        Part("noto-sans-thai", "2.000", "OFL-1.1", "pkg:generic/noto-sans-thai@2.000",
             (fonts / "OFL-NotoSansThai.txt",)),
        Part("noto-sans-cjk-sc", "2.004", "OFL-1.1", "pkg:generic/noto-sans-cjk-sc@2.004",
             (fonts / "OFL-NotoSansCJK.txt",)),
        Part("lucide", "1.62.0", "ISC", "pkg:npm/lucide-static@1.62.0", (icons / "LICENSE-lucide.txt",)),
    ]  # fmt: skip


def _python_version() -> str:
    """Return the version of the CPython that is frozen, as its library says."""
    sys_path = next(one for one in (RUNTIME / "python312.dll", *_base_libraries()) if one.exists())
    data = sys_path.read_bytes()
    at = data.find("FileVersion".encode("utf-16-le"))
    return data[at + 26 : at + 50].decode("utf-16-le", "ignore").strip("\0 ").split("\0")[0]


def _base_libraries() -> list[Path]:
    import sys

    return [Path(sys.base_prefix) / "python312.dll"]


def _bom(parts: list[Part]) -> dict[str, Any]:
    components = [
        {
            "type": "library",
            "bom-ref": part.purl,
            "name": part.name,
            "version": part.version,
            "purl": part.purl,
            "licenses": [{"license": {"name": part.licence}}],
        }
        for part in sorted(parts, key=lambda one: one.name.lower())
    ]
    own = f"pkg:generic/{APP}@{version()}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own + json.dumps(components))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": APP,
                "version": version(),
                "supplier": {"name": PUBLISHER},
            }
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [str(one["bom-ref"]) for one in components]}],
    }
