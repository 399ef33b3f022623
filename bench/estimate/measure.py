"""Compares what lstm_estimate says of trainings with what they took, and writes RESULTS.md: see run."""
import argparse
import datetime
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from session import Session, machine, processor_seconds

BAR = 25  # percent that an estimate may be off
PROCESSES = 2
FIELDS = ["windows", "parameters", "steps", "memory_bytes", "model_bytes", "seconds", "own"]
# of panels and horizons enough; the others of ETTh1 are the same rows
LEFT_OUT = ["etth1 192 hours", "etth1 336 hours"]


def sources(session):
    """Name, rows, series column and horizon of each training: those of bench/accuracy, without their options."""
    rows, _ = session.run(
        "SELECT set_name || ' ' || task, panel, train_to, coalesce(asked->>'horizon', 'NULL') FROM task ORDER BY 1"
    )
    for name, panel, train_to, horizon in (row.split("|") for row in rows):
        if name not in LEFT_OUT:
            select = f"SELECT series, ts, value FROM reading WHERE panel = '{panel}' AND i <= {train_to}"
            yield name, select, "'series'", horizon
    if session.value("SELECT to_regclass('single_series') IS NOT NULL") == "t":
        rows, _ = session.run("SELECT task FROM single_series ORDER BY 1")
        for name in rows:
            select = f"SELECT ts, value FROM reading WHERE panel = 'single_series' AND series = '{name}'"
            yield name + ", alone", select, "NULL", "NULL"


def call(function, source):
    _, _, series, horizon = source
    return f"{function}('history', 'ts', 'value', {series}, horizon => {horizon})"


def opened():
    """A session that has loaded what any training needs, and has touched the rows."""
    session = Session(workers=PROCESSES - 1)
    session.run("SELECT sum(value) FROM history")
    session.run("SELECT length(lstm_train(i, lstm_options(max_steps => 1, horizon => 1))) FROM generate_series(1, 400) AS i")
    return session


def clocked(session, act):
    """What act() gives, and the part of the statement's time in which the session had a processor: others may be at work
    on the machine."""
    pid = session.value("SELECT pg_backend_pid()")
    before = processor_seconds(pid)
    result = act()
    return result, (processor_seconds(pid) - before) / (session.last_milliseconds / 1000)


def estimate(source):
    session = opened()
    numbers = session.value(f"SELECT e.* FROM {call('lstm_estimate', source)} AS e").split("|")
    session.close()
    return dict(zip(FIELDS, map(float, [*numbers, numbers[-1]])))


def train(source, idle):
    """The same of the training itself, and how many networks were kept."""
    session = opened()
    statement = f"CREATE TEMP TABLE trained AS SELECT {call('lstm_train', source)} AS model"
    _, part = clocked(session, lambda: session.peak(statement, every=0.1, idle=idle))
    memory = session.last_together
    seconds = session.last_milliseconds / 1000
    row = session.value(
        "SELECT info->>'train_windows', info->>'parameters', jsonb_array_length(info->'members'), "
        "(SELECT sum((SELECT max(epoch) FROM lstm_training_log(model) AS l WHERE l.member = n) "
        "            * (m->>'max_steps')::float8 / (m->>'max_epochs')::float8) "
        " FROM jsonb_array_elements(info->'members') WITH ORDINALITY AS e (m, n)), "
        "info->>'bytes' FROM trained, lstm_model_info(model) AS info"
    )
    session.close()
    windows, parameters, members, steps, size = row.split("|")
    numbers = [windows, parameters, steps or 0, memory, size, seconds, seconds * part]
    return dict(zip(FIELDS, map(float, numbers))), int(members)


def idle_worker():
    """Bytes that a parallel worker has for itself that only counts rows."""
    session = Session(workers=1)
    for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
        session.run(f"SET {setting} = 0")
    _, taken, _ = session.peak("SELECT count(*) FROM reading")
    session.close()
    return taken


def compare(session, rounds):
    """For each training its name, the medians of what was said and of what was taken, and the networks kept."""
    idle = idle_worker()
    results = []
    for source in sources(session):
        said, taken = [], []
        session.run("DROP TABLE IF EXISTS history")
        session.run(f"CREATE TABLE history AS {source[1]}")
        session.run("ANALYZE history")
        for _ in range(rounds):
            said.append(estimate(source))
            numbers, members = train(source, idle)
            taken.append(numbers)
            said.append(estimate(source))
        both = [
            {field: statistics.median(one[field] for one in many) for field in FIELDS} for many in (said, taken)
        ]
        results.append((source[0], *both, members))
        print(row(*results[-1]), flush=True)
    return results


def cell(said, taken, field):
    scale = {"memory_bytes": 1e6, "model_bytes": 1e3}.get(field, 1)
    digits = 0 if field in ("model_bytes", "steps") else 1
    ratio = f" ({said[field] / taken[field]:.2f})" if taken[field] else ""
    return f"{said[field] / scale:,.{digits}f} / {taken[field] / scale:,.{digits}f}{ratio}"


def row(name, said, taken, members):
    cells = [cell(said, taken, field) for field in ("memory_bytes", "model_bytes", "steps", "own", "seconds")]
    return f"| {name} | " + " | ".join(cells) + f" | {members} |"


def beyond(results, field):
    """The names of those whose estimate is off by more than the bar."""
    return [
        name for name, said, taken, _ in results if taken[field] and abs(said[field] / taken[field] - 1) * 100 > BAR
    ]


def verdict(results, field, words):
    missed = beyond(results, field)
    within = f"{words}: {len(results) - len(missed)} of {len(results)} within {BAR} %"
    return f"* {within}." if not missed else f"* {within}; beyond: {', '.join(missed)}."


def page(where, rounds, results):
    lines = [
        "# Estimates: what `lstm_estimate` says, and what `lstm_train` takes",
        "",
        f"{datetime.date.today()}, {where}, {PROCESSES} processes. `bench/estimate/run DATA_FOLDER`.",
        "",
        "Each training is that of [bench/accuracy](../accuracy) with no options but the horizon; of those called alone not even "
        f"that. Estimates are made before and after each of {rounds} trainings, each in a session of its own; medians. A cell "
        "says: estimated / taken (the first over the second). Memory is what the session has more than before (VmRSS, at "
        "its peak VmHWM) and what its parallel worker has at the same time for itself (RssAnon, sampled), less that of one that only "
        "counts rows. "
        "Steps taken are those of the log, refits not counted; there is no log where the networks were not kept. *Own seconds* "
        "are those in which the session had a processor: what counts where others are at work on the same machine, as "
        "`lstm_estimate` does not count what they take from it.",
        "",
        "| training | memory MB | model kB | steps | own seconds | seconds | networks kept |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [row(*result) for result in results]
    lines += [
        "",
        verdict(results, "memory_bytes", "Memory"),
        verdict([result for result in results if result[3]], "model_bytes", "Bytes of models that kept their networks"),
        verdict(results, "own", "Own seconds"),
        verdict(results, "seconds", "Seconds"),
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/estimate/run")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    session = Session()
    results = compare(session, arguments.rounds)
    text = page(machine(session), arguments.rounds, results)
    (arguments.folder / "RESULTS.md").write_text(text)
    print(text)


main()
