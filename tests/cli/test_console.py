import json
import math
import warnings

import numpy as np
import pytest

from lineage_stats.cli._console import console, emit_json, plain_warnings
from lineage_stats.exceptions import FewRunsWarning


def test_a_pipe_is_wide_and_without_colours(capsys):
    console().print("[bold]" + "x " * 100 + "[/bold]")
    out = capsys.readouterr().out
    assert "x " * 99 in out
    assert "\x1b" not in out


def test_json_has_no_nan_and_no_numpy(capsys):
    emit_json({"a": math.nan, "b": [np.float64(1.5), math.inf], "c": {"d": np.int64(3)}, "e": "ä"})
    text = capsys.readouterr().out
    assert json.loads(text) == {"a": None, "b": [1.5, None], "c": {"d": 3}, "e": "ä"}


def warn_of_both():
    with plain_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.warn("few runs", FewRunsWarning, stacklevel=1)
        warnings.warn("theirs", UserWarning, stacklevel=1)


def test_our_warnings_are_one_sentence_and_others_as_they_were(capsys):
    before = warnings.showwarning
    with pytest.warns(UserWarning, match="theirs") as seen:
        warn_of_both()
    assert len(seen) == 1
    assert capsys.readouterr().err == "Note: few runs\n"
    assert warnings.showwarning is before
