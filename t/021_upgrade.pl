# ALTER EXTENSION UPDATE from every version that has an install script leads to just the objects that a fresh install of
# the newest gives. Versions are those of the installed scripts: a new one is tested without a change here. A made-up
# older version, with right and wrong update scripts, shows that an upgrade runs, and that the comparison finds what an
# update script gets wrong.
use strict;
use warnings;

use File::Basename qw(basename dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Versions that never were. Their scripts are gone at the end, whatever happens, and so are those of a run that was killed.
my $made_up = '0.0.1';
my $folder;

sub remove_made_up
{
	unlink glob("$folder/lstm_{forecast,registry}--$made_up*.sql") if defined $folder;
	return;
}
END { my $code = $?; remove_made_up(); $? = $code; } ## no critic (RequireLocalizedPunctuationVars)

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# Every member of the extension with all that an install script can say about it, a line each.
my $describe = q{
	SET search_path = pg_catalog;
	WITH member AS (
		SELECT d.classid, d.objid, (pg_identify_object(d.classid, d.objid, 0)).type || ' ' || (pg_identify_object(d.classid, d.objid, 0)).identity AS name
		FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
		WHERE e.extname = 'THE_EXTENSION'),
	relation AS (SELECT name, c.* FROM member JOIN pg_class AS c ON classid = 'pg_class'::regclass AND c.oid = objid),
	fact (name, kind, value) AS (
		SELECT 'extension', 'its row', (to_jsonb(e) - 'oid' - 'extowner' - 'extnamespace' - 'extconfig' || jsonb_build_object('owner', extowner::regrole, 'config', extconfig::regclass[]))::text FROM pg_extension AS e WHERE extname = 'THE_EXTENSION'
		UNION ALL SELECT 'extension', 'comment', obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'THE_EXTENSION'
		UNION ALL SELECT name, 'relation', concat_ws(' ', relkind, relowner::regrole, relacl, reloptions, relrowsecurity, relforcerowsecurity) FROM relation
		UNION ALL SELECT name, 'view', pg_get_viewdef(oid) FROM relation WHERE relkind = 'v'
		UNION ALL SELECT name, 'column ' || attname, concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attstorage, attidentity, attacl, pg_get_expr(adbin, adrelid), coalesce(col_description(r.oid, attnum), 'no comment'))
				  FROM relation AS r JOIN pg_attribute ON attrelid = r.oid AND attnum > 0 AND NOT attisdropped LEFT JOIN pg_attrdef ON adrelid = r.oid AND adnum = attnum WHERE relkind <> 'S'
		UNION ALL SELECT name, 'constraint ' || conname, pg_get_constraintdef(c.oid) FROM relation AS r JOIN pg_constraint AS c ON conrelid = r.oid
		UNION ALL SELECT name, 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid) FROM relation AS r JOIN pg_index ON indrelid = r.oid
		UNION ALL SELECT name, 'policy ' || polname, concat_ws(' ', polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM relation AS r JOIN pg_policy ON polrelid = r.oid
		UNION ALL SELECT name, 'member', '' FROM member
		UNION ALL SELECT name, 'comment', obj_description(objid, classid::regclass::name) FROM member
		UNION ALL SELECT name, 'label', label FROM member JOIN pg_seclabel AS l ON l.classoid = classid AND l.objoid = objid
		UNION ALL SELECT name, 'definition', pg_get_functiondef(objid) FROM member JOIN pg_proc AS p ON classid = 'pg_proc'::regclass AND p.oid = objid WHERE prokind <> 'a'
		UNION ALL SELECT name, 'signature', concat_ws(' ', proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), prokind, proowner::regrole, proacl, (to_jsonb(p) -
						 ARRAY['oid', 'pronamespace', 'proowner', 'prorettype', 'proargtypes', 'proallargtypes', 'proargdefaults', 'proacl'])::text)
				  FROM member JOIN pg_proc AS p ON classid = 'pg_proc'::regclass AND p.oid = objid
		UNION ALL SELECT name, 'aggregate', (to_jsonb(a) || jsonb_build_object('state', aggtranstype::regtype, 'moving state', aggmtranstype::regtype))::text
				  FROM member JOIN pg_aggregate AS a ON classid = 'pg_proc'::regclass AND a.aggfnoid = objid
		UNION ALL SELECT name, 'type', concat_ws(' ', t.typtype, t.typcategory, t.typlen, t.typowner::regrole, t.typacl) FROM member JOIN pg_type AS t ON classid = 'pg_type'::regclass AND t.oid = objid
		UNION ALL SELECT name, 'attribute ' || attnum, concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attacl, col_description(attrelid, attnum))
				  FROM member JOIN pg_type AS t ON classid = 'pg_type'::regclass AND t.oid = objid JOIN pg_attribute AS a ON a.attrelid = t.typrelid AND NOT attisdropped
		UNION ALL SELECT name, 'view', concat_ws(' ', c.relkind, c.relowner::regrole, c.relacl, c.reloptions, pg_get_viewdef(objid)) FROM member JOIN pg_class AS c ON classid = 'pg_class'::regclass AND c.oid = objid
		UNION ALL SELECT name, 'attribute ' || attnum, concat_ws(' ', attname, format_type(atttypid, atttypmod), attacl, col_description(attrelid, attnum))
				  FROM member JOIN pg_attribute AS a ON classid = 'pg_class'::regclass AND attrelid = objid AND attnum > 0
		UNION ALL SELECT name, 'first privileges', concat_ws(' ', i.privtype, i.initprivs) FROM member JOIN pg_init_privs AS i ON i.classoid = classid AND i.objoid = objid)
	SELECT name || ': ' || kind || ': ' || coalesce(value, 'none') FROM fact ORDER BY name COLLATE "C", kind COLLATE "C", value COLLATE "C"};
