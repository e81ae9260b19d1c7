"""What can go wrong in the forecast of the load."""

from __future__ import annotations

from corpus.damage import (
    decimal_comma,
    exchange,
    freeze,
    lose,
    misalign,
    recompute,
    relabel,
    respell,
    scale,
    stale,
    truncate,
)
from corpus.pipelines.energy_load.day import write_day
from corpus.shorthand import code, config, data, harmless

READ_LOAD = 'pd.read_csv("load.csv")'
READ_WEATHER = 'pd.read_csv("weather.csv", parse_dates=["time"])'
HOURS = "hours.py"
JOIN_WEATHER = 'load.merge(weather, on=["station", "time"], how="left")'
SPLIT = (
    ("main.py", "start = "),
    ("main.py", 'load[load["time"] < start]'),
    ("main.py", 'load[load["time"] >= start]'),
)
FIT = 'model.fit(x_train, train["percent"])'
MODEL = (("main.py", "Ridge(alpha="), ("main.py", FIT))
FORECAST = "np.clip(model.predict(x_test), 0, 150)"
METRIC = 'mean_absolute_error(test["percent"], forecast)'
SEEN = 'train.groupby(["kind", "hour", "off"])[["percent", "heating"]]'
PROFILE = (("main.py", SEEN), ("main.py", "seen.mean()"))
SCALE_TEST = "scaler.transform(test[NUMBERS])"
AIR = ["temperature", "wind", "cloud"]

