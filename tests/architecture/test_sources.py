"""Rules for every file of the project."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT_SUFFIXES = {".py", ".md", ".toml", ".jinja", ".html", ".css", ".json", ".yml", ".txt", ""}
SKIPPED = {".git", "__pycache__", "build", "dist", "lineage_traces", "lineage_demo"}
MAX_LINES = 500
MAX_LINES_OF_TESTS = 800  # lists of cases are long

# Spelled in pieces, so that this file passes its own test.
FORBIDDEN = re.compile(
    r"\b(to" + r"do|fix" + r"me|x" + r"xx)\b"
    r"|not" + r"implementederror"
    r"|\b(chat|open)" + r"gpt\b|\bclau" + r"de\b|\bcopi" + r"lot\b|\bsub" + r"agents?\b"
    r"|/(work|tmp|home|root)/(?!\.\.\.)[a-z]",
    re.IGNORECASE,
)

# Modules without a mirrored test file, each with what tests it instead.
TESTED_ELSEWHERE = {
    "lineage_stats/__init__.py": "tests/architecture/test_public_names.py",
    "lineage_stats/__main__.py": "tests/cli/test_app.py",
    # The demo is a program: it is run whole.
    "lineage_stats/cli/demo/_days.py": "tests/cli/test_demo.py",
    "lineage_stats/cli/demo/_run.py": "tests/cli/test_demo.py",
    "lineage_stats/cli/demo/_text.py": "tests/cli/test_demo.py",
    "lineage_stats/cli/demo/daily_pipeline.py": "tests/cli/test_demo.py",
    # Every detector passes the shipped checks, and those fail for a detector that breaks them.
    "lineage_stats/detectors/_checks.py": "tests/contract/test_detectors.py",
    "lineage_stats/detectors/_mad.py": "tests/contract/test_detectors.py",
    "lineage_stats/detectors/_rows.py": "tests/contract/test_detectors.py",
    "lineage_stats/detectors/_sklearn_base.py": "tests/contract/test_detectors.py",
    "lineage_stats/detectors/_zscore.py": "tests/contract/test_detectors.py",
    # Every exporter passes the shipped checks, and those fail for an exporter that breaks them.
    "lineage_stats/export/_checks.py": "tests/contract/test_exporters.py",
    # Whether columns are told apart rightly, a judge decides who knows none of the rules.
    "lineage_stats/hooks/_columns/_functions.py": "tests/contract/test_columns_by_operation.py",
    "lineage_stats/hooks/_columns/_links.py": "tests/contract/test_columns_by_operation.py",
    "lineage_stats/hooks/_columns/_recipes.py": "tests/contract/test_columns_of_programs.py",
    "lineage_stats/hooks/_numpy/_callers.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/hooks/_numpy/_evaluate.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/hooks/_numpy/_flow.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/hooks/_numpy/_functions.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/hooks/_numpy/_indexing.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/hooks/_numpy/_names.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/hooks/_numpy/_sparse.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/hooks/_numpy/_values.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/trace/_lineage/_arrays.py": "tests/contract/test_columns_of_arrays.py",
    "lineage_stats/trace/_lineage/_ask.py": "tests/golden/test_columns.py",
    "lineage_stats/trace/_lineage/_find.py": "tests/golden/test_columns.py",
    "lineage_stats/trace/_lineage/_history.py": "tests/golden/test_columns.py",
    "lineage_stats/trace/_lineage/_joins.py": "tests/contract/test_columns_by_operation.py",
    "lineage_stats/trace/_lineage/_models.py": "tests/contract/test_columns_by_operation.py",
    "lineage_stats/trace/_lineage/_rules.py": "tests/contract/test_columns_of_programs.py",
    # Numbers of rows are held against a count of each frame, columns against a whole program.
    "lineage_stats/hooks/_later.py": "tests/hooks/_pyspark/test_recount.py",
    "lineage_stats/hooks/_pyspark/_bridge.py": "tests/hooks/_pyspark/test_recount.py",
    "lineage_stats/hooks/_pyspark/_inspect.py": "tests/hooks/_pyspark/test_recount.py",
    "lineage_stats/hooks/_pyspark/_pandas_names.py": "tests/hooks/_pyspark/test_pandas_targets.py",
    "lineage_stats/hooks/_pyspark/_pandas_views.py": "tests/hooks/_pyspark/test_pandas_describe.py",
    "lineage_stats/hooks/_pyspark/_physical.py": "tests/hooks/_pyspark/test_recount.py",
    "lineage_stats/hooks/_pyspark/_surface.py": "tests/contract/test_hook_providers.py",
    "lineage_stats/hooks/_pyspark/_targets.py": "tests/contract/test_hook_providers.py",
    # What a replay is asked, and what it is made from.
    "lineage_stats/attribution/replay/_opened.py": "tests/attribution/replay/test_script.py",
    "lineage_stats/attribution/replay/_view.py": "tests/attribution/replay/test_divide.py",
    "lineage_stats/storage/_outlines.py": "tests/storage/test_pack_rows.py",
    # Parts of one function of the base class, or of one result.
    "lineage_stats/detectors/_inputs.py": "tests/detectors/test_base.py",
    "lineage_stats/detectors/_result.py": "tests/detectors/test_score.py",
    "lineage_stats/detectors/_drill_faults.py": "tests/detectors/test_drill.py",
    "lineage_stats/detectors/_drill_result.py": "tests/detectors/test_drill.py",
    "lineage_stats/detectors/_history.py": "tests/detectors/test_living.py",
    "lineage_stats/detectors/_judging.py": "tests/detectors/test_precedents.py",
    "lineage_stats/detectors/_learning.py": "tests/detectors/test_living.py",
    "lineage_stats/attribution/_case.py": "tests/attribution/test_signs.py",
    "lineage_stats/attribution/_program_signs.py": "tests/attribution/test_signs.py",
    "lineage_stats/attribution/_standing.py": "tests/attribution/test_signs.py",
}


def project_files() -> list[Path]:
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(p.startswith(".") and p != ".ci" for p in parts)
        skipped = hidden or SKIPPED & set(parts) or any(p.endswith(".egg-info") for p in parts)
        through_a_door = any(parent.is_symlink() for parent in (path, *path.parents))
        if path.is_file() and not skipped and not through_a_door:
            found.append(path)
    return found


TEXT_FILES = [p for p in project_files() if p.suffix in TEXT_SUFFIXES]
MODULES = [p for p in TEXT_FILES if p.suffix == ".py" and p.is_relative_to(ROOT / "lineage_stats")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_files_were_found():
    assert len(MODULES) > 40


def test_no_forbidden_words():
    found = [
        f"{name_of(path)}:{i}: {line.strip()}"
        for path in TEXT_FILES
        for i, line in enumerate(lines_of(path), 1)
        if FORBIDDEN.search(line)
    ]
    assert not found


def test_the_pattern_of_forbidden_words_works():
    assert FORBIDDEN.search("# TO" + "DO: later")
    assert not FORBIDDEN.search("what todos los dias means")


def test_no_file_is_too_long():
    for path in (p for p in TEXT_FILES if p.suffix == ".py"):
        is_test = path.is_relative_to(ROOT / "tests")
        most = MAX_LINES_OF_TESTS if is_test else MAX_LINES
        assert len(lines_of(path)) <= most, name_of(path)


def test_every_module_has_a_test_file():
    assert not [name_of(path) for path in MODULES if not mirrored(path).is_file()]


def mirrored(path: Path) -> Path:
    """Return where the tests of a module are."""
    if path.stem == "__init__":
        return ROOT / "tests/architecture/test_public_names.py"
    elsewhere = TESTED_ELSEWHERE.get(name_of(path))
    return ROOT / elsewhere if elsewhere else own_test_of(path)


def own_test_of(path: Path) -> Path:
    """Return where the tests of a module belong."""
    folder = ROOT / "tests" / path.parent.relative_to(ROOT / "lineage_stats")
    return folder / f"test_{path.stem.lstrip('_')}.py"


def test_exceptions_from_the_mirror_are_needed():
    assert not [name for name in TESTED_ELSEWHERE if not (ROOT / name).is_file()]
    own = [name for name in TESTED_ELSEWHERE if own_test_of(ROOT / name).is_file()]
    assert not own, "these have tests of their own now: take them off the list"
