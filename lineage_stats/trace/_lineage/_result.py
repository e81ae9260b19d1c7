"""What questions about columns are answered with: immutable, labelled, printable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS = 200
_MOST_PATHS = 10


@dataclass(frozen=True, slots=True)
class ColumnDependency:
    """One column, model or metric that another one depends on, or that depends on it.

    Attributes
    ----------
    name : str
        Full name: ``operation.column``, or the operation alone for a model, metric or file.
    operation : str or None
        Key of the operation that made it; None for data that came from outside.
    column : str or None
        Name of the column.
    kind : {"column", "model", "metric", "file", "data", "unknown"}
        What it is.
    relations : tuple of str
        How they depend: ``identity``, ``derived``, ``aggregated``, ``filtered-by``,
        ``joined-on``, ``grouped-by``, ``ordered-by``.
    opaque : bool
        Whether it is only known that they may depend on each other.
    distance : int
        Number of steps between them on the shortest way.
    is_source : bool
        Whether it comes from nothing that was recorded.
    variable : str or None
        Name of the variable that its data was given to.

    Examples
    --------
    >>> ColumnDependency("load/read_csv#1.age", "load/read_csv#1", "age").relations
    ()
    """

    name: str
    operation: str | None = None
    column: str | None = None
    kind: str = "column"
    relations: tuple[str, ...] = ()
    opaque: bool = False
    distance: int = 1
    is_source: bool = False
    variable: str | None = None


@dataclass(frozen=True)
class ColumnLineage:
    """All that a column depends on, or all that depends on it, nearest first.

    Attributes
    ----------
    of : tuple of str
        Full names of what was asked for.
    direction : {"upstream", "downstream"}
        What was asked.
    dependencies : tuple of ColumnDependency
        The answer.

    Examples
    --------
    >>> source = ColumnDependency("load/read_csv#1.age", column="age", relations=("identity",))
    >>> lineage = ColumnLineage(("clean/DataFrame.dropna#1.age",), "upstream", (source,))
    >>> lineage
    <ColumnLineage: clean/DataFrame.dropna#1.age depends on 1 column>
    >>> "load/read_csv#1.age" in lineage
    True
    """

    of: tuple[str, ...]
    direction: str
    dependencies: tuple[ColumnDependency, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.dependencies)

    def __iter__(self) -> Iterator[ColumnDependency]:
        return iter(self.dependencies)

    def __contains__(self, name: object) -> bool:
        return any(name == d.name for d in self.dependencies)

    def __getitem__(self, name: str) -> ColumnDependency:
        for dependency in self.dependencies:
            if dependency.name == name:
                return dependency
        raise KeyError(f"{name!r} is not among the {len(self)} {self.direction} of {self._asked}")

    def __repr__(self) -> str:
        verb = "depend on" if self.direction == "upstream" else "reach"
        if len(self.of) == 1:
            verb = "depends on" if self.direction == "upstream" else "reaches"
        return printable(f"<ColumnLineage: {self._asked} {verb} {_counted(self.dependencies)}>")

    @property
    def _asked(self) -> str:
        return self.of[0] if len(self.of) == 1 else f"{len(self.of)} columns"

    @property
    def names(self) -> tuple[str, ...]:
        """Full names of all dependencies, nearest first."""
        return tuple(d.name for d in self.dependencies)

    @property
    def sources(self) -> ColumnLineage:
        """Those that come from nothing that was recorded: columns of files, and unknown data."""
        return self._only(d for d in self.dependencies if d.is_source)

    @property
    def columns(self) -> ColumnLineage:
        """Only the columns."""
        return self._only(d for d in self.dependencies if d.kind == "column")

    @property
    def models(self) -> ColumnLineage:
        """Only the models."""
        return self._only(d for d in self.dependencies if d.kind == "model")

    @property
    def metrics(self) -> ColumnLineage:
        """Only the metrics."""
        return self._only(d for d in self.dependencies if d.kind == "metric")

    def related(self, *relations: str) -> ColumnLineage:
        """Return only those that depend in one of these ways, as ``"joined-on"``."""
        wanted = set(relations)
        return self._only(d for d in self.dependencies if wanted & set(d.relations))

    def _only(self, dependencies: Iterable[ColumnDependency]) -> ColumnLineage:
        return ColumnLineage(self.of, self.direction, tuple(dependencies))

    def summary(self) -> str:
        """Return the answer as text, one line per dependency."""
        lines = [repr(self)[1:-1].removeprefix("ColumnLineage: ") + (":" if len(self) else "")]
        width = max((len(printable(d.name)) for d in self.dependencies[:_MOST_ROWS]), default=0)
        lines += [
            f"  {printable(d.name).ljust(width)}  {_how(d)}" for d in self.dependencies[:_MOST_ROWS]
        ]
        if len(self) > _MOST_ROWS:
            lines.append(f"  ... and {len(self) - _MOST_ROWS} more")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from html import escape  # not needed to record

        rows = "".join(
            f"<tr><td>{escape(d.name)}</td><td>{escape(_how(d))}</td><td>{d.distance}</td></tr>"
            for d in self.dependencies[:_MOST_ROWS]
        )
        return (
            f"<table><caption>{escape(repr(self)[1:-1])}</caption><thead><tr><th>name</th>"
            f"<th>relation</th><th>distance</th></tr></thead><tbody>{rows}</tbody></table>"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per dependency, indexed by name.

        Returns
        -------
        DataFrame
            Columns operation, column, kind, relations (joined by ``+``), opaque, distance,
            is_source, variable.
        """
        import pandas as pd

        columns = [
            "name", "operation", "column", "kind", "relations", "opaque", "distance", "is_source",
            "variable",
        ]  # fmt: skip
        rows = [
            [d.name, d.operation, d.column, d.kind, "+".join(d.relations), d.opaque, d.distance,
             d.is_source, d.variable]
            for d in self.dependencies
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns).set_index("name")


