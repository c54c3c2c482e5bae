"""The command line as a person meets it: a real process, its words and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest

from pos_app import cli, examine
from pos_app.__main__ import has_display, last_words, sentence

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def pos_app(tmp_path: Path):
    """Run the program in a home of its own and return what it said."""
    kept = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")

    def run(*words: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        home = {name: str(tmp_path) for name in ("HOME", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "USERPROFILE")}
        base = {name: os.environ[name] for name in kept if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "pos_app", *words],
            cwd=ROOT,
            env=base | home | {"PYTHONIOENCODING": "utf-8"} | env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            encoding="utf-8",
        )

    return run


@pytest.fixture
def config(pos_app, tmp_path: Path) -> Path:
    """Write the example configuration, pointed at nothing."""
    path = tmp_path / "till.toml"
    text = pos_app("config", "example").stdout
    text = text.replace("https://api.perxtech.io", "http://127.0.0.1:9").replace("the-client-id", "lumen-tills")
    path.write_text(text, "utf-8")
    return path


def test_the_till_is_the_default_command() -> None:
    assert cli.parse([]).command == "run"
    assert cli.parse(["--sandbox"]).sandbox is True
    assert cli.parse(["run", "--data", "d"]).data == Path("d")
    assert cli.parse(["sandbox", "--port", "0", "--seed", "demo"]).rest == ["--port", "0", "--seed", "demo"]
    assert cli.parse(["tour", "--json"]).json is True


def test_the_words_of_the_outbox() -> None:
    args = cli.parse(["outbox", "settle", "12", "done", "--by", "Mai A.", "--reason", "seen", "--data", "d"])
    assert (args.command, args.action, args.state, args.data) == ("outbox", "settle", "done", Path("d"))
    assert cli.parse(["outbox", "reconcile", "--day", "2026-02-28"]).day == date(2026, 2, 28)


def test_a_command_loads_only_what_it_needs() -> None:
    asks = "import sys, pos_app.cli; print(*{'PySide6', 'httpx', 'starlette'}.intersection(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")


OUTBOX_WRONG = [["outbox"], ["outbox", "list", "--state", "x"], ["outbox", "list", "--limit", "0"],
                ["outbox", "settle", "1", "sending", "--by", "x", "--reason", "y"], ["outbox", "settle", "1", "done"],
                ["outbox", "reconcile", "--day", "2026-02-30"]]  # fmt: skip


@pytest.mark.parametrize("words", [*OUTBOX_WRONG, ["fly"], ["config"], ["run", "--nope"], ["secret", "set"]])
def test_wrong_words_are_told(words: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.parse(words)
    assert caught.value.code == 2
    assert "usage: pos-app" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux runs without any display")
def test_without_a_display_the_tour_is_named(pos_app) -> None:
    done = pos_app("run", "--sandbox")
    assert (done.returncode, done.stdout) == (2, "")
    assert "make tour" in done.stderr


def test_what_counts_as_a_display() -> None:
    assert has_display({}, "win32")
    assert not has_display({"DISPLAY": ""}, "linux")
    assert has_display({"QT_QPA_PLATFORM": "offscreen"}, "linux")


def test_version_names_the_parts(pos_app) -> None:
    assert "PySide6-Essentials 6." in pos_app("version").stdout


def test_config_keys_and_example(pos_app) -> None:
    rows = json.loads(pos_app("config", "keys", "--json").stdout)
    assert {"perx.base_url", "screen.theme"} <= {row["key"] for row in rows}
    assert "POS_APP_PERX_BASE_URL" in pos_app("config", "keys").stdout
    assert tomllib.loads(pos_app("config", "example").stdout)["money"] == {"currency": "SGD"}


def test_config_check(pos_app, config: Path) -> None:
    good = pos_app("config", "check", "--config", str(config))
    assert (good.returncode, good.stderr) == (0, "")
    assert "lumen-staging" in good.stdout
    bad = pos_app("config", "check", "--config", str(config), POS_APP_SHOP_TIL="x")
    assert bad.returncode == 2
    assert "POS_APP_SHOP_TILL?" in bad.stderr
    assert "Traceback" not in bad.stderr


def test_a_console_that_cannot_write_a_letter(pos_app, config: Path) -> None:
    done = pos_app("config", "check", "--config", str(config), PYTHONIOENCODING="cp1252", POS_APP_SHOP_TILL="収銀台")
    assert done.returncode == 0
    assert "\\u53ce" in done.stdout


def test_config_check_says_what_is_left_from_the_example(pos_app, tmp_path) -> None:
    example = tmp_path / "config.toml"
    example.write_text(pos_app("config", "example").stdout, "utf-8")
    checked = pos_app("config", "check", "--config", example)
    assert (checked.returncode, checked.stderr.count("\n")) == (0, 1)
    assert checked.stderr.startswith("perx.client_id: ")


def test_secrets_are_checked_and_not_shown(pos_app, config: Path) -> None:
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    held = pos_app("secret", "check", "--config", str(config), POS_APP_SECRET_PERX_CLIENT="hunter2", **env)
    assert (held.returncode, held.stdout) == (0, "perx-client: present\n")
    refused = pos_app("secret", "set", "perx-client", stdin="hunter2\n", **env)
    assert refused.returncode == 2
    assert "VLT-002" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hunter2" not in refused.stdout + refused.stderr


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pos_app", "config", "keys"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_doctor_without_a_configuration(pos_app) -> None:
    done = pos_app("doctor", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["worst"]) == (2, "bad")
    missing = [one for one in said["findings"] if one["code"] == "CFG-001"]
    assert missing[0]["probe"] == "config"
    assert "sandbox" in missing[0]["fix"]
    assert all(one["what"] and (one["level"] == "ok" or one["fix"]) for one in said["findings"])


def test_doctor_with_a_configuration(pos_app, config: Path) -> None:
    env = {"POS_APP_SECRET_PERX_CLIENT": "hunter2", "POS_APP_SCANNER_PORT": "off"}
    done = pos_app("doctor", "--config", str(config), **env)
    assert done.returncode in (0, 1, 2)
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stdout
    assert {"versions", "config", "secrets", "data", "scanner", "sound"} <= {
        line[6:15].strip() for line in done.stdout.splitlines()
    }


def test_doctor_finds_nothing_wrong_with_a_sandbox_shop(pos_app, config: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pos_app", "sandbox", "--port", "0", "--data", str(tmp_path / "shop")]
    with subprocess.Popen(
        [*words, "--exit-with-stdin"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sandbox:
        assert sandbox.stdout is not None
        shop = json.loads(sandbox.stdout.readline())
        env = {
            "POS_APP_PERX_BASE_URL": shop["base_url"],
            "POS_APP_PERX_CLIENT_ID": shop["client_id"],
            "POS_APP_SECRET_PERX_CLIENT": shop["client_secret"],
            "POS_APP_SCANNER_PORT": "off",
            "POS_APP_DATA_DIR": str(tmp_path / "data"),
        }
        good = pos_app("doctor", "--config", str(config), "--json", **env)
        bad = pos_app("doctor", "--config", str(config), "--json", **env | {"POS_APP_SECRET_PERX_CLIENT": "wrong"})
        sandbox.communicate(timeout=20)
    findings = json.loads(good.stdout)["findings"]
    assert [one for one in findings if one["level"] == "bad"] == []
    assert [one["level"] for one in findings if one["probe"] == "server"] == ["ok", "ok"]
    assert bad.returncode == 2
    assert "DOC-008" in {one["code"] for one in json.loads(bad.stdout)["findings"]}
    assert "wrong" not in bad.stdout


@pytest.mark.parametrize(
    ("python", "pyside", "level"),
    [
        ((3, 11, 7), "6.12.0", "bad"),
        ((3, 12, 1), "6.12.0", "ok"),
        ((3, 11, 7), "6.11.3", "ok"),
        ((3, 11, 7), "", "bad"),
    ],
)
def test_doctor_refuses_the_bad_pair_of_versions(python: tuple[int, ...], pyside: str, level: str) -> None:
    assert [one.level for one in examine.versions(python, pyside)] == [level]


def test_doctor_judges_the_data_folder(tmp_path: Path, monkeypatch) -> None:
    assert [one.level for one in examine.data_folder(tmp_path / "new" / "deep")] == ["ok"]
    file = tmp_path / "file"
    file.write_text("x", "utf-8")
    assert [one.code for one in examine.data_folder(file / "below")] == ["DOC-005"]
    monkeypatch.setattr(examine, "GOOD_FREE_BYTES", 1 << 62)
    assert [one.code for one in examine.data_folder(tmp_path)] == ["DOC-006"]


@pytest.mark.fault("row 37")
def test_last_words_are_a_sentence_and_the_log_has_the_rest(tmp_path: Path, monkeypatch, capsys) -> None:
    log = tmp_path / "logs" / "pos-app.log"
    monkeypatch.setattr("pos_app.__main__.log_file", lambda: log)
    error = ZeroDivisionError("secret detail")
    last_words(ZeroDivisionError, error, None)
    said = capsys.readouterr().err
    assert "[APP-01]" in said
    assert "ZeroDivisionError" not in said
    assert "ZeroDivisionError: secret detail" in log.read_text("utf-8")


def test_an_error_with_a_support_code_is_said_in_its_words() -> None:
    error = Exception("raw")
    error.problem = "DISK-01"  # type: ignore[attr-defined]
    assert sentence(error).startswith("The till's disk is full.")
    assert sentence(error).endswith("[DISK-01]")
