-- Options chosen by folds before the last horizon: right ones win, the default stays unless another is surely better.
\pset null NULL
SET TimeZone = 'UTC';
\i test/regress/raises.sql
SET client_min_messages = warning;
-- a season of seven days, and weeks that differ in height
CREATE TABLE sale AS SELECT timestamptz '2024-01-01' + i * interval '1 day' AS day, 50 + 10 * sin(i * 2 * pi() / 7) + 3 * (i % 7) + sin(i * 1.37) * cos(i * 0.71) AS amount, i
FROM generate_series(0, 167) AS i;
CREATE FUNCTION small(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(ensemble_size => 1, hidden_size => 8, max_steps => 60, learning_rate => 0.01, seasonal_period => 7, seasonal_skip => false, start => false) || more $$;
-- networks that see three days cannot know the weekday, those that see four weeks can
CREATE TABLE tuned AS SELECT * FROM lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"lookback": 3}'), metric => 'mae',
	candidates => ARRAY['{"lookback": 28}', '{"lookback": 4}', '{"lookback": 28, "learning_rate": 1e-9}', '{"lookback": 5, "patch_length": 3}', '{}', '{"lookback": 3}', '{"lookback": 28.0}']::jsonb[]);
SELECT rank, options - ARRAY(SELECT jsonb_object_keys(small())) AS options, metric IS NOT NULL AS measured, last_horizon IS NOT NULL AS reported, folds, seconds BETWEEN 0 AND 60 AS seconds, note FROM tuned ORDER BY rank;
SELECT min(metric) FILTER (WHERE rank = 1) < 0.6 * min(metric) FILTER (WHERE note = 'the default') AS "much better", bool_and(options @> (small() - 'learning_rate') AND (options->>'horizon')::int = 7) AS "as lstm_train takes them",
	min(last_horizon) FILTER (WHERE rank = 1) < 0.6 * min(last_horizon) FILTER (WHERE note = 'the default') AS "and then, too" FROM tuned;
SELECT lstm_model_info(lstm_train('sale', 'day', 'amount', options => options))->'options'->>'lookback' AS lookback FROM tuned WHERE rank = 1;
-- the figures are those of lstm_backtest: on as many folds of the rows before the last horizon, and on the last horizon
CREATE FUNCTION near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT abs(a - b) <= 1e-9 * (abs(a) + abs(b)) $$;
SELECT rank, tuned.folds, near(tuned.metric, avg(b.model)) AS metric, near(tuned.naive, avg(b.seasonal_naive)) AS naive
FROM tuned, LATERAL (SELECT * FROM lstm_backtest('SELECT * FROM sale WHERE i < 161', 'day', 'amount', options => tuned.options, folds => tuned.folds)) AS b
WHERE b.metric = 'mae' AND tuned.metric IS NOT NULL GROUP BY rank, tuned.folds, tuned.metric, tuned.naive ORDER BY rank;
SELECT rank, near(last_horizon, b.model) AS last_horizon, near(last_horizon_naive, b.seasonal_naive) AS naive
FROM tuned, LATERAL (SELECT * FROM lstm_backtest('sale', 'day', 'amount', options => tuned.options, folds => 1)) AS b
WHERE b.metric = 'mae' AND tuned.last_horizon IS NOT NULL ORDER BY rank;
-- of each metric
SELECT m AS metric, t.rank, near(t.metric, avg(b.model)) AS same, near(t.naive, avg(b.seasonal_naive)) AS naive
FROM unnest(ARRAY['mase', 'MAE', 'rmse', 'mape', 'smape']) AS m, lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"lookback": 7, "max_steps": 3}'), metric => m, candidates => '{}', folds => 2) AS t,
	lstm_backtest('SELECT * FROM sale WHERE i < 161', 'day', 'amount', options => t.options, folds => 2) AS b WHERE b.metric = lower(m) GROUP BY m, t.rank, t.metric, t.naive ORDER BY m;
