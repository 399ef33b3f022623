-- Times at which there never is a row: not filled, not learned, not forecast.

INSERT INTO kind (point, kind, season, rows)
SELECT 6, name, season, format($$
	SELECT (row_number() OVER (ORDER BY ts) - %s)::int AS i, ts, 100 + 30 * (dow = 6)::int + 8 * sin(dow + pick(1, 0, 6)) + 5 * g(extract(epoch FROM ts)::bigint, 2) AS value
	FROM (SELECT ts, extract(isodow FROM ts)::int AS dow FROM generate_series(timestamp '2023-01-02', '2026-01-01', '1 day') AS ts) AS days
	WHERE %s ORDER BY ts LIMIT %s $$, known, open, known + 14)
FROM (VALUES ('a shop closed on Sundays', 6, 'dow < 7', 300), ('a shop closed on Sundays and Mondays', 5, 'dow BETWEEN 2 AND 6', 260),
			 ('a shop open Tuesday, Thursday, Saturday', 3, 'dow IN (2, 4, 6)', 200), ('business days', 5, 'dow < 6', 300)) AS kinds (name, season, open, known);
INSERT INTO kind (point, kind, season, most_seeds, rows)
SELECT 6, name, season, 5, format($$
	SELECT (row_number() OVER (ORDER BY ts) - %s)::int AS i, ts, 50 + 20 * sin((hour - 9) * pi() / 8 + pick(1, 0, 1)) + 10 * (dow = 1)::int + 3 * g(extract(epoch FROM ts)::bigint / 3600, 2) AS value
	FROM (SELECT ts, extract(isodow FROM ts)::int AS dow, extract(hour FROM ts)::int AS hour FROM generate_series(timestamp '2024-01-01', '2025-01-01', '1 hour') AS ts) AS hours
	WHERE %s ORDER BY ts LIMIT %s $$, known, open, known + 24)
FROM (VALUES ('an office from 9 to 17, Monday to Friday', 45, 'dow < 6 AND hour BETWEEN 9 AND 17', 450), ('a shop from 9 to 17, each day', 9, 'hour BETWEEN 9 AND 17', 540),
			 ('a shop from 8 to 19, not on Sundays', 72, 'dow < 7 AND hour BETWEEN 8 AND 19', 504)) AS kinds (name, season, open, known);
-- coming rows are open times only
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'forecasts of closed times', '(SELECT count(*) FROM answer LEFT JOIN coming USING (ts) WHERE coming.i IS NULL AND answer.ts < (SELECT max(ts) FROM coming))', 0 FROM kind WHERE point = 6;
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'of the next 10 rows not forecast', '(SELECT count(*) FROM coming LEFT JOIN answer USING (ts) WHERE coming.i <= 10 AND answer.ts IS NULL)', 0 FROM kind WHERE point = 6;
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'MAE / seasonal naive', $$mae() / mae('seasonal naive')$$, 1.15 FROM kind WHERE point = 6;
