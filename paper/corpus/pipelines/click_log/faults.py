"""What can go wrong with the log of views."""

from __future__ import annotations

from corpus.damage import (
    add_category,
    blank,
    freeze,
    lose,
    misalign,
    recompute,
    relabel,
    rename,
    repeat,
    respell,
    stale,
    truncate,
)
from corpus.pipelines.click_log.day import write_day
from corpus.shorthand import code, config, data, harmless

HISTORY = "history.py"
READ_VIEWS = 'pd.read_parquet("views.parquet")'
READ_USERS = 'pd.read_csv("users.csv", parse_dates=["joined"])'
READ_ITEMS = 'pd.read_csv("items.csv")'
HOUR = 'views["time"].dt.hour'
LABEL = '(views["stay"] >= config["stay"]).astype(int)'
CASTS = 'views.astype({"user": "int32", "item": "int16"})'
JOIN_USERS = 'views.merge(users, on="user", how="left")'
JOIN_ITEMS = 'views.merge(items, on="item", how="left")'
BEFORE = 'sessions["clicked"].shift(1).fillna(0)'
BY_ITEM = 'train.groupby("item")["clicked"].agg(["sum", "count"])'
TRAIN = 'train = views[views["hour"] < config["train_until"]]'
TEST = 'test = views[views["hour"] >= config["train_until"]]'
SPLIT = (("main.py", TRAIN), ("main.py", TEST))
ENCODE_TEST = "test[codes] = encoder.transform(test[words])"
FIT = 'trees.fit(train[FEATURES], train["clicked"])'
MODEL = (("main.py", "trees = HistGradientBoostingClassifier("), ("main.py", FIT))
PREDICT = "model.predict_proba(test[model.feature_names_in_])[:, 1]"
METRIC = 'average_precision_score(test["clicked"], chance)'

