"""What people are told: one message for each root cause, not again before it has cooled down."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage_stats._digest import text_digest
from lineage_stats.gate._check import CheckedRun, CheckResult
from lineage_stats.gate._finding import Finding

DAY = 86_400.0
MEMORY = 30 * DAY  # the next one who asks may want a longer time to cool down


@dataclass(frozen=True, slots=True)
class Alert:
    """One message: a root cause, with all that was found of it.

    Attributes
    ----------
    pipeline : str
        Name of the pipeline.
    cause : str
        Key of the operation that is the cause, else the name of the rule.
    title : str
        The cause in one sentence.
    findings : tuple of Finding
        What was found of it, in one run or in several.
    """

    pipeline: str
    cause: str
    title: str
    findings: tuple[Finding, ...]

    @property
    def fingerprint(self) -> str:
        """What is the same as long as the cause is."""
        return text_digest(f"{self.pipeline}\0{self.cause}")

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The runs in which it was found."""
        return tuple(dict.fromkeys(finding.run_id for finding in self.findings))

    def to_dict(self) -> dict[str, Any]:
        """Return the message as plain data that JSON can hold."""
        return {
            "pipeline": self.pipeline,
            "cause": self.cause,
            "title": self.title,
            "text": self.title,  # what chats show
            "run_ids": list(self.run_ids),
            "fingerprint": self.fingerprint,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def alerts_of(result: CheckResult) -> tuple[Alert, ...]:
    """Return one message for each root cause among what a gate found.

    Parameters
    ----------
    result : CheckResult
        The verdict; only errors are told.

    Returns
    -------
    tuple of Alert
        The messages. Findings at one operation have one cause, in one run as in several; so have
        all at operations that are downstream of another one with a finding in the same run.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for run in result.runs:
        errors = [finding for finding in run.findings if finding.level == "error"]
        for finding in errors:
            cause = _cause(finding, errors, run)
            groups.setdefault((finding.pipeline, cause), []).append(finding)
    return tuple(
        Alert(pipeline, cause, _title(cause, found), tuple(found))
        for (pipeline, cause), found in groups.items()
    )


def _cause(finding: Finding, errors: list[Finding], run: CheckedRun) -> str:
    known = set(run.trace.keys)
    if finding.operation not in known:
        return finding.operation or finding.rule
    above = set(run.trace.ancestors(finding.operation))
    upstream = [other.operation for other in errors if other.operation in above]
    return min(upstream, key=run.trace.keys.index, default=finding.operation)


def _title(cause: str, found: list[Finding]) -> str:
    first = next((finding for finding in found if finding.operation == cause), found[0])
    place = f" ({first.location})" if first.location and first.location not in first.message else ""
    return f"{first.pipeline}: {first.message}{place}"


class Alerts:
    """Sends each root cause once, until it has cooled down.

    Parameters
    ----------
    send : callable
        Takes an `Alert`; `webhook` makes one that posts it.
    state : path-like
        File that remembers what was sent.
    cooldown : float, default=86400.0
        Seconds for which one cause is not told again.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from lineage_stats.gate import Alerts, CheckedRun, CheckResult, Finding
    >>> from lineage_stats.trace import Trace
    >>> finding = Finding("commit-known", "No commit.", "churn", "r1")
    >>> result = CheckResult((CheckedRun(Trace("r1", "churn"), (finding,)),))
    >>> state = pathlib.Path(tempfile.mkdtemp()) / "alerts.json"
    >>> alerts = Alerts(lambda alert: print(alert.title), state)
    >>> len(alerts.notify(result)), len(alerts.notify(result))
    churn: No commit.
    (1, 0)
    """

    def __init__(
        self,
        send: Callable[[Alert], None],
        state: str | os.PathLike[str],
        *,
        cooldown: float = DAY,
    ) -> None:
        self._send = send
        self._state = Path(state)
        self._cooldown = cooldown

    def notify(self, result: CheckResult) -> tuple[Alert, ...]:
        """Send what is new in a verdict.

        Parameters
        ----------
        result : CheckResult
            The verdict.

        Returns
        -------
        tuple of Alert
            What was sent. A message that cannot be sent is tried again the next time.

        Raises
        ------
        OSError
            If a message cannot be sent, after all others were, or the file cannot be written.
        """
        now = time.time()
        known = self._known()
        sent: list[Alert] = []
        failed: OSError | None = None
        for alert in alerts_of(result):
            if now - known.get(alert.fingerprint, 0.0) < self._cooldown:
                continue
            try:
                self._send(alert)
            except OSError as error:
                failed = error
            else:
                known[alert.fingerprint] = now
                sent.append(alert)
        if sent:
            kept = max(self._cooldown, MEMORY)
            self._remember({cause: told for cause, told in known.items() if now - told < kept})
        if failed is not None:
            raise failed
        return tuple(sent)

    def _known(self) -> dict[str, float]:
        """Return when each cause was told; a file that cannot be read knows of none."""
        try:
            record = json.loads(self._state.read_text(encoding="utf-8"))
            return {str(name): float(when) for name, when in record.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def _remember(self, known: Mapping[str, float]) -> None:
        draft = self._state.with_name(f".{self._state.name}.{secrets.token_hex(4)}")
        self._state.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_text(json.dumps(known), encoding="utf-8")
            draft.replace(self._state)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
