-- Panels: rows of many series, their covariates, and how they come in.
SET timezone = 'UTC';
SET datestyle = ISO;
SET intervalstyle = postgres;
SET client_min_messages = warning;

-- without validation, as the few steps must show in the weights however little they gain
CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(ensemble_size => 1, hidden_size => 4, max_epochs => 1, horizon => 3, validation_fraction => 0) || more $$;

-- multiples of 1/8, so that sums and means of a few are exact
CREATE FUNCTION wave(i bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT 20 + i % 7 + (i * i % 37) / 8.0 $$;

CREATE FUNCTION times(model bytea) RETURNS TABLE (series text, times text) LANGUAGE sql AS
$$ SELECT series, string_agg(ts::text, ', ' ORDER BY step) FROM lstm_forecast(model) WHERE step <= 3 GROUP BY series $$;

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- three shops of different start and length; what was known of the weather, and of holidays ahead
CREATE TABLE sales AS
SELECT shop, timestamp '2024-01-01' + i * interval '1 day' + (ascii(shop) - 97) * interval '10 days' AS day,
       CASE WHEN i <= last THEN wave(i + ascii(shop)) + 30 * (i % 9 = 0)::int END AS amount,
       CASE WHEN i <= last THEN i % 5 END AS temp, i % 9 = 0 AS holiday
FROM (VALUES ('a', 120), ('b', 100), ('c', 80)) AS shops (shop, last), generate_series(0, last + 3) AS i;
\set weights :root '/test/regress/weights.sql'
\i :weights

CREATE TABLE models AS
SELECT lstm_train(shop, day, amount, quick()) AS plain,
       lstm_train(shop, day, amount, ARRAY[temp], ARRAY[holiday::int], quick()) AS driven
FROM sales;

CREATE TABLE named AS SELECT * FROM sales WHERE shop = 'a';

-- Every call finds its function, and the right one: none is ambiguous.
CREATE FUNCTION called(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	EXECUTE 'CREATE TEMP VIEW calling AS SELECT ' || call || ' AS result FROM named, models GROUP BY plain, driven';
	SELECT refobjid::regprocedure INTO STRICT name
	FROM pg_depend JOIN pg_rewrite ON objid = pg_rewrite.oid JOIN pg_proc ON refobjid = pg_proc.oid
	WHERE ev_class = 'calling'::regclass AND refclassid = 'pg_proc'::regclass AND proname IN ('lstm_train', 'lstm_forecast', 'lstm_forecast_values');
	DROP VIEW calling;
	RETURN name;
EXCEPTION WHEN ambiguous_function OR undefined_function THEN
	RETURN SQLERRM;
END $$;
SELECT call, called(call)
FROM unnest(ARRAY[
       'lstm_train(amount)', 'lstm_train(amount, ''{}'')', 'lstm_train(amount, NULL)', 'lstm_train(amount, quick())',
       'lstm_train(day, amount)', 'lstm_train(day::date, amount)', 'lstm_train(day, amount::numeric)', 'lstm_train(day, NULL)',
       'lstm_train(day, amount, ''{}'')', 'lstm_train(day, amount, NULL)', 'lstm_train(day, amount, quick())',
       'lstm_train(NULL, amount, quick())', 'lstm_train(day, NULL, quick())',
       'lstm_train(shop, day, amount)', 'lstm_train(1, day, amount)', 'lstm_train(''a'', day, amount)',
       'lstm_train(shop, day, NULL)', 'lstm_train(shop, day::date, amount::numeric)', 'lstm_train(day, day, amount)',
       'lstm_train(shop, day, amount, ''{}'')', 'lstm_train(''a'', day, amount, NULL)', 'lstm_train(shop, day, amount, quick())',
       'lstm_train(shop, day, amount, ARRAY[temp], ARRAY[1])', 'lstm_train(shop, day, amount, NULL, ARRAY[1.5])',
       'lstm_train(shop, day, amount, ''{1}'', ''{}'')', 'lstm_train(shop, day, amount, NULL, NULL)',
       'lstm_train(shop, day, amount, ARRAY[temp], NULL, ''{}'')', 'lstm_train(shop, day, amount, ''{1}'', NULL, quick())',
       'lstm_train(''named'', ''day'', ''amount'')', 'lstm_train(''named'', NULL, ''amount'')',
       'lstm_train(''named'', ''day'', ''amount'', NULL)', 'lstm_train(''named'', ''day'', ''amount'', ''shop'')',
       'lstm_train(''named'', ''day'', ''amount'', ''shop'', ''{temp}'')', 'lstm_train(''named'', ''day'', ''amount'', horizon => 2)',
       'lstm_train(''named'', ''day'', ''amount'', ''shop'', ARRAY[''temp''], ARRAY[''holiday''])',
       'lstm_train(''named'', ''day'', ''amount'', ''shop'', NULL, ARRAY[''holiday''], 3)',
       'lstm_train(''named'', ''day'', ''amount'', options => ''{}'')', 'lstm_train(''named'', ''day'', ''amount'', future_columns => ''{holiday}'', future_source => ''named'')',
       'lstm_forecast_values(plain, amount)', 'lstm_forecast(plain, day, amount)', 'lstm_forecast(plain, day::date, 1)',
       'lstm_forecast(plain, shop, day, amount)', 'lstm_forecast(plain, ''a'', day, 1)', 'lstm_forecast(plain, 1, day, 1)',
       'lstm_forecast(plain, shop, day, amount, NULL, NULL)', 'lstm_forecast(driven, shop, day, amount, ARRAY[temp], ARRAY[1])',
       'lstm_forecast(plain)', 'lstm_forecast(plain, 2)', 'lstm_forecast(plain, 2::smallint)', 'lstm_forecast(plain, 2::bigint)',
       'lstm_forecast(plain, ''2'')', 'lstm_forecast(plain, NULL)', 'lstm_forecast(plain, 2, series => ARRAY[1])', 'lstm_forecast(plain, 2, 0.9)', 'lstm_forecast(plain, 2, NULL)',
       'lstm_forecast(plain, 2, 0.9, ''{0.5}'')', 'lstm_forecast(plain, 2::bigint, NULL, ''{0.5}'')', 'lstm_forecast(plain, 2, NULL, quantiles => ''{0.5}'')', 'lstm_forecast(plain, NULL, 0.9, ''{0.5}'')',
       'lstm_forecast(plain, ''named'', ''day'', ''amount'')', 'lstm_forecast(plain, ''named'', NULL, ''amount'')',
       'lstm_forecast(plain, ''named'', ''day'', ''amount'', ''shop'')',
       'lstm_forecast(driven, ''named'', ''day'', ''amount'', ''shop'', ''{temp}'')', 'lstm_forecast(driven, ''named'', ''day'', ''amount'', ''shop'', ''{temp}'', ''{holiday}'')',
       'lstm_forecast(driven, ''named'', ''day'', ''amount'', ''shop'', NULL, NULL, NULL, NULL, NULL, NULL, ''named'', ''skip'', ''common'')',
       'lstm_forecast(driven, ''named'', ''day'', ''amount'', future_source => ''named'', on_missing => ''skip'', origin => ''common'')',
       'lstm_forecast(driven, ''named'', ''day'', ''amount'', ''shop'', ARRAY[''temp''], ''{holiday}'')', 'lstm_forecast(driven, ''named'', ''day'', ''amount'', ''shop'', NULL, ARRAY[''holiday''])',
       'lstm_forecast(driven, ''named'', ''day'', ''amount'', series_column => ''shop'', past_columns => ''{temp}'', future_columns => ''{holiday}'')',
       'lstm_forecast(driven, ''named'', ''day'', ''amount'', past_columns => ''{temp}'', future_columns => ''{holiday}'')',
       'lstm_forecast(plain, on_missing => ''skip'', origin => ''common'')', 'lstm_forecast(plain, 2, 0.9, NULL, NULL, ''skip'', ''common'')',
       'lstm_forecast(plain, on_missing => ''skip''::text)', 'lstm_forecast(plain, origin => ''common''::varchar)',
       'lstm_forecast(''named'', ''day'', ''amount'', future_source => ''named'', on_missing => ''skip'', origin => ''common'')',
       'lstm_forecast(''named'', ''day'', ''amount'')', 'lstm_forecast(''named'', ''day'', ''amount'', ''shop'', history => 7)',
       'lstm_forecast(''named'', ''day'', ''amount'', ''shop'', NULL, NULL, 2::smallint, ''{}'', 0.9, ''{0.5}'', 7::bigint)']) AS call;

-- A series may be of any type; it is named as the type prints it.
CREATE TYPE size AS ENUM ('small', 'large');
CREATE DOMAIN code AS char(3);
SELECT kind, (SELECT string_agg(DISTINCT series, ', ') FROM lstm_forecast(model)) AS series
FROM (SELECT 'text' AS kind, lstm_train('it''s "a"'::text, day, amount, quick()) AS model FROM named
      UNION ALL SELECT 'literal', lstm_train('a', day, amount, quick()) FROM named
      UNION ALL SELECT 'empty', lstm_train(''::text, day, amount, quick()) FROM named
      UNION ALL SELECT 'integer', lstm_train(-7, day, amount, quick()) FROM named
      UNION ALL SELECT 'boolean', lstm_train(amount IS NOT NULL OR true, day, amount, quick()) FROM named
      UNION ALL SELECT 'date', lstm_train(date '2024-02-29', day, amount, quick()) FROM named
      UNION ALL SELECT 'enum', lstm_train('large'::size, day, amount, quick()) FROM named
      UNION ALL SELECT 'domain', lstm_train('x'::code, day, amount, quick()) FROM named
      UNION ALL SELECT 'array', lstm_train(ARRAY['a', 'b'], day, amount, quick()) FROM named
      UNION ALL SELECT 'row', lstm_train(ROW(1, 'a'), day, amount, quick()) FROM named) AS trained
ORDER BY kind;
SELECT (SELECT string_agg(DISTINCT series, ', ') FROM lstm_forecast(model)) AS boolean_from_source
FROM lstm_train('SELECT true AS series, * FROM named', 'day', 'amount', 'series', options => quick()) AS model;
DROP FUNCTION called;
DROP TABLE named;
DROP DOMAIN code;
DROP TYPE size;

-- Series keep their own start, length and gaps. The order of the rows does not matter, nor whether they
-- come through the aggregate or from a source. Labels are in the order of their bytes.
SELECT t.* FROM models, times(plain) AS t;
SELECT info->>'series' AS series, info->>'rows' AS rows, info->>'missing' AS filled, info->>'frequency' AS frequency
FROM lstm_model_info((SELECT lstm_train(shop, day, amount, quick()) FROM sales
                      WHERE extract(day FROM day) NOT IN (5, 6))) AS info;
SELECT lstm_train(shop, day, amount, quick() ORDER BY day, shop) = plain AS by_day,
       lstm_train(shop, day, amount, quick() ORDER BY shop DESC, day DESC) = plain AS descending,
       lstm_train(shop, day, amount, quick() ORDER BY md5(shop || day)) = plain AS shuffled,
       lstm_train(shop, day, amount, ARRAY[temp], ARRAY[holiday::int], quick() ORDER BY md5(shop || day)) = driven AS with_covariates,
       lstm_train('sales', 'day', 'amount', 'shop', options => quick()) = plain AS from_source
FROM sales, models GROUP BY plain, driven;
SELECT series FROM lstm_forecast((SELECT lstm_train(name, day, amount, quick())
                                  FROM sales, unnest(ARRAY['b', 'B', 'Z', 'a b', '10', '9']) AS name WHERE shop = 'a'), 1);

-- One series of a panel is one series, but for its name.
SELECT (SELECT array_agg(row(step, ts, forecast) ORDER BY step) FROM lstm_forecast(named))
     = (SELECT array_agg(row(step, ts, forecast) ORDER BY step) FROM lstm_forecast(unnamed)) AS same
FROM (SELECT lstm_train(shop, day, amount, quick()) AS named, lstm_train(day, amount, quick()) AS unnamed
      FROM sales WHERE shop = 'a') AS trained;

-- The panel has one frequency, the one that most rows show, each series at its own day or hour. A weekly
-- series among daily ones has holes; the shortest series go along.
CREATE TABLE readings (name text, ts timestamptz, value float8);
INSERT INTO readings
SELECT name, first + (i - 1) * step, wave(i)
FROM (VALUES ('daily', timestamptz '2024-01-01 00:00', interval '1 day', 60),
             ('daily at noon', '2024-02-01 12:00', '1 day', 40),
             ('weekly', '2024-01-03', '7 days', 9),
             ('two rows', '2024-02-28', '3 days', 2),
             ('one row', '2024-02-29', '1 day', 1)) AS series (name, first, step, rows),
     generate_series(1, rows) AS i;
SELECT t.* FROM times((SELECT lstm_train(name, ts, value, quick()) FROM readings)) AS t ORDER BY series COLLATE "C";
SELECT info->>'frequency' AS frequency, info->>'rows' AS rows, info->>'missing' AS filled
FROM lstm_model_info((SELECT lstm_train(name, ts, value, quick()) FROM readings)) AS info;
-- what does not fit is an error that names series and timestamp, whoever has chosen the frequency
INSERT INTO readings SELECT 'hourly', timestamptz '2024-02-01' + i * interval '1 hour', wave(i) FROM generate_series(0, 30) AS i;
\x on
SELECT * FROM raises($$SELECT lstm_train(name, ts, value, quick()) FROM readings$$);
SELECT * FROM raises($$SELECT lstm_train(name, ts, value, quick('{"frequency": "1 day"}')) FROM readings$$);
SELECT * FROM raises($$SELECT lstm_forecast(plain, name, ts, value) FROM readings, models GROUP BY models$$);
\x off
SELECT lstm_model_info(model)->>'frequency' AS frequency, t.*
FROM (SELECT lstm_train(name, ts, value, quick('{"frequency": "1 hour", "horizon": 30, "seasonal_period": 1}')) AS model FROM readings) AS trained, times(model) AS t
ORDER BY series COLLATE "C";
TRUNCATE readings;

-- Months: the first of one series, the last of the other. Business days that have begun on different days.
INSERT INTO readings
SELECT 'month begins', timestamp '2020-01-01' + make_interval(months => i), wave(i) FROM generate_series(0, 47) AS i
UNION ALL
SELECT 'month ends', timestamp '2020-06-01' + make_interval(months => i) - interval '1 day', wave(i) FROM generate_series(0, 40) AS i
UNION ALL
SELECT 'two months', timestamp '2023-11-01' + make_interval(months => i), wave(i) FROM generate_series(0, 1) AS i;
SELECT t.* FROM times((SELECT lstm_train(name, ts, value, quick()) FROM readings)) AS t ORDER BY series COLLATE "C";
TRUNCATE readings;
INSERT INTO readings
SELECT name, day, wave(row_number() OVER (PARTITION BY name ORDER BY day))
FROM (VALUES ('a', date '2024-03-04', date '2024-06-07'), ('b', '2024-05-02', '2024-06-05')) AS series (name, first, last),
     generate_series(first, last, '1 day') AS day
WHERE extract(isodow FROM day) < 6;
SELECT t.* FROM times((SELECT lstm_train(name, ts, value, quick()) FROM readings)) AS t ORDER BY series COLLATE "C";
TRUNCATE readings;

-- Where most rows are irregular, all are, and go on at the common median gap, of 4 minutes here.
SET client_min_messages = notice;
INSERT INTO readings
SELECT name, timestamptz '2024-01-01' + sum(i * i % 5 + 3) OVER (PARTITION BY name ORDER BY i) * interval '1 minute', wave(i)
FROM unnest(ARRAY['a', 'b']) AS name, generate_series(1, 70) AS i
UNION ALL SELECT 'c', timestamptz '2024-01-01' + i * interval '1 hour', wave(i) FROM generate_series(1, 40) AS i;
SELECT t.* FROM times((SELECT lstm_train(name, ts, value, quick()) FROM readings)) AS t ORDER BY series COLLATE "C";
TRUNCATE readings;

-- A series without any value is left out, and said so; without a value at all there is nothing to train on.
INSERT INTO readings
SELECT name, timestamptz '2024-01-01' + i * interval '1 hour', CASE name WHEN 'a' THEN wave(i) END
FROM unnest(ARRAY['a', 'b']) AS name, generate_series(1, 60) AS i;
SELECT t.* FROM times((SELECT lstm_train(name, ts, value, quick()) FROM readings)) AS t;
SET client_min_messages = warning;
SELECT code, message FROM raises($$SELECT lstm_train(name, ts, value, quick()) FROM readings WHERE name = 'b'$$);
SELECT lstm_train(name, ts, value) IS NULL AS no_rows_no_model FROM readings WHERE name = 'c';
TRUNCATE readings;

-- Errors name the series.
\x on
SELECT * FROM raises($$SELECT lstm_train(nullif(shop, 'b'), day, amount) FROM sales$$);
SELECT * FROM raises($$SELECT lstm_train('SELECT *, nullif(shop, ''b'') AS branch FROM sales', 'day', 'amount', 'branch')$$);
SELECT * FROM raises($$SELECT lstm_train(shop, CASE WHEN shop <> 'b' THEN day END, amount) FROM sales$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, CASE WHEN shop = 'b' AND day = '2024-02-29' THEN 'NaN' ELSE amount END) FROM sales$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount) FROM (SELECT * FROM sales UNION ALL SELECT 'b', '2024-02-29', 1, 1, true) AS twice$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, '{"missing": "error"}') FROM sales WHERE NOT (shop = 'b' AND day = '2024-02-29')$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, '{"frequency": "1 second"}') FROM sales WHERE shop > 'a'$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, jsonb_build_object('seed', ascii(shop))) FROM sales$$);
\x off

