# Nobody sees more through these functions than without them: views, foreign tables, errors, statistics, parallel
# workers, names in front of ours, and what a trusted extension lets who is no superuser do.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# What a login says: its output, and its errors with SQLSTATE.
sub as { return login_says($node, @_); }
sub said { my ($out, $error) = as(@_); return $error eq '' ? $out : $error; }

# The value -777 is of a row that only its owner sees; the tenant's own are 10 to 35.
my $setup = q{
	CREATE ROLE keeper LOGIN;
	CREATE ROLE tenant LOGIN;
	CREATE ROLE stranger LOGIN;
	CREATE ROLE plain LOGIN;
	GRANT CREATE ON SCHEMA public TO keeper;
	CREATE EXTENSION lstm_forecast;
	SET ROLE keeper;
	CREATE TABLE reading AS
		SELECT 'tenant' AS owner, '2024-03-01'::timestamptz + i * interval '1 hour' AS ts,
			   (20 + 10 * sin(i * 0.2618) + 5 * sin(i * i))::float8 AS value, '7'::text AS word
		FROM generate_series(1, 300) AS i;
	INSERT INTO reading VALUES ('hidden-owner', '2031-07-07', -777, 'hidden-word');
	CREATE FUNCTION slow_owner(text) RETURNS bool LANGUAGE plpgsql STABLE COST 100000 AS
		$$ BEGIN RETURN $1 = current_user; END $$;
	ALTER TABLE reading ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON reading FOR SELECT USING (slow_owner(owner));
	CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM reading WHERE owner = 'tenant';
	GRANT SELECT ON reading, barrier TO tenant;
	GRANT SELECT ON barrier TO stranger;
	CREATE TABLE secret AS SELECT ts, value, 'NaN'::float8 AS hidden FROM reading WHERE owner = 'tenant';
	GRANT SELECT (ts, value) ON secret TO tenant;
	ANALYZE reading, secret;
	RESET ROLE;
	CREATE TABLE model AS
		SELECT lstm_train(ts, value, lstm_options(max_steps => 5)) AS model FROM reading WHERE owner = 'tenant';
	GRANT SELECT ON model TO PUBLIC;
};
$node->safe_psql('postgres', $setup);
my $options = q{'{"max_steps": 5}'};
my $own = $node->safe_psql('postgres', "SELECT md5(lstm_train(ts, value, $options)) FROM reading WHERE owner = 'tenant'");
my $hidden = qr/777|hidden|2031/;

# --- what the functions are ----------------------------------------------------------------------------

is($node->safe_psql('postgres', q{
	SELECT string_agg(p.oid::regprocedure::text, ', ')
	FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
		 JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'lstm_forecast'
	WHERE prosecdef OR proleakproof OR prosupport <> 0 OR proconfig IS NOT NULL
		  OR prolang NOT IN (SELECT oid FROM pg_language WHERE lanname IN ('c', 'internal'))
}), '', 'no function has its definer\'s rights, is leakproof, has a support function or settings of its own');
is($node->safe_psql('postgres', q{
	SELECT string_agg(DISTINCT classid::regclass::text, ', ' ORDER BY classid::regclass::text)
	FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'lstm_forecast' WHERE deptype = 'e'
}), 'pg_class, pg_proc, pg_type', 'and there is nothing but functions, types and a view: no operator, no cast');
is($node->safe_psql('postgres', q{
	SELECT string_agg(concat_ws(' ', c.relname, c.relkind, c.relacl::text ~ '=r/'), ', ')
	FROM pg_class AS c JOIN pg_depend AS d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
}), 'lstm_training_progress v t', 'the view may be read by all: it shows each what pg_stat_activity would');

# --- rows behind a policy or a security barrier ----------------------------------------------------------

# An error that quotes its argument would tell the hidden value, were it called on rows before the policy's condition.
my $peek = 'SELECT count(*) FROM %s WHERE lstm_options(gradient_clip => value) IS NOT NULL';
for my $relation ('reading', 'barrier')
{
	my $query = sprintf $peek, $relation;
	is(said('tenant', $query), 300, "a function that quotes its argument sees no hidden row of $relation");
	$node->safe_psql('postgres', q{UPDATE pg_proc SET proleakproof = true WHERE proname = 'lstm_options'});
	like(said('tenant', $query), qr/ERROR:  22023.*777/s, "(it would, were it leakproof: $relation)");
	$node->safe_psql('postgres', q{UPDATE pg_proc SET proleakproof = false WHERE proname = 'lstm_options'});
	unlike(said('tenant', "EXPLAIN $query"), $hidden, 'nor do plans tell of it, from statistics');
	like(said('tenant', "EXPLAIN $query"), qr/Seq Scan on reading/, 'which there are');
}
for my $source ('reading', 'barrier', 'SELECT * FROM barrier', 'SELECT r.* FROM barrier AS b JOIN barrier AS r USING (ts)')
{
	is(said('tenant', "SELECT md5(lstm_train('$source', 'ts', 'value', options => $options))"), $own,
		"lstm_train('$source') reads the visible rows alone");
}
is(said('stranger', "SELECT md5(lstm_train('barrier', 'ts', 'value', options => $options))"), $own,
	'a view reads its table with its owner\'s rights');

