-- Forecasting from the model, from fresh history, and over a source.
SET client_min_messages = warning;
SET timezone = 'UTC';

CREATE TABLE readings AS
SELECT timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts,
       20 + 5 * sin(2 * pi() * i / 24) + (hashint4(i) % 1000) / 1000.0 AS value
FROM generate_series(0, 599) AS i;
CREATE TABLE models AS
SELECT lstm_train(ts, value, lstm_options(horizon => 12)) AS model FROM readings;

-- from the end of the data that the model saw
SELECT f.series, f.step, f.ts,
       abs(f.forecast - (20 + 5 * sin(2 * pi() * (599 + f.step) / 24))) < 2 AS close,
       f.lower < f.forecast AND f.forecast < f.upper AS inside, f.quantiles
FROM models, lstm_forecast(model) AS f;

-- a shorter and a longer horizon agree on the steps they share
SELECT count(*), bool_and(a.forecast = b.forecast) AS same, bool_and(a.lower = b.lower) AS same_lower
FROM models, lstm_forecast(model, 5) AS a JOIN lstm_forecast(model, horizon => 30) AS b USING (step, ts);
SET client_min_messages = notice;
SELECT count(*), max(f.ts), bool_and(forecast BETWEEN 5 AND 35) AS finite FROM models, lstm_forecast(model, 30) AS f;
SET client_min_messages = warning;

-- intervals widen with the level, quantiles come in the order asked for
SELECT bool_and(w.lower <= n.lower AND n.upper <= w.upper) AS wider,
       bool_and(q.quantiles[1] <= q.quantiles[2] AND q.quantiles[2] <= q.quantiles[3]) AS ordered,
       bool_and(abs(q.quantiles[1] - n.lower) < 1e-9 AND abs(q.quantiles[3] - n.upper) < 1e-9) AS agree
FROM models,
     lstm_forecast(model, confidence_level => 0.8) AS n
     JOIN lstm_forecast(model, confidence_level => 0.95) AS w USING (step)
     JOIN lstm_forecast(model, quantiles => ARRAY[0.1, 0.5, 0.9]) AS q USING (step);
SELECT bool_and(f.lower IS NULL AND f.upper IS NULL AND f.quantiles IS NULL) AS none
FROM lstm_forecast((SELECT lstm_train(ts, value, lstm_options("interval" => 'none', max_steps => 5)) FROM readings)) AS f;

-- positive values that come near zero: intervals stay in proportion, and hold the forecast
CREATE TABLE near_zero AS
SELECT timestamptz '2024-01-01' + i * interval '1 day' AS ts,
       greatest(20 * sin(2 * pi() * i / 60), 0) + 0.01 + (hashint4(i) & 1023) / 1000.0 AS value
FROM generate_series(1, 600) AS i;
SELECT bool_and(f.lower <= f.forecast AND f.forecast <= f.upper) AS inside, bool_and(f.upper < 200) AS in_proportion
FROM lstm_forecast((SELECT lstm_train(ts, value) FROM near_zero)) AS f;
DROP TABLE near_zero;

-- a constant series has constant forecasts and no width
SELECT DISTINCT f.forecast = 5 AS five, f.lower = 5 AS lower, f.upper = 5 AS upper
FROM lstm_forecast((SELECT lstm_train(5) FROM generate_series(1, 100))) AS f;

-- the same history afresh gives the same forecasts: as an aggregate and over a source
SELECT bool_and(a.forecast = b.forecast AND a.forecast = c.forecast AND a.ts = b.ts AND a.ts = c.ts AND a.lower = c.lower) AS same
FROM models,
     lstm_forecast(model) AS a
     JOIN unnest((SELECT lstm_forecast(model, ts, value) FROM models, readings)) AS b USING (step)
     JOIN lstm_forecast((SELECT model FROM models), 'readings', 'ts', 'value') AS c USING (step);
-- values alone: of a model without timestamps the same; one with timestamps refuses them
SELECT bool_and(a.forecast = b.forecast AND a.lower = b.lower) AS same, bool_and(b.ts IS NULL AND b.local_ts IS NULL) AS no_time
FROM (SELECT lstm_train(value, lstm_options(horizon => 6, max_steps => 20) ORDER BY ts) AS model FROM readings) AS m,
     LATERAL lstm_forecast(model) AS a
     JOIN LATERAL unnest((SELECT lstm_forecast_values(model, value ORDER BY ts) FROM readings)) AS b USING (step);
SELECT lstm_forecast_values(model, value ORDER BY ts) FROM models, readings GROUP BY model;
SELECT * FROM models, lstm_forecast(model, 'readings', NULL, 'value');
-- later and earlier rows move the forecast
SELECT min(f.ts), max(f.ts)
FROM models, LATERAL (SELECT lstm_forecast(model, ts, value) AS rows FROM readings WHERE ts < '2024-01-10') AS h, unnest(h.rows) AS f;
-- by group, with LATERAL; a history shorter than the lookback will do
SELECT part, count(*), min(f.ts)
FROM models,
     LATERAL (SELECT extract(day FROM ts)::int % 2 AS part, lstm_forecast(model, ts, value) AS rows
              FROM readings WHERE ts < '2024-01-03' GROUP BY 1) AS g,
     unnest(g.rows) AS f
GROUP BY part ORDER BY part;
-- over a SELECT, with a horizon
SELECT count(*), min(ts) FROM lstm_forecast((SELECT model FROM models), 'SELECT * FROM readings WHERE ts < ''2024-01-20''', 'ts', 'value', horizon => 3);
-- the model of every row may be stored in a way of its own
SELECT count(*), bool_and(a.forecast = b.forecast) AS same
FROM models, lstm_forecast(model) AS a
	 JOIN unnest((SELECT lstm_forecast(CASE WHEN extract(hour FROM ts) < 12 THEN model ELSE model || ''::bytea END, ts, value) FROM models, readings)) AS b USING (step);
SELECT lstm_forecast(CASE WHEN extract(hour FROM ts) < 12 THEN model ELSE set_byte(model, 100, 0) END, ts, value) FROM models, readings;

-- nothing in, nothing out
SELECT count(*) FROM lstm_forecast(NULL::bytea);
SELECT lstm_forecast(model, ts, value) IS NULL AS none FROM models, readings WHERE false;
SELECT lstm_forecast(NULL::bytea, ts, value) IS NULL AS none FROM readings;
SELECT count(*) FROM lstm_forecast((SELECT model FROM models), 'SELECT * FROM readings WHERE false', 'ts', 'value');

-- a prepared statement and a lateral join over several models parse each once
PREPARE forecast AS SELECT count(*) FROM models m, generate_series(1, 3) AS g, lstm_forecast(m.model, g) AS f;
EXECUTE forecast;
EXECUTE forecast;

-- read-only
BEGIN READ ONLY;
SELECT count(*) FROM models, lstm_forecast(model);
COMMIT;

-- what the planner is told
SELECT oid::regprocedure AS function, provolatile, proparallel, procost > 1 AS cost, prorows
FROM pg_proc WHERE proname = 'lstm_forecast' AND prokind = 'f' ORDER BY oid::regprocedure::text COLLATE "C";

DROP TABLE models, readings;
