-- ETTh1, seven channels of a transformer station as one panel. Protocol of the literature: 8640, 2880 and 2880
-- hours to train, validate and test; each channel z-scored by its training mean and deviation; every window
-- whose targets lie in the test part, all channels, errors in scaled units. Models train on the first 11520
-- hours, of which they hold out what they need to stop early. A day is asked from every midnight, and scored by MASE.
INSERT INTO task (set_name, task, panel, horizon, season, stride, train_to, test_to,
				  choose_stride, choose_train_to, choose_test_to, asked)
	SELECT 'etth1', horizon || ' hours', 'etth1', horizon, 24, 1, 11520, 14400, 24, 8640, 11520,
		   jsonb_build_object('horizon', horizon)
	FROM unnest(ARRAY[96, 192, 336, 720]) AS horizon;
INSERT INTO task (set_name, task, panel, horizon, season, stride, train_to, test_to,
				  choose_stride, choose_train_to, choose_test_to, asked)
	VALUES ('etth1', '24 hours', 'etth1', 24, 24, 24, 11520, 14400, 24, 8640, 11520, '{"horizon": 24}');

INSERT INTO variant (set_name, task, variant)
	SELECT set_name, task, 'no options' FROM task WHERE set_name = 'etth1';
INSERT INTO variant (set_name, task, variant, options, most_seeds)
	VALUES ('etth1', '24 hours', 'no training', '{"pretrained": "only"}', 1);

INSERT INTO bar
	SELECT 'etth1', horizon || ' hours', variant, 'MSE', bar, aim, seconds
	FROM (VALUES (96, 'tuned', 0.358, 0.350, 360), (192, 'tuned', 0.400, 0.390, 360),
				 (336, 'tuned', 0.425, 0.420, 360), (720, 'tuned', 0.450, 0.445, 360),
				 (96, 'no options', 0.375, NULL, NULL), (192, 'no options', 0.415, NULL, NULL),
				 (336, 'no options', 0.440, NULL, NULL), (720, 'no options', 0.475, NULL, NULL))
		 AS bar (horizon, variant, bar, aim, seconds);
INSERT INTO bar VALUES
	('etth1', '24 hours', 'no options', 'MASE', 0.75, NULL, NULL),
	('etth1', '24 hours', 'no training', 'MASE', 0.77, NULL, NULL);

INSERT INTO published
	SELECT 'etth1', horizon || ' hours', metric, name, value
	FROM (VALUES ('SegRNN', 96, 0.351, 0.392), ('SegRNN', 192, 0.392, 0.414),
				 ('SegRNN', 336, 0.423, 0.433), ('SegRNN', 720, 0.466, 0.472),
				 ('PatchTST', 96, 0.370, 0.400), ('PatchTST', 192, 0.413, 0.429),
				 ('PatchTST', 336, 0.422, 0.440), ('PatchTST', 720, 0.447, 0.468),
				 ('DLinear', 96, 0.375, 0.399), ('DLinear', 192, 0.405, 0.416),
				 ('DLinear', 336, 0.439, 0.443), ('DLinear', 720, 0.472, 0.490)) AS paper (name, horizon, mse, mae),
		 LATERAL (VALUES ('MSE', mse), ('MAE', mae)) AS score (metric, value);

\if :load
CREATE TEMP TABLE hour (
	i serial, ts timestamptz,
	"HUFL" float8, "HULL" float8, "MUFL" float8, "MULL" float8, "LUFL" float8, "LULL" float8, "OT" float8
);
\set command '\\copy hour (ts, "HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT") FROM PROGRAM ''gzip -dc ' :data '/ltsf/ETTh1.csv.gz'' WITH (FORMAT csv, HEADER)'
:command

INSERT INTO reading (panel, series, i, ts, value)
	SELECT 'etth1', channel, i, ts, (value - avg(value) FILTER (WHERE i <= 8640) OVER by_channel)
									/ stddev_pop(value) FILTER (WHERE i <= 8640) OVER by_channel
	FROM hour,
		 LATERAL (VALUES ('HUFL', "HUFL"), ('HULL', "HULL"), ('MUFL', "MUFL"), ('MULL', "MULL"),
						 ('LUFL', "LUFL"), ('LULL', "LULL"), ('OT', "OT")) AS reading (channel, value)
	WHERE i <= 14400
	WINDOW by_channel AS (PARTITION BY channel);
\endif
