-- Limits of forecasts: the options minimum and maximum, and the minimum that counts have by themselves.
SET client_min_messages = warning;
SET timezone = 'UTC';

CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(ensemble_size => 2, hidden_size => 4, max_steps => 20, horizon => 8) || more $$;

CREATE FUNCTION limits(model bytea, OUT minimum text, OUT maximum text, OUT why text) LANGUAGE sql AS
$$ SELECT info->'options'->>'minimum', info->'options'->>'maximum', info->'why'->>'minimum' FROM lstm_model_info(model) AS info $$;

CREATE TABLE readings AS
SELECT timestamptz '2024-01-01' + i * interval '1 day' AS day, 10 + 10 * sin(2 * pi() * i / 7) AS wave,
       greatest((hashint4(i) & 7) - 3, 0)::float8 AS visits, (300 - i) / 4 + (hashint4(i) & 1)::float8 AS stock
FROM generate_series(0, 299) AS i;

-- Forecasts are those without limits, cut; with intervals of the networks so are their quantiles.
CREATE TABLE models AS
SELECT loss, lstm_train(day, wave, quick(more)) AS free,
       lstm_train(day, wave, quick(more || lstm_options(minimum => 4, maximum => 14.5))) AS limited
FROM readings, (VALUES ('mae', '{"seasonal_skip": false, "max_steps": 400}'::jsonb), ('quantile', '{"loss": "quantile", "interval": "model"}')) AS losses (loss, more)
GROUP BY loss;
SELECT loss, (limits(free)).*, (limits(limited)).* FROM models ORDER BY loss;
SELECT loss, bool_and(l.forecast = least(greatest(f.forecast, 4), 14.5)) AS cut,
       bool_or(f.forecast < 4) AND bool_or(f.forecast > 14.5) AS needed,
       bool_and(l.lower >= 4 AND l.lower <= l.forecast AND l.forecast <= l.upper AND l.upper <= 14.5) AS interval_within,
       bool_and(4 <= ALL (l.quantiles) AND 14.5 >= ALL (l.quantiles)) AS quantiles_within,
       bool_and(l.lower = least(greatest(f.lower, 4), 14.5) AND l.upper = least(greatest(f.upper, 4), 14.5)
                AND l.quantiles[2] = least(greatest(f.quantiles[2], 4), 14.5)) FILTER (WHERE loss = 'quantile') AS interval_cut
FROM models, lstm_forecast(free, quantiles => '{0.01,0.4,0.99}') AS f
     JOIN lstm_forecast(limited, quantiles => '{0.01,0.4,0.99}') AS l USING (step)
GROUP BY loss ORDER BY loss;
-- from fresh rows, and over a source
SELECT bool_and(m.forecast = a.forecast AND m.forecast = s.forecast AND m.lower = a.lower AND m.upper = s.upper) AS same
FROM models, lstm_forecast(limited) AS m
     JOIN unnest((SELECT lstm_forecast(limited, day, wave) FROM models, readings WHERE loss = 'mae')) AS a USING (step)
     JOIN lstm_forecast((SELECT limited FROM models WHERE loss = 'mae'), 'readings', 'day', 'wave') AS s USING (step)
WHERE loss = 'mae';
-- what is fed back beyond the horizon is cut before: as if the cut forecasts had been observed
SELECT bool_and(abs(m.forecast - fed.forecast) < 1e-9) AS fed_cut,
       bool_or(abs(m.forecast - least(greatest(f.forecast, 4), 14.5)) > 1e-6) AS not_cut_later, count(*)
FROM models, lstm_forecast(limited, 16) AS m JOIN lstm_forecast((SELECT free FROM models WHERE loss = 'mae'), 16) AS f USING (ts)
     JOIN unnest((SELECT lstm_forecast(limited, day, wave)
                  FROM models, (SELECT day, wave FROM readings
                                UNION ALL SELECT f.ts, f.forecast FROM models, lstm_forecast(limited) AS f WHERE loss = 'mae') AS longer
                  WHERE loss = 'mae')) AS fed USING (ts)
WHERE loss = 'mae';

-- Errors are those of the cut forecasts: of a constant 5.5 at most 3, they are 2.5.
SELECT held_out->'mae' AS mae, held_out->'rmse' AS rmse, held_out->'naive'->'mae' AS naive
FROM (SELECT lstm_model_info(lstm_train(day, 5.5, quick('{"maximum": 3}')))->'held_out' AS held_out FROM readings) AS info;
CREATE VIEW constant AS SELECT day, 5.5::float8 AS value FROM readings;
SELECT fold, metric, model FROM lstm_backtest('constant', 'day', 'value', options => quick('{"maximum": 3}'), folds => 2)
WHERE metric IN ('mae', 'rmse') ORDER BY fold, metric;
SELECT DISTINCT metric, model
FROM lstm_backtest((SELECT lstm_train(day, value, quick('{"maximum": 3}')) FROM constant WHERE day < '2024-09-01'), 'constant', 'day', 'value')
WHERE metric IN ('mae', 'rmse') ORDER BY metric;

