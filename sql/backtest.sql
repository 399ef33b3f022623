-- Rolling-origin back-tests: their origins, the numbers beside the model's, and that nothing leaks from what comes after an origin.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- without validation, so that the weights are those of the last step, however little they gain
CREATE FUNCTION small(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 5, lookback => 14, seasonal_period => 7, hidden_size => 4, ensemble_size => 2, max_steps => 40, validation_fraction => 0) || more $$;

-- to a float's accuracy: some of OpenBLAS' kernels round a row otherwise among other rows than alone
CREATE FUNCTION near(a float8, b float8) RETURNS bool LANGUAGE sql IMMUTABLE AS
$$ SELECT abs(a - b) <= 1e-5 * greatest(abs(a), abs(b)) $$;

-- three shops of different start, end and length, holes inside, and some zeros; drivers known up to now and ahead
CREATE TABLE sales AS
SELECT shop, i, date '2024-01-01' + first + i AS day,
       CASE WHEN shop = 'b' AND i IN (20, 50, 51) THEN NULL WHEN shop = 'a' AND i % 30 = 11 THEN 0 ELSE 10 + i % 7 + (hashint4(ascii(shop) * 1000 + i) & 255) / 64.0 END AS amount,
       (hashint4(i) & 15)::float8 AS wind, (i % 10 = 0) AS promo
FROM (VALUES ('a', 0, 120), ('b', 5, 100), ('c', 90, 17)) AS shops (shop, first, length), generate_series(0, length - 1) AS i;

-- 1. Origins. Shop a ends on 2024-04-29, b on 04-14, c on 04-15. Shop c is too short for the earliest fold.
CREATE TABLE tested AS
SELECT * FROM lstm_backtest('sales', 'day', 'amount', 'shop', horizon => 5, options => small());
SELECT count(*), count(DISTINCT metric) AS metrics, string_agg(DISTINCT metric, ', ') AS which FROM tested;
SELECT series, fold, origin::date, count(*) FROM tested GROUP BY series, fold, origin ORDER BY series, fold;
SELECT series, fold, origin::date
FROM lstm_backtest('sales', 'day', 'amount', 'shop', horizon => 3, options => small(), folds => 2, stride => 7) WHERE metric = 'mae' ORDER BY series, fold;
SELECT series IS NULL AS unnamed, fold, origin::date
FROM lstm_backtest('SELECT * FROM sales WHERE shop = ''a''', 'day', 'amount', options => small(), folds => 3, stride => 1) WHERE metric = 'mae' ORDER BY fold;
SELECT series IS NULL AS unnamed, fold, origin IS NULL AS timeless
FROM lstm_backtest('SELECT * FROM sales WHERE shop = ''a'' ORDER BY i', NULL, 'amount', options => small(), folds => 2) WHERE metric = 'mae' ORDER BY fold;
-- the horizon is the argument's, else the option's
SELECT max(origin)::date FROM lstm_backtest('SELECT * FROM sales WHERE shop = ''a''', 'day', 'amount', horizon => 9, options => small(), folds => 1);

-- 2. The naive forecasts and their errors are what SQL makes of the rows.
CREATE VIEW compared AS -- observed targets of every fold, beside the last value and the value of the week before
SELECT t.series, t.fold, t.origin, s.amount AS actual, last.amount AS naive, season.amount AS seasonal
FROM (SELECT DISTINCT series, fold, origin FROM tested) AS t
     JOIN sales AS s ON s.shop = t.series AND s.day > t.origin::date AND s.day <= t.origin::date + 5 AND s.amount IS NOT NULL
     JOIN sales AS last ON last.shop = t.series AND last.day = t.origin::date
     JOIN sales AS season ON season.shop = t.series AND season.day = s.day - 7;
CREATE VIEW scales AS
SELECT series, fold, avg(abs(amount - before)) AS scale
FROM (SELECT DISTINCT series, fold, origin FROM tested) AS t,
     LATERAL (SELECT day, amount, lag(amount, 7) OVER (ORDER BY day) AS before FROM sales WHERE shop = t.series) AS weeks
