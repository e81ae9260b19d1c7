"""What is wrong with the columns of a model's input, followed back to who handled them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._feeds import TARGET, Feeds
from lineage_stats.attribution._mechanism import CONSTANT
from lineage_stats.attribution._moved import target_moved
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._scoring import INFORMATIVE, strength

FloatArray = npt.NDArray[np.float64]

BESIDES = 0.3  # what columns count beside what is known to have changed
SURE = 3.0  # scales by which an association exceeds what would be left of it
VISIBLE = 5.0  # what is this unusual in itself shows without its association
TOLD = 0.3  # a loss of association this large is known to have happened

Credits = Mapping[str, float]
Bond = tuple[str, float, float]  # a column, how far it goes with others, how much of it is lost


def broken_columns(observation: Observation, fit: str, of_target: bool | None = None) -> Credits:
    """Return how far each column of a fit's input goes less with the target, or with the others.

    Parameters
    ----------
    observation : Observation
        The run.
    fit : str
        A fit, or a split.
    of_target : bool, default=None
        Whether it is the target that moved; None asks what the columns lost.
    """
    told = list(_informative(observation, fit, "association"))
    target, others = _losses(told), _losses(_informative(observation, fit, "coherence"))
    found = _without_partners(target, others)
    usual, lost = np.array([bond[1:] for bond in told]).reshape(-1, 2).T
    moved = target_moved(usual, lost)
    if of_target is None:
        of_target = moved > 0 or (bool(told) and target_shows(observation, fit, _share_lost(told)))
    if of_target:
        # What each column lost is explained by the target; together they count besides it.
        credit = float(strength(max([moved, *target.values()])))
        together = max(sum(found.values()), credit) or 1.0
        found = {column: BESIDES * credit * own / together for column, own in found.items()}
        found[TARGET] = credit
    return found


def breakable_columns(observation: Observation, fit: str, broken: Credits) -> Credits:
    """Return how far each column would be broken, had it moved as the one that lost most.

    Parameters
    ----------
    observation : Observation
        The run.
    fit : str
        A fit, or a split.
    broken : mapping of str to float
        How far columns are broken, see `broken_columns`. Where the target is, no column moved.
    """
    if TARGET in broken:
        return {}
    told = list(_informative(observation, fit, "association"))
    others = list(_informative(observation, fit, "coherence"))
    share = _share_lost(told) or _share_lost(others)
    return _without_partners(
        {column: share * usual for column, usual, _ in told},
        {column: share * usual for column, usual, _ in others},
    )


def _share_lost(told: Sequence[Bond]) -> float:
    """Return which share of what it goes with the column has lost that lost most."""
    _, usual, lost = max(told, key=lambda bond: bond[2], default=("", 1.0, 0.0))
    return min(1.0, lost / usual) if lost > 1.0 else 0.0


def _without_partners(target: Mapping[str, float], others: Mapping[str, float]) -> Credits:
    """Return how far columns lost what went with them.

    Where one column moved against another, both lost the other. Of two that told of the target,
    the one that moved tells less of it now, and the other only kept it company.
    """
    lost, company = _strengths(target), _strengths(others)
    besides = BESIDES if max(lost.values(), default=0.0) > TOLD else 1.0
    told = {c: max(credit, besides * company.get(c, 0.0)) for c, credit in lost.items()}
    return {**company, **told}


def keeps_company(observation: Observation, fit: str, lost: float) -> bool:
    """Return whether a column goes with a fit's target as it cannot if the target had moved.

    Parameters
    ----------
    observation : Observation
        The run.
    fit : str
        The fit.
    lost : float
        Share of its associations, at most 1, that the target would have lost.
    """
    told = _informative(observation, fit, "association")
    return any(lost * usual - loss > SURE for _, usual, loss in told)


def has_other_places(observation: Observation, fit: str, statistic: str = "association") -> bool:
    """Return whether the columns of an array stand at other places than in healthy runs.

    They have numbers for names, and with another number of columns nobody knows which is which.
    """
    now = observation.operations.get(fit)
    usual = observation.baseline.reference_operations.get(fit)
    if now is None or usual is None or not now.inputs or not usual.inputs:
        return False
    given, before = now.inputs[0], usual.inputs[0]
    if {given.kind, before.kind} != {"array"} or given.n_columns == before.n_columns:
        return False
    layout = observation.baseline.layout
    bonds = layout.bonds.get((fit, statistic), ())
    return all(str(layout.names[j].column).isdigit() for j in bonds)


def target_shows(observation: Observation, fit: str, lost: float) -> bool:
    """Return whether a target that is unusual in itself can have cost columns what they lost of it.

    It cannot where one of them keeps all that it would have lost as well, had it lost the share
    `lost` of its association, as the column did that lost most.
    """
    told = _informative(observation, fit, "association")
    if any(loss < SURE < lost * usual - loss for _, usual, loss in told):
        return False
    anomaly, names = observation.entry_anomaly, _received(observation, fit)
    return any(column == TARGET and anomaly[e] > VISIBLE for e, column in names.items())


def unusual_columns(observation: Observation, fit: str) -> Credits:
    """Return how unusual each column of a fit's input is in itself."""
    if fit not in observation.baseline.layout.operations:
        return {}
    received = _received(observation, fit)
    found: dict[str, float] = {}
    sizes = strength(np.maximum(observation.entry_anomaly[list(received)], 0.0)).tolist()
    for column, size in zip(received.values(), sizes, strict=True):
        found[column] = max(found.get(column, 0.0), size)
    return found


