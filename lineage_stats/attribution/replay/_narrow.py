"""Which of many suspects have to be reverted to bring the metric back."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def smallest_cure(
    suspects: Sequence[str], cures: Callable[[Sequence[str]], bool]
) -> tuple[str, ...]:
    """Return suspects that bring the metric back when reverted, none of them needlessly.

    Parameters
    ----------
    suspects : sequence of str
        All suspects, the preferred ones first. Reverting all of them cures.
    cures : callable
        Tells whether reverting some of the suspects brings the metric back; where that holds for
        some, it is taken to hold for more.

    Returns
    -------
    tuple of str
        In the order in which they came.

    Notes
    -----
    Halves are looked at in turn, and those first that are preferred less, so that what is left
    are the preferred ones: of n suspects r are found with about 2 r log2(n / r) questions [1]_.

    References
    ----------
    .. [1] U. Junker (2004). QuickXplain: preferred explanations and relaxations for
       over-constrained problems. AAAI, 167-172.
    """
    found = set(_explain((), False, tuple(suspects), cures))
    return tuple(suspect for suspect in suspects if suspect in found)


def _explain(
    held: tuple[str, ...],
    is_new: bool,
    suspects: tuple[str, ...],
    cures: Callable[[Sequence[str]], bool],
) -> tuple[str, ...]:
    if is_new and cures(held):
        return ()
    if len(suspects) == 1:
        return suspects
    middle = (len(suspects) + 1) // 2
    first, second = suspects[:middle], suspects[middle:]
    of_second = _explain((*held, *first), True, second, cures)
    of_first = _explain((*held, *of_second), bool(of_second), first, cures)
    return (*of_first, *of_second)
