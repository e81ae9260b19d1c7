"""Settings of recording, and the one table of the environment variables that give them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

ENVIRONMENT_VARIABLES: dict[str, str] = {
    "LINEAGE_STATS_DIR": "folder for traces (default: lineage_traces)",
    "LINEAGE_STATS_PIPELINE": "name of the pipeline (default: the script's file name)",
    "LINEAGE_STATS_TAGS": "tags of the run, as key=value,key=value",
    "LINEAGE_STATS_FEATURES": "shape, profile or full (default: profile)",
    "LINEAGE_STATS_SAMPLE_ROWS": "most rows looked at for a column profile (default: 1000)",
    "LINEAGE_STATS_USER_PACKAGES": "installed packages whose calls are listed, as a,b; * for all",
    "LINEAGE_STATS_STRICT": "1: errors of the recorder are raised (for tests)",
    "LINEAGE_STATS_DISABLED": "1: nothing is recorded, however it was asked for",
}

FEATURE_LEVELS = ("shape", "profile", "full")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is recorded.

    Attributes
    ----------
    directory : str
        Folder of the trace store.
    pipeline : str or None
        Name of the pipeline; None takes the script's file name.
    tags : mapping of str to str
        Tags of the run.
    features : {"shape", "profile", "full"}
        What is measured at each operation: sizes only; column profiles too, as far as there is
        time for it; the same, whatever time it takes.
    sample_rows : int
        Most rows looked at for one column profile.
    user_packages : tuple of str
        Installed packages whose calls are listed as the user's own; those of others only carry
        lineage on. ``"*"`` stands for all.
    strict : bool
        Whether errors of the recorder are raised instead of counted.
    disabled : bool
        Whether recording is switched off.
    """

    directory: str = "lineage_traces"
    pipeline: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    features: str = "profile"
    sample_rows: int = 1000
    user_packages: tuple[str, ...] = ()
    strict: bool = False
    disabled: bool = False


def parse_tags(text: str) -> dict[str, str]:
    """Parse ``"a=1,b=2"`` to a dictionary; a part without ``=`` gets an empty value."""
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


def settings_from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the ``LINEAGE_STATS_*`` variables ask for.

    A value that cannot be used is ignored in favour of the default: a typing error in the
    environment must not stop the user's program.
    """
    env = os.environ if environ is None else environ
    level = env.get("LINEAGE_STATS_FEATURES", "profile")
    return Settings(
        directory=env.get("LINEAGE_STATS_DIR") or "lineage_traces",
        pipeline=env.get("LINEAGE_STATS_PIPELINE") or None,
        tags=parse_tags(env.get("LINEAGE_STATS_TAGS", "")),
        features=level if level in FEATURE_LEVELS else "profile",
        sample_rows=_positive(env.get("LINEAGE_STATS_SAMPLE_ROWS"), 1000),
        user_packages=tuple(
            name.strip()
            for name in env.get("LINEAGE_STATS_USER_PACKAGES", "").split(",")
            if name.strip()
        ),
        strict=_is_on(env.get("LINEAGE_STATS_STRICT")),
        disabled=_is_on(env.get("LINEAGE_STATS_DISABLED")),
    )


def ignored_settings(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return a sentence for each variable whose value cannot be used."""
    env = os.environ if environ is None else environ
    found = []
    level = env.get("LINEAGE_STATS_FEATURES")
    if level is not None and level not in FEATURE_LEVELS:
        found.append(
            f"LINEAGE_STATS_FEATURES={level} is ignored: it is one of {', '.join(FEATURE_LEVELS)}."
        )
    rows = env.get("LINEAGE_STATS_SAMPLE_ROWS")
    if rows is not None and not _positive(rows, 0):
        found.append(f"LINEAGE_STATS_SAMPLE_ROWS={rows} is ignored: it is a positive number.")
    return found


def _is_on(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "true", "yes", "on"}


def _positive(value: str | None, default: int) -> int:
    try:
        return max(int(value or 0), 0) or default
    except ValueError:
        return default
