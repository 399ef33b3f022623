-- What the ledger says of forecasts that have become worse, and intervals that adapt.
SET client_min_messages = warning;
CREATE EXTENSION lstm_registry;
SET timezone = 'UTC';
CREATE SCHEMA drift_test;
SET search_path = drift_test, public;
\getenv root PG_ABS_SRCDIR
\set noise :root '/test/regress/noise.sql'
\i :noise
\set SHOW_CONTEXT never
CREATE TABLE reading (day date, value float8);

/*
 * Streams of forecasts a day ahead: of a series of noise, with the naive forecast of the day before and intervals of 90 %. From
 * day 100 on, the errors of "worse" are twice as large; "wild" is so altogether, and "panel" has 25 series.
 */
CREATE TABLE stream AS
	SELECT kind || ' ' || k AS name, kind, CASE kind WHEN 'stable' THEN 0 WHEN 'worse' THEN 100 WHEN 'wild' THEN 200 ELSE 300 END + k AS seed,
		CASE kind WHEN 'panel' THEN 25 ELSE 1 END AS series
	FROM unnest('{stable,worse,wild,panel}'::text[]) AS kind, generate_series(1, 12) AS k WHERE kind <> 'panel' OR k <= 3;
INSERT INTO lstm_definition (name, search_path, time_zone) SELECT name, '', 'UTC' FROM stream;
INSERT INTO lstm_version (name, version, model, info, skill, bytes) SELECT name, 1, '', '{}', 0.3, 0 FROM stream;
UPDATE lstm_definition SET version = 1;
CREATE TABLE outcome AS
	SELECT s.name, s.kind, k AS series, i, g(i, s.seed * 100 + k * 2) * CASE WHEN s.kind = 'wild' AND i >= 100 THEN 2 ELSE 1 END AS value
	FROM stream AS s, generate_series(1, s.series) AS k, generate_series(0, 140) AS i;
