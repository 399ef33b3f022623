-- What the registry refuses: bad definitions before anything is stored, names and versions that are not there.
SET timezone = 'UTC';
CREATE SCHEMA reg;
CREATE EXTENSION lstm_registry SCHEMA reg;
SET search_path = public, reg;
CREATE TABLE reg_sales AS
	SELECT '2024-01-01'::timestamptz + i * interval '1 day' AS ts, i % 7 AS amount, i % 2 AS promo, 'word' AS word, 'a' AS shop FROM generate_series(0, 99) AS i;
-- an error as one line, without the number of a line in C
CREATE FUNCTION error_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;

SELECT error_of(format('SELECT lstm_define(%s)', arguments)) FROM unnest(ARRAY[
	$$NULL, 'reg_sales', 'ts', 'amount'$$,
	$$'', 'reg_sales', 'ts', 'amount'$$,
	$$repeat('x', 201), 'reg_sales', 'ts', 'amount'$$,
	$$'m', NULL, 'ts', 'amount'$$,
	$$'m', '', 'ts', 'amount'$$,
	$$'m', 'no_such_table', 'ts', 'amount'$$,
	$$'m', 'SELECT 1; SELECT 2', 'ts', 'amount'$$,
	$$'m', 'SELECT * FROM no_such_table', 'ts', 'amount'$$,
	$$'m', 'reg_sales', 'tss', 'amount'$$,
	$$'m', 'reg_sales', 'ts', NULL$$,
	$$'m', 'reg_sales', 'ts', 'amuont'$$,
	$$'m', 'reg_sales', 'ts', 'word'$$,
	$$'m', 'reg_sales', 'word', 'amount'$$,
	$$'m', 'reg_sales', 'ts', 'amount', 'shp'$$,
	$$'m', 'reg_sales', 'ts', 'amount', past_columns => '{none}'$$,
	$$'m', 'reg_sales', 'ts', 'amount', future_columns => '{none}'$$,
	$$'m', 'reg_sales', 'ts', 'amount', past_columns => '{NULL}'$$,
	$$'m', 'reg_sales', 'ts', 'amount', static_columns => '{none}', series_column => 'shop'$$,
	$$'m', 'reg_sales', 'ts', 'amount', horizon => 0$$,
	$$'m', 'reg_sales', 'ts', 'amount', options => '{"max_stesp": 1}'$$,
	$$'m', 'reg_sales', 'ts', 'amount', options => '{"max_steps": "many"}'$$,
	$$'m', 'reg_sales', 'ts', 'amount', options => '[]'$$,
	$$'m', 'reg_sales', 'ts', 'amount', options => '{"steps": "no_such_list"}'$$,
	$$'m', 'reg_sales', NULL, 'amount', options => '{"steps": "reg_sales"}'$$,
	$$'m', 'reg_sales', 'ts', 'amount', future_source => 'reg_sales'$$,
	$$'m', 'reg_sales', 'ts', 'amount', future_columns => '{promo}', future_source => 'no_such_table'$$,
	$$'m', 'reg_sales', 'ts', 'amount', future_columns => '{promo}', future_source => 'SELECT ts FROM reg_sales'$$,
	$$'m', 'reg_sales', 'ts', 'amount', keep => 0$$,
	$$'m', 'reg_sales', 'ts', 'amount', keep => NULL$$,
	$$'m', 'reg_sales', 'ts', 'amount', keep => 9999999999$$,
	$$'m', 'reg_sales', 'ts', 'amount', retrain_after => '0'$$,
	$$'m', 'reg_sales', 'ts', 'amount', retrain_after => '-1 day'$$,
	$$'m', 'reg_sales', 'ts', 'amount', retrain_after => '170000000 years'$$]) AS arguments;
SELECT count(*) FROM lstm_models;
-- no row is read: this source would divide by zero
SELECT lstm_define('m', 'SELECT ts, amount / (amount - amount) AS amount FROM reg_sales', 'ts', 'amount');
SELECT lstm_define('good', 'reg_sales', 'ts', 'amount', 'shop', '{word}', '{promo}', 7, '{"max_steps": 2, "steps": "SELECT ts FROM reg_sales"}', 'SELECT ts, promo FROM reg_sales', '{}');

SELECT error_of(query) FROM unnest(ARRAY[
	$$SELECT lstm_define('m', 'reg_sales', 'ts', 'amount')$$,
	$$SELECT lstm_define('none', 'reg_sales', 'ts', 'amount', replace => NULL)$$,
	$$SELECT lstm_retrain('m')$$,
	$$SELECT lstm_retrain('M')$$,
	$$SELECT lstm_retrain(NULL)$$,
	$$SELECT lstm_retrain('m', 'sometimes')$$,
	$$SELECT lstm_retrain('m', NULL)$$,
	$$SELECT lstm_model('m')$$,
	$$SELECT lstm_model('m', 1)$$,
	$$SELECT lstm_model('nobody')$$,
	$$SELECT lstm_model(NULL)$$,
	$$SELECT lstm_promote('m')$$,
	$$SELECT lstm_promote('m', 3)$$,
	$$SELECT lstm_promote('nobody')$$,
	$$SELECT lstm_forget('nobody')$$,
	$$SELECT lstm_forget('m', 1)$$,
	$$SELECT lstm_forget(NULL)$$,
	$$SELECT lstm_put('bytes', 'no model')$$,
	$$SELECT lstm_put('bytes', '')$$,
	$$SELECT lstm_put('bytes', NULL)$$,
	$$SELECT lstm_put('', lstm_pretrained())$$,
	$$SELECT lstm_put(NULL, lstm_pretrained())$$,
	$$SELECT lstm_put('bytes', lstm_pretrained(), 'perhaps')$$,
	$$SELECT lstm_put('bytes', substr(lstm_pretrained(), 1, 50000))$$]) AS query;
