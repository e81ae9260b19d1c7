"""What arrays were made from that appear between two watched calls."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from itertools import islice
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from lineage_stats._interrupts import pass_on
from lineage_stats._lines import is_cell, known_cells
from lineage_stats.features._cache import BoundedCache
from lineage_stats.hooks._columns._origins import Origin
from lineage_stats.hooks._numpy._bytecode import writes_into
from lineage_stats.hooks._numpy._comprehensions import home_of, is_comprehension
from lineage_stats.hooks._provider import Target, Watched
from lineage_stats.hooks._refs import Ref

if TYPE_CHECKING:
    from types import FrameType

    from lineage_stats.hooks._calls import WatchedCall
    from lineage_stats.hooks._data import DataBook, Inputs
    from lineage_stats.hooks._numpy._finder import Finder
    from lineage_stats.hooks._syntax import Span

logger = logging.getLogger("lineage_stats")

MOST_SITES = 10_000
MOST_KEPT = 32  # turns of a loop whose arrays one call may be given together
MOST_TURNS = 100  # in which the same argument of the same call is looked for


# Names by which code gets hold of arrays.
_OF_ARRAYS = frozenset(
    """np numpy to_numpy values array split predict predict_proba predict_log_proba
    decision_function transform fit_transform fit_predict inverse_transform score_samples
    kneighbors apply codes tolist""".split()
)

# What the newest call from a place made: the code and the frame that called, when it ended, what
# was called, type and shape of the result, what it stands for, what the call was given, where its
# columns come from, and of arrays the same of those that were made before. The frame of a
# comprehension is the one that waits for it. A plain tuple, as one is made for every call.
Site = tuple[
    CodeType,
    int,
    int,
    Watched,
    type,
    tuple[int, ...] | None,
    tuple[Ref, ...] | None,
    "Inputs",
    Origin | None,
    tuple[Any, ...],
]


_USES_NONE, _USES, _USES_INSIDE = 0, 1, 2  # of arrays, and whether in a comprehension

_NOTHING: frozenset[int | str] = frozenset()
_NEVER: tuple[None, int, tuple[Ref, ...]] = (None, 0, ())


class ArrayBook:
    """Finds out what arrays were made from that nobody has seen before.

    Parameters
    ----------
    data : DataBook
        What is known of data.

    Attributes
    ----------
    report : callable
        Told of errors of ours: where, at which target, and the error.
    """

    report: Callable[[str, Target, BaseException], None]

    def __init__(self, data: DataBook) -> None:
        self.report = _pass_on
        self._data = data
        self._sites: dict[int, Site] = {}
        self._of_cells: dict[tuple[str, object], Site] = {}
        self._spans: dict[int, tuple[CodeType, object]] = {}
        self._latest: BoundedCache[int, int] = BoundedCache(MOST_SITES)  # by id of the caller
        self._cell = ""
        self._cells: list[str] = []  # that began before it
        self._shared: dict[str, Any] | None = None  # variables of cells that had to do with data
        self._array: type | None = None
        self._uses_arrays: BoundedCache[int, int] = BoundedCache(MOST_SITES)
        self._finder: Finder | None = None
        self._written: BoundedCache[int, tuple[CodeType, frozenset[int | str]]]
        self._written = BoundedCache(MOST_SITES)
        self._found: dict[tuple[int, int | str], tuple[CodeType, int, tuple[Ref, ...]]] = {}

    def note(
        self, call: WatchedCall, result: Any, refs: tuple[Ref, ...] | None, origin: Origin | None
    ) -> None:
        """Remember what a call made, by the place that it was called from.

        Without references it only carried on what it was given.
        """
        frame = call.frame
        if frame is None:
            return
        code = frame.f_code
        uses = self._uses(frame)
        if uses == _USES_NONE:
            return
        kind = type(result)
        home = id(frame) if uses == _USES else id(home_of(frame))
        if home in self._latest:
            self._latest[home] = call.stop
        else:
            self._latest.keep(home, call.stop)
        # Inside of the code object's own memory, which holds the instructions.
        key = id(code) + frame.f_lasti
        if key not in self._sites:
            self._make_room()
        is_array = kind is self._array
        site = self._sites[key] = (
            code, home, call.stop, call.watched, kind,
            result.shape if is_array else None,
            refs, call.inputs, origin,
            self._before(self._sites.get(key), code) if is_array else (),
        )  # fmt: skip
        if (code.co_name == "<module>" or uses != _USES) and is_cell(code.co_filename):
            # Each statement of a cell is code of its own, and gone when the next one runs.
            if key not in self._spans or self._spans[key][0] is not code:
                span = next(islice(code.co_positions(), frame.f_lasti // 2, None), None)
                self._spans[key] = code, span
            self._of_cells[code.co_filename, self._spans[key][1]] = site
            self._shared = frame.f_globals

    def _uses(self, frame: FrameType) -> int:
        """Return `_USES_NONE` of code that has nothing to do with arrays, or another of these."""
        known = self._uses_arrays.get(id(frame.f_code))
        return self._look(frame) if known is None else known

    @staticmethod
    def _before(last: Site | None, code: CodeType) -> tuple[Any, ...]:
        """Return what earlier turns made where another one is made now."""
        if last is None or last[0] is not code:
            return ()
        return (*last[9], last[:9])[-MOST_KEPT:]

    def _look(self, frame: FrameType) -> int:
        code, shared = frame.f_code, frame.f_globals
        uses = not _OF_ARRAYS.isdisjoint((*code.co_names, *code.co_varnames)) or any(
            _is_of_arrays(shared[name]) for name in code.co_names if name in shared
        )
        known = _USES_NONE if not uses else _USES_INSIDE if is_comprehension(code) else _USES
        return self._uses_arrays.keep(id(code), known)

    def _make_room(self) -> None:
        if self._array is None:
            self._array = getattr(sys.modules.get("numpy"), "ndarray", None)
        if len(self._sites) >= MOST_SITES:
            self._sites.clear()
            self._of_cells.clear()
            self._spans.clear()

    def explain(self, obj: Any, call: WatchedCall) -> tuple[Ref, ...]:
        """Return what an array stands for that a call was given; nothing if that is not known.

        Finding out takes some fifty microseconds. After so many turns of a loop that its calls are
        one operation, whose sources are told, an array stands for what the last one stood for.
        """
        frame = call.frame
        if frame is None:
            return ()
        place = id(frame.f_code) + frame.f_lasti, _argument(obj, call)
        code, n_found, refs = self._found.get(place, _NEVER)
        if code is not frame.f_code:
            n_found = 0
        if n_found < MOST_TURNS:
            refs = self._find(obj, call, place[1])
            if len(self._found) >= MOST_SITES:
                self._found.clear()
            self._found[place] = frame.f_code, n_found + 1, refs
        return refs

    def explain_more(self, obj: Any, refs: tuple[Ref, ...], call: WatchedCall) -> tuple[Ref, ...]:
        """Return what an array stands for that stood for `refs`, and that may have been changed."""
        written = self._written_at(call)
        if not written or _argument(obj, call) not in written:
            return refs
        more = [ref for ref in self.explain(obj, call) if ref not in refs]
        return (*refs, *more)

    def _written_at(self, call: WatchedCall) -> frozenset[int | str]:
        """Return which arguments of a call are arrays that its code writes into somewhere."""
        frame = call.frame
        if frame is None or self._uses(frame) == _USES_NONE:
            return _NOTHING
        code, place = frame.f_code, id(frame.f_code) + frame.f_lasti
        known = self._written.get(place)
        if known is None or known[0] is not code:
            written = _NOTHING
            # Each statement of a cell is code of its own.
            if writes_into(code) or is_cell(code.co_filename):
                written = self._find_written(call)
            known = self._written.keep(place, (code, written))
        return known[1]

    def _find_written(self, call: WatchedCall) -> frozenset[int | str]:
        try:
            found = self._finder_of_ours().written(call)
            return frozenset(_argument(obj, call) for obj in found)
        except Exception as error:  # noqa: BLE001  # arrays are what they were before
            pass_on(error)
            self.report("arrays", call.watched.target, error)
            return _NOTHING

    def site(self, code: CodeType, offset: int) -> Site | None:
        """Return what the newest call made that stands at an offset of code."""
        site = self._sites.get(id(code) + offset)
        return site if site is not None and site[0] is code else None

    def start_cell(self, file: str) -> None:
        """Let arrays that variables hold at the end of a cell stand for what it made them from.

        What the next cell does with them is in another source.
        """
        cells = known_cells()
        ended = [self._cell, *(cell for cell in cells if cell not in self._cells)]
        is_first, self._cell, self._cells = not self._cells, file, cells
        if is_first or self._shared is None:
            return
        for cell in filter(is_cell, dict.fromkeys(ended)):
            try:
                self._finder_of_ours().look_back(cell, self._shared)
            except Exception as error:  # noqa: BLE001  # the arrays come from nowhere
                pass_on(error)
                logger.debug("Arrays of a cell cannot be followed: %r", error)

    def site_of_cell(self, file: str, span: Span) -> Site | None:
        """Return what the newest call made that stands somewhere in a notebook's cell."""
        return self._of_cells.get((file, span))

    def _latest_of(self, frame: FrameType) -> int | None:
        """Return when the newest call ended that a frame made."""
        return self._latest.get(id(frame))

    def _find(self, obj: Any, call: WatchedCall, argument: int | str) -> tuple[Ref, ...]:
        try:
            return self._finder_of_ours().find(obj, call, argument)
        except Exception as error:  # noqa: BLE001  # the call has its other inputs without
            pass_on(error)
            self.report("arrays", call.watched.target, error)
            return ()

    def _finder_of_ours(self) -> Finder:
        if self._finder is None:
            # Takes some milliseconds, for which many programs have no use.
            from lineage_stats.hooks._numpy._finder import Finder

            self._finder = Finder(self._data, self.site, self.site_of_cell, self._latest_of)
        return self._finder


def _argument(obj: Any, call: WatchedCall) -> int | str:
    """Return position or name of an argument; -1 for a part of one."""
    for position, value in enumerate(call.args):
        if value is obj:
            return position
    return next((name for name, value in call.kwargs.items() if value is obj), -1)


def _is_of_arrays(value: object) -> bool:
    """Return whether a value is NumPy's or SciPy's, or one of their modules."""
    if isinstance(value, ModuleType):
        name: object = value.__name__
    else:
        is_defined = isinstance(value, FunctionType | type)
        name = value.__module__ if is_defined else type(value).__module__
    return type(name) is str and name.partition(".")[0] in ("numpy", "scipy")


def _pass_on(where: str, target: Target, error: BaseException) -> None:
    raise error
