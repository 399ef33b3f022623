-- Time: which interval the timestamps of a series follow, and when its forecasts are.
SET timezone = 'Europe/Berlin';
SET datestyle = ISO;
SET intervalstyle = postgres;
SET client_min_messages = warning; -- on slow machines training tells how far it is

-- without validation, as the few steps must show in the weights however little they gain
CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(ensemble_size => 1, hidden_size => 4, max_epochs => 1, horizon => 3, validation_fraction => 0) || more $$;

-- multiples of 1/8, so that sums and means of a few are exact
CREATE FUNCTION wave(i bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT 20 + i % 12 + (i * i % 37) / 8.0 $$;

CREATE FUNCTION forecast_times(model bytea, OUT times text) LANGUAGE sql AS
$$ SELECT string_agg(ts::text, ', ' ORDER BY step) FROM lstm_forecast(model) $$;

\getenv root PG_ABS_SRCDIR
\set weights :root '/test/regress/weights.sql'
\i :weights

CREATE TABLE readings (name text, ts timestamptz, value float8);
CREATE VIEW outcomes AS
SELECT name, lstm_model_info(model)->>'frequency' AS frequency, forecast_times(model) AS times
FROM (SELECT name, lstm_train(ts, value, quick()) AS model FROM readings GROUP BY name) AS trained
ORDER BY name COLLATE "C";

-- Fixed steps. An hour is an hour, also when clocks change on 31 March 2024 at
-- 02:00 and on 27 October 2024 at 03:00.
INSERT INTO readings
SELECT name, at - (i - 1) * step, wave(i)
FROM (VALUES ('hourly', timestamptz '2024-01-20 15:00', interval '1 hour'),
             ('hourly, clocks forward in the forecast', '2024-03-31 00:00', '1 hour'),
             ('hourly, clocks forward in the data', '2024-04-01 12:00', '1 hour'),
             ('hourly, clocks back in the forecast', '2024-10-27 01:00', '1 hour'),
             ('every 15 minutes', '2024-01-20 23:40', '15 minutes'),
             ('every 10 microseconds', '2024-01-20 23:40', '10 microseconds'),
             ('every 36 hours', '2024-01-20 12:00', '36 hours')) AS series (name, at, step),
     generate_series(1, 72) AS i;
SELECT * FROM outcomes;
TRUNCATE readings;

-- Days and weeks keep their local time of day; 02:30 does not exist on 31 March.
-- Days that keep UTC's time of day instead go on doing so.
INSERT INTO readings
SELECT name, at - make_interval(days => (i - 1) * days), wave(i)
FROM (VALUES ('daily', timestamp '2024-02-27', 1),
             ('daily at 09:30', '2024-02-27 09:30', 1),
             ('daily, clocks forward in the forecast', '2024-03-30', 1),
             ('daily, clocks forward in the data', '2024-04-15', 1),
             ('daily, clocks back in the forecast', '2024-10-26', 1),
             ('daily, clocks back in the data', '2024-11-15', 1),
             ('every other day', '2024-03-30', 2),
             ('weekly', '2024-03-25', 7),
             ('daily at 02:30', '2024-03-30 02:30', 1),
             ('daily at 02:30, last when clocks go forward', '2024-03-31 02:30', 1)) AS series (name, at, days),
     generate_series(1, 60) AS i;
INSERT INTO readings
SELECT 'daily by UTC', (timestamp '2024-04-15' - make_interval(days => i)) AT TIME ZONE 'UTC', wave(i)
FROM generate_series(1, 60) AS i;
SELECT * FROM outcomes;
TRUNCATE readings;

-- In Brazil, a midnight did not exist: daily data came at 01:00 that day, but only then.
SET timezone = 'America/Sao_Paulo';
INSERT INTO readings
SELECT name, at - make_interval(days => i - 1), wave(i)
FROM (VALUES ('no midnight in the forecast', timestamp '2017-10-14'),
             ('no midnight at the end of the data', '2017-10-15'),
             ('no midnight in the data', '2017-10-20')) AS series (name, at),
     generate_series(1, 60) AS i;
SELECT * FROM outcomes;
TRUNCATE readings;
SET timezone = 'Europe/Berlin';

-- Business days: no Saturday and no Sunday, also where holidays are missing.
-- Every Saturday makes it six days a week, one alone a daily series.
INSERT INTO readings
SELECT name, day, wave(row_number() OVER (PARTITION BY name ORDER BY day))
FROM (VALUES ('business days', date '2024-06-06', 5),
             ('business days until Friday', '2024-06-07', 5),
             ('six days a week', '2024-06-07', 6)) AS series (name, until, days),
     generate_series(until - 89, until, '1 day') AS day
WHERE extract(isodow FROM day) <= days;
INSERT INTO readings SELECT 'business days with holidays', ts, value FROM readings
WHERE name = 'business days' AND extract(day FROM ts) NOT IN (1, 9, 10, 20);
INSERT INTO readings
SELECT 'business days by UTC', ts::timestamp AT TIME ZONE 'UTC', value FROM readings WHERE name = 'business days';
INSERT INTO readings SELECT 'one Saturday', ts, value FROM readings WHERE name = 'business days' UNION ALL VALUES ('one Saturday', timestamptz '2024-04-20', 5);
SELECT * FROM outcomes;
TRUNCATE readings;

-- Months: the same day, or always the last. Quarters and years are months, too.
INSERT INTO readings
SELECT name, first + make_interval(months => (i - 1) * months), wave(i)
FROM (VALUES ('first of the month', timestamp '2020-03-01', 1),
             ('15th of the month', '2020-03-15 12:00', 1),
             ('30th, or the last of February', '2020-01-30', 1),
             ('quarters', '2012-04-01', 3),
             ('years', '1970-01-01', 12)) AS series (name, first, months),
     generate_series(1, 49) AS i;
INSERT INTO readings
SELECT 'month ends', timestamp '2020-02-01' + make_interval(months => i) - interval '1 day', wave(i)
FROM generate_series(0, 48) AS i;
INSERT INTO readings
SELECT 'quarter ends', timestamp '2012-04-01' + make_interval(months => 3 * i) - interval '1 day', wave(i)
FROM generate_series(0, 48) AS i;
INSERT INTO readings
SELECT 'a missing month', ts, value FROM readings WHERE name = 'first of the month' AND ts <> '2022-07-01';
INSERT INTO readings
SELECT 'first of the month by UTC', ts::timestamp AT TIME ZONE 'UTC', value FROM readings WHERE name = 'first of the month';
SELECT * FROM outcomes;
TRUNCATE readings;

-- Months by weekdays: the last business day, the third Friday. Of dates without a rule each month is a step, too, and forecasts are
-- dated on the usual day.
CREATE TABLE days AS
SELECT day, date_trunc('month', day) AS month, extract(isodow FROM day) AS weekday,
       row_number() OVER (PARTITION BY date_trunc('month', day), extract(isodow FROM day) < 6 ORDER BY day) AS nth,
       row_number() OVER (PARTITION BY date_trunc('month', day), extract(isodow FROM day) < 6 ORDER BY day DESC) AS last
FROM generate_series(timestamp '2020-01-01', '2022-12-31', '1 day') AS day;
INSERT INTO readings
SELECT name, day, wave(row_number() OVER (PARTITION BY name ORDER BY day))
FROM days, LATERAL (VALUES ('last business day', weekday < 6 AND last = 1),
                           ('first business day', weekday < 6 AND nth = 1),
                           ('tenth business day, with missing months', weekday < 6 AND nth = 10 AND month NOT IN ('2020-05-01', '2021-09-01')),
                           ('second last business day', weekday < 6 AND last = 2),
                           ('last business day of a quarter', weekday < 6 AND last = 1 AND extract(month FROM month) IN (3, 6, 9, 12)),
                           ('third Friday', weekday = 5 AND extract(day FROM day) BETWEEN 15 AND 21),
                           ('last Sunday', weekday = 7 AND extract(month FROM day + interval '7 days') <> extract(month FROM day)),
                           ('changing days', extract(day FROM day)::int = 5 + extract(month FROM month)::int * 7 % 11),
                           ('changing days of every other month', extract(month FROM month)::int % 2 = 0 AND extract(day FROM day)::int = 5 + extract(month FROM month)::int * 7 % 11)) AS v (name, here)
WHERE here;
SELECT * FROM outcomes;
-- the days are the model's, also in another session, and of fresh rows
CREATE TABLE monthly AS SELECT name, lstm_train(ts, value, quick()) AS model FROM readings WHERE name IN ('last business day', 'changing days') GROUP BY name;
SET timezone = 'America/New_York';
SELECT name, string_agg(local_ts::date::text, ', ' ORDER BY step) AS days FROM monthly, lstm_forecast(model) GROUP BY name ORDER BY name;
SET timezone = 'Europe/Berlin';
SELECT name, (SELECT string_agg(ts::date::text, ', ' ORDER BY step) FROM lstm_forecast(model, format($$ SELECT ts, value FROM readings WHERE name = %L AND ts < '2022-06-15' $$, name), 'ts', 'value')) AS fresh
FROM monthly ORDER BY name;
-- the words that name no day take them, too
SELECT word, lstm_model_info(lstm_train(ts, value, quick(jsonb_build_object('frequency', word))))->>'frequency' AS frequency
FROM readings, unnest(ARRAY['monthly', '1 month']) AS word WHERE name = 'changing days' GROUP BY word ORDER BY word;
SELECT lstm_train(ts, value, quick('{"frequency": "MS"}')) FROM readings WHERE name = 'changing days';
\echo :SQLSTATE
TRUNCATE readings;

-- The jitter of a clock, or of who reads it: each row is taken for the nearest step, counted from a round time.
INSERT INTO readings
SELECT name, timestamp '2024-03-01' + first + i * step + (i * 37 % 31 - early) * jitter, wave(i)
FROM (VALUES ('every hour', interval '0', interval '1 hour', 15, interval '1 second', 150), ('every hour, late', '0', '1 hour', 0, '1 second', 150), ('at half past', '30 minutes', '1 hour', 15, '20 seconds', 150),
             ('every five minutes', '0', '5 minutes', 15, '2 seconds', 300), ('every morning', '7 hours', '1 day', 15, '2 minutes', 80), ('every week', '18 hours', '7 days', 15, '2 minutes', 50),
             ('every hour, but too far off', '0', '1 hour', 15, '1 minute', 150)) AS series (name, first, step, early, jitter, rows),
     generate_series(1, rows) AS i;
INSERT INTO readings SELECT 'every hour, with holes', ts, value FROM readings WHERE name = 'every hour' AND extract(hour FROM ts + interval '1 minute') NOT IN (3, 4, 15);
INSERT INTO readings SELECT 'on business days', ts, value FROM readings WHERE name = 'every morning' AND extract(isodow FROM ts) < 6;
INSERT INTO readings
SELECT 'an office', ts + (i * 37 % 31) * interval '1 second', wave(i)
FROM generate_series(0, 1000) AS i, LATERAL (SELECT timestamptz '2024-04-01' + i * interval '1 hour' AS ts) AS t WHERE extract(isodow FROM ts) < 6 AND extract(hour FROM ts) BETWEEN 8 AND 16;
SELECT * FROM outcomes;
SELECT lstm_model_info(lstm_train(ts, value, quick('{"frequency": "1 hour"}')))->>'missing' AS filled FROM readings WHERE name = 'every hour, with holes';
SET client_min_messages = notice;
SELECT lstm_model_info(lstm_train(ts, value, quick()))->>'frequency' AS frequency FROM readings WHERE name = 'every hour, late';
SET client_min_messages = warning;
-- fresh rows may jitter likewise; those of a model of exact times may not
CREATE TABLE clocks AS SELECT lstm_train(ts, value, quick()) AS model, lstm_train(date_bin('1 hour', ts + interval '30 minutes', '2000-01-01'), value, quick()) AS exact FROM readings WHERE name = 'every hour';
SELECT ts FROM clocks, lstm_forecast(model, $$ SELECT ts + interval '240 hours 7 seconds' AS ts, value FROM readings WHERE name = 'every hour' $$, 'ts', 'value');
SELECT lstm_forecast(exact, ts, value) FROM clocks, readings WHERE name = 'every hour' GROUP BY exact;
\echo :SQLSTATE
TRUNCATE readings;

-- Irregular: a notice, rows are steps, and the future goes on at the median gap,
-- which here is 7 minutes. To ask for that is to know it: no notice.
INSERT INTO readings
SELECT 'irregular', timestamptz '2024-01-01 12:00' - sum(i * i % 7 + 5) OVER (ORDER BY i) * interval '1 minute', wave(i)
FROM generate_series(1, 71) AS i;
SET client_min_messages = notice;
SELECT * FROM outcomes;
SELECT forecast_times(lstm_train(ts, value, quick('{"frequency": "irregular"}'))) AS times FROM readings;
TRUNCATE readings;

SET client_min_messages = warning;
-- Gaps and NULLs inside are filled; NULLs at the ends are not part of the series.
INSERT INTO readings
SELECT 'holes', timestamptz '2024-01-01' + i * interval '1 hour',
       CASE WHEN i NOT IN (0, 1, 40, 41, 99) THEN wave(i) END
FROM generate_series(0, 99) AS i
WHERE i NOT IN (20, 21, 22, 60);
CREATE TABLE filled AS
SELECT missing, lstm_train(ts, value, quick(jsonb_build_object('missing', missing))) AS model
FROM readings, (VALUES ('linear'), ('previous'), ('zero')) AS policies (missing)
GROUP BY missing;
SELECT missing, info->>'frequency' AS frequency, info->>'rows' AS rows, info->>'missing' AS filled,
       info->>'first_time' AS first_time, info->>'last_time' AS last_time, forecast_times(model) AS times
FROM filled, lstm_model_info(model) AS info ORDER BY missing;
SELECT count(DISTINCT weights(model)) AS different_models FROM filled;
SELECT weights(model) = (SELECT weights(lstm_train(ts, value, quick())) FROM readings) AS linear_is_default
FROM filled WHERE missing = 'linear';
SELECT lstm_train(ts, value, quick('{"missing": "error"}')) FROM readings;
\echo :SQLSTATE
SELECT lstm_train(ts, value, quick('{"missing": "error"}')) IS NOT NULL AS trained FROM readings WHERE ts >= '2024-01-03 13:00';
TRUNCATE readings;

-- Duplicates under each policy: as if they had been merged before. The copies
-- come to the same mean and sum as the original values.
INSERT INTO readings
SELECT 'plain', timestamptz '2024-01-01' + i * interval '1 hour', wave(i) FROM generate_series(0, 79) AS i;
CREATE TABLE copies AS
SELECT ts, value, copy, twice
FROM readings, LATERAL (SELECT extract(hour FROM ts) = 7) AS at_seven (twice), generate_series(1, 2) AS copy
WHERE copy = 1 OR twice;
SELECT lstm_train(ts, value, quick()) FROM copies;
\echo :SQLSTATE
SELECT lstm_train(ts, 1, quick())
FROM generate_series(timestamp '2024-03-30', '2024-04-02', '1 hour') AS ts;
\echo :SQLSTATE
SELECT weights(lstm_train(ts, value, quick())) = (SELECT weights(lstm_train(ts, value, quick())) FROM readings) AS null_is_no_duplicate
FROM (SELECT ts, CASE copy WHEN 1 THEN value END AS value FROM copies) AS with_nulls;
SELECT duplicates, forecast_times(model) AS times, lstm_model_info(model)->>'rows' AS rows,
       weights(model) = (SELECT weights(lstm_train(ts, value, quick())) FROM readings) AS as_merged_before
FROM (SELECT 'mean' AS duplicates,
             lstm_train(ts, value + CASE WHEN NOT twice THEN 0 WHEN copy = 1 THEN 1 ELSE -1 END,
                        quick('{"duplicates": "mean"}')) AS model
      FROM copies
      UNION ALL
      SELECT 'sum', lstm_train(ts, value * CASE WHEN NOT twice THEN 1 WHEN copy = 1 THEN 0.25 ELSE 0.75 END,
                               quick('{"duplicates": "sum"}'))
      FROM copies
      UNION ALL
      SELECT 'last', lstm_train(ts, value + CASE WHEN twice AND copy = 1 THEN 100 ELSE 0 END,
                                quick('{"duplicates": "last"}') ORDER BY copy, ts)
      FROM copies) AS trained
ORDER BY duplicates;

-- The order of the rows does not matter, not even among duplicates.
SELECT lstm_train(ts, value, quick()) = lstm_train(ts, value, quick() ORDER BY ts DESC) AS descending,
       lstm_train(ts, value, quick()) = lstm_train(ts, value, quick() ORDER BY hashint8(extract(epoch FROM ts)::bigint)) AS shuffled,
       forecast_times(lstm_train(ts, value, quick() ORDER BY ts DESC)) AS times
FROM readings;
SELECT duplicates, lstm_train(ts, value, options ORDER BY copy) = lstm_train(ts, value, options ORDER BY copy DESC) AS same
FROM (SELECT duplicates, ts, value / 3 + copy / 7.0 AS value, copy, quick(jsonb_build_object('duplicates', duplicates)) AS options
      FROM readings, generate_series(1, 3) AS copy, (VALUES ('mean'), ('sum')) AS policies (duplicates)) AS thrice
GROUP BY duplicates ORDER BY duplicates;

-- A frequency that is asked for must hold every timestamp, and not be out of proportion.
SELECT given, lstm_model_info(model)->>'frequency' AS frequency,
       lstm_model_info(model)->>'missing' AS filled, forecast_times(model) AS times
FROM (SELECT given, lstm_train(ts, value, quick(jsonb_build_object('frequency', given))) AS model
      FROM readings, (VALUES ('30 minutes'), ('PT1H'), ('60 min'), ('auto')) AS frequencies (given)
      GROUP BY given) AS trained ORDER BY given COLLATE "C";
SELECT lstm_train(ts, value, quick('{"frequency": "2 hours"}')) FROM readings;
\echo :SQLSTATE
SELECT lstm_train(ts, value, quick('{"frequency": "1 day"}')) FROM readings;
\echo :SQLSTATE
SELECT lstm_train(ts, value, quick('{"frequency": "1 second"}')) FROM readings;
\echo :SQLSTATE
SELECT lstm_train(ts, value, quick('{"frequency": "1 month 1 day"}')) FROM readings;
\echo :SQLSTATE
SELECT lstm_train(ts, value, quick('{"frequency": "-1 hour"}')) FROM readings;
\echo :SQLSTATE
SELECT lstm_train(ts, value, quick('{"frequency": "now and then"}')) FROM readings;
\echo :SQLSTATE
SELECT lstm_train(day, wave(1), quick('{"frequency": "business day"}')) FROM generate_series(date '2024-06-03', '2024-08-01', '1 day') AS day;
\echo :SQLSTATE

-- Frequencies in the words of pandas and SQL, of data with holes: every fifth step is missing.
CREATE TABLE worded (name text, words text, ts timestamptz);
INSERT INTO worded
SELECT name, words, first + (i - 1) * step
FROM (VALUES ('days', 'D d daily DAY days 1D', timestamp '2024-01-01', interval '1 day'),
             ('Sundays', 'W week weekly W-SUN w-sun 1W 7D', '2024-01-07', '7 days'),
             ('Wednesdays', 'W W-WED weekly', '2024-01-03', '7 days'),
             ('every other Sunday', '2W 2W-SUN 14D 2weeks', '2024-01-07', '14 days'),
             ('month starts', 'M MS month Monthly 1M month_start', '2020-01-01', '1 month'),
             ('month middles', 'M monthly', '2020-01-15', '1 month'),
             ('quarter starts', 'Q QS 3M 3MS quarter quarterly QS-JAN QS-OCT Q-APR', '2010-01-01', '3 months'),
             ('quarter starts from February', 'Q QS-NOV QS-FEB', '2010-02-01', '3 months'),
             ('every other quarter', '2Q 2QS 6M 6MS 2QS-OCT 2quarters', '2000-01-01', '6 months'),
             ('year starts', 'Y YS A AS yearly annual YS-JAN 12MS', '1960-01-01', '1 year'),
             ('years from April', 'Y A AS-APR YS-APR y-apr', '1960-04-01', '1 year'),
             ('hours', 'H h hourly HOUR 60min 60T 1h 3600s', '2024-01-01', '1 hour'),
             ('minutes', 'T min Min minute minutely 60S', '2024-01-01', '1 minute'),
             ('quarters of an hour', '15min 15T 15_minutes', '2024-01-01', '15 minutes'),
             ('half hours', '30min 30T 30m', '2024-01-01', '30 minutes'),
             ('six minutes', '6m 6min', '2024-01-01', '6 minutes'),
             ('seconds', 'S s second 1000ms', '2024-01-01', '1 second'),
             ('milliseconds', 'ms L 1000us', '2024-01-01', '1 millisecond'),
             ('microseconds', 'us U', '2024-01-01', '1 microsecond')) AS series (name, words, first, step),
     generate_series(1, 60) AS i
WHERE i % 5 <> 3;
INSERT INTO worded
SELECT name, words, first + make_interval(months => i * months) - interval '1 day'
FROM (VALUES ('month ends', 'M ME me monthly month_end', timestamp '2020-02-01', 1),
             ('quarter ends', 'Q QE QE-DEC Q-MAR 3ME', '2010-01-01', 3),
             ('year ends', 'Y YE YE-DEC A-DEC', '1960-01-01', 12)) AS series (name, words, first, months),
     generate_series(1, 60) AS i
WHERE i % 5 <> 3;
INSERT INTO worded
SELECT name, words, day
FROM (VALUES ('business days', 'B b bday weekdays business_day Business_Days 1_business_day', 5), ('business days as days', 'D daily', 5)) AS series (name, words),
     generate_series(timestamp '2024-03-04', '2024-05-31', '1 day') AS day
WHERE extract(isodow FROM day) < 6 AND extract(day FROM day) % 7 <> 3;
CREATE VIEW told AS
SELECT name, string_agg(word, ' ' ORDER BY position) AS words, frequency, times
FROM (SELECT name, word, position, lstm_model_info(model)->>'frequency' AS frequency, forecast_times(model) AS times
      FROM (SELECT name, word, position, lstm_train(ts, 1, quick(jsonb_build_object('frequency', replace(word, '_', ' ')))) AS model
            FROM worded, unnest(string_to_array(words, ' ')) WITH ORDINALITY AS u (word, position)
            GROUP BY name, word, position) AS trained) AS asked
GROUP BY name, frequency, times
ORDER BY name COLLATE "C", frequency;
SELECT * FROM told;
-- a word that names the day is held to it, in the zone of the days; of a panel, each series
CREATE FUNCTION refusal(word text, series text, OUT message text, OUT detail text, OUT hint text, OUT state text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM lstm_train(name, ts, 1, quick(jsonb_build_object('frequency', word))) FROM worded WHERE name = series;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
SELECT state, message, detail
FROM (VALUES ('W-MON', 'Sundays'), ('W-SUN', 'Wednesdays'), ('MS', 'month ends'), ('MS', 'month middles'), ('ME', 'month starts'), ('ME', 'month middles'),
             ('QS', 'quarter ends'), ('QS-FEB', 'quarter starts'), ('Q-JAN', 'quarter ends'), ('YS', 'year ends'), ('YE-JUN', 'year ends'), ('AS', 'month middles')) AS asked (word, series),
     refusal(word, series);
SELECT hint FROM refusal('W-MON', 'Sundays');
-- what is none of these words
SELECT word, state, message
FROM unnest(ARRAY['BM', 'SMS', '2B', '0D', '9999999999D', '999999999Y', 'W-XYZ', 'W-', 'D-SUN', 'QS-', 'QS-JANUARY', 'm', '-D', 'D D', 'fortnightly']) AS word,
     refusal(word, 'days');
SELECT hint FROM refusal('BM', 'days');
-- also before our era
SELECT word, lstm_model_info(lstm_train(ts, wave(i), quick(jsonb_build_object('frequency', word))))->>'frequency' AS frequency
FROM (VALUES ('QS-FEB'), ('QS-MAY'), ('QS-NOV')) AS words (word), generate_series(0, 60) AS i, LATERAL (SELECT timestamptz '0100-02-01 BC' + i * interval '3 months' AS ts) AS t
GROUP BY word ORDER BY word;
SELECT lstm_train(ts, wave(i), quick('{"frequency": "QS-JAN"}')) FROM generate_series(0, 60) AS i, LATERAL (SELECT timestamptz '0100-02-01 BC' + i * interval '3 months' AS ts) AS t;

-- Steps may be as long as timestamps reach: what is trained is read. A forecast may lie beyond them.
SET timezone = 'UTC';
CREATE FUNCTION long_steps(step interval, rows int, frequency text DEFAULT 'auto') RETURNS bytea LANGUAGE sql AS
$$ SELECT lstm_train(timestamptz '4713-01-01 BC' + i * step, wave(i), quick(jsonb_build_object('frequency', frequency, 'lookback', 1, 'horizon', 1, 'calendar', true)))
   FROM generate_series(0, rows - 1) AS i $$;
SELECT step, frequency, lstm_model_info(model)->>'frequency' AS found, forecast_times(model) AS times
FROM (VALUES ('1000001 days', 60, 'auto'), ('50000001 days', 2, '50000001 days'), ('100000 years', 2, '1200000 months'), ('24000001 hours', 60, 'auto'),
             ('24000001 hours', 60, 'irregular'), ('2000083 days 8 hours', 40, '2000083 days 8 hours')) AS long (step, rows, frequency),
     LATERAL (SELECT long_steps(step::interval, rows, frequency) AS model OFFSET 0) AS trained;
SELECT lstm_model_info(long_steps('298000 years', 2, 'irregular'))->>'frequency' AS frequency;
SELECT forecast_times(long_steps('298000 years', 2, 'irregular'));
\echo :SQLSTATE
SELECT count(*) FROM lstm_forecast(long_steps('50000001 days', 2, '50000001 days'), horizon => 2);
\echo :SQLSTATE
-- Days and a time are microseconds, of which there are no more than between two timestamps.
SELECT long_steps('57490.448385 seconds', 40, '213503983 days 1 microsecond');
\echo :SQLSTATE
SELECT long_steps('1 day', 40, '2147483647 days 1 hour');
\echo :SQLSTATE
SELECT long_steps('1 day', 40, '-213503983 days -1 microsecond');
\echo :SQLSTATE
SELECT long_steps('1 day', 40, '106751991 days 04:00:54.775807');
\echo :SQLSTATE
SELECT long_steps('1 day', 40, '178956970 years');
\echo :SQLSTATE
DROP FUNCTION long_steps;
SET timezone = 'Europe/Berlin';

-- The zone goes with the model, not with the session that forecasts.
CREATE TABLE daily AS
SELECT lstm_train(ts, wave(i), quick()) AS model
FROM generate_series(1, 60) AS i, LATERAL (SELECT timestamp '2024-03-30' - make_interval(days => i - 1)) AS t (ts);
SET timezone = 'America/New_York';
SELECT forecast_times(model) AS times FROM daily;
SET timezone = 'Europe/Berlin';

-- Fresh history is read on the model's grid; its time of day may be another.
SELECT name, (SELECT string_agg(f.ts::text, ', ' ORDER BY f.step) FROM unnest(forecast) AS f) AS times
FROM (SELECT name, lstm_forecast(model, ts, wave(i)) AS forecast
      FROM daily,
           (VALUES ('clocks back in the forecast', timestamp '2024-10-26'),
                   ('at noon', '2024-10-26 12:00')) AS histories (name, until),
           generate_series(1, 60) AS i, LATERAL (SELECT until - make_interval(days => i - 1)) AS t (ts)
      GROUP BY name) AS forecasts ORDER BY name COLLATE "C";
SELECT lstm_forecast(model, timestamptz '2024-06-01' + i * interval '12 hours', wave(i))
FROM daily, generate_series(1, 60) AS i GROUP BY model;
\echo :SQLSTATE

-- Timestamps end where PostgreSQL's do.
SELECT count(*)
FROM lstm_forecast((SELECT lstm_train(make_timestamp(year, 1, 1, 0, 0, 0), wave(year), quick())
                    FROM generate_series(294200, 294275) AS year));
\echo :SQLSTATE
SELECT lstm_train(timestamptz 'infinity', 1, quick());
\echo :SQLSTATE
SELECT lstm_train(NULL, 1, quick());
\echo :SQLSTATE
SELECT lstm_train(timestamptz '2024-01-01', 'NaN', quick());
\echo :SQLSTATE

DROP VIEW outcomes, told;
DROP TABLE readings, filled, copies, daily, worded, days, monthly, clocks;
DROP FUNCTION quick, wave, forecast_times, weights, refusal;
