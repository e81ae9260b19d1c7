"""Samples of what calls made: taken at once, measured later, within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from lineage_stats.features._shape import Outline
from lineage_stats.hooks._data import Outputs
from lineage_stats.hooks._provider import Call

if TYPE_CHECKING:
    from lineage_stats.features._samples import Sample

MOST_WAITING = 4_000_000  # values that wait to be measured: 32 MB
MOST_FEATURES = 1000  # that one call may have
ALLOWANCE_NS = 500_000_000
SHARE = 0.02

_PROFILED = frozenset({"table", "column", "array"})

Profile = dict[str, float]
# Number of the output, and its sample, or its profile where too much was waiting.
Samples = list[tuple[int, "Sample | Profile"]]


class Sampler:
    """Takes samples of data and measures them, many together.

    Parameters
    ----------
    sample_rows : int
        Most rows of a sample.
    limited : bool, default=True
        Whether there is a budget of time.
    clock : callable, default=time.perf_counter_ns
        Wall clock, in nanoseconds.

    Attributes
    ----------
    n_skipped : int
        Calls whose results were not looked at, since the budget was spent.

    Notes
    -----
    The budget of time is half a second and 2 % of the run so far, for taking and for measuring.
    A sample costs some ten microseconds whatever the size of the data, and measuring it some ten
    more: a run spends the half second on about ten thousand operations at different places. So
    what runs of usual size record does not depend on the speed of the machine, which is worth
    more than a tighter bound: a profile that comes and goes would be news to a detector. One that
    is skipped is noted as such and leaves its features missing, not its operation.
    """

    def __init__(
        self,
        sample_rows: int,
        clock: Callable[[], int] = time.perf_counter_ns,
        *,
        limited: bool = True,
    ) -> None:
        self.n_skipped = 0
        self._sample_rows = sample_rows
        self._limited = limited
        self._clock = clock
        self._begun = clock()
        self._spent = 0
        self._waiting = 0
        self._take: Callable[[Any, Outline, int], Sample | None] | None = None
        self._size_of: Callable[[Sample], int]
        self._measure: Callable[[Sequence[Sample]], list[Profile]]

    def take(self, outputs: Outputs) -> Samples | None:
        """Return samples of what a call made; None if the budget is spent."""
        begin = self._clock()
        if self._is_spent(begin):
            self.n_skipped += 1
            return None
        take = self._take or self._load()
        samples: Samples = []
        for port, (obj, outline) in enumerate(outputs):
            if outline[0] in _PROFILED:
                sample = take(obj, outline, self._sample_rows)
                if sample is not None:
                    samples.append((port, self._queue(sample)))
        self._spent += self._clock() - begin
        return samples

    def extract(self, measure: Callable[[Call], Mapping[str, float]], call: Call) -> Profile:
        """Return what a provider measures at a call; nothing if the budget is spent."""
        begin = self._clock()
        if self._is_spent(begin):
            return {}
        try:
            found = measure(call)
            return {str(name): float(value) for name, value in islice(found.items(), MOST_FEATURES)}
        finally:
            self._spent += self._clock() - begin

    def _is_spent(self, now: int) -> bool:
        return self._limited and self._spent > ALLOWANCE_NS + SHARE * (now - self._begun)

    def _queue(self, sample: Sample) -> Sample | Profile:
        """Return the sample, or its profile where too many values are waiting already."""
        self._waiting += self._size_of(sample)
        return sample if self._waiting <= MOST_WAITING else self._measure([sample])[0]

    def measure(self, taken: Sequence[Samples]) -> list[Profile]:
        """Return for each list of samples the features of all outputs, by name."""
        self._waiting = 0
        begin = self._clock()
        waiting = [s for samples in taken for _, s in samples if not isinstance(s, dict)]
        measured = iter(self._measure(waiting) if waiting else ())
        found = [
            [(port, s if isinstance(s, dict) else next(measured)) for port, s in samples]
            for samples in taken
        ]
        self._spent += self._clock() - begin
        return [_named(profiles) for profiles in found]

    def _load(self) -> Callable[[Any, Outline, int], Sample | None]:
        # These import NumPy, which the program's data has brought along by now.
        from lineage_stats.features._samples import profile_samples, size_of, take_sample

        self._measure, self._size_of, self._take = profile_samples, size_of, take_sample
        return take_sample


def _named(profiles: list[tuple[int, Profile]]) -> Profile:
    """Return the features of all outputs, each with the number of its output but for the first."""
    features: Profile = {}
    for port, profile in profiles:
        if port:
            features.update((f"{name}@{port}", value) for name, value in profile.items())
        else:
            features.update(profile)
    return features
