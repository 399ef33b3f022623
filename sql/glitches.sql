-- Single values that cannot be true: they are found and named, and forecasts are as without them; and what must not be
-- taken for one. Trainings are short: what is asked for is the same forecast, not a good one.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SCHEMA glitches;
SET search_path = glitches, public;

\getenv root PG_ABS_SRCDIR
\set noise :root '/test/regress/noise.sql'
\i :noise
CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT '{"max_steps": 40, "ensemble_size": 2, "hidden_size": 8, "refit": false}' || more $$;

CREATE TABLE clean AS
SELECT 'hours' AS kind, i, timestamptz '2024-01-01' + i * interval '1 hour' AS t, 1200 + 900 * sin(i * 2 * pi() / 24) + 60 * g(i, 1) AS v FROM generate_series(0, 719) AS i
UNION ALL
SELECT 'days', i, timestamptz '2022-01-01' + i * interval '1 day', 200 + 50 * sin(i * 2 * pi() / 7) + 5 * g(i, 2) FROM generate_series(0, 419) AS i
UNION ALL
SELECT 'months', i, timestamptz '2018-01-01' + i * interval '1 month', 11 + g(i, 3) / 2 FROM generate_series(0, 59) AS i
UNION ALL
SELECT 'degrees', i, timestamptz '2024-01-01' + i * interval '1 hour', 5 + 10 * sin(i * 2 * pi() / 24) + g(i, 4) FROM generate_series(0, 719) AS i;

-- What is put where: steps and values of one case.
CREATE TABLE bad (name text, kind text, steps int[], value float8);
INSERT INTO bad VALUES
	('300 times the level', 'hours', '{640}', 350000), ('two of them', 'hours', '{120,610}', 350000), ('zero', 'hours', '{700}', 0),
	('negative', 'hours', '{333}', -5), ('tiny', 'hours', '{500}', 0.001), ('the first step', 'hours', '{0}', 350000), ('the last step', 'hours', '{719}', 350000),
	('zero at the end', 'days', '{419}', 0), ('a run of two codes', 'days', '{400,401}', -999), ('one month of 50', 'months', '{57}', 50),
	('the same', 'months', '{50}', 50), ('codes of a sensor', 'degrees', '{100,300,301}', -999);
CREATE TABLE rows AS SELECT name, kind, i, t, CASE WHEN i = ANY (steps) THEN value ELSE v END AS v FROM bad JOIN clean USING (kind);

-- Season, forecast and interval are about those without it: distances over the forecast's own interval.
CREATE TABLE models AS
SELECT name, kind, lstm_train(t, v, quick()) AS model FROM rows GROUP BY name, kind
UNION ALL
SELECT NULL, kind, lstm_train(t, v, quick()) FROM clean GROUP BY kind;
CREATE TABLE answers AS SELECT m.name, m.kind, f.step, f.ts, f.forecast, f.lower, f.upper FROM models AS m, lstm_forecast(m.model) AS f;
SELECT b.kind, b.name, (lstm_model_info(m.model)->>'missing')::int = cardinality(b.steps) AS missing,
	   lstm_model_info(m.model)->'season' = lstm_model_info(c.model)->'season' AS same_season,
	   (SELECT avg(abs(a.forecast - o.forecast)) / avg(o.upper - o.lower) < 0.15 AND max(abs(a.forecast - o.forecast)) / avg(o.upper - o.lower) < 0.5
			   AND avg(a.upper - a.lower) / avg(o.upper - o.lower) BETWEEN 0.67 AND 1.5
		FROM answers AS a JOIN answers AS o USING (kind, step, ts) WHERE a.name = b.name AND a.kind = b.kind AND o.name IS NULL) AS as_without
FROM bad AS b JOIN models AS m USING (name, kind) JOIN models AS c ON c.kind = b.kind AND c.name IS NULL ORDER BY b.kind, b.name;

-- A slip of the till in a shop's first year, closed on Sundays: no year tells whether it comes back, and it is due after the
-- horizon. With the default of no options the days to come are as if it was right.
CREATE TABLE bakery AS SELECT d, i, round((60 + 25 * (w = 6)::int + 10 * (w = 5)::int + i * 0.08) * (1 + 0.15 * cos((extract(doy FROM d) - 15) * 2 * pi() / 365)) + 5 * g(i, 11)) AS v
FROM (SELECT date '2024-02-01' + i AS d, i, extract(isodow FROM date '2024-02-01' + i) AS w FROM generate_series(0, 314) AS i) AS days WHERE w < 7;
WITH models AS (SELECT day, factor, lstm_train(d, CASE WHEN d = day THEN v * factor ELSE v END) AS model
				FROM bakery, unnest(ARRAY[date '2024-11-20', date '2024-12-11']) AS day, unnest(ARRAY[1, 9, 15]) AS factor GROUP BY 1, 2),
	 answers AS (SELECT day, factor, step, forecast, lower, upper FROM models, lstm_forecast(model))
