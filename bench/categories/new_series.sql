-- Series without a history: four kinds of 30 series, levels from 10 to 500 and weeks of different shape; 24 of each are
-- learned from, the others forecast from their first day. The pooled model is the same one, not told the kind.
CREATE EXTENSION IF NOT EXISTS lstm_forecast;
SET client_min_messages = warning;
CREATE TABLE stores AS
SELECT kind || '-' || n AS store, kind, n, timestamp '2024-01-01' + g * interval '1 day' AS day, (n % 5) * 10.0 AS size,
       level * (1 + 0.1 * (hashint4(n * 31 + k) % 100) / 100.0)
       * (1 + CASE k WHEN 1 THEN 0.5 * sin(2 * pi() * g / 7) WHEN 2 THEN CASE WHEN g % 7 IN (5, 6) THEN 0.8 ELSE 0 END
                     WHEN 3 THEN -0.4 * sin(2 * pi() * g / 7) ELSE CASE WHEN g % 7 = 2 THEN -0.6 ELSE 0.1 END END)
       + level * 0.03 * ((hashint4(g * 97 + n * 13 + k) % 100) / 100.0) AS sales
FROM (VALUES (1, 'kiosk', 10.0), (2, 'shop', 60.0), (3, 'market', 180.0), (4, 'depot', 500.0)) AS c(k, kind, level),
     generate_series(1, 30) AS n, generate_series(1, 140) AS g;
CREATE TABLE store_model AS
	SELECT lstm_train('SELECT * FROM stores WHERE n <= 24', 'day', 'sales', 'store', static_columns => '{kind,size}', horizon => 14) AS model;
CREATE TABLE told AS
	SELECT f.* FROM store_model, lstm_forecast(model, $$SELECT store, kind, size, day, NULL::float8 AS sales FROM stores
		WHERE n > 24 AND day >= '2024-05-07'$$, 'day', 'sales', 'store') AS f;
CREATE TABLE untold AS
	SELECT f.* FROM store_model, lstm_forecast(model, $$SELECT store, NULL AS kind, size, day, NULL::float8 AS sales FROM stores
		WHERE n > 24 AND day >= '2024-05-07'$$, 'day', 'sales', 'store') AS f;
SELECT kind, count(DISTINCT store) AS series, round((avg(abs(t.forecast - sales)) / avg(sales))::numeric, 3) AS relative_error,
       round((avg(abs(t.forecast - sales)) / avg(abs(u.forecast - sales)))::numeric, 3) AS of_the_pooled,
       round(avg((sales BETWEEN t.lower AND t.upper)::int), 2) AS covered, round(avg((sales BETWEEN u.lower AND u.upper)::int), 2) AS covered_pooled
FROM told AS t JOIN untold AS u USING (series, step) JOIN stores ON store = t.series AND day = t.local_ts
GROUP BY ROLLUP (kind);
