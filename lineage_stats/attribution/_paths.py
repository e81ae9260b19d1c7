"""Paths from the operations of one run to the metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._scoring import transmission
from lineage_stats.attribution._transmission import (
    HIDDEN,
    ROWS,
    TERMINAL_KINDS,
    WHOLE,
    WIDTH,
    Node,
    Reach,
)

FloatArray = npt.NDArray[np.float64]
MANY_NULLS = 4.0  # standard deviations


class Paths:
    """How credible it is that what an operation did arrived at the metric."""

    def __init__(
        self, observation: Observation, upstream: Sequence[str], *, ends: Sequence[str] = ()
    ) -> None:
        self.observation = observation
        self.upstream = tuple(upstream)
        self.ends = tuple(ends)

    def arrival(self, node: Node) -> float:
        """Return the credibility of one (operation, port, column or label), from 0 to 1."""
        return float(transmission(self._width(self.reach, node), self._width(self.connected, node)))

    def arrival_through(self, reader: str, label: str) -> float:
        """Return the credibility of what an operation read, from 0 to 1."""
        if self.observation.operations[reader].kind in TERMINAL_KINDS:
            return 1.0
        return self.arrival((reader, 0, label))

    @cached_property
    def arrived(self) -> FloatArray:
        """How credible it is that each cell's anomaly arrived at the metric."""
        of_cell, numbers = self.observation.baseline.groups
        reach = np.zeros((2, len(numbers) + 1))  # cells of no group are the last, 0
        for node, i in numbers.items():
            reach[:, i] = self._width(self.reach, node), self._width(self.connected, node)
        return transmission(reach[0, of_cell], reach[1, of_cell])

    def _width(self, reach: Reach, node: Node) -> float:
        operation, port, label = node
        if operation not in self.observation.operations:
            return 0.0
        if label == ROWS:
            return reach.rows(operation, port)
        if label in (WIDTH, WHOLE):
            return reach.operation(operation)
        return reach.column(operation, port, label)

    @cached_property
    def reach(self) -> Reach:
        """Widest paths to the metric in this run."""
        numbers, anomaly = self.observation.baseline.groups[1], self.observation.group_anomaly
        return self._paths(
            {node: float(anomaly[i]) for node, i in numbers.items()}, with_nulls=self._with_nulls()
        )

    def _with_nulls(self) -> list[Node]:
        """Columns that have more missing values than in healthy runs."""
        baseline, unusual = self.observation.baseline, self.observation.unusual
        return [
            (baseline.layout.cells[j].operation, name.port, name.column)
            for j, name in enumerate(baseline.layout.names)
            if name.statistic == "nulls" and name.column is not None and unusual[j] > MANY_NULLS
        ]

    @cached_property
    def connected(self) -> Reach:
        """Paths to the metric whatever the anomalies, without those from columns to rows."""
        return self._paths({}, columns_to_rows=0.0, full=1.0)

    def _paths(
        self,
        anomaly: Mapping[Node, float],
        *,
        columns_to_rows: float = HIDDEN,
        with_nulls: Sequence[Node] = (),
        full: float = float("inf"),
    ) -> Reach:
        observation = self.observation
        children: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for key in self.upstream:
            for slot, producer in enumerate(observation.slots[key]):
                if producer is not None:
                    children.setdefault(producer, []).append((key, slot))
        kinds = {key: observation.operations[key].kind for key in self.upstream}
        inherited = {
            key: {
                column
                for producer in observation.slots[key]
                if producer is not None
                for column in self.observation.columns.get(producer[0], {}).get(producer[1], ())
            }
            for key in self.upstream
        }
        return Reach(
            self.upstream,
            kinds,
            children,
            self.observation.columns,
            inherited,
            anomaly,
            columns_to_rows=columns_to_rows,
            with_nulls=with_nulls,
            full=full,
            ends=self.ends,
            made_of=observation.made_of,
        )
