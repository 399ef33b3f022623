# One network trained by several processes: the same bytes for any number, ends of all kinds, and memory.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use Backends;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
max_worker_processes = 12
max_parallel_workers = 8
log_min_messages = debug1
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT '2024-01-01'::timestamptz + i * interval '1 hour' AS ts,
			   CASE WHEN i % 50 <> 7 THEN sin(i * 0.2618) + 0.01 * (i % 7) END AS value, sin(i * 0.1) AS past
		FROM generate_series(1, 600) AS i;
	ANALYZE;
});

sub result { return $node->safe_psql('postgres', $_[0]); }

# A network with several micro-batches a batch: step by step, 128 windows.
my $wide = "horizon => 8, lookback => 48, patch_length => 1, hidden_size => 32, batch_size => 128";
sub train
{
	my ($workers, $more) = @_;
	return "lstm_train(ts, value, lstm_options($wide, workers => $workers" . ($more // ', max_steps => 10, ensemble_size => 1') . '))';
}

# The result of a query, and how many workers began with it.
sub with_workers
{
	my ($query) = @_;
	my $before = -s $node->logfile;
	my $result = result($query);
	my $began = () = slurp_file($node->logfile, $before) =~ /starting background worker process "parallel worker/g;
	return ($result, $began);
}

# --- the same bytes ------------------------------------------------------------------------------------

my %training = (
	'one network' => ', max_steps => 10, ensemble_size => 1',
	'dropout, without validation' => ', max_steps => 10, ensemble_size => 1, dropout => 0.2, validation_fraction => 0, "interval" => \'none\'',
	'many micro-batches' => ', max_steps => 5, ensemble_size => 1, batch_size => 1024',
	'three networks' => ', max_steps => 10, ensemble_size => 3',
	'a large one among small ones' => q{, members => '[{"max_steps": 5}, {"max_steps": 60}, {"max_steps": 5}]'},
);
for my $name (sort keys %training)
{
	my $query = sub {
		my $train = train($_[0], $training{$name});
		$train =~ s/batch_size => 128, (.*batch_size)/$1/; # given twice it would be an error
		return "SELECT md5($train) FROM reading";
	};
	my ($expected, $alone) = with_workers($query->(1));
	like($expected, qr/^[0-9a-f]{32}$/, "$name: one process trains");
	is($alone, 0, "$name: alone");
	for my $workers (2, 3)
	{
		my ($bytes, $began) = with_workers($query->($workers));
		is($bytes, $expected, "$name: $workers processes give the same bytes");
		is($began, $workers - 1, "$name: and are that many");
	}
	is(result("SET max_parallel_workers = 1; " . $query->(3)), $expected, "$name: and fewer than asked for");
}
my ($one, $asked) = ('SELECT md5(' . train(1) . ') FROM reading', 'SELECT md5(' . train(64) . ') FROM reading');
is(result("SET max_parallel_workers = 0; $asked"), result($one), 'one process where no worker is to be had');
is(result('SELECT md5(' . train('NULL') . ') FROM reading'), result($one), 'as many as settings allow');
my ($bytes, $began) = with_workers($asked);
is($bytes, result($one), 'more processes than micro-batches');
cmp_ok($began, '<', 4, 'are not begun');
my ($small, $none) = with_workers('SELECT md5(lstm_train(ts, value, lstm_options(max_steps => 10, hidden_size => 8, ensemble_size => 1, workers => 4))) FROM reading');
is($none, 0, 'a network whose batch is not cut is trained alone');

# --- ends ----------------------------------------------------------------------------------------------

my $endless = ', max_steps => 100000000, max_epochs => 1000000, patience => 0, ensemble_size => 1';
my $leading = leading_session($node);
my ($session, $leader, $workers_of) = @$leading{qw(session pid workers)};

my $statement = 'SELECT length(' . train(3, $endless) . ') FROM reading';
ok(begin_with_workers($leading, $statement, 2), 'two workers help the leader');
ok(computes($_), "process $_ computes") for $leader, split /\n/, result($workers_of);
result("SELECT pg_cancel_backend($leader)");
like(ended($node, $session, 'cancel'), qr/ERROR:  57014: canceling statement due to user request/, 'a cancel ends all');

$session->query_safe('SET statement_timeout = 1500');
begin_statement($session, $statement);
like(ended($node, $session, 'statement_timeout'), qr/ERROR:  57014: canceling statement due to statement timeout/, 'so does statement_timeout');
$session->query_safe('RESET statement_timeout');

# A worker that is told to go takes the statement along: nobody waits for it.
for my $end ('pg_terminate_backend', 'pg_cancel_backend')
{
	my $began = time;
	# the others of its team may see first that it is gone
	ended_by_worker($leading, $statement, $end, qr/(FATAL|ERROR):  (57P01|57014|08006|55000)/);
	cmp_ok(time - $began, '<', 60, "$end of a worker: nobody waits for it");
	is($session->query_safe('SELECT md5(' . train(3) . ') FROM reading'), result('SELECT md5(' . train(1) . ') FROM reading'), "$end of a worker: and trains");
}

# An error comes to all at once, and is the one of a process alone.
sub plain_error { return error_of($node, $_[0]) =~ s/(CONTEXT|LOCATION).*//sr; }
my $diverging = q{, max_steps => 500, ensemble_size => 1, optimizer => 'sgd', learning_rate => 10, gradient_clip => 0, loss => 'mse', schedule => 'constant'};
like(plain_error('SELECT ' . train(3, $diverging) . ' FROM reading'), qr/ERROR:  22000: .*diverge/, 'a network that diverges is an error');
is(plain_error('SELECT ' . train(3, $diverging) . ' FROM reading'), plain_error('SELECT ' . train(1, $diverging) . ' FROM reading'), 'in the same step');
$node->safe_psql('postgres', 'CREATE FUNCTION try_twice() RETURNS text LANGUAGE plpgsql AS $$ BEGIN BEGIN PERFORM '
	. train(2, $diverging) . ' FROM reading; EXCEPTION WHEN data_exception THEN RETURN (SELECT md5(' . train(2) . ') FROM reading); END; END $$');
is(result('SELECT try_twice()'), result('SELECT md5(' . train(1) . ') FROM reading'), 'it can be caught, and the same transaction trains again');

# A time limit ends all in the same step; the model works.
is(result('SELECT count(*) FROM lstm_forecast((SELECT ' . train(3, "$endless, max_seconds => 1") . ' FROM reading))'), 8, 'max_seconds ends all');

ended_with_session($leading, $statement);

# --- memory --------------------------------------------------------------------------------------------

my $large = 'SELECT md5(lstm_train(ts, value, lstm_options(horizon => 8, lookback => 168, patch_length => 1, hidden_size => 256, batch_size => 32, max_steps => 2, max_epochs => 1, ';
my $needed = error_of($node, "SET lstm_forecast.max_memory = '1MB'; $large workers => 1, ensemble_size => 1))) FROM reading") =~ /(\d+) kB are needed/ ? $1 : 0;
cmp_ok($needed, '>', 40_000, "training says what it needs: $needed kB");

my $fresh = $node->background_psql('postgres');
$fresh->query_safe("SET client_min_messages = error");
my $pid = $fresh->query_safe('SELECT pg_backend_pid()');
$fresh->query_safe("SELECT length(lstm_train(ts, value, lstm_options(max_steps => 1, ensemble_size => 1))) FROM reading"); # what is loaded at first
my $resident = kilobytes($pid, 'VmRSS');
$fresh->query_safe("$large workers => 1, ensemble_size => 1))) FROM reading");
my $taken = kilobytes($pid, 'VmHWM') - $resident;
cmp_ok(abs($taken / $needed - 1), '<', 0.2, "and takes that within a fifth: $taken kB");
$fresh->quit;

# Two networks side by side need twice that: where it is not allowed one process trains both.
my $two = "$large workers => 2, ensemble_size => 2))) FROM reading";
my $limit = "SET lstm_forecast.max_memory =";
my ($both, $helpers) = with_workers("$limit '" . int(2.4 * $needed) . "kB'; $two");
is($helpers, 1, 'enough memory for two processes');
my ($few, $helper) = with_workers("$limit '" . int(1.4 * $needed) . "kB'; $two");
is($helper, 0, 'memory for one process: no worker, no error');
is($few, $both, 'and the same bytes');

is(result(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), 0, 'no worker is left');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP|leak/i, 'no process crashed');

$node->stop;
done_testing();