-- Covariates: arrays and named columns are the same, and numbers of any type. A NULL array is one of NULLs.
SELECT count(*) FROM models, lstm_forecast(driven);
SELECT (SELECT string_agg(forecast::text, ' ' ORDER BY series, step) FROM lstm_forecast(model))
     = (SELECT string_agg(forecast::text, ' ' ORDER BY series, step) FROM models, lstm_forecast(driven)) AS same_forecasts,
       lstm_model_info(model)->'covariates'->>'names' AS names
FROM lstm_train('sales', 'day', 'amount', 'shop', '{temp}', '{holiday}', options => quick()) AS model;
SELECT lstm_train(shop, day, amount, CASE WHEN temp IS NOT NULL THEN ARRAY[temp] END, ARRAY[holiday::int::numeric], quick()) = driven AS null_array
FROM sales, models GROUP BY driven;
SELECT lstm_train(shop, day, amount, NULL, NULL, quick()) = plain AS none, lstm_train(shop, day, amount, '{}', NULL, quick()) = plain AS empty
FROM sales, models GROUP BY plain;
-- also where the number of covariates is known late, and one kind before the other
SELECT lstm_train(shop, day, amount, ARRAY[CASE WHEN late THEN temp END], ARRAY[CASE WHEN later THEN temp END], quick() ORDER BY shop, day)
     = lstm_train(shop, day, amount, CASE WHEN late THEN ARRAY[temp] END, CASE WHEN later THEN ARRAY[temp] END, quick() ORDER BY shop, day) AS late
