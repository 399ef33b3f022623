# A thousand models, some of them due, and workers that are killed at random: each due model is trained once, or all of its
# attempts were killed, and none twice. LSTM_JOB_KILLS sets how many are killed (200 takes about two minutes).
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $kills = $ENV{LSTM_JOB_KILLS} // 24;
my $kills_a_round = 20;
my $seed = $ENV{LSTM_JOB_SEED} // int(time);
srand($seed);
note("LSTM_JOB_SEED=$seed");

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
max_worker_processes = 12
autovacuum = off
restart_after_crash = on
lstm_forecast.max_job_workers = 3
log_statement = none
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE EXTENSION lstm_registry;
	CREATE TABLE reading AS SELECT '2024-03-01'::timestamptz + i * interval '1 day' AS ts, i % 7 + sin(i) AS value FROM generate_series(1, 30) AS i;
	-- reading takes a moment, in which a kill may come, and so does training
	CREATE VIEW slow AS SELECT r.* FROM reading AS r, LATERAL (SELECT count(*) FROM generate_series(1, 1000) AS i WHERE i > extract(day FROM r.ts)) AS moment;
	SELECT count(lstm_define('model ' || i, 'slow', 'ts', 'value', horizon => 2, keep => 1000, options => '{"ensemble_size": 1, "max_steps": 500, "lookback": 8}')) FROM generate_series(1, 1000) AS i;
	CREATE TABLE due (round int, name text);
});
my $began = time;
is($node->safe_psql('postgres', 'SELECT count(*) FROM lstm_retrain_due()'), 0, 'none of a thousand models is due');
note(sprintf 'lstm_retrain_due(): %.0f ms', 1000 * (time - $began));

my $killed = 0;
my %in_phase;
my ($round, $crashes) = (0, 0);
while ($killed < $kills && $round++ < $kills)
{
	# Fifty of them, of which some were so before; what was done before was long ago.
	$node->safe_psql('postgres', qq{
		UPDATE lstm_definition SET retrain_after = NULL WHERE retrain_after IS NOT NULL;
		INSERT INTO due SELECT $round, name FROM lstm_definition ORDER BY md5(name || $seed || $round) LIMIT 50;
		UPDATE lstm_definition SET retrain_after = '1 hour' WHERE name IN (SELECT name FROM due WHERE round = $round);
		UPDATE lstm_version SET stored_at = stored_at - interval '2 hours';
		UPDATE lstm_job SET finished_at = finished_at - interval '2 hours', submitted_at = submitted_at - interval '2 hours'});
	my @callers = map { $node->background_psql('postgres', on_error_stop => 0) } 1 .. 2;
	my ($left, $patience) = (1, time + 120);
	my $kills_left = $kills_a_round;
	my $crash_left = $round % 5 == 1;
	while ($left && time < $patience)
	{
		# the server itself, now and then
		if ($crash_left && $kills_left < $kills_a_round)
		{
			$_->quit for @callers;
			$node->stop('immediate');
			$node->start;
			@callers = map { $node->background_psql('postgres', on_error_stop => 0) } 1 .. 2;
			$crash_left = 0;
			$crashes++;
		}
		# both call at the same time
		for my $caller (@callers)
		{
			$caller->{stdin} .= "SELECT count(*) FROM lstm_retrain_due();\n";
			$caller->{run}->pump_nb;
		}
		$_->query('SELECT 1') for @callers;
		for (1 .. 4)
		{
			last if $kills_left == 0 || $killed == $kills;
			usleep(int(rand(80_000)));
			my $hit = $callers[0]->query(q{SELECT split_part(query, ': ', 2) FROM (SELECT pid, query FROM pg_stat_activity WHERE backend_type = 'lstm_registry worker' AND query !~ 'waiting for' ORDER BY random() LIMIT 1) AS w WHERE pg_terminate_backend(pid)});
			next if $hit !~ /\S/;
			$in_phase{$hit}++;
			$killed++;
			$kills_left--;
		}
		usleep(50_000);
		$left = $callers[0]->query(q{SELECT (SELECT count(*) FROM lstm_job WHERE status IN ('queued', 'running')) + (SELECT count(*) FROM lstm_definition AS d, LATERAL lstm_registry_next(d.name))});
	}
	is($left, 0, "round $round: nothing is left to do");
	$_->quit for @callers;
	is($node->safe_psql('postgres', qq{
		SELECT count(*) FROM due AS d WHERE round = $round AND 1 <> (SELECT count(*) FROM lstm_job AS j WHERE j.name = d.name AND j.submitted_at > now() - interval '1 hour' AND status = 'done')
		AND 3 <> (SELECT count(*) FROM lstm_job AS j WHERE j.name = d.name AND j.submitted_at > now() - interval '1 hour' AND status = 'lost')}), 0, "round $round: each due model was trained once, or lost three times");
	is($node->safe_psql('postgres', qq{
		SELECT count(*) FROM lstm_job AS j WHERE submitted_at > now() - interval '1 hour' AND NOT EXISTS (SELECT FROM due AS d WHERE d.round = $round AND d.name = j.name)}), 0, "round $round: no other was");
}
note("killed $killed workers: " . join(', ', map { "$in_phase{$_} $_" } sort keys %in_phase));
is($killed, $kills, 'so many were killed');
cmp_ok($crashes, '>=', 1, 'and the server');

is($node->safe_psql('postgres', q{
	SELECT count(*) FROM lstm_definition AS d WHERE last_version <> (SELECT count(*) FROM lstm_version AS v WHERE v.name = d.name)
	OR last_version <> (SELECT count(*) FROM lstm_job AS j WHERE j.name = d.name AND status = 'done' AND j.version IS NOT NULL)}), 0, 'there are as many versions as jobs that are done: none is lost, none double');
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM lstm_job AS a JOIN lstm_job AS b ON a.name = b.name AND a.job < b.job AND b.started_at < a.finished_at}), 0, 'no two trainings of a model overlap');
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT status, ' ' ORDER BY status) FROM lstm_jobs}), 'done lost', 'jobs are done or lost');
note('lost: ' . $node->safe_psql('postgres', q{SELECT count(*) FROM lstm_jobs WHERE status = 'lost'}) . ', done: ' . $node->safe_psql('postgres', q{SELECT count(*) FROM lstm_jobs WHERE status = 'done'}));
$began = time;
$node->safe_psql('postgres', 'SELECT count(*) FROM lstm_jobs');
note(sprintf 'lstm_jobs: %.0f ms', 1000 * (time - $began));
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal 11|signal 6/, 'no process crashed');
$node->stop;
done_testing();
