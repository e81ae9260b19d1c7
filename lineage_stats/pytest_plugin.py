"""Plug-in of pytest: ``--lineage`` records what tests do, each test as a run.

Without that option nothing of the package is loaded but this module, and nothing is patched.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lineage_stats._session import Session

PROPERTY = "lineage_run_id"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("lineage", "recording of lineage")
    group.addoption(
        "--lineage", action="store_true", help="Record what tests do with data, each as a run."
    )
    group.addoption(
        "--lineage-dir",
        metavar="DIR",
        default=None,
        help="Folder to record to (default: LINEAGE_STATS_DIR, else lineage_traces).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take part only where that is asked for."""
    if config.getoption("--lineage"):
        config.pluginmanager.register(LineagePlugin(config), "lineage_recorder")


class LineagePlugin:
    """Records each test as a run of a pipeline that bears its name.

    Parameters
    ----------
    config : pytest.Config
        Configuration of the tests.
    """

    def __init__(self, config: pytest.Config) -> None:
        from lineage_stats._config import settings_from_environment

        given = config.getoption("--lineage-dir") or settings_from_environment().directory
        self.directory = Path(config.invocation_params.dir, given)
        self._runs: dict[str, Session] = {}
        self._failed: set[str] = set()
        self._n_recorded = 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item
    ) -> Generator[None, object | None, object | None]:
        """Record set-up, call and tear-down of a test as one run."""
        with self._recorded(item.nodeid):
            return (yield)

    @contextmanager
    def _recorded(self, test: str) -> Iterator[None]:
        from lineage_stats._session import record

        with record(test, tags={"test": test}, directory=self.directory) as run:
            self._runs[test] = run
            try:
                yield
            finally:
                del self._runs[test]
                is_empty = not _n_operations(run)
                run.finish("failed" if test in self._failed else "ok")
                if is_empty and run.path is not None and not len(run.trace()):
                    run.path.unlink(missing_ok=True)  # it did nothing with data

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note the outcome; a report on the end of a test says which run belongs to it."""
        run = self._runs.get(item.nodeid)
        if call.when == "teardown" and run is not None and _n_operations(run):
            item.user_properties.append((PROPERTY, run.run_id))
        report = yield
        if report.failed:
            self._failed.add(item.nodeid)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what was recorded, also by the worker processes of pytest-xdist."""
        names = [name for name, _ in report.user_properties]
        self._n_recorded += report.when == "teardown" and PROPERTY in names

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the runs are."""
        terminalreporter.write_line(
            f"lineage: {self._n_recorded} test{'' if self._n_recorded == 1 else 's'} recorded in "
            f"{self.directory}. Check them with: lineage-stats check {quote(str(self.directory))}"
        )


def _n_operations(run: Session) -> int:
    return run.listener.n_operations if run.listener is not None else 0
