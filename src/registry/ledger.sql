
--
-- The ledger: what was forecast, and what came
--

CREATE FUNCTION @extschema@.lstm_registry_recorded(definition @extschema@.lstm_definition, what pg_catalog.text)
RETURNS @extschema@.lstm_version LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	recorded @extschema@.lstm_version;
BEGIN
	PERFORM @extschema@.lstm_registry_own(definition.name);
	-- said before any work
	IF current_setting('transaction_read_only')::bool THEN
		RAISE EXCEPTION USING ERRCODE = 'read_only_sql_transaction',
			MESSAGE = format('model "%s" cannot be %s in a read-only transaction', definition.name, what);
	END IF;
	-- before rows of the ledger, as whoever forgets or renames a model locks it before these
	PERFORM FROM @extschema@.lstm_definition AS d WHERE d.name = definition.name FOR KEY SHARE;
	IF NOT FOUND THEN
		PERFORM @extschema@.lstm_registry_definition(definition.name); -- raises: it was forgotten meanwhile
	END IF;
	PERFORM @extschema@.lstm_registry_source(definition);
	IF definition.time_column IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('model "%s" has no timestamps', definition.name),
			DETAIL = 'Without a time column nobody could tell later what its forecasts were forecasts of.',
			HINT = 'Define it with a "time_column".';
	END IF;
	SELECT * INTO recorded FROM @extschema@.lstm_version AS v WHERE v.name = definition.name AND v.version = definition.version;
	IF NOT FOUND THEN
		PERFORM @extschema@.lstm_registry_none_yet(definition);
	END IF;
	IF coalesce(recorded.info->>'frequency', 'irregular') = 'irregular' THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('model "%s" has no regular steps', definition.name),
			DETAIL = 'What it forecasts has no certain time, and so cannot be compared with what comes.',
			HINT = 'Set the option "frequency", or make the source a SELECT of regular steps.';
	END IF;
	RETURN recorded;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_recorded(@extschema@.lstm_definition, pg_catalog.text)
	IS 'the promoted version of a model whose forecasts can be kept, and which stays until the transaction ends, or an error';

CREATE FUNCTION @extschema@.lstm_registry_forecasts(definition @extschema@.lstm_definition, model pg_catalog.bytea, among pg_catalog.text[],
	horizon pg_catalog.int8, confidence_level pg_catalog.float8, history pg_catalog.int8)
RETURNS TABLE (series pg_catalog.text, step pg_catalog.int4, ts pg_catalog.timestamptz, local_ts pg_catalog.timestamp, actual pg_catalog.float8,
	forecast pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
	columns text := CASE WHEN among IS NOT NULL THEN definition.series_column END;
BEGIN
	PERFORM @extschema@.lstm_registry_surroundings(definition);
	RETURN QUERY SELECT f.series, f.step, f.ts, f.local_ts, f.actual, f.forecast, f.lower, f.upper
		FROM @extschema@.lstm_registry_forecast(model, @extschema@.lstm_registry_rows(definition.source, NULL::pg_catalog.text, NULL::pg_catalog.timestamptz, columns, among),
			definition.time_column, definition.target_column, definition.series_column, definition.past_columns, definition.future_columns,
			horizon, confidence_level, NULL::pg_catalog.float8[], history, definition.future_source, 'skip'::pg_catalog.text, NULL::pg_catalog.text) AS f;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_forecasts(@extschema@.lstm_definition, pg_catalog.bytea, pg_catalog.text[], pg_catalog.int8, pg_catalog.float8, pg_catalog.int8)
	IS 'forecasts from the rows of a model''s source, of these series or all, after the latest steps of each';

CREATE FUNCTION @extschema@.lstm_registry_observations(definition @extschema@.lstm_definition, model pg_catalog.bytea, since pg_catalog.timestamptz)
RETURNS TABLE (series pg_catalog.text, ts pg_catalog.timestamptz, value pg_catalog.float8)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000 SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
#variable_conflict use_column
BEGIN
	PERFORM @extschema@.lstm_registry_surroundings(definition);
	RETURN QUERY SELECT o.series, o.ts, o.value
		FROM @extschema@.lstm_registry_observed(model, definition.source, definition.time_column, definition.target_column,
			definition.series_column, since) AS o;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_observations(@extschema@.lstm_definition, pg_catalog.bytea, pg_catalog.timestamptz)
	IS 'what was observed in a model''s source from a time on';

CREATE FUNCTION @extschema@.lstm_record(name pg_catalog.text, series pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	confidence_level pg_catalog.float8 DEFAULT NULL)
RETURNS pg_catalog.int8 LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_record.name);
	current @extschema@.lstm_version := @extschema@.lstm_registry_recorded(definition, 'recorded');
	season int := greatest(1, least(1000000, (current.info->>'season')::int));
	promised float8 := coalesce(lstm_record.confidence_level, 0.95);
	outside float8 := 1 - promised;  -- share of observations that intervals are to leave
	used float8 := promised;
	stretch float8 := 1;
	-- a pretrained model has no horizon of its own
	steps int8 := coalesce(lstm_record.horizon, CASE WHEN current.horizon IS NULL THEN definition.horizon END);
	written int8;
