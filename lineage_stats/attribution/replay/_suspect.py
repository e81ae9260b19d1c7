"""What can be at a healthy or at a faulty version."""

from __future__ import annotations

from dataclasses import dataclass

SUSPECT_KINDS = ("operation", "code", "data", "parameter", "environment")


@dataclass(frozen=True, slots=True)
class Suspect:
    """Something that a replay can put back to its healthy version.

    Attributes
    ----------
    name : str
        Unique among the suspects: ``features.py:41``, ``orders.csv``, ``--epochs``, or the key of
        an operation. Coalitions are sets of such names.
    kind : {"operation", "code", "data", "parameter", "environment"}
        What it is.
    operations : tuple of str
        Keys of the operations that it concerns, the most suspect first.
    detail : str
        What changed, for people.

    Examples
    --------
    >>> from lineage_stats.attribution import Suspect
    >>> Suspect("features.py:41", "code", detail="amount / 100 -> amount").kind
    'code'
    """

    name: str
    kind: str = "operation"
    operations: tuple[str, ...] = ()
    detail: str = ""

    def __post_init__(self) -> None:
        if self.kind not in SUSPECT_KINDS:
            raise ValueError(
                f"The 'kind' parameter of Suspect must be one of {', '.join(SUSPECT_KINDS)}. "
                f"Got {self.kind!r} instead."
            )
