# Watched tables: what other sessions hear, rights, concurrent sessions, bulk loads, renewal by the worker, and what becomes
# of INSERTs where models, extensions or workers are gone.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use JSON::PP qw(decode_json);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use Backends;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_prepared_transactions = 2\nclient_min_messages = warning");
$node->start;

# A schema whose name has to be quoted, which nobody but the owners of models may use.
$node->safe_psql('postgres', q{
	CREATE ROLE owner LOGIN; CREATE ROLE member LOGIN; CREATE ROLE application LOGIN; CREATE ROLE stranger LOGIN;
	GRANT owner TO member;
	GRANT CREATE ON SCHEMA public TO owner, member, stranger;
	CREATE SCHEMA "Regi stry";
	GRANT USAGE ON SCHEMA "Regi stry" TO owner, member, stranger;
	CREATE EXTENSION lstm_forecast;
	CREATE EXTENSION lstm_registry SCHEMA "Regi stry";
	ALTER ROLE owner SET search_path = public, "Regi stry";
	ALTER ROLE member SET search_path = public, "Regi stry";
	ALTER ROLE stranger SET search_path = public, "Regi stry";
	ALTER ROLE postgres SET search_path = public, "Regi stry";
});

sub as_role
{
	my ($role, $script) = @_;
	my ($code, $out, $error) = $node->psql('postgres', $script, extra_params => [ '-U', $role ]);
	return ($code, $out, $error);
}

my $number = 0;

# What a session that listens hears of a script that another one runs, as a list of payloads; and what that one says.
sub heard_texts
{
	my ($script, %how) = @_;
	my $role = $how{role} // 'owner';
	my $channel = $how{channel} // 'lstm_watch';
	my $file = $node->basedir . '/script' . $number++ . '.sql';
	append_to_file($file, $script);
	my $connection = $node->connstr('postgres') . " user=$role";
	my $out = $node->safe_psql('postgres', qq{LISTEN "$channel";\n\\! psql -XAtq -v ON_ERROR_STOP=1 -d "$connection" -f "$file" 2>&1\nSELECT 'end';});
	my @payloads = $out =~ /^Asynchronous notification "\Q$channel\E" with payload "(.*)" received from server process/mg;
	my $said = $out =~ s/^Asynchronous notification .*\n?//mgr =~ s/\n?end\s*\z//r;
	return ($said, @payloads);
}

sub heard
{
	my ($said, @payloads) = heard_texts(@_);
	return ($said, map { decode_json($_) } @payloads);
}

is_deeply([ as_role('owner', q{
	CREATE TABLE reading (sensor text, ts timestamptz, value float8, PRIMARY KEY (sensor, ts));
	SELECT lstm_define('shops', 'reading', 'ts', 'value', 'sensor', horizon => 4);
	INSERT INTO lstm_ledger (name, series, ts, origin, version, step, forecast, lower, upper)
		SELECT 'shops', s, timestamptz '2024-01-01' + i * interval '1 hour', '2024-01-01', 7, i, 100, 90, 120
		FROM unnest('{a,b}'::text[]) AS s, generate_series(1, 4) AS i;
	SELECT lstm_watch_start('shops', '{"renew": false}');
	GRANT INSERT ON reading TO application;
	CREATE FUNCTION again() RETURNS void LANGUAGE sql AS 'DELETE FROM public.reading';
}) ], [ 0, "\nreading", '' ], 'a table is watched');

