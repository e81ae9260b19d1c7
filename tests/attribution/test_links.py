"""Who made what an operation read."""

from dataclasses import replace

from lineage_stats.attribution._links import ancestors_of, producers_of
from lineage_stats.trace import DataRef, Operation, Trace

TABLE, MODEL = DataRef("d1", "table", 10), DataRef("m", "model")
SCORES, HAND_MADE = DataRef("d2", "array", 10), DataRef("d9", "array", 10)


def operations(*, compared: DataRef = HAND_MADE) -> tuple[Operation, ...]:
    return (
        Operation("read#1", "read_csv", "source", outputs=(TABLE,)),
        Operation("fit#1", "fit", "fit", inputs=(TABLE,), outputs=(MODEL,)),
        Operation("predict#1", "predict", "predict", inputs=(MODEL, TABLE), outputs=(SCORES,)),
        Operation("f1#1", "f1_score", "metric", inputs=(TABLE, compared), metric="f1"),
    )


def test_known_data_leads_to_its_maker():
    trace = Trace("r", "p", operations(compared=SCORES))
    assert producers_of(trace)["f1#1"] == (("read#1", 0), ("predict#1", 0))


def test_data_from_nowhere_counts_as_the_last_prediction_of_as_many_rows():
    trace = Trace("r", "p", operations())
    assert producers_of(trace)["f1#1"] == (("read#1", 0), ("predict#1", 0))
    assert ancestors_of(trace, "f1#1") == ("read#1", "fit#1", "predict#1")
    other_size = Trace("r", "p", operations(compared=replace(HAND_MADE, rows=11)))
    assert producers_of(other_size)["f1#1"] == (("read#1", 0), None)


def test_a_prediction_that_went_elsewhere_is_not_taken():
    read_on = Operation("clip#1", "clip", "opaque", inputs=(SCORES,))
    *before, metric = operations()
    assert producers_of(Trace("r", "p", (*before, read_on, metric)))["f1#1"][1] is None
    other_metric = Operation("auc#1", "auc", "metric", inputs=(SCORES,), metric="auc")
    found = producers_of(Trace("r", "p", (*before, other_metric, metric)))
    assert found["f1#1"][1] == ("predict#1", 0)


def test_a_file_written_and_read_again_leads_on():
    file = {"file[path]": "m.joblib", "file[digest]": "x"}
    read, fit, _, _ = operations()
    dump = Operation("dump#1", "dump", "sink", inputs=(MODEL,), facts=file)
    load = Operation("load#1", "load", "source", outputs=(DataRef("m2", "model"),), facts=file)
    assert ancestors_of(Trace("r", "p", (read, fit, dump, load)), "load#1") == ("read#1", "fit#1")
    changed = replace(load, facts={**file, "file[digest]": "y"})
    assert ancestors_of(Trace("r", "p", (read, fit, dump, changed)), "load#1") == ()


def test_a_prediction_of_a_model_read_from_a_file_has_used_the_fit():
    file = {"file[path]": "m.joblib", "file[digest]": "x"}
    read, fit, predict, metric = operations(compared=SCORES)
    dump = Operation("dump#1", "dump", "sink", inputs=(MODEL,), facts=file)
    loaded = DataRef("m2", "model")
    load = Operation("load#1", "load", "source", outputs=(loaded,), facts=file)
    predict = replace(predict, inputs=(loaded, TABLE))
    found = producers_of(Trace("r", "p", (read, fit, dump, load, predict, metric)))
    assert found["predict#1"] == (("load#1", 0), ("read#1", 0), ("fit#1", 0))
    stale = replace(load, facts={**file, "file[digest]": "y"})
    found = producers_of(Trace("r", "p", (read, fit, dump, stale, predict, metric)))
    assert found["predict#1"] == (("load#1", 0), ("read#1", 0))
