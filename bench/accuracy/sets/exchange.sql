-- Daily rates of eight currencies, 30 days after the end of the training part, which is all before. MASE with m = 5, as of
-- business days; a single origin, so that luck has a large share.
INSERT INTO task (set_name, task, panel, horizon, season, train_to, test_to, choose_train_to, choose_test_to, asked)
	VALUES ('exchange', '30 days', 'exchange', 30, 5, 0, 30, -30, 0, '{"horizon": 30}');

INSERT INTO variant (set_name, task, variant, options, most_seeds) VALUES
	('exchange', '30 days', 'no options', '{}', NULL),
	('exchange', '30 days', 'no training', '{"pretrained": "only"}', 1);

INSERT INTO bar VALUES
	('exchange', '30 days', 'no options', 'MASE', 1.60, NULL, NULL),
	('exchange', '30 days', 'no training', 'MASE', 1.60, NULL, NULL);

-- The seasonal naive forecast is measured here, too, and has to agree.
INSERT INTO published VALUES
	('exchange', '30 days', 'MASE', 'seasonal naive', 1.740),
	('exchange', '30 days', 'MASE', 'Chronos-Bolt-base, no training', 1.710);

\if :load
CREATE TEMP TABLE line (i serial, text text);
\set command '\\copy line (text) FROM PROGRAM ''gzip -dc ' :data '/ltsf/exchange_rate.csv.gz | tail -n +2'' WITH (DELIMITER E''\\x01'')'
:command

INSERT INTO reading (panel, series, i, ts, value)
	SELECT 'exchange', number, i - max(i) OVER () + 30, field[1]::timestamptz, value::float8
	FROM line,
		 LATERAL string_to_array(text, ',') AS field,
		 LATERAL unnest(field[2:]) WITH ORDINALITY AS rate (value, number);
\endif
