-- Training and forecasting in one statement, and the history before the forecasts.
CREATE TABLE visits AS
	SELECT shop, date '2024-01-01' + i AS day, CASE WHEN i % 50 <> 7 THEN (level + 10 * (i % 7) + i % 3)::int END AS visitors
	FROM (VALUES ('north', 100), ('south', 300)) AS s (shop, level), generate_series(0, 199) AS i WHERE i <> 195;
CREATE FUNCTION quick() RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT lstm_options(max_steps => 30, horizon => 7) $$;

-- the same as training and forecasting apart
SELECT count(*), bool_and(row(a) = row(b)) AS same
FROM lstm_forecast('visits', 'day', 'visitors', 'shop', options => quick(), confidence_level => 0.8, quantiles => '{0.1,0.9}') AS a
FULL JOIN lstm_forecast(lstm_train('visits', 'day', 'visitors', 'shop', options => quick()), confidence_level => 0.8, quantiles => '{0.1,0.9}') AS b
	USING (series, step);
-- "horizon" wins over the options
SELECT series, count(*), min(local_ts), max(local_ts) FROM lstm_forecast('visits', 'day', 'visitors', 'shop', horizon => 3, options => quick()) GROUP BY series ORDER BY series;

-- The history: the latest steps, oldest first, then the forecasts; what was not observed has no actual.
SELECT series, step, local_ts::date AS day, actual, forecast IS NOT NULL AS forecast, lower < upper AS interval
FROM lstm_forecast('visits', 'day', 'visitors', 'shop', horizon => 2, options => quick(), history => 6);
-- as it was read, and each step on its day
SELECT count(*), bool_and(h.actual IS NOT DISTINCT FROM v.visitors) AS as_read, min(step), max(step)
FROM lstm_forecast('visits', 'day', 'visitors', 'shop', options => quick(), history => 60) AS h
LEFT JOIN visits AS v ON v.shop = h.series AND v.day = h.local_ts::date WHERE step <= 0;
-- of a stored model, too; more than there is gives what there is; none by default
CREATE TABLE visit_model AS SELECT lstm_train('visits', 'day', 'visitors', 'shop', options => quick()) AS model;
SELECT series, count(*), count(actual), count(forecast), min(step)
FROM visit_model, lstm_forecast(model, 'visits', 'day', 'visitors', 'shop', history => 100000) GROUP BY series ORDER BY series;
SELECT count(*) FILTER (WHERE step < 1) AS past FROM visit_model, lstm_forecast(model, 'visits', 'day', 'visitors', 'shop');
-- of rows without timestamps and of irregular ones
SELECT step, ts IS NULL AS no_time, actual FROM lstm_forecast('SELECT i FROM generate_series(1, 60) AS i', NULL, 'i', options => quick(), history => 2) WHERE step <= 1;
SET client_min_messages = warning;
SELECT step, local_ts, actual IS NULL AS future
FROM lstm_forecast('SELECT timestamptz ''2024-01-01'' + (i * i % 97) * interval ''1 minute'' + i * interval ''2 hours'' AS ts, i FROM generate_series(1, 80) AS i',
	'ts', 'i', options => quick() || '{"time_zone": "UTC"}', history => 3) WHERE step <= 1;
RESET client_min_messages;

-- Integers of every type, and what is no number of steps.
SELECT count(*) FROM lstm_forecast('visits', 'day', 'visitors', 'shop', horizon => 2::smallint, options => quick(), history => 3::bigint);
PREPARE steps AS SELECT count(*) FROM visit_model, lstm_forecast(model, $1);
EXECUTE steps (2);
EXECUTE steps (NULL);
SELECT count(*) FROM visit_model, lstm_forecast(model, '2');
SELECT count(*) FROM visit_model, lstm_forecast(model, 0);
SELECT count(*) FROM visit_model, lstm_forecast(model, 10000000000);
SELECT count(*) FROM lstm_forecast('visits', 'day', 'visitors', 'shop', history => -1);

-- "series" takes any array; a literal is read as one.
CREATE TABLE numbered AS SELECT lstm_train(i % 3, day, visitors, quick()) AS model FROM visits, generate_series(0, 2) AS i WHERE shop = 'north';
SELECT string_agg(DISTINCT series, ' ' ORDER BY series) FROM numbered, lstm_forecast(model, 2, series => ARRAY[2, 0]);
SELECT string_agg(DISTINCT series, ' ' ORDER BY series) FROM numbered, lstm_forecast(model, 2, series => ARRAY[1]::bigint[]);
SELECT string_agg(DISTINCT series, ' ' ORDER BY series) FROM visit_model, lstm_forecast(model, 2, series => '{south}');
SELECT string_agg(DISTINCT series, ' ' ORDER BY series) FROM visit_model, lstm_forecast(model, 2, series => ARRAY['south']::varchar[]);
SELECT string_agg(DISTINCT series, ' ' ORDER BY series) FROM visit_model, lstm_forecast(model, 2, series => NULL);
SELECT count(*) FROM visit_model, lstm_forecast(model, 2, series => ARRAY[]::text[]);
SELECT count(*) FROM visit_model, lstm_forecast(model, 2, series => 'south'); -- no array
SELECT count(*) FROM visit_model, lstm_forecast(model, 2, series => 7);
SELECT count(*) FROM visit_model, lstm_forecast(model, 2, series => ARRAY['south', NULL]);
SELECT count(*) FROM visit_model, lstm_forecast(model, 2, series => ARRAY[['south']]);

-- Nothing to read, and nothing that may be null.
SELECT count(*) FROM lstm_forecast('SELECT * FROM visits WHERE false', 'day', 'visitors', 'shop');
SELECT count(*) FROM lstm_forecast(NULL, 'day', 'visitors', 'shop');
SELECT count(*) FROM lstm_forecast('visits', 'day', 'visitors', 'shop', confidence_level => 1);
DROP TABLE visits, visit_model, numbered;
DROP FUNCTION quick;
