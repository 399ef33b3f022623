-- The dictionary of libFuzzer: names and words of options, keys of a model's metadata, tensors.
SET client_min_messages = error;
WITH entry (word) AS (
	SELECT name FROM lstm_option_info()
	UNION SELECT regexp_split_to_table(allowed, ',? +') FROM lstm_option_info()
	UNION SELECT unnest(ARRAY['__metadata__', 'dtype', 'shape', 'data_offsets', 'series', 'history.values', 'history.covariates', 'scalers', 'usual_spreads',
		'calibration.residuals', 'training_log', 'lstm_forecast.model', 'lstm_forecast.options', 'labels', 'anchors', 'names', 'means', 'deviations', 'kind',
		'count', 'month_end', 'month_day', 'time_of_day', 'zone', 'channels', 'future', 'past', 'covariates', 'skip_seasons', 'best_epoch', 'spread_steps',
		'reasons', 'listed', 'errors', 'windows', 'shared', 'train_windows', 'missing', 'rows', 'kernel', 'extension', 'bare', 'own', 'checksum', 'pretrained.weight_ih_l0', 'weight_ih_l0', 'bias_hh_l1_reverse', '0.', '1.'])
)
SELECT format('"%s"', word) FROM entry WHERE word ~ '^[a-z0-9_.]+$'
UNION SELECT format('"\"%s\":"', word) FROM entry WHERE word ~ '^[a-z_.]+$'
UNION SELECT format('"\\\"%s\\\":"', word) FROM entry WHERE word ~ '^[a-z_.]+$'
UNION SELECT unnest(ARRAY['"\x0a\x0a"', '"|+1h|"', '"|+1M|"', '"|+1d|"', '"*50\x0a"', '"@Europe/Berlin\x0a"', '"nan"', '"inf"', '"1e308"']);
