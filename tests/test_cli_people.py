"""`pos-app people` as IT meets it: a real process, a real data file, a real terminal."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pos_app.outbox import Database, Journal
from pos_app.outbox.people import People

ROOT = Path(__file__).resolve().parent.parent
PEPPER = {"POS_APP_SECRET_PIN_PEPPER": "a pepper of the test"}
NO_VAULT = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
WAIT_S = 30


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
[profile]
name = "people"
[perx]
base_url = "http://127.0.0.1:9"
client_id = "x"
loyalty_program_id = 1
[shop]
name = "Shop"
till = "Till 1"
[money]
currency = "SGD"
[data]
dir = "{(tmp_path / "data").as_posix()}"
""",
        "utf-8",
    )
    return path


@pytest.fixture
def people(config: Path):
    """Run one `pos-app people` command."""

    def run(*words: str, stdin: str = "", env: dict[str, str] = PEPPER) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pos_app", "people", *words, "--config", str(config)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
        )

    return run


def on_the_till(config: Path, task):
    """Do something with the till's data, as the till would."""

    async def scene():
        database = await Database.open(config.parent / "data" / "till.sqlite3")
        try:
            return await task(database)
        finally:
            await database.aclose()

    return asyncio.run(scene())


def test_a_supervisor_is_added_listed_approves_and_is_removed(people, config):
    assert "Nobody is known on this till yet." in people("list").stdout
    added = people("add", "Noor H.", "--role", "supervisor", "--badge", stdin="4729\nPOS:STAFF:NOORS-BADGE-1\n")
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout == "Noor H. is a supervisor of this till now, with a badge.\n"
    assert people("add", "Mai A.", stdin="3816\n").stdout == "Mai A. is a cashier of this till now.\n"
    assert people("list").stdout == "Mai A.: cashier\nNoor H.: supervisor, with a badge\n"
    assert json.loads(people("list", "--json").stdout)[1] == {
        "name": "Noor H.", "role": "supervisor", "has_badge": True,
    }  # fmt: skip

    async def approved(database: Database) -> list[object]:
        who = People(database, PEPPER["POS_APP_SECRET_PIN_PEPPER"].encode())
        return [await who.approve("Noor H.", "4729"), await who.approve_badge("NOORS-BADGE-1")]

    assert [one.name for one in on_the_till(config, approved)] == ["Noor H.", "Noor H."]
    assert people("remove", "Noor H.").returncode == 0
    assert people("list").stdout == "Mai A.: cashier\n"
    lines = on_the_till(config, lambda database: Journal(database).recent())
    assert [(line.person, line.what) for line in lines] == [
        ("Noor H.", "person removed"), ("Mai A.", "person added"), ("Noor H.", "person added"),
    ]  # fmt: skip


def test_a_badge_is_given_and_a_lost_one_taken_away(people, config):
    people("add", "Mai A.", stdin="3816\n")
    given = people("badge", "Mai A.", stdin="POS:STAFF:MAIS-BADGE-1\n")
    assert (given.returncode, given.stdout) == (0, "Mai A. has a badge. The PIN is as it was.\n")
    assert people("list").stdout == "Mai A.: cashier, with a badge\n"

    async def known(database: Database) -> object:
        return await People(database, PEPPER["POS_APP_SECRET_PIN_PEPPER"].encode()).known_badge("MAIS-BADGE-1")

    assert on_the_till(config, known).name == "Mai A."
    assert people("badge", "Mai A.", "--remove").stdout == "Mai A. has no badge any more. The PIN is as it was.\n"
    assert people("list").stdout == "Mai A.: cashier\n"


