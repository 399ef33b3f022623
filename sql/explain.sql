-- What forecasts are made of: lstm_explain. Its components add up to the forecast, tell drivers from noise, and answer what-ifs.
CREATE SCHEMA explain_test;
SET search_path = explain_test, public;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;
\getenv root PG_ABS_SRCDIR
\set noise :root '/test/regress/noise.sql'
\i :noise
\set raises :root '/test/regress/raises.sql'
\i :raises

CREATE FUNCTION small(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(ensemble_size => 1, hidden_size => 6, lookback => 14, horizon => 4, max_steps => 30, validation_fraction => 0, "interval" => 'none', start => false) || more $$;
-- How far the components of a query's rows are from the forecasts of another one, in sizes of these: steps, and the worst.
CREATE FUNCTION apart(explained text, forecasts text, OUT steps bigint, OUT "add up" boolean) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*), bool_and(coalesce(abs(e.value - f.forecast) / greatest(abs(f.forecast), 1) < 1e-9, false))
		FROM (SELECT series, step, ts, sum(value) AS value FROM %s AS e GROUP BY 1, 2, 3) AS e
			 FULL JOIN (SELECT series, step, ts, forecast FROM %s AS f) AS f ON e.step = f.step AND e.series IS NOT DISTINCT FROM f.series AND e.ts IS NOT DISTINCT FROM f.ts', explained, forecasts)
	INTO steps, "add up";
END $$;

-- days with a week, a promotion that adds 20 from the same day on, a driver that does nothing, and a count that follows the values
CREATE TABLE day AS
SELECT i, date '2023-01-02' + i AS ts, 200 + (ARRAY[0, 10, 20, 30, 40, 20, -20])[i % 7 + 1] + 20 * promo + g(i, 1) AS value, promo, noise, g(i, 3) AS visits
FROM (SELECT i, (u(i, 5) < 0.3)::int AS promo, g(i, 7) AS noise FROM generate_series(0, 499) AS i) AS drivers;
CREATE VIEW known AS SELECT i, ts, CASE WHEN i < 480 THEN value END AS value, promo, noise, visits FROM day;

-- 1. Every cell, decoder and kind of covariate, patches or none, with all transforms, skips and supervisions in turn.
CREATE TABLE kinds AS
SELECT row_number() OVER () AS n, cell, decoder, covariates, patch,
	   lstm_options(cell => cell, decoder => decoder, patch_length => patch, calendar => covariates = 'calendar', lookback => CASE WHEN patch = 1 THEN 9 ELSE 14 END)
	   || CASE row_number() OVER () % 5 WHEN 0 THEN '{"transform": "log"}' WHEN 1 THEN '{"transform": "none", "bidirectional": true}' WHEN 2 THEN '{"seasonal_skip": false, "loss": "gaussian"}'
		  WHEN 3 THEN '{"linear_skip": true, "ensemble_size": 3, "normalization": "instance"}' ELSE '{"ensemble_size": 2, "num_layers": 2, "supervision": "sequence"}' END::jsonb AS options
FROM unnest(ARRAY['lstm', 'gru', 'rnn']) AS cell, unnest(ARRAY['direct', 'parallel', 'recursive']) AS decoder, unnest(ARRAY['none', 'past', 'future', 'calendar']) AS covariates, unnest(ARRAY[1, 7]) AS patch;
CREATE TABLE models AS
SELECT k.*, lstm_train('known', 'ts', 'value', past_columns => CASE covariates WHEN 'past' THEN '{visits,noise}'::text[] END,
	future_columns => CASE covariates WHEN 'future' THEN '{promo,noise}'::text[] END, options => small(options)) AS model
