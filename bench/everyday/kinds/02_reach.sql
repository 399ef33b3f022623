-- Intervals stay within reach of the data.

INSERT INTO kind (point, kind, season, rows) VALUES
(2, 'sales, zero on Sundays', 7, $$
	SELECT i, timestamp '2023-01-02' + (i + 420) * interval '1 day' AS ts,
		   CASE WHEN (i + 420) % 7 = 6 OR u(i, 1) < 0.02 THEN 0
				ELSE pick(2, 200, 400) + 60 * sin((i + 420) % 7 + pick(3, 0, 6)) + 40 * g(i, 4) END AS value
	FROM generate_series(-419, 14) AS i $$),
(2, 'a month of 50 among sixty of 11', 12, $$
	SELECT i, timestamp '2018-01-01' + (i + 60) * interval '1 month' AS ts, CASE WHEN i = -floor(pick(1, 2, 30)) THEN 50 ELSE 11 + g(i, 2) / 2 END AS value
	FROM generate_series(-59, 12) AS i $$),
(2, 'days with a few large orders', 7, $$
	SELECT i, timestamp '2023-01-02' + (i + 300) * interval '1 day' AS ts, exp(4 + g(i, 1)) AS value FROM generate_series(-299, 14) AS i $$);

INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'highest upper / highest value', '(SELECT max(upper) FROM answer) / (SELECT max(value) FROM known)', 0.05, 2 FROM kind WHERE point = 2;
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'lowest lower / highest value', '(SELECT min(lower) FROM answer) / (SELECT max(value) FROM known)', CASE WHEN kind LIKE 'a month%' THEN -0.2 WHEN kind LIKE 'days%' THEN -0.1 ELSE -0.005 END, 1 FROM kind WHERE point = 2;
INSERT INTO measure (kind, measure, expression, highest) VALUES
('sales, zero on Sundays', 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$, 1.15),
('sales, zero on Sundays', 'forecast on Sundays / mean', '(SELECT max(abs(forecast)) FROM answer WHERE extract(isodow FROM ts) = 7) / (SELECT avg(value) FROM known)', 0.1),
('a month of 50 among sixty of 11', 'MAE', 'mae()', 0.8),
('a month of 50 among sixty of 11', 'mean width', '(SELECT avg(upper - lower) FROM answer)', 20),
('days with a few large orders', 'MAE / that of the mean', '(SELECT mae() / avg(abs(value - (SELECT avg(value) FROM known))) FROM both_sides)', 1.3);