# --- what is heard -------------------------------------------------------------------------------
{
	my ($said, @heard) = heard(q{SET timezone = 'Europe/Berlin'; INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 130.5);});
	is($said, '', 'the one that inserts is told nothing');
	is_deeply(\@heard, [ { model => 'shops', series => 'a', ts => '2024-01-01T01:00:00+00:00', actual => 130.5, forecast => 100,
			lower => 90, upper => 120, direction => 'above', score => 1.525, version => 7 } ], 'a row above its interval is heard');
	($said, @heard) = heard(q{INSERT INTO reading VALUES ('b', '2024-01-01 01:00+00', 80), ('b', '2024-01-01 02:00+00', 100), ('a', '2024-01-01 02:00+00', 120.001);});
	is_deeply([ map { "$_->{series} $_->{direction} $_->{score}" } @heard ], [ 'b below 2', 'a above 1.00005' ], 'of several rows those outside');
	($said, @heard) = heard(q{UPDATE reading SET value = 89 WHERE sensor = 'b' AND ts = '2024-01-01 02:00'; UPDATE reading SET value = 89 WHERE false;});
	is_deeply([ map { "$_->{series} $_->{direction} $_->{actual}" } @heard ], ['b below 89'], 'a corrected value is heard');
	($said, @heard) = heard(q{DELETE FROM reading WHERE value < 90; TRUNCATE reading;});
	is_deeply([ $said, @heard ], [''], 'DELETE and TRUNCATE are not');
	($said, @heard) = heard(q{
		INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 100);
		INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500) ON CONFLICT DO NOTHING;
		INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 501) ON CONFLICT (sensor, ts) DO UPDATE SET value = excluded.value;
		DELETE FROM reading;});
	is_deeply([ map { $_->{actual} } @heard ], [501], 'ON CONFLICT: what was inserted or updated is heard, what was left out is not');
	my $merge = $node->pg_version >= 15;
	($said, @heard) = heard(q{
		INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 100);
		MERGE INTO reading AS r USING (VALUES ('a', 600), ('b', 601)) AS n(s, v) ON r.sensor = n.s
		WHEN MATCHED THEN UPDATE SET value = n.v WHEN NOT MATCHED THEN INSERT VALUES (n.s, '2024-01-01 01:00+00', n.v);
		DELETE FROM reading;});
	is_deeply([ sort map { $_->{actual} } @heard ], [ 600, 601 ], 'MERGE, too');
}
{
	my ($said, @heard) = heard(q{
		BEGIN; INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500); ROLLBACK;
		BEGIN; SAVEPOINT s; INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 501); ROLLBACK TO s; COMMIT;});
	is_deeply([ $said, @heard ], [''], 'what was rolled back is not heard');
	($said, @heard) = heard(q{
		BEGIN; INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500); UPDATE reading SET value = 500; SELECT again(); COMMIT;});
	is(scalar(@heard), 1, 'the same of one transaction is heard once');
	($said, @heard) = heard(q{
		BEGIN ISOLATION LEVEL SERIALIZABLE; INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500); COMMIT; DELETE FROM reading;});
	is(scalar(@heard), 1, 'in a serializable transaction, too');
	my ($code, $out, $error) = as_role('owner', q{BEGIN; INSERT INTO reading VALUES ('a', '2024-01-01 02:00+00', 100); PREPARE TRANSACTION 'p'; COMMIT PREPARED 'p';});
	is($code, 0, 'a transaction that is prepared may insert what was expected');
	($code, $out, $error) = as_role('owner', q{BEGIN; INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500); PREPARE TRANSACTION 'p';});
	like($error, qr/cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY/, 'but not notify, which is the rule of PostgreSQL');
	as_role('owner', 'DELETE FROM reading');
}

