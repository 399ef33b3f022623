"""Times reading and forecasting through psql, and writes results.md and growth.svg: see run."""
import argparse
import datetime
import pathlib
import statistics
import sys

from figure import write_figure

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from session import Session, machine

BAR_TIME = 2.5  # times count, avg and max of the same table
BAR_BYTES = 24  # a row at the peak
BAR_GROWTH = 20  # percent that a size may be off the mean of all, by time a row or a series

ONE_STEP = '{"max_steps": 1}'
# A network so small that reading is what is timed.
LIGHT = '{"max_steps": 1, "ensemble_size": 1, "hidden_size": 8, "lookback": 32, "horizon": 8}'
SMALL_ROWS = 20000  # enough for all held-out windows that are ever measured
SERIES_LENGTH = 10000  # rows of each series of the panel
FORECAST_SERIES = [100, 316, 1000, 3162, 10000]
FORECAST_LENGTH = 200


def peer(table):
    return f"SELECT count(*), avg(value), max(ts) FROM {table}"


def aggregate(table, options, series=""):
    return f"SELECT length(lstm_train({series}ts, value, '{options}')) FROM {table}"


def function(table, options, series=""):
    return f"SELECT length(lstm_train('{table}', 'ts', 'value'{series}, options => '{options}'))"


def load(session, rows, sizes):
    session.run("CREATE EXTENSION lstm_forecast")
    for size in [SMALL_ROWS] + sizes:
        session.run(
            f"CREATE TABLE reading_{size} AS SELECT timestamptz '2000-01-01' + i * interval '1 minute' AS ts, "
            "100 + 10 * sin(i * 2 * pi() / 1440) + random() AS value "
            f"FROM generate_series(0, {size - 1}) AS i"
        )
    session.run(
        "CREATE TABLE panel AS SELECT 'series ' || s AS series, "
        "timestamptz '2000-01-01' + i * interval '1 hour' AS ts, "
        "100 + 10 * sin(i * 2 * pi() / 24) + random() AS value "
        f"FROM generate_series(1, {rows // SERIES_LENGTH}) AS s, generate_series(0, {SERIES_LENGTH - 1}) AS i"
    )
    session.run(
        "CREATE TABLE many AS SELECT s AS series, "
        "timestamptz '2024-01-01' + i * interval '1 hour' AS ts, "
        "100 + 10 * sin(i * 2 * pi() / 24) + random() AS value "
        f"FROM generate_series(1, {FORECAST_SERIES[-1]}) AS s, generate_series(0, {FORECAST_LENGTH - 1}) AS i"
    )
    session.run("CREATE TABLE model (series int PRIMARY KEY, model bytea)")
    session.run("VACUUM ANALYZE")


# --- reading -------------------------------------------------------------------------------------------


def peak_bytes(table, statement, workers):
    """Memory at the peak, of all processes, beyond what the session had before."""
    session = Session(0)
    session.run(peer(table))  # so that it has seen every page of the table itself, and all of the library
    session.run(f"SET max_parallel_workers_per_gather = {workers}")
    session.run(aggregate(f"reading_{SMALL_ROWS}", ONE_STEP))
    used, others, _ = session.peak(statement)
    session.close()
    return used, others


def measure_reading(rows, rounds):
    """Rows of the table: name, workers, peer's ms, ours, ratio, bytes a row, of parallel workers."""
    single = f"reading_{rows}"
    cases = []
    for workers in (0, 2):
        cases.append(("`lstm_train(ts, value)`, one series", single, workers, aggregate(single, ONE_STEP)))
        cases.append(("`lstm_train('table', …)`, one series", single, workers, function(single, ONE_STEP)))
    text = "series, "
    panel_rows = rows // SERIES_LENGTH * SERIES_LENGTH
    for workers in (0, 2):
        name = f"`lstm_train(series, ts, value)`, {rows // SERIES_LENGTH} series"
        cases.append((name, "panel", workers, aggregate("panel", ONE_STEP, text)))
    results = []
    for name, table, workers, statement in cases:
        session = Session(workers)
        session.run(peer(table))
        session.run(aggregate(f"reading_{SMALL_ROWS}", ONE_STEP))
        theirs, ours = [], []
        for _ in range(rounds):
            theirs.append(session.milliseconds(peer(table)))
            ours.append(session.milliseconds(statement))
        ratio = statistics.median(own / other for own, other in zip(ours, theirs))
        session.close()
        used, others = peak_bytes(table, statement, workers)
        count = rows if table == single else panel_rows
        results.append(
            (name, workers, statistics.median(theirs), statistics.median(ours), ratio, used / count, others / count)
        )
        print(*results[-1], flush=True)
    return results


# --- growth ----------------------------------------------------------------------------------------------


def measure_rows(sizes, rounds):
    """By size: nanoseconds that lstm_train takes for a row beyond SMALL_ROWS, and the peer for a row."""
    session = Session()
    small = aggregate(f"reading_{SMALL_ROWS}", LIGHT)
    session.run(small)
    fixed, ours, theirs = [], {size: [] for size in sizes}, {size: [] for size in sizes}
    for turn in range(rounds * 4):
        fixed.append(session.milliseconds(small))
        for size in sizes:
            if turn % 4 > 0 and size > 1000000:
                continue  # short times need more turns
            theirs[size].append(session.milliseconds(peer(f"reading_{size}")))
            ours[size].append(session.milliseconds(aggregate(f"reading_{size}", LIGHT)))
    session.close()
    none = statistics.median(fixed)
    return none, [
        (
            size,
            (statistics.median(ours[size]) - none) * 1e6 / (size - SMALL_ROWS),
            statistics.median(theirs[size]) * 1e6 / size,
        )
        for size in sizes
    ]


