"""Which family of data a type belongs to, found by name so that no library is imported."""

from __future__ import annotations

from lineage_stats.features._cache import BoundedCache

_ROOTS: dict[tuple[str, str], str] = {
    ("pandas", "DataFrame"): "frame",
    ("pandas", "Series"): "series",
    ("pandas", "Index"): "index",
    ("pandas", "BaseGroupBy"): "grouping",
    ("pandas", "BaseWindow"): "grouping",
    ("pandas", "StringMethods"): "accessor",
    ("pandas", "Properties"): "accessor",
    ("pandas", "CategoricalAccessor"): "accessor",
    ("numpy", "ndarray"): "array",
    ("scipy", "_spbase"): "sparse",
    ("scipy", "spmatrix"): "sparse",
    ("scipy", "sparray"): "sparse",
    ("sklearn", "BaseEstimator"): "estimator",
}

# Where a type's family was looked up; emptied when one is added.
_families: BoundedCache[type, str | None] = BoundedCache(2048)


def family_of(cls: type) -> str | None:
    """Return the family of a type or of the nearest known ancestor, None for an unknown one."""
    try:
        return _families[cls]
    except KeyError:
        return _families.keep(cls, _find(cls))


def add_family(library: str, name: str) -> str:
    """Make a family of a class of another library and what inherits from it; return its name."""
    family = _ROOTS[library, name] = f"{library}.{name}"
    _families.clear()
    return family


def _find(cls: type) -> str | None:
    for base in cls.__mro__:
        library = str(base.__module__).partition(".")[0]
        family = _ROOTS.get((library, base.__name__))
        if family:
            return family
    return None
