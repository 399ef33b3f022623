# Back-tests on real data: the numbers beside the model's are those of plain SQL, the model's are those of forecasts from the rows that
# were known, whoever trains; rights and read-only transactions hold, and a cancel ends them.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Spec;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Backends;

my $data = File::Spec->rel2abs(dirname(__FILE__) . '/../data');
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_worker_processes = 8");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION lstm_forecast; CREATE ROLE stranger');

sub result { return $node->safe_psql('postgres', $_[0]); }
# Daily closes of four stocks, on business days; holidays are missing.
result(q{CREATE TABLE stock (ticker text, day date, close float8)});
my ($code) = $node->psql('postgres', "\\copy stock FROM '$data/stocks.csv' (FORMAT csv, HEADER)");
is($code, 0, 'the sample data is read');
my $options = q{lstm_options(lookback => 20, hidden_size => 8, ensemble_size => 3, max_steps => 60, seasonal_period => 5, horizon => 5, validation_fraction => 0)};
result(qq{
	CREATE TABLE model AS SELECT lstm_train(ticker, day, close, $options) AS model FROM stock WHERE day < '2012-03-05';
	CREATE VIEW recent AS SELECT * FROM stock WHERE day >= '2011-01-03';
});

# --- the naive forecast and the origins in plain SQL ---------------------------------------------------

# The five business days after an origin, and the last close that was known there.
my $by_hand = q{
	LATERAL (SELECT avg(abs(s.close - last.close)) AS naive
			 FROM (SELECT close FROM stock WHERE ticker = b.series AND day <= b.origin ORDER BY day DESC LIMIT 1) AS last,
				  stock AS s WHERE ticker = b.series AND day > b.origin AND day <= b.origin + interval '7 days') AS by_hand};
result(qq{CREATE TABLE trained AS SELECT * FROM lstm_backtest('recent', 'day', 'close', 'ticker', options => $options, folds => 4)});
is(result('SELECT count(*), count(DISTINCT series), min(origin)::date, max(origin)::date, count(DISTINCT fold) FROM trained'), '80|4|2013-02-01|2013-02-22|4',
	'four folds end with the data, five business days apart');
is(result("SELECT count(*), bool_and(abs(b.naive - by_hand.naive) < 1e-9) FROM trained AS b, $by_hand WHERE metric = 'mae'"), '16|t',
	'the naive error of each is that of SQL');

result(q{CREATE TABLE later AS SELECT b.* FROM model, lstm_backtest(model.model, 'stock', 'day', 'close', 'ticker', stride => 1) AS b});
is(result(q{SELECT count(*), min(origin)::date, max(origin)::date, count(DISTINCT origin) FROM later WHERE metric = 'mae'}), '1024|2012-03-02|2013-02-22|256',
	'a trained model is tested at every business day after its training');
is(result("SELECT count(*), bool_and(abs(b.naive - by_hand.naive) < 1e-9) FROM later AS b, $by_hand WHERE metric = 'mae'"), '1024|t',
	'the naive error of each is that of SQL, also where the origin is a holiday');
is(result(q{SELECT count(*) FROM later WHERE metric = 'mae' AND NOT EXISTS (SELECT FROM stock WHERE ticker = series AND day = origin)}), '44', 'as some are: eleven holidays');
is(result(q{
	SELECT count(*), bool_and(abs(b.model - lstm_mae) < 1e-9 * lstm_mae)
	FROM later AS b JOIN stock AS known ON known.ticker = b.series AND known.day = b.origin,
		 LATERAL (SELECT lstm_mae(s.close, f.forecast)
				  FROM lstm_forecast((SELECT model FROM model), format('SELECT * FROM stock WHERE day <= %L AND ticker = %L', b.origin, b.series), 'day', 'close', 'ticker') AS f
					   JOIN stock AS s ON s.ticker = f.series AND s.day = f.ts::date) AS by_hand
	WHERE metric = 'mae' AND fold % 20 = 3}), '52|t', 'the model errs as its forecasts from the rows up to there do');

# --- the forecasts themselves ------------------------------------------------------------------------------

# The prices of the file up to a day, then others.
my $future = sub { my ($day, $what) = @_; return "SELECT ticker, day, CASE WHEN day <= ''$day'' THEN close ELSE $what END AS close FROM recent" };
my $forecasts = sub {
	my ($source) = @_;
	return qq{SELECT 'folds' AS test, f.* FROM lstm_backtest_forecasts('$source', 'day', 'close', 'ticker', options => $options || '{"validation_fraction": 0.2}', folds => 3, stride => 10, quantiles => '{0.1, 0.6}') AS f
		UNION ALL SELECT 'model', f.* FROM calibrated, lstm_backtest_forecasts(model, '$source', 'day', 'close', 'ticker', stride => 10, quantiles => '{0.1, 0.6}') AS f
		UNION ALL SELECT 'unseen', f.* FROM calibrated, lstm_backtest_forecasts(others, '$source', 'day', 'close', 'ticker', stride => 10, quantiles => '{0.1, 0.6}') AS f};
};
result(qq{
	CREATE TABLE calibrated AS SELECT lstm_train(ticker, day, close, $options || '{"validation_fraction": 0.2}') AS model,
		lstm_train('other ' || ticker, day, 100 / close, $options || '{"validation_fraction": 0.2}') AS others FROM stock WHERE day < '2012-03-05';
	CREATE TABLE actual AS @{[ $forecasts->('recent') ]};
});
is(result(q{SELECT test, count(DISTINCT (series, fold)), count(*), count(actual) < count(*), count(lower) FROM actual GROUP BY test ORDER BY test}),
	"folds|12|60|f|60\nmodel|104|520|t|520\nunseen|220|1100|t|1100", 'they have a row a step, with an interval, and no actual on holidays');
