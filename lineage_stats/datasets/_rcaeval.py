"""Loads root-cause data in the form of RCAEval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lineage_stats.datasets._bunch import Bunch
from lineage_stats.datasets._measured import check_window, read_measurements, window_numbers
from lineage_stats.datasets._services import Calls, Headline, System, describe, mean_of
from lineage_stats.trace import Trace, TraceSet

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("data.csv", "simple_data.csv", "metrics.csv", "simple_metrics.csv")
ENTRIES = ("frontend", "front-end", "ts-ui-dashboard")
HEADLINES = ("latency-90", "latency-50", "latency", "error")


def load_rcaeval(
    folder: str | Path,
    *,
    window: float = 60.0,
    entry: str | None = None,
    calls: Mapping[str, Sequence[str]] | None = None,
) -> Bunch:
    """Load root-cause data in the form of RCAEval from a folder that you have downloaded.

    Parameters
    ----------
    folder : str or Path
        Folder of one system, as ``RE1-OB``.
    window : float, default=60.0
        Length of the windows in seconds; each is one run.
    entry : str, default=None
        The service that users call, whose latency or error is the metric. None: the front ends
        of the systems of RCAEval, by name.
    calls : mapping of str to sequence of str, default=None
        Which services each service calls; the data do not say it. None: the entry calls all.

    Returns
    -------
    Bunch
        Dict-like, with the entries

        * ``cases`` (tuple of Bunch): one for each injection, see below;
        * ``DESCR`` (str): description.

        A case has ``name`` (str), ``healthy`` (TraceSet: windows before the injection), ``faulty``
        (TraceSet: windows after it, oldest first), ``target`` (str: key of the operation, that is
        name of the service, at fault), ``kind`` (str: what was injected), ``metric`` (str: name of
        the headline metric in the traces) and ``greater_is_better`` (bool).

    Raises
    ------
    FileNotFoundError
        If there is no case in the folder.
    ValueError
        If a file does not have the form below, or there is no entry or metric.

    See Also
    --------
    load_petshop : The form of PetShop.
    load_rcd : The form of RCD, with a file of normal and a file of anomalous measurements.

    Notes
    -----
    The form, of [1]_: a folder ``<service>_<fault>/<repetition>`` for each case, with
    ``inject_time.txt`` (seconds since the epoch) and ``data.csv`` (also ``simple_data.csv``,
    ``metrics.csv`` or ``simple_metrics.csv``), which has the column ``time`` in seconds and one
    column ``<service>_<measurement>`` for each measurement.

    Windows are counted from the injection in both directions, and an incomplete first one is left
    out; a feature is the mean over its window, as ``mean[cpu]``. Each case is a pipeline of its
    own. The metric is the first of ``latency-90``, ``latency-50``, ``latency`` and ``error`` that
    the entry has.

    References
    ----------
    .. [1] L. Pham et al. (2025). RCAEval: A benchmark for root cause analysis of microservice
       systems with telemetry data. WWW Companion. https://github.com/phamquiluan/RCAEval
    """
    check_window(window, "load_rcaeval")
    root = Path(folder)
    times = sorted(root.rglob("inject_time.txt"))
    if not times:
        raise FileNotFoundError(
            f"{root} has no <service>_<fault>/<repetition>/inject_time.txt: there is no case."
        )
    cases = tuple(_case(root, path, window, entry, calls) for path in times)
    return Bunch(cases=cases, DESCR=describe())


def _case(root: Path, path: Path, window: float, entry: str | None, calls: Calls | None) -> Bunch:
    place = path.parent
    label = place.parent.name
    service, _, fault = label.rpartition("_")
    table = _read_table(place)
    features = {str(c): str(c).rpartition("_")[::2] for c in table.columns if c != "time"}
    services = tuple(dict.fromkeys(s for s, _ in features.values() if s))
    if service not in services:
        raise ValueError(
            f"{place} blames '{service or label}' by its name, which must be <service>_<fault>; "
            f"services are {', '.join(services)}."
        )
    headline = _headline(place, set(features.values()), services, entry)
    if calls is None:
        calls = {headline.service: [s for s in services if s != headline.service]}
    name = place.relative_to(root).as_posix() if place != root else label
    system = System(name, services, calls, (headline,))
    injected = float(path.read_text(encoding="utf-8").split()[0])
    windows = _windows(table, injected, window)
    runs = list(_traces(system, windows, features, injected, window))
    return Bunch(
        name=name, target=service, kind=fault, metric=headline.name,
        healthy=TraceSet(run for k, run in runs if k < 0),
        faulty=TraceSet(run for k, run in runs if k >= 0),
        greater_is_better=headline.greater_is_better,
    )  # fmt: skip


def _read_table(place: Path) -> pd.DataFrame:
    path = next((place / name for name in TABLES if (place / name).is_file()), None)
    if path is None:
        raise FileNotFoundError(f"{place} has none of {', '.join(TABLES)}.")
    return read_measurements(path)


def _headline(
    place: Path, features: set[tuple[str, ...]], services: Sequence[str], entry: str | None
) -> Headline:
    front = next((s for s in ((entry,) if entry else ENTRIES) if s in services), None)
    if front is None:
        raise ValueError(
            f"{place} has no service '{entry or ', '.join(ENTRIES)}'. Say with 'entry' which of "
            f"{', '.join(services)} users call."
        )
    found = next((name for name in HEADLINES if (front, name) in features), None)
    if found is None:
        raise ValueError(f"{place} has none of {', '.join(HEADLINES)} for '{front}'.")
    return Headline(front, mean_of(found), found)


def _windows(table: pd.DataFrame, injected: float, window: float) -> pd.DataFrame:
    """Return means by window, numbered from the injection; the first one only if complete."""
    number = window_numbers(table["time"], injected, window).astype(int)
    means = table.drop(columns="time").groupby(number).mean()
    first = int(means.index[0])
    complete = table["time"].min() - injected <= first * window + 1e-6
    return means if complete else means.iloc[1:]


def _traces(
    system: System,
    windows: pd.DataFrame,
    features: Mapping[str, Sequence[str]],
    injected: float,
    window: float,
) -> Iterator[tuple[int, Trace]]:
    for k, row in zip(windows.index, windows.to_dict("records"), strict=True):
        values = {_cell(features[str(c)]): float(v) for c, v in row.items()}
        start_ns = int((injected + int(k) * window) * 1e9)
        run_id = f"{system.name}-{'after' if k >= 0 else 'before'}-{abs(int(k)):05d}"
        yield int(k), system.run(run_id, values, start_ns=start_ns, seconds=window)


def _cell(parts: Sequence[str]) -> tuple[str, str]:
    return parts[0], mean_of(parts[1])
