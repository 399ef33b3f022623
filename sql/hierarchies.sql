-- Hierarchies: forecasts that add up, against values worked out by hand and the normal equations of least squares.
CREATE SCHEMA hierarchies_test;
SET search_path = hierarchies_test, public;

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- The total says 6, its parts 1 and 2. It counts as twice as sure as each of them, as it has two lowest parts, and so four times
-- as sure as their sum: the parts get four fifths of the 3 that are missing. Where it is sure, all of it; where it is not, nothing.
CREATE TABLE hierarchy_small (path text[], step int, forecast float8, variance float8);
INSERT INTO hierarchy_small VALUES ('{}', 1, 6, 1e-12), ('{a}', 1, 1, 1), ('{b}', 1, 2, 3), ('{b}', 2, 2, 1), ('{a}', 2, 1, 1), ('{}', 2, 3, 1);
SELECT path, step, round((lstm_reconcile(path, step, forecast) OVER ())::numeric, 6) AS coherent,
	   lstm_reconcile(path, step, forecast, CASE path WHEN '{}' THEN 2 ELSE 1 END) OVER () AS independent,
	   round((lstm_reconcile(path, step, forecast, variance) OVER ())::numeric, 6) AS by_variance,
	   round((lstm_reconcile(path, step, forecast, CASE path WHEN '{}' THEN 1e300 ELSE 1e-300 END) OVER ())::numeric, 6) AS unsure_total
FROM hierarchy_small ORDER BY step, path;
SELECT path, round((lstm_reconcile(path, step, forecast) OVER (PARTITION BY step ORDER BY path DESC ROWS 1 PRECEDING))::numeric, 6) AS coherent FROM hierarchy_small ORDER BY step, path;

-- A node without a row, or with NULL, is the sum of its parts; one of a single part; a single one; none; parts of unlike depth.
SELECT path, lstm_reconcile(path, 1, forecast) OVER () AS coherent
FROM (VALUES ('{a,x}'::text[], 1::float8), ('{a,y}', 2), ('{b}', 3), ('{}', NULL), ('{c,z,deep,down}', 4), ('{c,z}', 4)) AS row (path, forecast) ORDER BY path;
SELECT path, lstm_reconcile(path, 1, forecast) OVER () AS coherent FROM (VALUES ('{}'::text[], 1::float8), ('{a}', 2), ('{a,x}', 9)) AS row (path, forecast) ORDER BY path;
SELECT lstm_reconcile('{}', 1, 7) OVER () AS total_alone, lstm_reconcile('{a}', 1, 7) OVER () AS part_alone;
SELECT lstm_reconcile('{}', 1, 7) OVER () AS none WHERE false;
SELECT lstm_reconcile(NULL::text[], 1, 7) OVER () AS none WHERE false;
-- Several trees at once, as no row says what they sum to.
SELECT path, round((lstm_reconcile(path, 1, forecast) OVER ())::numeric, 6) AS coherent
FROM (VALUES ('{a}'::text[], 5::float8), ('{a,x}', 1), ('{a,y}', 2), ('{b}', 9), ('{b,x}', 9)) AS row (path, forecast) ORDER BY path;

-- Steps of any type, by their own equality; a null is a step, too.
SELECT path, round((lstm_reconcile(path, step, forecast) OVER ())::numeric, 6) AS coherent
FROM (VALUES ('{}'::text[], 1.0, 6), ('{a}', 1.00, 1), ('{b}', 1.000, 2), ('{}', NULL, 9), ('{a}', NULL, 4), ('{b}', NULL, 5)) AS row (path, step, forecast) ORDER BY path, forecast;
SELECT count(DISTINCT coherent) AS same FROM (
	SELECT lstm_reconcile(path, 'now'::text, forecast) OVER () AS coherent FROM hierarchy_small WHERE step = 1 AND path = '{}'
	UNION ALL SELECT lstm_reconcile(path, '2024-03-01'::date, forecast) OVER () FROM hierarchy_small WHERE step = 1 AND path = '{}'
	UNION ALL SELECT lstm_reconcile(path, timestamptz '2024-03-01 00:00+00', forecast) OVER () FROM hierarchy_small WHERE step = 1 AND path = '{}'
	UNION ALL SELECT lstm_reconcile(path, ARRAY[1, 2], forecast) OVER () FROM hierarchy_small WHERE step = 1 AND path = '{}') AS type;

