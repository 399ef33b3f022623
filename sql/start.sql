-- Starts: the statistical forecast of each series that stands beside the networks, or for them.
CREATE SCHEMA start_test;
SET search_path = start_test, public;
SET timezone = 'UTC';

\getenv root PG_ABS_SRCDIR
\set noise :root '/test/regress/noise.sql'
\i :noise

CREATE TABLE month AS
SELECT i, date '2015-01-01' + i * interval '1 month' AS ts, (100 + 2 * i) * (1 + 0.2 * sin(i * pi() / 6)) AS value
FROM generate_series(0, 119) AS i;
CREATE TABLE short AS SELECT lstm_train(ts, value) AS model FROM month WHERE i < 36;

-- too few steps for a network: the start goes on with trend and season, and the model is small
SELECT lstm_mae(m.value, f.forecast) < 6 AS follows, min(f.upper - f.lower) > 0 AS has_intervals, bool_and(f.forecast BETWEEN f.lower AND f.upper) AS within
FROM short, lstm_forecast(model) AS f JOIN month AS m USING (ts);
SELECT info->'start_share' AS share, jsonb_array_length(info->'members') AS networks, info->'train_windows' AS windows, info->'parameters' AS parameters,
	   length(model) < 10000 AS small, info->'why'->>'ensemble_size' AS why,
	   info->'held_out'->'mae' = info->'held_out'->'start'->'mae' AS same_error,
	   (info->'held_out'->>'mae')::float8 < 0.3 * (info->'held_out'->'naive'->>'mae')::float8 AS "better than naive"
FROM short, lstm_model_info(model) AS info;
SELECT status, windows > 0 AS measured, mae < naive_mae AS better, start FROM short, lstm_model_series(model);
SELECT count(*) AS log FROM short, lstm_training_log(model);
SELECT count(*) AS weights FROM short, lstm_weights(model);

-- who says what the networks are gets these, and is told where they can learn nothing
SELECT info->'start_share' AS share, jsonb_array_length(info->'members') AS networks, info->'options'->'start' AS start, info->'why'->>'start' AS why
FROM lstm_model_info((SELECT lstm_train(ts, value, '{"cell": "gru"}') FROM month WHERE i < 48)) AS info;
SELECT info->'start_share' AS share, info->'options'->'start' AS start
FROM lstm_model_info((SELECT lstm_train(ts, value, '{"start": true, "max_steps": 5}') FROM month WHERE i < 48)) AS info;
SELECT lstm_train(ts, value, '{"start": true, "loss": "gaussian", "interval": "model"}') FROM month;

-- with rows enough both are measured on the same windows, and what does not help is not kept
CREATE TABLE both_of_them AS
SELECT noise, lstm_train(ts, value + noise * sin(i * i), '{"start": true, "max_steps": 200, "hidden_size": 4, "horizon": 3}') AS model
FROM month, unnest(ARRAY[0, 30]) AS noise GROUP BY noise;
SELECT noise, (info->>'start_share')::float8 BETWEEN 0 AND 1 AS share,
	   (info->>'start_share' = '1') = (jsonb_array_length(info->'members') = 0) AS "kept if they help",
	   (info->'held_out'->>'mae')::float8 <= (info->'held_out'->'start'->>'mae')::float8 * 1.000001 AS "no worse than the start"
FROM both_of_them, lstm_model_info(model) AS info ORDER BY noise;

-- the start stands in back-tests, with the naive forecasts; of a model without networks it is the forecast
SELECT count(*) AS steps, bool_and(forecast = start) AS same
FROM short, lstm_backtest_forecasts(model, 'SELECT ts, value FROM month', 'ts', 'value', horizon => 6);
SELECT metric, b.model = b.start AS same, b.start < b.seasonal_naive AS better
FROM short, lstm_backtest(short.model, 'SELECT ts, value FROM month WHERE i < 54', 'ts', 'value') AS b ORDER BY metric;
SELECT lstm_mae(actual, start) < 0.3 * lstm_mae(actual, seasonal_naive) AS better
FROM lstm_backtest_forecasts('SELECT ts, value FROM month', 'ts', 'value', options => '{"max_steps": 5, "hidden_size": 4}', folds => 2);

