"""No value of the data is in the store: not from cells, and not from the script's own text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

import lineage_stats

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
    assert WORD not in text
    assert [n for n in range(NUMBER, NUMBER + 10) if str(n) in text] == []
