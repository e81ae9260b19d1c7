"""Steps of a run: what is called from one place, listed one by one or folded."""

from __future__ import annotations

import heapq
import threading
from collections import defaultdict
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, NamedTuple

from lineage_stats.hooks._calls import WatchedCall
from lineage_stats.hooks._callsite import CallSite
from lineage_stats.hooks._columns._targets import Chain, calls_above
from lineage_stats.hooks._refs import Ref, flat
from lineage_stats.trace._spread import Spread

MAX_REPEATS = 30  # calls from one place that are listed one by one
MAX_EDGES = 16  # inputs that a folded step remembers
MAX_SITES = 10_000  # places looked up by identity; more only take longer


class Fold:
    """Many calls from one place as if they were one.

    Attributes
    ----------
    call : WatchedCall
        The first one.
    n_calls, cpu, duration : int
        How many there are, and what they took together, in nanoseconds.
    durations, rows : Spread
        Wall time of each, in nanoseconds, and rows of what each made first.
    inputs, outputs : dict of Ref to None
        What they read and made; the first `MAX_EDGES` of each.
    error : str or None
        Type of the last exception that one of them raised.
    value : float or None
        Value of the metric that the last one computed.
    """

    __slots__ = (
        "call", "cpu", "duration", "durations", "error", "inputs", "n_calls", "outputs", "rows",
        "value",
    )  # fmt: skip

    def __init__(self, call: WatchedCall) -> None:
        self.call = call
        self.n_calls = self.cpu = self.duration = 0
        self.durations = Spread()
        self.rows = Spread()
        self.inputs: dict[Ref, None] = {}
        self.outputs: dict[Ref, None] = {}
        self.error: str | None = None
        self.value: float | None = None

    def add(self, call: WatchedCall, rows: int | None) -> None:
        """Count a call that made so many rows."""
        duration = call.stop - call.start
        self.n_calls += 1
        self.cpu += call.cpu
        self.duration += duration
        self.durations.add(duration)
        if rows is not None:
            self.rows.add(rows)
        self.error = call.error or self.error
        if call.said.value is not None:
            self.value = call.said.value
        if len(self.inputs) < MAX_EDGES:
            self.inputs.update(flat(call.inputs))
        if len(self.outputs) < MAX_EDGES:
            self.outputs.update(dict.fromkeys(call.outputs))


class Cell(NamedTuple):
    """A cell of a notebook that runs.

    Attributes
    ----------
    id : str
        The same whenever the cell is run again.
    number : int
        What stands in brackets beside the cell.
    file : str
        File name under which its code is compiled.
    """

    id: str
    number: int
    file: str


class Step:
    """All calls of one name from one place in the source.

    The first `MAX_REPEATS` calls are operations of their own. All later ones are folded into
    one operation that counts them, so that a loop of a million calls stays one line.

    Parameters
    ----------
    chain : tuple of (code, int)
        The first call, and those above it that return what it returns.
    module : object
        Name of the module that calls.
    name : str
        What is called.
    number : callable
        Gives this step, and all that are older, their ordinals.
    cell : str, default=None
        Id of the notebook's cell that runs.
    shown_file : str, default=None
        What to show for the file of a place in a notebook.
    """

    __slots__ = (
        "_number", "_ordinal", "_place", "cell", "chain", "fold", "module", "n_calls", "name",
        "shown_file",
    )  # fmt: skip

    def __init__(
        self,
        chain: Chain,
        module: object,
        name: str,
        number: Callable[[], None],
        cell: str | None = None,
        shown_file: str | None = None,
    ) -> None:
        self.chain = chain
        self.module = module
        self.name = name
        self.cell = cell
        self.shown_file = shown_file
        self.n_calls = 0
        self.fold: Fold | None = None
        self._number = number
        self._ordinal = 0
        self._place: CallSite | None = None

    @property
    def place(self) -> CallSite:
        """Where it is called from."""
        if self._place is None:
            self._place = CallSite(self.chain, self.module)
        return self._place

    @property
    def ordinal(self) -> int:
        """How many-th place in its scope from which that name is called, from 1."""
        if not self._ordinal:
            self._number()
        return self._ordinal

    def key(self, turn: int) -> str:
        """Return the key of the `turn`-th call: ``scope/name#ordinal``, repeated ``:turn``."""
        key = f"{self.place.scope}/{self.name}#{self.ordinal}"
        if turn == 1:
            return key
        return f"{key}:{turn}" if turn <= MAX_REPEATS else f"{key}:{MAX_REPEATS + 1}+"

    def all_keys(self) -> list[str]:
        """Return the keys of all calls so far."""
        return [self.key(turn) for turn in range(1, min(self.n_calls, MAX_REPEATS + 1) + 1)]

    def outputs(self, n_outputs: int) -> tuple[Ref, ...] | None:
        """Return the references that stand for results of all folded calls, if there are any."""
        if self.fold is None or len(self.fold.outputs) != n_outputs:
            return None
        return tuple(self.fold.outputs)

    def add(self, call: WatchedCall, rows: int | None = None) -> None:
        """Count a call that is not listed, and that made so many rows."""
        if self.fold is None:
            self.fold = Fold(call)
        self.fold.add(call, rows)


