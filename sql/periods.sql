-- Fiscal years of 52 and 53 weeks, listed by a table of periods or known by themselves: periods end where they should.
CREATE SCHEMA periods;
SET search_path = periods, public;
SET timezone = 'America/New_York';
SET datestyle = ISO;
SET client_min_messages = warning;
\getenv root PG_ABS_SRCDIR
\set quick :root '/test/regress/quick.sql'
\i :quick

-- A year ends on the last Saturday up to a date of it or of the next: of January's end the nearest one, as in the calendar of retail, or December's last.
CREATE TABLE calendar (name text, weeks int[], later int, month int, day int);
INSERT INTO calendar VALUES ('retail 4-5-4', '{4,5,4}', 1, 2, 3), ('retail 4-4-5', '{4,4,5}', 1, 2, 3), ('retail 5-4-4', '{5,4,4}', 1, 2, 3), ('December 4-4-5', '{4,4,5}', 0, 12, 31);
CREATE FUNCTION year_end(calendar, year int) RETURNS date LANGUAGE sql IMMUTABLE AS
$$ SELECT d - (extract(isodow FROM d)::int + 1) % 7 FROM make_date(year + $1.later, $1.month, $1.day) AS d $$;
-- periods by their last day and their first; week 53 belongs to the last
CREATE TABLE period AS
SELECT name, year, p, row_number() OVER (PARTITION BY name ORDER BY year, p) AS n, first, lead(first, 1, year_end(c, 2031) + 1) OVER (PARTITION BY name ORDER BY year, p) - 1 AS last
FROM calendar AS c, generate_series(2010, 2031) AS year, generate_series(1, 12) AS p,
	 LATERAL (SELECT year_end(c, year - 1) + 1 + 7 * (13 * ((p - 1) / 3) + CASE (p - 1) % 3 WHEN 0 THEN 0 WHEN 1 THEN weeks[1] ELSE weeks[1] + weeks[2] END) AS first) AS f;
-- as the National Retail Federation prints them: 2023 had 53 weeks, and so had 2012 and 2017
SELECT string_agg(to_char(last, 'MM-DD'), ' ' ORDER BY p) AS "ends of 2023" FROM period WHERE name = 'retail 4-5-4' AND year = 2023;
SELECT name, string_agg(year::text, ' ' ORDER BY year) AS of_53_weeks FROM (SELECT name, year FROM period GROUP BY name, year HAVING max(last) - min(first) + 1 = 371) AS long GROUP BY name ORDER BY name;

-- Seven years are known, with one of 53 weeks; five follow, with another. What is sold goes by weeks.
CREATE VIEW sold AS SELECT name, year, n, first, last, (last - first + 1) / 7 * (100 + 20 * sin(2 * pi() * p / 12)) AS amount FROM period;
CREATE FUNCTION forecast_days(name text, dated text, since int, until int, steps bool, horizon int) RETURNS TABLE (step int, day date) LANGUAGE sql AS
$$ SELECT step, local_ts::date FROM lstm_forecast(format('SELECT %I, amount FROM periods.sold WHERE name = %L AND year BETWEEN %s AND %s', dated, name, since, until), dated, 'amount', horizon => horizon,
	options => quick(CASE WHEN steps THEN jsonb_build_object('steps', format('SELECT %I FROM periods.period WHERE name = %L', dated, name)) ELSE '{}' END)) $$;
SELECT name, dated, steps AS listed, count(*) AS forecasts, count(*) FILTER (WHERE f.day = right_day) AS right_days, max(f.day) FILTER (WHERE year = 2023) AS last_of_2023
FROM calendar CROSS JOIN (VALUES ('first'), ('last')) AS d (dated) CROSS JOIN (VALUES (false), (true)) AS l (steps) CROSS JOIN LATERAL forecast_days(name, dated, 2013, 2019, steps, 60) AS f
	JOIN period USING (name), LATERAL (SELECT CASE dated WHEN 'first' THEN first ELSE last END) AS r (right_day) WHERE n = 10 * 12 + step GROUP BY name, dated, steps ORDER BY name, dated, steps;
-- without a year of 53 weeks among the rows only the list knows the one that comes
SELECT steps AS listed, string_agg(day::text, ' ' ORDER BY step) AS days FROM (VALUES (false), (true)) AS l (steps), forecast_days('retail 4-5-4', 'last', 2018, 2022, steps, 14) WHERE step BETWEEN 11 AND 14 GROUP BY steps ORDER BY steps;

-- Values follow the weeks of their period: five weeks sell more than four, and the year of 53 weeks ends on its day.
SELECT step, local_ts::date AS ends, abs(forecast / amount - 1) < 0.05 AS right
FROM lstm_forecast('SELECT last, amount FROM sold WHERE name = ''retail 4-4-5'' AND year BETWEEN 2010 AND 2022', 'last', 'amount', horizon => 14,
	options => lstm_options(steps => 'SELECT last FROM period WHERE name = ''retail 4-4-5''')) AS f
	JOIN sold ON name = 'retail 4-4-5' AND last = local_ts::date WHERE step IN (1, 2, 3, 11, 13, 14) ORDER BY step;

DROP SCHEMA periods CASCADE;
