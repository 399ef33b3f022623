-- Watching tables: what one session sees. Notifications are looked at in t/042_watch.pl.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SCHEMA registry;
CREATE EXTENSION lstm_registry SCHEMA registry;
SET search_path = public, registry;
CREATE TABLE reading (sensor int, ts timestamptz, value numeric, note text);
SELECT lstm_define('shops', 'reading', 'ts', 'value', 'sensor', horizon => 3);
-- forecasts of three hours for sensor 1 and 2: 100, between 90 and 120
INSERT INTO lstm_ledger (name, series, ts, origin, version, step, forecast, lower, upper)
	SELECT 'shops', s, timestamptz '2024-01-01' + i * interval '1 hour', '2024-01-01', 1, i, 100, 90, 120
	FROM generate_series(1, 2) AS s, generate_series(1, 3) AS i;

-- how triggers are made
SELECT lstm_watch_start('shops', '{"renew": true, "most": 3}');
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'reading'::regclass AND NOT tgisinternal ORDER BY 1;
SELECT lstm_watch_start('shops');
CREATE FUNCTION due() RETURNS TABLE (series text, after timestamptz, tried bool) LANGUAGE sql
	AS 'SELECT series, after, tried_at IS NOT NULL FROM lstm_due ORDER BY series, after';

-- One transaction, so that no worker takes what is due.
BEGIN;
-- as forecast, and more to come
INSERT INTO reading VALUES (1, '2024-01-01 01:00', 100);
SELECT * FROM due();
-- at the bounds is inside
INSERT INTO reading VALUES (1, '2024-01-01 01:00', 90), (1, '2024-01-01 01:00', 120);
SELECT * FROM due();
-- the last one that is forecast, of one of two
INSERT INTO reading VALUES (1, '2024-01-01 03:00', 100), (2, '2024-01-01 02:00', 100);
SELECT * FROM due();
-- asked for once
INSERT INTO reading VALUES (1, '2024-01-01 04:00', 100), (1, '2024-01-01 05:00', 100);
SELECT * FROM due();
-- a row that was not as forecast asks, too; late and off the grid ones do not
INSERT INTO reading VALUES (2, '2024-01-01 01:00', 89.9);
INSERT INTO reading VALUES (1, '2023-06-01 01:00', 5), (1, '2024-01-01 01:30', 500);
SELECT * FROM due();
-- a series that the ledger does not know
INSERT INTO reading SELECT 3, timestamptz '2024-01-01' + i * interval '1 hour', 7 FROM generate_series(1, 5) AS i;
SELECT * FROM due();
-- what is no observation
DELETE FROM lstm_due;
INSERT INTO reading VALUES (1, '2024-01-01 09:00', NULL), (1, NULL, 5), (NULL, '2024-01-01 09:00', 5), (NULL, NULL, NULL),
	(1, '2024-01-01 09:00', 'NaN'), (1, '2024-01-01 09:00', 'Infinity'), (1, 'infinity', 5), (1, '-infinity', 5), (1, '2024-01-01 09:00', 1e400::numeric);
INSERT INTO reading SELECT * FROM reading WHERE false;
SELECT * FROM due();
-- UPDATE is watched, DELETE and TRUNCATE go their way
UPDATE reading SET value = 1000 WHERE sensor = 2 AND ts = '2024-01-01 02:00';
SELECT * FROM due();
DELETE FROM reading WHERE sensor = 2;
TRUNCATE reading;
ROLLBACK;
SELECT * FROM due();

-- The latest forecast before the time counts, and none made at it or after.
BEGIN;
INSERT INTO lstm_ledger (name, series, ts, origin, version, step, forecast, lower, upper) VALUES
	('shops', '1', '2024-01-01 02:00', '2024-01-01 01:00', 2, 1, 500, 400, 600),
	('shops', '1', '2024-01-01 02:00', '2024-01-01 02:00', 3, 1, 100, 90, 120),
	('shops', '1', '2024-01-01 02:00', '2024-01-01 02:30', 3, 1, 100, 90, 120);
