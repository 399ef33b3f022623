# A model is a value: it keeps its bytes through a table, COPY, dump and restore; it is a safetensors
# file, and its weights give the same forecast in PyTorch.
use strict;
use warnings;

use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $python = $ENV{TEST_PYTHON} || 'python3';
my $source = dirname(__FILE__) . '/..';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT '2024-03-01'::timestamptz + i * interval '1 hour' AS ts,
			   20 + 5 * sin(i * 2 * pi() / 24) + i / 100.0 + 0.3 * sin(i * i) AS value
		FROM generate_series(1, 700) AS i;
	-- the same with drivers, which are known ahead for two days, and beside a series shorter than the lookback
	CREATE TABLE driven AS
		SELECT ts, value, ARRAY[cos(i / 7.0), i % 5]::float8[] AS past, ARRAY[sin(i / 11.0), (i % 24 = 3)::int]::float8[] AS future
		FROM (SELECT i, '2024-03-01'::timestamptz + i * interval '1 hour' AS ts FROM generate_series(1, 748) AS i) AS step
			 LEFT JOIN reading USING (ts);
	CREATE VIEW several AS
		SELECT 'long' AS series, * FROM reading UNION ALL
		SELECT 'short', * FROM reading WHERE ts < '2024-03-02 12:00';
	CREATE TABLE model (name text PRIMARY KEY, model bytea);
});

# The columns to train on, by table.
my %columns = (
	reading => 'ts, value',
	driven => "'all'::text, ts, value, past, future",
	several => 'series, ts, value',
);

# from => table, and the options.
sub train
{
	my ($name, %options) = @_;
	my $table = delete $options{from} // 'reading';
	my $list = join ', ', map { "$_ => $options{$_}" } sort keys %options;
	$node->safe_psql('postgres',
		"INSERT INTO model SELECT '$name', lstm_train($columns{$table}, lstm_options($list)) FROM $table");
}
sub digest { return $_[0]->safe_psql($_[1], "SELECT md5(model) FROM model WHERE name = 'default'"); }

# The same call gives the same bytes, in another session, too.
train('default', max_steps => 60);
train('again', max_steps => 60);
my $digest = digest($node, 'postgres');
is($node->safe_psql('postgres', "SELECT md5(model) FROM model WHERE name = 'again'"), $digest,
	'the same call twice gives the same bytes');
train('other', max_steps => 60, seed => 1);
isnt($node->safe_psql('postgres', "SELECT md5(model) FROM model WHERE name = 'other'"), $digest,
	'another seed gives other bytes');

# COPY in every format, and pg_dump with restore.
for my $format ('binary', 'csv', 'text')
{
	my $file = $node->basedir . "/model.$format";
	$node->safe_psql('postgres', qq{
		COPY (SELECT * FROM model WHERE name = 'default') TO '$file' (FORMAT $format);
		CREATE TABLE copy_$format (LIKE model);
		COPY copy_$format FROM '$file' (FORMAT $format);
	});
	is($node->safe_psql('postgres', "SELECT md5(model) FROM copy_$format"), $digest, "COPY, format $format");
}
for my $format ('plain', 'custom')
{
	my $file = $node->basedir . "/dump.$format";
	my $database = "restored_$format";
	$node->command_ok([ 'pg_dump', '-F', $format, '-f', $file, $node->connstr('postgres') ], "pg_dump, format $format");
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	if ($format eq 'plain') { $node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr($database) ], 'psql restores'); }
	else { $node->command_ok([ 'pg_restore', '-d', $node->connstr($database), $file ], 'pg_restore restores'); }
	is(digest($node, $database), $digest, "the bytes are the same after the restore, format $format");
	is($node->safe_psql($database, "SELECT count(*) FROM model, lstm_forecast(model) WHERE name = 'default'"), 48,
		"and forecast there, format $format");
}

# Server and extension stop and start again.
$node->restart;
is(digest($node, 'postgres'), $digest, 'after a restart');

# Python.
sub python_has { return system("$python -c 'import $_[0]' >/dev/null 2>&1") == 0; }

# The bytes of a model in a file of their own.
sub export
{
	my ($name) = @_;
	my $file = $node->basedir . "/$name.safetensors";
	my $hex = $node->safe_psql('postgres', "SELECT encode(model, 'hex') FROM model WHERE name = '$name'");
	open my $out, '>:raw', $file or die "$file: $!";
	print $out pack 'H*', $hex;
	close $out or die "$file: $!";
	return $file;
}

SKIP:
{
	skip 'no numpy and safetensors for Python', 3 unless python_has('numpy, safetensors.numpy');
	my $file = export('default');
	my ($listed, $error) = run_command([ $python, '-c', <<'END', $file ]);
import sys, safetensors.numpy
tensors = safetensors.numpy.load(open(sys.argv[1], "rb").read())
for name in sorted(tensors):
    print(name, "x".join(map(str, tensors[name].shape)), tensors[name].dtype)
END
	is($error, '', 'safetensors opens the file');
	my @sql = split /\n/, $node->safe_psql('postgres',
		"SELECT tensor || ' ' || array_to_string(shape, 'x') || ' float32' FROM model, lstm_weights(model) WHERE name = 'default'");
	my %there = map { $_ => 1 } split /\n/, $listed;
	cmp_ok(scalar(@sql), '>', 20, 'lstm_weights lists the tensors of four networks');
	is_deeply([ grep { !$there{$_} } @sql ], [], 'every tensor of lstm_weights is there, with its shape');
}

