"""A replay that is ready to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lineage_stats.attribution.replay._suspect import Suspect


@dataclass(frozen=True)
class Opened:
    """What can be reverted, and what runs the pipeline.

    Attributes
    ----------
    suspects : tuple of Suspect
        The most suspect first.
    run : callable
        Runs a coalition.
    notes : tuple of str
        What to know when reading the result.
    """

    suspects: tuple[Suspect, ...]
    run: Callable[..., float]
    notes: tuple[str, ...] = ()
