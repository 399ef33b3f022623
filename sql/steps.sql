-- Steps that a table or SELECT lists: exchange sessions, fiscal periods, opening hours. Gaps between them are one step.
SET timezone = 'Europe/Berlin';
SET datestyle = ISO;
CREATE SCHEMA listed;
SET search_path = listed, public;
\getenv root PG_ABS_SRCDIR
\set quick :root '/test/regress/quick.sql'
\i :quick
\set raises :root '/test/regress/raises.sql'
\i :raises

-- Sessions of an exchange: no weekends, no holidays. What is traded goes in turns of five sessions, whatever the weekday.
CREATE TABLE holiday AS SELECT unnest(ARRAY['2023-01-02', '2023-04-07', '2023-04-10', '2023-05-01', '2023-12-25', '2023-12-26',
	'2024-01-01', '2024-03-29', '2024-04-01', '2024-05-01']::date[]) AS day;
CREATE TABLE session AS SELECT day::date AS day, row_number() OVER (ORDER BY day) - 1 AS n
FROM generate_series(date '2023-01-02', '2024-05-31', '1 day') AS day WHERE extract(isodow FROM day) < 6 AND day NOT IN (SELECT h.day FROM holiday AS h);
CREATE TABLE price AS SELECT day, 100 + 10 * (n % 5) + n / 50.0 AS close FROM session WHERE day < '2024-03-28';
-- Maundy Thursday, then the Tuesday after Easter; the value is that of the turn
SELECT step, to_char(local_ts, 'Dy YYYY-MM-DD') AS day, abs(forecast - (100 + 10 * (n % 5) + n / 50.0)) < 1 AS right
FROM lstm_forecast('price', 'day', 'close', horizon => 6, options => lstm_options(steps => 'SELECT day FROM session')) AS f JOIN session AS s ON s.day = f.local_ts::date ORDER BY step;
-- without the list holidays are gaps, and forecast
SELECT string_agg(to_char(local_ts, 'Dy MM-DD'), ', ' ORDER BY step) FROM lstm_forecast('price', 'day', 'close', horizon => 3, options => quick());

CREATE TABLE models AS SELECT 'sessions' AS name, lstm_train('price', 'day', 'close', horizon => 5, options => lstm_options(steps => 'session', seed => 1)) AS model;
SELECT i->>'frequency' AS frequency, i->>'season' AS season, i->>'missing' AS missing, i->>'last_step' AS last_step, i->'why'->>'frequency' AS why, i->'options'->>'frequency' AS option, i->'options'->>'steps' AS steps
FROM models, lstm_model_info(model) AS i;
-- any list says the same: unsorted, each time twice, as timestamps, with a semicolon, longer than the rows
CREATE FUNCTION forecast_text(steps text) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(format('%s %s', local_ts, forecast), ',' ORDER BY step) FROM lstm_forecast('price', 'day', 'close', horizon => 5, options => quick(jsonb_build_object('steps', steps))) $$;
SELECT name, forecast_text(steps) = forecast_text('session') AS same_forecast FROM (VALUES
	('unsorted', 'SELECT day FROM session ORDER BY md5(day::text)'),
	('each twice', 'SELECT day FROM session UNION ALL SELECT day FROM session;'),
	('timestamps', 'SELECT day::timestamp FROM session'),
	('with a zone', 'SELECT day::timestamptz AS "Any Name" FROM session'),
	('longer at both ends', 'SELECT day FROM session UNION ALL VALUES (date ''1990-01-01''), (''2030-01-01'')')) AS lists (name, steps) ORDER BY name;

-- The model keeps those ahead. Fresh rows lie on them: all rows, new ones, or new ones after a session without a row, which is a gap.
SELECT string_agg(to_char(local_ts, 'MM-DD'), ', ' ORDER BY step) AS of_the_model FROM models, lstm_forecast(model, 3);
CREATE TABLE fresh AS SELECT day, 100 + 10 * (n % 5) + n / 50.0 AS close FROM session WHERE day IN ('2024-03-28', '2024-04-03', '2024-04-04');
SELECT step, to_char(local_ts, 'Dy MM-DD') AS day, round(actual) AS actual, abs(forecast - (100 + 10 * (n % 5) + n / 50.0)) < 1 AS right
FROM models, lstm_forecast(model, 'fresh', 'day', 'close', horizon => 3, history => 4) AS f JOIN session AS s ON s.day = f.local_ts::date ORDER BY step;
SELECT bool_and(f.forecast = g.forecast AND f.ts = g.ts) AS same, count(*)
FROM models, LATERAL lstm_forecast(model, 'SELECT * FROM price UNION ALL SELECT * FROM fresh', 'day', 'close') AS f
	JOIN LATERAL unnest((SELECT lstm_forecast(model, day, close) FROM (SELECT * FROM price UNION ALL SELECT * FROM fresh) AS p)) AS g USING (step);
