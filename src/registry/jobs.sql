
--
-- Trainings in the background. A job is a row of lstm_job; a worker runs as the model's owner and holds a lock of its job, so
-- that whoever asks whether a job's worker is still there asks for the lock.
--

CREATE FUNCTION @extschema@.lstm_registry_wake(owners pg_catalog.text[], workers pg_catalog.int8, now pg_catalog.bool)
RETURNS pg_catalog.bool
AS 'MODULE_PATHNAME', 'lstm_registry_wake' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.lstm_registry_wake(pg_catalog.text[], pg_catalog.int8, pg_catalog.bool)
	IS 'starts workers for the queued jobs of these owners, now or when the transaction has committed; false where no worker was free now';

CREATE FUNCTION @extschema@.lstm_registry_held(job pg_catalog.int8)
RETURNS pg_catalog.bool
AS 'MODULE_PATHNAME', 'lstm_registry_held' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION @extschema@.lstm_registry_held(pg_catalog.int8) IS 'whether a worker is at this job';

CREATE FUNCTION @extschema@.lstm_registry_own_row(xmin pg_catalog.xid)
RETURNS pg_catalog.bool
AS 'MODULE_PATHNAME', 'lstm_registry_own_row' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION @extschema@.lstm_registry_own_row(pg_catalog.xid) IS 'whether the transaction under way has written a row with this xmin';

CREATE FUNCTION @extschema@.lstm_registry_job_status(job pg_catalog.int8, status pg_catalog.text)
RETURNS pg_catalog.text LANGUAGE plpgsql VOLATILE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- On a standby nobody holds the locks of the primary's workers, and an old snapshot does not show who has ended since: there the
	-- row is believed.
	IF status <> 'running' OR pg_is_in_recovery() OR current_setting('transaction_isolation') NOT LIKE 'read %'
		OR @extschema@.lstm_registry_held(job) THEN
		RETURN status;
	END IF;
	-- one that ended between the row's snapshot and the look at the lock has another status now
	RETURN CASE WHEN EXISTS (SELECT FROM @extschema@.lstm_job AS j WHERE j.job = lstm_registry_job_status.job AND j.status = 'running')
		THEN 'lost' ELSE status END;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_job_status(pg_catalog.int8, pg_catalog.text)
	IS 'the status of a job, which is lost where its worker has gone without a word';

CREATE FUNCTION @extschema@.lstm_registry_lost()
RETURNS pg_catalog.text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'its worker is gone: it was killed, or the server was stopped'::text
$$;
COMMENT ON FUNCTION @extschema@.lstm_registry_lost() IS 'what is said of a job that is lost';

CREATE FUNCTION @extschema@.lstm_registry_worker_fault(owner pg_catalog.name)
RETURNS pg_catalog.text LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	can_login bool := (SELECT r.rolcanlogin FROM pg_roles AS r WHERE r.rolname = owner);
BEGIN
	IF can_login IS NULL THEN
		RETURN format('role "%s" does not exist', owner);
	END IF;
	-- later ones let a worker in without
	IF NOT can_login AND current_setting('server_version_num')::int4 < 170000 THEN
		RETURN format('role "%s" may not log in', owner);
	END IF;
	IF NOT has_database_privilege(owner, current_database(), 'CONNECT') THEN
		RETURN format('role "%s" may not connect to database "%s"', owner, current_database());
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_worker_fault(pg_catalog.name) IS 'why no worker can run as this role; null where one can';

CREATE FUNCTION @extschema@.lstm_registry_reap(name pg_catalog.text)
RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE @extschema@.lstm_job AS j SET status = 'lost', finished_at = clock_timestamp(),
			message = @extschema@.lstm_registry_lost()
		WHERE j.status = 'running' AND j.name = coalesce(lstm_registry_reap.name, j.name) AND NOT @extschema@.lstm_registry_held(j.job);
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_reap(pg_catalog.text) IS 'writes down which jobs of a model, or of all (null), have lost their workers';

CREATE FUNCTION @extschema@.lstm_registry_queue(name pg_catalog.text, promote pg_catalog.text, attempt pg_catalog.int4)
RETURNS pg_catalog.int8 LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	queued int8;
BEGIN
	INSERT INTO @extschema@.lstm_job (name, promote, attempt)
		VALUES (lstm_registry_queue.name, lstm_registry_queue.promote, lstm_registry_queue.attempt)
		ON CONFLICT (name) WHERE status = 'queued' OR status = 'running' DO NOTHING
		RETURNING job INTO queued;
	RETURN queued;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_queue(pg_catalog.text, pg_catalog.text, pg_catalog.int4)
	IS 'queues a training of a model; null where one is queued or running';

