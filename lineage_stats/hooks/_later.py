"""What becomes known of an operation only after it was recorded: lazy work that has run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from lineage_stats.hooks._calls import WatchedCall


class Amendable(Protocol):
    """A recorder, as far as operations are changed that it has noted."""

    def amend(self, calls: Iterable[WatchedCall], change: Callable[[], Any]) -> None:
        """Carry out a change, and write the operations of calls down anew."""


class Later(Protocol):
    """Is told of the call that it is part of; see `OperationSpec.later`."""

    def recorded(self, recorder: Amendable, call: WatchedCall) -> None:
        """Take note that a call was recorded, with its inputs and outputs."""
