"""Friendly imports of optional packages."""

from __future__ import annotations

import importlib
from types import ModuleType

from lineage_stats.exceptions import MissingDependencyError


def import_optional(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import ``module``, or say which extra brings it.

    Parameters
    ----------
    module : str
        Dotted name of the module.
    extra : str
        Name of our extra that installs it.
    purpose : str
        What it is needed for, as the subject of the message.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    MissingDependencyError
        If the module cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingDependencyError(
            f"{purpose} needs the package '{module.partition('.')[0]}', which is not installed. "
            f'Install it with: pip install "lineage-stats[{extra}]"'
        ) from error
