-- Steps of an hour and below across a change of clocks: what people do is forecast by the wall clock, what the sun does is not, and every
-- time has one forecast, the hour that comes twice as well.
SET client_min_messages = error;
SET timezone = 'UTC';
SET datestyle = ISO;
-- noise between -1 and 1, of stream k
CREATE FUNCTION noise(i bigint, k bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT 2 * ((n % 10007 * (n % 10007) % 10007 * (n % 10007) * 7919 + n * 104729) % 10007 + 0.5) / 10007.0 - 1 FROM (SELECT i + 900000 + k * 977) AS numbered (n) $$;
-- at a time: people from 8 to 17 by the clock, half as many at weekends; and the sun, more or less of it each day
CREATE FUNCTION people(ts timestamptz, zone text) RETURNS float8 LANGUAGE sql STABLE AS
$$ SELECT 20 + 100 * (extract(hour FROM ts AT TIME ZONE zone) BETWEEN 8 AND 17)::int::float8 $$;
CREATE FUNCTION sun(ts timestamptz) RETURNS float8 LANGUAGE sql STABLE AS
$$ SELECT greatest(0, 100 * sin((extract(epoch FROM ts) / 3600 - 6) * pi() / 12)) * (0.8 + 0.2 * noise(floor(extract(epoch FROM ts) / 86400)::bigint, 2)) $$;
CREATE TABLE changes (zone text, change timestamptz);
INSERT INTO changes VALUES ('Europe/Berlin', '2024-03-31 01:00+00'), ('Europe/Berlin', '2024-10-27 01:00+00'),
						   ('America/New_York', '2024-03-10 07:00+00'), ('America/New_York', '2024-11-03 06:00+00'),
						   ('Australia/Lord_Howe', '2024-10-05 15:30+00'), ('Australia/Lord_Howe', '2024-04-06 15:00+00');
-- a model of nine days that end so many steps after the change, and a day of forecasts
CREATE FUNCTION forecast_from(zone text, change timestamptz, minutes int, ending int) RETURNS SETOF lstm_forecast_row LANGUAGE sql AS
$$ SELECT f.* FROM lstm_forecast((
		SELECT lstm_train(ts, people(ts, zone) + 5 * noise((extract(epoch FROM ts) / 300)::bigint, 1), lstm_options(time_zone => zone, horizon => 1440 / minutes, max_steps => 30))
		FROM generate_series(change + (ending * minutes - 9 * 1440) * interval '1 minute', change + ending * minutes * interval '1 minute', minutes * interval '1 minute') AS ts)) AS f $$;
CREATE VIEW judged AS
	SELECT zone, change, minutes, ending, count(*) AS steps, count(*) = 1440 / minutes AND bool_and(f.ts = change + (ending + f.step) * minutes * interval '1 minute' AND f.local_ts = f.ts AT TIME ZONE zone) AS every_time,
		   avg(abs(f.forecast - people(f.ts, zone))) AS error, max(abs(f.forecast - people(f.ts, zone))) AS worst
	FROM changes, unnest(ARRAY[60, 30, 15]) AS minutes, unnest(ARRAY[-12, -3, -1, 0, 1, 3]) AS ending, LATERAL forecast_from(zone, change, minutes, ending) AS f
	GROUP BY zone, change, minutes, ending;
-- an hour off, some steps err by 100
SELECT zone, change, minutes, bool_and(every_time) AS "every time", bool_and(error < 5) AS follows, bool_and(worst < 25) AS "no step off" FROM judged GROUP BY zone, change, minutes ORDER BY zone COLLATE "C", change, minutes DESC;

-- Clocks are followed where there are any to follow, and where the past does not show that the day stays as they change.
CREATE TABLE days AS
	SELECT kind, past, ts, CASE kind WHEN 'people' THEN people(ts, 'Europe/Berlin') WHEN 'sun' THEN sun(ts) ELSE 50 END + 5 * noise((extract(epoch FROM ts) / 3600)::bigint, 3) AS value
	FROM unnest(ARRAY['people', 'sun', 'noise']) AS kind, (VALUES ('no change', timestamptz '2024-03-30 12:00+00'), ('a change two days ago', '2024-04-02 12:00+00'), ('a change ten days ago', '2024-04-10 12:00+00')) AS pasts (past, last),
		 generate_series(last - interval '25 days', last, interval '1 hour') AS ts;
CREATE FUNCTION by_clock(model bytea) RETURNS text LANGUAGE sql AS $$ SELECT lstm_model_info(model)->>'wall_clock' $$;
SELECT kind, past, by_clock(lstm_train(ts, value, lstm_options(time_zone => 'Europe/Berlin', horizon => 24))) AS "wall clock" FROM days GROUP BY kind, past ORDER BY kind, past DESC;
SELECT zone, minutes, by_clock(lstm_train(timestamptz '2024-01-01' + i * minutes * interval '1 minute', i * minutes / 60 % 24, lstm_options(time_zone => zone, horizon => 4))) AS "wall clock"
	FROM (VALUES ('Europe/Berlin', 60), ('Europe/Berlin', 5), ('Europe/Berlin', 120), ('Asia/Tokyo', 60), ('UTC', 60)) AS asked (zone, minutes), LATERAL generate_series(0, 9 * 1440 / minutes) AS i GROUP BY zone, minutes ORDER BY zone, minutes;
-- and what does not is forecast as in UTC
SELECT count(*) AS steps, bool_and(f.forecast = u.forecast) AS same
	FROM lstm_forecast((SELECT lstm_train(ts, value, lstm_options(time_zone => 'Europe/Berlin', horizon => 24)) FROM days WHERE kind = 'sun' AND past LIKE '%ten%')) AS f
	JOIN lstm_forecast((SELECT lstm_train(ts, value, lstm_options(time_zone => 'UTC', horizon => 24)) FROM days WHERE kind = 'sun' AND past LIKE '%ten%')) AS u USING (ts);

-- Hours with changes in their past, known up to 40 hours before the next one.
CREATE TABLE year AS
	SELECT season, i, ts, people(ts, 'Europe/Berlin') + 5 * noise(i, 4) AS value
	FROM (VALUES ('autumn', timestamptz '2024-10-27 01:00+00'), ('spring', '2024-03-31 01:00+00')) AS nexts (season, change), generate_series(-5200, 60) AS i, LATERAL (SELECT change + i * interval '1 hour') AS times (ts);
CREATE TABLE year_model AS
	SELECT season, networks, lstm_train(ts, value, lstm_options(time_zone => 'Europe/Berlin', horizon => 24, start => NOT networks, hidden_size => CASE WHEN networks THEN 8 END, ensemble_size => CASE WHEN networks THEN 1 END, max_steps => CASE WHEN networks THEN 150 END)) AS model
	FROM year, unnest(ARRAY[true, false]) AS networks WHERE i <= -40 AND (networks OR i > -500) GROUP BY season, networks;
-- fresh rows go on from the steps that the model keeps, whatever hour they end in
SELECT year_model.season, networks, count(*) AS steps, bool_and(f.step = y.i - ending) AS "in order", max(f.every) AS least, bool_and(abs(f.forecast - y.value) < 40) AS "no step off"
	FROM year_model, generate_series(-26, 26) AS ending, LATERAL (SELECT *, count(*) OVER () AS every FROM lstm_forecast(model, format('SELECT ts, value FROM year WHERE season = %L AND i BETWEEN -39 AND %s', year_model.season, ending), 'ts', 'value')) AS f JOIN year AS y USING (ts) WHERE y.season = year_model.season GROUP BY year_model.season, networks ORDER BY year_model.season, networks;
-- back-tests: every row that is there, once in each fold, of the model and of models trained for each fold
SELECT year_model.season, networks, count(*) AS steps, count(DISTINCT (f.fold, f.ts)) AS times, bool_and(f.actual = y.value AND f.local_ts = f.ts AT TIME ZONE 'Europe/Berlin') AS right_rows,
	   avg(abs(f.forecast - y.value)) < 7 AS follows, avg(abs(f.start - y.value)) < 7 AS start, avg(abs(f.seasonal_naive - y.value)) < 7 AS season, bool_and(f.forecast BETWEEN f.lower AND f.upper) AS within
	FROM year_model, LATERAL lstm_backtest_forecasts(model, format('SELECT ts, value FROM year WHERE season = %L AND i > -400', year_model.season), 'ts', 'value', stride => 1) AS f JOIN year AS y USING (ts)
	WHERE y.season = year_model.season GROUP BY year_model.season, networks ORDER BY year_model.season, networks;
SELECT y.season, f.fold, count(*) AS steps, bool_and(f.actual = y.value) AS right_rows, avg(abs(f.forecast - y.value)) < 7 AS follows, avg(abs(f.start - y.value)) < 7 AS start
	FROM unnest(ARRAY['autumn', 'spring']) AS s (season), LATERAL lstm_backtest_forecasts(format('SELECT ts, value FROM year WHERE season = %L AND i > -400', s.season), 'ts', 'value', horizon => 24, folds => 4, stride => 11, options => lstm_options(time_zone => 'Europe/Berlin')) AS f JOIN year AS y USING (ts)
	WHERE y.season = s.season GROUP BY y.season, f.fold ORDER BY y.season, f.fold;

-- Counts stay whole, absent rows are filled, and what is known ahead is known of its own time: shifts by the clock, and a sale in the hour that comes twice.
CREATE TABLE staffed AS
	SELECT shop, i, ts, round(people(ts, 'Europe/Berlin') / 10) + 30 * sale AS value, sale
	FROM unnest(ARRAY['north', 'south']) AS shop, generate_series(-700, 40) AS i, LATERAL (SELECT timestamptz '2024-10-27 01:00+00' + i * interval '1 hour') AS times (ts), LATERAL (SELECT (noise(i, 5) > 0.8 OR i = 0)::int) AS sales (sale)
	WHERE i > -20 OR noise(i, 6) > -0.9;
SELECT series, count(*) AS steps, bool_and(f.ts = timestamptz '2024-10-27 01:00+00' + (f.step - 10) * interval '1 hour') AS "in order", bool_and(lower = round(lower)) AS whole,
	   avg(f.forecast) FILTER (WHERE sale = 1) - avg(f.forecast) FILTER (WHERE sale = 0) > 10 AS "sales seen", min(f.forecast) FILTER (WHERE f.step IN (9, 10)) > 4 AS "second hour"
	FROM lstm_forecast((SELECT lstm_train('SELECT shop, ts, CASE WHEN i <= -10 THEN value END AS value, sale FROM staffed', 'ts', 'value', 'shop', future_columns => ARRAY['sale'], options => lstm_options(time_zone => 'Europe/Berlin', horizon => 24, ensemble_size => 1, hidden_size => 16, max_steps => 500))),
					   'SELECT shop, ts, CASE WHEN i <= -10 THEN value END AS value, sale FROM staffed', 'ts', 'value', 'shop', future_columns => ARRAY['sale']) AS f
	JOIN staffed ON shop = series AND staffed.ts = f.ts GROUP BY series ORDER BY series;
DROP TABLE changes, days, year, year_model, staffed CASCADE;
DROP FUNCTION by_clock, forecast_from, people, sun, noise;
