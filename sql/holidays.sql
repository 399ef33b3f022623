-- Holidays that a table lists by day and name: known ahead, learned by name, and what they do to a season undone.
SET timezone = 'Europe/Berlin';
SET datestyle = ISO;
CREATE SCHEMA feast;
SET search_path = feast, public;
\getenv root PG_ABS_SRCDIR
\set quick :root '/test/regress/quick.sql'
\i :quick
\set raises :root '/test/regress/raises.sql'
\i :raises

-- Fixed days, and some that move with Easter; one name that comes but once
CREATE TABLE holiday AS SELECT make_date(y, m, d) AS day, name FROM generate_series(2021, 2025) AS y, (VALUES (1, 1, 'New Year'), (5, 1, 'Labour Day'), (10, 3, 'Unity Day'), (12, 25, 'Christmas'), (12, 26, 'Boxing Day')) AS f (m, d, name)
	UNION ALL SELECT easter + away, name FROM (VALUES (date '2021-04-04'), ('2022-04-17'), ('2023-04-09'), ('2024-03-31'), ('2025-04-20')) AS e (easter), (VALUES (-2, 'Good Friday'), (1, 'Easter Monday'), (39, 'Ascension')) AS m (away, name)
	UNION ALL VALUES (date '2022-09-19', 'A Funeral');
CREATE FUNCTION usual(day date) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT 200 + 60 * sin(2 * pi() * extract(isodow FROM day) / 7) + 20 * sin(2 * pi() * extract(doy FROM day) / 365.25) + (day - date '2000-01-01') * 7919 % 101 / 10.0 $$;
-- a shop sells three tenths on holidays; another is closed; a third one, which is open on all of them, sells twice as much
CREATE TABLE sale AS SELECT day::date AS day, CASE WHEN h.day IS NULL THEN 1 ELSE 0.3 END * usual(day::date) AS sold, round(CASE WHEN h.day IS NULL THEN 1 ELSE 0 END * usual(day::date)) AS closed,
	CASE WHEN h.day IS NULL THEN 1 ELSE 2 END * usual(day::date) AS busy FROM generate_series(timestamp '2021-01-01', '2024-03-20', '1 day') AS day LEFT JOIN holiday AS h USING (day);
CREATE TABLE models AS SELECT 'shop' AS name, lstm_train('sale', 'day', 'sold', horizon => 14, options => quick('{"holidays": "SELECT day, name FROM holiday"}')) AS model
	UNION ALL SELECT 'closed', lstm_train('sale', 'day', 'closed', horizon => 14, options => '{"holidays": "holiday", "pretrained": "only"}')
	UNION ALL SELECT 'only pretrained', lstm_train('sale', 'day', 'sold', horizon => 14, options => '{"holidays": "holiday", "pretrained": "only"}')
	UNION ALL SELECT 'a year', lstm_train('SELECT * FROM sale WHERE day > ''2023-03-20''', 'day', 'sold', horizon => 14, options => lstm_options(holidays => 'holiday'));
-- Easter is the moved one of 2024: right to 15 %, as are the days around it, which a season would give the low of, and the week after
SELECT name, count(*) FILTER (WHERE h.day IS NOT NULL) AS holidays, bool_and(abs(forecast / (usual(local_ts::date) * 0.3) - 1) < 0.15) FILTER (WHERE h.day IS NOT NULL AND name <> 'closed') AS right,
	max(abs(forecast)) FILTER (WHERE h.day IS NOT NULL AND name = 'closed') < 2 AS nothing, bool_and(abs(forecast / usual(local_ts::date) - 1) < 0.15) FILTER (WHERE h.day IS NULL) AS others_right, bool_and(lower <= forecast AND forecast <= upper) AS inside
