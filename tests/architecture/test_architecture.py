"""The architecture note tells the truth about what can be checked."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lineage_stats"
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_every_file_that_it_names_exists():
    named = set(re.findall(r"`([\w/.]+(?:\.py|/))`", TEXT))
    assert len(named) > 20
    assert not [name for name in named if not ((PACKAGE / name).exists() or (ROOT / name).exists())]


def test_every_folder_of_the_package_is_in_its_table():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(re.findall(r"^\| `(\w+)/` \|", TEXT, re.MULTILINE))


def test_its_layers_are_those_of_the_contract():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if one["type"] == "layers")
    known = [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]
    (drawing,) = re.findall(r"## Layers\n\n```\n(.*?)```", TEXT, re.DOTALL)
    drawn = [set(line.partition("siblings")[0].split()) for line in drawing.splitlines()]
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert drawn == [layer & folders for layer in known]
