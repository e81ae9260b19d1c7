import pytest
from hypothesis import given, settings
from hypothesis import strategies as hst

from lineage_stats.report._waterfall import MAX_SHARES, waterfall_figure

finite = hst.floats(-1e9, 1e9)


def attribution(expected, observed, *values, unexplained=0.0, error=0.1, noise=0.02):
    return {
        "expected": expected,
        "observed": observed,
        "unexplained": unexplained,
        "unexplained_error": error,
        "noise": noise,
        "shares": [
            {
                "operation": f"o{i}", "value": v, "standard_error": error, "location": "",
                "reason": "",
            }
            for i, v in enumerate(values)
        ],
    }  # fmt: skip


def test_bars_lead_from_the_expected_to_the_observed_value():
    rows = waterfall_figure(attribution(0.9, 0.5, 0.3, -0.1, unexplained=0.2))["rows"]
    assert [row["role"] for row in rows] == [
        "expected", "share", "share", "unexplained", "observed", "noise",
    ]  # fmt: skip
    assert [row["value"] for row in rows] == pytest.approx([0.9, -0.3, 0.1, -0.2, 0.5, 0.02])
    assert rows[-3]["end"] == rows[-2]["end"]
    assert rows[1]["left"] + rows[1]["width"] == pytest.approx(rows[0]["end"], abs=0.02)


def test_noise_is_a_bar_of_two_standard_deviations_about_the_expected_value():
    rows = waterfall_figure(attribution(0.9, 0.5, 0.4, error=0.0, noise=0.04))["rows"]
    noise = rows[-1]
    percent_per_point = rows[1]["width"] / 0.4
    assert noise["width"] == pytest.approx(2 * 0.04 * percent_per_point, abs=0.02)
    assert noise["left"] + noise["width"] / 2 == pytest.approx(rows[0]["end"], abs=0.02)


def test_an_error_that_rose_goes_to_the_right():
    rows = waterfall_figure(attribution(10.0, 14.0, 3.0, unexplained=1.0))["rows"]
    assert [row["value"] for row in rows[:-1]] == [10.0, 3.0, 1.0, 14.0]
    ends = [row["end"] for row in rows[:-1]]
    assert ends == sorted(ends)


def test_small_shares_are_one_bar():
    values = [0.1] * (MAX_SHARES + 3)
    rows = waterfall_figure(attribution(2.0, 0.9, *values))["rows"]
    (others,) = [row for row in rows if row["role"] == "others"]
    assert others["label"] == "3 more"
    assert others["value"] == pytest.approx(-0.3)
    assert others["whisker"] is None


@settings(deadline=None, max_examples=60)
@given(finite, finite, hst.lists(finite, max_size=12), hst.floats(0, 1e6), hst.floats(0, 1e6))
def test_a_waterfall_stays_in_its_frame(expected, observed, values, error, noise):
    figure = waterfall_figure(attribution(expected, observed, *values, error=error, noise=noise))
    for row in figure["rows"]:
        places = [row["left"], row["left"] + row["width"], row["end"], *(row["whisker"] or ())]
        assert all(0 <= x <= 100 for x in places)