FROM (SELECT *, day > '2024-02-01' AS late, day > '2024-02-05' AS later FROM sales WHERE amount IS NOT NULL) AS learned;

-- What is known ahead moves the forecast, what is known of the past alone does not where the past is over.
-- A holiday sells more: it was so in training.
CREATE TABLE holidays AS
SELECT lstm_train(shop, day, amount, ARRAY[temp], ARRAY[holiday::int],
                  lstm_options(horizon => 3, hidden_size => 8, ensemble_size => 1, max_steps => 400, seasonal_period => 7, lookback => 14, patch_length => 1,
                               validation_fraction => 0, learning_rate => 0.01)) AS model
FROM sales;
CREATE VIEW scenarios AS
SELECT scenario, f.step, f.forecast
FROM holidays,
     (VALUES ('no holiday', '{0,0,0}'::int[], 0), ('no holiday, hot', '{0,0,0}', 99), ('holiday on the second day', '{0,1,0}', 0)) AS plans (scenario, ahead, temp),
     LATERAL (SELECT lstm_forecast(model, shop, day, CASE WHEN k < 1 THEN amount END, ARRAY[CASE WHEN k < 1 THEN sales.temp ELSE plans.temp END],
                                   ARRAY[CASE WHEN k < 1 THEN holiday::int ELSE ahead[k] END]) AS rows
              FROM sales, LATERAL (SELECT (day::date - date '2024-04-30')) AS ahead_of (k) WHERE shop = 'a') AS forecasts,
     unnest(rows) AS f;
