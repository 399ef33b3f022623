"""Milliseconds of a processor that lstm_explain and lstm_forecast take, a row a model of the table "model".

measure.py ROUNDS RESULTS: writes the table of results; exit status 1 when a bar is missed.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from session import Session  # noqa: E402

BAR = 50.0  # ms a forecast


def spent(pid):
    """Milliseconds that a process has been on a processor."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


rounds, results = int(sys.argv[1]), pathlib.Path(sys.argv[2])
session = Session()
pid = session.value("SELECT pg_backend_pid()")
lines = ["| model | networks | components | forecast | explained | bar | |", "|---|---|---|---|---|---|---|"]
missed = False
for number in session.run("SELECT number FROM model ORDER BY number")[0]:
    model = f"(SELECT model FROM model WHERE number = {number})"
    name = session.value(f"SELECT name FROM model WHERE number = {number}")
    source = session.value(f"SELECT coalesce(source, '-') FROM model WHERE number = {number}")
    arguments = model if source == "-" else f"{model}, '{source}', 'ts', 'value', horizon => 24"
    networks = session.value(f"SELECT jsonb_array_length(lstm_model_info({model})->'members')")
    components = session.value(f"SELECT count(DISTINCT component) FROM lstm_explain({arguments})")
    times = {}
    for function in ("lstm_forecast", "lstm_explain"):
        statement = f"SELECT count(*) FROM {function}({arguments})"
        session.run(statement)
        before = spent(pid)
        for _ in range(rounds):
            session.run(statement)
        times[function] = (spent(pid) - before) / rounds
    met = times["lstm_explain"] <= BAR
    missed |= not met
    lines.append(
        f"| {name} | {networks} | {components} | {times['lstm_forecast']:.1f} ms | {times['lstm_explain']:.1f} ms "
        f"| ≤ {BAR:.0f} ms | {'met' if met else '**missed**'} |"
    )
results.write_text("\n".join(lines) + "\n")
sys.exit(missed)
