-- Time zones: the model's own, what a session's zone changes, and the day that local_ts shows.
SET TIME ZONE 'America/New_York';
CREATE TABLE sold AS
	SELECT date '2024-01-01' + i AS day, 100 + 20 * sin(i * 2 * pi() / 7) AS amount FROM generate_series(0, 399) AS i;
CREATE TABLE zone_model AS SELECT lstm_train(day, amount, lstm_options(horizon => 5, max_steps => 20)) AS model FROM sold;
SELECT lstm_model_info(model)->'options'->>'time_zone' AS kept, lstm_model_info(model)->'why'->>'time_zone' AS why FROM zone_model;

-- The same days, whatever the session's zone: of the model, of fresh rows over a source and as an aggregate.
CREATE FUNCTION days(rows lstm_forecast_row[]) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(to_char(r.local_ts, 'YYYY-MM-DD HH24:MI'), ', ' ORDER BY r.step) FROM unnest(rows) AS r WHERE r.step <= 2 $$;
CREATE VIEW by_session AS
	SELECT current_setting('timezone') AS zone,
		   (SELECT days(array_agg(f)) FROM zone_model, lstm_forecast(model) AS f) AS model,
		   (SELECT days(array_agg(f)) FROM zone_model, lstm_forecast(model, 'sold', 'day', 'amount') AS f) AS source,
		   (SELECT days(lstm_forecast(model, day, amount)) FROM zone_model, sold) AS aggregate,
		   (SELECT count(*) FROM zone_model, lstm_forecast(model) AS f JOIN generate_series(date '2025-02-04', '2025-02-08', '1 day') AS d ON f.local_ts::date = d) AS joined;
SELECT * FROM by_session;
SET TIME ZONE 'UTC';
SELECT * FROM by_session;
SET TIME ZONE 'Pacific/Auckland';
SELECT * FROM by_session;

-- A back-test begins after the last day that was trained on, also where the rows are the days of another session's zone: the same
-- origins in all of them, and no day of the training is forecast. So with weeks, months and business days.
SET TIME ZONE 'Europe/Berlin';
CREATE TABLE until AS
	SELECT 'days' AS steps, day, amount FROM sold WHERE day < '2024-12-01'
	UNION ALL SELECT 'weeks', day, amount FROM sold WHERE extract(isodow FROM day) = 1 AND day < '2024-12-01'
	UNION ALL SELECT 'business days', day, amount FROM sold WHERE extract(isodow FROM day) < 6 AND day < '2024-12-01'
	UNION ALL SELECT 'months', date '2020-01-01' + i * interval '1 month', 100 + i % 12 FROM generate_series(0, 50) AS i;
CREATE TABLE later AS
	SELECT 'days' AS steps, day, amount FROM sold
	UNION ALL SELECT 'weeks', day, amount FROM sold WHERE extract(isodow FROM day) = 1
	UNION ALL SELECT 'business days', day, amount FROM sold WHERE extract(isodow FROM day) < 6
	UNION ALL SELECT 'months', date '2020-01-01' + i * interval '1 month', 100 + i % 12 FROM generate_series(0, 62) AS i;