# File, first line of the function, offset of the call, name, and cell.
Site = tuple[str, int, int, str, str | None]


class StepBook:
    """The steps of a run, found by the frame that calls."""

    def __init__(self) -> None:
        self._steps: dict[Site, Step] = {}
        self._alike: dict[tuple[Site, CodeType], Step] = {}  # other code of the same lines
        self._sites: dict[tuple[int, int, str], tuple[CodeType, Step]] = {}
        self._ordinals: dict[tuple[str, str], int] = {}
        self._free: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._without_ordinal: list[Step] = []
        self._cell: str | None = None
        self._cell_files: dict[str, str] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._steps) + len(self._alike)

    @property
    def n_calls(self) -> int:
        """How many calls were counted."""
        with self._lock:
            return sum(step.n_calls for step in (*self._steps.values(), *self._alike.values()))

    def start_cell(self, cell: Cell) -> list[str]:
        """Let what is called from now on belong to a cell; what it called before is forgotten.

        Returns
        -------
        list of str
            Keys of what is forgotten. They are given again, the smallest first.
        """
        self.number()
        with self._lock:
            self._cell = cell.id
            self._cell_files[cell.file] = f"cell [{cell.number}]"
            self._sites.clear()
            steps = [*_taken(self._steps, cell.id), *_taken(self._alike, cell.id)]
            for step in steps:
                heapq.heappush(self._free[step.place.scope, step.name], step.ordinal)
            return [key for step in steps for key in step.all_keys()]

    def count(self, frame: FrameType | None, name: str) -> tuple[Step, int]:
        """Return the step of a call from a frame, and how many-th call it is."""
        if frame is None:
            raise RuntimeError("the calling frame is gone")
        code = frame.f_code
        site = (id(code), frame.f_lasti, name)
        with self._lock:
            known = self._sites.get(site)
            if known is not None and known[0] is code:
                step = known[1]
            else:
                step = self._step_of_equal_code(frame, name)
                if len(self._sites) >= MAX_SITES:
                    self._sites.clear()
                self._sites[site] = code, step
            step.n_calls += 1
            return step, step.n_calls

    def _step_of_equal_code(self, frame: FrameType, name: str) -> Step:
        """Return the step of a place, also where its code was compiled once more."""
        code = frame.f_code
        file = code.co_filename
        site = (file, code.co_firstlineno, frame.f_lasti, name, self._cell)
        first = self._steps.get(site)
        if first is not None:
            if first.chain[0][0] == code:
                return first
            # To hash code takes several microseconds, so that it is left to the odd case.
            known = self._alike.get((site, code))
            if known is not None:
                return known
        chain, module = calls_above(frame), frame.f_globals.get("__name__")
        step = Step(chain, module, name, self.number, self._cell, self._cell_files.get(file))
        if first is None:
            self._steps[site] = step
        else:
            self._alike[site, code] = step
        self._without_ordinal.append(step)
        return step

    def number(self) -> None:
        """Give each step its ordinal, in the order in which they were called first.

        Done late: the name of a scope takes longer to work out than all else at a first call.
        """
        with self._lock:
            fresh, self._without_ordinal = self._without_ordinal, []
            for step in fresh:
                step._ordinal = self._next_ordinal(step.place.scope, step.name)

    def _next_ordinal(self, scope: str, name: str) -> int:
        """Return the smallest number that no step of that scope and name has."""
        if self._free and (free := self._free.get((scope, name))):
            return heapq.heappop(free)
        ordinal = self._ordinals.get((scope, name), 0) + 1
        self._ordinals[scope, name] = ordinal
        return ordinal


def _taken(steps: dict[Any, Step], cell: str) -> list[Step]:
    """Take the steps of a notebook's cell out of a dictionary."""
    sites = [site for site, step in steps.items() if step.cell == cell]
    return [steps.pop(site) for site in sites]
