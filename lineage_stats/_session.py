"""One recorded run: hooks, recorder and store put together."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from contextvars import Token
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lineage_stats import _environment, _open_runs
from lineage_stats._config import (
    FEATURE_LEVELS,
    Settings,
    ignored_settings,
    settings_from_environment,
)
from lineage_stats._exit import is_failure
from lineage_stats._git import ChangeCheck, git_head
from lineage_stats._interrupts import pass_on
from lineage_stats._writer import Writer
from lineage_stats.hooks import Hooks, Recorder
from lineage_stats.hooks._foreign import program_is_installed
from lineage_stats.hooks._owners import OWNER
from lineage_stats.hooks._recorder import Sink
from lineage_stats.hooks._steps import Cell
from lineage_stats.hooks._swap import ACTIVE
from lineage_stats.storage import Journal, TraceStore
from lineage_stats.storage._layout import parts_of_run

if TYPE_CHECKING:
    from lineage_stats.trace import Trace

logger = logging.getLogger("lineage_stats")

_told: set[str] = set()  # what need not be said again in this process

GIT_SECONDS = 0.05  # that a run waits at its end to learn whether files were changed


class Session:
    """A run that is being recorded.

    Made by `record`; not meant to be made directly.

    Attributes
    ----------
    run_id : str
        Name of the run.
    pipeline : str
        Name of the pipeline.
    directory : Path
        Folder of the trace store.
    path : Path or None
        File of the finished run; None before, or where it could not be written.
    tags : dict of str to str
        Tags of the run; may be added to until the run ends.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.run_id = os.urandom(6).hex()
        self.pipeline = settings.pipeline or default_pipeline()
        self.directory = Path(_current_directory() or os.sep, settings.directory)
        self.tags = {str(k): str(v) for k, v in settings.tags.items()}
        self.path: Path | None = None
        self._start_ns = time.time_ns()
        self._zero = time.perf_counter_ns()
        self._recorder: Recorder | None = None
        self._journal: Journal | None = None
        self._where = _current_directory()
        self._repository, self._git = _repository(self._where)
        self._pid = os.getpid()
        self._gave_up = False
        self.writer = Writer(self._keep_writing)
        self._noted = 0

    @property
    def recording(self) -> bool:
        """Whether the run is being recorded at present."""
        return self._recorder is not None

    @property
    def listener(self) -> Recorder | None:
        """Who is told of the program's calls; nobody once the trace cannot be written."""
        return None if self._gave_up else self._recorder

    def start(self) -> None:
        """Begin to record; where the folder cannot be written, say so and record nothing."""
        if self.settings.disabled:
            return
        for told in ignored_settings():
            if told not in _told:
                _told.add(told)
                logger.warning("%s", told)
        try:
            self._journal = TraceStore(self.directory).begin(self._run_record())
            with _open_runs.hooks_for_a_new_run() as hooks:
                self._recorder = self._new_recorder(self._journal, hooks)
                _open_runs.add(self)
        except Exception as error:
            pass_on(error)
            # Whatever goes wrong here, the user's program has its own work to do.
            logger.warning("This run is not recorded: %s", error)
            if self.settings.strict:
                raise

    def _new_recorder(self, sink: Sink, hooks: Hooks) -> Recorder:
        return Recorder(
            sink,
            features=self.settings.features,
            sample_rows=self.settings.sample_rows,
            strict=self.settings.strict,
            hooks=hooks,
            user_packages=self.settings.user_packages,
            on_first=self.writer.start,
        )

    def start_cell(self, cell: Cell) -> None:
        """Let what is called from now on belong to a notebook's cell."""
        recorder = self._recorder
        if recorder is None:
            return
        try:
            recorder.start_cell(cell)
        except Exception as error:
            pass_on(error)
            # The cell has its own work to do.
            logger.warning("A cell cannot be told from the one before: %r", error)
            if self.settings.strict:
                raise

    def finish(self, status: str = "ok") -> None:
        """End the run and write its file; a second call does nothing."""
        recorder, self._recorder = self._recorder, None
        if recorder is None or self._pid != os.getpid():
            return
        _open_runs.remove(self)
        self.writer.stop(timeout=10.0)
        try:
            self._write(recorder, status)
        except Exception as error:
            pass_on(error)
            # Whatever goes wrong here, the user's program has done its work.
            if not self._gave_up:  # then it has been said
                logger.warning("The end of this run could not be recorded: %r", error)
            if self.settings.strict:
                raise

    def trace(self) -> Trace:
        """Load the finished run.

        Raises
        ------
        FileNotFoundError
            If the run is not finished, was not recorded, or could not be written.
        """
        from lineage_stats.storage import load_traces

        if self.path is None:
            raise FileNotFoundError(
                f"Run {self.run_id} has no file: it is not finished, it could not be written, or "
                "recording is switched off (LINEAGE_STATS_DISABLED)."
            )
        return load_traces(self.path)[0]

    def so_far(self) -> Trace:
        """Load what is written of the run, which may still go on.

        Raises
        ------
        FileNotFoundError
            If nothing was recorded.
        """
        from lineage_stats.storage import load_traces

        recorder, journal = self._recorder, self._journal
        if recorder is None or journal is None:
            return self.trace()
        recorder.flush()
        return load_traces(journal.path)[0]

    def __repr__(self) -> str:
        state = "recording" if self.recording else "ended"
        return f"<Session {self.run_id} of '{self.pipeline}': {state}>"

    def _run_record(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "pipeline": self.pipeline,
            "start_ns": self._start_ns,
            "tags": self.tags,
            "environment": {**_environment.at_start(), **self._git},
        }

    def _write(self, recorder: Recorder, status: str) -> None:
        journal = self._journal
        if journal is None:
            return
        check = ChangeCheck(self._repository if self._git and recorder.n_operations else None)
        try:
            has_parts = bool(parts_of_run(journal.path))
            if recorder.n_operations or has_parts:
                with suppress(Exception):  # loading Arrow takes a while: git has time to answer
                    importlib.import_module("lineage_stats.storage._parquet")
            recorder.flush(write=False)
            end = self._end_record(recorder, status, check.answer(GIT_SECONDS))
        except BaseException:
            with suppress(OSError):
                journal.flush()  # what is known is not to be lost
            raise
        finally:
            check.answer()
        if recorder.n_operations or has_parts or "pyarrow" in sys.modules:
            self.path = TraceStore(self.directory).finish(journal, end)
        else:
            # Nothing happened: the journal says so, and the program need not wait for Arrow.
            journal.finish(end)
            self.path = journal.path

    def _end_record(
        self, recorder: Recorder, status: str, changes: dict[str, str]
    ) -> dict[str, Any]:
        problems = list(recorder.problems)
        if recorder.n_problems > len(problems):
            problems.append(f"and {recorder.n_problems - len(problems)} more")
        if self._gave_up:
            problems.append("recording stopped when the trace could not be written")
        return {
            "end_ns": self._start_ns + time.perf_counter_ns() - self._zero,
            "status": status,
            "complete": not problems,
            "tags": self.tags,
            "problems": problems,
            "environment": {
                **_environment.at_start(),
                **_environment.at_end(),
                **self._git,
                **changes,
                "untracked_inputs": str(recorder.data.n_untracked),
                "recording_seconds": f"{recorder.seconds:.6f}",
            },
        }

    def _keep_writing(self) -> bool:
        recorder = self._recorder
        if recorder is None:
            return False
        try:
            self._note_cost(recorder)
            recorder.flush()
        except Exception as error:  # noqa: BLE001  # a thread of ours must not complain
            pass_on(error)
            logger.warning("Recording stopped, the trace cannot be written: %s", error)
            self._give_up()
            return False
        return True

    def _note_cost(self, recorder: Recorder) -> None:
        """Say in the journal what recording has cost so far, where it has gone on."""
        if self._journal is not None and recorder.n_operations != self._noted:
            self._noted = recorder.n_operations
            self._journal.note({"recording_seconds": f"{recorder.seconds:.6f}"})

    def _give_up(self) -> None:
        """Stop watching for this run, so that memory does not grow."""
        self._gave_up = True
        _open_runs.refresh()

    def for_workers(self) -> dict[str, Any]:
        """Return what a worker process needs to know to write a part of the run."""
        return {
            "run_id": self.run_id,
            "pipeline": self.pipeline,
            "directory": str(self.directory),
            "start_ns": self._start_ns,
            "features": self.settings.features,
            "sample_rows": self.settings.sample_rows,
            "strict": self.settings.strict,
            "user_packages": list(self.settings.user_packages),
        }


