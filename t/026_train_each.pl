# A model for each series in parallel workers: the same bytes for any number, memory shared out, errors of a series as rows, and
# all else as the end of all processes, after which nothing is left behind.
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
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT 'sensor ' || s AS sensor, '2024-01-01'::timestamptz + i * interval '1 hour' AS ts,
			   CASE WHEN i < 190 AND i % 50 <> 7 THEN 10 * s + sin(i * 0.2618) + 0.01 * (i % 7) END AS value, i % 5 AS past, i % 9 AS future
		FROM generate_series(1, 200) AS i, generate_series(1, 12) AS s;
	INSERT INTO reading SELECT sensor, ts, 1, 1, 1 FROM reading WHERE sensor IN ('sensor 3', 'sensor 8') AND ts = '2024-01-02' AND value IS NOT NULL;
	INSERT INTO reading VALUES ('sensor 5', '2024-01-01', 'NaN', 1, 1), ('alone', '2024-01-01', 1, 1, 1);
	CREATE ROLE stranger;
});

sub result { return $node->safe_psql('postgres', $_[0]); }
sub options { my ($workers, $more) = @_; return "lstm_options(horizon => 8, max_steps => 20, hidden_size => 8, ensemble_size => 2, workers => $workers" . ($more // '') . ')'; }

# What came of every series, in the order of the rows.
sub outcomes
{
	my ($workers, $source, $more, $columns) = @_;
	return qq{SELECT string_agg(concat_ws(' | ', series, md5(model), sqlstate, message), E'\\n' ORDER BY place)
		FROM (SELECT row_number() OVER () AS place, e.* FROM lstm_train_each('$source', 'ts', 'value', 'sensor', } . ($columns // 'NULL, NULL') . ', options => ' . options($workers, $more) . ') AS e) AS e';
}

# --- the same bytes, whoever trains --------------------------------------------------------------------

my $columns = q{'{past}', '{future}'};
my $expected = result(outcomes(1, 'reading', '', $columns));
is(scalar(() = $expected =~ /\| [0-9a-f]{32}$/mg), 9, 'nine series have a model');
like($expected, qr/^alone \| 22000 \| series is too short/m, 'one is too short');
like($expected, qr/^sensor 5 \| 22003 \| value of series "sensor 5" at .* is NaN$/m, 'one has a NaN');
like($expected, qr/^sensor $_ \| 22000 \| duplicate timestamp .* in series "sensor $_", column "ts"$/m, "sensor $_ has duplicates") for 3, 8;
is(join(',', map { /^(.*?) \|/ } split /\n/, $expected), join(',', sort 'alone', map { "sensor $_" } 1 .. 12), 'in the order of their names');
is(result(outcomes($_, 'reading', '', $columns)), $expected, "$_ processes give the same") for 2, 3, 4;
is(result(outcomes('NULL', 'reading', '', $columns)), $expected, 'and as many as settings allow');
is(result('SET max_parallel_workers = 0; ' . outcomes(3, 'reading', '', $columns)), $expected, 'and one where no worker is to be had');
is(result('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; ' . outcomes(3, 'reading', '', $columns) . '; COMMIT'), $expected, 'in a read-only transaction');
is(result("BEGIN; CREATE TABLE t (i int); INSERT INTO t VALUES (1); SAVEPOINT s; " . outcomes(3, 'reading', '', $columns) . '; ROLLBACK'), $expected, 'in a subtransaction, after writes');
my %sensor = map { /^(sensor \d+) \| ([0-9a-f]{32})$/ ? ($1 => $2) : () } split /\n/, result(outcomes(2, 'reading'));
is(result('SELECT string_agg(concat_ws(\'=\', sensor, md5(model)), \',\' ORDER BY sensor) FROM (SELECT sensor, lstm_train(sensor, ts, value, ' . options(1) . q{) AS model
	FROM reading WHERE sensor NOT IN ('alone', 'sensor 3', 'sensor 5', 'sensor 8') GROUP BY sensor) AS m}),
	join(',', map { "$_=$sensor{$_}" } sort keys %sensor), 'the models are those of the aggregate');

# --- errors --------------------------------------------------------------------------------------------

my $diverging = q{, optimizer => 'sgd', learning_rate => 10, gradient_clip => 0, loss => 'mse', schedule => 'constant', normalization => 'none'};
my $diverged = result(outcomes(1, 'reading', $diverging));
like($diverged, qr/^sensor 1 \| 22000 \| .*diverge/m, 'a network that diverges is an error of its series');
is(result(outcomes(3, 'reading', $diverging)), $diverged, 'whoever trains it');
is((split /\n/, result(outcomes(1, 'reading', $diverging) . q{; SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'lstm%'}))[-1], 0, 'errors leave no memory');
like(error_of($node, 'SET ROLE stranger; ' . outcomes(2, 'reading')), qr/ERROR:  42501: permission denied for table reading/, 'a table that the caller may not read is no matter of a series');
is(result('CREATE TEMP TABLE kept AS SELECT e.* FROM lstm_train_each($$SELECT * FROM reading WHERE sensor < \'sensor 2\'$$, \'ts\', \'value\', \'sensor\', options => ' . options(2)
		. ') AS e; SELECT count(*), count(model), bool_and(seconds >= 0) FROM kept; SELECT count(DISTINCT f.series) FROM kept, lstm_forecast(model) AS f'), "5|4|t\n4", 'models are kept, and forecast');

# --- memory is shared out ------------------------------------------------------------------------------

# The large one is out of order: to sort it takes more than a small series needs at all.
$node->safe_psql('postgres', q{
	CREATE TABLE uneven AS
		SELECT 'large' AS sensor, '2000-01-01'::timestamptz + (i * 7919::int8 % 700001) * interval '1 minute' AS ts, sin(i * 0.2618) AS value FROM generate_series(1, 700000) AS i
		UNION ALL SELECT 'small ' || s, '2024-01-01'::timestamptz + i * interval '1 hour', s + sin(i * 0.2618) + 0.01 * (i % 7) FROM generate_series(1, 200) AS i, generate_series(1, 6) AS s;
});
sub within { my ($limit, $statement) = @_; return "SET lstm_forecast.max_memory = '$limit'; " . $statement =~ s/ensemble_size => 2/ensemble_size => 1/r; }
my $limit = '107MB'; # less 11 MB of rows and their copy, three processes and outcomes that wait have a share of 24 MB
my $share = '24MB';
my $tight = '30MB'; # less 6 MB of rows
like(error_of($node, within($share, 'SELECT lstm_train(sensor, ts, value, ' . options(1) . q{) FROM uneven WHERE sensor = 'large'})), qr/54000: sorting rows needs more memory than/, 'the large series needs more than a share');
is(result(within($share, 'SELECT lstm_train(sensor, ts, value, ' . options(1) . q{) IS NULL FROM uneven WHERE sensor = 'small 1'})), 'f', 'a small one does not');
my $alone = result(within($limit, outcomes(1, 'uneven')));
is(scalar(() = $alone =~ /\| [0-9a-f]{32}$/mg), 7, 'there is memory for each of them by itself');
is(result(within($limit, outcomes($_, 'uneven'))), $alone, "$_ processes give the same, though it is too much for one of them") for 2, 3;
my $refused = result(within($tight, outcomes(1, 'uneven')));
like($refused, qr/^large \| 54000 \| sorting rows needs more memory than "lstm_forecast.max_memory" allows$/m, 'what one process has no memory for is a row');
is(scalar(() = $refused =~ /^small \d \| [0-9a-f]{32}$/mg), 6, 'and the others are trained');
is(result(within($tight, outcomes(3, 'uneven'))), $refused, 'three processes, each of which has too little for any, come to the same');
is((split /\n/, result(within($limit, outcomes(3, 'uneven')) . '; SHOW lstm_forecast.max_memory'))[-1], $limit, 'the setting is as it was');
is(result("BEGIN; SET LOCAL lstm_forecast.max_memory = '${limit}'; SAVEPOINT s; DO \$\$ BEGIN PERFORM lstm_train_each('uneven', 'ts', 'value', 'none'); EXCEPTION WHEN OTHERS THEN NULL; END \$\$; SHOW lstm_forecast.max_memory; COMMIT"),
	$limit, 'after an error, too');
is(result("SELECT count(model) FROM lstm_train_each('SELECT i % 300 AS sensor, timestamptz ''2024-01-01'' + i / 300 * interval ''1 day'' AS ts, i % 13 AS value FROM generate_series(1, 12000) AS i', 'ts', 'value', 'sensor', options => '{\"horizon\": 2, \"lookback\": 7, \"hidden_size\": 64, \"ensemble_size\": 1, \"max_steps\": 1, \"workers\": 3}')"),
	300, 'more models than there is room for at a time');

# --- progress --------------------------------------------------------------------------------------------

my ($code, $out, $said) = $node->psql('postgres', q{SELECT count(model) FROM lstm_train_each('SELECT i % 24 AS sensor, timestamptz ''2024-01-01'' + i / 24 * interval ''1 day'' AS ts, i % 13 AS value FROM generate_series(1, 4800) AS i', 'ts', 'value', 'sensor',
	options => lstm_options(horizon => 2, ensemble_size => 1, max_steps => 100000000, max_epochs => 1000000, patience => 0, max_seconds => 0.6, workers => 2))});
is($out, 24, 'each series has its own time limit');
like($said, qr/NOTICE:  trained \d+ of 24 series, about \d+ s left$/m, 'a long training tells how far it is');

# --- workers really work, and end ----------------------------------------------------------------------

my $endless = q{lstm_options(horizon => 8, max_steps => 100000000, patience => 0, max_epochs => 1000000, ensemble_size => 1, workers => };
sub endless { return "SELECT count(*) FROM lstm_train_each('SELECT * FROM reading WHERE sensor < ''sensor 3''', 'ts', 'value', 'sensor', options => $endless $_[0]))"; }
my $leading = leading_session($node);
my ($session, $leader, $workers_of) = @$leading{qw(session pid workers)};

for my $workers (2, 4)
{
	my $name = "workers => $workers";
	ok(begin_with_workers($leading, endless($workers), $workers - 1), "$name: there are as many processes");
	ok(computes($_), "$name: process $_ computes") for $leader, split /\n/, result($workers_of);
	like(result("SELECT query FROM pg_stat_activity WHERE leader_pid = $leader LIMIT 1"), qr/lstm_train_each/, "$name: the statement is shown");
	my $asked = time;
	result("SELECT pg_cancel_backend($leader)");
	like(ended($node, $session, $name), qr/ERROR:  57014: canceling statement due to user request/, "$name: a cancel ends the training");
	cmp_ok(time - $asked, '<', 2, "$name: soon");
}
$session->query_safe('SET statement_timeout = 1500');
begin_statement($session, endless(3));
like(ended($node, $session, 'statement_timeout'), qr/ERROR:  57014: canceling statement due to statement timeout/, 'a timeout is no error of a series');
$session->query_safe('RESET statement_timeout');
for my $end ('pg_terminate_backend', 'pg_cancel_backend')
{
	ended_by_worker($leading, endless(3), $end);
	is($session->query_safe(outcomes(3, 'reading', '', $columns)), $expected, "$end of a worker: and trains");
}

# Of two series no more than two processes train.
begin_with_workers($leading, "SELECT count(*) FROM lstm_train_each('SELECT * FROM reading WHERE sensor < ''sensor 11'' AND sensor <> ''alone''', 'ts', 'value', 'sensor', options => $endless 3))", 1);
result("SELECT pg_cancel_backend($leader)");
like(ended($node, $session, 'fewer series than processes'), qr/ERROR:  57014/, 'two series, two processes, one cancel');

# The title is as it was after errors that were caught.
is($session->query_safe('SELECT count(*) FROM (' . outcomes(2, 'reading', $diverging) . ') AS o'), 1, 'the session trains what diverges');
unlike(slurp_file("/proc/$leader/cmdline"), qr/lstm_train/, 'and its title is put back');

ended_with_session($leading, endless(3));
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP|leak/i, 'no process crashed');

$node->stop;
done_testing();
