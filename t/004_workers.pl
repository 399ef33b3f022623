# Training in parallel workers: the same bytes for any number, errors and cancels end all of them, and nothing is left behind.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

use Backends;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
max_worker_processes = 12
max_parallel_workers = 8
lstm_forecast.max_memory = '2GB'
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT 'sensor ' || s AS sensor, '2024-01-01'::timestamptz + i * interval '1 hour' AS ts,
			   CASE WHEN i < 590 AND i % 50 <> 7 THEN 10 * s + sin(i * 0.2618) + 0.01 * (i % 7) END AS value, i % 5 AS past, i % 9 AS future
		FROM generate_series(1, 600) AS i, generate_series(1, 3) AS s;
	ALTER TABLE reading SET (parallel_workers = 2);
	ANALYZE;
	CREATE ROLE stranger;
	GRANT SELECT ON reading TO stranger;
});

sub result { return $node->safe_psql('postgres', $_[0]); }
sub options { my ($workers, $more) = @_; return "lstm_options(horizon => 8, max_steps => 30, hidden_size => 8, workers => $workers" . ($more // '') . ')'; }

# --- the same bytes ------------------------------------------------------------------------------------

my %training = (
	'one series' => sub { 'SELECT md5(lstm_train(ts, value, ' . options(@_) . q{)) FROM reading WHERE sensor = 'sensor 1'} },
	'a panel with covariates' => sub { 'SELECT md5(lstm_train(sensor, ts, value, ARRAY[past], ARRAY[future], ' . options(@_) . ')) FROM reading' },
	'a model for each group' => sub { 'SELECT string_agg(md5, \',\' ORDER BY sensor) FROM (SELECT sensor, md5(lstm_train(ts, value, ' . options(@_) . ')) FROM reading GROUP BY sensor) AS m' },
	'a table' => sub { q{SELECT md5(lstm_train('reading', 'ts', 'value', 'sensor', '{past}', '{future}', options => } . options(@_) . '))' },
);
for my $name (sort keys %training)
{
	my $expected = result($training{$name}->(1));
	like($expected, qr/^[0-9a-f]{32}/, "$name: one process trains");
	is(result($training{$name}->($_)), $expected, "$name: $_ processes give the same bytes") for 2, 3;
	is(result($training{$name}->('NULL')), $expected, "$name: and as many as settings allow");
	is(result('SET max_parallel_workers = 0; ' . $training{$name}->(3)), $expected, "$name: and one where no worker is to be had");
}
is(result($training{'a panel with covariates'}->(1, ', ensemble_size => 7')),
	result($training{'a panel with covariates'}->(3, ', ensemble_size => 7')), 'seven networks in three processes');
my $unlike = q{, members => '[{"lookback": 16, "loss": "gaussian"}, {"lookback": 48, "cell": "gru", "hidden_size": 32}, {"loss": "quantile", "max_steps": 90}]'};
is(result($training{'a panel with covariates'}->(1, $unlike)), result($training{'a panel with covariates'}->(3, $unlike)), 'networks that differ');
is(result($training{'one series'}->(64, ', ensemble_size => 2')), result($training{'one series'}->(1, ', ensemble_size => 2')), 'more processes than networks');

# Wherever the statement runs: in a parallel plan, in a worker of one, in a function, a subtransaction, a strict transaction, as another role.
my $query = $training{'a panel with covariates'}->(3);
my $expected = result($query);
my $setting = result(q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET cpu_tuple_cost = 1; SET max_parallel_workers_per_gather = 2;';
like(result("$parallel EXPLAIN (COSTS OFF) $query"), qr/Partial Aggregate/, 'the plan is parallel');
is(result("$parallel $query"), $expected, 'in a parallel plan');
like(result("SET $setting = on; EXPLAIN (COSTS OFF) $query"), qr/Single Copy: true/, 'the plan runs in a worker');
is(result("SET $setting = on; $query"), $expected, 'in a worker, which trains alone');
is(result("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; $query; COMMIT"), $expected, 'in a serializable, read-only transaction');
is(result("BEGIN; CREATE TABLE t (i int); INSERT INTO t VALUES (1); SAVEPOINT s; $query; ROLLBACK"), $expected, 'in a subtransaction, after writes');
is(result("SET ROLE stranger; $query"), $expected, 'as a role without rights, below a limit that it may not set');
is(result("DECLARE c CURSOR WITH HOLD FOR $query; FETCH c"), $expected, 'through a cursor');
is(result("CREATE TABLE kept AS " . $query =~ s/md5\(//r =~ s/\)\) FROM/) AS model FROM/r . "; SELECT md5(model) FROM kept"), $expected, 'into a table');

# --- workers really work -------------------------------------------------------------------------------

sub endless
{
	my ($workers, $more) = @_;
	return "SELECT length(lstm_train(ts, value, lstm_options(horizon => 8, max_steps => 100000000, patience => 0, max_epochs => 1000000, workers => $workers"
	  . ($more // '') . "))) FROM reading WHERE sensor = 'sensor 1'";
}
my $leading = leading_session($node);
my ($session, $leader, $workers_of) = @$leading{qw(session pid workers)};

for my $workers (2, 3)
{
	my $name = "workers => $workers";
	ok(begin_with_workers($leading, endless($workers), $workers - 1), "$name: there are as many processes");
	my @pids = split /\n/, result($workers_of);
	ok(computes($_), "$name: worker $_ computes") for @pids;
	result("SELECT pg_cancel_backend($leader)");
	like(ended($node, $session, $name), qr/ERROR:  57014: canceling statement due to user request/, "$name: a cancel ends the training");
}
ok(begin_with_workers($leading, endless(1), 0), 'workers => 1: there is no worker');
usleep(500_000);
is(result("SELECT count(*) FROM ($workers_of) AS w"), 0, 'workers => 1: nor does one come');
result("SELECT pg_cancel_backend($leader)");
like(ended($node, $session, 'workers => 1'), qr/ERROR:  57014/, 'workers => 1: a cancel ends the training');

# --- ends ----------------------------------------------------------------------------------------------

$session->query_safe('SET statement_timeout = 1500');
begin_statement($session, endless(3));
like(ended($node, $session, 'statement_timeout'), qr/ERROR:  57014: canceling statement due to statement timeout/, 'statement_timeout ends leader and workers');
$session->query_safe('RESET statement_timeout');

# A worker that is told to go takes the statement along, and says so.
for my $end ('pg_terminate_backend', 'pg_cancel_backend')
{
	ended_by_worker($leading, endless(3), $end);
	is($session->query_safe($training{'one series'}->(3)), result($training{'one series'}->(1)), "$end of a worker: and trains");
}

# An error in a network is one of the statement, and can be caught; the next training works.
my $diverging = q{, members => '[{}, {"optimizer": "sgd", "learning_rate": 10, "gradient_clip": 0, "loss": "mse", "schedule": "constant", "max_steps": 5000}, {}, {}]'};
like(error_of($node, $training{'one series'}->(2, $diverging)), qr/ERROR:  22000: .*diverge/, 'a network that diverges is an error');
is(error_of($node, $training{'one series'}->(2, $diverging)) =~ s/(CONTEXT|LOCATION).*//sr, error_of($node, $training{'one series'}->(1, $diverging)) =~ s/(CONTEXT|LOCATION).*//sr,
	'and the same one, whoever trains it');
$node->safe_psql('postgres', 'CREATE FUNCTION try_twice() RETURNS text LANGUAGE plpgsql AS $$ BEGIN BEGIN PERFORM '
	. ($training{'one series'}->(2, $diverging) =~ s/^SELECT //r) . '; EXCEPTION WHEN data_exception THEN RETURN (' . $training{'one series'}->(2) . '); END; END $$');
is(result('SELECT try_twice()'), result($training{'one series'}->(1)), 'it can be caught, and the same transaction trains again');

# A time limit is that of all processes together.
my $began = time;
result(endless(2, ', max_seconds => 2'));
cmp_ok(time - $began, '<', 8, 'max_seconds ends the workers, too');
is(result("SET max_parallel_workers = 0; SELECT count(DISTINCT member) FROM lstm_training_log((SELECT lstm_train(ts, value, "
		. options(4, ', max_seconds => 2') =~ s/max_steps => 30/max_steps => 1000000, patience => 0/r . ") FROM reading WHERE sensor = 'sensor 1')) WHERE validation_loss > 0"),
	4, 'and where no worker is to be had each network has its part of the time');

ended_with_session($leading, endless(3));

is(result(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), 0, 'no worker is left');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP|leak/i, 'no process crashed');

$node->stop;
done_testing();
