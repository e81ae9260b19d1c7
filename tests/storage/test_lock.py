import json

from lineage_stats.storage._lock import alone
from lineage_stats.storage._process import this_process


def test_a_second_one_is_kept_away(tmp_path):
    with alone(tmp_path / "lock") as first, alone(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    assert not (tmp_path / "lock").exists()


def test_the_lock_of_one_who_died_is_taken_the_next_time(tmp_path):
    gone = {**this_process(), "started": "1"}
    (tmp_path / "lock").write_text(json.dumps(gone))
    with alone(tmp_path / "lock") as at_once:
        assert not at_once
    with alone(tmp_path / "lock") as later:
        assert later


def test_a_lock_that_names_somebody_elsewhere_is_respected(tmp_path):
    (tmp_path / "lock").write_text(json.dumps({**this_process(), "host": "elsewhere"}))
    for _ in range(2):
        with alone(tmp_path / "lock") as is_alone:
            assert not is_alone
