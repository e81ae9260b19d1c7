from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.report._fold import fold_graph


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_every_node_is_in_one_group_and_edges_lead_forward(data):
    n = data.draw(st.integers(1, 14))
    pairs = [(a, b) for b in range(n) for a in range(b)]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []
    keep = data.draw(st.sets(st.integers(0, n - 1)))
    folded = fold_graph(range(n), edges, keep=keep)
    assert sorted(node for group in folded.groups for node in group) == list(range(n))
    assert all(a < b for a, b in folded.edges)
    assert all(len(group) == 1 for group in folded.groups if keep & set(group))


def test_a_kept_node_splits_its_chain():
    edges = list(zip("abcdefg", "bcdefg", strict=False))
    groups = fold_graph("abcdefg", edges, keep={"d"}).groups
    assert groups == (("a", "b", "c"), ("d",), ("e", "f", "g"))


def test_a_node_with_a_parent_elsewhere_stays_outside():
    folded = fold_graph("abcd", [("a", "b"), ("b", "d"), ("c", "d")])
    assert folded.groups == (("a", "b"), ("c",), ("d",))
    assert folded.edges == ((0, 2), (1, 2))


def test_with_everything_kept_nothing_changes():
    folded = fold_graph("abc", [("a", "b"), ("a", "c")], keep="abc")
    assert folded.groups == (("a",), ("b",), ("c",))
    assert folded.edges == ((0, 1), (0, 2))


def test_steps_of_one_function_are_one_group():
    edges = [("a", "b"), ("b", "c"), ("c", "d")]
    folded = fold_graph("abcd", edges, function={"a": "load", "b": "load", "c": "fit", "d": "fit"})
    assert folded.groups == (("a", "b"), ("c", "d"))
    assert folded.edges == ((0, 1),)


def test_a_function_around_another_one_is_two_groups():
    function = {"a": "main", "b": "clean", "c": "main"}
    folded = fold_graph("abc", [("a", "b"), ("b", "c")], function=function)
    assert folded.groups == (("a",), ("b",), ("c",))


def test_top_level_code_is_no_function():
    function = dict.fromkeys("abc", "<module>")
    folded = fold_graph("abc", [("a", "b"), ("b", "c")], function=function, keep="abc")
    assert folded.groups == (("a",), ("b",), ("c",))


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_groups_of_functions_never_form_a_cycle(data):
    n = data.draw(st.integers(1, 14))
    pairs = [(a, b) for b in range(n) for a in range(b)]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=24)) if pairs else []
    function = {i: data.draw(st.sampled_from(["", "f", "g", "h"])) for i in range(n)}
    folded = fold_graph(range(n), edges, function=function)
    assert sorted(node for group in folded.groups for node in group) == list(range(n))
    assert all(a < b for a, b in folded.edges)
    assert all(len({function[node] for node in group}) == 1 for group in folded.groups)
