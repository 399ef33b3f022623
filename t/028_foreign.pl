# Rows on two other servers: an aggregate over partitions is trained where the rows are, on both at once, to the same bytes
# as here, whatever the zones of the sessions; what stays at home; errors, cancels and ends on either side.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;

use constant REPEATS => 5;
use constant LIMIT_MS => 100; # for each server: home cancels one after the other

my %node = map { $_ => PostgreSQL::Test::Cluster->new($_) } qw(home north south);
my $home = $node{home};
$home->init;
$home->append_conf('postgresql.conf', "log_line_prefix = '%n %p '");
$home->start;
my ($code) = $home->psql('postgres', 'CREATE EXTENSION postgres_fdw');
if ($code != 0)
{
	$home->stop;
	plan(skip_all => 'postgres_fdw is not installed');
}
for my $name (qw(north south))
{
	$node{$name}->init;
	$node{$name}->append_conf('postgresql.conf', "log_line_prefix = '%n %p '\nlog_statement = all\nclient_connection_check_interval = '200ms'");
	$node{$name}->start;
}

# Three shops a region, a price, and days that begin in Berlin; a table on every server, one of them at home.
sub shops
{
	my ($region, $level) = @_;
	return qq{
		SELECT '$region' AS region, 'shop ' || s AS shop, '2024-01-01'::date + i AS day,
			   ('2024-01-01'::date + i)::timestamp AT TIME ZONE 'Europe/Berlin' AS ts, cos(i * 0.3) AS price,
			   $level + 20 * sin(i * 0.9 + s) - i * s / 40.0 AS amount
		FROM generate_series(1, 3) AS s, generate_series(0, 199) AS i};
}
my @columns = ('region text, shop text, day date, ts timestamptz, price float8, amount float8', 'region, shop, day, ts, price, amount');
my %level = (north => 250, south => 400, east => 70);
for my $name (qw(north south))
{
	$node{$name}->safe_psql('postgres', "CREATE EXTENSION lstm_forecast; CREATE TABLE sold_$name AS " . shops($name, $level{$name}) . '; ANALYZE');
}

sub far_server
{
	my ($name, $node, $database) = @_;
	my ($host, $port) = ($node->host, $node->port);
	return qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '$host', port '$port', dbname '$database', extensions 'lstm_forecast', async_capable 'true');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name;};
}
$home->safe_psql('postgres', join '', qq{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE sold ($columns[0]) PARTITION BY LIST (region);
	CREATE TABLE sold_east PARTITION OF sold FOR VALUES IN ('east');
	INSERT INTO sold_east} . shops('east', $level{east}) . ';',
	map { far_server($_, $node{$_}, 'postgres') . "CREATE FOREIGN TABLE sold_$_ PARTITION OF sold FOR VALUES IN ('$_') SERVER $_;" } qw(north south));
$home->safe_psql('postgres', 'CREATE TABLE here AS SELECT * FROM sold; ANALYZE here, sold_east, sold_north, sold_south');

my $options = q{'{"max_steps": 20, "horizon": 7, "time_zone": "Europe/Berlin"}'};
my $where_they_are = 'SET enable_partitionwise_aggregate = on;';

# What a script gives at home.
sub at_home { return $home->safe_psql('postgres', join ' ', @_); }

# One statement on partitions here and there, and on a table here.
sub grouped
{
	my ($table, $what, $by) = @_;
	return "SELECT $by, md5($what) FROM $table GROUP BY $by ORDER BY $by";
}

# The plan of a statement; how many servers it sends the aggregate to.
sub plan_of { return at_home($where_they_are, 'EXPLAIN (VERBOSE, COSTS OFF)', @_); }
sub sent_to { return scalar(() = plan_of(@_) =~ /Relations: Aggregate on/g); }

