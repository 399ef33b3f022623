-- What bench/forecast/run measures on: one series with its models, and a panel.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION lstm_forecast;

-- Weights do not compress: stored out of line as they are, a model is read fastest.
CREATE TABLE models (name text PRIMARY KEY, model bytea);
ALTER TABLE models ALTER model SET STORAGE EXTERNAL;

CREATE TABLE reading (
	sensor int,
	ts timestamptz,
	value float8,
	PRIMARY KEY (sensor, ts)
);
INSERT INTO reading
	SELECT sensor, '2024-03-01'::timestamptz + i * interval '1 hour',
		   20 + sensor + 5 * sin(i * 2 * pi() / 24) + i / 100.0 + 0.3 * sin(i * i)
	FROM generate_series(1, 20) AS sensor, generate_series(1, 1000) AS i;

-- What is the same for all networks: those that the peer can be given as well.
CREATE FUNCTION network(horizon int, patch_length int, decoder text, seed int DEFAULT 0, max_steps int DEFAULT 50) RETURNS jsonb
LANGUAGE sql AS $$
	SELECT lstm_options(horizon => horizon, lookback => 48, hidden_size => 64, ensemble_size => 1, patch_length => patch_length,
						decoder => decoder, normalization => 'last', transform => 'none', seasonal_skip => false,
						max_steps => max_steps, seed => seed, workers => 1)
$$;

INSERT INTO models
	SELECT 'network', lstm_train(ts, value, network(24, 1, 'direct')) FROM reading WHERE sensor = 1;
INSERT INTO models
	SELECT 'patches', lstm_train(ts, value, network(24, 24, 'parallel')) FROM reading WHERE sensor = 1;
INSERT INTO models
	SELECT 'ensemble', lstm_train(ts, value, lstm_options(horizon => 24, hidden_size => 64, max_steps => 50)) FROM reading WHERE sensor = 1;

-- More models than a session keeps, so that each is seen for the first time again in every round.
INSERT INTO models
	SELECT 'network ' || seed, lstm_train(ts, value, network(24, 1, 'direct', seed, 2))
	FROM reading, generate_series(0, :models - 1) AS seed WHERE sensor = 1 GROUP BY seed;
INSERT INTO models
	SELECT 'patches ' || seed, lstm_train(ts, value, network(24, 24, 'parallel', seed, 2))
	FROM reading, generate_series(0, :models - 1) AS seed WHERE sensor = 1 GROUP BY seed;

CREATE TABLE panel (
	series int,
	ts timestamptz,
	value float8,
	PRIMARY KEY (series, ts)
);
INSERT INTO panel
	SELECT series, '2024-03-01'::timestamptz + i * interval '1 hour',
		   50 + series % 100 + (5 + series % 7) * sin(2 * pi() * (i + series) / 24) + (hashint4(i * 10007 + series) & 1023) / 512.0
	FROM generate_series(1, :series) AS series, generate_series(0, 191) AS i;
INSERT INTO models
	SELECT 'panel', lstm_train(series, ts, value, network(48, 1, 'direct')) FROM panel;
-- the newest rows of every series, which are what the network reads
CREATE TABLE latest (LIKE panel INCLUDING INDEXES);
INSERT INTO latest
	SELECT * FROM panel WHERE ts >= '2024-03-07 00:00+00' ORDER BY series, ts;
VACUUM ANALYZE;
