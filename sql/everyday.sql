-- Small everyday tables, trained with no options (few steps where only a season or dates are asked for): every answer is
-- what a careful person would expect of it. A line is "ok", or says the value and what it should have been;
-- bench/everyday asks the same of many more tables.
\set ECHO none
\set QUIET on
CREATE SCHEMA everyday;
SET search_path = everyday, public;
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
\pset format unaligned
\pset tuples_only on

-- u: noise between 0 and 1, of stream k; g: of deviation 1, about normal
CREATE FUNCTION u(i bigint, k bigint DEFAULT 0) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT ((n % 10007 * (n % 10007) % 10007 * (n % 10007) * 7919 + n * 104729) % 10007 + 0.5) / 10007.0 FROM (SELECT i + 5000 + k * 977) AS numbered (n) $$;
CREATE FUNCTION g(i bigint, k bigint DEFAULT 0) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT 2 * (u(i, k) + u(i, k + 101) + u(i, k + 202) - 1.5) $$;
CREATE FUNCTION verdict(name text, value float8, lowest float8, highest float8) RETURNS text LANGUAGE sql AS
$$ SELECT name || ': ' || CASE WHEN value BETWEEN lowest AND highest THEN 'ok'
							   ELSE format('%s, not %s to %s', coalesce(round(value::numeric, 3)::text, 'nothing'), lowest, highest) END $$;
CREATE FUNCTION season(model bytea) RETURNS float8 LANGUAGE sql AS
$$ SELECT (lstm_model_info(model)->>'season')::float8 $$;

\echo 1. Short series follow
CREATE TABLE short AS
SELECT kind, i, date '2015-01-01' + i * step AS ts,
	   CASE kind WHEN 'months with trend and season' THEN (100 + 2 * i) * (1 + 0.2 * sin(i * pi() / 6)) * (1 + 0.015 * g(i, 1))
				 WHEN 'months of profit and loss' THEN -60 + 3 * i + 30 * sin(i * pi() / 6) + 3 * g(i, 2)
				 WHEN 'months with a trend' THEN (100 + 2 * i) * (1 + 0.015 * g(i, 3))
				 WHEN 'months that grow by 12 %' THEN 10 * 1.12 ^ i * (1 + 0.02 * g(i, 4))
				 WHEN 'quarters with trend and season' THEN (80 + 3 * i) * (1 + (ARRAY[0.2, -0.1, -0.25, 0.15])[1 + i % 4]) * (1 + 0.015 * g(i, 5))
				 WHEN 'years with a trend' THEN (1000 + 60 * i) * (1 + 0.01 * g(i, 6)) END AS value
FROM (VALUES ('months with trend and season', interval '1 month'), ('months of profit and loss', '1 month'), ('months with a trend', '1 month'),
			 ('months that grow by 12 %', '1 month'), ('quarters with trend and season', '3 months'), ('years with a trend', '1 year')) AS kinds (kind, step), generate_series(0, 79) AS i;
-- the error over that of the value of one season ago, or of the last value
CREATE TABLE short_forecast AS
SELECT asked.*, step, f.ts, forecast
FROM (VALUES (24, 'months with trend and season', 12, 0.5), (30, 'months with trend and season', 12, 0.5), (36, 'months with trend and season', 12, 0.4), (48, 'months with trend and season', 12, 0.4), (60, 'months with trend and season', 12, 0.4),
			 (36, 'months of profit and loss', 12, 0.5), (24, 'months with a trend', 0, 0.5), (40, 'months with a trend', 0, 0.5), (30, 'months that grow by 12 %', 0, 0.3),
			 (20, 'quarters with trend and season', 4, 0.5), (15, 'years with a trend', 0, 0.5)) AS asked (known, kind, season, highest),
	 LATERAL lstm_forecast((SELECT lstm_train(ts, value) FROM short WHERE short.kind = asked.kind AND i < known)) AS f;
