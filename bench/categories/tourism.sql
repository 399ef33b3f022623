-- A public panel with categories that say nothing: the quarterly series of the tourism competition have no names but
-- numbers, so a region of eight and a purpose of four are drawn from a hash. MASE over 8 quarters; three seeds.
SET client_min_messages = warning;
CREATE TEMP TABLE observation (series text, period text, type text, season int, horizon int, part text, t int, value float8);
\set command '\\copy observation FROM PROGRAM ''gzip -dc ' :data '/tourism/tourism_long.csv.gz'' WITH (FORMAT csv, HEADER)'
:command
CREATE TABLE tourism AS
SELECT series, part, value, i, (timestamptz '2008-01-01' + i * interval '3 months')::date AS quarter,
       'region ' || abs(hashtext(series)) % 8 AS region, 'purpose ' || abs(hashtext(series || '!')) % 4 AS purpose
FROM (SELECT *, t - max(t) FILTER (WHERE part = 'train') OVER (PARTITION BY series) AS i FROM observation WHERE period = 'QUARTERLY') AS n;
CREATE TABLE scale AS
SELECT series, avg(abs(value - before)) AS naive
FROM (SELECT series, value, lag(value, 4) OVER (PARTITION BY series ORDER BY i) AS before FROM tourism WHERE part = 'train') AS d GROUP BY series;
CREATE TABLE result (columns text, seed int, mase float8);
CREATE PROCEDURE measure(columns text[], seed int) LANGUAGE sql AS $$
	INSERT INTO result
	SELECT coalesce(columns::text, 'none'), seed, avg(mase) FROM (
		SELECT avg(abs(f.forecast - t.value)) / min(s.naive) AS mase
		FROM lstm_forecast('SELECT * FROM tourism WHERE part = ''train''', 'quarter', 'value', 'series', horizon => 8,
						   static_columns => columns, options => lstm_options(seed => measure.seed), on_missing => 'skip') AS f
			 JOIN tourism AS t ON t.series = f.series AND t.quarter = f.ts::date JOIN scale AS s ON s.series = f.series
		WHERE s.naive > 0 GROUP BY f.series) AS e;
$$;
SELECT format('CALL measure(%L, %s)', columns, seed) FROM (VALUES (NULL), ('{region,purpose}')) AS c(columns), generate_series(1, 3) AS seed \gexec
SELECT columns, seed, round(mase::numeric, 4) AS mase FROM result ORDER BY columns, seed;
SELECT columns, round(avg(mase)::numeric, 4) AS mase FROM result GROUP BY columns ORDER BY columns;
