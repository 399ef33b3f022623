-- Tables and functions of the accuracy benchmark: see bench/accuracy/run.

CREATE EXTENSION lstm_forecast;

CREATE TABLE series (
	data_set text,
	name text,
	calendar_season int, -- steps in the season that the calendar suggests; 1: none
	bar float8,          -- largest ratio to the naive forecast that is good enough
	PRIMARY KEY (data_set, name)
);

CREATE TABLE reading (data_set text, name text, ts timestamptz, value float8);

CREATE TABLE result (
	data_set text, name text, rows bigint, horizon int, season int, origins bigint, seconds float8,
	mae float8, naive_mae float8,                       -- external hold-out: forecasts of fresh history
	last_mae float8,                                    -- the same for repeating the last value
	info_mae float8, info_naive_mae float8,             -- what lstm_model_info says of that model
	whole_mae float8, whole_naive_mae float8,           -- and of one trained on the whole series
	coverage float8, kernel text
);

-- Train with no option on the first four fifths of a series; forecast the last fifth, origin by
-- origin, a horizon apart, from the rows before each origin.
CREATE PROCEDURE measure(chosen_set text, chosen_name text) LANGUAGE plpgsql AS $$
DECLARE
	total bigint;
	training bigint;
	horizon int;
	season int;
	started timestamptz;
	seconds float8;
	info jsonb;
	whole jsonb;
BEGIN
	CREATE TEMP TABLE chosen ON COMMIT DROP AS
		SELECT row_number() OVER (ORDER BY ts) AS i, ts, value
		FROM reading WHERE data_set = chosen_set AND name = chosen_name AND value IS NOT NULL;
	CREATE UNIQUE INDEX ON chosen (i);
	ANALYZE chosen;
	SELECT max(i), max(i) * 4 / 5 INTO total, training FROM chosen;

	started := clock_timestamp();
	CREATE TEMP TABLE trained ON COMMIT DROP AS
		SELECT lstm_train(ts, value) AS model FROM chosen WHERE i <= training;
	seconds := extract(epoch FROM clock_timestamp() - started);
	SELECT lstm_model_info(model) INTO info FROM trained;
	SELECT lstm_model_info(lstm_train(ts, value)) INTO whole FROM chosen;
	horizon := info->>'horizon';
	SELECT calendar_season INTO season FROM series AS s WHERE s.data_set = chosen_set AND s.name = chosen_name;

	CREATE TEMP TABLE forecast ON COMMIT DROP AS
		SELECT origin, f.step, f.forecast, f.lower, f.upper, c.value AS actual,
			   s.value AS seasonal, l.value AS last
		FROM generate_series(training, total - horizon, horizon) AS origin
			 CROSS JOIN trained
			 CROSS JOIN LATERAL lstm_forecast(model,
				format('SELECT ts, value FROM chosen WHERE i <= %s AND i > %s', origin, origin - 5000), 'ts', 'value') AS f
			 JOIN chosen AS c ON c.i = origin + f.step
			 JOIN chosen AS s ON s.i = origin + f.step - season * ((f.step - 1) / season + 1)
			 JOIN chosen AS l ON l.i = origin;

	INSERT INTO result
		SELECT chosen_set, chosen_name, total, horizon, (info->>'season')::int, count(DISTINCT origin), seconds,
			   avg(abs(actual - forecast)), avg(abs(actual - seasonal)), avg(abs(actual - last)),
			   (info->'held_out'->>'mae')::float8, (info->'held_out'->'naive'->>'mae')::float8,
			   (whole->'held_out'->>'mae')::float8, (whole->'held_out'->'naive'->>'mae')::float8,
			   avg((actual BETWEEN lower AND upper)::int), info->>'kernel'
		FROM forecast;
END $$;
