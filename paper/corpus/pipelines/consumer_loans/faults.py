"""What can go wrong in the loans' pipeline."""

from __future__ import annotations

from corpus.damage import (
    add_category,
    blank,
    exchange,
    lose,
    misalign,
    rename,
    scale,
    send_again,
    truncate,
)
from corpus.shorthand import MAIN, code, config, data, harmless

CREDIT, OUTCOME = "credit_history.py", "outcome.py"
READ_LOANS = 'pd.read_csv("applications.csv", parse_dates=["granted"])'
READ_BUREAU = 'pd.read_csv("bureau.csv", dtype={"applicant_id": "int64"})'
READ_INSTALLMENTS = 'pd.read_parquet("installments.parquet")'
READ_REGIONS = 'pd.read_json("regions.json").rename(columns={"code": "region"})'
BUREAU_JOIN = 'loans.merge(summarise_bureau(), on="applicant_id", how="left")'
ENCODE_TRAIN = "train_names = encoder.fit_transform(train[NAMES])"
ENCODE_TEST = "test_names = encoder.transform(test[NAMES])"
SPLIT = 'stratify=loans["default"], random_state=8'
FIT = 'searched.fit(x_train, train["default"])'
SEARCH = ((MAIN, "return GridSearchCV(model, grid"), (MAIN, FIT))
MODEL = ((MAIN, "model = DecisionTreeClassifier("), (MAIN, FIT))
FOLDS = "StratifiedKFold(n_splits=3, shuffle=True, random_state=1)"
X_TEST = "x_test = test[NUMBERS].assign(**dict(zip(NAMES, test_names.T, strict=True)))"
X_TRAIN = "x_train = train[NUMBERS].assign(**dict(zip(NAMES, train_names.T, strict=True)))"
PREDICT = "searched.predict_proba(x_test)[:, 1]"
THRESHOLD = 'refused = risk.gt(config["highest_risk"])'
METRIC = 'balanced_accuracy_score(test["default"], refused)'
HOLD_MORE = {"Debt consolidation": "consolidation", "Small business": "business"}