sub describe { my ($database, $extension) = (@_, 'lstm_forecast'); return $node->safe_psql($database, $describe =~ s/THE_EXTENSION/$extension/gr); }

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
$folder = "$share/extension";
remove_made_up();
my @sources = map { basename($_) } glob(dirname(__FILE__) . '/../lstm_forecast--*.sql');
my @installed = map { basename($_) } glob("$folder/lstm_forecast--*.sql");
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

$node->safe_psql('postgres', 'CREATE ROLE other LOGIN');
# What differs is seen, or else the comparison below says nothing.
for my $change (
	'ALTER FUNCTION lstm_model_info(bytea) COST 77',
	'ALTER FUNCTION lstm_metric_mean_final(float8[]) VOLATILE',
	'ALTER FUNCTION lstm_train_final(internal) PARALLEL UNSAFE',
	q{COMMENT ON AGGREGATE lstm_mae(float8, float8) IS 'other'},
	q{COMMENT ON COLUMN lstm_forecast_row.step IS 'other'},
	'REVOKE EXECUTE ON FUNCTION lstm_option_info() FROM PUBLIC',
	'ALTER FUNCTION lstm_option_info() OWNER TO other',
	'ALTER EXTENSION lstm_forecast DROP FUNCTION lstm_option_info()',
	'ALTER TYPE lstm_forecast_row ADD ATTRIBUTE more int4')
{
	my $changed = $node->safe_psql('fresh', "BEGIN; $change; $describe; ROLLBACK" =~ s/THE_EXTENSION/lstm_forecast/gr);
	isnt($changed, $fresh, "a difference is seen: $change");
}

# Upgrades, with a view in the database that uses the extension, and a model.
sub use_it
{
	my ($database) = @_;
	$node->safe_psql($database, q{
		CREATE VIEW mine AS SELECT lstm_mae(i, 2 * i) AS error FROM generate_series(1, 3) AS i;
		CREATE TABLE model AS SELECT lstm_train(i, '{"max_steps": 2, "horizon": 3}') AS model FROM generate_series(1, 50) AS i});
	return;
}