def measure_series(rounds):
    """By number of series: milliseconds of a forecast from the model, and from rows of the table."""
    session = Session()
    stored, fresh = {}, {}
    for count in FORECAST_SERIES:
        session.run(
            f"INSERT INTO model SELECT {count}, lstm_train(series, ts, value, '{ONE_STEP}') "
            f"FROM many WHERE series <= {count}"
        )
        stored[count], fresh[count] = [], []
    for turn in range(rounds + 1):
        for count in FORECAST_SERIES:
            kept = session.milliseconds(
                f"SELECT count(forecast) FROM model AS m, lstm_forecast(m.model) WHERE m.series = {count}"
            )
            read = session.milliseconds(
                "SELECT count(forecast) FROM model AS m, lstm_forecast(m.model, "
                f"'SELECT * FROM many WHERE series <= {count}', 'ts', 'value', 'series') WHERE m.series = {count}"
            )
            if turn > 0:  # the first turn warms up
                stored[count].append(kept)
                fresh[count].append(read)
    session.close()
    return [(count, statistics.median(stored[count]), statistics.median(fresh[count])) for count in FORECAST_SERIES]


def unevenness(times):
    """How far the farthest is off the mean, in percent."""
    mean = statistics.mean(times)
    return max(abs(time / mean - 1) for time in times) * 100


# --- the page -----------------------------------------------------------------------------------------------


def page(where, rows, rounds, reading, fixed, by_rows, by_series):
    row_growth = unevenness([ours for _, ours, _ in by_rows])
    series_growth = unevenness([stored / count for count, stored, _ in by_series])
    lines = [
        "# Reading: rows into `lstm_train`, and growth",
        "",
        f"{datetime.date.today()}, {where}. `bench/reading/run`: {rows:,} rows, shared_buffers 1 GB, all in memory. "
        f"Medians of {rounds} rounds, ours and the peer's in alternation.",
        "",
        "## Against `SELECT count(*), avg(value), max(ts)` on the same table",
        "",
        "`lstm_train` with its defaults (4 networks) stopped after one step, so with planning, scalers, a step, and "
        "the measuring on held-out windows. Memory is that of the session beyond what it had before (VmHWM), then "
        "that of parallel workers with all that a process has (RssAnon).",
        "",
        "| statement | parallel workers allowed | peer ms | ours ms | ratio | bar | bytes a row | bar | in workers |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    missed = []
    for name, workers, theirs, ours, ratio, used, others in reading:
        lines.append(
            f"| {name} | {workers} | {theirs:.0f} | {ours:.0f} | {ratio:.2f} | {BAR_TIME} "
            f"| {used:.1f} | {BAR_BYTES} | {others:.1f} |"
        )
        if ratio > BAR_TIME:
            missed.append(f"time of {name} with {workers} workers")
        if used > BAR_BYTES:
            missed.append(f"memory of {name} with {workers} workers")
    lines += [
        "",
        "## Growth",
        "",
        "![time a row by rows, time a forecast by series](growth.svg)",
        "",
        f"Time of `lstm_train` with one small network (`{LIGHT}`) less the {fixed:.1f} ms that it takes for the "
        f"first {SMALL_ROWS:,} rows, by the rows beyond them.",
        "",
        "| rows | ours ns a row | peer ns a row |",
        "|---|---|---|",
    ]
    lines += [f"| {size:,} | {ours:.1f} | {theirs:.1f} |" for size, ours, theirs in by_rows]
    lines += [
        "",
        f"The farthest is {row_growth:.0f} % off the mean (bar {BAR_GROWTH} %).",
        "",
        f"Forecast of 48 steps by 4 networks, from the model and from {FORECAST_LENGTH} rows a series of a table:",
        "",
        "| series | from the model, ms | µs a series | from rows, ms | µs a series |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {count:,} | {stored:.1f} | {stored * 1e3 / count:.0f} | {fresh:.1f} | {fresh * 1e3 / count:.0f} |"
        for count, stored, fresh in by_series
    ]
    lines += [
        "",
        f"From the model, the farthest is {series_growth:.0f} % off the mean a series (bar {BAR_GROWTH} %).",
    ]
    if row_growth > BAR_GROWTH:
        missed.append("growth by rows")
    if series_growth > BAR_GROWTH:
        missed.append("growth by series")
    lines += ["", "All bars are met." if not missed else f"Missed: {', '.join(missed)}."]
    return "\n".join(lines) + "\n", missed


def main():
    parser = argparse.ArgumentParser(prog="bench/reading/run")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()

    sizes = [size for size in (100000, 316228, 1000000, 3162278, 10000000) if size < arguments.rows]
    sizes.append(arguments.rows)
    session = Session()
    load(session, arguments.rows, sizes)
    where = machine(session)
    session.close()
    reading = measure_reading(arguments.rows, arguments.rounds)
    fixed, by_rows = measure_rows(sizes, arguments.rounds)
    by_series = measure_series(arguments.rounds)
    text, missed = page(where, arguments.rows, arguments.rounds, reading, fixed, by_rows, by_series)
    print(text)
    (arguments.folder / "results.md").write_text(text)
    write_figure(arguments.folder / "growth.svg", by_rows, by_series)
    return 1 if missed else 0


sys.exit(main())
