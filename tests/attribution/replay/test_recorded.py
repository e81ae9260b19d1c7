"""What a replayed run recorded."""

from dataclasses import replace

import pytest

from lineage_stats.attribution.replay._recorded import (
    check_stayed_inside,
    trace_with,
    written_elsewhere,
)
from lineage_stats.exceptions import ReplayError
from lineage_stats.storage import TraceStore
from lineage_stats.trace import Operation, Trace
from tests.strategies import make_trace


def test_the_run_of_that_pipeline_is_found(tmp_path):
    assert trace_with("f1_score", tmp_path, "churn") is None
    store = TraceStore(tmp_path)
    store.write(make_trace(1))
    store.write(replace(make_trace(2, pipeline="other"), run_id="x"))
    assert trace_with("f1_score", tmp_path, "churn").pipeline == "churn"
    assert trace_with("f1_score", tmp_path, "unknown") is not None
    assert trace_with("auc", tmp_path, "churn") is None


def run_that(tmp_path, **given):
    return Trace("r", "p", (Operation("f/to_csv#1", "to_csv", "sink", **given),))


def test_a_run_has_to_stay_in_its_copy(tmp_path):
    root, tree = tmp_path / "mine", tmp_path / "temporary" / "copy"
    for fine in (
        {"file": "main.py"},
        {"file": str(tree / "main.py")},
        {"file": "/usr/lib/x.py"},
        {"facts": {"file[path]": str(tree / "out.csv")}},
    ):
        check_stayed_inside(run_that(tmp_path, **fine), tree, root)
    with pytest.raises(ReplayError, match=r"wrote .*out\.csv, in your own tree"):
        check_stayed_inside(
            run_that(tmp_path, facts={"file[path]": str(root / "out.csv")}), tree, root
        )
    with pytest.raises(ReplayError, match=r"took .*pkg\.py from your own tree"):
        check_stayed_inside(run_that(tmp_path, file=str(root / "pkg.py")), tree, root)


def test_files_written_elsewhere_are_listed(tmp_path):
    inside = run_that(tmp_path, facts={"file[path]": str(tmp_path / "out.csv")})
    assert written_elsewhere(inside, tmp_path) == []
    assert written_elsewhere(inside, tmp_path / "root") == [str(tmp_path / "out.csv")]
