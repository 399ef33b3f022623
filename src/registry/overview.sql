
--
-- All models at a glance, out of small columns: no model is read
--

CREATE VIEW @extschema@.lstm_models WITH (security_invoker = true) AS
	SELECT d.name, d.owner,
		CASE WHEN j.status OPERATOR(pg_catalog.=) ANY (ARRAY['queued', 'running']::pg_catalog.text[]) THEN 'training'
			WHEN last.failed THEN 'failed'
			WHEN d.version IS NULL THEN 'no model'
			WHEN due.at OPERATOR(pg_catalog.<=) pg_catalog.now() THEN 'due'
			ELSE 'ready' END AS status,
		d.version, coalesce(a.versions, 0::pg_catalog.int8) AS versions, v.skill, v.mase, v.stored_at,
		pg_catalog.now() OPERATOR(pg_catalog.-) v.stored_at AS age, v.seconds, v.bytes, v.horizon, v.series, v.rows, d.retrain_after, due.at AS due_at,
		CASE WHEN last.failed THEN coalesce(j.message, @extschema@.lstm_registry_lost()) ELSE a.message END AS message, d.note
	FROM @extschema@.lstm_definition AS d
	LEFT JOIN @extschema@.lstm_version AS v ON v.name OPERATOR(pg_catalog.=) d.name AND v.version OPERATOR(pg_catalog.=) d.version
	LEFT JOIN (
		SELECT name, pg_catalog.count(*) AS versions, pg_catalog.max(stored_at) AS stored_at,
			(pg_catalog.array_agg(message ORDER BY version DESC))[1] AS message
		FROM @extschema@.lstm_version GROUP BY name) AS a ON a.name OPERATOR(pg_catalog.=) d.name
	LEFT JOIN (
		-- the last job of each
		SELECT l.name, l.message, l.submitted_at,
			CASE WHEN l.status OPERATOR(pg_catalog.=) 'running' THEN @extschema@.lstm_registry_job_status(l.job, l.status) ELSE l.status END AS status
		FROM @extschema@.lstm_job AS l
		JOIN (SELECT name, pg_catalog.max(job) AS job FROM @extschema@.lstm_job GROUP BY name) AS m ON m.job OPERATOR(pg_catalog.=) l.job
		OFFSET 0) AS j ON j.name OPERATOR(pg_catalog.=) d.name
	CROSS JOIN LATERAL (
		-- the last job failed, and no version came since
		SELECT j.status OPERATOR(pg_catalog.=) ANY (ARRAY['failed', 'lost']::pg_catalog.text[])
			AND (a.stored_at OPERATOR(pg_catalog.>) j.submitted_at) IS NOT TRUE AS failed) AS last
	CROSS JOIN LATERAL (
		SELECT CASE WHEN d.source IS NOT NULL THEN coalesce(a.stored_at OPERATOR(pg_catalog.+) d.retrain_after,
				CASE WHEN d.retrain_after IS NOT NULL THEN d.defined_at END) END AS at) AS due;
GRANT SELECT ON @extschema@.lstm_models TO PUBLIC;
COMMENT ON VIEW @extschema@.lstm_models IS 'models that one sees, with their promoted version, without the bytes';
COMMENT ON COLUMN @extschema@.lstm_models.name IS 'name of the model';
COMMENT ON COLUMN @extschema@.lstm_models.owner IS 'role that it belongs to';
COMMENT ON COLUMN @extschema@.lstm_models.status IS 'ready; due: retrain_after has passed; training: a job is at it; failed: the last job failed, and message says why; no model: no version is promoted yet';
COMMENT ON COLUMN @extschema@.lstm_models.version IS 'the promoted version';
COMMENT ON COLUMN @extschema@.lstm_models.versions IS 'how many there are';
COMMENT ON COLUMN @extschema@.lstm_models.skill IS '1 - error / error of the seasonal naive forecast, on the windows that the training held out';
COMMENT ON COLUMN @extschema@.lstm_models.mase IS 'the error there, as lstm_mase';
COMMENT ON COLUMN @extschema@.lstm_models.stored_at IS 'when the promoted version was stored';
COMMENT ON COLUMN @extschema@.lstm_models.age IS 'time since then';
COMMENT ON COLUMN @extschema@.lstm_models.seconds IS 'that its training took; null for one that was put';
COMMENT ON COLUMN @extschema@.lstm_models.bytes IS 'its size';
COMMENT ON COLUMN @extschema@.lstm_models.horizon IS 'steps that it forecasts; null where it has none of its own';
COMMENT ON COLUMN @extschema@.lstm_models.series IS 'series that it was trained on';
COMMENT ON COLUMN @extschema@.lstm_models.rows IS 'rows that it was trained on';
COMMENT ON COLUMN @extschema@.lstm_models.retrain_after IS 'time after the last version at which it is due';
COMMENT ON COLUMN @extschema@.lstm_models.due_at IS 'when that is; null: never';
COMMENT ON COLUMN @extschema@.lstm_models.message IS 'why the latest version was promoted, or why not; or why the last job failed';
COMMENT ON COLUMN @extschema@.lstm_models.note IS 'of lstm_define or lstm_put';
