-- Charts and sparklines: what is drawn, said and refused.

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises
SET timezone = 'UTC';

-- The texts of a picture in their order, and the points of the paths of a class.
CREATE FUNCTION texts(svg text) RETURNS text LANGUAGE sql
	RETURN (SELECT string_agg(m[1], ' | ') FROM regexp_matches(svg, '<text[^>]*>([^<]*)</text>', 'g') AS m);
CREATE FUNCTION path(svg text, class text) RETURNS text LANGUAGE sql
	RETURN (SELECT string_agg(m[1], ' + ') FROM regexp_matches(svg, '<path[^>]* class="' || class || '[ "][^>]* d="([^"]*)"', 'g') AS m);

-- Observations of five days, forecasts of three. The whole document: what is in it, and where.
CREATE TABLE forecast (ts timestamptz, actual float8, forecast float8, lower float8, upper float8);
INSERT INTO forecast VALUES ('2024-02-27', 10, NULL, NULL, NULL), ('2024-02-28', 14, NULL, NULL, NULL), ('2024-02-29', 12, NULL, NULL, NULL),
	('2024-03-01', 16, NULL, NULL, NULL), ('2024-03-02', 15, NULL, NULL, NULL),
	('2024-03-03', NULL, 17, 16, 18), ('2024-03-04', NULL, 18, 16, 20), ('2024-03-05', NULL, 17, 14, 20);
SELECT lstm_chart(ts, actual, forecast, lower, upper, '{"title": "Fish & chips", "width": 320, "theme": "light", "level": 80}') FROM forecast;

-- Rows in any order give the same; no row gives NULL, rows of NULLs a picture that says so.
SELECT count(DISTINCT svg) AS pictures FROM (
	SELECT lstm_chart(ts, actual, forecast, lower, upper ORDER BY ts) FROM forecast UNION ALL
	SELECT lstm_chart(ts, actual, forecast, lower, upper ORDER BY ts DESC) FROM forecast UNION ALL
	SELECT lstm_chart(ts, actual, forecast, lower, upper ORDER BY md5(ts::text)) FROM forecast) AS drawn (svg);
SELECT lstm_chart(ts, actual, forecast, lower, upper) IS NULL AS nothing FROM forecast WHERE false;
SELECT texts(lstm_chart(ts, NULL, NULL, NULL, NULL)) FROM forecast;

-- What stands after the numbers: a series, options, or both; literals and NULLs need no cast.
SELECT texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS no_series, texts(lstm_chart(ts, actual, NULL, NULL, NULL, NULL)) AS null_literal,
	   texts(lstm_chart(ts, actual, NULL, NULL, NULL, NULL, NULL)) AS nulls FROM forecast;
SELECT texts(lstm_chart(ts, actual, NULL, NULL, NULL, ' {"title": "T"}')) = 'T | ' || texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS literal,
	   texts(lstm_chart(ts, actual, NULL, NULL, NULL, '{"title": "T"}'::jsonb)) = 'T | ' || texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS jsonb,
	   texts(lstm_chart(ts, actual, NULL, NULL, NULL, '{"title": "T"}'::json)) = 'T | ' || texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS json,
	   texts(lstm_chart(ts, actual, NULL, NULL, NULL, NULL, '{"title": "T"}')) = 'T | ' || texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS both,
	   texts(lstm_chart(ts, actual, NULL, NULL, NULL, 'shop')) = 'shop | ' || texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS name,
	   texts(lstm_chart(ts, actual, NULL, NULL, NULL, 7)) = '7 | ' || texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS number,
	   texts(lstm_chart(ts, actual, NULL, NULL, NULL, '{"title": "T"}'::text)) = '{&#34;title&#34;: &#34;T&#34;} | ' || texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS text,
	   texts(lstm_chart(ts, actual, NULL, NULL, NULL, '{"a": 1}'::jsonb, '{}')) = '{&#34;a&#34;: 1} | ' || texts(lstm_chart(ts, actual, NULL, NULL, NULL)) AS jsonb_name
