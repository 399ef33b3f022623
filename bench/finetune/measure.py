#!/usr/bin/env python3
"""Nightly training: lstm_finetune from last night's model beside lstm_train of all rows, in turns.

    bench/finetune/measure.py DATA_FOLDER [SET [NIGHTS]]

SET: a part of its name; NIGHTS: as many at most. Prints a table; asks the server that the environment names. See README.md.
"""
import csv
import gzip
import pathlib
import subprocess
import sys
from datetime import datetime, timedelta

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from session import Session  # noqa: E402

KINDS = ("train", "finetune", "old")


class Set:
    """Rows (series, ts, value) of a public set, and how nights go by."""

    def __init__(self, season, horizon, nights, stride, rows):
        self.season = season
        self.horizon = horizon
        self.nights = nights  # that are measured, after the one of the first training
        self.stride = stride  # steps between two of them
        self.rows = rows


def table(path):
    with gzip.open(path, "rt", encoding="latin1") as file:
        return list(csv.DictReader(file))


def vic_elec(folder):
    """The demand of the last 200 days, by the hour."""
    hours = {}
    for row in table(folder / "sensors/vic_elec.csv.gz"):
        hours.setdefault(row["Time"][:13], []).append(float(row["Demand"]))
    for hour in sorted(hours)[-24 * 200 :]:
        yield "demand", hour.replace("T", " ") + ":00Z", sum(hours[hour]) / len(hours[hour])


def exchange(folder):
    """The last four years of eight currencies, by the day."""
    first = datetime(2000, 1, 1)
    for number, row in enumerate(table(folder / "ltsf/exchange_rate.csv.gz")[-1460:]):
        for name in list(row)[1:]:
            yield name, f"{first + timedelta(number)}Z", float(row[name])


def tourism(folder):
    """366 monthly series: name, month within the series, value."""
    for row in table(folder / "tourism/tourism_long.csv.gz"):
        if row["period"].lower() == "monthly":
            month = int(row["t"]) + (0 if row["split"] == "train" else 1000)
            yield row["series_id"], month, float(row["value"])


def monthly(rows):
    """Every fifth series, its months as dates: they end at different times, and their last months are put side by side."""
    series = {}
    for name, month, value in rows:
        series.setdefault(name, []).append((month, value))
    for name, values in list(series.items())[::5]:
        for place, (_, value) in enumerate(sorted(values)):
            month = 12 * 2020 - len(values) + place
            yield name, f"{month // 12}-{month % 12 + 1:02}-01 00:00Z", value


def sets(folder):
    return {
        "vic_elec hours": Set(24, 48, 5, 24, lambda: vic_elec(folder)),
        "exchange days": Set(1, 14, 5, 7, lambda: exchange(folder)),
        "tourism months": Set(12, 12, 4, 1, lambda: monthly(tourism(folder))),
    }


SCHEMA = """
CREATE EXTENSION IF NOT EXISTS lstm_forecast;
DROP TABLE IF EXISTS finetune_row, finetune_scale, finetune_model;
CREATE TABLE finetune_row (series text, ts timestamptz, value float8, ahead int);
CREATE TABLE finetune_scale (series text PRIMARY KEY, scale float8);
CREATE TABLE finetune_model (kind text, night int, model bytea, PRIMARY KEY (kind, night));
COPY finetune_row (series, ts, value) FROM STDIN;
"""
PREPARE = """
UPDATE finetune_row r SET ahead = n.ahead
	FROM (SELECT series, ts, row_number() OVER (PARTITION BY series ORDER BY ts DESC) - 1 AS ahead FROM finetune_row) n
	WHERE n.series = r.series AND n.ts = r.ts;
INSERT INTO finetune_scale SELECT series, avg(abs(value - before)) FROM
	(SELECT series, value, ahead, lag(value, {season}) OVER (PARTITION BY series ORDER BY ts) AS before FROM finetune_row) r
	WHERE ahead >= {horizon} GROUP BY series;
ANALYZE finetune_row;
"""