-- the last horizon is not seen: with other values there, and a glitch, all is the same but what is reported of it
CREATE TABLE other AS SELECT day, CASE WHEN i < 161 THEN amount ELSE 1000 * (1 + i % 3) + i END AS amount FROM sale;
SELECT o.rank, o.options = t.options AND o.metric IS NOT DISTINCT FROM t.metric AND o.naive IS NOT DISTINCT FROM t.naive AND o.note = t.note AS same, o.last_horizon > 10 * t.last_horizon AS "differs there"
FROM lstm_tune('other', 'day', 'amount', horizon => 7, options => small('{"lookback": 3}'), metric => 'mae',
	candidates => ARRAY['{"lookback": 28}', '{"lookback": 4}', '{"lookback": 28, "learning_rate": 1e-9}', '{"lookback": 5, "patch_length": 3}']::jsonb[]) AS o JOIN tuned AS t USING (rank) ORDER BY rank;
-- whoever works: the same rows
SELECT workers, count(*), bool_and((t.options - 'workers' = u.options) AND (t.metric, t.naive, t.last_horizon, t.last_horizon_naive, t.folds, t.note) IS NOT DISTINCT FROM (u.metric, u.naive, u.last_horizon, u.last_horizon_naive, u.folds, u.note)) AS same
FROM generate_series(1, 4) AS workers, lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"lookback": 3}') || jsonb_build_object('workers', workers), metric => 'mae',
	candidates => ARRAY['{"lookback": 28}', '{"lookback": 4}', '{"lookback": 28, "learning_rate": 1e-9}', '{"lookback": 5, "patch_length": 3}']::jsonb[]) AS t JOIN tuned AS u USING (rank)
GROUP BY workers ORDER BY workers;
-- a panel with drivers, a region, and what is known ahead in a source of their own; the one of a series that is too short for a fold is left out of it
CREATE TABLE panel AS SELECT 'shop ' || s AS shop, CASE WHEN s < 3 THEN 'north' ELSE 'south' END AS region, day, s * amount + CASE WHEN i % 5 = 0 THEN 30 * s ELSE 0 END AS amount, i % 5 = 0 AS promotion, i % 3 AS visitors, i FROM sale, generate_series(1, 4) AS s WHERE i < 168 - 45 * (s - 1);
CREATE VIEW plan AS SELECT timestamptz '2024-01-01' + i * interval '1 day' AS day, i % 5 = 0 AS promotion FROM generate_series(0, 200) AS i;
CREATE TABLE panel_tuned AS SELECT workers, t.* FROM generate_series(1, 3) AS workers, lstm_tune('panel', 'day', 'amount', 'shop', '{visitors}', '{promotion}', 7, small('{"lookback": 14}') || jsonb_build_object('workers', workers), 'plan', '{region}',
	ARRAY['{"max_steps": 1}', '{"cell": "gru"}']::jsonb[], 4) AS t;
SELECT rank, options->>'cell' AS cell, options->>'max_steps' AS steps, folds, metric < naive AS "better than naive", note FROM panel_tuned WHERE workers = 1 ORDER BY rank;
SELECT rank, bool_and((t.metric, t.naive, t.last_horizon, t.note) IS NOT DISTINCT FROM (u.metric, u.naive, u.last_horizon, u.note)) AS same FROM panel_tuned AS t JOIN panel_tuned AS u USING (rank) WHERE u.workers = 1 GROUP BY rank ORDER BY rank;
SELECT near(t.metric, avg(b.model)) AS same, count(*) AS cases FROM panel_tuned AS t,
	LATERAL lstm_backtest('SELECT p.* FROM panel AS p JOIN (SELECT shop, max(i) AS last FROM panel GROUP BY shop) AS l USING (shop) WHERE i <= last', 'day', 'amount', 'shop', '{visitors}', '{promotion}', 7, options => t.options, folds => 5, static_columns => '{region}') AS b
	WHERE t.workers = 1 AND t.note = 'the default' AND b.metric = 'mase' AND b.fold < 5 GROUP BY t.metric;
