"""Installed, and asked on the command line."""

from __future__ import annotations

from collections.abc import Callable

from making import contents, setup
from making.places import version
from wine.prefix import Prefix

from proving.counter import PIN, SUPERVISOR
from proving.proof import CONFIG_WRONG, Proof, agree, exits
from proving.setups import HOME, OLD, old_setup, signer


def _papers(proof: Proof) -> str:
    contents.check(setup.IMAGE)
    size = setup.setup_file().stat().st_size
    agree(size <= setup.MOST_BYTES, f"the setup has {size} bytes")
    return f"every file is listed and every library found; the setup has {size:,} bytes"


def _refuses_bad_configuration(proof: Proof) -> str:
    wrong = proof.folder / "wrong.toml"
    wrong.write_text("[profile]\nname = 7\n", "utf-8")
    code = proof.machine.install(old_setup(), f"/CONFIG={Prefix.path(wrong)}")
    exits(code, CONFIG_WRONG, proof)
    agree(not proof.machine.home.exists(), "something was installed all the same")
    return "a configuration that is not one: exit code 12, nothing installed"


def _installs(proof: Proof) -> str:
    told = proof.folder / "config.toml"
    told.write_text(proof.counter.configuration(), "utf-8")
    code = proof.machine.install(old_setup(), f"/CONFIG={Prefix.path(told)}", "/AUTOSTART=yes")
    exits(code, 0, proof)
    agree(
        (proof.machine.shared / "config.toml").read_bytes() == told.read_bytes(), "the configuration was not imported"
    )
    agree(proof.machine.version() == OLD, f"Windows lists version {proof.machine.version()!r}")
    agree(proof.machine.shortcut().exists(), "there is no entry in the Start menu of everybody")
    agree(proof.machine.autostart() == f'"{HOME}\\pos-app.exe" watch', f"log-on starts {proof.machine.autostart()!r}")
    log = proof.machine.log.read_text("utf-8", "replace")
    agree("icacls" in log or "/grant:r" in log, "the rights were not set")
    for file in (old_setup(), *(proof.machine.home / name for name in ("pos-app.exe", "uninstall.exe"))):
        agree("Self-made" in signer(file), f"{file.name} is not signed")
    return f"version {OLD} silently, with its configuration, autostart and Start menu; program and uninstaller signed"


def _answers(proof: Proof) -> str:
    code, said = proof.counter.ask("version")
    agree(code == 0 and str(said).startswith(f"pos-app {version()}"), f"version said {said!r}")
    for name, value in proof.counter.perx.secrets.items():
        secret = name.removeprefix("POS_APP_SECRET_").lower().replace("_", "-")
        code, said = proof.counter.ask("secret", "set", secret, given=f"{value}\n")
        agree(code == 0, f"secret set {secret} said {said!r}")
    code, said = proof.counter.ask("secret", "check")
    agree(code == 0, f"secret check said {said!r}")
    proof.counter.plug_in()
    code, told = proof.counter.ask("doctor", "--json")
    bad = [one["what"] for one in told["findings"] if one["level"] == "bad"]
    agree(code in (0, 1) and not bad, f"doctor found {bad}")
    return f"version, secrets in Credential Manager, doctor ({len(told['findings'])} findings, none bad)"


def _knows_people(proof: Proof) -> str:
    code, said = proof.counter.ask("people", "add", SUPERVISOR, "--role", "supervisor", given=f"{PIN}\n")
    agree(code == 0, f"people add said {said!r}")
    return "a supervisor, her PIN keyed with a secret of Credential Manager"


STEPS: tuple[tuple[str, Callable[[Proof], str]], ...] = (
    ("contents and size", _papers),
    ("a wrong configuration is refused", _refuses_bad_configuration),
    ("installed silently", _installs),
    ("asked on the command line", _answers),
    ("a supervisor", _knows_people),
)
