"""Whether the memory of a session grows with the forecasts and trainings that it has done."""
import argparse
import sys

import psycopg
from database import connect, left_over, resident, value

LIMIT = 5000  # kilobytes that it may grow after it is warm
WARM = 0.05  # the part of the work that warms a session up

FORECASTS = [
    "SELECT count(*) FROM model AS m, lstm_forecast(m.model) WHERE m.id = {id}",
    "SELECT count(*) FROM model AS m, lstm_forecast(m.model, 30, quantiles => ARRAY[0.1, 0.9]) WHERE m.id = {id}",
    "SELECT count(*) FROM model AS m, lstm_forecast(m.model, 'SELECT * FROM reading WHERE series = {series}', 'ts', 'value') WHERE m.id = {id}",
    "SELECT cardinality(lstm_forecast((SELECT model FROM model WHERE id = {id}), ts, value)) FROM reading WHERE series = {series}",
]
# What runs between the forecasts, and between the trainings, and is not counted: most of it fails.
BESIDE_FORECASTS = [
    "SELECT lstm_model_info(model) IS NULL FROM model WHERE id = {id}",
    "SELECT count(*) FROM lstm_forecast('broken'::bytea)",
    "SELECT count(*) FROM model AS m, lstm_forecast(m.model, -1) WHERE m.id = {id}",
]
TRAININGS = [
    "SELECT length(lstm_train(ts, value, lstm_options(max_steps => 3, horizon => 6, hidden_size => {hidden}))) FROM reading WHERE series = {series}",
    "SELECT length(lstm_train('SELECT * FROM reading WHERE series < 4', 'ts', 'value', 'series', options => "
    "lstm_options(max_steps => 3, horizon => 6, hidden_size => {hidden}, loss => 'quantile')))",
    "SELECT length(lstm_train(ts, value, lstm_options(max_steps => 3, horizon => 6, workers => 2))) FROM reading WHERE series = {series}",
]
BESIDE_TRAININGS = [
    "SELECT lstm_train(ts, value, lstm_options(optimizer => 'sgd', learning_rate => 10, gradient_clip => 0, loss => 'mse', max_steps => 500)) "
    "FROM reading WHERE series = {series}",
    "SELECT lstm_train(ts, 'NaN') FROM reading WHERE series = {series}",
    "SELECT count(*) FROM lstm_backtest('SELECT * FROM reading WHERE series = {series}', 'ts', 'value', folds => 2, options => "
    "lstm_options(max_steps => 2, horizon => 6))",
]


def fill(statement, number):
    return statement.format(id=number % 21, series=1 + number % 20, hidden=4 + number % 13)


def repeat(connection, pid, statements, others, count):
    """Run count statements in turn, which succeed, and others between; the kilobytes that the session grew by after it was warm."""
    before = 0
    for number in range(count):
        if number == int(count * WARM):
            before = resident(pid)
        connection.execute(fill(statements[number % len(statements)], number))
        if number % 3 == 0:
            try:
                connection.execute(fill(others[number // 3 % len(others)], number))
            except psycopg.Error as error:
                if error.sqlstate in (None, "XX000"):
                    raise
    return resident(pid) - before


def main():
    parser = argparse.ArgumentParser(prog="test/soak/run leaks")
    parser.add_argument("--forecasts", type=int, default=100000)
    parser.add_argument("--trainings", type=int, default=1000)
    arguments = parser.parse_args()
    connection = connect()
    pid = value(connection, "SELECT pg_backend_pid()")
    failed = False
    for name, statements, others, count in (
        ("forecasts", FORECASTS, BESIDE_FORECASTS, arguments.forecasts),
        ("trainings", TRAININGS, BESIDE_TRAININGS, arguments.trainings),
    ):
        grown = repeat(connection, pid, statements, others, count)
        print(f"{count} {name}: {grown} kB more than after the first {WARM:.0%}", flush=True)
        failed |= grown > LIMIT
    if left_over(connection) != 0:
        print("memory contexts are left")
        failed = True
    sys.exit(1 if failed else 0)


main()
