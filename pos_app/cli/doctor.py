"""`pos-app doctor`: what is right and wrong with this machine, printed for a person or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from msgspec import to_builtins

from pos_app.examine import Finding, Level, examine

EXIT_CODES: dict[Level, int] = {"ok": 0, "warn": 1, "bad": 2}


def run(config: Path | None, *, as_json: bool) -> int:
    """Examine the machine, print the findings and return 0 fine, 1 warnings, 2 trouble."""
    findings = list(examine(config))
    worst = max((finding.level for finding in findings), key=EXIT_CODES.__getitem__)
    if as_json:
        print(json.dumps({"worst": worst, "findings": [to_builtins(finding) for finding in findings]}))
    else:
        print(table(findings))
    return EXIT_CODES[worst]


def table(findings: Iterable[Finding]) -> str:
    """Write findings as lines for a person; plain ASCII layout, so that every console can show it."""
    lines = []
    for finding in findings:
        mark = {"ok": "ok  ", "warn": "WARN", "bad": "BAD "}[finding.level]
        lines.append(f"{mark}  {finding.probe:<9} {finding.what}")
        if finding.fix:
            lines.append(f"{'':16}-> {finding.fix}{f' [{finding.code}]' if finding.code else ''}")
    return "\n".join(lines)
