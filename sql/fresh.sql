-- Fresh rows, few of them: the steps that the model keeps of the same series come before, where they join.
-- What joins is forecast as from all rows, the model's own and the fresh ones.
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS
$$ SELECT lstm_options(horizon => 7, lookback => 28, ensemble_size => 2, hidden_size => 8, max_steps => 60) || more $$;
-- two shops with a week, and one that the model is not trained on
CREATE TABLE sale AS
SELECT shop, i, date '2023-01-02' + i AS day, level + level / 4 * sin((i + phase) * 2 * pi() / 7) + level / 50 * sin(i * i) AS amount
FROM (VALUES ('a', 200, 0), ('b', 1000, 2), ('new', 50, 4)) AS shops (shop, level, phase), generate_series(0, 419) AS i;
CREATE TABLE models AS SELECT lstm_train(day, amount, quick()) AS alone FROM sale WHERE shop = 'a' AND i < 350;
CREATE TABLE panels AS SELECT lstm_train(shop, day, amount, quick()) AS model FROM sale WHERE shop <> 'new' AND i < 350;

-- The forecast from some rows: its error, and whether it, with its interval, is that from others.
CREATE FUNCTION compare(model bytea, few text, many text) RETURNS TABLE (rows bigint, first date, mae numeric, same boolean) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT count(*), min(f.local_ts)::date, round(lstm_mae(s.amount, f.forecast)::numeric),
										bool_and(abs(f.forecast - g.forecast) + abs(f.lower - g.lower) + abs(f.upper - g.upper) < 1e-9 * abs(f.forecast))
								 FROM lstm_forecast($1, %L, ''day'', ''amount'') AS f JOIN lstm_forecast($1, %L, ''day'', ''amount'') AS g USING (step)
								 JOIN sale AS s ON s.shop = ''a'' AND s.day = f.local_ts::date', few, many) USING model;
END $$;
SELECT n, c.* FROM models, unnest(ARRAY[1, 3, 10, 27, 28, 29, 60]) AS n,
	LATERAL compare(alone, format('SELECT * FROM sale WHERE shop = ''a'' AND i >= 350 AND i < %s', 350 + n), format('SELECT * FROM sale WHERE shop = ''a'' AND i < %s', 350 + n)) AS c ORDER BY n;