def test_a_folder_of_data_can_be_named_and_must_hold_a_till(people, config, tmp_path):
    people("add", "Mai A.", stdin="3816\n")
    named = [sys.executable, "-m", "pos_app", "people", "list", "--data"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run([*named, str(tmp_path / "data")], env=env, capture_output=True, text=True, timeout=WAIT_S)
    assert (found.returncode, found.stdout) == (0, "Mai A.: cashier\n")
    other = subprocess.run([*named, str(tmp_path / "other")], env=env, capture_output=True, text=True, timeout=WAIT_S)
    assert other.returncode == 2
    assert other.stderr.endswith("[OUT-06]\n")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (["add", "Noor H."], "1234\n", "PIN-06"),
        (["add", "Noor H."], "", "PIN-12"),
        (["add", " "], "4729\n", "PIN-09"),
        (["add", "Noor H.", "--badge"], "4729\n", "PIN-09"),
        (["remove", "Nobody"], "", "PIN-08"),
        (["badge", "Nobody"], "NOBODYS-BADGE\n", "PIN-08"),
        (["badge", "Nobody"], "SHORTY\n", "PIN-09"),
        (["badge", "Nobody", "--remove"], "", "PIN-08"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_code(people, words, stdin, code):
    done = people(*words, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"[{code}]\n")
    assert "Traceback" not in done.stderr
    assert not stdin or stdin.strip() not in done.stderr


def test_while_a_till_runs_it_says_so(people, config):
    async def meanwhile(database: Database) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(people, "list")

    done = on_the_till(config, meanwhile)
    assert done.returncode == 2
    assert "Another till program is using the same data." in done.stderr
    assert "DISK-05" in done.stderr


def test_without_a_vault_the_way_out_is_named(people):
    done = people("add", "Noor H.", "--role", "supervisor", stdin="4729\n", env=NO_VAULT)
    assert done.returncode == 2
    assert "VLT-002" in done.stderr
    assert people("list", env=NO_VAULT).stdout.startswith("Nobody is known")


def test_a_pepper_is_made_once_and_kept_in_the_vault(people, tmp_path):
    (tmp_path / "vault.py").write_text(
        """
import pathlib
from keyring.backend import KeyringBackend

FILE = pathlib.Path(__file__).with_suffix(".txt")


class Vault(KeyringBackend):
    priority = 1

    def get_password(self, service, name):
        return FILE.read_text() if FILE.exists() and name == "pin-pepper" else None

    def set_password(self, service, name, value):
        assert (service, name, FILE.exists()) == ("pos-app", "pin-pepper", False)
        FILE.write_text(value)
""",
        "utf-8",
    )
    env = {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}", "PYTHON_KEYRING_BACKEND": "vault.Vault"}
    for name, pin in (("Noor H.", "4729"), ("Ravi K.", "8306")):
        done = people("add", name, "--role", "supervisor", stdin=f"{pin}\n", env=env)
        assert (done.returncode, done.stderr) == (0, "")
    pepper = (tmp_path / "vault.txt").read_text()
    assert len(pepper) >= 32

    async def approve(database: Database) -> object:
        return await People(database, pepper.encode()).approve("Ravi K.", "8306")

    assert on_the_till(tmp_path / "config.toml", approve).name == "Ravi K."


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is a thing of POSIX")
@pytest.mark.parametrize(
    ("second", "code", "said"), [("4729", 0, "supervisor of this till"), ("4792", 2, "not the same")]
)
def test_a_terminal_asks_twice_and_shows_nothing(config, second, code, said):
    master, slave = os.openpty()
    words = ["people", "add", "Noor H.", "--role", "supervisor", "--config", str(config)]
    child = subprocess.Popen(
        [sys.executable, "-m", "pos_app", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **PEPPER},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    shown = ""
    try:
        for asked, typed in (("(not shown): ", "4729"), ("The same again: ", second)):
            shown = read_until(master, asked, shown)
            os.write(master, f"{typed}\n".encode())
        shown = read_until(master, said, shown)
        assert child.wait(WAIT_S) == code
    finally:
        child.kill()
        child.wait(WAIT_S)
        os.close(master)
    assert "4729" not in shown
    assert "4792" not in shown


def read_until(master: int, wanted: str, shown: str) -> str:
    """What the terminal shows, once it shows this."""
    end = time.monotonic() + WAIT_S
    while wanted not in shown:
        assert time.monotonic() < end, shown
        shown += os.read(master, 1024).decode()
    return shown
