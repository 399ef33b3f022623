"""Measures lstm_anomalies: see README.md beside this file."""
import math
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from session import Session  # noqa: E402

import nab  # noqa: E402

TRAINED = {
    "one step ahead": "lstm_train(ts, value, '{\"horizon\": 1, \"duplicates\": \"mean\"}')",
    "default horizon": "lstm_train(ts, value, '{\"duplicates\": \"mean\"}')",
}
STEPS = 4000
TRAINED_STEPS = 1000
SERIES = 10


def measure_nab(session, folder):
    """Train on the rows that are not scored, watch all, and score what is strong evidence."""
    files = nab.load(folder)
    nab.check_scorer(files)
    session.run("CREATE TABLE nab (file text, row int, ts timestamptz, value float8)")
    with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as rows:
        for file in files:
            for i, (time, value) in enumerate(zip(file.times, file.values)):
                rows.write(f"{file.name},{i},{time}+00,{value}\n")
    session.run(f"\\copy nab FROM '{rows.name}' CSV")
    pathlib.Path(rows.name).unlink()
    for name, training in TRAINED.items():
        scores = {}
        seconds = 0
        for file in files:
            lines, milliseconds = session.run(
                f"""WITH trained AS MATERIALIZED (
						SELECT {training} AS model FROM nab WHERE file = '{file.name}' AND row < {file.probation}),
					watched AS (
						SELECT f.ts, f.strength FROM trained, lstm_anomalies(model,
							$$SELECT ts, value FROM nab WHERE file = '{file.name}'$$, 'ts', 'value',
							only_anomalies => false) AS f)
					SELECT coalesce(strength, 0) FROM nab LEFT JOIN watched USING (ts)
					WHERE file = '{file.name}' ORDER BY row"""
            )
            scores[file.name] = [float(line) for line in lines]
            assert len(lines) == len(file.times), f"{file.name}: {lines[:3]}"
            seconds += milliseconds / 1000
        value, threshold = nab.score(files, scores)
        print(f"\nNAB, standard profile, {len(files)} files, {name}: {value:.1f} (strength {threshold:.2f}), {seconds:.0f} s")
        print(f"{'file':60}  windows  found  other rows")
        for file in files:
            found, other = nab.details(file, scores[file.name], threshold)
            print(f"{file.name:60}  {len(file.windows):7}  {found:5}  {other:10}", flush=True)


def kinds(seed):
    """Series in which nothing is wrong."""
    source = random.Random(seed)
    noise = [source.gauss(0, 1) for _ in range(STEPS)]
    yield "noise", noise
    walk = 0
    autoregressive = []
    for e in noise:
        walk = 0.8 * walk + e
        autoregressive.append(walk)
    yield "AR(1), .8", autoregressive
    yield "season of a day", [10 * math.sin(i * math.pi / 12) + 2 * e for i, e in enumerate(noise)]


def measure_alarms(session):
    """The share of rows called anomalous at probability .99 in series of hours where nothing is wrong."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as rows:
        for seed in range(SERIES):
            for kind, values in kinds(seed):
                for i, value in enumerate(values):
                    rows.write(f'"{kind}",{seed},{i},{value}\n')
    session.run("CREATE TEMP TABLE loaded (kind text, seed int, i int, value float8)")
    session.run(f"\\copy loaded FROM '{rows.name}' CSV")
    pathlib.Path(rows.name).unlink()
    session.run(
        """CREATE TABLE calm AS SELECT kind, seed, timestamptz '2024-01-01+00' + i * interval '1 hour' AS ts,
			100 + value AS value FROM loaded"""
    )
    lines, _ = session.run(
        f"""WITH trained AS MATERIALIZED (
				SELECT kind, seed, lstm_train(ts, value, '{{"horizon": 1}}') AS model FROM calm
				WHERE ts < timestamptz '2024-01-01+00' + {TRAINED_STEPS} * interval '1 hour' GROUP BY kind, seed)
			SELECT kind, round(avg(anomaly::int) * 100, 2) FROM trained, lstm_anomalies(model,
				format('SELECT ts, value FROM calm WHERE kind = %L AND seed = %s', kind, seed), 'ts', 'value',
				only_anomalies => false)
			WHERE score IS NOT NULL GROUP BY kind ORDER BY kind"""
    )
    print(f"\nFalse alarms at probability .99, {SERIES} series of {STEPS} hours each (wanted: .8 to 1.2 %)")
    for line in lines:
        print("{:20} {} %".format(*line.split("|")), flush=True)


def measure_speed(session):
    """100,000 rows: of one series, and of a panel."""
    session.run(
        """CREATE TABLE long AS SELECT i % 100 AS series, timestamptz '2010-01-01+00' + i / 100 * interval '1 hour' AS ts,
			100 + 10 * sin(i / 100 * pi() / 12) + 3 * sin(i::float8 * i) AS value FROM generate_series(0, 99999) AS i"""
    )
    session.run(
        """CREATE TABLE single AS SELECT timestamptz '2010-01-01+00' + i * interval '1 hour' AS ts,
			100 + 10 * sin(i * pi() / 12) + 3 * sin(i::float8 * i) AS value FROM generate_series(0, 99999) AS i"""
    )
    session.run("CREATE TABLE models (name text, model bytea)")
    for name, training in {
        "one series, one step ahead": "lstm_train(ts, value, '{\"horizon\": 1}') FROM single WHERE ts < '2010-06-01'",
        "one series, default horizon": "lstm_train(ts, value) FROM single WHERE ts < '2010-06-01'",
        "100 series, default horizon": "lstm_train(series, ts, value) FROM long",
    }.items():
        session.run(f"INSERT INTO models SELECT '{name}', {training}")
    print("\nSeconds for 100,000 rows (wanted: 10)")
    for name in session.run("SELECT name FROM models")[0]:
        source = "'long', 'ts', 'value', 'series'" if name.startswith("100") else "'single', 'ts', 'value'"
        share = session.value(f"SELECT lstm_model_info(model)->>'start_share' FROM models WHERE name = '{name}'")
        lines, milliseconds = session.run(
            f"""SELECT count(score) FROM models, lstm_anomalies(model, {source}, only_anomalies => false)
				WHERE name = '{name}'"""
        )
        print(f"{name:30} {milliseconds / 1000:6.1f}  ({lines[0]} rows judged, share of the start {share})", flush=True)


def main():
    folder, *parts = sys.argv[1:]
    session = Session(workers=1)
    session.run("CREATE EXTENSION lstm_forecast")
    if not parts or "nab" in parts:
        measure_nab(session, pathlib.Path(folder) / "nab")
    if not parts or "alarms" in parts:
        measure_alarms(session)
    if not parts or "speed" in parts:
        measure_speed(session)
    session.close()


main()
