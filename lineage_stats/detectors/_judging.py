"""What happens inside `score`: probabilities of runs, and what excuses an odd day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from lineage_stats.detectors._calibration import RunPValues
from lineage_stats.detectors._inputs import Runs, bounded, days_of, is_traces
from lineage_stats.detectors._learning import Learning
from lineage_stats.detectors._looks import only_looking
from lineage_stats.detectors._precedents import Precedents
from lineage_stats.detectors._roles import DISTANCE, count_rows, kinds_of, rows_read
from lineage_stats.detectors._steps import Near
from lineage_stats.detectors._transforms import LOG_COUNT, FloatArray, IntArray
from lineage_stats.detectors._volume import Volume, may_follow
from lineage_stats.exceptions import BaselineError
from lineage_stats.features import as_run_matrix
from lineage_stats.trace import Trace, align


class Judging(Learning):
    """The part of a detector that judges runs by what was learned."""

    if TYPE_CHECKING:

        def _runs_of_array(self, X: Any, *, reset: bool = True) -> Runs: ...

    def _learn_excuses(self, runs: Runs, odd: Runs) -> None:
        """Learn from healthy runs, and those left out of the scales, what does no harm."""
        at = self.roles_.role == DISTANCE
        self.precedents_ = Precedents.nothing(len(self.judged_cells_), int(at.sum()))
        self.volume_ = Volume.nothing(int(at.sum()))
        if not self._judges_cells:
            return
        code = self.roles_.code[at]
        read = rows_read(self.judged_cells_, self.reference_)[at]
        sources = np.flatnonzero(read & (code == LOG_COUNT))
        accepted = np.array([*runs.accepted, *odd.accepted], dtype=bool)
        usual = np.arange(len(accepted)) < len(runs.values)
        known = accepted | ~usual | bool(sources.size)
        if not known.any():
            return
        X = self.profiles_.extend(np.concatenate([runs.values, odd.values])[known])
        moved = self._moved(self._scaled(X, np.concatenate([runs.times, odd.times])[known]))
        accepted, usual = accepted[known], usual[known]
        some = accepted | ~usual
        if some.any():
            n_runs = len(runs.values) + len(odd.values)
            self.precedents_ = Precedents.fit(
                X[some], moved[some], accepted[some], code, read, n_runs
            )
        if sources.size:
            scale = self.baseline_["scale"]
            counts = code == LOG_COUNT
            self.volume_ = Volume.fit(moved[usual], moved[~usual], scale, counts, sources)

    def _runs(self, X: Any) -> Runs:
        check_is_fitted(self, "calibration_")
        if not is_traces(X):
            return self._runs_of_array(X, reset=False)
        traces = [X] if isinstance(X, Trace) else list(X)
        reference = self._reference_for(traces)
        matrix = as_run_matrix(traces, cells=self.cells_, reference=reference)
        known = set(self.cell_table_["operation"].tolist())
        mappings = align([reference, *traces], reference=0).mappings[1:]
        new = [_new(*both, known) for both in zip(traces, mappings, strict=True)]
        return Runs(
            bounded(matrix.values), self.cells_, matrix.run_ids, self.pipeline_,
            unknown=tuple(unknown for unknown, _ in new), looking=tuple(looks for _, looks in new),
            times=days_of(traces),
        )  # fmt: skip

    def _reference_for(self, traces: list[Trace]) -> Trace:
        """Return the run that names the operations; refuse runs of other pipelines."""
        if self.reference_ is None:
            raise BaselineError(
                f"This {type(self).__name__} was fitted on an array, so it cannot score traces. "
                "Fit it on healthy traces first."
            )
        for trace in traces:
            if trace.pipeline != self.pipeline_:
                raise BaselineError(
                    f"Run {trace.run_id} is one of pipeline '{trace.pipeline}', the baseline one "
                    f"of '{self.pipeline_}'. Fit a detector on healthy runs of "
                    f"'{trace.pipeline}'."
                )
        return self.reference_

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def _p_values(self, runs: Runs) -> RunPValues:
        X = self.profiles_.extend(runs.values)
        z = self._scaled(X, runs.times)
        unknown = np.ones(len(X))
        for i, keys in enumerate(runs.unknown):
            if keys:
                unknown[i] = self.news_.group_p_value("present")
        news = self.news_.p_values(X, self.roles_)
        near = self._near(runs.times)
        found = self._p_values_of(X, z, news, unknown, near)
        if len(self.precedents_.moved) or len(self.volume_.sources):
            for i in np.flatnonzero(found.run < 1.0).tolist():
                self._excuse(found, i, X, z, news, unknown, near.at(i))
        return found

    def _excuse(
        self,
        found: RunPValues,
        i: int,
        X: FloatArray,
        z: FloatArray,
        news: FloatArray,
        unknown: FloatArray,
        near: Near,
    ) -> None:
        """Judge a run by what it has beside what is known to do no harm, in place."""
        at, moved, before = slice(i, i + 1), self._moved(z[i]), found.cell[i].copy()
        for rest, its_news, most, for_it in self._excuses(X[at], moved, news[at], found.run[i]):
            left = z[i] - (moved - rest) * self.baseline_["scale"]
            other = self._p_values_of(X[at], left[None], its_news, unknown[at], near)
            other.cell[0, for_it] = other.adjusted[0, for_it] = most
            for family in {self.calibration_.families[j] for j in self.calibration_.family[for_it]}:
                other.alarms[family] = np.minimum(other.alarms[family], most)
            if min(other.run[0], most) > found.run[i]:
                found.put(i, other, most)
        found.eased[i] = found.cell[i] > before

    def _excuses(
        self, X: FloatArray, moved: FloatArray, news: FloatArray, p: float
    ) -> Iterator[tuple[FloatArray, FloatArray, float, IntArray]]:
        """Yield what is left of a run, and what it may claim, if more than `p`.

        That is how far its cells are from the centre, its news, the largest probability of the
        run, and which cells bear that.
        """
        none = np.empty(0, dtype=np.int64)
        known = self.precedents_
        if len(known.moved) and known.most(np.ones(len(known.moved), dtype=bool)) > p:
            alike = known.alike(moved)
            most = known.most(alike)
            unequal = np.isin(kinds_of(self.judged_cells_), ("category", "presence"))
            for k in np.flatnonzero(alike).tolist():
                eased = known.news(k, X, self.news_, self.roles_, unequal)
                yield known.without(k, moved), eased, most, none
        if (found := self._other_rows(X, moved, news)) is not None and found[2] > p:
            yield found

    def _other_rows(
        self, X: FloatArray, moved: FloatArray, news: FloatArray
    ) -> tuple[FloatArray, FloatArray, float, IntArray] | None:
        """Return the same for a run whose sources gave another number of rows."""
        volume, at = self.volume_, np.flatnonzero(self.roles_.role == DISTANCE)
        if not (sources := volume.far(moved)):
            return None
        rest, cells = moved, at[volume.sources[sources]]
        for source, cell in zip(sources, cells, strict=True):
            times = float(X[0, cell] / self.center_[cell])
            rest = volume.without(source, rest, times)
            followed = may_follow(times, X, self.center_) & count_rows(self.judged_cells_)
            news = np.where(followed & np.isfinite(news), 1.0, news)
        # Metrics are looked at whatever the rows.
        metric = kinds_of(self.judged_cells_)[at] == "metric"
        most = min(volume.p_value(source, moved) for source in sources)
        return np.where(metric, moved, rest), news, most, cells


def _new(
    trace: Trace, mapping: Mapping[str, str], known: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the new operations of a run, and apart from them those that only look at data."""
    new = {own: key for own, key in mapping.items() if key not in known}
    looking = only_looking(trace, new) if new else frozenset()
    return (
        tuple(key for own, key in new.items() if own not in looking),
        tuple(key for own, key in new.items() if own in looking),
    )
