"""A night with a long ledger: settle, record, look. Prints a table; exit status 1 where a table scan was needed."""
import pathlib
import statistics
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from session import Session

NIGHTS = 3


def scans(session):
    """Sequential scans of the ledger up to now."""
    session.run("SELECT pg_stat_force_next_flush()")
    session.run("SELECT 1")
    session.run("SELECT pg_stat_clear_snapshot()")
    return int(session.value("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'lstm_ledger'"))


def main():
    session = Session()
    session.run("SET ROLE ledger_bench")
    session.run("SET search_path = ledger_bench, public")
    session.run("SET TimeZone = 'UTC'")
    rows = int(session.value("SELECT sum(forecasts) FROM lstm_ledger_day"))
    size = session.value("SELECT pg_size_pretty(pg_table_size('lstm_ledger'))")
    print(f"ledger: {rows:,} settled rows, {size}")
    before = scans(session)
    settle, record, settled, written = [], [], [], []
    for _ in range(NIGHTS):
        session.run(
            "INSERT INTO reading SELECT series, last + 1, value_of(series, last + 1 - date '2023-01-01') "
            "FROM generate_series(1, 1000) AS series, (SELECT max(day) FROM reading) AS d (last)"
        )
        lines, time = session.run("SELECT lstm_settle('panel')")
        settled.append(int(lines[0]))
        settle.append(time)
        lines, time = session.run("SELECT lstm_record('panel')")
        written.append(int(lines[0]))
        record.append(time)
    views = {
        "`lstm_live_accuracy`": "SELECT count(*) FROM lstm_live_accuracy",
        "`lstm_drift`": "SELECT count(*) FROM lstm_drift",
        "one series over a year, out of the ledger": "SELECT count(*), avg(abs(actual - forecast)) FROM lstm_ledger "
        "WHERE name = 'panel' AND series = '17' AND ts >= '2024-01-01'",
        "nothing to settle": "SELECT lstm_settle('panel')",
    }
    print("| what | rows | ms |\n|---|---|---|")
    print(f"| `lstm_settle`, a night of 1,000 series | {settled[-1]:,} | {statistics.median(settle):,.0f} |")
    print(f"| `lstm_record`, the same | {written[-1]:,} | {statistics.median(record):,.0f} |")
    for name, query in views.items():
        session.run(query)
        print(f"| {name} | | {statistics.median(session.milliseconds(query) for _ in range(NIGHTS)):,.1f} |")
    scanned = scans(session) - before
    print(f"\nSequential scans of the ledger: {scanned}.")
    return 1 if scanned else 0


sys.exit(main())