CREATE INDEX ON outcome (i);
ANALYZE outcome;
CREATE FUNCTION forecast(i int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO lstm_ledger (name, series, ts, origin, version, step, confidence_level, forecast, lower, upper, naive, actual)
		SELECT o.name, o.series, day, day - interval '1 day', 1, 1, 0.9, f, f - 1.645, f + 1.645, p.value, o.value
		FROM outcome AS o JOIN outcome AS p ON p.i = forecast.i - 1 AND p.name = o.name AND p.series = o.series,
			LATERAL (SELECT timestamptz '2024-01-01' + o.i * interval '1 day', CASE WHEN o.kind = 'worse' AND o.i >= 100 THEN -o.value ELSE 0 END) AS f (day, f)
		WHERE o.i = forecast.i
$$;
CREATE TABLE verdict (i int, name text, drift text, advice text);
DO $$
BEGIN
	FOR i IN 1 .. 140 LOOP
		PERFORM forecast(i);
		IF i IN (1, 27) OR i % 4 = 0 OR i >= 100 THEN
			INSERT INTO verdict SELECT i, name, drift, advice FROM lstm_drift;
		END IF;
	END LOOP;
END $$;

-- nothing is said before there is something to say
SELECT i, drift, advice FROM verdict WHERE name = 'stable 1' AND i IN (1, 27, 28) ORDER BY i;

-- forecasts that are as ever are hardly said to drift
SELECT kind, count(*) FILTER (WHERE drift = 'drift') <= 0.01 * count(*) AS drift_is_rare, count(*) FILTER (WHERE drift = 'slight') <= 0.05 * count(*) AS slight_is_rare,
	   count(DISTINCT name) FILTER (WHERE drift = 'drift') <= 1 AS one_stream_at_most
FROM verdict JOIN stream USING (name) WHERE drift <> 'too early' AND (kind IN ('stable', 'panel') OR i < 100) GROUP BY kind ORDER BY kind;

-- errors that have doubled are noticed in about two weeks: by the error where the naive forecast's has not, else by the intervals
SELECT kind, count(*) AS noticed, percentile_disc(0.5) WITHIN GROUP (ORDER BY days) <= 16 AS half_in_two_weeks, max(days) <= 41 AS all
FROM (SELECT kind, name, min(i) - 99 AS days FROM verdict JOIN stream USING (name) WHERE i >= 100 AND drift = 'drift' GROUP BY kind, name) AS d
WHERE kind IN ('worse', 'wild') GROUP BY kind ORDER BY kind;
SELECT kind, left(regexp_replace(advice, '[0-9.]+', 'N', 'g'), 60) AS advice, count(*) FROM verdict JOIN stream USING (name)
WHERE i = 130 AND drift = 'drift' AND kind IN ('worse', 'wild') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT DISTINCT kind, version, month, forecasts, drift FROM lstm_live_accuracy JOIN stream USING (name) WHERE name IN ('panel 1', 'worse 1') ORDER BY kind, month;

-- a version that held-out windows praised, and a naive forecast that is as good
UPDATE lstm_version SET skill = 0.8 WHERE name IN ('stable 2', 'panel 1');
SELECT name, drift, regexp_replace(advice, '[0-9.]+', 'N', 'g') AS advice FROM lstm_drift WHERE name = 'panel 1';
UPDATE lstm_ledger SET naive = forecast WHERE name = 'panel 2';
SELECT drift, advice, round(recent_skill) AS skill FROM lstm_drift WHERE name = 'panel 2';
-- intervals that hold everything; a version that was promoted just now
UPDATE lstm_ledger SET lower = -99, upper = 99 WHERE name = 'panel 3';
SELECT drift, regexp_replace(advice, '[0-9.]+', 'N', 'g') AS advice, recent_coverage, first_skill BETWEEN 0.2 AND 0.4 AS first_skill, held_out_skill FROM lstm_drift WHERE name = 'panel 3';
INSERT INTO lstm_version (name, version, model, info, skill, bytes) VALUES ('panel 3', 2, '', '{}', 0.3, 0);
UPDATE lstm_definition SET version = 2 WHERE name = 'panel 3';
SELECT version, days, drift, advice, recent_skill FROM lstm_drift WHERE name = 'panel 3';
SELECT DISTINCT version, drift, advice FROM lstm_live_accuracy WHERE name = 'panel 3';
-- errors of neither, forecasts without intervals, and of one day
UPDATE lstm_ledger SET naive = actual, forecast = actual, lower = NULL, upper = NULL WHERE name = 'stable 1';
SELECT drift, advice, recent_skill, recent_coverage FROM lstm_drift WHERE name = 'stable 1';
SELECT DISTINCT mae, naive_mae, skill, coverage, confidence_level FROM lstm_live_accuracy WHERE name = 'stable 1';
DELETE FROM lstm_ledger WHERE name = 'stable 2' AND ts > '2024-01-02';
SELECT days, drift, advice FROM lstm_drift WHERE name = 'stable 2';
-- months are looked at a year at a time
INSERT INTO lstm_ledger (name, ts, origin, version, step, confidence_level, forecast, lower, upper, naive, actual)
	SELECT 'stable 2', m + interval '1 month', m, 1, 1, 0.9, 0, -2, 2, 2, CASE WHEN m >= '2029-01-01' THEN 3 ELSE 1 + u(extract(month FROM m)::int, 1) / 10 END
	FROM generate_series(timestamptz '2024-02-01', '2029-12-01', '1 month') AS m;
DELETE FROM lstm_ledger WHERE name = 'stable 2' AND ts = '2024-01-02';
SELECT days, drift, regexp_replace(advice, '[0-9.]+', 'N', 'g') AS advice FROM lstm_drift WHERE name = 'stable 2';
DELETE FROM lstm_definition;
SELECT count(*) FROM lstm_ledger_day;

-- Intervals that adapt: around noise that spreads twice as much from night 100 on, which this network does not see.
CREATE FUNCTION noise_of(i int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT 100 + g(i, 7) * CASE WHEN i >= 500 THEN 2 ELSE 1 END $$;
INSERT INTO reading SELECT date '2024-01-01' + i, noise_of(i) FROM generate_series(0, 399) AS i;
SELECT lstm_define('fixed', 'reading', 'day', 'value', horizon => 1), lstm_define('adaptive', 'reading', 'day', 'value', horizon => 1);
SELECT lstm_adapt('adaptive', 0.05);
WITH trained AS MATERIALIZED (
	SELECT lstm_train('reading', 'day', 'value', horizon => 1, options => '{"interval": "model", "loss": "gaussian", "max_steps": 100,
		"normalization": "standard", "linear_skip": false, "ensemble_size": 1, "hidden_size": 4}') AS model)
SELECT name, v.version FROM trained, unnest('{fixed,adaptive}'::text[]) AS name, lstm_registry_store(name, model, 'always', NULL) AS v;
DO $$
BEGIN
	FOR i IN 400 .. 700 LOOP
		PERFORM lstm_record('fixed', confidence_level => 0.9), lstm_record('adaptive', confidence_level => 0.9);
		INSERT INTO reading VALUES (date '2024-01-01' + i, noise_of(i));
		PERFORM lstm_settle();
	END LOOP;
END $$;
CREATE VIEW night AS
	SELECT l.*, local_ts::date - date '2024-01-01' - 400 AS night, upper - lower AS width FROM lstm_ledger AS l;
SELECT name, CASE WHEN night < 100 THEN 'stable' WHEN night < 150 THEN 'just wider' ELSE 'wider' END AS noise,
	   abs(avg((actual BETWEEN lower AND upper)::int) - 0.9) <= 0.02 AS "90 +- 2", avg((actual BETWEEN lower AND upper)::int) < 0.6 AS "less than 60",
	   avg(confidence_level)::numeric(3, 2) AS promised
FROM night GROUP BY 1, 2 ORDER BY 1, min(night);
SELECT (avg(width) FILTER (WHERE name = 'adaptive') / avg(width) FILTER (WHERE name = 'fixed'))::numeric(3, 1) AS width_of_stable FROM night WHERE night < 100;
SELECT name, bool_and(interval_level = confidence_level) AS as_promised, min(interval_level) >= 0.5 AND max(interval_level) <= 0.999 AS in_range,
	   bool_and(lower <= forecast AND forecast <= upper) AS around FROM lstm_ledger GROUP BY name ORDER BY name;
SELECT name, adaptive_rate, adaptive_shift < 0 AS wider, adaptive_until FROM lstm_definition ORDER BY name;
SELECT name, drift FROM lstm_drift ORDER BY name;

-- turned off, the interval is the model's own; turned on, what went before has no part in it
SELECT lstm_adapt('adaptive', NULL), lstm_adapt('fixed');
SELECT name, adaptive_rate, adaptive_shift, adaptive_until FROM lstm_definition ORDER BY name;
SELECT lstm_record('adaptive', confidence_level => 0.9), lstm_record('fixed', confidence_level => 0.9);
SELECT name, interval_level, interval_level = confidence_level AS as_promised FROM lstm_ledger WHERE actual IS NULL ORDER BY name;
SELECT lstm_adapt('fixed', 0.1);
SELECT adaptive_rate, adaptive_until FROM lstm_definition WHERE name = 'fixed';

DROP EXTENSION lstm_registry CASCADE;
DROP SCHEMA drift_test CASCADE;
