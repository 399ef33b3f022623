-- RESULTS.md from the table of results. Variables: machine, server.
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n'
\qecho '# Accuracy with no options'
\qecho
\qecho 'Written by `bench/accuracy/run`; do not edit. Every model is `lstm_train(ts, value)`, with no option. The bar is the largest'
\qecho 'ratio of its mean absolute error to that of the naive forecast that is good enough: 1.00, for stocks 1.05.'
\qecho
\qecho '## Forecasts of the last fifth'
\qecho
\qecho 'Trained on the first four fifths of a series. The last fifth is forecast from fresh history, origin by origin, a horizon'
\qecho 'apart, so that every value is forecast once. The naive forecast repeats the value one season (a day) before; of stock'
\qecho 'prices, the last value.'
\qecho
\qecho '| set | series | rows | horizon | origins | MAE | naive MAE | ratio | bar met | last value''s MAE | 95 % intervals cover | training seconds |'
\qecho '|---|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s %% | %s |',
			  data_set, name, rows, horizon, origins, round(mae::numeric, 3), round(naive_mae::numeric, 3),
			  round((mae / naive_mae)::numeric, 3), CASE WHEN mae <= bar * naive_mae THEN 'yes' ELSE '**no**' END,
			  round(last_mae::numeric, 3), round((100 * coverage)::numeric), round(seconds::numeric, 1))
FROM result JOIN series USING (data_set, name)
ORDER BY bar, data_set, name;
\qecho
\qecho '## What the model says of itself'
\qecho
\qecho '`lstm_model_info`: errors on windows held out within the data that the model was given, with the season that it found,'
\qecho 'for the model of the first four fifths and for one of the whole series.'
\qecho
\qecho '| set | series | season | MAE | naive MAE | ratio | bar met | MAE, whole | naive MAE, whole | ratio, whole | bar met, whole |'
\qecho '|---|---|--:|--:|--:|--:|---|--:|--:|--:|---|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |',
			  data_set, name, season, round(info_mae::numeric, 3), round(info_naive_mae::numeric, 3),
			  round((info_mae / info_naive_mae)::numeric, 3),
			  CASE WHEN info_mae <= bar * info_naive_mae THEN 'yes' ELSE '**no**' END,
			  round(whole_mae::numeric, 3), round(whole_naive_mae::numeric, 3),
			  round((whole_mae / whole_naive_mae)::numeric, 3),
			  CASE WHEN whole_mae <= bar * whole_naive_mae THEN 'yes' ELSE '**no**' END)
FROM result JOIN series USING (data_set, name)
ORDER BY bar, data_set, name;
\qecho
SELECT format('Geometric means of the ratios: %s for the last fifth, %s and %s by the models themselves. Measured on %s, kernels %s, %s.',
			  round(exp(avg(ln(mae / naive_mae)))::numeric, 3), round(exp(avg(ln(info_mae / info_naive_mae)))::numeric, 3),
			  round(exp(avg(ln(whole_mae / whole_naive_mae)))::numeric, 3), :'machine', min(kernel), :'server')
FROM result;
