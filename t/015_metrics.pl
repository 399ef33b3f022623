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

# --- classes ------------------------------------------------------------------------------------------

# Labels that are often right, rare ones, one that is only ever predicted, probabilities of all but the last label.
$node->safe_psql('postgres', q{
	CREATE TABLE classed AS
		SELECT i, actual, CASE WHEN random() < 0.6 THEN actual ELSE (ARRAY['ok', 'worn', 'broken', 'never', NULL])[1 + trunc(5 * random())::int] END AS predicted,
			   jsonb_build_object('ok', round(p::numeric, 6), 'worn', round((1 - p)::numeric, 6) * (i % 7 <> 0)::int) AS probabilities
		FROM (SELECT i, CASE WHEN random() < 0.05 THEN NULL ELSE (ARRAY['ok', 'worn', 'worn', 'broken', 'rare'])[1 + trunc(4.03 * random())::int] END AS actual,
					 random() * random() AS p FROM generate_series(1, 3000) AS i) AS drawn;
});
my %of_classes = (
	accuracy => 'lstm_accuracy(actual, predicted)',
	f1 => 'lstm_f1(actual, predicted)',
	log_loss => 'lstm_log_loss(actual, probabilities)',
);
# scikit-learn's accuracy_score, f1_score(average = "macro") and log_loss with its eps of 1e-15, by their definitions.
my $class_program = <<'END';
import csv
import json
import math
import sys

rows = list(csv.DictReader(open(sys.argv[1])))
pairs = [(r["actual"], r["predicted"]) for r in rows if r["actual"] and r["predicted"]]
print("accuracy", repr(sum(a == p for a, p in pairs) / len(pairs)))

def f1(label):
    hits = sum(a == p == label for a, p in pairs)
    precision = hits / max(1, sum(p == label for _, p in pairs))
    recall = hits / max(1, sum(a == label for a, _ in pairs))
    return 2 * precision * recall / (precision + recall) if hits else 0

labels = sorted(set(a for a, _ in pairs) | set(p for _, p in pairs))
print("f1", repr(math.fsum(map(f1, labels)) / len(labels)))
given = [json.loads(r["probabilities"]).get(r["actual"], 0) for r in rows if r["actual"]]
print("log_loss", repr(math.fsum(-math.log(min(max(p, 1e-15), 1 - 1e-15)) for p in given) / len(given)))
END
SKIP:
{
	skip 'no Python', 1 + keys %of_classes unless python_has('json');
	my ($said, $error) = run_command([ $python, '-c', $class_program, export('classed', 'SELECT actual, predicted, probabilities FROM classed') ]);
	is($error, '', 'Python computes the metrics of classes');
	my %wanted = map { split / / } split /\n/, $said;
	for my $name (sort keys %of_classes)
	{
		my $got = $node->safe_psql('postgres', "SELECT $of_classes{$name} FROM classed");
		ok(defined $wanted{$name} && $wanted{$name} > 0 && near($got, $wanted{$name}), "$name of classes")
		  or diag("SQL gives $got, Python " . ($wanted{$name} // 'nothing'));
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

# of classes, too: F1 to the last bit, whatever the order in which the workers met them
$node->safe_psql('postgres', q{
	CREATE TABLE classed_often AS SELECT classed.* FROM classed, generate_series(1, 20);
	INSERT INTO classed_often SELECT 0, 'label ' || i, 'label ' || i * i % 1000, NULL FROM generate_series(1, 20000) AS i;
	ALTER TABLE classed_often SET (parallel_workers = 3);
	ANALYZE classed_often;
});
$query = 'SELECT ' . join(', ', map { $of_classes{$_} } sort keys %of_classes) . ' FROM classed_often';
like($node->safe_psql('postgres', "$parallel EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query"),
	qr/Finalize Aggregate.*Workers Launched: [1-9].*Partial Aggregate/s, 'workers count classes');
@expected = split /\|/, $node->safe_psql('postgres', "$serial $query");
for my $leader ('on', 'off')
{
	my @got = split /\|/, $node->safe_psql('postgres', "$parallel SET parallel_leader_participation = $leader; $query");
	is("$got[0] $got[1]", "$expected[0] $expected[1]", "a parallel plan counts the same classes, leader $leader");
	ok(abs($got[2] - $expected[2]) <= 1e-15 * $expected[2], 'and has the same log loss');
}

$node->stop;
done_testing();
