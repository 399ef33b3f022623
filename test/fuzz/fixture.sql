-- What the targets forecast from: two series of hours with a past and a future covariate, two of categories, and what is
-- the same at all steps of a series.
CREATE EXTENSION lstm_forecast;
CREATE FUNCTION lstm_fuzz(target text, arguments text[]) RETURNS int AS '$libdir/lstm_forecast' LANGUAGE c STRICT;
CREATE TABLE reading AS
SELECT series, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' AS ts,
	   CASE WHEN i < 24 THEN 20 + 5 * sin(i) + length(series) + i % 5 END AS value, 10.0 + i % 6 AS temperature, (i % 4 = 0)::int AS promotion,
	   (ARRAY['clear', 'rain', 'fog'])[1 + i % 3] AS weather, CASE WHEN i % 5 > 0 THEN 'open' ELSE 'shut' END AS door,
	   CASE series WHEN 'a' THEN 'north' ELSE 'south' END AS region, length(series) + ascii(series) AS size
FROM unnest(ARRAY['a', 'b']) AS series, generate_series(0, 30) AS i;
CREATE INDEX ON reading (ts);
VACUUM ANALYZE reading;
