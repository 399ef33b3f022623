"""How long statements go on when they are to end: by a cancel, a timeout, pg_terminate_backend, or as the client is gone."""
import argparse
import os
import random
import select
import sys
import time

import psycopg
from database import FORECAST, connect, left_over, value

LIMIT = 0.1  # seconds that one in a hundred may take longer
LATEST = 1.5  # seconds after its begin at which a statement is ended, ...
LATER = {"training, the largest": 10, "forecasting, the largest": 6}  # ... and where that is not to be the first phase
CHECK = 0.02  # client_connection_check_interval: as long nobody looks whether the client is there


def training(options, source="reading", arguments="ts, value"):
    endless = "max_epochs => 1000000, max_steps => 100000000, patience => 0"
    where = "WHERE series = 1" if source == "reading" and "series" not in arguments else ""
    return f"SELECT length(lstm_train({arguments}, lstm_options({endless}{options}))) FROM {source} {where}"


STATEMENTS = {
    "training, the smallest": training(
        ", hidden_size => 1, lookback => 1, horizon => 1, batch_size => 1, patch_length => 1, ensemble_size => 1"
    ),
    "training, no network options": training(""),
    "training, the largest": training(
        ", hidden_size => 1024, num_layers => 8, bidirectional => true, lookback => 48, horizon => 24, batch_size => 65536, patch_length => 1, "
        "ensemble_size => 1, decoder => 'recursive', workers => 1"
    ),
    "training, the longest steps": training(
        ", hidden_size => 1024, lookback => 512, horizon => 96, batch_size => 256, patch_length => 1, ensemble_size => 1, "
        "cell => 'rnn', supervision => 'sequence', decoder => 'direct'"
    ),
    "training, a panel": training("", "reading", "series, ts, value"),
    "training, one model after another": "SELECT count(*) FROM generate_series(1, 100000) AS i, LATERAL "
    "(SELECT lstm_train(ts, value, lstm_options(max_steps => 20, seed => i)) FROM reading WHERE series = 1) AS trained",
    "forecasting, a wide network": "SELECT max(step) FROM slow, lstm_forecast(model, 10000) WHERE name = 'wide'",
    "forecasting, the largest": "SELECT max(step) FROM slow, lstm_forecast(model) WHERE name = 'largest'",
    "forecasting, 4,000 series": "SELECT count(*) FROM generate_series(1, 100), slow, lstm_forecast(model, 48 + generate_series) WHERE name = 'panel'",
    "back-testing, with training": "SELECT count(*) FROM lstm_backtest('reading', 'ts', 'value', 'series', folds => 20, options => "
    "lstm_options(horizon => 12, max_epochs => 1000000, max_steps => 100000000, patience => 0))",
    "back-testing, fold after fold": "SELECT count(*) FROM generate_series(1, 10000) AS i, lstm_backtest('reading', 'ts', 'value', 'series', "
    "folds => 10 + 0 * i, options => lstm_options(horizon => 12, max_steps => 10, ensemble_size => 1))",
    "back-testing a model": "SELECT count(*) FROM generate_series(1, 10000) AS i, slow, "
    "lstm_backtest(model, 'later', 'ts', 'value', folds => 100 + 0 * i) WHERE name = 'wide'",
    "reading rows": "SELECT length(lstm_train(ts, value, lstm_options(max_steps => 1))) FROM (SELECT * FROM long UNION ALL "
    "SELECT ts + interval '3000000 minutes', series, value FROM long) AS twice",
    "reading a panel": "SELECT length(lstm_train(series, ts, value, lstm_options(max_steps => 1))) FROM long",
    "reading by a query": "SELECT length(lstm_train('SELECT * FROM long ORDER BY random()', 'ts', 'value', options => "
    "lstm_options(max_steps => 1)))",
}


