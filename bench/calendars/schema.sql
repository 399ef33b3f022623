-- Half-hourly demand of Victoria as published, its sum by days, and holidays.
CREATE EXTENSION lstm_forecast;
CREATE TABLE half_hour (time timestamptz, demand float8, temperature float8, day date, holiday bool);
CREATE TABLE holiday (day date, name text);
-- GWh; the days after the last without; a flag as people have it without the option
CREATE VIEW demand AS
	SELECT d.day, gwh, (EXISTS (SELECT FROM holiday AS h WHERE h.day = d.day))::int AS flag
	FROM (SELECT day::date FROM generate_series(date '2012-01-01', '2015-01-14', '1 day') AS day) AS d
		LEFT JOIN (SELECT day, sum(demand) / 2000 AS gwh FROM half_hour GROUP BY day) AS s USING (day);
-- what kind of day it is
CREATE VIEW kind AS
	SELECT day, CASE WHEN flag = 1 THEN 'holiday'
					 WHEN EXISTS (SELECT FROM holiday AS h WHERE abs(h.day - d.day) = 1) THEN 'beside' ELSE 'other' END AS kind
	FROM demand AS d WHERE gwh IS NOT NULL;
CREATE TABLE forecast (horizon int, variant text, seed int, origin date, day date, gwh float8);
