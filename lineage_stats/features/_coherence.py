"""How strongly each column goes with the other columns."""

from __future__ import annotations

from lineage_stats.features._families import family_of

_TABLES = frozenset({"frame", "array", "sparse"})


def coherence(X: object, *, sample_rows: int = 1000, max_columns: int = 50) -> dict[str, float]:
    """Measure how strongly each numeric column goes with the others.

    Rows that were joined wrongly or shuffled leave the profile of every single column as it is;
    what a column has to do with the others is lost.

    Parameters
    ----------
    X : object
        A pandas DataFrame, a NumPy array or a SciPy CSR matrix.
    sample_rows : int, default=1000
        Most rows looked at, as in `profile_data`.
    max_columns : int, default=50
        Most columns looked at: the first ones.

    Returns
    -------
    dict of str to float
        ``coherence[c]`` in [0, 1] for each column c of numbers, booleans, dates or durations
        that varies; empty where there are fewer than two of these.

    Notes
    -----
    It is the root mean square of Pearson's correlations with each of the other columns. Of n rows
    of independent columns it is about ``1 / sqrt(n - 1)``. Missing and infinite values count as
    the mean of their column.

    Examples
    --------
    >>> import numpy as np
    >>> side = np.array([1.0, 2.0, 3.0, 5.0])
    >>> round(coherence(np.column_stack([side, 2 * side]))["coherence[0]"], 6)
    1.0
    """
    if family_of(type(X)) not in _TABLES:
        return {}
    from lineage_stats.features._columns import sample_columns  # NumPy, which `X` brought along
    from lineage_stats.features._target import rms_correlations

    columns = sample_columns(X, sample_rows, max_columns)
    if columns is None:
        return {}
    names, values = columns.matrix()
    found = rms_correlations(values).tolist()
    return {f"coherence[{n}]": c for n, c in zip(names, found, strict=True) if c == c}
