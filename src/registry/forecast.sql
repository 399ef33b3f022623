
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