INSERT INTO reading VALUES (1, '2024-01-01 02:00', 500);
SELECT count(*) AS none FROM due();
INSERT INTO reading VALUES (1, '2024-01-01 02:00', 100);
SELECT * FROM due();
ROLLBACK;
-- A forecast without bounds, or without a number, expects nothing.
BEGIN;
UPDATE lstm_ledger SET lower = NULL, upper = NULL WHERE series = '1';
UPDATE lstm_ledger SET lower = 'NaN', upper = 'NaN' WHERE series = '2' AND step = 1;
UPDATE lstm_ledger SET forecast = NULL WHERE series = '2' AND step = 2;
INSERT INTO reading VALUES (1, '2024-01-01 01:00', -1e9), (2, '2024-01-01 01:00', -1e9), (2, '2024-01-01 02:00', -1e9);
SELECT count(*) AS none FROM due();
ROLLBACK;

-- Renewal: what gives forecasts beyond the row goes, what gives none waits, and is given up after a day.
SELECT lstm_watch_stop('shops');
SELECT lstm_watch_stop('shops');
INSERT INTO lstm_due (owner, name, series, after) VALUES (current_user, 'shops', '1', '2024-01-01 03:00'), (current_user, 'gone', '1', '2024-01-01');
SELECT lstm_watch_renew('gone');
SELECT name, series, message FROM lstm_due;
-- without a model
SELECT lstm_watch_renew();
SELECT name, series, tried_at IS NOT NULL AS tried, message IS NOT NULL AS why FROM lstm_due;
SELECT lstm_watch_renew() AS not_again;
-- a definition that is another one may do
SELECT lstm_define('shops', 'reading', 'ts', 'value', 'sensor', horizon => 3, replace => true);
SELECT lstm_watch_renew() AS again, lstm_watch_renew() AS not_again;
UPDATE lstm_due SET tried_at = tried_at - interval '61 minutes';
SELECT lstm_watch_renew() AS after_an_hour;
UPDATE lstm_due SET tried_at = tried_at - interval '61 minutes', asked_at = asked_at - interval '25 hours';
SELECT lstm_watch_renew() AS given_up;
SELECT count(*) FROM lstm_due;
-- with one
INSERT INTO reading SELECT s, timestamptz '2024-01-01' - i * interval '1 hour', 100 + s + 10 * sin(i * pi() / 12) FROM generate_series(1, 2) AS s, generate_series(0, 200) AS i;
SELECT version, promoted FROM lstm_registry_store('shops', (SELECT lstm_train('reading', 'ts', 'value', 'sensor', horizon => 3, options => '{"pretrained": "only"}')), 'always', 1);
DELETE FROM lstm_ledger;
SELECT lstm_record('shops');
SELECT lstm_watch_start('shops');
BEGIN;
INSERT INTO reading SELECT series::int, ts, forecast FROM lstm_ledger;
SELECT * FROM due();
SELECT lstm_watch_renew('other') AS none, lstm_watch_renew('shops') AS both, lstm_watch_renew() AS no_more;
SELECT * FROM due();
SELECT series, origin, count(*), bool_and(lower < forecast AND forecast < upper) AS bounds FROM lstm_ledger WHERE origin > '2024-01-01' GROUP BY 1, 2 ORDER BY 1;
-- and is enough for the next rows
INSERT INTO reading SELECT series::int, ts, forecast FROM lstm_ledger WHERE origin > '2024-01-01' AND step < 3;
SELECT count(*) AS none FROM due();
ROLLBACK;
SELECT lstm_watch_stop('shops');

