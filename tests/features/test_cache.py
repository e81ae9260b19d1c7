import threading

from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.features._cache import BoundedCache


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 10)), max_size=60))
def test_holds_the_newest_and_never_more_than_its_bound(entries):
    cache = BoundedCache(30)
    weights = {}
    for key, weight in entries:
        assert cache.keep(key, str(key), weight) == str(key)
        weights[key] = weight
        assert cache[key] == str(key)
        assert len(cache) <= 30


def test_forgets_rather_than_grow():
    cache = BoundedCache(10)
    cache.keep("a", 1, 6)
    cache.keep("b", 2, 4)
    assert dict(cache) == {"a": 1, "b": 2}
    cache.keep("c", 3)
    assert dict(cache) == {"c": 3}


def test_threads_may_share_it():
    cache = BoundedCache(50)
    wrong = []

    def work(offset):
        for i in range(2000):
            key = (i + offset) % 80
            value = cache.get(key)
            if (value if value is not None else cache.keep(key, key)) != key:
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(cache) <= 80