FROM kinds AS k;
SELECT cell, decoder, count(*) AS models, sum(steps) AS steps, bool_and("add up") AS "add up"
FROM models, apart(format('lstm_explain((SELECT model FROM models WHERE n = %s))', n), format('lstm_forecast((SELECT model FROM models WHERE n = %s))', n)) GROUP BY 1, 2 ORDER BY 1, 2;
-- nothing is without effect, and what each model reads has its component
SELECT covariates, string_agg(DISTINCT component, ', ' ORDER BY component) FILTER (WHERE component NOT LIKE 'past %') AS components, bool_and(felt) AS "with effects"
FROM models, LATERAL (SELECT component, bool_or(value <> 0) AS felt FROM lstm_explain(model) WHERE component <> 'limit' GROUP BY 1) AS e GROUP BY 1 ORDER BY 1;
SELECT patch, string_agg(DISTINCT component, ', ') FILTER (WHERE component LIKE 'past %') AS past FROM models, lstm_explain(model) GROUP BY 1 ORDER BY 1;
SELECT s.label, e.step, e.ts, e.component FROM models, lstm_explain(model, 1) WITH ORDINALITY AS e (series, step, ts, component, value, place), LATERAL (SELECT e.series IS NULL AS label) AS s
WHERE cell = 'lstm' AND decoder = 'direct' AND covariates = 'future' AND patch = 7 ORDER BY place;

-- 2. One driver has its effect, the other none: the network had time to learn that.
CREATE TABLE driven AS
SELECT lstm_train('known', 'ts', 'value', future_columns => '{promo,noise}', horizon => 14, options => lstm_options(ensemble_size => 1, hidden_size => 16, max_steps => 600, start => false)) AS model;
CREATE VIEW effects AS
SELECT e.step, e.ts, e.component, e.value, d.promo FROM driven, lstm_explain(model) AS e JOIN day AS d ON d.ts = e.ts::date;
SELECT promo, abs(avg(sum - 20 * promo)) < 4 AS "follows the promotion", count(*) > 3 AS days
FROM (SELECT e.promo, e.value + before.value AS sum FROM effects AS e,
		-- what the promotion adds to the seasons that it begins from is taken off again
		LATERAL (SELECT s.value - 200 - (ARRAY[0, 10, 20, 30, 40, 20, -20])[(e.ts::date - date '2023-01-02') % 7 + 1] AS value FROM effects AS s WHERE s.step = e.step AND s.component = 'start') AS before
	  WHERE e.component = 'promo') AS sums GROUP BY promo ORDER BY promo;
SELECT max(abs(value)) FILTER (WHERE component = 'promo') > 10 AS promo, avg(abs(value)) FILTER (WHERE component = 'noise') < 0.7 AS noise FROM effects;

-- 3. What if: the forecast is that of rows that were so, and a promotion adds what it adds.
CREATE VIEW planned AS SELECT i, ts, value, CASE WHEN i < 480 THEN promo ELSE 1 END AS promo, noise FROM known;
SELECT change, steps, "add up"
FROM (VALUES ('{"promo": 1}', 'planned'), ('{"promo": "=1"}', 'planned'), ('{"promo": " 1.0 "}', 'planned'), ('{"promo": true}', 'planned'), ('{"noise": "+0 %"}', 'known'), ('{}', 'known'), ('{"noise": "-0", "promo": "+0"}', 'known'), (NULL, 'known')) AS changes (change, rows),
	 apart(format('lstm_explain((SELECT model FROM driven), changes => %L)', change), format('lstm_forecast((SELECT model FROM driven), %L, ''ts'', ''value'')', rows));
SELECT * FROM apart('lstm_explain((SELECT model FROM driven), ''known'', ''ts'', ''value'', changes => ''{"promo": 1}'', horizon => 5)', 'lstm_forecast((SELECT model FROM driven), ''planned'', ''ts'', ''value'', horizon => 5)');
CREATE FUNCTION what_if(change jsonb) RETURNS TABLE (step int, forecast float8) LANGUAGE sql AS
$$ SELECT step, sum(value) FROM driven, lstm_explain(model, changes => change) GROUP BY 1 $$;
SELECT d.promo, abs(avg(w.forecast - f.forecast) - 20 * (1 - d.promo)) < 3 AS "adds 20" FROM driven, lstm_forecast(model) AS f JOIN what_if('{"promo": 1}') AS w USING (step) JOIN day AS d ON d.ts = f.ts::date GROUP BY 1 ORDER BY 1;
-- steps of a driver: a number more or less, a share of itself; all do the same of 0 and 1
SELECT change, abs(max(w.forecast - f.forecast)) < 1e-3 AND abs(min(w.forecast - f.forecast)) < 1e-3 AS same
FROM (VALUES ('{"promo": "+100 %"}', '{"promo": "+100%"}'), ('{"promo": "-50 %"}', '{"promo": " - 50 % "}'), ('{"noise": "+2"}', '{"noise": "+2.0"}'), ('{"promo": "-100 %"}', '{"promo": 0}'), ('{"noise": "=-1.5e0"}', '{"noise": -1.5}')) AS c (change, other),
	 what_if(change::jsonb) AS w JOIN LATERAL what_if(other::jsonb) AS f USING (step) GROUP BY 1 ORDER BY 1;
