from pathlib import Path

import pytest

from lineage_stats.detectors import ZScoreDetector
from lineage_stats.detectors._engines import is_stored


@pytest.mark.parametrize(
    ("X", "engine", "expected"),
    [("runs", "local", True), (Path("runs"), "local", True), ([[1.0]], "local", False),
     (object(), "spark", True)],
)  # fmt: skip
def test_who_reads_is_told_by_what_is_given(X, engine, expected):
    assert is_stored(ZScoreDetector(), "fit", X, engine) is expected


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match=r"ZScoreDetector.fit must be 'local' or 'spark'. Got 'x'"):
        ZScoreDetector().fit([[1.0], [2.0]], engine="x")


def test_a_frame_of_spark_wants_the_engine_of_spark():
    frame = type("DataFrame", (), {"__module__": "pyspark.sql.classic.dataframe"})
    derived = type("Mine", (frame,), {"__module__": "mine"})
    for given in (frame(), derived()):
        with pytest.raises(ValueError, match=r"fit\(frame, engine='spark'\)"):
            ZScoreDetector().fit(given)
        assert is_stored(ZScoreDetector(), "score_many", given, "spark")
