"""Times forecasts without training and small local models, and prints them beside their bars: see run.

    measure.py SERIES MODELS
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from session import Session  # noqa: E402

series, models = int(sys.argv[1]), int(sys.argv[2])
missed = 0


def row(name, statement, runs, bar, figure, unit, least=False):
    """Run a statement in one session, with as many workers as a query has by default; the best run counts."""
    global missed
    session = Session(workers=2)
    session.run("SELECT count(*) FROM lstm_forecast(lstm_pretrained(), 'sales', 'day', 'amount')")
    value = figure(min(session.run(statement)[1] for _ in range(runs)))
    good = value >= bar if least else value <= bar
    missed += not good
    print(f"| {name} | {value:,.2f} {unit} | {'at least' if least else 'at most'} {bar:,} {unit} | {'' if good else 'missed'} |", flush=True)


print("| what | best run | bar | |\n|---|--:|--:|---|")
row("one series of 100 steps, from a table", "SELECT count(*) FROM lstm_forecast(lstm_pretrained(), 'sales', 'day', 'amount')", 200, 2, lambda ms: ms, "ms")
row("the same, aggregate", "SELECT cardinality(lstm_forecast(lstm_pretrained(), day, amount)) FROM sales", 200, 2, lambda ms: ms, "ms")
row(f"{series} series of 100 steps in one statement", "SELECT count(*) FROM lstm_forecast(lstm_pretrained(), 'many', 'day', 'amount', 's')", 3, 6000,
    lambda ms: series / ms * 1000, "a second", least=True)
row("the same, GROUP BY", "SELECT sum(cardinality(f)) FROM (SELECT lstm_forecast(lstm_pretrained(), day, amount) AS f FROM many GROUP BY s) AS g", 1, 1000,
    lambda ms: series / ms * 1000, "a second", least=True)
# the bar is that of 3,000 models
row(f"{models} local models of 150 weeks, lstm_train_each", "SELECT count(model) FROM lstm_train_each('weekly', 'week', 'amount', 's')", 1, 60 * models / 3000,
    lambda ms: ms / 1000, "s")
row("the same, GROUP BY", "SELECT sum(length(model)) FROM (SELECT lstm_train(week, amount) AS model FROM weekly GROUP BY s) AS g", 1, 60 * models / 3000,
    lambda ms: ms / 1000, "s")
sys.exit(missed > 0)
