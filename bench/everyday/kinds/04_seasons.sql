-- Seasons under noise, and several of them.

INSERT INTO kind (point, kind, season, rows, training)
SELECT 4, format('a day of %s minutes under a little noise', minutes), 1440 / minutes, replace(replace($$
	SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval '{m} minutes' AS ts, 100 + 50 * sin((i + pick(1, 0, {n})) * 2 * pi() / {n}) + 5 * g(i, 2) AS value
	FROM generate_series(-13 * {n}, 12) AS i $$, '{m}', minutes::text), '{n}', (1440 / minutes)::text),
	$$SELECT lstm_train(ts, value, '{"max_steps": 5}') FROM known$$
FROM unnest(ARRAY[5, 10, 15, 30]) AS minutes;
INSERT INTO measure (kind, measure, expression, lowest, highest)
SELECT kind, 'season', 'season()', season, season FROM kind WHERE point = 4;

INSERT INTO kind (point, kind, season, rows, most_seeds) VALUES
(4, 'hours by day and week', 168, $$
	SELECT i, timestamp '2024-01-01' + (i + 1344) * interval '1 hour' AS ts,
		   100 + 40 * sin((i + pick(1, 0, 24)) * pi() / 12) + 25 * sin((i + pick(2, 0, 168)) * pi() / 84) + 4 * g(i, 3) AS value
	FROM generate_series(-1343, 48) AS i $$, 5),
(4, 'five minutes by day and week', 2016, $$
	SELECT i, timestamp '2024-01-01' + (i + 24192) * interval '5 minutes' AS ts,
		   100 + 40 * sin((i + pick(1, 0, 288)) * pi() / 144) + 25 * sin((i + pick(2, 0, 2016)) * pi() / 1008) + 4 * g(i, 3) AS value
	FROM generate_series(-24191, 288) AS i $$, 2);
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE / that of last week', $$mae() / mae('seasonal naive')$$, 1 FROM kind WHERE kind LIKE '%by day and week';
INSERT INTO measure (kind, measure, expression, highest) VALUES
('five minutes by day and week', 'seconds', '(SELECT seconds FROM model)', 120);
