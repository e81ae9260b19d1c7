"""Digests of source: what they depend on, wherever a call stands."""

from __future__ import annotations

import ast
import bisect
import hashlib
import inspect
import linecache
import math
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

from lineage_stats.hooks import _source
from lineage_stats.hooks._source import (
    Source,
    forget_sources,
    parse_quietly,
    source_facts,
)

counter = iter(range(10**9))


def named(source):
    """Give source a file name of its own."""
    file = f"<source {next(counter)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return file


def test_without_source_there_are_no_facts():
    assert source_facts("<nowhere>", (1, 1, 0, 5)) == {}
    assert source_facts("<nowhere>", None) == {}


def test_source_that_cannot_be_parsed_has_no_facts(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("def (:\n")
    assert source_facts(str(file), (1, 1, 0, 5)) == {}


def test_odd_escapes_give_no_warning_and_the_right_positions():
    code = r"""x = "\d\w"; here("é\d", r"\s")""" + "\n"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        one, two = (Source(text)._body for text in (code, code.replace("d", "w")))
    assert not caught
    plain = Source(code.replace("\\", "/"))._body
    assert positions(one) == positions(two) == positions(plain)
    assert ast.dump(one[1]) != ast.dump(two[1])


@pytest.mark.parametrize(
    "text", [r'r"\d"', r'"\d"', r'rb"\d\n"', r'f"\d{1}"', r'"\d\\"', r'"é\n"', '"\x01" r"\\d"']
)
def test_texts_are_those_of_the_source(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = ast.dump(ast.parse(text))
    assert (ast.dump(parse_quietly(text)) == expected) == ("\x01" not in text)


def positions(body):
    nodes = [node for statement in body for node in ast.walk(statement)]
    return [(n.lineno, n.col_offset, n.end_col_offset) for n in nodes if hasattr(n, "lineno")]


def test_an_edited_file_is_read_again(tmp_path):
    file = tmp_path / "edited.py"
    file.write_text("f(1)\n")
    old = source_facts(str(file), (1, 1, 0, 4))
    file.write_text("f(22222)\n")
    assert source_facts(str(file), (1, 1, 0, 4)) == old
    forget_sources()
    assert source_facts(str(file), (1, 1, 0, 8)) != old


@pytest.mark.parametrize(
    "code",
    [
        "if here(1): pass",
        "while here(1).x is None: break",
        "with here(1) as x: len(x)",
        "@here(1)\ndef f(): return 2",
        "@len\n@here(1)\nclass A: pass",
        "if len('a') > 5: pass\nelif here(1): pass\nelse: len('b')",
        "try: len(here(1))\nexcept TypeError: pass",
        "match here(1):\n    case _: pass",
        "x = [y for y in [here(1)] if y is not here(2)]",
        "def f(a=here(1)): return a",
    ],
)
def test_calls_in_every_kind_of_statement_have_facts(code):
    source = code + "\n"
    file = named(source)
    line = next(i for i, text in enumerate(source.splitlines(), 1) if "here(1)" in text)
    column = source.splitlines()[line - 1].index("here(1)")
    found = source_facts(file, (line, line, column, column + len("here(1)")))
    assert found.keys() == {"call", "statement", "slice"}
    assert source_facts(file, (line, line, column, column + 4)).get("call") != found["call"]


# -- against an index of everything in a file ---------------------------------------------------


class Index:
    """Expressions and simple statements of one file by position."""

    def __init__(self, source):
        self.nodes, self.statements = {}, []
        for node in ast.walk(parse_quietly(source)):
            if isinstance(node, ast.Call | ast.Subscript) and not isinstance(
                getattr(node, "ctx", None), ast.Store | ast.Del
            ):
                here = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
                self.nodes[here] = node
            elif isinstance(node, ast.stmt):
                self.statements.append(part_of(node))
        self.statements.sort(key=lambda part: part[0])

    def facts(self, span):
        first, last = (span[0], span[2]), (span[1], span[3])
        at = bisect.bisect_right(self.statements, first, key=lambda part: part[0])
        held = [node for _, end, node in self.statements[:at] if last <= end]
        if not held:
            return {}
        own = own_part(self.nodes[span])
        return {"call": digest(own), "statement": digest(ast.dump(held[-1]))}


def part_of(node):
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    if isinstance(node, ast.Match):
        return (node.lineno, 0), (node.subject.end_lineno, math.inf), without_body(node)
    if hasattr(node, "body"):
        body = node.body[0]
        return (first, 0), (body.lineno, body.col_offset), without_body(node)
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset), node


def without_body(node):
    blocks = ("body", "orelse", "finalbody", "handlers", "cases")
    return type(node)(**{k: [] if k in blocks else v for k, v in ast.iter_fields(node)})


def own_part(node):
    if isinstance(node, ast.Subscript):
        return f"[{ast.dump(node.slice)}]"
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.dump(node.func)
    return f"{name}({', '.join(ast.dump(part) for part in (*node.args, *node.keywords))})"


def digest(text):
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="ast.dump differs")
@pytest.mark.parametrize(
    "file",
    [__file__, inspect.getfile(_source), inspect.getfile(bisect), inspect.getfile(inspect),
     inspect.getfile(pd.concat)],
    ids=lambda file: Path(file).stem,
)  # fmt: skip
def test_what_is_found_at_a_place_is_what_an_index_of_the_file_says(file):
    text = Path(file).read_text(encoding="utf-8")
    slow, fast = Index(text), Source(text)
    assert len(slow.nodes) > 3
    for span in slow.nodes:
        found = fast.facts(span)
        found.pop("slice", None)
        assert found == slow.facts(span), span


ODD = """
@f(1)
class A(f(2), k=f(3)):
    x = f(4); y = f(5)
    @f(6)
    def g(self, a=f(7)) -> f(8):
        if f(9): return f(10)
        elif f(11)[f(12)]:
            pass
        else:
            f(13)
        try:
            f(14)
        except f(15) as e: f(16)
        else: f(17)
        finally:
            with f(18) as z, f(19): f(20)
        for i in f(21): f(22)
        else: f(23)
        while f(24): f(25)
        match f(26):
            case [1, *_] if f(27): f(28)
            case _:
                x[f(29)] = f(30).g(31)[f(32)]
        return lambda: (f(33), [f(34) for f in f(35)])
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="ast.dump differs")
def test_every_kind_of_place():
    slow, fast = Index(ODD), Source(ODD)
    assert len(slow.nodes) > 36
    for span in slow.nodes:
        found = fast.facts(span)
        found.pop("slice", None)
        assert found == slow.facts(span), ast.dump(slow.nodes[span])


def test_a_file_that_could_not_be_parsed_this_time_is_parsed_another_time(tmp_path, monkeypatch):
    file = tmp_path / "program.py"
    file.write_text("f(1)\n")
    forget_sources()

    def too_deep(text):
        raise RecursionError

    with monkeypatch.context() as patch:
        patch.setattr("ast.parse", too_deep)
        assert Source.of(str(file)).facts((1, 1, 0, 4)) == {}
    assert Source.of(str(file)).facts((1, 1, 0, 4)).keys() == {"call", "statement", "slice"}
