"""Predict which hotel bookings will be cancelled.

Run it in the folder of a day: bookings.csv, guests.csv, agents.json, config.json.
"""

import json
from pathlib import Path

from cleaning import clean_bookings, clean_guests
from features import build_features
from loading import load_agents, load_bookings, load_guests
from model import evaluate, predict, prepare, train


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    bookings = clean_bookings(load_bookings(), config)
    guests = clean_guests(load_guests())
    table = build_features(bookings, guests, load_agents(), config)
    parts = prepare(table, config)
    model = train(parts, config)
    return evaluate(parts, predict(model, parts, config))


if __name__ == "__main__":
    main()
