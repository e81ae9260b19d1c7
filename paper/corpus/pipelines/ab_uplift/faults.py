"""What can go wrong in the experiment's pipeline."""

from __future__ import annotations

from corpus.damage import (
    blank,
    decimal_comma,
    exchange,
    lose,
    misalign,
    rename,
    respell,
    scale,
    truncate,
)
from corpus.shorthand import MAIN, code, config, data, harmless

BEHAVIOUR, OUTCOMES = "behaviour.py", "outcomes.py"
READ_PEOPLE = 'pd.read_parquet("assignments.parquet")'
READ_CUSTOMERS = 'pd.read_parquet("customers.parquet")'
READ_VISITS = 'pd.read_parquet("visits.parquet")'
READ_PURCHASES = 'pd.read_csv("purchases.csv"'
AMOUNT = 'pd.to_numeric(purchases["amount"], errors="coerce")'
KEY = 'purchases["customer"].str.zfill(7)'
OUTCOME_JOIN = 'purchases.merge(people[["customer_id", "assigned"]], on="customer_id")'
VISITS_JOIN = 'people.merge(summary, on="customer_id", how="left")'
LABEL = 'people["bought"] = (people["spent"] >= config["least_spent"])'
LOCAL = 'local = visits["time"].dt.tz_localize("UTC").dt.tz_convert(config["time_zone"])'
LOCAL_TRUTH = ((BEHAVIOUR, LOCAL), (BEHAVIOUR, 'visits["evening"] = hour'))
SPLIT = 'people, test_size=config["test_share"], stratify=people["arm"], random_state=4'
REINDEX = "test_names.reindex(columns=train_names.columns, fill_value=0.0)"
ARM_FIT = 'model.fit(x_train.loc[rows.index], rows["bought"])'
LETTER = 'joblib.load("letter.joblib")'
LETTER_TRUTH = ((MAIN, LETTER), (MAIN, "with_letter.predict_proba(x_test)"))
UPLIFT = "pd.Series(bought_with - bought_without, index=x_test.index)"
SCALE_TEST = "scaler.transform(test[NUMBERS])"
RANKED = 'ranked = test.assign(uplift=uplift).sort_values("uplift", ascending=False, kind="stable")'
QINI = "auc(share, gain - share * gain.iloc[-1])"
MODEL = (
    (MAIN, "        model = LogisticRegression("),
    (MAIN, ARM_FIT),
    (MAIN, "pooled = LogisticRegression("),
    (MAIN, "pooled.fit("),
)
GAIN_OF_CONTROL = (MAIN, '(1 - ranked["treated"])).cumsum() / n_control')
GAIN_OF_TREATED = (MAIN, '(ranked["bought"] * ranked["treated"]).cumsum() / n_treated')

