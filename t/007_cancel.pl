# Cancel and statement_timeout end training and forecasting within 100 ms, and leave nothing behind.
#
# The server's log tells when a statement began and when its error was raised (and sent to the client).
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;

use constant REPEATS => 7;
use constant LIMIT_MS => 100;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
lstm_forecast.max_memory = '4GB'
log_statement = all
log_line_prefix = '%n %p '
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT i, sin(i / 4.0) + 0.1 * cos(i * 1.7) AS value FROM generate_series(1, 6000) AS i;
});

# Training that would go on for hours.
sub training
{
	my (%options) = @_;
	my $list = join ', ', map { "$_ => $options{$_}" } sort keys %options;
	return "SELECT lstm_train(value, lstm_options($list) ORDER BY i) FROM reading";
}
my %endless = (max_epochs => 1000000, max_steps => 100000000, patience => 0);
my %statement = (
	'a small network' => training(%endless, hidden_size => 8, lookback => 16, horizon => 4,
		batch_size => 16, ensemble_size => 1),
	'no network options' => training(%endless),
	'a large network' => training(%endless, hidden_size => 512, lookback => 336, horizon => 24,
		batch_size => 64, patch_length => 1, ensemble_size => 1),
	'a large network, recursive and two layers deep' => training(%endless, hidden_size => 512,
		lookback => 336, horizon => 96, batch_size => 64, patch_length => 1, ensemble_size => 1,
		num_layers => 2, decoder => "'recursive'", bidirectional => 'true'),
	'a large simple network with a loss at every step' => training(%endless, hidden_size => 1024,
		lookback => 512, horizon => 96, batch_size => 256, patch_length => 1, ensemble_size => 1,
		cell => "'rnn'", supervision => "'sequence'", decoder => "'direct'"),
);

# A model whose forecast takes long: a wide network and a far horizon, fed back.
$node->safe_psql('postgres',
	'CREATE TABLE wide AS SELECT lstm_train(value, lstm_options(hidden_size => 1024, num_layers => 2,'
	  . " lookback => 336, horizon => 2, patch_length => 1, max_steps => 1, ensemble_size => 1,"
	  . " validation_fraction => 0) ORDER BY i) AS model FROM reading");
# A model whose fine-tuning would go on for hours, by its own steps and those asked for.
$node->safe_psql('postgres', 'CREATE TABLE begun AS SELECT lstm_train(value, lstm_options(max_steps => 1) ORDER BY i) AS model FROM reading');
$statement{'fine-tuning'} = 'SELECT lstm_finetune(model, value, lstm_options(max_steps => 100000000) ORDER BY i) FROM begun, reading GROUP BY model';
# and gates of networks that remember long: many series of it
$node->safe_psql('postgres',
	'CREATE TABLE deep AS SELECT lstm_train(value, lstm_options(hidden_size => 512, num_layers => 2, bidirectional => true, lookback => 2000, horizon => 2,'
	  . " patch_length => 1, max_steps => 1, ensemble_size => 1, batch_size => 1, validation_fraction => 0) ORDER BY i) AS model FROM reading");
$statement{'gates'} = 'SELECT sum(g.step) FROM deep, generate_series(1, 1000) AS i, lstm_gates(model, member => 1 + 0 * i, layer => 1) AS g';
# Classes: of a training that would go on for hours, and of many series by a large network.
$node->safe_psql('postgres', q{CREATE TABLE told AS SELECT lstm_train_classes('SELECT i % 40 AS s, i, value, i % 2 AS label FROM reading ORDER BY i', NULL, 's', '{value}', 'label',
	lstm_options(hidden_size => 512, num_layers => 2, bidirectional => true, max_steps => 1, ensemble_size => 1, validation_fraction => 0)) AS model});
$statement{'classes'} = q{SELECT lstm_train_classes('SELECT i % 40 AS s, i, value, i % 2 AS label FROM reading ORDER BY i', NULL, 's', '{value}', 'label',
	lstm_options(hidden_size => 512, num_layers => 2, supervision => 'sequence', max_epochs => 1000000, max_steps => 100000000, patience => 0))};
$statement{'telling classes'} = q{SELECT count(*) FROM told, lstm_classify(model, 'SELECT i, sin(i) AS value FROM generate_series(1, 90000) AS i', NULL)};
# Importance by very many permutations.
$node->safe_psql('postgres', q{CREATE TABLE driven AS SELECT lstm_train('SELECT value, i % 7 AS driver FROM reading ORDER BY i', NULL, 'value', past_columns => '{driver}',
	options => lstm_options(hidden_size => 1024, num_layers => 2, lookback => 336, patch_length => 1, max_steps => 1, ensemble_size => 1, validation_fraction => 0)) AS model});
$statement{'importance'} = q{SELECT count(*) FROM driven, lstm_importance(model, 'SELECT value, i % 7 AS driver FROM reading ORDER BY i', NULL, 'value', windows => 5000, repeats => 1000)};
# Anomalies of a large network, and of many rows.
$node->safe_psql('postgres', q{CREATE TABLE watched AS SELECT lstm_train('SELECT timestamptz ''2020-01-01'' + i * interval ''1 hour'' AS ts, value FROM reading', 'ts', 'value',
	options => lstm_options(hidden_size => 1024, num_layers => 2, lookback => 336, patch_length => 1, max_steps => 1, ensemble_size => 1, horizon => 2, validation_fraction => 0)) AS model});
