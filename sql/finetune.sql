-- Training a model further on newer rows. Only predicates and rounded figures are printed: floats differ in bits between CPUs.
SET client_min_messages = warning;
SET timezone = 'UTC';

-- daily sales whose week changes its shape from day 420 on, and a driver that is known ahead
CREATE SCHEMA finetune;
SET search_path = finetune, public;
CREATE TABLE sale AS
SELECT timestamptz '2022-01-01 00:00+00' + i * interval '1 day' AS day, i, series,
       (i % 11 = 3)::int::float8 AS promotion,
       level * (10 + i / 100.0 + 3 * sin(2 * pi() * i / 7) + least(greatest(i - 420, 0) / 60.0, 2) * cos(4 * pi() * i / 7)
                + (hashint4(i) % 1000) / 1000.0 + 4 * (i % 11 = 3)::int) AS amount
FROM generate_series(0, 614) AS i, (VALUES ('a', 1), ('b', 7), ('c', 30)) AS s(series, level);
CREATE VIEW old_a AS SELECT day, amount FROM sale WHERE series = 'a' AND i < 400;
CREATE VIEW new_a AS SELECT day, amount FROM sale WHERE series = 'a' AND i < 600;

CREATE TABLE model (name text PRIMARY KEY, model bytea);
INSERT INTO model SELECT 'old', lstm_train(day, amount) FROM old_a;
INSERT INTO model SELECT 'anew', lstm_train(day, amount) FROM new_a;
INSERT INTO model SELECT 'further', lstm_finetune(model, 'new_a', 'day', 'amount') FROM model WHERE name = 'old';
INSERT INTO model SELECT 'again', lstm_finetune(model, 'new_a', 'day', 'amount') FROM model WHERE name = 'further';

-- it is no worse than the old model, and near to one that was trained on all rows
CREATE TABLE error AS
SELECT name, (SELECT lstm_mae(amount, forecast) FROM lstm_forecast(model, 'new_a', 'day', 'amount') JOIN sale ON ts = day AND sale.series = 'a')
FROM model;
SELECT further.lstm_mae < old.lstm_mae AS better_than_before, further.lstm_mae < 1.25 * anew.lstm_mae AS near_to_anew,
       again.lstm_mae <= 1.05 * further.lstm_mae AS again_no_worse
FROM error old, error anew, error further, error again
WHERE (old.name, anew.name, further.name, again.name) = ('old', 'anew', 'further', 'again');