WHERE day <= t.origin GROUP BY series, fold;
SELECT metric, count(*), bool_and(near(naive, expected[1])) AS naive, bool_and(near(seasonal_naive, expected[2])) AS seasonal_naive,
       bool_and(near(skill, 1 - model / seasonal_naive)) AS skill, bool_and(model > 0) AS model
FROM (SELECT series, fold,
             ARRAY[lstm_mae(actual, naive), lstm_mae(actual, seasonal)] AS mae, ARRAY[lstm_rmse(actual, naive), lstm_rmse(actual, seasonal)] AS rmse,
             ARRAY[lstm_mape(actual, naive), lstm_mape(actual, seasonal)] AS mape, ARRAY[lstm_smape(actual, naive), lstm_smape(actual, seasonal)] AS smape,
             ARRAY[lstm_mase(actual, naive, scale), lstm_mase(actual, seasonal, scale)] AS mase
      FROM compared JOIN scales USING (series, fold) GROUP BY series, fold) AS by_hand
     JOIN tested USING (series, fold),
     LATERAL (SELECT CASE metric WHEN 'mae' THEN mae WHEN 'rmse' THEN rmse WHEN 'mape' THEN mape WHEN 'smape' THEN smape ELSE mase END AS expected) AS of_this
GROUP BY metric ORDER BY metric;
SELECT count(*) FILTER (WHERE actual = 0) AS zeros, count(*) AS targets FROM compared;
DROP VIEW compared, scales;

-- 3. The model's numbers are those of a model trained on the rows up to the origin, to the last bit of the forecasts.
CREATE TABLE driven AS -- no holes here, those just before an origin come below
SELECT shop, i, day, coalesce(amount, 12) AS amount, wind, promo FROM sales WHERE shop <> 'c';
CREATE TABLE repeated AS
SELECT b.series, b.fold, b.metric, b.model,
       (SELECT CASE b.metric WHEN 'mae' THEN lstm_mae(d.amount, f.forecast) ELSE lstm_rmse(d.amount, f.forecast) END
        FROM lstm_forecast(m.model) AS f JOIN driven AS d ON d.shop = f.series AND d.day = f.ts WHERE f.series = b.series) AS by_hand
FROM lstm_backtest('driven', 'day', 'amount', 'shop', '{wind}', '{promo}', options => small(), folds => 2) AS b
     JOIN (SELECT fold, lstm_train(shop, day, CASE WHEN i < length - 5 * (3 - fold) THEN amount END, ARRAY[CASE WHEN i < length - 5 * (3 - fold) THEN wind END],
                                   ARRAY[promo::int], small()) AS model
           FROM driven JOIN (VALUES ('a', 120), ('b', 100)) AS shops (shop, length) USING (shop), generate_series(1, 2) AS fold GROUP BY fold) AS m USING (fold)
WHERE b.metric IN ('mae', 'rmse');
SELECT count(*), bool_and(near(model, by_hand)) AS same FROM repeated;

-- the same of a trained model, at every origin that it has not been trained on
CREATE VIEW driven_early AS SELECT * FROM driven WHERE day < '2024-03-20';
CREATE TABLE models AS
SELECT lstm_train('driven_early', 'day', 'amount', 'shop', options => small()) AS plain,
       lstm_train('driven_early', 'day', 'amount', 'shop', '{wind}', '{promo}', options => small()) AS driven;
SELECT series, count(*), min(origin)::date, max(origin)::date, min(fold), max(fold)
FROM models, lstm_backtest(plain, 'driven', 'day', 'amount', 'shop') AS b WHERE metric = 'mae' GROUP BY series ORDER BY series;
SELECT series, fold, origin::date
FROM models, lstm_backtest(plain, 'driven', 'day', 'amount', 'shop', horizon => 2, folds => 2, stride => 3) AS b WHERE metric = 'mae' ORDER BY series, fold;
SELECT count(*), bool_and(near(b.model, lstm_mae)) AS same
FROM models, lstm_backtest(driven, 'driven', 'day', 'amount', 'shop', stride => 4) AS b,
     LATERAL (SELECT lstm_mae(d.amount, f.forecast)
              FROM lstm_forecast(driven, format('SELECT shop, day, CASE WHEN day <= %L THEN amount END AS amount, CASE WHEN day <= %1$L THEN wind END AS wind, promo FROM driven WHERE shop = %L',
                                                b.origin, b.series), 'day', 'amount', 'shop') AS f
                   JOIN driven AS d ON d.shop = f.series AND d.day = f.ts) AS by_hand