SELECT verdict(known || ' ' || kind, avg(abs(s.value - forecast)) / avg(abs(s.value - n.value)), 0, highest)
FROM short_forecast AS f JOIN short AS s USING (kind, ts) JOIN short AS n USING (kind)
WHERE step <= 12 AND n.i = CASE season WHEN 0 THEN known - 1 ELSE s.i - season * ((s.i - known) / season + 1) END
GROUP BY known, kind, highest ORDER BY kind COLLATE "C", known;
-- and its first steps are there
SELECT verdict('steps ahead of 24 months, at least', count(*), 6, 18) FROM short_forecast WHERE kind = 'months with trend and season' AND known = 24;
SELECT verdict('kB of a model of 36 months', octet_length(lstm_train(ts, value)) / 1024.0, 0, 100) FROM short WHERE kind = 'months with trend and season' AND i < 36;

\echo 2. Intervals stay within reach
-- zero on Sundays; and once a month that is nothing like the others
CREATE TABLE reach AS
SELECT 'zero on Sundays' AS kind, date '2023-01-02' + i AS day, CASE WHEN i % 7 = 6 OR i % 83 = 11 THEN 0 ELSE 300 + 60 * sin(i % 7) + 30 * g(i, 11) END AS value FROM generate_series(0, 279) AS i
UNION ALL
SELECT 'a month of 50, ' || back || ' ago', date '2018-01-01' + i * interval '1 month', CASE WHEN i = 60 - back THEN 50 ELSE 11 + g(i, 12) / 2 END FROM unnest(ARRAY[3, 10]) AS back, generate_series(0, 59) AS i;
CREATE TABLE reach_forecast AS
SELECT kind, f.*, f.ts::date AS day FROM (SELECT kind, lstm_train(day, value) AS model FROM reach GROUP BY kind) AS trained, lstm_forecast(model) AS f;
SELECT verdict(kind || ': highest upper over the highest value', max(upper) / (SELECT max(value) FROM reach AS r WHERE r.kind = f.kind), 0.2, 2) FROM reach_forecast AS f GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict(kind || ': lowest lower over the highest value', min(lower) / (SELECT max(value) FROM reach AS r WHERE r.kind = f.kind), -0.2, 1) FROM reach_forecast AS f GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict(kind || ': forecasts outside their interval', count(*) FILTER (WHERE forecast BETWEEN lower AND upper IS NOT TRUE), 0, 0) FROM reach_forecast GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict('zero on Sundays: forecast then', max(abs(forecast)), 0, 20) FROM reach_forecast WHERE kind LIKE 'zero%' AND extract(isodow FROM day) = 7;
SELECT verdict('zero on Sundays: mean forecast of the other days', avg(forecast), 270, 330) FROM reach_forecast WHERE kind LIKE 'zero%' AND extract(isodow FROM day) < 7;
SELECT verdict(kind || ': forecast', avg(forecast), 10, 12) FROM reach_forecast WHERE kind LIKE 'a month%' GROUP BY kind ORDER BY kind COLLATE "C";

\echo 3. One bad value does not lead
-- hours by the time of day, with readings that are none; the forecast of the truth without noise
CREATE TABLE glitch AS
SELECT kind, i, timestamp '2024-01-01' + i * interval '1 hour' AS ts,
	   CASE WHEN i = 400 AND kind IN ('350,000', 'two') THEN 350000 WHEN i = 250 AND kind = 'two' THEN -80000 WHEN i IN (100, 260, 301, 455) AND kind = '-999' THEN -999
			ELSE 1200 + 900 * sin(i * pi() / 12) + 60 * g(i, 21) END AS value
FROM unnest(ARRAY['none', '350,000', 'two', '-999']) AS kind, generate_series(0, 479) AS i;
CREATE TABLE glitch_model AS SELECT kind, lstm_train(ts, value) AS model FROM glitch GROUP BY kind;
SELECT verdict('glitch, ' || kind || ': season', season(model), 24, 24) FROM glitch_model ORDER BY kind COLLATE "C";
SELECT verdict('glitch, ' || kind || ': error of the forecast, without noise', avg(abs(forecast - 1200 - 900 * sin((479 + step) * pi() / 12))), 0, 60) FROM glitch_model, lstm_forecast(model) GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict('glitch, ' || kind || ': mean width', avg(upper - lower), 150, 1000) FROM glitch_model, lstm_forecast(model) GROUP BY kind ORDER BY kind COLLATE "C";
-- days of about 200: one that is not, and a level that is new
CREATE TABLE bad AS
SELECT kind, day, CASE WHEN n = 230 AND kind LIKE 'one of%' THEN odd ELSE 200 + 50 * sin(n * 2 * pi() / 7) + 5 * g(n, 22) END + CASE WHEN kind LIKE 'a new%' AND n >= 210 THEN 150 ELSE 0 END AS value
FROM (VALUES ('one of 0', 0), ('one of -5', -5), ('one of 0.001', 0.001), ('one of 60,000', 60000), ('a new level 30 days ago', NULL)) AS kinds (kind, odd),
	 generate_series(0, 239) AS n, LATERAL (SELECT date '2024-01-01' + n) AS days (day);