def load(chosen):
    lines = "".join(f"{name}\t{ts}\t{value!r}\n" for name, ts, value in chosen.rows())
    prepare = PREPARE.format(season=chosen.season, horizon=chosen.horizon)
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "SET client_min_messages = warning", "-f", "-"],
                   input=SCHEMA + lines + "\\.\n" + prepare, text=True, check=True)


def source(ahead):
    return f"$$SELECT series, ts, value FROM finetune_row WHERE ahead >= {ahead}$$"


class Night:
    """What is trained at the end of a night, and how it forecasts the horizon after it."""

    def __init__(self, session, chosen, night):
        self.session = session
        self.chosen = chosen
        self.night = night
        self.ahead = (chosen.nights - night) * chosen.stride + chosen.horizon

    def make(self, kind, call):
        """Seconds."""
        return self.session.milliseconds(f"INSERT INTO finetune_model SELECT '{kind}', {self.night}, {call}") / 1000

    def train(self):
        options = f"lstm_options(horizon => {self.chosen.horizon})"
        return self.make("train", f"lstm_train({source(self.ahead)}, 'ts', 'value', 'series', options => {options})")

    def finetune(self):
        before = "finetune" if self.night > 1 else "train"
        call = f"lstm_finetune(model, {source(self.ahead)}, 'ts', 'value', 'series')"
        return self.make("finetune", f"{call} FROM finetune_model WHERE kind = '{before}' AND night = {self.night - 1}")

    def measure(self, kind):
        """MASE and coverage of the horizon after the night, and what the model says of its own error."""
        number = 0 if kind == "old" else self.night
        model = f"(SELECT model FROM finetune_model WHERE kind = '{'train' if kind == 'old' else kind}' AND night = {number})"
        answer = self.session.value(
            f"SELECT avg(abs(r.value - f.forecast) / s.scale), avg((r.value BETWEEN f.lower AND f.upper)::int), "
            f"(SELECT lstm_model_info({model})->'held_out'->>'mase') "
            f"FROM lstm_forecast({model}, {source(self.ahead)}, 'ts', 'value', 'series') f "
            f"JOIN finetune_row r USING (series, ts) JOIN finetune_scale s USING (series)")
        return [float(part) if part else float("nan") for part in answer.split("|")]


def run(name, chosen):
    """A row of the table for each way."""
    load(chosen)
    session = Session(workers=1)
    seconds = {"train": [], "finetune": [], "old": [0.0]}
    measured = {kind: [] for kind in KINDS}
    Night(session, chosen, 0).train()
    for number in range(1, chosen.nights + 1):
        night = Night(session, chosen, number)
        seconds["train"].append(night.train())
        seconds["finetune"].append(night.finetune())
        for kind in KINDS:
            measured[kind].append(night.measure(kind))
    session.close()
    for kind in KINDS:
        mase, coverage, said = (sum(column) / len(column) for column in zip(*measured[kind]))
        spent = sum(seconds[kind]) / len(seconds[kind])
        print(f"| {name} | {chosen.nights} | {kind} | {spent:.1f} | {mase:.3f} | {said:.3f} | {coverage:.3f} |", flush=True)


def main():
    if len(sys.argv) not in (2, 3, 4):
        sys.exit("usage: measure.py DATA_FOLDER [SET [NIGHTS]]")
    print("| set | nights | way | seconds | MASE | MASE held out | coverage of 95 % |")
    print("|---|--:|---|--:|--:|--:|--:|")
    for name, chosen in sets(pathlib.Path(sys.argv[1])).items():
        if len(sys.argv) > 3:
            chosen.nights = min(chosen.nights, int(sys.argv[3]))
        if len(sys.argv) == 2 or sys.argv[2] in name:
            run(name, chosen)


if __name__ == "__main__":
    main()
