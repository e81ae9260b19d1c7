"""The result of an attribution."""

from __future__ import annotations

import html
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from lineage_stats.attribution._evidence import Evidence
from lineage_stats.exceptions import UnknownOperationError
from lineage_stats.trace._render import number, printable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_DECIDED = 0.5  # probability from which one operation is named alone
_LISTED = 0.1
_MARGIN = 0.5  # between the first and the second, below which running it again is advised
_UNEXPLAINED = 0.3  # part of the drop above which it is
_LEFT = ' style="text-align:left"'  # notebooks set cells flush right


@dataclass(frozen=True, slots=True)
class Contribution:
    """Share of one operation in the drop of a metric.

    Attributes
    ----------
    operation : str
        Key of the operation in the run. One that the run lacks has the key of the healthy runs,
        with a minus behind it where another operation of the run has that key.
    kind : str
        Kind of the operation.
    location : str
        Call site as ``file:line``, or ``""``.
    share : float
        Part of the drop that it answers for, in points of the metric; negative where it made
        the metric better. Exactly 0 without evidence.
    standard_error : float
        Standard error of the share.
    probability : float
        Probability that it is the cause, and neither another operation nor chance.
    evidence : tuple of Evidence
        Why it is suspected, the strongest reason first.
    canonical : str
        What it is compared with in the healthy runs: the key of the same operation there, as
        `lineage_stats.trace.align` gives it. ``""`` for what is no operation but was replayed.
    probability_if_real : float
        Probability that it is the cause, should the drop be more than chance: where the metric is
        within the healthy range, shares and `probability` are 0, and this says where to look.
    """

    operation: str
    kind: str
    location: str
    share: float
    standard_error: float
    probability: float
    evidence: tuple[Evidence, ...] = ()
    canonical: str = ""
    probability_if_real: float = 0.0

    @property
    def reason(self) -> str:
        """The strongest reasons in words; ``""`` without any."""
        distinct = dict.fromkeys(e.change for e in self.evidence[:2])
        return "; ".join(distinct)

    @property
    def place(self) -> str:
        """Key of the operation and its call site."""
        return f"{self.operation} ({self.location})" if self.location else self.operation


