-- lstm_importance: how much forecasts owe to each driver, by exchanging its values between windows.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises
\set noise :root '/test/regress/noise.sql'
\i :noise
\pset null NULL

-- sales: a week, a promotion of +10, and noise of deviation 1; a driver that is nothing but noise, and one known up to now
CREATE TABLE sale AS
	SELECT i, timestamptz '2022-01-01' + i * interval '1 day' AS day, 50 + 8 * sin(i * 2 * pi() / 7) + 10 * promo + g(i, 3) AS sold, promo, g(i, 50) AS junk, g(i, 90) AS gust
	FROM (SELECT i, (u(i, 7) < 0.3)::int AS promo FROM generate_series(1, 800) AS i) AS p;
CREATE TABLE trained (which text PRIMARY KEY, model bytea);
INSERT INTO trained SELECT 'sales', lstm_train('SELECT * FROM sale WHERE i <= 600', 'day', 'sold', past_columns => '{gust}', future_columns => '{promo, junk}', options => lstm_options(calendar => true, ensemble_size => 2, hidden_size => 8));
CREATE FUNCTION shown(model bytea, source text, series text DEFAULT NULL) RETURNS TABLE (driver text, kind text, metric text, says text, windows bigint, held_out boolean) LANGUAGE sql AS
$$ SELECT driver, kind, metric, CASE WHEN importance > 0.5 THEN 'much' WHEN abs(importance) < 0.1 AND deviation < 0.05 THEN 'nothing' ELSE 'some: ' || importance END, windows, held_out
   FROM lstm_importance(model, source, 'day', 'sold', series) ORDER BY driver $$;

-- it says which one matters
SELECT s.* FROM trained, shown(model, 'sale') AS s WHERE which = 'sales';
SELECT bool_and(importance = permuted_error / error - 1) AS quotient, bool_and(importance <= before) AS sorted, min(error) BETWEEN 0.7 AND 1.3 AS error_of_noise, min(error) = max(error) AS one_error
FROM (SELECT i.*, lag(importance, 1, 'infinity') OVER () AS before FROM trained, lstm_importance(model, 'sale', 'day', 'sold') AS i WHERE which = 'sales') AS i;
-- the error is that of the same windows in a back-test: all of them, and they are those later than the training
SELECT i.windows, count(*) AS folds, abs(i.error / avg(b.model) - 1) < 1e-9 AS same
FROM trained AS t, lstm_importance(t.model, 'sale', 'day', 'sold', windows => 1000, repeats => 1) AS i, lstm_backtest(t.model, 'sale', 'day', 'sold', stride => 1) AS b
WHERE which = 'sales' AND i.driver = 'promo' AND b.metric = 'mae' GROUP BY i.windows, i.error;
-- the same again, with every driver named, and for NULLs as for defaults; another seed is another sample
SELECT count(DISTINCT md5) AS answers FROM trained, LATERAL (
	SELECT md5(string_agg(i::text, ';')) FROM lstm_importance(model, 'sale', 'day', 'sold') AS i
	UNION ALL SELECT md5(string_agg(i::text, ';')) FROM lstm_importance(model, 'sale', 'day', 'sold', NULL, '{gust}', '{promo,junk}', NULL, NULL, NULL) AS i
	UNION ALL SELECT md5(string_agg(i::text, ';')) FROM lstm_importance(model, 'SELECT * FROM sale ORDER BY hashint4(i)', 'day', 'sold', windows => 200, repeats => 5, seed => 0) AS i) AS said (md5) WHERE which = 'sales';
SELECT count(DISTINCT error) AS samples, bool_and(importance > 3) AS much, count(deviation) AS deviations
FROM trained, generate_series(1, 3) AS seed, lstm_importance(model, 'sale', 'day', 'sold', seed => seed, windows => 50, repeats => CASE seed WHEN 1 THEN 1 ELSE 2 END) WHERE which = 'sales' AND driver = 'promo';

-- where nothing is later, or too little, it says so
SET client_min_messages = notice;
SELECT s.* FROM trained, shown(model, 'SELECT * FROM sale WHERE i <= 600') AS s WHERE which = 'sales';
SELECT count(*), bool_or(held_out) AS held_out FROM trained, shown(model, 'SELECT * FROM sale WHERE i <= 632') WHERE which = 'sales';
SELECT count(*), bool_or(held_out) AS held_out, min(windows) AS windows FROM trained, shown(model, 'SELECT * FROM sale WHERE i <= 633') WHERE which = 'sales';
SET client_min_messages = warning;

