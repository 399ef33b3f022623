-- What scripts/demo shows: two sets of real data, trained with no options, forecast with intervals.
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\pset linestyle unicode
SET client_min_messages = notice;

CREATE EXTENSION lstm_forecast;

CREATE TABLE stock (ticker text, day date, close float8);
\copy stock FROM 'data/stocks.csv' WITH (FORMAT csv, HEADER)
CREATE TABLE sea (time timestamptz, celsius float8);
\copy sea FROM 'data/sea_temperature.csv' WITH (FORMAT csv, HEADER)

\echo
\echo 'Sea-surface temperature every half hour:'
\echo '  SELECT lstm_train(time, celsius) AS model FROM sea'
CREATE TABLE sea_model AS
	SELECT lstm_train(time, celsius) AS model FROM sea;

\echo
\echo 'The next hours, with 80 % intervals:'
\echo '  SELECT … FROM sea_model, lstm_forecast(model, confidence_level => 0.8)'
SELECT f.ts, round(f.forecast::numeric, 2) AS celsius,
	   round(f.lower::numeric, 2) AS lower, round(f.upper::numeric, 2) AS upper
FROM sea_model AS m, lstm_forecast(m.model, confidence_level => 0.8) AS f
WHERE f.step % 3 = 0
ORDER BY f.step;

\echo
\echo 'The last two days and the next six hours:'
\echo '  SELECT lstm_sparkline(coalesce(actual, forecast) ORDER BY ts) FROM …, lstm_forecast(model, …, history => 96)'
SELECT left(line, 96) || '│' || right(line, 12) AS celsius
FROM (SELECT lstm_sparkline(coalesce(f.actual, f.forecast) ORDER BY f.ts)
	  FROM sea_model AS m, lstm_forecast(m.model, 'sea', 'time', 'celsius', history => 96) AS f) AS drawn (line);

\echo
\echo 'The same as a picture, in demo.svg:'
\echo '  SELECT lstm_fan_chart(ts, actual, forecast, quantiles, …) FROM …, lstm_forecast(model, …, history => 96)'
\o demo.svg
\pset format unaligned
\pset tuples_only on
SELECT lstm_fan_chart(f.ts, f.actual, f.forecast, f.quantiles, '{"title": "Sea-surface temperature, °C", "level": [95, 80, 50]}')
FROM sea_model AS m,
	 lstm_forecast(m.model, 'sea', 'time', 'celsius', history => 96,
				   quantiles => ARRAY[0.025, 0.1, 0.25, 0.75, 0.9, 0.975]) AS f;
\o
\pset format aligned
\pset tuples_only off

\echo
\echo 'Daily closes of four stocks. One model a ticker:'
\echo '  SELECT ticker, lstm_train(day, close) AS model FROM stock GROUP BY ticker'
CREATE TABLE stock_model AS
	SELECT ticker, lstm_train(day, close) AS model FROM stock GROUP BY ticker;

\echo
\echo 'The next three business days, with 95 % intervals:'
\echo '  SELECT … FROM stock_model, lstm_forecast(model)'
SELECT m.ticker, to_char(f.ts, 'Dy YYYY-MM-DD') AS day, round(f.forecast::numeric, 2) AS forecast,
	   round(f.lower::numeric, 2) AS lower, round(f.upper::numeric, 2) AS upper
FROM stock_model AS m, lstm_forecast(m.model) AS f
WHERE f.step <= 3
ORDER BY m.ticker, f.step;

\echo
\echo 'The last forty business days and the next ten:'
SELECT ticker, left(line, 40) || '│' || right(line, 10) AS close
FROM (SELECT m.ticker, lstm_sparkline(coalesce(f.actual, f.forecast) ORDER BY f.ts)
	  FROM stock_model AS m,
		   lstm_forecast(m.model, format('SELECT day, close FROM stock WHERE ticker = %L', m.ticker), 'day', 'close', history => 40) AS f
	  GROUP BY m.ticker) AS drawn (ticker, line)
ORDER BY ticker;

\echo
\echo 'Mean absolute error on data that the models were not trained on, beside the seasonal naive forecast. Skill is what the'
\echo 'model saves of its error; nobody forecasts stock prices from prices alone, and the models say so:'
\echo '  SELECT name, info#>>''{held_out,mae}'', info#>>''{held_out,naive,mae}'', … FROM …, lstm_model_info(model) AS info'
SELECT m.name AS series, info->>'frequency' AS frequency, info->>'horizon' AS horizon,
	   round((info#>>'{held_out,mae}')::numeric, 3) AS model_mae,
	   round((info#>>'{held_out,naive,mae}')::numeric, 3) AS naive_mae,
	   round(1 - (info#>>'{held_out,mae}')::numeric / (info#>>'{held_out,naive,mae}')::numeric, 2) AS skill
FROM (SELECT 'sea', model FROM sea_model UNION ALL SELECT ticker, model FROM stock_model) AS m (name, model),
	 lstm_model_info(m.model) AS info
ORDER BY m.name = 'sea' DESC, m.name;
