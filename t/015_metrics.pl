# The metric aggregates give what a Python library gives for the same rows, series by series, and a
# parallel plan with real workers gives what a serial one does.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use constant SEASON => 12;

my $python = $ENV{TEST_PYTHON} || 'python3';
my $season = SEASON;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'max_parallel_workers = 4');
$node->start;

# Five series: about 100, about 0 with both signs, counts with many zeros, one of 1e6, one short. History with gaps;
# forecasts with quantiles and an 80 percent interval; one tenth of the actual values and of the forecasts is NULL.
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	SELECT setseed(0.5);
	CREATE TABLE observed AS
		SELECT series, step, CASE WHEN random() < 0.1 THEN NULL
			WHEN series = 'counts' THEN trunc(3 * random() * random())
			ELSE level + spread * (sin(step * 2 * pi() / 12) + random() - 0.5) END AS value
		FROM (VALUES ('far', 100.0, 5.0, 300), ('signs', 0, 1, 200), ('counts', 0, 0, 250), ('large', 1e6, 1e3, 400),
					 ('short', 10, 1, 24)) AS kind (series, level, spread, steps), generate_series(1, steps) AS step;
	CREATE TABLE predicted AS
		SELECT series, step, CASE WHEN random() < 0.1 THEN NULL
			WHEN series = 'counts' THEN trunc(3 * random() * random())
			ELSE level + spread * 2 * (random() - 0.5) END AS actual,
			CASE WHEN random() < 0.1 THEN NULL WHEN series = 'counts' THEN trunc(2 * random()) ELSE middle END AS forecast,
			middle - 0.9 * spread AS lower, middle + 0.7 * spread AS upper,
			ARRAY[middle - 0.9 * spread, middle - 0.1 * spread, middle + 0.7 * spread] AS quantiles
		FROM (SELECT series, level, spread, step, level + spread * (random() - 0.5) AS middle
			  FROM (VALUES ('far', 100.0, 5.0), ('signs', 0, 1), ('counts', 0, 1), ('large', 1e6, 1e3), ('short', 10, 1))
				AS kind (series, level, spread), generate_series(1, 500) AS step) AS drawn;
});

# --- against Python -----------------------------------------------------------------------------------

my %sql = (
	mae => 'lstm_mae(actual, forecast)',
	mse => 'lstm_mse(actual, forecast)',
	rmse => 'lstm_rmse(actual, forecast)',
	mape => 'lstm_mape(actual, forecast)',
	smape => 'lstm_smape(actual, forecast)',
	mase => "lstm_mase(actual, forecast, (SELECT lstm_mase_scale(value, $season ORDER BY step) FROM observed AS o WHERE o.series = p.series))",
	pinball => 'lstm_pinball(actual, lower, 0.1) FILTER (WHERE forecast IS NOT NULL)',
	crps => "lstm_crps(actual, '{0.1,0.5,0.9}', quantiles) FILTER (WHERE forecast IS NOT NULL)",
	coverage => 'lstm_coverage(actual, lower, upper) FILTER (WHERE forecast IS NOT NULL)',
	score => 'lstm_interval_score(actual, lower, upper, 0.8) FILTER (WHERE forecast IS NOT NULL)',
);

# The library's numbers: percentages as shares, sMAPE without its factor 2, the CRPS by the mean absolute actual value.
my $program = <<'END';
import sys
import numpy as np
import pandas as pd
import utilsforecast.losses as losses

rows = pd.read_csv(sys.argv[1])
train = pd.read_csv(sys.argv[2])
season = int(sys.argv[3])
found = {
    "mae": losses.mae(rows, ["f"]),
    "mse": losses.mse(rows, ["f"]),
    "rmse": losses.rmse(rows, ["f"]),
    "mape": losses.mape(rows, ["f"]),
    "smape": losses.smape(rows, ["f"]),
    "mase": losses.mase(rows, ["f"], season, train),
    "pinball": losses.quantile_loss(rows, {"f": "f-lo-80"}, q=0.1),
    "crps": losses.scaled_crps(rows, {"f": ["f-lo-80", "q50", "f-hi-80"]}, quantiles=np.array([0.1, 0.5, 0.9])),
    "coverage": losses.coverage(rows, ["f"], 80),
    "score": losses.winkler_score(rows, ["f"], 80),
}
factor = {"mape": 100, "smape": 200}
size = rows.assign(y=rows["y"].abs()).groupby("unique_id")["y"].mean()
for name, table in found.items():
    for series, value in zip(table["unique_id"], table["f"]):
        value *= size[series] if name == "crps" else factor.get(name, 1)
        print(name, series, repr(float(value)))
