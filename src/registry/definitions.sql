
--
-- What models are: their definitions
--
-- A function here that sets a search_path has one of its own, for what it calls itself. Names in a source are found by
-- the one that the definition holds. Calls of our own functions give every argument the type that it has there, so that
-- no function of the same name that another role has made is a better match.
--

CREATE FUNCTION @extschema@.lstm_registry_definition(name pg_catalog.text)
RETURNS @extschema@.lstm_definition LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row @extschema@.lstm_definition;
BEGIN
	IF name IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'name of a model is null', HINT = 'The view lstm_models lists models.';
	END IF;
	SELECT * INTO found_row FROM @extschema@.lstm_definition AS d WHERE d.name = lstm_registry_definition.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('model "%s" does not exist', name),
			DETAIL = 'There is no model of this name that belongs to you.', HINT = 'The view lstm_models lists models; lstm_define() makes one.';
	END IF;
	RETURN found_row;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_definition(pg_catalog.text) IS 'the row of a model in lstm_definition, or an error';

CREATE FUNCTION @extschema@.lstm_registry_own(name pg_catalog.text)
RETURNS @extschema@.lstm_definition LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(name);
BEGIN
	IF definition.owner <> current_user THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be owner of model "%s"', name),
			DETAIL = format('It belongs to role "%s", and its source is read with the rights of that role alone.', definition.owner),
			HINT = format('SET ROLE %I, if you may.', definition.owner);
	END IF;
	RETURN definition;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_own(pg_catalog.text) IS 'the row of a model in lstm_definition, or an error unless the current role is its owner: what reads a source asks it';

CREATE FUNCTION @extschema@.lstm_registry_source(definition @extschema@.lstm_definition)
RETURNS pg_catalog.void LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF definition.source IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('model "%s" has no source', definition.name),
			DETAIL = 'It was put, not defined: there are no rows to train on, or to forecast from.',
			HINT = 'Put another version by lstm_put(), or give it a source by lstm_define(..., replace => true).';
	END IF;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_source(@extschema@.lstm_definition) IS 'raises the error for a model without a source';

-- Without a SET clause: what it sets holds until the end of the function that calls it, which has both settings in a SET clause.
-- From there on that function names a schema for everything.
CREATE FUNCTION @extschema@.lstm_registry_surroundings(definition @extschema@.lstm_definition)
RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
	PERFORM pg_catalog.set_config('search_path'::pg_catalog.text, definition.search_path, true),
		pg_catalog.set_config('TimeZone'::pg_catalog.text, definition.time_zone, true);
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_surroundings(@extschema@.lstm_definition)
	IS 'has the calling function find names and read times as the session that defined the model';

CREATE FUNCTION @extschema@.lstm_registry_define(name pg_catalog.text, source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text, past_columns pg_catalog.text[], future_columns pg_catalog.text[],
	horizon pg_catalog.int8, options pg_catalog.jsonb, future_source pg_catalog.text,
	static_columns pg_catalog.text[], keep pg_catalog.int8, retrain_after pg_catalog.interval,
	note pg_catalog.text, replace pg_catalog.bool, path pg_catalog.text)
RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	wrong text;
BEGIN
	wrong := CASE WHEN name IS NULL OR name = '' THEN 'A model needs a name.'
		WHEN length(name) > 200 THEN format('The name has %s characters, and may have 200.', length(name))
		WHEN keep IS NULL OR keep NOT BETWEEN 1 AND 1000000 THEN format('"keep" is %s, and may be 1 to 1000000.', coalesce(keep::text, 'null'))
		WHEN retrain_after NOT BETWEEN interval '1 microsecond' AND interval '100 years'
			THEN format('"retrain_after" is %s, and may be more than nothing, up to 100 years.', retrain_after) END;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid definition of a model', DETAIL = wrong;
	END IF;
	IF replace AND EXISTS (SELECT FROM @extschema@.lstm_definition AS d WHERE d.name = lstm_registry_define.name) THEN
		PERFORM @extschema@.lstm_registry_own(name);
		UPDATE @extschema@.lstm_definition AS d
			SET (source, time_column, target_column, series_column, past_columns, future_columns, horizon, options, future_source, static_columns,
				keep, retrain_after, note, search_path, time_zone)
			= ROW (source, time_column, target_column, series_column, past_columns, future_columns, horizon, options, future_source, static_columns,
				keep::int4, retrain_after, note, path, current_setting('TimeZone'))
			WHERE d.name = lstm_registry_define.name;
		PERFORM @extschema@.lstm_registry_due_again(name);
		RETURN;
	END IF;
	INSERT INTO @extschema@.lstm_definition (name, source, time_column, target_column, series_column, past_columns, future_columns, horizon,
			options, future_source, static_columns, keep, retrain_after, note, search_path, time_zone)
		VALUES (name, source, time_column, target_column, series_column, past_columns, future_columns, horizon,
			options, future_source, static_columns, keep::int4, retrain_after, note, path, current_setting('TimeZone'));
