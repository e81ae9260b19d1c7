"""Scripts of a git repository that are run again in temporary checkouts."""

from __future__ import annotations

import contextlib
import os
import shlex
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from lineage_stats.attribution._attribution import Attribution
from lineage_stats.attribution.replay._arguments import changed_options
from lineage_stats.attribution.replay._code import Candidate, ChangedFile, changed_code
from lineage_stats.attribution.replay._git import Repository
from lineage_stats.attribution.replay._locate import Accused, accused, weigh_file
from lineage_stats.attribution.replay._memory import Memory
from lineage_stats.attribution.replay._opened import Opened
from lineage_stats.attribution.replay._recorded import written_elsewhere
from lineage_stats.attribution.replay._runner import Place, Runner, Versions
from lineage_stats.attribution.replay._suspect import Suspect
from lineage_stats.attribution.replay._tree import copy_tree
from lineage_stats.exceptions import ReplayError
from lineage_stats.trace import Trace

_HIDDEN = "***"  # what the recorder puts in the place of a secret


@dataclass(frozen=True)
class ScriptReplay:
    """Runs a script again, with pieces of its code, data and settings put back.

    Each version runs in a temporary copy of the tree, with a trace store of its own; the
    repository and the work tree are only read. What can be reverted are the pieces of code that
    differ between the healthy commit and the run, and the files, options and variables given
    here.

    Parameters
    ----------
    command : str or sequence of str, default=None
        The script and its arguments, as ``"train.py --epochs 3"`` or ``"-m package.train"``; any
        other command has to record itself. None takes what the trace says.
    directory : path-like, default="."
        Folder in which the script runs; its repository is looked for from there.
    healthy : str, default=None
        Commit of the healthy version. None takes that of the last healthy run.
    faulty : str, default=None
        Commit of the faulty version. None takes that of the run, or the work tree where files
        had been changed or no commit was recorded.
    files : mapping of str to path-like, default={}
        Data files or folders that can be reverted: the name, relative to `directory`, and where
        the healthy version is; a pair also says where the faulty one is.
    options : mapping of str to str or None, default={}
        Options of the command that can be reverted, each with its healthy value; None where it
        was not given, ``""`` where it has no value. Options that differ from those of the last
        healthy run are found.
    variables : mapping of str to str or None, default={}
        Environment variables that can be reverted, each with its healthy value.
    untracked : bool or sequence of str, default=True
        Whether files that git does not keep come along, or which.
    timeout : float, default=None
        Seconds after which a run has broken down; None takes a minute and ten times as long as
        the run took.
    metric_of : callable, default=None
        Takes the folder in which the run ended and returns the metric. None reads it from the
        trace that the run recorded.
    allow_writes : bool, default=False
        Whether a script may be run again that wrote files outside of its tree.
    memory : path-like, default=None
        File to keep results in, so that no version is run twice, in another process neither.

    Notes
    -----
    All versions have the same seeds: that of Python's hashes, and those that ``random`` and
    ``numpy.random`` start with. A generator without a seed still gives another result each time;
    use ``Replay(run=ScriptReplay(...), n_repeats=3)`` then. A replay sees the outside world as it
    is today: databases, web services and files with absolute paths are not put back.

    Examples
    --------
    >>> from lineage_stats.attribution import ScriptReplay
    >>> ScriptReplay("train.py --epochs 3", healthy="v1.2", files={"orders.csv": "old.csv"})
    <ScriptReplay of train.py --epochs 3>
    """

    command: str | Sequence[str] | None = None
    _: KW_ONLY
    directory: str | os.PathLike[str] = "."
    healthy: str | None = None
    faulty: str | None = None
    files: Mapping[str, str | os.PathLike[str] | tuple[str | os.PathLike[str], ...]] = field(
        default_factory=dict
    )
    options: Mapping[str, str | None] = field(default_factory=dict)
    variables: Mapping[str, str | None] = field(default_factory=dict)
    untracked: bool | Sequence[str] = True
    timeout: float | None = None
    metric_of: Callable[[Path], float] | None = None
    allow_writes: bool = False
    memory: str | os.PathLike[str] | None = None

    def __repr__(self) -> str:
        words = self.command if isinstance(self.command, str) else shlex.join(self.command or ())
        return f"<ScriptReplay of {words or 'the recorded script'}>"

    @contextlib.contextmanager
    def open(
        self, trace: Trace, prior: Attribution, healthy_runs: Sequence[Trace]
    ) -> Iterator[Opened]:
        """Find what can be reverted, and make the copy that all versions are made from.

        Parameters
        ----------
        trace : Trace
            The run.
        prior : Attribution
            What the trace alone says.
        healthy_runs : sequence of Trace
            Healthy runs, oldest first.

        Yields
        ------
        Opened
            The suspects, and what runs a coalition.
        """
        found = self._find(trace, prior, healthy_runs)
        if not found.candidates:
            raise ReplayError(
                f"Nothing differs between the healthy version and run {trace.run_id}: "
                f"{'; '.join(found.notes) or 'the code is the same'}. Say what did: another "
                "healthy commit (healthy=, --healthy), or data files (files=, --data)."
            )
        with tempfile.TemporaryDirectory(
            prefix="lineage_stats_replay_", ignore_cleanup_errors=True
        ) as name:
            runner = self._runner(trace, prior, found, Path(name).resolve())
            try:
                ordered = sorted(found.candidates, key=lambda c: c.rank)
                suspects = tuple(candidate.suspect for candidate in ordered)
                yield Opened(suspects, runner, tuple(found.notes))
            finally:
                runner.stop()

    def _find(self, trace: Trace, prior: Attribution, healthy_runs: Sequence[Trace]) -> _Found:
        directory = Path(self.directory).resolve()
        if not directory.is_dir():
            raise ReplayError(f"There is no folder '{directory}' to run the script in.")
        repository = Repository.around(directory)
        root = repository.root if repository else directory
        self._check_writes(trace, root)
        found = _Found(directory, root, repository, self._words(trace))
        operations = accused(trace, prior, directory, root)
        if repository is not None:
            self._find_code(found, repository, trace, healthy_runs, operations)
        elif self.healthy:
            raise ReplayError(f"{directory} is in no git repository: there is no commit to revert.")
        self._find_files(found, operations)
        self._find_settings(found, trace, healthy_runs)
        return found

    def _check_writes(self, trace: Trace, root: Path) -> None:
        elsewhere = written_elsewhere(trace, root)
        if elsewhere and not self.allow_writes:
            raise ReplayError(
                f"Run {trace.run_id} wrote {', '.join(elsewhere[:3])} outside of {root}: each "
                "replayed run would write it again. Allow that with allow_writes=True "
                "(--allow-writes), or make the path relative."
            )

    def _words(self, trace: Trace) -> tuple[str, ...]:
        """Return the command, without the interpreter."""
        given = self.command
        if given is None:
            given = trace.environment.get("argv", "")
            if not given or given == "-c" or _HIDDEN in given:
                raise ReplayError(
                    f"Run {trace.run_id} does not say how it was started"
                    f"{' (a secret was left out)' if _HIDDEN in given else ''}. Say it: "
                    "ScriptReplay('train.py --epochs 3') (--script 'train.py --epochs 3')."
                )
        words = tuple(shlex.split(given) if isinstance(given, str) else given)
        if words and Path(words[0]).name.rstrip("0123456789.") == "python":
            words = words[1:]
        if not words:
            raise ReplayError("The command to run again is empty.")
        return words

    def _find_code(
        self,
        found: _Found,
        repository: Repository,
        trace: Trace,
        healthy_runs: Sequence[Trace],
        operations: Sequence[Accused],
    ) -> None:
        found.faulty = self._faulty_commit(found, repository, trace)
        healthy = self.healthy or _last_commit(healthy_runs)
        if healthy is None:
            found.notes.append("no healthy run recorded a commit with an unchanged work tree")
            return
        old = repository.commit(healthy)
        found.changed, candidates = changed_code(repository, old, found.faulty, operations)
        found.candidates += candidates
        if not found.changed:
            found.notes.append(f"the code is as in commit {old[:10]}")

    def _faulty_commit(self, found: _Found, repository: Repository, trace: Trace) -> str | None:
        """Return the commit of the run; None where the work tree stands for it."""
        if self.faulty is not None:
            return repository.commit(self.faulty)
        recorded = trace.environment.get("git_commit")
        if recorded is None or trace.environment.get("git_dirty") == "true":
            if repository.tracked():
                found.notes.append(
                    "the code of the run was not committed; the work tree as it is now stands "
                    "for it"
                )
            return None
        try:
            return repository.commit(recorded)
        except ReplayError:
            raise ReplayError(
                f"Run {trace.run_id} was made of commit {recorded[:10]}, which is not in "
                f"{repository.root}. Fetch it, or name the faulty version (faulty=, --faulty)."
            ) from None

    def _find_files(self, found: _Found, operations: Sequence[Accused]) -> None:
        for name, given in self.files.items():
            versions = given if isinstance(given, tuple) else (given,)
            old, new = Path(versions[0]), Path(versions[1]) if len(versions) > 1 else None
            target = Path(os.path.normpath(found.directory / name))
            for path in (old, *([new] if new else [])):
                if not path.exists():
                    raise ReplayError(f"There is no file '{path}' to put in the place of '{name}'.")
            if not target.is_relative_to(found.root):
                raise ReplayError(
                    f"'{name}' is outside of {found.root}, and cannot be replaced there. If the "
                    "script is told where its data is, revert that option (options=, --option)."
                )
            weight, readers = weigh_file(operations, target)
            found.files[name] = (target.relative_to(found.root).as_posix(), old, new)
            suspect = Suspect(name, "data", readers, f"{name} -> as in {old}")
            found.candidates.append(Candidate(suspect, weight))

    def _find_settings(self, found: _Found, trace: Trace, healthy_runs: Sequence[Trace]) -> None:
        found.options = {**_changed_since(trace, healthy_runs), **self.options}
        for kind, settings in (("parameter", found.options), ("environment", self.variables)):
            for name, value in settings.items():
                was = "was not set" if value is None else f"was {value}" if value else "was set"
                found.candidates.append(Candidate(Suspect(name, kind, detail=was)))

    def _runner(self, trace: Trace, prior: Attribution, found: _Found, temporary: Path) -> Runner:
        template = temporary / "template"
        copy_tree(
            found.root, template, found.repository, found.faulty,
            untracked=self.untracked, left=[found.directory / "lineage_traces"],
        )  # fmt: skip
        place = Place(
            root=found.root,
            folder=found.directory.relative_to(found.root).as_posix(),
            temporary=temporary,
            metric=prior.metric,
            pipeline=trace.pipeline,
            timeout=self.timeout or 60 + 10 * trace.duration,
            metric_of=self.metric_of,
        )
        versions = Versions(
            words=found.words,
            changed=tuple(found.changed),
            files=found.files,
            options=found.options,
            variables=self.variables,
        )
        memory = Memory(None if self.memory is None else Path(self.memory))
        return Runner(place, versions, memory, _outside(trace, found.root))


