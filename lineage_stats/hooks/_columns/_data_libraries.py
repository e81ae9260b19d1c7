"""Which functions bring data in: those of libraries of data, and those that use them."""

from __future__ import annotations

import ast
import sys

from lineage_stats.hooks._columns._bindings import bindings_of, module_of

# What comes from these is data, or was learned from data.
DATA = frozenset(
    """pandas numpy scipy sklearn pyspark polars dask pyarrow duckdb modin cudf vaex xgboost
    lightgbm catboost statsmodels torch tensorflow keras joblib pickle cloudpickle sqlite3
    sqlalchemy psycopg2 psycopg random secrets uuid""".split()
)
# But for lengths of time and names of types.
HARMLESS = frozenset(
    """Timedelta DateOffset to_timedelta timedelta64 CategoricalDtype StringDtype int8 int16 int32
    int64 float16 float32 float64 bool_ str_ dtype inf pi e nan""".split()
)
# What tells another thing in every run.
MOVING = frozenset(
    """now today utcnow time time_ns perf_counter monotonic argv getpid gettempdir mkdtemp urandom
    getmtime st_mtime year quarter month day hour minute second weekday isoweekday isocalendar week
    strftime isoformat timestamp""".split()
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def is_free_of_data(module: str, name: str) -> bool:
    """Return whether a function of a module can be seen not to use a library of data."""
    root = module.partition(".")[0]
    if root in DATA:
        return False
    if root in sys.stdlib_module_names:
        return name not in MOVING
    held = vars(sys.modules.get(module, ast)).get(name) if module in sys.modules else None
    home = getattr(held, "__module__", None) or module
    if not isinstance(home, str) or home.partition(".")[0] in DATA:
        return False
    file = getattr(sys.modules.get(home), "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py"):
        return False
    tree = module_of(file)
    defined = [p for p in bindings_of(tree, name) if isinstance(p, _DEFINITIONS)]
    return bool(defined) and not any(uses_data(part, tree) for part in defined)


def uses_data(part: ast.AST, tree: ast.AST, seen: frozenset[ast.AST] = frozenset()) -> bool:
    """Return whether a function mentions what was imported from a library of data."""
    if not isinstance(tree, ast.Module):
        return True
    for node in ast.walk(part):
        if isinstance(node, ast.Import | ast.ImportFrom) and brings_data(node):
            return True
        if not isinstance(node, ast.Name):
            continue
        for bound in bindings_of(tree, node.id):
            if isinstance(bound, ast.alias | ast.ImportFrom) and brings_data(bound):
                return True
            is_other = isinstance(bound, _DEFINITIONS) and bound is not part and bound not in seen
            if is_other and bound is not None and uses_data(bound, tree, seen | {part}):
                return True
    return False


def brings_data(part: ast.alias | ast.Import | ast.ImportFrom) -> bool:
    """Return whether an import is one of a library of data."""
    if isinstance(part, ast.ImportFrom):
        return (part.module or "").partition(".")[0] in DATA
    names = part.names if isinstance(part, ast.Import) else [part]
    return any(alias.name.partition(".")[0] in DATA for alias in names)
