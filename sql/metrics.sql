-- Measuring: every metric against values worked out by hand.

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- Errors -2, 1, 0, -4; squares 4, 1, 0, 16; percentages of the actual value 20, 25, 0, 80; of the
-- mean of both 200 * 2/22, 200 * 1/7, 0, 200 * 4/14. The rows with a NULL do not count.
CREATE TABLE pair (id int, actual float8, forecast float8);
INSERT INTO pair VALUES (1, 10, 12), (2, 4, 3), (3, -2, -2), (4, 5, 9), (5, NULL, 7), (6, 7, NULL), (7, NULL, NULL);

SELECT lstm_mae(actual, forecast) = 7 / 4.0 AS mae,
	   lstm_mse(actual, forecast) = 21 / 4.0 AS mse,
	   lstm_rmse(actual, forecast) = sqrt(21 / 4.0::float8) AS rmse,
	   lstm_mape(actual, forecast) = (20 + 25 + 0 + 80) / 4.0 AS mape,
	   abs(lstm_smape(actual, forecast) - (400 / 22.0 + 200 / 7.0 + 0 + 800 / 14.0) / 4) < 1e-13 AS smape,
	   lstm_mase(actual, forecast, 0.5) = 3.5 AS mase
FROM pair;

-- A single row; no rows; rows of NULLs only.
SELECT id, lstm_mae(actual, forecast) AS mae, lstm_mse(actual, forecast) AS mse, lstm_rmse(actual, forecast) AS rmse,
	   lstm_mape(actual, forecast) AS mape, round(lstm_smape(actual, forecast)::numeric, 4) AS smape,
	   lstm_mase(actual, forecast, 4) AS mase
FROM pair GROUP BY id ORDER BY id;
SELECT num_nulls(lstm_mae(actual, forecast), lstm_mse(actual, forecast), lstm_rmse(actual, forecast), lstm_mape(actual, forecast),
				 lstm_smape(actual, forecast), lstm_mase(actual, forecast, 1), lstm_pinball(actual, forecast, 0.5),
				 lstm_crps(actual, '{0.5}', ARRAY[forecast]), lstm_coverage(actual, forecast, forecast),
				 lstm_interval_score(actual, forecast, forecast, 0.5), lstm_mase_scale(actual), lstm_mase_scale(actual, 2)) AS nulls
FROM pair WHERE id > 100;

-- Zeros. Percentages: without the rows whose actual value is 0; the symmetric one is 0 where both are 0,
-- else 200. No percentage left: NULL.
SELECT lstm_mape(actual, forecast) AS mape, abs(lstm_smape(actual, forecast) - (0 + 200 + 200 / 9.0 + 200 + 200 / 3.0) / 5) < 1e-13 AS smape,
	   lstm_mae(actual, forecast) AS mae
FROM (VALUES (0, 0), (0, 3), (4, 5), (4, 0), (-1, -2)) AS zeros (actual, forecast);
SELECT lstm_mape(0, 1) AS mape, lstm_smape(0, 0) AS smape, lstm_smape(0, -1) AS opposite;

-- Integers, numerics and single precision are cast; FILTER, DISTINCT, GROUP BY and windows are those of any aggregate.
SELECT lstm_mae(2, 5.5) AS numeric, lstm_mae(2::smallint, 5.5::real) AS real, lstm_crps(3, ARRAY[0.5], ARRAY[1]) AS arrays;
SELECT lstm_mae(actual, forecast) FILTER (WHERE id < 3) AS filtered, lstm_mae(DISTINCT abs(actual), 0) AS distinct FROM pair;
SELECT id, lstm_mae(actual, forecast) OVER (ORDER BY id) AS so_far,
	   lstm_mse(actual, forecast) OVER (ORDER BY id ROWS 1 PRECEDING) AS last_two
FROM pair ORDER BY id;

