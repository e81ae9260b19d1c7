"""What can go wrong with the biopsies."""

from __future__ import annotations

from corpus.damage import (
    blank,
    exchange,
    freeze,
    lose,
    misalign,
    relabel,
    rename,
    respell,
    scale,
    send_again,
)
from corpus.shorthand import code, config, data, harmless

READ_SAMPLES = 'pd.read_csv("samples.csv")'
READ_IMAGES = 'pd.read_csv("images.csv")'
READ_LABS = 'pd.read_csv("labs.csv")'
SHARP = 'images["focus"] >= config["sharp"]'
MEAN = 'sharp.groupby("sample")[MEASURES].mean()'
JOIN = 'samples.merge(cells, on="sample", how="inner")'
SPLIT = "x_train, x_test, y_train, y_test = train_test_split("
SCALE_TEST = "x_test = scaler.transform(x_test)"
SEARCH = (("main.py", "search = GridSearchCV("), ("main.py", "search.fit(x_train, y_train)"))
FIT = "search.fit(x_train, y_train)"
METRIC = "roc_auc_score(y_test, scores)"
SHAPES = ["worst_concave_points", "worst_texture", "worst_smoothness", "worst_symmetry"]

FAULTS = [
    *data(
        "nulls_injected",
        READ_IMAGES,
        glaring=blank("images.csv", SHAPES, 0.97),
        clear=blank("images.csv", SHAPES[:2], 0.8),
        subtle=blank("images.csv", ["worst_symmetry"], 0.1),
    ),
    *data(
        "value_stuck",
        READ_LABS,
        glaring=freeze("labs.csv", ["micrometres"]),
    ),
    *data(
        "value_stuck",
        READ_SAMPLES,
        variant="felt",
        clear=freeze("samples.csv", ["palpation", "age"]),
        subtle=freeze("samples.csv", ["palpation"], 0.1),
    ),
    *data(
        "unit_changed",
        READ_IMAGES,
        glaring=scale("images.csv", ["worst_area", "worst_perimeter"], 0.001, 0.5),
        clear=scale("images.csv", ["worst_concave_points"], 1000.0, 0.3),
        subtle=scale("images.csv", ["worst_smoothness"], 100.0, 0.02),
    ),
    *data(
        "sign_flipped",
        READ_IMAGES,
        clear=scale("images.csv", ["worst_area", *SHAPES], -1, 0.5),
        subtle=scale("images.csv", ["worst_symmetry"], -1, 0.03),
    ),
    *data(
        "columns_exchanged",
        READ_IMAGES,
        glaring=exchange("images.csv", "worst_area", "worst_smoothness", 0.5),
        clear=exchange("images.csv", "worst_area", "worst_perimeter", 0.5),
        subtle=exchange("images.csv", "mean_radius", "worst_radius", 0.1),
    ),
    *data(
        "category_renamed",
        READ_SAMPLES,
        clear=rename("samples.csv", "palpation", {"hard": "solid", "soft": "smooth"}),
        subtle=rename("samples.csv", "palpation", {"firm": "medium"}),
    ),
    *data(
        "text_mangled",
        READ_SAMPLES,
        variant="diagnosis",
        clear=respell("samples.csv", ["diagnosis"], lambda text: text.title(), 0.5),
        subtle=respell("samples.csv", ["diagnosis"], lambda text: f"{text} ", 0.02),
    ),
    *data(
        "group_lost",
        READ_SAMPLES,
        clear=lose("samples.csv", "diagnosis", ["malignant"], 0.97),
        subtle=lose("samples.csv", "lab", ["clinic"]),
    ),
    *data(
        "rows_sent_twice",
        READ_IMAGES,
        subtle=send_again("images.csv", 0.3),
    ),
    *data(
        "labels_noisy",
        READ_SAMPLES,
        cls="C5",
        glaring=relabel("samples.csv", "diagnosis", 0.6),
        clear=relabel("samples.csv", "diagnosis", 0.25),
        subtle=relabel("samples.csv", "diagnosis", 0.02),
    ),
    *data(
        "rows_misaligned",
        READ_IMAGES,
        cls="C5",
        glaring=misalign("images.csv", ["sample"], 0.8),
        clear=misalign("images.csv", ["sample"], 0.3),
        subtle=misalign("images.csv", ["sample"], 0.03),
    ),
    *code(
        "filter_inverted",
        SHARP,
        glaring='images["focus"] < config["sharp"]',
    ),
    *config(
        "filter_strict",
        SHARP,
        clear={"sharp": 0.99},
        subtle={"sharp": 0.6},
    ),
    *code(
        "head_left_in",
        READ_IMAGES,
        glaring='pd.read_csv("images.csv").head(120)',
        clear='pd.read_csv("images.csv").head(400)',
        subtle='pd.read_csv("images.csv").head(2500)',
    ),
    *code(
        "column_dropped",
        "x = table[FEATURES]",
        glaring='x = table[["worst_symmetry", "worst_smoothness"]]',
        clear='x = table[["age", "hardness", "irregular"]]',
        subtle='x = table[FEATURES].drop(columns="age")',
    ),
    *code(
        "target_leaked",
        "x = table[FEATURES]",
        glaring='x = table[FEATURES].assign(outcome=table["diagnosis"] == "malignant")',
    ),
    *code(
        "join_wrong_key",
        JOIN,
        glaring='samples.merge(cells.rename(columns={"sample": "patient"}), on="patient")',
    ),
    *code(
        "join_by_position",
        JOIN,
        cls="C5",
        clear='samples.head(len(cells)).join(cells.drop(columns="sample").head(len(samples)))',
    ),
    *code(
        "aggregation_other_function",
        MEAN,
        glaring='sharp.groupby("sample")[MEASURES].count()',
        subtle='sharp.groupby("sample")[MEASURES].max()',
    ),
    *code(
        "factor_wrong",
        'table["worst_area"] * pixel**2',
        glaring='table["worst_area"] / pixel**2',
        clear='table["worst_area"] * pixel',
        subtle='table["worst_area"] * pixel**2 * 0.01',
    ),
    *code(
        "dtype_cast",
        "x = table[FEATURES]",
        clear='x = table[FEATURES].astype("int64")',
        subtle='x = table[FEATURES].astype("float16")',
    ),
    *code(
        "label_inverted",
        'y = (table["diagnosis"] == "malignant").astype(int)',
        clear='y = ((table["diagnosis"] == "malignant") ^ (table["age"] > 55)).astype(int)',
        subtle='y = ((table["diagnosis"] == "malignant") ^ (table["age"] > 78)).astype(int)',
    ),
    *code(
        "fill_constant",
        "table[SHAPES].fillna(table[SHAPES].median())",
        clear="table[SHAPES].fillna(-999)",
        subtle="table[SHAPES].fillna(0)",
    ),
    *code(
        "fill_other_statistic",
        "table[SHAPES].fillna(table[SHAPES].median())",
        clear='table[SHAPES].fillna(table["worst_area"].max())',
        subtle="table[SHAPES].fillna(table[SHAPES].max())",
    ),
    *code(
        "codes_reassigned",
        '{"soft": 0, "firm": 1, "hard": 2}',
        clear='{"soft": 1, "firm": 0, "hard": 0}',
        subtle='{"soft": 1, "firm": 2, "hard": 3}',
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        glaring={"test_share": 0.985},
        clear={"test_share": 0.95},
        subtle={"test_share": 0.3},
    ),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring="search.fit(x_train, y_train.sample(frac=1, random_state=1))",
    ),
    *code(
        "scaler_refitted",
        SCALE_TEST,
        clear="x_test = scaler.fit(x_test[y_test == 1]).transform(x_test)",
        subtle="x_test = scaler.fit_transform(x_test)",
    ),
    *code(
        "scaler_left_out",
        SCALE_TEST,
        glaring="x_test = x_test.to_numpy()",
    ),
    *code(
        "scaler_wrong_columns",
        SCALE_TEST,
        glaring="x_test[:] = scaler.transform(x_test[FEATURES[::-1]].set_axis(FEATURES, axis=1))",
        subtle="unscaled = x_test.to_numpy()\n"
        "    x_test = scaler.transform(x_test)\n"
        "    x_test[:, 6] = unscaled[:, 6]",
    ),
    *config(
        "hyper_parameter_broken",
        SEARCH,
        glaring={"gamma": 200.0},
        clear={"gamma": 0.7},
        subtle={"gamma": 0.05},
    ),
    *config(
        "search_broken",
        SEARCH,
        clear={"candidates": [2000.0, 20000.0]},
        subtle={"candidates": [0.1, 0.5]},
    ),
    *code(
        "features_permuted",
        "scores = search.decision_function(x_test)",
        glaring="scores = search.decision_function(x_test[:, ::-1])",
        clear="scores = search.decision_function(x_test[:, [4, 1, 2, 3, 0, 5, 6, 7]])",
        subtle="scores = search.decision_function(x_test[:, [0, 2, 1, 3, 4, 5, 6, 7]])",
    ),
    *code(
        "predictions_misaligned",
        METRIC,
        cls="C5",
        glaring="roc_auc_score(y_test.sort_index(), scores)",
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear="roc_auc_score(y_train, search.decision_function(x_train))",
        subtle="roc_auc_score(y_test[:300], scores[:300])",
    ),
    harmless(
        "harmless_change",
        ("main.py", 'table["irregular"].clip(upper=40)', 'table["irregular"].clip(upper=70)'),
        variant="limit",
    ),
    harmless(
        "harmless_change",
        ("main.py", 'fillna(table["age"].median())', 'fillna(table["age"].mean())'),
        severity="clear",
        variant="age",
    ),
    harmless(
        "harmless_change",
        ("main.py", 'table["hardness"].fillna(1)', 'table["hardness"].fillna(0.9)'),
        severity="clear",
        variant="hardness",
    ),
    harmless(
        "verbosity_changed",
        ("main.py", "cv=3, scoring", "cv=3, verbose=1, scoring"),
    ),
    harmless(
        "column_unused",
        (
            "main.py",
            '    table["hardness"] = table["palpation"].map(',
            '    table["lab_age"] = 2024 - table["opened"]\n'
            '    table["hardness"] = table["palpation"].map(',
        ),
    ),
    harmless(
        "operation_inserted",
        (
            "main.py",
            "    table = to_micrometres(table)\n",
            "    table = table.copy()\n    table = to_micrometres(table)\n",
        ),
    ),
    harmless(
        "operation_renamed",
        ("main.py", "def measure_cells(config: dict)", "def cells_of_samples(config: dict)"),
        ("main.py", "cells = measure_cells(config)", "cells = cells_of_samples(config)"),
    ),
    harmless(
        "operation_rewritten",
        ("main.py", 'samples["diagnosis"] != "pending"', '~samples["diagnosis"].eq("pending")'),
    ),
]
