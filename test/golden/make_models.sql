-- The golden models: one of every cell, decoder, loss, and of everything else that a model's bytes say. As small as can
-- be; trained, so that no weight is what it began as. make_models.pl writes them to files.
SET timezone = 'UTC';

CREATE TABLE hours AS
SELECT timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts,
	   20 + 5 * sin(i * pi() / 6) + i / 40.0 + sin(i * i) AS value,
	   ARRAY[cos(i / 7.0)] AS past, ARRAY[(i % 5)::float8] AS future
FROM generate_series(1, 160) AS i;
CREATE VIEW shops AS
SELECT shop, ts, CASE WHEN ts <= '2024-01-07 12:00+00' THEN value * size END AS value, past, future
FROM hours, (VALUES ('large', 8.5), ('small one', 0.25)) AS shops (shop, size);
CREATE VIEW months AS
SELECT (timestamp '2010-01-31' + i * interval '1 month')::date AS ts, exp(i / 30.0 + 0.3 * sin(i * pi() / 6)) AS value
FROM generate_series(0, 107) AS i;

CREATE FUNCTION tiny(more jsonb) RETURNS jsonb LANGUAGE sql AS
$$SELECT '{"lookback": 12, "horizon": 3, "hidden_size": 5, "ensemble_size": 1, "max_steps": 30, "learning_rate": 0.01, "batch_size": 16, "refit": false,
		   "patch_length": 3, "normalization": "instance", "transform": "none", "linear_skip": false, "seasonal_skip": false, "validation_fraction": 0.1}' || more$$;

CREATE TABLE golden AS
SELECT cell || '_' || decoder AS name, lstm_train(ts, value, tiny(jsonb_build_object('cell', cell, 'decoder', decoder))) AS model
FROM hours, unnest(ARRAY['lstm', 'gru', 'rnn']) AS cell, unnest(ARRAY['direct', 'parallel', 'recursive']) AS decoder
GROUP BY cell, decoder;
INSERT INTO golden
SELECT 'loss_' || loss, lstm_train(ts, value, tiny(jsonb_build_object('loss', loss,
	   'interval', CASE WHEN loss IN ('quantile', 'gaussian', 'student_t') THEN 'model' ELSE 'conformal' END)))
FROM hours, unnest(ARRAY['mae', 'mse', 'huber', 'quantile', 'gaussian', 'student_t']) AS loss
GROUP BY loss;
INSERT INTO golden
SELECT 'normalization_' || word, lstm_train(ts, value, tiny(jsonb_build_object('normalization', word)))
FROM hours, unnest(ARRAY['last', 'mean', 'season', 'standard', 'minmax', 'none']) AS word
GROUP BY word;
INSERT INTO golden
SELECT name, lstm_train(ts, value, tiny(options))
FROM hours, (VALUES ('bidirectional_stack', jsonb '{"bidirectional": true, "num_layers": 2, "dropout": 0.1}'),
					('classical', '{"patch_length": 1, "decoder": "direct"}'),
					('many_to_many', '{"supervision": "sequence"}'),
					('skips', '{"linear_skip": true, "seasonal_skip": true}'),
					('no_interval', '{"interval": "none"}')) AS kind (name, options)
GROUP BY name, options;
INSERT INTO golden SELECT 'log_months', lstm_train(ts, value, tiny('{"transform": "log", "ensemble_size": 2, "refit": true}')) FROM months;
INSERT INTO golden SELECT 'log1p_no_time', lstm_train(value, tiny('{"transform": "log1p"}') ORDER BY ts) FROM months;
INSERT INTO golden SELECT 'panel', lstm_train(shop, ts, value, tiny('{}')) FROM shops;
INSERT INTO golden SELECT 'panel_covariates', lstm_train(shop, ts, value, past, future, tiny('{"calendar": true}')) FROM shops;
-- as little is said as can be: members of unlike kinds
INSERT INTO golden SELECT 'start', lstm_train(ts, value, '{"horizon": 12}') FROM months WHERE ts < '2013-01-01';
INSERT INTO golden SELECT 'automatic', lstm_train(ts, value, '{"max_steps": 20, "hidden_size": 4, "horizon": 3}') FROM hours;
