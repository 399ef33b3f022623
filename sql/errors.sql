-- Every error: its SQLSTATE, message, detail and hint.
SET client_min_messages = warning;
SET timezone = 'UTC';

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises
\x on

CREATE TABLE hourly AS
SELECT timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts, 10 + i % 24 + 0.5 AS value, 'x' AS label
FROM generate_series(0, 299) AS i;
CREATE TABLE models AS
SELECT lstm_train(ts, value, lstm_options(horizon => 4, max_steps => 5)) AS model FROM hourly;

-- options
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"lerning_rate": 1}') FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"hidden_size": 0}') FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"cell": "transformer"}') FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"lookback": 10, "patch_length": 4}') FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"frequency": "often"}') FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train('hourly', 'ts', 'value', horizon => 0)$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, jsonb_build_object('seed', extract(hour FROM ts))) FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value - 10.5, '{"transform": "log"}') FROM hourly$$);

-- source and columns
SELECT * FROM raises($$SELECT lstm_train('nowhere', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('hourly', 'when', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('hourly', 'ts', 'price')$$);
SELECT * FROM raises($$SELECT lstm_train('hourly; DROP TABLE hourly', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('SELECT * FROM hourly; DROP TABLE hourly', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('SELECT * FROM hourly) AS a; DROP TABLE hourly; SELECT (1', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('SELECT * INTO copy FROM hourly', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('DELETE FROM hourly RETURNING *', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('WITH gone AS (DELETE FROM hourly RETURNING *) SELECT * FROM gone', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('hourly', 'ts', 'vlaue')$$);
SELECT code, hint FROM raises($$SELECT lstm_train('hourly', 'ts', 'x' || repeat('ä', 80))$$);
SELECT * FROM raises($$SELECT lstm_train(NULL, 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('hourly', 'ts', 'label')$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast((SELECT model FROM models), 'nowhere', 'ts', 'value')$$);

-- a semicolon may end the source, and a comment; there is no other statement behind it
SELECT lstm_train(source, 'ts', 'value', options => '{"max_steps": 1, "ensemble_size": 1, "hidden_size": 2}') IS NOT NULL AS trained
FROM unnest(ARRAY['SELECT * FROM hourly;', E'SELECT * FROM hourly ; -- all of them\n ;', 'hourly;', E'"hourly" ;\n', 'SELECT * FROM hourly -- all; of them', 'TABLE hourly; /* all */']) AS source;
SELECT code, message FROM raises($$SELECT lstm_train('SELECT 1; SELECT * FROM hourly;', 'ts', 'value')$$);
SELECT code, message FROM raises($$SELECT lstm_train('hourly; ; DROP TABLE hourly;', 'ts', 'value')$$);
SELECT code, message FROM raises($$SELECT lstm_train(';', 'ts', 'value')$$);

-- columns that are no numbers: which, of which type, and what to write
CREATE TYPE weather AS ENUM ('sun', 'rain');
CREATE DOMAIN words AS text;
CREATE TABLE typed AS
SELECT ts, value, value::text AS typed, 'sun'::weather AS sky, 'x'::words AS words, value > 12 AS "Open", ts::date AS day, ts - timestamptz '2024-01-01' AS since, value::numeric::money AS price,
       jsonb_build_object('a', value) AS payload, to_jsonb(value) AS document, json_build_array(1) AS plain, ARRAY[value] AS list, 'a'::"char" AS letter, ts::time AS clock
FROM hourly;
SELECT message, detail, hint FROM unnest(ARRAY['typed', 'words', 'sky', 'Open', 'day', 'ts', 'since', 'price', 'payload', 'document', 'plain', 'list']) AS name,
     raises(format($$SELECT lstm_train('typed', 'ts', %L)$$, name));
SELECT message, detail, hint FROM unnest(ARRAY['letter', 'day', 'clock', 'since', 'payload', 'list']) AS name,
     raises(format($$SELECT lstm_train('typed', 'ts', 'value', past_columns => ARRAY[%L])$$, name));
SELECT code, message, detail FROM raises($$SELECT lstm_train('typed', 'ts', 'value', future_columns => ARRAY['Open', 'list'])$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_forecast((SELECT model FROM models), 'typed', 'ts', 'typed')$$);
-- a NULL that stands for no value is of type text, too
SELECT code, message FROM raises($$SELECT lstm_train('SELECT *, NULL AS nothing FROM typed', 'ts', 'nothing')$$);
SELECT code FROM raises($$SELECT lstm_train('SELECT *, NULL AS nothing FROM typed', 'ts', 'value', past_columns => '{nothing}', options => '{"max_steps": 1, "ensemble_size": 1, "hidden_size": 2}')$$);
-- what the hints say works
SELECT lstm_train('SELECT ts, typed::float8, (words = ''x'')::int AS words, (sky = ''rain'')::int AS sky, (payload ->> ''a'')::float8 AS a, document::text::float8 AS document, price::numeric, extract(isodow FROM day) AS weekday, extract(epoch FROM since) AS since, "Open" FROM typed',
                  'ts', 'typed', NULL, '{words,sky,a,document,price,weekday,since,Open}', options => '{"max_steps": 1, "ensemble_size": 1, "hidden_size": 2}') IS NOT NULL AS trained;

-- time columns that are none, by what they hold
SELECT message, detail, hint FROM unnest(ARRAY['typed', 'clock', 'value', '"Open"']) AS name,
     raises(format($$SELECT lstm_train('SELECT *, %s AS "Time" FROM typed', 'Time', 'value')$$, name));
SELECT message, detail, hint FROM unnest(ARRAY['(2019 + i)', '(2019 + i)::int8', '(2019 + i)::numeric', '201901 + i', '20190101 + i', '1700000000 + i', '(1700000000000 + i)', '1.7e15::float8', '1700000000000000000 + i', 'i', 'NULL::int', 'i::text']) AS expression,
     raises(format($$SELECT lstm_train('SELECT %s AS at, i FROM generate_series(0, 99) AS i', 'at', 'i')$$, expression));
SELECT code, message FROM raises($$SELECT lstm_train('SELECT 1 AS at, i FROM generate_series(1, 99) AS i WHERE false', 'at', 'i')$$);
SELECT lstm_model_info(lstm_train('SELECT make_date(1920 + i, 1, 1) AS ts, i FROM generate_series(0, 99) AS i', 'ts', 'i', options => '{"max_steps": 1, "ensemble_size": 1, "hidden_size": 2}'))->>'frequency' AS frequency;
-- the caller's rights, as always
CREATE ROLE regress_reads_nothing;
SET ROLE regress_reads_nothing;
SELECT code, message FROM raises($$SELECT lstm_train('SELECT value AS at, value FROM hourly', 'at', 'value')$$);
RESET ROLE;
DROP ROLE regress_reads_nothing;

-- duplicates of a source: where they are, and what to write
CREATE TABLE shops AS SELECT 'shop ' || shop AS "Shop", ts::date AS day, ts, value FROM hourly, generate_series(1, 2) AS shop;
SELECT * FROM raises($$SELECT lstm_train('shops', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('shops', 'day', 'value', 'Shop')$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast((SELECT model FROM models), 'shops', 'ts', 'value')$$);
SELECT * FROM raises($$SELECT lstm_train('SELECT * FROM shops UNION ALL SELECT * FROM shops', 'ts', 'value', 'Shop', future_columns => '{value}')$$);
SELECT lstm_model_info(lstm_train('shops', 'day', 'value', 'Shop', options => lstm_options(duplicates => 'sum', max_steps => 1, ensemble_size => 1, hidden_size => 2, horizon => 2)))->>'frequency' AS frequency;

-- names of series and columns
CREATE TABLE shop_model AS SELECT lstm_train('shops', 'ts', 'value', 'Shop', options => '{"max_steps": 1, "ensemble_size": 1, "hidden_size": 2}') AS model;
SELECT detail, hint FROM unnest(ARRAY['shop_1', 'Shop 2', 'x', 'elsewhere', '']) AS name, raises(format($$SELECT f.* FROM shop_model, lstm_forecast(model, series => ARRAY['shop 1', %L]) AS f$$, name));
SELECT code, hint FROM raises($$SELECT f.* FROM models, lstm_forecast(model, series => ARRAY['x']) AS f$$);
SELECT hint FROM raises($$SELECT lstm_train('shops', 'ts', 'VALUE')$$);
DROP TABLE typed, shops, shop_model;
DROP TYPE weather;
DROP DOMAIN words;

-- too little data
SELECT * FROM raises($$SELECT lstm_train(ts, value) FROM (SELECT * FROM hourly ORDER BY ts LIMIT 1) AS one$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"horizon": 48, "start": false}') FROM (SELECT * FROM hourly ORDER BY ts LIMIT 40) AS few$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"start": true, "interval": "model", "loss": "gaussian"}') FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"lookback": 280, "horizon": 48}') FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, NULL) FROM hourly$$);
SELECT * FROM raises($$SELECT unnest(lstm_forecast(model, ts, NULL)) FROM hourly, models$$);

-- values and timestamps
SELECT * FROM raises($$SELECT lstm_train(ts, CASE WHEN ts = '2024-01-02' THEN 'NaN' ELSE value END) FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, CASE WHEN ts = '2024-01-02' THEN 'infinity' ELSE value END) FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(CASE WHEN ts = '2024-01-02' THEN '-infinity' ELSE value END) FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(CASE WHEN ts <> '2024-01-02' THEN ts END, value) FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(CASE WHEN ts = '2024-01-02' THEN 'infinity' ELSE ts END, value) FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value) FROM (SELECT * FROM hourly UNION ALL SELECT '2024-01-02', 1, 'x') AS twice$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"missing": "error"}') FROM hourly WHERE ts <> '2024-01-02'$$);

-- models
SELECT * FROM raises($$SELECT * FROM lstm_forecast('not a model'::bytea)$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast(''::bytea)$$);
SELECT * FROM raises($$SELECT lstm_model_info(substr(model, 1, octet_length(model) - 1)) FROM models$$);
SELECT * FROM raises($$SELECT lstm_model_info(set_byte(model, octet_length(model) - 9, 1 + get_byte(model, octet_length(model) - 9) % 255)) FROM models$$);

-- forecasts
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model, 0) AS f$$);
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model, -3) AS f$$);
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model, 1000000) AS f$$);
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model, confidence_level => 1) AS f$$);
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model, confidence_level => 'NaN') AS f$$);
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model, quantiles => '{0.5,2}') AS f$$);
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model, quantiles => '{0.5,NULL}') AS f$$);
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model, quantiles => (SELECT array_agg(i / 2000.0) FROM generate_series(1, 1999) AS i)) AS f$$);
SELECT * FROM raises($$SELECT lstm_forecast(CASE WHEN ts = '2024-01-02' THEN model ELSE model || '\x00' END, ts, value) FROM models, hourly$$);
SELECT * FROM raises($$SELECT lstm_forecast(model, ts + interval '10 minutes' * (extract(hour FROM ts)::int % 2), value) FROM models, hourly$$);

