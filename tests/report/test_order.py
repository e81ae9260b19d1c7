import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.report._order import count_crossings, order_columns


@st.composite
def layered(draw):
    """Columns of nodes with edges between neighbouring ones."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=5))
    columns = [[(i, j) for j in range(size)] for i, size in enumerate(sizes)]
    left = {node: [] for column in columns for node in column}
    right = {node: [] for column in columns for node in column}
    for before, after in itertools.pairwise(columns):
        pairs = list(itertools.product(before, after))
        for a, b in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=10)):
            right[a].append(b)
            left[b].append(a)
    return columns, left, right


@settings(deadline=None, max_examples=80)
@given(layered())
def test_no_order_is_worse_than_the_one_given(graph):
    columns, left, right = graph
    ordered = order_columns(columns, left, right)
    assert [sorted(column) for column in ordered] == [sorted(column) for column in columns]
    assert count_crossings(ordered, right) <= count_crossings(columns, right)
    assert ordered == order_columns(columns, left, right)


def test_two_crossed_edges_are_uncrossed():
    right = {"a": ["d"], "b": ["c"], "c": [], "d": []}
    left = {"a": [], "b": [], "c": ["b"], "d": ["a"]}
    ordered = order_columns([["a", "b"], ["c", "d"]], left, right)
    assert count_crossings(ordered, right) == 0


def test_a_plane_tree_is_drawn_without_crossings():
    # Two trees, the leaves of which come mixed.
    right = {"r": ["x", "y"], "s": ["z"], "x": ["1", "4"], "y": ["2"], "z": ["3", "5"]}
    right |= {leaf: [] for leaf in "12345"}
    left = {node: [p for p in right if node in right[p]] for node in right}
    columns = [["r", "s"], ["x", "z", "y"], list("12345")]
    assert count_crossings(columns, right) > 0
    assert count_crossings(order_columns(columns, left, right), right) == 0


def test_crossings_are_counted_as_by_hand():
    right = {"a": ["2", "3"], "b": ["1", "2"], "c": ["1"]}
    assert count_crossings([["a", "b", "c"], ["1", "2", "3"]], right) == 6
