"""The recorder: fail-open, outermost only, bounded, with the right edges."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import os
import sys
import tracemalloc
import weakref

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from lineage_stats.exceptions import HookError
from lineage_stats.hooks import (
    HookProvider,
    OperationSpec,
    Target,
    _callsite,
    _data,
    _operations,
    _recorder,
    _sampling,
    _steps,
)
from lineage_stats.hooks._recorder import MAX_PENDING, MAX_PROBLEMS
from lineage_stats.hooks._steps import MAX_REPEATS
from lineage_stats.hooks._swap import ACTIVE
from lineage_stats.hooks._threads import STACK
from tests.recording import recording


def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": [3.0, None, 1.0], "b": list("xyx")})


# -- fail-open ------------------------------------------------------------------------------


def broken(*args, **kwargs):
    raise ZeroDivisionError("ours")


BREAKABLE = [
    (_data, "take_outline"), (_data, "Ref"), (_data.DataBook, "inputs"),
    (_data.DataBook, "outputs"), (_data.DataBook, "remember"),
    (_data.DataBook, "link"), (_data.DataBook, "data_refs"), (_recorder, "keep_arguments"),
    (_recorder, "shown_name"), (_recorder, "WatchedCall"), (_steps, "CallSite"), (_steps, "Step"),
    (_sampling.Sampler, "take"), (_sampling.Sampler, "measure"), (_operations, "facts_of"),
    (_operations, "Operation"),
]  # fmt: skip


def program():
    source = frame()
    clean = source[source["b"] == "x"].dropna()
    clean["c"] = clean["a"] * 2
    with pytest.raises(KeyError, match="absent"):
        clean.drop(columns="absent")
    return clean.to_json()


@pytest.mark.parametrize(("owner", "name"), BREAKABLE, ids=lambda v: getattr(v, "__name__", v))
def test_errors_of_ours_never_reach_the_program(owner, name, monkeypatch, caplog):
    expected = program()
    with recording(strict=False, features="profile") as run:
        with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "lineage_stats"):
            patch.setattr(owner, name, broken)
            assert program() == expected
            run.recorder.flush()
        assert STACK.current is None
        assert run.recorder.n_problems > 0
        assert "ZeroDivisionError" in run.recorder.problems[0]
        assert len([r for r in caplog.records if "incomplete" in r.message]) == 1
        n_before = len(run.operations)
        frame()
        assert len(run.operations) == n_before + 1


def test_strict_mode_raises(monkeypatch):
    with recording(strict=True) as run, monkeypatch.context() as patch:
        patch.setattr(_data, "take_outline", broken)
        with pytest.raises(HookError, match="ours"):
            frame()
        assert run.recorder.n_problems == 1
    assert STACK.current is None


def test_the_number_of_problems_kept_is_bounded(monkeypatch):
    with recording(strict=False) as run, monkeypatch.context() as patch:
        patch.setattr(_data, "take_outline", broken)
        for _ in range(50):
            frame()
        assert run.recorder.n_problems == 50
        assert len(run.recorder.problems) == MAX_PROBLEMS


def test_a_provider_that_fails_does_no_harm():
    class Bad(HookProvider):
        name = library = "pandas"

        def targets(self):
            return [Target("pandas", "concat", "concatenation", describe=broken)]

    with recording([Bad()], strict=False) as run:
        assert len(pd.concat([frame(), frame()])) == 6
        assert run.recorder.problems == ["concat: ZeroDivisionError in end"]


def test_interrupts_while_recording_go_through(monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    with recording(strict=False) as run:
        source = frame()
        with monkeypatch.context() as patch:
            patch.setattr(_data.DataBook, "inputs", interrupted)
            with pytest.raises(KeyboardInterrupt):
                source.dropna()
            patch.undo()
            patch.setattr(_data.DataBook, "outputs", interrupted)
            with pytest.raises(KeyboardInterrupt):
                source.dropna()
        assert STACK.current is None
        source.head()
        assert run.names[-1] == "DataFrame.head"


# -- failed calls ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [KeyError("x"), KeyboardInterrupt(), SystemExit(3), MemoryError()]
)
def test_a_failed_call_is_recorded_and_the_error_goes_through(error):
    def fail(column):
        raise error

    with recording() as run:
        with pytest.raises(type(error)) as caught:
            frame().apply(fail)
        assert caught.value is error
        last = run.operations[-1]
    assert (last.name, last.status, last.error) == (
        "DataFrame.apply",
        "failed",
        type(error).__name__,
    )
    assert last.outputs == ()
    assert [ref.rows for ref in last.inputs] == [3]


def read_mask(source, n):
    return source[np.ones(n, dtype=bool)]


def read_columns(source, n):
    return source[["a", "b", "c"][:n]]


def read_rows(source, n):
    return source.loc[[0, 1, 2, 3, 4][:n]]


def read_column(source, n):
    return source.loc[:, "a" if n == 3 else "absent"]


def write_rows(source, n):
    source.loc[[0, 1], "a"] = range(n)


@pytest.mark.parametrize(
    ("step", "good", "bad", "name"),
    [(read_mask, 3, 4, "DataFrame[mask]"), (read_columns, 2, 3, "DataFrame[columns]"),
     (read_rows, 3, 5, "DataFrame.loc[]"), (write_rows, 2, 3, "DataFrame.loc[]=")],
)  # fmt: skip
def test_a_failed_call_has_the_key_of_one_that_returned(step, good, bad, name):
    with recording() as run:
        step(frame(), good)
        returned = run.operations[-1]
    with recording() as run:
        with pytest.raises((KeyError, ValueError)):
            step(frame(), bad)
        raised = run.operations[-1]
    assert (returned.name, returned.status, raised.status) == (name, "ok", "failed")
    assert (raised.key, raised.kind) == (returned.key, returned.kind)
    assert [ref.rows for ref in raised.inputs][:1] == [3]
    assert raised.outputs == ()


def test_a_failed_read_of_a_column_is_told():
    with recording() as run:
        read_column(frame(), 3)
        with pytest.raises(KeyError):
            read_column(frame(), 0)
        with pytest.raises(KeyError):
            frame()["absent"]
    failed = [op.name for op in run.operations if op.status == "failed"]
    assert failed == ["DataFrame.loc[]", "DataFrame.__getitem__"]


def test_a_description_that_needs_a_result_leaves_the_plain_name():
    with recording() as run:
        with pytest.raises(ValueError, match="inconsistent"):
            f1_score([0, 1], [0, 1, 1])
        (failed,) = run.operations
    assert (failed.name, failed.kind, failed.status) == ("f1_score", "metric", "failed")
    assert run.recorder.n_problems == 0


def test_a_cell_that_holds_none_is_no_operation():
    source = pd.DataFrame({"a": [None, "x"]}, dtype=object)
    with recording() as run:
        assert source.loc[0, "a"] is None
        assert source["a"][0] is None
    assert run.names == []


# -- outermost only -------------------------------------------------------------------------


def test_only_what_the_user_calls_is_an_operation():
    with recording() as run:
        source = frame()
        source.pivot_table(index="b", values="a")
        source.groupby("b")["a"].agg(["sum", "mean"])
        source.describe()
        source.info(buf=io.StringIO())
        repr(source)
        source.apply(lambda column: column.sort_values().head(1))
    assert run.names == [
        "DataFrame", "DataFrame.pivot_table", "SeriesGroupBy.agg", "DataFrame.apply",
    ]  # fmt: skip


def test_what_a_generator_of_the_user_calls_is_an_operation_of_its_own():
    def load(i):
        return pd.read_csv(io.StringIO(f"a,b\n{i},2\n3,\n")).dropna()

    with recording() as run:
        whole = pd.concat(load(i) for i in range(2))
        whole.head()
    assert run.names == ["read_csv", "DataFrame.dropna"] * 2 + ["concat", "DataFrame.head"]
    assert run.parents("concat") == ["DataFrame.dropna", "DataFrame.dropna"]
    assert [ref.rows for ref in run.operations[-2].inputs] == [1, 1]
    assert STACK.current is None


def test_a_generator_that_hands_on_columns_or_fails():
    with recording() as run:
        frames = [frame(), frame()]
        pd.concat(f["a"] for f in frames)
        assert run.parents("concat") == ["DataFrame", "DataFrame"]
        with pytest.raises(KeyError):
            pd.concat(f.drop(columns="absent") for f in frames)
    failed = [op.name for op in run.operations if op.status == "failed"]
    assert sorted(failed) == ["DataFrame.drop", "concat"]
    assert STACK.current is None


def test_a_callback_without_a_generator_stays_inside_its_call():
    class Odd(dict):
        def keys(self):
            frame()
            return super().keys()

    with recording() as run:
        parts = Odd(x=frame(), y=frame())
        pd.concat(parts)
    assert run.names == ["DataFrame", "DataFrame", "concat"]


def test_an_empty_result_is_one_operation():
    with recording(features="profile") as run:
        source = frame()
        none = source[source["b"] == "zzz"]
        none.dropna()
        assert run.names == ["DataFrame", "DataFrame[mask]", "DataFrame.dropna"]
        assert run.operations[-1].outputs[0].rows == 0


def test_pipe_is_looked_through():
    def clean(table, how):
        return table.dropna(how=how)

    with recording() as run:
        frame().pipe(clean, how="any").pipe(pd.DataFrame.sort_values, "a").pipe(pd.get_dummies)
        assert run.names == [
            "DataFrame", "DataFrame.dropna", "DataFrame.sort_values", "get_dummies",
        ]  # fmt: skip
        assert run.parents("get_dummies") == ["DataFrame.sort_values"]
        assert run.operations[-1].scope.endswith("test_pipe_is_looked_through")


# -- edges ----------------------------------------------------------------------------------


def test_aliases_are_the_same_data():
    with recording() as run:
        one = frame()
        two = one
        two.dropna().head()
        assert run.parents("DataFrame.head") == ["DataFrame.dropna"]
        assert run.parents("DataFrame.dropna") == ["DataFrame"]


def test_changes_in_place_make_new_versions():
    with recording() as run:
        one = frame()
        one["c"] = one["a"] * 2
        one.loc[0, "c"] = 5.0
        one.insert(0, "z", 1)
        one.dropna()
        chain = ["DataFrame", "DataFrame[]=", "DataFrame.loc[]=", "DataFrame.insert"]
        assert run.names == [*chain, "DataFrame.dropna"]
        for parent, child in zip(chain, run.names[1:], strict=False):
            assert run.parents(child) == [parent]


def test_chains_loops_functions_and_comprehensions():
    def load(i):
        return pd.DataFrame({"a": [i, None]})

    with recording() as run:
        parts = [load(i).dropna() for i in range(3)]
        for i in range(2):
            parts[i] = parts[i].assign(b=i)
        pd.concat(parts).sort_values("a").head()
        trace = run.trace
    (concat,) = [op.key for op in trace if op.name == "concat"]
    parts = {key for key in trace.keys if key.endswith(("assign#1", "assign#1:2"))}
    assert set(trace.parents(concat)) == {*parts, trace.keys[5]}
    assert trace.keys[5].endswith("dropna#1:3")
    assert run.parents("DataFrame.head") == ["DataFrame.sort_values"]
    assert run.parents("DataFrame.sort_values") == ["concat"]


def test_data_computed_by_hand_keeps_its_lineage():
    with recording() as run:
        one, two = frame(), frame()
        ratio = (one["a"] - two["a"].mean()) / two.a
        one["r"] = ratio.abs()
        assert run.parents("DataFrame[]=") == ["DataFrame", "DataFrame"]


# -- bounds ---------------------------------------------------------------------------------


def test_a_long_loop_is_folded():
    with recording() as run:
        source = frame()
        for _ in range(2000):
            source = source.assign(c=1)
        assert len(run.recorder._waiting) <= MAX_REPEATS + 2
        assert len(run.recorder._steps) == 2
        assert len(run.recorder.data._objects) <= 3
        assert [op.features.get("calls") for op in run.operations][-1] == 2000 - MAX_REPEATS


def test_a_folded_loop_tells_how_its_calls_spread():
    with recording() as run:
        source = frame()
        for i in range(MAX_REPEATS + 8):
            source.head(0 if i < MAX_REPEATS else 1 + i % 2)
        fold = run.operations[-1].features
        assert {name: fold[name] for name in fold if name.startswith("rows_out_")} == {
            "rows_out_mean": 1.5, "rows_out_sd": 0.5, "rows_out_min": 1, "rows_out_max": 2,
        }  # fmt: skip
        assert 0 < fold["duration_min"] <= fold["duration_mean"] <= fold["duration_max"]
        total = run.operations[-1].duration_ns / 1e9
        assert fold["duration_mean"] * fold["calls"] == pytest.approx(total)


def test_memory_of_a_long_loop_does_not_grow():
    with recording():
        source = frame()

        def loop(n):
            for _ in range(n):
                source.head(1)

        loop(500)
        tracemalloc.start()
        try:
            loop(500)
            first = tracemalloc.get_traced_memory()[0]
            loop(3000)
            # pandas keeps some hundred weak references to indexes, which come and go: 45 kB.
            assert tracemalloc.get_traced_memory()[0] - first < 60_000
        finally:
            tracemalloc.stop()


def test_code_compiled_again_and_again_is_one_step(monkeypatch):
    monkeypatch.setattr(_steps, "MAX_SITES", 50)
    with recording() as run:
        names = {"source": frame(), "__name__": "__main__"}
        for _ in range(200):
            exec("source.head(1)", names)
        assert len(run.recorder._steps) == 2
        assert len(run.recorder._steps._sites) <= 51
        assert run.operations[-1].features["calls"] == 200 - MAX_REPEATS


def test_equal_code_of_two_files_is_two_steps():
    source = "def load(table):\n    return table.dropna()\n"
    with recording() as run:
        table = frame()
        for name in ("one", "two"):
            module = {"__name__": name}
            exec(compile(source, f"/{name}.py", "exec"), module)
            module["load"](table)
        assert [op.key for op in run.operations[1:]] == [
            "one.load/DataFrame.dropna#1", "two.load/DataFrame.dropna#1",
        ]  # fmt: skip


def test_many_places_are_handed_over_before_the_end():
    with recording() as run:
        source = frame()
        run.recorder._waiting.extend([run.recorder._waiting[0]] * MAX_PENDING)
        source.head()
        assert run.sink.n_flushes == 1
        assert not run.recorder._waiting


# -- keys -----------------------------------------------------------------------------------

SCRIPT = """
import pandas as pd
def clean(table):
    return table.dropna().head(2)
