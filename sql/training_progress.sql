-- What lstm_training_progress is; what it shows of trainings takes other sessions: t/035_training_progress.pl.
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) ~ '^[a-z].{8,}[^.]$' AS described
FROM pg_attribute WHERE attrelid = 'lstm_training_progress'::regclass AND attnum > 0 ORDER BY attnum;
SELECT obj_description('lstm_training_progress'::regclass, 'pg_class') LIKE '%other users%' AS described;
SELECT provolatile, proparallel, proisstrict, prosecdef, proretset FROM pg_proc WHERE proname = 'lstm_training_progress';
SELECT has_table_privilege('public', 'lstm_training_progress', 'SELECT') AS readable,
	   has_table_privilege('public', 'lstm_training_progress', 'INSERT, UPDATE, DELETE') AS writable;

CREATE TABLE days AS SELECT i, '2024-01-01'::timestamptz + i * interval '1 day' AS day, i % 7 AS value FROM generate_series(1, 100) AS i;
CREATE VIEW few AS SELECT day, value FROM days WHERE i <= 20;

-- Nobody trains in this database, and a session that looks does not.
SELECT count(*) FROM lstm_training_progress WHERE datname = current_database();
SELECT count(*) FROM lstm_training_progress() WHERE pid = pg_backend_pid();

-- A training sees itself: a function in a row of its source looks. Rows that are sorted for the aggregate are no
-- aggregate's yet.
CREATE TABLE seen (command text, phase text, rows_read bigint, part text, part_number bigint, others bigint);
CREATE FUNCTION look(value float8) RETURNS float8 LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	PERFORM pg_stat_clear_snapshot(); -- the statement has looked before
	INSERT INTO seen SELECT command, phase, rows_read, part, part_number,
		num_nonnulls(leader_pid, network, networks, epoch, epochs, step, steps, best_validation_loss, parts, seconds_left)
	FROM lstm_training_progress WHERE pid = pg_backend_pid();
	RETURN value;
END $$;
SELECT length(lstm_train(value, '{"max_steps": 2, "ensemble_size": 1}' ORDER BY i)) > 0 AS trained
FROM (SELECT i, CASE WHEN i = 100 THEN look(i) ELSE i END AS value FROM generate_series(1, 100) AS i OFFSET 0) AS r;
TABLE seen;
TRUNCATE seen;
-- Without ORDER BY rows are counted as they come: at first often.
SELECT length(lstm_train('2024-01-01'::timestamptz + i * interval '1 day', CASE WHEN i IN (1, 2, 9, 100) THEN look(i % 7) ELSE i % 7 END,
	'{"max_steps": 2, "ensemble_size": 1}')) > 0 AS trained
FROM generate_series(1, 100) AS i;
TABLE seen;
SELECT count(*) FROM lstm_training_progress WHERE pid = pg_backend_pid();
TRUNCATE seen;
-- Groups of one statement, one after the other.
SELECT g, length(lstm_train('2024-01-01'::timestamptz + i * interval '1 day', CASE WHEN i = 3 THEN look(i % 7) ELSE i % 7 END,
	'{"max_steps": 2, "ensemble_size": 1}')) > 0 AS trained
FROM (SELECT g, i FROM generate_series(1, 3) AS g, generate_series(1, 100) AS i ORDER BY g, i) AS r GROUP BY g ORDER BY g;
TABLE seen;
TRUNCATE seen;
-- An aggregate that forecasts, and a window of one that trains, are not shown.
CREATE TABLE progress_model AS SELECT lstm_train('2024-01-01'::timestamptz + i * interval '1 day', i % 7, '{"max_steps": 2, "ensemble_size": 1}') AS model
FROM generate_series(1, 100) AS i;
SELECT cardinality(lstm_forecast(model, '2024-01-01'::timestamptz + i * interval '1 day', CASE WHEN i = 50 THEN look(i % 7) ELSE i % 7 END)) > 0 AS forecast
FROM progress_model, generate_series(1, 100) AS i;
TABLE seen;
SELECT count(model) FROM (
	SELECT lstm_train('2024-01-01'::timestamptz + i * interval '1 day', CASE WHEN i = 50 THEN look(i % 7) ELSE i % 7 END, '{"max_steps": 2, "ensemble_size": 1}') OVER () AS model
	FROM generate_series(1, 100) AS i) AS windowed;
TABLE seen;
-- A source of a training that looks, and trains itself in a row: the inner training counts for itself.
SELECT length(lstm_train('SELECT day, CASE WHEN i = 40 THEN look(value) WHEN i = 30 THEN value + 0 * length(lstm_train(''SELECT day, look(value) AS value FROM few'', ''day'', ''value'', options => ''{"max_steps": 2, "ensemble_size": 1}'')) ELSE value END AS value FROM days',
	'day', 'value', options => '{"max_steps": 2, "ensemble_size": 1}')) > 0 AS trained;
SELECT rows_read, part, part_number, others FROM seen ORDER BY part_number NULLS FIRST, rows_read;
TRUNCATE seen;
-- Functions that train read their rows by counting them, too.
SELECT count(*) > 0 AS tested FROM lstm_backtest('SELECT day, CASE WHEN i = 65 THEN look(value) ELSE value END AS value FROM days', 'day', 'value', options => '{"max_steps": 2, "ensemble_size": 1}');
SELECT count(*) AS forecasts FROM lstm_forecast('SELECT day, CASE WHEN i = 65 THEN look(value) ELSE value END AS value FROM days', 'day', 'value', horizon => 3, options => '{"max_steps": 2, "ensemble_size": 1}');
SELECT count(*) AS models FROM lstm_train_each('SELECT day, CASE WHEN i = 65 THEN look(value) ELSE value END AS value, 1 AS s FROM days', 'day', 'value', 's', options => '{"max_steps": 2, "ensemble_size": 1}');
SELECT count(model) AS tuned FROM (SELECT lstm_finetune(model, 'SELECT day, CASE WHEN i = 65 THEN look(value) ELSE value END AS value FROM days', 'day', 'value', options => '{"max_steps": 2}') AS model FROM progress_model) AS r;
SELECT count(*) AS forecasts FROM progress_model, lstm_forecast(model, 'SELECT day, CASE WHEN i = 65 THEN look(value) ELSE value END AS value FROM days', 'day', 'value', horizon => 3);
TABLE seen;
-- A transaction that was rolled back to a savepoint leaves nothing.
BEGIN;
SAVEPOINT before;
SELECT lstm_train('2024-01-01'::timestamptz + i * interval '1 day', 1 / (50 - i)) FROM generate_series(1, 100) AS i;
ROLLBACK TO before;
SELECT count(*) FROM lstm_training_progress WHERE pid = pg_backend_pid();
COMMIT;
DROP VIEW few;
DROP TABLE seen, progress_model, days;
DROP FUNCTION look;
