#!/usr/bin/env python3
"""Measures forecasts in the database against Python services; see bench/forecast/run.

    measure.py MODELS SERIES SECONDS ROUNDS FOLDER

MODELS: how many different models there are in turn, SERIES: of the panel. Writes FOLDER/results.md.
Exit status 1 when a bar is missed.
"""

import glob
import multiprocessing
import os
import statistics
import subprocess
import sys
import time

import numpy as np
import psycopg
import torch

import peer

WARM_UP = 200  # requests before the clock starts
SAMPLE = 100  # series of those that are asked for one by one


def connect():
    return psycopg.connect(autocommit=True)


# --- latency ------------------------------------------------------------------------------------------


def pgbench_median(folder, query, models, seconds):
    """Median latency in microseconds of prepared statements of one client; :id goes around the models."""
    script = os.path.join(folder, "query.sql")
    with open(script, "w") as file:
        file.write(f"\\set id (:id + 1) % {models}\n{query};\n")
    prefix = os.path.join(folder, "latency")
    for name in glob.glob(prefix + ".*"):
        os.remove(name)
    subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", "1", "-T", str(seconds), "-D", "id=0", "-f", script,
                    "-l", "--log-prefix", prefix], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    latencies = []
    for name in glob.glob(prefix + ".*"):
        with open(name) as file:
            latencies += [int(line.split()[2]) for line in file]
    return statistics.median(latencies[len(latencies) // 10:])


FORECAST = "SELECT f.* FROM models AS m, lstm_forecast(m.model) AS f WHERE m.name = "
LATENCIES = [
    # what, query, bar in milliseconds
    ("first sight, LSTM step by step", FORECAST + "'network ' || :id::text", 0.25),
    ("first sight, patches of 24 steps", FORECAST + "'patches ' || :id::text", 0.25),
    ("cached, LSTM step by step", FORECAST + "'network'", 0.10),
    ("cached, patches of 24 steps", FORECAST + "'patches'", 0.10),
    ("cached, default ensemble of four", FORECAST + "'ensemble'", None),
    ("for comparison: fetching the model's bytes", "SELECT get_byte(model, 0) FROM models WHERE name = 'network'", None),
    ("for comparison: 48 rows", "SELECT value FROM reading WHERE sensor = 1 ORDER BY ts DESC LIMIT 48", None),
]


def measure_latency(table, folder, models, seconds, rounds):
    medians = [[] for _ in LATENCIES]
    for _ in range(rounds):
        for i, (_, query, _) in enumerate(LATENCIES):
            medians[i].append(pgbench_median(folder, query, models, seconds))
    for (what, _, bar), values in zip(LATENCIES, medians):
        milliseconds = statistics.median(values) / 1000
        table.add(what, f"{milliseconds:.3f} ms", None, milliseconds, bar, lower=True, digits=3)


# --- requests a second ----------------------------------------------------------------------------------


def make_requester(kind, service):
    connection = connect()
    if kind == "service":
        return peer.Service(connection, *service)
    return {"database": peer.Database, "fresh": peer.FreshDatabase}[kind](connection)


def client(kind, service, seconds, barrier, counts):
    """One client: warm, wait for the others, then request after request."""
    requester = make_requester(kind, service)
    for _ in range(WARM_UP):
        requester.request()
    barrier.wait()
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        requester.request()
        count += 1
    counts.put(count)


def requests_a_second(kind, service, clients, seconds):
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(clients)
    counts = context.Queue()
    processes = [context.Process(target=client, args=(kind, service, seconds, barrier, counts)) for _ in range(clients)]
    for process in processes:
        process.start()
    total = sum(counts.get() for _ in processes)
    for process in processes:
        process.join()
    return total / seconds


def measure_requests(table, service, seconds, rounds):
    for clients in (1, 8):
        rates = {"database": [], "service": [], "fresh": []}
        for _ in range(rounds):
            for kind, values in rates.items():
                values.append(requests_a_second(kind, service, clients, seconds))
        ours, theirs, fresh = (statistics.median(rates[kind]) for kind in ("database", "service", "fresh"))
        what = f"{clients} client{'s' if clients > 1 else ''}"
        table.add(f"requests a second, {what}", f"{ours:.0f}", f"{theirs:.0f}", ours / theirs, 1.5)
        table.add(f"the same from the newest 48 rows, {what}", f"{fresh:.0f}", f"{theirs:.0f}", fresh / theirs, None)


# --- many series in one statement -----------------------------------------------------------------------

BATCH = "SELECT count(*), sum(forecast) FROM models, lstm_forecast(model, %s, 'ts', 'value', 'series') WHERE name = 'panel'"
KEPT = "SELECT count(*), sum(forecast) FROM models, lstm_forecast(model) WHERE name = 'panel'"
ONE = "SELECT count(*), sum(forecast) FROM models, lstm_forecast(model, series => ARRAY[%s]) WHERE name = 'panel'"


def seconds_of(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def one_by_one(connection, series):
    """Seconds for all series, a statement each, from a sample of them."""
    cursor = connection.cursor()
    labels = [str(1 + i * series // SAMPLE) for i in range(SAMPLE)]
    cursor.execute(ONE, ("1",), prepare=True)

    def ask(query, arguments):
        return lambda: [cursor.execute(query, arguments(label), prepare=True).fetchall() for label in labels]

    kept = seconds_of(ask(ONE, lambda label: (label,)))
    read = seconds_of(ask(BATCH, lambda label: (f"SELECT * FROM latest WHERE series = {label}",)))
    return min(kept, read) / SAMPLE * series


def measure_batch(table, connection, panel, series, rounds):
    network, spreads = panel
    lookback = network.skip.in_features
    cursor = connection.cursor()
    torch.set_num_threads(1)
    works = {
        "batch": lambda: cursor.execute(BATCH, ("latest",)).fetchall(),
        "kept": lambda: cursor.execute(KEPT).fetchall(),
        "pytorch": lambda: peer.forecast_panel(connection, network, spreads, lookback),
    }
    times = {name: [] for name in works}
    singles = []
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds_of(work))
        singles.append(one_by_one(connection, series))
    batch, kept, pytorch = (statistics.median(times[name]) for name in works)
    single = statistics.median(singles)
    table.add(f"{series} series, from the table, against one statement a series", f"{batch:.2f} s", f"{single:.1f} s", single / batch, 10)
    table.add(f"{series} series, from the table, against PyTorch", f"{batch:.2f} s", f"{pytorch:.2f} s", pytorch / batch, 2)
    table.add(f"{series} series, from the history in the model", f"{kept:.2f} s", f"{pytorch:.2f} s", pytorch / kept, None)


# --- results ----------------------------------------------------------------------------------------------


class Table:
    """Lines of the results page, and how many bars are missed."""

    def __init__(self):
        self.lines = ["| | here | peer | ratio | bar | |", "|---|---|---|---|---|---|"]
        self.missed = 0

    def add(self, what, ours, theirs, value, bar, lower=False, digits=1):
        met = bar is None or (value <= bar if lower else value >= bar)
        self.missed += not met
        ratio = "" if theirs is None else f"{value:.1f}"
        sign = "≤" if lower else "≥"
        shown = "" if bar is None else f"{sign} {bar:g}{' ms' if lower else ''}"
        verdict = "" if bar is None else "met" if met else "**missed**"
        self.lines.append(f"| {what} | {ours} | {theirs or ''} | {ratio} | {shown} | {verdict} |")
        print(self.lines[-1], flush=True)


def check_peers(connection, service, panel):
    """The peers must be the same networks."""
    ours = [value for value, in peer.Database(connection).request()]
    theirs = peer.Service(connection, *service).request()
    fresh = [value for value, in peer.FreshDatabase(connection).request()]
    difference = max(np.abs(np.array(ours) - theirs).max(), np.abs(np.array(fresh) - theirs).max())
    query = BATCH.replace("count(*), sum(forecast)", "array_agg(forecast ORDER BY series::int, step)")
    batch = np.array(connection.execute(query, ("latest",)).fetchone()[0])
    network, spreads = panel
    forecasts = peer.forecast_panel(connection, network, spreads, network.skip.in_features)
    difference = max(difference, np.abs(forecasts.ravel() - batch).max())
    if not difference < 1e-3:
        sys.exit(f"the peers' forecasts differ by {difference}")
    print(f"the peers' forecasts differ by {difference:.1e} at most", flush=True)


def main():
    models, series, seconds, rounds = map(int, sys.argv[1:5])
    folder = sys.argv[5]
    connection = connect()
    named = dict(connection.execute("SELECT name, model FROM models WHERE name IN ('network', 'panel')", binary=True).fetchall())
    network, spreads = peer.read_model(named["network"])
    panel = peer.read_model(named["panel"])
    path = os.path.join(folder, "network.onnx")
    peer.export(network, network.skip.in_features, path)
    service = (path, network.skip.in_features, float(spreads[None]))
    check_peers(connection, service, panel)

    table = Table()
    measure_latency(table, folder, models, seconds, rounds)
    measure_requests(table, service, seconds, rounds)
    measure_batch(table, connection, panel, series, rounds)
    with open(os.path.join(folder, "results.md"), "w") as file:
        file.write("\n".join(table.lines) + "\n")
    sys.exit(1 if table.missed else 0)


if __name__ == "__main__":
    main()
