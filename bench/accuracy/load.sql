-- Loads the data sets of the accuracy benchmark. Variables: data (folder of the benchmark sets);
-- starts in the root of the project.
\set ON_ERROR_STOP on

CREATE TEMP TABLE stock (ticker text, day date, close float8);
\copy stock FROM 'data/stocks.csv' WITH (FORMAT csv, HEADER)
INSERT INTO reading SELECT 'stocks', ticker, day, close FROM stock;

CREATE TEMP TABLE sea (time timestamptz, celsius float8);
\copy sea FROM 'data/sea_temperature.csv' WITH (FORMAT csv, HEADER)
INSERT INTO reading SELECT 'sea temperature', 'B01', time, celsius FROM sea;

CREATE TEMP TABLE ett (ts timestamp, hufl float8, hull float8, mufl float8, mull float8, lufl float8, lull float8, ot float8);
\set command '\\copy ett FROM PROGRAM ''gzip -dc ' :data '/ltsf/ETTh1.csv.gz'' WITH (FORMAT csv, HEADER)'
:command
INSERT INTO reading SELECT 'ETTh1', 'OT', ts, ot FROM ett;

CREATE TEMP TABLE vic (ts timestamptz, demand float8, temperature float8, day date, holiday boolean);
\set command '\\copy vic FROM PROGRAM ''gzip -dc ' :data '/sensors/vic_elec.csv.gz'' WITH (FORMAT csv, HEADER)'
:command
INSERT INTO reading SELECT 'vic_elec', 'Demand', ts, demand FROM vic;

-- These have no dates: business days from the beginning of July 1991.
CREATE TEMP TABLE eu (i serial, dax float8, smi float8, cac float8, ftse float8);
\set command '\\copy eu (dax, smi, cac, ftse) FROM ' :data '/stocks/EuStockMarkets.csv WITH (FORMAT csv, HEADER)'
:command
INSERT INTO reading
	SELECT 'EuStockMarkets', name, day, value
	FROM eu
		 JOIN (SELECT row_number() OVER (ORDER BY day) AS i, day
			   FROM generate_series('1991-07-01'::date, '1999-12-31', '1 day') AS day
			   WHERE extract(isodow FROM day) < 6) AS calendar USING (i),
		 LATERAL (VALUES ('DAX', dax), ('SMI', smi), ('CAC', cac), ('FTSE', ftse)) AS closes (name, value);

INSERT INTO series
	SELECT data_set, name,
		   CASE data_set WHEN 'ETTh1' THEN 24 WHEN 'vic_elec' THEN 48 WHEN 'sea temperature' THEN 48 ELSE 1 END,
		   CASE WHEN data_set IN ('stocks', 'EuStockMarkets') THEN 1.05 ELSE 1 END
	FROM reading GROUP BY data_set, name;
ANALYZE;