CREATE TABLE bad_forecast AS
SELECT kind, f.*, 200 + 50 * sin((239 + step) * 2 * pi() / 7) + CASE WHEN kind LIKE 'a new%' THEN 150 ELSE 0 END AS truth
FROM (SELECT kind, lstm_train(day, value) AS model FROM bad GROUP BY kind) AS trained, lstm_forecast(model) AS f;
SELECT verdict('days, ' || kind || ': error, without noise', avg(abs(forecast - truth)), 0, CASE WHEN kind LIKE 'a new%' THEN 25 ELSE 8 END) FROM bad_forecast GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict('days, ' || kind || ': highest upper', max(upper), 240, CASE WHEN kind LIKE 'a new%' THEN 800 ELSE 450 END) FROM bad_forecast GROUP BY kind ORDER BY kind COLLATE "C";
-- peaks that come back are no glitches
SELECT verdict('a peak each December: forecast of it', max(forecast) FILTER (WHERE extract(month FROM ts) = 12), 270, 330)
FROM lstm_forecast((SELECT lstm_train(date '2018-01-01' + i * interval '1 month', CASE WHEN i % 12 = 11 THEN 300 ELSE 100 END + 4 * g(i, 23)) FROM generate_series(0, 65) AS i));

\echo 4. Seasons under noise
SELECT verdict('a day of ' || minutes || ' minutes', season(lstm_train(timestamp '2024-01-01' + i * minutes * interval '1 minute', 100 + 50 * sin(i * minutes * 2 * pi() / 1440) + 5 * g(i, 31), '{"max_steps": 5}')), 1440 / minutes, 1440 / minutes)
FROM unnest(ARRAY[5, 15, 30, 60]) AS minutes, LATERAL generate_series(0, 10 * 1440 / minutes) AS i GROUP BY minutes ORDER BY minutes;
SELECT verdict('noise has no season', season(lstm_train(timestamp '2024-01-01' + i * interval '15 minutes', 100 + 5 * g(i, 32), '{"max_steps": 5}')), 1, 1) FROM generate_series(0, 960) AS i;

\echo 5. Counts and zeros
CREATE TABLE counted AS
SELECT kind, date '2023-01-01' + i AS day,
	   CASE kind WHEN 'spare parts' THEN CASE WHEN u(i, 41) < 0.25 THEN 1 + floor(-ln(u(i, 42)) * 4) ELSE 0 END
				 WHEN 'yes and no' THEN (u(i, 43) < 0.3)::int
				 WHEN 'rain' THEN CASE WHEN u(i, 44) < 0.4 THEN round((-ln(u(i, 45)) * 6)::numeric, 1) ELSE 0 END END::float8 AS value
