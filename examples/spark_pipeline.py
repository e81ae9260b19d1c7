"""A pipeline that goes from Spark over pandas to scikit-learn, and a join that loses rows.

Three sources are joined and ranked by Spark, the model is trained by scikit-learn. Since yesterday
customers are joined by one column too many: parcels that go over a hub find no partner. Spark
works exactly as much as without recording.

Run it with: pip install "lineage-stats[spark]" && python examples/spark_pipeline.py
"""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

import lineage_stats
from lineage_stats.hooks import prepare_java

# PySpark 4 says of every pandas from 3.0 on that it does not fully support it yet.
warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
warnings.filterwarnings("ignore", message="The copy keyword is deprecated")

N_HEALTHY, N_BAD = 20, 2


def start_spark():
    """Return a session on this machine, on whatever Java there is."""
    prepare_java()
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )


def write_sources(day, folder):
    """Write what the shop exports on one day: parcels, customers and carriers."""
    rng = np.random.default_rng(day)
    customers = pd.DataFrame({"customer": range(400), "zone": rng.integers(0, 5, 400)})
    customers["distance"] = 20.0 + 60 * customers["zone"] + rng.uniform(0, 40, 400)
    parcels = pd.DataFrame(
        {
            "parcel": range(2400),
            "customer": rng.integers(0, 400, 2400),
            "carrier": rng.integers(0, 6, 2400),
            "weight": rng.gamma(2.0, 4.0, 2400),
        }
    )
    home = customers["zone"].to_numpy()[parcels["customer"]]
    far = customers["distance"].to_numpy()[parcels["customer"]] > 200
    # Most of what goes far goes over a hub, and has that for its zone.
    parcels["zone"] = np.where(far & (rng.uniform(size=2400) < 0.8), 9, home)
    parcels["late"] = (far & (rng.uniform(size=2400) < 0.9)) | (rng.uniform(size=2400) < 0.05)
    carriers = pd.DataFrame({"carrier": range(6), "speed": [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]})
    for name, table in (("parcels", parcels), ("customers", customers), ("carriers", carriers)):
        table.to_parquet(folder / f"{name}.parquet")


def pipeline(spark, folder, keys):
    """Return how well late parcels are foretold."""
    from pyspark.sql import Window
    from pyspark.sql import functions as sf

    parcels = spark.read.parquet(str(folder / "parcels.parquet"))
    customers = spark.read.parquet(str(folder / "customers.parquet"))
    carriers = spark.read.parquet(str(folder / "carriers.parquet"))
    known = parcels.filter("weight < 40").join(customers, keys)
    shipped = known.join(carriers, "carrier")
    earlier = Window.partitionBy("customer").orderBy("parcel")
    ranked = shipped.withColumn("turn", sf.row_number().over(earlier))
    table = ranked.select("weight", "distance", "speed", "turn", "late").toPandas()

    train, test = train_test_split(table, test_size=0.4, random_state=0)
    features = ["weight", "distance", "speed", "turn"]
    model = DecisionTreeClassifier(max_depth=3, random_state=0)
    model.fit(train[features], train["late"])
    return f1_score(test["late"], model.predict(test[features]), zero_division=0.0)


def main():
    spark = start_spark()
    with tempfile.TemporaryDirectory() as name:
        folder, traces = Path(name), Path(name, "traces")
        for day in range(N_HEALTHY):
            write_sources(day, folder)
            with lineage_stats.record("parcels", tags={"status": "healthy"}, directory=traces):
                pipeline(spark, folder, ["customer"])
        bad_days = []
        for day in range(N_HEALTHY, N_HEALTHY + N_BAD):
            write_sources(day, folder)
            with lineage_stats.record("parcels", directory=traces) as run:
                pipeline(spark, folder, ["customer", "zone"])
            bad_days.append(run.trace())

        for operation in bad_days[0]:
            rows = [ref.rows for ref in operation.outputs]
            print(f"{operation.key:45} {operation.kind:12} rows {rows}")
        healthy = lineage_stats.load_traces(traces, tags={"status": "healthy"})
        for bad in bad_days:
            print()
            print(lineage_stats.attribute_root_cause(bad, "f1_score", baseline=healthy).summary())
    spark.stop()


if __name__ == "__main__":
    main()
