"""What a run says about its surroundings, and what it keeps to itself."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats._environment import at_end, at_start, redact


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--token", "abc"], ["--token", "***"]),
        (["--token=abc"], ["--token=***"]),
        (["--API-KEY", "abc", "--n", "3"], ["--API-KEY", "***", "--n", "3"]),
        (["--password", "--verbose"], ["--password", "--verbose"]),
        (["postgres://me:pw@host/x"], ["postgres://***@host/x"]),
        (["--db=https://token@host"], ["--db=https://***@host"]),
        (["PASSWORD=abc"], ["PASSWORD=***"]),
        (["-p", "abc"], ["-p", "***"]),
        (["https://me:a/b@c@host/x"], ["https://***@host/x"]),
        (["--url=https://h/x?sig=a&n=3;token=b#c"], ["--url=https://h/x?sig=***&n=3;token=***#c"]),
        (["https://h/x?key=abc"], ["https://h/x?key=***"]),
        (["--map", "a=1"], ["--map", "a=1"]),
        (["data.csv", "--rows=5"], ["data.csv", "--rows=5"]),
    ],
)
def test_secrets_among_the_arguments_are_hidden(arguments, shown):
    assert redact(arguments) == shown


@given(
    st.text("abc", min_size=3), st.sampled_from(["token", "my-secret", "DB_PASSWORD", "api_key"])
)
def test_no_secret_is_shown_in_any_form(secret, name):
    secret = f"QQ{secret}QQ"
    for arguments in ([f"--{name}={secret}"], [f"--{name}", secret], [f"x://u:{secret}@host"]):
        assert secret not in " ".join(redact(arguments))


def test_the_start_is_known_at_once():
    found = at_start()
    assert found["pid"] == str(os.getpid())
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert all(isinstance(value, str) for value in found.values())


def test_versions_of_imported_packages(monkeypatch):
    import numpy as np

    monkeypatch.setitem(sys.modules, "torch", object())
    monkeypatch.delitem(sys.modules, "polars", raising=False)
    found = at_end()
    assert found["package:numpy"] == np.__version__
    assert "package:torch" not in found
    assert "package:polars" not in found