EXCEPTION WHEN unique_violation THEN
	-- nothing is told of a model of another role but that the name is taken
	RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('model "%s" already exists', name),
		HINT = 'Choose another name; a model of yours is defined anew by lstm_define(..., replace => true).';
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_define(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text[], pg_catalog.int8, pg_catalog.interval, pg_catalog.text, pg_catalog.bool, pg_catalog.text)
	IS 'stores a definition that was checked, with the search path of the caller';

-- without a search_path of its own: names in the source are found as the caller finds them
CREATE FUNCTION @extschema@.lstm_define(name pg_catalog.text, source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL, options pg_catalog.jsonb DEFAULT NULL, future_source pg_catalog.text DEFAULT NULL,
	static_columns pg_catalog.text[] DEFAULT NULL, keep pg_catalog.int8 DEFAULT 5, retrain_after pg_catalog.interval DEFAULT NULL,
	note pg_catalog.text DEFAULT NULL, replace pg_catalog.bool DEFAULT false)
RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
	PERFORM @extschema@.lstm_registry_check(source, time_column, target_column, series_column, past_columns, future_columns, horizon,
		options, future_source, static_columns);
	PERFORM @extschema@.lstm_registry_define(name, source, time_column, target_column, series_column, past_columns, future_columns, horizon,
		options, future_source, static_columns, keep, retrain_after, note, replace, pg_catalog.current_setting('search_path'::pg_catalog.text));
END $$;
COMMENT ON FUNCTION @extschema@.lstm_define(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text[], pg_catalog.int8, pg_catalog.interval, pg_catalog.text, pg_catalog.bool)
	IS 'names a model and what it is trained on; nothing is trained yet';

CREATE FUNCTION @extschema@.lstm_registry_versions(name pg_catalog.text)
RETURNS pg_catalog.text LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce('There are these versions: ' || string_agg(v.version::text, ', ' ORDER BY v.version) || '.', 'There is none.')
	FROM @extschema@.lstm_version AS v WHERE v.name = lstm_registry_versions.name
$$;
COMMENT ON FUNCTION @extschema@.lstm_registry_versions(pg_catalog.text) IS 'which versions of a model there are, as a sentence';

CREATE FUNCTION @extschema@.lstm_registry_no_version(name pg_catalog.text, version pg_catalog.int8)
RETURNS pg_catalog.void LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(name);
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('model "%s" has no version %s', name, version),
		DETAIL = @extschema@.lstm_registry_versions(name),
		HINT = CASE WHEN version BETWEEN 1 AND definition.last_version THEN format('It is gone: the last %s stay, and the promoted one.', definition.keep)
			ELSE 'The table lstm_version lists them.' END;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_no_version(pg_catalog.text, pg_catalog.int8) IS 'raises the error for a version that is not there';

CREATE FUNCTION @extschema@.lstm_registry_none_yet(definition @extschema@.lstm_definition)
RETURNS pg_catalog.void LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
		MESSAGE = format(CASE WHEN definition.last_version = 0 THEN 'model "%s" has no version yet' ELSE 'model "%s" has no promoted version' END, definition.name),
		DETAIL = @extschema@.lstm_registry_versions(definition.name),
		HINT = CASE WHEN definition.last_version > 0 THEN 'Promote one by lstm_promote().'
			WHEN definition.source IS NULL THEN 'Give it one by lstm_put().' ELSE 'Train it by lstm_retrain().' END;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_none_yet(@extschema@.lstm_definition) IS 'raises the error for a model of which no version is promoted';

CREATE FUNCTION @extschema@.lstm_forget(name pg_catalog.text, version pg_catalog.int8 DEFAULT NULL)
RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition;
BEGIN
	-- whoever stores or promotes a version at the same time waits, or is waited for
	SELECT * INTO definition FROM @extschema@.lstm_definition AS d WHERE d.name = lstm_forget.name FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM @extschema@.lstm_registry_definition(lstm_forget.name); -- raises
	END IF;
	IF lstm_forget.version IS NOT NULL THEN
		IF lstm_forget.version = definition.version THEN
			RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
				MESSAGE = format('version %s of model "%s" is the promoted one', lstm_forget.version, definition.name),
				HINT = 'Promote another one first, by lstm_promote(), or forget the whole model.';
		END IF;
		DELETE FROM @extschema@.lstm_version AS v WHERE v.name = definition.name AND v.version = lstm_forget.version;
		IF NOT FOUND THEN
			PERFORM @extschema@.lstm_registry_no_version(definition.name, lstm_forget.version);
		END IF;
		RETURN;
	END IF;
	-- as its row says, also where the server has ended since
	IF EXISTS (SELECT FROM @extschema@.lstm_job AS j WHERE j.name = definition.name
			AND @extschema@.lstm_registry_job_status(j.job, j.status) IN ('queued', 'running')) THEN
		RAISE EXCEPTION USING ERRCODE = 'object_in_use', MESSAGE = format('model "%s" is being trained', definition.name),
			HINT = 'Cancel its job first: lstm_jobs shows it.';
	END IF;
	DELETE FROM @extschema@.lstm_ledger AS l WHERE l.name = definition.name;
	DELETE FROM @extschema@.lstm_definition AS d WHERE d.name = definition.name;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_forget(pg_catalog.text, pg_catalog.int8) IS 'removes a version of a model, or all of the model with its versions, jobs and ledger';
