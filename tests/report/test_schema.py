from lineage_stats.report import REPORT_SCHEMA, build_report
from lineage_stats.report._evidence import evidence_record
from tests.strategies import make_trace

TYPES = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}
# The user's own names: any key is right below these.
OPEN = ("run.tags", "run.environment")


def walk(value, path=""):
    if path in OPEN:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            here = f"{path}.{key}" if path else key
            yield here, item
            yield from walk(item, here)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from walk(item, f"{path}[]")


def check(report):
    for path, value in walk(report):
        names = REPORT_SCHEMA[path][0].split("|")
        assert isinstance(
            value, tuple(TYPES[name] for name in names) if len(names) > 1 else TYPES[names[0]]
        ), path


def test_every_field_is_documented_and_of_its_type(full_report):
    check(full_report)
    found = {path for path, _ in walk(full_report)}
    changed = {path for path in REPORT_SCHEMA if path.startswith("verdict.evidence.changed[].")}
    assert found | changed == set(REPORT_SCHEMA)  # the simulated program never changes


def test_the_changed_program_is_documented():
    names = {"kind", "operation", "name", "before", "after", "location", "size"}
    changes = [dict.fromkeys(names, "x") | {"kind": "parameter"}]
    anomaly = {"operation": "x", "location": "", "value": 1.0, "low": None, "high": None}
    rest = dict.fromkeys(("feature", "observed", "expected", "since"))
    card = evidence_record([{**anomaly, **rest}], None, n_runs=None, changes=changes)
    assert {f"verdict.evidence.changed[].{name}" for name in card["changed"][0]} <= set(
        REPORT_SCHEMA
    )


def test_a_report_without_results_keeps_to_the_schema():
    check(build_report(make_trace(0)))


def test_every_field_has_a_meaning():
    assert all(meaning for _, meaning in REPORT_SCHEMA.values())
