"""Local models on two servers against one, and what one model of all rows costs when they are fetched, or when every
step is a statement: see run.

measure.py ROUNDS
"""
import os
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from session import Session, machine, processor_seconds  # noqa: E402

BAR = 1.8  # times as fast on two servers
FAR = {"north": 5433, "south": 5434}
SHOPS = 100  # on each server
SERIES = 250  # of the panel, on each server
STEPS = 400  # of a network on the panel, in the table of gathering
# Networks to see what a step of them costs: options more, steps to tell apart, exchanges a round.
NETWORKS = {
    "as the default": ("", (400, 2000), 200),
    "hidden_size 256, step by step": (", hidden_size => 256, patch_length => 1, lookback => 96", (5, 25), 40),
}

# The rows of a server: shops with days, and a panel with hours. Each has numbers of its own.
ROWS = """
CREATE TABLE sold AS
    SELECT '{name}' AS region, 'shop ' || {first} + s AS shop, '2024-01-01'::timestamptz + i * interval '1 day' AS ts,
           10 + s % 7 + 3 * sin(i * 0.9) + sin(i * i * ({first} + s)) AS amount
    FROM generate_series(1, {shops}) AS s, generate_series(1, 300) AS i;
CREATE TABLE panel AS
    SELECT '{name}' AS region, 'series ' || {first} + s AS series, '2020-01-01'::timestamptz + i * interval '1 hour' AS ts,
           100 + s + 20 * sin(i * 0.2618 + s) + 5 * sin(i * i * ({first} + s)) AS value
    FROM generate_series(1, {series}) AS s, generate_series(1, 1000) AS i;
CREATE FUNCTION gradient(parameters bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT parameters';
ANALYZE"""
HOME = """
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION dblink;
CREATE TABLE sold (region text, shop text, ts timestamptz, amount float8) PARTITION BY LIST (region);
CREATE TABLE panel (region text, series text, ts timestamptz, value float8) PARTITION BY LIST (region)"""
SERVER = """
CREATE SERVER {name} FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', port '{port}', dbname 'postgres',
    extensions 'lstm_forecast', async_capable 'true', fdw_tuple_cost '10', fetch_size '100');
CREATE USER MAPPING FOR CURRENT_USER SERVER {name};
CREATE FOREIGN TABLE sold_{name} PARTITION OF sold FOR VALUES IN ('{name}') SERVER {name} OPTIONS (table_name 'sold');
CREATE FOREIGN TABLE panel_{name} PARTITION OF panel FOR VALUES IN ('{name}') SERVER {name} OPTIONS (table_name 'panel');
ANALYZE sold_{name}, panel_{name}"""

LOCAL_MODELS = (
    "SELECT md5(string_agg(md5, '' ORDER BY shop)) FROM (SELECT {by}, md5(lstm_train(ts, amount, "
    "lstm_options(ensemble_size => 1, max_steps => 400, patience => 0, time_zone => 'UTC'))) FROM {table} GROUP BY {by}) AS models"
)
ONE_MODEL = (
    "SELECT lstm_train('{table}', 'ts', 'value', 'series', options => lstm_options(ensemble_size => 1, max_steps => {steps}, "
    "patience => 0, validation_fraction => 0, time_zone => 'UTC'{more}))"
)
EXCHANGE = """DO $$
DECLARE sent text; got bytea; began timestamptz;
BEGIN
    FOR step IN 1 .. {exchanges} LOOP
        began := clock_timestamp();
        SELECT format('SELECT gradient(%L)', parameters) INTO sent FROM network;
        PERFORM dblink_send_query(name, sent) FROM unnest('{{north,south}}'::text[]) AS name;
        FOR i IN 1 .. 2 LOOP
            SELECT gradient INTO got FROM dblink_get_result((ARRAY['north', 'south'])[i]) AS g (gradient bytea);
            PERFORM FROM dblink_get_result((ARRAY['north', 'south'])[i]) AS g (gradient bytea);
        END LOOP;
        INSERT INTO exchanged VALUES (1000 * extract(epoch FROM clock_timestamp() - began));
    END LOOP;
END $$"""


def session_at(port):
    os.environ["PGPORT"] = str(port)
    return Session(messages="error")


def set_up(citus):
    """The three servers with their rows; sessions by name."""
    sessions = {"home": session_at(5432)} | {name: session_at(port) for name, port in FAR.items()}
    for session in sessions.values():
        if citus:
            session.run("CREATE EXTENSION citus")
        session.run("CREATE EXTENSION lstm_forecast")
    for place, name in enumerate(FAR):
        sessions[name].run(ROWS.format(name=name, first=1000 * place, shops=SHOPS, series=SERIES))
    home, host = sessions["home"], os.environ["PGHOST"]
    home.run(HOME)
    for name, port in FAR.items():
        home.run(SERVER.format(name=name, host=host, port=port))
        home.run(f"SELECT dblink_connect('{name}', 'host={host} port={port} dbname=postgres user=postgres')")
    home.run("CREATE TABLE sold_here AS SELECT * FROM sold; CREATE TABLE panel_here AS SELECT * FROM panel; ANALYZE sold_here, panel_here")
    if citus:
        home.run(f"SELECT citus_set_coordinator_host('{host}', 5432)")
        for port in FAR.values():
            home.run(f"SELECT citus_add_node('{host}', {port})")
        home.run("CREATE TABLE sold_shards (LIKE sold); SELECT create_distributed_table('sold_shards', 'shop')")
        home.run("INSERT INTO sold_shards SELECT * FROM sold_here; SET citus.max_adaptive_executor_pool_size = 1")
    return sessions


