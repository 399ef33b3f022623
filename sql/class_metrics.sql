-- Measuring classes: accuracy, F1 and log loss against values worked out by hand.
CREATE SCHEMA class_metrics_test;
SET search_path = class_metrics_test, public;

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- Of ten rows with both labels seven are right. By class, both / actual / predicted: ok 4 / 5 / 5, worn 2 / 3 / 3,
-- broken 1 / 2 / 1, and lost 0 / 0 / 1, which is never the actual one. The rows with a NULL do not count.
CREATE TABLE class_verdict (id int, actual text, predicted text);
INSERT INTO class_verdict VALUES
	(1, 'ok', 'ok'), (2, 'ok', 'ok'), (3, 'ok', 'ok'), (4, 'ok', 'ok'), (5, 'ok', 'worn'),
	(6, 'worn', 'worn'), (7, 'worn', 'worn'), (8, 'worn', 'ok'), (9, 'broken', 'broken'), (10, 'broken', 'lost'),
	(11, NULL, 'ok'), (12, 'ok', NULL), (13, NULL, NULL);
SELECT lstm_accuracy(actual, predicted) = 0.7 AS accuracy,
	   abs(lstm_f1(actual, predicted) - (2 * 4 / 10.0 + 2 * 2 / 6.0 + 2 * 1 / 3.0 + 0) / 4) < 1e-15 AS f1
FROM class_verdict;

-- A single row; no rows; rows of NULLs only.
SELECT lstm_accuracy('a'::text, 'a'::text) AS right, lstm_accuracy('a'::text, 'b'::text) AS wrong,
	   lstm_f1('a'::text, 'a'::text) AS right_f1, lstm_f1('a'::text, 'b'::text) AS wrong_f1,
	   round(lstm_log_loss('a'::text, '{"a": 0.25, "b": 0.75}')::numeric, 6) AS log_loss;
SELECT num_nulls(lstm_accuracy(actual, predicted), lstm_f1(actual, predicted), lstm_log_loss(actual, '{}')) AS nulls FROM class_verdict WHERE id > 100;
SELECT num_nulls(lstm_accuracy(actual, predicted), lstm_f1(actual, predicted), lstm_log_loss(actual, NULL)) AS nulls FROM class_verdict WHERE id > 10;

-- Labels of any type, the same or not; letters beyond ASCII, an empty one, blanks, case.
CREATE TYPE class_state AS ENUM ('idle', 'busy');
CREATE DOMAIN class_word AS text;
SELECT lstm_accuracy(s, s::text) AS enum_text, lstm_accuracy(s, s) AS enum, lstm_accuracy(i, i::text) AS int_text, lstm_accuracy(i, j) AS int_bigint,
	   lstm_accuracy(b, b::text) AS bool_text, lstm_accuracy(b::text, b) AS text_bool, lstm_accuracy(b, left(b::text, 1)) AS bool_letter, lstm_accuracy(b, NOT b) AS bool_not,
	   lstm_accuracy(s::text::class_word, s) AS domain, lstm_accuracy(s::text::varchar(9), s::name) AS varchar_name, lstm_accuracy(d, d::text) AS date, lstm_accuracy(i, 1) AS literal,
	   lstm_accuracy(b::text, left(b::text, 1)) AS two_texts
FROM (VALUES ('idle'::class_state, 1, 1::bigint, true, '2024-03-01'::date), ('busy', 2, 2, false, '2024-03-02')) AS row (s, i, j, b, d);
SELECT lstm_f1(s, s::text) AS enum_text, lstm_f1(b, b::text) AS bool_text, lstm_f1(b, NOT b) AS bool_not, lstm_f1(i, 1) = (2 / 3.0 + 0) / 2 AS literal
FROM (VALUES ('idle'::class_state, 1, true), ('busy', 2, false)) AS row (s, i, b);
SELECT lstm_accuracy('a', 'a') AS literals, lstm_accuracy(actual, 'ok') = 6 / 11.0::float8 AS literal, lstm_log_loss('a', '{"a": 1}') < 1e-14 AS loss FROM class_verdict;
SELECT lstm_accuracy(a, b) AS padded, lstm_f1(b, a) AS f1, lstm_log_loss(a, jsonb_build_object(b, 1)) < 1e-14 AS loss FROM (VALUES ('a'::char(9), 'a'), ('bc', 'bc')) AS row (a, b);
SELECT lstm_accuracy(a, b) AS accuracy, lstm_f1(a, b) AS f1 FROM (VALUES ('', ''), (U&'caf\00e9', U&'caf\00e9'), ('a', 'a '), ('A', 'a')) AS row (a, b);
SELECT lstm_log_loss(b, jsonb_build_object(b::text, 1)) < 1e-14 AS bool, lstm_log_loss(b, jsonb_build_object(left(b::text, 1), 1)) < 1e-14 AS letter,
	   lstm_log_loss(s, jsonb_build_object(s, 1)) < 1e-14 AS enum, lstm_log_loss(i, jsonb_build_object(i, 1)) < 1e-14 AS int
FROM (VALUES ('idle'::class_state, 1, true), ('busy', 2, false)) AS row (s, i, b);

-- Log loss: the mean of -log of what the actual label was given, at least 1e-15, at most 1 - 1e-15; 0 for a label that
-- is not there. Probabilities need not sum to one, and names of another case are others.
SELECT abs(lstm_log_loss(actual, probabilities) - (-ln(0.5) - ln(0.2) - ln(1e-15) - ln(1 - 1e-15) - ln(1e-15)) / 5) < 1e-12 AS log_loss
FROM (VALUES ('a', '{"a": 0.5, "b": 0.5}'::jsonb), ('b', '{"a": 0.7, "b": 0.2, "c": 0.1}'), ('c', '{"a": 1, "b": 0, "C": 0.5}'),
			 ('a', '{"a": 1, "b": 0}'), ('a', '{"a": 0, "b": 1.0}'), (NULL, '{"a": 1}'), ('a', NULL)) AS row (actual, probabilities);