-- the same by the aggregates, of the panel, too; with each group's own rows
SELECT bool_and(abs(f.forecast - g.forecast) < 1e-9 * abs(f.forecast)) AS same, count(*)
FROM models, LATERAL unnest((SELECT lstm_forecast(alone, day, amount) FROM sale WHERE shop = 'a' AND i BETWEEN 350 AND 352)) AS f
	JOIN LATERAL lstm_forecast(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i <= 352', 'day', 'amount') AS g USING (step);
SELECT g.shop, count(*), bool_and(abs(f.forecast - h.forecast) < 1e-9 * abs(f.forecast)) AS same
FROM panels, LATERAL (SELECT shop, lstm_forecast(model, shop, day, amount) AS forecasts FROM sale WHERE shop <> 'new' AND i BETWEEN 350 AND 351 GROUP BY shop) AS g,
	LATERAL unnest(g.forecasts) AS f JOIN LATERAL lstm_forecast(model, 'SELECT * FROM sale WHERE i <= 351', 'day', 'amount', 'shop') AS h USING (series, step)
GROUP BY g.shop ORDER BY g.shop;
-- the history that is shown are the rows; an unseen past of a forecast is no history
SELECT step, local_ts::date AS day, round(actual) AS actual, forecast IS NOT NULL AS forecast FROM models, lstm_forecast(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 350 AND 352', 'day', 'amount', horizon => 2, history => 10);

-- Rows that the model has, too, count as they are now; and rows that end before the model did are completed by what came before them.
SELECT c.* FROM models, compare(alone, 'SELECT day, amount + 100 * (i < 350)::int AS amount FROM sale WHERE shop = ''a'' AND i BETWEEN 345 AND 352',
	'SELECT day, amount + 100 * (i BETWEEN 345 AND 349)::int AS amount FROM sale WHERE shop = ''a'' AND i <= 352') AS c;
SELECT c.* FROM models, compare(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 335 AND 340', 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 289 AND 340') AS c;
SELECT c.* FROM models, compare(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 300 AND 302', 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 289 AND 302') AS c;
SELECT c.* FROM models, compare(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 200 AND 205', 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 200 AND 205') AS c;

-- A hole between the model's last step and the first row is filled along the week; one of more than a lookback parts them.
SELECT hole, n, c.rows, c.first, c.mae < 12 AS good FROM models, unnest(ARRAY[2, 10, 14]) AS hole, unnest(ARRAY[1, 8]) AS n,
	LATERAL compare(alone, format('SELECT * FROM sale WHERE shop = ''a'' AND i >= %s AND i < %s', 350 + hole, 350 + hole + n), 'SELECT * FROM sale WHERE shop = ''a'' AND i >= 350') AS c ORDER BY hole, n;
SELECT c.rows, c.mae < 12 AS good FROM models, compare(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 370 AND 371', 'SELECT * FROM sale WHERE shop = ''a''') AS c;
SELECT count(*), min(local_ts::date) FROM models, lstm_forecast(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 379 AND 381', 'day', 'amount');
-- by the other policies, as in a source with all rows; where nothing may be filled nothing joins
SELECT missing, c.rows, c.same
FROM unnest(ARRAY['previous', 'zero']) AS missing, LATERAL (SELECT lstm_train(day, amount, quick(jsonb_build_object('missing', missing, 'max_steps', 5))) AS model FROM sale WHERE shop = 'a' AND i < 350) AS m,
	LATERAL compare(model, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 352 AND 353', 'SELECT * FROM sale WHERE shop = ''a'' AND i <= 353 AND i NOT BETWEEN 350 AND 351') AS c ORDER BY missing;
CREATE TABLE strict AS SELECT lstm_train(day, amount, quick('{"missing": "error", "max_steps": 5}')) AS model FROM sale WHERE shop = 'a' AND i < 350;
SELECT c.same FROM strict, compare(model, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 350 AND 353', 'SELECT * FROM sale WHERE shop = ''a'' AND i <= 353') AS c;
SELECT count(*) FROM strict, lstm_forecast(model, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 352 AND 353', 'day', 'amount');

-- A panel, some of whose series have few rows, some many, some are not the model's: each as by itself; a name that is not the model's joins nothing.
SELECT f.series, count(*), bool_and(abs(f.forecast - g.forecast) < 1e-9 * abs(f.forecast)) AS same
FROM panels, lstm_forecast(model, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 350 AND 352 OR shop = ''b'' AND i <= 355 OR shop = ''new'' AND i BETWEEN 300 AND 360', 'day', 'amount', 'shop') AS f
	JOIN lstm_forecast(model, 'SELECT * FROM sale WHERE shop = ''a'' AND i <= 352 OR shop = ''b'' AND i <= 355 OR shop = ''new'' AND i BETWEEN 300 AND 360', 'day', 'amount', 'shop') AS g USING (series, step)
GROUP BY f.series ORDER BY f.series;
SELECT series, count(*) FROM panels, lstm_forecast(model, 'SELECT ''A'' AS shop, day, amount FROM sale WHERE shop = ''a'' AND i BETWEEN 350 AND 352', 'day', 'amount', 'shop') GROUP BY series;
SELECT count(*) FROM models, lstm_forecast(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 350 AND 352', 'day', 'amount', 'shop');

-- The days of another session's zone are the same days.
CREATE FUNCTION days_in(zone text) RETURNS TABLE (first timestamp, mae numeric, same boolean) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('timezone', zone, true);
	RETURN QUERY SELECT min(f.local_ts), round(lstm_mae(s.amount, f.forecast)::numeric), bool_and(abs(f.forecast - g.forecast) < 1e-9 * abs(f.forecast))
		FROM models, LATERAL unnest((SELECT lstm_forecast(alone, day, amount) FROM sale WHERE shop = 'a' AND i BETWEEN 350 AND 351)) AS f
			JOIN LATERAL lstm_forecast(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i <= 351', 'day', 'amount') AS g USING (step) JOIN sale AS s ON s.shop = 'a' AND s.day = f.local_ts::date;
END $$;
SELECT zone, d.* FROM unnest(ARRAY['UTC', 'America/New_York', 'Pacific/Auckland', 'Asia/Kolkata']) AS zone, LATERAL days_in(zone) AS d;
SET timezone = 'UTC';

-- Business days, weeks, months, hours, open days, times of a clock that is not exact: two rows after the model's are all rows. Other phases are other grids.
CREATE TABLE step AS
SELECT 'months' AS kind, i, date '2010-01-01' + i * interval '1 month' AS ts, 100 + i + 20 * sin(i * pi() / 6) AS value FROM generate_series(0, 129) AS i UNION ALL
SELECT 'month ends', i, date '2010-02-01' + i * interval '1 month' - interval '1 day', 100 + i + 20 * sin(i * pi() / 6) FROM generate_series(0, 129) AS i UNION ALL
SELECT 'weeks', i, date '2020-01-06' + i * interval '7 days', 100 + 20 * sin(i) FROM generate_series(0, 129) AS i UNION ALL
SELECT 'hours', i, timestamp '2024-01-01' + i * interval '1 hour', 100 + 20 * sin(i * pi() / 12) FROM generate_series(0, 129) AS i UNION ALL
SELECT 'closed on Sundays', row_number() OVER (ORDER BY d) - 1, d, 100 + 20 * sin(extract(isodow FROM d)) FROM generate_series(timestamp '2024-01-01', '2024-06-28', '1 day') AS d WHERE extract(isodow FROM d) < 7 UNION ALL
SELECT 'jitter', i, timestamp '2024-01-01' + i * interval '5 minutes' + (i * i % 5 - 2) * interval '1 second', 100 + 20 * sin(i * pi() / 12) FROM generate_series(0, 129) AS i UNION ALL
SELECT 'business days', row_number() OVER (ORDER BY d) - 1, d, 100 + 20 * sin(extract(isodow FROM d)) FROM generate_series(timestamp '2024-01-01', '2024-06-28', '1 day') AS d WHERE extract(isodow FROM d) < 6;
CREATE TABLE step_models AS SELECT kind, lstm_train(ts, value, quick('{"lookback": 24, "max_steps": 5}')) AS model FROM step WHERE i < 120 GROUP BY kind;
SELECT kind, min(f.ts) AS first, bool_and(abs(f.forecast - g.forecast) + abs(f.lower - g.lower) < 1e-9 * abs(f.forecast)) AS same
FROM step_models, LATERAL lstm_forecast(model, format('SELECT ts, value FROM step WHERE kind = %L AND i BETWEEN 120 AND 121', kind), 'ts', 'value') AS f
	JOIN LATERAL lstm_forecast(model, format('SELECT ts, value FROM step WHERE kind = %L AND i <= 121', kind), 'ts', 'value') AS g USING (step) GROUP BY kind ORDER BY kind;
SELECT count(*) FROM step_models, lstm_forecast(model, 'SELECT ts + interval ''1 day'' AS ts, value FROM step WHERE kind = ''weeks'' AND i BETWEEN 120 AND 121', 'ts', 'value') WHERE kind = 'weeks';
SELECT count(*) FROM step_models, lstm_forecast(model, 'SELECT ts + interval ''30 minutes'' AS ts, value FROM step WHERE kind = ''hours'' AND i BETWEEN 120 AND 121', 'ts', 'value') WHERE kind = 'hours';
-- rows are steps: those after the model's last one join, and those up to it where that one is among them
CREATE TABLE event AS SELECT i, timestamptz '2024-01-01' + i * interval '1 hour' + (i * i % 47) * interval '1 minute' AS ts, 100 + 20 * sin(i * pi() / 6) AS value FROM generate_series(0, 129) AS i;
CREATE TABLE event_model AS SELECT lstm_train(ts, value, quick('{"frequency": "irregular", "max_steps": 5}')) AS model FROM event WHERE i < 120;
SELECT since, min(f.ts) = min(g.ts) AS dated, bool_and(abs(f.forecast - g.forecast) < 1e-9 * abs(f.forecast)) AS same
FROM event_model, unnest(ARRAY[120, 117]) AS since, LATERAL lstm_forecast(model, format('SELECT * FROM event WHERE i BETWEEN %s AND 121', since), 'ts', 'value') AS f
	JOIN LATERAL lstm_forecast(model, 'SELECT * FROM event WHERE i <= 121', 'ts', 'value') AS g USING (step) GROUP BY since ORDER BY since;
SELECT count(*) FROM event_model, lstm_forecast(model, 'SELECT * FROM event WHERE i BETWEEN 115 AND 121 AND i <> 119', 'ts', 'value');
-- without timestamps nothing joins
SELECT cardinality(lstm_forecast_values(model, v)) FROM (SELECT lstm_train(amount, quick('{"max_steps": 5}') ORDER BY i) AS model FROM sale WHERE shop = 'a' AND i < 350) AS m, unnest(ARRAY[200.0, 210]) AS v GROUP BY model;

-- Covariates join, too: past ones hold in a hole, future ones are those that the training knew ahead, or lie on a line.
CREATE TABLE driven AS SELECT i, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, 100 + 30 * (i % 5 = 0)::int + 5 * sin(i) AS load, cos(i) AS wind, (i % 5 = 0)::int AS promotion FROM generate_series(0, 239) AS i;
CREATE TABLE driven_model AS SELECT lstm_train('SELECT ts, CASE WHEN i < 200 THEN load END AS load, CASE WHEN i < 200 THEN wind END AS wind, promotion FROM driven WHERE i < 210', 'ts', 'load', past_columns => '{wind}', future_columns => '{promotion}', options => quick('{"calendar": true}')) AS model;
SELECT since, bool_and(abs(f.forecast - g.forecast) < 1e-9 * abs(f.forecast)) AS same, lstm_mae(d.load, f.forecast) < 15 AS good
FROM driven_model, unnest(ARRAY[200, 197]) AS since, LATERAL lstm_forecast(model, format('SELECT ts, CASE WHEN i < 203 THEN load END AS load, CASE WHEN i < 203 THEN wind END AS wind, promotion FROM driven WHERE i >= %s', since), 'ts', 'load') AS f
	JOIN LATERAL lstm_forecast(model, 'SELECT ts, CASE WHEN i < 203 THEN load END AS load, CASE WHEN i < 203 THEN wind END AS wind, promotion FROM driven', 'ts', 'load') AS g USING (step) JOIN driven AS d ON d.ts = f.ts
GROUP BY since ORDER BY since;
SELECT since, lstm_mae(d.load, f.forecast) < 15 AS good, lstm_mae(d.load, f.forecast) < 1.5 * lstm_mae(d.load, g.forecast) AS "nearly as good"
FROM driven_model, unnest(ARRAY[205, 212]) AS since, LATERAL lstm_forecast(model, format('SELECT ts, CASE WHEN i < 220 THEN load END AS load, CASE WHEN i < 220 THEN wind END AS wind, promotion FROM driven WHERE i >= %s', since), 'ts', 'load') AS f
	JOIN LATERAL lstm_forecast(model, 'SELECT ts, CASE WHEN i < 220 THEN load END AS load, CASE WHEN i < 220 THEN wind END AS wind, promotion FROM driven', 'ts', 'load') AS g USING (step) JOIN driven AS d ON d.ts = f.ts
GROUP BY since ORDER BY since;

-- A back-test needs no more: the same forecasts as from all rows, from the end of the training on, and none earlier.
SELECT count(*), min(f.ts)::date AS first, bool_and(abs(f.forecast - g.forecast) + abs(f.lower - g.lower) + abs(f.naive - g.naive) + abs(f.seasonal_naive - g.seasonal_naive) < 1e-9 * abs(f.forecast)) AS same
FROM models, lstm_backtest_forecasts(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 350 AND 380', 'day', 'amount', stride => 1) AS f
	FULL JOIN lstm_backtest_forecasts(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i <= 380', 'day', 'amount', stride => 1) AS g USING (origin, step);
SELECT min(f.origin)::date AS first_origin, count(*) FILTER (WHERE actual IS NULL) AS in_the_hole, count(DISTINCT f.origin) AS origins
FROM models, lstm_backtest_forecasts(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i BETWEEN 353 AND 362', 'day', 'amount', stride => 1) AS f;

-- Rows of another interval than the model's, and values that its logarithms cannot take, are an error, or left out.
\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises
\x on
SELECT * FROM raises($$SELECT * FROM models, lstm_forecast(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i % 7 = 0', 'day', 'amount')$$);
SELECT * FROM raises($$SELECT lstm_forecast(model, shop, day, amount) FROM panels, sale WHERE shop <> 'b' AND (shop = 'a' OR extract(day FROM day) = 1) GROUP BY model$$);
SELECT message FROM raises($$SELECT * FROM models, lstm_backtest(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i % 7 = 0', 'day', 'amount')$$);
SELECT * FROM raises($$SELECT * FROM models, lstm_forecast(alone, 'SELECT day, CASE WHEN i > 350 THEN -amount ELSE amount END AS amount FROM sale WHERE shop = ''a'' AND i BETWEEN 345 AND 360', 'day', 'amount')$$);
\x off
SELECT series, count(*) FROM panels, lstm_forecast(model, 'SELECT * FROM sale WHERE shop = ''a'' OR i % 7 = 0 AND shop = ''b''', 'day', 'amount', 'shop', on_missing => 'skip') GROUP BY series;
SELECT series, count(*) FROM panels, lstm_forecast(model, 'SELECT shop, day, CASE shop WHEN ''b'' THEN -amount ELSE amount END AS amount FROM sale', 'day', 'amount', 'shop', on_missing => 'skip') GROUP BY series ORDER BY series;
-- two weekly rows show no interval, and every third day is much filled: a NOTICE; so are a few negative values, but not a single one
SELECT count(*) FROM panels, lstm_forecast(model, 'SELECT * FROM sale WHERE shop = ''new'' AND i IN (350, 357)', 'day', 'amount', 'shop');
SELECT count(*) FROM models, lstm_forecast(alone, 'SELECT * FROM sale WHERE shop = ''a'' AND i % 3 = 0', 'day', 'amount');
SELECT count(*) FROM models, lstm_forecast(alone, 'SELECT day, CASE WHEN i IN (398, 399) THEN -1 ELSE amount END AS amount FROM sale WHERE shop = ''a'' AND i < 400', 'day', 'amount');
SELECT count(*) FROM models, lstm_forecast(alone, 'SELECT day, CASE WHEN i = 399 THEN -1 ELSE amount END AS amount FROM sale WHERE shop = ''a'' AND i < 400', 'day', 'amount');
-- what was as sparse in training, or means zero, is as it was
SET client_min_messages = warning;
CREATE TABLE sparse AS SELECT lstm_train(day, amount, quick('{"frequency": "1 day", "max_steps": 5}')) AS filled, lstm_train(day, amount, quick('{"frequency": "1 day", "missing": "zero", "max_steps": 5}')) AS zero FROM sale WHERE shop = 'a' AND i % 7 = 0 AND i < 350;
RESET client_min_messages;
SELECT count(*) FROM sparse, lstm_forecast(filled, 'SELECT * FROM sale WHERE shop = ''a'' AND i % 7 = 0', 'day', 'amount');
SELECT count(*) FROM sparse, lstm_forecast(zero, 'SELECT * FROM sale WHERE shop = ''a'' AND i % 7 = 0', 'day', 'amount');

-- What is put before many series counts in the memory that is allowed.
CREATE TABLE many AS SELECT lstm_train(s::text, timestamptz '2024-01-01' + i * interval '1 hour', s + i % 24, quick('{"lookback": 168, "max_steps": 1, "interval": "none"}')) AS model FROM generate_series(1, 3000) AS s, generate_series(0, 199) AS i;
SELECT count(*) FROM many, lstm_forecast(model, 'SELECT timestamptz ''2024-01-09 08:00'' AS ts, name, 5 AS value FROM generate_series(1, 3000) AS name', 'ts', 'value', 'name', horizon => 1);
SET lstm_forecast.max_memory = '8MB';
SELECT code, message, hint FROM raises($$SELECT count(*) FROM many, lstm_forecast(model, 'SELECT timestamptz ''2024-01-09 08:00'' AS ts, name, 5 AS value FROM generate_series(1, 3000) AS name', 'ts', 'value', 'name', horizon => 1)$$);
RESET lstm_forecast.max_memory;

DROP TABLE sale, models, panels, strict, step, step_models, event, event_model, driven, driven_model, sparse, many;
DROP FUNCTION quick, compare, days_in, raises;
RESET datestyle;
RESET timezone;