SELECT f.step, with_holiday.forecast - f.forecast > 10 AS sells_more, abs(with_holiday.forecast - f.forecast) < 5 AS sells_as_much, hot.forecast = f.forecast AS past_is_over
FROM scenarios AS f, scenarios AS with_holiday, scenarios AS hot
WHERE f.scenario = 'no holiday' AND with_holiday.scenario = 'holiday on the second day' AND hot.scenario = 'no holiday, hot'
  AND with_holiday.step = f.step AND hot.step = f.step
ORDER BY f.step;
DROP VIEW scenarios;

-- A missing future row is an error, and so is a NULL in it: nobody guesses drivers.
\x on
SELECT * FROM raises($$SELECT lstm_forecast(driven, shop, day, amount, ARRAY[temp], ARRAY[holiday::int])
                       FROM sales, models WHERE NOT (shop = 'b' AND day = '2024-04-21') GROUP BY models$$);
SELECT * FROM raises($$SELECT lstm_forecast(driven, shop, day, amount, ARRAY[temp], ARRAY[CASE WHEN shop <> 'c' OR day < '2024-04-11' THEN holiday::int END])
                       FROM sales, models GROUP BY models$$);
-- rows ahead must be on the grid
SELECT * FROM raises($$SELECT lstm_train(shop, CASE WHEN amount IS NULL THEN day + interval '1 hour' ELSE day END, amount, NULL, ARRAY[1]) FROM sales$$);
SELECT code FROM raises($$SELECT lstm_train(shop, CASE WHEN amount IS NULL THEN day + interval '1 hour' ELSE day END, amount, ARRAY[1], NULL, quick()) FROM sales$$);
\x off

