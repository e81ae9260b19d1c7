"""From calls that have ended to operations, when there is time for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._arguments import facts_of
from lineage_stats.hooks._calls import WatchedCall
from lineage_stats.hooks._callsite import CallSite, current_folder, display_path, locate
from lineage_stats.hooks._columns._book import lineage_text
from lineage_stats.hooks._columns._settings import settings_text
from lineage_stats.hooks._data import DataBook
from lineage_stats.hooks._inner import steps_text
from lineage_stats.hooks._provider import Target
from lineage_stats.hooks._refs import flat
from lineage_stats.hooks._sampling import Profile, Sampler
from lineage_stats.hooks._steps import MAX_EDGES, MAX_REPEATS, Fold, Step
from lineage_stats.trace import DataRef, Operation

Problem = Callable[[str, Target, BaseException], None]


class OperationMaker:
    """Makes operations of the calls of one run.

    Parameters
    ----------
    data : DataBook
        The data of the run.
    sampler : Sampler
        Measures samples.
    zero : int
        What to add to the clock of calls for nanoseconds since the epoch.
    problem : callable
        Told where what could not be recorded, and why.
    """

    def __init__(self, data: DataBook, sampler: Sampler, zero: int, problem: Problem) -> None:
        self._data = data
        self._sampler = sampler
        self._zero = zero
        self._problem = problem
        self._folder = current_folder()

    def listed(self, calls: Sequence[WatchedCall]) -> Iterable[Operation]:
        """Yield the operations of calls that are listed one by one."""
        self._locate(calls)
        profiles = self._profiles(calls)
        for call, profile in zip(calls, profiles, strict=True):
            try:
                yield self._operation(call, profile)
            except Exception as error:  # noqa: BLE001  # fail open: the rest of the batch counts
                pass_on(error)
                self._problem("flush", call.watched.target, error)

    def folded(self, steps: Iterable[Step]) -> Iterable[Operation]:
        """Yield for each step the operation that stands for its calls that are not listed."""
        for step in steps:
            if step.fold is not None:
                try:
                    yield self._fold(step, step.fold)
                except Exception as error:  # noqa: BLE001  # as above
                    pass_on(error)
                    self._problem("flush", step.fold.call.watched.target, error)

    def _operation(self, call: WatchedCall, profile: Profile) -> Operation:
        features = {**call.said.features, "cpu": call.cpu / 1e9}
        if call.said.value is not None:
            features["metric_value"] = float(call.said.value)
        inputs = self._data.data_refs(flat(call.inputs))
        outputs = self._data.data_refs(call.outputs)
        place = self._place(call, call.turn)
        if place["kind"] == "selection":
            features.update(_selectivity(inputs, outputs))
        return Operation(
            **place,
            inputs=inputs,
            outputs=outputs,
            features={**features, **profile},
            facts={**self._source_facts(call.step.place), **self._facts(call)},
            status="ok" if call.error is None else "failed",
            error=call.error,
            duration_ns=call.stop - call.start,
            lineage=self._lineage(call),
            steps=steps_text(call.steps),
        )

    def _lineage(self, call: WatchedCall) -> str | None:
        """Return what is known of columns; an operation does without where that fails."""
        try:
            return lineage_text(call.recipe, call.step.place.variables())
        except Exception as error:  # noqa: BLE001  # fail open
            pass_on(error)
            self._problem("columns", call.watched.target, error)
            return None

    def _settings(self, call: WatchedCall) -> str:
        """Return what the program put in; an operation does without where that fails."""
        try:
            return settings_text(call.settings) if call.settings else ""
        except Exception as error:  # noqa: BLE001  # fail open: it counts without its settings
            pass_on(error)
            self._problem("settings", call.watched.target, error)
            return ""

    def _fold(self, step: Step, fold: Fold) -> Operation:
        call = fold.call
        features = {**call.said.features, "cpu": fold.cpu / 1e9, "calls": float(fold.n_calls)}
        features.update(fold.durations.features("duration", scale=10**9))
        if fold.rows.n == fold.n_calls:
            features.update(fold.rows.features("rows_out"))
        if fold.value is not None:
            features["metric_value"] = float(fold.value)
        return Operation(
            **self._place(call, MAX_REPEATS + 1),
            inputs=self._data.data_refs(list(fold.inputs)[:MAX_EDGES]),
            outputs=self._data.data_refs(list(fold.outputs)[:MAX_EDGES]),
            features=features,
            facts=self._source_facts(step.place),
            status="ok" if fold.error is None else "failed",
            error=fold.error,
            duration_ns=fold.duration,
        )

    def _place(self, call: WatchedCall, turn: int) -> dict[str, Any]:
        """Return the fields that say which operation it is, and where and when it began."""
        step, place = call.step, call.step.place
        return {
            "key": step.key(turn),
            "name": step.name,
            "kind": call.said.kind or call.watched.target.kind,
            "scope": place.scope,
            "occurrence": step.ordinal,
            "start_ns": self._zero + call.start,
            "file": step.shown_file or display_path(place.file, self._folder),
            "line": place.line,
            "metric": call.said.metric,
            "cell": step.cell,
        }

    def _facts(self, call: WatchedCall) -> dict[str, str]:
        facts: dict[str, str] = {}
        if call.arguments is not None:
            names = partial(self._data.column_names, call.inputs)
            facts = facts_of(call.watched, call.arguments, names)
        settings = self._settings(call)
        if settings:
            facts.setdefault("param[settings]", settings)
        facts["code"] = call.watched.code
        if call.samples is None:
            facts["profile"] = "skipped"
        facts.update(call.said.facts)
        return facts

    def _locate(self, calls: Sequence[WatchedCall]) -> None:
        try:
            locate([call.step.place for call in calls])
        except Exception as error:  # noqa: BLE001  # fail open
            pass_on(error)
            self._problem("flush", Target("", "source"), error)

    def _source_facts(self, place: CallSite) -> dict[str, str]:
        """Return the digests of a place's source; an operation does without where they fail."""
        try:
            return place.facts()
        except Exception as error:  # noqa: BLE001  # fail open
            pass_on(error)
            self._problem("flush", Target("", "source"), error)
            return {}

    def _profiles(self, calls: Sequence[WatchedCall]) -> list[Profile]:
        """Return the profiles of what each call made."""
        try:
            return self._sampler.measure([call.samples or [] for call in calls])
        except Exception as error:  # noqa: BLE001  # one by one, so that only the odd one is lost
            pass_on(error)
            return [self._profile(call) for call in calls]

    def _profile(self, call: WatchedCall) -> Profile:
        try:
            return self._sampler.measure([call.samples or []])[0]
        except Exception as error:  # noqa: BLE001  # fail open
            pass_on(error)
            self._problem("flush", call.watched.target, error)
            return {}


def _selectivity(inputs: Sequence[DataRef], outputs: Sequence[DataRef]) -> dict[str, float]:
    """Return the share of rows that a selection kept; one that repeats rows has none."""
    before = inputs[0].rows if inputs else None
    after = outputs[0].rows if outputs else None
    if not before or after is None or after > before:
        return {}
    return {"selectivity": after / before}