FAULTS = [
    *data(
        "rows_truncated",
        READ_INSTALLMENTS,
        file=OUTCOME,
        glaring=truncate("installments.parquet", 0.02),
        clear=truncate("installments.parquet", 0.25),
        subtle=truncate("installments.parquet", 0.9),
    ),
    *data(
        "rows_misaligned",
        READ_INSTALLMENTS,
        file=OUTCOME,
        cls="C5",
        glaring=misalign("installments.parquet", ["loan_id"], 0.6),
        clear=misalign("installments.parquet", ["loan_id"], 0.1),
        subtle=misalign("installments.parquet", ["loan_id"], 0.01),
    ),
    *data(
        "rows_sent_twice",
        READ_BUREAU,
        file=CREDIT,
        clear=send_again("bureau.csv", 0.5, 4),
        subtle=send_again("bureau.csv", 0.03),
    ),
    *data(
        "nulls_injected",
        READ_LOANS,
        glaring=blank("applications.csv", ["income", "purpose", "employment"], 0.95),
        clear=blank("applications.csv", ["income"], 0.5),
        subtle=blank("applications.csv", ["employment"], 0.15),
    ),
    *data(
        "unit_changed",
        READ_LOANS,
        clear=scale("applications.csv", ["income"], 1 / 12, 0.4),
        subtle=scale("applications.csv", ["income"], 0.001, 0.02),
    ),
    *data(
        "columns_exchanged",
        READ_BUREAU,
        file=CREDIT,
        clear=exchange("bureau.csv", "credit_limit", "balance"),
        subtle=exchange("bureau.csv", "credit_limit", "balance", 0.05),
    ),
    *data(
        "category_renamed",
        READ_LOANS,
        clear=rename("applications.csv", "purpose", HOLD_MORE, 0.5),
        subtle=rename("applications.csv", "purpose", HOLD_MORE),
    ),
    *data(
        "category_renamed",
        READ_LOANS,
        variant="period",
        glaring=rename("applications.csv", "income_period", {"month": "year"}),
        clear=rename("applications.csv", "income_period", {"month": "monthly"}),
    ),
    *data(
        "category_new",
        READ_LOANS,
        subtle=add_category("applications.csv", "channel", "kiosk", 0.1),
    ),
    *data(
        "group_lost",
        READ_INSTALLMENTS,
        file=OUTCOME,
        glaring=lose("installments.parquet", "number", [2, 3, 4, 5, 6]),
        clear=lose("installments.parquet", "number", [5, 6]),
        subtle=lose("installments.parquet", "number", [3]),
    ),
    *code(
        "filter_inverted",
        'debts[~debts["closed"]]',
        file=CREDIT,
        clear='debts[debts["closed"]]',
    ),
    *code(
        "filter_missing",
        'debts[~debts["closed"]]',
        file=CREDIT,
        subtle="debts.copy()",
    ),
    *code(
        "filter_off_by_one",
        'installments[installments["number"] <= config["watched_installments"]]',
        file=OUTCOME,
        subtle='installments[installments["number"] < config["watched_installments"]]',
    ),
    *config(
        "filter_strict",
        "loans.query(\"amount >= @config['least_amount']\")",
        glaring={"least_amount": 35_000},
        clear={"least_amount": 20_000},
        subtle={"least_amount": 3000},
    ),
    *code(
        "head_left_in",
        'loans = loans.drop_duplicates(subset="loan_id", keep="first")',
        clear='loans = loans.drop_duplicates(subset="loan_id", keep="first").head(300)',
        subtle='loans = loans.drop_duplicates(subset="loan_id", keep="first").sample(frac=0.6, '
        "random_state=0)",
    ),
    *code(
        "identifier_kept",
        'NAMES = ["purpose", "home", "channel"]',
        at=((MAIN, ENCODE_TRAIN), (MAIN, ENCODE_TEST)),
        clear='NAMES = ["purpose", "home", "channel", "customer_no"]',
        subtle='NAMES = ["purpose", "home", "channel", "region"]',
    ),
    *code(
        "target_leaked",
        '    "unemployment",\n]',
        at=((MAIN, X_TRAIN), (MAIN, X_TEST)),
        glaring='    "unemployment",\n    "default",\n]',
    ),
    *code(
        "column_dropped",
        '    "burden",\n    "years_employed",\n    "utilization",\n',
        at=((MAIN, X_TRAIN), (MAIN, X_TEST)),
        clear="",
    ),
    *code(
        "join_wrong_key",
        BUREAU_JOIN,
        clear='loans.merge(\n        summarise_bureau().rename(columns={"applicant_id": '
        '"customer_no"}), on="customer_no", how="left"\n    )',
    ),
    *code(
        "join_wrong_how",
        BUREAU_JOIN,
        clear='loans.merge(summarise_bureau(), on="applicant_id", how="inner")',
    ),
    *code(
        "join_by_position",
        BUREAU_JOIN,
        clear='loans.join(summarise_bureau().drop(columns="applicant_id"))',
    ),
    *code(
        "aggregation_other_function",
        'worst_delay=("days_overdue", "max")',
        file=CREDIT,
        at="history = by_applicant.agg(",
        clear='worst_delay=("days_overdue", "count")',
        subtle='worst_delay=("days_overdue", "mean")',
    ),
    *code(
        "aggregation_other_function",
        'installments.groupby("loan_id", as_index=False)["delay"].max()',
        file=OUTCOME,
        variant="delay",
        glaring='installments.groupby("loan_id", as_index=False)["delay"].min()',
        clear='installments.groupby("loan_id", as_index=False)["delay"].median()',
    ),
    *code(
        "aggregation_wrong_group",
        'debts.groupby("applicant_id")',
        file=CREDIT,
        at="history = by_applicant.agg(",
        clear='debts.assign(applicant_id=debts["applicant_id"] // 10 * 10).groupby("applicant_id")',
    ),
    *code(
        "factor_wrong",
        'loans["interest_percent"] / 1200',
        at='loans["payment"] = loans["amount"] * rate',
        clear='loans["interest_percent"] / 12',
        subtle='loans["interest_percent"] / 1000',
    ),
    *code(
        "ratio_inverted",
        'history["balance"] / history["credit_limit"]',
        file=CREDIT,
        clear='history["credit_limit"] / history["balance"]',
    ),
    *code(
        "dtype_cast",
        'loans["income"] * per_year',
        clear='(loans["income"] * per_year).fillna(50_000).astype("uint16").astype(float)',
        subtle='(loans["income"] * per_year).astype("float16").astype(float)',
    ),
    *code(
        "clip_wrong",
        ".clip(upper=400_000)",
        glaring=".clip(upper=4000)",
        clear=".clip(upper=30_000)",
        subtle=".clip(upper=90_000)",
    ),
    *code(
        "codes_reassigned",
        '{"month": 12, "year": 1}',
        at='per_year = loans["income_period"].map(',
        clear='{"month": 1, "year": 12}',
        subtle='{"month": 13, "year": 1}',
    ),
    *config(
        "label_threshold_wrong",
        'worst["default"] = (worst["delay"] > config["default_days"])',
        file=OUTCOME,
        glaring={"default_days": 0},
        clear={"default_days": 15},
        subtle={"default_days": 45},
    ),
    *code(
        "label_inverted",
        'worst["delay"] > config["default_days"]',
        file=OUTCOME,
        clear='worst["delay"] <= config["default_days"]',
    ),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring='searched.fit(x_train, train["default"].sample(frac=1, random_state=0))',
    ),
    *code(
        "fill_constant",
        "delay.fillna(120)",
        file=OUTCOME,
        clear="delay.fillna(0)",
        subtle="delay.fillna(365)",
    ),
    *code(
        "fill_other_statistic",
        'loans["yearly_income"].fillna(median)',
        subtle='loans["yearly_income"].fillna(loans["amount"].median())',
    ),
    *code(
        "dropped_eagerly",
        'loans = loans.fillna({"utilization": 0.3, "open_credits": 0, "worst_delay": 0})',
        subtle="loans = loans.dropna()",
    ),
    *code(
        "encoder_refitted",
        ENCODE_TEST,
        glaring="test_names = test[NAMES].apply(lambda names: pd.factorize(names)[0]).to_numpy()",
        subtle="test_names = encoder.fit_transform(test[NAMES])",
    ),
    *config(
        "rare_merged",
        ((MAIN, "encoder = OrdinalEncoder("), (MAIN, ENCODE_TRAIN)),
        clear={"least_names": 1000},
        subtle={"least_names": 150},
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        glaring={"test_share": 0.99},
        clear={"test_share": 0.95},
        subtle={"test_share": 0.35},
    ),
    *code(
        "split_unstratified",
        SPLIT,
        subtle="random_state=8",
    ),
    *code(
        "search_broken",
        'grid = {"max_depth": [4, 6, 9], "ccp_alpha": [0.0, 0.001]}',
        at=SEARCH,
        glaring='grid = {"max_depth": [1], "ccp_alpha": [0.2, 0.5]}',
        clear='grid = {"max_depth": [1, 2], "ccp_alpha": [0.0]}',
        subtle='grid = {"max_depth": [6], "ccp_alpha": [0.0]}',
    ),
    *code(
        "search_broken",
        'scoring="roc_auc"',
        at=SEARCH,
        variant="scoring",
        clear='scoring="neg_brier_score"',
        subtle='scoring="recall"',
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"smallest_leaf": 1200},
        clear={"smallest_leaf": 1},
        subtle={"smallest_leaf": 60},
    ),
    *code(
        "weights_wrong",
        'class_weight="balanced"',
        at=MODEL,
        glaring="class_weight={0: 10, 1: 1}",
        subtle="class_weight={0: 1, 1: 2}",
    ),
    *code(
        "fitted_on_few",
        FIT,
        glaring='searched.fit(x_train.head(70), train["default"].head(70))',
        clear='searched.fit(x_train.head(300), train["default"].head(300))',
        subtle='searched.fit(x_train.head(1500), train["default"].head(1500))',
    ),
    *code(
        "features_permuted",
        X_TEST,
        glaring=X_TEST.replace("test[NUMBERS]", "test[NUMBERS[::-1]].set_axis(NUMBERS, axis=1)"),
        subtle=X_TEST.replace(
            "test[NUMBERS]",
            "test[[*NUMBERS[:-2], *NUMBERS[:-3:-1]]].set_axis(NUMBERS, axis=1)",
        ),
    ),
    *config(
        "threshold_changed",
        THRESHOLD,
        glaring={"highest_risk": 0.97},
        clear={"highest_risk": 0.85},
        subtle={"highest_risk": 0.55},
    ),
    *code(
        "probability_of_other_class",
        PREDICT,
        glaring="searched.predict_proba(x_test)[:, 0]",
    ),
    *code(
        "predictions_misaligned",
        PREDICT,
        cls="C5",
        glaring="searched.predict_proba(x_test.sort_index())[:, 1]",
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='balanced_accuracy_score(test["default"].head(60), refused.head(60))',
        subtle='balanced_accuracy_score(test["default"].tail(700), refused.tail(700))',
    ),
    *code(
        "metric_arguments_exchanged",
        METRIC,
        clear='balanced_accuracy_score(refused, test["default"])',
    ),
    harmless(
        "operation_inserted",
        (
            MAIN,
            "    loans = build_table(config)\n",
            '    loans = build_table(config)\n    loans = loans.astype({"default": "int64"})\n',
        ),
    ),
    harmless(
        "operation_renamed",
        (MAIN, "from outcome import overdue_loans", "from outcome import loan_outcomes"),
        (MAIN, "overdue_loans(config), on", "loan_outcomes(config), on"),
        (OUTCOME, "def overdue_loans(", "def loan_outcomes("),
    ),
    harmless(
        "operation_reordered",
        (
            CREDIT,
            '    debts = debts[~debts["closed"]]\n    debts = debts[debts["credit_limit"] > 0]\n',
            '    debts = debts[debts["credit_limit"] > 0]\n    debts = debts[~debts["closed"]]\n',
        ),
    ),
    harmless(
        "harmless_change",
        (CREDIT, ".clip(upper=1.5)", ".clip(upper=1.4)"),
        variant="utilization",
    ),
    harmless(
        "harmless_change",
        (OUTCOME, "delay.fillna(120)", "delay.fillna(150)"),
        severity="clear",
        variant="unpaid",
    ),
    harmless(
        "verbosity_changed",
        (MAIN, 'scoring="roc_auc", cv=folds)', 'scoring="roc_auc", cv=folds, verbose=1)'),
    ),
    harmless(
        "column_unused",
        (
            MAIN,
            '    loans["burden"] = ',
            '    loans["month"] = loans["granted"].dt.month\n    loans["burden"] = ',
        ),
    ),
]
