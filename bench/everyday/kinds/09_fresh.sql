-- Fresh rows: few of them, a bad one among them, others than the model knows. One model answers all tables of a kind,
-- which are its series.

-- days of about 200 with a weekly season; how many rows are newer than the model, how many are given, what the last one is
CREATE TABLE fresh (series text PRIMARY KEY, kind text, given int, last float8);
INSERT INTO fresh VALUES
('1', 'few', 1, NULL), ('3', 'few', 3, NULL), ('3, the last 0', 'bad', 3, 0), ('3, the last -5', 'bad', 3, -5), ('3, the last 0.001', 'bad', 3, 0.001),
('3, the last 60,000', 'bad', 3, 60000), ('100, the last 0', 'bad', 100, 0), ('100, the last 60,000', 'bad', 100, 60000);
INSERT INTO kind (point, kind, season, columns, rows, training, forecasting)
SELECT 9, name, 7, 'series, i, ts, value', format($$
	SELECT series, i, timestamp '2022-01-01' + (i + 360) * interval '1 day' AS ts,
		   CASE WHEN i = 0 AND last IS NOT NULL THEN last ELSE 200 + 50 * sin((i + pick(1, 0, 7)) * 2 * pi() / 7) + 5 * g(i, 2) END AS value
	FROM fresh, generate_series(-359, 14) AS i WHERE kind = %L $$, kind),
	format('SELECT lstm_train(ts, value) FROM known WHERE series = %L AND i <= -%s', one, after),
	$$SELECT fresh.series, f.step, f.ts, f.forecast, f.lower, f.upper
	  FROM fresh, lstm_forecast($1, format('SELECT ts, value FROM known WHERE series = %L AND i > -%s', fresh.series, given), 'ts', 'value') AS f
	  WHERE fresh.kind = $$ || quote_literal(kind)
FROM (VALUES ('one and three fresh rows', 'few', '1', 1), ('fresh rows that end with a bad one', 'bad', '3, the last 0', 3)) AS kinds (name, kind, one, after);
INSERT INTO measure (kind, measure, expression, highest) VALUES
('one and three fresh rows', 'MAE', 'mae()', 8);
INSERT INTO measure (kind, measure, expression, highest)
SELECT 'fresh rows that end with a bad one', 'MAE of ' || series, format('(SELECT avg(abs(value - forecast)) FROM both_sides WHERE series = %L)', series), 20 FROM fresh WHERE kind = 'bad';
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'highest upper', '(SELECT max(upper) FROM answer)', 200, 600 FROM kind WHERE point = 9;

-- what the model has never seen, and what it is told in weeks
INSERT INTO kind (point, kind, season, rows, training, forecasting) VALUES
(9, 'negative fresh rows for a growing series', 7, $$
	SELECT i, timestamp '2022-01-01' + (i + 300) * interval '1 day' AS ts, CASE WHEN i <= -60 THEN exp(5 + 0.005 * i + 0.05 * g(i, 1)) ELSE -100 + 5 * g(i, 2) END AS value
	FROM generate_series(-299, 14) AS i $$, 'SELECT lstm_train(ts, value) FROM known WHERE i <= -60',
	$$SELECT * FROM lstm_forecast($1, 'SELECT ts, value FROM known WHERE i > -60', 'ts', 'value')$$);
INSERT INTO measure (kind, measure, expression, lowest, highest) VALUES
('negative fresh rows for a growing series', 'forecast', '(SELECT avg(forecast) FROM answer)', -400, 200),
('negative fresh rows for a growing series', 'highest upper', '(SELECT max(upper) FROM answer)', -200, 1000);