FROM models, lstm_forecast(model) AS f LEFT JOIN (SELECT day FROM holiday) AS h ON h.day = local_ts::date GROUP BY name ORDER BY name;
-- A shop that is closed on holidays, and sells more on the day before, which is a name of its own then
CREATE TABLE brisk AS SELECT day::date AS day, round(CASE WHEN day IN (SELECT h.day FROM holiday AS h) THEN 0 WHEN day::date + 1 IN (SELECT h.day FROM holiday AS h) THEN 1.5 ELSE 1 END * usual(day::date)) AS sold FROM generate_series(timestamp '2021-01-01', '2024-03-20', '1 day') AS day;
SELECT local_ts::date AS day, forecast = 0 AS closed, abs(forecast / usual(local_ts::date) / 1.5 - 1) < 0.15 AS brisk, abs(forecast / usual(local_ts::date) - 1) < 0.15 AS usual
FROM lstm_forecast('brisk', 'day', 'sold', horizon => 14, options => lstm_options(holidays => 'SELECT day, name FROM holiday UNION ALL SELECT day - 1, ''the day before'' FROM holiday WHERE day - 1 NOT IN (SELECT h.day FROM holiday AS h)', pretrained => 'only'))
WHERE local_ts::date BETWEEN '2024-03-27' AND '2024-04-02' ORDER BY step;
DROP TABLE brisk;
-- what is closed has whole numbers, and no width on the day
SELECT local_ts::date AS day, lower, upper FROM models, lstm_forecast(model) JOIN holiday ON day = local_ts::date WHERE models.name = 'closed' ORDER BY step;
-- the names that were learned, with those of a single day beside
SELECT (i->'covariates'->'holidays') - 'effects' AS holidays, (SELECT json_object_agg(key, round(value::numeric, 1) ORDER BY key) FROM jsonb_each_text(i->'covariates'->'holidays'->'effects')) AS effects, i->'covariates'->>'calendar' AS calendar, i->'options'->>'holidays' AS option FROM models, lstm_model_info(model) AS i WHERE name = 'shop';
SELECT s.name, value, why FROM models, lstm_summary(model) AS s WHERE models.name = 'only pretrained' AND s.name = 'holidays' OR models.name = 'shop' AND s.name = 'holidays';
-- what the forecast is made of still adds up, and the holiday is a component of its own
SELECT models.name, h.name AS holiday, round(sum(e.value)::numeric, 6) = round(min(f.forecast)::numeric, 6) AS adds_up, sum(e.value) FILTER (WHERE component = 'holidays') < -50 AS lowers
FROM models, lstm_explain(model) AS e JOIN holiday AS h ON h.day = e.ts::date, LATERAL (SELECT forecast FROM lstm_forecast(model) AS f WHERE f.step = e.step) AS f WHERE models.name <> 'closed' GROUP BY models.name, h.day, h.name ORDER BY models.name, h.day;
SELECT driver, kind, importance > 0.01 AS needed, held_out FROM models, lstm_importance(model, 'SELECT day, sold FROM sale UNION ALL SELECT day::date, usual(day::date) * CASE WHEN day IN (SELECT h.day FROM holiday AS h) THEN 0.3 ELSE 1 END FROM generate_series(timestamp ''2024-03-21'', ''2024-06-30'', ''1 day'') AS day', 'day', 'sold') WHERE name = 'only pretrained';

-- The model keeps the list: fresh rows, aggregates and back-tests need no table. Rows after Easter go on from what is usual.
CREATE TABLE fresh AS SELECT day::date AS day, usual(day::date) * CASE WHEN h.day IS NULL THEN 1 ELSE 0.3 END AS sold FROM generate_series(timestamp '2024-03-21', '2024-04-28', '1 day') AS day LEFT JOIN holiday AS h USING (day);
ALTER TABLE holiday RENAME TO gone;
SELECT local_ts::date AS day, abs(forecast / usual(local_ts::date) / CASE WHEN g.day IS NULL THEN 1 ELSE 0.3 END - 1) < 0.15 AS right FROM models, lstm_forecast(model, 'fresh', 'day', 'sold', horizon => 12) AS f LEFT JOIN gone AS g ON g.day = local_ts::date WHERE models.name = 'shop' AND step IN (2, 3, 4, 9, 11) ORDER BY step;
SELECT bool_and(abs(f.forecast - g.forecast) < 1e-6) AS same FROM models, LATERAL lstm_forecast(model, 'SELECT * FROM (SELECT day, sold FROM sale UNION ALL TABLE fresh) AS s', 'day', 'sold') AS f
	JOIN LATERAL unnest((SELECT lstm_forecast(model, day, sold) FROM (SELECT day, sold FROM sale UNION ALL TABLE fresh) AS s)) AS g USING (step) WHERE name = 'shop';