# Faults of hidden rows are not the caller's: no error, and so none that quotes them.
my $series = q{string_agg(series, ', ' ORDER BY series)};
my %names = map { $_ => said($_, "SELECT $series FROM lstm_model_series(lstm_train('reading', 'ts', 'value', 'owner', options => $options))") } 'tenant', 'keeper';
is($names{tenant}, 'tenant', 'series behind a policy are not named');
is($names{keeper}, 'hidden-owner, tenant', '(in front of it, they are)');
is(said('tenant', q{SELECT length(lstm_train('SELECT ts, word::float8 AS word FROM reading', 'ts', 'word', options => '{"max_steps": 1}')) > 0}), 't',
	'what cannot be cast behind a policy raises no error');
like(said('keeper', q{SELECT length(lstm_train('SELECT ts, word::float8 AS word FROM reading', 'ts', 'word', options => '{"max_steps": 1}')) > 0}),
	qr/ERROR:  22P02.*hidden-word/s, '(in front of it, it does)');
for my $call (
	"lstm_train('reading', 'ts', 'value', 'owner', options => $options)",
	q{lstm_train('reading', 'ts', 'value', options => '{"transform": "log", "max_steps": 1}')},
	q{lstm_train('reading', 'ts', 'value', options => '{"missing": "error", "horizon": 200}')},
	q{lstm_train('SELECT ts, value FROM reading UNION ALL SELECT ts, value FROM reading', 'ts', 'value')},
	q{lstm_train('SELECT ts, value / (value - value) AS value FROM reading', 'ts', 'value')},
	q{lstm_train('reading', 'ts', 'vaule')},
	q{lstm_train('reading', 'ts', 'word')},
	q{lstm_train('reading', 'value', 'value')},
	q{lstm_forecast(model, 'reading', 'ts', 'value', 'owner')},
	q{lstm_forecast(model, 'SELECT owner, ts + interval \'1 second\' * extract(minute FROM ts) AS ts, CASE WHEN random() >= 0 THEN \'NaN\' ELSE value END AS value FROM reading', 'ts', 'value')} =~ s/\\'/''/gr,
	q{lstm_backtest('reading', 'ts', 'value', horizon => 6, folds => 1, options => '{"max_steps": 2}')},
	q{lstm_tune('reading', 'ts', 'value', 'owner', horizon => 6, options => '{"max_steps": 2}', candidates => ARRAY['{"transform": "log"}']::jsonb[])},
	q{lstm_backtest(model, 'reading', 'ts', 'value')}, q{lstm_backtest_forecasts(model, 'reading', 'ts', 'value')},
	q{lstm_anomalies(model, 'reading', 'ts', 'value')})
{
	my ($out, $error) = as('tenant', "SELECT x IS NULL FROM model, LATERAL (SELECT $call) AS calls (x)");
	unlike("$out$error", $hidden, "nothing hidden is said by $call");
}

# Columns.
is(said('tenant', "SELECT md5(lstm_train('secret', 'ts', 'value', options => $options))"), $own,
	'columns without a privilege do not matter where they are not read');
for my $call ("lstm_train('secret', 'ts', 'hidden')", "lstm_train('secret', 'ts', 'value', past_columns => '{hidden}')",
	"lstm_train('secret', 'ts', 'value', 'hidden')", "lstm_train('SELECT * FROM secret', 'ts', 'value')",
	"lstm_forecast(model, 'secret', 'ts', 'hidden')", "lstm_backtest(model, 'secret', 'ts', 'hidden')",
	"lstm_backtest('secret', 'ts', 'hidden')", "lstm_tune('secret', 'ts', 'hidden')", "lstm_backtest_forecasts(model, 'secret', 'ts', 'hidden')", "lstm_anomalies(model, 'secret', 'ts', 'hidden')", "lstm_backtest_forecasts('secret', 'ts', 'hidden')")
{
	my $error = said('tenant', "SELECT $call FROM model");
	like($error, qr/ERROR:  42501/, "a privilege on the column is needed: $call");
	unlike($error, qr/NaN/, 'and the error comes before its values');
}