@dataclass(frozen=True)
class Attribution:
    """A metric's drop, divided among the operations upstream of it.

    `drop` is positive where the metric got worse, whichever way it is better; shares are
    positive where they made it worse. Shares and `unexplained` sum to `drop`.

    Attributes
    ----------
    run_id, pipeline : str
        Which run of which pipeline.
    metric : str
        Name of the metric.
    value : float
        Value of the metric in this run.
    center : float
        Median of the healthy runs.
    lower, upper : float
        Range in which a healthy run's metric stays, on either side, with a probability of one
        minus the false alarm rate.
    noise : float
        Standard deviation from run to run of the healthy runs.
    n_runs : int
        Number of healthy runs.
    greater_is_better : bool
        Which way the metric is better.
    drop : float
        By how much the metric is worse than `center`, in points of the metric.
    unexplained : float
        Part of the drop that no operation answers for.
    unexplained_error : float
        Standard error of that part.
    unexplained_probability : float
        Probability that chance, or what was not recorded, answers for most.
    contributions : tuple of Contribution
        One per operation upstream, the largest share first; by `probability_if_real` where none
        has a share.
    notes : tuple of str
        What to know when reading it.
    """

    run_id: str
    pipeline: str
    metric: str
    value: float
    center: float
    lower: float
    upper: float
    noise: float
    n_runs: int
    greater_is_better: bool
    drop: float
    unexplained: float
    unexplained_error: float
    unexplained_probability: float
    contributions: tuple[Contribution, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return printable(f"<Attribution of {self.metric} in {self.run_id}: {self.verdict}>")

    def __len__(self) -> int:
        return len(self.contributions)

    def __iter__(self) -> Iterator[Contribution]:
        return iter(self.contributions)

    @property
    def is_worse(self) -> bool:
        """Whether the metric is outside the healthy range, on the worse side."""
        if self.greater_is_better:
            return self.value < self.lower
        return self.value > self.upper

    @property
    def top(self) -> Contribution | None:
        """The operation with the largest share; None where no operation is suspected."""
        first = self.contributions[0] if self.contributions else None
        return first if first is not None and first.share > 0 else None

    def ranking(self) -> tuple[str, ...]:
        """Return the keys of the operations that have a share, the largest first."""
        return tuple(c.operation for c in self.contributions if c.share > 0)

    @property
    def verdict(self) -> str:
        """What the attribution says, in one sentence."""
        if not self.is_worse:
            return (
                f"No cause to find: {self.metric} is {number(self.value)}, within the healthy "
                f"range {number(self.lower)} to {number(self.upper)} of {self.n_runs} runs."
                f"{self._if_real}"
            )
        change = "drop" if self.value <= self.center else "rise"
        fell = f"the {self.drop:.3g} {change} of {self.metric}"
        if self.top is None:
            return f"No operation upstream explains {fell}: all did what they do in healthy runs."
        if self._probability_at(self.top) >= _DECIDED:
            return f"{self._answer(self.top)} of {fell}: {self.top.reason}."
        listed = [c for c in self.contributions if c.share > 0 and c.probability >= _LISTED][:3]
        if not listed or self.unexplained_probability >= _DECIDED:
            return f"Most of {fell} stays unexplained; the first to look at is {self.top.place}."
        names = ", ".join(f"{c.place} ({c.probability:.0%})" for c in listed)
        return f"Undecided which operation answers for {fell}: {names}."

    @property
    def _if_real(self) -> str:
        """Say where to look if the drop is more than chance after all, where one stands out."""
        first = self.contributions[0] if self.contributions else None
        if first is None or first.probability_if_real < _DECIDED or not first.reason:
            return ""
        return f" If it should be more than chance, look at {first.place}: {first.reason}."

    def _answer(self, contribution: Contribution) -> str:
        """Say who answers for how much, an operation alone or with others of its line."""
        line = [c for c in self._line_of(contribution) if c.share > 0]
        if len(line) <= 1:
            share, error = contribution.share, contribution.standard_error
            return f"{contribution.place} answers for {share:.3g} ± {error:.2g}"
        share = sum(c.share for c in line)
        return f"{contribution.place} and {len(line) - 1} more on its line answer for {share:.3g}"

    def _probability_at(self, contribution: Contribution) -> float:
        """Probability of an operation and all others of the same line, which are one edit."""
        return max(
            contribution.probability, sum(c.probability for c in self._line_of(contribution))
        )

    def _line_of(self, contribution: Contribution) -> list[Contribution]:
        """Return the operations of the same line."""
        return [c for c in self if c.location and c.location == contribution.location]

    @property
    def next_step(self) -> str:
        """The command that would decide between the operations; ``""`` where one is clear."""
        is_clear = self._margin >= _MARGIN and self._rest <= _UNEXPLAINED
        if not self.is_worse or is_clear or self.metric == "duration":
            return ""
        return f"lineage-stats replay {self.run_id} --metric {shlex.quote(self.metric)}"

    @property
    def _margin(self) -> float:
        first, second, *_ = sorted(
            (0.0, 0.0, *(c.probability for c in self.contributions)), reverse=True
        )
        return first - second

    @property
    def _rest(self) -> float:
        return self.unexplained / self.drop if self.drop > 0 else 0.0

    def explain(self, operation: str) -> str:
        """Return why an operation has its share, as text.

        Parameters
        ----------
        operation : str
            Key of the operation.

        Returns
        -------
        str
            Its share and the evidence, a line each.

        Raises
        ------
        UnknownOperationError
            If the operation is not upstream of the metric.
        """
        found = next((c for c in self.contributions if c.operation == operation), None)
        if found is None:
            known = ", ".join(c.operation for c in self.contributions)
            raise UnknownOperationError(
                f"Operation '{operation}' is not upstream of {self.metric} in run {self.run_id}. "
                f"Upstream are: {known or 'none'}."
            )
        share = f"{found.share:.4g} ± {found.standard_error:.2g} of {self.drop:.4g}"
        lines = [f"{found.place}, {found.kind}", f"  share: {share}"]
        if not found.evidence:
            lines.append("  behaved as in healthy runs, given what it received")
        lines += [f"  {e.strength:.2f}  {e.change}" for e in found.evidence]
        return "\n".join(map(printable, lines))

    def summary(self, *, max_operations: int = 10) -> str:
        """Return the attribution as text.

        Parameters
        ----------
        max_operations : int, default=10
            Most operations listed.

        Returns
        -------
        str
            Verdict, a table of the shares, and notes.
        """
        lines = [
            self.verdict,
            "",
            f"{self.metric} {number(self.value)}, healthy {number(self.center)} "
            f"({number(self.lower)} to {number(self.upper)}, {self.n_runs} runs), "
            f"worse by {number(self.drop)}",
            "",
            f"{'share':>10}  {'±':>8}  {'first':>5}  operation",
        ]
        listed = [c for c in self.contributions if c.share != 0][:max_operations]
        for c in listed:
            lines.append(
                f"{c.share:>10.4g}  {c.standard_error:>8.2g}  {c.probability:>5.0%}  {c.place}"
            )
            if c.reason:
                lines.append(f"{'':>29}{c.reason}")
        lines.append(
            f"{self.unexplained:>10.4g}  {self.unexplained_error:>8.2g}  "
            f"{self.unexplained_probability:>5.0%}  unexplained"
        )
        quiet = len(self.contributions) - len(listed)
        if quiet:
            lines += ["", f"{quiet} more operations upstream have no or a smaller share."]
        lines += [f"Note: {note}" for note in self.notes]
        if self.next_step:
            lines += ["", f"To decide it, run it again with parts reverted: {self.next_step}"]
        return "\n".join(map(printable, lines))

    def to_frame(self) -> pd.DataFrame:
        """Return the shares as a table.

        Returns
        -------
        pandas.DataFrame
            One row per operation, indexed by its key, the largest share first.
        """
        import pandas as pd

        rows = [
            {
                "operation": c.operation,
                "kind": c.kind,
                "location": c.location,
                "share": c.share,
                "standard_error": c.standard_error,
                "probability": c.probability,
                "probability_if_real": c.probability_if_real,
                "feature": c.evidence[0].feature if c.evidence else "",
                "reason": c.reason,
            }
            for c in self.contributions
        ]
        names = ["operation", "kind", "location", "share", "standard_error", "probability"]
        columns = [*names, "probability_if_real", "feature", "reason"]
        return pd.DataFrame(rows, columns=columns).set_index("operation")

    def to_dict(self) -> dict[str, Any]:
        """Return the attribution as plain data that JSON can hold, its verdict included."""
        record = asdict(self)
        record["notes"] = list(self.notes)
        for contribution in record["contributions"]:
            contribution["evidence"] = list(contribution["evidence"])
        record["contributions"] = list(record["contributions"])
        record["verdict"] = self.verdict
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Attribution:
        """Make an attribution from what `to_dict` returned; unknown names are ignored."""
        known = {f.name: record[f.name] for f in fields(cls) if f.name in record}
        known["contributions"] = tuple(
            Contribution(**{**c, "evidence": tuple(Evidence(**e) for e in c["evidence"])})
            for c in record["contributions"]
        )
        known["notes"] = tuple(record.get("notes", ()))
        return cls(**known)

    def plot(self, ax: Axes | None = None, *, max_operations: int = 8) -> Axes:
        """Draw the drop as a waterfall from the healthy centre to the value of this run.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a new figure.
        max_operations : int, default=8
            Most operations drawn; the others are summed up.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.

        See Also
        --------
        lineage_stats.plots.AttributionDisplay : Keeps the artists as well.
        """
        # Plots stand above; who only attributes loads none of them.
        from lineage_stats.plots import AttributionDisplay

        return AttributionDisplay.from_attribution(self, ax=ax, max_operations=max_operations).ax_

    def _repr_html_(self) -> str:
        cells = [
            (c.place, f"{c.share:.4g} ± {c.standard_error:.2g}", f"{c.probability:.0%}", c.reason)
            for c in self.contributions
            if c.share != 0
        ]
        rest = f"{self.unexplained:.4g} ± {self.unexplained_error:.2g}"
        cells.append(("unexplained", rest, f"{self.unexplained_probability:.0%}", ""))
        rows = "".join(
            "<tr>" + "".join(f"<td{_LEFT}>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in cells
        )
        names = ("operation", "share", "first", "reason")
        head = "<tr>" + "".join(f"<th{_LEFT}>{name}</th>" for name in names) + "</tr>"
        return f"<p>{html.escape(self.verdict)}</p><table>{head}{rows}</table>"
