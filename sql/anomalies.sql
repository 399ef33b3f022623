-- lstm_anomalies: planted events are found where they are, calm rows are not called anomalous more often than asked for, and nothing
-- is known of what comes after a row.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises
\set noise :root '/test/regress/noise.sql'
\i :noise

-- to a float's accuracy: a row is rounded otherwise among other rows; both may be NULL
CREATE FUNCTION near(a float8, b float8) RETURNS bool LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(abs(a - b) <= 1e-3, a IS NOT DISTINCT FROM b) $$;

-- a sensor by the hour with a day's season, trained on its first 600 hours; what comes later has a spike, a dip of three hours, and a
-- level that stays
CREATE TABLE sensor AS
SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts,
       50 + 10 * sin(i * pi() / 12) + g(i, 1)
       + CASE WHEN i = 800 THEN 40 WHEN i BETWEEN 1000 AND 1002 THEN -25 WHEN i >= 1200 THEN 30 ELSE 0 END AS value
FROM generate_series(0, 1439) AS i;
CREATE TABLE models AS
SELECT 'sensor' AS name, lstm_train(ts, value, lstm_options(horizon => 6, ensemble_size => 2, hidden_size => 8, max_steps => 200)) AS model
FROM sensor WHERE i < 600;

-- 1. One row for each row, and what it holds.
CREATE TABLE watched AS
SELECT f.*, (extract(epoch FROM ts - timestamptz '2024-01-01 00:00+00') / 3600)::int AS i
FROM models, lstm_anomalies(model, 'sensor', 'ts', 'value', only_anomalies => false) AS f WHERE name = 'sensor';
SELECT count(*), count(DISTINCT w.ts) AS times, bool_and(series IS NULL) AS unnamed, bool_and(local_ts = w.ts AT TIME ZONE 'UTC') AS local,
       bool_and(actual = value) AS actual
FROM watched AS w JOIN sensor USING (i);
SELECT bool_and(score >= 0 AND score < 1) AS scores, bool_and(anomaly = (score >= 0.99)) AS anomaly, bool_and(anomaly = (event IS NOT NULL)) AS events,
       bool_and(NOT anomaly OR actual <= lower OR actual >= upper) AS outside, bool_and(lower < forecast AND forecast < upper) AS around,
       bool_and(direction = CASE WHEN actual > forecast THEN 'above' ELSE 'below' END) AS direction, bool_and(strength >= 0) AS strength
FROM watched WHERE score IS NOT NULL;
-- the first rows are too few to forecast the next from, or to compare its error with: they are rows all the same, without a verdict
SELECT bool_and(score IS NULL AND anomaly IS NULL AND event IS NULL AND strength IS NULL AND direction IS NULL) AS silent, min(i) = 0 AS first,
       count(*) < 130 AS few
FROM watched WHERE score IS NULL;

-- 2. The events: found at their first row, the others calm.
SELECT i, direction, anomaly, score > 0.999 AS certain, strength > 2 AS strong FROM watched WHERE i IN (800, 1000, 1200) ORDER BY i;
SELECT count(DISTINCT event) AS events_of_the_dip, bool_and(anomaly) AS all_of_it FROM watched WHERE i BETWEEN 1000 AND 1002;
SELECT count(*) FILTER (WHERE anomaly) <= 18 AS calm, count(*) > 1000 AS rows
FROM watched WHERE score IS NOT NULL AND i NOT IN (800) AND i NOT BETWEEN 1000 AND 1002 AND i < 1200;
-- a spike leaves no trace in later forecasts: they err as before
SELECT avg(abs(actual - forecast)) FILTER (WHERE i BETWEEN 801 AND 848) < 1.3 * avg(abs(actual - forecast)) FILTER (WHERE i BETWEEN 700 AND 799) AS no_trace
FROM watched;
-- alarms over a level that stays end within a day
SELECT count(*) FILTER (WHERE anomaly AND i < 1224) >= 3 AS alarms, count(*) FILTER (WHERE anomaly AND i >= 1224) <= 6 AS over FROM watched WHERE i >= 1200;
-- what is strongest is what was planted
SELECT array_agg(i ORDER BY i) FROM (SELECT i FROM watched WHERE strength > 0 ORDER BY strength DESC LIMIT 3) AS strongest;

