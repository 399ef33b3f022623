-- Counts: losses, what is chosen by itself, means and the distribution around them.
SET client_min_messages = warning;
SET timezone = 'UTC';

\getenv root PG_ABS_SRCDIR
\set raises :root '/test/regress/raises.sql'
\i :raises

-- a number in [0, 1) out of two others, and the count of that mean which it stands for
CREATE FUNCTION uniform(seed int, i int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(i, seed) & 1048575) / 1048576.0::float8 $$;
CREATE FUNCTION poisson(u float8, mean float8) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	k int := 0;
	part float8 := exp(-mean);
	below float8 := part;
BEGIN
	WHILE below < u LOOP
		k := k + 1;
		part := part * mean / k;
		below := below + part;
	END LOOP;
	RETURN k;
END $$;
CREATE FUNCTION small(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(horizon => 6, lookback => 24, hidden_size => 8, ensemble_size => 2, max_steps => 150) || more $$;

CREATE TABLE sale AS
SELECT kind, date '2024-01-01' + i AS day, i,
       CASE kind WHEN 'three' THEN poisson(uniform(1, i), 3)
                 WHEN 'seldom' THEN CASE WHEN uniform(2, i) < 0.1 THEN 5 ELSE 0 END
                 WHEN 'thousands' THEN CASE WHEN uniform(2, i) < 0.1 THEN 5000 ELSE 0 END
                 WHEN 'none' THEN 0
                 WHEN 'once' THEN (i = 40)::int * 3
                 WHEN 'order' THEN CASE WHEN i = 150 THEN 100000 ELSE poisson(uniform(3, i), 0.5) END
                 WHEN 'closed' THEN CASE WHEN i % 7 IN (1, 2, 3) THEN 0 ELSE 20 + poisson(uniform(4, i), 3) END
            END::float8 AS sold
FROM unnest(ARRAY['three', 'seldom', 'thousands', 'none', 'once', 'order', 'closed']) AS kind, generate_series(0, 299) AS i;

-- 1. By itself where values are whole, none is below zero, and at least 30 % are zero by chance.
CREATE TABLE trained AS
SELECT kind, lstm_train(day, sold ORDER BY day) AS model FROM sale WHERE kind NOT IN ('none') GROUP BY kind;
SELECT kind, info->'options'->>'loss' AS loss, info->'options'->>'interval' AS interval, info->'options'->>'minimum' AS minimum
FROM trained, lstm_model_info(model) AS info ORDER BY kind COLLATE "C";
SELECT info->'why'->>'loss' AS loss, info->'why'->>'interval' AS interval FROM trained, lstm_model_info(model) AS info WHERE kind = 'seldom';
SELECT name, value, why FROM trained, lstm_summary(model) WHERE kind = 'seldom' AND part = 'intervals';

-- 2. Means of what is seldom sold, ends of intervals and quantiles whole and not below zero, of the distribution.
SELECT kind, avg(forecast / CASE kind WHEN 'thousands' THEN 1000 ELSE 1 END) BETWEEN 0.45 AND 0.7 AS mean,
       bool_and(lower = 0 AND upper >= forecast AND upper = floor(upper)) AS interval,
       bool_and((kind = 'thousands' OR quantiles[2] = 0) AND quantiles[3] = floor(quantiles[3]) AND quantiles[3] > 0) AS quantiles
FROM trained, lstm_forecast(model, quantiles => '{0.5, 0.6, 0.97}') WHERE kind IN ('seldom', 'thousands') GROUP BY kind ORDER BY kind;
-- one sale in 300 days, and one order of a hundred thousand
SELECT bool_and(forecast BETWEEN 0 AND 0.05 AND lower = 0 AND upper <= 1 AND quantiles[1] = 0) AS once
FROM trained, lstm_forecast(model, quantiles => '{0.9}') WHERE kind = 'once';
SELECT bool_and(forecast BETWEEN 0 AND 1000 AND lower = 0 AND upper = floor(upper) AND upper < 1e6) AS a_large_order
FROM trained, lstm_forecast(model) WHERE kind = 'order';
-- nothing but zeros: by itself, and for networks
SELECT bool_and(forecast = 0 AND lower = 0 AND upper = 0) AS none, count(*) > 0 AS known
FROM lstm_forecast((SELECT lstm_train(day, sold ORDER BY day) FROM sale WHERE kind = 'none'));
SELECT bool_and(forecast < 0.2 AND lower = 0 AND upper <= 2 AND quantiles[1] = 0) AS hardly_any, count(*)
FROM lstm_forecast((SELECT lstm_train(day, sold, small('{"loss": "negative_binomial"}') ORDER BY day) FROM sale WHERE kind = 'none'), quantiles => '{0.5}');

-- 3. Three are usual: the forecast is 3, and 80 % of the Poisson distribution lie from 1 to 5.
SELECT loss, start, bool_and(abs(forecast - 3) < 0.3) AS mean, min(lower) AS lower, max(upper) AS upper, min(quantiles[1]) AS median
FROM (VALUES ('poisson', true), ('poisson', false), ('negative_binomial', false)) AS asked (loss, start),
     LATERAL (SELECT lstm_train(day, sold, CASE WHEN start THEN jsonb_build_object('loss', loss, 'start', true)
                                                ELSE small(jsonb_build_object('loss', loss, 'seasonal_period', 1)) END ORDER BY day) AS model
              FROM sale WHERE kind = 'three') AS trained,
     lstm_forecast(model, confidence_level => 0.8, quantiles => '{0.5}')
GROUP BY loss, start ORDER BY loss, start;

-- 4. Each loss: as networks, all decoders, panels, members of several losses; what they say is kept in the model.
CREATE TABLE models AS
SELECT loss, decoder, lstm_train(kind, day, CASE loss WHEN 'tweedie' THEN sold * 0.25 ELSE sold END, small(jsonb_build_object('loss', loss, 'decoder', decoder))) AS model
FROM sale, unnest(ARRAY['poisson', 'negative_binomial', 'tweedie']) AS loss, unnest(ARRAY['direct', 'recursive']) AS decoder
WHERE kind IN ('three', 'seldom') GROUP BY loss, decoder;
SELECT loss, decoder, info->'members'->1->>'loss' = loss AND info->'members'->1->>'normalization' = 'count' AS kept, info->'options'->>'interval' AS interval,
       count(*) AS rows, bool_and(forecast >= 0 AND lower <= forecast AND forecast <= upper AND lower >= 0) AS around,
       bool_and(quantiles[1] <= quantiles[2] AND quantiles[2] <= quantiles[3]) AS ascending,
       bool_and(series <> 'three' OR abs(forecast / CASE loss WHEN 'tweedie' THEN 0.25 ELSE 1 END - 3) < 1.2) AS near
FROM models, lstm_model_info(model) AS info, lstm_forecast(model, quantiles => '{0.1, 0.5, 0.9}') GROUP BY loss, decoder, info ORDER BY loss, decoder;
-- beyond the horizon, from fresh rows, for changes of the past
SELECT count(*), bool_and(upper = floor(upper) AND lower >= 0) FROM models, lstm_forecast(model, horizon => 14) WHERE loss = 'poisson' AND decoder = 'direct';
SELECT count(*), bool_and(upper = floor(upper)) AS whole FROM models, lstm_forecast(model, 'SELECT * FROM sale WHERE i < 200', 'day', 'sold', 'kind')
WHERE loss = 'negative_binomial' AND decoder = 'direct';
SELECT sum(value) IS NOT NULL AS explained FROM models, lstm_explain(model) WHERE loss = 'negative_binomial' AND decoder = 'direct';
-- the share of what lies at or below a quantile is at least its probability
SELECT round(avg((actual <= quantiles[1])::int)::numeric, 1) >= 0.5 AS median, avg((actual <= quantiles[2])::int) > 0.8 AS nine_of_ten, count(*) > 50 AS enough
FROM lstm_backtest_forecasts('SELECT day, sold FROM sale WHERE kind = ''three''', 'day', 'sold', folds => 10, options => small('{"loss": "poisson"}'), quantiles => '{0.5, 0.9}');
-- a network of another loss says nothing of the dispersion
SELECT bool_and(lower <= forecast AND forecast <= upper AND upper = floor(upper)) AS mixed, count(*)
FROM lstm_forecast((SELECT lstm_train(day, sold, lstm_options(horizon => 6, lookback => 24, max_steps => 60, loss => 'poisson', members => '[{"loss": "mae"}, {"hidden_size": 8}]') ORDER BY day)
                    FROM sale WHERE kind = 'seldom'));

-- 5. What is no count is refused, with its series and time.
SELECT * FROM raises($$ SELECT lstm_train(day, CASE i WHEN 7 THEN -1 ELSE sold END, small('{"loss": "tweedie"}') ORDER BY day) FROM sale WHERE kind = 'seldom' $$);
SELECT * FROM raises($$ SELECT lstm_train(kind, day, CASE i WHEN 7 THEN 0.5 ELSE sold END, small('{"loss": "poisson"}')) FROM sale WHERE kind = 'seldom' $$);
SELECT * FROM raises($$ SELECT lstm_train(CASE i WHEN 7 THEN -3 ELSE sold END, small('{"members": [{"loss": "negative_binomial"}]}') ORDER BY day) FROM sale WHERE kind = 'seldom' $$);
SELECT * FROM raises($$ SELECT lstm_train(day, CASE i WHEN 7 THEN 1e16 ELSE sold END, small('{"loss": "poisson", "glitches": "keep"}') ORDER BY day) FROM sale WHERE kind = 'seldom' $$);
SELECT * FROM raises($$ SELECT lstm_train(day, sold * 1e-6, small('{"loss": "tweedie"}') ORDER BY day) FROM sale WHERE kind = 'seldom' $$);
SELECT * FROM raises($$ SELECT lstm_train(day, sold, small('{"loss": "poisson", "transform": "log1p"}') ORDER BY day) FROM sale WHERE kind = 'seldom' $$);
SELECT * FROM raises($$ SELECT lstm_train(day, sold, small('{"loss": "poisson", "normalization": "instance"}') ORDER BY day) FROM sale WHERE kind = 'seldom' $$);
SELECT * FROM raises($$ SELECT lstm_train(day, sold, small('{"loss": "mae", "normalization": "count"}') ORDER BY day) FROM sale WHERE kind = 'seldom' $$);
SELECT * FROM raises($$ SELECT lstm_options(loss => 'negbin') $$);
-- who wants another scaling has another loss by itself
SELECT lstm_model_info(lstm_train(day, sold, small('{"normalization": "instance"}') ORDER BY day))->'options'->>'loss' AS loss FROM sale WHERE kind = 'seldom';
-- steps that nobody observed may be filled by what is no count
SELECT count(*) FROM lstm_forecast((SELECT lstm_train(day, CASE WHEN i % 50 <> 7 THEN sold END, small('{"loss": "poisson"}') ORDER BY day) FROM sale WHERE kind = 'three'));

-- Closed on Mondays, and without a guest on many other days: to the networks a Monday is none of these.
SELECT extract(isodow FROM ts) = 1 AS monday, max(forecast) < 0.1 AS "next to nothing", avg(forecast) BETWEEN 0.7 AND 1.9 AS "about one"
FROM lstm_forecast((SELECT lstm_train(day, guests, '{"start": false}') FROM (SELECT date '2024-01-01' + i AS day, CASE WHEN i % 7 = 0 THEN 0 ELSE poisson(uniform(7, i), 0.6 + 1.2 * (i % 7 > 4)::int) END AS guests FROM generate_series(0, 300) AS i) AS days)) GROUP BY 1 ORDER BY 1;

DROP TABLE sale, trained, models;
DROP FUNCTION uniform, poisson, small, raises;