SELECT count(*), bool_and(abs(forecast / actual - 1) < 0.15) AS right, bool_and(abs(start / actual - 1) < 0.2) AS start_right FROM models, lstm_backtest_forecasts(model, 'SELECT day, sold FROM sale UNION ALL TABLE fresh', 'day', 'sold', horizon => 14, stride => 5) JOIN gone ON day = local_ts::date WHERE models.name = 'only pretrained';
-- a holiday is no anomaly, and a usual day on one is
SELECT day, value, side FROM models, lstm_anomalies(model, 'SELECT day, sold FROM sale UNION ALL SELECT day, CASE day WHEN ''2024-04-01'' THEN 190 ELSE sold END FROM fresh', 'day', 'sold') AS a, LATERAL (SELECT a.local_ts::date AS day, round(a.actual) AS value, sign(a.actual - a.forecast) AS side) AS d WHERE name = 'only pretrained' AND anomaly AND day IN (SELECT g.day FROM gone AS g WHERE g.day > '2024-03-20') ORDER BY day;
ALTER TABLE gone RENAME TO holiday;

-- Fine-tuning reads the list again, and a new name counts as any holiday; a model without holidays cannot begin with them
CREATE TABLE later AS SELECT day, name FROM holiday UNION ALL VALUES (date '2024-05-10', 'Bridge');
SELECT h.name, abs(forecast / usual(local_ts::date) / 0.3 - 1) < 0.2 AS right FROM models, LATERAL lstm_finetune(model, 'SELECT day, sold FROM sale WHERE day > ''2024-01-01'' UNION ALL TABLE fresh', 'day', 'sold', options => '{"holidays": "later", "max_steps": 3}') AS tuned, lstm_forecast(tuned) AS f JOIN later AS h ON h.day = f.local_ts::date WHERE models.name = 'shop' ORDER BY step;
SELECT r.* FROM raises($$SELECT lstm_finetune(lstm_train('sale', 'day', 'sold', horizon => 5, options => quick()), 'fresh', 'day', 'sold', options => '{"holidays": "holiday"}')$$) AS r;

-- A panel: what all shops show, and what one shows of its own; those that are not affected stay as they are
CREATE TABLE shops AS SELECT shop, day, CASE shop WHEN 1 THEN sold WHEN 2 THEN closed WHEN 3 THEN busy ELSE usual(day) END AS sold FROM sale, generate_series(1, 4) AS shop;
SELECT series, bool_and(abs(forecast / usual(local_ts::date) - CASE series WHEN '1' THEN 0.3 WHEN '2' THEN 0 WHEN '3' THEN 2 ELSE 1 END) < 0.2) AS right
FROM lstm_forecast('shops', 'day', 'sold', 'shop', horizon => 14, options => lstm_options(holidays => 'holiday', pretrained => 'only')) JOIN holiday ON day = local_ts::date GROUP BY series ORDER BY series;
SELECT bool_and(a.model = b.model) AS same, count(*) FROM lstm_train_each('shops', 'day', 'sold', 'shop', horizon => 5, options => quick('{"holidays": "holiday", "workers": 1}')) AS a
	JOIN lstm_train_each('shops', 'day', 'sold', 'shop', horizon => 5, options => quick('{"holidays": "holiday", "workers": 3}')) AS b USING (series);

