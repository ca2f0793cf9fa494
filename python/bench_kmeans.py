"""Runs passes of Lloyd's algorithm with scikit-learn or FAISS over a file of
float32 rows, from given centres: a peer of `make bench`.

Answers the seconds of a fit of one pass and of one of "passes", each the best
of "repeat", and the inertia after "passes" by the final centres.
"""

from bench_common import Clock, answer, arguments

import numpy as np


def best(repeat, fit):
    """The fit that took least, of wall clock."""
    clocks = []
    for _ in range(repeat):
        with Clock() as clock:
            result = fit()
        clocks.append(clock)
    return min(clocks, key=lambda c: c.wall), result


def scikit_learn(a, rows, centres):
    import sklearn
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    def fit(passes):
        return KMeans(n_clusters=len(centres), init=centres, n_init=1, max_iter=passes, tol=0, algorithm="lloyd").fit(rows)

    with threadpool_limits(limits=a["threads"]):
        one, _ = best(a["repeat"], lambda: fit(1))
        all_, model = best(a["repeat"], lambda: fit(a["passes"]))
    return sklearn.__version__, one, all_, model.n_iter_, model.inertia_


def faiss(a, rows, centres):
    import faiss as fs

    fs.omp_set_num_threads(a["threads"])

    def fit(passes):
        model = fs.Kmeans(rows.shape[1], len(centres), niter=passes, nredo=1, seed=1,
                          min_points_per_centroid=1, max_points_per_centroid=len(rows))
        model.train(rows, init_centroids=centres)
        return model

    one, _ = best(a["repeat"], lambda: fit(1))
    all_, model = best(a["repeat"], lambda: fit(a["passes"]))
    distances, _ = model.index.search(rows, 1)
    return fs.__version__, one, all_, a["passes"], float(distances.sum(dtype=np.float64))


given = arguments()
data = np.fromfile(given["rows"], dtype="<f4").reshape(-1, given["dim"])
start = np.fromfile(given["centres"], dtype="<f4").reshape(-1, given["dim"])
version, one, all_, passes, inertia = {"scikit-learn": scikit_learn, "FAISS": faiss}[given["peer"]](given, data, start)
answer(version=version, one=one.wall, one_cpu=one.cpu, all=all_.wall, all_cpu=all_.cpu, passes=int(passes), inertia=float(inertia))
