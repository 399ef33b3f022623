-- Procedures of the accuracy benchmark.

-- The windows of a task, for testing and for choosing settings.
CREATE VIEW task_window AS
	SELECT set_name, task, false AS choosing, panel, horizon, season, asked, training, naive2_smape, naive2_mase,
		   stride, train_to, test_to
	FROM task
	UNION ALL
	SELECT set_name, task, true, panel, horizon, season, asked, training, naive2_smape, naive2_mase,
		   choose_stride, choose_train_to, choose_test_to
	FROM task;

CREATE PROCEDURE open_window(w task_window) LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE history, evaluated, target, forecast, fold, interval_forecast;
	INSERT INTO evaluated
		SELECT series, i, ts, value, past, future FROM reading WHERE panel = w.panel AND i <= w.test_to;
	INSERT INTO history
		SELECT series, ts, value, past, future FROM evaluated WHERE i <= w.train_to;
	INSERT INTO target
		SELECT series, i - w.train_to, value FROM evaluated
		WHERE i BETWEEN w.train_to + 1 AND w.train_to + w.horizon;
	ANALYZE history, evaluated, target;
END $$;

-- Score what table forecast or fold holds, and keep it.
CREATE PROCEDURE keep_scores(w task_window, variant text, seed int, train_seconds float8,
							 forecast_seconds float8, options jsonb)
LANGUAGE plpgsql AS $$
BEGIN
	IF w.stride IS NULL THEN
		INSERT INTO result
			SELECT w.set_name, w.task, keep_scores.variant, keep_scores.seed, s.metric, s.value, train_seconds,
				   forecast_seconds, options, current_setting('bench.machine')
			FROM forecast_scores(w.season, w.naive2_smape, w.naive2_mase) AS s;
	ELSE
		INSERT INTO result
			SELECT w.set_name, w.task, keep_scores.variant, keep_scores.seed, s.metric, s.value, train_seconds,
				   forecast_seconds, options, current_setting('bench.machine')
			FROM fold_scores() AS s;
	END IF;
END $$;

-- Forecasts by the trained model from every origin, scored: fills table fold. Its forecast that repeats the last
-- value has to err as the one in SQL does: the origins and targets are the same.
CREATE PROCEDURE backtest(w task_window, v variant) LANGUAGE plpgsql AS $$
DECLARE
	other record;
BEGIN
	INSERT INTO fold
		SELECT CASE b.metric WHEN 'rmse' THEN 'MSE' ELSE upper(b.metric) END,
			   CASE b.metric WHEN 'rmse' THEN b.model ^ 2 ELSE b.model END,
			   CASE b.metric WHEN 'rmse' THEN b.naive ^ 2 ELSE b.naive END
		FROM trained,
			 lstm_backtest(trained.model, coalesce(v.source, 'evaluated'), 'ts', 'value', 'series',
						   v.past_columns, v.future_columns, w.horizon, stride => w.stride) AS b
		WHERE b.metric IN ('mae', 'rmse', 'mase') AND b.model IS NOT NULL;
	INSERT INTO interval_forecast
		SELECT f.series, f.actual, f.lower, f.upper, f.quantiles
		FROM trained,
			 lstm_backtest_forecasts(trained.model, coalesce(v.source, 'evaluated'), 'ts', 'value', 'series',
									 v.past_columns, v.future_columns, w.horizon,
									 stride => greatest(w.stride, w.horizon / 2), quantiles => '{0.1,0.9}') AS f;
	SELECT f.metric, avg(f.last_value) AS here, r.value AS there INTO other
		FROM fold AS f JOIN result AS r USING (metric)
		WHERE (r.set_name, r.task, r.variant) = (w.set_name, w.task, 'last value')
		GROUP BY f.metric, r.value
		HAVING abs(avg(f.last_value) - r.value) > 1e-6 * r.value;
	IF FOUND THEN
		RAISE EXCEPTION 'repeating the last value has % % in lstm_backtest and % in SQL',
			other.metric, other.here, other.there;
	END IF;
END $$;

-- Train a variant of a task with a seed, forecast and score. The two statements are timed apart.
CREATE PROCEDURE measure(chosen_set text, chosen_task text, chosen_variant text, chosen_seed int,
						 choosing boolean DEFAULT false)
