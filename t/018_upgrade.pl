# ALTER EXTENSION UPDATE from every version that has an install script leads to just the objects that a fresh install of
# the newest gives. Versions are those of the installed scripts: a new one is tested without a change here.
use strict;
use warnings;

use File::Basename qw(basename dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# Every member of the extension with all that an install script can say about it, a line each.
my $describe = q{
	SET search_path = pg_catalog;
	WITH member AS (
		SELECT d.classid, d.objid, (pg_identify_object(d.classid, d.objid, 0)).type || ' ' || (pg_identify_object(d.classid, d.objid, 0)).identity AS name
		FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
		WHERE e.extname = 'lstm_forecast'),
	fact (name, kind, value) AS (
		SELECT 'extension', 'its row', (to_jsonb(e) - 'oid' - 'extowner' - 'extnamespace')::text FROM pg_extension AS e WHERE extname = 'lstm_forecast'
		UNION ALL SELECT 'extension', 'comment', obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'lstm_forecast'
		UNION ALL SELECT name, 'member', '' FROM member
		UNION ALL SELECT name, 'comment', obj_description(objid, classid::regclass::name) FROM member
		UNION ALL SELECT name, 'label', label FROM member JOIN pg_seclabel AS l ON l.classoid = classid AND l.objoid = objid
		UNION ALL SELECT name, 'definition', pg_get_functiondef(objid) FROM member JOIN pg_proc AS p ON classid = 'pg_proc'::regclass AND p.oid = objid WHERE prokind <> 'a'
		UNION ALL SELECT name, 'signature', concat_ws(' ', proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), prokind, proacl, (to_jsonb(p) -
						 ARRAY['oid', 'pronamespace', 'proowner', 'prorettype', 'proargtypes', 'proallargtypes', 'proargdefaults', 'proacl'])::text)
				  FROM member JOIN pg_proc AS p ON classid = 'pg_proc'::regclass AND p.oid = objid
		UNION ALL SELECT name, 'aggregate', (to_jsonb(a) || jsonb_build_object('state', aggtranstype::regtype, 'moving state', aggmtranstype::regtype))::text
				  FROM member JOIN pg_aggregate AS a ON classid = 'pg_proc'::regclass AND a.aggfnoid = objid
		UNION ALL SELECT name, 'type', concat_ws(' ', t.typtype, t.typcategory, t.typlen, t.typacl) FROM member JOIN pg_type AS t ON classid = 'pg_type'::regclass AND t.oid = objid
		UNION ALL SELECT name, 'attribute ' || attnum, concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attacl, col_description(attrelid, attnum))
				  FROM member JOIN pg_type AS t ON classid = 'pg_type'::regclass AND t.oid = objid JOIN pg_attribute AS a ON a.attrelid = t.typrelid AND NOT attisdropped
		UNION ALL SELECT name, 'first privileges', concat_ws(' ', i.privtype, i.initprivs) FROM member JOIN pg_init_privs AS i ON i.classoid = classid AND i.objoid = objid)
	SELECT name || ': ' || kind || ': ' || coalesce(value, 'none') FROM fact ORDER BY name COLLATE "C", kind COLLATE "C"};
sub describe { return $node->safe_psql($_[0], $describe); }

# A database with the extension in a version, the newest where none is named.
sub install
{
	my ($database, $version) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION lstm_forecast' . ($version ? " VERSION '$version'" : ''));
	return;
}

# The scripts of the sources are all installed.
my ($share) = $node->config_data('--sharedir');
my @sources = map { basename($_) } glob(dirname(__FILE__) . '/../lstm_forecast--*.sql');
my @installed = map { basename($_) } glob("$share/extension/lstm_forecast--*.sql");
my %installed = map { $_ => 1 } @installed;
is_deeply([ grep { !$installed{$_} } @sources ], [], 'every script of the sources is installed');

my $newest = $node->safe_psql('postgres', q{SELECT default_version FROM pg_available_extensions WHERE name = 'lstm_forecast'});
my @versions = sort { version->parse($a) <=> version->parse($b) } map { /^lstm_forecast--([^-]+)\.sql$/ ? $1 : () } @installed;
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extension_versions WHERE name = 'lstm_forecast' AND version = '} . $newest . q{'}), 1, "$newest can be installed");
is($versions[-1], $newest, 'it is the newest that has an install script');

install('fresh');
my $fresh = describe('fresh');
cmp_ok(scalar(() = $fresh =~ /: member: ?$/mg), '>=', 60, 'the extension has members');
# (from PostgreSQL 18 on a type's array type is a member as well)
unlike($fresh, qr/^(?:function|aggregate|type) [^:]*(?<!\[\]): comment: none$/m, 'each has a comment');
install('again', $versions[-1]);
is(describe('again'), $fresh, 'two installs of one version are the same');

# What differs is seen, or else the comparison below says nothing.
for my $change (
	'ALTER FUNCTION lstm_model_info(bytea) COST 77',
	'ALTER FUNCTION lstm_metric_mean_final(float8[]) VOLATILE',
	'ALTER FUNCTION lstm_train_final(internal) PARALLEL UNSAFE',
	q{COMMENT ON AGGREGATE lstm_mae(float8, float8) IS 'other'},
	q{COMMENT ON COLUMN lstm_forecast_row.step IS 'other'},
	'REVOKE EXECUTE ON FUNCTION lstm_option_info() FROM PUBLIC',
	'ALTER EXTENSION lstm_forecast DROP FUNCTION lstm_option_info()',
	'ALTER TYPE lstm_forecast_row ADD ATTRIBUTE more int4')
{
	my $changed = $node->safe_psql('fresh', "BEGIN; $change; $describe; ROLLBACK");
	isnt($changed, $fresh, "a difference is seen: $change");
}

# Upgrades, with a view in the database that uses the extension.
my @old = grep { $_ ne $newest } @versions;
for my $version (@old)
{
	my $database = 'old_' . ($version =~ s/\W/_/gr);
	install($database, $version);
	$node->safe_psql($database, q{CREATE VIEW mine AS SELECT lstm_mae(i, 2 * i) AS error FROM generate_series(1, 3) AS i});
	$node->safe_psql($database, 'ALTER EXTENSION lstm_forecast UPDATE');
	is(describe($database), $fresh, "$version updated is as $newest installed");
	is($node->safe_psql($database, 'TABLE mine'), 2, 'a view of then works');
}
SKIP: { skip "$newest is the only version so far: nothing to update from", 1 unless @old; }

# Without a newer version UPDATE changes nothing.
$node->safe_psql('again', 'ALTER EXTENSION lstm_forecast UPDATE');
is(describe('again'), $fresh, "UPDATE of $newest changes nothing");

# Nothing stays when it goes.
$node->safe_psql('again', 'DROP EXTENSION lstm_forecast');
is($node->safe_psql('again', q{
	SELECT count(*) FROM pg_proc WHERE proname LIKE 'lstm%' OR probin LIKE '%lstm%'}), 0, 'DROP EXTENSION leaves no function');

$node->stop;
done_testing();
