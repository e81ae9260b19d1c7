"""From an expression of the user's to the data that its value was made from.

Nothing is computed: the expression ran already. What its variables hold is looked up, where they
cannot have got another value since; what pandas or scikit-learn made on the way was seen when it
was made.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from lineage_stats.hooks._columns._settings import put_in
from lineage_stats.hooks._numpy import _functions as functions
from lineage_stats.hooks._numpy._gather import Gatherer
from lineage_stats.hooks._numpy._holders import PLAIN, is_of, plain_value
from lineage_stats.hooks._numpy._indexing import NEW_AXIS, Range, take_item
from lineage_stats.hooks._numpy._names import At, NameReader
from lineage_stats.hooks._numpy._scopes import (
    runs_at,
)
from lineage_stats.hooks._numpy._sparse import (
    apply_to_sparse,
    call_method_of_sparse,
    is_sparse,
    take_of_sparse,
)
from lineage_stats.hooks._numpy._values import (
    PANDAS,
    UNTOLD,
    LostError,
    Many,
    Value,
    constant,
    each,
    flat_values,
    mix,
)
from lineage_stats.hooks._numpy._variables import MISSING

MOST_STEPS = 200  # nodes of expressions looked at for one array

_FUNCTIONS = (FunctionType, BuiltinFunctionType, type)
_NUMBERS = frozenset(("len", "int", "float", "bool", "abs", "round", "min", "max", "str", "slice"))
_DUNDER = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.MatMult: "matmul", ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert",
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
}  # fmt: skip
_REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


class Evaluator(NameReader):
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

    def here(self, node: ast.expr) -> Any:
        """Return what an expression of the statement that runs now was made from."""
        return self._value(node, self._now)

    def gathered(self, node: ast.expr) -> tuple[Value, ...]:
        """Return what an expression of that statement may have been made from."""
        return Gatherer(
            self._source, self.place, self._variables, self._seen,
            self.is_shared,
        ).gather(node)  # fmt: skip

    def holds(self, node: ast.expr, obj: Any) -> bool:
        """Return whether an expression is a variable that holds an object."""
        return isinstance(node, ast.Name) and self._variables.get(node.id) is obj

    def called_name(self, func: ast.expr) -> str:
        """Return the name of the function or method that an expression stands for."""
        if isinstance(func, ast.Attribute):
            return func.attr
        found = self._variables.get(func.id) if isinstance(func, ast.Name) else None
        return str(getattr(found, "__name__", ""))

    # -- expressions ----------------------------------------------------------------------

    def _value(self, node: ast.expr, at: At) -> Any:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise LostError
        method = _METHODS.get(type(node))
        if method is None:
            raise LostError
        return method(self, node, at)

    def _constant(self, node: ast.Constant, at: At) -> Value:
        return constant(node.value)._replace(settings=put_in("numpy", node.value))

    def _many(self, node: ast.List | ast.Tuple, at: At) -> Many:
        return Many([self._value(part, at) for part in node.elts])

    def _operation(self, node: ast.BinOp, at: At) -> Any:
        left, right = self._value(node.left, at), self._value(node.right, at)
        name = _DUNDER.get(type(node.op))
        if name is None:
            raise LostError
        if _is_seen(left) or _is_seen(right):
            return self._site(node, f"__{name}__", f"__r{name}__", "__array_ufunc__")
        parts = self._operands([left, right])
        return functions.multiply(parts, {}) if name == "matmul" else each(parts)

    def _sign(self, node: ast.UnaryOp, at: At) -> Any:
        value = self._value(node.operand, at)
        name = _DUNDER.get(type(node.op))
        if _is_seen(value):
            return self._site(node, f"__{name}__")
        if name is None or isinstance(value, Many) or is_sparse(value):
            raise LostError
        if value.is_constant and type(value.raw) in (int, float) and name == "neg":
            return constant(-value.raw)
        return each([value])

    def _comparison(self, node: ast.Compare, at: At) -> Any:
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
        _require_dense(parts)
        for part in parts:
            if isinstance(part, Many) and not all(v.is_constant for v in flat_values(part)):
                raise LostError
        return [constant(UNTOLD, 1) if isinstance(part, Many) else part for part in parts]

    def _attribute(self, node: ast.Attribute, at: At) -> Any:
        found = self._of_module(node, at)
        if found is not MISSING:
            if is_of(found, (*PLAIN, type)):
                return constant(found)
            raise LostError
        part = self._plain_part(node, at)
        if part is not MISSING:
            return constant(UNTOLD)._replace(settings=put_in("numpy", part, self._seen.spot(node)))
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

    def _item(self, node: ast.Subscript, at: At) -> Any:
        name = self._numpy_name(node.value, at)
        if name in ("c_", "r_"):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            values = [self._value(part, at) for part in parts]
            return (functions.columns_beside if name == "c_" else functions.rows_below)(values)
        part = self._plain_part(node, at)
        if part is not MISSING:
            return constant(UNTOLD)._replace(settings=put_in("numpy", part, self._seen.spot(node)))
        owner = self._value(node.value, at)
        if _is_seen(owner):
            return self._site(node, "__getitem__")
        if not isinstance(owner, Many) and owner.family == "number":
            if owner.is_constant and isinstance(node.slice, ast.Constant | ast.UnaryOp):
                return constant(UNTOLD)  # X.shape[0]
            raise LostError
        index = self._index(node.slice, at)
        if isinstance(owner, Value) and is_sparse(owner):
            return take_of_sparse(owner, index)
        return take_item(owner, index)

    def _plain_part(self, node: ast.expr, at: At) -> Any:
        """Return the number or text of the program's own that an item or attribute is."""
        return plain_value(node, lambda name: self._steady(name, at))

    def _steady(self, name: str, at: At) -> Any:
        """Return what a variable holds, if it has held it all the time."""
        held = not self._is_hidden(name, at) and self._is_stable(name, at)
        return self._variables.get(name) if held else MISSING

    def _index(self, node: ast.expr, at: At) -> Any:
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

    def _call(self, node: ast.Call, at: At) -> Any:
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
            if is_sparse(owner):
                return call_method_of_sparse(func.attr, owner, named)
            if owner.family == "array":
                _require_dense(args)
                return functions.call_method(func.attr, owner, args, named)
            raise LostError
        return self._called(node, found, at)

    def _called(self, node: ast.Call, found: Any, at: At) -> Any:
        numpy = sys.modules.get("numpy")
        if not is_of(found, _FUNCTIONS) and type(found).__module__.partition(".")[0] != "numpy":
            raise LostError  # which may run code when it is asked for its name
        name = getattr(found, "__name__", "")
        if isinstance(found, BuiltinFunctionType) and name == "sum":
            return self._sum(node, at)
        if isinstance(found, BuiltinFunctionType | type) and name in _NUMBERS:
            return self._number_of(node, at)
        if numpy is None or type(name) is not str:
            raise LostError
        if getattr(numpy, name, None) is found:
            if any(word.arg in ("out", "where") for word in node.keywords):
                raise LostError
            args, named = self._arguments(node, at)
            _require_dense([*args, *named.values()])
            if isinstance(found, numpy.ufunc):
                if any(map(_is_seen, args)):
                    return self._site(node, "__array_ufunc__")
                return functions.call_ufunc(found, args, named)
            if any(_is_seen(part) for part in args) and name in _KEEP_PANDAS:
                raise LostError
            return functions.apply(name, args, named)
        sparse = sys.modules.get("scipy.sparse")
        if sparse is not None and getattr(sparse, name, None) is found:
            return apply_to_sparse(name, *self._arguments(node, at))
        if isinstance(found, FunctionType | type):
            return self._site(node, name, "__init__")
        raise LostError

    def _sum(self, node: ast.Call, at: At) -> Any:
        """Return what the sum of what a list holds was made from."""
        args, named = self._arguments(node, at)
        items = args[0] if len(args) == 1 and not named else None
        if not isinstance(items, Many) or any(map(_is_seen, items)):
            raise LostError
        return each(self._operands([*items]))

    def _number_of(self, node: ast.Call, at: At) -> Value:
        args, named = self._arguments(node, at)
        if isinstance(node.func, ast.Name) and node.func.id == "len":
            return constant(UNTOLD)
        parts = list(flat_values([*args, *named.values()]))
        if all(part.is_constant for part in parts):
            return constant(UNTOLD)
        if any(part.family != "number" for part in parts):
            raise LostError
        return mix(parts, 0, 1)._replace(family="number")

    def _arguments(self, node: ast.Call, at: At) -> tuple[list[Any], dict[str, Any]]:
        args = [self._value(arg, at) for arg in node.args]
        named = {str(word.arg): self._value(word.value, at) for word in node.keywords}
        return args, named

    def _function(self, func: ast.expr, at: At) -> Any:
        """Return the very function that is called; `MISSING` if it is a method."""
        if isinstance(func, ast.Name):
            self._require_stable(func.id, at)
            return self._variables.get(func.id)
        return self._of_module(func, at)

    def _of_module(self, node: ast.expr, at: At) -> Any:
        """Return what ``numpy.where`` stands for; `MISSING` if it is no module's."""
        if isinstance(node, ast.Name):
            found = self._variables.get(node.id)
            if type(found) is not ModuleType:
                return MISSING
            self._require_stable(node.id, at)
            return found
        if not isinstance(node, ast.Attribute):
            return MISSING
        owner = self._of_module(node.value, at)
        return vars(owner).get(node.attr, MISSING) if type(owner) is ModuleType else MISSING

    def _numpy_name(self, node: ast.expr, at: At) -> str:
        """Return the name of an object of NumPy's namespace; ``""`` for anything else."""
        if isinstance(node, ast.Attribute) and node.attr in ("c_", "r_", "newaxis"):
            owner = self._of_module(node.value, at)
            if owner is sys.modules.get("numpy"):
                return node.attr
        return ""

    def _site(self, node: ast.expr, *names: str) -> Value:
        """Return what pandas or scikit-learn made where a call stands."""
        span, wanted = runs_at(node), frozenset(names)
        here = self._source.spans.get(span)
        if here:
            found = (self._seen.of_site(offset, wanted) for offset in here)
            value = next((value for value in found if value is not None), None)
        else:
            value = self._seen.of_statement_before(span, wanted)
        if value is None:
            raise LostError
        return value


def _is_seen(value: Any) -> bool:
    """Return whether what is done to a value is seen by the recorder."""
    return isinstance(value, Value) and value.family in PANDAS


def _require_dense(values: Iterable[Any]) -> None:
    """Raise `LostError` for sparse matrices, of which NumPy makes something else."""
    if any(map(is_sparse, values)):
        raise LostError


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
