from tests.cli.conftest import N_HEALTHY


def test_it_lists_every_run_in_one_line(cli, runs_folder):
    done = cli("runs", runs_folder)
    assert done.code == 0
    lines = [line for line in done.out.splitlines() if "run-0-" in line]
    assert len(lines) == N_HEALTHY + 1
    assert "run-0-00030" in lines[-1]
    assert "f1_score" in lines[-1]
    assert "status=faulty" in lines[-1]


def test_json_holds_the_same(cli, runs_folder):
    runs = cli("runs", runs_folder, "--json").json["runs"]
    assert len(runs) == N_HEALTHY + 1
    assert runs[0]["run_id"] == "run-0-00000"
    assert runs[0]["n_operations"] == 12
    assert 0.5 < runs[0]["metrics"]["f1_score"] < 1


def test_tags_select(cli, runs_folder):
    runs = cli("runs", runs_folder, "--tag", "status=faulty", "--json").json["runs"]
    assert [run["run_id"] for run in runs] == ["run-0-00030"]


def test_a_folder_without_runs_is_one_sentence_and_code_2(cli, tmp_path):
    done = cli("runs", tmp_path / "nowhere")
    assert done.code == 2
    assert done.out == ""
    assert "does not exist" in done.err
    assert "Traceback" not in done.err


def test_a_malformed_tag_is_explained(cli, runs_folder):
    done = cli("runs", runs_folder, "--tag", "healthy")
    assert done.code == 2
    assert "KEY=VALUE" in done.err


def test_markup_in_names_is_shown_as_it_is(cli, tmp_path):
    from lineage_stats import Trace, TraceStore

    TraceStore(tmp_path).write(Trace("r1", "a[red]b", start_ns=1, tags={"[x]": "[/]"}))
    done = cli("runs", tmp_path)
    assert done.code == 0
    assert "a[red]b" in done.out
    assert "[x]=[/]" in done.out
