"""``lineage-stats show``: what one run did."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from lineage_stats.cli._console import console, emit_json, emit_text
from lineage_stats.cli._find import find_run
from lineage_stats.cli._options import (
    DEFAULT_DIRECTORY,
    DirectoryOption,
    JsonOption,
    PipelineOption,
    RunArgument,
)
from lineage_stats.cli._table import Column, print_table

if TYPE_CHECKING:
    from lineage_stats.trace import DataRef, InnerStep, Operation, Trace

COLUMNS = (
    Column("#", right=True),
    Column("operation"),
    Column("kind", leaves=4),
    Column("reads", leaves=3),
    Column("rows in", right=True, leaves=5),
    Column("rows out", right=True, leaves=1),
    Column("ms", right=True, leaves=6),
    Column("where", leaves=2),
)


class Form(StrEnum):
    """How a run can be drawn."""

    table = "table"
    tree = "tree"
    mermaid = "mermaid"
    dot = "dot"


def show(
    run: RunArgument,
    form: Annotated[
        Form,
        typer.Option(
            "--as", help="A table or a tree to read; Mermaid or Graphviz's DOT to paste elsewhere."
        ),
    ] = Form.table,
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    pipeline: PipelineOption = None,
    steps: Annotated[
        bool, typer.Option("--steps", help="Show what ran inside pipelines as well.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the operations of one run, in the order in which they ran."""
    trace = find_run(run, directory, pipeline=pipeline)
    if as_json:
        emit_json(trace.to_dict())
        return
    if form in (Form.mermaid, Form.dot):
        emit_text(trace.draw(form))
        return
    _print_head(trace)
    if form is Form.tree:
        emit_text(trace.draw(form))
        return
    number = {key: str(i) for i, key in enumerate(trace.keys, start=1)}
    rows = []
    for op in trace:
        rows.append(_row(trace, op, number))
        rows += [_step_row(step) for step in trace.steps(op.key) if steps]
    print_table(COLUMNS, rows)


def _print_head(trace: Trace) -> None:
    out = console()
    state = trace.status if trace.complete else f"{trace.status}, incomplete"
    out.print(
        f"[bold]{escape(trace.run_id)}[/bold] of {escape(trace.pipeline)}, "
        f"{trace.start:%Y-%m-%d %H:%M} UTC, {trace.duration:.3g} s, {escape(state)}"
    )
    for problem in trace.problems:
        out.print(f"[yellow]not recorded:[/yellow] {escape(problem)}")
    if trace.input_coverage.unknown:
        out.print(f"[yellow]coverage:[/yellow] {trace.input_coverage}, shown as opaque")


def _row(trace: Trace, op: Operation, number: Mapping[str, str]) -> list[str]:
    failed = f" [red]{escape(op.error or 'failed')}[/red]" if op.status == "failed" else ""
    value = f" [bold]= {op.metric_value:.4g}[/bold]" if op.metric_value is not None else ""
    return [
        number[op.key],
        f"{escape(op.key)}{value}{failed}",
        op.kind,
        ", ".join(_read(trace, op, number)),
        _rows(op.inputs),
        _rows(op.outputs),
        f"{op.duration_ns / 1e6:.1f}",
        escape(op.location),
    ]


def _step_row(step: InnerStep) -> list[str]:
    failed = " [red]failed[/red]" if step.status == "failed" else ""
    name = f"{'  ' * (step.depth + 1)}{escape(step.name)}{failed}"
    sizes = ["" if rows is None else f"{rows:,}" for rows in (step.rows_in, step.rows_out)]
    return ["", name, "step", "", *sizes, f"{step.duration_ns / 1e6:.1f}", ""]


def _read(trace: Trace, op: Operation, number: Mapping[str, str]) -> list[str]:
    parents = [number[key] for key in trace.parents(op.key)]
    return [*parents, "opaque"] if op.key in trace.input_coverage.readers else parents


def _rows(refs: tuple[DataRef, ...]) -> str:
    known = [f"{ref.rows:,}" for ref in refs if ref.rows is not None]
    return " + ".join(known)
