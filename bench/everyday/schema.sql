-- Tables of the everyday benchmark: kinds of tables, what is measured of each, and what came out.

-- A kind of table. The seed makes another table of the same kind: other noise, and other lengths, levels or phases
-- where the kind leaves them open. Rows are numbered in each series: up to 0 known, from 1 to be forecast.
CREATE TABLE kind (
	number int GENERATED ALWAYS AS IDENTITY,
	point int NOT NULL,                -- of README.md's list: what must hold
	kind text PRIMARY KEY,
	season int NOT NULL DEFAULT 1,     -- rows, of the seasonal naive forecast and of AutoETS
	columns text NOT NULL DEFAULT 'i, ts, value',
	rows text NOT NULL,                -- a SELECT of these columns
	training text NOT NULL DEFAULT 'SELECT lstm_train(ts, value) FROM known',
	forecasting text NOT NULL DEFAULT 'SELECT * FROM lstm_forecast($1)',
	zone text NOT NULL DEFAULT 'UTC',  -- of the session
	most_seeds int NOT NULL DEFAULT 100,
	croston boolean NOT NULL DEFAULT false
);

-- What is measured, an SQL expression, and what a sound answer is.
CREATE TABLE measure (
	kind text NOT NULL REFERENCES kind,
	number int GENERATED ALWAYS AS IDENTITY,
	measure text,
	expression text NOT NULL,
	lowest float8,
	highest float8,
	PRIMARY KEY (kind, measure)
);

-- Of every kind and seed: rows, models, forecasts of everybody, values of the measures. A failure has its message.
CREATE TABLE all_row (kind text, seed int, series text DEFAULT '', i int, ts timestamptz, value float8, present boolean DEFAULT true);
CREATE TABLE all_model (kind text, seed int, model bytea, seconds float8, failure text);
CREATE TABLE all_answer (kind text, seed int, forecaster text, series text, step int, ts timestamptz, forecast float8, lower float8, upper float8);
CREATE TABLE result (kind text, measure text, forecaster text, seed int, value float8);
CREATE INDEX ON all_row (kind, seed);
CREATE INDEX ON all_answer (kind, seed, forecaster);
CREATE UNIQUE INDEX ON all_model (kind, seed);

-- What the expressions are about: the kind, seed and forecaster of the session's settings.
CREATE VIEW table_row AS
	SELECT * FROM all_row WHERE kind = current_setting('bench.kind') AND seed = current_setting('bench.seed')::int;
-- rows that the forecasters are given; those that are not present are zeros that nobody wrote down
CREATE VIEW known AS
	SELECT series, i, ts, value FROM table_row WHERE i <= 0 AND present;
CREATE VIEW coming AS
	SELECT series, i, ts, value FROM table_row WHERE i > 0;
CREATE VIEW answer AS
	SELECT series, step, ts, forecast, lower, upper FROM all_answer
	WHERE kind = current_setting('bench.kind') AND seed = current_setting('bench.seed')::int AND forecaster = current_setting('bench.forecaster');
CREATE VIEW model AS
	SELECT model, seconds FROM all_model
	WHERE kind = current_setting('bench.kind') AND seed = current_setting('bench.seed')::int AND current_setting('bench.forecaster') = 'ours';
CREATE VIEW both_sides AS
	SELECT series, i, ts, value, step, forecast, lower, upper FROM coming JOIN answer USING (series, ts);

-- Numbers that the seed decides: u between 0 and 1, g normal, pick between two others, the same in all rows.
CREATE FUNCTION u(i bigint, stream int) RETURNS float8 LANGUAGE sql STABLE AS
$$ SELECT ((hashint8extended(i, current_setting('bench.seed')::int * 1000003 + stream) & 16777215) + 0.5) / 16777216 $$;
CREATE FUNCTION g(i bigint, stream int) RETURNS float8 LANGUAGE sql STABLE AS
$$ SELECT sqrt(-2 * ln(u(i, stream))) * cos(2 * pi() * u(i, stream + 500)) $$;
CREATE FUNCTION pick(stream int, lowest float8, highest float8) RETURNS float8 LANGUAGE sql STABLE AS
$$ SELECT lowest + (highest - lowest) * u(-1, stream) $$;

