import json


def test_it_writes_one_page(cli, runs_folder, tmp_path):
    page = tmp_path / "page.html"
    done = cli("report", "latest", "--dir", runs_folder, "-o", page)
    assert done.code == 0
    assert f"Written: {page}" in done.err
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert "clean/DataFrame.merge#1 (churn.py:16)" in text


def test_json_goes_to_stdout(cli, runs_folder, tmp_path):
    arguments = ("report", "latest", "--dir", runs_folder, "-o", tmp_path / "page.json", "--json")
    document = cli(*arguments).json
    assert document["verdict"]["state"] == "anomalous"
    assert document == json.loads((tmp_path / "page.json").read_text())


def test_a_first_run_has_a_page_without_a_verdict(cli, runs_folder, tmp_path):
    page = tmp_path / "page.txt"
    done = cli("report", "run-0-00000", "--dir", runs_folder, "-o", page)
    assert done.code == 0
    assert "Not scored" in done.err
    assert page.read_text().startswith("12 operations of churn were recorded")


def test_a_healthy_run_has_a_page(cli, runs_folder, tmp_path):
    page = tmp_path / "page.txt"
    done = cli("report", "run-0-00029", "--dir", runs_folder, "-o", page)
    assert done.code == 0
    text = page.read_text()
    assert "no operation stands out" in text
    assert "unexplained" not in text, "a metric in its range needs no division"


def test_a_page_that_cannot_be_written_is_one_sentence_and_code_2(cli, runs_folder, tmp_path):
    (tmp_path / "folder.html").mkdir()
    done = cli("report", "latest", "--dir", runs_folder, "-o", tmp_path / "folder.html")
    assert done.code == 2
    assert "Is a directory" in done.err
    assert "Traceback" not in done.err


def test_a_form_that_is_not_there_is_told_before_any_work(cli, tmp_path):
    done = cli("report", "latest", "--dir", tmp_path / "nowhere", "-o", tmp_path / "page.pdf")
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert ".html, .txt, .json. Got" in " ".join(done.err.split())
