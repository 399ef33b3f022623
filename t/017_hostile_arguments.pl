# Every function with arguments that it should refuse, or bear: each call gives a result or an error of a documented
# class, never an internal one, and the session goes on.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers = 0\nclient_min_messages = error\njit = off\n");
$node->start;

# What a call does: attempt(statement) gives its SQLSTATE and message, 00000 and the first value where it succeeds.
my $setup = q{
	CREATE EXTENSION lstm_forecast;
	CREATE FUNCTION attempt(statement text, OUT code text, OUT message text) LANGUAGE plpgsql AS $$
	BEGIN
		code := '00000';
		EXECUTE statement INTO message;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
	END $$;
	CREATE TABLE reading AS
		SELECT i AS n, '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, 20 + 5 * sin(i * 0.2618) + sin(i * i) AS value,
			   'x' AS word, ARRAY[sin(i)] AS past, ARRAY[cos(i), 1] AS future
		FROM generate_series(1, 120) AS i;
	CREATE TABLE model AS
		SELECT lstm_train(ts, value, lstm_options(horizon => 4, lookback => 12, hidden_size => 2, ensemble_size => 1, max_steps => 3)) AS model
		FROM reading;
	CREATE TABLE undated AS
		SELECT lstm_train(value, lstm_options(horizon => 4, lookback => 12, hidden_size => 2, ensemble_size => 1, max_steps => 3) ORDER BY ts) AS model
		FROM reading;
	CREATE TABLE driven AS
		SELECT lstm_train(word, ts, value, past, future, lstm_options(horizon => 4, lookback => 12, hidden_size => 2, ensemble_size => 1, max_steps => 3)) AS model
		FROM (SELECT * FROM reading UNION ALL
			  SELECT i, '2024-03-01'::timestamptz + i * interval '1 hour', NULL, 'x', '{0}', '{0,1}' FROM generate_series(121, 130) AS i) AS ahead;
	CREATE TABLE told AS SELECT lstm_train_classes('SELECT *, n % 6 AS s, n % 2 AS label FROM reading', 'ts', 's', '{value}', 'label', '{"hidden_size": 2, "ensemble_size": 1, "max_steps": 3}') AS model;
};
$node->safe_psql('postgres', $setup);
my $quick = q{'{"horizon": 4, "lookback": 12, "hidden_size": 2, "ensemble_size": 1, "max_steps": 3}'};
my $said = q{SELECT md5(string_agg(f::text, ',' ORDER BY step)) FROM model, lstm_forecast(model) AS f};
my $usual = $node->safe_psql('postgres', $said);

# --- every function, every argument -------------------------------------------------------------------------

