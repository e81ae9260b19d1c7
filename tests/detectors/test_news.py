import numpy as np
import pytest

from lineage_stats.detectors._news import PRIOR_DATA, PRIOR_NEWS, NewsModel
from lineage_stats.detectors._roles import assign_roles
from lineage_stats.features import Cell


def fit(columns, n=40):
    cells = tuple(Cell("op", name) for name in columns)
    X = np.column_stack([np.broadcast_to(np.asarray(v, float), n) for v in columns.values()])
    roles = assign_roles(X, cells)
    return NewsModel.fit(X, cells, roles), roles


def once(n, value, usual):
    return np.r_[value, np.full(n - 1, usual)]


def test_a_change_of_a_constant_has_the_documented_probability():
    model, roles = fit({"columns_out": 1000.0, "columns_in": 50.0})
    p = model.p_values(np.array([[1000.0, 50.0], [1001.0, 50.0], [np.nan, 50.0 + 1e-12]]), roles)
    expected = PRIOR_NEWS / (41 + PRIOR_NEWS) / 2
    assert p[1, 0] == pytest.approx(expected)
    assert p[0].tolist() == [1, 1]
    assert np.isnan(p[2, 0])
    assert p[2, 1] == 1


def test_what_was_read_in_may_change_sooner_than_the_program():
    model, roles = fit({"rows_out": 12.0, "mean[price]": 3.5, "columns_out": 4.0})
    assert model.groups == ("constant count", "constant data")
    p = model.p_values(np.array([[13.0, 3.5, 5.0]]), roles)[0]
    assert p[0] == pytest.approx(PRIOR_DATA / (41 + PRIOR_DATA) / 2)
    assert p[2] == pytest.approx(PRIOR_NEWS / (41 + PRIOR_NEWS))


def test_a_constant_of_data_that_changed_for_good_has_changed_once():
    stepped = np.r_[np.full(15, 12.0), np.full(25, 13.0)]
    model, roles = fit({"rows_out": 7.0, "rows_in": stepped})
    of_data = model.magnitudes[:, model.groups.index("constant data")]
    assert np.flatnonzero(of_data).tolist() == [15]
    p = model.p_values(np.array([[7.5, 13.0]]), roles)[0, 0]
    assert p == pytest.approx((1 + PRIOR_DATA) / (41 + PRIOR_DATA), rel=0.01)
    assert model.left_out_p_values()[15, model.groups.index("constant data")] < 0.01


def test_what_changes_again_and_again_says_nothing_of_constants():
    model, _ = fit({"rows_out": 7.0, "rows_in": np.repeat([1.0, 2.0, 3.0, 2.0], 10)})
    assert not model.magnitudes.any()


def test_a_large_count_varies_at_least_as_one_of_rare_events_does():
    """Some days have an hour more: no thousand spreads of a row that is missing at times."""
    rows = np.r_[np.full(36, 5184.0), np.full(4, 5183.0)]
    model, roles = fit({"rows_out": rows})
    p = model.p_values(np.array([[5328.0], [4000.0], [5800.0]]), roles)[:, 0]
    assert p[0] > 0.002
    assert p[1] < 1e-8
    assert p[2] < 1e-4


def test_constants_that_changed_in_health_make_further_changes_less_surprising():
    columns = {f"mean[{j}]": 5.0 for j in range(4)}
    steady, steady_roles = fit({**columns, "mean[c]": 8.0})
    restless, roles = fit({**columns, "mean[c]": once(40, 9.0, 8.0)})
    new = np.array([[6.0, 5.0, 5.0, 5.0, 8.0]])
    p = steady.p_values(new, steady_roles)[0, 0]
    assert restless.p_values(new, roles)[0, 0] > 5 * p
    of_constants = restless.magnitudes[:, restless.groups.index("constant data")]
    assert (of_constants > 0).tolist() == [True] + [False] * 39


def test_a_small_change_is_no_news_where_large_ones_were_seen():
    model, roles = fit({"mean[a]": 5.0, "mean[c]": once(40, 16.0, 8.0)})
    p = model.p_values(np.array([[5.5, 8.0], [500.0, 8.0]]), roles)[:, 0]
    assert p[0] > p[1]


