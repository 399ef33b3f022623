-- Australian domestic tourism, whose categories do say something: 304 regions by purpose, by quarter. Mean absolute error over
-- the last 8 quarters, as a share of the mean; three seeds. The file comes from standard input.
SET client_min_messages = warning;
CREATE TEMP TABLE trip (quarter text, region text, state text, purpose text, trips float8);
\copy trip FROM pstdin CSV HEADER
CREATE TABLE domestic AS
SELECT region || ', ' || purpose AS series, make_date(left(quarter, 4)::int, 3 * right(quarter, 1)::int - 2, 1) AS quarter, region, state, purpose, trips FROM trip;
CREATE TABLE domestic_result (columns text, seed int, error float8, scaled float8);
CREATE PROCEDURE measure_domestic(columns text[], seed int) LANGUAGE sql AS $$
	INSERT INTO domestic_result
	WITH scale AS (SELECT series, avg(abs(trips - before)) AS naive
				   FROM (SELECT series, quarter, trips, lag(trips, 4) OVER (PARTITION BY series ORDER BY quarter) AS before FROM domestic) AS d
				   WHERE quarter < '2016-01-01' GROUP BY series)
	SELECT coalesce(columns::text, 'none'), seed, avg(abs(f.forecast - d.trips)) / avg(d.trips), avg(abs(f.forecast - d.trips) / s.naive)
	FROM lstm_forecast('SELECT * FROM domestic WHERE quarter < ''2016-01-01''', 'quarter', 'trips', 'series', horizon => 8,
					   static_columns => columns, options => lstm_options(seed => measure_domestic.seed)) AS f
		 JOIN domestic AS d ON d.series = f.series AND d.quarter = f.ts::date JOIN scale AS s ON s.series = f.series;
$$;
SELECT format('CALL measure_domestic(%L, %s)', columns, seed)
FROM (VALUES (NULL), ('{purpose}'), ('{region}'), ('{region,purpose}'), ('{state,purpose}'), ('{region,state,purpose}')) AS c(columns), generate_series(1, 3) AS seed \gexec
SELECT columns, round(avg(error)::numeric, 4) AS "share of the mean", round(avg(scaled)::numeric, 4) AS mase,
	   array_agg(round(scaled::numeric, 4) ORDER BY seed) AS seeds FROM domestic_result GROUP BY columns ORDER BY columns;