# Values of each type that are edges, absurd or not what is meant.
my %hostile = (
	float8 => [ qw(0 '-0' 1 0.5 -1 1e308 -1e308 5e-324 'NaN' 'infinity' '-infinity') ],
	int4 => [ qw(0 1 -1 2147483647 -2147483648 65536) ],
	int8 => [ qw(0 -1 9223372036854775807 -9223372036854775808) ],
	bool => [ qw(true false) ],
	timestamptz => [ map { "'$_'" } 'infinity', '-infinity', '4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00', '2024-03-02', 'epoch' ],
	text => [ q{''}, q{' '}, q{'"'}, q{'""'}, q{'reading'}, q{'value'}, q{'nothing'}, q{'$$'}, q{'%s%n'}, q{E'a\nb'}, q{U&'\00e9\+01f600'},
		q{'''; DROP TABLE reading; --'}, q{repeat('a', 1000000)}, q{repeat('"a".', 1000)}, q{repeat('(', 100000)}, q{'SELECT 1'}, q{'infinity'}, q{'gru'} ],
	'text[]' => [ q{'{}'}, q{'{NULL}'}, q{'{""}'}, q{'{{a,b},{c,d}}'}, q{'[5:5]={value}'}, q{'{value,value}'}, q{array_fill('value'::text, ARRAY[100000])}, q{ARRAY[repeat('x', 1000000)]} ],
	'float8[]' => [ q{'{}'}, q{'{NULL}'}, q{'{NaN}'}, q{'{infinity,-infinity}'}, q{'{1e308,1e308,1e308}'}, q{'{0,0,0}'}, q{'{1,2}'}, q{'{{1,2},{3,4}}'},
		q{'[-5:-3]={0.1,0.2,0.3}'}, q{'{1,-1,0}'}, q{'{0.1,0.5,0.5}'}, q{array_fill(0.5::float8, ARRAY[100000])}, q{array_fill(NULL::float8, ARRAY[3])} ],
	jsonb => [ map { "'$_'" } '{}', '[]', 'null', '1', '"x"', '{"": 1}', '{"horizon": null}', '{"horizon": "1"}', '{"horizon": 1e1000}', '{"horizon": 1.5}',
		'{"members": []}', '{"members": [1]}', '{"members": [{"members": []}]}', '{"seed": -9223372036854775808}', '{"seed": 9223372036854775808}',
		'{"learning_rate": "NaN"}', '{"learning_rate": 1e-300}', '{"quantiles": [[0.5]]}', '{"quantiles": [], "loss": "quantile"}', '{"cell": "gru", "cell": "lstm"}',
		'{"horizon": 10000}', '{"lookback": 100000}', '{"max_epochs": 2147483647, "max_steps": 2147483647}', '{"ensemble_size": 100, "hidden_size": 1024, "num_layers": 8}',
		'{"title": 1}', '{"width": 200, "height": 80, "columns": 20}', '{"level": [90, 50]}', '{"now": "infinity"}', '{"time_zone": ""}', '{"season": 100000}',
		'{"class_weights": {"1": 1e300}}', '{"class_weights": {}}', '{"class_weights": "balanced", "supervision": "sequence"}', '{"patch_length": 100000}', '{"normalization": "instance"}',
		'{"frequency": "-1 hour"}', '{"frequency": "1 microsecond"}', '{"frequency": "178000000 years"}', '{"frequency": ""}' ],
	'jsonb[]' => [ q{'{}'}, q{'{NULL}'}, q{'{3}'}, q{ARRAY['{}', '{}']::jsonb[]}, q{ARRAY['[]']::jsonb[]}, q{ARRAY['null']::jsonb[]}, q{ARRAY['{"horizon": 3}']::jsonb[]}, q{ARRAY['{"seed": 1e1000}']::jsonb[]},
		q{ARRAY['{"members": [{"cell": "gru"}]}', '{"seed": 3}']::jsonb[]}, q{ARRAY[ARRAY['{}']]::jsonb[]}, q{array_fill('{"seed": 1}'::jsonb, ARRAY[100000])}, q{'[5:5]={"{}"}'} ],
	bytea => [ q{''}, q{'\x00'}, q{'\xffffffffffffffff'}, q{'\x0000000000000000'}, q{'\x02000000000000007b7d'}, q{decode(repeat('00', 100000), 'hex')},
		q{(SELECT substr(model, 1, 300) FROM model)}, q{(SELECT model || '\x00' FROM model)}, q{(SELECT set_byte(model, 500, 255 - get_byte(model, 500)) FROM model)} ],
	array => [ q{'{}'::text[]}, q{'{NULL}'::text[]}, q{'{a}'}, q{ARRAY[1, NULL]}, q{ARRAY[[1, 2], [3, 4]]}, q{'[5:6]={1,2}'::int[]}, q{ARRAY['infinity'::timestamptz]},
		q{ARRAY[ROW(1, NULL)]}, q{array_fill('x'::text, ARRAY[100000])}, q{ARRAY[repeat('x', 1000000)]}, q{ARRAY['{}'::jsonb]}, q('{') ],
	any => [ q{''::text}, q{1}, q{'NaN'::float8}, q{ROW(1, NULL)}, q{ARRAY[1, 2]}, q{repeat('s', 1000000)}, q{'infinity'::timestamptz}, q{'{"a": [1]}'::jsonb},
		q{NULL::int}, q{'"'::text}, q{E'\t\\\\'::text}, q{'2024-01-01'::date} ]);

# What goes well, by the name of an argument, else by its type.
my %usual_argument = (source => q{'reading'}, time_column => q{'ts'}, target_column => q{'value'}, series_column => q{'word'}, options => $quick,
	horizon => 2, member => 1, layer => 1, confidence_level => 0.9, folds => 1, stride => 2, probabilities => q{'{"x": 0.5}'}, lookback => 12, quantile_levels => q{'{0.1,0.5,0.9}'}, model => '(SELECT model FROM model)', trained => '(SELECT model FROM model)');
my %usual_type = (float8 => '0.5', int4 => '2', int8 => '3', text => 'NULL', 'text[]' => 'NULL', 'float8[]' => q{'{0.1,0.5,0.9}'}, jsonb => 'NULL', 'jsonb[]' => q{'{}'}, bool => 'true',
	bytea => q{'\x00'}, timestamptz => q{'2024-03-02'}, any => q{'x'::text}, array => 'NULL::text[]', internal => 'NULL');
my %usual_row = (series => 'word', ts => 'ts', value => 'value', past => 'past', future => 'future', actual => 'value', forecast => '20', lower => '15', upper => '25',
	predicted => q{'x'::text}, path => 'ARRAY[n::text]', step => '1', variance => '1', scale => '1', quantile => '0.5', quantile_levels => q{'{0.1,0.5,0.9}'}, season => '3');

# name, kind, and a name and a type of every argument
my @functions = map { [ split /\|/, $_, -1 ] } split /\n/, $node->safe_psql('postgres', q{
	SELECT p.oid::regproc, prokind, coalesce((
			SELECT string_agg(coalesce(proargnames[i], '') || ' ' || CASE format_type(proargtypes[i - 1], NULL)
				WHEN 'double precision' THEN 'float8' WHEN 'integer' THEN 'int4' WHEN 'bigint' THEN 'int8' WHEN 'boolean' THEN 'bool' WHEN '"any"' THEN 'any' WHEN 'anycompatiblearray' THEN 'array'
				WHEN 'timestamp with time zone' THEN 'timestamptz' WHEN 'double precision[]' THEN 'float8[]' ELSE format_type(proargtypes[i - 1], NULL) END, ',' ORDER BY i)
			FROM generate_series(1, pronargs) AS i), '')
	FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		 JOIN pg_extension AS e ON e.oid = d.refobjid AND extname = 'lstm_forecast'
	ORDER BY p.oid::regprocedure::text
}) =~ s/\bpg_catalog\.//gr;
cmp_ok(scalar(@functions), '>', 60, 'the functions are those of the catalog: ' . scalar(@functions));

# The call as a statement that gives one value.
sub call
{
	my ($name, $kind, @arguments) = @_;
	my $call = "$name(" . join(', ', @arguments) . ')';
	return "SELECT md5(string_agg(f::text, ',')) FROM (SELECT $call OVER () AS f FROM reading) AS row" if $kind eq 'w';
	return $kind eq 'a' ? "SELECT md5(($call)::text) FROM reading" : "SELECT md5(string_agg(f::text, ',')) FROM $call AS f";
}
srand(20240301);
my @calls;
my @usual_calls;
my @inner_calls;
for my $function (@functions)
{
	my ($name, $kind, $list) = @$function;
	my @types = map { (split / /, $_, -1)[1] } split /,/, $list;
	my @names = map { (split / /, $_, -1)[0] } split /,/, $list;
	my @cast = map { $_ =~ /^(?:any|array|internal)$/ ? '' : "::$_" } @types;
	my @base = map {
		my $value = ($kind =~ /[aw]/ && exists $usual_row{ $names[$_] }) ? $usual_row{ $names[$_] } : $usual_argument{ $names[$_] };
		$value //= $name eq 'lstm_options' ? 'NULL' : $usual_type{ $types[$_] } // die "no usual $types[$_]";
		"($value)$cast[$_]";
	} 0 .. $#types;
	@base[0, 3] = ('(SELECT model FROM driven)', '(CASE WHEN n <= 116 THEN value END)')
	  if $names[0] eq 'model' && grep { $_ eq 'future' } @names;
	$base[0] = '(SELECT model FROM undated)' if $names[0] eq 'model' && @names > 1 && $names[1] eq 'value';
	if ($name =~ /lstm_importance$/) # of drivers, by their columns
	{
		my %driven = (model => '(SELECT model FROM driven)', past_columns => q('{n}'::text[]), future_columns => q('{n,value}'::text[]));
		@base = map { $driven{ $names[$_] } // $base[$_] } 0 .. $#names;
	}
	if ($name =~ /class/) # series with one of two labels
	{
		my %told = ($kind eq 'a' ? (series => '(n % 6)', label => '(n % 2)', values => '(past)::float8[]') : (), source => q{('SELECT *, n % 6 AS s, n % 2 AS label FROM reading')::text}, series_column => q{('s')::text},
			value_columns => q{('{value}')::text[]}, label_column => q{('label')::text}, model => '(SELECT model FROM told)',
			options => q{('{"hidden_size": 2, "ensemble_size": 1, "max_steps": 3}')::jsonb});
		@base = map { $told{ $names[$_] } // $base[$_] } 0 .. $#names;
	}
	@base[ grep { $names[$_] eq 'horizon' } 0 .. $#names ] = (4) if $name =~ /lstm_finetune$/; # which cannot change
	$base[-1] = q{('{"level": 80}')::jsonb} if $name =~ /chart$/ && $names[-1] eq 'options';
	if (grep { $_ eq 'internal' } @types)
	{
		push @inner_calls, call($name, $kind, @base);
		next;
	}
	push @usual_calls, call($name, $kind, @base) if $name !~ /lstm_training_progress$/; # no row: nobody trains
	push @calls, call($name, $kind, @base), call($name, $kind, map { $types[$_] eq 'any' ? 'NULL::text' : $types[$_] eq 'array' ? 'NULL::int[]' : "NULL$cast[$_]" } 0 .. $#types);
	for my $i (0 .. $#types)
	{
		die "no hostile values of type $types[$i], argument of $name" unless $hostile{ $types[$i] };
		for my $value ($types[$i] =~ /^(?:any|array)$/ ? () : 'NULL', @{ $hostile{ $types[$i] } })
		{
			my @arguments = @base;
			$arguments[$i] = "($value)$cast[$i]";
			push @calls, call($name, $kind, @arguments);
			next if $kind !~ /[aw]/ || $types[$i] eq 'any' || $types[$i] eq 'bytea';
			$arguments[$i] = "CASE WHEN n = 7 THEN $arguments[$i] ELSE $base[$i] END"; # in one row
			push @calls, call($name, $kind, @arguments);
		}
	}

	# several at once
	for (1 .. (@types > 1 ? 12 : 0))
	{
		push @calls, call($name, $kind, map {
			my @values = @{ $hostile{ $types[$_] } };
			rand(3) < 2 ? $base[$_] : '(' . $values[ rand @values ] . ")$cast[$_]";
		} 0 .. $#types);
	}
}

# Run calls in one session. Returns a hash of code => [calls with messages].
sub attempts
{
	my ($database, @statements) = @_;
	my $script = "SET lstm_forecast.max_training_time = '20ms'; SET statement_timeout = '120s'; SET standard_conforming_strings = on;\n" . join '',
	  map { 'SELECT code, translate(left(message, 150), E\'\n\', \' \') FROM attempt($call$' . $_ . '$call$);' . "\n" } @statements;
	my ($out, $error) = ('', '');
	my $code = $node->psql($database, $script, stdout => \$out, stderr => \$error, on_error_stop => 0);
	my @said = split /\n/, $out, -1;
	return (\@said, $error, $code);
}
my ($said_of, $error) = attempts('postgres', @usual_calls);
is($error, '', 'usual calls are no errors of the session');
is(scalar(grep { /^00000\|./ } @$said_of), scalar(@usual_calls), 'every function gives a value where nothing is wrong with its arguments')
  or diag(map { "$said_of->[$_]: $usual_calls[$_]\n" } grep { $said_of->[$_] !~ /^00000\|./ } 0 .. $#usual_calls);

($said_of, $error) = attempts('postgres', @inner_calls);
# (PostgreSQL 18.6 no longer takes any literal for a value of type internal)
is(scalar(grep { /^(?:0A000\|cannot accept a value of type internal|42883\|function \S+\()/ } @$said_of), scalar(@inner_calls), 'support functions of aggregates cannot be called');

($said_of, $error) = attempts('postgres', @calls);
is($error, '', scalar(@calls) . ' calls end no session');
is(scalar(@$said_of), scalar(@calls), 'and each says something');
my %count;
$count{ substr($_, 0, 5) }++ for @$said_of;
note(join ', ', map { "$_: $count{$_}" } sort keys %count);

# Successes, wrong arguments, limits, rules of SQL, what cannot be called this way; a damaged model is the only XX.
my $documented = qr/^(00000|22|42P01|42703|42846|42804|54000|55000|0A000|XX001\|lstm_forecast model is damaged)/;
my @wrong = grep { ($said_of->[$_] // '') !~ $documented } 0 .. $#calls;
is(scalar(@wrong), 0, 'every call ends well or with a documented error');
diag(map { ($said_of->[$_] // 'nothing') . ': ' . substr($calls[$_], 0, 300) . "\n" } @wrong[0 .. ($#wrong < 30 ? $#wrong : 30)]);
cmp_ok($count{'00000'}, '>', 200, 'many end well');
cmp_ok(scalar(@calls) - $count{'00000'}, '>', 300, 'and many do not');
is($node->safe_psql('postgres', $said), $usual, 'afterwards forecasts are what they were');

# --- sources --------------------------------------------------------------------------------------------------

$node->safe_psql('postgres', q{
	CREATE TABLE written (what text);
	CREATE SEQUENCE counter;
	CREATE VIEW view AS SELECT * FROM reading;
	CREATE MATERIALIZED VIEW kept AS SELECT * FROM reading;
	CREATE INDEX reading_ts ON reading (ts);
	CREATE FUNCTION writes(float8) RETURNS float8 LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO written VALUES ('volatile'); RETURN $1; END $$;
	CREATE FUNCTION raises(float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN IF $1 > 24 THEN RAISE EXCEPTION 'own error' USING ERRCODE = 'LF001'; END IF; RETURN $1; END $$;
	CREATE FUNCTION deep(float8) RETURNS float8 LANGUAGE sql VOLATILE AS $$ SELECT length(lstm_train('SELECT ts, deep(value) AS value FROM reading', 'ts', 'value')) $$;
	CREATE FUNCTION rows() RETURNS SETOF reading LANGUAGE sql AS 'SELECT * FROM reading';
	CREATE DOMAIN checked AS float8 CHECK (VALUE < 1000);
	CREATE TABLE typed AS SELECT ts, ts::date AS day, ts::timestamp AS local, value::numeric AS "numeric", value::int AS "int", value::checked AS domain, value::text AS text,
		value > 20 AS bool, ARRAY[value] AS array, 'x'::bytea AS bytea, interval '1 day' AS "interval", '{}'::jsonb AS jsonb FROM reading;
});

# The source, and what lstm_train, lstm_forecast and both forms of lstm_backtest make of it.
my $good = qr/^00000/;
my @sources = (
	[ 'reading', $good ], [ ' reading ', $good ], [ 'READING', $good ], [ 'postgres.public.reading', $good ], [ 'view', $good ], [ 'kept', $good ],
	[ 'TABLE reading', $good ], [ 'reading;', $good ], [ 'SELECT * FROM reading; -- end', $good ], [ 'SELECT * FROM reading', $good ], [ '((SELECT * FROM reading))', $good ], [ 'SELECT * FROM reading -- end', $good ],
	[ '/* before */ SELECT * FROM reading /* after */', $good ], [ '/* a /* comment */ in one */ SELECT/* all */ * FROM reading', $good ],
	[ "SELECT-- all\n* FROM reading", $good ], [ 'SELECT"ts", "value" FROM reading', $good ], [ 'WITH"r"AS(SELECT * FROM reading)SELECT*FROM r', $good ],
	[ 'SELECTION (1)', qr/^22023\|invalid source/ ], [ '/* no end SELECT * FROM reading', qr/^22023\|invalid source/ ], [ 'WITH r AS (SELECT * FROM reading) SELECT * FROM r', $good ], [ 'SELECT * FROM rows()', $good ],
	[ 'WITH RECURSIVE r (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 100) SELECT now() + n * interval \'1 hour\' AS ts, n % 7 AS value FROM r', $good ],
	[ 'SELECT ts, writes(value) AS value FROM reading', $good ],
	[ 'SELECT ts, value + 0 * nextval(\'counter\') AS value FROM reading', $good ],
	[ 'SELECT ts, value, set_config(\'work_mem\', \'1MB\', true) FROM reading', $good ],
	[ 'SELECT ts, value FROM reading WHERE pg_advisory_lock(1) IS NOT NULL', $good ],
	[ 'SELECT ts, value FROM reading LIMIT 0', qr/^(00000|22000\|source has no observation)/ ],
	[ 'SELECT ts, raises(value) AS value FROM reading', qr/^LF001\|own error/ ],
	[ 'SELECT ts, value / 0 AS value FROM reading', qr/^22012/ ],
	[ 'SELECT ts, value FROM reading FOR UPDATE', qr/^0A000/ ],
	[ 'SELECT ts, value FROM reading FOR KEY SHARE', qr/^0A000/ ],
	[ 'SELECT ts, value FROM (SELECT * FROM reading FOR SHARE) AS r', qr/^0A000/ ],
	[ 'WITH w AS (INSERT INTO written VALUES (\'cte\') RETURNING *) SELECT ts, value FROM reading, w', qr/^0A000/ ],
	[ 'WITH w AS (DELETE FROM reading RETURNING *) SELECT * FROM w', qr/^0A000/ ],
	(map { [ $_, qr/^22023\|invalid source/ ] } 'INSERT INTO written VALUES (\'insert\') RETURNING now() AS ts, 1 AS value', 'UPDATE reading SET value = 0 RETURNING *',
		'DELETE FROM reading RETURNING *', 'MERGE INTO written USING reading ON true WHEN MATCHED THEN DELETE', 'TRUNCATE reading', 'DROP TABLE reading', 'CREATE TABLE made AS SELECT * FROM reading',
		'SELECT * INTO made FROM reading', 'COPY reading TO STDOUT', 'COPY reading TO PROGRAM \'cat >&2\'', 'SET work_mem = 100', 'RESET ALL', 'SHOW work_mem', 'EXPLAIN ANALYZE SELECT * FROM reading',
		'PREPARE p AS SELECT 1', 'EXECUTE p', 'DECLARE c CURSOR FOR SELECT 1', 'FETCH ALL FROM c', 'LISTEN x', 'NOTIFY x', 'LOCK TABLE reading', 'CALL nothing()', 'DO $x$ BEGIN END $x$',
		'SAVEPOINT s', 'ROLLBACK TO s', 'START TRANSACTION', 'SET TRANSACTION READ WRITE', 'SET ROLE postgres', 'VACUUM reading', 'GRANT ALL ON reading TO PUBLIC', 'SELECT 1; SELECT 2',
		'SELECT * FROM reading; DROP TABLE reading', 'reading; DROP TABLE reading', 'reading, reading', 'a.b.c.d', '"', '', ' ', 'reading AS r'),
	(map { [ $_, qr/^42P01/ ] } 'COMMIT', 'BEGIN', 'ROLLBACK', 'nowhere', 'WITH', 'VALUES', '--', '(', '"Reading"', 'pg_temp.reading', 'information_schema.nowhere', 'SELECT * FROM nowhere'),
	(map { [ $_, qr/^42601/ ] } 'SELECT * FROM reading) AS a; DROP TABLE reading; SELECT (1', '(SELECT * FROM reading', 'SELECT * FROM reading /* open', 'SELECT \'open', 'SELECT FROM WHERE'),
	[ 'SELECT ts, $1 AS value FROM reading', qr/^42P02/ ], [ 'counter', qr/^42703/ ], [ 'reading_ts', qr/^42(703|809)/ ], [ 'nowhere.reading', qr/^42P01|^3F000/ ],
	[ 'elsewhere.public.reading', qr/^0A000/ ], [ 'SELECT ts, value, ts, value FROM reading', qr/^42702/ ], [ 'SELECT 1 AS a', qr/^42703/ ], [ 'SELECT', qr/^42P01/ ], [ 'pg_class', qr/^42703/ ],
	[ 'SELECT ts, value FROM reading GROUP BY ts', qr/^42803/ ], [ 'SELECT ts, NULL AS value FROM reading', qr/^22000/ ], [ 'SELECT NULL::timestamptz AS ts, value FROM reading', qr/^22004/ ],
	[ 'SELECT ts, deep(value) AS value FROM reading', qr/^54001/ ],
	(map { [ "SELECT ts, \"$_\" AS value FROM typed", $good ] } qw(numeric int domain)),
	(map { [ "SELECT ts, \"$_\" AS value FROM typed", qr/^42804\|column "value" is of type/ ] } qw(ts array bytea interval bool text jsonb)),
	(map { [ "SELECT $_ AS ts, value FROM typed JOIN reading USING (ts)", $good ] } qw(local ts)), [ 'SELECT bool AS ts, 1 AS value FROM typed', qr/^42804\|column "ts" is of type/ ],
	[ 'SELECT ts, value FROM reading WHERE \'' . 'x' x 200_000 . '\' <> \'\'', $good ],
	[ 'SELECT ts, value FROM reading WHERE n IN (' . join(',', 1 .. 20_000) . ')', $good ],
	[ 'x' x 1_000_000, qr/^42P01/ ], [ 'SELECT * FROM reading --' . 'x' x 17_000_000, qr/^54000\|source is too long/ ], [ '(' x 1_000_000, qr/^42P01/ ], [ 'SELECT ' . '(' x 1_000_000, qr/^(42601|54001)/ ], [ 'x.' x 100_000 . 'x', qr/^22023/ ]);
my @forms = ("lstm_train(%s, 'ts', 'value', options => $quick)", "lstm_forecast((SELECT model FROM model), %s, 'ts', 'value')",
	"lstm_backtest(%s, 'ts', 'value', folds => 1, options => $quick)", "lstm_backtest_forecasts((SELECT model FROM model), %s, 'ts', 'value')");
my (@source_calls, @expected);
for my $source (@sources)
{
	push @source_calls, map { sprintf "SELECT md5(string_agg(f::text, ',')) FROM $_ AS f", '$source$' . $source->[0] . '$source$' } @forms;
	push @expected, ($source->[1]) x @forms;
}
($said_of, $error) = attempts('postgres', @source_calls);
is($error, '', scalar(@source_calls) . ' calls with sources end no session');
@wrong = grep { ($said_of->[$_] // '') !~ $expected[$_] } 0 .. $#source_calls;
is(scalar(@wrong), 0, 'every source is read, or refused as it should');
diag(map { substr($said_of->[$_] // 'nothing', 0, 200) . ': ' . substr($source_calls[$_], 0, 300) . "\n" } @wrong);
is($node->safe_psql('postgres', q{SELECT count(*), (SELECT string_agg(DISTINCT what, ',') FROM written), to_regclass('made') FROM reading}), '120|volatile|',
	'no source has changed anything but by a volatile function');

# Our own functions inside a source: as good as one after the other.
$node->safe_psql('postgres', qq{
	CREATE TABLE inner_forecast AS SELECT f.* FROM model, lstm_forecast(model, horizon => 40) AS f;
	CREATE TABLE inner_backtest AS SELECT row_number() OVER () AS n, b.* FROM lstm_backtest('reading', 'ts', 'value', folds => 20, stride => 1, options => $quick) AS b WHERE metric = 'mae';
	CREATE TABLE inner_model AS SELECT lstm_train('reading', 'ts', 'value', options => $quick) AS model;
});
my @pairs = (
	[ "lstm_train('SELECT f.* FROM model, lstm_forecast(model, horizon => 40) AS f', 'ts', 'forecast', options => $quick)", "lstm_train('inner_forecast', 'ts', 'forecast', options => $quick)" ],
	[ "lstm_train('SELECT * FROM lstm_backtest(''reading'', ''ts'', ''value'', folds => 20, stride => 1, options => ''@{[ $quick =~ s/'//gr ]}'') AS b WHERE metric = ''mae''', 'origin', 'model', options => $quick)",
		"lstm_train('inner_backtest', 'origin', 'model', options => $quick)" ],
	[ "lstm_forecast(lstm_train('reading', 'ts', 'value', options => $quick), 'SELECT f.* FROM model, lstm_forecast(model, horizon => 40) AS f', 'ts', 'forecast')",
		"lstm_forecast((SELECT model FROM inner_model), 'inner_forecast', 'ts', 'forecast')" ],
	[ "lstm_forecast((SELECT model FROM model), 'SELECT f.* FROM lstm_forecast(lstm_train(''reading'', ''ts'', ''value'', options => ''@{[ $quick =~ s/'//gr ]}''), ''SELECT * FROM lstm_forecast((SELECT model FROM model), horizon => 40)'', ''ts'', ''forecast'', horizon => 30) AS f', 'ts', 'forecast')",
		"lstm_forecast((SELECT model FROM model), 'SELECT f.* FROM inner_model, lstm_forecast(model, ''inner_forecast'', ''ts'', ''forecast'', horizon => 30) AS f', 'ts', 'forecast')" ]);
