import json
from dataclasses import dataclass
from typing import Any

import pytest

from lineage_stats.cli._app import run_app
from lineage_stats.storage import TraceStore
from tests.strategies import InjectedFault, make_trace, make_traces

N_HEALTHY = 30


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def cli(capsys):
    """Run the command line in this process: ``cli("runs", folder)``."""

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        code = run_app([str(argument) for argument in arguments])
        return Done(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def runs_folder(tmp_path_factory):
    """A store with thirty healthy runs and one, the latest, that lost rows in a join."""
    folder = tmp_path_factory.mktemp("runs")
    store = TraceStore(folder)
    for trace in make_traces(N_HEALTHY):
        store.write(trace)
    fault = InjectedFault("rows_lost", "clean/DataFrame.merge#1", severity=0.4)
    store.write(make_trace(N_HEALTHY, fault=fault))
    return folder