-- scales and naive forecasts are the default's: a candidate of another season is divided by the same
SELECT count(DISTINCT naive) AS naives, bool_and(near(metric, mae / scale)) AS same FROM (
	SELECT m.metric, m.naive, a.metric AS mae, first_value(a.metric / m.metric) OVER (ORDER BY m.note = 'the default' DESC) AS scale
	FROM lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"lookback": 14, "max_steps": 5}'), candidates => ARRAY['{"seasonal_period": 1}', '{"seasonal_period": 10}']::jsonb[], folds => 1) AS m
	JOIN lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"lookback": 14, "max_steps": 5}'), candidates => ARRAY['{"seasonal_period": 1}', '{"seasonal_period": 10}']::jsonb[], folds => 1, metric => 'mae') AS a USING (options)) AS both_of_them;
-- one fold of one series tells no noise: then the default stays
SELECT rank, options->>'lookback' AS lookback, folds, note FROM lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"lookback": 3}'), candidates => ARRAY['{"lookback": 28}']::jsonb[], folds => 1);
-- the usual candidates; alone, the default
SELECT count(*), count(*) FILTER (WHERE note LIKE 'the default%') AS defaults, count(DISTINCT options), max(rank), min(rank) FROM lstm_tune('sale', 'day', 'amount', horizon => 7, options => '{"max_steps": 2, "hidden_size": 4}');
SELECT rank, options, folds, note FROM lstm_tune('sale', 'day', 'amount', options => '{"max_steps": 2, "hidden_size": 4, "horizon": 3}', candidates => '{}');
-- a default that fails, and all that do; nothing that could be measured
SELECT rank, options->>'lookback' AS lookback, last_horizon IS NOT NULL AS reported, note FROM lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"lookback": 5, "patch_length": 3}'), candidates => ARRAY['{"lookback": 9}', '{"lookback": 7}']::jsonb[]);
SELECT rank, metric, naive, last_horizon, note FROM lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"lookback": 5, "patch_length": 3}'), candidates => ARRAY['{"lookback": 7}']::jsonb[]);
SELECT rank, metric, naive, last_horizon, note FROM lstm_tune('SELECT day, 7 AS amount FROM sale', 'day', 'amount', horizon => 7, options => small('{"max_steps": 1}'), candidates => ARRAY['{"cell": "gru"}']::jsonb[]);
-- time that ends in the first rung, whoever works; and not at all
SELECT workers, rank, metric, folds, note FROM generate_series(1, 2) AS workers, lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"max_steps": 100000000, "max_epochs": 10000000, "patience": 0}') || jsonb_build_object('workers', workers),
	candidates => ARRAY['{"cell": "gru"}']::jsonb[], max_seconds => 0.3) ORDER BY workers, rank;
SELECT rank, folds, note FROM lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"max_steps": 2}'), candidates => '{}', max_seconds => 'infinity');
-- what takes more than a worker's share of the memory is done by the leader alone, or by nobody
SET lstm_forecast.max_memory = '5MB';
CREATE TABLE tight AS SELECT workers, t.* FROM generate_series(1, 3) AS workers, lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"max_steps": 2, "lookback": 14}') || jsonb_build_object('workers', workers),
	candidates => ARRAY['{"hidden_size": 64}', '{"hidden_size": 512}']::jsonb[]) AS t;