-- fresh rows: a series that the model has never seen gets a start of its own
SELECT lstm_mae((1005 - 5 * (60 + f.step))::float8, f.forecast) < 3 AS follows
FROM short, lstm_forecast(model, $$SELECT 'other' AS s, date '2015-01-01' + i * interval '1 month' AS ts, 1005 - 5 * i AS value FROM generate_series(0, 60) AS i$$, 'ts', 'value', 's') AS f;

-- what leaves its level and comes back is forecast to do so, by the statistical methods alone: a thermostat that ramps between 20 and 21.5
CREATE TABLE ramp AS
WITH RECURSIVE step (i, value, heats) AS (
	SELECT 0, 20.4::float8, false
	UNION ALL
	SELECT i + 1, value + CASE WHEN value < 20 OR (heats AND value < 21.5) THEN 0.5 ELSE -0.12 END * (0.7 + 0.6 * u(i, 31)), value < 20 OR (heats AND value < 21.5)
	FROM step WHERE i < 447)
SELECT i, timestamp '2024-01-01' + i * interval '1 hour' AS ts, value FROM step;
CREATE TABLE ramp_model AS SELECT lstm_train(ts, value, lstm_options(horizon => 48, seasonal_period => 1, pretrained => 'none')) AS model FROM ramp WHERE i < 200;
SELECT start, info->'start_share' AS share FROM ramp_model, lstm_model_series(model), lstm_model_info(model) AS info;
SELECT bool_and(forecast BETWEEN 20.5 AND 21) FILTER (WHERE step > 24) AS "near the mean", max(upper) < 22.4 AND min(lower) > 19.6 AS "within reach", lstm_coverage(value, lower, upper) > 0.9 AS covers
FROM ramp_model, lstm_forecast(model) JOIN ramp USING (ts);

-- what the networks of a panel could not learn from goes by its own start, whatever the others' share
CREATE TABLE grown AS
SELECT 'old ' || k AS shop, date '2024-01-01' + i AS day, 100 + 10 * k + 20 * sin(i * 0.9 + k) + 20 * sin(i * 0.37 + k) AS sold FROM generate_series(1, 4) AS k, generate_series(-299, 0) AS i
UNION ALL
SELECT 'new ' || k, date '2024-01-01' + i, 200 + 10 * k + 5 * i FROM generate_series(1, 3) AS k, generate_series(-9 - k, 0) AS i;
CREATE TABLE grown_model AS
SELECT start, lstm_train(shop, day, sold, lstm_options(horizon => 14, ensemble_size => 1, hidden_size => 8, max_steps => 300, start => start)) AS model FROM grown, unnest(ARRAY[true, false]) AS start GROUP BY start;
SELECT g.start, (lstm_model_info(model)->>'start_share')::float8 < 1 AS networks, status, count(*) AS series, bool_and(s.start IS NOT NULL) AS "go by starts", count(DISTINCT s.start) AS starts,
	   max(error) FILTER (WHERE status = 'short') < 10 AS follow, bool_and(intervals) AS intervals
FROM grown_model AS g, lstm_model_series(model) AS s,
	 LATERAL (SELECT max(abs(forecast - 200 - 10 * right(f.series, 1)::int - 5 * step)) AS error, bool_and(lower < upper AND forecast BETWEEN lower AND upper) AS intervals FROM lstm_forecast(model, series => ARRAY[s.series]) AS f) AS forecasts
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- kept or given again, in a test, or grown long since
SELECT count(*) AS steps, bool_and(f.forecast = g.forecast AND f.upper = g.upper) AS same
FROM grown_model, lstm_forecast(model) AS f JOIN lstm_forecast(model, 'grown', 'day', 'sold', 'shop') AS g USING (series, step) WHERE start AND f.series LIKE 'new%';
SELECT count(*) AS steps, bool_and(abs(forecast - 200 - 10 * right(b.series, 1)::int - 5 * (ts::date - date '2024-01-01')) < 10) AS follow
FROM grown_model, lstm_backtest_forecasts(model, $$SELECT shop, day, sold FROM grown UNION ALL SELECT 'new ' || k, date '2024-01-01' + i, 200 + 10 * k + 5 * i FROM generate_series(1, 3) AS k, generate_series(1, 28) AS i$$, 'day', 'sold', 'shop', horizon => 7) AS b WHERE grown_model.start AND b.series LIKE 'new%';

