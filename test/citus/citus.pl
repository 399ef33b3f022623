# Training on the workers of Citus, to the same bytes as in one server; what the coordinator trains, and from which rows.
# test/citus/run builds and starts this.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../t/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;

use constant LIMIT_MS => 100;

my %node = map { $_ => PostgreSQL::Test::Cluster->new($_) } qw(coordinator first second);
for my $name (sort keys %node)
{
	$node{$name}->init;
	$node{$name}->append_conf('postgresql.conf', q{
shared_preload_libraries = 'citus'
wal_level = logical
max_prepared_transactions = 100
citus.shard_count = 8
citus.node_conninfo = 'sslmode=prefer'
max_parallel_workers_per_gather = 0
log_line_prefix = '%n %p '
});
	$node{$name}->append_conf('postgresql.conf', "citus.local_hostname = '" . $node{$name}->host . "'");
	$node{$name}->start;
	$node{$name}->safe_psql('postgres', 'CREATE EXTENSION citus');
}
my $home = $node{coordinator};

# What a script gives at the coordinator.
sub at_home { return $home->safe_psql('postgres', join ' ', @_); }

at_home(sprintf q{SELECT citus_set_coordinator_host('%s', %d)}, $home->host, $home->port);
at_home(sprintf q{SELECT citus_add_node('%s', %d)}, $node{$_}->host, $node{$_}->port) for qw(first second);
note(at_home('SELECT citus_version()'));

at_home('CREATE EXTENSION lstm_forecast');
is($node{$_}->safe_psql('postgres', q{SELECT count(*) FROM pg_extension WHERE extname = 'lstm_forecast'}), 1, "CREATE EXTENSION reaches the $_ worker") for qw(first second);

at_home(q{
	CREATE TABLE sold (shop text, region text, day date, ts timestamptz, amount float8);
	SELECT create_distributed_table('sold', 'shop');
	INSERT INTO sold
		SELECT 'shop ' || s, 'region ' || s % 3, '2024-01-01'::date + i, ('2024-01-01'::date + i)::timestamp AT TIME ZONE 'Europe/Berlin', 100 + 10 * s + 20 * sin(i * 0.9 + s)
		FROM generate_series(1, 12) AS s, generate_series(0, 199) AS i;
	CREATE TABLE here AS SELECT * FROM sold;
	CREATE TABLE model (shop text PRIMARY KEY, model bytea);
	SELECT create_distributed_table('model', 'shop');
});
my $options = q{'{"max_steps": 20, "horizon": 7, "time_zone": "Europe/Berlin"}'};
my $train = "lstm_train(ts, amount, $options)";

# One statement on shards, and on a table here.
sub grouped
{
	my ($table, $what, $by) = @_;
	return "SELECT $by, md5($what) FROM $table GROUP BY $by ORDER BY $by";
}

# Whether a statement has its calls of the extension in the tasks of the workers, 8 of them, or at the coordinator.
sub place_of
{
	my ($statement) = @_;
	my ($above, $tasks) = split /Task Count: /, at_home("EXPLAIN (VERBOSE, COSTS OFF) $statement"), 2;
	return $tasks !~ /^8\n/ ? 'not all shards' : $above =~ /lstm_/ ? 'coordinator' : $tasks =~ /lstm_/ ? 'workers' : 'nowhere';
}

# Where it is trained, and the same bytes as here, whatever the zone.
my %trained = (
	'local models' => [ $train, 'shop', 'workers' ],
	'local models by more than the distribution column' => [ $train, 'region, shop', 'workers' ],
	'values in order' => [ q[lstm_train(amount, '{"max_steps": 20, "horizon": 7}' ORDER BY ts)], 'shop', 'workers' ],
	'dates with a zone' => [ "lstm_train(day::timestamp AT TIME ZONE 'Europe/Berlin', amount, $options)", 'shop', 'workers' ],
	'panels over shards' => [ "lstm_train(shop, ts, amount, $options)", 'region', 'coordinator' ],
);
for my $name (sort keys %trained)
{
	my ($what, $by, $place) = @{ $trained{$name} };
	is(place_of(grouped('sold', $what, $by)), $place, "$name: trained at the $place");
	my $here = at_home(grouped('here', $what, $by));
	is(scalar(() = $here =~ /\|[0-9a-f]{32}$/gm), $by eq 'region' ? 3 : 12, "$name: all groups");
	is(at_home("SET timezone = '$_';", grouped('sold', $what, $by)), $here, "$name: the same bytes in $_") for qw(UTC Asia/Kolkata);
}
my $global = "lstm_train(shop, ts, amount, $options)";
is(place_of("SELECT $global FROM sold"), 'coordinator', 'one model of all shards: trained at the coordinator');
my $here = at_home("SELECT md5($global) FROM here");
is(at_home("SELECT md5($global) FROM sold"), $here, 'the same bytes');
is(at_home("SELECT md5(lstm_train('sold', 'ts', 'amount', 'shop', options => $options))"), at_home("SELECT md5(lstm_train('here', 'ts', 'amount', 'shop', options => $options))"), 'and of a source');

