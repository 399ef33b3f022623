-- A model for each series in one statement: the same bytes as one by one, and a bad series is a row.
\pset null NULL
SET TimeZone = 'UTC';
-- of several series they come in the order in which these are trained
SET client_min_messages = warning;
CREATE TABLE sale (shop text, day timestamptz, value float8, price float8, promotion boolean);
INSERT INTO sale
	SELECT 'shop ' || s, timestamptz '2024-01-01' + i * interval '1 day', 20 * s + 3 * sin(i * 0.9) + i % 7, 5 + i % 3, i % 7 = 0
	FROM generate_series(1, 5) AS s, generate_series(0, 59 + 10 * s) AS i;
CREATE TABLE setting AS SELECT lstm_options(horizon => 5, lookback => 14, hidden_size => 4, ensemble_size => 2, max_steps => 10) AS options;
-- a row for each, in the order of their names, each with its model
CREATE TABLE each AS SELECT row_number() OVER () AS place, e.* FROM setting, lstm_train_each('sale', 'day', 'value', 'shop', options => options) AS e;
SELECT place, series, length(model) > 1000 AS model, sqlstate, message, seconds BETWEEN 0 AND 60 AS seconds FROM each ORDER BY place;
-- the models are those of the aggregate, grouped, and of the function for one series
SELECT series, model = grouped AS "as grouped", model = alone AS "as alone"
FROM each JOIN (SELECT shop, lstm_train(shop, day, value, options) AS grouped, lstm_train(format('SELECT * FROM sale WHERE shop = %L', shop), 'day', 'value', 'shop', options => options) AS alone
				FROM sale, setting GROUP BY shop, options) AS g ON shop = series ORDER BY series;
-- whoever trains
SELECT workers, count(*), bool_and(e.model = each.model) AS same
FROM setting, generate_series(1, 4) AS workers, lstm_train_each('sale', 'day', 'value', 'shop', options => options || jsonb_build_object('workers', workers)) AS e JOIN each USING (series)
GROUP BY workers ORDER BY workers;
-- also where nobody has said what the networks are, so that there may be none
SELECT workers, count(*), bool_and(e.model = lstm_train(format('SELECT * FROM sale WHERE shop = %L', series), 'day', 'value', 'shop', horizon => 30)) AS same, min((lstm_model_info(e.model)->>'parameters')::int) AS parameters
FROM generate_series(1, 4) AS workers, lstm_train_each('sale', 'day', 'value', 'shop', horizon => 30, options => jsonb_build_object('workers', workers)) AS e
GROUP BY workers ORDER BY workers;
-- a forecast of each, by its name; what is looked into of each
SELECT f.series, count(*), min(f.ts) AS first, bool_and(f.lower <= f.forecast AND f.forecast <= f.upper) AS within FROM each, lstm_forecast(model) AS f GROUP BY f.series ORDER BY f.series;
SELECT bool_and(s.series = each.series AND s.status = 'trained' AND (lstm_model_info(model)->'options'->>'horizon')::int = 5) AS own FROM each, lstm_model_series(model) AS s;
-- covariates, with their names
SELECT bool_and(e.model = lstm_train(format('SELECT * FROM sale WHERE shop = %L', series), 'day', 'value', 'shop', '{price}', '{promotion}', 3, options || '{"missing": "previous"}')) AS same,
	   min(lstm_model_info(e.model)->'covariates'->>'names') AS names, min(lstm_model_info(e.model)->>'horizon') AS horizon
FROM setting, lstm_train_each('SELECT * FROM sale WHERE shop < ''shop 4''', 'day', 'value', 'shop', '{price}', '{promotion}', 3, options || '{"workers": 2, "missing": "previous"}') AS e;
-- what is known ahead in a source of its own, of each shop or of all
CREATE TABLE plan AS SELECT shop, max(day) + i * interval '1 day' AS day, i % 2 = 0 AS promotion FROM sale, generate_series(1, 9) AS i WHERE shop <> 'shop 2' GROUP BY shop, i;
CREATE TABLE feast AS SELECT timestamptz '2024-01-01' + i * interval '1 day' AS day, i % 3 = 0 AS promotion FROM generate_series(0, 150) AS i;
SELECT ahead, workers, count(*), bool_and(e.model = lstm_train(format('SELECT * FROM sale WHERE shop = %L', series), 'day', 'value', 'shop', NULL, '{promotion}', 3, options, ahead)) AS same
FROM setting, unnest(ARRAY['SELECT * FROM plan', 'feast']) AS ahead, generate_series(1, 3) AS workers,
	 lstm_train_each('SELECT * FROM sale WHERE shop < ''shop 4''', 'day', 'value', 'shop', NULL, '{promotion}', 3, options || jsonb_build_object('workers', workers), ahead) AS e
