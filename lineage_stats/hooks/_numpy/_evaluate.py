"""From an expression of the user's to the data that its value was made from.

Nothing is computed: the expression ran already. What its variables hold is looked up, where they
cannot have got another value since; what pandas or scikit-learn made on the way was seen when it
was made.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, Protocol

from lineage_stats.features._families import family_of
from lineage_stats.hooks._numpy import _functions as functions
from lineage_stats.hooks._numpy._bytecode import stores_free, stores_global
from lineage_stats.hooks._numpy._callers import is_parameter
from lineage_stats.hooks._numpy._flow import (
    after,
    binds,
    bound_names,
    functions_of,
    is_left_alone,
    mentions,
)
from lineage_stats.hooks._numpy._indexing import NEW_AXIS, Range, take_item
from lineage_stats.hooks._numpy._mutation import changed_in_place
from lineage_stats.hooks._numpy._scopes import (
    CodeSource,
    Level,
    Place,
    comprehension_loops,
    comprehension_names,
    is_inside_comprehension,
    runs_at,
)
from lineage_stats.hooks._numpy._values import (
    PANDAS,
    UNKNOWN_NUMBER,
    UNTOLD,
    LostError,
    Many,
    Value,
    constant,
    each,
    flat_values,
    mix,
)
from lineage_stats.hooks._numpy._variables import MISSING, Variables

MOST_STEPS = 200  # nodes of expressions looked at for one array

_PLAIN = (int, float, complex, str, bytes, bool, type(None))
_NUMBERS = frozenset(("len", "int", "float", "bool", "abs", "round", "min", "max", "str", "slice"))
_DUNDER = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.MatMult: "matmul", ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert",
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
}  # fmt: skip
_REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


class Seen(Protocol):
    """What the recorder knows of live data and of calls that it saw."""

    def of_object(self, obj: Any, *, changed: bool) -> Value | None:
        """Return what live data stands for; `changed` if that may have been different before."""

    def of_site(self, offset: int, names: frozenset[str]) -> Value | None:
        """Return what the call made that stands at an offset, if it was one of these."""

    def of_parameter(self, name: str) -> Any:
        """Return what a caller gave for a parameter."""

    def tell(self, obj: Any, value: Value) -> None:
        """Let live data stand for what was found out."""


class _At:
    """A point in the program: a statement, and how deep it stands."""

    def __init__(self, depth: int, at: int) -> None:
        self.depth = depth
        self.at = at


class Evaluator:
    """Finds out what expressions of one frame were made from.

    Parameters
    ----------
    source : CodeSource
        The code of the frame.
    place : Place
        Where it is now.
    variables : Variables
        What its variables hold now.
    seen : Seen
        What is known of data.
    """

    def __init__(self, source: CodeSource, place: Place, variables: Variables, seen: Seen) -> None:
        self._source = source
        self.place = place
        self._variables = variables
        self._seen = seen
        self._steps = 0
        levels = place.levels
        self._now = _At(len(levels) - 1, levels[-1].at if levels else 0)
        self._shared: dict[tuple[str, bool], bool] = {}
        self._pending: set[tuple[str, int, int]] = set()

    def here(self, node: ast.expr) -> Any:
        """Return what an expression of the statement that runs now was made from."""
        return self._value(node, self._now)

    def holds(self, node: ast.expr, obj: Any) -> bool:
        """Return whether an expression is a variable that holds an object."""
        return isinstance(node, ast.Name) and self._variables.get(node.id) is obj

    def look(self, name: str) -> Any:
        """Return what a variable holds now."""
        return self._variables.get(name)

    def called_name(self, func: ast.expr) -> str:
        """Return the name of the function or method that an expression stands for."""
        if isinstance(func, ast.Attribute):
            return func.attr
        found = self._variables.get(func.id) if isinstance(func, ast.Name) else None
        return str(getattr(found, "__name__", ""))

    # -- expressions ----------------------------------------------------------------------

    def _value(self, node: ast.expr, at: _At) -> Any:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise LostError
        method = _METHODS.get(type(node))
        if method is None:
            raise LostError
        return method(self, node, at)

    def _constant(self, node: ast.Constant, at: _At) -> Value:
        return constant(node.value)

    def _many(self, node: ast.List | ast.Tuple, at: _At) -> Many:
        return Many([self._value(part, at) for part in node.elts])

    def _operation(self, node: ast.BinOp, at: _At) -> Any:
        left, right = self._value(node.left, at), self._value(node.right, at)
        name = _DUNDER.get(type(node.op))
        if name is None:
            raise LostError
        if _is_seen(left) or _is_seen(right):
            return self._site(node, f"__{name}__", f"__r{name}__", "__array_ufunc__")
        parts = self._operands([left, right])
        return functions.multiply(parts, {}) if name == "matmul" else each(parts)

    def _sign(self, node: ast.UnaryOp, at: _At) -> Any:
        value = self._value(node.operand, at)
        name = _DUNDER.get(type(node.op))
        if _is_seen(value):
            return self._site(node, f"__{name}__")
        if name is None or isinstance(value, Many):
            raise LostError
        if value.is_constant and type(value.raw) in (int, float) and name == "neg":
            return constant(-value.raw)
        return each([value])

    def _comparison(self, node: ast.Compare, at: _At) -> Any:
        if len(node.ops) != 1:
            raise LostError
        parts = [self._value(node.left, at), self._value(node.comparators[0], at)]
        name = _DUNDER.get(type(node.ops[0]))
        if name is None:
            raise LostError
        if any(map(_is_seen, parts)):
            return self._site(node, f"__{name}__", f"__{_REFLECTED[name]}__", "__array_ufunc__")
        return each(self._operands(parts))

    @staticmethod
    def _operands(parts: list[Any]) -> list[Value]:
        for part in parts:
            if isinstance(part, Many) and not all(v.is_constant for v in flat_values(part)):
                raise LostError
        return [constant(UNTOLD, 1) if isinstance(part, Many) else part for part in parts]

    def _attribute(self, node: ast.Attribute, at: _At) -> Any:
        found = self._of_module(node, at)
        if found is not MISSING:
            if isinstance(found, (*_PLAIN, type)):
                return constant(found)
            raise LostError
        owner = self._value(node.value, at)
        if _is_seen(owner):
            return self._site(node, node.attr, "__getattr__", "__get__")
        if isinstance(owner, Many):
            raise LostError
        if node.attr in ("shape", "size", "ndim", "dtype"):
            return constant(UNTOLD)
        if node.attr == "T" and owner.family == "array":
            return functions.apply("transpose", [owner], {})
        raise LostError

    def _item(self, node: ast.Subscript, at: _At) -> Any:
        name = self._numpy_name(node.value, at)
        if name in ("c_", "r_"):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            values = [self._value(part, at) for part in parts]
            return (functions.columns_beside if name == "c_" else functions.rows_below)(values)
        owner = self._value(node.value, at)
        if _is_seen(owner):
            return self._site(node, "__getitem__")
        if not isinstance(owner, Many) and owner.family == "number":
            if owner.is_constant and isinstance(node.slice, ast.Constant | ast.UnaryOp):
                return constant(UNTOLD)  # X.shape[0]
            raise LostError
        return take_item(owner, self._index(node.slice, at))

    def _index(self, node: ast.expr, at: _At) -> Any:
        if isinstance(node, ast.Tuple):
            return [self._index(part, at) for part in node.elts]
        if isinstance(node, ast.Slice):
            ends = (node.lower, node.upper, node.step)
            return Range(tuple(None if e is None else self._value(e, at) for e in ends))
        if isinstance(node, ast.Constant) and node.value is None:
            return NEW_AXIS
        if self._numpy_name(node, at) == "newaxis":
            return NEW_AXIS
        return self._value(node, at)

    def _call(self, node: ast.Call, at: _At) -> Any:
        if any(isinstance(arg, ast.Starred) for arg in node.args):
            raise LostError
        if any(word.arg is None for word in node.keywords):
            raise LostError
        func = node.func
        found = self._function(func, at)
        if found is MISSING and isinstance(func, ast.Attribute):
            owner = self._value(func.value, at)
            if _is_seen(owner):
                return self._site(node, func.attr)
            if isinstance(owner, Many):
                raise LostError
            args, named = self._arguments(node, at)
            if owner.family == "array":
                return functions.call_method(func.attr, owner, args, named)
            raise LostError
        return self._called(node, found, at)

    def _called(self, node: ast.Call, found: Any, at: _At) -> Any:
        numpy = sys.modules.get("numpy")
        name = getattr(found, "__name__", "")
        if isinstance(found, BuiltinFunctionType | type) and name in _NUMBERS:
            return self._number_of(node, at)
        if numpy is None or type(name) is not str:
            raise LostError
        if getattr(numpy, name, None) is found:
            if any(word.arg in ("out", "where") for word in node.keywords):
                raise LostError
            args, named = self._arguments(node, at)
            if isinstance(found, numpy.ufunc):
                if any(map(_is_seen, args)):
                    return self._site(node, "__array_ufunc__")
                return functions.call_ufunc(found, args, named)
            if any(_is_seen(part) for part in args) and name in _KEEP_PANDAS:
                raise LostError
            return functions.apply(name, args, named)
        if isinstance(found, FunctionType | type):
            return self._site(node, name, "__init__")
        raise LostError

    def _number_of(self, node: ast.Call, at: _At) -> Value:
        args, named = self._arguments(node, at)
        if isinstance(node.func, ast.Name) and node.func.id == "len":
            return constant(UNTOLD)
        parts = list(flat_values([*args, *named.values()]))
        if all(part.is_constant for part in parts):
            return constant(UNTOLD)
        if any(part.family != "number" for part in parts):
            raise LostError
        return mix(parts, 0, 1)._replace(family="number")

    def _arguments(self, node: ast.Call, at: _At) -> tuple[list[Any], dict[str, Any]]:
        args = [self._value(arg, at) for arg in node.args]
        named = {str(word.arg): self._value(word.value, at) for word in node.keywords}
        return args, named

    def _function(self, func: ast.expr, at: _At) -> Any:
        """Return the very function that is called; `MISSING` if it is a method."""
        if isinstance(func, ast.Name):
            self._require_stable(func.id, at)
            return self._variables.get(func.id)
        return self._of_module(func, at)

    def _of_module(self, node: ast.expr, at: _At) -> Any:
        """Return what ``numpy.where`` stands for; `MISSING` if it is no module's."""
        if isinstance(node, ast.Name):
            found = self._variables.get(node.id)
            if not isinstance(found, ModuleType):
                return MISSING
            self._require_stable(node.id, at)
            return found
        if not isinstance(node, ast.Attribute):
            return MISSING
        owner = self._of_module(node.value, at)
        return vars(owner).get(node.attr, MISSING) if isinstance(owner, ModuleType) else MISSING

    def _numpy_name(self, node: ast.expr, at: _At) -> str:
        """Return the name of an object of NumPy's namespace; ``""`` for anything else."""
        if isinstance(node, ast.Attribute) and node.attr in ("c_", "r_", "newaxis"):
            owner = self._of_module(node.value, at)
            if owner is sys.modules.get("numpy"):
                return node.attr
        return ""

    def _site(self, node: ast.expr, *names: str) -> Value:
        """Return what pandas or scikit-learn made where a call stands."""
        for offset in self._source.spans.get(runs_at(node), ()):
            value = self._seen.of_site(offset, frozenset(names))
            if value is not None:
                return value
        raise LostError

    # -- variables ------------------------------------------------------------------------

    def _name(self, node: ast.Name, at: _At) -> Any:
        name = node.id
        if self._is_hidden(name, at):
            raise LostError
        key = (name, at.depth, at.at)
        if key in self._pending:
            raise LostError
        self._pending.add(key)
        try:
            if self._is_stable(name, at):
                return self._live(name, at)
            found = self._definition(name, at)
            if found is None:
                raise LostError
            return self._defined(name, *found, at)
        finally:
            self._pending.discard(key)

    def _live(self, name: str, at: _At) -> Any:
        """Return what a variable stands for that has held the same object all the time."""
        obj = self._variables.get(name)
        if obj is MISSING:
            raise LostError
        if family_of(type(obj)) is not None:
            if family_of(type(obj)) == "array" and name in self._changed_in_place():
                raise LostError
            # A method called for another argument may have changed it, too.
            alone = (
                at is self._now and self._source.about(self._statement(at), _mentions)[name] == 1
            )
            value = self._seen.of_object(obj, changed=not alone)
            if value is not None:
                return value
            value = self._before(name, obj, at)
            if isinstance(value, Value) and value.ndim in (None, getattr(obj, "ndim", None)):
                self._seen.tell(obj, value)
                return value
            raise LostError
        if isinstance(obj, FunctionType | type | BuiltinFunctionType):
            return constant(obj)
        if type(obj) is list:
            return self._live_list(name, obj, at)
        return self._live_number(name, obj, at)

    def _changed_in_place(self) -> frozenset[str]:
        """Return the variables whose arrays are written into somewhere in the function."""
        return self._source.about(self.place.body, changed_in_place)

    def _before(self, name: str, obj: Any, at: _At) -> Any:
        """Return what a variable was given, by an assignment or by a caller."""
        found = self._definition(name, at)
        if found is not None:
            return self._defined(name, *found, self._now)
        return self._parameter(name, obj)

    def _parameter(self, name: str, obj: Any) -> Any:
        """Return what a caller gave for a parameter that nothing was done to since."""
        levels = self.place.levels
        if not levels or not is_parameter(self._variables.code, name):
            raise LostError
        before = list(after(levels, 0, -1))
        if any(binds(statement, name) for statement in before):
            raise LostError
        if family_of(type(obj)) is not None and not (
            is_left_alone(before, name) and not self._is_shared(name, writes=False)
        ):
            raise LostError
        return self._seen.of_parameter(name)

    def _live_number(self, name: str, obj: Any, at: _At) -> Any:
        known = self._seen.of_object(obj, changed=False)
        if known is not None:
            return known
        raw = obj if type(obj) in (int, bool, str) or obj is None else UNTOLD
        if self._is_counter(name, at) or self._is_setting(name):
            return constant(raw)
        found = self._definition(name, at)
        if found is not None:
            value = self._defined(name, *found, at)
            known_raw = isinstance(value, Value) and value.family == "number"
            return value._replace(raw=raw) if known_raw else value
        if not isinstance(obj, _PLAIN):
            raise LostError
        try:
            value = self._parameter(name, obj)
        except LostError:
            value = UNKNOWN_NUMBER
        return value._replace(raw=raw) if isinstance(value, Value) else UNKNOWN_NUMBER

    def _live_list(self, name: str, obj: list[Any], at: _At) -> Many:
        """Return a list that is as it was written down."""
        found = self._definition(name, at)
        if found is None or found[1] or not isinstance(found[2], ast.List):
            raise LostError
        parts = self._many(found[2], found[0])
        if len(parts) != len(obj) or self._is_shared(name, writes=False):
            raise LostError
        if not is_left_alone(self._between(found[0], self._now), name):
            raise LostError
        return parts

    def _is_counter(self, name: str, at: _At) -> bool:
        """Return whether a variable counts the turns of a loop, or takes one of some constants."""
        loops = [level.statement for level in self.place.levels[: at.depth + 1]]
        over = [
            loop.iter
            for loop in loops
            if isinstance(loop, ast.For)
            and isinstance(loop.target, ast.Name)
            and loop.target.id == name
            and not any(binds(part, name) for part in loop.body)
        ]
        if not over and at is self._now:
            over = comprehension_loops(self.place.statement, self.place.node, name)
        return len(over) == 1 and self._is_count(over[0])

    def _is_count(self, node: ast.expr) -> bool:
        """Return whether something goes over constants, or over numbers in their order."""
        if isinstance(node, ast.List | ast.Tuple):
            return all(isinstance(part, ast.Constant) for part in node.elts)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return False
        return self._variables.get(node.func.id) is range and all(map(_is_size, node.args))

    def _is_setting(self, name: str) -> bool:
        """Return whether a global variable is a constant of its file."""
        if not self._variables.is_shared(name) or name in self._variables.code.co_freevars:
            return False
        stores = [statement for statement in self._source.tree if binds(statement, name)]
        if len(stores) != 1 or self._is_shared(name, writes=True):
            return False
        found = _assigned(stores[0], name)
        return found is not None and not found[0] and _is_literal(found[1])

    def _defined(
        self, name: str, where: _At, path: tuple[int, ...], node: ast.expr, at: _At
    ) -> Any:
        """Return what a variable was given, if nothing can have changed it up to a point."""
        value = self._value(node, where)
        for i in path:
            value = take_item(value, constant(i))
        if isinstance(value, Value) and value.family == "number":
            return value
        if isinstance(value, Many) and isinstance(node, ast.List):
            raise LostError  # it can grow
        if self._is_shared(name, writes=False):
            raise LostError
        between = self._between(where, at)
        if not is_left_alone(between, name):
            raise LostError
        return value

    def _between(self, start: _At, end: _At) -> list[ast.stmt]:
        """Return the statements between two points."""
        levels = self.place.levels
        if end is self._now:
            return list(after(levels, start.depth, start.at))
        if start.depth == end.depth:
            return list(levels[start.depth].block[start.at + 1 : end.at])
        return list(after((*levels[: end.depth], Level(levels[end.depth].block, end.at)),
                          start.depth, start.at))  # fmt: skip

    def _statement(self, at: _At) -> ast.stmt:
        levels = self.place.levels
        return levels[at.depth].block[at.at] if levels else self.place.statement

    def _is_stable(self, name: str, at: _At) -> bool:
        """Return whether a variable has held the same object since a point."""
        if self._is_shared(name, writes=True):
            return False
        statement = self._statement(at)
        if name in self._source.about(statement, _walruses):
            return False
        if at is self._now:
            return True
        if binds(statement, name):
            return False
        return not any(name in bound_names(s) for s in after(self.place.levels, at.depth, at.at))

    def _require_stable(self, name: str, at: _At) -> None:
        if self._is_hidden(name, at) or not self._is_stable(name, at):
            raise LostError

    def _is_hidden(self, name: str, at: _At) -> bool:
        """Return whether a variable may be another one of the same name, of a comprehension."""
        statement = self._statement(at)
        if not self.place.levels or name not in self._source.about(statement, comprehension_names):
            return False
        return at is not self._now or not is_inside_comprehension(statement, self.place.node, name)

    def _is_shared(self, name: str, *, writes: bool) -> bool:
        """Return whether other functions may give a variable another value, or change the value."""
        variables = self._variables
        if not variables.is_shared(name):
            return False
        known = self._shared.get((name, writes))
        if known is None:
            code = variables.code
            if name in code.co_cellvars or name in code.co_freevars:
                # Only functions inside of the same outermost one share its variables.
                family = code.co_qualname.partition(".<locals>")[0]
                known = not writes or any(
                    stores_free(other, name)
                    for other in self._source.all_codes
                    if other.co_qualname.partition(".<locals>")[0] == family
                )
            else:
                other = [*functions_of(variables.shared), *self._source.all_codes]
                ask = stores_global if writes else mentions
                # The module itself, and other cells, run one after the other.
                known = any(ask(c, name) for c in other if c is not code and not _is_module(c))
            self._shared[name, writes] = known
        return known

    def _definition(self, name: str, at: _At) -> tuple[_At, tuple[int, ...], ast.expr] | None:
        """Return the last assignment to a variable before a point, if that is certain."""
        levels = self.place.levels
        if not levels:
            return None
        for depth in range(at.depth, -1, -1):
            block = levels[depth].block
            last = at.at if depth == at.depth else levels[depth].at
            if depth < at.depth and binds(levels[depth].statement, name):
                return None  # in a loop, or on another way
            for position in range(last - 1, -1, -1):
                if binds(block[position], name):
                    found = _assigned(block[position], name)
                    return None if found is None else (_At(depth, position), *found)
        return None


