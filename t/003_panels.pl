# Large panels and names of all kinds: the size of the model, one series of many, local models beside a global one, other encodings.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use Backends;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', q{
timezone = 'UTC'
lstm_forecast.max_memory = '2GB'
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE model (name text PRIMARY KEY, model bytea);
	ALTER TABLE model ALTER model SET STORAGE EXTERNAL;
});

sub result { return $node->safe_psql('postgres', $_[0]); }
sub model { return "(SELECT model FROM model WHERE name = '$_[0]')"; }
# --- ten thousand series of sixty months ---------------------------------------------------------------

result(q{
	CREATE TABLE monthly AS
		SELECT s AS item, date '2019-01-01' + make_interval(months => i) AS month,
			   100 + s % 50 + (5 + s % 10) * sin(2 * pi() * (i + s) / 12) + (hashint8(i * 10007 + s) & 1023) / 512.0 AS amount
		FROM generate_series(1, 10000) AS s, generate_series(0, 59) AS i;
	INSERT INTO model SELECT 'large', lstm_train(item, month, amount, lstm_options(max_steps => 20, hidden_size => 16)) FROM monthly;
});
my ($series, $rows, $bytes, $length, $parameters) = split /\|/, result('SELECT info->>\'series\', info->>\'rows\', info->>\'bytes\', length(model), info->>\'parameters\''
	  . ' FROM model, lstm_model_info(model) AS info');
is($series, 10000, 'all series are in the model');
is(result('SELECT count(*), sum(rows) FROM lstm_model_series(' . model('large') . ')'), '10000|600000', 'and are listed');
is($rows, 600000, 'of all rows');
is($bytes, $length, 'it states its size');
# no more than the last steps of each series, its numbers and its name, four scalers of five numbers each, and the weights
cmp_ok($bytes, '<', 10000 * (60 * 8 + 64 + 4 * 40 + 16) + 8 * $parameters + 1_000_000, "a series takes little room ($bytes bytes)");
is(result('SELECT count(*), count(DISTINCT series), count(DISTINCT ts), bool_and(forecast BETWEEN 50 AND 220 AND lower <= upper) FROM lstm_forecast(' . model('large') . ')'),
	'180000|10000|18|t', 'all series are forecast in one batch');
is(result('SELECT string_agg(series, \',\' ORDER BY number), count(*) FROM (SELECT series, row_number() OVER () AS number FROM lstm_forecast('
	  . model('large') . ', 1, series => ARRAY[\'77\', \'9999\', \'3\'])) AS f'), '77,9999,3|3', 'or those that are named, in that order');
is(result('SELECT bool_and(one.forecast = every.forecast AND one.lower = every.lower AND one.upper = every.upper), count(*) FROM lstm_forecast(' . model('large')
	  . ', series => ARRAY[\'77\']) AS one JOIN lstm_forecast(' . model('large') . ') AS every USING (series, step)'), 't|18', 'with the same forecasts');
like(error_of($node, 'SELECT count(*) FROM lstm_forecast(' . model('large') . ', series => ARRAY[\'77\', \'x\'])'), qr/ERROR:  22023: the model has no series "x"/, 'an unknown one is an error');
# Several megabytes, which are fetched in parts: compressed or not, they are the same model.
result("CREATE TABLE packed (model bytea COMPRESSION pglz); INSERT INTO packed SELECT model FROM model WHERE name = 'large'");
is(result('SELECT pg_column_size(model) < length(model), pg_column_size(model) > 4194304 FROM packed'), 't|t', 'a model that its table compresses');
is(result('SELECT md5(string_agg(f::text, \',\')) FROM packed, lstm_forecast(model) AS f'), result('SELECT md5(string_agg(f::text, \',\')) FROM lstm_forecast(' . model('large') . ') AS f'),
	'forecasts the same');
result('BEGIN READ ONLY; SELECT count(*) FROM lstm_forecast(' . model('large') . '); COMMIT');
is(result("SELECT md5(model) FROM model WHERE name = 'large'"), result('SELECT md5(lstm_train(item, month, amount, lstm_options(max_steps => 20, hidden_size => 16, workers => 1) ORDER BY amount)) FROM monthly'),
	'rows in another order give the same bytes');

# --- local models beside a global one ------------------------------------------------------------------

result(q{
	CREATE TABLE sold AS SELECT * FROM monthly WHERE item <= 6;
	CREATE TABLE local AS SELECT item, lstm_train(month, amount, lstm_options(horizon => 6, max_steps => 60, hidden_size => 8)) AS model
		FROM sold WHERE month < '2023-07-01' GROUP BY item;
	INSERT INTO model SELECT 'global', lstm_train(item, month, amount, lstm_options(horizon => 6, max_steps => 60, hidden_size => 8)) FROM sold WHERE month < '2023-07-01';
});
is(result(q{
	SELECT which, count(*), lstm_smape(amount, forecast) < 20
	FROM (SELECT 'local' AS which, item::text AS series, f.ts, f.forecast FROM local, lstm_forecast(model) AS f
		  UNION ALL SELECT 'global', f.series, f.ts, f.forecast FROM model, lstm_forecast(model) AS f WHERE name = 'global') AS forecasts
		 JOIN sold ON sold.item::text = series AND month = ts::date
	GROUP BY which ORDER BY which}), "global|36|t\nlocal|36|t", 'local models and a global one are compared in one query');