FROM forecast;
SELECT texts(lstm_fan_chart(ts, actual, forecast, NULL)) AS fan, texts(lstm_fan_chart(ts, actual, forecast, NULL, NULL)) = texts(lstm_fan_chart(ts, actual, forecast, NULL)) AS null_literal,
	   texts(lstm_fan_chart(ts, actual, forecast, NULL, '{"title": "T"}')) = 'T | ' || texts(lstm_fan_chart(ts, actual, forecast, NULL)) AS literal,
	   texts(lstm_fan_chart(ts, actual, forecast, NULL, 'shop', NULL)) = 'shop | ' || texts(lstm_fan_chart(ts, actual, forecast, NULL)) AS name FROM forecast;

-- Small multiples: a panel a series, in the order of their names; the unnamed one first; a key instead of labels.
CREATE TABLE panel AS SELECT 'shop ' || s AS series, ts, actual * s AS actual, forecast * s AS forecast, lower * s AS lower, upper * s AS upper FROM forecast, generate_series(1, 3) AS s;
SELECT texts(lstm_chart(ts, actual, forecast, lower, upper, series, '{"level": 0.8}')) FROM panel;
SELECT regexp_count(lstm_chart(ts, actual, forecast, lower, upper, series), '<g>') AS panels,
	   regexp_count(lstm_chart(ts, actual, forecast, lower, upper, series), '<path[^>]*class="band') AS bands,
	   regexp_count(lstm_chart(ts, actual, forecast, lower, upper, nullif(series, 'shop 2')), '<title>27 Feb 2024 to') AS unnamed FROM panel;
SELECT texts(lstm_chart(ts, actual, forecast, lower, upper, ts::date || series, '{"panels": 1}')) ~ '\| \+23 more series$' AS more FROM panel;

-- Nested bands: quantiles in any order, paired from outside inwards; the middle one is the line where there is no forecast.
CREATE TABLE fan AS SELECT ts, actual, CASE WHEN forecast IS NOT NULL THEN ARRAY[forecast - 2, forecast - 1, forecast, forecast + 1, forecast + 2] END AS quantiles, forecast FROM forecast;
SELECT texts(lstm_fan_chart(ts, actual, NULL, quantiles, '{"level": [95, 50]}')) AS fan,
	   md5(lstm_fan_chart(ts, actual, NULL, quantiles)) = md5(lstm_fan_chart(ts, actual, forecast, quantiles)) AS median,
	   md5(lstm_fan_chart(ts, actual, NULL, quantiles)) = md5(lstm_fan_chart(ts, actual, NULL, ARRAY[quantiles[4], quantiles[1], quantiles[3], quantiles[5], quantiles[2]])) AS any_order,
	   regexp_count(lstm_fan_chart(ts, actual, NULL, quantiles), 'class="band') AS bands,
	   regexp_count(lstm_fan_chart(ts, actual, NULL, quantiles[2:4]), 'class="band') AS one,
	   regexp_count(lstm_fan_chart(ts, actual, NULL, quantiles[3:3]), 'class="band') AS line_alone,
	   path(lstm_fan_chart(ts, actual, NULL, quantiles[2:4]), 'band') = path(lstm_chart(ts, actual, forecast, forecast + 1, forecast - 1), 'band') AS interval
FROM fan;

-- Values that came beside the forecasts: how many lie inside, ends included, and circles around the others.
CREATE TABLE came AS SELECT * FROM (VALUES (1, 10, 10, 8, 12), (2, 12, 10, 8, 12), (3, 13, 10, 8, 12), (4, NULL, 10, 8, 12), (5, 9, 10, 8, 12), (6, 7, 10, NULL, NULL)) AS row (day, actual, forecast, lower, upper);
SELECT texts(lstm_chart('2024-01-01'::timestamptz + day * interval '1 day', actual, forecast, lower, upper, '{"level": 80}')) AS level,
	   texts(lstm_chart('2024-01-01'::timestamptz + day * interval '1 day', actual, forecast, lower, upper)) ~ '^3 of 4 inside the interval ' AS no_level,
	   texts(lstm_fan_chart('2024-01-01'::timestamptz + day * interval '1 day', actual, forecast, ARRAY[lower, 9.5, 10.5, upper], '{"level": [0.8, 25]}')) ~ '^3 of 4 inside 80&#160;%, 1 inside 25&#160;% ' AS two,
	   regexp_count(path(lstm_chart('2024-01-01'::timestamptz + day * interval '1 day', actual, forecast, lower, upper), 'beyond'), 'M') AS beyond
