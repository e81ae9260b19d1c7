"""What can go wrong in the churn pipeline."""

from __future__ import annotations

from corpus.damage import (
    add_category,
    blank,
    exchange,
    lose,
    lose_above,
    misalign,
    relabel,
    rename,
    repeat,
    respell,
    scale,
    send_again,
)
from corpus.shorthand import MAIN, code, config, data, harmless

READ_CUSTOMERS = 'pd.read_csv("customers.csv")'
READ_CONTRACTS = 'pd.read_csv("contracts.csv")'
READ_USAGE = 'pd.read_parquet("usage.parquet")'
READ_COMPLAINTS = 'pd.read_json("complaints.json", orient="records")'
JOIN_USAGE = 'table.merge(summarise_usage(), on="customer_id", how="left")'
MODEL = ((MAIN, "classifier = LogisticRegression("), (MAIN, "model.fit(train, left_train)"))
NAMES = ((MAIN, "OneHotEncoder(handle"), (MAIN, "model.fit(train, left_train)"))
NUMBERS = ((MAIN, "numbers = make_pipeline("), (MAIN, "model.fit(train, left_train)"))
COLUMNS = ((MAIN, "columns = ColumnTransformer("), (MAIN, "model.fit(train, left_train)"))
PREDICT = "model.predict_proba(test)[:, 1]"
METRIC = "float(roc_auc_score(left_test, risk))"
CONTRACT_NAMES = {"monthly": "month-to-month", "one year": "12", "two years": "24"}