SELECT bool_or(abs(a.forecast - b.forecast) > 1) AS "and they do something" FROM what_if('{"promo": "+100 %"}') AS a JOIN what_if('{"promo": "-50 %"}') AS b USING (step);
SELECT r.* FROM unnest(ARRAY['{"prmo": 1}', '{"PROMO": 1}', '{"weather": 1}', '{"promo": "10 %"}', '{"promo": "+"}', '{"promo": ""}', '{"promo": "nan"}', '{"promo": "+inf"}', '{"promo": "0x10"}', '{"promo": null}', '{"promo": [1]}',
	'{"promo": {}}', '{"promo": 1e400}', '{"promo": "+1 2"}', '{"promo": "=5 %"}', '{"promo": "--5"}', '[]', '3', '"promo"', 'null', '{"": 1}']) AS c (change),
	 raises(format('SELECT count(*) FROM driven, lstm_explain(model, changes => %L)', change)) AS r;
SELECT r.* FROM raises('SELECT count(*) FROM (SELECT model FROM models WHERE covariates = ''past'' LIMIT 1) AS m, lstm_explain(model, changes => ''{"visits": 1}'')') AS r;
SELECT r.* FROM raises('SELECT count(*) FROM (SELECT model FROM models WHERE covariates = ''none'' LIMIT 1) AS m, lstm_explain(model, changes => ''{"visits": 1}'')') AS r;
-- a driver far beyond what was seen is cut to what the network has learned of, and no fault
SELECT count(*), bool_and(forecast BETWEEN 0 AND 1000) AS sane FROM what_if('{"noise": 1e300}');

-- 4. Panels: all series or some, at their own ends, some of them by their start alone; fresh rows; steps beyond the trained horizon.
CREATE TABLE panel AS
SELECT 'old ' || k AS shop, date '2024-01-01' + i AS day, 100 + 10 * k + 20 * sin(i * 0.9 + k) + g(i, k) AS sold FROM generate_series(1, 3) AS k, generate_series(-150, 0) AS i
UNION ALL SELECT 'new', date '2024-01-01' + i, 200 + 5 * i FROM generate_series(-9, -1) AS i;
CREATE TABLE panel_model AS SELECT lstm_train(shop, day, sold, lstm_options(horizon => 7, ensemble_size => 1, hidden_size => 8, max_steps => 60, start => true, maximum => 130)) AS model FROM panel;
SELECT r.name, a.* FROM (VALUES ('all', ''), ('more steps', ', horizon => 20'), ('some', ', series => ARRAY[''old 2'', ''new'']'), ('one step', ', 1')) AS r (name, more),
	 apart(format('lstm_explain((SELECT model FROM panel_model)%s)', more), format('lstm_forecast((SELECT model FROM panel_model)%s)', more)) AS a;
SELECT * FROM apart('lstm_explain((SELECT model FROM panel_model), ''SELECT shop || ''''!'''' AS shop, day, sold FROM panel'', ''day'', ''sold'', ''shop'', horizon => 9)', 'lstm_forecast((SELECT model FROM panel_model), ''SELECT shop || ''''!'''' AS shop, day, sold FROM panel'', ''day'', ''sold'', ''shop'', horizon => 9)');
SELECT series, bool_or(component = 'earlier forecasts' AND step <= 7 AND value <> 0) AS "fed too early", bool_or(component = 'earlier forecasts' AND step > 7 AND value <> 0) AS fed, bool_or(component = 'limit' AND value < 0) AS cut FROM panel_model, lstm_explain(model, 14) GROUP BY 1 ORDER BY 1;
SELECT r.* FROM unnest(ARRAY['series => ARRAY[''old 9'']', 'horizon => 0', 'horizon => 10001', 'on_missing => ''perhaps''', 'series => ARRAY[NULL]']) AS a (argument), raises(format('SELECT count(*) FROM panel_model, lstm_explain(model, %s)', argument)) AS r;
SELECT count(DISTINCT series) FROM panel_model, lstm_explain(model, series => ARRAY['old 1', 'nobody'], on_missing => 'skip');

