"""What a fitted model has learned, as one digest; bounded in time, and never an error.

Only data of known classes are read. Any other attribute may load a file when it is asked for
something, or count what it is asked, as a mock of a test does.
"""

from __future__ import annotations

from typing import Any

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._params import is_plain

MAX_BYTES = 1 << 20  # of learned arrays that are read; what is larger is sampled
MAX_ARRAYS = 200  # some microseconds each; a forest has five a tree
MAX_ITEMS = 1000
MAX_DEPTH = 4

_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes})
_SPARSE = ("data", "indices", "indptr")
# Seconds that a search took are nothing that it learned.
_TIMES = frozenset(
    ("refit_time_", *(f"{m}_{of}_time" for m in ("mean", "std") for of in ("fit", "score")))
)
_TREE = ("children_left", "children_right", "feature", "threshold", "value")


def learned_facts(model: Any) -> dict[str, str]:
    """Return the digest of a model's learned attributes, as the fact ``model[learned]``.

    Parameters
    ----------
    model : object
        An estimator that follows scikit-learn's convention: what it learned ends in ``_``.

    Returns
    -------
    dict of str to str
        ``blake2b:<hex>``, or ``blake2b-sampled:<hex>`` where not everything was read; empty for
        an object that has learned nothing.
    """
    try:
        digest = _Digest()
        has_learned = digest.add_model(model, 0)
        return {"model[learned]": digest.text} if has_learned else {}
    except Exception as error:  # noqa: BLE001  # an attribute may be any object of the program
        pass_on(error)
        return {}


class _Digest:
    """Reads values in a fixed order, until it has read enough."""

    def __init__(self) -> None:
        from hashlib import blake2b  # late, as it takes milliseconds

        self._hash = blake2b(digest_size=16)
        self._left = MAX_BYTES
        self._arrays_left = MAX_ARRAYS
        self._whole = True

    @property
    def text(self) -> str:
        """The digest, and whether it is one of everything."""
        return f"blake2b{'' if self._whole else '-sampled'}:{self._hash.hexdigest()}"

    def add_model(self, model: Any, depth: int) -> bool:
        """Read what a model has learned; return whether there is anything."""
        learned = sorted(
            n for n in vars(model) if n.endswith("_") and not n.startswith("_") and n not in _TIMES
        )
        self._tell(type(model).__qualname__)
        for name in learned[:MAX_ITEMS]:
            self._tell(name)
            self._add(vars(model)[name], depth + 1)
        steps = vars(model).get("steps")  # of a pipeline, which fits them themselves
        pairs = [step for step in steps if type(step) is tuple] if type(steps) is list else []
        inner = [step[-1] for step in pairs if hasattr(type(step[-1]), "get_params")]
        found = [self.add_model(step, depth + 1) for step in inner[:MAX_ITEMS]]
        return bool(learned) or any(found)

    def _add(self, value: Any, depth: int) -> None:
        kind = type(value)
        if kind in _PLAIN or (kind.__module__ == "numpy" and isinstance(value, float | complex)):
            self._tell(repr(value))
        elif _is_array(kind):
            self._add_array(value, depth)
        elif depth >= MAX_DEPTH:
            self._pass_over(kind)
        elif isinstance(value, list | tuple | dict) and is_plain(kind):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            self._add_items(items, len(value), depth)
        elif kind.__name__ == "Tree" and kind.__module__.startswith("sklearn."):
            self._add_items(((n, getattr(value, n)) for n in _TREE), len(_TREE), depth)
        elif kind.__module__.startswith("scipy.sparse") and hasattr(value, "indptr"):
            self._add_items(((n, getattr(value, n)) for n in _SPARSE), len(_SPARSE), depth)
        elif hasattr(kind, "get_params") and hasattr(value, "__dict__"):
            self.add_model(value, depth)
        else:
            self._pass_over(kind)

    def _add_items(self, items: Any, size: int, depth: int) -> None:
        self._tell(str(size))
        for i, (key, value) in enumerate(items):
            if i >= MAX_ITEMS or self._arrays_left <= 0:
                self._whole = False
                return
            self._tell(repr(key) if type(key) in _PLAIN else type(key).__qualname__)
            if type(key) is str and key in _TIMES:
                continue
            self._add(value, depth + 1)

    def _add_array(self, array: Any, depth: int) -> None:
        self._arrays_left -= 1
        own: Any = next((base for base in type(array).__mro__ if base.__name__ == "ndarray"), None)
        if own is not None and type(array) is not own:
            # What a subclass does may change it: a masked array keeps a fill value.
            mask: Any = vars(array).get("_mask")
            array = own.view(array, own)
            if type(mask) is own and mask.shape == array.shape:
                self._add_array(mask, depth)
                array = array.copy()
                array[mask] = 0  # what was never written there is told of nothing
        self._tell(f"{array.dtype.str} {array.shape}")
        if array.dtype.kind in "OV":
            if array.dtype.names is None and array.ndim == 1:
                self._add_items(enumerate(array.tolist()), len(array), depth)
            else:
                self._pass_over(type(array))
            return
        size = int(array.nbytes)
        if size > self._left:
            self._whole = False
            step = -(-size // max(self._left, array.dtype.itemsize))
            array = array.reshape(-1)[::step] if array.flags.c_contiguous else array[:0]
        content = array.tobytes()
        self._left = max(self._left - len(content), 0)
        self._hash.update(content)

    def _pass_over(self, kind: type) -> None:
        self._whole = False
        self._tell(kind.__qualname__)

    def _tell(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self._hash.update(len(data).to_bytes(4) + data)


def _is_array(kind: type) -> bool:
    return any(base.__module__ == "numpy" for base in kind.__mro__) and hasattr(kind, "tobytes")
