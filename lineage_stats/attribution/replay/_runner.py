"""Runs one version of a script in a temporary copy of its tree."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lineage_stats.attribution.replay._arguments import with_option
from lineage_stats.attribution.replay._coalitions import Coalition, Outcome
from lineage_stats.attribution.replay._code import ChangedFile
from lineage_stats.attribution.replay._memory import Memory, stable_environment
from lineage_stats.attribution.replay._process import Processes, last_line
from lineage_stats.attribution.replay._recorded import check_stayed_inside, trace_with
from lineage_stats.attribution.replay._tree import copy_file, digest_of, remove

# Seeds that a script leaves to chance are the same in every version.
_START = (
    "import random, numpy; random.seed({seed}); numpy.random.seed({seed}); "
    "from lineage_stats.cli import main; main()"
)
_NOT_PASSED_ON = ("LINEAGE_STATS_DISABLED", "LINEAGE_STATS_TAGS", "LINEAGE_STATS_STRICT")


class RunFailedError(Exception):
    """A version did not get as far as the metric."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where runs happen, and what is wanted of them.

    Attributes
    ----------
    root : Path
        Top of the user's tree.
    folder : str
        Where the script runs, relative to that.
    temporary : Path
        Folder of the replay, which holds the ``template`` of all versions.
    metric, pipeline : str
        What to look for in the trace.
    timeout : float
        Seconds of a run.
    metric_of : callable or None
        Reads the metric otherwise.
    """

    root: Path
    folder: str
    temporary: Path
    metric: str
    pipeline: str
    timeout: float
    metric_of: Callable[[Path], float] | None = None


@dataclass(frozen=True, kw_only=True)
class Versions:
    """What is where in which version; suspects are known by their names."""

    words: tuple[str, ...]
    changed: tuple[ChangedFile, ...]
    files: Mapping[str, tuple[str, Path, Path | None]]
    options: Mapping[str, str | None]
    variables: Mapping[str, str | None]

    def contents(self, coalition: Coalition) -> dict[str, bytes | None]:
        """Return the changed files; None where there is none."""
        return {file.path: file.version(coalition) for file in self.changed}

    def sources(self, coalition: Coalition) -> dict[str, Path]:
        """Return the data files that are put in place, and where they are now."""
        chosen = {}
        for name, (target, old, new) in self.files.items():
            source = new if name in coalition else old
            if source is not None:
                chosen[target] = source
        return chosen

    def command(self, coalition: Coalition) -> tuple[str, ...]:
        """Return the command."""
        words = self.words
        for name, value in self.options.items():
            if name not in coalition:
                words = with_option(words, name, value)
        return words

    def environment(self, coalition: Coalition) -> dict[str, str | None]:
        """Return the variables that differ; None where it is not set."""
        return {name: value for name, value in self.variables.items() if name not in coalition}


class Runner:
    """Runs coalitions of suspects; each version once.

    Parameters
    ----------
    place : Place
        Where.
    versions : Versions
        What differs.
    memory : Memory
        What was run before.
    outside : iterable of str
        What else the result depends on.
    """

    def __init__(
        self, place: Place, versions: Versions, memory: Memory, outside: Iterable[str] = ()
    ) -> None:
        self._place, self._versions, self._memory = place, versions, memory
        self._processes = Processes()
        self._number = itertools.count()
        self._template = place.temporary / "template"
        self._made_of = _digest(
            [digest_of(self._template), place.folder, place.metric, sys.version, *outside],
            stable_environment(),
            {name: digest_of(path) for name, path in self._all_files()},
            _installed(),
        )

    def _all_files(self) -> Iterable[tuple[str, Path]]:
        for name, (_, old, new) in self._versions.files.items():
            yield f"{name} old", old
            if new is not None:
                yield f"{name} new", new

    def __call__(self, coalition: Coalition, seed: int = 0) -> float:
        """Run a version and return its metric."""
        key = self._key(coalition, seed)
        try:
            value = self._run(coalition, seed)
        except (RunFailedError, TimeoutError) as error:
            if isinstance(error, RunFailedError):
                self._memory.put(key, Outcome((), str(error)))
            raise
        self._memory.put(key, Outcome((value,)))
        return value

    def recall(self, coalition: Coalition, seed: int) -> Outcome | None:
        """Return what the same version gave before."""
        return self._memory.get(self._key(coalition, seed))

    def stop(self) -> None:
        """End all runs."""
        self._processes.stop()

    def _key(self, coalition: Coalition, seed: int) -> str:
        versions = self._versions
        contents = {
            path: None if text is None else hashlib.blake2b(text, digest_size=16).hexdigest()
            for path, text in versions.contents(coalition).items()
        }
        return _digest(
            [self._made_of, str(seed), *versions.command(coalition)],
            contents,
            {path: str(source) for path, source in versions.sources(coalition).items()},
            versions.environment(coalition),
        )

    def _run(self, coalition: Coalition, seed: int) -> float:
        work = self._place.temporary / f"run-{next(self._number)}"
        tree = work / self._place.root.name  # a script may look at the name of its folder
        try:
            self._build(coalition, tree)
            said, store = work / "said", work / "traces"
            command = self._command(coalition, store, seed)
            folder = tree / self._place.folder
            env = self._environment(coalition, tree, store, seed)
            code = self._processes.run(
                command, cwd=folder, env=env, said=said, timeout=self._place.timeout
            )
            return self._metric(folder, tree, store, code, said)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _build(self, coalition: Coalition, tree: Path) -> None:
        shutil.copytree(self._template, tree, symlinks=True)
        for path, text in self._versions.contents(coalition).items():
            target = tree / path
            if text is None:
                remove(target)
            elif not target.is_file() or target.read_bytes() != text:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text)
        for path, source in self._versions.sources(coalition).items():
            copy_file(source.resolve(), tree / path)

    def _command(self, coalition: Coalition, store: Path, seed: int) -> list[str]:
        words = self._versions.command(coalition)
        if not (words[0].endswith(".py") or words[0] == "-m"):
            return [*words]  # it records itself, to the folder that the environment names
        start = [sys.executable, "-c", _START.format(seed=seed), "run", "--quiet"]
        return [*start, "--dir", str(store), "--pipeline", self._place.pipeline, *words]

    def _environment(
        self, coalition: Coalition, tree: Path, store: Path, seed: int
    ) -> dict[str, str]:
        env = {name: v for name, v in os.environ.items() if name not in _NOT_PASSED_ON}
        env |= {
            "PYTHONHASHSEED": str(seed),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLBACKEND": env.get("MPLBACKEND", "Agg"),
            "LINEAGE_STATS_DIR": str(store),
            "LINEAGE_STATS_PIPELINE": self._place.pipeline,
            "LINEAGE_STATS_FEATURES": "shape",
            "PYTHONPATH": _python_path(self._place.root, tree),
        }
        for name, value in self._versions.environment(coalition).items():
            if value is None:
                env.pop(name, None)
            else:
                env[name] = value
        return env

    def _metric(self, folder: Path, tree: Path, store: Path, code: int, said: Path) -> float:
        if self._place.metric_of is not None:
            if code:
                raise RunFailedError(last_line(said) or f"exit code {code}")
            return float(self._place.metric_of(folder))
        trace = trace_with(self._place.metric, store, self._place.pipeline)
        if trace is None:
            why = last_line(said) if code else f"it ended without {self._place.metric}"
            raise RunFailedError(why or f"exit code {code}")
        check_stayed_inside(trace, tree, self._place.root)
        return trace.metrics[self._place.metric]


def _digest(parts: Iterable[str], *tables: Mapping[str, str | None]) -> str:
    text = json.dumps([[*parts], *({**table} for table in tables)], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _installed() -> dict[str, str | None]:
    """Return the state of the installed packages."""
    folder = Path(sysconfig.get_paths()["purelib"])
    return {str(folder): str(folder.stat().st_mtime_ns) if folder.exists() else None}


def _python_path(root: Path, tree: Path) -> str:
    """Return where modules are looked for: what lies in the user's tree is taken from the copy."""
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    paths = [*given, *_editable_folders(root)]
    moved = []
    for path in paths:
        absolute = Path(path).resolve()
        inside = absolute.is_relative_to(root)
        moved.append(str(tree / absolute.relative_to(root) if inside else absolute))
    return os.pathsep.join(dict.fromkeys(moved))


def _editable_folders(root: Path) -> list[str]:
    """Return folders of the tree that packages installed for development are imported from."""
    site = Path(sysconfig.get_paths()["purelib"])
    found = []
    for file in [*site.glob("*.pth"), *site.glob("__editable__*.py")]:
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.suffix == ".pth":
            lines = (line.strip() for line in text.splitlines())
            found += [line for line in lines if line and Path(line).is_relative_to(root)]
        else:
            paths = re.findall(re.escape(str(root)) + r"[^'\"]*", text)
            found += [str(Path(path).parent) for path in paths]
    return found
