"""Durable commands and the till's other small tables, in one database on one thread."""

from pos_app.outbox.backup import BackupReport, Backups
from pos_app.outbox.chain import CannotVerifyError, Verdict, verify
from pos_app.outbox.database import Database, StorageError
from pos_app.outbox.facts import Facts
from pos_app.outbox.health import probe
from pos_app.outbox.journal import Journal, Note
from pos_app.outbox.outbox import Outbox, Timepieces
from pos_app.outbox.sales import Sales, StoredSale
from pos_app.outbox.salvage import SALVAGE_FACT, Salvage
from pos_app.outbox.transitions import Pace

__all__ = [
    "SALVAGE_FACT",
    "BackupReport",
    "Backups",
    "CannotVerifyError",
    "Database",
    "Facts",
    "Journal",
    "Note",
    "Outbox",
    "Pace",
    "Sales",
    "Salvage",
    "StorageError",
    "StoredSale",
    "Timepieces",
    "Verdict",
    "probe",
    "verify",
]
