"""Which columns of an array another one shows that shares its memory."""

from __future__ import annotations

from typing import Any

from lineage_stats.hooks._columns._origins import Origin
from lineage_stats.hooks._numpy._values import ArrayOrigin

MOST_COLUMNS = 1000


def origin_of_view(view: Any, base: Any, origin: Origin) -> Origin | None:
    """Return the origin of a view, given that of the array behind it.

    Parameters
    ----------
    view, base : ndarray
        The view, and the array whose memory it shows.
    origin : Origin
        Where the columns of `base` come from.

    Returns
    -------
    Origin or None
        None where the view does not show whole columns, or parts of them.
    """
    at = columns_of_view(view, base)
    if at is None:
        return None
    return ArrayOrigin(
        {"np": "pick", "x": [origin], "n": len(at), "at": at}, len(at), origin.settings
    )


def columns_of_view(view: Any, base: Any) -> list[int] | None:
    """Return the positions of the columns of a table that a view of it shows, in order.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.zeros((5, 3))
    >>> columns_of_view(table[1:, ::2], table), columns_of_view(table[2], table)
    ([0, 2], None)
    """
    if base.ndim != 2 or view.ndim not in (1, 2) or view.dtype != base.dtype or not view.size:
        return None
    n_columns = view.shape[1] if view.ndim == 2 else 1
    offset = view.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    if n_columns > MOST_COLUMNS or offset < 0 or min(base.shape) < 2:
        return None
    step = view.strides[1] if view.ndim == 2 else 0
    if base.flags.c_contiguous:
        found = _of_rows(view, offset, step, *base.strides)
    elif base.flags.f_contiguous:
        found = _of_columns(view, offset, step, base.strides[1])
    else:
        return None
    if found is None:
        return None
    first, between = found
    at = [first + j * between for j in range(n_columns)]
    return at if min(at) >= 0 and max(at) < base.shape[1] else None


def _of_rows(view: Any, offset: int, step: int, line: int, cell: int) -> tuple[int, int] | None:
    """Return the first column and the distance to the next, of memory row by row."""
    if view.strides[0] % line or step % cell or (view.ndim == 1 and view.shape[0] == 1):
        return None
    return (offset % line) // cell, step // cell


def _of_columns(view: Any, offset: int, step: int, column: int) -> tuple[int, int] | None:
    """Return the first column and the distance to the next, of memory column by column."""
    last = offset % column + (view.shape[0] - 1) * view.strides[0]
    if step % column or not 0 <= last < column:
        return None
    return offset // column, step // column
