"""Keys of the operations of the churn pipeline."""

from __future__ import annotations

READ_ORDERS = "load/read_csv#1"
READ_CUSTOMERS = "load/read_csv#2"
MERGE = "clean/DataFrame.merge#1"
DROPNA = "clean/DataFrame.dropna#1"
FILTER = "clean/DataFrame.__getitem__#1"
ASSIGN = "enrich/DataFrame.assign#1"
AGGREGATE = "enrich/DataFrameGroupBy.agg#1"
MERGE_BACK = "enrich/DataFrame.merge#1"
SPLIT = "train/train_test_split#1"
FIT = "train/LogisticRegression.fit#1"
PREDICT = "train/LogisticRegression.predict#1"
METRIC = "train/f1_score#1"

OPERATION_KEYS = (
    READ_ORDERS, READ_CUSTOMERS, MERGE, DROPNA, FILTER, ASSIGN, AGGREGATE, MERGE_BACK, SPLIT, FIT,
    PREDICT, METRIC,
)  # fmt: skip

# Each makes one table.
TABLE_KEYS = OPERATION_KEYS[:8]
# What follows can do without these.
REMOVABLE_KEYS = (DROPNA, FILTER, ASSIGN)
# Called without a parameter worth recording.
PLAIN_KEYS = (FILTER, PREDICT)


def extra_keys(n_extra_operations: int) -> tuple[str, ...]:
    """Return the keys of the extra operations, in order."""
    return tuple(f"extra/DataFrame.astype#{k}" for k in range(1, n_extra_operations + 1))
