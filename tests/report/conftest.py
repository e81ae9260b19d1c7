import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lineage_stats.attribution import attribute_root_cause
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.report import build_report, render_html
from tests.strategies import MERGE, InjectedFault, make_trace, make_traces

ROWS_LOST = InjectedFault("rows_lost", MERGE, severity=0.4)


@pytest.fixture(scope="session")
def healthy():
    return make_traces(30)


@pytest.fixture(scope="session")
def detector(healthy):
    return RobustMADDetector().fit(healthy)


@pytest.fixture(scope="session")
def bad():
    """A run that lost rows in a join."""
    return make_trace(30, fault=ROWS_LOST)


@pytest.fixture(scope="session")
def bad_report(healthy, detector, bad):
    attribution = attribute_root_cause(bad, "f1_score", baseline=healthy)
    return build_report(bad, score=detector.score(bad), attribution=attribution, history=healthy)


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """A git repository with two commits; its folder and their names."""
    folder = tmp_path_factory.mktemp("repository")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    author = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER")
              for what in ("NAME", "EMAIL")}  # fmt: skip

    def git(*arguments):
        done = subprocess.run(
            ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True,
            env={**clean, **author, "GIT_CONFIG_GLOBAL": os.devnull},
        )  # fmt: skip
        return done.stdout.strip()

    def commit(text):
        (folder / "churn.py").write_text(text)
        git("add", "-A")
        git("commit", "-q", "-m", "x")
        return git("rev-parse", "HEAD")

    git("init", "-q")
    return folder, commit("a = 1\nb = 2\n"), commit("a = 1\nb = 3\nc = 4\n")


@pytest.fixture(scope="session")
def full_report(repository):
    """Everything that a report may hold: commits, a change in the past, a diff, new steps."""
    folder, before, after = repository
    now = make_traces(30, first=15)
    baseline = [replace(run, environment={"git_commit": before}) for run in now]
    past = make_traces(15, fault=ROWS_LOST)
    run = replace(make_trace(45, fault=ROWS_LOST), environment={"git_commit": after, "who": "me"})
    detector = RobustMADDetector().fit(baseline)
    attribution = attribute_root_cause(run, "f1_score", baseline=baseline)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return build_report(
            run, score=detector.score(run), attribution=attribution, history=[*past, *baseline]
        )


@pytest.fixture(scope="module")  # a session's would leave its event loop to all later tests
def browser():
    """Headless Chromium, driven through Playwright."""
    driver = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    with driver.sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        if path is None and not own.exists():
            pytest.skip("there is no Chromium: install Debian's package, or playwright install")
        opened = playwright.chromium.launch(executable_path=path or own, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def screen(browser):
    """A window of usual size without a network; most pages are opened in it."""
    context = browser.new_context(offline=True)
    yield context
    context.close()


class OpenPage:
    """A page in the browser, and all that went wrong there."""

    def __init__(self, context, path):
        self.page = context.new_page()
        self.problems, self.requests = [], []
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.problems.append("dialog"), dialog.dismiss()))
        self.page.goto(path.as_uri())


@pytest.fixture
def open_page(browser, screen, tmp_path):
    """Open a report, and check at the end that nothing failed and nothing else was loaded."""
    opened = []

    def open_one(report, **options):
        path = tmp_path / f"page{len(opened)}.html"
        path.write_bytes(render_html(report).encode())
        context = browser.new_context(offline=True, **options) if options else screen
        opened.append(OpenPage(context, path))
        return opened[-1].page

    yield open_one
    for one in opened:
        assert one.problems == []
        assert [url.partition(":")[0] for url in one.requests] == ["file"]
        one.page.close()
