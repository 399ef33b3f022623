-- What drivers do to a forecast, how they are named and scaled, and that missing observations are not learned.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- without validation, so that the weights are those of the last step, however little they gain
CREATE FUNCTION small(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 6, lookback => 24, seasonal_period => 24, hidden_size => 8, ensemble_size => 1, max_steps => 60, learning_rate => 0.01, validation_fraction => 0) || more $$;

-- the forecasts of a query's rows, to compare
CREATE FUNCTION digest(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('SELECT string_agg(row(series, step, ts, forecast, lower, upper)::text, '';'' ORDER BY series, step) FROM %s AS f', query) INTO result;
	RETURN result;
END $$;

-- demand in two cities: heat as forecast ahead, the wind as measured so far, and holidays; the last observation is hour 599
CREATE TABLE demand AS
SELECT city, i, timestamptz '2024-01-01' + i * interval '1 hour' AS hour,
       CASE WHEN i < 600 THEN 50 + 5 * sin(2 * pi() * i / 24) + 12 * heat + 9 * holiday::int + (hashint4(i) & 255) / 256.0 END AS load,
       heat AS "Heat (°C)", (hashint4(i + 7) & 255) / 64.0 AS wind, holiday
FROM (SELECT city, i, (hashint4(i / 3 + ascii(city)) & 255) / 128.0 AS heat, hashint4(i / 24 + ascii(city)) & 7 = 0 AS holiday
      FROM unnest(ARRAY['X', 'Y']) AS city, generate_series(0, 699) AS i) AS drawn;
CREATE TABLE models AS
SELECT lstm_train('demand', 'hour', 'load', 'city', '{wind}', '{"Heat (°C)",holiday}', options => small()) AS named,
       (SELECT lstm_train(city, hour, load, ARRAY[wind], ARRAY["Heat (°C)", holiday::int], small()) FROM demand) AS arrays,
       lstm_train('SELECT * FROM demand WHERE city = ''X''', 'hour', 'load', past_columns => '{wind}', future_columns => '{"Heat (°C)",holiday}', options => small()) AS alone;
CREATE VIEW named AS SELECT named AS model FROM models;

-- 1. Names and arrays, functions and aggregates are the same.
SELECT lstm_model_info(named)->'covariates' AS named, lstm_model_info(arrays)->'covariates' AS arrays FROM models;
SELECT count(*), bool_and(n.forecast = a.forecast AND n.lower IS NOT DISTINCT FROM a.lower) AS same
FROM models, lstm_forecast(named) AS n JOIN lstm_forecast((SELECT arrays FROM models)) AS a USING (series, step);
SELECT digest($$lstm_forecast((TABLE named))$$) = digest($$lstm_forecast((TABLE named), 'demand', 'hour', 'load', 'city')$$) AS columns_of_the_model,
       digest($$lstm_forecast((TABLE named))$$) = digest($$lstm_forecast((TABLE named), 'SELECT *, "Heat (°C)" AS heat FROM demand', 'hour', 'load', 'city', '{wind}', '{heat,holiday}')$$) AS columns_of_other_names,
       digest($$lstm_forecast((TABLE named))$$) = digest($$unnest((SELECT lstm_forecast(model, city, hour, load, ARRAY[wind], ARRAY["Heat (°C)", holiday::int]) FROM named, demand))$$) AS aggregate,
       digest($$lstm_forecast((SELECT alone FROM models))$$) = digest($$lstm_forecast((SELECT alone FROM models), 'SELECT * FROM demand WHERE city = ''X''', 'hour', 'load')$$) AS one_series;
-- an array without names has no columns to default to
SELECT count(*) FROM lstm_forecast((SELECT arrays FROM models), 'demand', 'hour', 'load', 'city', '{wind}', '{"Heat (°C)",holiday}');
\x on
SELECT * FROM raises($$SELECT * FROM lstm_forecast((SELECT arrays FROM models), 'demand', 'hour', 'load', 'city')$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'demand', 'hour', 'load', 'city', '{}', NULL)$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'demand', 'hour', 'load', 'city', '{wind,wind}', NULL)$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'SELECT city, hour, load, wind, holiday FROM demand', 'hour', 'load', 'city')$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'SELECT *, city AS heat FROM demand', 'hour', 'load', 'city', NULL, '{heat,holiday}')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'demand', 'hour', 'load', 'city', '{NULL}', NULL)$$);
\x off

