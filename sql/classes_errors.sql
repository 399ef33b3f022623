-- Everything that training and telling classes refuse, with what they say.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA classes_errors_test;
SET search_path = classes_errors_test, public;
CREATE FUNCTION attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	code text; message text; detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', code || ': ' || message, nullif('DETAIL: ' || detail, 'DETAIL: '), nullif('HINT: ' || hint, 'HINT: '));
END $$;
CREATE TABLE good AS
SELECT s AS unit, '2024-01-01'::timestamptz + i * interval '1 hour' AS ts, sin(i * s) AS a, cos(i) AS b, CASE WHEN s % 2 = 0 THEN 'even' ELSE 'odd' END AS label, 'x' AS word
FROM generate_series(1, 12) AS s, generate_series(1, 6) AS i;
CREATE TABLE quick AS SELECT lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1) AS o;
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n\n'

-- rows, as an aggregate gets them
SELECT attempt(format('SELECT lstm_train_classes(unit, ts, %s, %s, o) FROM (SELECT * FROM good %s) AS g, quick', COALESCE(value, 'ARRAY[a, b]'), COALESCE(label, 'label'), more))
FROM (VALUES
	(NULL, $$CASE WHEN ts > '2024-01-01 03:00' THEN 'late' ELSE label END$$, ''),
	(NULL, NULL, $$UNION ALL SELECT 1, '2024-01-01 02:00', 1, 2, 'odd', 'x'$$),
	(NULL, NULL, $$UNION ALL SELECT 1, NULL, 1, 2, 'odd', 'x'$$),
	(NULL, NULL, $$UNION ALL SELECT NULL, '2024-01-02', 1, 2, 'odd', 'x'$$),
	(NULL, NULL, $$UNION ALL SELECT 1, 'infinity', 1, 2, 'odd', 'x'$$),
	(NULL, NULL, $$UNION ALL SELECT 1, '2024-01-02', 'NaN', 2, 'odd', 'x'$$),
	(NULL, NULL, $$UNION ALL SELECT 1, '2024-01-02', 1, '-infinity', 'odd', 'x'$$),
	(NULL, NULL, $$UNION ALL SELECT 1, '2024-01-02', 1e300, 2, 'odd', 'x'$$),
	('CASE WHEN unit = 1 THEN ARRAY[a] ELSE ARRAY[a, b] END', NULL, ''),
	('ARRAY[ARRAY[a], ARRAY[b]]', NULL, ''),
	('ARRAY[]::float8[]', NULL, ''),
	('NULL::float8[]', NULL, ''),
	('array_fill(a, ARRAY[1001])', NULL, ''),
	('ARRAY[a, NULL]', NULL, ''),
	(NULL, 'NULL::text', ''),
	(NULL, $$'one'::text$$, ''),
	(NULL, $$repeat('long', 251)$$, ''),
	(NULL, NULL, 'WHERE unit = 2')) AS c (value, label, more);
SELECT attempt($$SELECT lstm_train_classes(i, 'epoch'::timestamptz, ARRAY[1], i) FROM generate_series(1, 1001) AS i$$);
SELECT attempt($$SELECT lstm_train_classes(1, 'epoch'::timestamptz + i * interval '1 s', ARRAY[i], 1) FROM generate_series(1, 100001) AS i$$);

-- rows of a source
SELECT attempt(format('SELECT lstm_train_classes(%s, o) FROM quick', arguments))
FROM (VALUES
	($$NULL, 'ts', 'unit', '{a}', 'label'$$), ($$'good', 'ts', 'unit', NULL, 'label'$$), ($$'good', 'ts', 'unit', '{}', 'label'$$), ($$'good', 'ts', 'unit', '{a}', NULL$$),
	($$'nothing', 'ts', 'unit', '{a}', 'label'$$), ($$'good', 'tss', 'unit', '{a}', 'label'$$), ($$'good', 'ts', 'units', '{a}', 'label'$$), ($$'good', 'ts', 'unit', '{A}', 'label'$$),
	($$'good', 'ts', 'unit', '{a}', 'labels'$$), ($$'good', 'ts', 'unit', '{a,word}', 'label'$$), ($$'good', 'word', 'unit', '{a}', 'label'$$), ($$'good', 'ts', 'unit', '{a,NULL}', 'label'$$),
	($$'DELETE FROM good', 'ts', 'unit', '{a}', 'label'$$), ($$'good', 'ts', NULL, '{a}', 'label'$$),
	($$'SELECT unit, ts, NULL::float8 AS a, label FROM good', 'ts', 'unit', '{a}', 'label'$$),
	($$'SELECT unit, ts, 1 / (unit - 3) AS a, label FROM good', 'ts', 'unit', '{a}', 'label'$$)) AS c (arguments);