SELECT a.day, a.factor, max(abs(a.forecast / o.forecast - 1)) < 0.05 AS as_without, avg(a.upper - a.lower) / avg(o.upper - o.lower) BETWEEN 0.8 AND 1.25 AS as_sure
FROM answers AS a JOIN answers AS o USING (day, step) WHERE o.factor = 1 AND a.factor > 1 GROUP BY 1, 2 ORDER BY 1, 2;
-- What is due within the horizon stays.
SELECT horizon, lstm_model_info(lstm_train(d, CASE WHEN d = '2024-02-10' THEN v * 9 ELSE v END, quick(jsonb_build_object('horizon', horizon))))->>'missing' AS missing
FROM bakery, unnest(ARRAY[14, 60]) AS horizon GROUP BY 1 ORDER BY 1;

-- Which value it is.
SET client_min_messages = notice;
SELECT length(lstm_train(t, v, '{"max_steps": 1}')) > 0 AS trained FROM rows WHERE name = '300 times the level';
SELECT length(lstm_train(v, '{"max_steps": 1}' ORDER BY i)) > 0 AS trained FROM rows WHERE name = 'codes of a sensor';
SELECT length(lstm_train(kind, t, v, '{"max_steps": 1}')) > 0 AS trained
FROM (SELECT kind, t, v FROM rows WHERE name = 'zero at the end' UNION ALL SELECT 'other ' || k, t, v * k FROM clean, generate_series(1, 2) AS k WHERE kind = 'days') AS shops;
SELECT length(lstm_train(t, v, '{"max_steps": 1, "glitches": "keep"}')) > 0 AS trained FROM rows WHERE name = '300 times the level';
SET client_min_messages = warning;

-- Kept, they are what was observed; nothing is missing.
SELECT lstm_model_info(lstm_train(t, v, quick('{"glitches": "keep"}')))->'missing' AS missing FROM rows WHERE name = 'tiny';

-- In a panel the other series forecast as if nothing was.
CREATE TABLE shops AS SELECT shop, i, t, v * shop + shop AS v FROM clean, generate_series(1, 3) AS shop WHERE kind = 'days';
CREATE TABLE shop_models AS
SELECT bad, lstm_train(shop, t, CASE WHEN bad AND shop = 2 AND i = 390 THEN 0 ELSE v END, quick()) AS model FROM shops, unnest(ARRAY[false, true]) AS bad GROUP BY bad;
SELECT a.series, avg(abs(a.forecast - b.forecast) / b.forecast) < 0.02 AS same, max(a.upper / b.upper) < 1.1 AS same_interval
FROM shop_models AS m, lstm_forecast(m.model) AS a, shop_models AS n, lstm_forecast(n.model) AS b
WHERE m.bad AND NOT n.bad AND a.series = b.series AND a.step = b.step GROUP BY 1 ORDER BY 1;

-- Fresh rows, few and many: one that cannot be true, by what the model knows of the series.
SELECT value, n, avg(abs(f.forecast - c.forecast)) < 10 AS as_without, max(f.upper) < 400 AS sane
FROM models AS m, unnest(ARRAY[0, -5, 0.001, -999, 80000]) AS value, unnest(ARRAY[3, 30, 120]) AS n,
	LATERAL lstm_forecast(m.model, format('SELECT t, CASE WHEN i = %s THEN %s ELSE v END AS v FROM clean WHERE kind = ''days'' AND i >= %s', 420 - least(n, 20), value, 420 - n), 't', 'v') AS f
	JOIN LATERAL lstm_forecast(m.model, format('SELECT t, v FROM clean WHERE kind = ''days'' AND i >= %s', 420 - n), 't', 'v') AS c USING (step)
WHERE m.kind = 'days' AND m.name IS NULL GROUP BY 1, 2 ORDER BY 1, 2;
SET client_min_messages = notice;
SELECT count(*) FROM models AS m, lstm_forecast(m.model, 'SELECT t, CASE WHEN i = 300 THEN 0 ELSE v END AS v FROM clean WHERE kind = ''days''', 't', 'v') WHERE m.kind = 'days' AND m.name IS NULL;
SET client_min_messages = warning;

-- More than one, and one that stays: no logarithm of the smallest number, but a small value.
SELECT zeros, min(f.forecast) > -20 AND max(f.forecast) < 400 AS sane
FROM models AS m, unnest(ARRAY[3, 10, 60]) AS zeros,
	LATERAL lstm_forecast(m.model, format('SELECT t, CASE WHEN i >= 420 - %s THEN 0 ELSE v END AS v FROM clean WHERE kind = ''days'' AND i >= 300', zeros), 't', 'v') AS f
