-- The network that ships: lstm_pretrained() forecasts rows that it has never seen; option "pretrained" says what it is to a training.
CREATE SCHEMA pretrained_test;
SET search_path = pretrained_test, public;
SET timezone = 'UTC';
SET datestyle = ISO;
\getenv root PG_ABS_SRCDIR
\set noise :root '/test/regress/noise.sql'
\i :noise
\set raises :root '/test/regress/raises.sql'
\i :raises

-- Months with a trend and a year; days with a week; a walk; hours with a day and a week.
CREATE TABLE month AS SELECT i, date '2018-01-01' + i * interval '1 month' AS ts, 100 + 2 * i + 30 * sin(i * pi() / 6) + 2 * g(i, 1) AS value FROM generate_series(0, 71) AS i;
CREATE TABLE day AS SELECT i, timestamptz '2023-01-02' + i * interval '1 day' AS ts, 500 + (ARRAY[0, 20, 35, 60, 140, 220, -150])[i % 7 + 1] + 10 * g(i, 11) AS value FROM generate_series(0, 118) AS i;
CREATE TABLE walk AS SELECT i, timestamptz '2023-01-02' + i * interval '1 day' AS ts, 1000 + sum(g(i, 21)) OVER (ORDER BY i) AS value FROM generate_series(0, 299) AS i;
CREATE TABLE hour AS SELECT i, timestamptz '2024-03-01' + i * interval '1 hour' AS ts, 300 + 100 * sin(i * pi() / 12) + 60 * (i / 24 % 7 >= 5)::int + 5 * g(i, 31) AS value FROM generate_series(0, 24 * 35 - 1) AS i;

-- How well some steps of a table are forecast from those before them: mean errors as shares of the seasonal naive forecast's.
CREATE FUNCTION beside(source text, known int, ahead int, season int) RETURNS TABLE (steps bigint, share float8, covers boolean, ordered boolean) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT count(*), lstm_mae(s.value, f.forecast) / lstm_mae(s.value, n.value), avg((s.value BETWEEN f.lower AND f.upper)::int) >= 0.8, bool_and(f.lower < f.forecast AND f.forecast < f.upper)
		FROM lstm_forecast(lstm_pretrained(), %1$L, ''ts'', ''value'', horizon => %4$s) AS f
			JOIN %2$s AS s USING (ts) JOIN %2$s AS n ON n.i = %3$s - %5$s + (f.step - 1) %% %5$s',
		format('SELECT * FROM %s WHERE i < %s', source, known), source, known, ahead, season);
END $$;
SELECT 'month' AS data, known, steps, share < 0.6 AS good, covers, ordered FROM unnest(ARRAY[24, 36, 48, 60]) AS known, beside('month', known, 12, 12)
UNION ALL SELECT 'day', known, steps, share < 1.3, covers, ordered FROM unnest(ARRAY[35, 70, 105]) AS known, beside('day', known, 14, 7)
UNION ALL SELECT 'day, beside the last value', known, steps, share < 0.3, covers, ordered FROM unnest(ARRAY[35, 70, 105]) AS known, beside('day', known, 14, 1)
UNION ALL SELECT 'hour, beside the last day', known, steps, share < 0.5, covers, ordered FROM unnest(ARRAY[24 * 26]) AS known, beside('hour', known, 48, 24);
-- one and a half years of months, seven quarters of a panel: the season is known, and lowers the error
SELECT lstm_mae(m.value, f.forecast) < 0.6 * lstm_mae(m.value, n.forecast) AS better
FROM lstm_forecast(lstm_pretrained(), 'SELECT ts, value FROM month WHERE i < 20', 'ts', 'value', horizon => 12) AS f
	JOIN lstm_forecast((SELECT lstm_train(ts, value, lstm_options(pretrained => 'only', seasonal_period => 1, horizon => 12)) FROM month WHERE i < 20)) AS n USING (step) JOIN month AS m ON m.ts = f.local_ts;