# --- many rows, long names -----------------------------------------------------------------------
{
	my ($said, @heard) = heard(q{
		INSERT INTO lstm_ledger (name, series, ts, origin, version, step, forecast, lower, upper)
			SELECT 'shops', s, timestamptz '2024-01-01' + i * interval '1 hour', '2024-01-01', 1, i, 100, 90, 120 FROM unnest('{m,n}'::text[]) AS s, generate_series(1, 300) AS i;
		INSERT INTO reading SELECT s, timestamptz '2024-01-01' + i * interval '1 hour', 1000 + i FROM unnest('{m,n}'::text[]) AS s, generate_series(1, 300) AS i;
		DELETE FROM reading;});
	is(scalar(@heard), 101, 'a statement sends a hundred notifications');
	is_deeply($heard[-1], { model => 'shops', anomalies => 600, told => 100 }, 'and how many there were');
	my $copy = join '', map { "m\t2024-01-01 00:00+00\t$_\n" =~ s/m\t/m$_\t/r } 1 .. 100_000;
	my $begun = time;
	($said, @heard) = heard("SET work_mem = '64kB';\nCOPY reading FROM STDIN;\n$copy\\.\nDELETE FROM reading WHERE sensor LIKE 'm%';\n");
	is_deeply([ $said, @heard ], [''], 'a COPY of a hundred thousand rows of unknown series goes through');
	diag(sprintf 'COPY of 100,000 rows: %.1f s', time - $begun);
	($said, @heard) = heard(q{SET work_mem = '64kB';
		ALTER TABLE reading DROP CONSTRAINT reading_pkey;
		INSERT INTO reading SELECT 'm', timestamptz '2024-01-01' + (1 + i % 300) * interval '1 hour', CASE WHEN i = 77777 THEN 1 ELSE 100 END FROM generate_series(1, 100000) AS i;
		TRUNCATE reading;});
	is_deeply([ map { "$_->{ts} $_->{actual}" } @heard ], ['2024-01-04T06:00:00+00:00 1'], 'the one of a hundred thousand is heard');
	for my $name ("quote\"'\\back\ttab", "\x{e9}" x 400, "\x{1f600}" x 300, '"' x 900, "\x01" x 900)
	{
		my $text = $name;
		utf8::encode($text);
		my $literal = "'" . ($text =~ s/'/''/gr) . "'";
		my ($told, @payloads) = heard_texts(qq{SET client_encoding = 'UTF8';
			INSERT INTO lstm_ledger (name, series, ts, origin, version, step, forecast, lower, upper) VALUES ('shops', $literal, '2024-01-01 01:00+00', '2024-01-01', 1, 1, 100, 90, 120);
			INSERT INTO reading VALUES ($literal, '2024-01-01 01:00+00', 1); DELETE FROM reading;});
		is($told, '', 'nothing is said');
		is(scalar(@payloads), 1, 'a name of ' . length($text) . ' bytes is heard');
		my $series = @payloads ? decode_json($payloads[0])->{series} : '';
		is($series, substr($name, 0, length $series), 'it, or its beginning, cut between characters');
		ok(length($payloads[0] // '') < 8000 && length($series) >= (length($text) <= 500 ? length $name : 125), 'and no more than fits');
	}
}

# --- other shapes of tables ----------------------------------------------------------------------
{
	my ($said, @heard) = heard(q{
		CREATE TABLE split (sensor text, ts timestamptz, value float8) PARTITION BY LIST (sensor);
		CREATE TABLE split_a (value float8, ts timestamptz, sensor text);
		ALTER TABLE split ATTACH PARTITION split_a FOR VALUES IN ('a');
		CREATE TABLE split_rest PARTITION OF split DEFAULT;
		SELECT lstm_watch_start('shops', '{"renew": false, "channel": "Another one"}', 'split');
		INSERT INTO split VALUES ('a', '2024-01-01 01:00+00', 1), ('b', '2024-01-01 01:00+00', 2);
		UPDATE split SET sensor = 'b', value = 3 WHERE sensor = 'a';
		SELECT lstm_watch_stop('shops') > 2;
		INSERT INTO split VALUES ('a', '2024-01-01 01:00+00', 1);
		DROP TABLE split;
		SELECT lstm_watch_start('shops', '{"renew": false}');}, channel => 'Another one');
	is($said, "split\nt\nreading", 'a partitioned table');
	is_deeply([ map { "$_->{series}$_->{actual}" } @heard ], [ 'a1', 'b2', 'b3' ], 'its partitions are watched through it, rows that move, too');
}

# --- rights --------------------------------------------------------------------------------------
{
	my ($said, @heard) = heard(q{INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500);}, role => 'application');
	is($said, '', 'a role that may do no more than insert does so');
	is(scalar(@heard), 1, 'and what is wrong is heard');
	my $attack = q{
		CREATE TABLE mine (sensor text, ts timestamptz, value float8);
		CREATE TRIGGER w AFTER INSERT ON mine REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lstm_watch('MODEL');
		INSERT INTO mine VALUES ('a', '2024-01-01 01:00+00', 500);
		DROP TABLE mine;};
	my ($of_other) = heard($attack =~ s/MODEL/shops/r, role => 'stranger');
	my ($of_none) = heard($attack =~ s/MODEL/none/r, role => 'stranger');
	like($of_other, qr/WARNING:  table "mine" is not watched by trigger "w"\nDETAIL:  There is no model "shops" that belongs to the owner of the table/, 'another role\'s model is none');
	is($of_other =~ s/shops//r =~ s/script\d+//r, $of_none =~ s/none//r =~ s/script\d+//r, 'and is told like one that is not there');
	(undef, @heard) = heard($attack =~ s/MODEL/shops/r, role => 'stranger');
	is(scalar(@heard), 0, 'nothing is heard of it');
	($said, @heard) = heard($attack =~ s/MODEL/shops/r, role => 'member');
	is($said, '', 'a table whose owner has the privileges of the model\'s owner');
	is(scalar(@heard), 1, 'is watched');
	like((as_role('stranger', 'SELECT lstm_registry_watch_check(\'shops\', \'reading\', NULL)'))[2], qr/permission denied for table reading/, 'others cannot ask what a table is watched for');
	like((as_role('stranger', q{CREATE TABLE o (sensor text, ts timestamptz, value float8); SELECT lstm_registry_watch_check('shops', 'o', NULL)}))[2],
		qr/model "shops" does not exist/, 'nor whether a model is there');
	like((as_role('member', q{CREATE TABLE theirs (ts timestamptz); ALTER TABLE theirs OWNER TO owner; SELECT lstm_watch_start('shops', watched => 'o')}))[2],
		qr/owner of table "public.o" has not the privileges of role "owner"/, 'a table of a stranger is not watched for one\'s model');
	# a model's owner changes
	$node->safe_psql('postgres', q{UPDATE lstm_definition SET owner = 'stranger' WHERE name = 'shops'});
	($said, @heard) = heard(q{DELETE FROM reading; INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500);});
	like($said, qr/There is no model "shops"/, 'a model that has another owner now is no longer watched for');
	is(scalar(@heard), 0, 'and not heard of');
	$node->safe_psql('postgres', q{UPDATE lstm_definition SET owner = 'dropped role' WHERE name = 'shops'});
	like((heard(q{INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500);}))[0], qr/There is no model "shops"/, 'nor one whose owner is gone');
	$node->safe_psql('postgres', q{UPDATE lstm_definition SET owner = 'owner' WHERE name = 'shops'});
	# the extension's grants can be taken back
	$node->safe_psql('postgres', q{REVOKE SELECT ON lstm_ledger FROM PUBLIC});
	($said, @heard) = heard(q{INSERT INTO reading VALUES ('a', '2024-01-01 01:00+00', 500);});
	like($said, qr/owner of the table has no privileges on the tables of the extension/, 'without privileges on the ledger a warning');
	is(scalar(@heard), 0, 'and nothing else');
	$node->safe_psql('postgres', q{GRANT SELECT ON lstm_ledger TO PUBLIC});
	as_role('owner', 'TRUNCATE reading; ALTER TABLE reading ADD PRIMARY KEY (sensor, ts)');
}

# --- what is due ---------------------------------------------------------------------------------
my $train = q{lstm_train('reading', 'ts', 'value', 'sensor', horizon => 4, options => '{"pretrained": "only"}')};
# what the tests above asked for could not be forecast, and would wait for an hour
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'lstm_forecast renewal'}), 'no worker is at it');
$node->safe_psql('postgres', 'DELETE FROM lstm_due');
is((as_role('owner', qq{
	SELECT lstm_watch_stop('shops');
	DELETE FROM lstm_ledger;
	DELETE FROM lstm_due;
	INSERT INTO reading SELECT s, timestamptz '2024-01-01' - i * interval '1 hour', 100 + 10 * sin(i * pi() / 12) + i % 5 FROM unnest('{a,b}'::text[]) AS s, generate_series(0, 300) AS i;
	SELECT promoted FROM lstm_registry_store('shops', (SELECT $train), 'always', 1);
	SELECT lstm_record('shops');
	SELECT lstm_watch_start('shops');
}))[2], '', 'a model forecasts');
{
	# nobody waits for another's transaction; the worker writes whatever its role is set to
	$node->safe_psql('postgres', 'ALTER ROLE owner SET default_transaction_read_only = on; ALTER ROLE owner SET row_security = off');
	my $session = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'application' ]);
	$session->query_safe(q{BEGIN; INSERT INTO reading VALUES ('a', '2024-01-01 04:00+00', 104)});
	my ($code, $out, $error) = as_role('application', q{SET lock_timeout = '2s'; SET row_security = off;
		INSERT INTO reading VALUES ('a', '2024-01-01 05:00+00', 105); INSERT INTO reading VALUES ('a', '2024-01-01 06:00+00', 105);});
	is("$code$error", '0', 'two sessions ask for the same series at once, one of them without row security');
	$session->query_safe('COMMIT');
	$session->quit;
	ok($node->poll_query_until('postgres', q{SELECT max(ts) >= '2024-01-01 09:00+00' FROM lstm_ledger WHERE series = 'a'}),
		'a worker renews its forecasts');
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM lstm_due}), 'nothing is due any more');
	$node->safe_psql('postgres', 'ALTER ROLE owner RESET default_transaction_read_only; ALTER ROLE owner RESET row_security');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM lstm_ledger WHERE series = 'b' AND origin > '2024-01-01'}), 0, 'other series are left alone');
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'lstm_forecast renewal'}), 'and the worker ends');
	is($node->safe_psql('postgres', q{SELECT DISTINCT r.rolname FROM pg_stat_activity AS a JOIN pg_roles AS r ON r.oid = a.usesysid WHERE backend_type = 'lstm_forecast renewal'}), '', 'none is left');
}
{
	# names that the session would find instead
	my ($code, $out, $error) = as_role('stranger', q{
		CREATE SCHEMA IF NOT EXISTS evil;
	});
	$node->safe_psql('postgres', q{
		CREATE SCHEMA evil;
		CREATE FUNCTION evil.unnest(anyarray) RETURNS SETOF anyelement LANGUAGE plpgsql AS 'BEGIN RAISE ''taken''; END';
		CREATE FUNCTION evil.equal(text, text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE ''taken''; END';
		CREATE OPERATOR evil.= (FUNCTION = evil.equal, LEFTARG = text, RIGHTARG = text);
		CREATE TABLE evil.lstm_due (owner name, name text, series text, after timestamptz);
		GRANT USAGE ON SCHEMA evil TO PUBLIC});
	($code, $out, $error) = as_role('application', q{SET search_path = evil, pg_catalog; INSERT INTO public.reading VALUES ('b', '2024-01-01 04:00+00', 100)});
	is("$code$error", '0', 'no name is looked up by the session\'s path');
	ok($node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM lstm_ledger WHERE series = 'b' AND origin > '2024-01-01'}), 'forecasts are renewed as ever');
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'lstm_forecast renewal'}), 'by a worker that ends');
}
{
	# others cannot keep a series from being asked for
	as_role('stranger', q{INSERT INTO lstm_due (owner, name, series, after) VALUES ('stranger', 'shops', 'b', '2030-01-01')});
	is($node->safe_psql('postgres', 'SELECT count(*) FROM lstm_due'), 1, 'a stranger asks for a series of another role');
	like((as_role('stranger', q{INSERT INTO lstm_due (owner, name, series, after) VALUES ('owner', 'shops', 'b', '2030-01-01')}))[2], qr/row-level security/, 'not in its name');
	$node->safe_psql('postgres', q{ALTER ROLE owner NOLOGIN});
	my ($code, $out, $error) = as_role('application', q{INSERT INTO reading VALUES ('b', '2024-01-02 04:00+00', 100)});
	is("$code$error", '0', 'the owner may not log in');
	is($node->safe_psql('postgres', q{SELECT owner, series FROM lstm_due ORDER BY 1}), "owner|b\nstranger|b", 'the series waits');
	my $log_end = -s $node->logfile;
	$node->safe_psql('postgres', 'ALTER ROLE owner LOGIN; GRANT CONNECT ON DATABASE postgres TO application, stranger; REVOKE CONNECT ON DATABASE postgres FROM PUBLIC');
	($code, $out, $error) = as_role('application', q{INSERT INTO reading VALUES ('b', '2024-01-02 05:00+00', 100)});
	is("$code$error", '0', 'the owner may not connect');
	sleep 1;
	unlike(slurp_file($node->logfile, $log_end), qr/FATAL/, 'no worker is sent to fail at that');
	$node->safe_psql('postgres', 'GRANT CONNECT ON DATABASE postgres TO PUBLIC; ALTER ROLE owner NOLOGIN');
	is((as_role('stranger', 'SELECT lstm_watch_renew(); SELECT count(*) FROM lstm_due'))[1], "0\n0", 'what a stranger asked for goes');
	is($node->safe_psql('postgres', q{SET ROLE owner; SELECT lstm_watch_renew(); SELECT count(*) FROM lstm_due}), "1\n0", 'the owner renews it by hand');
	$node->safe_psql('postgres', q{ALTER ROLE owner LOGIN});
}

