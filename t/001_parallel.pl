# A parallel or partition-wise plan trains the same model, byte for byte, as a serial one.
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
	CREATE TABLE reading (ts timestamptz, value float8, sensor int, filler text);
	ALTER TABLE reading SET (parallel_workers = 3);
	-- rows in no order, so that workers get pieces of every part
	INSERT INTO reading
		SELECT '2024-01-01'::timestamptz + i * interval '1 hour', 10 * s + sin(i * 0.2618) + 0.01 * (i % 7),
			   s, repeat('x', 200)
		FROM generate_series(1, 3000) AS i, generate_series(1, 2) AS s ORDER BY md5((i * s)::text);
	CREATE TABLE part (ts timestamptz, value float8, sensor int) PARTITION BY LIST (sensor);
	CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
	CREATE TABLE part_2 PARTITION OF part FOR VALUES IN (2);
	INSERT INTO part SELECT ts, value, sensor FROM reading;
	ANALYZE;
	CREATE TABLE kept AS SELECT lstm_train(ts, value, lstm_options(max_steps => 20)) AS model
		FROM reading WHERE sensor = 1;
});

my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = q{
	SET max_parallel_workers_per_gather = 3;
	SET parallel_setup_cost = 0;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;
	SET enable_indexscan = off;
};
my $partitionwise = "$parallel SET enable_partitionwise_aggregate = on; SET parallel_leader_participation = off;";
my $options = 'lstm_options(max_steps => 20, horizon => 12)';

sub plan_of { return $node->safe_psql('postgres', "$_[0] EXPLAIN (COSTS OFF) $_[1]"); }
sub result { return $node->safe_psql('postgres', "$_[0] $_[1]"); }

my %query = (
	'lstm_train(ts, value)' => 'SELECT md5(lstm_train(ts, value)) FROM reading WHERE sensor = 1 AND ts < \'2024-02-01\'',
	'lstm_train(ts, value, options)' => "SELECT md5(lstm_train(ts, value, $options)) FROM reading WHERE sensor = 1",
	'lstm_train by group' => "SELECT sensor, md5(lstm_train(ts, value, $options)) FROM reading GROUP BY sensor ORDER BY sensor",
	'lstm_train_classes(series, ts, values, label)' => q{SELECT md5(lstm_train_classes(ts::date, ts, ARRAY[value], to_char(ts, 'Day'))) FROM reading WHERE sensor = 1 AND ts < '2024-01-08'},
	'lstm_train_classes(series, ts, values, label, options)' => q{SELECT md5(lstm_train_classes(sensor, ts, ARRAY[value, value ^ 2], value > 10, lstm_options(max_steps => 10, supervision => 'sequence'))) FROM reading},
	'lstm_finetune(model, ts, value)' => 'SELECT md5(lstm_finetune((SELECT model FROM kept), ts, value)) FROM reading WHERE sensor = 2',
	'lstm_finetune(model, ts, value, options)' => 'SELECT md5(lstm_finetune((SELECT model FROM kept), ts, value, lstm_options(max_steps => 6))) FROM reading WHERE sensor = 2',
	'lstm_forecast(model, ts, value)' => 'SELECT md5(lstm_forecast((SELECT model FROM kept), ts, value)::text) FROM reading WHERE sensor = 2',
);
for my $name (sort keys %query)
{
	unlike(plan_of($serial, $query{$name}), qr/Partial/, "$name: the serial plan is serial");
	my $plan = plan_of($parallel, $query{$name});
	like($plan, qr/Partial (Group|Hash)?Aggregate|Partial Aggregate/, "$name: the parallel plan aggregates in workers");
	like($plan, qr/Workers Planned: [1-9]/, "$name: the parallel plan has workers");
	my $expected = result($serial, $query{$name});
	like($expected, qr/[0-9a-f]{32}/, "$name: the serial plan gives a result");
	is(result($parallel, $query{$name}), $expected, "$name: the parallel plan gives the same bytes") for 1 .. 2;
	is(result("$parallel SET parallel_leader_participation = off;", $query{$name}), $expected,
		"$name: without the leader, too");
}

