"""Every exporter keeps what exporters promise."""

from __future__ import annotations

import inspect

import pytest

from lineage_stats import export
from lineage_stats.export import Exporter, available_exporters, check_exporter, exporter_checks
from lineage_stats.trace import Trace
from tests.registry import EXPORTERS

CHECKS = dict(exporter_checks())


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("exporter", EXPORTERS, ids=lambda e: e.name)
def test_our_contract(exporter, check):
    CHECKS[check](exporter)


def test_the_suite_has_its_size():
    public = {
        value
        for name in export.__all__
        if inspect.isclass(value := getattr(export, name))
        and issubclass(value, Exporter)
        and not inspect.isabstract(value)
    }
    assert {type(exporter) for exporter in EXPORTERS} == public
    assert {type(exporter) for exporter in available_exporters().values()} == public
    assert len(CHECKS) == 7


class Careless(Exporter):
    """An exporter that breaks one promise after the other."""

    name = "careless"
    library = "json"
    n = 0

    def to_payload(self, run):
        Careless.n += 1
        trace = run if isinstance(run, Trace) else run.trace
        trace.tags["seen"] = "yes"
        with open("left.json", "w") as file:  # noqa: PTH123  # as careless as can be
            file.write("{}")
        return {"n": Careless.n, "metrics": dict(trace.metrics), "raw": {1, 2}}

    def send(self, payload, destination=None):
        """Send nothing."""


def test_a_check_fails_where_a_promise_is_broken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed = set()
    for name, check in CHECKS.items():
        try:
            check(Careless())
        except (AssertionError, TypeError, ValueError):
            failed.add(name)
    assert failed == {
        "payloads are plain data",
        "payloads are the same for the same run",
        "making a payload changes nothing",
        "any run can be exported",
        "numbers that are not finite are left out",
    }
    with pytest.raises((AssertionError, TypeError)):
        check_exporter(Careless())
