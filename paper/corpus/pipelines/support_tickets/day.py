"""Support tickets of two months: words by team, customers, products, and where tickets went."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="support_tickets",
    metric="f1_score",
    task="classification",
    part="test",
    about="Tickets with words, names and numbers in one pipeline of transformers; five teams.",
)
CONFIG = {"utc_offset": 1, "test_share": 0.35, "strength": 0.1}
FIRST_ID = 30_000_000
WORDS = {
    "billing": "invoice charge refund payment card amount bank tax receipt price paid double "
    "credit money fee statement",
    "technical": "error crash update screen install device app slow version button freeze "
    "restart battery sync bug driver",
    "delivery": "parcel late address courier tracking arrived box missing delivered depot "
    "shipped order street driver damaged door",
    "account": "password login email account locked name profile verify code delete access "
    "change reset user phone two",
    "returns": "return exchange size wrong broken colour warranty label refund box send "
    "replace damaged shop item order",
}
COMMON = (
    "hello please help thanks dear team since yesterday today again still not working my the your "
    "with have has been would like need want could problem question week could you we it and for "
    "customer number waiting answer soon regards best morning already twice never really very"
)
# Share of the tickets; of the product lines; whether orders were late, invoices large, nights.
TEAMS = {
    "billing": (3, [2, 2, 2, 3], 30, 4.0, 0.05),
    "technical": (4, [7, 4, 1, 1], 30, 0.8, 0.35),
    "delivery": (3, [2, 2, 3, 2], 5, 1.0, 0.05),
    "account": (2, [2, 2, 1, 6], 30, 0.6, 0.7),
    "returns": (1.5, [1, 1, 6, 1], 14, 1.1, 0.15),
}
LINES = ["devices", "apps", "clothes", "services"]
PLANS = {"free": (5, 12.0), "plus": (3, 40.0), "firm": (1, 300.0)}
CHANNELS = {
    "billing": [2, 4, 2, 1],
    "technical": [2, 1, 1, 5],
    "delivery": [2, 1, 5, 1],
    "account": [4, 2, 1, 2],
    "returns": [5, 2, 1, 1],
}
N_CUSTOMERS = 1500


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    products = pd.DataFrame({"product": [f"{line[:-1]} {i}" for line in LINES for i in range(8)]})
    products["line"] = np.repeat(LINES, 8)
    tickets, customers, teams = _tickets(products, day, rng)
    routing = _routing(tickets, teams, rng)
    tickets = sent_twice(shuffled(tickets, rng), rng, 0.006)
    tickets.to_csv(folder / "tickets.csv", index=False)
    routing.to_csv(folder / "routing.csv", index=False)
    customers.to_csv(folder / "customers.csv", index=False)
    products.to_csv(folder / "products.csv", index=False)
    (folder / "config.json").write_text(json.dumps({**CONFIG, "day": day, "seed": day}))


def _tickets(
    products: pd.DataFrame, day: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    n = n_rows(3200, day, rng)
    shares = {name: values[0] for name, values in TEAMS.items()}
    shares["delivery"] *= 1 + drift(day, 0.2)
    teams = pick(rng, shares, n)
    # A customer is drawn for each ticket out of those to whom it can happen.
    customers = _customers(day, rng)
    order = np.array([TEAMS[team][2] for team in teams]) * rng.gamma(2, 0.5, n)
    size = np.array([TEAMS[team][3] for team in teams]) * rng.lognormal(0, 0.5, n)
    who = _fitting(customers, order, size, rng)
    late = rng.random(n) < np.array([TEAMS[team][4] for team in teams])
    hour = np.where(late, (22 + rng.uniform(0, 9, n)) % 24, rng.uniform(7, 22, n))
    since = np.clip(order, 0, 50).astype(int)
    created = customers["last_order"].to_numpy()[who] + pd.to_timedelta(since * 24, unit="h")
    created = created + pd.to_timedelta((hour - 1) * 60 // 1, unit="min")
    line = np.array([pick(rng, dict(zip(LINES, TEAMS[t][1], strict=True)), 1)[0] for t in teams])
    product = np.char.add([name[:-1] for name in line], [f" {i}" for i in rng.integers(0, 8, n)])
    names = ["web", "mail", "phone", "chat"]
    channel = [pick(rng, dict(zip(names, CHANNELS[t], strict=True)), 1)[0] for t in teams]
    tickets = pd.DataFrame(
        {
            "ticket_id": FIRST_ID + rng.permutation(n),
            "customer": "C-" + customers["customer_id"].astype(str).to_numpy()[who],
            "created": created.strftime("%Y-%m-%d %H:%M:%S"),
            "channel": channel,
            "language": pick(rng, {"en": 0.93, "de": 0.07}, n),
            "product": product,
            "subject": [_say(team, 3, 0.28, rng).capitalize() for team in teams],
            "body": [_say(team, int(rng.integers(4, 16)), 0.14, rng) + "." for team in teams],
        }
    )
    forget(tickets, rng, channel=0.02, body=0.02)
    customers["last_order"] = customers["last_order"].dt.strftime("%Y-%m-%d")
    forget(customers, rng, invoice=0.03)
    return tickets, customers, teams


def _customers(day: int, rng: np.random.Generator) -> pd.DataFrame:
    n = N_CUSTOMERS
    plan = pick(rng, {name: share for name, (share, _) in PLANS.items()}, n)
    usual = pd.Series(plan).map({name: price for name, (_, price) in PLANS.items()})
    return pd.DataFrame(
        {
            "customer_id": FIRST_ID + rng.permutation(n),
            "plan": plan,
            "invoice": (usual * rng.lognormal(0, 0.6, n)).round(2),
            "last_order": date_of(day) - pd.to_timedelta(rng.integers(50, 61, n), unit="D"),
        }
    )


def _fitting(
    customers: pd.DataFrame, order: np.ndarray, size: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return for each ticket a customer whose invoice is about as large as it should be."""
    usual = customers["plan"].map({name: price for name, (_, price) in PLANS.items()})
    beside = (customers["invoice"] / usual).to_numpy()
    some = rng.integers(0, len(customers), (len(order), 12))
    return some[np.arange(len(order)), np.abs(np.log(beside[some] / size[:, None])).argmin(axis=1)]


def _say(team: str, n_words: int, share: float, rng: np.random.Generator) -> str:
    """Return some words: of the team's own, of another team's, and common ones."""
    luck = rng.random(n_words)
    other = list(WORDS)[rng.integers(len(WORDS))]
    own, others, common = WORDS[team].split(), WORDS[other].split(), COMMON.split()
    places = rng.random(n_words)
    said = []
    for chance, place in zip(luck, places, strict=True):
        words = own if chance < share else others if chance < 1.6 * share else common
        said.append(words[int(place * len(words))])
    return " ".join(said)


def _routing(tickets: pd.DataFrame, teams: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return where tickets went: first by a robot, then by people who may be wrong."""
    created = pd.to_datetime(tickets["created"])
    last = pd.DataFrame(
        {
            "ticket_id": tickets["ticket_id"],
            "team": teams,
            "moved": created + pd.to_timedelta(rng.integers(5, 40, len(teams)), unit="h"),
        }
    )
    first = last[rng.random(len(last)) < 0.25].copy()
    first["team"] = pick(rng, dict.fromkeys(WORDS, 1.0), len(first))
    first["moved"] -= pd.Timedelta(hours=4)
    robot = last[rng.random(len(last)) < 0.1].assign(team="robot")
    robot["moved"] += pd.Timedelta(hours=200)
    return shuffled(pd.concat([first, last, robot]), rng)
