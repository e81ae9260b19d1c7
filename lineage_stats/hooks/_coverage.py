"""How much of each library is watched: hook points counted, gaps named with their reason."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._provider import HookProvider, PublicName
from lineage_stats.hooks._registry import Hooks, available_providers, function_behind
from lineage_stats.hooks._swap import FRAME_FILE


@dataclass(frozen=True)
class Coverage:
    """What is watched in one library.

    Attributes
    ----------
    provider, library : str
        Names of the provider and of the package that it watches.
    version : str or None
        Version that is installed; None where there is none.
    requires : str
        Versions that the provider supports.
    n_hook_points : int
        Functions that are watched, each counted once however many classes inherit it.
    watched : tuple of str
        Public names whose calls are seen.
    left_out : dict of str to str
        Public names that are not watched on purpose, with the reason in a word.
    missing : tuple of str
        Public names that are neither.
    absent : tuple of str
        Targets that this version of the library does not have.
    problem : str or None
        Why nothing could be watched.
    """

    provider: str
    library: str
    version: str | None
    requires: str
    n_hook_points: int = 0
    watched: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict, hash=False)
    missing: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the counts, and the names of what is not watched, as plain data."""
        by_reason: dict[str, list[str]] = {}
        for name, reason in self.left_out.items():
            by_reason.setdefault(reason, []).append(name)
        return {
            "provider": self.provider,
            "library": self.library,
            "version": self.version,
            "requires": self.requires,
            "hook_points": self.n_hook_points,
            "public_names": len(self.watched) + len(self.left_out) + len(self.missing),
            "watched": len(self.watched),
            "left_out": {reason: sorted(names) for reason, names in sorted(by_reason.items())},
            "missing": list(self.missing),
            "absent": list(self.absent),
            "problem": self.problem,
        }


def measure_coverage(providers: Iterable[HookProvider] | None = None) -> list[Coverage]:
    """Count what is watched, in the versions that are installed.

    Parameters
    ----------
    providers : iterable of HookProvider, default=None
        Whose targets to count; None takes `available_providers`. Their libraries are imported.

    Returns
    -------
    list of Coverage
        One for each provider, in order.

    Notes
    -----
    Everything is watched for a moment, and afterwards as it was before.

    Examples
    --------
    >>> from lineage_stats.hooks import measure_coverage
    >>> pandas = measure_coverage()[0]
    >>> pandas.n_hook_points > 64, pandas.missing
    (True, ())
    """
    chosen = available_providers() if providers is None else providers
    return [_coverage_of(provider) for provider in chosen]


def _coverage_of(provider: HookProvider) -> Coverage:
    about: dict[str, Any] = {
        "provider": provider.name,
        "library": provider.library,
        "requires": provider.requires,
    }
    try:
        library = importlib.import_module(provider.library)
        for module in {target.module for target in provider.targets()}:
            # A part of PySpark ends a program that lacks its packages and has no main file.
            missing = suppress(ImportError, SystemExit)
            with missing if module in provider.optional_modules else nullcontext():
                importlib.import_module(module)
        names = list(provider.public_names())
    except Exception as error:  # noqa: BLE001  # a library that is broken is a finding
        pass_on(error)
        return Coverage(**about, version=None, problem=f"{type(error).__name__}: {error}")
    hooks = Hooks([provider])
    hooks.install()
    try:
        seen = Counter(name.path for name in names if is_watched(name))
        points, absent = hooks.watched[provider.name], tuple(hooks.skipped)
    finally:
        hooks.uninstall()
    rest = [name for name in names if name.path not in seen]
    return Coverage(
        **about,
        version=str(getattr(library, "__version__", "")) or None,
        n_hook_points=points,
        watched=tuple(seen),
        left_out={name.path: name.reason for name in rest if name.reason is not None},
        missing=tuple(name.path for name in rest if name.reason is None),
        absent=absent,
    )


def is_watched(name: PublicName) -> bool:
    """Return whether the function behind a public name records its calls at present."""
    try:
        function = function_behind(name.owner, name.name)
    except AttributeError:
        return False
    function = getattr(function, "func", function)  # a cached property
    return isinstance(function, FunctionType) and function.__code__.co_filename == FRAME_FILE
