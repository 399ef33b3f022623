# A model's bytes taken apart and put together again, with the checksum made right.
package ModelBytes;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;

our @EXPORT = qw(header tensors mended open_model close_model);

my $MAGIC = '{"__metadata__":{"format":"pt","lstm_forecast.checksum":"';
my $PLACE = 8 + length $MAGIC; # of the checksum's eight digits

# CRC-32C, four bytes at a time.
my @table = ([]);
for my $byte (0 .. 255)
{
	my $crc = $byte;
	$crc = $crc & 1 ? ($crc >> 1) ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
	$table[0][$byte] = $crc;
}
for my $slice (1 .. 3)
{
	$table[$slice][$_] = ($table[ $slice - 1 ][$_] >> 8) ^ $table[0][ $table[ $slice - 1 ][$_] & 255 ] for 0 .. 255;
}

sub checksum
{
	my ($bytes) = @_;
	my ($t0, $t1, $t2, $t3) = @table;
	my $crc = 0xffffffff;
	for my $word (unpack 'V*', $bytes)
	{
		$crc ^= $word;
		$crc = $t3->[ $crc & 255 ] ^ $t2->[ $crc >> 8 & 255 ] ^ $t1->[ $crc >> 16 & 255 ] ^ $t0->[ $crc >> 24 ];
	}
	$crc = ($crc >> 8) ^ $t0->[ ($crc ^ $_) & 255 ] for unpack 'C*', substr($bytes, length($bytes) & ~3);
	return sprintf '%08x', $crc ^ 0xffffffff;
}

sub header { return substr($_[0], 8, unpack 'Q<', $_[0]); }
sub tensors { return substr($_[0], 8 + unpack 'Q<', $_[0]); }

# The bytes of header and tensors as a file whose length and checksum are right.
sub mended
{
	my ($header, $tensors) = @_;
	my $bytes = pack('Q<', length $header) . $header . $tensors;
	return $bytes if length $bytes < $PLACE + 8;
	substr($bytes, $PLACE, 8) = '00000000';
	substr($bytes, $PLACE, 8) = checksum($bytes);
	return $bytes;
}

# What a model consists of: version; options and model, from their JSON; tensors, by name: dtype, shape, bytes.
sub open_model
{
	my ($bytes) = @_;
	my $header = decode_json(header($bytes));
	my $metadata = delete $header->{__metadata__};
	my %parts = (version => $metadata->{'lstm_forecast.version'}, map { $_ => decode_json($metadata->{"lstm_forecast.$_"}) } qw(options model));
	for my $name (keys %$header)
	{
		my ($begin, $end) = @{ $header->{$name}{data_offsets} };
		$parts{tensors}{$name} = { dtype => $header->{$name}{dtype}, shape => $header->{$name}{shape}, bytes => substr(tensors($bytes), $begin, $end - $begin) };
	}
	return \%parts;
}

# The model that the parts are. Offsets follow from the tensors' bytes, where a tensor has none of its own.
sub close_model
{
	my ($parts) = @_;
	my $json = JSON::PP->new->ascii->canonical->allow_nonref;
	my $header = join ',', $MAGIC . '00000000","lstm_forecast.version":"' . $parts->{version} . '"',
	  map { qq("lstm_forecast.$_":) . $json->encode($json->encode($parts->{$_})) } grep { $parts->{$_} } qw(options model);
	$header .= '}';
	my $all = '';
	for my $name (sort keys %{ $parts->{tensors} })
	{
		my %tensor = %{ $parts->{tensors}{$name} };
		my $bytes = delete $tensor{bytes};
		$tensor{data_offsets} //= [ length $all, length($all) + length $bytes ];
		$header .= ',' . $json->encode($name) . ':' . $json->encode(\%tensor);
		$all .= $bytes;
	}
	return mended("$header}", $all);
}

1;