-- Holes in covariates are filled as those in values are.
SELECT lstm_train(shop, day, amount, NULL, ARRAY[CASE WHEN extract(day FROM day) <> 9 THEN temp END], quick(missing))
     = lstm_train(shop, day, amount, NULL, ARRAY[CASE WHEN extract(day FROM day) <> 9 THEN temp ELSE filler END], quick(missing)) AS filled
FROM (SELECT missing, shop, day, amount, temp, CASE missing->>'missing' WHEN 'zero' THEN 0 WHEN 'previous' THEN before ELSE (before + after) / 2 END AS filler
      FROM (SELECT *, lag(temp) OVER neighbours AS before, lead(temp) OVER neighbours AS after
            FROM (SELECT shop, day, amount, coalesce(temp, 1)::float8 AS temp FROM sales) AS known
            WINDOW neighbours AS (PARTITION BY shop ORDER BY day)) AS between_neighbours,
           unnest(ARRAY['{"missing": "linear"}', '{"missing": "previous"}', '{"missing": "zero"}']::jsonb[]) AS missing) AS holes
GROUP BY missing;
-- one that a series never has is taken as the average
CREATE TABLE unknown AS
SELECT lstm_train(shop, day, amount, ARRAY[CASE WHEN shop <> 'b' THEN temp END], ARRAY[holiday::int], quick()) AS model FROM sales;
SELECT series, count(forecast) FROM unknown, lstm_forecast(model) GROUP BY series ORDER BY series;
\x on
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, ARRAY[temp, CASE WHEN extract(day FROM day) <> 9 THEN temp END], NULL, '{"missing": "error"}') FROM sales$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, NULL, ARRAY[CASE WHEN extract(day FROM day) <> 9 THEN 1 END], '{"missing": "error"}') FROM sales$$);
\x off

