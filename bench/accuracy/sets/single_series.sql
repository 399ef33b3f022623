-- Single series with no option at all, against the naive forecast: a regression check of everyday use. Trained on
-- the first four fifths of a series; the last fifth is forecast from fresh history, origin by origin, a
-- horizon apart, so that every value is forecast once. The naive forecast repeats the value one calendar season
-- before; of stock prices, the last value.
CREATE TABLE single_series (
	task text PRIMARY KEY,
	season int -- steps in the season that the calendar suggests; 1: none
);

INSERT INTO single_series VALUES
	('ETTh1 OT', 24), ('sea temperature B01', 48), ('vic_elec Demand', 48),
	('EuStockMarkets CAC', 1), ('EuStockMarkets DAX', 1), ('EuStockMarkets FTSE', 1), ('EuStockMarkets SMI', 1),
	('stocks AAPL', 1), ('stocks GOOG', 1), ('stocks IBM', 1), ('stocks MSFT', 1);

-- Stock prices have no pattern to find: a little worse than the last value is good enough.
INSERT INTO bar
	SELECT 'single_series', task, 'no options', metric, CASE season WHEN 1 THEN 1.05 ELSE 1 END, NULL, NULL
	FROM single_series, unnest(ARRAY['MAE / naive', 'own MAE / naive', 'own MAE / naive, whole series']) AS metric;

CREATE PROCEDURE measure_single(chosen text) LANGUAGE plpgsql AS $$
DECLARE
	total bigint;
	training bigint;
	horizon int;
	season int;
	started timestamptz;
	trained_at timestamptz;
	info jsonb;
	whole jsonb;
BEGIN
	CREATE TEMP TABLE chosen ON COMMIT DROP AS
		SELECT row_number() OVER (ORDER BY ts) AS i, ts, value
		FROM reading WHERE panel = 'single_series' AND series = chosen AND value IS NOT NULL;
	CREATE UNIQUE INDEX ON chosen (i);
	ANALYZE chosen;
	SELECT max(i), max(i) * 4 / 5 INTO total, training FROM chosen;

	started := clock_timestamp();
	CREATE TEMP TABLE trained ON COMMIT DROP AS
		SELECT lstm_train(ts, value) AS model FROM chosen WHERE i <= training;
	trained_at := clock_timestamp();
	SELECT lstm_model_info(model) INTO info FROM trained;
	SELECT lstm_model_info(lstm_train(ts, value)) INTO whole FROM chosen;
	horizon := info->>'horizon';
	SELECT s.season INTO season FROM single_series AS s WHERE s.task = chosen;

	CREATE TEMP TABLE forecast ON COMMIT DROP AS
		SELECT origin, f.step, f.forecast, f.lower, f.upper, f.quantiles, c.value AS actual,
			   s.value AS seasonal, l.value AS last
		FROM generate_series(training, total - horizon, horizon) AS origin
			 CROSS JOIN trained
			 CROSS JOIN LATERAL lstm_forecast(model,
				format('SELECT ts, value FROM chosen WHERE i <= %s AND i > %s', origin, origin - 5000), 'ts', 'value', quantiles => '{0.1,0.9}') AS f
			 JOIN chosen AS c ON c.i = origin + f.step
			 JOIN chosen AS s ON s.i = origin + f.step - season * ((f.step - 1) / season + 1)
			 JOIN chosen AS l ON l.i = origin;

	INSERT INTO result
		SELECT 'single_series', chosen, 'no options', 0, metric, value, extract(epoch FROM trained_at - started),
			   NULL, NULL, current_setting('bench.machine')
		FROM (SELECT avg(abs(actual - forecast)) AS mae, avg(abs(actual - seasonal)) AS naive_mae,
					 avg(abs(actual - last)) AS last_mae, lstm_coverage(actual, lower, upper) AS coverage,
					 lstm_coverage(actual, quantiles[1], quantiles[2]) AS coverage_80,
					 lstm_interval_score(actual, lower, upper, 0.95) AS score,
					 lstm_interval_score(actual, quantiles[1], quantiles[2], 0.8) AS score_80,
					 count(DISTINCT origin) AS origins
			  FROM forecast) AS total_of,
			 LATERAL (VALUES
				('rows', total), ('horizon', horizon), ('origins', origins), ('MAE', mae), ('naive MAE', naive_mae),
				('last value''s MAE', last_mae), ('MAE / naive', mae / naive_mae), ('coverage', coverage),
				('80 % coverage', coverage_80), ('95 % interval score / naive MAE', score / naive_mae),
				('80 % interval score / naive MAE', score_80 / naive_mae),
				('season found', (info->>'season')::float8),
				('own MAE', (info->'held_out'->>'mae')::float8),
				('own naive MAE', (info->'held_out'->'naive'->>'mae')::float8),
				('own MAE / naive',
				 (info->'held_out'->>'mae')::float8 / (info->'held_out'->'naive'->>'mae')::float8),
				('own MAE / naive, whole series',
				 (whole->'held_out'->>'mae')::float8 / (whole->'held_out'->'naive'->>'mae')::float8))
			 AS score (metric, value);
END $$;

\if :load
CREATE TEMP TABLE stock (ticker text, day date, close float8);
\copy stock FROM 'data/stocks.csv' WITH (FORMAT csv, HEADER)
INSERT INTO reading (panel, series, ts, value)
	SELECT 'single_series', 'stocks ' || ticker, day, close FROM stock;

CREATE TEMP TABLE sea (time timestamptz, celsius float8);
\copy sea FROM 'data/sea_temperature.csv' WITH (FORMAT csv, HEADER)
INSERT INTO reading (panel, series, ts, value)
	SELECT 'single_series', 'sea temperature B01', time, celsius FROM sea;

CREATE TEMP TABLE ett (ts timestamp, hufl float8, hull float8, mufl float8, mull float8, lufl float8, lull float8, ot float8);
\set command '\\copy ett FROM PROGRAM ''gzip -dc ' :data '/ltsf/ETTh1.csv.gz'' WITH (FORMAT csv, HEADER)'
:command
INSERT INTO reading (panel, series, ts, value)
	SELECT 'single_series', 'ETTh1 OT', ts, ot FROM ett;

CREATE TEMP TABLE vic (ts timestamptz, demand float8, temperature float8, day date, holiday boolean);
\set command '\\copy vic FROM PROGRAM ''gzip -dc ' :data '/sensors/vic_elec.csv.gz'' WITH (FORMAT csv, HEADER)'
:command
INSERT INTO reading (panel, series, ts, value)
	SELECT 'single_series', 'vic_elec Demand', ts, demand FROM vic;

-- These have no dates: business days from the beginning of July 1991.
CREATE TEMP TABLE eu (i serial, dax float8, smi float8, cac float8, ftse float8);
\set command '\\copy eu (dax, smi, cac, ftse) FROM ' :data '/stocks/EuStockMarkets.csv WITH (FORMAT csv, HEADER)'
:command
INSERT INTO reading (panel, series, ts, value)
	SELECT 'single_series', 'EuStockMarkets ' || name, day, value
	FROM eu
		 JOIN (SELECT row_number() OVER (ORDER BY day) AS i, day
			   FROM generate_series('1991-07-01'::date, '1999-12-31', '1 day') AS day
			   WHERE extract(isodow FROM day) < 6) AS calendar USING (i),
		 LATERAL (VALUES ('DAX', dax), ('SMI', smi), ('CAC', cac), ('FTSE', ftse)) AS closes (name, value);
\endif