FROM unnest(ARRAY['spare parts', 'yes and no', 'rain']) AS kind, generate_series(0, 199) AS i;
CREATE TABLE counted_forecast AS
SELECT kind, f.* FROM (SELECT kind, lstm_train(day, value) AS model FROM counted GROUP BY kind) AS trained, lstm_forecast(model, quantiles => ARRAY[0.5, 0.9]) AS f
UNION ALL
SELECT 'rows of sales only', f.* FROM lstm_forecast((SELECT lstm_train(day, value, lstm_options(missing => 'zero')) FROM counted WHERE kind = 'spare parts' AND (value > 0 OR day IN (date '2023-01-01', date '2023-01-01' + 199))), quantiles => ARRAY[0.5, 0.9]) AS f;
INSERT INTO counted SELECT 'rows of sales only', day, value FROM counted WHERE kind = 'spare parts';
SELECT verdict(kind || ': mean forecast over the mean', avg(forecast) / (SELECT avg(value) FROM counted AS c WHERE c.kind = f.kind), 0.65, 1.5) FROM counted_forecast AS f GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict(kind || ': lowest forecast, lower and quantile', least(min(forecast), min(lower), min(quantiles[1])), 0, 10) FROM counted_forecast GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict(kind || ': share at or under the highest upper', avg((value <= (SELECT max(upper) FROM counted_forecast AS f WHERE f.kind = c.kind))::int), 0.93, 1) FROM counted AS c GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict(kind || ': ends and quantiles that are not whole', count(*) FILTER (WHERE lower <> round(lower) OR upper <> round(upper) OR quantiles[1] <> round(quantiles[1]) OR quantiles[2] <> round(quantiles[2])), 0, 0)
FROM counted_forecast WHERE kind <> 'rain' GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict('yes and no: highest upper', max(upper), 1, 1) FROM counted_forecast WHERE kind = 'yes and no';

\echo 6. Closed times
-- rows that exist, and those that come next
CREATE TABLE hours AS SELECT ts, extract(isodow FROM ts)::int AS dow, extract(hour FROM ts)::int AS hour FROM generate_series(timestamp '2024-01-01', '2024-12-31', '1 hour') AS ts;
CREATE TABLE open AS
SELECT kind, ts, row_number() OVER (PARTITION BY kind ORDER BY ts) - known AS i, 100 + 10 * sin(dow) + 5 * sin(hour) + 3 * g(extract(epoch FROM ts)::bigint / 3600, 51) AS value
FROM hours JOIN (VALUES ('closed on Sundays', 200), ('open Tuesday, Thursday, Saturday', 100), ('9 to 17, each day', 400), ('9 to 17, Monday to Friday', 400)) AS kinds (kind, known)
	 ON CASE kind WHEN 'closed on Sundays' THEN hour = 0 AND dow < 7 WHEN 'open Tuesday, Thursday, Saturday' THEN hour = 0 AND dow IN (2, 4, 6)
				  ELSE hour BETWEEN 9 AND 17 AND (kind LIKE '%day' OR dow < 6) END AND (kind NOT LIKE '%Friday' OR dow < 6);
SELECT verdict(trained.kind || ': of the next ten rows, forecast in their order', count(*) FILTER (WHERE open.ts = f.ts), 10, 10)
FROM (SELECT kind, lstm_train(ts, value, '{"max_steps": 20}') AS model FROM open WHERE i <= 0 GROUP BY kind) AS trained, LATERAL lstm_forecast(model) AS f JOIN open ON open.i = step
WHERE open.kind = trained.kind AND step <= 10 GROUP BY trained.kind ORDER BY trained.kind COLLATE "C";
SELECT verdict('a gap of one Sunday among open ones is a gap', count(*) FILTER (WHERE extract(isodow FROM ts) = 7), 2, 2)
FROM lstm_forecast((SELECT lstm_train(ts, 5 + dow + u(extract(epoch FROM ts)::bigint / 86400, 52), '{"max_steps": 20}') FROM hours WHERE hour = 0 AND ts::date <> '2024-03-10' AND ts < '2024-07-01'));

\echo 7. Months by any date
CREATE TABLE dated AS
SELECT kind, i, CASE kind WHEN 'last day' THEN last WHEN 'last weekday' THEN last - greatest(extract(isodow FROM last)::int - 5, 0)
						  WHEN 'third Friday' THEN first + 14 + (12 - extract(isodow FROM first)::int) % 7 ELSE date '2019-01-26' + 7 * (i / 3 * 13 + (ARRAY[0, 4, 8])[1 + i % 3]) END AS day,
	   (200 + 2 * i) * (1 + 0.15 * sin(i * pi() / 6)) * (1 + 0.01 * g(i, 61)) AS value
