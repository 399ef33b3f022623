-- M4 competition, hourly series. Official metrics: sMAPE, MASE (m = 24) and OWA, their mean in relation to
-- Naive2's. The file holds no times: every series gets hourly ones that end its training part together.
INSERT INTO task (set_name, task, panel, horizon, season, train_to, test_to, choose_train_to, choose_test_to,
				  naive2_smape, naive2_mase)
	VALUES ('m4_hourly', '48 hours', 'm4_hourly', 48, 24, 0, 48, -48, 0, 18.383, 2.395);

-- A 95 % interval from quantiles needs its ends among them.
INSERT INTO variant (set_name, task, variant, options, most_seeds) VALUES
	('m4_hourly', '48 hours', 'no options', '{}', NULL),
	('m4_hourly', '48 hours', 'no training', '{"pretrained": "only"}', 1),
	('m4_hourly', '48 hours', 'loss quantile',
	 jsonb_build_object('loss', 'quantile', 'interval', 'model', 'quantiles', 0.025 || crps_levels() || 0.975), 1),
	('m4_hourly', '48 hours', 'loss gaussian', '{"loss": "gaussian", "interval": "model"}', 1),
	('m4_hourly', '48 hours', 'loss student_t', '{"loss": "student_t", "interval": "model"}', 1);

INSERT INTO bar VALUES
	('m4_hourly', '48 hours', 'tuned', 'OWA', 0.400, 0.380, 300),
	('m4_hourly', '48 hours', 'no options', 'OWA', 0.385, NULL, 120),
	('m4_hourly', '48 hours', 'no training', 'MASE', 0.800, NULL, NULL);

-- The seasonal naive forecast is measured here, too, and has to agree.
INSERT INTO published VALUES
	('m4_hourly', '48 hours', 'sMAPE', 'seasonal naive', 13.912),
	('m4_hourly', '48 hours', 'MASE', 'seasonal naive', 1.193),
	('m4_hourly', '48 hours', 'OWA', 'best of all entries', 0.410),
	('m4_hourly', '48 hours', 'OWA', 'winner (ES-RNN)', 0.440),
	('m4_hourly', '48 hours', 'sMAPE', 'winner (ES-RNN)', 9.328),
	('m4_hourly', '48 hours', 'MASE', 'winner (ES-RNN)', 0.893),
	('m4_hourly', '48 hours', 'MASE', 'TiRex, no training', 0.722),
	('m4_hourly', '48 hours', 'MASE', 'Chronos-Bolt-small, no training', 0.866);

\if :load
CREATE TEMP TABLE line (part text DEFAULT 'train', text text);
\set command '\\copy line (text) FROM PROGRAM ''gzip -dc ' :data '/m4/Hourly-train.csv.gz | tail -n +2'' WITH (DELIMITER E''\\x01'')'
:command
ALTER TABLE line ALTER part SET DEFAULT 'test';
\set command '\\copy line (text) FROM PROGRAM ''gzip -dc ' :data '/m4/Hourly-test.csv.gz | tail -n +2'' WITH (DELIMITER E''\\x01'')'
:command

INSERT INTO reading (panel, series, i, ts, value)
	SELECT 'm4_hourly', field[1], i, timestamptz '2017-01-01' + i * interval '1 hour', value::float8
	FROM line,
		 LATERAL string_to_array(replace(text, '"', ''), ',') AS field,
		 LATERAL (SELECT value,
						 CASE part WHEN 'train' THEN number - max(number) OVER () ELSE number END::int AS i
				  FROM unnest(field[2:]) WITH ORDINALITY AS observation (value, number)
				  WHERE value <> '') AS numbered;
\endif