-- 3. Nothing of a row depends on later ones, whatever they are.
SELECT count(*), bool_and(near(w.forecast, f.forecast) AND near(w.score, f.score) AND near(w.strength, f.strength) AND w.event IS NOT DISTINCT FROM f.event) AS same
FROM models, lstm_anomalies(model, 'SELECT * FROM sensor WHERE i < 801 UNION ALL SELECT i, ts, 1e6 FROM sensor WHERE i = 801', 'ts', 'value', only_anomalies => false) AS f
     JOIN watched AS w USING (ts) WHERE w.i <= 800 AND w.forecast IS NOT NULL;
-- the forecast of a row is that of the model from the rows before it
SELECT abs(f.forecast - w.forecast) < 1e-4 * abs(w.forecast) AS that_of_lstm_forecast
FROM models, lstm_forecast(model, 'SELECT * FROM sensor WHERE i < 700', 'ts', 'value', horizon => 1) AS f JOIN watched AS w USING (ts);
SELECT abs(f.forecast - a.forecast) < 1e-4 * abs(a.forecast) AS four_steps_ahead
FROM models, lstm_forecast(model, 'SELECT * FROM sensor WHERE i < 697', 'ts', 'value', horizon => 4) AS f
     JOIN LATERAL lstm_anomalies(model, 'SELECT * FROM sensor WHERE i < 705', 'ts', 'value', ahead => 4, only_anomalies => false) AS a USING (ts) WHERE f.step = 4;

-- 4. What is asked for: by default anomalies alone; since a time; at another probability.
SELECT count(*) = (SELECT count(*) FROM watched WHERE anomaly) AS anomalies, bool_and(anomaly) AS alone
FROM models, lstm_anomalies(model, 'sensor', 'ts', 'value');
SELECT min(ts) AS first, count(*), bool_and(w.score IS NOT DISTINCT FROM f.score) AS same
FROM models, lstm_anomalies(model, 'sensor', 'ts', 'value', since => '2024-02-20 12:00+00', only_anomalies => false) AS f JOIN watched AS w USING (ts);
SELECT count(*) FILTER (WHERE anomaly) BETWEEN 60 AND 200 AS a_tenth FROM models, lstm_anomalies(model, 'sensor', 'ts', 'value', probability => 0.9, only_anomalies => false);
SELECT count(*) FROM lstm_anomalies(NULL, 'sensor', 'ts', 'value');
SELECT count(*) FROM models, lstm_anomalies(model, 'SELECT * FROM sensor WHERE false', 'ts', 'value');

-- 5. Panels, holes, series that the model does not know, covariates, a model without training.
CREATE TABLE plant AS
SELECT machine, day, load, CASE WHEN machine = 'b' AND i IN (20, 21, 150) THEN NULL ELSE size * (10 + 4 * load + 0.3 * g(i, size)) + CASE WHEN machine = 'c' AND i = 170 THEN 60 ELSE 0 END END AS power
FROM (VALUES ('a', 1), ('b', 3), ('c', 2)) AS machines (machine, size), (SELECT i, date '2024-01-01' + i AS day, u(i, 9) AS load FROM generate_series(0, 199) AS i) AS days;
INSERT INTO models
SELECT 'plant', lstm_train('SELECT * FROM plant WHERE machine <> ''c'' AND day < ''2024-05-01''', 'day', 'power', 'machine', future_columns => ARRAY['load'],
                           options => lstm_options(horizon => 5, ensemble_size => 1, hidden_size => 8, max_steps => 300));
SELECT series, count(*) FILTER (WHERE score IS NOT NULL) > 100 AS judged, count(*) AS rows, bool_or(anomaly AND ts::date = '2024-06-19' AND direction = 'above') AS found
FROM models, lstm_anomalies(model, 'plant', 'day', 'power', 'machine', future_columns => ARRAY['load'], only_anomalies => false) WHERE name = 'plant'
GROUP BY series ORDER BY series;
-- the load explains the power: a day of much power under much load is none
SELECT count(*) AS of_the_others FROM models, lstm_anomalies(model, 'plant', 'day', 'power', 'machine', future_columns => ARRAY['load'], probability => 0.9999) WHERE name = 'plant' AND strength > 2.5;
SELECT i, direction FROM lstm_anomalies(lstm_pretrained(), 'SELECT * FROM sensor WHERE i BETWEEN 600 AND 1100', 'ts', 'value', probability => 0.999) AS f JOIN sensor USING (ts)
WHERE strength > 2 AND i IN (800, 1000) ORDER BY i;

