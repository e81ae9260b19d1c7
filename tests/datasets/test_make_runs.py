"""What `make_runs` takes and returns."""

import hashlib
import json
from collections.abc import Callable, Iterable
from subprocess import CompletedProcess

import numpy as np
import pytest

from lineage_stats.datasets import FAULT_KINDS, FAULTS, Fault, make_runs
from lineage_stats.datasets._keys import MERGE, METRIC, OPERATION_KEYS
from lineage_stats.storage import TraceStore
from lineage_stats.trace import Trace, TraceSet

EVERYTHING = {
    "n_runs": 3,
    "fault": FAULTS[0],
    "first": 4,
    "n_extra_columns": 3,
    "n_extra_operations": 2,
    "random_state": 5,
}


def digest(traces: Iterable[Trace]) -> str:
    text = json.dumps([trace.to_dict() for trace in traces])
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_it_returns():
    runs = make_runs(3, fault=[None, FAULTS[0], None])
    assert list(runs) == ["traces", "target", "faults", "DESCR"]
    assert isinstance(runs.traces, TraceSet)
    assert len(runs.traces) == 3
    assert runs.target == (None, MERGE, None)
    assert runs.faults == (None, FAULTS[0], None)
    assert [t.tags["status"] for t in runs.traces] == ["healthy", "faulty", "healthy"]


def test_traces_and_target_alone():
    runs = make_runs(3, fault=FAULTS[-1])
    traces, target = make_runs(3, fault=FAULTS[-1], return_traces=True)
    assert traces == runs.traces
    assert target == runs.target == (FAULTS[-1].target,) * 3


def test_the_default_is_fifty_healthy_runs_one_a_day():
    runs = make_runs()
    assert len(runs.traces) == 50
    assert set(runs.target) == set(runs.faults) == {None}
    assert len({trace.start.date() for trace in runs.traces}) == 50


def test_the_same_arguments_give_the_same_bytes(run_python: Callable[..., CompletedProcess[str]]):
    done = run_python(
        "import hashlib, json\n"
        "from lineage_stats.datasets import FAULTS, make_runs\n"
        f"traces = make_runs(**{ {**EVERYTHING, 'fault': None}!r}).traces\n"
        "text = json.dumps([trace.to_dict() for trace in traces])\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    assert done.stdout.strip() == digest(make_runs(**{**EVERYTHING, "fault": None}).traces)
    assert digest(make_runs(**EVERYTHING).traces) == digest(make_runs(**EVERYTHING).traces)


def test_a_run_depends_on_its_number_only():
    together = make_runs(6, first=2)
    assert together.traces == make_runs(2, first=6).traces + make_runs(4, first=2).traces
    mixed = make_runs(3, first=2, fault=[None, FAULTS[0], None])
    assert (mixed.traces[0], mixed.traces[2]) == (together.traces[0], together.traces[2])


def test_pipeline_and_tags():
    (trace,) = make_runs(1, pipeline="fraud", tags={"site": "a"}).traces
    assert trace.pipeline == "fraud"
    assert trace.tags == {"site": "a"}


def test_a_generator_gives_a_new_seed_each_time():
    rng = np.random.default_rng(0)
    first, second = make_runs(2, random_state=rng), make_runs(2, random_state=rng)
    assert digest(first.traces) != digest(second.traces)
    assert first.traces == make_runs(2, random_state=np.random.default_rng(0)).traces


def test_the_global_generator_is_left_alone():
    state = np.random.get_state
    before = state()[1].copy()
    make_runs(2)
    np.testing.assert_array_equal(state()[1], before)


def test_the_runs_can_be_stored(tmp_path):
    runs = make_runs(2, n_extra_columns=2).traces
    store = TraceStore(tmp_path / "store")
    for trace in runs:
        store.write(trace)
    assert store.load() == runs


def test_the_description_names_everything_there_is():
    text = make_runs(1).DESCR
    for name in (*OPERATION_KEYS, *FAULT_KINDS, "extra_0", "extra/DataFrame.astype#1"):
        assert f"`{name}`" in text


def test_importing_loads_nothing_heavy(run_python: Callable[..., CompletedProcess[str]]):
    done = run_python(
        "import sys; from lineage_stats.datasets import make_runs; make_runs(2)\n"
        "print({'pandas', 'pyarrow', 'scipy', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_runs": 0}, "The 'n_runs' parameter of make_runs must be an int of at least 1. Got 0 "),
        ({"n_runs": True}, "'n_runs'"),
        ({"n_runs": 2.0}, "'n_runs'"),
        ({"first": -1}, "'first' .* an int of at least 0. Got -1"),
        ({"n_extra_columns": -1}, "'n_extra_columns'"),
        ({"n_extra_operations": None}, "'n_extra_operations'"),
        ({"pipeline": ""}, "'pipeline' .* a str that is not empty. Got ''"),
        ({"pipeline": None}, "'pipeline'"),
        ({"random_state": -1}, "'random_state' .* int of at least 0 or a numpy.random.Generator"),
        ({"random_state": None}, "'random_state' .* Got None"),
        ({"fault": "rows_lost"}, "'fault' .* a Fault, a sequence of Fault and None, or None."),
        ({"fault": [None, 1]}, "'fault'"),
        ({"fault": [None]}, "'fault' .* one entry for each of the 2 runs. Got '1 entries'"),
        ({"fault": [None, Fault("rows_lost", METRIC)]}, "'operation' parameter of Fault"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_runs(**{"n_runs": 2, **arguments})
