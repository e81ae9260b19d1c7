"""What can go wrong in the warnings of machine failures."""

from __future__ import annotations

import pandas as pd
from corpus.damage import (
    blank,
    change,
    exchange,
    freeze,
    lose,
    misalign,
    scale,
    send_again,
    stale,
    truncate,
)
from corpus.pipelines.machine_failures.day import write_day
from corpus.shorthand import MAIN, code, config, data, harmless

SENSORS = "sensors.py"
READ_READINGS = 'pd.read_parquet("readings.parquet")'
READ_MACHINES = 'pd.read_csv("machines.csv", parse_dates=["installed"])'
READ_EVENTS = 'pd.read_csv(file, parse_dates=["date"])'
FAILURE_JOIN = 'pd.merge_asof(table, failures, on="date", by="machine", direction="forward")'
LABEL = (
    (MAIN, 'table["fails_soon"] = (days_left'),
    (MAIN, 'days_left = (table["failure"] - table["date"])'),
)
ROLLING = (
    (SENSORS, "smooth = by_machine.rolling(window"),
    (SENSORS, "means = smooth["),
)
SPLIT = (
    (MAIN, "splitter = GroupShuffleSplit("),
    (MAIN, "next(splitter.split("),
    (MAIN, "train, test = table.iloc"),
)
FIT = 'model.fit(x_train, train["fails_soon"])'
MODEL = ((MAIN, "model = SVC("), (MAIN, FIT))
SCALE_TRAIN = "x_train = scaler.fit_transform(train[FEATURES])"
SCALE_TEST = "x_test = scaler.transform(test[FEATURES])"
PREDICT = "pd.Series(model.decision_function(x_test), index=test.index)"
METRIC = 'f1_score(test["fails_soon"], warned)'
SENSOR_COLUMNS = ["vibration", "temperature", "pressure", "current"]


def _late_failures(table: pd.DataFrame, rng: object) -> pd.DataFrame:
    return table[pd.to_datetime(table["date"]) < pd.to_datetime(table["date"]).median()]


