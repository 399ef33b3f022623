-- Training options: the list, the constructor, and what is refused.
SET client_min_messages = warning;

-- what a statement raises
CREATE FUNCTION option_error(statement text, OUT state text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	state := '00000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- the list
SELECT name, type, default_value, allowed FROM lstm_option_info();
SELECT name FROM lstm_option_info() WHERE description !~ '^[a-z].{10,}[^.]$';

-- the arguments of lstm_options are those of the list: names, types, order; all can be left out
SELECT argument, option
FROM (SELECT position, name || ' ' || format_type(type, NULL) AS argument
	  FROM pg_proc, unnest(proargnames, proargtypes::oid[]) WITH ORDINALITY AS a (name, type, position)
	  WHERE oid = 'lstm_options'::regproc) AS arguments
FULL JOIN (SELECT ordinality AS position, name || ' ' || type AS option
		   FROM lstm_option_info() WITH ORDINALITY) AS options USING (position)
WHERE argument IS DISTINCT FROM option;
SELECT pronargs = pronargdefaults AS all_optional, pronargs = (SELECT count(*) FROM lstm_option_info()) AS all_listed,
	   provolatile, proparallel
FROM pg_proc WHERE oid = 'lstm_options'::regproc;

-- the constructor keeps what is given, and nothing else
SELECT lstm_options() AS nothing, lstm_options(cell => NULL, horizon => NULL) AS nulls;
SELECT lstm_options(horizon => 24, cell => 'gru', dropout => 0.1, bidirectional => true, seed => 9223372036854775807);
SELECT lstm_options("interval" => 'none', frequency => 'business day', seasonal_skip => false, normalization => 'auto');
SELECT value::text::float8 = 0.1::float8 + 0.2::float8 AS exact FROM jsonb_each(lstm_options(learning_rate => 0.1::float8 + 0.2::float8));

-- every default is itself allowed, as an argument and in a hand-written object
SELECT name, e.state, e.message
FROM lstm_option_info(),
	 option_error(format('SELECT lstm_options(%I => %L)', name, default_value)) AS e
WHERE default_value NOT IN ('auto', 'none') AND e.state <> '00000';
CREATE TABLE sine AS SELECT 10 + sin(i / 3.0) AS value, i FROM generate_series(1, 60) AS i;
CREATE VIEW defaults AS
SELECT jsonb_object_agg(name, CASE WHEN type = 'text' OR default_value IN ('auto', 'none') THEN to_jsonb(default_value)
								   WHEN type = 'double precision[]' THEN to_jsonb(default_value::float8[])
								   ELSE default_value::jsonb END) AS options
FROM lstm_option_info();
SELECT lstm_train(value, lstm_options(max_steps => 2, horizon => 3) ORDER BY i)
	   = lstm_train(value, (SELECT options FROM defaults) || '{"max_steps": 2, "horizon": 3}' ORDER BY i) AS same
FROM sine;

-- null is as good as auto where auto is allowed, words are read in any case
SELECT lstm_train(value, '{"max_steps": 2, "horizon": 3, "lookback": null, "transform": null, "max_seconds": null, "cell": "LSTM"}' ORDER BY i)
	   = lstm_train(value, '{"max_steps": 2.0, "horizon": 3e0, "lookback": "auto", "transform": "Auto", "max_seconds": "none"}' ORDER BY i) AS same
FROM sine;

-- the ends of every range are allowed, what lies beyond is not
SELECT lstm_options(horizon => 1, lookback => 1, hidden_size => 1, num_layers => 1, dropout => 0, workers => 1, validation_fraction => 0, patience => 0) IS NOT NULL AS least,
	   lstm_options(horizon => 10000, lookback => 100000, hidden_size => 1024, num_layers => 8, learning_rate => 10, weight_decay => 1,
					validation_fraction => 0.9, ensemble_size => 100, workers => 64, max_steps => 2147483647, gradient_clip => 1e300) IS NOT NULL AS most;
SELECT arguments, e.state, e.message, e.detail
FROM unnest(ARRAY[
	'horizon => 0', 'horizon => 10001', 'lookback => 100001', 'seasonal_period => 0', 'hidden_size => 1025',
	'num_layers => 9', 'dropout => 1', 'dropout => -0.1', 'dropout => ''NaN''', 'learning_rate => 0', 'learning_rate => 11',
	'gradient_clip => ''infinity''', 'gradient_clip => -1', 'max_seconds => 0', 'validation_fraction => 0.91',
	'ensemble_size => 0', 'ensemble_size => 101', 'workers => 0', 'workers => 65', 'batch_size => -1', 'patience => -1', 'cell => ''transformer''', 'cell => ''''',
	'cell => ''auto''', '"interval" => ''sometimes''', 'loss => ''pinball''', 'frequency => ''''',
	'frequency => repeat(''x'', 200)']) AS arguments,
	 option_error(format('SELECT lstm_options(%s)', arguments)) AS e;

-- hand-written objects
SELECT options, (option_error(format('SELECT lstm_train(value, %L) FROM sine', options))).*
FROM unnest(ARRAY[
	'{"lerning_rate": 0.1}', '{"hiddensize": 8}', '{"Horizon": 8}', '{"": 1}', '{"ensemble": 8}', '{"patch_size": 8}', '{"calender": true}', '{"quantile": [0.5]}', '{"member": []}',
	'{"hidden_size": 1.5}', '{"hidden_size": "64"}', '{"hidden_size": true}', '{"num_layers": null}', '{"num_layers": "auto"}',
	'{"hidden_size": [64]}', '{"hidden_size": {"a": 1}}', '{"hidden_size": 1e100}', '{"seed": 9223372036854775808}', '{"seed": 0.5}',
	'{"dropout": "0.1"}', '{"dropout": 1e400}', '{"bidirectional": "true"}', '{"bidirectional": 1}', '{"seasonal_skip": 1}',
	'{"cell": 1}', '{"cell": "lst"}', '{"frequency": 7}', '{"max_seconds": "auto"}',
	'[]', '[{"horizon": 3}]', '3', '"horizon"', 'null', 'true']) AS options;
-- numbers of a few characters that would be written out as thousands
SELECT options, (option_error(format('SELECT lstm_train(value, %L) FROM sine', options))).message
FROM unnest(ARRAY['{"dropout": 0e-16383}', '{"horizon": 1e131071}', '{"horizon": [{"a": [1.5, true, null, "x"]}, 1e131071, -1e131071, 2]}', '{"seed": 1e-16383}',
	'{"dropout": 0.1000}', '{"seed": 12345678901.000}']) AS options;
SELECT message FROM option_error(format('SELECT lstm_options(members => %L)', jsonb_build_array(jsonb_build_object('lookback', 1e131071))));
SELECT message FROM option_error('SELECT lstm_options(members => ''24'')');
SELECT message FROM option_error('SELECT lstm_options(quantiles => array_fill(0.5, ARRAY[1000000]))');
SELECT message, hint FROM option_error(format('SELECT lstm_train(value, %L) FROM sine', jsonb_build_object(repeat('a', 1000), 1)));
SELECT message FROM option_error(format('SELECT lstm_train(value, %L) FROM sine', jsonb_build_object('cell', repeat('a', 1000))));

-- words of other libraries, in any case: the hint says what they are called here, before it looks for a name that is alike
SELECT string_agg(word, ' ' ORDER BY position) AS words, replace(hint, format('"%s"', word), '...') AS hint
FROM unnest(string_to_array('h prediction_length forecast_horizon input_size window lags context_length freq season_length '
							'seasonality m fillna units hidden hidden_dim n_layers layers dropout_rate patch_len scaler log '
							'time_features criterion quantile_levels cap floor optim lr lr_scheduler l2 clipnorm batchsize batch epochs '
							'EPOCHS num_epochs iterations early_stopping val_size time_limit n_models n_jobs random_state random_seed '
							'activation level alpha verbose', ' ')) WITH ORDINALITY AS words (word, position),
	 option_error(format('SELECT lstm_train(value, %L) FROM sine', jsonb_build_object(word, 1)))
GROUP BY 2 ORDER BY min(position);
SELECT hint FROM option_error('SELECT lstm_options(members => ''[{"units": 8}]'')');
SELECT string_agg(word, ' ' ORDER BY position) AS words, replace(message, to_json(word)::text, '...') AS message, replace(hint, to_json(word)::text, '...') AS hint
FROM (VALUES (1, 'missing', 'ffill'), (2, 'missing', 'interpolate'), (3, 'missing', 'LOCF'), (4, 'duplicates', 'avg'), (5, 'cell', 'SimpleRNN'),
			 (6, 'decoder', 'seq2seq'), (7, 'supervision', 'many-to-many'), (8, 'normalization', 'z-score'), (9, 'normalization', 'min-max'),
			 (10, 'transform', 'ln'), (11, 'loss', 'l1'), (12, 'loss', 'mean_absolute_error'), (13, 'loss', 'rmse'), (14, 'loss', 'pinball'),
			 (15, 'loss', 'normal'), (16, 'loss', 'StudentT'), (17, 'interval', 'quantile'), (18, 'schedule', 'OneCycleLR'), (19, 'optimizer', 'lion')) AS words (position, name, word),
	 option_error(format('SELECT lstm_train(value, %L) FROM sine', jsonb_build_object(name, word)))
GROUP BY 2, 3 ORDER BY min(position);
-- a frequency is looked at before there are timestamps
SELECT lstm_options(frequency => 'MS') AS month_start, lstm_options(frequency => 'Business Day') AS business_day;
SELECT (option_error(format('SELECT lstm_options(frequency => %L)', word))).* FROM unnest(ARRAY['fortnightly', '2B', '-1 day']) AS word;

-- the list of quantiles: kept as it is given, read in ascending order
SELECT lstm_options(loss => 'quantile', quantiles => '{0.9,0.1,0.5}');
SELECT lstm_options(quantiles => (SELECT array_agg(i / 100.0::float8) FROM generate_series(1, 99) AS i)) IS NOT NULL AS most;
SELECT arguments, e.state, e.message, e.detail
FROM unnest(ARRAY['{}', '{0.5,NULL}', '{0.5,0.1,0.5}', '{0,0.5}', '{0.5,1}', '{-0.1}', '{NaN}', '{infinity}', '{{0.1,0.2},{0.3,0.4}}']) AS arguments,
	 option_error(format('SELECT lstm_options(quantiles => %L)', arguments)) AS e;
SELECT e.state, left(e.message, 38) AS message
FROM option_error('SELECT lstm_options(quantiles => (SELECT array_agg(i / 101.0::float8) FROM generate_series(1, 100) AS i))') AS e;
SELECT options, (option_error(format('SELECT lstm_train(value, %L) FROM sine', options))).*
FROM unnest(ARRAY['{"quantiles": 0.5}', '{"quantiles": "0.5"}', '{"quantiles": null}', '{"quantiles": "auto"}', '{"quantiles": []}', '{"quantiles": {"0.5": 1}}',
	'{"quantiles": [[0.5]]}', '{"quantiles": ["0.5"]}', '{"quantiles": [0.1, null]}']) AS options;

-- the list of members: the options that may stand in it are those of a network and its training
SELECT e.state, e.message, e.hint, string_agg(d.key, ' ' ORDER BY d.key COLLATE "C") AS options
FROM defaults, jsonb_each(options) AS d,
	 LATERAL option_error(format('SELECT lstm_options(members => %L)', jsonb_build_array(jsonb_build_object(key, value)))) AS e0,
	 LATERAL (SELECT e0.state, replace(e0.message, format('"%s"', key), '...') AS message, e0.hint) AS e
GROUP BY e.state, e.message, e.hint ORDER BY e.state;
SELECT lstm_options(members => '[{"loss": "quantile", "quantiles": [0.1, 0.9], "lookback": "auto"}, {}]', ensemble_size => 5);
SELECT lstm_options(members => '"auto"') AS auto, lstm_options(members => 'null') AS null;
SELECT lstm_options(members => '[{}, {"cell": "gru", "lookback": 0}]');
SELECT members, e.state, e.message, e.detail, e.hint
FROM unnest(ARRAY[
	'[]', '{}', '{"cell": "gru"}', '3', '"none"', '[3]', '[[]]', '[null]', '[{"cell": "gra"}]', '[{"lookbak": 3}]', '[{"horizn": 3}]', '[{"quantiles": [2]}]',
	'[{"members": [{}]}]', '[{"dropout": 0.1}, {"dropout": 1}]']) AS members,
	 option_error(format('SELECT lstm_options(members => %L)', members)) AS e;
SELECT members, e.state FROM generate_series(100, 101) AS members,
	 option_error(format('SELECT lstm_options(members => %L)', (SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, members)))) AS e
ORDER BY members;
-- as many networks as there are objects, or more, but not fewer
SELECT size, e.state, e.message, e.detail, e.hint
FROM generate_series(1, 3) AS size, option_error(format('SELECT lstm_options(members => ''[{}, {}]'', ensemble_size => %s)', size)) AS e;
SELECT lstm_options(ensemble_size => 1) || lstm_options(members => '[{}, {}]') AS refused_later;
SELECT state, message FROM option_error('SELECT lstm_train(value, lstm_options(ensemble_size => 1) || lstm_options(members => ''[{}, {}]'')) FROM sine');

DROP VIEW defaults;
DROP TABLE sine;
DROP FUNCTION option_error;