BEGIN
	IF lstm_record.series IS NOT NULL AND definition.series_column IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('model "%s" has one unnamed series', definition.name),
			HINT = 'Leave out "series".';
	END IF;
	IF definition.adaptive_rate IS NOT NULL AND promised > 0 AND promised < 1 THEN
		used := greatest(0.5, least(0.999, promised - definition.adaptive_shift));
		-- no level asks for more than the widest that the model has seen: go on at the same rate
		stretch := 1 + greatest(0, 0.001 - outside - definition.adaptive_shift) / outside;
	END IF;
	WITH forecasts AS MATERIALIZED (
		SELECT coalesce(f.series, '') AS series, f.step, f.ts, f.local_ts, f.actual, f.forecast, f.lower, f.upper
		FROM @extschema@.lstm_registry_forecasts(definition, current.model, lstm_record.series, steps, used, season::int8) AS f)
	INSERT INTO @extschema@.lstm_ledger AS l (name, series, ts, origin, version, step, local_ts, confidence_level, interval_level,
			forecast, lower, upper, naive)
		SELECT definition.name, f.series, f.ts, o.ts, current.version, f.step, f.local_ts, promised, used, f.forecast,
				-- an interval that begins at zero does so because nothing is below
				CASE WHEN stretch = 1 OR f.lower = 0 THEN f.lower ELSE f.forecast - stretch * (f.forecast - f.lower) END,
				CASE WHEN stretch = 1 THEN f.upper ELSE f.forecast + stretch * (f.upper - f.forecast) END,
				coalesce(p.actual, o.actual)
			FROM forecasts AS f
			JOIN forecasts AS o ON o.series = f.series AND o.step = 0 AND o.actual IS NOT NULL
			LEFT JOIN forecasts AS p ON p.series = f.series AND p.step = f.step - season * ((f.step + season - 1) / season)
			WHERE f.step > 0
		ON CONFLICT (name, series, ts, origin) DO UPDATE SET version = excluded.version, step = excluded.step, local_ts = excluded.local_ts,
				confidence_level = excluded.confidence_level, interval_level = excluded.interval_level, forecast = excluded.forecast,
				lower = excluded.lower, upper = excluded.upper, naive = excluded.naive
			WHERE l.version <> excluded.version AND l.actual IS NULL;
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_record(pg_catalog.text, pg_catalog.text[], pg_catalog.int8, pg_catalog.float8)
	IS 'forecasts from the present rows of a model''s source, of these series or all, into lstm_ledger; gives the number of rows written. What the same version forecast from the same observation is there already; another version replaces what is not settled yet';

CREATE FUNCTION @extschema@.lstm_registry_settle(definition @extschema@.lstm_definition, since pg_catalog.timestamptz)
RETURNS pg_catalog.int8 LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	current @extschema@.lstm_version := @extschema@.lstm_registry_recorded(definition, 'settled');
	-- from the origins on: there is an observation, after which a step without a row can be known to be zero
	first timestamptz := coalesce(lstm_registry_settle.since,
		(SELECT min(l.origin) FROM @extschema@.lstm_ledger AS l WHERE l.name = definition.name AND l.actual IS NULL AND NOT l.missed));
	latest timestamptz;
	settled int8;
BEGIN
	IF first IS NULL THEN
		RETURN 0;
	END IF;
	-- two statements, as only the first can go by the index of open rows
	IF lstm_registry_settle.since IS NULL THEN
		WITH observed AS MATERIALIZED (
			SELECT coalesce(o.series, '') AS series, o.ts, o.value FROM @extschema@.lstm_registry_observations(definition, current.model, first) AS o),
		updated AS (
			UPDATE @extschema@.lstm_ledger AS l SET actual = o.value FROM observed AS o
				WHERE l.name = definition.name AND l.actual IS NULL AND NOT l.missed AND l.series = o.series AND l.ts = o.ts
			RETURNING 1)
		SELECT (SELECT count(*) FROM updated), (SELECT max(o.ts) FROM observed AS o) INTO settled, latest;
	ELSE
		WITH observed AS MATERIALIZED (
			SELECT coalesce(o.series, '') AS series, o.ts, o.value FROM @extschema@.lstm_registry_observations(definition, current.model, first) AS o),
		updated AS (
			UPDATE @extschema@.lstm_ledger AS l SET actual = o.value, missed = false FROM observed AS o
				WHERE l.name = definition.name AND l.series = o.series AND l.ts = o.ts AND l.actual IS DISTINCT FROM o.value
			RETURNING 1)
		SELECT (SELECT count(*) FROM updated), (SELECT max(o.ts) FROM observed AS o) INTO settled, latest;
	END IF;
	-- else one row that never comes would have the source read from there for ever
	UPDATE @extschema@.lstm_ledger AS l SET missed = true
		WHERE l.name = definition.name AND l.actual IS NULL AND NOT l.missed AND l.ts < latest - interval '30 days';
	PERFORM @extschema@.lstm_registry_merge_days(definition.name);
	PERFORM @extschema@.lstm_registry_adapt(definition.name);
	RETURN settled;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_settle(@extschema@.lstm_definition, pg_catalog.timestamptz)
	IS 'lstm_settle of one model';

