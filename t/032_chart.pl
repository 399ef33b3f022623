# Charts are well-formed whatever is in the rows, in every encoding, take their rows from forecasts and back-tests as they
# come, and can be cancelled.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use constant LATE_MS => 250; # that a cancel may take on a busy machine

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nclient_min_messages = error\njit = off\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION lstm_forecast');

my $xmllint = (grep { -x "$_/xmllint" } split /:/, $ENV{PATH})[0];
my $file = $node->basedir . '/chart.svg';

# The chart that a query gives is well-formed: its text, '' where it is not.
sub well_formed
{
	my ($name, $query, $database) = @_;
	my ($code, $svg, $error) = $node->psql($database // 'postgres', $query);
	return ok(0, "$name: $error") && '' if $code != 0;
  SKIP:
	{
		skip 'no xmllint', 1 unless $xmllint;
		open my $out, '>', $file or die $!;
		binmode $out;
		print $out $svg;
		close $out;
		my ($said, $fault) = run_command([ "$xmllint/xmllint", '--noout', '--nonet', $file ]);
		is($fault, '', "$name: well-formed");
	}
	return $svg;
}

# --- hostile rows ---------------------------------------------------------------------------------------

my $plain = q{'2024-01-01'::timestamptz + i * interval '1 day', i, i, i - 1, i + 1};
my $ten = 'generate_series(1, 10) AS i';
my %hostile = (
	'every control character as a series' => "SELECT lstm_chart($plain, chr(c) || 'x' || chr(c), '{\"panels\": 200}') FROM $ten, generate_series(1, 160) AS c",
	'markup as a series' => "SELECT lstm_chart($plain, s, '{\"panels\": 200}') FROM $ten, unnest(ARRAY['<', '>', '&', '\"', '''', ']]>', '<!--', '-->', '&amp;', '&#0;', '<?xml?>', '</svg>', '<![CDATA[', '</title><script>alert(1)</script>', '%s%n', '']) AS s",
	'what is no character of XML' => "SELECT lstm_chart($plain, s) FROM $ten, unnest(ARRAY[U&'\\FFFE', U&'\\FFFF', U&'\\+01FFFF', U&'\\+10FFFF', U&'\\E000', U&'\\FEFF', U&'\\202E']) AS s",
	'markup as a title' => "SELECT lstm_chart($plain, '{\"title\": \"</title>&<x a=''\\\" \\u0001\\uFFFF\\n\"}') FROM $ten",
	'a very long series' => "SELECT lstm_chart($plain, repeat('<&>', 300000)) FROM $ten",
	'thousands of series' => "SELECT lstm_chart($plain, s) FROM $ten, generate_series(1, 3000) AS s",
	'hundreds of panels' => "SELECT lstm_chart($plain, s, '{\"panels\": 200, \"columns\": 20, \"width\": 4000}') FROM $ten, generate_series(1, 200) AS s",
	'many columns in little room' => "SELECT lstm_chart($plain, s, '{\"columns\": 20, \"width\": 200, \"height\": 80, \"title\": \"x\"}') FROM $ten, generate_series(1, 7) AS s",
	'the largest size' => "SELECT lstm_chart($plain, '{\"width\": 4000, \"height\": 4000}') FROM $ten",
	'largest values' => "SELECT lstm_chart(now() + i * interval '1 day', 1e150 * (-1) ^ i, -1e150, -1e150, 1e150) FROM $ten",
	'smallest values' => "SELECT lstm_chart(now() + i * interval '1 day', 5e-324 * i, 0, -5e-324, 5e-324) FROM $ten",
	'values that hardly differ' => "SELECT lstm_chart(now() + i * interval '1 day', 1e15 + i, NULL, NULL, NULL) FROM $ten",
	'a large and a small value' => 'SELECT lstm_chart(now() + i * interval \'1 day\', CASE i WHEN 1 THEN 1e150 ELSE 1e-150 END, NULL, NULL, NULL) FROM ' . $ten,
	'all time' => q{SELECT lstm_chart(ts, 1, NULL, NULL, NULL) FROM unnest('{4713-01-01 BC,2024-01-01,294276-12-30}'::timestamptz[]) AS ts},
	'the first time' => q{SELECT lstm_chart('4713-01-01 00:00+00 BC', 1, NULL, NULL, NULL)},
	'the last time' => q{SELECT lstm_chart('294276-12-31 12:00+00', 1, NULL, NULL, NULL)},
	'a microsecond' => q{SELECT lstm_chart(ts, 1, NULL, NULL, NULL) FROM unnest('{2024-01-01 00:00:00,2024-01-01 00:00:00.000001}'::timestamptz[]) AS ts},
	'a distant now' => "SELECT lstm_chart($plain, '{\"now\": \"4000-01-01\"}') FROM $ten",
	'one row' => q{SELECT lstm_chart('2024-01-01', 1, 1, 1, 1)},
	'one time' => "SELECT lstm_chart('2024-01-01', i, i, i, i) FROM $ten",
	'nothing but NULLs' => "SELECT lstm_chart(now() + i * interval '1 day', NULL, NULL, NULL, NULL, s) FROM $ten, generate_series(1, 3) AS s",
	'nothing but forecasts' => "SELECT lstm_chart(now() + i * interval '1 day', NULL, i, i - 1, i + 1) FROM $ten",
	'nothing but bands' => "SELECT lstm_chart(now() + i * interval '1 day', NULL, NULL, i - 1, i + 1) FROM $ten",
	'bands upside down' => "SELECT lstm_chart(now() + i * interval '1 day', NULL, NULL, i + 1, i - 1) FROM $ten",
	'gaps everywhere' => "SELECT lstm_chart(now() + i * interval '1 hour', CASE WHEN i % 2 = 0 THEN i END, CASE WHEN i % 3 = 0 THEN i END, CASE WHEN i % 5 = 0 THEN i END, i) FROM generate_series(1, 5000) AS i",
	'a fan of one row' => q{SELECT lstm_fan_chart('2024-01-01', 1, NULL, ARRAY[1, 2, 3])},
	'a fan without quantiles' => "SELECT lstm_fan_chart(now() + i * interval '1 day', i, i, '{}') FROM $ten",
	'the most quantiles' => "SELECT lstm_fan_chart(now() + i * interval '1 day', i, NULL, (SELECT array_agg(i + k) FROM generate_series(1, 21) AS k)::float8[], '{\"level\": [99, 98, 97, 96, 95, 94, 93, 92, 91, 90]}') FROM $ten",
	'random rows' => q{SELECT lstm_fan_chart(now() + random() * interval '1 year', CASE WHEN random() < 0.7 THEN 1000 * random() END, CASE WHEN random() < 0.7 THEN random() END,
		CASE WHEN random() < 0.7 THEN ARRAY[random(), 10 * random()] END, trunc(5 * random()), '{"season": 3}') FROM generate_series(1, 20000)},
);
for my $name (sort keys %hostile)
{
	my $svg = well_formed($name, $hostile{$name});
	unlike($svg, qr/[^\n -~]|\bnan\b|\binf\b/i, "$name: ASCII, and no number that is none");
	my @long = grep { (() = /[ML]/g) > 2000 } $svg =~ / d="([^"]*)"/g;
	is(scalar(@long), 0, "$name: no path is long");
}

