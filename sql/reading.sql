-- Rows in whatever order they come: the model is the same.
SET client_min_messages = warning;
CREATE TABLE reading (kind text, ts timestamptz, value float8);
SET timezone = 'America/New_York';
INSERT INTO reading
	SELECT 'hourly', timestamptz '2024-01-01' + i * interval '1 hour', 50 + 10 * sin(i * pi() / 12) + i % 7
	FROM generate_series(0, 599) AS i;
INSERT INTO reading
	SELECT 'holes', ts, value FROM reading WHERE kind = 'hourly' AND extract(epoch FROM ts)::bigint / 3600 % 41 > 2;
INSERT INTO reading
	SELECT 'nulls', ts, CASE WHEN extract(epoch FROM ts)::bigint / 3600 % 41 > 2 THEN value END
	FROM reading WHERE kind = 'hourly';
INSERT INTO reading
	SELECT 'daily', date '2023-01-01' + i, 50 + i % 7 + sin(i) FROM generate_series(0, 499) AS i;
INSERT INTO reading
	SELECT 'business days', ts, value FROM reading WHERE kind = 'daily' AND extract(isodow FROM ts) < 6;
INSERT INTO reading
	SELECT 'months', timestamptz '1980-01-31' + i * interval '1 month', 50 + i % 12 + sin(i)
	FROM generate_series(0, 299) AS i;
INSERT INTO reading
	SELECT 'irregular', timestamptz '2024-01-01' + (i * 60 + i * i % 47) * interval '1 second', 50 + sin(i / 5.0)
	FROM generate_series(0, 399) AS i;

CREATE TABLE model AS
	SELECT kind, lstm_train(ts, value, '{"max_steps": 2, "ensemble_size": 2, "hidden_size": 4, "workers": 1}' ORDER BY ts) AS model
	FROM reading GROUP BY kind;
SELECT kind, lstm_model_info(model) ->> 'frequency' AS frequency, lstm_model_info(model) ->> 'missing' AS missing
FROM model ORDER BY kind COLLATE "C";

CREATE VIEW orders AS
	SELECT 1 AS number, 'backwards' AS name UNION ALL SELECT 2, 'halves' UNION ALL SELECT 3, 'pieces'
	UNION ALL SELECT 4, 'two by turns' UNION ALL SELECT 5, 'shuffled';
CREATE VIEW arrival AS
	SELECT number, name, kind, ts, value
	FROM (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY ts) AS row FROM reading) AS numbered, orders
	ORDER BY kind, number, CASE number
		WHEN 1 THEN -row
		WHEN 2 THEN (row + 250) % 600
		WHEN 3 THEN (row / 20 * 7 % 31) * 1000 + row
		WHEN 4 THEN row % 2 * 1000 + row
		ELSE ('x' || substr(md5(row::text), 1, 8))::bit(32)::int
	END;
SELECT name, count(*) AS kinds, bool_and(again.model = model.model) AS same
FROM (SELECT name, kind, lstm_train(ts, value, '{"max_steps": 2, "ensemble_size": 2, "hidden_size": 4, "workers": 1}') AS model
	  FROM arrival GROUP BY number, name, kind) AS again JOIN model USING (kind)
GROUP BY name ORDER BY name COLLATE "C";

-- ... also when rows are asked for again after more have come, as a window does
SELECT name, bool_and(again = model.model) AS same
FROM (SELECT name, kind, part,
			 lstm_train(ts, value, '{"max_steps": 2, "ensemble_size": 2, "hidden_size": 4, "workers": 1}')
				 OVER (PARTITION BY name, kind ORDER BY part) AS again
	  FROM (SELECT name, kind, ts, value, ntile(2) OVER (PARTITION BY name, kind) AS part
			FROM arrival WHERE kind IN ('hourly', 'months') AND number IN (2, 3)) AS parts) AS windows
	JOIN model USING (kind)
WHERE part = 2
GROUP BY name ORDER BY name COLLATE "C";

-- Names of series do not depend on how their type keeps them.
CREATE TABLE named AS
	SELECT shop, ts, value + shop AS value FROM reading, (VALUES (-3), (12), (700)) AS shops (shop)
	WHERE kind = 'hourly' ORDER BY ts, shop;
CREATE FUNCTION train_named(type text) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	model bytea;
BEGIN
	EXECUTE format('SELECT lstm_train(shop::%s, ts, value, ''{"max_steps": 2, "ensemble_size": 1, "hidden_size": 4}'') FROM named', type)
		INTO model;
	RETURN model;
END
$$;
SELECT type, train_named(type) = train_named('text') AS same
FROM unnest(ARRAY['int2', 'int4', 'int8', 'numeric', 'float4', 'varchar', 'name']) AS type;
SELECT '<' || series || '>' AS shop, count(*) AS steps
FROM lstm_forecast(train_named('char(4)'), 2) GROUP BY series ORDER BY series COLLATE "C";
SELECT lstm_train('named', 'ts', 'value', 'shop', options => '{"max_steps": 2, "ensemble_size": 1, "hidden_size": 4}') = train_named('text')
	AS same;

DROP FUNCTION train_named;
DROP VIEW arrival, orders;
DROP TABLE reading, model, named;
RESET timezone;
RESET client_min_messages;