-- MASE: the scale of a series is its mean absolute difference over a season, in sample.
-- Values 1 2 4 7 11 16: differences 1 2 3 4 5, two steps apart 3 5 7 9, five apart 15, six apart none.
CREATE TABLE history (step int, value float8);
INSERT INTO history VALUES (3, 4), (1, 1), (6, 16), (2, 2), (5, 11), (4, 7);
SELECT lstm_mase_scale(value ORDER BY step) AS no_season, lstm_mase_scale(value, 1 ORDER BY step) AS one,
	   lstm_mase_scale(value, 2 ORDER BY step) AS two, lstm_mase_scale(value, 5 ORDER BY step) AS five,
	   lstm_mase_scale(value, 6 ORDER BY step) AS six, lstm_mase_scale(value, 100000 ORDER BY step) AS longest,
	   lstm_mase_scale(value ORDER BY step DESC) AS backwards
FROM history;
-- NULLs are gaps: pairs with one are left out, the other steps stay where they are.
INSERT INTO history VALUES (0, NULL), (7, NULL), (8, 20), (9, 24);
SELECT lstm_mase_scale(value ORDER BY step) = (1 + 2 + 3 + 4 + 5 + 4) / 6.0 AS no_season,
	   lstm_mase_scale(value, 2 ORDER BY step) = (3 + 5 + 7 + 9 + 4) / 5.0 AS two,
	   lstm_mase_scale(value, 3 ORDER BY step) = (6 + 9 + 12 + 9 + 8) / 5.0 AS three
FROM history;
SELECT lstm_mase_scale(NULL, 3) AS nothing_known, lstm_mase_scale(5) AS one_value, lstm_mase_scale(value) AS constant
FROM generate_series(1, 3), (VALUES (4.0)) AS same (value) GROUP BY value;
SELECT step, lstm_mase_scale(value, 2) OVER (ORDER BY step) AS so_far FROM history WHERE step BETWEEN 1 AND 5;
-- Scales of two series: every row is divided by the scale of its own.
SELECT lstm_mase(actual, forecast, scale) = (2 / 4.0 + 1 / 4.0 + 6 / 12.0) / 3 AS mase
FROM (VALUES (10, 12, 4), (4, 3, 4), (50, 44, 12), (50, 99, NULL)) AS row (actual, forecast, scale);

-- Pinball loss of the 0.75 quantile: 0.75 for each unit above it, 0.25 below. Of the median, half the absolute error.
SELECT lstm_pinball(actual, forecast, 0.75) AS upper_quartile, lstm_pinball(actual, forecast, 0.5) AS median,
	   lstm_mae(actual, forecast) / 2 AS half_mae
FROM (VALUES (10, 6), (6, 10), (3, 3), (5, 1), (NULL, 3)) AS row (actual, forecast);
SELECT lstm_pinball(5, forecast, quantile) AS by_row FROM (VALUES (1, 0.5), (9, 0.25)) AS row (forecast, quantile);

-- CRPS. First row: twice the mean of 0.25 * 4, 0.5 * 1, 0.25 * 1; second: of 0.25 * 2, 0.5 * 1, 0.25 * 0; a quantile
-- that is NULL leaves its row out, and so does a NULL array. The order of the levels does not matter.
SELECT abs(lstm_crps(actual, levels, quantiles) - (2 * (1 + 0.5 + 0.25) / 3 + 2 * (0.5 + 0.5 + 0) / 3) / 2) < 1e-15 AS crps
FROM (VALUES (5, '{0.25,0.5,0.75}'::float8[], '{1,4,6}'::float8[]),
			 (7, '{0.75,0.25,0.5}', '{7,5,6}'),
			 (7, '{0.75,0.25,0.5}', '{7,NULL,6}'),
			 (7, '{0.75,0.25,0.5}', NULL),
			 (NULL, '{0.5}', '{7}')) AS row (actual, levels, quantiles);
-- Of the uniform distribution on 0 to 1 it is 1/3 - y + y^2: midpoints of a thousand slices come near.
SELECT y, abs(lstm_crps(y, levels, levels) - (1 / 3.0 - y + y * y)) < 1e-6 AS near
FROM (VALUES (0.0), (0.5), (0.9)) AS actual (y),
	 (SELECT array_agg((i - 0.5) / 1000)::float8[] AS levels FROM generate_series(1, 1000) AS i) AS uniform
