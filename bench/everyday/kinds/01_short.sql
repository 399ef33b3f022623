-- Short series with an obvious course: a trend, a season, growth.

INSERT INTO kind (point, kind, season, rows)
SELECT 1, n || ' months with trend and season', 12, replace($$
	SELECT i, timestamp '2018-01-01' + (i + {n}) * interval '1 month' AS ts,
		   (100 + pick(1, 1, 3) * (i + {n})) * (1 + pick(2, 0.1, 0.3) * sin((i + pick(3, 0, 12)) * pi() / 6)) * (1 + 0.02 * g(i, 4)) AS value
	FROM generate_series(1 - {n}, 12) AS i $$, '{n}', n::text)
FROM unnest(ARRAY[24, 30, 36, 42, 48, 54, 60]) AS n;

INSERT INTO kind (point, kind, season, rows)
SELECT 1, n || ' months with a trend', 12, replace($$
	SELECT i, timestamp '2019-01-01' + (i + {n}) * interval '1 month' AS ts, (100 + pick(1, 1.5, 3) * (i + {n})) * (1 + 0.02 * g(i, 2)) AS value
	FROM generate_series(1 - {n}, 12) AS i $$, '{n}', n::text)
FROM unnest(ARRAY[24, 40]) AS n;

INSERT INTO kind (point, kind, season, rows) VALUES
(1, '24 months with a season, no trend', 12, $$
	SELECT i, timestamp '2022-01-01' + (i + 24) * interval '1 month' AS ts, 500 + pick(1, 80, 200) * sin((i + pick(2, 0, 12)) * pi() / 6) + 10 * g(i, 3) AS value
	FROM generate_series(-23, 12) AS i $$),
(1, '36 months of profit and loss', 12, $$
	SELECT i, timestamp '2021-01-01' + (i + 36) * interval '1 month' AS ts,
		   -60 + pick(1, 2, 4) * (i + 36) + 30 * sin((i + pick(2, 0, 12)) * pi() / 6) + 4 * g(i, 3) AS value
	FROM generate_series(-35, 12) AS i $$),
(1, '30 months that grow by 12 % each', 12, $$
	SELECT i, timestamp '2021-01-01' + (i + 30) * interval '1 month' AS ts, 10 * 1.12 ^ (i + 30) * (1 + 0.03 * g(i, 1)) AS value
	FROM generate_series(-29, 12) AS i $$),
(1, '24 quarters with trend and season', 4, $$
	SELECT i, timestamp '2017-01-01' + (i + 24) * interval '3 months' AS ts,
		   (80 + pick(1, 2, 4) * (i + 24)) * (1 + (ARRAY[0.2, -0.1, -0.25, 0.15])[1 + (i + 24) % 4]) * (1 + 0.02 * g(i, 2)) AS value
	FROM generate_series(-23, 8) AS i $$),
(1, '40 quarters with trend and season', 4, $$
	SELECT i, timestamp '2013-01-01' + (i + 40) * interval '3 months' AS ts,
		   (80 + pick(1, 2, 4) * (i + 40)) * (1 + (ARRAY[-0.2, 0.1, 0.25, -0.15])[1 + (i + 40) % 4]) * (1 + 0.02 * g(i, 2)) AS value
	FROM generate_series(-39, 8) AS i $$),
(1, '15 years with a trend', 1, $$
	SELECT i, timestamp '2008-01-01' + (i + 15) * interval '1 year' AS ts, (1000 + pick(1, 40, 80) * (i + 15)) * (1 + 0.015 * g(i, 2)) AS value
	FROM generate_series(-14, 6) AS i $$),
(1, '30 years with a trend', 1, $$
	SELECT i, timestamp '1993-01-01' + (i + 30) * interval '1 year' AS ts, (1000 + pick(1, 40, 80) * (i + 30)) * (1 + 0.015 * g(i, 2)) AS value
	FROM generate_series(-29, 6) AS i $$),
(1, '130 weeks with a yearly season', 52, $$
	SELECT i, timestamp '2021-01-04' + (i + 130) * interval '7 days' AS ts, 400 + 120 * sin((i + pick(1, 0, 52)) * pi() / 26) + 15 * g(i, 2) AS value
	FROM generate_series(-129, 13) AS i $$),
(1, '20 months of noise', 1, $$
	SELECT i, timestamp '2022-01-01' + (i + 20) * interval '1 month' AS ts, 50 + 5 * g(i, 1) AS value FROM generate_series(-19, 12) AS i $$);

INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$,
	   CASE WHEN kind LIKE '%no trend' OR kind LIKE '%weeks%' THEN 1.2 WHEN kind LIKE '%quarters%' THEN 0.6 ELSE 0.5 END
FROM kind WHERE point = 1 AND kind LIKE '%season%' OR kind LIKE '%loss' ORDER BY number;
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE / last value', $$mae() / mae('last value')$$, CASE WHEN kind LIKE '%grow%' THEN 0.4 ELSE 0.6 END
FROM kind WHERE point = 1 AND (kind LIKE '%a trend' OR kind LIKE '%grow%') ORDER BY number;
INSERT INTO measure (kind, measure, expression, highest)
VALUES ('20 months of noise', 'MAE / that of the mean', $$mae() / (SELECT avg(abs(value - (SELECT avg(value) FROM known))) FROM both_sides)$$, 1.3);

INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'share of steps not forecast', 'steps_missing() / (SELECT count(*)::float8 FROM coming)', 0.5 FROM kind WHERE point = 1;

-- what is small stays small
INSERT INTO measure (kind, measure, expression, highest) VALUES
('36 months with trend and season', 'kB of the model', $$(SELECT octet_length(model) / 1024.0 FROM model)$$, 100);