-- Types and names of columns; the only series is ''.
CREATE DOMAIN euros AS numeric CHECK (VALUE > 0);
CREATE TABLE sale ("when" timestamp, "how much" euros, extra int);
ALTER TABLE sale DROP COLUMN extra;
SET timezone = 'America/New_York';
SELECT lstm_define('sales', 'SELECT "when" AS t, "how much" AS v FROM sale', 't', 'v', options => '{"time_zone": "Europe/Berlin"}');
SET timezone = 'UTC';
INSERT INTO lstm_ledger (name, ts, origin, version, step, forecast, lower, upper) VALUES
	('sales', '2024-06-01 22:00+00', '2024-05-31 22:00+00', 1, 1, 100, 90, 120), ('sales', '2024-06-02 22:00+00', '2024-05-31 22:00+00', 1, 2, 100, 90, 120);
SELECT lstm_watch_start('sales');
SELECT lstm_watch_start('sales', watched => 'sale');
SELECT lstm_watch_start('sales', '{"time_column": "when", "target_column": "how much"}', 'sale');
BEGIN;
-- midnight in Berlin
INSERT INTO sale VALUES ('2024-06-02', 100);
SELECT count(*) AS none FROM due();
INSERT INTO sale VALUES ('2024-06-02', 10);
SELECT * FROM due();
ROLLBACK;
BEGIN;
-- dates, and times at the ends of what there is
ALTER TABLE sale ALTER COLUMN "when" TYPE date;
INSERT INTO sale VALUES ('2024-06-02', 100), ('5874897-12-31', 100), ('4713-01-01 BC', 100), ('infinity', 100);
SELECT count(*) AS none FROM due();
INSERT INTO sale VALUES ('2024-06-02', 121);
SELECT count(*) AS one FROM due();
ROLLBACK;
BEGIN;
INSERT INTO sale VALUES ('294276-12-31 23:59:59.999999', 100), ('4714-11-24 00:00:00 BC', 100);
SELECT count(*) AS none FROM due();
ROLLBACK;
-- every type of numbers
CREATE FUNCTION with_type(type text) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE
	asked int8;
BEGIN
	EXECUTE format('ALTER TABLE sale ALTER COLUMN "how much" TYPE %s', type);
	DELETE FROM lstm_due;
	INSERT INTO sale VALUES ('2024-06-02', 100);
	SELECT count(*) INTO asked FROM lstm_due;
	IF asked > 0 THEN RETURN -1; END IF;
	INSERT INTO sale VALUES ('2024-06-02', 12);
	SELECT count(*) INTO asked FROM lstm_due;
	RETURN asked;
END $$;
BEGIN;
SELECT type, with_type(type) FROM unnest(ARRAY['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']) AS type;
ROLLBACK;

-- What cannot be watched: statements go on with a warning, once a session and trigger.
SET client_min_messages = warning;
ALTER TABLE sale RENAME "how much" TO amount;
INSERT INTO sale VALUES ('2024-06-02', 10);
INSERT INTO sale VALUES ('2024-06-02', 10);
ALTER TABLE sale RENAME amount TO "how much";
CREATE TRIGGER no_model AFTER INSERT ON sale REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch('nobody''s');
INSERT INTO sale VALUES ('2024-06-02', 100);
DROP TRIGGER no_model ON sale;
CREATE TABLE words (t text, v text, ts timestamptz, x float8);
CREATE TRIGGER a AFTER INSERT ON words REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch('sales');
CREATE TRIGGER b AFTER INSERT ON words REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch('sales', '{"time_column": "ts"}');
CREATE TRIGGER c AFTER INSERT ON words REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch('sales', '{"time_column": "ts", "target_column": "x", "series_column": "s"}');
INSERT INTO words VALUES ('a', 'b', '2024-06-02', 1);
SELECT count(*) FROM words;
DROP TABLE words;
-- a model that is put without a source's columns
INSERT INTO lstm_definition (name, search_path, time_zone) VALUES ('put', '', 'Nowhere/Land');
SELECT lstm_watch_start('put');
SELECT lstm_watch_start('put', watched => 'sale');
SELECT lstm_watch_start('put', '{"time_column": "when", "target_column": "how much"}', 'sale');
-- altered tables of the registry
BEGIN;
CREATE TRIGGER altered AFTER INSERT ON sale REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch('sales', '{"time_column": "when", "target_column": "how much"}');
ALTER TABLE lstm_ledger RENAME forecast TO f;
INSERT INTO sale VALUES ('2024-06-02', 10);
ROLLBACK;
BEGIN;
CREATE TRIGGER altered AFTER INSERT ON sale REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch('sales', '{"time_column": "when", "target_column": "how much"}');
ALTER TABLE lstm_due RENAME COLUMN after TO a;
INSERT INTO sale VALUES ('2024-06-02', 10);
ROLLBACK;

