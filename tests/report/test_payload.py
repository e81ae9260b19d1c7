import copy
import json

from lineage_stats.report._drawing import graph_figures
from lineage_stats.report._payload import (
    COLUMN_BUDGET,
    FEATURE_BUDGET,
    as_script_json,
    page_payload,
)
from tests.strategies import MERGE


def payload_of(report):
    return page_payload(report, graph_figures(report["graph"]), [])


def test_nothing_in_a_script_element_can_end_it():
    evil = "</script><!--<script>&\u2028]]>"
    text = as_script_json({"texts": [evil]})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"texts": [evil]}


def test_texts_stand_once_and_numbers_lead_to_them(full_report):
    payload = payload_of(full_report)
    texts = payload["texts"]
    assert len(set(texts)) == len(texts)
    keys = [texts[node[0]] for node in payload["nodes"]]
    assert keys == [node["operation"] for node in full_report["graph"]["nodes"]]
    features = payload["nodes"][keys.index(MERGE)][12]
    first = full_report["graph"]["nodes"][keys.index(MERGE)]["features"][0]
    assert texts[features[0][0]] == first["feature"]


def test_a_value_lies_where_its_range_says(full_report):
    report = copy.deepcopy(full_report)
    for place, value in ((30, 0.0), (50, 5.0), (70, 10.0), (96, 99.0), (4, -99.0), (-1, None)):
        feature = report["graph"]["nodes"][0]["features"][0]
        feature.update(value=value, low=0.0, high=10.0)
        assert payload_of(report)["nodes"][0][12][0][3] == place


def columns_of(payload, piece):
    """Decode the columns of a piece of data: name and sources."""
    schemas, texts = payload["schemas"], payload["texts"]

    def names(i):
        return [texts[number] for number in schemas[payload["data"][i][4]][::2]]

    _, _, _, _, _, _, same, shared, own = payload["data"][piece]
    listed = dict(zip(own[::2], own[1::2], strict=True))
    found = {}
    for place, name in enumerate(names(piece)):
        usual = [same, names(same).index(name), 0, 0] if same >= 0 and name in names(same) else []
        sources = [*listed.get(place, usual), *shared]
        found[name] = {
            (sources[i], names(sources[i])[sources[i + 1]] if sources[i + 1] >= 0 else None)
            for i in range(0, len(sources), 4)
        }
    return found


def test_columns_can_be_read_back(full_report):
    payload = payload_of(full_report)
    for i, piece in enumerate(full_report["graph"]["data"]):
        shared = {(s["data"], s["column"]) for s in piece["shared"]}
        expected = {
            column["name"] or "": shared | {(s["data"], s["column"]) for s in column["sources"]}
            for column in piece["columns"]
        }
        decoded = columns_of(payload, i)
        assert set(decoded) == set(expected)
        for name, sources in decoded.items():
            assert {s[0] for s in sources} == {s[0] for s in expected[name]}


def test_of_a_very_wide_table_the_first_columns_are_kept(full_report):
    report = copy.deepcopy(full_report)
    columns = [
        {"name": f"column number {i}", "dtype": "float64", "sources": []} for i in range(9000)
    ]
    report["graph"]["data"][0]["columns"] = columns
    payload = payload_of(report)
    assert payload["data"][0][5] == len(columns)
    shown = len(payload["schemas"][payload["data"][0][4]]) // 2
    assert 0 < shown < len(columns)
    assert len(json.dumps([payload["schemas"], payload["data"]])) < COLUMN_BUDGET
    assert f"column number {shown - 1}" in payload["texts"]
    assert f"column number {shown}" not in payload["texts"]


def test_of_very_many_features_the_most_abnormal_are_kept(full_report):
    report = copy.deepcopy(full_report)
    for node in report["graph"]["nodes"]:
        feature = {**node["features"][0], "flagged": False}
        names = [f"{node['operation']} {i} {'x' * 2000}" for i in range(24)]
        node["features"] = [{**feature, "feature": name} for name in names]
    payload = payload_of(report)
    (n_shown,) = {len(node[12]) for node in payload["nodes"]}
    assert 4 <= n_shown < 24
    assert len(as_script_json(payload)) < FEATURE_BUDGET + COLUMN_BUDGET
