
--
-- What a worker calls, as the owner of the job's model
--

CREATE FUNCTION @extschema@.lstm_registry_prune(name pg_catalog.text)
RETURNS pg_catalog.void LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM @extschema@.lstm_job AS j WHERE j.name = lstm_registry_prune.name AND j.status NOT IN ('queued', 'running')
		AND j.job <= (SELECT o.job FROM @extschema@.lstm_job AS o WHERE o.name = lstm_registry_prune.name ORDER BY o.job DESC OFFSET 20 LIMIT 1)
$$;
COMMENT ON FUNCTION @extschema@.lstm_registry_prune(pg_catalog.text) IS 'removes the jobs of a model but for its last 20';

CREATE FUNCTION @extschema@.lstm_registry_claim(OUT job pg_catalog.int8, OUT name pg_catalog.text, OUT search_path pg_catalog.text,
	OUT time_zone pg_catalog.text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	UPDATE @extschema@.lstm_job AS j SET status = 'running', pid = pg_backend_pid(), started_at = clock_timestamp(),
			backend_start = (SELECT a.backend_start FROM pg_stat_get_activity(pg_backend_pid()) AS a)
		FROM @extschema@.lstm_definition AS d
		WHERE d.name = j.name AND j.job = (
			SELECT q.job FROM @extschema@.lstm_job AS q JOIN @extschema@.lstm_definition AS o ON o.name = q.name
			WHERE q.status = 'queued' AND o.owner = current_user
			ORDER BY q.job LIMIT 1 FOR UPDATE OF q SKIP LOCKED)
		RETURNING j.job, j.name, d.search_path, d.time_zone
		INTO lstm_registry_claim.job, lstm_registry_claim.name, lstm_registry_claim.search_path, lstm_registry_claim.time_zone;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_claim() IS 'takes the next queued job of a model of the current user; nulls where there is none';

CREATE FUNCTION @extschema@.lstm_registry_task(name pg_catalog.text, OUT source pg_catalog.text, OUT time_column pg_catalog.text,
	OUT target_column pg_catalog.text, OUT series_column pg_catalog.text, OUT past_columns pg_catalog.text[],
	OUT future_columns pg_catalog.text[], OUT horizon pg_catalog.int8, OUT options pg_catalog.jsonb, OUT future_source pg_catalog.text,
	OUT static_columns pg_catalog.text[], OUT fingerprint pg_catalog.text)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_registry_task.name);
BEGIN
	-- the library trains, which asks for no right to call a function: whoever was denied training has none in the background either
	IF NOT (SELECT has_function_privilege(p.oid, 'EXECUTE') FROM pg_proc AS p
			WHERE p.proname = 'lstm_registry_train' AND p.pronamespace = '@extschema@'::regnamespace) THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'permission denied for function lstm_registry_train',
			DETAIL = format('Role "%s" may not train.', current_user), HINT = 'See who may train in the guide to operations.';
	END IF;
	source := d.source;
	time_column := d.time_column;
	target_column := d.target_column;
	series_column := d.series_column;
	past_columns := d.past_columns;
	future_columns := d.future_columns;
	horizon := d.horizon;
	options := d.options;
	future_source := d.future_source;
	static_columns := d.static_columns;
	-- of whatever a training goes by, and whose it is
	fingerprint := md5(ROW(d.owner, d.source, d.time_column, d.target_column, d.series_column, d.past_columns, d.future_columns, d.horizon,
		d.options, d.future_source, d.static_columns, d.search_path, d.time_zone)::text);
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_task(pg_catalog.text)
	IS 'the arguments of lstm_train that a model is trained with, and a fingerprint by which a change is noticed';

CREATE FUNCTION @extschema@.lstm_registry_finish(job pg_catalog.int8, name pg_catalog.text, fingerprint pg_catalog.text,
	model pg_catalog.bytea, seconds pg_catalog.float8)
RETURNS pg_catalog.bool LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	how text;
	stored record;
BEGIN
	-- the model may have been renamed since
	SELECT j.name INTO lstm_registry_finish.name FROM @extschema@.lstm_job AS j WHERE j.job = lstm_registry_finish.job;
	-- the model's row first, as whoever forgets a model locks it before its jobs
	PERFORM FROM @extschema@.lstm_definition AS d WHERE d.name = lstm_registry_finish.name FOR NO KEY UPDATE;
	UPDATE @extschema@.lstm_job AS j SET status = 'done'
		WHERE j.job = lstm_registry_finish.job AND j.status = 'running' AND j.pid = pg_backend_pid()
		RETURNING j.promote, j.name INTO how, lstm_registry_finish.name;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF (SELECT t.fingerprint FROM @extschema@.lstm_registry_task(lstm_registry_finish.name) AS t) <> lstm_registry_finish.fingerprint THEN
		RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = format('model "%s" was changed while it was trained', lstm_registry_finish.name),
			DETAIL = 'The training went by its definition of before.', HINT = 'Train it again: lstm_retrain_due() does so.';
	END IF;
	SELECT * INTO stored FROM @extschema@.lstm_registry_store(lstm_registry_finish.name, model, how, seconds);
	UPDATE @extschema@.lstm_job AS j SET finished_at = clock_timestamp(), version = stored.version, promoted = stored.promoted, message = stored.message
		WHERE j.job = lstm_registry_finish.job;
	PERFORM @extschema@.lstm_registry_prune(lstm_registry_finish.name);
	RETURN true;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_finish(pg_catalog.int8, pg_catalog.text, pg_catalog.text, pg_catalog.bytea, pg_catalog.float8)
	IS 'stores what a job has trained, and that it is done; false where the job is no more this worker''s';

CREATE FUNCTION @extschema@.lstm_registry_fail(job pg_catalog.int8, name pg_catalog.text, status pg_catalog.text, sqlstate pg_catalog.text,
	message pg_catalog.text)
RETURNS pg_catalog.bool LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	UPDATE @extschema@.lstm_job AS j SET status = lstm_registry_fail.status, sqlstate = lstm_registry_fail.sqlstate,
			message = lstm_registry_fail.message, finished_at = clock_timestamp()
		WHERE j.job = lstm_registry_fail.job AND j.status = 'running' AND j.pid = pg_backend_pid()
		RETURNING j.name INTO lstm_registry_fail.name; -- which may be another one by now
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM @extschema@.lstm_registry_prune(lstm_registry_fail.name);
	RETURN true;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_fail(pg_catalog.int8, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text)
	IS 'writes down why a job has failed; false where the job is no more this worker''s';
