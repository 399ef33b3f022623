-- A ledger of :origins nights of 14 days ahead for 1,000 series: all settled but what lies ahead. The rows come of formulas,
-- as forecasting them takes as long as so many nights.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS lstm_forecast;
CREATE EXTENSION IF NOT EXISTS lstm_registry;
DROP SCHEMA IF EXISTS ledger_bench CASCADE;
DROP ROLE IF EXISTS ledger_bench;
CREATE ROLE ledger_bench;
CREATE SCHEMA ledger_bench AUTHORIZATION ledger_bench;
SET ROLE ledger_bench;
SET search_path = ledger_bench, public;
SET TimeZone = 'UTC';

-- day i of a series, and what a forecast of k days ahead says of it
CREATE FUNCTION value_of(series int, i int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$ SELECT 100 + series % 50 + 20 * sin(i * 2 * pi() / 7) + 5 * sin(i * i * 1.7 + series * 3.1) $$;
CREATE TABLE reading AS
	SELECT series, date '2023-01-01' + i AS day, value_of(series, i) AS value FROM generate_series(1, 1000) AS series, generate_series(0, :origins) AS i;
CREATE INDEX ON reading (day);
ANALYZE reading;
SELECT lstm_define('panel', 'reading', 'day', 'value', 'series', horizon => 14);
SELECT version FROM lstm_registry_store('panel',
	lstm_train('reading', 'day', 'value', 'series', horizon => 14, options => '{"max_seconds": 30}'), 'always', NULL) \g /dev/null

SELECT format('INSERT INTO lstm_ledger (name, series, ts, origin, version, step, local_ts, confidence_level, interval_level, forecast, lower, upper, naive, actual)
	SELECT ''panel'', series::text, day, day - step * interval ''1 day'', 1, step, day AT TIME ZONE ''UTC'', 0.95, 0.95, f, f - 10, f + 10, value_of(series, i + step - 7 * ((step + 6) / 7)),
		CASE WHEN i + step <= %s THEN value_of(series, i + step) END
	FROM generate_series(%s, %s) AS i, generate_series(1, 1000) AS series, generate_series(1, 14) AS step,
		LATERAL (SELECT timestamptz ''2023-01-01 UTC'' + (i + step) * interval ''1 day'', 100 + series %% 50 + 20 * sin((i + step) * 2 * pi() / 7)) AS x (day, f)',
	:origins, b, least(b + 49, :origins - 1))
FROM generate_series(0, :origins - 1, 50) AS b \gexec
RESET ROLE;
VACUUM ANALYZE lstm_ledger, lstm_ledger_day;