CREATE FUNCTION @extschema@.lstm_settle(name pg_catalog.text DEFAULT NULL, since pg_catalog.timestamptz DEFAULT NULL)
RETURNS pg_catalog.int8 LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition;
	settled int8 := 0;
	code text;
	message text;
BEGIN
	IF lstm_settle.name IS NOT NULL THEN
		RETURN @extschema@.lstm_registry_settle(@extschema@.lstm_registry_definition(lstm_settle.name), lstm_settle.since);
	END IF;
	-- one that cannot be settled keeps none of the others waiting
	FOR definition IN SELECT * FROM @extschema@.lstm_definition AS d WHERE d.owner = current_user AND d.version IS NOT NULL ORDER BY d.name LOOP
		-- one without a row has none to settle; the least series is found by the index
		CONTINUE WHEN (SELECT min(l.series) FROM @extschema@.lstm_ledger AS l WHERE l.name = definition.name) IS NULL;
		BEGIN
			settled := settled + @extschema@.lstm_registry_settle(definition, lstm_settle.since);
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
			IF code LIKE '40%' OR code LIKE '25%' THEN
				RAISE;
			END IF;
			RAISE WARNING USING ERRCODE = code, MESSAGE = format('model "%s" cannot be settled', definition.name),
				DETAIL = format('The error is: %s.', message), HINT = format('SELECT lstm_settle(%L) tells more.', definition.name);
		END;
	END LOOP;
	RETURN settled;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_settle(pg_catalog.text, pg_catalog.timestamptz)
	IS 'writes into lstm_ledger what has been observed of steps that were forecast, and gives the number of rows that it completed; without a name of all models whose owner calls it. since: rows from then on are compared with the source once more, as observations come late, or are corrected';

-- The sums by day, kept by what changes rows of the ledger, whoever does. Rows are only added: nobody waits for another.
CREATE FUNCTION @extschema@.lstm_registry_count_days()
RETURNS trigger LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	sign int := TG_ARGV[0];
	earlier text;
BEGIN
	-- where a model is renamed its sums are renamed as well: there is nothing to add
	IF TG_OP = 'UPDATE' AND sign = 1 THEN
		SELECT w.name INTO earlier FROM replaced AS w LIMIT 1;
		IF FOUND AND NOT EXISTS (SELECT FROM @extschema@.lstm_definition AS d WHERE d.name = earlier) THEN
			RETURN NULL;
		END IF;
	END IF;
	-- those of a model that has gone need no sums
	INSERT INTO @extschema@.lstm_ledger_day (name, version, day, forecasts, error, naive_error, intervals, inside, level, lead)
		SELECT l.name, l.version, (coalesce(l.local_ts, l.ts AT TIME ZONE 'UTC'))::date, sign * count(*), sign * sum(abs(l.actual - l.forecast)::numeric),
			sign * sum(abs(l.actual - coalesce(l.naive, l.forecast))::numeric), sign * count(l.confidence_level + l.lower + l.upper),
			sign * count(*) FILTER (WHERE l.confidence_level IS NOT NULL AND l.actual BETWEEN l.lower AND l.upper),
			sign * coalesce(sum(l.confidence_level::numeric) FILTER (WHERE l.lower + l.upper IS NOT NULL), 0),
			sign * sum((date_part('epoch', l.ts - l.origin) / 86400)::numeric)
		FROM changed AS l WHERE l.actual IS NOT NULL AND l.forecast IS NOT NULL
			AND EXISTS (SELECT FROM @extschema@.lstm_definition AS d WHERE d.name = l.name) GROUP BY 1, 2, 3;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_count_days() IS 'adds settled rows of lstm_ledger to the sums of lstm_ledger_day, or takes them away';

