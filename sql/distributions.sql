-- Losses that give a distribution, intervals of every kind, quantiles, and networks that differ as the user says.
SET client_min_messages = warning;
SET timezone = 'UTC';

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

CREATE FUNCTION small(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 6, lookback => 24, hidden_size => 8, ensemble_size => 2, max_steps => 120) || more $$;

-- noise that is wide by day and narrow by night, its level another in each series
CREATE TABLE demand AS
SELECT name, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, i,
       (1 + s) * (20 + 4 * sin(2 * pi() * i / 24) + (hashint8(1000 * s + i) & 1023) / 1024.0 * CASE WHEN i % 24 < 12 THEN 8 ELSE 1 END) AS value
FROM unnest(ARRAY['a', 'b', 'c']) WITH ORDINALITY AS series (name, s), generate_series(0, 500) AS i;

-- 1. Every loss trains, with every kind of interval.
CREATE TABLE models AS
SELECT loss, method, lstm_train(name, ts, value, small(jsonb_build_object('loss', loss, 'interval', method))) AS model
FROM demand, unnest(ARRAY['mae', 'mse', 'huber', 'quantile', 'gaussian', 'student_t']) AS loss, unnest(ARRAY['conformal', 'model', 'none']) AS method
WHERE method <> 'model' OR loss IN ('quantile', 'gaussian', 'student_t')
GROUP BY loss, method;
SELECT loss, method, info->'options'->>'loss' = loss AND info->'options'->>'interval' = method AND info->'members'->1->>'loss' = loss AS kept,
       (info->>'calibration_points')::int > 0 AS calibrated, bool_and(f.lower < f.forecast AND f.forecast < f.upper) AS inside,
       bool_and(abs(f.forecast - expected) < 0.25 * expected) AS close, count(*)
FROM models, lstm_model_info(model) AS info, lstm_forecast(model, confidence_level => 0.9) AS f,
     LATERAL (SELECT (ascii(f.series) - 95) * (22 + 4 * sin(2 * pi() * (500 + f.step) / 24)) AS expected) AS truth
GROUP BY loss, method, info ORDER BY loss, method;

-- the way of the intervals changes nothing about the forecast
SELECT loss, count(DISTINCT forecasts) AS different
FROM (SELECT loss, method, array_agg(forecast ORDER BY series, step) AS forecasts FROM models, lstm_forecast(model) GROUP BY loss, method) AS all_of_them
GROUP BY loss ORDER BY loss;

-- 2. Quantiles never cross, whatever the loss, the series, the step (those that feed on forecasts, too) and the level.
CREATE TABLE crossing AS
SELECT loss, method, f.series, f.step, f.quantiles
FROM models, lstm_forecast(model, 10, quantiles => (SELECT array_agg(i / 500.0 ORDER BY i) FROM generate_series(1, 499) AS i)) AS f
WHERE method <> 'none';
SELECT loss, method, count(*) AS rows,
       bool_and((SELECT count(*) = 498 AND bool_and(quantiles[i] <= quantiles[i + 1]) FROM generate_series(1, 498) AS i)) AS ascending,
       bool_and(quantiles[1] < quantiles[499]) AS wide
FROM crossing GROUP BY loss, method ORDER BY loss, method;
-- also beyond the levels that the networks have learned, and close to 0 and 1
SELECT loss, method, bool_and(q[1] <= q[2] AND q[2] <= q[3] AND q[3] < q[4] AND q[4] <= q[5] AND q[5] <= q[6]) AS ascending,
       bool_and(q[6] < 'infinity' AND q[1] > '-infinity') AS finite
FROM models, lstm_forecast(model, quantiles => '{0.000001,0.001,0.01,0.99,0.999,0.999999}') AS f (series, step, ts, local_ts, actual, forecast, lower, upper, q)
WHERE method <> 'none' GROUP BY loss, method ORDER BY loss, method;

-- in the order asked for, twice where asked twice, and the ends of the interval are quantiles themselves
SELECT loss, method, bool_and(f.quantiles[1] = f.quantiles[4] AND f.quantiles[1] = f.lower AND f.quantiles[2] = f.upper) AS same_as_interval,
       bool_and(f.quantiles[1] < f.quantiles[3] AND f.quantiles[3] < f.quantiles[2]) AS median_between