def _received(observation: Observation, fit: str) -> dict[int, str]:
    """Return the column that each input feature of a fit or a split is of, or the target."""
    layout, target = observation.baseline.layout, observation.target(fit)
    i = layout.operations.index(fit)
    found = {}
    for e in np.flatnonzero(layout.entry_operation == i).tolist():
        name = layout.names[layout.entry_cell[e]]
        if layout.entry_slot[e] != 1:
            column = name.column
        elif target is None:  # it has no name, or several
            column = None if name.statistic in ("rows_out", "columns_out") else TARGET
        else:  # the table that holds it has others
            column = TARGET if name.column == target else None
        if column is not None:
            found[e] = column
    return found


def credited(
    keys: Sequence[str], feeds: Feeds, wrong: Credits, possible: Credits | None = None
) -> FloatArray:
    """Return how well each operation accounts for the columns that are wrong, from 0 to 1.

    It has to have handled most of what is wrong, and little else; columns that would hardly be
    wrong, whoever changed them, do not speak against it.

    Parameters
    ----------
    keys : sequence of str
        The operations.
    feeds : mapping of str to frozenset of str
        Who handled each column.
    wrong : mapping of str to float
        How far each column is wrong.
    possible : mapping of str to float, default=None
        How far each could be, had it changed as well; if empty or None, as far as any is. If
        None, what an operation leaves unexplained may have reasons of its own, and counts once.
    """
    known = [(column, credit) for column, credit in wrong.items() if column in feeds]
    total = sum(credit for _, credit in known)
    found = np.zeros(len(keys))
    if total <= 0:
        return found
    largest = max(credit for _, credit in known)
    could = {c: max(own, possible.get(c, 0.0)) if possible else largest for c, own in known}
    for i, key in enumerate(keys):
        through = [(column, credit) for column, credit in known if key in feeds[column]]
        handled = sum(could[column] for column, _ in through)
        if handled > 0:
            recall = sum(credit for _, credit in through) / total
            precision = sum(credit for _, credit in through) / handled
            explained = recall if possible is None else recall**2
            found[i] = largest * explained * np.sqrt(precision)
    return found


def _losses(told: Iterable[Bond]) -> dict[str, float]:
    """Return by how many scales each informative association came nearer to zero."""
    return {column: loss for column, _, loss in told}


def learned_from(observation: Observation, columns: Collection[str]) -> float:
    """Return how far models of healthy runs learned of columns, from 0 to 1.

    The columns' share of the squared associations with a model's target, its root taken: as far as
    columns do not go with each other, what they add to a multiple correlation.

    Parameters
    ----------
    observation : Observation
        The run.
    columns : collection of str
        Columns that no longer arrive at the models.
    """
    layout, mechanisms = observation.baseline.layout, observation.baseline.mechanisms
    most = 0.0
    for (fit, statistic), bonds in layout.bonds.items():
        if statistic != "association" or has_other_places(observation, fit):
            continue
        at = np.array(bonds, dtype=np.intp)
        usual = np.abs(mechanisms.center[CONSTANT, at])
        sure = usual > INFORMATIVE * mechanisms.scale[CONSTANT, at]
        told = np.array([str(layout.names[j].column) in columns for j in bonds], dtype=np.bool_)
        gone = told & ~np.isfinite(observation.values[at])
        total = float((usual[sure] ** 2).sum())
        if total > 0:
            most = max(most, float((usual[sure & gone] ** 2).sum()) / total)
    return float(np.sqrt(most))


def _informative(observation: Observation, fit: str, statistic: str) -> Iterator[Bond]:
    """Yield columns that go with the target, how far, and how much of it is lost, in scales."""
    baseline = observation.baseline
    if has_other_places(observation, fit, statistic):
        return
    for j in baseline.layout.bonds.get((fit, statistic), ()):
        center = float(baseline.mechanisms.center[CONSTANT, j])
        scale = float(baseline.mechanisms.scale[CONSTANT, j])
        value = float(observation.values[j])
        if abs(center) > INFORMATIVE * scale and np.isfinite(value):
            column = str(baseline.layout.names[j].column)
            yield column, abs(center) / scale, float(np.sign(center)) * (center - value) / scale


def _strengths(surprises: Mapping[str, float]) -> dict[str, float]:
    sizes = strength(np.maximum(list(surprises.values()), 0.0)).tolist() if surprises else ()
    return dict(zip(surprises, sizes, strict=True))
