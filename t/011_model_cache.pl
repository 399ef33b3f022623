# The session's cache of parsed models: whose it is, what it gives after a change or an error, and how large it gets.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers = 0\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE owner;
	CREATE ROLE stranger;
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, 100 + 5 * sin(i * 0.2618) AS value
		FROM generate_series(1, 300) AS i;
	CREATE TABLE model AS
		SELECT seed, lstm_train(ts, value + seed, lstm_options(seed => seed, max_steps => 2, horizon => 6, lookback => 12, hidden_size => 32, ensemble_size => 1)) AS model
		FROM reading, generate_series(1, 60) AS seed GROUP BY seed;
	CREATE TABLE secret AS SELECT model FROM model WHERE seed = 1;
	CREATE TABLE published AS SELECT model FROM model WHERE seed = 2;
	ALTER TABLE secret OWNER TO owner;
	GRANT SELECT ON published, model TO PUBLIC;
	-- what a forecast says, and how much the session has cached
	CREATE FUNCTION said(model bytea) RETURNS text LANGUAGE sql AS
		$$ SELECT md5(string_agg(f::text, ',' ORDER BY step)) FROM lstm_forecast(model) AS f $$;
	CREATE VIEW cached AS
		SELECT count(*) AS models, coalesce(sum(total_bytes), 0) AS bytes FROM pg_backend_memory_contexts
		WHERE name = 'lstm_forecast parsed model'
			  AND level = (SELECT level + 1 FROM pg_backend_memory_contexts WHERE name = 'CacheMemoryContext');
	GRANT SELECT ON cached TO PUBLIC;
	GRANT pg_read_all_stats TO owner, stranger;
});

# The lines that psql prints for a script in one session; errors do not end it.
sub session
{
	my ($script) = @_;
	my ($out, $error) = ('', '');
	$node->psql('postgres', "\\set VERBOSITY verbose\n$script", stdout => \$out, stderr => \$error, on_error_stop => 0);
	return ($out, $error);
}
my %said = map { /(.*)\|(.*)/ ? ($1 => $2) : () } split /\n/, $node->safe_psql('postgres', 'SELECT seed, said(model) FROM model');
is(scalar(keys %said), 60, 'every model forecasts');
is(scalar(keys %{ { reverse %said } }), 60, 'and says something of its own');

# --- roles ---------------------------------------------------------------------------------------------

my ($out, $error) = session(q{
	SET ROLE owner;
	SELECT said(model) FROM secret;
	SELECT models FROM cached;
	SET ROLE stranger;
	SELECT said(model) FROM secret;
	SELECT said(model) FROM published;
	SELECT models FROM cached;
});
is($out, "$said{1}\n1\n$said{2}\n2", 'the session parses once what it may read');
like($error, qr/ERROR:  42501: permission denied for table secret/, 'and another role gets nothing of a cached model');

# Bytes that begin and end as a cached model does, and have its length and its checksum's digits, are not that model.
($out, $error) = session(q{
	SET ROLE owner;
	SELECT said(model) FROM secret;
	SELECT models FROM cached;
	SELECT said(set_byte(model, length(model) / 2, (get_byte(model, length(model) / 2) + 1) % 256)) FROM secret;
	SELECT said(substr(model, 1, 200)) FROM secret;
	SELECT said(substr(model, 1, 200) || decode(repeat('00', length(model) - 200), 'hex')) FROM secret;
	SELECT models FROM cached;
	SELECT said(model) FROM secret;
});
is($out, "$said{1}\n1\n1\n$said{1}", 'bytes that begin like a cached model are not taken for it');
is(() = $error =~ /ERROR:  XX001: lstm_forecast model is damaged/g, 3, 'but seen to be damaged, and leave nothing behind');

# --- changes ---------------------------------------------------------------------------------------------

($out, $error) = session(q{
	CREATE TEMP TABLE current AS SELECT model FROM model WHERE seed = 3;
	PREPARE forecast AS SELECT said(model) FROM current;
	EXECUTE forecast;
	UPDATE current SET model = (SELECT model FROM model WHERE seed = 4);
	EXECUTE forecast;
	BEGIN;
	UPDATE current SET model = (SELECT model FROM model WHERE seed = 5);
	EXECUTE forecast;
	ROLLBACK;
	EXECUTE forecast;
	BEGIN;
	SAVEPOINT before;
	DELETE FROM current;
	INSERT INTO current SELECT model FROM model WHERE seed = 6;
	EXECUTE forecast;
	ROLLBACK TO before;
	EXECUTE forecast;
	COMMIT;
	TRUNCATE current;
	INSERT INTO current SELECT model FROM model WHERE seed = 7;
	EXECUTE forecast;
	ALTER TABLE current ALTER model SET STORAGE external;
	UPDATE current SET model = model || ''::bytea;
	EXECUTE forecast;
	SELECT models FROM cached;
});
is($out, join("\n", @said{ 3, 4, 5, 4, 6, 4, 7, 7 }, 5), 'an UPDATE, a rollback or new rows give the model that is there');
is($error, '', 'without an error');