# --- parallel workers --------------------------------------------------------------------------------------

my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;';
$node->safe_psql('postgres', 'ALTER FUNCTION slow_owner PARALLEL SAFE');
like(said('tenant', "$parallel EXPLAIN SELECT lstm_train(ts, value, $options) FROM reading"), qr/Parallel Seq Scan on reading/,
	'a policy leaves a parallel plan parallel');
is(said('tenant', "$parallel SELECT md5(lstm_train(ts, value, $options)) FROM reading"), $own, 'whose workers see the same rows');
is(said('tenant', "$parallel SELECT md5(lstm_train('reading', 'ts', 'value', options => $options))"), $own, 'as do those that read a source');
is(said('tenant', "$parallel " . sprintf($peek, 'reading')), 300, 'and call no function on others');

# --- whose rights ------------------------------------------------------------------------------------------

$node->safe_psql('postgres', qq{
	SET ROLE keeper;
	CREATE VIEW by_name AS SELECT md5(lstm_train('secret', 'ts', 'value', options => $options)) AS model;
	CREATE VIEW by_rows AS SELECT md5(lstm_train(ts, value, $options)) AS model FROM secret;
	CREATE VIEW by_invoker WITH (security_invoker) AS SELECT md5(lstm_train(ts, value, $options)) AS model FROM secret;
	CREATE FUNCTION lend(text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
		\$\$ SELECT md5(lstm_train(\$1, 'ts', 'value', options => $options)) \$\$;
	GRANT SELECT ON by_name, by_rows, by_invoker TO stranger;
});
like(said('stranger', 'SELECT model FROM by_name'), qr/ERROR:  42501: permission denied for table secret/,
	'a view of another role that names a source reads it as the caller');
is(said('stranger', 'SELECT model FROM by_rows'), $own, 'a view that brings the rows reads them as its owner');
like(said('stranger', 'SELECT model FROM by_invoker'), qr/ERROR:  42501/, 'but for a security_invoker view');
is(said('stranger', q{SELECT lend('secret')}), $own, 'a security definer function lends its rights for its call');
like(said('stranger', q{SELECT lend('secret'); SELECT lstm_train('secret', 'ts', 'value')}), qr/ERROR:  42501: permission denied for table secret/, 'and no longer');
like(said('stranger', q{SELECT lend('SELECT set_config(''role'', ''none'', false), ts, value FROM secret')}),
	qr/ERROR:  42501: cannot set parameter "role" within security-definer function/, 'in which a source cannot change the role');
like(said('stranger', q{SELECT lstm_train('SELECT set_config(''role'', ''keeper'', false), ts, value FROM barrier', 'ts', 'value')}),
	qr/ERROR:  42501: permission denied to set role "keeper"/, 'nor elsewhere to one that the session may not have');
my ($out, $error) = as('stranger', q{
	SELECT lend('secret') IS NOT NULL;
	SELECT lstm_train('secret', 'ts', 'value');
	SELECT lend('nowhere');
	SELECT lstm_train('secret', 'ts', 'value');
	SELECT current_user, session_user;
});
is($out, "t\nstranger|stranger", 'lent rights end with the call, also with one that fails');
is(() = $error =~ /ERROR:  42501: permission denied for table secret/g, 2, 'and the errors are those of the caller');

# --- foreign tables ------------------------------------------------------------------------------------------

SKIP:
{
	skip 'no postgres_fdw or file_fdw', 7
	  if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name IN ('postgres_fdw', 'file_fdw')}) < 2;
	my $file = $node->basedir . '/reading.csv';
	$node->safe_psql('postgres', qq{
		CREATE EXTENSION postgres_fdw;
		CREATE EXTENSION file_fdw;
		CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '@{[ $node->host ]}', port '@{[ $node->port ]}', dbname 'postgres');
		CREATE USER MAPPING FOR tenant SERVER loop OPTIONS (user 'tenant', password_required 'false');
		CREATE USER MAPPING FOR keeper SERVER loop OPTIONS (user 'keeper', password_required 'false');
		CREATE FOREIGN TABLE far (owner text, ts timestamptz, value float8) SERVER loop OPTIONS (schema_name 'public', table_name 'reading');
		GRANT SELECT ON far TO tenant, stranger, keeper;
		COPY (SELECT ts, value FROM secret ORDER BY ts) TO '$file' (FORMAT csv);
		CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
		CREATE FOREIGN TABLE near (ts timestamptz, value float8) SERVER files OPTIONS (filename '$file', format 'csv');
		GRANT SELECT ON near TO tenant;
	});
	is(said('tenant', "SELECT md5(lstm_train('far', 'ts', 'value', options => $options))"), $own, 'a foreign table is read with the caller\'s mapping');
	is(said('tenant', "SELECT md5(lstm_train(ts, value, $options)) FROM far"), $own, 'by the aggregate, too');
	is(said('keeper', "SELECT $series FROM lstm_model_series(lstm_train('far', 'ts', 'value', 'owner', options => $options))"), 'hidden-owner, tenant', '(its owner reads all of it)');
	like(said('stranger', q{SELECT lstm_train('far', 'ts', 'value')}), qr/ERROR:  42704: user mapping not found/, 'and without one not at all');
	is(said('tenant', "SELECT count(*) FROM model, lstm_forecast(model, 'far', 'ts', 'value', horizon => 3)"), 3, 'lstm_forecast reads one');
	is(said('tenant', "SELECT md5(lstm_train('near', 'ts', 'value', options => $options))"), $own, 'a file is read by who may read its foreign table');
	like(said('stranger', q{SELECT lstm_train('near', 'ts', 'value')}), qr/ERROR:  42501/, 'and by no one else');
}

