# Trainings in the background: what a worker holds, how soon it ends, what is left of it when it or the server is killed, who
# runs as whom, and cron.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

use Backends;

use constant REPEATS => 5;
use constant LIMIT_MS => 100;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
timezone = 'UTC'
max_worker_processes = 3
max_logical_replication_workers = 0
autovacuum = off
restart_after_crash = on
lstm_forecast.max_memory = '4GB'
});
$node->start;
my $setup = q{
	CREATE EXTENSION lstm_forecast;
	CREATE EXTENSION lstm_registry;
	CREATE TABLE reading AS
		SELECT '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, 20 + 5 * sin(i * 0.2618) + i % 3 AS value FROM generate_series(1, 1000) AS i;
	GRANT SELECT ON reading TO PUBLIC;
	CREATE FUNCTION define(name text, options jsonb DEFAULT '{}', source text DEFAULT 'reading', retrain_after interval DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$ SELECT lstm_define(name, source, 'ts', 'value', horizon => 4, options => '{"ensemble_size": 1}'::jsonb || options, retrain_after => retrain_after) $$;
};
$node->safe_psql('postgres', $setup);
my $quick = '{"max_steps": 2, "lookback": 12, "hidden_size": 2, "validation_fraction": 0}';
my $endless = '{"max_steps": 100000000, "max_epochs": 1000000, "patience": 0, "hidden_size": 8, "lookback": 16}';
my $large = '{"max_steps": 100000000, "max_epochs": 1000000, "patience": 0, "hidden_size": 512, "num_layers": 2, "lookback": 336, "patch_length": 1, "batch_size": 64}';
my $slow_rows = q{SELECT '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, (SELECT count(*) FROM generate_series(1, 2000) WHERE i > 0) AS value FROM generate_series(1, 1000000) AS i};

sub sql { return $node->safe_psql('postgres', shift); }
sub start_job { return sql("SELECT lstm_retrain_start('$_[0]', 'always')"); }
sub wait_for { return sql("SELECT lstm_wait($_[0], '1 minute')"); }
# Wait until a job's worker is at a phase of it.
sub until_at
{
	my ($job, $phase) = @_;
	return $node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity AS a JOIN lstm_jobs AS j ON j.pid = a.pid AND a.query LIKE '%: $phase' WHERE j.job = $job");
}
sub worker_of { return sql("SELECT pid FROM lstm_jobs WHERE job = $_[0]"); }
sub row_of { return sql("SELECT concat_ws(' ', status, sqlstate) FROM lstm_jobs WHERE job = $_[0]"); }
sub message_of { return sql("SELECT message FROM lstm_jobs WHERE job = $_[0]"); }

# pg_cron runs a line a minute at the earliest, on a server of its own; looked at in the end.
my $cron;
if (-e `pg_config --pkglibdir` =~ s/\s+$//r . '/pg_cron.so')
{
	$cron = PostgreSQL::Test::Cluster->new('cron');
	$cron->init;
	$cron->append_conf('postgresql.conf', q{
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on
max_worker_processes = 8
});
	$cron->start;
	$cron->safe_psql('postgres', $setup . qq{
		CREATE EXTENSION pg_cron;
		SELECT define('nightly', '$quick', retrain_after => '1 day');
		SELECT cron.schedule('train', '* * * * *', 'SELECT lstm_retrain_due()');
	});
}

# --- what a worker holds while it trains -------------------------------------------------------------------

sql(qq{SELECT define('held', '{"max_steps": 100000000, "max_epochs": 1000000, "patience": 0, "max_seconds": 6, "refit": false}', 'own')} =~ s/SELECT/CREATE TABLE own AS TABLE reading; SELECT/r);
my $job = start_job('held');
ok(until_at($job, 'training'), 'a worker trains');
my $worker = worker_of($job);
is(sql("SELECT backend_type || ' ' || usename || ' ' || query FROM pg_stat_activity WHERE pid = $worker"), 'lstm_registry worker ' . sql('SELECT current_user') . ' lstm_retrain "held": training',
	'pg_stat_activity says what it is, as whom it runs, and what it is at');
for my $moment (1 .. 5)
{
	is(sql("SELECT backend_xmin IS NULL AND backend_xid IS NULL FROM pg_stat_activity WHERE pid = $worker"), 't', "no snapshot is held while it trains ($moment)");
	usleep(100_000);
}
is(sql("SELECT count(*) FROM pg_locks WHERE pid = $worker AND locktype = 'relation'"), 0, 'nor a lock of a table');
sql('DELETE FROM own WHERE value < 20');
my ($code, $out, $error) = $node->psql('postgres', 'VACUUM (VERBOSE) own');
like($error, qr/tuples: [1-9]\d* removed, \d+ remain, 0 are dead but not yet removable/, 'VACUUM removes what was deleted meanwhile');
sql("SET lock_timeout = '1s'; DROP TABLE own");
is(sql("SELECT status FROM lstm_jobs WHERE job = $job"), 'running', 'the table was dropped while it trains');
is(wait_for($job), 'done', 'which the training does not need any more');
is(sql(qq{SELECT version = (SELECT version FROM lstm_jobs WHERE job = $job) FROM lstm_definition WHERE name = 'held'}), 't', 'its version is stored');
$job = start_job('held');
is(wait_for($job), 'failed', 'the next job has no table to read');
is(row_of($job), 'failed 42P01', 'which its row says');

# --- cancel --------------------------------------------------------------------------------------------------

sql(qq{SELECT define('small', '$endless'); SELECT define('large', '$large'); SELECT define('reading', '$endless', \$\$$slow_rows\$\$)});
for my $case ([ 'small', 'training' ], [ 'large', 'training' ], [ 'reading', 'reading' ])
{
	my ($model, $phase) = @$case;
	my @late;
	for (1 .. REPEATS)
	{
		$job = start_job($model);
		until_at($job, $phase);
		usleep(50_000 + int(rand(200_000)));
		my $cancelled = sql("SELECT extract(epoch FROM clock_timestamp()) WHERE lstm_cancel($job)");
		is(wait_for($job), 'cancelled', "$model, $phase: cancelled");
		push @late, 1000 * sql("SELECT extract(epoch FROM finished_at) - $cancelled FROM lstm_jobs WHERE job = $job");
	}
	note(sprintf '%s: median %.1f ms, at most %.1f ms', $model, median(@late), (sort { $a <=> $b } @late)[-1]);
	cmp_ok(median(@late), '<', LIMIT_MS, "$model, $phase: in time");
	is(row_of($job), 'cancelled 57014', "$model, $phase: and the row says so");
}

# --- statement_timeout of the role, rights, and as whom ----------------------------------------------------------

sql(qq{
	CREATE ROLE hasty LOGIN;
	ALTER ROLE hasty SET statement_timeout = '300ms';
	ALTER ROLE hasty SET default_transaction_read_only = on;
	ALTER ROLE hasty SET default_transaction_isolation = 'serializable';
	ALTER ROLE hasty SET search_path = nowhere;
	CREATE ROLE alice LOGIN;
	CREATE ROLE bob LOGIN;
	CREATE ROLE carol LOGIN;
	CREATE ROLE locked NOLOGIN;
});
for my $case ([ 'small', 'training' ], [ 'reading', 'reading' ])
{
	my ($model, $phase) = @$case;
	sql("UPDATE lstm_definition SET owner = 'hasty' WHERE name = '$model'");
	$job = start_job($model);
	is(wait_for($job), 'failed', "a timeout while $phase ends the job");
	is(row_of($job), 'failed 57014', 'with its SQLSTATE');
	is(message_of($job), "canceling statement due to statement timeout, while $phase", 'and message');
}
sql("UPDATE lstm_definition SET options = options || '$quick' WHERE name = 'small'");
is(wait_for(start_job('small')), 'done', 'settings of a role do not keep its jobs from their end');

my $as_alice = q{SELECT ts, value FROM reading WHERE session_user = 'alice' AND current_user = 'alice'};
sql(qq{SELECT define('hers', '$quick', \$\$$as_alice\$\$); UPDATE lstm_definition SET owner = 'alice' WHERE name = 'hers'});
is(wait_for(start_job('hers')), 'done', 'a source is read as the owner, whoever starts the job');
sql(q{REVOKE SELECT ON reading FROM PUBLIC});
$job = start_job('hers');
is(wait_for($job) . ' ' . message_of($job), 'failed permission denied for table reading', 'and with no other rights than hers');
sql(q{GRANT SELECT ON reading TO PUBLIC});

sql(qq{SELECT define('locked', '$quick'); UPDATE lstm_definition SET owner = 'locked', retrain_after = '1 day' WHERE name = 'locked'});
if (sql(q{SELECT current_setting('server_version_num')::int >= 170000}) eq 't')
{
	is(wait_for(start_job('locked')), 'done', 'a role that may not log in has jobs');
}
else
{
	$error = error_of($node, q{SELECT lstm_retrain_start('locked')});
	like($error, qr/ERROR:  42501: model "locked" cannot be trained in the background\n.*DETAIL:  .*role "locked" may not log in/s, 'a role that may not log in has no jobs, which is said');
	($code, $out, $error) = $node->psql('postgres', 'SELECT lstm_retrain_due()');
	is($code, 0, 'nor does it keep others from theirs');
	like($error, qr/WARNING:  models of role "locked" are not trained in the background/, 'which is said, too');
}
sql(q{DELETE FROM lstm_definition WHERE name = 'locked'});

# --- what changes under a training -----------------------------------------------------------------------------------

sql(qq{UPDATE lstm_definition SET owner = current_user, options = '$endless'::jsonb || '{"max_seconds": 2}' WHERE name IN ('small', 'held'); UPDATE lstm_definition SET source = 'reading' WHERE name = 'held'});
$job = start_job('small');
until_at($job, 'training');
sql(q{UPDATE lstm_definition SET horizon = 3 WHERE name = 'small'});
is(wait_for($job) . ' ' . row_of($job), 'failed failed 40001', 'a definition that was changed meanwhile: what was trained is not stored');
is(message_of($job), 'model "small" was changed while it was trained. The training went by its definition of before.', 'which the row says');
is(sql('SELECT string_agg(name, \' \') FROM lstm_retrain_due()'), 'small', 'and it is due at once');
my $again = sql(q{SELECT max(job) FROM lstm_jobs WHERE name = 'small'});
until_at($again, 'training');
my $from = -s $node->logfile;
sql(q{DELETE FROM lstm_definition WHERE name = 'small'});
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'lstm_registry worker'}), 'a model that is forgotten meanwhile: the worker ends');
like(slurp_file($node->logfile, $from), qr/LOG:  job $again of model "small" was given up/, 'and the log says so');
$job = start_job('held');
until_at($job, 'training');
sql(q{UPDATE lstm_definition SET owner = 'bob' WHERE name = 'held'});
ok($node->poll_query_until('postgres', qq{SELECT status = 'failed' OR status = 'lost' FROM lstm_jobs WHERE job = $job}), 'a model that is given to another meanwhile is not stored');

