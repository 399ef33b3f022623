"""Calls of lstm_forecast's functions through psycopg 3, as programs make them: parameters bound by the server, of every
integer type, NULL, untyped, arrays and bytes. Each is compared with the same call written as SQL literals.

    psycopg_calls.py CONNECTION

Writes TAP. The database has a table "sold" (shop, day, amount), models in "dated" (of the panel) and "undated".
"""
import decimal
import sys

import psycopg
from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int2, Int4, Int8

ROWS = "SELECT series, step, ts, local_ts, actual, forecast, lower, upper, quantiles FROM "
OPTIONS = {"max_steps": 3, "horizon": 4, "hidden_size": 2, "ensemble_size": 1}
LITERAL = "'{\"max_steps\": 3, \"horizon\": 4, \"hidden_size\": 2, \"ensemble_size\": 1}'"
numbers = iter(range(1, 1000))


def report(passed, name, *why):
    print(f"{'ok' if passed else 'not ok'} {next(numbers)} - {name}")
    for line in why if not passed else ():
        print("#", str(line).replace("\n", "\n# "))


def answer(connection, statement, parameters=None, **how):
    """The rows of a statement, or its SQLSTATE."""
    try:
        with connection.transaction(), connection.cursor(binary=how.get("binary", False)) as cursor:
            cursor.execute(statement, parameters, prepare=how.get("prepare"))
            return cursor.fetchall()
    except psycopg.Error as error:
        return error.sqlstate


def same(connection, name, bound, parameters, literal, **how):
    got = answer(connection, bound, parameters, **how)
    expected = answer(connection, literal)
    report(got == expected and isinstance(expected, list) and expected != [], name, bound, got, expected)


def integers(connection, model):
    kinds = {"int2": Int2(3), "int4": Int4(3), "int8": Int8(3), "an int": 3, "a string": "3"}
    for kind, value in kinds.items():
        for binary in (False, True):
            same(connection, f"horizon as {kind}{', binary' if binary else ''}", ROWS + "lstm_forecast(%s, %s)", (model, value),
                 ROWS + "lstm_forecast((SELECT model FROM dated), 3)", binary=binary)
        same(connection, f"horizon and history of one statement as {kind}",
             ROWS + f"lstm_forecast('sold', 'day', 'amount', 'shop', horizon => %s, history => %s, options => {LITERAL})", (value, value),
             ROWS + f"lstm_forecast('sold', 'day', 'amount', 'shop', horizon => 3, history => 3, options => {LITERAL})")
        same(connection, f"folds and stride as {kind}",
             f"SELECT * FROM lstm_backtest('sold', 'day', 'amount', 'shop', horizon => 2, folds => %s, stride => %s, options => {LITERAL})", (value, value),
             f"SELECT * FROM lstm_backtest('sold', 'day', 'amount', 'shop', horizon => 2, folds => 3, stride => 3, options => {LITERAL})")
        same(connection, f"folds and stride of the forecasts of a back-test as {kind}",
             f"SELECT * FROM lstm_backtest_forecasts('sold', 'day', 'amount', 'shop', horizon => 2, folds => %s, stride => %s, options => {LITERAL})", (value, value),
             f"SELECT * FROM lstm_backtest_forecasts('sold', 'day', 'amount', 'shop', horizon => 2, folds => 3, stride => 3, options => {LITERAL})")
        same(connection, f"horizon of the options as {kind}", "SELECT lstm_options(horizon => %s)", (value,), "SELECT lstm_options(horizon => 3)")
        same(connection, f"horizon of a training as {kind}",
             f"SELECT md5(lstm_train('sold', 'day', 'amount', 'shop', horizon => %s, options => {LITERAL}))", (value,),
             f"SELECT md5(lstm_train('sold', 'day', 'amount', 'shop', horizon => 3, options => {LITERAL}))")
    same(connection, "season as an int", "SELECT lstm_mase_scale(amount, %s ORDER BY day) FROM sold WHERE shop = 1", (7,),
         "SELECT lstm_mase_scale(amount, 7 ORDER BY day) FROM sold WHERE shop = 1")
    same(connection, "no horizon", ROWS + "lstm_forecast(%s, %s)", (model, None), ROWS + "lstm_forecast((SELECT model FROM dated))")
    same(connection, "nothing but the model", ROWS + "lstm_forecast(%s)", (model,), ROWS + "lstm_forecast((SELECT model FROM dated))")
    for kind, value, code in (("a float", 3.5, "42883"), ("a decimal", decimal.Decimal("3"), "42883"), ("a word", "three", "22P02"),
                              ("zero", 0, "22023"), ("too large a number", 10**12, "22023"), ("a bool", True, "42883")):
        got = answer(connection, ROWS + "lstm_forecast(%s, %s)", (model, value))
        report(got == code, f"{kind} is no horizon: {code}", got)


def values(connection, model):
    undated = connection.execute("SELECT model FROM undated").fetchone()[0]
    same(connection, "history as values", "SELECT (lstm_forecast_values(%s, amount ORDER BY day))[1:2]::text FROM sold WHERE shop = 1", (undated,),
         "SELECT (lstm_forecast_values((SELECT model FROM undated), amount ORDER BY day))[1:2]::text FROM sold WHERE shop = 1")
    report(answer(connection, "SELECT lstm_forecast_values(%s, amount ORDER BY day) FROM sold", (model,)) == "22023",
           "a model with timestamps refuses values without")


