"""From what people call a column to the node that they mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from lineage_stats.exceptions import UnknownColumnError
from lineage_stats.trace._lineage._frame import Node
from lineage_stats.trace._lineage._graph import ColumnGraph

if TYPE_CHECKING:
    from lineage_stats.trace._operation import Operation
    from lineage_stats.trace._trace import Trace

_MOST_NAMED = 10
_FILES = 4  # tier of the names of files

Index = Mapping[str, list[Node]]


class NodeFinder:
    """Finds columns, models and metrics of one run by name.

    Parameters
    ----------
    trace : Trace
        The run.
    graph : ColumnGraph
        Its columns.
    """

    def __init__(self, trace: Trace, graph: ColumnGraph) -> None:
        self._trace = trace
        self._graph = graph
        self._columns: list[Index] = []
        self._data: list[Index] = []
        self._index()

    def _index(self) -> None:
        """Note all names of all nodes, the most telling ones first."""
        columns: list[dict[str, list[Node]]] = [defaultdict(list) for _ in range(7)]
        data: list[dict[str, list[Node]]] = [defaultdict(list) for _ in range(6)]
        for node in self._graph.parents:
            for tier, name in self._names(node):
                if node[1] is None:
                    columns[tier][name].append(node)
                else:
                    columns[tier][f"{name}.{node[1]}"].append(node)
                    data[tier][name].append(node)
            if node[1] is not None:
                columns[6][node[1]].append(node)
        metrics: dict[str, list[Node]] = {}
        for name, op in self._trace._metric_operations.items():
            node = (f"@{op.key}", None)
            if node in self._graph.parents:
                metrics[name] = [node]
        self._columns = [columns[0], metrics, *columns[1:]]
        self._data = [*data]

    def _names(self, node: Node) -> Iterator[tuple[int, str]]:
        """Yield the names of the data that a node belongs to, each with its tier."""
        graph, op = self._graph, self._graph.operation(node)
        label = graph.dataset(node)
        yield 0, label
        if not node[0].startswith("@"):
            yield 1, node[0]
        if node[0] in graph.variables:
            yield 2, graph.variables[node[0]]
        if op is None:
            return
        if op.scope:
            yield 3, label.removeprefix(f"{op.scope}/")
        for name in _files(op):
            yield _FILES, name
        yield 5, op.name

    def find(self, name: str, *, last: bool) -> list[Node]:
        """Return the nodes that a name stands for.

        Parameters
        ----------
        name : str
            Name of a column, model, metric or of whole data.
        last : bool
            Whether the last one of a name is meant if it comes from all others, or the first
            one if all others come from it. Of a variable that one function assigns again and
            again it is the last or the first in any case.

        Returns
        -------
        list of Node
            One node, or all columns of the data named.

        Raises
        ------
        UnknownColumnError
            If there is none, or several of which none is the first or last.
        """
        found = self.candidates(name)
        if not found:
            raise UnknownColumnError(self._missing(name))
        if len(found) == 1:
            return found[0]
        chosen = found[-1] if last else found[0]
        others = [group[0] for group in found if group is not chosen]
        one = chosen[0] if len(chosen) == 1 else None
        if one is not None:
            follows = self._graph.comes_after if last else self._graph.comes_before
            if follows(one, others):
                return chosen
        elif self._belongs(chosen, found, last=last):
            return chosen
        if self._is_one_variable(name, found):
            return chosen
        raise UnknownColumnError(self._ambiguous(name, found))

    def _is_one_variable(self, name: str, found: list[list[Node]]) -> bool:
        """Return whether all are states of one variable of one function."""
        owners = {self._graph.variables.get(group[0][0]) for group in found}
        scopes = {op.scope if op else None for op in map(self._made, found)}
        variable = owners.pop() if len(owners) == 1 else None
        if variable is None or len(scopes) > 1:
            return False
        return name == variable or name.startswith(f"{variable}.")

    def _made(self, group: list[Node]) -> Operation | None:
        return self._graph.operation(group[0])

    def _belongs(self, chosen: list[Node], found: list[list[Node]], *, last: bool) -> bool:
        reached = self._graph.above(chosen) if last else self._graph.below(chosen)
        return all(any(n in reached for n in group) for group in found if group is not chosen)

    def candidates(self, name: str) -> list[list[Node]]:
        """Return all that a name may stand for, in order: single nodes, or columns of data."""
        # All that was written to a file and read from it.
        of_file = [*self._columns[_FILES + 1].get(name, ()), *self._data[_FILES].get(name, ())]
        for index in self._columns[:-1]:
            if name in index and name not in self._data[_FILES]:
                return [[node] for node in index[name]]
        for tier, index in enumerate(self._data):
            if tier == _FILES and of_file:
                return [of_file]
            if name in index:
                groups: dict[str, list[Node]] = defaultdict(list)
                for node in index[name]:
                    groups[node[0]].append(node)
                return list(groups.values())
        return [[node] for node in self._columns[-1].get(name, [])]

    def _missing(self, name: str) -> str:
        column = name.rpartition(".")[2]
        known = self._columns[-1]
        close = [c for c in get_close_matches(column, known, n=3) if c != column]
        hint = f"Did you mean {' or '.join(repr(c) for c in close)}? " if close else ""
        if column in known and column != name:
            where = [self._graph.label(node) for node in known[column]]
            hint = f"A column '{column}' is in: {_listed(where)}. "
        return (
            f"Trace {self._trace.run_id} has no column, model or metric '{name}'. {hint}"
            "Name a column as 'operation.column' or 'variable.column'."
        )

    def _ambiguous(self, name: str, found: list[list[Node]]) -> str:
        graph = self._graph
        labels = [
            graph.label(group[0]) if len(group) == 1 else graph.dataset(group[0]) for group in found
        ]
        return (
            f"'{name}' stands for {len(found)} different things in trace {self._trace.run_id}. "
            f"Name one of them: {_listed(labels)}."
        )


def _files(op: Operation) -> Iterable[str]:
    """Return names of the file that an operation read or wrote: its path, name and digest."""
    path = op.facts.get("file[path]", "")
    names = (path, path.replace("\\", "/").rpartition("/")[2], op.facts.get("file[digest]", ""))
    return [name for name in dict.fromkeys(names) if name]


def _listed(labels: list[str]) -> str:
    more = len(labels) - _MOST_NAMED
    return ", ".join(labels[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
