"""What can go wrong with the digits."""

from __future__ import annotations

from corpus.damage import (
    blank,
    decimal_comma,
    exchange,
    freeze,
    lose,
    misalign,
    relabel,
    repeat,
    respell,
    scale,
    truncate,
)
from corpus.shorthand import code, config, data, harmless

COLUMNS = "columns.py"
READ_LETTERS = 'pd.read_csv("letters.csv", parse_dates=["time"])'
READ_SCANS = 'pd.read_parquet("scans.parquet")'
READ_SCANNERS = 'pd.read_csv("scanners.csv")'
JOIN = 'letters.merge(scans, on="letter", how="inner")'
DIGIT = 'letters["digit"].astype(int)'
LEGIBLE = 'letters["legible"] >= config["legible"]'
INK = 'table[PIXELS].sub(table["white"], axis=0).div(table["width"], axis=0)'
DOWN = 'ink.T.diff(8).T.fillna(0).add_prefix("down_")'
SPLIT = "x_train, x_test, y_train, y_test = train_test_split("
SCALE_TEST = "x_test = scaler.transform(x_test)"
REDUCE = (("main.py", "pca = PCA("), ("main.py", "x_train = pca.fit_transform(x_train)"))
REDUCE_TEST = "x_test = pca.transform(x_test)"
FIT = "model.fit(x_train, y_train)"
MODEL = (("main.py", "model = KNeighborsClassifier("), ("main.py", FIT))
PREDICT = "model.predict(x_test)"
METRIC = "balanced_accuracy_score(y_test, read)"
ALL = "pd.concat([ink, thick, light, shifted(ink), blocks(ink), total, scanner], axis=1)"
PIXELS = [f"p{row}{column}" for row in range(8) for column in range(8)]