# --- names in front of ours ------------------------------------------------------------------------------------

# Everything that our SQL or C could look up by name, made to raise an error where it is used.
my @types = qw(float8 float4 int4 int8 text bool bytea jsonb timestamptz "interval" lstm_forecast_row lstm_explain_row);
my @functions = ('float8(text)', 'float8(int4)', 'float8(numeric)', 'timestamptz(date)', 'int4(bool)', 'date_trunc(text, timestamptz)',
	'lstm_rows_time(int8, timestamptz, float8)', 'lstm_metric_combine(int8[], int8[])', 'lstm_model_info(text)',
	'length(bytea)', 'now()', 'current_schema()');
my @operands = qw(float8 timestamptz text int4);
my $traps = '';
$traps .= "CREATE DOMAIN evil.$_ AS pg_catalog.text CHECK (evil.caught() IS NULL);\n" for @types;
$traps .= "CREATE FUNCTION evil.$_ RETURNS pg_catalog.text LANGUAGE sql AS 'SELECT evil.caught()';\n"
  for map { s/\b(\w+)(?=[\[,)])/pg_catalog.$1/gr } @functions;
for my $type (@operands)
{
	$traps .= "CREATE FUNCTION evil.trap(pg_catalog.$type, pg_catalog.$type) RETURNS pg_catalog.bool LANGUAGE plpgsql AS 'BEGIN RETURN evil.caught() IS NULL; END';\n";
	$traps .= "CREATE OPERATOR evil.$_ (LEFTARG = pg_catalog.$type, RIGHTARG = pg_catalog.$type, FUNCTION = evil.trap);\n"
	  for qw(= <> < > + - * /);
}
$traps .= "CREATE TABLE evil.$_ (trap pg_catalog.int4);\n" for qw(pg_class pg_type pg_proc pg_namespace lstm_source);
$node->safe_psql('postgres', qq{
	CREATE SCHEMA evil;
	CREATE FUNCTION evil.caught() RETURNS pg_catalog.text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION \$\$caught\$\$; END';
	$traps
	GRANT USAGE ON SCHEMA evil TO PUBLIC;
});
like(said('tenant', q{SET search_path = evil, pg_catalog, public; SELECT 1 = 1}), qr/caught/, '(the traps catch who uses their names)');
my @calls = (
	'pg_catalog.md5(public.lstm_train(ts, value, pg_catalog.jsonb_build_object(\'max_steps\', 5)))|FROM public.secret',
	q{pg_catalog.md5(public.lstm_train('public.secret', 'ts', 'value', options => pg_catalog.jsonb_build_object('max_steps', 5)))|},
	q{pg_catalog.md5(public.lstm_train('SELECT ts, value, value AS lstm_source FROM public.secret', 'ts', 'value', past_columns => '{lstm_source}', options => pg_catalog.jsonb_build_object('max_steps', 5)))|},
	q{pg_catalog.string_agg(pg_catalog.md5(e.model), ',')|FROM public.lstm_train_each('SELECT ts, value, ''a'' AS s FROM public.secret', 'ts', 'value', 's', options => pg_catalog.jsonb_build_object('max_steps', 5, 'workers', 2)) AS e},
	q{pg_catalog.md5(public.lstm_finetune((SELECT model FROM public.model), ts, value))|FROM public.secret},
	q{pg_catalog.md5(public.lstm_finetune((SELECT model FROM public.model), 'public.secret', 'ts', 'value', options => pg_catalog.jsonb_build_object('max_steps', 5, 'workers', 2)))|},
	q{pg_catalog.md5(pg_catalog.string_agg(f::pg_catalog.text, ','))|FROM public.model, public.lstm_forecast(model) AS f},
	q{pg_catalog.md5(pg_catalog.string_agg(f::pg_catalog.text, ','))|FROM public.model, public.lstm_forecast(model, 'public.secret', 'ts', 'value') AS f},
	q{pg_catalog.md5(public.lstm_forecast((SELECT model FROM public.model), ts, value)::pg_catalog.text)|FROM public.secret},
	q{pg_catalog.md5(pg_catalog.string_agg(t.metric::pg_catalog.text, ','))|FROM public.lstm_tune('public.secret', 'ts', 'value', horizon => 6, options => pg_catalog.jsonb_build_object('max_steps', 2, 'workers', 2), candidates => ARRAY['{"cell": "gru"}'::pg_catalog.jsonb]) AS t},
	q{pg_catalog.count(*)|FROM public.lstm_backtest('public.secret', 'ts', 'value', horizon => 6, folds => 1, options => pg_catalog.jsonb_build_object('max_steps', 2))},
	q{pg_catalog.count(*)|FROM public.lstm_backtest_forecasts('public.secret', 'ts', 'value', horizon => 6, folds => 1, options => pg_catalog.jsonb_build_object('max_steps', 2), quantiles => '{0.5}')},
	q{pg_catalog.md5(pg_catalog.string_agg(f::pg_catalog.text, ','))|FROM public.model, public.lstm_summary(model) AS f},
	q{pg_catalog.md5(pg_catalog.string_agg(f::pg_catalog.text, ','))|FROM public.model, public.lstm_model_series(model) AS f},
	q{pg_catalog.md5(public.lstm_model_info(model)::pg_catalog.text)|FROM public.model},
	q{pg_catalog.count(*)|FROM public.model, public.lstm_weights(model)},
	q{pg_catalog.md5(pg_catalog.string_agg(f::pg_catalog.text, ','))|FROM public.model, public.lstm_gates(model) AS f},
	q{pg_catalog.md5(pg_catalog.string_agg(f::pg_catalog.text, ','))|FROM public.model, public.lstm_gates(model, 'public.secret', 'ts', 'value') AS f},
	q{pg_catalog.count(*)|FROM public.model, public.lstm_training_log(model)},
	q{pg_catalog.md5(pg_catalog.string_agg(f::pg_catalog.text, ','))|FROM public.lstm_classify(public.lstm_train_classes('SELECT ts, value, pg_catalog.date_part(''hour'', ts) AS s, pg_catalog.date_part(''hour'', ts) OPERATOR(pg_catalog.>) 11 AS label FROM public.secret', 'ts', 's', '{value}', 'label', pg_catalog.jsonb_build_object('max_steps', 2, 'hidden_size', 2)), 'SELECT ts, value, 1 AS s FROM public.secret', 'ts', 's') AS f},
	q{pg_catalog.md5(public.lstm_train_classes(ts, ts, ARRAY[value], pg_catalog.date_part('hour', ts), pg_catalog.jsonb_build_object('max_steps', 2, 'hidden_size', 2)))|FROM public.secret},
	q{public.lstm_options(horizon => 3, quantiles => '{0.5}', members => '[{"cell": "gru"}]')|},
	q{pg_catalog.count(*)|FROM public.lstm_option_info()},
	(map { "public.lstm_$_(value, value)|FROM public.secret" } qw(mae mse rmse mape smape)),
	(map { "public.lstm_$_(value, value, 0.5)|FROM public.secret" } qw(mase pinball coverage)),
	q{public.lstm_reconcile('{a}', value, value) OVER ()|FROM public.secret LIMIT 1},
	(map { "public.lstm_$_(value, 1)|FROM public.secret" } qw(accuracy f1)), q{public.lstm_log_loss(value, '{"x": 0.5}')|FROM public.secret},
	'public.lstm_interval_score(value, 1, 2, 0.5)|FROM public.secret', q{public.lstm_crps(value, '{0.1,0.9}', '{1,2}')|FROM public.secret},
	'public.lstm_mase_scale(value, 24)|FROM public.secret', 'public.lstm_mase_scale(value)|FROM public.secret');
