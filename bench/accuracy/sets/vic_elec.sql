-- Half-hourly electricity demand of Victoria, with its drivers or without: does knowing temperature and holidays
-- ahead help? The temperature is the measured one, as if the weather forecast were perfect. The last fifth
-- is forecast a day at a time.
INSERT INTO task (set_name, task, panel, horizon, season, stride, train_to, test_to,
				  choose_stride, choose_train_to, choose_test_to, asked)
	VALUES ('vic_elec', '48 half-hours', 'vic_elec', 48, 336, 48, 42096, 52608, 48, 37008, 42096,
			'{"horizon": 48}');

INSERT INTO variant (set_name, task, variant, training, source, future_columns, beside) VALUES
	('vic_elec', '48 half-hours', 'demand alone', NULL, NULL, NULL, 'seasonal naive'),
	('vic_elec', '48 half-hours', 'temperature and holiday',
	 $$SELECT lstm_train('SELECT series, ts, value, future[1] AS temperature, future[2] AS holiday FROM history',
						 'ts', 'value', 'series', future_columns => '{temperature,holiday}', options => %L) AS model$$,
	 'SELECT series, ts, value, future[1] AS temperature, future[2] AS holiday FROM evaluated',
	 '{temperature,holiday}', 'demand alone');

INSERT INTO bar VALUES
	('vic_elec', '48 half-hours', 'temperature and holiday', 'MAE / demand alone', 0.900, NULL, NULL);

\if :load
CREATE TEMP TABLE half_hour (
	i serial, ts timestamptz, demand float8, temperature float8, day date, holiday boolean
);
\set command '\\copy half_hour (ts, demand, temperature, day, holiday) FROM PROGRAM ''gzip -dc ' :data '/sensors/vic_elec.csv.gz'' WITH (FORMAT csv, HEADER)'
:command

INSERT INTO reading (panel, series, i, ts, value, future)
	SELECT 'vic_elec', 'Demand', i, ts, demand, ARRAY[temperature, holiday::int] FROM half_hour;
\endif
