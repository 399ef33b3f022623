# Too little shared memory: what would train in several processes trains in one, and says so. The model is the same.
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
$node->append_conf('postgresql.conf', q{
dynamic_shared_memory_type = posix
max_worker_processes = 12
max_parallel_workers = 8
autovacuum = off
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading WITH (parallel_workers = 2) AS
		SELECT 'sensor ' || s AS sensor, '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, s + 5 * sin(i * 0.2618) + i % 3 AS value
		FROM generate_series(1, 1000) AS i, generate_series(1, 3) AS s;
	CREATE TABLE model (model bytea);
});
$node->safe_psql('postgres', 'VACUUM ANALYZE reading');

# Trainings by so many processes. The data and the networks of one take 5 MB of shared memory.
sub panel { return "SELECT md5(lstm_train(sensor, ts, value, lstm_options(horizon => 8, max_steps => 10, hidden_size => 128, workers => $_[0]))) FROM reading"; }
sub groups { return "SELECT string_agg(md5, ',' ORDER BY sensor) FROM (SELECT sensor, md5(lstm_train(ts, value, lstm_options(horizon => 8, max_steps => 10, hidden_size => 64, workers => $_[0]))) FROM reading GROUP BY sensor) AS m"; }
sub tuning { return "SELECT md5(string_agg(concat_ws(',', rank, metric, last_horizon, note), ';' ORDER BY rank)) FROM lstm_tune('reading', 'ts', 'value', 'sensor', options => lstm_options(horizon => 8, max_steps => 3, hidden_size => 8, ensemble_size => 1, pretrained => 'none', workers => $_[0]), candidates => ARRAY['{\"cell\": \"gru\"}']::jsonb[])"; }
my $endless = q{SELECT lstm_train(ts, value, lstm_options(horizon => 8, max_epochs => 1000000, max_steps => 100000000, patience => 0, workers => 3)) FROM reading WHERE sensor = 'sensor 1'};
my $kept = q{SELECT sum(used_bytes) FROM pg_backend_memory_contexts WHERE name IN ('TopMemoryContext', 'ResourceOwner', 'ErrorContext')};
my $small = q{SELECT count(m) FROM (SELECT lstm_train(ts, value, lstm_options(max_steps => 1, hidden_size => 4, ensemble_size => 2, workers => 2)) AS m FROM reading, generate_series(1, 100) AS g WHERE sensor = 'sensor 1' GROUP BY g) AS t};

my $forecasts = q{SELECT md5(string_agg(f::text, ',' ORDER BY series, step))
	FROM lstm_forecast(lstm_pretrained(), 'SELECT s, s + i % 7 AS value FROM generate_series(1, 500) AS s, generate_series(1, 20) AS i', NULL, 'value', 's') AS f};

# PostgreSQL's statistics are in shared memory as well: all there are of these, before memory is short.
$node->safe_psql('postgres', "$_; SELECT 1") for panel(3), groups(3), $kept, $small;
my %alone = (panel => $node->safe_psql('postgres', panel(1)), groups => $node->safe_psql('postgres', groups(1)),
	tuning => $node->safe_psql('postgres', tuning(1)), forecasts => $node->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $forecasts"));

my $notice = qr/NOTICE:  00000: one process trains, as there is no shared memory for more\nDETAIL:  PostgreSQL says: could not resize shared memory segment "[^"]+" to \d+ bytes: /;

sub session
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('\set VERBOSITY verbose');
	$session->query_safe('SET max_parallel_workers_per_gather = 0');
	return $session;
}

# A query's result is this one; and with it come so many notices that one process trains, and nothing else but, where the
# machine is busy, how far it is.
sub gives
{
	my ($session, $query, $expected, $notices, $name) = @_;
	$session->{stderr} = '';
	is($session->query($query), $expected, $name);
	my $said = () = $session->{stderr} =~ /$notice/g;
	my $other = grep { !/^(psql:\S+ )?(NOTICE:  00000: one process|DETAIL:  PostgreSQL says|HINT:  Have more shared|LOCATION:  notice_one_process|NOTICE:  00000: training network|LOCATION:  give_notice)/ } split /\n/, $session->{stderr};
	is("$said $other", "$notices 0", "$name, " . ($notices ? 'with a NOTICE' : 'silently')) or diag($session->{stderr});
	$session->{stderr} = '';
	return;
}

# --- a backend that may make no file of some size, segments of shared memory included ----------------------------

sub limit
{
	my ($pid, $bytes) = @_;
	system_or_bail('prlimit', "--pid=$pid", "--fsize=$bytes:");
	return;
}

