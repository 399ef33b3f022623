-- Hourly air quality in Beijing, with gaps (2,067 of 43,824 hours, up to 155 in a row) that stay NULL: they are
-- neither learned nor scored. The last fifth is forecast two days at a time.
INSERT INTO task (set_name, task, panel, horizon, season, stride, train_to, test_to,
				  choose_stride, choose_train_to, choose_test_to)
	VALUES ('pm25', '48 hours', 'pm25', 48, 24, 48, 35088, 43824, 48, 30000, 35088);

INSERT INTO variant (set_name, task, variant, training, source, past_columns, most_seeds, beside) VALUES
	('pm25', '48 hours', 'no options', NULL, NULL, NULL, NULL, 'last value'),
	('pm25', '48 hours', 'weather as past covariates',
	 $$SELECT lstm_train('SELECT series, ts, value, past[1] AS dew_point, past[2] AS temperature, past[3] AS pressure, past[4] AS wind FROM history',
						 'ts', 'value', 'series', past_columns => '{dew_point,temperature,pressure,wind}', options => %L) AS model$$,
	 'SELECT series, ts, value, past[1] AS dew_point, past[2] AS temperature, past[3] AS pressure, past[4] AS wind FROM evaluated',
	 '{dew_point,temperature,pressure,wind}', 1, 'no options');

INSERT INTO bar VALUES
	('pm25', '48 hours', 'no options', 'MAE / last value', 1.000, NULL, NULL);

\if :load
CREATE TEMP TABLE hour (
	i int, year int, month int, day int, hour int, pm25 float8, dew_point float8, temperature float8,
	pressure float8, wind_direction text, wind_speed float8, snow float8, rain float8
);
\set command '\\copy hour FROM PROGRAM ''gzip -dc ' :data '/sensors/beijing_pm25_pollution.csv.gz | tr -d "\\\\r"'' WITH (FORMAT csv, HEADER, NULL ''NA'')'
:command

INSERT INTO reading (panel, series, i, ts, value, past)
	SELECT 'pm25', 'PM2.5', i, make_timestamptz(year, month, day, hour, 0, 0), pm25,
		   ARRAY[dew_point, temperature, pressure, wind_speed]
	FROM hour;
\endif
