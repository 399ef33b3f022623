-- Models that tell classes: a label a series, and a label a row.
SET timezone = 'UTC';
SET client_min_messages = notice;
CREATE SCHEMA classes_test;
SET search_path = classes_test, public;

-- Two sines of different frequency, in series of unlike length; rows come in any order.
CREATE TABLE wave AS
SELECT 's' || s AS series, '2024-01-01'::timestamptz + i * interval '1 minute' AS ts,
	   sin(i * CASE WHEN s % 2 = 0 THEN 0.5 ELSE 1.1 END + s * 0.7) + 0.1 * sin(i * i + s) AS value,
	   CASE WHEN s % 2 = 0 THEN 'slow' ELSE 'fast' END AS label, s AS number, i AS step
FROM generate_series(1, 80) AS s, generate_series(1, 24 + s % 13) AS i
ORDER BY md5(s || '.' || i);

CREATE TABLE wave_model AS
SELECT lstm_train_classes(series, ts, ARRAY[value], label, lstm_options(ensemble_size => 1, hidden_size => 16, max_epochs => 60)) AS model
FROM wave WHERE number <= 60;

SELECT info ->> 'kind' AS kind, info -> 'classes' AS classes, info ->> 'series' AS series, info ->> 'rows' AS rows, info ->> 'longest_series' AS longest,
	   info ->> 'missing' AS missing, info ->> 'first_time' AS first_time, info ->> 'columns' AS columns, info ->> 'names' AS names
FROM wave_model, lstm_model_info(model) AS info;
-- what was held out is told well, much better than by the majority
SELECT held ->> 'series' AS series, held ->> 'labels' AS labels, held ->> 'shared_with_early_stopping' AS shared,
	   (held ->> 'accuracy')::float8 >= 0.9 AS accurate, (held ->> 'majority_accuracy')::float8 AS majority,
	   (held ->> 'macro_f1')::float8 >= 0.9 AS f1, (held ->> 'log_loss')::float8 < 0.3 AS log_loss, (held ->> 'calibration_error')::float8 BETWEEN 0 AND 0.3 AS calibrated
FROM wave_model, lstm_model_info(model) AS info, jsonb_extract_path(info, 'held_out') AS held;

-- series that the model has never seen: a row a series, at its last timestamp
SELECT count(*), count(DISTINCT c.series), avg((c.label = w.label)::int) >= 0.95 AS right, bool_and(c.ts = w.last) AS at_the_end,
	   bool_and(c.probability > 0.5 AND c.probability <= 1) AS likeliest,
	   bool_and(abs((c.probabilities ->> 'fast')::float8 + (c.probabilities ->> 'slow')::float8 - 1) < 1e-9) AS add_up,
	   bool_and((c.probabilities ->> c.label)::float8 = c.probability) AS same
FROM wave_model, lstm_classify(model, 'SELECT * FROM wave WHERE number > 60', 'ts', 'series', '{value}') AS c
JOIN (SELECT series, label, max(ts) AS last FROM wave GROUP BY 1, 2) AS w USING (series);
SELECT series, ts, label FROM wave_model, lstm_classify(model, $$SELECT * FROM wave WHERE series IN ('s61', 's62', 's70')$$, 'ts', 'series', '{value}');

-- the function reads the same rows and makes the same model, but that it knows the columns' names
SELECT lstm_model_info(model) ->> 'names' AS names,
	   (SELECT array_agg(w ORDER BY tensor) FROM lstm_weights(model) AS w) = (SELECT array_agg(w ORDER BY tensor) FROM wave_model, lstm_weights(wave_model.model) AS w) AS same_weights,
	   (SELECT count(*) FROM lstm_classify(model, 'SELECT * FROM wave WHERE number > 60', 'ts', 'series')) AS told_by_names
FROM lstm_train_classes('SELECT * FROM wave WHERE number <= 60', 'ts', 'series', '{value}', 'label',
						lstm_options(ensemble_size => 1, hidden_size => 16, max_epochs => 60)) AS model;
-- same rows, options and seed: the same bytes; another seed: others
SELECT count(DISTINCT md5(model)) AS models
FROM (SELECT lstm_train_classes(series, ts, ARRAY[value], label, lstm_options(ensemble_size => 1, hidden_size => 4, max_epochs => 3, seed => n)) AS model
	  FROM wave, unnest(ARRAY[1, 1, 2]) WITH ORDINALITY AS u (n, k) GROUP BY k) AS m;