is(result(q{SELECT count(*), bool_and(f.actual IS NOT DISTINCT FROM s.close) FROM actual AS f LEFT JOIN stock AS s ON s.ticker = f.series AND s.day = f.local_ts::date}), '1680|t', 'the actual values are those of the table');

# What comes after a day is no part of what was said up to it.
my $last = '2013-01-31';
for my $what ('close * 3', '1000000 + 1000 * extract(day FROM day)', 'CASE WHEN day NOT BETWEEN \'\'2013-02-04\'\' AND \'\'2013-02-15\'\' THEN close / 2 END')
{
	my $other = $forecasts->($future->($last, $what));
	my $counts = result(qq{
		SELECT test, count(*) > 0, count(*) FILTER (WHERE (a.forecast, a.lower, a.upper, a.quantiles, a.naive, a.seasonal_naive, a.ts) IS DISTINCT FROM (b.forecast, b.lower, b.upper, b.quantiles, b.naive, b.seasonal_naive, b.ts)), bool_or(a.actual IS DISTINCT FROM b.actual)
		FROM actual AS a FULL JOIN ($other) AS b USING (test, series, fold, origin, step) WHERE origin <= '$last' GROUP BY test ORDER BY test});
	is($counts, "folds|t|0|t\nmodel|t|0|t\nunseen|t|0|t", "nothing that was forecast up to $last knows that later $what");
}
is(result(qq{SELECT count(*) > 0 FROM actual AS a JOIN (@{[ $forecasts->($future->($last, 'close * 3')) ]}) AS b USING (test, series, fold, origin, step) WHERE origin > '$last' AND a.forecast <> b.forecast}), 't',
	'(later forecasts do)');

# --- who trains, and who may -----------------------------------------------------------------------------

for my $workers (1, 3)
{
	result(qq{CREATE TABLE by_$workers AS SELECT * FROM lstm_backtest('recent', 'day', 'close', 'ticker', options => $options || '{"workers": $workers}', folds => 4)});
	is(result("SELECT count(*) FROM (TABLE by_$workers EXCEPT TABLE trained) AS differing"), 0, "$workers processes give the same rows");
	is(result(qq{SELECT count(*) FROM (SELECT * FROM lstm_backtest_forecasts('recent', 'day', 'close', 'ticker', options => $options || '{"validation_fraction": 0.2, "workers": $workers}', folds => 3, stride => 10, quantiles => '{0.1, 0.6}')
									   EXCEPT SELECT fold, series, origin, step, ts, local_ts, actual, forecast, lower, upper, quantiles, naive, seasonal_naive, start FROM actual WHERE test = 'folds') AS differing}), 0, 'and the same forecasts');
}
my $of_source = "SELECT count(*) FROM lstm_backtest('recent', 'day', 'close', 'ticker', options => $options, folds => 1)";
my $of_model = q{SELECT count(*) FROM lstm_backtest((SELECT model FROM model), 'stock', 'day', 'close', 'ticker')};
for my $query ($of_source, $of_model, map { s/lstm_backtest/lstm_backtest_forecasts/r } $of_source, $of_model)
{
	like(result("BEGIN READ ONLY; $query; COMMIT"), qr/^\d+$/, 'it writes nothing');
}
result('GRANT SELECT ON model TO stranger');
like(error_of($node, "SET ROLE stranger; $_"), qr/ERROR:  42501: permission denied for (view|table)/, 'it reads as the caller') for map { $_, s/lstm_backtest/lstm_backtest_forecasts/r } $of_source, $of_model;

# --- ends ------------------------------------------------------------------------------------------------

my $endless = q{SELECT count(*) FROM lstm_backtest('recent', 'day', 'close', 'ticker', options => '{"max_steps": 100000000, "max_epochs": 1000000, "patience": 0, "workers": 2}')};
like(error_of($node, "SET statement_timeout = '1s'; $endless"), qr/ERROR:  57014: canceling statement due to statement timeout/, 'a timeout ends the training of a fold');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), 'and its workers');
like(error_of($node, q{SET statement_timeout = '1s'; SELECT count(*) FROM model, generate_series(1, 1000000) AS i, lstm_backtest(model.model, 'stock', 'day', 'close', 'ticker', folds => 52 + 0 * i)}),
	qr/ERROR:  57014/, 'and the back-tests of a model');
like(error_of($node, q{SET statement_timeout = '1s'; SELECT count(*) FROM model, generate_series(1, 1000000) AS i, lstm_backtest_forecasts(model.model, 'stock', 'day', 'close', 'ticker', folds => 52 + 0 * i, quantiles => '{0.1, 0.5, 0.9}')}),
	qr/ERROR:  57014/, 'and their forecasts');

$node->stop;
done_testing();
