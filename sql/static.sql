-- What is the same in all rows of a series: in training, in forecasts, and of series that have no history.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

CREATE FUNCTION small(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 7, lookback => 28, seasonal_period => 7, hidden_size => 8, ensemble_size => 1, max_steps => 60, learning_rate => 0.01) || more $$;

-- four kinds of stores, their levels from 10 to 500 and their weeks of different shape; size says nothing
CREATE TABLE sale AS
SELECT kind || ' ' || to_char(n, 'FM00') AS store, kind, n, (n % 5)::float8 AS size, date '2024-01-01' + g AS day,
       level * (1 + (hashint4(n * 31 + k) & 127) / 1270.0) *
       (CASE k WHEN 1 THEN 1 + 0.5 * sin(2 * pi() * g / 7) WHEN 2 THEN 1 + 0.8 * (g % 7 > 4)::int WHEN 3 THEN 1 - 0.4 * sin(2 * pi() * g / 7) ELSE 1 - 0.6 * (g % 7 = 2)::int END
        + (hashint4(g * 97 + n * 13 + k) & 127) / 3000.0) AS amount
FROM (VALUES (1, 'kiosk', 10.0), (2, 'shop', 60.0), (3, 'market', 180.0), (4, 'depot', 500.0)) AS c(k, kind, level), generate_series(1, 30) AS n, generate_series(0, 76) AS g;
CREATE VIEW learned AS SELECT * FROM sale WHERE n <= 24 AND day < '2024-03-11';
CREATE TABLE models AS
SELECT lstm_train('learned', 'day', 'amount', 'store', static_columns => '{kind,size}', options => small()) AS told,
       lstm_train('learned', 'day', 'amount', 'store', options => small()) AS untold;
CREATE VIEW model AS SELECT told AS model FROM models;

-- 1. They are in the model by their names, and need not be known ahead.
SELECT lstm_model_info((TABLE model))->'covariates' AS covariates;
SELECT value, why FROM lstm_summary((TABLE model)) WHERE name = 'static drivers';
SELECT count(*), count(DISTINCT series), min(ts), bool_and(forecast BETWEEN lower AND upper) AS inside FROM lstm_forecast((TABLE model));
SELECT bool_and(f.forecast = g.forecast) AS same FROM lstm_forecast((TABLE model)) AS f JOIN lstm_forecast((TABLE model), 'learned', 'day', 'amount', 'store') AS g USING (series, step);
-- a value stands for the rows of its series that have none
SELECT told = lstm_train('SELECT store, day, amount, CASE WHEN day = ''2024-02-03'' THEN kind END AS kind, size FROM learned', 'day', 'amount', 'store', static_columns => '{kind,size}', options => small()) AS same FROM models;
SELECT driver, kind FROM lstm_importance((TABLE model), 'learned', 'day', 'amount', 'store', windows => 20, repeats => 1) ORDER BY driver;
SELECT component FROM lstm_explain((TABLE model), series => ARRAY['shop 01']) WHERE component IN ('kind', 'size') GROUP BY component ORDER BY component;

