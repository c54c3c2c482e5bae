"""Settings: what is read from where, and every way in which they can be wrong."""

from __future__ import annotations

import copy
import pickle
import sys
import tomllib
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from pos_app import settings as face
from pos_app.settings import Secret, SettingsError, VaultError, build, keep_secret, load, resources, secret
from pos_app.settings.reading import example, keys

GOOD = """
[profile]
name = "lumen"
environment = "production"
[perx]
base_url = "https://api.example.com"
client_id = "abc"
loyalty_program_id = 7
[shop]
name = "Lumen & Oak"
till = "1"
[money]
currency = "SGD"
"""


@pytest.fixture
def written(tmp_path: Path):
    """Write a configuration file and return its path."""

    def write(text: str | bytes) -> Path:
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write


def problems(path: Path | None, env: dict[str, str] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        load(path, env or {})
    assert all(one.expected and one.fix and one.place for one in caught.value.problems)
    assert caught.value.support_code == caught.value.problems[0].code
    return [(one.code, one.key) for one in caught.value.problems]


def test_a_file_is_read_and_the_rest_has_defaults(written) -> None:
    read = load(written(GOOD), {})
    assert (read.profile.name, read.perx.loyalty_program_id, read.perx.timeout_s) == ("lumen", 7, 5.0)
    assert read.perx.allowed_hosts == {"api.example.com"}
    assert read.vouchers.minimum_field == "minimum_spending"
    assert read.data_dir.name == "lumen"
    with pytest.raises(AttributeError):
        read.profile.name = "other"  # type: ignore[misc]


def test_the_environment_wins_over_the_file(written) -> None:
    env = {
        "POS_APP_PROFILE_NAME": "till-9",
        "POS_APP_PERX_TIMEOUT_S": "2.5",
        "POS_APP_PERX_LOYALTY_PROGRAM_ID": "11",
        "POS_APP_SCREEN_LEFT_HAND": "yes",
        "POS_APP_RECEIPT_HEADER": "Lumen & Oak, Orchard Road",
        "POS_APP_SALE_PROPERTIES": "store={shop}, pos={till}",
        "POS_APP_DATA_DIR": "/srv/till",
        "POS_APP_SECRET_PERX_CLIENT": "not a setting",
        "PATH": "/bin",
    }
    read = load(written(GOOD), env)
    assert read.profile.name == "till-9"
    assert (read.perx.timeout_s, read.perx.loyalty_program_id) == (2.5, 11)
    assert read.screen.left_hand is True
    assert read.receipt.header == ("Lumen & Oak", "Orchard Road")
    assert read.sale.properties == {"store": "{shop}", "pos": "{till}"}
    assert read.data_dir == Path("/srv/till")


def test_a_good_override_mends_a_bad_file(written) -> None:
    bad = written(GOOD.replace('"SGD"', '"dollars"'))
    assert problems(bad) == [("CFG-007", "money.currency")]
    assert load(bad, {"POS_APP_MONEY_CURRENCY": "USD"}).money.currency == "USD"


def test_the_user_file_lies_over_the_machine_file(tmp_path, monkeypatch) -> None:
    machine, user = tmp_path / "machine.toml", tmp_path / "user.toml"
    monkeypatch.setattr("pos_app.settings.places.machine_file", lambda: machine)
    monkeypatch.setattr("pos_app.settings.places.user_file", lambda: user)
    machine.write_text(GOOD, "utf-8")
    user.write_text('[screen]\ntheme = "dark"\n[shop]\ntill = "2"\n', "utf-8")
    read = load(None, {})
    assert (read.shop.name, read.shop.till, read.screen.theme) == ("Lumen & Oak", "2", "dark")
    assert load(None, {"POS_APP_CONFIG": str(machine)}).shop.till == "1"


def test_no_file_at_all_is_one_problem(tmp_path, monkeypatch, written) -> None:
    monkeypatch.setattr("pos_app.settings.reading.config_files", list)
    assert problems(None) == [("CFG-001", "")]
    assert problems(tmp_path / "absent.toml") == [("CFG-001", "")]
    assert problems(None, {"POS_APP_CONFIG": str(tmp_path / "absent.toml")}) == [("CFG-001", "")]
    env = {key.variable: tomllib.loads(f"x = {key.default}")["x"] for key in keys() if key.is_required}
    assert load(None, {name: str(value) for name, value in env.items()}).money.currency == "SGD"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xff\xfe\x00", "CFG-002"),
        (b"# " + b"x" * 300_000, "CFG-002"),
        (b"[profile\nname = 1", "CFG-003"),
        (b'x = "C:\\Users"', "CFG-003"),
        (b"x = " + b"9" * 5000, "CFG-003"),
        (b"x = " + b"[" * 5000, "CFG-003"),
    ],
)
def test_a_file_that_cannot_be_read(written, text: bytes, code: str) -> None:
    assert problems(written(text)) == [(code, "")]


