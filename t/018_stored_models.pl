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

# Where OpenBLAS is another version than the golden forecasts', sums may come in another order: so near must they be.
my $tolerance = 1e-4;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION lstm_forecast');
load_models($node, 'postgres');

my ($recorded, @golden) = split /\n/, slurp_file(forecasts_file());
my $version = openblas_version($node);
my $exact = $recorded eq "openblas $version" && slurp_file('/proc/cpuinfo') =~ /^flags\s*:.*\bfma\b/m;
note($exact ? 'bit for bit' : "recorded with $recorded, this is \"$version\": within $tolerance");

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
		return 0 unless abs($a - $b) <= $tolerance * (abs($a) + abs($b));
	}
	return 1;
}

my @models = model_files();
cmp_ok(scalar(@models), '>=', 25, 'there are golden models');
my $format = $node->safe_psql('postgres', q{
	SELECT lstm_model_info(lstm_train(i, '{"max_steps": 1}'))->'versions'->>'format' FROM generate_series(1, 50) AS i});
ok(grep({ m{^format_$format/} } @models), "some of them of the format that is written now, $format");
for my $kernels (sort keys %CORE_TYPE)
{
	SKIP:
	{
		skip "this CPU has no kernels $kernels", scalar @models unless with_kernels($node, $kernels);
		my %got;
		for (forecast_bits($node, 'postgres'))
		{
			my ($name, $line) = split / /, $_, 2;
			$got{$name} .= "$line\n";
		}
		for my $name (@models)
		{
			my ($got, $expected) = ($got{$name} // '', $golden{$kernels}{$name} // 'nothing');
			if ($exact) { is($got, $expected, "$name, $kernels"); }
			else { ok(near($got, $expected), "$name, $kernels") or diag("$got$expected"); }
		}
	}
}

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
