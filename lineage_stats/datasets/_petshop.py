"""Loads root-cause data in the form of PetShop."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lineage_stats.datasets._bunch import Bunch
from lineage_stats.datasets._services import Headline, System, describe
from lineage_stats.trace import Trace, TraceSet

if TYPE_CHECKING:
    import pandas as pd

HEALTHY = "noissue"
SECONDS = 300.0
RECEIVED = "rows_in"
LATEST = 2**63 / 1e9  # seconds since the epoch that fit as nanoseconds: in the year 2262


class Label(NamedTuple):
    """What a file says about one issue."""

    headline: Headline
    target: str
    noticed_ns: float


def load_petshop(folder: str | Path) -> Bunch:
    """Load root-cause data in the form of PetShop from a folder that you have downloaded.

    Parameters
    ----------
    folder : str or Path
        Folder of one kind of traffic, as ``dataset/low_traffic``.

    Returns
    -------
    Bunch
        Dict-like, with the entries

        * ``cases`` (tuple of Bunch): one for each issue, see below;
        * ``DESCR`` (str): description.

        A case has ``name`` (str), ``healthy`` (TraceSet: windows without an issue), ``before``
        (TraceSet: windows that began before the issue was noticed, oldest first; it may have
        begun in the last of them), ``faulty`` (TraceSet: windows from then on), ``target`` (str:
        key of the operation, that is name of the service, at fault), ``metric`` (str: name of the
        headline metric in the traces) and ``greater_is_better`` (bool).

    Raises
    ------
    FileNotFoundError
        If the folder lacks a file.
    ValueError
        If a file does not have the form below.

    See Also
    --------
    load_rcaeval : The form of RCAEval.

    Notes
    -----
    The form, of [1]_: ``graph.csv`` is a matrix with services as header and first column, not 0
    where the service of the row calls that of the column, or a list of (caller, callee) pairs.
    Issues are folders ``train/issue_<n>`` and ``test/issue_<n>``, or ``issue<n>`` directly in the
    folder. ``noissue/metrics.csv`` and the ``metrics.csv`` of an issue have one row per window of
    five minutes, a first column of times (seconds since the epoch, or dates), and a header of
    three rows: service, measurement (``latency``, ``availability``, ``requests``), statistic
    (``Average``, ``p90``, ``Sum``...). The ``target.json`` of an issue names the measurement that
    suffered (``node``, ``metric``, ``agg`` and the time at which it was noticed, ``timestamp``, on
    the first level or below ``target``) and the service at fault (``root_cause`` with ``node``).
    Without a time, all windows of the issue count as faulty.

    One window becomes one run, each service an operation that reads what the services that it
    calls return, ``latency[p90]`` and the like its features. Requests are what a service received,
    not what it made of them: their number is its ``rows_in``. A service that nobody called in a
    window has no latency and no availability there; one that the graph knows and that was never
    measured has no feature. Both have the fact ``profile``, which is ``skipped``. The measurements
    that suffered in any issue are metrics of every run.

    The healthy windows were measured months after the issues, so that much is unlike them before
    anything goes wrong: hold ``faulty`` against ``before``, too.

    References
    ----------
    .. [1] M. Hardt et al. (2024). The PetShop dataset: finding causes of performance issues across
       microservices. CLeaR. https://github.com/amazon-science/petshop-root-cause-analysis
    """
    root = Path(folder)
    calls = _read_calls(_existing(root / "graph.csv"))
    windows = _read_windows(_existing(root / HEALTHY / "metrics.csv"))
    labels = {path.parent: _read_label(path) for path in _issues(root)}
    headlines = tuple(dict.fromkeys(label.headline for label in labels.values()))
    services = dict.fromkeys([*calls, *(s for called in calls.values() for s in called)])
    services |= dict.fromkeys(str(column[0]) for column in windows.columns)
    system = System(root.name, tuple(services), calls, headlines)
    healthy = TraceSet(_traces(system, windows, HEALTHY))
    cases = tuple(_case(system, healthy, root, path, label) for path, label in labels.items())
    return Bunch(cases=cases, DESCR=describe())


def _case(system: System, healthy: TraceSet, root: Path, place: Path, label: Label) -> Bunch:
    if label.target not in system.services:
        raise ValueError(f"{place / 'target.json'} blames '{label.target}', which is no service.")
    name = place.relative_to(root).as_posix()
    windows = _read_windows(_existing(place / "metrics.csv"))
    runs = list(_traces(system, windows, name.replace("/", "-")))
    return Bunch(
        name=name, healthy=healthy, target=label.target, metric=label.headline.name,
        before=TraceSet(run for run in runs if run.start_ns < label.noticed_ns),
        faulty=TraceSet(run for run in runs if run.start_ns >= label.noticed_ns),
        greater_is_better=label.headline.greater_is_better,
    )  # fmt: skip


def _traces(system: System, windows: pd.DataFrame, part: str) -> Iterator[Trace]:
    columns = [(str(c[0]), _feature(c[1], c[2])) for c in windows.columns]
    starts = windows.index.to_numpy("datetime64[ns]").astype("int64").tolist()
    rows = windows.to_numpy(dtype=float).tolist()
    for k, (start_ns, row) in enumerate(zip(starts, rows, strict=True)):
        values = dict(zip(columns, row, strict=True))
        run_id = f"{system.name}-{part}-{k:04d}"
        yield system.run(run_id, values, start_ns=start_ns, seconds=SECONDS)


def _feature(measurement: object, statistic: object) -> str:
    """Return the name of a feature; how many requests came in, the callers decide."""
    name = f"{measurement}[{statistic}]"
    return RECEIVED if name == "requests[Sum]" else name


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {path}. load_petshop wants the folder of one kind of traffic, as "
            "dataset/low_traffic, with graph.csv, noissue/metrics.csv and issue*/."
        )
    return path


def _issues(root: Path) -> list[Path]:
    """Return the labels of all issues, by folder and number."""
    found = [*root.glob("issue*/target.json"), *root.glob("*/issue*/target.json")]
    if not found:
        raise FileNotFoundError(
            f"{root} has no issue*/target.json and no */issue*/target.json: there is no case to "
            "load."
        )
    return sorted(found, key=_number)


def _number(path: Path) -> tuple[str, int, str]:
    issue = path.parent
    digits = re.search(r"\d+", issue.name)
    return (str(issue.parent), int(digits.group()) if digits else -1, issue.name)


def _read_windows(path: Path) -> pd.DataFrame:
    import pandas as pd

    windows = pd.read_csv(path, header=[0, 1, 2], index_col=0)
    if windows.columns.nlevels != 3 or windows.empty:
        raise ValueError(f"{path} must have three rows of header and one row per window.")
    # Numbers are seconds; taken as nanoseconds all windows would be of 1970.
    numbers = pd.api.types.is_numeric_dtype(windows.index)
    if numbers and windows.index.max() > LATEST:
        raise ValueError(
            f"{path} has the time {windows.index.max():.0f}, which is too late to be in seconds "
            "since the epoch. Divide times in milliseconds by 1000."
        )
    windows.index = pd.to_datetime(windows.index, utc=True, unit="s" if numbers else None)
    return windows.sort_index()


def _read_calls(path: Path) -> dict[str, tuple[str, ...]]:
    import pandas as pd

    table = pd.read_csv(path, index_col=0)
    table.index, table.columns = table.index.astype(str), table.columns.astype(str)
    if set(table.index) == set(table.columns):
        hits = {
            caller: [callee for callee, value in row.items() if value]
            for caller, row in table.iterrows()
        }
        return {str(caller): tuple(map(str, called)) for caller, called in hits.items()}
    calls: dict[str, list[str]] = {}
    for caller, callee in zip(table.index, table.iloc[:, 0].astype(str), strict=True):
        calls.setdefault(str(caller), []).append(callee)
    return {caller: tuple(called) for caller, called in calls.items()}


def _read_label(path: Path) -> Label:
    whole: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    suffered = whole.get("target", whole)
    try:
        measurement = f"{suffered['metric']}[{suffered['agg']}]"
        feature = _feature(suffered["metric"], suffered["agg"])
        headline = Headline(str(suffered["node"]), feature, measurement)
        noticed = float(suffered.get("timestamp") or whole.get("timestamp") or 0.0)
        if noticed > LATEST:
            raise ValueError(noticed)
        return Label(headline, str(whole["root_cause"]["node"]), noticed * 1e9)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} must name node, metric and agg of what suffered (timestamp, if given, in "
            f"seconds), and root_cause with node; it has {', '.join(whole)}."
        ) from error
