"""The files of a store as a list to be read from, by this process or by the workers of Spark.

Where only the latest runs are wanted, names tell which files hold them: no older one is opened.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lineage_stats.exceptions import TraceFileError
from lineage_stats.storage._inventory import read_runs
from lineage_stats.storage._layout import (
    JOURNAL_SUFFIX,
    PACK_SUFFIX,
    RunFile,
    folders_in,
    is_run_stem,
    last_stamp,
    pack_files,
    pack_stamps,
    packs_in,
    parts_of_run,
    run_files,
    run_stem,
    runs_in,
    stem_at,
)
from lineage_stats.storage._load import read_run_file
from lineage_stats.storage._packs import Pack, iter_selected, not_replaced, open_packs
from lineage_stats.storage._selection import Selection
from lineage_stats.storage._steady import ATTEMPTS, steady
from lineage_stats.trace import Trace

if TYPE_CHECKING:
    from lineage_stats.storage._outlines import Outlines
    from lineage_stats.storage._pack_rows import PackedRun

_ALL: Final = Selection()

Place = tuple[str, str]  # name of a run's files without ending, and their folder


class Problem(NamedTuple):
    """A file that could not be read.

    Attributes
    ----------
    path : str
        The file.
    text : str
        What is wrong with it.
    """

    path: str
    text: str


class StoredFile(NamedTuple):
    """A file of a store.

    Attributes
    ----------
    path : str
        The file.
    kind : {"run", "journal", "pack", "problem"}
        What it is.
    others : list of str
        Of a run, its parts; of a pack, the runs in it to pass over; of a problem, what is wrong.
    """

    path: str
    kind: str
    others: list[str]


def stored_files(
    path: Path,
    selection: Selection = _ALL,
    newest: int | None = None,
    only: Collection[tuple[int, str]] = (),
) -> list[StoredFile]:
    """List the files of the runs of a store, or of its folder for one pipeline, or one file.

    Parameters
    ----------
    path : Path
        Folder or file.
    selection : Selection, default=Selection()
        Which runs are wanted; what counts here is the pipeline, and the time as far as names of
        files tell it.
    newest : int, default=None
        How many of the latest runs are wanted, by the names of their files, and more where
        those do not tell which are later; None: all.
    only : collection of (int, str), default=()
        Begin and id of the only runs that are wanted; none: those that `newest` says.

    Returns
    -------
    list of StoredFile
        The files, each run in one of them only.
    """
    if path.is_file():
        return [_of_file(path)]
    return steady(partial(_look, path, selection, newest, only), path, selection.pipeline)


def _look(
    path: Path, selection: Selection, newest: int | None, only: Collection[tuple[int, str]]
) -> list[StoredFile]:
    in_time = _in_time(selection)
    runs = (file for file in run_files(path, selection.pipeline) if in_time(file.path))
    files = {_place(file): file for file in runs}
    names = [pack for pack in pack_files(path, selection.pipeline) if in_time(pack)]
    wanted: set[Place] | None = None
    if only:
        needed = {run_stem(*run) for run in only}
        stems, _ = _stems_of(files)
        packs, problems = open_packs(_not_before(min(needed), names))
        stems |= {place: place[0] for pack in packs for place in _places_in(pack)}
        wanted = {place for place, stem in stems.items() if stem in needed}
    elif newest is None:
        packs, problems = open_packs(names)
    else:
        stems, wanted = _stems_of(files)
        packs, problems = _open_latest(names, stems, newest)
        packed = {place: place[0] for p in not_replaced(packs) for place in _places_in(p)}
        wanted |= _latest(packed | stems, newest)
    found = [_of_run(file) for place, file in files.items() if wanted is None or place in wanted]
    found += _of_packs(not_replaced(packs), files, wanted)
    return found + [StoredFile(name, "problem", [text]) for name, text in problems.items()]


def _in_time(selection: Selection) -> Callable[[Path], bool]:
    """Return what tells whether a file may hold selected runs, as far as its name says when."""
    since = "" if selection.since is None else stem_at(selection.since)
    until = "~" if selection.until is None else stem_at(selection.until)

    def may_hold(file: Path) -> bool:
        if file.suffix == PACK_SUFFIX:
            first, last = pack_stamps(file) or (until, since)
        else:
            first = last = file.stem.partition("-")[0] if is_run_stem(file.stem) else since
        return first <= until and since <= last

    return may_hold


def _stems_of(files: Mapping[Place, RunFile]) -> tuple[dict[Place, str], set[Place]]:
    """Return what sorts runs by time, and the files that no store named and that have no run."""
    stems, odd = {}, set()
    for place, file in files.items():
        if is_run_stem(place[0]):
            stems[place] = place[0]
        elif run := read_runs([file]):
            stems[place] = run_stem(run[0]["start_ns"], run[0]["run_id"])
        else:
            odd.add(place)
    return stems, odd


def _not_before(stem: str, packs: Iterable[Path]) -> list[Path]:
    """Return packs that may hold a run as late as that."""
    stamp = stem.partition("-")[0]
    return [pack for pack in packs if (last_stamp(pack) or "~") >= stamp]


def _latest(stems: Mapping[Place, str], newest: int) -> set[Place]:
    if len(stems) <= newest:
        return set(stems)
    last = heapq.nlargest(newest, stems.values())[-1].partition("-")[0]
    return {place for place, stem in stems.items() if stem >= last}


def _open_latest(
    names: Iterable[Path], stems: Mapping[Place, str], newest: int
) -> tuple[list[Pack], dict[str, str]]:
    """Open those packs that may hold one of the latest runs, and those whose names do not tell."""
    packs: list[Pack] = []
    problems: dict[str, str] = {}
    counted = set(stems)
    latest = heapq.nlargest(newest, stems.values())[::-1]  # sorted, so it is a heap
    for name in sorted(names, key=lambda name: last_stamp(name) or "~", reverse=True):
        if len(latest) == newest and latest[0] > (last_stamp(name) or "") + "~":
            break
        opened, problem = open_packs([name])
        problems |= problem
        packs += opened
        for place in (p for pack in opened for p in _places_in(pack) if p not in counted):
            counted.add(place)
            if len(latest) < newest:
                heapq.heappush(latest, place[0])
            else:
                heapq.heappushpop(latest, place[0])
    return sorted(packs), problems


def _places_in(pack: Pack) -> list[Place]:
    return [(stem, str(pack.path.parent)) for stem in pack.stems]


def _place(file: RunFile) -> Place:
    return file.path.stem, str(file.path.parent)


def _of_packs(
    packs: Iterable[Pack], files: Iterable[Place], wanted: Container[Place] | None
) -> Iterator[StoredFile]:
    """Yield packs; a run of several files counts once, and most in a file of its own."""
    seen = set(files)
    for pack in packs:
        places = _places_in(pack)
        passed = [p for p in places if p in seen or not (wanted is None or p in wanted)]
        if not places or len(passed) < len(places):
            yield StoredFile(str(pack.path), "pack", [stem for stem, _ in passed])
        seen.update(places)


def _of_run(file: RunFile) -> StoredFile:
    kind = "journal" if file.is_journal else "run"
    return StoredFile(str(file.path), kind, [str(part) for part in file.parts])


def _of_file(path: Path) -> StoredFile:
    if path.suffix == PACK_SUFFIX:
        return StoredFile(str(path), "pack", [])
    return _of_run(RunFile(path, path.suffix == JOURNAL_SUFFIX, parts_of_run(path)))


def pipelines_of_folders(path: Path) -> set[str]:
    """Return which pipelines the latest runs of a folder and of those below it are of."""
    if path.is_file():
        return set()
    return set().union(*map(_latest_pipelines, folders_in(path)))


def _latest_pipelines(folder: Path) -> Collection[str]:
    for file in sorted(runs_in(folder), key=_place, reverse=True):
        if run := read_runs([file]):
            return [run[0]["pipeline"]]
    for name in sorted(packs_in(folder), reverse=True):
        if packs := open_packs([name])[0]:
            return list(packs[0].about.get("pipelines", ()))
    return ()


# -- reading --------------------------------------------------------------------------------------


def read_outlined(
    file: StoredFile, folder: Path, selection: Selection, outlines: Outlines | None = None
) -> Iterator[Trace | PackedRun]:
    """Read the selected runs of a file, one after another; all as traces without outlines.

    Raises
    ------
    FileNotFoundError
        If it is gone.
    TraceFileError
        If it cannot be read.
    """
    path = Path(file.path)
    if file.kind == "problem":
        raise TraceFileError(file.others[0])
    if file.kind == "pack":
        from lineage_stats.storage._pack import read_about

        pack = Pack(path, read_about(path))
        without = set(file.others)
        yield from iter_selected(pack, selection, _no_history, without=without, outlines=outlines)
        return
    run_file = RunFile(path, file.kind == "journal", tuple(map(Path, file.others)))
    trace = read_run_file(run_file, selection, folder)
    if trace is not None:
        yield trace


def iter_stored(
    path: Path,
    selection: Selection = _ALL,
    newest: int | None = None,
    only: Collection[tuple[int, str]] = (),
) -> Iterator[Trace | Problem]:
    """Read runs as `iter_outlined` does, all as traces."""
    for run in iter_outlined(path, selection, newest, only):
        if isinstance(run, Trace | Problem):
            yield run


def iter_outlined(
    path: Path,
    selection: Selection = _ALL,
    newest: int | None = None,
    only: Collection[tuple[int, str]] = (),
    outlines: Outlines | None = None,
) -> Iterator[Trace | PackedRun | Problem]:
    """Read runs one after another, holding none of them.

    The name of a file does not tell how its run is tagged: where that counts, files are read
    from the latest on until they hold as many selected runs as are wanted.

    Parameters
    ----------
    path, only
        As in `stored_files`.
    selection : Selection, default=Selection()
        Which runs are wanted.
    newest : int, default=None
        How many of the latest are wanted; some older ones may be read as well. None: all.
    outlines : Outlines, default=None
        Outlines that are known; packed runs of these need not be made. None: all runs are traces.

    Yields
    ------
    Trace, PackedRun or Problem
        A run, or a file that could not be read.
    """
    reader = _Reader(path, selection, outlines)
    if newest is None or only or selection.takes_all:
        yield from reader.read(newest, only)
        return
    n_files = newest
    before: list[StoredFile] | None = None
    while len(reader.found) < newest and reader.files != before:
        before = reader.files
        yield from reader.read(n_files)
        n_files *= 2
    if len(reader.found) < newest:
        yield from reader.read(None)  # many may have begun at the same moment


class _Reader:
    """Reads the runs of a store, each once.

    Attributes
    ----------
    found : set of Place
        Runs that were read and are selected.
    files : list of StoredFile
        Files that were listed last.
    """

    def __init__(self, path: Path, selection: Selection, outlines: Outlines | None) -> None:
        self.found: set[Place] = set()
        self.files: list[StoredFile] = []
        self._path, self._selection, self._outlines = path, selection, outlines
        self._done: dict[str, list[str]] = {}  # path -> runs in it that were passed over
        self._bad: set[str] = set()

    def read(
        self, newest: int | None, only: Collection[tuple[int, str]] = ()
    ) -> Iterator[Trace | PackedRun | Problem]:
        """Read what is not read yet; what is gone, as it was merged, is looked for once more."""
        for _ in range(ATTEMPTS):
            self.files = stored_files(self._path, self._selection, newest, only)
            gone = False
            for file in self.files:
                if self._done.get(file.path) == file.others or file.path in self._bad:
                    continue
                try:
                    yield from self._read_file(file)
                except FileNotFoundError:
                    gone = True
                    continue
                except (TraceFileError, OSError) as error:
                    self._bad.add(file.path)
                    yield Problem(file.path, str(error))
                self._done[file.path] = file.others
            if not gone:
                return

    def _read_file(self, file: StoredFile) -> Iterator[Trace | PackedRun]:
        folder = str(Path(file.path).parent)
        for run in read_outlined(file, self._path, self._selection, self._outlines):
            head = run if isinstance(run, Trace) else run.head
            # A run may have ended or been packed since it was read.
            place = (run_stem(head.start_ns, head.run_id), folder)
            if place not in self.found:
                self.found.add(place)
                yield run


def _no_history(run: Mapping[str, Any]) -> Any:
    return None