-- What is wrong with a trigger itself is an error.
CREATE TABLE wrong (ts timestamptz, v float8);
CREATE FUNCTION try(trigger text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	m text; d text; h text;
BEGIN
	EXECUTE 'CREATE TRIGGER w ' || replace(trigger, 'FRESH', 'ON wrong REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch');
	INSERT INTO wrong VALUES ('2024-01-01', 1);
	RAISE WARNING 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	RAISE WARNING '% %: % | %', SQLSTATE, m, d, h;
END $$;
SELECT try('BEFORE INSERT ON wrong FOR EACH ROW EXECUTE FUNCTION lstm_watch(''sales'')');
SELECT try('AFTER INSERT ON wrong FOR EACH ROW EXECUTE FUNCTION lstm_watch(''sales'')');
SELECT try('BEFORE INSERT ON wrong FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch(''sales'')');
SELECT try('AFTER INSERT ON wrong FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch(''sales'')');
SELECT try('AFTER INSERT FRESH()');
SELECT try('AFTER INSERT FRESH(''a'', ''{}'', ''c'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''no json'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''[1]'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''{"chanel": "a"}'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''{"something else": 1}'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''{"channel": ""}'')');
SELECT try(format('AFTER INSERT FRESH(''sales'', ''{"channel": "%s"}'')', repeat('x', 64)));
SELECT try('AFTER INSERT FRESH(''sales'', ''{"renew": "yes"}'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''{"most": -1}'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''{"most": 10001}'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''{"most": [1, {"a": 2}]}'')');
SELECT try('AFTER INSERT FRESH(''sales'', ''{"time_column": 1}'')');
SELECT lstm_watch();
SELECT lstm_watch_start('sales', '{"chanel": 1}', 'wrong');
SELECT lstm_watch_start('sales', watched => 'wrong');
SELECT lstm_watch_start('nobody', watched => 'wrong');
SELECT lstm_watch_start(NULL);
SELECT lstm_registry_watch_check(NULL, 'wrong', NULL);
SELECT lstm_registry_watch_check('sales', 0::regclass, NULL);
-- PostgreSQL 15 words it otherwise than later ones
\set VERBOSITY sqlstate
SELECT lstm_registry_watch_check('sales', 'lstm_ledger_pkey', NULL);
\set VERBOSITY default
SELECT lstm_watch_stop(NULL), lstm_watch_stop('nobody'), lstm_watch_renew('nobody');

-- Names too long for an index are passed over; a view is no table.
CREATE TABLE long (s text, t timestamptz, v float8);
CREATE TRIGGER w AFTER INSERT ON long REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch('sales', '{"series_column": "s"}');
BEGIN;
INSERT INTO long VALUES (repeat('x', 3000), '2024-01-01', 1), (repeat('é', 500000), '2024-01-01', 1), (repeat('y', 1900), '2024-01-01', 1);
SELECT left(series, 2), length(series) FROM due();
ROLLBACK;

DROP TABLE reading, sale, wrong, long;
DROP FUNCTION due, try, with_type;
DROP DOMAIN euros;
DROP SCHEMA registry CASCADE;
