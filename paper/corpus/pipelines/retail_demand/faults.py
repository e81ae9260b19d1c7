"""What can go wrong in the forecast of demand."""

from __future__ import annotations

from corpus.damage import freeze, lose, misalign, rename, repeat, scale, send_again, stale, truncate
from corpus.pipelines.retail_demand.day import write_day
from corpus.shorthand import MAIN, code, config, data, harmless

CALENDAR, HISTORY = "calendar_features.py", "history.py"
READ_SALES = 'pd.read_csv("sales.csv", parse_dates=["date"]'
READ_PROMOTIONS = 'pd.read_csv("promotions.csv", parse_dates=["date"]'
READ_SHOPS = 'pd.read_json("shops.json"'
LEVEL = 'sales["level"] = units.transform(lambda s: s.shift(7).rolling(28, min_periods=7).mean())'
FIT = ((MAIN, "model = Ridge("), (MAIN, "model.fit(train, target)"))
SCALE_TEST = "test_features[NUMBERS] = scaler.transform(test_features[NUMBERS])"
TEST = 'test[table["date"] > first_tested]'
PREDICT = "pd.Series(model.predict(test_features), index=test.index)"
METRIC = 'mean_absolute_percentage_error(test["units"].clip(lower=1), forecast)'

FAULTS = [
    *data(
        "rows_stale",
        READ_PROMOTIONS,
        clear=stale("promotions.csv", write_day, 28),
        subtle=stale("promotions.csv", write_day, 7),
    ),
    *data(
        "rows_truncated",
        READ_SALES,
        clear=truncate("sales.csv", 0.5),
        subtle=truncate("sales.csv", 0.97),
    ),
    *data(
        "rows_sent_twice",
        READ_PROMOTIONS,
        subtle=repeat("promotions.csv", 2),
    ),
    *data(
        "value_stuck",
        READ_PROMOTIONS,
        clear=freeze("promotions.csv", ["percent"]),
        subtle=freeze("promotions.csv", ["percent"], 0.1),
    ),
    *data(
        "unit_changed",
        READ_PROMOTIONS,
        glaring=scale("promotions.csv", ["percent"], 0.01, 0.5),
        subtle=scale("promotions.csv", ["percent"], 0.01, 0.05),
    ),
    *data(
        "rows_misaligned",
        READ_SALES,
        cls="C5",
        glaring=misalign("sales.csv", ["units"], 0.4),
        clear=misalign("sales.csv", ["units"], 0.1),
        subtle=misalign("sales.csv", ["units"], 0.01),
    ),
    *data(
        "group_lost",
        READ_SALES,
        clear=lose("sales.csv", "item", ["I00", "I03", "I06", "I09"]),
        subtle=lose("sales.csv", "shop", ["S004"]),
    ),
    *data(
        "category_renamed",
        READ_SHOPS,
        clear=rename("shops.json", "region", {"coast": "hills"}),
        subtle=rename("shops.json", "region", {"coast": "shore"}),
    ),
    *code(
        "wrong_file",
        READ_SALES,
        glaring='pd.read_csv("sales_last_year.csv", parse_dates=["date"]',
    ),
    *code(
        "filter_inverted",
        'holidays[holidays["country"] == "home"]',
        file=CALENDAR,
        clear='holidays[holidays["country"] != "home"]',
    ),
    *code(
        "filter_missing",
        'holidays[holidays["country"] == "home"]',
        file=CALENDAR,
        clear="holidays.copy()",
    ),
    *config(
        "filter_strict",
        'sales[sales["price"].between(0.01, config["highest_price"])]',
        clear={"highest_price": 6},
        subtle={"highest_price": 18},
    ),
    *code(
        "filter_off_by_one",
        'sales[sales["units"] >= 0]',
        clear='sales[sales["units"] > 9]',
        subtle='sales[sales["units"] > 0]',
    ),
    *code(
        "head_left_in",
        'sales = sales.dropna(subset=["lag_14", "level"])',
        file=HISTORY,
        clear='sales = sales.dropna(subset=["lag_14", "level"]).head(5000)',
        subtle='sales = sales.dropna(subset=["lag_14", "level"]).head(12000)',
    ),
    *code(
        "deduplication_missing",
        'sales.drop_duplicates(subset=["shop", "item", "date"])',
        glaring='sales.drop_duplicates(subset=["shop", "date"])',
        subtle="sales.copy()",
    ),
    *code(
        "column_dropped",
        'columns = [*NUMBERS, "holiday", "payday"]',
        at='pd.concat([table[["date", "units", *columns]], names], axis=1)',
        subtle='columns = [*NUMBERS, "payday"]',
    ),
    *code(
        "target_leaked",
        'sales["lag_14"] = units.shift(14)',
        file=HISTORY,
        glaring='sales["lag_14"] = units.shift(0)',
    ),
    *code(
        "join_wrong_key",
        'sales.merge(promotions, on=["item", "date"], how="left")',
        glaring='sales.merge(promotions.groupby("date")["discount"].max(), on="date", how="left")',
    ),
    *code(
        "join_wrong_how",
        'sales.merge(promotions, on=["item", "date"], how="left")',
        glaring='sales.merge(promotions, on=["item", "date"], how="inner")',
    ),
    *data(
        "join_keys_duplicated",
        'sales.merge(shops[["shop", "area", "region"]], on="shop", how="inner")',
        clear=repeat("shops.json", 2),
        subtle=send_again("shops.json", 0.1),
    ),
    *code(
        "aggregation_other_function",
        'promotions.groupby(["item", "date"], as_index=False)["discount"].max()',
        clear='promotions.groupby(["item", "date"], as_index=False)["discount"].count()',
        subtle='promotions.groupby(["item", "date"], as_index=False)["discount"].min()',
    ),
    *code(
        "aggregation_wrong_group",
        'sales.groupby(["shop", "item"])["units"]',
        file=HISTORY,
        at=((HISTORY, LEVEL), (HISTORY, 'sales["lag_7"] = '), (HISTORY, 'sales["lag_14"] = ')),
        glaring='sales.groupby("item")["units"]',
        clear='sales.groupby("shop")["units"]',
    ),
    *code(
        "window_wrong",
        LEVEL,
        file=HISTORY,
        clear=LEVEL.replace("rolling(28, min_periods=7)", "rolling(90, min_periods=1)"),
        subtle=LEVEL.replace("28", "14"),
    ),
    *code(
        "window_wrong",
        'sales["lag_7"] = units.shift(7)',
        file=HISTORY,
        variant="lag",
        clear='sales["lag_7"] = units.shift(13)',
        subtle='sales["lag_7"] = units.shift(6)',
    ),
    *code(
        "factor_wrong",
        'promotions["percent"] / 100',
        subtle='promotions["percent"] / 10',
    ),
    *code(
        "factor_wrong",
        "np.expm1(forecast).clip",
        variant="forecast",
        glaring="np.exp(forecast * 1.3).clip",
        clear="np.exp(forecast + 0.2).clip",
        subtle="np.exp(forecast).clip",
    ),
    *code(
        "dtype_cast",
        'promotions["percent"] / 100',
        clear='(promotions["percent"] / 100).astype(int)',
    ),
    *config(
        "clip_wrong",
        "np.expm1(forecast).clip(lower=0",
        glaring={"most_units": 8},
        clear={"most_units": 40},
        subtle={"most_units": 200},
    ),
    *code(
        "fill_constant",
        'sales["discount"].fillna(0)',
        glaring='sales["discount"].fillna(99)',
        clear='sales["discount"].fillna(-1)',
    ),
    *code(
        "fill_other_statistic",
        'sales["discount"].fillna(0)',
        clear='sales["discount"].fillna(sales["discount"].mean())',
    ),
    *code(
        "dropped_eagerly",
        'sales["discount"] = sales["discount"].fillna(0)',
        glaring='sales = sales.dropna(subset=["discount"])',
    ),
    *code(
        "codes_reassigned",
        'sales["date"].dt.day_of_week',
        file=CALENDAR,
        clear='sales["date"].dt.day % 7',
    ),
    *code(
        "rare_merged",
        'sales["date"].dt.day_of_week',
        file=CALENDAR,
        clear='sales["date"].dt.day_of_week.clip(upper=4)',
    ),
    *config(
        "split_wrong_share",
        'train = table[table["date"] <= first_tested]',
        clear={"horizon": 115},
        subtle={"horizon": 35},
    ),
    *code(
        "split_out_of_time",
        'table[table["date"] <= first_tested]',
        subtle="table.sample(frac=0.85, random_state=0)",
    ),
    *code(
        "scaler_left_out",
        SCALE_TEST,
        glaring="test_features[NUMBERS] = test_features[NUMBERS].astype(float)",
    ),
    *code(
        "scaler_refitted",
        SCALE_TEST,
        clear="test_features[NUMBERS] = scaler.fit_transform(test_features[NUMBERS])",
    ),
    *config(
        "hyper_parameter_broken",
        FIT,
        glaring={"penalty": 1e6},
        clear={"penalty": 4000},
        subtle={"penalty": 50},
    ),
    *code(
        "fitted_on_few",
        "model.fit(train, target)",
        clear="model.fit(train.head(2000), target.head(2000))",
        subtle="model.fit(train.tail(9000), target.tail(9000))",
    ),
    *code(
        "predictions_misaligned",
        PREDICT,
        cls="C5",
        glaring='pd.Series(model.predict(test_features.sort_values("discount")), index=test.index)',
    ),
    *code(
        "predictions_misaligned",
        PREDICT,
        variant="shifted",
        clear="pd.Series(model.predict(test_features), index=test.index).shift(1).fillna(3)",
    ),
    *code(
        "metric_on_part",
        METRIC,
        clear='mean_absolute_percentage_error(test["units"].clip(lower=1)[test["holiday"] == 0], '
        'forecast[test["holiday"] == 0])',
        subtle='mean_absolute_percentage_error(test["units"].clip(lower=1)[:500], forecast[:500])',
    ),
    *code(
        "metric_arguments_exchanged",
        METRIC,
        clear='mean_absolute_percentage_error(forecast, test["units"].clip(lower=1))',
    ),
    harmless(
        "operation_inserted",
        (
            MAIN,
            "    table = encode(sales)\n",
            "    sales = sales.reset_index(drop=True)\n    table = encode(sales)\n",
        ),
    ),
    harmless(
        "operation_renamed",
        (MAIN, "def add_shops(", "def with_shops("),
        (MAIN, "sales = add_shops(sales)", "sales = with_shops(sales)"),
    ),
    harmless(
        "operation_reordered",
        (
            MAIN,
            "    sales = add_promotions(sales)\n    sales = add_shops(sales)\n",
            "    sales = add_shops(sales)\n    sales = add_promotions(sales)\n",
        ),
    ),
    harmless(
        "harmless_change",
        (HISTORY, 'sales.fillna({"spread": 0})', 'sales.fillna({"spread": 1})'),
        severity="clear",
        variant="spread",
    ),
    harmless(
        "harmless_change",
        (
            HISTORY,
            "s.shift(7).rolling(28, min_periods=7).std()",
            "s.shift(7).rolling(21, min_periods=7).std()",
        ),
        variant="window",
    ),
    harmless(
        "column_unused",
        (
            CALENDAR,
            '    sales["trend"] = ',
            '    sales["month"] = sales["date"].dt.month\n    sales["trend"] = ',
        ),
    ),
    harmless(
        "operation_rewritten",
        (
            HISTORY,
            'sales = sales.fillna({"spread": 0})',
            'sales["spread"] = sales["spread"].fillna(0)',
        ),
    ),
]