# --- no worker is free ------------------------------------------------------------------------------------------------

sub warning_of { my ($c, $o, $e) = $node->psql('postgres', shift); return $e; }
sql(qq{DELETE FROM lstm_definition; SELECT define('m' || i, '$quick') FROM generate_series(1, 6) AS i; SELECT define('e' || i, '$endless') FROM generate_series(1, 3) AS i});
$node->append_conf('postgresql.conf', "max_worker_processes = 1\n");
$node->restart;
my $busy = start_job('e1');
until_at($busy, 'training');
like(warning_of(q{SELECT lstm_retrain_start('m1')}), qr/WARNING:  no background worker is free, jobs stay queued\n/, 'without a free worker a job is queued, which is said');
is(sql(q{SELECT status || ': ' || message FROM lstm_jobs WHERE name = 'm1'}), 'queued: waits for a worker', 'and its row says so');
is(sql(qq{SELECT lstm_wait((SELECT job FROM lstm_jobs WHERE name = 'm1'), '1.2 s')}), 'queued', 'waiting for it does not help');
sql("SELECT lstm_cancel($busy)");
is(sql(q{SELECT lstm_wait(job, '1 minute') FROM lstm_job WHERE name = 'm1'}), 'done', 'the worker does it when it is done with the other');
$busy = start_job('e1');
until_at($busy, 'training');
like(warning_of(q{BEGIN; SELECT lstm_retrain_start('m2'); SELECT lstm_retrain_start('m3'); COMMIT}), qr/\A[^W]*WARNING:  no background worker is free.*\z/s, 'once a transaction');
sql("SELECT pg_terminate_backend(pid) FROM lstm_jobs WHERE job = $busy");
is(sql(q{SELECT string_agg(lstm_wait(job, '1 minute'), ' ') FROM lstm_job WHERE name IN ('m2', 'm3')}), 'done done', 'whoever waits for a queued job has it begin when a worker is free');
is(row_of($busy), 'lost', 'the one that was killed is lost');

