-- Models of several sizes: chosen by the data, with drivers, and as large as somebody may ask for.
CREATE EXTENSION IF NOT EXISTS lstm_forecast;
SET timezone = 'UTC';
CREATE TABLE day AS
SELECT date '2022-01-03' + i AS ts, promo, temperature,
	   CASE WHEN i < 780 THEN 100 + 8 * sin(2 * pi() * i / 7) + 10 * promo + temperature + ((hashint4(i * 31) & 1023) / 1024.0 - 0.5) * 4 END AS value
FROM (SELECT i, ((hashint4(i * 7) & 1023) < 300)::int AS promo, 10 * sin(i / 58.0) AS temperature FROM generate_series(0, 799) AS i) AS drivers;
CREATE TABLE hour AS
SELECT timestamptz '2023-01-01' + i * interval '1 hour' AS ts, (hashint4(i * 3) & 1023) / 1024.0 AS temperature,
	   CASE WHEN i < 6000 THEN 300 + 100 * sin(i * pi() / 12) + 60 * (i / 24 % 7 >= 5)::int + 20 * cos(i / 500.0) + (hashint4(i) & 1023) / 200.0 END AS value
FROM generate_series(0, 6047) AS i;
CREATE TABLE model (number int, name text, source text, model bytea);
INSERT INTO model
SELECT 1, 'days, as chosen', NULL, lstm_train('day', 'ts', 'value', horizon => 14)
UNION ALL SELECT 2, 'days, two drivers', NULL, lstm_train('day', 'ts', 'value', future_columns => '{promo,temperature}', horizon => 14)
UNION ALL SELECT 3, 'days, two drivers and the calendar', NULL, lstm_train('day', 'ts', 'value', future_columns => '{promo,temperature}', horizon => 14, options => '{"calendar": true}')
UNION ALL SELECT 4, 'hours, as chosen', NULL, lstm_train('hour', 'ts', 'value', horizon => 24, options => '{"max_seconds": 30}')
UNION ALL SELECT 5, 'hours, a driver and the calendar', NULL, lstm_train('hour', 'ts', 'value', future_columns => '{temperature}', horizon => 24, options => '{"calendar": true, "max_seconds": 30}')
UNION ALL SELECT 6, 'days, the pretrained network', 'day', lstm_pretrained()
UNION ALL SELECT 7, 'hours, the pretrained network', 'hour', lstm_pretrained()
UNION ALL SELECT 8, 'hours, five networks of 64 units, window 336, a driver and the calendar', NULL, lstm_train('hour', 'ts', 'value', future_columns => '{temperature}', horizon => 48,
	options => '{"calendar": true, "ensemble_size": 5, "hidden_size": 64, "lookback": 336, "max_steps": 20, "start": false, "interval": "none"}')
UNION ALL SELECT 9, 'hours, one network of 128 units, step by step, window 168', NULL, lstm_train('hour', 'ts', 'value', horizon => 24,
	options => '{"ensemble_size": 1, "hidden_size": 128, "lookback": 168, "patch_length": 1, "max_steps": 5, "start": false, "interval": "none"}');
