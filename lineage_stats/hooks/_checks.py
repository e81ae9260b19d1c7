"""The promises of a hook provider as checks that anybody can run; pytest is not needed."""

from __future__ import annotations

import importlib
import inspect
import pickle
import types
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from typing import Any

from lineage_stats.hooks._provider import HookProvider, Target
from lineage_stats.hooks._registry import Hooks, function_behind
from lineage_stats.trace import OPERATION_KINDS

Check = Callable[[HookProvider], None]


def hook_provider_checks() -> Iterator[tuple[str, Check]]:
    """Yield every check that a provider must pass, with its name.

    Yields
    ------
    name : str
        Name of the check.
    check : callable
        Takes the provider and raises AssertionError where the promise is broken.
    """
    yield from (
        ("is described", check_is_described),
        ("targets are unique and of known kinds", check_targets),
        ("something is watched", check_watches),
        ("functions stay the same objects", check_identity),
        ("signatures stay the same", check_signatures),
        ("functions can be pickled", check_pickles),
        ("everything is taken back", check_reversible),
    )


def check_hook_provider(provider: HookProvider) -> None:
    """Run all of `hook_provider_checks`.

    Parameters
    ----------
    provider : HookProvider
        What to check. Its library is imported.

    Raises
    ------
    AssertionError
        If a promise is broken; the message says which.

    Examples
    --------
    >>> from lineage_stats.hooks import available_providers, check_hook_provider
    >>> check_hook_provider(available_providers()[0])
    """
    for name, check in hook_provider_checks():
        try:
            check(provider)
        except AssertionError as error:
            raise AssertionError(f"{provider.name}: {name}: {error}") from error


def check_is_described(provider: HookProvider) -> None:
    """Check that the provider says its name, its library and which versions it supports."""
    for field in ("name", "library", "requires"):
        value = getattr(provider, field, None)
        assert isinstance(value, str), f"'{field}' must be text, got {value!r}"
        assert value, f"'{field}' is empty"


def check_targets(provider: HookProvider) -> None:
    """Check that each function is named once, with a kind that traces know."""
    seen = set()
    for target in provider.targets():
        place = (target.module, target.path)
        assert place not in seen, f"{target.path} is listed twice"
        seen.add(place)
        assert target.kind in OPERATION_KINDS, f"{target.path} has unknown kind {target.kind!r}"


def check_watches(provider: HookProvider) -> None:
    """Check that at least one function is found and watched."""
    with _installed(provider) as hooks:
        assert hooks.watched[provider.name] > 0, f"nothing is watched; skipped: {hooks.skipped}"


def check_identity(provider: HookProvider) -> None:
    """Check that watching leaves every function the object that it was."""
    before = dict(_functions(provider))
    with _installed(provider):
        for path, function in _functions(provider):
            assert function is before[path], f"{path} became another object"


def check_signatures(provider: HookProvider) -> None:
    """Check that watching leaves every signature and docstring as it was."""
    before = {path: (_signature(f), f.__doc__) for path, f in _functions(provider)}
    with _installed(provider):
        for path, function in _functions(provider):
            assert (_signature(function), function.__doc__) == before[path], f"{path} changed"


def check_pickles(provider: HookProvider) -> None:
    """Check that what could be pickled by name before still can be."""
    able = {path for path, function in _functions(provider) if _pickles(function)}
    with _installed(provider):
        for path, function in _functions(provider):
            assert path not in able or _pickles(function), f"{path} cannot be pickled any more"


def check_reversible(provider: HookProvider) -> None:
    """Check that after switching off, code and attributes are what they were."""
    before = _state(provider)
    with _installed(provider):
        pass
    after = _state(provider)
    changed = [path for path in before if after.get(path) != before[path]]
    assert not changed, f"not taken back: {changed[:5]}"
    assert after.keys() == before.keys(), "attributes were added or lost"


class _installed:  # noqa: N801  # a context manager
    """Hooks of one provider, switched on for a block."""

    def __init__(self, provider: HookProvider) -> None:
        for module in {target.module for target in provider.targets()}:
            # A part of PySpark ends a program that lacks its packages and has no main file.
            missing = suppress(ImportError, SystemExit)
            with missing if module in provider.optional_modules else nullcontext():
                importlib.import_module(module)
        self._hooks = Hooks([provider])

    def __enter__(self) -> Hooks:
        self._hooks.install()
        return self._hooks

    def __exit__(self, *exc_info: object) -> None:
        self._hooks.uninstall()


def _functions(provider: HookProvider) -> Iterator[tuple[str, types.FunctionType]]:
    """Yield the functions behind all targets that exist in this version."""
    for target in provider.targets():
        try:
            owner, name = _owner(target)
            function = function_behind(owner, name)
        except (AttributeError, ImportError, SystemExit):
            continue
        if isinstance(function, types.FunctionType):
            yield f"{target.module}.{target.path}", function


def _owner(target: Target) -> tuple[Any, str]:
    owner: Any = importlib.import_module(target.module)
    *parts, name = target.path.split(".")
    for part in parts:
        owner = getattr(owner, part)
    return owner, name


def _state(provider: HookProvider) -> dict[str, Any]:
    """Return code and attributes of all functions, and the names in all owners."""
    state: dict[str, Any] = {}
    for target in provider.targets():
        try:
            owner, name = _owner(target)
            function = function_behind(owner, name)
        except (AttributeError, ImportError, SystemExit):
            continue
        path = f"{target.module}.{target.path}"
        if isinstance(function, types.FunctionType):
            state[path] = (id(function), function.__code__, dict(function.__dict__))
        state[f"owner of {path}"] = {k: id(v) for k, v in vars(owner).items()}
    return state


def _signature(function: Callable[..., Any]) -> str:
    return str(inspect.signature(function))


def _pickles(function: object) -> bool:
    try:
        return pickle.loads(pickle.dumps(function)) is function
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