# The trap: beside what training costs, a few rows on their way are nothing to the planner.
my $train = "lstm_train(ts, amount, $options)";
my $local = grouped('sold', $train, 'region, shop');
my $version = at_home('SHOW server_version_num');
is(sent_to($local), $version >= 170000 ? 2 : 0, 'small groups, fdw_tuple_cost as it is by default');
at_home("ALTER SERVER $_ OPTIONS (ADD fdw_tuple_cost '10')") for qw(north south);
my $plan = plan_of($local);
is(scalar(() = $plan =~ /Async Foreign Scan/g), 2, 'both servers are asked at once');
is(scalar(() = $plan =~ /Remote SQL: .*lstm_train\(.*GROUP BY 1, 2/g), 2, 'by a query that trains there');
is(sent_to(grouped('sold', $train, 'region')), 2, 'groups of more rows go along as well');
is(sent_to('SELECT region, lstm_train(ts, amount, lstm_options(horizon => 7, max_steps => 20)) FROM sold GROUP BY region'), 2, 'and options of constants');

# The same bytes as here, whatever the zone, and however the rows come.
my %trained = (
	'local models' => [ $train, 'region, shop' ],
	'panels' => [ "lstm_train(shop, ts, amount, $options)", 'region' ],
	'panels with a covariate' => [ "lstm_train(shop, ts, amount, ARRAY[price], NULL, $options)", 'region' ],
	'values in order' => [ q[lstm_train(amount, '{"max_steps": 20, "horizon": 7}' ORDER BY ts)], 'region, shop' ],
);
for my $name (sort keys %trained)
{
	my ($what, $by) = @{ $trained{$name} };
	my $here = at_home("SET timezone = 'America/New_York';", grouped('here', $what, $by));
	is(scalar(() = $here =~ /\|[0-9a-f]{32}$/gm), $by eq 'region' ? 3 : 9, "$name: all groups");
	is(sent_to(grouped('sold', $what, $by)), 2, "$name: trained there");
	is(at_home($where_they_are, "SET timezone = '$_';", grouped('sold', $what, $by)), $here, "$name: the same bytes in $_") for qw(UTC Pacific/Auckland Asia/Kolkata);
	is(at_home('SET enable_async_append = off;', $where_they_are, grouped('sold', $what, $by)), $here, "$name: one server after the other");
	is(at_home(grouped('sold', $what, $by)), $here, "$name: from rows that are fetched");
}

# Groups with rows on several servers are put together at home.
my $shops = "lstm_train(region, ts, amount, $options)";
is(sent_to(grouped('sold', $shops, 'shop')), 0, 'groups over servers stay at home');
is(at_home($where_they_are, "SET timezone = 'Asia/Kolkata';", grouped('sold', $shops, 'shop')), at_home(grouped('here', $shops, 'shop')), 'with the same bytes');

# Without a zone in the options the session's is kept, and a session of postgres_fdw is in GMT.
is(at_home($where_they_are, "SET timezone = 'Pacific/Auckland'; SELECT region, lstm_model_info(model)->'options'->>'time_zone'",
		q{FROM (SELECT region, lstm_train(shop, ts, amount, '{"max_steps": 1}') AS model FROM sold GROUP BY region) AS m ORDER BY region}),
	"east|Pacific/Auckland\nnorth|GMT\nsouth|GMT", 'without the option the zone is that of the session that trains');

# A date is cast at home, by the session's zone. A view casts it there, in a zone that it names.
my $by_day = "lstm_train(day, amount, $options)";
is(sent_to(grouped('sold', $by_day, 'region, shop')), 0, 'dates stay at home');
is(at_home("SET timezone = 'Europe/Berlin';", $where_they_are, grouped('sold', $by_day, 'region, shop')), at_home(grouped('here', $train, 'region, shop')), 'as days of the session');
$node{south}->safe_psql('postgres', qq{CREATE VIEW trained AS
	SELECT region, shop, lstm_train(day::timestamp AT TIME ZONE 'Europe/Berlin', amount, $options) AS model FROM sold_south GROUP BY region, shop});
at_home('CREATE FOREIGN TABLE trained (region text, shop text, model bytea) SERVER south');
is(at_home("SET timezone = 'Asia/Kolkata'; SELECT region, shop, md5(model) FROM trained ORDER BY shop"),
	at_home(grouped(q{(SELECT * FROM here WHERE region = 'south') AS south}, $train, 'region, shop')), 'a view there trains there');

# A source, and one model of all rows: these are fetched.
for my $column ('ts', 'day')
{
	my $source = sub { "SET timezone = '$_[1]'; SELECT md5(lstm_train('$_[0]', '$column', 'amount', 'shop', options => '{\"max_steps\": 20, \"duplicates\": \"sum\", \"time_zone\": \"Europe/Berlin\"}'))" };
	my $from = -s $node{south}->logfile;
	is(at_home($source->('sold', 'Pacific/Auckland')), at_home($source->('here', 'America/New_York')), "a source on three servers, by $column: the same bytes");
	my $log = slurp_file($node{south}->logfile, $from);
	like($log, qr/DECLARE c\d+ CURSOR FOR\s+SELECT .*amount.* FROM public\.sold_south/, 'its rows are fetched');
	unlike($log, qr/lstm_train/, 'and trained on at home');
}
my $global = "lstm_train(region || shop, ts, amount, $options)";
is(at_home($where_they_are, "SELECT md5($global) FROM sold"), at_home("SELECT md5($global) FROM here"), 'one model of all servers: the same bytes');

# Fine-tuning goes to the rows. Forecasts are an array of rows; older servers do not count such a type to the extension, and do
# not send for it, so a view makes them there.
at_home("CREATE TABLE model AS SELECT lstm_train('here', 'ts', 'amount', 'shop', options => '{\"max_steps\": 20, \"duplicates\": \"sum\", \"time_zone\": \"Europe/Berlin\"}') AS model");
my $finetune = 'lstm_finetune((SELECT model FROM model), shop, ts, amount)';
is(sent_to(grouped('sold', $finetune, 'region')), 2, 'fine-tuning is sent');
is(at_home($where_they_are, "SET timezone = 'Asia/Kolkata';", grouped('sold', $finetune, 'region')), at_home(grouped('here', $finetune, 'region')), 'with the same bytes');
my $forecast = 'lstm_forecast((SELECT model FROM model), shop, ts, amount)::text';
is(sent_to(grouped('sold', $forecast, 'region')), $version >= 180000 ? 2 : 0, 'forecasts are from PostgreSQL 18 on') unless $version >= 170000 && $version < 180000;
is(at_home($where_they_are, "SET timezone = 'Asia/Kolkata';", grouped('sold', $forecast, 'region')), at_home("SET timezone = 'Asia/Kolkata';", grouped('here', $forecast, 'region')), 'and are the same');
$node{south}->safe_psql('postgres', 'CREATE TABLE model_south (model bytea)');
at_home(q{
	CREATE FOREIGN TABLE model_south (model bytea) SERVER south;
	INSERT INTO model_south SELECT model FROM model;
	CREATE FOREIGN TABLE forecast_south (series text, step int, ts timestamptz, forecast float8) SERVER south});
$node{south}->safe_psql('postgres', q{CREATE VIEW forecast_south AS
	SELECT f.* FROM (SELECT lstm_forecast(model, shop, ts, amount) AS array FROM model_south, sold_south GROUP BY model) AS made, unnest(made.array) AS f});
my $forecasts = 'SELECT md5(string_agg(concat_ws(chr(32), series, step, ts, forecast), chr(10) ORDER BY series, step)), count(*)';
is(at_home("$forecasts FROM forecast_south"),
	at_home("$forecasts FROM (SELECT lstm_forecast((SELECT model FROM model), shop, ts, amount) AS array FROM here WHERE region = 'south') AS made, unnest(made.array)"),
	'a view there forecasts there');

# An error of one server comes with its SQLSTATE, what it names, and the query; nothing goes on at the other.
my $endless = q{lstm_train(ts, amount, '{"max_steps": 100000000, "patience": 0, "time_zone": "Europe/Berlin"}')};
sub at_rest
{
	my ($name) = @_;
	return $node{$name}->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query ~ 'lstm_|FETCH'});
}
$node{south}->safe_psql('postgres', q{UPDATE sold_south SET amount = 'infinity' WHERE shop = 'shop 2' AND day = '2024-03-03'});
my $error = error_of($home, "$where_they_are SELECT region, $endless FROM sold WHERE shop = 'shop 2' AND region <> 'east' GROUP BY region");
like($error, qr/ERROR:  22003: value at 2024-03-0\S+ \S+ is infinite/, 'a bad value of one server');
like($error, qr/CONTEXT:  remote SQL command: SELECT region, public\.lstm_train\(ts, amount.* FROM public\.sold_south/, 'with the query that says where');
ok(at_rest('north'), 'ends the training of the other');
$node{south}->safe_psql('postgres', q{UPDATE sold_south SET amount = 100 WHERE amount = 'infinity'});

# The far server's limits hold there.
$node{north}->safe_psql('postgres', q{ALTER DATABASE postgres SET lstm_forecast.max_memory = '1MB'});
my $large = q{lstm_train(ts, amount, '{"max_steps": 1, "hidden_size": 512, "time_zone": "Europe/Berlin"}')};
like(error_of($home, "$where_they_are " . grouped('sold', $large, 'region, shop')), qr/ERROR:  54000: .*CONTEXT:  remote SQL command.*sold_north/s, 'memory that the other server does not allow');
$node{north}->safe_psql('postgres', 'ALTER DATABASE postgres RESET lstm_forecast.max_memory');

# Without the extension there, or in another schema.
$node{south}->safe_psql('postgres', 'CREATE DATABASE bare');
$node{south}->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node{south}->safe_psql('elsewhere', 'CREATE SCHEMA other; CREATE EXTENSION lstm_forecast SCHEMA other');
for my $database (qw(bare elsewhere))
{
	$node{south}->safe_psql($database, 'CREATE TABLE sold_south AS ' . shops('south', 100));
	at_home(far_server($database, $node{south}, $database) . "ALTER SERVER $database OPTIONS (ADD fdw_tuple_cost '10');"
		  . "CREATE FOREIGN TABLE sold_$database ($columns[0]) SERVER $database OPTIONS (table_name 'sold_south'); ANALYZE sold_$database");
	like(error_of($home, grouped("sold_$database", $train, 'region, shop')),
		qr/ERROR:  42883: function public\.lstm_train\(timestamp with time zone, double precision, jsonb\) does not exist.*CONTEXT:  remote SQL command/s,
		"the extension is $database");
	at_home("ALTER SERVER $database OPTIONS (DROP extensions)");
	like(at_home(grouped("sold_$database", $train, 'region, shop')), qr/^(south\|shop \d\|[0-9a-f]{32}\n?){3}$/, 'but rows come, and are trained on at home');
}

# Milliseconds from a line of home's log to the end of a training in that of another server; undef where there is none.
sub milliseconds_after
{
	my ($moment, $name, $from) = @_;
	return slurp_file($node{$name}->logfile, $from) =~ /^([\d.]+) \d+ ERROR:  canceling statement due to user request/m ? 1000 * ($1 - $moment) : undef;
}

# Training that goes on for hours on both servers, begun by a session at home; its process.
sub begin_endless
{
	my ($session) = @_;
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_safe($where_they_are);
	begin_statement($session, "SELECT region, $endless FROM sold WHERE shop = 'shop 1' AND region <> 'east' GROUP BY region");
	for my $name (qw(north south))
	{
		ok($node{$name}->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query ~ 'FETCH'}), "$name trains");
	}
	return $pid;
}

