"""What the hunts share: connections, statements, and the memory of a backend."""
import psycopg


def connect():
    connection = psycopg.connect("", autocommit=True)
    connection.execute("SET client_min_messages = error")
    return connection


def value(connection, statement, *parameters):
    return connection.execute(statement, parameters or None).fetchone()[0]


def resident(pid):
    """Kilobytes of a process that are its own."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


def left_over(connection):
    """Memory contexts of the extension that a statement left behind; the cache of models may stay."""
    return value(
        connection,
        "SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'lstm%' "
        "AND name NOT LIKE '%model cache' AND name <> 'lstm_forecast parsed model'",
    )


FORECAST = "SELECT md5(string_agg(f::text, ',' ORDER BY f.series, f.step)) FROM model AS m, lstm_forecast(m.model) AS f WHERE m.id = %s"