SELECT round(lstm_log_loss('x'::text, '{}')::numeric, 4) AS nothing_said, round(lstm_log_loss('a'::text, '{"a": 1e-300}')::numeric, 4) AS tiny,
	   lstm_log_loss('a'::text, '{"a": 1}') BETWEEN 0 AND 1.2e-15 AS sure;

-- FILTER, DISTINCT, GROUP BY, windows are those of any aggregate.
SELECT lstm_accuracy(actual, predicted) FILTER (WHERE actual <> 'ok') = 0.6 AS filtered, lstm_accuracy(DISTINCT actual, predicted) = 0.5 AS distinct FROM class_verdict;
SELECT actual, round(lstm_accuracy(actual, predicted)::numeric, 3) AS recall, round(lstm_f1(actual, predicted)::numeric, 3) AS f1 FROM class_verdict WHERE id < 11 GROUP BY ROLLUP (actual) ORDER BY actual;
SELECT id, round(lstm_accuracy(actual, predicted) OVER so_far::numeric, 3) AS accuracy, round(lstm_f1(actual, predicted) OVER so_far::numeric, 3) AS f1
FROM class_verdict WHERE id > 6 WINDOW so_far AS (ORDER BY id ROWS 2 PRECEDING) ORDER BY id;

-- A parallel plan gives the same, to the last bit of F1.
CREATE TABLE class_rows AS SELECT i % 3 AS part, 'class ' || i % 97 AS actual, 'class ' || (i + (i % 5 = 0)::int) % 101 AS predicted,
	jsonb_build_object('class ' || i % 97, 0.5, 'other', 0.5) AS probabilities FROM generate_series(1, 20000) AS i;
INSERT INTO class_rows VALUES (0, NULL, 'a', NULL), (1, 'b', NULL, '{"b": 1}');
ALTER TABLE class_rows SET (parallel_workers = 2);
ANALYZE class_rows;
CREATE VIEW class_measures AS SELECT part, lstm_accuracy(actual, predicted) AS accuracy, lstm_f1(actual, predicted) AS f1,
	round(lstm_log_loss(actual, probabilities)::numeric, 12) AS log_loss FROM class_rows GROUP BY part;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE class_serial AS SELECT * FROM class_measures;
SELECT count(*), bool_and(accuracy = (SELECT avg((actual = predicted)::int) FROM class_rows WHERE class_rows.part = class_serial.part AND predicted IS NOT NULL)) AS accuracy,
	   bool_and(abs(f1 - (SELECT avg(2.0 * both_of / (actual_of + predicted_of)) FROM (
			SELECT label, count(*) FILTER (WHERE label = actual AND label = predicted) AS both_of,
				   count(*) FILTER (WHERE label = actual) AS actual_of, count(*) FILTER (WHERE label = predicted) AS predicted_of
			FROM (SELECT actual, predicted FROM class_rows WHERE class_rows.part = class_serial.part AND actual IS NOT NULL AND predicted IS NOT NULL) AS pair,
				 LATERAL (SELECT DISTINCT unnest(ARRAY[actual, predicted]) AS label) AS labels GROUP BY label) AS counted)) < 1e-12) AS f1
FROM class_serial;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*) FROM (SELECT * FROM class_measures EXCEPT SELECT * FROM class_serial) AS differs;
SET parallel_leader_participation = off;
SELECT count(*) FROM (SELECT * FROM class_measures EXCEPT SELECT * FROM class_serial) AS differs;
CREATE FUNCTION class_plan_has(statement text, what text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		IF strpos(line, what) > 0 THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT class_plan_has('SELECT * FROM class_measures', 'Partial') AS parallel;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- The support functions by themselves leave their arguments alone and refuse what is no state.
SELECT lstm_accuracy_accum(state, 1, '1'::text) AS right, lstm_log_loss_accum(state, 'a'::text, '{"a": 0.5}')::text LIKE '{3,2.69%' AS half, state AS still
FROM (VALUES ('{2,2,0}'::float8[])) AS row (state);
\x on
SELECT * FROM raises($$SELECT lstm_accuracy_accum('{1,2}', 1, 2)$$);

-- Errors
SELECT * FROM raises($$SELECT lstm_log_loss(actual, '[]') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_log_loss(actual, 'null') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_log_loss(actual, '0.5') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_log_loss(actual, '{"ok": -0.1}') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_log_loss(actual, '{"worn": 1.5}') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_log_loss(actual, '{"ok": "NaN"}') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_log_loss(actual, '{"ok": null}') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_log_loss(actual, '{"ok": {"ok": 1}}') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_log_loss(actual, '{"ok": 1e400}') FROM class_verdict$$);
SELECT * FROM raises($$SELECT lstm_accuracy(actual) FROM class_verdict$$);
-- a class a row, within the memory that may be taken
SET lstm_forecast.max_memory = '1MB';
SELECT * FROM raises($$SELECT lstm_f1(i, i) FROM generate_series(1, 100000) AS i$$);
SELECT * FROM raises($$SELECT lstm_f1(repeat('x', 2000000), 'y'::text)$$);
SELECT lstm_f1(i % 1000, i % 1000) FROM generate_series(1, 100000) AS i;
RESET lstm_forecast.max_memory;
SET client_min_messages = warning;
DROP SCHEMA class_metrics_test CASCADE;
