"""Rules for every file of the project."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT_SUFFIXES = {".py", ".md", ".toml", ".jinja", ".html", ".css", ".json", ".yml", ".txt", ""}
SKIPPED = {".git", "__pycache__", "build", "dist", "lineage_traces", "lineage_demo"}
MAX_LINES = 500

# Spelled in pieces, so that this file passes its own test.
FORBIDDEN = re.compile(
    r"\b(to" + r"do|fix" + r"me|x" + r"xx|hack)\b"
    r"|not" + r"implementederror"
    r"|\b(chat|open)" + r"gpt\b|\bclau" + r"de\b|\bcopi" + r"lot\b|\bsub" + r"agents?\b"
    r"|/(work|tmp|home|root)/(?!\.\.\.)[a-z]",
    re.IGNORECASE,
)

# Modules without a mirrored test file, each with what tests it instead.
TESTED_ELSEWHERE = {
    "lineage_stats/__init__.py": "tests/architecture/test_public_names.py",
    "lineage_stats/__main__.py": "tests/cli/test_app.py",
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


def test_files_were_found():
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", TEXT_FILES, ids=name_of)
def test_no_forbidden_words(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [f"{i}: {line.strip()}" for i, line in enumerate(lines, 1) if FORBIDDEN.search(line)]
    assert not found


@pytest.mark.parametrize("path", [p for p in TEXT_FILES if p.suffix == ".py"], ids=name_of)
def test_no_file_is_too_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_has_a_test_file(path):
    name = name_of(path)
    if name in TESTED_ELSEWHERE:
        assert (ROOT / TESTED_ELSEWHERE[name]).is_file()
    elif path.stem == "__init__":
        assert (ROOT / "tests/architecture/test_public_names.py").is_file()
    else:
        folder = ROOT / "tests" / path.parent.relative_to(ROOT / "lineage_stats")
        assert (folder / f"test_{path.stem.lstrip('_')}.py").is_file()


def test_exceptions_from_the_mirror_are_needed():
    for name in TESTED_ELSEWHERE:
        assert (ROOT / name).is_file(), f"{name} is gone: remove it from the list"