CREATE TABLE quarter AS SELECT s, i, timestamptz '2022-01-01' + i * interval '3 months' AS ts, 100 * s + 3 * i + (ARRAY[0, 8, 20, -5])[i % 4 + 1] + 4 * g(i, 50 + s) AS value FROM generate_series(1, 30) AS s, generate_series(0, 10) AS i;
SELECT lstm_mae(q.value, f.forecast) < 0.9 * lstm_mae(q.value, n.forecast) AS better
FROM lstm_forecast(lstm_pretrained(), 'SELECT s, ts, value FROM quarter WHERE i < 7', 'ts', 'value', 's', horizon => 4) AS f
	JOIN lstm_forecast((SELECT lstm_train(s::text, ts, value, lstm_options(pretrained => 'only', seasonal_period => 1, horizon => 4)) FROM quarter WHERE i < 7)) AS n USING (series, step) JOIN quarter AS q ON q.s::text = f.series AND q.ts = f.ts;
DROP TABLE quarter;
-- of a walk nothing is known but where it is
SELECT count(*), max(abs(f.forecast - w.value)) < 3 AS "about the last value", bool_and(upper - lower BETWEEN 2 AND 40) AS intervals, (max(upper - lower) FILTER (WHERE step = 14)) > 1.5 * (min(upper - lower) FILTER (WHERE step = 1)) AS widen
FROM lstm_forecast(lstm_pretrained(), 'walk', 'ts', 'value', horizon => 14) AS f, walk AS w WHERE w.i = 299;

-- Where forecasts lie, of what is shown: ts, local_ts, history, quantiles; the horizon goes by the data where none is given.
SELECT step, ts, round(actual::numeric, 1) AS actual, forecast IS NOT NULL AS forecast, lower IS NOT NULL AS lower, array_length(quantiles, 1) AS quantiles
FROM lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value', horizon => 2, history => 2, quantiles => '{0.1, 0.5, 0.9}');
SELECT count(*), bool_and(quantiles[1] < quantiles[2] AND quantiles[2] < quantiles[3]) AS ascend, bool_and(abs(quantiles[1] - lower) + abs(quantiles[3] - upper) < 1e-9) AS "80 percent"
FROM lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value', confidence_level => 0.8, quantiles => '{0.1, 0.5, 0.9}');
SELECT bool_and(b.upper - b.lower > a.upper - a.lower AND a.forecast = b.forecast) AS wider
FROM lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value', confidence_level => 0.5) AS a JOIN lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value', confidence_level => 0.9) AS b USING (step);
SELECT name, count(*) FROM unnest(ARRAY['month', 'day', 'hour']) AS name, LATERAL lstm_forecast(lstm_pretrained(), name, 'ts', 'value') GROUP BY name ORDER BY name;

-- Few observations: three give a forecast with an interval and quantiles; of fewer nothing is told.
CREATE FUNCTION few(n int) RETURNS text LANGUAGE sql AS $$ SELECT format('SELECT * FROM month WHERE i < %s', n) $$;
SELECT n, count(*), min(ts)::date AS first, min(forecast) > 80 AND max(forecast) < 170 AS sane, count(lower) AS intervals, bool_and(forecast BETWEEN lower AND upper) AS within
FROM unnest(ARRAY[3, 4, 5, 8]) AS n, lstm_forecast(lstm_pretrained(), few(n), 'ts', 'value', horizon => 3) GROUP BY n ORDER BY n;
SELECT count(*), bool_and(quantiles[1] < quantiles[2] AND quantiles[2] < quantiles[3]) AS ascend, bool_and(lower < quantiles[1] AND quantiles[3] < upper) AS within FROM lstm_forecast(lstm_pretrained(), few(3), 'ts', 'value', horizon => 3, quantiles => '{0.1, 0.5, 0.9}');
SELECT n, bool_and(forecast = 7 AND lower <= 7 AND upper >= 7 AND upper - lower <= 2) AS constant FROM unnest(ARRAY[3, 4, 6]) AS n, LATERAL lstm_forecast(lstm_pretrained(), format('SELECT ts, 7 AS value FROM month WHERE i < %s', n), 'ts', 'value', horizon => 3) GROUP BY n ORDER BY n;
SELECT n, r.* FROM unnest(ARRAY[1, 2]) AS n, raises(format('SELECT * FROM lstm_forecast(lstm_pretrained(), %L, ''ts'', ''value'')', few(n))) AS r;
SELECT count(*) AS "no rows" FROM lstm_forecast(lstm_pretrained(), few(0), 'ts', 'value');
SELECT r.* FROM raises('SELECT * FROM lstm_forecast(lstm_pretrained(), ''SELECT ts, NULL::float8 AS value FROM month'', ''ts'', ''value'')') AS r;

