# Golden models, test/golden/models/: safetensors files by the format's version and name, and to the last bit what each
# forecasts with every set of kernels. test/golden/make_models.pl writes them, t/022_stored_models.pl reads them.
package StoredModels;

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;

our @EXPORT = qw(%CORE_TYPE golden_folder model_files forecasts_file with_kernels openblas_version load_models forecast_bits);

# OpenBLAS' kernels beside ours: the same on every CPU that can run ours.
our %CORE_TYPE = (plain => 'Prescott', avx2 => 'Haswell', avx512 => 'Haswell');

sub golden_folder { return dirname(__FILE__) . '/../../test/golden/models'; }

# The models of all formats, oldest first: paths below the folder without the suffix.
sub model_files
{
	my $folder = golden_folder();
	my @files = map { s{^\Q$folder\E/(.*)\.safetensors$}{$1}r } glob("$folder/format_*/*.safetensors");
	my %format = map { $_ => /^format_(\d+)/ } @files;
	return sort { $format{$a} <=> $format{$b} || $a cmp $b } @files;
}

sub forecasts_file { return golden_folder() . '/forecasts.txt'; }

# Restart a server with these kernels. Whether the CPU can run them.
sub with_kernels
{
	my ($node, $kernels) = @_;
	$node->stop;
	local $ENV{LSTM_FORECAST_KERNELS} = $kernels;
	local $ENV{OPENBLAS_CORETYPE} = $CORE_TYPE{$kernels};
	$node->start;
	my ($code, $out, $error) = $node->psql('postgres', q{LOAD 'lstm_forecast'});
	return 1 if $code == 0;
	die $error unless $error =~ /this CPU has no kernels/;
	return 0;
}

# Of the library that a backend has loaded, by its file's name; empty where that does not tell it.
sub openblas_version
{
	my ($node) = @_;
	my $maps = $node->safe_psql('postgres', q{LOAD 'lstm_forecast'; SELECT pg_read_file('/proc/self/maps')});
	return $maps =~ /libopenblas\S*-r([0-9.]+[0-9])\.so/ ? $1 : '';
}

# The table golden (name, model) with the files' bytes.
sub load_models
{
	my ($node, $database) = @_;
	$node->safe_psql($database, 'CREATE TABLE golden (name text PRIMARY KEY, model bytea NOT NULL)');
	for my $name (model_files())
	{
		my $hex = unpack 'H*', slurp_file(golden_folder() . "/$name.safetensors");
		$node->safe_psql($database, "INSERT INTO golden VALUES ('$name', decode('$hex', 'hex'))");
	}
	return;
}

# What the models forecast, a line a step: name, series, step, time, and the bits of forecast, lower, upper, quantiles.
sub forecast_bits
{
	my ($node, $database) = @_;
	return split /\n/, $node->safe_psql($database, q{
		SET timezone = 'UTC';
		SELECT concat_ws(' ', name, coalesce(replace(series, ' ', '_'), '-'), step, coalesce(to_char(ts, 'YYYY-MM-DD"T"HH24:MI:SS'), '-'),
						 (SELECT string_agg(coalesce(encode(float8send(value), 'hex'), '-'), ' ' ORDER BY place)
						  FROM unnest(ARRAY[forecast, lower, upper] || quantiles) WITH ORDINALITY AS bits (value, place)))
		FROM golden, lstm_forecast(model, confidence_level => 0.8, quantiles => '{0.1,0.5,0.75}')
		ORDER BY name COLLATE "C", series COLLATE "C", step});
}

1;
