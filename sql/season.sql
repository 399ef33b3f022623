-- The seasons that are found: under noise, a glitch and a trend, several of them; none in noise and random walks.
SET client_min_messages = error;
SET timezone = 'UTC';

\getenv root PG_ABS_SRCDIR
\set noise :root '/test/regress/noise.sql'
\i :noise
CREATE FUNCTION wave(i bigint, period float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT sin(i * 2 * pi() / period) $$;
CREATE FUNCTION at(i bigint, step interval) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT timestamptz '2020-01-01 00:00+00' + i * step $$;
-- what a model found; its networks do not matter here
CREATE FUNCTION quick() RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 1, lookback => 1, patch_length => 1, hidden_size => 1, ensemble_size => 1, max_steps => 1, refit => false, validation_fraction => 0) $$;
CREATE FUNCTION seasons(model bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT format('%s of %s', lstm_model_info(model)->'season', lstm_model_info(model)->'seasons') $$;

-- a day that is 98 % of the variance, at steps that hide it from one to the next; noise as strong as the day
SELECT minutes, noise, days, seed, seasons(lstm_train(at(i, minutes * interval '1 minute'), 100 + 50 * wave(i, 1440 / minutes) + noise * g(i, seed * 10), quick()))
FROM (VALUES (5, 5, 14), (15, 5, 14), (30, 5, 14), (5, 5, 3), (15, 5, 3), (15, 35, 14), (60, 35, 14)) AS kinds (minutes, noise, days), generate_series(1, 2) AS seed,
	LATERAL generate_series(0, days * 1440 / minutes) AS i GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;

-- a day and a week; a day alone; a day that differs from day to day
SELECT minutes, weeks, week, seasons(lstm_train(at(i, minutes * interval '1 minute'), 100 + (40 + own * 15 * g(i * minutes / 1440, 3)) * wave(i, 1440 / minutes) + week * wave(i, 10080 / minutes) + 4 * g(i, 1), quick()))
FROM (VALUES (5, 3, 25, 0), (60, 4, 25, 0), (60, 4, 0, 0), (5, 3, 0, 0), (60, 8, 0, 1)) AS kinds (minutes, weeks, week, own),
	LATERAL generate_series(0, weeks * 10080 / minutes - 1) AS i GROUP BY 1, 2, 3, own ORDER BY 1, 2, 3, own;

-- one glitch, in long and in short series, wherever it is
SELECT kind, place, seasons(lstm_train(at(i, step), CASE WHEN i = place THEN 350000 ELSE 1200 + 900 * wave(i, period) + 60 * g(i, 1) END, quick()))
FROM (VALUES ('hours', interval '1 hour', 24, 1440), ('days', '1 day', 7, 35), ('months', '1 month', 12, 36)) AS kinds (kind, step, period, length),
	unnest(ARRAY[0, 17, length - 21, length - 1]) AS place, LATERAL generate_series(0, length - 1) AS i GROUP BY kind, place ORDER BY 1, 2;

-- months with a trend and a season, from thirty on; quarters; weekdays
SELECT kind, length, seasons(lstm_train(at(i, step), (100 + 2 * i) * (1 + 0.2 * wave(i + 2, period)) * (1 + 0.02 * g(i, 5)), quick()))
FROM (VALUES ('months', interval '1 month', 12, ARRAY[30, 36, 48, 60]), ('quarters', '3 months', 4, ARRAY[24, 40]), ('days', '1 day', 7, ARRAY[28, 100])) AS kinds (kind, step, period, lengths),
	unnest(lengths) AS length, LATERAL generate_series(0, length - 1) AS i GROUP BY kind, length ORDER BY 1, 2;
-- a season within it that divides all quarters of it is no trend: months of four, four and five weeks
SELECT length, seasons(lstm_train(at(i, '1 month'), CASE i % 3 WHEN 2 THEN 5 ELSE 4 END * (100 + 20 * wave(i, 12)) * (1 + 0.01 * g(i, 5)), quick()))
FROM unnest(ARRAY[30, 36, 48, 60]) AS length, LATERAL generate_series(0, length - 1) AS i GROUP BY length ORDER BY length;

-- what the calendar does not suggest: a machine's cycle of 50 minutes, four weeks, a year of days, and rows without a time
SELECT 'machine' AS kind, seasons(lstm_train(at(i, '10 minutes'), 20 + wave(i, 5) + 0.7 * g(i, 1), quick())) FROM generate_series(0, 999) AS i
UNION ALL SELECT 'four weeks', seasons(lstm_train(at(i, '1 day'), 20 + wave(i, 28) + 0.7 * g(i, 1), quick())) FROM generate_series(0, 399) AS i
UNION ALL SELECT 'a day in four weeks', seasons(lstm_train(at(i, '1 day'), 5 + 50 * (i % 28 = 3)::int + g(i, 1), quick())) FROM generate_series(0, 399) AS i
UNION ALL SELECT 'week and year', seasons(lstm_train(at(i, '1 day'), 200 + 50 * wave(i, 365.25) + 30 * wave(i, 7) + 15 * g(i, 1), quick())) FROM generate_series(0, 1460) AS i
UNION ALL SELECT 'year alone', seasons(lstm_train(at(i, '1 day'), 200 + 50 * wave(i, 365.25) + 15 * g(i, 1), quick())) FROM generate_series(0, 1460) AS i
UNION ALL SELECT 'no time', seasons(lstm_train(50 + 10 * wave(i, 17) + 5 * g(i, 1), quick() ORDER BY i)) FROM generate_series(0, 399) AS i
UNION ALL SELECT 'no time, one row', seasons(lstm_train(5 + 50 * (i % 30 = 3)::int + g(i, 1), quick() ORDER BY i)) FROM generate_series(0, 599) AS i;

-- whole numbers, counts that are mostly zero, one busy hour, nothing at night, holes, another level after half of the time, numbers of any size
SELECT 'whole' AS kind, seasons(lstm_train(at(i, '1 day'), floor(3 + 2 * wave(i, 7) + g(i, 1)), quick())) FROM generate_series(0, 199) AS i
UNION ALL SELECT 'mostly zero', seasons(lstm_train(at(i, '1 day'), CASE WHEN u(i, 1) < CASE WHEN i % 7 < 5 THEN 0.4 ELSE 0.05 END THEN 1 + floor(u(i, 2) * 3) ELSE 0 END, quick())) FROM generate_series(0, 729) AS i
UNION ALL SELECT 'one hour', seasons(lstm_train(at(i, '1 hour'), 5 + 50 * (i % 24 = 9)::int + g(i, 1), quick())) FROM generate_series(0, 199) AS i
UNION ALL SELECT 'one hour, else nothing', seasons(lstm_train(at(i, '1 hour'), 50 * (i % 24 = 9)::int, quick())) FROM generate_series(0, 199) AS i
UNION ALL SELECT 'solar', seasons(lstm_train(at(i, '1 hour'), greatest(0, 900 * wave(i % 24 - 5, 28)) * (0.4 + 0.6 * u(i / 6, 3)), quick())) FROM generate_series(0, 719) AS i
UNION ALL SELECT 'holes', seasons(lstm_train(at(i, '1 hour'), 100 + 20 * wave(i, 24) + 8 * g(i, 1), quick())) FROM generate_series(0, 335) AS i WHERE u(i, 7) > 0.05
UNION ALL SELECT 'another level', seasons(lstm_train(at(i, '1 hour'), 200 * (i > 300)::int + 100 + 20 * wave(i, 24) + 5 * g(i, 1), quick())) FROM generate_series(0, 671) AS i
UNION ALL SELECT 'size 10 to the ' || size, seasons(lstm_train(at(i, '1 hour'), power(10::float8, size) * (5 + wave(i, 24) + g(i, 1) / 2), quick())) FROM unnest(ARRAY[-9, 9, 100]) AS size, generate_series(0, 335) AS i GROUP BY size;

-- a panel: what most series repeat is found where each is too short to tell it; what the others do does not matter
SELECT 'short ones' AS kind, seasons(lstm_train(s, at(i, '1 month'), 100 + 10 * wave(i, 12) + 5 * g(i, s * 10), quick())) FROM generate_series(1, 40) AS s, generate_series(0, 39) AS i
UNION ALL SELECT 'and two flat ones', seasons(lstm_train(s, at(i, '1 month'), CASE WHEN s < 3 THEN 5 ELSE 100 + 10 * wave(i, 12) + 5 * g(i, s * 10) END, quick())) FROM generate_series(1, 40) AS s, generate_series(0, 39) AS i
UNION ALL SELECT 'one of them', seasons(lstm_train(at(i, '1 month'), 100 + 10 * wave(i, 12) + 5 * g(i, 20), quick())) FROM generate_series(0, 39) AS i;

-- a season where there is none: at most a few in a hundred tables of noise, with a trend, of random walks, and of what comes back to its mean
SELECT kind, count(*) AS tables, count(*) FILTER (WHERE found <> '1 of []') <= 2 AS few_seasons
FROM (SELECT kind, step, seed, seasons(lstm_train(at(i, step), v, quick())) AS found
      FROM (SELECT step, seed, i, unnest(ARRAY['noise', 'with a trend', 'random walk']) AS kind, unnest(ARRAY[g(i, seed), g(i, seed) + i / 20.0, sum(g(i, seed)) OVER (PARTITION BY step, seed ORDER BY i)]) AS v
            FROM (VALUES (interval '1 hour', 400), ('1 day', 150), ('1 month', 100), ('3 months', 40)) AS steps (step, length), generate_series(100, 2500, 100) AS seed, LATERAL generate_series(0, length) AS i) AS numbers
      GROUP BY kind, step, seed) AS tables GROUP BY kind ORDER BY kind;
WITH RECURSIVE back (seed, keep, i, v) AS (
	SELECT seed, keep, 0, g(0, seed) FROM generate_series(100, 5000, 100) AS seed, unnest(ARRAY[0.9, 0.99]) AS keep
	UNION ALL SELECT seed, keep, i + 1, keep * v + g(i + 1, seed) FROM back WHERE i < 300)
SELECT keep, count(*) AS tables, count(*) FILTER (WHERE found <> '1 of []') <= 2 AS few_seasons
FROM (SELECT keep, seed, seasons(lstm_train(at(i, '1 hour'), v, quick())) AS found FROM back GROUP BY keep, seed) AS tables GROUP BY keep ORDER BY keep;

-- one and a half to two and a half of the calendar's seasons: a clear one is found, and a weak one by a panel, or in many steps
SELECT step, length, seasons(lstm_train(at(i, step), 100 + a * wave(i, period) + 5 * (i % period = 2)::int + g(i, 4) / 2, quick())) AS clear,
	   seasons(lstm_train(at(i, step), 100 + wave(i, period) + g(i, 4), quick())) AS weak
FROM (VALUES (interval '3 months', 4, 8, 5), ('1 month', 12, 20, 5), ('1 day', 7, 12, 5), ('1 hour', 24, 36, 5), ('1 week', 52, 100, 5)) AS steps (step, period, length, a), LATERAL generate_series(1, length) AS i GROUP BY step, length ORDER BY step;
SELECT step, length, seasons(lstm_train(s, at(i, step), 100 + wave(i, period) + g(i, s * 10), quick())) AS panel, seasons(lstm_train(s, at(i, step), 100 + g(i, s * 10), quick())) AS noise
FROM (VALUES (interval '3 months', 4, 11), ('1 month', 12, 20), ('1 day', 7, 16)) AS steps (step, period, length), generate_series(1, 60) AS s, LATERAL generate_series(1, length) AS i GROUP BY step, length ORDER BY step;
-- where there is none, at most one in ten
SELECT kind, count(*) AS tables, count(*) FILTER (WHERE found <> '1 of []') <= 12 AS few_seasons
FROM (SELECT kind, step, seed, seasons(lstm_train(at(i, step), v, quick())) AS found
      FROM (SELECT step, seed, i, unnest(ARRAY['noise', 'with a trend', 'random walk', 'another level']) AS kind,
                   unnest(ARRAY[g(i, seed), g(i, seed) + i / 2.0, sum(g(i, seed)) OVER (PARTITION BY step, seed ORDER BY i), g(i, seed) + 8 * (i > length / 2)::int]) AS v
            FROM (VALUES (interval '1 hour', 40), ('1 day', 12), ('1 month', 18), ('3 months', 8)) AS steps (step, length), generate_series(100, 3000, 100) AS seed, LATERAL generate_series(1, length) AS i) AS numbers
      GROUP BY kind, step, seed) AS tables GROUP BY kind ORDER BY kind;

-- a season that is given is the only one
SELECT given, seasons(lstm_train(at(i, '1 hour'), 100 + 20 * wave(i, 24) + g(i, 1), quick() || lstm_options(seasonal_period => given))) FROM unnest(ARRAY[1, 5, 24]) AS given, generate_series(0, 199) AS i GROUP BY given ORDER BY given;
-- and why
SELECT lstm_model_info(lstm_train(at(i, step), 200 + 50 * wave(i, 365.25) + a * wave(i, 7) + 15 * g(i, 1), quick()))->'why'->>'seasonal_period' AS why
FROM (VALUES (interval '1 day', 30), ('1 day', 0), ('7 minutes', 0)) AS kinds (step, a), generate_series(0, 1460) AS i GROUP BY step, a ORDER BY step, a;
DROP FUNCTION u, g, wave, at, quick, seasons;