-- divergence: the epoch of the detail depends on the kernels
SELECT code, message, hint FROM raises($$SELECT lstm_train(ts, value, '{"optimizer": "sgd", "learning_rate": 10, "gradient_clip": 0, "loss": "mse", "schedule": "constant", "ensemble_size": 1}') FROM hourly$$);

-- memory: the detail's figure depends on the kernels, so it is left out
SET lstm_forecast.max_memory = '1MB';
SELECT code, message, hint FROM raises($$SELECT lstm_train(ts, value, '{"hidden_size": 512}') FROM hourly$$);
-- the log of however many epochs needs little
SET lstm_forecast.max_memory = '24MB';
SELECT octet_length(lstm_train(ts, value, '{"max_epochs": 2000000000, "max_seconds": 0.1, "hidden_size": 1, "ensemble_size": 1, "workers": 1}')) > 0 AS trained FROM hourly;
SET lstm_forecast.max_memory = '6MB';
SELECT code, message FROM raises($$SELECT lstm_train(i, '{"max_steps": 1, "horizon": 48, "batch_size": 32}') FROM generate_series(1, 20000) AS i$$);
SELECT code, message, hint FROM raises($$SELECT count(*) FROM models, lstm_forecast(model, 10000, quantiles => ARRAY(SELECT i / 1000.0 FROM generate_series(1, 900) AS i))$$);
RESET lstm_forecast.max_memory;
-- rows and the names of their series, too
SET lstm_forecast.max_memory = '1MB';
SELECT * FROM raises($$SELECT lstm_train(i) FROM generate_series(1, 200000) AS i$$);
SELECT * FROM raises($$SELECT lstm_train('SELECT i FROM generate_series(1, 200000) AS i', NULL, 'i')$$);
SELECT code, message FROM raises($$SELECT lstm_forecast_values(model, i) FROM models, generate_series(1, 200000) AS i$$);
SELECT code, message FROM raises($$SELECT lstm_train(i, ts, i) FROM hourly, generate_series(1, 20000) AS i$$);
SELECT code, message FROM raises($$SELECT lstm_train(repeat('x', 2000000), ts, value) FROM hourly$$);
SELECT code, message FROM raises($$SELECT lstm_train(label, ts, value, array_fill(1, ARRAY[900]), NULL) FROM (SELECT label, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, 1 AS value FROM hourly, generate_series(1, 1000) AS i) AS wide$$);
-- all rows before the first one with covariates get room for them, and a series of few rows no room for many
SELECT code, message FROM raises($$SELECT lstm_train(label, ts, value, CASE WHEN ts = '2024-01-12' THEN array_fill(1, ARRAY[900]) END, NULL)
	FROM (SELECT label, ts, value FROM hourly, generate_series(1, 10) ORDER BY ts) AS wide$$);
