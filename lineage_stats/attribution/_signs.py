"""What points to each operation as the cause, as numbers that can be weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._data_signs import EVIDENT, DataSigns
from lineage_stats.attribution._evidence import Suspicion
from lineage_stats.attribution._inspector import Inspector
from lineage_stats.attribution._program_signs import ProgramSigns
from lineage_stats.attribution._standing import Standing

FloatArray = npt.NDArray[np.float64]

UNREAD = 0.5  # of signs of who made what nobody reads by lineage, which may end at a number
_STANDING = frozenset(
    {"held", "untouched", "untold", "source_alone", "source_besides", "below_edit", "above_edit"}
)


@dataclass(frozen=True)
class Signs:
    """Signs of the operations of one run.

    Attributes
    ----------
    keys : tuple of str
        The operations.
    names : tuple of str
        Names of the signs.
    values : ndarray of shape (n_operations, n_signs)
        Numbers from 0 to 1.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    values: FloatArray

    @property
    def evident(self) -> npt.NDArray[np.bool_]:
        """Which operations have a sign that is more than what they are and where they stand.

        The others did what they do in healthy runs, as far as chance lets tell.
        """
        telling = [
            not name.startswith("is_")
            and not name.endswith("_downstream")
            and name not in _STANDING
            for name in self.names
        ]
        return np.asarray((self.values[:, telling] > EVIDENT).any(axis=1))

    @property
    def edited(self) -> npt.NDArray[np.bool_]:
        """Which operations were edited, inserted or removed."""
        return np.asarray(self.values[:, self.names.index("only_edit")] > 0)


def collect_signs(inspector: Inspector, suspicions: Mapping[str, Suspicion]) -> Signs:
    """Return all signs of one run.

    Parameters
    ----------
    inspector : Inspector
        What is known of the run.
    suspicions : mapping of str to Suspicion
        What speaks against each operation in itself.
    """
    standing = Standing(inspector, suspicions)
    program = ProgramSigns(inspector, standing)
    data = DataSigns(inspector, standing, program, suspicions)
    columns = {**program.collect(), **data.collect(), **program.neighbours(), **_roles(standing)}
    names = tuple(columns)
    values = np.column_stack([columns[name] for name in names])
    values[program.unread] *= UNREAD
    return Signs(standing.keys, names, values)


def _roles(standing: Standing) -> dict[str, FloatArray]:
    kinds = ("source", "fit", "predict", "metric", "split", "selection", "join")
    return {f"is_{kind}": standing.is_of(kind).astype(np.float64) for kind in kinds}
