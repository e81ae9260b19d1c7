"""AutoLineage 0.7.1's analyser on our traces.

Each operation becomes one of its records, with names, shapes, columns and metadata as its own
hooks would have written them, and its analyser does the rest: ``set_baseline`` with the
fingerprint of one healthy run, ``detect_anomalies``, ``ranked_causes``. All operations are given,
also those that it has no hook for, and calls from inside libraries, of which it records some, are
not: both are to its advantage. (``record_with_autolineage.py`` lets it record for itself.)
"""

from __future__ import annotations

from typing import Any

from lineage_stats.trace import DataRef, Operation, Trace, align
from peers.study import Judgement, Peer, Study

# What our operations are called there; methods of frames keep their name.
NAMES = {"DataFrame.__setitem__": "assign", "DataFrame.join": "merge"}
WEIGHTS = {"critical": 100.0, "warning": 1.0, "info": 0.01}
# On the widest pipeline, with 166,000 columns in all tables of a run, it takes 34 s a run.
MOST_COLUMNS = 20_000
PREPROCESSORS = ("Scaler", "Encoder", "Imputer", "Binarizer", "Discretizer", "PCA", "Transformer")


class AutoLineage(Peer):
    """Its analyser with one healthy run as the baseline, the i-th from the end.

    Flagged at ``severity`` or above. With ``named``, the metric is named to it.
    """

    def __init__(self, baseline: int = 0, *, critical: bool = False, named: bool = False) -> None:
        self.baseline, self.named = baseline, named
        self.severities = {"critical"} if critical else {"critical", "warning"}
        self.name = "AutoLineage 0.7.1" + (", critical only" if critical else "")
        self.name += ", metric named" if named else ""

    def prepare(self, study: Study) -> None:
        """Take the fingerprint of a healthy run."""
        super().prepare(study)
        healthy = study.healthy[-1 - self.baseline]
        self.fingerprint = analyser(healthy).fingerprint()

    def gives_up_on(self, study: Study) -> str:
        """Refuse tables so wide that the whole table would take days."""
        n = sum(ref.n_columns or 1 for op in study.reference for ref in op.outputs)
        return f"{n:,} columns in a run would take it days" if n > MOST_COLUMNS else ""

    def judge(self, trace: Trace) -> Judgement:
        """Let it compare; its metric is called as the function is."""
        there = analyser(trace)
        there.set_baseline(self.fingerprint)
        severities = [anomaly.severity for anomaly in there.detect_anomalies()]
        metric = self.study.metric.partition("#")[0] if self.named else None
        mapping = align([self.study.reference, trace], reference=0).mappings[1]
        keys = [mapping[key] for key in trace.keys]
        ranking: dict[str, float] = {}
        for place, cause in enumerate(there.ranked_causes(metric)):
            ranking.setdefault(keys[cause["step_index"]], -float(place))
        return Judgement(
            score=sum(WEIGHTS.get(severity, 0.0) for severity in severities),
            flagged=bool(self.severities.intersection(severities)),
            ranking=ranking,
        )


def analyser(trace: Trace) -> Any:
    """Return its analyser over a trace."""
    from autolineage import LineageAnalyzer, UnifiedTracker

    tracker = UnifiedTracker()
    tracker.records = [record(trace, op) for op in trace]
    return LineageAnalyzer(tracker)


def record(trace: Trace, op: Operation) -> Any:
    """Return an operation as one of its records."""
    from autolineage import TransformationRecord

    before = next((ref for ref in op.inputs if ref.rows is not None), None)
    after = next((ref for ref in op.outputs if ref.rows is not None), None)
    old, new = (_columns(trace, ref) for ref in (before, after))
    is_frame = op.kind not in ("fit", "predict", "metric", "split")
    is_io = op.kind == "source"
    return TransformationRecord(
        library="pandas" if op.name.startswith(("DataFrame", "read_")) else "sklearn",
        category=category(op),
        operation=name(op),
        input_shape=None if is_io else _shape(before),
        output_shape=_shape(after),
        input_columns=old if is_frame and not is_io else None,
        output_columns=new if is_frame else None,
        columns_added=_without(new, old) if is_frame and not is_io else None,
        columns_removed=_without(old, new) if is_frame and not is_io else None,
        rows_before=None if is_io or before is None else before.rows,
        rows_after=None if after is None or op.kind == "metric" else after.rows,
        duration_ms=op.duration_ns / 1e6,
        metadata={}
        if op.metric is None
        else {"metric_name": op.metric, "metric_value": op.metric_value},
    )


def category(op: Operation) -> str:
    """Return its category of an operation."""
    plain = {
        "source": "io", "sink": "io", "split": "split", "predict": "predict", "metric": "evaluate"
    }  # fmt: skip
    if op.kind == "fit":
        return "preprocess" if any(word in op.name for word in PREPROCESSORS) else "train"
    if "." in op.name and not op.name.startswith("DataFrame") and op.kind == "transform":
        return "preprocess"
    return plain.get(op.kind, "transform")


def name(op: Operation) -> str:
    """Return its name of an operation."""
    if op.name == "DataFrame.__getitem__":
        return "select" if op.kind == "projection" else "filter"
    if op.name.startswith("DataFrameGroupBy."):
        return f"groupby.{op.name.rpartition('.')[2]}"
    return NAMES.get(op.name, op.name.removeprefix("DataFrame."))


def _columns(trace: Trace, ref: DataRef | None) -> list[str] | None:
    names = [column for column, _ in trace.columns(ref)] if ref is not None else []
    return names or None


def _without(some: list[str] | None, others: list[str] | None) -> list[str] | None:
    if some is None or others is None:
        return None
    return [column for column in some if column not in set(others)]


def _shape(ref: DataRef | None) -> tuple[int, ...] | None:
    if ref is None or ref.rows is None:
        return None
    return (ref.rows,) if ref.n_columns is None else (ref.rows, ref.n_columns)
