# Intervals cover what they promise: on simulated data with known noise, many forecasts of one model
# from fresh history, the empirical coverage is within five points of the confidence level.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use constant TRAINING => 8000;
use constant ORIGINS => 300;
use constant HORIZON => 12;
use constant HISTORY => 400;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	-- A standard normal deviate (Box and Muller).
	CREATE FUNCTION normal() RETURNS float8 LANGUAGE sql VOLATILE
		RETURN sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random());
	-- level + season of 12 + autoregressive noise: x = phi * x + e, e normal with deviation 1.
	CREATE FUNCTION simulate(rows int, phi float8, level float8, amplitude float8, seed float8)
	RETURNS TABLE (i int, value float8) LANGUAGE plpgsql AS $$
	DECLARE x float8 := 0;
	BEGIN
		PERFORM setseed(seed);
		FOR k IN 1 .. rows LOOP
			x := phi * x + normal();
			i := k;
			value := level + amplitude * sin(2 * pi() * k / 12) + x;
			RETURN NEXT;
		END LOOP;
	END $$;
});

my %series = (
	'seasonal, independent noise' => [ 0.0, 0, 4, 0.11 ],
	'seasonal, autoregressive noise' => [ 0.6, 0, 4, 0.22 ],
	'autoregressive, far above zero' => [ 0.8, 50, 0, 0.33 ],
);
my ($training, $origins, $horizon, $history) = (TRAINING, ORIGINS, HORIZON, HISTORY);
my $rows = $training + $origins * $horizon;

for my $name (sort keys %series)
{
	my $parameters = join ', ', @{ $series{$name} };
	$node->safe_psql('postgres', qq{
		DROP TABLE IF EXISTS reading, model;
		CREATE TABLE reading AS SELECT * FROM simulate($rows, $parameters);
		CREATE INDEX ON reading (i);
		CREATE TABLE model AS SELECT lstm_train(value, lstm_options(horizon => $horizon) ORDER BY i) AS model
			FROM reading WHERE i <= $training;
	});
	for my $level (0.8, 0.95)
	{
		# One forecast each of the origins, from the values before it.
		my $answer = $node->safe_psql('postgres', qq{
			SELECT avg((r.value BETWEEN f.lower AND f.upper)::int), count(*), min((f.lower < f.forecast AND f.forecast < f.upper)::int)
			FROM model, generate_series($training, $rows - $horizon, $horizon) AS origin,
				 lstm_forecast(model, format('SELECT value FROM reading WHERE i > %s AND i <= %s ORDER BY i', origin - $history, origin),
							   NULL, 'value', confidence_level => $level) AS f,
				 reading AS r
			WHERE r.i = origin + f.step
		});
		my ($coverage, $count, $ordered) = split /\|/, $answer;
		is($count, $origins * $horizon, "$name, $level: $origins forecasts of $horizon steps");
		is($ordered, 1, "$name, $level: every forecast lies within its interval");
		note(sprintf '%s: %.1f %% of values in %.0f %% intervals', $name, 100 * $coverage, 100 * $level);
		cmp_ok(abs($coverage - $level), '<=', 0.05, "$name, $level: coverage is within five points");
	}
}

$node->stop;
done_testing();
