"""What can go wrong in the grouping of stores."""

from __future__ import annotations

from corpus.damage import (
    add_category,
    blank,
    decimal_comma,
    exchange,
    freeze,
    lose,
    misalign,
    relabel,
    rename,
    respell,
    scale,
    stale,
)
from corpus.pipelines.store_clusters.day import DEPARTMENTS, write_day
from corpus.shorthand import code, config, data, harmless

PROFILES = "profiles.py"
READ_SALES = 'pd.read_csv("sales.csv", parse_dates=["date"])'
READ_VISITS = 'pd.read_csv("visits.csv", parse_dates=["utc"])'
READ_STORES = 'pd.read_csv("stores.csv", parse_dates=["opened"])'
RECENT = 'sales["date"] > last - pd.Timedelta(days=config["days"])'
DROP = 'table.drop(columns=["store", "format", "region", "opened", "revenue"])'
JOIN_DEPARTMENTS = 'table.merge(department_profile(sales), on="store", how="left")'
JOIN_HOURS = 'table.merge(hour_profile(visits), on="store", how="left")'
SCALED = "scaler.transform(features).clip(-4, 4)"
FIT = "model.fit(reduced[settled])"
MODEL = (("main.py", "KMeans("), ("main.py", FIT))
METRIC = 'adjusted_rand_score(table["format"], groups)'
SETTLED = (
    ("main.py", "settled = "),
    ("main.py", "scaler.fit(features[settled])"),
    ("main.py", "pca.fit(scaled[settled])"),
    ("main.py", "model.fit(reduced[settled])"),
)
MIXED = dict.fromkeys(DEPARTMENTS, "food")

