# What a backend takes, at its peak, while each function meets inputs that want much memory: no more than lstm_forecast.max_memory and a fixed allowance let it.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;
use ModelBytes;

my $MEMORY = 16; # MB, lstm_forecast.max_memory

# MB besides, which are no account's: work_mem of a tuplestore (4), plans, catalogs and what malloc keeps (2), what is taken between two looks (4: thousands of
# series), and a model with the networks that are kept ready, which outlives the statement and is held to the setting by itself (4 here, as they stop at it).
my $ALLOWANCE = 14;

my $node = small_node('fsync = off');
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
	BEGIN
		EXECUTE statement;
		RETURN 'fine';
	EXCEPTION WHEN OTHERS THEN
		RETURN SQLSTATE || ' | ' || left(SQLERRM, 200);
	END $$;
	CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
		SELECT '{"max_steps": 1, "max_epochs": 1, "ensemble_size": 1, "hidden_size": 1, "lookback": 2, "horizon": 1, "patch_length": 1, "workers": 1}' || more $$;
	CREATE FUNCTION day(i bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT timestamptz '2020-01-01 00:00+00' + i * interval '1 day' $$;
	CREATE FUNCTION classes(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT '{"max_steps": 1, "max_epochs": 1, "ensemble_size": 1, "hidden_size": 1}' || more $$;
	CREATE TABLE model (name text, model bytea);
	CREATE VIEW few AS SELECT 's' || s AS series, day(i) AS ts, sin(i) + s AS value FROM generate_series(1, 2) AS s, generate_series(1, 40) AS i;
	CREATE VIEW tiny AS SELECT i AS series, day(1) AS ts, 1.0::float8 AS value FROM generate_series(1, 250000) AS i;
	CREATE VIEW long AS SELECT day(i) AS ts, sin(i) AS value FROM generate_series(1, 100000) AS i;
	CREATE VIEW days AS SELECT day(1) + i * interval '1 day' AS ts, sin(i) AS value FROM generate_series(1, 500000) AS i;
	CREATE VIEW wide AS SELECT s AS series, day(i) AS ts, sin(i) AS value, array_fill(i::float8, ARRAY[1000]) AS past FROM generate_series(1, 10) AS s, generate_series(1, 40) AS i;
	CREATE VIEW panel AS SELECT 's' || s AS series, day(i) AS ts, sin(i * s) AS value FROM generate_series(1, 2000) AS s, generate_series(1, 8) AS i;
	SET lstm_forecast.max_memory = '1GB';
	-- without logarithms, as the others' values are around 0
	INSERT INTO model SELECT 'few', lstm_train(series, ts, value, quick('{"transform": "none"}')) FROM few;
	INSERT INTO model SELECT 'calendar', lstm_train(series, ts, value, quick('{"transform": "none", "calendar": true}')) FROM few;
	INSERT INTO model SELECT 'wide', lstm_train(series, ts, value, past, NULL::float8[], quick('{"linear_skip": false}')) FROM wide;
	INSERT INTO model SELECT 'panel', lstm_train(series, ts, value, quick()) FROM panel;
	INSERT INTO model SELECT 'told', lstm_train_classes(series, ts, ARRAY[value], series, classes()) FROM few;
	INSERT INTO model SELECT 'told large', lstm_train_classes(series, ts, ARRAY[value], series, classes('{"hidden_size": 512, "num_layers": 2, "ensemble_size": 2}')) FROM few;
	-- networks that each take some megabytes to run, all of them many times as much as may be
	INSERT INTO model SELECT 'ensemble', lstm_train(ts, value, quick('{"ensemble_size": 24, "lookback": 2000, "hidden_size": 64, "num_layers": 2, "normalization": "mean", "linear_skip": false,
			"interval": "none", "validation_fraction": 0, "batch_size": 1}'))
		FROM (SELECT day(i) AS ts, sin(i) AS value FROM generate_series(1, 2010) AS i) AS rows;
	-- zeros, which lie in a table in few bytes
	CREATE TABLE bomb (model bytea);
	INSERT INTO bomb SELECT decode(repeat('00', 50000000), 'hex');
});

# --- models that were made to do harm --------------------------------------------------------------------

sub stored { return pack 'H*', $node->safe_psql('postgres', "SELECT encode(model, 'hex') FROM model WHERE name = '$_[0]'"); }

sub store
{
	my ($name, $bytes) = @_;
	my $file = $node->basedir . '/model';
	open my $out, '>', $file or die "$file: $!";
	print $out "$name\t\\\\x" . unpack('H*', $bytes) . "\n";
	close $out or die "$file: $!";
	$node->safe_psql('postgres', "COPY model FROM '$file'");
	unlink $file;
	return;
}

my $NUMBERS = join ',', ('1e131071') x 1000;
my $few = stored('few');
store('reasons', mended(header($few) =~ s/\\"reasons\\":\{/\\"reasons\\":{\\"x\\":[$NUMBERS],/r, tensors($few)));
store('options', mended(header($few) =~ s/\\"horizon\\":1/\\"horizon\\":[$NUMBERS]/r, tensors($few)));
my $zones = open_model(stored('panel'));
my %anchor = (month_end => JSON::PP::false, month_day => 0, time_of_day => undef);
$zones->{model}{series}{anchors} = [ map { { %anchor, zone => sprintf('AAA%d:%02d:%02d', $_ / 3600, $_ / 60 % 60, $_ % 60) } } 1 .. 2000 ];
store('zones', close_model($zones));

# --- what each function does with them -------------------------------------------------------------------

my $model = sub { "(SELECT model FROM model WHERE name = '$_[0]')" };
my $bomb = '(SELECT model FROM bomb)';
my $too_much = qr/^54000 \| .* needs more memory than "lstm_forecast.max_memory" allows/;
my $no_model = qr/^22P03 \| not an lstm_forecast model/;
my $bad_option = qr/^22023 \| invalid value for option "\w+": \[1e\+131071, /;
my $fine = qr/^fine$/;
my $options = qq('{"horizon": [$NUMBERS]}');
my @cases = (
	# function, what it meets, statement, outcome
	[ 'lstm_train, aggregate', 'tiny series', 'SELECT length(lstm_train(series, ts, value, quick())) FROM tiny', $too_much ],
	[ 'lstm_train, aggregate', 'names of text', q{SELECT length(lstm_train('a series of ' || series, ts, value, quick())) FROM tiny}, $too_much ],
	[ 'lstm_train, aggregate', 'tiny series with covariates', 'SELECT length(lstm_train(series, ts, value, ARRAY[value], NULL, quick())) FROM tiny', $too_much ],
	[ 'lstm_train, aggregate', 'calendar features of many steps', q{SELECT length(lstm_train(ts, value, quick('{"calendar": true}'))) FROM (SELECT day(1) + i * interval '1 hour' AS ts, sin(i) AS value
		FROM generate_series(1, 800000) AS i) AS rows}, $too_much ],
	[ 'lstm_train, aggregate', 'long numbers', "SELECT length(lstm_train(ts, value, $options)) FROM few", $bad_option ],
	[ 'lstm_train, aggregate', 'a long series', 'SELECT length(lstm_train(ts, value, quick())) FROM long', $fine ],
	[ 'lstm_train, aggregate', 'a panel', 'SELECT length(lstm_train(series, ts, value, quick())) FROM panel', $fine ],
	[ 'lstm_train, function', 'tiny series', q{SELECT length(lstm_train('tiny', 'ts', 'value', 'series', options => quick()))}, $too_much ],
	[ 'lstm_train, function', 'long numbers', "SELECT length(lstm_train('few', 'ts', 'value', 'series', options => $options))", $bad_option ],
	[ 'lstm_train, function', 'a panel', q{SELECT length(lstm_train('panel', 'ts', 'value', 'series', options => quick()))}, $fine ],
	[ 'lstm_train_classes, aggregate', 'tiny series', 'SELECT length(lstm_train_classes(series, ts, ARRAY[value], series % 2, classes())) FROM tiny', $too_much ],
	[ 'lstm_train_classes, aggregate', 'a panel', 'SELECT length(lstm_train_classes(series, ts, ARRAY[value], right(series, 1), classes())) FROM panel', $fine ],
	[ 'lstm_train_classes, aggregate', 'wide rows', 'SELECT length(lstm_train_classes(series, ts, past, series % 2, classes())) FROM wide', $fine ],
	[ 'lstm_train_classes, function', 'tiny series', q{SELECT length(lstm_train_classes('SELECT *, series % 2 AS label FROM tiny', 'ts', 'series', '{value}', 'label', classes()))}, $too_much ],
	[ 'lstm_train_classes, function', 'a label a row', q{SELECT length(lstm_train_classes('SELECT *, value > 0 AS label FROM long', 'ts', NULL, '{value}', 'label', classes('{"supervision": "sequence"}')))}, $fine ],
	[ 'lstm_train_classes, function', 'a large network', q{SELECT length(lstm_train_classes('SELECT *, series AS label FROM few', 'ts', 'series', '{value}', 'label', classes('{"hidden_size": 1024, "num_layers": 4}')))}, $too_much ],
	[ 'lstm_classify', 'tiny series', "SELECT count(*) FROM lstm_classify(@{[ $model->('told') ]}, 'tiny', 'ts', 'series', '{value}')", $too_much ],
	[ 'lstm_classify', 'a panel', "SELECT count(*) FROM lstm_classify(@{[ $model->('told') ]}, 'panel', 'ts', 'series', '{value}')", $fine ],
	[ 'lstm_classify', 'an ensemble of large networks', "SELECT count(*) FROM lstm_classify(@{[ $model->('told large') ]}, 'few', 'ts', 'series', '{value}')", $too_much ],
	[ 'lstm_classify', 'zeros', "SELECT count(*) FROM lstm_classify($bomb, 'few', 'ts', 'series')", $too_much ],
	[ 'lstm_estimate', 'tiny series', q{SELECT lstm_estimate('tiny', 'ts', 'value', 'series', options => quick())}, $too_much ],
	[ 'lstm_estimate', 'long numbers', "SELECT lstm_estimate('few', 'ts', 'value', 'series', options => $options)", $bad_option ],
	[ 'lstm_estimate', 'a panel', q{SELECT lstm_estimate('panel', 'ts', 'value', 'series', options => quick())}, $fine ],
	[ 'lstm_estimate', 'a large network', q{SELECT lstm_estimate('few', 'ts', 'value', 'series', options => '{"horizon": 1, "hidden_size": 128, "lookback": 8, "ensemble_size": 1, "workers": 1}')}, $fine ],
	[ 'lstm_forecast, model', 'long numbers', "SELECT count(*) FROM lstm_forecast(@{[ $model->('reasons') ]})", $no_model ],
	[ 'lstm_forecast, model', 'many zones', "SELECT count(*) FROM lstm_forecast(@{[ $model->('zones') ]})", $no_model ],
	[ 'lstm_forecast, model', 'zeros', "SELECT count(*) FROM lstm_forecast($bomb)", $too_much ],
	[ 'lstm_forecast, model', 'covariates far ahead', "SELECT count(*) FROM lstm_forecast(@{[ $model->('wide') ]}, 10000)", $too_much ],
	[ 'lstm_forecast, model', 'a panel far ahead', "SELECT count(*) FROM lstm_forecast(@{[ $model->('panel') ]}, 1000)", $too_much ],
	[ 'lstm_forecast, model', 'names of long numbers', "SELECT count(*) FROM lstm_forecast(@{[ $model->('few') ]}, series => array_fill(1e131000, ARRAY[1000]))", $too_much ],
	[ 'lstm_forecast, model', 'an ensemble of large networks', "SELECT count(*) FROM lstm_forecast(@{[ $model->('ensemble') ]})", $fine ],
	[ 'lstm_forecast, model', 'quantiles', "SELECT count(*) FROM lstm_forecast(@{[ $model->('few') ]}, 1000, quantiles => (SELECT array_agg(i / 301.0) FROM generate_series(1, 300) AS i))", $fine ],
	[ 'lstm_forecast, model', 'a panel', "SELECT count(*) FROM lstm_forecast(@{[ $model->('panel') ]}, 20)", $fine ],
	[ 'lstm_explain, model', 'covariates', "SELECT count(*) FROM lstm_explain(@{[ $model->('wide') ]})", $fine ],
	[ 'lstm_explain, model', 'far ahead', "SELECT count(*) FROM lstm_explain(@{[ $model->('few') ]}, 10000)", $fine ],
	[ 'lstm_explain, model', 'a panel', "SELECT count(*) FROM lstm_explain(@{[ $model->('panel') ]}, 20)", $fine ],
	[ 'lstm_explain, model', 'an ensemble of large networks', "SELECT count(*) FROM lstm_explain(@{[ $model->('ensemble') ]})", $fine ],
	[ 'lstm_explain, source', 'tiny series', "SELECT count(*) FROM lstm_explain(@{[ $model->('few') ]}, 'tiny', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_forecast, source', 'tiny series', "SELECT count(*) FROM lstm_forecast(@{[ $model->('few') ]}, 'tiny', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_forecast, source', 'long numbers', "SELECT count(*) FROM lstm_forecast(@{[ $model->('options') ]}, 'few', 'ts', 'value', 'series')", $no_model ],
	[ 'lstm_forecast, source', 'an ensemble of large networks', "SELECT count(*) FROM lstm_forecast(@{[ $model->('ensemble') ]}, 'few', 'ts', 'value', 'series')", $fine ],
	[ 'lstm_forecast, source', 'a long history', "SELECT count(*) FROM lstm_forecast(@{[ $model->('few') ]}, 'days', 'ts', 'value', history => 1000000)", $fine ],
	[ 'lstm_forecast, source', 'a panel', "SELECT count(*) FROM lstm_forecast(@{[ $model->('few') ]}, 'panel', 'ts', 'value', 'series')", $fine ],
	[ 'lstm_forecast, one statement', 'tiny series', q{SELECT count(*) FROM lstm_forecast('tiny', 'ts', 'value', 'series', options => quick())}, $too_much ],
	[ 'lstm_forecast, one statement', 'long numbers', "SELECT count(*) FROM lstm_forecast('few', 'ts', 'value', 'series', options => $options)", $bad_option ],
	[ 'lstm_forecast, one statement', 'a panel', q{SELECT count(*) FROM lstm_forecast('panel', 'ts', 'value', 'series', options => quick())}, $fine ],
	[ 'lstm_forecast, aggregate', 'tiny series', "SELECT lstm_forecast(@{[ $model->('few') ]}, series, ts, value) FROM tiny", $too_much ],
	[ 'lstm_forecast, aggregate', 'an array of many rows', "SELECT lstm_forecast(@{[ $model->('few') ]}, i, day(1), 1) FROM generate_series(1, 30000) AS i", $too_much ],
	[ 'lstm_forecast, aggregate', 'an ensemble of large networks', "SELECT lstm_forecast(@{[ $model->('ensemble') ]}, ts, value) FROM long", $fine ],
	[ 'lstm_forecast, aggregate', 'a panel', "SELECT lstm_forecast(@{[ $model->('few') ]}, series, ts, value) FROM panel", $fine ],
	[ 'lstm_tune', 'tiny series', q{SELECT count(*) FROM lstm_tune('tiny', 'ts', 'value', 'series', options => quick())}, $too_much ],
	[ 'lstm_tune', 'long numbers', "SELECT count(*) FROM lstm_tune('few', 'ts', 'value', 'series', options => $options)", $bad_option ],
	[ 'lstm_tune', 'long numbers of a candidate', "SELECT count(*) FROM lstm_tune('few', 'ts', 'value', 'series', candidates => ARRAY[$options\::jsonb])", $bad_option ],
	[ 'lstm_tune', 'a panel', q{SELECT count(*) FROM lstm_tune('SELECT * FROM panel WHERE series < ''s11''', 'ts', 'value', 'series', horizon => 2, options => quick('{"pretrained": "none"}'), folds => 1, candidates => ARRAY['{"cell": "gru"}', '{"hidden_size": 3}']::jsonb[])}, $fine ],
	[ 'lstm_tune', 'many candidates of many series', q{SELECT count(*) FROM lstm_tune('panel', 'ts', 'value', 'series', horizon => 2, options => quick(), folds => 1, candidates => (SELECT array_agg(jsonb_build_object('seed', i)) FROM generate_series(1, 1000) AS i))}, $too_much ],
	[ 'lstm_backtest, function', 'tiny series', q{SELECT count(*) FROM lstm_backtest('tiny', 'ts', 'value', 'series', options => quick())}, $too_much ],
	[ 'lstm_backtest, function', 'long numbers', "SELECT count(*) FROM lstm_backtest('few', 'ts', 'value', 'series', options => $options)", $bad_option ],
	[ 'lstm_backtest, function', 'covariates', q{SELECT count(*) FROM lstm_backtest('SELECT *, past[1] AS p, past[1] * 2 AS q FROM wide', 'ts', 'value', 'series', ARRAY['p', 'q'], options => quick(), folds => 3)}, $fine ],
	[ 'lstm_backtest, function', 'a panel', q{SELECT count(*) FROM lstm_backtest('panel', 'ts', 'value', 'series', options => quick(), folds => 1)}, $fine ],
	[ 'lstm_backtest, model', 'tiny series', "SELECT count(*) FROM lstm_backtest(@{[ $model->('few') ]}, 'tiny', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_backtest, model', 'long numbers', "SELECT count(*) FROM lstm_backtest(@{[ $model->('reasons') ]}, 'few', 'ts', 'value', 'series')", $no_model ],
	[ 'lstm_backtest, model', 'origins between missing steps', qq{SELECT count(*) FROM lstm_backtest(@{[ $model->('ensemble') ]}, 'SELECT * FROM long WHERE value > 0', 'ts', 'value', folds => 1000, stride => 1)}, $too_much ],
	[ 'lstm_backtest, model', 'every origin', "SELECT count(*) FROM lstm_backtest(@{[ $model->('few') ]}, 'SELECT *, repeat(''x'', 200) AS series FROM long', 'ts', 'value', 'series', stride => 1)", $fine ],
	[ 'lstm_backtest, model', 'a long series', "SELECT count(*) FROM lstm_backtest(@{[ $model->('few') ]}, 'SELECT *, ''new''::text AS series FROM long LIMIT 20000', 'ts', 'value', 'series')", $fine ],
	[ 'lstm_backtest_forecasts, function', 'tiny series', q{SELECT count(*) FROM lstm_backtest_forecasts('tiny', 'ts', 'value', 'series', options => quick())}, $too_much ],
	[ 'lstm_backtest_forecasts, function', 'a panel', q{SELECT count(*) FROM lstm_backtest_forecasts('panel', 'ts', 'value', 'series', options => quick(), folds => 1)}, $fine ],
	[ 'lstm_backtest_forecasts, model', 'every origin', "SELECT count(*) FROM lstm_backtest_forecasts(@{[ $model->('few') ]}, 'SELECT *, repeat(''x'', 200) AS series FROM long', 'ts', 'value', 'series', stride => 1)", $fine ],
	[ 'lstm_backtest_forecasts, model', 'many quantiles', qq{SELECT count(*) FROM lstm_backtest_forecasts(@{[ $model->('few') ]}, 'SELECT *, ''new''::text AS series FROM long LIMIT 20000', 'ts', 'value', 'series', stride => 1,
		quantiles => (SELECT array_agg(i / 301.0) FROM generate_series(1, 300) AS i))}, $fine ],
	[ 'lstm_pretrained', 'tiny series', q{SELECT count(*) FROM lstm_forecast(lstm_pretrained(), 'tiny', 'ts', 'value', 'series')}, $too_much ],
	[ 'lstm_pretrained', 'a panel', q{SELECT count(*) FROM lstm_forecast(lstm_pretrained(), 'panel', 'ts', 'value', 'series', horizon => 2)}, $fine ],
	[ 'lstm_pretrained', 'a long series', q{SELECT count(*) FROM lstm_forecast(lstm_pretrained(), 'long', 'ts', 'value', horizon => 1000)}, $fine ],
	[ 'lstm_pretrained', 'an aggregate of a panel', 'SELECT lstm_forecast(lstm_pretrained(), series, ts, value) FROM panel', $fine ],
	[ 'lstm_model_info', 'long numbers', "SELECT lstm_model_info(@{[ $model->('reasons') ]})", $no_model ],
	[ 'lstm_model_info', 'many zones', "SELECT lstm_model_info(@{[ $model->('zones') ]})", $no_model ],
	[ 'lstm_finetune', 'zeros', "SELECT lstm_finetune($bomb, 'few', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_finetune', 'large networks', "SELECT lstm_finetune(@{[ $model->('ensemble') ]}, 'few', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_model_info', 'zeros', "SELECT lstm_model_info($bomb)", $too_much ],
	[ 'lstm_model_info', 'a panel', "SELECT lstm_model_info(@{[ $model->('panel') ]})", $fine ],
	[ 'lstm_importance', 'tiny series', "SELECT count(*) FROM lstm_importance(@{[ $model->('calendar') ]}, 'tiny', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_importance', 'zeros', "SELECT count(*) FROM lstm_importance($bomb, 'few', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_importance', 'many windows', "SELECT count(*) FROM lstm_importance(@{[ $model->('calendar') ]}, 'SELECT *, repeat(''x'', 200) AS series FROM long', 'ts', 'value', 'series', windows => 100000, repeats => 1)", $fine ],
	[ 'lstm_importance', 'a panel', "SELECT count(*) FROM lstm_importance(@{[ $model->('calendar') ]}, 'panel', 'ts', 'value', 'series', windows => 10000)", $fine ],
	[ 'lstm_anomalies', 'tiny series', "SELECT count(*) FROM lstm_anomalies(@{[ $model->('few') ]}, 'tiny', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_anomalies', 'zeros', "SELECT count(*) FROM lstm_anomalies($bomb, 'few', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_anomalies', 'a long series', "SELECT count(*) FROM lstm_anomalies(@{[ $model->('few') ]}, 'SELECT *, ''new''::text AS series FROM long LIMIT 20000', 'ts', 'value', 'series', only_anomalies => false)", $fine ],
	[ 'lstm_anomalies', 'a panel', "SELECT count(*) FROM lstm_anomalies(@{[ $model->('few') ]}, 'panel', 'ts', 'value', 'series')", $fine ],
	[ 'lstm_summary', 'long numbers', "SELECT count(*) FROM lstm_summary(@{[ $model->('reasons') ]})", $no_model ],
	[ 'lstm_summary', 'zeros', "SELECT count(*) FROM lstm_summary($bomb)", $too_much ],
	[ 'lstm_summary', 'a panel', "SELECT count(*) FROM lstm_summary(@{[ $model->('panel') ]})", $fine ],
	[ 'lstm_model_series', 'long numbers', "SELECT count(*) FROM lstm_model_series(@{[ $model->('options') ]})", $no_model ],
	[ 'lstm_model_series', 'zeros', "SELECT count(*) FROM lstm_model_series($bomb)", $too_much ],
	[ 'lstm_model_series', 'a panel', "SELECT count(*) FROM lstm_model_series(@{[ $model->('panel') ]})", $fine ],
	[ 'lstm_training_log', 'long numbers', "SELECT count(*) FROM lstm_training_log(@{[ $model->('reasons') ]})", $no_model ],
	[ 'lstm_training_log', 'zeros', "SELECT count(*) FROM lstm_training_log($bomb)", $too_much ],
	[ 'lstm_training_log', 'a panel', "SELECT count(*) FROM lstm_training_log(@{[ $model->('panel') ]})", $fine ],
	[ 'lstm_weights', 'long numbers', "SELECT count(*) FROM lstm_weights(@{[ $model->('options') ]})", $no_model ],
	[ 'lstm_weights', 'zeros', "SELECT count(*) FROM lstm_weights($bomb)", $too_much ],
	[ 'lstm_weights', 'large networks', "SELECT count(*) FROM lstm_weights(@{[ $model->('ensemble') ]})", $fine ],
	[ 'lstm_gates, model', 'long numbers', "SELECT count(*) FROM lstm_gates(@{[ $model->('options') ]})", $no_model ],
	[ 'lstm_gates, model', 'zeros', "SELECT count(*) FROM lstm_gates($bomb)", $too_much ],
	[ 'lstm_gates, model', 'an ensemble of large networks', "SELECT count(*) FROM lstm_gates(@{[ $model->('ensemble') ]})", $fine ],
	[ 'lstm_gates, model', 'a panel', "SELECT count(*) FROM lstm_gates(@{[ $model->('panel') ]})", $fine ],
	[ 'lstm_gates, model', 'names of long numbers', "SELECT count(*) FROM lstm_gates(@{[ $model->('few') ]}, series => array_fill(1e131000, ARRAY[1000]))", $too_much ],
	[ 'lstm_gates, source', 'tiny series', "SELECT count(*) FROM lstm_gates(@{[ $model->('few') ]}, 'tiny', 'ts', 'value', 'series')", $too_much ],
	[ 'lstm_gates, source', 'a panel', "SELECT count(*) FROM lstm_gates(@{[ $model->('few') ]}, 'panel', 'ts', 'value', 'series')", $fine ],
	[ 'lstm_gates, source', 'a long series', "SELECT count(*) FROM lstm_gates(lstm_pretrained(), 'long', 'ts', 'value')", $fine ],
	[ 'lstm_options', 'long numbers', qq{SELECT lstm_options(members => '[{"hidden_size": [$NUMBERS]}]')}, qr/^22023 \| invalid value for option "hidden_size": \[1e\+131071, / ],
	[ 'lstm_options', 'long fractions', q{SELECT lstm_options(members => jsonb_build_array(jsonb_build_object('dropout', '0e-16383'::numeric)))}, qr/^22023 \| invalid value for option "dropout": 0e\+00/ ],
	[ 'lstm_options', 'all of them', 'SELECT lstm_options(members => jsonb_build_array(quick() - ARRAY[\'max_steps\', \'max_epochs\', \'ensemble_size\', \'horizon\', \'workers\']))', $fine ]);

for my $case (@cases)
{
	my ($function, $what, $statement, $expected) = @$case;
	my $session = $node->background_psql('postgres');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_safe("SET lstm_forecast.max_memory = '${MEMORY}MB'");
	# what every session takes once: the library, catalogs, shared buffers
	$session->query_safe(q{SELECT outcome('SELECT count(*) FROM lstm_forecast(''few'', ''ts'', ''value'', ''series'', options => quick())'), count(*) FROM model});
	append_to_file("/proc/$pid/clear_refs", '5');
	my $before = kilobytes($pid, 'VmRSS');
	my $answer = $session->query_safe('SELECT outcome($statement$' . $statement . '$statement$)');
	my $took = kilobytes($pid, 'VmHWM') - $before;
	$session->quit;
	like($answer, $expected, "$function: $what");
	cmp_ok($took, '<', 1024 * ($MEMORY + $ALLOWANCE), "$function: $what: $took kB");
}

# --- all are there ---------------------------------------------------------------------------------------

my $functions = $node->safe_psql('postgres', q{
	SELECT string_agg(DISTINCT p.proname, ' ')
	FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		 JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'lstm_forecast'
	WHERE 'bytea'::regtype = ANY (p.proargtypes::oid[] || p.prorettype) AND 'internal'::regtype <> ALL (p.proargtypes::oid[] || p.prorettype)});
my %met = map { $_->[0] =~ /^(\w+)/ ? ($1 => 1) : () } @cases;
is(join(' ', grep { !$met{$_} && $_ ne 'lstm_forecast_values' } split / /, $functions), '', 'every function that takes or gives a model is called');

$node->stop;
done_testing();
