"""Pipelines given as functions, of which nothing is run twice."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lineage_stats.attribution.replay._coalitions import Coalition


@dataclass(frozen=True)
class Step:
    """One step of a pipeline, at two versions.

    Attributes
    ----------
    name : str
        Unique in the pipeline.
    healthy : callable
        The healthy version. It gets the results of the steps in `inputs`, in that order, and must
        not change them; where it takes a keyword ``seed``, it gets the seed of the run.
    faulty : callable, default=None
        The version of the run; None where the step did not change.
    inputs : tuple of str, default=()
        Names of the steps whose results it gets.
    """

    name: str
    healthy: Callable[..., Any]
    faulty: Callable[..., Any] | None = None
    inputs: tuple[str, ...] = ()


class StepReplay:
    """Runs a pipeline that is given step by step, and no step twice in the same version.

    A step's result depends on its own version and on those of the steps upstream of it; where
    these are as in an earlier run its result is taken from there. Pass it as the ``replay`` of
    `attribute_root_cause`.

    Parameters
    ----------
    steps : iterable of Step
        The steps, each after its inputs; the last one returns the metric.

    Attributes
    ----------
    suspects : tuple of str
        Names of the steps that have a faulty version.

    Raises
    ------
    ValueError
        If there are no steps, a name occurs twice, or a step comes before one of its inputs.

    Examples
    --------
    >>> from lineage_stats.attribution import Step, StepReplay
    >>> replay = StepReplay([
    ...     Step("load", lambda: [1.0, 2.0, 3.0]),
    ...     Step("scale", lambda x: [v / 3 for v in x], lambda x: [v / 300 for v in x], ("load",)),
    ...     Step("mean", lambda x: sum(x) / len(x), inputs=("scale",)),
    ... ])
    >>> replay(frozenset()), replay(frozenset({"scale"}))
    (0.6666..., 0.0066...)
    >>> replay.n_steps_run  # it loaded once
    5
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = tuple(steps)
        _check(self._steps)
        self.suspects = tuple(step.name for step in self._steps if step.faulty is not None)
        self._upstream = _changed_upstream(self._steps)
        self._results: dict[tuple[str, Coalition, int], Any] = {}
        self._seconds: dict[str, list[float]] = {step.name: [] for step in self._steps}

    def __call__(self, coalition: Coalition, seed: int = 0) -> float:
        """Run what is not known yet of a version, and return its metric."""
        for step in self._steps:
            key = self._key(step.name, coalition, seed)
            if key not in self._results:
                self._results[key] = self._run(step, coalition, seed)
        return float(self._results[self._key(self._steps[-1].name, coalition, seed)])

    def _key(self, name: str, coalition: Coalition, seed: int) -> tuple[str, Coalition, int]:
        return name, self._upstream[name] & coalition, seed

    def _run(self, step: Step, coalition: Coalition, seed: int) -> Any:
        is_faulty = step.faulty is not None and step.name in coalition
        function = step.faulty if is_faulty and step.faulty is not None else step.healthy
        inputs = [self._results[self._key(name, coalition, seed)] for name in step.inputs]
        options = {"seed": seed} if "seed" in inspect.signature(function).parameters else {}
        begin = time.perf_counter()
        result = function(*inputs, **options)
        self._seconds[step.name].append(time.perf_counter() - begin)
        return result

    @property
    def n_steps_run(self) -> int:
        """How many steps were run."""
        return sum(map(len, self._seconds.values()))

    @property
    def n_pipelines_run(self) -> float:
        """How many whole runs of the pipeline would have taken as long; NaN before the first."""
        means = [sum(s) / len(s) for s in self._seconds.values() if s]
        spent = sum(map(sum, self._seconds.values()))
        return spent / sum(means) if sum(means) > 0 else float("nan")

    def __repr__(self) -> str:
        return f"<StepReplay of {len(self._steps)} steps, {len(self.suspects)} of them suspect>"


def _check(steps: Sequence[Step]) -> None:
    if not steps:
        raise ValueError("The 'steps' parameter of StepReplay must hold at least one step.")
    known: set[str] = set()
    for step in steps:
        if step.name in known:
            raise ValueError(f"Two steps of a StepReplay are called '{step.name}'.")
        missing = [name for name in step.inputs if name not in known]
        if missing:
            raise ValueError(
                f"Step '{step.name}' of a StepReplay gets the result of '{missing[0]}', which "
                "does not come before it."
            )
        known.add(step.name)


def _changed_upstream(steps: Sequence[Step]) -> dict[str, Coalition]:
    """Return for each step which steps with two versions its result depends on."""
    found: dict[str, Coalition] = {}
    for step in steps:
        own = {step.name} if step.faulty is not None else set()
        found[step.name] = frozenset(own.union(*(found[name] for name in step.inputs)))
    return found