-- 5. A share of the start: it is the component, and the networks' part is what they say beyond it.
CREATE TABLE mixed AS
SELECT lstm_train(date '2024-01-01' + i, 100 + 10 * sin(i * 0.9) + 5 * sin(i * i / 500.0) + g(i, 1), lstm_options(horizon => 7, ensemble_size => 1, hidden_size => 8, max_steps => 300, start => true)) AS model FROM generate_series(0, 399) AS i;
SELECT (lstm_model_info(model)->>'start_share')::float8 BETWEEN 0.1 AND 0.9 AS mixed, a.* FROM mixed, apart('lstm_explain((SELECT model FROM mixed))', 'lstm_forecast((SELECT model FROM mixed))') AS a;
-- as back-tests show it
CREATE VIEW waves AS SELECT date '2024-01-01' + i AS ts, 100 + 10 * sin(i * 0.9) + 5 * sin(i * i / 500.0) + g(i, 1) AS value FROM generate_series(0, 406) AS i;
SELECT count(*), bool_and(abs(e.value - b.start) < 1e-9) AS "the start", bool_or(abs(b.start - b.forecast) > 0.1) AS "is not all"
FROM mixed, lstm_explain(model, 'SELECT * FROM waves LIMIT 400', 'ts', 'value') AS e JOIN lstm_backtest_forecasts((SELECT model FROM mixed), 'waves', 'ts', 'value', folds => 1) AS b USING (step) WHERE e.component = 'start';

-- 6. The pretrained network, and models that are starts alone: from the last season on, by the seasons before.
SELECT * FROM apart('lstm_explain(lstm_pretrained(), ''known'', ''ts'', ''value'', horizon => 10)', 'lstm_forecast(lstm_pretrained(), ''known'', ''ts'', ''value'', horizon => 10)');
SELECT bool_and(e.value = d.value) AS "last season", count(*) FROM lstm_explain(lstm_pretrained(), 'known', 'ts', 'value', horizon => 7) AS e JOIN day AS d ON d.i = 480 - 8 + e.step WHERE component = 'start';
SELECT string_agg(DISTINCT component, ', ') FROM lstm_explain(lstm_pretrained(), 'SELECT * FROM known WHERE i BETWEEN 450 AND 479', 'ts', 'value', horizon => 7);
CREATE TABLE trend AS SELECT lstm_train(date '2024-01-01' + i, 50 + 3 * i, lstm_options(horizon => 3)) AS model FROM generate_series(0, 30) AS i;
SELECT * FROM apart('lstm_explain((SELECT model FROM trend), 8)', 'lstm_forecast((SELECT model FROM trend), 8)');
-- a line goes on as the steps before the last one say
SELECT step, round((sum(value) FILTER (WHERE component = 'start'))::numeric) AS start, round((sum(value) FILTER (WHERE component LIKE 'past%'))::numeric) AS past, round((sum(value) FILTER (WHERE component NOT LIKE 'past%' AND component <> 'start'))::numeric) AS other FROM trend, lstm_explain(model) GROUP BY 1 ORDER BY 1;
SELECT DISTINCT component, value = 0 AS nothing FROM lstm_explain((SELECT lstm_train(7.0) FROM generate_series(1, 60)), 2) WHERE component <> 'start' AND value <> 0;
SELECT DISTINCT value FROM lstm_explain((SELECT lstm_train(7.0) FROM generate_series(1, 60)), 2) WHERE component = 'start';
SELECT count(*), bool_and(ts IS NULL) AS "no time" FROM lstm_explain((SELECT lstm_train(i % 7) FROM generate_series(1, 60) AS i), 2);
SELECT n, count(DISTINCT step), max(value) FILTER (WHERE component = 'start') > 100 AS start FROM unnest(ARRAY[3, 4, 9]) AS n, LATERAL lstm_explain(lstm_pretrained(), format('SELECT * FROM known WHERE i < %s', n), 'ts', 'value', horizon => 2) GROUP BY 1 ORDER BY 1;

