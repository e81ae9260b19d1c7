"""How strongly each column goes with the target."""

from __future__ import annotations

from math import isfinite

from lineage_stats.features._families import family_of

_TABLES = frozenset({"frame", "series", "array", "sparse"})
_MOST_CLASSES = 20
_MOST_TEXTS = 10


def association(
    X: object,
    y: object,
    *,
    sample_rows: int = 1000,
    max_columns: int = 100,
    discrete: bool | None = None,
) -> dict[str, float]:
    """Measure how strongly each column goes with the target.

    Parameters
    ----------
    X : object
        A pandas DataFrame or Series, a NumPy array or a SciPy CSR matrix of n rows.
    y : object
        Target: a pandas Series or DataFrame of one column, a NumPy array or a list, of n values.
    sample_rows : int, default=1000
        Most rows looked at, as in `profile_data`.
    max_columns : int, default=100
        Most columns looked at: the first ones.
    discrete : bool, default=None
        Whether the target holds classes. None takes it so unless its values are numbers and
        there are more than 20 different ones, or some that are not whole.

    Returns
    -------
    dict of str to float
        ``association[c]`` for each column c; columns that do not vary are left out, and so are
        those whose every text or category is another. Empty where the target has several
        columns, does not vary, names each row differently, or is of another length.

    Notes
    -----
    Of columns of numbers, booleans, dates and durations, for a target of numbers and for two
    classes, coded 0 and 1 in sorted order, it is Pearson's correlation, in [-1, 1]. For more
    classes it is the correlation ratio [1]_, in [0, 1]: the square root of the share of the
    column's sum of squares that lies between the class means. Rows without a finite value of the
    column or the target are left out, column by column.

    Of columns of texts and categories it is the root mean square of these strengths of single
    words, the 200 most common ones in the first 500 rows of the sample, less what chance makes of
    it: about 0 or a little less where they have nothing to do with the target. At most 10 such
    columns are looked at.

    References
    ----------
    .. [1] R. A. Fisher, "Statistical Methods for Research Workers", Oliver and Boyd, 1925,
       section 45.

    Examples
    --------
    >>> import numpy as np
    >>> age = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> association(age, np.array([2.0, 4.1, 5.9, 8.0]))["association[0]"] > 0.99
    True
    """
    if family_of(type(X)) not in _TABLES:
        return {}
    from lineage_stats.features._columns import sample_columns  # NumPy, which `X` brought along
    from lineage_stats.features._target import sample_target
    from lineage_stats.features._words import word_association

    columns = sample_columns(X, sample_rows, max_columns)
    target = sample_target(y, sample_rows, discrete=discrete, most_classes=_MOST_CLASSES)
    if columns is None or target is None or target.n_total != columns.n_total:
        return {}
    names, values = columns.matrix()
    strengths = dict(zip(names, target.correlate(values).tolist(), strict=True))
    for name, texts in columns.others[:_MOST_TEXTS]:
        strengths[name] = word_association(texts, target)
    return {
        f"association[{n}]": strength for n, strength in strengths.items() if isfinite(strength)
    }
