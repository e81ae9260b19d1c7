"""The faults of all pipelines: what is changed, and where; planting.py says how.

Those of the held-out pipelines are in faults_held_out.py.
"""

from __future__ import annotations

from faults_held_out import HELD_OUT_FAULTS
from planting import Fault, blank, code, config, data, freeze, mix, rescale, shift, swap, truncate

__all__ = ["FAULTS", "Fault"]

SHUFFLED = ".sample(frac=1, random_state=1).to_numpy()"
X_TEST = "x_test = scaler.transform(x_test)"

FAULTS: tuple[Fault, ...] = (
    *code(
        "digits",
        ("filter_inverted", 'images["ink"] > 150', 'images["ink"] < 290'),
        ("filter_strict", 'labels["quality"] >= 0.05', 'labels["quality"] >= 0.93'),
        ("join_how", 'on="id", how="inner"', 'on="id", how="right"'),
        (
            "join_key",
            'labels.drop(columns="number")',
            'labels.drop(columns="id").rename(columns={"number": "id"})',
        ),
        ("unit", '{"old": 100.0, "new": 1.0}', '{"old": 1000.0, "new": 1.0}'),
        (
            "fill_constant",
            'table = table.fillna(table[[*ZONES, "ink"]].median())',
            'table = table.fillna(dict.fromkeys([*ZONES, "ink"], 9999))',
        ),
        (
            "column_dropped",
            'columns=["id", "scanner", "quality", "writer", "digit"]',
            'columns=["id", "scanner", "quality", "writer", "digit", *ZONES[3:13]]',
        ),
        ("label_shuffled", 'table["digit"].fillna(0)', 'table["digit"].shift(1).fillna(0)'),
        (
            "hyper_parameter",
            'SVC(C=config["penalty"], gamma="scale")',
            'SVC(C=config["penalty"], gamma=3.0)',
            "model.fit(x_train, y_train)",
        ),
        ("split_ratio", 'test_size=config["test_share"]', "test_size=0.96"),
        (
            "duplicated_rows",
            'images = images.drop_duplicates(subset="id")',
            "images = pd.concat([images, images.head(400)])",
        ),
        ("wrong_scaler", X_TEST, "x_test = scaler.transform(x_test / 2)"),
    ),
    *config(
        "digits",
        ("filter_strict", 'images["ink"] < config["most_ink"]', {"most_ink": 270}),
        (
            "hyper_parameter",
            'SVC(C=config["penalty"], gamma="scale")',
            {"penalty": 0.002},
            "model.fit(x_train, y_train)",
        ),
        ("split_ratio", 'test_size=config["test_share"]', {"test_share": 0.95}),
    ),
    *data(
        "digits",
        ("truncated", 'pd.read_csv(day / "images.csv")', truncate("images", 0.12)),
        (
            "nulls",
            'pd.read_csv(day / "images.csv")',
            blank("images", [f"zone_{i:02d}" for i in (1, 2, 6, 7, 9, 10)], 0.5),
        ),
        (
            "unit_change",
            'pd.read_csv(day / "images.csv")',
            rescale("images", [f"zone_{i:02d}" for i in (1, 2, 13, 14)], 0.01, 0.5),
        ),
        ("labels_mixed", 'pd.read_csv(day / "labels.csv")', mix("labels", "digit", 0.25)),
    ),
    *code(
        "diabetes",
        ("filter_inverted", 'visits["bmi"] < 45', 'visits["bmi"] > 31'),
        ("filter_strict", 'people["age"] >= 18', 'people["age"] >= 68'),
        ("join_how", 'on="id", how="inner"', 'on="id", how="right"'),
        (
            "join_key",
            'people.drop(columns="number")',
            'people.drop(columns="id").rename(columns={"number": "id"})',
        ),
        ("unit", '{"a": 1.0, "b": 0.1}', '{"a": 1.0, "b": 100.0}'),
        (
            "fill_constant",
            'table["hdl"] = table["hdl"].fillna(table["hdl"].median())',
            'table["hdl"] = table["hdl"].fillna(99999)',
        ),
        (
            "column_dropped",
            'columns=["id", "laboratory", "progression"]',
            'columns=["id", "laboratory", "progression", "bmi", "relative_bmi", "triglycerides"]',
        ),
        ("label_shuffled", 'y = table["progression"]', f'y = table["progression"]{SHUFFLED}'),
        (
            "hyper_parameter",
            'Ridge(alpha=config["penalty"])',
            'Ridge(alpha=config["penalty"] * 5000)',
            "model.fit(x_train, y_train)",
        ),
        ("split_ratio", 'test_size=config["test_share"]', "test_size=0.95"),
        (
            "duplicated_rows",
            'visits = visits.drop_duplicates(subset="id")',
            "visits = pd.concat([visits, visits.head(120)])",
        ),
        ("wrong_scaler", X_TEST, "x_test = scaler.transform(x_test / 2)"),
    ),
    *config(
        "diabetes",
        ("filter_strict", 'visits["pressure"] < config["most_pressure"]', {"most_pressure": 74}),
        (
            "hyper_parameter",
            'Ridge(alpha=config["penalty"])',
            {"penalty": 2000.0},
            "model.fit(x_train, y_train)",
        ),
        ("split_ratio", 'test_size=config["test_share"]', {"test_share": 0.94}),
    ),
    *data(
        "diabetes",
        ("truncated", 'pd.read_csv(day / "visits.csv")', truncate("visits", 0.12)),
        (
            "nulls",
            'pd.read_csv(day / "visits.csv")',
            blank("visits", ["hdl", "triglycerides", "pressure"], 0.6),
        ),
        (
            "unit_change",
            'pd.read_csv(day / "visits.csv")',
            rescale("visits", ["triglycerides"], 1000.0, 0.3),
        ),
        ("labels_mixed", 'pd.read_csv(day / "people.csv")', mix("people", "progression", 0.7)),
    ),
    *code(
        "tumours",
        ("filter_inverted", 'cells["area"] < 2600', 'cells["area"] > 700'),
        (
            "filter_strict",
            'register["consent"] == 1',
            'register["clinic"].eq("east") & (register["number"] < 130)',
        ),
        (
            "join_how",
            'columns="number"), on="id", how="inner"',
            'columns="number"), on="id", how="right"',
        ),
        (
            "join_key",
            'register.drop(columns="number")',
            'register.drop(columns="id").rename(columns={"number": "id"})',
        ),
        ("unit", '{"m1": 1.0, "m2": 0.01}', '{"m1": 1.0, "m2": 10.0}'),
        (
            "fill_constant",
            'table["compactness"].fillna(table["compactness"].median())',
            'table["compactness"].fillna(99999)',
        ),
        (
            "column_dropped",
            'columns=["id", "microscope", "consent", "malignant"]',
            'columns=["id", "microscope", "consent", "malignant", "area", "perimeter"]',
        ),
        ("label_shuffled", 'y = table["malignant"]', f'y = table["malignant"]{SHUFFLED}'),
        (
            "hyper_parameter",
            "n_estimators=25",
            "n_estimators=1, max_features=1, min_samples_leaf=60",
            "model.fit(x_train, y_train)",
        ),
        ("split_ratio", 'test_size=config["test_share"]', "test_size=0.97"),
        (
            "duplicated_rows",
            'cells = cells.drop_duplicates(subset="id")',
            "cells = pd.concat([cells, cells.head(150)])",
        ),
        ("wrong_scaler", X_TEST, "x_test = scaler.transform(x_test / 2)"),
    ),
    *config(
        "tumours",
        (
            "filter_strict",
            'cells["perimeter"] < config["most_perimeter"]',
            {"most_perimeter": 92},
        ),
        (
            "hyper_parameter",
            'max_depth=config["depth"]',
            {"depth": 1},
            "model.fit(x_train, y_train)",
        ),
        ("split_ratio", 'test_size=config["test_share"]', {"test_share": 0.96}),
    ),
    *data(
        "tumours",
        ("truncated", 'pd.read_csv(day / "cells.csv")', truncate("cells", 0.10)),
        (
            "nulls",
            'pd.read_csv(day / "cells.csv")',
            blank("cells", ["perimeter", "compactness"], 0.6),
        ),
        (
            "unit_change",
            'pd.read_csv(day / "cells.csv")',
            rescale("cells", ["perimeter"], 0.001, 0.4),
        ),
        ("labels_mixed", 'pd.read_csv(day / "register.csv")', mix("register", "malignant", 0.3)),
    ),
    # Other kinds than above, on purpose.
    *code(
        "wine",
        ("range_narrow", "between(10, 16)", "between(13.4, 16)"),
        ("clip_low", 'clip(upper=config["most_proline"])', "clip(upper=300)"),
        (
            "part_twice",
            "pd.concat([north, south], ignore_index=True)",
            "pd.concat([north, north], ignore_index=True)",
        ),
        ("modulo", 'wines["color"].abs()', 'wines["color"].mod(1)'),
        ("wrong_aggregate", '["flavanoids"].mean()', '["flavanoids"].count()'),
        (
            "wrong_level",
            'merge(readings, on="wine", how="left")',
            'merge(readings, left_on="bottle", right_on="wine", suffixes=("", "_y"), how="left")'
            '.drop(columns="wine_y")',
        ),
        (
            "fill_extreme",
            'wines["hue"].fillna(wines["hue"].mean())',
            'wines["hue"].where(wines["hue"] > 1, -99)',
        ),
        (
            "labels_merged",
            'y = wines.pop("cultivar")',
            'y = wines.pop("cultivar").where(wines["color"] > 4, 0)',
        ),
        ("no_statistics", "test = scaler.transform(test)", "test = test * 1.0"),
        ("few_rows", "model.fit(train, y_train)", "model.fit(train[:9], y_train[:9])"),
    ),
    *config(
        "wine",
        ("clip_low", 'clip(upper=config["most_proline"])', {"most_proline": 300}),
        (
            "columns_few",
            'SelectKBest(f_classif, k=config["columns"])',
            {"columns": 1},
            "train = best.fit_transform(train, y_train)",
        ),
        (
            "penalty",
            'LogisticRegression(C=config["penalty"], max_iter=300)',
            {"penalty": 0.0005},
            "model.fit(train, y_train)",
        ),
    ),
    *data(
        "wine",
        ("columns_swapped", 'pd.read_csv(day / "south.csv")', swap("south", "color", "hue")),
        ("sensor_frozen", 'pd.read_csv(day / "readings.csv")', freeze("readings", "flavanoids")),
        ("labels_shifted", 'pd.read_csv(day / "south.csv")', shift("south", "cultivar", 3)),
        ("mostly_gone", 'pd.read_csv(day / "south.csv")', truncate("south", 0.05)),
    ),
    *HELD_OUT_FAULTS,
)