WHERE m.kind = 'days' AND m.name IS NULL GROUP BY 1 ORDER BY 1;

-- A back-test on fresh rows leaves it out as it leaves out what is missing.
SELECT value, count(*) > 10 AND avg(b.model) < 20 AS mae_as_without, max(b.model) < 40 AS everywhere
FROM models AS m, unnest(ARRAY[0, 80000]) AS value,
	LATERAL lstm_backtest(m.model, format('SELECT t + interval ''420 days'' AS t, CASE WHEN i = 200 THEN %s ELSE v END AS v FROM clean WHERE kind = ''days''', value), 't', 'v') AS b
WHERE b.metric = 'mae' AND m.kind = 'days' AND m.name IS NULL GROUP BY 1 ORDER BY 1;

-- What is none: NOTICEs would say which.
CREATE TABLE nature AS
SELECT kind, i, t, CASE kind
	WHEN 'a level that rose, 5 steps ago' THEN v * CASE WHEN i >= 415 THEN 5 ELSE 1 END
	WHEN 'a level that fell, 5 steps ago' THEN v * CASE WHEN i >= 415 THEN 0.1 ELSE 1 END
	WHEN 'a level that rose, 2 steps ago' THEN v * CASE WHEN i >= 418 THEN 5 ELSE 1 END
	WHEN 'a campaign of 3 days' THEN v * CASE WHEN i BETWEEN 200 AND 202 THEN 5 ELSE 1 END
	WHEN 'the first of the month' THEN v * CASE WHEN extract(day FROM t) = 1 THEN 6 ELSE 1 END
	WHEN 'exponential growth' THEN v * exp(i / 30.0)
	WHEN 'rain' THEN CASE WHEN u(i, 5) < 0.7 THEN 0 ELSE 10 * u(i, 6) ^ 4 * -ln(u(i, 7)) END
	WHEN 'spare parts' THEN CASE WHEN u(i, 5) < 0.75 THEN 0 ELSE 1 + floor(-4 * ln(u(i, 6))) END
	WHEN 'trading volumes' THEN 1e6 * exp(0.4 * g(i, 5)) * CASE WHEN u(i, 8) < 0.01 THEN 4 ELSE 1 END
	WHEN 'a meter set back' THEN CASE WHEN i < 300 THEN 5000 + 10 * i ELSE 10 * (i - 300) END + u(i, 5)
	WHEN 'small counts' THEN floor(-3 * ln(u(i, 5)))
	END AS v
FROM (SELECT i, t, v FROM clean WHERE kind = 'days') AS days,
	unnest(ARRAY['a level that rose, 5 steps ago', 'a level that fell, 5 steps ago', 'a level that rose, 2 steps ago', 'a campaign of 3 days', 'the first of the month',
				 'exponential growth', 'rain', 'spare parts', 'trading volumes', 'a meter set back', 'small counts']) AS kind
UNION ALL
SELECT 'Decembers, ' || n, i, t, v * CASE WHEN i % 12 = 11 THEN 5 ELSE 1 END FROM clean, unnest(ARRAY[18, 24, 36, 60]) AS n WHERE kind = 'months' AND i < n
UNION ALL
SELECT 'Black Fridays', i, timestamptz '2021-01-01' + i * interval '1 day', (200 + 20 * g(i, 2)) * CASE WHEN i IN (329, 693, 1057) THEN 6 ELSE 1 END FROM generate_series(0, 1094) AS i
UNION ALL
SELECT 'a spiky season', i, t, 20 + g(i, 9) + CASE WHEN i % 24 = 8 THEN 400 + 50 * g(i, 10) ELSE 0 END FROM clean WHERE kind = 'hours'
UNION ALL
SELECT 'the first step after a gap', i, t, v * CASE WHEN i >= 300 THEN 3 ELSE 1 END FROM clean WHERE kind = 'days' AND i NOT BETWEEN 250 AND 299;
SET client_min_messages = notice;
SELECT kind, lstm_model_info(lstm_train(t, v, '{"max_steps": 1, "validation_fraction": 0}'))->>'missing' AS missing FROM nature GROUP BY kind ORDER BY kind;
SELECT lstm_model_info(lstm_train(kind, t, v, '{"max_steps": 1, "validation_fraction": 0}'))->>'missing' AS missing FROM nature
WHERE kind NOT LIKE '%spiky%' AND kind NOT LIKE 'Decembers%';
SET client_min_messages = warning;

-- The option.
SELECT name, default_value, allowed FROM lstm_option_info() WHERE name = 'glitches';
SELECT lstm_options(glitches => 'keep');
\set VERBOSITY default
SELECT lstm_options(glitches => 'drop');
SELECT lstm_train(t, v, '{"outliers": "keep"}') FROM clean WHERE kind = 'months';

RESET search_path;
DROP SCHEMA glitches CASCADE;