-- 2. A series without a history is forecast from its first row on, with at most half of the error of who does not know its kind.
CREATE VIEW fresh AS SELECT store, kind, size, day, NULL::float8 AS amount FROM sale WHERE n > 24 AND day >= '2024-03-11';
CREATE TABLE cold AS SELECT f.*, amount, s.kind FROM lstm_forecast((TABLE model), 'fresh', 'day', 'amount', 'store') AS f JOIN sale AS s ON store = series AND day = ts;
CREATE TABLE blind AS SELECT f.*, amount, s.kind FROM lstm_forecast((TABLE model), 'SELECT store, NULL AS kind, size, day, amount FROM fresh', 'day', 'amount', 'store') AS f JOIN sale AS s ON store = series AND day = ts;
SELECT count(*), min(c.ts), max(c.ts), avg(abs(c.forecast - c.amount)) < 0.5 * avg(abs(b.forecast - b.amount)) AS half, avg(abs(c.forecast - c.amount)) < 0.1 * avg(c.amount) AS close
FROM cold AS c JOIN blind AS b USING (series, step);
SELECT kind, avg(abs(forecast - amount)) < 0.15 * avg(amount) AS close, corr(forecast, amount) > 0.8 AS season FROM cold GROUP BY kind ORDER BY kind;
SELECT avg((c.amount BETWEEN c.lower AND c.upper)::int) > 0.85 AS covered, avg((b.amount BETWEEN b.lower AND b.upper)::int) > 0.85 AS blindly, avg(b.upper - b.lower) > 3 * avg(c.upper - c.lower) AS wider
FROM cold AS c JOIN blind AS b USING (series, step);
-- beside others; one row will do, and so will a number of another horizon
SELECT series, count(*), min(ts), max(ts), avg(forecast) BETWEEN 9 AND 13 AS level FROM lstm_forecast((TABLE model), $$SELECT * FROM (VALUES ('new', 'kiosk', 2, date '2024-05-01', NULL::float8)) AS v(store, kind, size, day, amount) UNION ALL SELECT store, kind, size, day, amount FROM learned WHERE store = 'depot 07'$$, 'day', 'amount', 'store', horizon => 10) GROUP BY series ORDER BY series;
SELECT count(*), avg(forecast) BETWEEN 400 AND 600 AS level FROM lstm_forecast((TABLE model), $$SELECT date '2024-05-01' AS day, NULL::float8 AS amount, 'depot' AS kind, 2 AS size$$, 'day', 'amount');
-- it has no steps before the first
SELECT min(step), max(step) FROM lstm_forecast((TABLE model), 'fresh', 'day', 'amount', 'store', history => 5);
-- quantiles, in order and within
SELECT bool_and(quantiles[1] <= forecast AND forecast <= quantiles[2] AND quantiles[1] >= lower) AS ordered FROM lstm_forecast((TABLE model), 'fresh', 'day', 'amount', 'store', quantiles => '{0.1,0.9}');

-- 3. Words that are new, and series that a model without static columns cannot know.
SET client_min_messages = notice;
SELECT count(*) FROM lstm_forecast((TABLE model), $$SELECT date '2024-05-01' AS day, NULL::float8 AS amount, 'tent' AS kind, 2 AS size$$, 'day', 'amount');
SET client_min_messages = warning;
SELECT raises($$SELECT * FROM lstm_forecast((SELECT untold FROM models), 'fresh', 'day', 'amount', 'store')$$);
SELECT raises($$SELECT * FROM lstm_forecast((TABLE model), 'SELECT * FROM fresh WHERE store LIKE ''shop%'' UNION ALL SELECT ''shop 01'', ''shop'', 1, date ''2024-05-05'', NULL', 'day', 'amount', 'store')$$);
SELECT raises($$SELECT * FROM lstm_forecast((TABLE model), 'SELECT ''shop 01'' AS store, ''shop'' AS kind, 1 AS size, date ''2024-05-05'' AS day, NULL::float8 AS amount', 'day', 'amount', 'store')$$);

-- 4. Errors.
SELECT raises($$SELECT lstm_train('SELECT store, day, amount, CASE WHEN day = ''2024-02-03'' AND n = 3 THEN ''tent'' ELSE kind END AS kind FROM learned ORDER BY store, day', 'day', 'amount', 'store', static_columns => '{kind}')$$);
SELECT raises($$SELECT lstm_train('SELECT store, day, amount, CASE WHEN day < ''2024-02-03'' THEN size ELSE 7 END AS size FROM learned WHERE n = 3 ORDER BY store, day', 'day', 'amount', 'store', static_columns => '{size}')$$);
SELECT raises($$SELECT lstm_train('learned', 'day', 'amount', 'store', static_columns => '{sort}')$$);
SELECT raises($$SELECT lstm_train('learned', 'day', 'amount', 'store', static_columns => '{NULL}')$$);
SELECT raises($$SELECT lstm_train('learned', 'day', 'amount', 'store', static_columns => '{day}')$$);
SELECT raises($$SELECT lstm_train('SELECT *, ''NaN''::float8 AS x FROM learned', 'day', 'amount', 'store', static_columns => '{x}')$$);
SELECT raises($$SELECT * FROM lstm_forecast((TABLE model), 'SELECT store, day, amount, kind FROM learned', 'day', 'amount', 'store')$$);
SELECT raises($$SELECT * FROM lstm_explain((TABLE model), 'learned', 'day', 'amount', 'store', changes => '{"kind": "shop"}')$$);
SELECT raises($$SELECT lstm_forecast((TABLE model), store, day::timestamptz, amount) FROM learned$$);
SELECT raises($$SELECT lstm_train('learned', 'day', 'amount', 'store', static_columns => '{kind}', future_source => 'sale')$$);
-- one series that changes is left out
SELECT series, message FROM lstm_model_series(lstm_train('SELECT store, day, amount, CASE WHEN day = ''2024-02-03'' AND store = ''shop 03'' THEN ''tent'' ELSE kind END AS kind FROM learned ORDER BY store, day', 'day', 'amount', 'store', static_columns => '{kind}', options => small('{"on_error": "skip", "max_steps": 5}'))) WHERE status = 'skipped';

