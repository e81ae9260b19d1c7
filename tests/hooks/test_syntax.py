"""Syntax trees as text: the same as the library's, and calls by their own part."""

from __future__ import annotations

import ast
import inspect
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from lineage_stats.hooks._syntax import nodes_of, text_of, texts_of

ODD = """
x: int = -1.5j + b'a' * ... if y[1:, ...] else u'text'
async def f(a, /, *b, c=None, **d) -> None:
    global z
    del x[0], y.z
    await g(*a, k=1, **d)[i](j)(k)
    match x:
        case {"a": [1, *_], **rest} if g(): h()
        case A(b=3) | None: pass
    return f"{g(1)!r:>{w}}" f"{x}", lambda y=d(): {**y}, [i async for i in j()]
"""
FILES = [__file__, inspect.getfile(inspect), inspect.getfile(pd.concat)]


@pytest.mark.parametrize("file", FILES)
def test_nodes_are_those_of_the_library_in_the_same_order(file):
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    assert nodes_of(tree) == list(ast.walk(tree))


def test_what_others_put_on_a_tree_does_not_belong_to_it():
    tree, other = ast.parse("f(x)[y]"), ast.parse("g(z)")
    found, text = nodes_of(tree), text_of(tree)
    load = tree.body[0].value.ctx
    assert load is other.body[0].value.func.ctx  # on which this works, if it is
    load.parent = other
    try:
        assert nodes_of(tree) == found
        assert text_of(tree) == text
    finally:
        del load.parent


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="ast.dump differs")
def test_the_text_of_a_tree_is_that_of_the_library():
    tree = ast.parse(ODD)
    assert text_of(tree) == ast.dump(tree)
    assert text_of(ast.Load()) == "Load()"


@pytest.mark.parametrize("text", ["f(x)", "f(type_params=[])", "x: int"])
def test_the_text_does_not_depend_on_the_version_of_python(text):
    fixed = {
        "f(x)": "Call(func=Name(id='f', ctx=Load()), args=[Name(id='x', ctx=Load())], keywords=[])",
        "f(type_params=[])": "Call(func=Name(id='f', ctx=Load()), args=[], "
        "keywords=[keyword(arg='type_params', value=List(elts=[], ctx=Load()))])",
    }
    statement = ast.parse(text).body[0]
    if text in fixed:
        assert text_of(statement.value) == fixed[text]
    else:
        assert text_of(statement) == (
            "AnnAssign(target=Name(id='x', ctx=Store()), annotation=Name(id='int', ctx=Load()), "
            "simple=1)"
        )


def test_each_link_of_a_chain_has_a_text_of_its_own():
    whole, calls = texts_of(ast.parse("y = f(1).g(a, k=b[0])").body[0])
    assert whole == text_of(ast.parse("y = f(1).g(a, k=b[0])").body[0])
    assert calls == {
        (1, 1, 4, 8): "f(Constant(value=1))".replace("f(", "Name(id='f', ctx=Load())("),
        (1, 1, 4, 21): "g(Name(id='a', ctx=Load()), keyword(arg='k', value=Subscript("
        "value=Name(id='b', ctx=Load()), slice=Constant(value=0), ctx=Load())))",
        (1, 1, 16, 20): "[Constant(value=0)]",
    }


def test_what_is_written_to_is_no_reading():
    _, calls = texts_of(ast.parse("a[0], b[1].c = d[2]").body[0])
    assert sorted(calls) == [(1, 1, 6, 10), (1, 1, 15, 19)]


@pytest.mark.parametrize("text", [" + ".join(["x"] * 850), "f()" + ".g(1)" * 400])
def test_deep_expressions_have_a_text(text):
    """Where recording digests source, its thread has a stack of its own."""
    tree, found = ast.parse(text), []
    thread = threading.Thread(target=lambda: found.extend([texts_of(tree)[0], text_of(tree)]))
    thread.start()
    thread.join()
    assert len(found) == 2
    assert found[0] == found[1]
