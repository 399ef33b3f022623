-- Times of the week at which there are never rows: no gaps, not learned, not forecast.
SET timezone = 'Europe/Berlin';
SET datestyle = ISO;
SET client_min_messages = warning;

\getenv root PG_ABS_SRCDIR
\set quick :root '/test/regress/quick.sql'
\i :quick
\set weights :root '/test/regress/weights.sql'
\i :weights
CREATE FUNCTION next_times(model bytea, steps int, OUT times text) LANGUAGE sql AS
$$ SELECT string_agg(to_char(local_ts, 'Dy MM-DD HH24:MI'), ', ' ORDER BY step) FROM lstm_forecast(model, steps) $$;

-- what is open: ISO weekdays, and for less than days the times of the first and the last step
CREATE TABLE open (name text, step interval, weekdays int[], first time, last time, weeks numeric);
INSERT INTO open VALUES
	('a shop, closed on Sundays', '1 day', '{1,2,3,4,5,6}', '0:00', '0:00', 12),
	('a shop, open on three days', '1 day', '{2,4,6}', '0:00', '0:00', 12),
	('a shop, open on two days', '1 day', '{2,5}', '0:00', '0:00', 12),
	('a shop, open on the weekend', '1 day', '{6,7}', '0:00', '0:00', 12),
	('business days', '1 day', '{1,2,3,4,5}', '0:00', '0:00', 12),
	('four weeks of a shop', '1 day', '{1,2,3,4,5,6}', '0:00', '0:00', 4),
	('two weeks of a shop', '1 day', '{1,2,3,4,5,6}', '0:00', '0:00', 2),
	('one day a week', '1 day', '{3}', '0:00', '0:00', 12),
	('an office', '1 hour', '{1,2,3,4,5}', '9:00', '17:00', 12),
	('an office by half hours', '30 minutes', '{1,2,3,4,5}', '9:30', '17:00', 12),
	('an office that never rests', '1 hour', '{1,2,3,4,5,6,7}', '9:00', '17:00', 12),
	('hours of weekdays', '1 hour', '{1,2,3,4,5}', '0:00', '23:00', 12),
	('Saturday mornings', '1 hour', '{6}', '8:00', '13:00', 12),
	('an exchange by the minute', '1 minute', '{1,2,3,4,5}', '9:30', '15:59', 3),
	('two weeks of an office', '1 hour', '{1,2,3,4,5}', '9:00', '17:00', 2);
-- Clocks are set forward on 31 March 2024, in the middle of most of these.
CREATE TABLE readings AS
SELECT name, ts, 20 + extract(isodow FROM ts) * 3 + extract(hour FROM ts) + extract(day FROM ts) / 8 AS value
FROM open, generate_series(timestamp '2024-02-26', timestamp '2024-02-26' + weeks * interval '7 days' - interval '1 minute', step) AS local,
     LATERAL (SELECT local AT TIME ZONE 'Europe/Berlin' AS ts) AS t
WHERE extract(isodow FROM local) = ANY (weekdays) AND local::time BETWEEN first AND last;
INSERT INTO readings
SELECT 'two hours at a time', ts, 5 + extract(hour FROM ts)
FROM generate_series(timestamptz '2024-02-26', '2024-05-18', '1 hour') AS ts
WHERE extract(isodow FROM ts) < 6 AND extract(hour FROM ts) IN (9, 11, 13, 15, 17);
-- nights, weekends of currencies, lunch breaks, shorter Saturdays
INSERT INTO readings
SELECT name, ts, 7
FROM generate_series(timestamptz '2024-02-26', '2024-05-18', '30 minutes') AS ts,
     LATERAL (SELECT extract(isodow FROM ts) AS day, ts::time AS clock) AS l,
     LATERAL (VALUES ('a night club', day IN (5, 6) AND clock >= '22:00' OR day IN (6, 7) AND clock < '2:00'),
                     ('currencies', day < 5 OR day = 5 AND clock <= '17:00' OR day = 7 AND clock >= '17:00'),
                     ('with a lunch break', day < 6 AND (clock BETWEEN '8:00' AND '11:30' OR clock BETWEEN '13:00' AND '17:00')),
                     ('shorter on Saturdays', day < 6 AND clock BETWEEN '9:00' AND '18:00' OR day = 6 AND clock BETWEEN '9:00' AND '12:30')) AS v (name, is_open)
