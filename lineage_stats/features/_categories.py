"""How the values of a column that is not numeric are distributed and spelt, without their text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._pandas_access import arrow_content

MOST_TEXT = 1_000_000
MOST_CONTENT = 50_000  # bytes of one column that is counted once, wherever it appears
MOST_CHARACTERS = 100_000  # of different texts of which the form is told
_ATOMIC_LIBRARIES = frozenset({"builtins", "datetime", "decimal", "uuid", "numpy", "pandas"})
_NESTED = ("list", "struct", "map", "large_list", "fixed_size_list")  # Arrow cannot compare them
_CONTAINERS = (tuple, list, dict, set, frozenset, bytearray, np.ndarray, np.void)


class Categories(NamedTuple):
    """Counts of one column.

    Attributes
    ----------
    nulls : int
        Missing values.
    distinct : int or None
        Different values among the others; None where they cannot be compared.
    top : int
        How often the most frequent one occurs.
    length : float or None
        Mean number of characters, if all are texts.
    char_code : float or None
        Mean code point of all their characters: another case, another encoding or other
        punctuation move it. None where all texts are the same one, which it might give away.
    numeric : float or None
        Share of them that read as a number; None where none begins as one does, or all are the
        same.
    """

    nulls: int
    distinct: int | None
    top: int
    length: float | None = None
    char_code: float | None = None
    numeric: float | None = None


def count_categories(array: Any) -> Categories:
    """Count the values of a one-dimensional NumPy or extension array."""
    if isinstance(array, np.ndarray):
        return _count_objects(array.tolist())
    codes = getattr(array, "codes", None)  # a categorical's
    if codes is None:
        if array.nbytes > MOST_TEXT or array.dtype.name.startswith(_NESTED):
            return Categories(int(array.isna().sum()), None, 0)
        codes, values = array.factorize()
    else:
        values = array.categories
    counts = np.bincount(codes + 1, minlength=1)
    present = counts[1:]
    found = np.flatnonzero(present)
    if len(found) < len(values):
        values, present = values.take(found), present[found]
    # Texts outside of Python are copied; those inside are only pointed to.
    form = () if values.nbytes > MOST_TEXT else text_form(values.tolist(), present)
    return Categories(int(counts[0]), len(found), int(present.max(initial=0)), *form)


def count_once(array: Any, counted: BoundedCache[Any, Categories]) -> Categories:
    """Return what `count_categories` does; of texts in Arrow's memory, what is known of them.

    A column of texts goes through most operations of a program as it is.
    """
    found = arrow_content(array, MOST_CONTENT)
    if found is None:
        return count_categories(array)
    content, size = found
    known = counted.get(content)
    if known is None:
        known = counted.keep(content, count_categories(array), size)
    return known


def _count_objects(values: list[Any]) -> Categories:
    """Count Python objects, calling no code but that of well-known libraries."""
    if not are_atomic(values) or _text_size(values) > MOST_TEXT:
        return Categories(sum(map(is_missing, values)), None, 0)
    counts = Counter(values)
    missing = [value for value in counts if is_missing(value)]
    nulls = sum(counts.pop(value) for value in missing)
    form = text_form([*counts], [*counts.values()])
    return Categories(nulls, len(counts), max(counts.values(), default=0), *form)


def text_form(
    values: list[Any], counts: Sequence[int] | npt.NDArray[np.intp]
) -> tuple[float | None, float | None, float | None]:
    """Return `length`, `char_code` and `numeric` of texts, each of which occurs so often.

    Examples
    --------
    >>> text_form(["ab", "c"], [1, 2])
    (1.3333333333333333, 98.25, None)
    >>> text_form(["1.5", "1,5"], [3, 1])[2]
    0.75
    """
    try:
        if not values or sum(map(len, values)) > MOST_CHARACTERS:
            return None, None, None
        text = "".join(values)
    except TypeError:  # not all are texts
        return None, None, None
    lengths = np.fromiter(map(len, values), dtype=np.intp, count=len(values))
    times = np.asarray(counts)
    n_characters = int(lengths @ times)
    mean = n_characters / int(times.sum())
    if not n_characters or len(values) < 2:
        return mean, None, None
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    char_code = int(codes @ np.repeat(times, lengths)) / n_characters
    return mean, char_code, _numeric_share(values, times)


def _numeric_share(values: list[str], times: npt.NDArray[np.intp]) -> float | None:
    begins = [value.lstrip(" +-.")[:1].isdecimal() for value in values]
    if not any(begins):
        return None
    read = [begun and _is_number(value) for value, begun in zip(values, begins, strict=True)]
    return int(times @ np.asarray(read)) / int(times.sum())


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def are_atomic(values: list[Any]) -> bool:
    """Return whether all are values of well-known types that hold no others."""
    return all(map(_is_atomic, set(map(type, values))))


def _is_atomic(cls: type) -> bool:
    library = cls.__module__.partition(".")[0]
    return library in _ATOMIC_LIBRARIES and not issubclass(cls, _CONTAINERS)


def is_missing(value: Any) -> bool:
    """Return whether a value of any type stands for none."""
    if value is None:
        return True
    cls = type(value)
    if isinstance(value, float) or cls.__name__ in ("NaTType", "Decimal", "datetime64"):
        return bool(value != value)
    return cls.__name__ == "NAType"


def _text_size(values: list[Any]) -> int:
    return sum(len(value) for value in values if type(value) in (str, bytes))