-- Hours: the whole local day is the holiday, and no hour before or after; in summer time, too
CREATE TABLE traffic AS SELECT ts, (100 + 50 * sin(2 * pi() * extract(hour FROM ts) / 24)) * CASE WHEN ts::date IN (SELECT day FROM holiday) THEN 0.4 ELSE 1 END AS cars FROM generate_series(timestamptz '2023-01-01', '2024-03-29 12:00', '1 hour') AS ts;
SELECT local_ts::date AS day, count(*), bool_and(abs(forecast / (100 + 50 * sin(2 * pi() * extract(hour FROM local_ts) / 24)) / CASE WHEN local_ts::date IN (SELECT h.day FROM holiday AS h) THEN 0.4 ELSE 1 END - 1) < 0.15) AS right
FROM lstm_forecast('traffic', 'ts', 'cars', horizon => 96, options => lstm_options(holidays => 'holiday', pretrained => 'only')) GROUP BY 1 ORDER BY 1;
-- days of timestamps with a zone are those of the model's zone
SELECT i->'covariates'->'holidays'->>'last_day' AS last_day FROM (VALUES ('Europe/Berlin'), ('America/New_York')) AS z (zone), lstm_model_info(lstm_train('sale', 'day', 'sold', horizon => 5,
	options => quick(jsonb_build_object('time_zone', zone, 'holidays', 'SELECT day::timestamptz, name FROM holiday')))) AS i;
-- Business days, days but Sundays with holidays on closed days, weeks, months
SELECT what, step, abs(forecast / (0.3 * usual(day)) - 1) < 0.15 AS right FROM (VALUES
	('business days', 'SELECT day, sold FROM sale WHERE extract(isodow FROM day) < 6', NULL), ('but Sundays', 'SELECT day, sold FROM sale WHERE extract(isodow FROM day) < 7', NULL)) AS t (what, source, frequency),
	LATERAL lstm_forecast(source, 'day', 'sold', horizon => 8, options => lstm_options(holidays => 'SELECT day, name FROM holiday UNION ALL SELECT day::date, ''Sunday'' FROM generate_series(timestamp ''2021-01-03'', ''2025-01-01'', ''7 days'') AS day', pretrained => 'only')) AS f
	JOIN holiday ON day = local_ts::date ORDER BY what, step;
SELECT what, i->'covariates'->'holidays'->'own' AS own FROM (VALUES ('week', 'SELECT date_trunc(''week'', day)::date AS day, sum(sold) AS sold FROM sale GROUP BY 1'), ('month', 'SELECT date_trunc(''month'', day)::date AS day, sum(sold) AS sold FROM sale WHERE day < ''2024-03-01'' GROUP BY 1')) AS t (what, source),
	lstm_model_info(lstm_train(source, 'day', 'sold', horizon => 3, options => quick('{"holidays": "holiday"}'))) AS i ORDER BY what;

-- Any list says the same: in another order, each twice, as timestamps, with no names they are one
CREATE FUNCTION forecast_text(holidays text) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(format('%s %s', local_ts, forecast), ',' ORDER BY step) FROM lstm_forecast('sale', 'day', 'sold', horizon => 5, options => quick(jsonb_build_object('holidays', holidays))) $$;
SELECT name, forecast_text(holidays) = forecast_text('holiday') AS same_forecast FROM (VALUES ('other order', 'SELECT name, day FROM holiday ORDER BY md5(day::text)'), ('each twice', 'SELECT day, name FROM holiday UNION ALL SELECT day, name FROM holiday;'),
	('timestamps', 'SELECT day + time ''08:00'' AS day, '' '' || name || '' '' FROM holiday')) AS lists (name, holidays) ORDER BY name;