GROUP BY y ORDER BY y;

-- Coverage and interval score at 75 percent: the width, and 8 for each unit outside.
-- Inside, on either end, 2 below, 1 above.
CREATE TABLE band (actual float8, lower float8, upper float8);
INSERT INTO band VALUES (3, 1, 5), (1, 1, 5), (5, 1, 5), (-1, 1, 5), (7, 1, 6), (NULL, 1, 5), (3, NULL, 5), (3, 1, NULL);
SELECT lstm_coverage(actual, lower, upper) AS coverage,
	   lstm_interval_score(actual, lower, upper, 0.75) = (4 + 4 + 4 + (4 + 8 * 2) + (5 + 8 * 1)) / 5.0 AS score
FROM band;
SELECT lstm_interval_score(actual, lower, upper, 0.75) AS score FROM band GROUP BY actual, lower, upper ORDER BY 1, actual;

-- NaN and infinity give NaN or infinity, as in avg.
SELECT lstm_mae(x, 1) AS mae, lstm_rmse(x, 1) AS rmse, lstm_mape(1, x) AS mape, lstm_smape(x, 1) AS smape, lstm_mase(x, 1, 2) AS mase,
	   lstm_pinball(x, 1, 0.5) AS pinball, lstm_crps(x, '{0.5}', '{1}') AS crps, lstm_coverage(x, 0, 1) AS coverage,
	   lstm_interval_score(x, 0, 1, 0.5) AS score, lstm_mase_scale(x ORDER BY i) AS scale
FROM (VALUES (1, 'NaN'::float8, 'NaN'), (2, 2, 'NaN'), (1, 'Infinity', 'Infinity'), (2, 2, 'Infinity')) AS row (i, x, name)
GROUP BY name ORDER BY name;
SELECT lstm_mae(x, x) AS both_infinite, lstm_coverage(x, 0, x) AS inside FROM (VALUES ('Infinity'::float8), (1)) AS row (x);

-- Sums lose nothing: each 1 alone would vanish beside 1e16.
SELECT lstm_mae(x, 0) = ((1e16 + 10) / 11)::float8 AS small_after_large FROM (SELECT 1e16 AS x UNION ALL SELECT 1 FROM generate_series(1, 10)) AS row;
SELECT lstm_mae(x, 0) = ((1e16 + 10) / 11)::float8 AS large_after_small FROM (SELECT 1 AS x FROM generate_series(1, 10) UNION ALL SELECT 1e16) AS row;

-- A parallel plan gives the same. Multiples of 1/8 make sums exact, whatever the order.
CREATE TABLE many AS
SELECT i % 37 / 8.0::float8 AS actual, i % 41 / 8.0::float8 AS forecast, i % 3 AS part,
	   ARRAY[i % 7 / 8.0, i % 11 / 4.0]::float8[] AS quantiles
FROM generate_series(1, 20000) AS i;
INSERT INTO many VALUES (NULL, 1, 0, NULL), (1, NULL, 1, '{1,NULL}');
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE VIEW measured AS
SELECT part, lstm_mae(actual, forecast) AS mae, lstm_mse(actual, forecast) AS mse, lstm_rmse(actual, forecast) AS rmse,
	   lstm_mase(actual, forecast, 0.5) AS mase, lstm_pinball(actual, forecast, 0.25) AS pinball,
	   lstm_crps(actual, '{0.25,0.75}', quantiles) AS crps, lstm_coverage(actual, forecast - 1, forecast + 1) AS coverage,
	   lstm_interval_score(actual, forecast - 1, forecast + 1, 0.5) AS score,
	   round(lstm_mape(actual, forecast)::numeric, 9) AS mape, round(lstm_smape(actual, forecast)::numeric, 9) AS smape
