-- Columns of words: what a category does to a forecast, which words a model knows, and what becomes of others.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

CREATE FUNCTION small(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 10, lookback => 20, seasonal_period => 1, hidden_size => 8, ensemble_size => 1, max_steps => 300, learning_rate => 0.01, validation_fraction => 0, start => false) || more $$;

-- a promotion adds 40, half of one 20; the kind of day is known up to now only, and says nothing
CREATE TYPE offer AS ENUM ('yes', 'no', 'half');
CREATE TABLE shop AS
SELECT timestamptz '2024-01-01' + g * interval '1 day' AS day, g, promo, promo::offer AS offered, promo = 'yes' AS whole, kind,
       CASE WHEN g <= 400 THEN 100 + CASE promo WHEN 'yes' THEN 40 WHEN 'half' THEN 20 ELSE 0 END + (hashint4(g + 9) & 3) END AS sales
FROM (SELECT g, (ARRAY['no', 'yes', 'half'])[1 + (hashint4(g) & 1023) % 3] AS promo, CASE WHEN hashint4(g + 3) & 1 = 0 THEN 'dull' ELSE 'bright' END AS kind
      FROM generate_series(1, 420) AS g) AS drawn;
CREATE TABLE models AS
SELECT lstm_train('shop', 'day', 'sales', past_columns => '{kind}', future_columns => '{promo}', options => small()) AS words,
       lstm_train('shop', 'day', 'sales', past_columns => '{kind}', future_columns => '{offered}', options => small()) AS enum,
       lstm_train('shop', 'day', 'sales', future_columns => '{whole}', options => small()) AS boolean;
CREATE VIEW model AS SELECT words AS model FROM models;

-- 1. The words are in the model, bytewise; a boolean is a number still.
SELECT lstm_model_info(words)->'covariates' AS words, lstm_model_info(enum)->'covariates'->'categories' AS enum, lstm_model_info(boolean)->'covariates' ? 'categories' AS boolean FROM models;

-- 2. A forecast follows them: within 5 of what the promotion does.
SELECT count(*), bool_and(abs(f.forecast - CASE promo WHEN 'yes' THEN 141.5 WHEN 'half' THEN 121.5 ELSE 101.5 END) < 5) AS follows
FROM lstm_forecast((TABLE model)) AS f JOIN shop ON day = ts;
SELECT count(*), bool_and(abs(f.forecast - CASE promo WHEN 'yes' THEN 141.5 WHEN 'half' THEN 121.5 ELSE 101.5 END) < 5) AS follows
FROM models, lstm_forecast(enum) AS f JOIN shop ON day = ts;
-- fresh rows, their words in other columns, of other types and in another order of rows
SELECT bool_and(f.forecast = g.forecast) AS same
FROM lstm_forecast((TABLE model)) AS f JOIN lstm_forecast((TABLE model), 'SELECT * FROM shop ORDER BY promo', 'day', 'sales') AS g USING (step);
SELECT bool_and(f.forecast = g.forecast) AS same
FROM lstm_forecast((TABLE model)) AS f JOIN lstm_forecast((TABLE model), 'SELECT day, sales, kind::varchar(20) AS kind, offered AS promo FROM shop', 'day', 'sales') AS g USING (step);
SELECT bool_and(f.forecast = g.forecast) AS same
FROM lstm_forecast((TABLE model)) AS f JOIN lstm_forecast((TABLE model), 'SELECT * FROM shop WHERE sales IS NOT NULL', 'day', 'sales', future_source => 'shop') AS g USING (step);
-- workers, and training again, come to the same model
SELECT words = lstm_train('SELECT * FROM shop ORDER BY kind, promo', 'day', 'sales', past_columns => '{kind}', future_columns => '{promo}', options => small()) AS same FROM models;

-- 3. A word that the model does not know is "other", of which one notice tells; it lies between the others.
SET client_min_messages = notice;
SELECT count(*), bool_and(forecast BETWEEN 95 AND 148) AS between_them
FROM lstm_forecast((TABLE model), $$SELECT day, sales, kind, CASE WHEN g > 400 THEN 'free' ELSE promo END AS promo FROM shop$$, 'day', 'sales');
SELECT count(*) FROM lstm_forecast((TABLE model), $$SELECT day, sales, kind || '!' AS kind, promo FROM shop$$, 'day', 'sales');
-- a null one ahead is not known, as that of a number; one before is what was known last
SET client_min_messages = warning;
SELECT raises($$SELECT * FROM lstm_forecast((TABLE model), 'SELECT day, sales, kind, CASE WHEN g < 405 THEN promo END AS promo FROM shop', 'day', 'sales')$$);
SELECT bool_and(f.forecast = g.forecast) AS same
FROM lstm_forecast((TABLE model), $$SELECT day, sales, kind, CASE WHEN g <> 390 THEN promo END AS promo FROM shop$$, 'day', 'sales') AS f
JOIN lstm_forecast((TABLE model), $$SELECT day, sales, kind, CASE WHEN g = 390 THEN lag(promo) OVER (ORDER BY g) ELSE promo END AS promo FROM shop$$, 'day', 'sales') AS g USING (step);
SELECT count(*) FROM lstm_forecast((TABLE model), 'SELECT day, sales, NULL AS kind, promo FROM shop', 'day', 'sales');

