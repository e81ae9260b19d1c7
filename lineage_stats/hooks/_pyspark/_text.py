"""Expressions of Spark's plans as text: brought to one form, taken apart, resolved.

The same condition is written differently before and after Spark has optimised a plan: casts of
constants are carried out, columns that were computed are replaced by how, names go with numbers.
What is compared here are the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

MOST_TEXT = 4000
_MOST_DEPTH = 30

_ATTRIBUTE = re.compile(r"[\w.$]*#(\d+)L?")
_ID = re.compile(r"#(\d+)")
_WHOLE = re.compile(r"(?<![\w.#])(\d+)\.0+(?![\w.])")
_ALIAS = re.compile(r"^(.*) AS (.*)#(\d+)L?$", re.DOTALL)
_EQUAL = re.compile(r"^\(#(\d+) = #(\d+)\)$")
_COMPARISON = re.compile(r" (?:=|<|>|<=|>=) | IN \(| INSET ")
_CALLED = re.compile(r"([A-Za-z_]\w*)\(")
_NOT_NULL = re.compile(r"^isnotnull\((.*)\)$", re.DOTALL)

# Functions that return NULL as soon as one argument is NULL.
_STRICT = frozenset(
    """upper lower trim ltrim rtrim length abs ceil floor round sqrt year month dayofmonth day hour
    minute second date_add date_sub datediff to_date substring substr concat reverse
    startswith endswith contains""".split()
)
_CHANCE = ("rand(", "randn(", "uuid(", "monotonically_increasing_id(", "shuffle(")


def normal(text: str) -> str:
    """Return an expression without names, casts and zeros behind the point.

    Examples
    --------
    >>> normal("(amount#3L > cast(cast(10 as decimal(2,0)) as decimal(23,1)))")
    '(#3 > 10)'
    """
    return _WHOLE.sub(r"\1", _without_casts(_ATTRIBUTE.sub(r"#\1", text)))


def _without_casts(text: str) -> str:
    while (begin := text.rfind("cast(")) >= 0 and not text[begin - 1 : begin].isalnum():
        end = _closing(text, begin + 4)
        inside = text[begin + 5 : end]
        value, found, _ = inside.rpartition(" as ")
        if end < 0 or not found:
            return text
        text = f"{text[:begin]}{value}{text[end + 1 :]}"
    return text


def _closing(text: str, at: int) -> int:
    """Return where the parenthesis closes that opens at a place; -1 if it does not."""
    depth = 0
    for i in range(at, len(text)):
        if text[i] == "(":
            depth += 1
        elif text[i] == ")":
            depth -= 1
            if depth == 0:
                return i
    return -1


def conjuncts(text: str) -> list[str]:
    """Return what is joined by AND.

    Examples
    --------
    >>> conjuncts("((isnotnull(#1) AND (#1 > 3)) AND (#2 = 1))")
    ['isnotnull(#1)', '(#1 > 3)', '(#2 = 1)']
    """
    found: list[str] = []
    waiting = [text]
    while waiting:
        part = waiting.pop()
        inner = _inside(part)
        at = _and(inner) if inner is not None else _and(part)
        if at < 0:
            found.append(part)
        else:
            whole = part if inner is None else inner
            waiting += [whole[at + 5 :], whole[:at]]
    return found


def _inside(text: str) -> str | None:
    """Return what stands in the parentheses around an expression, if it has such."""
    if text.startswith("(") and _closing(text, 0) == len(text) - 1:
        return text[1:-1]
    return None


def _and(text: str) -> int:
    """Return where an AND stands that is in no parentheses; -1 if none does."""
    depth = 0
    for i, letter in enumerate(text):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        elif depth == 0 and letter == " " and text.startswith(" AND ", i):
            return i
    return -1


def ids_in(text: str) -> frozenset[str]:
    """Return the numbers of the columns in an expression."""
    return frozenset(_ID.findall(text))


def attribute_id(text: str) -> str | None:
    """Return the number of a column as it stands in a list of outputs."""
    return text.rpartition("#")[2].removesuffix("L") if "#" in text else None


def attribute_name(text: str) -> str:
    """Return the name of a column as it stands in a list of outputs."""
    return text.rpartition("#")[0]


def aliased(text: str) -> tuple[str, str, str] | None:
    """Return expression, name and number of a column that is computed; None of any other."""
    found = _ALIAS.match(text)
    return None if found is None else (found[1], found[2], found[3])


def resolved(text: str, definitions: Mapping[str, str]) -> str:
    """Return an expression in terms of columns that are not computed."""
    for _ in range(_MOST_DEPTH):
        known = [i for i in ids_in(text) if i in definitions]
        if not known or len(text) > MOST_TEXT:
            return text
        text = _ID.sub(lambda m: definitions.get(m[1], m[0]), text)
    return text


def is_chance(text: str) -> bool:
    """Return whether an expression has another value each time."""
    return any(word in text for word in _CHANCE)


def equal_pair(text: str) -> tuple[str, str] | None:
    """Return the two columns that a condition holds to be equal; None of any other."""
    found = _EQUAL.match(text)
    return None if found is None else (found[1], found[2])


def not_null(text: str) -> str | None:
    """Return of what a condition asks only that it is there; None of any other."""
    found = _NOT_NULL.match(text)
    return None if found is None else found[1]


def implies(text: str, something: str) -> bool:
    """Return whether a condition can be true only where something in it is not NULL."""
    if something not in text or " OR " in text or " AND " in text or "<=>" in text:
        return False
    if not _COMPARISON.search(text):
        return False
    called = set(_CALLED.findall(text)) - {"IN", "NOT"}
    return called <= _STRICT


def replaced(text: str, names: Mapping[str, str]) -> str:
    """Return an expression with other numbers of columns."""
    return _ID.sub(lambda m: f"#{names.get(m[1], m[1])}", text)


def parts(text: str, separator: str) -> Iterator[str]:
    """Yield the parts of a text that was joined by a separator."""
    if text:
        yield from text.split(separator)
