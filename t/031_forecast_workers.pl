# Forecasts of many series without training, in parallel workers: the same rows for any number, and all of them end at once.
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
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE stock AS
		SELECT s, '2024-01-01'::date + i AS day, CASE WHEN s % 3 = 0 THEN round(6 + 5 * sin(i * 0.9 + s)) ELSE 100 + s + i % 7 * (1 + s % 5) + sin(i * s) END AS value
		FROM generate_series(1, 900) AS s, generate_series(1, 30) AS i WHERE i > s % 11;
	ANALYZE;
});
sub result { return $node->safe_psql('postgres', $_[0]); }

my $call = q{lstm_forecast(%s, 'stock', 'day', 'value', 's', horizon => %s, quantiles => '{0.1, 0.7}') AS f};
sub rows { return sprintf "SELECT md5(string_agg(f::text, '\\n' ORDER BY series COLLATE \"C\", step)) FROM $call", $_[0], 5; }
my $alone = 'SET max_parallel_workers_per_gather = 0;';

# --- the same rows -------------------------------------------------------------------------------------

result('CREATE TABLE kept AS SELECT lstm_pretrained() AS model');
for my $model ('lstm_pretrained()', '(SELECT model FROM kept)')
{
	my $expected = result("$alone " . rows($model));
	is(result(rows($model)), $expected, "$model: with workers");
	is(result('SET max_parallel_workers_per_gather = 4; ' . rows($model)), $expected, "$model: as many as there may be");
	is(result('SET max_parallel_workers = 0; ' . rows($model)), $expected, "$model: where no worker is to be had");
	is(result('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; ' . rows($model) . '; COMMIT'), $expected, "$model: in a read-only transaction");
	is(result('BEGIN; CREATE TABLE t (i int); SAVEPOINT s; ' . rows($model) . '; ROLLBACK'), $expected, "$model: in a subtransaction");
}
# each series as if it were alone, and in an aggregate over all of them
is(result(q{SELECT count(*) FROM lstm_forecast(lstm_pretrained(), 'stock', 'day', 'value', 's', horizon => 14) AS f JOIN
		(SELECT (unnest(lstm_forecast(lstm_pretrained(), s::text, day, value))).* FROM stock) AS g USING (series, step)
	WHERE (f.forecast, f.lower, f.upper) = (g.forecast, g.lower, g.upper)}), 900 * 14, 'the aggregate gives the same');

# --- workers really work -------------------------------------------------------------------------------

my $processors = `getconf _NPROCESSORS_ONLN`;
my $workers = $processors > 2 ? 2 : $processors - 1;
SKIP:
{
	skip 'there is one processor', 1 if $workers < 1;
	my $leading = leading_session($node);
	$leading->{session}->query_safe('SET lstm_forecast.model_cache = 0'); # memory that is left would be a leak
	# for each horizon all series are forecast again
	my $long = sprintf "SELECT count(*) FROM generate_series(20, 100) AS h, $call", 'lstm_pretrained()', 'h';

	ok(begin_with_workers($leading, $long, $workers), 'there are workers');
	result("SELECT pg_cancel_backend($leading->{pid})");
	like(ended($node, $leading->{session}, 'a cancel'), qr/ERROR:  57014: canceling statement due to user request/, 'a cancel ends the forecast');
	$leading->{session}->query_safe('SET statement_timeout = 700');
	begin_statement($leading->{session}, $long);
	like(ended($node, $leading->{session}, 'a timeout'), qr/ERROR:  57014: canceling statement due to statement timeout/, 'a timeout ends it');
	$leading->{session}->query_safe('RESET statement_timeout');
	is($leading->{session}->query_safe(rows('lstm_pretrained()')), result("$alone " . rows('lstm_pretrained()')), 'the session goes on');
	$leading->{session}->quit;
}
is(result(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), 0, 'no worker is left');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP|leak/i, 'no process crashed');

$node->stop;
done_testing();
