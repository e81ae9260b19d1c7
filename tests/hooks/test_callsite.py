"""Call sites: the same step keeps its name and digests while the file around it changes."""

from __future__ import annotations

import linecache
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.hooks._callsite import (
    CallSite,
    current_folder,
    display_path,
    locate,
    scope_of,
)
from lineage_stats.hooks._columns._targets import calls_above

counter = iter(range(10**9))


def site_of(frame):
    return CallSite(calls_above(frame), frame.f_globals.get("__name__"))


def sites(source, **names):
    """Run code from a file of its own and return the sites of its calls of ``here``."""
    source = textwrap.dedent(source)
    file = f"<test {next(counter)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    found = []

    class Chain:
        def __getattr__(self, name):
            return here

        def __getitem__(self, key):
            return here()

    def here(*args, **kwargs):
        found.append(
            site_of(sys._getframe(1 if sys._getframe(1).f_code.co_filename == file else 2))
        )
        return Chain()

    exec(compile(source, file, "exec"), {"here": here, "__name__": "__main__", **names})
    return found


def facts(source):
    return [site.facts() for site in sites(source)]


BASE = """
def main():
    a = here(1, key="x")
    return a
main()
"""

# The same statement as in BASE.
SAME = {
    "comment above": BASE.replace("    a =", "    # why\n    a ="),
    "comment at the end": BASE.replace('"x")', '"x")  # why'),
    "layout": BASE.replace('here(1, key="x")', "here(\n        1,\n        key='x',\n    )"),
    "moved": "\n\n\n\n" + BASE,
    "other step before": BASE.replace("    a =", "    b = len('x')\n    a ="),
    "parentheses": BASE.replace('here(1, key="x")', '(here(1, key=("x")))'),
    "another function": "def other():\n    return 1\n" + BASE,
}

# Another statement than in BASE.
DIFFERENT = {
    "argument": BASE.replace("here(1", "here(2"),
    "keyword": BASE.replace("key=", "other="),
    "value": BASE.replace('"x"', '"y"'),
    "one more": BASE.replace('"x")', '"x", z=1)'),
    "type of a number": BASE.replace("here(1", "here(1.0"),
}


@pytest.mark.parametrize("name", SAME)
def test_digests_do_not_depend_on_layout(name):
    assert facts(SAME[name]) == facts(BASE)
    assert facts(BASE)[0].keys() == {"call", "statement", "slice"}


@pytest.mark.parametrize("name", DIFFERENT)
def test_digests_change_with_the_arguments(name):
    (old,), (new,) = facts(BASE), facts(DIFFERENT[name])
    assert old["call"] != new["call"]
    assert old["statement"] != new["statement"]


def test_each_link_of_a_chain_has_its_own_digest():
    (first, second), (other, same) = facts("here(1).next(2)\n"), facts("here(9).next(2)\n")
    assert first["call"] != other["call"]
    assert second["call"] == same["call"]
    assert second["statement"] != same["statement"]


def test_two_calls_on_one_line_differ():
    one, two = facts("here(1); here(2)\n")
    assert one["call"] != two["call"]
    assert one["statement"] != two["statement"]


def test_subscripts_have_digests():
    (_, one), (_, two) = facts("here()['a']\n"), facts("here()['b']\n")
    assert one["call"] != two["call"]


def test_the_head_of_a_loop_does_not_hold_its_body():
    one = facts("for x in [here(1)]:\n    len('a')\n")
    two = facts("for x in [here(1)]:\n    len('b')\n")
    assert one == two


def test_non_ascii_source_has_the_right_positions():
    plain = facts("x = 1; here(5)\n")
    odd = facts("ß = 'äöü'; here(5)\n")
    assert odd[0]["call"] == plain[0]["call"]


@pytest.mark.parametrize("code", ["f'{here(1)}'", "(lambda: here(1))()", "[here(1) for _ in 'a']"])
def test_calls_in_odd_places_have_facts(code):
    assert facts(code + "\n")[0].keys() == {"call", "statement", "slice"}


def test_scopes_are_names_of_functions():
    source = """
    def f():
        return here()
    class C:
        def m(self):
            return [here() for _ in "a"] + list(here() for _ in "a")
        inner = here()
    f(), C().m(), (lambda: here())()
    """
    assert [site.scope for site in sites(source)] == [
        "C", "f", "C.m", "C.m", "<lambda>",
    ]  # fmt: skip


def test_scopes_of_modules_bear_their_last_name():
    assert sites("here()", __name__="package.sub.module")[0].scope == "module.<module>"
    assert sites("here()", __name__="__mp_main__")[0].scope == "<module>"
    assert sites("here()", __name__=None)[0].scope == "<module>"


def test_scope_of_a_real_function():
    code = test_scope_of_a_real_function.__code__
    assert scope_of(code, __name__) == "test_callsite.test_scope_of_a_real_function"
    assert scope_of(code, "__main__") == scope_of(code, None) == code.co_name


def test_paths_are_shown_relative_to_where_we_are():
    assert display_path("/a/b/c.py", "/a/b") == "c.py"
    assert display_path("/a/b/c.py", "/a/b/") == "c.py"
    assert display_path("/a/bc/d.py", "/a/b") == "/a/bc/d.py"
    assert display_path("<stdin>", "/a") == "<stdin>"


def test_a_removed_folder_does_not_matter(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert current_folder() == ""
    assert display_path("/a/b.py", "") == "/a/b.py"
    monkeypatch.chdir(tmp_path)


@given(st.integers(0, 30), st.integers(0, 4), st.booleans())
def test_lines_and_indentation_never_matter(n_lines, n_spaces, in_branch):
    body = "if True:\n" + " " * (n_spaces + 1) + "here(7)\n" if in_branch else "here(7)\n"
    (found,), (plain,) = facts("# x\n" * n_lines + body), facts("here(7)\n")
    assert found["call"] == plain["call"]
    assert found["statement"] == plain["statement"]
    assert (found["slice"] == plain["slice"]) is not in_branch


def test_the_head_of_a_match_does_not_hold_its_cases():
    one = facts("match here(1):\n    case _:\n        len('a')\n")
    assert one == facts("match here(1):\n    case _:\n        len('b')\n")


def test_many_places_of_a_function_are_found_at_once():
    source = "def f():\n" + "".join(f"    here({i})\n" for i in range(30)) + "f()\nhere(0)\n"
    together, one_by_one = sites(source), sites(source)
    locate(together)
    assert [site.facts() for site in together] == [site.facts() for site in one_by_one]
    assert len({site.facts()["call"] for site in together}) == 30
    locate(together)
