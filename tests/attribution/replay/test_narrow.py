"""The fewest suspects whose reversal cures."""

import math

from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution.replay._narrow import smallest_cure


@given(st.integers(1, 40), st.data())
def test_it_finds_what_is_needed_and_asks_little(n, data):
    suspects = [f"s{i}" for i in range(n)]
    needed = data.draw(st.sets(st.sampled_from(suspects), min_size=1, max_size=min(n, 3)))
    asked = []

    def cures(reverted):
        asked.append(tuple(reverted))
        return needed <= set(reverted)

    found = smallest_cure(suspects, cures)
    assert set(found) == needed
    assert list(found) == [s for s in suspects if s in needed]
    r = len(needed)
    assert len(asked) <= 2 * r * (math.log2(max(n / r, 1)) + 2)


def test_of_two_that_do_the_preferred_one_is_found():
    assert smallest_cure(["a", "b", "c"], lambda r: bool({"a", "c"} & set(r))) == ("a",)
