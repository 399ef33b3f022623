"""Compares what trainings say they take with what their processes took, and writes results.md: see run."""
import argparse
import datetime
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from session import Session, machine

BAR = 20  # percent that a training may be off what it said
ROWS = [10_000, 100_000, 1_000_000]
LEAST = {"hidden_size": 1, "lookback": 8, "batch_size": 1, "ensemble_size": 1, "workers": 1}
NETWORK = {"hidden_size": 128, "lookback": 168, "batch_size": 128, "ensemble_size": 1, "workers": 1}
WIDE = {"hidden_size": 256, "lookback": 720, "patch_length": 1, "batch_size": 64, "ensemble_size": 1, "workers": 1}
CASES = [(f"hidden 128, lookback 168, batch 128, {rows:,} rows", rows, NETWORK) for rows in ROWS]
CASES += [
    ("batch 512, trained in slices", ROWS[0], NETWORK | {"batch_size": 512}),
    ("each step a patch", ROWS[0], NETWORK | {"patch_length": 1}),
    ("hidden 256, lookback 720, each step a patch, batch 64", ROWS[0], WIDE),
    ("the same with two layers", ROWS[0], WIDE | {"num_layers": 2}),
    ("the same, two processes on one network", ROWS[0], WIDE | {"num_layers": 2, "workers": 2}),
    ("four networks, two processes", ROWS[0], WIDE | {"ensemble_size": 4, "workers": 2}),
]


def load(session):
    session.run("CREATE EXTENSION lstm_forecast")
    for rows in ROWS:
        session.run(
            f"CREATE TABLE reading_{rows} AS SELECT timestamptz '2000-01-01' + i * interval '1 minute' AS ts, "
            f"100 + 10 * sin(i * 2 * pi() / 1440) + random() AS value FROM generate_series(0, {rows - 1}) AS i"
        )
    session.run("VACUUM ANALYZE")


def train(rows, options):
    named = ", ".join(
        f"{name} => {value}" for name, value in ({"horizon": 24, "max_steps": 6} | options).items()
    )
    return f"SELECT length(lstm_train(ts, value, lstm_options({named}))) FROM reading_{rows}"


def opened(messages="warning"):
    """A session that has loaded what any of its trainings needs."""
    session = Session(messages=messages)
    session.run("SELECT count(*) FROM reading_10000")
    # of few rows, as memory that it leaves behind would be used again
    session.run(train(ROWS[0], LEAST) + " WHERE ts < timestamptz '2000-01-01 04:00'")
    return session


def measure_rows(rows, options):
    """What a training takes for its rows: one that is refused when they are read, and all is planned."""
    session = opened()
    session.run("SET lstm_forecast.max_memory = '1MB'")
    taken, _, _ = session.peak(
        f"DO $$ BEGIN PERFORM {train(rows, options).removeprefix('SELECT ')}; "
        "EXCEPTION WHEN program_limit_exceeded THEN END $$"
    )
    session.close()
    return taken


def measure(rows, options):
    """What a training says that it takes, what the session took and its workers, and the processes; bytes."""
    session = opened("debug1")
    taken, workers, lines = session.peak(train(rows, options))
    session.close()
    found = (re.search(r"training takes (\d+) kB in (\d+) processes", line) for line in lines)
    said = next(match for match in found if match)
    return int(said[1]) * 1024, taken, workers, int(said[2])


def measure_idle_worker():
    """What a parallel worker has for itself that only counts rows."""
    session = Session(workers=1)
    for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
        session.run(f"SET {setting} = 0")
    _, taken, _ = session.peak(f"SELECT count(*) FROM reading_{ROWS[-1]}")
    session.close()
    return taken


def compare():
    """Rows of the table: name, processes, megabytes said, megabytes taken."""
    idle = measure_idle_worker()
    results = []
    for name, rows, options in CASES:
        said, taken, workers, processes = measure(rows, options)
        workers -= idle * (processes - 1)
        results.append((name, processes, said / 1e6, (taken - measure_rows(rows, options) + workers) / 1e6))
        print(*results[-1], flush=True)
    return results


def page(where, results):
    lines = [
        "# Memory: what training says, and what it takes",
        "",
        f"{datetime.date.today()}, {where}. `bench/memory/run`.",
        "",
        "Before it starts, a training says (at `DEBUG1`) what it takes beside its rows, in all its processes, and holds "
        "that against `lstm_forecast.max_memory`. Taken is the session's memory at the peak (VmHWM) less that of the same "
        "statement refused when its rows are read, and what its parallel workers have for themselves (RssAnon, sampled) "
        "less that of a worker that only counts rows.",
        "",
        "| training | processes | said MB | taken MB | taken / said |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {processes} | {said:.1f} | {taken:.1f} | {taken / said:.2f} |"
        for name, processes, said, taken in results
    ]
    first, last = (next(row for row in results if f"{rows:,} rows" in row[0]) for rows in (ROWS[0], ROWS[-1]))
    lines += [
        "",
        f"A hundred times the rows, so a hundred times the windows: {last[3] / first[3]:.2f} times the memory. A window "
        "is no more than its place in the series; a batch of them is laid out when it is trained on.",
    ]
    missed = [name for name, _, said, taken in results if abs(taken / said - 1) * 100 > BAR]
    lines += ["", f"All are within {BAR} %." if not missed else f"Beyond {BAR} %: {', '.join(missed)}."]
    return "\n".join(lines) + "\n", missed


def main():
    parser = argparse.ArgumentParser(prog="bench/memory/run")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    session = Session()
    load(session)
    where = machine(session)
    session.close()
    text, missed = page(where, compare())
    (arguments.folder / "results.md").write_text(text)
    print(text)
    sys.exit(1 if missed else 0)


main()
