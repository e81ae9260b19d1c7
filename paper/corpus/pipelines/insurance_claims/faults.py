"""What can go wrong in the estimate of claims."""

from __future__ import annotations

from corpus.damage import (
    add_category,
    decimal_comma,
    exchange,
    lose_above,
    misalign,
    relabel,
    rename,
    respell,
    scale,
    stale,
    truncate,
)
from corpus.pipelines.insurance_claims.day import write_day
from corpus.shorthand import code, config, data, harmless

TABLES = "tables.py"
PREPARED = "features.py"
READ_CLAIMS = 'pd.read_csv("claims.csv", parse_dates=["accident", "reported"])'
READ_POLICIES = 'pd.read_csv("policies.csv", parse_dates=["since"])'
READ_VEHICLES = 'pd.read_csv("vehicles.csv")'
READ_WORKSHOPS = 'pd.read_csv("workshops.csv")'
JOIN_VEHICLES = 'claims.merge(vehicles, on="vehicle_id", how="left")'
JOIN_HISTORY = 'claims.merge(by_policy, on="policy_id", how="left")'
FIT = 'search.fit(x_train, train["log_cost"], sample_weight=weights)'
SEARCH = (("main.py", "GridSearchCV(\n"), ("main.py", FIT))
ENCODED_TEST = "encoder.transform(test[CATEGORIES])"
ESTIMATES = "estimates = search.predict(x_test)"
COST = 'claims["paid"] + claims["deductible"]'
RATE = 'claims.groupby("region")["hourly_rate"].transform("mean")'
DAMAGES = {"theft": "side", "side": "parking", "rear end": "glass"}