def arrays(connection, model):
    literal = ROWS + "lstm_forecast((SELECT model FROM dated), series => ARRAY['2', '1'])"
    for kind, value in {"strings": ["2", "1"], "ints": [2, 1], "int8s": [Int8(2), Int8(1)], "a literal": "{2,1}"}.items():
        same(connection, f"series as {kind}", ROWS + "lstm_forecast(%s, series => %s)", (model, value), literal)
    same(connection, "series as None", ROWS + "lstm_forecast(%s, series => %s)", (model, None), ROWS + "lstm_forecast((SELECT model FROM dated))")
    same(connection, "quantiles as floats, by place", ROWS + "lstm_forecast(%s, %s, %s, %s)", (model, 2, 0.8, [0.1, 0.9]),
         ROWS + "lstm_forecast((SELECT model FROM dated), 2, 0.8, '{0.1,0.9}')")
    same(connection, "no confidence level, quantiles by place", ROWS + "lstm_forecast(%s, %s, %s, %s)", (model, 2, None, [0.1, 0.9]),
         ROWS + "lstm_forecast((SELECT model FROM dated), 2, quantiles => '{0.1,0.9}')")
    for kind, value in {"Jsonb": Jsonb(OPTIONS), "a string": LITERAL.strip("'")}.items():
        same(connection, f"options as {kind}", "SELECT md5(lstm_train('sold', 'day', 'amount', 'shop', options => %s))", (value,),
             f"SELECT md5(lstm_train('sold', 'day', 'amount', 'shop', options => {LITERAL}))")
    same(connection, "names of source and columns bound", ROWS + f"lstm_forecast(%s, %s, %s, %s, options => {LITERAL})", ("sold", "day", "amount", "shop"),
         ROWS + f"lstm_forecast('sold', 'day', 'amount', 'shop', options => {LITERAL})")
    same(connection, "the model with a source, all bound", ROWS + "lstm_forecast(%s, %s, %s, %s, %s, horizon => %s)", (model, "sold", "day", "amount", "shop", 3),
         ROWS + "lstm_forecast((SELECT model FROM dated), 'sold', 'day', 'amount', 'shop', horizon => 3)")
    for kind, value in {"lists": [], "literals": "{}", "None": None}.items():
        same(connection, f"names of covariates as {kind}, by place", ROWS + "lstm_forecast(%s, %s, %s, %s, %s, %s, %s, %s)",
             (model, "sold", "day", "amount", "shop", value, value, 3), ROWS + "lstm_forecast((SELECT model FROM dated), 'sold', 'day', 'amount', 'shop', horizon => 3)")
    same(connection, "words bound", ROWS + "lstm_forecast(%s, series => %s, on_missing => %s, origin => %s)", (model, ["1", "x"], "skip", "common"),
         ROWS + "lstm_forecast((SELECT model FROM dated), series => '{1}')")


def tests(connection, model):
    earlier = connection.execute(f"SELECT lstm_train('SELECT * FROM sold WHERE day < (SELECT max(day) - 6 FROM sold)', 'day', 'amount', 'shop', options => {LITERAL})").fetchone()[0]
    of_source = "SELECT * FROM lstm_backtest_forecasts('sold', 'day', 'amount', 'shop', NULL, NULL, 2, {0}, 2, 3, 0.8, ARRAY[0.1, 0.9])".format(LITERAL)
    of_model = of_source.replace("(", "(%s, ", 1).replace(f", {LITERAL}", "")
    places = ", ".join(["%s"] * 12)
    same(connection, "all arguments of a back-test's forecasts, by their places", f"SELECT * FROM lstm_backtest_forecasts({places})",
         ("sold", "day", "amount", "shop", None, None, 2, Jsonb(OPTIONS), 2, 3, 0.8, [0.1, 0.9]), of_source)
    got = answer(connection, f"SELECT * FROM lstm_backtest_forecasts({places})", (earlier, "sold", "day", "amount", "shop", None, None, 2, 2, 3, 0.8, [0.1, 0.9]))
    report(got == answer(connection, of_model, (earlier,)) and isinstance(got, list) and got != [], "all those of a model's", got)


def ways(connection, model):
    literal = ROWS + "lstm_forecast((SELECT model FROM dated), 3)"
    same(connection, "the model as memoryview", ROWS + "lstm_forecast(%s, 3)", (memoryview(model),), literal)
    for _ in range(7):  # PostgreSQL turns to a generic plan after five
        same(connection, "prepared", ROWS + "lstm_forecast(%s, %s)", (model, 3), literal, prepare=True)
    with connection.transaction(), connection.cursor("named") as cursor:
        cursor.execute(ROWS + "lstm_forecast(%s, %s)", (model, 3))
        report(cursor.fetchall() == answer(connection, literal), "a cursor of the server")
    with connection.cursor() as cursor, cursor.copy("COPY (SELECT series, step, local_ts FROM lstm_forecast((SELECT model FROM dated), 3)) TO STDOUT") as copy:
        rows = list(copy.rows())
    report(rows == [(series, str(step), str(local_ts)) for series, step, local_ts in
                    answer(connection, "SELECT series, step, local_ts FROM lstm_forecast((SELECT model FROM dated), 3)")], "COPY", rows)


def zones(connection, model):
    expected = None
    for zone in ("UTC", "America/New_York", "Pacific/Auckland"):
        connection.execute("SELECT set_config('timezone', %s, false)", (zone,))
        days = answer(connection, "SELECT series, local_ts::date FROM lstm_forecast(%s, %s)", (model, 3))
        expected = expected or days
        report(days == expected and days[0][1].isoformat() == "2024-10-17", f"the same days in {zone}", days)
    connection.execute("RESET timezone")


with psycopg.connect(sys.argv[1], autocommit=True) as connected:
    connected.execute("SET client_min_messages = warning")
    trained = connected.execute("SELECT model FROM dated").fetchone()[0]
    for part in (integers, values, arrays, tests, ways, zones):
        part(connected, trained)
print(f"1..{next(numbers) - 1}")
