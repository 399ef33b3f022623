-- Numbers at the ends of a double's range, and series that are nothing but odd: forecasts, intervals and quantiles are
-- finite, or there is a clear error; and training that diverges says so.
SET client_min_messages = warning;
SET timezone = 'UTC';

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- u: noise between -1 and 1
CREATE TABLE odd AS
SELECT kind, i, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts,
	   CASE kind
	   WHEN 'zeros' THEN 0
	   WHEN 'constant 7' THEN 7
	   WHEN 'constant -1e150' THEN -1e150
	   WHEN 'constant 1e30' THEN 1e30
	   WHEN 'constant 1e-30' THEN 1e-30
	   WHEN 'constant, denormal' THEN '5e-324'
	   WHEN 'noise of 1e-30' THEN 1e-30 * u
	   WHEN 'noise of 1e30' THEN 1e30 * u
	   WHEN 'noise of 1e150' THEN 1e150 * u
	   WHEN 'noise, denormal' THEN 1e-310::float8 * u
	   WHEN 'noise of 1 on 1e15' THEN 1e15::float8 + u
	   WHEN 'spike' THEN (i = 60)::int
	   WHEN 'spike of 1e150' THEN CASE WHEN i = 60 THEN 1e150 ELSE 0 END
	   WHEN 'spike of 1e150 in noise of 1e-150' THEN CASE WHEN i = 60 THEN 1e150 ELSE 1e-150::float8 * u END
	   WHEN 'spike, first' THEN CASE WHEN i = 1 THEN 1e150 ELSE 0 END
	   WHEN 'spike, held out' THEN CASE WHEN i = 116 THEN 1e150 ELSE 0 END
	   WHEN 'spike, last' THEN CASE WHEN i = 120 THEN 1e150 ELSE u END
	   WHEN 'huge and tiny in turn' THEN CASE WHEN i % 2 = 0 THEN 1e150 ELSE 1e-150::float8 END
	   WHEN '1e30 and 1e-30 in turn' THEN CASE WHEN i % 2 = 0 THEN 1e30 ELSE 1e-30 END
	   WHEN 'flips of the sign' THEN CASE WHEN i % 2 = 0 THEN 1e150 ELSE -1e150 END
	   WHEN 'flips of the sign, at random' THEN CASE WHEN u < 0 THEN 1e150 ELSE -1e150 END
	   WHEN 'growth from 1e-150 to 1e150' THEN power(10::float8, i * 2.5 - 150)
	   WHEN 'decay from 1e150 to 1e-150' THEN power(10::float8, 150 - i * 2.5)
	   WHEN 'ramp to 1e150' THEN i * 8e147
	   WHEN 'step up' THEN CASE WHEN i > 100 THEN 1e150 ELSE 0 END
	   WHEN 'step down' THEN CASE WHEN i < 90 THEN 1e150 ELSE u END
	   WHEN 'late step through zero' THEN CASE WHEN i > 118 THEN -1e150 ELSE 1e150 END
	   END::float8 AS value
FROM (SELECT i, hashint4(i) / 2147483648.0::float8 AS u FROM generate_series(1, 120) AS i) AS steps,
	 unnest(ARRAY['zeros', 'constant 7', 'constant -1e150', 'constant 1e30', 'constant 1e-30', 'constant, denormal', 'noise of 1e-30', 'noise of 1e30',
				  'noise of 1e150', 'noise, denormal', 'noise of 1 on 1e15', 'spike', 'spike of 1e150', 'spike of 1e150 in noise of 1e-150',
				  'spike, first', 'spike, held out', 'spike, last', 'huge and tiny in turn', '1e30 and 1e-30 in turn', 'flips of the sign',
				  'flips of the sign, at random', 'growth from 1e-150 to 1e150', 'decay from 1e150 to 1e-150', 'ramp to 1e150', 'step up', 'step down',
				  'late step through zero']) AS kind;
SELECT count(DISTINCT kind) AS kinds, count(value) = count(*) AS whole FROM odd;