# without a time limit, which would cut some of the trainings short on a busy machine
($said_of) = attempts('postgres', q{SELECT set_config('lstm_forecast.max_training_time', '0', false)},
	map { "SELECT md5(string_agg(f::text, ',')) FROM $_ AS f" } map { @$_ } @pairs);
shift @$said_of;
for my $i (0 .. $#pairs)
{
	like($said_of->[ 2 * $i ], qr/^00000\|\w{32}$/, "a source that calls our functions is read: $pairs[$i][0]");
	is($said_of->[ 2 * $i ], $said_of->[ 2 * $i + 1 ], 'and says what its rows say from a table');
}

# --- options at the ends of their ranges ------------------------------------------------------------------------

# What is trained with them is read, and says the same of them; or it is refused before it is trained.
my (@end_calls, @ends);
for (split /\n/, $node->safe_psql('postgres', q{SELECT name, allowed FROM lstm_option_info() WHERE type IN ('integer', 'bigint', 'double precision')}))
{
	my ($name, $allowed) = split /\|/;
	my @values = $allowed eq 'any whole number' ? qw(-9223372036854775808 9223372036854775807) : $allowed =~ /\d\S*(?<!,)/g;
	push @values, $allowed =~ /\bto \d/ ? () : qw(1e-300 0.999999 1e300);
	for my $value (@values)
	{
		push @ends, [ $name, $value ];
		push @end_calls, qq{SELECT lstm_model_info(lstm_train(ts, value, '{"horizon": 4, "lookback": 12, "hidden_size": 2, "ensemble_size": 1}'::jsonb || '{"$name": $value}'))->'options'->>'$name' FROM reading};
	}
}
cmp_ok(scalar(@ends), '>', 40, 'there are ends: ' . scalar(@ends));
($said_of, $error) = attempts('postgres', @end_calls);
is($error, '', 'options at their ends end no session');
my $trained = 0;
for my $i (0 .. $#ends)
{
	my ($name, $value) = @{ $ends[$i] };
	my ($code, $said_value) = split /\|/, $said_of->[$i] // '', 2;
	like($code, qr/^(?:00000|22000|22023|54000)$/, "$name = $value is trained and read, or refused") or diag($said_of->[$i]);
	next if $code ne '00000';
	$trained++;
	# what is held out is a number of steps, and epochs are no more than the steps that there are
	is($said_value, $name eq 'workers' ? 'auto' : $value, 'and is in the model as it was given')
	  unless $name eq 'validation_fraction' || $name eq 'max_epochs' || $value =~ /e/;
}
cmp_ok($trained, '>', 30, "most are trained: $trained");

# --- names, and wide tables ---------------------------------------------------------------------------------------

my $odd = 1;
for my $name ('with space', 'UPPER', 'quo"te', q{apo'strophe}, 'dollar$$x$', '$1', 'a.b', 'semi;colon', '--comment', '/*open', 'percent%s%n', "new\nline", 'back\\slash', '名前', "\x{1f600}", 'select', 'lstm_source', ' ', 'x' x 63)
{
	my $literal = 'U&\'' . join('', map { sprintf '\\+%06x', ord } split //, utf8::is_utf8($name) ? $name : do { my $copy = $name; utf8::decode($copy); $copy }) . '\'';
	my $of = sub { my ($call) = @_; return "SELECT md5(string_agg(f::text, ',')) FROM names, LATERAL $call AS f WHERE id = $odd" };
	$node->safe_psql('postgres', qq{
		CREATE TABLE IF NOT EXISTS names (id int, name text);
		INSERT INTO names VALUES ($odd, $literal);
		DO \$do\$ BEGIN EXECUTE (SELECT format('CREATE SCHEMA %1\$I; CREATE TABLE %1\$I.%1\$I AS SELECT ts AS %2\$I, value AS %1\$I, word AS %3\$I, n AS %4\$I FROM reading', name, left(name, 60) || 't', left(name, 60) || 's', left(name, 60) || 'p') FROM names WHERE id = $odd); END \$do\$;
	});
	my $columns = q{left(name, 60) || 't', name, left(name, 60) || 's', ARRAY[left(name, 60) || 'p']};
	my $table = q{format('%1$I.%1$I', name)};
	# without a time limit, as above
	($said_of) = attempts('postgres', q{SELECT set_config('lstm_forecast.max_training_time', '0', false)},
		$of->("lstm_train($table, $columns, options => $quick)"), $of->("lstm_train('SELECT * FROM ' || $table, $columns, options => $quick)"),
		$of->("lstm_forecast(lstm_train($table, $columns, options => $quick), $table, left(name, 60) || 't', name, left(name, 60) || 's')"),
		$of->("lstm_backtest($table, $columns, options => $quick, folds => 1)"),
		$of->("lstm_forecast(lstm_train('SELECT *, repeat(name, 3) || E''\\t\\\\\\'''' AS label FROM names, reading WHERE id = $odd', 'ts', 'value', 'label', options => $quick), series => ARRAY[repeat(name, 3) || E'\\t\\\\\\''])"));
	shift @$said_of;
	is(scalar(grep { /^00000\|\w{32}$/ } @$said_of), 5, "a table, columns and a series named $literal") or diag(join "\n", @$said_of);
	is($said_of->[0], $said_of->[1], 'are the same for a table and a SELECT');
	$odd++;
}

$node->safe_psql('postgres', q{
	DO $$ BEGIN
		EXECUTE (SELECT format('CREATE TABLE wide (ts timestamptz, value float8, %s)', string_agg('c' || i || ' float4', ', ')) FROM generate_series(1, 1598) AS i);
		EXECUTE (SELECT format('INSERT INTO wide (ts, value, %s) SELECT ts, value, %s FROM reading', string_agg('c' || i, ', '), string_agg('n + ' || i, ', ')) FROM generate_series(1, 1000) AS i);
	END $$;
});
my $columns = sub { return "(SELECT array_agg('c' || i ORDER BY i) FROM generate_series(1, $_[0]) AS i)" };
my $wide = sub { return "SELECT md5(lstm_train('wide', 'ts', 'value', $_[0], options => $quick))" };
($said_of) = attempts('postgres', $wide->("past_columns => '{c1000}'"), $wide->("past_columns => '{c1,c1598}'"), $wide->('past_columns => ' . $columns->(1000)),
	$wide->('past_columns => ' . $columns->(1001)), $wide->('past_columns => ' . $columns->(999) . ", future_columns => '{c1000,c1001}'"),
	"SELECT md5(lstm_train('SELECT * FROM wide CROSS JOIN (SELECT 1) AS one', 'ts', 'value', options => $quick))",
	"SELECT md5(lstm_train('SELECT wide.*, wide.* FROM wide', 'ts', 'value', options => $quick))",
	"SELECT md5(string_agg(f::text, ',')) FROM lstm_forecast((SELECT model FROM model), 'wide', 'ts', 'value') AS f");
is(join(' ', map { substr $_, 0, 5 } @$said_of), '00000 00000 00000 22023 22023 00000 54011 00000', 'a table of 1,600 columns') or diag(join "\n", @$said_of);

# --- encodings -------------------------------------------------------------------------------------------------------

# A series and columns with letters beyond ASCII; what a model says goes with it to a database of another encoding.
my %name = (UTF8 => q{'caf' || U&'\00e9'}, LATIN1 => q{'caf' || chr(233)}, SQL_ASCII => q{'caf' || U&'\00e9'});
my %model;
for my $encoding (qw(UTF8 LATIN1))
{
	$node->safe_psql('postgres', "CREATE DATABASE \"in_$encoding\" TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql("in_$encoding", $setup);
	$node->safe_psql("in_$encoding", qq{
		DO \$\$ BEGIN EXECUTE format('CREATE TABLE %1\$I AS SELECT ts, value AS %1\$I, %1\$L::text AS series FROM reading', $name{$encoding}); END \$\$;
		CREATE TABLE other AS SELECT lstm_train(quote_ident($name{$encoding}), 'ts', $name{$encoding}, 'series', ARRAY[$name{$encoding}], options => $quick) AS model;
	});
	is($node->safe_psql("in_$encoding", "SELECT series = $name{$encoding}, length(series), (SELECT count(*) FROM lstm_forecast(model, series => ARRAY[series])) FROM other, lstm_model_series(model)"),
		't|4|4', "$encoding: a series with an accent keeps its name");
	($said_of) = attempts("in_$encoding", "SELECT lstm_train($name{$encoding} || '!', 'ts', 'value')", "SELECT lstm_train('reading', $name{$encoding}, 'value')",
		"SELECT md5(lstm_train('SELECT *, ' || quote_literal($name{$encoding}) || ' AS s FROM reading', 'ts', 'value', 's', options => $quick))");
	is(join(' ', map { substr $_, 0, 5 } @$said_of), '42P01 42703 00000', "$encoding: sources, columns and errors with accents");
	$model{$encoding} = $node->safe_psql("in_$encoding", 'SELECT model FROM other');
}
is($model{UTF8}, $model{LATIN1}, 'the model is the same');
is($node->safe_psql('in_LATIN1', "SELECT count(*) FROM lstm_forecast('$model{UTF8}'::bytea, series => ARRAY[$name{LATIN1}])"), 4, 'and forecasts in a database of another encoding');
my $wider = $node->safe_psql('in_UTF8', "SELECT lstm_train('名'::text, ts, value, $quick) FROM reading");
like((attempts('in_LATIN1', "SELECT count(*) FROM lstm_forecast('$wider'::bytea)"))[0][0], qr/^22P05/, 'but for names that this encoding has not');

# A database without an encoding: what is no UTF-8 cannot go into a model.
$node->safe_psql('postgres', q{CREATE DATABASE in_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'});
$node->safe_psql('in_ascii', $setup);
$node->safe_psql('in_ascii', q{CREATE FUNCTION high() RETURNS text LANGUAGE sql AS $$ SELECT convert_from('\x636166e9', 'SQL_ASCII') $$});
($said_of) = attempts('in_ascii', "SELECT md5(lstm_train(high(), ts, value, $quick)) FROM reading", q{SELECT lstm_train(high(), 'ts', 'value')}, q{SELECT lstm_train('reading', high(), 'value')},
	"SELECT md5(lstm_train('plain'::text, ts, value, $quick)) FROM reading", q{SELECT lstm_options(cell => high())}, q{SELECT lstm_options(frequency => high())},
	q{SELECT count(*) FROM lstm_forecast((SELECT model FROM model), series => ARRAY[high()])},
	q{SELECT lstm_train(high(), ts, value, '{"max_epochs": 100000, "patience": 0, "hidden_size": 256}') FROM reading});
is(join(' ', map { substr $_, 0, 5 } @$said_of), '22021 42P01 42703 00000 22023 22023 22023 22021', 'bytes of no encoding are an error, or kept from the model') or diag(join "\n", @$said_of);
is(scalar(grep { /^22021\|name of a series is not valid UTF-8: "caf/ } @$said_of), 2, 'before the work is done');

# --- the end ----------------------------------------------------------------------------------------------------------

is($node->safe_psql('postgres', $said), $usual, 'after all of it forecasts are what they were');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'}), 1, 'and no session is left');
unlike(slurp_file($node->logfile), qr/PANIC|FATAL|terminated by signal/, 'and the server was well');

$node->stop;
done_testing();
