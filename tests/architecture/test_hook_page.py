"""The page on hooking a library: its package is the one that is installed and run here."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tests" / "toy_ledger"
PAGE = ROOT / "docs" / "hook_your_library.md"
BLOCK = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n<!-- /file -->", re.DOTALL)
FILES = dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder into which the package is installed as any other, with its entry points."""
    folder = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source")
    for file in PACKAGE.glob("*.*"):
        (source / file.name).write_bytes(file.read_bytes())
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", folder, source], check=True, capture_output=True)
    return folder


def run(installed, *arguments, **options):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LINEAGE_STATS_")}
    environment["PYTHONPATH"] = os.pathsep.join([str(installed), str(ROOT)])
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment, capture_output=True, text=True, check=False, **options,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_shows_the_files_of_the_package():
    assert FILES.keys() == {"toy_ledger_lineage.py", "pyproject.toml"}
    for name, text in FILES.items():
        assert text == (PACKAGE / name).read_text(encoding="utf-8")


def test_the_example_is_short():
    assert sum(text.count("\n") for text in FILES.values()) <= 120


def test_the_provider_is_found_and_passes_all_checks(installed):
    out = run(installed, "-c", """
from lineage_stats.hooks import available_providers, hook_provider_checks
(provider,) = [p for p in available_providers() if p.name == "toy_ledger"]
checks = list(hook_provider_checks())
for name, check in checks:
    check(provider)
print(len(checks))
""")  # fmt: skip
    assert int(out) >= 7


def test_its_calls_are_recorded_and_its_features_known(installed, tmp_path):
    (program,) = [
        block
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        if "lineage_stats.record" in block
    ]
    (tmp_path / "accounts.csv").write_text("account,amount\nrent,-700\npay,1000.5\n")
    head = "folder, path = 'runs', 'accounts.csv'\n"
    tail = """
import json
from lineage_stats.features import feature_kind
trace = run.trace()
print(json.dumps({
    "operations": [[op.key, op.kind, [r.rows for r in op.outputs], op.features] for op in trace],
    "edges": trace.edges, "unknown": trace.input_coverage.n_unknown,
    "kind": feature_kind("debit_share"), "columns": trace.columns(trace.operations[0].outputs[0]),
    "complete": trace.complete, "code": trace.operations[0].facts["code"],
}))
"""
    out = run(installed, "-c", head + program + tail, cwd=tmp_path)
    shown, found = out.splitlines()
    assert "'balance_amount': -703.5" in shown
    trace = json.loads(found)
    assert [op[:3] for op in trace["operations"]] == [
        ["<module>/read_ledger#1", "source", [2]],
        ["<module>/Ledger.post#1", "assignment", [3]],
        ["<module>/Ledger.filter#1", "selection", [2]],
        ["<module>/Ledger.balance#1", "metric", []],
    ]
    assert trace["operations"][2][3]["debit_share"] == 1.0
    assert trace["operations"][2][3]["selectivity"] == pytest.approx(2 / 3)
    assert len(trace["edges"]) == 3
    assert trace["unknown"] == 0
    assert trace["complete"]
    assert trace["kind"] == "proportion"
    assert trace["columns"] == [["account", "str"], ["amount", "str"]]
    assert trace["code"] == "toy_ledger 1.2"


def test_the_doctor_counts_it(installed, tmp_path):
    out = run(installed, "-m", "lineage_stats", "doctor", "--json", cwd=tmp_path)
    (found,) = [f for f in json.loads(out)["libraries"] if f["library"] == "toy_ledger"]
    assert (found["version"], found["hook_points"], found["missing"]) == ("1.2", 4, [])
