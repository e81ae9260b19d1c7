"""What is known of data and of calls, for one frame."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._provenance import Spot
from lineage_stats.hooks._numpy._callers import is_parameter
from lineage_stats.hooks._numpy._comprehensions import home_of
from lineage_stats.hooks._numpy._scopes import CodeSource
from lineage_stats.hooks._numpy._turns import turns_of, value_of, values_of
from lineage_stats.hooks._numpy._values import UNTOLD, Value
from lineage_stats.hooks._refs import flat

if TYPE_CHECKING:
    from types import FrameType

    from lineage_stats.hooks._numpy._asked import Asked
    from lineage_stats.hooks._numpy._book import Site
    from lineage_stats.hooks._numpy._finder import Finder
    from lineage_stats.hooks._syntax import Span

_WITH_SHAPE = frozenset(("array", "sparse", "frame", "series"))


class Seen:
    """What is known of data and of calls, for one frame."""

    def __init__(self, finder: Finder, frame: FrameType, height: int, asked: Asked | None) -> None:
        self._height = height
        self._finder = finder
        self._data = finder.data
        self._frame = frame
        home = home_of(frame)
        self._home = id(home)
        own = finder.site(frame.f_code, frame.f_lasti)
        self._since = own[2] if own is not None and own[1] == self._home else -1
        self._called = finder.called(home)
        self._asked = asked
        self._last = -1 if asked is None else asked.before(frame)

    def of_object(self, obj: Any, *, changed: bool) -> Value | None:
        family = family_of(type(obj))
        if family is None:
            return self._of_number(obj)
        if family == "estimator":
            return Value((), "?", family, None, None, raw=UNTOLD)
        refs = self._data._objects.get(obj)
        if not refs:
            base = getattr(obj, "base", None)
            if family != "array" or family_of(type(base)) != "array":
                return None
            refs = self._data._objects.get(base)
            if not refs:
                return None
        if (changed or self._height) and self._data._objects.was_changed(obj):
            return Value((), None, family, None, None, raw=UNTOLD)
        origin = self._data.columns.origin(obj, {id(obj): refs})
        shape = obj.shape if family in ("array", "sparse", "frame", "series") else None
        return value_of(refs, origin, family, shape)

    def of_made(self, obj: Any) -> Value | None:
        """Return what an object stands for that a recorded operation made; None of others."""
        is_linked = self._data.columns._origins.get(obj) is not None
        return None if is_linked else self.of_object(obj, changed=True)

    def _of_number(self, obj: Any) -> Value | None:
        inputs = self._data.source_of(obj)
        if not inputs:
            return None
        refs = tuple(flat(inputs))
        origin = self._data.columns._origins.get(obj)
        return value_of(refs, origin, "number", ())

    def of_site(self, offset: int, names: frozenset[str]) -> Value | None:
        site = self._finder.site(self._frame.f_code, offset)
        if site is None or site[1] != self._home or site[2] <= self._since:
            return None
        return _of_site(site, names)

    def of_statement_before(self, span: Span, names: frozenset[str]) -> Value | None:
        code = self._frame.f_code
        if code.co_name != "<module>":
            return None
        site = self._finder.site_of_cell(code.co_filename, span)
        return None if site is None else _of_site(site, names)

    def of_parameter(self, name: str) -> Any:
        return self._finder.given(name, self._frame, self._height, self._asked)

    def standing_for(self, obj: Any) -> Iterator[Value]:
        data = self._data
        family = str(family_of(type(obj)))
        for one in (obj, getattr(obj, "base", None) if family == "array" else None):
            if refs := data._objects.get(one):
                origin = data.columns.origin(one, {id(one): refs})
                # Others are asked nothing: a user's own estimator may have a property of that name.
                shape = getattr(one, "shape", None) if family in _WITH_SHAPE else None
                yield from values_of(refs, origin, family, shape)
                return

    def made_at(self, span: Span, source: CodeSource, *, lately: bool) -> list[Value]:
        code = self._frame.f_code
        places = [(code, offset) for offset in source.spans.get(span, ())]
        places += source.inner.get(span, ())
        sites = [self._finder.site(*place) for place in places]
        known = [site for site in sites if site is not None]
        if not known and code.co_name == "<module>":
            site = self._finder.site_of_cell(code.co_filename, span)
            return [] if site is None else [v for t in turns_of(site, -1) for v in t.values]
        since = self._last if lately else self._called
        return [
            v for site in known for turn in turns_of(site, since, self._home) for v in turn.values
        ]

    def made_inside(self, function: FunctionType, given: Sequence[Value]) -> Sequence[Value]:
        return self._finder.made_inside(function, given, self._called)

    def gathered_of_parameter(self, name: str) -> tuple[Value, ...]:
        if not is_parameter(self._frame.f_code, name):
            return ()
        return self._finder.gathered(name, self._frame, self._height, self._asked)

    def spot(self, node: ast.expr) -> Spot:
        return Spot(self._frame, node)

    def tell(self, obj: Any, value: Value) -> None:
        self._finder.tell(obj, value)


def _of_site(site: Site, names: frozenset[str]) -> Value | None:
    _, _, _, watched, kind, shape, refs, inputs, origin, _ = site
    owner, _, method = watched.target.path.rpartition(".")
    if not {method, owner.rpartition(".")[2]} & names:
        return None
    if refs is None:
        refs = tuple(flat(inputs))
    return value_of(refs, origin, family_of(kind) or "number", shape)
