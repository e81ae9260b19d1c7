"""Checks of parameters that several functions have."""

from __future__ import annotations


def check_rate(rate: object, caller: str) -> None:
    """Raise ValueError unless a false alarm rate is a number between 0 and 0.5."""
    if not (isinstance(rate, int | float) and 0 < rate < 0.5):
        raise ValueError(
            f"The 'false_alarm_rate' parameter of {caller} must be a float in (0, 0.5). "
            f"Got {rate!r} instead."
        )