-- and the timestamps of irregular rows, which are no fewer bytes than the values: 100000 values alone are less than the limit
SELECT code, message FROM raises($$SELECT lstm_train(timestamptz '2024-01-01' + i::float8 * i * interval '1 second', i) FROM generate_series(1, 100000) AS i$$);
-- what sorting takes, the steps of a grid, and the timestamps of irregular steps
SELECT code, message, hint FROM raises($$SELECT lstm_train(timestamptz '2024-01-01' + (i * 7919 % 30011) * interval '1 hour', i) FROM generate_series(1, 30000) AS i$$);
SELECT code, message, hint FROM raises($$SELECT lstm_train(timestamptz '2024-01-01' + (i / 4 * 20 + i % 4) * interval '1 hour', i) FROM generate_series(1, 50000) AS i$$);
SELECT code, message FROM raises($$SELECT lstm_train(timestamptz '2024-01-01' + i::float8 * i * interval '1 second', i) FROM generate_series(1, 50000) AS i$$);
RESET lstm_forecast.max_memory;
CREATE FUNCTION memory(series int) RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT sum(total_bytes) / 1024 / 1024 FROM pg_backend_memory_contexts WHERE name <> 'ErrorContext' $$;
SELECT code, message FROM raises($$SELECT lstm_train(i, ts, CASE WHEN i = 20000 AND memory(i) > 80 THEN 'NaN' ELSE value END, array_fill(1, ARRAY[100]), NULL)
	FROM generate_series(1, 20000) AS i, (SELECT * FROM hourly LIMIT 1) AS one$$);
