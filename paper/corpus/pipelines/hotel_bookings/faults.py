"""What can go wrong in the hotels' pipeline."""

from __future__ import annotations

from corpus.damage import (
    blank,
    exchange,
    freeze,
    lose,
    relabel,
    respell,
    send_again,
    truncate,
)
from corpus.shorthand import code, config, data, harmless

LOADING, CLEANING, FEATURES, MODEL = "loading.py", "cleaning.py", "features.py", "model.py"
READ_BOOKINGS = 'pd.read_csv("bookings.csv", parse_dates=["Booked", "Arrival"])'
READ_GUESTS = 'pd.read_csv("guests.csv")'
FIT = ((MODEL, "LogisticRegression(C="), (MODEL, "model.fit(x_train, y_train)"))
JOIN = 'bookings.merge(guests, on="guest", how="left")'
LEAD = '(table["arrival"] - table["booked"]).dt.days'
SPLIT = "stratify=labels, random_state=3"
SCALE_TEST = "x_test[COLUMNS] = scaler.transform(x_test[COLUMNS])"
SELECT = 'table[[*COLUMNS, "canceled"]], dummies], axis=1'
THRESHOLD = (
    (MODEL, '(probability >= config["threshold"]).astype(int)'),
    (MODEL, "model.predict_proba(parts[1])[:, 1]"),
)
EVALUATE = "f1_score(parts[3], predicted)"