-- an uneven panel: the long series keeps its horizon, and all have intervals
CREATE TABLE uneven AS
SELECT 'long' AS series, date '2020-01-01' + i AS day, 100 + 20 * sin(i * 2 * pi() / 7) + i % 5 AS value FROM generate_series(0, 799) AS i
UNION ALL
SELECT 'short ' || s, date '2022-02-27' + i, s + 2 * i FROM generate_series(1, 60) AS s, generate_series(0, 11) AS i;
SELECT series = 'long' AS long, min(steps) AS steps, bool_and(intervals) AS intervals, max(error) FILTER (WHERE series = 'long') < 6 AS follows
FROM (SELECT series, count(*) AS steps, bool_and(lower < upper) AS intervals, avg(abs(forecast - (100 + 20 * sin((799 + step) * 2 * pi() / 7) + (799 + step) % 5))) AS error
	  FROM lstm_forecast((SELECT lstm_train(series, day, value) FROM uneven)) GROUP BY series) AS each
GROUP BY 1 ORDER BY 1;

-- a level that came to stay a month ago, or five days: networks have not learned it, and the start goes on from it
SELECT back, info->'start_share' AS share, jsonb_array_length(info->'members') AS networks, info->'why'->>'start' AS why, bool_and(error < CASE back WHEN 5 THEN 12 ELSE 6 END) AS follows
FROM (SELECT back, lstm_train(date '2023-01-01' + i, CASE WHEN i > 300 - back THEN 160 ELSE 100 END + 5 * sin(i * 2 * pi() / 7) + 3 * g(i, 2)) AS model
	  FROM generate_series(1, 300) AS i, unnest(ARRAY[5, 30]) AS back GROUP BY back) AS trained,
	 lstm_model_info(model) AS info, LATERAL (SELECT avg(abs(forecast - 160 - 5 * sin((300 + step) * 2 * pi() / 7))) AS error FROM lstm_forecast(model)) AS forecasts
GROUP BY 1, 2, 3, 4 ORDER BY 1;

-- from three observations on there is a forecast
SELECT n, (SELECT count(*) FROM lstm_forecast((SELECT lstm_train(ts, value) FROM month WHERE i < n))) > 0 AS forecast FROM unnest(ARRAY[3, 4, 7]) AS n;
SELECT lstm_train(ts, value) FROM month WHERE i < 2;

-- weights of networks that no option describes are numbers of half precision, those of others are not
CREATE TABLE hours AS SELECT timestamptz '2024-01-01' + i * interval '1 hour' AS ts, 50 + 20 * sin(i * pi() / 12) * sin(i / 50.0) + 3 * sin(i * i) AS value FROM generate_series(0, 999) AS i;
SELECT options, count(*) > 0 AS networks, bool_and(w = 0 OR abs(w) < 6.2e-5 OR (w * 2 ^ (10 - floor(log(2, abs(w)::numeric))))::numeric % 1 = 0) AS halves
FROM (SELECT options, lstm_train(ts, value, options::jsonb || '{"start": false, "horizon": 6}') AS model FROM hours, unnest(ARRAY['{"max_seconds": 100}', '{"max_steps": 20}']) AS options GROUP BY options) AS trained,
	 lstm_weights(model), unnest(weights) AS w GROUP BY options ORDER BY options;

-- Rare sales: the mean of all is forecast, not what some last weeks sold, in tables of one kind.
SELECT bool_and(forecast / truth BETWEEN 0.75 AND 1.25) AS "about the mean", bool_and(parts NOT LIKE '%pretrained%') AS "by statistics"
FROM (SELECT sum(qty) / 730.0 AS truth, (SELECT avg(f.forecast) FROM lstm_forecast(model) AS f) AS forecast, (SELECT s.start FROM lstm_model_series(model) AS s) AS parts
	  FROM (SELECT n, lstm_train(day, qty, '{"missing": "zero"}') AS model, sum(qty) AS qty FROM (
		SELECT n, date '2023-01-01' + i AS day, 1 + floor(-3 * ln(u(i, 100 * n)))::int AS qty FROM generate_series(1, 4) AS n, generate_series(0, 729) AS i WHERE u(i, 100 * n + 1) < 0.4 OR i IN (0, 729)) AS sold GROUP BY n) AS trained
	  GROUP BY model) AS forecasts;
DROP SCHEMA start_test CASCADE;
