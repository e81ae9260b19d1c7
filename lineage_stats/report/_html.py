"""The page: a report as one HTML file that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import lineage_stats
from lineage_stats.report._drawing import graph_figures
from lineage_stats.report._format import (
    format_healthy,
    format_number,
    format_observed,
    format_p_value,
    format_range,
    format_with_error,
    group_anomalies,
    shorten,
)
from lineage_stats.report._payload import as_script_json, page_payload
from lineage_stats.report._sections import MAX_FILES, evidence_rows, grouped_changes
from lineage_stats.report._strip import MAX_POINTS, metric_strip, series_strip
from lineage_stats.report._waterfall import waterfall_figure

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_ROWS = 10
MAX_STRIPS = 6

# In the order in which they are read: each file uses those before it.
SCRIPTS = ("base", "columns", "view", "panel", "search", "strips", "main")


def render_html(report: Mapping[str, Any]) -> str:
    """Return a report as one self-contained HTML page.

    Parameters
    ----------
    report : mapping
        What `build_report` returned, or the same read back from JSON.

    Returns
    -------
    str
        A page without links to outside: it opens from a file, offline, in light and dark, on a
        screen and on a telephone. The same report gives the same text.

    Notes
    -----
    All text from the trace is escaped, and only the page's own script may run: the policy in
    its head names the script's digest. Without scripts the page shows everything but the details
    of operations. Of large graphs the page holds the most abnormal features of each operation, and
    of wide tables the first columns, so that it stays small.

    Examples
    --------
    >>> from lineage_stats.report import build_report, render_html
    >>> from lineage_stats.trace import Trace
    >>> render_html(build_report(Trace("r1", "churn"))).startswith("<!doctype html>")
    True
    """
    attribution = report["attribution"]
    named = report["verdict"]["metric"]
    runs = report["history"]["runs"]
    metrics = [(metric, metric_strip(metric, runs)) for metric in report["metrics"]]
    metrics.sort(key=lambda pair: pair[0]["name"] != named)
    series = [(entry, series_strip(entry, runs)) for entry in report["history"]["series"]]
    figures = graph_figures(report["graph"]) if report["graph"]["nodes"] else []
    payload = page_payload(report, figures, _hovered(report, metrics, series))
    script, style = _script(), _template_text("style.css")
    template = _environment().get_template("report.html.jinja")
    return template.render(
        report=report,
        metrics=metrics,
        series=series,
        fall=attribution and waterfall_figure(attribution),
        figures=figures,
        has_odd=any(not run["healthy"] for run in runs[:-1]),
        evidence=evidence_rows(report),
        changes=grouped_changes(report["diff"]),
        abnormal=group_anomalies(report["anomalies"]),
        max_files=MAX_FILES,
        max_rows=MAX_ROWS,
        max_strips=MAX_STRIPS,
        version=lineage_stats.__version__,
        payload=as_script_json(payload),
        script=script,
        style=style,
        script_digest=_digest(script),
        style_digest=_digest(style),
    )


def _hovered(
    report: Mapping[str, Any], metrics: list[Any], series: list[Any]
) -> list[dict[str, Any]]:
    """Return what each strip tells of the run under the pointer, in the order of the page."""
    runs = [_run_label(run) for run in report["history"]["runs"]]
    found = []
    for metric, figure in metrics:
        if figure is not None:
            points = [*metric["history"], metric][-MAX_POINTS:]
            labels, values = [_run_label(p) for p in points], [p["value"] for p in points]
            found.append({**figure, "runs": labels, "values": values})
    for entry, figure in series:
        values = entry["values"][-MAX_POINTS:]
        found.append({**figure, "runs": runs[-MAX_POINTS:], "values": values})
    return found


def _run_label(run: Mapping[str, Any]) -> str:
    return f"{run['start'][:16].replace('T', ' ')} \u00b7 {run['run_id']}"


def _template_text(name: str) -> str:
    folder = files("lineage_stats.report") / "templates"
    return folder.joinpath(*name.split("/")).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _script() -> str:
    """Return the files of the script as one function, which leaves no global name."""
    parts = "\n".join(_template_text(f"script/{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def _digest(text: str) -> str:
    """Return how a content security policy names a text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("lineage_stats.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": format_number,
        "p_value": format_p_value,
        "healthy": format_healthy,
        "observed": format_observed,
        "range": lambda ends: format_range(ends["low"], ends["high"]),
        "with_error": lambda row: format_with_error(row["value"], row["error"]),
        "percent": lambda share: f"{100 * share:.3g} %",
        "minute": lambda start: start[:16].replace("T", " "),
        "day": lambda start: start[:10],
        "middle": shorten,
    }
    return environment