# --- gone ----------------------------------------------------------------------------------------
{
	my $insert = q{INSERT INTO reading VALUES ('a', '2024-01-01 08:00+00', 1); DELETE FROM reading WHERE value = 1;};
	my ($code, $out, $error) = as_role('owner', qq{UPDATE lstm_definition SET name = 'renamed' WHERE name = 'shops'; $insert});
	like($error, qr/^psql:\S* WARNING:  table "reading" is not watched[^\n]*\nDETAIL:  There is no model "shops"[^\n]*\nHINT:[^\n]*$/m, 'a model that was renamed');
	($code, $out, $error) = as_role('owner', qq{UPDATE lstm_definition SET name = 'shops' WHERE name = 'renamed'; $insert});
	is("$code$error", '0', 'and back');
	($code, $out, $error) = as_role('owner', qq{DELETE FROM lstm_definition; $insert});
	is($code, 0, 'one that was forgotten');
	like($error, qr/There is no model "shops"/, 'is told of');
	($code, $out, $error) = as_role('owner', q{SELECT lstm_watch_renew()});
	is("$code$error", '0', 'what was asked for it goes');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM lstm_due}), 0, 'nothing is left');
	$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
	$node->restart;
	($code, $out, $error) = as_role('owner', q{SELECT lstm_define('shops', 'reading', 'ts', 'value', 'sensor', horizon => 4); INSERT INTO reading VALUES ('a', '2024-01-03 04:00+00', 1);});
	is("$code$error", '0', 'without room for workers rows are inserted');
	is($node->safe_psql('postgres', q{SELECT series FROM lstm_due}), 'a', 'and what is due waits');
	like(error_of($node, 'DROP EXTENSION lstm_registry'), qr/2BP01.*trigger lstm_watch_shops_insert/s, 'the extension is not dropped under a trigger');
	$node->safe_psql('postgres', 'DROP EXTENSION lstm_registry CASCADE');
	($code, $out, $error) = as_role('owner', $insert);
	is("$code$error", '0', 'nor hinders rows once it was');
}
$node->stop;
done_testing();
