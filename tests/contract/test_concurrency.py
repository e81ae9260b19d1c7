"""However a program shares out its work: same results, and every call of the user counts once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.programs import Program

SOURCE = """
import lineage_stats.auto
import asyncio, copy, inspect, multiprocessing, pickle, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import joblib
import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score

TABLE = pd.DataFrame({"a": range(40), "y": [0, 1] * 20})
X, y = [[i % 7, i % 3] for i in range(40)], [0, 1] * 20

def work(i):
    return int(TABLE.nlargest(i + 1, "a")["a"].sum())

async def task(i):
    await asyncio.sleep(0)
    inside = work(i)
    return inside + await asyncio.to_thread(work, i)

async def tasks():
    return await asyncio.gather(*(task(i) for i in range(5)))

def eight_threads():
    found = [0] * 8
    def busy(i):
        for _ in range(25):
            found[i] += len(TABLE.sort_values("a"))
    threads = [threading.Thread(target=busy, args=(i,)) for i in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return found

if __name__ == "__main__":
    model, scorer = LogisticRegression(), make_scorer(f1_score)
    print(pickle.loads(pickle.dumps(f1_score)) is f1_score, is_classifier(clone(model)))
    print(inspect.signature(f1_score), inspect.signature(pd.DataFrame.merge))
    print(len(f1_score.__doc__), isinstance(copy.deepcopy(model), LogisticRegression))
    print(pickle.loads(pickle.dumps(scorer)), pickle.loads(pickle.dumps(TABLE.nlargest))(1, "a"))
    search = GridSearchCV(model, {"C": [0.1, 1.0]}, cv=2, n_jobs=2, scoring=scorer)
    print(search.fit(X, y).best_params_)
    print(cross_val_score(model, X, y, cv=2, n_jobs=2, scoring=scorer).round(9))
    print(asyncio.run(tasks()))
    print(eight_threads())
    for backend in ("loky", "threading", "multiprocessing"):
        print(joblib.Parallel(2, backend=backend)(joblib.delayed(work)(i) for i in range(4)))
    with ThreadPoolExecutor(4) as pool:
        print(list(pool.map(work, range(6))))
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        print(list(pool.map(work, range(5), chunksize=2)))
    with context.Pool(2) as pool:
        print(pool.starmap(work, [(i,) for i in range(3)]), pool.apply(work, (4,)))
"""

EXPECTED = {
    "DataFrame": 1, "GridSearchCV.fit": 1, "cross_val_score": 1, "DataFrame.sort_values": 200,
    "DataFrame.nlargest": 1 + 10 + 12 + 6 + 5 + 4,
}  # fmt: skip


@pytest.mark.slow
def test_all_ways_of_sharing_work_out(tmp_path):
    program = Program(tmp_path)
    bare = program.run(SOURCE, LINEAGE_STATS_DISABLED="1")
    assert bare.returncode == 0, bare.stderr
    recorded = program.run(SOURCE)
    assert (recorded.returncode, recorded.stdout) == (0, bare.stdout)
    assert recorded.stderr == bare.stderr
    (trace,) = program.traces()
    assert trace.complete
    calls: Counter[str] = Counter()
    for operation in trace:
        calls[operation.name] += int(operation.features.get("calls", 1))
    assert {name: calls[name] for name in EXPECTED} == EXPECTED
    assert set(calls) <= {*EXPECTED, "Series.sum"}
