"""Many clients that forecast, train, back-test, replace and delete models, and cancel each other."""
import argparse
import collections
import random
import sys
import threading
import time

import psycopg
from database import FORECAST, connect, value

TRAIN = (
    "SELECT md5(lstm_train(ts, value, lstm_options(max_steps => 10, ensemble_size => 1 + %s %% 2, horizon => 12, workers => 1 + %s %% 2))) "
    "FROM reading WHERE series = %s"
)
BACKTEST = (
    "SELECT md5(string_agg(b::text, ',' ORDER BY b::text)) FROM lstm_backtest('SELECT * FROM reading WHERE series = ' || %s, 'ts', 'value', "
    "folds => 2, options => lstm_options(max_steps => 5, horizon => 6, ensemble_size => 1)) AS b"
)
BACKTEST_MODEL = (
    "SELECT md5(string_agg(b::text, ',' ORDER BY b::text)) FROM first AS m, lstm_backtest(m.model, 'later', 'ts', 'value', folds => 3) AS b WHERE m.id = %s"
)
FORECAST_SHARED = FORECAST.replace("FROM model AS m", "FROM shared AS m")
# What may become of a statement that was cancelled, or whose table was dropped.
INTENDED = {"57014": "cancelled", "42P01": "without table"}


class Quiet:
    """What every statement gives on a server without other work."""

    def __init__(self, connection):
        self.train = {series: value(connection, TRAIN, series, series, series) for series in range(1, 21)}
        self.backtest = {series: value(connection, BACKTEST, series) for series in range(1, 21)}
        connection.execute("CREATE TABLE first AS SELECT * FROM model")
        connection.execute("CREATE TABLE shared AS SELECT * FROM first")
        self.backtest_model = {series: value(connection, BACKTEST_MODEL, series) for series in range(1, 21)}
        first = {number: value(connection, FORECAST, number) for number in range(21)}
        # a model is the one that it was first, another series' one, or deleted
        self.forecast = {number: (first[number], first[1 + number % 20], None) for number in first}
        connection.execute("CREATE TABLE spare AS SELECT m.id, other.model FROM model AS m JOIN model AS other ON other.id = 1 + m.id % 20")


class Client(threading.Thread):
    def __init__(self, number, quiet, pids, until):
        super().__init__(daemon=True)
        self.chance = random.Random(number)
        self.replaces = number == 0  # the shared table
        self.quiet, self.pids, self.until = quiet, pids, until
        self.counts = collections.Counter()
        self.faults = []
        self.connection = connect()
        pids.append(value(self.connection, "SELECT pg_backend_pid()"))

    def expect(self, what, found, allowed):
        self.counts[what] += 1
        if found not in allowed:
            self.faults.append(f"{what}: {found} instead of {allowed}")

    def act(self):
        draw = self.chance.random()
        number, series = self.chance.randrange(21), self.chance.randrange(1, 21)
        if self.replaces and draw < 0.20:
            self.connection.execute("DROP TABLE IF EXISTS shared")
            time.sleep(0.05)
            self.connection.execute("CREATE TABLE IF NOT EXISTS shared AS SELECT * FROM first")
            self.counts["replaced table"] += 1
        elif draw < 0.60:
            self.expect("forecast", value(self.connection, FORECAST, number), self.quiet.forecast[number])
        elif draw < 0.70:
            self.expect("forecast of the shared table", value(self.connection, FORECAST_SHARED, number), self.quiet.forecast[number][:1])
        elif draw < 0.80:
            self.expect("training", value(self.connection, TRAIN, series, series, series), [self.quiet.train[series]])
        elif draw < 0.83:
            self.expect("back-test", value(self.connection, BACKTEST, series), [self.quiet.backtest[series]])
        elif draw < 0.84:
            self.expect("back-test of a model", value(self.connection, BACKTEST_MODEL, series), [self.quiet.backtest_model[series]])
        elif draw < 0.90:
            table = self.chance.choice(["first", "spare"])
            self.connection.execute(
                f"UPDATE model SET model = other.model FROM {table} AS other WHERE model.id = other.id AND model.id = %s", (number,)
            )
            self.counts["update"] += 1
        elif draw < 0.92:
            self.connection.execute("DELETE FROM model WHERE id = %s", (number,))
            self.counts["delete"] += 1
        elif draw < 0.95:
            self.connection.execute("INSERT INTO model SELECT * FROM first WHERE id = %s ON CONFLICT DO NOTHING", (number,))
            self.counts["insert"] += 1
        elif draw < 0.96:
            name = f"own_{self.chance.randrange(1000000)}"
            self.connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM first")
            self.connection.execute(f"SELECT count(*) FROM {name} AS m, lstm_forecast(m.model)")
            self.connection.execute(f"DROP TABLE {name}")
            self.counts["table of its own"] += 1
        else:
            self.connection.execute("SELECT pg_cancel_backend(%s)", (self.chance.choice(self.pids),))
            self.counts["cancel"] += 1

    def run(self):
        while time.monotonic() < self.until:
            try:
                self.act()
            except psycopg.Error as error:
                if error.sqlstate in INTENDED:
                    self.counts[INTENDED[error.sqlstate]] += 1
                else:
                    self.faults.append(f"{error.sqlstate}: {error}")
                    if self.connection.closed:
                        return


def main():
    parser = argparse.ArgumentParser(prog="test/soak/run load")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=900)
    arguments = parser.parse_args()
    watcher = connect()
    quiet = Quiet(watcher)
    pids = []
    until = time.monotonic() + arguments.seconds
    clients = [Client(number, quiet, pids, until) for number in range(arguments.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(timeout=max(0, until - time.monotonic()) + 60)
    counts = sum((client.counts for client in clients), collections.Counter())
    faults = [fault for client in clients for fault in client.faults]
    faults += ["a client did not come back"] * sum(client.is_alive() for client in clients)
    workers = value(watcher, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'")
    faults += [f"{workers} parallel workers are left"] * (workers != 0)
    print(f"{arguments.clients} clients, {arguments.seconds} s: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    print(f"{len(faults)} faults", *faults[:20], sep="\n")
    sys.exit(1 if faults else 0)


main()