CREATE TABLE until_model AS SELECT steps, lstm_train(day::timestamptz, amount, lstm_options(horizon => 2, max_steps => 5)) AS model, max(day)::date AS last FROM until GROUP BY steps;
CREATE FUNCTION origins(zone text) RETURNS TABLE (steps text, origins bigint, first date, trained bigint, md5 text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('timezone', zone, true);
	RETURN QUERY SELECT m.steps, count(DISTINCT f.origin), min(f.origin::date), count(*) FILTER (WHERE f.local_ts::date <= m.last), md5(string_agg(DISTINCT f.origin::date::text, ','))
		FROM until_model AS m, LATERAL lstm_backtest_forecasts(m.model, format('SELECT day::timestamptz AS day, amount FROM later WHERE steps = %L', m.steps), 'day', 'amount', stride => 1) AS f
		GROUP BY m.steps ORDER BY m.steps;
END $$;
SELECT steps, origins, first, trained FROM origins('Europe/Berlin');
SELECT zone, count(*) AS steps, bool_and(there = home) AS same
FROM unnest(ARRAY['America/New_York', 'UTC', 'Pacific/Auckland', 'Asia/Tokyo', 'Pacific/Honolulu']) AS zone, LATERAL origins(zone) AS there JOIN origins('Europe/Berlin') AS home USING (steps)
GROUP BY zone ORDER BY zone;
-- hours that begin at other minutes: no half of one that was trained on is forecast
SELECT min(ts) FROM (SELECT lstm_train(timestamptz '2024-01-01 00:00+00' + i * interval '1 hour', i % 24, lstm_options(horizon => 2, max_steps => 5)) AS model FROM generate_series(0, 99) AS i) AS m,
	lstm_backtest_forecasts(model, 'SELECT timestamptz ''2024-01-01 00:30+00'' + i * interval ''1 hour'' AS ts, i % 24 AS value FROM generate_series(0, 120) AS i', 'ts', 'value', stride => 1);

-- The option makes training the same in every session: of a source with dates, which are days of that zone, and of timestamps.
CREATE TABLE moment AS SELECT day::timestamp AT TIME ZONE 'Europe/Berlin' AS ts, day, amount FROM sold;
CREATE VIEW trained AS
	SELECT md5(lstm_train('moment', 'day', 'amount', options => lstm_options(time_zone => 'Europe/Berlin', max_steps => 20, horizon => 5))) AS dates,
		   md5(lstm_train('moment', 'ts', 'amount', options => lstm_options(time_zone => 'Europe/Berlin', max_steps => 20, horizon => 5))) AS instants,
		   (SELECT md5(lstm_train(ts, amount, lstm_options(time_zone => 'Europe/Berlin', max_steps => 20, horizon => 5))) FROM moment) AS aggregate;
CREATE TEMP TABLE at_home AS SELECT * FROM trained;
SELECT dates = instants AND instants = aggregate AS same FROM at_home;
SET TIME ZONE 'America/New_York';
SELECT trained = at_home AS same FROM trained, at_home;
SELECT frequency, first FROM (SELECT lstm_train('moment', 'day', 'amount', options => lstm_options(time_zone => 'Europe/Berlin', max_steps => 1)) AS model) AS m,
	LATERAL (SELECT lstm_model_info(model)->>'frequency' AS frequency, min(local_ts) AS first FROM lstm_forecast(model)) AS f;

-- A name that is an abbreviation, too, means the zone, with its summer time; so it does where the session's abbreviations say otherwise.
SET timezone_abbreviations = 'Australia';
SELECT zone, min(local_ts) AS first, bool_and(ts = local_ts AT TIME ZONE meant) AS right_time
	FROM (VALUES ('CET', 'Europe/Brussels'), ('EET', 'Europe/Athens'), ('EST', 'America/Panama')) AS z (zone, meant),
	LATERAL lstm_forecast('SELECT * FROM sold WHERE day < ''2024-07-01''', 'day', 'amount', horizon => 2, options => lstm_options(time_zone => zone, max_steps => 1))
	GROUP BY zone ORDER BY zone;
SELECT count(*) FROM lstm_forecast('SELECT ''-infinity''::date AS day, 1 AS amount', 'day', 'amount', options => lstm_options(time_zone => 'CET'));
RESET timezone_abbreviations;

-- Hours count on through a change of clocks; local_ts shows what the clocks do.
SET TIME ZONE 'UTC';
SELECT step, ts, local_ts FROM
	(SELECT lstm_train(timestamptz '2024-10-26 22:00:00+00' - i * interval '1 hour', sin(i), lstm_options(time_zone => 'Europe/Berlin', max_steps => 1, horizon => 5)) AS model
	 FROM generate_series(0, 99) AS i) AS m, lstm_forecast(model);

-- A session's zone that is an offset, or a rule without summer time, is kept as that offset; with summer time it has no name to keep.
CREATE FUNCTION kept(zone text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('timezone', zone, true);
	RETURN (SELECT lstm_model_info(lstm_train(timestamptz '2024-01-01' + i * interval '1 day', sin(i), lstm_options(max_steps => 1, horizon => 2)))->'options'->>'time_zone'
		FROM generate_series(1, 50) AS i);
END $$;
SELECT zone, kept(zone) FROM unnest(ARRAY['europe/berlin', '+3', '-5:30', '<+05:45>-05:45', 'UTC-3', 'XYZ0', 'XYZ1:07', 'EST5EDT4,M3.2.0,M11.1.0']) AS zone;
DROP FUNCTION kept;

-- Of the names of offsets there are few, and a rule has as many as one likes: PostgreSQL keeps each of them for good.
SELECT count(*) > 300 AS accepted FROM pg_timezone_names WHERE name NOT LIKE 'right/%' AND length(name) < 64 AND lstm_options(time_zone => name) IS NOT NULL;
SELECT lstm_options(time_zone => '<-09:30>+09:30')->>'time_zone' AS offset;
CREATE FUNCTION refused(zone text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM lstm_options(time_zone => zone); RETURN false; EXCEPTION WHEN invalid_parameter_value THEN RETURN true; END $$;
SELECT zone FROM unnest(ARRAY['UTC-3', 'AAA1BBB', '<+16>-16', '<+05:20>-05:20', '<+5>-5', '<+05:00>-05:00', '<+05>+05', '<+05>-05 ', '<XYZ>-05', '+05', 'right/UTC', 'Europe', '../UTC', 'Europe//Berlin', './UTC'])
	AS zone WHERE NOT refused(zone);
DROP FUNCTION refused;

-- Zones that there are not, and none where there are no timestamps.
SELECT lstm_options(time_zone => 'Europe/Nowhere');
SELECT lstm_options(time_zone => '');
SELECT lstm_model_info(lstm_train(i, lstm_options(max_steps => 1, horizon => 2)))->'options'->>'time_zone' AS kept FROM generate_series(1, 50) AS i;
RESET TIME ZONE;
DROP VIEW by_session, trained;
DROP TABLE sold, zone_model, moment, at_home, until, later, until_model;
DROP FUNCTION days, origins;
