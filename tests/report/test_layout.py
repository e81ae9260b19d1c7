import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.report._layout import VIRTUAL_SIZE, layered_layout


@st.composite
def graphs(draw):
    n = draw(st.integers(0, 12))
    pairs = [(a, b) for b in range(n) for a in range(b)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=25)) if pairs else []
    return list(range(n)), edges


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_edges_lead_to_the_right_and_boxes_never_overlap(graph):
    nodes, edges = graph
    layout = layered_layout(nodes, edges)
    assert all(layout.layer[a] < layout.layer[b] for a, b in edges)
    for column in set(layout.layer.values()):
        rows = sorted(layout.row[n] for n in nodes if layout.layer[n] == column)
        assert all(below - above >= 1 - 1e-9 for above, below in itertools.pairwise(rows))


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_routes_join_their_ends_column_by_column(graph):
    nodes, edges = graph
    layout = layered_layout(nodes, edges)
    assert set(layout.routes) == set(edges)
    for (a, b), route in layout.routes.items():
        assert route[0] == (layout.layer[a], layout.row[a])
        assert route[-1] == (layout.layer[b], layout.row[b])
        columns = [column for column, _ in route]
        assert columns == list(range(layout.layer[a], layout.layer[b] + 1))


def test_a_straight_chain_is_drawn_straight():
    layout = layered_layout("abcd", [("a", "b"), ("b", "c"), ("c", "d")])
    assert set(layout.row.values()) == {0.0}


def test_a_source_stands_next_to_its_first_reader():
    layout = layered_layout("abxc", [("a", "b"), ("b", "c"), ("x", "c")])
    assert layout.layer["x"] == layout.layer["b"]


def test_an_empty_graph_has_an_empty_layout():
    layout = layered_layout([], [])
    assert (layout.layer, layout.row, layout.routes) == ({}, {}, {})


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_no_edge_passes_through_a_box(graph):
    nodes, edges = graph
    layout = layered_layout(nodes, edges)
    for route in layout.routes.values():
        for column, row in route[1:-1]:
            for node in nodes:
                if layout.layer[node] == column:
                    assert abs(layout.row[node] - row) >= 0.5 + VIRTUAL_SIZE / 2 - 1e-9


def test_edges_from_one_node_share_their_way():
    # The first node is read by the last two as well, over columns that others fill.
    layout = layered_layout("abcde", [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("a", "e"),
                                      ("d", "e")])  # fmt: skip
    short, long = layout.routes["a", "d"], layout.routes["a", "e"]
    assert short[:3] == long[:3]
