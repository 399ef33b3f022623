# A database with models and with all that may use our functions goes through pg_dump and pg_upgrade: models byte by
# byte, views, materialized views, defaults, checks, domains, functions. $ENV{OLD_INSTALL} may name the prefix of an
# older server with the extension, from which pg_upgrade then comes.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use StoredModels;
use Test::More;

# The extension lies in a schema of its own: what is restored must find it without a search_path.
my $objects = q{
	CREATE VIEW tomorrow AS SELECT name, f.* FROM golden, forecasting.lstm_forecast(model, confidence_level => 0.8, quantiles => '{0.1,0.5,0.75}') AS f;
	CREATE MATERIALIZED VIEW kept AS SELECT name, forecasting.lstm_model_info(model) AS info FROM golden;
	CREATE MATERIALIZED VIEW kept_forecasts AS SELECT * FROM tomorrow WHERE step = 1;
	CREATE UNIQUE INDEX ON kept (name);
	CREATE TABLE job (
		id int PRIMARY KEY,
		options jsonb NOT NULL DEFAULT forecasting.lstm_options(horizon => 7, cell => 'gru'),
		model bytea CHECK (forecasting.lstm_model_info(model) ? 'horizon'));
	CREATE DOMAIN trained AS bytea CHECK (forecasting.lstm_model_info(VALUE)->>'horizon' IS NOT NULL);
	CREATE TABLE held (model trained, forecasts forecasting.lstm_forecast_row[]);
	INSERT INTO held SELECT model, ARRAY(SELECT f FROM forecasting.lstm_forecast(model) AS f) FROM golden;
	CREATE FUNCTION horizon_of(model bytea) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC
		SELECT (forecasting.lstm_model_info(model)->>'horizon')::int;
	END;
	CREATE INDEX by_horizon ON golden (horizon_of(model));
	CREATE VIEW errors AS SELECT forecasting.lstm_mae(step, forecast) AS mae, forecasting.lstm_rmse(step, forecast) AS rmse FROM kept_forecasts;
	INSERT INTO job (id, model) SELECT row_number() OVER (ORDER BY name), model FROM golden};

# Everything in a database that came from the extension, as text.
sub contents
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, q{
		SET timezone = 'UTC';
		SET extra_float_digits = 1;
		SELECT name, md5(model), horizon_of(model) FROM golden ORDER BY name;
		SELECT * FROM tomorrow ORDER BY name, series, step;
		SELECT * FROM kept ORDER BY name;
		SELECT * FROM kept_forecasts ORDER BY name, series;
		SELECT id, options, md5(model) FROM job ORDER BY id;
		SELECT md5(model), forecasts FROM held ORDER BY 1;
		SELECT * FROM errors;
		SELECT name, owner, source, options, keep, search_path, time_zone, version, last_version, defined_at FROM registry.lstm_definition ORDER BY 1;
		SELECT name, version, md5(model), info, bytes, stored_at, message FROM registry.lstm_version ORDER BY 1, 2;
		SELECT * FROM registry.lstm_job ORDER BY 1;
		SELECT * FROM registry.lstm_ledger ORDER BY 1, 2, 3;
		SELECT name, f.* FROM registry.lstm_models, forecasting.lstm_forecast(registry.lstm_model(name)) AS f WHERE horizon > 0 ORDER BY name, series, step;
		SELECT tablename, policyname, qual FROM pg_policies WHERE schemaname = 'registry' ORDER BY 1;
		SELECT extname, extversion, extnamespace::regnamespace FROM pg_extension WHERE extname ~ '^lstm_' ORDER BY 1});
}

# A restored database does what the first one did: checks hold, defaults are computed.
sub works
{
	my ($node, $database, $name) = @_;
	like($node->safe_psql($database, q{INSERT INTO job (id) VALUES (0) RETURNING options->>'horizon'}), qr/^7$/m, "$name: a default is computed");
	my ($code, undef, $error) = $node->psql($database, q{INSERT INTO job (id, model) VALUES (-1, 'none')});
	like($error, qr/not an lstm_forecast model/, "$name: a check is made");
	is($node->safe_psql($database, q{BEGIN; SELECT version FROM registry.lstm_retrain('defined', 'always'); INSERT INTO registry.lstm_job (name, promote) VALUES ('defined', 'never') RETURNING job > 1; ROLLBACK}), "3\nt", "$name: a model by name is trained again");
	$node->safe_psql($database, 'DELETE FROM job WHERE id = 0; REFRESH MATERIALIZED VIEW CONCURRENTLY kept');
	return;
}

