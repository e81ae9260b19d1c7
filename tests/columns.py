"""A judge of column lineage that knows no rules: change one source column, see what changes.

What a program makes is compared, column by column, with what it makes after one column of its
inputs was changed. An output that changes depends on that column, whatever anybody declares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lineage_stats.features import describe_data
from lineage_stats.hooks import Hooks, Recorder
from lineage_stats.hooks._swap import ACTIVE
from lineage_stats.trace import Trace
from tests.recording import ListSink

Program = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
Source = str
N_ROWS = 24


class Finding(NamedTuple):
    """What was declared of the outputs of a program, and what was seen.

    Attributes
    ----------
    declared : dict of str to set of str
        For each output column, the sources that it is said to depend on.
    opaque : dict of str to set of str
        Those among them of which that is only possible.
    observed : dict of str to set of str
        For each output column, the sources whose change changed it.
    """

    declared: dict[str, set[Source]]
    opaque: dict[str, set[Source]]
    observed: dict[str, set[Source]]

    @property
    def missed(self) -> dict[str, set[Source]]:
        """What changed an output and was not declared."""
        return _difference(self.observed, self.declared)

    @property
    def idle(self) -> dict[str, set[Source]]:
        """What was declared for certain and changed nothing."""
        certain = _difference(self.declared, self.opaque)
        return _difference(certain, self.observed)


def _difference(a: dict[str, set[Source]], b: dict[str, set[Source]]) -> dict[str, set[Source]]:
    return {name: rest for name in a if (rest := a[name] - b.get(name, set()))}


def left(seed: int = 0, n: int = N_ROWS) -> dict[str, list[Any]]:
    """Return a table of small numbers, some of them missing."""
    rng = np.random.default_rng(seed)
    table: dict[str, list[Any]] = {name: draw(rng, name, n) for name in ("k", "a", "b", "c")}
    table["s"] = draw(rng, "s", n)
    return table


def right(seed: int = 1, n: int = 9) -> dict[str, list[Any]]:
    """Return a table that shares the keys of `left`, some of them twice, some not at all."""
    rng = np.random.default_rng(seed)
    return {name: draw(rng, name, n) for name in ("k", "d", "b")}


def draw(rng: np.random.Generator, name: str, n: int) -> list[Any]:
    """Return random cells for a column."""
    if name == "k":
        return [int(v) for v in rng.integers(0, 7, n)]
    if name == "s":
        return [str(v) for v in rng.choice([*"pqrstuvxyz"], n)]
    values = [float(v) for v in rng.integers(0, 10, n)]
    if name == "c":
        values = [v if v > 1 else float("nan") for v in values]
    return values


def changes(rng: np.random.Generator, name: str, cells: list[Any], n: int) -> Iterator[list[Any]]:
    """Yield other contents of a column: drawn anew, shuffled, one cell only, and rescaled."""
    for i in range(n):
        if i % 4 == 0:
            yield draw(rng, name, len(cells))
        elif i % 4 == 1:
            yield [cells[j] for j in rng.permutation(len(cells))]
        elif i % 4 == 2:
            at = int(rng.integers(0, len(cells)))
            yield [*cells[:at], *draw(rng, name, 1), *cells[at + 1 :]]
        elif name in ("k", "s"):
            yield draw(rng, name, len(cells))
        else:
            yield [cell * 3 + 1 for cell in cells]


@contextmanager
def watching() -> Iterator[Hooks]:
    """Keep the hooks in place for many programs."""
    hooks = Hooks()
    hooks.install()
    try:
        yield hooks
    finally:
        hooks.uninstall()


def judge(program: Program, hooks: Hooks, *, seed: int = 0, n_changes: int = 8) -> Finding:
    """Record a program once, then run it unrecorded with one source changed at a time."""
    tables = {"l": left(seed), "r": right(seed + 1)}
    before, declared, opaque = _recorded(program, hooks, tables)
    observed: dict[str, set[Source]] = {name: set() for name in before}
    rng = np.random.default_rng(seed + 2)
    for table, columns in tables.items():
        for name, cells in columns.items():
            for other in changes(rng, name, cells, n_changes):
                changed = {**tables, table: {**columns, name: other}}
                after = _cells(program(pd.DataFrame(changed["l"]), pd.DataFrame(changed["r"])))
                for output, values in before.items():
                    if after.get(output) != values:
                        observed[output].add(f"{table}.{name}")
    return Finding(declared, opaque, observed)


def _recorded(
    program: Program, hooks: Hooks, tables: dict[str, dict[str, list[Any]]]
) -> tuple[dict[str, list[str]], dict[str, set[Source]], dict[str, set[Source]]]:
    sink = ListSink()
    recorder = Recorder(sink, features="shape", strict=True, hooks=hooks)
    ACTIVE[0] = recorder
    try:
        one, two = pd.DataFrame(tables["l"]), pd.DataFrame(tables["r"])
        result = program(one, two)
    finally:
        ACTIVE[0] = None
    recorder.flush()
    operations = sorted(sink.operations.values(), key=lambda op: op.start_ns)
    trace = Trace("r", "p", tuple(operations), schemas=sink.schemas)
    (ref,) = recorder.data._objects.get(result)
    sources = {operations[0].outputs[0].id: "l", operations[1].outputs[0].id: "r"}
    graph = trace._questions.graph
    declared: dict[str, set[Source]] = {}
    opaque: dict[str, set[Source]] = {}
    for name in _cells(result):
        assert (ref.id, name) in graph.parents, f"{name} is no node"
        above = graph.above([(ref.id, name)])
        found = {
            f"{sources[node[0]]}.{node[1]}": all(how.relations.values())
            for node, how in above.items()
            if node[0] in sources
        }
        if any(graph.kind(n) == "unknown" or n not in graph.maker for n in above):
            # Data of which nobody knows where it came from may have come from anywhere.
            found.update({s: True for s in _all(tables) if s not in found})
        if ref.id in sources:
            found[f"{sources[ref.id]}.{name}"] = False
        declared[name] = set(found)
        opaque[name] = {source for source, unsure in found.items() if unsure}
    return _cells(result), declared, opaque


def _all(tables: dict[str, dict[str, list[Any]]]) -> list[Source]:
    return [f"{table}.{name}" for table, columns in tables.items() for name in columns]


def _cells(frame: pd.DataFrame) -> dict[str, list[str]]:
    shape = describe_data(frame)
    assert shape is not None
    assert shape.columns is not None
    return {
        name: [_text(v) for v in frame.iloc[:, i].tolist()]
        for i, (name, _) in enumerate(shape.columns)
    }


def _text(value: Any) -> str:
    if isinstance(value, bool | int | float | np.number):
        return "nan" if value != value else f"{float(value):.9g}"
    return str(value)
