"""Labels and columns that no longer belong together: seen at fit, caused upstream.

The correlation of each column with the target is measured where a model is fitted, and with
labels whose shares a split keeps. A column or the target that was shuffled, shifted or joined to
the wrong rows keeps its distribution, so that nothing else shows it. The fit or split itself only
bears witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._edits import is_determined
from lineage_stats.attribution._evidence import Evidence, Suspicion, suspicion_of
from lineage_stats.attribution._feeds import MOST_FOLLOWED, TARGET, WITNESSES, Feeds
from lineage_stats.attribution._inspector import Inspector
from lineage_stats.attribution._links import all_above
from lineage_stats.attribution._moved import target_moved
from lineage_stats.attribution._scoring import COMMON_LOSS, INFORMATIVE, strength
from lineage_stats.attribution._traced import (
    VISIBLE,
    has_other_places,
    keeps_company,
    target_shows,
)
from lineage_stats.features import parse_feature

BROKEN = 3.0
SHOWN = 0.3  # evidence of its own from which an edit is accounted for
ELSEWHERE = 0.3  # an edited step that neither makes the column nor is new
EXPLAINED = 0.15  # evidence of the same column, or of lost rows, that explains the break
NOTHING_EDITED = 0.6  # the code is as before: the data came so from where it is made
NOT_RECORDED = 0.3  # whether the code is as before is not known: who did it is a guess


@dataclass(frozen=True)
class Break:
    """Columns whose association with the target broke at one fit or split."""

    witness: str
    columns: tuple[str, ...]
    of_target: bool
    surprise: float
    lost: float  # share of the association that is gone, where most is
    change: str


def find_breaks(inspector: Inspector) -> list[Break]:
    """Return the breaks of association upstream of the metric, but for those that follow others.

    What a model learns of the rows of a split that broke follows from that.
    """
    operations = inspector.observation.operations
    asked = [
        key
        for key in inspector.upstream
        if operations[key].kind in WITNESSES and key in inspector.baseline.layout.operations
    ]
    broken = {key: found for key in asked if (found := _break_at(inspector, key)) is not None}
    followers = followers_of_breaks(inspector, broken.values())
    fits = [key for key in asked if operations[key].kind == "fit"]
    return [
        _weigh(inspector, found, fits, broken) if operations[key].kind == "split" else found
        for key, found in broken.items()
        if key not in followers
    ]


def _weigh(
    inspector: Inspector, found: Break, fits: Sequence[str], broken: Mapping[str, Break]
) -> Break:
    """Return a split's break with what fits tell of who moved: its columns or its labels.

    If a column moved, all models of it have lost what it goes with as well; one that has not is
    enough to tell that the labels did.
    """
    observation = inspector.observation
    of_columns = [fit for fit in fits if observation.target(fit) in found.columns]
    if any(keeps_company(observation, fit, found.lost) for fit in of_columns):
        return replace(found, of_target=True)
    lost = any(fit in broken and broken[fit].of_target for fit in of_columns)
    return replace(found, of_target=found.of_target and not lost)


def followers_of_breaks(inspector: Inspector, breaks: Iterable[Break]) -> frozenset[str]:
    """Return the operations downstream of the splits among some breaks."""
    operations = inspector.observation.operations
    splits = {found.witness for found in breaks if operations[found.witness].kind == "split"}
    if not splits:
        return frozenset()
    slots = inspector.observation.slots
    return frozenset(k for k in inspector.upstream if not splits.isdisjoint(all_above(slots, k)))


def _break_at(inspector: Inspector, key: str) -> Break | None:
    baseline, observation = inspector.baseline, inspector.observation
    if has_other_places(observation, key):
        return None
    names = baseline.layout.names
    mine = np.array(baseline.layout.bonds.get((key, "association"), ()), dtype=np.intp)
    center, scale = baseline.mechanisms.center[0, mine], baseline.mechanisms.scale[0, mine]
    value, unusual = observation.values[mine], observation.unusual[mine]
    with np.errstate(invalid="ignore"):
        informative = (np.abs(center) > INFORMATIVE * scale) & np.isfinite(value)
        weaker = np.abs(value) < np.abs(center) - BROKEN * scale
        broken = informative & weaker & (unusual > BROKEN) & ~_visible(inspector, key, mine)
    if not broken.any():
        return None
    worst = int(np.argmax(np.where(broken, unusual, -1.0)))
    lost = float(np.clip(1 - value[worst] / center[worst], 0.0, 1.0))
    if target_shows(observation, key, lost):
        return None
    columns = tuple(str(names[j].column) for j in mine[broken])
    loss = np.sign(center) * (center - value) / scale
    of_target = target_moved(np.abs(center / scale)[informative], loss[informative]) > 0
    if not of_target and _is_edited(inspector):
        # A target that is made otherwise may still go with some of the columns.
        of_target = broken.sum() >= 2 and np.median(loss[informative]) > COMMON_LOSS
    change = (
        f"association[{names[mine[worst]].column}] at {key} {value[worst]:.2g}, "
        f"healthy {center[worst]:.2g}"
    )
    surprise = float(np.median(unusual[broken]))
    return Break(key, columns, bool(of_target), surprise, lost, change)


def _is_edited(inspector: Inspector) -> bool:
    return any(inspector.is_new(key) or inspector.edits[key] for key in inspector.upstream)


def _visible(inspector: Inspector, key: str, cells: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whether each cell's column is unusual in itself where the fit receives it."""
    layout, anomaly = inspector.baseline.layout, inspector.observation.entry_anomaly
    received = np.flatnonzero(layout.entry_operation == layout.operations.index(key))
    unusual = {layout.names[layout.entry_cell[e]].column for e in received if anomaly[e] > VISIBLE}
    return np.array([layout.names[j].column in unusual for j in cells], dtype=np.bool_)


