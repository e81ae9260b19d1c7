"""Writes the tables of the page on peers from the CSV files of ``paper/``."""

from pathlib import Path

import pandas as pd

PAPER = Path(__file__).parents[2] / "paper"
FOLDER = "reference"
METHODS = {
    "attribution": "`attribute_root_cause`",
    "attribution, numbers only": "the same, changes of source and parameters hidden",
    "RobustMADDetector": "`RobustMADDetector`",
    "ZScoreDetector": "`ZScoreDetector`",
    "BayesianChangePointDetector": "`BayesianChangePointDetector`",
    "AutoLineage 0.7.1, cause, named": "AutoLineage 0.7.1, ranked causes",
    "AutoLineage 0.7.1, critical only": "AutoLineage 0.7.1, critical anomalies",
    "control: largest |z|": "control: largest \\|z\\| of all numbers",
    "control: metric 3 sd": "control: the metric alone beyond 3 sd",
}
CLASSES = {
    "C1": "one fault",
    "C2": "+ harmless record",
    "C3": "+ harmless step",
    "C4": "two faults",
    "C5": "silent",
}
RANKERS = {
    **{name: METHODS[name] for name in list(METHODS)[:5]},
    "AutoLineage 0.7.1": "AutoLineage 0.7.1",
    "n-sigma": "n-sigma",
    "BARO RobustScorer, two-sided": "BARO",
    "DoWhy attribute_anomalies": "DoWhy `attribute_anomalies`",
    "first anomalous upstream": "first anomalous upstream",
    "PyOD LOF": "PyOD LOF",
    "scikit-learn IsolationForest": "scikit-learn IsolationForest",
}
COSTS = {
    "call, new place": "wall time of a call in the program's own thread, first from a place",
    "call, known place": "the same, later calls from that place",
    "operations": "CPU time of the whole process, a call",
    "written": "CPU time of whole runs to the last byte, an operation",
    "loop": "CPU time of a call in a loop",
}
TOOLS = {
    "shape": "sizes only",
    "profile": "with profiles (default)",
    "autolineage": "AutoLineage 0.7.1",
}