-- and the same for any number of processes
SELECT count(DISTINCT md5(model)) AS models, count(*)
FROM (SELECT lstm_train_classes(series, ts, ARRAY[value], label, lstm_options(ensemble_size => 3, hidden_size => 4, max_epochs => 3, workers => n, class_weights => 'balanced')) AS model
	  FROM wave, unnest(ARRAY[1, 2, 4]) AS n GROUP BY n) AS m;

-- of few series each network leaves out another part: every label measures one that has not seen it
SELECT held ->> 'series' AS series, held ->> 'labels' AS labels, held ->> 'shared_with_early_stopping' AS shared, (held ->> 'accuracy')::float8 >= 0.9 AS accurate,
	   (held ->> 'calibration_error')::float8 < 0.2 AS calibrated, info -> 'options' ->> 'patience' AS patience, info -> 'options' ->> 'validation_fraction' AS fraction,
	   (SELECT count(validation_loss) FROM lstm_training_log(model)) AS validated
FROM lstm_train_classes('SELECT * FROM wave WHERE number <= 60', 'ts', 'series', '{value}', 'label', lstm_options(ensemble_size => 3, hidden_size => 16, max_epochs => 100)) AS model,
	 lstm_model_info(model) AS info, jsonb_extract_path(info, 'held_out') AS held;

-- a look inside
SELECT tensor, shape FROM wave_model, lstm_weights(model);
SELECT member, count(*) > 1 AS epochs, min(epoch), bool_and(train_loss >= 0) AS losses, count(validation_loss) > 1 AS validated, count(seconds) AS timed
FROM wave_model, lstm_training_log(model) GROUP BY member;
SELECT part, name, CASE WHEN part IN ('accuracy', 'size') OR name = 'temperature' THEN '...' ELSE value END AS value, why FROM wave_model, lstm_summary(model);

-- Several columns, of which only both together tell the class; a cell, layers and a direction.
CREATE TABLE pair AS
SELECT s AS unit, i AS n, sin(s * 1.7 + i * 0.3) AS a, sin(s * 1.7 + i * 0.3 + CASE WHEN s % 3 = 0 THEN 1.5 ELSE 0 END) AS b, s % 3 = 0 AS broken
FROM generate_series(1, 90) AS s, generate_series(1, 15 + s % 4) AS i;
SELECT cell, (held ->> 'accuracy')::float8 > 0.85 AS accurate, (held ->> 'majority_accuracy')::float8 < 0.75 AS majority,
	   info -> 'members' -> 0 ->> 'cell' AS kind, (info -> 'members' -> 0 ->> 'bidirectional')::boolean AS in_both
FROM (VALUES ('lstm', 1, true), ('gru', 2, false), ('rnn', 1, false)) AS c (cell, layers, in_both),
	 lstm_train_classes('SELECT * FROM pair ORDER BY unit, n', NULL, 'unit', '{a,b}', 'broken',
						lstm_options(cell => cell, num_layers => layers, bidirectional => in_both, hidden_size => 12, ensemble_size => 1, max_epochs => 80)) AS model,
	 lstm_model_info(model) AS info, jsonb_extract_path(info, 'held_out') AS held;

-- Labels of any type are kept as text, in the order of its bytes.
CREATE TYPE state AS ENUM ('warm', 'cold');
SELECT info -> 'classes' -> 0 ->> 'label' AS first, info -> 'classes' -> 1 ->> 'label' AS second, info -> 'classes' -> 0 ->> 'series' AS series
FROM (SELECT lstm_train_classes(unit, ts, ARRAY[a, b], CASE WHEN broken THEN 10 ELSE 9 END, o) AS as_integer, lstm_train_classes(unit, ts, ARRAY[a, b], broken, o) AS as_boolean,
			 lstm_train_classes(unit, ts, ARRAY[a, b], CASE WHEN broken THEN 'cold' ELSE 'warm' END::state, o) AS as_enum,
			 lstm_train_classes(unit, ts, ARRAY[a, b], CASE WHEN broken THEN date '2024-01-01' ELSE date '2023-01-01' END, o) AS as_date
	  FROM (SELECT *, 'epoch'::timestamptz + n * interval '1 s' AS ts, lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1) AS o FROM pair) AS p) AS m,
	 unnest(ARRAY[as_integer, as_boolean, as_enum, as_date]) AS model, lstm_model_info(model) AS info;

-- Values that are missing, rows and series without a label.
SELECT info ->> 'missing' AS missing, info ->> 'series' AS series, info ->> 'unlabelled_series' AS unlabelled, info -> 'classes' AS classes
FROM (SELECT lstm_train_classes(unit, 'epoch'::timestamptz + n * interval '1 s', CASE WHEN n = 1 AND unit = 1 THEN NULL ELSE ARRAY[a, CASE WHEN n % 5 <> 0 THEN b END] END,
								CASE WHEN unit > 80 OR n <> 7 THEN NULL WHEN broken THEN 'broken' ELSE 'sound' END,
								lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1)) AS model FROM pair) AS m, lstm_model_info(model) AS info;

