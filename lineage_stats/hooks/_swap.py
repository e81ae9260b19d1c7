"""Replacing what a Python function does, while it stays the same object.

A function keeps its identity when its ``__code__`` is exchanged: every name under which the
program imported it earlier, every scorer or bound method that holds it, pickling by name and
``isinstance`` see the object they saw before. The code put in is a *trampoline* that asks the
active recorder and then calls a twin of the original.

One frame is added to the stack of the program. Warnings must still point at the user's line:
the frame's file name holds the two words by which the interpreter knows the frames of its
import machinery, which it does not count when a warning looks for its line.
"""

from __future__ import annotations

import ast
import inspect
import types
from functools import lru_cache
from typing import Any, ClassVar

from lineage_stats.hooks._provider import Watched
from lineage_stats.hooks._threads import STACK

FRAME_FILE = "<lineage_stats importlib._bootstrap>"


class _Slot(list[Any]):
    """The active recorder, or None. A list, because trampolines hold it as a constant.

    Constants of code are hashed (by ``joblib.Memory``) and pickled (by ``cloudpickle``, with
    classes of a script): a copy in another process holds no recorder and records nothing.
    """

    __hash__ = object.__hash__  # type: ignore[assignment]  # lists have none
    __eq__ = object.__eq__

    def __reduce__(self) -> tuple[Any, ...]:
        return list, ((None,),)


ACTIVE: list[Any] = _Slot([None])

_SOURCE = """
def outer({cells}):
    def trampoline(*args, **kwargs):
        {touch}
        original = "lineage_stats:original"
        active = "lineage_stats:active"
        recorder = active[0]
        if recorder is None:
            return original(*args, **kwargs)
        around = "lineage_stats:stack".current
        if around is not None and around.shut:
            return original(*args, **kwargs)
        call = recorder.begin("lineage_stats:watched", args, kwargs)
        if call is None:
            return original(*args, **kwargs)
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            recorder.fail(call, error)
            raise
        recorder.end(call, result)
        return result
    return trampoline
"""


@lru_cache(maxsize=64)
def _template(source: str, n_cells: int) -> types.CodeType:
    """Compile the function inside `source` for `n_cells` free variables, all on one line."""
    cells = [f"c{i}" for i in range(n_cells)]
    touch = f"if False: return ({', '.join(cells)},)" if cells else "pass"
    tree = ast.parse(source.format(cells=", ".join(cells), touch=touch))
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = 1  # type: ignore[attr-defined]  # a position
    code: types.CodeType = compile(tree, "<lineage_stats>", "exec", optimize=0)
    for _ in range(2):
        code = next(c for c in code.co_consts if isinstance(c, types.CodeType))
    return code


def can_swap(function: object) -> bool:
    """Return whether a function is written in Python and its code can be exchanged."""
    if not isinstance(function, types.FunctionType):
        return False
    generator = 0x20 | 0x80 | 0x100 | 0x200
    return not function.__code__.co_flags & generator


def seen_without_us(function: Any) -> Any:
    """Return the twin of a function whose code was exchanged, anything else as it is."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, types.CodeType) or code.co_filename != FRAME_FILE:
        return function
    return next((c for c in code.co_consts if isinstance(c, types.FunctionType)), function)


def twin_of(function: types.FunctionType) -> types.FunctionType:
    """Return another function that does exactly what `function` does now."""
    twin = types.FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__qualname__ = function.__qualname__
    twin.__module__ = function.__module__
    twin.__doc__ = function.__doc__
    twin.__annotations__ = function.__annotations__
    twin.__dict__.update(function.__dict__)
    return twin


class LateSignature(inspect.Signature):
    """The signature of a function, worked out when somebody asks.

    pandas asks its own methods by ``inspect.getfullargspec`` whether they take an axis, and that
    looks at the code of a function unless there is a signature.
    """

    __slots__ = ("_function",)

    _function: Any
    _own: ClassVar[frozenset[str]] = frozenset({"_parameters", "_return_annotation"})

    @classmethod
    def of(cls, function: types.FunctionType) -> LateSignature:
        """Return the signature of `function`, without looking at it yet."""
        late = cls.__new__(cls)
        late._function = function
        return late

    def __getattr__(self, name: str) -> Any:
        # Reached only as long as the two slots of the base class are empty.
        if name not in self._own:
            raise AttributeError(name)
        known = inspect.signature(self._function)
        inspect.Signature.__init__(
            self, list(known.parameters.values()), return_annotation=known.return_annotation
        )
        return object.__getattribute__(self, name)

    def __reduce__(self) -> tuple[Any, ...]:
        plain = inspect.Signature(
            list(self.parameters.values()), return_annotation=self.return_annotation
        )
        return type(plain), (list(plain.parameters.values()),), plain.__reduce__()[2]


def trampoline_code(function: types.FunctionType, watched: Watched) -> types.CodeType:
    """Return the code that makes `function` record its calls and then do what it did before."""
    return code_in_place_of(function, watched, _SOURCE)


def code_in_place_of(
    function: types.FunctionType, watched: Watched, source: str, **more: object
) -> types.CodeType:
    """Return what `source` does as code that `function` can take.

    Its strings ``"lineage_stats:NAME"`` become ``original``, ``active`` (the slot of the
    recorder), ``stack`` (the call that the thread is inside of), ``watched``, and whatever is
    given by name.
    """
    old = function.__code__
    given = {
        "original": watched.original, "active": ACTIVE, "stack": STACK, "watched": watched, **more
    }  # fmt: skip
    constants = {f"lineage_stats:{name}": value for name, value in given.items()}
    code = _template(source, len(old.co_freevars))
    return code.replace(
        co_consts=tuple(constants.get(c, c) if isinstance(c, str) else c for c in code.co_consts),
        co_freevars=old.co_freevars,
        co_name=old.co_name,
        co_qualname=old.co_qualname,
        co_filename=FRAME_FILE,
        co_firstlineno=old.co_firstlineno,
    )
