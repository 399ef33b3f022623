-- Which series are forecast, from where, and what is known ahead of them: future_source, on_missing, origin.
SET timezone = 'UTC';
SET datestyle = ISO;
\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- without validation, so that the few steps show in the weights however little they gain
CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 5, lookback => 14, seasonal_period => 7, hidden_size => 8, ensemble_size => 1, max_steps => 60, validation_fraction => 0, time_zone => 'UTC') || more $$;
-- the forecasts of a query's rows, to compare
CREATE FUNCTION digest(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('SELECT string_agg(row(series, step, ts, forecast, lower, upper)::text, '';'' ORDER BY series, step) FROM %s AS f', query) INTO result;
	RETURN result;
END $$;

-- two shops: a promotion of each sells 40 more, frost that both have 15 less; the last observation is day 199
CREATE TABLE plan AS
SELECT shop, i, date '2024-01-01' + i AS day, hashint4(i + ascii(shop)) & 7 = 0 AS promotion, (hashint4(3 * i) & 3) - 1.5 AS frost
FROM unnest(ARRAY['a', 'b']) AS shop, generate_series(0, 260) AS i;
CREATE TABLE sales AS
SELECT shop, i, day, 100 + 5 * (i % 7) + 40 * promotion::int - 15 * frost AS sold, hashint4(i) & 15 AS visitors, promotion, frost
FROM plan WHERE i < 200;
CREATE VIEW appended AS
SELECT shop, day, sold, visitors, promotion, frost FROM sales UNION ALL SELECT shop, day, NULL, NULL, promotion, frost FROM plan WHERE i >= 200;
CREATE TABLE models AS
SELECT lstm_train('appended', 'day', 'sold', 'shop', '{visitors}', '{promotion,frost}', options => quick()) AS appended,
       lstm_train('sales', 'day', 'sold', 'shop', '{visitors}', '{promotion,frost}', options => quick(), future_source => 'plan') AS apart,
       lstm_train('sales', 'day', 'sold', 'shop', '{visitors}', '{promotion,frost}', options => quick()) AS behind;

-- 1. Rows of a table of their own are as those appended to the source. What lies before is not looked at.
SELECT digest('lstm_forecast((SELECT apart FROM models), 40)') = digest('lstm_forecast((SELECT appended FROM models), 40)') AS training,
       digest($$lstm_forecast((SELECT behind FROM models), 'sales', 'day', 'sold', 'shop', future_source => 'plan')$$) = digest('lstm_forecast((SELECT appended FROM models))') AS forecast,
       digest($$lstm_forecast('sales', 'day', 'sold', 'shop', '{visitors}', '{promotion,frost}', options => quick(), future_source => 'plan')$$) = digest('lstm_forecast((SELECT appended FROM models))') AS both_at_once;
CREATE FUNCTION told(future text, source text DEFAULT 'sales') RETURNS text LANGUAGE sql AS
$$ SELECT digest(format('lstm_forecast((SELECT behind FROM models), %L, ''day'', ''sold'', ''shop'', future_source => %L)', source, future)) $$;
SELECT told('SELECT * FROM plan WHERE i > 199') = known AS the_future_alone,
       told('SELECT shop, day, promotion OR i < 200 AS promotion, CASE WHEN i < 200 THEN 1e9 ELSE frost END AS frost FROM plan') = known AS another_past,
       told('SELECT * FROM plan ORDER BY md5(i::text || shop)') = known AS in_any_order,
       told('SELECT shop::char(1) AS shop, day::timestamp AS day, promotion::int AS promotion, frost::real AS frost FROM plan') = known AS of_other_types,
       told('SELECT * FROM plan UNION ALL SELECT ''z'', 5, ''2024-07-19'', true, 3 FROM plan') = known AS unknown_series,
       told('SELECT shop, i, day, promotion, CASE WHEN i = 205 THEN NULL ELSE frost END AS frost FROM plan') = known AS beyond_the_horizon,
       told('SELECT shop, i, day, promotion, CASE WHEN i = 204 THEN 0 ELSE frost END AS frost FROM plan') = known AS last_step,
       told('SELECT shop, i, day, NOT promotion AS promotion, frost FROM plan') = known AS other_plans
FROM told('plan') AS known;
-- what the source says of days after the last observation does not count beside it
SELECT told('plan', 'SELECT * FROM sales UNION ALL SELECT shop, i, day, NULL, 7, true, 9 FROM plan WHERE i BETWEEN 200 AND 250') = told('plan') AS it_alone_counts;
-- one series, whose name nobody gives
SELECT digest($$lstm_forecast('SELECT * FROM sales WHERE shop = ''b''', 'day', 'sold', future_columns => '{frost,promotion}', options => quick(), future_source => 'SELECT * FROM plan WHERE shop = ''b''')$$)
     = digest($$lstm_forecast('SELECT * FROM appended WHERE shop = ''b''', 'day', 'sold', future_columns => '{frost,promotion}', options => quick())$$) AS unnamed;
-- rows without the series column hold for all series
SELECT digest($$lstm_forecast('sales', 'day', 'sold', 'shop', NULL, '{frost}', options => quick(), future_source => 'SELECT day, frost FROM plan WHERE shop = ''a'' ORDER BY i DESC')$$)
     = digest($$lstm_forecast('appended', 'day', 'sold', 'shop', NULL, '{frost}', options => quick())$$) AS shared;
-- each series goes on from its own end
CREATE VIEW ended AS SELECT * FROM sales WHERE shop = 'a' OR i < 197;
SELECT told('plan', 'ended') = digest($$lstm_forecast((SELECT behind FROM models), 'SELECT shop, day, sold, visitors, promotion, frost FROM ended UNION ALL
       SELECT shop, day, NULL, NULL, promotion, frost FROM plan WHERE i >= 200 OR shop = ''b'' AND i >= 197', 'day', 'sold', 'shop')$$) AS from_its_own_end;
-- dates are those of the model's zone, in any session
SET timezone = 'Pacific/Auckland';
SELECT told('plan') = told('SELECT shop, day::timestamp AT TIME ZONE ''UTC'' AS day, promotion, frost FROM plan', 'SELECT shop, day::timestamp AT TIME ZONE ''UTC'' AS day, sold, visitors, promotion, frost FROM sales') AS same_days;
SET timezone = 'UTC';
-- without timestamps the rows are the steps after the last one, in their order; irregular ones go on as they say
SELECT digest($$lstm_forecast('SELECT sold, frost FROM sales WHERE shop = ''a'' ORDER BY i', NULL, 'sold', future_columns => '{frost}', options => quick(), future_source => 'SELECT frost FROM plan WHERE shop = ''a'' AND i > 199 ORDER BY i')$$)
     = digest($$lstm_forecast('SELECT sold, frost FROM appended WHERE shop = ''a'' ORDER BY day', NULL, 'sold', future_columns => '{frost}', options => quick())$$) AS no_timestamps;
SELECT digest($$lstm_forecast('SELECT sold, frost, day + i * i % 5 * interval ''1 hour'' AS ts FROM sales WHERE shop = ''a''', 'ts', 'sold', future_columns => '{frost}', options => quick('{"frequency": "irregular", "calendar": true}'),
                              future_source => 'SELECT frost, day + i * i % 5 * interval ''1 hour'' AS ts FROM plan WHERE shop = ''a''')$$)
     = digest($$lstm_forecast('SELECT CASE WHEN i < 200 THEN sold END AS sold, p.frost, p.day + i * i % 5 * interval ''1 hour'' AS ts FROM plan AS p LEFT JOIN sales AS s USING (shop, i) WHERE shop = ''a''',
                              'ts', 'sold', future_columns => '{frost}', options => quick('{"frequency": "irregular", "calendar": true}'))$$) AS irregular;

-- 2. What is known ahead moves the forecast as it did in the past.
CREATE TABLE learned AS
SELECT lstm_train('sales', 'day', 'sold', 'shop', NULL, '{promotion,frost}', options => quick('{"max_steps": 600, "learning_rate": 0.01, "hidden_size": 16}')) AS model;
SELECT f.step, abs(g.forecast - f.forecast - 40 * (f.step = 3)::int) < 8 AS promotion_sells, abs(h.forecast - f.forecast + 15) < 8 AS frost_does_not
FROM learned, lstm_forecast(model, 'sales', 'day', 'sold', 'shop', future_source => 'SELECT day, false AS promotion, 0 AS frost FROM plan WHERE shop = ''a''') AS f
     JOIN learned AS l ON true, lstm_forecast(l.model, 'sales', 'day', 'sold', 'shop', future_source => 'SELECT day, day = ''2024-07-21'' AS promotion, 0 AS frost FROM plan WHERE shop = ''a''') AS g,
     lstm_forecast(l.model, 'sales', 'day', 'sold', 'shop', future_source => 'SELECT day, false AS promotion, 1 AS frost FROM plan WHERE shop = ''a''') AS h
WHERE f.series = 'a' AND g.series = 'a' AND h.series = 'a' AND g.step = f.step AND h.step = f.step AND f.step <= 5 ORDER BY f.step;

-- 3. What is wrong with it is said as of the source; it is read as the caller.
\x on
SELECT * FROM raises($$SELECT lstm_train('sales', 'day', 'sold', 'shop', '{visitors}', future_source => 'plan')$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast(lstm_train('sales', 'day', 'sold', 'shop', options => quick()), 'sales', 'day', 'sold', 'shop', future_source => 'plan')$$);
CREATE FUNCTION wrong(future text, more jsonb DEFAULT '{}') RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE sql AS
$$ SELECT r.* FROM raises(format('SELECT lstm_forecast(''sales'', ''day'', ''sold'', ''shop'', NULL, ''{promotion,frost}'', options => %L, future_source => %L)', quick(more), future)) AS r $$;
SELECT * FROM wrong('SELECT shop, day, frost FROM plan');
SELECT * FROM wrong('SELECT shop, day AS date, promotion, frost FROM plan');
SELECT * FROM wrong('SELECT shop, nullif(day, ''2024-07-20'') AS day, promotion, frost FROM plan');
SELECT * FROM wrong('SELECT nullif(shop, ''b'') AS shop, day, promotion, frost FROM plan');
SELECT * FROM wrong('SELECT shop, day, promotion, CASE WHEN i = 201 THEN ''NaN'' ELSE frost END AS frost FROM plan');
SELECT * FROM wrong('SELECT shop, day + interval ''1 hour'' AS day, promotion, frost FROM plan');
SELECT * FROM wrong('SELECT * FROM plan UNION ALL SELECT ''a'', 203, ''2024-07-22'', false, 9');
SELECT * FROM wrong('SELECT day, promotion, frost FROM plan');
SELECT * FROM wrong('nowhere');
SELECT * FROM wrong('DELETE FROM plan');
SELECT * FROM wrong('SELECT * FROM plan WHERE i < 203');
SELECT * FROM wrong('SELECT * FROM plan WHERE i <> 202');
SELECT * FROM wrong('SELECT * FROM plan WHERE false');
SELECT * FROM wrong('SELECT * FROM plan WHERE shop <> ''b''');
\x off
-- duplicates are merged as the option says; equal ones are none
SELECT told('SELECT * FROM plan UNION ALL SELECT * FROM plan') = told('plan') AS equal_ones;
SELECT digest(format($$lstm_forecast('sales', 'day', 'sold', 'shop', NULL, '{frost}', options => quick('{"duplicates": "mean"}'), future_source => %L)$$, 'SELECT shop, day, frost + k AS frost FROM plan, generate_series(-1, 1) AS k'))
     = digest($$lstm_forecast('sales', 'day', 'sold', 'shop', NULL, '{frost}', options => quick('{"duplicates": "mean"}'), future_source => 'plan')$$) AS their_mean;
CREATE ROLE regress_ahead;
GRANT SELECT ON sales, learned TO regress_ahead;
SET ROLE regress_ahead;
SELECT code, message FROM raises($$SELECT count(*) FROM learned, lstm_forecast(model, 'sales', 'day', 'sold', 'shop', future_source => 'plan')$$);
RESET ROLE;
DROP OWNED BY regress_ahead;
DROP ROLE regress_ahead;

-- 4. A series that cannot be forecast is an error, or is left out.
SELECT series, count(*) FROM models, lstm_forecast(appended, 2, series => ARRAY['a', 'x', 'b', 'y'], on_missing => 'skip') GROUP BY series ORDER BY series;
SELECT count(*) FROM models, lstm_forecast(appended, 2, series => ARRAY['x'], on_missing => 'Skip'::varchar);
SELECT count(*) FROM models, lstm_forecast(behind, on_missing => 'skip'::text);
SELECT count(*) FROM models, lstm_forecast(appended, on_missing => 'skip');
-- the others are as they are without it
SELECT count(*), bool_and(row(f) = row(g)) AS same FROM models, lstm_forecast(appended, series => '{b,x}', on_missing => 'skip') AS f JOIN lstm_forecast((SELECT appended FROM models)) AS g USING (series, step);
SELECT series, count(*) FROM models, lstm_forecast(behind, 'sales', 'day', 'sold', 'shop', future_source => 'SELECT * FROM plan WHERE shop = ''b'' OR i < 202', on_missing => 'skip') GROUP BY series;
SELECT series, count(*) FROM lstm_forecast('sales', 'day', 'sold', 'shop', NULL, '{frost}', options => quick(), future_source => 'SELECT * FROM plan WHERE shop = ''b''', on_missing => 'skip') GROUP BY series;
SELECT series, count(*) FROM models, lstm_forecast(behind, 'SELECT shop, day, CASE WHEN shop <> ''a'' THEN sold END AS sold, visitors, promotion, frost FROM sales', 'day', 'sold', 'shop', future_source => 'plan', on_missing => 'skip') GROUP BY series;
SELECT count(*) FROM models, lstm_forecast(behind, 'SELECT shop, day, NULL AS sold, visitors, promotion, frost FROM sales', 'day', 'sold', 'shop', future_source => 'plan', on_missing => 'skip');
SELECT count(*) FROM lstm_forecast(lstm_train('SELECT * FROM sales WHERE shop = ''a''', 'day', 'sold', NULL, NULL, '{frost}', options => quick()), on_missing => 'skip');
\x on
SELECT * FROM raises($$SELECT * FROM models, lstm_forecast(appended, 2, series => ARRAY['a', 'x'])$$);
SELECT code, message FROM raises($$SELECT * FROM models, lstm_forecast(appended, 2, series => ARRAY['a', 'x'], on_missing => NULL)$$);
SELECT code, message FROM raises($$SELECT * FROM models, lstm_forecast(behind)$$);
SELECT * FROM raises($$SELECT * FROM models, lstm_forecast(appended, on_missing => 'ignore')$$);
-- what is wrong with the call is an error all the same
SELECT code, message FROM raises($$SELECT * FROM models, lstm_forecast(appended, 0, on_missing => 'skip')$$);
SELECT code, message FROM raises($$SELECT * FROM models, lstm_forecast(appended, 'SELECT * FROM sales', 'day', 'sold', 'shop', '{}', on_missing => 'skip')$$);
SELECT code, message FROM raises($$SELECT * FROM models, lstm_forecast(appended, 'SELECT *, day + i * interval ''1 hour'' AS hour FROM sales', 'hour', 'sold', 'shop', on_missing => 'skip')$$);
\x off

-- 5. From a common origin: a series that ended 3 days earlier is forecast these days further, and numbered from there.
CREATE VIEW branches AS
SELECT shop, i, day, sold FROM sales WHERE shop = 'a' OR i < 197
UNION ALL SELECT 'old', i, day, sold FROM sales WHERE shop = 'a' AND i < 194
UNION ALL SELECT 'older', i, day, sold FROM sales WHERE shop = 'b' AND i < 150;
CREATE TABLE branch AS SELECT lstm_train('branches', 'day', 'sold', 'shop', options => quick('{"validation_fraction": 0.2}')) AS model;
SELECT series, min(step) AS first_step, max(step) AS last_step, min(local_ts)::date AS first, max(local_ts)::date AS last FROM branch, lstm_forecast(model, origin => 'common') GROUP BY series ORDER BY series;
SELECT series, min(step) AS first_step, min(local_ts)::date AS first FROM branch, lstm_forecast(model, origin => 'series') GROUP BY series ORDER BY series;
SET client_min_messages = warning;
-- they are those of a longer horizon, with their intervals and quantiles
SELECT f.series, count(*), bool_and(f.forecast = g.forecast AND f.lower = g.lower AND f.upper = g.upper AND f.quantiles = g.quantiles AND f.ts = g.ts) AS same
FROM branch, lstm_forecast(model, 5, 0.8, '{0.1,0.7}', origin => 'common') AS f
JOIN lstm_forecast((TABLE branch), 8, 0.8, '{0.1,0.7}') AS g ON g.series = f.series AND g.step = f.step + CASE f.series WHEN 'b' THEN 3 ELSE 0 END
GROUP BY f.series ORDER BY f.series;
-- also where networks give the quantiles, from fresh rows, and beyond three horizons
SELECT f.series, count(*), bool_and(f.forecast = g.forecast AND f.lower = g.lower AND f.upper = g.upper AND f.quantiles = g.quantiles AND f.ts = g.ts) AS same
FROM lstm_train('branches', 'day', 'sold', 'shop', options => quick('{"loss": "quantile", "interval": "model"}')) AS model,
     lstm_forecast(model, 'branches', 'day', 'sold', 'shop', horizon => 16, quantiles => '{0.1,0.7}', origin => 'common') AS f
JOIN LATERAL lstm_forecast(model, 22, quantiles => '{0.1,0.7}') AS g ON g.series = f.series AND g.step = f.step + CASE f.series WHEN 'b' THEN 3 WHEN 'old' THEN 6 ELSE 0 END
GROUP BY f.series ORDER BY f.series;
SELECT digest($$lstm_forecast('branches', 'day', 'sold', 'shop', options => quick('{"validation_fraction": 0.2}'), origin => 'common')$$) = digest($$lstm_forecast((TABLE branch), origin => 'common')$$) AS one_statement;
-- "all" are those of the call
SELECT series, min(local_ts)::date AS first FROM branch, lstm_forecast(model, 5, series => '{b,old}', origin => 'common') GROUP BY series ORDER BY series;
-- the history goes up to the origin, with nothing where nothing was observed
SELECT series, step, local_ts::date AS day, actual, forecast IS NOT NULL AS forecast FROM branch, lstm_forecast(model, 'branches', 'day', 'sold', 'shop', horizon => 5, history => 5, origin => 'common') WHERE step BETWEEN -4 AND 1;
SELECT count(*), bool_and(h.actual IS NOT DISTINCT FROM b.sold) AS as_read FROM branch, lstm_forecast(model, 'branches', 'day', 'sold', 'shop', horizon => 20, history => 1000, origin => 'common') AS h
LEFT JOIN branches AS b ON b.shop = h.series AND b.day = h.local_ts::date WHERE step <= 0;
SELECT series, count(*) FROM branch, lstm_forecast(model, 'branches', 'day', 'sold', 'shop', horizon => 20, history => 1000, origin => 'common') WHERE step <= 0 GROUP BY series ORDER BY series;
-- at other times of the day: the first step after the latest timestamp
CREATE VIEW clocks AS SELECT 'noon' AS shop, day + interval '12 hours' AS ts, sold FROM sales WHERE shop = 'a' UNION ALL
SELECT 'morning', day + interval '6 hours', sold FROM sales WHERE shop = 'b' UNION ALL SELECT 'night', day + interval '23 hours', sold FROM sales WHERE shop = 'b' AND i < 199;
SELECT series, min(ts) FROM lstm_forecast('clocks', 'ts', 'sold', 'shop', options => quick(), origin => 'common') GROUP BY series ORDER BY series;
-- months that begin, and business days over a weekend
SELECT series, min(local_ts)::date AS first, max(local_ts)::date AS last
FROM lstm_forecast('SELECT shop, (date ''2000-01-01'' + make_interval(months => i))::date AS day, sold FROM sales WHERE i < 100 AND (shop = ''a'' OR i < 98)', 'day', 'sold', 'shop', options => quick('{"horizon": 4}'), origin => 'common') GROUP BY series ORDER BY series;
SELECT series, min(local_ts)::date AS first, max(local_ts)::date AS last
FROM lstm_forecast('SELECT * FROM sales WHERE extract(isodow FROM day) < 6 AND (shop = ''a'' AND day <= ''2024-07-15'' OR day <= ''2024-07-11'')', 'day', 'sold', 'shop', options => quick(), origin => 'common') GROUP BY series ORDER BY series;
-- future covariates are needed from the end of each series on
SELECT count(*) FROM models, lstm_forecast(behind, 'ended', 'day', 'sold', 'shop', future_source => 'SELECT * FROM plan WHERE i < 205', origin => 'common');
\x on
SELECT * FROM raises($$SELECT count(*) FROM models, lstm_forecast(behind, 'ended', 'day', 'sold', 'shop', future_source => 'SELECT * FROM plan WHERE i < 205 AND (shop = ''a'' OR i < 204)', origin => 'common')$$);
RESET client_min_messages;
\x off
SELECT series, count(*), min(local_ts)::date AS first FROM models, lstm_forecast(behind, 'ended', 'day', 'sold', 'shop', history => 1, future_source => 'SELECT * FROM plan WHERE i < 205 AND (shop = ''a'' OR i < 204)', on_missing => 'skip', origin => 'common') GROUP BY series;
\x on
SELECT * FROM raises($$SELECT * FROM lstm_forecast(lstm_train('SELECT sold FROM sales WHERE shop = ''a'' ORDER BY i', NULL, 'sold', options => quick()), origin => 'common')$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast('SELECT * FROM sales ORDER BY i', NULL, 'sold', 'shop', options => '{"max_steps": 1000000000}', origin => 'common')$$);
SELECT * FROM raises($$SELECT * FROM lstm_forecast('sales', 'day', 'sold', 'shop', options => '{"max_steps": 1000000000, "frequency": "irregular"}', origin => 'common')$$);
SELECT * FROM raises($$SELECT * FROM branch, lstm_forecast(model, origin => 'latest')$$);
\x off
DROP VIEW appended, ended, branches, clocks;
DROP TABLE plan, sales, models, learned, branch;
DROP FUNCTION quick, digest, told, wrong, raises;