SELECT i->'covariates'->'holidays'->'own' AS own FROM lstm_model_info(lstm_train('sale', 'day', 'sold', horizon => 5, options => quick('{"holidays": "SELECT day FROM holiday"}'))) AS i;
SELECT i->'covariates'->'holidays'->'own' AS own FROM lstm_model_info(lstm_train('sale', 'day', 'sold', horizon => 5, options => quick('{"holidays": "SELECT day, CASE WHEN name < ''D'' THEN NULL WHEN name < ''F'' THEN '''' ELSE name END FROM holiday"}'))) AS i;

-- Where the list ends early, or has nothing to learn from, a NOTICE says so
SELECT count(*) FROM lstm_forecast('sale', 'day', 'sold', horizon => 14, options => quick('{"holidays": "SELECT day, name FROM holiday WHERE day < ''2024-04-01''"}'));
SELECT lstm_train('sale', 'day', 'sold', horizon => 14, options => quick('{"holidays": "SELECT day, name FROM holiday WHERE day < ''2024-01-02''"}')) AS early \gset
SELECT count(*) FROM lstm_forecast(:'early'::bytea);
SELECT count(*) FROM lstm_forecast('sale', 'day', 'sold', horizon => 5, options => quick('{"holidays": "SELECT day, name FROM holiday WHERE false"}'));
SELECT count(*) FROM lstm_forecast('sale', 'day', 'sold', horizon => 5, options => quick('{"holidays": "SELECT day, name FROM holiday WHERE day > ''2024-03-20''"}'));
-- values below zero: networks alone read them
SELECT count(*) FROM lstm_forecast('SELECT day, sold - 150 AS sold FROM sale', 'day', 'sold', horizon => 5, options => quick('{"holidays": "holiday"}'));
SELECT lstm_estimate(source => 'sale', time_column => 'day', target_column => 'sold', horizon => 5, options => quick('{"holidays": "holiday"}')) IS NOT NULL AS estimated;
SELECT count(*) > 0 AS tuned FROM lstm_tune('sale', 'day', 'sold', horizon => 5, options => quick('{"holidays": "holiday"}'), candidates => ARRAY['{"hidden_size": 3}']::jsonb[], folds => 1);

-- What is no list of holidays
CREATE TABLE two (opens date, closes date);
SELECT what, r.* FROM (VALUES
	('1 two days', '"holidays": "two"'), ('2 no day', '"holidays": "SELECT 1 AS day"'), ('3 two names', '"holidays": "SELECT day, name, 1 AS more FROM holiday"'),
	('4 null', '"holidays": "SELECT day, name FROM holiday UNION ALL SELECT NULL, ''Never''"'), ('5 infinite', '"holidays": "SELECT day, name FROM holiday UNION ALL SELECT ''infinity'', ''Never''"'),
	('6 no table', '"holidays": "holidays"'), ('7 no SELECT', '"holidays": "DELETE FROM holiday"'), ('8 many', '"holidays": "SELECT day FROM holiday; SELECT 1"'), ('9 a number', '"holidays": 5'),
	('a empty', '"holidays": ""'), ('b many days', '"holidays": "SELECT date ''1900-01-01'' + i AS day FROM generate_series(0, 100000) AS i"'),
	('c many names', '"holidays": "SELECT date ''1900-01-01'' + i AS day, i AS name FROM generate_series(0, 1000) AS i"'), ('d long name', '"holidays": "SELECT day, repeat(''ä'', 101) AS name FROM holiday"'),
	('e writes', '"holidays": "WITH d AS (DELETE FROM holiday RETURNING day) SELECT day FROM d"')) AS wrong (what, options),
	LATERAL raises(format('SELECT lstm_train(''sale'', ''day'', ''sold'', horizon => 5, options => %L)', '{' || options || '}')) AS r ORDER BY what;
SELECT r.* FROM raises($$SELECT lstm_train(day, sold, lstm_options(holidays => 'holiday')) FROM sale$$) AS r;
SELECT r.* FROM raises($$SELECT lstm_train('sale', NULL, 'sold', options => lstm_options(holidays => 'holiday'))$$) AS r;
-- with the caller's rights
CREATE ROLE holidays_reader;
GRANT SELECT ON sale TO holidays_reader;
GRANT USAGE ON SCHEMA feast TO holidays_reader;
SET ROLE holidays_reader;
SELECT r.code, r.message FROM raises($$SELECT lstm_train('sale', 'day', 'sold', horizon => 5, options => lstm_options(holidays => 'holiday'))$$) AS r;
RESET ROLE;
DROP OWNED BY holidays_reader;
DROP ROLE holidays_reader;
RESET search_path;
