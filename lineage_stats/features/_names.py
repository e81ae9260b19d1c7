"""How features are named: ``statistic[column]@port``."""

from __future__ import annotations

from typing import NamedTuple


class FeatureName(NamedTuple):
    """Parts of a feature's name.

    Attributes
    ----------
    statistic : str
        What was measured, as ``mean``; a key of `lineage_stats.features.FEATURES`.
    column : str or None
        Of which column (or parameter), if of one.
    port : int
        Which output (for ``rows_in``: which input) it belongs to, from 0.
    """

    statistic: str
    column: str | None = None
    port: int = 0

    def __str__(self) -> str:
        column = "" if self.column is None else f"[{self.column}]"
        return f"{self.statistic}{column}{f'@{self.port}' if self.port else ''}"


def parse_feature(name: str) -> FeatureName:
    """Take a feature's name apart; the inverse of ``str(FeatureName(...))``.

    Parameters
    ----------
    name : str
        Name as it stands in `Operation.features` or `Operation.facts`.

    Returns
    -------
    FeatureName
        Its parts.

    Examples
    --------
    >>> parse_feature("mean[age]@1")
    FeatureName(statistic='mean', column='age', port=1)
    >>> str(FeatureName("rows_out"))
    'rows_out'
    """
    stem, at, port = name.rpartition("@")
    if not (at and port.isascii() and port.isdigit() and (stem.endswith("]") or "[" not in stem)):
        stem, port = name, "0"
    statistic, bracket, rest = stem.partition("[")
    if bracket and rest.endswith("]"):
        return FeatureName(statistic, rest[:-1], int(port))
    return FeatureName(stem, None, int(port))
