
--
-- Tables. Everything in them is its owner's: the role of lstm_definition.owner, and roles that have its privileges.
--

CREATE TABLE @extschema@.lstm_definition (
	name pg_catalog.text PRIMARY KEY
		CHECK (name OPERATOR(pg_catalog.<>) '' AND pg_catalog.length(name) OPERATOR(pg_catalog.<=) 200),
	owner pg_catalog.name NOT NULL DEFAULT CURRENT_USER,
	source pg_catalog.text,
	time_column pg_catalog.text,
	target_column pg_catalog.text,
	series_column pg_catalog.text,
	past_columns pg_catalog.text[],
	future_columns pg_catalog.text[],
	horizon pg_catalog.int8,
	options pg_catalog.jsonb,
	future_source pg_catalog.text,
	static_columns pg_catalog.text[],
	keep pg_catalog.int4 NOT NULL DEFAULT 5 CHECK (keep OPERATOR(pg_catalog.>=) 1),
	retrain_after pg_catalog.interval
		CHECK (retrain_after OPERATOR(pg_catalog.>) '0'::pg_catalog.interval AND retrain_after OPERATOR(pg_catalog.<=) '100 years'::pg_catalog.interval),
	note pg_catalog.text,
	search_path pg_catalog.text NOT NULL,
	time_zone pg_catalog.text NOT NULL,
	version pg_catalog.int4,
	last_version pg_catalog.int4 NOT NULL DEFAULT 0,
	adaptive_rate pg_catalog.float8 CHECK (adaptive_rate OPERATOR(pg_catalog.>) 0::pg_catalog.float8 AND adaptive_rate OPERATOR(pg_catalog.<=) 1::pg_catalog.float8),
	adaptive_shift pg_catalog.float8 NOT NULL DEFAULT 0,
	adaptive_until pg_catalog.date,
	-- times that lists of all models calculate with: no row of one owner may end those of a superuser by an error
	defined_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.now()
		CHECK (defined_at OPERATOR(pg_catalog.>=) '2000-01-01 00:00+00'::pg_catalog.timestamptz AND defined_at OPERATOR(pg_catalog.<) '10000-01-01 00:00+00'::pg_catalog.timestamptz)
);
COMMENT ON TABLE @extschema@.lstm_definition IS 'models by name, and what it takes to train them again; a row is seen and changed by its owner and by roles that have the owner''s privileges';
COMMENT ON COLUMN @extschema@.lstm_definition.name IS 'name of the model, one in the database';
COMMENT ON COLUMN @extschema@.lstm_definition.owner IS 'role that the model belongs to, whose rights its training has';
COMMENT ON COLUMN @extschema@.lstm_definition.source IS 'table or SELECT that it is trained on; null for a model that was only put, which cannot be retrained';
COMMENT ON COLUMN @extschema@.lstm_definition.time_column IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.target_column IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.series_column IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.past_columns IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.future_columns IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.horizon IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.options IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.future_source IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.static_columns IS 'as of lstm_train';
COMMENT ON COLUMN @extschema@.lstm_definition.keep IS 'versions to keep; older ones than the last so many go, but for the promoted one';
COMMENT ON COLUMN @extschema@.lstm_definition.retrain_after IS 'time after the last training at which lstm_retrain_due trains it again; null: never by itself';
COMMENT ON COLUMN @extschema@.lstm_definition.note IS 'for people';
COMMENT ON COLUMN @extschema@.lstm_definition.search_path IS 'of the session that defined the model: the names in its sources are found by it';
COMMENT ON COLUMN @extschema@.lstm_definition.time_zone IS 'of the session that defined the model, for trainings without the option time_zone';
COMMENT ON COLUMN @extschema@.lstm_definition.version IS 'the promoted version, which lstm_model gives; null where there is none yet';
COMMENT ON COLUMN @extschema@.lstm_definition.last_version IS 'number of the latest version, kept or not';
COMMENT ON COLUMN @extschema@.lstm_definition.adaptive_rate IS 'how much a day of observations outside of the intervals widens those that lstm_record writes next; null: they are the model''s own';
COMMENT ON COLUMN @extschema@.lstm_definition.adaptive_shift IS 'what that has come to: added to the share of observations that intervals leave outside';
COMMENT ON COLUMN @extschema@.lstm_definition.adaptive_until IS 'the last day that has had its part in it';
COMMENT ON COLUMN @extschema@.lstm_definition.defined_at IS 'when it was defined';

