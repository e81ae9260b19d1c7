"""Parts of plans that have equally many rows, and parts that need not."""

from __future__ import annotations

from lineage_stats.hooks._pyspark._signature import (
    Base,
    Block,
    generated,
    grouped,
    inner,
    key_of,
    one_sided,
    where,
)


def source(number: int, *attrs: str, present: tuple[str, ...] = ()) -> Block:
    base = Base("src", args=(number,), attrs=frozenset(attrs))
    return Block((base,), present=frozenset(present))


A, B = source(0, "1", "2"), source(1, "3", "4")
JOINED = inner(A, B, ["(#1 = #3)"])


def same(one: Block, other: Block) -> bool:
    return key_of(one) == key_of(other)


def test_filters_move_below_an_inner_join() -> None:
    above = where(JOINED, ["(#2 > 5)"])
    below = inner(where(A, ["isnotnull(#1)", "(#2 > 5)"]), where(B, ["isnotnull(#3)"]),
                  ["(#1 = #3)"])  # fmt: skip
    assert same(above, below)
    assert not same(above, JOINED)


def test_the_order_of_inner_joins_does_not_matter() -> None:
    c = source(2, "5")
    one = inner(inner(A, B, ["(#1 = #3)"]), c, ["(#4 = #5)"])
    other = inner(A, inner(B, c, ["(#4 = #5)"]), ["(#1 = #3)"])
    assert same(one, other)


def test_what_is_concluded_for_an_equal_column_adds_nothing() -> None:
    above = where(JOINED, ["NOT (#1 = 3)"])
    below = inner(where(A, ["NOT (#1 = 3)"]), where(B, ["NOT (#3 = 3)"]), ["(#1 = #3)"])
    assert same(above, below)


def test_conditions_that_only_look_alike_count_twice() -> None:
    once = where(A, ["(#2 > 5)"])
    assert not same(once, where(once, ["(#2 > 5)"]))


def test_a_missing_value_decides_unless_something_else_does() -> None:
    assert not same(A, where(A, ["isnotnull(#1)"]))
    assert same(where(A, ["(#1 > 2)"]), where(A, ["isnotnull(#1)", "(#1 > 2)"]))
    complete = source(0, "1", "2", present=("1",))
    assert same(complete, where(complete, ["isnotnull(#1)"]))


def test_a_complete_column_may_be_missing_after_an_outer_join() -> None:
    complete = source(1, "3", "4", present=("3",))
    joined = one_sided("outer", A, complete, ["(#1 = #3)"])
    assert not same(joined, where(joined, ["isnotnull(#3)"]))


def test_filters_of_the_left_side_move_below_a_left_join() -> None:
    above = where(one_sided("outer", A, B, ["(#1 = #3)"]), ["(#2 > 5)", "(#1 > 7)"])
    right = where(B, ["isnotnull(#3)", "(#3 > 7)"])
    below = one_sided("outer", where(A, ["(#2 > 5)", "(#1 > 7)"]), right, ["(#1 = #3)"])
    assert same(above, below)


def test_filters_of_the_right_side_do_not() -> None:
    joined = one_sided("outer", A, B, ["(#1 = #3)"])
    assert not same(where(joined, ["(#4 > 5)"]), one_sided("outer", A, where(B, ["(#4 > 5)"]),
                                                         ["(#1 = #3)"]))  # fmt: skip


def test_keys_of_a_semi_join_are_filtered_on_both_sides() -> None:
    plain = one_sided("semi", A, where(B, ["(#3 < 5)"]), ["(#1 = #3)"])
    both = one_sided("semi", where(A, ["(#1 < 5)"]), where(B, ["(#3 < 5)"]), ["(#1 = #3)"])
    assert same(plain, both)
    assert not same(plain, one_sided("anti", A, where(B, ["(#3 < 5)"]), ["(#1 = #3)"]))


def test_groups_of_groups_are_groups() -> None:
    assert same(grouped(grouped(A, ["#1", "#2"]), ["#1"]), grouped(A, ["#1"]))
    assert not same(grouped(A, ["#1", "#2"]), grouped(A, ["#1"]))


def test_a_filter_on_a_key_moves_below_a_group_by_and_others_do_not() -> None:
    assert same(where(grouped(A, ["#1"]), ["(#1 > 3)"]), grouped(where(A, ["(#1 > 3)"]), ["#1"]))
    assert not same(where(grouped(A, ["#1"]), ["(#2 > 3)"]), grouped(where(A, ["(#2 > 3)"]),
                                                                  ["#1"]))  # fmt: skip


def test_what_would_make_nothing_may_be_left_out_before_an_explode() -> None:
    plain = generated(A, "explode(#2)")
    assert same(where(plain, ["(#1 > 3)"]), generated(where(A, ["(#1 > 3)"]), "explode(#2)"))
    inferred = generated(where(A, ["(size(#2, true) > 0)", "isnotnull(#2)"]), "explode(#2)")
    assert same(plain, inferred)
    assert not same(plain, generated(where(A, ["isnotnull(#1)"]), "explode(#2)"))
