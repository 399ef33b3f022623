-- What a training will take, before it begins: lstm_estimate beside lstm_train.
SET client_min_messages = warning;
SET timezone = 'UTC';

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

CREATE TABLE hourly AS
SELECT timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts, 20 + 5 * sin(i * pi() / 12) + i * 7919 % 101 / 100.0 AS value,
       sin(i / 5.0) AS wind, CASE WHEN i < 1200 THEN 'all' END AS part
FROM generate_series(0, 1199) AS i;
CREATE TABLE shop AS
SELECT 's' || s AS series, timestamptz '2024-01-01' + i * interval '1 day' AS ts, 50 + s + 10 * sin(i * pi() / 3.5) + i * s * 7919 % 103 / 50.0 AS value
FROM generate_series(1, 25) AS s, generate_series(0, 199 + s) AS i;

-- A training, with what is said of it and what became of it. Networks are always kept where no start may stand for them.
CREATE TABLE training (name text PRIMARY KEY, source text, time_column text, series_column text, past text[], horizon int, options jsonb);
INSERT INTO training VALUES
	('one series', 'hourly', 'ts', NULL, NULL, 24, lstm_options(max_epochs => 3, start => false)),
	('without times', 'SELECT value FROM hourly ORDER BY ts', NULL, NULL, NULL, 12, lstm_options(max_steps => 30, start => false)),
	('a covariate', 'hourly', 'ts', NULL, '{wind}', 24, lstm_options(max_epochs => 2, start => false, calendar => true)),
	('no holdout', 'hourly', 'ts', NULL, NULL, 24, lstm_options(max_steps => 20, start => false, validation_fraction => 0)),
	('given networks', 'hourly', 'ts', NULL, NULL, 6, lstm_options(hidden_size => 8, lookback => 48, cell => 'gru', num_layers => 2, ensemble_size => 3, max_steps => 10)),
	('unlike networks', 'hourly', 'ts', NULL, NULL, 6,
	 lstm_options(max_steps => 10, members => '[{"hidden_size": 4, "lookback": 24}, {"hidden_size": 6, "lookback": 36}, {"cell": "rnn"}, {"num_layers": 2}, {"hidden_size": 5}, {"hidden_size": 7}]')),
	('a panel', 'shop', 'ts', 'series', NULL, 14, lstm_options(max_epochs => 2, start => false)),
	('quantiles', 'shop', 'ts', 'series', NULL, 7, lstm_options(max_steps => 5, loss => 'quantile', "interval" => 'model')),
	('too short', 'SELECT * FROM hourly LIMIT 20', 'ts', NULL, NULL, 12, NULL),
	('the pretrained network alone', 'shop', 'ts', 'series', NULL, 14, lstm_options(pretrained => 'only'));
CREATE TABLE outcome AS
SELECT name, e.*, clock_timestamp() AS estimated, lstm_train(source, time_column, 'value', series_column, past, horizon => horizon, options => options) AS model
FROM training, lstm_estimate(source, time_column, 'value', series_column, past, horizon => horizon, options => options) AS e;

-- windows, weights and steps are those of the model; its bytes nearly, and there is memory for at least the rows, and no more than for them and what networks take
SELECT name, windows = (info->>'train_windows')::int AS windows, parameters = (info->>'parameters')::int AS parameters,
       steps = (SELECT coalesce(sum((m->>'max_steps')::int), 0) FROM jsonb_array_elements(info->'members') AS m) AS steps,
       round(model_bytes::numeric / octet_length(model), 1) AS bytes, memory_bytes > 8 * (info->>'rows')::int AS memory, seconds > 0 AND seconds < 60 AS seconds
FROM outcome, lstm_model_info(model) AS info ORDER BY name;
SELECT name, windows, parameters, steps FROM outcome WHERE parameters = 0 ORDER BY name;

-- the same each time but for the seconds; more rows, wider networks and more steps are more of it
CREATE FUNCTION said(options jsonb DEFAULT '{}', source text DEFAULT 'hourly', horizon int DEFAULT 24)
RETURNS TABLE (windows bigint, parameters bigint, steps bigint, memory bigint, model bigint, seconds float8) LANGUAGE sql AS
$$ SELECT * FROM lstm_estimate(source, 'ts', 'value', horizon => horizon, options => options) $$;
SELECT (a.windows, a.parameters, a.steps, a.memory, a.model) = (b.windows, b.parameters, b.steps, b.memory, b.model) AS same FROM said() AS a, said() AS b;
SELECT more.windows > usual.windows AS windows, more.parameters = usual.parameters AS parameters FROM said('{"hidden_size": 16}', 'SELECT * FROM hourly LIMIT 800') AS usual, said('{"hidden_size": 16}') AS more;
SELECT wide.parameters > 10 * usual.parameters AS parameters, wide.memory > 2 * usual.memory AS memory, wide.model > 5 * usual.model AS model, wide.seconds > 10 * usual.seconds AS seconds,
       wide.windows = usual.windows AS windows, wide.steps = usual.steps AS steps