-- A constant goes on, whatever its size, and so does one value in a week that is another.
SELECT size, count(*), bool_and(forecast = size AND lower = size AND upper = size) AS exactly
FROM unnest(ARRAY[0, 5, 5.5, -3, 1e-6, 1e9]) AS size, LATERAL lstm_forecast(lstm_pretrained(), format('SELECT ts, %s::float8 AS value FROM day WHERE i < 30', size), 'ts', 'value', horizon => 4) GROUP BY size ORDER BY size;
SELECT step, round(forecast) AS forecast FROM lstm_forecast(lstm_pretrained(), 'SELECT ts, 10 + 90 * (i % 7 = 0)::int AS value FROM day WHERE i < 42', 'ts', 'value', horizon => 8);
-- whole numbers of no negative ones have such ends; other levels are no other series
SELECT bool_and(lower = floor(lower) AND upper = ceil(upper) AND lower >= 0 AND forecast >= 0) AS whole FROM lstm_forecast(lstm_pretrained(), 'SELECT ts, round(value / 100) AS value FROM day', 'ts', 'value');
SELECT scale, bool_and(abs(f.forecast / scale - g.forecast) < 1e-3 * g.forecast) AS same
FROM unnest(ARRAY[1e-6, 1e9]) AS scale, LATERAL lstm_forecast(lstm_pretrained(), format('SELECT ts, %s * value AS value FROM month', scale), 'ts', 'value') AS f JOIN lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value') AS g USING (step) GROUP BY scale ORDER BY scale;

-- NULLs and missing rows are gaps; a NULL at the end is a step that was not observed yet. The order of rows is nothing.
SELECT gaps, count(*), min(f.ts)::date AS first, lstm_mae(d.value, f.forecast) < 20 AS good
FROM (VALUES ('rows', 'SELECT * FROM day WHERE i < 105 AND i % 11 <> 3'), ('nulls', 'SELECT ts, CASE WHEN i % 11 <> 3 THEN value END AS value FROM day WHERE i < 105'),
			 ('end', 'SELECT ts, CASE WHEN i < 105 THEN value END AS value FROM day WHERE i < 107'), ('hole', 'SELECT * FROM day WHERE i < 105 AND i NOT BETWEEN 60 AND 69'),
			 ('order', 'SELECT * FROM day WHERE i < 105 ORDER BY hashint4(i)')) AS s (gaps, source),
	LATERAL lstm_forecast(lstm_pretrained(), source, 'ts', 'value', horizon => 14) AS f JOIN day AS d USING (ts) GROUP BY gaps ORDER BY gaps;
SELECT bool_and(f.forecast = g.forecast AND f.lower = g.lower) AS "in any order"
FROM lstm_forecast(lstm_pretrained(), 'SELECT * FROM day ORDER BY hashint4(i)', 'ts', 'value') AS f JOIN lstm_forecast(lstm_pretrained(), 'day', 'ts', 'value') AS g USING (step);
-- without timestamps rows are steps
SELECT count(*), count(f.ts) AS times, lstm_mae(d.value, f.forecast) < 20 AS good FROM lstm_forecast(lstm_pretrained(), 'SELECT * FROM day WHERE i < 105 ORDER BY i', NULL, 'value', horizon => 7) AS f JOIN day AS d ON d.i = 104 + f.step;

-- A panel: each series by itself, as if it were alone, with the season of all; and those that end before the others.
CREATE TABLE panel AS
SELECT s.name, day.ts, day.i, s.level * day.value AS value FROM day, (VALUES ('large', 10::float8, 0, 105), ('new', 1, 98, 105), ('old', 1, 0, 60), ('small', .01, 0, 105)) AS s (name, level, first, past) WHERE i >= first AND i < past;
SELECT series, count(*), min(ts)::date AS first, bool_and(lower <= forecast AND forecast <= upper) AS within, lstm_mae(d.value, f.forecast / CASE series WHEN 'large' THEN 10 WHEN 'small' THEN .01 ELSE 1 END) < CASE series WHEN 'new' THEN 100 ELSE 20 END AS good
FROM lstm_forecast(lstm_pretrained(), 'panel', 'ts', 'value', 'name', horizon => 7) AS f JOIN day AS d USING (ts) GROUP BY series ORDER BY series;
SELECT series, count(*), min(ts)::date AS first FROM lstm_forecast(lstm_pretrained(), 'panel', 'ts', 'value', 'name', horizon => 7, origin => 'common', on_missing => 'skip') GROUP BY series ORDER BY series;
SELECT code, message FROM raises('SELECT * FROM lstm_forecast(lstm_pretrained(), ''panel'', ''ts'', ''value'', ''name'', horizon => 7, origin => ''common'')');

