"""No value of the data is in the store: not from cells, and not from the script's own text.

But for what `test_some_values_are_recorded_by_design` names. There is no option to hide these.
"""

from __future__ import annotations

import json
import re
import subprocess

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

import lineage_stats
from lineage_stats.report import save_report
from tests.programs import Program

WORD = "Quillfeather"
NUMBER = 36481516  # neither an extreme of the column nor one of its quantiles


def everything_in(folder):
    """Return all text of a store: files as bytes, and Parquet decompressed with its metadata."""
    texts = []
    for path in folder.rglob("*"):
        if path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
            if path.suffix == ".parquet":
                table = pq.read_table(path)
                texts += [repr(table.to_pylist()), repr(table.schema.metadata)]
                texts.append(repr(pq.read_metadata(path).metadata))
    return "\n".join(texts)


def canaries_in(text):
    """Return where the word is, or one of the numbers, with what stands around it.

    Among times in nanoseconds and other long figures, any eight digits turn up by chance.
    """
    numbers = "|".join(str(n) for n in range(NUMBER, NUMBER + 10))
    found = re.finditer(rf"{WORD}|(?<![\d.])(?:{numbers})(?!\d)", text)
    return {text[max(0, m.start() - 90) : m.end() + 40] for m in found}


@pytest.mark.parametrize(
    ("text", "n_found"),
    [
        (f"x{WORD}y", 1), (f"[{NUMBER}]", 1), (f"{NUMBER + 9}.0", 1), (f"-{NUMBER}e3 {WORD}", 1),
        (f"17{NUMBER}0127789", 0), (f"0.{NUMBER}", 0), (f"{NUMBER + 10}", 0),
    ],
)  # fmt: skip
def test_canaries_are_found(text, n_found):
    assert len(canaries_in(text)) == n_found