sub still_used
{
	my ($database, $name) = @_;
	is($node->safe_psql($database, 'TABLE mine'), 2, "$name: a view of then works");
	is($node->safe_psql($database, 'SELECT count(*) FROM model, lstm_forecast(model)'), 3, "$name: a model of then forecasts");
	return;
}

my @old = grep { $_ ne $newest } @versions;
for my $version (@old)
{
	my $database = 'old_' . ($version =~ s/\W/_/gr);
	install($database, $version);
	use_it($database);
	$node->safe_psql($database, 'ALTER EXTENSION lstm_forecast UPDATE');
	is(describe($database), $fresh, "$version updated is as $newest installed");
	still_used($database, "$version updated");
}
note("$newest is the only version so far: nothing but a made-up one to update from") unless @old;

# --- a made-up older version ------------------------------------------------------------------------------------

sub write_script
{
	my ($versions, $text) = @_;
	open my $file, '>', "$folder/lstm_forecast--$versions.sql" or die "$folder: $!";
	print $file $text or die "$folder: $!";
	close $file or die "$folder: $!";
	return;
}

# Lines of a description that are in one alone.
sub difference
{
	my ($one, $other) = @_;
	my %other = map { $_ => 1 } split /\n/, $other;
	return grep { !$other{$_} } split /\n/, $one;
}

