"""The time of stored runs in parts, for those who read more runs than they can keep a list of."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from lineage_stats.storage._layout import pack_files, pack_stamps, time_of_stamp
from lineage_stats.storage._selection import Selection

# A list of the runs of so many packs takes some 15 MB, where each holds 500.
_PACKS_AT_ONCE: Final = 64


def windows(path: Path, selection: Selection, n_parts: int = 1) -> list[Selection]:
    """Divide a selection by time, so that the runs of each part lie in few packs.

    Parameters
    ----------
    path : Path
        Folder of a store, of a pipeline in it, or a file.
    selection : Selection
        Which runs are wanted.
    n_parts : int, default=1
        How many parts are wanted at least, where there are as many packs.

    Returns
    -------
    list of Selection
        The parts, oldest first: each selected run belongs to one of them. There is only one where
        few packs have names that tell when their runs began.
    """
    if path.is_file():
        return [selection]
    stamps = (pack_stamps(pack) for pack in pack_files(path, selection.pipeline))
    begins = sorted(found[0] for found in stamps if found is not None)
    packs_at_once = max(1, min(_PACKS_AT_ONCE, len(begins) // n_parts))
    cuts = {time_of_stamp(begin) for begin in begins[packs_at_once::packs_at_once]}
    inside = sorted(
        cut
        for cut in cuts
        if (selection.since is None or selection.since < cut)
        and (selection.until is None or cut <= selection.until)
    )
    edges = [selection.since, *inside, None]
    return [
        replace(selection, since=since, until=selection.until if end is None else end - 1)
        for since, end in pairwise(edges)
    ]