FAULTS = [
    *data(
        "rows_truncated",
        READ_BOOKINGS,
        file=LOADING,
        glaring=truncate("bookings.csv", 0.03),
        subtle=truncate("bookings.csv", 0.7),
    ),
    *data(
        "rows_sent_twice",
        READ_BOOKINGS,
        file=LOADING,
        clear=send_again("bookings.csv", 0.9),
        subtle=send_again("bookings.csv", 0.1),
    ),
    *data(
        "value_stuck",
        READ_BOOKINGS,
        file=LOADING,
        glaring=freeze("bookings.csv", ["Deposit", "Requests", "Segment"]),
        clear=freeze("bookings.csv", ["Deposit", "Requests"], 0.5),
        subtle=freeze("bookings.csv", ["Night_Price"]),
    ),
    *data(
        "columns_exchanged",
        READ_GUESTS,
        file=LOADING,
        clear=exchange("guests.csv", "stays", "cancellations"),
        subtle=exchange("guests.csv", "stays", "cancellations", 0.1),
    ),
    *data(
        "text_mangled",
        READ_BOOKINGS,
        file=LOADING,
        glaring=respell("bookings.csv", ["Deposit", "Status"], str.upper, 0.5),
        clear=respell("bookings.csv", ["Deposit"], str.upper),
        subtle=respell("bookings.csv", ["Segment"], str.title),
    ),
    *data(
        "labels_noisy",
        READ_BOOKINGS,
        file=LOADING,
        cls="C5",
        glaring=relabel("bookings.csv", "Status", 0.6),
        clear=relabel("bookings.csv", "Status", 0.2),
        subtle=relabel("bookings.csv", "Status", 0.03),
    ),
    *data(
        "nulls_injected",
        READ_BOOKINGS,
        file=LOADING,
        clear=blank("bookings.csv", ["Deposit", "Segment"], 0.5),
        subtle=blank("bookings.csv", ["Meal"], 0.4),
    ),
    *data(
        "group_lost",
        READ_BOOKINGS,
        file=LOADING,
        glaring=lose("bookings.csv", "Status", ["canceled"], 0.9),
        clear=lose("bookings.csv", "Segment", ["online agency"]),
        subtle=lose("bookings.csv", "Country", ["DE"]),
    ),
    *code(
        "wrong_file",
        READ_BOOKINGS,
        file=LOADING,
        glaring='pd.read_csv("bookings_archive.csv", parse_dates=["Booked", "Arrival"])',
    ),
    *code(
        "filter_inverted",
        'bookings[bookings["hotel"] != "TEST"]',
        file=CLEANING,
        glaring='bookings[bookings["hotel"] == "TEST"]',
    ),
    *config(
        "filter_strict",
        'bookings[bookings["nights"] <= config["longest_stay"]]',
        file=CLEANING,
        clear={"longest_stay": 1},
        subtle={"longest_stay": 7},
    ),
    *code(
        "filter_off_by_one",
        'bookings["children"].fillna(0) >= 1',
        file=CLEANING,
        clear='bookings["children"].fillna(0) >= 2',
        subtle='bookings["children"].fillna(0) >= 0',
    ),
    *code(
        "head_left_in",
        "return bookings.rename(columns=str.lower)",
        file=LOADING,
        glaring="return bookings.rename(columns=str.lower).head(150)",
        clear="return bookings.rename(columns=str.lower).head(1000)",
    ),
    *code(
        "deduplication_missing",
        'bookings.drop_duplicates(subset="booking")',
        file=CLEANING,
        clear='bookings.drop_duplicates(subset="guest")',
        subtle="bookings.copy()",
    ),
    *code(
        "column_dropped",
        SELECT,
        file=FEATURES,
        at="return pd.concat([table[[*COLUMNS",
        clear='table[[*COLUMNS, "canceled"]], dummies.filter(like="meal")], axis=1',
        subtle='table[[*COLUMNS, "canceled"]], dummies.drop(columns="country_GB")], axis=1',
    ),
    *code(
        "target_leaked",
        SELECT,
        file=FEATURES,
        at="return pd.concat([table[[*COLUMNS",
        clear='table[[*COLUMNS, "canceled"]], dummies,\n'
        '         pd.get_dummies(table["status"], prefix="desk", dtype=float)], axis=1',
    ),
    *code(
        "join_wrong_key",
        JOIN,
        file=FEATURES,
        clear='bookings.merge(\n        guests.drop(columns="guest"), left_on="guest", '
        'right_on="member", how="left"\n    )',
    ),
    *code(
        "join_by_position",
        JOIN,
        file=FEATURES,
        clear='pd.concat([bookings.reset_index(drop=True), guests.drop(columns="guest")'
        ".sample(len(bookings), replace=True, random_state=0)\n"
        "        .reset_index(drop=True)], axis=1)",
    ),
    *code(
        "join_keys_duplicated",
        'guests.drop_duplicates(subset="guest", keep="last")',
        file=CLEANING,
        clear="pd.concat([guests, guests, guests])",
        subtle="guests.copy()",
    ),
    *code(
        "ratio_inverted",
        LEAD,
        file=FEATURES,
        glaring='(table["booked"] - table["arrival"]).dt.days',
    ),
    *code(
        "factor_wrong",
        LEAD,
        file=FEATURES,
        clear='(table["arrival"] - table["booked"]).dt.days * 24',
        subtle='(table["arrival"] - table["booked"]).dt.days / 7',
    ),
    *code(
        "clip_wrong",
        ".clip(lower=0, upper=365)",
        file=FEATURES,
        clear=".clip(lower=0, upper=7)",
        subtle=".clip(lower=0, upper=180)",
    ),
    *code(
        "label_inverted",
        '(table["status"] == "canceled")',
        file=FEATURES,
        clear='(table["status"] != "canceled")',
    ),
    *code(
        "fill_other_statistic",
        'bookings["night_price"].fillna(bookings["night_price"].median())',
        file=CLEANING,
        subtle='bookings["night_price"].fillna(bookings["night_price"].max())',
    ),
    *code(
        "fill_constant",
        'table["agent_reliability"].fillna(reliability)',
        file=FEATURES,
        clear='table["agent_reliability"].fillna(-999)',
        subtle='table["agent_reliability"].fillna(0)',
    ),
    *code(
        "dropped_eagerly",
        'bookings["meal"] = bookings["meal"].fillna("none")',
        file=CLEANING,
        subtle='bookings = bookings.dropna(subset=["meal"])',
    ),
    *config(
        "rare_merged",
        'table["country"].replace(list(rare), "other")',
        file=FEATURES,
        clear={"rare_country": 100_000},
        subtle={"rare_country": 400},
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        file=MODEL,
        glaring={"test_share": 0.995},
        clear={"test_share": 0.97},
        subtle={"test_share": 0.3},
    ),
    *code(
        "split_unstratified",
        SPLIT,
        file=MODEL,
        subtle="random_state=3",
    ),
    *code(
        "scaler_left_out",
        SCALE_TEST,
        file=MODEL,
        glaring="x_test[COLUMNS] = x_test[COLUMNS].astype(float)",
    ),
    *code(
        "scaler_refitted",
        SCALE_TEST,
        file=MODEL,
        subtle="x_test[COLUMNS] = scaler.fit_transform(x_test[COLUMNS])",
    ),
    *config(
        "hyper_parameter_broken",
        FIT,
        glaring={"strength": 0.00001},
        clear={"strength": 0.0005},
        subtle={"strength": 0.05},
    ),
    *config(
        "threshold_changed",
        THRESHOLD,
        glaring={"threshold": 0.97},
        clear={"threshold": 0.8},
        subtle={"threshold": 0.5},
    ),
    *code(
        "metric_arguments_exchanged",
        EVALUATE,
        file=MODEL,
        clear="f1_score(parts[3], predicted, pos_label=0)",
        subtle="f1_score(predicted, parts[3])",
    ),
    *code(
        "metric_on_part",
        EVALUATE,
        file=MODEL,
        clear="f1_score(parts[3][predicted == 1], predicted[predicted == 1])",
        subtle="f1_score(parts[3][:400], predicted[:400])",
    ),
    harmless(
        "operation_inserted",
        (
            "main.py",
            "    table = build_features(",
            "    bookings = bookings.sort_index()\n    table = build_features(",
        ),
    ),
    harmless(
        "operation_renamed",
        (FEATURES, "table = add_times(table)", "table = with_times(table)"),
        (FEATURES, "def add_times(", "def with_times("),
    ),
    harmless(
        "operation_reordered",
        (
            CLEANING,
            '    bookings["children"] = bookings["children"].fillna(0)\n'
            '    bookings["meal"] = bookings["meal"].fillna("none")\n',
            '    bookings["meal"] = bookings["meal"].fillna("none")\n'
            '    bookings["children"] = bookings["children"].fillna(0)\n',
        ),
    ),
    harmless(
        "harmless_change",
        (CLEANING, '["meal"].fillna("none")', '["meal"].fillna("breakfast")'),
        severity="clear",
        variant="meal",
    ),
    harmless(
        "harmless_change",
        (FEATURES, "dt.day_of_week >= 4", "dt.day_of_week >= 5"),
        variant="weekend",
    ),
    harmless(
        "verbosity_changed",
        (MODEL, "max_iter=200)", "max_iter=200, verbose=1)"),
    ),
    harmless(
        "column_unused",
        (
            FEATURES,
            '    table["canceled"] = ',
            '    table["total_price"] = table["night_price"] * table["nights"]\n'
            '    table["canceled"] = ',
        ),
    ),
]