-- Duplicates: covariates are averaged where values are added up, and the last where those are; else they must agree.
CREATE TABLE copies AS SELECT shop, day, amount, i % 2 AS copy, coalesce(temp, 0) AS temp FROM sales, generate_series(1, 2) AS i;
SELECT duplicates, weights(lstm_train(shop, day, amount * factor, NULL, ARRAY[temp + shift], quick(options) ORDER BY copy, md5(shop || day)))
     = (SELECT weights(lstm_train(shop, day, amount, NULL, ARRAY[coalesce(temp, 0)], quick(options))) FROM sales) AS as_merged_before
FROM copies, (VALUES ('mean'), ('sum'), ('last')) AS policies (duplicates),
     LATERAL (SELECT jsonb_build_object('duplicates', duplicates),
                     CASE WHEN duplicates = 'sum' THEN 0.25 + 0.5 * copy WHEN duplicates = 'last' THEN copy ELSE 1 END,
                     CASE WHEN duplicates = 'last' THEN 5 * (1 - copy) ELSE 2 * copy - 1 END) AS made (options, factor, shift)
GROUP BY duplicates, options ORDER BY duplicates;
SELECT weights(lstm_train(shop, day, CASE copy WHEN 1 THEN amount END, CASE copy WHEN 0 THEN ARRAY[temp] END, ARRAY[temp], quick() ORDER BY md5(day::text || copy)))
     = weights(lstm_train(shop, day, amount, ARRAY[temp], ARRAY[temp], quick()) FILTER (WHERE copy = 1)) AS null_is_no_duplicate
FROM copies;
SELECT code, message FROM raises($$SELECT lstm_train(shop, day, CASE copy WHEN 1 THEN amount END, NULL, ARRAY[temp + copy]) FROM copies$$);

