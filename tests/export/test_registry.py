"""Exporters of other packages are found, and broken ones do no harm."""

import logging

import pytest

from lineage_stats.export import Exporter, _registry, available_exporters


class Ledger(Exporter):
    """Writes into a list."""

    name = "ledger"
    library = "json"

    def to_payload(self, run):
        return {}

    def send(self, payload, destination=None):
        destination.append(payload)


class Thief(Ledger):
    """Takes the name of another one."""

    name = "mlflow"


class Entry:
    """Stands for an entry point."""

    def __init__(self, name, loaded):
        self.name = name
        self._loaded = loaded

    def load(self):
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


@pytest.fixture
def offered(monkeypatch):
    def offer(*entries):
        monkeypatch.setattr(_registry, "entry_points_of", lambda group: entries)

    return offer


def test_an_exporter_of_another_package_is_found(offered):
    offered(Entry("ledger", Ledger))
    assert isinstance(available_exporters()["ledger"], Ledger)


@pytest.mark.parametrize("loaded", [ImportError("no such module"), dict, Thief, 3])
def test_a_broken_one_is_passed_over_with_a_warning(offered, caplog, loaded):
    offered(Entry("bad", loaded), Entry("ledger", Ledger))
    with caplog.at_level(logging.WARNING, "lineage_stats"):
        found = available_exporters()
    assert "The exporter 'bad' is passed over" in caplog.text
    assert sorted(found) == ["ledger", "mlflow", "openlineage", "opentelemetry"]
    assert type(found["mlflow"]).__name__ == "MLflowExporter"


def test_exporting_is_making_a_payload_and_sending_it():
    taken = []
    Ledger().export(None, taken)
    assert taken == [{}]
    assert repr(Ledger()) == "<Ledger ledger>"
