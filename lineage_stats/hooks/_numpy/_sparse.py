"""What functions of SciPy make of sparse matrices, and what their methods do.

These have two dimensions always, and no pandas in them: what would be a line of an array, and
arithmetic, whose meaning depends on the type of the matrix, are not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lineage_stats.hooks._numpy._indexing import Range, take_item
from lineage_stats.hooks._numpy._values import LostError, Many, Value, below, beside

Args = Sequence[Any]
Named = Mapping[str, Any]

_CONVERTS = frozenset(
    """tocsr tocsc tocoo tolil todok tobsr todia copy asformat astype asfptype
    sorted_indices""".split()
)
_OPTIONS = frozenset(("format", "dtype", "copy", "casting"))


def is_sparse(value: object) -> bool:
    """Return whether a value, or one inside of a list, is a sparse matrix."""
    if isinstance(value, Many):
        return any(map(is_sparse, value))
    return isinstance(value, Value) and value.family == "sparse"


def apply_to_sparse(name: str, args: Args, named: Named) -> Value:
    """Return what a function or class of ``scipy.sparse`` makes of its arguments.

    Raises
    ------
    LostError
        If that is not known.
    """
    rule = RULES.get(name)
    if rule is None or not args or not _OPTIONS.issuperset(named):
        raise LostError
    return rule(args[0])._replace(family="sparse")


def call_method_of_sparse(name: str, data: Value, named: Named) -> Value:
    """Return what a method of a sparse matrix makes."""
    if not _OPTIONS.issuperset(named):
        raise LostError
    if name == "toarray":
        return data._replace(family="array")
    if name in _CONVERTS:
        return data
    raise LostError


def take_of_sparse(data: Value, index: Any) -> Value:
    """Return some rows and columns of a sparse matrix.

    Raises
    ------
    LostError
        If that is not known, or may be a line.
    """
    parts = index if isinstance(index, list) else [index]
    if len(parts) == 2 and not any(isinstance(part, Range) for part in parts):
        raise LostError
    found = take_item(data, index)
    if not isinstance(found, Value) or found.ndim != 2:
        raise LostError
    return found._replace(family="sparse")


def _converted(data: Any) -> Value:
    if isinstance(data, Many) or data.ndim != 2:
        raise LostError
    value: Value = data
    return value


def _joined(join: Callable[[Sequence[Value]], Value]) -> Callable[[Any], Value]:
    def rule(blocks: Any) -> Value:
        if not isinstance(blocks, Many) or not blocks:
            raise LostError
        return join([_converted(block) for block in blocks])

    return rule


RULES: dict[str, Callable[[Any], Value]] = {
    **dict.fromkeys(
        """csr_matrix csc_matrix coo_matrix lil_matrix csr_array csc_array coo_array
        lil_array""".split(),
        _converted,
    ),
    "hstack": _joined(beside),
    "vstack": _joined(below),
}