FROM said('{"hidden_size": 8}') AS usual, said('{"hidden_size": 128}') AS wide;
SELECT long.steps = 10 * short.steps AS steps, long.seconds > 4 * short.seconds AS seconds FROM said('{"max_steps": 1000, "hidden_size": 32}') AS short, said('{"max_steps": 10000, "hidden_size": 32}') AS long;
-- half of the networks take half of the steps
SELECT two.steps = one.steps / 2 AS steps, two.seconds < one.seconds AS seconds FROM said('{"ensemble_size": 4, "lookback": 48}') AS one, said('{"ensemble_size": 2, "lookback": 48}') AS two;
-- no more than the seconds that there may be
SELECT free.seconds > 10 AS long, limited.seconds < 10 AS limited FROM said('{"hidden_size": 64, "max_steps": 1000000}') AS free, said('{"hidden_size": 64, "max_steps": 1000000, "max_seconds": 1}') AS limited;
BEGIN;
SET LOCAL lstm_forecast.max_training_time = '1s';
SELECT seconds < 10 AS limited FROM said('{"hidden_size": 64, "max_steps": 1000000}');
COMMIT;

-- a network whose single step would take many seconds is estimated at once
BEGIN;
SET LOCAL lstm_forecast.max_memory = '8GB';
SELECT steps, seconds > 1000 AS long, clock_timestamp() - statement_timestamp() < interval '60 seconds' AS at_once
FROM said('{"hidden_size": 512, "num_layers": 3, "patch_length": 1, "lookback": 400, "batch_size": 1024, "max_steps": 1000}');
COMMIT;

-- an empty source, and one that has no observation
SELECT * FROM lstm_estimate('SELECT * FROM hourly WHERE false', 'ts', 'value');

-- errors are those of the training
SELECT r.code, r.message, (r.message, r.detail, r.hint) IS NOT DISTINCT FROM (t.message, t.detail, t.hint) AS as_training
FROM unnest(ARRAY[
	$$NULL, 'ts', 'value'$$, $$'hourly', 'ts', NULL$$, $$'nowhere', 'ts', 'value'$$, $$'hourly', 'ts', 'valeu'$$, $$'hourly', 'when', 'value'$$, $$'hourly', 'ts', 'part'$$,
	$$'DELETE FROM hourly RETURNING *', 'ts', 'value'$$, $$'hourly', 'ts', 'value', horizon => 0$$, $$'hourly', 'ts', 'value', options => '{"cel": "gru"}'$$,
	$$'hourly', 'ts', 'value', options => '{"hidden_size": 0}'$$, $$'hourly', 'ts', 'value', options => '{"lookback": 10, "patch_length": 4}'$$,
	$$'hourly', 'ts', 'value', options => '{"start": true, "interval": "model"}'$$, $$'SELECT ts, NULL::float8 AS value FROM hourly', 'ts', 'value'$$,
	$$'SELECT * FROM hourly LIMIT 2', 'ts', 'value'$$, $$'SELECT * FROM hourly LIMIT 10', 'ts', 'value', horizon => 8, options => '{"start": false}'$$,
	$$'SELECT ts, value - 30 AS value FROM hourly', 'ts', 'value', options => '{"transform": "log"}'$$, $$'SELECT * FROM hourly UNION ALL SELECT * FROM hourly', 'ts', 'value'$$,
	$$'SELECT ts, CASE WHEN value > 25 THEN ''NaN'' ELSE value END AS value FROM hourly', 'ts', 'value'$$, $$'SELECT ts, CASE WHEN value > 25 THEN ''infinity'' ELSE value END AS value FROM hourly', 'ts', 'value'$$,
	$$'hourly', 'ts', 'value', 'part', past_columns => '{wind,wind}', future_columns => '{wnid}'$$, $$'hourly', 'ts', 'value', past_columns => '{wind}', options => '{"pretrained": "only"}'$$,
	$$'hourly', 'ts', 'value', future_source => 'hourly'$$]) AS arguments,
     raises(format('SELECT * FROM lstm_estimate(%s)', arguments)) AS r, raises(format('SELECT lstm_train(%s)', arguments)) AS t;
BEGIN;
SET LOCAL lstm_forecast.max_memory = '1MB';
SELECT code, message FROM raises($$SELECT * FROM lstm_estimate('hourly', 'ts', 'value', options => '{"hidden_size": 256}')$$);
COMMIT;

-- a constant, gaps, and rows in any order
SELECT steps > 0 AS steps, seconds > 0 AS seconds FROM said(source => 'SELECT ts, 5 AS value FROM hourly');
SELECT a.windows = b.windows AS windows, a.model = b.model AS model FROM said(source => 'SELECT * FROM hourly WHERE value < 25') AS a, said(source => 'SELECT * FROM hourly WHERE value < 25 ORDER BY value') AS b;

-- it is volatile, and runs where nothing can be written
SELECT provolatile, proparallel, proretset FROM pg_proc WHERE proname = 'lstm_estimate';
BEGIN READ ONLY;
SELECT windows > 0 AS windows FROM said('{"max_epochs": 1}');
COMMIT;

-- who begins a training that will take long hears of it, but not where its time is limited, nor of an estimate
SET client_min_messages = notice;
\set VERBOSITY terse
SET statement_timeout = '4s';
SELECT lstm_train('hourly', 'ts', 'value', options => '{"hidden_size": 512, "lookback": 168, "patch_length": 1, "max_steps": 100000, "workers": 1}');
SELECT lstm_train(ts, value, '{"hidden_size": 512, "lookback": 168, "patch_length": 1, "max_steps": 100000, "workers": 1}') FROM hourly;
RESET statement_timeout;
SELECT length(lstm_train('hourly', 'ts', 'value', options => '{"hidden_size": 512, "lookback": 168, "patch_length": 1, "max_steps": 100000, "max_seconds": 0.5, "workers": 1}')) > 0 AS trained;
SELECT seconds > 300 AS long FROM said('{"hidden_size": 512, "lookback": 168, "patch_length": 1, "max_steps": 100000}');

DROP FUNCTION said, raises;
DROP TABLE hourly, shop, training, outcome;