-- Mean absolute error: of the forecaster in question, or of another on the same steps.
CREATE FUNCTION mae(other text DEFAULT current_setting('bench.forecaster')) RETURNS float8 LANGUAGE sql STABLE AS
$$ SELECT avg(abs(b.value - o.forecast))
   FROM both_sides AS b JOIN all_answer AS o USING (series, ts)
   WHERE o.kind = current_setting('bench.kind') AND o.seed = current_setting('bench.seed')::int AND o.forecaster = other $$;
-- Steps that should be forecast and are not.
CREATE FUNCTION steps_missing() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT count(*) FROM coming LEFT JOIN answer AS a USING (series, ts) WHERE a.forecast IS NULL $$;
CREATE FUNCTION season() RETURNS float8 LANGUAGE sql STABLE AS
$$ SELECT (lstm_model_info(model)->>'season')::float8 FROM model $$;

-- The last value, and the value of one season ago, of every series.
CREATE PROCEDURE forecast_naively(name text, season int) LANGUAGE sql AS
$$ INSERT INTO all_answer (kind, seed, forecaster, series, step, ts, forecast)
   SELECT current_setting('bench.kind'), current_setting('bench.seed')::int, name, c.series, c.i, c.ts, coalesce(k.value, l.value)
   FROM table_row AS c
		LEFT JOIN table_row AS k ON k.series = c.series AND k.i = c.i - season * ((c.i + season - 1) / season)
		LEFT JOIN table_row AS l ON l.series = c.series AND l.i = 0
   WHERE c.i > 0 $$;

-- Make the table of a kind and seed, train, forecast, also naively.
CREATE PROCEDURE ask(kind_name text, seed_number int) LANGUAGE plpgsql AS $$
DECLARE
	k kind;
	trained bytea;
	started timestamptz;
	failure text;
BEGIN
	SELECT * INTO STRICT k FROM kind WHERE kind.kind = kind_name;
	PERFORM set_config('bench.kind', kind_name, false), set_config('bench.seed', seed_number::text, false),
			set_config('timezone', k.zone, false);
	EXECUTE format('INSERT INTO all_row (kind, seed, %s) SELECT $1, $2, r.* FROM (%s) AS r', k.columns, k.rows) USING kind_name, seed_number;
	CALL forecast_naively('seasonal naive', k.season);
	CALL forecast_naively('last value', 1);
	started := clock_timestamp();
	BEGIN
		EXECUTE k.training INTO trained;
		EXECUTE format('INSERT INTO all_answer SELECT $2, $3, ''ours'', coalesce(series, ''''), step, ts, forecast, lower, upper FROM (%s) AS f', k.forecasting)
			USING trained, kind_name, seed_number;
	EXCEPTION WHEN OTHERS THEN
		failure := SQLERRM;
	END;
	INSERT INTO all_model VALUES (kind_name, seed_number, trained, extract(epoch FROM clock_timestamp() - started), failure);
END $$;

-- The measures of what a forecaster said.
CREATE PROCEDURE judge(kind_name text, seed_number int, forecaster_name text) LANGUAGE plpgsql AS $$
DECLARE
	m measure;
	value float8;
BEGIN
	PERFORM set_config('bench.kind', kind_name, false), set_config('bench.seed', seed_number::text, false),
			set_config('bench.forecaster', forecaster_name, false);
	FOR m IN SELECT * FROM measure WHERE measure.kind = kind_name ORDER BY number LOOP
		EXECUTE 'SELECT ' || m.expression INTO value;
		INSERT INTO result VALUES (kind_name, m.measure, forecaster_name, seed_number, value);
	END LOOP;
END $$;
