"""Pipelines of many shapes; each returns all frames that its operations made, the last last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Shape = Callable[[Any, Path], list[Any]]
SHAPES: dict[str, Shape] = {}


def shape(function: Shape) -> Shape:
    """Add a pipeline to the collection."""
    SHAPES[function.__name__] = function
    return function


def _read(spark: Any, folder: Path, *names: str) -> list[Any]:
    return [spark.read.parquet(str(folder / name)) for name in names]


@shape
def two_filters(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 20")
    return [sales, some, some.filter("shop < 30")]


@shape
def filter_computed(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    wide = sales.withColumn("tax", sales.amount * 0.2)
    few = wide.filter("tax > 10")
    return [sales, wide, few, few.select("id", "tax")]


@shape
def filter_after_rename(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    named = sales.withColumnRenamed("amount", "value")
    few = named.where("value between 10 and 60")
    return [sales, named, few, few.drop("day")]


@shape
def filter_null(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    known = sales.filter("customer is not null")
    return [sales, known, known.filter("customer <> 'c5'")]


@shape
def filter_either(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 120 or shop = 3")
    return [sales, some, some.filter("not (day = 2)")]


@shape
def filter_in(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter(sales.shop.isin(1, 2, 3, 5, 8))
    return [sales, some, some.filter(some.customer.startswith("c1"))]


@shape
def drop_missing(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    known = sales.dropna(subset=["customer"])
    return [sales, known, known.fillna({"amount": 0.0})]


@shape
def inner_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    return [sales, shops, sales.join(shops, "shop")]


@shape
def inner_join_filtered_before(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    some, big = sales.filter("amount > 30"), shops.filter("big")
    return [sales, shops, some, big, some.join(big, "shop")]


@shape
def inner_join_filtered_after(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    joined = sales.join(shops, "shop")
    few = joined.filter("city = 'city2' and amount > 30")
    return [sales, shops, joined, few, few.select("id", "city")]


@shape
def join_on_nullable(spark: Any, folder: Path) -> list[Any]:
    sales, customers = _read(spark, folder, "sales", "customers")
    some = sales.filter("day < 5")
    return [sales, customers, some, some.join(customers, "customer")]


@shape
def join_of_three(spark: Any, folder: Path) -> list[Any]:
    sales, shops, customers = _read(spark, folder, "sales", "shops", "customers")
    first = sales.join(shops, "shop")
    second = first.join(customers, "customer")
    return [sales, shops, customers, first, second, second.filter("segment = 2")]


@shape
def merge_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    hinted = shops.hint("merge")
    joined = sales.join(hinted, "shop")
    return [sales, shops, joined, joined.filter("amount > 50")]


@shape
def shuffled_hash_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    joined = sales.join(shops.hint("shuffle_hash"), "shop")
    return [sales, shops, joined, joined.drop("visits")]


@shape
def left_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    joined = sales.join(shops, "shop", "left")
    return [sales, shops, joined, joined.filter("amount > 100")]


@shape
def left_join_narrowed(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    joined = sales.join(shops, "shop", "left")
    return [sales, shops, joined, joined.filter("city = 'city1'")]


@shape
def right_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    some = sales.filter("day = 3")
    return [sales, shops, some, some.join(shops, "shop", "right")]


@shape
def outer_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    some = sales.filter("shop > 10")
    return [sales, shops, some, some.join(shops, "shop", "outer")]


@shape
def semi_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    big = shops.filter("big")
    return [sales, shops, big, sales.join(big, "shop", "left_semi")]


@shape
def anti_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    some = sales.filter("amount > 40")
    return [sales, shops, some, some.join(shops, "shop", "left_anti")]


@shape
def cross_join(spark: Any, folder: Path) -> list[Any]:
    (shops,) = _read(spark, folder, "shops")
    days = spark.range(7).withColumnRenamed("id", "day")
    all_days = shops.crossJoin(days)
    return [shops, days, all_days, all_days.filter("day > shop")]


@shape
def self_join(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("day = 1")
    other = some.selectExpr("shop", "amount as other_amount")
    return [sales, some, other, some.join(other, "shop")]


@shape
def unequal_join(spark: Any, folder: Path) -> list[Any]:
    shops, customers = _read(spark, folder, "shops", "customers")
    few = shops.filter("shop < 5")
    return [shops, customers, few, few.join(customers, few.shop < customers.segment)]


@shape
def group(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 70")
    totals = some.groupBy("shop").sum("amount")
    return [sales, some, totals, totals.filter("`sum(amount)` > 2000")]


@shape
def group_filtered_by_key(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    totals = sales.groupBy("shop", "day").count()
    return [sales, totals, totals.filter("shop = 7")]


@shape
def group_distinct_values(spark: Any, folder: Path) -> list[Any]:
    from pyspark.sql import functions as sf

    (sales,) = _read(spark, folder, "sales")
    some = sales.where("day <> 4")
    totals = some.groupBy("shop").agg(sf.countDistinct("customer").alias("n"), sf.sum("amount"))
    return [sales, some, totals, totals.filter("n > 20")]


@shape
def group_all(spark: Any, folder: Path) -> list[Any]:
    from pyspark.sql import functions as sf

    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 70")
    return [sales, some, some.agg(sf.max("amount"))]


@shape
def group_twice(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    totals = sales.groupBy("shop", "day").count()
    return [sales, totals, totals.groupBy("shop").max("count")]


@shape
def distinct(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    pairs = sales.select("shop", "day")
    return [sales, pairs, pairs.distinct()]


@shape
def drop_duplicates(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 5")
    first = some.dropDuplicates(["customer"])
    return [sales, some, first, first.filter("shop > 3")]


@shape
def ranked(spark: Any, folder: Path) -> list[Any]:
    from pyspark.sql import Window
    from pyspark.sql import functions as sf

    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 10")
    order = Window.partitionBy("shop").orderBy("id")
    numbered = some.withColumn("rank", sf.row_number().over(order))
    return [sales, some, numbered, numbered.filter("rank <= 3")]


@shape
def window_sum(spark: Any, folder: Path) -> list[Any]:
    from pyspark.sql import Window
    from pyspark.sql import functions as sf

    (sales,) = _read(spark, folder, "sales")
    total = sf.sum("amount").over(Window.partitionBy("shop"))
    summed = sales.withColumn("total", total)
    some = summed.filter("shop < 20")
    return [sales, summed, some, some.filter("total > 3000")]


@shape
def exploded(spark: Any, folder: Path) -> list[Any]:
    from pyspark.sql import functions as sf

    (shops,) = _read(spark, folder, "shops")
    visits = shops.select("shop", "big", sf.explode("visits").alias("visit"))
    big = visits.filter("big")
    return [shops, visits, big, big.filter("visit >= 0")]


@shape
def union(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    early, late = sales.filter("day < 2"), sales.filter("day > 4")
    return [sales, early, late, early.union(late)]


@shape
def union_filtered(spark: Any, folder: Path) -> list[Any]:
    sales, more = _read(spark, folder, "sales", "sales")
    both = sales.unionByName(more)
    return [sales, more, both, both.filter("amount > 90")]


@shape
def sampled(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    part = sales.sample(fraction=0.2, seed=3)
    return [sales, part, part.filter("shop < 20")]


@shape
def sorted_rows(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 33")
    return [sales, some, some.orderBy("customer", "id")]


@shape
def sorted_join(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    some = sales.filter("amount > 33")
    joined = some.join(shops, "shop")
    return [sales, shops, some, joined, joined.orderBy("city", "id")]


@shape
def limited(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 33")
    return [sales, some, some.limit(50)]


@shape
def largest(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 33")
    return [sales, some, some.orderBy("amount", "id").limit(10)]


@shape
def limited_then_grouped(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    part = sales.orderBy("id").limit(500)
    return [sales, part, part.groupBy("shop").count()]


@shape
def repartitioned(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("day = 5").repartition(4, "shop")
    return [sales, some, some.groupBy("shop").avg("amount")]


@shape
def cached(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 60")
    kept = some.withColumn("double", some.amount * 2).cache()
    few = kept.filter("shop < 9")
    return [sales, some, kept, few, few.distinct()]


@shape
def csv_file(spark: Any, folder: Path) -> list[Any]:
    sales = spark.read.csv(str(folder / "sales_csv"), header=True, inferSchema=True)
    some = sales.filter("amount > 20")
    return [sales, some, some.groupBy("shop").count()]


@shape
def partitioned_file(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales_by_day")
    some = sales.filter("day = 2")
    return [sales, some, some.filter("amount > 10")]


@shape
def from_pandas(spark: Any, folder: Path) -> list[Any]:
    import pandas as pd

    given = spark.createDataFrame(pd.DataFrame({"shop": [1, 2, 3, 4], "x": [0.5, 1.5, 2.5, 3.5]}))
    some = given.filter("x > 1")
    return [given, some, some.groupBy("shop").count()]


@shape
def pandas_handed_to_join(spark: Any, folder: Path) -> list[Any]:
    import pandas as pd

    (sales,) = _read(spark, folder, "sales")
    given = spark.createDataFrame(pd.DataFrame({"shop": [1, 2, 3, 4], "x": [0.5, 1.5, 2.5, 3.5]}))
    joined = sales.join(given, "shop")
    return [sales, given, joined, joined.filter("x > 1")]


@shape
def python_function(spark: Any, folder: Path) -> list[Any]:
    from pyspark.sql import functions as sf

    (sales,) = _read(spark, folder, "sales")
    doubled = sales.withColumn("double", sf.udf(lambda x: x * 2, "double")("amount"))
    return [sales, doubled, doubled.filter("double > 100")]


@shape
def map_in_pandas(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")

    def half(parts: Any) -> Any:
        for part in parts:
            yield part[part.id % 2 == 0][["id", "shop"]]

    some = sales.filter("shop < 25")
    halved = some.mapInPandas(half, "id long, shop long")
    return [sales, some, halved, halved.filter("shop > 3")]


@shape
def query(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    some = sales.filter("amount > 15")
    some.createOrReplaceTempView("some_sales")
    shops.createOrReplaceTempView("all_shops")
    found = spark.sql(
        "select city, count(*) as n from some_sales join all_shops using (shop) group by city"
    )
    return [sales, shops, some, found, found.filter("n > 100")]


@shape
def nested_query(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    sales.createOrReplaceTempView("sales_view")
    found = spark.sql(
        "with best as (select shop, max(amount) as best from sales_view group by shop) "
        "select s.* from sales_view s join best b on s.shop = b.shop and s.amount = b.best"
    )
    return [sales, found]


@shape
def scalar_subquery(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    sales.createOrReplaceTempView("sales_view")
    found = spark.sql(
        "select * from sales_view where amount > (select avg(amount) from sales_view)"
    )
    return [sales, found, found.groupBy("day").count()]


@shape
def empty_side(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    nothing = shops.filter("shop > 1000")
    some = sales.filter("amount > 20")
    return [sales, shops, nothing, some, some.join(nothing, "shop")]


@shape
def empty_merge(spark: Any, folder: Path) -> list[Any]:
    sales, shops = _read(spark, folder, "sales", "shops")
    totals = sales.groupBy("shop").count()
    nothing = shops.filter("shop > 1000").groupBy("shop").count().withColumnRenamed("count", "m")
    joined = totals.hint("merge").join(nothing, "shop")
    return [sales, shops, totals, nothing, joined]


@shape
def pivoted(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    some = sales.filter("amount > 20")
    return [sales, some, some.groupBy("shop").pivot("day", [0, 1, 2]).sum("amount")]


@shape
def rolled_up(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    return [sales, sales.rollup("shop", "day").count()]


@shape
def filter_same_twice(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    whole = sales.filter("cast(amount as int) > 30")
    return [sales, whole, whole.filter("amount > 30")]


@shape
def set_operations(spark: Any, folder: Path) -> list[Any]:
    (sales,) = _read(spark, folder, "sales")
    early, late = sales.filter("day < 3").select("shop"), sales.filter("day > 1").select("shop")
    common = early.intersect(late)
    return [sales, early, late, common, common.subtract(sales.filter("shop < 5").select("shop"))]
