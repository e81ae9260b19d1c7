import pytest

from lineage_stats.attribution import Suspect


def test_kinds_are_known():
    with pytest.raises(ValueError, match=r"'kind' parameter of Suspect .* Got 'file' instead"):
        Suspect("orders.csv", "file")
