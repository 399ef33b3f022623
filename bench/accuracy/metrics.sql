-- Metrics, from the tables that measure.sql fills.

-- The one place that knows which quantiles a CRPS is made of.
CREATE FUNCTION crps_levels() RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	$$ SELECT array_agg(l / 20.0 ORDER BY l) FROM generate_series(1, 19) AS l $$;

-- The scores of table forecast, one forecast a series, each metric the mean over the series. MASE is in relation
-- to the mean absolute seasonal difference of the training part, and so are interval scores. What has no intervals
-- (the naive forecasts repeat one value for all quantiles) has no scores of them.
CREATE FUNCTION forecast_scores(season int, naive2_smape float8, naive2_mase float8)
RETURNS TABLE (metric text, value float8) LANGUAGE sql STABLE AS $$
	WITH scale AS (
		SELECT series, lstm_mase_scale(value, season ORDER BY ts) AS scale FROM history GROUP BY series
	), by_series AS (
		SELECT series, lstm_mae(actual, forecast) AS mae, lstm_smape(actual, forecast) AS smape,
			   lstm_mase(actual, forecast, scale) AS mase, lstm_crps(actual, crps_levels(), quantiles) AS crps,
			   100 * lstm_coverage(actual, lower, upper) AS coverage,
			   100 * lstm_coverage(actual, quantiles[2], quantiles[18]) AS coverage_80,
			   lstm_interval_score(actual, lower, upper, 0.95) / scale AS score,
			   lstm_interval_score(actual, quantiles[2], quantiles[18], 0.8) / scale AS score_80,
			   avg(abs(actual)) AS size
		FROM forecast JOIN target USING (series, step) JOIN scale USING (series)
		WHERE actual IS NOT NULL
		GROUP BY series, scale
	), mean AS (
		SELECT avg(mae) AS mae, avg(smape) AS smape, avg(mase) AS mase, sum(crps) / sum(size) AS crps,
			   avg(coverage) AS coverage, avg(coverage_80) AS coverage_80,
			   avg(score) AS score, avg(score_80) AS score_80
		FROM by_series
	)
	SELECT score.*
	FROM mean,
		 LATERAL (VALUES ('MAE', mae), ('sMAPE', smape), ('MASE', mase),
						 ('OWA', (smape / naive2_smape + mase / naive2_mase) / 2),
						 ('CRPS / mean', crps), ('95 % interval covers, %', coverage),
						 ('80 % interval covers, %', CASE WHEN coverage IS NOT NULL THEN coverage_80 END),
						 ('95 % interval score', score),
						 ('80 % interval score', CASE WHEN coverage IS NOT NULL THEN score_80 END)) AS score (metric, value)
	WHERE value IS NOT NULL
$$;

-- How intervals of the forecasts from a few origins fared: coverage, and interval scores in relation to the
-- deviation of the training part of each series; each the mean over the series.
CREATE FUNCTION interval_scores() RETURNS TABLE (metric text, value float8) LANGUAGE sql STABLE AS $$
	WITH size AS (
		SELECT series, nullif(stddev_pop(value), 0) AS size FROM history GROUP BY series
	), by_series AS (
		SELECT 100 * lstm_coverage(actual, lower, upper) AS coverage,
			   100 * lstm_coverage(actual, quantiles[1], quantiles[2]) AS coverage_80,
			   lstm_interval_score(actual, lower, upper, 0.95) / size AS score,
			   lstm_interval_score(actual, quantiles[1], quantiles[2], 0.8) / size AS score_80
		FROM interval_forecast JOIN size USING (series)
		WHERE actual IS NOT NULL
		GROUP BY series, size
	), mean AS (
		SELECT avg(coverage) AS coverage, avg(coverage_80) AS coverage_80, avg(score) AS score, avg(score_80) AS score_80
		FROM by_series
	)
	SELECT score.*
	FROM mean,
		 LATERAL (VALUES ('95 % interval covers, %', coverage), ('80 % interval covers, %', coverage_80),
						 ('95 % interval score', score), ('80 % interval score', score_80)) AS score (metric, value)
	WHERE value IS NOT NULL
$$;

-- The scores of table fold: each metric the mean over all origins and series.
CREATE FUNCTION fold_scores() RETURNS TABLE (metric text, value float8) LANGUAGE sql STABLE AS $$
	SELECT metric, avg(value) FROM fold GROUP BY metric
	UNION ALL
	SELECT * FROM interval_scores()
$$;
