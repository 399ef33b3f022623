-- NOTICEs: what a training and a forecast tell about their rows, and when they tell nothing.
SET timezone = 'UTC';
SET datestyle = ISO;
SET intervalstyle = postgres;

CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(ensemble_size => 1, hidden_size => 2, max_epochs => 1, horizon => 3, lookback => 4, validation_fraction => 0) || more $$;
-- noise from 0 to 1, the same everywhere
CREATE FUNCTION noise(i bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT (i * 7919 + i * i * 104729) % 10007 / 10007.0 $$;
CREATE TABLE readings (name text, ts timestamptz, value float8);
CREATE FUNCTION trained(series text, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS
$$ SELECT lstm_model_info(lstm_train(ts, value, quick(more)))->>'frequency' FROM readings WHERE name = series $$;

-- Days of another zone whose clocks change: a zone is named in which they are regular.
INSERT INTO readings
SELECT name, local AT TIME ZONE zone, i
FROM (VALUES ('days in Berlin', 'Europe/Berlin', interval '1 day', interval '0', 200), ('months in Berlin', 'Europe/Berlin', '1 month', '0', 24),
             ('closing in New York', 'America/New_York', '1 day', '16 hours', 300)) AS series (name, zone, step, shift, rows),
     generate_series(0, rows) AS i, LATERAL (SELECT timestamp '2024-01-01' + i * step + shift) AS times (local)
WHERE shift = '0' OR extract(isodow FROM local) < 6;
SELECT trained('days in Berlin');
SELECT trained('months in Berlin');
SELECT trained('closing in New York');
SELECT trained('days in Berlin', '{"time_zone": "Europe/Paris"}'), trained('months in Berlin', '{"time_zone": "Europe/Berlin"}'), trained('closing in New York', '{"time_zone": "America/New_York"}');
-- Days of UTC, seen from elsewhere: the model takes them as what they are.
INSERT INTO readings SELECT 'days in UTC', timestamptz '2024-01-01 00:00+00' + i * interval '24 hours', i FROM generate_series(0, 200) AS i;
SELECT trained('days in UTC');
SET timezone = 'Europe/Berlin';
SELECT trained('days in UTC');
SELECT trained('days in UTC', '{"time_zone": "UTC"}'), trained('days in Berlin');
SET timezone = 'UTC';
SELECT lstm_model_info(lstm_train(name, ts, value, quick('{"time_zone": "Asia/Tokyo"}')))->>'frequency' AS frequency
FROM (SELECT name || copy AS name, ts, value FROM readings, generate_series(1, 3) AS copy WHERE name = 'days in UTC') AS copies;

-- One row a month or quarter on changing days is a step; a week, a day or a year at changing times none.
INSERT INTO readings
SELECT name, timestamp '2022-01-03' - (step >= '1 month')::int * interval '2 days' + i * step + noise(i) * spread, i
FROM (VALUES ('changing days of the month', interval '1 month', interval '9 days', 24), ('changing days of the quarter', '3 months', '3 days', 12),
             ('changing days of the week', '7 days', '3 days', 30), ('changing hours', '1 day', '15 hours', 40), ('changing days of the year', '1 year', '40 days', 10),
             ('seven rows', '1 month', '9 days', 7)) AS series (name, step, spread, rows),
     generate_series(1, rows) AS i;
INSERT INTO readings
SELECT 'first business day', min(day), month
FROM generate_series(0, 7) AS month, generate_series(timestamp '2022-01-01' + month * interval '1 month', timestamp '2022-01-05' + month * interval '1 month', '1 day') AS day
WHERE extract(isodow FROM day) < 6 GROUP BY month;
SELECT trained('changing days of the month');
SELECT trained('changing days of the quarter');
SELECT trained('changing days of the week');
SELECT trained('changing days of the year');
SELECT trained('changing hours');
SELECT trained('first business day');
SELECT trained('seven rows');
-- what the hint says helps
SELECT name, lstm_model_info(lstm_train(date_trunc(unit, ts), value, quick()))->>'frequency' AS frequency
FROM readings JOIN (VALUES ('changing days of the month', 'month'), ('changing days of the quarter', 'quarter'), ('changing days of the week', 'week'),
                           ('changing hours', 'day'), ('first business day', 'month')) AS hints (name, unit) USING (name)
GROUP BY name ORDER BY name COLLATE "C";

-- A sensor whose clock is not exact, early and late, or late only; or one which waits five minutes after each reading, and is irregular.
INSERT INTO readings
SELECT name, timestamptz '2024-01-01' + i * step + (noise(i) - early) * jitter, i
FROM (VALUES ('early and late', interval '5 minutes', 0.5, interval '40 seconds'), ('late', '5 minutes', 0, '40 seconds'), ('late and later', '303 seconds', 0, '10 seconds'),
             ('milliseconds', '100 milliseconds', 0, '10 milliseconds')) AS series (name, step, early, jitter),
     generate_series(1, 250) AS i
WHERE i % 40 <> 7;
SELECT trained('early and late');
SELECT trained('late');
SELECT trained('late and later');
SELECT trained('milliseconds');
SELECT name, lstm_model_info(lstm_train(CASE name WHEN 'late' THEN date_bin('5 minutes', ts, '2000-01-01')
                                                  ELSE date_bin('5 minutes', ts + interval '150 seconds', '2000-01-01') END, value, quick()))->>'frequency' AS frequency
FROM readings WHERE name IN ('late', 'early and late') GROUP BY name ORDER BY name;
-- Events at random are none of these, whatever their mean distance.
INSERT INTO readings
SELECT name, timestamptz '2024-01-01' + sum(CASE name WHEN 'bursts' THEN noise(i) / (1.1 - noise(i)) ELSE 0.5 + noise(i) END) OVER (PARTITION BY name ORDER BY i) * interval '5 minutes', i
FROM generate_series(1, 150) AS i, unnest(ARRAY['bursts', 'uniform']) AS name;
SELECT trained('bursts');
SELECT trained('uniform');
SELECT lstm_train(timestamptz '2024-01-01' + at * interval '1 day', at, quick()) IS NOT NULL AS trained
FROM (SELECT sum(0.5 + noise(i)) OVER (ORDER BY i) FROM generate_series(1, 100) AS i) AS events (at);
SELECT trained('uniform', '{"frequency": "irregular"}');
-- Of a panel the first series that is long enough tells.
SELECT lstm_model_info(lstm_train(name, ts, value, quick()))->>'frequency' AS frequency FROM readings WHERE name LIKE 'changing days of the month%' OR name = 'seven rows';
-- What is regular says nothing: business days, month ends, hours through a change of clocks, holes.
SET timezone = 'Europe/Berlin';
SELECT lstm_model_info(lstm_train(day, 1, quick()))->>'frequency' AS frequency FROM generate_series(timestamp '2024-02-05', '2024-05-31', '1 day') AS day WHERE extract(isodow FROM day) < 6 AND extract(day FROM day) <> 9;
SELECT lstm_model_info(lstm_train(timestamp '2022-02-01' + i * interval '1 month' - interval '1 day', i, quick()))->>'frequency' AS frequency FROM generate_series(1, 24) AS i;
SELECT lstm_model_info(lstm_train(timestamptz '2024-03-25' + i * interval '1 hour', i, quick()))->>'frequency' AS frequency FROM generate_series(1, 240) AS i;
SET timezone = 'UTC';

-- More than half of the steps filled: how many, and a coarser unit in which there would be a row each.
CREATE TABLE office AS
SELECT ts, 1 AS value FROM generate_series(timestamptz '2024-01-01', '2024-03-01', '1 hour') AS ts
WHERE extract(isodow FROM ts) < 6 AND extract(hour FROM ts) BETWEEN 9 AND 16;
SELECT lstm_model_info(lstm_train(ts, value, quick('{"frequency": "1 hour"}')))->>'missing' AS filled FROM office;
SELECT lstm_model_info(lstm_train(ts, value, quick('{"missing": "zero", "frequency": "1 hour"}')))->>'missing' AS filled FROM office;
SELECT lstm_model_info(lstm_train(day, value, quick()))->>'missing' AS filled FROM (SELECT date_trunc('day', ts), sum(value) FROM office GROUP BY 1) AS days (day, value);
SELECT lstm_model_info(lstm_train(CASE WHEN i % 3 = 0 THEN i END, quick() ORDER BY i))->>'missing' AS filled FROM generate_series(0, 99) AS i;
SELECT lstm_model_info(lstm_train(CASE WHEN i % 2 = 0 THEN i END, quick() ORDER BY i))->>'missing' AS half FROM generate_series(0, 99) AS i;
SELECT lstm_model_info(lstm_train('shop ' || shop, timestamptz '2024-01-01' + i * interval '1 day', i, quick()))->>'missing' AS filled
FROM generate_series(1, 3) AS shop, generate_series(0, 99) AS i WHERE shop = 1 OR i % 5 < 2;
SELECT lstm_model_info(lstm_train('shop ' || shop, timestamptz '2024-01-01' + i * interval '1 day', i, quick()))->>'missing' AS filled
FROM generate_series(1, 3) AS shop, generate_series(0, 99) AS i WHERE shop < 3 OR i % 5 < 2;

-- A shop that closed, in training, and in forecasts from the model and from fresh rows.
CREATE TABLE sales AS
SELECT shop, date '2024-01-01' + i AS day, 10 + i % 7 AS amount, i % 9 = 0 AS promotion
FROM (VALUES ('closed', 60), ('late', 97), ('latest', 100), ('open', 99)) AS shops (shop, last), generate_series(0, last) AS i;
CREATE TABLE models AS SELECT lstm_train(shop, day, amount, quick('{"lookback": 12}')) AS panel FROM sales;
SELECT series, last_time::date AS last, ended FROM models, lstm_model_series(panel);
SELECT series, ended FROM lstm_model_series((SELECT lstm_train('SELECT * FROM sales ORDER BY day', NULL, 'amount', 'shop', options => quick())));
SELECT series, min(local_ts::date) AS first FROM models, lstm_forecast(panel) GROUP BY series ORDER BY series;
SELECT count(*) FROM models, lstm_forecast(panel, 40);
SELECT count(*) FROM models, lstm_forecast(panel, series => ARRAY['open', 'late', 'latest']);
SELECT count(*) FROM models, lstm_forecast(panel, 'sales', 'day', 'amount', 'shop');
SELECT count(*) FROM models, lstm_forecast(panel, 'SELECT * FROM sales WHERE shop IN (SELECT shop FROM sales GROUP BY shop HAVING max(day) >= ''2024-04-01'')', 'day', 'amount', 'shop');
SELECT cardinality(lstm_forecast(panel, shop, day, amount)) FROM models, sales GROUP BY models;
-- each group is a forecast of its own: nothing ends before the others
SELECT shop, cardinality(lstm_forecast(panel, shop, day, amount)) FROM models, sales GROUP BY shop, models ORDER BY shop;
SELECT count(*) FROM lstm_forecast('SELECT * FROM sales', 'day', 'amount', 'shop', options => quick());
SELECT count(*) FROM lstm_forecast('SELECT * FROM sales', 'day', 'amount', 'shop', options => quick(), on_missing => 'skip');
-- from a common origin they are left out, which is said once
SELECT count(*) FROM models, lstm_forecast(panel, origin => 'common');
SELECT count(*) FROM models, lstm_forecast(panel, 'sales', 'day', 'amount', 'shop', origin => 'common');
SELECT count(*) FROM lstm_forecast('SELECT * FROM sales', 'day', 'amount', 'shop', options => quick(), origin => 'common');
SELECT lstm_train(shop, CASE WHEN i % 7 = 0 THEN 3 * i ELSE 3 * i - 1 END * interval '1 hour' + timestamptz '2024-01-01', i, quick('{"frequency": "irregular"}')) IS NOT NULL AS trained
FROM (VALUES ('a', 60), ('b', 100)) AS shops (shop, last), generate_series(1, last) AS i;
-- rows without timestamps have no common end
SELECT lstm_train('SELECT * FROM sales ORDER BY day', NULL, 'amount', 'shop', options => quick()) IS NOT NULL AS trained;

-- Fresh rows, fewer than the networks read, which do not join the model's: said once a statement. What joins these, and what the
-- model itself knows no more of, is enough.
SELECT cardinality(lstm_forecast(panel, shop, day, amount)) FROM models, sales WHERE shop = 'open' AND day > '2024-04-01' GROUP BY models;
SELECT shop, cardinality(lstm_forecast(panel, shop, day, amount)) FROM models, sales WHERE day > CASE WHEN shop = 'open' THEN date '2024-04-01' ELSE '2024-01-01' END GROUP BY shop, models ORDER BY shop;
SELECT shop, cardinality(lstm_forecast(panel, shop, day, amount)) FROM models, sales WHERE day BETWEEN '2024-02-01' AND '2024-02-05' GROUP BY shop, models ORDER BY shop;
SELECT count(*) FROM models, lstm_forecast(panel, 'SELECT * FROM sales WHERE day BETWEEN ''2024-02-01'' AND ''2024-02-05''', 'day', 'amount', 'shop');
SELECT cardinality(lstm_forecast(panel, 'new', day, amount)) FROM models, sales WHERE shop = 'open' AND day > '2024-04-01' GROUP BY models;
SELECT cardinality(lstm_forecast(panel, shop, day, amount)) FROM models, sales WHERE shop = 'open' AND day > '2024-03-20' GROUP BY models;
CREATE TABLE short AS SELECT lstm_train(name, ts, value, quick('{"lookback": 30}')) AS model
FROM (SELECT 'long', timestamptz '2024-01-01' + i * interval '1 hour', i FROM generate_series(0, 99) AS i
      UNION ALL SELECT 'short', timestamptz '2024-01-04' + i * interval '1 hour', i FROM generate_series(0, 19) AS i) AS hours (name, ts, value);
SELECT cardinality(lstm_forecast(model, 'short', timestamptz '2024-01-04' + i * interval '1 hour', i)) FROM short, generate_series(0, 19) AS i GROUP BY model;

-- Future covariates that do not reach the horizon: said before training; to forecast at once they must.
SELECT lstm_train('SELECT * FROM sales WHERE shop = ''open''', 'day', 'amount', NULL, NULL, '{promotion}', options => quick()) IS NOT NULL AS trained;
SELECT lstm_train('open', day, amount, NULL, ARRAY[promotion::int], quick()) IS NOT NULL AS trained FROM sales WHERE shop = 'open';
SELECT lstm_train('sales', 'day', 'amount', 'shop', NULL, '{promotion}', options => quick()) IS NOT NULL AS trained;
CREATE VIEW planned AS
SELECT * FROM sales WHERE shop <> 'closed' UNION ALL SELECT shop, last + i, NULL, true FROM (SELECT shop, max(day) FROM sales WHERE shop <> 'closed' GROUP BY shop) AS ends (shop, last), generate_series(1, 3) AS i;
SELECT lstm_train('planned', 'day', 'amount', 'shop', NULL, '{promotion}', options => quick()) IS NOT NULL AS trained;
SELECT lstm_train('SELECT * FROM planned WHERE day <= ''2024-04-10''', 'day', 'amount', 'shop', NULL, '{promotion}', options => quick()) IS NOT NULL AS trained;
SELECT count(*) FROM lstm_forecast('planned', 'day', 'amount', 'shop', NULL, '{promotion}', options => quick());
SET client_min_messages = error;
\set VERBOSITY terse
\set endless '{"max_epochs": 1000000, "max_steps": 100000000, "patience": 0}'
SELECT count(*) FROM lstm_forecast('SELECT * FROM planned WHERE day <= ''2024-04-10''', 'day', 'amount', 'shop', NULL, '{promotion}', options => quick(:'endless'));
-- from a common origin, the latest 10 April, also for those that ended before
SELECT count(*) FROM lstm_forecast('planned', 'day', 'amount', 'shop', NULL, '{promotion}', options => quick(:'endless'), origin => 'common');
SELECT count(*) FROM lstm_forecast('SELECT * FROM planned UNION ALL SELECT * FROM sales WHERE shop = ''closed''', 'day', 'amount', 'shop', NULL, '{promotion}', options => quick(),
                                   future_source => 'SELECT date ''2024-04-01'' + i AS day, true AS promotion FROM generate_series(0, 20) AS i', origin => 'common');
SELECT series, count(*) FROM lstm_forecast('SELECT * FROM planned WHERE day <= ''2024-04-12''', 'day', 'amount', 'shop', NULL, '{promotion}', options => quick(), on_missing => 'skip') GROUP BY series ORDER BY series;
\set VERBOSITY default
-- a back-test knows what comes: it says nothing of ends
SET client_min_messages = notice;
SELECT count(*) > 0 AS tested FROM lstm_backtest('sales', 'day', 'amount', 'shop', NULL, '{promotion}', folds => 1, options => quick());

DROP VIEW planned;
DROP TABLE readings, office, sales, models, short;
DROP FUNCTION trained, quick, noise;