FROM came;

-- The naive forecast: the last value, or the last season again and again; none where the history is shorter than a season.
SELECT path(lstm_chart(ts, actual, forecast, NULL, NULL), 'naive') AS last_value, path(lstm_chart(ts, actual, forecast, NULL, NULL, '{"season": 2}'), 'naive') AS season,
	   path(lstm_chart(ts, actual, forecast, NULL, NULL, '{"season": 6}'), 'naive') AS too_long, path(lstm_chart(ts, actual, forecast, NULL, NULL, '{"naive": false}'), 'naive') AS off
FROM forecast;
-- Where forecasts begin may be said; a line is drawn there.
SELECT regexp_count(lstm_chart(ts, actual, forecast, lower, upper), 'stroke-dasharray="2 2"') AS found,
	   regexp_count(lstm_chart(ts, actual, NULL, NULL, NULL), 'stroke-dasharray="2 2"') AS none,
	   lstm_chart(ts, actual, NULL, NULL, NULL, '{"now": "2024-03-01 00:00+00"}') ~ 'observed until 1 Mar 2024' AS said,
	   path(lstm_chart(ts, actual, NULL, NULL, NULL, '{"now": "2024-03-01 00:00+00"}'), 'naive') ~ '^M[0-9.]+ ([0-9.]+)(L[0-9.]+ \1){3}$' AS naive FROM forecast;

-- Gaps: a row without a value, and a time much longer than the others, end a line; a value alone is a dot.
SELECT regexp_count(path(lstm_chart('2024-01-01'::timestamptz + i * interval '1 hour', CASE WHEN i NOT IN (4, 6) THEN i END, NULL, NULL, NULL), 'actual'), 'M') AS null_rows,
	   regexp_count(path(lstm_chart('2024-01-01'::timestamptz + i * interval '1 hour', CASE WHEN i NOT IN (4, 6) THEN i END, NULL, NULL, NULL), 'actual'), 'h0') AS dots,
	   regexp_count(path(lstm_chart('2024-01-01'::timestamptz + (i + i / 5 * 3) * interval '1 hour', i, NULL, NULL, NULL), 'actual'), 'M') AS joined,
	   regexp_count(path(lstm_chart('2024-01-01'::timestamptz + (i + i / 5 * 6) * interval '1 hour', i, NULL, NULL, NULL), 'actual'), 'M') AS apart
FROM generate_series(0, 9) AS i;

-- Rows of the same time: the last one that has a value.
SELECT path(lstm_chart(ts, v, NULL, NULL, NULL ORDER BY n), 'actual') = (SELECT path(lstm_chart(ts, v, NULL, NULL, NULL), 'actual') FROM (VALUES ('2024-01-01'::timestamptz, 3), ('2024-01-02', 2)) AS r (ts, v)) AS last,
	   texts(lstm_chart(ts, v, NULL, NULL, NULL ORDER BY n)) ~ '\| 2 rows at times of other rows: the last one is shown$' AS said
FROM (VALUES (1, '2024-01-01'::timestamptz, 1), (2, '2024-01-02', 2), (3, '2024-01-01', 3), (4, '2024-01-01', NULL)) AS r (n, ts, v);

-- Many points would be no picture: no line has more than 2,000, and its extremes stay, on the lowest and the highest line of the grid.
SELECT count(*) <= 2000 AS few, count(*) > 1000 AS enough, min(y) = max(top) AS highest, max(y) = max(bottom) AS lowest
FROM (SELECT lstm_chart('2024-01-01'::timestamptz + i * interval '1 minute', CASE i WHEN 77777 THEN 100 WHEN 55555 THEN -100 ELSE sin(i) END, NULL, NULL, NULL) FROM generate_series(1, 100000) AS i) AS drawn (svg),
	LATERAL (SELECT split_part(point, ' ', 2)::numeric FROM regexp_split_to_table(substr(path(svg, 'actual'), 2), 'L') AS point) AS line (y),
	LATERAL (SELECT min(m[1]::numeric), max(m[1]::numeric) FROM regexp_matches(svg, '<line x1="([0-9.]+)" y1="([0-9.]+)" x2="[0-9.]+" y2="\2"', 'g') AS n, LATERAL (SELECT ARRAY[n[2]]) AS one (m)) AS grid (top, bottom);
