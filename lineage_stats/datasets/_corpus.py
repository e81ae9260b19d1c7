"""Loads recorded runs of real pipelines with known faults: a bundled selection, or all."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal, overload

from lineage_stats.datasets._bunch import Bunch
from lineage_stats.datasets._corpus_files import (
    LABELS,
    Targets,
    as_bunch,
    chosen,
    read_manifest,
    read_stored,
    verify_files,
)
from lineage_stats.datasets._planted import HEALTHY, read_labels
from lineage_stats.trace import TraceSet

PARTS = ("development", "validation", "test")
PACK = "runs.parquet"


@overload
def load_faulty_pipelines(
    *,
    pipeline: str | None = ...,
    as_frame: bool = ...,
    return_traces: Literal[False] = ...,
) -> Bunch: ...
@overload
def load_faulty_pipelines(
    *,
    pipeline: str | None = ...,
    as_frame: bool = ...,
    return_traces: Literal[True],
) -> tuple[TraceSet, Targets]: ...
def load_faulty_pipelines(
    *, pipeline: str | None = None, as_frame: bool = False, return_traces: bool = False
) -> Bunch | tuple[TraceSet, Targets]:
    """Load recorded runs of several pipelines, healthy ones and ones with known faults.

    A selection from the corpus that ``paper/record_corpus.py`` records, bundled with the package.

    Parameters
    ----------
    pipeline : str, default=None
        Load only the runs of this pipeline.
    as_frame : bool, default=False
        Whether ``labels`` is a DataFrame.
    return_traces : bool, default=False
        Whether to return ``(traces, target)`` in place of a `Bunch`.

    Returns
    -------
    Bunch or tuple of (TraceSet, tuple)
        Dict-like, with the entries

        * ``traces`` (TraceSet of length n_runs): the runs, those of an earlier day first. Tags say
          ``pipeline``, ``role`` (history: healthy, to learn from; present: healthy, on the days of
          the faulty ones; case), ``part``, ``day``, ``status``, and for cases ``case``, ``class``,
          ``kind``, ``severity``, ``seed``;
        * ``target`` (tuple of length n_runs): for each run the keys that the operations at fault
          have in healthy runs (`Contribution.canonical`), or in this one where they were put in, a
          tuple; it is empty where only something harmless was changed, and None in healthy runs;
        * ``faults`` (tuple of RecordedFault or None, length n_runs): what was planted;
        * ``labels`` (tuple of dict, or DataFrame, of length n_runs): all that is known of each run;
        * ``manifest`` (dict): the pipelines, the kinds of faults, versions, and checksums;
        * ``DESCR`` (str): description of the corpus.

        With ``return_traces=True``, only the first two.

    Raises
    ------
    ValueError
        If there is no such pipeline.
    TraceFileError
        If a file of the installation is damaged.

    See Also
    --------
    load_corpus : Load a corpus that was recorded as a whole.
    make_runs : Simulate runs of one pipeline, of any number.

    Examples
    --------
    >>> from lineage_stats.datasets import load_faulty_pipelines
    >>> runs = load_faulty_pipelines(pipeline="parcels")
    >>> len(runs.traces.filter(tags={"role": "history"}))
    40
    >>> fault = next(f for f in runs.faults if f is not None and f.kind == "nulls_injected")
    >>> fault.target
    ('load/read_csv#1',)
    """
    with as_file(files("lineage_stats.datasets") / "data" / "faulty_pipelines") as folder:
        manifest = read_manifest(folder)
        verify_files(folder, {PACK: manifest["sha256"]})
        rows = chosen(read_labels(folder / LABELS), pipeline, "load_faulty_pipelines")
        from lineage_stats.storage._pack import read_pack

        traces = read_pack(folder / PACK)
    wanted = {row["run_id"] for row in rows}
    found = [trace for trace in traces if trace.run_id in wanted]
    return as_bunch(found, rows, manifest, as_frame, return_traces)


@overload
def load_corpus(
    folder: str | Path,
    *,
    part: str = ...,
    pipeline: str | None = ...,
    as_frame: bool = ...,
    return_traces: Literal[False] = ...,
    verify: bool = ...,
) -> Bunch: ...
@overload
def load_corpus(
    folder: str | Path,
    *,
    part: str = ...,
    pipeline: str | None = ...,
    as_frame: bool = ...,
    return_traces: Literal[True],
    verify: bool = ...,
) -> tuple[TraceSet, Targets]: ...
def load_corpus(
    folder: str | Path,
    *,
    part: str = "development",
    pipeline: str | None = None,
    as_frame: bool = False,
    return_traces: bool = False,
    verify: bool = True,
) -> Bunch | tuple[TraceSet, Targets]:
    """Load one part of a corpus that ``paper/record_corpus.py`` has recorded.

    Parameters
    ----------
    folder : str or Path
        Folder of the corpus.
    part : {"development", "validation", "test"}, default="development"
        Which part. The last has pipelines and kinds of faults that the others have not: it is for
        the final figures of a finished method, and to be looked at once.
    pipeline : str, default=None
        Load only the runs of this pipeline.
    as_frame : bool, default=False
        Whether ``labels`` is a DataFrame.
    return_traces : bool, default=False
        Whether to return ``(traces, target)`` in place of a `Bunch`.
    verify : bool, default=True
        Whether to compare every file with its checksum in the manifest.

    Returns
    -------
    Bunch or tuple of (TraceSet, tuple)
        As of `load_faulty_pipelines`. Cases of the last part may be of pipelines of another one:
        the healthy runs of these come from there.

    Raises
    ------
    NoTracesError
        If the folder, the part or the file of a run is not there.
    TraceFileError
        If a file is not the one that was recorded.
    SchemaVersionError
        If a newer version of the package wrote it.
    ValueError
        If `part` or `pipeline` is not one of those that there are.

    See Also
    --------
    load_faulty_pipelines : A selection that comes with the package.

    Notes
    -----
    A run takes some milliseconds to load; a part has some thousand.

    Examples
    --------
    >>> from lineage_stats.datasets import load_corpus
    >>> load_corpus("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    lineage_stats.exceptions.NoTracesError: No corpus was found: the folder ... does not exist. ...
    """
    if part not in PARTS:
        raise ValueError(
            f"The 'part' parameter of load_corpus must be one of {', '.join(PARTS)}. "
            f"Got {part!r} instead."
        )
    root = Path(folder)
    manifest = read_manifest(root / part)
    rows = chosen(read_labels(root / part / LABELS), pipeline, "load_corpus")
    traces = read_stored(root / part, manifest, rows, verify)
    for name in sorted({row["pipeline"] for row in rows if row["class"] != HEALTHY}):
        if not any(row["pipeline"] == name and row["class"] == HEALTHY for row in rows):
            home = root / manifest["pipelines"][name]["part"]
            healthy = [
                row
                for row in read_labels(home / LABELS)
                if row["pipeline"] == name and row["class"] == HEALTHY
            ]
            traces += read_stored(home, read_manifest(home), healthy, verify)
            rows += healthy
    return as_bunch(traces, rows, manifest, as_frame, return_traces)