FAULTS = [
    *data(
        "rows_sent_twice",
        READ_CONTRACTS,
        clear=repeat("contracts.csv", 3),
        subtle=send_again("contracts.csv", 0.1),
    ),
    *data(
        "rows_misaligned",
        READ_CONTRACTS,
        cls="C5",
        glaring=misalign("contracts.csv", ["contract", "internet", "monthly_fee", "start"]),
        clear=misalign("contracts.csv", ["contract", "internet", "monthly_fee", "start"], 0.3),
        subtle=misalign("contracts.csv", ["contract", "internet", "monthly_fee", "start"], 0.04),
    ),
    *data(
        "group_lost",
        READ_COMPLAINTS,
        clear=lose("complaints.json", "topic", ["bill", "line"]),
        subtle=lose("complaints.json", "topic", ["shop"]),
    ),
    *data(
        "rows_truncated",
        READ_USAGE,
        clear=lose("usage.parquet", "months_ago", [1, 2, 3], 0.97),
        subtle=lose_above("usage.parquet", "megabytes", 0.9),
    ),
    *data(
        "unit_changed",
        READ_USAGE,
        clear=scale("usage.parquet", ["megabytes"], 0.001, 0.4),
        subtle=scale("usage.parquet", ["megabytes"], 0.001, 0.02),
    ),
    *data(
        "columns_exchanged",
        READ_CONTRACTS,
        clear=exchange("contracts.csv", "contract", "internet"),
        subtle=exchange("contracts.csv", "contract", "internet", 0.08),
    ),
    *data(
        "category_renamed",
        READ_CONTRACTS,
        clear=rename("contracts.csv", "contract", CONTRACT_NAMES, 0.6),
        subtle=rename("contracts.csv", "contract", CONTRACT_NAMES),
    ),
    *data(
        "category_new",
        READ_CUSTOMERS,
        clear=add_category("customers.csv", "payment", "wallet", 0.9),
        subtle=add_category("customers.csv", "payment", "wallet", 0.07),
    ),
    *data(
        "text_mangled",
        READ_CONTRACTS,
        clear=respell("contracts.csv", ["contract", "internet"], lambda text: f"{text} ", 0.5),
        subtle=respell("contracts.csv", ["contract"], str.upper),
    ),
    *data(
        "labels_noisy",
        READ_CUSTOMERS,
        cls="C5",
        glaring=relabel("customers.csv", "left", 0.7),
        clear=relabel("customers.csv", "left", 0.25),
        subtle=relabel("customers.csv", "left", 0.04),
    ),
    *data(
        "nulls_injected",
        READ_CONTRACTS,
        glaring=blank("contracts.csv", ["contract", "internet", "monthly_fee"], 0.9),
        clear=blank("contracts.csv", ["contract", "monthly_fee"], 0.4),
        subtle=blank("contracts.csv", ["monthly_fee"], 0.1),
    ),
    *code(
        "wrong_file",
        READ_CUSTOMERS,
        clear='pd.read_csv("customers_pilot.csv")',
    ),
    *code(
        "filter_inverted",
        'complaints[complaints["days_ago"] <= 90]',
        glaring='complaints[complaints["days_ago"] > 90]',
    ),
    *code(
        "filter_off_by_one",
        "age >= 18",
        subtle="age > 18",
    ),
    *code(
        "filter_missing",
        'complaints[complaints["days_ago"] <= 90]',
        clear="complaints.copy()",
    ),
    *code(
        "deduplication_missing",
        '.drop_duplicates(subset="customer_id")\n',
        at='.drop_duplicates(subset="customer_id")',
        clear='.drop_duplicates(subset=["region", "age", "late_payments"])\n',
        subtle="\n",
    ),
    *code(
        "column_dropped",
        '("names", names, CATEGORICAL)',
        at=COLUMNS,
        clear='("names", names, ["region", "payment"])',
        subtle='("names", names, ["contract", "payment", "internet"])',
    ),
    *code(
        "identifier_kept",
        '    return table.set_index("customer_id")',
        subtle='    NUMERIC.append("account")\n    return table.set_index("customer_id")',
    ),
    *code(
        "join_wrong_key",
        JOIN_USAGE,
        clear='table.merge(\n        summarise_usage().rename(columns={"customer_id": "account"}), '
        'on="account", how="left"\n    )',
    ),
    *code(
        "join_wrong_how",
        'table.merge(count_complaints(), on="customer_id", how="left")',
        clear='table.merge(count_complaints(), on="customer_id", how="inner")',
    ),
    *code(
        "join_by_position",
        JOIN_USAGE,
        clear='table.reset_index(drop=True).join(summarise_usage().drop(columns="customer_id"))',
    ),
    *code(
        "aggregation_other_function",
        'usage.groupby("customer_id")[["gigabytes", "call_minutes"]].mean()',
        clear='usage.groupby("customer_id")[["gigabytes", "call_minutes"]].count()',
        subtle='usage.groupby("customer_id")[["gigabytes", "call_minutes"]].max()',
    ),
    *code(
        "window_wrong",
        "months[[1, 2, 3]].mean(axis=1)",
        at='summary["gigabytes_trend"] = ',
        clear="months[[0, 1]].mean(axis=1)",
        subtle="months[[1, 2]].mean(axis=1)",
    ),
    *code(
        "factor_wrong",
        'usage["megabytes"] / 1000',
        clear='usage["megabytes"] / 1e9',
        subtle='usage["megabytes"] / 1024',
    ),
    *code(
        "ratio_inverted",
        "months[0] / months[[1, 2, 3]].mean(axis=1)",
        clear="months[0] - months[[1, 2, 3]].mean(axis=1)",
        subtle="months[[1, 2, 3]].mean(axis=1) / months[0]",
    ),
    *code(
        "dtype_cast",
        '(today - contracts["start"]).dt.days / 30.4',
        clear='((today - contracts["start"]).dt.days / 30.4).astype("int8")',
        subtle='((today - contracts["start"]).dt.days / 30.4).astype(int)',
    ),
    *code(
        "clip_wrong",
        'table["late_payments"].clip(upper=6)',
        clear='table["late_payments"].clip(upper=0)',
        subtle='table["late_payments"].clip(upper=2)',
    ),
    *code(
        "label_inverted",
        'left = table["left"].astype(int)',
        clear='left = (table["left"] ^ (table["region"] == "north")).astype(int)',
        subtle='left = (~table["left"]).astype(int)',
    ),
    *code(
        "labels_shuffled",
        'left = table["left"].astype(int)',
        cls="C5",
        glaring='left = table["left"].astype(int).sample(frac=1, random_state=5).to_numpy()',
    ),
    *code(
        "fill_constant",
        'SimpleImputer(strategy="median")',
        at=NUMBERS,
        clear='SimpleImputer(strategy="constant", fill_value=-99999)',
        subtle='SimpleImputer(strategy="constant", fill_value=0)',
    ),
    *code(
        "fill_other_statistic",
        'table["complaints"].fillna(0)',
        clear='table["complaints"].fillna(table["complaints"].mean())',
        subtle='table["complaints"].fillna(0.2)',
    ),
    *code(
        "dropped_eagerly",
        '    table["complaints"] = table["complaints"].fillna(0)',
        at='table["complaints"] = table["complaints"].fillna(0)',
        glaring="    table = table.dropna()",
        clear='    table = table.dropna(subset=["complaints"])',
    ),
    *config(
        "rare_merged",
        NAMES,
        clear={"least_frequency": 100_000},
        subtle={"least_frequency": 1200},
    ),
    *code(
        "split_unstratified",
        "stratify=left,\n",
        at="train_test_split(\n",
        subtle="\n",
    ),
    *code(
        "scaler_left_out",
        'SimpleImputer(strategy="median"), StandardScaler())',
        at=NUMBERS,
        clear='SimpleImputer(strategy="median"))',
    ),
    *code(
        "scaler_wrong_columns",
        '("numbers", numbers, NUMERIC)',
        at=COLUMNS,
        clear='("numbers", numbers, NUMERIC[:2]), ("rest", SimpleImputer(), NUMERIC[2:])',
        subtle='("numbers", numbers, NUMERIC[1:]), ("age", "passthrough", ["age"])',
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"strength": 0.000001},
        clear={"iterations": 1},
        subtle={"strength": 0.01},
    ),
    *code(
        "weights_wrong",
        'class_weight="balanced"',
        at=MODEL,
        glaring="class_weight={0: 1, 1: 1e-6}",
        subtle="class_weight={0: 1, 1: 12}",
    ),
    *code(
        "fitted_on_few",
        "model.fit(train, left_train)",
        glaring="model.fit(train.head(60), left_train.head(60))",
        clear="model.fit(train.head(300), left_train.head(300))",
    ),
    *code(
        "probability_of_other_class",
        PREDICT,
        glaring="model.predict_proba(test)[:, 0]",
    ),
    *code(
        "predictions_misaligned",
        PREDICT,
        cls="C5",
        glaring="model.predict_proba(test.sort_index())[:, 1]",
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='float(roc_auc_score(left_test[test["contract"] == "two years"], '
        'risk[test["contract"] == "two years"]))',
        subtle="float(roc_auc_score(left_test[:400], risk[:400]))",
    ),
    *code(
        "metric_arguments_exchanged",
        METRIC,
        clear="float(roc_auc_score(risk > 0.5, left_test))",
    ),
    harmless(
        "operation_inserted",
        (
            MAIN,
            "    return table.set_index(",
            '    table = table.sort_values("customer_id", kind="stable").loc[table.index]\n'
            "    return table.set_index(",
        ),
    ),
    harmless(
        "operation_renamed",
        (MAIN, "def summarise_usage()", "def usage_per_customer()"),
        (MAIN, "table.merge(summarise_usage()", "table.merge(usage_per_customer()"),
    ),
    harmless(
        "operation_rewritten",
        (
            MAIN,
            '.assign(late_payments=lambda table: table["late_payments"].clip(upper=6))',
            '.assign(late_payments=lambda table: np.minimum(table["late_payments"], 6))',
        ),
    ),
    harmless(
        "harmless_change",
        (MAIN, '["gigabytes"].clip(lower=0.1)', '["gigabytes"].clip(lower=0.2)'),
        variant="gigabytes",
    ),
    harmless(
        "harmless_change",
        (MAIN, ".dt.days / 30.4", ".dt.days / 30"),
        severity="clear",
        variant="months",
    ),
    harmless(
        "verbosity_changed",
        (MAIN, '("classifier", classifier)])', '("classifier", classifier)], verbose=True)'),
    ),
    harmless(
        "column_unused",
        (
            MAIN,
            '    table["complaints"] = table',
            '    table["yearly_fee"] = table["monthly_fee"] * 12\n    table["complaints"] = table',
        ),
    ),
]