-- ROLLUP: what GROUP BY leaves out is null at the end of the path. Names of any kind.
CREATE TABLE hierarchy_sale AS
SELECT region, shop, day, 100 + 10 * length(shop) + day * (hashtext(region || shop) % 7) AS amount
FROM (VALUES ('north', 'quay'), ('north', 'hill'), ('south', ''), ('south', 'a,b "c" {d}'), ('south', U&'caf\00e9'), ('west', 'quay')) AS shop (region, shop), generate_series(1, 5) AS day;
CREATE TABLE hierarchy_base AS
SELECT region, shop, day, sum(amount) * (1 + 0.1 * sin(day + count(*))) AS forecast FROM hierarchy_sale GROUP BY day, ROLLUP (region, shop);
CREATE TABLE hierarchy_coherent AS SELECT *, lstm_reconcile(ARRAY[region, shop], day, forecast) OVER () AS coherent FROM hierarchy_base;
SELECT count(*), count(*) FILTER (WHERE abs(coherent - forecast) > 1) > 20 AS changed,
	   bool_and(abs(coherent - (SELECT sum(below.coherent) FROM hierarchy_coherent AS below WHERE below.day = c.day AND below.shop IS NOT NULL
								AND (c.region IS NULL OR below.region = c.region) AND (c.shop IS NULL OR below.shop = c.shop))) < 1e-9 * coherent) AS adds_up
FROM hierarchy_coherent AS c;
SELECT bool_and(abs(one - hierarchy_coherent.coherent) < 1e-9 * one) AS by_step, bool_and(removed = hierarchy_coherent.coherent) AS nulls_removed
FROM hierarchy_coherent JOIN (SELECT region, shop, day, lstm_reconcile(ARRAY[region, shop], day, forecast) OVER (PARTITION BY day) AS one,
						   lstm_reconcile(array_remove(ARRAY[region, shop], NULL), day, forecast) OVER () AS removed FROM hierarchy_base) AS other
	 ON (hierarchy_coherent.region, hierarchy_coherent.shop, hierarchy_coherent.day) IS NOT DISTINCT FROM (other.region, other.shop, other.day);

