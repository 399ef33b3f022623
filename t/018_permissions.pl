# The function forms read their source as the caller: privileges and row-level security hold. Training can be withheld
# from a role, which forecasts all the same.
use strict;
use warnings;

use File::Basename qw(dirname);
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
	CREATE ROLE stranger;
	CREATE ROLE tenant;
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT CASE WHEN s = 1 THEN 'tenant' ELSE 'other' END AS owner,
			   '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, s * 100 + 5 * sin(i * 0.2618) AS value
		FROM generate_series(1, 300) AS i, generate_series(1, 2) AS s;
	GRANT SELECT ON reading TO tenant;
	ALTER TABLE reading ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON reading FOR SELECT USING (owner = current_user);
	CREATE TABLE model AS
		SELECT lstm_train(ts, value, lstm_options(max_steps => 20)) AS model FROM reading WHERE owner = 'tenant';
	GRANT SELECT ON model TO PUBLIC;
	CREATE TABLE columns_only AS SELECT ts, value, 1 AS secret FROM reading;
	GRANT SELECT (ts, value) ON columns_only TO stranger;
});
my $options = 'lstm_options(max_steps => 20)';

sub error_as { my ($role, $query) = @_; return error_of($node, "SET ROLE $role;\n$query"); }

# No privilege.
for my $source ('reading', 'SELECT * FROM reading', 'SELECT * FROM (SELECT ts, value FROM public.reading) AS r')
{
	like(error_as('stranger', "SELECT lstm_train('$source', 'ts', 'value', options => $options)"),
		qr/ERROR:  42501: permission denied for table reading/, "lstm_train('$source') needs SELECT");
	like(error_as('stranger', "SELECT * FROM lstm_forecast((SELECT model FROM model), '$source', 'ts', 'value')"),
		qr/ERROR:  42501: permission denied for table reading/, "lstm_forecast(model, '$source') needs SELECT");
	like(error_as('stranger', "SELECT * FROM lstm_explain((SELECT model FROM model), '$source', 'ts', 'value')"),
		qr/ERROR:  42501: permission denied for table reading/, "lstm_explain(model, '$source') needs SELECT");
}
like(error_as('stranger', "SELECT lstm_train('columns_only', 'ts', 'secret', options => $options)"),
	qr/ERROR:  42501/, 'column privileges hold');
like($node->safe_psql('postgres', "SET ROLE stranger; SELECT length(lstm_train('columns_only', 'ts', 'value', options => lstm_options(max_steps => 5, duplicates => 'mean')))"),
	qr/^\d+$/, 'and suffice for the columns that are read');

# Row-level security.
my $own = $node->safe_psql('postgres',
	"SELECT md5(lstm_train(ts, value, $options)) FROM reading WHERE owner = 'tenant'");
is($node->safe_psql('postgres', "SET ROLE tenant; SELECT md5(lstm_train('reading', 'ts', 'value', options => $options))"),
	$own, 'lstm_train over a table sees the rows that the caller sees');
is($node->safe_psql('postgres', "SET ROLE tenant; SELECT md5(lstm_train('SELECT ts, value FROM reading', 'ts', 'value', options => $options))"),
	$own, 'lstm_train over a SELECT, too');
is($node->safe_psql('postgres', "SET ROLE tenant; SELECT md5(lstm_train(ts, value, $options)) FROM reading"),
	$own, 'the aggregate, too');
is($node->safe_psql('postgres', "SET ROLE tenant; SELECT md5(string_agg(f::text, '')) FROM lstm_forecast((SELECT model FROM model), 'reading', 'ts', 'value') AS f"),
	$node->safe_psql('postgres', "SELECT md5(string_agg(f::text, '')) FROM lstm_forecast((SELECT model FROM model), 'SELECT * FROM reading WHERE owner = ''tenant''', 'ts', 'value') AS f"),
	'lstm_forecast over a table sees the rows that the caller sees');

# A function with its definer's rights lends them, as for any query.
$node->safe_psql('postgres', qq{
	CREATE FUNCTION train_for_all() RETURNS bytea LANGUAGE sql SECURITY DEFINER SET search_path = public
		RETURN lstm_train('SELECT ts, value FROM reading WHERE owner = ''tenant''', 'ts', 'value', options => $options);
});
is($node->safe_psql('postgres', 'SET ROLE stranger; SELECT md5(train_for_all())'), $own,
	'a security definer function lends its rights');

# A source is one query of the caller's, not a way to run others.
for my $source ('reading; DROP TABLE reading', 'reading AS r, model', 'SELECT 1 AS ts, 2 AS value) AS x; DROP TABLE reading; --')
{
	my $error = error_as('tenant', 'SELECT lstm_train($$' . $source . '$$, \'ts\', \'value\')');
	like($error, qr/ERROR:  (22023|42601|42P01|42602)/, "refused: $source");
}
like(error_as('tenant', q{SELECT lstm_train('reading', 'ts; DROP TABLE reading', 'value')}), qr/ERROR:  42703/,
	'column names are quoted');
like(error_as('tenant', q{SELECT lstm_train('reading', 'ts', 'value"; DROP TABLE reading; --')}), qr/ERROR:  42703/,
	'and cannot end the quotes');
is($node->safe_psql('postgres', 'SELECT count(*) FROM reading'), 600, 'the table is still there');

