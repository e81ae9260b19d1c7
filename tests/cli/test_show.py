from lineage_stats import DataRef, Operation, Trace, TraceStore


def test_it_shows_every_operation_in_one_line(cli, runs_folder):
    done = cli("show", "latest", "--dir", runs_folder)
    assert done.code == 0
    lines = done.out.splitlines()
    (merge,) = [line for line in lines if "clean/DataFrame.merge#1" in line]
    assert "1, 2" in merge  # reads both tables
    assert "join" in merge
    assert "churn.py:16" in merge
    (metric,) = [line for line in lines if "train/f1_score#1" in line]
    assert "= 0." in metric


def test_json_is_the_whole_trace(cli, runs_folder):
    document = cli("show", "run-0-00003", "--dir", runs_folder, "--json").json
    trace = Trace.from_dict(document)
    assert trace.run_id == "run-0-00003"
    assert len(trace) == 12


def test_an_unknown_run_is_one_sentence_and_code_2(cli, runs_folder):
    done = cli("show", "nonsense", "--dir", runs_folder)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "No run 'nonsense'" in done.err


def test_what_appeared_from_nowhere_is_shown_as_opaque(cli, tmp_path):
    array = DataRef("d1", "array", 9)
    fit = Operation("fit#1", "Ridge.fit", "fit", inputs=(array,))
    TraceStore(tmp_path).write(Trace("r1", "churn", (fit,), start_ns=1))
    done = cli("show", "latest", "--dir", tmp_path)
    assert "coverage: 1 input appeared from nowhere" in done.out
    (line,) = [line for line in done.out.splitlines() if "fit#1" in line]
    assert " opaque " in line


def test_steps_inside_are_shown_where_they_are_asked_for(cli, tmp_path):
    steps = '[{"name": "StandardScaler.fit_transform", "depth": 0, "rows_in": 9}]'
    fit = Operation("fit#1", "Pipeline.fit", "fit", steps=steps)
    TraceStore(tmp_path).write(Trace("r1", "churn", (fit,), start_ns=1))
    assert "StandardScaler" not in cli("show", "latest", "--dir", tmp_path).out
    done = cli("show", "latest", "--dir", tmp_path, "--steps")
    (line,) = [line for line in done.out.splitlines() if "StandardScaler" in line]
    assert " step " in line
    assert " 9 " in line


def test_it_draws_a_tree_and_graphs_to_paste(cli, runs_folder):
    tree = cli("show", "latest", "--dir", runs_folder, "--as", "tree").out
    assert tree.startswith("run-0-00030 of churn")
    assert " 3 clean/DataFrame.merge#1  + 1  join" in tree
    mermaid = cli("show", "latest", "--dir", runs_folder, "--as", "mermaid").out
    assert mermaid.startswith("flowchart LR\n")
    assert cli("show", "latest", "--dir", runs_folder, "--as", "dot").out.startswith("digraph")


def test_an_unknown_form_is_code_2(cli, runs_folder):
    assert cli("show", "latest", "--dir", runs_folder, "--as", "ascii").code == 2
