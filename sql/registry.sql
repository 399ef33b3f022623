-- Models by name: define, train, promote, roll back, put, forget; and what lstm_models shows.
SET timezone = 'UTC';
CREATE SCHEMA reg;
CREATE EXTENSION lstm_registry SCHEMA reg;
CREATE SCHEMA data;
-- a week that repeats, so that a model of some steps errs much less than one of a single step
CREATE TABLE data.sales AS
	SELECT '2024-01-01'::timestamptz + i * interval '1 day' AS ts, 20 + 5 * (i % 7) + sin(i * i) AS amount, i % 2 AS promo
	FROM generate_series(0, 209) AS i;
SET search_path = public, reg, data;

SELECT lstm_define('shops', 'sales', 'ts', 'amount', horizon => 7, options => '{"max_steps": 60, "start": false, "pretrained": "none"}', keep => 3,
	retrain_after => '1 week', note => 'of all shops');
SELECT name, owner = current_user AS own, status, version, versions, retrain_after, due_at = now() AS due_now, message, note FROM lstm_models;
-- where names are found, and the clock, are of the definition
SET search_path = public, reg;
SET timezone = 'America/New_York';
BEGIN;
SELECT * FROM lstm_retrain('shops');
SHOW timezone;
SHOW search_path;
COMMIT;
SELECT lstm_model_info(lstm_model('shops')) #>> '{options,time_zone}' AS zone, lstm_model('shops') = lstm_model('shops', 1) AS same;
SET timezone = 'UTC';
SELECT name, status, version, versions, skill = (SELECT 1 - (h ->> 'mase')::float8 / (h #>> '{naive,mase}')::float8 FROM lstm_version AS v, LATERAL (SELECT v.info -> 'held_out') AS i (h)) AS skilled, mase < 1 AS better_than_naive, stored_at <= now() AS stored, age >= '0' AS aged,
	seconds > 0 AS took, bytes = length(lstm_model('shops')) AS sized, horizon, series, rows, due_at - stored_at AS due_in, message FROM lstm_models;
SELECT count(*), min(ts), max(ts) FROM lstm_forecast(lstm_model('shops'), 7);

-- a version that is worse is kept, but not promoted
SET search_path = public, reg, data;
SELECT lstm_define('shops', 'sales', 'ts', 'amount', horizon => 7, options => '{"max_steps": 1, "start": false, "pretrained": "none", "linear_skip": false, "seasonal_skip": false}', keep => 3,
	retrain_after => '1 week', replace => true);
SELECT version, promoted, regexp_replace(message, '\d+\.\d+', '#', 'g') AS message FROM lstm_retrain('shops');
SELECT version, versions, regexp_replace(message, '\d+\.\d+', '#', 'g') AS message, note FROM lstm_models;
SELECT lstm_model('shops') = lstm_model('shops', 1) AS old, lstm_model('shops') = lstm_model('shops', 2) AS new;
-- the same is as good
SELECT version, promoted FROM lstm_retrain('shops', 'Always');
SELECT version, promoted, message ~ 'its error is (\d+\.\d+), that of version 3 is \1,' AS equal FROM lstm_retrain('shops');
-- three stay
SELECT version, message IS NOT NULL AS said FROM lstm_version ORDER BY version;
-- and what is better is promoted
SELECT lstm_define('shops', 'sales', 'ts', 'amount', horizon => 7, options => '{"max_steps": 60, "start": false, "pretrained": "none"}', keep => 2, replace => true);
SELECT version, promoted, regexp_replace(message, '\d+\.\d+', '#', 'g') AS message FROM lstm_retrain('shops');
SELECT version, promoted, message FROM lstm_retrain('shops', promote => 'never');
SELECT version, status FROM lstm_models;

-- back to an older one, and to the latest; the promoted one outlives the others
SELECT lstm_promote('shops', 5);
SELECT version, promoted FROM lstm_retrain('shops', 'never');
SELECT version, promoted FROM lstm_retrain('shops', 'never');
SELECT array_agg(version ORDER BY version) FROM lstm_version;
SELECT lstm_promote('shops');
SELECT version, message = 'promoted by ' || current_user AS said FROM lstm_models;
-- a transaction that is rolled back leaves everything
BEGIN;
SELECT version, promoted FROM lstm_retrain('shops', 'always');
SELECT version FROM lstm_models;
ROLLBACK;
SELECT d.version, d.last_version, (SELECT array_agg(v.version ORDER BY v.version) FROM lstm_version AS v) FROM lstm_definition AS d;
SELECT lstm_forget('shops', 7);
SELECT lstm_promote('shops', 8);

-- what is compared: forecasts of the last three horizons from the rows before each, as lstm_forecast gives them
WITH tested AS (
	SELECT origin, error, naive FROM lstm_registry_backtest(lstm_model('shops'), 'sales', 'ts', 'amount', NULL, NULL, NULL, 7, 3, 7) WHERE metric = 'mae'),
known AS (
	SELECT origin, avg(abs(s.amount - f.forecast)) AS error, avg(abs(s.amount - l.amount)) AS naive
	FROM tested, LATERAL lstm_forecast(lstm_model('shops'), format('SELECT * FROM data.sales WHERE ts <= %L', origin), 'ts', 'amount', horizon => 7) AS f
		JOIN data.sales AS s ON s.ts = f.ts, data.sales AS l WHERE l.ts = origin GROUP BY origin)
SELECT origin, abs(t.error - k.error) < 1e-6 * k.error AS error, abs(t.naive - k.naive) < 1e-9 * k.naive AS naive FROM tested AS t JOIN known AS k USING (origin) ORDER BY origin;
SELECT c.better, abs(substring(c.message FROM 'its error is ([0-9.]+)')::numeric - (SELECT avg(error) / avg(naive) FROM lstm_registry_backtest(lstm_model('shops', 8), 'sales', 'ts', 'amount', NULL, NULL, NULL, 7, 3, 7) WHERE metric = 'mae')::numeric) < 1e-4 AS error
FROM lstm_registry_compare('shops', 5, 8) AS c;
-- a shorter horizon is compared at that
SELECT lstm_define('shops', 'sales', 'ts', 'amount', horizon => 3, options => '{"max_steps": 60, "start": false, "pretrained": "none"}', replace => true);
SELECT version, regexp_replace(message, '\d+\.\d+|^(not )?promoted', '#', 'g') AS message FROM lstm_retrain('shops');
-- what cannot forecast the source any more gives way
SELECT lstm_define('driven', 'sales', 'ts', 'amount', past_columns => '{promo}', horizon => 7, options => '{"max_steps": 5, "start": false}');
SELECT promoted, message FROM lstm_retrain('driven');
ALTER TABLE data.sales DROP COLUMN promo;
SELECT lstm_define('driven', 'sales', 'ts', 'amount', horizon => 7, options => '{"max_steps": 5}', replace => true);
SELECT promoted, message FROM lstm_retrain('driven');
-- a new version that does not forecast does not come in its place
SELECT promoted, message FROM lstm_put('driven', (SELECT lstm_train_classes(i::text, ts, ARRAY[amount], (i % 2)::text, '{"max_steps": 2, "hidden_size": 2}')
	FROM data.sales, generate_series(1, 12) AS i WHERE ts < '2024-01-20'), 'if better');
SELECT version FROM lstm_models WHERE name = 'driven';

-- a panel, of which one series is always the same, and one too short to test
CREATE TABLE data.panel AS
	SELECT s, '2024-01-01'::timestamptz + i * interval '1 day' AS ts, CASE s WHEN 'still' THEN 7 ELSE 20 + 5 * (i % 7) + sin(i * i) END AS amount
	FROM unnest(ARRAY['one', 'still', 'short']) AS s, generate_series(0, 209) AS i WHERE s <> 'short' OR i >= 207;
SELECT lstm_define('panel', 'SELECT * FROM panel -- of all', 'ts', 'amount', 's', horizon => 7, options => '{"max_steps": 20}');
SELECT promoted FROM lstm_retrain('panel');
SELECT promoted, message ~ 'its error is (\d+\.\d+), that of version 1 is \1, relative to the naive forecast on the last 6 windows of 7 steps' AS equal FROM lstm_retrain('panel');
-- nothing to compare on
DELETE FROM data.panel WHERE ts > '2024-01-05';
SELECT promoted, message FROM lstm_put('panel', lstm_model('panel'), 'if better');

-- without timestamps
SELECT lstm_define('undated', 'SELECT amount FROM sales ORDER BY ts', NULL, 'amount', horizon => 7, options => '{"max_steps": 5}');
SELECT promoted, message FROM lstm_retrain('undated');
SELECT promoted, message FROM lstm_retrain('undated');

-- a model from elsewhere: any kind
SELECT * FROM lstm_put('shipped', lstm_pretrained(), note => 'as it ships');
SELECT promoted, message FROM lstm_put('shipped', lstm_model('shops'), 'if better');
SELECT count(*) FROM lstm_forecast(lstm_model('shipped', 1), 'sales', 'ts', 'amount', horizon => 4);
SELECT * FROM lstm_put('kinds', (SELECT lstm_train_classes(i::text, ts, ARRAY[amount], (i % 2)::text, '{"max_steps": 2, "hidden_size": 2}') FROM data.sales, generate_series(1, 12) AS i WHERE ts < '2024-01-20'));
SELECT name, status, version, versions, skill IS NULL AS no_skill, mase IS NULL AS no_mase, seconds, bytes > 0 AS sized, horizon, series, rows, due_at, note FROM lstm_models WHERE name IN ('shipped', 'kinds') ORDER BY name;
-- the pretrained one takes any horizon; a source comes later, and what was put is compared with
SELECT lstm_define('shipped', 'sales', 'ts', 'amount', horizon => 7, replace => true);
SELECT promoted, regexp_replace(message, '\d+\.\d+|^(not )?promoted', '#', 'g') AS message FROM lstm_retrain('shipped');
SELECT lstm_promote('shipped', 1);
SELECT regexp_replace(message, '\d+\.\d+|^(not )?promoted', '#', 'g') AS message FROM lstm_retrain('shipped');

-- status by jobs
INSERT INTO lstm_job (name, promote, status) VALUES ('shops', 'if better', 'running');
INSERT INTO lstm_job (name, promote, status, message) VALUES ('panel', 'if better', 'failed', 'the source was gone'), ('undated', 'if better', 'failed', 'once');
INSERT INTO lstm_job (name, promote, status) VALUES ('undated', 'if better', 'done');
UPDATE lstm_definition SET retrain_after = '1 microsecond' WHERE name IN ('undated', 'shipped', 'kinds');
SELECT lstm_define('new', 'sales', 'ts', 'amount');
SELECT name, status, CASE WHEN status = 'failed' THEN message END AS message FROM lstm_models ORDER BY name;
SELECT promoted FROM lstm_put('panel', lstm_model('panel'));
SELECT status FROM lstm_models WHERE name = 'panel';
DELETE FROM lstm_job WHERE name = 'shops';

-- gone with all that was its own
INSERT INTO lstm_ledger (name, ts, origin, version, step) VALUES ('panel', now(), now(), 1, 1), ('shops', now(), now(), 1, 1);
SELECT lstm_forget('panel');
SELECT (SELECT count(*) FROM lstm_definition WHERE name = 'panel') AS definitions, (SELECT count(*) FROM lstm_version WHERE name = 'panel') AS versions,
	(SELECT count(*) FROM lstm_job WHERE name = 'panel') AS jobs, (SELECT array_agg(name) FROM lstm_ledger) AS ledger;
-- a name changes with all that refers to it
UPDATE lstm_definition SET name = 'renamed' WHERE name = 'shops';
SELECT lstm_model('renamed') IS NOT NULL AS there;

-- every object and column has a comment
SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'reg'::regnamespace AND c.relname IN ('lstm_definition', 'lstm_version', 'lstm_models') AND col_description(c.oid, a.attnum) IS NULL;
SELECT p.oid::regprocedure FROM pg_proc AS p WHERE pronamespace = 'reg'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL;
DROP SCHEMA reg, data CASCADE;
