# Faults: processes killed while they train, memory and disk that run out, a crash, a standby promoted. Nothing that was
# committed is lost, and nothing is left behind.
use strict;
use warnings;

use File::Basename qw(basename);
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
# segments of shared memory as files of the cluster, where they can be counted
$node->append_conf('postgresql.conf', q{
dynamic_shared_memory_type = mmap
restart_after_crash = on
max_worker_processes = 12
max_parallel_workers = 8
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, 20 + 5 * sin(i * 0.2618) + i % 3 AS value
		FROM generate_series(1, 1000) AS i;
	CREATE TABLE model (name text PRIMARY KEY, model bytea);
	INSERT INTO model SELECT 'kept', lstm_train(ts, value, lstm_options(max_steps => 30)) FROM reading;
});
my $forecast = q{SELECT md5(string_agg(f::text, ',' ORDER BY f.step)) FROM model, lstm_forecast(model) AS f WHERE name = 'kept'};
my $train = 'SELECT md5(lstm_train(ts, value, lstm_options(horizon => 8, max_steps => 20, workers => 2))) FROM reading';
my %quiet = map { $_ => $node->safe_psql('postgres', $_) } $forecast, $train;

# The server gives what it gave before.
sub goes_on
{
	my ($server, $name) = @_;
	is($server->safe_psql('postgres', $forecast), $quiet{$forecast}, "$name: the committed model forecasts the same");
	is($server->safe_psql('postgres', $train), $quiet{$train}, "$name: training gives the same");
	return;
}

# Segments of shared memory: files whose names are chosen at random, PostgreSQL's own and those of parallel work. Their number says
# little, as PostgreSQL's statistics may take one more at any time.
sub segments
{
	my ($server) = @_;
	return map { basename($_) } glob $server->data_dir . '/pg_dynshmem/mmap.*';
}

# Those of some segments that are left.
sub left_over
{
	my ($server, @before) = @_;
	my %now = map { $_ => 1 } segments($server);
	return [ grep { $now{$_} } @before ];
}

# Segments that a process works with, but for those that were there before.
sub segments_of
{
	my ($pid, @before) = @_;
	my %before = map { $_ => 1 } @before;
	my %mapped = map { $_ => 1 } slurp_file("/proc/$pid/maps") =~ m{/(mmap\.\d+)}g;
	return grep { !$before{$_} } keys %mapped;
}
goes_on($node, 'at first');

# --- killed processes ------------------------------------------------------------------------------------

my $endless = 'lstm_options(horizon => 8, max_epochs => 1000000, max_steps => 100000000, patience => 0, workers => 3)';
for my $victim ('the leader', 'a worker')
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $leader = $session->query_safe('SELECT pg_backend_pid()');
	my $workers_of = "SELECT pid FROM pg_stat_activity WHERE leader_pid = $leader";
	my @idle = segments($node);
	begin_statement($session, "INSERT INTO model SELECT 'lost', lstm_train(ts, value, $endless) FROM reading");
	ok($node->poll_query_until('postgres', "SELECT count(*) = 2 FROM ($workers_of) AS w"), "kill -9 of $victim: three processes train");
	my ($worker) = split /\n/, $node->safe_psql('postgres', $workers_of);
	ok(computes($leader) && computes($worker), "kill -9 of $victim: they compute");
	my @all = segments($node);
	cmp_ok(scalar(segments_of($worker, @idle)), '>=', 1, "kill -9 of $victim: they share memory");
	kill 'KILL', $victim eq 'the leader' ? $leader : $worker;
	$session->{run}->finish;
	ok($node->poll_query_until('postgres', 'SELECT 1', '1'), "kill -9 of $victim: the server recovers");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM model WHERE name = 'lost'}), 0, "kill -9 of $victim: the model is not there");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), 0, "kill -9 of $victim: no worker is left");
	is_deeply(left_over($node, @all), [], "kill -9 of $victim: no shared memory is left");
	goes_on($node, "kill -9 of $victim");
}

# --- a client that is gone -------------------------------------------------------------------------------

# PostgreSQL looks for it while a statement runs only where it is told to, and a backend ends then where it polls for
# interrupts. (A message to the client that fails would end it as well, so none is sent.)
$node->safe_psql('postgres', q{
	INSERT INTO model SELECT 'wide', lstm_train(ts, value, lstm_options(hidden_size => 256, lookback => 128, horizon => 2,
		patch_length => 1, max_steps => 1, ensemble_size => 1, validation_fraction => 0)) FROM reading});
my %long = (
	'training' => [ "INSERT INTO model SELECT 'lost', lstm_train(ts, value, $endless) FROM reading", 2 ],
	'back-testing' => [ "SELECT * FROM lstm_backtest('reading', 'ts', 'value', horizon => 8, folds => 1, options => $endless)", 2 ],
	'forecasting' => [ q{SELECT max(step) FROM model, generate_series(9000, 10000) AS horizon, lstm_forecast(model, horizon) WHERE name = 'wide'}, 0 ],
);
for my $name (sort keys %long)
{
	my ($statement, $workers) = @{ $long{$name} };
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $leader = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_safe(q{SET client_connection_check_interval = '100ms'; SET client_min_messages = error});
	my $from = -s $node->logfile;
	my @idle = segments($node);
	begin_statement($session, $statement);
	ok($node->poll_query_until('postgres', "SELECT count(*) = $workers FROM pg_stat_activity WHERE leader_pid = $leader"), "a client gone in $name: $workers workers help");
	ok(computes($leader), "a client gone in $name: the backend computes");
	my @own = segments_of($leader, @idle);
	cmp_ok(scalar(@own), $workers ? '>=' : '==', $workers ? 1 : 0, "a client gone in $name: with shared memory where workers help");
	$session->{run}->signal('KILL');
	$session->{run}->finish;
	ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE $leader IN (pid, leader_pid)"), "a client gone in $name: no process is left");
	like(slurp_file($node->logfile, $from), qr/FATAL:  connection to client lost/, "a client gone in $name: that is why");
	is_deeply(left_over($node, @own), [], "a client gone in $name: no shared memory is left");
	goes_on($node, "a client gone in $name");
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM model WHERE name = 'lost'}), 0, 'a client gone: its model is not there');
$node->safe_psql('postgres', q{DELETE FROM model WHERE name = 'wide'});

