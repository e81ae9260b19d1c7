"""A score on disk: JSON for the verdict, Parquet for the tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from lineage_stats.detectors._score import TraceScore
from lineage_stats.exceptions import TraceFileError

FORMAT: Final = "lineage_stats score"
_JSON: Final = "score.json"
_TABLES: Final = ("cells", "operations")


def save_score(score: TraceScore, path: Path) -> Path:
    """Write a score to the folder `path`."""
    if path.exists() and not (path.is_dir() and (_is_ours(path) or not any(path.iterdir()))):
        raise FileExistsError(f"{path} exists and holds no score. Choose an empty or a new folder.")
    path.mkdir(parents=True, exist_ok=True)
    record = score.to_dict()
    for name in _TABLES:
        pq.write_table(pa.Table.from_pylist(record.pop(name)), path / f"{name}.parquet")
    text = json.dumps({"format": FORMAT, **record}, ensure_ascii=False, indent=1)
    (path / _JSON).write_text(text, encoding="utf-8")
    return path


def _is_ours(path: Path) -> bool:
    file = path / _JSON
    return file.is_file() and FORMAT.encode() in file.read_bytes()


def load_score(path: str | Path) -> TraceScore:
    """Read a score that `TraceScore.save` wrote, with this version or an older one.

    Parameters
    ----------
    path : str or Path
        Folder of the score.

    Returns
    -------
    TraceScore
        The score.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    TraceFileError
        If the folder holds no readable score, or one of a newer version.

    Examples
    --------
    >>> import tempfile
    >>> from lineage_stats.datasets import make_runs
    >>> from lineage_stats.detectors import ZScoreDetector, load_score
    >>> traces, _ = make_runs(31, random_state=0, return_traces=True)
    >>> score = ZScoreDetector().fit(traces[:30]).score(traces[30])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = load_score(score.save(f"{folder}/score"))
    >>> again.p_value == score.p_value
    True
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no score at {path}: no such folder.")
    try:
        record: dict[str, Any] = json.loads((path / _JSON).read_text(encoding="utf-8"))
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            raise ValueError(f"{_JSON} was not written by lineage_stats")
        tables = {n: pq.read_table(path / f"{n}.parquet").to_pylist() for n in _TABLES}
        return TraceScore.from_dict({**record, **tables})
    except TraceFileError:
        raise
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise TraceFileError(
            f"{path} is no readable score ({type(error).__name__}: {error}). Score the run again."
        ) from error