FAULTS = [
    *data(
        "rows_stale",
        READ_POLICIES,
        file=TABLES,
        clear=stale("policies.csv", write_day, 30),
        note="The vehicles of that day are other ones: contracts change hands.",
    ),
    *data(
        "rows_truncated",
        READ_VEHICLES,
        file=TABLES,
        glaring=truncate("vehicles.csv", 0.05),
        subtle=truncate("vehicles.csv", 0.97),
    ),
    *data(
        "group_lost",
        READ_CLAIMS,
        file=TABLES,
        clear=lose_above("claims.csv", "paid", 0.7),
        subtle=lose_above("claims.csv", "paid", 0.97),
    ),
    *data(
        "sign_flipped",
        READ_VEHICLES,
        file=TABLES,
        glaring=scale("vehicles.csv", ["value"], -1, 0.5),
        subtle=scale("vehicles.csv", ["value"], -1, 0.01),
    ),
    *data(
        "decimal_comma",
        READ_CLAIMS,
        file=TABLES,
        clear=decimal_comma("claims.csv", ["paid"], 0.7),
        subtle=decimal_comma("claims.csv", ["paid"], 0.05),
    ),
    *data(
        "columns_exchanged",
        READ_CLAIMS,
        file=TABLES,
        clear=exchange("claims.csv", "deductible", "paid", 0.1),
        subtle=exchange("claims.csv", "mileage", "paid", 0.01),
    ),
    *data(
        "category_renamed",
        READ_CLAIMS,
        file=TABLES,
        clear=rename("claims.csv", "damage", DAMAGES, 0.3),
        subtle=rename("claims.csv", "damage", {"parking": "parked"}),
    ),
    *data(
        "category_new",
        READ_CLAIMS,
        file=TABLES,
        clear=add_category("claims.csv", "damage", "unknown", 0.2),
        subtle=add_category("claims.csv", "damage", "hail", 0.02),
    ),
    *data(
        "text_mangled",
        READ_VEHICLES,
        file=TABLES,
        clear=respell("vehicles.csv", ["brand"], lambda name: name.replace("a", "\u0430"), 0.7),
        subtle=respell("vehicles.csv", ["brand"], lambda name: f" {name.upper()}", 0.5),
    ),
    *data(
        "rows_misaligned",
        READ_VEHICLES,
        file=TABLES,
        cls="C5",
        glaring=misalign("vehicles.csv", ["vehicle_id"]),
        clear=misalign("vehicles.csv", ["vehicle_id"], 0.4),
        subtle=misalign("vehicles.csv", ["vehicle_id"], 0.04),
    ),
    *data(
        "labels_noisy",
        READ_CLAIMS,
        file=TABLES,
        cls="C5",
        glaring=relabel("claims.csv", "paid", 0.4),
        clear=relabel("claims.csv", "paid", 0.1),
        subtle=relabel("claims.csv", "paid", 0.01),
    ),
    *code(
        "wrong_file",
        READ_WORKSHOPS,
        file=TABLES,
        clear='pd.read_csv("workshops_old.csv")',
    ),
    *config(
        "filter_strict",
        'claims["cost"] <= largest_cost',
        file=TABLES,
        glaring={"largest_cost": 800},
        clear={"largest_cost": 2500},
        subtle={"largest_cost": 20_000},
    ),
    *code(
        "join_wrong_key",
        JOIN_VEHICLES,
        file=TABLES,
        clear='claims.merge(vehicles, left_on="policy_id", right_on="vehicle_id", how="left")',
    ),
    *code(
        "join_key_cast",
        '.astype("int64")',
        file=TABLES,
        clear='.astype("float32").astype("int64")',
        note="The numbers of policies need more digits than single precision has.",
    ),
    *code(
        "join_keys_duplicated",
        'pd.read_csv("workshops.csv").drop_duplicates(subset="workshop_id")',
        file=TABLES,
        subtle='pd.concat([pd.read_csv("workshops.csv"), pd.read_csv("workshops_old.csv")])',
    ),
    *code(
        "join_by_position",
        JOIN_VEHICLES,
        file=TABLES,
        glaring='claims.reset_index(drop=True).join(vehicles.drop(columns="vehicle_id"))'
        '.dropna(subset="built")',
    ),
    *code(
        "aggregation_wrong_group",
        'earlier.groupby("policy_id")["cost"].agg(["count", "mean"]).reset_index()',
        file=TABLES,
        subtle='earlier.groupby(earlier["policy_id"] // 10 * 10)["cost"].agg(["count", "mean"])'
        ".reset_index()",
    ),
    *code(
        "aggregation_other_function",
        RATE,
        file=TABLES,
        subtle='claims.groupby("region")["hourly_rate"].transform("max")',
    ),
    *code(
        "factor_wrong",
        COST,
        file=TABLES,
        clear='claims["paid"] / 100 + claims["deductible"]',
        subtle='claims["paid"] * 1.19 + claims["deductible"]',
    ),
    *code(
        "dtype_cast",
        'vehicles.astype({"value": "int32"})',
        file=TABLES,
        clear='vehicles.astype({"value": "int16"})',
        subtle='vehicles.astype({"value": "float16"})',
    ),
    *code(
        "labels_shuffled",
        FIT,
        cls="C5",
        glaring='search.fit(x_train, train["log_cost"].sample(frac=1, random_state=1).to_numpy(), '
        "sample_weight=weights)",
    ),
    *code(
        "labels_shifted",
        FIT,
        cls="C5",
        glaring='search.fit(x_train, train["log_cost"].shift(1).bfill(), sample_weight=weights)',
    ),
    *code(
        "fill_other_statistic",
        'claims["mileage"].fillna(usual)',
        file=PREPARED,
        subtle='claims["mileage"].fillna(claims["power"])',
    ),
    *code(
        "dropped_eagerly",
        'claims.dropna(subset=["paid", "damage"])',
        file=TABLES,
        subtle="claims.dropna()",
    ),
    *code(
        "encoder_refitted",
        ENCODED_TEST,
        clear='encoder.fit_transform(test[CATEGORIES].replace("theft", "animal"))',
        subtle="encoder.fit_transform(test[CATEGORIES])",
    ),
    *config(
        "rare_merged",
        'claims["brand"].where(~claims["brand"].isin(rare), "other")',
        clear={"fewest_claims": 5000},
    ),
    *code(
        "split_out_of_time",
        'claims.sort_values(["accident", "claim_id"])',
        subtle='claims.sort_values(["claim_id", "accident"])',
    ),
    *code(
        "split_overlapping",
        "return claims.head(n_train), claims.tail(-n_train)",
        clear="return claims, claims.tail(-n_train)",
        subtle="return claims.tail(n_train), claims.tail(-n_train)",
    ),
    *config(
        "split_wrong_share",
        "return claims.head(n_train), claims.tail(-n_train)",
        glaring={"test_share": 0.98},
        subtle={"test_share": 0.25},
    ),
    *code(
        "weights_wrong",
        'train["status"].map({"closed": 1.0, "open": 0.3})',
        clear='train["log_cost"].lt(6.5).map({True: 1.0, False: 0.02})',
        subtle='train["status"].map({"closed": 0.3, "open": 1.0})',
    ),
    *code(
        "search_broken",
        '{"learning_rate": [0.03, 0.12]}',
        at=SEARCH,
        glaring='{"learning_rate": [0.0005, 0.001]}',
        subtle='{"learning_rate": [0.03, 0.4]}',
    ),
    *code(
        "predictions_misaligned",
        ESTIMATES,
        cls="C5",
        glaring='estimates = search.predict(x_test.sort_values("mileage"))',
    ),
    *code(
        "target_leaked",
        'claims.drop(columns=["policy", "paid", "cost"])',
        file=TABLES,
        clear='claims.drop(columns=["policy", "paid"]).rename(columns={"cost": "airbags", '
        '"airbags": "opened"})',
    ),
    *code(
        "metric_on_part",
        'return float(r2_score(test["log_cost"], estimates))',
        clear='return float(r2_score(test["log_cost"].tail(150), estimates[-150:]))',
    ),
    harmless(
        "operation_inserted",
        (
            "main.py",
            "    claims = add_ages(claims)\n",
            "    claims = claims.copy()\n    claims = add_ages(claims)\n",
        ),
    ),
    harmless(
        "operation_renamed",
        (
            PREPARED,
            "def add_prices(claims: pd.DataFrame)",
            "def add_present_value(claims: pd.DataFrame)",
        ),
        (
            "main.py",
            "import add_ages, add_prices, fill_gaps",
            "import add_ages, add_present_value, fill_gaps",
        ),
        ("main.py", "claims = add_prices(claims)", "claims = add_present_value(claims)"),
    ),
    harmless(
        "operation_reordered",
        (
            "main.py",
            "    claims = add_workshops(claims)\n    claims = add_history(claims)\n",
            "    claims = add_history(claims)\n    claims = add_workshops(claims)\n",
        ),
    ),
    harmless(
        "operation_rewritten",
        (
            TABLES,
            'claims[claims["status"] != "withdrawn"]',
            "claims.query(\"status != 'withdrawn'\")",
        ),
    ),
    harmless(
        "harmless_change",
        (PREPARED, '["mileage"].transform("median")', '["mileage"].transform("mean")'),
        severity="clear",
        variant="mileage",
    ),
    harmless(
        "harmless_change",
        (PREPARED, ".clip(17, 95)", ".clip(18, 80)"),
        variant="holder_age",
    ),
    harmless(
        "verbosity_changed",
        ("main.py", '        scoring="neg_mean', '        verbose=1,\n        scoring="neg_mean'),
    ),
    harmless(
        "column_unused",
        (
            PREPARED,
            '    year = claims["accident"].dt.year\n',
            '    year = claims["accident"].dt.year\n    claims["year"] = year\n',
        ),
    ),
]
