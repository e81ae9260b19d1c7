"""Which files healthy runs read, and whether a run read one of them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lineage_stats.trace import Trace

DIGEST = "file[digest]"
_MOST = 0.5


@dataclass(frozen=True)
class FilesRead:
    """What one operation read in healthy runs.

    Attributes
    ----------
    latest : mapping of str to str
        Digest of a file to the latest run that read it.
    n_runs : int
        Number of runs that read any.
    """

    latest: Mapping[str, str]
    n_runs: int

    def again(self, digest: object) -> str | None:
        """Return the latest run that read the same file, where most runs have a new one."""
        return self.latest[str(digest)] if self.staleness(digest) > _MOST else None

    def staleness(self, digest: object) -> float:
        """Return how strange it is to read a file again: 0 for a new one, 1 if all were new."""
        if str(digest) not in self.latest or self.n_runs < 2:
            return 0.0
        return (len(self.latest) - 1) / (self.n_runs - 1)


def files_read(
    runs: Iterable[Trace], mappings: Iterable[Mapping[str, str]]
) -> dict[str, FilesRead]:
    """Return what each operation read in healthy runs, by its key in `mappings`."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    in_time = sorted(zip(runs, mappings, strict=True), key=lambda pair: pair[0].start_ns)
    for run, keys in in_time:
        for op in run:
            if DIGEST in op.facts:
                pairs.setdefault(keys[op.key], []).append((str(op.facts[DIGEST]), run.run_id))
    return {key: FilesRead(dict(found), len(found)) for key, found in pairs.items()}