FAULTS = [
    *data(
        "rows_truncated",
        READ_LOAD,
        glaring=truncate("load.csv", 0.42),
        clear=truncate("load.csv", 0.55),
        subtle=truncate("load.csv", 0.9),
    ),
    *data(
        "rows_stale",
        READ_WEATHER,
        glaring=stale("weather.csv", write_day, 7),
        clear=stale("weather.csv", write_day, 3),
        subtle=stale("weather.csv", write_day, 1),
    ),
    *data(
        "group_lost",
        READ_WEATHER,
        glaring=lose("weather.csv", "station", ["coast", "hill"]),
        clear=lose("weather.csv", "station", ["hill"]),
        subtle=lose("weather.csv", "station", ["hill"], 0.2),
    ),
    *data(
        "value_stuck",
        READ_WEATHER,
        glaring=freeze("weather.csv", ["temperature"]),
        clear=freeze("weather.csv", ["temperature"], 0.2),
        subtle=freeze("weather.csv", ["temperature"], 0.02),
    ),
    *data(
        "unit_changed",
        READ_WEATHER,
        glaring=recompute("weather.csv", ["temperature"], lambda t: 1.8 * t + 32, 0.5),
        clear=recompute("weather.csv", ["temperature"], lambda t: 1.8 * t + 32, 0.1),
        subtle=recompute("weather.csv", ["temperature"], lambda t: 1.8 * t + 32, 0.01),
    ),
    *data(
        "unit_changed",
        READ_LOAD,
        variant="load",
        glaring=scale("load.csv", ["load_kw"], 0.001, 0.1),
        subtle=scale("load.csv", ["load_kw"], 0.001, 0.002),
    ),
    *data(
        "sign_flipped",
        READ_WEATHER,
        glaring=scale("weather.csv", ["temperature"], -1, 0.5),
        clear=scale("weather.csv", ["temperature"], -1, 0.1),
        subtle=scale("weather.csv", ["temperature"], -1, 0.01),
    ),
    *data(
        "decimal_comma",
        READ_WEATHER,
        glaring=decimal_comma("weather.csv", ["temperature"], 0.97),
        clear=decimal_comma("weather.csv", ["temperature"], 0.6),
        subtle=decimal_comma("weather.csv", ["temperature"], 0.05),
    ),
    *data(
        "columns_exchanged",
        READ_WEATHER,
        clear=exchange("weather.csv", "temperature", "wind"),
        subtle=exchange("weather.csv", "wind", "cloud"),
    ),
    *data(
        "text_mangled",
        READ_WEATHER,
        glaring=respell("weather.csv", ["station"], str.upper, 0.9),
        clear=respell("weather.csv", ["station"], str.upper, 0.3),
        subtle=respell("weather.csv", ["station"], str.upper, 0.02),
    ),
    *data(
        "rows_misaligned",
        READ_WEATHER,
        cls="C5",
        glaring=misalign("weather.csv", AIR),
        clear=misalign("weather.csv", AIR, 0.3),
        subtle=misalign("weather.csv", AIR, 0.03),
    ),
    *data(
        "labels_noisy",
        READ_LOAD,
        cls="C5",
        glaring=relabel("load.csv", "load_kw", 0.1),
        clear=relabel("load.csv", "load_kw", 0.02),
        subtle=relabel("load.csv", "load_kw", 0.001),
    ),
    *code(
        "filter_missing",
        'load = load[load["status"] == "measured"]',
        glaring="load = load.copy()",
    ),
    *code(
        "aggregation_wrong_group",
        SEEN,
        at=PROFILE,
        clear='train.groupby(["kind", "off"])[["percent", "heating"]]',
        subtle='train.groupby(["district", "hour", "off"])[["percent", "heating"]]',
    ),
    *code(
        "aggregation_other_function",
        "seen.mean()",
        at=PROFILE,
        clear="seen.std()",
        subtle="seen.median()",
    ),
    *code(
        "window_wrong",
        "by_district.shift(168)",
        file=HOURS,
        subtle="by_district.shift(84)",
        variant="week",
    ),
    *code(
        "window_wrong",
        "h.rolling(24, min_periods=1)",
        file=HOURS,
        clear="h.rolling(240, min_periods=1)",
        subtle="h.rolling(12, min_periods=1)",
        variant="heating",
    ),
    *code(
        "factor_wrong",
        '100 * load["load_kw"] / load["capacity_kw"]',
        glaring='1000 * load["load_kw"] / load["capacity_kw"]',
        clear='140 * load["load_kw"] / load["capacity_kw"]',
        subtle='101 * load["load_kw"] / load["capacity_kw"]',
    ),
    *config(
        "time_zone_wrong",
        'pd.to_datetime(load["utc"]) + pd.Timedelta(hours=config["utc_offset"])',
        glaring={"utc_offset": 13},
        clear={"utc_offset": 5},
        subtle={"utc_offset": 2},
    ),
    *code(
        "clip_wrong",
        '(17 - load["temperature"]).clip(lower=0)',
        file=HOURS,
        glaring='(17 - load["temperature"]).clip(upper=0)',
        clear='(17 - load["temperature"]).clip(0, 8)',
        subtle='(17 - load["temperature"]).clip(lower=5)',
    ),
    *code(
        "fill_constant",
        "wide.interpolate(limit=longest_gap)",
        clear="wide.fillna(0)",
        subtle="wide.interpolate(limit=1).fillna(100)",
    ),
    *code(
        "one_hot_moved",
        "test_names.reindex(columns=train_names.columns, fill_value=False)",
        clear="test_names[sorted(train_names.columns)]",
        subtle="test_names[sorted(train_names.columns, key=len)]",
    ),
    *code(
        "features_permuted",
        "pd.concat([test_numbers, test_names], axis=1)",
        glaring="pd.concat([test_names, test_numbers], axis=1)",
        clear="pd.concat([test_numbers[sorted(NUMBERS)], test_names], axis=1)",
    ),
    *code(
        "scaler_refitted",
        SCALE_TEST,
        clear="scaler.fit_transform(test[NUMBERS])",
    ),
    *code(
        "scaler_left_out",
        SCALE_TEST,
        glaring="test[NUMBERS]",
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        clear={"test_days": 28},
        subtle={"test_days": 5},
    ),
    *code(
        "split_overlapping",
        'load[load["time"] < start]',
        clear="load.copy()",
        subtle='load[load["time"] < start + pd.Timedelta(days=2)]',
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"alpha": 300000.0},
        clear={"alpha": 5000.0},
        subtle={"alpha": 50.0},
    ),
    *code(
        "fitted_on_few",
        FIT,
        glaring='model.fit(x_train[:48], train["percent"].iloc[:48])',
        clear='model.fit(x_train[:800], train["percent"].iloc[:800])',
        subtle='model.fit(x_train[::10], train["percent"].iloc[::10])',
    ),
    *code(
        "labels_shifted",
        FIT,
        cls="C5",
        glaring='model.fit(x_train, np.roll(train["percent"], 4))',
        clear='model.fit(x_train, np.roll(train["percent"], 1))',
    ),
    *code(
        "predictions_misaligned",
        FORECAST,
        cls="C5",
        glaring="np.clip(model.predict(x_test), 0, 150)[::-1]",
        clear="np.roll(np.clip(model.predict(x_test), 0, 150), 1)",
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='mean_absolute_error(test["percent"].tail(24), forecast[-24:])',
        subtle='mean_absolute_error(test["percent"].head(500), forecast[:500])',
    ),
    *code(
        "metric_arguments_exchanged",
        METRIC,
        subtle='mean_absolute_error(forecast, test["percent"])',
        note="The mean absolute error is symmetric: nothing changes.",
    ),
    harmless(
        "operation_inserted",
        (
            "main.py",
            "    load = add_weather(load)\n",
            "    load = load.sort_values(['district', 'time'])\n    load = add_weather(load)\n",
        ),
    ),
    harmless(
        "operation_renamed",
        (
            HOURS,
            "def add_history(load: pd.DataFrame)",
            "def add_days_before(load: pd.DataFrame)",
        ),
        (
            "main.py",
            "add_calendar, add_history, add_weather_effects",
            "add_calendar, add_days_before, add_weather_effects",
        ),
        ("main.py", "load = add_history(load)", "load = add_days_before(load)"),
    ),
    harmless(
        "operation_rewritten",
        (
            HOURS,
            'load["time"].dt.normalize().isin(holidays["date"])',
            'load["time"].dt.floor("D").isin(holidays["date"])',
        ),
    ),
    harmless(
        "operation_reordered",
        (
            HOURS,
            '    load[["day_before", "heating_day_before"]] = by_district.shift(24)\n'
            '    load[["week_before", "heating_week_before"]] = by_district.shift(168)\n',
            '    load[["week_before", "heating_week_before"]] = by_district.shift(168)\n'
            '    load[["day_before", "heating_day_before"]] = by_district.shift(24)\n',
        ),
    ),
    harmless(
        "harmless_change",
        (
            "main.py",
            'weather.groupby("station")["temperature"].ffill(limit=6)',
            'weather.groupby("station")["temperature"].bfill(limit=6)',
        ),
        variant="gaps",
    ),
    harmless(
        "harmless_change",
        (HOURS, "p.rolling(72, min_periods=1)", "p.rolling(96, min_periods=1)"),
        severity="clear",
        variant="level",
    ),
    harmless(
        "verbosity_changed", ("main.py", 'print("R2", r2_score', 'print("R squared", r2_score')
    ),
    harmless(
        "column_unused",
        (
            HOURS,
            '    load["off"] = weekend | holiday\n',
            '    load["off"] = weekend | holiday\n    load["month"] = load["time"].dt.month\n',
        ),
    ),
]