# --- encodings --------------------------------------------------------------------------------------------

for my $encoding ('LATIN1', 'SQL_ASCII')
{
	$node->safe_psql('postgres', "CREATE DATABASE \L$encoding\E TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql(lc $encoding, 'CREATE EXTENSION lstm_forecast');
}
like(well_formed('names in LATIN1', "SELECT lstm_chart($plain, chr(233) || 't' || chr(233), '{\"level\": 80}') FROM $ten", 'latin1'),
	qr/>&#233;t&#233;</, 'are what they are');
like(well_formed('bytes of no encoding', "SELECT lstm_chart($plain, E'a\\xff\\xc3\\xa9\\xe2\\x82') FROM $ten", 'sql_ascii'),
	qr/>a&#65533;&#233;&#65533;&#65533;</, 'become what they may be');
my ($code, undef, $error) = $node->psql('latin1', 'SELECT lstm_sparkline(1)');
like($error, qr/encoding "LATIN1" has no blocks for a sparkline/, 'a sparkline needs its characters');
is($node->safe_psql('sql_ascii', 'SELECT encode(lstm_sparkline(i)::bytea, \'hex\') FROM generate_series(1, 2) AS i'), 'e29681e29688', 'or a database that takes any');

# --- rows of forecasts and back-tests ---------------------------------------------------------------------

$node->safe_psql('postgres', q{
	CREATE TABLE reading AS
		SELECT s AS sensor, '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, s * (20 + 5 * sin(i * 0.2618) + sin(i * i)) AS value
		FROM generate_series(1, 2) AS s, generate_series(1, 600) AS i;
	CREATE TABLE forecast AS SELECT * FROM lstm_forecast(lstm_pretrained(), 'reading', 'ts', 'value', 'sensor', horizon => 24, confidence_level => 0.8,
		quantiles => ARRAY[0.1, 0.25, 0.5, 0.75, 0.9], history => 48);
	CREATE TABLE tested AS SELECT * FROM lstm_backtest_forecasts(lstm_pretrained(), 'reading', 'ts', 'value', 'sensor', horizon => 12, folds => 3, confidence_level => 0.8);
});
my $svg = well_formed('forecasts with history', q{SELECT lstm_chart(ts, actual, forecast, lower, upper, series, '{"level": 80, "season": 24}') FROM forecast});
is(scalar(() = $svg =~ /<path[^>]* class="(?:band|forecast|actual|naive)\b/g), 8, 'bands, forecasts, observations and naive forecasts of both series');
is(scalar(() = $svg =~ /observed until 26 Mar 2024/g), 4, 'and until when they were observed');
is(scalar(() = well_formed('quantiles', q{SELECT lstm_fan_chart(ts, actual, forecast, quantiles, series) FROM forecast}) =~ /class="band/g), 4, 'two bands each');
$svg = well_formed('a back-test', q{SELECT lstm_chart(ts, actual, forecast, lower, upper, series, '{"level": 80}') FROM tested});
is(join(' ', sort $svg =~ /<text[^>]*>(\d+ of 36) inside 80&#160;%</g), $node->safe_psql('postgres', q{
	SELECT string_agg(inside, ' ' ORDER BY inside) FROM (SELECT round(36 * lstm_coverage(actual, lower, upper)) || ' of 36' FROM tested GROUP BY series) AS one (inside)}),
	'as many inside as lstm_coverage says');

# --- cancelling -------------------------------------------------------------------------------------------

$node->safe_psql('postgres', q{
	CREATE TABLE large AS SELECT now() + (i * 7919 % 2000003) * interval '1 minute' AS ts, sin(i) AS value, i % 1000 AS series FROM generate_series(1, 2000000::bigint) AS i;
	CREATE FUNCTION late(call text) RETURNS float8 LANGUAGE plpgsql AS $$
	DECLARE begun timestamptz := clock_timestamp();
	BEGIN
		EXECUTE 'SELECT length(' || call || ') FROM large';
		RETURN -1;
	EXCEPTION WHEN query_canceled THEN
		RETURN 1000 * extract(epoch FROM clock_timestamp() - begun);
	END $$;
});
for my $call ('lstm_chart(ts, value, value, value - 1, value + 1)', 'lstm_chart(ts, value, NULL, NULL, NULL, series)', 'lstm_sparkline(value)')
{
	my ($cancelled, $worst) = (0, 0);
	for my $timeout (50, 200, 500, 900, 1300, 1700)
	{
		my $took = $node->safe_psql('postgres', "SET statement_timeout = $timeout; SELECT late('$call')");
		next if $took < 0;
		$cancelled++;
		$worst = $took - $timeout if $took - $timeout > $worst;
	}
	cmp_ok($cancelled, '>', 0, "$call is cancelled");
	cmp_ok($worst, '<', LATE_MS, 'without delay: ' . int($worst) . ' ms');
}

$node->stop;
done_testing();
