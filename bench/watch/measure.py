"""Single-row INSERTs by pgbench into a plain and a watched table, in turns: time and the backend's CPU an INSERT.

usage: measure.py BIN WORK SECONDS ROUNDS
"""
import os
import statistics
import subprocess
import sys
import time

BIN, WORK, SECONDS, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
SCRIPT = """\\set sensor (:n * 7919 % 10000) + 1
\\set step :n / 10000
\\set n :n + 1
INSERT INTO {table} VALUES (:sensor, timestamptz '2024-01-02 00:00+00' + :step * interval '1 hour', 100);
"""
FORECAST_ROWS = 480000  # for which there are forecasts

row = 0


def ask(query):
    return subprocess.run([f"{BIN}/psql", "-XAtqc", query], capture_output=True, text=True, check=True).stdout.strip()


def processor_time(pid):
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1000


def inserts(table, rate):
    """(microseconds, microseconds of the backend's CPU) an INSERT, and how many there were"""
    path = f"{WORK}/insert_{table}.sql"
    with open(path, "w") as file:
        file.write(SCRIPT.format(table=table))
    command = [f"{BIN}/pgbench", "-n", "-M", "prepared", "-c", "1", "-D", f"n={row}", "-T", str(SECONDS), "-f", path]
    if rate:
        command += ["-R", str(rate)]
    bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(SECONDS * 0.3)
    while not (pid := ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench' AND backend_type = 'client backend' LIMIT 1")):
        time.sleep(0.1)
    xid = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
    before = int(ask(xid)), processor_time(pid)
    time.sleep(SECONDS * 0.4)
    after = int(ask(xid)), processor_time(pid)
    said = dict(line.split(" = " if " = " in line else ": ", 1) for line in bench.communicate()[0].splitlines() if " = " in line or ": " in line)
    latency = float(said["latency average"].split()[0]) * 1000
    count = int(said["number of transactions actually processed"].split("/")[0])
    return latency, (after[1] - before[1]) / max(after[0] - before[0], 1), count


def compare(name, settings, rate, rounds):
    """One line: medians, and by how much the watched table's are larger."""
    global row
    for setting in settings:
        ask(f"ALTER SYSTEM SET {setting}")
    ask("SELECT pg_reload_conf()")
    figures = {"plain": [], "watched": []}
    for turn in range(rounds):
        for table in sorted(figures, reverse=turn % 2 == 1):
            figures[table].append(inserts(table, rate))
        row += max(figures[table][-1][2] for table in figures)
        if row > FORECAST_ROWS:
            sys.exit("more rows than forecasts: take fewer rounds or seconds")
    medians = {t: [statistics.median(f[i] for f in figures[t]) for i in (0, 1)] for t in figures}
    print(f"| {name} |", " | ".join(
        f"{medians['plain'][i]:.0f} | {medians['watched'][i]:.0f} | {100 * (medians['watched'][i] / medians['plain'][i] - 1):+.0f} %"
        for i in (0, 1)), "|", flush=True)


print("| INSERTs | plain µs | watched µs | more | plain CPU µs | watched CPU µs | more |")
print("|---|---|---|---|---|---|---|")
compare("1,000 a second, `synchronous_commit = off`", ["synchronous_commit = off"], 1000, ROUNDS)
compare("as fast as one client can, on disk at each commit", ["synchronous_commit = on"], None, ROUNDS)
compare("as fast as one client can, `synchronous_commit = off`", ["synchronous_commit = off"], None, ROUNDS)
