-- Errors of a series of a panel: those that end the training, or leave out the series; what each series' forecasts err.
\pset null NULL
SET TimeZone = 'UTC';
CREATE TABLE sale (shop text, day timestamptz, value float8, known float8);
INSERT INTO sale
	SELECT 'good ' || s, timestamptz '2024-01-01' + i * interval '1 day', 20 * s + 3 * sin(i * 0.9) + i % 7, i % 3
	FROM generate_series(1, 3) AS s, generate_series(0, 99) AS i;
INSERT INTO sale
	SELECT 'twice', timestamptz '2024-01-01' + i / 2 * interval '1 day', i, 0 FROM generate_series(0, 99) AS i
	UNION ALL SELECT 'noon, then night', timestamptz '2024-01-01' + i * interval '1 day' + CASE WHEN i % 2 = 0 THEN interval '12 hours' ELSE interval '0' END, i, 0 FROM generate_series(0, 59) AS i
	UNION ALL SELECT 'empty', timestamptz '2024-01-01' + i * interval '1 day', NULL, 0 FROM generate_series(0, 9) AS i
	UNION ALL SELECT 'far', ts, 1, 0 FROM unnest(ARRAY[timestamptz '2024-01-01', '2024-01-02', '2024-01-03', '2224-01-01']) AS ts
	UNION ALL SELECT 'short', timestamptz '2024-01-01' + i * interval '1 day', 5 + i, 0 FROM generate_series(0, 4) AS i;
CREATE TABLE setting AS SELECT lstm_options(horizon => 5, lookback => 14, hidden_size => 4, ensemble_size => 1, max_steps => 10, frequency => '1 day') AS plain;
CREATE TABLE skipping AS SELECT plain || '{"on_error": "skip"}' AS options FROM setting;
-- by default, the first fault ends it
SELECT lstm_train('sale', 'day', 'value', 'shop', options => plain) IS NULL FROM setting;
-- or it is left out, and the model remembers it
CREATE TABLE trained AS SELECT 'function' AS way, lstm_train('sale', 'day', 'value', 'shop', options => options) AS model FROM skipping;
INSERT INTO trained SELECT 'aggregate', lstm_train(shop, day, value, options) FROM sale, skipping;
SELECT way, series, rows, status, message, windows > 0 AS measured, mae > 0 AS mae, mase > 0 AS mase, naive_mae > 0 AS naive FROM trained, lstm_model_series(model) WHERE way = 'function';
SELECT count(DISTINCT forecasts) AS forecasts, min(lstm_model_info(model)->>'skipped') AS skipped, min(lstm_model_info(model)->>'series') AS series
FROM trained, LATERAL (SELECT md5(string_agg(f::text, ',')) AS forecasts FROM lstm_forecast(model) AS f) AS f;
SELECT DISTINCT series FROM trained, lstm_forecast(model) WHERE way = 'function' ORDER BY series;
-- what is left out changes nothing for the others
SELECT string_agg(f::text, ',' ORDER BY f) = (
	SELECT string_agg(f::text, ',' ORDER BY f) FROM (
		SELECT lstm_train('SELECT * FROM sale WHERE shop LIKE ''good%'' OR shop = ''short''', 'day', 'value', 'shop', options => plain) AS model FROM setting) AS m, lstm_forecast(model) AS f) AS same
FROM trained, lstm_forecast(model) AS f WHERE way = 'function';
-- the errors of the series are those of the model, taken apart
SELECT abs(sum(windows * mae) / sum(windows) - (lstm_model_info(model)->'held_out'->>'mae')::float8) < 1e-9 AS mae,
	   abs(sum(windows * mase) / sum(windows) - (lstm_model_info(model)->'held_out'->>'mase')::float8) < 1e-9 AS mase,
	   abs(sum(windows * naive_mae) / sum(windows) - (lstm_model_info(model)->'held_out'->'naive'->>'mae')::float8) < 1e-9 AS naive_mae,
	   sum(windows) = (lstm_model_info(model)->'held_out'->>'windows')::int AS windows