CREATE TABLE @extschema@.lstm_version (
	name pg_catalog.text NOT NULL REFERENCES @extschema@.lstm_definition (name) ON UPDATE CASCADE ON DELETE CASCADE,
	version pg_catalog.int4 NOT NULL,
	model pg_catalog.bytea NOT NULL,
	info pg_catalog.jsonb NOT NULL,
	skill pg_catalog.float8,
	mase pg_catalog.float8,
	horizon pg_catalog.int4,
	series pg_catalog.int8,
	rows pg_catalog.int8,
	bytes pg_catalog.int8 NOT NULL,
	seconds pg_catalog.float8,
	stored_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
		CHECK (stored_at OPERATOR(pg_catalog.>=) '2000-01-01 00:00+00'::pg_catalog.timestamptz AND stored_at OPERATOR(pg_catalog.<) '10000-01-01 00:00+00'::pg_catalog.timestamptz),
	message pg_catalog.text,
	PRIMARY KEY (name, version)
);
-- What lists of models show stays in small rows; the model and what is said of it lie beside them.
ALTER TABLE @extschema@.lstm_version SET (toast_tuple_target = 256);
ALTER TABLE @extschema@.lstm_version ALTER COLUMN model SET STORAGE EXTERNAL;
ALTER TABLE @extschema@.lstm_version ALTER COLUMN name SET STORAGE MAIN;
ALTER TABLE @extschema@.lstm_version ALTER COLUMN message SET STORAGE MAIN;
COMMENT ON TABLE @extschema@.lstm_version IS 'versions of the models';
COMMENT ON COLUMN @extschema@.lstm_version.name IS 'name of the model';
COMMENT ON COLUMN @extschema@.lstm_version.version IS 'number of the version, from 1';
COMMENT ON COLUMN @extschema@.lstm_version.model IS 'the model';
COMMENT ON COLUMN @extschema@.lstm_version.info IS 'what lstm_model_info says of it';
COMMENT ON COLUMN @extschema@.lstm_version.skill IS '1 - error / error of the seasonal naive forecast, on the windows that its training held out';
COMMENT ON COLUMN @extschema@.lstm_version.mase IS 'the error there, as lstm_mase; null where there is none';
COMMENT ON COLUMN @extschema@.lstm_version.horizon IS 'steps that it forecasts; null for a model of classes, and for a pretrained one without series of its own';
COMMENT ON COLUMN @extschema@.lstm_version.series IS 'series that it was trained on';
COMMENT ON COLUMN @extschema@.lstm_version.rows IS 'rows that it was trained on';
COMMENT ON COLUMN @extschema@.lstm_version.bytes IS 'size of the model';
COMMENT ON COLUMN @extschema@.lstm_version.seconds IS 'that its training took; null for a model that was put';
COMMENT ON COLUMN @extschema@.lstm_version.stored_at IS 'when it was stored';
COMMENT ON COLUMN @extschema@.lstm_version.message IS 'why it was promoted, or why not';

CREATE TABLE @extschema@.lstm_job (
	job pg_catalog.int8 GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name pg_catalog.text NOT NULL REFERENCES @extschema@.lstm_definition (name) ON UPDATE CASCADE ON DELETE CASCADE,
	promote pg_catalog.text NOT NULL,
	status pg_catalog.text NOT NULL DEFAULT 'queued'
		CHECK (status OPERATOR(pg_catalog.=) ANY (ARRAY['queued', 'running', 'done', 'failed', 'cancelled', 'lost']::pg_catalog.text[])),
	attempt pg_catalog.int4 NOT NULL DEFAULT 1,
	submitted_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	started_at pg_catalog.timestamptz,
	finished_at pg_catalog.timestamptz,
	pid pg_catalog.int4,
	backend_start pg_catalog.timestamptz,
	version pg_catalog.int4,
	promoted pg_catalog.bool,
	sqlstate pg_catalog.text,
	message pg_catalog.text,
	CHECK (least(submitted_at, started_at, finished_at) OPERATOR(pg_catalog.>=) '2000-01-01 00:00+00'::pg_catalog.timestamptz
		AND greatest(submitted_at, started_at, finished_at) OPERATOR(pg_catalog.<) '10000-01-01 00:00+00'::pg_catalog.timestamptz)
);
-- One training of a model at a time.
CREATE UNIQUE INDEX lstm_job_active ON @extschema@.lstm_job (name)
	WHERE status OPERATOR(pg_catalog.=) 'queued' OR status OPERATOR(pg_catalog.=) 'running';
