-- One bad value does not lead; what lasts or comes back is followed.

-- hours of 300 to 2,100 by the time of day, with bad values in some of the last 400
INSERT INTO kind (point, kind, season, rows)
SELECT 3, name, 24, format($$
	SELECT i, timestamp '2024-01-01' + (i + 600) * interval '1 hour' AS ts, coalesce(%s, 1200 + 900 * sin((i + pick(1, 0, 24)) * pi() / 12) + 60 * g(i, 2)) AS value
	FROM generate_series(-599, 48) AS i $$, bad)
FROM (VALUES ('hours, no glitch', 'NULL::float8'),
			 ('hours, a glitch of 350,000', 'CASE WHEN i = -floor(pick(3, 2, 400)) THEN 350000 END'),
			 ('hours, two glitches', 'CASE i WHEN -floor(pick(3, 2, 200)) THEN 350000 WHEN -floor(pick(4, 200, 400)) THEN -80000 END'),
			 ('hours, -999 for no reading', 'CASE WHEN i <= 0 AND u(i, 3) < 0.01 THEN -999 END'),
			 ('hours, one zero', 'CASE WHEN i = -floor(pick(3, 2, 400)) THEN 0 END')) AS kinds (name, bad);
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'season', 'season()', 24, 24 FROM kind WHERE kind LIKE 'hours, %';
-- without a glitch the seasonal naive forecast errs by 68
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE', 'mae()', 80 FROM kind WHERE kind LIKE 'hours, %';
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'mean width', '(SELECT avg(upper - lower) FROM answer)', CASE WHEN kind LIKE '%999%' THEN 2000 ELSE 800 END FROM kind WHERE kind LIKE 'hours, %';

-- days of about 200 with a weekly season, and one that is none of them
INSERT INTO kind (point, kind, season, rows)
SELECT 3, 'days, one of ' || bad, 7, format($$
	SELECT i, timestamp '2023-01-01' + (i + 280) * interval '1 day' AS ts,
		   CASE WHEN i = -floor(pick(1, 0, 60)) THEN %s ELSE 200 + 50 * sin((i + pick(2, 0, 7)) * 2 * pi() / 7) + 5 * g(i, 3) END AS value
	FROM generate_series(-279, 14) AS i $$, bad)
FROM unnest(ARRAY['0', '-5', '0.001', '60000']) AS bad;
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'season', 'season()', 7, 7 FROM kind WHERE kind LIKE 'days, one of%';
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE', 'mae()', 10 FROM kind WHERE kind LIKE 'days, one of%';
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'highest upper', '(SELECT max(upper) FROM answer)', 200, 500 FROM kind WHERE kind LIKE 'days, one of%';

-- a new level that lasts
INSERT INTO kind (point, kind, season, rows)
SELECT 3, format('days, a new level %s rows ago', back), 7, format($$
	SELECT i, timestamp '2023-01-01' + (i + 300) * interval '1 day' AS ts, CASE WHEN i > -%s THEN 160 ELSE 100 END + 5 * sin((i + pick(1, 0, 7)) * 2 * pi() / 7) + 3 * g(i, 2) AS value
	FROM generate_series(-299, 14) AS i $$, back)
FROM unnest(ARRAY[5, 30]) AS back;
INSERT INTO measure (kind, measure, expression, highest) VALUES
('days, a new level 5 rows ago', 'MAE / shift', 'mae() / 60', 0.4),
('days, a new level 30 rows ago', 'MAE / shift', 'mae() / 60', 0.15);

-- peaks that come back
INSERT INTO kind (point, kind, season, rows) VALUES
(3, 'months, a peak each December', 12, $$
	SELECT i, timestamp '2018-01-01' + (i + 65) * interval '1 month' AS ts, CASE WHEN (i + 65) % 12 = 11 THEN pick(1, 2, 4) ELSE 1 END * (100 + 5 * g(i, 2)) AS value
	FROM generate_series(-64, 12) AS i $$);
INSERT INTO measure (kind, measure, expression, lowest, highest) VALUES
('months, a peak each December', 'forecast of December / December', '(SELECT forecast / value FROM both_sides WHERE extract(month FROM ts) = 12)', 0.75, 1.25),
('months, a peak each December', 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$, NULL, 1.2);