DROP FUNCTION memory(int);

-- the size of a model, before hours of training: nothing here ends within the timeout but by an error
SET statement_timeout = '30s';
SELECT code, message, hint FROM raises($$SELECT lstm_train(ts, value, '{"hidden_size": 1024, "num_layers": 8, "bidirectional": true, "ensemble_size": 100}') FROM hourly$$);
SET lstm_forecast.max_model_size = '100kB';
SELECT code, message FROM raises($$SELECT lstm_train(ts, value, '{"hidden_size": 256, "max_epochs": 100000, "patience": 0}') FROM hourly$$);
SELECT code, message FROM raises($$SELECT lstm_train(i % 2000, ts, i, '{"hidden_size": 1, "ensemble_size": 1, "max_epochs": 100000, "patience": 0}') FROM generate_series(1, 20000) AS i, LATERAL (SELECT timestamptz '2024-01-01 00:00+00' + i / 2000 * interval '1 hour' AS ts) AS times$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest('hourly', 'ts', 'value', options => '{"hidden_size": 256, "max_epochs": 100000, "patience": 0}')$$);
SELECT octet_length(lstm_train(ts, value, lstm_options(hidden_size => 4, horizon => 4, ensemble_size => 1, max_steps => 5))) < 100 * 1024 AS small FROM hourly;
-- names count as they are written, twice escaped; so do covariates known ahead, and residuals of intervals
\set long '{"hidden_size": 1, "ensemble_size": 1, "max_epochs": 100000, "patience": 0}'
SELECT code, message FROM raises($$SELECT lstm_train(repeat('x', 20000) || i, ts, value, '$$ || :'long' || $$') FROM hourly, generate_series(1, 20) AS i$$);
SELECT code, message FROM raises($$SELECT lstm_train(repeat('"', 1500) || i, ts, value, '$$ || :'long' || $$') FROM hourly, generate_series(1, 20) AS i$$);
SELECT code, message FROM raises($$SELECT lstm_train('x', ts + i * interval '300 hours', CASE WHEN i = 0 THEN value END, NULL, ARRAY[value], '$$ || :'long' || $$') FROM hourly, generate_series(0, 99) AS i$$);
SELECT code, message FROM raises($$SELECT lstm_train(10 + i % 24, '{"horizon": 200, "lookback": 12}'::jsonb || '$$ || :'long' || $$') FROM generate_series(1, 5000) AS i$$);
-- and no header is longer than 100 MB
RESET lstm_forecast.max_model_size;
SELECT code, message, hint FROM raises($$SELECT lstm_train(CASE WHEN ts = '2024-01-01 05:00+00' THEN repeat('"', 26000000) ELSE 'x' END, ts, value, '$$ || :'long' || $$') FROM hourly$$);
-- nothing is refused that just fits
CREATE TEMP TABLE tight (model bytea);
CREATE FUNCTION pg_temp.train() RETURNS bytea RETURN (
	SELECT lstm_train(E'"\\\t\u0001ä' || repeat('"', 2000 * i), ts + i * interval '10 minutes' + j * interval '300 hours', CASE WHEN j = 0 THEN value END, NULL, ARRAY[value],
		lstm_options(horizon => 24, max_steps => 2, hidden_size => 1, ensemble_size => 1))
	FROM hourly, generate_series(1, 5) AS i, generate_series(0, 4) AS j);