SELECT max(regexp_count(path[1], '[ML]')) <= 2000 AS few, count(*) AS paths FROM (
	SELECT lstm_fan_chart('2024-01-01'::timestamptz + i * interval '1 minute', NULL, sin(i), ARRAY[-2 - i % 3, -1, 1, 2 + i % 7]) FROM generate_series(1, 50000) AS i) AS drawn (svg),
	regexp_matches(svg, '<path[^>]* d="([^"]*)"', 'g') AS path;

-- Round times, by the calendar of a zone, and what they are of below them.
CREATE FUNCTION ticks(first timestamptz, step interval, steps int, zone text DEFAULT 'UTC', width int DEFAULT 500) RETURNS text LANGUAGE sql
	RETURN (SELECT regexp_replace(texts(lstm_chart(first + i * step, i % 2, NULL, NULL, NULL, NULL, jsonb_build_object('time_zone', zone, 'width', width))), '^.*\| 1\.0 \| |\| 1\.00$|\| 0\.00$', '', 'g') FROM generate_series(0, steps) AS i);
SELECT ticks('2024-03-05 12:00:00.1', '1 millisecond', 30) AS milliseconds, ticks('2024-03-05 23:59:40', '1 second', 40) AS seconds;
SELECT ticks('2024-03-05 22:10', '1 minute', 200) AS minutes, ticks('2024-03-05 22:10', '15 minutes', 200) AS hours;
SELECT ticks('2024-02-27', '1 hour', 24 * 6) AS days, ticks('2023-12-20', '1 day', 40) AS weeks;
SELECT ticks('2023-11-20', '1 day', 300) AS months, ticks('2020-01-01', '1 month', 36) AS quarters;
SELECT ticks('1997-05-01', '1 month', 200) AS years, ticks('1500-01-01', '1 year', 700) AS centuries, ticks('0300-01-01 BC', '1 year', 500) AS before_christ;
-- Days begin when they do where the zone is; an hour that is left out in spring has no tick.
SELECT ticks('2024-03-04 15:00+00', '1 hour', 48, 'Asia/Tokyo') AS tokyo, ticks('2024-03-04 00:00+00', '1 hour', 48, 'Asia/Kolkata') AS kolkata;
SELECT ticks('2024-03-30 23:00+00', '5 minutes', 48, 'Europe/Berlin', 800) AS spring, ticks('2024-10-26 22:00+00', '5 minutes', 60, 'Europe/Berlin', 800) AS autumn;
SET timezone = 'America/New_York';
SELECT texts(lstm_chart('2024-03-05 05:00+00'::timestamptz + i * interval '1 hour', i, NULL, NULL, NULL)) ~ ' 00:00 \| 5 Mar 2024 ' AS session_zone FROM generate_series(0, 24) AS i;
SET timezone = 'UTC';

-- Round values.
CREATE FUNCTION axis(low float8, high float8) RETURNS text LANGUAGE sql
	RETURN (SELECT substring(texts(lstm_chart('2024-01-01'::timestamptz + i * interval '1 year', CASE i WHEN 0 THEN low ELSE high END, NULL, NULL, NULL)) FROM '^(.*?) \| 2024') || ' ... ' ||
				   substring(texts(lstm_chart('2024-01-01'::timestamptz + i * interval '1 year', CASE i WHEN 0 THEN low ELSE high END, NULL, NULL, NULL)) FROM '[^|]*$') FROM generate_series(0, 1) AS i);
SELECT low::float8, high::float8, axis(low, high) FROM (VALUES (0, 1), (0.1, 0.7), (-3, 4), (98, 103), (1200, 9000), (99990, 100010), (1e6, 5e6), (-2e9, 3e9), (1e12, 9e12), (1e6, 1000001), (2e20, 3e20), (-1e150, 1e150), (0, 3e-7), (0.0002, 0.0009),
	(5, 5), (0, 0), (-7, -7), (1, 100)) AS range (low, high);

