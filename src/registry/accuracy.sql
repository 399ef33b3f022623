
--
-- How good forecasts were, and whether that has changed
--

-- Errors of neighbouring days are alike, as forecasts of several steps share what befell them. So the mean of a window of whole
-- days is what is compared with the days that the version began with, by how much means of such windows varied among these.
-- One plan a session, as making it takes longer than running it.
CREATE FUNCTION @extschema@.lstm_registry_drift(name pg_catalog.text, version pg_catalog.int4, skill pg_catalog.float8,
	OUT days pg_catalog.int8, OUT recent_skill pg_catalog.float8, OUT first_skill pg_catalog.float8, OUT recent_coverage pg_catalog.float8,
	OUT level pg_catalog.float8, OUT drift pg_catalog.text, OUT advice pg_catalog.text)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 10000 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
	most int := 90;       -- days that the window is compared with
	width int;            -- days of the window
	spacing float8;       -- days from one of which there are forecasts to the next
	seen record;
	worse float8;         -- error of the window, times that of the first days, as seen from the naive forecast
	promised float8;      -- likewise, of the last two windows, times that of held-out windows
BEGIN
	SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY d.gap) INTO days, spacing
		FROM (SELECT m.day - lag(m.day) OVER (ORDER BY m.day) AS gap FROM @extschema@.lstm_ledger_day AS m
			WHERE m.name = lstm_registry_drift.name AND m.version = lstm_registry_drift.version GROUP BY m.day HAVING sum(m.forecasts) > 0) AS d;
	-- two weeks of days, two months of weeks, half a year of months
	width := CASE WHEN spacing >= 20 THEN 6 WHEN spacing >= 5 THEN 8 ELSE 14 END;
	WITH each_day AS MATERIALIZED (
		SELECT m.day, (sum(m.error) / sum(m.forecasts))::float8 AS error, (sum(m.naive_error) / sum(m.forecasts))::float8 AS naive,
			sum(m.intervals)::float8 AS intervals, sum(m.inside)::float8 AS inside, sum(m.level)::float8 AS level,
			(sum(m.lead) / sum(m.forecasts))::float8 AS lead
		FROM @extschema@.lstm_ledger_day AS m WHERE m.name = lstm_registry_drift.name AND m.version = lstm_registry_drift.version
		GROUP BY m.day HAVING sum(m.forecasts) > 0),
	usual AS MATERIALIZED (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d.lead) AS lead FROM each_day AS d),
	-- the first days know forecasts of the next steps only, which are easier
	full_lead AS MATERIALIZED (SELECT min(d.day) AS day FROM each_day AS d, usual AS u WHERE d.lead >= 0.9 * u.lead),
	numbered AS MATERIALIZED (
		SELECT d.*, row_number() OVER (ORDER BY d.day) AS i, count(*) OVER () AS n FROM each_day AS d, full_lead AS f WHERE d.day >= f.day),
	first AS MATERIALIZED (
		SELECT sum(d.error) / nullif(sum(d.naive), 0) AS ratio, avg(d.error) AS error, avg(d.naive) AS naive,
			regr_slope(d.error, d.naive) AS slope, var_samp(d.inside / nullif(d.intervals, 0)) AS coverage_variance
		FROM numbered AS d WHERE d.i <= least(most, d.n - width)),
	-- what the naive forecast does not account for; days are hard for both
	excess AS MATERIALIZED (
		SELECT e.i, e.n, e.excess, avg(e.excess) OVER (ORDER BY e.i ROWS BETWEEN width - 1 PRECEDING AND CURRENT ROW) AS mean
		FROM (SELECT d.i, d.n, d.error - f.error - greatest(0, least(f.ratio, f.slope)) * (d.naive - f.naive) AS excess
			FROM numbered AS d, first AS f) AS e),
	spread AS MATERIALIZED (
		SELECT count(*) AS n, greatest(var_samp(e.excess) / width,
				avg(e.mean ^ 2) FILTER (WHERE e.i >= width) * count(*) / nullif(count(*) - width, 0)) * (1 + width / count(*)::float8) AS variance
		FROM excess AS e WHERE e.i <= least(most, e.n - width) HAVING count(*) >= 2 * width),
	-- the window, and twice as much
	latest AS MATERIALIZED (
		SELECT w.windows, sum(d.error) / nullif(sum(d.naive), 0) AS ratio, sum(d.inside) / nullif(sum(d.intervals), 0) AS coverage,
			sum(d.level) / nullif(sum(d.intervals), 0) AS level, avg(d.intervals) AS a_day,
			greatest(2, count(*) FILTER (WHERE d.intervals > 0) / greatest(1, avg(d.lead) / greatest(spacing, 1))) AS independent
		FROM numbered AS d JOIN generate_series(1, 2) AS w (windows) ON d.i > d.n - w.windows * width GROUP BY w.windows),
	scored AS MATERIALIZED (
		SELECT l.*, (l.coverage - l.level) / nullif(sqrt(greatest(f.coverage_variance, l.level * (1 - l.level) / greatest(l.a_day, 1)) / l.independent), 0) AS score
		FROM latest AS l, first AS f)
	SELECT f.ratio AS first, w.ratio AS window, l.ratio, l.coverage, l.level, least(w.score, l.score) AS coverage_score,
			CASE WHEN w.score < l.score THEN w.coverage ELSE l.coverage END AS least_coverage, l.score AS long_score,
			CASE WHEN s.variance > 0 THEN e.mean / sqrt(s.variance) END AS score,
			-- the spread of few windows is not well known
			3 * (1 + 2 * width / s.n::float8) AS enough
		INTO seen
		FROM scored AS l JOIN scored AS w ON w.windows = 1 LEFT JOIN first AS f ON true LEFT JOIN spread AS s ON true LEFT JOIN excess AS e ON e.i = e.n
		WHERE l.windows = 2;
	recent_skill := 1 - seen.ratio;
	first_skill := CASE WHEN seen.enough IS NOT NULL THEN 1 - seen.first END;
	recent_coverage := seen.coverage;
	level := seen.level;
	worse := CASE WHEN seen.enough IS NOT NULL THEN seen.window / nullif(seen.first, 0) END;
	promised := seen.ratio / nullif(1 - skill, 0);
	drift := CASE WHEN days < 2 * width THEN 'too early'
		WHEN worse > 1.5 AND seen.score > seen.enough OR seen.coverage_score < -3.5 AND seen.least_coverage < seen.level - 0.05 THEN 'drift'
		WHEN worse > 1.25 AND seen.score > 0.7 * seen.enough OR seen.coverage_score < -2.5 AND seen.least_coverage < seen.level - 0.03
			OR promised > 1.5 OR seen.ratio >= 1 AND skill > 0.05 THEN 'slight'
		ELSE 'none' END;
	advice := CASE WHEN drift = 'too early' THEN format('wait: %s of %s days', days, 2 * width)
		WHEN worse > 1.5 AND seen.score > seen.enough
			THEN format('retrain: errors are %s times those of the version''s first days', round(worse::numeric, 1))
		WHEN seen.coverage_score < -2.5 AND seen.least_coverage < seen.level - 0.03
			THEN format('intervals are too narrow, they hold %s %% of observations instead of %s %%: lstm_adapt, or retrain',
				round(100 * seen.least_coverage::numeric), round(100 * seen.level::numeric))
		WHEN seen.ratio >= 1 AND skill > 0.05 THEN 'retrain: the seasonal naive forecast is as good'
		WHEN promised > 1.5 THEN format('look at the inputs: errors are %s times those of held-out windows', round(promised::numeric, 1))
		WHEN drift = 'slight' THEN format('watch: errors are %s times those of the version''s first days', round(worse::numeric, 1))
		WHEN seen.long_score > 3 AND seen.coverage > seen.level + 0.03
			THEN format('intervals are wider than need be, they hold %s %% of observations instead of %s %%: lstm_adapt',
				round(100 * seen.coverage::numeric), round(100 * seen.level::numeric)) END;
