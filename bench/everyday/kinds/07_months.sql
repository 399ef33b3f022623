-- One row a month by any date, and clocks that are not exact.

INSERT INTO kind (point, kind, season, rows)
SELECT 7, name, 12, format($$
	SELECT i, (SELECT %s FROM generate_series(month, month + interval '1 month' - interval '1 day', '1 day') AS day WHERE %s) AS ts,
		   (200 + 2 * (i + 60)) * (1 + 0.15 * sin((i + pick(1, 0, 12)) * pi() / 6)) * (1 + 0.02 * g(i, 2)) AS value
	FROM (SELECT i, timestamp '2019-01-01' + (i + 60) * interval '1 month' AS month FROM generate_series(-59, 12) AS i) AS months $$, which, open)
FROM (VALUES ('months dated on the third Friday', 'min(day) + interval ''14 days''', 'extract(isodow FROM day) = 5'), ('months dated on the last weekday', 'max(day)', 'extract(isodow FROM day) < 6'),
			 ('months dated on their last day', 'max(day)', 'true'), ('months dated on the first weekday', 'min(day)', 'extract(isodow FROM day) < 6')) AS kinds (name, which, open);
INSERT INTO kind (point, kind, season, rows) VALUES
(7, 'periods of 4, 4 and 5 weeks', 12, $$
	SELECT i, timestamp '2019-01-26' + ((i + 59) / 3 * 13 + (ARRAY[0, 4, 8])[1 + (i + 59) % 3]) * interval '7 days' AS ts,
		   (200 + 2 * (i + 60)) * (1 + 0.15 * sin((i + pick(1, 0, 12)) * pi() / 6)) * (1 + 0.02 * g(i, 2)) AS value
	FROM generate_series(-59, 12) AS i $$),
-- in the middle of the rows is a year of 53 weeks
(7, 'periods of 4, 5 and 4 weeks, of years that end on the Saturday nearest the end of January', 12, $$
	SELECT i, turn + (quarter * 13 + (ARRAY[0, 4, 9])[1 + period]) * interval '7 days' AS ts,
		   (200 + 2 * (i + 60)) * (1 + 0.15 * sin((i + pick(1, 0, 12)) * pi() / 6)) * (1 + 0.02 * g(i, 2)) AS value
	FROM generate_series(-59, 12) AS i, LATERAL (SELECT make_date(2015 + (i + 59) / 12, 2, 3), (i + 59) / 3 % 4, (i + 59) % 3) AS place (date, quarter, period),
		 LATERAL (SELECT date - (extract(isodow FROM date)::int + 1) % 7 * interval '1 day') AS years (turn) $$);
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'of 12 dates not forecast', 'steps_missing()', 0 FROM kind WHERE point = 7;
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'forecasts at other dates of the year', '(SELECT count(*) FROM answer LEFT JOIN coming USING (ts) WHERE coming.i IS NULL AND answer.ts < (SELECT max(ts) FROM coming))', 0 FROM kind WHERE point = 7;
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE by the number of the step / seasonal naive', '(SELECT avg(abs(value - forecast)) FROM coming JOIN answer ON step = i) / (SELECT avg(abs(c.value - k.value)) FROM coming AS c JOIN known AS k ON k.i = c.i - 12)', 0.6
FROM kind WHERE point = 7;

INSERT INTO kind (point, kind, season, most_seeds, rows) VALUES
(7, 'hours by a clock that is seconds off', 24, 5, $$
	SELECT i, timestamp '2024-01-01' + (i + 336) * interval '1 hour' + CASE WHEN i > 0 THEN 0 ELSE round((20 * g(i, 1))::numeric) END * interval '1 second' AS ts,
		   300 + 80 * sin((i + pick(2, 0, 24)) * pi() / 12) + 8 * g(i, 3) AS value
	FROM generate_series(-335, 24) AS i $$),
(7, 'a day''s closing, some minutes late', 7, DEFAULT, $$
	SELECT i, timestamp '2023-01-01 18:00' + (i + 300) * interval '1 day' + CASE WHEN i > 0 THEN 0 ELSE floor(-ln(u(i, 1)) * 120) END * interval '1 second' AS ts,
		   300 + 80 * sin((i + pick(2, 0, 7)) * 2 * pi() / 7) + 8 * g(i, 3) AS value
	FROM generate_series(-299, 14) AS i $$);
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'rows seen / rows', '(SELECT (lstm_model_info(model)->>''rows'')::float8 + (lstm_model_info(model)->>''missing'')::float8 FROM model) / (SELECT count(*) FROM known)', 0.99, 1.01
FROM kind WHERE kind LIKE '%clock%' OR kind LIKE '%late';
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'season', 'season()', season, season FROM kind WHERE kind LIKE '%clock%' OR kind LIKE '%late';
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE by the number of the step', '(SELECT avg(abs(value - forecast)) FROM coming JOIN answer ON step = i)', 12 FROM kind WHERE kind LIKE '%clock%' OR kind LIKE '%late';