# A model of the largest network there may be: 700 MB.
LARGEST = (
    "INSERT INTO slow SELECT 'largest', lstm_train(ts, value, lstm_options(hidden_size => 1024, num_layers => 8, bidirectional => true, lookback => 24, "
    "horizon => 24, patch_length => 1, decoder => 'direct', batch_size => 1, max_steps => 1, ensemble_size => 1, validation_fraction => 0)) "
    "FROM reading WHERE series = 1"
)


class Victim:
    """A session with a statement under way, which nothing waits for."""

    def __init__(self, statement, timeout=0):
        self.connection = connect()
        self.pid = value(self.connection, "SELECT pg_backend_pid()")
        self.connection.execute(f"SET statement_timeout = {round(timeout * 1000)}")
        self.began = time.monotonic()
        self.connection.pgconn.send_query(statement.encode())

    def wait(self):
        """When the statement was over, and its SQLSTATE and message; None where it came to its own end."""
        raw = self.connection.pgconn
        while raw.is_busy():
            select.select([raw.socket], [], [])
            raw.consume_input()
        ended = time.monotonic()
        state = message = None
        while (result := raw.get_result()) is not None:
            state = state or result.error_field(psycopg.pq.DiagnosticField.SQLSTATE)
            message = message or result.error_message
        return ended, state and state.decode(), message

    def fault(self, expected):
        """What is wrong with the session afterwards."""
        self.connection.execute("SET statement_timeout = 0")
        if left_over(self.connection) != 0:
            return "memory contexts are left"
        if value(self.connection, FORECAST, 0) != expected:
            return "it forecasts another thing"
        return None


def await_end(pid, seconds=20):
    """When a process was gone."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if not os.path.exists(f"/proc/{pid}"):
            return time.monotonic()
        time.sleep(0.001)
    sys.exit(f"process {pid} did not end")


def end(kind, statement, moment, other, expected):
    """Seconds that a statement went on after it was to end; None where it had come to its own end."""
    victim = Victim(statement, moment if kind == "statement_timeout" else 0)
    if kind == "statement_timeout":
        asked = victim.began + moment
    else:
        time.sleep(moment)
        asked = time.monotonic()
    if kind in ("statement_timeout", "cancel"):
        if kind == "cancel":
            other.execute("SELECT pg_cancel_backend(%s)", (victim.pid,))
        ended, state, message = victim.wait()
        if state not in (None, "57014"):
            sys.exit(f"{kind} of {statement}: {state} {message}")
        fault = victim.fault(expected)
        if fault:
            sys.exit(f"{kind} of {statement}: {fault}")
        victim.connection.close()
        return ended - asked if state else None
    if kind == "terminate":
        other.execute("SELECT pg_terminate_backend(%s)", (victim.pid,))
    else:
        victim.connection.pgconn.finish()
    late = await_end(victim.pid) - asked
    return late - CHECK if kind == "disconnect" else late


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    parser = argparse.ArgumentParser(prog="test/soak/run cancel")
    parser.add_argument("--moments", type=int, default=200, help="of each kind of end")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    other = connect()
    expected = value(other, FORECAST, 0)
    other.execute(LARGEST)
    failed = False
    print("| end | moments | median ms | p99 ms | latest ms | of |\n|---|---|---|---|---|---|")
    for kind in ("cancel", "statement_timeout", "terminate", "disconnect"):
        late = []
        for number in range(arguments.moments):
            name = list(STATEMENTS)[number % len(STATEMENTS)]
            after = end(kind, STATEMENTS[name], chance.uniform(0.005, LATER.get(name, LATEST)), other, expected)
            if after is not None:
                late.append((after, name))
        seconds = [after for after, _ in late]
        p99 = percentile(seconds, 0.99)
        print(
            f"| {kind} | {len(late)} | {percentile(seconds, 0.5) * 1e3:.1f} | {p99 * 1e3:.1f} "
            f"| {max(late)[0] * 1e3:.1f} | {max(late)[1]} |",
            flush=True,
        )
        failed |= p99 > LIMIT
    workers = value(other, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'")
    if workers != 0:
        print(f"{workers} parallel workers are left")
    sys.exit(1 if failed or workers != 0 else 0)


main()
