-- Errors of each level before and after lstm_reconcile, for variances that go with powers of the number of lowest parts.
CREATE EXTENSION lstm_forecast;
CREATE TABLE tourism (quarter text, region text, state text, purpose text, trips float8);
\copy tourism FROM pstdin CSV HEADER
CREATE TABLE part AS
SELECT ARRAY[state, region, purpose]::text AS path,
	   make_date(left(quarter, 4)::int, 3 * right(quarter, 1)::int - 2, 1) AS quarter, sum(trips) AS trips, count(*) AS lowest
FROM tourism GROUP BY quarter, ROLLUP (state, region, purpose);
CREATE TABLE tested AS
SELECT 'pretrained' AS model, * FROM lstm_backtest_forecasts(lstm_pretrained(), 'part', 'quarter', 'trips', 'path', horizon => 8, folds => 6, stride => 4)
UNION ALL
SELECT 'trained', * FROM lstm_backtest_forecasts('part', 'quarter', 'trips', 'path', horizon => 8, folds => 3, stride => 4);
\pset format unaligned
SELECT model, power, level, round((avg(abs(actual - coherent)) / avg(abs(actual - forecast)))::numeric, 3) AS mae,
	   round(sqrt(avg((actual - coherent) ^ 2) / avg((actual - forecast) ^ 2))::numeric, 3) AS rmse
FROM (SELECT model, power, cardinality(array_remove(series::text[], NULL)) AS level, actual, forecast,
			 lstm_reconcile(series::text[], step, forecast, lowest ^ power) OVER (PARTITION BY model, fold, power) AS coherent
	  FROM tested JOIN (SELECT DISTINCT path, lowest FROM part) AS size ON path = series,
		   (VALUES (1.0::float8), (0), (-0.5), (-1), (-2)) AS variance (power)) AS row
GROUP BY model, power, level ORDER BY model DESC, power DESC, level;