-- Names are text in the picture, whatever is in them; it is ASCII, without ids, and each theme has its colours.
SELECT texts(lstm_chart(ts, actual, NULL, NULL, NULL, E'<a href="x">&\'\t\n\x01\x7f' || U&'\00e9\540d\+01f600', '{"title": "<script>", "width": 600}')) AS escaped,
	   lstm_chart(ts, actual, NULL, NULL, NULL, E'<a href="x">&\'\t\n\x01\x7f' || U&'\00e9\540d\+01f600') !~ '[^\n -~]' AS ascii,
	   lstm_chart(ts, actual, NULL, NULL, NULL, repeat('<', 100000)) ~ '>(&#60;)+&#8230;</text>' AND length(lstm_chart(ts, actual, NULL, NULL, NULL, repeat('<', 100000))) < 40000 AS long,
	   lstm_chart(ts, actual, NULL, NULL, NULL) !~ ' id=' AS no_id FROM forecast;
SELECT theme, svg ~ 'prefers-color-scheme:dark' AS style, svg ~ '<rect[^>]*fill="#ffffff"' AS light, svg ~ '<rect[^>]*fill="#15181c"' AS dark
FROM (SELECT 'auto', lstm_chart(ts, actual, forecast, lower, upper) FROM forecast UNION ALL SELECT 'light', lstm_chart(ts, actual, forecast, lower, upper, '{"theme": "Light"}') FROM forecast
	  UNION ALL SELECT 'dark', lstm_chart(ts, actual, forecast, lower, upper, '{"theme": "dark"}') FROM forecast) AS drawn (theme, svg);
SELECT regexp_substr(lstm_chart(ts, actual, forecast, lower, upper, '{"width": 1000, "height": 300}'), 'viewBox="[^"]*"') AS size,
	   regexp_substr(lstm_chart(ts, actual, forecast, lower, upper, ts::text, '{"width": 500, "height": 100, "columns": 2}'), 'viewBox="[^"]*"') AS two_columns FROM forecast;

-- As a window, over a group, over itself.
SELECT ts::date AS day, regexp_count(path(lstm_chart(ts, actual, forecast, lower, upper) OVER (ORDER BY ts), 'actual'), 'L') AS lines FROM forecast ORDER BY ts;

-- Refused: what cannot be drawn, and options that there are not.
SELECT r.* FROM unnest(ARRAY[
	$$SELECT lstm_chart(NULL, 1, 1, 1, 1)$$, $$SELECT lstm_chart(NULL, 1, 1, 1, 1, 'a "b"')$$, $$SELECT lstm_chart('infinity', 1, 1, 1, 1, 'a')$$,
	$$SELECT lstm_chart('2024-01-01 00:00+00', 'NaN', 1, 1, 1)$$, $$SELECT lstm_chart('2024-01-01 00:00+00', 1, 'infinity', 1, 1, 'a')$$, $$SELECT lstm_chart('2024-01-01 00:00+00', 1, 1, '-infinity', 1, 'a')$$,
	$$SELECT lstm_chart('2024-01-01 00:00+00', 1, 1, 1, 1e200, 'a')$$, $$SELECT lstm_fan_chart('2024-01-01 00:00+00', 1, 1, '{1,NaN}')$$, $$SELECT lstm_fan_chart('2024-01-01', 1, 1, '{{1,2},{3,4}}')$$,
	$$SELECT lstm_fan_chart('2024-01-01', 1, 1, array_fill(1.0, ARRAY[22]))$$,
	$$SELECT lstm_fan_chart(ts, 1, 1, q) FROM (VALUES ('2024-01-01 00:00+00'::timestamptz, '{1,2}'::float8[]), ('2024-01-02 00:00+00', '{1,2,3}')) AS row (ts, q)$$]) AS statement, raises(statement) AS r;
SELECT r.* FROM unnest(ARRAY['[]', '1', '{"titel": 1}', '{"colour": 1}', '{"nothing_like_it": 1}', '{"title": 1}', '{"width": 199}', '{"width": "800"}', '{"height": 1e9}', '{"columns": 0}', '{"panels": 1.5}', '{"theme": "blue"}',
	'{"time_zone": "Mars"}', '{"season": 0}', '{"naive": 1}', '{"level": 0}', '{"level": 100}', '{"level": 1}', '{"level": []}', '{"level": [50, 80]}', '{"level": {}}', '{"now": 1}', '{"now": "infinity"}', '{"now": "soon"}']) AS options,
	raises(format('SELECT lstm_chart(now(), 1, 1, 1, 1, NULL, %L)', options)) AS r;
