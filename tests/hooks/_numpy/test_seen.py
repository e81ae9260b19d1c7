"""What is known of data and calls around one frame."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from lineage_stats.hooks._numpy._finder import Finder
from lineage_stats.hooks._numpy._seen import Seen
from tests.recording import recording


def seen_by(recorded, frame):
    data = recorded.recorder.data
    return Seen(Finder(data, lambda *_: None, lambda *_: None, lambda _: None), frame, 0, None)


def test_data_stand_for_what_made_them():
    with recording() as recorded:
        df = pd.DataFrame({"x": [1.0, 2.0]})
        values, own = df.to_numpy(), np.zeros(2)
        seen = seen_by(recorded, sys._getframe())
        (made,) = recorded.recorder.data._objects.get(values)
        assert seen.of_object(values, changed=False).refs == (made,)
        assert [value.refs for value in seen.standing_for(values)] == [(made,)]
        assert seen.of_object(own, changed=False) is None
        assert [*seen.standing_for(own)] == []


def test_a_view_stands_for_its_array():
    with recording() as recorded:
        df = pd.DataFrame({"x": [1.0, 2.0]})
        values = Ridge().fit(df, df["x"]).predict(df)
        seen = seen_by(recorded, sys._getframe())
        view = values[1:]
        assert [v.refs for v in seen.standing_for(view)] == [
            v.refs for v in seen.standing_for(values)
        ]


def test_a_model_is_no_data_of_its_own():
    with recording() as recorded:
        df = pd.DataFrame({"x": [1.0, 2.0]})
        model = Ridge().fit(df, df["x"])
        seen = seen_by(recorded, sys._getframe())
        assert seen.of_object(model, changed=False).refs == ()
        assert len([*seen.standing_for(model)]) == 1


def test_only_parameters_are_asked_of_the_caller():
    def called(given):
        local = given
        with recording() as recorded:
            seen = seen_by(recorded, sys._getframe())
            assert seen.gathered_of_parameter("local") == ()
        return local

    assert called(1) == 1
