# Rows on other servers: a foreign table gives the model that the table gives, and an aggregate over partitions is trained
# where the rows are, to the same bytes, whatever the zones of the sessions.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my ($code) = $node->psql('postgres', 'CREATE EXTENSION postgres_fdw');
if ($code != 0)
{
	$node->stop;
	plan(skip_all => 'postgres_fdw is not installed');
}

# Training costs so much that few rows on their way make no difference to the planner; fdw_tuple_cost lets them.
my ($host, $port) = ($node->host, $node->port);
$node->safe_psql('postgres', qq{
	CREATE EXTENSION lstm_forecast;
	CREATE DATABASE far;
});
$node->safe_psql('far', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE sold_south AS
		SELECT 'south' AS region, '2024-01-01'::date + i AS day, ('2024-01-01'::date + i)::timestamp AT TIME ZONE 'Europe/Berlin' AS ts,
			   300 + 40 * sin(i * 0.9) + i AS amount
		FROM generate_series(0, 199) AS i;
});
$node->safe_psql('postgres', qq{
	CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw
		OPTIONS (host '$host', port '$port', dbname 'far', extensions 'lstm_forecast', async_capable 'true', fdw_tuple_cost '1');
	CREATE USER MAPPING FOR CURRENT_USER SERVER far;
	CREATE TABLE sold (region text, day date, ts timestamptz, amount float8) PARTITION BY LIST (region);
	CREATE TABLE sold_north PARTITION OF sold FOR VALUES IN ('north');
	INSERT INTO sold
		SELECT 'north', '2024-01-01'::date + i, ('2024-01-01'::date + i)::timestamp AT TIME ZONE 'Europe/Berlin', 100 + 20 * sin(i * 0.9) - i / 4.0
		FROM generate_series(0, 199) AS i;
	CREATE FOREIGN TABLE sold_south PARTITION OF sold FOR VALUES IN ('south') SERVER far;
	CREATE TABLE here AS SELECT * FROM sold;
	ANALYZE sold_north; ANALYZE sold_south; ANALYZE here;
});
my $options = q{'{"max_steps": 20, "horizon": 7, "time_zone": "Europe/Berlin"}'};
my $where_they_are = q{SET enable_partitionwise_aggregate = on; SET timezone = 'Pacific/Auckland';};

# One statement on partitions here and there, and on a table here.
sub grouped
{
	my ($table, $what) = @_;
	return "SELECT region, md5($what) FROM $table GROUP BY region ORDER BY region";
}
my $train = "lstm_train(ts, amount, $options)";
my $plan = $node->safe_psql('postgres', "$where_they_are EXPLAIN (VERBOSE, COSTS OFF) " . grouped('sold', $train));
like($plan, qr/Relations: Aggregate on/, 'the aggregate goes to the other server');
like($plan, qr/Remote SQL: .*lstm_train\(/, 'as the query that trains there');
my $here = $node->safe_psql('postgres', "SET timezone = 'America/New_York'; " . grouped('here', $train));
like($here, qr/^north\|[0-9a-f]{32}\nsouth\|[0-9a-f]{32}$/, 'two regions');
is($node->safe_psql('postgres', $where_they_are . grouped('sold', $train)), $here, 'trained there and here, in other zones: the same bytes');
is($node->safe_psql('postgres', "SET enable_async_append = off; $where_they_are" . grouped('sold', $train)), $here, 'one after another, too');
is($node->safe_psql('postgres', "SET enable_partitionwise_aggregate = off; " . grouped('sold', $train)), $here, 'and from rows that are fetched');

# Without a zone in the options the session's is kept, and a session of postgres_fdw is in GMT.
is($node->safe_psql('postgres', "$where_they_are SELECT region, lstm_model_info(model)->'options'->>'time_zone' FROM (SELECT region, lstm_train(ts, amount, '{\"max_steps\": 1}') AS model FROM sold GROUP BY region) AS m ORDER BY region"),
	"north|Pacific/Auckland\nsouth|GMT", 'without the option the zone is that of the session that trains');

# A source: rows are fetched, dates are days of the option's zone.
for my $column ('ts', 'day')
{
	my $source = sub { "SET timezone = '$_[1]'; SELECT md5(lstm_train('$_[0]', '$column', 'amount', 'region', options => $options))" };
	is($node->safe_psql('postgres', $source->('sold', 'Pacific/Auckland')), $node->safe_psql('postgres', $source->('here', 'America/New_York')),
		"a source with partitions on another server, by $column: the same bytes");
}

# Forecasting there.
$node->safe_psql('postgres', "CREATE TABLE model AS SELECT lstm_train('here', 'ts', 'amount', 'region', options => $options) AS model");
my $forecast = sub {
	"SELECT region, md5(lstm_forecast((SELECT model FROM model), region, ts, amount)::text) FROM $_[0] GROUP BY region ORDER BY region";
};
is($node->safe_psql('postgres', $where_they_are . $forecast->('sold')), $node->safe_psql('postgres', $where_they_are . $forecast->('here')), 'forecasts from rows there');

$node->stop;
done_testing();