WHERE metric = 'mae';
-- the scale of its MASE is that of the rows before the first origin
SELECT bool_and(near(b.model, (SELECT m.model FROM models, lstm_backtest(plain, 'driven', 'day', 'amount', 'shop') AS m
                               WHERE m.metric = 'mae' AND m.series = b.series AND m.fold = b.fold) / scale)) AS mase
FROM models, lstm_backtest(plain, 'driven', 'day', 'amount', 'shop') AS b
     JOIN (SELECT shop AS series, avg(abs(amount - before)) AS scale
           FROM (SELECT *, lag(amount, 7) OVER (PARTITION BY shop ORDER BY day) AS before FROM driven) AS weeks
           WHERE day <= '2024-03-20' GROUP BY shop) AS scales USING (series)
WHERE metric = 'mase';

-- 4. No leak. What comes after the origin may be anything: with targets far above, their mean less the MAE is the mean forecast.
CREATE FUNCTION far(level float8) RETURNS text LANGUAGE sql AS
$$ SELECT format('SELECT day, CASE WHEN i < 110 THEN amount ELSE %s + i END AS amount, CASE WHEN i < 110 THEN wind ELSE -%1$s END AS wind, promo FROM driven WHERE shop = ''a'' AND i < 115', level) $$;
SELECT count(DISTINCT round((level + 112 - model)::numeric, 4)) AS forecasts, bool_and(level + 112 - model BETWEEN 8 AND 22) AS plausible
FROM unnest(ARRAY[1000, 50000, 1000000]) AS level, lstm_backtest(far(level), 'day', 'amount', NULL, '{wind}', '{promo}', options => small(), folds => 1) WHERE metric = 'mae';
CREATE TABLE one AS SELECT lstm_train('SELECT * FROM driven WHERE shop = ''a'' AND i < 100', 'day', 'amount', NULL, '{wind}', '{promo}', options => small()) AS model;
SELECT count(DISTINCT round((level + 112 - b.model)::numeric, 4)) AS forecasts, bool_and(level + 112 - b.model BETWEEN 8 AND 22) AS plausible
FROM one, unnest(ARRAY[1000, 50000, 1000000]) AS level, lstm_backtest(one.model, far(level), 'day', 'amount', folds => 1) AS b WHERE metric = 'mae';

-- A planted leak: white noise, and a driver that equals it. Known up to now it tells nothing of what is to come, known ahead it tells all.
CREATE TABLE noise AS
SELECT i, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, value, value AS echo, CASE WHEN i % 4 <> 3 THEN value END AS holey
FROM (SELECT i, 10 + (hashint4(i) & 1023) / 100.0 AS value FROM generate_series(0, 479) AS i) AS drawn;
CREATE FUNCTION eager(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 4, lookback => 8, patch_length => 4, seasonal_period => 1, hidden_size => 16, ensemble_size => 1, max_steps => 600, learning_rate => 0.005, validation_fraction => 0) || more $$;
SELECT driver, avg(model) < 0.25 * avg(naive) AS knows, avg(model) > 0.6 * avg(naive) AS guesses
FROM (SELECT 'past' AS driver, * FROM lstm_backtest('noise', 'ts', 'value', NULL, '{echo}', options => eager(), folds => 5)
      UNION ALL SELECT 'future', * FROM lstm_backtest('noise', 'ts', 'value', NULL, NULL, '{echo}', options => eager(), folds => 5)) AS both_of_them
WHERE metric = 'mae' GROUP BY driver ORDER BY driver;
CREATE TABLE spies AS
SELECT lstm_train('SELECT * FROM noise WHERE i < 400', 'ts', 'value', NULL, '{echo}', options => eager()) AS past,
       lstm_train('SELECT * FROM noise WHERE i < 404', 'ts', 'value', NULL, NULL, '{echo}', options => eager()) AS future,
       lstm_train('SELECT * FROM noise WHERE i < 400', 'ts', 'value', NULL, '{holey}', options => eager()) AS holey;