# What the guide gives to paste withholds all that trains, and nothing else. Which functions train is told here by name,
# so that a new one must be entered: those that train from a source, or try how long that takes, and forecast or measure where the first argument is a
# model, are told apart by it.
my %trains = (
	(map { $_ => 'always' } qw(lstm_train lstm_train_each lstm_tune lstm_finetune lstm_estimate lstm_train_classes)),
	(map { $_ => 'without a model' } qw(lstm_backtest lstm_backtest_forecasts lstm_forecast)),
	(map { $_ => 'never' } qw(lstm_options lstm_option_info lstm_pretrained lstm_explain lstm_forecast_values lstm_anomalies lstm_importance lstm_classify lstm_model_info lstm_summary lstm_model_series lstm_training_log lstm_training_progress lstm_weights lstm_gates
		  lstm_chart lstm_fan_chart lstm_sparkline
		  lstm_mae lstm_mse lstm_rmse lstm_mape lstm_smape lstm_mase lstm_mase_scale lstm_pinball lstm_crps lstm_coverage
		  lstm_interval_score lstm_accuracy lstm_f1 lstm_log_loss lstm_reconcile)));
my ($block) = slurp_file(dirname(__FILE__) . '/../docs/operations.md') =~ /^(DO \$\$(?:(?!^```).)*REVOKE EXECUTE.*?^END \$\$;)$/ms;
$node->safe_psql('postgres', 'CREATE EXTENSION lstm_registry');
$node->safe_psql('postgres', "CREATE ROLE forecast_trainer;\n$block");
my @members = map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres', q{
	SELECT p.proname, p.oid::regprocedure, coalesce(p.proargtypes[0] = 'bytea'::regtype, false),
		   has_function_privilege('stranger', p.oid, 'EXECUTE'), has_function_privilege('forecast_trainer', p.oid, 'EXECUTE')
	FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'lstm_forecast'
	WHERE 'internal'::regtype <> ALL (p.proargtypes) AND p.proname !~ '_(accum|combine|final|deserialize)$' ORDER BY 2});
for (@members)
{
	my ($name, $function, $of_model, $stranger, $trainer) = @$_;
	my $when = $trains{$name} // 'not known: enter it into %trains';
	my $wanted = $when eq 'always' ? 'f' : $when eq 'never' ? 't' : $when eq 'without a model' ? $of_model : $when;
	is($stranger, $wanted, "once training is withheld, others may call $function: $wanted");
	is($trainer, 't', "who may train may call $function");
}
is(join(' ', sort keys %{ { map { $_->[0] => 1 } @members } }), join(' ', sort keys %trains), 'these are all functions there are');
$node->safe_psql('postgres', q{SET ROLE stranger; SELECT lstm_define('withheld', 'SELECT ts, avg(value) AS value FROM columns_only GROUP BY ts', 'ts', 'value'), lstm_put('given', (SELECT model FROM model))});
like(error_as('stranger', q{SELECT lstm_retrain('withheld')}), qr/ERROR:  42501: permission denied for function lstm_registry_train/, 'nor does lstm_registry lead around it');
$node->safe_psql('postgres', q{ALTER ROLE stranger LOGIN; SET ROLE stranger; SELECT lstm_retrain_start('withheld')});
is($node->safe_psql('postgres', q{SET ROLE stranger; SELECT lstm_wait(max(job)) FROM lstm_jobs}), 'failed', 'nor a job of it');
is($node->safe_psql('postgres', q{SET ROLE stranger; SELECT sqlstate, message FROM lstm_jobs}),
	'42501|permission denied for function lstm_registry_train. Role "stranger" may not train.', 'which says why');
is($node->safe_psql('postgres', q{SET ROLE stranger; SELECT count(*) > 0 FROM lstm_forecast(lstm_model('given'))}), 't', 'which forecasts all the same');
$node->safe_psql('postgres', q{GRANT forecast_trainer TO stranger; SET ROLE stranger; SELECT lstm_retrain('withheld')});
is($node->safe_psql('postgres', q{SET ROLE stranger; SELECT version FROM lstm_models WHERE name = 'withheld'}), 1, 'who may train may do so by it');
$node->safe_psql('postgres', 'REVOKE forecast_trainer FROM stranger');
like(error_as('stranger', 'SELECT lstm_train(ts, value) FROM columns_only'), qr/ERROR:  42501: permission denied for aggregate lstm_train/,
	'a training that is withheld is refused');
is($node->safe_psql('postgres', 'SET ROLE stranger; SELECT count(*) > 0 FROM model, lstm_forecast(model)'), 't', 'a forecast is not');
is($node->safe_psql('postgres', q{SET ROLE stranger; SELECT count(*) FROM lstm_forecast(lstm_pretrained(), 'SELECT ts, avg(value) AS value FROM columns_only GROUP BY ts', 'ts', 'value', horizon => 3)}), 3,
	'nor one of the pretrained network, which trains nothing');
like(error_as('stranger', q{SELECT * FROM lstm_forecast(lstm_pretrained(), 'reading', 'ts', 'value')}),
	qr/ERROR:  42501: permission denied for table reading/, 'which reads as the caller, too');
is($node->safe_psql('postgres', q{SET ROLE tenant; SELECT md5(string_agg(f::text, '')) FROM lstm_forecast(lstm_pretrained(), 'reading', 'ts', 'value') AS f}),
	$node->safe_psql('postgres', q{SELECT md5(string_agg(f::text, '')) FROM lstm_forecast(lstm_pretrained(), 'SELECT * FROM reading WHERE owner = ''tenant''', 'ts', 'value') AS f}),
	'and sees the rows that the caller sees');

$node->stop;
done_testing();