# --- memory that runs out ----------------------------------------------------------------------------------

my %large = (
	'training' => "SELECT length(lstm_train(ts, value, lstm_options(hidden_size => 1024, num_layers => 4, lookback => 128, horizon => 8, patch_length => 1, batch_size => 256, ensemble_size => 1, workers => 1, max_steps => 1))) FROM reading",
	'forecasting' => "SELECT count(*) FROM model, lstm_forecast(model, 10000, quantiles => (SELECT array_agg(i / 1000.0::float8) FROM generate_series(1, 999) AS i)) WHERE name = 'kept'",
	'reading' => 'SELECT length(lstm_train(i, random())) FROM generate_series(timestamptz \'2000-01-01\', \'2040-01-01\', \'1 minute\') AS i',
);
like(error_of($node, "SET lstm_forecast.max_memory = '100MB'; $large{training}"), qr/ERROR:  54000: training needs more memory than/, "training: the setting's limit is an error before work starts");
for my $name (sort keys %large)
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_safe('\set VERBOSITY verbose');
	$session->query_safe("SET client_min_messages = error; SET lstm_forecast.max_memory = '32GB'; SET max_parallel_workers_per_gather = 0; SET work_mem = '1MB'");
	$session->query_safe($forecast); # what is loaded at first
	my $limit = 1024 * (kilobytes($pid, 'VmSize') + 40_000);
	system_or_bail('prlimit', "--pid=$pid", "--as=$limit");
	$session->query($large{$name});
	like($session->{stderr}, qr/ERROR:  53200: out of memory/, "$name: the system's limit is an error");
	$session->{stderr} = '';
	is($session->query_safe($forecast), $quiet{$forecast}, "$name: the session goes on");
	is($session->query_safe(q{SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'lstm%' AND name <> 'lstm_forecast parsed model'}), 0, "$name: nothing is left");
	$session->quit;
}

# --- a disk that is full --------------------------------------------------------------------------------------

# The file that is to hold a model's bytes takes none.
$node->safe_psql('postgres', 'CREATE TABLE full_disk (name text, model bytea); ALTER TABLE full_disk ALTER model SET STORAGE external');
my $file = $node->safe_psql('postgres', q{SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = 'full_disk'});
$node->stop;
unlink $node->data_dir . "/$file" or die "$file: $!";
symlink '/dev/full', $node->data_dir . "/$file" or die "$file: $!";
$node->start;
like(error_of($node, "INSERT INTO full_disk SELECT 'new', model FROM model; SELECT 'stored'"), qr/ERROR:  53100: could not extend file/, 'a full disk: storing a model is an error');
goes_on($node, 'a full disk');
is($node->safe_psql('postgres', 'SELECT count(*) FROM full_disk'), 0, 'a full disk: half a model is not there');
unlink $node->data_dir . "/$file" or die "$file: $!";
open my $empty, '>', $node->data_dir . "/$file" or die "$file: $!";
close $empty;
$node->safe_psql('postgres', 'INSERT INTO full_disk SELECT * FROM model');
is($node->safe_psql('postgres', 'SELECT count(*) FROM full_disk JOIN model USING (name, model)'), 1, 'a full disk: with room again the model is stored');

# --- crash and replay, and a standby -------------------------------------------------------------------------------

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;

my $open = $node->background_psql('postgres', on_error_stop => 0);
$node->safe_psql('postgres', "INSERT INTO model SELECT 'last', lstm_train(ts, value, lstm_options(max_steps => 5)) FROM reading");
my $stored = $node->safe_psql('postgres', 'SELECT name, md5(model) FROM model ORDER BY name');
$open->query_safe("BEGIN; INSERT INTO model SELECT 'uncommitted', model FROM model WHERE name = 'kept'");
$node->wait_for_catchup($standby);
my @before = segments($node);
cmp_ok(scalar(@before), '>=', 1, 'a server has shared memory');
$node->stop('immediate');
$open->{run}->finish;

$standby->promote;
is($standby->safe_psql('postgres', 'SELECT name, md5(model) FROM model ORDER BY name'), $stored, 'a promoted standby has what was committed');
goes_on($standby, 'a promoted standby');
$standby->safe_psql('postgres', "INSERT INTO model SELECT 'own', lstm_train(ts, value, lstm_options(max_steps => 5)) FROM reading");
is($standby->safe_psql('postgres', q{SELECT count(*) FROM model JOIN model AS last USING (model) WHERE model.name = 'own' AND last.name = 'last'}), 1, 'a promoted standby trains, and stores, the same');

$node->start;
is($node->safe_psql('postgres', 'SELECT name, md5(model) FROM model ORDER BY name'), $stored, 'after a crash there is what was committed');
is_deeply(left_over($node, @before), [], 'after a crash there is no shared memory of before');
goes_on($node, 'after a crash');

unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal 11|signal 6/, 'no process crashed of itself');
$standby->stop;
$node->stop;
done_testing();