CREATE FUNCTION @extschema@.lstm_retrain_start(name pg_catalog.text, promote pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.int8 LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_retrain_start.name);
	how text := @extschema@.lstm_registry_promotion(coalesce(lstm_retrain_start.promote, 'if better'));
	fault text := @extschema@.lstm_registry_worker_fault(definition.owner);
	started int8;
	present record;
BEGIN
	PERFORM @extschema@.lstm_registry_source(definition);
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('model "%s" cannot be trained in the background', definition.name),
			DETAIL = format('A worker runs as the model''s owner, and %s.', fault),
			HINT = 'Give the owner what it lacks, or train in this session by lstm_retrain().';
	END IF;
	PERFORM @extschema@.lstm_registry_reap(definition.name);
	WHILE started IS NULL LOOP
		started := @extschema@.lstm_registry_queue(definition.name, how, 1::int4);
		IF started IS NULL THEN
			SELECT j.job, j.status INTO present FROM @extschema@.lstm_job AS j
				WHERE j.name = definition.name AND (j.status = 'queued' OR j.status = 'running');
			IF FOUND THEN
				started := present.job;
				RAISE NOTICE USING MESSAGE = format('model "%s" has job %s already, which is %s', definition.name, present.job, present.status);
			END IF;
		END IF;
	END LOOP;
	PERFORM @extschema@.lstm_registry_wake(ARRAY[definition.owner::text], 1::int8, false);
	RETURN started;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_retrain_start(pg_catalog.text, pg_catalog.text)
	IS 'trains a model anew in the background once the transaction has committed, as the model''s owner; gives the job''s number, which lstm_wait, lstm_cancel and the view lstm_jobs go by';

CREATE FUNCTION @extschema@.lstm_registry_next(name pg_catalog.text, OUT promote pg_catalog.text, OUT attempt pg_catalog.int4)
RETURNS SETOF pg_catalog.record LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition record;
	last @extschema@.lstm_job;
	tried timestamptz;
BEGIN
	SELECT d.source, d.retrain_after INTO definition FROM @extschema@.lstm_definition AS d WHERE d.name = lstm_registry_next.name;
	SELECT * INTO last FROM @extschema@.lstm_job AS j WHERE j.name = lstm_registry_next.name ORDER BY j.job DESC LIMIT 1;
	IF definition.source IS NULL OR last.status IN ('queued', 'running') THEN
		RETURN;
	END IF;
	-- What another time may go well: a worker that is gone, conflicts, resources, locks, a server that is stopped.
	IF last.attempt < 3 AND (last.status = 'lost' OR last.status = 'failed' AND last.sqlstate ~ '^(40|53|57P|55P03)') THEN
		promote := last.promote;
		attempt := last.attempt + 1;
		RETURN NEXT;
		RETURN;
	END IF;
	tried := greatest(last.finished_at, (SELECT max(v.stored_at) FROM @extschema@.lstm_version AS v WHERE v.name = lstm_registry_next.name));
	IF coalesce(tried, '-infinity') + definition.retrain_after <= clock_timestamp() THEN
		promote := 'if better';
		attempt := 1;
		RETURN NEXT;
	END IF;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_next(pg_catalog.text) IS 'the job that is due for a model, if one is: another attempt, or the next training';

CREATE FUNCTION @extschema@.lstm_retrain_due(workers pg_catalog.int8 DEFAULT NULL, OUT name pg_catalog.text, OUT job pg_catalog.int8)
RETURNS SETOF pg_catalog.record LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	candidate record;
	due record;
	fault text;
	faults text[] := '{}';
