"""What can go wrong in the payments' pipeline."""

from __future__ import annotations

from corpus.damage import (
    add_category,
    blank,
    lose,
    misalign,
    relabel,
    rename,
    repeat,
    scale,
    send_again,
    truncate,
)
from corpus.shorthand import code, config, data, harmless

READ_PAYMENTS = 'pd.read_csv("payments.csv")'
READ_CARDS = 'pd.read_csv("cards.csv", parse_dates=["opened"])'
READ_MERCHANTS = 'pd.read_csv("merchants.csv")'
FEATURES = "features.py"
FIT = 'model.fit(train[FEATURES], train["is_fraud"])'
MODEL = (("main.py", "HistGradientBoostingClassifier(\n"), ("main.py", FIT))
PREDICT = "model.predict_proba(test[FEATURES])[:, 1]"
CATEGORIES = {"gaming": "games", "jewellery": "jewelry", "electronics": "consumer electronics"}

FAULTS = [
    *data(
        "rows_truncated",
        READ_PAYMENTS,
        glaring=truncate("payments.csv", 0.05),
        clear=truncate("payments.csv", 0.3),
        subtle=truncate("payments.csv", 0.85),
    ),
    *data(
        "unit_changed",
        READ_PAYMENTS,
        glaring=scale("payments.csv", ["amount"], 0.01, 0.5),
        clear=scale("payments.csv", ["amount"], 0.01, 0.2),
        subtle=scale("payments.csv", ["amount"], 0.01, 0.02),
    ),
    *data(
        "labels_noisy",
        READ_PAYMENTS,
        cls="C5",
        glaring=relabel("payments.csv", "is_fraud", 0.5),
        clear=relabel("payments.csv", "is_fraud", 0.2),
        subtle=relabel("payments.csv", "is_fraud", 0.03),
    ),
    *data(
        "category_renamed",
        READ_MERCHANTS,
        clear=rename("merchants.csv", "category", dict.fromkeys(CATEGORIES, "grocery"), 0.9),
        subtle=rename("merchants.csv", "category", CATEGORIES),
    ),
    *data(
        "category_new",
        READ_MERCHANTS,
        clear=add_category("merchants.csv", "category", "unknown", 0.8),
        subtle=add_category("merchants.csv", "category", "lottery", 0.05),
    ),
    *data(
        "nulls_injected",
        READ_PAYMENTS,
        glaring=blank("payments.csv", ["channel", "country"], 0.9),
        clear=blank("payments.csv", ["channel"], 0.6),
        subtle=blank("payments.csv", ["channel"], 0.08),
    ),
    *data(
        "rows_misaligned",
        READ_CARDS,
        cls="C5",
        clear=misalign("cards.csv", ["home_country", "credit_limit", "opened"]),
        subtle=misalign("cards.csv", ["home_country", "credit_limit", "opened"], 0.1),
    ),
    *data(
        "group_lost",
        READ_CARDS,
        clear=lose("cards.csv", "home_country", ["DE", "FR"]),
        subtle=lose("cards.csv", "home_country", ["PL"]),
    ),
    *code(
        "filter_inverted",
        'payments["amount"] <= config["largest_amount"]',
        glaring='payments["amount"] >= config["largest_amount"] / 20',
        clear='payments["amount"] >= config["largest_amount"] / 100',
        subtle='payments["amount"] >= config["largest_amount"] / 5000',
    ),
    *config(
        "filter_strict",
        'payments["amount"] <= config["largest_amount"]',
        glaring={"largest_amount": 15},
        clear={"largest_amount": 40},
        subtle={"largest_amount": 300},
    ),
    *code(
        "filter_missing",
        'payments = payments[payments["amount"] > 0]',
        subtle="payments = payments.copy()",
    ),
    *code(
        "deduplication_missing",
        'return payments.drop_duplicates(subset="payment_id")',
        clear='return payments.drop_duplicates(subset="card_id")',
        subtle="return payments",
    ),
    *code(
        "join_wrong_key",
        'payments.merge(cards, on="card_id", how="inner")',
        clear='payments.merge(\n        cards.drop(columns="card_id"), left_on="card_id", '
        'right_on="account_id", how="inner"\n    )',
    ),
    *code(
        "join_wrong_how",
        'payments.merge(cards, on="card_id", how="inner")',
        subtle='payments.merge(cards, on="card_id", how="left")',
    ),
    *data(
        "join_keys_duplicated",
        'payments.merge(merchants, on="merchant_id", how="left")',
        clear=repeat("merchants.csv", 3),
        subtle=send_again("merchants.csv", 0.03),
    ),
    *code(
        "aggregation_wrong_group",
        'train.groupby("category")["is_fraud"].mean().rename("risk")',
        glaring='train.groupby("category")["merchant_id"].mean().rank().rename("risk")',
    ),
    *code(
        "aggregation_other_function",
        'by_card["euro"].transform("median")',
        file=FEATURES,
        clear='by_card["euro"].transform("max")',
        subtle='by_card["euro"].transform("mean")',
    ),
    *code(
        "factor_wrong",
        'payments["amount"] * payments["euro_rate"]',
        clear='payments["amount"] / payments["euro_rate"]',
        subtle='payments["amount"] * payments["euro_rate"].round(1)',
    ),
    *code(
        "ratio_inverted",
        'payments["euro"] / usual',
        file=FEATURES,
        subtle='usual / payments["euro"]',
    ),
    *code(
        "clip_wrong",
        "fillna(96).clip(upper=96)",
        file=FEATURES,
        subtle="fillna(96).clip(upper=1)",
    ),
    *code(
        "codes_reassigned",
        '{"chip": 0, "swipe": 0, "web": 1}',
        file=FEATURES,
        clear='{"chip": 0, "swipe": 1, "web": 0}',
    ),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring='model.fit(train[FEATURES], train["is_fraud"].sample(frac=1, random_state=1))',
    ),
    *config(
        "split_wrong_share",
        "payments.iloc[:n_train], payments.iloc[n_train:]",
        glaring={"train_share": 0.01},
        clear={"train_share": 0.05},
        subtle={"train_share": 0.5},
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"learning_rate": 0.0001},
        clear={"learning_rate": 1.2},
        subtle={"learning_rate": 0.05},
    ),
    *code(
        "fitted_on_few",
        FIT,
        glaring='model.fit(train[FEATURES].head(150), train["is_fraud"].head(150))',
        clear='model.fit(train[FEATURES].head(900), train["is_fraud"].head(900))',
    ),
    *code(
        "probability_of_other_class",
        PREDICT,
        glaring="model.predict_proba(test[FEATURES])[:, 0]",
    ),
    harmless(
        "operation_inserted",
        (
            "main.py",
            "    payments = to_euro(payments)\n",
            "    payments = payments.reset_index(drop=True)\n    payments = to_euro(payments)\n",
        ),
    ),
    harmless(
        "operation_renamed",
        (
            "main.py",
            "def add_parties(payments: pd.DataFrame) -> pd.DataFrame:",
            "def join_tables(payments: pd.DataFrame) -> pd.DataFrame:",
        ),
        ("main.py", "payments = add_parties(payments)", "payments = join_tables(payments)"),
    ),
    harmless(
        "operation_reordered",
        (
            "main.py",
            '    payments = payments[payments["status"] == "settled"]\n'
            '    payments = payments[payments["amount"] > 0]\n',
            '    payments = payments[payments["amount"] > 0]\n'
            '    payments = payments[payments["status"] == "settled"]\n',
        ),
    ),
    harmless(
        "harmless_change",
        (FEATURES, "fillna(96).clip(upper=96)", "fillna(72).clip(upper=72)"),
        severity="clear",
        variant="gap",
    ),
    harmless(
        "harmless_change",
        (FEATURES, ".clip(upper=5)", ".clip(upper=3)"),
        severity="subtle",
        variant="limit",
    ),
    harmless(
        "verbosity_changed",
        (
            "main.py",
            "max_leaf_nodes=15, random_state=0",
            "max_leaf_nodes=15, random_state=0, verbose=1",
        ),
    ),
    harmless(
        "column_unused",
        (
            FEATURES,
            '    payments["payments_so_far"] = by_card.cumcount()\n',
            '    payments["payments_so_far"] = by_card.cumcount()\n'
            '    payments["weekday"] = payments["time"].dt.day_of_week\n',
        ),
    ),
]
