"""How a baseline lives on: more healthy runs, runs called healthy, runs kept out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, final

from sklearn.utils.validation import check_is_fitted

from lineage_stats.detectors._history import (
    accepted_in,
    add_rows,
    add_traces,
    with_accepted,
    without_runs,
)
from lineage_stats.detectors._inputs import Runs, is_traces, require_runs
from lineage_stats.exceptions import BaselineError
from lineage_stats.trace import Trace


class Living:
    """The part of a detector by which its baseline changes after `fit`."""

    if TYPE_CHECKING:
        history_: Runs
        reference_: Trace | None
        n_features_in_: int
        quarantined_run_ids_: tuple[str, ...]
        events_: tuple[dict[str, str], ...]

        def fit(self, X: Any, y: None = None, *, engine: str = "local") -> Self: ...
        def _validate_parameters(self) -> None: ...
        def _runs_of_array(self, X: Any, *, reset: bool = True) -> Runs: ...
        def _fit_runs(self, runs: Runs) -> None: ...

    @final
    def partial_fit(self, X: Any, y: None = None) -> Self:
        """Take further healthy runs into the baseline.

        Parameters
        ----------
        X : TraceSet, list of Trace, or array-like of shape (n_runs, n_cells)
            Further healthy runs; rows of an array follow those that were fitted. Runs in
            quarantine are passed over.
        y : None
            Ignored; scikit-learn passes it.

        Returns
        -------
        self
            The detector, as `fit` on all runs at once would leave it.

        Raises
        ------
        BaselineError
            If the runs are of another pipeline or of another sort than those fitted.

        Notes
        -----
        The features of the healthy runs are kept for this, and saved with the detector. No more
        than `max_runs` runs are looked at, so that the time has a bound.
        """
        if not hasattr(self, "calibration_"):
            return self.fit(X)
        return self._add(X, ())

    def _add(self, X: Any, accepted: Iterable[str]) -> Self:
        self._validate_parameters()
        self._require_history()
        if is_traces(X) != (self.reference_ is not None):
            raise BaselineError(
                f"This {type(self).__name__} was fitted on "
                f"{'traces' if self.reference_ is not None else 'an array'}: add more of these."
            )
        if is_traces(X):
            traces = [X] if isinstance(X, Trace) else list(X)
            kept = [t for t in traces if t.run_id not in self.quarantined_run_ids_]
            runs = add_traces(self.history_, kept)
            # What a person said of a run stays true when it comes once more.
            runs = with_accepted(runs, {*accepted_in(self.history_), *accepted})
            self.n_features_in_ = len(runs.cells)
        else:
            runs = add_rows(self.history_, self._runs_of_array(X, reset=False))
        self._fit_runs(runs)
        return self

    @final
    def accept(self, traces: Any, *, reason: str = "") -> Self:
        """Take runs into the baseline that a person calls healthy, be they flagged or not.

        Another run like one of these is not flagged again. Of one that stands out in very many
        cells the scales learn nothing, as `screen_runs` says: it would blind them.

        Parameters
        ----------
        traces : Trace or sequence of Trace
            Runs of the pipeline; they leave quarantine.
        reason : str, default=""
            Why, for `events_`.

        Returns
        -------
        self
            The detector.
        """
        check_is_fitted(self, "calibration_")
        chosen = [traces] if isinstance(traces, Trace) else list(traces)
        accepted = [trace.run_id for trace in chosen]
        self.quarantined_run_ids_ = tuple(
            r for r in self.quarantined_run_ids_ if r not in set(accepted)
        )
        self._add(chosen, accepted)
        self._note("accept", accepted, reason)
        return self

    @final
    def quarantine(self, run_ids: str | Iterable[str], *, reason: str = "") -> Self:
        """Take runs out of the baseline, and keep them out.

        Parameters
        ----------
        run_ids : str or iterable of str
            Runs; they need not be in the baseline yet.
        reason : str, default=""
            Why, for `events_`.

        Returns
        -------
        self
            The detector, as if it had never seen these runs.

        Raises
        ------
        TooFewRunsError
            If fewer than two runs are left.
        """
        check_is_fitted(self, "calibration_")
        dropped = [run_ids] if isinstance(run_ids, str) else list(run_ids)
        self._require_history()
        left = without_runs(self.history_, dropped)
        require_runs(len(left.values))
        self.quarantined_run_ids_ = tuple(dict.fromkeys((*self.quarantined_run_ids_, *dropped)))
        if len(left.values) < len(self.history_.values):
            self._fit_runs(left)
        self._note("quarantine", dropped, reason)
        return self

    def _require_history(self) -> None:
        if not len(self.history_.values):
            raise BaselineError(
                f"This {type(self).__name__} was saved by an older version, without the features "
                "of its runs, so runs can be neither added nor taken out. Fit it again."
            )

    def _note(self, event: str, run_ids: Iterable[str], reason: str) -> None:
        new = ({"event": event, "run_id": run_id, "reason": reason} for run_id in run_ids)
        self.events_ = (*self.events_, *new)