FROM models, lstm_forecast(model, confidence_level => 0.5, quantiles => '{0.25,0.75,0.5,0.25}') AS f
WHERE method <> 'none' GROUP BY loss, method ORDER BY loss, method;
-- no level, no quantiles; no interval, no quantiles
SELECT count(*), count(quantiles) AS none_asked_for FROM models, lstm_forecast(model, quantiles => '{}');
SELECT count(*), count(quantiles) AS none, count(lower) AS no_lower FROM models, lstm_forecast(model, quantiles => '{0.5}') WHERE method = 'none';
-- one network of a distribution: the median is the forecast, a Gaussian's and a Student's interval symmetric
SELECT loss, bool_and(abs(f.quantiles[1] - f.forecast) < 1e-6 * f.forecast) AS median_is_forecast,
       bool_and(abs((f.upper - f.forecast) - (f.forecast - f.lower)) < 1e-5 * f.forecast) AS symmetric
FROM (SELECT loss, lstm_train(ts, value, small('{"ensemble_size": 1, "interval": "model", "transform": "none"}') || jsonb_build_object('loss', loss)) AS model
      FROM demand, unnest(ARRAY['quantile', 'gaussian', 'student_t']) AS loss WHERE name = 'a' GROUP BY loss) AS trained,
     lstm_forecast(model, quantiles => '{0.5}') AS f
GROUP BY loss ORDER BY loss;

-- 3. A distribution knows when the noise is wide: by day the intervals are wider than by night. Levels are kept on rows it has not seen.
CREATE TABLE learned AS
SELECT loss, lstm_train(name, ts, value, small('{"interval": "model", "max_steps": 600, "learning_rate": 0.005, "hidden_size": 16}') || jsonb_build_object('loss', loss)) AS model
FROM demand, unnest(ARRAY['quantile', 'gaussian', 'student_t']) AS loss WHERE i < 400 GROUP BY loss;
CREATE TABLE later AS
SELECT loss, f.series, f.ts, f.lower, f.upper, actual.value
FROM learned, generate_series(400, 488, 6) AS origin,
     lstm_forecast(model, format('SELECT * FROM demand WHERE i < %s', origin), 'ts', 'value', 'name', confidence_level => 0.8) AS f
     JOIN demand AS actual ON actual.name = f.series AND actual.ts = f.ts;
SELECT loss, count(*), lstm_coverage(value, lower, upper) BETWEEN 0.6 AND 0.95 AS covered,
       avg((upper - lower) / (ascii(series) - 95)) FILTER (WHERE extract(hour FROM ts) BETWEEN 1 AND 10)
       > 1.5 * avg((upper - lower) / (ascii(series) - 95)) FILTER (WHERE extract(hour FROM ts) BETWEEN 13 AND 22) AS wider_by_day
FROM later GROUP BY loss ORDER BY loss;

-- 4. Levels of the loss: any, in any order; an interval beyond them still holds the forecast.
SELECT levels, lstm_model_info(model)->'options'->'quantiles' AS kept, bool_and(f.lower < f.forecast AND f.forecast < f.upper) AS inside
FROM (SELECT levels, lstm_train(ts, value, small('{"loss": "quantile", "interval": "model"}') || jsonb_build_object('quantiles', levels)) AS model
      FROM demand, unnest(ARRAY['[0.1, 0.5, 0.9]', '[0.9, 0.5, 0.1]', '[0.2, 0.8]', '[0.001, 0.5, 0.999]', '[0.05, 0.1]']::jsonb[]) AS levels WHERE name = 'a' GROUP BY levels) AS trained,
     lstm_forecast(model) AS f
GROUP BY levels, model ORDER BY levels::text COLLATE "C";
\x on
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"loss": "quantile", "quantiles": [0.5, 0.5]}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"loss": "quantile", "quantiles": [0.5, 1]}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"loss": "quantile", "quantiles": []}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"interval": "model"}') FROM demand WHERE name = 'a'$$);
SELECT code, message FROM raises($$SELECT lstm_train(ts, value, '{"interval": "model", "members": [{"loss": "mse"}, {"loss": "huber"}]}') FROM demand WHERE name = 'a'$$);
SELECT code, message, detail FROM raises($$SELECT count(*) FROM models, lstm_forecast(model, quantiles => '{0.5,1}')$$);
SELECT code, message, detail FROM raises($$SELECT count(*) FROM models, lstm_forecast(model, quantiles => '{0.5,NaN}')$$);
SELECT code, message, detail FROM raises($$SELECT count(*) FROM models, lstm_forecast(model, confidence_level => 0)$$);
-- one level tells nothing of the spread
SELECT code FROM raises($$SELECT lstm_train(ts, value, '{"loss": "quantile", "quantiles": [0.5], "interval": "model"}') FROM demand WHERE name = 'a'$$);
\x off