INSERT INTO tight SELECT pg_temp.train();
SELECT set_config('lstm_forecast.max_model_size', octet_length(model) / 1024 + 1 || 'kB', false) IS NOT NULL AS tight FROM tight;
SELECT pg_temp.train() = model AS fits FROM tight;
SELECT set_config('lstm_forecast.max_model_size', octet_length(model) / 1024 || 'kB', false) IS NOT NULL AS tighter FROM tight;
SELECT code, message FROM raises($$SELECT pg_temp.train()$$);
RESET lstm_forecast.max_model_size;
DROP FUNCTION pg_temp.train;
DROP TABLE tight;

-- time
SET lstm_forecast.max_training_time = '2s';
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"max_seconds": 3}') FROM hourly$$);
SELECT * FROM raises($$SELECT lstm_train('nowhere', 'ts', 'value', options => '{"max_seconds": 2.001}')$$);
SELECT * FROM raises($$SELECT * FROM lstm_backtest('nowhere', 'ts', 'value', options => '{"max_seconds": 2.001}')$$);
SET client_min_messages = notice;
SET lstm_forecast.max_training_time = '10ms';
SELECT lstm_model_info(lstm_train(ts, value, '{"max_epochs": 100000, "patience": 0}'))->'options'->'max_seconds' AS max_seconds FROM hourly;
SELECT lstm_model_info(lstm_train(ts, value, '{"max_seconds": 0.005, "max_epochs": 100000, "patience": 0}'))->'options'->'max_seconds' AS max_seconds FROM hourly;
SET client_min_messages = warning;
RESET lstm_forecast.max_training_time;
RESET statement_timeout;

-- an array holds a million forecasts
CREATE TEMP TABLE far AS
	SELECT lstm_train(ts, value, lstm_options(horizon => 2000, lookback => 12, patch_length => 4, hidden_size => 2, max_steps => 1, ensemble_size => 1)) AS model
	FROM (SELECT '2024-01-01'::timestamptz + i * interval '1 hour' AS ts, sin(i) AS value FROM generate_series(1, 4100) AS i) AS hours;
SELECT * FROM raises($$SELECT lstm_forecast((SELECT model FROM far), series, '2024-01-01'::timestamptz + i * interval '1 hour', i) FROM generate_series(1, 501) AS series, generate_series(1, 3) AS i$$);
SELECT cardinality(lstm_forecast((SELECT model FROM far), series, '2024-01-01'::timestamptz + i * interval '1 hour', i)) FROM generate_series(1, 500) AS series, generate_series(1, 3) AS i;
DROP TABLE far;

-- cancel
SET statement_timeout = '300ms';
SELECT octet_length(lstm_train(ts, value, '{"max_steps": 1000000, "max_epochs": 1000000, "patience": 1000000}')) FROM hourly;
\echo :SQLSTATE
RESET statement_timeout;

-- a type that its owner has altered cannot be filled
BEGIN;
ALTER TYPE lstm_forecast_row ADD ATTRIBUTE extra text;
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model) AS f$$);
SELECT * FROM raises($$SELECT lstm_forecast(model, ts, value) FROM models, hourly$$);
ROLLBACK;
BEGIN;
ALTER TYPE lstm_forecast_row ALTER ATTRIBUTE forecast TYPE text;
SELECT * FROM raises($$SELECT f.* FROM models, lstm_forecast(model) AS f$$);
SELECT * FROM raises($$SELECT lstm_forecast(model, ts, value) FROM models, hourly$$);
ROLLBACK;
\x off
DROP TABLE models, hourly;
DROP FUNCTION raises(text);
