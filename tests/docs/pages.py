"""Runs what stands in the pages of the documentation, as a reader would: from top to bottom.

A page is Markdown. Its fenced blocks are run in order, in one folder and one namespace:

* ``python`` blocks are executed; ``bash`` blocks are run line by line; ``ipython`` blocks are the
  cells of one notebook. A ``text`` block after one that was run is what it prints, with ``...``
  for what varies.
* ``<!-- file: NAME -->`` before a block writes it to that file, ``<!-- not run: WHY -->`` leaves
  it out, and so does ``<!-- command: NAME -->``, which the checks of the project run.
* ``# exit code N`` after a command is the code that it ends with, else 0.
* ``<!-- continues: PAGE -->`` anywhere: the folder is that in which PAGE ended.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[\w ]+): (?P<note>[^\n]*) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
CODE = ("python", "bash", "ipython")
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, with what is said of it in a comment above."""

    kind: str
    text: str
    mark: str
    note: str
    line: int


def blocks_of(page: str) -> list[Block]:
    """Return all blocks of a page that are marked or of a kind that is run."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(
            m["kind"], m["text"], m["mark"] or "", m["note"] or "", text.count("\n", 0, m.start())
        )
        for m in BLOCK.finditer(text)
    ]


def mark_of(page: str, name: str) -> str | None:
    """Return what a comment of a page says under a name."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name}: (.*) -->", text)
    return found[1] if found else None


class Reader:
    """Goes through a page in a folder, and fails where it does not do what it says."""

    def __init__(self, page: str, folder: Path, prelude: str = "") -> None:
        self.page, self.folder = page, folder
        # A module of the name that scripts have, so that classes of the page can be found.
        self.namespace: dict[str, Any] = vars(types.ModuleType("__main__"))
        self.prelude = prelude
        self.printed: str | None = None

    def read(self) -> int:
        """Run all blocks, and return how many there were."""
        n_run = 0
        with contextlib.chdir(self.folder):
            exec(compile(self.prelude, "prelude", "exec"), self.namespace)
            for block in blocks_of(self.page):
                n_run += self._block(block)
        return n_run

    def _block(self, block: Block) -> int:
        if block.kind == "text":
            self._compare(block)
            return 0
        self.printed = None
        if block.mark == "file":
            Path(block.note).write_text(block.text, encoding="utf-8")
        elif block.mark:
            return 0
        elif block.kind == "python":
            self.printed = self._python(block)
        elif block.kind == "bash":
            self.printed = "".join(self._command(line, block) for line in commands(block.text))
        return block.kind in ("python", "bash")

    def _compare(self, block: Block) -> None:
        checker = doctest.OutputChecker()
        if self.printed is not None and not checker.check_output(block.text, self.printed, _FLAGS):
            where = f"{self.page}, line {block.line}"
            raise AssertionError(f"{where}: printed is\n{self.printed}\nand not\n{block.text}")

    def _python(self, block: Block) -> str:
        # As many lines before it as on the page, so that errors say where.
        code = compile("\n" * (block.line + 1) + block.text, str(ROOT / self.page), "exec")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, self.namespace)
        return out.getvalue()

    def _command(self, line: str, block: Block) -> str:
        command, _, comment = line.partition("  # ")
        expected = re.search(r"exit code (\d)", comment)
        done = run(command.strip())
        code = int(expected[1]) if expected else 0
        where = f"{self.page}, line {block.line}: {command}"
        assert done[0] == code, f"{where}\nended with {done[0]}, not {code}\n{done[1]}"
        return done[1]


def commands(text: str) -> list[str]:
    """Return the commands of a block; a line that ends in a backslash goes on."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def run(command: str) -> tuple[int, str]:
    """Run a shell command; ours in this process, as starting a hundred takes minutes."""
    words = shlex.split(command, comments=True)
    if words[0] == "lineage-stats" and words[1] != "run":
        return _main(words[1:])
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def _main(arguments: list[str]) -> tuple[int, str]:
    from lineage_stats.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main(arguments)
        except SystemExit as end:
            return int(end.code or 0), out.getvalue()