# --- names ---------------------------------------------------------------------------------------------
# --- numbers as names ------------------------------------------------------------------------------------

# Of a pair of numbers in one, no more than a few may meet in the table of names: they did where the halves were equal.
sub seconds_of
{
	my ($name) = @_;
	my $query = "SELECT lstm_train($name, timestamptz '2020-01-02', 1.0, '{\"horizon\": 1, \"lookback\": 2}') FROM generate_series(1::int8, 50000) AS i";
	my $before = time;
	like(error_of($node, $query), qr/ERROR:  22000: every series is too short/, "50,000 series whose names are $name are collected");
	return time - $before;
}
cmp_ok(seconds_of($_), '<', 5 * seconds_of('i') + 1, 'as fast as any') for '(i << 32) | i', '(i << 32) | (i % 10)', 'i << 32', 'i << 40', 'i::float8';

my @names = ('plain', '', ' ', "it''s", '"quoted"', 'back\\\\slash', 'new' . "\n" . 'line', 'Ärger', 'übel', 'null', 'NULL', '{a,b}', '\\x41', '日本', '%s %n', 'x' x 2000);
my $list = join ', ', map { "(E'$_')" } @names;
result(qq{
	CREATE TABLE named AS SELECT name, date '2024-01-01' + i AS day, 10 + i % 7 + length(name) % 5 AS value FROM (VALUES $list) AS names (name), generate_series(0, 59) AS i;
	INSERT INTO model SELECT 'names', lstm_train(name, day, value, lstm_options(horizon => 3, max_steps => 10, hidden_size => 4, ensemble_size => 1)) FROM named;
});
is(result('SELECT count(*) FROM (SELECT DISTINCT name FROM named) AS n JOIN lstm_model_series(' . model('names') . ') AS s ON s.series = n.name'), scalar(@names), 'names are kept as they are');
is(result('SELECT count(*), bool_and(a.forecast = b.forecast) FROM lstm_forecast(' . model('names') . ') AS a JOIN lstm_forecast(' . model('names')
	  . q{, 'named', 'day', 'value', 'name') AS b USING (series, step)}), 3 * @names . '|t', 'and found again in fresh rows');
is(result('SELECT bool_and(series = name) FROM (SELECT DISTINCT name FROM named) AS n, lstm_forecast(' . model('names') . ', 1, series => ARRAY[name])'), 't', 'and by name');
is(result(q{SELECT string_agg(series, ',' ORDER BY number) = string_agg(series, ',' ORDER BY series COLLATE "C") FROM (SELECT series, row_number() OVER () AS number FROM lstm_model_series(} . model('names') . ')) AS s'),
	't', 'in the order of their bytes');

# In a database of another encoding the names are the same characters, and those that it does not have are an error or readable at least.
my $file = $node->basedir . '/names.dump';
result(q{INSERT INTO model SELECT 'latin', lstm_train(name, day, value, lstm_options(horizon => 3, max_steps => 10, hidden_size => 4, ensemble_size => 1)) FROM named WHERE name IN ('plain', 'Ärger', 'übel')});
result('CREATE DATABASE western ENCODING LATIN1 TEMPLATE template0');
$node->safe_psql('western', 'CREATE EXTENSION lstm_forecast; CREATE TABLE model (name text, model bytea)');
result("COPY model TO '$file' (FORMAT binary)");
$node->safe_psql('western', "COPY model FROM '$file' (FORMAT binary)");
is($node->safe_psql('western', 'SELECT string_agg(encode(convert_to(series, \'UTF8\'), \'hex\'), \',\') FROM lstm_model_series(' . model('latin') . ')'),
	result('SELECT string_agg(encode(convert_to(series, \'UTF8\'), \'hex\'), \',\') FROM lstm_model_series(' . model('latin') . ')'), 'names are converted to the encoding of the database');
is($node->safe_psql('western', 'SELECT count(*) FROM lstm_forecast(' . model('latin') . q{, series => ARRAY[convert_from('\xc472676572', 'LATIN1')])}), 3, 'and found there');
my ($code, $out, $error) = $node->psql('western', "\\set VERBOSITY verbose\nSELECT count(*) FROM lstm_forecast(" . model('names') . ')');
like($code == 0 ? $out : $error, qr/^48$|ERROR:  22P05/m, 'a name that the encoding does not have is an error of its own, or none');
is($node->safe_psql('western', 'SELECT 1'), 1, 'and the server goes on');

$node->stop;
done_testing();