CREATE INDEX lstm_job_of_model ON @extschema@.lstm_job (name, job);
COMMENT ON TABLE @extschema@.lstm_job IS 'trainings in the background; the view lstm_jobs shows them';
COMMENT ON COLUMN @extschema@.lstm_job.job IS 'number of the job';
COMMENT ON COLUMN @extschema@.lstm_job.name IS 'model that it trains';
COMMENT ON COLUMN @extschema@.lstm_job.promote IS 'when its version is to be promoted: always, if better, never';
COMMENT ON COLUMN @extschema@.lstm_job.status IS 'queued, running, done, failed, cancelled or lost; a running one whose worker is gone is lost, which the view lstm_jobs tells';
COMMENT ON COLUMN @extschema@.lstm_job.attempt IS '1, and more where the one before was lost or failed for a passing reason';
COMMENT ON COLUMN @extschema@.lstm_job.submitted_at IS 'when it was queued';
COMMENT ON COLUMN @extschema@.lstm_job.started_at IS 'when a worker took it';
COMMENT ON COLUMN @extschema@.lstm_job.finished_at IS 'when it ended';
COMMENT ON COLUMN @extschema@.lstm_job.pid IS 'process of its worker';
COMMENT ON COLUMN @extschema@.lstm_job.backend_start IS 'when that process began';
COMMENT ON COLUMN @extschema@.lstm_job.version IS 'version of the model that it has stored';
COMMENT ON COLUMN @extschema@.lstm_job.promoted IS 'whether that version was promoted';
COMMENT ON COLUMN @extschema@.lstm_job.sqlstate IS 'SQLSTATE of the error that it ended with';
COMMENT ON COLUMN @extschema@.lstm_job.message IS 'the error, or why the version was promoted, or why not';

CREATE TABLE @extschema@.lstm_ledger (
	name pg_catalog.text NOT NULL REFERENCES @extschema@.lstm_definition (name) ON UPDATE CASCADE ON DELETE CASCADE,
	series pg_catalog.text NOT NULL DEFAULT '',
	ts pg_catalog.timestamptz NOT NULL,
	origin pg_catalog.timestamptz NOT NULL,
	version pg_catalog.int4 NOT NULL,
	step pg_catalog.int4 NOT NULL,
	local_ts pg_catalog.timestamp,
	confidence_level pg_catalog.float8,
	interval_level pg_catalog.float8,
	forecast pg_catalog.float8,
	lower pg_catalog.float8,
	upper pg_catalog.float8,
	naive pg_catalog.float8,
	actual pg_catalog.float8,
	missed pg_catalog.bool NOT NULL DEFAULT false,
	PRIMARY KEY (name, series, ts, origin),
	-- sums would never be rid of one that is not finite
	CHECK (pg_catalog.abs(actual) OPERATOR(pg_catalog.<) 'Infinity'::pg_catalog.float8),
	CHECK (pg_catalog.abs(forecast) OPERATOR(pg_catalog.<) 'Infinity'::pg_catalog.float8),
	CHECK (pg_catalog.abs(naive) OPERATOR(pg_catalog.<) 'Infinity'::pg_catalog.float8),
	CHECK (pg_catalog.isfinite(ts) AND pg_catalog.isfinite(origin)),
	CHECK (pg_catalog.isfinite(local_ts))
);
-- The forecasts that wait for their observations: as many as lie ahead, however long the ledger is.
CREATE INDEX lstm_ledger_open ON @extschema@.lstm_ledger (name, origin) WHERE actual IS NULL AND NOT missed;
COMMENT ON TABLE @extschema@.lstm_ledger IS 'what was forecast, and what came: a row for each step of each forecast, written by lstm_record, completed by lstm_settle';
COMMENT ON COLUMN @extschema@.lstm_ledger.name IS 'name of the model';
COMMENT ON COLUMN @extschema@.lstm_ledger.series IS 'name of the series; empty for a model of one unnamed series';
COMMENT ON COLUMN @extschema@.lstm_ledger.ts IS 'time of the step that was forecast';
COMMENT ON COLUMN @extschema@.lstm_ledger.origin IS 'time of the series'' last observation when it was forecast';
COMMENT ON COLUMN @extschema@.lstm_ledger.version IS 'version of the model that forecast it';
COMMENT ON COLUMN @extschema@.lstm_ledger.step IS 'steps from origin to ts';
COMMENT ON COLUMN @extschema@.lstm_ledger.local_ts IS 'ts by the calendar of the model''s time zone, which says to which day and month it belongs; null: as in UTC';
COMMENT ON COLUMN @extschema@.lstm_ledger.confidence_level IS 'share of observations that are to lie within the interval';
COMMENT ON COLUMN @extschema@.lstm_ledger.interval_level IS 'level of the interval that the model was asked for: another one where intervals adapt';
COMMENT ON COLUMN @extschema@.lstm_ledger.forecast IS 'point forecast';
COMMENT ON COLUMN @extschema@.lstm_ledger.lower IS 'lower end of the interval; null where the model has no intervals';
COMMENT ON COLUMN @extschema@.lstm_ledger.upper IS 'upper end of the interval; null where the model has no intervals';
COMMENT ON COLUMN @extschema@.lstm_ledger.naive IS 'the seasonal naive forecast: the observation one season of the model earlier, or the last one where it has no season';
COMMENT ON COLUMN @extschema@.lstm_ledger.actual IS 'what was observed; null: nothing yet';
COMMENT ON COLUMN @extschema@.lstm_ledger.missed IS 'true: lstm_settle has given up waiting, as others of the model were observed long after that';