-- 5. With covariates that are known ahead, from the rows or from a source of their own.
CREATE TABLE driven AS SELECT store, kind, day, amount * CASE WHEN deal = 'yes' THEN 1.5 ELSE 1 END AS amount, deal FROM (SELECT *, CASE WHEN hashint4(day - date '2024-01-01' + n) & 3 = 0 THEN 'yes' ELSE 'no' END AS deal FROM sale) AS s;
CREATE TABLE both_models AS SELECT lstm_train('SELECT * FROM driven WHERE day < ''2024-03-11'' AND store !~ ''2[5-9]|30''', 'day', 'amount', 'store', future_columns => '{deal}', static_columns => '{kind}', options => small('{"max_steps": 300}')) AS model;
SELECT lstm_model_info(model)->'covariates' FROM both_models;
SELECT count(*), avg(f.forecast) FILTER (WHERE deal = 'yes') > 1.15 * avg(f.forecast) FILTER (WHERE deal = 'no') AS dealt
FROM both_models AS m, lstm_forecast(m.model, 'SELECT store, kind, day, deal, NULL::float8 AS amount FROM driven WHERE day >= ''2024-03-11'' AND store ~ ''market (2[5-9]|30)''', 'day', 'amount', 'store') AS f JOIN driven ON store = series AND day = ts;
SELECT raises($$SELECT f.* FROM both_models AS m, lstm_forecast(m.model, 'SELECT store, kind, day, deal, NULL::float8 AS amount FROM driven WHERE day BETWEEN ''2024-03-11'' AND ''2024-03-13'' AND store ~ ''market (2[5-9]|30)''', 'day', 'amount', 'store') AS f$$);
SELECT bool_and(f.forecast = g.forecast) AS same
FROM both_models AS m, lstm_forecast(m.model, 'SELECT store, kind, day, deal, CASE WHEN day < ''2024-03-11'' THEN amount END AS amount FROM driven', 'day', 'amount', 'store') AS f
JOIN lstm_forecast((SELECT model FROM both_models), 'SELECT * FROM driven WHERE day < ''2024-03-11''', 'day', 'amount', 'store', future_source => 'SELECT store, day, deal FROM driven') AS g USING (series, step);

-- 6. Back-tests, estimates and one statement.
SELECT count(*) > 0 AS tested FROM lstm_backtest('learned', 'day', 'amount', 'store', static_columns => '{kind}', folds => 1, options => small());
SELECT count(*) > 0 AS tested FROM lstm_backtest_forecasts('learned', 'day', 'amount', 'store', static_columns => '{kind}', folds => 1, options => small());
SELECT count(*) FROM lstm_forecast('learned', 'day', 'amount', 'store', static_columns => '{kind}', options => small());
SELECT parameters > (SELECT parameters FROM lstm_estimate('learned', 'day', 'amount', 'store', options => small())) AS more FROM lstm_estimate('learned', 'day', 'amount', 'store', static_columns => '{kind}', options => small());
SELECT count(*) FROM lstm_forecast(lstm_finetune((TABLE model), 'learned', 'day', 'amount', 'store'));

DROP VIEW model, learned, fresh;
DROP TABLE models, both_models, driven, cold, blind, sale;
DROP FUNCTION small(jsonb), raises(text);
