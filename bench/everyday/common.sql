-- What holds of every kind, and the tables from which report.sql takes its lines.
INSERT INTO measure (kind, measure, expression, highest)
SELECT kind, 'forecasts outside their interval', '(SELECT count(*) FROM answer WHERE forecast NOT BETWEEN lower AND upper)', 0 FROM kind;

-- what misses a limit, or is not there at all
CREATE FUNCTION missed(value float8, lowest float8, highest float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT value IS NULL OR value = 'NaN' OR coalesce(value < lowest, false) OR coalesce(value > highest, false) $$;
CREATE FUNCTION shown(value float8) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN value IS NULL THEN '–' WHEN value = 0 THEN '0' WHEN abs(value) >= 1e6 OR abs(value) < 0.001 THEN trim(to_char(value, '9.9EEEE'))
			   WHEN value = round(value) OR abs(value) >= 100 THEN round(value)::text ELSE round(value::numeric, 2)::text END $$;

-- Of every measure: median, worst and misses of ours, medians of the others.
CREATE VIEW outcome AS
	SELECT k.point, k.number AS kind_number, m.number, kind, measure, lowest, highest,
		   percentile_disc(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE forecaster = 'ours') AS median,
		   CASE WHEN bool_or(value IS NULL) FILTER (WHERE forecaster = 'ours') THEN NULL
				ELSE (array_agg(value ORDER BY greatest(value - highest, lowest - value) DESC) FILTER (WHERE forecaster = 'ours'))[1] END AS worst,
		   percentile_disc(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE forecaster = 'seasonal naive') AS naive,
		   percentile_disc(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE forecaster = 'AutoETS') AS ets,
		   percentile_disc(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE forecaster = 'CrostonSBA') AS croston,
		   count(*) FILTER (WHERE forecaster = 'ours' AND missed(value, lowest, highest)) AS misses,
		   count(*) FILTER (WHERE forecaster = 'ours') AS seeds,
		   string_agg(seed::text, ' ' ORDER BY seed) FILTER (WHERE forecaster = 'ours' AND missed(value, lowest, highest)) AS missed_seeds
	FROM result JOIN measure AS m USING (kind, measure) JOIN kind AS k USING (kind)
	GROUP BY k.point, k.number, m.number, kind, measure, lowest, highest;