-- Counts, whole and none below zero, have a minimum of 0 by themselves; what fills a hole may be no count.
SELECT 'visits' AS data, (limits(lstm_train(day, visits, quick()))).* FROM readings
UNION ALL SELECT 'with holes', (limits(lstm_train(day, visits, quick()))).* FROM readings WHERE extract(day FROM day) <> 7
UNION ALL SELECT 'one half', (limits(lstm_train(day, CASE extract(doy FROM day) WHEN 300 THEN 0.5 ELSE visits END, quick()))).* FROM readings
UNION ALL SELECT 'one below', (limits(lstm_train(day, CASE extract(doy FROM day) WHEN 300 THEN -1 ELSE visits END, quick()))).* FROM readings
UNION ALL SELECT 'huge', (limits(lstm_train(day, 1e19 + visits * 1e10, quick()))).* FROM readings
UNION ALL SELECT 'panel', (limits(lstm_train(name, day, visits, quick()))).* FROM readings, (VALUES ('a'), ('b')) AS series (name)
UNION ALL SELECT 'panel with a half', (limits(lstm_train(name, day, visits + half, quick()))).* FROM readings, (VALUES ('a', 0), ('b', 0.5)) AS series (name, half);
SELECT bool_and(f.forecast >= 0 AND f.lower = 0 AND f.upper > 1) AS counts_within
FROM lstm_forecast((SELECT lstm_train(day, visits, quick()) FROM readings)) AS f;
-- an option has the last word: none, or another one; a maximum below zero leaves no room for zero
SELECT given, (limits(lstm_train(day, visits, quick() || given))).*
FROM readings, (VALUES (lstm_options(minimum => '-infinity')), ('{"minimum": "None", "maximum": "none"}'), ('{"minimum": -2}'), ('{"minimum": 0.5}'),
                       ('{"minimum": "auto", "maximum": 3}'), ('{"minimum": null, "maximum": null}')) AS options (given)
GROUP BY given ORDER BY given::text COLLATE "C";
SET client_min_messages = notice;
SELECT (limits(lstm_train(day, visits, quick('{"maximum": -1}')))).* FROM readings;
SET client_min_messages = warning;
CREATE VIEW open_days AS SELECT day, CASE WHEN extract(isodow FROM day) = 7 THEN 0 ELSE 10 + visits END AS visits FROM readings;
SELECT bool_or(f.lower < 0) AS below_zero FROM lstm_forecast((SELECT lstm_train(day, visits, quick('{"minimum": "none"}')) FROM open_days)) AS f;

-- What is 0 or 1 has a maximum of 1 by itself, a share that often is all of it one of 1 or 100; a number that is often the largest has none.
SELECT data, (limits(lstm_train(day, value, quick()))).maximum, lstm_model_info(lstm_train(day, value, quick()))->'why'->>'maximum' AS why
FROM readings, LATERAL (VALUES ('yes or no', (visits > 0)::int), ('all yes', 1), ('percent', least(100, 10 * wave)), ('share', least(1, wave / 10)), ('seldom', least(100, 5.05 * wave)),
						('scores', least(7, round(wave))), ('from -5', least(100, 10 * wave - 5))) AS kinds (data, value)
GROUP BY data ORDER BY data;
SELECT given, (limits(lstm_train(day, (visits > 0)::int, quick(given)))).maximum
FROM readings, (VALUES (lstm_options(maximum => 'infinity')), ('{"maximum": 2}'), ('{"maximum": "auto"}'), ('{"minimum": 3}')) AS options (given) GROUP BY given ORDER BY given::text COLLATE "C";

-- A stock that comes to its end: no forecast below zero, and none that reads "-0", however far ahead.
SELECT bool_or(f.forecast = 0) AS sold_out, bool_and(f.forecast >= 0 AND f.forecast::text <> '-0') AS never_less, bool_or(f.lower < 0) AS lower_less
FROM lstm_forecast((SELECT lstm_train(day, stock) FROM readings), 60) AS f;
-- fresh rows may go where the training never was; the forecasts do not: of counts the mean is near zero
SELECT bool_and(f.forecast BETWEEN 0 AND 0.5) AS nearly_zero
FROM unnest((SELECT lstm_forecast((SELECT lstm_train(day, visits, quick()) FROM readings), day, -100) FROM readings)) AS f;

-- equal limits, and such at the ends of the range
SELECT DISTINCT f.forecast, f.lower, f.upper FROM lstm_forecast((SELECT lstm_train(day, wave, quick('{"minimum": 7, "maximum": 7}')) FROM readings)) AS f;
SELECT minimum::numeric = -1e150 AND maximum::numeric = 1e150 AS widest
FROM limits((SELECT lstm_train(day, wave, quick('{"minimum": -1e150, "maximum": 1e150}')) FROM readings));
SELECT lstm_options(minimum => '-infinity', maximum => 'infinity') AS none, lstm_options(minimum => 0, maximum => 100) AS percent;

-- values of the data outside: a notice, before training
SET client_min_messages = notice;
SELECT length(lstm_train(day, wave, quick('{"minimum": 1, "maximum": 19}'))) > 1000 AS trained FROM readings;
SELECT length(lstm_train(name, day, wave, quick('{"minimum": 1}'))) > 1000 AS trained FROM readings, (VALUES ('north'), ('south')) AS series (name);

-- what is refused
SELECT lstm_options(minimum => 2, maximum => 1);
\echo :SQLSTATE
SELECT lstm_train(day, wave, '{"minimum": 2, "maximum": 1}') FROM readings;
SELECT lstm_train('nowhere', 'day', 'value', options => '{"minimum": 2, "maximum": 1}');
SELECT lstm_options(minimum => 'infinity');
SELECT lstm_options(maximum => '-infinity');
SELECT lstm_options(minimum => 'NaN');
SELECT lstm_options(maximum => 1.1e150);
SELECT lstm_options(members => '[{"minimum": 0}]');

DROP VIEW constant, open_days;
DROP TABLE models, readings;
DROP FUNCTION quick, limits;
