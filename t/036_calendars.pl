# Tables of holidays and of exchange sessions by scripts/, and twenty years of sessions as steps: no forecast for a closed day.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $scripts = abs_path(dirname(__FILE__) . '/../scripts');
my $python = $ENV{TEST_PYTHON} // 'python3';
system("'$python' -c 'import holidays, exchange_calendars' 2>/dev/null") == 0
  or plan(skip_all => 'the Python packages holidays and exchange_calendars are not installed');

# The scripts take the python3 that they find.
local $ENV{PATH} = dirname($python) . ":$ENV{PATH}" if $python =~ m{/};

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE holiday (day date, name text);
	CREATE TABLE session (session date, open timestamptz, close timestamptz);
});

sub result { return $node->safe_psql('postgres', $_[0]); }

# What a script says: its status, output and errors.
sub script
{
	my ($name, @arguments) = @_;
	my ($out, $error);
	IPC::Run::run([ "$scripts/$name", @arguments ], '>', \$out, '2>', \$error);
	return ($? >> 8, $out, $error);
}

# Let a script write a file, and \copy take it.
sub load
{
	my ($table, $name, @arguments) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . "/$table.csv";
	my ($status, $out, $error) = script($name, @arguments, $file);
	is("$status$out$error", '0', "$name @arguments: written, and nothing said");
	result("TRUNCATE $table;\n\\copy $table FROM '$file' (FORMAT csv, HEADER)\n");
}

# --- holidays --------------------------------------------------------------------------------------------

load('holiday', 'holidays', 'DE-BE', 2024, 2024);
is(result('SELECT count(*), count(DISTINCT day), min(day), max(day) FROM holiday'), '10|10|2024-01-01|2024-12-26', 'Berlin has ten in 2024');
is(result(q{SELECT name FROM holiday WHERE day IN ('2024-03-29', '2024-10-03') ORDER BY day}), "Good Friday\nGerman Unity Day", 'by English names');
is(result(q{SELECT count(*) FROM holiday WHERE name = 'Women''s Day' AND day = '2024-03-08'}), 1, 'with those of Berlin only');
load('holiday', 'holidays', 'AU-VIC', 2012, 2015);
is(result(q{SELECT string_agg(day::text, ' ' ORDER BY day) FROM holiday WHERE name = 'Melbourne Cup Day'}), '2012-11-06 2013-11-05 2014-11-04 2015-11-03',
	'of a state, over several years');
load('holiday', 'holidays', 'fr', '2008-05-01', '2008-05-08');
is(result('SELECT day, name FROM holiday ORDER BY name'), "2008-05-01|Ascension Day\n2008-05-01|Labor Day\n2008-05-08|Victory Day",
	'a day of two holidays is two rows; both ends of days are included');
