# Tuning in parallel workers: the same rows for any number, errors, cancels and time limits end all of them, and it tells how far it is.
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
$node->append_conf('postgresql.conf', "max_worker_processes = 12\nmax_parallel_workers = 8\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT 'sensor ' || s AS sensor, '2024-01-01'::timestamptz + i * interval '1 hour' AS ts, i AS n,
			   CASE WHEN i % 50 <> 7 THEN 10 * s + sin(i * 0.2618) + 0.01 * (i % 7) END AS value, i % 5 AS past, i % 9 AS future
		FROM generate_series(1, 400) AS i, generate_series(1, 3) AS s;
	CREATE TABLE session AS SELECT '2024-01-01'::timestamptz + i * interval '1 hour' AS ts FROM generate_series(1, 500) AS i WHERE i % 24 BETWEEN 8 AND 17;
	CREATE ROLE stranger;
	GRANT SELECT ON reading, session TO stranger;
});

sub result { return $node->safe_psql('postgres', $_[0]); }

# --- the same rows -------------------------------------------------------------------------------------

my $small = 'horizon => 6, max_steps => 10, hidden_size => 4, ensemble_size => 1, lookback => 24, workers => ';
my $rows = q{string_agg(concat_ws('|', rank, options - 'workers', metric, naive, last_horizon, last_horizon_naive, folds, note), E'\n' ORDER BY rank)};
my $candidates = q{candidates => ARRAY['{"cell": "gru"}', '{"lookback": 48}', '{"lookback": 23, "patch_length": 5}', '{"pretrained": "only"}']::jsonb[]};
my %tuning = (
	'one series' => [ q{'SELECT * FROM reading WHERE sensor = ''sensor 1''', 'ts', 'value'}, '' ],
	'a panel with covariates' => [ q{'reading', 'ts', 'value', 'sensor', '{past}', '{future}'}, '' ],
	'a panel with covariates known ahead' => [ q{'reading', 'ts', 'value', 'sensor', '{past}', '{future}', future_source => 'reading'}, '' ],
	'a driver of words' => [ q{'SELECT *, (ARRAY[''red'', ''green'', ''blue''])[1 + n % 3] AS colour FROM reading', 'ts', 'value', 'sensor', '{past}', '{colour}'}, '' ],
	'rows without times' => [ q{'SELECT * FROM reading ORDER BY sensor, n', NULL, 'value', 'sensor'}, '' ],
	'irregular times' => [ q{'SELECT ts + n * n * interval ''7 minutes'' AS ts, value FROM reading WHERE sensor = ''sensor 2'' AND value IS NOT NULL', 'ts', 'value'}, ', "calendar" => true' ],
	'listed steps' => [ q{'SELECT * FROM reading JOIN session USING (ts)', 'ts', 'value', 'sensor'}, q{, steps => 'session'} ],
	'the clock, whose hours change' => [ q{'reading', 'ts', 'value', 'sensor'}, q{, time_zone => 'Europe/Berlin'} ],
);
sub tuned
{
	my ($name, $workers) = @_;
	my ($source, $more) = @{ $tuning{$name} };
	return "SELECT $rows FROM lstm_tune($source, options => lstm_options($small$workers$more), $candidates)";
}
for my $name (sort keys %tuning)
{
	my $expected = result(tuned($name, 1));
	is(scalar(() = $expected =~ /^\d\|/mg), 5, "$name: a row for each candidate") or diag($expected);
	like($expected, qr/is not a multiple of "patch_length"$(?:\n5\|.*\|option "pretrained" is "only", but there are covariates)?\z/m, "$name: what fails is last");
	is(result(tuned($name, $_)), $expected, "$name: $_ processes give the same rows") for 2, 3;
	is(result('SET max_parallel_workers = 0; ' . tuned($name, 3)), $expected, "$name: and one where no worker is to be had");
}
my $query = tuned('a panel with covariates', 3);
my $expected = result($query);
is(result("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; $query; COMMIT"), $expected, 'in a serializable, read-only transaction');
is(result("BEGIN; SAVEPOINT s; $query; ROLLBACK"), $expected, 'in a subtransaction');
is(result("SET ROLE stranger; $query"), $expected, 'as a role that may only read the table');
like(error_of($node, 'REVOKE SELECT ON reading FROM stranger; SET ROLE stranger; ' . $query), qr/ERROR:  42501: permission denied for table reading/, 'and not as one that may not');
is(result('SELECT count(*) FROM pg_stat_activity WHERE backend_type = \'parallel worker\''), 0, 'no worker is left');

# --- time ------------------------------------------------------------------------------------------------