-- a past driver that leads: what comes in three steps is known
CREATE TABLE orders AS SELECT timestamptz '2022-01-01' + i * interval '1 hour' AS day, 50 + 10 * (u(i - 3, 7) < 0.5)::int + g(i, 3) AS sold, u(i, 7) < 0.5 AS ordered, u(i, 70) < 0.5 AS coin FROM generate_series(1, 900) AS i;
INSERT INTO trained SELECT 'orders', lstm_train('SELECT * FROM orders LIMIT 700', 'day', 'sold', past_columns => '{coin,ordered}', horizon => 3, options => lstm_options(lookback => 8, patch_length => 1, hidden_size => 16, ensemble_size => 1, max_steps => 1500, learning_rate => 0.01, decoder => 'direct'));
SELECT s.* FROM trained, shown(model, 'orders') AS s WHERE which = 'orders';

-- the calendar: half of a month's days are better, by the day of the month
CREATE TABLE wages AS SELECT day, 50 + CASE WHEN extract(day FROM day) <= 10 THEN 10 ELSE 0 END + g(i, 3) AS sold FROM generate_series(1, 900) AS i, LATERAL (SELECT timestamptz '2022-01-01' + i * interval '1 day') AS d (day);
INSERT INTO trained SELECT 'wages', lstm_train('SELECT * FROM wages LIMIT 700', 'day', 'sold', options => lstm_options(calendar => true, horizon => 14, lookback => 14, patch_length => 7, hidden_size => 16, ensemble_size => 1, max_steps => 600, seasonal_period => 1));
SELECT driver, kind, importance > 0.5 AS matters, windows, held_out FROM trained, lstm_importance(model, 'wages', 'day', 'sold') WHERE which = 'wages';

-- a panel of unlike sizes: errors are scaled, so that small ones count as much; drivers that came as arrays have numbers
CREATE TABLE shops AS SELECT 'shop ' || s AS shop, day, i, power(100, s) * (sold + s) AS sold, promo, junk + s AS junk FROM sale, generate_series(0, 2) AS s WHERE i <= 500;
INSERT INTO trained SELECT 'panel', lstm_train('SELECT * FROM shops WHERE i <= 400', 'day', 'sold', 'shop', future_columns => '{promo,junk}', horizon => 7, options => lstm_options(ensemble_size => 1, hidden_size => 8, max_steps => 400));
INSERT INTO trained SELECT 'arrays', lstm_train(shop, day, sold, ARRAY[junk], ARRAY[promo], lstm_options(horizon => 7, ensemble_size => 1, hidden_size => 8, max_steps => 400)) FROM shops WHERE i <= 400;
SELECT s.* FROM trained, shown(model, 'shops', 'shop') AS s WHERE which = 'panel';
SELECT driver, kind, importance > 0.5 AS much FROM trained, lstm_importance(model, 'shops', 'day', 'sold', 'shop', '{junk}', '{promo}') WHERE which = 'arrays';
-- a series that the model has never seen
SELECT s.driver, s.says, s.metric, s.held_out FROM trained, shown(model, 'SELECT * FROM sale WHERE i > 300') AS s WHERE which = 'panel';

-- without timestamps nothing is later; steps at any times; hours by the clock, through a change of it; gaps
INSERT INTO trained SELECT 'undated', lstm_train('SELECT sold, promo FROM sale WHERE i <= 600 ORDER BY i', NULL, 'sold', future_columns => '{promo}', horizon => 7, options => lstm_options(ensemble_size => 1, hidden_size => 8, max_steps => 400));
SELECT driver, importance > 0.5 AS much, windows, held_out FROM trained, lstm_importance(model, 'SELECT sold, promo FROM sale ORDER BY i', NULL, 'sold') WHERE which = 'undated';
INSERT INTO trained SELECT 'irregular', lstm_train('SELECT day + i * i * interval ''7 minutes'' AS day, sold, promo FROM sale WHERE i <= 600', 'day', 'sold', past_columns => '{promo}', horizon => 3, options => lstm_options(frequency => 'irregular', calendar => true, ensemble_size => 1, hidden_size => 8, max_steps => 100));
SELECT driver, kind, importance < 0.5 AS little, windows, held_out FROM trained, lstm_importance(model, 'SELECT day + i * i * interval ''7 minutes'' AS day, sold, promo FROM sale', 'day', 'sold') WHERE which = 'irregular' ORDER BY driver;
CREATE TABLE hours AS SELECT day, i, 50 + 8 * sin(extract(hour FROM day AT TIME ZONE 'Europe/Berlin') * pi() / 12) + 10 * promo + g(i, 3) AS sold, promo FROM generate_series(1, 1500) AS i, LATERAL (SELECT timestamptz '2024-02-15' + i * interval '1 hour', (u(i, 7) < 0.3)::int) AS d (day, promo);
INSERT INTO trained SELECT 'hours', lstm_train('SELECT * FROM hours WHERE i <= 1000', 'day', 'sold', future_columns => '{promo}', horizon => 12, options => lstm_options(time_zone => 'Europe/Berlin', calendar => true, ensemble_size => 1, hidden_size => 8, max_steps => 300));
SELECT lstm_model_info(model)->'wall_clock' AS clock, driver, importance > 0.5 AS much, windows, held_out FROM trained, lstm_importance(model, 'SELECT day, promo, CASE WHEN i % 17 <> 0 THEN sold END AS sold FROM hours WHERE i % 31 <> 0', 'day', 'sold') WHERE which = 'hours' AND driver = 'promo';

