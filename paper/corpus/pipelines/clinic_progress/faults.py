"""What can go wrong with the patients."""

from __future__ import annotations

from corpus.damage import (
    add_category,
    blank,
    decimal_comma,
    exchange,
    lose,
    misalign,
    relabel,
    rename,
    respell,
    scale,
    truncate,
)
from corpus.shorthand import code, config, data, harmless

TABLES = "tables.py"
READ_PATIENTS = 'pd.read_csv("patients.csv", parse_dates=["born"])'
READ_LABS = 'pd.read_csv("labs.csv")'
RECENT = 'days_ago <= config["visits_before"]'
PIVOT = 'labs.pivot_table(index="patient", columns="test", values="value", aggfunc="mean")'
KEY = 'labs["patient"].astype(str).str.zfill(6)'
JOIN_LABS = 'patients.merge(labs, on="patient", how="left")'
JOIN_VISITS = 'table.merge(visits, on="patient", how="left")'
DURING = (TABLES, "seen.groupby(")
SPLIT = 'train_test_split(table, test_size=config["test_share"], random_state=0)'
FIT = 'model.fit(train[NUMBERS + WORDS], train["progress"])'
MODEL = (("main.py", "GradientBoostingRegressor(\n"), ("main.py", FIT))
PREDICT = "model.predict(test[NUMBERS + WORDS])"
METRIC = 'r2_score(test["progress"], expected)'

