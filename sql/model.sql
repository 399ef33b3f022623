-- The model as a value: what it tells, that it survives storage, and that other bytes are refused.
SET client_min_messages = warning;
SET timezone = 'UTC';

CREATE TABLE hours AS
SELECT timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts, 20 + 5 * sin(i * pi() / 12) + i % 7 * 0.1 AS value
FROM generate_series(0, 399) AS i;
CREATE TABLE shops AS
SELECT name, timestamptz '2024-01-01 00:00+00' + day * interval '1 day' AS ts,
	   CASE WHEN day <= 69 + number THEN 20 + 5 * sin(day * pi() / 3.5) + length(name) + day % 5 * 0.1 END AS value,
	   1 AS area, (day % 11 = 0)::int AS holiday
FROM unnest('{b,a b,a}'::text[]) WITH ORDINALITY AS names (name, number), generate_series(0, 73 + number::int) AS day;
CREATE TABLE trained (name text PRIMARY KEY, model bytea);
INSERT INTO trained
SELECT 'ensemble', lstm_train(ts, value, lstm_options(horizon => 6, hidden_size => 8, max_steps => 20, seed => -5)) FROM hours
UNION ALL
SELECT 'single', lstm_train(value, lstm_options(horizon => 4, lookback => 12, patch_length => 1, hidden_size => 8, cell => 'gru', num_layers => 2,
	bidirectional => true, decoder => 'direct', linear_skip => false, ensemble_size => 1, max_steps => 20, validation_fraction => 0,
	normalization => 'standard', transform => 'none', log_seconds => true) ORDER BY ts) FROM hours
UNION ALL
SELECT 'panel', lstm_train(name, ts, value, ARRAY[area], ARRAY[holiday], lstm_options(horizon => 4, hidden_size => 2, max_steps => 10, calendar => true,
	members => '[{"loss": "quantile", "quantiles": [0.9, 0.1], "lookback": 14}, {"loss": "gaussian", "cell": "gru"}, {"loss": "student_t"}, {}]')) FROM shops;

-- what it tells
SELECT name, string_agg(key, ' ' ORDER BY key COLLATE "C") AS keys FROM trained, jsonb_object_keys(lstm_model_info(model)) AS key GROUP BY name ORDER BY name;
SELECT name, string_agg(key, ' ' ORDER BY key COLLATE "C") AS keys FROM trained, jsonb_object_keys(lstm_model_info(model)->'held_out') AS key GROUP BY name ORDER BY name;
SELECT name, info->>'horizon' AS horizon, info->>'frequency' AS frequency, info->>'season' AS season, info->>'series' AS series, info->>'rows' AS rows,
	   info->>'missing' AS missing, info->>'first_time' AS first_time, info->>'last_time' AS last_time
FROM trained, lstm_model_info(model) AS info ORDER BY name;
SELECT name, (info->>'bytes')::int = octet_length(model) AS bytes, jsonb_array_length(info->'members') AS members,
	   (info->>'parameters')::int = (SELECT sum((member->>'parameters')::int) FROM jsonb_array_elements(info->'members') AS member) AS parameters,
	   info->'versions'->>'format' AS format, info->'versions'->>'extension' = (SELECT default_version FROM pg_available_extensions WHERE name = 'lstm_forecast') AS extension,
	   info->>'kernel' IN ('avx512', 'avx2', 'plain') AS kernel
FROM trained, lstm_model_info(model) AS info ORDER BY name;
SELECT name, member->>'transform' AS transform, member->>'normalization' AS normalization,
	   (member->>'lookback')::int > (info->>'horizon')::int AS lookback,
	   (member->>'best_epoch')::int BETWEEN 0 AND (SELECT max(epoch) FROM lstm_training_log(model) AS l WHERE l.member = number) AS best_epoch
FROM trained, lstm_model_info(model) AS info, jsonb_array_elements(info->'members') WITH ORDINALITY AS m (member, number) ORDER BY name, number;

SELECT name, info->'covariates' AS covariates, jsonb_typeof(info->'why') AS why FROM trained, lstm_model_info(model) AS info ORDER BY name;
SELECT member->>'loss' AS loss, member->>'cell' AS cell, member->>'lookback' AS lookback, member->>'hidden_size' AS hidden_size,
	   (member->>'batch_size')::int > 0 AND (member->>'learning_rate')::float8 > 0 AS schedule, member->>'max_steps' AS steps,
	   member->>'channels' = first.value #>> '{members,0,channels}' AND (member->>'channels')::int > 3 AS channels
