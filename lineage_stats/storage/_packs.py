"""The packed runs of a store: which files hold them, and reading those that are selected."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lineage_stats.exceptions import TraceFileError
from lineage_stats.storage._baseline_log import verdicts_in, with_verdict
from lineage_stats.storage._layout import pack_files, parts_in, run_stem
from lineage_stats.storage._parts import merge_parts, read_parts
from lineage_stats.storage._selection import Selection
from lineage_stats.trace import Trace, TraceSet

if TYPE_CHECKING:
    from lineage_stats.storage._outlines import Outlines
    from lineage_stats.storage._pack_rows import PackedRun


class Pack(NamedTuple):
    """A file of many runs.

    Attributes
    ----------
    path : Path
        The file.
    about : mapping of str to object
        ``stems`` of the runs in it, ``pipelines``, ``first_ns`` and ``last_ns`` of their starts,
        and ``replaces``: names of files that were merged into it.
    """

    path: Path
    about: Mapping[str, Any]

    @property
    def stems(self) -> tuple[str, ...]:
        """What the files of the runs were called, without their ending."""
        return tuple(self.about.get("stems", ()))


def about_runs(traces: Iterable[Trace], replaces: Iterable[str] = ()) -> dict[str, Any]:
    """Return what a pack says of its runs."""
    runs = list(traces)
    return {
        "stems": [run_stem(run.start_ns, run.run_id) for run in runs],
        "pipelines": sorted({run.pipeline for run in runs}),
        "first_ns": min(run.start_ns for run in runs),
        "last_ns": max(run.start_ns for run in runs),
        "replaces": sorted(replaces),
    }


def find_packs(path: Path, pipeline: str | None = None) -> tuple[list[Pack], dict[str, str]]:
    """Return the packs of a store or folder that count, and those that cannot be read and why.

    One that was merged into another, but was not removed before a process died, does not count.
    """
    packs, problems = open_packs(pack_files(path, pipeline))
    return not_replaced(packs), problems


def open_packs(files: Iterable[Path]) -> tuple[list[Pack], dict[str, str]]:
    """Return packs, and those that cannot be read and why; one that is gone is passed over."""
    from lineage_stats.storage._pack import read_about

    packs: list[Pack] = []
    problems: dict[str, str] = {}
    for file in files:
        try:
            packs.append(Pack(file, read_about(file)))
        except FileNotFoundError:
            continue  # merged into another since the folder was listed
        except TraceFileError as error:
            problems[str(file)] = str(error)
    return packs, problems


def not_replaced(packs: Sequence[Pack]) -> list[Pack]:
    """Return the packs that were not merged into one of the others."""
    gone = {pack.path.parent / name for pack in packs for name in pack.about.get("replaces", ())}
    return [pack for pack in packs if pack.path not in gone]


def read_packed(
    pack: Pack,
    selection: Selection,
    history: Callable[[Mapping[str, Any]], Callable[[], TraceSet]],
    *,
    without: Container[str] = (),
) -> Iterator[Trace]:
    """Read the selected runs of a pack, those in `without` (their stems) left out."""
    for run in iter_selected(pack, selection, history, without=without):
        if isinstance(run, Trace):  # as all are without outlines
            yield run


def iter_selected(
    pack: Pack,
    selection: Selection,
    history: Callable[[Mapping[str, Any]], Callable[[], TraceSet] | None],
    *,
    without: Container[str] = (),
    outlines: Outlines | None = None,
) -> Iterator[Trace | PackedRun]:
    """Read the same runs, those that have an outline as such."""
    from lineage_stats.storage._pack import iter_packed

    if not _may_hold(pack.about, selection):
        return
    folder = pack.path.parent
    verdicts = verdicts_in(folder)
    parts = parts_in(folder)
    for found in iter_packed(pack.path, outlines):
        head = found if isinstance(found, Trace) else found.head
        stem = run_stem(head.start_ns, head.run_id)
        tags = with_verdict(head.run_id, head.tags, verdicts)
        run = {"pipeline": head.pipeline, "tags": tags, "start_ns": head.start_ns}
        if stem in without or not selection.takes(run):
            continue
        # A process may outlive not only its run but also the packing of it.
        own = parts.get(stem, ())
        if isinstance(found, Trace) or own:
            trace = found if isinstance(found, Trace) else found.trace()
            yield merge_parts(replace(trace, tags=tags, history=history(run)), read_parts(own))
        else:
            yield found if tags is head.tags else replace(found, head=replace(head, tags=tags))


def _may_hold(about: Mapping[str, Any], selection: Selection) -> bool:
    pipelines = about.get("pipelines")
    return (
        (selection.pipeline is None or pipelines is None or selection.pipeline in pipelines)
        and (selection.since is None or about.get("last_ns", selection.since) >= selection.since)
        and (selection.until is None or about.get("first_ns", selection.until) <= selection.until)
    )