def test_categories_never_seen_are_news_and_all_different_ones_are_not():
    n = 40
    model, roles = fit(
        {
            "param[how]": np.r_[np.full(20, 3.0), np.full(20, 4.0)],
            "param[random_state]": np.arange(n),
            "schema": 9.0,
        }
    )
    p = model.p_values(np.array([[3.0, 999.0, 9.0], [5.0, 3.0, 8.0]]), roles)
    assert p[0, 0] == 1
    assert np.isnan(p[:, 1]).all()
    assert p[1, 0] == pytest.approx(0.0067, abs=0.0001)  # theta = 1 / log(40)
    assert p[1, 2] < 0.001


def test_a_category_seen_once_makes_the_next_new_one_common():
    model, roles = fit({"param[how]": once(40, 4.0, 3.0)})
    p = model.p_values(np.array([[5.0]]), roles)[0, 0]
    assert p == pytest.approx((1 + PRIOR_NEWS) / (41 + PRIOR_NEWS), rel=0.01)


def test_a_category_seen_once_counts_against_constant_ones():
    model, roles = fit({"param[how]": once(40, 4.0, 3.0), "param[on]": 1.0})
    p = model.p_values(np.array([[4.0, 2.0]]), roles)[0]
    assert p[0] == 1
    assert p[1] == pytest.approx((1 + PRIOR_NEWS) / (41 + PRIOR_NEWS), rel=0.01)
    left_out = model.left_out_p_values()[:, model.groups.index("param")]
    assert left_out[1:].tolist() == [1] * 39
    assert left_out[0] == pytest.approx(PRIOR_NEWS / (40 + PRIOR_NEWS), rel=0.01)


def test_a_category_of_many_values_is_never_news():
    values = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], [20, 10, 5, 3, 2])
    model, roles = fit({"param[value]": values, "param[how]": 1.0})
    p = model.p_values(np.array([[9.0, 1.0]]), roles)[0]
    assert p[0] > 0.02
    assert model.left_out_p_values().min() == 1


def test_zero_so_far_is_no_proof_but_many_are_news():
    model, roles = fit({"calls": 0.0, "nulls[a]": 0.0})
    new = np.array([[1.0, 0.001], [20.0, 0.02], [0.0, 0.0]])
    p = model.p_values(new, roles)
    assert (p[0] > 0.005).all()
    assert (p[1] < 1e-3).all()
    assert (p[2] == 1).all()


def test_a_mostly_constant_cell_is_judged_by_its_range_and_spread():
    model, roles = fit({"distinct[a]": np.r_[np.full(30, 7.0), np.tile([6.0, 8.0], 5)]})
    p = model.p_values(np.array([[6.0], [8.0], [9.0], [90.0]]), roles)[:, 0]
    assert p[:2].tolist() == [1, 1]
    assert p[2] > 0.01
    assert p[3] < 1e-5


def test_state_survives_arrays():
    model, roles = fit({"rows_out": 10.0, "schema": 1.0, "nulls[a]": 0.0})
    again = NewsModel.from_arrays(model.groups, model.to_arrays())
    new = np.array([[11.0, 2.0, 0.3]])
    assert np.array_equal(again.p_values(new, roles), model.p_values(new, roles))


def test_a_category_that_no_row_has_today_is_no_news():
    model, roles = fit({"distinct[status]": 5.0, "distinct[city]": 400.0, "rows_out": 7.0})
    new = np.array([[4.0, 396.0, 7.0], [60.0, 800.0, 7.0], [5.0, 400.0, 6.0]])
    p = model.p_values(new, roles)
    assert (p[0, :2] > 0.02).all()
    assert (p[1, :2] < 1e-5).all()
    assert p[2, 2] < 3e-3


def test_a_share_that_was_one_so_far_is_no_proof_either():
    model, roles = fit({"match_rate": 1.0, "rows_in": 20.0})
    p = model.p_values(np.array([[0.95, 20.0], [0.3, 20.0]]), roles)[:, 0]
    assert p[0] > 0.005
    assert p[1] < 1e-3
