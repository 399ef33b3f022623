-- lstm_gates: what the gates of a model's networks do while they read a series.
CREATE SCHEMA gates_test;
SET search_path = gates_test, public;
SET timezone = 'UTC';
\pset null '-'

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

CREATE TABLE reading AS
SELECT i, '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, 5 * sin(i * 2 * pi() / 24) + i / 100.0 + 0.3 * sin(i * i) AS value
FROM generate_series(1, 400) AS i;

-- each cell by itself, in both directions and two layers; patches of one row and of six
CREATE TABLE model AS
SELECT kind, patch, lstm_train(ts, value, lstm_options(cell => kind, patch_length => patch, lookback => 48, horizon => 6, hidden_size => 5,
	num_layers => 2, bidirectional => true, decoder => 'direct', ensemble_size => 1, max_steps => 20)) AS model
FROM reading, unnest(ARRAY['lstm', 'gru', 'rnn']) AS kind, unnest(ARRAY[1, 6]) AS patch GROUP BY kind, patch;
CREATE TABLE gates AS
SELECT kind, patch, g.*, lag(g.cell, 1, 0::float8) OVER way AS cell_before, lag(hidden, 1, 0::float8) OVER way AS hidden_before
FROM model, lstm_gates(model) AS g
WINDOW way AS (PARTITION BY kind, patch, member, layer, direction, unit ORDER BY CASE direction WHEN 'forward' THEN step ELSE -step END);

-- what there is: a row for each layer, direction, step and unit, with the gates of its kind
SELECT kind, patch, count(*) AS rows, count(DISTINCT (layer, direction, step, unit)) AS different, max(layer) AS layers, string_agg(DISTINCT direction, ' ') AS directions,
	   min(step) AS first, max(step) AS last, max(unit) AS units, bool_or(padding) AS padding, string_agg(DISTINCT transform, ' ') AS transform
FROM gates GROUP BY kind, patch ORDER BY kind, patch;
SELECT kind, count(*) AS rows, count(forget) AS forget, count(input) AS input, count(candidate) AS candidate, count(output) AS output, count(cell) AS cell,
	   count(hidden) AS hidden, count(reset) AS reset, count(update) AS update, count(gradient) AS gradient
FROM gates GROUP BY kind ORDER BY kind;
SELECT patch, min(ts) AS first, max(ts) AS last, bool_and(ts = '2024-03-17 16:00'::timestamptz + step * patch * interval '1 hour') AS apart FROM gates GROUP BY patch ORDER BY patch;

-- the cells' equations hold in every row, of each direction as that reads
SELECT kind, patch, layer, direction, count(*) AS rows,
	   bool_and(abs(hidden - output * tanh(cell)) < 1e-6) AS "h = o tanh c",
	   bool_and(abs(cell - (forget * cell_before + input * candidate)) < 1e-6) AS "c = f c + i g"
FROM gates WHERE kind = 'lstm' GROUP BY kind, patch, layer, direction ORDER BY patch, layer, direction;
SELECT kind, patch, layer, direction, count(*) AS rows, bool_and(abs(hidden - ((1 - update) * candidate + update * hidden_before)) < 1e-6) AS "h = (1 - z) n + z h"
FROM gates WHERE kind = 'gru' GROUP BY kind, patch, layer, direction ORDER BY patch, layer, direction;
SELECT kind, bool_and(least(forget, input, output, reset, update) > 0 AND greatest(forget, input, output, reset, update) < 1) AS shares,
	   bool_and(abs(coalesce(candidate, 0)) <= 1 AND abs(hidden) <= 1) AS bounded, count(DISTINCT hidden) > 0.99 * count(*) AS different
FROM gates GROUP BY kind ORDER BY kind;

-- one unit without scaling, by hand from the weights: what is read are the values themselves
CREATE TABLE lone AS
SELECT kind, lstm_train(ts, value, lstm_options(cell => kind, patch_length => 1, lookback => 24, horizon => 2, hidden_size => 1, num_layers => 1, decoder => 'direct',
	normalization => 'none', transform => 'none', linear_skip => false, seasonal_skip => false, ensemble_size => 1, max_steps => 20)) AS model
