-- Intervals of everyday tables: they cover the rows that were held back, lie within reach of the data and around
-- the forecast; counts, zeros, shares and data that move in steps have intervals of their kind.
SET client_min_messages = warning;
SET timezone = 'UTC';

\getenv root PG_ABS_SRCDIR
\set noise :root '/test/regress/noise.sql'
\i :noise

-- What each table holds, and how often its intervals of 80 and 95 % have to cover: what is whole or often zero has
-- intervals that cover more.
CREATE TABLE kind (name text PRIMARY KEY, frequency interval, steps int, least_80 int, most_80 int, least_95 int);
INSERT INTO kind VALUES
	('closed on Sundays', '1 day', 700, 70, 90, 90), ('rain', '1 day', 800, 80, 97, 93),
	('yes or no', '1 day', 500, 99, 100, 99), ('a part', '7 days', 260, 80, 98, 93),
	('visitors', '1 day', 500, 70, 90, 90), ('few visitors', '1 day', 500, 75, 99, 93),
	('thermostat', '15 minutes', 1500, 70, 92, 90), ('share', '1 hour', 1000, 70, 90, 90),
	('counter', '1 day', 1500, 70, 92, 88), ('heavy tails', '1 day', 500, 70, 90, 90),
	('millionths', '1 day', 500, 70, 92, 90);
CREATE TABLE reading AS
SELECT name, i, timestamptz '2023-01-02' + i * frequency AS ts,
	CASE name
		WHEN 'closed on Sundays' THEN CASE WHEN i % 7 = 6 OR u(i, 41) < 0.02 THEN 0 ELSE 300 + 60 * sin(i) + 40 * g(i, 42) END
		WHEN 'rain' THEN CASE WHEN u(i, 51) < 0.6 THEN 0 ELSE -6 * ln(u(i, 52)) END
		WHEN 'yes or no' THEN (u(i, 53) < 0.3)::int
		WHEN 'a part' THEN CASE WHEN u(i, 10) < 0.25 THEN 1 + floor(-4 * ln(u(i, 13))) ELSE 0 END
		WHEN 'visitors' THEN round(3000 + 400 * sin(2 * pi() * i / 7) + 150 * g(i, 55))
		WHEN 'few visitors' THEN round(greatest(0, 4 + 2 * sin(2 * pi() * i / 7) + 2 * g(i, 56)))
		WHEN 'thermostat' THEN round((20.75 + 0.75 * sin(2 * pi() * i / 96) + 0.15 * g(i, 57)) * 2) / 2
		WHEN 'share' THEN least(100, greatest(0, 70 + 40 * sin(2 * pi() * i / 24) + 8 * g(i, 58)))
		WHEN 'counter' THEN sum(floor(-5 * ln(u(i, 59)))) OVER (PARTITION BY name ORDER BY i)
		WHEN 'heavy tails' THEN 100 + 3 * g(i, 65) / sqrt(greatest(0.02, u(i, 67)))
		WHEN 'millionths' THEN 1e-6 * (3 + sin(2 * pi() * i / 7) + 0.3 * g(i, 101))
	END AS value
FROM kind, generate_series(0, steps - 1) AS i;