my $endless = 'lstm_options(horizon => 6, max_steps => 100000000, patience => 0, max_epochs => 1000000, ensemble_size => 1, workers => ';
sub endless { return "SELECT count(*) FROM lstm_tune('reading', 'ts', 'value', 'sensor', options => $endless $_[0]), candidates => ARRAY['{\"cell\": \"gru\"}', '{\"seed\": 1}', '{\"seed\": 2}', '{\"seed\": 3}', '{\"seed\": 4}']::jsonb[]"; }
for my $workers (1, 3)
{
	my $asked = time;
	my ($code, $out, $said) = $node->psql('postgres', endless($workers) . ', max_seconds => 1.5)');
	my $taken = time - $asked;
	is($out, 6, "max_seconds, $workers processes: a row for each");
	like($said, qr/NOTICE:  "max_seconds" ended it after 0 of 3 rungs$/m, 'it says what ended it');
	cmp_ok($taken, '>=', 1.5, 'not before the time');
	cmp_ok($taken, '<', 4, 'and soon after it');
}
# a rung of what is quick is finished, one of what would never end is not
is(result(q{SELECT string_agg(format('%s %s %s %s', rank, folds, metric IS NOT NULL, note), E'\n' ORDER BY rank) FROM lstm_tune('reading', 'ts', 'value', 'sensor', horizon => 6, folds => 4, max_seconds => 600,
	options => '{"pretrained": "only", "workers": 2}', candidates => ARRAY['{"seed": 1}', '{"seed": 2}', '{"glitches": "keep"}']::jsonb[])}) =~ s/ended.*//gr, result(q{SELECT string_agg(format('%s %s %s %s', rank, folds, metric IS NOT NULL, note), E'\n' ORDER BY rank) FROM lstm_tune('reading', 'ts', 'value', 'sensor', horizon => 6, folds => 4,
	options => '{"pretrained": "only", "workers": 2}', candidates => ARRAY['{"seed": 1}', '{"seed": 2}', '{"glitches": "keep"}']::jsonb[])}), 'time that is enough changes nothing');
# the session goes on, without the limit
is(result("DO \$\$ BEGIN PERFORM lstm_tune('reading', 'ts', 'value', 'sensor', options => $endless 1), max_seconds => 0.3, candidates => '{}'); END \$\$; SELECT pg_sleep(0.4); SELECT length(lstm_train(ts, value, '{\"max_steps\": 3}')) > 0 FROM reading WHERE sensor = 'sensor 1'"),
	"\nt", 'what comes later has its own time');

# --- progress --------------------------------------------------------------------------------------------

my ($code, $out, $said) = $node->psql('postgres', q{SELECT count(*) FROM lstm_tune('reading', 'ts', 'value', 'sensor', horizon => 6,
	options => lstm_options(ensemble_size => 1, max_steps => 100000000, max_epochs => 1000000, patience => 0, max_seconds => 1.5, workers => 2), candidates => ARRAY['{"cell": "gru"}', '{"seed": 1}', '{"seed": 2}', '{"seed": 3}', '{"seed": 4}']::jsonb[])});
is($out, 6, 'each training has its own time limit');
like($said, qr/NOTICE:  trained \d+ of \d+ trials, about \d+ s left$/m, 'a long tuning tells how far it is');
like($said, qr/NOTICE:  tuning, rung 1 of 3: 6 candidates measured, 4 of them left\nDETAIL:  On 1 fold the best has mase [\d.]+, the default mase [\d.]+\.\n/, 'and of each rung');

# --- workers really work, and end ----------------------------------------------------------------------

my $leading = leading_session($node);
my ($session, $leader, $workers_of) = @$leading{qw(session pid workers)};
for my $workers (2, 4)
{
	my $name = "workers => $workers";
	ok(begin_with_workers($leading, endless($workers) . ')', $workers - 1), "$name: there are as many processes");
	ok(computes($_), "$name: process $_ computes") for $leader, split /\n/, result($workers_of);
	like(result("SELECT query FROM pg_stat_activity WHERE leader_pid = $leader LIMIT 1"), qr/lstm_tune/, "$name: the statement is shown");
	my $asked = time;
	result("SELECT pg_cancel_backend($leader)");
	like(ended($node, $session, $name), qr/ERROR:  57014: canceling statement due to user request/, "$name: a cancel ends it");
	cmp_ok(time - $asked, '<', 2, "$name: soon");
}
for my $end ('pg_terminate_backend', 'pg_cancel_backend')
{
	ended_by_worker($leading, endless(3) . ')', $end);
	result('GRANT SELECT ON reading TO stranger');
	is($session->query_safe($query), $expected, "$end of a worker: and the session tunes");
}
ended_with_session($leading, endless(3) . ')');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP|leak/i, 'no process crashed');

$node->stop;
done_testing();
