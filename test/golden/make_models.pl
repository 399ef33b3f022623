# Write the golden models and their forecasts, test/golden/models/:
#
#   make installcheck REGRESS= PROVE_TESTS=test/golden/make_models.pl
#
# Only forecasts are written where the models of this format are there already: models are kept for ever, to show that
# those of old versions still forecast. Needs a CPU that runs every set of kernels.
use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/../../t/lib';

use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use StoredModels;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
for my $database ('train', 'golden')
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION lstm_forecast');
}

sub write_file
{
	my ($path, $bytes) = @_;
	open my $out, '>:raw', $path or die "$path: $!";
	print $out $bytes;
	close $out or die "$path: $!";
	return;
}

with_kernels($node, 'plain');
$node->safe_psql('train', slurp_file(dirname(__FILE__) . '/make_models.sql'));
my $format = $node->safe_psql('train', q{SELECT max(lstm_model_info(model)->'versions'->>'format') FROM golden});
my $folder = golden_folder() . "/format_$format";
if (-d $folder) { note("models of format $format are there already"); }
else
{
	make_path($folder);
	for my $line (split /\n/, $node->safe_psql('train', q{SELECT name || ' ' || encode(model, 'hex') FROM golden}))
	{
		my ($name, $hex) = split / /, $line;
		write_file("$folder/$name.safetensors", pack 'H*', $hex);
	}
}

load_models($node, 'golden');
my $text = 'openblas ' . openblas_version($node) . "\n";
for my $kernels (sort keys %CORE_TYPE)
{
	ok(with_kernels($node, $kernels), "this CPU has the kernels $kernels");
	$text .= join '', map { "$kernels $_\n" } forecast_bits($node, 'golden');
}
write_file(forecasts_file(), $text);

$node->stop;
done_testing();
