-- Counts, zeros, yes and no: the mean, never below zero, whole where the data are.

INSERT INTO kind (point, kind, columns, rows, training, croston, most_seeds) VALUES
(5, 'spare parts, 65 to 86 % zeros', 'series, i, ts, value', $$
	SELECT s::text, i, timestamp '2020-01-06' + (i + 156) * interval '7 days' AS ts,
		   CASE WHEN u(i, s * 3) < 0.12 + 0.03 * s THEN 1 + floor(-ln(u(i, s * 3 + 1)) * (2 + s)) ELSE 0 END AS value
	FROM generate_series(1, 8) AS s, generate_series(-155, 13) AS i $$, 'SELECT lstm_train(series, ts, value) FROM known', true, 5),
(5, 'one spare part, 75 % zeros', 'i, ts, value', $$
	SELECT i, timestamp '2021-01-04' + (i + 156) * interval '7 days' AS ts, CASE WHEN u(i, 1) < 0.25 THEN 1 + floor(-ln(u(i, 2)) * 3) ELSE 0 END AS value
	FROM generate_series(-155, 13) AS i $$, DEFAULT, true, DEFAULT),
(5, 'yes and no, 30 % yes', 'i, ts, value', $$
	SELECT i, timestamp '2023-01-01' + (i + 365) * interval '1 day' AS ts, (u(i, 1) < 0.3)::int AS value FROM generate_series(-364, 14) AS i $$, DEFAULT, true, DEFAULT),
(5, 'visitors, 0 to 9', 'i, ts, value', $$
	SELECT i, timestamp '2023-01-01' + (i + 365) * interval '1 day' AS ts, (SELECT count(*) FROM generate_series(1, 9) AS n WHERE u(i * 10 + n, 1) < 0.3) AS value
	FROM generate_series(-364, 14) AS i $$, DEFAULT, true, DEFAULT),
(5, 'rain, 60 % dry days', 'i, ts, value', $$
	SELECT i, timestamp '2022-01-01' + (i + 500) * interval '1 day' AS ts, CASE WHEN u(i, 1) < 0.4 THEN round((-ln(u(i, 2)) * 6)::numeric, 1)::float8 ELSE 0 END AS value
	FROM generate_series(-499, 14) AS i $$, DEFAULT, true, DEFAULT),
(5, 'no row where nothing was sold', 'i, ts, value, present', $$
	SELECT i, ts, value, value > 0 OR i > 0
	FROM (SELECT i, timestamp '2023-01-01' + (i + 500) * interval '1 day' AS ts, CASE WHEN u(i, 1) < 0.4 THEN 1 + floor(-ln(u(i, 2)) * 3) ELSE 0 END AS value
		  FROM generate_series(-499, 14) AS i) AS days $$, $$SELECT lstm_train(ts, value, lstm_options(missing => 'zero')) FROM known$$, true, DEFAULT),
(5, 'no row in three weeks of four', 'i, ts, value, present', $$
	SELECT i, ts, value, value > 0 OR i > 0
	FROM (SELECT i, timestamp '2020-01-06' + (i + 208) * interval '7 days' AS ts, CASE WHEN u(i, 1) < 0.25 THEN 1 + floor(-ln(u(i, 2)) * 3) ELSE 0 END AS value
		  FROM generate_series(-207, 13) AS i) AS weeks $$, $$SELECT lstm_train(ts, value, lstm_options(missing => 'zero')) FROM known$$, true, DEFAULT);
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'mean forecast / mean', '(SELECT avg(forecast) FROM answer) / (SELECT avg(value) FROM table_row WHERE i <= 0)', 0.6, 1.6 FROM kind WHERE point = 5;
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'lowest forecast or lower', '(SELECT least(min(forecast), min(lower)) FROM answer)', 0, 100 FROM kind WHERE point = 5;
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'share at or under upper', '(SELECT avg((t.value <= a.upper)::int) FROM table_row AS t JOIN (SELECT series, avg(upper) AS upper FROM answer GROUP BY 1) AS a USING (series) WHERE t.i <= 0)', 0.93, 1
FROM kind WHERE point = 5;
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'highest upper / highest value', '(SELECT max(upper) FROM answer) / (SELECT max(value) FROM known)', CASE WHEN kind LIKE 'yes%' THEN 1 ELSE 1.5 END FROM kind WHERE point = 5;
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'ends of intervals that are not whole', '(SELECT count(*) FROM answer WHERE lower <> round(lower) OR upper <> round(upper))', 0 FROM kind WHERE point = 5 AND kind NOT LIKE 'rain%';
