-- RESULTS.md from the tables; -v command, machine, peers.
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n'

\qecho '# Everyday tables'
\qecho
\qecho 'Written by `bench/everyday/run`; do not edit. [README.md](README.md) says what the kinds are and how they are measured.'
SELECT format('%s, %s, %s. %s', :'command', current_date, :'machine', :'peers');
SELECT format('%s of %s measures hold for every seed; %s of %s single ones are missed.', count(*) FILTER (WHERE misses = 0), count(*), sum(misses), sum(seeds)) FROM outcome;
\qecho
\qecho '| | kind | measure | ours, median | worst | seasonal naive | AutoETS | CrostonSBA | limit | misses |'
\qecho '|--:|---|---|--:|--:|--:|--:|--:|---|---|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |', point, kind, measure, shown(median), shown(worst), shown(naive), shown(ets), shown(croston),
			  CASE WHEN lowest = highest THEN '= ' || shown(lowest) WHEN lowest IS NULL THEN '≤ ' || shown(highest)
				   WHEN highest IS NULL THEN '≥ ' || shown(lowest) ELSE shown(lowest) || ' to ' || shown(highest) END,
			  CASE misses WHEN 0 THEN '0' ELSE '**' || misses || '**' END || ' of ' || seeds)
FROM outcome WHERE measure <> 'forecasts outside their interval' OR misses > 0
ORDER BY kind_number, number;

\qecho
\qecho '## Intervals'
\qecho
\qecho 'Share of the coming values within the intervals of 95 %, all seeds together, and the mean width of ours over that of AutoETS.'
\qecho
\qecho '| kind | ours cover | AutoETS cover | width / AutoETS | seconds, median |'
\qecho '|---|--:|--:|--:|--:|'
SELECT format('| %s | %s | %s | %s | %s |', kind, coalesce(round(100 * ours) || ' %', '–'), coalesce(round(100 * ets) || ' %', '–'), shown(width), round(seconds::numeric, 1))
FROM (SELECT kind, avg((value BETWEEN a.lower AND a.upper)::int) FILTER (WHERE forecaster = 'ours') AS ours,
			 avg((value BETWEEN a.lower AND a.upper)::int) FILTER (WHERE forecaster = 'AutoETS') AS ets,
			 avg(a.upper - a.lower) FILTER (WHERE forecaster = 'ours' AND paired) / nullif(avg(a.upper - a.lower) FILTER (WHERE forecaster = 'AutoETS'), 0) AS width
	  FROM all_row JOIN (SELECT *, seed IN (SELECT seed FROM all_answer WHERE forecaster = 'AutoETS') AS paired FROM all_answer) AS a USING (kind, seed, series, ts)
	  WHERE a.lower IS NOT NULL AND all_row.i > 0
	  GROUP BY kind) AS covered
	 JOIN (SELECT kind, percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds FROM all_model GROUP BY kind) AS taken USING (kind)
	 JOIN kind USING (kind)
ORDER BY number;

SELECT E'\n## Misses\n\n| kind | measure | seeds |\n|---|---|---|' WHERE EXISTS (SELECT FROM outcome WHERE misses > 0);
SELECT format('| %s | %s | %s |', kind, measure, missed_seeds) FROM outcome WHERE misses > 0 ORDER BY kind_number, number;
SELECT E'\n## Errors\n\n| kind | seeds | message |\n|---|--:|---|' WHERE EXISTS (SELECT FROM all_model WHERE failure IS NOT NULL);
SELECT format('| %s | %s | %s |', kind, count(*), min(failure)) FROM all_model WHERE failure IS NOT NULL GROUP BY kind, regexp_replace(failure, '\d+', '', 'g') ORDER BY kind;
