"""Checks of arrays that several measures share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def same_length(**arrays: Sized) -> int:
    """Return the common length of arrays, which are named in the error if there is none."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1:
        found = ", ".join(f"{n} of '{name}'" for name, n in lengths.items())
        raise ValueError(f"One entry per run is needed in every array; got {found}.")
    return next(iter(lengths.values()))


def labels(**arrays: npt.ArrayLike) -> list[BoolArray]:
    """Return arrays of True and False, one entry per run in each."""
    found = {name: np.asarray(array) for name, array in arrays.items()}
    if len({array.shape for array in found.values()}) != 1 or any(
        array.ndim != 1 for array in found.values()
    ):
        names = " and ".join(f"'{name}'" for name in found)
        shapes = " and ".join(str(array.shape) for array in found.values())
        raise ValueError(f"{names} must be one label per run; got shapes {shapes}.")
    for name, array in found.items():
        if not np.isin(array, (0, 1)).all():
            raise ValueError(f"'{name}' must hold True and False (or 1 and 0) only.")
    return [array.astype(bool) for array in found.values()]


def numbers(**arrays: npt.ArrayLike) -> list[FloatArray]:
    """Return arrays of numbers without NaN, one entry per run in each."""
    found = {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}
    for name, array in found.items():
        if array.ndim != 1:
            raise ValueError(f"'{name}' must be one number per run; got shape {array.shape}.")
        if np.isnan(array).any():
            raise ValueError(f"'{name}' holds NaN for {int(np.isnan(array).sum())} runs.")
    same_length(**found)
    return list(found.values())


def share(name: str, value: float) -> float:
    """Return a float that must lie strictly between 0 and 1."""
    if not 0 < value < 1:
        raise ValueError(f"'{name}' must be a float in (0, 1). Got {value!r} instead.")
    return float(value)


def without_index(array: Any) -> Any:
    """Return a column or table of pandas as an array, which is taken from by position."""
    return array.to_numpy() if hasattr(array, "to_numpy") else array


def take(array: Sequence[Any] | npt.NDArray[Any], at: Iterable[int]) -> Any:
    """Return some entries of an array, or of any other sequence."""
    return array[list(at)] if isinstance(array, np.ndarray) else [array[i] for i in at]
