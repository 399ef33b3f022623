# Models with damage of many kinds, fed to every function that takes a model: an error that says so, or a forecast.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;
use ModelBytes;

my $SEED = 20240607;
my $MEMORY = 8;     # MB, lstm_forecast.max_memory
my $SPARE = 12;     # MB that the backend may take besides: models, plans, the table's pages
my $LONGEST = 300;  # s for a batch of calls

note("seed $SEED");
srand($SEED);

my $node = small_node("lstm_forecast.max_memory = '${MEMORY}MB'\nlstm_forecast.model_cache = '1MB'");
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT series, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, CASE WHEN i < 30 THEN 20 + 5 * sin(i) + length(series) + i % 5 END AS value,
			   i % 6 AS temperature, i % 4 AS promotion, CASE WHEN i % 3 = 0 THEN 'good' ELSE 'bad' END AS mood, 'north of ' || series AS region
		FROM unnest(ARRAY['a', 'b']) AS series, generate_series(0, 36) AS i;
	CREATE TABLE whole (number serial, model bytea);
	SET lstm_forecast.max_memory = '64MB';
	INSERT INTO whole (model)
		SELECT lstm_train(ts, value, '{"horizon": 3, "lookback": 6, "hidden_size": 2, "ensemble_size": 1, "max_steps": 2, "patch_length": 1}' || options)
		FROM reading, unnest(ARRAY['{"decoder": "direct"}', '{"cell": "gru", "loss": "quantile", "quantiles": [0.1, 0.9], "interval": "model"}',
			'{"cell": "rnn", "decoder": "recursive", "supervision": "sequence", "normalization": "instance"}',
			'{"num_layers": 2, "bidirectional": true, "transform": "log1p", "patch_length": 3, "loss": "student_t"}']::jsonb[]) AS options
		WHERE series = 'a' GROUP BY options;
	INSERT INTO whole (model)
		SELECT lstm_train_classes(ts, ts, ARRAY[temperature, promotion], promotion > 1, '{"hidden_size": 2, "ensemble_size": 2, "max_steps": 1}') FROM reading WHERE series = 'a'
		UNION ALL
		SELECT lstm_train_classes('reading', 'ts', 'series', '{temperature}', 'promotion', '{"supervision": "sequence", "cell": "gru", "num_layers": 2, "bidirectional": true, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "class_weights": "balanced"}');
	INSERT INTO whole (model)
		SELECT lstm_train(value, '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 2, "max_steps": 1}' ORDER BY ts) FROM reading WHERE series = 'b'
		UNION ALL
		SELECT lstm_train(series, ts, value, ARRAY[temperature], ARRAY[promotion], '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "calendar": true}') FROM reading
		UNION ALL
		SELECT lstm_train(series, timestamptz '2020-01-31' + extract(hour FROM ts) * interval '1 month', value, '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1}')
		FROM reading WHERE ts < '2024-01-02'
		UNION ALL
		SELECT lstm_train('SELECT * FROM reading', 'ts', 'value', 'series', ARRAY['temperature'], ARRAY['promotion'], options => '{"horizon": 2, "lookback": 4, "hidden_size": 1, "max_steps": 1, "ensemble_size": 1}')
		UNION ALL
		SELECT lstm_train('reading', 'ts', 'value', 'series', ARRAY['temperature'], ARRAY['mood'], options => '{"horizon": 2, "lookback": 4, "hidden_size": 1, "max_steps": 1, "ensemble_size": 1}', static_columns => ARRAY['region'])
		UNION ALL
		SELECT lstm_train(ts, value, '{"horizon": 2, "pretrained": "only"}') FROM reading WHERE series = 'a'
		UNION ALL
		SELECT lstm_pretrained();
	CREATE TABLE mutant (number int, kind text, model bytea);
	ALTER TABLE mutant ALTER model SET STORAGE external;
	CREATE TABLE outcome (number int, call text, state text, message text);
});

# --- every function that takes a model ---------------------------------------------------------------

