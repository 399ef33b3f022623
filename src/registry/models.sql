
--
-- Models and their versions
--

CREATE FUNCTION @extschema@.lstm_registry_definition(name pg_catalog.text)
RETURNS @extschema@.lstm_definition LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row @extschema@.lstm_definition;
BEGIN
	SELECT * INTO found_row FROM @extschema@.lstm_definition AS d WHERE d.name = lstm_registry_definition.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('model "%s" does not exist', name),
			DETAIL = 'There is no model of this name that belongs to you.', HINT = 'The view lstm_models lists models; lstm_define() makes one.';
	END IF;
	RETURN found_row;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_definition(pg_catalog.text) IS 'the row of a model in lstm_definition, or an error';

CREATE FUNCTION @extschema@.lstm_define(name pg_catalog.text, source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL, options pg_catalog.jsonb DEFAULT NULL, future_source pg_catalog.text DEFAULT NULL,
	static_columns pg_catalog.text[] DEFAULT NULL, keep pg_catalog.int8 DEFAULT 5, retrain_after pg_catalog.interval DEFAULT NULL,
	note pg_catalog.text DEFAULT NULL, adaptive_rate pg_catalog.float8 DEFAULT NULL)
RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	-- before this function's own: names in the source are found as the caller finds them
	path pg_catalog.text := pg_catalog.current_setting('search_path');
BEGIN
	INSERT INTO @extschema@.lstm_definition (name, source, time_column, target_column, series_column, past_columns, future_columns, horizon,
			options, future_source, static_columns, keep, retrain_after, note, adaptive_rate, search_path, time_zone)
		VALUES (name, source, time_column, target_column, series_column, past_columns, future_columns, horizon,
			options, future_source, static_columns, keep::pg_catalog.int4, retrain_after, note, adaptive_rate, path, pg_catalog.current_setting('TimeZone'));
END $$;
COMMENT ON FUNCTION @extschema@.lstm_define(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text[], pg_catalog.int8, pg_catalog.interval, pg_catalog.text, pg_catalog.float8)
	IS 'names a model and what it is trained on; nothing is trained yet';

CREATE FUNCTION @extschema@.lstm_registry_store(name pg_catalog.text, model pg_catalog.bytea, promote pg_catalog.text, seconds pg_catalog.float8,
	OUT version pg_catalog.int4, OUT promoted pg_catalog.bool, OUT message pg_catalog.text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	UPDATE @extschema@.lstm_definition AS d SET last_version = d.last_version + 1 WHERE d.name = lstm_registry_store.name
		RETURNING d.last_version INTO lstm_registry_store.version;
	INSERT INTO @extschema@.lstm_version (name, version, model, info, skill, bytes, seconds)
		VALUES (lstm_registry_store.name, lstm_registry_store.version, lstm_registry_store.model,
				@extschema@.lstm_registry_info(lstm_registry_store.model),
				(SELECT 1 - (i->'held_out'->>'mae')::float8 / nullif((i->'held_out'->'naive'->>'mae')::float8, 0)
					FROM @extschema@.lstm_registry_info(lstm_registry_store.model) AS i), length(lstm_registry_store.model), lstm_registry_store.seconds);
	UPDATE @extschema@.lstm_definition AS d SET version = lstm_registry_store.version WHERE d.name = lstm_registry_store.name;
	promoted := true;
	message := 'promoted';
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_store(pg_catalog.text, pg_catalog.bytea, pg_catalog.text, pg_catalog.float8)
	IS 'stores a version of a model, and promotes it if it is to be';

CREATE FUNCTION @extschema@.lstm_model(name pg_catalog.text, version pg_catalog.int8 DEFAULT NULL)
RETURNS pg_catalog.bytea LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_model.name);
	found_model bytea;
BEGIN
	SELECT v.model INTO found_model FROM @extschema@.lstm_version AS v
		WHERE v.name = definition.name AND v.version = coalesce(lstm_model.version, definition.version);
	RETURN found_model;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_model(pg_catalog.text, pg_catalog.int8) IS 'the promoted version of a model, or the one asked for';
