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
	 '{"dropout": 0.2,
	   "members": [{"transform": "log1p", "normalization": "mean", "lookback": 84},
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
	 '{"patch_length": 48, "dropout": 0.1, "seasonal_skip": false, "batch_size": 128, "max_steps": 4000, "hidden_size": 128,
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

-- Beside them: their first four networks alone, and another width, dropout or patch.
INSERT INTO candidate
	SELECT set_name, task, 'first four networks',
		   options || jsonb_build_object('members', jsonb_path_query_array(options, '$.members[0 to 3]'))
	FROM tuned_task
	WHERE jsonb_array_length(options->'members') > 4;

INSERT INTO candidate
	SELECT set_name, task, format('width %s', width), options || jsonb_build_object('hidden_size', width)
	FROM tuned_task
		 JOIN (VALUES ('tourism', 128), ('weather', 64)) AS other (set_name, width) USING (set_name);

INSERT INTO candidate
	SELECT set_name, task, format('dropout %s', dropout), options || jsonb_build_object('dropout', dropout)
	FROM tuned_task
		 JOIN (VALUES ('etth1', 0.1), ('tourism', 0), ('weather', 0.5)) AS other (set_name, dropout) USING (set_name);

INSERT INTO candidate
	SELECT set_name, task, 'patch 24', options || '{"patch_length": 24}'
	FROM tuned_task
	WHERE set_name = 'weather';