my $script = join '', map { my ($what, $from) = split /\|/; "SELECT $what $from;\n" } @calls;
my ($usual, $usual_error) = as('postgres', $script);
is($usual_error, '', 'every function is called');
for my $path ('evil, pg_catalog, public', 'evil, pg_temp, pg_catalog', "''")
{
	my ($got, $wrong) = as('postgres', "SET search_path = $path;\n$script");
	is($got, $usual, "with the search path $path each says what it says otherwise");
	is($wrong, '', 'and uses no other\'s name');
}
my $temporary = join '', map { "CREATE DOMAIN pg_temp.$_ AS pg_catalog.text CHECK (evil.caught() IS NULL);\n" } @types;
($out, $error) = as('postgres', "$temporary CREATE TABLE pg_temp.pg_class (trap pg_catalog.int4); SET search_path = pg_temp, pg_catalog, public;\n$script");
is("$out$error", $usual, 'nor of temporary objects');

# --- the install script in a schema where others have been before ---------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE before');
$node->safe_psql('before', q{
	CREATE SCHEMA shared;
	GRANT ALL ON SCHEMA shared TO stranger;
	SET ROLE stranger;
	SET search_path = shared;
	CREATE DOMAIN float8 AS text;
	CREATE DOMAIN bytea AS text;
	CREATE FUNCTION lstm_mae_accum(numeric[], numeric, numeric) RETURNS numeric[] LANGUAGE sql AS 'SELECT $1';
	CREATE FUNCTION lstm_mae_accum(anyarray, anyelement, anyelement) RETURNS anyarray LANGUAGE sql AS 'SELECT $1';
	CREATE FUNCTION lstm_metric_mean_final(anyarray) RETURNS float8 LANGUAGE sql AS 'SELECT NULL::shared.float8';
	CREATE FUNCTION lstm_metric_combine(anyarray, anyarray) RETURNS anyarray LANGUAGE sql AS 'SELECT $1';
});
is(said('postgres', q{CREATE EXTENSION lstm_forecast SCHEMA shared}, 'before'), '', 'others\' overloads do not keep it from being installed');
is($node->safe_psql('before', q{
	SELECT count(*), count(DISTINCT p.proowner) FROM pg_aggregate AS a
		 JOIN pg_proc AS p ON p.oid IN (aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn)
	WHERE aggfnoid::text LIKE '%lstm%'
		  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
}), '0|0', 'and no aggregate uses them');
is($node->safe_psql('before', q{SELECT shared.lstm_mae(1::pg_catalog.float8, 2)}), 1, 'as it shows');
is(said('postgres', 'DROP EXTENSION lstm_forecast; DROP FUNCTION shared.lstm_metric_combine(anyarray, anyarray)', 'before'), '', 'it goes without them');
for my $before ('FUNCTION lstm_metric_combine(float8[], float8[]) RETURNS float8[] LANGUAGE sql AS \'SELECT $1\'|42723',
	'TYPE lstm_forecast_row AS (a int)|42710', 'TABLE lstm_forecast_row (a int)|42710|42P07', 'FUNCTION lstm_mae(float8, float8) RETURNS float8 LANGUAGE sql AS \'SELECT $1\'|42723')
{
	my ($object, @codes) = split /\|/, $before;
	my $code = join '|', @codes;
	$node->safe_psql('before', "DROP SCHEMA shared CASCADE; CREATE SCHEMA shared; GRANT ALL ON SCHEMA shared TO stranger; SET ROLE stranger; SET search_path = shared; CREATE $object");
	like(said('postgres', 'CREATE EXTENSION lstm_forecast SCHEMA shared', 'before'), qr/ERROR:  ($code)/,
		"another's " . ($object =~ /^(\w+ \w+)/)[0] . ' is an error, not taken over');
}

