"""What changed between two texts of a parameter, in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

SETTINGS: Final = "param[settings]"
_LONGEST: Final = 40
# One call of a list as ``clip(~a1, upper=~b2), isin([x, y])``.
_CALL: Final = re.compile(r"(\w+)\(((?:[^()]|\([^()]*\))*)\)")
_LISTED: Final = re.compile(r"^\[([^\[\]{}]*)\]$")
_EXPRESSION: Final = "numpy"  # how values in an expression of arrays are told


def change_text(fact: str, old: str | None, new: str | None) -> str:
    """Return what changed in a parameter.

    Parameters
    ----------
    fact : str
        Name of the parameter, as ``param[how]``.
    old, new : str or None
        Its text before and now; None where it was not given.

    Returns
    -------
    str
        Before and after. Of values that the program put in where data was carried on, the calls
        that they were given to, and the values as far as they are told.

    Examples
    --------
    >>> change_text("param[how]", "left", "inner")
    'param[how]: left -> inner'
    >>> change_text("param[settings]", "gt(~1f), rolling(7)", "gt(~1f), rolling(3)")
    'a value put in by the code: rolling(7) -> rolling(3)'
    >>> change_text("param[settings]", "gt(~1f)", "gt(~2e)")
    'a value put in by the code: another one in gt'
    """
    if fact != SETTINGS:
        return f"{fact}: {_listed_change(old, new) or f'{_shown(old)} -> {_shown(new)}'}"
    told = list(_settings_changes(old or "", new or ""))
    return f"a value put in by the code: {_shown('; '.join(told)) if told else 'another one'}"


def _listed_change(old: str | None, new: str | None) -> str:
    """Return what long lists have no longer, and what they have now; ``""`` of anything else."""
    before, after = ([] if text is None else _LISTED.findall(text) for text in (old, new))
    if not (before and after) or max(len(old or ""), len(new or "")) <= _LONGEST:
        return ""
    items = [Counter(found[0].split(", ")) for found in (before, after)]
    gone, come = list((items[0] - items[1]).elements()), list((items[1] - items[0]).elements())
    told = [
        f"{word} {_shown(', '.join(part))}"
        for word, part in (("without", gone), ("with", come))
        if part
    ]
    return ", ".join(told) or "in another order"


def _settings_changes(old: str, new: str) -> Iterator[str]:
    before, after = (Counter(_CALL.findall(text)) for text in (old, new))
    gone, come = list((before - after).elements()), list((after - before).elements())
    for name, values in gone:
        instead = next((call for call in come if call[0] == name), None)
        if instead is None:
            yield f"none in {_place(name)}"
            continue
        come.remove(instead)
        if "~" in values or "~" in instead[1]:  # digests say nothing to people
            yield f"another one in {_place(name)}"
        else:
            yield f"{name}({values}) -> {name}({instead[1]})"
    for name, values in come:
        yield f"a new one in {_place(name)}" if "~" in values else f"new {name}({values})"


def _place(name: str) -> str:
    return "an expression" if name == _EXPRESSION else name


def _shown(value: str | None) -> str:
    return "not given" if value is None else value if len(value) <= _LONGEST else f"{value[:37]}..."
