-- Weather, 21 readings of a station as one panel, every 10 minutes. Protocol of the literature: 70, 10 and 20 %
-- of 52,696 rows to train, validate and test; z-scores, windows and errors as for ETTh1. Rows count as steps
-- there; one time is double and some are absent, so the times here count on from the first.
INSERT INTO task (set_name, task, panel, horizon, season, stride, train_to, test_to,
				  choose_stride, choose_train_to, choose_test_to, asked)
	VALUES ('weather', '96 steps', 'weather', 96, 144, 1, 42157, 52696, 26, 36887, 42157, '{"horizon": 96}');

INSERT INTO variant (set_name, task, variant) VALUES ('weather', '96 steps', 'no options');

INSERT INTO bar VALUES
	('weather', '96 steps', 'tuned', 'MSE', 0.150, NULL, NULL),
	('weather', '96 steps', 'no options', 'MSE', 0.165, NULL, NULL);

INSERT INTO published VALUES
	('weather', '96 steps', 'MSE', 'SegRNN', 0.142),
	('weather', '96 steps', 'MSE', 'PatchTST', 0.149),
	('weather', '96 steps', 'MSE', 'DLinear', 0.176);

\if :load
-- The header has bytes that are not UTF-8: read as Latin 1, and leave out what is not ASCII.
SET client_encoding = 'LATIN1';
CREATE TEMP TABLE line (i int GENERATED ALWAYS AS IDENTITY (MINVALUE 0), text text);
\set command '\\copy line (text) FROM PROGRAM ''gzip -dc ' :data '/ltsf/weather.csv.gz | tr -d "\\\\r"'' WITH (DELIMITER E''\\x01'')'
:command
RESET client_encoding;

INSERT INTO reading (panel, series, i, ts, value)
	WITH field AS (
		SELECT i, number, field.text
		FROM line, LATERAL unnest(string_to_array(text, ',')) WITH ORDINALITY AS field (text, number)
	), cell AS (
		SELECT regexp_replace(name.text, '[^ -~]', '', 'g') AS channel, value.i, value.text::float8 AS value
		FROM field AS name JOIN field AS value USING (number)
		WHERE name.i = 0 AND value.i > 0 AND number > 1
	)
	SELECT 'weather', channel, i, timestamptz '2020-01-01' + i * interval '10 minutes',
		   (value - avg(value) FILTER (WHERE i <= 36887) OVER by_channel)
		   / stddev_pop(value) FILTER (WHERE i <= 36887) OVER by_channel
	FROM cell
	WINDOW by_channel AS (PARTITION BY channel);
\endif
