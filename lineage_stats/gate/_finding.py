"""What a gate found, and the rules it goes by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lineage_stats._digest import text_digest

LEVELS = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of every run.

    Attributes
    ----------
    name : str
        Its name.
    level : {"error", "warning", "note"}
        How bad it is where it is broken, unless a finding says otherwise.
    title : str
        What was found, in a few words.
    help : str
        Why that matters and what to do.
    """

    name: str
    level: str
    title: str
    help: str


def _table(*rows: tuple[str, str, str, str]) -> dict[str, Rule]:
    return {row[0]: Rule(*row) for row in rows}


RULES: dict[str, Rule] = _table(
    ("run-ended", "error", "The run did not end well",
     "A run that failed, was killed or goes on says nothing of what it should have made."),
    ("run-complete", "warning", "Parts of the run were not recorded",
     "What is not recorded is not checked. The run's problems say what is missing."),
    ("metric-has-source", "error", "A metric comes from no data source",
     "Nobody can say what the metric was computed from. Read the data through a library that is "
     "watched, or name what a metric was computed from: log_metric(..., inputs=...)."),
    ("commit-known", "error", "The commit is not known",
     "The run cannot be repeated. Run the pipeline in a checkout of its repository."),
    ("commit-clean", "note", "Files were changed and not committed",
     "What ran is not what the commit holds. Commit before the run."),
    ("fit-on-test-rows", "error", "A model was fitted on rows that it is tested on",
     "The metric is better than the model. Fit on the training part only."),
    ("fit-before-split", "error", "Something was fitted before the data was split",
     "What it learned comes from the test rows as well, so the metric is too good. Split first, "
     "then fit on the training part; a Pipeline does it in the right order."),
    ("anomalous-operation", "error", "An operation is abnormal",
     "No healthy run is like it. If the change is meant, accept the run."),
    ("anomalous-run", "error", "The run is abnormal as a whole",
     "Many operations deviate a little at once. If the change is meant, accept the run."),
    ("metric-drop", "error", "A metric is worse than in healthy runs",
     "The operation that answers for most of it is named first."),
)  # fmt: skip
AUDITS = ("run-ended", "run-complete", "metric-has-source", "commit-known", "commit-clean",
          "fit-on-test-rows", "fit-before-split")  # fmt: skip
STATISTICS = ("anomalous-operation", "anomalous-run", "metric-drop")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a run.

    Attributes
    ----------
    rule : str
        Name of the rule that is broken, one of `RULES`.
    message : str
        What was found, in one sentence.
    pipeline, run_id : str
        Which run of which pipeline.
    level : {"error", "warning", "note"}
        How bad it is.
    operation : str
        Key of the operation; ``""`` where it is the run as a whole.
    file : str or None
        Source file of the call.
    line : int or None
        Line in `file`.
    detail : str
        What tells it from others of the same rule at the same operation, as a feature's name.
    """

    rule: str
    message: str
    pipeline: str
    run_id: str
    level: str = "error"
    operation: str = ""
    file: str | None = None
    line: int | None = None
    detail: str = ""

    @property
    def fingerprint(self) -> str:
        """What is the same when the same thing is found in another run."""
        return text_digest("\0".join((self.pipeline, self.rule, self.operation, self.detail)))

    @property
    def location(self) -> str:
        """Call site as ``file:line``, or ``""``."""
        if not self.file:
            return ""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.level}: {self.message} [{self.rule}]"

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain data that JSON can hold."""
        return {**asdict(self), "fingerprint": self.fingerprint}


def split_location(location: str) -> tuple[str | None, int | None]:
    """Return file and line of a call site as ``file:line``.

    Examples
    --------
    >>> split_location("c:/churn.py:12"), split_location("churn.py"), split_location("")
    (('c:/churn.py', 12), ('churn.py', None), (None, None))
    """
    file, colon, line = location.rpartition(":")
    if colon and line.isascii() and line.isdigit():
        return file, int(line)
    return location or None, None
