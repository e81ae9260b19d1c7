"""What can go wrong on the way of a ticket."""

from __future__ import annotations

from corpus.damage import (
    blank,
    decimal_comma,
    exchange,
    lose,
    misalign,
    relabel,
    rename,
    repeat,
    respell,
    scale,
    stale,
    truncate,
)
from corpus.pipelines.support_tickets.day import write_day
from corpus.shorthand import code, config, data, harmless

PREPARE = "prepare.py"
MODEL_FILE = "model.py"
READ_TICKETS = 'pd.read_csv("tickets.csv", parse_dates=["created"])'
READ_ROUTING = 'pd.read_csv("routing.csv", parse_dates=["moved"])'
READ_CUSTOMERS = 'pd.read_csv("customers.csv", parse_dates=["last_order"])'
FINAL = 'routing.drop_duplicates(subset="ticket_id", keep="last")'
JOIN_TEAMS = 'tickets.merge(final[["ticket_id", "team"]], on="ticket_id", how="inner")'
USUAL = 'tickets.groupby("plan")["invoice"].transform("median")'
SINCE = "since.dt.days.clip(lower=0, upper=60)"
SPLIT = "test_size=config["
COPIES = "train, test = train.copy(), test.copy()"
SPLITS = (("main.py", "train, test = train_test_split("), ("main.py", COPIES))
TEST_CHANNELS = 'pd.get_dummies(test["channel"]).reindex(columns=CHANNELS, fill_value=False)'
MOVED = 'pd.get_dummies(test["channel"]).reindex(columns={}, fill_value=False)'
FIT = 'model.fit(train, train["team"])'
FIT_STEP = ("main.py", FIT)
CLASSIFIER = ((MODEL_FILE, "LogisticRegression(\n"), FIT_STEP)
COLUMNS = ((MODEL_FILE, "ColumnTransformer(\n"), FIT_STEP)
PREDICT = "teams = model.predict(test)"
METRIC = 'f1_score(test["team"], teams, average="macro")'
CHANNELS = {"web": "portal", "chat": "messenger"}
ALL_CHANNELS = dict.fromkeys(("web", "mail", "phone", "chat"), "other")


def garble(text: str) -> str:
    """Return text as it looks when read in a wrong encoding."""
    return text.translate(str.maketrans({"e": "\u00e9", "a": "\u00e3", "o": "\u00f8"}))


