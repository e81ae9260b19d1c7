"""However cells are set and tables joined, whatever changes a column was declared."""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.columns import judge, left, right, watching
from tests.forms import STATEMENTS

pytestmark = pytest.mark.filterwarnings("ignore")  # of pandas 4
# What is declared for certain and changes nothing: cells of a row may hold those of any column.
IDLE = ("l.loc[0, :] = l.loc[1, :]", "l.update(l[[")


def program(text: str) -> Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """Return a function of two tables; a statement changes the left one."""
    changes = isinstance(ast.parse(text).body[0], ast.Assign | ast.AugAssign)
    changes = changes or text.startswith(("l.update", "l.insert", "l.isetitem"))
    body = f"{text}\n    return l" if changes else f"return {text}"
    names = {"pd": pd, "np": np, "__name__": "__main__"}
    exec(f"def program(l, r):\n    {body}", names)
    return names["program"]


def lines(name: str) -> list[str]:
    """Return the statements of a file that this version of pandas can do."""
    found = (STATEMENTS / f"lineage_of_{name}.txt").read_text().splitlines()
    can_do = [text for text in found if works(program(text))]
    assert len(can_do) > 0.9 * len(found)
    return can_do


def works(program: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]) -> bool:
    try:
        program(pd.DataFrame(left(0)), pd.DataFrame(right(1)))
    except (TypeError, ValueError):  # pandas 2.2 sets no cells by a list of flags
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("group", ["setting", "joins", "shaping"])
def test_whatever_changes_a_column_is_declared(group):
    with watching() as hooks:
        found = {text: judge(program(text), hooks, n_changes=4) for text in lines(group)}
    assert {text: finding.missed for text, finding in found.items() if finding.missed} == {}
    if group == "setting":
        idle = {text: finding.idle for text, finding in found.items() if finding.idle}
        assert [text for text in idle if not text.startswith(IDLE)] == []
