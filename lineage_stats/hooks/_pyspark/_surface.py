"""What programs can call in PySpark, and why some of it is not watched."""

from __future__ import annotations

from collections.abc import Iterator

from lineage_stats.hooks._provider import PublicName


def pyspark_names() -> Iterator[PublicName]:
    """Yield the public names of PySpark, as far as this version has them."""
    return iter(())