BEGIN
	IF workers < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = '"workers" is out of range',
			DETAIL = format('It is %s, and must be at least 1.', workers), HINT = 'Leave it out for as many as "lstm_forecast.max_job_workers" allows.';
	END IF;
	PERFORM @extschema@.lstm_registry_reap(NULL::text);
	FOR candidate IN
		SELECT d.name, d.owner FROM @extschema@.lstm_definition AS d, LATERAL @extschema@.lstm_registry_next(d.name) ORDER BY d.name
	LOOP
		fault := @extschema@.lstm_registry_worker_fault(candidate.owner);
		IF fault IS NOT NULL THEN
			IF fault <> ALL (faults) THEN
				RAISE WARNING USING MESSAGE = format('models of role "%s" are not trained in the background', candidate.owner),
					DETAIL = format('A worker runs as the model''s owner, and %s.', fault);
			END IF;
			faults := faults || fault;
			CONTINUE;
		END IF;
		-- one that another caller has in hand is another caller's
		-- one whose forecasts are recorded or settled is not: that holds its key alone
		PERFORM FROM @extschema@.lstm_definition AS d WHERE d.name = candidate.name FOR NO KEY UPDATE SKIP LOCKED;
		CONTINUE WHEN NOT FOUND;
		-- what it has done meanwhile
		SELECT * INTO due FROM @extschema@.lstm_registry_next(candidate.name);
		CONTINUE WHEN NOT FOUND;
		lstm_retrain_due.name := candidate.name;
		lstm_retrain_due.job := @extschema@.lstm_registry_queue(candidate.name, due.promote, due.attempt);
		CONTINUE WHEN lstm_retrain_due.job IS NULL;
		RETURN NEXT;
	END LOOP;
	-- workers for these and for what was left in the queue
	PERFORM @extschema@.lstm_registry_wake(array_agg(q.owner ORDER BY q.first),
			least(coalesce(lstm_retrain_due.workers, 1000), sum(q.jobs), 1000)::int8, false)
		FROM (SELECT d.owner::text, min(j.job) AS first, count(*) AS jobs FROM @extschema@.lstm_job AS j
			  JOIN @extschema@.lstm_definition AS d ON d.name = j.name
			  WHERE j.status = 'queued' AND @extschema@.lstm_registry_worker_fault(d.owner) IS NULL GROUP BY d.owner) AS q;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_retrain_due(pg_catalog.int8)
	IS 'queues every model of the caller''s whose time has come by its retrain_after, or whose last training is worth another attempt, and starts workers; the line for cron';

CREATE FUNCTION @extschema@.lstm_registry_job(job pg_catalog.int8)
RETURNS @extschema@.lstm_job LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row @extschema@.lstm_job;
BEGIN
	SELECT * INTO found_row FROM @extschema@.lstm_job AS j WHERE j.job = lstm_registry_job.job;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('job %s does not exist', coalesce(job::text, 'null')),
			DETAIL = 'There is no job of this number for a model that belongs to you.', HINT = 'The view lstm_jobs lists jobs; of each model the last 20 are kept.';
	END IF;
	RETURN found_row;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_job(pg_catalog.int8) IS 'the row of a job in lstm_job, or an error';

CREATE FUNCTION @extschema@.lstm_cancel(job pg_catalog.int8)
RETURNS pg_catalog.bool LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	present @extschema@.lstm_job := @extschema@.lstm_registry_job(lstm_cancel.job);
	worker int4;
BEGIN
	-- While this lock is held the job cannot end, so that its worker is at no other one when the signal comes.
	SELECT * INTO present FROM @extschema@.lstm_job AS j WHERE j.job = lstm_cancel.job FOR NO KEY UPDATE;
	IF present.status = 'queued' THEN
		UPDATE @extschema@.lstm_job AS j SET status = 'cancelled', finished_at = clock_timestamp(), sqlstate = '57014',
				message = 'cancelled before it began'
			WHERE j.job = lstm_cancel.job;
		RETURN true;
	END IF;
	IF present.status = 'running' THEN
		-- the process that holds it (see holds.c), whatever its owner has written into the row
		SELECT l.pid INTO worker FROM pg_locks AS l
			WHERE l.locktype = 'advisory' AND l.objsubid = 19526 AND l.mode = 'ExclusiveLock' AND l.granted
			AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
			AND l.classid = ((lstm_cancel.job >> 32) & 4294967295)::oid AND l.objid = (lstm_cancel.job & 4294967295)::oid;
		IF FOUND THEN
			RETURN pg_cancel_backend(worker);
		END IF;
		PERFORM @extschema@.lstm_registry_reap(present.name);
	END IF;
	RETURN false;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_cancel(pg_catalog.int8) IS 'cancels a job; true where it was queued or running';

CREATE FUNCTION @extschema@.lstm_wait(job pg_catalog.int8, timeout pg_catalog.interval DEFAULT NULL)
RETURNS pg_catalog.text LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	present record;
	began timestamptz := clock_timestamp();
	woken timestamptz := clock_timestamp();
	pause float8 := 0.01;
