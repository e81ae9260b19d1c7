"""A small library of tables of records, which knows nothing of lineage_stats."""

import csv

__version__ = "1.2"


class Ledger:
    """A table: a list of records that have the same fields."""

    def __init__(self, records):
        self.records = list(records)

    def filter(self, keep):
        """Return the records for which `keep` holds."""
        return Ledger(record for record in self.records if keep(record))

    def post(self, **entry):
        """Add a record to this ledger."""
        self.records.append(entry)

    def balance(self, field):
        """Return the sum of a field."""
        return sum(float(record[field]) for record in self.records)


def read_ledger(path):
    """Read a ledger from a file of comma-separated values."""
    with open(path, newline="") as file:  # noqa: PTH123  # as such libraries do
        return Ledger(csv.DictReader(file))
