# A parallel plan trains the same model of a panel as a serial one, whichever worker meets a series or a covariate first.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'max_parallel_workers = 4');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading (sensor text, ts timestamptz, value float8, past float8[], future float8[], filler text);
	ALTER TABLE reading SET (parallel_workers = 3);
	-- rows in no order, so that workers get pieces of every series; some know no past, some no covariate at all
	INSERT INTO reading
		SELECT 'sensor ' || s, '2024-01-01'::timestamptz + (i + 10 * s) * interval '1 hour',
			   CASE WHEN i <= 1200 THEN 10 * s + sin(i * 0.2618) + 0.01 * (i % 7) END,
			   CASE WHEN i % 3 <> 0 THEN ARRAY[i % 5, NULL, s] END, CASE WHEN i % 300 > 5 OR i > 1200 THEN ARRAY[i % 9] END,
			   repeat('x', 200)
		FROM generate_series(1, 1212) AS i, generate_series(1, 7) AS s ORDER BY md5((i * 10 + s)::text);
	-- the first rows say nothing about the number of covariates
	CREATE TABLE late AS SELECT * FROM reading WHERE past IS NULL;
	INSERT INTO late SELECT * FROM reading WHERE past IS NOT NULL;
	ALTER TABLE late SET (parallel_workers = 3);
	ANALYZE;
	CREATE TABLE kept AS SELECT
		lstm_train(sensor, ts, value, lstm_options(max_steps => 20)) AS plain,
		lstm_train(sensor, ts, value, past, future, lstm_options(max_steps => 20, horizon => 12)) AS driven
		FROM reading;
});

my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = q{
	SET max_parallel_workers_per_gather = 3;
	SET parallel_setup_cost = 0;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;
};
my $options = 'lstm_options(max_steps => 20, horizon => 12)';

sub result { return $node->safe_psql('postgres', "$_[0] $_[1]"); }

my %query = (
	'lstm_train(series, ts, value)' => 'SELECT md5(lstm_train(sensor, ts, value)) FROM reading WHERE ts < \'2024-01-08\'',
	'lstm_train(series, ts, value, options)' => "SELECT md5(lstm_train(sensor, ts, value, $options)) FROM reading",
	'lstm_train(series, ts, value, past, future)' =>
		'SELECT md5(lstm_train(sensor, ts, value, past, future)) FROM reading WHERE ts < \'2024-01-08\'',
	'lstm_train(series, ts, value, past, future, options)' =>
		"SELECT md5(lstm_train(sensor, ts, value, past, future, $options)) FROM reading",
	'covariates known late' => "SELECT md5(lstm_train(sensor, ts, value, past, future, $options)) FROM late",
	'lstm_forecast(model, series, ts, value)' =>
		'SELECT md5(lstm_forecast((SELECT plain FROM kept), sensor, ts, value)::text) FROM reading',
	'lstm_forecast(model, series, ts, value, past, future)' =>
		'SELECT md5(lstm_forecast((SELECT driven FROM kept), sensor, ts, value, past, future)::text) FROM reading',
);
for my $name (sort keys %query)
{
	my $plan = result($parallel, "EXPLAIN (COSTS OFF) $query{$name}");
	like($plan, qr/Partial Aggregate/, "$name: the parallel plan aggregates in workers");
	my $expected = result($serial, $query{$name});
	like($expected, qr/^[0-9a-f]{32}$/, "$name: the serial plan gives a result");
	is(result($parallel, $query{$name}), $expected, "$name: the parallel plan gives the same bytes") for 1 .. 2;
	is(result("$parallel SET parallel_leader_participation = off;", $query{$name}), $expected,
		"$name: without the leader, too");
}
is(result($serial, $query{'covariates known late'}), result($serial, $query{'lstm_train(series, ts, value, past, future, options)'}),
	'covariates known late are the same covariates');

