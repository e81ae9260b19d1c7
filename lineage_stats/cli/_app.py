"""The commands, and what happens when one fails."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

import lineage_stats
from lineage_stats.cli._check import check
from lineage_stats.cli._columns import downstream, upstream
from lineage_stats.cli._console import emit_text, is_terminal, note, plain_warnings
from lineage_stats.cli._diff import diff
from lineage_stats.cli._doctor import doctor
from lineage_stats.cli._drill import drill
from lineage_stats.cli._explain import explain
from lineage_stats.cli._export import export
from lineage_stats.cli._fit import fit
from lineage_stats.cli._govern import accept, quarantine
from lineage_stats.cli._replay import replay
from lineage_stats.cli._report import report
from lineage_stats.cli._run import run
from lineage_stats.cli._runs import runs
from lineage_stats.cli._score import score
from lineage_stats.cli._show import show
from lineage_stats.cli._start_demo import demo
from lineage_stats.cli._store import compact, prune
from lineage_stats.exceptions import LineageStatsError

UNUSABLE = 2

app = typer.Typer(
    name="lineage-stats",
    help="Which operation made the metric drop? Record runs of a pipeline, learn what is normal, "
    "score a new run, and divide a metric's drop among its operations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Boxes are for people: a pipe gets plain lines, each message in one of them.
    rich_markup_mode="rich" if is_terminal(sys.stdout) and is_terminal(sys.stderr) else None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_EXAMPLES: dict[Callable[..., None], str] = {
    demo: "lineage-stats demo",
    run: "lineage-stats run --tag status=healthy train.py --epochs 3",
    runs: "lineage-stats runs lineage_traces",
    show: "lineage-stats show latest --as tree",
    diff: "lineage-stats diff latest",
    upstream: "lineage-stats upstream features.age --run latest",
    downstream: "lineage-stats downstream read_csv.age",
    fit: "lineage-stats fit lineage_traces --tag status=healthy -o baseline",
    score: "lineage-stats score latest --baseline baseline",
    explain: "lineage-stats explain latest --metric f1_score",
    replay: "lineage-stats replay latest --metric f1_score --data orders.csv=orders_of_monday.csv",
    drill: "lineage-stats drill lineage_traces --min-power 0.5",
    report: "lineage-stats report latest -o report.html",
    check: "lineage-stats check lineage_traces --baseline baseline --junit lineage.xml",
    accept: 'lineage-stats accept latest --reason "new supplier"',
    quarantine: 'lineage-stats quarantine latest --reason "broken input"',
    compact: "lineage-stats compact lineage_traces",
    prune: "lineage-stats prune lineage_traces --keep-days 90",
    export: "lineage-stats export latest --to openlineage -o events.jsonl",
    doctor: "lineage-stats doctor",
}


def _with_plain_warnings(command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with plain_warnings():
            return command(*args, **kwargs)

    return wrapped


for command, example in _EXAMPLES.items():
    # What follows the script belongs to the script, and its warnings are none of our business.
    of_script = command is run
    app.command(
        epilog=f"Example: {example}",
        context_settings={"allow_interspersed_args": False} if of_script else None,
    )(command if of_script else _with_plain_warnings(command))


def _show_version(wanted: bool) -> None:
    if wanted:
        emit_text(f"lineage-stats {lineage_stats.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Options of the command itself; `version` has done its work when this is called."""


def _said_by_system(error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError) and error.filename:
        return f"'{error.filename}' cannot be made: a file is where a folder is needed."
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{where}"


def run_app(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    arguments : sequence of str
        Arguments without the name of the program.

    Returns
    -------
    int
        0 for success; 1 for an anomalous run (`score`) or a finding (`check`); 2 where something
        could not be used; for `run`, the code of the script.
    """
    try:
        app(args=list(arguments), prog_name="lineage-stats")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else UNUSABLE
    except LineageStatsError as error:
        note(f"lineage-stats: {error}")
    except OSError as error:
        note(f"lineage-stats: {_said_by_system(error)}")
    except Exception:  # noqa: BLE001 - a defect of ours must not look like exit code 1, anomalous
        traceback.print_exc()
        note("lineage-stats: this is a defect of lineage_stats; please report it.")
    return UNUSABLE