# --- how many -----------------------------------------------------------------------------------------------------------

$node->append_conf('postgresql.conf', "max_worker_processes = 12\nlstm_forecast.max_job_workers = 2\n");
$node->restart;
my @jobs = map { start_job("e$_") } 1 .. 3;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 2 FROM lstm_jobs WHERE status = 'running'}), 'as many train as may');
usleep(600_000);
is(sql(q{SELECT string_agg(status, ' ' ORDER BY status) FROM lstm_jobs WHERE job = ANY (ARRAY[} . join(',', @jobs) . '])'), 'queued running running', 'and no more');
is(sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'lstm_registry worker' AND query ~ 'waiting for'}), 1, 'another worker waits for its turn');
my ($first) = split /\n/, sql(q{SELECT job FROM lstm_jobs WHERE status = 'running' ORDER BY job});
sql("SELECT lstm_cancel($first)");
ok($node->poll_query_until('postgres', q{SELECT count(*) = 2 FROM lstm_jobs WHERE status = 'running'}), 'the next one begins when another ends');
sql(q{SELECT lstm_cancel(job) FROM lstm_jobs WHERE status = 'running'});
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'lstm_registry worker'}), 'workers end when nothing is left');

# One call for several owners: a worker has the next owner's jobs done when it ends.
sql(qq{SELECT define(r || i, '$quick', retrain_after => '1 day') FROM unnest('{alice,bob,carol}'::text[]) AS r, generate_series(1, 3) AS i;
	   UPDATE lstm_definition SET owner = rtrim(name, '123') WHERE name ~ '^(alice|bob|carol)'});