def test_a_folder_is_no_file(tmp_path) -> None:
    assert problems(tmp_path) == [("CFG-002", "")]


def test_a_byte_order_mark_is_fine(written) -> None:
    assert load(written(b"\xef\xbb\xbf" + GOOD.encode()), {}).shop.till == "1"


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("[money]", "[mony]", "CFG-004", "mony"),
        ('till = "1"', 'till = "1"\ntil = "1"', "CFG-005", "shop.til"),
        ("= 7", '= "7"', "CFG-006", "perx.loyalty_program_id"),
        ("= 7", "= true", "CFG-006", "perx.loyalty_program_id"),
        ("= 7", "= 7.0", "CFG-006", "perx.loyalty_program_id"),
        ("= 7", "= 0", "CFG-007", "perx.loyalty_program_id"),
        ("= 7", "= 7\ntimeout_s = nan", "CFG-006", "perx.timeout_s"),
        ("= 7", "= 7\ntimeout_s = inf", "CFG-006", "perx.timeout_s"),
        ("= 7", "= 7\ntimeout_s = 0", "CFG-007", "perx.timeout_s"),
        ("= 7", '= 7\naccept_hosts = ["other.example.com"]', "CFG-007", "perx.accept_hosts"),
        ("= 7", '= 7\naccept_hosts = "x"', "CFG-006", "perx.accept_hosts"),
        ("https://api", "http://api", "CFG-007", "perx.base_url"),
        ("https://api", "https://me:pw@api", "CFG-007", "perx.base_url"),
        ("https://api.example.com", "https://", "CFG-007", "perx.base_url"),
        ("https://api.example.com", "https://[1", "CFG-007", "perx.base_url"),
        ("https://api.example.com", "https://a:port", "CFG-007", "perx.base_url"),
        ('"lumen"', '"../up"', "CFG-007", "profile.name"),
        ('"lumen"', '"con"', "CFG-007", "profile.name"),
        ('"production"', '"live"', "CFG-007", "profile.environment"),
        ('"SGD"', '"sgd"', "CFG-007", "money.currency"),
        ("[money]", '[offline]\nredemption = "provisional"\n[money]', "CFG-007", "offline.redemption_signed_by"),
        ('client_id = "abc"', "", "CFG-008", "perx.client_id"),
    ],
)
def test_one_wrong_thing_is_one_problem(written, old: str, new: str, code: str, key: str) -> None:
    assert (code, key) in problems(written(GOOD.replace(old, new)))


def test_everything_wrong_is_reported_at_once(written) -> None:
    found = problems(written("profile = 3\n[perx]\nclient_secret = 'x'\n"), {"POS_APP_SHOP_TIL": "1"})
    assert {"CFG-005", "CFG-006", "CFG-008", "CFG-009"} <= {code for code, _ in found}


def test_a_secret_in_the_file_is_not_repeated(written) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(GOOD.replace("[shop]", 'client_secret = "hunter2"\n[shop]')), {})
    assert "hunter2" not in str(caught.value)
    assert "secret set" in str(caught.value)


def test_a_wrong_value_is_shown_bounded_and_plain(written) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(GOOD.replace('"SGD"', '"\\u202e' + "x" * 5000 + '"')), {})
    assert len(str(caught.value)) < 400
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize("name", ["POS_APP_PERX_TIMEOUT_S", "POS_APP_OFFLINE_MAX_COUNT", "POS_APP_SCREEN_FULL_SCREEN"])
@pytest.mark.parametrize("text", ["", "soon", "1_0", "٣", "nan", "0x10"])
def test_a_variable_that_does_not_fit(written, name: str, text: str) -> None:
    assert [code for code, _ in problems(written(GOOD), {name: text})] == ["CFG-006"]