SELECT r.* FROM unnest(ARRAY[
	$$SELECT lstm_chart(now(), 1, 1, 1, 1, '{"a": ')$$,
	$$SELECT lstm_chart(ts, actual, forecast, lower, upper, NULL, jsonb_build_object('title', ts::text)) FROM forecast$$,
	$$SELECT lstm_chart(ts, actual, forecast, lower, upper, NULL, CASE WHEN actual > 12 THEN '{}'::jsonb END) FROM forecast$$]) AS statement, raises(statement) AS r;
-- Options of NULL are as none.
SELECT lstm_chart(ts, actual, forecast, lower, upper, '{"title": null, "width": null, "level": null, "now": null, "theme": null}') = lstm_chart(ts, actual, forecast, lower, upper) AS same FROM forecast;

-- Rows take memory, which is limited.
SET lstm_forecast.max_memory = '1MB';
SELECT r.code, r.message, regexp_replace(r.detail, '^\d+ kB', 'So many kB') AS detail, r.hint FROM unnest(ARRAY[$$SELECT lstm_chart(now() + i * interval '1 s', i, NULL, NULL, NULL) FROM generate_series(1, 100000) AS i$$,
	$$SELECT lstm_fan_chart(now() + i * interval '1 s', i, NULL, ARRAY[i, i, i]) FROM generate_series(1, 20000) AS i$$,
	$$SELECT lstm_chart(now(), i, NULL, NULL, NULL, i) FROM generate_series(1, 20000) AS i$$,
	$$SELECT lstm_sparkline(i) FROM generate_series(1, 1000000) AS i$$]) AS statement, raises(statement) AS r;
RESET lstm_forecast.max_memory;

-- Sparklines: eight blocks from the lowest to the highest value, in the order of the rows; a space for NULL.
SELECT lstm_sparkline(i ORDER BY i) AS up, lstm_sparkline(i ORDER BY i DESC) AS down, lstm_sparkline(-i ORDER BY i) AS negative, lstm_sparkline(abs(i - 4) ORDER BY i) AS valley FROM generate_series(1, 8) AS i;
SELECT lstm_sparkline(v) AS line FROM (VALUES (1::float8), (NULL), (5), (3), (NULL)) AS row (v);
SELECT lstm_sparkline(7) AS one, lstm_sparkline(NULL) || '.' AS null, (SELECT lstm_sparkline(1) WHERE false) IS NULL AS none, (SELECT lstm_sparkline(7) FROM generate_series(1, 4)) AS constant,
	   lstm_sparkline(1e150) AS huge, (SELECT lstm_sparkline(v) FROM (VALUES (-1e150), (0), (1e150)) AS row (v)) AS wide, (SELECT lstm_sparkline(v) FROM (VALUES (5e-324), (0)) AS row (v)) AS tiny;
-- A width: each character the mean of as many rows, one a row where there are fewer.
SELECT lstm_sparkline(i, 4 ORDER BY i) AS four, lstm_sparkline(i, 1 ORDER BY i) AS one, lstm_sparkline(i, 8 ORDER BY i) AS eight, lstm_sparkline(i, 100 ORDER BY i) AS all,
	   lstm_sparkline(i, 3 ORDER BY i) AS three, length(lstm_sparkline(i, NULL)) AS null, lstm_sparkline(CASE WHEN i > 2 THEN i END, 4 ORDER BY i) AS gap FROM generate_series(1, 8) AS i;
SELECT length(lstm_sparkline(sin(i), 60 ORDER BY i)) AS characters FROM generate_series(1, 100000) AS i;
SELECT i, lstm_sparkline(i) OVER (ORDER BY i) AS so_far FROM generate_series(1, 4) AS i;
SELECT r.* FROM unnest(ARRAY['SELECT lstm_sparkline(''NaN'')', 'SELECT lstm_sparkline(''infinity'')', 'SELECT lstm_sparkline(1e200)', 'SELECT lstm_sparkline(1, 0)', 'SELECT lstm_sparkline(1, 10001)',
	'SELECT lstm_sparkline(i, i) FROM generate_series(1, 2) AS i']) AS statement, raises(statement) AS r;

DROP TABLE forecast, panel, fan, came;
DROP FUNCTION raises, texts, path(text, text), ticks, axis;
