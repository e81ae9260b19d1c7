"""The facets of OpenLineage's events, and the library's classes for them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from openlineage.client import facet_v2

CLASSES = {
    name: value
    for module in vars(facet_v2).values()
    if inspect.ismodule(module)
    for name, value in vars(module).items()
    if inspect.isclass(value) and issubclass(value, facet_v2.BaseFacet)
}


def facets_of(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every facet of an event."""
    yield from event["run"]["facets"].values()
    yield from event["job"]["facets"].values()
    for data in (*event["inputs"], *event["outputs"]):
        for field in ("facets", "inputFacets", "outputFacets"):
            yield from (data.get(field) or {}).values()


def official_class(facet: dict[str, Any]) -> Any:
    """Make the library's object of a facet: it knows its fields, its schema and its version."""
    cls = CLASSES[facet["_schemaURL"].rpartition("/")[2]]
    own = {name: value for name, value in facet.items() if not name.startswith("_")}
    made = cls(**own, producer=facet["_producer"])
    assert facet["_schemaURL"].rpartition("/")[2] == made._schemaURL.rpartition("/")[2]
    assert set(own) <= {field.name for field in cls.__attrs_attrs__}
    return made
