"""Acting right after the program has imported a module, without importing it ourselves."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from lineage_stats._interrupts import pass_on

if TYPE_CHECKING:
    from importlib.abc import Loader

Callback = Callable[[ModuleType], None]


class ImportWatch:
    """A finder that finds nothing itself; it calls back when watched modules are loaded.

    Parameters
    ----------
    on_error : callable
        Told of an exception of a callback; it must not raise.
    """

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._callbacks: dict[str, list[Callback]] = {}
        self._on_error = on_error
        self._busy = threading.local()

    def watch(self, module: str, callback: Callback) -> None:
        """Call back with the module as soon as it is loaded, at once if it is."""
        loaded = sys.modules.get(module)
        if loaded is not None and not _is_loading(loaded):
            self._call(callback, loaded)
        else:
            self._callbacks.setdefault(module, []).append(callback)

    @staticmethod
    def is_to_come(module: str) -> bool:
        """Return whether the loading of a module will be seen from its beginning."""
        return module not in sys.modules

    def install(self) -> None:
        """Begin to see imports."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """See no more imports."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._callbacks.clear()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Let the other finders find a watched module, and listen to its loader."""
        if fullname not in self._callbacks or getattr(self._busy, "name", None) == fullname:
            return None
        self._busy.name = fullname
        try:
            spec = importlib.util.find_spec(fullname)
        except (ImportError, ValueError):
            return None
        finally:
            self._busy.name = None
        if spec is not None and spec.loader is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = cast("Loader", _ListeningLoader(spec.loader, self))
        return spec

    def loaded(self, module: ModuleType) -> None:
        """Call back for a module that was just loaded, also those who ask for it meanwhile."""
        while callbacks := self._callbacks.pop(module.__name__, None):
            for callback in callbacks:
                self._call(callback, module)

    def _call(self, callback: Callback, module: ModuleType) -> None:
        try:
            callback(module)
        except Exception as error:  # noqa: BLE001  # never into the user's import
            pass_on(error)
            self._on_error(error)


class _ListeningLoader:
    """Loads as the real loader does, takes itself out of the way, and reports.

    It has no base class: `importlib.abc` would load half of the library's archives.
    """

    def __init__(self, loader: Loader, watch: ImportWatch) -> None:
        self._loader = loader
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        # A spec that was only looked up still has what the real loader offers.
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._watch.loaded(module)


def _is_loading(module: ModuleType) -> bool:
    spec = getattr(module, "__spec__", None)
    return bool(getattr(spec, "_initializing", False))