def program():
    numbers = sorted([NUMBER, *range(0, 96_000_000, 1_000_003)])
    names = [f"{WORD} {i}" for i in range(90)] + [WORD] * (len(numbers) - 90)
    table = pd.DataFrame({"name": names, "n": numbers, "y": [0, 1] * (len(names) // 2) + [0]})
    table = table[table["name"] != f"{WORD} 1"]
    table = table.query(f"n != {NUMBER + 1} and name != '{WORD} 2'")
    table = table[~table["n"].isin([NUMBER + 2, 7, NUMBER + 3]) | (table["n"] > NUMBER)]
    table = table.replace({"name": {f"{WORD} 7": f"{WORD} x"}, "n": {NUMBER + 7: NUMBER}})
    table["name"] = table["name"].fillna(f"unknown {WORD}")
    table["kind"] = table["name"].map({WORD: f"top {WORD}"}).fillna(WORD)
    table["city"] = WORD
    table.loc[table["n"] == NUMBER, "city"] = f"{WORD}ville"
    table = table.assign(code=lambda t: t["name"] == f"{WORD} 9", word=WORD)
    table = table.drop(index=table.index[table["name"] == WORD])
    table = table.set_index("name").rename(index={f"{WORD} 10": f"{WORD} z"}).reset_index()
    pd.concat([table], keys=[WORD]).xs(WORD)
    table["name"].str.replace(WORD, f"{WORD}!").value_counts()
    with pytest.raises(KeyError):
        table.loc[f"{WORD} absent"]
    with pytest.raises(ValueError, match=WORD):
        table["name"].apply(lambda v: int(v))
    table["date"] = pd.Timestamp("2020-01-01")
    pd.cut(table["n"], [-1, NUMBER, 96_000_000], labels=[WORD, "b"])
    OrdinalEncoder(categories=[[*sorted(set(table["city"]))]]).fit(table[["city"]])
    FunctionTransformer(lambda x: x, kw_args=None).fit_transform(table[["n"]])
    X = np.linspace(0, 1, len(table)).reshape(-1, 1)
    LogisticRegression(class_weight={0: 1.0, 1: NUMBER}).fit(X, table["y"])
    return table


@pytest.mark.parametrize("finished", [True, False])
def test_no_value_reaches_the_disk(tmp_path, finished):
    with lineage_stats.record("private", directory=tmp_path / "store") as run:
        assert len(program()) > 5
        if not finished:
            run._recorder.flush()
            text = everything_in(tmp_path / "store")
    if finished:
        text = everything_in(tmp_path / "store")
        assert len(run.trace()) > 20
    assert "DataFrame.query" in text
    assert canaries_in(text) == set()


@pytest.mark.parametrize(
    ("act", "shown"),
    [
        (lambda t: pd.get_dummies(t["name"]), True),
        (lambda t: t.pivot_table(index="y", columns="name", values="y"), True),
        (lambda t: t.set_index("name").T, True),
        (lambda t: t.rename(columns={"y": WORD}), True),
        (lambda t: t["y"].clip(upper=NUMBER), True),
        (lambda t: t["n"].head(1), True),
        (lambda t: t["y"].fillna(NUMBER), False),
        (lambda t: t["name"].fillna(WORD), False),
        (lambda t: t[["name"]].head(1), False),
    ],
    ids=["dummies", "pivot", "turned", "renamed", "limit", "extreme", "filling", "text", "cell"],
)
def test_some_values_are_recorded_by_design(tmp_path, act, shown):
    """Names of columns, also those made of data; limits and sizes; extremes and quantiles."""
    table = pd.DataFrame({"name": [WORD, "b"], "n": [NUMBER, 7], "y": [1, 2]})
    with lineage_stats.record("open", directory=tmp_path):
        act(table)
    assert bool(canaries_in(everything_in(tmp_path))) is shown


SCRIPT = """
import logging, os, pathlib, sys
logging.basicConfig(level=logging.DEBUG, filename="program.log")
import lineage_stats.auto
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from tests.contract.test_privacy import NUMBER, WORD, program

table = program()
table.to_csv("day.csv")
day = pd.read_csv("day.csv", na_values=[WORD, str(NUMBER)], usecols=["name", "n", "y"])
try:
    pd.read_csv(f"nosuch://me:{WORD}@localhost:1/day.csv?key={WORD}")
except Exception:
    pass
for act in (
    lambda: day.query("name == @WORD", local_dict={"WORD": WORD}),
    lambda: day["name"].fillna(WORD).str.contains(WORD),
    lambda: day["n"].fillna(NUMBER).eq(NUMBER),
    lambda: day.replace(NUMBER, NUMBER + 1).isin([NUMBER, WORD]),
    lambda: day.assign(word=WORD, large=lambda t: t["n"] > NUMBER),
    lambda: day.set_index("name").loc[f"{WORD} absent"],
    lambda: day.set_index("n").loc[NUMBER],
    lambda: day.groupby("name").get_group(f"{WORD} absent"),
    lambda: day.at[0, "n"],
    lambda: CountVectorizer(vocabulary=[WORD]).fit(day["name"].astype(str)),
    lambda: train_test_split(day, random_state=0),
    lambda: accuracy_score(day["name"].astype(str), [WORD] * len(day)),
    lambda: day["name"].map(lambda v: {WORD: 1}[v]),
    lambda: pd.DataFrame({"a": [1, 2, 3]}, index=[WORD] * 3).dropna().to_dict(),
    lambda: pd.Series([WORD], name=("a", 1)).to_list(),
):
    try:
        act()
    except Exception:
        pass
lineage_stats.log_metric("mine", 0.5, inputs=day)
lineage_stats.log_metric("odd", WORD)
"""

ARGUMENTS = [
    "--password", WORD, f"--token={WORD}", f"DB_SECRET={WORD}", f"postgres://me:{WORD}@host/x",
    f"https://me:a/{WORD}@host/x", f"https://host/x?access_key={WORD}",
    f"https://box.blob.net/day?sv=2022&sig={WORD}", "-p", WORD, "--auth", f"Bearer {WORD}",
]  # fmt: skip


def test_a_canary_is_nowhere_in_all_that_a_run_leaves(tmp_path):
    program = Program(tmp_path)
    command = [*program.command(SCRIPT), *ARGUMENTS]
    env = {**program.env, "SOME_SECRET": WORD}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    (trace,) = program.traces()
    assert len(trace) > 40
    report = save_report(trace, tmp_path / "report.html")
    left = {
        "store": everything_in(tmp_path / "lineage_traces"),
        "log": (tmp_path / "program.log").read_text(),
        "streams": done.stdout + done.stderr,
        "report": report.read_text(),
        "summary": trace.summary() + trace._repr_html_() + repr(trace),
        "frame": trace.to_frame().to_csv(),
        "export": json.dumps(trace.to_dict()),
    }
    assert "postgres://***@host/x" in left["store"]
    found = {name: found for name, text in left.items() if (found := canaries_in(text))}
    assert found == {}
