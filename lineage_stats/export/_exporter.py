"""The contract of an exporter: a pure payload, and one place where it is sent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from lineage_stats.trace import Trace

if TYPE_CHECKING:
    from lineage_stats.attribution import Attribution
    from lineage_stats.detectors import TraceScore

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class RunResult:
    """A run, with what was found out about it.

    Attributes
    ----------
    trace : Trace
        The run.
    score : TraceScore or None
        What a detector says of it.
    attribution : Attribution or None
        What divides the drop of one of its metrics.
    page : str or None
        A report on it, as HTML.

    Examples
    --------
    >>> from lineage_stats.export import RunResult
    >>> from lineage_stats.trace import Trace
    >>> RunResult(Trace("r1", "churn")).trace.run_id
    'r1'
    """

    trace: Trace
    score: TraceScore | None = None
    attribution: Attribution | None = None
    page: str | None = None

    def __post_init__(self) -> None:
        for name, result in (("score", self.score), ("attribution", self.attribution)):
            if result is not None and result.run_id != self.trace.run_id:
                raise ValueError(
                    f"The '{name}' parameter of RunResult must be of run {self.trace.run_id}. "
                    f"Got one of run {result.run_id} instead."
                )


class Exporter(ABC):
    """Hands what is known of a run to another system.

    An author writes `to_payload` and `send`; `lineage_stats.export.check_exporter` says whether
    the contract is kept. Other packages offer theirs under the entry point
    ``lineage_stats.exporters``.

    Attributes
    ----------
    name : str
        Short name, by which the command line knows it.
    library : str
        The module that sends, imported when something is sent.
    """

    name: ClassVar[str]
    library: ClassVar[str]

    @abstractmethod
    def to_payload(self, run: RunResult | Trace) -> Payload:
        """Return what would be sent, as plain data that JSON can hold.

        Parameters
        ----------
        run : RunResult or Trace
            The run, with or without what was found out about it.

        Returns
        -------
        mapping of str to object
            The same for the same run; nothing is read or written to make it.
        """

    @abstractmethod
    def send(self, payload: Payload, destination: Any = None) -> None:
        """Send a payload: the only place where anything is written.

        Parameters
        ----------
        payload : mapping of str to object
            What `to_payload` returned.
        destination : object, default=None
            Where to; None takes what the library itself is set up for.

        Raises
        ------
        MissingDependencyError
            If the library is not installed.
        """

    def has_receiver(self, destination: Any = None) -> bool:
        """Return whether anybody would get what is sent.

        Parameters
        ----------
        destination : object, default=None
            Where to, as of `send`.

        Returns
        -------
        bool
            False where `send` would do nothing; True also where that cannot be told.

        Raises
        ------
        MissingDependencyError
            If the library is needed to tell and not installed.
        """
        return True

    def export(self, run: RunResult | Trace, destination: Any = None) -> None:
        """Send a run: `to_payload`, then `send`.

        Parameters
        ----------
        run : RunResult or Trace
            The run, with or without what was found out about it.
        destination : object, default=None
            Where to, as of `send`.

        Raises
        ------
        MissingDependencyError
            If the library is not installed.
        """
        self.send(self.to_payload(run), destination)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def as_result(run: RunResult | Trace) -> RunResult:
    """Return a run with what was found out about it, if anything."""
    return run if isinstance(run, RunResult) else RunResult(run)