-- in a session of another zone the steps are the same moments, and the days those of the model's zone
SET timezone = 'Asia/Tokyo';
SELECT string_agg(f.local_ts::date::text, ', ' ORDER BY step) FROM models, lstm_forecast(model, 'fresh', 'day', 'close', horizon => 2) AS f;
SELECT string_agg(local_ts::date::text, ', ' ORDER BY step) FROM lstm_forecast('price', 'day', 'close', horizon => 3,
	options => quick(jsonb_build_object('steps', 'session', 'time_zone', 'America/New_York')));
SET timezone = 'Europe/Berlin';
-- beyond the last listed step there is no forecast: the model says so each time, training before it begins
SELECT count(*), max(local_ts)::date AS last FROM models, lstm_forecast(model, horizon => 44);
SELECT r.* FROM models, raises(format('SELECT * FROM lstm_forecast(%L::bytea, horizon => 45)', model)) AS r;
SELECT r.* FROM raises($$SELECT * FROM lstm_forecast('price', 'day', 'close', horizon => 5, options => lstm_options(steps => 'SELECT day FROM session WHERE day < ''2024-04-04'''))$$) AS r;
SELECT lstm_train('price', 'day', 'close', horizon => 5, options => quick('{"steps": "SELECT day FROM session WHERE day < ''2024-04-04''"}')) IS NOT NULL AS trained;
-- a series among others that the list does not reach far enough for is left out, where that is asked for
SELECT lstm_train('SELECT ''a'' AS s, day, close FROM price UNION ALL SELECT ''b'', day, close FROM price WHERE day < ''2024-03-20''', 'day', 'close', 's', horizon => 5,
	options => quick('{"steps": "SELECT day FROM session WHERE day < ''2024-04-04''"}')) AS model \gset
SELECT series, count(*), max(local_ts::date) FROM lstm_forecast(:'model'::bytea, on_missing => 'skip') GROUP BY series;
-- the latest moment of all is the common origin
SELECT series, string_agg(local_ts::date::text, ', ' ORDER BY step) FROM lstm_forecast(:'model'::bytea, horizon => 3, origin => 'common') GROUP BY series ORDER BY series;

-- Back-tests cut on sessions: origins are five of them apart, those of a model on newer rows, too.
SELECT fold, origin::date, count(DISTINCT metric) FROM lstm_backtest('price', 'day', 'close', horizon => 5, folds => 2, options => quick('{"steps": "session"}')) GROUP BY fold, origin ORDER BY fold;
SELECT fold, origin::date, min(local_ts)::date AS first, max(local_ts)::date AS last, count(*)
FROM models, lstm_backtest_forecasts(model, 'SELECT day, 100 + 10 * (n % 5) + n / 50.0 AS close FROM session WHERE day < ''2024-04-20''', 'day', 'close', folds => 2) GROUP BY fold, origin ORDER BY fold;
-- A model for each series, with one worker or several; calendar features, and drivers that are known ahead on sessions
SELECT bool_and(a.model = b.model) AS same, count(*) FROM lstm_train_each('SELECT s, day, close * s AS close FROM price, generate_series(1, 3) AS s', 'day', 'close', 's', horizon => 5, options => quick('{"steps": "session", "workers": 1}')) AS a
	JOIN lstm_train_each('SELECT s, day, close * s AS close FROM price, generate_series(1, 3) AS s', 'day', 'close', 's', horizon => 5, options => quick('{"steps": "session", "workers": 3}')) AS b USING (series);
SELECT string_agg(to_char(local_ts, 'MM-DD'), ', ' ORDER BY step) AS days, count(forecast) FROM lstm_forecast('SELECT day, close, 0 AS fee FROM price', 'day', 'close', future_columns => ARRAY['fee'], horizon => 3,
	options => quick('{"steps": "session", "calendar": true}'), future_source => 'SELECT day, 0 AS fee FROM session WHERE day >= ''2024-03-28''');

-- Fiscal periods of 4, 4 and 5 weeks, dated by their last Saturday. The third of a quarter sells five weeks; a year is twelve periods.
CREATE TABLE period AS SELECT p, date '2020-12-26' + 7 * (13 * (p / 3) + (ARRAY[4, 8, 13])[p % 3 + 1]) AS ends, CASE p % 3 WHEN 2 THEN 5 ELSE 4 END AS weeks FROM generate_series(0, 59) AS p;
CREATE TABLE fiscal AS SELECT ends, weeks * (100 + 20 * sin(2 * pi() * p / 12)) + sin(p * p) AS sold FROM period WHERE p < 48;
SELECT i->>'horizon' AS horizon, i->>'season' AS season, i->>'missing' AS missing FROM lstm_model_info(lstm_train('fiscal', 'ends', 'sold', options => lstm_options(steps => 'SELECT ends FROM period'))) AS i;
SELECT step, local_ts::date = ends AS on_a_period, abs(forecast / (weeks * (100 + 20 * sin(2 * pi() * p / 12))) - 1) < 0.03 AS right
FROM lstm_forecast('fiscal', 'ends', 'sold', horizon => 6, options => lstm_options(steps => 'SELECT ends FROM period')) AS f JOIN period ON p = 47 + step ORDER BY step;