-- The aggregates: a model for each group's rows; the same as from the source.
SELECT name, array_length(f, 1) AS steps, round(f[1].forecast::numeric, 6) = round(g.forecast::numeric, 6) AS same
FROM (SELECT name, lstm_forecast(lstm_pretrained(), ts, value ORDER BY ts) AS f FROM panel WHERE name IN ('large', 'small') GROUP BY name) AS a,
	LATERAL (SELECT forecast FROM lstm_forecast(lstm_pretrained(), format('SELECT * FROM panel WHERE name = %L', name), 'ts', 'value') WHERE step = 1) AS g ORDER BY name;
SELECT series, count(*) FROM unnest((SELECT lstm_forecast(lstm_pretrained(), name, ts, value) FROM panel WHERE name <> 'old')) GROUP BY series ORDER BY series;
SELECT count(*), max(abs(f.forecast - g.forecast)) < 1e-9 AS same
FROM unnest((SELECT lstm_forecast_values(lstm_pretrained(), value ORDER BY i) FROM day)) AS f JOIN lstm_forecast(lstm_pretrained(), 'SELECT * FROM day ORDER BY i', NULL, 'value') AS g USING (step);
SELECT lstm_forecast(lstm_pretrained(), ts, value) IS NULL AS "of no rows" FROM day WHERE i < 0;

-- Hours and days of a zone whose clock changes: steps follow the wall clock.
SET timezone = 'Europe/Berlin';
SELECT step, ts, local_ts, abs(f.forecast - 100 * extract(hour FROM local_ts)) < 60 AS by_the_clock
FROM lstm_forecast(lstm_pretrained(), 'SELECT t AS ts, 100 * extract(hour FROM t) AS value FROM generate_series(timestamptz ''2024-03-01'', timestamptz ''2024-03-30 22:00+01'', ''1 hour'') AS t', 'ts', 'value', horizon => 28) AS f WHERE step IN (1, 2, 3, 4, 5, 12, 28) ORDER BY step;
SELECT step, ts FROM lstm_forecast(lstm_pretrained(), 'SELECT timestamptz ''2024-03-01'' + i * interval ''1 day'' AS ts, value FROM day WHERE i < 30', 'ts', 'value', horizon => 3);
SET timezone = 'UTC';

-- What it cannot do, and what to do instead.
SELECT * FROM lstm_forecast(NULL::bytea, 'month', 'ts', 'value');
SELECT * FROM lstm_backtest(NULL::bytea, 'month', 'ts', 'value');
SELECT r.* FROM unnest(ARRAY['lstm_forecast(lstm_pretrained())', $$lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value', past_columns => '{i}')$$, $$lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value', future_columns => '{i}')$$,
	$$lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value', future_source => 'month')$$, $$lstm_backtest(lstm_pretrained(), 'month', 'ts', 'value', past_columns => '{i}')$$, $$lstm_forecast(lstm_pretrained(), 'month', 'ts', 'price')$$,
	$$unnest((SELECT lstm_forecast(lstm_pretrained(), 'a', ts, value, ARRAY[i::float8], NULL) FROM month))$$]) AS call, raises('SELECT * FROM ' || call) AS r;

-- Back-tests: at each origin it sees what came before; three folds where none are asked for.
SELECT count(DISTINCT fold) AS folds, bool_and(model < seasonal_naive) AS better, bool_and(model = start) AS "is the start" FROM lstm_backtest(lstm_pretrained(), 'month', 'ts', 'value', horizon => 6) WHERE metric = 'mae';
SELECT count(DISTINCT origin) AS origins, avg(model) < 1.2 * avg(seasonal_naive) AND avg(model) < 0.2 * avg(naive) AS good FROM lstm_backtest(lstm_pretrained(), 'day', 'ts', 'value', horizon => 7, folds => 8, stride => 5) WHERE metric = 'mae';
SELECT b.fold, count(*), bool_and(abs(b.forecast - f.forecast) < 1e-9) AS "as from the rows before"
FROM lstm_backtest_forecasts(lstm_pretrained(), 'day', 'ts', 'value', horizon => 7, folds => 2) AS b
	JOIN LATERAL lstm_forecast(lstm_pretrained(), format('SELECT * FROM day WHERE ts <= %L', b.origin), 'ts', 'value', horizon => 7) AS f ON f.step = b.step GROUP BY b.fold ORDER BY b.fold;
