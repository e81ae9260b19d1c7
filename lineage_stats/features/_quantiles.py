"""What a summary keeps of the values of a cell to tell their quantiles: a sketch, or all of them.

The sketch is that of Karnin, Lang and Liberty (2016), as the package `datasketches` has it; its
bytes are those of Spark's ``kll_sketch_agg_double``.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from lineage_stats._optional import import_optional

FloatArray = npt.NDArray[np.float64]
Method = Literal["kll", "exact"]

# Values kept at the coarsest step, as Spark has it by default.
SKETCH_SIZE: Final = 200


class Distribution(Protocol):
    """The values of one cell, as far as they are kept; there is one value or more."""

    def update(self, values: FloatArray) -> None:
        """Add values, none of them NaN."""

    def merge(self, data: bytes) -> None:
        """Add what another one has, given its bytes."""

    def quantiles(self, ranks: Sequence[float]) -> list[float]:
        """Return the least value that is at least as large as this share of the values."""

    def rank_error(self) -> float:
        """Return by how much the share may be wrong, with a probability of 99 %."""

    def to_bytes(self) -> bytes:
        """Return what `merge` takes."""


def require_method(method: Any, size: Any) -> None:
    """Raise `ValueError` for parameters of the wrong kind, `MissingDependencyError` for a lack."""
    if method not in (None, "kll", "exact"):
        raise ValueError(
            f"The 'quantiles' parameter must be None, 'kll' or 'exact'. Got {method!r} instead."
        )
    if not (isinstance(size, Integral) and 8 <= int(size) <= 65_535):
        raise ValueError(
            f"The 'sketch_size' parameter must be an int between 8 and 65535. Got {size!r} instead."
        )
    if method == "kll":
        _datasketches()


def empty_distribution(method: Method, size: int) -> Distribution:
    """Return what keeps the values of a cell."""
    return _KllSketch(size) if method == "kll" else _AllValues()


class _KllSketch:
    def __init__(self, size: int) -> None:
        self._sketch = _datasketches().kll_doubles_sketch(int(size))

    def update(self, values: FloatArray) -> None:
        self._sketch.update(np.ascontiguousarray(values))

    def merge(self, data: bytes) -> None:
        self._sketch.merge(_datasketches().kll_doubles_sketch.deserialize(data))

    def quantiles(self, ranks: Sequence[float]) -> list[float]:
        return list(self._sketch.get_quantiles(list(ranks), True))

    def rank_error(self) -> float:
        if not self._sketch.is_estimation_mode():
            return 0.0
        return float(self._sketch.normalized_rank_error(False))

    def to_bytes(self) -> bytes:
        return bytes(self._sketch.serialize())


class _AllValues:
    def __init__(self) -> None:
        self._parts: list[FloatArray] = []

    def update(self, values: FloatArray) -> None:
        self._parts.append(np.array(values))

    def merge(self, data: bytes) -> None:
        self._parts.append(np.frombuffer(data, dtype="<f8"))

    def quantiles(self, ranks: Sequence[float]) -> list[float]:
        found = np.quantile(self._together(), np.asarray(ranks), method="inverted_cdf")
        return [float(value) for value in found]

    def rank_error(self) -> float:
        return 0.0

    def to_bytes(self) -> bytes:
        return self._together().astype("<f8").tobytes()

    def _together(self) -> FloatArray:
        self._parts = [np.sort(np.concatenate(self._parts))]
        return self._parts[0]


def _datasketches() -> Any:
    return import_optional("datasketches", extra="sketches", purpose="A sketch of quantiles")
