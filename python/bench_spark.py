"""Spark ML as a peer of `make bench`, in a JVM of this process's own with 4 GiB:

task "words": Word2Vec over a file of titles, a title a line, in local[workers]
with so many partitions, twice; the second run counts, the first is "first".

task "job": titles of a Parquet file to tags, each step written as Parquet, as a
user of Spark would: tokens by SQL, Word2Vec, KMeans, the words near to each
centre, tags by SQL.
"""

import os
import struct
import time

from bench_common import answer, arguments

import numpy as np
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import Word2Vec
from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def session(a):
    return (
        SparkSession.builder.master(f"local[{a['workers']}]").config("spark.driver.memory", "4g")
        .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", a["workers"])
        .config("spark.log.level", "ERROR").getOrCreate()
    )


def jvm_seconds(spark):
    """Processor seconds of the JVM so far."""
    pid = spark.sparkContext._gateway.proc.pid
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def trainer(a):
    return Word2Vec(
        inputCol="words", outputCol="vector", vectorSize=a["dim"], windowSize=a["window"], minCount=a["min_count"],
        maxIter=a["epochs"], stepSize=a["alpha"], numPartitions=a["workers"], seed=a["seed"],
    )


def words(a):
    spark = session(a)
    titles = spark.read.text(a["titles"]).select(F.split(F.trim("value"), " +").alias("words")).repartition(a["workers"]).cache()
    titles.count()
    walls, cpus = [], []
    for _ in range(2):
        began, used = time.perf_counter(), jvm_seconds(spark)
        model = trainer(a).fit(titles)
        walls.append(time.perf_counter() - began)
        cpus.append(jvm_seconds(spark) - used)
    vectors = model.getVectors().collect()
    with open(a["out"], "wb") as f:
        f.write(f"{len(vectors)} {a['dim']}\n".encode())
        for v in vectors:
            f.write(v.word.encode() + b" " + struct.pack(f"<{a['dim']}f", *v.vector))
    answer(version=spark.version, seconds=walls[1], cpu=cpus[1], first=walls[0], prepare=0, words=len(vectors))
    spark.stop()


def job(a):
    spark = session(a)
    steps, began = {}, time.perf_counter()

    def step(name):
        nonlocal began
        now = time.perf_counter()
        steps[name], began = now - began, now

    def through(table, name):
        path = os.path.join(a["folder"], name)
        table.write.mode("overwrite").parquet(path)
        return spark.read.parquet(path)

    tokens = spark.read.parquet(a["titles"]).selectExpr(
        "id", "title", "filter(split(lower(title), '[^\\\\p{L}\\\\p{N}]+'), t -> t != '') AS words")
    tokens = through(tokens, "tokens")
    step("tokens")
    model = trainer(a).fit(tokens)
    step("train")
    vectors = through(model.transform(tokens), "vectors")
    step("transform")
    clusters = KMeans(
        featuresCol="vector", predictionCol="cluster", k=a["k"], maxIter=a["passes"], tol=0, seed=a["seed"],
        solver="block",  # its own start, k-means||: a random one with equal titles in it breaks this solver
    ).fit(vectors)
    predicted = through(clusters.transform(vectors).select("id", "title", "words", "cluster"), "clusters")
    step("cluster")
    table = model.getVectors().collect()
    matrix = np.array([v.vector for v in table])
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    scores = np.array(clusters.clusterCenters()) @ matrix.T
    near = spark.createDataFrame(
        [(c, [table[i].word for i in np.argsort(-row)[: a["near"]]]) for c, row in enumerate(scores)],
        "cluster int, near array<string>")
    step("near")
    tagged = predicted.join(F.broadcast(near), "cluster").selectExpr(
        "id", "title", "slice(array_distinct(filter(words, t -> array_contains(near, t))), 1, 2) AS tags")
    rows = through(tagged, "tags").count()
    step("tag")
    answer(version=spark.version, seconds=sum(steps.values()), cpu=jvm_seconds(spark), steps=steps, rows=rows)
    spark.stop()


given = arguments()
{"words": words, "job": job}[given["task"]](given)