SELECT driver, avg(model) < 0.25 * avg(naive) AS knows, avg(model) > 0.6 * avg(naive) AS guesses
FROM (SELECT 'past' AS driver, b.* FROM spies, lstm_backtest(past, 'noise', 'ts', 'value') AS b
      UNION ALL SELECT 'future', b.* FROM spies, lstm_backtest(future, 'noise', 'ts', 'value') AS b) AS both_of_them
WHERE metric = 'mae' GROUP BY driver ORDER BY driver;

-- Holes just before an origin are not filled from what comes after it: neither those of a driver, ...
SELECT extract(hour FROM origin)::int % 4 AS missing_at_3, count(*), bool_and(near(b.model, lstm_mae)) AS as_known
FROM spies, lstm_backtest(holey, 'noise', 'ts', 'value', stride => 1) AS b,
     LATERAL (SELECT lstm_mae(n.value, f.forecast) FROM lstm_forecast(holey, format('SELECT * FROM noise WHERE ts <= %L', b.origin), 'ts', 'value') AS f JOIN noise AS n USING (ts)) AS by_hand
WHERE metric = 'mae' GROUP BY 1 ORDER BY 1;
SELECT fold, near(b.model, lstm_mae) AS as_known
FROM lstm_backtest('noise', 'ts', 'value', NULL, '{holey}', options => eager('{"max_steps": 50}'), folds => 2) AS b,
     LATERAL (SELECT lstm_mae(n.value, f.forecast) FROM lstm_forecast(lstm_train(format('SELECT * FROM noise WHERE ts <= %L', b.origin), 'ts', 'value', NULL, '{holey}', options => eager('{"max_steps": 50}'))) AS f
              JOIN noise AS n USING (ts)) AS by_hand
