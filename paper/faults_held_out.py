"""Faults of the held-out pipelines, written before any method had been run on them.

They are of other kinds than those of the first pipelines, as far as there are other kinds. Some
leave the metric as it is, as some mistakes do.
"""

from __future__ import annotations

from planting import (
    Fault,
    blank,
    code,
    config,
    data,
    freeze,
    lose,
    mix,
    rename,
    rescale,
    send_again,
    swap,
    truncate,
)

FIT = "model.fit(x_train, y_train)"
NEIGHBORS = 'KNeighborsClassifier(n_neighbors=config["neighbors"], weights="distance")'
PENALTY = 'LogisticRegression(C=config["penalty"], max_iter=500)'

HELD_OUT_FAULTS: tuple[Fault, ...] = (
    *code(
        "shop",
        ("wrong_states", 'isin(["paid", "shipped"])', 'isin(["paid", "cancelled"])'),
        (
            "date_format",
            'pd.to_datetime(orders["ordered_at"], format="%d.%m.%Y %H:%M")',
            'pd.to_datetime(orders["ordered_at"], format="%m.%d.%Y %H:%M", errors="coerce")',
        ),
        (
            "unit",
            'items.loc[cents, "price"] = items.loc[cents, "price"] / 100',
            'items.loc[~cents, "price"] = items.loc[~cents, "price"] / 100',
        ),
        ("fill_constant", 'items.fillna({"quantity": 1})', 'items.fillna({"quantity": 0})'),
        ("term_forgotten", '(customers["past_returns"] + 1)', '(customers["newsletter"] + 1)'),
        (
            "wrong_order",
            'items.sort_values("amount", ascending=False)',
            'items.sort_values("amount", ascending=True)',
        ),
        (
            "join_key",
            'table.merge(customers, on="customer_id", how="left")',
            'table.merge(customers, left_on="customer_id", right_on="card", how="left")',
        ),
        (
            "labels_shifted",
            'table["returned"].fillna(0)',
            'table["returned"].shift(1).fillna(0)',
        ),
        (
            "column_dropped",
            '("numbers", scaled, NUMBERS), ("names", encoded, CATEGORIES)',
            '("numbers", scaled, NUMBERS[1:]), ("names", encoded, CATEGORIES[1:])',
        ),
        (
            "rows_reordered",
            "x_test = prepare.transform(x_test)",
            'x_test = prepare.transform(x_test.sort_values("hour"))',
        ),
        ("wrong_class", "predict_proba(x_test)[:, 1]", "predict_proba(x_test)[:, 0]"),
    ),
    *config(
        "shop",
        ("clip_low", 'clip(upper=config["most_amount"])', {"most_amount": 9}),
        ("split_ratio", 'test_size=config["test_share"]', {"test_share": 0.985}),
        ("penalty", PENALTY, {"penalty": 1e-6}, FIT),
    ),
    *data(
        "shop",
        ("truncated", 'pd.read_csv(day / "orders.csv")', truncate("orders", 0.06)),
        ("file_late", 'pd.read_csv(day / "returns.csv")', lose("returns", 0.6)),
        (
            "name_changed",
            'pd.read_csv(day / "products.csv")',
            rename("products", "category", {"shoes": "shoe", "dresses": "shirts"}),
        ),
        (
            "nulls",
            'pd.read_csv(day / "customers.csv")',
            blank("customers", ["past_returns", "past_orders"], 0.9),
        ),
        ("sent_again", 'pd.read_csv(day / "orders.csv")', send_again("orders", 3)),
    ),
    *code(
        "flowers",
        ("unit", '"petal_length"] * 2.5', '"petal_length"] * 25.4'),
        ("filter_loose", 'species["certain"] == 1', 'species["certain"] <= 1'),
        (
            "join_key",
            'flowers.merge(species, on="flower", how="inner")',
            'flowers.reset_index(names="number").merge(species.reset_index(names="number"), '
            'on="number")',
        ),
        (
            "join_how",
            'flowers.merge(houses, on="greenhouse", how="left")',
            'flowers.merge(houses, how="cross").assign(greenhouse="h1")',
        ),
        (
            "wrong_aggregate",
            '[["temperature", "least_temperature"]].max(axis=1)',
            '[["temperature", "least_temperature"]].sum(axis=1)',
        ),
        ("filter_typo", "sepal_width < 6", "sepal_width < 3"),
        (
            "wrong_group",
            'groupby("grower")["petal_width"].transform("median")',
            'groupby("grower")["petal_width"].transform("count")',
        ),
        (
            "wrong_sign",
            'table["petal_length"] * table["petal_width"]',
            'table["petal_length"] - table["petal_width"]',
        ),
        ("column_dropped", '[[*SIZES, "petal_area", "warmth"]]', '[[*SIZES[:2], "warmth"]]'),
        ("labels_shifted", 'flowers["species"],', 'flowers["species"].shift(-1).fillna("setosa"),'),
        ("wrong_scaler", "x_test = scaler.transform(x_test)", "x_test = x_test.to_numpy()"),
        ("hyper_parameter", NEIGHBORS, "KNeighborsClassifier(n_neighbors=45, p=1)", FIT),
    ),
    *config(
        "flowers",
        ("filter_strict", 'table["warmth"] <= config["most_warmth"]', {"most_warmth": 18}),
        ("split_ratio", 'test_size=config["test_share"]', {"test_share": 0.86}),
    ),
    *data(
        "flowers",
        (
            "sensor_frozen",
            'pd.read_csv(day / "flowers.csv")',
            freeze("flowers", "petal_length"),
        ),
        (
            "columns_swapped",
            'pd.read_csv(day / "flowers.csv")',
            swap("flowers", "sepal_length", "petal_width"),
        ),
        ("labels_mixed", 'pd.read_csv(day / "species.csv")', mix("species", "species", 0.45)),
        (
            "unit_change",
            'pd.read_csv(day / "weather.csv")',
            rescale("weather", ["temperature"], 1.8, 0.8),
        ),
        (
            "name_changed",
            'pd.read_csv(day / "greenhouses.csv")',
            rename("greenhouses", "greenhouse", {"h1": "H1"}),
        ),
    ),
)
