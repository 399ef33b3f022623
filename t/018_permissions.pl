# The function forms read their source as the caller: privileges and row-level security hold.
use strict;
use warnings;

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

$node->stop;
done_testing();