# By the function's signature: how it is called with a model, $1.
my %calls = (
	'lstm_finetune(bytea,double precision)' => ["SELECT lstm_finetune(\$1, value ORDER BY ts) FROM reading WHERE series = 'b'"],
	'lstm_finetune(bytea,double precision,jsonb)' => [qq{SELECT lstm_finetune(\$1, value, '{"max_steps": 1}' ORDER BY ts) FROM reading WHERE series = 'b'}],
	'lstm_finetune(bytea,timestamp with time zone,double precision)' => ["SELECT lstm_finetune(\$1, ts, value) FROM reading WHERE series = 'a'"],
	'lstm_finetune(bytea,timestamp with time zone,double precision,jsonb)' => [qq{SELECT lstm_finetune(\$1, ts, value, '{"max_steps": 1}') FROM reading WHERE series = 'a'}],
	'lstm_finetune(bytea,"any",timestamp with time zone,double precision)' => ["SELECT lstm_finetune(\$1, series, ts, value) FROM reading"],
	'lstm_finetune(bytea,"any",timestamp with time zone,double precision,jsonb)' => [qq{SELECT lstm_finetune(\$1, series, ts, value, '{"max_steps": 1}') FROM reading}],
	'lstm_finetune(bytea,"any",timestamp with time zone,double precision,double precision[],double precision[])' =>
	  ["SELECT lstm_finetune(\$1, series, ts, value, ARRAY[temperature], ARRAY[promotion]) FROM reading"],
	'lstm_finetune(bytea,"any",timestamp with time zone,double precision,double precision[],double precision[],jsonb)' =>
	  [qq{SELECT lstm_finetune(\$1, series, ts, value, ARRAY[temperature], ARRAY[promotion], '{"max_steps": 1}') FROM reading}],
	'lstm_finetune(bytea,text,text,text,text,text[],text[],bigint,jsonb,text)' =>
	  [qq{SELECT lstm_finetune(\$1, 'reading', 'ts', 'value', 'series', '{temperature}', '{promotion}', options => '{"max_steps": 1}')}],
	'lstm_model_info(bytea)' => ['SELECT lstm_model_info($1)'],
	'lstm_summary(bytea)' => ['SELECT count(*) FROM lstm_summary($1)'],
	'lstm_model_series(bytea)' => ['SELECT count(*) FROM lstm_model_series($1)'],
	'lstm_training_log(bytea)' => ['SELECT count(*) FROM lstm_training_log($1)'],
	'lstm_weights(bytea)' => ['SELECT count(*) FROM lstm_weights($1)'],
	'lstm_classify(bytea,text,text,text,text[])' => [ q{SELECT count(*) FROM lstm_classify($1, 'reading', 'ts', 'series')}, q{SELECT count(*) FROM lstm_classify($1, 'reading', 'ts', 'series', '{temperature,promotion}')} ],
	'lstm_gates(bytea,anycompatiblearray,bigint,bigint)' => ['SELECT count(*) FROM lstm_gates($1)', q{SELECT count(*) FROM lstm_gates($1, ARRAY['b'], 1, 1)}],
	'lstm_gates(bytea,text,text,text,text,text[],text[],anycompatiblearray,bigint,bigint)' => [
		q{SELECT count(*) FROM lstm_gates($1, 'SELECT * FROM reading WHERE value IS NOT NULL', 'ts', 'value', 'series')},
		q{SELECT count(*) FROM lstm_gates($1, 'SELECT value FROM reading', NULL, 'value', member => 1)} ],
	'lstm_explain(bytea,bigint,anycompatiblearray,jsonb,text)' => [q{SELECT count(*) FROM lstm_explain($1, 3, on_missing => 'skip')}],
	'lstm_explain(bytea,text,text,text,text,text,text,bigint,jsonb,text,text)' =>
	  [q{SELECT count(*) FROM lstm_explain($1, 'reading', 'ts', 'value', 'series', '{temperature}', '{promotion}', on_missing => 'skip')}],
	'lstm_explain(bytea,text,text,text,text,text[],text[],bigint,jsonb,text,text)' =>
	  [q{SELECT count(*) FROM lstm_explain($1, 'reading', 'ts', 'value', 'series', horizon => 4, changes => '{"promotion": 1}')}],
	'lstm_forecast(bytea,bigint,double precision,double precision[],anycompatiblearray,text,text)' => [
		'SELECT count(*) FROM lstm_forecast($1)',
		'SELECT count(*) FROM lstm_forecast($1, 7, 0.5, ARRAY[0.9, 0.1, 0.5])',
		q{SELECT count(*) FROM lstm_forecast($1, 1, series => ARRAY['b'])},
		q{SELECT count(*) FROM lstm_forecast($1, 9, on_missing => 'skip', origin => 'common')} ],
	'lstm_forecast(bytea,text,text,text,text,text,text,bigint,double precision,double precision[],bigint,text,text,text)' =>
	  [q{SELECT count(*) FROM lstm_forecast($1, 'reading', 'ts', 'value', 'series', '{temperature}', '{promotion}', history => 30, origin => 'common')}],
	'lstm_forecast(bytea,text,text,text,text,text[],text[],bigint,double precision,double precision[],bigint,text,text,text)' => [
		q{SELECT count(*) FROM lstm_forecast($1, 'reading', 'ts', 'value', 'series', horizon => 4, history => 9)},
		q{SELECT count(*) FROM lstm_forecast($1, 'SELECT value FROM reading', NULL, 'value')},
		q{SELECT count(*) FROM lstm_forecast($1, 'SELECT ts, NULL::float8 AS value, ''c'' AS series, temperature, promotion, ''odd'' AS mood, ''north of b'' AS region FROM reading', 'ts', 'value', 'series')},
		q{SELECT count(*) FROM lstm_forecast($1, 'SELECT * FROM reading WHERE value IS NOT NULL', 'ts', 'value', 'series', future_source => 'reading', on_missing => 'skip')} ],
	'lstm_forecast_values(bytea,double precision)' => ['SELECT lstm_forecast_values($1, value ORDER BY ts) FROM reading'],
	'lstm_forecast(bytea,timestamp with time zone,double precision)' => [q{SELECT lstm_forecast($1, ts, value) FROM reading WHERE series = 'a'}],
	'lstm_forecast(bytea,"any",timestamp with time zone,double precision)' => ['SELECT lstm_forecast($1, series, ts, value) FROM reading'],
	'lstm_forecast(bytea,"any",timestamp with time zone,double precision,double precision[],double precision[])' =>
	  ['SELECT lstm_forecast($1, series, ts, value, ARRAY[temperature], ARRAY[promotion]) FROM reading'],
	'lstm_backtest(bytea,text,text,text,text,text[],text[],bigint,bigint,bigint)' =>
	  [q{SELECT count(*) FROM lstm_backtest($1, 'SELECT * FROM reading WHERE value IS NOT NULL', 'ts', 'value', 'series', stride => 1)}],
	'lstm_anomalies(bytea,text,text,text,text,text[],text[],timestamp with time zone,double precision,bigint,boolean)' =>
	  [q{SELECT count(*) FROM lstm_anomalies($1, 'SELECT * FROM reading WHERE value IS NOT NULL', 'ts', 'value', 'series', only_anomalies => false)}],
	'lstm_importance(bytea,text,text,text,text,text[],text[],bigint,bigint,bigint)' =>
	  [q{SELECT count(*) FROM lstm_importance($1, 'SELECT * FROM reading WHERE value IS NOT NULL', 'ts', 'value', 'series', windows => 10, repeats => 1)}],
	'lstm_backtest_forecasts(bytea,text,text,text,text,text[],text[],bigint,bigint,bigint,double precision,double precision[])' =>
	  [q{SELECT count(*) FROM lstm_backtest_forecasts($1, 'SELECT * FROM reading WHERE value IS NOT NULL', 'ts', 'value', 'series', stride => 1, confidence_level => 0.5, quantiles => ARRAY[0.9, 0.1, 0.5])}]);

