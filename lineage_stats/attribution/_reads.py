"""What a metric reads of what operations made, in healthy runs or in the run to be explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from lineage_stats.attribution._feeds import MATCHED, TARGET, Feeds, feeds_of_fit, relevance
from lineage_stats.attribution._observation import Observation
from lineage_stats.exceptions import LineageStatsError
from lineage_stats.trace import Operation
from lineage_stats.trace._lineage._written import written_names


class Reads:
    """Column lineage between the operations of one run and its metric, by canonical keys.

    Where the run has other operations than healthy runs, or other lineage, what either of them
    says counts.
    """

    def __init__(self, observation: Observation, metric: str) -> None:
        self.observation = observation
        self.metric = metric
        self._followed: dict[str, dict[str, frozenset[str]]] = {}
        self._matched: dict[str, dict[str, frozenset[str]]] = {}

    @cached_property
    def relevance(self) -> Mapping[tuple[str, str], float]:
        """How far the metric depends on columns of operations; of others it is not known."""
        observation = self.observation
        known = dict(observation.baseline.relevance(self.metric))
        if not self.observation.is_as_usual:
            for (key, column), weight in relevance(
                observation.trace, self._own[self.metric]
            ).items():
                label = (observation.keys[key], column)
                known[label] = max(known.get(label, 0.0), weight)
        return known

    @cached_property
    def told(self) -> frozenset[str]:
        """Operations of which it is known what the metric depends on."""
        return frozenset(key for key, _ in self.relevance)

    def feeds(self, fit: str, columns: Iterable[str]) -> Feeds:
        """Return who handled columns of a fit's input, and its target."""
        usual = self.observation.baseline.feeds.get(fit, {})
        if self.observation.is_as_usual or fit not in self._own:
            return usual
        now = self._followed.setdefault(fit, {})
        unknown = tuple(column for column in columns if column not in now)
        if unknown:
            own = feeds_of_fit(self.observation.trace, self._own[fit], unknown)
            keys = self.observation.keys
            now.update(dict.fromkeys(unknown, frozenset()))
            now.update({c: frozenset(keys[key] for key in own[c]) for c in own})
        return {**usual, **{c: usual.get(c, frozenset()) | now[c] for c in now if now[c]}}

    def steered(self, fit: str, columns: Sequence[str]) -> Feeds:
        """Return who handled columns of a fit's input, or made what they were matched by.

        An operation that makes another key of a join or a grouping does not touch the values of
        these columns, and gives them to other rows.
        """
        feeds, key = self.feeds(fit, columns), self._own.get(fit)
        if key is None:
            return feeds
        matched = self._matched.setdefault(fit, {})
        unknown = tuple(column for column in columns if column not in matched)
        if unknown or TARGET not in matched:
            own = feeds_of_fit(self.observation.trace, key, unknown, MATCHED)
            keys = self.observation.keys
            matched.update(dict.fromkeys((*unknown, TARGET), frozenset()))
            matched.update({c: frozenset(keys[k] for k in own[c]) for c in own})
        return {c: makers | matched.get(c, frozenset()) for c, makers in feeds.items()}

    def is_unread(self, key: str) -> bool:
        """Whether an operation only made columns that the metric does not depend on.

        That is known if other columns of a table that holds them are read.
        """
        op = self.observation.operations[key]
        made = self._made(op)
        if not made or any((key, column) in self.relevance for column in made):
            return False
        return not self.told.isdisjoint(self._reached(f"{op.key}.{column}" for column in made))

    def _made(self, op: Operation) -> frozenset[str]:
        """Return the columns that an operation made, if it did nothing else; none otherwise."""
        written = written_names(op)
        if written is not None:
            return written
        if all(ref.kind == "column" for ref in op.outputs):
            columns_of = self.observation.trace.columns
            return frozenset(name for ref in op.outputs for name, _ in columns_of(ref))
        return frozenset()

    def _reached(self, names: Iterable[str]) -> set[str]:
        """Return the operations that the columns reach; none where one cannot be followed."""
        downstream = self.observation.trace.downstream
        try:
            reached = {d.operation for name in names for d in downstream(name)}
        except LineageStatsError:
            return set()
        return {self.observation.keys[key] for key in reached if key is not None}

    @cached_property
    def _own(self) -> Mapping[str, str]:
        """Keys in the run of canonical ones."""
        return {canonical: key for key, canonical in self.observation.keys.items()}
