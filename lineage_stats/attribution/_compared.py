"""What a metric compares: who made each argument, and how unusual it is."""

from __future__ import annotations

import numpy as np

from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._scoring import strength

METRIC = "metric"  # kind of the operations whose features tell of what they received


def compared(observation: Observation, reader: str) -> list[tuple[str | None, float]]:
    """Return of each argument of a metric the operation that made it, and how unusual it is.

    Parameters
    ----------
    observation : Observation
        A run.
    reader : str
        Operation that computed a metric.

    Returns
    -------
    list of (str or None, float)
        In order of the arguments: the maker, None where it is not known, and the strength, from 0
        to 1, of the most unusual number that tells of the argument.
    """
    makers = [None if slot is None else slot[0] for slot in observation.slots.get(reader, ())]
    return list(zip(makers, _sizes(observation, reader), strict=False))


def _sizes(observation: Observation, reader: str) -> list[float]:
    layout = observation.baseline.layout
    if reader not in layout.operations:
        return []
    cells = np.flatnonzero(layout.cell_operation == layout.operations.index(reader))
    sizes = strength(np.nan_to_num(observation.unusual[cells]))
    found: dict[str, float] = {}
    for j, size in zip(cells.tolist(), sizes.tolist(), strict=True):
        if layout.names[j].column is not None and layout.outcome[j]:
            name = str(layout.names[j].column).partition(".")[0]
            found[name] = max(found.get(name, 0.0), size)
    return list(found.values())
