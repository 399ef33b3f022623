-- The same hours in other units; prices, of which nothing is known but the last.

INSERT INTO kind (point, kind, season, most_seeds, rows)
SELECT 12, name, 24, 10, format($$
	SELECT i, timestamp '2024-01-01' + (i + 360) * interval '1 hour' AS ts, %s + %s * (sin((i + pick(1, 0, 24)) * pi() / 12) + 0.1 * g(i, 2)) AS value
	FROM generate_series(-359, 24) AS i $$, level, spread)
FROM (VALUES ('hours of about 1', '1', '0.4'), ('hours of about 1e-6', '1e-6', '4e-7'), ('hours of about 1e9', '1e9', '4e8'), ('hours of 1e6 that move by 10', '1e6', '10'),
			 ('hours around 0', '0', '40')) AS kinds (name, level, spread);
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$, 1.15 FROM kind WHERE point = 12;
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'season', 'season()', 24, 24 FROM kind WHERE point = 12;

INSERT INTO kind (point, kind, rows) VALUES
(12, 'prices, a random walk of 300 days', $$
	SELECT i, timestamp '2023-01-01' + (i + 300) * interval '1 day' AS ts, pick(1, 20, 400) * exp(sum(0.015 * g(i, 2)) OVER (ORDER BY i)) AS value
	FROM generate_series(-299, 14) AS i $$),
(12, 'prices, a random walk of 60 months', $$
	SELECT i, timestamp '2018-01-01' + (i + 60) * interval '1 month' AS ts, pick(1, 20, 400) * exp(sum(0.05 * g(i, 2)) OVER (ORDER BY i)) AS value
	FROM generate_series(-59, 12) AS i $$);
-- by the deviation of the changes: one walk in many runs away from any forecast
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE beyond the last value''s, in deviations of a change',
	   $$(mae() - mae('last value')) / (SELECT stddev(value - before) FROM (SELECT value, lag(value) OVER (ORDER BY i) AS before FROM known) AS changes)$$, 0.8
FROM kind WHERE kind LIKE 'prices%';
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'width at step 10 / that of a walk', $$(SELECT avg(upper - lower) FROM answer WHERE step = 10) / (2 * 1.96 * sqrt(10) * (SELECT stddev(value - before) FROM (SELECT value, lag(value) OVER (ORDER BY i) AS before FROM known WHERE i > -60) AS changes))$$, 0.4, 2.5
FROM kind WHERE kind LIKE 'prices%';
