"""Where the till finds its files: configuration, log and resources, on each operating system."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

import pos_app
from pos_app.settings.tree import APP

CONFIG_NAME = "config.toml"


def machine_file() -> Path:
    """Return the configuration of the whole machine: /etc/pos-app or ProgramData."""
    if sys.platform == "win32":
        return Path(platformdirs.site_config_dir(APP, appauthor=False)) / CONFIG_NAME
    return Path("/etc") / APP / CONFIG_NAME


def user_file() -> Path:
    """Return the configuration of the user that the till runs as."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / CONFIG_NAME


def config_files() -> list[Path]:
    """List the configuration files that exist, the weaker first."""
    return [path for path in (machine_file(), user_file()) if path.exists()]


def log_file() -> Path:
    """Return the log that is written when no profile is known yet."""
    return Path(platformdirs.user_log_dir(APP, appauthor=False)) / f"{APP}.log"


def resources() -> Path:
    """Return the folder of themes, fonts, icons, sounds and texts, of a checkout or the installed program.

    The program is installed frozen; a plain wheel is not a way to ship it and holds no resources.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    return (Path(frozen) if frozen else Path(pos_app.__file__).resolve().parent.parent) / "resources"
