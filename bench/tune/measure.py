"""Tunes on subsets of public sets, and prints what was chosen beside the default, and the speed: see run.

measure.py ROUNDS SET...
"""
import pathlib
import statistics
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from session import Session, machine, processor_seconds, workers_of  # noqa: E402

BAR = 1.8  # times as fast with two processes
BETTER = 2  # percent that the choice must be better by on one set
# By set: what it is, the rows, the horizon. Small parts, so that all of it ends in some minutes.
TASKS = {
    "tourism": [
        (
            "30 of 366 monthly series, the last 10 years",
            "SELECT series, ts, value FROM reading WHERE panel = 'tourism_monthly' AND substr(series, 2)::int % 12 = 0 AND i > -100",
            12,
        ),
        (
            "71 of 427 quarterly series, the last 10 years",
            "SELECT series, ts, value FROM reading WHERE panel = 'tourism_quarterly' AND substr(series, 2)::int % 6 = 0 AND i > -32",
            4,
        ),
    ],
    "m4_hourly": [
        (
            "10 of 414 series, the last 448 hours",
            "SELECT series, ts, value FROM reading WHERE panel = 'm4_hourly' AND substr(series, 2)::int % 40 = 0 AND i > -400",
            24,
        )
    ],
    "exchange": [
        ("8 currencies, the last 430 days", "SELECT series, ts, value FROM reading WHERE panel = 'exchange' AND i > -400", 10)
    ],
    "etth1": [
        (
            "7 columns, the last 500 hours",
            "SELECT series, ts, value FROM reading WHERE panel = 'etth1' AND i > 13900",
            24,
        )
    ],
}


def number(text):
    return float(text) if text else float("nan")


def tune(session, horizon, more=""):
    lines, milliseconds = session.run(
        "SELECT rank, metric, naive, last_horizon, last_horizon_naive, note LIKE 'the default%', "
        f"options - 'horizon' FROM lstm_tune('task_rows', 'ts', 'value', 'series', horizon => {horizon}{more}) ORDER BY rank"
    )
    return [line.split("|", 6) for line in lines], milliseconds / 1000


def accuracy(session, name, what, select, horizon):
    """A row of the table: MASE of the default and of the choice. Gives their errors, or None where the choice is the default."""
    session.run(f"DROP TABLE IF EXISTS task_rows; CREATE TABLE task_rows AS {select}; ANALYZE task_rows")
    rows, seconds = tune(session, horizon)
    first = rows[0]
    usual = next(row for row in rows if row[5] == "t")
    figures = [number(row[column]) for column in (1, 3) for row in (usual, first)]
    print(
        f"| {name}, {what} | {horizon} | {figures[0]:.4f} | {figures[1]:.4f} | {figures[2]:.4f} | {figures[3]:.4f} | "
        f"{number(usual[4]):.4f} | {'the default' if first is usual else '`' + first[6] + '`'} | {seconds:.0f} |",
        flush=True,
    )
    return figures if first is not usual else None


def timed(session, statement):
    """Seconds of a statement, and of processors: of the session, and the most that one of its other processes had."""
    pid = session.value("SELECT pg_backend_pid()")
    before = processor_seconds(pid)
    others = {}
    over = threading.Event()

    def watch():
        while not over.wait(0.02):
            for worker in workers_of(pid):
                try:
                    others[worker] = processor_seconds(worker)
                except OSError:
                    pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, milliseconds = session.run(statement)
    over.set()
    watcher.join()
    return milliseconds / 1000, processor_seconds(pid) - before, sum(others.values())


def speed(rounds):
    """One process and two, in turns, on the same trainings."""
    sessions = {processes: Session(workers=processes - 1) for processes in (1, 2)}
    setup = (
        "CREATE TABLE task_speed AS SELECT timestamptz '2024-01-01' + i * interval '1 day' AS ts, "
        "10 * s + sin(i * 0.9) * (1 + s % 3) + i % 7 AS value, s::text AS series "
        "FROM generate_series(1, 10) AS s, generate_series(1, 300) AS i"
    )
    sessions[1].run(setup)
    statement = (
        "SELECT count(*) FROM lstm_tune('task_speed', 'ts', 'value', 'series', horizon => 7, "
        "options => lstm_options(ensemble_size => 1, hidden_size => 32, max_steps => 400, lookback => 28, pretrained => 'none'), "
        "candidates => (SELECT array_agg(jsonb_build_object('seed', n)) FROM generate_series(1, 15) AS n))"
    )
    taken = {1: [], 2: []}
    for _ in range(rounds):
        for processes in (1, 2):
            taken[processes].append(timed(sessions[processes], statement))
    one, two = ([statistics.median(column) for column in zip(*taken[processes])] for processes in (1, 2))
    wall = one[0] / two[0]
    processor = one[1] / max(two[1], two[2])
    print("\n| processes | seconds | of a processor, the session | ..., its worker |\n|--:|--:|--:|--:|")
    for processes, row in ((1, one), (2, two)):
        print(f"| {processes} | {row[0]:.2f} | {row[1]:.2f} | {row[2]:.2f} |")
    print(f"\nTwo processes are {wall:.2f} times as fast as one; by the processor time of the one that has most, {processor:.2f} times.")
    return wall >= BAR


def choose(names):
    """The table of what is chosen. Is that as good as it must be?"""
    session = Session(workers=1)
    print("\n| set | horizon | validation: default | chosen | last horizon: default | chosen | seasonal naive | chosen options | s |")
    print("|---|--:|--:|--:|--:|--:|--:|---|--:|", flush=True)
    results = [accuracy(session, name, *task) for name in names for task in TASKS[name]]
    worse = sum(figures is not None and (figures[1] > figures[0] or figures[3] > figures[2]) for figures in results)
    better = sum(figures is not None and figures[3] < (1 - BETTER / 100) * figures[2] and figures[1] <= figures[0] for figures in results)
    print(f"\nOn {len(results) - worse} of {len(results)} the choice is no worse than the default on both; on {better} better by {BETTER} % on the last horizon.", flush=True)
    return len(results) - worse >= min(3, len(results)) and (better > 0 or len(results) < 3)


def main():
    rounds, names = int(sys.argv[1]), sys.argv[2:]
    print(machine(Session()))
    good = not names or choose(names)
    if rounds > 0:
        good &= speed(rounds)
    sys.exit(not good)


main()