-- 2. What is ahead counts, and only as far as the forecast goes; what is only known up to now counts up to now.
CREATE FUNCTION changed(columns text) RETURNS text LANGUAGE sql AS
$$ SELECT digest(format('lstm_forecast((TABLE named), %L, ''hour'', ''load'', ''city'')', 'SELECT city, hour, ' || columns || ' FROM demand')) $$;
SELECT original = changed('load, wind, 5 * "Heat (°C)" AS "Heat (°C)", holiday') AS all_of_it,
       original = changed('load, wind, CASE WHEN i = 600 THEN 5 ELSE "Heat (°C)" END AS "Heat (°C)", holiday') AS first_step,
       original = changed('load, wind, CASE WHEN i = 605 THEN 5 ELSE "Heat (°C)" END AS "Heat (°C)", holiday') AS last_step,
       original = changed('load, wind, CASE WHEN i > 605 THEN 5 ELSE "Heat (°C)" END AS "Heat (°C)", holiday') AS after_it,
       original = changed('load, wind, "Heat (°C)", CASE WHEN i = 602 THEN NOT holiday ELSE holiday END AS holiday') AS holiday,
       original = changed('load, CASE WHEN i < 600 THEN wind ELSE i END AS wind, "Heat (°C)", holiday') AS wind_ahead,
       original = changed('load, CASE WHEN i = 599 THEN 9 ELSE wind END AS wind, "Heat (°C)", holiday') AS wind_now,
       original = changed('load, CASE WHEN i = 575 THEN 9 ELSE wind END AS wind, "Heat (°C)", holiday') AS wind_before_the_lookback
FROM digest('lstm_forecast((TABLE named))') AS original;
-- a city's forecast reads the city's drivers
SELECT bool_and(a.forecast = b.forecast) FILTER (WHERE series = 'Y') AS the_other, bool_and(a.forecast <> b.forecast) FILTER (WHERE series = 'X') AS this_one
FROM lstm_forecast((TABLE named)) AS a
     JOIN lstm_forecast((TABLE named), 'SELECT city, hour, load, wind, "Heat (°C)" + CASE WHEN city = ''X'' AND i >= 600 THEN 2 ELSE 0 END AS "Heat (°C)", holiday FROM demand', 'hour', 'load', 'city') AS b USING (series, step);