def _assigned(statement: ast.stmt, name: str) -> tuple[tuple[int, ...], ast.expr] | None:
    """Return the expression that a statement gives to a variable, and which part of it."""
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target: ast.expr = statement.target
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    else:
        return None
    value = statement.value
    assert value is not None
    if isinstance(target, ast.Name):
        return (), value
    if not isinstance(target, ast.Tuple):
        return None
    names = [part.id if isinstance(part, ast.Name) else None for part in target.elts]
    if None in names or names.count(name) != 1:
        return None
    at = names.index(name)
    if isinstance(value, ast.Tuple) and len(value.elts) == len(names):
        return (), value.elts[at]
    return (at,), value


def _mentions(statement: ast.stmt) -> Counter[str]:
    """Count how often a statement mentions each variable."""
    return Counter(node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


def _walruses(statement: ast.stmt) -> frozenset[str]:
    """Return the variables that a statement assigns to on the way."""
    nodes = ast.walk(statement)
    return frozenset(node.target.id for node in nodes if isinstance(node, ast.NamedExpr))


def _is_seen(value: Any) -> bool:
    """Return whether what is done to a value is seen by the recorder."""
    return isinstance(value, Value) and value.family in PANDAS


def _is_size(node: ast.expr) -> bool:
    """Return whether an expression is a constant, or the size of something."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "len"
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    return _is_literal(node)


def _is_module(code: CodeType) -> bool:
    return code.co_name == "<module>"


def _is_literal(node: ast.expr) -> bool:
    allowed = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop)
    return all(isinstance(part, allowed) for part in ast.walk(node))


# Functions of NumPy that return what pandas returns for its data.
_KEEP_PANDAS = frozenset(
    """clip round around mean sum std var min max amin amax median any all prod ravel reshape
    squeeze transpose cumsum cumprod take sort argsort isin copy nonzero unique dot matmul ptp
    nan_to_num real imag argmax argmin""".split()
)

_METHODS: dict[type, Any] = {
    ast.Constant: Evaluator._constant,
    ast.Name: Evaluator._name,
    ast.List: Evaluator._many,
    ast.Tuple: Evaluator._many,
    ast.BinOp: Evaluator._operation,
    ast.UnaryOp: Evaluator._sign,
    ast.Compare: Evaluator._comparison,
    ast.Attribute: Evaluator._attribute,
    ast.Subscript: Evaluator._item,
    ast.Call: Evaluator._call,
}