LANGUAGE plpgsql AS $$
DECLARE
	w task_window;
	v variant;
	options jsonb;
	started timestamptz;
	trained_at timestamptz;
BEGIN
	SELECT * INTO STRICT w FROM task_window AS t
		WHERE (t.set_name, t.task, t.choosing) = (chosen_set, chosen_task, measure.choosing);
	SELECT * INTO STRICT v FROM variant AS c
		WHERE (c.set_name, c.task, c.variant) = (chosen_set, chosen_task, chosen_variant);
	-- Seed 0 is the default: with no options, none at all are given.
	options := w.asked || v.options;
	IF chosen_seed <> 0 THEN
		options := options || jsonb_build_object('seed', chosen_seed);
	END IF;
	options := nullif(options, '{}');
	CALL open_window(w);
	DROP TABLE IF EXISTS trained;

	started := clock_timestamp();
	EXECUTE 'CREATE UNLOGGED TABLE trained AS ' || format(coalesce(v.training, w.training), options);
	trained_at := clock_timestamp();
	IF w.stride IS NULL THEN
		EXECUTE 'INSERT INTO forecast ' || coalesce(v.forecasting,
			'SELECT series, step, forecast, lower, upper, quantiles
			FROM trained, lstm_forecast(model, NULL, 0.95, crps_levels())');
	ELSE
		CALL backtest(w, v);
	END IF;
	CALL keep_scores(w, chosen_variant, chosen_seed, extract(epoch FROM trained_at - started),
					 extract(epoch FROM clock_timestamp() - trained_at), options);
END $$;

-- Score repeating, from every origin, the value a season before, or where that is missing the last one of
-- the season's phase. A season of 1 repeats the last value.
CREATE PROCEDURE measure_naive(chosen_set text, chosen_task text, name text DEFAULT 'seasonal naive',
							   chosen_season int DEFAULT NULL, choosing boolean DEFAULT false)
LANGUAGE plpgsql AS $$
DECLARE
	w task_window;
	m int;
BEGIN
	SELECT * INTO STRICT w FROM task_window AS t
		WHERE (t.set_name, t.task, t.choosing) = (chosen_set, chosen_task, measure_naive.choosing);
	m := coalesce(chosen_season, w.season);
	CALL open_window(w);
	DROP TABLE IF EXISTS observed, window_error;

	CREATE UNLOGGED TABLE observed AS
		SELECT o.series, o.i, v.value
		FROM (SELECT series, i, max(i) FILTER (WHERE value IS NOT NULL) OVER phase AS last
			  FROM evaluated
			  WINDOW phase AS (PARTITION BY series, (i % m + m) % m ORDER BY i)) AS o
			 JOIN evaluated AS v ON v.series = o.series AND v.i = o.last;
	ANALYZE observed;
	IF w.stride IS NULL THEN
		INSERT INTO forecast
			SELECT o.series, step, o.value AS forecast, NULL::float8 AS lower, NULL::float8 AS upper,
				   array_fill(o.value, ARRAY[cardinality(crps_levels())]) AS quantiles
			FROM generate_series(1, w.horizon) AS step
				 JOIN observed AS o ON o.i = w.train_to + step - m * ((step + m - 1) / m);
	ELSE
		CREATE UNLOGGED TABLE window_error AS -- not INSERT, which would not run in parallel
			SELECT avg(abs(e.value - o.value)) AS mae, avg((e.value - o.value) ^ 2) AS mse
			FROM generate_series(w.train_to, w.test_to - w.horizon, w.stride) AS origin
				 CROSS JOIN generate_series(1, w.horizon) AS step
				 JOIN evaluated AS e ON e.i = origin + step
				 JOIN observed AS o ON o.series = e.series AND o.i = origin + step - m * ((step + m - 1) / m)
			WHERE e.value IS NOT NULL
			GROUP BY origin, e.series;
		INSERT INTO fold (metric, value)
			SELECT metric, value
			FROM window_error, LATERAL (VALUES ('MAE', mae), ('MSE', mse)) AS score (metric, value);
	END IF;
	CALL keep_scores(w, name, 0, NULL, NULL, NULL);
END $$;