def test_http_is_for_this_machine_only(written) -> None:
    for host in ("127.0.0.1:8080", "localhost:1", "[::1]:80"):
        assert load(written(GOOD.replace("https://api.example.com", f"http://{host}")), {}).perx.allowed_hosts


def test_the_example_is_complete_and_loads(written) -> None:
    text = example()
    assert load(written(text), {}) == build(tomllib.loads(text), {})
    every = "\n".join(line.removeprefix("#") if not line.startswith("# ") else line for line in text.splitlines())
    assert load(written(every), {}) == load(written(text), {})
    assert all(key.sentence.endswith(".") for key in keys())


def test_usb_ids_become_numbers(written) -> None:
    read = load(written(GOOD + '[scanner]\nusb = ["05e0:1900", "0C2E"]\n'), {})
    assert read.scanner.usb_ids == ((0x05E0, 0x1900), (0x0C2E, None))
    assert ("CFG-007", "scanner.usb") in problems(written(GOOD + '[scanner]\nusb = ["5e0"]\n'))


def test_a_slip_printer_has_to_be_named_and_older_files_are_read_as_before(written) -> None:
    def receipt(lines: str) -> str:
        return f"{GOOD}[receipt]\n{lines}\n"

    assert problems(written(receipt('printer = "escpos"'))) == [("CFG-007", "receipt.port")]
    read = load(written(receipt('printer = "pdf"\npdf_dir = "slips"\nheader = ["Lumen & Oak"]')), {}).receipt
    assert (read.printer, read.pdf_dir, read.header, read.width_mm) == ("pdf", "slips", ("Lumen & Oak",), 80)
    named = 'printer = "escpos"\nport = "COM7"\n'
    assert load(written(receipt(named + 'qr = "https://slips.example/{ref}"')), {}).receipt.port == "COM7"
    for line in ("width_mm = 70", "dots = 577", 'drawer = "pin3"', 'qr = "https://x.example"', "baud = 1"):
        key = line.partition(" ")[0]
        assert [one[1] for one in problems(written(receipt(named + line)))] == [f"receipt.{key}"], line


def test_resources_in_the_checkout_and_frozen(monkeypatch, tmp_path) -> None:
    assert resources() == Path(face.__file__).parents[2] / "resources"
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resources() == tmp_path / "resources"


# --- secrets ---------------------------------------------------------------------------------------


class Drawer(keyring.backend.KeyringBackend):
    """A vault in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        self.held[service, username] = password


@pytest.fixture
def drawer():
    """Put a vault in memory in the place of the machine's."""
    before, mine = keyring.get_keyring(), Drawer()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def test_a_secret_comes_from_the_environment_or_the_vault(drawer: Drawer) -> None:
    assert secret("perx-client", {}) is None
    keep_secret("perx-client", Secret("from the vault"))
    held = secret("perx-client", {})
    assert held is not None
    assert held.reveal() == "from the vault"
    assert secret("perx-client", {"POS_APP_SECRET_PERX_CLIENT": "from outside"}) == Secret("from outside")


def test_a_secret_never_shows() -> None:
    one = Secret("hunter2")
    assert "hunter2" not in f"{one} {one!r} {[one]}"
    for leak in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            leak(one)


def test_what_a_vault_refuses_is_named(drawer: Drawer) -> None:
    drawer.locked = True
    for act in (lambda: secret("a", {}), lambda: keep_secret("a", Secret("x"))):
        with pytest.raises(VaultError) as caught:
            act()
        assert caught.value.support_code == "VLT-003"


def test_a_machine_without_a_vault(drawer: Drawer) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    with pytest.raises(VaultError) as caught:
        secret("perx-client", {})
    assert caught.value.support_code == "VLT-002"


@pytest.mark.parametrize("text", ["", "x" * 1201])
def test_a_secret_has_a_length(drawer: Drawer, text: str) -> None:
    with pytest.raises(VaultError, match="VLT-004"):
        keep_secret("perx-client", Secret(text))
    with pytest.raises(VaultError, match="VLT-001"):
        secret("no such/name", {})
