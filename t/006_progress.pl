# A training of several seconds tells how far it is: by NOTICEs and in the process title.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT i, sin(i / 4.0) + 0.1 * cos(i * 1.7) AS value FROM generate_series(1, 3000) AS i;
});

sub training
{
	my ($seconds) = @_;
	return "SELECT length(lstm_train(value, lstm_options(max_epochs => 1000000, max_steps => 100000000,"
	  . " patience => 0, max_seconds => $seconds, ensemble_size => 1) ORDER BY i)) FROM reading";
}

# Start psql, look at its backend's title until it ends.
my ($out, $error) = ('', '');
my $psql = IPC::Run::start(
	[ 'psql', '-X', '-A', '-t', '-d', $node->connstr('postgres'), '-c', 'SET client_min_messages = notice',
	  '-c', training(13) ],
	'<', \'', '>', \$out, '2>', \$error);
my ($title, $ended) = ('', 0);
for (1 .. 300)
{
	usleep(100_000);
	$psql->pump_nb if $psql->pumpable;
	my $pid = $node->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE query LIKE '%lstm_train%' AND state = 'active' AND pid <> pg_backend_pid()");
	if ($pid eq '') { next if $title eq ''; $ended = 1; last; }
	my $now = eval { slurp_file("/proc/$pid/cmdline") } // '';
	$title = $now =~ s/\0.*//sr if $now =~ /lstm_train/;
}
$psql->finish;
ok($ended, 'training ended');
like($title, qr/postgres.*lstm_train network 1\/1 epoch \d+\/\d+/, 'the process title shows the epoch');

my @notices = $error =~ /^(NOTICE:.*)$/mg;
note(join "\n", @notices);
cmp_ok(scalar(@notices), '>=', 2, 'a NOTICE every few seconds');
cmp_ok(scalar(@notices), '<=', 13, 'and not more often than every second');
my @complete = grep { /epoch \d+ of \d+, loss [\d.e+-]+, validation loss [\d.e+-]+, about \d+ s left/ } @notices;
is(scalar(@complete), scalar(@notices), 'each names epoch, losses and the time left');

# Before the first batch no loss and no speed is known: the statement is old enough for a NOTICE when training begins.
(undef, $out, $error) = $node->psql('postgres', 'SET client_min_messages = notice; SELECT length(lstm_train(value,'
	. ' lstm_options(max_steps => 20, ensemble_size => 1) ORDER BY i)) FROM (SELECT pg_sleep(6)) AS s, reading');
like($error, qr/NOTICE:  training network 1 of 1: epoch 0 of \d+$/m, 'what is not known yet is left out');

# Nothing is said to those who do not want to hear it, and nothing about a short training.
(undef, $out, $error) = $node->psql('postgres', 'SET client_min_messages = warning; ' . training(7));
is($error, '', 'client_min_messages = warning keeps it quiet');
(undef, $out, $error) = $node->psql('postgres', 'SET client_min_messages = notice; ' . training(1));
is($error, '', 'a training of a second says nothing');

# The title is the command's own again after training.
my $session = $node->background_psql('postgres');
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe(training(2));
unlike(slurp_file("/proc/$pid/cmdline"), qr/lstm_train/, 'the process title is back after training');
$session->quit;

$node->stop;
done_testing();