my $session = session();
my $pid = $session->query_safe('SELECT pg_backend_pid()');
limit($pid, 65536); # less than the segment that PostgreSQL has for each session with workers
gives($session, panel(3), $alone{panel}, 1, 'no room for the segment of the session: one process trains the same');
gives($session, groups(3), $alone{groups}, 1, 'many trainings of a statement say so once');
$session->query_safe('SET client_min_messages = warning');
is($session->query(tuning(3)), $alone{tuning}, 'a tuning by one process is the same');
$session->query_safe('SET client_min_messages = notice');
$session->query_safe('SET max_parallel_workers_per_gather = 2; SET lstm_forecast.model_cache = 0');
gives($session, $forecasts, $alone{forecasts}, 0, 'and so are forecasts of many series');
$session->query_safe('SET max_parallel_workers_per_gather = 0');
limit($pid, 'unlimited');
gives($session, panel(3), $alone{panel}, 0, 'with room again, three processes train the same');
limit($pid, 65536);
gives($session, panel(3), $alone{panel}, 1, 'no room for the segment of the training: one process trains the same');
gives($session, panel(1), $alone{panel}, 0, 'one process alone needs no segment');

# in the leader of a parallel plan, whose own segment has room
limit($pid, 1024 * 1024);
$session->query_safe('SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET cpu_tuple_cost = 1; SET max_parallel_workers_per_gather = 2');
like($session->query_safe('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ' . panel(1)), qr/Finalize Aggregate.*Workers Launched: 2.*Partial Aggregate/s, 'the plan is parallel');
gives($session, panel(3), $alone{panel}, 1, 'no room in the leader of a parallel plan: one process trains the same');
$session->query_safe('SET max_parallel_workers_per_gather = 0');

# in transactions, which go on: nothing is left of what failed
$session->query_safe('BEGIN; SAVEPOINT before');
gives($session, panel(3), $alone{panel}, 1, 'no room in a subtransaction: one process trains the same');
gives($session, 'RELEASE before', '', 0, 'the subtransaction ends');
limit($pid, 'unlimited');
gives($session, 'INSERT INTO model SELECT lstm_train(ts, value, lstm_options(max_steps => 5, workers => 3)) FROM reading WHERE sensor = \'sensor 1\'; COMMIT', '', 0, 'the transaction goes on, with workers and writes');
is($session->query_safe('SELECT count(*) FROM model'), 1, 'what it wrote is there');

# no memory is left of a hundred failures
limit($pid, 65536);
gives($session, $small, 100, 1, 'a hundred trainings without room');
limit($pid, 'unlimited');
my $before = $session->query_safe($kept);
limit($pid, 65536);
gives($session, $small, 100, 1, 'and a hundred more');
limit($pid, 'unlimited');
cmp_ok($session->query_safe($kept) - $before, '<', 4096, 'leave no memory behind');

# workers do help this session
begin_statement($session, $endless);
ok($node->poll_query_until('postgres', "SELECT count(*) = 2 FROM pg_stat_activity WHERE leader_pid = $pid"), 'with room, workers help the same session');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
like(ended($node, $session, 'with room'), qr/57014/, 'until the training is cancelled');
$session->quit;

# --- a file system that is small ---------------------------------------------------------------------------------

# Names of users and mounts of its own let anyone mount one, where the system permits it. The server must not be root, there
# either.
sub in_small_memory
{
	my ($size, @command) = @_;
	my $inner = 'mount -t tmpfs -o size=$0,mode=1777 tmpfs /dev/shm && exec unshare --user --map-user=$1 --map-group=$2 "${@:3}"';
	my ($gid) = split / /, $(;
	return ('unshare', '--user', '--map-root-user', '--mount', 'bash', '-c', $inner, $size, $<, $gid, @command);
}

SKIP:
{
	skip 'the system lets this user make no name spaces', 1 if system(in_small_memory('1M', 'true'), '2>', '/dev/null') != 0;
	$node->stop;
	system_or_bail(in_small_memory('4M', 'pg_ctl', '-w', '-D', $node->data_dir, '-l', $node->logfile, 'start'));
	$node->_update_pid(1);
	my $small_server = session();
	gives($small_server, panel(3), $alone{panel}, 1, 'a small /dev/shm: one process trains the same');
	gives($small_server, groups(3), $alone{groups}, 0, 'and several where there is room for what they share');

	# what is no lack of room is an error, after which nothing is left either
	my ($postmaster) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
	chmod 0555, "/proc/$postmaster/root/dev/shm" or die "/proc/$postmaster/root/dev/shm: $!";
	$small_server->query(panel(3));
	like($small_server->{stderr}, qr/ERROR:  42501: could not open shared memory segment/, 'no right to make a segment is an error');
	chmod 01777, "/proc/$postmaster/root/dev/shm" or die "/proc/$postmaster/root/dev/shm: $!";
	gives($small_server, groups(3), $alone{groups}, 0, 'after it several processes train again');
	$small_server->quit;
	is($node->safe_psql('postgres', "INSERT INTO model SELECT lstm_train(ts, value, lstm_options(hidden_size => 128, max_steps => 5, workers => 4)) FROM reading WHERE sensor = 'sensor 2'; SELECT count(*) FROM model"), 2, 'a small /dev/shm: models are stored');
}
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal 11|signal 6|leak/, 'no process crashed of itself, and nothing leaked');
$node->stop;
done_testing();
