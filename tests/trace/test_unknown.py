from hypothesis import given

from lineage_stats import DataRef, Operation, Trace
from tests.strategies import traces

ARRAY = DataRef("a", "array", rows=9)
TABLE = DataRef("t", "table", rows=9)
MODEL = DataRef("m", "model")


def coverage(*operations):
    return Trace("r", "p", operations).input_coverage


def test_data_that_nothing_made_appeared_from_nowhere_and_is_counted_once():
    found = coverage(
        Operation("read#1", "read_csv", "source", outputs=(TABLE,)),
        Operation("fit#1", "Ridge.fit", "fit", inputs=(TABLE, ARRAY), outputs=(MODEL,)),
        Operation("predict#1", "Ridge.predict", "predict", inputs=(MODEL, ARRAY)),
    )
    assert found.unknown == (("fit#1", ARRAY),)
    assert found.n_inputs == 3
    assert found.readers == {"fit#1"}
    assert str(found) == "1 input appeared from nowhere"


def test_all_is_known():
    found = coverage(
        Operation("read#1", "read_csv", "source", outputs=(TABLE,)),
        Operation("drop#1", "DataFrame.dropna", "selection", inputs=(TABLE,)),
    )
    assert found.n_unknown == 0
    assert str(found) == "every input is known"


def test_a_model_counts_where_it_must_have_been_fitted_before():
    search = Operation("s#1", "cross_val_score", "metric", inputs=(MODEL,))
    predict = Operation("p#1", "Ridge.predict", "predict", inputs=(MODEL,))
    score = Operation("q#1", "Ridge.score", "metric", inputs=(MODEL, ARRAY))
    assert coverage(search).n_unknown == 0
    assert coverage(predict).n_unknown == 1
    assert str(coverage(score)) == "2 inputs appeared from nowhere"


@given(traces())
def test_what_is_unknown_was_never_made(trace):
    made = {ref.id for op in trace for ref in op.outputs}
    found = trace.input_coverage
    assert not {ref.id for _, ref in found.unknown} & made
    assert found.readers <= set(trace.keys)
    assert found.n_unknown <= found.n_inputs