FAULTS = [
    *data(
        "rows_stale",
        READ_VISITS,
        clear=stale("visits.csv", write_day, 2),
        note="The stores are numbered anew each day: these visits belong to others.",
    ),
    *data(
        "group_lost",
        READ_SALES,
        glaring=lose("sales.csv", "department", ["food", "clothes", "garden", "papers"]),
        clear=lose("sales.csv", "department", ["garden", "clothes"]),
        subtle=lose("sales.csv", "department", ["flowers"]),
    ),
    *data(
        "value_stuck",
        READ_VISITS,
        clear=freeze("visits.csv", ["visitors"]),
        subtle=freeze("visits.csv", ["visitors"], 0.05),
    ),
    *data(
        "unit_changed",
        READ_SALES,
        glaring=scale("sales.csv", ["revenue"], 100, 0.2),
        clear=scale("sales.csv", ["revenue"], 100, 0.02),
        subtle=scale("sales.csv", ["revenue"], 1.1, 0.2),
    ),
    *data(
        "decimal_comma",
        READ_STORES,
        glaring=decimal_comma("stores.csv", ["area"], 0.97),
        subtle=decimal_comma("stores.csv", ["area"], 0.1),
    ),
    *data(
        "sign_flipped",
        READ_SALES,
        clear=scale("sales.csv", ["revenue"], -1, 0.8),
        subtle=scale("sales.csv", ["revenue"], -1, 0.03),
    ),
    *data(
        "columns_exchanged",
        READ_SALES,
        clear=exchange("sales.csv", "revenue", "receipts", 0.5),
        subtle=exchange("sales.csv", "revenue", "receipts", 0.01),
    ),
    *data(
        "category_renamed",
        READ_SALES,
        glaring=rename("sales.csv", "department", MIXED, 0.8),
        clear=rename("sales.csv", "department", {"garden": "clothes"}),
        subtle=rename("sales.csv", "department", {"care": "body care"}),
    ),
    *data(
        "category_new",
        READ_SALES,
        clear=add_category("sales.csv", "department", "unknown", 0.7),
        subtle=add_category("sales.csv", "department", "toys", 0.02),
    ),
    *data(
        "text_mangled",
        READ_VISITS,
        clear=respell("visits.csv", ["store"], lambda text: f"{text} ", 0.9),
        subtle=respell("visits.csv", ["store"], lambda text: f"{text} ", 0.05),
    ),
    *data(
        "nulls_injected",
        READ_VISITS,
        clear=blank("visits.csv", ["visitors"], 0.8),
        subtle=blank("visits.csv", ["visitors"], 0.05),
    ),
    *data(
        "rows_misaligned",
        READ_SALES,
        cls="C5",
        glaring=misalign("sales.csv", ["revenue", "receipts"]),
        clear=misalign("sales.csv", ["revenue", "receipts"], 0.3),
        subtle=misalign("sales.csv", ["revenue", "receipts"], 0.02),
    ),
    *data(
        "labels_noisy",
        READ_STORES,
        cls="C5",
        glaring=relabel("stores.csv", "format", 0.4),
        clear=relabel("stores.csv", "format", 0.1),
        subtle=relabel("stores.csv", "format", 0.01),
    ),
    *code(
        "filter_inverted",
        'sales[sales["kind"] == "sale"]',
        glaring='sales[sales["kind"] != "sale"]',
    ),
    *code(
        "filter_missing",
        'sales[sales["kind"] == "sale"]',
        subtle="sales",
    ),
    *code(
        "filter_off_by_one",
        RECENT,
        subtle='sales["date"] >= last - pd.Timedelta(days=config["days"])',
    ),
    *code(
        "column_dropped",
        DROP,
        clear='table[["area", "basket", "buyers", "per_metre", "weekend_ratio"]]',
        subtle='table.drop(columns=["store", "format", "region", "opened", "revenue", "buyers"])',
    ),
    *code(
        "identifier_kept",
        DROP,
        subtle='table.drop(columns=["format", "region", "opened", "revenue"]).assign(\n'
        '        store=lambda t: t["store"].str[1:].astype(int)\n    )',
    ),
    *code(
        "join_key_cast",
        '"S" + stores["store"].astype(str).str.zfill(4)',
        subtle='"S" + stores["store"].astype(str)',
        note="Numbers below 1000 lose their zero.",
    ),
    *code(
        "join_by_position",
        JOIN_HOURS,
        cls="C5",
        clear='table.join(hour_profile(visits).drop(columns="store"))',
    ),
    *code(
        "join_wrong_how",
        JOIN_DEPARTMENTS,
        subtle='table.merge(department_profile(sales), on="store", how="inner")',
        note="Every store has sales: the rows stay.",
    ),
    *code(
        "aggregation_wrong_group",
        'normalize="index"',
        file=PROFILES,
        clear='normalize="columns"',
        subtle='normalize="all"',
    ),
    *code(
        "aggregation_other_function",
        'values="visitors", aggfunc="sum"',
        file=PROFILES,
        clear='values="visitors", aggfunc="count"',
        subtle='values="visitors", aggfunc="median"',
    ),
    *config(
        "time_zone_wrong",
        'visits["utc"] + pd.Timedelta(hours=config["utc_offset"])',
        glaring={"utc_offset": -6},
        clear={"utc_offset": 5},
        subtle={"utc_offset": 0},
    ),
    *code(
        "ratio_inverted",
        'totals["revenue"] / totals["receipts"]',
        file=PROFILES,
        subtle='totals["receipts"] / totals["revenue"]',
    ),
    *code(
        "factor_wrong",
        'table["revenue"] / table["area"]',
        subtle='table["revenue"] / (table["area"] - 100)',
    ),
    *code(
        "clip_wrong",
        "pd.cut(hour, [-1, 9, 13, 17, 20, 24]",
        file=PROFILES,
        clear="pd.cut(hour, [-1, 5, 6, 20, 21, 24]",
        subtle="pd.cut(hour, [-1, 10, 12, 18, 21, 24]",
    ),
    *code(
        "labels_shuffled",
        METRIC,
        cls="C5",
        glaring='adjusted_rand_score(table["format"].sample(frac=1, random_state=1), groups)',
    ),
    *code(
        "fill_other_statistic",
        "features.fillna(features.median())",
        subtle="features.fillna(features.max())",
    ),
    *code(
        "dropped_eagerly",
        'stores.dropna(subset=["format"])',
        subtle="stores.dropna()",
    ),
    *code(
        "rare_merged",
        'SMALL = ["flowers", "papers"]',
        at='sales["department"].where(~sales["department"].isin(SMALL), "small")',
        file=PROFILES,
        clear='SMALL = ["flowers", "papers", "drinks", "clothes", "garden", "care"]',
        subtle='SMALL = ["flowers", "papers", "care"]',
    ),
    *code(
        "scaler_left_out",
        SCALED,
        glaring="features",
    ),
    *code(
        "scaler_wrong_columns",
        SCALED,
        clear='scaler.transform(features).clip(-4, 4).assign(area=features["area"])',
        subtle='scaler.transform(features).clip(-4, 4).assign(buyers=features["buyers"])',
    ),
    *code(
        "scaler_refitted",
        SCALED,
        subtle="scaler.fit_transform(features).clip(-4, 4)",
    ),
    *config(
        "split_wrong_share",
        SETTLED,
        clear={"settled_days": 4800},
        subtle={"settled_days": 1500},
    ),
    *config(
        "hyper_parameter_broken",
        MODEL,
        glaring={"clusters": 2},
        clear={"clusters": 3},
        subtle={"clusters": 5},
    ),
    *config(
        "hyper_parameter_broken",
        (("main.py", "PCA("), ("main.py", "pca.fit(scaled[settled])")),
        variant="components",
        clear={"components": 1},
        subtle={"components": 4},
    ),
    *code(
        "fitted_on_few",
        FIT,
        glaring="model.fit(reduced[settled][:5])",
        clear="model.fit(reduced[settled][:20])",
        subtle="model.fit(reduced[settled][:150])",
    ),
    *code(
        "predictions_misaligned",
        "groups = model.predict(reduced)",
        cls="C5",
        glaring="groups = model.predict(reduced)[::-1]",
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='adjusted_rand_score(table["format"][~settled], groups[~settled])',
    ),
    *code(
        "metric_arguments_exchanged",
        METRIC,
        subtle='adjusted_rand_score(groups, table["format"])',
        note="The score is symmetric: nothing changes.",
    ),
    harmless(
        "operation_inserted",
        (
            "main.py",
            "    table = join_profiles(stores, sales, visits)\n",
            "    table = join_profiles(stores, sales, visits)\n    table = table.copy()\n",
        ),
    ),
    harmless(
        "operation_renamed",
        (PROFILES, "def baskets(", "def store_totals("),
        (
            "main.py",
            "import baskets, department_profile, hour_profile, week_profile",
            "import department_profile, hour_profile, store_totals, week_profile",
        ),
        ("main.py", "baskets(sales, visits)", "store_totals(sales, visits)"),
    ),
    harmless(
        "operation_reordered",
        (
            "main.py",
            "    sales = load_sales(config)\n    visits = load_visits(config)\n",
            "    visits = load_visits(config)\n    sales = load_sales(config)\n",
        ),
    ),
    harmless(
        "operation_rewritten",
        (
            PROFILES,
            'totals["receipts"] / visitors.reindex(totals.index)',
            'totals["receipts"].div(visitors.reindex(totals.index))',
        ),
    ),
    harmless(
        "harmless_change",
        (PROFILES, "clip(upper=3)", "clip(upper=4)"),
        variant="buyers",
    ),
    harmless(
        "harmless_change",
        ("main.py", '["area"].transform("median")', '["area"].transform("mean")'),
        severity="clear",
        variant="area",
    ),
    harmless(
        "verbosity_changed",
        ("main.py", "n_init=5, random_state=0", "n_init=5, random_state=0, verbose=1"),
    ),
    harmless(
        "column_unused",
        (
            "main.py",
            '    visits["visitors"] = visits["visitors"].fillna(0)\n',
            '    visits["visitors"] = visits["visitors"].fillna(0)\n'
            '    visits["is_full"] = visits["visitors"] > 500\n',
        ),
    ),
]
