"""Signs in words: why an operation is suspected."""

from __future__ import annotations

from collections.abc import Iterable

from lineage_stats.attribution._evidence import MAX_SHOWN, Evidence
from lineage_stats.attribution._ranking import Ranking

WORTH_SAYING = 0.3  # what a sign adds to the logarithm of the odds

# Sign, feature that stands for it, sentence.
_SENTENCES = {
    "stale": ("file[digest]", "an earlier run read the very same file"),
    "statement": ("statement", "the statement changed"),
    "compared": ("metric", "what the metric compares is unusual, and this made it"),
    "broken": ("association", "columns from here go less with the target, or with each other"),
    "traced": ("columns", "columns from here are unusual where the model is fitted"),
    "silent": ("labels", "the labels come from here, and predictions changed for no other reason"),
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


def _by_state(name: str) -> tuple[str, ...]:
    return tuple(
        f"{state}_{name}" for state in ("edited", "source", "beside", "free", "untold", "held")
    )
