from lineage_stats.storage._pack import read_about, write_pack
from lineage_stats.storage._packs import Pack, about_runs, find_packs, read_packed
from lineage_stats.storage._selection import Selection, make_selection
from tests.strategies import make_traces

RUNS = make_traces(3)


def write(folder, name, runs, replaces=()):
    write_pack(list(runs), folder / name, about_runs(runs, replaces))


def read(pack, selection):
    return [t.run_id for t in read_packed(pack, selection, lambda run: lambda: RUNS)]


def test_a_pack_that_was_merged_into_another_does_not_count(tmp_path):
    write(tmp_path, "a.pack", RUNS[:2])
    write(tmp_path, "b.pack", RUNS, ["a.pack"])
    packs, problems = find_packs(tmp_path)
    assert ([pack.path.name for pack in packs], problems) == (["b.pack"], {})


def test_one_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "a.pack").write_bytes(b"x")
    packs, problems = find_packs(tmp_path)
    assert (packs, list(problems)) == ([], [str(tmp_path / "a.pack")])


def test_a_pack_that_holds_nothing_selected_is_not_read(tmp_path):
    about = about_runs(RUNS)
    nowhere = Pack(tmp_path / "nowhere.pack", about)
    late = make_selection(None, None, "2999-01-01", None)
    early = make_selection(None, None, None, "1999-01-01")
    for selection in (Selection(pipeline="fraud"), late, early):
        assert read(nowhere, selection) == []


def test_the_history_of_a_packed_run_is_given(tmp_path):
    write(tmp_path, "a.pack", RUNS)
    pack = Pack(tmp_path / "a.pack", read_about(tmp_path / "a.pack"))
    first = next(read_packed(pack, Selection(), lambda run: lambda: RUNS))
    assert first.history() is RUNS
    assert read(pack, Selection()) == [run.run_id for run in RUNS]
