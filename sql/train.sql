-- Training in all its forms. Only predicates are printed: floats differ in bits between CPUs.
SET client_min_messages = warning;
SET timezone = 'UTC';

-- an hourly series with a trend, a daily season and some deterministic noise
CREATE TABLE readings AS
SELECT timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts,
       i,
       20 + i / 20.0 + 5 * sin(2 * pi() * i / 24) + (hashint4(i) % 1000) / 1000.0 AS value
FROM generate_series(0, 599) AS i;

CREATE TABLE models (name text PRIMARY KEY, model bytea);

-- every call form gives a model
INSERT INTO models
SELECT 'values', lstm_train(value ORDER BY ts) FROM readings;
INSERT INTO models
SELECT 'values, options', lstm_train(value, lstm_options(horizon => 6, max_steps => 20) ORDER BY ts) FROM readings;
INSERT INTO models
SELECT 'rows', lstm_train(ts, value) FROM readings;
INSERT INTO models
SELECT 'rows, options', lstm_train(ts, value, '{"horizon": 6, "max_steps": 20}') FROM readings;
INSERT INTO models
VALUES ('table', lstm_train('readings', 'ts', 'value')),
       ('table, horizon', lstm_train('readings', 'ts', 'value', horizon => 6, options => lstm_options(max_steps => 20))),
       ('select', lstm_train('SELECT ts, value FROM readings WHERE value > 0 -- comment', 'ts', 'value')),
       ('no time column', lstm_train('SELECT value FROM readings ORDER BY ts', NULL, 'value', options => lstm_options(max_steps => 20)));

SELECT name,
       lstm_model_info(model)->>'horizon' AS horizon,
       lstm_model_info(model)->>'season' AS season,
       lstm_model_info(model)->>'frequency' AS frequency
FROM models ORDER BY name COLLATE "C";

-- the same rows give the same bytes, whichever way they come
SELECT a.model = b.model AS same
FROM models a, models b WHERE (a.name, b.name) IN (('rows', 'table'), ('table', 'select'), ('rows, options', 'table, horizon'))
ORDER BY a.name;
SELECT m.model = (SELECT lstm_train(ts, value) FROM readings) AS deterministic,
       m.model = (SELECT lstm_train(ts, value ORDER BY hashint4(i)) FROM readings) AS order_does_not_matter
FROM models m WHERE name = 'rows';
SELECT m.model <> (SELECT lstm_train(ts, value, lstm_options(seed => 1)) FROM readings) AS seed_matters
FROM models m WHERE name = 'rows';

-- with no option at all the season is found and the seasonal naive forecast is beaten
SELECT name,
       (lstm_model_info(model)->'held_out'->>'mae')::float8
       < (lstm_model_info(model)->'held_out'->'naive'->>'mae')::float8 AS better_than_naive
FROM models WHERE name IN ('values', 'rows') ORDER BY name;

-- as many steps as asked for, though they end within an epoch
SELECT count(*) AS epochs, lstm_model_info(model)->'options'->>'max_steps' AS max_steps
FROM (SELECT lstm_train(ts, value, lstm_options(max_steps => 7, ensemble_size => 1, refit => false)) AS model FROM readings) AS trained,
     lstm_training_log(model)
GROUP BY model;
-- then some more on what was held out: an epoch more in the log, other forecasts, the same errors
CREATE TABLE refitted AS
SELECT refit, lstm_train(ts, value, lstm_options(max_steps => 100, learning_rate => 0.01, ensemble_size => 1, refit => refit)) AS model
FROM readings, unnest(ARRAY[false, true]) AS refit GROUP BY refit;
SELECT count(*) FILTER (WHERE refit) - count(*) FILTER (WHERE NOT refit) AS epochs_more FROM refitted, lstm_training_log(model);
SELECT count(DISTINCT lstm_model_info(model)->'held_out') AS errors, (SELECT count(DISTINCT forecast) FROM refitted, lstm_forecast(model, 1)) AS forecasts FROM refitted;
DROP TABLE refitted;