# Functions with an argument of type internal are the aggregates' own, and cannot be called.
my $taking = $node->safe_psql('postgres', q{
	SELECT p.oid::regprocedure
	FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		 JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'lstm_forecast'
	WHERE 'bytea'::regtype = ANY (p.proargtypes::oid[]) AND 'internal'::regtype <> ALL (p.proargtypes::oid[])
	ORDER BY p.oid::regprocedure::text COLLATE "C"});
is($taking, join("\n", sort keys %calls), 'every function that takes a model is called');

# Training takes longer than all else: one in forty is trained further.
my $most_of_them = 'get_byte(sha256(model), 0) >= 6';
my $call = 0;
for my $statement (map { @{ $calls{$_} } } sort keys %calls)
{
	$call++;
	$node->safe_psql('postgres', qq{
		CREATE FUNCTION call_$call(model bytea, OUT state text, OUT message text) LANGUAGE plpgsql AS \$body\$
		BEGIN
			@{[ $statement =~ /lstm_finetune/ ? "IF $most_of_them THEN state := 'left out'; RETURN; END IF;" : '' ]}
			PERFORM answer FROM (@{[ $statement =~ s/\$1/call_$call.model/gr ]}) AS answer;
			state := 'fine';
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
		END \$body\$});
}

# --- mutants -------------------------------------------------------------------------------------------

