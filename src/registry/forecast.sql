
--
-- What the registry asks of lstm_forecast: its functions in the library, under names of the registry's own, so that it does
-- not matter in which schema lstm_forecast lies, nor what else is called the same.
--

CREATE FUNCTION @extschema@.lstm_registry_train(source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text, past_columns pg_catalog.text[], future_columns pg_catalog.text[], horizon pg_catalog.int8,
	options pg_catalog.jsonb, future_source pg_catalog.text, static_columns pg_catalog.text[])
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_train' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION @extschema@.lstm_registry_train(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text[])
	IS 'the function lstm_train of lstm_forecast';

CREATE FUNCTION @extschema@.lstm_registry_info(model pg_catalog.bytea)
RETURNS pg_catalog.jsonb
AS 'MODULE_PATHNAME', 'lstm_model_info' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.lstm_registry_info(pg_catalog.bytea) IS 'the function lstm_model_info of lstm_forecast';

CREATE FUNCTION @extschema@.lstm_registry_check(source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text, past_columns pg_catalog.text[], future_columns pg_catalog.text[], horizon pg_catalog.int8,
	options pg_catalog.jsonb, future_source pg_catalog.text, static_columns pg_catalog.text[])
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'lstm_train_check' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION @extschema@.lstm_registry_check(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text[])
	IS 'raises the errors that lstm_train would raise, as far as they show without reading rows';

CREATE FUNCTION @extschema@.lstm_registry_backtest(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text, past_columns pg_catalog.text[], future_columns pg_catalog.text[], horizon pg_catalog.int8, folds pg_catalog.int8,
	stride pg_catalog.int8)
RETURNS TABLE (fold pg_catalog.int4, series pg_catalog.text, origin pg_catalog.timestamptz, metric pg_catalog.text, error pg_catalog.float8,
	naive pg_catalog.float8, seasonal_naive pg_catalog.float8, start pg_catalog.float8, skill pg_catalog.float8)
AS 'MODULE_PATHNAME', 'lstm_backtest_latest' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1000;
COMMENT ON FUNCTION @extschema@.lstm_registry_backtest(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.int8, pg_catalog.int8)
	IS 'the function lstm_backtest of lstm_forecast for a model, on the last windows also where it was trained on them: to compare models with';

CREATE FUNCTION @extschema@.lstm_registry_forecast(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text, past_columns pg_catalog.text[], future_columns pg_catalog.text[],
	horizon pg_catalog.int8, confidence_level pg_catalog.float8, quantiles pg_catalog.float8[], history pg_catalog.int8,
	future_source pg_catalog.text, on_missing pg_catalog.text, origin pg_catalog.text,
	OUT series pg_catalog.text, OUT step pg_catalog.int4, OUT ts pg_catalog.timestamptz, OUT local_ts pg_catalog.timestamp,
	OUT actual pg_catalog.float8, OUT forecast pg_catalog.float8, OUT lower pg_catalog.float8, OUT upper pg_catalog.float8,
	OUT levels pg_catalog.float8[])
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_forecast_source' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000;
COMMENT ON FUNCTION @extschema@.lstm_registry_forecast(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.float8, pg_catalog.float8[], pg_catalog.int8, pg_catalog.text, pg_catalog.text, pg_catalog.text)
	IS 'the function lstm_forecast of lstm_forecast, of a model and a source';

CREATE FUNCTION @extschema@.lstm_registry_rows(source pg_catalog.text, time_column pg_catalog.text, since pg_catalog.timestamptz,
	series_column pg_catalog.text, series pg_catalog.text[])
RETURNS pg_catalog.text
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.lstm_registry_rows(pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.text[])
	IS 'the text of a SELECT of the rows of a source that are not before a time, and of some before it, of these series; null does not restrict';

CREATE FUNCTION @extschema@.lstm_registry_observed(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text, since pg_catalog.timestamptz,
	OUT series pg_catalog.text, OUT ts pg_catalog.timestamptz, OUT value pg_catalog.float8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 10000;
COMMENT ON FUNCTION @extschema@.lstm_registry_observed(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz)
	IS 'what was observed from a time on, dated, named and merged as the model''s forecasts are';