-- 5. Networks that differ as the user says: the model tells what each of them is.
CREATE TABLE mixed AS
SELECT lstm_train(name, ts, value, lstm_options(horizon => 6, max_steps => 60, "interval" => 'model', members =>
       '[{"loss": "mae", "lookback": 12, "hidden_size": 4, "transform": "none", "normalization": "last"},
         {"loss": "gaussian", "lookback": 24, "cell": "gru", "transform": "log"},
         {"loss": "quantile", "quantiles": [0.1, 0.5, 0.9], "lookback": 48, "normalization": "instance", "seed": 7}]')) AS model
FROM demand;
SELECT m->>'loss' AS loss, m->>'lookback' AS lookback, m->>'cell' AS cell, m->>'transform' AS transform, m->>'normalization' AS normalization,
       (m->>'hidden_size')::int > 0 AS wide, (m->>'parameters')::int > 0 AS weighs
FROM mixed, jsonb_array_elements(lstm_model_info(model)->'members') AS m;
SELECT lstm_model_info(model)->'options'->>'ensemble_size' AS networks, count(DISTINCT split_part(tensor, '.', 1)) AS with_tensors
FROM mixed, lstm_weights(model) GROUP BY model;
SELECT count(*) AS rows, bool_and(f.lower < f.forecast AND f.forecast < f.upper) AS inside,
       bool_and(f.quantiles[1] <= f.quantiles[2] AND f.quantiles[2] <= f.quantiles[3]) AS ascending
FROM mixed, lstm_forecast(model, 20, 0.9, '{0.1,0.5,0.9}') AS f;
-- the objects' turns come again in a larger ensemble, with other seeds: no two networks are the same
SELECT m->>'lookback' AS lookback, m->>'loss' AS loss, count(*) OVER () AS networks, count(*) OVER (PARTITION BY m->>'seed') = 1 AS own_seed
FROM (SELECT lstm_train(ts, value, lstm_options(horizon => 6, hidden_size => 4, max_steps => 10, ensemble_size => 5,
                                                members => '[{"lookback": 12}, {"lookback": 24, "loss": "mse"}]')) AS model
      FROM demand WHERE name = 'a') AS trained, jsonb_array_elements(lstm_model_info(model)->'members') AS m;
SELECT count(DISTINCT weights) AS different
FROM (SELECT lstm_train(ts, value, lstm_options(horizon => 6, hidden_size => 4, max_steps => 10, lookback => 12, patch_length => 1, ensemble_size => 3, members => '[{"seed": 5}]')) AS model
      FROM demand WHERE name = 'a') AS trained, lstm_weights(model) WHERE tensor LIKE '%.weight_hh_l0';
-- an object that says nothing is like no object; one network alone is the same inside and outside of "members"
SELECT lstm_model_info(lstm_train(ts, value, small('{"members": [{}, {}]}')))->'members' = lstm_model_info(lstm_train(ts, value, small()))->'members' AS empty_objects
FROM demand WHERE name = 'a';
SELECT array_agg(f.forecast ORDER BY step) FILTER (WHERE inside) = array_agg(f.forecast ORDER BY step) FILTER (WHERE NOT inside) AS same
FROM (SELECT inside, lstm_train(ts, value, CASE WHEN inside THEN lstm_options(horizon => 6, members => '[{"lookback": 24, "hidden_size": 8, "cell": "gru", "max_steps": 30, "learning_rate": 0.01}]')
                                           ELSE lstm_options(horizon => 6, ensemble_size => 1, lookback => 24, hidden_size => 8, cell => 'gru', max_steps => 30, learning_rate => 0.01) END) AS model
      FROM demand, unnest(ARRAY[true, false]) AS inside WHERE name = 'a' GROUP BY inside) AS trained, lstm_forecast(model) AS f;
\x on
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"members": [{"lookback": 24}, {"horizon": 3}]}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"members": [{"lookbak": 24}]}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"members": [{"members": []}]}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"members": {"lookback": 24}}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"members": [24]}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"members": []}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"members": [{}, {}], "ensemble_size": 1}') FROM demand WHERE name = 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(ts, value, '{"members": [{"lookback": 24}, {"lookback": 500}], "horizon": 6}') FROM demand WHERE name = 'a'$$);
SELECT code, message FROM raises($$SELECT lstm_train(ts, value - 40, '{"members": [{"transform": "none"}, {"transform": "log"}]}') FROM demand WHERE name = 'a'$$);
\x off

DROP TABLE demand, models, crossing, learned, later, mixed;
DROP FUNCTION raises, small;