-- rows ahead are needed as far as the forecast goes: fewer for fewer steps, more for more
SELECT count(*) FROM lstm_forecast((TABLE named), 'SELECT * FROM demand WHERE i < 603', 'hour', 'load', 'city', horizon => 3);
SELECT count(*), max(ts) FROM lstm_forecast((TABLE named), 100);
\x on
SELECT * FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 101)$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'SELECT * FROM demand WHERE i < 603', 'hour', 'load', 'city')$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'SELECT * FROM demand WHERE i < 600', 'hour', 'load', 'city')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'SELECT * FROM demand WHERE city = ''X'' OR i <> 601', 'hour', 'load', 'city')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_forecast((SELECT alone FROM models), 'SELECT * FROM demand WHERE city = ''X'' AND i < 601', 'hour', 'load')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_forecast((TABLE named), 'SELECT city, hour, load, wind, holiday, CASE WHEN i <> 604 OR city = ''X'' THEN "Heat (°C)" END AS "Heat (°C)" FROM demand', 'hour', 'load', 'city')$$);
\x off
-- a model of rows without any ahead is none that can forecast on its own
SELECT code, message FROM raises($$SELECT * FROM lstm_forecast(lstm_train('SELECT * FROM demand WHERE i < 600', 'hour', 'load', 'city', NULL, '{wind}', options => small()))$$);
-- a city that the model has never seen, and one of a single row
SELECT series, count(*), bool_and(forecast BETWEEN 20 AND 130) AS plausible
FROM lstm_forecast((TABLE named), 'SELECT ''Z'' || city AS city, hour, load, wind, "Heat (°C)", holiday FROM demand
                                   UNION ALL SELECT ''one row'', hour, load, wind, "Heat (°C)", holiday FROM demand WHERE city = ''X'' AND i >= 599', 'hour', 'load', 'city')
GROUP BY series ORDER BY series;

-- 3. Known ahead, drivers lower the error on held-out windows.
SELECT driven.mae < 0.5 * plain.mae AS far_better
FROM LATERAL (SELECT (lstm_model_info(lstm_train('demand', 'hour', 'load', 'city', NULL, '{"Heat (°C)",holiday}', options => small('{"max_steps": 400, "validation_fraction": 0.25}')))->'held_out'->>'mae')::float8) AS driven (mae),
     LATERAL (SELECT (lstm_model_info(lstm_train('demand', 'hour', 'load', 'city', options => small('{"max_steps": 400, "validation_fraction": 0.25}')))->'held_out'->>'mae')::float8) AS plain (mae);

-- 4. Units do not matter: standardised by powers of two, a driver is the same but for the last bits. A constant one says nothing, a wild one does no more harm than ten deviations.
CREATE FUNCTION forecasts(driver text) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE result float8[];
BEGIN
	EXECUTE format('SELECT array_agg(f.forecast ORDER BY series, step) FROM lstm_forecast((SELECT lstm_train(city, hour, load, NULL, ARRAY[%s], small()) FROM demand)) AS f', driver) INTO result;
	RETURN result;
END $$;
SELECT (SELECT max(abs(a - b)) FROM unnest(forecasts('"Heat (°C)"'), forecasts('1024 * "Heat (°C)"')) AS f (a, b)) < 1e-3 AS scaled,
       (SELECT max(abs(a - b)) FROM unnest(forecasts('"Heat (°C)"'), forecasts('32 * "Heat (°C)" + 64')) AS f (a, b)) < 1e-3 AS fahrenheit,
       (SELECT max(abs(a - b)) FROM unnest(forecasts('"Heat (°C)"'), forecasts('1')) AS f (a, b)) > 1 AS not_a_constant,
       forecasts('1') = forecasts('-3e6') AS any_constant,
       (SELECT bool_and(f BETWEEN 20 AND 130) FROM unnest(forecasts('CASE WHEN i IN (100, 300) THEN 1e37 ELSE "Heat (°C)" END')) AS f) AS wild,
       (SELECT bool_and(f BETWEEN 20 AND 300) FROM unnest(forecasts('CASE WHEN i > 599 THEN 1e37 ELSE "Heat (°C)" END')) AS f) AS wild_ahead;

-- 5. The calendar is known without any rows ahead, also with drivers, also far ahead.
SELECT lstm_model_info(model)->'covariates' AS covariates, (lstm_model_info(model)->'members'->0->>'channels')::int > 2 AS channels,
       (SELECT count(*) FROM lstm_forecast(model, 40)) AS rows
FROM (SELECT lstm_train('SELECT * FROM demand WHERE i < 600', 'hour', 'load', 'city', '{wind}', options => small('{"calendar": true}')) AS model) AS trained;
\x on
SELECT code, message FROM raises($$SELECT * FROM lstm_forecast(lstm_train('SELECT * FROM demand WHERE i < 600', 'hour', 'load', 'city', NULL, '{holiday}', options => small('{"calendar": true}')))$$);
\x off
SELECT lstm_model_info(lstm_train('SELECT load FROM demand WHERE city = ''X'' AND i < 600 ORDER BY i', NULL, 'load', options => small('{"calendar": true}')))->'members'->0->>'channels' AS channels_without_timestamps;

-- 6. Missing observations carry no loss. In a series of one training window a hole among the targets is filled in two ways, and the weights
-- are the same; filled among the inputs it makes a difference. By zero it is the same as zeros that were observed.
CREATE TABLE window_rows AS SELECT i, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, 10 + (hashint4(i) & 1023) / 256.0 AS value FROM generate_series(0, 29) AS i;
CREATE FUNCTION weights(hole int4range, policy text, filler float8 DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(tensor || weights::text, ',' ORDER BY tensor)
   FROM lstm_weights((SELECT lstm_train(ts, CASE WHEN i <@ hole THEN filler ELSE value END,
                                        lstm_options(horizon => 10, lookback => 20, patch_length => 5, seasonal_period => 1, seasonal_skip => false, normalization => 'instance', transform => 'none',
                                                     hidden_size => 4, ensemble_size => 1, max_steps => 20, validation_fraction => 0, missing => policy)) FROM window_rows)) $$;
SELECT weights('[22,27)', 'linear') = weights('[22,27)', 'zero') AS zero, weights('[22,27)', 'linear') = weights('[22,27)', 'previous') AS previous,
       weights('[22,27)', 'linear') = weights('[2,7)', 'linear') AS hole_elsewhere, weights('[2,7)', 'linear') = weights('[2,7)', 'zero') AS hole_among_inputs,
       weights('[22,27)', 'linear', 0) = weights('[22,27)', 'zero') AS observed_zeros;

-- Nor does filling tell a window what is to come: of white noise that is observed every eighth hour, or changes every eighth hour, nobody
-- forecasts the next one, neither from a line that leads to it nor from a driver that is drawn so.
CREATE TABLE noise AS
SELECT i, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, 10 + (hashint4(i) & 1023) / 100.0 AS value, 10 + (hashint4(i / 8) & 1023) / 100.0 AS level
FROM generate_series(0, 2399) AS i;
CREATE FUNCTION sharp(more jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 8, lookback => 8, patch_length => 4, seasonal_period => 1, normalization => 'standard', transform => 'none',
                       hidden_size => 8, ensemble_size => 1, max_steps => 600, learning_rate => 0.01) || more $$;
SELECT policy, (lstm_model_info(model)->'held_out'->>'mae')::float8 > 1.5 AS honest, (lstm_model_info(model)->'held_out'->'naive'->>'mae')::float8 > 1.8 AS naive_too
FROM (SELECT policy, lstm_train(ts, CASE WHEN i % 8 = 0 THEN value END, sharp(jsonb_build_object('missing', policy, 'frequency', '1 hour'))) AS model
      FROM noise, unnest(ARRAY['linear', 'previous']) AS policy GROUP BY policy) AS trained
ORDER BY policy;
SELECT driver, (lstm_model_info(model)->'held_out'->>'mae')::float8 > 1.4 AS honest
FROM (SELECT driver, lstm_train('x'::text, ts, level, ARRAY[CASE WHEN driver = 'all' OR i % 8 = 0 THEN level END], NULL, sharp('{}')) AS model
      FROM noise, unnest(ARRAY['all', 'holes']) AS driver GROUP BY driver) AS trained
ORDER BY driver;

-- Particles in the air of a city: peaks, weather of every hour, a first day without any, lost hours and weeks.
CREATE TABLE air AS
SELECT i, timestamp '2010-01-01' + i * interval '1 hour' AS hour, exp(3.5 + 0.8 * sin(2 * pi() * i / 168) + 0.3 * sin(2 * pi() * i / 24) - 0.2 * wind + (hashint4(i) & 255) / 512.0) AS particles,
       wind, 10 + 8 * sin(2 * pi() * i / 24) AS temperature, i < 24 OR i BETWEEN 700 AND 860 OR hashint4(i / 5) & 15 = 0 AS lost
FROM (SELECT i, 2 + 2 * sin(2 * pi() * i / 100) AS wind FROM generate_series(0, 2399) AS i) AS weather;
CREATE TABLE air_model AS
SELECT lstm_train('SELECT hour, CASE WHEN NOT lost THEN round(particles) END AS particles, wind, temperature FROM air WHERE i < 2352
                   UNION ALL SELECT hour, NULL, wind, temperature FROM air WHERE i >= 2352', 'hour', 'particles', NULL, NULL, '{wind,temperature}',
                  options => lstm_options(horizon => 24, hidden_size => 16, ensemble_size => 2, max_steps => 300)) AS model;
SELECT info->>'frequency' AS frequency, info->>'rows' AS rows, (info->>'missing')::int = missing AS filled, info->>'first_time' AS first,
       (info->'held_out'->>'mae')::float8 < (info->'held_out'->'naive'->>'mae')::float8 AS better_than_naive
FROM air_model, lstm_model_info(model) AS info,
     (SELECT count(*) FILTER (WHERE lost) AS missing FROM air WHERE i < 2352 AND i > (SELECT min(i) FROM air WHERE NOT lost) AND i < (SELECT max(i) FROM air WHERE i < 2352 AND NOT lost)) AS holes;
SELECT count(*), min(ts), bool_and(lower > 0 AND lower < forecast AND forecast < upper) AS inside, lstm_smape(particles, forecast) < 40 AS close
FROM air_model, lstm_forecast(model) JOIN air ON air.hour = ts::timestamp;

DROP VIEW named;
DROP TABLE demand, models, window_rows, noise, air, air_model;
DROP FUNCTION raises, small, digest, changed, forecasts, weights, sharp;
