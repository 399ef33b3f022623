# A postmaster that is killed: who computes for the extension ends soon as well, leader and workers, so that the server can be
# started again at once.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

use Backends;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
max_worker_processes = 12
max_parallel_workers = 8
lstm_forecast.max_memory = '4GB'
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, 20 + 5 * sin(i * 0.2618) + i % 3 AS value
		FROM generate_series(1, 1000) AS i;
	CREATE TABLE model AS
		SELECT lstm_train(ts, value, lstm_options(hidden_size => 256, lookback => 128, horizon => 2, patch_length => 1,
			max_steps => 1, ensemble_size => 1, validation_fraction => 0)) AS model FROM reading;
});
my $train = 'SELECT md5(lstm_train(ts, value, lstm_options(horizon => 8, max_steps => 20, workers => 2))) FROM reading';
my $quiet = $node->safe_psql('postgres', $train);

# Seconds until no process of these is left; undef when one is left after a time that is ten times what it may take. One that
# nobody has asked about since it ended has no memory.
sub seconds_to_end
{
	my @pids = @_;
	my $start = time;
	while (time < $start + 10)
	{
		return time - $start unless grep { kilobytes($_, 'VmSize') > 0 } @pids;
		usleep(20_000);
	}
	return;
}

# Start the server again, once the number of the killed postmaster is free: by that its lock file is judged. Where nobody asks
# about a process that has ended it never is, and the lock file is what must go.
sub start_again
{
	my $file = $node->data_dir . '/postmaster.pid';
	my ($pid) = split /\n/, slurp_file($file);
	my $patience = 50;
	usleep(100_000) while kill(0, $pid) && $patience-- > 0;
	unlink $file or die "$file: $!" if $patience < 0;
	$node->start;
	return;
}

# Statements that take minutes, and their workers. Reading: each row takes a moment, and there are many.
my $endless = 'horizon => 8, max_epochs => 1000000, max_steps => 100000000, patience => 0';
my $slow_rows = q{SELECT '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, (SELECT count(*) FROM generate_series(1, 2000) WHERE i > 0) AS value FROM generate_series(1, 1000000) AS i};
my @long = (
	[ 'training alone', "SELECT lstm_train(ts, value, lstm_options($endless, workers => 1)) FROM reading", 0 ],
	[ 'training with workers', "SELECT lstm_train(ts, value, lstm_options($endless, workers => 3)) FROM reading", 2 ],
	[ 'training one network in several processes', "SELECT lstm_train(ts, value, lstm_options($endless, workers => 3, hidden_size => 128, batch_size => 128, ensemble_size => 1)) FROM reading", 2 ],
	[ 'training a large network', "SELECT lstm_train(ts, value, lstm_options($endless, workers => 1, hidden_size => 1024, num_layers => 2, lookback => 128, patch_length => 1, batch_size => 64, ensemble_size => 1)) FROM reading", 0 ],
	[ 'back-testing', "SELECT * FROM lstm_backtest('reading', 'ts', 'value', horizon => 8, folds => 1, options => lstm_options($endless, workers => 1))", 0 ],
	[ 'forecasting', q{SELECT max(step) FROM model, generate_series(9000, 10000) AS horizon, lstm_forecast(model, horizon)}, 0 ],
	[ 'reading rows', "SELECT lstm_train(ts, value) FROM ($slow_rows) AS r", 0 ],
	[ 'reading a source', "SELECT lstm_train(\$\$$slow_rows\$\$, 'ts', 'value')", 0 ],
);
for my $case (@long)
{
	my ($name, $statement, $workers) = @$case;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $leader = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_safe('SET max_parallel_workers_per_gather = 0');
	begin_statement($session, $statement);
	my $workers_of = "SELECT pid FROM pg_stat_activity WHERE leader_pid = $leader";
	ok($node->poll_query_until('postgres', "SELECT count(*) = $workers FROM ($workers_of) AS w"), "$name: $workers workers help");
	my @pids = ($leader, split /\n/, $node->safe_psql('postgres', $workers_of));
	is(scalar(grep { computes($_) } @pids), 1 + $workers, "$name: every process computes");
	my $from = -s $node->logfile;
	$node->kill9;
	my $seconds = seconds_to_end(@pids);
	ok(defined $seconds, "$name: no process outlives the postmaster");
	note(sprintf '%.2f s', $seconds) if defined $seconds;
	kill 'KILL', @pids unless defined $seconds; # or what follows would fail for this, too
	$session->{run}->finish;
	# the latter where it learns first that workers, who wait for each other, are gone
	like($session->{stderr} . slurp_file($node->logfile, $from),
		qr/FATAL:  (terminating connection due to unexpected postmaster exit|postmaster exited during a parallel transaction)/, "$name: and says why");
	start_again();
	is($node->safe_psql('postgres', $train), $quiet, "$name: the server starts again, and trains the same");
}
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal 11|signal 6/, 'no process crashed of itself');
$node->stop;
done_testing();
