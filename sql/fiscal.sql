-- Fiscal periods of 4, 4 and 5 weeks: one row each, and the dates that come next.
CREATE SCHEMA fiscal;
SET search_path = fiscal, public;
SET timezone = 'Europe/Berlin';
SET datestyle = ISO;
SET client_min_messages = warning;

\getenv root PG_ABS_SRCDIR
\set quick :root '/test/regress/quick.sql'
\i :quick
\set weights :root '/test/regress/weights.sql'
\i :weights
-- the last weekday up to a date
CREATE FUNCTION turn(date, weekday int) RETURNS date LANGUAGE sql IMMUTABLE AS
$$ SELECT $1 - (extract(isodow FROM $1)::int - weekday + 7) % 7 $$;
CREATE FUNCTION period_value(i bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT 50 + i % 12 + (i * i % 37) / 8.0 $$;

-- periods whose years turn on a weekday up to a date, or all have 52 weeks; periods to begin with, and those that are known
CREATE TABLE kinds (kind text, weeks int[], weekday int, month int, day int, since int, skip int, known int);
INSERT INTO kinds VALUES
	('4-4-5, never longer', '{4,4,5}', 6, NULL, NULL, 2019, 0, 60),
	('5-4-4, never longer', '{5,4,4}', 1, NULL, NULL, 2019, 0, 30),
	('4-4-5, a few rows', '{4,4,5}', 2, NULL, NULL, 2019, 0, 8),
	('4-4-5, before 2000', '{4,4,5}', 4, NULL, NULL, 1850, 0, 24),
	('begins on the last Saturday of January', '{4,4,5}', 6, 1, 31, 2014, 0, 60),
	('ends on the Saturday nearest the end of January', '{4,5,4}', 6, 2, 3, 2014, 5, 60),
	('begins on the Sunday nearest 1 February', '{4,5,4}', 7, 2, 4, 2014, 2, 48),
	('begins on the Monday nearest 1 January', '{5,4,4}', 1, 1, 4, 2013, 1, 60),
	('ends on the last Friday of September', '{5,4,4}', 5, 9, 30, 2012, 7, 60),
	('begins on the first Monday of July', '{4,4,5}', 1, 7, 7, 2015, 0, 100),
	('up to some day of May', '{4,4,5}', 3, 5, 17, 2008, 3, 130);
CREATE TABLE periods AS
SELECT kind, row_number() OVER (PARTITION BY kind ORDER BY begin + week * 7) - 1 - skip AS i, known, begin + week * 7 AS day
FROM kinds, generate_series(0, 271) AS year, generate_series(0, 3) AS quarter, generate_series(1, 3) AS period,
	 LATERAL (SELECT CASE WHEN month IS NULL THEN turn(make_date(since, 1, 26), weekday) + year * 364 ELSE turn(make_date(since + year, month, day), weekday) END,
					 quarter * 13 + CASE period WHEN 1 THEN 0 WHEN 2 THEN weeks[1] ELSE weeks[1] + weeks[2] END) AS b (begin, week);
DELETE FROM periods WHERE i < 0;
INSERT INTO periods SELECT kind || ', a fifth missing', i, known, day FROM periods WHERE known = 60 AND (i >= known OR (i * 7 + 3) % 10 NOT IN (4, 8));
INSERT INTO periods SELECT 'dates of UTC', i, known, day FROM periods WHERE kind = 'ends on the last Friday of September';
CREATE VIEW rows AS SELECT kind, CASE kind WHEN 'dates of UTC' THEN day::timestamp AT TIME ZONE 'UTC' ELSE day END AS day, period_value(i) AS value FROM periods WHERE i < known;

CREATE TABLE models AS SELECT kind, lstm_train(day, value, quick()) AS model FROM rows GROUP BY kind;
SELECT kind, info->>'frequency' AS frequency, info->>'rows' AS rows, info->>'missing' AS missing, info->>'horizon' AS horizon,
	   (SELECT count(*) FROM lstm_forecast(model) JOIN periods ON i = known - 1 + step AND day = local_ts::date WHERE periods.kind = models.kind) AS right_dates
FROM models, lstm_model_info(model) AS info ORDER BY kind COLLATE "C";
-- a quarter of a millennium ahead, with all its long years
CREATE TABLE far AS SELECT kind, step, local_ts::date AS day FROM models, lstm_forecast(model, 3000)
WHERE kind IN ('4-4-5, before 2000', 'ends on the Saturday nearest the end of January', 'up to some day of May');
SELECT kind, count(*) AS right_dates FROM far JOIN periods USING (kind, day) WHERE i = known - 1 + step GROUP BY kind ORDER BY kind COLLATE "C";
-- the text is what the option reads, in whole or without the word, and gives the same model
SELECT count(*) AS models, count(*) FILTER (WHERE weights(model) = weights(again) AND lstm_model_info(again)->>'frequency' = frequency || rest) AS the_same
FROM (SELECT kind, split_part(lstm_model_info(model)->>'frequency', ' ', 1) AS frequency, model FROM models) AS m, unnest(ARRAY[' weeks', '']) AS word,
	 LATERAL (SELECT ' weeks' AS rest, lstm_train(day, value, quick(jsonb_build_object('frequency', frequency || word))) AS again FROM rows WHERE rows.kind = m.kind) AS trained;
SELECT lstm_train(day, value, quick('{"frequency": "5-4-4 weeks"}')) FROM rows WHERE kind = 'ends on the Saturday nearest the end of January';
SELECT lstm_train(day, value, quick('{"frequency": "4-4-4 weeks"}')) FROM rows WHERE kind = '4-4-5, never longer';

-- What is said, where nobody has named the periods.
SET client_min_messages = notice;
SELECT octet_length(lstm_train(day, value, quick('{"seasonal_period": 1, "horizon": 3}'))) > 0 AS trained FROM rows WHERE kind IN ('4-4-5, never longer') GROUP BY kind;
SELECT octet_length(lstm_train(day, value, quick('{"seasonal_period": 1, "horizon": 3}'))) > 0 AS trained FROM rows WHERE kind = 'ends on the Saturday nearest the end of January';
SELECT octet_length(lstm_train(day, value, quick('{"seasonal_period": 1, "horizon": 3, "frequency": "4-4-5"}'))) > 0 AS trained FROM rows WHERE kind = '4-4-5, never longer';
SET client_min_messages = warning;

-- A season is a year of twelve periods, also in a year of 53 weeks.
SELECT lstm_model_info(lstm_train(day, 100 + 30 * sin(i * pi() / 6) + i % 5, '{"max_steps": 5}'))->>'season' AS season FROM periods WHERE kind = 'begins on the last Saturday of January' AND i < 60;

-- Series of a panel begin and end when they like, and what one is too short to show the others tell it.
CREATE TABLE shops AS
SELECT shop, day, period_value(i) AS value FROM (VALUES ('all', 0, 59), ('short', 45, 59), ('ended', 0, 33), ('tiny', 57, 59)) AS s (shop, first, last), periods
WHERE kind = 'ends on the Saturday nearest the end of January' AND i BETWEEN first AND last;
CREATE TABLE panel AS SELECT lstm_train(shop, day, value, quick()) AS model FROM shops;
SELECT series, count(*) AS steps, count(periods.i) AS right_dates FROM panel, lstm_forecast(model, 40) AS f
	LEFT JOIN periods ON kind = 'ends on the Saturday nearest the end of January' AND day = local_ts::date AND periods.i = (SELECT 1 + CASE series WHEN 'ended' THEN 33 ELSE 59 END) + step - 1 GROUP BY series ORDER BY series;
-- one that has years of its own keeps to them
SELECT series, string_agg(local_ts::date::text, ', ' ORDER BY step) AS days
FROM lstm_forecast((SELECT lstm_train(shop, day, value, quick('{"horizon": 4}')) FROM (SELECT * FROM shops UNION ALL SELECT 'other', day, value FROM rows WHERE kind = '4-4-5, never longer') AS s)) WHERE series IN ('all', 'other') GROUP BY series ORDER BY series;

-- Fresh rows, and other sessions.
SET timezone = 'America/New_York';
SELECT series, step, local_ts FROM panel, lstm_forecast(model, $$ SELECT shop, day::timestamp AT TIME ZONE 'Europe/Berlin' AS day, value FROM shops WHERE shop = 'all' AND day < '2018-03-01' $$, 'day', 'value', 'shop', horizon => 3);
SET timezone = 'Europe/Berlin';
SELECT step, local_ts FROM models, lstm_forecast(model, $$ SELECT day, period_value(i) AS value FROM periods WHERE kind = 'ends on the last Friday of September' AND i BETWEEN 60 AND 62 $$, 'day', 'value', horizon => 3) WHERE kind = 'ends on the last Friday of September';
SELECT lstm_forecast(model, $$ SELECT day + i::int % 5 AS day, period_value(i) AS value FROM periods WHERE kind = 'ends on the last Friday of September' AND i BETWEEN 60 AND 70 $$, 'day', 'value') FROM models WHERE kind = 'ends on the last Friday of September';
\echo :SQLSTATE

-- What is near it is what it is: quarters, every fourth week, weeks, months by weekdays.
SELECT kind, lstm_model_info(lstm_train(day, period_value(i), quick()))->>'frequency' AS frequency
FROM (SELECT kind, i, CASE kind WHEN 'quarters of 13 weeks' THEN date '2019-01-26' + 91 * i WHEN 'every fourth week' THEN date '2019-01-26' + 28 * i WHEN 'twice a quarter' THEN date '2019-01-26' + 91 * (i / 2) + 28 * (i % 2)
						   WHEN 'every week' THEN date '2019-01-26' + 7 * i WHEN 'last Saturday' THEN turn((date '2019-02-01' + i * interval '1 month')::date - 1, 6) WHEN 'second Monday' THEN turn((date '2019-01-14' + i * interval '1 month')::date, 1)
						   WHEN 'Saturday nearest the end of the month' THEN turn((date '2019-02-01' + i * interval '1 month')::date + 2, 6) ELSE date '2019-01-26' + 7 * (i * 4 + hashint4(i) % 2) END AS day
	  FROM unnest(ARRAY['quarters of 13 weeks', 'every fourth week', 'twice a quarter', 'every week', 'last Saturday', 'second Monday', 'Saturday nearest the end of the month', 'three to five weeks']) AS kind, generate_series(0, 59) AS i) AS dates
GROUP BY kind ORDER BY kind COLLATE "C";

DROP SCHEMA fiscal CASCADE;
