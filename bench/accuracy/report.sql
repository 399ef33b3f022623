-- RESULTS.md from the table of results. Variables: machine, server.
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n'
\qecho '# Accuracy with no options'
\qecho
\qecho 'Written by `bench/accuracy/run`; do not edit. Every model is `lstm_train(ts, value)` over the first four fifths of a'
\qecho 'series. The last fifth is forecast from fresh history, origin by origin, a horizon apart, so that every value is'
\qecho 'forecast once. The naive forecast repeats the value one season (a day) before; of stock prices, the last value. The bar'
\qecho 'is the largest ratio of the two MAEs that is good enough: 1.00, for stocks 1.05. The columns "own" hold what'
\qecho '`lstm_model_info` says about windows held out within the training part, with the season that the model found.'
\qecho
\qecho '| set | series | rows | horizon | origins | MAE | naive MAE | ratio | bar met | last value''s MAE | own season | own MAE | own naive MAE | own ratio | own bar met | 95 % intervals cover | training seconds |'
\qecho '|---|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|---|--:|--:|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s %% | %s |',
			  data_set, name, rows, horizon, origins, round(mae::numeric, 3), round(naive_mae::numeric, 3),
			  round((mae / naive_mae)::numeric, 3), CASE WHEN mae <= bar * naive_mae THEN 'yes' ELSE '**no**' END,
			  round(last_mae::numeric, 3), season, round(info_mae::numeric, 3), round(info_naive_mae::numeric, 3),
			  round((info_mae / info_naive_mae)::numeric, 3),
			  CASE WHEN info_mae <= bar * info_naive_mae THEN 'yes' ELSE '**no**' END,
			  round((100 * coverage)::numeric), round(seconds::numeric, 1))
FROM result JOIN series USING (data_set, name)
ORDER BY bar, data_set, name;
\qecho
SELECT format('Ratios by geometric mean: %s over all series, own %s. Measured on %s, kernels %s, %s.',
			  round(exp(avg(ln(mae / naive_mae)))::numeric, 3), round(exp(avg(ln(info_mae / info_naive_mae)))::numeric, 3),
			  :'machine', min(kernel), :'server')
FROM result;
