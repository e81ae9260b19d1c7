"""Signs in the program: what was edited, inserted, removed, and what certainly was not."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._edits import FUNCTION, SLICE, Edit, is_determined
from lineage_stats.attribution._inspector import Inspector
from lineage_stats.attribution._scoring import INERT_WEIGHT
from lineage_stats.attribution._standing import Standing
from lineage_stats.features import parse_feature

FloatArray = npt.NDArray[np.float64]

_FACTS = ("param", "inert", "call", "statement", "code", "parents", "new", "missing")


class ProgramSigns:
    """What is known of the code and the parameters of each operation.

    Parameters
    ----------
    inspector : Inspector
        What is known of the run.
    standing : Standing
        The operations.
    """

    def __init__(self, inspector: Inspector, standing: Standing) -> None:
        self.inspector, self.standing = inspector, standing
        self.observation, self.keys = inspector.observation, standing.keys

    def collect(self) -> dict[str, FloatArray]:
        """Return the signs by name."""
        found = {name: np.zeros(len(self.keys)) for name in _FACTS}
        for i, key in enumerate(self.keys):
            if key not in self.observation.operations:
                found["missing"][i] = 1.0
            elif self.inspector.is_new(key):
                found["new"][i] = 1.0
            for edit in self._edits(key):
                name = parse_feature(edit.fact).statistic
                if name == SLICE:
                    name = "call"
                elif name == FUNCTION:
                    name = "param"
                elif name == "param":
                    name = "param" if edit.weight > INERT_WEIGHT else "inert"
                found[name][i] = max(found[name][i], edit.weight)
        found["statement"] *= 1 - found["call"]
        changed = self.edited
        found["only_edit"] = np.where(changed, 1.0 / max(1, self._n_statements), 0.0)
        found["held"] = self.held
        found["untouched"] = (
            self.known * ~changed * self.standing.is_of("source", False) * (1 - self.held)
        )
        found["untold"] = np.where(self.known, 0.0, 1.0)
        sources = np.where(self.known & self.standing.is_of("source"), 1.0, 0.0)
        besides = self.changing.any()
        found["source_alone"], found["source_besides"] = sources * ~besides, sources * besides
        return found

    @cached_property
    def edited(self) -> npt.NDArray[np.bool_]:
        """Which operations were edited, inserted or removed."""
        return np.array([self._is_edited(key) for key in self.keys], dtype=np.bool_)

    @cached_property
    def changing(self) -> npt.NDArray[np.bool_]:
        """Which operations were edited so that the metric can have noticed."""
        return self.edited & ~self.unread

    def _is_edited(self, key: str) -> bool:
        if key not in self.observation.operations:
            return True
        if self.inspector.is_new(key):
            return True
        return any(edit.weight > INERT_WEIGHT for edit in self._edits(key))

    @cached_property
    def unread(self) -> npt.NDArray[np.bool_]:
        """Which operations are new or edited, and made nothing that the metric depends on."""
        return np.array([self._is_unread(key) for key in self.keys], dtype=np.bool_)

    def _is_unread(self, key: str) -> bool:
        inspector = self.inspector
        if key not in self.observation.operations:
            return False
        changed = inspector.is_new(key) or bool(self._edits(key))
        return changed and (inspector.is_idle(key) or inspector.reads.is_unread(key))

    def _edits(self, key: str) -> tuple[Edit, ...]:
        """Edits of an operation, without a change of its text that an inert parameter explains."""
        edits = (*self.inspector.behind.get(key, ()), *self.inspector.edits.get(key, ()))
        beside = [edit for edit in edits if not edit.of_text_only]
        if beside and all(edit.weight <= INERT_WEIGHT for edit in beside):
            return tuple(beside)
        return edits

    @cached_property
    def _n_statements(self) -> int:
        """Number of places that were edited."""
        places = {
            op.location if (op := self.observation.operations.get(key)) is not None else key
            for key, edited in zip(self.keys, self.changing, strict=True)
            if edited
        }
        return len(places)

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Whether the source of each operation was recorded."""
        get = self.observation.operations.get
        return np.array([(op := get(k)) is None or "call" in op.facts for k in self.keys])

    @cached_property
    def held(self) -> FloatArray:
        """Whether each operation is as it was in code and parameters, as far as that is known."""
        get = self.observation.operations.get
        determined = np.array([(op := get(k)) is not None and is_determined(op) for k in self.keys])
        return np.where(self.known & ~self.edited & determined, 1.0, 0.0)

    def neighbours(self) -> dict[str, FloatArray]:
        """Return which operations stand below or above an edit, and are none."""
        edited, above = self.changing, self.standing.ancestors
        return {
            "below_edit": ((above @ edited) & ~edited).astype(np.float64),
            "above_edit": ((above.T @ edited) & ~edited).astype(np.float64),
        }