WHERE is_open;
-- what is absent on open days stays a gap; who was open once is not closed
INSERT INTO readings SELECT 'a shop with holidays', ts, value FROM readings
WHERE name = 'a shop, closed on Sundays' AND extract(day FROM ts) NOT IN (3, 17);
INSERT INTO readings SELECT 'one open Sunday', ts, value FROM readings WHERE name = 'a shop, closed on Sundays';
INSERT INTO readings VALUES ('one open Sunday', '2024-04-14', 9);
-- every second day at random has a sale, but never a Sunday; of a few weeks that would show nothing
INSERT INTO readings
SELECT name, day, 3
FROM (VALUES ('few sales, many weeks', date '2024-06-30'), ('few sales, few weeks', '2024-03-24')) AS series (name, until),
     generate_series(timestamptz '2024-02-26', until, '1 day') AS day
WHERE extract(isodow FROM day) < 7 AND abs(hashint8(extract(epoch FROM day)::bigint) % 5) < 2;

CREATE TABLE models AS SELECT name, lstm_train(ts, value, quick()) AS model FROM readings GROUP BY name;
SELECT name, info->>'frequency' AS frequency, info->>'missing' AS filled, info->>'horizon' AS horizon, next_times(model, 3) AS next
FROM models, lstm_model_info(model) AS info ORDER BY name COLLATE "C";
-- the text is what the option reads, and gives the same model
SELECT count(*) AS models, count(*) FILTER (WHERE weights(model) = weights(again) AND lstm_model_info(again)->>'frequency' = frequency) AS the_same
FROM (SELECT name, frequency, model, quick(jsonb_build_object('frequency', frequency)) AS options FROM models, LATERAL (SELECT lstm_model_info(model)->>'frequency' AS frequency) AS info OFFSET 0) AS m,
     LATERAL (SELECT lstm_train(ts, value, options) AS again FROM readings WHERE readings.name = m.name) AS trained
WHERE frequency LIKE '% on %';
-- the days of the forecasts go on over weeks
SELECT next_times(model, 14) AS days FROM models WHERE name = 'a shop, closed on Sundays';
SELECT next_times(model, 19) AS hours FROM models WHERE name = 'Saturday mornings';