FAULTS = [
    *data(
        "rows_truncated",
        READ_ITEMS,
        glaring=truncate("items.csv", 0.02),
    ),
    *data(
        "rows_truncated",
        READ_VIEWS,
        variant="views",
        clear=truncate("views.parquet", 0.72),
    ),
    *data(
        "rows_stale",
        READ_ITEMS,
        clear=stale("items.csv", write_day, 1),
    ),
    *data(
        "rows_stale",
        READ_USERS,
        variant="users",
        glaring=stale("users.csv", write_day, 90),
    ),
    *data(
        "labels_noisy",
        READ_VIEWS,
        cls="C5",
        glaring=relabel("views.parquet", "stay", 0.5),
        clear=relabel("views.parquet", "stay", 0.15),
        subtle=relabel("views.parquet", "stay", 0.01),
    ),
    *data(
        "rows_misaligned",
        READ_VIEWS,
        cls="C5",
        glaring=misalign("views.parquet", ["item"], 0.9),
        clear=misalign("views.parquet", ["user", "item"], 0.25),
    ),
    *data(
        "value_stuck",
        READ_USERS,
        clear=freeze("users.csv", ["rate_before"]),
    ),
    *data(
        "nulls_injected",
        READ_USERS,
        clear=blank("users.csv", ["rate_before"], 0.8),
        subtle=blank("users.csv", ["rate_before"], 0.15),
    ),
    *data(
        "group_lost",
        READ_VIEWS,
        clear=lose("views.parquet", "slot", ["top"], 0.97),
    ),
    *data(
        "category_new",
        READ_VIEWS,
        clear=add_category("views.parquet", "slot", "banner", 0.8),
        subtle=add_category("views.parquet", "device", "television", 0.05),
    ),
    *data(
        "category_renamed",
        READ_VIEWS,
        clear=rename("views.parquet", "slot", {"side": "list", "top": "list"}),
    ),
    *data(
        "text_mangled",
        READ_VIEWS,
        clear=respell("views.parquet", ["agent"], lambda text: f" {text}"),
        subtle=respell("views.parquet", ["slot"], lambda text: text.upper(), 0.2),
    ),
    *data(
        "unit_changed",
        READ_VIEWS,
        clear=recompute("views.parquet", ["stay"], lambda values: values / 60, 0.6),
        subtle=recompute("views.parquet", ["stay"], lambda values: values.round(), 0.2),
    ),
    *code(
        "deduplication_missing",
        'views.drop_duplicates(subset=["session", "time", "item"])',
        clear='views.drop_duplicates(subset=["user"])',
    ),
    *code(
        "filter_inverted",
        'views["agent"] != "robot"',
        glaring='views["agent"] == "robot"',
    ),
    *code("filter_missing", 'views["agent"] != "robot"', subtle='views["agent"].notna()'),
    *config(
        "filter_strict",
        'views["hour"] >= config["open_hour"]',
        glaring={"open_hour": 15},
        subtle={"open_hour": 6},
    ),
    *code(
        "filter_off_by_one",
        'views["position"] <= config["longest"]',
        file=HISTORY,
        subtle='views["position"] < config["longest"]',
    ),
    *code(
        "time_zone_wrong",
        HOUR,
        glaring='views["time"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo").dt.hour',
        clear='views["time"].dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin").dt.hour',
    ),
    *config(
        "label_threshold_wrong",
        LABEL,
        glaring={"stay": 200},
        clear={"stay": 0},
        subtle={"stay": 7},
    ),
    *code(
        "label_inverted",
        LABEL,
        glaring='((views["stay"] >= config["stay"]) ^ (views["hour"] > 16)).astype(int)',
    ),
    *code(
        "join_key_cast",
        CASTS,
        glaring='views.astype({"user": "int32", "item": "int8"})',
        subtle='views.astype({"user": "int32", "item": "float32"})',
    ),
    *code(
        "join_wrong_key",
        JOIN_ITEMS,
        clear='views.merge(\n        items.drop(columns="item").drop_duplicates("supplier"),\n'
        '        left_on="item",\n        right_on="supplier",\n        how="left",\n    )',
    ),
    *data(
        "join_keys_duplicated",
        JOIN_ITEMS,
        clear=repeat("items.csv", 2),
    ),
    *code(
        "window_wrong",
        BEFORE,
        file=HISTORY,
        glaring='sessions["clicked"].shift(-1).fillna(0)',
        clear='sessions["clicked"].shift(6).fillna(0)',
    ),
    *code(
        "target_leaked",
        BEFORE,
        file=HISTORY,
        glaring='sessions["clicked"].shift(0).fillna(0)',
    ),
    *code(
        "aggregation_wrong_group",
        BY_ITEM,
        file=HISTORY,
        glaring='train.groupby("item")["hour"].agg(["sum", "count"])',
        clear='train.groupby("user")["clicked"].agg(["sum", "count"]).rename_axis("item")\n'
        "    items.index %= 1000",
    ),
    *code(
        "aggregation_other_function",
        BY_ITEM,
        file=HISTORY,
        clear='train.groupby("item")["clicked"].agg(["max", "count"]).rename(\n'
        '        columns={"max": "sum"}\n    )',
    ),
    *code(
        "ratio_inverted",
        '(items["sum"] + 20 * usual) / (items["count"] + 20)',
        file=HISTORY,
        subtle='(items["count"] + 20) / (items["sum"] + 20 * usual)',
    ),
    *code(
        "factor_wrong",
        '(items["sum"] + 20 * usual) / (items["count"] + 20)',
        file=HISTORY,
        clear='(items["sum"] + 20_000 * usual) / (items["count"] + 20_000)\n'
        '    items["item_rate"] = items["item_rate"].round(2)',
    ),
    *code(
        "encoder_refitted",
        ENCODE_TEST,
        clear="test[codes] = test[words].apply(\n"
        "        lambda column: column.map(column.value_counts().rank())\n"
        "    )",
        subtle="test[codes] = encoder.fit_transform(test[words])",
    ),
    *code(
        "codes_reassigned",
        ENCODE_TEST,
        clear="test[codes[::-1]] = encoder.transform(test[words])",
    ),
    *code(
        "rare_merged",
        'OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)',
        clear='OrdinalEncoder(\n        handle_unknown="use_encoded_value", unknown_value=-1, '
        "max_categories=1\n    )",
        at=(("main.py", "train[codes] = encoder.fit_transform(train[words])"),),
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        glaring={"train_until": 6},
        clear={"train_until": 8},
        subtle={"train_until": 15},
    ),
    *code(
        "split_out_of_time",
        TRAIN,
        clear='train = views[views["hour"] >= 23]',
    ),
    *code(
        "split_overlapping",
        TRAIN,
        clear="train = views",
        subtle='train = views[views["hour"] < config["train_until"] + 1]',
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"learning_rate": 40.0},
        clear={"learning_rate": 0.002},
    ),
    *code(
        "fitted_on_few",
        FIT,
        glaring='trees.fit(train[FEATURES].head(400), train["clicked"].head(400))',
        clear='trees.fit(train[FEATURES].head(3000), train["clicked"].head(3000))',
    ),
    *code(
        "weights_wrong",
        FIT,
        clear='trees.fit(train[FEATURES], train["clicked"], train["item_rate"].rank() ** -4)',
    ),
    *code(
        "labels_shifted",
        FIT,
        cls="C5",
        glaring='trees.fit(train[FEATURES], train["clicked"].shift(1).bfill())',
    ),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring='trees.fit(train[FEATURES], train["clicked"].sample(frac=1, random_state=0))',
    ),
    *code("model_stale", 'joblib.load("trees.joblib")', glaring='joblib.load("baseline.joblib")'),
    *code(
        "probability_of_other_class",
        PREDICT,
        glaring="model.predict_proba(test[model.feature_names_in_])[:, 0]",
    ),
    *code(
        "predictions_misaligned",
        METRIC,
        cls="C5",
        glaring='average_precision_score(test["clicked"].sort_index(ascending=False), chance)',
        clear='average_precision_score(test["clicked"].shift(1).bfill(), chance)',
    ),
    *code(
        "metric_averaged_otherwise",
        METRIC,
        clear='average_precision_score(test["clicked"], chance, '
        'sample_weight=test["clicks_before"])',
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='average_precision_score(\n        test.loc[test["clicks_before"] == 0, "clicked"], '
        'chance[test["clicks_before"] == 0]\n    )',
        subtle='average_precision_score(test["clicked"].head(20_000), chance.head(20_000))',
    ),
    harmless(
        "harmless_change",
        (HISTORY, "clip(upper=300)", "clip(upper=120)"),
        variant="pause",
    ),
    harmless(
        "harmless_change",
        (
            HISTORY,
            '(items["sum"] + 20 * usual) / (items["count"] + 20)',
            '(items["sum"] + 21 * usual) / (items["count"] + 21)',
        ),
        variant="rate",
    ),
    harmless(
        "harmless_change",
        ("main.py", 'fillna(views["rate_before"].median())', 'fillna(views["rate_before"].mean())'),
        severity="clear",
        variant="user",
    ),
    harmless(
        "verbosity_changed",
        ("main.py", "max_iter=40, random_state=0", "max_iter=40, random_state=0, verbose=1"),
    ),
    harmless(
        "column_unused",
        (
            "main.py",
            '    views["days_known"] =',
            '    views["reduced"] = views["discount"] > 0\n    views["days_known"] =',
        ),
    ),
    harmless(
        "operation_inserted",
        (
            "main.py",
            "    train, test = encode(train, test)\n",
            "    train = train.copy()\n    train, test = encode(train, test)\n",
        ),
    ),
    harmless(
        "operation_reordered",
        (
            "main.py",
            '    views = views.merge(users, on="user", how="left")\n'
            '    views = views.merge(items, on="item", how="left")\n',
            '    views = views.merge(items, on="item", how="left")\n'
            '    views = views.merge(users, on="user", how="left")\n',
        ),
    ),
    harmless(
        "operation_rewritten",
        (
            HISTORY,
            'sessions["clicked"].shift(1).fillna(0)',
            'sessions["clicked"].shift(1, fill_value=0)',
        ),
    ),
]
