-- Series of 100 days, one and many, and of 150 weeks: a trend, a season and noise from a hash.
CREATE EXTENSION lstm_forecast;
CREATE FUNCTION noise(i int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT hashint4(i)::float8 / 2147483647 $$;
CREATE TABLE sales AS
	SELECT date '2024-01-01' + i AS day, round((100 + 0.2 * i + 20 * sin(2 * pi() * i / 7) + 5 * noise(i))::numeric, 1)::float8 AS amount
	FROM generate_series(0, 99) AS i;
CREATE TABLE many AS
	SELECT s, date '2024-01-01' + i AS day,
		   round((100 + s % 50 + 0.2 * i + 20 * sin(2 * pi() * (i + s) / 7) + 5 * noise(i * 20000 + s))::numeric, 1)::float8 AS amount
	FROM generate_series(1, :series) AS s, generate_series(0, 99) AS i;
CREATE TABLE weekly AS
	SELECT s, date '2020-01-06' + 7 * i AS week,
		   round((100 + s % 50 + 0.2 * i + 20 * sin(2 * pi() * (i + s) / 52) + 5 * noise(i * 20000 + s))::numeric, 1)::float8 AS amount
	FROM generate_series(1, :models) AS s, generate_series(0, 149) AS i;
VACUUM ANALYZE;