-- A column that only one series has values of, whether that one is held out or not.
SELECT count(model) FROM generate_series(1, 10) AS u,
	LATERAL (SELECT lstm_train_classes(number, ts, ARRAY[value, CASE WHEN number = u THEN value END], label, lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1)) AS model FROM wave WHERE number <= 10) AS m;

-- Unbalanced classes: weights find more of the rare one.
CREATE TABLE rare AS
SELECT s AS unit, 'epoch'::timestamptz + i * interval '1 s' AS ts, 0.8 * sin(s * s + i * 1.3) + CASE WHEN s % 10 = 0 THEN 0.35 ELSE 0 END AS value, CASE WHEN s % 10 = 0 THEN 'fault' ELSE 'ok' END AS label
FROM generate_series(1, 200) AS s, generate_series(1, 6) AS i;
CREATE TABLE found AS
SELECT w.name, lstm_model_info(model) -> 'options' -> 'class_weights' AS weights, found
FROM (VALUES ('none', NULL), ('balanced', 'balanced'), ('by label', '{"fault": 3, "ok": 0.1}')) AS w (name, weights),
	 lstm_train_classes('rare', 'ts', 'unit', '{value}', 'label', lstm_options(class_weights => w.weights, hidden_size => 4, ensemble_size => 1, max_epochs => 25, refit => false)) AS model,
	 LATERAL (SELECT sum((label = 'fault')::int) AS found FROM lstm_classify(model, 'rare', 'ts', 'unit')) AS c;
SELECT name, weights, CASE WHEN found = 0 THEN 'none' WHEN found > 10 THEN 'many' ELSE 'some' END AS found FROM found;

-- A label a row: a pump is on while its current is up, which is known a row later from its noise.
CREATE TABLE pump AS
SELECT m AS machine, '2024-01-01'::timestamptz + i * interval '1 minute' AS ts,
	   CASE WHEN sin(i * 0.21 + m) > 0 THEN 4.0 ELSE 1.0 END + 0.9 * sin(i * i * 0.37 + m) AS current,
	   20 + 0.1 * sin(i) AS ambient, CASE WHEN i % 11 = 0 THEN NULL WHEN sin(i * 0.21 + m) > 0 THEN 'on' ELSE 'off' END AS pump
FROM generate_series(1, 4) AS m, generate_series(1, 200) AS i;
CREATE TABLE pump_model AS
SELECT lstm_train_classes('pump', 'ts', 'machine', '{current,ambient}', 'pump', lstm_options(supervision => 'sequence', hidden_size => 8, ensemble_size => 2, max_epochs => 150)) AS model;
SELECT info -> 'classes' -> 0 ->> 'label' AS label, (info -> 'classes' -> 0 ->> 'rows')::int + (info -> 'classes' -> 1 ->> 'rows')::int AS labelled, info ->> 'series' AS series,
	   (held ->> 'labels')::int BETWEEN 100 AND 250 AS held, (held ->> 'accuracy')::float8 > 0.95 AS accurate, (held ->> 'majority_accuracy')::float8 < 0.7 AS majority
FROM pump_model, lstm_model_info(model) AS info, jsonb_extract_path(info, 'held_out') AS held;
SELECT count(*), count(DISTINCT (series, c.ts)), avg((c.label = CASE WHEN sin(extract(epoch FROM c.ts - '2024-01-01') / 60 * 0.21 + series::int) > 0 THEN 'on' ELSE 'off' END)::int) > 0.95 AS right
FROM pump_model, lstm_classify(model, 'pump', 'ts', 'machine') AS c;
-- one long series, read in pieces
SELECT count(*), count(DISTINCT c.ts), avg((c.label = CASE WHEN sin(n * 0.21) > 0 THEN 'on' ELSE 'off' END)::int) > 0.95 AS right
FROM pump_model, lstm_classify(model, $$SELECT i AS n, '2024-01-01'::timestamptz + i * interval '1 minute' AS ts, CASE WHEN sin(i * 0.21) > 0 THEN 4.0 ELSE 1.0 END AS current, NULL::float8 AS ambient
	FROM generate_series(1, 2600) AS i$$, 'ts') AS c, LATERAL (SELECT extract(epoch FROM c.ts - '2024-01-01') / 60 AS n) AS n;
