# The ledger belongs to the models' owners: others see and change nothing of it, and cannot read with an owner's rights. Sessions at
# once, plans by index alone, a dump.
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
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE EXTENSION lstm_registry;
	CREATE ROLE ana;
	CREATE ROLE bob;
	CREATE ROLE team;
	GRANT team TO ana, bob;
	CREATE SCHEMA anas AUTHORIZATION ana;
	CREATE SCHEMA teams AUTHORIZATION team;
	SET ROLE ana;
	SET search_path = anas, public;
	CREATE TABLE sale AS SELECT shop, date '2024-01-01' + i AS day, shop * 10 + i % 7 + sin(i * i) AS amount FROM generate_series(1, 3) AS shop, generate_series(0, 99) AS i;
	SELECT lstm_define('shops', 'sale', 'day', 'amount', 'shop', horizon => 7);
	SELECT v.version FROM lstm_registry_store('shops', lstm_train('sale', 'day', 'amount', 'shop', horizon => 7), 'always', NULL) AS v;
	SELECT lstm_record('shops');
	INSERT INTO sale SELECT shop, '2024-04-10', 12 FROM generate_series(1, 3) AS shop;
	SELECT lstm_settle('shops');
	SET ROLE team;
	SET search_path = teams, public;
	CREATE TABLE sale AS SELECT * FROM (VALUES (1)) AS v (x) WHERE false;
	CREATE TABLE reading (day date, amount float8, shop int);
	SELECT lstm_define('of team', 'SELECT * FROM teams.reading', 'day', 'amount', 'shop', horizon => 7);
});

sub as
{
	my ($role, $query) = @_;
	return $node->safe_psql('postgres', "SET ROLE $role; SET search_path = public;\n$query");
}
sub refusal
{
	my ($role, $query) = @_;
	return error_of($node, "SET ROLE $role;\nSET search_path = public;\n$query");
}

# Another role.
for my $table ('lstm_ledger', 'lstm_ledger_day', 'lstm_live_accuracy', 'lstm_drift')
{
	is(as('bob', "SELECT count(*) FROM $table"), '0', "$table of ana's is empty for bob");
	cmp_ok(as('ana', "SELECT count(*) FROM $table"), '>', 0, "and not for ana");
}
as('bob', 'UPDATE lstm_ledger SET actual = 0; DELETE FROM lstm_ledger; DELETE FROM lstm_ledger_day');
is(as('ana', 'SELECT count(*), count(actual) FILTER (WHERE actual = 12), (SELECT sum(forecasts) FROM lstm_ledger_day) FROM lstm_ledger'), '21|3|3',
	'what bob changes is not ana\'s');
like(refusal('bob', "INSERT INTO lstm_ledger (name, ts, origin, version, step, forecast) VALUES ('shops', 'now', 'now', 1, 1, 1)"),
	qr/row-level security/, 'bob adds nothing to her ledger');
like(refusal('bob', "INSERT INTO lstm_ledger_day VALUES ('shops', 1, 'today', 1, 1, 1, 1, 1, 1, 1)"), qr/row-level security/, 'nor to the sums');
like(refusal('bob', "SELECT $_('shops')"), qr/model "shops" does not exist/, "$_ does not know her model") for qw(lstm_record lstm_settle lstm_adapt);
is(as('bob', 'SELECT lstm_settle()'), '0', 'and bob has nothing to settle');

# Members of a role see what is the role's, and read its sources as that role alone.
is(as('ana', q{SELECT count(*) FROM lstm_definition WHERE name = 'of team'}), '1', 'a member sees the model of a team');
like(refusal('ana', "SELECT $_('of team')"), qr/must be owner of model "of team"/, "$_ is for the team") for qw(lstm_record lstm_settle);
like(refusal('postgres', q{SELECT lstm_record('shops')}), qr/must be owner of model "shops"/, 'a superuser does not run a source either');
like(refusal('team', q{SELECT lstm_record('of team')}), qr/has no version yet/, 'the team may');

