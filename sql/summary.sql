-- lstm_summary: a model in plain words, the same in every session.
SET client_min_messages = warning;
SET TimeZone = 'Europe/Berlin';
\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises
\pset null NULL

CREATE FUNCTION told(model bytea, parts text[] DEFAULT '{model,data,season,forecast,intervals,series,choices}')
RETURNS TABLE (part text, name text, value text, why text) LANGUAGE sql AS
$$ SELECT s.part, s.name, CASE WHEN s.name IN ('residuals', 'share of networks', 'share of statistics', 'statistical forecast') THEN regexp_replace(s.value, '[0-9].*[0-9]', '#') ELSE s.value END, s.why
   FROM lstm_summary(model) AS s WHERE s.part = ANY (parts) $$;

-- (numbers that may depend on the CPU as #; the starts' names below)
-- one series: days with a gap, whole numbers, drivers of both kinds, networks that an option describes
CREATE TABLE sale AS
	SELECT '2024-01-01 00:00 Europe/Berlin'::timestamptz + i * interval '1 day' AS day, CASE WHEN i <= 1199 THEN 1000 + 100 * (i % 7) + i * i % 11 END AS sold, i % 5 AS price, i % 9 AS rain
	FROM generate_series(0, 1213) AS i WHERE i NOT BETWEEN 50 AND 53;
CREATE TABLE trained (which text PRIMARY KEY, model bytea);
INSERT INTO trained SELECT 'drivers', lstm_train('sale', 'day', 'sold', past_columns => '{rain}', future_columns => '{price}',
	options => lstm_options(calendar => true, ensemble_size => 2, lookback => 28, patch_length => 7, hidden_size => 4, num_layers => 2, bidirectional => true, max_steps => 20, maximum => 1234567.891,
							members => '[{"normalization": "instance", "transform": "none"}, {"cell": "gru", "num_layers": 1, "normalization": "standard", "transform": "log1p"}]'));
SELECT t.* FROM trained, told(model) AS t WHERE which = 'drivers';

-- its numbers are those of lstm_model_info: rounded to what people read
SELECT s.name, CASE s.name
	WHEN 'measured on' THEN value = (held->>'windows') || ' held-out windows'
	WHEN 'mean error' THEN abs(value::float8 / (held->>'mae')::float8 - 1) < 0.005
	WHEN 'seasonal naive' THEN abs(value::float8 / (held->'naive'->>'mae')::float8 - 1) < 0.005
	WHEN 'statistical forecast' THEN abs(value::float8 / (held->'start'->>'mae')::float8 - 1) < 0.005
	WHEN 'skill' THEN abs(replace(split_part(value, ' %', 1), ',', '')::float8 / (100 * abs(1 - (held->>'mae')::float8 / (held->'naive'->>'mae')::float8)) - 1) < 0.05
		AND value LIKE CASE WHEN (held->>'mae')::float8 < (held->'naive'->>'mae')::float8 THEN '%less error than seasonal naive' ELSE '%more error than seasonal naive' END
	WHEN 'percentage error' THEN abs(replace(value, ' %', '')::float8 / (held->>'smape')::float8 - 1) < 0.05
	WHEN 'scaled error' THEN abs(value::float8 / (held->>'mase')::float8 - 1) < 0.005 END AS right, why
FROM trained AS t, lstm_summary(model) AS s, jsonb_extract_path(lstm_model_info(model), 'held_out') AS held WHERE which = 'drivers' AND part = 'accuracy';
SELECT s.name, CASE s.name WHEN 'weights' THEN replace(value, ',', '') = info->>'parameters' WHEN 'bytes' THEN value = round(octet_length(model) / 1024.0) || ' kB' ELSE value LIKE 'lstm_forecast %' END AS right
FROM trained AS t, lstm_summary(model) AS s, lstm_model_info(model) AS info WHERE which = 'drivers' AND part = 'size';

-- every reason is told once
SELECT count(*) AS reasons, count(*) FILTER (WHERE told = 1) AS told
FROM (SELECT (SELECT count(*) FROM trained AS t, lstm_summary(t.model) AS s WHERE which = 'drivers' AND s.why = w.value) AS told
	  FROM trained AS t, jsonb_each_text(lstm_model_info(model)->'why') AS w WHERE which = 'drivers' AND w.key <> 'start') AS r;

-- too short for a network; no timestamps; nothing held out; no intervals; nothing but the pretrained network
INSERT INTO trained
	SELECT 'short', lstm_train(day, sold) FROM sale WHERE day < '2024-01-20'
	UNION ALL SELECT 'undated', lstm_train(sold + 0.5, lstm_options(horizon => 5, start => true, "interval" => 'none', glitches => 'keep', missing => 'previous', minimum => -1.2349e-2) ORDER BY day) FROM sale WHERE day < '2024-01-20'
	UNION ALL SELECT 'not measured', lstm_train(day, sold, lstm_options(validation_fraction => 0, ensemble_size => 1, hidden_size => 2, lookback => 14, max_steps => 2)) FROM sale WHERE day < '2024-04-20'
	UNION ALL SELECT 'pretrained only', lstm_train(day, sold, lstm_options(pretrained => 'only', "interval" => 'model')) FROM sale WHERE day < '2024-04-20'
	UNION ALL SELECT 'distribution', lstm_train(day, sold, lstm_options(loss => 'gaussian', "interval" => 'model', ensemble_size => 1, hidden_size => 2, lookback => 14, max_steps => 2)) FROM sale WHERE day < '2024-04-20'
	UNION ALL SELECT 'bare', lstm_pretrained();
SELECT t.* FROM trained, told(model, '{model,data,season,forecast,intervals,series,choices}') AS t WHERE which = 'short' AND t.name <> 'statistical forecast';
SELECT t.* FROM trained, told(model, '{model,data,season,forecast,intervals,series,choices}') AS t WHERE which = 'undated' AND t.name <> 'statistical forecast';
SELECT which, t.* FROM trained, told(model, '{accuracy,intervals}') AS t WHERE which IN ('not measured', 'pretrained only', 'distribution') AND t.name IN ('measured on', 'kind') ORDER BY which, t.part, t.name;
SELECT t.* FROM trained, told(model) AS t WHERE which = 'pretrained only' AND part IN ('model', 'forecast');
SELECT s.part, s.name, s.why, CASE WHEN s.name <> 'trained by' THEN s.value END AS value FROM trained AS t, lstm_summary(model) AS s WHERE which = 'bare';

SELECT which, s.value = start AS right FROM trained, lstm_summary(model) AS s, lstm_model_series(model) WHERE part = 'forecast' AND name = 'statistical forecast' AND which IN ('short', 'undated');

-- fine-tuned: from which model
SELECT t.part, t.name, regexp_replace(t.value, '[0-9a-f]{8}', '...') AS value FROM (SELECT lstm_finetune((SELECT model FROM trained WHERE which = 'not measured'), day, sold, lstm_options(max_steps => 2)) AS model FROM sale WHERE day < '2024-04-20') AS f, told(model, '{model}') AS t;

-- hours: seasons and times by the clock
INSERT INTO trained SELECT 'half hours', lstm_train(ts, 20 + 5 * sin(i * pi() / 24), lstm_options(ensemble_size => 1, hidden_size => 2, max_steps => 2))
	FROM (SELECT i, timestamptz '2024-05-01 13:30:00 Europe/Berlin' + i * interval '30 minutes' AS ts FROM generate_series(0, 999) AS i) AS hours;
SELECT t.part, t.name, t.value FROM trained, told(model, '{data,season,forecast}') AS t WHERE which = 'half hours' AND t.name IN ('from', 'to', 'step', 'season', 'horizon');

-- listed steps, of which the last one is known
INSERT INTO trained SELECT 'listed', lstm_train('sale', 'day', 'sold', options => lstm_options(steps => 'SELECT day FROM sale', ensemble_size => 1, hidden_size => 2, max_steps => 2));
SELECT t.* FROM trained, told(model, '{data}') AS t WHERE which = 'listed' AND t.name IN ('to', 'step', 'last step');

-- a panel: its best and worst, those that are short, ended early or were left out
CREATE TABLE shop AS
	SELECT 'shop ' || s AS shop, timestamptz '2024-01-01 Europe/Berlin' + i * interval '1 day' AS day, 20 * s + 3 * sin(i * pi() / 3.5) * (s - 1) + CASE WHEN s = 4 THEN hashint4(i) % 10 ELSE 0 END + i % 4 * 0.1 + 40 * (hashint4(i + 1000) & 1) AS value, hashint4(i + 1000) & 1 AS open
	FROM generate_series(1, 6) AS s, generate_series(0, 199) AS i WHERE s < 5 OR i < 100 OR (s = 6 AND i < 120);
INSERT INTO shop SELECT 'brief ' || s, timestamptz '2024-07-10 Europe/Berlin' + i * interval '1 day', i, 0 FROM generate_series(1, 4) AS s, generate_series(1, 5) AS i
	UNION ALL SELECT 'twice', timestamptz '2024-01-01', i, 0 FROM generate_series(1, 2) AS i;
INSERT INTO trained SELECT 'panel', lstm_train(shop, day, value, NULL, ARRAY[open], lstm_options(horizon => 7, lookback => 14, patch_length => 7, hidden_size => 8, ensemble_size => 1, max_steps => 200, seasonal_period => 7, start => true, on_error => 'skip')) FROM shop;
SELECT t.* FROM trained, told(model, '{model,forecast,series}') AS t WHERE which = 'panel' AND t.name NOT IN ('best', 'worst');
SELECT sum(replace(s.value, ' %', '')::float8) AS percent, bool_and(CASE s.name WHEN 'share of networks' THEN s.value::text = 100 * (1 - (info->>'start_share')::float8) || ' %' ELSE s.value = 100 * (info->>'start_share')::float8 || ' %' END) AS right
FROM trained, lstm_summary(model) AS s, lstm_model_info(model) AS info WHERE which = 'panel' AND s.name LIKE 'share of%';
SELECT s.name, s.value = e.series AS right, s.why LIKE '% error than seasonal naive: % against %' AS compared
FROM trained, lstm_summary(model) AS s,
	 LATERAL (SELECT series FROM lstm_model_series(model) WHERE naive_mae > 0 ORDER BY CASE WHEN s.name = 'best' THEN mae / naive_mae ELSE -mae / naive_mae END LIMIT 1) AS e
WHERE which = 'panel' AND part = 'series' AND s.name IN ('best', 'worst');

-- the same in any session, whatever it sets, and again
CREATE TABLE said AS SELECT which, md5(string_agg(s::text, ';' ORDER BY n)) AS said FROM trained AS t, LATERAL (SELECT row_number() OVER () AS n, s.* FROM lstm_summary(model) AS s) AS s (n, part, what, value, why) GROUP BY which;
SET TimeZone = 'Pacific/Kiritimati';
SET DateStyle = 'German';
SET IntervalStyle = 'sql_standard';
SET extra_float_digits = -15;
SET lstm_forecast.model_cache = 0;
SELECT count(*) AS models, bool_and(said.said = again.said) AS same FROM said JOIN
	(SELECT which, md5(string_agg(s::text, ';' ORDER BY n)) AS said FROM trained AS t, LATERAL (SELECT row_number() OVER () AS n, s.* FROM lstm_summary(model) AS s) AS s (n, part, what, value, why) GROUP BY which) AS again USING (which);
SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE proname = 'lstm_summary';

-- no model; bytes that are none, and damaged ones
SELECT count(*) AS rows FROM lstm_summary(NULL);
SELECT r.* FROM raises($$SELECT count(*) FROM lstm_summary('')$$) AS r;
SELECT r.* FROM raises($$SELECT count(*) FROM lstm_summary('\x02000000000000007b7d')$$) AS r;
SELECT code, message FROM raises($$SELECT count(*) FROM lstm_summary((SELECT set_byte(model, octet_length(model) - 1, 255 - get_byte(model, octet_length(model) - 1)) FROM trained WHERE which = 'drivers'))$$);
DROP TABLE sale, trained, shop, said;
DROP FUNCTION told, raises;