-- Not by hand: triggers of lstm_ledger add a row for each statement and day, lstm_settle merges them. Sums are numeric, so that
-- what is taken away again leaves nothing.
CREATE TABLE @extschema@.lstm_ledger_day (
	name pg_catalog.text NOT NULL REFERENCES @extschema@.lstm_definition (name) ON UPDATE CASCADE ON DELETE CASCADE,
	version pg_catalog.int4 NOT NULL,
	day pg_catalog.date NOT NULL,
	forecasts pg_catalog.int8 NOT NULL,
	error pg_catalog.numeric NOT NULL,
	naive_error pg_catalog.numeric NOT NULL,
	intervals pg_catalog.int8 NOT NULL,
	inside pg_catalog.int8 NOT NULL,
	level pg_catalog.numeric NOT NULL,
	lead pg_catalog.numeric NOT NULL,
	-- what the views over all models calculate with
	CHECK (day OPERATOR(pg_catalog.>=) '4713-01-01 BC'::pg_catalog.date AND day OPERATOR(pg_catalog.<) '294276-01-01'::pg_catalog.date),
	CHECK (greatest(pg_catalog.abs(error), pg_catalog.abs(naive_error), pg_catalog.abs(level), pg_catalog.abs(lead)) OPERATOR(pg_catalog.<) '1e320'::pg_catalog.numeric
		AND greatest(pg_catalog.scale(error), pg_catalog.scale(naive_error), pg_catalog.scale(level), pg_catalog.scale(lead)) OPERATOR(pg_catalog.<=) 400)
);
CREATE INDEX lstm_ledger_day_key ON @extschema@.lstm_ledger_day (name, version, day);
COMMENT ON TABLE @extschema@.lstm_ledger_day IS 'sums over the settled rows of lstm_ledger, by day; several rows of a day add up';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.name IS 'name of the model';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.version IS 'version of the model';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.day IS 'day that was forecast, by the calendar of the model''s time zone';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.forecasts IS 'number of forecasts';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.error IS 'sum of absolute errors';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.naive_error IS 'sum of absolute errors of the seasonal naive forecast';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.intervals IS 'number of forecasts with an interval and its level';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.inside IS 'of these, observations that lay within it';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.level IS 'sum of their confidence levels';
COMMENT ON COLUMN @extschema@.lstm_ledger_day.lead IS 'sum of the days from origin to ts';