FAULTS = [
    # Kinds of the test part.
    *data(
        "sign_flipped",
        READ_PURCHASES,
        file=OUTCOMES,
        glaring=scale("purchases.csv", ["amount"], -1.0, 0.9),
        clear=scale("purchases.csv", ["amount"], -1.0, 0.5),
        subtle=scale("purchases.csv", ["amount"], -1.0, 0.05),
    ),
    *data(
        "decimal_comma",
        READ_PURCHASES,
        file=OUTCOMES,
        glaring=decimal_comma("purchases.csv", ["amount"], 0.85),
        clear=decimal_comma("purchases.csv", ["amount"], 0.4),
        subtle=decimal_comma("purchases.csv", ["amount"], 0.04),
    ),
    *code(
        "join_key_cast",
        KEY,
        file=OUTCOMES,
        at=((OUTCOMES, KEY), (OUTCOMES, OUTCOME_JOIN)),
        clear='"0" + purchases["customer"]',
    ),
    *data(
        "join_key_cast",
        ((OUTCOMES, READ_PURCHASES), (OUTCOMES, OUTCOME_JOIN)),
        variant="data",
        glaring=respell("purchases.csv", ["customer"], lambda key: f"{key}.0", 0.8),
        clear=respell("purchases.csv", ["customer"], lambda key: f"{key}.0", 0.35),
        subtle=respell("purchases.csv", ["customer"], lambda key: f"{key}.0", 0.04),
    ),
    *config(
        "time_zone_wrong",
        LOCAL_TRUTH,
        glaring={"time_zone": "Asia/Tokyo"},
        clear={"time_zone": "UTC"},
        subtle={"time_zone": "America/Denver"},
    ),
    *code(
        "labels_shifted",
        ARM_FIT,
        glaring='model.fit(x_train.loc[rows.index], rows["bought"].shift(1).fillna(0))',
    ),
    *code(
        "labels_shifted",
        'people = people.set_index("customer_id")\n',
        at='people = people.set_index("customer_id")',
        variant="outcome",
        clear='people = people.set_index("customer_id")\n'
        '    people["bought"] = people["bought"].shift(1).fillna(0)\n',
    ),
    *code(
        "one_hot_moved",
        REINDEX,
        glaring=REINDEX
        + "[\n        train_names.columns[::-1]\n    ].set_axis(train_names.columns, axis=1)",
        clear="test_names[[*test_names.columns[1:4], test_names.columns[0], "
        "*test_names.columns[4:]]].set_axis(train_names.columns, axis=1)",
        subtle="test_names[[*test_names.columns[:-2], *test_names.columns[:-3:-1]]]"
        ".set_axis(train_names.columns, axis=1)",
    ),
    *code(
        "split_overlapping",
        "    x_train, x_test = encode(train, test)\n",
        at=SPLIT,
        clear="    train = people\n    x_train, x_test = encode(train, test)\n",
        subtle="    train = pd.concat([train, test.head(400)])\n"
        "    x_train, x_test = encode(train, test)\n",
    ),
    *code(
        "model_stale",
        LETTER,
        at=LETTER_TRUTH,
        clear='joblib.load("control.joblib")',
        subtle='joblib.load("pooled.joblib")',
    ),
    *code(
        "metric_averaged_otherwise",
        "n_control = len(ranked) - n_treated",
        at=((MAIN, QINI), GAIN_OF_CONTROL, GAIN_OF_TREATED),
        clear="n_control = n_treated = len(ranked)",
    ),
    *code(
        "metric_averaged_otherwise",
        "n_control = len(ranked) - n_treated",
        variant="control",
        at=((MAIN, QINI), GAIN_OF_CONTROL),
        subtle="n_control = n_treated",
    ),
    *code(
        "metric_averaged_otherwise",
        QINI,
        variant="baseline",
        glaring="auc(share, gain)",
    ),
    # Kinds that occur elsewhere too.
    *data(
        "rows_truncated",
        READ_PURCHASES,
        file=OUTCOMES,
        clear=truncate("purchases.csv", 0.3),
        subtle=truncate("purchases.csv", 0.95),
    ),
    *data(
        "rows_misaligned",
        READ_PEOPLE,
        cls="C5",
        glaring=misalign("assignments.parquet", ["arm"]),
        clear=misalign("assignments.parquet", ["arm"], 0.4),
        subtle=misalign("assignments.parquet", ["arm"], 0.04),
    ),
    *data(
        "nulls_injected",
        READ_CUSTOMERS,
        clear=blank("customers.parquet", ["segment", "recency_days"], 0.7),
        subtle=blank("customers.parquet", ["device"], 0.2),
    ),
    *data(
        "columns_exchanged",
        READ_CUSTOMERS,
        clear=exchange("customers.parquet", "age", "recency_days"),
        subtle=exchange("customers.parquet", "age", "recency_days", 0.1),
    ),
    *data(
        "category_renamed",
        READ_PEOPLE,
        clear=rename("assignments.parquet", "arm", {"letter": "mail"}, 0.85),
        subtle=rename("assignments.parquet", "arm", {"letter": "mail"}, 0.1),
    ),
    *data(
        "group_lost",
        READ_CUSTOMERS,
        clear=lose("customers.parquet", "segment", ["bargain", "loyal"]),
        subtle=lose("customers.parquet", "segment", ["new"]),
    ),
    *code(
        "filter_inverted",
        'people[people["eligible"] & people["arm"]',
        clear='people[~people["eligible"] & people["arm"]',
    ),
    *code(
        "filter_missing",
        'purchases[waited.between(0, config["window_days"])]',
        file=OUTCOMES,
        clear="purchases.copy()",
    ),
    *config(
        "filter_strict",
        'purchases[waited.between(0, config["window_days"])]',
        file=OUTCOMES,
        glaring={"window_days": 0},
        clear={"window_days": 4},
        subtle={"window_days": 12},
    ),
    *code(
        "filter_off_by_one",
        'purchases[purchases["amount"] > 0]',
        file=OUTCOMES,
        subtle='purchases[purchases["amount"] > 1]',
    ),
    *code(
        "head_left_in",
        'visits = visits[visits["pages"] > 0]',
        file=BEHAVIOUR,
        clear='visits = visits[visits["pages"] > 0].head(1000)',
        subtle='visits = visits[visits["pages"] > 0].head(40_000)',
    ),
    *code(
        "column_dropped",
        '"visits", "pages", "evening_share"]',
        at=((MAIN, "train_numbers = scaler"), (MAIN, "test_numbers = scaler")),
        clear='"visits", "pages"]',
    ),
    *code(
        "identifier_kept",
        'NUMBERS = ["age",',
        at=((MAIN, "train_numbers = scaler"), (MAIN, "test_numbers = scaler")),
        subtle='NUMBERS = ["household_id", "age",',
    ),
    *code(
        "join_wrong_key",
        VISITS_JOIN,
        file=BEHAVIOUR,
        clear='people.merge(\n        summary.rename(columns={"customer_id": "household_id"}), '
        'on="household_id", how="left"\n    )',
    ),
    *code(
        "join_wrong_how",
        'people.merge(spent, on="customer_id", how="left")',
        file=OUTCOMES,
        glaring='people.merge(spent, on="customer_id", how="inner")',
    ),
    *code(
        "label_inverted",
        LABEL,
        file=OUTCOMES,
        glaring='people["bought"] = (people["spent"] < config["least_spent"])',
    ),
    *config(
        "label_threshold_wrong",
        LABEL,
        file=OUTCOMES,
        glaring={"least_spent": 150},
        clear={"least_spent": 60},
        subtle={"least_spent": 15},
    ),
    *code(
        "fill_constant",
        'people["evening_share"].fillna(people["evening_share"].mean())',
        file=BEHAVIOUR,
        glaring='people["evening_share"].fillna(999)',
        clear='people["evening_share"].fillna(-1)',
    ),
    *code(
        "dropped_eagerly",
        'people["spent"] = people["spent"].fillna(0)',
        file=OUTCOMES,
        clear='people = people.dropna(subset=["spent"])',
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        clear={"test_share": 0.97},
        subtle={"test_share": 0.4},
    ),
    *code(
        "scaler_refitted",
        SCALE_TEST,
        subtle="scaler.fit_transform(test[NUMBERS])",
    ),
    *code(
        "scaler_left_out",
        SCALE_TEST,
        glaring="test[NUMBERS].to_numpy()",
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"strength": 0.00001},
        clear={"strength": 0.001},
        subtle={"strength": 0.05},
    ),
    *code(
        "fitted_on_few",
        ARM_FIT,
        clear='model.fit(x_train.loc[rows.index].head(200), rows["bought"].head(200))',
        subtle='model.fit(x_train.loc[rows.index].head(2000), rows["bought"].head(2000))',
    ),
    *code(
        "ratio_inverted",
        UPLIFT,
        glaring="pd.Series(bought_without - bought_with, index=x_test.index)",
    ),
    *code(
        "predictions_misaligned",
        UPLIFT,
        cls="C5",
        glaring="pd.Series(bought_with - bought_without, index=x_test.index.sort_values())",
    ),
    *code(
        "metric_on_part",
        RANKED,
        clear='ranked = test[test["segment"] == "family"].assign(uplift=uplift)'
        '.sort_values("uplift", ascending=False)',
        subtle="ranked = test.head(4000).assign(uplift=uplift)"
        '.sort_values("uplift", ascending=False)',
    ),
    harmless(
        "operation_inserted",
        (
            MAIN,
            "    x_train, x_test = encode(train, test)\n",
            "    test = test.copy()\n    x_train, x_test = encode(train, test)\n",
        ),
        variant="copy",
    ),
    harmless(
        "operation_renamed",
        (MAIN, "from behaviour import add_visits", "from behaviour import with_visits"),
        (MAIN, "people = add_visits(people, config)", "people = with_visits(people, config)"),
        (BEHAVIOUR, "def add_visits(", "def with_visits("),
    ),
    harmless(
        "operation_reordered",
        (
            MAIN,
            "    test_names = pd.get_dummies(test[NAMES], dtype=float)\n",
            "",
        ),
        (
            MAIN,
            "    scaler = StandardScaler()\n",
            "    test_names = pd.get_dummies(test[NAMES], dtype=float)\n"
            "    scaler = StandardScaler()\n",
        ),
    ),
    harmless(
        "harmless_change",
        (BEHAVIOUR, ".clip(upper=40)", ".clip(upper=30)"),
        severity="clear",
        variant="pages",
    ),
    harmless(
        "harmless_change",
        (MAIN, 'people["device"].fillna("unknown")', 'people["device"].fillna("phone")'),
        variant="device",
    ),
    harmless(
        "column_unused",
        (
            OUTCOMES,
            '    people["bought"] = ',
            '    people["spent_rounded"] = people["spent"].round()\n    people["bought"] = ',
        ),
    ),
]