-- Least squares: at the coherent forecasts the weighted differences of each shop, its region and the total add up to 0
-- (the normal equations S' W (y - S b) = 0). With the default weights, and with variances of all sizes.
CREATE VIEW hierarchy_weighted AS
SELECT *, exp(3 * sin(day + length(coalesce(region, '') || coalesce(shop, 'total')))) AS variance,
	   (SELECT count(DISTINCT (s.region, s.shop)) FROM hierarchy_sale AS s WHERE (b.region IS NULL OR s.region = b.region) AND (b.shop IS NULL OR s.shop = b.shop)) AS shops
FROM hierarchy_base AS b;
SELECT kind, count(*) AS equations, max(abs(rest)) < 1e-9 AS hold
FROM (SELECT kind, leaf.day, leaf.region, leaf.shop, sum((above.forecast - above.coherent) / above.variance) AS rest
	  FROM (SELECT region, shop, day, forecast, 'by shops' AS kind, 1.0 / shops AS variance, lstm_reconcile(ARRAY[region, shop], day, forecast) OVER () AS coherent FROM hierarchy_weighted
			UNION ALL SELECT region, shop, day, forecast, 'given', variance, lstm_reconcile(ARRAY[region, shop], day, forecast, variance) OVER () FROM hierarchy_weighted) AS above
		   JOIN (SELECT DISTINCT region, shop, day FROM hierarchy_sale) AS leaf
		   ON leaf.day = above.day AND (above.region IS NULL OR above.region = leaf.region) AND (above.shop IS NULL OR above.shop = leaf.shop)
	  GROUP BY kind, leaf.day, leaf.region, leaf.shop) AS equation
GROUP BY kind ORDER BY kind;

-- Wide and deep ones: 100,000 parts, 20,000 levels below one another at one, in time.
SET statement_timeout = '60s';
SELECT count(*), max(coherent) FILTER (WHERE path = '{}') - sum(coherent) FILTER (WHERE path <> '{}') BETWEEN -1e-6 AND 1e-6 AS adds_up
FROM (SELECT path, lstm_reconcile(path, 1, forecast) OVER () AS coherent
	  FROM (SELECT ARRAY[i::text] AS path, 1 + i % 7 AS forecast FROM generate_series(1, 100000) AS i UNION ALL SELECT '{}', 500000) AS row) AS wide;
SELECT count(*), bool_and(coherent = 5) AS same
FROM (SELECT lstm_reconcile(path, 1, 5) OVER () AS coherent FROM (SELECT array_fill('down'::text, ARRAY[depth]) AS path FROM generate_series(2000, 20000, 2000) AS depth) AS row) AS deep;
RESET statement_timeout;

-- Errors
\x on
SELECT * FROM raises($$SELECT lstm_reconcile(NULL::text[], 1, 1) OVER ()$$);
SELECT * FROM raises($$SELECT lstm_reconcile('{{a,b},{c,d}}', 1, 1) OVER ()$$);
SELECT * FROM raises($$SELECT lstm_reconcile('{NULL,a}', 1, 1) OVER ()$$);
SELECT * FROM raises($$SELECT lstm_reconcile('{a}', 1, 'NaN') OVER ()$$);
SELECT * FROM raises($$SELECT lstm_reconcile('{a,"b c"}', date '2024-03-01', '-Infinity') OVER ()$$);
SELECT * FROM raises($$SELECT lstm_reconcile('{}', 1, 1e151) OVER ()$$);
SELECT * FROM raises($$SELECT lstm_reconcile('{a}', 1, NULL) OVER ()$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step, forecast) OVER () FROM hierarchy_small WHERE (path, step) <> ('{a}'::text[], 2)$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step, nullif(forecast, 1)) OVER () FROM hierarchy_small WHERE step = 1$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, 1, forecast) OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, NULL::int, forecast) OVER () FROM hierarchy_small WHERE path = '{a}'$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step, forecast, 0) OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step, forecast, -variance) OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step, forecast, 'NaN') OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step, forecast, 'Infinity') OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step, forecast, NULL) OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, '{}'::json, forecast) OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, ROW(1, 'a'::text), forecast) OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step, forecast) FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(path, step) OVER () FROM hierarchy_small$$);
SELECT * FROM raises($$SELECT lstm_reconcile(array_fill(repeat('x', 50), ARRAY[100]), repeat('y', 500), NULL) OVER ()$$);
-- a name a row, within the memory that may be taken
SET lstm_forecast.max_memory = '1MB';
SELECT * FROM raises($$SELECT lstm_reconcile(ARRAY[i::text], 1, 1) OVER () FROM generate_series(1, 50000) AS i$$);
SELECT * FROM raises($$SELECT lstm_reconcile('{}', i, 1) OVER () FROM generate_series(1, 50000) AS i$$);
SELECT * FROM raises($$SELECT lstm_reconcile(ARRAY[repeat('x', 2000000)], 1, 1) OVER ()$$);
SELECT count(*) FROM (SELECT lstm_reconcile(ARRAY[(i % 10)::text], i / 10, 1) OVER (PARTITION BY i / 100) FROM generate_series(0, 49999) AS i) AS parts;
RESET lstm_forecast.max_memory;
SET client_min_messages = warning;
DROP SCHEMA hierarchies_test CASCADE;