RESET lstm_forecast.max_memory;
SELECT rank, options->>'hidden_size' AS hidden, metric IS NOT NULL AS measured, note FROM tight WHERE workers = 1 ORDER BY rank;
SELECT rank, bool_and((t.metric, t.naive, t.last_horizon, t.note) IS NOT DISTINCT FROM (u.metric, u.naive, u.last_horizon, u.note)) AS same FROM tight AS t JOIN tight AS u USING (rank) WHERE u.workers = 1 GROUP BY rank ORDER BY rank;
SET lstm_forecast.max_memory = '1MB';
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('SELECT i % 2000 AS s, timestamptz ''2024-01-01'' + i / 2000 * interval ''1 day'' AS day, i % 7 AS amount FROM generate_series(0, 39999) AS i', 'day', 'amount', 's', horizon => 3)$$);
RESET lstm_forecast.max_memory;
-- the rungs are told
SET client_min_messages = notice;
\set VERBOSITY terse
SELECT count(*) FROM lstm_tune('sale', 'day', 'amount', horizon => 7, options => small('{"max_steps": 2}'), candidates => ARRAY['{"cell": "gru"}', '{"cell": "rnn"}', '{"hidden_size": 4}']::jsonb[], folds => 4);
\set VERBOSITY default
SET client_min_messages = warning;
-- no rows, no rows; rows without times, in their order
SELECT count(*) FROM lstm_tune('SELECT * FROM sale WHERE false', 'day', 'amount');
SELECT rank, folds, metric IS NOT NULL AS measured FROM lstm_tune('SELECT * FROM sale ORDER BY day', NULL, 'amount', horizon => 7, options => small('{"max_steps": 2}'), candidates => '{}');
-- refused before anything is read
SELECT message, hint FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', candidates => ARRAY['{}', '{"lokback": 3}']::jsonb[])$$);
SELECT message, detail, hint FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', candidates => ARRAY['{"horizon": 3}']::jsonb[])$$);
SELECT o, code, message FROM unnest(ARRAY['frequency', 'steps', 'time_zone', 'missing', 'duplicates', 'on_error', 'workers', 'max_seconds', 'log_seconds']) AS o,
	raises(format($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', candidates => ARRAY['{"%s": null}']::jsonb[])$$, o)) WHERE code <> '22023';
SELECT c, code, message FROM unnest(ARRAY['[]', '[{"cell": "gru"}]', '3', 'null', '"gru"']) AS c, raises(format($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', candidates => ARRAY['%s']::jsonb[])$$, c));
SELECT code, message, detail FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', candidates => ARRAY['{}', NULL]::jsonb[])$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', candidates => ARRAY[ARRAY['{}']]::jsonb[])$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', candidates => (SELECT array_agg(jsonb_build_object('seed', i)) FROM generate_series(1, 1001) AS i))$$);
SELECT f, code, message, detail FROM unnest(ARRAY[0, -1, 101]) AS f, raises(format($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', folds => %s)$$, f));
SELECT code, message, hint FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', metric => 'mse')$$);
SELECT s, code, message, detail FROM unnest(ARRAY['0', '-1', 'NaN', '-infinity']) AS s, raises(format($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', max_seconds => %L)$$, s));
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', options => '{"lokback": 3}')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', options => '[]')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount', horizon => 0)$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune(NULL, 'day', 'amount')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('nowhere', 'day', 'amount')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('sale', 'day', 'amuont')$$);
-- rows that cannot be tuned on
SELECT * FROM raises($$SELECT * FROM lstm_tune('SELECT * FROM sale WHERE i < 30', 'day', 'amount', horizon => 7)$$);
SELECT count(*) AS "just enough" FROM lstm_tune('SELECT * FROM sale WHERE i < 31', 'day', 'amount', horizon => 7, options => small('{"lookback": 1}'), candidates => '{}');
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('SELECT day, NULL::float8 AS amount FROM sale', 'day', 'amount')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('SELECT day, ''NaN''::float8 AS amount FROM sale', 'day', 'amount')$$);
SELECT code, message FROM raises($$SELECT * FROM lstm_tune('SELECT * FROM sale UNION ALL SELECT * FROM sale', 'day', 'amount')$$);
DROP VIEW plan;
DROP TABLE tight, panel_tuned, panel, other, tuned, sale;
DROP FUNCTION raises, small, near;