def table(head, rows):
    """Return a Markdown table; all columns but the first are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def source(script, data):
    """Say where figures come from."""
    commits = ", ".join(f"`{c}`" for c in dict.fromkeys(data["commit"]))
    file = script.replace(".py", ".csv")
    return f"Made by `python paper/{script}` at commit {commits}; figures in `paper/{file}`."


def percent(data, measure):
    """Return a share in percent, or a dash."""
    found = data.loc[data["measure"] == measure, "rate"]
    return "\u2013" if found.empty else f"{100 * found.iloc[0]:.1f}"


def share(data, method, measure, group):
    """Return a share in percent with its interval over pipelines, or a dash."""
    found = data[
        (data["method"] == method) & (data["measure"] == measure) & (data["group"] == group)
    ]
    if found.empty or found["value"].isna().all():
        return "\u2013"
    low, value, high = (100 * found.iloc[0][name] for name in ("low", "value", "high"))
    return f"{value:.0f} [{low:.0f}, {high:.0f}]"


def corpus():
    """Return who names the operation in pipelines and faults that no weight has seen."""
    data = pd.read_csv(PAPER / "corpus_test.csv", low_memory=False)
    rows = [
        [
            label,
            *(share(data, method, "hit@1, harmful", cls) for cls in CLASSES),
            share(data, method, "false alarms", "all"),
        ]
        for method, label in RANKERS.items()
    ]
    lines = [
        "## Pipelines and faults that no weight has seen",
        "The test part of the corpus, judged a second time after what a first, blind judgement "
        "taught was mended: percent of the harmful runs in which the true operation is named "
        "first, and of the healthy runs that are flagged, with 95 % intervals over pipelines. "
        "`paper/PAPER.md` has the protocol, the blind judgement, and what is lost. Made by "
        "`python paper/corpus_table.py` at commit "
        f"`{data['commit'].iloc[0]}`; figures in `paper/corpus_test.csv`.",
        table(["", *CLASSES.values(), "flagged"], rows),
    ]
    return "\n\n".join(lines)


def faults():
    """Return who names the right line, and who is quiet on healthy runs."""
    data = pd.read_csv(PAPER / "fault_injection.csv")
    whole = data[(data["family"] == "all") & (data["kind"] == "all")]
    first = whole[whole["method"] == "attribution"].set_index(["pipeline", "measure"])["n"]
    lines = [
        "## Planted faults",
        "Four pipelines on real data, and two that were written afterwards (`shop`, `flowers`), "
        f"each with {data['n_fit'].iloc[0]} healthy runs to learn from and "
        f"{first['shop', 'false alarms']} others; everything at defaults, "
        f"{100 * data['false_alarm_rate'].iloc[0]:g} % false alarms asked. *First* and *first "
        "three*: percent of the harmful runs in which the right line is named first, or among the "
        "first three lines. *Flagged*: percent of the healthy runs. "
        + source("fault_injection.py", data),
    ]
    for pipeline, title in (
        ("all", "Four pipelines"),
        ("shop", "`shop`"),
        ("flowers", "`flowers`"),
    ):
        part = whole[whole["pipeline"] == pipeline]
        n = first[pipeline, "hit@1, harmful"], first[pipeline, "false alarms"]
        rows = [
            [
                label,
                *(
                    percent(part[part["method"] == method], measure)
                    for measure in ("hit@1, harmful", "hit@3, harmful", "false alarms")
                ),
            ]
            for method, label in METHODS.items()
        ]
        head = [
            f"{title}: {n[0]} harmful and {n[1]} healthy runs",
            "first",
            "first three",
            "flagged",
        ]
        lines.append(table(head, rows))
    lines.append(
        "Where we lose: on `shop` the attribution names the right line first less often than the "
        "detectors' own ranking, and the detectors flag more healthy runs of the four pipelines "
        "than asked."
    )
    return "\n\n".join(lines)


def overhead():
    """Return what recording costs."""
    data = pd.read_csv(PAPER / "overhead.csv")
    extra = data.groupby(["group", "tool"])["extra"].median()
    rows = [
        [
            label,
            *(
                f"+{extra[group, tool]:.0f} µs" if (group, tool) in extra.index else "\u2013"
                for tool in TOOLS
            ),
        ]
        for group, label in COSTS.items()
    ]
    lines = [
        "## Cost of recording",
        "Medians over the operations of each group, on 10 rows \u00d7 10 columns, in fresh "
        "processes. AutoLineage measures no values and writes nothing. "
        + source("overhead.py", data),
        table(["beyond an unrecorded program", *TOOLS.values()], rows),
    ]
    return "\n\n".join(lines)


def suites():
    """Return whether the libraries' own tests end alike."""
    data = pd.read_csv(PAPER / "upstream_suites.csv")
    sums = data.groupby(["library", "features"])[["tests", "skipped", "different"]].sum()
    rows = [
        [f'{lib}, `features="{features}"`', *(f"{int(v):,}" for v in row)]
        for (lib, features), row in zip(sums.index, sums.to_numpy(), strict=True)
    ]
    lines = [
        "## Nothing disturbed",
        "The tests that ship inside the wheels of pandas and scikit-learn, run with and without "
        "recording, those that were compared. " + source("upstream_suites.py", data),
        table(["tests of", "compared", "skipped in both", "different"], rows),
    ]
    return "\n\n".join(lines)


def setup(sphinx):
    """Write before Sphinx reads the page that includes them."""
    folder = Path(sphinx.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for name, make in (
        ("corpus", corpus), ("faults", faults), ("overhead", overhead), ("suites", suites),
    ):  # fmt: skip
        text = make()
        (folder / f"peers_{name}.inc").write_text(text + "\n", encoding="utf-8")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