CREATE TABLE @extschema@.lstm_due (
	owner pg_catalog.name NOT NULL,
	name pg_catalog.text NOT NULL,
	series pg_catalog.text NOT NULL,
	after pg_catalog.timestamptz NOT NULL,
	asked_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	tried_at pg_catalog.timestamptz,
	message pg_catalog.text
);
-- Not unique: whoever inserts into a watched table must not wait for another's transaction.
CREATE INDEX lstm_due_series ON @extschema@.lstm_due (owner, name, series);
COMMENT ON TABLE @extschema@.lstm_due IS 'series whose forecasts lstm_watch wants renewed: they have none left, or a row was not as forecast; lstm_watch_renew removes those that it renewed';
COMMENT ON COLUMN @extschema@.lstm_due.owner IS 'role that the model belongs to';
COMMENT ON COLUMN @extschema@.lstm_due.name IS 'name of the model';
COMMENT ON COLUMN @extschema@.lstm_due.series IS 'name of the series; '''' for the only one';
COMMENT ON COLUMN @extschema@.lstm_due.after IS 'time of the row; forecasts are wanted beyond it';
COMMENT ON COLUMN @extschema@.lstm_due.asked_at IS 'when the row came';
COMMENT ON COLUMN @extschema@.lstm_due.tried_at IS 'when a renewal gave no forecast beyond the row; it is tried again after an hour, and given up after a day; null: not tried yet';
COMMENT ON COLUMN @extschema@.lstm_due.message IS 'why it gave none';

ALTER TABLE @extschema@.lstm_definition ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.lstm_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.lstm_job ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.lstm_ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.lstm_ledger_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.lstm_due ENABLE ROW LEVEL SECURITY;
-- A name without a role (dropped, renamed, not there where a dump was restored) is nobody's but a superuser's.
CREATE POLICY owner ON @extschema@.lstm_definition USING (
	owner OPERATOR(pg_catalog.=) CURRENT_USER
	OR pg_catalog.pg_has_role(pg_catalog.to_regrole(pg_catalog.quote_ident(owner)), 'USAGE'));
CREATE POLICY owner ON @extschema@.lstm_version USING (
	EXISTS (SELECT FROM @extschema@.lstm_definition AS d WHERE d.name OPERATOR(pg_catalog.=) lstm_version.name));
CREATE POLICY owner ON @extschema@.lstm_job USING (
	EXISTS (SELECT FROM @extschema@.lstm_definition AS d WHERE d.name OPERATOR(pg_catalog.=) lstm_job.name));
CREATE POLICY owner ON @extschema@.lstm_ledger USING (
	EXISTS (SELECT FROM @extschema@.lstm_definition AS d WHERE d.name OPERATOR(pg_catalog.=) lstm_ledger.name));
CREATE POLICY owner ON @extschema@.lstm_ledger_day USING (
	EXISTS (SELECT FROM @extschema@.lstm_definition AS d WHERE d.name OPERATOR(pg_catalog.=) lstm_ledger_day.name));
-- By its own owner, so that what was asked for a model that is gone can go, too.
CREATE POLICY owner ON @extschema@.lstm_due USING (
	owner OPERATOR(pg_catalog.=) CURRENT_USER
	OR pg_catalog.pg_has_role(pg_catalog.to_regrole(pg_catalog.quote_ident(owner)), 'USAGE'));
GRANT SELECT, INSERT, UPDATE, DELETE ON @extschema@.lstm_definition, @extschema@.lstm_version, @extschema@.lstm_ledger,
	@extschema@.lstm_ledger_day, @extschema@.lstm_due TO PUBLIC;
-- not the number: who chose one would have taken it from whoever comes next
GRANT SELECT, DELETE,
	INSERT (name, promote, status, attempt, submitted_at, started_at, finished_at, pid, backend_start, version, promoted, sqlstate, message),
	UPDATE (name, promote, status, attempt, submitted_at, started_at, finished_at, pid, backend_start, version, promoted, sqlstate, message)
	ON @extschema@.lstm_job TO PUBLIC;
-- pg_dump reads it, also as a role that sees some rows only
GRANT SELECT ON SEQUENCE @extschema@.lstm_job_job_seq TO PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('@extschema@.lstm_definition', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.lstm_version', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.lstm_job', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.lstm_job_job_seq', '');
-- lstm_ledger_day is not dumped: the triggers make it of the rows that are restored
SELECT pg_catalog.pg_extension_config_dump('@extschema@.lstm_ledger', '');