FAULTS = [
    *data(
        "rows_truncated",
        READ_LETTERS,
        glaring=truncate("letters.csv", 0.03),
        clear=truncate("letters.csv", 0.15),
        subtle=truncate("letters.csv", 0.9),
    ),
    *data(
        "nulls_injected",
        READ_SCANS,
        glaring=blank("scans.parquet", PIXELS, 0.6),
        clear=blank("scans.parquet", PIXELS[16:40], 0.7),
        subtle=blank("scans.parquet", PIXELS[:8], 0.2),
    ),
    *data(
        "value_stuck",
        READ_SCANS,
        clear=freeze("scans.parquet", PIXELS[16:48], 0.5),
        subtle=freeze("scans.parquet", PIXELS[30:32], 1.0),
    ),
    *data(
        "unit_changed",
        READ_SCANS,
        glaring=scale("scans.parquet", PIXELS, 1 / 255, 0.6),
        clear=scale("scans.parquet", PIXELS, 1 / 255, 0.15),
        subtle=scale("scans.parquet", PIXELS, 1.1, 0.3),
    ),
    *data(
        "sign_flipped",
        READ_SCANS,
        glaring=scale("scans.parquet", PIXELS, -1, 0.5),
        clear=scale("scans.parquet", PIXELS[16:40], -1, 0.5),
        subtle=scale("scans.parquet", PIXELS[:4], -1, 1.0),
    ),
    *data(
        "decimal_comma",
        READ_LETTERS,
        clear=decimal_comma("letters.csv", ["legible"], 0.95),
        subtle=decimal_comma("letters.csv", ["legible"], 0.05),
    ),
    *data(
        "columns_exchanged",
        READ_SCANNERS,
        glaring=exchange("scanners.csv", "white", "black", 0.5),
        clear=exchange("scanners.csv", "white", "gate"),
    ),
    *data(
        "text_mangled",
        READ_LETTERS,
        clear=respell("letters.csv", ["scanner"], lambda text: text.lower(), 0.5),
        subtle=respell("letters.csv", ["scanner"], lambda text: text.lower(), 0.02),
    ),
    *data(
        "group_lost",
        READ_LETTERS,
        clear=lose("letters.csv", "digit", [1, 8, 9], 0.985),
        subtle=lose("letters.csv", "scanner", ["D4"]),
    ),
    *data(
        "rows_misaligned",
        READ_SCANS,
        cls="C5",
        glaring=misalign("scans.parquet", PIXELS, 0.6),
        clear=misalign("scans.parquet", PIXELS, 0.15),
        subtle=misalign("scans.parquet", PIXELS[:16], 0.1),
    ),
    *data(
        "labels_noisy",
        READ_LETTERS,
        cls="C5",
        glaring=relabel("letters.csv", "digit", 0.5),
        clear=relabel("letters.csv", "digit", 0.1),
        subtle=relabel("letters.csv", "digit", 0.004),
    ),
    *code("filter_inverted", LEGIBLE, glaring='letters["legible"] < config["legible"]'),
    *config("filter_strict", LEGIBLE, glaring={"legible": 0.98}, subtle={"legible": 0.5}),
    *code(
        "head_left_in",
        READ_SCANS,
        glaring='pd.read_parquet("scans.parquet").head(250)',
        clear='pd.read_parquet("scans.parquet").head(1000)',
    ),
    *code(
        "column_dropped",
        ALL,
        file=COLUMNS,
        glaring="light.iloc[:, 10:52]",
        clear="pd.concat([blocks(ink), total, ink.iloc[:, :16]], axis=1)",
        subtle="pd.concat([ink, thick, light, shifted(ink), blocks(ink), scanner], axis=1)",
    ),
    *code(
        "identifier_kept",
        ALL,
        file=COLUMNS,
        subtle="pd.concat([ink, thick, light, shifted(ink), blocks(ink), table.letter], axis=1)",
    ),
    *code(
        "join_wrong_key",
        JOIN,
        glaring='letters.merge(scans, left_on="bag", right_on="letter", suffixes=("", "_scan"))',
    ),
    *code(
        "join_key_cast",
        JOIN,
        glaring='letters.astype({"letter": "float16"}).astype({"letter": "int64"}).merge(\n'
        '        scans, on="letter", how="inner"\n    )',
        clear='letters.merge(scans.astype({"letter": "int16"}), on="letter")',
        subtle='letters.merge(scans.astype({"letter": "int32"}), on="letter")',
    ),
    *code(
        "join_by_position",
        JOIN,
        cls="C5",
        glaring='letters.reset_index(drop=True).join(scans.drop(columns="letter"), how="inner")',
    ),
    *data(
        "join_keys_duplicated",
        'table.merge(scanners, on="scanner", how="left")',
        clear=repeat("scanners.csv", 2),
    ),
    *code(
        "labels_shifted",
        DIGIT,
        cls="C5",
        glaring='letters["digit"].shift(1).bfill().astype(int)',
    ),
    *code(
        "dtype_cast",
        "ink = ink.clip(lower=0, upper=1)",
        file=COLUMNS,
        clear='ink = ink.clip(lower=0, upper=1).fillna(0).astype("int8").astype(float)',
        subtle='ink = ink.clip(lower=0, upper=1).astype("float16").astype(float)',
    ),
    *code(
        "clip_wrong",
        "ink = ink.clip(lower=0, upper=1)",
        file=COLUMNS,
        glaring="ink = ink.clip(lower=0, upper=0.05)",
        clear="ink = ink.clip(lower=0.7, upper=1)",
        subtle="ink = ink.clip(lower=0, upper=0.8)",
    ),
    *code(
        "factor_wrong",
        INK,
        file=COLUMNS,
        glaring="table[PIXELS].div(255)",
        clear='table[PIXELS].sub(table["white"], axis=0).div(table["width"] * 255, axis=0)',
        subtle='table[PIXELS].sub(table["white"], axis=0).div(table["width"] + 1, axis=0)',
    ),
    *code(
        "ratio_inverted",
        'table["black"] - table["white"]',
        file=COLUMNS,
        glaring='table["white"] - table["black"]',
    ),
    *code(
        "fill_constant",
        "ink.fillna(ink.median())",
        file=COLUMNS,
        clear="ink.fillna(255)",
        subtle="ink.fillna(0)",
    ),
    *code(
        "window_wrong",
        DOWN,
        file=COLUMNS,
        subtle='ink.T.diff(9).T.fillna(0).add_prefix("down_")',
    ),
    *code(
        "aggregation_wrong_group",
        'ink.T.groupby(lambda name: f"square_{int(name[1]) // 2}{int(name[2]) // 2}").mean().T',
        file=COLUMNS,
        subtle='ink.T.groupby(lambda name: f"square_{int(name[1]) % 4}{name[2]}").mean().T',
    ),
    *config(
        "split_wrong_share",
        SPLIT,
        glaring={"test_share": 0.99},
        clear={"test_share": 0.95},
        subtle={"test_share": 0.3},
    ),
    *code(
        "split_unstratified",
        'x, y, test_size=config["test_share"], stratify=y, random_state=0',
        glaring="x.loc[y.sort_values().index],\n        y.sort_values(),\n"
        '        test_size=config["test_share"],\n        shuffle=False,',
        subtle='x, y, test_size=config["test_share"], random_state=0',
    ),
    *code(
        "split_overlapping",
        'x, y, test_size=config["test_share"], stratify=y, random_state=0',
        clear="*(part.sample(frac=1.6, replace=True, random_state=0) for part in (x, y)),\n"
        '        test_size=config["test_share"],\n        random_state=0,',
    ),
    *code(
        "scaler_refitted",
        SCALE_TEST,
        clear="x_test = scaler.fit(x_test[y_test == 1]).transform(x_test)",
        subtle="x_test = scaler.fit_transform(x_test)",
    ),
    *code("scaler_left_out", SCALE_TEST, glaring="x_test = x_test.to_numpy()"),
    *code(
        "scaler_wrong_columns",
        SCALE_TEST,
        glaring="x_test = scaler.transform(x_test.iloc[:, ::-1].set_axis(x.columns, axis=1))",
        clear="unscaled = x_test.to_numpy()\n    x_test = scaler.transform(x_test)\n"
        "    x_test[:, :256] = unscaled[:, :256]",
    ),
    *code(
        "features_permuted",
        REDUCE_TEST,
        glaring="x_test = pca.transform(x_test[:, ::-1])",
        clear="x_test = pca.transform(x_test[:, [*range(64, 357), *range(64)]])",
        subtle="x_test = pca.transform(x_test[:, [1, 0, *range(2, 357)]])",
    ),
    *code(
        "one_hot_moved",
        REDUCE_TEST,
        glaring="x_test = pca.transform(x_test[:, [*range(353, 357), *range(353)]])",
        subtle="x_test = pca.transform(x_test[:, [*range(353), 356, 355, 354, 353]])",
    ),
    *config(
        "hyper_parameter_broken",
        REDUCE,
        variant="components",
        glaring={"components": 1},
        clear={"components": 5},
        subtle={"components": 30},
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"neighbours": 2000},
        clear={"neighbours": 300},
        subtle={"neighbours": 9},
    ),
    *code(
        "encoder_refitted",
        REDUCE_TEST,
        glaring="x_test = pca.fit_transform(x_test)",
        note="The components of the test part have other signs and another order.",
    ),
    *code(
        "fitted_on_few",
        FIT,
        glaring="model.fit(x_train[:60], y_train[:60])",
        clear="model.fit(x_train[:300], y_train[:300])",
        subtle="model.fit(x_train[:5000], y_train[:5000])",
    ),
    *code("model_stale", 'joblib.load("model.joblib")', clear='joblib.load("simple.joblib")'),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring="model.fit(x_train, y_train.sample(frac=1, random_state=0))",
    ),
    *code(
        "predictions_misaligned",
        METRIC,
        cls="C5",
        glaring="balanced_accuracy_score(y_test.sort_index(), read)",
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear="balanced_accuracy_score(y_test[read.isin([1, 8])], read[read.isin([1, 8])])",
        subtle="balanced_accuracy_score(y_test.head(1200), read.head(1200))",
    ),
    *code(
        "metric_averaged_otherwise",
        METRIC,
        clear="balanced_accuracy_score(y_test, read, sample_weight=1 + 4 * (read == 8))",
        subtle="balanced_accuracy_score(y_test, read, adjusted=True)",
    ),
    harmless(
        "harmless_change",
        (COLUMNS, "(ink > 0.5)", "(ink > 0.51)"),
        variant="thick",
    ),
    harmless(
        "harmless_change",
        (COLUMNS, "ink.fillna(ink.median())", "ink.fillna(ink.mean())"),
        severity="clear",
        variant="fill",
    ),
    harmless(
        "harmless_change",
        (COLUMNS, 'ink.sum(axis=1).div(16).rename("total")', 'ink.mean(axis=1).rename("total")'),
        severity="clear",
        variant="total",
    ),
    harmless(
        "verbosity_changed",
        ("main.py", 'weights="distance")', 'weights="distance", n_jobs=1)'),
    ),
    harmless(
        "column_unused",
        (
            "main.py",
            '    scans = pd.read_parquet("scans.parquet")\n',
            '    letters["hour"] = letters["time"].dt.hour\n'
            '    scans = pd.read_parquet("scans.parquet")\n',
        ),
    ),
    harmless(
        "operation_inserted",
        ("main.py", '    y = table["digit"]\n', '    x = x.copy()\n    y = table["digit"]\n'),
    ),
    harmless(
        "operation_renamed",
        (COLUMNS, "def blocks(", "def block_means("),
        (COLUMNS, "blocks(ink), total, scanner]", "block_means(ink), total, scanner]"),
    ),
    harmless(
        "operation_reordered",
        (
            "main.py",
            '    letters = letters[letters["legible"] >= config["legible"]]\n'
            '    letters = letters.dropna(subset=["digit"])\n',
            '    letters = letters.dropna(subset=["digit"])\n'
            '    letters = letters[letters["legible"] >= config["legible"]]\n',
        ),
    ),
]