# One model of every kind, run by torch.nn.
# Without a tail for early stopping, so that the weights are surely trained ones.
my %kind = (lookback => 48, horizon => 20, hidden_size => 12, max_steps => 40, ensemble_size => 1,
	learning_rate => 0.01, validation_fraction => 0, linear_skip => 'false', seasonal_skip => 'false');
my @variants = (
	[ 'default', max_steps => 60 ],
	map({ my $cell = $_;
		( [ "$cell classical", %kind, cell => "'$cell'", patch_length => 1, decoder => "'direct'" ],
		  [ "$cell parallel, two layers", %kind, cell => "'$cell'", patch_length => 8, num_layers => 2 ],
		  [ "$cell parallel, both directions", %kind, cell => "'$cell'", patch_length => 6, bidirectional => 'true' ],
		  [ "$cell recursive", %kind, cell => "'$cell'", patch_length => 8, decoder => "'recursive'" ],
		  [ "$cell recursive, both directions, two layers", %kind, cell => "'$cell'", patch_length => 1, decoder => "'recursive'", bidirectional => 'true', num_layers => 2 ],
		  [ "$cell many to many", %kind, cell => "'$cell'", patch_length => 4, supervision => "'sequence'" ],
		  [ "$cell direct, both directions, dropout", %kind, cell => "'$cell'", patch_length => 4, decoder => "'direct'", bidirectional => 'true', dropout => 0.2 ] ) }
		qw(lstm gru rnn)),
	map({ [ "normalization $_", %kind, normalization => "'$_'" ] } qw(last mean instance season standard minmax none)),
	map({ [ "transform $_", %kind, transform => "'$_'" ] } qw(log log1p none)),
	[ 'linear skip', %kind, linear_skip => 'true', seasonal_skip => 'false' ],
	[ 'seasonal skip', %kind, linear_skip => 'false', seasonal_skip => 'true' ],
	[ 'both skips, recursive', %kind, linear_skip => 'true', seasonal_skip => 'true', decoder => "'recursive'", patch_length => 8 ],
	[ 'ensemble of three', %kind, ensemble_size => 3, num_layers => 1 ],
	map({ my $decoder = $_;
		map({ [ "drivers, quantiles, $decoder, patches of $_", %kind, from => 'driven', decoder => "'$decoder'", patch_length => $_,
			loss => "'quantile'", quantiles => 'ARRAY[0.1, 0.4, 0.7]' ] } 1, 8) }
		qw(direct parallel recursive)),
	[ 'drivers and calendar, mae', %kind, from => 'driven', calendar => 'true' ],
	[ 'gaussian', %kind, loss => "'gaussian'" ],
	[ "Student's t, recursive, skips", %kind, loss => "'student_t'", decoder => "'recursive'", linear_skip => 'true', seasonal_skip => 'true' ],
	map({ [ "a long and a short series, $_", %kind, from => 'several', normalization => "'$_'", seasonal_skip => 'true' ] } qw(last mean instance season)),
);

SKIP:
{
	skip 'no PyTorch for Python', 4 * @variants + 2 unless python_has('torch, numpy, safetensors');
	my (@files, %name);
	for my $variant (@variants)
	{
		my ($name, %options) = @$variant;
		my $file_name = $name =~ s/\W+/_/gr;
		train($file_name, %options) unless $name eq 'default';
		push @files, export($file_name);
		$name{ $files[-1] } = $name;
		append_to_file($node->basedir . "/$file_name.txt", $node->safe_psql('postgres',
			"SELECT forecast FROM model, lstm_forecast(model) WHERE name = '$file_name' ORDER BY series, step") . "\n");
		append_to_file($node->basedir . "/$file_name.gates", $node->safe_psql('postgres',
			"SELECT dense_rank() OVER (ORDER BY series COLLATE \"C\") - 1, member, layer, direction, step, unit,
					forget, input, candidate, output, cell, reset, update, hidden, gradient
			 FROM model, lstm_gates(model) WHERE name = '$file_name' AND member > 0") . "\n");
	}
	my ($said, $error) = run_command([ $python, "$source/test/torch/forecast_model.py", '--compare', @files ]);
	is($error, '', 'PyTorch runs the models');
	my %line = map { /^(\S+): (.*)/ ? ($1 => $2) : () } split /\n/, $said;
	for my $file (@files)
	{
		note("$name{$file}: $line{$file}");
		my ($difference, $contribution) = $line{$file} =~ /^difference (\S+), recurrent layers contribute (\S+)$/;
		ok(defined $difference && $difference <= 1e-4, "PyTorch forecasts the same: $name{$file}");
		ok(defined $contribution && $contribution > 1e-3, "the network matters in it: $name{$file}");
	}

	# What torch.nn's cells do on the way, step by step.
	($said, $error) = run_command([ $python, "$source/test/torch/forecast_model.py", '--gates', @files ]);
	is($error, '', 'PyTorch runs the cells');
	%line = map { /^(\S+): (.*)/ ? ($1 => $2) : () } split /\n/, $said;
	for my $file (@files)
	{
		note("$name{$file}: $line{$file}");
		my ($count, $gates, $gradients, $largest) = $line{$file} =~ /^(\d+) values, gates differ by (\S+), gradients by (\S+) of (\S+)$/;
		ok(defined $gates && $gates <= 1e-5 && $count > 100, "PyTorch has the same gates: $name{$file}");
		ok(defined $gradients && $gradients <= 1e-4 && $largest > 1e-6, "and gradients: $name{$file}");
	}
}

$node->stop;
done_testing();
