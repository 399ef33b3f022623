
--
-- Watching tables
--

CREATE FUNCTION @extschema@.lstm_watch()
RETURNS pg_catalog.trigger
AS 'MODULE_PATHNAME', 'lstm_watch' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.lstm_watch()
	IS 'trigger function, AFTER INSERT or UPDATE, FOR EACH STATEMENT, with a NEW TABLE: compares new rows with the ledger''s forecasts of the model that its first argument names, notifies of those outside of their intervals, and has forecasts renewed; a second argument has options as JSON: channel, renew, most, time_column, target_column, series_column';

CREATE FUNCTION @extschema@.lstm_registry_source_table(definition @extschema@.lstm_definition)
RETURNS pg_catalog.regclass LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
BEGIN
	PERFORM @extschema@.lstm_registry_surroundings(definition);
	RETURN pg_catalog.to_regclass(definition.source);
EXCEPTION WHEN invalid_name OR syntax_error OR feature_not_supported OR invalid_parameter_value THEN
	RETURN NULL;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_source_table(@extschema@.lstm_definition) IS 'the table that the source of a model is the name of; null where it is none';

-- Triggers on the table that a model is defined on, or on another one with the same columns.
CREATE FUNCTION @extschema@.lstm_watch_start(name pg_catalog.text, options pg_catalog.jsonb DEFAULT NULL, watched pg_catalog.regclass DEFAULT NULL)
RETURNS pg_catalog.regclass LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(name);
	arguments text := quote_literal(name);
	event text;
BEGIN
	IF watched IS NULL THEN
		watched := @extschema@.lstm_registry_source_table(definition);
		IF watched IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('source of model "%s" is not a table', name),
				DETAIL = 'A trigger watches the table that rows are inserted into.',
				HINT = format('Name it: SELECT lstm_watch_start(%L, watched => ''the_table'').', name);
		END IF;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = watched AND pg_has_role(c.relowner, to_regrole(quote_ident(definition.owner)), 'USAGE')) THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('owner of table "%s" has not the privileges of role "%s"', watched, definition.owner),
			DETAIL = format('It owns model "%s", and what is watched has the rights of the table''s owner.', name),
			HINT = 'Give the model and the table the same owner.';
	END IF;
	IF options IS NOT NULL THEN
		arguments := arguments || ', ' || quote_literal(options::text);
	END IF;
	FOREACH event IN ARRAY ARRAY['insert', 'update'] LOOP
		EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION %s(%s)',
			format('lstm_watch_%s_%s', left(name, 40), event), event, watched, '@extschema@.lstm_watch', arguments);
	END LOOP;
	-- what is wrong with the columns or the options is told now, not at the first row
	PERFORM @extschema@.lstm_registry_watch_check(name, watched, options::text);
	RETURN watched;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_watch_start(pg_catalog.text, pg_catalog.jsonb, pg_catalog.regclass)
	IS 'watches the table that a model is trained on, or another one with the same columns, by triggers lstm_watch_..._insert and lstm_watch_..._update; gives the table';

CREATE FUNCTION @extschema@.lstm_registry_watch_check(name pg_catalog.text, watched pg_catalog.regclass, options pg_catalog.text)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'lstm_watch_check' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION @extschema@.lstm_registry_watch_check(pg_catalog.text, pg_catalog.regclass, pg_catalog.text)
	IS 'raises an error where a trigger of lstm_watch on the table would only warn';

CREATE FUNCTION @extschema@.lstm_watch_stop(name pg_catalog.text)
RETURNS pg_catalog.int8 LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- arguments of a trigger lie one after the other, each with a zero byte at its end
	argument bytea := convert_to(name, getdatabaseencoding()) || '\x00'::bytea;
	found_trigger record;
	stopped int8 := 0;
BEGIN
	FOR found_trigger IN
		SELECT t.tgname, t.tgrelid::regclass AS watched FROM pg_trigger AS t
		WHERE t.tgfoid = '@extschema@.lstm_watch()'::regprocedure AND NOT t.tgisinternal
			AND substr(t.tgargs, 1, length(argument)) = argument
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', found_trigger.tgname, found_trigger.watched);
		stopped := stopped + 1;
	END LOOP;
	RETURN stopped;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_watch_stop(pg_catalog.text)
	IS 'drops all triggers by which tables are watched for a model; gives how many';

CREATE FUNCTION @extschema@.lstm_registry_due_again(name pg_catalog.text)
RETURNS pg_catalog.void LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
	UPDATE @extschema@.lstm_due AS d SET tried_at = NULL WHERE d.name = lstm_registry_due_again.name AND d.tried_at IS NOT NULL
$$;
COMMENT ON FUNCTION @extschema@.lstm_registry_due_again(pg_catalog.text)
	IS 'has series tried at once that a model, which is another one now, could not forecast';

CREATE FUNCTION @extschema@.lstm_watch_renew(name pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.int8 LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	due_model text;
	wanted text[];
	failure text;
	looked_at int8 := 0;
BEGIN
	-- the model was forgotten, or is somebody else's by now
	DELETE FROM @extschema@.lstm_due AS d
	WHERE d.owner = current_user AND NOT EXISTS (SELECT FROM @extschema@.lstm_definition AS m WHERE m.name = d.name AND m.owner = d.owner);
	FOR due_model IN
		SELECT DISTINCT d.name FROM @extschema@.lstm_due AS d
		WHERE d.owner = current_user AND (lstm_watch_renew.name IS NULL OR d.name = lstm_watch_renew.name)
			AND (d.tried_at IS NULL OR d.tried_at < now() - interval '1 hour')
		ORDER BY 1
	LOOP
		-- what another renewal is at is left to it
		SELECT array_agg(DISTINCT t.series) INTO wanted
		FROM (SELECT d.series FROM @extschema@.lstm_due AS d
			  WHERE d.owner = current_user AND d.name = due_model AND (d.tried_at IS NULL OR d.tried_at < now() - interval '1 hour')
			  FOR UPDATE SKIP LOCKED) AS t;
		CONTINUE WHEN wanted IS NULL;
		failure := NULL;
		BEGIN
			PERFORM @extschema@.lstm_record(due_model,
				CASE WHEN (@extschema@.lstm_registry_definition(due_model)).series_column IS NULL THEN NULL ELSE wanted END,
				NULL::int8, NULL::float8);
		EXCEPTION
			WHEN OTHERS THEN
				failure := SQLERRM;
		END;
		DELETE FROM @extschema@.lstm_due AS d
		WHERE d.owner = current_user AND d.name = due_model AND d.series = ANY (wanted)
			AND (d.asked_at < now() - interval '1 day'
				 OR (failure IS NULL AND EXISTS (SELECT FROM @extschema@.lstm_ledger AS l
												 WHERE l.name = d.name AND l.series = d.series AND l.ts > d.after)));
		UPDATE @extschema@.lstm_due AS d SET tried_at = clock_timestamp(), message = coalesce(failure, 'no forecast beyond the row')
		WHERE d.owner = current_user AND d.name = due_model AND d.series = ANY (wanted);
		looked_at := looked_at + cardinality(wanted);
	END LOOP;
	RETURN looked_at;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_watch_renew(pg_catalog.text)
	IS 'writes new forecasts into the ledger for the series in lstm_due, of all models of the current role or of one; a background worker calls it, or cron; gives how many series it looked at';