# --- a trusted extension ----------------------------------------------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE own OWNER plain');
$node->safe_psql('own', 'GRANT CONNECT ON DATABASE own TO stranger');
like(said('stranger', 'CREATE EXTENSION lstm_forecast', 'own'), qr/ERROR:  42501/, 'who may create nothing in a database cannot install it');
is(said('plain', 'CREATE EXTENSION lstm_forecast; SELECT count(*) FROM lstm_option_info() WHERE name = \'horizon\'', 'own'), 1,
	'a database\'s owner installs it without being a superuser');
is($node->safe_psql('own', q{
	SELECT extowner::regrole, (SELECT string_agg(DISTINCT rolsuper::text, ',') FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
							   JOIN pg_roles AS r ON r.oid = proowner WHERE d.refobjid = e.oid AND deptype = 'e')
	FROM pg_extension AS e WHERE extname = 'lstm_forecast'
}), 'plain|true', 'the extension is the owner\'s, its functions are the superuser\'s');
like(said('plain', $_, 'own'), qr/ERROR:  42501: must be owner/, "so that who installed it cannot change them: $_")
  for 'ALTER FUNCTION lstm_option_info() SECURITY DEFINER', 'ALTER TYPE lstm_forecast_row ADD ATTRIBUTE x text',
  "CREATE OR REPLACE FUNCTION lstm_option_info(OUT name text, OUT type text, OUT default_value text, OUT allowed text, OUT description text) RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, 2, 3, 4, 5'";
