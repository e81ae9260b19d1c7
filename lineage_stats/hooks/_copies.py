"""Classes of a script that come to a worker process by value, with every task anew.

Their methods were watched in the program that sent them, and so is the code that arrives; but
that code holds no recorder (see `_swap`). It is given the one of this process.
"""

from __future__ import annotations

import weakref
from types import FunctionType

from lineage_stats.hooks._provider import HookProvider, Target, Watched
from lineage_stats.hooks._registry import Hooks, function_behind
from lineage_stats.hooks._swap import ACTIVE, FRAME_FILE, trampoline_code


class CopiedClasses:
    """The classes that were made in a worker process while it recorded.

    Parameters
    ----------
    hooks : Hooks
        Those of the process.
    """

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        # Not those that are still to be settled: any watched call settles them, in any thread.
        self._known: weakref.WeakKeyDictionary[type, HookProvider] = weakref.WeakKeyDictionary()
        hooks.made = self._known

    def watch(self) -> None:
        """Watch the classes that have come so far, with the methods that they have now."""
        self._hooks.settle()
        for known in self._known.keyrefs():
            cls = known()
            provider = None if cls is None else self._known.get(cls)
            if cls is None or provider is None:
                continue
            for target in provider.new_class_targets(cls):
                _revive(cls, provider, target)


def _revive(cls: type, provider: HookProvider, target: Target) -> None:
    method = target.path.rpartition(".")[2]
    function = function_behind(cls, method) if method in vars(cls) else None
    if not isinstance(function, FunctionType) or function.__code__.co_filename != FRAME_FILE:
        return
    constants = function.__code__.co_consts
    original = next((c for c in constants if isinstance(c, FunctionType)), None)
    if original is not None and not any(c is ACTIVE for c in constants):
        watched = Watched(target, original, provider.library)
        function.__code__ = trampoline_code(function, watched)
