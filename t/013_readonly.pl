# Forecasting writes nothing: it runs in a read-only transaction and on a hot standby.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1);
$node->start;
$node->backup('base');
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, 20 + 5 * sin(i * 0.2618) AS value
		FROM generate_series(1, 500) AS i;
	CREATE TABLE model AS SELECT lstm_train(ts, value, lstm_options(max_steps => 30)) AS model FROM reading;
	CREATE TABLE told AS SELECT lstm_train_classes(ts::date, ts, ARRAY[value], ts > '2024-03-11', lstm_options(max_steps => 30, supervision => 'sequence')) AS model FROM reading;
	CREATE TABLE driven AS SELECT lstm_train(ts, value, lstm_options(max_steps => 30, calendar => true)) AS model FROM reading;
});

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);

my %query = (
	'from the model' => 'SELECT * FROM model, lstm_forecast(model)',
	'from a source' => q{SELECT f.* FROM model, lstm_forecast(model, 'SELECT * FROM reading WHERE ts < ''2024-03-15''', 'ts', 'value') AS f},
	'by the aggregate' => 'SELECT lstm_forecast((SELECT model FROM model), ts, value) FROM reading',
	'beyond the horizon' => 'SELECT * FROM model, lstm_forecast(model, 200, 0.8, ARRAY[0.1, 0.9])',
	'explained' => 'SELECT e.* FROM model, lstm_explain(model, 60) AS e',
	'explained from a source' => q{SELECT e.* FROM lstm_explain(lstm_pretrained(), 'reading', 'ts', 'value', horizon => 30) AS e},
	'by the pretrained network' => q{SELECT * FROM lstm_forecast(lstm_pretrained(), 'reading', 'ts', 'value', horizon => 30)},
	'by it, as an aggregate' => 'SELECT lstm_forecast(lstm_pretrained(), ts, value) FROM reading',
	'the pretrained network' => 'SELECT md5(lstm_pretrained())',
	'a chart' => q{SELECT lstm_chart(ts, actual, forecast, lower, upper, series, '{"level": 95}') FROM model, lstm_forecast(model, 'reading', 'ts', 'value', history => 48)},
	'charts of two series' => q{SELECT lstm_fan_chart(ts, forecast, forecast, quantiles, step % 2) FROM model, lstm_forecast(model, quantiles => ARRAY[0.1, 0.5, 0.9])},
	'a sparkline' => 'SELECT lstm_sparkline(forecast ORDER BY step) FROM model, lstm_forecast(model)',
	'a tuning' => q{SELECT rank, options, metric, last_horizon, note FROM lstm_tune('reading', 'ts', 'value', horizon => 24, options => lstm_options(max_steps => 5, ensemble_size => 1, hidden_size => 4), candidates => ARRAY['{"cell": "gru"}']::jsonb[])},
	'model info' => 'SELECT lstm_model_info(model) FROM model',
	'anomalies' => q{SELECT a.* FROM model, lstm_anomalies(model, 'reading', 'ts', 'value', only_anomalies => false) AS a},
	'anomalies by the pretrained network' => q{SELECT a.* FROM lstm_anomalies(lstm_pretrained(), 'reading', 'ts', 'value', only_anomalies => false) AS a},
	'importance' => q{SELECT i.* FROM driven, lstm_importance(model, 'reading', 'ts', 'value', windows => 20) AS i},
	'summary' => 'SELECT s.* FROM model, lstm_summary(model) AS s',
	'training log' => 'SELECT l.* FROM model, lstm_training_log(model) AS l',
	'classes' => q{SELECT c.* FROM told, lstm_classify(model, 'SELECT ts::date AS day, ts, value FROM reading', 'ts', 'day', '{value}') AS c},
	'classes, model info' => q{SELECT lstm_model_info(model) FROM told},
	'gates' => 'SELECT md5(string_agg(g::text, \',\')) FROM model, lstm_gates(model) AS g',
	'gates from a source' => q{SELECT md5(string_agg(g::text, ',')) FROM model, lstm_gates(model, 'reading', 'ts', 'value') AS g},
	'gates of the pretrained network' => q{SELECT md5(string_agg(g::text, ',')) FROM lstm_gates(lstm_pretrained(), 'reading', 'ts', 'value') AS g},
	'weights' => 'SELECT md5(string_agg(w::text, \'\' ORDER BY tensor)) FROM model, lstm_weights(model) AS w',
);
for my $name (sort keys %query)
{
	my $expected = $node->safe_psql('postgres', $query{$name});
	isnt($expected, '', "$name: gives rows");
	is($node->safe_psql('postgres', "BEGIN READ ONLY; $query{$name}; COMMIT"), $expected,
		"$name: the same in a read-only transaction");
	is($standby->safe_psql('postgres', $query{$name}), $expected, "$name: the same on a hot standby");
}
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM lstm_forecast((SELECT lstm_train('reading', 'ts', 'value', options => lstm_options(max_steps => 5)) ))}),
	48, 'training without storing works on a hot standby, too');

# Jobs are the primary's: a standby shows them as they were written, and starts none.
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_registry;
	SELECT lstm_define('readings', 'reading', 'ts', 'value');
	INSERT INTO lstm_job (name, promote, status) VALUES ('readings', 'never', 'running')});
$node->wait_for_catchup($standby);
is($node->safe_psql('postgres', 'SELECT status FROM lstm_jobs'), 'lost', 'a job that no worker is at is lost');
is($standby->safe_psql('postgres', 'SELECT status FROM lstm_jobs'), 'running', 'which a standby cannot tell');
is($standby->safe_psql('postgres', q{SELECT lstm_wait(job, '10 ms') FROM lstm_jobs}), 'running', 'nor when it is waited for there');
for my $call (q{lstm_retrain_start('readings')}, 'lstm_retrain_due()', 'lstm_cancel(1)')
{
	my ($code, $out, $error) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT $call");
	like($error, qr/ERROR:  25006/, "$call is refused on a standby");
}
is($node->safe_psql('postgres', q{BEGIN READ ONLY; SELECT lstm_wait(job) FROM lstm_jobs}), 'lost', 'waiting for a lost job writes nothing in a read-only transaction');

# A source that would write is refused.
my ($code, $out, $error) = $node->psql('postgres', q{
	\set VERBOSITY verbose
	SELECT * FROM model, lstm_forecast(model, 'WITH gone AS (DELETE FROM reading RETURNING *) SELECT * FROM gone', 'ts', 'value')});
isnt($code, 0, 'a source that writes is refused');
like($error, qr/ERROR:  (0A000|22023|25006|42601)/, 'with an SQLSTATE that says so');
is($node->safe_psql('postgres', 'SELECT count(*) FROM reading'), 500, 'and nothing was written');

$standby->stop;
$node->stop;
done_testing();