like(said('plain', q{CREATE FUNCTION mine(bytea) RETURNS jsonb LANGUAGE c AS '$libdir/lstm_forecast', 'lstm_model_info'}, 'own'),
	qr/ERROR:  42501: permission denied for language c/, 'nor declare them anew');
is(said('plain', 'DROP EXTENSION lstm_forecast; CREATE SCHEMA s; CREATE EXTENSION lstm_forecast SCHEMA s; SELECT s.lstm_mae(1, 3); DROP EXTENSION lstm_forecast; CREATE EXTENSION lstm_forecast', 'own'), 2,
	'who installed it may drop it, and choose its schema');

# Training that is left to some, by a superuser.
my @train = ((map { "lstm_train($_)" } 'v', "v, $options", 'ts, v', "ts, v, $options", 's, ts, v', "s, ts, v, $options", q{s, ts, v, '{}', '{}'}, "s, ts, v, '{}', '{}', $options"),
	(map { "lstm_finetune((SELECT model FROM undated), $_)" } 'v', "v, $options"),
	(map { "lstm_finetune((SELECT model FROM model), $_)" } 'ts, v', "ts, v, $options", 's, ts, v', "s, ts, v, $options", q{s, ts, v, '{}', '{}'}, "s, ts, v, '{}', '{}', $options"),
	"lstm_finetune((SELECT model FROM model), 'history', 'ts', 'v', options => $options)",
	"lstm_train('history', 'ts', 'v', options => $options)", "lstm_train_each('history', 'ts', 'v', 's', options => $options)", "lstm_tune('history', 'ts', 'v', horizon => 3, options => $options, candidates => '{}')", "lstm_backtest('history', 'ts', 'v', horizon => 3, folds => 1, options => $options)",
	q{lstm_backtest((SELECT model FROM model), 'history', 'ts', 'v', horizon => 3, folds => 1)},
	"lstm_backtest_forecasts('history', 'ts', 'v', horizon => 3, folds => 1, options => $options)",
	q{lstm_backtest_forecasts((SELECT model FROM model), 'history', 'ts', 'v', horizon => 3, folds => 1)});
my $every = q{DO $$ DECLARE routine regprocedure; BEGIN FOR routine IN SELECT oid FROM pg_proc WHERE proname IN ('lstm_train', 'lstm_train_each', 'lstm_tune', 'lstm_finetune', 'lstm_backtest', 'lstm_backtest_forecasts') LOOP
	EXECUTE format('%s EXECUTE ON ROUTINE %s %s', 'VERB', routine, 'WHOM'); END LOOP; END $$};
my $withhold = $every =~ s/VERB/REVOKE/r =~ s/WHOM/FROM PUBLIC/r;
my $give = $every =~ s/VERB/GRANT/r =~ s/WHOM/TO stranger/r;
my $denied = qr/ERROR:  42501: permission denied for \w+ lstm_(train|train_each|tune|finetune|backtest)/;

# Who gets an error, and which, of the calls that train.
sub trained
{
	my ($role, $database, $expected, $name) = @_;
	for my $call (@train)
	{
		my $from = $call =~ /'history'/ ? '' : 'FROM history';
		like(said($role, "SELECT count(x::text) > 0 FROM (SELECT $call $from) AS result (x)", $database), $expected, "$name: $call");
	}
	return;
}

$node->safe_psql('postgres', 'CREATE DATABASE lent OWNER plain; CREATE DATABASE kept OWNER plain');
is(said('plain', 'CREATE EXTENSION lstm_forecast', 'lent'), '', 'a database\'s owner installs it');
is(said('postgres', 'CREATE SCHEMA forecast; GRANT USAGE ON SCHEMA forecast TO PUBLIC; CREATE EXTENSION lstm_forecast SCHEMA forecast; ALTER DATABASE kept SET search_path = public, forecast', 'kept'), '',
	'a superuser installs it into his own schema of such a database');