-- 6. Series in which nothing happens, and steps of many zeros.
SELECT count(*) FILTER (WHERE anomaly) AS anomalies, count(score) > 50 AS judged
FROM lstm_anomalies(lstm_pretrained(), 'SELECT ts, 5 AS value FROM sensor WHERE i < 200', 'ts', 'value', only_anomalies => false);
SELECT count(*) FILTER (WHERE anomaly) <= 8 AS calm, bool_and(lower >= -3) AS lower
FROM lstm_anomalies(lstm_pretrained(), 'SELECT ts, CASE WHEN u(i, 3) < 0.1 THEN 1 + i % 3 ELSE 0 END AS value FROM sensor WHERE i < 400', 'ts', 'value', only_anomalies => false);

-- 7. Too little history says so instead of alarming.
SET client_min_messages = notice;
SELECT count(*) AS rows, count(score) AS judged FROM lstm_anomalies(lstm_pretrained(), 'SELECT * FROM sensor WHERE i < 12', 'ts', 'value', only_anomalies => false);
SET client_min_messages = warning;

-- 8. Errors come before any work.
CREATE FUNCTION asked(more text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE sql AS
$$ SELECT (raises('SELECT * FROM models, lstm_anomalies(model, ' || more || ') WHERE name = ''sensor''')).* $$;
SELECT (asked('NULL, ''ts'', ''value''')).*;
SELECT (asked('''sensor'', ''ts'', NULL')).*;
SELECT code, message FROM asked('''sensor'', ''ts'', ''nothing''');
SELECT code, message FROM asked('''nowhere'', ''ts'', ''value''');
SELECT (asked('''sensor'', ''ts'', ''value'', probability => 1')).*;
SELECT code, detail FROM asked('''sensor'', ''ts'', ''value'', probability => ''NaN''');
SELECT code, detail FROM asked('''sensor'', ''ts'', ''value'', probability => 0');
SELECT (asked('''sensor'', ''ts'', ''value'', ahead => 7')).*;
SELECT code, message, detail FROM asked('''sensor'', ''ts'', ''value'', ahead => 0');
SELECT code, message FROM asked('''SELECT ts, ''''NaN''''::float8 AS value FROM sensor'', ''ts'', ''value''');
SELECT code, message FROM asked('''SELECT * FROM sensor UNION ALL SELECT * FROM sensor'', ''ts'', ''value''');
SELECT code, message FROM asked('''sensor'', NULL, ''value''');
SELECT code FROM raises('SELECT * FROM lstm_anomalies(''\x00'', ''sensor'', ''ts'', ''value'')');
SELECT (raises('SELECT * FROM lstm_anomalies(lstm_train(1.0::float8 * v), ''sensor'', ''ts'', ''value'') FROM generate_series(1, 50) AS v')).code;
INSERT INTO models SELECT 'timeless', lstm_train(v * 1.0) FROM generate_series(1, 60) AS v;
SELECT (raises('SELECT f.* FROM models, lstm_anomalies(model, ''SELECT value FROM sensor ORDER BY i'', NULL, ''value'') AS f WHERE name = ''timeless''')).*;
CREATE ROLE lstm_anomalies_stranger;
GRANT SELECT ON models TO lstm_anomalies_stranger;
SET ROLE lstm_anomalies_stranger;
SELECT code, message FROM asked('''sensor'', ''ts'', ''value''');
RESET ROLE;
DROP OWNED BY lstm_anomalies_stranger;
DROP ROLE lstm_anomalies_stranger;
SET lstm_forecast.max_memory = '1MB';
SELECT code, message FROM asked('''sensor'', ''ts'', ''value''');
SELECT code, message FROM asked('''SELECT timestamptz ''''2024-01-01 00:00+00'''' + i * interval ''''1 hour'''' AS ts, 1.0 AS value FROM generate_series(1, 12000) AS i'', ''ts'', ''value''');
RESET lstm_forecast.max_memory;

DROP TABLE sensor, models, watched, plant;
DROP FUNCTION raises, near, asked, u, g;