WHERE metric = 'mae' ORDER BY fold;
-- ... nor those of the values: the last known one stands there
CREATE VIEW holes AS SELECT i, ts, CASE WHEN i % 8 IN (1, 5, 6) THEN NULL ELSE value END AS value, echo FROM noise;
SELECT extract(hour FROM origin)::int % 8 IN (1, 5, 6) AS in_a_hole, count(*), bool_and(near(b.model, lstm_mae)) AS as_known
FROM spies, lstm_backtest(past, 'holes', 'ts', 'value', stride => 1) AS b,
     LATERAL (SELECT lstm_mae(h.value, f.forecast)
              FROM lstm_forecast(past, format('SELECT h.ts, coalesce(h.value, CASE WHEN h.ts > last THEN at_last END) AS value, h.echo
                                               FROM holes AS h, (SELECT ts AS last, value AS at_last FROM holes WHERE value IS NOT NULL AND ts <= %L ORDER BY ts DESC LIMIT 1) AS known
                                               WHERE h.ts <= %1$L', b.origin), 'ts', 'value') AS f JOIN holes AS h USING (ts)) AS by_hand
WHERE metric = 'mae' GROUP BY 1 ORDER BY 1;
SELECT count(*), bool_and(near(b.naive, lstm_mae)) AS naive_too
FROM spies, lstm_backtest(past, 'holes', 'ts', 'value', stride => 1) AS b,
     LATERAL (SELECT value FROM holes WHERE value IS NOT NULL AND ts <= b.origin ORDER BY ts DESC LIMIT 1) AS last,
     LATERAL (SELECT lstm_mae(h.value, last.value) FROM holes AS h WHERE ts > b.origin AND ts <= b.origin + interval '4 hours') AS by_hand
WHERE metric = 'mae';

-- 5. What is not defined is NULL: no skill against a perfect naive forecast, no percentage of zeros, nothing of targets that are all missing.
SELECT metric, model IS NULL AS model, naive IS NULL AS naive, seasonal_naive AS seasonal, skill IS NULL AS skill
FROM lstm_backtest('SELECT i, 0.0 AS value FROM generate_series(1, 60) AS i', NULL, 'value', options => small(), folds => 1) ORDER BY metric;
SELECT metric, model IS NULL AS model, naive IS NULL AS naive, seasonal_naive IS NULL AS seasonal, skill IS NULL AS skill
FROM lstm_backtest('SELECT ts, CASE WHEN i NOT BETWEEN 70 AND 79 THEN value END AS value FROM noise WHERE i < 85', 'ts', 'value', options => eager('{"max_steps": 5}'), folds => 2, stride => 6) WHERE fold = 1 ORDER BY metric;

-- 6. Errors.
\x on
SELECT * FROM raises($$SELECT b.* FROM models, lstm_backtest(plain, 'driven', 'day', 'amount', 'shop', folds => 6) AS b$$);
SELECT * FROM raises($$SELECT b.* FROM models, lstm_backtest(plain, 'driven_early', 'day', 'amount', 'shop', folds => 1) AS b$$);
SELECT * FROM raises($$SELECT b.* FROM models, lstm_backtest(plain, 'driven', 'day', 'amount', 'shop', horizon => 6) AS b$$);
SELECT * FROM raises($$SELECT b.* FROM models, lstm_backtest(driven, 'driven', 'day', 'amount', 'shop', past_columns => '{}') AS b$$);
SELECT * FROM raises($$SELECT * FROM lstm_backtest((SELECT lstm_train(amount, small() ORDER BY i) FROM driven WHERE shop = 'a'), 'SELECT * FROM driven WHERE shop = ''a''', 'day', 'amount')$$);
SELECT * FROM raises($$SELECT * FROM lstm_backtest('driven', 'day', 'amount', 'shop', options => small(), folds => 0)$$);
SELECT * FROM raises($$SELECT * FROM lstm_backtest('driven', 'day', 'amount', 'shop', options => small(), stride => 0)$$);
SELECT code, detail FROM raises($$SELECT * FROM lstm_backtest('driven', 'day', 'amount', 'shop', options => small(), stride => -1)$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest('driven', 'day', 'amount', 'shop', options => small(), horizon => 0)$$);
SELECT * FROM raises($$SELECT * FROM lstm_backtest('driven', 'day', 'amount', 'shop', options => small(), folds => 100)$$);
SELECT * FROM raises($$SELECT * FROM lstm_backtest('SELECT * FROM driven WHERE false', 'day', 'amount', 'shop', options => small())$$);
SELECT * FROM raises($$SELECT * FROM lstm_backtest('SELECT day, NULL::float8 AS amount FROM driven WHERE shop = ''a''', 'day', 'amount', options => small())$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest('nowhere', 'day', 'amount')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest('driven', 'day', 'amuont')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest(NULL::text, 'day', 'amount')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest('\x00'::bytea, 'driven', 'day', 'amount')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest('driven', 'day', 'amount', 'shop', options => '{"lookbak": 1}')$$);
\x off
SELECT count(*) AS no_model FROM lstm_backtest(NULL::bytea, 'driven', 'day', 'amount');
-- rows long before those that the model was trained on
SELECT count(*) AS older FROM models, lstm_backtest(plain, 'SELECT shop, day - interval ''3000 years'' AS day, amount FROM driven', 'day', 'amount', 'shop');
-- the default holds where an argument is null
SELECT max(fold) FROM lstm_backtest('SELECT * FROM driven WHERE shop = ''a''', 'day', 'amount', options => small('{"max_steps": 2}'), folds => NULL, stride => NULL);

-- a fold learns nothing from those before it, not even the mean that stands for drivers not known yet
CREATE VIEW late AS
SELECT i AS step, sin(i / 3.0) + i % 7 AS value, CASE WHEN i > 150 THEN 5 + sin(i / 3.0) END AS driver FROM generate_series(1, 300) AS i;
SELECT (SELECT model FROM lstm_backtest('SELECT * FROM late ORDER BY step', NULL, 'value', past_columns => '{driver}', horizon => 6, folds => 1,
                                        options => lstm_options(max_steps => 30, ensemble_size => 1, schedule => 'constant', patience => 0)) WHERE metric = 'mae')
     = (SELECT model FROM lstm_backtest('SELECT * FROM late ORDER BY step', NULL, 'value', past_columns => '{driver}', horizon => 6, folds => 2, stride => 60,
                                        options => lstm_options(max_steps => 30, ensemble_size => 1, schedule => 'constant', patience => 0)) WHERE metric = 'mae' AND fold = 2) AS same;

DROP VIEW driven_early, holes, late;
DROP TABLE sales, tested, driven, repeated, models, one, noise, spies;
DROP FUNCTION raises, small, near, far, eager;