FAULTS = [
    *data(
        "rows_truncated",
        READ_ROUTING,
        glaring=truncate("routing.csv", 0.08),
        clear=truncate("routing.csv", 0.25),
        subtle=truncate("routing.csv", 0.9),
    ),
    *data(
        "rows_stale",
        READ_CUSTOMERS,
        clear=stale("customers.csv", write_day, 1),
        note="Numbers of customers are given anew each day: these belong to others.",
    ),
    *data(
        "group_lost",
        READ_TICKETS,
        file=PREPARE,
        clear=lose("tickets.csv", "channel", ["phone", "chat", "web"]),
        subtle=lose("tickets.csv", "channel", ["chat"]),
    ),
    *data(
        "unit_changed",
        READ_CUSTOMERS,
        clear=scale("customers.csv", ["invoice"], 100, 0.5),
        subtle=scale("customers.csv", ["invoice"], 100, 0.01),
    ),
    *data(
        "sign_flipped",
        READ_CUSTOMERS,
        clear=scale("customers.csv", ["invoice"], -1, 0.5),
        subtle=scale("customers.csv", ["invoice"], -1, 0.02),
    ),
    *data(
        "decimal_comma",
        READ_CUSTOMERS,
        clear=decimal_comma("customers.csv", ["invoice"], 0.97),
        subtle=decimal_comma("customers.csv", ["invoice"], 0.1),
    ),
    *data(
        "columns_exchanged",
        READ_TICKETS,
        file=PREPARE,
        clear=exchange("tickets.csv", "channel", "body", 0.8),
        subtle=exchange("tickets.csv", "subject", "body"),
    ),
    *data(
        "category_renamed",
        READ_TICKETS,
        file=PREPARE,
        clear=rename("tickets.csv", "channel", ALL_CHANNELS),
        subtle=rename("tickets.csv", "channel", CHANNELS),
    ),
    *data(
        "text_mangled",
        READ_TICKETS,
        file=PREPARE,
        glaring=respell("tickets.csv", ["subject", "body"], garble, 0.9),
        clear=respell("tickets.csv", ["subject", "body"], garble, 0.4),
        subtle=respell("tickets.csv", ["subject", "body"], garble, 0.03),
    ),
    *data(
        "nulls_injected",
        READ_TICKETS,
        file=PREPARE,
        glaring=blank("tickets.csv", ["body"], 0.9),
        clear=blank("tickets.csv", ["body"], 0.5),
        subtle=blank("tickets.csv", ["body"], 0.05),
    ),
    *data(
        "rows_misaligned",
        READ_TICKETS,
        file=PREPARE,
        cls="C5",
        glaring=misalign("tickets.csv", ["subject", "body"], 0.5),
        clear=misalign("tickets.csv", ["subject", "body"], 0.15),
        subtle=misalign("tickets.csv", ["subject", "body"], 0.02),
    ),
    *data(
        "labels_noisy",
        READ_ROUTING,
        cls="C5",
        glaring=relabel("routing.csv", "team", 0.5),
        clear=relabel("routing.csv", "team", 0.1),
        subtle=relabel("routing.csv", "team", 0.01),
    ),
    *code(
        "filter_inverted",
        'tickets["language"] == "en"',
        file=PREPARE,
        glaring='tickets["language"] != "en"',
    ),
    *code(
        "filter_strict",
        'tickets["created"] >= tickets["created"].max() - pd.Timedelta(days=60)',
        file=PREPARE,
        clear='tickets["created"] >= tickets["created"].max() - pd.Timedelta(days=40)',
        subtle='tickets["created"] >= tickets["created"].max() - pd.Timedelta(days=50)',
    ),
    *code(
        "filter_off_by_one",
        'tickets["n_words"] >= 3',
        file=PREPARE,
        subtle='tickets["n_words"] > 3',
    ),
    *code(
        "filter_strict",
        'tickets["n_words"] >= 3',
        file=PREPARE,
        glaring='tickets["n_words"] >= tickets["n_words"].quantile(0.9)',
        variant="long",
    ),
    *code(
        "filter_missing",
        'routing = routing[routing["team"] != "robot"]',
        clear="routing = routing.copy()",
    ),
    *code(
        "deduplication_missing",
        FINAL,
        clear='routing.drop_duplicates(subset="ticket_id", keep="first")',
        subtle="routing",
    ),
    *code(
        "join_key_cast",
        'tickets["customer"].str.removeprefix("C-").astype("int64")',
        clear='tickets["customer"].str.removeprefix("C-").astype("float32").astype("int64")',
        note="The numbers of customers need more digits than single precision has.",
    ),
    *data(
        "join_keys_duplicated",
        'tickets.merge(customers, on="customer_id", how="left")',
        clear=repeat("customers.csv", 3),
    ),
    *code(
        "join_by_position",
        JOIN_TEAMS,
        cls="C5",
        glaring='tickets.reset_index(drop=True).join(final[["team"]].reset_index(drop=True))',
    ),
    *code(
        "aggregation_wrong_group",
        USUAL,
        file=PREPARE,
        subtle='tickets.groupby("channel")["invoice"].transform("median")',
    ),
    *code(
        "aggregation_other_function",
        USUAL,
        file=PREPARE,
        subtle='tickets.groupby("plan")["invoice"].transform("max")',
    ),
    *config(
        "time_zone_wrong",
        'tickets["created"] + pd.Timedelta(hours=config["utc_offset"])',
        file=PREPARE,
        glaring={"utc_offset": 12},
        clear={"utc_offset": 6},
        subtle={"utc_offset": 2},
    ),
    *code(
        "factor_wrong",
        SINCE,
        file=PREPARE,
        clear="since.dt.total_seconds().clip(lower=0, upper=60)",
    ),
    *code(
        "ratio_inverted",
        SINCE,
        file=PREPARE,
        clear="(-since).dt.days.clip(lower=0, upper=60)",
    ),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring='model.fit(train, train["team"].sample(frac=1, random_state=1).to_numpy())',
    ),
    *code(
        "labels_shifted",
        FIT,
        cls="C5",
        glaring='model.fit(train, train["team"].shift(1).bfill())',
    ),
    *code(
        "labels_shifted",
        FINAL,
        cls="C5",
        glaring='routing.assign(team=routing["team"].shift(1).bfill()).drop_duplicates(\n'
        '        subset="ticket_id", keep="last"\n    )',
        variant="routing",
    ),
    *code(
        "dropped_eagerly",
        'tickets["channel"] = tickets["channel"].fillna("web")',
        file=PREPARE,
        subtle="tickets = tickets.dropna()",
    ),
    *code(
        "one_hot_moved",
        TEST_CHANNELS,
        glaring=MOVED.format("CHANNELS[::-1]"),
        clear=MOVED.format("sorted(CHANNELS)"),
        subtle=MOVED.format('["mail", "web", "phone", "chat"]'),
    ),
    *code(
        "column_dropped",
        '("words", CountVectorizer(min_df=3, binary=True), text)',
        file=MODEL_FILE,
        at=COLUMNS,
        glaring='("words", "drop", text)',
        clear='("words", CountVectorizer(min_df=3, binary=True), "subject")',
    ),
    *code(
        "identifier_kept",
        "NUMBERS),",
        file=MODEL_FILE,
        at=COLUMNS,
        subtle='[*NUMBERS, "ticket_id", "customer_id"]),',
    ),
    *code(
        "target_leaked",
        "NAMES),",
        file=MODEL_FILE,
        at=COLUMNS,
        glaring='[*NAMES, "team"]),',
    ),
    *code(
        "scaler_left_out",
        'make_pipeline(SimpleImputer(strategy="median"), StandardScaler())',
        file=MODEL_FILE,
        at=COLUMNS,
        clear='make_pipeline(SimpleImputer(strategy="median"))',
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        glaring={"test_share": 0.98},
        clear={"test_share": 0.85},
        subtle={"test_share": 0.25},
    ),
    *code(
        "split_unstratified",
        'stratify=tickets["team"]',
        subtle="stratify=None",
    ),
    *code(
        "split_overlapping",
        COPIES,
        at=SPLITS,
        glaring="train, test = tickets.copy(), test.copy()",
        subtle="train, test = pd.concat([train, test.head(60)]), test.copy()",
    ),
    *config(
        "hyper_parameter_broken",
        CLASSIFIER,
        glaring={"strength": 0.000001},
        clear={"strength": 0.001},
        subtle={"strength": 1.0},
    ),
    *code(
        "weights_wrong",
        'class_weight="balanced"',
        file=MODEL_FILE,
        at=CLASSIFIER,
        glaring='class_weight={"technical": 50}',
        clear='class_weight={"technical": 4}',
        subtle="class_weight=None",
    ),
    *code(
        "fitted_on_few",
        FIT,
        glaring='model.fit(train.head(60), train["team"].head(60))',
        clear='model.fit(train.head(300), train["team"].head(300))',
        subtle='model.fit(train.head(1400), train["team"].head(1400))',
    ),
    *code(
        "model_stale",
        'joblib.load("model.joblib")',
        clear='joblib.load("quick.joblib")',
    ),
    *code(
        "probability_of_other_class",
        PREDICT,
        glaring="teams = model.classes_[model.predict_proba(test).argmin(axis=1)]",
        clear="teams = model.classes_[model.predict_proba(test).argsort(axis=1)[:, -2]]",
    ),
    *code(
        "threshold_changed",
        PREDICT,
        clear="sure = model.predict_proba(test).max(axis=1) > 0.8\n"
        '    teams = pd.Series(model.predict(test)).where(sure, "technical")',
        subtle="sure = model.predict_proba(test).max(axis=1) > 0.35\n"
        '    teams = pd.Series(model.predict(test)).where(sure, "technical")',
    ),
    *code(
        "predictions_misaligned",
        PREDICT,
        cls="C5",
        glaring='teams = model.predict(test.sort_values("created"))',
    ),
    *code(
        "metric_averaged_otherwise",
        METRIC,
        clear='f1_score(test["team"], teams, average="macro", labels=["account", "returns"])',
        subtle='f1_score(test["team"], teams, average="weighted")',
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='f1_score(test["team"].tail(40), teams[-40:], average="macro")',
    ),
    *code(
        "metric_arguments_exchanged",
        METRIC,
        subtle='f1_score(teams, test["team"], average="macro")',
        note="Precision and recall change places: their harmonic mean stays.",
    ),
    harmless(
        "operation_inserted",
        (
            "main.py",
            "    tickets = add_products(tickets)\n",
            "    tickets = add_products(tickets)\n    tickets = tickets.reset_index(drop=True)\n",
        ),
    ),
    harmless(
        "operation_renamed",
        ("main.py", "def add_teams(", "def add_labels("),
        ("main.py", "tickets = add_teams(tickets)", "tickets = add_labels(tickets)"),
    ),
    harmless(
        "operation_reordered",
        (
            "main.py",
            "    tickets = add_customers(tickets)\n    tickets = add_products(tickets)\n",
            "    tickets = add_products(tickets)\n    tickets = add_customers(tickets)\n",
        ),
    ),
    harmless(
        "operation_rewritten",
        (PREPARE, "((hour < 7) | (hour >= 22)).astype(int)", "(~hour.between(7, 21)).astype(int)"),
    ),
    harmless(
        "harmless_change",
        (PREPARE, ".clip(-5, 10)", ".clip(-5, 8)"),
        variant="invoice",
    ),
    harmless(
        "harmless_change",
        (PREPARE, "dt.days.clip(lower=0, upper=60)", "dt.days.clip(lower=0, upper=50)"),
        severity="clear",
        variant="order",
    ),
    harmless(
        "verbosity_changed",
        (
            MODEL_FILE,
            '("classifier", classifier)])',
            '("classifier", classifier)], verbose=True)',
        ),
    ),
    harmless(
        "column_unused",
        (
            PREPARE,
            '    hour = tickets["created"].dt.hour\n',
            '    hour = tickets["created"].dt.hour\n    tickets["hour"] = hour\n',
        ),
    ),
]
