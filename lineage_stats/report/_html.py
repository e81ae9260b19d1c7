"""The page: a report as one HTML file that loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import lineage_stats
from lineage_stats.report._figures import graph_figure, strip_figure, waterfall_figure
from lineage_stats.report._format import (
    format_healthy,
    format_number,
    format_observed,
    format_p_value,
    format_with_error,
    group_anomalies,
    shorten,
)

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_ROWS = 10


def render_html(report: Mapping[str, Any]) -> str:
    """Return a report as one self-contained HTML page.

    Parameters
    ----------
    report : mapping
        What `build_report` returned, or the same read back from JSON.

    Returns
    -------
    str
        A page without scripts and without links to outside: it opens from a file, offline, in
        light and dark, on a screen and on a telephone. All text from the trace is escaped.

    Examples
    --------
    >>> from lineage_stats.report import build_report, render_html
    >>> from lineage_stats.trace import Trace
    >>> render_html(build_report(Trace("r1", "churn"))).startswith("<!doctype html>")
    True
    """
    attribution = report["attribution"]
    strips = [
        (metric, None if metric["value"] is None else strip_figure(metric))
        for metric in report["metrics"]
    ]
    template = _environment().get_template("report.html.jinja")
    return template.render(
        report=report,
        strips=strips,
        fall=attribution and waterfall_figure(attribution),
        figure=graph_figure(report["graph"]),
        abnormal=group_anomalies(report["anomalies"]),
        max_rows=MAX_ROWS,
        version=lineage_stats.__version__,
    )


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
        "with_error": lambda row: format_with_error(row["value"], row["error"]),
        "percent": lambda share: f"{100 * share:.3g} %",
        "minute": lambda start: start[:16].replace("T", " "),
        "middle": shorten,
    }
    return environment
