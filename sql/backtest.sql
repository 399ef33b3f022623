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

-- the same with held-out steps, from which intervals come
CREATE FUNCTION held(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT small('{"validation_fraction": 0.25}') || more $$;

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
CREATE TABLE one AS SELECT lstm_train('SELECT * FROM driven WHERE shop = ''a'' AND i < 100', 'day', 'amount', NULL, '{wind}', '{promo}', options => held()) AS model,
                           lstm_train('SELECT * FROM driven WHERE i < 90', 'day', 'amount', 'shop', options => held('{"normalization": "standard"}')) AS still;
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

-- 7. The forecasts themselves. By hand: weeks of 1 to 7, of which the last Saturday is missing and the last Sunday 9 instead of 7.
CREATE TABLE weeks AS
SELECT date '2024-01-01' + i AS day, CASE i WHEN 54 THEN NULL WHEN 55 THEN 9 ELSE 1 + i % 7 END AS amount FROM generate_series(0, 55) AS i;
SELECT fold, series IS NULL AS unnamed, origin::date, step, ts, local_ts, actual, round(forecast::numeric, 2) AS forecast, lower <= forecast AND forecast <= upper AS inside, naive, seasonal_naive
FROM lstm_backtest_forecasts('weeks', 'day', 'amount', options => held(), horizon => 3, folds => 2) ORDER BY fold, step;
-- arguments by their places; quantiles in the order asked for, and the bounds are quantiles too
SELECT f.fold, f.step, cardinality(f.quantiles) AS quantiles, near(f.quantiles[1], f.upper) AND near(f.quantiles[3], f.lower) AS bounds, near(f.quantiles[2], f.forecast) OR f.quantiles[2] BETWEEN f.lower AND f.upper AS middle, m.model IS NOT NULL AS of_model
FROM (SELECT lstm_train(day, amount, held('{"horizon": 2}')) AS model FROM weeks WHERE day < '2024-02-19') AS m,
     lstm_backtest_forecasts(m.model, 'weeks', 'day', 'amount', NULL, NULL, NULL, 2, 2, NULL, 0.5, '{0.75, 0.5, 0.25}') AS f ORDER BY fold, step;
SELECT count(*), bool_and(cardinality(quantiles) = 1) AS quantiles FROM lstm_backtest_forecasts('weeks', 'day', 'amount', NULL, NULL, NULL, 2, held('{"max_steps": 2}'), 2, 7, 0.5, '{0.5}');
-- defaults where an argument is null
SELECT count(*), bool_and(quantiles IS NULL) AS quantiles, bool_and(lower <= forecast AND forecast <= upper) AS bounds
FROM lstm_backtest_forecasts('weeks', 'day', 'amount', options => held('{"max_steps": 2}'), folds => NULL, stride => NULL, confidence_level => NULL, quantiles => NULL);
SELECT count(*) AS no_model FROM lstm_backtest_forecasts(NULL::bytea, 'driven', 'day', 'amount');

-- lstm_backtest gives their metrics, those of SQL: of the forecast, of the last value, of the last season
CREATE FUNCTION agrees(a float8, b float8) RETURNS bool LANGUAGE sql IMMUTABLE AS
$$ SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-12 * greatest(abs(a), abs(b)), false) $$;
CREATE VIEW gappy AS SELECT shop, i, day, CASE WHEN i % 9 <> 4 THEN amount END AS amount FROM sales;
CREATE TABLE given AS SELECT 'trained' AS test, * FROM lstm_backtest_forecasts('gappy', 'day', 'amount', 'shop', options => small(), confidence_level => 0.3, folds => 12);
CREATE TABLE metrics AS SELECT 'trained' AS test, * FROM lstm_backtest('gappy', 'day', 'amount', 'shop', options => small(), folds => 12);
INSERT INTO given SELECT 'model', f.* FROM models, lstm_backtest_forecasts(plain, 'gappy', 'day', 'amount', 'shop', stride => 1) AS f;
INSERT INTO metrics SELECT 'model', b.* FROM models, lstm_backtest(plain, 'gappy', 'day', 'amount', 'shop', stride => 1) AS b;
CREATE VIEW scales AS
SELECT test, series, fold, (SELECT lstm_mase_scale(amount, 7 ORDER BY day) FROM gappy WHERE shop = series AND day <= CASE test WHEN 'model' THEN first ELSE origin END) AS scale
FROM (SELECT DISTINCT test, series, fold, origin, min(origin) OVER (PARTITION BY test, series) AS first FROM given) AS folds;
CREATE VIEW by_hand AS
SELECT test, series, fold, lower(metric) AS metric, values FROM
  (SELECT test, series, fold,
          ARRAY[lstm_mae(actual, forecast), lstm_mae(actual, naive), lstm_mae(actual, seasonal_naive)] AS "MAE",
          ARRAY[lstm_rmse(actual, forecast), lstm_rmse(actual, naive), lstm_rmse(actual, seasonal_naive)] AS "RMSE",
          ARRAY[lstm_mape(actual, forecast), lstm_mape(actual, naive), lstm_mape(actual, seasonal_naive)] AS "MAPE",
          ARRAY[lstm_smape(actual, forecast), lstm_smape(actual, naive), lstm_smape(actual, seasonal_naive)] AS "SMAPE",
          ARRAY[lstm_mase(actual, forecast, scale), lstm_mase(actual, naive, scale), lstm_mase(actual, seasonal_naive, scale)] AS "MASE"
   FROM given JOIN scales USING (test, series, fold) GROUP BY test, series, fold) AS measured,
  LATERAL (VALUES ('MAE', "MAE"), ('RMSE', "RMSE"), ('MAPE', "MAPE"), ('SMAPE', "SMAPE"), ('MASE', "MASE")) AS each (metric, values);
