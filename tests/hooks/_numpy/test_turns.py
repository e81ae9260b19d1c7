import numpy as np
import pytest

from lineage_stats.features._shape import take_outline
from lineage_stats.hooks._numpy._turns import Turn, returned_by, value_of, values_of
from lineage_stats.hooks._numpy._values import LostError
from lineage_stats.hooks._refs import Ref


def ref(number):
    return Ref(number, take_outline(np.zeros(3)))


def value(made):
    return value_of((made,), None, "array", (3,))


def turn(stop, made, *given):
    return Turn(stop, (value(made),), frozenset(given))


def refs(values):
    return [ref for value in values for ref in value.refs]


A, B, C, D, E = map(ref, range(1, 6))


def test_of_several_calls_the_one_that_was_given_the_data_is_taken():
    site = [turn(1, C, A), turn(2, D, B)]
    assert refs(returned_by([site], [value(A)])) == [C]
    assert refs(returned_by([site], [value(B)])) == [D]


def test_what_was_made_of_what_was_made_counts_for_it():
    scaled, predicted = [turn(1, C, A)], [turn(2, D, C)]
    assert refs(returned_by([scaled, predicted], [value(A)])) == [D]


def test_a_place_that_has_nothing_to_do_with_the_data_counts_whole():
    read = [turn(1, C), turn(3, D)]
    assert refs(returned_by([read], [value(A)])) == [A, C, D]


def test_what_was_given_and_not_used_may_be_returned():
    assert refs(returned_by([[turn(1, C, A)]], [value(A), value(B)])) == [B, C]


def test_what_is_changed_in_place_stays():
    assert refs(returned_by([[turn(1, A, A)]], [value(A)])) == [A, A]


def test_data_without_an_origin_are_told_one_by_one():
    assert refs(values_of((A, B), None, "array", None)) == [A, B]
    with pytest.raises(LostError):
        value_of((), None, "array", None)
