"""Small git repositories."""

import subprocess

import pytest

IDENTITY = ("-c", "user.name=tester", "-c", "user.email=tester@example.org")


class Repo:
    """A git repository in a folder."""

    def __init__(self, path):
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments):
        command = ["git", *IDENTITY, *arguments]
        done = subprocess.run(command, cwd=self.path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def write(self, **texts):
        """Write files; ``main_py="..."`` writes main.py."""
        for name, text in texts.items():
            stem, _, suffix = name.rpartition("_")
            (self.path / f"{stem}.{suffix}").write_text(text)
        return self

    def commit(self, message="change"):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def state(self):
        """Everything that a replay must leave alone: files, index, references, objects."""
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def repo(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return Repo(tmp_path / "project")
