"""Writes the pages that list names: the API from each ``__all__``, the commands from their help.

So what is public is in the reference, whether or not somebody thought of it.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path

import typer
import typer.main
from click import unstyle

import lineage_stats
from lineage_stats.cli._app import app

FOLDER = "reference"
LEFT_OUT = {"cli"}  # its commands are a page of their own
PACKAGES = [
    "lineage_stats",
    *(
        f"lineage_stats.{info.name}"
        for info in pkgutil.iter_modules(lineage_stats.__path__)
        if info.ispkg and info.name not in LEFT_OUT
    ),
]


def public_names(package):
    """Return classes, functions and constants of a package, each in the order of ``__all__``."""
    module = importlib.import_module(package)
    parts = {"Classes": [], "Functions": [], "Constants": []}
    for name in module.__all__:
        value = getattr(module, name)
        home = getattr(value, "__module__", "")
        if package == "lineage_stats" and not home.startswith("lineage_stats._"):
            continue  # listed where it lives
        if inspect.isclass(value):
            parts["Classes"].append(name)
        elif inspect.isroutine(value):
            parts["Functions"].append(name)
        else:
            parts["Constants"].append(name)
    return {title: names for title, names in parts.items() if names}


def page(package):
    """Return the page of one package."""
    module = importlib.import_module(package)
    lines = [package, "=" * len(package), "", inspect.getdoc(module) or "", ""]
    if package == "lineage_stats":
        short = ", ".join(f"`{name}`" for name in module.__all__)
        lines += [f"Can be imported from here: {short}.", ""]
    lines += [f".. currentmodule:: {package}", ""]
    for title, names in public_names(package).items():
        lines += [title, "-" * len(title), ""]
        if title == "Constants":
            lines += [
                line for name in names for line in (f".. autodata:: {name}", "   :no-value:", "")
            ]
            continue
        template = ["   :template: autosummary/class.rst"] if title == "Classes" else []
        lines += [".. autosummary::", "   :toctree: generated", "   :nosignatures:", *template, ""]
        lines += [f"   {name}" for name in names] + [""]
    return "\n".join(lines)


def commands():
    """Return the page of the commands: what ``--help`` says of each."""
    program = typer.main.get_command(app)
    lines = ["Command line", "============", ""]
    lines += ["What ``lineage-stats --help`` and ``lineage-stats COMMAND --help`` say.", ""]
    for name in ("", *program.commands):
        command = program.commands[name] if name else program
        parent = typer.Context(program, info_name="lineage-stats")
        context = typer.Context(command, info_name=name, parent=parent) if name else parent
        text = unstyle(command.get_help(context))
        title = f"lineage-stats {name}".strip()
        lines += [title, "-" * len(title), "", ".. code-block:: text", ""]
        lines += [f"   {line}".rstrip() for line in text.splitlines()] + [""]
    return "\n".join(lines)


def write(folder):
    """Write all pages that changed into a folder."""
    folder.mkdir(exist_ok=True)
    index = ["API reference", "=============", "", ".. toctree::", "   :maxdepth: 1", ""]
    pages = {}
    for package in PACKAGES:
        pages[f"{package}.rst"] = page(package)
        index.append(f"   {package}")
    pages["commands.rst"] = commands()
    index.append("   commands")
    pages["index.rst"] = "\n".join([*index, ""])
    for name, text in pages.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def is_foreign(sphinx, what, name, member, skip, options):
    """Leave out what comes from other libraries, which document it themselves."""
    home = getattr(getattr(member, "fget", None) or member, "__module__", None)
    own = isinstance(home, str) and home.startswith("lineage_stats")
    return True if callable(member) and not own else None


def setup(sphinx):
    """Write at once: Sphinx looks for pages before it tells extensions that it begins."""
    write(Path(sphinx.srcdir) / FOLDER)
    sphinx.connect("autodoc-skip-member", is_foreign)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
