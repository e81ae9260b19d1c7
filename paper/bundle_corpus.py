"""Select from a recorded corpus what is bundled with the package.

Run it with: python paper/bundle_corpus.py --corpus FOLDER [--pipelines NAMES] [--history 40]

Only the parts development and validation are read. Of each pipeline the selection has healthy runs
to learn from, healthy runs of later days, and one run of some cases of each class.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lineage_stats.datasets import load_corpus
from lineage_stats.storage._pack import write_pack
from lineage_stats.trace import Trace, TraceSet

PARTS = ("development", "validation")
TARGET = Path(__file__).parents[1] / "lineage_stats" / "datasets" / "data" / "faulty_pipelines"
MOST_BYTES = 5_500_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the corpus")
    parser.add_argument("--out", type=Path, default=TARGET, help="folder of the bundle")
    parser.add_argument("--pipelines", nargs="+", help="only these")
    parser.add_argument("--history", type=int, default=40, help="healthy runs of each pipeline")
    parser.add_argument("--present", type=int, default=10, help="healthy runs of later days")
    parser.add_argument("--cases", type=int, default=8, help="faulty runs of each class")
    options = parser.parse_args()
    labels, traces, manifest = [], [], {}
    for part in PARTS:
        for name in pipelines_of(options.corpus / part, options.pipelines):
            runs = load_corpus(options.corpus, part=part, pipeline=name)
            chosen = list(choose(runs.labels, options))
            labels += chosen
            wanted = {row["run_id"] for row in chosen}
            traces += [trace for trace in runs.traces if trace.run_id in wanted]
            manifest = merge(manifest, runs.manifest, chosen)
    write(options.out, labels, TraceSet(traces), manifest)


def pipelines_of(part: Path, wanted: Sequence[str] | None) -> list[str]:
    """Return the pipelines of a part that are wanted; one is in memory at a time."""
    path = part / "manifest.json"
    known = json.loads(path.read_text(encoding="utf-8"))["pipelines"] if path.exists() else {}
    return [name for name in known if wanted is None or name in wanted]


def choose(labels: Sequence[dict[str, Any]], options: Any) -> Iterator[dict[str, Any]]:
    """Pick the latest days of the history, the first of the present, and some of each case."""
    last = {row["pipeline"]: 0 for row in labels}
    for row in labels:
        if row["role"] == "history":
            last[row["pipeline"]] = max(last[row["pipeline"]], row["day"])
    chosen = set(_cases(labels, options.cases))
    for row in labels:
        name = row["pipeline"]
        is_taken = {
            "history": row["day"] > last[name] - options.history,
            "present": row["day"] <= last[name] + options.present,
            "case": row["run_id"] in chosen,
        }
        if is_taken[row["role"]]:
            yield row


def _cases(labels: Sequence[dict[str, Any]], n_cases: int) -> Iterator[str]:
    """Pick one run of some cases of each class and pipeline, twice as many of the class C1."""
    groups: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in labels:
        if row["role"] == "case":
            groups[row["pipeline"], row["class"]][row["case"]].append(row["run_id"])
    for (_, case_class), cases in groups.items():
        n = 2 * n_cases if case_class == "C1" else n_cases
        for case in sorted(cases, key=_shuffled)[:n]:
            yield min(cases[case], key=_shuffled)


def _shuffled(name: str) -> int:
    return zlib.crc32(name.encode())


def merge(
    manifest: dict[str, Any], other: dict[str, Any], chosen: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Add to a manifest what it needs of another one."""
    pipelines = {row["pipeline"] for row in chosen}
    kinds = {change["kind"] for row in chosen for change in row.get("changes", ())}
    kinds |= {row["kind"] for row in chosen if "kind" in row}
    return {
        "format": other["format"],
        "made_with": other["made_with"],
        "pipelines": {
            **manifest.get("pipelines", {}),
            **{name: other["pipelines"][name] for name in sorted(pipelines)},
        },
        "kinds": {
            **manifest.get("kinds", {}),
            **{kind: about for kind, about in other["kinds"].items() if kind in kinds},
        },
    }


def write(
    out: Path, labels: Sequence[dict[str, Any]], traces: Sequence[Trace], manifest: dict[str, Any]
) -> None:
    """Write the bundle; refuse to write one that is too large for the package."""
    out.mkdir(parents=True, exist_ok=True)
    pack = out / "runs.parquet"
    write_pack(traces, pack)
    size = pack.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{pack} has {size:,} bytes, more than {MOST_BYTES:,}: select less.")
    order = {trace.run_id: i for i, trace in enumerate(traces)}
    rows = sorted(labels, key=lambda row: order[row["run_id"]])
    with (out / "labels.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    manifest = {**manifest, "sha256": hashlib.sha256(pack.read_bytes()).hexdigest()}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"{len(traces)} runs of {len(manifest['pipelines'])} pipelines, {size:,} bytes")


if __name__ == "__main__":
    main()