is(sql(q{SELECT count(*) FROM lstm_retrain_due(1)}), 9, 'models of three roles are due');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 9 FROM lstm_jobs WHERE status = 'done' AND name ~ '^(alice|bob|carol)'}), 'one worker after another does them')
  or diag(sql('SELECT name, status, message FROM lstm_jobs'));
is(sql(q{SELECT count(DISTINCT pid) FROM lstm_job WHERE name ~ '^(alice|bob|carol)'}), 3, 'each as the owner');
is(sql(q{SET ROLE bob; SELECT string_agg(DISTINCT owner::text, ' ') FROM lstm_jobs}), 'bob', 'of which each sees its own');

# --- callers at the same time -----------------------------------------------------------------------------------------------

sql(qq{DELETE FROM lstm_definition; SELECT define('due' || i, '$quick', retrain_after => '1 day') FROM generate_series(1, 30) AS i});
my @sessions = map { $node->background_psql('postgres') } 1 .. 3;
$sessions[0]->query_safe('BEGIN');
is($sessions[0]->query_safe('SELECT count(*) FROM lstm_retrain_due()'), 30, 'a caller has all in hand');
my $began = time;
is($sessions[1]->query_safe('SELECT count(*) FROM lstm_retrain_due()'), 0, 'another one has none');
cmp_ok(time - $began, '<', 2, 'and does not wait');
$sessions[0]->query_safe('ROLLBACK');
is(sql('SELECT count(*) FROM lstm_jobs'), 0, 'what is rolled back was nothing');
begin_statement($_, 'SELECT string_agg(name, \' \') FROM lstm_retrain_due()') for @sessions;
$_->query_safe('SELECT 1') for @sessions;
$_->quit for @sessions;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 30 FROM lstm_jobs WHERE status = 'done'}), 'three at the same time: all are trained');
is(sql('SELECT count(*) || \' \' || count(DISTINCT name) || \' \' || max(last_version) FROM lstm_jobs JOIN lstm_definition USING (name)'), '30 30 1', 'each once');

# --- killed: a worker, a server ---------------------------------------------------------------------------------------------