my $launched = result($parallel, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query{'lstm_train(ts, value, options)'}");
like($launched, qr/Workers Launched: [1-9]/, 'workers were really launched');

# Partition-wise: every partition is aggregated by itself and combined.
my $over_parts = "SELECT md5(lstm_train(ts, value, lstm_options(max_steps => 20, duplicates => 'mean'))) FROM part";
like(plan_of($partitionwise, $over_parts), qr/Partial Aggregate/, 'partition-wise: the plan aggregates each partition');
is(result($partitionwise, $over_parts), result($serial, $over_parts), 'partition-wise: the same bytes');

# The whole query in a worker.
my $setting = result('', "SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')");
my $whole = "SET $setting = on;";
like(plan_of($whole, 'SELECT count(*) FROM kept, lstm_forecast(model)'), qr/Single Copy: true/, 'a forecast can run in a worker');
is(result($whole, 'SELECT md5(string_agg(f::text, \',\' ORDER BY step)) FROM kept, lstm_forecast(model) AS f'),
	result($serial, 'SELECT md5(string_agg(f::text, \',\' ORDER BY step)) FROM kept, lstm_forecast(model) AS f'),
	'and gives the same rows there');
is(result($whole, 'SELECT md5(string_agg(e::text, \',\' ORDER BY step, component)) FROM kept, lstm_explain(model) AS e'),
	result($serial, 'SELECT md5(string_agg(e::text, \',\' ORDER BY step, component)) FROM kept, lstm_explain(model) AS e'),
	'and so is an explanation');

# Rows in order, of which each worker has parts: regular, with holes, in months, at no regular times, and twice.
$node->safe_psql('postgres', q{
	CREATE TABLE ordered (kind text, ts timestamptz, value float8, filler text);
	ALTER TABLE ordered SET (parallel_workers = 3);
	INSERT INTO ordered
		SELECT kind, ts, CASE WHEN kind <> 'null' OR i % 11 > 2 THEN sin(i * 0.2618) + 0.01 * (i % 7) END, repeat('x', 200)
		FROM generate_series(1, 2000) AS i,
			LATERAL (VALUES ('hour', '2024-01-01'::timestamptz + i * interval '1 hour'),
							('hole', '2024-01-01'::timestamptz + (i + i / 40 * 3) * interval '1 hour'),
							('null', '2024-01-01'::timestamptz + i * interval '1 hour'),
							('month', '1800-01-31'::timestamptz + i * interval '1 month'),
							('irregular', '2024-01-01'::timestamptz + (100 * i + i * i % 37) * interval '1 second'),
							('twice', '2024-01-01'::timestamptz + i / 2 * interval '1 hour')) AS rows (kind, ts)
		ORDER BY kind, i;
	ANALYZE ordered;
});
for my $kind ('hour', 'hole', 'null', 'month', 'irregular', 'twice')
{
	my $rows = "FROM ordered WHERE kind = '$kind'";
	my $own = q{'{"max_steps": 2, "ensemble_size": 1, "hidden_size": 4, "duplicates": "sum"}'};
	my $both = "SELECT md5(lstm_train(ts, value, $own)), md5(lstm_train(kind, ts, value, $own)) $rows";

	is(result("SET client_min_messages = error; $parallel", $both), result("SET client_min_messages = error; $serial", $both),
		"rows in order, $kind: the same bytes");
}

# Options must be the same for a whole group, also when two workers saw different ones.
my ($code, $out, $error) = $node->psql('postgres',
	"\\set VERBOSITY verbose\n$parallel SELECT md5(lstm_train(ts, value, lstm_options(max_steps => 1, seed => sensor))) FROM reading");
isnt($code, 0, 'different options in a group are an error');
like($error, qr/ERROR:  22023/, 'with SQLSTATE 22023');

$node->stop;
done_testing();
