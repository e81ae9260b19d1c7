"""The graph of a run as text: a tree for a terminal, Mermaid and Graphviz for documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    from lineage_stats.trace._operation import DataRef, Operation
    from lineage_stats.trace._trace import Trace

# Which data an operation brings in or takes out is what a reader looks for first.
_MERMAID_SHAPES = {"source": ("[(", ")]"), "sink": ("[(", ")]"), "metric": ("([", "])")}
# `#` first, as it begins the others. Mermaid would break a line at a backslash before an n.
_MERMAID_ENTITIES = (
    ("#", "#35;"), ("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("`", "#96;"),
    ("\\", "#92;"),
)  # fmt: skip
_DOT_SHAPES = {"source": "cylinder", "sink": "cylinder", "metric": "ellipse"}


def draw_trace(trace: Trace, form: str) -> str:
    """Return the graph of a run as text, in one of `FORMS`."""
    if form not in FORMS:
        raise ValueError(
            f"The 'form' parameter of Trace.draw must be one of {set(FORMS)}. Got {form!r} instead."
        )
    return FORMS[form](trace)


def _tree(trace: Trace) -> str:
    """Return a line per operation, under the latest of those it read from.

    The others are named behind it. Of several operations that read from one, the last goes
    straight down and the others branch off, so that a long chain is no deeper than a short one.
    """
    under: dict[int, list[int]] = {}
    roots = []
    for i in range(len(trace)):
        above = trace._parents[i]
        if above:
            under.setdefault(max(above), []).append(i)
        else:
            roots.append(i)
    width = len(str(len(trace)))
    lines: list[str] = []
    # An explicit stack: a chain may be longer than Python lets functions nest.
    waiting = [(root, "", "") for root in reversed(roots)]
    while waiting:
        i, first, rest = waiting.pop()
        lines.append(f"{first}{i + 1:>{width}} {_tree_text(trace, i)}")
        branches = sorted(under.get(i, ()), key=lambda j: (_reaches_metric(trace, j), j))
        indent = f"{rest}{' ' * width} "
        for position, child in enumerate(reversed(branches)):
            if position == 0:
                waiting.append((child, rest, rest))
            else:
                waiting.append((child, f"{indent}├─ ", f"{indent}│  "))
    return "\n".join(lines)


def _reaches_metric(trace: Trace, i: int) -> bool:
    op = trace.operations[i]
    below = (trace.operation(key) for key in trace.descendants(op.key))
    return op.metric is not None or any(other.metric is not None for other in below)


def _tree_text(trace: Trace, i: int) -> str:
    op = trace.operations[i]
    others = sorted(trace._parents[i])[:-1]
    also = f"  + {', '.join(str(j + 1) for j in others)}" if others else ""
    notes = [op.kind, _flow(op), _value(op), op.location]
    return printable("  ".join([op.key + also, *(note for note in notes if note)]))


def _flow(op: Operation) -> str:
    """Return how many rows went in and came out."""
    into, out = _rows(op.inputs), _rows(op.outputs)
    return f"{into} → {out} rows" if into and out else f"{into or out} rows" if into or out else ""


def _rows(refs: tuple[DataRef, ...]) -> str:
    return " + ".join(f"{ref.rows:,}" for ref in refs if ref.rows is not None)


def _value(op: Operation) -> str:
    if op.status == "failed":
        return f"failed: {op.error}" if op.error else "failed"
    return "" if op.metric_value is None else f"{op.metric} = {op.metric_value:.4g}"


def _label_lines(op: Operation) -> list[str]:
    return [line for line in (op.name, _flow(op), _value(op), op.location) if line]


def _mermaid(trace: Trace) -> str:
    lines = ["flowchart LR"]
    for i, op in enumerate(trace.operations):
        opening, closing = _MERMAID_SHAPES.get(op.kind, ("[", "]"))
        label = "<br/>".join(_mermaid_text(line) for line in _label_lines(op))
        lines.append(f'  n{i + 1}{opening}"{label}"{closing}')
    lines += [f"  n{parent} --> n{child}" for parent, child in _edges(trace)]
    failed = [f"n{i + 1}" for i, op in enumerate(trace.operations) if op.status == "failed"]
    if failed:
        lines += ["  classDef failed stroke:#b00020,stroke-width:3px"]
        lines += [f"  class {','.join(failed)} failed"]
    return "\n".join(lines)


def _mermaid_text(text: str) -> str:
    """Return text as Mermaid's entities, which it writes with ``#`` for ``&``."""
    safe = printable(text)
    for character, entity in _MERMAID_ENTITIES:
        safe = safe.replace(character, entity)
    return safe


def _dot(trace: Trace) -> str:
    lines = ["digraph run {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    for i, op in enumerate(trace.operations):
        label = "\\n".join(_dot_text(line) for line in _label_lines(op))
        style = f", shape={_DOT_SHAPES[op.kind]}" if op.kind in _DOT_SHAPES else ""
        style += ', color="#b00020", penwidth=3' if op.status == "failed" else ""
        lines.append(f'  n{i + 1} [label="{label}"{style}];')
    lines += [f"  n{parent} -> n{child};" for parent, child in _edges(trace)]
    return "\n".join([*lines, "}"])


def _dot_text(text: str) -> str:
    """Return text as Graphviz takes it between quotes, where it knows the entities of HTML."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def _edges(trace: Trace) -> Iterator[tuple[int, int]]:
    for child, above in enumerate(trace._parents, start=1):
        yield from ((parent + 1, child) for parent in above)


FORMS: dict[str, Callable[[Trace], str]] = {"tree": _tree, "mermaid": _mermaid, "dot": _dot}
