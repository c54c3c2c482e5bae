"""The setups: what is packed, the setup program (NSIS), the MSI that carries it, and the manifest for winget.

`SIGN_COMMAND` is called with the path of each file that wants a signature: the two programs, the uninstaller and the
setup. It signs in place and ends with 0. Without it nothing is signed.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import uuid
from pathlib import Path

from making import contents, freeze, locales, papers
from making.places import (
    APP,
    ON_WINDOWS,
    OUT,
    PUBLISHER,
    SOURCES,
    TITLE,
    WORK,
    BuildError,
    digest,
    files_below,
    four,
    say,
    version,
)

IMAGE = WORK / "image"
"""What is installed, as it is installed."""
SCRIPTS = (SOURCES / "setup.nsi", SOURCES / "words.nsh")
MOST_BYTES = 35_000_000
_UPGRADE_CODE = "5B0F0B0B-6B0E-4B53-9A0C-3D3A0E6B7C11"


def setup_file() -> Path:
    """Return where the setup program is left."""
    return OUT / f"{APP}-{version()}-x64-setup.exe"


def msi_file() -> Path:
    """Return where the MSI is left."""
    return OUT / f"{APP}-{version()}-x64.msi"


def build() -> None:
    """Make the setup, the MSI and the manifest. Errors: BuildError."""
    freeze.build()
    _image()
    OUT.mkdir(parents=True, exist_ok=True)
    stamp = WORK / "setup.stamp"
    wanted = digest([*files_below(IMAGE), *SCRIPTS, Path(__file__)], sign_command())
    if not setup_file().exists() or not stamp.exists() or stamp.read_text("utf-8") != wanted:
        pack(IMAGE, setup_file(), version())
        stamp.write_text(wanted, "utf-8")
    msi(setup_file(), msi_file(), version())
    _winget()
    size = setup_file().stat().st_size
    say(f"{setup_file().name}: {size / 1e6:.1f} MB. {msi_file().name}: {msi_file().stat().st_size / 1e6:.1f} MB.")
    if size > MOST_BYTES:
        raise BuildError(f"The setup has {size} bytes; {MOST_BYTES} are allowed.")


def _image() -> None:
    """Put the program and its papers together, look at every file, and sign the programs."""
    shutil.rmtree(IMAGE, ignore_errors=True)
    shutil.copytree(freeze.PROGRAM, IMAGE)
    locales.trim(IMAGE / locales.FOLDER)
    papers.write(IMAGE)
    contents.check(IMAGE)
    sign_programs(IMAGE)


def sign_programs(image: Path) -> None:
    """Sign the two programs of a folder, if there is a command for it."""
    command = sign_command()
    if command:
        for name in ("pos-app.exe", "pos-app-cli.exe"):
            _call([*shlex.split(command, posix=not ON_WINDOWS), str(image / name)])


def sign_command() -> str:
    """Return the command that signs a file, "" for none."""
    return os.environ.get("SIGN_COMMAND", "")


def pack(image: Path, out: Path, of: str, *, quick: bool = False) -> None:
    """Pack a program's folder into a setup program of a version; `quick` packs less tightly, for a proof only."""
    say(f"Packing {out.name} ...")
    numbers = ".".join(map(str, four(of)))
    given = {"VERSION": of, "FOUR": numbers, "TITLE": TITLE, "PUBLISHER": PUBLISHER, "DIST": str(image),
             "SEP": os.sep, "ICON": str(SOURCES / "pos-app.ico"), "OUT": str(out)}  # fmt: skip
    words = [f"-D{name}={value}" for name, value in given.items()]
    if not ON_WINDOWS:
        words.append("-DAMD64")
    if quick:
        words.append("-DQUICK")
    if sign_command():
        words.append(f"-DSIGN={sign_command()}")
    out.unlink(missing_ok=True)
    _call([_makensis(), "-V2", "-WX", *words, str(SOURCES / "setup.nsi")])
    if not out.exists():
        raise BuildError(f"makensis left no {out.name}.")


def _makensis() -> str:
    found = shutil.which("makensis") or shutil.which("makensis", path=r"C:\Program Files (x86)\NSIS")
    if found is None:
        raise BuildError("makensis is missing: install NSIS 3.08 or later.")
    return found


def _call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    if done.returncode != 0:
        raise BuildError(f"{command[0]} failed with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")


# --- the MSI ---------------------------------------------------------------------------------------