FAULTS = [
    *data(
        "rows_stale",
        READ_READINGS,
        file=SENSORS,
        clear=stale("readings.parquet", write_day, 21),
        subtle=stale("readings.parquet", write_day, 2),
    ),
    *data(
        "rows_stale",
        READ_EVENTS,
        variant="failures",
        clear=stale("failures.csv", write_day, 14),
        subtle=stale("failures.csv", write_day, 3),
    ),
    *data(
        "rows_truncated",
        READ_EVENTS,
        glaring=change("failures.csv", _late_failures),
        clear=truncate("failures.csv", 0.7),
        subtle=truncate("failures.csv", 0.97),
    ),
    *data(
        "value_stuck",
        READ_READINGS,
        file=SENSORS,
        glaring=freeze("readings.parquet", ["vibration", "temperature"], 0.9),
        clear=freeze("readings.parquet", ["vibration"], 0.4),
        subtle=freeze("readings.parquet", ["pressure"]),
    ),
    *data(
        "unit_changed",
        READ_READINGS,
        file=SENSORS,
        glaring=scale("readings.parquet", ["vibration"], 0.1, 0.5),
        clear=scale("readings.parquet", ["vibration"], 0.1, 0.08),
        subtle=scale("readings.parquet", ["current"], 1000.0),
    ),
    *data(
        "columns_exchanged",
        READ_READINGS,
        file=SENSORS,
        clear=exchange("readings.parquet", "vibration", "current"),
        subtle=exchange("readings.parquet", "temperature", "pressure"),
    ),
    *data(
        "rows_misaligned",
        READ_READINGS,
        file=SENSORS,
        cls="C5",
        glaring=misalign("readings.parquet", SENSOR_COLUMNS, 0.7),
        clear=misalign("readings.parquet", SENSOR_COLUMNS, 0.25),
        subtle=misalign("readings.parquet", SENSOR_COLUMNS, 0.02),
    ),
    *data(
        "nulls_injected",
        READ_READINGS,
        file=SENSORS,
        clear=blank("readings.parquet", ["temperature", "current"], 0.9),
        subtle=blank("readings.parquet", ["pressure"], 0.5),
    ),
    *data(
        "group_lost",
        READ_READINGS,
        file=SENSORS,
        clear=lose("readings.parquet", "site", ["new"], 0.9),
        subtle=lose("readings.parquet", "site", ["old"]),
    ),
    *code(
        "wrong_file",
        'read_events("services.csv", "service")',
        at=((MAIN, 'services = read_events("services.csv"'), (MAIN, READ_EVENTS)),
        clear='read_events("failures.csv", "service")',
    ),
    *code(
        "wrong_file",
        'read_events("failures.csv", "failure")',
        at=((MAIN, 'failures = read_events("failures.csv"'), (MAIN, READ_EVENTS)),
        variant="failures",
        glaring='read_events("services.csv", "failure")',
    ),
    *code(
        "filter_missing",
        'readings[readings["vibration"] < config["highest_vibration"]]',
        file=SENSORS,
        clear="readings.copy()",
    ),
    *code(
        "filter_missing",
        'readings[readings["sensor_state"] == "ok"]',
        file=SENSORS,
        variant="state",
        subtle="readings.copy()",
    ),
    *config(
        "filter_strict",
        'readings[readings["vibration"] < config["highest_vibration"]]',
        file=SENSORS,
        glaring={"highest_vibration": 5.5},
        clear={"highest_vibration": 9},
        subtle={"highest_vibration": 15},
    ),
    *code(
        "filter_off_by_one",
        'table[table["date"] <= known_until]',
        subtle='table[table["date"] < known_until]',
    ),
    *code(
        "identifier_kept",
        '    "heavy",\n]',
        at=MODEL,
        clear='    "heavy",\n    "manager",\n]',
    ),
    *code(
        "target_leaked",
        '    "heavy",\n]',
        at=MODEL,
        clear='    "heavy",\n    "fails_soon",\n]',
    ),
    *code(
        "join_wrong_key",
        'table.merge(machines, on="machine", how="inner")',
        subtle='table.merge(\n        machines.drop(columns="machine"), left_on="machine", '
        'right_on="asset", how="inner"\n    )',
    ),
    *code(
        "join_wrong_how",
        FAILURE_JOIN,
        glaring=FAILURE_JOIN.replace("forward", "backward"),
        clear=FAILURE_JOIN.replace("forward", "nearest"),
        note="The direction of an as-of join.",
    ),
    *data(
        "join_keys_duplicated",
        'table.merge(machines, on="machine", how="inner")',
        clear=send_again("machines.csv", 0.5, 3),
        subtle=send_again("machines.csv", 0.05),
    ),
    *code(
        "aggregation_other_function",
        'vibration_mean=("vibration", "mean")',
        file=SENSORS,
        at='table = readings.groupby(["machine", "date"], as_index=False).agg(',
        clear='vibration_mean=("vibration", "std")',
        subtle='vibration_mean=("vibration", "median")',
    ),
    *code(
        "aggregation_wrong_group",
        'readings.groupby("machine")["pressure"].ffill()',
        file=SENSORS,
        subtle='readings.groupby("site")["pressure"].ffill()',
    ),
    *config(
        "window_wrong",
        ROLLING,
        clear={"window": 30},
        subtle={"window": 2},
    ),
    *code(
        "window_wrong",
        ".shift(5)",
        file=SENSORS,
        at="week_ago = ",
        variant="lag",
        clear=".shift(-5)",
        subtle=".shift(7)",
    ),
    *code(
        "factor_wrong",
        '(readings["temperature"] - 32) / 1.8',
        file=SENSORS,
        at=(
            (SENSORS, 'celsius = (readings["temperature"] - 32) / 1.8'),
            (SENSORS, '["temperature"].where(readings["site"] != "old", celsius)'),
        ),
        clear='readings["temperature"] * 1.8 + 32',
        subtle='readings["temperature"] / 1.8',
    ),
    *code(
        "ratio_inverted",
        'table["vibration"] - week_ago["vibration"]',
        file=SENSORS,
        subtle='week_ago["vibration"] - table["vibration"]',
    ),
    *config(
        "label_threshold_wrong",
        LABEL,
        variant="days",
        clear={"warning_days": 1},
        subtle={"warning_days": 6},
    ),
    *code(
        "label_inverted",
        'days_left = (table["failure"] - table["date"]).dt.days.fillna(999)',
        at=LABEL,
        clear='days_left = (table["date"] - table["failure"]).dt.days.fillna(999)',
        glaring='days_left = (table["failure"] - table["date"]).dt.days.fillna(0)',
    ),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring='model.fit(x_train, train["fails_soon"].sample(frac=1, random_state=0))',
    ),
    *code(
        "fill_other_statistic",
        'readings.groupby("machine")["pressure"].ffill()',
        file=SENSORS,
        subtle='readings["pressure"].fillna(readings["temperature"])',
    ),
    *code(
        "dropped_eagerly",
        "table = table.dropna(subset=FEATURES)",
        glaring="table = table.dropna()",
    ),
    *code(
        "codes_reassigned",
        '{"light": 0, "medium": 0, "heavy": 1}',
        subtle='{"light": 1, "medium": 2, "heavy": 0}',
    ),
    *code(
        "split_out_of_time",
        'next(splitter.split(table, groups=table["machine"]))',
        at=SPLIT,
        subtle='next(splitter.split(table, groups=table["date"]))',
    ),
    *code(
        "split_wrong_share",
        "test_size=0.5",
        at=SPLIT,
        glaring="test_size=0.94",
        subtle="test_size=0.6",
    ),
    *code(
        "scaler_left_out",
        SCALE_TEST,
        glaring="x_test = test[FEATURES].to_numpy()",
    ),
    *code(
        "scaler_refitted",
        SCALE_TEST,
        clear="x_test = scaler.fit_transform(test[FEATURES].head(200))\n"
        "    x_test = scaler.transform(test[FEATURES])",
        subtle="x_test = scaler.fit_transform(test[FEATURES])",
    ),
    *code(
        "scaler_wrong_columns",
        SCALE_TEST,
        clear="x_test = scaler.transform(\n"
        '        test[FEATURES].assign(vibration=test["temperature"], '
        'temperature=test["vibration"])\n    )',
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"penalty": 0.0005},
        clear={"penalty": 3000.0},
        subtle={"penalty": 0.6},
    ),
    *code(
        "weights_wrong",
        'class_weight="balanced"',
        at=MODEL,
        glaring="class_weight={0: 20, 1: 1}",
        clear="class_weight={0: 1, 1: 40}",
        subtle="class_weight=None",
    ),
    *code(
        "fitted_on_few",
        FIT,
        clear='model.fit(x_train[::20], train["fails_soon"][::20])',
        subtle='model.fit(x_train[::3], train["fails_soon"][::3])',
    ),
    *config(
        "threshold_changed",
        'warned = alarm.gt(config["alarm_level"])',
        glaring={"alarm_level": -1.2},
        clear={"alarm_level": 1.1},
        subtle={"alarm_level": 0.3},
    ),
    *code(
        "predictions_misaligned",
        PREDICT,
        cls="C5",
        glaring="pd.Series(model.decision_function(x_test[::-1]), index=test.index)",
    ),
    *code(
        "predictions_misaligned",
        PREDICT,
        variant="shifted",
        clear="pd.Series(model.decision_function(x_test), index=test.index).shift(40).fillna(-1)",
        subtle="pd.Series(model.decision_function(x_test), index=test.index).shift(1).fillna(-1)",
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='f1_score(test["fails_soon"].head(150), warned.head(150))',
        subtle='f1_score(test["fails_soon"].tail(1000), warned.tail(1000))',
    ),
    *code(
        "metric_arguments_exchanged",
        METRIC,
        clear='f1_score(test["fails_soon"], warned, pos_label=0)',
        subtle='f1_score(warned, test["fails_soon"])',
    ),
    harmless(
        "operation_inserted",
        (
            MAIN,
            "    table = add_last_service(table)\n",
            '    table = table.sort_values("date", kind="stable")\n'
            "    table = add_last_service(table)\n",
        ),
    ),
    harmless(
        "operation_renamed",
        (SENSORS, "readings = read_readings(config)", "readings = clean_readings(config)"),
        (SENSORS, "def read_readings(", "def clean_readings("),
    ),
    harmless(
        "operation_reordered",
        (
            MAIN,
            "    table = add_next_failure(table, config)\n    table = add_last_service(table)\n",
            "    table = add_last_service(table)\n    table = add_next_failure(table, config)\n",
        ),
    ),
    harmless(
        "harmless_change",
        (MAIN, "fillna(60).clip(upper=60)", "fillna(55).clip(upper=55)"),
        severity="clear",
        variant="service",
    ),
    harmless(
        "harmless_change",
        (SENSORS, 'pressure=("pressure", "median")', 'pressure=("pressure", "mean")'),
        variant="pressure",
    ),
    harmless(
        "verbosity_changed",
        (MAIN, 'class_weight="balanced")', 'class_weight="balanced", cache_size=400)'),
    ),
    harmless(
        "column_unused",
        (
            MAIN,
            '    table["load"] = ',
            '    table["installed_year"] = table["installed"].dt.year\n    table["load"] = ',
        ),
    ),
]