-- of hours with a day and a week a start reads more than a thousand steps, in back-tests, too
SELECT count(*) AS steps, max(abs(forecast - start)) < 1e-9 AS "is the start"
FROM lstm_backtest_forecasts(lstm_pretrained(), 'SELECT timestamptz ''2024-01-01'' + i * interval ''1 hour'' AS ts, 50 + 20 * sin(i * pi() / 12) * (1 + 0.5 * (i / 24 % 7 < 5)::int) + 3 * sin(i * i) AS value FROM generate_series(0, 1499) AS i', 'ts', 'value', horizon => 24, folds => 2);
SELECT code, message, hint FROM raises($$SELECT * FROM lstm_backtest(lstm_pretrained(), 'SELECT * FROM month WHERE i < 8', 'ts', 'value', horizon => 6)$$);

-- What the model is: a network without series.
SELECT lstm_pretrained() = lstm_pretrained() AS same, length(lstm_pretrained()) BETWEEN 70000 AND 100000 AS "as large as its weights";
SELECT info->'series' AS series, info->'rows' AS rows, info->'members' AS members, info->'pretrained' AS pretrained, info->'start_share' AS share, info->'options'->>'pretrained' AS option, (info->'parameters')::int = (SELECT sum(array_length(weights, 1)) FROM lstm_weights(lstm_pretrained())) AS parameters, info ? 'first_time' AS times
FROM lstm_model_info(lstm_pretrained()) AS info;
SELECT count(*) AS series FROM lstm_model_series(lstm_pretrained());
SELECT count(*) AS epochs FROM lstm_training_log(lstm_pretrained());
SELECT tensor, shape, array_length(weights, 1) AS count, (SELECT bool_and(abs(w) < 1000) FROM unnest(weights) AS w) AS finite FROM lstm_weights(lstm_pretrained());

-- Kept in a table it is the same.
CREATE TABLE kept AS SELECT lstm_pretrained() AS model;
SELECT bool_and(f.forecast = g.forecast AND f.upper = g.upper) AS same FROM kept, lstm_forecast(model, 'month', 'ts', 'value') AS f JOIN lstm_forecast(lstm_pretrained(), 'month', 'ts', 'value') AS g USING (step);
SELECT count(*), count(DISTINCT f::text) AS different, bool_and(array_length(f, 1) = 14) AS steps
FROM (SELECT n, lstm_forecast(CASE WHEN (i + n) % 2 = 0 THEN lstm_pretrained() ELSE model END, ts, value ORDER BY i) AS f FROM kept, day, generate_series(1, 30) AS n GROUP BY n) AS mixed;

