"""Runs whose pages are hard: hostile names, many operations, wide tables."""

from lineage_stats.trace import DataRef, Operation, Trace

EVIL = "</script><img src=x onerror=alert(1)>\"'&<!--"


def evil_trace():
    table = DataRef("d", "table", rows=1, schema="s")
    return Trace(
        EVIL,
        EVIL,
        (Operation(EVIL, EVIL, scope=EVIL, outputs=(table,), file=EVIL, line=1,
                   features={f"mean[{EVIL}]": 1.0}),),
        tags={EVIL: EVIL},
        environment={EVIL: EVIL},
        schemas={"s": ((EVIL, EVIL),)},
        problems=(EVIL,),
    )  # fmt: skip


def long_trace(n, *, scope="f", n_columns=0):
    columns = {"s": tuple((f"column_{i}", "float64") for i in range(n_columns))}
    ref = [
        DataRef(f"d{i}", "table", rows=10, schema="s" if n_columns else None) for i in range(n + 1)
    ]
    recipe = '{{"as": "one", "x": "d{}", "cols": "names", "rows": 1, "by": ["column_0"]}}'
    steps = tuple(
        Operation(f"{scope}{i // 12}/step#{i}", "step", "selection", f"{scope}{i // 12}",
                  inputs=(ref[i],), outputs=(ref[i + 1],), file="a.py", line=i,
                  lineage=recipe.format(i) if n_columns else None,
                  features={f"mean[column_{k}]": 1 / (1 + i + k) for k in range(n_columns)})
        for i in range(n)
    )  # fmt: skip
    return Trace("r", "p", steps, schemas=columns)
