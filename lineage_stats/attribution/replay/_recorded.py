"""What a replayed run recorded.

The only module of `attribution` that opens a trace store: a replay is a run in another process,
and its metric comes back as any recorded run's does.
"""

from __future__ import annotations

from pathlib import Path

from lineage_stats.exceptions import NoTracesError, ReplayError
from lineage_stats.trace import Trace


def trace_with(metric: str, store: Path, pipeline: str) -> Trace | None:
    """Return the last recorded run that has a metric, if possible of a pipeline of that name."""
    from lineage_stats.storage import load_traces

    try:
        runs = [run for run in load_traces(store) if metric in run.metrics]
    except NoTracesError:
        return None
    named = [run for run in runs if run.pipeline == pipeline] or runs
    return named[-1] if named else None


def check_stayed_inside(trace: Trace, tree: Path, root: Path) -> None:
    """Raise ReplayError where a replayed run used or changed the user's own tree.

    Parameters
    ----------
    trace : Trace
        The replayed run.
    tree : Path
        The temporary checkout that it had.
    root : Path
        Top of the user's tree.
    """
    for op in trace:
        written = op.facts.get("file[path]", "") if op.kind == "sink" else ""
        if written and _is_in(written, root) and not _is_in(written, tree):
            raise ReplayError(
                f"The replayed run wrote {written}, in your own tree. Make the path relative to "
                "the folder of the script."
            )
        if op.file and _is_in(op.file, root) and not _is_in(op.file, tree):
            raise ReplayError(
                f"The replayed run took {op.file} from your own tree and not from its temporary "
                "checkout: the package is found by an absolute path."
            )


def written_elsewhere(trace: Trace, root: Path) -> list[str]:
    """Return files outside of the tree that a run wrote, and that a replay would write again."""
    paths = (op.facts.get("file[path]", "") for op in trace if op.kind == "sink")
    return sorted({path for path in paths if path and not _is_in(path, root)})


def _is_in(path: str, folder: Path) -> bool:
    # A relative path is below the folder of the run.
    return not Path(path).is_absolute() or Path(path).is_relative_to(folder)
