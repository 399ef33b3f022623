-- Uneven panels: every series by its own length.

INSERT INTO kind (point, kind, season, columns, rows, training, most_seeds) VALUES
(10, 'one series of 2,000 days among 400 of 12', 7, 'series, i, ts, value', $$
	SELECT CASE s WHEN 0 THEN 'long' ELSE 'short ' || s END, i, timestamp '2020-01-01' + (i + 2000) * interval '1 day' AS ts,
		   100 + s % 10 + 20 * sin((i + pick(1, 0, 7)) * 2 * pi() / 7) + 4 * g(i * 1000 + s, 2) AS value
	FROM generate_series(0, 400) AS s, LATERAL generate_series(CASE s WHEN 0 THEN -1999 ELSE -11 END, CASE s WHEN 0 THEN 14 ELSE 0 END) AS i $$,
	'SELECT lstm_train(series, ts, value) FROM known', 5);
INSERT INTO measure (kind, measure, expression, lowest, highest) VALUES
('one series of 2,000 days among 400 of 12', 'of 14 days not forecast', 'steps_missing()', NULL, 0),
('one series of 2,000 days among 400 of 12', 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$, NULL, 1.15),
('one series of 2,000 days among 400 of 12', 'steps with an interval', $$(SELECT count(*) FROM answer WHERE series = 'long' AND lower < upper)$$, 14, 14),
('one series of 2,000 days among 400 of 12', 'width / that of the noise', $$(SELECT avg(upper - lower) / (2 * 1.96 * 4) FROM answer WHERE series = 'long')$$, 0.7, 2);

INSERT INTO kind (point, kind, season, columns, rows, training) VALUES
(10, 'months of 20 shops, 24 to 72 of them', 12, 'series, i, ts, value', $$
	SELECT 'shop ' || s, i, timestamp '2018-01-01' + (i + 72) * interval '1 month' AS ts,
		   (100 * s + s * (i + 72)) * (1 + 0.2 * sin((i + s + pick(1, 0, 12)) * pi() / 6)) * (1 + 0.03 * g(i * 100 + s, 2)) AS value
	FROM generate_series(1, 20) AS s, LATERAL generate_series(-23 - 48 * s / 20, 12) AS i $$,
	'SELECT lstm_train(series, ts, value) FROM known');
INSERT INTO measure (kind, measure, expression, highest) VALUES
('months of 20 shops, 24 to 72 of them', 'steps not forecast', 'steps_missing()', 0),
('months of 20 shops, 24 to 72 of them', 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$, 0.7);
