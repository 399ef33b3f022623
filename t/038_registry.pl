# The registry with many roles and sessions: what each sees and may do, whose rights a source has, promotion beside
# readers, standbys and parallel plans, dumps, and an install where others have been before.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nclient_min_messages = warning");
$node->start;
$node->backup('base');

# What a login says: its output and errors, or one of them.
sub as { return login_says($node, @_); }
sub said { my ($out, $error) = as(@_); return $error eq '' ? $out : $error; }

# A schema whose name needs quotes, and tables of the same name in schemas of their owners.
$node->safe_psql('postgres', q{
	CREATE ROLE alice LOGIN;
	CREATE ROLE bob LOGIN;
	CREATE ROLE team;
	CREATE ROLE "Carol's" LOGIN IN ROLE team;
	CREATE ROLE dave LOGIN NOINHERIT IN ROLE team;
	CREATE EXTENSION lstm_forecast;
	CREATE SCHEMA "My Reg";
	CREATE EXTENSION lstm_registry SCHEMA "My Reg";
	GRANT USAGE ON SCHEMA "My Reg" TO PUBLIC;
	ALTER DATABASE postgres SET search_path = "$user", public, "My Reg";
	CREATE SCHEMA alice AUTHORIZATION alice;
	CREATE SCHEMA bob AUTHORIZATION bob;
	CREATE SCHEMA team AUTHORIZATION team;
});
my $rows = q{CREATE TABLE sales AS SELECT '2024-01-01'::timestamptz + i * interval '1 day' AS ts, %s + 5 * (i %% 7) + sin(i * i) AS amount FROM generate_series(0, 139) AS i};
my $options = q{horizon => 7, options => '{"max_steps": 2, "ensemble_size": 1, "hidden_size": 2}'};
for my $role ('alice', 'bob')
{
	is(said($role, sprintf($rows, length $role) . "; SELECT lstm_define('$role s', 'sales', 'ts', 'amount', $options); SELECT version, promoted FROM lstm_retrain('$role s')"), "\n1|t", "$role has a model");
}
is(said(q{Carol's}, q{SET ROLE team; SET search_path = team, public, "My Reg";} . sprintf($rows, 9) . qq{; SELECT lstm_define('team s', 'sales', 'ts', 'amount', $options); SELECT version FROM lstm_retrain('team s')}), "\n1", 'so has a group');

# --- what each sees ------------------------------------------------------------------------------------

my $all = join '; ', map { qq{SELECT '$_', count(*), string_agg(DISTINCT name, ',' ORDER BY name) FROM $_} } qw(lstm_definition lstm_version lstm_job lstm_ledger lstm_models);
$node->safe_psql('postgres', q{SET search_path = "My Reg"; INSERT INTO lstm_job (name, promote, status) SELECT name, 'always', 'done' FROM lstm_definition;
	INSERT INTO lstm_ledger (name, ts, origin, version, step) SELECT name, now(), now(), 1, 1 FROM lstm_definition});
my %sees = (alice => '1|alice s', bob => '1|bob s', q{Carol's} => '1|team s', dave => '0|', postgres => '3|alice s,bob s,team s');
for my $role (sort keys %sees)
{
	is(said($role, $all), join("\n", map { "$_|$sees{$role}" } qw(lstm_definition lstm_version lstm_job lstm_ledger lstm_models)), "what $role sees in tables and views");
}
is(said('dave', "SET ROLE team; $all") =~ tr/\n//, 4, 'one who does not inherit sees it after SET ROLE');

# What the functions are.
is($node->safe_psql('postgres', q{
	SELECT string_agg(p.oid::regprocedure::text, ', ')
	FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
		 JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'lstm_registry'
	WHERE prosecdef OR proleakproof OR prosupport <> 0
		  OR prolang IN (SELECT oid FROM pg_language WHERE lanname IN ('plpgsql', 'sql')) AND 'search_path=pg_catalog, pg_temp' <> ALL (coalesce(proconfig, '{}')) AND proname NOT IN ('lstm_define', 'lstm_registry_surroundings')
}), '', 'no function has its definer\'s rights, is leakproof, or finds names by its caller\'s search path, but for those that are for that');

# --- what one may do with others' -----------------------------------------------------------------------

my $unknown = qr/ERROR:  42704: model "bob s" does not exist\nDETAIL:  There is no model of this name that belongs to you/m;
for my $call (q{lstm_model('bob s')}, q{lstm_model('bob s', 1)}, q{lstm_retrain('bob s')}, q{lstm_promote('bob s')}, q{lstm_promote('bob s', 1)}, q{lstm_forget('bob s')}, q{lstm_forget('bob s', 1)}, q{lstm_registry_own('bob s')},
	q{lstm_registry_store('bob s', lstm_pretrained(), 'always', 1)})
{
	like(said('alice', "SELECT $call"), $unknown, "another's model is none: $call");
}
for my $call ("lstm_define('bob s', 'sales', 'ts', 'amount')", "lstm_define('bob s', 'sales', 'ts', 'amount', replace => true)", q{lstm_put('bob s', lstm_pretrained())})
{
	my $error = said('alice', "SELECT $call");
	like($error, qr/ERROR:  42710: model "bob s" already exists/, "its name is taken: $call");
	unlike($error, qr/Key|sales|DETAIL/, 'and nothing more is told of it');
}
for my $change (q{INSERT INTO lstm_definition (name, owner, search_path, time_zone) VALUES ('mine', 'bob', '', 'UTC')}, q{UPDATE lstm_definition SET owner = 'bob'}, q{UPDATE lstm_definition SET owner = 'team'}, q{UPDATE lstm_definition SET owner = 'nobody'},
	q{INSERT INTO lstm_version (name, version, model, info, bytes) VALUES ('bob s', 7, '', '{}', 0)}, q{UPDATE lstm_version SET name = 'bob s', version = 7},
	q{INSERT INTO lstm_job (name, promote) VALUES ('bob s', 'always')}, q{UPDATE lstm_job SET name = 'bob s'},
	q{INSERT INTO lstm_ledger (name, ts, origin, version, step) VALUES ('bob s', '2024-01-01', '2024-01-01', 1, 1)}, q{UPDATE lstm_ledger SET name = 'bob s'})
{
	like(said('alice', $change), qr/ERROR:  42501: new row violates row-level security policy for table "lstm_(definition|version|job|ledger)"/, "refused: $change");
}
is(said('alice', q{UPDATE lstm_definition SET note = 'seen' WHERE name = 'bob s'; DELETE FROM lstm_version WHERE name = 'bob s'; DELETE FROM lstm_definition WHERE name <> 'alice s'}), '', '(others\' rows are not there)');
is(said('bob', q{SELECT note IS NULL, lstm_model('bob s') IS NOT NULL FROM lstm_definition}), 't|t', 'so that nothing happens to them');
like(said('alice', $_), qr/ERROR:  42501/, "nor may one change the tables: $_") for 'TRUNCATE lstm_definition CASCADE', 'ALTER TABLE lstm_definition DISABLE ROW LEVEL SECURITY', 'DROP POLICY owner ON lstm_definition', 'CREATE TRIGGER t BEFORE INSERT ON lstm_version EXECUTE FUNCTION suppress_redundant_updates_trigger()';

like(said('alice', $_), qr/ERROR:  42501: permission denied for table lstm_job/, "nor take the number of another's next job: $_") for q{INSERT INTO lstm_job (name, promote, job) VALUES ('alice s', 'always', 100)}, 'UPDATE lstm_job SET job = job + 1';

# Nobody's code runs in another's call, even where the schema of the extension is open to all.
$node->safe_psql('postgres', q{
	CREATE TABLE public.caught (who name DEFAULT current_user);
	GRANT ALL ON public.caught TO PUBLIC;
	GRANT CREATE ON SCHEMA "My Reg" TO bob;
});
my $schema = '"My Reg"';
my $catch = q{LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.caught DEFAULT VALUES; RETURN; END'};
said('bob', $_) for
	"CREATE FUNCTION $schema.lstm_record(text, text[], OUT v int8) $catch",
	"CREATE FUNCTION $schema.lstm_watch_renew(OUT v int8) $catch",
	"CREATE FUNCTION $schema.lstm_registry_rows(text, text, text, text, text[], OUT v text) $catch",
	"CREATE FUNCTION $schema.lstm_registry_forecasts($schema.lstm_definition, bytea, text[], int8, float8, int4) RETURNS TABLE (series text, step int4, ts timestamptz, local_ts timestamp, actual float8, forecast float8, lower float8, upper float8) $catch";
is($node->safe_psql('postgres', qq{SELECT count(*) FROM pg_proc WHERE proowner = 'bob'::regrole AND pronamespace = '$schema'::regnamespace}), '4', 'functions that calls could mean');
like(said('alice', q{SELECT lstm_record('alice s', NULL, NULL, NULL)}), qr/^\d+$/, 'forecasts are recorded');
is(said('alice', q{INSERT INTO lstm_due (owner, name, series, after) VALUES ('alice', 'alice s', '', '-infinity'); SELECT lstm_watch_renew('alice s')}), '1', 'and renewed');
is(said('alice', q{SELECT count(*), string_agg(message, ' ') FROM lstm_due}), '0|', 'by our own functions');
is($node->safe_psql('postgres', 'SELECT count(*) FROM public.caught'), '0', 'and by no other');
$node->safe_psql('postgres', "DROP FUNCTION $schema.lstm_record(text, text[]), $schema.lstm_watch_renew(), $schema.lstm_registry_rows(text, text, text, text, text[]), $schema.lstm_registry_forecasts($schema.lstm_definition, bytea, text[], int8, float8, int4); REVOKE CREATE ON SCHEMA $schema FROM bob");

# --- whose rights a source has ----------------------------------------------------------------------------

# It writes down who runs it.
$node->safe_psql('postgres', 'CREATE TABLE public.ran (who name); GRANT INSERT ON public.ran TO PUBLIC; GRANT CREATE ON SCHEMA public TO bob');
is(said('bob', qq{
	CREATE FUNCTION bob.spy(float8) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ran VALUES (current_user); RETURN \$1; END';
	GRANT USAGE ON SCHEMA bob TO PUBLIC; GRANT SELECT ON bob.sales TO PUBLIC;
	SELECT lstm_define('spied', 'SELECT ts, spy(amount) AS amount FROM bob.sales', 'ts', 'amount', $options);
	SELECT version FROM lstm_retrain('spied')}), "\n1", 'a source with a function in it');
is($node->safe_psql('postgres', 'SELECT who, count(*) > 0 FROM public.ran GROUP BY who'), 'bob|t', 'runs it as the owner');
for my $call (q{lstm_retrain('spied')}, q{lstm_put('spied', lstm_pretrained(), 'if better')}, q{lstm_define('spied', 'bob.sales', 'ts', 'amount', replace => true)}, q{lstm_registry_compare('spied', 1, 1)})
{
	like(said('postgres', qq{SELECT $call}), qr/ERROR:  42501: must be owner of model "spied"\nDETAIL:  It belongs to role "bob".*\nHINT:  SET ROLE bob, if you may\./, "a superuser does not run it: $call");
}
is(said('postgres', q{SELECT promoted FROM lstm_put('spied', lstm_pretrained()); SELECT lstm_promote('spied', 1); SELECT length(lstm_model('spied')) > 0; SELECT version FROM lstm_models WHERE name = 'spied'}), "t\n1\nt\n1", 'but does what reads none');
is(said('postgres', q{SET ROLE bob; SET search_path = public, "My Reg"; SELECT version FROM lstm_retrain('spied')}), 3, 'nor as the owner with its rights only');
is($node->safe_psql('postgres', 'SELECT DISTINCT who FROM public.ran'), 'bob', 'so that it never ran as another');
like(said(q{Carol's}, q{SELECT lstm_retrain('team s')}), qr/ERROR:  42501: must be owner of model "team s".*\nHINT:  SET ROLE team, if you may/s, 'a member of a group trains as the group');
is(said(q{Carol's}, q{SELECT count(*) FROM lstm_forecast(lstm_model('team s'), 3); SET ROLE team; SELECT version, promoted FROM lstm_retrain('team s')}), "3\n2|t", 'and reads as herself');
is(said(q{Carol's}, qq{CREATE TEMP TABLE mine AS SELECT now() - i * interval '1 day' AS ts, i AS amount FROM generate_series(1, 60) AS i; SELECT lstm_define('own', 'mine', 'ts', 'amount', $options); SELECT owner FROM lstm_definition WHERE name = 'own'; SELECT lstm_forget('own')}), "\nCarol's\n", 'a role whose name needs quotes');
is(said('alice', q{UPDATE lstm_definition SET owner = 'alice'; SELECT owner FROM lstm_models}), 'alice', 'one\'s own stays one\'s own');

# A view lends forecasts without the model, by the rights of its owner.
is(said('alice', q{CREATE VIEW alice.lent WITH (security_barrier) AS SELECT f.* FROM lstm_forecast(lstm_model('alice s'), 5) AS f; GRANT USAGE ON SCHEMA alice TO bob; GRANT SELECT ON alice.lent TO bob}), '', 'a view of forecasts');
like(said('bob', 'SELECT count(*) FROM alice.lent'), qr/ERROR:  42704: model "alice s" does not exist/, 'runs the function as its reader, who has no such model');

is(said('alice', q{SET search_path = alice, public, "My Reg"; CREATE FUNCTION alice.lend() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC SELECT count(*) FROM lstm_forecast(lstm_model('alice s'), 5); END}), '', 'a function with its owner\'s rights');
is(said('bob', 'SELECT alice.lend()'), 5, 'lends them');

# A role that is gone leaves its models to superusers, who may give them on.
$node->safe_psql('postgres', q{CREATE ROLE gone LOGIN; GRANT CREATE ON SCHEMA public TO gone});
is(said('gone', q{SELECT version FROM lstm_put('left', lstm_pretrained())}), 1, 'a role with a model');
$node->safe_psql('postgres', 'DROP OWNED BY gone; DROP ROLE gone');
like(said('alice', q{SELECT lstm_model('left')}), qr/42704/, 'is dropped, and the model is nobody\'s');
is(said('postgres', q{UPDATE lstm_definition SET owner = 'alice' WHERE name = 'left'}), '', 'but a superuser\'s');
is(said('alice', q{SELECT length(lstm_model('left')) > 0; SELECT lstm_forget('left')}), "t\n", 'who gives it to another');

# --- promotion beside readers ------------------------------------------------------------------------------

my $first = $node->background_psql('postgres', extra_params => [ '-U', 'alice' ]);
my $second = $node->background_psql('postgres', extra_params => [ '-U', 'alice' ], on_error_stop => 0);
my $version = q{SELECT version FROM lstm_models; SELECT lstm_model('alice s') = lstm_model('alice s', version) FROM lstm_models};
$first->query_safe('BEGIN');
is($first->query_safe(q{SELECT version, promoted FROM lstm_retrain('alice s', 'always')}), '2|t', 'a version is stored in a transaction');
is($first->query_safe($version), "2\nt", 'which sees it');
is(said('alice', $version), "1\nt", 'others see the one before');
begin_statement($second, q{SELECT version, promoted FROM lstm_put('alice s', lstm_pretrained(), 'always')});
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'}), 'who stores another one waits');
is(said('alice', $version), "1\nt", 'who reads does not');
$first->query_safe('COMMIT');
is($second->query_safe('SELECT 1') =~ s/\n?1$//r, '3|t', 'and comes after it');
is(said('alice', $version), "3\nt", 'then all see the new one');
is(said('alice', q{SELECT array_agg(version ORDER BY version) FROM lstm_version}), '{1,2,3}', 'and no version is lost');
# one that is to be promoted is not removed meanwhile
$first->query_safe('BEGIN');
$first->query_safe(q{SELECT lstm_promote('alice s', 1)});
begin_statement($second, q{SELECT lstm_forget('alice s', 1)});
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'}), 'who forgets a version waits, too');
$first->query_safe('COMMIT');
$second->query('SELECT 1');
like($second->{stderr}, qr/version 1 of model "alice s" is the promoted one/, 'and sees that it was promoted');
$second->{stderr} = '';
is(said('alice', $version), "1\nt", 'it is there');
# what was forgotten meanwhile
$first->query_safe(q{SELECT lstm_put('short-lived', lstm_pretrained())});
for my $call (q{lstm_put('short-lived', lstm_pretrained())}, q{lstm_promote('short-lived')}, q{lstm_forget('short-lived')})
{
	$first->query_safe(q{SELECT lstm_put('short-lived', lstm_pretrained()) WHERE NOT EXISTS (SELECT FROM lstm_models WHERE name = 'short-lived')});
	$first->query_safe(q{BEGIN; SELECT lstm_forget('short-lived')});
	begin_statement($second, "SELECT $call");
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'}), "$call waits for the end of the model");
	$first->query_safe('COMMIT');
	$second->query('SELECT 1');
	like($second->{stderr}, qr/model "short-lived" does not exist/, 'and finds none');
	$second->{stderr} = '';
}
# a rollback, also of one to a savepoint
is($first->query_safe(q{BEGIN; SAVEPOINT s; SELECT lstm_promote('alice s', 2); ROLLBACK TO s; SELECT version FROM lstm_models; COMMIT; SELECT version FROM lstm_models}), "2\n1\n1", 'a rollback gives the old one back');
is($first->query_safe(q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT version FROM lstm_models}), 1, 'a snapshot');
$second->query_safe(q{SELECT lstm_promote('alice s', 3)});
is($first->query_safe("$version; COMMIT; SELECT version FROM lstm_models"), "1\nt\n3", 'keeps to what was promoted then');
$_->quit for $first, $second;

# --- arguments that should be refused --------------------------------------------------------------------------

# Every function, one argument at a time: an error that is told, or a result, and nothing else.
my %hostile = (
	text => [ 'NULL', q{''}, q{repeat('x', 1000000)}, q{E'a"b\\'c; --'}, q{'no such'}, q{E'\\x01'} ],
	'text[]' => [ 'NULL', q{'{}'}, q{'{NULL}'}, q{'{{a},{b}}'}, q{array_fill('c'::text, ARRAY[3000])} ],
	bigint => [ 'NULL', '0', '-1', '9223372036854775807', '-9223372036854775808' ], integer => [ 'NULL', '0', '-1', '2147483647', '-2147483648' ],
	'double precision' => [ 'NULL', q{'NaN'}, q{'-Infinity'} ], boolean => ['NULL'], jsonb => [ 'NULL', q{'[]'}, q{'null'}, q{'{"max_steps": -1}'} ],
	interval => [ 'NULL', q{'0'}, q{'-1 day'}, q{'170000000 years'} ], bytea => [ 'NULL', q{''}, q{'\\x00'}, q{convert_to(repeat('lstm', 10000), 'UTF8')}, q{substr(lstm_pretrained(), 1, 1000)} ],
	'double precision[]' => [ 'NULL', q{'{}'}, q{'{NULL}'}, q{'{NaN,2,-1}'} ], numeric => [ 'NULL', q{'NaN'}, q{'-Infinity'}, '0', '1e-1000', '1e10000' ],
	'timestamp with time zone' => [ 'NULL', q{'infinity'}, q{'-infinity'}, q{'4713-01-01 BC'}, q{'294276-12-31'} ],
	name => [ 'NULL', q{''}, q{'no such'} ], xid => [ 'NULL', q{'0'}, q{'3'}, q{'4294967295'} ], regclass => [ 'NULL', '0', '4294967295', q{'pg_class'}, q{'bob.sales'} ], lstm_definition => ['NULL']);
my %usual = (name => q{'bob s'}, source => q{'bob.sales'}, time_column => q{'ts'}, target_column => q{'amount'}, model => 'lstm_pretrained()', promote => q{'always'}, keep => '2', replace => 'true', horizon => '3', folds => '1', stride => '1', old => '1', new => '1',
	path => q{'bob, public'}, definition => q{lstm_registry_definition('bob s')}, version => '1', options => q{'{"max_steps": 1, "ensemble_size": 1, "hidden_size": 2}'});
my @functions = split /\n/, $node->safe_psql('postgres', q{
	SET search_path = "My Reg", pg_catalog;
	SELECT p.proname || '|' || string_agg(proargnames[i] || ':' || format_type(proargtypes[i - 1], NULL), '|' ORDER BY i)
	FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension AS e ON e.oid = d.refobjid AND extname = 'lstm_registry',
		 generate_series(1, pronargs) AS i GROUP BY p.oid, p.proname ORDER BY 1});
cmp_ok(scalar(@functions), '>=', 20, 'functions of the registry');
my ($hostile, $calls) = ('', 0);
for my $function (@functions)
{
	my ($name, @arguments) = split /\|/, $function;
	my @names = map { (split /:/)[0] } @arguments;
	my @types = map { (split /:/)[1] } @arguments;
	my @base = map { '(' . ($usual{ $names[$_] } // 'NULL') . ")::$types[$_]" } 0 .. $#names;
	for my $i (0 .. $#names)
	{
		for my $value (@{ $hostile{ $types[$i] } // die "no hostile $types[$i]" })
		{
			my @call = @base;
			$call[$i] = "($value)::$types[$i]";
			$hostile .= "\\echo $name\nBEGIN; SELECT count(*) FROM (SELECT $name(" . join(', ', @call) . ")) AS f; ROLLBACK;\n";
			$calls++;
		}
	}
}
my ($answers, $errors) = as('bob', $hostile);
cmp_ok($calls, '>', 200, "$calls calls");
my @codes = $errors =~ /ERROR:  (\w{5}):/g;
my %code = map { $_ => 1 } @codes;
note("SQLSTATEs of $calls calls, of which " . @codes . ' are errors: ' . join ' ', sort keys %code);
is(join(' ', grep { /^XX000|^58|^P0/ } sort keys %code), '', 'no argument leads to an internal error');
unlike($errors, qr/connection|terminat/, 'nor to an end of the session');
is(said('bob', q{SELECT status FROM lstm_models WHERE name = 'bob s'; SELECT count(*) FROM lstm_forecast(lstm_model('bob s'))}), "ready\n7", 'all is as before');

# A cancel ends a training, a comparison included, and leaves nothing behind.
is(said('bob', q{CREATE FUNCTION bob.slowly(float8) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(coalesce(current_setting($$reg.slow$$, true), $$0$$)::float8); RETURN $1; END'}
	. qq{; SELECT lstm_define('slow', 'SELECT ts, slowly(amount) AS amount FROM bob.sales', 'ts', 'amount', $options); SELECT version FROM lstm_retrain('slow')}), "\n1", 'a source that may be slow');
for my $call (q{lstm_retrain('slow')}, q{lstm_put('slow', lstm_pretrained(), 'if better')})
{
	like(said('bob', "SET reg.slow = 0.1; SET statement_timeout = 500; SELECT $call"), qr/ERROR:  57014: canceling statement due to statement timeout/, "$call is cancelled");
}
is(said('bob', q{SELECT version, versions FROM lstm_models WHERE name = 'slow'; SELECT last_version FROM lstm_definition WHERE name = 'slow'; SELECT lstm_forget('slow')}), "1|1\n1\n", 'without a trace');

# --- replicas, read-only transactions, parallel workers -------------------------------------------------------

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
my $forecast = q{SELECT md5(string_agg(f::text, ',')) FROM lstm_forecast(lstm_model('bob s'), 5) AS f; SELECT name, version, status FROM lstm_models ORDER BY name};
my $usual = said('bob', $forecast);
is(said('bob', "BEGIN READ ONLY; $forecast; COMMIT"), $usual, 'a model is read in a read-only transaction');
is($standby->safe_psql('postgres', $forecast, extra_params => [ '-U', 'bob' ]), $usual, 'and on a standby');
like(said('bob', q{BEGIN READ ONLY; SELECT lstm_retrain('bob s')}), qr/ERROR:  25006/, 'a training is none for it');
$standby->stop;
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;';
like(said('bob', "ALTER TABLE bob.sales SET (parallel_workers = 2); $parallel EXPLAIN SELECT max(md5(lstm_model('bob s'))) FROM bob.sales"), qr/Parallel Seq Scan/, 'a plan with workers');
is(said('bob', "$parallel SELECT max(md5(lstm_model('bob s'))) = md5(lstm_model('bob s')) FROM bob.sales"), 't', 'reads the model in them');

# --- the view reads no model -------------------------------------------------------------------------------------

$node->safe_psql('postgres', q{SET search_path = "My Reg", public;
	INSERT INTO lstm_definition (name, owner, search_path, time_zone, version, last_version) SELECT 'many ' || i, 'alice', '', 'UTC', 2, 3 FROM generate_series(1, 500) AS i;
	INSERT INTO lstm_version (name, version, model, info, bytes, skill, message)
		SELECT 'many ' || i, n, convert_to(repeat(md5(i::text), 640), 'UTF8'), one.info, 20480, 0.5, 'promoted: its error is 0.9, that of version 1 is 1, relative to the naive forecast on the last 3 windows of 7 steps'
		FROM generate_series(1, 500) AS i, generate_series(1, 3) AS n, (SELECT info FROM lstm_version WHERE name = 'bob s' LIMIT 1) AS one});
$node->safe_psql('postgres', 'VACUUM ANALYZE "My Reg".lstm_version');
sub toast_blocks
{
	$node->safe_psql('postgres', 'SELECT pg_stat_force_next_flush()');
	return $node->safe_psql('postgres', q{SELECT toast_blks_read + toast_blks_hit FROM pg_statio_all_tables WHERE relid = '"My Reg".lstm_version'::regclass});
}
my $before = toast_blocks();
is(said('alice', q{SELECT count(*), count(message), sum(bytes) > 0 FROM (SELECT * FROM lstm_models OFFSET 0) AS m; SELECT length(string_agg(m::text, '')) > 0 FROM lstm_models AS m; SELECT pg_stat_force_next_flush()}), "501|501|t\nt\n", '500 models are listed');
is(toast_blocks(), $before, 'without a block of the models');
said('alice', q{SELECT md5(lstm_model('many 1')); SELECT pg_stat_force_next_flush()});
cmp_ok(toast_blocks(), '>', $before, '(which are counted where one is read)');
my ($took) = said('alice', q{SELECT count(*) FROM lstm_models; EXPLAIN (ANALYZE, TIMING off) SELECT * FROM lstm_models}) =~ /Execution Time: ([\d.]+) ms/;
note("lstm_models of 500 models: $took ms");
$node->safe_psql('postgres', q{DELETE FROM "My Reg".lstm_definition WHERE name LIKE 'many %'});

# --- dumps ---------------------------------------------------------------------------------------------------------

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init;
$new->start;
$new->safe_psql('postgres', q{CREATE ROLE alice LOGIN; CREATE ROLE team; CREATE ROLE "Carol's" LOGIN IN ROLE team; CREATE ROLE dave});
my $contents = join '; ', q{SET search_path = "My Reg", public}, (map { "SELECT * FROM $_ ORDER BY 1, 2" } qw(lstm_definition lstm_job lstm_ledger)),
	'SELECT name, version, md5(model), info, skill, mase, horizon, series, rows, bytes, seconds, stored_at, message FROM lstm_version ORDER BY 1, 2', q{SELECT name, md5(string_agg(f::text, ',')) FROM lstm_definition, lstm_forecast(CASE WHEN name IN ('bob s', 'team s') THEN lstm_model(name) END, 3) AS f GROUP BY name ORDER BY 1};
my $kept = $node->safe_psql('postgres', $contents);
my $next = $node->safe_psql('postgres', q{SELECT last_value FROM "My Reg".lstm_job_job_seq});
for my $format ('plain', 'custom')
{
	my $file = $node->basedir . "/registry.$format";
	$node->command_ok([ 'pg_dump', '-F', $format, '-f', $file, '--dbname', $node->connstr('postgres') ], "pg_dump, $format");
	$new->safe_psql('postgres', "CREATE DATABASE $format");
	# bob is not there, so his schema, and what he was given, cannot be
	my @target = ('--dbname', $new->connstr($format));
	my @restore = $format eq 'plain' ? ('psql', '-X', '-q', '-f', $file, @target) : ('pg_restore', @target, $file);
	my ($out, $error) = ('', '');
	IPC::Run::run [ @restore, '-U', $new->safe_psql('postgres', 'SELECT current_user') ], '>', \$out, '2>', \$error;
	is(join(' ', grep { !/role "bob" does not exist/ } $error =~ /^.*error: (?:.*error: )?(?:ERROR: )?(.*)$/gim), '', "$format: it is restored, but for bob's rights");
	is($new->safe_psql($format, $contents), $kept, "$format: all is as it was");
	is($new->safe_psql($format, q{SET search_path = "My Reg"; INSERT INTO lstm_job (name, promote, status) VALUES ('alice s', 'always', 'done') RETURNING job}), $next + 1, "$format: jobs are counted on");
	my $path = q{SET search_path = "$user", public, "My Reg"};
	is($new->safe_psql($format, "$path; SELECT name FROM lstm_models; SELECT version FROM lstm_retrain('alice s', 'always')", extra_params => [ '-U', 'alice' ]), "alice s\n4", "$format: its owner sees and trains her own");
	is($new->safe_psql($format, qq{$path; SELECT name FROM lstm_models}, extra_params => [ '-U', q{Carol's} ]), 'team s', "$format: so does a group");
	is($new->safe_psql($format, qq{$path; SELECT count(*) FROM lstm_models WHERE owner = 'bob'}), 2, "$format: models of a role that is not there are a superuser's");
	is($new->safe_psql($format, q{SELECT count(*) FROM pg_policies WHERE schemaname = 'My Reg'}), 6, "$format: each table has its policy, once");
}
$new->stop;
# The owner of a database who is no superuser dumps what he may see, and says so.
$node->safe_psql('postgres', 'CREATE DATABASE owned OWNER alice');
is(said('alice', q{CREATE EXTENSION lstm_forecast; CREATE EXTENSION lstm_registry; SELECT version FROM lstm_put('mine', lstm_pretrained())}, 'owned'), 1, 'a database\'s owner installs it');
is(said('bob', q{SELECT version FROM lstm_put('his', lstm_pretrained())}, 'owned'), 1, 'where another has a model');
like(said('alice', q{SELECT name FROM lstm_models}, 'owned'), qr/^mine$/, 'that the one who installed it does not see');
my @dump = ('pg_dump', '-U', 'alice', '--dbname', $node->connstr('owned'));
$node->command_fails_like(\@dump, qr/row-level security/, 'her dump says that there is more than she may see');
my ($dumped) = run_command([ @dump, '--enable-row-security', '--inserts' ]);
like($dumped, qr/INSERT INTO public\.lstm_definition VALUES \('mine', 'alice'/, 'with --enable-row-security it has hers');
unlike($dumped, qr/'his'/, 'and no other');

# --- an install where others have been before -------------------------------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE before OWNER alice');
is(said('alice', 'CREATE SCHEMA shared; GRANT ALL ON SCHEMA shared TO bob; CREATE EXTENSION lstm_forecast', 'before'), '', 'a schema in which another may create');
# Better matches for whoever leaves a type open, and operators and types that hide those of PostgreSQL.
my $caught = q{RAISE EXCEPTION 'caught'};
my @overloads = map { my ($name, $types) = split / /; "CREATE FUNCTION shared.$name($types) RETURNS pg_catalog.text LANGUAGE plpgsql AS 'BEGIN $caught; END'" =~ s/'caught'/''caught''/r } (
	'lstm_registry_definition varchar', 'lstm_registry_definition name', 'lstm_registry_own varchar', 'lstm_registry_promotion varchar', 'lstm_registry_no_version text,int4', 'lstm_registry_info anyelement', 'lstm_registry_versions varchar',
	'lstm_registry_store text,bytea,text,int4', 'lstm_registry_store varchar,bytea,varchar,float8', 'lstm_registry_compare text,int8,int8', 'lstm_registry_compare varchar,int4,int4',
	'lstm_registry_train anyelement,anyelement,anyelement,anyelement,anyarray,anyarray,int8,jsonb,anyelement,anyarray', 'length anyelement', 'format varchar,text', 'now ', 'set_config text,text,bool', 'current_setting text');
my $script = join ";\n", @overloads, map { my $type = $_; ("CREATE FUNCTION shared.trap(pg_catalog.$type, pg_catalog.$type) RETURNS pg_catalog.bool LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''caught''; END'",
		map { "CREATE OPERATOR shared.$_ (LEFTARG = pg_catalog.$type, RIGHTARG = pg_catalog.$type, FUNCTION = shared.trap)" } qw(= <> < <= > >= + - /)) } qw(text int4 int8 float8 name bool timestamptz);
is(said('bob', "$script; CREATE DOMAIN shared.text AS pg_catalog.text CHECK (false); CREATE DOMAIN shared.int4 AS pg_catalog.int4 CHECK (false); CREATE DOMAIN shared.bytea AS pg_catalog.bytea CHECK (false)", 'before'), '', 'where he has put traps');
is(said('alice', 'CREATE EXTENSION lstm_registry SCHEMA shared', 'before'), '', 'a role that is no superuser installs it there');
is(said('alice', q{SELECT extowner::regrole FROM pg_extension WHERE extname = 'lstm_registry'; SELECT DISTINCT rolsuper FROM pg_class AS c JOIN pg_roles AS r ON r.oid = relowner WHERE relname ~ '^lstm_' AND relkind IN ('r', 'v')}, 'before'), "alice\nt", 'the tables are the superuser\'s');
for my $path ('pg_catalog, public, shared', 'shared, pg_catalog, public')
{
	my $rename = $path =~ /^shared/ ? '' : "CREATE TABLE public.sales AS SELECT '2024-01-01'::timestamptz + i * interval '1 day' AS ts, i % 7 + sin(i * i) AS amount FROM generate_series(0, 139) AS i;";
	is(said('alice', qq{$rename SET search_path = $path;
		SELECT shared.lstm_define('m'::pg_catalog.text, 'public.sales'::pg_catalog.text, 'ts'::pg_catalog.text, 'amount'::pg_catalog.text, horizon => 7::pg_catalog.int8, options => '{"max_steps": 2, "ensemble_size": 1, "hidden_size": 2}'::pg_catalog.jsonb);
		SELECT version, promoted FROM shared.lstm_retrain('m'::pg_catalog.text);
		SELECT version, promoted FROM shared.lstm_retrain('m'::pg_catalog.text);
		SELECT version FROM shared.lstm_put('m'::pg_catalog.text, shared.lstm_model('m'::pg_catalog.text), 'never'::pg_catalog.text);
		SELECT shared.lstm_promote('m'::pg_catalog.text, 1::pg_catalog.int8);
		SELECT name, status, version FROM shared.lstm_models;
		SELECT shared.lstm_forget('m'::pg_catalog.text, 2::pg_catalog.int8);
		SELECT shared.lstm_forget('m'::pg_catalog.text)}, 'before'), "\n1|t\n2|t\n3\n1\nm|ready|1\n\n", "and nothing of it falls into one: $path");
}
is(said('alice', 'DROP EXTENSION lstm_registry', 'before'), '', 'it goes');
# What has the same name is an error, not taken over.
for my $object ('TABLE lstm_definition (a int)', 'TABLE lstm_ledger (a int)', 'VIEW lstm_models AS SELECT 1 AS a', 'FUNCTION lstm_model(text, int8) RETURNS bytea LANGUAGE sql AS $$ SELECT NULL::bytea $$',
	'FUNCTION lstm_registry_store(text, bytea, text, float8) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$')
{
	is(said('alice', 'DROP SCHEMA shared CASCADE; CREATE SCHEMA shared; GRANT ALL ON SCHEMA shared TO bob', 'before'), '', '(a new schema)');
	is(said('bob', "SET search_path = shared; CREATE $object", 'before'), '', '(with another\'s object)');
	like(said('alice', 'CREATE EXTENSION lstm_registry SCHEMA shared', 'before'), qr/ERROR:  (42P07|42723|42710)/, 'another\'s ' . ($object =~ /^(\w+ \w+)/)[0] . ' is an error');
}
like(said('alice', 'CREATE EXTENSION lstm_registry SCHEMA public; DROP EXTENSION lstm_forecast', 'before'), qr/ERROR:  2BP01.*extension lstm_registry depends on extension lstm_forecast/s, 'lstm_forecast stays while it is there');
is(said('alice', 'DROP EXTENSION lstm_forecast CASCADE; SELECT count(*) FROM pg_class WHERE relname ~ $$^lstm_$$', 'before'), 0, 'or takes it along');

$node->stop;
done_testing();