-- 4. Of equal timestamps the word that most rows have, the first of several bytewise.
SELECT bool_and(f.forecast = g.forecast) AS same
FROM lstm_forecast(lstm_train('SELECT day, sales, promo FROM shop UNION ALL SELECT day, sales, ''zero'' FROM shop WHERE g = 7', 'day', 'sales', future_columns => '{promo}', options => small('{"duplicates": "mean"}'))) AS f
JOIN lstm_forecast(lstm_train('SELECT day, sales, promo FROM shop UNION ALL SELECT day, sales, promo FROM shop WHERE g = 7 UNION ALL SELECT day, sales, ''zero'' FROM shop WHERE g = 7', 'day', 'sales', future_columns => '{promo}', options => small('{"duplicates": "mean"}'))) AS g USING (step);

-- 5. All that looks into a model goes by the column.
SELECT component, round(sum(value) FILTER (WHERE step = 1)) IS NOT NULL AS told FROM lstm_explain((TABLE model), 'shop', 'day', 'sales') WHERE component IN ('promo', 'kind', 'half', 'promo yes') GROUP BY component ORDER BY component;
SELECT bool_and(f.forecast BETWEEN 135 AND 148) AS all_promoted
FROM (SELECT step, sum(value) AS forecast FROM lstm_explain((TABLE model), 'shop', 'day', 'sales', changes => '{"promo": "yes"}') WHERE component NOT IN ('forecast') GROUP BY step) AS f;
SELECT driver, kind, importance > 1 AS matters FROM lstm_importance((TABLE model), 'shop', 'day', 'sales') ORDER BY driver;
SELECT fold, model < 3 AS good FROM lstm_backtest('SELECT * FROM shop WHERE sales IS NOT NULL', 'day', 'sales', future_columns => '{promo}', folds => 2, options => small()) WHERE metric = 'mae';
SELECT fold, model < 3 AS good FROM lstm_backtest(lstm_train('SELECT * FROM shop WHERE g < 380', 'day', 'sales', future_columns => '{promo}', options => small()), 'SELECT * FROM shop WHERE sales IS NOT NULL', 'day', 'sales', folds => 1) WHERE metric = 'mae';
SELECT count(*) FROM lstm_anomalies((TABLE model), 'SELECT day, CASE WHEN g = 350 THEN 500 ELSE sales END AS sales, kind, promo FROM shop', 'day', 'sales') WHERE anomaly AND actual = 500;
SELECT bool_and(abs(f.forecast - CASE promo WHEN 'yes' THEN 141.5 WHEN 'half' THEN 121.5 ELSE 101.5 END) < 5) AS follows
FROM lstm_forecast(lstm_finetune((TABLE model), 'shop', 'day', 'sales')) AS f JOIN shop ON day = ts;

-- 6. Errors.
SELECT raises($$SELECT * FROM lstm_explain((TABLE model), 'shop', 'day', 'sales', changes => '{"promo": 1}')$$);
SELECT raises($$SELECT * FROM lstm_forecast((TABLE model), 'SELECT day, sales, kind FROM shop', 'day', 'sales')$$);
SELECT raises($$SELECT * FROM lstm_forecast((SELECT boolean FROM models), 'SELECT day, sales, promo AS whole FROM shop', 'day', 'sales')$$);
SELECT raises($$SELECT lstm_forecast((TABLE model), 's'::text, day, sales::float8, ARRAY[1.0::float8], ARRAY[1.0::float8]) FROM shop$$);
SELECT raises($$SELECT lstm_train('SELECT day, sales, ARRAY[promo] AS promo FROM shop', 'day', 'sales', future_columns => '{promo}')$$);
SELECT raises($$SELECT lstm_train('SELECT day, sales, repeat(promo, 600) AS promo FROM shop', 'day', 'sales', future_columns => '{promo}')$$);
SELECT raises($$SELECT lstm_train('SELECT i, i AS value, i::text AS code FROM generate_series(1, 10001) AS i', NULL, 'value', future_columns => '{code}')$$);
SELECT raises(format($$SELECT lstm_train('SELECT day, sales, %s FROM shop', 'day', 'sales', future_columns => '{%s}')$$,
                     string_agg(format('(g %% 50)::text AS c%s', i), ', '), string_agg('c' || i, ',')))
FROM generate_series(1, 21) AS i;

-- 7. Too many are cut to the most frequent, and one alone tells nothing.
SET client_min_messages = notice;
SELECT jsonb_array_length(lstm_model_info(lstm_train('SELECT day, sales, (g % 60 % 57)::text AS code FROM shop', 'day', 'sales', future_columns => '{code}', options => small('{"max_steps": 10}')))->'covariates'->'categories'->'code') AS kept;
SELECT lstm_model_info(lstm_train('SELECT day, sales, ''a''::text AS code FROM shop', 'day', 'sales', future_columns => '{code}', options => small('{"max_steps": 10}')))->'covariates'->'categories' AS one;
SET client_min_messages = warning;
SELECT lstm_model_info(lstm_train('SELECT day, sales, NULL::text AS code FROM shop', 'day', 'sales', past_columns => '{code}', options => small('{"max_steps": 10}')))->'covariates'->'categories' AS none;

-- 8. Series each by itself, and in workers: all have the words of the source.
SELECT series, lstm_model_info(model)->'covariates'->'categories' AS words, message FROM lstm_train_each('SELECT g % 2 AS shop, day, sales, promo FROM shop UNION ALL SELECT 2, day, sales, ''none'' FROM shop', 'day', 'sales', 'shop', future_columns => '{promo}', options => small('{"max_steps": 10, "workers": 2}')) ORDER BY series;

-- 9. Estimates, too.
SELECT count(*) > 0 AS estimated FROM lstm_estimate('shop', 'day', 'sales', future_columns => '{promo}', options => small());

DROP VIEW model;
DROP TABLE models, shop;
DROP TYPE offer;
DROP FUNCTION small(jsonb), raises(text);
