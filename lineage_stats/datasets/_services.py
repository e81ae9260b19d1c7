"""Turns measurements of services into traces: one window of time is one run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from lineage_stats.features import FeatureName
from lineage_stats.trace import DataRef, Operation, Trace

Values = Mapping[tuple[str, str], float]
Calls = Mapping[str, Sequence[str]]
ALARM = "alarm"


def mean_of(measurement: str) -> str:
    """Return the name of the feature that is the mean of a measurement over its window.

    Bare names would be taken for features of operations: ``cpu`` is the time that a call took.
    """
    return str(FeatureName("mean", measurement))


@dataclass(frozen=True)
class Headline:
    """A measurement of one service that users of the whole system feel."""

    service: str
    feature: str
    measurement: str = ""  # what the feature is called in the data, if otherwise

    @property
    def name(self) -> str:
        """Name of the metric in the traces."""
        return f"{self.service} {self.measurement or self.feature}"

    @property
    def greater_is_better(self) -> bool:
        """Whether it is better when greater: availability and throughput are, the rest is not."""
        measurement = (self.measurement or self.feature).lower()
        return measurement.startswith(("availability", "requests", "throughput"))


@dataclass(frozen=True)
class System:
    """Services, which of them call which, and what is watched."""

    name: str
    services: tuple[str, ...]
    calls: Calls
    headlines: tuple[Headline, ...]

    def run(
        self,
        run_id: str,
        values: Values,
        *,
        start_ns: int,
        seconds: float,
        alarm: float | None = None,
    ) -> Trace:
        """Return one window as a trace: data pass from the called service to the caller.

        An alarm, if given, is a metric of the whole system: it reads all services.
        """
        duration_ns = int(seconds * 1e9)
        features: dict[str, dict[str, float]] = {service: {} for service in self.services}
        for (service, feature), value in values.items():
            if service in features and math.isfinite(value):
                features[service][feature] = float(value)
        known = {service for service, _ in values}
        missing = {service for (service, _), value in values.items() if not math.isfinite(value)}
        # What was not measured has not gone: as where recording skips a profile.
        unmeasured = {s for s in self.services if s in missing or s not in known}
        operations, done = [], set[str]()
        for k, service in enumerate(callees_first(self.services, self.calls)):
            called = [callee for callee in self.calls.get(service, ()) if callee in done]
            operations.append(
                Operation(
                    key=service, name=service, kind="transform",
                    inputs=tuple(_ref(callee) for callee in called), outputs=(_ref(service),),
                    features=features[service], start_ns=start_ns + k, duration_ns=duration_ns,
                    facts={"profile": "skipped"} if service in unmeasured else {},
                )
            )  # fmt: skip
            done.add(service)
        metrics: list[tuple[str, tuple[str, ...], float | None]] = [
            (h.name, (h.service,), features[h.service].get(h.feature)) for h in self.headlines
        ]
        if alarm is not None:
            metrics.append((ALARM, self.services, alarm))
        for k, (name, watched, level) in enumerate(metrics, start=len(operations)):
            operations.append(
                Operation(
                    key=f"watch/{name}#1", name="watch", kind="metric", scope="watch",
                    inputs=tuple(map(_ref, watched)),
                    features={} if level is None else {"metric_value": level},
                    start_ns=start_ns + k, duration_ns=duration_ns, metric=name,
                )
            )  # fmt: skip
        end_ns = start_ns + duration_ns
        return Trace(run_id, self.name, tuple(operations), start_ns=start_ns, end_ns=end_ns)


def callees_first(services: Iterable[str], calls: Calls) -> tuple[str, ...]:
    """Return the services with those that are called first; in a cycle, some call is cut."""
    order: list[str] = []
    seen: set[str] = set()
    wanted = tuple(services)
    for root in wanted:
        stack = [(root, iter(calls.get(root, ())))] if root not in seen else []
        seen.add(root)
        while stack:
            service, callees = stack[-1]
            callee = next((c for c in callees if c not in seen), None)
            if callee is None:
                order.append(service)
                stack.pop()
            else:
                seen.add(callee)
                stack.append((callee, iter(calls.get(callee, ()))))
    known = set(wanted)
    return tuple(service for service in order if service in known)


def describe() -> str:
    """Return the description of service data as traces."""
    path = files("lineage_stats.datasets") / "descr" / "services.md"
    return path.read_text(encoding="utf-8")


def _ref(service: str) -> DataRef:
    return DataRef(service, "value")
