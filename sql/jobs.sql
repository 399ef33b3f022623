-- Trainings in the background: jobs, their ends, who may have which.
CREATE EXTENSION lstm_registry;
SET TimeZone = 'UTC';
SET lstm_forecast.max_job_workers = 1;
\pset null NULL

-- A model of the quickest kind, and what is wrong with others.
CREATE TABLE reading AS
	SELECT '2024-01-01'::timestamptz + i * interval '1 day' AS ts, (20 + 5 * sin(i * 0.897) + i % 3)::float8 AS value FROM generate_series(1, 60) AS i;
CREATE TABLE empty (ts timestamptz, value float8);
CREATE FUNCTION define(name text, source text DEFAULT 'reading', retrain_after interval DEFAULT NULL, target text DEFAULT 'value', more jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS
$$ BEGIN
	PERFORM lstm_define(name, 'reading', 'ts', 'value', horizon => 2, options => '{"max_steps": 2, "ensemble_size": 1}', retrain_after => retrain_after);
	-- what is wrong may have become so later
	UPDATE lstm_definition AS d SET source = define.source, target_column = target, options = options || more WHERE d.name = define.name;
END $$;
CREATE FUNCTION fails(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	code := '00000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- A job from its start to its end.
SELECT define('shops');
SELECT lstm_retrain_start('shops') AS job \gset
SELECT lstm_wait(:job);
SELECT job = :job AS job, name, owner = current_user AS owner, status, attempt, submitted_at <= started_at AND started_at <= finished_at AS times,
	seconds BETWEEN 0 AND 60 AS seconds, version, promoted, sqlstate, message IS NOT NULL AS message, pid FROM lstm_jobs;
-- what it has trained is what lstm_train gives here, to the last bit
SELECT lstm_model('shops') = lstm_train('reading', 'ts', 'value', horizon => 2, options => '{"max_steps": 2, "ensemble_size": 1}') AS same;
SELECT count(*) FROM lstm_forecast(lstm_model('shops'), 2);
SELECT lstm_wait(:job) AS "at once", lstm_cancel(:job) AS "too late";
-- another time, and not promoted
SELECT lstm_retrain_start('shops', 'never') AS job \gset
SELECT lstm_wait(:job, '1 minute');
SELECT status, version FROM lstm_jobs ORDER BY job;
SELECT promote FROM lstm_job ORDER BY job;

-- One at a time for a model: none begins while its worker may not.
SET lstm_forecast.max_job_workers = 0;
SELECT lstm_retrain_start('shops') AS job \gset
SELECT lstm_retrain_start('shops') = :job AS "the same";
SELECT status, message, pid, seconds FROM lstm_jobs WHERE job = :job;
SELECT lstm_wait(:job, '20 ms');
SELECT lstm_wait(:job, '0');
SELECT lstm_wait(:job, '-1 day');
SELECT lstm_cancel(:job);
SELECT lstm_cancel(:job), lstm_wait(:job);
SELECT status, sqlstate, message, started_at, finished_at IS NOT NULL AS finished FROM lstm_jobs WHERE job = :job;
-- a queued one begins as someone waits for it
SELECT lstm_retrain_start('shops') AS job \gset
SET lstm_forecast.max_job_workers = 1;
SELECT lstm_wait(:job, '1 minute');

-- A transaction that is rolled back has started nothing; one that has not committed, not yet.
BEGIN;
SELECT lstm_retrain_start('shops') AS job \gset
ROLLBACK;
SELECT message FROM fails('SELECT lstm_wait(currval(pg_get_serial_sequence(''lstm_job'', ''job'')))') WHERE message LIKE 'job % does not exist';
SELECT count(*) FROM lstm_jobs WHERE status IN ('queued', 'running');
BEGIN;
SAVEPOINT before;
SELECT lstm_retrain_start('shops') AS job \gset
ROLLBACK TO before;
COMMIT;
SELECT count(*) FROM lstm_jobs WHERE job >= :job;
BEGIN;
SAVEPOINT before;
SELECT lstm_retrain_start('shops') AS job \gset
RELEASE before;
SELECT code, replace(message, :'job', 'N') AS message, detail, hint FROM fails('SELECT lstm_wait(' || :job || ')');
SELECT status FROM lstm_jobs WHERE job = :job;
COMMIT;
SELECT lstm_wait(:job, '1 minute');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT lstm_wait(:job) AS "has ended";
COMMIT;
SET lstm_forecast.max_job_workers = 0;
SET client_min_messages = error;
SELECT lstm_retrain_start('shops') AS job \gset
RESET client_min_messages;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT code, replace(message, :'job', 'N') AS message, detail, hint FROM fails('SELECT lstm_wait(' || :job || ')');
COMMIT;
SELECT lstm_cancel(:job);
SET lstm_forecast.max_job_workers = 1;

-- Jobs that fail say why: nothing to train on, nothing there, a wrong option, an error in the source.
SELECT define('empty', 'empty');
SELECT define('nulls', 'SELECT ts, NULL::float8 AS value FROM reading');
SELECT define('missing', 'no_such_table');
SELECT define('column', target => 'valve');
SELECT define('option', more => '{"hidden_sise": 3}');
SELECT define('huge', more => '{"hidden_size": 1024, "lookback": 50000, "num_layers": 8, "batch_size": 512}');
SELECT define('dividing', 'SELECT ts, value / (value - value) AS value FROM reading');
SELECT define('writing', 'SELECT ts, value FROM reading WHERE set_config(''lstm.none'', ''x'', true) = ''x'' AND nextval(''no_such_sequence'') > 0');
SELECT define('infinite', 'SELECT ts, ''infinity''::float8 AS value FROM reading');
SELECT name, lstm_retrain_start(name) IS NOT NULL AS started FROM lstm_definition WHERE name <> 'shops' ORDER BY name;
SELECT j.name, lstm_wait(j.job, '1 minute') FROM lstm_job AS j WHERE j.name <> 'shops' ORDER BY j.name;
SELECT name, sqlstate, message, version, promoted FROM lstm_jobs WHERE name <> 'shops' ORDER BY name;
SELECT count(*) FROM lstm_version WHERE name <> 'shops';
DELETE FROM lstm_definition WHERE name <> 'shops';
SELECT DISTINCT name FROM lstm_jobs;

-- Names in a source are found as where the model was defined, and dates taken in its zone.
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.sale AS SELECT date '2024-01-01' + i AS ts, (i % 7)::float8 AS value FROM generate_series(1, 60) AS i;
SET search_path = elsewhere, public;
SET TimeZone = 'America/New_York';
SELECT define('elsewhere', 'sale');
RESET search_path;
SET TimeZone = 'UTC';
SELECT lstm_retrain_start('elsewhere') AS job \gset
SELECT lstm_wait(:job);
SELECT min(ts) AT TIME ZONE 'America/New_York' AS first FROM lstm_forecast(lstm_model('elsewhere'), 1);
DROP SCHEMA elsewhere CASCADE;
SELECT lstm_retrain_start('elsewhere') AS job \gset
SELECT lstm_wait(:job);
SELECT sqlstate, message FROM lstm_jobs WHERE job = :job;
DELETE FROM lstm_definition WHERE name <> 'shops';

-- A source that lets go of all advisory locks: its job is held nevertheless. A model that is renamed meanwhile has the version.
SELECT define('old name', 'SELECT ts, value FROM reading, (SELECT pg_advisory_unlock_all()) AS u', more => '{"max_steps": 100000000, "max_epochs": 1000000, "patience": 0, "max_seconds": 3, "refit": false}');
SELECT lstm_retrain_start('old name') AS job \gset
SELECT pg_sleep(1);
SELECT status FROM lstm_jobs WHERE job = :job;
UPDATE lstm_definition SET name = 'new name' WHERE name = 'old name';
SELECT lstm_wait(:job, '1 minute');
SELECT name, version, promoted, message FROM lstm_jobs WHERE job = :job;
DELETE FROM lstm_definition WHERE name <> 'shops';

-- What its owner writes into the row has nobody else cancelled.
SELECT define('long', more => '{"max_steps": 100000000, "max_epochs": 1000000, "patience": 0, "max_seconds": 60, "refit": false}');
SELECT lstm_retrain_start('long') AS job \gset
SELECT pg_sleep(0.5);
UPDATE lstm_job SET pid = pg_backend_pid() WHERE job = :job;
SELECT lstm_cancel(:job);
SELECT 'not cancelled' AS session FROM pg_sleep(0.2);
SELECT lstm_wait(:job, '10 seconds');
DELETE FROM lstm_definition WHERE name <> 'shops';

-- What is not a job.
SELECT f.* FROM unnest(ARRAY['lstm_wait(0)', 'lstm_wait(NULL)', 'lstm_wait(9223372036854775807)', 'lstm_cancel(-1)', 'lstm_cancel(NULL)', 'lstm_retrain_start(''none'')',
	'lstm_retrain_start(''shops'', ''perhaps'')', 'lstm_retrain_start(''shops'', '''')', 'lstm_retrain_due(0)', 'lstm_retrain_due(-5)']) AS call, fails('SELECT ' || call) AS f;
INSERT INTO lstm_definition (name, search_path, time_zone) VALUES ('put', 'public', 'UTC');
SELECT * FROM fails('SELECT lstm_retrain_start(''put'')');
DELETE FROM lstm_definition WHERE name = 'put';

-- What is due: never trained, long ago, or worth another attempt; not what has no time for it, is in hand, or was tried just now.
SELECT * FROM lstm_retrain_due();
SELECT define('never', retrain_after => '1 day');
SELECT define('soon', retrain_after => '1 second');
SELECT define('failing', 'empty', retrain_after => '1 day');
SELECT name, job IS NOT NULL AS job FROM lstm_retrain_due();
SELECT j.name, lstm_wait(j.job, '1 minute') FROM lstm_job AS j WHERE j.name <> 'shops' ORDER BY j.name;
SELECT name FROM lstm_retrain_due(1) WHERE name <> 'soon';
SELECT pg_sleep(1.1);
SELECT name FROM lstm_retrain_due(1);
SELECT j.name, lstm_wait(j.job, '1 minute') FROM lstm_job AS j WHERE j.name = 'soon' ORDER BY j.job;
UPDATE lstm_version SET stored_at = stored_at - interval '23 hours 59 minutes' WHERE name = 'never';
UPDATE lstm_job SET finished_at = finished_at - interval '23 hours 59 minutes' WHERE name = 'never';
SELECT name FROM lstm_retrain_due() WHERE name <> 'soon';
UPDATE lstm_version SET stored_at = stored_at - interval '2 minutes' WHERE name = 'never';
SELECT name FROM lstm_retrain_due() WHERE name <> 'soon';
UPDATE lstm_job SET finished_at = finished_at - interval '2 minutes' WHERE name = 'never';
SELECT name FROM lstm_retrain_due() WHERE name <> 'soon';
SELECT lstm_wait(max(job), '1 minute') FROM lstm_job WHERE name = 'never';
-- a worker that is gone, and errors that pass: three attempts in all, then the next time
DELETE FROM lstm_definition WHERE name IN ('soon', 'failing', 'never');
SET lstm_forecast.max_job_workers = 0;
SET client_min_messages = error;
SELECT define('passing');
CREATE FUNCTION ended(code text) RETURNS SETOF text LANGUAGE sql AS $$
	UPDATE lstm_job SET status = CASE WHEN code = 'lost' THEN 'running' ELSE 'failed' END, sqlstate = nullif(code, 'lost'), finished_at = CASE WHEN code <> 'lost' THEN now() END
		WHERE job = (SELECT max(job) FROM lstm_job WHERE name = 'passing') RETURNING status $$;
SELECT lstm_retrain_start('passing') IS NOT NULL AS started;
SELECT ended('lost');
SELECT status, message FROM lstm_jobs WHERE name = 'passing';
SELECT name FROM lstm_retrain_due();
SELECT ended('40001');
SELECT name FROM lstm_retrain_due();
SELECT ended('53200');
SELECT name FROM lstm_retrain_due();
SELECT attempt, status, sqlstate FROM lstm_jobs WHERE name = 'passing' ORDER BY job;
SELECT lstm_retrain_start('passing') IS NOT NULL AS started;
SELECT ended('57014');
SELECT name FROM lstm_retrain_due();
SELECT lstm_retrain_start('passing') IS NOT NULL AS started;
SELECT ended('lost');
SELECT status FROM lstm_job WHERE name = 'passing' ORDER BY job DESC LIMIT 1;
SELECT lstm_wait(max(job)) FROM lstm_job WHERE name = 'passing';
SELECT status FROM lstm_job WHERE name = 'passing' ORDER BY job DESC LIMIT 1;
SELECT lstm_retrain_start('passing') IS NOT NULL AS "a new one";
SELECT lstm_cancel(max(job)) FROM lstm_job WHERE name = 'passing';
RESET client_min_messages;
SET lstm_forecast.max_job_workers = 1;

-- Of each model the last 20 are kept.
INSERT INTO lstm_job (name, promote, status) SELECT 'shops', 'never', 'failed' FROM generate_series(1, 40);
SELECT lstm_retrain_start('shops') AS job \gset
SELECT lstm_wait(:job);
SELECT count(*), max(job) = :job AS latest FROM lstm_jobs WHERE name = 'shops';

-- Each sees, starts and cancels what is its own, or of a role that it is a member of.
CREATE ROLE regress_jobs_owner LOGIN;
CREATE ROLE regress_jobs_other LOGIN;
CREATE ROLE regress_jobs_member LOGIN IN ROLE regress_jobs_owner;
GRANT SELECT ON reading TO regress_jobs_owner;
SET ROLE regress_jobs_owner;
SELECT define('owned');
SELECT lstm_retrain_start('owned') AS job \gset
SELECT lstm_wait(:job);
SELECT name, owner, status FROM lstm_jobs;
RESET ROLE;
SET ROLE regress_jobs_other;
SELECT count(*) FROM lstm_jobs;
SELECT f.code, replace(f.message, :'job', 'N') AS message FROM unnest(ARRAY['lstm_wait(' || :job || ')', 'lstm_cancel(' || :job || ')', 'lstm_retrain_start(''owned'')',
	'lstm_registry_wake(''{regress_jobs_owner}'', 1, true)', 'lstm_registry_wake(''{regress_jobs_none}'', 1, true)']) AS call, fails('SELECT ' || call) AS f;
UPDATE lstm_job SET status = 'failed';
DELETE FROM lstm_job;
SELECT * FROM fails('INSERT INTO lstm_job (name, promote) VALUES (''owned'', ''always'')');
SELECT * FROM lstm_retrain_due();
RESET ROLE;
SET ROLE regress_jobs_member;
SELECT lstm_retrain_start('owned', 'always') AS job \gset
SELECT lstm_wait(:job);
SELECT owner, status, version FROM lstm_jobs WHERE job = :job;
RESET ROLE;
-- a right that was taken away, and one that never was
REVOKE SELECT ON reading FROM regress_jobs_owner;
SELECT lstm_retrain_start('owned') AS job \gset
SELECT lstm_wait(:job);
SELECT status, sqlstate, message FROM lstm_jobs WHERE job = :job;
-- a role that is gone
UPDATE lstm_definition SET owner = 'regress_jobs_nobody' WHERE name = 'owned';
SELECT * FROM fails('SELECT lstm_retrain_start(''owned'')');
UPDATE lstm_definition SET retrain_after = '1 microsecond' WHERE name = 'owned';
SELECT * FROM lstm_retrain_due();
DELETE FROM lstm_definition WHERE name = 'owned';
DROP ROLE regress_jobs_member, regress_jobs_owner, regress_jobs_other;

DROP EXTENSION lstm_registry;
DROP TABLE reading, empty;
DROP FUNCTION define, fails, ended;