FROM unnest(ARRAY['last day', 'last weekday', 'third Friday', '4, 4 and 5 weeks']) AS kind, generate_series(0, 71) AS i,
	 LATERAL (SELECT (date '2019-01-01' + i * interval '1 month')::date, (date '2019-01-01' + (i + 1) * interval '1 month')::date - 1) AS month (first, last);
CREATE TABLE dated_forecast AS
SELECT kind, step, f.ts, forecast, season(model) AS season FROM (SELECT kind, lstm_train(day, value) AS model FROM dated WHERE i < 60 GROUP BY kind) AS trained, lstm_forecast(model) AS f WHERE step <= 12;
SELECT verdict('months, ' || kind || ': of 12 dates forecast', count(*) FILTER (WHERE ts = day), 12, 12) FROM dated_forecast JOIN dated USING (kind) WHERE i = 59 + step GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict('months, ' || kind || ': error over the seasonal naive one', avg(abs(d.value - forecast)) / avg(abs(d.value - n.value)), 0, 0.5)
FROM dated_forecast JOIN dated AS d USING (kind) JOIN dated AS n USING (kind) WHERE d.i = 59 + step AND n.i = d.i - 12 GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict('hours by a clock that is seconds off: ' || what, value, wanted, wanted)
FROM (SELECT lstm_model_info(lstm_train(timestamp '2024-01-01' + i * interval '1 hour' + round(20 * g(i, 62)) * interval '1 second', 300 + 80 * sin(i * pi() / 12) + 8 * g(i, 63), '{"max_steps": 20}')) AS info
	  FROM generate_series(0, 335) AS i) AS trained,
	 LATERAL (VALUES ('season', (info->>'season')::float8, 24), ('rows', (info->>'rows')::float8, 336), ('filled', (info->>'missing')::float8, 0)) AS told (what, value, wanted);

\echo 8. Clock time
-- busy from 8 to 17 by the wall clock; twelve hours after the last row the clocks change
CREATE TABLE clock AS
SELECT zone, i, ts, 20 + 100 * (extract(hour FROM ts AT TIME ZONE zone) BETWEEN 8 AND 17)::int + 4 * g(i, 71) AS value
FROM (VALUES ('Europe/Berlin', timestamptz '2024-03-31 01:00+00'), ('America/New_York', '2024-11-03 06:00+00')) AS changes (zone, change), generate_series(-335, 48) AS i,
	 LATERAL (SELECT change + (i - 12) * interval '1 hour') AS times (ts);
SELECT verdict('clock of ' || clock.zone || ': error after the change', avg(abs(value - forecast)), 0, 7)
FROM (SELECT zone, lstm_train(ts, value, lstm_options(time_zone => zone)) AS model FROM clock WHERE i <= 0 GROUP BY zone) AS trained, LATERAL lstm_forecast(model) AS f JOIN clock USING (ts)
WHERE i > 12 AND clock.zone = trained.zone GROUP BY clock.zone ORDER BY clock.zone COLLATE "C";

\echo 9. Fresh rows
CREATE TABLE fresh AS SELECT i, date '2024-01-01' + i AS day, 200 + 50 * sin(i * 2 * pi() / 7) + 5 * g(i, 81) AS value FROM generate_series(0, 263) AS i;
CREATE TABLE fresh_model AS SELECT lstm_train(day, value) AS model FROM fresh WHERE i < 240;
SELECT verdict(rows || ' fresh rows, the last ' || coalesce(bad::text, 'like the others') || ': error', avg(abs(value - forecast)), 0, CASE WHEN bad IS NULL THEN 8 ELSE 20 END)
FROM (VALUES (1, NULL), (3, NULL), (3, 0), (3, -5), (3, 0.001), (3, 60000), (100, 0), (100, 60000)) AS given (rows, bad), fresh_model,
	 LATERAL lstm_forecast(model, format('SELECT day, CASE WHEN i = 242 THEN coalesce(%L, value) ELSE value END AS value FROM fresh WHERE i > 242 - %s AND i <= 242', bad::float8, rows), 'day', 'value') AS f
	 JOIN fresh ON day = f.ts