EXCEPTION WHEN data_exception THEN
	-- sums of errors so large or small that their squares are no float8: those of one model leave the others' alone
	advice := format('its sums cannot be compared: %s', left(SQLERRM, 200));
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_drift(pg_catalog.text, pg_catalog.int4, pg_catalog.float8)
	IS 'whether the forecasts of a version are worse than they were, or than held-out windows (their skill) promised';

CREATE FUNCTION @extschema@.lstm_registry_ratio(sum pg_catalog.numeric, of pg_catalog.numeric)
RETURNS pg_catalog.float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN of > 0 AND abs(sum) < of * 1e-300 THEN 0 WHEN of > 0 AND abs(sum) < of * 1e300 THEN (sum / of)::float8 END
$$;
COMMENT ON FUNCTION @extschema@.lstm_registry_ratio(pg_catalog.numeric, pg_catalog.numeric)
	IS 'one sum of the ledger by another; null where that is no number, or more than a float8 holds';

CREATE VIEW @extschema@.lstm_drift WITH (security_invoker = true) AS
	SELECT d.name, d.version, f.days, f.recent_skill, f.first_skill, v.skill AS held_out_skill, f.recent_coverage, f.level AS confidence_level,
		f.drift, f.advice
	FROM @extschema@.lstm_definition AS d
	JOIN @extschema@.lstm_version AS v ON v.name OPERATOR(pg_catalog.=) d.name AND v.version OPERATOR(pg_catalog.=) d.version,
	LATERAL @extschema@.lstm_registry_drift(d.name, d.version, v.skill) AS f;