-- What is wrong with a covariate is said with series and timestamp.
\x on
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, ARRAY[1, CASE WHEN day = '2024-02-29' THEN 'NaN'::float8 END], NULL) FROM sales WHERE shop = 'b'$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, NULL, ARRAY[CASE WHEN day = '2024-02-29' THEN '-infinity'::float8 END]) FROM sales WHERE shop = 'b'$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, NULL, ARRAY[CASE WHEN day = '2024-02-29' THEN 1e39 END]) FROM sales WHERE shop = 'b'$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, ARRAY[[1, 2], [3, 4]], NULL) FROM sales WHERE shop = 'b'$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, NULL, CASE WHEN day = '2024-02-29' THEN ARRAY[1, 2] ELSE ARRAY[1] END) FROM sales WHERE shop = 'b'$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, array_fill(1, ARRAY[600]), array_fill(1, ARRAY[600])) FROM sales$$);
SELECT * FROM raises($$SELECT lstm_train(shop, day, amount, array_fill(1, ARRAY[1001]), NULL) FROM sales WHERE shop = 'b'$$);
SELECT * FROM raises($$SELECT lstm_train('sales', 'day', 'amount', 'shop', '{tmep}')$$);
SELECT * FROM raises($$SELECT lstm_train('sales', 'day', 'amount', 'shop', ARRAY['temp'], ARRAY['Holiday'])$$);
SELECT * FROM raises($$SELECT lstm_train('sales', 'day', 'amount', 'stop')$$);
SELECT * FROM raises($$SELECT lstm_train('SELECT *, CASE WHEN day = ''2024-02-29'' THEN ''NaN''::float8 END AS wind FROM sales WHERE shop = ''b''', 'day', 'amount', 'shop', NULL, ARRAY['wind'])$$);
SELECT * FROM raises($$SELECT lstm_train('SELECT *, 1e39 AS wind FROM sales WHERE shop = ''b''', NULL, 'amount', NULL, '{temp,wind}')$$);
SELECT * FROM raises($$SELECT lstm_forecast(driven, shop, day, amount) FROM sales, models GROUP BY models$$);
SELECT * FROM raises($$SELECT lstm_forecast(driven, shop, day, amount, ARRAY[temp], ARRAY[1, 2]) FROM sales, models GROUP BY models$$);
\x off

-- The calendar: what happens on the first of each month no week can show.
CREATE TABLE wages AS
SELECT date '2021-01-01' + i AS day, 20 + wave(i) / 10 + 30 * (extract(day FROM date '2021-01-01' + i) <= 3)::int AS amount
FROM generate_series(0, 1000) AS i;
CREATE TABLE paid AS
SELECT calendar, lstm_train(day, amount, lstm_options(horizon => 7, lookback => 7, patch_length => 7, seasonal_period => 7, ensemble_size => 1,
                                                      hidden_size => 32, max_steps => 1500, learning_rate => 0.005, calendar => calendar)) AS model
FROM wages, unnest(ARRAY[true, false]) AS calendar GROUP BY calendar;
SELECT max(mae) FILTER (WHERE calendar) < 0.7 * max(mae) FILTER (WHERE NOT calendar) AS calendar_helps
FROM paid, LATERAL (SELECT (lstm_model_info(model)->'held_out'->>'mae')::float8) AS errors (mae);
-- it is that of the zone where the model was trained
CREATE TABLE elsewhere AS SELECT calendar, array_agg(forecast ORDER BY step) AS forecasts FROM paid, lstm_forecast(model) GROUP BY calendar;
SET timezone = 'Asia/Tokyo';
SELECT calendar, forecasts = (SELECT array_agg(forecast ORDER BY step) FROM lstm_forecast(model)) AS same_everywhere
FROM paid JOIN elsewhere USING (calendar) ORDER BY calendar;
SET timezone = 'UTC';
SELECT frequency, lstm_model_info(model)->'members'->0->>'channels' AS channels
FROM (SELECT frequency, lstm_train(timestamp '2000-01-03' + i * frequency, wave(i), quick('{"calendar": true}')) AS model
      FROM unnest(ARRAY['30 minutes', '1 day', '7 days', '1 month', '1 year']::interval[]) AS frequency, generate_series(1, 60) AS i
      GROUP BY frequency) AS trained
ORDER BY frequency;

DROP TABLE sales, models, readings, holidays, unknown, copies, wages, paid, elsewhere;
DROP FUNCTION quick, wave, times, weights, raises;