# The zone of the session stays at the coordinator: that of a worker casts dates, and is kept where the options have none.
my $zones = q{SELECT DISTINCT lstm_model_info(model)->'options'->>'time_zone' FROM (SELECT shop, lstm_train(ts, amount, '{"max_steps": 1}') AS model FROM sold GROUP BY shop) AS m};
is(at_home("SET timezone = 'Asia/Kolkata';", $zones), $node{first}->safe_psql('postgres', 'SHOW timezone'), 'without the option the zone is that of the worker');
my $by_day = "lstm_train(day, amount, $options)";
is(place_of(grouped('sold', $by_day, 'shop')), 'workers', 'dates go along');
my $berlin = at_home(grouped('here', $train, 'shop'));
isnt(at_home("SET timezone = 'Europe/Berlin';", grouped('sold', $by_day, 'shop')), $berlin, 'as days of the worker');
is(at_home("BEGIN; SET LOCAL citus.propagate_set_commands = 'local'; SET LOCAL timezone = 'Europe/Berlin';", grouped('sold', $by_day, 'shop'), '; COMMIT'), $berlin, 'or of the session, whose zone is sent along');

# Models beside the rows: written, read, trained further and used where they are.
my $insert = "INSERT INTO model SELECT shop, $train FROM sold GROUP BY shop";
is(place_of($insert), 'workers', 'models are written where they are trained');
at_home($insert);
is(at_home('SELECT shop, md5(model) FROM model ORDER BY shop'), $berlin, 'the same models');
at_home('CREATE TABLE model_here AS SELECT * FROM model');
my %used = (
	'forecasts from rows' => 'SELECT s.shop, md5(lstm_forecast(model, ts, amount)::text) FROM %s AS s JOIN %s AS m USING (shop) GROUP BY s.shop, model ORDER BY s.shop',
	'fine-tuning' => q(SELECT s.shop, md5(lstm_finetune(model, ts, amount, '{"max_steps": 5}')) FROM %s AS s JOIN %s AS m USING (shop) GROUP BY s.shop, model ORDER BY s.shop),
	'forecasts of models' => 'SELECT m.shop, f.step, f.ts, f.forecast FROM %2$s AS m, lstm_forecast(model, 7) AS f ORDER BY 1, 2',
);
for my $name (sort keys %used)
{
	no warnings 'redundant';
	my $there = sprintf $used{$name}, 'sold', 'model';
	is(place_of($there), 'workers', "$name: at the workers");
	is(at_home($there), at_home(sprintf $used{$name}, 'here', 'model_here'), "$name: the same as here");
}

# Errors name what is wrong, and the worker.
at_home(q{UPDATE sold SET amount = 'infinity' WHERE shop = 'shop 2' AND day = '2024-03-03'});
like(error_of($home, grouped('sold', $train, 'shop')), qr/ERROR:  22003: value at 2024-03-0\S+ \S+ is infinite.*CONTEXT:  while executing command on /s, 'a bad value of a shard');
at_home(q{UPDATE sold SET amount = 100 WHERE amount = 'infinity'});

# A cancel reaches both workers, one training on each.
my $at_work = q{SELECT count(*) %s FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query ~ '^SELECT .*lstm_train'};
my $session = $home->background_psql('postgres', on_error_stop => 0);
$session->query_safe('SET citus.max_adaptive_executor_pool_size = 1');
my $pid = $session->query_safe('SELECT pg_backend_pid()');
begin_statement($session, q[SELECT shop, lstm_train(ts, amount, '{"max_steps": 100000000, "patience": 0}') FROM sold GROUP BY shop]);
ok($node{$_}->poll_query_until('postgres', sprintf $at_work, '> 0'), "the $_ worker trains") for qw(first second);
my %from = map { $_ => -s $node{$_}->logfile } keys %node;
at_home("SELECT pg_cancel_backend($pid)");
ok($node{$_}->poll_query_until('postgres', sprintf $at_work, '= 0'), "the $_ worker ends") for qw(first second);
like($session->query('SELECT 1') . $session->{stderr}, qr/canceling statement due to user request/, 'as the session does');
$session->quit;
my ($moment) = slurp_file($home->logfile, $from{coordinator}) =~ /^([\d.]+) $pid ERROR:  canceling/m;
for my $name (qw(first second))
{
	my ($last) = (slurp_file($node{$name}->logfile, $from{$name}) =~ /^([\d.]+) \d+ ERROR:  canceling/mg)[-1];
	note(sprintf 'the %s worker has ended %.1f ms after', $name, 1000 * ($last - $moment));
	cmp_ok(1000 * ($last - $moment), '<', LIMIT_MS, "the $name worker stops in time");
}

$_->stop for values %node;
done_testing();
