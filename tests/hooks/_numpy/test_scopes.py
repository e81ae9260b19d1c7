"""Whether compiling source again would warn of something, as the program would see."""

import ast
import itertools
import warnings

import pytest

from lineage_stats.hooks._numpy._scopes import _would_warn

OWNERS = [
    "[1, 2]", "(1, 2)", "{1}", "'ab'", "b'ab'", "1", "None", "[i for i in r]", "{i for i in r}",
    "(i for i in r)", "lambda: 0", "{1: 2}", "f'{r}'", "x", "...", "True", "1.5",
]  # fmt: skip
INDICES = [
    "0", "-1", "n % 2", "'a'", "None", "1:2", "(1, 2)", "[1]", "f'{r}'", "1.5", "True", "{1: 2}",
    "lambda: 0", "n", "b'a'", "{1}", "...",
]  # fmt: skip


@pytest.mark.parametrize("owner", OWNERS)
def test_an_index_is_odd_where_the_compiler_says_so(owner):
    for index in INDICES:
        source = f"y = ({owner})[{index}]"
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            compile(source, "<test>", "exec")
        assert _would_warn(ast.parse(source).body) == bool(warned), source


def test_there_is_something_to_warn_of_and_something_not():
    odd = {
        (owner, index)
        for owner, index in itertools.product(OWNERS, INDICES)
        if _would_warn(ast.parse(f"y = ({owner})[{index}]").body)
    }
    assert ("[1, 2]", "-1") not in odd
    assert ("[1, 2]", "'a'") in odd