GROUP BY rows, bad ORDER BY rows, bad NULLS FIRST;
SELECT verdict('fresh rows that end with ' || bad || ': highest upper', max(upper), 240, 600)
FROM unnest(ARRAY[0, -5, 0.001, 60000]) AS bad, fresh_model,
	 LATERAL lstm_forecast(model, format('SELECT day, CASE WHEN i = 242 THEN %s ELSE value END AS value FROM fresh WHERE i BETWEEN 240 AND 242', bad), 'day', 'value')
GROUP BY bad ORDER BY bad;
-- rows of weeks for a model of days: refused, or the level of the days
CREATE FUNCTION weekly_answer() RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
	RETURN avg(forecast) FROM fresh_model, lstm_forecast(model, 'SELECT day, value FROM fresh WHERE i % 7 = 0', 'day', 'value');
EXCEPTION WHEN data_exception OR invalid_parameter_value THEN
	RETURN 200;
END $$;
SELECT verdict('rows of weeks for a model of days: forecast, or an error', weekly_answer(), 170, 230);
-- negative rows for a model in logarithms: refused, or near them
CREATE FUNCTION negative_answer(OUT forecast float8, OUT upper float8) LANGUAGE plpgsql AS $$
BEGIN
	SELECT avg(f.forecast), max(f.upper) INTO forecast, upper
	FROM lstm_forecast((SELECT lstm_train(date '2024-01-01' + i, exp(3 + 0.01 * i + 0.05 * g(i, 82))) FROM generate_series(0, 199) AS i),
					   'SELECT date ''2024-07-19'' + i AS day, -100 + 5 * g(i, 83) AS value FROM generate_series(0, 59) AS i', 'day', 'value') AS f;
EXCEPTION WHEN data_exception OR invalid_parameter_value THEN
	forecast := -100;
	upper := -100;
END $$;
SELECT verdicts.* FROM negative_answer(), LATERAL (VALUES (verdict('negative rows for a model in logarithms: forecast, or an error', forecast, -300, 50)), (verdict('and its highest upper', upper, -150, 1000))) AS verdicts;
-- a test of a trained model begins with the day after those that it was trained on, in whatever zone they are read
SET timezone = 'Europe/Berlin';
CREATE TABLE zone_model AS SELECT lstm_train(day, value, '{"max_steps": 5, "horizon": 3}') AS model FROM fresh WHERE i < 200;
CREATE FUNCTION first_tested() RETURNS float8 LANGUAGE sql AS
$$ SELECT min(i) FROM zone_model, lstm_backtest_forecasts(model, 'fresh', 'day', 'value', stride => 1) AS f JOIN fresh ON value = actual $$;
SET timezone = 'America/New_York';
SELECT verdict('first row of a test in New York of a model of Berlin', first_tested(), 200, 200);
SET timezone = 'Asia/Tokyo';
SELECT verdict('the same in Tokyo', first_tested(), 200, 200);
SET timezone = 'UTC';

\echo 10. Uneven panels
CREATE TABLE panel AS
SELECT CASE s WHEN 0 THEN 'long' ELSE 'short ' || s END AS series, i, date '2024-01-01' + i AS day, 100 + s % 10 + 20 * sin(i * 2 * pi() / 7) + 4 * g(i * 100 + s, 91) AS value
FROM generate_series(0, 80) AS s, LATERAL generate_series(CASE s WHEN 0 THEN 0 ELSE 388 END, CASE s WHEN 0 THEN 413 ELSE 399 END) AS i;
CREATE TABLE panel_forecast AS SELECT f.* FROM lstm_forecast((SELECT lstm_train(series, day, value) FROM panel WHERE i < 400)) AS f;
SELECT verdict('400 days among 80 series of 12: steps with an interval', count(*) FILTER (WHERE lower < upper), 14, 14) FROM panel_forecast WHERE series = 'long';
SELECT verdict('error over the seasonal naive one', avg(abs(p.value - forecast)) / avg(abs(p.value - n.value)), 0, 1)
FROM panel_forecast AS f JOIN panel AS p ON p.series = f.series AND p.day = f.ts JOIN panel AS n ON n.series = p.series AND n.i = p.i - 7 * ((p.i - 400) / 7 + 1);
SELECT verdict('series forecast', count(DISTINCT series), 81, 81) FROM panel_forecast;
SELECT verdict('forecasts of the short ones', avg(abs(forecast - 104.5)), 0, 25) FROM panel_forecast WHERE series <> 'long';

