-- The seeds: a small model of each kind, and options with rows. test/fuzz/run --seeds writes them into the corpus.
SET client_min_messages = error;
SET timezone = 'UTC';
CREATE TEMP TABLE seed (target text, name text, content bytea);

CREATE TEMP VIEW small AS
SELECT ts, value, temperature, promotion, row_number() OVER (ORDER BY ts) AS i FROM reading WHERE series = 'a';

-- one network each, all cells, decoders, losses, normalizations and transforms
INSERT INTO seed
SELECT 'model', kind, (SELECT lstm_train(ts, value, '{"horizon": 3, "lookback": 6, "hidden_size": 2, "ensemble_size": 1, "max_steps": 2, "patch_length": 1}' || options) FROM small)
FROM (VALUES
	('lstm', '{"decoder": "direct", "normalization": "last", "transform": "none"}'::jsonb),
	('gru', '{"cell": "gru", "decoder": "parallel", "patch_length": 3, "loss": "quantile", "quantiles": [0.1, 0.5, 0.9], "interval": "model", "normalization": "mean"}'),
	('rnn', '{"cell": "rnn", "decoder": "recursive", "supervision": "sequence", "loss": "mse", "normalization": "instance", "linear_skip": false}'),
	('stacked', '{"num_layers": 2, "bidirectional": true, "dropout": 0.1, "decoder": "direct", "loss": "gaussian", "interval": "model", "normalization": "standard"}'),
	('student', '{"loss": "student_t", "normalization": "minmax", "transform": "log", "patch_length": 2, "decoder": "recursive"}'),
	('huber', '{"loss": "huber", "normalization": "season", "transform": "log1p", "seasonal_period": 4, "seasonal_skip": true}'),
	('plain', '{"normalization": "none", "interval": "none", "validation_fraction": 0, "log_seconds": true, "seasonal_skip": false}')
) AS kinds (kind, options);

-- ensembles, frequencies, panels, covariates
INSERT INTO seed
SELECT 'model', 'members', lstm_train(ts, value, '{"horizon": 3, "hidden_size": 2, "max_steps": 2, "calendar": true,
	"members": [{"lookback": 4}, {"cell": "gru", "lookback": 8, "loss": "quantile", "quantiles": [0.2, 0.8]}]}') FROM small
UNION ALL
SELECT 'model', 'values', lstm_train(value, '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1}' ORDER BY ts) FROM small
UNION ALL
SELECT 'model', 'irregular', lstm_train(ts + i * i * interval '1.3 s', value, '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "calendar": true}') FROM small
UNION ALL
SELECT 'model', 'months', lstm_train(timestamptz '2020-01-31 12:00+00' + i * interval '1 month', value, '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "frequency": "1 month"}') FROM small
UNION ALL
SELECT 'model', 'panel', lstm_train(series, ts, value, '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1}') FROM reading
UNION ALL
SELECT 'model', 'covariates', lstm_train(series, ts, value, ARRAY[temperature], ARRAY[promotion], '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "calendar": true}') FROM reading;
INSERT INTO seed SELECT 'model', 'columns', lstm_train('SELECT * FROM reading', 'ts', 'value', 'series', ARRAY['temperature'], ARRAY['promotion'],
	options => '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1}');
INSERT INTO seed SELECT 'model', 'listed', lstm_train('SELECT ts, value FROM reading WHERE series = ''a'' AND extract(hour FROM ts) <> 4', 'ts', 'value',
	options => '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "calendar": true, "steps": "SELECT ts FROM reading WHERE extract(hour FROM ts) <> 4"}');
-- categories, and what is the same at all steps of a series
INSERT INTO seed SELECT 'model', 'categories', lstm_train('reading', 'ts', 'value', 'series', '{weather,temperature}', '{door}',
	options => '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "calendar": true}');
INSERT INTO seed SELECT 'model', 'statics', lstm_train('reading', 'ts', 'value', 'series', '{weather}', static_columns => '{region,size}',
	options => '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1}');
-- counts
INSERT INTO seed SELECT 'model', loss, lstm_train(ts, greatest(0, round(value) - 20), ('{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "loss": "' || loss || '"}')::jsonb)
FROM small, unnest(ARRAY['poisson', 'negative_binomial', 'tweedie']) AS loss GROUP BY loss;
-- classes: of series, and of rows
INSERT INTO seed SELECT 'model', 'classes', lstm_train_classes(ts, ts, ARRAY[temperature, promotion], promotion, '{"hidden_size": 1, "ensemble_size": 2, "max_steps": 1}') FROM reading WHERE series = 'a';
INSERT INTO seed SELECT 'model', 'rows', lstm_train_classes('reading', 'ts', 'series', '{temperature}', 'promotion',
	'{"supervision": "sequence", "cell": "gru", "num_layers": 2, "bidirectional": true, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "class_weights": "balanced"}');