is($node->safe_psql('lent', q{SELECT count(*) FROM pg_proc WHERE proname IN ('lstm_train', 'lstm_train_each', 'lstm_tune', 'lstm_finetune', 'lstm_backtest', 'lstm_backtest_forecasts')}), scalar(@train), 'each way to train is called');
for my $database ('lent', 'kept')
{
	is(said('plain', qq{
		CREATE TABLE history AS SELECT 'a' AS s, '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, sin(i)::float8 AS v FROM generate_series(1, 100) AS i;
		CREATE TABLE model AS SELECT lstm_train(ts, v, $options) AS model FROM history WHERE ts < '2024-03-04';
		CREATE TABLE undated AS SELECT lstm_train(v, $options ORDER BY ts) AS model FROM history WHERE ts < '2024-03-04';
		GRANT SELECT ON history, model, undated TO stranger}, $database), '', "$database: before, its owner trains");
	$node->safe_psql($database, "$withhold; $give");
	trained('plain', $database, $denied, "$database: withheld from the database's owner");
	trained('stranger', $database, qr/^t$/, "$database: given");
	is(said('plain', 'SELECT count(*) FROM model, lstm_forecast(model, 3)', $database), 3, "$database: forecasting is left to all");
	like(said('plain', $give =~ s/stranger/plain/r, $database), qr/ERROR:  42501: permission denied for (function|aggregate) lstm_/, "$database: who has it not cannot give it");
	like(said('plain', 'CREATE AGGREGATE mine(float8) (SFUNC = lstm_rows_value, STYPE = internal, FINALFUNC = lstm_train_final)', $database),
		qr/ERROR:  42P13: aggregate transition data type cannot be internal/, "$database: nor make another aggregate of the support functions");
}
my $anew = 'DROP EXTENSION lstm_forecast; CREATE EXTENSION lstm_forecast';
is(said('plain', "$anew; SELECT lstm_train(v, $options) IS NOT NULL FROM history", 'lent'), 't', 'who installed it can install it anew, with the rights of the beginning');
like(said('plain', $_, 'kept'), qr/ERROR:  (42501: must be owner|42710: extension "lstm_forecast" already exists)/, "but not what a superuser installed: $_")
  for 'DROP EXTENSION lstm_forecast', 'DROP SCHEMA forecast CASCADE', 'CREATE EXTENSION lstm_forecast SCHEMA public', 'ALTER EXTENSION lstm_forecast SET SCHEMA public';
is(said('plain', 'DROP SCHEMA public CASCADE; CREATE SCHEMA public; SELECT count(*) FROM lstm_option_info() WHERE name = \'horizon\'', 'kept'), 1, 'which is in a schema that he cannot drop');
like(said('plain', "SELECT lstm_train(i, $options) FROM generate_series(1, 50) AS i", 'kept'), $denied, 'so that training stays withheld');

# Settings that protect the server.
my @protecting = split /\n/, $node->safe_psql('own', q{SELECT lstm_mae(1, 2); SELECT name FROM pg_settings WHERE name LIKE 'lstm_forecast.max%' ORDER BY name}) =~ s/^1\n//r;
cmp_ok(scalar(@protecting), '>=', 1, "protecting settings: @protecting");
for my $setting (@protecting)
{
	my $other = $setting =~ /workers/ ? 7 : 4096; # a value that it may have
	my $default = $node->safe_psql('own', "SELECT lstm_mae(1, 2); SHOW $setting") =~ s/^1\n//r;
	my $refused = qr/42501: permission denied to set parameter "\Q$setting\E"/;
	like(said('plain', "SELECT lstm_mae(1, 2); SET $setting = $other", 'own'), $refused, "$setting is not for every one to change");
	for my $early ("SET $setting = $other", "SET LOCAL $setting = $other", "SELECT set_config('$setting', '$other', false)")
	{
		($out, $error) = as('plain', "BEGIN; $early; SELECT lstm_mae(1, 2); SHOW $setting; COMMIT; SHOW $setting", 'own');
		is(join(' ', ($out =~ /\n(.*)\n(.*)$/)), "$default $default", "also not before the library is loaded: $early");
	}
	local $ENV{PGOPTIONS} = "-c $setting=$other";
	($out, $error) = as('plain', "SELECT lstm_mae(1, 2); SHOW $setting", 'own');
	is($out, "1\n$default", 'nor when the session begins');
	local $ENV{PGOPTIONS} = '';
	like(said('plain', "ALTER $_ SET $setting = $other", 'own'), qr/ERROR:  42501/, "nor for later sessions: ALTER $_") for 'ROLE plain', 'DATABASE own';
	$node->safe_psql('own', "SELECT lstm_mae(1, 2); GRANT SET ON PARAMETER $setting TO plain");
	is(said('plain', "SELECT lstm_mae(1, 2); SET $setting = $other; SELECT setting FROM pg_settings WHERE name = '$setting'", 'own'), "1\n$other",
		'but for who was given it');
	$node->safe_psql('own', "REVOKE SET ON PARAMETER $setting FROM plain");
}
like(said('postgres', 'SELECT lstm_mae(1, 2); SET lstm_forecast.no_such = 1'), qr/ERROR:  42602: invalid configuration parameter name/,
	'names under the prefix are reserved');

$node->stop;
done_testing();
