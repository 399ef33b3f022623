#!/usr/bin/env python3
"""Validation panels of the pretrained network, as text.

    bench/pretrain/panels.py valid|test DATA_FOLDER FILE

A line a series: set|season|second season|horizon|values|values to come. test: the published test parts, or the last
windows of a series. valid: what lies before them; panels of single forecasts hold out the last horizon of their
training part.
"""
import csv
import gzip
import sys
from pathlib import Path

PERIODS = {"monthly": (12, 24), "quarterly": (4, 8), "yearly": (1, 4)}  # season, horizon


def rows(path):
    with gzip.open(path, "rt", encoding="latin1") as file:
        return list(csv.reader(file))


class Panels:
    def __init__(self, part, folder, path):
        self.test = part == "test"
        self.folder = Path(folder)
        self.file = open(path, "w", encoding="ascii")

    def put(self, name, season, second, horizon, values, actual):
        texts = [" ".join(map(repr, v)) for v in (values, actual)]
        self.file.write("|".join([name, str(season), str(second), str(horizon), *texts]) + "\n")

    def put_single(self, name, season, second, horizon, train, test):
        """A series with a test part."""
        if self.test:
            self.put(name, season, second, horizon, train, test)
        elif len(train) >= horizon + 2 * season + 2:
            self.put(name, season, second, horizon, train[:-horizon], train[-horizon:])

    def put_windows(self, name, seasons, horizon, values, origins, most):
        """Forecasts from several origins of one series, each of which sees at most so many values."""
        for origin in origins:
            past = values[:origin][-most:]
            self.put(name, *seasons, horizon, past, values[origin : origin + horizon])

    def column(self, path, place, first=1):
        return [float(row[place]) for row in rows(self.folder / path)[first:]]

    def m4_hourly(self):
        def series(part):
            for row in rows(self.folder / f"m4/Hourly-{part}.csv.gz")[1:]:
                yield [float(v) for v in row[1:] if v not in ("", "NA")]

        for train, test in zip(series("train"), series("test")):
            self.put_single("m4_hourly", 24, 168, 48, train, test)

    def tourism(self):
        series = {}
        header, *lines = rows(self.folder / "tourism/tourism_long.csv.gz")
        for line in lines:
            row = dict(zip(header, line))
            parts = series.setdefault((row["period"].lower(), row["series_id"]), {"train": [], "test": []})
            parts[row["split"]].append(float(row["value"]))
        for period, (season, horizon) in PERIODS.items():
            for (found, _), parts in series.items():
                if found == period:
                    self.put_single("tourism_" + period, season, 0, horizon, parts["train"], parts["test"])

    def exchange(self):
        """The last five times 30 days, or those that end 1,500 days earlier."""
        for place in range(1, 9):
            values = self.column("ltsf/exchange_rate.csv.gz", place)
            end = len(values) - (0 if self.test else 1500)
            self.put_windows("exchange", (1, 0), 30, values, range(end - 150, end, 30), 1500)

    def etth1(self):
        """Twenty origins six days apart, up to the end of the usual test or validation part."""
        end = 14400 if self.test else 11520
        for place in range(1, 8):
            values = self.column("ltsf/ETTh1.csv.gz", place)
            self.put_windows("etth1", (24, 168), 24, values, range(end - 2880, end, 144), 2000)

    def weather(self):
        """Six origins six days and a bit apart, of the last 40 days or of the 40 days before."""
        for place in range(1, 22):
            values = self.column("ltsf/weather.csv.gz", place)
            begin = len(values) - 144 * 40 * (1 if self.test else 2) + 13
            self.put_windows("weather", (144, 0), 96, values, range(begin, begin + 5184, 864), 4000)

    def vic_elec(self):
        """Thirty origins 13 days apart, of the last 420 days or of the 420 days before."""
        header = rows(self.folder / "sensors/vic_elec.csv.gz")[0]
        values = self.column("sensors/vic_elec.csv.gz", header.index("Demand"))
        begin = len(values) - 48 * 420 * (1 if self.test else 2)
        self.put_windows("vic_elec", (48, 336), 48, values, range(begin, begin + 30 * 624, 624), 3000)


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("valid", "test"):
        sys.exit("usage: panels.py valid|test DATA_FOLDER FILE")
    panels = Panels(*sys.argv[1:])
    panels.m4_hourly()
    panels.tourism()
    panels.exchange()
    panels.etth1()
    panels.weather()
    panels.vic_elec()
    panels.file.close()


if __name__ == "__main__":
    main()