SELECT test, metric, count(*), bool_and(agrees(model, values[1])) AS model, bool_and(agrees(naive, values[2])) AS naive, bool_and(agrees(seasonal_naive, values[3])) AS seasonal_naive
FROM metrics FULL JOIN by_hand USING (test, series, fold, metric) GROUP BY test, metric ORDER BY test, metric;
-- what was not observed has no actual
SELECT test, count(*), count(*) FILTER (WHERE f.actual IS NULL) AS holes, bool_and(f.actual IS NOT DISTINCT FROM s.amount) AS same, bool_and(f.ts = s.day AND f.origin + f.step * interval '1 day' = f.ts) AS dated
FROM given AS f LEFT JOIN gappy AS s ON s.shop = f.series AND s.day = f.local_ts GROUP BY test ORDER BY test;
DROP VIEW by_hand, scales, gappy;

-- Each is what lstm_forecast says from the rows up to the origin, interval and quantiles included: of a model trained on them, ...
SELECT count(*), bool_and(near(b.forecast, f.forecast) AND near(b.lower, f.lower) AND near(b.upper, f.upper)) AS same, bool_and(near(b.quantiles[1], f.quantiles[1]) AND near(b.quantiles[2], f.quantiles[2])) AS quantiles,
       bool_and(b.ts = f.ts AND b.local_ts = f.local_ts AND b.step = f.step) AS dated
FROM lstm_backtest_forecasts('driven', 'day', 'amount', 'shop', '{wind}', '{promo}', options => held(), folds => 2, confidence_level => 0.8, quantiles => '{0.9, 0.2}') AS b
     JOIN (SELECT fold, lstm_train(shop, day, CASE WHEN i < length - 5 * (3 - fold) THEN amount END, ARRAY[CASE WHEN i < length - 5 * (3 - fold) THEN wind END],
                                   ARRAY[promo::int], held()) AS model
           FROM driven JOIN (VALUES ('a', 120), ('b', 100)) AS shops (shop, length) USING (shop), generate_series(1, 2) AS fold GROUP BY fold) AS m USING (fold)
     JOIN LATERAL lstm_forecast(m.model, confidence_level => 0.8, quantiles => '{0.9, 0.2}') AS f USING (series, step);