my @whole = map { pack 'H*', $_ } split /\n/, $node->safe_psql('postgres', q{SELECT encode(model, 'hex') FROM whole ORDER BY number});
is(scalar(grep { mended(header($_), tensors($_)) eq $_ } @whole), scalar(@whole), 'checksums are computed as the extension does');

sub flipped
{
	my ($bytes, $most) = @_;
	for (0 .. int rand $most)
	{
		my $place = int rand length $bytes;
		substr($bytes, $place, 1) ^= chr(1 << int rand 8);
	}
	return $bytes;
}

# Another number or word at a random place in the header.
my @numbers = qw(0 1 -1 2 3 7 100 1000 1001 10000 10001 65536 2147483647 2147483648 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808
  18446744073709551615 0.5 1e-300 1e300 1e400 1e9);
my @words = qw(null true false auto none lstm gru rnn direct parallel recursive last sequence mean instance season standard minmax log log1p mae quantile gaussian
  student_t fixed days months irregular UTC Europe/Berlin F16 F32 F64 I64 rows join only);
sub edited
{
	my ($header) = @_;
	my $number = rand() < 0.6;
	my $pattern = $number ? qr/-?\d[\d.e-]*/ : qr{[A-Za-z][\w/]*};
	my $replacement = $number ? $numbers[ rand @numbers ] : $words[ rand @words ];
	my $start = 64 + int rand(length($header) - 64);
	pos($header) = $start;
	substr($header, $-[0], $+[0] - $-[0]) = $replacement if $header =~ /$pattern/g;
	return $header;
}

# The value of a slot of 8 or 4 bytes of the tensors.
my @slots = ((map { pack 'd<', $_ } 0, -1, 1e300, -1e300, 9**9**9, -9**9**9, -sin(9**9**9), 1e-320, 2147483648), (map { pack 'q<', $_ } 0, 1, -1, 2**31, 2**62, -2**62, 5),
	(map { pack 'f<', $_ } 0, 1e38, -1e38, 9**9**9, -sin(9**9**9)));
sub filled
{
	my ($tensors) = @_;
	my $slot = $slots[ rand @slots ];
	my $places = int(length($tensors) / length $slot);
	$places = 40 if $places > 40 && rand() < 0.7; # the numbers of the series, and their histories
	substr($tensors, int(rand $places) * length $slot, length $slot) = $slot;
	return $tensors;
}

my %kinds = (
	'bits' => [ 2000, sub { flipped($_[0], 3) } ],
	'cut' => [ 1300, sub { substr($_[0], 0, int rand length $_[0]) } ],
	'spliced' => [ 1300, sub { my $cut = int rand length $_[0]; substr($_[0], 0, $cut) . substr($_[1], $cut < length $_[1] ? $cut : 0) } ],
	'bits of the header, mended' => [ 3200, sub { mended(flipped(header($_[0]), 3), tensors($_[0])) } ],
	'bits of the tensors, mended' => [ 2700, sub { mended(header($_[0]), flipped(tensors($_[0]), 5)) } ],
	'slots of the tensors, mended' => [ 2700, sub { mended(header($_[0]), filled(tensors($_[0]))) } ],
	'cut, mended' => [ 1300, sub { rand() < 0.5 ? mended(header($_[0]), substr(tensors($_[0]), 0, rand length tensors($_[0])))
			  : mended(substr(header($_[0]), 0, rand length header($_[0])), tensors($_[0])) } ],
	'spliced, mended' => [ 1300, sub { my $cut = int rand length header($_[0]); rand() < 0.3 ? mended(header($_[0]), tensors($_[1]))
			  : mended(substr(header($_[0]), 0, $cut) . substr(header($_[1]) . ' ' x $cut, $cut), tensors($_[ rand 2 ])) } ],
	'header edited, mended' => [ 4600, sub { my $header = header($_[0]); $header = edited($header) for 0 .. int rand 2; mended($header, tensors($_[0])) } ]);

