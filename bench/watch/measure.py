"""Single-row INSERTs by pgbench into three tables in turns, plain, with an empty trigger and watched: time and the backend's CPU an INSERT.

usage: measure.py BIN WORK SECONDS ROUNDS
"""
import os
import re
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
TABLES = ["plain", "empty", "watched"]
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
    # pgbench counts from when an INSERT was to begin, and says how late it began on average
    late = re.search(r"avg ([0-9.]+)", said.get("rate limit schedule lag", "avg 0"))
    latency = (float(said["latency average"].split()[0]) - float(late.group(1))) * 1000
    count = int(said["number of transactions actually processed"].split("/")[0])
    return latency, (after[1] - before[1]) / max(after[0] - before[0], 1), count


def compare(name, settings, rate, rounds):
    """One line: medians, and by how much those with triggers are larger."""
    global row
    for setting in settings:
        ask(f"ALTER SYSTEM SET {setting}")
    ask("SELECT pg_reload_conf()")
    figures = {table: [] for table in TABLES}
    for turn in range(rounds):
        for table in TABLES[::-1] if turn % 2 else TABLES:
            figures[table].append(inserts(table, rate))
        row += max(figures[table][-1][2] for table in figures)
        if row > FORECAST_ROWS:
            sys.exit("more rows than forecasts: take fewer rounds or seconds")
    medians = {t: [statistics.median(f[i] for f in figures[t]) for i in (0, 1)] for t in TABLES}
    cells = []
    for i in (0, 1):
        plain = medians["plain"][i]
        cells.append(f"{plain:.0f}")
        cells += [f"{medians[t][i]:.0f} ({100 * (medians[t][i] / plain - 1):+.0f} %)" for t in TABLES[1:]]
    print(f"| {name} |", " | ".join(cells), "|", flush=True)


print("| INSERTs | plain µs | empty trigger µs | watched µs | plain CPU µs | empty trigger CPU µs | watched CPU µs |")
print("|---|---|---|---|---|---|---|")
compare("1,000 a second, `synchronous_commit = off`", ["synchronous_commit = off"], 1000, ROUNDS)
compare("1,000 a second, on disk at each commit", ["synchronous_commit = on"], 1000, ROUNDS)
compare("as fast as one client can, on disk at each commit", ["synchronous_commit = on"], None, ROUNDS)
compare("as fast as one client can, `synchronous_commit = off`", ["synchronous_commit = off"], None, ROUNDS)
