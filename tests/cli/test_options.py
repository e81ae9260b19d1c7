import pytest
import typer

from lineage_stats.cli._options import tags_of


def test_tags_become_a_dictionary():
    assert tags_of(["a=1", "b=x=y", " c = z "]) == {"a": "1", "b": "x=y", "c": "z"}
    assert tags_of(None) == {}


@pytest.mark.parametrize("text", ["healthy", "=x", ""])
def test_what_is_no_tag_is_explained(text):
    with pytest.raises(typer.BadParameter, match="KEY=VALUE"):
        tags_of([text])
