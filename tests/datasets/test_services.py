"""Windows of services as traces."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.datasets._services import Headline, System, callees_first, describe, mean_of
from lineage_stats.features import feature_kind, feature_spec

CALLS = {"shop": ("cart", "search"), "cart": ("db",), "search": ("db",), "db": ()}
graphs = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), unique=True), max_size=6
)


@settings(deadline=None, max_examples=100)
@given(graphs)
def test_any_graph_has_an_order(calls):
    order = callees_first("abcdef", calls)
    assert sorted(order) == list("abcdef")


def test_called_services_come_first():
    order = callees_first(["shop", "cart", "search", "db"], CALLS)
    assert all(order.index(b) < order.index(a) for a, called in CALLS.items() for b in called)


def test_a_long_chain_of_calls_is_no_trouble():
    names = [f"s{i}" for i in range(3000)]
    calls = dict(zip(names, [(name,) for name in names[1:]], strict=False))
    assert callees_first(names, calls) == tuple(reversed(names))


def test_a_window_is_a_run():
    system = System("shop", tuple(CALLS), CALLS, (Headline("shop", "latency[p90]"),))
    values = {
        ("shop", "latency[p90]"): 0.4,
        ("db", "latency[p90]"): 0.1,
        ("db", "requests[Sum]"): float("nan"),
        ("stranger", "latency[p90]"): 1.0,
    }
    trace = system.run("r1", values, start_ns=5, seconds=60)
    assert trace.parents("shop") == ("cart", "search")
    assert trace.ancestors("watch/shop latency[p90]#1") == ("db", "cart", "search", "shop")
    assert trace.metrics == {"shop latency[p90]": 0.4}
    assert trace.operation("db").features == {"latency[p90]": 0.1}
    measured = {op.key: op.facts == {} for op in trace if op.kind != "metric"}
    assert measured == {"shop": True, "cart": False, "search": False, "db": False}
    assert trace.duration == 60


def test_a_window_may_lack_the_headline():
    system = System("shop", ("shop",), {}, (Headline("shop", "latency"),))
    assert system.run("r1", {}, start_ns=0, seconds=1).metrics == {}


def test_what_is_better():
    assert Headline("shop", "availability[Average]").greater_is_better
    assert not Headline("shop", "latency-90").greater_is_better
    assert Headline("shop", "mean[throughput]", "throughput").greater_is_better


def test_an_alarm_is_a_metric_that_reads_all_services():
    trace = System("shop", tuple(CALLS), {}, ()).run("r1", {}, start_ns=0, seconds=1, alarm=1.0)
    assert trace.metrics == {"alarm": 1.0}
    assert set(trace.parents("watch/alarm#1")) == set(CALLS)


def test_a_measurement_is_not_taken_for_a_feature_of_an_operation():
    assert feature_spec("cpu") is not None  # the time of a call, in seconds
    assert feature_kind(mean_of("cpu")) == "real"


def test_it_is_described():
    assert "one of the calls is left out" in describe()
