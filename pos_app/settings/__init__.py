"""The settings of one till: a frozen tree read once from TOML files and the environment, and its secrets.

`load` and `build` return `Settings` or raise `SettingsError` with every problem at once; `secret` asks the
environment and the vault. Layers receive the values that they need, never the tree.
"""

from pos_app.settings.counter import ReceiptSection, ScannerSection, ScreenSection, SoundSection
from pos_app.settings.places import config_files, log_file, machine_file, resources, user_file
from pos_app.settings.reading import Problem, SettingsError, build, load
from pos_app.settings.tree import (
    DataSection,
    IdentifiersSection,
    LogSection,
    MoneySection,
    OfflineSection,
    OutboxSection,
    PeopleSection,
    PerxSection,
    ProfileSection,
    ReversalSection,
    SaleSection,
    Settings,
    ShopSection,
    VouchersSection,
    data_root,
)
from pos_app.settings.vault import Secret, VaultError, keep_secret, secret

__all__ = [
    "DataSection",
    "IdentifiersSection",
    "LogSection",
    "MoneySection",
    "OfflineSection",
    "OutboxSection",
    "PeopleSection",
    "PerxSection",
    "Problem",
    "ProfileSection",
    "ReceiptSection",
    "ReversalSection",
    "SaleSection",
    "ScannerSection",
    "ScreenSection",
    "Secret",
    "Settings",
    "SettingsError",
    "ShopSection",
    "SoundSection",
    "VaultError",
    "VouchersSection",
    "build",
    "config_files",
    "data_root",
    "keep_secret",
    "load",
    "log_file",
    "machine_file",
    "resources",
    "secret",
    "user_file",
]