CREATE TRIGGER lstm_count_inserted AFTER INSERT ON @extschema@.lstm_ledger REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.lstm_registry_count_days('1');
CREATE TRIGGER lstm_count_updated_from AFTER UPDATE ON @extschema@.lstm_ledger REFERENCING OLD TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.lstm_registry_count_days('-1');
CREATE TRIGGER lstm_count_updated_to AFTER UPDATE ON @extschema@.lstm_ledger REFERENCING OLD TABLE AS replaced NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.lstm_registry_count_days('1');
CREATE TRIGGER lstm_count_deleted AFTER DELETE ON @extschema@.lstm_ledger REFERENCING OLD TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.lstm_registry_count_days('-1');

CREATE FUNCTION @extschema@.lstm_registry_merge_days(name pg_catalog.text)
RETURNS pg_catalog.void LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
	WITH several AS (
		SELECT m.version, m.day FROM @extschema@.lstm_ledger_day AS m WHERE m.name = lstm_registry_merge_days.name
			GROUP BY m.version, m.day HAVING count(*) > 1 OR sum(m.forecasts) = 0),
	gone AS (
		DELETE FROM @extschema@.lstm_ledger_day AS m USING several AS s
			WHERE m.name = lstm_registry_merge_days.name AND m.version = s.version AND m.day = s.day RETURNING m.*)
	INSERT INTO @extschema@.lstm_ledger_day (name, version, day, forecasts, error, naive_error, intervals, inside, level, lead)
		SELECT g.name, g.version, g.day, sum(g.forecasts), sum(g.error), sum(g.naive_error), sum(g.intervals), sum(g.inside), sum(g.level), sum(g.lead)
			FROM gone AS g GROUP BY g.name, g.version, g.day HAVING sum(g.forecasts) <> 0;
$$;
COMMENT ON FUNCTION @extschema@.lstm_registry_merge_days(pg_catalog.text) IS 'makes several rows of a day in lstm_ledger_day one';

-- Gibbs and Candes, Adaptive Conformal Inference Under Distribution Shift (2021): alpha := alpha + rate * (target - share outside),
-- here once a day that is over, with the share outside among all forecasts of that day.
CREATE FUNCTION @extschema@.lstm_registry_adapt(name pg_catalog.text)
RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_registry_adapt.name);
	shift float8 := definition.adaptive_shift;
	last date := definition.adaptive_until;
	passed record;
BEGIN
	IF definition.adaptive_rate IS NULL THEN
		RETURN;
	END IF;
	FOR passed IN
		SELECT m.day, (1 - sum(m.inside) / sum(m.intervals))::float8 AS outside, (1 - sum(m.level) / sum(m.intervals))::float8 AS target
		FROM @extschema@.lstm_ledger_day AS m
		WHERE m.name = definition.name AND m.day > coalesce(last, '-infinity')
			AND m.day < (SELECT max(n.day) FROM @extschema@.lstm_ledger_day AS n WHERE n.name = definition.name)
		GROUP BY m.day HAVING sum(m.intervals) > 0 ORDER BY m.day
	LOOP
		-- within what widens an interval tenfold, so that it finds back
		shift := greatest(-10 * passed.target, least(0.5, shift + definition.adaptive_rate * (passed.target - passed.outside)));
		last := passed.day;
	END LOOP;
	UPDATE @extschema@.lstm_definition AS d SET adaptive_shift = shift, adaptive_until = last
		WHERE d.name = definition.name AND last IS DISTINCT FROM d.adaptive_until;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_adapt(pg_catalog.text) IS 'lets the days that are over since the last time have their part in the width of a model''s next intervals';

CREATE FUNCTION @extschema@.lstm_adapt(name pg_catalog.text, rate pg_catalog.float8 DEFAULT 0.02)
RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_adapt.name);
BEGIN
	IF rate <= 0 OR rate > 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = '"rate" is out of range',
			DETAIL = format('It is %s, and must lie between 0 and 1.', rate), HINT = 'Null lets intervals be the model''s own again.';
	END IF;
	-- intervals that did not adapt say nothing about the shift
	UPDATE @extschema@.lstm_definition AS d SET adaptive_rate = lstm_adapt.rate,
			adaptive_shift = CASE WHEN d.adaptive_rate IS NULL OR lstm_adapt.rate IS NULL THEN 0 ELSE d.adaptive_shift END,
			adaptive_until = CASE WHEN d.adaptive_rate IS NOT NULL THEN d.adaptive_until
				ELSE (SELECT max(m.day) FROM @extschema@.lstm_ledger_day AS m WHERE m.name = d.name) END
		WHERE d.name = definition.name;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_adapt(pg_catalog.text, pg_catalog.float8)
	IS 'lets the intervals that lstm_record writes adapt to the share of observations outside of earlier ones, by so much a day; null: no longer';