class record:  # noqa: N801  # reads as a verb: with record(...):
    """Record what pandas and scikit-learn do inside a ``with`` block, as one run.

    Parameters
    ----------
    pipeline : str, default=None
        Name of the pipeline; runs of one name are compared with each other. None takes
        ``LINEAGE_STATS_PIPELINE``, else the file name of the script.
    tags : mapping of str to str, default=None
        Tags of the run, as ``{"status": "healthy"}``.
    directory : path-like, default=None
        Folder of the trace store; None takes ``LINEAGE_STATS_DIR``, else ``lineage_traces``.
    features : {"shape", "profile", "full"}, default=None
        What is measured: only sizes; columns, joins, splits and models too, within half a
        second and 2 % of the run's time; or the same, whatever time it takes. None takes
        ``LINEAGE_STATS_FEATURES``, else ``"profile"``.
    sample_rows : int, default=None
        Most rows looked at for one column profile; None takes ``LINEAGE_STATS_SAMPLE_ROWS``,
        else 1000.

    Raises
    ------
    TypeError
        If `pipeline` is no text, or `tags` is no mapping.
    ValueError
        If `features` is not one of the known levels, or `sample_rows` is less than 1.

    Notes
    -----
    The block runs exactly as it would without: an error of the recorder is counted and noted in
    the trace, never raised. An exception of the block goes through, and the run is marked as
    failed.

    A block owns the calls of the thread, or of the asynchronous task, that entered it, and those
    of threads started from inside of it; inside a block, a nested one takes over until it ends.
    Calls of threads that were started elsewhere belong to the run that began first among those
    that go on: all of them, as long as there is only one.

    With ``LINEAGE_STATS_DISABLED=1`` in the environment nothing is recorded.

    Examples
    --------
    >>> import tempfile
    >>> import lineage_stats
    >>> folder = tempfile.mkdtemp()
    >>> with lineage_stats.record("churn", tags={"status": "healthy"}, directory=folder) as run:
    ...     import pandas as pd
    ...     table = pd.DataFrame({"age": [31, None, 45]}).dropna()
    >>> [operation.name for operation in run.trace()]
    ['DataFrame', 'DataFrame.dropna']
    """

    def __init__(
        self,
        pipeline: str | None = None,
        *,
        tags: Mapping[str, str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        features: str | None = None,
        sample_rows: int | None = None,
    ) -> None:
        if features is not None and features not in FEATURE_LEVELS:
            raise ValueError(
                f"The 'features' parameter of record must be one of {set(FEATURE_LEVELS)}. "
                f"Got {features!r} instead."
            )
        if pipeline is not None and not isinstance(pipeline, str):
            raise TypeError(
                f"The 'pipeline' parameter of record must be a str. Got {pipeline!r} instead."
            )
        if tags is not None and not isinstance(tags, Mapping):
            raise TypeError(
                "The 'tags' parameter of record must be a mapping, as {'status': 'healthy'}. "
                f"Got {tags!r} instead."
            )
        if sample_rows is not None and sample_rows < 1:
            raise ValueError(
                "The 'sample_rows' parameter of record must be an int of at least 1. "
                f"Got {sample_rows!r} instead."
            )
        env = settings_from_environment()
        self._settings = Settings(
            directory=os.fspath(directory) if directory is not None else env.directory,
            pipeline=pipeline if pipeline is not None else env.pipeline,
            tags={**env.tags, **(tags or {})},
            features=features or env.features,
            sample_rows=sample_rows or env.sample_rows,
            user_packages=env.user_packages,
            strict=env.strict,
            disabled=env.disabled,
        )
        self._session: Session | None = None
        self._before: Token[Recorder | None]

    def __enter__(self) -> Session:
        self._session = Session(self._settings)
        self._session.start()
        self._before = OWNER.set(self._session._recorder or OWNER.get())
        return self._session

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(ValueError):  # left in another context than it was entered in
                OWNER.reset(self._before)
            session.finish("failed" if _is_failure(error) else "ok")


def log_metric(
    name: str,
    value: float,
    *,
    inputs: Iterable[Any] = (),
    greater_is_better: bool | None = None,
) -> None:
    """Record a metric that the program computed itself, in the run that is being recorded.

    Parameters
    ----------
    name : str
        Name of the metric.
    value : float
        Its value.
    inputs : iterable of object, default=()
        Data (frames, series, arrays) that it was computed from, or one such object: what made
        them are its upstream operations.
    greater_is_better : bool, default=None
        Which way the metric is better, where its name does not tell: see `attribute_root_cause`.

    Notes
    -----
    Does nothing where nothing is being recorded. A value that is no number, and inputs that are
    neither data nor can be iterated over, are noted in the trace as a problem, and never raise.
    """
    recorder = ACTIVE[0]
    if recorder is not None:
        recorder.log_metric(name, value, inputs, greater_is_better=greater_is_better)


def default_pipeline() -> str:
    """Return the name of the running script, without folder and ending."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None) or (sys.argv[0] if sys.argv else "")
    stem = Path(str(file)).stem
    if stem == "ipykernel_launcher":
        return "notebook"
    return stem if stem and stem not in ("-c", "-m", "__main__") else "interactive"


def _repository(directory: str | None) -> tuple[str | None, dict[str, str]]:
    """Return a folder of the repository of the program, and what is checked out there.

    A script may be run from anywhere. What is installed, and what is ours, is a tool of the
    program that the current folder holds.
    """
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if isinstance(file, str) and not program_is_installed():
        folder = Path(directory or "", file).parent
        ours = folder.is_relative_to(Path(__file__).parent)
        # Without a current folder nobody knows where a relative path leads.
        if folder.is_absolute() and not ours and (found := git_head(folder)):
            return str(folder), found
    return directory, git_head(directory)


def _is_failure(error: BaseException | None) -> bool:
    return is_failure(error.code) if isinstance(error, SystemExit) else error is not None


def _current_directory() -> str | None:
    """Return the current folder; None where it was removed."""
    try:
        return os.getcwd()  # noqa: PTH109  # light
    except OSError:
        return None
