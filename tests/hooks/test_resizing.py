"""Arrays that a program resizes in place."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from lineage_stats.hooks import _resizing
from lineage_stats.hooks._resizing import may_be_resized, note_source

PROGRAM = """
import sys
if sys.argv[1:]:
    import lineage_stats.auto
import numpy as np
from sklearn.linear_model import LinearRegression
X, y = np.zeros((10, 2)), np.zeros(10)
LinearRegression().fit(X, y).predict(X)
X.resize((20, 2))
y.resize(20)
print(X.shape, y.shape)
"""


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(_resizing, "_state", {"resizes": False})


@pytest.mark.parametrize(
    ("text", "resizes"),
    [
        ("buffer.resize(20)", True), ("self.data.X.resize ((2, 3))", True),
        ("b = np.resize(a, 3)", False), ("b = numpy.resize(a, 3)", False), ("resize(a)", False),
        ("from PIL import Image\nimage.resize((2, 3))", False), ("", False),
    ],
)  # fmt: skip
def test_a_module_that_resizes_is_known(tmp_path, text, resizes):
    (tmp_path / "module.py").write_text(text)
    note_source(str(tmp_path / "module.py"))
    own = np.zeros(3)
    assert may_be_resized(own) == resizes
    assert not may_be_resized(own[:2])  # NumPy never resizes a view
    assert not may_be_resized([1])


def test_installed_packages_are_not_asked(tmp_path):
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "module.py").write_text("a.resize(2)")
    note_source(str(tmp_path / "site-packages" / "module.py"))
    assert not may_be_resized(np.zeros(3))


def test_a_program_resizes_as_it_does_unrecorded(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    bare, recorded = (
        subprocess.run(
            [sys.executable, "program.py", *arguments], cwd=tmp_path, env={**os.environ},
            capture_output=True, text=True, check=False,
        )
        for arguments in ((), ("recorded",))
    )  # fmt: skip
    assert (recorded.returncode, recorded.stdout) == (bare.returncode, bare.stdout)
    if sys.version_info < (3, 14):  # where NumPy refuses any array that a variable holds
        assert bare.stdout == "(20, 2) (20,)\n"