-- lstm_train: it alone, without any training; one of the starts; left out.
CREATE TABLE trained AS SELECT word, lstm_train('SELECT * FROM month WHERE i < 60', 'ts', 'value', options => lstm_options(horizon => 12, pretrained => word)) AS model FROM unnest(ARRAY['only', 'join', 'none']) AS word;
SELECT word, length(model) < 10000 AS small, info->'pretrained' AS asked, info->'options'->>'pretrained' AS option, s.status, s.start LIKE '%pretrained network%' AS network, s.start = 'pretrained network' AS alone, jsonb_array_length(info->'members') AS networks
FROM trained, lstm_model_info(model) AS info, lstm_model_series(model) AS s ORDER BY word;
SELECT info->'why'->>'ensemble_size' AS why, (SELECT count(*) FROM lstm_weights(model)) AS weights FROM trained, lstm_model_info(model) AS info WHERE word = 'only';
SELECT word, lstm_mae(m.value, f.forecast) < 10 AS good, bool_and(f.forecast BETWEEN f.lower AND f.upper) AS within FROM trained, lstm_forecast(model) AS f JOIN month AS m USING (ts) GROUP BY word ORDER BY word;
-- by itself, as from the rows; after newer rows; of a series that it has never seen; after a round trip
SELECT bool_and(abs(f.forecast - g.forecast) < 1e-9) AS same FROM trained, lstm_forecast(model) AS f JOIN lstm_forecast(lstm_pretrained(), 'SELECT * FROM month WHERE i < 60', 'ts', 'value', horizon => 12) AS g USING (step) WHERE word = 'only';
SELECT bool_and(abs(f.forecast - g.forecast) < 1e-9) AS same FROM trained, lstm_forecast(model, 'SELECT * FROM month WHERE i BETWEEN 60 AND 65', 'ts', 'value') AS f JOIN lstm_forecast(lstm_pretrained(), 'SELECT * FROM month WHERE i < 66', 'ts', 'value', horizon => 12) AS g USING (step) WHERE word = 'only';
SELECT lstm_mae(m.value, f.forecast) < 12 AS good FROM trained, lstm_forecast(model, 'SELECT ''b'' AS name, ts, value FROM month WHERE i < 48', 'ts', 'value', 'name') AS f JOIN month AS m USING (ts) WHERE word = 'only';
SELECT bool_and(f.forecast = g.forecast) AS same FROM trained AS t, lstm_forecast(decode(encode(model, 'hex'), 'hex')) AS f JOIN lstm_forecast(t.model) AS g USING (step) WHERE word = 'only';
-- intervals of its own quantiles, as of the rows at once, and those of its errors in the past
SELECT word, bool_and(abs(f.lower - g.lower) + abs(f.upper - g.upper) < 1e-9) AS same, min(info->>'calibration_points')::int > 0 AS errors, bool_and(info->'held_out'->>'mae' IS NOT NULL) AS measured
FROM unnest(ARRAY['model', 'conformal']) AS word, LATERAL (SELECT lstm_train('SELECT * FROM month WHERE i < 60', 'ts', 'value', options => lstm_options("interval" => word, pretrained => 'only', horizon => 12)) AS model) AS t, lstm_model_info(model) AS info,
	lstm_forecast(model) AS f JOIN lstm_forecast(lstm_pretrained(), 'SELECT * FROM month WHERE i < 60', 'ts', 'value', horizon => 12) AS g USING (step) GROUP BY word ORDER BY word;
-- a model of three rows says how far it may be off of series that it has never seen, one of which begins as short
SELECT f.series, count(*), bool_and(f.lower BETWEEN 60 AND f.forecast AND f.upper BETWEEN f.forecast AND 140 AND f.upper - f.lower > 5) AS intervals
FROM lstm_forecast((SELECT lstm_train(date '2024-01-01' + i, 10 + i % 3) FROM generate_series(1, 3) AS i),
	'SELECT s, date ''2024-01-01'' + i AS day, 100 + 10 * sin(i * 2 * pi() / 7) + g(i, 60) AS value FROM generate_series(1, 60) AS i, unnest(ARRAY[1, 2]) AS s WHERE s = 1 OR i > 45', 'day', 'value', 's', horizon => 1) AS f GROUP BY f.series ORDER BY f.series;
-- a panel whose series are too short for networks, and one that joins; in aggregates and in one statement
SELECT s.series, s.status, s.start FROM (SELECT lstm_train(name, ts, value, lstm_options(horizon => 7, pretrained => 'only')) AS model FROM panel WHERE name <> 'old') AS t, lstm_model_series(model) AS s ORDER BY series;
SELECT bool_and(f.forecast = g.forecast) AS same FROM lstm_forecast('day', 'ts', 'value', horizon => 7, options => lstm_options(pretrained => 'only')) AS f JOIN lstm_forecast(lstm_pretrained(), 'day', 'ts', 'value', horizon => 7) AS g USING (step);
SELECT bool_and(model < seasonal_naive) AS better FROM lstm_backtest('month', 'ts', 'value', horizon => 6, options => lstm_options(pretrained => 'only')) WHERE metric = 'mae';