-- "finite" where everything that a model says and forecasts is a number, also beyond the trained horizon
CREATE FUNCTION said(model bytea, steps int DEFAULT 20) RETURNS text LANGUAGE sql AS $$
	WITH said (kind, number) AS (
		SELECT 'forecast', forecast FROM lstm_forecast(model, steps) UNION ALL
		SELECT 'interval', unnest(ARRAY[coalesce(lower, 0), coalesce(upper, 0)]) FROM lstm_forecast(model, steps, confidence_level => 0.999) UNION ALL
		SELECT 'interval upside down', 'NaN' FROM lstm_forecast(model, steps) WHERE lower > upper UNION ALL
		SELECT 'quantile', unnest(quantiles) FROM lstm_forecast(model, steps, quantiles => '{0.001,0.5,0.999}') UNION ALL
		SELECT 'weight', unnest(weights) FROM lstm_weights(model) UNION ALL
		SELECT 'log', unnest(ARRAY[train_loss, coalesce(validation_loss, 0)]) FROM lstm_training_log(model))
	SELECT coalesce(string_agg(DISTINCT kind, ', ') FILTER (WHERE number IS NULL OR abs(number) = 'infinity' OR number = 'NaN') || ' not finite', 'finite') FROM said $$;
-- or the error, without what depends on the row
CREATE FUNCTION outcome(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE command INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- every odd series with every loss, normalization, transform and decoder: a logarithm must be one, all else is forecast
CREATE TABLE choices AS
SELECT unnest(ARRAY[
	'{"loss": "mae"}', '{"loss": "mse"}', '{"loss": "huber"}', '{"loss": "quantile", "interval": "model"}', '{"loss": "gaussian", "interval": "model"}',
	'{"loss": "student_t", "interval": "model"}', '{"loss": "gaussian"}', '{"normalization": "last"}', '{"normalization": "mean"}', '{"normalization": "instance"}',
	'{"normalization": "season"}', '{"normalization": "standard"}', '{"normalization": "minmax"}', '{"normalization": "none"}', '{"transform": "log"}',
	'{"transform": "log1p"}', '{"transform": "log", "normalization": "none"}', '{"loss": "student_t", "interval": "model", "normalization": "none"}',
	'{"decoder": "recursive", "cell": "gru"}', '{"decoder": "direct", "cell": "rnn", "refit": true}', '{"ensemble_size": 3}']) AS options;
SELECT options, outcome, count(*), CASE WHEN outcome <> 'finite' THEN min(kind COLLATE "C") END AS first
FROM choices, (SELECT DISTINCT kind FROM odd) AS kinds,
	 LATERAL outcome(format('SELECT said(lstm_train(ts, value, %L)) FROM odd WHERE kind = %L',
							jsonb '{"max_steps": 8, "horizon": 4, "ensemble_size": 1, "hidden_size": 4, "batch_size": 16, "learning_rate": 0.01}' || options::jsonb, kind))
GROUP BY options, outcome ORDER BY options COLLATE "C", outcome COLLATE "C";

-- as one panel, beside a usual series; by all that is automatic, too
CREATE VIEW panel AS
SELECT kind, i, ts, value FROM odd UNION ALL
SELECT 'usual', i, '2024-01-01 00:00+00'::timestamptz + i * interval '1 hour', 10 + sin(i) FROM generate_series(1, 120) AS i;
SELECT options, said(lstm_train(kind, ts, value, options || '{"max_steps": 12, "horizon": 4, "hidden_size": 4}'))
FROM panel, unnest(ARRAY['{}', '{"loss": "student_t", "interval": "model"}', '{"loss": "quantile", "interval": "model"}', '{"normalization": "none"}']::jsonb[]) AS options
GROUP BY options ORDER BY options;

-- covariates: floats, which end at 3.4e38
SELECT said, count(*)
FROM (SELECT said(lstm_train('a'::text, ts, CASE WHEN i <= 116 THEN 10 + sin(i) END, ARRAY[covariate], ARRAY[covariate, 1],
							 '{"max_steps": 8, "horizon": 4, "ensemble_size": 1, "hidden_size": 4}'), 4)
	  FROM odd, LATERAL (SELECT greatest(least(value, 3.4e38::float8), -3.4e38::float8) AS covariate) AS cut
	  GROUP BY kind) AS models
GROUP BY said ORDER BY said;

-- an odd history for a usual model, whose logarithms refuse one that is mostly negative, and the other way round; a forecast below
-- zero has no interval where errors are logarithms
CREATE TABLE usual AS SELECT lstm_train(ts, value, '{"max_steps": 8, "horizon": 4, "ensemble_size": 2, "hidden_size": 4}') AS model FROM panel WHERE kind = 'usual';
SELECT sound, count(*), bool_or(negative > rows / 2) AS mostly_negative
FROM (SELECT kind, count(*) AS rows, count(*) FILTER (WHERE value < 0) AS negative FROM odd GROUP BY kind) AS kinds,
	 outcome(format('SELECT bool_and(abs(forecast) < ''infinity'' AND (lower IS NULL OR lower <= upper AND abs(lower) < ''infinity'' AND abs(upper) < ''infinity''))
					 FROM (SELECT lstm_forecast(model, ts, value) AS forecasts FROM odd, usual WHERE kind = %L) AS forecast, unnest(forecasts)', kind)) AS sound
GROUP BY sound ORDER BY sound;
SELECT sound, count(*)
FROM (SELECT model.kind, lstm_forecast(model, ts, value) AS forecasts
	  FROM (SELECT kind, lstm_train(ts, value, '{"max_steps": 8, "horizon": 4, "ensemble_size": 2, "hidden_size": 4}') AS model FROM odd GROUP BY kind) AS model,
		   panel WHERE panel.kind = 'usual' GROUP BY model.kind) AS forecast,
	 LATERAL (SELECT bool_and(abs(forecast) < 'infinity' AND (lower IS NULL OR lower <= upper AND abs(lower) < 'infinity' AND abs(upper) < 'infinity')) AS sound FROM unnest(forecasts)) AS row
GROUP BY sound ORDER BY sound;

-- a back-test of them all: errors that are numbers, or not defined
SELECT count(*) > 0 AS tested, count(*) FILTER (WHERE abs(model) = 'infinity' OR model = 'NaN' OR abs(naive) = 'infinity' OR naive = 'NaN') AS odd
FROM lstm_backtest('panel', 'ts', 'value', 'kind', horizon => 4, folds => 2, options => '{"max_steps": 4, "hidden_size": 4, "ensemble_size": 1}');

-- beyond 1e150 a value is refused, wherever it comes from
\x on
SELECT * FROM raises($$SELECT lstm_train(ts, CASE WHEN i = 50 THEN -1.1e150 ELSE value END) FROM panel WHERE kind = 'usual'$$);
SELECT code, message FROM raises($$SELECT lstm_train(kind, ts, CASE WHEN i = 50 THEN 1e300 ELSE value END) FROM panel$$);
SELECT code, message FROM raises($$SELECT lstm_train('SELECT i, 1e300 AS value FROM panel', NULL, 'value')$$);
SELECT code, message FROM raises($$SELECT lstm_forecast(model, ts, 1.7e308) FROM panel, usual$$);
SELECT code, message FROM raises($$SELECT count(*) FROM usual, lstm_forecast(model, 'SELECT ts, 1e151 AS value FROM panel', 'ts', 'value')$$);
SELECT code, message FROM raises($$SELECT lstm_train(ts, 9e149, '{"duplicates": "sum"}') FROM panel$$);
-- one NaN in a million
SELECT code, message, hint FROM raises($$SELECT lstm_train('2000-01-01'::timestamptz + i * interval '1 minute', CASE WHEN i = 987654 THEN 'NaN' ELSE i::float8 END) FROM generate_series(1, 1000000) AS i$$);

-- divergence, in every loss and cell: an error, or a model that is sound
SELECT code, message, hint FROM raises($$SELECT lstm_train(ts, value, '{"optimizer": "sgd", "learning_rate": 10, "gradient_clip": 0, "loss": "mse", "schedule": "constant", "ensemble_size": 3}') FROM panel WHERE kind = 'usual'$$);
\x off
SELECT DISTINCT outcome
FROM unnest(ARRAY['lstm', 'gru', 'rnn']) AS cell, unnest(ARRAY['mae', 'mse', 'huber', 'quantile', 'gaussian', 'student_t']) AS loss,
	 unnest(ARRAY['sgd', 'rmsprop', 'adam']) AS optimizer, unnest(ARRAY['usual', 'spike', 'noise of 1e30']) AS kind,
	 LATERAL outcome(format('SELECT said(lstm_train(ts, value, %L)) FROM panel WHERE kind = %L',
		jsonb_build_object('cell', cell, 'loss', loss, 'optimizer', optimizer, 'learning_rate', 10, 'gradient_clip', 0, 'schedule', 'constant',
						   'max_steps', 40, 'patience', 0, 'horizon', 4, 'ensemble_size', 1, 'hidden_size', 4), kind))
ORDER BY outcome;

DROP VIEW panel;
DROP TABLE odd, choices, usual;
DROP FUNCTION said(bytea, int), outcome(text), raises(text);