-- Other sessions see the same times: in their own zone, or in UTC where the clocks of theirs were changed meanwhile, as in New York on 10 March.
CREATE TABLE seen (zone text, name text, frequency text, next timestamptz[]);
CREATE PROCEDURE look(look_zone text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('timezone', look_zone, false);
	INSERT INTO seen
	SELECT look_zone, name, lstm_model_info(model)->>'frequency', (SELECT array_agg(ts ORDER BY step) FROM lstm_forecast(model, 8))
	FROM (SELECT name, lstm_train(ts, value, quick()) AS model FROM readings WHERE ts < '2024-03-25' AND name IN ('an office', 'Saturday mornings', 'an exchange by the minute') GROUP BY name) AS m
	UNION ALL
	SELECT look_zone, 'dates', lstm_model_info(model)->>'frequency', (SELECT array_agg(local_ts::date::timestamp AT TIME ZONE 'UTC' ORDER BY step) FROM lstm_forecast(model, 8))
	FROM (SELECT lstm_train(day::date, 1 + extract(day FROM day), quick()) AS model FROM generate_series(timestamp '2024-01-01', '2024-04-01', '1 day') AS day WHERE extract(isodow FROM day) < 7) AS m;
END $$;
CALL look('UTC');
CALL look('America/New_York');
CALL look('Pacific/Auckland');
CALL look('Europe/Berlin');
SET timezone = 'Europe/Berlin';
SELECT name, count(DISTINCT next) AS forecasts, string_agg(zone || ': ' || frequency, '; ' ORDER BY zone COLLATE "C") AS frequencies FROM seen GROUP BY name ORDER BY name COLLATE "C";

-- Seasons are those of open steps: a day of nine, a week of 45; six days.
SELECT lstm_model_info(lstm_train(ts, 50 + 20 * sin(extract(hour FROM ts)) + hashint8(extract(epoch FROM ts)::bigint) % 100 / 100.0, quick()))->>'season' AS day_of_hours,
       lstm_model_info(lstm_train(ts, 50 + 20 * sin(extract(hour FROM ts) * extract(isodow FROM ts)) + hashint8(extract(epoch FROM ts)::bigint) % 100 / 100.0, quick()))->>'season' AS week_of_hours
FROM readings WHERE name = 'an office';
SELECT lstm_model_info(lstm_train(ts, 50 + 20 * sin(extract(isodow FROM ts)), quick()))->>'season' AS week_of_days FROM readings WHERE name = 'a shop, closed on Sundays';
-- what the weekdays and the hours say is forecast on the right ones, not a step beside
SELECT count(*) AS steps, max(abs(forecast - 100 * extract(isodow FROM local_ts) - 10 * extract(hour FROM local_ts))) < 5 AS on_the_right_hours
FROM lstm_forecast((SELECT lstm_train(ts, 100 * extract(isodow FROM ts) + 10 * extract(hour FROM ts), lstm_options(ensemble_size => 1, max_steps => 50, horizon => 90)) FROM readings WHERE name = 'an office'));

-- Panels: the open times that most rows show; none where a series has rows then.
CREATE TABLE shops AS
SELECT 'shop ' || s AS shop, day, s + extract(isodow FROM day) AS value
FROM generate_series(1, 4) AS s, generate_series(timestamptz '2024-01-01', '2024-04-01', '1 day') AS day WHERE extract(isodow FROM day) < 7;
CREATE TABLE others AS
SELECT name, day + clock AS day, 1 AS value
FROM (VALUES ('short', timestamptz '2024-03-18', '0:00'::time, 6), ('at noon', '2024-02-01', '12:00', 6), ('not on Mondays', '2024-02-01', '0:00', 0), ('always', '2024-02-01', '0:00', 7)) AS o (name, since, clock, days),
     generate_series(since, '2024-04-01', '1 day') AS day WHERE extract(isodow FROM day) <= days OR days = 0 AND extract(isodow FROM day) BETWEEN 2 AND 6;
SELECT name, lstm_model_info(lstm_train(shop, day, value, quick()))->>'frequency' AS frequency
FROM (SELECT DISTINCT name FROM others) AS o, LATERAL (SELECT shop, day, value FROM shops UNION ALL SELECT others.* FROM others WHERE others.name = o.name) AS p GROUP BY name ORDER BY name COLLATE "C";
-- so it is with business days
SELECT lstm_model_info(lstm_train(shop, day, value, quick()))->>'frequency' AS frequency
FROM (SELECT * FROM shops WHERE extract(isodow FROM day) < 6 UNION ALL SELECT * FROM others WHERE name = 'always') AS p;

-- Fresh rows: at closed times there are no steps.
CREATE TABLE model AS SELECT lstm_train(shop, day, value, quick()) AS model FROM shops;
SELECT series, step, ts FROM model, lstm_forecast(model, $$ SELECT * FROM shops WHERE shop = 'shop 1' AND day < '2024-03-15' $$, 'day', 'value', 'shop', horizon => 3);
SELECT lstm_forecast(model, shop, day, value) FROM model, (SELECT * FROM shops UNION ALL VALUES ('shop 1', timestamptz '2024-03-24', 3)) AS p GROUP BY model;
\echo :SQLSTATE
SELECT lstm_forecast(model, shop, day, value) FROM model, (SELECT * FROM shops UNION ALL VALUES ('shop 1', timestamptz '2023-12-31', 3)) AS p GROUP BY model;
\echo :SQLSTATE
SELECT fold, step, ts, actual IS NOT NULL AS known FROM lstm_backtest_forecasts($$ SELECT day, value FROM shops WHERE shop = 'shop 1' $$, 'day', 'value', folds => 2, horizon => 4, options => quick());

-- Texts: names of days in any case, short or whole; what is no more than days or business days is that.
SELECT given, lstm_model_info(lstm_train(ts, 1, quick(jsonb_build_object('frequency', given))))->>'frequency' AS frequency
FROM unnest(ARRAY['daily on mon-sat', '1 day on Saturday, Monday-Friday', '1 day on Sat-Mon, Tue - Fri', 'D on MON-FRI , sat', '1 day on Sat-Wed, Fri', '1 day on Mon-Fri', '1 day on Sun-Sat', '24 hours on Mon-Sat']) AS given,
     generate_series(timestamptz '2024-01-01', '2024-04-01', '1 day') AS ts WHERE extract(isodow FROM ts) IN (1, 2, 3, 5) GROUP BY given ORDER BY given COLLATE "C";
SELECT lstm_model_info(lstm_train(ts, 1, quick('{"frequency": "h on Mon-Fri 08:00-18:00, Fri 20:00-Sat 02:00, Sun 22:00-03:00"}')))->>'frequency' AS frequency FROM readings WHERE name = 'an office';
CREATE FUNCTION refused(text text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM lstm_options(frequency => text);
	RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT text, refused(text)
FROM unnest(ARRAY['1 day on', '1 day on ', '1 day on Mo', '1 day on Mon-', '1 day on Mon,', '1 day on Mon Tue', '1 day on Monty', '2 days on Mon-Sat', '1 month on Mon', 'business day on Mon', ' on Mon', 'irregular on Mon', '30 seconds on Mon', '7 hours on Mon',
                  '1 hour on Mon 9:00-17:00', '1 hour on Mon 09:00', '1 hour on Mon 09:00-17', '1 hour on Mon 09:00-24:00', '1 hour on Mon 09:00-17:30', '1 hour on Mon 09:60-17:60', '1 hour on Mon-Tue 09:00-Fri 17:00', '1 hour on 09:00-17:00',
                  '1 day on Mon-Sat, Sun 09:00-17:00', '1 hour on Mon-Sun 01:00-02:00, Mon-Sun 04:00-05:00, Mon-Sun 07:00-08:00', '1 hour on Mon-Fri 09:00-17:00', '1 minute on Sun 23:59-Mon 00:00']) AS text;

-- "missing" => 'zero': days without a row are observations of nothing, which count in errors and back-tests.
CREATE TABLE sold AS SELECT day, 1 + extract(day FROM day) % 3 AS quantity FROM generate_series(date '2023-01-01', '2024-12-31', '1 day') AS day WHERE abs(hashint8(extract(doy FROM day)::bigint) % 5) < 2 OR day = '2024-12-31';
SELECT missing, count(*) AS steps, count(actual) AS observed, count(*) FILTER (WHERE actual = 0) AS zeros
FROM unnest(ARRAY['linear', 'zero']) AS missing, lstm_backtest_forecasts('sold', 'day', 'quantity', folds => 3, horizon => 20, options => quick(jsonb_build_object('missing', missing, 'frequency', '1 day'))) GROUP BY missing ORDER BY missing;
-- a forecast of means sees the zeros; what is sold on other days is more than twice as much
SELECT missing, CASE WHEN share BETWEEN 0.5 AND 1.6 THEN 'of all days' WHEN share BETWEEN 1.7 AND 3.4 THEN 'of days with a row' ELSE share::text END AS mean
FROM (SELECT missing, avg(forecast)::numeric / (SELECT (sum(quantity) / 731)::numeric FROM sold) AS share
FROM unnest(ARRAY['linear', 'zero']) AS missing, LATERAL (SELECT lstm_train(day, quantity, lstm_options(missing => missing, frequency => '1 day', loss => 'mse', ensemble_size => 1, max_steps => 300)) AS model FROM sold) AS m, lstm_forecast(model) GROUP BY missing) AS means ORDER BY missing;
-- which is what the notice says of mostly absent days
SET client_min_messages = notice;
SELECT lstm_train(day, quantity, quick('{"frequency": "1 day"}')) IS NOT NULL AS trained FROM sold;
SELECT lstm_train(day, quantity, quick('{"missing": "zero", "frequency": "1 day"}')) IS NOT NULL AS no_notice FROM sold;
SET client_min_messages = warning;

DROP PROCEDURE look;
DROP TABLE open, readings, models, seen, shops, others, model, sold;
DROP FUNCTION quick, weights, next_times, refused;
