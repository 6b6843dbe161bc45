"""Saxaul's replica for Python: rosters and attendance that work without a network.

>>> import saxaul
>>> saxaul.open("journal.db").hours()
"""

from . import sync_core
from .sync_core import *  # noqa: F401,F403

__all__ = ["Journal", "open", *sync_core.__all__]


class Journal:
    """A journal, opened. Everything that `Saxaul` can do, and tables for people who work with data."""

    def __init__(self, core):
        self.core = core

    def __getattr__(self, name):
        return getattr(self.core, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.core.shut_down()

    def hours(self, of=None):
        """Who was there for how long: a pandas frame, or a list of dicts where pandas is not installed."""
        return _table(self.core.hours(of), ["subject", "code", "name", "date", "observed_s", "imputed_s", "manual_s",
                                            "verified_s", "warnings"])


def open(path, key=None):
    """Opens the journal at `path`, or begins one; see `Saxaul.open`."""
    return Journal(sync_core.Saxaul.open(str(path), key))


def _table(rows, columns):
    records = [{column: getattr(row, column) for column in columns} for row in rows]
    try:
        import pandas
    except ImportError:
        return records
    return pandas.DataFrame.from_records(records, columns=columns)
