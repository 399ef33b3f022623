"""Asks for forecasts of everyday tables, as many at once as there are cores, and judges them: see run.

    measure.py SEEDS PEER_SEEDS [KIND]

KIND is a part of the kinds' names. With the package statsforecast its forecasts are judged, too, for the first
PEER_SEEDS seeds; with 0 none are made.
"""
import concurrent.futures
import csv
import io
import os
import subprocess
import sys
import threading

PSQL = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
LEAST_KNOWN = 300  # rows that AutoETS is given, the newest, and ten seasons at least
MOST_SEASON = 24   # beyond, AutoETS knows no season


def sql(*statements):
    """What psql prints of statements, each a transaction of its own."""
    commands = [argument for statement in statements for argument in ("-c", statement)]
    result = subprocess.run(PSQL + commands, env=os.environ | {"PGOPTIONS": "-c client_min_messages=warning -c max_parallel_workers_per_gather=0"},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{statements}: {result.stderr}")
    return result.stdout


def literal(text):
    return "'" + str(text).replace("'", "''") + "'"


def cases(seeds, part):
    """Kinds and seeds to ask, the costly kinds first."""
    found = list(csv.reader(io.StringIO(sql(
        "COPY (SELECT kind, seed FROM kind, generate_series(1, least(most_seeds, %d)) AS seed WHERE strpos(kind, %s) > 0 "
        "ORDER BY most_seeds, season DESC, number, seed) TO STDOUT WITH CSV" % (seeds, literal(part))))))
    return [(kind, int(seed)) for kind, seed in found]


def ask_all(asked):
    """Ours: trained and judged case by case, side by side."""
    lock = threading.Lock()
    done = 0

    def ask(case):
        nonlocal done
        kind, seed = literal(case[0]), case[1]
        sql(f"CALL ask({kind}, {seed})", f"CALL judge({kind}, {seed}, 'ours')", f"CALL judge({kind}, {seed}, 'seasonal naive')")
        with lock:
            done += 1
            if done % 50 == 0 or done == len(asked):
                print(f"{done} of {len(asked)} tables", flush=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(ask, asked):
            pass


def csv_of(query):
    """The rows of a query, as text with a header."""
    return io.StringIO(sql(f"COPY ({query}) TO STDOUT WITH CSV HEADER"))


def peers_of(case):
    """Rows for table all_answer of the peers for one case: the same rows, as steps without a calendar."""
    import pandas
    from statsforecast import StatsForecast
    from statsforecast.models import AutoETS, CrostonSBA

    kind, seed = case
    where = f"kind = {literal(kind)} AND seed = {seed}"
    asked = next(csv.DictReader(csv_of(f"SELECT season, croston::int FROM kind WHERE kind = {literal(kind)}")))
    season = int(asked["season"])
    least = 1 - max(LEAST_KNOWN, 10 * season)
    known = pandas.read_csv(csv_of(
        f"SELECT series AS unique_id, i AS ds, value AS y FROM all_row WHERE {where} AND i BETWEEN {least} AND 0 "
        f"AND series IN (SELECT series FROM all_row WHERE {where} AND i > 0) ORDER BY 1, 2"), dtype={"unique_id": str}, keep_default_na=False)
    coming = pandas.read_csv(csv_of(f"SELECT series AS unique_id, i AS ds, ts FROM all_row WHERE {where} AND i > 0"),
                             dtype={"unique_id": str, "ts": str}, keep_default_na=False)
    models = [(AutoETS(season_length=season), [95])] if season <= MOST_SEASON else []
    models += [(CrostonSBA(), None)] if asked["croston"] == "1" else []  # which has no intervals
    out = io.StringIO()
    for model, level in models:
        answer = StatsForecast(models=[model], freq=1).forecast(df=known, h=int(coming["ds"].max()), level=level)
        ends = [f"{model}-lo-95", f"{model}-hi-95"] if level else []
        for row in coming.merge(answer, on=["unique_id", "ds"]).to_dict("records"):
            csv.writer(out).writerow([kind, seed, model, row["unique_id"], row["ds"], row["ts"], row[str(model)],
                                      *([row[end] for end in ends] or ["", ""])])
    return out.getvalue()


def ask_peers(asked):
    """The peers' forecasts, loaded and judged."""
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        for case, rows in zip(asked, pool.map(peers_of, asked)):
            if not rows:
                continue
            kind, seed = literal(case[0]), case[1]
            subprocess.run(PSQL + ["-c", "COPY all_answer FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (series))"], input=rows, text=True, check=True)
            names = sorted({row[2] for row in csv.reader(io.StringIO(rows))})
            sql(*(f"CALL judge({kind}, {seed}, {literal(name)})" for name in names))


def main():
    seeds, peer_seeds, part = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""
    asked = cases(seeds, part)
    if not asked:
        sys.exit(f"no kind with \"{part}\" in its name")
    ask_all(asked)
    ask_peers([case for case in asked if case[1] <= peer_seeds])


if __name__ == "__main__":
    main()