my %late = (north => [], south => []);
for my $way ('pg_cancel_backend', 'pg_terminate_backend')
{
	for my $repeat (1 .. $way eq 'pg_cancel_backend' ? REPEATS : 1)
	{
		my $session = $home->background_psql('postgres', on_error_stop => 0);
		my $pid = begin_endless($session);
		my %from = map { $_ => -s $node{$_}->logfile } qw(home north south);
		at_home("SELECT $way($pid)");
		at_rest($_) for qw(north south);
		my ($moment) = slurp_file($home->logfile, $from{home}) =~ /^([\d.]+) $pid (?:ERROR:  canceling|FATAL:  terminating)/m;
		my @after = map { milliseconds_after($moment, $_, $from{$_}) } qw(north south);
		is(scalar(grep { defined } @after), 2, "$way at home cancels on both servers");
		push @{ $late{$_} }, shift @after for qw(north south);
		$way eq 'pg_cancel_backend' ? $session->quit : eval { $session->{run}->finish };
	}
}
my ($first, $second) = sort { $a <=> $b } map { (sort { $a <=> $b } @{ $late{$_} })[ @{ $late{$_} } / 2 ] } qw(north south);
note(sprintf 'cancelled after %.1f and %.1f ms', $first, $second);
cmp_ok($first, '<', LIMIT_MS, 'the first server stops in time');
cmp_ok($second, '<', 2 * LIMIT_MS, 'and the second after it');

# Home goes without a word: a server that looks for its client ends by itself.
my $session = $home->background_psql('postgres', on_error_stop => 0);
begin_endless($session);
$home->stop('immediate');
ok(at_rest($_), "home is gone: $_ ends") for qw(north south);
eval { $session->{run}->finish };

$node{$_}->stop for qw(north south);
done_testing();
