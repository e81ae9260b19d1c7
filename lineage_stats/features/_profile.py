"""What the columns of a table or array look like, from a bounded sample of rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Any

from lineage_stats._interrupts import pass_on
from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._families import family_of

if TYPE_CHECKING:
    from lineage_stats.features._categories import Categories
    from lineage_stats.features._columns import Columns

MOST_COUNTED = 10_000_000  # bytes of texts that are remembered for one batch

_PROFILED = frozenset({"frame", "series", "index", "array", "sparse"})


def profile_data(
    obj: object, *, sample_rows: int = 1000, max_columns: int = 100
) -> dict[str, float]:
    """Measure the columns of a table, column or array.

    Parameters
    ----------
    obj : object
        A pandas DataFrame, Series or Index, a NumPy array of one or two dimensions, or a SciPy
        CSR matrix. It is only read.
    sample_rows : int, default=1000
        Most rows looked at. They are spread over the data by positions that depend only on the
        number of rows, so equal data has an equal profile.
    max_columns : int, default=100
        Most columns looked at: the first ones.

    Returns
    -------
    dict of str to float
        Features by name, without the port: of columns of numbers, dates and durations (in
        seconds, dates since the epoch) ``nulls[c]``, ``mean[c]``, ``sd[c]``, ``min[c]``,
        ``q25[c]``, ``q50[c]``, ``q75[c]`` and ``max[c]``; of booleans ``nulls[c]`` and
        ``mean[c]``, the share of True; of all others ``nulls[c]``, ``distinct[c]`` and
        ``top_share[c]``, and of texts their mean ``length[c]`` and the mean code point of their
        characters, ``char_code[c]``, and where some begin as numbers do the share of those that
        are, ``numeric_share[c]``; and ``null_share`` over all cells looked at. What is not
        defined, as the mean of a column without values, is left out. Empty for any other object.

    Notes
    -----
    Infinite values count as missing. Values of columns that are not numeric are counted,
    compared and, where there are several texts, averaged over their characters; they do not enter
    the result themselves. Cost: O(r c log r) for r rows and c columns looked at,
    whatever the size of the data.

    Examples
    --------
    >>> import pandas as pd
    >>> found = profile_data(pd.DataFrame({"age": [20.0, 30.0, None], "city": ["a", "b", "b"]}))
    >>> found["mean[age]"], found["distinct[city]"], round(found["null_share"], 3)
    (25.0, 2.0, 0.167)
    """
    if family_of(type(obj)) not in _PROFILED:
        return {}
    from lineage_stats.features._columns import sample_columns  # NumPy, which `obj` brought along

    columns = sample_columns(obj, sample_rows, max_columns)
    return profile_columns([columns])[0] if columns is not None else {}


def profile_columns(tables: Sequence[Columns]) -> list[dict[str, float]]:
    """Return the profile of each of several tables; together it takes much less time."""
    from lineage_stats.features._statistics import statistics_of_many

    joined = [_joined(table.numbers if table.n_rows else []) for table in tables]
    measured = statistics_of_many([values for _, values in joined])
    counted: BoundedCache[Any, Categories] = BoundedCache(MOST_COUNTED)
    return [
        _profile(table, names, statistics, counted) if table.n_rows else {}
        for table, (names, _), statistics in zip(tables, joined, measured, strict=True)
    ]


def _profile(
    columns: Columns,
    names: tuple[str, ...],
    statistics: Any,
    counted: BoundedCache[Any, Categories],
) -> dict[str, float]:
    """Put together what was measured of the numbers and what there is besides."""
    from lineage_stats.features._statistics import NUMBER_STATISTICS, flag_statistics

    found: dict[str, float] = {}
    nulls: list[float] = []
    if names:
        nulls += statistics[:, 0].tolist()
        keys = _feature_names(names, NUMBER_STATISTICS)
        figures = statistics.ravel().tolist()
        found.update(zip(keys, figures, strict=True))
        if not isfinite(sum(figures)):
            found = {key: value for key, value in found.items() if isfinite(value)}
    for flag_names, flags in columns.flags:
        for name, missing, share in zip(flag_names, *flag_statistics(flags), strict=True):
            nulls.append(missing)
            found[f"nulls[{name}]"] = missing
            if isfinite(share):
                found[f"mean[{name}]"] = share
    for name, array in columns.others:
        features = _category_features(name, array, columns.n_rows, counted)
        if features:
            nulls.append(features[f"nulls[{name}]"])
            found.update(features)
    if nulls:
        found["null_share"] = sum(nulls) / len(nulls)
    return found


def _category_features(
    name: str, array: Any, n_rows: int, known: BoundedCache[Any, Categories]
) -> dict[str, float]:
    from lineage_stats.features._categories import Categories, count_once

    if array is None:
        return {}
    try:
        counted = array if isinstance(array, Categories) else count_once(array, known)
    except Exception as error:  # noqa: BLE001  extension arrays are other people's code
        pass_on(error)
        return {}
    features = {f"nulls[{name}]": counted.nulls / n_rows}
    if counted.distinct is not None:
        features[f"distinct[{name}]"] = float(counted.distinct)
    if counted.distinct:
        features[f"top_share[{name}]"] = counted.top / (n_rows - counted.nulls)
    if counted.length is not None:
        features[f"length[{name}]"] = counted.length
    if counted.char_code is not None:
        features[f"char_code[{name}]"] = counted.char_code
    if counted.numeric is not None:
        features[f"numeric_share[{name}]"] = counted.numeric
    return features


def _joined(parts: list[tuple[Sequence[str], Any]]) -> tuple[tuple[str, ...], Any]:
    from numpy import concatenate, empty

    if not parts:
        return (), empty((0, 0))
    if len(parts) == 1:
        return tuple(parts[0][0]), parts[0][1]
    names = tuple(chain.from_iterable(names for names, _ in parts))
    return names, concatenate([values for _, values in parts])


@lru_cache(maxsize=256)
def _feature_names(names: tuple[str, ...], statistics: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{statistic}[{name}]" for name in names for statistic in statistics)
