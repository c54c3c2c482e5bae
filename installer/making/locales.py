"""The locale data of Babel, without what a till never writes: names of countries, languages, units, time zones.

Every locale stays, so that `money.locale` may name any of them; a locale keeps its numbers and its dates. That is a
twentieth of the data, and five megabytes less of the setup.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from making import runtime

FOLDER = Path("_internal", "babel", "locale-data")
KEPT = frozenset(
    """
    character_order currency_formats date_formats datetime_formats datetime_skeletons day_period_rules day_periods days
    decimal_formats default_numbering_system eras locale_id months number_symbols numbering_systems ordinal_form
    percent_formats plural_form quarters scientific_formats time_formats week_data zone_formats
    """.split()  # noqa: SIM905 - quotes would say no more
)


def trim(folder: Path) -> None:
    """Write each locale file of a folder anew with what is kept. The files are Babel's own, checked by their hashes."""
    sys.path.append(str(runtime.packages()))  # a pickle names classes of Babel
    for file in sorted(folder.glob("*.dat")):
        whole = pickle.loads(file.read_bytes())  # noqa: S301 - as Babel does it
        kept = {key: value for key, value in whole.items() if key in KEPT}
        file.write_bytes(pickle.dumps(kept, 2))