-- what the networks are stays; a twentieth of the steps at a quarter of the rate, and as many in the refit, also the next time
CREATE FUNCTION shape(model bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$SELECT jsonb_agg(m - '{max_steps, max_epochs, patience, learning_rate, best_epoch, batch_size}'::text[] ORDER BY n)
  FROM jsonb_array_elements(lstm_model_info(model)->'members') WITH ORDINALITY AS e(m, n)$$;
SELECT name, shape(model) = (SELECT shape(model) FROM model WHERE name = 'old') AS same_networks,
       info->'options' = (SELECT lstm_model_info(model)->'options' FROM model WHERE name = 'old') AS same_options,
       round((info->'members'->0->>'max_steps')::numeric / (info->'options'->>'max_steps')::numeric, 2) AS steps,
       round((info->'members'->0->>'learning_rate')::numeric / (info->'options'->>'learning_rate')::numeric, 3) AS rate,
       info->>'last_time' AS last_time, (info->>'calibration_points')::int > 0 AS has_intervals
FROM model, lstm_model_info(model) AS info WHERE name IN ('further', 'again') ORDER BY name DESC;

-- the model tells from which one it comes: that one's checksum is in its bytes
SELECT name, lstm_model_info(model)->'why'->>'finetune' =
             format('from the model of %s rows with the checksum %s', lstm_model_info(parent)->>'rows',
                    substring(encode(substring(parent FROM 1 FOR 200), 'escape') FROM 'checksum":"([0-9a-f]{8})')) AS says_from_what
FROM (SELECT name, model, (SELECT model FROM model WHERE name = CASE m.name WHEN 'again' THEN 'further' ELSE 'old' END) AS parent
      FROM model m WHERE name IN ('further', 'again')) AS pair ORDER BY name;
SELECT name, lstm_model_info(model)->'why' ? 'finetune' AS finetuned FROM model WHERE name IN ('old', 'anew') ORDER BY name;

-- however the rows come, and whoever trains, the bytes are the same
SELECT (SELECT lstm_finetune(m.model, day, amount ORDER BY hashint4(extract(epoch FROM day)::int)) FROM new_a) = further.model AS aggregate,
       (SELECT lstm_finetune(m.model, day, amount, '{"workers": 2}') FROM new_a) = further.model AS two_workers,
       lstm_finetune(m.model, 'SELECT * FROM new_a', 'day', 'amount', options => '{"workers": 1, "horizon": 14, "cell": "lstm"}') = further.model AS one_process,
       lstm_finetune(m.model, 'new_a', 'day', 'amount', options => '{"seed": 1}') <> further.model AS seed_matters
FROM model m, model further WHERE (m.name, further.name) = ('old', 'further');

-- weights that validate worse are not kept: of steps that lead astray nothing is left but the model's own, where nothing is refitted
\getenv root PG_ABS_SRCDIR
\set weights :root '/test/regress/weights.sql'
\i :weights
INSERT INTO model SELECT 'astray', lstm_finetune(model, 'new_a', 'day', 'amount', options => '{"learning_rate": 0.5, "max_steps": 6, "gradient_clip": 0, "refit": false}')
FROM model WHERE name = 'old';
SELECT weights(a.model) = weights(o.model) AS same_weights,
       (SELECT max((m->>'best_epoch')::int) FROM jsonb_array_elements(lstm_model_info(a.model)->'members') AS m) AS best_epoch
FROM model a, model o WHERE (a.name, o.name) = ('astray', 'old');

-- without timestamps; a model for each group, and one of a panel with drivers, with other series than before
CREATE TABLE few (name text PRIMARY KEY, model bytea);
INSERT INTO few SELECT 'values', lstm_train(amount, lstm_options(max_steps => 100, ensemble_size => 1) ORDER BY day) FROM old_a;
INSERT INTO few SELECT 'panel', lstm_train(series, day, amount, ARRAY[]::float8[], ARRAY[promotion], lstm_options(max_steps => 100, ensemble_size => 1))
FROM sale WHERE i < 400 AND series IN ('a', 'b');
INSERT INTO few SELECT 'columns', lstm_train('SELECT * FROM sale WHERE i < 400 AND series < ''c''', 'day', 'amount', 'series',
                                             future_columns => '{promotion}', options => lstm_options(max_steps => 100, ensemble_size => 1));
SELECT lstm_model_info(lstm_finetune(model, amount, '{"max_steps": 20}' ORDER BY day))->>'rows' AS rows FROM few, new_a WHERE name = 'values' GROUP BY model;
SELECT lstm_model_info(lstm_finetune(model, amount ORDER BY day))->>'rows' AS rows FROM few, new_a WHERE name = 'values' GROUP BY model;
INSERT INTO few SELECT 'others', (SELECT lstm_finetune(model, series, day, amount, ARRAY[]::float8[], ARRAY[promotion]) FROM sale WHERE series IN ('b', 'c') AND i < 600)
FROM few WHERE name = 'panel';
INSERT INTO few SELECT 'other columns', lstm_finetune(model, 'SELECT * FROM sale WHERE i < 600 AND series > ''a''', 'day', 'amount', 'series') FROM few WHERE name = 'columns';
SELECT name, (SELECT string_agg(series || ' ' || status, ', ' ORDER BY series) FROM lstm_model_series(model)) AS series,
       lstm_model_info(model)->'covariates' AS covariates
FROM few WHERE name LIKE 'other%' ORDER BY name;
SELECT a.model IS NOT NULL AND (SELECT array_agg(round(forecast::numeric, 6)) FROM lstm_forecast(a.model, 'SELECT * FROM sale WHERE series > ''a''', 'day', 'amount', 'series', '{}', '{promotion}', future_source => 'SELECT series, day + interval ''30 days'' AS day, 0.0 AS promotion FROM sale'))
       = (SELECT array_agg(round(forecast::numeric, 6)) FROM lstm_forecast(b.model, 'SELECT * FROM sale WHERE series > ''a''', 'day', 'amount', 'series', future_source => 'SELECT series, day + interval ''30 days'' AS day, 0.0 AS promotion FROM sale')) AS same_forecasts
FROM few a, few b WHERE (a.name, b.name) = ('others', 'other columns');
CREATE TABLE local AS SELECT series, lstm_train(day, amount, lstm_options(max_steps => 60, ensemble_size => 1)) AS model FROM sale WHERE i < 400 GROUP BY series;
SELECT series, info->>'rows' AS rows, info->'members'->0->>'max_steps' AS max_steps
FROM (SELECT series, lstm_model_info(lstm_finetune(model, day, amount)) AS info
      FROM local JOIN sale USING (series) GROUP BY series) AS l ORDER BY series;

-- a model without networks has its starts chosen anew
SELECT info->'members' AS members, info->>'rows' AS rows, info->'why'->>'finetune' LIKE 'from the model of 8 rows%' AS says
FROM lstm_model_info(lstm_finetune((SELECT lstm_train(day, amount) FROM old_a WHERE day < '2022-01-09'), 'new_a', 'day', 'amount')) AS info;
SELECT lstm_finetune(lstm_pretrained(), 'new_a', 'day', 'amount') =
       lstm_train('new_a', 'day', 'amount', options => lstm_options(pretrained => 'only')) AS as_trained;

-- nothing from nothing
SELECT lstm_finetune(NULL, 'new_a', 'day', 'amount') IS NULL AS no_model,
       lstm_finetune(model, 'SELECT * FROM new_a WHERE false', 'day', 'amount') IS NULL AS no_rows,
       (SELECT lstm_finetune(NULL::bytea, day, amount) FROM new_a) IS NULL AS null_in_group,
       (SELECT lstm_finetune(m.model, day, amount) FROM new_a WHERE false) IS NULL AS no_group
FROM model m WHERE name = 'old';

-- what it cannot do is said before any work
\set VERBOSITY default
SELECT model AS old FROM model WHERE name = 'old' \gset
SELECT model AS panel FROM few WHERE name = 'panel' \gset
SELECT lstm_finetune('\x00', 'new_a', 'day', 'amount');
SELECT lstm_finetune(:'old', 'new_a', 'day', 'amount', horizon => 7);
SELECT lstm_finetune(:'old', 'new_a', 'day', 'amount', options => '{"hidden_size": 512}');
SELECT lstm_finetune(:'old', 'new_a', 'day', 'amount', options => '{"cell": "gru"}');
SELECT lstm_finetune(:'old', 'new_a', 'day', 'amount', options => '{"celll": "gru"}');
SELECT lstm_finetune(:'old', 'new_a', 'day', 'amount', options => '{"interval": "model"}');
SELECT lstm_finetune(:'old', 'SELECT date_trunc(''month'', day) AS day, sum(amount) AS amount FROM new_a GROUP BY 1', 'day', 'amount');
SELECT lstm_finetune(:'old', 'SELECT day - i * interval ''23 hours'' AS day, amount FROM sale WHERE series = ''a''', 'day', 'amount');
SELECT lstm_finetune(:'old', 'new_a', NULL, 'amount');
SELECT lstm_finetune(model, 'new_a', 'day', 'amount') FROM few WHERE name = 'values';
SELECT lstm_finetune(:'old', 'SELECT * FROM new_a WHERE day > ''2023-06-01''', 'day', 'amount');
SELECT lstm_finetune(:'old', 'SELECT day, amount - 12 AS amount FROM new_a', 'day', 'amount');
SELECT lstm_finetune(:'old', 'sale', 'day', 'amount', 'series', past_columns => '{promotion}');
SELECT lstm_finetune(:'panel', series, day, amount) FROM sale;
SELECT lstm_finetune(lstm_pretrained(), 'sale', 'day', 'amount', 'series', past_columns => '{promotion}');
SELECT lstm_finetune(lstm_pretrained(), series, day, amount, ARRAY[promotion], NULL) FROM sale;
SELECT lstm_finetune(CASE WHEN day > '2023-01-01' THEN :'old' ELSE :'panel' END::bytea, day, amount) FROM new_a;

-- the source is read as the caller
CREATE ROLE finetune_nobody;
GRANT USAGE ON SCHEMA finetune TO finetune_nobody;
SET ROLE finetune_nobody;
SELECT lstm_finetune(:'old', 'new_a', 'day', 'amount');
RESET ROLE;
REVOKE USAGE ON SCHEMA finetune FROM finetune_nobody;
DROP ROLE finetune_nobody;
