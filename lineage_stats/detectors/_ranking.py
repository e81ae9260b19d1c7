"""Which operation to look at first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._score import text_of
from lineage_stats.trace import Trace

# An operation upstream explains one downstream if it makes the run anomalous by itself, or if it
# is at least half as abnormal.
EXPLAINING_SHARE: Final = 0.5


def rank_operations(
    cells: Mapping[str, npt.NDArray[Any]],
    reference: Trace,
    trace: Trace,
    mapping: Mapping[str, str],
    threshold: float,
) -> dict[str, list[Any]]:
    """Return one row per operation, in the order in which to look at them.

    Parameters
    ----------
    cells : mapping of str to ndarray
        Cells, most abnormal first.
    reference : Trace
        Gives place in the graph to operations that are missing from `trace`.
    trace : Trace
        The scored run.
    mapping : mapping of str to str
        Its keys -> canonical keys.
    threshold : float
        Strength from which an operation alone makes a run anomalous.

    Returns
    -------
    dict of str to list
        Columns of `TraceScore.operations`.

    Notes
    -----
    A metric is an effect. Where nothing upstream of an abnormal metric is flagged, operations
    upstream whose code changed are flagged with it and come first.
    """
    first: dict[str, int] = {}
    for i, key in enumerate(cells["operation"].tolist()):
        first.setdefault(key, i)
    flagged = dict.fromkeys(cells["operation"][cells["flagged"]].tolist())
    strength = {key: float(cells["strength"][i]) for key, i in first.items()}
    above = upstream(reference, trace, mapping)
    suspects = {key: strength[key] for key in flagged}
    origin = {key: not _explained(key, suspects, above, threshold) for key in suspects}
    finding = {key: _finding_of(key, suspects, origin, above) for key in suspects}
    changed = set(cells["operation"][cells["kind"] == "notice"]) - set(suspects)
    for key in [k for k in origin if origin[k] and cells["kind"][first[k]] == "metric"]:
        for other in changed & above.get(key, frozenset()):
            suspects[other] = max(suspects.get(other, 0.0), strength[key])
            origin[other], origin[key] = True, False
            finding[other] = other
            finding |= {k: other for k, cause in finding.items() if cause == key}
            notices = (cells["operation"] == other) & (cells["kind"] == "notice")
            first[other] = int(np.flatnonzero(notices)[0])
    position = {key: i for i, key in enumerate(above)}
    keys = sorted(
        first,
        key=lambda k: (
            k not in suspects,
            not origin.get(k, False),
            -suspects.get(k, strength[k]),
            position.get(k, len(position)),
        ),
    )
    at = [first[key] for key in keys]
    return {
        "operation": keys,
        "score": [strength[key] for key in keys],
        "p_value": [10 ** -strength[key] for key in keys],
        "flagged": [key in suspects for key in keys],
        "origin": [origin.get(key, False) for key in keys],
        "finding": [finding.get(key, "") for key in keys],
        **{name: [cells[name][i] for i in at] for name in ("feature", "location")},
        "observed": [text_of(cells["observed"][i], cells["value"][i]) for i in at],
        "expected": [text_of(cells["expected"][i], cells["centre"][i]) for i in at],
    }


def _explained(
    key: str,
    suspects: Mapping[str, float],
    above: Mapping[str, frozenset[str]],
    threshold: float,
) -> bool:
    """Return whether something upstream is abnormal enough to explain an operation."""
    enough = min(threshold, EXPLAINING_SHARE * suspects[key])
    return any(suspects.get(other, -1.0) >= enough for other in above.get(key, ()))


def _finding_of(
    key: str,
    suspects: Mapping[str, float],
    origin: Mapping[str, bool],
    above: Mapping[str, frozenset[str]],
) -> str:
    """Return the origin that an abnormal operation goes back to: itself, or one upstream."""
    if origin[key]:
        return key
    causes = [other for other in above.get(key, ()) if origin.get(other, False)]
    return max(causes, key=lambda other: (suspects[other], other), default=key)


def upstream(
    reference: Trace, trace: Trace, mapping: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    """Return the operations upstream of each, under canonical keys, in order of the runs.

    Edges of the run come first; an operation that the run lacks keeps its place between its
    parents and children of the reference run.
    """
    parents: dict[str, set[str]] = {}
    present = set(mapping.values())
    for key in reference.keys:
        parents[key] = set(reference.parents(key)) if key not in present else set()
        parents[key] |= {p for p in reference.parents(key) if p not in present}
    for key in trace.keys:
        parents.setdefault(mapping[key], set()).update(mapping[p] for p in trace.parents(key))
    done: dict[str, frozenset[str]] = {}

    def visit(key: str, path: frozenset[str]) -> frozenset[str]:
        if key not in done:
            found: set[str] = set()
            for parent in parents.get(key, set()) - path:
                found |= {parent} | visit(parent, path | {parent})
            done[key] = frozenset(found)
        return done[key]

    return {key: visit(key, frozenset({key})) for key in parents}
