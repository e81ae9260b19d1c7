"""Facets of data in OpenLineage's events, as their specifications say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from lineage_stats.exceptions import UnknownColumnError
from lineage_stats.export._datasets import ExternalData, column_names, data_read
from lineage_stats.export._openlineage_facets import Facets, facet, known
from lineage_stats.features import parse_feature
from lineage_stats.trace import ColumnDependency, Trace

_QUANTILES: Final = {"q25": "0.25", "q50": "0.5", "q75": "0.75"}
_RELATIONS: Final = {
    "identity": ("DIRECT", "IDENTITY"),
    "derived": ("DIRECT", "TRANSFORMATION"),
    "aggregated": ("DIRECT", "AGGREGATION"),
    "filtered-by": ("INDIRECT", "FILTER"),
    "joined-on": ("INDIRECT", "JOIN"),
    "grouped-by": ("INDIRECT", "GROUP_BY"),
    "ordered-by": ("INDIRECT", "SORT"),
}


def input_facets(trace: Trace, data: ExternalData) -> Facets:
    """Return the facets of data that was read."""
    facets = _schema(trace, data)
    if data.digest:
        facets["version"] = facet("DatasetVersionDatasetFacet", datasetVersion=data.digest)
    return facets


def output_facets(trace: Trace, data: ExternalData, namespace: str) -> Facets:
    """Return the facets of data that was written; what it came from is among them."""
    return {**_schema(trace, data), **_column_lineage(trace, data, namespace)}


def input_quality(trace: Trace, data: ExternalData) -> Facets:
    """Return what was measured of data that was read."""
    rows = None if data.ref is None else data.ref.rows
    columns = {name: _column(data, name, rows) for name, _ in column_names(trace, data)}
    measured = {name: metrics for name, metrics in columns.items() if metrics}
    if rows is None and not measured:
        return {}
    made = facet(
        "DataQualityMetricsInputDatasetFacet",
        rowCount=rows,
        bytes=data.size,
        columnMetrics=measured,
    )
    return {"dataQualityMetrics": made}


def output_statistics(data: ExternalData) -> Facets:
    """Return how much was written."""
    rows = None if data.ref is None else data.ref.rows
    if rows is None and data.size is None:
        return {}
    made = facet("OutputStatisticsOutputDatasetFacet", rowCount=rows, size=data.size)
    return {"outputStatistics": made}


def _schema(trace: Trace, data: ExternalData) -> Facets:
    fields = [
        known({"name": name, "type": kind or None, "ordinal_position": i})
        for i, (name, kind) in enumerate(column_names(trace, data), start=1)
    ]
    return {"schema": facet("SchemaDatasetFacet", fields=fields)} if fields else {}


def _column(data: ExternalData, name: str, rows: int | None) -> Facets:
    of = {
        parsed.statistic: value
        for feature, value in data.operation.features.items()
        if (parsed := parse_feature(feature)).column == name
        and parsed.port == 0
        and math.isfinite(value)
    }
    quantiles = {label: of[name] for name, label in _QUANTILES.items() if name in of}
    nulls = of.get("nulls")
    return known(
        {
            "nullCount": None if nulls is None or rows is None else round(nulls * rows),
            "distinctCount": int(of["distinct"]) if "distinct" in of else None,
            "min": of.get("min"),
            "max": of.get("max"),
            "quantiles": quantiles or None,
        }
    )


def _column_lineage(trace: Trace, data: ExternalData, namespace: str) -> Facets:
    if data.ref is None:
        return {}
    places = {read.operation.key: read for read in data_read(trace)}
    fields = {}
    for name, _ in column_names(trace, data):
        try:
            found = trace.upstream(f"{data.ref.id}.{name}").sources
        except UnknownColumnError:
            continue  # what was written has no history here
        inputs = [_input_field(d, places, namespace) for d in found if d.operation in places]
        fields[name] = {"inputFields": [one for one in inputs if one is not None]}
    fields = {name: record for name, record in fields.items() if record["inputFields"]}
    if not fields:
        return {}
    return {"columnLineage": facet("ColumnLineageDatasetFacet", fields=fields)}


def _input_field(
    found: ColumnDependency, places: Mapping[str, ExternalData], namespace: str
) -> Facets | None:
    if found.operation is None or found.column is None:
        return None
    data = places[found.operation]
    kinds = (_RELATIONS.get(relation) for relation in found.relations)
    return {
        "namespace": data.namespace or namespace,
        "name": data.name,
        "field": found.column,
        "transformations": [
            {"type": kind[0], "subtype": kind[1], "masking": False} for kind in kinds if kind
        ],
    }
