"""Signs in words: why an operation is suspected."""

from __future__ import annotations

from collections.abc import Iterable

from lineage_stats.attribution._evidence import MAX_SHOWN, Evidence
from lineage_stats.attribution._files import DIGEST, FilesRead
from lineage_stats.attribution._ranking import Ranking
from lineage_stats.trace import Operation

WORTH_SAYING = 0.3  # what a sign adds to the logarithm of the odds

# Sign, feature that stands for it, sentence.
_SENTENCES = {
    "statement": ("statement", "the statement changed"),
    "compared": ("metric", "what the metric compares is unusual, and this made it"),
    "broken": ("association", "columns from here go less with the target, or with each other"),
    "traced": ("columns", "columns from here are unusual where the model is fitted"),
    "silent": ("labels", "the labels come from here, and nothing else that was seen explains it"),
    "fresh": ("deviation", "its output is unusual, and nothing upstream is"),
    "downstream": ("downstream", "most of what is unusual lies downstream"),
    "source_alone": ("code", "no recorded step was edited, so that the data is suspected"),
}


def with_signs(evidence: Iterable[Evidence], ranking: Ranking, i: int) -> tuple[Evidence, ...]:
    """Return the evidence against the i-th operation, and what signs say beyond it."""
    found = list(evidence)
    known = {item.feature.partition("[")[0] for item in found}
    added: dict[str, float] = {}
    for name, reason in zip(ranking.names, ranking.reasons[i].tolist(), strict=True):
        if reason >= WORTH_SAYING:
            sentence = next((s for s in _SENTENCES if name in (s, *_by_state(s))), None)
            if sentence is not None:
                added[sentence] = max(added.get(sentence, 0.0), reason)
    for name, reason in sorted(added.items(), key=lambda item: -item[1]):
        feature, change = _SENTENCES[name]
        if feature not in known:
            size = min(1.0, reason / 5)
            found.append(Evidence(feature, None, None, None, None, size, change))
    return tuple(found[:MAX_SHOWN])


def file_again(files: FilesRead | None, op: Operation | None) -> tuple[Evidence, ...]:
    """Return that an operation reads a file that an earlier run read.

    It is told and has no weight: in the corpus other signs say as much of every such file.
    """
    digest = None if op is None else op.facts.get(DIGEST)
    run_id = None if files is None else files.again(digest)
    if files is None or run_id is None:
        return ()
    change = f"reads the very file that run {run_id} read, where most runs have a new one"
    return (Evidence(DIGEST, None, None, None, None, files.staleness(digest), change),)


def _by_state(name: str) -> tuple[str, ...]:
    return tuple(
        f"{state}_{name}" for state in ("edited", "source", "beside", "free", "untold", "held")
    )