table = pd.DataFrame({"a": [1, None]})
a = clean(table)
b = table.sort_values("a")
"""


@pytest.mark.parametrize(
    "edited",
    [
        "\n\n# comment\n" + SCRIPT,
        SCRIPT.replace("    return", "    # why\n    return"),
        SCRIPT.replace("a = clean", "x = table.tail(1)\na = clean"),
        SCRIPT.replace('table.sort_values("a")', 'table.sort_values(\n    "a",\n)'),
    ],
)
def test_keys_stay_when_the_script_is_edited_elsewhere(edited):
    def keys(source):
        with recording() as run:
            exec(compile(source, "/script.py", "exec"), {"__name__": "__main__"})
            return [op.key for op in run.operations if op.name != "DataFrame.tail"]

    assert keys(edited) == keys(SCRIPT)
    assert keys(SCRIPT)[1] == "clean/DataFrame.dropna#1"


# -- metrics, forks ---------------------------------------------------------------------------


def test_a_metric_of_the_user_is_an_operation():
    with recording() as run:
        source = frame()
        run.recorder.log_metric("mine", np.float64(0.5), (source,), depth=1)
        last = run.operations[-1]
    assert (last.metric, last.metric_value, last.kind) == ("mine", 0.5, "metric")
    assert last.scope.endswith("test_a_metric_of_the_user_is_an_operation")
    assert [ref.rows for ref in last.inputs] == [3]


def test_nothing_is_recorded_while_we_write(monkeypatch):
    with recording() as run:
        source = frame()
        monkeypatch.setattr(run.sink, "flush", lambda: source.head())
        run.recorder.flush()
        assert run.names == ["DataFrame"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_records_nothing():
    with recording() as run:
        source = frame()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                source.dropna()
                code = 0 if ACTIVE[0] is None and len(run.recorder._waiting) == 1 else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        source.head()
        assert run.names == ["DataFrame", "DataFrame.head"]


def test_deep_recursion_ends_as_it_would():
    def deep(n):
        source.head(1)
        deep(n + 1)

    with recording(strict=False):
        source = frame()
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(len_of_stack() + 150)
        try:
            with pytest.raises(RecursionError):
                deep(0)
        finally:
            sys.setrecursionlimit(limit)
        assert STACK.current is None


def len_of_stack():
    n, current = 0, sys._getframe()
    while current is not None:
        n, current = n + 1, current.f_back
    return n


def test_a_link_may_turn_out_to_be_an_operation():
    class Mine(HookProvider):
        name = library = "pandas"

        def targets(self):
            yield Target(
                "pandas", "concat", link=True, describe=lambda c: OperationSpec(link=False)
            )

    with recording([Mine()]) as run:
        pd.concat([frame()])
        (op,) = run.operations
    assert op.duration_ns > 0


def test_specs_may_say_everything():
    def describe(call):
        return OperationSpec(kind="sink", name="mine", metric="m", value=2, features={"x": 1.0},
                             facts={"y": "z"}, inputs=(), outputs=())  # fmt: skip

    class Mine(HookProvider):
        name = library = "pandas"

        def targets(self):
            return [Target("pandas", "concat", describe=describe)]

    with recording([Mine()]) as run:
        pd.concat([frame()])
        (op,) = run.operations
    assert (op.kind, op.name, op.metric, op.metric_value) == ("sink", "mine", "m", 2.0)
    assert op.features["x"] == 1.0
    assert op.facts["y"] == "z"
    assert op.inputs == op.outputs == ()


def test_a_place_without_readable_source_loses_nothing(monkeypatch):
    with recording(strict=False) as run:
        with monkeypatch.context() as patch:
            patch.setattr(_callsite.CallSite, "facts", broken)
            frame().dropna()
            assert run.names == ["DataFrame", "DataFrame.dropna"]
        assert run.recorder.problems[0] == "source: ZeroDivisionError in flush"


def test_a_recorder_may_be_asked_whose_call_it_is():
    asked = []

    def accepts(caller):
        asked.append(caller.f_code.co_name)
        return caller.f_code.co_name != "frame"

    with recording() as run:
        run.recorder._accepts = accepts
        frame().dropna()
        assert run.names == ["DataFrame.dropna"]
    assert asked == ["frame", "test_a_recorder_may_be_asked_whose_call_it_is"]


def test_what_map_calls_for_concat_is_recorded():
    with recording() as recorded:
        df = pd.DataFrame({"x": [1, 2]})
        pd.concat(map(lambda i: df.assign(i=i), range(2)))  # noqa: C417  # map is the point
        assert recorded.names == ["DataFrame", "DataFrame.assign", "DataFrame.assign", "concat"]
        assert len(recorded.trace.parents(recorded.trace.keys[-1])) == 2


def test_a_metric_logged_with_the_number_of_a_reduction_comes_from_the_column():
    with recording() as recorded:
        df = pd.DataFrame({"x": [1.0, 2.0]})
        error = (df["x"] ** 2).mean()
        recorded.recorder.log_metric("mse", error, ())
        recorded.recorder.log_metric("other", error + 0.0, ())
        assert recorded.parents("mse") == ["DataFrame"]
        assert recorded.parents("other") == []


@pytest.mark.parametrize("features", ["shape", "profile"])
def test_what_waits_to_be_written_keeps_no_data_alive(features):
    with recording(features=features) as run:
        source = frame()
        held = [weakref.ref(source)]
        chosen, more = source[source["b"] == "x"], source.assign(c=lambda table: table["a"])
        for made in (source.dropna(), chosen, more):
            held += [weakref.ref(made), *map(weakref.ref, made._mgr.blocks)]
        with contextlib.suppress(KeyError):
            source.drop(columns="absent")
        del source, made, chosen, more
        gc.collect()
        assert [ref() for ref in held] == [None] * len(held)
        assert len(run.operations) == 5
