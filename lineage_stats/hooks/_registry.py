"""Which libraries are watched, and switching that on and off."""

from __future__ import annotations

import gc
import inspect
import logging
import os
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial, wraps
from types import FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from lineage_stats._interrupts import pass_on
from lineage_stats._plugins import entry_points_of
from lineage_stats.features import register_data_type
from lineage_stats.hooks._frames import InspectWithoutUs, SysWithoutUs
from lineage_stats.hooks._imports import ImportWatch
from lineage_stats.hooks._joblib import JoblibProvider
from lineage_stats.hooks._journal import PatchJournal
from lineage_stats.hooks._pandas._provider import PandasProvider
from lineage_stats.hooks._patches import without_patches
from lineage_stats.hooks._provider import HookProvider, Target
from lineage_stats.hooks._pyspark._provider import PysparkProvider
from lineage_stats.hooks._sklearn._provider import SklearnProvider
from lineage_stats.hooks._swap import ACTIVE, seen_without_us
from lineage_stats.hooks._threads import STACK, follow_threads

logger = logging.getLogger("lineage_stats")

ENTRY_POINT_GROUP = "lineage_stats.hooks"

# Packages that call watched functions on the user's behalf.
GO_BETWEENS = ("numpy", "scipy", "lineage_stats", "sklearn", "pandas")


def available_providers() -> list[HookProvider]:
    """Return the built-in providers and those that installed packages offer.

    A provider of another package that cannot be loaded is passed over with a log message.

    Returns
    -------
    list of HookProvider
        The providers; the built-in ones come first.
    """
    providers: list[HookProvider] = [
        PandasProvider(),
        SklearnProvider(),
        JoblibProvider(),
        PysparkProvider(),
    ]
    for entry in entry_points_of(ENTRY_POINT_GROUP):
        try:
            providers.append(entry.load()())
        except Exception as error:  # a foreign package must not stop the program
            pass_on(error)
            logger.warning("The hook provider '%s' cannot be loaded.", entry.name, exc_info=True)
    return providers


