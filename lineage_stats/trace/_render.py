"""Traces as text and as HTML tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineage_stats.trace._operation import DataRef, Operation
    from lineage_stats.trace._trace import Trace
    from lineage_stats.trace._traceset import TraceSet

_MOST_OPERATIONS = 200
_MOST_RUNS_IN_HTML = 20


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of text under headings; columns whose heading ends in ``>`` are set flush right."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def to_text(self) -> str:
        """Return the table as aligned lines; a column without any entry is left out."""
        used = [j for j in range(len(self.headings)) if any(row[j] for row in self.rows)]
        right = [self.headings[j].endswith(">") for j in used]
        lines = [[self.headings[j].rstrip(">") for j in used]]
        lines += [[printable(row[j]) for j in used] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                text.rjust(width) if flush else text.ljust(width)
                for text, width, flush in zip(line, widths, right, strict=True)
            ).rstrip()
            for line in lines
        )

    def to_html(self, caption: str) -> str:
        """Return the table as an HTML element with everything escaped."""
        from html import escape  # not needed to record

        align = [
            f' style="text-align:{"right" if h[-1:] == ">" else "left"}"' for h in self.headings
        ]
        head = "".join(
            f"<th{a}>{escape(h.rstrip('>'))}</th>"
            for h, a in zip(self.headings, align, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(f"<td{a}>{escape(text)}</td>" for text, a in zip(row, align, strict=True))
            + "</tr>"
            for row in self.rows
        )
        return (
            f"<table><caption>{escape(caption)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def trace_summary(trace: Trace) -> str:
    """Return a run as text: what is known of it, then one line per operation."""
    lines = [
        printable(f"Trace {trace.run_id} of '{trace.pipeline}'"),
        f"{trace.start:%Y-%m-%d %H:%M:%S} UTC, {seconds(trace.duration)}, {_state(trace)}",
    ]
    known = {
        "metrics": metrics_text(trace.metrics),
        "tags": _pairs(trace.tags),
        "commit": trace.environment.get("git_commit", "")[:12],
        "problems": "; ".join(trace.problems),
        "coverage": str(trace.input_coverage) if trace.input_coverage.unknown else "",
    }
    lines += [f"{name}: {printable(text)}" for name, text in known.items() if text]
    if trace.operations:
        lines += ["", _operations_table(trace, _MOST_OPERATIONS).to_text()]
    if len(trace) > _MOST_OPERATIONS:
        lines.append(f"... and {len(trace) - _MOST_OPERATIONS} more operations")
    return "\n".join(lines)


def trace_html(trace: Trace) -> str:
    """Return a run as an HTML table with one row per operation."""
    more = len(trace) - _MOST_OPERATIONS
    left_out = f", {more} operations not shown" if more > 0 else ""
    return _operations_table(trace, _MOST_OPERATIONS).to_html(f"{trace!r}"[1:-1] + left_out)


def traceset_summary(runs: TraceSet) -> str:
    """Return a set of runs as text, one line per run."""
    lines = [printable(repr(runs)[1:-1])]
    if len(runs):
        lines += ["", _runs_table(runs).to_text()]
    if runs.problems:
        lines += ["", "Files that could not be read:"]
        lines += [f"  {printable(path)}: {printable(why)}" for path, why in runs.problems.items()]
    return "\n".join(lines)


def traceset_html(runs: TraceSet) -> str:
    """Return a set of runs as an HTML table; of many runs the latest ones."""
    shown = list(runs)[-_MOST_RUNS_IN_HTML:]
    left_out = f" (the latest {len(shown)} are shown)" if len(shown) < len(runs) else ""
    unread = f", {len(runs.problems)} unreadable files" if runs.problems else ""
    return _runs_table(shown).to_html(repr(runs)[1:-1] + unread + left_out)


def number(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits, and whole ones up to a million million.

    Examples
    --------
    >>> number(0.123456), number(19024.4), number(-7.0), number(1e-9)
    ('0.1235', '19,024', '-7', '1e-09')
    """
    if math.isfinite(value) and 10**digits <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def seconds(value: float) -> str:
    """Return a time with a unit that suits its size.

    Examples
    --------
    >>> seconds(0.0123), seconds(75.0)
    ('12.3 ms', '1 min 15 s')
    """
    if value < 0.9995:
        return f"{value * 1000:.3g} ms"
    if value < 60:
        return f"{value:.3g} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def metrics_text(metrics: Mapping[str, float]) -> str:
    """Return metrics as ``name=value`` with four significant digits."""
    return ", ".join(f"{name}={number(value)}" for name, value in metrics.items())


def _operations_table(trace: Trace, most: int) -> _Table:
    number = {key: str(i) for i, key in enumerate(trace.keys, start=1)}
    rows = [
        (
            number[op.key],
            op.key,
            op.kind,
            ", ".join(number[parent] for parent in trace.parents(op.key)),
            _rows(op.inputs),
            _rows(op.outputs),
            seconds(op.duration_ns / 1e9),
            _result(op),
            op.location,
        )
        for op in trace.operations[:most]
    ]
    headings = ("#>", "operation", "kind", "from", "rows in>", "rows out>", "duration>", "result",
                "location")  # fmt: skip
    return _Table(headings, rows)


def _runs_table(runs: Iterable[Trace]) -> _Table:
    rows = [
        (
            f"{run.start:%Y-%m-%d %H:%M}",
            run.run_id,
            run.pipeline,
            _state(run),
            str(len(run)),
            seconds(run.duration),
            metrics_text(run.metrics),
            _pairs(run.tags),
        )
        for run in runs
    ]
    headings = ("start (UTC)", "run", "pipeline", "status", "operations>", "duration>", "metrics",
                "tags")  # fmt: skip
    return _Table(headings, rows)


def _result(op: Operation) -> str:
    if op.status == "failed":
        return f"failed: {op.error}" if op.error else "failed"
    if op.metric is not None and op.metric_value is not None:
        return metrics_text({op.metric: op.metric_value})
    return ""


def _rows(refs: Iterable[DataRef]) -> str:
    return " + ".join(f"{ref.rows:,}" for ref in refs if ref.rows is not None)


def _state(trace: Trace) -> str:
    return trace.status if trace.complete else f"{trace.status}, incomplete"


def _pairs(mapping: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in mapping.items())


def printable(text: str) -> str:
    """Show line breaks and control characters as escapes, so that lines stay lines."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
