-- Tuned options, one row a set, and the candidates among which `run --choose` compares: see README.md.
CREATE TEMP TABLE tuned (
	set_name text,
	task text, -- NULL: every tuned task of the set
	options jsonb
);

INSERT INTO tuned VALUES
	('m4_hourly', NULL,
	 '{"max_steps": 16000, "learning_rate": 2e-3, "seasonal_skip": false,
	   "members": [{"transform": "log", "normalization": "mean", "lookback": 168},
				   {"transform": "none", "normalization": "instance", "lookback": 168},
				   {"transform": "log", "normalization": "mean", "lookback": 336},
				   {"transform": "none", "normalization": "instance", "lookback": 336},
				   {"transform": "log", "normalization": "mean", "lookback": 504},
				   {"transform": "none", "normalization": "instance", "lookback": 504},
				   {"transform": "log", "normalization": "mean", "lookback": 168, "cell": "gru", "hidden_size": 128},
				   {"transform": "none", "normalization": "instance", "lookback": 168, "cell": "gru", "hidden_size": 128}]}'),
	('tourism', NULL,
	 '{"members": [{"transform": "log1p", "normalization": "mean", "lookback": 84},
				   {"transform": "none", "normalization": "season", "lookback": 84},
				   {"transform": "log1p", "normalization": "mean", "lookback": 120},
				   {"transform": "none", "normalization": "season", "lookback": 120},
				   {"transform": "log1p", "normalization": "mean", "lookback": 84, "cell": "gru"},
				   {"transform": "none", "normalization": "instance", "lookback": 84, "cell": "gru"},
				   {"transform": "log1p", "normalization": "mean", "lookback": 120, "cell": "gru"},
				   {"transform": "none", "normalization": "instance", "lookback": 120, "cell": "gru"}]}'),
	('etth1', NULL,
	 '{"dropout": 0.5, "seasonal_skip": false,
	   "members": [{"normalization": "mean", "lookback": 336},
				   {"normalization": "instance", "lookback": 336},
				   {"normalization": "mean", "lookback": 720},
				   {"normalization": "instance", "lookback": 720},
				   {"normalization": "last", "lookback": 720, "linear_skip": false, "learning_rate": 5e-4, "hidden_size": 128},
				   {"normalization": "last", "lookback": 336, "hidden_size": 128},
				   {"normalization": "instance", "lookback": 720, "cell": "gru", "hidden_size": 128},
				   {"normalization": "mean", "lookback": 720, "cell": "gru"}]}'),
	('weather', NULL,
	 '{"patch_length": 48, "dropout": 0.1, "seasonal_skip": false, "batch_size": 128, "max_steps": 4000,
	   "members": [{"normalization": "last", "lookback": 720},
				   {"normalization": "mean", "lookback": 336},
				   {"normalization": "instance", "lookback": 336},
				   {"normalization": "instance", "lookback": 1008}]}');

-- Each set's tuned tasks are those with a bar for it.
CREATE TEMP VIEW tuned_task AS
	SELECT bar.set_name, bar.task, tuned.options
	FROM bar JOIN tuned ON tuned.set_name = bar.set_name AND coalesce(tuned.task, bar.task) = bar.task
	WHERE bar.variant = 'tuned';

INSERT INTO variant (set_name, task, variant, options) SELECT set_name, task, 'tuned', options FROM tuned_task;

INSERT INTO candidate
	SELECT set_name, task, format('hidden %s, steps %s', hidden, steps),
		   options || jsonb_build_object('max_steps', steps)
				   || jsonb_build_object('members', (SELECT jsonb_agg(member || jsonb_build_object('hidden_size', hidden))
													 FROM jsonb_array_elements(options->'members') AS member))
	FROM tuned_task, unnest(ARRAY[128, 256]) AS hidden, unnest(ARRAY[4000, 6000]) AS steps
	WHERE set_name = 'm4_hourly';

INSERT INTO candidate
	SELECT set_name, task, format('hidden %s, dropout %s', hidden, dropout),
		   options || jsonb_build_object('hidden_size', hidden)
				   || jsonb_build_object('members', (SELECT jsonb_agg(member || jsonb_build_object('dropout', dropout))
													 FROM jsonb_array_elements(options->'members') AS member))
	FROM tuned_task, unnest(ARRAY[128, 256]) AS hidden, unnest(ARRAY[0.1, 0.5]) AS dropout
	WHERE set_name IN ('etth1', 'weather');

INSERT INTO candidate
	SELECT set_name, task, format('hidden %s, steps %s', hidden, steps),
		   options || jsonb_build_object('hidden_size', hidden, 'max_steps', steps)
	FROM tuned_task, unnest(ARRAY[64, 128]) AS hidden, unnest(ARRAY[1500, 3000]) AS steps
	WHERE set_name = 'tourism';