# The last one, the pretrained network, is some twenty times as long as the others: it is chosen less often.
my @chosen = ((@whole[ 0 .. $#whole - 1 ]) x 10, $whole[-1]);
my $number = 0;
my $file = $node->basedir . '/mutants';
open my $out, '>', $file or die "$file: $!";
for my $kind (sort keys %kinds)
{
	my ($count, $mutate) = @{ $kinds{$kind} };
	for (1 .. $count)
	{
		my $mutant;
		# bits may be flipped back
		do { $mutant = $mutate->($chosen[ rand @chosen ], $chosen[ rand @chosen ]) } while grep { $_ eq $mutant } @whole;
		$number++;
		print $out "$number\t$kind\t\\\\x" . unpack('H*', $mutant) . "\n";
	}
}
close $out or die "$file: $!";
cmp_ok($number, '>=', 20_000, "there are $number mutants");
$node->safe_psql('postgres', "COPY mutant FROM '$file'");
unlink $file;

# --- what becomes of them ------------------------------------------------------------------------------

my $forecasts = q{SELECT md5(string_agg(f::text, ',' ORDER BY number, f.series, step))
	FROM (SELECT number, model FROM whole WHERE (lstm_model_info(model)->'series')::int > 0 AND NOT lstm_model_info(model) ? 'kind') AS own, lstm_forecast(model) AS f};
my $before = $node->safe_psql('postgres', $forecasts);
my $session = $node->background_psql('postgres');
$session->set_query_timer_restart;    # all calls together take longer than one may
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe("SELECT call_$_(model) FROM whole") for 1 .. $call;
my $usual = kilobytes($pid, 'VmHWM');
$session->query_safe("SET statement_timeout = '${LONGEST}s'");
for my $each (1 .. $call)
{
	$session->query_safe("INSERT INTO outcome SELECT number, '$each', c.* FROM mutant, call_$each(model) AS c ORDER BY number");
}
my $most = kilobytes($pid, 'VmHWM');
note("the calls took " . processor_seconds($pid) . " s of the processor");
is($session->query_safe('SELECT pg_backend_pid()'), $pid, 'the session has lived through it');
$session->quit;

is($node->safe_psql('postgres', 'SELECT count(*) FROM outcome'), $number * $call, "$number mutants met $call calls");
is($node->safe_psql('postgres', q{
	SELECT state, message, count(*), min(number), min(call) FROM outcome
	WHERE state NOT IN ('fine', 'left out') AND state !~ '^(22|54|0A|42)' AND (state, message) IS DISTINCT FROM ('XX001', 'lstm_forecast model is damaged') GROUP BY 1, 2}),
	'', 'no error is internal, or of a class that is not that of wrong data');
is($node->safe_psql('postgres', q{SELECT count(*) FROM outcome JOIN mutant USING (number) WHERE kind IN ('bits', 'cut') AND state NOT IN ('XX001', '22P03', 'left out')}), '0',
	'what is damaged is seen to be');
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM outcome WHERE state = 'fine' AND call = '1'}), '>', 2000, 'and mutants that are models still are taken for such');
cmp_ok($most - $usual, '<', 1024 * ($MEMORY + $SPARE), "none takes memory beyond the setting: $usual kB before, $most kB at most");
is($node->safe_psql('postgres', $forecasts), $before,
	'whole models forecast as before');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'and the server has not crashed');
note($_) for split /\n/, $node->safe_psql('postgres', 'SELECT kind, state, count(*) FROM outcome JOIN mutant USING (number) GROUP BY 1, 2 ORDER BY 1, 3 DESC');

$node->stop;
done_testing();