def processors(sessions):
    """Seconds of processors that every process of the servers' sessions has had, by process; ours that only look are left out."""
    own = {name: session.value("SELECT pg_backend_pid()") for name, session in sessions.items()}
    taken = {}
    for name, session in sessions.items():
        pids, _ = session.run("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        taken |= {pid: processor_seconds(pid) for pid in pids if name == "home" or pid != own[name]}
    return taken


def timed(sessions, statement):
    """What a statement gives at home, its seconds, and those of the processors: the most that one process had, and of all."""
    before = processors(sessions)
    lines, milliseconds = sessions["home"].run(statement)
    own = [seconds - before.get(pid, 0) for pid, seconds in processors(sessions).items()]
    return lines[0] if lines else "", milliseconds / 1000, max(own), sum(own)


def medians(taken):
    return [statistics.median(column) for column in zip(*(row[1:] for row in taken))]


def local_models(sessions, rounds, citus):
    """The table of local models. Are two servers fast enough, and the bytes the same?"""
    here, there = ({"by": "shop", "table": table} for table in ("sold_here", "sold_shards"))
    sides = {
        "one server": LOCAL_MODELS.format(**here),
        "two, postgres_fdw": LOCAL_MODELS.format(by="region, shop", table="sold"),
    } | ({"two, Citus": LOCAL_MODELS.format(**there)} if citus else {})
    sessions["home"].run("SET enable_partitionwise_aggregate = on")
    taken = {side: [] for side in sides}
    for _ in range(rounds):
        for side, statement in sides.items():
            taken[side].append(timed(sessions, statement))
    sessions["home"].run("SET enable_partitionwise_aggregate = off")
    same = len({row[0] for rows in taken.values() for row in rows}) == 1
    one = medians(taken["one server"])
    print(f"\n{2 * SHOPS} local models of 300 rows, medians of {rounds} rounds in turns:\n")
    print("| | s | times as fast | processor s of the process that has most | times as fast by it | of all |\n|---|--:|--:|--:|--:|--:|")
    for side, rows in taken.items():
        wall, most, total = medians(rows)
        print(f"| {side} | {wall:.2f} | {one[0] / wall:.2f} | {most:.2f} | {one[1] / most:.2f} | {total:.2f} |")
    print(f"\nThe bytes are {'' if same else 'NOT '}the same.", flush=True)
    return same and all(one[0] / medians(taken[side])[0] >= BAR for side in sides)


def gathering(sessions, rounds):
    """Rows that are fetched: a second, and in a training."""
    home = sessions["home"]
    rows = 2 * SERIES * 1000
    count = "SELECT count(series), max(ts), sum(value) FROM {}"
    print(f"\n{rows} rows of a panel (text, timestamptz, float8), best of {rounds}:\n\n| | s | rows a second | of a training of {STEPS} steps, s |\n|---|--:|--:|--:|")
    for name, table, size in (("a table here", "panel_here", None), ("two servers, fetch_size 100", "panel", 100), ("two servers, fetch_size 10000", "panel", 10000)):
        if size:
            home.run(";".join(f"ALTER SERVER {far} OPTIONS (SET fetch_size '{size}')" for far in FAR))
        seconds = min(home.milliseconds(count.format(table)) for _ in range(rounds)) / 1000
        training = min(home.milliseconds(ONE_MODEL.format(table=table, steps=STEPS, more='')) for _ in range(rounds)) / 1000
        print(f"| {name} | {seconds:.2f} | {rows / seconds:,.0f} | {training:.2f} |", flush=True)


def steps(sessions, rounds):
    """What a step costs here, and what it would cost to send parameters to both servers and gradients back."""
    home = sessions["home"]
    print("\n| network | parameters | kB | a step here, ms of a processor | to two servers and back, the fastest, ms | two servers: at most times as fast |\n|---|--:|--:|--:|--:|--:|")
    for name, (more, (few, many), exchanges) in NETWORKS.items():
        trainings = [ONE_MODEL.format(table="panel_here", steps=n, more=more) for n in (few, many)]
        taken = [min(timed(sessions, training)[2] for _ in range(rounds)) for training in trainings]
        step = 1000 * (taken[1] - taken[0]) / (many - few)
        home.run(f"DROP TABLE IF EXISTS made, network; CREATE TABLE made AS {ONE_MODEL.format(table='panel_here', steps=1, more=more)} AS model")
        parameters = int(home.value("SELECT lstm_model_info(model)->'parameters' FROM made"))
        size = 4 * parameters
        home.run(f"CREATE TABLE network AS SELECT substr(string_agg(sha512(i::text::bytea), ''), 1, {size}) AS parameters FROM generate_series(1, {size // 64 + 1}) AS i")
        home.run("DROP TABLE IF EXISTS exchanged; CREATE TABLE exchanged (milliseconds float8)")
        home.run(EXCHANGE.format(exchanges=rounds * exchanges))
        exchange = float(home.value("SELECT min(milliseconds) FROM exchanged"))
        print(f"| {name} | {parameters:,} | {size / 1000:,.0f} | {step:.2f} | {exchange:.2f} | {step / (step / 2 + exchange):.2f} |", flush=True)


def main():
    rounds = int(sys.argv[1])
    citus = bool(os.environ["CITUS"])
    sessions = set_up(citus)
    print(f"{machine(sessions['home'])}, load {os.getloadavg()[0]:.1f}")
    good = local_models(sessions, rounds, citus)
    gathering(sessions, rounds)
    steps(sessions, rounds)
    print(f"\nLoad at the end {os.getloadavg()[0]:.1f}")
    sys.exit(not good)


main()
