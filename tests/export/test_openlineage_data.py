"""What is said of data is what was measured of it, and columns say where they came from."""

from __future__ import annotations

from lineage_stats.export._checks import _run
from lineage_stats.export._datasets import data_read, data_written
from lineage_stats.export._openlineage_data import (
    input_facets,
    input_quality,
    output_facets,
    output_statistics,
)

RUN = _run()


def test_quality_is_what_was_measured_of_the_columns():
    (read,) = data_read(RUN)
    facet = input_quality(RUN, read)["dataQualityMetrics"]
    assert (facet["rowCount"], facet["bytes"]) == (10, 120)
    assert facet["columnMetrics"] == {"a": {"nullCount": 2, "min": 0.0, "max": 3.0}}
    assert input_facets(RUN, read)["version"]["datasetVersion"] == "ab12"


def test_columns_that_were_written_name_the_columns_that_were_read():
    (written,) = data_written(RUN)
    facets = output_facets(RUN, written, "team")
    assert [field["name"] for field in facets["schema"]["fields"]] == ["a", "b"]
    (source, *_) = facets["columnLineage"]["fields"]["b"]["inputFields"]
    assert (source["namespace"], source["name"]) == ("file", "/data/ä b.csv")
    assert {"type": "DIRECT", "subtype": "IDENTITY", "masking": False} in source["transformations"]
    assert output_statistics(written)["outputStatistics"]["rowCount"] == 8


def test_of_data_that_is_not_known_nothing_is_said():
    (written,) = data_written(RUN)
    unknown = written._replace(ref=None, size=None)
    assert output_statistics(unknown) == {}
    assert output_facets(RUN, unknown, "team") == {}
    (read,) = data_read(RUN)
    assert input_quality(RUN, read._replace(ref=None)) == {}