def charge(inspector: Inspector, suspicions: dict[str, Suspicion]) -> dict[str, Suspicion]:
    """Charge breaks of association to the operations upstream that answer for them.

    Those are the operations whose code changed, or that are new or missing; without any, the
    latest step that made the target (or the broken column). Where that cannot be told, the break
    stays unexplained.
    """
    result = dict(suspicions)
    for broken in find_breaks(inspector):
        if inspector.gravest(broken.witness) is None:
            result[broken.witness] = Suspicion(0.0)  # it learnt what it was given
        reached = all_above(inspector.observation.slots, broken.witness)
        above = tuple(k for k in inspector.upstream if k in reached)
        missing = tuple(k for k in result if k not in inspector.upstream)
        if _is_explained(inspector, broken, [result[k] for k in (*above, *missing)]):
            continue
        for key, share in _answerable(inspector, broken, above, missing, result).items():
            size = share * float(strength(broken.surprise))
            feature = f"association[{broken.columns[0]}]"
            item = Evidence(feature, None, None, None, None, size, broken.change)
            result[key] = suspicion_of((*result[key].evidence, item))
    return result


def _moved(inspector: Inspector, broken: Break) -> tuple[str | None, ...]:
    """Return the columns that are not as they were: the target, or those that go less with it."""
    if broken.of_target:
        return (inspector.observation.target(broken.witness),)
    return broken.columns


def _is_explained(inspector: Inspector, broken: Break, upstream: list[Suspicion]) -> bool:
    """Whether the columns that broke, or a loss of rows, show upstream anyway."""
    columns = _moved(inspector, broken)
    for evidence in (e for suspicion in upstream for e in suspicion.evidence):
        name = parse_feature(evidence.feature)
        lost = evidence.value is not None and evidence.value < (evidence.expected or 0.0)
        about = name.column in columns if name.column else name.statistic == "rows_out" and lost
        if about and name.statistic != "association" and evidence.strength >= EXPLAINED:
            return True
    return False


def _answerable(
    inspector: Inspector,
    broken: Break,
    above: tuple[str, ...],
    missing: tuple[str, ...],
    suspicions: Mapping[str, Suspicion],
) -> dict[str, float]:
    """Return who may answer for a break, each with how well it does.

    An edit that shows in other columns is accounted for by them; one that shows nowhere may have
    done this.
    """
    columns = _moved(inspector, broken)
    makers = {_maker(inspector, column, above) for column in columns}
    above = tuple(k for k in above if not inspector.is_idle(k))
    edited = [k for k in above if inspector.is_new(k) or inspector.gravest(k)]
    edited = edited or [k for k in above if inspector.edits.get(k)]
    # Of a very wide table some columns tell who handled them all.
    followed = replace(broken, columns=broken.columns[:MOST_FOLLOWED])
    feeds = inspector.reads.steered(broken.witness, followed.columns) if edited else {}
    edited = [k for k in edited if _handles(inspector, k, followed, columns, feeds)]
    hidden = [k for k in edited if not _shows(suspicions[k])]
    near = [k for k in hidden if inspector.is_new(k) or k in makers] + list(missing)
    found = dict.fromkeys(edited, ELSEWHERE) | dict.fromkeys(near or hidden, 1.0)
    if not near and not hidden and len(makers) == 1:
        recorded = all("call" in inspector.observation.operations[k].facts for k in above)
        weight = NOTHING_EDITED if recorded else NOT_RECORDED
        found |= {k: max(weight, found.get(k, 0.0)) for k in makers if k is not None}
    return found


def _handles(
    inspector: Inspector,
    key: str,
    broken: Break,
    columns: tuple[str | None, ...],
    feeds: Feeds,
) -> bool:
    """Whether an operation can have moved these columns against the others."""
    if all(column in feeds for column in (TARGET, *broken.columns)):
        handled = sum(key in feeds[column] for column in broken.columns)
        return 2 * handled >= len(broken.columns) or (broken.of_target and key in feeds[TARGET])
    operation = inspector.observation.operations[key]
    written = operation.facts.get("param[key]")
    if written is not None and operation.kind == "assignment":
        return written in columns
    outputs = inspector.observation.columns[key].values()
    known = inspector.observation.columns.values()
    if not any(column in n for column in columns for ports in known for n in ports.values()):
        return True  # columns of arrays have no names to follow
    if any(column in names for column in columns for names in outputs):
        return True
    features = inspector.observation.operations[broken.witness].inputs[0].n_columns or 0
    return broken.of_target and any(2 * len(names) >= features for names in outputs)


def _shows(suspicion: Suspicion) -> bool:
    """Whether an operation visibly did something else than in healthy runs."""
    facts = ("call", "code", "param", "parents", "slice")
    seen = (e for e in suspicion.evidence if parse_feature(e.feature).statistic not in facts)
    return any(e.strength >= SHOWN for e in seen)


def _maker(inspector: Inspector, column: str | None, above: tuple[str, ...]) -> str | None:
    """Return the latest operation that made a column, or the only source of it."""
    if column is None:
        return None
    makers = []
    for key in above:
        if any(column in names for names in inspector.observation.columns[key].values()):
            received = any(
                p is not None
                and column in inspector.observation.columns.get(p[0], {}).get(p[1], ())
                for p in inspector.observation.slots[key]
            )
            if not received:
                makers.append(key)
    makers = [key for key in makers if not is_determined(inspector.observation.operations[key])]
    return makers[-1] if makers else None
