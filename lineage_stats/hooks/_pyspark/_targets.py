"""What is watched in PySpark, as plain data.

A method stands in up to three classes: that of Spark 4's classic API (which is what programs use
there), the one of Spark Connect, and the one that is the parent of both in Spark 4 and all there
is in Spark 3. Names that a version lacks are passed over.
"""

from __future__ import annotations

# Where the classes of frames are.
FRAME_MODULES = (
    "pyspark.sql.dataframe",
    "pyspark.sql.classic.dataframe",
    "pyspark.sql.connect.dataframe",
)
GROUP_MODULES = ("pyspark.sql.group", "pyspark.sql.connect.group")
WRITER_MODULES = ("pyspark.sql.readwriter", "pyspark.sql.connect.readwriter")
SESSION_MODULES = ("pyspark.sql.session", "pyspark.sql.connect.session")

RDD_MODULES = ("pyspark.rdd", "pyspark.core.rdd")
COGROUP_MODULES = ("pyspark.sql.pandas.group_ops", "pyspark.sql.connect.group")

# What `pyarrow.Table` calls to make frames of pandas, and of them its columns.
ARROW_MODULE = "pyarrow.pandas_compat"
ARROW_FUNCTIONS = {"table_to_dataframe": "from_arrow", "dataframe_to_arrays": "to_arrow"}

# What only some versions have, or needs packages of its own.
OPTIONAL_MODULES = frozenset(
    module
    for module in (
        *FRAME_MODULES, *GROUP_MODULES, *WRITER_MODULES, *SESSION_MODULES, *RDD_MODULES,
        *COGROUP_MODULES, ARROW_MODULE,
    )
    if ".connect." in module or ".classic." in module or ".core." in module
    or module == ARROW_MODULE
)  # fmt: skip

# Transformations of a frame by kind of operation: lazy, and make a new frame.
TRANSFORMATIONS: dict[str, str] = {
    "selection": """filter where limit offset sample sampleBy distinct dropDuplicates
        drop_duplicates dropna dropDuplicatesWithinWatermark""",
    "projection": """select selectExpr drop alias withColumnRenamed withColumnsRenamed toDF colRegex
        to withMetadata""",
    "assignment": "withColumn withColumns zipWithIndex",
    "join": "join crossJoin lateralJoin nearestByJoin zip",
    "concatenation": "union unionAll unionByName",
    "transform": """sort orderBy sortWithinPartitions repartition repartitionByRange repartitionById
        coalesce fillna replace unpivot melt transpose mapInPandas mapInArrow withWatermark hint
        observe exceptAll subtract intersect intersectAll checkpoint localCheckpoint summary
        describe crosstab freqItems""",
    "aggregation": "agg",
}
# `__getitem__` and what it means depend on what it is given.
CHOICE = "__getitem__"

# Frames that stand for the same rows.
FRAME_LINKS = """groupBy groupby rollup cube groupingSets cache persist unpersist write writeTo
    writeStream mergeInto na stat rdd toJSON pandas_api to_pandas_on_spark asTable scalar exists"""

SPLITS = "randomSplit"

# Actions: what makes Spark work.
ACTIONS = """count collect show take head first tail isEmpty toLocalIterator foreach
    foreachPartition approxQuantile corr cov"""
HAND_OVERS = "toPandas toArrow"
VIEWS = """createOrReplaceTempView createTempView createGlobalTempView createOrReplaceGlobalTempView
    registerTempTable"""

GROUPED: dict[str, str] = {
    "aggregation": "agg count sum avg mean max min applyInPandas applyInArrow apply "
    "applyInPandasWithState",
}
GROUP_LINKS = "pivot cogroup"

NA_FUNCTIONS: dict[str, str] = {"selection": "drop", "transform": "fill replace"}
STAT_FUNCTIONS: dict[str, str] = {"selection": "sampleBy", "transform": "crosstab freqItems"}
STAT_ACTIONS = "approxQuantile corr cov"

READER = "load csv json parquet orc text table jdbc xml changes"
WRITER = "save saveAsTable insertInto csv json parquet orc text jdbc xml"
WRITER_LINKS = """mode format option options partitionBy bucketBy sortBy clusterBy"""
WRITER_V2 = "create replace createOrReplace append overwrite overwritePartitions"
WRITER_V2_LINKS = "using option options tableProperty partitionedBy clusterBy"

SESSION_SOURCES = "sql table range"

# `model.save(path)` is a shortcut of `model.write().save(path)`, and `load` one of `read().load`;
# what a shortcut calls is Spark's own.
MODEL_WRITERS = ("MLWritable", "MLWriter", "JavaMLWriter")
MODEL_READERS = {
    "pyspark.ml.util": "MLReadable MLReader JavaMLReader DefaultParamsReader",
    "pyspark.ml.pipeline": "PipelineReader PipelineModelReader",
    "pyspark.ml.tuning": """CrossValidatorReader CrossValidatorModelReader
        TrainValidationSplitReader TrainValidationSplitModelReader""",
    "pyspark.ml.classification": "OneVsRestReader OneVsRestModelReader",
}

# Parts of an RDD that follow each other; programs reach one through `DataFrame.rdd`.
RDD_LINKS = """map flatMap filter mapPartitions mapPartitionsWithIndex keyBy mapValues flatMapValues
    cache persist coalesce repartition distinct sample union zipWithIndex reduceByKey groupByKey
    sortByKey sortBy join leftOuterJoin glom keys values"""
RDD_ACTIONS = (
    "collect count take first reduce fold aggregate countByKey countByValue isEmpty top sum"
)
RDD_SINKS = "saveAsTextFile saveAsPickleFile"
