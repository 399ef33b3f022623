-- The ledger of lstm_registry: forecasts kept, compared with what came, and what is said of that.
SET client_min_messages = warning;
CREATE EXTENSION lstm_registry;
SET timezone = 'UTC';
CREATE SCHEMA ledger_test;
SET search_path = ledger_test, public;
\getenv root PG_ABS_SRCDIR
\set noise :root '/test/regress/noise.sql'
\i :noise
SET client_min_messages = notice;
\set SHOW_CONTEXT never

-- a char(n) is named without its padding; dates are days of the zone that the model was defined in
CREATE TABLE sale (shop char(6), day date, amount float8);
CREATE FUNCTION amount_of(shop int, i int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT 100 * shop + 10 * sin(i * 2 * pi() / 7) + g(i, shop * 10) $$;
INSERT INTO sale SELECT 'shop ' || s, date '2024-01-01' + i, amount_of(s, i) FROM generate_series(1, 2) AS s, generate_series(0, 149) AS i;
SELECT lstm_define('shops', 'sale', 'day', 'amount', 'shop', horizon => 7);
SELECT lstm_record('shops');
SELECT version, promoted FROM lstm_registry_store('shops', lstm_train('sale', 'day', 'amount', 'shop', horizon => 7), 'always', NULL);

-- what it writes is what the model forecasts, with the naive forecast of its season of seven days
SELECT lstm_record('shops') AS written;
SELECT count(*), bool_and(l.forecast = f.forecast AND l.lower = f.lower AND l.upper = f.upper AND l.step = f.step AND l.local_ts = f.local_ts) AS same
FROM lstm_ledger AS l JOIN lstm_forecast(lstm_model('shops'), 'sale', 'day', 'amount', 'shop') AS f USING (series, ts);
SELECT series, step, ts, origin, local_ts, version, confidence_level, interval_level, actual, missed FROM lstm_ledger WHERE step IN (1, 7) ORDER BY series, step;
SELECT count(*), bool_and(l.naive = s.amount) AS a_week_earlier FROM lstm_ledger AS l JOIN sale AS s ON s.shop = l.series AND s.day = l.ts::date - 7;

-- once more from the same observations is nothing new, and nothing has come yet
SELECT lstm_record('shops') AS written, lstm_settle('shops') AS settled;

-- three days later, of which one shop has reported two
INSERT INTO sale SELECT 'shop ' || s, date '2024-01-01' + i, amount_of(s, i) FROM generate_series(1, 2) AS s, generate_series(150, 152) AS i WHERE i < 152 OR s = 1;
SELECT lstm_settle('shops') AS settled;
SELECT lstm_settle('shops') AS settled, lstm_settle() AS of_all;
SELECT series, count(*) AS settled, bool_and(actual = amount) AS right FROM lstm_ledger JOIN sale ON shop = series AND day = ts::date WHERE actual IS NOT NULL GROUP BY series ORDER BY series;
SELECT lstm_record('shops', series => '{"shop 1", "nobody", null}') AS of_one, lstm_record('shops', '{}') AS of_none, lstm_record('shops', horizon => 3) AS of_all;
SELECT series, origin::date, count(*), max(step) FROM lstm_ledger GROUP BY 1, 2 ORDER BY 1, 2;

-- the sums are those of the ledger, whoever writes it
CREATE VIEW wrong_sums AS
	SELECT day, a.n, b.n AS summed FROM (SELECT ts::date AS day, count(*) AS n, sum(abs(actual - forecast)) AS error, sum(abs(actual - naive)) AS naive,
			count(*) FILTER (WHERE actual BETWEEN lower AND upper) AS inside, sum(confidence_level) AS level, sum(ts::date - origin::date) AS lead
		FROM lstm_ledger WHERE actual IS NOT NULL GROUP BY 1) AS a
	FULL JOIN (SELECT day, sum(forecasts) AS n, sum(error) AS error, sum(naive_error) AS naive, sum(inside) AS inside, sum(level) AS level, sum(lead) AS lead
		FROM lstm_ledger_day GROUP BY 1 HAVING sum(forecasts) <> 0) AS b USING (day)
	WHERE (a.n = b.n AND a.inside = b.inside AND abs(a.error - b.error::float8) + abs(a.naive - b.naive::float8) + abs(a.level - b.level::float8) + abs(a.lead - b.lead::float8) < 1e-6) IS NOT TRUE;
SELECT count(*) > 0 AS days, (SELECT count(*) FROM wrong_sums) AS wrong FROM lstm_ledger_day;
UPDATE lstm_ledger SET actual = forecast + 100 WHERE ts = '2024-05-30' AND series = 'shop 1';
DELETE FROM lstm_ledger WHERE ts = '2024-05-31' AND series = 'shop 1' AND step = 2;
INSERT INTO lstm_ledger (name, ts, origin, version, step, confidence_level, forecast, lower, upper, naive, actual)
	VALUES ('shops', '2024-02-02', '2024-02-01', 1, 1, 0.8, 1, 0, 2, 3, 2);
SELECT count(*) AS wrong FROM wrong_sums;
SELECT lstm_settle('shops'), (SELECT count(*) FROM wrong_sums) AS wrong;
SELECT name, version, month, forecasts, round(mae) AS mae, round(naive_mae) AS naive, coverage, confidence_level, drift, advice FROM lstm_live_accuracy WHERE month = '2024-02-01';

-- late and corrected observations: what was settled is compared once more from a day on
UPDATE sale SET amount = amount + 5 WHERE day >= '2024-05-30' AND shop = 'shop 2';
SELECT lstm_settle('shops') AS without, lstm_settle('shops', since => '2024-05-31') AS since_last, lstm_settle('shops', '2024-05-01') AS since_long;
SELECT bool_and(actual = amount) AS right, (SELECT count(*) FROM wrong_sums) AS wrong FROM lstm_ledger JOIN sale ON shop = series AND day = ts::date WHERE actual IS NOT NULL;

-- another version replaces what is not settled, and leaves what is; the version that is gone can be settled by the next
SELECT version FROM lstm_registry_store('shops', lstm_train('sale', 'day', 'amount', 'shop', horizon => 7), 'always', NULL);
SELECT lstm_record('shops') AS written;
SELECT version, actual IS NULL AS open, count(*) FROM lstm_ledger WHERE local_ts IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
DELETE FROM lstm_version WHERE name = 'shops' AND version = 1;

-- a series that the training has not seen; duplicates as the option says; a series that vanishes is given up after a while
INSERT INTO sale SELECT 'new', date '2024-01-01' + i, 50 + i % 7 FROM generate_series(100, 160) AS i;
SELECT lstm_settle('shops') AS settled, lstm_record('shops', '{new}') AS written;
SELECT round(min(forecast)) >= 45 AND round(max(forecast)) <= 62 AS plausible FROM lstm_ledger WHERE series = 'new';
INSERT INTO sale VALUES ('new', '2024-06-10', 55), ('new', '2024-06-10', 56);
SELECT lstm_settle('shops') AS without_new;
DELETE FROM sale WHERE day = '2024-06-10' AND amount = 56;
INSERT INTO sale SELECT 'new', date '2024-06-10' + i, 50 + (161 + i) % 7 FROM generate_series(1, 40) AS i;
SELECT lstm_settle('shops') AS settled;
SELECT series, missed, actual IS NULL AS open, count(*) FROM lstm_ledger WHERE series IN ('shop 1', 'new') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
INSERT INTO sale SELECT 'shop 1', date '2024-01-01' + i, amount_of(1, i) FROM generate_series(153, 170) AS i;
SELECT lstm_settle('shops') AS "given up", lstm_settle('shops', '2024-06-01') > 0 AS looked_again;
SELECT count(*) AS missed FROM lstm_ledger WHERE series = 'shop 1' AND missed;

-- values that cannot be: their series is left out, and the only one is an error
UPDATE sale SET amount = 'Infinity' WHERE shop = 'new' AND day = '2024-07-20';
UPDATE lstm_ledger SET actual = NULL WHERE series = 'shop 1' AND ts = '2024-06-02';
SELECT lstm_settle('shops', '2024-06-01') AS of_the_others;
SELECT lstm_settle('shops', '2024-07-10');
UPDATE sale SET amount = 1 WHERE shop = 'new' AND day = '2024-07-20';
\set VERBOSITY terse
UPDATE lstm_ledger SET actual = 'NaN' WHERE series = 'new';
INSERT INTO lstm_ledger (name, ts, origin, version, step, forecast) VALUES ('shops', '2024-01-02', '2024-01-01', 1, 1, '-Infinity');
INSERT INTO lstm_ledger (name, ts, origin, version, step, forecast) VALUES ('nobody', '2024-01-02', '2024-01-01', 1, 1, 1);
\set VERBOSITY default
SELECT count(*) AS wrong FROM wrong_sums;

-- steps without a row are zero where the option says so; days and clocks that change are those of the model's zone
CREATE TABLE spare_part (sold timestamp, pieces int);
INSERT INTO spare_part SELECT timestamp '2024-01-01' + i * interval '1 day', 1 + i % 3 FROM generate_series(0, 299) AS i WHERE i % 5 <> 0;
SET timezone = 'Europe/Berlin';
SELECT lstm_define('parts', 'SELECT * FROM spare_part', 'sold', 'pieces', horizon => 6, options => '{"missing": "zero"}');
SELECT version FROM lstm_registry_store('parts', lstm_train('spare_part', 'sold', 'pieces', horizon => 6, options => '{"missing": "zero"}'), 'always', NULL);
SET timezone = 'Asia/Tokyo';
SELECT lstm_record('parts') AS written;
INSERT INTO spare_part VALUES ('2024-10-28', 2), ('2024-10-31', 1);
SELECT lstm_settle('parts') AS settled;
SELECT step, ts AT TIME ZONE 'UTC' AS utc, local_ts, actual FROM lstm_ledger WHERE name = 'parts' ORDER BY step;
SELECT month, forecasts FROM lstm_live_accuracy WHERE name = 'parts' ORDER BY month;
SHOW timezone;
SET timezone = 'UTC';

-- a model's new name is that of its rows and sums, which stay what they are
UPDATE lstm_definition SET name = 'pieces' WHERE name = 'parts';
SELECT (SELECT count(actual) FROM lstm_ledger WHERE name = 'pieces') AS settled, sum(forecasts) AS summed, min(name) AS name FROM lstm_ledger_day WHERE name IN ('pieces', 'parts');
UPDATE lstm_definition SET name = 'parts' WHERE name = 'pieces';

-- a definition of other rows goes on with these; a model that goes takes its rows with it, and its sums
UPDATE lstm_definition SET source = 'SELECT sold, pieces + 10 AS pieces FROM spare_part' WHERE name = 'parts';
SELECT lstm_settle('parts', '-infinity') AS settled;
SELECT step, actual FROM lstm_ledger WHERE name = 'parts' ORDER BY step;
DELETE FROM lstm_definition WHERE name = 'parts';
SELECT count(*) FILTER (WHERE name = 'parts') AS parts, (SELECT count(*) FROM lstm_ledger_day WHERE name = 'parts') AS days FROM lstm_ledger;

-- what cannot be recorded
SELECT lstm_record('nobody');
SELECT lstm_record(NULL);
SELECT lstm_settle('nobody');
SELECT lstm_adapt('nobody');
SELECT lstm_record('shops', confidence_level => 1);
SELECT lstm_record('shops', confidence_level => 'NaN');
SELECT lstm_record('shops', horizon => 0);
SELECT lstm_record('shops', horizon => 100000);
SELECT lstm_adapt('shops', 0);
SELECT lstm_adapt('shops', 1.5);
SELECT lstm_adapt('shops', 'NaN');
SELECT lstm_adapt('shops', -1);
INSERT INTO lstm_definition (name, source, target_column, time_column, search_path, time_zone) VALUES
	('put', NULL, NULL, NULL, '', 'UTC'),
	('untimed', 'sale', 'amount', NULL, 'ledger_test', 'UTC'),
	('one', 'SELECT * FROM sale WHERE shop = ''shop 2''', 'amount', 'day', 'ledger_test', 'UTC'),
	('irregular', 'SELECT * FROM sale WHERE shop = ''shop 2''', 'amount', 'day', 'ledger_test', 'UTC');
SELECT lstm_record('put');
SELECT lstm_settle('untimed');
SELECT version FROM lstm_registry_store('one', lstm_train('SELECT * FROM sale WHERE shop = ''shop 2''', 'day', 'amount', horizon => 3), 'always', NULL);
SELECT lstm_record('one', '{a}');
SELECT lstm_record('one') AS written;
SELECT series = '' AS unnamed, count(*) FROM lstm_ledger WHERE name = 'one' GROUP BY 1;
INSERT INTO sale VALUES ('shop 2', '2024-06-01', 'NaN');
SELECT lstm_settle('one');
SELECT lstm_settle();
UPDATE sale SET amount = 200 WHERE amount = 'NaN';
SELECT lstm_settle();
SELECT version FROM lstm_registry_store('irregular', lstm_train('SELECT * FROM sale WHERE shop = ''shop 2''', 'day', 'amount', horizon => 3, options => '{"frequency": "irregular"}'), 'always', NULL);
SELECT lstm_record('irregular');
BEGIN READ ONLY;
SELECT lstm_record('shops');
ROLLBACK;
BEGIN READ ONLY;
SELECT lstm_settle();
ROLLBACK;

SET client_min_messages = warning;
DROP EXTENSION lstm_registry CASCADE;
DROP SCHEMA ledger_test CASCADE;