class Hooks:
    """Switches the watching of libraries on and off.

    Parameters
    ----------
    providers : iterable of HookProvider, default=None
        What to watch; None takes `available_providers`.

    Attributes
    ----------
    watched : dict of str to int
        Functions watched so far, by provider.
    skipped : list of str
        Targets that could not be watched, with the reason.
    late : list of (HookProvider, type)
        Classes some of whose methods are still to be watched; see `settle`.
    made : weak-key mapping of type to HookProvider, or None
        Where to note every class that is made; None, nowhere.
    """

    def __init__(self, providers: Iterable[HookProvider] | None = None) -> None:
        self.providers = list(available_providers() if providers is None else providers)
        self.watched: dict[str, int] = defaultdict(int)
        self.skipped: list[str] = []
        self._journal = PatchJournal()
        self._watch = ImportWatch(self._import_problem)
        self._installed = False
        self.late: list[tuple[HookProvider, type]] = []
        self.made: WeakKeyDictionary[type, HookProvider] | None = None
        self._lock = threading.RLock()

    @property
    def internal(self) -> frozenset[str]:
        """Packages whose own calls are never the user's."""
        return frozenset([*GO_BETWEENS, *(p.library for p in self.providers if not p.calls_back)])

    def install(self) -> None:
        """Watch all libraries that are loaded, and the others once they are."""
        with self._lock:
            if self._installed:
                return
            self._installed = True
            follow_threads(self._journal)
            self._watch.install()
            for provider in self.providers:
                try:
                    self._watch_provider(provider)
                except Exception as error:  # noqa: BLE001  # a provider must not stop the program
                    pass_on(error)
                    self._import_problem(error)

    def uninstall(self) -> None:
        """Leave every library as it was."""
        with self._lock:
            self._watch.uninstall()
            self._journal.restore()
            self.late.clear()
            self.watched.clear()
            self.skipped.clear()
            self._installed = False
            for provider in self.providers:
                try:
                    provider.let_go()
                except Exception as error:  # noqa: BLE001  # a provider must not stop the program
                    pass_on(error)
                    logger.warning("Part of what runs needed is kept in memory: %r", error)

    def change(self, module: str, change: Callable[[ModuleType, PatchJournal], None]) -> None:
        """Change a module once it is loaded; `uninstall` takes that back like all else."""
        self._watch.watch(module, lambda loaded: change(loaded, self._journal))

    def settle(self) -> None:
        """Watch what could not be watched at the moment when its class was made."""
        while self.late:
            try:
                provider, cls = self.late.pop()
            except IndexError:  # another thread took it
                return
            self._watch_class(provider, cls)  # one that was unpickled got its methods afterwards
            self._watch_class(provider, cls, late=True)

    def _watch_provider(self, provider: HookProvider) -> None:
        for name, describe in provider.data_types.items():
            register_data_type(provider.library, name, describe)
        for module in provider.frame_sensitive:
            self._watch.watch(module, self._on_frame_sensitive)
        # Most programs do not load every library, and our lists of targets are long.
        if self._watch.is_to_come(provider.library) and _is_own(provider):
            self._watch.watch(provider.library, lambda library: self._watch_targets(provider))
        else:
            self._watch_targets(provider)
        if provider.class_root is not None:
            module, name = provider.class_root
            self._watch.watch(module, partial(self._on_root, provider, name))

    def _watch_targets(self, provider: HookProvider) -> None:
        by_module: dict[str, list[Target]] = defaultdict(list)
        for target in provider.targets():
            by_module[target.module].append(target)
        for module, targets in by_module.items():
            self._watch.watch(module, partial(self._on_module, provider, targets))

    def _on_module(self, provider: HookProvider, targets: list[Target], module: ModuleType) -> None:
        with _without_collection():
            for target in targets:
                owner_path, _, name = target.path.rpartition(".")
                try:
                    owner: Any = module
                    for part in filter(None, owner_path.split(".")):
                        owner = getattr(owner, part)
                    function = function_behind(owner, name)
                except AttributeError:
                    self.skipped.append(f"{target.module}.{target.path}: not in this version")
                    continue
                self._swap(provider, function, target)

    def _on_frame_sensitive(self, module: ModuleType) -> None:
        if vars(module).get("sys") is sys:
            self._journal.set_attribute(module, "sys", SysWithoutUs())
        if vars(module).get("inspect") is inspect:
            self._journal.set_attribute(module, "inspect", InspectWithoutUs())
        code_of = vars(module).get("get_func_code")  # of joblib
        if code_of is not None:
            self._journal.set_attribute(module, "get_func_code", _of_the_original(code_of))

    def _on_root(self, provider: HookProvider, name: str, module: ModuleType) -> None:
        root = getattr(module, name)
        with _without_collection():
            for cls in _all_subclasses(root):
                self._watch_class(provider, cls)
                self._watch_class(provider, cls, late=True)
        hooks, own = self, vars(root).get("__init_subclass__")

        def __init_subclass__(cls: type, /, **kwargs: Any) -> None:  # noqa: N807  # is its name
            if own is None:
                super(root, cls).__init_subclass__(**kwargs)  # type: ignore[misc]  # below the root
            else:
                own.__get__(None, cls)(**kwargs)
            hooks._on_class(provider, cls)

        self._journal.set_attribute(root, "__init_subclass__", classmethod(__init_subclass__))

    def _on_class(self, provider: HookProvider, cls: type) -> None:
        try:
            if self.made is not None:
                self.made[cls] = provider
            self.settle()
            self._watch_class(provider, cls)
            self.late.append((provider, cls))
        except Exception as error:  # noqa: BLE001  # never into the user's class statement
            pass_on(error)
            self._import_problem(error)

    def _watch_class(self, provider: HookProvider, cls: type, *, late: bool = False) -> None:
        for target in provider.new_class_targets(cls):
            method = target.path.rpartition(".")[2]
            if late == (method in provider.late_methods) and _is_method(cls, method):
                self._swap(provider, function_behind(cls, method), target)

    def _swap(self, provider: HookProvider, function: Any, target: Target) -> None:
        version = str(getattr(sys.modules.get(provider.library), "__version__", ""))
        if self._journal.swap(
            function,
            target,
            library=provider.library,
            code=f"{provider.library} {version}".strip(),
        ):
            self.watched[provider.name] += 1
        elif not isinstance(function, FunctionType):
            self.skipped.append(f"{target.module}.{target.path}: not a Python function")

    def _import_problem(self, error: BaseException) -> None:
        logger.warning("Part of a library cannot be watched: %r", error)


def function_behind(owner: Any, name: str) -> Any:
    """Return the library's function behind an attribute, looked up without binding it."""
    return without_patches(_function_behind(owner, name))


def _is_own(provider: HookProvider) -> bool:
    """Return whether a provider comes with this package: all that it names is in its library."""
    return type(provider).__module__.startswith("lineage_stats.")


def _function_behind(owner: Any, name: str) -> Any:
    if isinstance(owner, ModuleType):
        return getattr(owner, name)
    bases: tuple[type, ...] = owner.__mro__
    for base in bases:
        if name in vars(base):
            found = vars(base)[name]
            break
    else:
        raise AttributeError(name)
    if isinstance(found, staticmethod | classmethod):
        return found.__func__
    if isinstance(found, property):
        return found.fget
    if isinstance(found, cached_property):
        return found.func
    if isinstance(found, FunctionType):
        return found
    # scikit-learn's methods that exist only under a condition
    return getattr(found, "fn", found)


def _is_method(cls: type, name: str) -> bool:
    """Return whether an attribute takes the object as its first argument when it is called."""
    found = inspect.getattr_static(cls, name, None)
    return not isinstance(found, staticmethod | classmethod | property)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Put garbage collection off: a thousand new functions would have it search all of memory."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _all_subclasses(root: type) -> Iterator[type]:
    seen: set[type] = set()
    stack: list[type] = [root]
    while stack:
        found: list[type] = type.__subclasses__(stack.pop())
        for cls in found:
            if cls not in seen:
                seen.add(cls)
                stack.append(cls)
                yield cls


def _after_fork_in_child() -> None:
    """Stop recording in a forked child: the run belongs to its parent."""
    ACTIVE[0] = None
    STACK.current = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _of_the_original(code_of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(code_of)
    def get_func_code(func: Any) -> Any:
        return code_of(seen_without_us(func))

    return get_func_code