# A group's state takes the model as it is stored to the leader, not whole.
$node->safe_psql('postgres', q{
	CREATE TABLE large AS SELECT lstm_train(ts, value, lstm_options(max_steps => 1, horizon => 12, hidden_size => 256, ensemble_size => 1)) AS model
		FROM reading WHERE sensor = 'sensor 1';
});
my $groups = 'SELECT sensor, lstm_forecast((SELECT model FROM large), ts, value)::text AS forecast FROM reading GROUP BY sensor';
my $hashed = "$parallel SET enable_sort = off; SET work_mem = '64MB';";
my ($kilobytes) = result($hashed, "EXPLAIN (ANALYZE, COSTS OFF) $groups") =~ /Finalize HashAggregate.*?Memory Usage: (\d+)kB/s;
cmp_ok($kilobytes, '<', $node->safe_psql('postgres', 'SELECT 3 * octet_length(model) / 1024 FROM large'), 'seven groups do not keep the model seven times');
my $forecasts = "SELECT md5(string_agg(forecast, ',' ORDER BY sensor)) FROM ($groups) AS f";
is(result($hashed, $forecasts), result($serial, $forecasts), 'and forecast the same');

# What is wrong with a row is found in any plan.
$node->safe_psql('postgres', "UPDATE reading SET past = ARRAY[1, 2] WHERE sensor = 'sensor 3' AND ts = '2024-01-05'");
for my $plan ($serial, $parallel)
{
	my ($code, $out, $error) = $node->psql('postgres',
		"\\set VERBOSITY verbose\n$plan SELECT md5(lstm_train(sensor, ts, value, past, future, $options)) FROM reading");
	isnt($code, 0, 'another number of covariates is an error');
	like($error, qr/ERROR:  22023: "past" of series "sensor \d" at .* has \d elements, but \d in other rows/,
		'which names the array, the series and the timestamp');
}

# States of which one knows the past covariates only and the other the future ones: each is within the limit, what they make together
# may not be. The partitions are read by a worker each, or by one process and then combined.
$node->safe_psql('postgres', q{
	CREATE TABLE half (part int, sensor text, ts timestamptz, value float8, past float8[], future float8[]) PARTITION BY LIST (part);
	CREATE TABLE half_past PARTITION OF half FOR VALUES IN (1);
	CREATE TABLE half_future PARTITION OF half FOR VALUES IN (2);
	INSERT INTO half SELECT 1, 'a', '2020-01-01'::timestamptz + i * interval '1 day', sin(i), array_fill(i, ARRAY[1000]), NULL FROM generate_series(1, 40) AS i;
	INSERT INTO half SELECT 2, 'a', '2020-01-01'::timestamptz + i * interval '1 day', cos(i), NULL, array_fill(i, ARRAY[1000]) FROM generate_series(41, 80) AS i;
	ANALYZE half;
	-- dear, so that workers read, and long enough for each to have a partition
	CREATE FUNCTION slow(float8) RETURNS bool LANGUAGE plpgsql PARALLEL SAFE COST 100000 AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN true; END $$;
});
my %apart = (
	'in workers' => "$parallel SET parallel_leader_participation = off; SET max_parallel_workers_per_gather = 2; SET enable_partitionwise_aggregate = off;",
	'in one process' => "$serial SET enable_partitionwise_aggregate = on;");
sub of_half
{
	my ($call, $count) = @_;
	return 'SELECT md5(' . ($call =~ s/%/sensor, ts, value, past[:$count], future[:$count]/r) . '::text) FROM half WHERE slow(value)';
}
my %call = (lstm_train => q{lstm_train(%, '{"max_steps": 2, "ensemble_size": 1, "hidden_size": 1, "lookback": 2, "horizon": 1}')}, lstm_forecast => 'lstm_forecast((SELECT driven FROM kept), %)');
for my $how (sort keys %apart)
{
	like(result($apart{$how}, 'EXPLAIN (COSTS OFF) ' . of_half($call{lstm_train}, 1000)), qr/Partial Aggregate/, "$how: states are combined");
	for my $name (sort keys %call)
	{
		for my $count (501, 600, 1000)
		{
			my ($code, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$apart{$how} " . of_half($call{$name}, $count));
			like($error, qr/ERROR:  22023: too many covariates\nDETAIL:  There are @{[ 2 * $count ]}, and may be 1000\./, "$how: $count past and $count future covariates are too many for $name");
		}
	}
	is(result($apart{$how}, of_half($call{lstm_train}, 500)), result($serial, of_half($call{lstm_train}, 500)), "$how: as many as there may be are the same model");
}

$node->stop;
done_testing();