FAULTS = [
    *data(
        "rows_truncated",
        READ_LABS,
        file=TABLES,
        glaring=truncate("labs.csv", 0.1),
        clear=truncate("labs.csv", 0.5),
        subtle=truncate("labs.csv", 0.95),
    ),
    *data(
        "nulls_injected",
        READ_PATIENTS,
        file=TABLES,
        glaring=blank("patients.csv", ["weight", "treatment"], 0.95),
        clear=blank("patients.csv", ["weight"], 0.5),
        subtle=blank("patients.csv", ["weight"], 0.08),
    ),
    *data(
        "unit_changed",
        READ_PATIENTS,
        file=TABLES,
        glaring=scale("patients.csv", ["progress"], 10.0, 0.2),
        clear=scale("patients.csv", ["weight"], 2.205, 0.4),
        subtle=scale("patients.csv", ["height"], 100.0, 0.03),
    ),
    *data(
        "decimal_comma",
        READ_LABS,
        file=TABLES,
        glaring=decimal_comma("labs.csv", ["value"], 0.95),
        clear=decimal_comma("labs.csv", ["value"], 0.5),
        subtle=decimal_comma("labs.csv", ["value"], 0.05),
    ),
    *data(
        "sign_flipped",
        READ_PATIENTS,
        file=TABLES,
        glaring=scale("patients.csv", ["progress"], -1, 0.1),
        subtle=scale("patients.csv", ["weight"], -1, 0.01),
    ),
    *data(
        "columns_exchanged",
        READ_PATIENTS,
        file=TABLES,
        clear=exchange("patients.csv", "weight", "height", 0.5),
        subtle=exchange("patients.csv", "weight", "height", 0.02),
    ),
    *data(
        "category_renamed",
        READ_LABS,
        file=TABLES,
        clear=rename("labs.csv", "test", {"triglycerides": "TG", "ldl": "LDL-C"}, 0.9),
        subtle=rename("labs.csv", "test", {"glucose": "Glucose (fasting)"}, 0.3),
    ),
    *data(
        "category_new",
        READ_PATIENTS,
        file=TABLES,
        clear=add_category("patients.csv", "treatment", "injection", 0.7),
        subtle=add_category("patients.csv", "treatment", "study", 0.03),
    ),
    *data(
        "text_mangled",
        READ_PATIENTS,
        file=TABLES,
        subtle=respell("patients.csv", ["treatment"], lambda text: text.upper(), 0.3),
    ),
    *data(
        "group_lost",
        READ_LABS,
        file=TABLES,
        clear=lose("labs.csv", "test", ["triglycerides", "glucose"], 0.95),
        subtle=lose("labs.csv", "test", ["ldl"], 0.3),
    ),
    *data(
        "rows_misaligned",
        READ_PATIENTS,
        file=TABLES,
        cls="C5",
        glaring=misalign("patients.csv", ["patient"], 0.6),
        clear=misalign("patients.csv", ["weight", "height"], 0.4),
        subtle=misalign("patients.csv", ["treatment"], 0.04),
    ),
    *data(
        "labels_noisy",
        READ_PATIENTS,
        file=TABLES,
        cls="C5",
        glaring=relabel("patients.csv", "progress", 0.5),
        clear=relabel("patients.csv", "progress", 0.15),
        subtle=relabel("patients.csv", "progress", 0.01),
    ),
    *code("filter_inverted", RECENT, file=TABLES, clear='days_ago > config["visits_before"]'),
    *config(
        "filter_strict",
        RECENT,
        glaring={"visits_before": 5},
        clear={"visits_before": 60},
        subtle={"visits_before": 360},
        file=TABLES,
    ),
    *config(
        "filter_strict",
        'table["age"] >= config["youngest"]',
        glaring={"youngest": 75},
        subtle={"youngest": 30},
        variant="age",
    ),
    *code(
        "head_left_in",
        READ_PATIENTS,
        file=TABLES,
        glaring='pd.read_csv("patients.csv", parse_dates=["born"]).head(60)',
        clear='pd.read_csv("patients.csv", parse_dates=["born"]).head(300)',
    ),
    *code(
        "column_dropped",
        'WORDS = ["sex", "treatment", "site"]',
        clear='WORDS = ["sex", "site"]',
        subtle='WORDS = ["treatment", "site"]',
        at=(("main.py", FIT),),
    ),
    *code(
        "identifier_kept",
        '    "glucose",\n',
        subtle='    "glucose",\n    "chart",\n',
        at=(("main.py", FIT),),
    ),
    *code(
        "join_wrong_key",
        JOIN_LABS,
        file=TABLES,
        glaring='patients.assign(chart=patients["chart"].astype(str).str.zfill(6)).merge('
        'labs, left_on="chart", right_index=True, how="left")',
    ),
    *code(
        "join_key_cast",
        KEY,
        file=TABLES,
        glaring='labs["patient"].astype("float32").astype(str).str.zfill(6)',
        clear='labs["patient"].astype("float16").astype(str).str[:-2].str.zfill(6)',
        subtle='labs["patient"].astype(str)',
    ),
    *code(
        "join_wrong_how",
        JOIN_VISITS,
        file=TABLES,
        subtle='table.merge(visits, on="patient", how="inner")',
    ),
    *code(
        "deduplication_missing",
        'patients.drop_duplicates(subset="patient")',
        file=TABLES,
        clear='patients.drop_duplicates(subset="born")',
    ),
    *code(
        "join_by_position",
        JOIN_LABS,
        file=TABLES,
        cls="C5",
        glaring='patients.reset_index(drop=True).join(labs.reset_index(drop=True), how="left")',
    ),
    *code(
        "aggregation_other_function",
        'pressure=("pressure", "mean")',
        file=TABLES,
        clear='pressure=("pressure", "count")',
        subtle='pressure=("pressure", "max")',
    ),
    *code(
        "aggregation_other_function",
        PIVOT,
        file=TABLES,
        subtle='labs.pivot_table(index="patient", columns="test", values="value", aggfunc="max")',
        variant="labs",
    ),
    *code(
        "aggregation_wrong_group",
        'visits["patient"].astype(str).str.zfill(6)',
        file=TABLES,
        clear='(visits["patient"] // 10 * 10).astype(str).str.zfill(6)',
        at=(DURING, (TABLES, 'visits["patient"].astype(str).str.zfill(6)')),
    ),
    *code(
        "factor_wrong",
        'table["weight"] / table["height"] ** 2',
        clear='table["weight"] / table["height"] ** 20',
        subtle='table["weight"] / table["height"]',
    ),
    *code(
        "ratio_inverted",
        'table["cholesterol"] / table["hdl"]',
        subtle='table["hdl"] / table["cholesterol"]',
    ),
    *code(
        "dtype_cast",
        'np.log(table["triglycerides"])',
        clear='np.log(table["triglycerides"]) // 1',
        subtle='np.log(table["triglycerides"]).astype("float16")',
    ),
    *code(
        "clip_wrong",
        "expected.clip(lower=0)",
        glaring="expected.clip(upper=100)",
        clear="expected.clip(upper=200)",
        subtle="expected.clip(upper=330)",
        variant="expected",
    ),
    *code(
        "fill_constant",
        'SimpleImputer(strategy="median")',
        clear='SimpleImputer(strategy="constant", fill_value=1e6)',
        subtle='SimpleImputer(strategy="constant", fill_value=-1)',
        at=(("main.py", 'SimpleImputer(strategy="median")'), ("main.py", FIT)),
    ),
    *code(
        "fill_other_statistic",
        'patients["treatment"].fillna("diet")',
        file=TABLES,
        subtle='patients["treatment"].fillna("insulin")',
    ),
    *code(
        "dropped_eagerly",
        'patients.dropna(subset=["progress"])',
        file=TABLES,
        subtle="patients.dropna()",
    ),
    *code(
        "rare_merged",
        'OneHotEncoder(handle_unknown="ignore")',
        glaring='OneHotEncoder(handle_unknown="ignore", max_categories=1)',
        clear='OneHotEncoder(handle_unknown="ignore", min_frequency=0.37)',
        subtle='OneHotEncoder(handle_unknown="ignore", min_frequency=0.02)',
        at=(("main.py", 'OneHotEncoder(handle_unknown="ignore")'), ("main.py", FIT)),
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        glaring={"test_share": 0.98},
        clear={"test_share": 0.85},
        subtle={"test_share": 0.3},
    ),
    *code(
        "split_overlapping",
        SPLIT,
        glaring="table, table",
        subtle='train_test_split(table, test_size=config["test_share"], random_state=0)\n'
        "    test = pd.concat([test, train.head(60)])",
    ),
    *code(
        "scaler_left_out",
        '("scale", StandardScaler())',
        subtle='("scale", "passthrough")',
        at=(("main.py", '("scale", StandardScaler())'), ("main.py", FIT)),
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"learning_rate": 0.002},
        clear={"learning_rate": 1.3},
        subtle={"learning_rate": 0.05},
    ),
    *code(
        "fitted_on_few",
        FIT,
        glaring='model.fit(train[NUMBERS + WORDS].head(30), train["progress"].head(30))',
        clear='model.fit(train[NUMBERS + WORDS].head(150), train["progress"].head(150))',
        subtle='model.fit(train[NUMBERS + WORDS].head(800), train["progress"].head(800))',
    ),
    *code(
        "weights_wrong",
        FIT,
        glaring='model.fit(train[NUMBERS + WORDS], train["progress"], '
        'trees__sample_weight=train["progress"] < 150)',
        clear='model.fit(train[NUMBERS + WORDS], train["progress"], '
        'trees__sample_weight=1 / train["progress"] ** 3)',
        subtle='model.fit(train[NUMBERS + WORDS], train["progress"], '
        'trees__sample_weight=train["age"])',
    ),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring='model.fit(train[NUMBERS + WORDS], train["progress"].sample(frac=1, '
        "random_state=0))",
    ),
    *code(
        "labels_shifted",
        FIT,
        cls="C5",
        glaring='model.fit(train[NUMBERS + WORDS], train["progress"].shift(1).bfill())',
    ),
    *code(
        "features_permuted",
        PREDICT,
        glaring="model.predict(\n"
        "        test[[*NUMBERS[::-1], *WORDS]].set_axis(NUMBERS + WORDS, axis=1)\n    )",
        clear="model.predict(\n"
        '        test.rename(columns={"fat": "glucose", "glucose": "fat"})[NUMBERS + WORDS]\n'
        "    )",
    ),
    *code(
        "predictions_misaligned",
        METRIC,
        cls="C5",
        glaring='r2_score(test["progress"].sort_index(), expected)',
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='r2_score(test.loc[test["progress"] < 150, "progress"], '
        'expected[test["progress"] < 150])',
        subtle='r2_score(test["progress"].head(400), expected.head(400))',
    ),
    *code(
        "metric_arguments_exchanged",
        METRIC,
        clear='r2_score(expected, test["progress"])',
    ),
    *code(
        "metric_averaged_otherwise",
        METRIC,
        clear='r2_score(test["progress"], expected, sample_weight=test["progress"] < 120)',
        subtle='r2_score(test["progress"], expected, sample_weight=test["progress"])',
    ),
    harmless(
        "harmless_change",
        ("main.py", ".clip(upper=40)", ".clip(upper=36)"),
        variant="strain",
    ),
    harmless(
        "harmless_change",
        ("main.py", ".dt.days / 365.25", ".dt.days / 365"),
        variant="years",
    ),
    harmless(
        "harmless_change",
        (TABLES, 'table["visits"].fillna(0)', 'table["visits"].fillna(1)'),
        severity="clear",
        variant="visits",
    ),
    harmless(
        "verbosity_changed",
        ("main.py", "max_depth=3, learning", "max_depth=3, verbose=1, learning"),
    ),
    harmless(
        "column_unused",
        (
            "main.py",
            '    table["bmi"] =',
            '    table["senior"] = table["age"] > 65\n    table["bmi"] =',
        ),
    ),
    harmless(
        "operation_inserted",
        ("main.py", 'table.sort_values("patient")', 'table.sort_values("patient").copy()'),
    ),
    harmless(
        "operation_renamed",
        (TABLES, "def read_visits(", "def load_visits("),
        (
            "main.py",
            "read_labs, read_patients, read_visits",
            "load_visits, read_labs, read_patients",
        ),
        ("main.py", "visits = read_visits(", "visits = load_visits("),
    ),
    harmless(
        "operation_reordered",
        (
            "main.py",
            "    labs = read_labs()\n    visits = read_visits(config)\n",
            "    visits = read_visits(config)\n    labs = read_labs()\n",
        ),
    ),
]