FROM reading, unnest(ARRAY['lstm', 'gru', 'rnn']) AS kind GROUP BY kind;
CREATE FUNCTION sigmoid(float8) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN 1 / (1 + exp(-$1));
WITH RECURSIVE weight AS (
	SELECT kind, max(weights) FILTER (WHERE tensor = 'weight_ih_l0') AS wi, max(weights) FILTER (WHERE tensor = 'weight_hh_l0') AS wh,
		   max(weights) FILTER (WHERE tensor = 'bias_ih_l0') AS bi, max(weights) FILTER (WHERE tensor = 'bias_hh_l0') AS bh
	FROM lone, lstm_weights(model) GROUP BY kind),
run AS (
	SELECT kind, 376 AS i, 0::float8 AS c, 0::float8 AS h, NULL::float8[] AS gates FROM weight
	UNION ALL
	SELECT kind, run.i + 1, next.c, next.h, next.gates
	FROM run JOIN weight USING (kind) JOIN reading ON reading.i = run.i + 1,
		 LATERAL (SELECT array_agg(wi[k] * value + bi[k] ORDER BY k) AS x, array_agg(wh[k] * h + bh[k] ORDER BY k) AS r FROM generate_subscripts(wi, 1) AS k) AS sums,
		 LATERAL (SELECT sigmoid(x[1] + r[1]) AS g1, sigmoid(x[2] + r[2]) AS g2, CASE kind WHEN 'gru' THEN tanh(x[3] + sigmoid(x[1] + r[1]) * r[3]) ELSE tanh(x[3] + r[3]) END AS g3, sigmoid(x[4] + r[4]) AS g4) AS g,
		 LATERAL (SELECT CASE kind WHEN 'lstm' THEN g2 * run.c + g1 * g3 END AS c) AS state,
		 LATERAL (SELECT state.c, CASE kind WHEN 'lstm' THEN g4 * tanh(state.c) WHEN 'gru' THEN (1 - g2) * g3 + g2 * run.h ELSE tanh(x[1] + r[1]) END AS h,
			CASE kind WHEN 'lstm' THEN ARRAY[g1, g2, g3, g4] WHEN 'gru' THEN ARRAY[g1, g2, g3] END AS gates) AS next)
SELECT kind, count(*) AS steps, bool_and(abs(g.hidden - h) < 1e-5) AS hidden, bool_and(abs(g.cell - c) < 1e-5) AS cell,
	   bool_and(abs(g.input - gates[1]) < 1e-5 AND abs(g.forget - gates[2]) < 1e-5 AND abs(g.candidate - gates[3]) < 1e-5 AND abs(g.output - gates[4]) < 1e-5) AS lstm,
	   bool_and(abs(g.reset - gates[1]) < 1e-5 AND abs(g.update - gates[2]) < 1e-5 AND abs(g.candidate - gates[3]) < 1e-5) AS gru
FROM (SELECT kind, g.* FROM lone, lstm_gates(model) AS g) AS g JOIN (SELECT kind, i - 400 AS step, c, h, gates FROM run WHERE i > 376) AS run USING (kind, step)
GROUP BY kind ORDER BY kind;

-- and the gradient: at the last step the head's, before it by the chain rule along the one unit's own way
WITH weight AS (
	SELECT kind, max(weights) FILTER (WHERE tensor = 'weight_hh_l0') AS wh, max(weights) FILTER (WHERE tensor = 'head.weight') AS head
	FROM lone, lstm_weights(model) GROUP BY kind)
SELECT kind, bool_and(abs(gradient - (SELECT avg(w) FROM unnest(head) AS w) * CASE kind WHEN 'lstm' THEN output * (1 - tanh(cell) ^ 2) ELSE 1 END) < 1e-6) FILTER (WHERE step = 0) AS "the head's",
	   bool_and(abs(gradient - next_gradient * (1 - next_hidden ^ 2) * wh[1]) < 1e-6) FILTER (WHERE step < 0 AND kind = 'rnn') AS "the chain rule's",
	   bool_or(gradient <> 0) AS any
