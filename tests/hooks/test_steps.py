"""Steps: listed one by one at first, folded into one line later."""

from __future__ import annotations

import sys

from lineage_stats.hooks import OperationSpec, Target
from lineage_stats.hooks._calls import WatchedCall
from lineage_stats.hooks._provider import Watched
from lineage_stats.hooks._refs import Ref
from lineage_stats.hooks._steps import MAX_EDGES, MAX_REPEATS, Cell, Fold, Step, StepBook

WATCHED = Watched(Target("pandas", "dropna"), lambda table: table)


def step() -> Step:
    """Return the second step of a scope that calls ``dropna``."""
    book = StepBook()
    book.count(sys._getframe(), "dropna")
    return book.count(sys._getframe(), "dropna")[0]


def ref(number: int) -> Ref:
    return Ref(number, ("table", number, 1, None))


def call(i: int, *, error: str | None = None, value: float | None = None) -> WatchedCall:
    one = WatchedCall(WATCHED, (), {})
    one.start, one.stop, one.cpu = 5, 15, 7
    one.inputs, one.outputs = [(i, (ref(i),))], ()
    one.error, one.said = error, OperationSpec(value=value)
    return one


def folded(*calls: WatchedCall) -> Fold:
    one = step()
    for each in calls:
        one.add(each)
    return one.fold


def test_keys_count_the_repeats_and_then_stop():
    one = step()
    assert one.key(1) == "test_steps.step/dropna#2"
    assert one.key(2) == "test_steps.step/dropna#2:2"
    assert one.key(MAX_REPEATS).endswith(f":{MAX_REPEATS}")
    assert one.key(MAX_REPEATS + 1) == one.key(10**6) == f"{one.key(1)}:{MAX_REPEATS + 1}+"


def test_folding_counts_and_adds_up():
    fold = folded(*map(call, range(100)))
    assert (fold.n_calls, fold.cpu, fold.duration) == (100, 700, 1000)
    assert len(fold.inputs) == MAX_EDGES


def test_a_failure_stays_visible():
    assert folded(call(1), call(2, error="KeyError"), call(3)).error == "KeyError"
    assert folded(call(1)).error is None


def test_the_last_metric_value_is_kept():
    assert folded(call(1, value=0.1), call(2, value=0.2)).value == 0.2


def test_results_of_folded_calls_share_their_references():
    one, made = step(), ref(9)
    assert one.outputs(1) is None
    first = call(1)
    first.outputs = (made,)
    one.add(first)
    assert one.outputs(1) == (made,)
    assert one.outputs(2) is None


def test_a_book_counts_calls_by_place_and_name():
    book = StepBook()

    def here(name):
        return book.count(sys._getframe(), name)

    (a, first), (b, second), (c, _) = [here("dropna"), here("dropna"), here("head")]
    assert a is b is not c
    assert (first, second, book.n_calls, len(book)) == (1, 2, 3, 2)
    assert [one.ordinal for one in (a, c)] == [1, 1]


def test_a_cell_that_runs_again_gets_its_keys_again():
    book = StepBook()
    code = compile("frame = call()", "<cell>", "exec")

    def count(name, cell, n=1):
        forgotten = book.start_cell(Cell(cell, 1, "<cell>"))
        namespace = {"call": lambda: sys._getframe(1)}
        exec(code, namespace)
        return forgotten, [book.count(namespace["frame"], name) for _ in range(n)]

    assert [step.key(turn) for step, turn in count("f", "a", 2)[1]] == [
        "<module>/f#1", "<module>/f#1:2",
    ]  # fmt: skip
    assert [step.key(turn) for step, turn in count("f", "b")[1]] == ["<module>/f#2"]
    forgotten, again = count("f", "a")
    assert forgotten == ["<module>/f#1", "<module>/f#1:2"]
    assert [step.key(turn) for step, turn in again] == ["<module>/f#1"]
    assert again[0][0].shown_file == "cell [1]"
    assert book.n_calls == 2


def test_code_compiled_once_more_is_the_same_place_and_other_code_of_that_line_is_not():
    book = StepBook()

    def count(source):
        namespace = {"call": lambda: sys._getframe(1)}
        exec(compile(source, "<made>", "exec"), namespace)
        return book.count(namespace["frame"], "f")

    steps = {}
    for _ in range(3):
        for source in ("frame = call()", "frame = call() or 1", "frame = call() or 2"):
            step, turn = count(source)
            assert steps.setdefault(source, step) is step
    assert turn == 3
    assert len({id(step) for step in steps.values()}) == len(book) == 3
    assert book.n_calls == 9
    assert [step.ordinal for step in steps.values()] == [1, 2, 3]
    assert [step.place.line for step in steps.values()] == [1, 1, 1]