my $node = PostgreSQL::Test::Cluster->new('main', $ENV{OLD_INSTALL} ? (install_path => $ENV{OLD_INSTALL}) : ());
my @locale = ('--locale', 'C', '--encoding', 'UTF8', '--data-checksums');
$node->init(extra => \@locale);
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE first');
$node->safe_psql('first', 'CREATE SCHEMA forecasting; CREATE EXTENSION lstm_forecast SCHEMA forecasting');
$node->safe_psql('postgres', q{ALTER DATABASE first SET search_path = public, forecasting});
load_models($node, 'first');
$node->safe_psql('first', $objects);
# Models by name, in a schema of their own.
$node->safe_psql('first', q{
	CREATE SCHEMA registry;
	CREATE EXTENSION lstm_registry SCHEMA registry;
	SELECT registry.lstm_put(name, model) FROM golden;
	CREATE TABLE reading AS SELECT '2024-01-01'::timestamptz + i * interval '1 day' AS ts, i % 7 + sin(i * i) AS value FROM generate_series(1, 100) AS i;
	SELECT registry.lstm_define('defined', 'reading', 'ts', 'value', horizon => 5, options => '{"max_steps": 2, "hidden_size": 2}');
	SELECT registry.lstm_retrain('defined'), registry.lstm_retrain('defined', 'never');
	INSERT INTO registry.lstm_job (name, promote, status) VALUES ('defined', 'never', 'done');
	INSERT INTO registry.lstm_ledger (name, ts, origin, version, step, forecast) VALUES ('defined', '2024-05-01', '2024-04-01', 1, 30, 2.5)});
my $contents = contents($node, 'first');
cmp_ok(length $contents, '>', 20000, 'there is something to dump');

# The tools are those of the newer server, as the manual says.
my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => \@locale);
$new->start;
for my $format ('plain', 'custom')
{
	my $file = $node->basedir . "/dump.$format";
	my @source = ('--dbname', $node->connstr('first'));
	$new->command_ok([ 'pg_dump', '-F', $format, '-f', $file, ($format eq 'plain' ? ('--clean', '--if-exists') : ()), @source ], "pg_dump, $format");
	my $database = "restored_$format";
	$new->safe_psql('postgres', "CREATE DATABASE $database");
	# the second time over what the first one made
	for my $time ('first', 'second')
	{
		my @target = ('--dbname', $new->connstr($database));
		$new->command_ok($format eq 'plain' ? [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, @target ]
			: [ 'pg_restore', '--exit-on-error', ($time eq 'second' ? ('--clean', '--if-exists') : ()), @target, $file ], "$format, restored a $time time");
		ok(contents($new, $database) eq $contents, "$format, $time time: all is as it was");
		works($new, $database, "$format, $time time");
	}
}
$new->safe_psql('postgres', "DROP DATABASE restored_plain");
$new->safe_psql('postgres', "DROP DATABASE restored_custom");

# pg_upgrade, first with a server that lacks nothing, then in earnest.
$new->stop;
$node->stop;
my $old_binaries = $node->config_data('--bindir');
my $new_binaries = $new->config_data('--bindir');
my @upgrade = ('pg_upgrade', '--no-sync', '-d', $node->data_dir, '-D', $new->data_dir, '-b', $old_binaries, '-B', $new_binaries,
	'-s', $new->host, '-p', $node->port, '-P', $new->port);
my $upgrade = 'pg_upgrade from ' . $node->config_data('--version') . ' to ' . $new->config_data('--version');
chdir $new->basedir or die $!;
$new->command_ok([ @upgrade, '--check' ], "$upgrade, --check");
$new->command_ok(\@upgrade, $upgrade);
$new->start;
ok(contents($new, 'first') eq $contents, 'after pg_upgrade all is as it was');
works($new, 'first', $upgrade);
$new->stop;
done_testing();
