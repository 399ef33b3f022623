-- Three tables of 10,000 series with a day of hours each, one watched and one with a trigger that does nothing, and forecasts of the next two days.
SET client_min_messages = warning;
CREATE EXTENSION lstm_forecast;
CREATE EXTENSION lstm_registry;
CREATE TABLE plain (sensor int, ts timestamptz, value float8, PRIMARY KEY (sensor, ts));
CREATE TABLE watched (LIKE plain INCLUDING ALL);
INSERT INTO plain SELECT s, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour', 100 FROM generate_series(1, 10000) AS s, generate_series(0, 23) AS i;
INSERT INTO watched SELECT * FROM plain;
CREATE TABLE empty (LIKE plain INCLUDING ALL);
INSERT INTO empty SELECT * FROM plain;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER nothing AFTER INSERT ON empty REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION nothing();
SELECT lstm_define('sensors', 'watched', 'ts', 'value', 'sensor', horizon => 48);
INSERT INTO lstm_ledger (name, series, ts, origin, version, step, forecast, lower, upper)
	SELECT 'sensors', s, timestamptz '2024-01-01 23:00+00' + i * interval '1 hour', '2024-01-01 23:00+00', 1, i, 100, 0, 200
	FROM generate_series(1, 10000) AS s, generate_series(1, 48) AS i;
VACUUM ANALYZE;
SELECT lstm_watch_start('sensors');
CHECKPOINT;
