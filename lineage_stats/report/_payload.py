"""What the script of a page knows: nodes, features and columns as compact JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.report._format import format_healthy, format_number, format_observed
from lineage_stats.trace._lineage._frame import RELATIONS

Record = Mapping[str, Any]

# Characters of JSON for features and for columns: a page of 200 operations stays below 500 KB.
FEATURE_BUDGET = 200_000
COLUMN_BUDGET = 100_000
_FEWEST = 4


def page_payload(
    report: Record, figures: Sequence[Record], strips: Sequence[Record]
) -> dict[str, Any]:
    """Return what the script of a page needs, as plain data.

    Parameters
    ----------
    report : mapping
        What `build_report` returned.
    figures : sequence of mapping
        What `graph_figures` returned.
    strips : sequence of mapping
        Runs and values of each strip, as `runs` and `values`.

    Returns
    -------
    dict
        ``texts`` holds each text once; elsewhere numbers stand for texts.
    """
    texts = _Texts()
    graph = report["graph"]
    n_shown = _features_shown(graph["nodes"])
    position = {node["operation"]: i for i, node in enumerate(graph["nodes"])}
    nodes = [_node(node, texts, n_shown) for node in graph["nodes"]]
    edges = [[position[e["from"]], position[e["to"]]] for e in graph["edges"]]
    data = _bounded_columns(graph["data"], position, texts)
    views = [
        {
            "name": figure["name"],
            "size": [figure["width"], figure["height"]],
            "boxes": [[box["x"], box["y"], box["members"]] for box in figure["boxes"]],
            "edges": [[edge["from"], edge["to"]] for edge in figure["edges"]],
        }
        for figure in figures
    ]
    return {
        "box": [figures[0]["node_width"], figures[0]["node_height"]] if figures else [1, 1],
        "nodes": nodes,
        "edges": edges,
        "way": [position[n["operation"]] for n in graph["nodes"] if n["on_path"]],
        "views": views,
        **data,
        "relations": list(RELATIONS),
        "strips": [
            [strip["first"], strip["step"], [texts(run) for run in strip["runs"]],
             [texts(format_number(value)) for value in strip["values"]]]
            for strip in strips
        ],
        "texts": texts.known,
    }  # fmt: skip


def as_script_json(payload: Record) -> str:
    """Return JSON that may stand inside a script element, whatever the texts hold."""
    text = json.dumps(payload, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class _Texts:
    """Numbers texts, each one once."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self._number.setdefault(text, len(self._number))

    @property
    def known(self) -> list[str]:
        """All texts, in the order of their numbers."""
        return list(self._number)


def _features_shown(nodes: Sequence[Record]) -> int:
    """Return how many features per node the page has room for."""
    n_shown = max((len(node["features"]) for node in nodes), default=0)
    while n_shown > _FEWEST:
        texts = _Texts()
        written = [_node(node, texts, n_shown) for node in nodes]
        if len(json.dumps([written, texts.known])) <= FEATURE_BUDGET:
            break
        n_shown = max(3 * n_shown // 4, _FEWEST)
    return n_shown


def _node(node: Record, texts: _Texts, n_shown: int) -> list[Any]:
    features = node["features"]
    flagged = sum(feature["flagged"] for feature in features)
    shown = features[: max(n_shown, min(flagged, 2 * _FEWEST))]
    return [
        *(texts(node[name]) for name in ("operation", "name", "scope", "kind", "location")),
        node["level"],
        texts("" if node["score"] is None else format_number(node["score"], 3)),
        texts(node["title"]),
        texts(node["status"]),
        texts(f"{format_number(node['duration'], 3)} s"),
        int(node["origin"]),
        node["n_features"],
        [
            [texts(feature["feature"]), texts(format_observed(feature)),
             texts(format_healthy(feature)), _place(feature), int(feature["flagged"])]
            for feature in shown
        ],
    ]  # fmt: skip


def _place(feature: Record) -> int:
    """Return where a value lies, in percent, if 30 to 70 is its healthy range; -1 if unknown."""
    value, low, high = feature["value"], feature["low"], feature["high"]
    if value is None or low is None or high is None:
        return -1
    if high <= low:
        return 50 if value == low else (96 if value > low else 4)
    return int(min(max(30 + 40 * (value - low) / (high - low), 4), 96))


def _bounded_columns(
    data: Sequence[Record], position: Mapping[str, int], texts: _Texts
) -> dict[str, Any]:
    """Return the columns, of wide tables only the first, so that the page stays small."""
    most = max((len(piece["columns"]) for piece in data), default=0)
    while most > _FEWEST:
        names = _Texts()
        written = _columns(data, position, names, most)
        if len(json.dumps([written, names.known])) <= COLUMN_BUDGET:
            break
        most = max(3 * most // 4, _FEWEST)
    return _columns(data, position, texts, most)


def _columns(
    data: Sequence[Record], position: Mapping[str, int], texts: _Texts, most: int
) -> dict[str, Any]:
    schemas: dict[tuple[int, ...], int] = {}
    kept = [piece["columns"][:most] for piece in data]
    places = [{column["name"]: i for i, column in enumerate(columns)} for columns in kept]
    pieces = []
    for piece, columns in zip(data, kept, strict=True):
        pairs = ((texts(c["name"] or ""), texts(c["dtype"])) for c in columns)
        schema = schemas.setdefault(tuple(n for pair in pairs for n in pair), len(schemas))
        same = _same(columns)
        known = {} if same < 0 else places[same]
        own: list[Any] = []
        for i, column in enumerate(columns):
            sources = _sources(column["sources"], places)
            usual = [same, known[column["name"]], 0, 0] if column["name"] in known else []
            if sources != usual:
                own += [i, sources]
        pieces.append(
            [
                position.get(piece["operation"], -1), piece["port"], texts(piece["kind"]),
                texts(piece["variable"]), schema, len(piece["columns"]), same,
                _sources(piece["shared"], places), own,
            ]
        )  # fmt: skip
    return {"schemas": [list(schema) for schema in schemas], "data": pieces}


def _same(columns: Sequence[Record]) -> int:
    """Return the piece of data whose columns most columns are, by their names; -1 for none."""
    counts: dict[int, int] = {}
    for column in columns:
        if len(column["sources"]) == 1:
            (source,) = column["sources"]
            if source["column"] == column["name"] and source["relation"] == RELATIONS[0]:
                counts[source["data"]] = counts.get(source["data"], 0) + 1
    return max(counts, key=lambda piece: counts[piece], default=-1)


def _sources(sources: Sequence[Record], places: Sequence[Mapping[Any, int]]) -> list[int]:
    """Return four numbers per source: data, column (-1 for all), relation, whether possible."""
    found: list[int] = []
    for source in sources:
        column = source["column"]
        place = -1 if column is None else places[source["data"]].get(column)
        if place is not None:
            found += [
                source["data"], place, RELATIONS.index(source["relation"]), int(source["possible"])
            ]  # fmt: skip
    return found