FROM (SELECT kind, g.*, lead(gradient) OVER way AS next_gradient, lead(hidden) OVER way AS next_hidden FROM lone, lstm_gates(model) AS g
	  WINDOW way AS (PARTITION BY kind ORDER BY step)) AS g JOIN weight USING (kind)
GROUP BY kind ORDER BY kind;

-- fresh rows: those of the training give what the model's own history gives, others other gates
CREATE FUNCTION digest(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('SELECT md5(string_agg(g::text, '','' ORDER BY series, member, transform, layer, direction, step, unit)) FROM (%s) AS g', query) INTO result;
	RETURN result;
END $$;
SELECT kind, patch, digest(format('SELECT g.* FROM gates_test.model, lstm_gates(model) AS g WHERE (kind, patch) = (%L, %s)', kind, patch))
	= digest(format('SELECT g.* FROM gates_test.model, lstm_gates(model, ''gates_test.reading'', ''ts'', ''value'') AS g WHERE (kind, patch) = (%L, %s)', kind, patch)) AS same
FROM model ORDER BY kind, patch;
SELECT count(*) AS rows, min(ts) AS first, max(ts) AS last, count(*) FILTER (WHERE padding) AS padded, count(*) FILTER (WHERE padding AND ts IS NULL) AS undated
FROM model, lstm_gates(model, 'SELECT * FROM gates_test.reading WHERE i <= 30', 'ts', 'value') WHERE kind = 'gru' AND patch = 1;
SELECT step, bool_and(padding) AS padding, min(ts) AS ts FROM model, lstm_gates(model, 'SELECT * FROM gates_test.reading WHERE i <= 13', 'ts', 'value', layer => 1) WHERE kind = 'lstm' AND patch = 6 GROUP BY step ORDER BY step;

-- panels, ensembles, series by name
CREATE TABLE several AS SELECT s, ts, value * s AS value FROM reading, generate_series(1, 3) AS s;
CREATE TABLE panel AS SELECT lstm_train(s, ts, value, lstm_options(lookback => 24, horizon => 4, hidden_size => 3, patch_length => 4, ensemble_size => 2, max_steps => 10, calendar => true)) AS model FROM several;
SELECT series, member, count(*) AS rows, min(step) AS first FROM panel, lstm_gates(model) GROUP BY series, member ORDER BY series, member;
SELECT string_agg(DISTINCT series, ' ') AS series, string_agg(DISTINCT member::text, ' ') AS members FROM panel, lstm_gates(model, ARRAY[3, 1], member => 2);
SELECT string_agg(DISTINCT series, ' ') AS series, count(*) AS rows FROM panel, lstm_gates(model, '{2}', layer => 1);
SELECT string_agg(DISTINCT series, ' ') AS series, count(*) AS rows FROM panel, lstm_gates(model, 'gates_test.several', 'ts', 'value', 's', series => ARRAY[2], member => 1);
SELECT count(*) AS rows FROM panel, lstm_gates(model, '{}'::text[]);
SELECT digest('SELECT g.* FROM gates_test.panel, lstm_gates(model) AS g') = digest('SELECT g.* FROM gates_test.panel, lstm_gates(model, ''gates_test.several'', ''ts'', ''value'', ''s'') AS g') AS same;

-- drivers; future ones need not be known ahead
CREATE TABLE driven AS SELECT ts, value, cos(i / 7.0) AS past, sin(i / 11.0) AS ahead FROM reading;
CREATE TABLE driven_model AS
SELECT lstm_train('gates_test.driven', 'ts', 'value', past_columns => '{past}', future_columns => '{ahead}', horizon => 4,
	options => lstm_options(lookback => 24, hidden_size => 3, patch_length => 1, ensemble_size => 1, max_steps => 10)) AS model;
SELECT count(*) AS rows, bool_and(abs(hidden) <= 1) AS bounded FROM driven_model, lstm_gates(model);
SELECT digest('SELECT g.* FROM gates_test.driven_model, lstm_gates(model) AS g') = digest('SELECT g.* FROM gates_test.driven_model, lstm_gates(model, ''gates_test.driven'', ''ts'', ''value'') AS g') AS same,
	   digest('SELECT g.* FROM gates_test.driven_model, lstm_gates(model) AS g') = digest('SELECT g.* FROM gates_test.driven_model, lstm_gates(model, ''SELECT ts, value, past, -ahead AS ahead FROM gates_test.driven'', ''ts'', ''value'') AS g') AS "others the same";

-- without timestamps; with the clocks of a zone, whose days have 23 and 25 hours
SELECT count(*) AS rows, count(ts) AS dated FROM lstm_gates((SELECT lstm_train(value, lstm_options(lookback => 24, horizon => 4, hidden_size => 3, ensemble_size => 1, max_steps => 5) ORDER BY i) FROM reading));
CREATE TABLE clock AS
SELECT '2024-03-25 00:00+01'::timestamptz + i * interval '1 hour' AS ts, 10 * (extract(hour FROM ('2024-03-25 00:00+01'::timestamptz + i * interval '1 hour') AT TIME ZONE 'Europe/Berlin') BETWEEN 8 AND 17)::int + sin(i * i) AS value
FROM generate_series(-600, 143 + 24) AS i;
CREATE TABLE clock_model AS
SELECT lstm_train(ts, value, lstm_options(time_zone => 'Europe/Berlin', lookback => 48, horizon => 6, hidden_size => 2, patch_length => 1, ensemble_size => 1, max_steps => 5)) AS model
FROM clock;
SELECT info->'wall_clock' AS wall_clock FROM clock_model, lstm_model_info(model) AS info;
SELECT min(ts) AS first, max(ts) AS last, max(ts) = (SELECT max(ts) FROM clock) AS at_the_end, count(DISTINCT ts) AS times, bool_and(ts IN (SELECT ts FROM clock)) AS of_rows
FROM clock_model, lstm_gates(model);

-- irregular steps: fresh rows have their times, of its own a model keeps the last one's
CREATE TABLE uneven AS SELECT '2024-01-01'::timestamptz + (i + 0.3 * (i % 3)) * interval '1 hour' AS ts, sin(i / 3.0) AS value FROM generate_series(1, 200) AS i;
CREATE TABLE uneven_model AS SELECT lstm_train(ts, value, lstm_options(frequency => 'irregular', lookback => 12, horizon => 2, hidden_size => 2, patch_length => 1, ensemble_size => 1, max_steps => 5)) AS model FROM uneven;
SELECT count(*) AS rows, count(DISTINCT ts) AS times, bool_and(ts = (SELECT ts FROM uneven ORDER BY ts OFFSET 199 + step LIMIT 1)) AS "those of the rows" FROM uneven_model, lstm_gates(model, 'gates_test.uneven', 'ts', 'value');
SELECT count(*) AS rows, count(ts) AS dated, max(ts) = (SELECT max(ts) FROM uneven) AS "the last" FROM uneven_model, lstm_gates(model);

-- the pretrained network: as values and as logarithms where all are positive, and the future, too
CREATE TABLE daily AS SELECT '2020-01-01'::date + i AS day, 50 + 20 * sin(i * 2 * pi() / 365.25) + sin(i * i) AS value FROM generate_series(0, 1460) AS i;
SELECT member, transform, count(*) AS rows, max(unit) AS units, min(step) AS first, max(step) AS last, min(ts) AS since, max(ts) AS until
FROM lstm_gates(lstm_pretrained(), 'SELECT ts, value + 20 AS value FROM gates_test.reading', 'ts', 'value') GROUP BY member, transform ORDER BY transform;
SELECT member, transform, count(*) AS rows, min(step) AS first, max(ts) FILTER (WHERE step = 0) AS now, max(step) > 0 AS ahead,
	   bool_and(abs(hidden - ((1 - update) * candidate + update * hidden_before)) < 1e-6) AS "h = (1 - z) n + z h", count(forget) + count(cell) AS lstm
FROM (SELECT *, lag(hidden, 1, 0::float8) OVER (PARTITION BY transform, unit ORDER BY step) AS hidden_before FROM lstm_gates(lstm_pretrained(), 'gates_test.reading', 'ts', 'value')) AS g
GROUP BY member, transform;
SELECT transform, max(ts) FILTER (WHERE step = 0) = (SELECT max(day) FROM daily) AS "up to the end", count(DISTINCT step) FILTER (WHERE step <= 0) AS past, count(*) FILTER (WHERE padding) AS padded,
	   min(ts) FILTER (WHERE step = 1) - min(ts) FILTER (WHERE step = 0) AS apart
FROM lstm_gates(lstm_pretrained(), 'gates_test.daily', 'day', 'value') GROUP BY transform ORDER BY transform;
-- a long season is read in groups of rows
CREATE TABLE minutes AS SELECT '2024-03-01'::timestamptz + i * interval '10 minutes' AS ts, 10 * sin(i * 2 * pi() / 144) + sin(i * i) AS value FROM generate_series(0, 1500) AS i;
SELECT count(DISTINCT step) FILTER (WHERE step <= 0) AS past, max(ts) FILTER (WHERE step = 0) = (SELECT max(ts) FROM minutes) AS "up to the end",
	   bool_and(ts = (SELECT max(ts) FROM minutes) + step * interval '30 minutes') AS apart
FROM lstm_gates(lstm_pretrained(), 'gates_test.minutes', 'ts', 'value');
SELECT count(*) FILTER (WHERE padding) AS padded, count(*) FILTER (WHERE padding AND ts IS NOT NULL) AS dated, count(DISTINCT step) FILTER (WHERE NOT padding AND step <= 0) AS past
FROM lstm_gates(lstm_pretrained(), 'SELECT * FROM gates_test.daily WHERE day < ''2020-01-12''', 'day', 'value') WHERE transform = 'none';

-- of a trained model its part in the starts; none of a model without networks
CREATE TABLE started AS SELECT lstm_train(day, value, '{"pretrained": "only", "horizon": 7}') AS model FROM daily;
SELECT member, transform, max(unit) AS units, max(step) > 0 AS ahead FROM started, lstm_gates(model) GROUP BY member, transform ORDER BY transform;
SELECT count(*) AS rows FROM started, lstm_gates(model, member => 0);
SELECT count(*) AS rows FROM lstm_gates((SELECT lstm_train(day, value, '{"pretrained": "none", "horizon": 2}') FROM daily WHERE day < '2020-01-20'));

-- nothing to look at
SELECT count(*) AS rows FROM lstm_gates(NULL);
SELECT count(*) AS rows FROM lstm_gates(NULL, 'gates_test.reading', 'ts', 'value');
SELECT count(*) AS rows FROM model, lstm_gates(model, 'SELECT * FROM gates_test.reading WHERE false', 'ts', 'value');

-- what is refused
\x on
SELECT * FROM raises('SELECT lstm_gates(lstm_pretrained())');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, member => 3) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, member => 0) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, member => -1) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, layer => 5) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, layer => 0) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, layer => 9) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, ARRAY[''4'']) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, ARRAY[NULL::text]) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, ''gates_test.several'', ''ts'', ''value'', ''s'', series => ARRAY[''11'']) AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, ''gates_test.several'', ''ts'', ''valu'', ''s'') AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, NULL, ''ts'', ''value'') AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, ''gates_test.several'', NULL, ''value'') AS g');
SELECT * FROM raises('SELECT g.* FROM gates_test.panel, lstm_gates(model, ''SELECT ts, s, NULL::float8 AS value FROM gates_test.several'', ''ts'', ''value'', ''s'') AS g');
SELECT * FROM raises('SELECT g.* FROM lstm_gates(lstm_pretrained(), ''gates_test.driven'', ''ts'', ''value'', past_columns => ''{past}'') AS g');
SELECT * FROM raises('SELECT lstm_gates(''\x00'')');
SET lstm_forecast.max_memory = '1MB';
SELECT code, message FROM raises('SELECT g.* FROM lstm_gates(lstm_pretrained(), ''gates_test.reading'', ''ts'', ''value'') AS g');
RESET lstm_forecast.max_memory;
\x off

SET client_min_messages = warning;
DROP SCHEMA gates_test CASCADE;
