"""What the columns of the user's operations were made from, by the plan that Spark has analysed.

Between an operation and those whose results it read lies a part of the plan. A column is followed
through it by number: what computes it names the numbers of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lineage_stats.hooks._pyspark import _text as text
from lineage_stats.hooks._pyspark._logical import LogicalPlan
from lineage_stats.hooks._pyspark._rows import Step
from lineage_stats.hooks._refs import Ref

# Which input, which of its columns, how: "i", "d", "a", with "?" where a function of the user's
# was on the way: it may use what it is given, or not.
Leaf = tuple[int, str, str]

_INFLUENCE = {"Filter": "f", "Join": "j", "Aggregate": "g", "Deduplicate": "g", "Distinct": "g"}
_MOST_DEPTH = 60


def recipe_of(
    plan: LogicalPlan, number: int, outputs: Mapping[int, Ref | None], *, of_spark: bool = False
) -> dict[str, Any] | None:
    """Return the recipe of an operation's columns.

    None if it read nothing that is known, or left the plan of another as it was.

    Parameters
    ----------
    plan : LogicalPlan
        A plan that has its node.
    number : int
        Its number.
    outputs : mapping of int to Ref
        What each operation made, by its number.
    of_spark : bool, default=False
        Whether Spark itself has put the functions of Java there, as its models do.
    """
    step = next(step for step in plan.steps if number in step.tags)
    if step.tags[0] != number:
        return None
    region = _Region(step, outputs, of_spark=of_spark)
    if not region.inputs:
        return None
    made = _outputs(step)
    to: dict[str, Any] = {}
    for output in made:
        name = text.attribute_name(output)
        leaves = region.leaves(text.attribute_id(output))
        if leaves != [(0, name, "i")]:
            to[name] = "?" if leaves is None else leaves
    recipe: dict[str, Any] = {"as": "columns", "x": region.inputs, "to": to}
    by = region.influences()
    return {**recipe, "by": by} if by else recipe


class _Region:
    """The part of a plan between an operation and those before it."""

    def __init__(self, top: Step, outputs: Mapping[int, Ref | None], *, of_spark: bool) -> None:
        self._of_spark = of_spark
        self.inputs: list[Ref] = []
        self._known: dict[str, Leaf] = {}
        self._computed: dict[str, tuple[str, str]] = {}
        self._more: dict[str, list[str]] = {}
        self._steps: list[Step] = []
        self._enter(top, outputs)

    def _enter(self, top: Step, outputs: Mapping[int, Ref | None]) -> None:
        waiting = [top]
        while waiting:
            step = waiting.pop()
            made = None if step is top or not step.tags else outputs.get(step.tags[-1])
            if made is not None:
                self._end(step, made)
                continue
            self._steps.append(step)
            opaque = step.own_code if self._of_spark else step.own_code | step.java_code
            for number, expression in step.definitions.items():
                use = "a" if step.kind == "Aggregate" and expression not in step.used else "d"
                use += "?" if number in opaque else ""
                self._computed[number] = (expression, use)
            if step.kind == "Union":
                self._join_parts(step)
            waiting += reversed(step.children)

    def _end(self, step: Step, made: Ref) -> None:
        at = len(self.inputs)
        self.inputs.append(made)
        for output in _outputs(step):
            number = text.attribute_id(output)
            if number is not None:
                self._known.setdefault(number, (at, text.attribute_name(output), "i"))

    def _join_parts(self, step: Step) -> None:
        """Let a column of a union come from the columns of its place in all parts."""
        parts = [_outputs(child) for child in step.children]
        for at, output in enumerate(step.outputs):
            number = text.attribute_id(output)
            others = [text.attribute_id(part[at]) for part in parts if at < len(part)]
            if number is not None:
                self._more[number] = [o for o in others if o is not None and o != number]

    def leaves(self, number: str | None) -> list[Leaf] | None:
        """Return what a column comes from; None if that is not known."""
        found: dict[Leaf, None] = {}
        sure = number is not None and self._follow(number, "i", found, 0)
        return list(found) if sure else None

    def _follow(self, number: str, use: str, found: dict[Leaf, None], depth: int) -> bool:
        if depth > _MOST_DEPTH:
            return False
        sure = True
        for other in self._more.get(number, ()):
            sure = self._follow(other, use, found, depth + 1) and sure
        if number in self._known:
            at, name, _ = self._known[number]
            found[at, name, use] = None
            return sure
        if number not in self._computed:
            return False
        expression, how = self._computed[number]
        within = text.ids_in(expression)
        if expression[1:] == number or number in within:
            return False
        plain = expression.startswith("#") and expression[1:].isdigit()
        next_use = use if plain else _stronger(use, how)
        known = [self._follow(i, next_use, found, depth + 1) for i in sorted(within, key=int)]
        return sure and (any(known) or not within)

    def influences(self) -> list[Leaf]:
        """Return what had a part in which rows there are."""
        found: dict[Leaf, None] = {}
        for step in self._steps:
            use = _INFLUENCE.get(step.kind)
            for expression in step.used if use is not None else ():
                for number in sorted(text.ids_in(expression), key=int):
                    leaves: dict[Leaf, None] = {}
                    self._follow(number, "?" if step.used_by_own_code else "i", leaves, 0)
                    for at, name, way in leaves:
                        found[at, name, f"{use}{'?' if '?' in way else ''}"] = None
        return list(found)


def _stronger(use: str, other: str) -> str:
    """Return how a column is used over two steps.

    Examples
    --------
    >>> _stronger("i", "d"), _stronger("a?", "d")
    ('d', 'a?')
    """
    both = use + other
    letter = "a" if "a" in both else other[0]
    return f"{letter}?" if "?" in both else letter


def _outputs(step: Step) -> tuple[str, ...]:
    """Return the columns of a node, as ``name#12L``."""
    if step.outputs:
        return step.outputs
    if step.kind == "Join":
        sides = step.children[:1] if step.left_only else step.children
        return tuple(_of_all(reversed(sides) if step.swapped else sides))
    if step.kind == "Window":
        made = (f"{step.names.get(number, '')}#{number}" for number in step.definitions)
        return (*_outputs(step.children[0]), *made)
    return _outputs(step.children[0]) if len(step.children) == 1 else ()


def _of_all(steps: Iterable[Step]) -> Iterable[str]:
    for step in steps:
        yield from _outputs(step)