-- options: those of forecasts, wrong ones, weights
SELECT attempt(format('SELECT lstm_train_classes(unit, ts, ARRAY[a], label, %L) FROM good', options))
FROM (VALUES ('{"horizon": 3}'), ('{"loss": "mae"}'), ('{"decoder": "direct"}'), ('{"members": [{"cell": "gru"}]}'), ('{"minimum": 0}'), ('{"frequency": "1 day"}'), ('{"pretrained": "none"}'),
	('{"duplicates": "mean"}'), ('{"missing": "linear"}'), ('{"normalization": "last"}'), ('{"cell": "transformer"}'), ('{"clas_weights": "balanced"}'), ('[]'),
	('{"supervision": "sequence", "patch_length": 2}'),
	('{"class_weights": "fair"}'), ('{"class_weights": 2}'), ('{"class_weights": {}}'), ('{"class_weights": {"odd": 0}}'), ('{"class_weights": {"odd": -1}}'), ('{"class_weights": {"odd": "2"}}'),
	('{"class_weights": {"odd": 1e7}}'), ('{"class_weights": {"odds": 2}}'), ('{"class_weights": [1, 2]}'), ('{"horizon": null, "loss": "auto", "ensemble_size": 1, "max_epochs": 1}')) AS c (options);
SELECT attempt(format('SELECT lstm_options(class_weights => %L)', weights)) FROM (VALUES ('fair'), ('{"odd": -1}'), ('{"odd"'), ('{"odd": 3}'), ('none'), ('balanced')) AS c (weights);
SELECT attempt($$SELECT lstm_train(ts, a, lstm_options(class_weights => 'balanced')) FROM good WHERE unit = 1$$);
SELECT attempt($$SELECT lstm_train('good', 'ts', 'a', 'unit', options => '{"class_weights": {"odd": 2}}')$$);

-- the wrong kind of model
CREATE TABLE m AS
SELECT (SELECT lstm_train_classes(unit, ts, ARRAY[a, b], label, o) FROM good, quick) AS classes, (SELECT lstm_train_classes('good', 'ts', 'unit', '{a}', 'label', o) FROM quick) AS named,
	   (SELECT lstm_train(ts, a, lstm_options(horizon => 1, lookback => 2, hidden_size => 2, ensemble_size => 1, max_steps => 1)) FROM good WHERE unit = 1) AS forecasts;
SELECT attempt(format('SELECT * FROM m, %s', call))
FROM (VALUES ('lstm_forecast(classes)'), ($$lstm_forecast(classes, 'good', 'ts', 'a', 'unit')$$), ('lstm_model_series(classes)'), ('lstm_gates(classes)'), ('lstm_explain(classes)'),
	($$lstm_anomalies(classes, 'good', 'ts', 'a', 'unit')$$), ($$lstm_backtest(classes, 'good', 'ts', 'a', 'unit')$$), ($$lstm_importance(classes, 'good', 'ts', 'a', 'unit')$$),
	($$lstm_finetune(classes, 'good', 'ts', 'a', 'unit')$$), ($$lstm_classify(forecasts, 'good', 'ts', 'unit', '{a}')$$), ($$lstm_classify(lstm_pretrained(), 'good', 'ts', 'unit', '{a}')$$),
	($$lstm_classify(classes, 'good', 'ts', 'unit')$$), ($$lstm_classify(classes, 'good', 'ts', 'unit', '{a}')$$), ($$lstm_classify(named, 'good', 'ts', 'unit', '{a,b}')$$),
	($$lstm_classify(named, 'good', 'ts')$$), ($$lstm_classify(named, 'good', 'ts', 'units')$$), ($$lstm_classify(named, 'SELECT unit, ts FROM good', 'ts', 'unit')$$),
	($$lstm_classify(named, NULL, 'ts', 'unit')$$), ($$lstm_classify('\x00', 'good', 'ts', 'unit')$$),
	($$lstm_classify(named, 'SELECT unit, ts, a / 0 AS a FROM good', 'ts', 'unit')$$), ($$lstm_classify(named, 'SELECT unit, ts, ''NaN''::float8 AS a FROM good', 'ts', 'unit')$$),
	($$lstm_classify(set_byte(named, 500, 255 - get_byte(named, 500)), 'good', 'ts', 'unit')$$), ($$lstm_classify(named, 'good', 'ts', 'unit')$$)) AS c (call);
SELECT attempt($$SELECT lstm_forecast(classes, ts, a) FROM m, good WHERE unit = 1$$);

-- memory
SET lstm_forecast.max_memory = '1MB';
SELECT regexp_replace(attempt($$SELECT lstm_train_classes(i % 100, 'epoch'::timestamptz + i * interval '1 s', ARRAY[i], i % 2) FROM generate_series(0, 99999) AS i$$), '[0-9]+ kB are', 'N kB are');
SELECT regexp_replace(attempt($$SELECT lstm_train_classes(unit, ts, ARRAY[a], label, lstm_options(hidden_size => 512)) FROM good$$), '[0-9]+ kB are', 'N kB are');
RESET lstm_forecast.max_memory;
SET client_min_messages = warning;
DROP SCHEMA classes_errors_test CASCADE;