BEGIN
	PERFORM @extschema@.lstm_registry_job(lstm_wait.job);
	LOOP
		SELECT @extschema@.lstm_registry_job_status(j.job, j.status) AS status, j.name, d.owner, @extschema@.lstm_registry_own_row(j.xmin) AS own
			INTO present
			FROM @extschema@.lstm_job AS j JOIN @extschema@.lstm_definition AS d ON d.name = j.name
			WHERE j.job = lstm_wait.job;
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('job %s is gone', lstm_wait.job),
				DETAIL = 'Its model was forgotten meanwhile.';
		END IF;
		EXIT WHEN present.status NOT IN ('queued', 'running');
		IF present.own THEN
			RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('job %s waits for this transaction to end', lstm_wait.job),
				DETAIL = 'A job begins when the transaction that started it has committed.', HINT = 'Call lstm_wait() in a statement after that one.';
		END IF;
		IF current_setting('transaction_isolation') NOT LIKE 'read %' THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_transaction_state', MESSAGE = format('a transaction of this isolation level cannot see the end of job %s', lstm_wait.job),
				DETAIL = format('It is %s.', current_setting('transaction_isolation')), HINT = 'Wait in a transaction that is READ COMMITTED.';
		END IF;
		EXIT WHEN clock_timestamp() >= began + timeout;
		IF present.status = 'queued' AND clock_timestamp() >= woken + interval '1 second'
			AND @extschema@.lstm_registry_worker_fault(present.owner) IS NULL THEN
			PERFORM @extschema@.lstm_registry_wake(ARRAY[present.owner::text], 1::int8, true);
			woken := clock_timestamp();
		END IF;
		PERFORM pg_sleep(greatest(least(pause, extract(epoch FROM began + timeout - clock_timestamp())), 0.001));
		pause := least(pause * 1.5, 0.2);
	END LOOP;
	IF present.status = 'lost' AND current_setting('transaction_read_only') = 'off' THEN
		PERFORM @extschema@.lstm_registry_reap(present.name);
	END IF;
	RETURN present.status;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_wait(pg_catalog.int8, pg_catalog.interval)
	IS 'waits until a job has ended, or for so long, and gives its status; has a queued one begin where a worker has become free';

CREATE VIEW @extschema@.lstm_jobs WITH (security_invoker = true) AS
SELECT j.job, j.name, d.owner, s.status, j.attempt, j.submitted_at, j.started_at, j.finished_at,
	pg_catalog.date_part('epoch', coalesce(j.finished_at, CASE WHEN s.status OPERATOR(pg_catalog.=) 'running' THEN pg_catalog.clock_timestamp() END)
		OPERATOR(pg_catalog.-) j.started_at) AS seconds,
	j.version, j.promoted, j.sqlstate,
	CASE WHEN s.status OPERATOR(pg_catalog.=) 'queued' THEN 'waits for a worker'
		WHEN s.status OPERATOR(pg_catalog.=) 'lost' THEN coalesce(j.message, @extschema@.lstm_registry_lost())
		ELSE j.message END AS message,
	CASE WHEN s.status OPERATOR(pg_catalog.=) 'running' THEN j.pid END AS pid
FROM @extschema@.lstm_job AS j
JOIN @extschema@.lstm_definition AS d ON d.name OPERATOR(pg_catalog.=) j.name,
LATERAL (SELECT CASE WHEN j.status OPERATOR(pg_catalog.=) 'running' THEN @extschema@.lstm_registry_job_status(j.job, j.status) ELSE j.status END
	AS status OFFSET 0) AS s;
GRANT SELECT ON @extschema@.lstm_jobs TO PUBLIC;
COMMENT ON VIEW @extschema@.lstm_jobs IS 'trainings in the background, of each model the last 20';
COMMENT ON COLUMN @extschema@.lstm_jobs.job IS 'number of the job';
COMMENT ON COLUMN @extschema@.lstm_jobs.name IS 'model that it trains';
COMMENT ON COLUMN @extschema@.lstm_jobs.owner IS 'role that the model belongs to, as which the worker runs';
COMMENT ON COLUMN @extschema@.lstm_jobs.status IS 'queued, running, done, failed, cancelled, or lost: its worker was killed, or the server stopped';
COMMENT ON COLUMN @extschema@.lstm_jobs.attempt IS '1, and more where the one before was lost or failed for a passing reason';
COMMENT ON COLUMN @extschema@.lstm_jobs.submitted_at IS 'when it was queued';
COMMENT ON COLUMN @extschema@.lstm_jobs.started_at IS 'when a worker took it';
COMMENT ON COLUMN @extschema@.lstm_jobs.finished_at IS 'when it ended';
COMMENT ON COLUMN @extschema@.lstm_jobs.seconds IS 'from its start to its end, or until now';
COMMENT ON COLUMN @extschema@.lstm_jobs.version IS 'version of the model that it has stored';
COMMENT ON COLUMN @extschema@.lstm_jobs.promoted IS 'whether that version was promoted';
COMMENT ON COLUMN @extschema@.lstm_jobs.sqlstate IS 'SQLSTATE of the error that it ended with';
COMMENT ON COLUMN @extschema@.lstm_jobs.message IS 'the error, or why the version was promoted, or why not';
COMMENT ON COLUMN @extschema@.lstm_jobs.pid IS 'process of the worker while it is at the job';