-- 7. By the wall clock: an hour that comes twice, or not at all, has its own components.
CREATE TABLE hour AS SELECT timestamptz '2024-09-20' + i * interval '1 hour' AS ts, 50 + 20 * sin(extract(hour FROM (timestamptz '2024-09-20' + i * interval '1 hour') AT TIME ZONE 'Europe/Berlin') * pi() / 12) AS value FROM generate_series(0, 24 * 37 + 10) AS i;
CREATE TABLE clock AS SELECT start, lstm_train(ts, value, small(lstm_options(horizon => 24, lookback => 72, time_zone => 'Europe/Berlin', start => start, seasonal_period => 24))) AS model FROM hour, unnest(ARRAY[true, false]) AS start GROUP BY start;
SELECT start, max(ts), a.* FROM clock, hour, LATERAL (SELECT format('(SELECT model FROM clock WHERE start = %L)', start) AS one) AS o, apart('lstm_explain(' || one || ', 24)', 'lstm_forecast(' || one || ', 24)') AS a GROUP BY 1, 3, 4 ORDER BY 1;

-- 8. Names: columns that are called as a component is; drivers that have none; a null, a model of nothing, rows that are none.
CREATE VIEW odd AS SELECT ts, value, promo AS start, noise AS "day of week" FROM known;
SELECT string_agg(DISTINCT component, ', ' ORDER BY component) FILTER (WHERE component NOT LIKE 'past%') FROM lstm_explain(lstm_train('odd', 'ts', 'value', future_columns => '{start,day of week}', options => small('{"calendar": true}')), 1);
SELECT string_agg(DISTINCT component, ', ' ORDER BY component) FILTER (WHERE component NOT LIKE '% back') FROM lstm_explain((SELECT lstm_train('s'::text, ts, value, ARRAY[visits], ARRAY[promo, noise], small()) FROM known), 1);
SELECT count(*) FROM lstm_explain(NULL::bytea);
SELECT count(*) FROM lstm_explain(NULL::bytea, 'day', 'ts', 'value');
SELECT count(*) FROM driven, lstm_explain(model, 'SELECT * FROM known WHERE i < 0', 'ts', 'value');
SELECT r.* FROM raises('SELECT * FROM lstm_explain(lstm_pretrained())') AS r;
SELECT r.* FROM raises('SELECT * FROM lstm_explain(''\x00''::bytea)') AS r;
SELECT r.* FROM raises('SELECT * FROM driven, lstm_explain(model, ''known'', NULL, ''value'')') AS r;
SELECT r.* FROM raises('SELECT * FROM driven, lstm_explain(model, ''known'', ''ts'', ''valu'')') AS r;
SELECT r.* FROM raises('SELECT * FROM driven, lstm_explain(model, ''nowhere'', ''ts'', ''value'')') AS r;
SELECT r.* FROM raises('SELECT * FROM driven, lstm_explain(model, 30)') AS r;
SELECT r.* FROM raises('SELECT * FROM lstm_explain(lstm_pretrained(), ''known'', ''ts'', ''value'', changes => ''{"promo": 1}'')') AS r;
SELECT r.* FROM raises('SELECT * FROM driven, lstm_explain(model, ''SELECT * FROM day'', ''ts'', ''value'')') AS r;
SELECT count(*) FROM driven, lstm_explain(model, 'SELECT * FROM day WHERE i < 480', 'ts', 'value', future_columns => '{promo,noise}', horizon => 2, future_source => 'day');
SET lstm_forecast.max_memory = '1MB';
SELECT r.code, r.message, r.hint FROM raises('SELECT * FROM panel_model, lstm_explain(model, 10000)') AS r;
RESET lstm_forecast.max_memory;
BEGIN;
ALTER TYPE lstm_explain_row ADD ATTRIBUTE more int;
SELECT r.* FROM raises('SELECT * FROM driven, lstm_explain(model)') AS r;
ROLLBACK;
DROP SCHEMA explain_test CASCADE;
