-- RESULTS.md from table result.
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n'

\qecho '# Accuracy'
\qecho
\qecho 'Written by `bench/accuracy/run`; do not edit. [README.md](README.md) says how it is measured and how settings are chosen.'
\qecho 'Less is better. A result is the median over the seeds. Seconds are of training and of forecasting the test'
\qecho 'windows, each one SQL statement.'
\qecho
\qecho '## Against the bars'
\qecho
\qecho '| set | task | metric | model | bar | result | each seed | bar met | seconds | at most | seasonal naive | published |'
\qecho '|---|---|---|---|--:|--:|---|---|--:|--:|--:|---|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s + %s | %s | %s | %s |',
			  set_name, task, metric, variant,
			  shown(bar) || coalesce(' (aim ' || shown(aim) || ')', ''),
			  shown(o.value), each_seed,
			  CASE WHEN o.value > bar THEN '**no**'
				   WHEN train_seconds + coalesce(forecast_seconds, 0) > seconds THEN '**no, too slow**'
				   ELSE 'yes' END,
			  round(train_seconds), round(coalesce(forecast_seconds, 0)), coalesce(seconds::text, '–'),
			  coalesce(shown(n.value), '–'),
			  coalesce((SELECT string_agg(name || ' ' || shown(p.value), ', ' ORDER BY p.value)
						FROM published AS p
						WHERE (p.set_name, p.task, p.metric) = (o.set_name, o.task, o.metric)
							  AND name <> 'seasonal naive'), '–'))
FROM bar
	 JOIN outcome AS o USING (set_name, task, variant, metric)
	 LEFT JOIN (SELECT set_name, task, metric, value FROM outcome WHERE variant = 'seasonal naive') AS n
		  USING (set_name, task, metric)
WHERE set_name <> 'single_series'
ORDER BY set_name, length(task), task, variant DESC, metric;

\qecho
\qecho '## Everything measured'
\qecho
\qecho 'CRPS is the mean over 19 quantiles (0.05 to 0.95), in relation to the mean size of the observations.'
\qecho
\qecho 'Interval scores (Winkler) are in relation to the mean seasonal difference, where there are many origins to the deviation of the series.'
\qecho
\qecho '| set | task | model | seeds | MAE | MSE | sMAPE | MASE | OWA | CRPS / mean | 80 % intervals cover | their score | 95 % intervals cover | their score | seconds |'
\qecho '|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |', set_name, task, variant, max(seeds),
			  coalesce(max(shown(value)) FILTER (WHERE metric = 'MAE'), '–'),
			  coalesce(max(shown(value)) FILTER (WHERE metric = 'MSE'), '–'),
			  coalesce(max(shown(value)) FILTER (WHERE metric = 'sMAPE'), '–'),
			  coalesce(max(shown(value)) FILTER (WHERE metric = 'MASE'), '–'),
			  coalesce(max(shown(value)) FILTER (WHERE metric = 'OWA'), '–'),
			  coalesce(max(round(value::numeric, 4)::text) FILTER (WHERE metric = 'CRPS / mean'), '–'),
			  coalesce(max(round(value)::text || ' %') FILTER (WHERE metric = '80 % interval covers, %'), '–'),
			  coalesce(max(shown(value)) FILTER (WHERE metric = '80 % interval score'), '–'),
			  coalesce(max(round(value)::text || ' %') FILTER (WHERE metric = '95 % interval covers, %'), '–'),
			  coalesce(max(shown(value)) FILTER (WHERE metric = '95 % interval score'), '–'),
			  coalesce(round(max(train_seconds)) || ' + ' || round(max(forecast_seconds)), '–'))
FROM outcome
WHERE set_name <> 'single_series'
GROUP BY set_name, task, variant
ORDER BY set_name, length(task), task, variant;

\qecho
\qecho '## Statements and options'
\qecho
\qecho '`no options`: none but the horizon, where it is not the default one. Each seed but 0 adds `seed`.'
\qecho
\qecho '| set | task | model | training | options |'
\qecho '|---|---|---|---|---|'
SELECT DISTINCT ON (t.set_name, length(t.task), t.task, v.variant)
	   format('| %s | %s | %s | `%s` | `%s` |', t.set_name, t.task, v.variant,
			  regexp_replace(regexp_replace(coalesce(v.training, t.training), '\s+', ' ', 'g'), '%L(::jsonb)?', 'options'),
			  coalesce(r.options - 'seed', '{}'))
FROM task AS t JOIN variant AS v USING (set_name, task) JOIN result AS r USING (set_name, task, variant)
ORDER BY t.set_name, length(t.task), t.task, v.variant, r.seed;

\qecho
\qecho '## Single series'
\qecho
\qecho '`lstm_train(ts, value)` with no option, on the first four fifths of a series; the last fifth is forecast from fresh'
\qecho 'history, a horizon at a time. The naive forecast repeats the value one season (a day) before; of stock prices,'
\qecho 'the last value. A ratio to its MAE of up to 1.00, for stocks 1.05, is good enough. The last three columns are'
\qecho 'what `lstm_model_info` says of windows held out within the data that the model was given: the first four'
\qecho 'fifths, or the whole series.'
\qecho
\qecho '| series | rows | horizon | origins | MAE | naive MAE | ratio | bar met | last value''s MAE | 80 % intervals cover | their score / naive MAE | 95 % intervals cover | their score / naive MAE | training seconds | season found | own ratio | own ratio, whole |'
\qecho '|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s %% | %s | %s | %s | %s | %s |', task,
			  max(value) FILTER (WHERE metric = 'rows'), max(value) FILTER (WHERE metric = 'horizon'),
			  max(value) FILTER (WHERE metric = 'origins'),
			  shown(max(value) FILTER (WHERE metric = 'MAE')),
			  shown(max(value) FILTER (WHERE metric = 'naive MAE')),
			  shown(max(value) FILTER (WHERE metric = 'MAE / naive')),
			  CASE WHEN bool_or(value > bar) THEN '**no**' ELSE 'yes' END,
			  shown(max(value) FILTER (WHERE metric = 'last value''s MAE')),
			  coalesce(round(100 * max(value) FILTER (WHERE metric = '80 % coverage'))::text || ' %', '–'),
			  coalesce(shown(max(value) FILTER (WHERE metric = '80 % interval score / naive MAE')), '–'),
			  round(100 * max(value) FILTER (WHERE metric = 'coverage')),
			  coalesce(shown(max(value) FILTER (WHERE metric = '95 % interval score / naive MAE')), '–'),
			  round(max(train_seconds)::numeric, 1), max(value) FILTER (WHERE metric = 'season found'),
			  shown(max(value) FILTER (WHERE metric = 'own MAE / naive')),
			  shown(max(value) FILTER (WHERE metric = 'own MAE / naive, whole series')))
FROM result LEFT JOIN bar USING (set_name, task, variant, metric)
WHERE set_name = 'single_series'
GROUP BY task
ORDER BY task;
\qecho
SELECT format('Geometric means of the ratios: %s for the last fifth, %s and %s by the models themselves.',
			  shown(exp(avg(ln(value)) FILTER (WHERE metric = 'MAE / naive'))),
			  shown(exp(avg(ln(value)) FILTER (WHERE metric = 'own MAE / naive'))),
			  shown(exp(avg(ln(value)) FILTER (WHERE metric = 'own MAE / naive, whole series'))))
FROM result
WHERE set_name = 'single_series' AND metric LIKE '%MAE / naive%';
\qecho
SELECT 'Measured on ' || string_agg(machine, '; ' ORDER BY machine) || '.' FROM (SELECT DISTINCT machine FROM result) AS m;