# --- size ------------------------------------------------------------------------------------------------

my $size = $node->safe_psql('postgres', 'SELECT said(model) FROM model WHERE seed = 1; SELECT bytes FROM cached') =~ /^(\d+)$/m ? $1 : 0;
cmp_ok($size, '>', 20_000, "a model takes some memory ($size bytes)");
my $limit = int(10.5 * $size / 1024);
my $all = join ' ', map { $said{$_} } 1 .. 60;
($out, $error) = session(qq{
	SELECT count(DISTINCT said(model)) FROM model;
	SELECT models FROM cached;
	SET lstm_forecast.model_cache = '${limit}kB';
	SELECT string_agg(said(model), ' ' ORDER BY seed) FROM model;
	SELECT models, bytes <= $limit * 1024 FROM cached;
	SELECT said(model) FROM model WHERE seed = 60;
	SELECT models FROM cached;
	SET lstm_forecast.model_cache = 0;
	SELECT string_agg(said(model), ' ' ORDER BY seed) FROM model;
	SELECT models FROM cached;
	SELECT count(*), count(DISTINCT seed) FROM model, lstm_forecast(model) AS f;
	SELECT models FROM cached;
});
is($out, "60\n60\n$all\n10|t\n$said{60}\n10\n$all\n0\n360|60\n0", 'the cache keeps to its limit, and without any models are parsed each time');
is($error, '', 'without an error');

# What a statement uses stays for it, although the cache has no room: outer model, inner model of its source, and again.
my $nested = q{
	SELECT count(*), bool_and(o.forecast = b.forecast)
	FROM model AS m, lstm_forecast(m.model, 'SELECT f.ts, f.forecast FROM model AS inner_model, lstm_forecast(inner_model.model) AS f WHERE seed = 9', 'ts', 'forecast') AS o,
		 lstm_forecast(m.model, 'SELECT * FROM beside', 'ts', 'forecast') AS b
	WHERE m.seed <= 8 AND b.step = o.step;
};
($out, $error) = session(qq{
	SET client_min_messages = warning; -- the forecasts of another model are fewer rows than the networks read
	CREATE TEMP TABLE beside AS SELECT f.ts, f.forecast FROM model, lstm_forecast(model) AS f WHERE seed = 9;
	$nested
	SET lstm_forecast.model_cache = 0;
	$nested
	SELECT models FROM cached;
});
is($out, "48|t\n48|t\n0", 'a statement that forecasts within a forecast keeps the models that it uses');
is($error, '', 'without an error');

# --- errors ----------------------------------------------------------------------------------------------

($out, $error) = session(q{
	SET lstm_forecast.model_cache = 0;
	SELECT said(model), 1 / (seed - 5) FROM model WHERE seed BETWEEN 4 AND 5 ORDER BY seed;
	SELECT models FROM cached;
	DO $$ DECLARE given record;
	BEGIN
		FOR given IN SELECT seed, model FROM model WHERE seed <= 5 LOOP
			BEGIN
				PERFORM said(given.model), 1 / (given.seed - given.seed);
			EXCEPTION WHEN division_by_zero THEN
				PERFORM said(given.model);
			END;
		END LOOP;
	END $$;
	SELECT models FROM cached;
	RESET lstm_forecast.model_cache;
	SET lstm_forecast.max_memory = '1MB';
	SELECT count(*) FROM model, lstm_forecast(model, horizon => 10000, quantiles => array_fill(0.1::float8, ARRAY[100])) WHERE seed = 10;
	RESET lstm_forecast.max_memory;
	SELECT said(model) FROM model WHERE seed = 10;
});
is($out, "0\n0\n$said{10}", 'a statement that fails lets its models go, and another goes on with the cache');
like($error, qr/22012.*54000/s, 'after the errors that were meant');

# A forecast that is cut off between its networks leaves them fit to be used again.
my $long = 'SELECT count(*) FROM model, lstm_forecast(model, horizon => 10000) WHERE seed = 11';
($out, $error) = session(qq{
	SET client_min_messages = error;
	SELECT said(model) FROM model WHERE seed = 11;
	@{[ "BEGIN; SET LOCAL statement_timeout = 1; $long; ROLLBACK;" x 5 ]}
	SELECT said(model) FROM model WHERE seed = 11;
});
is($out, "$said{11}\n$said{11}", 'a cancelled forecast does not spoil the next one');
is(() = $error =~ /ERROR:  57014/g, 5, 'after it was cancelled five times');

$node->stop;
done_testing();
