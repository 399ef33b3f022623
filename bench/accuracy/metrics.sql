-- Metrics, from the tables that measure.sql fills.

-- The one place that knows which quantiles a CRPS is made of.
CREATE FUNCTION crps_levels() RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	$$ SELECT array_agg(l / 20.0 ORDER BY l) FROM generate_series(1, 19) AS l $$;

-- The scores of table forecast, one forecast a series, each metric the mean over the series. MASE is in relation
-- to the mean absolute seasonal difference of the training part.
CREATE FUNCTION forecast_scores(season int, naive2_smape float8, naive2_mase float8)
RETURNS TABLE (metric text, value float8) LANGUAGE sql STABLE AS $$
	WITH scale AS (
		SELECT series, lstm_mase_scale(value, season ORDER BY ts) AS scale FROM history GROUP BY series
	), by_series AS (
		SELECT series, lstm_mae(actual, forecast) AS mae, lstm_smape(actual, forecast) AS smape,
			   lstm_mase(actual, forecast, scale) AS mase, lstm_crps(actual, crps_levels(), quantiles) AS crps,
			   100 * lstm_coverage(actual, lower, upper) AS coverage, avg(abs(actual)) AS size
		FROM forecast JOIN target USING (series, step) JOIN scale USING (series)
		WHERE actual IS NOT NULL
		GROUP BY series
	), mean AS (
		SELECT avg(mae) AS mae, avg(smape) AS smape, avg(mase) AS mase, sum(crps) / sum(size) AS crps,
			   avg(coverage) AS coverage
		FROM by_series
	)
	SELECT score.*
	FROM mean,
		 LATERAL (VALUES ('MAE', mae), ('sMAPE', smape), ('MASE', mase),
						 ('OWA', (smape / naive2_smape + mase / naive2_mase) / 2),
						 ('CRPS / mean', crps), ('95 % interval covers, %', coverage)) AS score (metric, value)
	WHERE value IS NOT NULL
$$;

-- The scores of table fold: each metric the mean over all origins and series.
CREATE FUNCTION fold_scores() RETURNS TABLE (metric text, value float8) LANGUAGE sql STABLE AS $$
	SELECT metric, avg(value) FROM fold GROUP BY metric
$$;
