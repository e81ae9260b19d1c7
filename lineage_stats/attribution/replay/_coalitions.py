"""Runs coalitions: each once, several at a time, within a budget, whatever they raise."""

from __future__ import annotations

import inspect
import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from lineage_stats.exceptions import ReplayError
from lineage_stats.trace._render import printable

Coalition = frozenset[str]
RunFunction = Callable[..., float]
OnProgress = Callable[[int, int], None]

MAX_ERROR = 200  # characters of an error that are kept


class BudgetSpentError(Exception):
    """No run may be started any more; caught where runs are planned."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the runs of one coalition gave, one value for each seed.

    Attributes
    ----------
    values : tuple of float
        Values of the metric; empty where a run broke down.
    error : str
        Why it broke down.
    seconds : float
        Time that the runs took, together.
    """

    values: tuple[float, ...] = ()
    error: str = ""
    seconds: float = 0.0

    @property
    def crashed(self) -> bool:
        """Whether there is no value."""
        return bool(self.error)

    @property
    def mean(self) -> float:
        """Mean over the seeds; NaN where a run broke down."""
        return statistics.fmean(self.values) if self.values else math.nan

    @property
    def standard_error(self) -> float:
        """Standard error of the mean; 0 where there is one seed only."""
        n = len(self.values)
        return statistics.stdev(self.values) / math.sqrt(n) if n > 1 else 0.0


@dataclass
class Budget:
    """How many runs may be started, and for how long."""

    max_runs: int | None = None
    max_minutes: float | None = None
    n_started: int = 0
    _begin: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        """Take one run from the budget; False where it is spent."""
        if self.max_runs is not None and self.n_started >= self.max_runs:
            return False
        minutes = (time.monotonic() - self._begin) / 60
        if self.max_minutes is not None and minutes >= self.max_minutes:
            return False
        self.n_started += 1
        return True


class Coalitions:
    """The worth of coalitions, each found out once.

    Parameters
    ----------
    run : callable
        Takes a frozenset of names, and a keyword ``seed`` if it has one. It may have a method
        ``recall(coalition, seed)`` that returns what an earlier run gave, or None, and a method
        ``stop()`` that ends the runs under way.
    n_repeats : int
        Number of seeds.
    n_jobs : int
        Runs at a time.
    budget : Budget
        What may be spent.
    on_progress : callable or None
        Told the numbers of runs done and planned.
    """

    def __init__(
        self,
        run: RunFunction,
        *,
        n_repeats: int = 1,
        n_jobs: int = 1,
        budget: Budget | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._run = run
        self._takes_seed = _takes_seed(run)
        self._recall: Callable[[Coalition, int], Outcome | None] = getattr(
            run, "recall", lambda coalition, seed: None
        )
        self._n_repeats, self._n_jobs = n_repeats, n_jobs
        self.budget = budget or Budget()
        self._on_progress = on_progress
        self._n_done = 0
        self._n_planned = 0
        self.known: dict[Coalition, Outcome] = {}

    def __getitem__(self, coalition: Coalition) -> Outcome:
        """Return what a coalition gave; it is run where that is not known."""
        self.find([coalition])
        return self.known[coalition]

    def find(self, coalitions: Iterable[Coalition]) -> None:
        """Run what is not known yet; raises BudgetSpentError where not all can be run."""
        missing = [c for c in dict.fromkeys(coalitions) if c not in self.known]
        self._n_planned = max(self._n_planned, self._n_done + len(missing) * self._n_repeats)
        if self._n_jobs == 1:
            self._one_by_one(missing)
        else:
            self._at_once(missing)

    def plan(self, n_more: int) -> None:
        """Say how many more coalitions are likely to be run."""
        self._n_planned = self._n_done + n_more * self._n_repeats

    def _one_by_one(self, missing: Sequence[Coalition]) -> None:
        for coalition in missing:
            runs = []
            for seed in range(self._n_repeats):
                earlier = self._recall(coalition, seed)
                if earlier is None and not self.budget.take():
                    raise BudgetSpentError
                runs.append(earlier or self._attempt(coalition, seed))
                self._tell()
                if runs[-1].crashed:
                    break
            self.known[coalition] = _together(runs)

    def _at_once(self, missing: Sequence[Coalition]) -> None:
        work = [(coalition, seed) for coalition in missing for seed in range(self._n_repeats)]
        found: dict[Coalition, list[Outcome]] = {coalition: [] for coalition in missing}
        pool = ThreadPoolExecutor(self._n_jobs, thread_name_prefix="replay")
        spent = False
        try:
            waiting: dict[Future[Outcome], Coalition] = {}
            while work or waiting:
                while work and len(waiting) < self._n_jobs and not spent:
                    coalition, seed = work.pop(0)
                    earlier = self._recall(coalition, seed)
                    if earlier is not None:
                        found[coalition].append(earlier)
                        self._tell()
                    elif self.budget.take():
                        waiting[pool.submit(self._attempt, coalition, seed)] = coalition
                    else:
                        spent = True
                if not waiting:
                    break
                for done in wait(waiting, return_when=FIRST_COMPLETED).done:
                    found[waiting.pop(done)].append(done.result())
                    self._tell()
        except BaseException:
            stop = getattr(self._run, "stop", None)
            if stop is not None:
                stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        for coalition, runs in found.items():
            if len(runs) == self._n_repeats:
                self.known[coalition] = _together(runs)
        if spent:
            raise BudgetSpentError

    def _attempt(self, coalition: Coalition, seed: int) -> Outcome:
        begin = time.monotonic()
        options: dict[str, Any] = {"seed": seed} if self._takes_seed else {}
        error = ""
        value = math.nan
        try:
            value = float(self._run(coalition, **options))
        except ReplayError:
            raise  # not the pipeline's
        except (Exception, SystemExit) as problem:  # noqa: BLE001  # any breakdown is evidence
            error = printable(f"{type(problem).__name__}: {problem}")[:MAX_ERROR]
        if not error and not math.isfinite(value):
            error = f"the metric is {value}"
        seconds = time.monotonic() - begin
        return Outcome(() if error else (value,), error, seconds)

    def _tell(self) -> None:
        self._n_done += 1
        if self._on_progress is not None:
            self._on_progress(self._n_done, max(self._n_planned, self._n_done))


def _takes_seed(run: RunFunction) -> bool:
    try:
        return "seed" in inspect.signature(run).parameters
    except (TypeError, ValueError):
        return False


def _together(runs: Sequence[Outcome]) -> Outcome:
    seconds = math.fsum(run.seconds for run in runs)
    broken = next((run for run in runs if run.crashed), None)
    if broken is not None:
        return Outcome((), broken.error, seconds)
    return Outcome(tuple(value for run in runs for value in run.values), "", seconds)