_WXS = """<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="{product}" Name="{title}" Version="{version}" Language="1033" Manufacturer="{publisher}"
      UpgradeCode="{upgrade}">
    <Package InstallerVersion="200" Compressed="yes" InstallScope="perMachine"/>
    <Media Id="1" Cabinet="setup.cab" EmbedCab="yes"/>
    <Upgrade Id="{upgrade}">
      <UpgradeVersion Minimum="0.0.0" IncludeMinimum="yes" Maximum="255.255.65535" IncludeMaximum="yes"
        Property="OTHERS"/>
    </Upgrade>
    <Property Id="CONFIG" Value=" "/>
    <Property Id="STARTMENU" Value="yes"/>
    <Property Id="AUTOSTART" Value="no"/>
    <Property Id="KIOSK" Value="no"/>
    <Property Id="WAIT" Value="0"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="{app}">
          <Directory Id="SETUPDIR" Name="msi">
            <Component Id="Setup" Guid="{component}" Win64="yes">
              <File Id="SetupFile" Source="{source}" Name="{source}" KeyPath="yes"/>
            </Component>
          </Directory>
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Main" Level="1"><ComponentRef Id="Setup"/></Feature>
    <CustomAction Id="RunSetup" FileKey="SetupFile" Execute="deferred" Impersonate="no" Return="check"
      ExeCommand="/S /MSI /STARTMENU=[STARTMENU] /AUTOSTART=[AUTOSTART] /KIOSK=[KIOSK] /WAIT=[WAIT] /CONFIG=[CONFIG]"/>
    <CustomAction Id="RunUninstall" FileKey="SetupFile" Execute="deferred" Impersonate="no" Return="check"
      ExeCommand="/S /MSI /UNINSTALL"/>
    <InstallExecuteSequence>
      <RemoveExistingProducts After="InstallFinalize"/>
      <Custom Action="RunSetup" After="InstallFiles">NOT REMOVE</Custom>
      <Custom Action="RunUninstall" After="InstallInitialize">REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE</Custom>
    </InstallExecuteSequence>
  </Product>
</Wix>
"""


def msi(source: Path, out: Path, of: str) -> None:
    """Make the MSI of a version: it carries the setup and runs it silently, so that both install by the same rules.

    The setup that it carries has its version in its name: an update removes that of the version before, and no other.
    """
    if ON_WINDOWS and shutil.which("wixl") is None:
        say("There is no wixl here: the MSI is left out.")
        return
    own = uuid.uuid5(uuid.NAMESPACE_URL, f"{APP} msi {of}")
    text = _WXS.format(
        product=str(own).upper(),
        title=TITLE,
        version=of,
        publisher=PUBLISHER,
        upgrade=_UPGRADE_CODE,
        app=APP,
        component=str(uuid.uuid5(own, "setup")).upper(),
        source=source.name,
    )
    wxs = source.with_suffix(".wxs")  # beside the setup: wixl takes no absolute paths
    wxs.write_text(text, "utf-8")
    out.unlink(missing_ok=True)
    _call(["wixl", "-a", "x64", "-o", str(out), str(wxs)])
    wxs.unlink()


# --- winget ----------------------------------------------------------------------------------------

_ID = "Perx.Till"
_CODES = {
    10: "packageInUse",
    11: "downgrade",
    12: "invalidParameter",
    14: "diskFull",
    16: "systemNotSupported",
    18: "installInProgress",
}


def _winget() -> None:
    """Write the three files of a winget manifest; `RELEASE_URL` is the folder that the setup is downloaded from."""
    folder = OUT / "winget"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    base = os.environ.get("RELEASE_URL", "https://releases.invalid").rstrip("/")
    sha = hashlib.sha256(setup_file().read_bytes()).hexdigest().upper()
    head = f"PackageIdentifier: {_ID}\nPackageVersion: {version()}\n"
    tail = "ManifestVersion: 1.6.0\n"
    codes = "".join(f"  - InstallerReturnCode: {code}\n    ReturnResponse: {said}\n" for code, said in _CODES.items())
    installer = (
        f"{head}InstallerType: nullsoft\nScope: machine\nInstallModes: [interactive, silent]\n"
        "MinimumOSVersion: 10.0.18362.0\nElevationRequirement: elevationRequired\nUpgradeBehavior: install\n"
        "InstallerSwitches:\n  Silent: /S\n  SilentWithProgress: /S\n  Log: /LOG=<LOGPATH>\n"
        f"ExpectedReturnCodes:\n{codes}"
        f"Installers:\n- Architecture: x64\n  InstallerUrl: {base}/{setup_file().name}\n  InstallerSha256: {sha}\n"
        f"  AppsAndFeaturesEntries:\n  - DisplayName: {TITLE}\n    Publisher: {PUBLISHER}\n"
    )
    locale = (
        f"{head}PackageLocale: en-US\nPublisher: {PUBLISHER}\nPackageName: {TITLE}\nLicense: Proprietary\n"
        "ShortDescription: The point-of-sale terminal of the Perx loyalty platform.\n"
    )
    for name, kind, text in (
        (f"{_ID}.installer.yaml", "installer", installer),
        (f"{_ID}.locale.en-US.yaml", "defaultLocale", locale),
        (f"{_ID}.yaml", "version", f"{head}DefaultLocale: en-US\n"),
    ):
        (folder / name).write_text(f"{text}ManifestType: {kind}\n{tail}", "utf-8", newline="\n")