COMMENT ON VIEW @extschema@.lstm_drift IS 'of each model''s promoted version, whether its forecasts in the ledger have become worse';
COMMENT ON COLUMN @extschema@.lstm_drift.name IS 'name of the model';
COMMENT ON COLUMN @extschema@.lstm_drift.version IS 'its promoted version';
COMMENT ON COLUMN @extschema@.lstm_drift.days IS 'days with settled forecasts of this version';
COMMENT ON COLUMN @extschema@.lstm_drift.recent_skill IS '1 - error / error of the seasonal naive forecast, over the last four weeks of days, sixteen weeks or twelve months';
COMMENT ON COLUMN @extschema@.lstm_drift.first_skill IS 'the same over the first days of the version, at most ninety; null where there are too few';
COMMENT ON COLUMN @extschema@.lstm_drift.held_out_skill IS 'the same on the windows that its training held out';
COMMENT ON COLUMN @extschema@.lstm_drift.recent_coverage IS 'share of observations within their intervals, over the same time as recent_skill';
COMMENT ON COLUMN @extschema@.lstm_drift.confidence_level IS 'what that share is to be';
COMMENT ON COLUMN @extschema@.lstm_drift.drift IS 'none, slight, drift, or too early to tell';
COMMENT ON COLUMN @extschema@.lstm_drift.advice IS 'what to do about it; null: nothing';

CREATE VIEW @extschema@.lstm_live_accuracy WITH (security_invoker = true) AS
	SELECT s.name, s.version, s.month, least(s.forecasts, 9223372036854775807::pg_catalog.numeric)::pg_catalog.int8 AS forecasts,
		@extschema@.lstm_registry_ratio(s.error, s.forecasts) AS mae, @extschema@.lstm_registry_ratio(s.naive_error, s.forecasts) AS naive_mae,
		1::pg_catalog.float8 OPERATOR(pg_catalog.-) @extschema@.lstm_registry_ratio(s.error, s.naive_error) AS skill,
		@extschema@.lstm_registry_ratio(s.inside, s.intervals) AS coverage, @extschema@.lstm_registry_ratio(s.level, s.intervals) AS confidence_level,
		v.skill AS held_out_skill, f.drift, f.advice
	FROM (SELECT m.name, m.version, pg_catalog.date_trunc('month', m.day::pg_catalog.timestamp)::pg_catalog.date AS month,
			pg_catalog.sum(m.forecasts) AS forecasts, pg_catalog.sum(m.error) AS error, pg_catalog.sum(m.naive_error) AS naive_error,
			pg_catalog.sum(m.intervals) AS intervals, pg_catalog.sum(m.inside) AS inside, pg_catalog.sum(m.level) AS level
		FROM @extschema@.lstm_ledger_day AS m GROUP BY 1, 2, 3 HAVING pg_catalog.sum(m.forecasts) OPERATOR(pg_catalog.>) 0::pg_catalog.numeric) AS s
	LEFT JOIN @extschema@.lstm_version AS v ON v.name OPERATOR(pg_catalog.=) s.name AND v.version OPERATOR(pg_catalog.=) s.version
	LEFT JOIN @extschema@.lstm_drift AS f ON f.name OPERATOR(pg_catalog.=) s.name AND f.version OPERATOR(pg_catalog.=) s.version;
COMMENT ON VIEW @extschema@.lstm_live_accuracy IS 'how good the forecasts in the ledger were, by model, version and month';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.name IS 'name of the model';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.version IS 'its version';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.month IS 'first day of the month that was forecast, by the calendar of the model''s time zone';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.forecasts IS 'number of forecasts with an observation';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.mae IS 'mean absolute error';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.naive_mae IS 'that of the seasonal naive forecast';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.skill IS '1 - mae / naive_mae: 0 is no better than the naive forecast, 1 is perfect';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.coverage IS 'share of observations within their intervals';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.confidence_level IS 'what that share is to be';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.held_out_skill IS 'skill on the windows that the version''s training held out';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.drift IS 'of the promoted version, at present: as of lstm_drift';
COMMENT ON COLUMN @extschema@.lstm_live_accuracy.advice IS 'of the promoted version, at present: as of lstm_drift';

GRANT SELECT ON @extschema@.lstm_drift, @extschema@.lstm_live_accuracy TO PUBLIC;
