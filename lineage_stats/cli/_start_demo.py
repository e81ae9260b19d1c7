"""``lineage-stats demo``: parses the options; `_demo` does the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lineage_stats.cli._options import JsonOption


def demo(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the runs and the report.")
    ] = Path("lineage_demo"),
    days: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many healthy days to record.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the made data.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Break a small pipeline on purpose, and see the right line named."""
    from lineage_stats.cli._demo import run_demo

    run_demo(out, days=days, seed=seed, as_json=as_json)
