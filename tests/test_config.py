"""Settings from the environment: a typing error never stops the user's program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats._config import (
    ENVIRONMENT_VARIABLES,
    FEATURE_LEVELS,
    Settings,
    ignored_settings,
    parse_tags,
    settings_from_environment,
)


def test_an_empty_environment_gives_the_defaults() -> None:
    assert settings_from_environment({}) == Settings()


def test_every_variable_is_heard() -> None:
    env = {
        "LINEAGE_STATS_DIR": "/data/traces",
        "LINEAGE_STATS_PIPELINE": "churn",
        "LINEAGE_STATS_TAGS": "status=healthy,site=a",
        "LINEAGE_STATS_FEATURES": "shape",
        "LINEAGE_STATS_SAMPLE_ROWS": "50",
        "LINEAGE_STATS_USER_PACKAGES": "mine, yours",
        "LINEAGE_STATS_STRICT": "1",
        "LINEAGE_STATS_DISABLED": "1",
    }
    assert env.keys() == ENVIRONMENT_VARIABLES.keys()
    assert settings_from_environment(env) == Settings(
        directory="/data/traces",
        pipeline="churn",
        tags={"status": "healthy", "site": "a"},
        features="shape",
        sample_rows=50,
        user_packages=("mine", "yours"),
        strict=True,
        disabled=True,
    )
    default = Settings()
    for name, value in env.items():
        assert settings_from_environment({name: value}) != default, name


@given(st.dictionaries(st.sampled_from(sorted(ENVIRONMENT_VARIABLES)), st.text()))
def test_nothing_in_the_environment_raises(env: dict[str, str]) -> None:
    settings = settings_from_environment(env)
    assert settings.features in FEATURE_LEVELS
    assert settings.sample_rows > 0
    assert settings.directory


@pytest.mark.parametrize("value", ["", "0", "-5", "many", "1.5", "²", "9" * 5000])
def test_a_number_of_rows_that_is_none_gives_the_default(value: str) -> None:
    assert settings_from_environment({"LINEAGE_STATS_SAMPLE_ROWS": value}).sample_rows == 1000


@pytest.mark.parametrize(
    ("value", "on"),
    [("1", True), ("true", True), (" YES ", True), ("on", True), ("0", False), ("", False),
     ("no", False), ("2", False)],
)  # fmt: skip
def test_switches(value: str, on: bool) -> None:
    assert settings_from_environment({"LINEAGE_STATS_DISABLED": value}).disabled is on


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        (" a = 1 , b = 2 ", {"a": "1", "b": "2"}),
        ("a", {"a": ""}),
        ("a=1=2", {"a": "1=2"}),
        (",,a=1,", {"a": "1"}),
        ("a=1,a=2", {"a": "2"}),
    ],
)
def test_tags(text: str, tags: dict[str, str]) -> None:
    assert parse_tags(text) == tags


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGE_STATS_PIPELINE", "from-the-environment")
    assert settings_from_environment().pipeline == "from-the-environment"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("LINEAGE_STATS_FEATURES", "full", "bogus"),
        ("LINEAGE_STATS_SAMPLE_ROWS", "50", "many"),
        ("LINEAGE_STATS_SAMPLE_ROWS", "1", "-1"),
    ],
)
def test_what_is_ignored_is_told(name: str, good: str, bad: str) -> None:
    assert ignored_settings({}) == ignored_settings({name: good}) == []
    (told,) = ignored_settings({name: bad})
    assert told.startswith(f"{name}={bad} is ignored")