-- ... and of one trained before, also where the last steps are missing; intervals by residuals, and by the networks' own distribution
CREATE TABLE trained AS
SELECT "interval", lstm_train('SELECT * FROM holes WHERE i < 300', 'ts', 'value', options => eager('{"max_steps": 100, "loss": "gaussian", "validation_fraction": 0.2}') || jsonb_build_object('interval', "interval")) AS model
FROM unnest(ARRAY['conformal', 'model', 'none']) AS "interval";
SELECT "interval", h.value IS NULL AS in_a_hole, count(*), bool_and(near(b.forecast, f.forecast)) AS same, bool_and(near(b.lower, f.lower) AND near(b.upper, f.upper)) AS bounds,
       bool_and(near(b.quantiles[1], f.quantiles[1]) AND near(b.quantiles[2], f.quantiles[2])) AS quantiles, count(b.lower) AS intervals, count(b.quantiles) AS with_quantiles
FROM trained, lstm_backtest_forecasts(model, 'holes', 'ts', 'value', stride => 7, confidence_level => 0.8, quantiles => '{0.9, 0.2}') AS b JOIN holes AS h ON h.ts = b.origin,
     LATERAL (SELECT f.* FROM lstm_forecast(model, format('SELECT h.ts, coalesce(h.value, CASE WHEN h.ts > last THEN at_last END) AS value
                                                           FROM holes AS h, (SELECT ts AS last, value AS at_last FROM holes WHERE value IS NOT NULL AND ts <= %L ORDER BY ts DESC LIMIT 1) AS known
                                                           WHERE h.ts <= %1$L', b.origin), 'ts', 'value', confidence_level => 0.8, quantiles => '{0.9, 0.2}') AS f WHERE f.step = b.step) AS f
GROUP BY 1, 2 ORDER BY 1, 2;

-- Intervals hold what they promise: of noise that is spread evenly over 10.23, four fifths are as wide as that part.
CREATE TABLE even AS SELECT i, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, 10 + (hashint4(i) & 1023) / 100.0 AS value FROM generate_series(0, 1999) AS i;
SELECT "interval", count(*) > 1000 AS many, lstm_coverage(actual, lower, upper) BETWEEN 0.72 AND 0.88 AS covered, avg(upper - lower) / (0.8 * 10.23) BETWEEN 0.85 AND 1.25 AS wide,
       abs(avg((actual < quantiles[1])::int) - 0.2) < 0.08 AS low, abs(avg((actual < quantiles[2])::int) - 0.7) < 0.08 AS high
FROM (SELECT "interval", f.* FROM unnest(ARRAY['conformal', 'model']) AS "interval",
             LATERAL lstm_backtest_forecasts(lstm_train('SELECT * FROM even WHERE i < 1200', 'ts', 'value', options => eager('{"max_steps": 300, "loss": "quantile", "validation_fraction": 0.2}') || jsonb_build_object('interval', "interval")),
                                             'even', 'ts', 'value', stride => 1, confidence_level => 0.8, quantiles => '{0.2, 0.7}') AS f) AS tested
GROUP BY 1 ORDER BY 1;

-- No leak: whatever comes after an origin, nothing but the actual values is other, bit for bit. That of folds, of a model, and of a series that
-- the model has never seen, which stood still up to its first origin.
CREATE FUNCTION distinct_forecasts(test text) RETURNS TABLE (step int, futures bigint, actuals bigint, others bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT f.step, count(*), count(DISTINCT actual), count(DISTINCT (forecast, lower, upper, quantiles, naive, seasonal_naive, origin, ts))
		FROM unnest(ARRAY[1000, 50000, 1000000]) AS level, one, %s AS f WHERE fold = 1 GROUP BY f.step ORDER BY f.step', test);
END $$;
SELECT * FROM distinct_forecasts($$lstm_backtest_forecasts(far(level), 'day', 'amount', NULL, '{wind}', '{promo}', options => held(), folds => 1, quantiles => '{0.9}')$$);
SELECT * FROM distinct_forecasts($$lstm_backtest_forecasts(one.model, far(level), 'day', 'amount', folds => 1, quantiles => '{0.9}')$$);
SELECT * FROM distinct_forecasts($$lstm_backtest_forecasts(one.still, 'SELECT ''new'' AS shop, day, CASE WHEN i < 15 THEN 12.5 ELSE (i % 3 + 1) * ' || level || ' END AS amount FROM driven WHERE shop = ''a'' AND i < 30', 'day', 'amount', 'shop', quantiles => '{0.9}')$$);

-- Days of another zone than the session's keep their dates, through a change of the clocks; without timestamps there are none; irregular ones are those of the rows.
CREATE TABLE auckland AS SELECT day, (day::timestamp AT TIME ZONE 'Pacific/Auckland') AS ts, amount FROM driven WHERE shop = 'a';
SET timezone = 'America/New_York';
SELECT count(*), bool_and(f.local_ts = a.day AND f.ts = a.ts) AS dated, bool_and(f.actual = a.amount) AS same, bool_or(f.ts::date <> a.day) AS elsewhere
FROM lstm_backtest_forecasts('auckland', 'ts', 'amount', options => small('{"time_zone": "Pacific/Auckland", "max_steps": 2}'), folds => 6) AS f LEFT JOIN auckland AS a ON a.day = f.local_ts::date;
SELECT count(*), bool_and(f.local_ts = a.day AND f.ts = a.ts) AS dated, bool_and(f.actual = a.amount) AS same
FROM lstm_backtest_forecasts(lstm_train('SELECT * FROM auckland WHERE day < ''2024-03-01''', 'ts', 'amount', options => small('{"time_zone": "Pacific/Auckland", "max_steps": 2}')), 'auckland', 'ts', 'amount') AS f
     LEFT JOIN auckland AS a ON a.day = f.local_ts::date;
SET timezone = 'UTC';
SELECT count(*), count(origin) AS origins, count(ts) AS times, count(local_ts) AS clocks, bool_and(actual = 10 + (100 + step) % 7) AS actual
FROM lstm_backtest_forecasts('SELECT 10 + i % 7 AS value FROM generate_series(1, 105) AS i ORDER BY i', NULL, 'value', options => small(), folds => 1);
SELECT count(*), bool_and(f.actual = r.value) AS on_the_rows
FROM lstm_backtest_forecasts('SELECT ts + i * i % 50 * interval ''1 minute'' AS ts, value FROM noise', 'ts', 'value', options => eager('{"max_steps": 2, "frequency": "irregular"}')) AS f
     LEFT JOIN (SELECT ts + i * i % 50 * interval '1 minute' AS ts, value FROM noise) AS r USING (ts);
-- limits hold for forecasts, bounds and quantiles
SELECT bool_and(forecast BETWEEN 11 AND 14 AND lower BETWEEN 11 AND 14 AND upper BETWEEN 11 AND 14 AND quantiles[1] BETWEEN 11 AND 14) AS within, bool_or(actual NOT BETWEEN 11 AND 14) AS beyond
FROM lstm_backtest_forecasts('SELECT * FROM driven WHERE shop = ''a''', 'day', 'amount', options => held('{"minimum": 11, "maximum": 14}'), quantiles => '{0.99}');

-- Errors.
\x on
SELECT * FROM raises($$SELECT * FROM lstm_backtest_forecasts('nowhere', 'day', 'amount', confidence_level => 1)$$);
SELECT code, detail FROM raises($$SELECT f.* FROM models, lstm_backtest_forecasts(plain, 'nowhere', 'day', 'amount', confidence_level => 'NaN') AS f$$);
SELECT * FROM raises($$SELECT * FROM lstm_backtest_forecasts('nowhere', 'day', 'amount', quantiles => '{0.5,1}')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest_forecasts('nowhere', 'day', 'amount', quantiles => '{NULL}')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest_forecasts('nowhere', 'day', 'amount')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_backtest_forecasts('driven', 'day', 'amount', 'shop', folds => 0)$$);
SELECT code, message, hint FROM raises($$SELECT f.* FROM models, lstm_backtest_forecasts(plain, 'driven', 'day', 'amount', 'shop', folds => 6) AS f$$);
SELECT code, message FROM raises($$SELECT f.* FROM models, lstm_backtest_forecasts(plain, 'driven', 'day', 'amount', 'shop', horizon => 6) AS f$$);
-- more than there may be, before anything is trained
SET lstm_forecast.max_memory = '3MB';
SELECT * FROM raises($$SELECT * FROM lstm_backtest_forecasts('SELECT s, day, amount FROM weeks, generate_series(1, 100) AS s', 'day', 'amount', 's', folds => 1, quantiles => array_fill(0.5, ARRAY[1000]),
                                                             options => small('{"max_steps": 1000000000, "max_epochs": 1000000000, "patience": 0}'))$$);
RESET lstm_forecast.max_memory;
CREATE TABLE long AS SELECT lstm_train('SELECT * FROM noise WHERE i < 400', 'ts', 'value', options => eager('{"max_steps": 1, "horizon": 50, "loss": "gaussian", "interval": "model"}')) AS model;
SET lstm_forecast.max_memory = '1MB';
SELECT code, message, hint FROM raises($$SELECT f.* FROM long, lstm_backtest_forecasts(model, 'noise', 'ts', 'value', quantiles => (SELECT array_agg(i / 1001.0) FROM generate_series(1, 1000) AS i)) AS f$$);
RESET lstm_forecast.max_memory;
\x off
SELECT count(*), bool_and(cardinality(quantiles) = 1000) AS quantiles
FROM long, lstm_backtest_forecasts(model, 'noise', 'ts', 'value', quantiles => (SELECT array_agg(i / 1001.0) FROM generate_series(1, 1000) AS i)) AS f;

-- Glitches are those that show at the origin: a level that changes in the last step before it lies far from all that is known there, and two values
-- that are like nothing before or after lie at an end that may be a new level. Forecasts are those of a model trained on these rows, bit for bit; ...
CREATE TABLE ends AS
SELECT kind, i, timestamptz '2024-01-01' + i * interval '1 day' AS ts,
       (10 + i % 7 + (hashint4(i) & 255) / 256.0) * CASE WHEN kind = 'rises' AND i >= 129 THEN 30 WHEN kind = 'falls' AND i >= 129 THEN 0.02 WHEN kind = 'two' AND i IN (128, 129) THEN 100 ELSE 1 END AS value
FROM unnest(ARRAY['falls', 'rises', 'two']) AS kind, generate_series(0, 133) AS i
WHERE kind <> 'two' OR i NOT IN (40, 41, 97); -- holes, too
CREATE FUNCTION brief() RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT lstm_options(horizon => 4, hidden_size => 8, ensemble_size => 2, max_steps => 20) $$;
CREATE TABLE early AS
SELECT kind, lstm_train(ts, value, brief()) AS whole, lstm_train(ts, value, brief()) FILTER (WHERE i < 130) AS known, lstm_train(ts, value, brief()) FILTER (WHERE i < 120) AS before FROM ends GROUP BY kind;
SELECT kind, (lstm_model_info(whole)->>'missing')::int AS in_all, (lstm_model_info(known)->>'missing')::int AS in_known, count(*), bool_and(b.forecast = f.forecast AND b.lower = f.lower AND b.upper = f.upper) AS same,
       bool_and(b.forecast < 40) AS level, bool_and(b.naive < 40) AS naive, bool_and(b.actual IS NOT DISTINCT FROM e.value) AS actual
FROM early JOIN ends AS e USING (kind), lstm_forecast(known) AS f, lstm_backtest_forecasts(format('SELECT * FROM ends WHERE kind = %L', kind), 'ts', 'value', options => brief(), folds => 1) AS b
WHERE b.step = f.step AND e.ts = b.ts GROUP BY kind, 2, 3 ORDER BY kind;
-- ... of a model trained before, those that it makes of the rows up to the origin; what is a glitch in all the rows has no actual.
SELECT kind, count(*), bool_and(near(b.forecast, f.forecast) AND near(b.lower, f.lower) AND near(b.upper, f.upper)) AS same, count(*) FILTER (WHERE b.actual IS NULL) AS set_aside
FROM early, lstm_backtest_forecasts(before, format('SELECT * FROM ends WHERE kind = %L', kind), 'ts', 'value', stride => 1) AS b,
     LATERAL lstm_forecast(before, format('SELECT * FROM ends WHERE kind = %L AND ts <= %L', kind, b.origin), 'ts', 'value') AS f WHERE f.step = b.step GROUP BY kind ORDER BY kind;
-- a glitch before a hole that ends at the origin fills none of it
SELECT bool_and(b.forecast < 40 AND b.naive < 40) AS level, count(*)
FROM lstm_backtest_forecasts('SELECT ts, CASE WHEN i = 127 THEN 5000 ELSE value END AS value FROM ends WHERE kind = ''rises'' AND i NOT IN (128, 129)', 'ts', 'value', options => brief(), folds => 1) AS b;
-- Irregular times are not known before they come: the calendar goes on by the median gap, which is five hours here.
CREATE TABLE irregular AS SELECT i, timestamptz '2024-01-01' + i * interval '5 hours' + CASE WHEN i % 5 = 2 THEN interval '4 hours' ELSE interval '0' END AS ts FROM generate_series(0, 299) AS i;
ALTER TABLE irregular ADD value float8;
UPDATE irregular SET value = 10 + 5 * sin(extract(epoch FROM ts) / 86400 * 2 * pi());
CREATE FUNCTION dated() RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT brief() || '{"frequency": "irregular", "calendar": true, "refit": false}' $$;
CREATE TABLE irregular_models AS SELECT lstm_train(ts, value, dated()) FILTER (WHERE i < 296) AS known, lstm_train(ts, value, dated()) FILTER (WHERE i < 250) AS before FROM irregular;
SELECT count(*), bool_and(b.forecast = f.forecast AND b.lower = f.lower AND b.upper = f.upper) AS same
FROM lstm_backtest_forecasts('irregular', 'ts', 'value', options => dated(), folds => 1) AS b, irregular_models, lstm_forecast(known, 'SELECT * FROM irregular WHERE i < 296', 'ts', 'value') AS f WHERE f.step = b.step;
SELECT count(*), bool_and(near(b.forecast, f.forecast) AND near(b.lower, f.lower) AND near(b.upper, f.upper)) AS same
FROM irregular_models, lstm_backtest_forecasts(before, 'irregular', 'ts', 'value', stride => 3) AS b, LATERAL lstm_forecast(before, format('SELECT * FROM irregular WHERE ts <= %L', b.origin), 'ts', 'value') AS f WHERE f.step = b.step;

DROP VIEW driven_early, holes, late;
DROP TABLE sales, tested, driven, repeated, models, one, noise, spies, weeks, given, metrics, trained, auckland, even, long, ends, early, irregular, irregular_models;
DROP FUNCTION raises, held, small, brief, dated, near, far, eager, agrees, distinct_forecasts;