$statement{'anomalies'} = q{SELECT count(*) FROM watched, lstm_anomalies(model, 'SELECT timestamptz ''2020-01-01'' + i * interval ''1 hour'' AS ts, sin(i) AS value FROM generate_series(1, 100000) AS i', 'ts', 'value')};
# Estimates, each of a large network whose steps are tried.
$statement{'estimates'} = "SELECT sum((lstm_estimate('SELECT value FROM reading ORDER BY i', NULL, 'value', horizon => 96, options => lstm_options(hidden_size => 512, lookback => 336,"
  . ' patch_length => 1, num_layers => 2))).steps) FROM generate_series(1, 1000)';
# A tuning, whose trials would go on for hours.
$statement{'tuning'} = "SELECT count(*) FROM lstm_tune('SELECT value FROM reading ORDER BY i', NULL, 'value', horizon => 4, options => lstm_options(max_steps => 100000000, max_epochs => 10000000, patience => 0))";
$statement{'a long forecast'} = 'SELECT max(step) FROM wide, lstm_forecast(model, 10000)';
$statement{'its explanation'} = 'SELECT max(step) FROM wide, lstm_explain(model, 1000)';

sub judge
{
	my ($name, @milliseconds) = @_;
	my ($median, $most) = (median(@milliseconds), (sort { $a <=> $b } @milliseconds)[-1]);
	note(sprintf '%s: median %.1f ms, at most %.1f ms', $name, $median, $most);
	cmp_ok($median, '<', LIMIT_MS, "$name stops in time");
}

# Seconds at which the log has a line that matches, from a place on; undef where there is none.
sub logged
{
	my ($from, $pattern) = @_;
	return slurp_file($node->logfile, $from) =~ /^([\d.]+) $pattern/m ? $1 : undef;
}
sub log_size { return -s $node->logfile; }

# statement_timeout, at moments spread over the beginning.
for my $name (sort keys %statement)
{
	my @late;
	for my $repeat (1 .. REPEATS)
	{
		my $timeout = 150 + 170 * $repeat;
		my $from = log_size();
		$node->psql('postgres', "SET statement_timeout = $timeout;\n$statement{$name};");
		my $began = logged($from, '\d+ LOG:  statement: SELECT');
		my $stopped = logged($from, '\d+ ERROR:  canceling statement due to statement timeout');
		push @late, 1000 * ($stopped - $began) - $timeout if defined $began && defined $stopped;
	}
	is(scalar(@late), REPEATS, "$name, statement_timeout: every run was stopped");
	judge("$name, statement_timeout", @late ? @late : 1e9);
}

# pg_cancel_backend from another session, one session for all repeats: nothing may pile up.
sub backend_memory
{
	my ($session) = @_;
	my $bytes = $session->query_safe('SELECT sum(used_bytes) FROM pg_backend_memory_contexts');
	my $rest = $session->query_safe(
		q{SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'lstm%'});
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	return ($bytes, $rest, kilobytes($pid, 'VmRSS'));
}

for my $name (sort keys %statement)
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_safe('SET client_min_messages = error');
	my (@late, @first);
	for my $repeat (1 .. REPEATS)
	{
		my $from = log_size();
		begin_statement($session, $statement{$name});
		$node->poll_query_until('postgres',
			"SELECT state = 'active' AND query_start < clock_timestamp() - interval '0.3 s' FROM pg_stat_activity WHERE pid = $pid");
		$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
		$session->query('SELECT 1'); # waits for the error
		$session->{stderr} = '';
		my $canceled = logged($from, '\d+ LOG:  statement: SELECT pg_cancel_backend');
		my $stopped = logged($from, "$pid ERROR:  canceling statement due to user request");
		push @late, 1000 * ($stopped - $canceled) if defined $canceled && defined $stopped;
		@first = backend_memory($session) if $repeat == 3; # malloc keeps what it was first asked for
	}
	is(scalar(@late), REPEATS, "$name, pg_cancel_backend: every run was stopped");
	judge("$name, pg_cancel_backend", @late ? @late : 1e9);

	my ($bytes, $rest, $resident) = backend_memory($session);
	is($rest, 0, "$name: no memory context of the extension is left");
	cmp_ok($bytes - $first[0], '<', 100_000, "$name: memory contexts are back after every cancel");
	cmp_ok($resident - $first[2], '<', 5_000, "$name: resident memory (kB) is back after every cancel");
	is($session->query_safe("SELECT count(*) FROM lstm_forecast((SELECT lstm_train(value, '{\"max_steps\": 2, \"horizon\": 3}' ORDER BY i) FROM reading WHERE i <= 200))"),
		3, "$name: the session trains and forecasts afterwards");
	$session->quit;
}

# Without a handler the client gets the error of any cancelled statement.
my ($code, $out, $error) = $node->psql('postgres',
	"\\set VERBOSITY verbose\nSET statement_timeout = '300ms'; $statement{'a small network'};");
isnt($code, 0, 'an unhandled timeout is an error');
like($error, qr/ERROR:  57014: canceling statement due to statement timeout/, 'with SQLSTATE 57014');

# Interrupts that end nothing, which come again before a piece of the work is done: it gets on nevertheless.
my $step = training(hidden_size => 512, lookback => 336, horizon => 24, batch_size => 64, patch_length => 1, ensemble_size => 1, workers => 1, max_steps => 1,
	validation_fraction => 0) . ' WHERE i <= 500';
my ($quiet, $disturbed) = map { $node->safe_psql('postgres', qq{
	SET statement_timeout = '120s';
	SET client_connection_check_interval = $_;
	SELECT md5(model), (SELECT md5(string_agg(f::text, ',')) FROM lstm_forecast(model, 500) AS f) FROM ($step) AS trained (model)}) } 0, 3;
is($disturbed, $quiet, 'a client that is looked for every 3 ms keeps no step and no forecast from its end, and changes no bit');

$node->stop;
done_testing();
