
--
-- Ledger: what is needed to watch tables
--

CREATE FUNCTION @extschema@.lstm_registry_forecasts(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text, past_columns pg_catalog.text[], future_columns pg_catalog.text[],
	horizon pg_catalog.int8, confidence_level pg_catalog.float8, quantiles pg_catalog.float8[], history pg_catalog.int8,
	future_source pg_catalog.text, on_missing pg_catalog.text, origin pg_catalog.text)
RETURNS TABLE (series pg_catalog.text, step pg_catalog.int4, ts pg_catalog.timestamptz, local_ts pg_catalog."timestamp",
	actual pg_catalog.float8, forecast pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8, quantiles_asked pg_catalog.float8[])
AS 'MODULE_PATHNAME', 'lstm_forecast_source' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 24;
COMMENT ON FUNCTION @extschema@.lstm_registry_forecasts(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.float8, pg_catalog.float8[], pg_catalog.int8, pg_catalog.text, pg_catalog.text, pg_catalog.text)
	IS 'the function lstm_forecast of lstm_forecast';

CREATE FUNCTION @extschema@.lstm_record(name pg_catalog.text, series pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	confidence_level pg_catalog.float8 DEFAULT NULL)
RETURNS pg_catalog.int8 LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	definition @extschema@.lstm_definition := @extschema@.lstm_registry_definition(lstm_record.name);
	rows_read text := definition.source;
	written int8;
BEGIN
	IF definition.owner <> current_user THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('model "%s" belongs to role "%s"', definition.name, definition.owner),
			HINT = format('SET ROLE %I first.', definition.owner);
	END IF;
	PERFORM set_config('search_path', definition.search_path, true);
	IF lstm_record.series IS NOT NULL THEN
		rows_read := format('SELECT r.* FROM %s AS r WHERE r.%I::text = ANY (%L::text[])',
			CASE WHEN rows_read ~* '^\s*select\s' THEN '(' || rows_read || ')' ELSE rows_read END, definition.series_column, lstm_record.series);
	END IF;
	INSERT INTO @extschema@.lstm_ledger (name, series, ts, origin, version, step, forecast, lower, upper)
		SELECT definition.name, coalesce(f.series, ''), f.ts, f.origin, definition.version, f.step, f.forecast, f.lower, f.upper
		FROM (SELECT r.*, max(r.ts) FILTER (WHERE r.step <= 0) OVER (PARTITION BY r.series) AS origin
			  FROM @extschema@.lstm_registry_forecasts(@extschema@.lstm_model(definition.name), rows_read, definition.time_column,
				  definition.target_column, definition.series_column, NULL, NULL, coalesce(lstm_record.horizon, definition.horizon),
				  coalesce(lstm_record.confidence_level, 0.95), NULL, 1, NULL, 'skip', 'series') AS r) AS f
		WHERE f.step >= 1
		ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END $$;
COMMENT ON FUNCTION @extschema@.lstm_record(pg_catalog.text, pg_catalog.text[], pg_catalog.int8, pg_catalog.float8)
	IS 'writes a model''s forecasts into the ledger';