sql(qq{DELETE FROM lstm_definition; SELECT define('e1', '$endless'); SELECT define('m1', '$quick')});
for my $how ('worker', 'stop', 'crash', 'postmaster')
{
	$job = start_job('e1');
	until_at($job, 'training');
	$worker = worker_of($job);
	if ($how eq 'worker') { sql("SELECT pg_terminate_backend($worker, 10000)"); }
	if ($how eq 'stop') { $node->restart; }
	if ($how eq 'crash')
	{
		$node->stop('immediate');
		$node->start;
	}
	if ($how eq 'postmaster')
	{
		my ($pid) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
		$node->kill9;
		my $patience = 100;
		usleep(100_000) while kilobytes($worker, 'VmSize') > 0 && $patience-- > 0;
		is(kilobytes($worker, 'VmSize'), 0, "$how: the worker does not outlive it");
		$patience = 50;
		usleep(100_000) while kill(0, $pid) && $patience-- > 0;
		unlink $node->data_dir . '/postmaster.pid' if $patience < 0;
		$node->start;
	}
	is(sql("SELECT status || ': ' || message || coalesce(pid::text, '') FROM lstm_jobs WHERE job = $job"), 'lost: its worker is gone: it was killed, or the server was stopped', "$how: the row says so");
	is(sql("SELECT lstm_cancel($job)"), 'f', "$how: there is nothing to cancel");
	is(sql("SELECT status FROM lstm_job WHERE job = $job"), 'lost', "$how: which is written down");
	is(sql(q{SELECT string_agg(name, ' ') FROM lstm_retrain_due()}), 'e1', "$how: it is due again");
	my $next = sql('SELECT max(job) FROM lstm_jobs');
	until_at($next, 'training');
	is(sql("SELECT attempt || ' ' || status FROM lstm_jobs WHERE job = $next"), '2 running', "$how: for the second time");
	is(sql("SELECT lstm_cancel($next)") . ' ' . wait_for($next), 't cancelled', "$how: until it is cancelled");
}
# a worker that dies as by a fault of its own takes the server's other processes along
$job = start_job('e1');
until_at($job, 'training');
$from = -s $node->logfile;
kill 'KILL', worker_of($job);
my $crashing = 300;
usleep(100_000) until slurp_file($node->logfile, $from) =~ /ready to accept connections/ || $crashing-- == 0;
ok($node->poll_query_until('postgres', "SELECT status = 'lost' FROM lstm_jobs WHERE job = $job"), 'kill -9: lost as well');
for my $attempt (2, 3)
{
	is(sql(q{SELECT string_agg(name, ' ') FROM lstm_retrain_due()}), 'e1', "attempt $attempt");
	$job = sql('SELECT max(job) FROM lstm_jobs');
	until_at($job, 'training');
	sql('SELECT pg_terminate_backend(' . worker_of($job) . ', 10000)');
}
is(sql(q{SELECT count(*) FROM lstm_retrain_due()}), 0, 'is the last');
is(wait_for(start_job('m1')), 'done', 'others go on');

# --- cron -----------------------------------------------------------------------------------------------------------------------

sql(q{UPDATE lstm_definition SET retrain_after = '1 microsecond' WHERE name = 'm1'});
is(system('psql', '-X', '-q', '-d', $node->connstr('postgres'), '-o', '/dev/null', '-c', 'SELECT lstm_retrain_due()'), 0, 'the line for cron');
ok($node->poll_query_until('postgres', q{SELECT last_version = 2 FROM lstm_definition WHERE name = 'm1'}), 'trains what is due');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal 11|signal 6/, 'no process crashed of itself');
$node->stop;
SKIP:
{
	skip 'no pg_cron', 2 unless defined $cron;
	ok($cron->poll_query_until('postgres', q{SELECT count(*) > 0 FROM lstm_jobs WHERE name = 'nightly' AND status = 'done'}), 'pg_cron trains what is due')
	  or diag($cron->safe_psql('postgres', 'TABLE cron.job_run_details'));
	is($cron->safe_psql('postgres', q{SELECT last_version FROM lstm_definition WHERE name = 'nightly'}), 1, 'once');
	$cron->stop;
}
done_testing();