SELECT array_agg(name ORDER BY name) FROM lstm_models;

SELECT version FROM lstm_put('m', lstm_pretrained(), 'never');
SELECT version FROM lstm_put('shipped', lstm_pretrained());
INSERT INTO lstm_job (name, promote, status) VALUES ('shipped', 'if better', 'queued');
CREATE TABLE reg_empty AS SELECT * FROM reg_sales WHERE false;
SELECT lstm_define('empty', 'reg_empty', 'ts', 'amount');
SELECT lstm_define('short', 'SELECT * FROM reg_sales ORDER BY ts LIMIT 2', 'ts', 'amount', options => '{"start": false, "pretrained": "none"}');
SELECT error_of(query) FROM unnest(ARRAY[
	$$SELECT lstm_model('m')$$,
	$$SELECT lstm_model('m', 2)$$,
	$$SELECT lstm_model('m', -1)$$,
	$$SELECT lstm_model('m', 9223372036854775807)$$,
	$$SELECT lstm_promote('m', 2)$$,
	$$SELECT lstm_retrain('shipped')$$,
	$$SELECT lstm_forget('shipped', 1)$$,
	$$SELECT lstm_forget('shipped', 2)$$,
	$$SELECT lstm_forget('shipped')$$,
	$$SELECT lstm_retrain('empty')$$,
	$$SELECT lstm_retrain('short')$$]) AS query;
-- the table's own checks
SELECT split_part(error_of(query), ' | Failing row', 1) FROM unnest(ARRAY[
	$$UPDATE lstm_definition SET name = ''$$,
	$$UPDATE lstm_definition SET keep = 0$$,
	$$UPDATE lstm_definition SET retrain_after = '-1 day'$$,
	$$UPDATE lstm_definition SET retrain_after = '101 years'$$,
	$$UPDATE lstm_definition SET defined_at = 'infinity'$$,
	$$UPDATE lstm_version SET stored_at = '-infinity'$$,
	$$UPDATE lstm_version SET stored_at = '20000-01-01'$$,
	$$INSERT INTO lstm_job (name, promote, status) VALUES ('m', 'always', 'asleep')$$,
	$$INSERT INTO lstm_job (name, promote, status, started_at) VALUES ('m', 'always', 'done', 'infinity')$$,
	$$INSERT INTO lstm_job (name, promote, status, finished_at) VALUES ('m', 'always', 'done', '294276-12-31')$$,
	$$INSERT INTO lstm_ledger (name, ts, origin, version, step) VALUES ('m', 'infinity', '2024-01-01', 1, 1)$$,
	$$INSERT INTO lstm_ledger (name, ts, origin, version, step, local_ts) VALUES ('m', '2024-01-02', '2024-01-01', 1, 1, 'infinity')$$,
	$$INSERT INTO lstm_ledger_day VALUES ('m', 1, 'infinity', 1, 1, 1, 1, 1, 1, 1)$$,
	$$INSERT INTO lstm_ledger_day VALUES ('m', 1, '5874897-12-31', 1, 1, 1, 1, 1, 1, 1)$$,
	$$INSERT INTO lstm_ledger_day VALUES ('m', 1, '2024-01-01', 1, 'NaN', 1, 1, 1, 1, 1)$$,
	$$INSERT INTO lstm_ledger_day VALUES ('m', 1, '2024-01-01', 1, 1e400, 1, 1, 1, 1, 1)$$,
	$$INSERT INTO lstm_ledger_day VALUES ('m', 1, '2024-01-01', 1, 1, 1e-401, 1, 1, 1, 1)$$,
	$$INSERT INTO lstm_version (name, version, model, info, bytes) VALUES ('nobody', 1, '', '{}', 0)$$]) AS query;
-- sums of one model that cannot be compared leave the views over all models alone
UPDATE lstm_definition SET version = 1 WHERE name = 'm';
INSERT INTO lstm_ledger_day SELECT 'm', 1, date '2024-01-01' + i, 1, ('1e' || 300 * (i % 2))::numeric, 1e-320, 9223372036854775807, 1, 1, 1 FROM generate_series(0, 59) AS i;
SELECT name, days, drift, advice FROM lstm_drift;
SELECT name, month, forecasts, mae > 1e299 AS mae, naive_mae, skill, round(coverage::numeric, 3) AS coverage, drift FROM lstm_live_accuracy ORDER BY month;
-- what lstm_forecast's going takes with it
\set VERBOSITY terse
DROP EXTENSION lstm_forecast;
\set VERBOSITY default
DROP SCHEMA reg CASCADE;
DROP TABLE reg_sales, reg_empty;
DROP FUNCTION error_of;
