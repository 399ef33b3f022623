-- Settings, tables and models for the long hunts.
ALTER SYSTEM SET max_connections = 100;
ALTER SYSTEM SET max_worker_processes = 16;
ALTER SYSTEM SET client_connection_check_interval = '20ms';
SET client_min_messages = warning;
CREATE EXTENSION lstm_forecast;
LOAD 'lstm_forecast'; -- its settings are known now
ALTER SYSTEM SET lstm_forecast.max_memory = '12GB'; -- what the largest network takes while it is trained

CREATE TABLE reading AS
SELECT series, timestamptz '2024-01-01' + i * interval '1 hour' AS ts,
       100 + series + 10 * sin(i * 2 * pi() / 24) + (hashint4(i * 31 + series) & 255) / 256.0 AS value
FROM generate_series(1, 20) AS series, generate_series(0, 999) AS i;

-- what came after the models were trained
CREATE TABLE later AS
SELECT timestamptz '2024-01-01' + i * interval '1 hour' AS ts, 101 + 10 * sin(i * 2 * pi() / 24) + (hashint4(i * 31 + 1) & 255) / 256.0 AS value
FROM generate_series(0, 1999) AS i;

CREATE TABLE long AS
SELECT timestamptz '2000-01-01' + i * interval '1 minute' AS ts, 'series ' || i % 1000 AS series, sin(i / 100.0) + random() AS value
FROM generate_series(1, 3000000) AS i;

CREATE TABLE model (id int PRIMARY KEY, version int, model bytea);
INSERT INTO model
SELECT series, 0, lstm_train(ts, value, lstm_options(max_steps => 10, ensemble_size => 1 + series % 3, horizon => 12,
                                                     cell => (ARRAY['lstm', 'gru', 'rnn'])[1 + series % 3]))
FROM reading GROUP BY series;
INSERT INTO model
SELECT 0, 0, lstm_train(series, ts, value, lstm_options(max_steps => 10, ensemble_size => 1, horizon => 12)) FROM reading;

-- forecasts that take long: of a wide network, far ahead, fed back; and of many series
CREATE TABLE slow AS
SELECT 'wide' AS name, lstm_train(ts, value, lstm_options(hidden_size => 1024, num_layers => 2, lookback => 336, horizon => 2, patch_length => 1,
                                                      max_steps => 1, ensemble_size => 1, validation_fraction => 0)) AS model
FROM reading WHERE series = 1;
INSERT INTO slow
SELECT 'panel', lstm_train(s, ts, value, lstm_options(max_steps => 1, horizon => 48))
FROM (SELECT series * 1000 + copy AS s, ts, value FROM reading, generate_series(1, 200) AS copy WHERE ts < '2024-01-06') AS many;
VACUUM ANALYZE;
