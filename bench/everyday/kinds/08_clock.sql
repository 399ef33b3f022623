-- What follows the wall clock, across a change of time: twelve hours before it are known, 48 are forecast.

INSERT INTO kind (point, kind, season, most_seeds, rows, zone)
SELECT 8, name, 24, 10, format($$
	SELECT i, ts, 20 + 100 * (hour BETWEEN 8 AND 17)::int + 30 * (hour = 12)::int + 4 * g(i, 1) AS value
	FROM (SELECT i, ts, extract(hour FROM ts) AS hour FROM generate_series(-503, 48) AS i, LATERAL (SELECT timestamptz %L - interval '12 hours' + i * interval '1 hour') AS times (ts)) AS hours $$, change), zone
FROM (VALUES ('hours of Berlin into summer', 'Europe/Berlin', '2024-03-31 01:00+00'), ('hours of Berlin into winter', 'Europe/Berlin', '2024-10-27 01:00+00'),
			 ('hours of New York into summer', 'America/New_York', '2024-03-10 07:00+00')) AS kinds (name, zone, change);
-- 3.2 is the noise; a peak that is an hour off costs 10 and more
INSERT INTO measure (kind, measure, expression, highest) SELECT kind, 'MAE after the change', '(SELECT avg(abs(value - forecast)) FROM both_sides WHERE i > 12)', 8 FROM kind WHERE point = 8;

-- days by the clock of another zone than UTC
INSERT INTO kind (point, kind, season, rows, zone) VALUES
(8, 'days of Berlin over a year', 7, $$
	SELECT i, (timestamp '2024-02-01' + (i + 60) * interval '1 day') AT TIME ZONE 'Europe/Berlin' AS ts, 200 + 50 * sin((i + pick(1, 0, 7)) * 2 * pi() / 7) + 5 * g(i, 2) AS value
	FROM generate_series(-350, 14) AS i $$, 'Europe/Berlin');
INSERT INTO measure (kind, measure, expression, highest) VALUES
('days of Berlin over a year', 'of 14 days not forecast', 'steps_missing()', 0),
('days of Berlin over a year', 'MAE', 'mae()', 8);
