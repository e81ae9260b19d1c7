"""The targets of pandas-on-Spark: the names of pandas, described for objects of Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lineage_stats.hooks._pandas import _targets as of_pandas
from lineage_stats.hooks._provider import Call, OperationSpec, Target
from lineage_stats.hooks._pyspark import _pandas_names as names


def pandas_targets() -> Iterator[Target]:
    """Yield what is watched in pandas-on-Spark; of a name that stands twice, the first."""
    seen = set()
    for target in _all_targets():
        if (target.module, target.path) not in seen:
            seen.add((target.module, target.path))
            yield target


def _all_targets() -> Iterator[Target]:
    yield from _special_targets()
    yield from _functions()
    for path, pandas in names.CLASSES.items():
        for cls in pandas:
            yield from _operations(path, of_pandas.METHODS.get(cls, {}))
            yield from _links(path, of_pandas.LINKS.get(cls, ""))
    for path, kinds in names.METHODS.items():
        yield from _operations(path, kinds)
    for path, links in names.LINKS.items():
        yield from _links(path, links)


def _late(name: str) -> Callable[[Call], OperationSpec | None]:
    """Return a function of `_pandas_describe`, which is loaded when pandas-on-Spark is used."""

    def describe(call: Call) -> OperationSpec | None:
        from lineage_stats.hooks._pyspark import _describe, _pandas_describe

        found: OperationSpec | None = getattr(_pandas_describe, name)(call)
        return _describe.failure(call, found) if call.failed else found

    return describe


def _split(path: str) -> tuple[str, str]:
    module, _, cls = path.rpartition(".")
    return f"{names.PACKAGE}.{module}", cls


def _operations(path: str, kinds: dict[str, str]) -> Iterator[Target]:
    module, cls = _split(path)
    for kind, methods in kinds.items():
        describe = _late("write" if kind == "sink" else "operation")
        for method in methods.split():
            yield Target(module, f"{cls}.{method}", kind, describe=describe)


def _links(path: str, methods: str) -> Iterator[Target]:
    module, cls = _split(path)
    for method in methods.split():
        describe = _late("values") if method in ("to_numpy", "values") else None
        yield Target(module, f"{cls}.{method}", link=True, describe=describe)


def _functions() -> Iterator[Target]:
    for table in (of_pandas.FUNCTIONS, names.FUNCTIONS):
        for kind, functions in table.items():
            describe = _late({"source": "read", "sink": "write"}.get(kind, "operation"))
            for function in functions.split():
                yield Target(names.FUNCTIONS_MODULE, function, kind, describe=describe)
    for function in names.LINK_FUNCTIONS.split():
        yield Target(names.FUNCTIONS_MODULE, function, link=True)
    yield Target(names.SQL_MODULE, "sql", "transform", describe=_late("query"))


def _special_targets() -> Iterator[Target]:
    for path in ("frame.DataFrame", "series.Series"):
        module, cls = _split(path)
        construct = _late("construct")
        yield Target(module, f"{cls}.__init__", "source", describe=construct, inplace="init")
        yield Target(module, f"{cls}.__getitem__", describe=_late("item"))
        yield Target(module, f"{cls}.__setitem__", "assignment", describe=_late("put_item"))
        yield Target(module, f"{cls}.pop", "projection", describe=_late("pop"))
    yield Target(f"{names.PACKAGE}.frame", "DataFrame.__setattr__", describe=_late("put_attribute"))
    for path in names.HAND_OVERS:
        module, cls = _split(path)
        yield Target(module, f"{cls}.to_pandas", "transform", describe=_late("hand_over"))
    for cls in (*names.INDEXERS, *names.CELLS):
        said = _late("location")
        yield Target(names.INDEXING_MODULE, f"{cls}.__getitem__", "selection", describe=said)
        said = _late("put_location")
        yield Target(names.INDEXING_MODULE, f"{cls}.__setitem__", "assignment", describe=said)