load('holiday', 'holidays', 'US', '2010-12-31', '2010-12-31');
is(result('SELECT name FROM holiday'), q{New Year's Day (observed)}, 'what the next year has on the last day of this one');
my ($status, $out, $error) = script('holidays', 'DE', '2024-10-03', '2024-10-03');
is("$status$out$error", "0day,name\n2024-10-03,German Unity Day\n", 'to standard output without a file');

# --- sessions --------------------------------------------------------------------------------------------

load('session', 'sessions', 'NYSE', 2024, 2024);
is(result('SELECT count(*), count(DISTINCT session), min(session), max(session) FROM session'), '252|252|2024-01-02|2024-12-31', 'New York has 252 in 2024');
is(result(q{SELECT string_agg(to_char(session, 'MM-DD'), ' ' ORDER BY session) FROM session WHERE close - open < '6.5 hours'}), '07-03 11-29 12-24', 'three close early');
is(result(q{SELECT count(*) FROM session WHERE (open AT TIME ZONE 'America/New_York')::time = '09:30' AND (open AT TIME ZONE 'America/New_York')::date = session
	AND (close AT TIME ZONE 'America/New_York')::time = CASE WHEN session IN ('2024-07-03', '2024-11-29', '2024-12-24') THEN time '13:00' ELSE '16:00' END}),
	252, 'from half past nine to four, in summer and winter');
($status, $out, $error) = script('sessions', 'XNYS', '2024-07-03', '2024-07-04');
is("$status$out$error", "0session,open,close\n2024-07-03,2024-07-03 13:30:00+00,2024-07-03 17:00:00+00\n", 'to standard output without a file');
($status, $out, $error) = script('sessions', 'XNYS', '2024-07-06', '2024-07-07');
is("$status$out$error", "0session,open,close\n", 'none at a weekend');

# --- bad arguments ---------------------------------------------------------------------------------------

my $kept = PostgreSQL::Test::Utils::tempdir() . '/kept.csv';
append_to_file($kept, "kept\n");
for (
	[ 'holidays XX 2024 2024', qr/^holidays: there is no country "XX"; codes are those of ISO 3166/ ],
	[ 'holidays DE-XX 2024 2024', qr/^holidays: "DE" has no part "XX"; it has .*\bBB, BE\b/ ],
	[ 'holidays DE 2024 2023', qr/^holidays: 2024-01-01 is after 2023-12-31$/ ],
	[ 'holidays DE 24 2025', qr/^holidays: "24" is neither a year nor a day/ ],
	[ 'holidays DE 2024 2024-02-30', qr/^holidays: there is no day "2024-02-30"$/ ],
	[ 'holidays DE 1950 2024', qr/^holidays: holidays of "DE" are known from \d+ to \d+$/ ],
	[ 'holidays', qr/^holidays: usage: scripts\/holidays COUNTRY\[-SUBDIVISION\] FROM TO \[FILE\]$/ ],
	[ 'sessions XX 2024 2024', qr/^sessions: there is no exchange "XX"; codes are those of ISO 10383/ ],
	[ 'sessions NYSE 2024-12-31 2024', undef ],
	[ 'sessions NYSE 2025 2024', qr/^sessions: 2025-01-01 is after 2024-12-31$/ ],
	[ 'sessions XSHG 1980 1985', qr/^sessions: sessions of "XSHG" are known from 1990-12-03 to \d{4}-12-31$/ ],
	[ 'sessions NYSE 9000 9001', qr/^sessions: the package cannot tell the sessions of "NYSE" from 9000-01-01 to 9001-12-31: / ],
	[ 'sessions NYSE 2024', qr/^sessions: usage: scripts\/sessions EXCHANGE FROM TO \[FILE\]$/ ])
{
	my ($call, $says) = @$_;
	my @words = split / /, $call;
	($status, $out, $error) = script(@words, @words == 4 && $says ? $kept : ());
	if (!$says) { is("$status$error", '0', "$call: a part of a year"); next; }
	is($status, 1, "$call: fails");
	like($error, $says, "$call: says why");
	is($out, '', "$call: no rows");
}
is(slurp_file($kept), "kept\n", 'a call that fails leaves its file alone');
($status, $out, $error) = script('holidays', 'DE', 2024, 2024, '/nowhere/holiday.csv');
isnt($status, 0, 'a file that cannot be written is an error');

SKIP:
{
	skip 'this python3 has the package by itself', 2 if system("/usr/bin/python3 -c 'import holidays' 2>/dev/null") == 0;
	my $folder = PostgreSQL::Test::Utils::tempdir();
	symlink('/usr/bin/python3', "$folder/python3");
	local $ENV{PATH} = "$folder:$ENV{PATH}";
	local $ENV{PIP_NO_INDEX} = 1;
	($status, $out, $error) = script('holidays', 'DE', 2024, 2024);
	is("$status$out", '1', 'without the package and without a network: no rows');
	like($error, qr/^holidays: (pip could not install holidays|python3 has no venv)$/m, 'it says what is missing');
}

# --- twenty years of sessions as steps -----------------------------------------------------------------

load('session', 'sessions', 'NYSE', 2004, 2025);
my $stocks = abs_path(dirname(__FILE__) . '/../data/stocks.csv');
result("CREATE TABLE stock (ticker text, date date, close float8);\n\\copy stock FROM '$stocks' (FORMAT csv, HEADER)\n");
is(result(q{SELECT count(*), count(session), count(d.date) FROM (SELECT DISTINCT date FROM stock) AS d
	FULL JOIN (SELECT session FROM session WHERE session BETWEEN '2008-03-03' AND '2013-03-01') AS s ON session = d.date}), '1259|1259|1259',
	'sessions are the days on which shares were traded, of the five years in data/stocks.csv');
my $quick = q{max_steps => 20, hidden_size => 4, ensemble_size => 1, lookback => 10, pretrained => 'none'};
$node->safe_psql('postgres', qq{
	CREATE TABLE trading_day AS SELECT session AS day, row_number() OVER (ORDER BY session) AS n FROM session;
	ALTER TABLE trading_day ADD PRIMARY KEY (day);
	-- a walk of steps that are uniform in -1..1, with a drift
	CREATE TABLE price AS SELECT day, n, 100 + n / 50.0 + sum(('x' || left(md5(n::text), 4))::bit(16)::int / 32768.0 - 1) OVER (ORDER BY n) AS close FROM trading_day;
	CREATE INDEX ON price (day);
	CREATE TABLE model AS SELECT lstm_train('SELECT day, close FROM price WHERE day < ''2005-01-01''', 'day', 'close', horizon => 5,
		options => lstm_options(steps => 'SELECT day FROM trading_day', $quick)) AS model;
	CREATE TABLE ahead AS SELECT p.day AS origin, p.n, f.step, f.local_ts
	FROM price AS p, model, lstm_forecast(model, format('SELECT day, close FROM price WHERE n BETWEEN %s AND %s', p.n - 15, p.n), 'day', 'close') AS f
	WHERE p.day BETWEEN '2004-12-31' AND '2024-12-31';
});
is(result('SELECT count(DISTINCT origin), count(*) FROM ahead'), '5034|25170', 'each of 5034 sessions of twenty years is an origin');
is(result('SELECT count(*) FROM ahead WHERE NOT EXISTS (SELECT FROM session WHERE session = local_ts)'), 0, 'no forecast is for a closed day');
is(result('SELECT count(*) FROM ahead AS a JOIN trading_day AS t ON t.n = a.n + step WHERE t.day = local_ts'), 25170, 'each is for the session that comes next');

# Known by heart, not by the package.
my %next = (
	'2012-10-26' => '2012-10-31 2012-11-01', # a storm
	'2018-12-04' => '2018-12-06 2018-12-07', # mourning
	'2006-12-29' => '2007-01-03 2007-01-04', # the New Year, and mourning
	'2024-03-28' => '2024-04-01 2024-04-02', # Good Friday
	'2024-11-27' => '2024-11-29 2024-12-02', # Thanksgiving
	'2024-12-24' => '2024-12-26 2024-12-27', # Christmas
	'2021-12-31' => '2022-01-03 2022-01-04', # a New Year's Day on a Saturday, which is not made up for
	'2022-06-17' => '2022-06-21 2022-06-22', # Juneteenth
	'2010-07-02' => '2010-07-06 2010-07-07', # the Fourth of July on a Sunday
	'2024-05-17' => '2024-05-20 2024-05-21', # a weekend
);
for my $origin (sort keys %next)
{
	is(result("SELECT string_agg(local_ts::date::text, ' ' ORDER BY step) FROM ahead WHERE origin = '$origin' AND step <= 2"), $next{$origin}, "after $origin");
	is(result(qq{SELECT string_agg(local_ts::date::text, ' ' ORDER BY step) FROM lstm_forecast('SELECT day, close FROM price WHERE day BETWEEN date ''$origin'' - 200 AND ''$origin''',
		'day', 'close', horizon => 2, options => lstm_options(steps => 'SELECT day FROM trading_day', $quick))}), $next{$origin}, '... of a model that was trained then');
}
is(result(qq{SELECT i->>'rows', i->>'missing', i->>'horizon', i->>'last_step' FROM lstm_model_info(lstm_train('SELECT day, close FROM price WHERE day < ''2025-01-01''', 'day', 'close',
	options => lstm_options(steps => 'SELECT day FROM trading_day', time_zone => 'UTC', $quick))) AS i}), '5285|0|10|2025-12-31T00:00:00+00:00', 'all years at once: no gap');

# --- opening hours -----------------------------------------------------------------------------------------

# Bars of an hour from half past nine: seven a session, four where it closes early.
my $bars = q{SELECT bar FROM session, generate_series(open, close - interval ''30 minutes'', interval ''1 hour'') AS bar WHERE session > ''2023-11-01''};
for (
	[ '2024-11-27', 'Fri 11-29 09:30, Fri 11-29 10:30, Fri 11-29 11:30, Fri 11-29 12:30, Mon 12-02 09:30', 'a session that closes early' ],
	[ '2024-03-08', 'Mon 03-11 09:30, Mon 03-11 10:30, Mon 03-11 11:30, Mon 03-11 12:30, Mon 03-11 13:30', 'a change of clocks' ])
{
	my ($origin, $expected, $what) = @$_;
	is(result(qq{SELECT string_agg(to_char(local_ts, 'Dy MM-DD HH24:MI'), ', ' ORDER BY step) FROM lstm_forecast('SELECT bar, 100 + 5 * sin(extract(epoch FROM bar) / 5000) AS close
		FROM ($bars) AS b WHERE bar < ''$origin 22:00+00'' AND bar > timestamptz ''$origin 22:00+00'' - interval ''60 days''', 'bar', 'close', horizon => 5,
		options => lstm_options(steps => '$bars', time_zone => 'America/New_York', $quick))}), $expected, "hours of trading after $origin: $what");
}

$node->stop;
done_testing();
