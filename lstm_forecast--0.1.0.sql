/* lstm_forecast--0.1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION lstm_forecast" to load this file. \quit

--
-- Types
--

CREATE TYPE lstm_forecast_row AS (
	series pg_catalog.text,
	step pg_catalog.int4,
	ts pg_catalog.timestamptz,
	local_ts pg_catalog."timestamp",
	actual pg_catalog.float8,
	forecast pg_catalog.float8,
	lower pg_catalog.float8,
	upper pg_catalog.float8,
	quantiles pg_catalog.float8[]
);
COMMENT ON TYPE lstm_forecast_row IS 'one step of one series: a forecast, or an observation before it';
COMMENT ON COLUMN lstm_forecast_row.series IS 'name of the series; null for a model of one unnamed series';
COMMENT ON COLUMN lstm_forecast_row.step IS 'steps ahead, from 1; 0 and below: observations before the forecast';
COMMENT ON COLUMN lstm_forecast_row.ts IS 'time of the step; null for a series without timestamps';
COMMENT ON COLUMN lstm_forecast_row.local_ts IS 'the same as the clocks and the calendar of the model''s time zone show it: local_ts::date is the right day in every session';
COMMENT ON COLUMN lstm_forecast_row.actual IS 'what was observed, of steps of the history; null for forecasts';
COMMENT ON COLUMN lstm_forecast_row.forecast IS 'point forecast: the median of the model''s networks; null for steps of the history';
COMMENT ON COLUMN lstm_forecast_row.lower IS 'lower end of the interval at the confidence level asked for; null where the model has no intervals';
COMMENT ON COLUMN lstm_forecast_row.upper IS 'upper end of the interval; null where the model has no intervals';
COMMENT ON COLUMN lstm_forecast_row.quantiles IS 'the quantiles asked for, in the order asked; null where none were';

CREATE TYPE lstm_explain_row AS (
	series pg_catalog.text,
	step pg_catalog.int4,
	ts pg_catalog.timestamptz,
	component pg_catalog.text,
	value pg_catalog.float8
);
COMMENT ON TYPE lstm_explain_row IS 'one component of the forecast of one step of one series';
COMMENT ON COLUMN lstm_explain_row.series IS 'name of the series; null for a model of one unnamed series';
COMMENT ON COLUMN lstm_explain_row.step IS 'steps ahead, from 1';
COMMENT ON COLUMN lstm_explain_row.ts IS 'time of the step; null for a series without timestamps';
COMMENT ON COLUMN lstm_explain_row.component IS 'what it is of: start, what the model begins from; level, from there to a neutral situation; past ... back, by season or step; time of day, day of week, day of month, time of year; the drivers by their columns'' names; earlier forecasts, beyond the trained horizon; limit, of the options minimum and maximum';
COMMENT ON COLUMN lstm_explain_row.value IS 'in the data''s units: those of a step add up to its forecast';

--
-- Rows of a group: support functions of the aggregates
--

CREATE FUNCTION lstm_rows_value(pg_catalog.internal, value pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_value(pg_catalog.internal, pg_catalog.float8)
	IS 'collects a value for lstm_train(value)';

CREATE FUNCTION lstm_rows_value_options(pg_catalog.internal, value pg_catalog.float8, options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_value_options' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_value_options(pg_catalog.internal, pg_catalog.float8, pg_catalog.jsonb)
	IS 'collects a value for lstm_train(value, options)';

CREATE FUNCTION lstm_rows_time(pg_catalog.internal, ts pg_catalog.timestamptz, value pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_time(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.float8)
	IS 'collects a row for lstm_train(ts, value)';

CREATE FUNCTION lstm_rows_time_options(pg_catalog.internal, ts pg_catalog.timestamptz, value pg_catalog.float8, options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_time_options' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_time_options(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.jsonb)
	IS 'collects a row for lstm_train(ts, value, options)';

CREATE FUNCTION lstm_rows_series(pg_catalog.internal, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_series' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_series(pg_catalog.internal, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8)
	IS 'collects a row for lstm_train(series, ts, value)';

CREATE FUNCTION lstm_rows_series_options(pg_catalog.internal, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_series_options' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_series_options(pg_catalog.internal, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.jsonb)
	IS 'collects a row for lstm_train(series, ts, value, options)';

CREATE FUNCTION lstm_rows_covariates(pg_catalog.internal, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[])
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_covariates' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_covariates(pg_catalog.internal, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[])
	IS 'collects a row for lstm_train(series, ts, value, past, future)';

CREATE FUNCTION lstm_rows_covariates_options(pg_catalog.internal, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[], options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_covariates_options' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_covariates_options(pg_catalog.internal, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[], pg_catalog.jsonb)
	IS 'collects a row for lstm_train(series, ts, value, past, future, options)';

CREATE FUNCTION lstm_rows_model_value(pg_catalog.internal, model pg_catalog.bytea, value pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_model_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_model_value(pg_catalog.internal, pg_catalog.bytea, pg_catalog.float8)
	IS 'collects a value for lstm_forecast_values(model, value)';

CREATE FUNCTION lstm_rows_model_time(pg_catalog.internal, model pg_catalog.bytea, ts pg_catalog.timestamptz, value pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_model_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_model_time(pg_catalog.internal, pg_catalog.bytea, pg_catalog.timestamptz, pg_catalog.float8)
	IS 'collects a row for lstm_forecast(model, ts, value)';

CREATE FUNCTION lstm_rows_model_series(pg_catalog.internal, model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_model_series' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_model_series(pg_catalog.internal, pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8)
	IS 'collects a row for lstm_forecast(model, series, ts, value)';

CREATE FUNCTION lstm_rows_model_covariates(pg_catalog.internal, model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[])
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_model_covariates' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_model_covariates(pg_catalog.internal, pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[])
	IS 'collects a row for lstm_forecast(model, series, ts, value, past, future)';

CREATE FUNCTION lstm_rows_model_value_options(pg_catalog.internal, model pg_catalog.bytea, value pg_catalog.float8, options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_model_value_options' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_model_value_options(pg_catalog.internal, pg_catalog.bytea, pg_catalog.float8, pg_catalog.jsonb)
	IS 'collects a value for lstm_finetune(model, value, options)';

CREATE FUNCTION lstm_rows_model_time_options(pg_catalog.internal, model pg_catalog.bytea, ts pg_catalog.timestamptz, value pg_catalog.float8, options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_model_time_options' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_model_time_options(pg_catalog.internal, pg_catalog.bytea, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.jsonb)
	IS 'collects a row for lstm_finetune(model, ts, value, options)';

CREATE FUNCTION lstm_rows_model_series_options(pg_catalog.internal, model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_model_series_options' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_model_series_options(pg_catalog.internal, pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.jsonb)
	IS 'collects a row for lstm_finetune(model, series, ts, value, options)';

CREATE FUNCTION lstm_rows_model_covariates_options(pg_catalog.internal, model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[], options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_model_covariates_options' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_model_covariates_options(pg_catalog.internal, pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[], pg_catalog.jsonb)
	IS 'collects a row for lstm_finetune(model, series, ts, value, past, future, options)';

CREATE FUNCTION lstm_rows_combine(pg_catalog.internal, pg_catalog.internal)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_combine(pg_catalog.internal, pg_catalog.internal)
	IS 'joins the rows that two parallel workers collected';

CREATE FUNCTION lstm_rows_serialize(pg_catalog.internal)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_rows_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_serialize(pg_catalog.internal)
	IS 'collected rows as bytes, for a parallel worker';

CREATE FUNCTION lstm_rows_deserialize(pg_catalog.bytea, pg_catalog.internal)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_deserialize(pg_catalog.bytea, pg_catalog.internal)
	IS 'collected rows from bytes, for a parallel worker';

CREATE FUNCTION lstm_train_final(pg_catalog.internal)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_train_final' LANGUAGE C VOLATILE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION lstm_train_final(pg_catalog.internal)
	IS 'trains on the collected rows';

CREATE FUNCTION lstm_finetune_final(pg_catalog.internal)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_finetune_final' LANGUAGE C VOLATILE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION lstm_finetune_final(pg_catalog.internal)
	IS 'trains a model further on the collected rows';

CREATE FUNCTION lstm_forecast_final(pg_catalog.internal)
RETURNS lstm_forecast_row[]
AS 'MODULE_PATHNAME', 'lstm_forecast_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION lstm_forecast_final(pg_catalog.internal)
	IS 'forecasts from the collected rows';

--
-- Training
--

CREATE AGGREGATE lstm_train(value pg_catalog.float8) (
	SFUNC = lstm_rows_value,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train(pg_catalog.float8)
	IS 'trains a model of one series on its values in the order of the aggregate''s ORDER BY';

CREATE AGGREGATE lstm_train(value pg_catalog.float8, options pg_catalog.jsonb) (
	SFUNC = lstm_rows_value_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train(pg_catalog.float8, pg_catalog.jsonb)
	IS 'trains a model of one series on its values in the order of the aggregate''s ORDER BY, with options';

CREATE AGGREGATE lstm_train(ts pg_catalog.timestamptz, value pg_catalog.float8) (
	SFUNC = lstm_rows_time,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train(pg_catalog.timestamptz, pg_catalog.float8)
	IS 'trains a model of one series on its timestamps and values, in any order';

CREATE AGGREGATE lstm_train(ts pg_catalog.timestamptz, value pg_catalog.float8, options pg_catalog.jsonb) (
	SFUNC = lstm_rows_time_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train(pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.jsonb)
	IS 'trains a model of one series on its timestamps and values, in any order, with options';

CREATE AGGREGATE lstm_train(series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8) (
	SFUNC = lstm_rows_series,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train(pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8)
	IS 'trains one model of a panel on the timestamps and values of its series, in any order';

CREATE AGGREGATE lstm_train(series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, options pg_catalog.jsonb) (
	SFUNC = lstm_rows_series_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train(pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.jsonb)
	IS 'trains one model of a panel on the timestamps and values of its series, in any order, with options';

CREATE AGGREGATE lstm_train(series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[]) (
	SFUNC = lstm_rows_covariates,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train(pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[])
	IS 'trains one model of a panel on the timestamps and values of its series, in any order; past: covariates known up to now; future: covariates known ahead, also on rows after the last observation, whose value is null';

CREATE AGGREGATE lstm_train(series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[], options pg_catalog.jsonb) (
	SFUNC = lstm_rows_covariates_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train(pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[], pg_catalog.jsonb)
	IS 'trains one model of a panel on the timestamps and values of its series, in any order; past: covariates known up to now; future: covariates known ahead, also on rows after the last observation, whose value is null; with options';

CREATE FUNCTION lstm_train(source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, past_columns pg_catalog.text[] DEFAULT NULL,
	future_columns pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	options pg_catalog.jsonb DEFAULT NULL, future_source pg_catalog.text DEFAULT NULL,
	static_columns pg_catalog.text[] DEFAULT NULL)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_train' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION lstm_train(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text[])
	IS 'trains a model on a table or SELECT, read with the caller''s rights. time_column null: rows are steps in the source''s order; series_column: names the series of a panel, of any type; past_columns: covariates known up to now; future_columns: covariates known ahead, also on rows after the last observation, whose target is null; future_source: another table or SELECT that has these rows; static_columns: what is the same in all rows of a series, as its region. Columns of text or of an enum hold categories; others are numbers';

CREATE FUNCTION lstm_estimate(source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, past_columns pg_catalog.text[] DEFAULT NULL,
	future_columns pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	options pg_catalog.jsonb DEFAULT NULL, future_source pg_catalog.text DEFAULT NULL,
	static_columns pg_catalog.text[] DEFAULT NULL,
	OUT windows pg_catalog.int8,
	OUT parameters pg_catalog.int8,
	OUT steps pg_catalog.int8,
	OUT memory_bytes pg_catalog.int8,
	OUT model_bytes pg_catalog.int8,
	OUT seconds pg_catalog.float8
)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_estimate'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION lstm_estimate(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text[]) IS
'what lstm_train with the same arguments will take, without training: the rows are read, the training is planned, and pieces of it are timed for about a second; NULLs for a source without rows. Columns: windows, that the networks learn from (of the one that is first), 0 where the rows are too few for networks; parameters, weights of all networks; steps, of the optimizer, of all networks together, at most, as training may stop early; a refit adds up to a quarter; memory_bytes, at the peak in all processes, the rows among them; model_bytes, of the model, if its networks are kept; seconds, from the reading of the rows to the model, on processors that are free';

CREATE FUNCTION lstm_train_each(source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text, past_columns pg_catalog.text[] DEFAULT NULL,
	future_columns pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	options pg_catalog.jsonb DEFAULT NULL, future_source pg_catalog.text DEFAULT NULL,
	OUT series pg_catalog.text, OUT model pg_catalog.bytea, OUT sqlstate pg_catalog.text, OUT message pg_catalog.text,
	OUT seconds pg_catalog.float8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_train_each' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 100;
COMMENT ON FUNCTION lstm_train_each(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text)
	IS 'trains a model for each series of a table or SELECT, side by side in parallel workers; arguments as of the function lstm_train. Columns: series, its name, in the order of the names'' bytes; model, of this series alone, null where it could not be trained; sqlstate and message, why, else null; seconds, that the training took';

--
-- Tuning
--

CREATE FUNCTION lstm_tune(source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, past_columns pg_catalog.text[] DEFAULT NULL,
	future_columns pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	options pg_catalog.jsonb DEFAULT NULL, future_source pg_catalog.text DEFAULT NULL,
	static_columns pg_catalog.text[] DEFAULT NULL,
	candidates pg_catalog.jsonb[] DEFAULT NULL, folds pg_catalog.int8 DEFAULT 3, metric pg_catalog.text DEFAULT 'mase',
	max_seconds pg_catalog.float8 DEFAULT NULL,
	OUT rank pg_catalog.int4, OUT options pg_catalog.jsonb, OUT metric pg_catalog.float8, OUT naive pg_catalog.float8,
	OUT last_horizon pg_catalog.float8, OUT last_horizon_naive pg_catalog.float8, OUT folds pg_catalog.int4,
	OUT seconds pg_catalog.float8, OUT note pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_tune' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000000 ROWS 10;
COMMENT ON FUNCTION lstm_tune(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text[], pg_catalog.jsonb[], pg_catalog.int8, pg_catalog.text, pg_catalog.float8)
	IS 'chooses options for lstm_train by successive halving, in parallel workers: candidates (objects of options on top of the argument options; NULL: a list that suits most data) and the default, the argument options alone, are trained and tested on folds of a horizon each, which end before the last horizon; after each rung the better half goes on to more folds. metric is mase, mae, rmse, mape or smape, mean over series and folds; rungs that end within max_seconds count. Columns: rank, 1 for what is chosen: the default, unless another is better by more than chance; options, of the candidate, as lstm_train takes them; metric, on its folds, null where it failed; naive, of the seasonal naive forecast on the same folds; last_horizon, the metric on the last horizon, which nothing of the choice has seen, of the chosen one and the default; last_horizon_naive, beside it; folds, that it was measured on; seconds, of its trainings, each in one process; note, its error, or how far it came';

--
-- Training further
--

CREATE AGGREGATE lstm_finetune(model pg_catalog.bytea, value pg_catalog.float8) (
	SFUNC = lstm_rows_model_value,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_finetune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_finetune(pg_catalog.bytea, pg_catalog.float8)
	IS 'trains a model further on the values of a series in the order of the aggregate''s ORDER BY';

CREATE AGGREGATE lstm_finetune(model pg_catalog.bytea, value pg_catalog.float8, options pg_catalog.jsonb) (
	SFUNC = lstm_rows_model_value_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_finetune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_finetune(pg_catalog.bytea, pg_catalog.float8, pg_catalog.jsonb)
	IS 'trains a model further on the values of a series in the order of the aggregate''s ORDER BY, with options';

CREATE AGGREGATE lstm_finetune(model pg_catalog.bytea, ts pg_catalog.timestamptz, value pg_catalog.float8) (
	SFUNC = lstm_rows_model_time,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_finetune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_finetune(pg_catalog.bytea, pg_catalog.timestamptz, pg_catalog.float8)
	IS 'trains a model further on the timestamps and values of a series, in any order';

CREATE AGGREGATE lstm_finetune(model pg_catalog.bytea, ts pg_catalog.timestamptz, value pg_catalog.float8, options pg_catalog.jsonb) (
	SFUNC = lstm_rows_model_time_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_finetune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_finetune(pg_catalog.bytea, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.jsonb)
	IS 'trains a model further on the timestamps and values of a series, in any order, with options';

CREATE AGGREGATE lstm_finetune(model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8) (
	SFUNC = lstm_rows_model_series,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_finetune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_finetune(pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8)
	IS 'trains the model of a panel further on the timestamps and values of its series, in any order; they may be others than before';

CREATE AGGREGATE lstm_finetune(model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, options pg_catalog.jsonb) (
	SFUNC = lstm_rows_model_series_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_finetune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_finetune(pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.jsonb)
	IS 'trains the model of a panel further on the timestamps and values of its series, in any order; they may be others than before, with options';

CREATE AGGREGATE lstm_finetune(model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[]) (
	SFUNC = lstm_rows_model_covariates,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_finetune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_finetune(pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[])
	IS 'trains the model of a panel further on the timestamps and values of its series, in any order, with the covariates that the model has';

CREATE AGGREGATE lstm_finetune(model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[], options pg_catalog.jsonb) (
	SFUNC = lstm_rows_model_covariates_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_finetune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_finetune(pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[], pg_catalog.jsonb)
	IS 'trains the model of a panel further on the timestamps and values of its series, in any order, with the covariates that the model has, with options';

CREATE FUNCTION lstm_finetune(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, past_columns pg_catalog.text[] DEFAULT NULL,
	future_columns pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	options pg_catalog.jsonb DEFAULT NULL, future_source pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_finetune' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION lstm_finetune(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text)
	IS 'trains a model further on a table or SELECT of newer rows, read with the caller''s rights, in about a tenth of the steps of lstm_train; arguments as of that. What its networks are stays as it is; past_columns, future_columns null: the columns that the model was trained on; options: what is other than in the model';

--
-- Forecasting
--

CREATE FUNCTION lstm_forecast(model pg_catalog.bytea, horizon pg_catalog.int8 DEFAULT NULL,
	confidence_level pg_catalog.float8 DEFAULT 0.95, quantiles pg_catalog.float8[] DEFAULT NULL,
	series pg_catalog.anycompatiblearray DEFAULT NULL::pg_catalog.text[],
	on_missing pg_catalog.text DEFAULT 'error', origin pg_catalog.text DEFAULT 'series')
RETURNS SETOF lstm_forecast_row
AS 'MODULE_PATHNAME', 'lstm_forecast' LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 24;
COMMENT ON FUNCTION lstm_forecast(pg_catalog.bytea, pg_catalog.int8, pg_catalog.float8, pg_catalog.float8[], pg_catalog.anycompatiblearray, pg_catalog.text, pg_catalog.text)
	IS 'forecasts from the end of the data that the model was trained on, all its series in one batch, or only those that the array "series" has, of whatever type. on_missing: what to do about series that cannot be forecast, "error" or "skip"; origin: where forecasts begin, at the end of each "series", or, "common" to all, at the latest timestamp';

CREATE FUNCTION lstm_forecast(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text DEFAULT NULL,
	past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL,
	confidence_level pg_catalog.float8 DEFAULT 0.95, quantiles pg_catalog.float8[] DEFAULT NULL,
	history pg_catalog.int8 DEFAULT 0, future_source pg_catalog.text DEFAULT NULL,
	on_missing pg_catalog.text DEFAULT 'error', origin pg_catalog.text DEFAULT 'series')
RETURNS SETOF lstm_forecast_row
AS 'MODULE_PATHNAME', 'lstm_forecast_source' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 24;
COMMENT ON FUNCTION lstm_forecast(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.float8, pg_catalog.float8[], pg_catalog.int8, pg_catalog.text, pg_catalog.text, pg_catalog.text)
	IS 'forecasts from the end of a table or SELECT, read with the caller''s rights, all series in one batch; series that the model has never seen, too. time_column null: rows are steps in the source''s order; past_columns, future_columns null: the columns that the model was trained on; history: so many of the latest steps come before the forecasts, as steps 0 and below; future_source: another table or SELECT that has the future columns of the rows after the last observation; on_missing: what to do about series that cannot be forecast, "error" or "skip"; origin: where forecasts begin, at the end of each "series", or, "common" to all, at the latest timestamp';

-- PostgreSQL takes literals without a type for texts where one of the functions has a text in their
-- place, as the function above has for on_missing and origin. So there is one that takes
-- '{temperature}' as a text, and reads it as the array that it is.
CREATE FUNCTION lstm_forecast(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text,
	past_columns pg_catalog.text, future_columns pg_catalog.text DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL,
	confidence_level pg_catalog.float8 DEFAULT 0.95, quantiles pg_catalog.float8[] DEFAULT NULL,
	history pg_catalog.int8 DEFAULT 0, future_source pg_catalog.text DEFAULT NULL,
	on_missing pg_catalog.text DEFAULT 'error', origin pg_catalog.text DEFAULT 'series')
RETURNS SETOF lstm_forecast_row
AS 'MODULE_PATHNAME', 'lstm_forecast_source' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 24;
COMMENT ON FUNCTION lstm_forecast(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.float8, pg_catalog.float8[], pg_catalog.int8, pg_catalog.text, pg_catalog.text, pg_catalog.text)
	IS 'the same for past_columns and future_columns that are literals without a type';

CREATE FUNCTION lstm_forecast(source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, past_columns pg_catalog.text[] DEFAULT NULL,
	future_columns pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	options pg_catalog.jsonb DEFAULT NULL, confidence_level pg_catalog.float8 DEFAULT 0.95,
	quantiles pg_catalog.float8[] DEFAULT NULL, history pg_catalog.int8 DEFAULT 0,
	future_source pg_catalog.text DEFAULT NULL, on_missing pg_catalog.text DEFAULT 'error',
	origin pg_catalog.text DEFAULT 'series', static_columns pg_catalog.text[] DEFAULT NULL)
RETURNS SETOF lstm_forecast_row
AS 'MODULE_PATHNAME', 'lstm_forecast_train' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 24;
COMMENT ON FUNCTION lstm_forecast(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.float8, pg_catalog.float8[], pg_catalog.int8, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[])
	IS 'trains as lstm_train and forecasts in one statement; the model is not kept. history: so many of the latest steps come before the forecasts, as steps 0 and below; future_source, on_missing, origin: as of the forecast from a source';

CREATE AGGREGATE lstm_forecast_values(model pg_catalog.bytea, value pg_catalog.float8) (
	SFUNC = lstm_rows_model_value,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_forecast_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_forecast_values(pg_catalog.bytea, pg_catalog.float8)
	IS 'forecasts from the end of the values in the order of the aggregate''s ORDER BY, with 95 percent intervals, by a model without timestamps';

CREATE AGGREGATE lstm_forecast(model pg_catalog.bytea, ts pg_catalog.timestamptz, value pg_catalog.float8) (
	SFUNC = lstm_rows_model_time,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_forecast_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_forecast(pg_catalog.bytea, pg_catalog.timestamptz, pg_catalog.float8)
	IS 'forecasts from the end of the timestamps and values, in any order, with 95 percent intervals';

CREATE AGGREGATE lstm_forecast(model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8) (
	SFUNC = lstm_rows_model_series,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_forecast_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_forecast(pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8)
	IS 'forecasts every series from the end of its timestamps and values, in any order, with 95 percent intervals';

CREATE AGGREGATE lstm_forecast(model pg_catalog.bytea, series pg_catalog."any", ts pg_catalog.timestamptz, value pg_catalog.float8, past pg_catalog.float8[], future pg_catalog.float8[]) (
	SFUNC = lstm_rows_model_covariates,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_forecast_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_forecast(pg_catalog.bytea, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[])
	IS 'forecasts every series from the end of its timestamps and values, in any order, with 95 percent intervals; past and future: covariates, as in lstm_train';

--
-- Explaining
--

CREATE FUNCTION lstm_explain(model pg_catalog.bytea, horizon pg_catalog.int8 DEFAULT NULL,
	series pg_catalog.anycompatiblearray DEFAULT NULL::pg_catalog.text[],
	changes pg_catalog.jsonb DEFAULT NULL, on_missing pg_catalog.text DEFAULT 'error')
RETURNS SETOF lstm_explain_row
AS 'MODULE_PATHNAME', 'lstm_explain' LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 200;
COMMENT ON FUNCTION lstm_explain(pg_catalog.bytea, pg_catalog.int8, pg_catalog.anycompatiblearray, pg_catalog.jsonb, pg_catalog.text)
	IS 'what the forecasts of lstm_forecast(model, ...) are made of: components that add up to the forecast of each step. series: only those of this array; changes: what if drivers that are known ahead were others, as {"price": "+10 %", "rain": "-3", "promo": 1}; on_missing: as of lstm_forecast';

CREATE FUNCTION lstm_explain(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text DEFAULT NULL,
	past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL, changes pg_catalog.jsonb DEFAULT NULL,
	future_source pg_catalog.text DEFAULT NULL, on_missing pg_catalog.text DEFAULT 'error')
RETURNS SETOF lstm_explain_row
AS 'MODULE_PATHNAME', 'lstm_explain_source' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 200;
COMMENT ON FUNCTION lstm_explain(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text)
	IS 'the same of forecasts from the end of a table or SELECT, read with the caller''s rights, by a trained model or by lstm_pretrained(). The arguments are those of the forecast from a source';

CREATE FUNCTION lstm_explain(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text,
	past_columns pg_catalog.text, future_columns pg_catalog.text DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL, changes pg_catalog.jsonb DEFAULT NULL,
	future_source pg_catalog.text DEFAULT NULL, on_missing pg_catalog.text DEFAULT 'error')
RETURNS SETOF lstm_explain_row
AS 'MODULE_PATHNAME', 'lstm_explain_source' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 200;
COMMENT ON FUNCTION lstm_explain(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text)
	IS 'the same for past_columns and future_columns that are literals without a type';

--
-- Classes
--

CREATE FUNCTION lstm_rows_classes(pg_catalog.internal, series pg_catalog."any", ts pg_catalog.timestamptz, "values" pg_catalog.float8[], label pg_catalog."any")
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_classes' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_classes(pg_catalog.internal, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8[], pg_catalog."any")
	IS 'collects a row for lstm_train_classes(series, ts, values, label)';

CREATE FUNCTION lstm_rows_classes_options(pg_catalog.internal, series pg_catalog."any", ts pg_catalog.timestamptz, "values" pg_catalog.float8[], label pg_catalog."any", options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_rows_classes_options' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_rows_classes_options(pg_catalog.internal, pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8[], pg_catalog."any", pg_catalog.jsonb)
	IS 'collects a row for lstm_train_classes(series, ts, values, label, options)';

CREATE FUNCTION lstm_train_classes_final(pg_catalog.internal)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_train_classes_final' LANGUAGE C VOLATILE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION lstm_train_classes_final(pg_catalog.internal)
	IS 'trains on the rows that lstm_train_classes has collected';

CREATE AGGREGATE lstm_train_classes(series pg_catalog."any", ts pg_catalog.timestamptz, "values" pg_catalog.float8[], label pg_catalog."any") (
	SFUNC = lstm_rows_classes,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_classes_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train_classes(pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8[], pg_catalog."any")
	IS 'trains a model that tells the class of a series: values, of one column or several, NULL where one is missing; label, of any type, the same on all rows of a series or NULL. Rows come in any order';

CREATE AGGREGATE lstm_train_classes(series pg_catalog."any", ts pg_catalog.timestamptz, "values" pg_catalog.float8[], label pg_catalog."any", options pg_catalog.jsonb) (
	SFUNC = lstm_rows_classes_options,
	STYPE = pg_catalog.internal,
	SSPACE = 16384,
	FINALFUNC = lstm_train_classes_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_rows_combine,
	SERIALFUNC = lstm_rows_serialize,
	DESERIALFUNC = lstm_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_train_classes(pg_catalog."any", pg_catalog.timestamptz, pg_catalog.float8[], pg_catalog."any", pg_catalog.jsonb)
	IS 'the same with options; where supervision is sequence, a label is of a row, and the model tells the class of each row';

CREATE FUNCTION lstm_train_classes(source pg_catalog.text, time_column pg_catalog.text, series_column pg_catalog.text,
	value_columns pg_catalog.text[], label_column pg_catalog.text, options pg_catalog.jsonb DEFAULT NULL)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_train_classes' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION lstm_train_classes(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.jsonb)
	IS 'trains a model that tells classes on a table or SELECT, read with the caller''s rights. time_column null: rows are steps in the source''s order; series_column null: all rows are one series; value_columns: numbers that tell the class; label_column: of any type, null on rows whose class is not known';

CREATE FUNCTION lstm_train_classes(source pg_catalog.text, time_column pg_catalog.text, series_column pg_catalog.text,
	value_columns pg_catalog.text, label_column pg_catalog.text, options pg_catalog.jsonb DEFAULT NULL)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_train_classes' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION lstm_train_classes(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.jsonb)
	IS 'the same for value_columns that are a literal without a type';

CREATE FUNCTION lstm_classify(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, value_columns pg_catalog.text[] DEFAULT NULL,
	OUT series pg_catalog.text, OUT ts pg_catalog.timestamptz, OUT label pg_catalog.text,
	OUT probability pg_catalog.float8, OUT probabilities pg_catalog.jsonb)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_classify' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 100;
COMMENT ON FUNCTION lstm_classify(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[])
	IS 'the class of each series of a table or SELECT, read with the caller''s rights, or of each row, as the model was trained. value_columns null: those of the training. Columns: series; ts, of the row, or of the series'' last row; label, the likeliest class; probability, of that; probabilities, of each class by its label';

--
-- Back-testing
--

CREATE FUNCTION lstm_backtest(source pg_catalog.text, time_column pg_catalog.text, target_column pg_catalog.text,
	series_column pg_catalog.text DEFAULT NULL, past_columns pg_catalog.text[] DEFAULT NULL,
	future_columns pg_catalog.text[] DEFAULT NULL, horizon pg_catalog.int8 DEFAULT NULL,
	options pg_catalog.jsonb DEFAULT NULL, folds pg_catalog.int8 DEFAULT 3, stride pg_catalog.int8 DEFAULT NULL,
	static_columns pg_catalog.text[] DEFAULT NULL,
	OUT fold pg_catalog.int4, OUT series pg_catalog.text, OUT origin pg_catalog.timestamptz, OUT metric pg_catalog.text,
	OUT model pg_catalog.float8, OUT naive pg_catalog.float8, OUT seasonal_naive pg_catalog.float8,
	OUT start pg_catalog.float8, OUT skill pg_catalog.float8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_backtest' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 100;
COMMENT ON FUNCTION lstm_backtest(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.int8, pg_catalog.int8, pg_catalog.text[])
	IS 'rolling-origin back-test: for each fold trains on the rows before its origin and forecasts the next horizon steps, beside the naive and the seasonal naive forecast. The last fold ends with the data of each series, earlier ones lie stride steps (default: horizon) apart. Columns: fold, from 1 for the earliest; series; origin, the last timestamp that was known; metric (mae, rmse, mape, smape, mase); model, naive, seasonal_naive, start, the metric of each forecast (start: the statistical one that networks start from); skill, 1 - model / seasonal_naive';

CREATE FUNCTION lstm_backtest(trained pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text DEFAULT NULL,
	past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL, folds pg_catalog.int8 DEFAULT NULL, stride pg_catalog.int8 DEFAULT NULL,
	OUT fold pg_catalog.int4, OUT series pg_catalog.text, OUT origin pg_catalog.timestamptz, OUT metric pg_catalog.text,
	OUT model pg_catalog.float8, OUT naive pg_catalog.float8, OUT seasonal_naive pg_catalog.float8,
	OUT start pg_catalog.float8, OUT skill pg_catalog.float8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_backtest_model' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 1000;
COMMENT ON FUNCTION lstm_backtest(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.int8, pg_catalog.int8)
	IS 'rolling-origin back-test of a trained model on rows later than those that it was trained on: no training, so origins may be many. folds null: as many as there are, stride steps (default: horizon) apart, from the end of the training on; three of a pretrained model, which has none. Columns as of the other lstm_backtest';

CREATE FUNCTION lstm_backtest_forecasts(source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text DEFAULT NULL,
	past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL, options pg_catalog.jsonb DEFAULT NULL, folds pg_catalog.int8 DEFAULT 3,
	stride pg_catalog.int8 DEFAULT NULL, confidence_level pg_catalog.float8 DEFAULT 0.95,
	quantiles pg_catalog.float8[] DEFAULT NULL,
	static_columns pg_catalog.text[] DEFAULT NULL,
	OUT fold pg_catalog.int4, OUT series pg_catalog.text, OUT origin pg_catalog.timestamptz, OUT step pg_catalog.int4,
	OUT ts pg_catalog.timestamptz, OUT local_ts pg_catalog.timestamp, OUT actual pg_catalog.float8,
	OUT forecast pg_catalog.float8, OUT lower pg_catalog.float8, OUT upper pg_catalog.float8,
	OUT quantiles pg_catalog.float8[], OUT naive pg_catalog.float8, OUT seasonal_naive pg_catalog.float8,
	OUT start pg_catalog.float8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_backtest_forecasts' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 1000;
COMMENT ON FUNCTION lstm_backtest_forecasts(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.jsonb, pg_catalog.int8, pg_catalog.int8, pg_catalog.float8, pg_catalog.float8[], pg_catalog.text[])
	IS 'the forecasts whose metrics lstm_backtest gives: for each fold trains on the rows before its origin and forecasts the next horizon steps. Columns: fold, from 1 for the earliest; series; origin, the last timestamp that was known; step ahead, from 1; ts of the step; local_ts, its wall clock in the model''s time zone; actual, null where nothing was observed; forecast; lower and upper at the confidence level; quantiles in the order asked for; naive, the last known value; seasonal_naive, the last known season; start, the statistical forecast that networks start from';

CREATE FUNCTION lstm_backtest_forecasts(trained pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text DEFAULT NULL,
	past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	horizon pg_catalog.int8 DEFAULT NULL, folds pg_catalog.int8 DEFAULT NULL, stride pg_catalog.int8 DEFAULT NULL,
	confidence_level pg_catalog.float8 DEFAULT 0.95, quantiles pg_catalog.float8[] DEFAULT NULL,
	OUT fold pg_catalog.int4, OUT series pg_catalog.text, OUT origin pg_catalog.timestamptz, OUT step pg_catalog.int4,
	OUT ts pg_catalog.timestamptz, OUT local_ts pg_catalog.timestamp, OUT actual pg_catalog.float8,
	OUT forecast pg_catalog.float8, OUT lower pg_catalog.float8, OUT upper pg_catalog.float8,
	OUT quantiles pg_catalog.float8[], OUT naive pg_catalog.float8, OUT seasonal_naive pg_catalog.float8,
	OUT start pg_catalog.float8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_backtest_forecasts_model' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 10000;
COMMENT ON FUNCTION lstm_backtest_forecasts(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.int8, pg_catalog.int8, pg_catalog.float8, pg_catalog.float8[])
	IS 'the forecasts whose metrics lstm_backtest of a trained model gives, at origins later than its training. Columns: fold, series, origin, step, ts, local_ts, actual, forecast, lower, upper, quantiles, naive, seasonal_naive, start, as of the other lstm_backtest_forecasts';

CREATE FUNCTION lstm_importance(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text DEFAULT NULL,
	past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	windows pg_catalog.int8 DEFAULT 200, repeats pg_catalog.int8 DEFAULT 5, seed pg_catalog.int8 DEFAULT 0,
	OUT driver pg_catalog.text, OUT kind pg_catalog.text, OUT importance pg_catalog.float8,
	OUT deviation pg_catalog.float8, OUT metric pg_catalog.text, OUT error pg_catalog.float8,
	OUT permuted_error pg_catalog.float8, OUT windows pg_catalog.int8, OUT held_out pg_catalog.bool)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_importance' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000000 ROWS 10;
COMMENT ON FUNCTION lstm_importance(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8, pg_catalog.int8, pg_catalog.int8)
	IS 'how much a model''s forecasts owe to each of its drivers: the error with the values of the driver exchanged between windows, beside the error without. Measured on at most so many windows of the source, later than the training where there are enough, by repeats permutations that follow from the seed. Columns, the most important driver first: driver, the column''s name, or calendar for all that the timestamp says, or holidays; kind (past, future, static, calendar); importance, permuted_error / error - 1, 0 of a driver that the model does not need; deviation of the importance from one permutation to the next; metric, mae, or mase for several series; error; permuted_error, the mean over all permutations; windows measured; held_out, whether these are later than the training';

--
-- Anomalies
--

CREATE FUNCTION lstm_anomalies(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text DEFAULT NULL,
	past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	since pg_catalog.timestamptz DEFAULT NULL, probability pg_catalog.float8 DEFAULT 0.99,
	ahead pg_catalog.int8 DEFAULT 1, only_anomalies pg_catalog.bool DEFAULT true,
	OUT series pg_catalog.text, OUT ts pg_catalog.timestamptz, OUT local_ts pg_catalog.timestamp,
	OUT actual pg_catalog.float8, OUT forecast pg_catalog.float8, OUT lower pg_catalog.float8,
	OUT upper pg_catalog.float8, OUT score pg_catalog.float8, OUT direction pg_catalog.text,
	OUT anomaly pg_catalog.bool, OUT event pg_catalog.int4, OUT strength pg_catalog.float8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_anomalies' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 1000;
COMMENT ON FUNCTION lstm_anomalies(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.int8, pg_catalog.bool)
	IS 'rows of a source that a model did not expect: every row is forecast from the rows before it, ahead steps ahead, and its error compared with those of earlier rows, so that where nothing is wrong one row in 1 / (1 - probability) is called anomalous. since: rows before it are history only. Columns: series; ts; local_ts, its wall clock in the model''s time zone; actual; forecast; lower and upper, what the row was expected within, with the probability; score, from 0 to 1, the probability of a smaller error, null where there is too little history; direction, above or below the forecast; anomaly, whether score reaches the probability; event, a number that neighbouring anomalies of a series share; strength of the evidence, by errors, the latest ones together, and by the value among all values: about minus the decimal logarithm of how often as much comes by chance, 0 within a day (a week of days, four longer steps) after stronger evidence. An anomaly counts in the forecasts of later rows as the nearer end of what was expected, unless it lasts';

--
-- Options
--

CREATE FUNCTION lstm_options(
	horizon pg_catalog.int8 DEFAULT NULL,
	lookback pg_catalog.int8 DEFAULT NULL,
	frequency pg_catalog.text DEFAULT NULL,
	steps pg_catalog.text DEFAULT NULL,
	time_zone pg_catalog.text DEFAULT NULL,
	seasonal_period pg_catalog.int8 DEFAULT NULL,
	missing pg_catalog.text DEFAULT NULL,
	duplicates pg_catalog.text DEFAULT NULL,
	glitches pg_catalog.text DEFAULT NULL,
	on_error pg_catalog.text DEFAULT NULL,
	cell pg_catalog.text DEFAULT NULL,
	hidden_size pg_catalog.int8 DEFAULT NULL,
	num_layers pg_catalog.int8 DEFAULT NULL,
	bidirectional pg_catalog.bool DEFAULT NULL,
	dropout pg_catalog.float8 DEFAULT NULL,
	patch_length pg_catalog.int8 DEFAULT NULL,
	decoder pg_catalog.text DEFAULT NULL,
	supervision pg_catalog.text DEFAULT NULL,
	linear_skip pg_catalog.bool DEFAULT NULL,
	seasonal_skip pg_catalog.bool DEFAULT NULL,
	normalization pg_catalog.text DEFAULT NULL,
	transform pg_catalog.text DEFAULT NULL,
	calendar pg_catalog.bool DEFAULT NULL,
	holidays pg_catalog.text DEFAULT NULL,
	loss pg_catalog.text DEFAULT NULL,
	quantiles pg_catalog.float8[] DEFAULT NULL,
	"interval" pg_catalog.text DEFAULT NULL,
	minimum pg_catalog.float8 DEFAULT NULL,
	maximum pg_catalog.float8 DEFAULT NULL,
	optimizer pg_catalog.text DEFAULT NULL,
	learning_rate pg_catalog.float8 DEFAULT NULL,
	schedule pg_catalog.text DEFAULT NULL,
	weight_decay pg_catalog.float8 DEFAULT NULL,
	gradient_clip pg_catalog.float8 DEFAULT NULL,
	batch_size pg_catalog.int8 DEFAULT NULL,
	max_epochs pg_catalog.int8 DEFAULT NULL,
	max_steps pg_catalog.int8 DEFAULT NULL,
	patience pg_catalog.int8 DEFAULT NULL,
	validation_fraction pg_catalog.float8 DEFAULT NULL,
	refit pg_catalog.bool DEFAULT NULL,
	max_seconds pg_catalog.float8 DEFAULT NULL,
	log_seconds pg_catalog.bool DEFAULT NULL,
	ensemble_size pg_catalog.int8 DEFAULT NULL,
	class_weights pg_catalog.text DEFAULT NULL,
	members pg_catalog.jsonb DEFAULT NULL,
	start pg_catalog.bool DEFAULT NULL,
	pretrained pg_catalog.text DEFAULT NULL,
	workers pg_catalog.int8 DEFAULT NULL,
	seed pg_catalog.int8 DEFAULT NULL
)
RETURNS pg_catalog.jsonb
AS 'MODULE_PATHNAME', 'lstm_options'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_options(
	pg_catalog.int8, pg_catalog.int8, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.text, pg_catalog.text,
	pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.int8, pg_catalog.bool, pg_catalog.float8, pg_catalog.int8,
	pg_catalog.text, pg_catalog.text, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.text,
	pg_catalog.bool, pg_catalog.text, pg_catalog.text, pg_catalog.float8[], pg_catalog.text, pg_catalog.float8, pg_catalog.float8,
	pg_catalog.text, pg_catalog.float8,
	pg_catalog.text, pg_catalog.float8, pg_catalog.float8, pg_catalog.int8, pg_catalog.int8, pg_catalog.int8,
	pg_catalog.int8, pg_catalog.float8, pg_catalog.bool, pg_catalog.float8, pg_catalog.bool, pg_catalog.int8, pg_catalog.text, pg_catalog.jsonb,
	pg_catalog.bool, pg_catalog.text, pg_catalog.int8, pg_catalog.int8)
IS
'training options as jsonb, from named arguments: lstm_options(horizon => 24, cell => ''gru''). Arguments left out or NULL keep their defaults. Names and values are checked here already. lstm_option_info() describes every one';

CREATE FUNCTION lstm_option_info(
	OUT name pg_catalog.text,
	OUT type pg_catalog.text,
	OUT default_value pg_catalog.text,
	OUT allowed pg_catalog.text,
	OUT description pg_catalog.text
)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_option_info'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 48;
COMMENT ON FUNCTION lstm_option_info() IS
'every training option. Columns: name, of the argument of lstm_options and of the jsonb key; type, its SQL type; default_value, what holds when it is not given (auto: derived from the data); allowed, its range or choices; description, what it means';

--
-- The pretrained network
--

CREATE FUNCTION lstm_pretrained()
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_pretrained'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_pretrained() IS
'a model that ships with the extension: a recurrent network trained on synthetic series alone, which forecasts series that it has never seen, from three observations on. It has no series of its own and reads no covariates: give it rows, as in lstm_forecast(lstm_pretrained(), ''sales'', ''day'', ''amount''), by the aggregates, or in lstm_backtest';

--
-- Looking inside a model
--

CREATE FUNCTION lstm_model_info(model pg_catalog.bytea)
RETURNS pg_catalog.jsonb
AS 'MODULE_PATHNAME', 'lstm_model_info'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_model_info(pg_catalog.bytea) IS
'what a model is, as jsonb: options (effective ones), why (for options that were left open, why their values were chosen), horizon, season (steps, 1 for none), frequency, series (how many; lstm_model_series lists them), skipped (how many were left out), rows, missing (steps that were filled), first_time and last_time of the data (in UTC), last_step (the last one that the option steps listed, beyond which nothing is forecast), train_windows, covariates (how many past, future and static ones, their names, the words of categories, whether the calendar''s are among them), members (for each network: cell, hidden_size, lookback, channels, loss, transform, normalization, seasonal_skip, skip_seasons, seed, parameters, best_epoch), parameters (of all networks that it holds), start_share (of the statistical forecast of each series in what the model forecasts, from 0 to 1), pretrained (whether its forecasts ask the network that ships with the extension), bytes, held_out (errors on held-out windows beside those of the seasonal naive forecast and of the statistical one), calibration_points (residuals behind the intervals, a step), versions (of the format and of the extension) and kernel (instruction set that trained it)';

CREATE FUNCTION lstm_summary(
	model pg_catalog.bytea,
	OUT part pg_catalog.text,
	OUT name pg_catalog.text,
	OUT value pg_catalog.text,
	OUT why pg_catalog.text
)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_summary'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 40;
COMMENT ON FUNCTION lstm_summary(pg_catalog.bytea) IS
'what a model is, in plain words for people, from what everybody asks to what few do; programs read lstm_model_info. The same in every session: times are those of the model''s own zone. Columns: part, what a row is about (model, data, season, forecast, accuracy, intervals, series, choices, size); name, of what is told; value, as text; why, the reason for it or what it means, NULL where there is none';

CREATE FUNCTION lstm_model_series(
	model pg_catalog.bytea,
	OUT series pg_catalog.text,
	OUT rows pg_catalog.int8,
	OUT first_time pg_catalog.timestamptz,
	OUT last_time pg_catalog.timestamptz,
	OUT status pg_catalog.text,
	OUT message pg_catalog.text,
	OUT windows pg_catalog.int8,
	OUT mae pg_catalog.float8,
	OUT mase pg_catalog.float8,
	OUT naive_mae pg_catalog.float8,
	OUT start pg_catalog.text,
	OUT ended pg_catalog.bool
)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_model_series'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION lstm_model_series(pg_catalog.bytea) IS
'the series that a model was trained on, a row for each, in the order of their names'' bytes, and then those that were left out (option on_error). Columns: series, its name, NULL for a model of one unnamed series; rows, how many it has; first_time and last_time, of its observations, NULL without timestamps; status, trained, short (too short to learn from, but forecast like the others), start (the model has no networks: the start alone forecasts) or skipped; message, why it was skipped; windows, on how many held-out windows its forecasts were measured; mae and mase of these forecasts, naive_mae of the seasonal naive ones, NULL where none was measured; start, the statistical forecast that has a share in those of the series (lstm_model_info tells which share), NULL where there is none; ended, whether its last observation lies more than a horizon before the latest one of all, false without timestamps, NULL for those left out';

CREATE FUNCTION lstm_training_log(
	model pg_catalog.bytea,
	OUT member pg_catalog.int4,
	OUT epoch pg_catalog.int4,
	OUT train_loss pg_catalog.float8,
	OUT validation_loss pg_catalog.float8,
	OUT learning_rate pg_catalog.float8,
	OUT seconds pg_catalog.float8
)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_training_log'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION lstm_training_log(pg_catalog.bytea) IS
'course of a model''s training, a row for each epoch of each network; of more than 10,000 every second one, every fourth and so on, and the last. Columns: member, number of the network from 1; epoch, from 1; train_loss, mean over the epoch, in the network''s units; validation_loss, the same on held-out windows, NULL where there were none; learning_rate, of the epoch''s last step; seconds, since training began, NULL unless option log_seconds was on';

CREATE FUNCTION lstm_weights(
	model pg_catalog.bytea,
	OUT tensor pg_catalog.text,
	OUT shape pg_catalog.int4[],
	OUT weights pg_catalog.float4[]
)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_weights'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 40;
COMMENT ON FUNCTION lstm_weights(pg_catalog.bytea) IS
'trained weights of a model, a row for each tensor. Columns: tensor, its name as in PyTorch''s state_dict, with the network''s number from 0 before it in an ensemble (0.weight_ih_l0), and pretrained. before it where the model holds a pretrained network; shape, the length of each dimension; weights, the values, row by row';

CREATE FUNCTION lstm_gates(model pg_catalog.bytea,
	series pg_catalog.anycompatiblearray DEFAULT NULL::pg_catalog.text[],
	member pg_catalog.int8 DEFAULT NULL, layer pg_catalog.int8 DEFAULT NULL,
	OUT series pg_catalog.text, OUT member pg_catalog.int4, OUT layer pg_catalog.int4, OUT direction pg_catalog.text,
	OUT step pg_catalog.int4, OUT ts pg_catalog.timestamptz, OUT unit pg_catalog.int4,
	OUT forget pg_catalog.float8, OUT input pg_catalog.float8, OUT candidate pg_catalog.float8, OUT output pg_catalog.float8,
	OUT cell pg_catalog.float8, OUT hidden pg_catalog.float8, OUT reset pg_catalog.float8, OUT update pg_catalog.float8,
	OUT gradient pg_catalog.float8, OUT padding pg_catalog.bool, OUT transform pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_gates' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION lstm_gates(pg_catalog.bytea, pg_catalog.anycompatiblearray, pg_catalog.int8, pg_catalog.int8)
	IS 'what the gates of a model''s networks do while they read the data that the model was trained on, as for a forecast from its end: a row for each series, network, layer, direction, step and unit. series: an array of names; member: a network by its number, 0 the pretrained one; layer: by its number; null: all of them. Columns: series; member, the network from 1, 0 the pretrained one where the model asks it; layer, from 1; direction, forward or reverse; step, 0 the last one that the network reads before its forecast, below it those before, a patch of several rows each where patch_length is more than 1, and above it what the pretrained network forecasts; ts, of the last row of the step, NULL where there is none; unit, from 1; forget, input, candidate, output and cell, of an LSTM, else NULL (candidate: of a GRU, too); hidden, what the unit gives after the step; reset and update, of a GRU, else NULL; gradient, by how much the network''s answer, the mean over its horizon in its own units, goes by what the unit carries on to the next step, its cell in an LSTM, else hidden; padding, whether the step lies before the series begins, where the network reads zeros; transform, how values were read: none, log or log1p';

CREATE FUNCTION lstm_gates(model pg_catalog.bytea, source pg_catalog.text, time_column pg_catalog.text,
	target_column pg_catalog.text, series_column pg_catalog.text DEFAULT NULL,
	past_columns pg_catalog.text[] DEFAULT NULL, future_columns pg_catalog.text[] DEFAULT NULL,
	series pg_catalog.anycompatiblearray DEFAULT NULL::pg_catalog.text[],
	member pg_catalog.int8 DEFAULT NULL, layer pg_catalog.int8 DEFAULT NULL,
	OUT series pg_catalog.text, OUT member pg_catalog.int4, OUT layer pg_catalog.int4, OUT direction pg_catalog.text,
	OUT step pg_catalog.int4, OUT ts pg_catalog.timestamptz, OUT unit pg_catalog.int4,
	OUT forget pg_catalog.float8, OUT input pg_catalog.float8, OUT candidate pg_catalog.float8, OUT output pg_catalog.float8,
	OUT cell pg_catalog.float8, OUT hidden pg_catalog.float8, OUT reset pg_catalog.float8, OUT update pg_catalog.float8,
	OUT gradient pg_catalog.float8, OUT padding pg_catalog.bool, OUT transform pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_gates_source' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 10000;
COMMENT ON FUNCTION lstm_gates(pg_catalog.bytea, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[], pg_catalog.anycompatiblearray, pg_catalog.int8, pg_catalog.int8)
	IS 'the same while they read a table or SELECT, with the caller''s rights, up to its end; arguments as of lstm_forecast from a source. Future covariates that are not known count as in the last row that has them';

--
-- Measuring
--

CREATE FUNCTION lstm_metric_combine(pg_catalog.float8[], pg_catalog.float8[])
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_metric_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_metric_combine(pg_catalog.float8[], pg_catalog.float8[])
	IS 'joins the sums that two parallel workers collected';

CREATE FUNCTION lstm_metric_mean_final(pg_catalog.float8[])
RETURNS pg_catalog.float8
AS 'MODULE_PATHNAME', 'lstm_metric_mean_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_metric_mean_final(pg_catalog.float8[])
	IS 'mean of the collected errors; null where there are none';

CREATE FUNCTION lstm_metric_root_mean_final(pg_catalog.float8[])
RETURNS pg_catalog.float8
AS 'MODULE_PATHNAME', 'lstm_metric_root_mean_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_metric_root_mean_final(pg_catalog.float8[])
	IS 'square root of the mean of the collected errors; null where there are none';

CREATE FUNCTION lstm_mae_accum(pg_catalog.float8[], actual pg_catalog.float8, forecast pg_catalog.float8)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_mae_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_mae_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_mae';

CREATE FUNCTION lstm_mse_accum(pg_catalog.float8[], actual pg_catalog.float8, forecast pg_catalog.float8)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_mse_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_mse_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_mse and lstm_rmse';

CREATE FUNCTION lstm_mape_accum(pg_catalog.float8[], actual pg_catalog.float8, forecast pg_catalog.float8)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_mape_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_mape_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_mape';

CREATE FUNCTION lstm_smape_accum(pg_catalog.float8[], actual pg_catalog.float8, forecast pg_catalog.float8)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_smape_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_smape_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_smape';

CREATE FUNCTION lstm_mase_accum(pg_catalog.float8[], actual pg_catalog.float8, forecast pg_catalog.float8, scale pg_catalog.float8)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_mase_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_mase_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_mase';

CREATE FUNCTION lstm_pinball_accum(pg_catalog.float8[], actual pg_catalog.float8, forecast pg_catalog.float8, quantile pg_catalog.float8)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_pinball_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_pinball_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_pinball';

CREATE FUNCTION lstm_crps_accum(pg_catalog.float8[], actual pg_catalog.float8, quantile_levels pg_catalog.float8[], quantiles pg_catalog.float8[])
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_crps_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_crps_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[])
	IS 'adds a row to lstm_crps';

CREATE FUNCTION lstm_coverage_accum(pg_catalog.float8[], actual pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_coverage_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_coverage_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_coverage';

CREATE FUNCTION lstm_interval_score_accum(pg_catalog.float8[], actual pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8, confidence_level pg_catalog.float8)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_interval_score_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_interval_score_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_interval_score';

CREATE AGGREGATE lstm_mae(actual pg_catalog.float8, forecast pg_catalog.float8) (
	SFUNC = lstm_mae_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_mae(pg_catalog.float8, pg_catalog.float8)
	IS 'mean absolute error';

CREATE AGGREGATE lstm_mse(actual pg_catalog.float8, forecast pg_catalog.float8) (
	SFUNC = lstm_mse_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_mse(pg_catalog.float8, pg_catalog.float8)
	IS 'mean squared error';

CREATE AGGREGATE lstm_rmse(actual pg_catalog.float8, forecast pg_catalog.float8) (
	SFUNC = lstm_mse_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_root_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_rmse(pg_catalog.float8, pg_catalog.float8)
	IS 'root mean squared error';

CREATE AGGREGATE lstm_mape(actual pg_catalog.float8, forecast pg_catalog.float8) (
	SFUNC = lstm_mape_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_mape(pg_catalog.float8, pg_catalog.float8)
	IS 'mean absolute percentage error: 100 |actual - forecast| / |actual|; rows whose actual value is 0 are left out';

CREATE AGGREGATE lstm_smape(actual pg_catalog.float8, forecast pg_catalog.float8) (
	SFUNC = lstm_smape_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_smape(pg_catalog.float8, pg_catalog.float8)
	IS 'symmetric mean absolute percentage error, 0 to 200: 200 |actual - forecast| / (|actual| + |forecast|), 0 where both are 0';

CREATE AGGREGATE lstm_mase(actual pg_catalog.float8, forecast pg_catalog.float8, scale pg_catalog.float8) (
	SFUNC = lstm_mase_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_mase(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'mean absolute scaled error: |actual - forecast| / scale, with the scale that lstm_mase_scale gives for the series';

CREATE AGGREGATE lstm_pinball(actual pg_catalog.float8, forecast pg_catalog.float8, quantile pg_catalog.float8) (
	SFUNC = lstm_pinball_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_pinball(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'mean pinball loss of the forecasts of a quantile, such as 0.9';

CREATE AGGREGATE lstm_crps(actual pg_catalog.float8, quantile_levels pg_catalog.float8[], quantiles pg_catalog.float8[]) (
	SFUNC = lstm_crps_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_crps(pg_catalog.float8, pg_catalog.float8[], pg_catalog.float8[])
	IS 'continuous ranked probability score, from quantiles: twice the mean pinball loss over the levels';

CREATE AGGREGATE lstm_coverage(actual pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8) (
	SFUNC = lstm_coverage_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_coverage(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'share of actual values inside their intervals, ends included';

CREATE AGGREGATE lstm_interval_score(actual pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8, confidence_level pg_catalog.float8) (
	SFUNC = lstm_interval_score_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_interval_score(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'mean interval score (Winkler score): width of the interval, and 2 / (1 - confidence_level) for each unit that the actual value lies outside';

CREATE FUNCTION lstm_mase_scale_accum(pg_catalog.internal, value pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_mase_scale_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_mase_scale_accum(pg_catalog.internal, pg_catalog.float8)
	IS 'adds a row to lstm_mase_scale(value)';

CREATE FUNCTION lstm_mase_scale_accum(pg_catalog.internal, value pg_catalog.float8, season pg_catalog.int8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_mase_scale_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_mase_scale_accum(pg_catalog.internal, pg_catalog.float8, pg_catalog.int8)
	IS 'adds a row to lstm_mase_scale(value, season)';

CREATE FUNCTION lstm_mase_scale_final(pg_catalog.internal)
RETURNS pg_catalog.float8
AS 'MODULE_PATHNAME', 'lstm_mase_scale_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_mase_scale_final(pg_catalog.internal)
	IS 'mean of the collected differences; null where there are none';

CREATE AGGREGATE lstm_mase_scale(value pg_catalog.float8) (
	SFUNC = lstm_mase_scale_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 1024,
	FINALFUNC = lstm_mase_scale_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_mase_scale(pg_catalog.float8)
	IS 'scale of the mean absolute scaled error, of a series without a season: mean absolute difference of one value and the one before, in the order of the aggregate''s ORDER BY';

CREATE AGGREGATE lstm_mase_scale(value pg_catalog.float8, season pg_catalog.int8) (
	SFUNC = lstm_mase_scale_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 1024,
	FINALFUNC = lstm_mase_scale_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_mase_scale(pg_catalog.float8, pg_catalog.int8)
	IS 'scale of the mean absolute scaled error: mean absolute difference of the values that are a season apart, in the order of the aggregate''s ORDER BY; season is a number of rows';

CREATE FUNCTION lstm_accuracy_accum(pg_catalog.float8[], actual pg_catalog."any", predicted pg_catalog."any")
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_accuracy_accum' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_accuracy_accum(pg_catalog.float8[], pg_catalog."any", pg_catalog."any")
	IS 'adds a row to lstm_accuracy';

CREATE AGGREGATE lstm_accuracy(actual pg_catalog."any", predicted pg_catalog."any") (
	SFUNC = lstm_accuracy_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_accuracy(pg_catalog."any", pg_catalog."any")
	IS 'share of the rows whose predicted label is the actual one; labels of any type are compared as text';

CREATE FUNCTION lstm_f1_accum(pg_catalog.internal, actual pg_catalog."any", predicted pg_catalog."any")
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_f1_accum' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_f1_accum(pg_catalog.internal, pg_catalog."any", pg_catalog."any")
	IS 'adds a row to lstm_f1';

CREATE FUNCTION lstm_f1_combine(pg_catalog.internal, pg_catalog.internal)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_f1_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_f1_combine(pg_catalog.internal, pg_catalog.internal)
	IS 'joins the classes that two parallel workers counted';

CREATE FUNCTION lstm_f1_serialize(pg_catalog.internal)
RETURNS pg_catalog.bytea
AS 'MODULE_PATHNAME', 'lstm_f1_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_f1_serialize(pg_catalog.internal)
	IS 'counted classes as bytes, for a parallel worker';

CREATE FUNCTION lstm_f1_deserialize(pg_catalog.bytea, pg_catalog.internal)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_f1_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_f1_deserialize(pg_catalog.bytea, pg_catalog.internal)
	IS 'counted classes out of such bytes';

CREATE FUNCTION lstm_f1_final(pg_catalog.internal)
RETURNS pg_catalog.float8
AS 'MODULE_PATHNAME', 'lstm_f1_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_f1_final(pg_catalog.internal)
	IS 'mean F1 of the counted classes; null where there are none';

CREATE AGGREGATE lstm_f1(actual pg_catalog."any", predicted pg_catalog."any") (
	SFUNC = lstm_f1_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 1024,
	FINALFUNC = lstm_f1_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_f1_combine,
	SERIALFUNC = lstm_f1_serialize,
	DESERIALFUNC = lstm_f1_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_f1(pg_catalog."any", pg_catalog."any")
	IS 'macro F1: the mean, over all labels that are actual or predicted ones, of the harmonic mean of precision and recall; labels of any type are compared as text';

CREATE FUNCTION lstm_log_loss_accum(pg_catalog.float8[], actual pg_catalog."any", probabilities pg_catalog.jsonb)
RETURNS pg_catalog.float8[]
AS 'MODULE_PATHNAME', 'lstm_log_loss_accum' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lstm_log_loss_accum(pg_catalog.float8[], pg_catalog."any", pg_catalog.jsonb)
	IS 'adds a row to lstm_log_loss';

CREATE AGGREGATE lstm_log_loss(actual pg_catalog."any", probabilities pg_catalog.jsonb) (
	SFUNC = lstm_log_loss_accum,
	STYPE = pg_catalog.float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = lstm_metric_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = lstm_metric_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_log_loss(pg_catalog."any", pg_catalog.jsonb)
	IS 'mean cross-entropy: minus the logarithm of the probability of the actual label, at least 1e-15; probabilities: an object of labels and their probabilities, as of lstm_classify; a label that is not in it has the probability 0';

--
-- Hierarchies
--

CREATE FUNCTION lstm_reconcile(path pg_catalog.text[], step pg_catalog."any", forecast pg_catalog.float8)
RETURNS pg_catalog.float8
AS 'MODULE_PATHNAME', 'lstm_reconcile' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_reconcile(pg_catalog.text[], pg_catalog."any", pg_catalog.float8)
	IS 'gives the coherent forecasts of a hierarchy, in which every part is the sum of its own parts, that differ least from those given, by weighted least squares: a window function, which looks at all rows of its partition in any order. path: names from below the total to the part, {} for the total; nulls at the end, as of ROLLUP, are left out; step: rows with the same value belong together, of any type; forecast: that of the part, null where there is none but of parts of it. The larger a part is, by the number of lowest parts in it, the less its forecast is changed';

CREATE FUNCTION lstm_reconcile(path pg_catalog.text[], step pg_catalog."any", forecast pg_catalog.float8, variance pg_catalog.float8)
RETURNS pg_catalog.float8
AS 'MODULE_PATHNAME', 'lstm_reconcile' LANGUAGE C WINDOW STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_reconcile(pg_catalog.text[], pg_catalog."any", pg_catalog.float8, pg_catalog.float8)
	IS 'gives the coherent forecasts of a hierarchy, in which every part is the sum of its own parts, that differ least from those given, by weighted least squares: a window function, which looks at all rows of its partition in any order. path: names from below the total to the part, {} for the total; nulls at the end, as of ROLLUP, are left out; step: rows with the same value belong together, of any type; forecast: that of the part, null where there is none but of parts of it; variance: of the forecast''s error: the less it is, the less the forecast is changed';

--
-- Charts
--

CREATE FUNCTION lstm_chart_accum(pg_catalog.internal, ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_chart_accum' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_chart_accum(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'adds a row to lstm_chart';

CREATE FUNCTION lstm_chart_accum(pg_catalog.internal, ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8, series pg_catalog."any")
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_chart_accum' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_chart_accum(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog."any")
	IS 'adds a row to lstm_chart of series, or with options';

CREATE FUNCTION lstm_chart_accum(pg_catalog.internal, ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8, series pg_catalog."any", options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_chart_accum' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_chart_accum(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog."any", pg_catalog.jsonb)
	IS 'adds a row to lstm_chart of series, with options';

CREATE FUNCTION lstm_fan_chart_accum(pg_catalog.internal, ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, quantiles pg_catalog.float8[])
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_fan_chart_accum' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_fan_chart_accum(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8[])
	IS 'adds a row to lstm_fan_chart';

CREATE FUNCTION lstm_fan_chart_accum(pg_catalog.internal, ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, quantiles pg_catalog.float8[], series pg_catalog."any")
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_fan_chart_accum' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_fan_chart_accum(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8[], pg_catalog."any")
	IS 'adds a row to lstm_fan_chart of series, or with options';

CREATE FUNCTION lstm_fan_chart_accum(pg_catalog.internal, ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, quantiles pg_catalog.float8[], series pg_catalog."any", options pg_catalog.jsonb)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_fan_chart_accum' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_fan_chart_accum(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8[], pg_catalog."any", pg_catalog.jsonb)
	IS 'adds a row to lstm_fan_chart of series, with options';

CREATE FUNCTION lstm_chart_final(pg_catalog.internal)
RETURNS pg_catalog.text
AS 'MODULE_PATHNAME', 'lstm_chart_final' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_chart_final(pg_catalog.internal)
	IS 'the chart of the collected rows, an SVG document';

CREATE AGGREGATE lstm_chart(ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8) (
	SFUNC = lstm_chart_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 4096,
	FINALFUNC = lstm_chart_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_chart(pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8)
	IS 'draws forecasts as an SVG document, of rows in any order, such as those of lstm_forecast with history and of lstm_backtest_forecasts. ts: time of the row; actual: what was observed, null if nothing; forecast: null where none; lower and upper: the interval';

CREATE AGGREGATE lstm_chart(ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8, series pg_catalog."any") (
	SFUNC = lstm_chart_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 4096,
	FINALFUNC = lstm_chart_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_chart(pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog."any")
	IS 'draws forecasts as an SVG document, of rows in any order, such as those of lstm_forecast with history and of lstm_backtest_forecasts. ts: time of the row; actual: what was observed, null if nothing; forecast: null where none; lower and upper: the interval; series: the panel that the row belongs to; a jsonb, or a literal that begins with a brace, in its place is options';

CREATE AGGREGATE lstm_chart(ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, lower pg_catalog.float8, upper pg_catalog.float8, series pg_catalog."any", options pg_catalog.jsonb) (
	SFUNC = lstm_chart_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 4096,
	FINALFUNC = lstm_chart_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_chart(pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog."any", pg_catalog.jsonb)
	IS 'draws forecasts as an SVG document, of rows in any order, such as those of lstm_forecast with history and of lstm_backtest_forecasts. ts: time of the row; actual: what was observed, null if nothing; forecast: null where none; lower and upper: the interval; series: the panel that the row belongs to; options: title, width, height, columns, panels, theme, time_zone, season, naive, level, now, the same in all rows';

CREATE AGGREGATE lstm_fan_chart(ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, quantiles pg_catalog.float8[]) (
	SFUNC = lstm_fan_chart_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 4096,
	FINALFUNC = lstm_chart_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_fan_chart(pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8[])
	IS 'draws forecasts as an SVG document, of rows in any order, such as those of lstm_forecast with history and of lstm_backtest_forecasts. ts: time of the row; actual: what was observed, null if nothing; forecast: null where none; quantiles: nested bands, paired from outside inwards; the middle one of an odd number is the line where there is no forecast';

CREATE AGGREGATE lstm_fan_chart(ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, quantiles pg_catalog.float8[], series pg_catalog."any") (
	SFUNC = lstm_fan_chart_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 4096,
	FINALFUNC = lstm_chart_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_fan_chart(pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8[], pg_catalog."any")
	IS 'draws forecasts as an SVG document, of rows in any order, such as those of lstm_forecast with history and of lstm_backtest_forecasts. ts: time of the row; actual: what was observed, null if nothing; forecast: null where none; quantiles: nested bands, paired from outside inwards; the middle one of an odd number is the line where there is no forecast; series: the panel that the row belongs to; a jsonb, or a literal that begins with a brace, in its place is options';

CREATE AGGREGATE lstm_fan_chart(ts pg_catalog.timestamptz, actual pg_catalog.float8, forecast pg_catalog.float8, quantiles pg_catalog.float8[], series pg_catalog."any", options pg_catalog.jsonb) (
	SFUNC = lstm_fan_chart_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 4096,
	FINALFUNC = lstm_chart_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_fan_chart(pg_catalog.timestamptz, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8[], pg_catalog."any", pg_catalog.jsonb)
	IS 'draws forecasts as an SVG document, of rows in any order, such as those of lstm_forecast with history and of lstm_backtest_forecasts. ts: time of the row; actual: what was observed, null if nothing; forecast: null where none; quantiles: nested bands, paired from outside inwards; the middle one of an odd number is the line where there is no forecast; series: the panel that the row belongs to; options: title, width, height, columns, panels, theme, time_zone, season, naive, level, now, the same in all rows';

CREATE FUNCTION lstm_sparkline_accum(pg_catalog.internal, value pg_catalog.float8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_sparkline_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_sparkline_accum(pg_catalog.internal, pg_catalog.float8)
	IS 'adds a row to lstm_sparkline';

CREATE FUNCTION lstm_sparkline_accum(pg_catalog.internal, value pg_catalog.float8, width pg_catalog.int8)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'lstm_sparkline_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_sparkline_accum(pg_catalog.internal, pg_catalog.float8, pg_catalog.int8)
	IS 'adds a row to lstm_sparkline';

CREATE FUNCTION lstm_sparkline_final(pg_catalog.internal)
RETURNS pg_catalog.text
AS 'MODULE_PATHNAME', 'lstm_sparkline_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_sparkline_final(pg_catalog.internal)
	IS 'the collected values as a line of blocks';

CREATE AGGREGATE lstm_sparkline(value pg_catalog.float8) (
	SFUNC = lstm_sparkline_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 1024,
	FINALFUNC = lstm_sparkline_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_sparkline(pg_catalog.float8)
	IS 'values as a line of blocks from the lowest to the highest one, a character a row, in the order of the aggregate''s ORDER BY; a space for null';

CREATE AGGREGATE lstm_sparkline(value pg_catalog.float8, width pg_catalog.int8) (
	SFUNC = lstm_sparkline_accum,
	STYPE = pg_catalog.internal,
	SSPACE = 1024,
	FINALFUNC = lstm_sparkline_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE lstm_sparkline(pg_catalog.float8, pg_catalog.int8)
	IS 'values as a line of blocks from the lowest to the highest one, a character a row, in the order of the aggregate''s ORDER BY; a space for null; width: so many characters at most, each the mean of equally many rows';

--
-- How far trainings are
--

CREATE FUNCTION lstm_training_progress(OUT pid pg_catalog.int4,
	OUT leader_pid pg_catalog.int4,
	OUT datname pg_catalog.name,
	OUT usename pg_catalog.name,
	OUT command pg_catalog.text,
	OUT phase pg_catalog.text,
	OUT rows_read pg_catalog.int8,
	OUT network pg_catalog.int4,
	OUT networks pg_catalog.int4,
	OUT epoch pg_catalog.int4,
	OUT epochs pg_catalog.int4,
	OUT step pg_catalog.int8,
	OUT steps pg_catalog.int8,
	OUT best_validation_loss pg_catalog.float8,
	OUT part pg_catalog.text,
	OUT part_number pg_catalog.int8,
	OUT parts_done pg_catalog.int8,
	OUT parts pg_catalog.int8,
	OUT seconds pg_catalog.float8,
	OUT seconds_left pg_catalog.float8,
	OUT detail pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'lstm_training_progress' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10;
COMMENT ON FUNCTION lstm_training_progress()
	IS 'the rows of the view lstm_training_progress, which has a comment at every column';

CREATE VIEW lstm_training_progress AS
	SELECT p.pid, p.leader_pid, p.datname, p.usename, p.command, p.phase, p.rows_read, p.network,
		   p.networks, p.epoch, p.epochs, p.step, p.steps, p.best_validation_loss, p.part,
		   p.part_number, p.parts_done, p.parts, p.seconds, p.seconds_left, p.detail
	FROM lstm_training_progress() AS p;
GRANT SELECT ON lstm_training_progress TO PUBLIC;
COMMENT ON VIEW lstm_training_progress
	IS 'what every training of the server is at: a row for each process that trains, leaders and parallel workers. Of other users'' processes all but pid, datname and usename is null, as in pg_stat_activity';
COMMENT ON COLUMN lstm_training_progress.pid
	IS 'process ID';
COMMENT ON COLUMN lstm_training_progress.leader_pid
	IS 'process ID of the leader, of a parallel worker; null for others';
COMMENT ON COLUMN lstm_training_progress.datname
	IS 'database that the process is connected to';
COMMENT ON COLUMN lstm_training_progress.usename
	IS 'user that it is logged in as';
COMMENT ON COLUMN lstm_training_progress.command
	IS 'function that trains, such as lstm_train or lstm_backtest';
COMMENT ON COLUMN lstm_training_progress.phase
	IS 'what it is at: reading rows, preparing, training networks, refitting networks, fine-tuning the pretrained network, measuring, waiting for workers';
COMMENT ON COLUMN lstm_training_progress.rows_read
	IS 'rows that were read so far, then those that are trained on; null for workers that read none';
COMMENT ON COLUMN lstm_training_progress.network
	IS 'network that this process is at, of networks';
COMMENT ON COLUMN lstm_training_progress.networks
	IS 'networks of the model';
COMMENT ON COLUMN lstm_training_progress.epoch
	IS 'epochs of the network that are finished';
COMMENT ON COLUMN lstm_training_progress.epochs
	IS 'epochs that it has at most';
COMMENT ON COLUMN lstm_training_progress.step
	IS 'steps of the optimizer that are done';
COMMENT ON COLUMN lstm_training_progress.steps
	IS 'steps that there are at most';
COMMENT ON COLUMN lstm_training_progress.best_validation_loss
	IS 'least loss of the network so far on what it does not train on, as in lstm_training_log; null before its first epoch is finished, and without such rows';
COMMENT ON COLUMN lstm_training_progress.part
	IS 'what the work has several of: fold, series, trial, or training, one for each group of a GROUP BY or call in the statement';
COMMENT ON COLUMN lstm_training_progress.part_number
	IS 'the one that this process is at, from 1';
COMMENT ON COLUMN lstm_training_progress.parts_done
	IS 'how many all processes have done; null for workers';
COMMENT ON COLUMN lstm_training_progress.parts
	IS 'how many there are; null where that is not known before';
COMMENT ON COLUMN lstm_training_progress.seconds
	IS 'since the work began';
COMMENT ON COLUMN lstm_training_progress.seconds_left
	IS 'until all of it is trained, by the time that it took so far, and less where networks stop early; null while nothing tells';
COMMENT ON COLUMN lstm_training_progress.detail
	IS 'what the process title says';
