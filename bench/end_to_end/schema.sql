-- M4 Hourly as bench/end_to_end/run asks it: the training part in "reading", the 48 hours after it in "target".
-- The file holds no times: every series gets hourly ones that end its training part together.
CREATE EXTENSION lstm_forecast;

CREATE TABLE line (part text DEFAULT 'train', text text);
\set command '\\copy line (text) FROM PROGRAM ''gzip -dc ' :data '/m4/Hourly-train.csv.gz | tail -n +2'' WITH (DELIMITER E''\\x01'')'
:command
ALTER TABLE line ALTER part SET DEFAULT 'test';
\set command '\\copy line (text) FROM PROGRAM ''gzip -dc ' :data '/m4/Hourly-test.csv.gz | tail -n +2'' WITH (DELIMITER E''\\x01'')'
:command

CREATE VIEW numbered AS
	SELECT part, field[1] AS series, number, max(number) OVER (PARTITION BY part, field[1]) AS length, value::float8
	FROM line,
		 LATERAL string_to_array(replace(text, '"', ''), ',') AS field,
		 LATERAL unnest(field[2:]) WITH ORDINALITY AS observation (value, number)
	WHERE value <> '';

CREATE TABLE reading AS
	SELECT series, timestamptz '2017-01-01' + (number - length) * interval '1 hour' AS ts, value
	FROM numbered
	WHERE part = 'train'
	ORDER BY series, number;
CREATE TABLE target AS
	SELECT series, number::int AS step, value AS actual FROM numbered WHERE part = 'test';
ANALYZE reading;

CREATE TABLE model (model bytea);
CREATE TABLE torch_forecast (member int, series text, step int, forecast float8);
CREATE VIEW our_forecast AS
	SELECT series, step, forecast FROM model, lstm_forecast(model);
CREATE VIEW their_forecast AS
	SELECT series, step, percentile_cont(0.5) WITHIN GROUP (ORDER BY forecast) AS forecast
	FROM torch_forecast
	GROUP BY series, step;

-- The contest's metric: sMAPE and MASE in relation to Naive2's, their mean.
CREATE FUNCTION owa(forecasts regclass) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	owa float8;
BEGIN
	EXECUTE format(
		'SELECT avg(smape / 18.383 + mase / 2.395) / 2
		 FROM (SELECT lstm_smape(actual, forecast) AS smape, lstm_mase(actual, forecast, scale) AS mase
			   FROM target
			   JOIN %s USING (series, step)
			   JOIN (SELECT series, lstm_mase_scale(value, 24 ORDER BY ts) AS scale
					 FROM reading GROUP BY series) AS scales USING (series)
			   GROUP BY series) AS scores', forecasts) INTO owa;
	RETURN owa;
END
$$;