-- Each is trained on the first four fifths; the rest is forecast from many origins.
CREATE TABLE model AS
SELECT name, lstm_train(ts, value) AS model FROM reading JOIN kind USING (name) WHERE i < steps * 4 / 5 GROUP BY name;
CREATE FUNCTION held_back(name text) RETURNS TABLE (actual float8, forecast float8, lower float8, upper float8, quantiles float8[]) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT f.actual, f.forecast, f.lower, f.upper, f.quantiles FROM model, lstm_backtest_forecasts(model, ''SELECT ts, value FROM reading WHERE name = %1$s'', ''ts'', ''value'', stride => 3, quantiles => ''{0.1,0.25,0.5,0.75,0.9}'') AS f WHERE name = %2$s',
							   replace(quote_literal(name), '''', ''''''), quote_literal(name));
END $$;
CREATE TABLE tested AS SELECT name, h.* FROM kind, LATERAL held_back(name) AS h;

-- What covers how much: the figure where it is wrong.
SELECT name, CASE WHEN c80 BETWEEN least_80 AND most_80 THEN 'right' ELSE round(c80) || ' %' END AS "80 %",
	CASE WHEN c95 >= least_95 THEN 'right' ELSE round(c95) || ' %' END AS "95 %"
FROM kind JOIN (SELECT name, 100 * lstm_coverage(actual, quantiles[1], quantiles[5]) AS c80, 100 * lstm_coverage(actual, lower, upper) AS c95
				FROM tested GROUP BY name) AS covered USING (name) ORDER BY name;
-- Nothing is out of reach: no wider than what the data span, nearly nowhere beyond it.
SELECT name, max(upper) - max(value) <= span AND min(value) - min(lower) <= span AS within_reach
FROM tested JOIN (SELECT name, max(value) - min(value) AS span FROM reading GROUP BY name) AS spans USING (name) JOIN reading USING (name)
GROUP BY name, span HAVING NOT (max(upper) - max(value) <= span AND min(value) - min(lower) <= span);
-- The forecast lies within, quantiles are on its sides (but those of a distribution of counts) and in order; none is missing.
SELECT name, count(*) FROM tested
WHERE (forecast BETWEEN lower AND upper AND (name = 'a part' OR (quantiles[2] <= forecast AND forecast <= quantiles[4])) AND lower <= quantiles[1]
	   AND quantiles[1] <= quantiles[2] AND quantiles[2] <= quantiles[3] AND quantiles[3] <= quantiles[4] AND quantiles[4] <= quantiles[5]
	   AND quantiles[5] <= upper) IS NOT TRUE
GROUP BY name ORDER BY name;
-- Whole numbers have whole intervals, of forecasts that need not be whole.
SELECT name, bool_and(lower = floor(lower) AND upper = floor(upper) AND quantiles[3] = floor(quantiles[3])) AS whole, bool_and(forecast = floor(forecast)) AS forecast_whole
FROM tested GROUP BY name ORDER BY name;
-- What is often zero is forecast by its mean, and never below zero.
SELECT name, lstm_model_info(model)->'options'->>'loss' AS loss, lstm_model_info(model)->'options'->>'minimum' AS minimum, lstm_model_info(model)->'options'->>'maximum' AS maximum,
	least(min(lower), min(forecast)) >= 0 AS never_less,
	CASE WHEN lstm_model_info(model)->'options'->>'loss' IN ('mse', 'negative_binomial') THEN sum(forecast) / (SELECT avg(value) FROM reading AS r WHERE r.name = tested.name) / count(*) BETWEEN 0.6 AND 1.6 END AS mean
FROM tested JOIN model USING (name) GROUP BY name, model ORDER BY name;
SELECT name, lstm_model_info(model)->'why'->>'loss' AS loss, lstm_model_info(model)->'why'->>'maximum' AS maximum
FROM model WHERE lstm_model_info(model)->'why' ?| '{loss,maximum}' ORDER BY name;

-- What stands in one of two or three states never leaves their range, and its intervals hardly do, whatever the last state.
CREATE TABLE state AS
SELECT name, i, timestamptz '2024-01-01' + i * interval '1 hour' AS ts,
	CASE name WHEN 'thermostat of two states' THEN round((20.75 + CASE WHEN u(i / 3, 81) < 0.5 THEN -0.75 ELSE 0.75 END * (0.6 + 0.4 * u(i, 82)))::numeric, 1)
			  WHEN 'three states' THEN 50 + 25 * floor(3 * u(i / 4, 83)) + g(i, 84)
			  WHEN 'machine' THEN CASE WHEN u(i / 2, 85) < 0.7 THEN 1500 + 20 * g(i, 86) ELSE 0 END END AS value
FROM unnest(ARRAY['thermostat of two states', 'three states', 'machine']) AS name, generate_series(0, 447) AS i;
CREATE TABLE state_forecast AS
SELECT name, f.* FROM (SELECT name, last, lstm_train(ts, value) AS model FROM state, unnest(ARRAY[398, 400, 403]) AS last WHERE i < last GROUP BY name, last) AS trained, lstm_forecast(model) AS f;
SELECT name, max((upper - highest) / (highest - lowest)) < 0.15 AND max((lowest - lower) / (highest - lowest)) < 0.15 AS within, lstm_coverage(value, lower, upper) > 0.9 AS covers
FROM state_forecast JOIN (SELECT name, min(value) AS lowest, max(value) AS highest FROM state GROUP BY name) AS ends USING (name) JOIN state USING (name, ts) GROUP BY name ORDER BY name;

-- One month of 50 among sixty of 11, lately or long ago; one fresh zero, negative or tiny value. They are kept here: the
-- intervals stay within reach by themselves.
SELECT back, max(upper) BETWEEN 11 AND 100 AS upper, min(lower) BETWEEN -40 AND 11 AS lower, bool_and(abs(forecast - 11) < 6) AS forecast
FROM unnest(ARRAY[3, 10, 40]) AS back,
	LATERAL lstm_forecast((SELECT lstm_train(date '2018-01-01' + i * interval '1 month', CASE WHEN i = 60 - back THEN 50 ELSE 11 + g(i, 21) / 2 END, '{"glitches": "keep"}')
						   FROM generate_series(0, 59) AS i)) AS f
GROUP BY back ORDER BY back;
CREATE TABLE daily AS SELECT i, date '2022-01-01' + i AS day, 200 + 50 * sin(i * 2 * pi() / 7) + 5 * g(i, 31) AS value FROM generate_series(0, 599) AS i;
CREATE TABLE daily_model AS SELECT lstm_train(day, value, '{"glitches": "keep"}') AS model FROM daily WHERE i < 500;
SELECT bad, max(upper) BETWEEN 240 AND 1000 AS upper, min(lower) BETWEEN -500 AND 160 AS lower, count(lower) AS known
FROM unnest(ARRAY[0, -5, 0.001]) AS bad, daily_model,
	LATERAL lstm_forecast(model, format('SELECT day, CASE WHEN i = 497 THEN %s ELSE value END AS value FROM daily WHERE i < 500', bad), 'day', 'value') AS f
GROUP BY bad ORDER BY bad;
-- One wild value that is too near to be a glitch: intervals are as they would be without it, wherever it is but for the last season.
CREATE TABLE visit AS SELECT i, date '2024-01-01' + i AS day, round(560 * (ARRAY[1, 0.9, 0.85, 0.95, 1.1, 1.3, 0.9])[i % 7 + 1] * (1 + 0.05 * g(i, 41))) AS value FROM generate_series(0, 213) AS i;
CREATE VIEW wild_visit AS
SELECT factor, back, i, day, CASE WHEN i = 200 - back THEN value * factor ELSE value END AS value
FROM visit, unnest(ARRAY[1, 3, 5, 10, 20, 0.1, 0]) AS factor, unnest(ARRAY[20, 60, 95, 150]) AS back WHERE i < 200;
CREATE TABLE wild AS
SELECT factor, back, max(upper) AS highest, min(lower) AS lowest, lstm_coverage(value, lower, upper) AS covered
FROM unnest(ARRAY[1, 3, 5, 10, 20, 0.1, 0]) AS factor, unnest(ARRAY[20, 60, 95, 150]) AS back,
	LATERAL lstm_forecast(lstm_pretrained(), format('SELECT day, value FROM wild_visit WHERE factor = %s AND back = %s', factor, back), 'day', 'value', horizon => 14) AS f
	JOIN visit ON day = f.local_ts GROUP BY factor, back;
SELECT wild.factor, max(wild.highest / clean.highest) < 1.2 AS highest, min(wild.lowest / clean.lowest) > 0.7 AS lowest, avg(wild.covered) BETWEEN 0.85 AND 1 AS covers
FROM wild JOIN wild AS clean USING (back) WHERE clean.factor = 1 GROUP BY wild.factor ORDER BY wild.factor;
-- a start alone, of sixty days
SELECT factor, max(upper) BETWEEN 700 AND 1000 AS highest, min(lower) BETWEEN 250 AND 520 AS lowest
FROM unnest(ARRAY[1, 3, 5, 10, 0.1]) AS factors (factor), LATERAL lstm_forecast((SELECT lstm_train(day, value, lstm_options(horizon => 14)) FROM wild_visit AS v WHERE v.factor = factors.factor AND back = 20 AND i >= 140)) AS f
GROUP BY factor ORDER BY factor;
-- What comes again is in the intervals, though it is as far away: a delivery every thirty days. Of heavy tails (Student's t with
-- three degrees of freedom) they hold as much as they say.
SELECT max(upper) > 2000 AS "a delivery"
FROM lstm_forecast(lstm_pretrained(), 'SELECT day, CASE WHEN i % 30 = 3 THEN value + 1500 ELSE value END AS value FROM visit WHERE i < 200', 'day', 'value', horizon => 14) AS f;
CREATE TABLE tailed AS SELECT s, i, date '2024-01-01' + i AS day, 100 + 10 * g(i, 500 + s) / sqrt((g(i, 1500 + s) ^ 2 + g(i, 2500 + s) ^ 2 + g(i, 3500 + s) ^ 2) / 3) AS value FROM generate_series(1, 100) AS s, generate_series(0, 113) AS i;
SELECT abs(lstm_coverage(value, quantiles[1], quantiles[2]) - 0.8) < 0.02 AS "80 %", abs(lstm_coverage(value, lower, upper) - 0.95) < 0.02 AS "95 %"
FROM (SELECT s, lstm_train(day, value, lstm_options(pretrained => 'only', horizon => 14)) AS model FROM tailed WHERE i < 100 GROUP BY s) AS models,
	LATERAL lstm_forecast(model, quantiles => '{0.1,0.9}') AS f, tailed WHERE tailed.s = models.s AND day = f.local_ts;
DROP VIEW wild_visit;
DROP TABLE visit, wild, tailed;
-- A meter that was replaced, and begins at 0 again: what was forecast before erred by all that it had counted.
SELECT back, avg(upper - lower) BETWEEN 1 AND 150 AS width, count(*) FILTER (WHERE forecast NOT BETWEEN lower AND upper) AS outside
FROM unnest(ARRAY[100, 150, 200]) AS back,
	LATERAL lstm_forecast((SELECT lstm_train(timestamptz '2024-01-01' + i * interval '1 hour', count) FROM (
		SELECT i, CASE WHEN i < 400 - back THEN 50000 ELSE 0 END + sum(2 + 1.5 * sin(i * pi() / 12) + 0.3 * g(i, 104)) OVER (PARTITION BY i < 400 - back ORDER BY i) AS count
		FROM generate_series(0, 399) AS i) AS hours)) AS f
GROUP BY back ORDER BY back;
-- A forecast that a limit holds at zero has an interval, too.
SELECT count(*), bool_and(forecast = 0 AND lower >= -1 AND upper = 0) AS at_limit
FROM lstm_forecast((SELECT lstm_train(day, value, '{"minimum": -1, "maximum": 0}') FROM daily WHERE i < 300)) AS f;

-- A panel whose seasons are large or small, and whose noise is, in any combination: intervals are as wide as the noise asks, and
-- hold in every combination. Measured in changes from month to month those of large seasons would cover all, others half.
CREATE TABLE shop AS SELECT shop, i, date '2014-01-01' + i * interval '1 month' AS month,
	1000 + CASE WHEN shop % 2 = 0 THEN 300 ELSE 30 END * sin(2 * pi() * i / 12) + CASE WHEN shop % 3 = 0 THEN 10 ELSE 40 END * g(i, 336 + shop) AS value
FROM generate_series(1, 180) AS shop, generate_series(0, 95) AS i;
CREATE TABLE covered AS
SELECT CASE WHEN shop % 2 = 0 THEN 'large' ELSE 'small' END AS season, CASE WHEN shop % 3 = 0 THEN 10 ELSE 40 END AS noise, f.*, value
FROM lstm_forecast((SELECT lstm_train(shop, month, value, '{"horizon": 12}') FROM shop WHERE i < 84), quantiles => '{0.1,0.9}') AS f
	JOIN shop ON shop::text = f.series AND month = f.ts;
SELECT season, noise, lstm_coverage(value, quantiles[1], quantiles[2]) BETWEEN 0.7 AND 0.9 AS "80 %", lstm_coverage(value, lower, upper) BETWEEN 0.9 AND 0.99 AS "95 %",
	avg(upper - lower) / noise BETWEEN 3.2 AND 5.5 AS width
FROM covered GROUP BY season, noise ORDER BY season, noise;
SELECT abs(lstm_coverage(value, quantiles[1], quantiles[2]) - 0.8) < 0.02 AS "80 %", abs(lstm_coverage(value, lower, upper) - 0.95) < 0.02 AS "95 %" FROM covered;
DROP TABLE shop, covered;

DROP TABLE daily, daily_model, tested, model, reading, kind;
DROP FUNCTION held_back, u, g;
