"""Which exporters there are: ours, and those of other packages."""

from __future__ import annotations

import logging

from lineage_stats._plugins import entry_points_of
from lineage_stats.export._exporter import Exporter
from lineage_stats.export._mlflow import MLflowExporter
from lineage_stats.export._openlineage import OpenLineageExporter
from lineage_stats.export._opentelemetry import OpenTelemetryExporter

logger = logging.getLogger("lineage_stats")

ENTRY_POINT_GROUP = "lineage_stats.exporters"


def available_exporters() -> dict[str, Exporter]:
    """Return every exporter by its name.

    Returns
    -------
    dict of str to Exporter
        Ours, and those that other packages offer under the entry point
        ``lineage_stats.exporters``. One that cannot be loaded is passed over with a warning in
        the log; none takes the name of another one.

    Examples
    --------
    >>> from lineage_stats.export import available_exporters
    >>> sorted(available_exporters())[:3]
    ['mlflow', 'openlineage', 'opentelemetry']
    """
    ours = (OpenLineageExporter(), OpenTelemetryExporter(), MLflowExporter())
    found: dict[str, Exporter] = {exporter.name: exporter for exporter in ours}
    for entry in entry_points_of(ENTRY_POINT_GROUP):
        try:
            made = entry.load()()
            if not isinstance(made, Exporter):
                raise TypeError(f"{made!r} is no Exporter")
            if made.name in found:
                raise ValueError(f"the name '{made.name}' is taken")
        except Exception as error:  # noqa: BLE001  # foreign code may raise anything
            logger.warning("The exporter '%s' is passed over: %s", entry.name, error)
        else:
            found[made.name] = made
    return found
