"""Loads root-cause data in the form of PetShop."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage_stats.datasets._bunch import Bunch
from lineage_stats.datasets._services import Headline, System, describe
from lineage_stats.trace import Trace, TraceSet

if TYPE_CHECKING:
    import pandas as pd

HEALTHY = "noissue"
SECONDS = 300.0


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

        A case has ``name`` (str), ``healthy`` (TraceSet: windows without an issue), ``faulty``
        (TraceSet: windows of the issue, oldest first), ``target`` (str: key of the operation, that
        is name of the service, at fault), ``metric`` (str: name of the headline metric in the
        traces) and ``greater_is_better`` (bool).

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
    ``noissue/metrics.csv`` and ``issue*/metrics.csv`` have one row per window of five minutes, a
    first column of times, and a header of three rows: service, measurement (``latency``,
    ``availability``, ``requests``), statistic (``Average``, ``p90``, ``Sum``...).
    ``issue*/target.json`` names the measurement that suffered (``node``, ``metric``, ``agg``, on
    the first level or below ``target``) and the service at fault (``root_cause`` with ``node``).

    One window becomes one run, each service an operation that reads what the services that it
    calls return, ``latency[p90]`` and the like its features. The measurements that suffered in any
    issue are metrics of every run.

    References
    ----------
    .. [1] M. Hardt et al. (2024). The PetShop dataset: finding causes of performance issues across
       microservices. CLeaR. https://github.com/amazon-science/petshop-root-cause-analysis
    """
    root = Path(folder)
    calls = _read_calls(_existing(root / "graph.csv"))
    healthy = _read_windows(_existing(root / HEALTHY / "metrics.csv"))
    issues = sorted(root.glob("issue*/target.json"), key=_number)
    if not issues:
        raise FileNotFoundError(f"{root} has no issue*/target.json: there is no case to load.")
    labels = {path.parent: _read_label(path) for path in issues}
    headlines = tuple(dict.fromkeys(headline for headline, _ in labels.values()))
    services = dict.fromkeys([*calls, *(s for called in calls.values() for s in called)])
    services |= dict.fromkeys(str(column[0]) for column in healthy.columns)
    system = System(root.name, tuple(services), calls, headlines)
    baseline = TraceSet(_traces(system, healthy, HEALTHY))
    cases = []
    for path, (headline, target) in labels.items():
        windows = _read_windows(_existing(path / "metrics.csv"))
        if target not in services:
            raise ValueError(f"{path / 'target.json'} blames '{target}', which is no service.")
        cases.append(
            Bunch(
                name=path.name, healthy=baseline, target=target, metric=headline.name,
                faulty=TraceSet(_traces(system, windows, path.name)),
                greater_is_better=headline.greater_is_better,
            )
        )  # fmt: skip
    return Bunch(cases=tuple(cases), DESCR=describe())


def _traces(system: System, windows: pd.DataFrame, part: str) -> Iterator[Trace]:
    columns = [(str(c[0]), f"{c[1]}[{c[2]}]") for c in windows.columns]
    starts = windows.index.to_numpy("datetime64[ns]").astype("int64").tolist()
    rows = windows.to_numpy(dtype=float).tolist()
    for k, (start_ns, row) in enumerate(zip(starts, rows, strict=True)):
        values = dict(zip(columns, row, strict=True))
        run_id = f"{system.name}-{part}-{k:04d}"
        yield system.run(run_id, values, start_ns=start_ns, seconds=SECONDS)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {path}. load_petshop wants the folder of one kind of traffic, as "
            "dataset/low_traffic, with graph.csv, noissue/metrics.csv and issue*/."
        )
    return path


def _number(path: Path) -> tuple[int, str]:
    digits = re.search(r"\d+", path.parent.name)
    return (int(digits.group()) if digits else -1, path.parent.name)


def _read_windows(path: Path) -> pd.DataFrame:
    import pandas as pd

    windows = pd.read_csv(path, header=[0, 1, 2], index_col=0)
    if windows.columns.nlevels != 3 or windows.empty:
        raise ValueError(f"{path} must have three rows of header and one row per window.")
    windows.index = pd.to_datetime(windows.index, utc=True)
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


def _read_label(path: Path) -> tuple[Headline, str]:
    whole: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    suffered = whole.get("target", whole)
    try:
        feature = f"{suffered['metric']}[{suffered['agg']}]"
        return Headline(str(suffered["node"]), feature), str(whole["root_cause"]["node"])
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{path} must name node, metric and agg of what suffered, and root_cause with node; "
            f"it has {', '.join(whole)}."
        ) from error
