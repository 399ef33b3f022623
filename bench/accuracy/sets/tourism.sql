-- Tourism competition: monthly, quarterly and yearly series. Metric of the Monash archive: MASE, with m = 12, 4
-- and 1. The file holds no times: every series gets months that end its training part together.
INSERT INTO task (set_name, task, panel, horizon, season, train_to, test_to, choose_train_to, choose_test_to, asked)
	SELECT 'tourism', task, panel, horizon, season, 0, horizon, -horizon, 0, jsonb_build_object('horizon', horizon)
	FROM (VALUES ('monthly', 'tourism_monthly', 24, 12), ('quarterly', 'tourism_quarterly', 8, 4),
				 ('yearly', 'tourism_yearly', 4, 1), ('20 monthly', 'tourism_few', 24, 12))
		 AS task (task, panel, horizon, season);

INSERT INTO variant (set_name, task, variant) VALUES
	('tourism', 'monthly', 'no options'),
	('tourism', 'quarterly', 'no options'),
	('tourism', 'yearly', 'no options');
INSERT INTO variant (set_name, task, variant, options, most_seeds)
	SELECT 'tourism', task, 'no training', '{"pretrained": "only"}', 1 FROM unnest(ARRAY['monthly', 'quarterly', 'yearly']) AS task;

-- One network for all series, or one for each.
INSERT INTO variant (set_name, task, variant, training, forecasting, most_seeds) VALUES
	('tourism', '20 monthly', 'global model', NULL, NULL, 1),
	('tourism', '20 monthly', 'local models',
	 'SELECT series, lstm_train(ts, value, %L::jsonb) AS model FROM history GROUP BY series',
	 'SELECT trained.series, step, forecast, lower, upper, quantiles FROM trained, lstm_forecast(model, NULL, 0.95, crps_levels())',
	 1);

INSERT INTO bar VALUES
	('tourism', 'monthly', 'tuned', 'MASE', 1.400, 1.370, NULL),
	('tourism', 'monthly', 'no options', 'MASE', 1.380, NULL, 60),
	('tourism', 'quarterly', 'no options', 'MASE', 1.460, NULL, NULL),
	('tourism', 'yearly', 'no options', 'MASE', 2.646, NULL, NULL), -- .88 of the seasonal naive forecast's
	('tourism', 'monthly', 'no training', 'MASE', 1.420, NULL, NULL),
	('tourism', 'quarterly', 'no training', 'MASE', 1.470, NULL, NULL),
	('tourism', 'yearly', 'no training', 'MASE', 2.706, NULL, NULL); -- .90

INSERT INTO published VALUES
	('tourism', 'monthly', 'MASE', 'DeepAR', 1.409),
	('tourism', 'monthly', 'MASE', 'ETS', 1.526),
	('tourism', 'monthly', 'MASE', 'Chronos-Bolt-base, no training', 1.528),
	('tourism', 'quarterly', 'MASE', 'Chronos-Bolt-base, no training', 1.756),
	('tourism', 'quarterly', 'MASE', 'N-BEATS', 1.475),
	('tourism', 'yearly', 'MASE', 'N-BEATS', 2.977);

\if :load
CREATE TEMP TABLE observation (
	series text, period text, type text, season int, horizon int, part text, t int, value float8
);
\set command '\\copy observation FROM PROGRAM ''gzip -dc ' :data '/tourism/tourism_long.csv.gz'' WITH (FORMAT csv, HEADER)'
:command

INSERT INTO reading (panel, series, i, ts, value)
	SELECT 'tourism_' || lower(period), series, i,
		   timestamptz '2008-01-01' + i * (interval '1 year' / season), value
	FROM (SELECT *, t - max(t) FILTER (WHERE part = 'train') OVER (PARTITION BY series) AS i FROM observation)
		 AS numbered;

INSERT INTO reading
	SELECT 'tourism_few', series, i, ts, value
	FROM reading
	WHERE panel = 'tourism_monthly' AND series IN (SELECT 'M' || 18 * n FROM generate_series(1, 20) AS n);
\endif
