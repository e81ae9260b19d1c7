import pytest

from lineage_stats import DataRef, Operation, Trace, TraceStore


@pytest.fixture
def folder(tmp_path):
    """A run that reads two columns and drops rows by one of them."""
    raw, kept = (DataRef(name, "table", 3, 2, "s") for name in ("d1", "d2"))
    recipe = '{"as": "one", "x": "d1", "cols": "names", "rows": 1, "by": ["b"]}'
    steps = (
        Operation("f/read_csv#1", "read_csv", "source", "f", outputs=(raw,)),
        Operation("f/DataFrame.dropna#1", "DataFrame.dropna", "selection", "f", inputs=(raw,),
                  outputs=(kept,), lineage=recipe),
    )  # fmt: skip
    trace = Trace("r1", "churn", steps, start_ns=1, schemas={"s": (("a", ""), ("b", ""))})
    TraceStore(tmp_path).write(trace)
    return tmp_path


def test_upstream_names_what_a_column_came_from(cli, folder):
    done = cli("upstream", "DataFrame.dropna.a", "--dir", folder)
    assert done.code == 0
    assert "f/read_csv#1.a  identity" in done.out
    assert "f/read_csv#1.b  filtered-by" in done.out


def test_downstream_names_where_it_went(cli, folder):
    found = cli("downstream", "read_csv.b", "--run", "r1", "--dir", folder, "--json").json
    assert found["direction"] == "downstream"
    names = [dependency["name"] for dependency in found["dependencies"]]
    assert names == ["f/DataFrame.dropna#1.a", "f/DataFrame.dropna#1.b"]


def test_only_sources_where_that_is_asked(cli, folder):
    done = cli("upstream", "DataFrame.dropna.b", "--sources", "--dir", folder, "--json")
    assert all(dependency["is_source"] for dependency in done.json["dependencies"])


def test_a_column_that_is_not_there_is_one_sentence(cli, folder):
    done = cli("upstream", "nonsense", "--dir", folder)
    assert done.code == 2
    assert done.err.startswith("lineage-stats: ")
