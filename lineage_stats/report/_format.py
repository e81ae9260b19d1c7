"""Numbers as people read them. No float noise, no needless digits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

SMALLEST_P_VALUE = 1e-6


def format_number(value: object, digits: int = 4, *, plus: bool = False) -> str:
    """Return a number with so many significant digits; integers in full with separators.

    Parameters
    ----------
    value : object
        A number, None, or text (returned as it is).
    digits : int, default=4
        Significant digits of a number that is not an integer.
    plus : bool, default=False
        Whether a positive number bears a sign.

    Returns
    -------
    str
        The number with a true minus sign; a dash for None and for NaN.

    Examples
    --------
    >>> format_number(12345.0), format_number(0.123456), format_number(None)
    ('12,345', '0.1235', '–')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "\u2013" if value is None else str(value)
    if math.isnan(value):
        return "\u2013"
    if math.isinf(value):
        return "\u221e" if value > 0 else "\u2212\u221e"
    if value == int(value) and abs(value) < 1e15:
        text = f"{int(value):,}"
    elif 10 ** (digits - 1) <= abs(value) < 1e15:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.{digits}g}"
    return f"{'+' if plus and value > 0 else ''}{text}".replace("-", "\u2212")


def format_p_value(value: float | None, *, named: bool = False) -> str:
    """Return a p-value; of one below a millionth only that it is, as no baseline tells more.

    Parameters
    ----------
    value : float or None
        The p-value.
    named : bool, default=False
        Whether ``p`` and a sign stand before it.

    Examples
    --------
    >>> format_p_value(0.0123), format_p_value(1e-40), format_p_value(0.0123, named=True)
    ('0.012', '< 1e−6', 'p = 0.012')
    """
    if value is not None and value < SMALLEST_P_VALUE:
        return f"{'p ' if named else ''}< 1e\u22126"
    return f"{'p = ' if named else ''}{format_number(value, 2)}"


def format_range(low: float | None, high: float | None) -> str:
    """Return a healthy range: two ends, one value where both are equal, a dash without one.

    Examples
    --------
    >>> format_range(0.1, 0.25), format_range(7.0, 7.0), format_range(None, None)
    ('0.1 to 0.25', '7', '–')
    """
    if low is None and high is None:
        return "\u2013"
    if low is None or high is None:
        return f"at most {format_number(high)}" if low is None else f"at least {format_number(low)}"
    first, last = format_number(low), format_number(high)
    return first if first == last else f"{first} to {last}"


def format_observed(anomaly: Mapping[str, Any]) -> str:
    """Return what was measured: an entry of a report's ``anomalies`` in a few characters."""
    value = anomaly["value"]
    return str(anomaly["observed"]) if value is None else format_number(value)


def format_healthy(anomaly: Mapping[str, Any]) -> str:
    """Return what healthy runs have: a range, or the centre as text where there is none."""
    if anomaly["low"] is None and anomaly["high"] is None:
        return str(anomaly["expected"]) or "\u2013"
    return format_range(anomaly["low"], anomaly["high"])


def group_anomalies(anomalies: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry per operation: its first anomaly, and ``also``, the names of the others."""
    groups = [list(group) for _, group in groupby(anomalies, key=lambda row: row["operation"])]
    return [{**group[0], "also": [row["feature"] for row in group[1:]]} for group in groups]


def format_with_error(value: float, error: float | None) -> str:
    """Return a signed value with as many decimals as its standard error has in two digits.

    Examples
    --------
    >>> format_with_error(0.14763, 0.0492), format_with_error(12.0, None)
    ('+0.148 \u00b1 0.049', '+12')
    """
    if not error or not math.isfinite(error):
        return format_number(value, plus=True)
    decimals = max(0, 1 - math.floor(math.log10(error)))
    text = f"{value:+,.{decimals}f} \u00b1 {error:,.{decimals}f}"
    return text.replace("-", "\u2212")


def shorten(text: str, length: int) -> str:
    """Shorten in the middle: both ends of a qualified name tell something.

    Examples
    --------
    >>> shorten("LogisticRegression.predict_proba", 24)
    'LogisticR\u2026.predict_proba'
    """
    if len(text) <= length:
        return text
    tail = min(len(text.rpartition(".")[2]) + 1, 2 * length // 3)
    head = length - 1 - tail
    return f"{text[:head]}\u2026{text[len(text) - tail :]}"
