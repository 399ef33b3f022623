
--
-- Versions: how they come, how many stay, and how they are read
--

CREATE FUNCTION @extschema@.lstm_registry_store(name pg_catalog.text, model pg_catalog.bytea, promote pg_catalog.text, seconds pg_catalog.float8,
	OUT version pg_catalog.int4, OUT promoted pg_catalog.bool, OUT message pg_catalog.text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	how text := @extschema@.lstm_registry_promotion(lstm_registry_store.promote);
	info jsonb := @extschema@.lstm_registry_info(lstm_registry_store.model);
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_registry_store.name);
BEGIN
	IF info IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('no model to store as "%s"', definition.name),
			DETAIL = 'It is null.', HINT = 'A training without rows gives null.';
	END IF;
	-- Holds the row until the transaction ends: who stores or promotes another version waits. Readers do not.
	UPDATE @extschema@.lstm_definition AS d SET last_version = d.last_version + 1 WHERE d.name = definition.name RETURNING d.* INTO definition;
	IF NOT FOUND THEN
		PERFORM @extschema@.lstm_registry_definition(lstm_registry_store.name); -- raises: it was forgotten meanwhile
	END IF;
	version := definition.last_version;
	INSERT INTO @extschema@.lstm_version (name, version, model, info, bytes, seconds, skill, mase, horizon, series, rows)
		SELECT definition.name, definition.last_version, lstm_registry_store.model, info, length(lstm_registry_store.model), lstm_registry_store.seconds,
			1 - coalesce(held.mase / nullif(held.naive_mase, 0), held.mae / nullif(held.naive_mae, 0)), held.mase,
			CASE WHEN info ->> 'series' <> '0' THEN (info ->> 'horizon')::int4 END, (info ->> 'series')::int8, (info ->> 'rows')::int8
		FROM (SELECT (info #>> '{held_out,mase}')::float8 AS mase, (info #>> '{held_out,naive,mase}')::float8 AS naive_mase,
				(info #>> '{held_out,mae}')::float8 AS mae, (info #>> '{held_out,naive,mae}')::float8 AS naive_mae) AS held;
	SELECT c.promoted, c.message INTO promoted, message FROM @extschema@.lstm_registry_decide(definition, definition.last_version, how) AS c;
	UPDATE @extschema@.lstm_version AS v SET message = lstm_registry_store.message WHERE v.name = definition.name AND v.version = definition.last_version;
	IF promoted THEN
		UPDATE @extschema@.lstm_definition AS d SET version = definition.last_version WHERE d.name = definition.name;
		PERFORM @extschema@.lstm_registry_due_again(definition.name);
	END IF;
	DELETE FROM @extschema@.lstm_version AS v
		WHERE v.name = definition.name
		AND v.version IS DISTINCT FROM (CASE WHEN promoted THEN definition.last_version ELSE definition.version END)
		AND v.version NOT IN (SELECT k.version FROM @extschema@.lstm_version AS k WHERE k.name = definition.name ORDER BY k.version DESC LIMIT definition.keep);
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_store(pg_catalog.text, pg_catalog.bytea, pg_catalog.text, pg_catalog.float8)
	IS 'stores a version of a model, promotes it if it is to be, and removes versions beyond those to keep; comparing it with the promoted one takes the owner';

CREATE FUNCTION @extschema@.lstm_registry_train_by(definition @extschema@.lstm_definition)
RETURNS pg_catalog.bytea LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
BEGIN
	PERFORM @extschema@.lstm_registry_surroundings(definition);
	RETURN @extschema@.lstm_registry_train(definition.source, definition.time_column, definition.target_column, definition.series_column,
		definition.past_columns, definition.future_columns, definition.horizon, definition.options, definition.future_source, definition.static_columns);
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_train_by(@extschema@.lstm_definition) IS 'trains by a definition, in its search path and time zone; null for a source without rows';

CREATE FUNCTION @extschema@.lstm_registry_trainable(name pg_catalog.text)
RETURNS @extschema@.lstm_definition LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_own(name);
BEGIN
	PERFORM @extschema@.lstm_registry_source(definition);
	RETURN definition;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_trainable(pg_catalog.text) IS 'the row of a model that the current role may train, or an error';

CREATE FUNCTION @extschema@.lstm_retrain(name pg_catalog.text, promote pg_catalog.text DEFAULT 'if better',
	OUT version pg_catalog.int4, OUT promoted pg_catalog.bool, OUT message pg_catalog.text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_trainable(lstm_retrain.name);
	how text := @extschema@.lstm_registry_promotion(lstm_retrain.promote);
	begun timestamptz := clock_timestamp();
	model bytea := @extschema@.lstm_registry_train_by(definition);
BEGIN
	IF model IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = format('source of model "%s" has no rows', definition.name),
			DETAIL = format('The source is "%s".', definition.source), HINT = 'Look whether the owner of the model sees rows of it: row-level security may hide them.';
	END IF;
	SELECT s.version, s.promoted, s.message INTO version, promoted, message
		FROM @extschema@.lstm_registry_store(definition.name, model, how, extract(epoch FROM clock_timestamp() - begun)::float8) AS s;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_retrain(pg_catalog.text, pg_catalog.text)
	IS 'trains a model on the present rows of its source and stores it as a new version, in the transaction of the caller, who must be its owner';

CREATE FUNCTION @extschema@.lstm_put(name pg_catalog.text, model pg_catalog.bytea, promote pg_catalog.text DEFAULT 'always', note pg_catalog.text DEFAULT NULL,
	OUT version pg_catalog.int4, OUT promoted pg_catalog.bool, OUT message pg_catalog.text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF EXISTS (SELECT FROM @extschema@.lstm_definition AS d WHERE d.name = lstm_put.name) THEN
		IF lstm_put.note IS NOT NULL THEN
			UPDATE @extschema@.lstm_definition AS d SET note = lstm_put.note WHERE d.name = lstm_put.name;
		END IF;
	ELSE
		PERFORM @extschema@.lstm_registry_define(lstm_put.name, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text[], NULL::text[], NULL::int8,
			NULL::jsonb, NULL::text, NULL::text[], 5::int8, NULL::interval, lstm_put.note, false, ''::text);
	END IF;
	SELECT s.version, s.promoted, s.message INTO version, promoted, message
		FROM @extschema@.lstm_registry_store(lstm_put.name, lstm_put.model, lstm_put.promote, NULL::float8) AS s;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_put(pg_catalog.text, pg_catalog.bytea, pg_catalog.text, pg_catalog.text)
	IS 'stores a model that was trained elsewhere as a new version; a name that is new becomes a model without a source';

CREATE FUNCTION @extschema@.lstm_model(name pg_catalog.text, version pg_catalog.int8 DEFAULT NULL)
RETURNS pg_catalog.bytea LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_model.name);
	found_model bytea;
BEGIN
	SELECT v.model INTO found_model FROM @extschema@.lstm_version AS v
		WHERE v.name = definition.name AND v.version = coalesce(lstm_model.version, definition.version);
	IF found_model IS NULL AND lstm_model.version IS NOT NULL THEN
		PERFORM @extschema@.lstm_registry_no_version(definition.name, lstm_model.version);
	ELSIF found_model IS NULL THEN
		PERFORM @extschema@.lstm_registry_none_yet(definition);
	END IF;
	RETURN found_model;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_model(pg_catalog.text, pg_catalog.int8) IS 'the promoted version of a model, or the one asked for';
