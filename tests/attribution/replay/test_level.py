"""What counts as restored."""

import pytest

from lineage_stats.attribution.replay._coalitions import Outcome
from lineage_stats.attribution.replay._level import Level

SCORE = Level(center=0.9, limit=0.85, faulty=0.5, greater_is_better=True)
LOSS = Level(center=0.1, limit=0.2, faulty=0.9, greater_is_better=False)


@pytest.mark.parametrize(
    ("level", "value", "restored"),
    [(SCORE, 0.86, True), (SCORE, 0.83, True), (SCORE, 0.8, False), (SCORE, 0.99, True),
     (LOSS, 0.19, True), (LOSS, 0.25, True), (LOSS, 0.5, False)],
)  # fmt: skip
def test_restored_is_healthy_or_nearly_so(level, value, restored):
    assert level.is_restored(Outcome((value,))) is restored


def test_a_run_that_broke_down_is_not_restored():
    assert not SCORE.is_restored(Outcome((), "ValueError"))


def test_within_the_healthy_range_most_of_the_drop_has_to_come_back():
    small = Level(center=0.9, limit=0.8, faulty=0.85, greater_is_better=True)
    assert not small.is_worse
    assert not small.is_restored(Outcome((0.86,)))
    assert small.is_restored(Outcome((0.895,)))