SELECT lstm_model_info(lstm_train_classes('SELECT * FROM pump WHERE machine = 1', 'ts', NULL, '{current}', 'pump', lstm_options(supervision => 'sequence', hidden_size => 2, ensemble_size => 1, max_epochs => 1))) ->> 'series' AS one_series;

-- Long series are read in patches; options as they became; a constant column does no harm.
SELECT info -> 'options' ->> 'patch_length' AS patch_length, info -> 'why' ? 'patch_length' AS why, info -> 'options' ? 'horizon' AS horizon
FROM lstm_train_classes($$SELECT s AS unit, 'epoch'::timestamptz + i * interval '1 s' AS ts, sin(i * s) AS value, 5 AS constant, s % 2 AS label FROM generate_series(1, 12) AS s, generate_series(1, 300) AS i$$,
						'ts', 'unit', '{value,constant}', 'label', lstm_options(hidden_size => 4, ensemble_size => 1, max_epochs => 2)) AS model,
	 lstm_model_info(model) AS info;

-- Too few to hold any out; none wanted; no rows; a NULL model.
SELECT lstm_model_info(model) -> 'held_out' AS held_out
FROM (SELECT lstm_train_classes(number, ts, ARRAY[value], label, lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1)) AS model FROM wave WHERE number <= 4) AS m;
SELECT lstm_model_info(model) -> 'held_out' ->> 'labels' AS held_out
FROM (SELECT lstm_train_classes(number, ts, ARRAY[value], label, lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1, validation_fraction => 0)) AS model FROM wave) AS m;
SELECT lstm_train_classes(number, ts, ARRAY[value], label) IS NULL AS nothing FROM wave WHERE false;
SELECT lstm_train_classes('SELECT * FROM wave WHERE false', 'ts', 'series', '{value}', 'label') IS NULL AS nothing;
SELECT count(*) FROM lstm_classify(NULL, 'wave', 'ts', 'series', '{value}');
SELECT count(*) FROM wave_model, lstm_classify(model, 'SELECT * FROM wave WHERE false', 'ts', 'series', '{value}');

-- A model a group.
SELECT part, lstm_model_info(lstm_train_classes(unit, ts, ARRAY[value], label, lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1))) ->> 'series' AS series
FROM (SELECT *, unit <= 60 AS part FROM rare) AS r GROUP BY part ORDER BY part;
-- of rows that come in turn, with labels that are numbers, each group's own
SELECT part, info -> 'classes' -> 0 ->> 'label' AS first, info -> 'classes' -> 1 ->> 'label' AS second, info -> 'classes' -> 0 ->> 'series' AS series
FROM (SELECT part, lstm_model_info(lstm_train_classes(unit, ts, ARRAY[value], CASE WHEN part = 1 THEN unit % 2 ELSE 5 - unit % 2 END, lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1))) AS info
	  FROM (SELECT * FROM rare, generate_series(1, 2) AS part WHERE unit <= 20 ORDER BY ts, unit, part) AS r GROUP BY part) AS m ORDER BY part;
-- of partial states, which number labels as they come, and whose rows of a series alternate
CREATE TABLE many (part int, unit int, ts timestamptz, value float8, label int) PARTITION BY LIST (part);
CREATE TABLE many_0 PARTITION OF many FOR VALUES IN (0);
CREATE TABLE many_1 PARTITION OF many FOR VALUES IN (1);
INSERT INTO many SELECT i / 20 % 2, s, 'epoch'::timestamptz + i * interval '1 s', s % 3 + sin(i), s % 3 FROM generate_series(1, 12) AS s, generate_series(0, 79) AS i
ORDER BY i / 20 % 2, CASE WHEN i / 20 % 2 = 0 THEN s ELSE -s END, i;
SET enable_partitionwise_aggregate = on;
SELECT lstm_model_info(lstm_train_classes(unit, ts, ARRAY[value], label, lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1))) -> 'classes' AS classes FROM many;
RESET enable_partitionwise_aggregate;

-- A label of type char(n) is what a cast to text makes of it.
SELECT info -> 'classes' -> 0 ->> 'label' AS label, c.right
FROM (SELECT lstm_train_classes(number, ts, ARRAY[value], label::char(9), lstm_options(hidden_size => 2, ensemble_size => 1, max_epochs => 1)) AS model FROM wave) AS m, lstm_model_info(model) AS info,
	 LATERAL (SELECT bool_and(a.label IN (SELECT label::char(9)::text FROM wave)) AS right FROM lstm_classify(model, 'wave', 'ts', 'series', '{value}') AS a) AS c;
SET client_min_messages = warning;
DROP SCHEMA classes_test CASCADE;