FROM many GROUP BY part;
CREATE FUNCTION plan_has(statement text, what text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		IF strpos(line, what) > 0 THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;

SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT * FROM measured;
SELECT count(*), bool_and(mae = (SELECT avg(abs(actual - forecast)) FROM many WHERE many.part = serial.part)) AS mae,
	   bool_and(mse = (SELECT avg((actual - forecast) ^ 2) FROM many WHERE many.part = serial.part)) AS mse
FROM serial;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT plan_has('SELECT * FROM measured', 'Partial') AS parallel;
SELECT count(*) FROM measured JOIN serial USING (part, mae, mse, rmse, mase, pinball, crps, coverage, score, mape, smape);
SET parallel_leader_participation = off;
SELECT count(*) FROM measured JOIN serial USING (part, mae, mse, rmse, mase, pinball, crps, coverage, score, mape, smape);
-- the scale needs the order of rows, and is not computed in pieces
SELECT plan_has('SELECT lstm_mase_scale(actual, 24) FROM many', 'Partial') AS parallel;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- The support functions by themselves leave their arguments alone and refuse what is no state.
SELECT state, lstm_mae_accum(state, 2, 5) AS one_more, lstm_metric_combine(state, state) AS twice, state AS still,
	   lstm_metric_mean_final(state) AS mean, lstm_metric_root_mean_final(state) AS root
FROM (VALUES ('{2,18,0}'::float8[])) AS row (state);
\x on
SELECT * FROM raises($$SELECT lstm_metric_mean_final('{}')$$);
SELECT * FROM raises($$SELECT lstm_metric_mean_final('{1,2}')$$);
SELECT * FROM raises($$SELECT lstm_metric_combine('{1,2,0}', '{1,NULL,0}')$$);
SELECT * FROM raises($$SELECT lstm_mae_accum('{{1,2,0}}', 1, 2)$$);

-- Errors
SELECT * FROM raises($$SELECT lstm_mase(actual, forecast, 0) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_mase(actual, forecast, -1) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_mase(actual, forecast, 'NaN') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_mase(actual, forecast, 'Infinity') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_mase_scale(actual, 0) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_mase_scale(actual, 100001) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_mase_scale(actual, NULL) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_mase_scale(actual, id) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_pinball(actual, forecast, 0) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_pinball(actual, forecast, 1) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_pinball(actual, forecast, 'NaN') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_crps(actual, '{0.1,0.5}', '{1}') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_crps(actual, '{}', '{}') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_crps(actual, '{0.1,90}', '{1,2}') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_crps(actual, '{0.1,NULL}', '{1,2}') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_crps(actual, '{{0.1,0.9}}', '{1,2}') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_crps(actual, '{0.1,0.9}', '{{1,2}}') FROM pair$$);
SELECT * FROM raises($$SELECT lstm_interval_score(actual, forecast, forecast, 1) FROM pair$$);
SELECT * FROM raises($$SELECT lstm_interval_score(actual, forecast, forecast, 95) FROM pair$$);

-- Finite numbers whose result is out of range, in a row and in a sum
SELECT * FROM raises($$SELECT lstm_mae(1e308, -1e308)$$);
SELECT * FROM raises($$SELECT lstm_mse(1e200, 0)$$);
SELECT * FROM raises($$SELECT lstm_mape(1e-310, 1e10)$$);
SELECT * FROM raises($$SELECT lstm_smape(1e308, 1e308)$$);
SELECT * FROM raises($$SELECT lstm_mase(1e300, 0, 1e-300)$$);
SELECT * FROM raises($$SELECT lstm_pinball(1e308, -1e308, 0.5)$$);
SELECT * FROM raises($$SELECT lstm_crps(1e308, '{0.5}', '{-1e308}')$$);
SELECT * FROM raises($$SELECT lstm_interval_score(1e308, 0, 1, 0.5)$$);
SELECT * FROM raises($$SELECT lstm_mase_scale(x) FROM (VALUES (1e308), (-1e308)) AS row (x)$$);
SELECT * FROM raises($$SELECT lstm_mae(x, 0) FROM (VALUES (1e308), (1e308)) AS row (x)$$);
DROP FUNCTION raises;