\echo 11. Bounded and stepped data
CREATE TABLE bounded AS
SELECT kind, i, timestamp '2024-01-01' + i * interval '1 hour' AS ts,
	   CASE kind WHEN 'thermostat' THEN round((20.75 + CASE WHEN u(i / 3, 101) < 0.5 THEN -0.75 ELSE 0.75 END * (0.6 + 0.4 * u(i, 102)))::numeric, 1)
				 WHEN 'share' THEN greatest(0, least(100, 70 + 50 * sin(i * pi() / 12) + 6 * g(i, 103)))
				 ELSE CASE WHEN i >= 200 AND kind = 'meter, replaced' THEN 0 ELSE 50000 END + sum(2 + 1.5 * sin(i * pi() / 12) + 0.3 * g(i, 104)) OVER (PARTITION BY kind, i >= 200 AND kind = 'meter, replaced' ORDER BY i) END AS value
FROM unnest(ARRAY['thermostat', 'share', 'meter', 'meter, replaced']) AS kind, generate_series(0, 447) AS i;
CREATE TABLE bounded_forecast AS SELECT kind, f.* FROM (SELECT kind, lstm_train(ts, value) AS model FROM bounded WHERE i < 400 GROUP BY kind) AS trained, lstm_forecast(model) AS f;
SELECT verdict(kind || ': highest upper', max(upper), least, most) FROM bounded_forecast JOIN (VALUES ('thermostat', 20.5, 22.2), ('share', 90, 112)) AS ends (kind, least, most) USING (kind) GROUP BY kind, least, most ORDER BY kind COLLATE "C";
SELECT verdict(kind || ': lowest lower', min(lower), least, most) FROM bounded_forecast JOIN (VALUES ('thermostat', 19.3, 21), ('share', -8, 25)) AS ends (kind, least, most) USING (kind) GROUP BY kind, least, most ORDER BY kind COLLATE "C";
-- 48 hours of 2 each: the last value errs by 48
SELECT verdict(kind || ': error', avg(abs(value - forecast)), 0, 8) FROM bounded_forecast JOIN bounded USING (kind, ts) WHERE kind LIKE 'meter%' GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict(kind || ': forecasts outside their interval', count(*) FILTER (WHERE forecast BETWEEN lower AND upper IS NOT TRUE), 0, 0) FROM bounded_forecast GROUP BY kind ORDER BY kind COLLATE "C";
SELECT verdict(kind || ': mean width', avg(upper - lower), 0.5, 100) FROM bounded_forecast WHERE kind LIKE 'meter%' GROUP BY kind ORDER BY kind COLLATE "C";

\echo 12. Other units
SELECT verdict('hours of ' || level || ' that move by ' || spread || ': error over the seasonal naive one', avg(abs(forecast - level - spread * sin((335 + step) * pi() / 12))) / (spread * 0.1128), 0, 0.7)
FROM (VALUES (1e-6::float8, 4e-7::float8), (1e9, 4e8), (1e6, 10)) AS units (level, spread),
	 LATERAL lstm_forecast((SELECT lstm_train(timestamp '2024-01-01' + i * interval '1 hour', level + spread * (sin(i * pi() / 12) + 0.1 * g(i, 111))) FROM generate_series(0, 335) AS i)) AS f
WHERE step <= 24 GROUP BY level, spread ORDER BY level;
-- of a random walk nothing is known but the last value
SELECT verdict('prices: forecast from the last value, in deviations of a change', avg(abs(forecast - last)) / (last * 0.02), 0, 2)
FROM (SELECT lstm_train(date '2024-01-01' + i, price) AS model, (array_agg(price ORDER BY i DESC))[1] AS last FROM (SELECT i, 50 * exp(sum(0.02 * g(i, 112)) OVER (ORDER BY i)) AS price FROM generate_series(0, 249) AS i) AS walk) AS trained,
	 lstm_forecast(model) GROUP BY last;

DROP SCHEMA everyday CASCADE;
