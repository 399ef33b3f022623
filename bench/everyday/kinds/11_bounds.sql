-- Bounded and stepped data: intervals follow the data's own changes.

INSERT INTO kind (point, kind, season, most_seeds, rows) VALUES
(11, 'a thermostat of 20 to 21.5', 24, 10, $$
	SELECT i, timestamp '2024-01-01' + (i + 500) * interval '1 hour' AS ts, round((20.75 + CASE WHEN u(i / 3, 1) < 0.5 THEN -0.75 ELSE 0.75 END * (0.6 + 0.4 * u(i, 2)))::numeric, 1)::float8 AS value
	FROM generate_series(-499, 48) AS i $$),
(11, 'a share of 0 to 100', 24, 10, $$
	SELECT i, timestamp '2024-01-01' + (i + 500) * interval '1 hour' AS ts,
		   greatest(0, least(100, 70 + 50 * sin((i + pick(1, 0, 24)) * pi() / 12) + 8 * g(i, 2))) AS value
	FROM generate_series(-499, 48) AS i $$),
(11, 'a solar panel', 24, 10, $$
	SELECT i, ts, CASE WHEN hour BETWEEN 6 AND 18 THEN 900 * sin((hour - 5) * pi() / 14) * (0.4 + 0.6 * u(floor(i / 6.0)::int, 1)) ELSE 0 END AS value
	FROM (SELECT i, ts, extract(hour FROM ts) AS hour FROM generate_series(-599, 48) AS i, LATERAL (SELECT timestamp '2024-05-01' + (i + 600) * interval '1 hour') AS times (ts)) AS hours $$),
(11, 'a meter''s count', 24, 10, $$
	SELECT i, timestamp '2024-01-01' + (i + 600) * interval '1 hour' AS ts, pick(1, 0, 100000) + sum(greatest(0, 2 + 1.5 * sin(i * pi() / 12) + 0.5 * g(i, 2))) OVER (ORDER BY i) AS value
	FROM generate_series(-599, 48) AS i $$),
(11, 'a meter''s count, replaced 440 hours ago', 24, 10, $$
	SELECT i, timestamp '2024-01-01' + (i + 900) * interval '1 hour' AS ts,
		   CASE WHEN i <= -440 THEN 50000 ELSE 0 END + sum(greatest(0, 2 + 1.5 * sin(i * pi() / 12) + 0.5 * g(i, 2))) OVER (PARTITION BY i <= -440 ORDER BY i) AS value
	FROM generate_series(-899, 48) AS i $$);
INSERT INTO measure (kind, measure, expression, lowest, highest) VALUES
('a thermostat of 20 to 21.5', 'highest upper', '(SELECT max(upper) FROM answer)', 20.5, 22.2),
('a thermostat of 20 to 21.5', 'lowest lower', '(SELECT min(lower) FROM answer)', 19.3, 21),
('a thermostat of 20 to 21.5', 'MAE / that of the mean', '(SELECT mae() / avg(abs(value - (SELECT avg(value) FROM known))) FROM both_sides)', NULL, 1.2),
('a share of 0 to 100', 'highest upper', '(SELECT max(upper) FROM answer)', 90, 112),
('a share of 0 to 100', 'lowest lower', '(SELECT min(lower) FROM answer)', -8, 20),
('a share of 0 to 100', 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$, NULL, 1.15),
('a solar panel', 'highest upper', '(SELECT max(upper) FROM answer)', 300, 1300),
('a solar panel', 'lowest lower', '(SELECT min(lower) FROM answer)', -20, 300),
('a solar panel', 'most at night', '(SELECT max(abs(forecast)) FROM answer WHERE extract(hour FROM ts) IN (22, 23, 0, 1, 2, 3))', NULL, 20),
('a solar panel', 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$, NULL, 1.15);
-- 48 hours of 2 each; the last value errs by 49
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'MAE / last value', $$mae() / mae('last value')$$, NULL, 0.25 FROM kind WHERE kind LIKE 'a meter%';
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'share of hours within the interval', '(SELECT avg((value BETWEEN lower AND upper)::int) FROM both_sides)', 0.7, 1 FROM kind WHERE kind LIKE 'a meter%';
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'mean width', '(SELECT avg(upper - lower) FROM answer)', 0, 100 FROM kind WHERE kind LIKE 'a meter%';
