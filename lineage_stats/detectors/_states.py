"""Cells that have changed several times: one more change of the kind is no news."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import special

from lineage_stats.detectors._bocpd import predict_left_out
from lineage_stats.detectors._transforms import FloatArray, IntArray


@dataclass(frozen=True)
class States:
    """Where the next state of a cell may be, and how probable it is that it comes today.

    Attributes
    ----------
    recurrence : ndarray of shape (n_cells,)
        Share of runs at which a change was called again: the first one is history.
    center, scale, df : ndarray
        Student-t predictive of the mean of a state from the others: of shape (n_cells,) for a new
        one, of shape (n_runs, n_cells) for that of each healthy run.
    """

    recurrence: FloatArray
    center: FloatArray
    scale: FloatArray
    df: FloatArray

    @classmethod
    def fit(cls, x: FloatArray, segment: IntArray) -> tuple[Self, Self]:
        """Learn the states of segments, numbered from 0 in each column of standardised values.

        Returns
        -------
        tuple of States
            For a new run, and for the healthy runs, each by the segments that it is not in.
        """
        n_segments = int(segment.max(initial=0)) + 1
        means = np.full((n_segments + 1, x.shape[1]), np.nan)  # the last is that of a new one
        for number in range(n_segments):
            mine = np.where(segment == number, x, np.nan)
            known = np.isfinite(mine).sum(axis=0)
            means[number] = np.where(known, np.nansum(mine, axis=0) / np.maximum(known, 1), np.nan)
        recurrence = np.maximum(segment.max(axis=0, initial=0) - 1, 0) / max(len(x), 1)
        found = predict_left_out(means)
        columns = np.arange(x.shape[1])
        old, new = (
            cls(recurrence, found.center[row], found.scale[row], found.df[row])
            for row in ((segment, columns), -1)
        )
        return new, old

    def most_surprising(self, x: FloatArray, seen: npt.NDArray[np.bool_]) -> FloatArray:
        """Return how large a score may be, given which standardised values are in a known range.

        The p-value of a value is at least that of a change at this run to a state that is as far
        out; one within the range of all states is as probable as the change.
        """
        away = np.abs(x - self.center) / self.scale
        # Most cells never change again: of these no tail is asked.
        tail = special.stdtr(
            self.df, -away, where=self.recurrence > 0, out=np.zeros(np.shape(away))
        )
        p = self.recurrence * np.where(seen, 1.0, 2 * tail)
        return np.asarray(-special.ndtri(np.clip(p, 1e-300, 1.0) / 2))