END

sub python_has { return system("$python -c 'import $_[0]' >/dev/null 2>&1") == 0; }

# A query's rows in a CSV file.
sub export
{
	my ($name, $query) = @_;
	my $file = $node->basedir . "/$name.csv";
	$node->safe_psql('postgres', "COPY ($query) TO '$file' (FORMAT csv, HEADER)");
	return $file;
}

sub near
{
	my ($got, $wanted) = @_;
	return abs($got - $wanted) <= 1e-12 * abs($wanted);
}

my @series = split /\n/, $node->safe_psql('postgres', 'SELECT DISTINCT series FROM predicted');
is(scalar(@series), 5, 'there are five series');
SKIP:
{
	skip 'no utilsforecast for Python', 1 + keys(%sql) * @series unless python_has('utilsforecast.losses, pandas');
	my $rows = export('rows', q{SELECT series AS unique_id, step AS ds, actual AS y, forecast AS f, lower AS "f-lo-80", upper AS "f-hi-80", quantiles[2] AS q50
		FROM predicted WHERE actual IS NOT NULL AND forecast IS NOT NULL ORDER BY series, step});
	my $train = export('train', 'SELECT series AS unique_id, step AS ds, value AS y FROM observed ORDER BY series, step');
	my ($said, $error) = run_command([ $python, '-c', $program, $rows, $train, $season ]);
	is($error, '', 'Python computes the metrics');
	my %wanted = map { /^(\w+ \w+) (\S+)$/ ? ($1 => $2) : () } split /\n/, $said;
	for my $name (sort keys %sql)
	{
		my %got = map { split /\|/ } split /\n/,
			$node->safe_psql('postgres', "SELECT series, $sql{$name} FROM predicted AS p GROUP BY series");
		for my $series (sort @series)
		{
			my ($got, $wanted) = ($got{$series}, $wanted{"$name $series"});
			ok(defined $wanted && $wanted > 0 && near($got, $wanted), "$name of series $series")
			  or diag("SQL gives $got, Python " . ($wanted // 'nothing'));
		}
	}
}

# --- parallel plans -----------------------------------------------------------------------------------

$node->safe_psql('postgres', q{
	CREATE TABLE many AS SELECT actual, forecast, lower, upper, quantiles, series FROM predicted, generate_series(1, 40);
	ALTER TABLE many SET (parallel_workers = 3);
	ANALYZE many;
});
my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = q{
	SET max_parallel_workers_per_gather = 3;
	SET parallel_setup_cost = 0;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;
};
$sql{mase} = 'lstm_mase(actual, forecast, 3)';
my $query = 'SELECT ' . join(', ', map { $sql{$_} } sort keys %sql) . ' FROM many';
like($node->safe_psql('postgres', "$parallel EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query"),
	qr/Finalize Aggregate.*Workers Launched: [1-9].*Partial Aggregate/s, 'workers aggregate');
my @expected = split /\|/, $node->safe_psql('postgres', "$serial $query");
is(scalar(@expected), scalar(keys %sql), 'the serial plan gives every metric');
for my $leader ('on', 'off')
{
	my @got = split /\|/, $node->safe_psql('postgres', "$parallel SET parallel_leader_participation = $leader; $query");
	my @differing = grep { abs($got[$_] - $expected[$_]) > 1e-15 * $expected[$_] } 0 .. $#expected;
	is("@differing", '', "a parallel plan gives the same, leader $leader");
}

$node->stop;
done_testing();