-- a source may begin with a comment
SELECT lstm_train('/* all */ -- of them
SELECT * FROM readings', 'ts', 'value') = model AS same FROM models WHERE name = 'rows';

-- one local model a group; no rows give null
SELECT i % 2 AS part, octet_length(lstm_train(ts, value, lstm_options(max_steps => 10, frequency => '2 hours'))) > 1000 AS trained
FROM readings GROUP BY 1 ORDER BY 1;
SELECT lstm_train(ts, value) IS NULL AS aggregate, lstm_train('SELECT * FROM readings WHERE false', 'ts', 'value') IS NULL AS function
FROM readings WHERE false;

-- input types: integers, numerics, reals, dates and timestamps are cast
SELECT lstm_train(d::date, v::int, lstm_options(max_steps => 2)) IS NOT NULL AS int4,
       lstm_train(d::date, v::numeric, lstm_options(max_steps => 2)) IS NOT NULL AS numeric,
       lstm_train(d::timestamp, v::real, lstm_options(max_steps => 2)) IS NOT NULL AS float4
FROM (SELECT date '2024-01-01' + i AS d, 10 + i % 7 AS v FROM generate_series(0, 99) AS i) AS daily;

-- every kind of network trains and forecasts as many steps as asked for
SELECT cell, decoder, supervision, bidirectional, patch,
       (SELECT count(*) FILTER (WHERE forecast BETWEEN 0 AND 100)
        FROM lstm_forecast((SELECT lstm_train(ts, value, lstm_options(
            cell => cell, decoder => decoder, supervision => supervision, bidirectional => bidirectional,
            patch_length => patch, num_layers => 2, dropout => 0.1, lookback => 24, horizon => 6, hidden_size => 8,
            ensemble_size => 1, max_steps => 8)) FROM readings))) AS steps
FROM unnest(ARRAY['lstm', 'gru', 'rnn']) AS cell,
     unnest(ARRAY['direct', 'parallel', 'recursive']) AS decoder,
     unnest(ARRAY['last', 'sequence']) AS supervision,
     unnest(ARRAY[false, true]) AS bidirectional,
     unnest(ARRAY[1, 4]) AS patch
ORDER BY 1, 2, 3, 4, 5;

-- every normalisation, transform, loss, optimizer and schedule
SELECT kind, word, lstm_model_info(lstm_train(ts, value, jsonb_build_object(kind, word) || '{"max_steps": 8, "horizon": 6, "ensemble_size": 2}'))->'options'->>kind = word AS kept
FROM readings,
     (VALUES ('normalization', 'last'), ('normalization', 'mean'), ('normalization', 'instance'),
             ('normalization', 'standard'), ('normalization', 'minmax'), ('normalization', 'none'),
             ('transform', 'log'), ('transform', 'log1p'), ('transform', 'none'),
             ('loss', 'mae'), ('loss', 'mse'), ('loss', 'huber'),
             ('optimizer', 'adam'), ('optimizer', 'adamw'), ('optimizer', 'sgd'), ('optimizer', 'rmsprop'),
             ('schedule', 'constant'), ('schedule', 'cosine'), ('schedule', 'onecycle'), ('schedule', 'step')) AS choice (kind, word)
GROUP BY kind, word ORDER BY kind, word;

-- names that need quotes, schemas, views
CREATE SCHEMA "Odd ""schema""";
CREATE VIEW "Odd ""schema"""."my view" AS SELECT ts AS "When", value AS "how much" FROM readings;
SELECT lstm_train('"Odd ""schema"""."my view"', 'When', 'how much') = model AS same
FROM models WHERE name = 'rows';

-- a time limit stops early, with a model
SELECT octet_length(lstm_train(ts, value, lstm_options(max_seconds => 0.2, max_steps => 1000000, max_epochs => 1000000))) > 1000 AS trained
FROM readings;

-- nor need anything else: neither memory nor the log grow with the epochs that there may be, and the steps begin to learn at once
CREATE TABLE long_log AS
SELECT kind, lstm_train(ts, value, jsonb_build_object('ensemble_size', 2, 'hidden_size', 1, 'horizon', 1, 'lookback', 2, 'patience', 0) || more) AS model
FROM (SELECT ts, value FROM readings LIMIT 40) AS few,
     (VALUES ('unlimited', jsonb '{"max_epochs": 2147483647, "max_seconds": 0.5}'), ('many', '{"max_epochs": 10003, "log_seconds": true}')) AS kinds (kind, more)
GROUP BY kind, more;
SELECT kind, member, count(*) <= 10001 AS bounded, max(epoch) FILTER (WHERE validation_loss IS NOT NULL) > 10 AS went_on,
       max(learning_rate) > 0.0005 AS learns, min(validation_loss) < max(validation_loss) AS learned
FROM long_log, lstm_training_log(model) GROUP BY kind, member ORDER BY kind, member;
SELECT lstm_model_info(model)->'options'->'max_epochs' AS max_epochs, count(*) AS steps FROM long_log, lstm_forecast(model) WHERE kind = 'unlimited' GROUP BY model;
-- of so many epochs every second one, the last, and the training on all data, each at its own time
SELECT member, count(*) FILTER (WHERE epoch % 2 = 0 AND epoch < 10003) AS second_ones, count(*) FILTER (WHERE epoch = 10003) AS last,
       count(*) FILTER (WHERE epoch = 10004 AND validation_loss IS NULL) = (best_epoch > 0)::int AS refit, count(*) - 5002 = (best_epoch > 0)::int AS no_more,
       bool_and(seconds >= before OR before IS NULL) AS ascending
FROM (SELECT l.*, lag(seconds) OVER (PARTITION BY member ORDER BY epoch) AS before, (info->'members'->(member - 1)->>'best_epoch')::int AS best_epoch
      FROM (SELECT model, lstm_model_info(model) AS info FROM long_log WHERE kind = 'many' OFFSET 0) AS many, lstm_training_log(model) AS l) AS log
GROUP BY member, best_epoch ORDER BY member;

-- two years of months: the horizon leaves a year to learn from, and the forecast is hardly worse than the year before
CREATE TABLE two_years AS
SELECT timestamptz '2020-01-01' + i * interval '1 month' AS ts, 100 + 30 * sin(i * pi() / 6) + i * i * 7 % 11 AS value
FROM generate_series(0, 35) AS i;
WITH model AS (SELECT lstm_train(ts, value) AS model FROM two_years WHERE ts < '2022-01-01')
SELECT lstm_model_info(model)->'season' AS season, count(*) AS steps,
	   lstm_mae(now.value, forecast) < 1.1 * lstm_mae(now.value, before.value) AS sound
FROM model, lstm_forecast(model) AS f JOIN two_years AS now USING (ts) JOIN two_years AS before ON before.ts = f.ts - interval '1 year'
GROUP BY model;

-- what is held out of one long series may be more than the typical one has: the model is read all the same
SELECT lstm_model_info(lstm_train(s, timestamptz '2000-01-01' + t * interval '1 month', 100 + t % 12,
                                  lstm_options(horizon => 18, max_steps => 2)))->'options'->'validation_fraction' AS held_out
FROM generate_series(0, 5) AS s, generate_series(1, CASE s WHEN 0 THEN 100 ELSE 37 END) AS t;

DROP SCHEMA "Odd ""schema""" CASCADE;
DROP TABLE models, readings, two_years;
