# The functions through psycopg 3, whose parameters the server binds: integers of every type, NULL, untyped ones, arrays.
use strict;
use warnings;

use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $python = $ENV{TEST_PYTHON} // 'python3';
system("'$python' -c 'import psycopg' 2>/dev/null") == 0 or plan(skip_all => 'psycopg is not installed');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	SET timezone = 'Europe/Berlin';
	CREATE TABLE sold AS
		SELECT shop, date '2024-09-01' + i AS day, shop * 50 + 10 * (i % 7) + i % 3 AS amount
		FROM generate_series(1, 2) AS shop, generate_series(0, 45) AS i;
	CREATE TABLE dated AS
		SELECT lstm_train(shop, day, amount, '{"max_steps": 3, "horizon": 4, "hidden_size": 2, "ensemble_size": 1}') AS model FROM sold;
	CREATE TABLE undated AS
		SELECT lstm_train(amount, '{"max_steps": 3, "horizon": 4, "hidden_size": 2, "ensemble_size": 1}' ORDER BY day) AS model
		FROM sold WHERE shop = 1;
});
my ($out, $error);
my $script = dirname(__FILE__) . '/../test/clients/psycopg_calls.py';
ok(IPC::Run::run([ $python, $script, $node->connstr('postgres') ], '>', \$out, '2>', \$error), 'the calls are made') or diag($error);
my ($planned) = $out =~ /^1\.\.(\d+)$/m;
my @results = grep { /^(?:not )?ok \d+ - / } split /\n/, $out;
is(scalar(@results), $planned // 'a plan', 'all of them');
ok(!/^not /, s/^(?:not )?ok \d+ - //r) or diag($out =~ /^\Q$_\E\n((?:#.*\n)*)/m) for @results;

$node->stop;
done_testing();