-- A panel of a law that it does not know, as each value lies on the other side of the last one: it is fine-tuned on the rows, and forecasts better then.
CREATE TABLE swing AS WITH RECURSIVE step AS (SELECT s, 0 AS i, g(s, 1) AS a FROM generate_series(1, 60) AS s UNION ALL SELECT s, i + 1, -0.8 * a + g(100 * s + i, 7) FROM step WHERE i < 43)
SELECT 's' || s AS name, i, date '2020-01-01' + i AS ts, 100 + a AS value FROM step;
SET client_min_messages = warning;
CREATE TABLE tuned AS SELECT word, workers, lstm_train('SELECT * FROM swing WHERE i < 40', 'ts', 'value', 'name', options => lstm_options(horizon => 4, seasonal_period => 1, pretrained => word, workers => workers)) AS model FROM (VALUES ('join', 1), ('join', 2), ('none', 1)) AS v (word, workers);
SELECT word, regexp_replace(info->'why'->>'pretrained', '[0-9]+', 'some') AS why, info->'pretrained' AS asked, (info->>'start_share')::float8 > 0 AS share, (SELECT count(*) FROM lstm_weights(model) AS w WHERE w.tensor LIKE 'pretrained.%') AS tensors, (info->'held_out'->>'mae')::float8 < (info->'held_out'->'naive'->>'mae')::float8 AS better
FROM tuned, lstm_model_info(model) AS info WHERE workers = 1 ORDER BY word;
SELECT a.model = b.model AS "with any number of workers" FROM tuned AS a, tuned AS b WHERE a.word = 'join' AND b.word = 'join' AND a.workers = 1 AND b.workers = 2;
-- the start is the tuned network's, which errs less on the last steps than the one that ships does; after a round trip it is the same
SELECT s.start, count(*) FROM tuned, lstm_model_series(model) AS s WHERE word = 'join' AND workers = 1 GROUP BY s.start;
CREATE TABLE shipped AS SELECT known, f.ts, f.series, f.forecast, s.value FROM unnest(ARRAY[36, 40]) AS known, LATERAL lstm_forecast(lstm_train(format('SELECT * FROM swing WHERE i < %s', known), 'ts', 'value', 'name', options => lstm_options(horizon => 4, seasonal_period => 1, pretrained => 'only'))) AS f JOIN swing AS s ON s.name = f.series AND s.ts = f.ts;
SELECT (info->'held_out'->'start'->>'mae')::float8 < 0.95 * (SELECT lstm_mae(value, forecast) FROM shipped WHERE known = 36) AS "tuned is better" FROM tuned, lstm_model_info(model) AS info WHERE word = 'join' AND workers = 1;
SELECT lstm_mae(s.value, f.forecast) < 0.95 * lstm_mae(s.value, s.forecast) AS "better ahead", avg((s.value BETWEEN f.lower AND f.upper)::int) > 0.8 AS covers FROM tuned, lstm_forecast(model) AS f JOIN shipped AS s USING (series, ts) WHERE known = 40 AND word = 'join' AND workers = 1;
SELECT bool_and(f.forecast = g.forecast AND f.lower = g.lower) AS same FROM tuned AS t, lstm_forecast(decode(encode(model, 'hex'), 'hex')) AS f JOIN lstm_forecast(t.model) AS g USING (series, step) WHERE word = 'join' AND workers = 1;
-- not where options leave no time or no steps for it, nor on fewer series
SELECT o.options, info->'why'->>'pretrained' AS why FROM (VALUES ('{"max_steps": 3}'::jsonb), ('{"max_seconds": 0.05}'), ('{"pretrained": "only"}')) AS o (options), LATERAL (SELECT lstm_train('SELECT * FROM swing WHERE i < 40', 'ts', 'value', 'name', options => '{"horizon": 4, "seasonal_period": 1}' || o.options) AS model) AS t, lstm_model_info(model) AS info;
SELECT info->'why'->>'pretrained' AS why FROM (SELECT lstm_train('SELECT * FROM swing WHERE i < 40 AND length(name) = 2', 'ts', 'value', 'name', options => '{"horizon": 4, "seasonal_period": 1}') AS model) AS t, lstm_model_info(model) AS info;
RESET client_min_messages;

-- Options that do not go together, and a word that is none.
SELECT o.word, r.* FROM (VALUES ('"only", "start": false'), ('"always"'), ('null'), ('3')) AS o (word), raises(format('SELECT lstm_train(''month'', ''ts'', ''value'', options => %L)', format('{"pretrained": %s, "max_steps": 3}', word))) AS r;
SELECT r.* FROM raises($$SELECT lstm_train('month', 'ts', 'value', future_columns => '{i}', options => lstm_options(pretrained => 'only'))$$) AS r;
SELECT r.* FROM raises($$SELECT lstm_options(pretrained => 'always')$$) AS r;
