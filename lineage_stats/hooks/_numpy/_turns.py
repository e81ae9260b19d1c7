"""What calls made that stand at one place, in the turns of a loop and the calls of a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._origins import Origin
from lineage_stats.hooks._numpy._values import UNTOLD, ArrayOrigin, LostError, Value
from lineage_stats.hooks._refs import Ref, flat

if TYPE_CHECKING:
    from lineage_stats.hooks._numpy._book import Site

_DIMENSIONS = {"number": 0, "series": 1, "index": 1, "frame": 2, "sparse": 2}
_KINDS = {"frame": "table", "series": "column", "array": "array", "sparse": "array"}


class Turn(NamedTuple):
    """What a call made once.

    Attributes
    ----------
    stop : int
        When it ended.
    values : tuple of Value
        What it made.
    given : frozenset of Ref
        The data that it was given.
    """

    stop: int
    values: tuple[Value, ...]
    given: frozenset[Ref]


def turns_of(site: Site, since: int, home: int | None = None) -> Iterator[Turn]:
    """Yield what calls made at a place since a point in time, only those of a frame if given."""
    for made in (*site[9], site):
        _, own, stop, _, kind, shape, refs, inputs, origin, *_ = made
        if stop > since and home in (None, own):
            family = family_of(kind) or "number"
            given = tuple(flat(inputs))
            values = tuple(values_of(given if refs is None else refs, origin, family, shape))
            yield Turn(stop, values, frozenset(given))


def returned_by(sites: Sequence[Iterable[Turn]], given: Sequence[Value]) -> list[Value]:
    """Return what a function may return by what calls inside of it made.

    Parameters
    ----------
    sites : sequence of iterable of Turn
        What was made at each place inside of it, in several calls of the function.
    given : sequence of Value
        What it was given in the call that is asked for.

    Returns
    -------
    list of Value
        Of each place what was made of nothing but the data given, and of what was made of it; all
        that was made there if nothing was. What others of these were made of is left out.
    """
    known = {ref for value in given for ref in value.refs}
    turns = sorted((t.stop, i, t) for i, site in enumerate(sites) for t in site)
    chosen: set[int] = set()
    made: list[Turn] = []
    for _, i, turn in turns:
        if turn.given and turn.given <= known:
            chosen.add(i)
            made.append(turn)
            known.update(ref for value in turn.values for ref in value.refs)
    made += [turn for _, i, turn in turns if i not in chosen]
    used = {
        ref for turn in made for ref in turn.given if not any(ref in v.refs for v in turn.values)
    }
    values = (*given, *(value for turn in made for value in turn.values))
    return [value for value in values if not used.issuperset(value.refs)]


def values_of(
    refs: tuple[Ref, ...], origin: Origin | None, family: str, shape: tuple[int, ...] | None
) -> Iterator[Value]:
    """Yield what data that stands for references was made from: each if nothing else is known."""
    if origin is not None:
        yield value_of(refs, origin, family, shape)
    else:
        for ref in refs:
            yield value_of((ref,), None, family, shape)


def value_of(
    refs: tuple[Ref, ...], origin: Origin | None, family: str, shape: tuple[int, ...] | None
) -> Value:
    """Return what data that stands for references was made from.

    Raises
    ------
    LostError
        If there are none.
    """
    if not refs:
        raise LostError
    if origin is None:
        origin = _whole(refs, family)
    if shape is None:
        n_columns = 1 if family in ("series", "index") else _n_columns(origin)
        ndim = _DIMENSIONS.get(family)
    else:
        ndim = len(shape)
        n_columns = shape[1] if ndim == 2 else 1
    return Value(refs, origin, family, ndim, n_columns, raw=UNTOLD, settings=origin.settings)


def _whole(refs: tuple[Ref, ...], family: str) -> Origin:
    """Return the origin of what an operation made."""
    (ref,) = refs
    expected = _KINDS.get(family)
    if ref.kind != expected:
        return Origin(((ref, None, "d"),), False, True)
    return Origin(((ref, None, "i"),), family != "series" and ref.n_columns != 1)


def _n_columns(origin: Origin) -> int | None:
    if isinstance(origin, ArrayOrigin):
        return origin.n_columns
    whole = {ref.n_columns for ref, column, _ in origin.leaves if column is None}
    return whole.pop() if origin.by_name and len(whole) == 1 else None
