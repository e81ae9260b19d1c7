"""Which runs to load."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Moment = dt.datetime | dt.date | str

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which runs to load.

    Attributes
    ----------
    pipeline : str or None
        Name of the pipeline; None takes all.
    tags : mapping of str to str
        Tags that the run must bear, all of them.
    since, until : int or None
        First and last start of the run that counts, nanoseconds since the epoch.
    text : str
        The selection as the user wrote it.
    """

    pipeline: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    since: int | None = None
    until: int | None = None
    text: str = ""

    @property
    def takes_all(self) -> bool:
        """Whether all runs are selected."""
        return self.pipeline is None and not self.tags and self.since is self.until is None

    def at_any_time(self) -> Selection:
        """Return the same selection, whenever runs began."""
        return replace(self, since=None, until=None)

    def takes(self, run: Mapping[str, Any]) -> bool:
        """Return whether a run, given by its fields, is selected."""
        tags = run.get("tags") or {}
        return (
            (self.pipeline is None or run["pipeline"] == self.pipeline)
            and all(tags.get(key) == value for key, value in self.tags.items())
            and (self.since is None or run["start_ns"] >= self.since)
            and (self.until is None or run["start_ns"] <= self.until)
        )


def make_selection(
    pipeline: str | None,
    tags: Mapping[str, str] | None,
    since: Moment | None,
    until: Moment | None,
) -> Selection:
    """Check the parameters of `load_traces` and its like, and bring them into one form."""
    given = {"pipeline": pipeline, "tags": tags, "since": since, "until": until}
    if not isinstance(pipeline, str | None):
        raise _wrong("pipeline", "a str or None", pipeline)
    if not isinstance(tags, Mapping | None):
        raise _wrong("tags", "a mapping of str to str or None", tags)
    return Selection(
        pipeline=pipeline,
        tags=dict(tags or {}),
        since=None if since is None else _nanoseconds("since", since, end_of_day=False),
        until=None if until is None else _nanoseconds("until", until, end_of_day=True),
        text=", ".join(f"{name}={value!r}" for name, value in given.items() if value),
    )


def _nanoseconds(name: str, moment: Moment, *, end_of_day: bool) -> int:
    """Turn a moment into nanoseconds since the epoch; a day ends with its last nanosecond."""
    when: object = moment
    if isinstance(when, str):
        try:
            text = when.strip()
            when = dt.date.fromisoformat(text) if len(text) == 10 else _datetime(text)
        except ValueError:
            raise _wrong(name, _KINDS, moment) from None
    if isinstance(when, dt.datetime):
        return _since_epoch(when)
    if not isinstance(when, dt.date):
        raise _wrong(name, _KINDS, moment)
    begin = _since_epoch(dt.datetime(when.year, when.month, when.day, tzinfo=dt.UTC))
    return begin + (86_400_000_000_000 - 1 if end_of_day else 0)


_KINDS = "a datetime, a date or a string such as '2026-01-31' or '2026-01-31T12:00'"


def _datetime(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _since_epoch(when: dt.datetime) -> int:
    aware = when if when.tzinfo is not None else when.replace(tzinfo=dt.UTC)
    return (aware - _EPOCH) // dt.timedelta(microseconds=1) * 1000


def _wrong(name: str, expected: str, got: object) -> ValueError:
    return ValueError(f"The '{name}' parameter must be {expected}. Got {got!r} instead.")