SKIP:
{
	skip "the made-up version cannot be written to $folder, which is not this user's", 1 unless -w $folder;

	# It lacks a function, and a comment.
	my $older = slurp_file("$folder/lstm_forecast--$newest.sql");
	my ($function) = $older =~ /^(CREATE FUNCTION lstm_option_info\(.*?;\n)/ms;
	my ($its_comment) = $older =~ /^(COMMENT ON FUNCTION lstm_option_info\(.*?;\n)/ms;
	my ($comment) = $older =~ /^(COMMENT ON AGGREGATE lstm_mae\(.*?;\n)/ms;
	$older =~ s/\Q$_\E// or die 'the script has another form' for $function, $its_comment, $comment;
	write_script($made_up, $older);
	my $update = "$function$its_comment$comment";
	write_script("$made_up--$newest", $update);

	install('made_up', $made_up);
	use_it('made_up');
	my $before = describe('made_up');
	is_deeply([ grep { !/^extension: its row/ } difference($before, $fresh) ], [ 'aggregate public.lstm_mae(double precision,double precision): comment: none' ],
		"$made_up lacks a comment");
	is_deeply([ grep { /: member: $/ } difference($fresh, $before) ], ['function public.lstm_option_info(): member: '], 'and a function');
	$node->safe_psql('made_up', 'ALTER EXTENSION lstm_forecast UPDATE');
	is(describe('made_up'), $fresh, "$made_up updated is as $newest installed");
	still_used('made_up', "$made_up updated");
	is($node->safe_psql('made_up', q{SELECT count(*) FROM lstm_option_info() WHERE name = 'horizon'}), 1, 'and what is new works');

	# Who installed the trusted extension updates it, too; what is new then is a superuser's as the rest is.
	for my $database ('theirs', 'theirs_fresh')
	{
		$node->safe_psql('postgres', "CREATE DATABASE $database OWNER other");
		my $version = $database eq 'theirs' ? "VERSION '$made_up'; ALTER EXTENSION lstm_forecast UPDATE" : '';
		$node->safe_psql($database, "CREATE EXTENSION lstm_forecast $version", extra_params => [ '-U', 'other' ]);
	}
	my $theirs = describe('theirs');
	is($theirs, describe('theirs_fresh'), 'updated by a role that is no superuser it is as installed by one');
	isnt($theirs, $fresh, '(the extension has another owner)');

	# What a wrong script leaves out or says otherwise is seen.
	my %wrong = (
		'a comment left out' => [ $update, qr/\Q$comment\E/, '' ],
		'another comment' => [ $update, qr/mean absolute error/, 'absolute error' ],
		'a function left out' => [ $update, qr/\Q$function$its_comment\E/, '' ],
		'another volatility' => [ $update, qr/\bIMMUTABLE\b/, 'STABLE' ],
		'another parallel safety' => [ $update, qr/\bPARALLEL SAFE\b/, 'PARALLEL RESTRICTED' ],
		'not strict' => [ $update, qr/\bSTRICT\b/, '' ],
		'another estimate of rows' => [ $update, qr/\bROWS \d+/, 'ROWS 1' ],
		'another name of a column' => [ $update, qr/\bOUT allowed\b/, 'OUT choices' ],
		'another view' => [ $update, qr/\z/, 'ALTER VIEW lstm_training_progress SET (security_barrier);' ],
		'another comment on a column' => [ $update, qr/\z/, q{COMMENT ON COLUMN lstm_training_progress.pid IS 'another';} ],
		'a view withheld' => [ $update, qr/\z/, 'REVOKE SELECT ON lstm_training_progress FROM PUBLIC;' ],
		'a privilege withdrawn' => [ $update, qr/\z/, 'REVOKE EXECUTE ON FUNCTION lstm_option_info() FROM PUBLIC;' ],
		'another owner' => [ $update, qr/\z/, 'ALTER FUNCTION lstm_option_info() OWNER TO other;' ],
		'an object more' => [ $update, qr/\z/, 'CREATE VIEW more AS SELECT 1 AS one;' ],
	);
	for my $name (sort keys %wrong)
	{
		my ($script, $right, $instead) = @{ $wrong{$name} };
		$script =~ s/$right/$instead/ or die "the update script has no $right";
		write_script("$made_up--$newest", $script);
		$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS wrong');
		install('wrong', $made_up);
		$node->safe_psql('wrong', 'ALTER EXTENSION lstm_forecast UPDATE');
		isnt(describe('wrong'), $fresh, "a wrong update script is seen: $name");
	}

	# One with an error leaves the version of before.
	write_script("$made_up--$newest", "${update}SELECT 1 / 0;");
	$node->safe_psql('postgres', 'DROP DATABASE wrong');
	install('wrong', $made_up);
	my ($code, undef, $error) = $node->psql('wrong', 'ALTER EXTENSION lstm_forecast UPDATE');
	like($error, qr/ERROR:  division by zero/, 'an update script that fails is an error');
	is(describe('wrong'), $before, 'which leaves the version of before');
	remove_made_up();
	is($node->safe_psql('postgres', qq{SELECT count(*) FROM pg_available_extension_versions WHERE name = 'lstm_forecast' AND version = '$made_up'}), 0, 'the made-up scripts are gone');
}

# --- the second extension ---------------------------------------------------------------------------------------

sub install_registry
{
	my ($database, $version) = @_;
	install($database);
	$node->safe_psql($database, "CREATE SCHEMA registry; CREATE EXTENSION lstm_registry SCHEMA registry" . ($version ? " VERSION '$version'" : ''));
	return;
}
install_registry('registry');
install_registry('registry_again');
my $registry = describe('registry', 'lstm_registry');
is(describe('registry_again', 'lstm_registry'), $registry, 'two installs of lstm_registry are the same');
cmp_ok(scalar(() = $registry =~ /: member: ?$/mg), '>=', 25, 'it has members');
unlike($registry, qr/^(?:function|table|view) [^:]*(?<!\[\]): comment: none$/m, 'each has a comment');
for my $change (
	'DROP POLICY owner ON registry.lstm_version',
	'ALTER POLICY owner ON registry.lstm_version USING (true)',
	'ALTER TABLE registry.lstm_ledger DISABLE ROW LEVEL SECURITY',
	'ALTER TABLE registry.lstm_version ALTER model SET STORAGE EXTENDED',
	'ALTER TABLE registry.lstm_version RESET (toast_tuple_target)',
	'ALTER TABLE registry.lstm_definition ADD COLUMN more int',
	'ALTER TABLE registry.lstm_definition ALTER keep SET DEFAULT 6',
	'ALTER TABLE registry.lstm_definition DROP CONSTRAINT lstm_definition_keep_check',
	'DROP INDEX registry.lstm_job_active',
	'ALTER VIEW registry.lstm_models SET (security_invoker = false)',
	q{COMMENT ON COLUMN registry.lstm_models.skill IS 'other'},
	'REVOKE SELECT ON registry.lstm_version FROM PUBLIC',
	q{UPDATE pg_extension SET extcondition[1] = 'WHERE false' WHERE extname = 'lstm_registry'})
{
	my $changed = $node->safe_psql('registry', "BEGIN; $change; $describe; ROLLBACK" =~ s/THE_EXTENSION/lstm_registry/gr);
	isnt($changed, $registry, "a difference is seen: $change");
}

SKIP:
{
	skip "the made-up version cannot be written to $folder, which is not this user's", 1 unless -w $folder;

	# It lacks a function, a policy and a comment.
	my $older = slurp_file("$folder/lstm_registry--$newest.sql");
	my ($function) = $older =~ /^(CREATE FUNCTION \@extschema\@\.lstm_promote\(.*?END \$\$;\n)/ms;
	my ($its_comment) = $older =~ /^(COMMENT ON FUNCTION \@extschema\@\.lstm_promote\(.*?;\n)/ms;
	my ($policy) = $older =~ /^(CREATE POLICY owner ON \@extschema\@\.lstm_version .*?;\n)/ms;
	my ($comment) = $older =~ /^(COMMENT ON COLUMN \@extschema\@\.lstm_version\.skill .*?;\n)/ms;
	$older =~ s/\Q$_\E// or die 'the script has another form' for $function, $its_comment, $policy, $comment;
	my $update = "$function$its_comment$policy$comment";
	for ([ $made_up, $older ], [ "$made_up--$newest", $update ])
	{
		my ($versions, $text) = @$_;
		open my $file, '>', "$folder/lstm_registry--$versions.sql" or die "$folder: $!";
		print $file $text or die "$folder: $!";
		close $file or die "$folder: $!";
	}
	install_registry('registry_old', $made_up);
	$node->safe_psql('registry_old', q{SELECT registry.lstm_put('kept', lstm_pretrained()), registry.lstm_put('kept', lstm_pretrained(), 'never')});
	isnt(describe('registry_old', 'lstm_registry'), $registry, "lstm_registry $made_up lacks something");
	$node->safe_psql('registry_old', 'ALTER EXTENSION lstm_registry UPDATE');
	is(describe('registry_old', 'lstm_registry'), $registry, "lstm_registry $made_up updated is as $newest installed");
	is($node->safe_psql('registry_old', q{SELECT registry.lstm_promote('kept'); SELECT version, registry.lstm_model('kept') = lstm_pretrained() FROM registry.lstm_models}), "2\n2|t", 'its models are there, and what is new works');
	remove_made_up();
}
$node->safe_psql('registry', 'DROP EXTENSION lstm_registry');
is($node->safe_psql('registry', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'registry'::regnamespace}), 0, 'DROP EXTENSION leaves no table');

# Without a newer version UPDATE changes nothing.
$node->safe_psql('again', 'ALTER EXTENSION lstm_forecast UPDATE');
is(describe('again'), $fresh, "UPDATE of $newest changes nothing");

# Nothing stays when it goes.
$node->safe_psql('again', 'DROP EXTENSION lstm_forecast');
is($node->safe_psql('again', q{
	SELECT count(*) FROM pg_proc WHERE proname LIKE 'lstm%' OR probin LIKE '%lstm%'}), 0, 'DROP EXTENSION leaves no function');

$node->stop;
done_testing();