@dataclass
class _Found:
    """What is known of the two versions."""

    directory: Path
    root: Path
    repository: Repository | None
    words: tuple[str, ...]
    faulty: str | None = None
    changed: list[ChangedFile] = field(default_factory=list)
    files: dict[str, tuple[str, Path, Path | None]] = field(default_factory=dict)
    options: Mapping[str, str | None] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _last_commit(runs: Sequence[Trace]) -> str | None:
    """Return the commit of the last run whose code was committed."""
    clean = (r.environment for r in reversed(runs) if r.environment.get("git_dirty") != "true")
    return next((env["git_commit"] for env in clean if "git_commit" in env), None)


def _changed_since(trace: Trace, runs: Sequence[Trace]) -> Mapping[str, str | None]:
    """Return the options that the last healthy run had otherwise."""
    now = shlex.split(trace.environment.get("argv", ""))
    before = shlex.split(runs[-1].environment.get("argv", "")) if runs else []
    if not (now and before) or now[0] != before[0] or _HIDDEN in " ".join((*now, *before)):
        return {}
    return changed_options(before[1:], now[1:]) or {}


def _outside(trace: Trace, root: Path) -> Iterable[str]:
    """Return the state of files elsewhere that the run read: they may have changed since."""
    for op in trace:
        path = Path(op.facts.get("file[path]", ""))
        if op.kind == "source" and path.is_absolute() and not path.is_relative_to(root):
            with contextlib.suppress(OSError):
                state = path.stat()
                yield f"{path} {state.st_size} {state.st_mtime_ns}"