# Names in the source are those of the defining session, and operators of others are none of ours.
$node->safe_psql('postgres', q{
	GRANT CREATE ON SCHEMA public TO bob;
	SET ROLE bob;
	CREATE TABLE public.sale (shop int, day date, amount float8);
	CREATE FUNCTION public.steal(float8, float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stolen'; END $$;
	CREATE OPERATOR public.- (FUNCTION = public.steal, LEFTARG = float8, RIGHTARG = float8);
	CREATE FUNCTION public.coalesce_max(float8) RETURNS float8 LANGUAGE sql AS 'SELECT 1/0::float8';
});
is(as('ana', q{SELECT lstm_record('shops')}), '21', 'her table is read in a session that would find another, and her operators');
is(as('ana', q{INSERT INTO anas.sale SELECT shop, '2024-04-11', 13 FROM generate_series(1, 3) AS shop; SELECT lstm_settle()}), '6', 'and settled');
like($node->safe_psql('postgres', q{SET ROLE ana; SET search_path = public, pg_catalog; SELECT mae > 0, drift FROM lstm_live_accuracy}), qr/^t\|too early$/,
	'views are as they were made');

# Two sessions at once: nothing is counted twice, nobody waits for a sum.
my $first = $node->background_psql('postgres');
$first->query_safe('SET ROLE ana; BEGIN');
$first->query_safe(q{UPDATE lstm_ledger SET actual = forecast WHERE series = '1' AND step = 7});
is(as('ana', q{SET statement_timeout = '20s'; UPDATE lstm_ledger SET actual = forecast + 1 WHERE series = '2' AND step = 7; SELECT lstm_settle('shops', '2024-04-01')}), '0',
	'another session does not wait, where rows are others');
$first->query_safe('COMMIT');
# The model is held before rows are, so that whoever forgets or renames it meanwhile waits, and neither is for the other.
for my $call (q{lstm_record('shops')}, q{lstm_settle('shops', 'infinity')})
{
	$first->query_safe("BEGIN; SELECT $call");
	like(refusal('ana', q{SET lock_timeout = '100ms'; SELECT lstm_forget('shops')}), qr/lock timeout/, "$call is waited for");
	like(refusal('ana', "SET lock_timeout = '100ms'; UPDATE lstm_definition SET name = 'x' WHERE name = 'shops'"), qr/lock timeout/, 'also by a new name');
	is(as('ana', q{SET lock_timeout = '100ms'; SELECT lstm_promote('shops')}), '1', 'but not by a new version');
	$first->query_safe('ROLLBACK');
}
$first->quit;
my $sums = q{SELECT count(*), count(*) FILTER (WHERE a.n = b.n AND abs(a.error - b.error) < 1e-9)
	FROM (SELECT ts::date AS day, count(*) AS n, sum(abs(actual - forecast)) AS error FROM lstm_ledger WHERE actual IS NOT NULL GROUP BY 1) AS a
	FULL JOIN (SELECT day, sum(forecasts) AS n, sum(error)::float8 AS error FROM lstm_ledger_day GROUP BY 1) AS b USING (day)};
my $days = as('ana', $sums);
like($days, qr/^(\d+)\|\1$/, 'the sums are those of the rows');
as('ana', q{SELECT lstm_settle('shops')});
is(as('ana', $sums), $days, 'and stay so when they are merged');

# A long ledger is read by its indexes.
$node->safe_psql('postgres', q{
	SET ROLE ana;
	INSERT INTO lstm_ledger (name, series, ts, origin, version, step, forecast, lower, upper, naive, actual)
		SELECT 'shops', 'past ' || s, day, day - interval '1 day', 1, 1, 1, 0, 2, 1, 1 FROM generate_series(1, 100) AS s,
			generate_series(timestamptz '2023-01-01', '2023-12-31', '1 day') AS day;
	RESET ROLE;
	VACUUM ANALYZE;
});
sub scans { return $node->safe_psql('postgres', q{SELECT pg_stat_force_next_flush(); SELECT pg_sleep(1); SELECT pg_stat_get_numscans('public.lstm_ledger'::regclass)}) =~ s/.*\n//sr; }
my $before = scans();
$node->safe_psql('postgres', q{
	SET ROLE ana;
	INSERT INTO anas.sale SELECT shop, '2024-04-12', 13 FROM generate_series(1, 3) AS shop;
	SELECT lstm_settle();
	SELECT lstm_record('shops');
	SELECT count(*) FROM lstm_live_accuracy;
	SELECT pg_stat_force_next_flush();
});
is(scans(), $before, 'settling, recording and the view need no sequential scan of the ledger');

# Cancelled, it leaves nothing.
is(refusal('ana', q{SET statement_timeout = 1; SELECT lstm_settle('shops', '2020-01-01'), lstm_record('shops')}) =~ /statement timeout/, 1, 'it can be cancelled');
is(as('ana', $sums) =~ /^(\d+)\|\1$/, 1, 'and leaves the sums right');

# A dump has the ledger, and its restore the sums.
my $dump = $node->backup_dir . '/ledger.dump';
$node->command_ok(['pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr('postgres')], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok(['pg_restore', '-d', $node->connstr('restored'), $dump], 'pg_restore');
my $all = q{SELECT (SELECT count(*) FROM lstm_ledger), (SELECT sum(forecasts) FROM lstm_ledger_day)};
is($node->safe_psql('restored', "SET ROLE ana; SET search_path = public; $all"), as('ana', $all), 'with the same sums');

# A model that is gone leaves nothing to whoever takes its name.
as('ana', q{DELETE FROM lstm_definition WHERE name = 'shops'});
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM lstm_ledger) + (SELECT count(*) FROM lstm_ledger_day)'), '0', 'a model takes its rows with it');

$node->stop;
done_testing();
