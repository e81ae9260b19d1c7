"""The patch journal takes back what it did, in any order of events."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.hooks import Target
from lineage_stats.hooks._journal import PatchJournal


def library():
    class Base:
        inherited = 1

        def method(self):
            return "method"

    class Library(Base):
        own = 2

        def second(self):
            return "second"

    return Library


def test_an_own_attribute_is_set_back():
    cls, journal = library(), PatchJournal()
    journal.set_attribute(cls, "own", 9)
    assert cls.own == 9
    journal.restore()
    assert vars(cls)["own"] == 2


def test_an_inherited_attribute_is_deleted_again():
    cls, journal = library(), PatchJournal()
    names = set(vars(cls))
    journal.set_attribute(cls, "inherited", 9)
    assert cls.inherited == 9
    journal.restore()
    assert set(vars(cls)) == names
    assert cls.inherited == 1


def test_a_later_patch_of_somebody_else_stays():
    cls, journal = library(), PatchJournal()
    journal.set_attribute(cls, "own", 9)
    cls.own = "theirs"
    journal.restore()
    assert cls.own == "theirs"


def test_an_attribute_deleted_by_somebody_else_stays_deleted():
    cls, journal = library(), PatchJournal()
    journal.set_attribute(cls, "own", 9)
    del cls.own
    journal.restore()
    assert "own" not in vars(cls)


def test_a_function_is_watched_once_under_however_many_names():
    cls, journal = library(), PatchJournal()
    assert journal.swap(cls.second, Target("m", "second"))
    assert not journal.swap(cls.second, Target("m", "alias"))
    assert len(journal) == 1
    journal.restore()
    assert len(journal) == 0
    assert journal.swap(cls.second, Target("m", "second"))
    journal.restore()


def test_restoring_twice_does_nothing_more():
    cls, journal = library(), PatchJournal()
    journal.swap(cls.method, Target("m", "method"))
    code = cls.method.__code__
    journal.restore()
    restored = cls.method.__code__
    assert restored is not code
    journal.restore()
    assert cls.method.__code__ is restored


def test_wrapped_and_signature_of_the_owner_are_kept():
    def function():
        return 1

    function.__wrapped__ = function.__signature__ = marker = object()
    journal = PatchJournal()
    journal.swap(function, Target("m", "function"))
    assert function.__signature__ is marker
    journal.restore()
    assert vars(function) == {"__wrapped__": marker, "__signature__": marker}


@given(st.lists(st.tuples(st.sampled_from(["own", "inherited", "new"]), st.integers()), max_size=8))
def test_any_sequence_of_changes_is_taken_back(changes):
    cls, journal = library(), PatchJournal()
    before = dict(vars(cls))
    for name, value in changes:
        journal.set_attribute(cls, name, value)
    journal.restore()
    # Equal small integers are one object, so a patch of ours may look like another's.
    assert dict(vars(cls)).keys() == before.keys()
    assert dict(vars(cls)) == before


def test_calls_in_other_threads_survive_switching():
    def function(x):
        return x + 1

    stop, wrong = threading.Event(), []

    def work():
        while not stop.is_set():
            if function(1) != 2:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        journal = PatchJournal()
        journal.swap(function, Target("m", "function"))
        journal.restore()
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