GROUP BY ahead, workers ORDER BY ahead, workers;
SELECT f.* FROM setting, lstm_train_each('SELECT * FROM sale WHERE shop < ''shop 4''', 'day', 'value', 'shop', NULL, '{promotion}', 3, options || '{"workers": 2}', 'plan') AS e, LATERAL (SELECT series, count(*) FROM lstm_forecast(e.model) WHERE e.series <> 'shop 2' GROUP BY series) AS f;
INSERT INTO plan SELECT shop, day, NOT promotion FROM plan WHERE shop = 'shop 3';
SELECT series, sqlstate, message FROM setting, lstm_train_each('SELECT * FROM sale WHERE shop < ''shop 4''', 'day', 'value', 'shop', NULL, '{promotion}', 3, options || '{"workers": 2}', 'plan') AS e;
-- names of any type, rows without timestamps
SELECT series, sqlstate FROM setting, lstm_train_each('SELECT (timestamptz ''2024-01-08'' - i % 2 * interval ''7 days'')::date AS week, i % 9 AS value FROM generate_series(1, 120) AS i', NULL, 'value', 'week', options => options);
-- a bad series is a row, the others are as ever
CREATE VIEW all_rows AS SELECT shop, day, value FROM sale UNION ALL SELECT * FROM (VALUES
	('a NaN', timestamptz '2024-01-05', 'NaN'::float8), ('empty', '2024-01-05', NULL), ('huge', '2024-01-05', 1e200), ('no day', NULL, 1), ('one', '2024-01-05', 1),
	('twice', '2024-01-05', 1), ('twice', '2024-01-05', 2)) AS bad
	UNION ALL SELECT 'constant', timestamptz '2024-01-01' + i * interval '1 day', 7 FROM generate_series(0, 79) AS i
	UNION ALL SELECT 'zero', timestamptz '2024-01-01' + i * interval '1 day', 0 FROM generate_series(0, 79) AS i;
SELECT e.series, e.model IS NOT NULL AS model, e.sqlstate, e.message, each.model = e.model AS same
FROM setting, lstm_train_each('all_rows', 'day', 'value', 'shop', options => options) AS e LEFT JOIN each USING (series)
ORDER BY e.series COLLATE "C";
SELECT e.series, e.sqlstate, e.message FROM setting, lstm_train_each('all_rows', 'day', 'value', 'shop', options => options || '{"transform": "log", "on_error": "skip", "workers": 3}') AS e WHERE e.sqlstate IS NOT NULL;
SELECT count(*), min(sqlstate) FROM lstm_train_each('all_rows', 'day', 'value', 'shop', options => '{"lookback": 10, "patch_length": 4, "workers": 2}');
-- what each may take of memory, or weigh
SET lstm_forecast.max_model_size = '16kB';
SELECT series, sqlstate, message FROM setting, lstm_train_each('sale', 'day', 'value', 'shop', options => options || '{"hidden_size": 64, "workers": 3}');
RESET lstm_forecast.max_model_size;
-- refused before anything is read or trained
SELECT * FROM lstm_train_each('sale', 'day', 'value', NULL);
SELECT * FROM lstm_train_each('sale', 'day', 'value', 'shops');
SELECT * FROM lstm_train_each('sale', 'day', 'value', 'shop', options => '{"hiden_size": 3}');
SELECT * FROM lstm_train_each('sale', 'day', 'value', 'shop', horizon => 0);
SELECT * FROM lstm_train_each(NULL, 'day', 'value', 'shop');
SELECT * FROM lstm_train_each('SELECT NULL::text AS shop, day, value FROM sale', 'day', 'value', 'shop');
-- no rows, no rows
SELECT count(*) FROM lstm_train_each('SELECT * FROM sale WHERE false', 'day', 'value', 'shop');
DROP VIEW all_rows;
DROP TABLE each, feast, plan, sale, setting;
