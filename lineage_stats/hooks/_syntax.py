"""Syntax trees as text, and what is in them.

Every statement that calls what is recorded is read, which costs about as much as recording the
call: what is fast here is fast for every program.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

Span = tuple[int, int, int, int]
"""Line, last line, column and last column."""


def nodes_of(root: ast.AST) -> list[ast.AST]:
    """Return a tree's nodes: as `ast.walk`, level by level, in half of the time.

    Only what belongs to the syntax is looked at: libraries put references to parents on nodes,
    and all trees of the interpreter share one ``Load()``.
    """
    found = [root]
    for node in found:  # grows meanwhile
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif type(value) is list:
                found.extend([item for item in value if isinstance(item, ast.AST)])
    return found


def text_of(node: object) -> str:
    """Return a syntax tree as text: that of `ast.dump`, as Python 3.11 has it."""
    return _text(node, None)


def texts_of(statement: ast.AST) -> tuple[str, dict[Span, str]]:
    """Return a statement as text, and its calls and readings of items, by their position.

    The text of a call is the function's name with its arguments, without the expression that the
    method is called on, so that each link of a chain has a text of its own.
    """
    calls: dict[Span, str] = {}
    return _text(statement, calls), calls


_Calls = dict[Span, str] | None
_FIELDS: dict[type[ast.AST], list[tuple[str, bool]]] = {}


def _text(node: object, calls: _Calls) -> str:
    return _WRITERS[type(node)](node, calls)


def _fields(node: ast.AST, calls: _Calls) -> str:
    cls = type(node)
    names = _FIELDS.get(cls)
    if names is None:  # each with whether None is its default
        names = _FIELDS[cls] = [(name, getattr(cls, name, ...) is None) for name in cls._fields]
    parts = []
    for name, left_out in names:
        value = getattr(node, name, None)
        if value is None and left_out:
            continue
        if name == "type_params" and not value:  # newer than Python 3.11
            continue
        parts.append(f"{name}={_WRITERS[type(value)](value, calls)}")
    return f"{cls.__name__}({', '.join(parts)})"


def _list(nodes: list[object], calls: _Calls) -> str:
    return f"[{', '.join([_WRITERS[type(node)](node, calls) for node in nodes])}]"


def _plain(value: object, calls: _Calls) -> str:
    return repr(value)


def _call(node: ast.Call, calls: _Calls) -> str:
    function = _WRITERS[type(node.func)](node.func, calls)
    args = [_WRITERS[type(arg)](arg, calls) for arg in node.args]
    keywords = [_WRITERS[type(keyword)](keyword, calls) for keyword in node.keywords]
    if calls is not None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else function
        calls.setdefault(_span(node), f"{name}({', '.join([*args, *keywords])})")
    return f"Call(func={function}, args=[{', '.join(args)}], keywords=[{', '.join(keywords)}])"


def _subscript(node: ast.Subscript, calls: _Calls) -> str:
    value, item = (
        _WRITERS[type(node.value)](node.value, calls),
        _WRITERS[type(node.slice)](node.slice, calls),
    )
    if calls is not None and isinstance(node.ctx, ast.Load):
        calls.setdefault(_span(node), f"[{item}]")
    return f"Subscript(value={value}, slice={item}, ctx={type(node.ctx).__name__}())"


def _name(node: ast.Name, calls: _Calls) -> str:
    return f"Name(id={node.id!r}, ctx={type(node.ctx).__name__}())"


def _attribute(node: ast.Attribute, calls: _Calls) -> str:
    value = _WRITERS[type(node.value)](node.value, calls)
    return f"Attribute(value={value}, attr={node.attr!r}, ctx={type(node.ctx).__name__}())"


def _constant(node: ast.Constant, calls: _Calls) -> str:
    kind = "" if node.kind is None else f", kind={node.kind!r}"
    return f"Constant(value={node.value!r}{kind})"


def _keyword(node: ast.keyword, calls: _Calls) -> str:
    name = "" if node.arg is None else f"arg={node.arg!r}, "
    return f"keyword({name}value={_WRITERS[type(node.value)](node.value, calls)})"


def _span(node: ast.expr) -> Span:
    # Those of the parser have them all.
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset  # type: ignore[return-value]


class _Writers(dict[type, Callable[..., str]]):
    """What writes a value of each type. One frame a node: expressions may be deep."""

    def __missing__(self, kind: type) -> Callable[..., str]:
        ours: dict[type, Callable[..., str]] = {ast.AST: _fields, list: _list}
        writer = next((ours[cls] for cls in kind.__mro__ if cls in ours), _plain)
        self[kind] = writer
        return writer


# The kinds that most of a program is made of have writers of their own.
_WRITERS = _Writers(
    {
        ast.Attribute: _attribute, ast.Call: _call, ast.Constant: _constant,
        ast.keyword: _keyword, ast.Name: _name, ast.Subscript: _subscript,
    }
)  # fmt: skip
