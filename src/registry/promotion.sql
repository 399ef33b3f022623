
--
-- Which version is the promoted one, which all readers get
--

CREATE FUNCTION @extschema@.lstm_registry_promotion(promote pg_catalog.text)
RETURNS pg_catalog.text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF lower(promote) IN ('always', 'if better', 'never') THEN
		RETURN lower(promote);
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('"promote" is %s', coalesce('"' || promote || '"', 'null')),
		HINT = 'It may be "always", "if better" or "never".';
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_promotion(pg_catalog.text) IS 'an argument "promote" as a word that is known, or an error';

CREATE FUNCTION @extschema@.lstm_registry_errors(definition @extschema@.lstm_definition, model pg_catalog.bytea, horizon pg_catalog.int8,
	OUT series pg_catalog.text[], OUT origin pg_catalog.timestamptz[], OUT error pg_catalog.float8[], OUT naive pg_catalog.float8[], OUT fault pg_catalog.text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC'
	SET client_min_messages = warning AS $$
BEGIN
	-- without NOTICEs: what a model has to say of the rows it has said in its training
	PERFORM @extschema@.lstm_registry_surroundings(definition);
	SELECT pg_catalog.array_agg(coalesce(t.series, ''::pg_catalog.text)), pg_catalog.array_agg(t.origin), pg_catalog.array_agg(t.error), pg_catalog.array_agg(t.naive)
		INTO series, origin, error, naive
		FROM @extschema@.lstm_registry_backtest(model, definition.source, definition.time_column, definition.target_column, definition.series_column,
			NULL::pg_catalog.text[], NULL::pg_catalog.text[], horizon, 3::pg_catalog.int8, horizon) AS t
		WHERE t.metric OPERATOR(pg_catalog.=) 'mae'::pg_catalog.text AND t.error IS NOT NULL;
EXCEPTION WHEN OTHERS THEN
	fault := SQLERRM;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_errors(@extschema@.lstm_definition, pg_catalog.bytea, pg_catalog.int8)
	IS 'mean absolute errors of a model, and of the naive forecast, on the last three windows of each series of its source; or why it cannot forecast them';

CREATE FUNCTION @extschema@.lstm_registry_compare(name pg_catalog.text, old pg_catalog.int4, new pg_catalog.int4,
	OUT better pg_catalog.bool, OUT message pg_catalog.text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_own(lstm_registry_compare.name);
	before @extschema@.lstm_version;
	after @extschema@.lstm_version;
	steps int8;
	old_errors record;
	new_errors record;
	mean record;
BEGIN
	SELECT * INTO before FROM @extschema@.lstm_version AS v WHERE v.name = definition.name AND v.version = old;
	SELECT * INTO after FROM @extschema@.lstm_version AS v WHERE v.name = definition.name AND v.version = new;
	steps := coalesce(least(before.horizon, after.horizon), definition.horizon, 1);
	SELECT * INTO new_errors FROM @extschema@.lstm_registry_errors(definition, after.model, steps);
	IF new_errors.fault IS NOT NULL THEN
		better := false;
		message := format('not promoted: it cannot be tested on the source: %s', new_errors.fault);
		RETURN;
	END IF;
	SELECT * INTO old_errors FROM @extschema@.lstm_registry_errors(definition, before.model, steps);
	IF old_errors.fault IS NOT NULL THEN
		better := true;
		message := format('promoted: version %s cannot be tested on the source any more: %s', old, old_errors.fault);
		RETURN;
	END IF;
	-- each series counts alike: its errors are by that of the naive forecast, or by the larger one where that has none
	SELECT avg(s.old / s.unit) AS old, avg(s.new / s.unit) AS new, sum(s.windows) AS windows INTO mean
		FROM (SELECT avg(o.error) AS old, avg(n.error) AS new, count(*) AS windows,
				coalesce(nullif(avg(n.naive), 0), nullif(greatest(avg(o.error), avg(n.error)), 0), 1) AS unit
			FROM unnest(new_errors.series, new_errors.origin, new_errors.error, new_errors.naive) AS n (series, origin, error, naive)
			JOIN unnest(old_errors.series, old_errors.origin, old_errors.error) AS o (series, origin, error) USING (series, origin)
			GROUP BY series) AS s;
	better := mean.new IS NULL OR mean.new <= mean.old;
	message := CASE WHEN mean.new IS NULL THEN format('promoted: the source has no rows to compare it with version %s on', old)
		ELSE format('%s: its error is %s, that of version %s is %s, relative to the naive forecast on the last %s windows of %s steps',
			CASE WHEN better THEN 'promoted' ELSE 'not promoted' END, round(mean.new::numeric, 4), old, round(mean.old::numeric, 4), mean.windows, steps) END;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_compare(pg_catalog.text, pg_catalog.int4, pg_catalog.int4)
	IS 'whether a new version of a model forecasts the last rows of its source as well as the old one, and a sentence about that';

CREATE FUNCTION @extschema@.lstm_registry_decide(definition @extschema@.lstm_definition, version pg_catalog.int4, promote pg_catalog.text,
	OUT promoted pg_catalog.bool, OUT message pg_catalog.text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	promoted := promote <> 'never';
	message := CASE WHEN promote = 'never' THEN 'not promoted, as was asked'
		WHEN promote = 'always' THEN 'promoted, as was asked'
		WHEN definition.version IS NULL THEN 'promoted: no other version is'
		WHEN definition.source IS NULL THEN 'promoted: without a source it cannot be compared'
		WHEN definition.time_column IS NULL THEN 'promoted: without timestamps it cannot be compared' END;
	IF message IS NULL THEN
		SELECT c.better, c.message INTO promoted, message
			FROM @extschema@.lstm_registry_compare(definition.name, definition.version, version) AS c;
	END IF;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_registry_decide(@extschema@.lstm_definition, pg_catalog.int4, pg_catalog.text)
	IS 'whether a version that was stored is to be promoted, and why';

CREATE FUNCTION @extschema@.lstm_promote(name pg_catalog.text, version pg_catalog.int8 DEFAULT NULL)
RETURNS pg_catalog.int4 LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition;
	chosen int4;
BEGIN
	-- no version goes meanwhile
	SELECT * INTO definition FROM @extschema@.lstm_definition AS d WHERE d.name = lstm_promote.name FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM @extschema@.lstm_registry_definition(lstm_promote.name); -- raises
	END IF;
	SELECT max(v.version) INTO chosen FROM @extschema@.lstm_version AS v
		WHERE v.name = definition.name AND v.version = coalesce(lstm_promote.version, v.version);
	IF chosen IS NULL AND lstm_promote.version IS NOT NULL THEN
		PERFORM @extschema@.lstm_registry_no_version(definition.name, lstm_promote.version);
	ELSIF chosen IS NULL THEN
		PERFORM @extschema@.lstm_registry_none_yet(definition);
	END IF;
	UPDATE @extschema@.lstm_definition AS d SET version = chosen WHERE d.name = definition.name;
	PERFORM @extschema@.lstm_registry_due_again(definition.name);
	UPDATE @extschema@.lstm_version AS v SET message = format('promoted by %s', current_user) WHERE v.name = definition.name AND v.version = chosen;
	RETURN chosen;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_promote(pg_catalog.text, pg_catalog.int8) IS 'makes a version the promoted one, the latest where none is named, and gives its number';
