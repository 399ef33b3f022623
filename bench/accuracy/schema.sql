-- Tables of the accuracy benchmark: what is asked of which data, with which options, and what came out.

-- Observations of every panel. The rows of a series are numbered; where series have lengths of their
-- own, 0 is the last row of the training part, so that one number cuts them all.
CREATE TABLE reading (
	panel text,
	series text,
	i int,
	ts timestamptz,
	value float8,    -- NULL: missing
	past float8[],   -- covariates known up to the row's time
	future float8[]  -- covariates known ahead
);

-- A question: forecast `horizon` steps of a panel. Models are trained on rows up to train_to. With a stride,
-- forecasts start after train_to, train_to + stride, ..., and the last one's targets end at test_to; without,
-- there is the one forecast after train_to. The choose_ columns are the same for choosing settings: rows
-- beyond choose_test_to are not looked at.
CREATE TABLE task (
	set_name text,
	task text,
	panel text NOT NULL,
	horizon int NOT NULL,
	season int NOT NULL,         -- of the seasonal naive forecast and the scale of MASE
	stride int,
	train_to int NOT NULL,
	test_to int NOT NULL,
	choose_stride int,
	choose_train_to int,
	choose_test_to int,
	asked jsonb DEFAULT '{}',    -- options that are part of the question
	training text NOT NULL DEFAULT 'SELECT lstm_train(series, ts, value, %L::jsonb) AS model FROM history',
	naive2_smape float8,         -- of OWA
	naive2_mase float8,
	PRIMARY KEY (set_name, task),
	CHECK ((test_to - horizon - train_to) % stride = 0),
	CHECK ((choose_test_to - horizon - choose_train_to) % choose_stride = 0)
);

-- An answer to it: options beyond those of the question, and the statements where they are others.
CREATE TABLE variant (
	set_name text,
	task text,
	variant text,
	options jsonb DEFAULT '{}',
	training text,               -- NULL: the task's; %L is replaced by the options
	forecasting text,            -- NULL: lstm_forecast(model)
	source text,                 -- of the backtest; NULL: evaluated
	past_columns text[],         -- of that source
	future_columns text[],
	most_seeds int,              -- NULL: as many as asked for
	beside text,                 -- variant whose MAE this one's is divided by
	PRIMARY KEY (set_name, task, variant),
	FOREIGN KEY (set_name, task) REFERENCES task
);

-- Settings among which --choose compares, beside the tuned ones.
CREATE TABLE candidate (
	set_name text,
	task text,
	candidate text,
	options jsonb,
	PRIMARY KEY (set_name, task, candidate)
);

-- What a result has to be at most, and within how many seconds.
CREATE TABLE bar (
	set_name text,
	task text,
	variant text,
	metric text,
	bar float8 NOT NULL,
	aim float8,
	seconds float8,
	PRIMARY KEY (set_name, task, variant, metric)
);

-- What others reached.
CREATE TABLE published (
	set_name text,
	task text,
	metric text,
	name text,
	value float8,
	PRIMARY KEY (set_name, task, metric, name)
);

-- What came out. Kept in results.csv between runs.
CREATE TABLE result (
	set_name text,
	task text,
	variant text,
	seed int,
	metric text,
	value float8,
	train_seconds float8,
	forecast_seconds float8,
	options jsonb,
	machine text,
	PRIMARY KEY (set_name, task, variant, seed, metric)
);

-- What one measurement works on: the rows that a model may see; those and the rows that it is asked for; the
-- steps of a single forecast, and the forecast; or the errors of the forecasts from every origin.
CREATE UNLOGGED TABLE history (series text, ts timestamptz, value float8, past float8[], future float8[]);
CREATE UNLOGGED TABLE evaluated (
	series text, i int, ts timestamptz, value float8, past float8[], future float8[]
);
CREATE UNLOGGED TABLE target (series text, step int, actual float8);
CREATE UNLOGGED TABLE forecast (
	series text, step int, forecast float8, lower float8, upper float8, quantiles float8[]
);
-- A row for each origin, series and metric; last_value is the error of repeating that.
CREATE UNLOGGED TABLE fold (metric text, value float8, last_value float8);
-- Forecasts from origins half a horizon apart or more, with the ends of their intervals: quantiles .1 and .9.
CREATE UNLOGGED TABLE interval_forecast (
	series text, actual float8, lower float8, upper float8, quantiles float8[]
);

-- MAE of a variant divided by that of the variant beside it, seed by seed; the naive forecast has one seed.
CREATE VIEW result_or_ratio AS
	SELECT * FROM result
	UNION ALL
	SELECT r.set_name, r.task, r.variant, r.seed, 'MAE / ' || v.beside, r.value / b.value, r.train_seconds,
		   r.forecast_seconds, r.options, r.machine
	FROM result AS r
		 JOIN variant AS v USING (set_name, task, variant)
		 JOIN result AS b ON (b.set_name, b.task, b.variant, b.metric) = (r.set_name, r.task, v.beside, r.metric)
							 AND (b.seed = r.seed OR b.variant IN ('seasonal naive', 'last value'))
	WHERE r.metric = 'MAE';

-- A number in Markdown: as many digits as its size leaves room for.
CREATE FUNCTION shown(value float8) RETURNS text LANGUAGE sql AS
	$$ SELECT round(value::numeric, CASE WHEN abs(value) < 100 THEN 3 ELSE 1 END)::text $$;

-- One line a variant and metric: the median over the seeds, and each.
CREATE VIEW outcome AS
	SELECT set_name, task, variant, metric,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value,
		   string_agg(shown(value), ', ' ORDER BY seed) AS each_seed,
		   count(*) AS seeds,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY train_seconds) AS train_seconds,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY forecast_seconds) AS forecast_seconds
	FROM result_or_ratio
	GROUP BY set_name, task, variant, metric;
