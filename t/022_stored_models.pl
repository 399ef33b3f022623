# A model that was stored by any version still forecasts, to the last bit: golden models, with every set of kernels
# that the CPU has.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use StoredModels;
use Test::More;

# Where OpenBLAS is another version than the golden forecasts', its sums may come in another order: so near must they be,
# relative to the larger. The sums are of float32, whose accuracy is 6e-8; its kernels here differ by 1.2e-8 at most.
my $tolerance = 1e-6;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION lstm_forecast');
load_models($node, 'postgres');

my ($recorded, @golden) = split /\n/, slurp_file(forecasts_file());
my $version = openblas_version($node);
my $has_fma = slurp_file('/proc/cpuinfo') =~ /^flags\s*:.*\bfma\b/m;
my $exact = $recorded eq "openblas $version" && $has_fma;
my $manner = $exact ? 'bit for bit' : "within $tolerance";
diag("forecasts were recorded with $recorded, this is \"$version\"" . ($has_fma ? '' : ', without FMA') . ": compared $manner") unless $exact;

my %golden;
for (@golden)
{
	my ($kernels, $name, $line) = /^(\S+) (\S+) (.*)$/ or die "this is no line of forecasts: $_";
	$golden{$kernels}{$name} .= "$line\n";
}

# Number by number the same, as far as they are not exact.
sub near
{
	my ($got, $expected) = @_;
	my @got = split /\s+/, $got;
	my @expected = split /\s+/, $expected;
	return 0 unless @got == @expected;
	for my $i (0 .. $#got)
	{
		next if $got[$i] eq $expected[$i];
		return 0 unless "$got[$i] $expected[$i]" =~ /^[0-9a-f]{16} [0-9a-f]{16}$/;
		my ($a, $b) = map { unpack 'd>', pack 'H*', $_ } $got[$i], $expected[$i];
		return 0 unless abs($a - $b) <= $tolerance * (abs($a) > abs($b) ? abs($a) : abs($b));
	}
	return 1;
}

my @models = model_files();
cmp_ok(scalar(@models), '>=', 25, 'there are golden models');
my $format = $node->safe_psql('postgres', q{
	SELECT lstm_model_info(lstm_train(i, '{"max_steps": 1}'))->'versions'->>'format' FROM generate_series(1, 50) AS i});
ok(grep({ m{^format_$format/} } @models), "some of them of the format that is written now, $format");

# What each model forecasts now.
sub forecasts
{
	my %got;
	for (forecast_bits($node, 'postgres'))
	{
		my ($name, $line) = split / /, $_, 2;
		$got{$name} .= "$line\n";
	}
	return %got;
}

sub ok_near
{
	my ($got, $expected, $name) = @_;
	return ok(near($got, $expected), $name) || diag("got\n${got}expected\n$expected");
}

for my $kernels (sort keys %CORE_TYPE)
{
	SKIP:
	{
		skip "this CPU has no kernels $kernels", scalar @models unless with_kernels($node, $kernels);
		my %got = forecasts();
		for my $name (@models)
		{
			my ($got, $expected) = ($got{$name} // '', $golden{$kernels}{$name} // 'nothing');
			if ($exact) { is($got, $expected, "$name, $kernels, $manner"); }
			else { ok_near($got, $expected, "$name, $kernels, $manner"); }
		}
	}

	# With other kernels of OpenBLAS the sums do come in another order.
	SKIP:
	{
		my $other = $CORE_TYPE{$kernels} eq 'Haswell' ? 'Prescott' : 'Haswell';
		skip "this CPU has no kernels $other of OpenBLAS", scalar @models if $other eq 'Haswell' && !$has_fma;
		local $CORE_TYPE{$kernels} = $other;
		skip "this CPU has no kernels $kernels", scalar @models unless with_kernels($node, $kernels);
		my %got = forecasts();
		ok_near($got{$_} // '', $golden{$kernels}{$_} // 'nothing', "$_, $kernels, OpenBLAS' $other, within $tolerance") for @models;
	}
}

# What is further off is seen.
my ($one) = values %{ $golden{plain} };
my $off = $one =~ s/\b([0-9a-f]{16})\b/unpack 'H*', pack 'd>', (1 + 2 * $tolerance) * unpack 'd>', pack 'H*', $1/er;
ok(near($one, $one) && !near($off, $one) && !near($one, "$one-"), "more than $tolerance is not near");

$node->stop;
{
	local $ENV{LSTM_FORECAST_KERNELS} = 'abacus';
	$node->start;
}
my ($code, undef, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT count(*) FROM golden, lstm_forecast(model)");
like($error, qr/22023: this CPU has no kernels "abacus"\nDETAIL:  The server's environment names them in "LSTM_FORECAST_KERNELS"/,
	'kernels that there are not are an error');

$node->stop;
done_testing();
