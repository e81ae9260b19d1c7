"""Lets lineage_stats record what programs do with toy_ledger."""

from lineage_stats.features import DataShape, FeatureSpec
from lineage_stats.hooks import HookProvider, OperationSpec, PublicName, Target

# What is measured beside the features that all operations have, for `feature_kind`.
FEATURES = [FeatureSpec("debit_share", "proportion", "1", "share of records below zero")]


def shape_of(ledger):
    """Say what a ledger is: a table, so many rows, and its columns with their types."""
    first = ledger.records[0] if ledger.records else {}
    columns = tuple((name, type(value).__name__) for name, value in first.items())
    return DataShape("table", len(ledger.records), len(columns), columns)


def describe_post(call):
    """A ledger that is posted to is read and changed: it is the output."""
    return OperationSpec(outputs=(call.args[0],))


def describe_balance(call):
    """The balance is a number that people watch: a metric, named after the field."""
    field = call.bound.get("field")
    return OperationSpec(metric=f"balance_{field}", value=call.result, outputs=())


def measure_filter(call):
    """Look at a bounded number of records that were kept."""
    amounts = [float(r["amount"]) for r in call.result.records[:1000] if "amount" in r]
    return {"debit_share": sum(a < 0 for a in amounts) / len(amounts)} if amounts else {}


class LedgerProvider(HookProvider):
    """Which calls of toy_ledger are operations."""

    name = "toy_ledger"
    library = "toy_ledger"
    requires = ">=1.0"
    data_types = {"Ledger": shape_of}  # noqa: RUF012  # read, never changed

    def targets(self):
        yield Target("toy_ledger", "read_ledger", "source")
        yield Target("toy_ledger", "Ledger.filter", "selection", measure=measure_filter)
        yield Target("toy_ledger", "Ledger.post", "assignment", describe=describe_post)
        yield Target("toy_ledger", "Ledger.balance", "metric", describe=describe_balance)

    def public_names(self):
        """Name what could be watched, so that `lineage-stats doctor` shows what is missing."""
        import toy_ledger

        yield PublicName("read_ledger", toy_ledger, "read_ledger")
        for method in ("filter", "post", "balance"):
            yield PublicName(f"Ledger.{method}", toy_ledger.Ledger, method)