-- Opening hours of a museum: none on Mondays, from ten to an hour that changes from day to day. Clocks are changed in between.
CREATE TABLE opening AS SELECT ts FROM generate_series(timestamp '2023-06-06', '2024-05-05 23:00', '1 hour') AS ts
WHERE extract(isodow FROM ts) > 1 AND extract(hour FROM ts) BETWEEN 10 AND 12 + ('x' || left(md5(ts::date::text), 4))::bit(16)::int % 7;
CREATE TABLE visit AS SELECT ts, 20 + 5 * extract(hour FROM ts) AS visitors FROM opening WHERE ts < '2024-04-24';
SELECT string_agg(to_char(local_ts, 'Dy HH24'), ', ' ORDER BY step) AS hours, max(abs(forecast - 20 - 5 * extract(hour FROM local_ts))) < 5 AS right
FROM lstm_forecast('visit', 'ts', 'visitors', horizon => 16, options => lstm_options(steps => 'opening', calendar => true, ensemble_size => 1, hidden_size => 16, max_epochs => 12)) AS f;

-- What is no list of steps, and rows that are on none
CREATE TABLE two (opens timestamptz, closes timestamptz);
SELECT what, r.* FROM (VALUES
	('1 one column', '"steps": "two"'), ('2 of times', '"steps": "SELECT 1 AS day"'), ('3 no rows', '"steps": "SELECT day FROM session WHERE false"'),
	('4 null', '"steps": "SELECT day FROM session UNION ALL SELECT NULL"'), ('5 infinite', '"steps": "SELECT day FROM session UNION ALL SELECT ''infinity''"'),
	('6 no table', '"steps": "sessions"'), ('7 no SELECT', '"steps": "DELETE FROM session"'), ('8 many', '"steps": "SELECT day FROM session; SELECT 1"'),
	('9 a number', '"steps": 5'), ('a empty', '"steps": ""'), ('b too long', format('"steps": "%s"', repeat('x', 100001))),
	('c both', '"steps": "session", "frequency": "1 day"'), ('d neither', '"frequency": "listed"'),
	('e far apart', '"steps": "VALUES (timestamp ''4713-01-01 BC''), (''294276-12-31'')"'),
	('f writes', '"steps": "WITH d AS (DELETE FROM session RETURNING day) SELECT day FROM d"')) AS wrong (what, options),
	LATERAL raises(format('SELECT lstm_train(''price'', ''day'', ''close'', horizon => 5, options => %L)', '{' || options || '}')) AS r ORDER BY what;
SELECT what, r.* FROM (VALUES
	('1 a holiday', $$SELECT * FROM price UNION ALL VALUES (date '2023-05-01', 5)$$), ('2 too early', $$SELECT * FROM price UNION ALL VALUES (date '2022-12-30', 5)$$),
	('3 too late', $$SELECT * FROM price UNION ALL VALUES (date '2024-06-03', 5)$$), ('4 the hour', $$SELECT day + interval '17 hours' AS day, close FROM price$$)) AS rows (what, source),
	LATERAL raises(format('SELECT lstm_train(%L, ''day'', ''close'', horizon => 5, options => lstm_options(steps => ''session''))', source)) AS r ORDER BY what;
-- of one of many series: it is named, or left out
SELECT r.* FROM raises($$SELECT lstm_train('SELECT s, day, close FROM price, (VALUES (''a''), (''b'')) AS v (s) UNION ALL VALUES (''b'', date ''2023-05-01'', 5)', 'day', 'close', 's', horizon => 5, options => lstm_options(steps => 'session'))$$) AS r;
SELECT left_out.series, left_out.message FROM lstm_model_series(lstm_train('SELECT s, day, close FROM price, (VALUES (''a''), (''b'')) AS v (s) UNION ALL VALUES (''b'', date ''2023-05-01'', 5)', 'day', 'close', 's', horizon => 5,
	options => quick('{"steps": "session", "on_error": "skip"}'))) AS left_out WHERE message IS NOT NULL;
SELECT what, r.* FROM models, (VALUES ('1 a holiday', date '2024-04-01'), ('2 beyond', '2024-06-03')) AS days (what, day),
	LATERAL raises(format('SELECT * FROM lstm_forecast(%L::bytea, %L, ''day'', ''close'')', model, format('SELECT date %L AS day, 5 AS close', day))) AS r ORDER BY what;
-- where there is no source to read, and no time to place
SELECT r.* FROM raises($$SELECT lstm_train(day, close, lstm_options(steps => 'session')) FROM price$$) AS r;
SELECT r.* FROM raises($$SELECT lstm_train('price', NULL, 'close', options => lstm_options(steps => 'session'))$$) AS r;
-- with the caller's rights
CREATE ROLE steps_reader;
GRANT SELECT ON price TO steps_reader;
GRANT USAGE ON SCHEMA listed TO steps_reader;
SET ROLE steps_reader;
SELECT r.code, r.message FROM raises($$SELECT lstm_train('price', 'day', 'close', horizon => 5, options => lstm_options(steps => 'session'))$$) AS r;
RESET ROLE;
DROP OWNED BY steps_reader;
DROP ROLE steps_reader;
RESET search_path;
