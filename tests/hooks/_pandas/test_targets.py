import pandas as pd
import pytest

from lineage_stats.hooks import Hooks, Recorder
from lineage_stats.hooks._pandas._provider import PandasProvider
from lineage_stats.hooks._pandas._targets import ALWAYS_INPLACE, FUNCTIONS, INPLACE, LINKS, METHODS
from lineage_stats.hooks._registry import function_behind
from lineage_stats.hooks._swap import ACTIVE, can_swap
from lineage_stats.trace import OPERATION_KINDS

# Names that only some of the supported versions have.
NOT_IN_EVERY_VERSION = {
    "read_gbq", "read_iceberg", "DataFrame.applymap", "DataFrame.swapaxes", "DataFrame.from_arrow",
    "DataFrame.select", "DataFrame.to_gbq", "DataFrame.to_iceberg",
    "core.accessor.Accessor.__get__", "core.series.CachedAccessor.__get__",
    "core.strings.accessor.StringMethods.isascii",
    "core.indexes.accessors.PeriodProperties.weekofyear",
    *(f"{cls}.{name}" for cls in ("DataFrame", "Series")
      for name in ("first", "last", "pad", "backfill")),
    *(f"core.groupby.generic.{cls}.{name}" for cls in ("DataFrameGroupBy", "SeriesGroupBy")
      for name in ("fillna", "kurt")),
    *(f"core.window.{cls}.{name}" for cls in ("rolling.Rolling", "expanding.Expanding")
      for name in ("nunique", "first", "last")),
}  # fmt: skip


def listed():
    for names in FUNCTIONS.values():
        yield from names.split()
    for cls, kinds in METHODS.items():
        yield from (f"{cls}.{name}" for names in kinds.values() for name in names.split())
    for cls, names in LINKS.items():
        yield from (f"{cls}.{name}" for name in names.split())


def find(path):
    *parts, name = path.split(".")
    owner = pd
    for part in parts:
        owner = getattr(owner, part)
    return function_behind(owner, name)


def test_every_name_exists_and_can_be_watched():
    for path in listed():
        try:
            function = find(path)
        except AttributeError:
            assert path in NOT_IN_EVERY_VERSION, f"{path} does not exist"
        else:
            assert can_swap(function), f"{path} is not a Python function"


def test_no_name_is_listed_twice():
    paths = list(listed())
    assert len(paths) > 700
    assert sorted(set(paths)) == sorted(paths)
    assert {kind for kinds in [FUNCTIONS, *METHODS.values()] for kind in kinds} <= set(
        OPERATION_KINDS
    )


def test_inplace_methods_are_watched():
    methods = {path.rpartition(".")[2] for path in listed()}
    assert methods >= INPLACE | ALWAYS_INPLACE


class Recording(list):
    """A sink that keeps operations."""

    def operation(self, operation):
        self.append(operation)

    def schema(self, digest, columns):
        pass

    def flush(self):
        pass


@pytest.fixture
def recorded():
    """Record a function and return its operations as (kind, name) and the recorder."""
    hooks = Hooks([PandasProvider()])

    def record(function):
        sink = Recording()
        recorder = Recorder(sink, hooks=hooks, strict=True)
        hooks.install()
        ACTIVE[0] = recorder
        try:
            function()
        finally:
            ACTIVE[0] = None
            hooks.uninstall()
        recorder.flush()
        return sink, recorder.data.n_untracked

    return record


def start():
    return pd.DataFrame(
        {
            "city": ["a ", "B", "a "],
            "x": [1.0, 2.0, None],
            "when": ["2024-01-01"] * 3,
            "y": [1, 0, 1],
        }
    )


def text(df):
    df["city"] = df["city"].str.strip().str.lower()


def category(df):
    codes = df.city.astype("category")
    df["code"] = codes.cat.codes


def dates(df):
    when = pd.to_datetime(df["when"])
    df["month"] = when.dt.month + when.dt.day


def window(df):
    df["mean"] = df["x"].rolling(2).mean()


def attribute_of_groups(df):
    df["best"] = df.groupby("city").x.transform("max")


def arithmetic(df):
    df["z"] = (df["x"] - df["x"].mean()) / df["x"].std() * 2 + df["y"]


def summaries(df):
    df.fillna(df.median(numeric_only=True))


def masks(df):
    df[(df["x"] > 1) & ~df["y"].isin([0]) | df["x"].isna()]


def attribute(df):
    df.x = df.x.abs()


def popped(df):
    pd.concat([df.pop("y"), df["x"]], axis=1)


def named(df):
    df.columns = [name.upper() for name in df.columns]
    df.dropna()


def resampled(df):
    df["when"] = pd.to_datetime(df["when"])
    df.set_index("when").resample("D")["x"].sum()


def values(df):
    pd.DataFrame(df[["x", "y"]].values)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (text, ["DataFrame[]="]),
        (category, ["Series.astype", "DataFrame[]="]),
        (dates, ["to_datetime", "DataFrame[]="]),
        (window, ["Rolling.mean", "DataFrame[]="]),
        (attribute_of_groups, ["SeriesGroupBy.transform", "DataFrame[]="]),
        (arithmetic, ["DataFrame[]="]),
        (summaries, ["DataFrame.fillna"]),
        (masks, ["DataFrame[mask]"]),
        (attribute, ["DataFrame.x="]),
        (popped, ["DataFrame.pop", "concat"]),
        (named, ["DataFrame.columns=", "DataFrame.dropna"]),
        (values, ["DataFrame[columns]", "DataFrame"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_one_step_is_one_operation_and_its_data_is_known(recorded, step, expected):
    operations, n_untracked = recorded(lambda: step(start()))
    assert [op.name for op in operations] == ["DataFrame", *expected]
    assert n_untracked == 0
    made = {ref.id for op in operations for ref in op.outputs}
    for op in operations[1:]:
        assert op.inputs, f"{op.name} came from nowhere"
        assert {ref.id for ref in op.inputs} <= made


def test_a_group_of_rows_comes_from_the_frame_that_was_resampled(recorded):
    operations, n_untracked = recorded(lambda: resampled(start()))
    assert [op.kind for op in operations][-2:] == ["projection", "aggregation"]
    assert operations[-1].inputs == operations[-2].outputs
    assert n_untracked == 0


def test_both_parts_of_pop_are_outputs(recorded):
    operations, _ = recorded(lambda: start().pop("y"))
    assert [ref.kind for ref in operations[-1].outputs] == ["table", "column"]


def test_each_chunk_is_read_and_the_end_is_no_failure(recorded, tmp_path):
    path = tmp_path / "data.csv"
    start().to_csv(path)

    def read():
        for _ in pd.read_csv(path, chunksize=2):
            pass

    operations, _ = recorded(read)
    assert [op.status for op in operations] == ["ok"] * 3
    assert [ref.rows for op in operations for ref in op.outputs] == [2, 1]


def test_a_column_read_by_location_is_a_link_and_rows_are_a_selection(recorded):
    def step():
        df = start()
        df.loc[:, "x"]
        df.loc[df.index[:2].to_numpy(), "x"]

    operations, _ = recorded(step)
    assert [op.name for op in operations] == ["DataFrame", "DataFrame.loc[]"]


def test_setting_what_is_no_column_is_not_recorded(recorded):
    def step():
        df = start()
        df.attrs = {"note": 1}

    operations, _ = recorded(step)
    assert [op.name for op in operations] == ["DataFrame"]