FROM trained, lstm_model_series(model) WHERE way = 'function' GROUP BY model;
-- rows that no series can have: faults of their series where a source is read, errors of the statement where rows are aggregated
CREATE TABLE wrong (shop text, day timestamptz, value float8, known float8);
INSERT INTO wrong
	VALUES ('a NaN', '2024-01-05', 'NaN', 0), ('a NaN', '2024-01-06', 'NaN', 0), ('huge', '2024-01-05', 1e200, 0), ('infinite', '2024-01-05', '-Infinity', 0),
		   ('never', NULL, 1, 0), ('some day', 'infinity', 1, 0), ('unknown', '2024-01-05', 1, 'NaN'), ('wide', '2024-01-05', 1, 1e39);
CREATE VIEW all_rows AS SELECT * FROM sale WHERE shop LIKE 'good%' UNION ALL SELECT * FROM wrong;
SELECT series, message FROM (SELECT lstm_train('all_rows', 'day', 'value', 'shop', future_columns => '{known}', options => options) AS model FROM skipping) AS m, lstm_model_series(model) WHERE status = 'skipped';
SELECT lstm_train('all_rows', 'day', 'value', 'shop', options => plain) IS NULL FROM setting;
SELECT lstm_train(shop, day, value, options) IS NULL FROM all_rows, skipping;
-- absent steps and those of covariates, where they are errors
SELECT series, status, message FROM (
	SELECT lstm_train('SELECT shop, day, CASE WHEN shop = ''good 1'' AND extract(day FROM day) = 9 THEN NULL ELSE value END AS value, CASE WHEN shop = ''good 2'' AND extract(day FROM day) = 8 THEN NULL ELSE known END AS known FROM sale WHERE shop LIKE ''good%''',
		'day', 'value', 'shop', past_columns => '{known}', options => options || '{"missing": "error"}') AS model FROM skipping) AS m, lstm_model_series(model);
-- rows ahead, and days that a word asks for
SELECT series, status, message FROM (
	SELECT lstm_train('SELECT * FROM sale WHERE shop LIKE ''good%''', 'day', 'value', 'shop', future_columns => '{known}', options => options,
		future_source => 'SELECT shop, max(day) + i * interval ''1 day'' AS day, i AS known FROM sale, generate_series(1, 5) AS i GROUP BY shop, i UNION ALL SELECT ''good 2'', ''2024-04-10'', 7') AS model FROM skipping) AS m, lstm_model_series(model);
SELECT series, status, message FROM (
	SELECT lstm_train(shop, day, value, options || '{"frequency": "W-SUN"}') AS model
	FROM (SELECT shop, CASE WHEN shop = 'good 3' THEN day + interval '1 day' ELSE day END AS day, value FROM sale WHERE shop LIKE 'good%' AND extract(dow FROM day) = 0) AS s, skipping) AS m, lstm_model_series(model);
-- nothing is left: the error of the first
SELECT lstm_train('SELECT * FROM sale WHERE shop IN (''twice'', ''noon, then night'', ''empty'')', 'day', 'value', 'shop', options => options) IS NULL FROM skipping;
SELECT lstm_train('SELECT * FROM sale WHERE shop = ''empty''', 'day', 'value', 'shop', options => options) IS NULL FROM skipping;
SELECT lstm_train('SELECT * FROM sale WHERE shop = ''twice''', 'day', 'value', options => options) IS NULL FROM skipping;
-- it holds for all that trains
SELECT count(DISTINCT series) FROM skipping, lstm_forecast('sale', 'day', 'value', 'shop', options => options);
SELECT string_agg(DISTINCT series, ', ' ORDER BY series) FROM skipping, lstm_backtest('sale', 'day', 'value', 'shop', options => options, folds => 1);
-- a message is kept up to 500 bytes, a name as it is
SELECT length(series), length(message), message LIKE 'duplicate timestamp 2024-01-01 00:00:00+00 in series "xxx%' AS message FROM (
	SELECT lstm_train(CASE WHEN shop = 'twice' THEN repeat('x', 600) ELSE shop END, day, value, options) AS model FROM sale, skipping WHERE shop = 'twice' OR shop LIKE 'good%') AS m, lstm_model_series(model) WHERE status = 'skipped';
-- a series without a name, and no window that is held out
SELECT series, rows, status, message, windows, mae, mase, naive_mae FROM (SELECT lstm_train(day, value, plain || '{"validation_fraction": 0}') AS model FROM sale, setting WHERE shop = 'good 1') AS m, lstm_model_series(model);
SELECT lstm_options(on_error => 'ignore');
DROP VIEW all_rows;
DROP TABLE sale, setting, skipping, trained, wrong;
