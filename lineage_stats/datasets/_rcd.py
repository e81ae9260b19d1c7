"""Loads root-cause data in the form of RCD."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lineage_stats.datasets._bunch import Bunch
from lineage_stats.datasets._measured import check_window, read_measurements, window_numbers
from lineage_stats.datasets._services import ALARM, System, describe, mean_of
from lineage_stats.trace import Trace, TraceSet

if TYPE_CHECKING:
    import pandas as pd

NORMAL, ANOMALOUS = "normal.csv", "anomalous.csv"


def load_rcd(folder: str | Path, *, window: float = 1.0) -> Bunch:
    """Load root-cause data in the form of RCD from a folder that you have downloaded.

    Parameters
    ----------
    folder : str or Path
        Folder of one system, as ``sock-shop-data``.
    window : float, default=1.0
        Length of the windows in seconds; each is one run. The default makes a run of each row.

    Returns
    -------
    Bunch
        Dict-like, with the entries

        * ``cases`` (tuple of Bunch): one for each injection, see below;
        * ``DESCR`` (str): description.

        A case has ``name`` (str), ``healthy`` and ``faulty`` (TraceSet: windows of either file,
        oldest first), ``target`` (str: key of the operation, that is name of the service, at
        fault), ``kind`` (str: what was injected), ``metric`` (str: ``"alarm"``) and
        ``greater_is_better`` (bool: False).

    Raises
    ------
    FileNotFoundError
        If there is no case in the folder, or one of its two files is missing.
    ValueError
        If a file does not have the form below, or `window` is not positive and finite.

    See Also
    --------
    load_rcaeval : The form of RCAEval, with one file and the time of the injection.
    load_petshop : The form of PetShop.

    Notes
    -----
    The form, of [1]_: a folder ``<service>-<fault>/<repetition>`` for each case, with
    ``normal.csv`` and ``anomalous.csv``. Both have the column ``time`` in seconds and one column
    ``<service>_<measurement>`` for each measurement, as ``carts-db_cpu`` or ``carts_lat_90``. A
    saved index, which is a column without a name or another ``time``, is left out.

    The data say neither which service calls which nor what users felt. The operations therefore
    stand side by side, and the metric is the alarm itself: 0 in every normal window and 1 in every
    anomalous one, and it reads all services. Windows are counted from the first row of each file;
    a feature is the mean over its window, as ``mean[cpu]``. A measurement that only one of the
    files has is a missing feature in the other. Each case is a pipeline of its own.

    References
    ----------
    .. [1] A. Ikram et al. (2022). Root cause analysis of failures in microservices through causal
       discovery. NeurIPS 35. https://github.com/azamikram/rcd
    """
    check_window(window, "load_rcd")
    root = Path(folder)
    places = sorted(path.parent for path in root.rglob(ANOMALOUS))
    if not places:
        raise FileNotFoundError(
            f"{root} has no <service>-<fault>/<repetition>/{ANOMALOUS}: there is no case."
        )
    return Bunch(cases=tuple(_case(root, place, window) for place in places), DESCR=describe())


def _case(root: Path, place: Path, window: float) -> Bunch:
    normal, anomalous = _windows(place / NORMAL, window), _windows(place / ANOMALOUS, window)
    label = place.parent.name
    target, _, fault = label.rpartition("-")
    services = tuple(dict.fromkeys(_parts(place, c)[0] for c in (*normal, *anomalous)))
    if target not in services:
        raise ValueError(
            f"{place} blames '{target or label}' by its name, which must be <service>-<fault>; "
            f"services are {', '.join(services)}."
        )
    name = place.relative_to(root).as_posix() if place != root else label
    system = System(name, services, {}, ())
    return Bunch(
        name=name, target=target, kind=fault, metric=ALARM, greater_is_better=False,
        healthy=TraceSet(_traces(system, place, normal, window, alarm=0.0)),
        faulty=TraceSet(_traces(system, place, anomalous, window, alarm=1.0)),
    )  # fmt: skip


def _windows(path: Path, window: float) -> pd.DataFrame:
    """Return means by window, by the time at which it begins."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}; a case has {NORMAL} and {ANOMALOUS}.")
    table = read_measurements(path)
    first = table["time"].min()
    begins = first + window_numbers(table["time"], first, window) * window
    return table.drop(columns="time").groupby(begins).mean()


def _traces(
    system: System, place: Path, windows: pd.DataFrame, window: float, *, alarm: float
) -> Iterator[Trace]:
    part = "anomalous" if alarm else "normal"
    cells = [_parts(place, column) for column in windows]
    rows = zip(windows.index, windows.to_numpy(dtype=float).tolist(), strict=True)
    for k, (begin, row) in enumerate(rows):
        values = dict(zip(cells, row, strict=True))
        run_id, start_ns = f"{system.name}-{part}-{k:05d}", int(begin * 1e9)
        yield system.run(run_id, values, start_ns=start_ns, seconds=window, alarm=alarm)


def _parts(place: Path, column: object) -> tuple[str, str]:
    """Return service and feature of a column."""
    service, _, measurement = str(column).partition("_")
    if not service or not measurement:
        raise ValueError(f"{place} has a column '{column}', which is no <service>_<measurement>.")
    return service, mean_of(measurement)