@dataclass(frozen=True, slots=True)
class ColumnPath:
    """One way from a column to another.

    Attributes
    ----------
    names : tuple of str
        Full names on the way, both ends included.
    relations : tuple of str
        How each one after the first depends on the one before it, several joined by ``+``.
    opaque : bool
        Whether any step is only known to be possible.

    Examples
    --------
    >>> ColumnPath(("a.x", "b.x"), ("identity",))
    <ColumnPath: a.x -identity-> b.x>
    """

    names: tuple[str, ...]
    relations: tuple[str, ...]
    opaque: bool = False

    def __len__(self) -> int:
        return len(self.relations)

    def __repr__(self) -> str:
        return f"<ColumnPath: {self}>"

    def __str__(self) -> str:
        steps = zip(self.relations, self.names[1:], strict=True)
        return printable(self.names[0] + "".join(f" -{how}-> {name}" for how, name in steps))


@dataclass(frozen=True)
class ColumnPaths:
    """All ways from one column to another, shortest first.

    Attributes
    ----------
    start, end : str
        Full names of both ends.
    paths : tuple of ColumnPath
        The ways.
    complete : bool
        False if there are more ways than were asked for.

    Examples
    --------
    >>> ColumnPaths("a.x", "b.x", (ColumnPath(("a.x", "b.x"), ("identity",)),))
    <ColumnPaths: 1 path from a.x to b.x>
    """

    start: str
    end: str
    paths: tuple[ColumnPath, ...] = ()
    complete: bool = True

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[ColumnPath]:
        return iter(self.paths)

    def __getitem__(self, i: int) -> ColumnPath:
        return self.paths[i]

    def __repr__(self) -> str:
        number = f"{len(self)}{'' if self.complete else ' or more'}"
        unit = "path" if number == "1" else "paths"
        return printable(f"<ColumnPaths: {number} {unit} from {self.start} to {self.end}>")

    def summary(self) -> str:
        """Return the ways as text, each step on a line of its own."""
        lines = [repr(self)[1:-1].removeprefix("ColumnPaths: ")]
        for number, path in enumerate(self.paths[:_MOST_PATHS], start=1):
            lines += ["", f"{number}. {printable(path.names[0])}"]
            lines += [
                f"   {how} -> {printable(name)}"
                for how, name in zip(path.relations, path.names[1:], strict=True)
            ]
        if len(self) > _MOST_PATHS:
            lines += ["", f"... and {len(self) - _MOST_PATHS} more"]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from html import escape  # not needed to record

        return f"<pre>{escape(self.summary())}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per step, indexed by number of path and step, both from 1.

        Returns
        -------
        DataFrame
            Columns source, relation, target.
        """
        import pandas as pd

        rows = [
            (number, step, path.names[step - 1], how, path.names[step])
            for number, path in enumerate(self.paths, start=1)
            for step, how in enumerate(path.relations, start=1)
        ]
        frame = pd.DataFrame(rows, columns=["path", "step", "source", "relation", "target"])
        return frame.set_index(["path", "step"])


def _how(dependency: ColumnDependency) -> str:
    text = ", ".join(dependency.relations)
    return f"{text} (opaque)" if dependency.opaque else text


def _counted(dependencies: tuple[ColumnDependency, ...]) -> str:
    kinds = [d.kind for d in dependencies]
    parts = [
        f"{n} {kind}{'' if n == 1 else 's'}" if kind != "data" else f"{n} data"
        for kind in dict.fromkeys(("column", *kinds))
        if (n := kinds.count(kind))
    ]
    return ", ".join(parts) or "nothing"