FROM trained, lstm_model_info(model) AS first (value), jsonb_array_elements(value->'members') AS m (member) WHERE name = 'panel';
SELECT name, series, rows, first_time, last_time, status, message, windows, round(mae::numeric, 1) AS mae, round(mase::numeric, 1) AS mase, round(naive_mae::numeric, 1) AS naive_mae
FROM trained, lstm_model_series(model) AS s ORDER BY name, s.series COLLATE "C";

-- the same in every session, so that it is immutable: times are those of UTC
CREATE FUNCTION told() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT string_agg(lstm_model_info(model)::text, ' ' ORDER BY name) FROM trained $$;
CREATE TABLE told AS SELECT told();
CREATE FUNCTION told_under(settings text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	setting text;
BEGIN
	FOREACH setting IN ARRAY settings LOOP
		PERFORM set_config(split_part(setting, '=', 1), split_part(setting, '=', 2), true);
	END LOOP;
	RETURN told() = (SELECT * FROM told);
END $$;
SELECT settings, told_under(settings) AS same FROM (VALUES
	(ARRAY['timezone=Asia/Kathmandu']), (ARRAY['timezone=America/New_York', 'datestyle=SQL, DMY']), (ARRAY['datestyle=German']), (ARRAY['datestyle=Postgres, MDY']),
	(ARRAY['intervalstyle=iso_8601']), (ARRAY['intervalstyle=sql_standard']), (ARRAY['extra_float_digits=-15']), (ARRAY['extra_float_digits=3']), (ARRAY['bytea_output=escape']),
	(ARRAY['lc_numeric=C', 'lc_monetary=C', 'lc_messages=C', 'standard_conforming_strings=off', 'xmloption=document', 'search_path=pg_catalog, public', 'max_parallel_workers_per_gather=0'])) AS v (settings);
RESET ALL;
SET client_min_messages = warning;
SET timezone = 'UTC';
SELECT provolatile, proparallel FROM pg_proc WHERE proname = 'lstm_model_info';

-- so a generated column and an index may hold what it tells
CREATE TABLE generated (
	name text,
	model bytea,
	horizon int GENERATED ALWAYS AS ((lstm_model_info(model)->>'horizon')::int) STORED,
	ends text GENERATED ALWAYS AS (lstm_model_info(model)->>'last_time') STORED);
INSERT INTO generated (name, model) SELECT name, model FROM trained UNION ALL SELECT 'bare', lstm_pretrained() UNION ALL SELECT 'none', NULL;
SELECT name, horizon, ends FROM generated ORDER BY name;
UPDATE generated SET model = (SELECT model FROM trained WHERE name = 'panel') WHERE name = 'single';
SELECT name, horizon, ends FROM generated WHERE name = 'single';
CREATE INDEX ON generated ((lstm_model_info(model)->>'frequency'));
DROP TABLE generated, told;
DROP FUNCTION told, told_under;

-- errors and intervals come from held-out windows; without any there are none
SELECT name, (held_out->>'windows')::int > 0 AS windows, (held_out->>'mae')::float8 > 0 AS mae, (held_out->>'rmse')::float8 >= (held_out->>'mae')::float8 AS rmse,
	   (held_out->'naive'->>'mase')::float8 > 0 AS naive, (lstm_model_info(model)->>'calibration_points')::int > 0 AS calibrated
FROM trained, jsonb_extract_path(lstm_model_info(model), 'held_out') AS held_out ORDER BY name;

-- the options are all there, and train the same model again
SELECT t.name, (SELECT array_agg(key ORDER BY key COLLATE "C") FROM jsonb_object_keys(lstm_model_info(model)->'options') AS key)
	   = (SELECT array_agg(o.name ORDER BY o.name COLLATE "C") FROM lstm_option_info() AS o WHERE o.name <> 'class_weights') AS complete
FROM trained AS t ORDER BY t.name;
-- (all but the reasons, as less was left to choose; a share of a panel that is held out is rounded up to steps, so that it is left open again)
CREATE TABLE again AS
SELECT name, CASE name WHEN 'ensemble' THEN (SELECT lstm_train(ts, value, lstm_model_info(model)->'options') FROM hours)
			 ELSE (SELECT lstm_train(s.name, ts, value, ARRAY[area], ARRAY[holiday],
									 lstm_model_info(model)->'options' || '{"validation_fraction": "auto"}') FROM shops AS s) END AS model
FROM trained WHERE name <> 'single';
SELECT name, lstm_model_info(again.model)->'members' = lstm_model_info(trained.model)->'members' AS same_members,
	   (SELECT count(*) FROM (SELECT * FROM lstm_weights(again.model) INTERSECT SELECT * FROM lstm_weights(trained.model)) AS common)
	   = (SELECT count(*) FROM lstm_weights(trained.model)) AS same_weights
FROM trained JOIN again USING (name) ORDER BY name;
DROP TABLE again;
-- how many processes trained it is no part of a model
SELECT count(DISTINCT model) AS models, min(lstm_model_info(model)->'options'->>'workers') AS workers
FROM (SELECT lstm_train(ts, value, lstm_options(horizon => 6, hidden_size => 8, max_steps => 20, seed => -5, workers => 1)) FROM hours
	  UNION ALL
	  SELECT lstm_train(ts, value, lstm_options(horizon => 6, hidden_size => 8, max_steps => 20, seed => -5, workers => 3)) FROM hours
	  UNION ALL
	  SELECT model FROM trained WHERE name = 'ensemble') AS everywhere (model);

-- the training log
SELECT name, member, min(epoch) AS first, max(epoch) = count(*) AS complete, bool_and(train_loss > 0) AS losses, count(validation_loss) > 0 AS validated,
	   bool_and(learning_rate BETWEEN 0 AND 0.001) AS rates, count(seconds) = count(*) AS timed
FROM trained, lstm_training_log(model) GROUP BY name, member ORDER BY name, member;

-- the weights, as PyTorch names and shapes them
SELECT tensor, shape, array_ndims(weights) = 1 AND cardinality(weights) = (SELECT round(exp(sum(ln(side)))) FROM unnest(shape) AS side) AS filled
FROM trained, lstm_weights(model) WHERE name = 'single';
SELECT name, count(DISTINCT split_part(tensor, '.', 1)) AS networks, sum(cardinality(weights)) = (lstm_model_info(model)->>'parameters')::int AS all_there,
	   bool_and((SELECT bool_and(weight BETWEEN -100 AND 100) FROM unnest(weights) AS weight)) AS sane
FROM trained, lstm_weights(model) WHERE name = 'ensemble' GROUP BY name, model;

-- NULL in, NULL or nothing out
SELECT lstm_model_info(NULL) IS NULL AS info, (SELECT count(*) FROM lstm_model_series(NULL)) AS series, (SELECT count(*) FROM lstm_training_log(NULL)) AS log, (SELECT count(*) FROM lstm_weights(NULL)) AS weights;

-- storage: compressed, out of line, as text and back
CREATE TABLE copies (name text, model bytea);
ALTER TABLE copies ALTER model SET STORAGE external;
INSERT INTO copies SELECT name, model FROM trained UNION ALL SELECT name, decode(encode(model, 'base64'), 'base64') FROM trained;
SELECT count(*) AS copies, count(DISTINCT md5(model)) AS different, count(DISTINCT lstm_model_info(model)) AS infos FROM (TABLE copies UNION ALL TABLE trained) AS everywhere;

-- What is refused. A bit is flipped in each of many bytes, in header and tensors alike; every one is seen.
CREATE FUNCTION model_error(model bytea, OUT state text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM lstm_model_info(model);
	state := '00000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
CREATE VIEW victim AS SELECT model, octet_length(model) AS size FROM trained WHERE name = 'single';
SELECT state, message, count(*), min(place) AS first
FROM victim, generate_series(0, 399) AS place, model_error(set_bit(model, place * 8 + place % 8, 1 - get_bit(model, place * 8 + place % 8)))
GROUP BY state, message ORDER BY first;
SELECT state, message, count(*) > 150 AS many
FROM victim, generate_series(1, 200) AS part, LATERAL (SELECT (part::bigint * (size - 1) / 200)::int AS place) AS p,
	 model_error(set_byte(model, place, get_byte(model, place) # 16))
WHERE place >= 400 GROUP BY state, message;

-- cut off anywhere, or with something behind it
SELECT state, message, count(*), min(length) AS first
FROM victim, LATERAL (SELECT generate_series(0, 200) AS length UNION ALL SELECT size - 1 - 97 * i FROM generate_series(0, 100) AS i) AS lengths,
	 model_error(substr(model, 1, length))
WHERE length < size GROUP BY state, message ORDER BY first;
SELECT e.* FROM victim, model_error(model || '\x00') AS e;
SELECT e.* FROM victim, model_error('\x00' || model) AS e;

-- no model at all
SELECT what, e.*
FROM (VALUES ('nothing', ''::bytea), ('text', 'not a model'), ('zeros', decode(repeat('00', 1000), 'hex')),
			 ('noise', decode(repeat(md5('noise'), 64), 'hex')),
			 ('other safetensors', '\x4000000000000000' || convert_to(rpad('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 64), 'UTF8') || '\x00000000')) AS bytes (what, model),
	 model_error(model) AS e;

-- A newer format, with its checksum right: CRC-32C, bit by bit.
CREATE FUNCTION castagnoli(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	crc bigint := x'ffffffff'::bigint;
BEGIN
	FOR i IN 0 .. octet_length(bytes) - 1 LOOP
		crc := crc # get_byte(bytes, i);
		FOR bit IN 1 .. 8 LOOP
			crc := (crc >> 1) # (CASE WHEN crc & 1 = 1 THEN x'82f63b78'::bigint ELSE 0 END);
		END LOOP;
	END LOOP;
	RETURN lpad(to_hex(crc # x'ffffffff'::bigint), 8, '0');
END $$;
CREATE FUNCTION with_checksum(model bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	place int := position(convert_to('lstm_forecast.checksum":"', 'UTF8') in model) + 25;
	changed bytea := overlay(model PLACING convert_to('00000000', 'UTF8') FROM place);
BEGIN
	RETURN overlay(changed PLACING convert_to(castagnoli(changed), 'UTF8') FROM place);
END $$;
CREATE FUNCTION replace_in_model(model bytea, old text, new text) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
	RETURN with_checksum(overlay(model PLACING convert_to(new, 'UTF8') FROM position(convert_to(old, 'UTF8') in model)));
END $$;
-- bytes of a tensor from a place in it, counted from 0
CREATE FUNCTION replace_in_tensor(model bytea, tensor text, place int, new bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	length int := get_byte(model, 0) + 256 * get_byte(model, 1) + 65536 * get_byte(model, 2);
	header jsonb := convert_from(substr(model, 9, length), 'UTF8');
BEGIN
	RETURN with_checksum(overlay(model PLACING new FROM 9 + length + (header #>> ARRAY[tensor, 'data_offsets', '0'])::int + place));
END $$;
SELECT castagnoli('123456789') AS check_value, with_checksum(model) = model AS agrees FROM victim;
SELECT new, e.*
FROM victim, (VALUES ('version":"3"', 'version":"9"'), ('version":"3"', 'version":"1"'), ('version":"3"', 'version":"0"'), ('version":"3"', 'version":"x"')) AS t (old, new),
	 model_error(replace_in_model(model, old, new)) AS e;

-- contents that do not go together, with their checksum right
SELECT new, e.state, e.message, e.detail
FROM victim, (VALUES
	('\"hidden_size\":8', '\"hidden_size\":9'), ('\"hidden_size\":8', '\"hidden_size\":0'), ('\"channels\":1', '\"channels\":2'),
	('\"num_layers\":2', '\"num_layers\":1'), ('\"lookback\":12', '\"lookback\":-2'), ('\"cell\":\"gru\"', '\"cell\":\"gra\"'),
	('\"past\":0', '\"past\":1'), ('\"names\":null', '\"names\":true'), ('\"labels\":[null]', '\"labels\":[   3]'), ('\"labels\":[null]', '\"labels\":[    ]'),
	('\"anchors\":null', '\"anchors\":true'), ('\"anchors\":null', '\"anchors\":[  ]'), ('\"reasons\":', '\"reasins\":'),
	('\"horizon\":4', '\"horizon\":5'), ('\"dropout\":0,', '\"dropout\":2,'), ('\"kind\":\"none\"', '\"kind\":\"noon\"'),
	('weight_ih_l0"', 'weight_ih_l2"'), ('"dtype":"F32"', '"dtype":"F16"'), ('"shape":[24,1]', '"shape":[24,2]'),
	('"shape":[12]', '"shape":[13]'), ('data_offsets":[0,', 'data_offsets":[8,'), ('training_log', 'training_lag'),
	('{"__metadata__":', '{"__metadata_-":'), ('lstm_forecast.model', 'lstm_forecast.madel'),
	('\"missing\": \"linear\"', '\"missing\": \"lenear\"'), ('\"log_seconds\"', '\"log_secands\"'), ('\"horizon\": 4', '\"horizon\": 0')) AS t (old, new),
	 model_error(replace_in_model(model, old, new)) AS e;
-- not a number among the weights: the last tensor's last value
SELECT e.state, e.message, e.detail
FROM victim, LATERAL (SELECT overlay(model PLACING '\x0000c07f' FROM size - 3) AS changed) AS c, model_error(with_checksum(changed)) AS e;

-- the same of a panel with covariates
CREATE VIEW panel AS
SELECT model, replace_in_model(model, '\"labels\":[\"a\",\"a b\",\"b\"]', '\"labels\":[\"c\",\"b b\",\"a\"]') AS renamed FROM trained WHERE name = 'panel';
SELECT new, e.state, e.message, regexp_replace(e.detail, '[0-9]+', 'N', 'g') AS detail
FROM panel, (VALUES
	('\"past\":1,', '\"past\":2,'), ('\"past\":1,\"future\":1,', '\"past\":0,\"future\":2,'), ('\"calendar\":true', '\"calendar\":null'), ('\"zone\":\"UTC\"', '\"zone\":\"UTX\"'), ('\"zone\":\"UTC\"', '\"zone\":\"\"   '),
	('\"deviations\":[1,', '\"deviations\":[0,'), ('\"loss\":\"quantile\"', '\"loss\":\"gaussian\"'), ('\"loss\":\"gaussian\"', '\"loss\":\"gaussien\"'),
	('\"quantiles\":[0.1,0.9]', '\"quantiles\":[0.9,0.1]'), ('\"quantiles\":[0.1,0.9]', '\"quantiles\":[0.1,0.1]'),
	('\"quantiles\":[0.1,0.9]', '\"quantiles\":[0.1,1.0]'), ('\"quantiles\":[0.1,0.9]', '\"quantiles\":[0.1    ]'),
	('\"labels\":[\"a\",\"a b\",\"b\"]', '\"labels\":[\"a\",\"b\",\"a\"  ]'), ('\"labels\":[\"a\",\"a b\",\"b\"]', '\"labels\":[\"a\",\"a b\",null ]'),
	('\"labels\":[\"a\",\"a b\",\"b\"]', '\"labels\":[\"a\",\"a b\"      ]'), ('"dtype":"I64"', '"dtype":"F64"'),
	('usual_spreads', 'usual_spreadz'), ('history.covariates', 'history.covariatez')) AS t (old, new),
	 model_error(replace_in_model(model, old, new)) AS e;
-- the numbers of the first series: rows, length, covered, first time, last time
SELECT tensor, place, new, e.state, e.message, regexp_replace(e.detail, '[0-9]+', 'N', 'g') AS detail
FROM panel, (VALUES
	('series', 0, '\xffffffffffffffff'::bytea), ('series', 8, '\x0000000000000000'), ('series', 8, '\x0100000000000000'), ('series', 8, '\x0000000001000000'),
	('series', 16, '\x0000000000000000'), ('series', 16, '\xff00000000000000'), ('series', 24, '\xffffffffffffff7f'), ('series', 32, '\xffffffffffffff7f'),
	('series', 24, '\x0000000000000080'), ('usual_spreads', 16, '\x000000000000f0bf'), ('usual_spreads', 16, '\x000000000000f07f'),
	('history.values', 8, '\x000000000000f87f'), ('history.covariates', 4, '\x0000807f'), ('scalers', 40, '\x000000000000f87f'),
	('scalers', 48, '\x00000000000000c0'), ('training_log', 0, '\x0000000000001440')) AS t (tensor, place, new),
	 model_error(replace_in_tensor(model, tensor, place, new)) AS e;
-- covariates reach on, but only where there are any
SELECT e.state, e.message, e.detail FROM victim, model_error(replace_in_tensor(model, 'series', 16, '\x0d00000000000000')) AS e;
-- another encoding may have another order of names: the series are sorted again, and forecast as before
SELECT after.series, before.series AS before, after.rows
FROM panel, LATERAL lstm_model_series(model) AS before, LATERAL (SELECT * FROM lstm_model_series(renamed) AS s WHERE s.rows = before.rows) AS after ORDER BY after.series COLLATE "C";
SELECT count(*) AS forecasts, bool_and(abs(f.forecast - r.forecast) < 1e-6 AND f.ts = r.ts) AS same
FROM panel, lstm_forecast(model) AS f, lstm_forecast(renamed) AS r
WHERE f.step = r.step AND (f.series, r.series) IN (('a', 'c'), ('a b', 'b b'), ('b', 'a'));

DROP VIEW panel;
DROP VIEW victim;
DROP TABLE hours, shops, trained, copies;
DROP FUNCTION model_error, replace_in_model, replace_in_tensor, with_checksum, castagnoli;