-- networks that read no drivers, as there are none; a forecast without an error
INSERT INTO trained SELECT 'few', lstm_train('SELECT * FROM sale WHERE i <= 20', 'day', 'sold', future_columns => '{promo}', horizon => 4);
INSERT INTO trained SELECT 'flat', lstm_train('SELECT day, 5 AS sold, promo FROM sale WHERE i <= 400', 'day', 'sold', future_columns => '{promo}', horizon => 4, options => lstm_options(ensemble_size => 1, hidden_size => 2, max_steps => 1, start => false));
SET client_min_messages = notice;
SELECT driver, importance, deviation, permuted_error = error AS same FROM trained, lstm_importance(model, 'sale', 'day', 'sold') WHERE which = 'few';
SELECT driver, error < 1e-9 AS right, permuted_error < 1e-9 AS still FROM trained, lstm_importance(model, 'SELECT day, 5 AS sold, promo FROM sale', 'day', 'sold') WHERE which = 'flat';

-- what cannot be
SELECT count(*) FROM lstm_importance(NULL, 'sale', 'day', 'sold');
SELECT r.* FROM raises($$SELECT count(*) FROM lstm_importance(lstm_pretrained(), 'sale', 'day', 'sold')$$) AS r;
INSERT INTO trained SELECT 'alone', lstm_train(day, sold, lstm_options(ensemble_size => 1, hidden_size => 2, max_steps => 1)) FROM sale;
SELECT r.* FROM raises($$SELECT count(*) FROM trained, lstm_importance(model, 'sale', 'day', 'sold') WHERE which = 'alone'$$) AS r;
SELECT a.argument, r.code, r.message, r.detail FROM (VALUES ('windows => 1'), ('windows => 100001'), ('repeats => 0'), ('repeats => 1001'), ('past_columns => ''{promo,junk}'''), ('future_columns => ''{nothing,promo}'''), ('series_column => ''shop''')) AS a (argument),
	 raises(format($$SELECT count(*) FROM trained, lstm_importance(model, 'sale', 'day', 'sold', %s) WHERE which = 'sales'$$, a.argument)) AS r;
SELECT a.source, r.code, r.message, r.detail FROM (VALUES (NULL), ('nothing'), ('SELECT * FROM sale WHERE i < 0'), ('SELECT * FROM sale WHERE i <= 15'), ('SELECT i, day, NULL::float8 AS sold, promo, junk, gust FROM sale'), ('SELECT day, ''NaN''::float8 AS sold, promo, junk, gust FROM sale'), ('SELECT * FROM sale UNION ALL SELECT * FROM sale'), ('SELECT day, sold, promo, junk, ''infinity''::float8 AS gust FROM sale')) AS a (source),
	 raises(format($$SELECT count(*) FROM trained, lstm_importance(model, %L, 'day', 'sold') WHERE which = 'sales'$$, a.source)) AS r;
SELECT r.* FROM raises($$SELECT count(*) FROM lstm_importance('\x00', 'sale', 'day', 'sold')$$) AS r;
SET lstm_forecast.max_memory = '1MB';
SELECT count(*) FROM trained, lstm_importance(model, 'sale', 'day', 'sold') WHERE which = 'sales';
SELECT code, message, hint FROM raises($$SELECT count(*) FROM trained, lstm_importance(model, 'SELECT day + k * interval ''800 days'' AS day, sold, promo, junk, gust FROM sale, generate_series(0, 9) AS k', 'day', 'sold', windows => 100000) WHERE which = 'sales'$$);
RESET lstm_forecast.max_memory;
CREATE ROLE stranger;
GRANT SELECT ON trained TO stranger;
SET ROLE stranger;
SELECT count(*) FROM trained, lstm_importance(model, 'sale', 'day', 'sold') WHERE which = 'sales';
RESET ROLE;
SELECT provolatile, proparallel FROM pg_proc WHERE proname = 'lstm_importance';

DROP TABLE sale, orders, wages, shops, hours, trained;
DROP ROLE stranger;
DROP FUNCTION shown, raises, u, g;
