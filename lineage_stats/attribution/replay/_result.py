"""The result of an attribution that was verified by running the pipeline again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lineage_stats.attribution._attribution import Attribution
from lineage_stats.attribution.replay._suspect import Suspect
from lineage_stats.trace._render import printable

_WAYS = {
    "exact": "all coalitions were run",
    "screened": "coalitions of suspects that change nothing were left out",
    "sampled": "a sample of orders was run",
    "partial": "the budget was spent: the shares rest on the few coalitions that were run",
}


@dataclass(frozen=True, slots=True)
class ReplayedRun:
    """One version of the pipeline that was run.

    Attributes
    ----------
    reverted : tuple of str
        Suspects at their healthy version; all others were as in the run.
    value : float
        Value of the metric, the mean over seeds; NaN where it broke down.
    standard_error : float
        Standard error of the value; 0 with a single seed.
    n_seeds : int
        Number of seeds.
    error : str
        Why it broke down; ``""`` where it did not.
    seconds : float
        Time that it took, all seeds together.
    """

    reverted: tuple[str, ...]
    value: float
    standard_error: float = 0.0
    n_seeds: int = 1
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, repr=False)
class ReplayAttribution(Attribution):
    """A metric's drop, divided among suspects by running the pipeline with some of them reverted.

    A contribution is that of a suspect (a piece of code, a file, a parameter or an operation),
    whose name stands for the key of the operation.

    Attributes
    ----------
    run_id, pipeline, metric, value, center, lower, upper, noise, n_runs : object
        As of `Attribution`.
    greater_is_better, drop, contributions, notes : object
        As of `Attribution`.
    unexplained : float
        Part of the drop that reverting the suspects does not bring back.
    unexplained_error : float
        Its standard error; 0 with a single seed.
    unexplained_probability : float
        Probability that what is unexplained is more than any suspect's share.
    suspects : tuple of Suspect
        All that could be reverted, the most suspect first; those with a contribution were.
    runs : tuple of ReplayedRun
        What was run.
    replayed : float
        Value of the metric when run again with everything as in the run; NaN if it broke down.
    restored : float
        Value with all suspects that have a contribution reverted; NaN if it broke down.
    cure : tuple of str
        The fewest suspects whose reversal alone brings the metric back; empty where none was
        found.
    cured : float
        Value with those reverted; NaN without any.
    cured_error : float
        Its standard error; 0 with a single seed.
    method : {"exact", "screened", "sampled", "partial"}
        How much of the game was run.
    before_replay : tuple of str
        Operations that the trace alone accuses, the most suspect first.
    """

    suspects: tuple[Suspect, ...] = ()
    runs: tuple[ReplayedRun, ...] = ()
    replayed: float = math.nan
    restored: float = math.nan
    cure: tuple[str, ...] = ()
    cured: float = math.nan
    cured_error: float = 0.0
    method: str = "exact"
    before_replay: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        """Whether reverting the suspects at the top of the list brought the metric back."""
        return bool(self.cure)

    @property
    def is_reproduced(self) -> bool:
        """Whether the metric was worse again when everything was as in the run."""
        if math.isnan(self.replayed):
            return False
        worse = self._harm(self.replayed)
        if self.is_worse:
            return worse > self._harm(self.lower if self.greater_is_better else self.upper)
        return worse > self.drop / 2

    def _harm(self, value: float) -> float:
        return self.center - value if self.greater_is_better else value - self.center

    @property
    def verdict(self) -> str:
        """What the replay showed, in one sentence."""
        change = "drop" if self.value <= self.center else "rise"
        fell = f"the {self.drop:.3g} {change} of {self.metric}"
        if not math.isnan(self.replayed) and not self.is_reproduced:
            return (
                f"{fell[0].upper()}{fell[1:]} does not come back: run again with everything as it "
                f"was, {self.metric} is {self.replayed:.4g}, not {self.value:.4g}. What made it "
                "worse is not among what was replayed."
            )
        if self.cure:
            return self._verified(fell)
        if math.isnan(self.replayed):
            return self._incomparable(fell)
        if self.top is None or math.isnan(self.restored):
            return self._unrestored(fell)
        part = f"{self.top.share:.3g} ± {self.top.standard_error:.2g}"
        return (
            f"{self.top.place} answers for {part} of {fell}, {self._alone(self.top.operation)}; "
            f"with all {len(self.contributions)} suspects reverted it is {self.restored:.4g}."
        )

    def _alone(self, name: str) -> str:
        """Return what reverting one suspect does, which does not bring the metric back."""
        run = next((run for run in self.runs if run.reverted == (name,)), None)
        if run is None:
            return f"as far as was run; {self.metric} with it alone reverted was not"
        if math.isnan(run.value):
            return f"but with it alone reverted there is no {self.metric}{_because(run)}"
        return f"but reverting it does not bring {self.metric} back"

    def _incomparable(self, fell: str) -> str:
        """Return that a run with everything as it was has no metric."""
        run = next((run for run in self.runs if not run.reverted), None)
        n = len(self.contributions)
        reverted = "the suspect reverted" if n == 1 else f"all {n} suspects reverted"
        shown = f"{self.metric} is {self.restored:.4g}"
        if math.isnan(self.restored):
            shown = "there is none either"
        return (
            f"{fell[0].upper()}{fell[1:]} cannot be replayed: run again with everything as it was, "
            f"there is no {self.metric}{'' if run is None else _because(run)}; with {reverted} "
            f"{shown}. Nothing can be compared until the first of them runs."
        )

    def _verified(self, fell: str) -> str:
        by_name = {c.operation: c for c in self.contributions}
        part = math.fsum(by_name[name].share for name in self.cure)
        names = _listed([by_name[name].place for name in self.cure])
        one = len(self.cure) == 1
        error = f" ± {self.cured_error:.2g}" if self.cured_error else ""
        return (
            f"{names} {'answers' if one else 'answer'} for {part:.3g} of {fell}: with "
            f"{'it' if one else 'them'} reverted {self.metric} returns to {self.cured:.4g}{error} "
            f"(healthy: {self.lower:.4g} to {self.upper:.4g})."
        )

    def _unrestored(self, fell: str) -> str:
        broke = math.isnan(self.restored)
        what = "breaks down" if broke else f"leaves {self.metric} at {self.restored:.4g}"
        n = len(self.contributions)
        names = f"all {n} suspects" if n > 1 else "the suspect"
        return (
            f"None of what was replayed explains {fell}: reverting {names} {what}. What made it "
            "worse is something else, or was not recorded."
        )

    @property
    def next_step(self) -> str:
        """Nothing: it was run again."""
        return ""

    def summary(self, *, max_operations: int = 10) -> str:
        """Return the attribution as text.

        Parameters
        ----------
        max_operations : int, default=10
            Most suspects listed.

        Returns
        -------
        str
            Verdict, a table of the shares, what broke down, and notes.
        """
        lines = [
            self.verdict,
            "",
            f"{self.metric} {self.value:.4g}, healthy {self.center:.4g} ({self.lower:.4g} to "
            f"{self.upper:.4g}, {self.n_runs} runs), worse by {self.drop:.4g}; run again it is "
            f"{self.replayed:.4g}",
            "",
            f"{'share':>10}  {'±':>8}  {'reverted':>9}  suspect",
        ]
        details = {suspect.name: suspect.detail for suspect in self.suspects}
        alone = {run.reverted: run for run in self.runs}
        for c in self.contributions[:max_operations]:
            run = alone.get((c.operation,))
            value = "" if run is None else "breaks" if run.error else f"{run.value:.4g}"
            lines.append(f"{c.share:>10.4g}  {c.standard_error:>8.2g}  {value:>9}  {c.place}")
            if details.get(c.operation):
                lines.append(f"{'':>33}{details[c.operation]}")
        lines.append(
            f"{self.unexplained:>10.4g}  {self.unexplained_error:>8.2g}  {'':>9}  unexplained"
        )
        lines += ["", *self._account()]
        lines += [f"Note: {note}" for note in self.notes]
        return "\n".join(map(printable, lines))

    def _account(self) -> list[str]:
        """Return how many runs there were, and which broke down."""
        n_runs = sum(run.n_seeds for run in self.runs)
        seconds = math.fsum(run.seconds for run in self.runs)
        lines = [f"{n_runs} runs in {seconds:.0f} s of their time; {_WAYS[self.method]}."]
        for run in self.runs:
            if run.error:
                what = f"with {_listed(run.reverted)} reverted" if run.reverted else "as it was"
                lines.append(f"It breaks down {what}: {run.error}")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return the attribution as plain data that JSON can hold, its verdict included."""
        record = super().to_dict()
        for run in record["runs"]:
            run["reverted"] = list(run["reverted"])
        for suspect in record["suspects"]:
            suspect["operations"] = list(suspect["operations"])
        for name in ("runs", "suspects", "cure", "before_replay"):
            record[name] = list(record[name])
        return {**record, "is_verified": self.is_verified}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ReplayAttribution:
        """Make an attribution from what `to_dict` returned; unknown names are ignored."""
        runs = tuple(
            ReplayedRun(
                **{**run, "reverted": tuple(run["reverted"]), "value": _number(run["value"])}
            )
            for run in record.get("runs", ())
        )
        suspects = tuple(
            Suspect(**{**suspect, "operations": tuple(suspect["operations"])})
            for suspect in record.get("suspects", ())
        )
        texts = {name: tuple(record.get(name, ())) for name in ("cure", "before_replay")}
        numbers = {name: _number(record.get(name)) for name in ("replayed", "restored", "cured")}
        known = {**record, "runs": runs, "suspects": suspects, **texts, **numbers}
        made = super().from_dict(known)
        assert isinstance(made, ReplayAttribution)
        return made

    def runs_frame(self) -> Any:
        """Return what was run as a table.

        Returns
        -------
        pandas.DataFrame
            One row per version, with a column of booleans for each suspect that was reverted in
            any, then value, standard_error, n_seeds, error and seconds.
        """
        import pandas as pd

        names = [c.operation for c in self.contributions]
        rows = []
        for run in self.runs:
            record = asdict(run)
            reverted = record.pop("reverted")
            rows.append({**{name: name in reverted for name in names}, **record})
        return pd.DataFrame(rows)


def _number(value: float | None) -> float:
    """Return a number that JSON could not hold as what it was."""
    return math.nan if value is None else value


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 2:
        return " and ".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _because(run: ReplayedRun) -> str:
    return f" ({run.error})" if run.error else ""
