import sys

from lineage_stats.hooks._numpy._comprehensions import (
    comprehensions_in,
    home_of,
    is_comprehension,
)


def frames(n):
    """Return the frame of this function, and those of the innermost parts of its generators."""
    return sys._getframe(), list(sys._getframe() for _ in range(n))  # noqa: C400  # a generator


def test_the_frame_of_a_generator_belongs_to_the_function_that_waits():
    own, inside = frames(2)
    assert all(is_comprehension(frame.f_code) for frame in inside)
    assert home_of(own) is own
    (here,) = (home_of(sys._getframe()) for _ in range(1))
    assert here is sys._getframe()


def nested(rows):
    return sum(sum(cell for cell in row) for row in rows), lambda: (x for x in rows)


def test_generators_inside_of_others_are_found_but_not_those_of_functions():
    names = [code.co_name for code in comprehensions_in(nested.__code__)]
    assert names == ["<genexpr>", "<genexpr>"]