-- the pretrained network: asked for starts, and alone
INSERT INTO seed
SELECT 'model', 'asking', lstm_train(ts, value, '{"horizon": 2, "pretrained": "only"}') FROM small
UNION ALL
SELECT 'model', 'network', lstm_pretrained();
SET timezone = 'Europe/Berlin';
INSERT INTO seed
SELECT 'model', 'days', lstm_train(series, timestamptz '2024-03-20 00:00' + extract(hour FROM ts) * interval '1 day', value, '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1}')
FROM reading WHERE ts < '2024-01-02 00:00+00'
UNION ALL
SELECT 'model', 'business', lstm_train(day, extract(day FROM day), '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "calendar": true}')
FROM generate_series(timestamptz '2024-03-01 00:00', '2024-04-19 00:00', '1 day') AS day WHERE extract(isodow FROM day) < 6;

INSERT INTO seed
SELECT 'options', name, convert_to(text, 'UTF8')
FROM (VALUES
	('plain', E'{}\n\n|0h|5\n|+1h|3\n*60\n'),
	('panel', E'{"horizon": 2, "hidden_size": 2, "ensemble_size": 2, "batch_size": 8}\n\na|0d|5|1,2|0\na|+1d|7|2,3|1\n*40\nb|5d|3|2,2|0\nb|+1d|1|1,1|1\n*30\nb|+1d||1,1|1\n*3\n'),
	('months', E'@Europe/Berlin\n{"horizon": 3, "lookback": 6, "frequency": "1 month", "missing": "previous", "hidden_size": 2, "ensemble_size": 1, "batch_size": 4}\n\n|0d|5\n|+1M|3\n*30\n|+2M|4\n*9\n'),
	('values', E'{"lookback": 4, "patch_length": 2, "decoder": "recursive", "cell": "rnn", "loss": "quantile", "quantiles": [0.1, 0.9], "interval": "model", "hidden_size": 1, "ensemble_size": 1}\n\n||5\n||3\n*50\n'),
	('duplicates', E'{"duplicates": "mean", "missing": "zero", "transform": "log1p", "normalization": "minmax", "hidden_size": 1, "ensemble_size": 1, "lookback": 4, "horizon": 2, "batch_size": 2}\n\n|0h|5\n|+0h|3\n|+3h|\n|+1h|3\n*40\n|-4h|7\n'),
	('irregular', E'{"frequency": "irregular", "calendar": true, "hidden_size": 1, "ensemble_size": 1, "lookback": 4, "horizon": 2, "batch_size": 2}\n\n|0s|5\n|+7s|3\n|+100s|4\n*20\n|+3s|7\n*20\n'),
	('business', E'{"frequency": "business day", "seasonal_period": 5, "cell": "gru", "bidirectional": true, "num_layers": 2, "decoder": "direct", "supervision": "sequence", "hidden_size": 1, "ensemble_size": 1, "lookback": 5, "horizon": 2, "batch_size": 2}\n\n|2d|5\n|+1d|3\n*3\n|+3d|2\n|+1d|1\n*3\n|+3d|2\n|+1d|1\n*3\n|+3d|2\n|+1d|1\n*3\n|+3d|2\n'),
	('members', E'{"members": [{"loss": "gaussian", "lookback": 4, "optimizer": "sgd", "schedule": "onecycle"}, {"loss": "student_t", "optimizer": "rmsprop", "schedule": "step", "lookback": 6, "weight_decay": 0.1}], "hidden_size": 1, "batch_size": 2, "horizon": 2, "max_epochs": 2, "patience": 1, "validation_fraction": 0.2, "refit": false, "seed": -3}\n\n|0h|1e-30\n|+1h|2e-30\n*50\n'),
	('years', E'{"horizon": 1, "lookback": 2, "hidden_size": 1, "ensemble_size": 1, "optimizer": "adamw", "learning_rate": 0.5, "gradient_clip": 0.1, "dropout": 0.5, "batch_size": 2, "max_seconds": 1, "log_seconds": true, "workers": 2, "linear_skip": false, "seasonal_skip": true, "interval": "none"}\n\n|0y|5\n|+1y|3\n*20\n'),
	('wrong', E'{"hiden_size": 2, "loss": "quantile", "quantiles": [0.5, 0.5], "frequency": "1 month 2 days"}')
) AS texts (name, text);

SELECT target, 'seed_' || name, encode(content, 'hex') FROM seed;
