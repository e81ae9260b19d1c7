"""A fitted detector on disk: JSON for what is named, Parquet for arrays; nothing is pickled."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from lineage_stats.detectors._base import BaseDetector
from lineage_stats.detectors._calibration import Calibration
from lineage_stats.detectors._estimators import described, is_estimator, restored
from lineage_stats.detectors._history import accepted_in
from lineage_stats.detectors._inputs import Runs
from lineage_stats.detectors._laws import Laws
from lineage_stats.detectors._news import NewsModel
from lineage_stats.detectors._precedents import Precedents
from lineage_stats.detectors._profiles import Profiles
from lineage_stats.detectors._roles import (
    DISTANCE,
    NOTICE_STATISTICS,
    Roles,
    cell_table,
    one_sided,
)
from lineage_stats.detectors._steps import StepModel
from lineage_stats.detectors._time import TimeModel
from lineage_stats.detectors._volume import Volume
from lineage_stats.exceptions import SchemaVersionError, TraceFileError
from lineage_stats.features import Cell, parse_feature
from lineage_stats.trace import Trace

SCHEMA_VERSION: Final = 4
FORMAT: Final = "lineage_stats detector"
_JSON: Final = "detector.json"
_ARRAYS: Final = "arrays.parquet"
_PLAIN: Final = (
    "center_", "scale_", "lower_", "upper_", "reach_", "unit_", "effective_", "wanders_",
    "step_reach_",
)  # fmt: skip

Arrays = dict[str, npt.NDArray[Any]]


def save_detector(detector: BaseDetector, path: Path) -> Path:
    """Write a fitted detector to the folder `path`; an older one there is replaced.

    Other files beside an older detector stay as they are.
    """
    if path.exists() and not _may_hold(path):
        raise FileExistsError(
            f"{path} exists and holds no detector. Choose an empty or a new folder."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f".{path.name}-{secrets.token_hex(8)}"
    draft.mkdir()
    try:
        _write(detector, draft)
        if path.exists():
            for name in (_ARRAYS, _JSON):
                (draft / name).replace(path / name)
        else:
            draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return path


def _may_hold(path: Path) -> bool:
    """Return whether `path` is an empty folder, or one with a detector of ours."""
    file = path / _JSON
    if file.is_file():
        return FORMAT.encode() in file.read_bytes()
    return path.is_dir() and not any(path.iterdir())


def _write(detector: BaseDetector, folder: Path) -> None:
    table = pa.table(
        {
            "name": list(arrays := _arrays(detector)),
            "dtype": [array.dtype.str for array in arrays.values()],
            "shape": [list(array.shape) for array in arrays.values()],
            "data": [np.ravel(array).astype(np.float64) for array in arrays.values()],
        },
        schema=_schema(),
    )
    pq.write_table(table, folder / _ARRAYS)
    text = json.dumps(_named(detector), ensure_ascii=False, indent=1)
    (folder / _JSON).write_text(text, encoding="utf-8")


def _schema() -> pa.Schema:
    return pa.schema(
        [
            ("name", pa.string()),
            ("dtype", pa.string()),
            ("shape", pa.list_(pa.int64())),
            ("data", pa.list_(pa.float64())),
        ]
    )


def _arrays(detector: BaseDetector) -> Arrays:
    """Return all arrays of the learned state under dotted names."""
    roles, history = detector.roles_, detector.history_
    parts: dict[str, Mapping[str, npt.NDArray[Any]]] = {
        "baseline": detector.baseline_,
        "roles": {"role": roles.role, "code": roles.code, "tolerance": roles.tolerance},
        "news": detector.news_.to_arrays(),
        "laws": detector.laws_.to_arrays(),
        "time": detector.time_.to_arrays(),
        "profiles": detector.profiles_.to_arrays(),
        "precedents": detector.precedents_.to_arrays(),
        "volume": detector.volume_.to_arrays(),
        "steps": detector.steps_.to_arrays(),
        "history": {"values": history.values, "times": history.times},
        "calibration": detector.calibration_.to_arrays(),
        "shown": {name: getattr(detector, name) for name in _PLAIN},
    }
    return {
        f"{part}.{name}": np.asarray(a)
        for part, arrays in parts.items()
        for name, a in arrays.items()
    }


def _named(detector: BaseDetector) -> dict[str, Any]:
    reference, history = detector.reference_, detector.history_
    accepted = accepted_in(history)
    names = getattr(detector, "feature_names_in_", None)
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "detector": type(detector).__name__,
        "parameters": {name: _plain(v) for name, v in detector.get_params(deep=False).items()},
        "n_features_in": detector.n_features_in_,
        "feature_names_in": None if names is None else list(names),
        "pipeline": detector.pipeline_,
        "run_ids": list(detector.run_ids_),
        "screened_run_ids": list(detector.screened_run_ids_),
        "quarantined_run_ids": list(detector.quarantined_run_ids_),
        "events": list(detector.events_),
        "history": {
            "run_ids": list(history.run_ids),
            "commits": list(history.commits),
            "layouts": list(history.layouts),
            "accepted": [run_id for run_id in history.run_ids if run_id in accepted],
            "cells": [list(cell) for cell in history.cells],
            "labels": [[code, text] for code, text in _categories(history).items()],
        },
        "cells": [list(cell) for cell in detector.cells_],
        "judged_cells": [list(cell) for cell in detector.judged_cells_],
        "labels": [[code, text] for code, text in detector.labels_.items()],
        "news_groups": list(detector.news_.groups),
        "families": list(detector.calibration_.families),
        "n_tails": len(detector.calibration_.tails),
        "offset": detector.offset_,
        "reference": None if reference is None else reference.to_dict(),
    }


def _categories(history: Runs) -> dict[float, str]:
    """Return the text of the categories that decide something, not that of the program."""
    told = [
        j
        for j, cell in enumerate(history.cells)
        if cell.kind == "category"
        and parse_feature(cell.feature).statistic not in NOTICE_STATISTICS
    ]
    wanted = set(np.unique(history.values[:, told]).tolist())
    return {code: text for code, text in history.labels.items() if code in wanted}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return described(value) if is_estimator(value) else value


def load_detector(path: str | Path) -> BaseDetector:
    """Read a fitted detector that `BaseDetector.save` wrote.

    Parameters
    ----------
    path : str or Path
        Folder of the detector.

    Returns
    -------
    BaseDetector
        The detector; it gives the same scores as the one that was saved.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    TraceFileError
        If the folder holds no readable detector, or one of a class that is not known: import the
        module that defines it first.
    SchemaVersionError
        If the detector was written by a newer version.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from lineage_stats.detectors import ZScoreDetector, load_detector
    >>> runs = np.random.default_rng(0).normal(size=(30, 3))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = ZScoreDetector().fit(runs).save(f"{folder}/churn")
    ...     loaded = load_detector(path)
    >>> loaded
    ZScoreDetector()
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no detector at {path}: no such folder.")
    try:
        record = json.loads((path / _JSON).read_text(encoding="utf-8"))
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            raise ValueError(f"{_JSON} was not written by lineage_stats")
        _require_version(path, record)
        return _restore(path, record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        if isinstance(error, TraceFileError):
            raise
        raise TraceFileError(
            f"{path} is no readable detector ({type(error).__name__}: {error}). "
            "Fit it again and save it."
        ) from error


def _require_version(path: Path, record: Mapping[str, Any]) -> None:
    version = record["schema_version"]
    if not isinstance(version, int):
        raise ValueError(f"schema version {version!r}")
    if version > SCHEMA_VERSION:
        raise SchemaVersionError(
            f"{path} has schema version {version}; this version of lineage_stats reads up to "
            f"{SCHEMA_VERSION}. Upgrade lineage_stats."
        )


def _restore(path: Path, record: Mapping[str, Any]) -> BaseDetector:
    parts = _parts(path / _ARRAYS)
    detector = _class_of(path, record["detector"])(**_parameters(record["parameters"]))
    detector.cells_ = tuple(Cell(*cell) for cell in record["cells"])
    detector.baseline_ = parts["baseline"]
    detector.roles_ = Roles(**parts["roles"])
    detector.news_ = NewsModel.from_arrays(record["news_groups"], parts["news"])
    detector.laws_ = Laws.from_arrays(parts["laws"])
    detector.calibration_ = Calibration.from_arrays(
        record["families"], record["n_tails"], parts["calibration"]
    )
    n_distances = int((detector.roles_.role == DISTANCE).sum())
    detector.effective_, detector.wanders_ = np.full(n_distances, np.inf), np.zeros(n_distances)
    detector.steps_ = StepModel.from_arrays(parts.get("steps"))
    for name, array in parts["shown"].items():
        setattr(detector, name, array)
    none = Precedents.nothing(len(detector.center_), len(detector.effective_))
    detector.precedents_ = Precedents(**parts["precedents"]) if "precedents" in parts else none
    unknown = Volume.nothing(len(detector.baseline_["center"]))
    detector.volume_ = Volume(**parts["volume"]) if "volume" in parts else unknown
    judged = record.get("judged_cells", record["cells"])
    detector.judged_cells_ = tuple(Cell(*cell) for cell in judged)
    detector.cell_table_ = cell_table(detector.judged_cells_)
    detector.one_sided_ = one_sided(detector.judged_cells_)
    detector.run_ids_ = tuple(record["run_ids"])
    detector.screened_run_ids_ = tuple(record["screened_run_ids"])
    detector.n_runs_ = len(detector.run_ids_)
    detector.n_features_in_ = record["n_features_in"]
    if record["feature_names_in"] is not None:
        detector.feature_names_in_ = np.array(record["feature_names_in"], dtype=object)
    detector.pipeline_ = record["pipeline"]
    detector.offset_ = record["offset"]
    detector.labels_ = {float(code): text for code, text in record["labels"]}
    reference = record["reference"]
    detector.reference_ = None if reference is None else Trace.from_dict(reference)
    _restore_history(detector, record, parts)
    return detector


def _restore_history(
    detector: BaseDetector, record: Mapping[str, Any], parts: Mapping[str, Arrays]
) -> None:
    """Fill in what came with version 2: the healthy runs, and what follows from time and them."""
    detector.quarantined_run_ids_ = tuple(record.get("quarantined_run_ids", ()))
    detector.events_ = tuple(record.get("events", ()))
    if "history" not in record:
        n_distances = int((detector.roles_.role == DISTANCE).sum())
        detector.time_ = TimeModel.flat(n_distances)
        detector.unit_ = np.ones(n_distances)
        detector.profiles_ = Profiles.nothing(len(detector.cells_))
        detector.history_ = Runs(np.empty((0, len(detector.cells_))), detector.cells_, ())
        return
    n_distances = len(parts["time"]["kind"])
    detector.time_ = replace(TimeModel.flat(n_distances), **parts["time"])
    detector.profiles_ = Profiles(**parts["profiles"])
    past = record["history"]
    detector.history_ = Runs(
        parts["history"]["values"],
        tuple(Cell(*cell) for cell in past["cells"]),
        tuple(past["run_ids"]),
        detector.pipeline_,
        detector.reference_,
        {float(code): text for code, text in past["labels"]},
        times=parts["history"]["times"],
        commits=tuple(past["commits"]),
        layouts=tuple(past["layouts"]),
        accepted=tuple(run_id in past.get("accepted", ()) for run_id in past["run_ids"]),
    )
    detector._after_loading()


def _parameters(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: restored(value) for name, value in record.items()}


def _parts(file: Path) -> dict[str, Arrays]:
    parts: dict[str, Arrays] = {}
    for row in pq.read_table(file, schema=_schema()).to_pylist():
        part, _, name = row["name"].partition(".")
        data = np.array(row["data"], dtype=np.float64).astype(np.dtype(row["dtype"]))
        parts.setdefault(part, {})[name] = data.reshape(row["shape"])
    return parts


def _class_of(path: Path, name: str) -> type[BaseDetector]:
    base: Any = BaseDetector
    known = {cls.__name__: cls for cls in _subclasses(base)}
    if name not in known:
        raise TraceFileError(
            f"{path} holds a detector of class '{name}', which is not defined here. Import the "
            f"module that defines it first. Known: {', '.join(sorted(known))}."
        )
    return known[name]


def _subclasses(cls: type[BaseDetector]) -> Iterator[type[BaseDetector]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
