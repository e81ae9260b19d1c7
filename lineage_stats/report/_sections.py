"""Rows of the evidence card and of the list of differences, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lineage_stats.report._format import (
    format_healthy,
    format_number,
    format_observed,
    format_with_error,
)

Record = Mapping[str, Any]

MAX_FILES = 6
MAX_NUMBERS = 12
MAX_OTHERS = 40
_SHORT_COMMIT = 10

# Kinds of changes under the headings of the page, the program first.
_GROUPS = (
    ("Operations", ("added", "removed", "moved", "parents", "status")),
    ("Code and parameters", ("parameter", "code")),
    ("Schema", ("schema",)),
    ("Metrics", ("metric",)),
    ("Environment", ("environment",)),
    ("Rows", ("rows",)),
    ("Profile", ("profile",)),
    ("Files", ("source",)),
)
_MINOR = ("Rows", "Profile", "Files")  # follow from the others, or are new every day


def evidence_rows(report: Record) -> list[tuple[str, str, str]]:
    """Return label, text and class of each row of the evidence card; none without evidence.

    Parameters
    ----------
    report : mapping
        What `build_report` returned.
    """
    card = report["verdict"]["evidence"]
    if card is None:
        return []
    rows = [("Operation", card["operation"], "mono"), ("Where", card["location"], "mono")]
    attribution = report["attribution"]
    if card["share"] is not None and attribution is not None:
        share = format_with_error(card["share"], card["standard_error"]).removeprefix("+")
        whole = format_number(attribution["drop"], 3)
        change = "rise" if attribution["observed"] > attribution["expected"] else "drop"
        rows.append(("Share", f"{share} of the {whole} {change} of {attribution['metric']}", ""))
    if card["feature"] is not None:
        rows.append(("Feature", card["feature"], "mono"))
        rows.append(("This run", format_observed(card), "strong"))
        runs = f", from {card['n_runs']} runs" if card["n_runs"] else ""
        rows.append(("Healthy", f"{format_healthy(card)}{runs}", ""))
    if card["since"] is not None:
        rows.append(("Since", _since(card["since"]), ""))
    rows += [("Changed", _changed(change), "mono") for change in card["changed"]]
    rows.append(("Code", _code(card["code"]), ""))
    return [row for row in rows if row[1]]


def _since(since: Record) -> str:
    day = since["start"][:16].replace("T", " ")
    if since["n_runs"] == 1:
        return "this run"
    return f"{day} UTC, run {since['run_id']}: {since['n_runs']} runs in succession"


def _changed(change: Record) -> str:
    values = f"{change['before'] or 'none'} \u2192 {change['after'] or 'none'}"
    if change["kind"] == "code":
        return f"the code of the {'call' if change['name'] == 'call' else change['name']}"
    name = " ".join(filter(None, (change["kind"], change["name"])))
    return f"{name}: {values}" if change["before"] or change["after"] else name


def _code(code: Record | None) -> str:
    if code is None:
        return "commits were not recorded"
    before, after = code["before"][:_SHORT_COMMIT], code["after"][:_SHORT_COMMIT]
    dirty = ", with changes that were not committed" if code["dirty"] else ""
    if before == after:
        return f"same commit as the last healthy run ({after}){dirty}"
    if code["files"] is None:
        return f"{before} \u2192 {after}{dirty}; not found in the git repository at hand"
    files = "1 file" if code["n_files"] == 1 else f"{code['n_files']} files"
    lines = f"+{code['added']:,} \u2212{code['removed']:,} lines"
    return f"{before} \u2192 {after}{dirty}: {files}, {lines}"


def grouped_changes(diff: Record | None) -> list[dict[str, Any]]:
    """Return the differences under headings; a number that many steps pass on is one row.

    Parameters
    ----------
    diff : mapping or None
        A report's ``diff``.

    Returns
    -------
    list of dict
        ``title``, ``rows`` (changes with ``also``, the number of further operations), ``more``, the
        number of rows left out, and ``minor``, whether they are folded.
    """
    if diff is None:
        return []
    found = []
    for title, kinds in _GROUPS:
        rows = _merged([change for change in diff["changes"] if change["kind"] in kinds])
        if title == "Profile":
            rows.sort(key=lambda row: -(row["size"] or 0.0))
        minor = title in _MINOR
        most = MAX_NUMBERS if minor else MAX_OTHERS
        if rows:
            more = len(rows[most:])
            found.append({"title": title, "rows": rows[:most], "more": more, "minor": minor})
    return found


def _merged(changes: Sequence[Record]) -> list[dict[str, Any]]:
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for change in changes:
        values = (change["kind"], change["name"], change["before"], change["after"])
        one_by_one = change["kind"] in ("added", "removed", "moved")
        key = (*values, change["operation"]) if one_by_one else values
        if key in rows:
            rows[key]["also"] += 1 + change.get("n_more", 0)
        else:
            rows[key] = {**change, "also": change.get("n_more", 0)}
    return list(rows.values())
