# The reference lists every option as lstm_option_info() does, and every function of the extension.
use strict;
use warnings;

use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION lstm_forecast');

my $reference = slurp_file(dirname(__FILE__) . '/../docs/reference.md');
my $pages = $reference . slurp_file(dirname(__FILE__) . '/../docs/metrics.md');
my ($table) = $reference =~ /<!-- options -->\n(.*?)<!-- end of options -->/s;
my $wanted = $node->safe_psql('postgres', q{
	SELECT string_agg(format(E'| `%s` | %s | %s | %s | %s |\n', name, type, default_value, allowed, description), '' ORDER BY ordinality)
	FROM lstm_option_info() WITH ORDINALITY});
$wanted = "| option | type | default | allowed | meaning |\n|---|---|---|---|---|\n$wanted\n";
ok($table eq $wanted, 'the table of options is that of lstm_option_info()')
  or diag("The section should read:\n$wanted");

my @functions = split /\n/, $node->safe_psql('postgres', q{
	SELECT DISTINCT proname FROM pg_proc AS p
	JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'lstm_forecast'
	WHERE proname !~ '_rows_|_accum$|_combine$|_serialize$|_deserialize$|_final$' ORDER BY proname});
cmp_ok(scalar(@functions), '>=', 7, 'the extension has functions');
ok($pages =~ /`\Q$_\E\(/, "$_ is described") for @functions;

# The second extension: its functions that are not parts of others, its tables and views with every column.
$node->safe_psql('postgres', 'CREATE EXTENSION lstm_registry');
my $member = q{JOIN pg_depend AS d ON d.classid = '%s'::regclass AND d.objid = o.oid AND d.deptype = 'e' JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'lstm_registry'};
my @registry = split /\n/, $node->safe_psql('postgres', sprintf "SELECT DISTINCT proname FROM pg_proc AS o $member WHERE proname !~ '^lstm_registry_' ORDER BY 1", 'pg_proc');
cmp_ok(scalar(@registry), '>=', 6, 'lstm_registry has functions');
ok($reference =~ /`\Q$_\E\(/, "$_ is described") for @registry;
my ($chapter) = $reference =~ /^## The registry\n(.*?)^## /ms;
for (split /\n/, $node->safe_psql('postgres', sprintf "SELECT relname, string_agg(attname, ' ') FROM pg_class AS o $member JOIN pg_attribute ON attrelid = o.oid AND attnum > 0 AND NOT attisdropped WHERE relkind IN ('r', 'v') AND relname IN ('lstm_models', 'lstm_version') GROUP BY relname", 'pg_class'))
{
	my ($relation, $columns) = split /\|/;
	like($chapter, qr/\Q`$relation`\E/, "$relation is described");
	is(join(' ', grep { $chapter !~ /`\Q$_\E`/ } split ' ', $columns), '', "and each of its columns");
}

my @settings = split /\n/, $node->safe_psql('postgres',
	q{LOAD 'lstm_forecast'; SELECT name FROM pg_settings WHERE name LIKE 'lstm_forecast.%'});
ok($reference =~ /^\| `\Q$_\E` \|/m, "$_ is described") for @settings;
cmp_ok(scalar(@settings), '>=', 1, 'the extension has settings');

my ($version) = $reference =~ /^lstm_forecast (\d+\.\d+\.\d+)\./m;
is($version, $node->safe_psql('postgres', q{SELECT extversion FROM pg_extension WHERE extname = 'lstm_forecast'}),
	'the reference is of this version');

$node->stop;
done_testing();
