-- What bench/workers/run trains on: one series with seven covariates, and two hundred short ones.
CREATE EXTENSION lstm_forecast;

CREATE TABLE station AS
	SELECT '2024-01-01'::timestamptz + i * interval '1 hour' AS ts, sin(i * 0.2618) + 0.1 * sin(i * i) AS value,
		   ARRAY[sin(i * 0.1), cos(i * 0.1), sin(i * 0.3), cos(i * 0.3), sin(i * 0.7), cos(i * 0.7), sin(i * 0.9)] AS past
	FROM generate_series(1, 4000) AS i;

CREATE TABLE sales AS
	SELECT 'shop ' || s AS shop, '2024-01-01'::timestamptz + i * interval '1 day' AS day,
		   10 + s % 7 + 3 * sin(i * 0.9) + sin(i * i * s) AS amount
	FROM generate_series(1, 200) AS s, generate_series(1, 300) AS i;
CREATE INDEX ON sales (shop);

-- A parallel scan gives pages to workers, so the rows of the groups are spread over several.
CREATE TABLE shop WITH (fillfactor = 10, parallel_workers = 1) AS SELECT DISTINCT shop FROM sales;

-- One local model; the cost lets the planner see that a worker pays.
CREATE FUNCTION train_shop(name text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE COST 1000000
	AS $$ SELECT lstm_train(day, amount, lstm_options(ensemble_size => 1, max_steps => 100)) FROM sales WHERE shop = name $$;
ANALYZE;
