# What makes bytes a model: every check of the format, by a model that is wrong in that one thing.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Storable qw(dclone);
use Test::More;

use Backends;
use ModelBytes;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', q{timezone = 'UTC'});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT series, timestamptz '2020-01-31' + i * interval '1 month' AS ts, CASE WHEN i < 30 THEN 20 + 5 * sin(i) + length(series) + i % 5 END AS value,
			   i % 6 AS temperature, i % 4 AS promotion
		FROM unnest(ARRAY['a', 'b']) AS series, generate_series(0, 36) AS i;
	CREATE TABLE whole (name text, model bytea);
	-- everything that a model may have, and as little as one may have
	INSERT INTO whole
		SELECT 'full', lstm_train('SELECT * FROM reading', 'ts', 'value', 'series', ARRAY['temperature'], ARRAY['promotion'],
			options => '{"horizon": 3, "hidden_size": 2, "max_steps": 2, "members": [{"lookback": 4, "loss": "quantile", "quantiles": [0.2, 0.8]}, {"lookback": 6, "cell": "gru"}]}')
		UNION ALL
		SELECT 'bare', lstm_train(value, '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "validation_fraction": 0}' ORDER BY ts)
		FROM reading WHERE series = 'a'
		UNION ALL
		SELECT 'start', lstm_train(ts, value, '{"seasonal_period": 6, "pretrained": "none"}') FROM reading WHERE series = 'a'
		UNION ALL
		-- one that asks the pretrained network, and that network alone
		SELECT 'asking', lstm_train(ts, value, '{"pretrained": "only"}') FROM reading WHERE series = 'a'
		UNION ALL
		SELECT 'network', lstm_pretrained()
		UNION ALL
		SELECT 'clock', lstm_train(timestamptz '2024-01-01' + i * interval '1 hour', i % 24, '{"horizon": 3, "time_zone": "Europe/Berlin"}') FROM generate_series(0, 99) AS i
		UNION ALL
		SELECT 'listed', lstm_train('SELECT ts, value FROM reading WHERE series = ''a''', 'ts', 'value',
			options => '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "calendar": true, "validation_fraction": 0, "steps": "SELECT timestamptz ''2019-12-31'' + i * interval ''1 month'' AS ts FROM generate_series(0, 40) AS i UNION ALL SELECT ts FROM reading"}')
		UNION ALL
		SELECT 'holidays', lstm_train('SELECT ts, 10 + i % 7 AS value FROM generate_series(0, 99) AS i, LATERAL (SELECT timestamptz ''2024-01-01'' + i * interval ''1 day'' AS ts) AS t', 'ts', 'value',
			options => '{"horizon": 2, "lookback": 4, "hidden_size": 1, "ensemble_size": 1, "max_steps": 1, "start": false, "validation_fraction": 0, "holidays": "SELECT date ''2024-01-08'' + 10 * i AS day, CASE WHEN i % 3 = 0 THEN ''a'' ELSE ''b'' END AS name FROM generate_series(0, 12) AS i"}');
	CREATE TABLE attempt (number int, model bytea);
	CREATE FUNCTION answer(model bytea) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		state text;
		message text;
		detail text;
	BEGIN
		PERFORM lstm_model_info(model);
		RETURN 'a model';
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
		RETURN concat_ws(' | ', state, message, detail);
	END $$;
});
my %bytes = map { my ($name, $hex) = split /\|/; $name => pack('H*', $hex) } split /\n/, $node->safe_psql('postgres', q{SELECT name, encode(model, 'hex') FROM whole});
my %whole = map { $_ => open_model($bytes{$_}) } keys %bytes;

# --- attempts: what it is, its bytes, and what is said ---------------------------------------------------

my @attempts;

sub attempt
{
	my ($what, $bytes, $answer) = @_;
	push @attempts, { what => $what, bytes => $bytes, answer => $answer };
	return;
}

sub invalid { return "22P03 | not an lstm_forecast model | $_[0]"; }

# A model with one edit, which gets the parts; what is said of it.
sub edited
{
	my ($name, $what, $edit, $detail) = @_;
	my $parts = dclone($whole{$name});
	$edit->($parts);
	attempt("$name: $what", close_model($parts), $detail eq 'a model' ? $detail : invalid($detail));
	return;
}

# The same where an edit replaces some of the bytes of a tensor.
sub slot_of
{
	my ($name, $tensor, $slot, $value, $detail) = @_;
	edited($name, "$tensor, slot $slot = " . unpack('H*', $value),
		sub { substr($_[0]{tensors}{$tensor}{bytes}, $slot * length $value, length $value) = $value; }, $detail);
	return;
}

sub slot { return slot_of('full', @_); }

edited($_, 'put together again', sub { }, 'a model') for keys %whole;

# --- the file --------------------------------------------------------------------------------------------

my $long = $bytes{bare};
substr($long, 0, 8) = pack 'Q<', length $long;
attempt('a header longer than the file', $long, 'XX001 | lstm_forecast model is damaged | Its length is wrong.');
my $short = $bytes{bare};
substr($short, 0, 8) = pack 'Q<', 10;
attempt('a header shorter than the checksum', $short, 'XX001 | lstm_forecast model is damaged | Its length is wrong.');
attempt('a byte changed', $bytes{bare} ^ ("\0" x (length($bytes{bare}) - 1) . "\1"), 'XX001 | lstm_forecast model is damaged | Its checksum is wrong.');
attempt('no version', mended(header($bytes{bare}) =~ s/lstm_forecast.version/lstm_forecast.virsion/r, tensors($bytes{bare})), invalid('Its format has no version.'));
edited('bare', 'version 3x', sub { $_[0]{version} = '3x' }, 'Its format has no version.');
edited('bare', 'no options', sub { delete $_[0]{options} }, 'Its metadata "lstm_forecast.options" is missing or wrong.');
edited('bare', 'no metadata', sub { delete $_[0]{model} }, 'Its metadata "lstm_forecast.model" is missing or wrong.');
edited('bare', 'metadata that is an array', sub { $_[0]{model} = [] }, 'Its metadata is not a JSON object.');
edited('bare', 'an unknown option', sub { $_[0]{options}{hiden_size} = 1 }, 'Its options are wrong: unrecognized option "hiden_size".');
edited('bare', 'a minimum above the maximum', sub { $_[0]{options}{maximum} = -1; $_[0]{options}{minimum} = 0 }, 'Its options are wrong: option "minimum" is greater than "maximum".');
attempt('a header that is no UTF-8', mended(header($bytes{bare}) =~ s/linear/line\xffr/r, tensors($bytes{bare})), invalid('The header is not valid UTF-8.'));

my $described = 'The header describes a tensor wrongly.';
my $lie = 'The tensors do not lie one behind the other up to the end.';
my %entries = (
	'a type that there is not' => [ sub { $_[0]{dtype} = 'F8'; $_[0]{shape} = [ length $_[0]{bytes} ] }, $described ],
	'a type that is a number' => [ sub { $_[0]{dtype} = 32; $_[0]{shape} = [ length $_[0]{bytes} ] }, $described ],
	'no type' => [ sub { delete $_[0]{dtype}; $_[0]{shape} = [ length $_[0]{bytes} ] }, $described ],
	'no shape' => [ sub { delete $_[0]{shape} }, $described ],
	'a shape that is a number' => [ sub { $_[0]{shape} = 2 }, $described ],
	'a shape with a word' => [ sub { $_[0]{shape}[0] = 'two' }, $described ],
	'a negative shape' => [ sub { $_[0]{shape} = [ map { -$_ } @{ $_[0]{shape} } ] }, $described ],
	'a shape of too many dimensions' => [ sub { push @{ $_[0]{shape} }, (1) x 8 }, $described ],
	'a shape that overflows' => [ sub { $_[0]{shape} = [ 2**32, 2**32 ] }, $described ],
	'a shape whose bytes overflow' => [ sub { $_[0]{shape} = [ 2**31, 2**31 ] }, $described ],
	'a shape for more bytes' => [ sub { $_[0]{shape}[0]++ }, $described ],
	'offsets beyond the end' => [ sub { $_[0]{data_offsets} = [ 0, 1000000 ]; $_[0]{shape} = [125000] }, $described ],
	'offsets that end before they begin' => [ sub { $_[0]{data_offsets} = [ 16, 8 ] }, $described ],
	'one offset' => [ sub { $_[0]{data_offsets} = [0] }, $described ],
	'a negative offset' => [ sub { $_[0]{data_offsets} = [ -8, 0 ] }, $described ],
	'the place of another' => [ sub { $_[0]{data_offsets} = [ 8, 8 + length $_[0]{bytes} ] }, $lie ]);
for my $what (sort keys %entries)
{
	my ($edit, $detail) = @{ $entries{$what} };
	edited('full', "scalers: $what", sub { $edit->($_[0]{tensors}{scalers}) }, $detail);
}
attempt('a tensor that is a number', mended(header($bytes{bare}) =~ s/\}\s*$/,"other":5}/r, tensors($bytes{bare})), invalid($described));
attempt('more bytes than the tensors have', mended(header($bytes{bare}), tensors($bytes{bare}) . "\0" x 8), invalid($lie));

# --- metadata --------------------------------------------------------------------------------------------

# What is wrong for a field, beside a value of another type.
my %wrong = (
	count => [ 0, 2147483648 ], month_day => [ -1, 32 ], time_of_day => [ -1, 86400000000 ], horizon => [ 0, 10001 ], season => [ 0, 100001 ], seasons => [ [1], [100001], [ 7, 7 ], [ 7, 5 ], [2.5], ["x"], [ 2, 3, 4, 5, 6 ] ],
	past => [ -1, 1001, 2 ], future => [ -1, 1001, 1000, 2 ], hidden_size => [ 0, 1025 ], num_layers => [ 0, 9 ], dropout => [ -0.1, 1 ], channels => [ 0, 4, 2147483648 ],
	lookback => [ 0, 100001 ], patch_length => [ 0, 7 ], seasonal_skip => [ -1, 7 ], skip_seasons => [ -1, 7 ], batch_size => [ 0, 2147483648 ],
	max_epochs => [ 0, 2147483648 ], max_steps => [-1], patience => [ -1, 2147483648 ], seed => [ -1, 0.5 ], best_epoch => [ -1, 2147483648 ],
	rows => [-1], missing => [-1], train_windows => [-1], windows => [-1], spread_steps => [ -1, 100001 ], spread_lag => [ 1, 100001 ],
	(map { $_ => ['nonsense'] } qw(kind cell decoder supervision transform normalization loss)),
	means => [ [ 1, 'x' ], [1], [ 1, 2, 3 ] ], deviations => [ [ 1, 0 ], [ 1, -1 ], [1], [ 1, undef ] ], names => [ ['a'], [ 'a', 1 ] ],
	quantiles => [ [], [ 0, 0.5 ], [ 0.8, 0.2 ], [ 0.5, 0.5 ], [ 0.5, 1 ], [ 0.5, 'x' ] ], labels => [ ['a'], [ 'a', undef ], [ 'a', 1 ] ],
	members => [ [5] ], start_share => [ -0.1, 1.1, undef ], anchors => [ [undef], [ undef, 5 ] ], zone => [ 'x' x 300 ]);

# A number of covariates is seen to be wrong by the means, which do not go with it.
sub complaint
{
	my ($place, $value) = @_;
	my ($key) = $place =~ /(\w+)$/;
	$key = 'means' if $place =~ /^model\.covariates\.(?:past|future)$/ && "$value" eq '2';
	return qq(Its metadata "$key" is missing or wrong.);
}

# Edits of every field of the object at a path of keys: taken away, of another type, and as %wrong says.
sub damage_fields
{
	my ($name, @path) = @_;
	my $object = object_at($whole{$name}, @path);
	for my $key (sort keys %$object)
	{
		my $place = join '.', @path, $key;
		my @values = ref $object->{$key} eq 'HASH' ? (5, []) : ({ x => 1 }, @{ $wrong{$key} // [] });
		edited($name, "$place taken away", sub { delete object_at($_[0], @path)->{$key} }, complaint($place, ''));
		for my $value (@values)
		{
			my $shown = substr(JSON::PP->new->canonical->allow_nonref->encode($value), 0, 60);
			edited($name, "$place = $shown", sub { object_at($_[0], @path)->{$key} = $value }, complaint($place, ref $value ? '' : $value));
		}
		damage_fields($name, @path, $key) if ref $object->{$key} eq 'HASH' && $key ne 'reasons';
	}
	return;
}

sub object_at
{
	my ($parts, @path) = @_;
	my $at = $parts;
	$at = ref $at eq 'ARRAY' ? $at->[$_] : $at->{$_} for @path;
	return $at;
}

damage_fields('full', 'model');
damage_fields('full', 'model', 'members', 0);
damage_fields($_, 'model', 'pretrained') for 'asking', 'network';
edited('full', 'no network, and no start', sub { $_[0]{model}{members} = [] }, 'Its metadata "start_share" is missing or wrong.');
edited('full', 'starts that are not there', sub { $_[0]{model}{start_share} = 0.5 }, 'Its tensor "starts" is missing.');
edited(
	'full', 'no start of a series that is too short for the networks',
	sub { $_[0]{options}{start} = JSON::PP::true; substr($_[0]{tensors}{series}{bytes}, 5 * 8, 8) = pack('q<', 0); },
	'Its tensor "starts" is missing.');
edited('start', 'a share left to networks that are not there', sub { $_[0]{model}{start_share} = 0.5 }, 'Its metadata "start_share" is missing or wrong.');
my $network = sub { my ($parts) = @_; $parts->{tensors}{$_} = dclone($whole{network}{tensors}{$_}) for grep { /^pretrained\./ } keys %{ $whole{network}{tensors} } };
edited('asking', "no object, $_", sub { $_[0]{model}{pretrained} = $_ eq 'a number' ? 5 : [] }, 'Its metadata "pretrained" is missing or wrong.') for 'a number', 'an array';
edited('asking', 'starts that ask what is not said', sub { delete $_[0]{model}{pretrained} }, 'Its starts are impossible.');
edited('asking', 'bare without weights', sub { $_[0]{model}{pretrained}{bare} = JSON::PP::true }, 'Its metadata "bare" is missing or wrong.');
edited('asking', 'its own weights, which are not there', sub { $_[0]{model}{pretrained}{own} = JSON::PP::true }, 'Its tensor "pretrained.weight_ih_l0" is missing.');
edited('asking', 'its own weights', sub { $_[0]{model}{pretrained}{own} = JSON::PP::true; $network->($_[0]) }, 'a model');
edited('asking', 'weights that it has not', $network, 'It has tensors that no model has.');
for my $checksum ('00000000', '')
{
	my $parts = dclone($whole{asking});
	$parts->{model}{pretrained}{checksum} = $checksum;
	$parts->{model}{extension} = '0.0.9';
	attempt("asking: the checksum \"$checksum\"", close_model($parts),
		'0A000 | model needs a pretrained network that this version does not have | Its forecasts begin with the network that came with version 0.0.9.');
}
edited('network', 'without its weights', sub { $_[0]{model}{pretrained}{own} = JSON::PP::false }, 'Its metadata "bare" is missing or wrong.');
edited('network', 'a network beside it', sub { $_[0]{model}{members} = dclone($whole{bare}{model}{members}); $_[0]{model}{members}[0]{horizon} = 1 }, 'Its metadata "bare" is missing or wrong.');
edited('network', 'a frequency', sub { @{ $_[0]{model}{frequency} }{qw(kind count zone)} = ('days', 1, 'UTC') }, 'It has a frequency, but no series.');
edited('network', 'a series', sub { $_[0]{tensors}{series} = dclone($whole{bare}{tensors}{series}); $_[0]{model}{series}{labels} = [undef] }, 'It has 1 series.');
edited('network', 'no series, and not bare', sub { $_[0]{model}{pretrained}{bare} = JSON::PP::false }, 'It has 0 series.');
edited('start', 'starts of another season', sub { $_[0]{model}{season} = 2 }, 'Its starts are impossible.');
edited($_->[0], $_->[1], $_->[2], 'Its metadata "wall_clock" is missing or wrong.')
	for [ 'clock', 'a wall clock that is none', sub { $_[0]{model}{wall_clock} = 1 } ],
	[ 'clock', 'a wall clock of two hours', sub { $_[0]{model}{frequency}{count} = 7200000000 } ], [ 'start', 'a wall clock of months', sub { $_[0]{model}{wall_clock} = JSON::PP::true } ];
edited('full', 'a zone that there is not', sub { $_[0]{model}{frequency}{zone} = 'Europe/Nowhere' }, 'Its time zone is not known here.');
edited('full', 'no zone', sub { $_[0]{model}{frequency}{zone} = '' }, 'Its time zone is not known here.');
edited('bare', 'a zone that is too long', sub { $_[0]{model}{frequency}{zone} = 'x' x 300 }, 'Its metadata "zone" is missing or wrong.');
edited('full', "steps of none: $_", sub { @{ $_[0]{model}{frequency} }{qw(kind count)} = ($_, 0) }, 'Its metadata "count" is missing or wrong.')
  for 'fixed', 'days', 'business days', 'open', 'months';
my $day = 86400000000;
my %open_times = ('that are none' => [], 'by halves' => [0], 'that are always' => [ 0, 7 ], 'of no length' => [ 0, 0 ], 'after the week' => [ 5, 3 ], 'that touch' => [ 0, 2, 2, 1 ],
	'out of order' => [ 4, 1, 0, 1 ], 'of parts' => [ 0, 1.5 ], 'before the week' => [ -1, 2 ], 'of many' => [ map { $_ * 2, 1 } 0 .. 14 ], 'that are words' => [ 'a', 'b' ]);
my $open = sub { my ($frequency, @values) = @_; @{$frequency}{qw(kind count time_of_day open)} = @values; };
edited('full', "open times $_", sub { $open->($_[0]{model}{frequency}, 'open', $day, 0, $open_times{$_}) }, 'Its metadata "open" is missing or wrong.') for sort keys %open_times;
edited('full', "open times of steps of $_", sub { $open->($_[0]{model}{frequency}, 'open', $_, 0, [ 0, 2 ]) }, 'Its metadata "open" is missing or wrong.') for 1000000, $day * 5 / 12;
edited('full', 'open times of steps longer than a day', sub { $open->($_[0]{model}{frequency}, 'open', 2 * $day, 0, [ 0, 2 ]) }, 'Its metadata "count" is missing or wrong.');
edited('full', 'open times of business days', sub { $open->($_[0]{model}{frequency}, 'business days', 1, 0, [ 0, 2 ]) }, 'Its metadata "open" is missing or wrong.');
edited('full', 'open times after the first slot of a day', sub { $open->($_[0]{model}{frequency}, 'open', $day / 24, $day / 24, [ 0, 9 ]) }, 'Its metadata "time_of_day" is missing or wrong.');
my $anchors = sub { my ($frequency, %values) = @_; @{$frequency}{ keys %values } = values %values; };
my %rules = ('of a day that there is not' => [ month_weekday => 8 ], 'of a weekday before Monday' => [ month_weekday => -1 ], 'of a part' => [ month_nth => 0.5 ], 'of too many days' => [ month_nth => 24 ]);
edited('full', "months by a rule $_", sub { $anchors->($_[0]{model}{frequency}, kind => 'months', count => 1, @{ $rules{$_} }) }, qq(Its metadata "$rules{$_}[0]" is missing or wrong.)) for sort keys %rules;
my %wrong_rules = ('beside a day' => { month_nth => 1, month_day => 5 }, 'beside the end' => { month_nth => 1, month_end => JSON::PP::true }, 'beside any day' => { month_nth => 1, month_any => JSON::PP::true },
	'of a sixth Friday' => { month_nth => 6, month_weekday => 4 }, 'that has only a weekday' => { month_weekday => 4 }, 'of days' => { kind => 'days', month_nth => 1 });
edited('full', "months by a rule $_", sub { $anchors->($_[0]{model}{frequency}, kind => 'months', count => 1, month_end => JSON::PP::false, month_day => 0, %{ $wrong_rules{$_} }) }, 'Its metadata "month_nth" is missing or wrong.') for sort keys %wrong_rules;
edited('full', 'months by a rule', sub { $anchors->($_[0]{model}{frequency}, kind => 'months', count => 1, month_end => JSON::PP::false, month_day => 0, month_nth => -1, month_weekday => 7) }, 'a model');
my %fiscal_years = ('of no numbers' => [], 'of three numbers' => [ 3, 0, 0 ], 'of words' => [ 3, 'a', 0, 0 ], 'of parts' => [ 3, 0.5, 0, 0 ], 'without a period of five weeks' => [ 0, 0, 0, 0 ], 'with a fourth' => [ 4, 0, 0, 0 ],
	'that begin after a quarter' => [ 3, 91, 0, 0 ], 'that begin long before' => [ 3, -2, 0, 0 ], 'with a day of no month' => [ 3, 0, 0, 1 ], 'of a thirteenth month' => [ 3, 0, 13, 1 ], 'of 31 June' => [ 3, 0, 6, 31 ],
	'of an eighth weekday' => [ 3, 7, 1, 31 ], 'of no weekday' => [ 3, -1, 1, 31 ], 'of the day 0' => [ 3, 0, 1, 0 ], 'of 1e300' => [ 1e300, 0, 0, 0 ]);
my $fiscal = sub { $anchors->($_[0]{model}{frequency}, kind => 'fiscal', count => 1, fiscal => $_[1]) };
edited('full', "fiscal years $_", sub { $fiscal->($_[0], $fiscal_years{$_}) }, 'Its metadata "fiscal" is missing or wrong.') for sort keys %fiscal_years;
edited('full', 'fiscal periods without years', sub { $anchors->($_[0]{model}{frequency}, kind => 'fiscal', count => 1) }, 'Its metadata "fiscal" is missing or wrong.');
edited('full', 'fiscal periods of two', sub { $fiscal->($_[0], [ 3, 0, 0, 0 ]); $_[0]{model}{frequency}{count} = 2 }, 'Its metadata "count" is missing or wrong.');
edited('full', "fiscal years of @$_", sub { $fiscal->($_[0], $_) }, 'a model') for [ 1, -1, 0, 0 ], [ 3, 90, 0, 0 ], [ 2, 6, 2, 29 ];
edited('full', "a tolerance of $_->[0]", sub { $anchors->($_[0]{model}{frequency}, kind => $_->[0], count => $_->[1], tolerance => $_->[2]) }, 'Its metadata "tolerance" is missing or wrong.')
  for [ 'fixed', 1000, 500 ], [ 'fixed', $day * 3, $day / 2 ], [ 'days', 1, $day / 2 ], [ 'irregular', 1000, 1 ], [ 'fixed', 1000, -1 ];
edited('full', 'a tolerance', sub { $anchors->($_[0]{model}{frequency}, kind => 'fixed', count => 1000, tolerance => 499) }, 'a model');
edited('full', 'open times', sub { $open->($_[0]{model}{frequency}, 'open', $day / 24, 0, [ 9, 9, 33, 9 ]) }, 'a model');

# Listed steps: the first time with its sign in the lowest bit, the unit, then distances in it and how often each comes in a row.
sub leb { return join '', map { my $n = $_; my $bytes = ''; while ($n >= 128) { $bytes .= chr($n & 127 | 128); $n >>= 7 } $bytes . chr $n } @_; }
my $moment = 631065600000000; # 2019-12-31 in microseconds after 2000
my $years = 9223371331200000000; # one more than the last microsecond of timestamps
my $listed = sub { my ($bytes) = @_; return sub { $_[0]{tensors}{steps}{bytes} = $bytes; $_[0]{tensors}{steps}{shape} = [ length $bytes ] } };
my %no_list = ('that are no bytes' => '', 'without a unit' => leb(2 * $moment), 'of no unit' => leb(2 * $moment, 0), 'that end in a number' => leb(2 * $moment, $day, 1) . "\x80",
	'that end after a distance' => leb(2 * $moment, $day, 1), 'of no distance' => leb(2 * $moment, $day, 0, 5), 'that never come' => leb(2 * $moment, $day, 1, 0),
	'before time' => leb(2 * 211813488000000001 + 1, 1), 'after time' => leb(2 * $moment, $day, 1, 10, int($years / $day), 1), 'whose distance overflows' => leb(2 * $moment, $day, 2**62, 1),
	'whose span overflows' => leb(2 * $moment, $day, 2**40, 9000000), 'that are too many' => leb(2 * $moment, 1, 1, 10000000), 'that are too many in sum' => leb(2 * $moment, 1, 1, 9999999, 2, 1),
	'further apart than numbers' => leb(2 * 211813488000000000 + 1, 1, 92 * 10**17, 1, 10**17, 1), 'in a number of 65 bits' => leb(2 * $moment, $day) . ("\xff" x 9) . "\x03" . leb(1),
	'in a number without an end' => "\xff" x 20);
edited('listed', "listed steps $_", $listed->($no_list{$_}), 'Its listed steps are impossible.') for sort keys %no_list;
edited('listed', 'no listed steps', sub { delete $_[0]{tensors}{steps} }, 'Its metadata "kind" is missing or wrong.');
edited('listed', "listed steps that are $_", sub { $_[0]{model}{frequency}{kind} = $_ }, 'Its metadata "kind" is missing or wrong.') for 'days', 'irregular', 'none';
edited('full', 'steps that are not listed', sub { $_[0]{model}{frequency}{kind} = 'listed' }, 'Its metadata "kind" is missing or wrong.');
edited('listed', 'listed steps of another type', sub { $_[0]{tensors}{steps}{dtype} = 'F64'; $_[0]{tensors}{steps}{shape} = [1]; $_[0]{tensors}{steps}{bytes} = "\0" x 8 }, 'Its tensor "steps" is of the wrong type.');
edited('listed', 'steps two at a time', sub { $_[0]{model}{frequency}{count} = 2 }, 'Its metadata "count" is missing or wrong.');
edited('listed', 'a tolerance of listed steps', sub { $_[0]{model}{frequency}{tolerance} = 1 }, 'Its metadata "tolerance" is missing or wrong.');
edited('listed', 'listed steps without the option', sub { delete $_[0]{options}{steps} }, 'Its options are wrong: option "frequency" is "listed" without "steps".');
edited('listed', 'steps that end before the series', $listed->(leb(2 * $moment, $day, 31, 1)), 'Its series have steps that are not listed.');
edited('listed', 'steps beside the series', $listed->(leb(2 * $moment + 2, $day, 30, 200)), 'Its series have steps that are not listed.');
edited('listed', 'steps from the last one of the series on', sub { my ($parts) = @_; my $last = unpack 'q<', substr($parts->{tensors}{series}{bytes}, 32, 8);
		substr($parts->{tensors}{series}{bytes}, 24, 8) = pack 'q<', $last; $listed->(leb(2 * $last, $day, 30, 9))->($parts) }, 'Its series have steps that are not listed.');
edited('listed', 'more steps ahead', sub { $listed->($_[0]{tensors}{steps}{bytes} . leb(30, 100))->($_[0]) }, 'a model');

# Holidays: their days with the numbers of their names in turns, ascending; an effect of each name and one of others.
my %no_holidays = (
	'days in turns without an end' => [ days => sub { pop @{ $_[0]{days} } } ],
	'no days' => [ days => sub { $_[0]{days} = [] } ],
	'days out of order' => [ days => sub { @{ $_[0]{days} }[ 0, 2 ] = @{ $_[0]{days} }[ 2, 0 ] } ],
	'a day twice' => [ days => sub { unshift @{ $_[0]{days} }, @{ $_[0]{days} }[ 0, 1 ] } ],
	'a name of a day that there is not' => [ days => sub { $_[0]{days}[1] = 2 } ],
	'a negative name of a day' => [ days => sub { $_[0]{days}[1] = -1 } ],
	'a day before all calendars' => [ days => sub { $_[0]{days}[0] = -1 } ],
	'a day after all calendars' => [ days => sub { $_[0]{days}[-2] = 2**40 } ],
	'a part of a day' => [ days => sub { $_[0]{days}[0] += 0.5 } ],
	'a day that is a word' => [ days => sub { $_[0]{days}[0] = 'monday' } ],
	'no names' => [ names => sub { $_[0]{names} = [] } ],
	'a name that is a number' => [ names => sub { $_[0]{names}[0] = 1 } ],
	'a name that is too long' => [ names => sub { $_[0]{names}[0] = 'x' x 201 } ],
	'more names of their own than names' => [ own => sub { $_[0]{own} = 3 } ],
	'fewer than no names of their own' => [ own => sub { $_[0]{own} = -1 } ],
	'no slots' => [ slots => sub { $_[0]{slots} = 0 } ],
	'too many slots' => [ slots => sub { $_[0]{slots} = 25 } ],
	'an effect missing' => [ effects => sub { pop @{ $_[0]{effects} } } ],
	'an effect too large' => [ effects => sub { $_[0]{effects}[0] = 11 } ],
	'an effect that is null' => [ effects => sub { $_[0]{effects}[0] = undef } ]);
for my $what (sort keys %no_holidays)
{
	my ($field, $edit) = @{ $no_holidays{$what} };
	edited('holidays', "holidays: $what", sub { $edit->($_[0]{model}{covariates}{holidays}) }, qq(Its metadata "$field" is missing or wrong.));
}
edited('holidays', 'holidays: fewer inputs of their own', sub { $_[0]{model}{covariates}{holidays}{own} = 1 }, 'Its metadata "channels" is missing or wrong.');
edited('holidays', 'holidays: none', sub { delete $_[0]{model}{covariates}{holidays} }, 'Its metadata "channels" is missing or wrong.');
edited('holidays', 'holidays: no effects', sub { delete $_[0]{model}{covariates}{holidays}{effects} }, 'It has tensors that no model has.');
edited('holidays', 'holidays: no differences', sub { delete $_[0]{tensors}{holiday_differences} }, 'Its tensor "holiday_differences" is missing.');
edited('holidays', "holidays: a difference of " . unpack('d<', $_), do { my $value = $_; sub { $_[0]{tensors}{holiday_differences}{bytes} = $value } }, 'Its holidays have impossible effects.')
	for pack('d<', 11), pack('d<', -11), pack('d<', 9**9**9), pack('d<', -sin(9**9**9));
edited('full', 'names told twice', sub { $_[0]{model}{series}{labels} = [ 'a', 'a' ] }, 'Two of its series have the same name.');
edited('full', 'anchors of a series that are no object', sub { $_[0]{model}{series}{anchors} = [ undef, [] ] }, 'Its metadata "anchors" is missing or wrong.');
my %left_out = ('that is a number' => [ 5, 'skipped' ], 'without a message' => [ { series => 'c' }, 'message' ], 'without a name' => [ { message => 'm' }, 'series' ],
	'whose name is a number' => [ { series => 5, message => 'm' }, 'series' ], 'whose message is null' => [ { series => 'c', message => undef }, 'message' ]);
for my $what (sort keys %left_out)
{
	my ($value, $key) = @{ $left_out{$what} };
	edited('full', "a series left out $what", sub { $_[0]{model}{skipped} = [$value] }, qq(Its metadata "$key" is missing or wrong.));
}
edited('full', 'a series left out', sub { $_[0]{model}{skipped} = [ { series => 'c', message => 'm' } ] }, 'a model');
edited('full', 'another width', sub { $_[0]{model}{members}[0]{hidden_size} = 3 },
	'Its tensor "0.embedding.weight" has length 2 in dimension 1, where 3 is expected.');
edited('full', 'a lookback that patches do not fill', sub { $_[0]{model}{members}[0]{lookback} = 5; $_[0]{model}{members}[0]{patch_length} = 4 },
	'Its network is impossible: option "lookback" must be a multiple of "patch_length".');

# --- tensors ---------------------------------------------------------------------------------------------

# Which dimensions the tensor itself decides.
my %open = (series => [0], training_log => [0], 'calibration.residuals' => [1]);
for (map({ [ 'full', $_ ] } sort keys %{ $whole{full}{tensors} }), map({ [ 'network', $_ ] } grep { /^pretrained\./ } sort keys %{ $whole{network}{tensors} }))
{
	my ($name, $tensor) = @$_;
	my @shape = @{ $whole{$name}{tensors}{$tensor}{shape} };
	my ($width) = $whole{$name}{tensors}{$tensor}{dtype} =~ /(\d+)/;
	edited($name, "no $tensor", sub { delete $_[0]{tensors}{$tensor} },
		$tensor eq 'calibration.residuals' ? 'a model' : qq(Its tensor "$tensor" is missing.));
	edited($name, "$tensor, of another type", sub {
			my $entry = $_[0]{tensors}{$tensor};
			if ($width == 64) { $entry->{dtype} = $entry->{dtype} eq 'F64' ? 'I64' : 'F64'; }
			else { $entry->{dtype} = 'U8'; $entry->{shape}[-1] *= $width / 8; }
		}, qq(Its tensor "$tensor" is of the wrong type.));
	edited($name, "$tensor, with one more dimension", sub { push @{ $_[0]{tensors}{$tensor}{shape} }, 1 }, qq(Its tensor "$tensor" is of the wrong type.));
	for my $dimension (0 .. $#shape)
	{
		next if grep { $_ == $dimension } @{ $open{$tensor} // [] };
		edited($name, "$tensor, longer in dimension $dimension", sub {
				my $entry = $_[0]{tensors}{$tensor};
				$entry->{bytes} .= "\0" x (length($entry->{bytes}) / $shape[$dimension]);
				$entry->{shape}[$dimension]++;
			}, sprintf 'Its tensor "%s" has length %d in dimension %d, where %d is expected.', $tensor, $shape[$dimension] + 1, $dimension + 1, $shape[$dimension]);
	}
}
edited('full', 'a tensor too many', sub { $_[0]{tensors}{other} = { dtype => 'F32', shape => [1], bytes => "\0" x 4 } }, 'It has tensors that no model has.');
edited('full', 'no series', sub { $_[0]{tensors}{series} = { dtype => 'I64', shape => [ 0, 7 ], bytes => '' }; @{ $_[0]{model}{series} }{qw(labels anchors)} = ([], undef) }, 'It has 0 series.');
edited('full', 'a calibration of no points', sub { $_[0]{tensors}{'calibration.residuals'} = { dtype => 'F32', shape => [ 3, 0 ], bytes => '' } }, 'Its calibration has an impossible size.');

my ($nan, $infinity) = (-sin(9**9**9), 9**9**9);
slot('series', 0, pack('q<', -1), 'Its series have impossible lengths.');
slot('series', 1, pack('q<', $_), 'Its series have impossible lengths.') for 0, 2**31;
slot('series', 2, pack('q<', $_), 'Its series have impossible covariates.') for 1, 2**31;
slot('series', 3, pack('q<', $_), 'Its series have impossible times.') for -2**63, 2**62;
slot('series', 4, pack('q<', $_), 'Its series have impossible times.') for -2**62, 9223371331200000000;
slot('series', 5, pack('q<', $_), 'Its series have impossible windows.') for -1, 2;
slot('series', 6, pack('q<', -1), 'Its series have impossible windows.');
edited('bare', 'steps ahead without covariates', sub { substr($_[0]{tensors}{series}{bytes}, 16, 8) = pack 'q<', 1 + unpack 'q<', substr($_[0]{tensors}{series}{bytes}, 8, 8) },
	'Its series have impossible covariates.');
slot('history.values', 1, pack('d<', $_), 'Its history is out of range.') for $nan, $infinity, -1.1e150;
slot('history.covariates', 1, pack('f<', $_), 'Its covariates are not finite.') for $nan, -$infinity;
slot('usual_spreads', 1, pack('d<', $_), 'Its spreads are negative or not finite.') for -1, $nan, $infinity;
slot('series_errors', $_, pack('d<', -1), 'Its errors of series are negative or infinite.') for 0 .. 2;
slot('series_errors', 0, pack('d<', $infinity), 'Its errors of series are negative or infinite.');
slot('series_errors', 0, pack('d<', $nan), 'a model');
slot_of('asking', 'starts', 0, pack('d<', $_->[0]), $_->[1]) for [ 10, 'a model' ], [ 11, 'a model' ], [ 12, 'Its starts are impossible.' ];
slot_of('start', 'starts', $_, pack('d<', $nan), 'Its starts are not finite.') for 0 .. 7;
slot_of('start', 'starts', $_->[0], pack('d<', $_->[1]), 'Its starts are impossible.')
  for [ 0, 0 ], [ 0, 10 ], [ 0, 1.5 ], [ 1, 2 ], [ 1, -1 ], [ 2, 0 ], [ 2, 2 ], [ 2, 7 ], [ 2, 1.5 ], [ 3, 0 ], [ 3, 1.1 ], [ 4, -0.1 ], [ 7, 1.1 ];
slot('scalers', $_, pack('d<', $nan), 'Its scalers are not finite.') for 0 .. 4;
slot('scalers', $_, pack('d<', 0), 'Its scalers are not positive.') for 1, 4;
slot('scalers', 3, pack('d<', -1e9), 'Its scalers are not positive.');
slot('training_log', 0, pack('d<', $_), 'Its training log is wrong.') for 0, 3, 0.5, $nan;
slot('training_log', 1, pack('d<', $_), 'Its training log is wrong.') for 0, 2**31;
slot('training_log', $_->[0], pack('d<', $_->[1]), 'Its training log is wrong.') for map { [ $_, $infinity ], [ $_, -$infinity ] } 2 .. 5;
my $points = $whole{full}{tensors}{'calibration.residuals'}{shape}[1];
slot('calibration.residuals', 0, pack('f<', 1e30), 'Its calibration is not in ascending order.');
slot('calibration.residuals', $points, pack('f<', -1e30), 'a model');
slot('calibration.residuals', 0, pack('f<', $_), 'Its calibration is not finite.') for $nan, -$infinity;
slot('calibration.residuals', $points - 1, pack('f<', $_), 'Its calibration is not finite.') for $nan, $infinity;
slot($_, 0, pack('f<', $infinity), 'Its weights are not finite.') for grep { /^[01]\./ } sort keys %{ $whole{full}{tensors} };
for my $half (0x7c00, 0xfc00, 0x7e00)
{
	slot_of('network', $_, 0, pack('v', $half), 'Its weights are not finite.') for grep { /^pretrained\./ } sort keys %{ $whole{network}{tensors} };
}

# --- what is said of them --------------------------------------------------------------------------------

my $file = $node->basedir . '/attempts';
open my $out, '>', $file or die "$file: $!";
print $out "$_\t\\\\x" . unpack('H*', $attempts[$_]{bytes}) . "\n" for 0 .. $#attempts;
close $out or die "$file: $!";
$node->safe_psql('postgres', "COPY attempt FROM '$file'");
my @answers = split /\n/, $node->safe_psql('postgres', 'SELECT answer(model) FROM attempt ORDER BY number');
is(scalar(@answers), scalar(@attempts), 'every attempt has an answer');
is($answers[$_], $attempts[$_]{answer}, $attempts[$_]{what}) for 0 .. $#attempts;

# --- what is in range, but far out -----------------------------------------------------------------------

# Of spreads that are nearly infinite beside levels that are nearly nothing, the interval of no residual is still the forecast.
my $extreme = open_model(pack 'H*', $node->safe_psql('postgres', q{
	SELECT encode(lstm_train('SELECT * FROM reading', 'ts', 'value', 'series', options => '{"horizon": 3, "hidden_size": 2, "max_steps": 2, "ensemble_size": 1, "transform": "none"}'), 'hex')}));
for ([ 'usual_spreads', 'd<', 1e307 ], [ 'history.values', 'd<', 1e-300 ], [ 'calibration.residuals', 'f<', 0 ])
{
	my ($tensor, $format, $number) = @$_;
	my $entry = $extreme->{tensors}{$tensor};
	my $one = pack $format, $number;
	$entry->{bytes} = $one x (length($entry->{bytes}) / length $one);
}
is($node->safe_psql('postgres', "SELECT count(*), bool_and(lower = forecast AND upper = forecast) FROM lstm_forecast('\\x" . unpack('H*', close_model($extreme))
	  . q{'::bytea, 'SELECT ''new'' AS series, * FROM (VALUES (timestamptz ''2020-01-31'', 1.0), (''2020-02-29'', 2)) AS v (ts, value)', 'ts', 'value', 'series')}), '3|t',
	'a spread that overflows leaves numbers');

# --- what a bare model holds besides ---------------------------------------------------------------------

# Training may be withheld from who forecasts: by no options of such a model networks are trained.
my $training = dclone($whole{network});
%{ $training->{options} } = (%{ $training->{options} }, pretrained => 'none', start => JSON::PP::false, horizon => 2, lookback => 4, hidden_size => 1, ensemble_size => 1, max_steps => 1);
for my $call (q{lstm_forecast(%s, 'SELECT ts, value FROM reading WHERE value IS NOT NULL AND series = ''a''', 'ts', 'value', horizon => 4)},
	q{(SELECT lstm_forecast(%s, ts, value) AS rows FROM reading WHERE series = 'a') AS one, unnest(rows) AS f},
	q{lstm_backtest(%s, 'SELECT ts, value FROM reading WHERE value IS NOT NULL AND series = ''a''', 'ts', 'value', folds => 1, horizon => 4)})
{
	my ($wanted, $got) = map { $node->safe_psql('postgres', 'SELECT f FROM ' . sprintf($call, $_) . ($call =~ /AS f/ ? '' : ' AS f')) } 'lstm_pretrained()',
	  "'\\x" . unpack('H*', close_model($training)) . "'::bytea";
	isnt($wanted, '', 'the pretrained network answers');
	is($got, $wanted, 'and no options of a model lead it to train');
}

# --- headers that would take much memory to read ---------------------------------------------------------

my $MEMORY = 16; # MB, lstm_forecast.max_memory
my $SPARE = 16;  # MB for the largest of these models itself, detoasted

# What is said of a whole model with such a header, and kB that the backend took besides.
sub heavy
{
	my ($header, $memory) = @_;
	my $bytes = mended($header, tensors($bytes{bare}));
	open my $heavy, '>', $file or die "$file: $!";
	print $heavy "\\\\x" . unpack('H*', $bytes) . "\n";
	close $heavy or die "$file: $!";
	$node->safe_psql('postgres', "CREATE TABLE heavy (model bytea); ALTER TABLE heavy ALTER model SET STORAGE external; COPY heavy FROM '$file'");
	my $session = $node->background_psql('postgres');
	$session->query_safe("SET lstm_forecast.max_memory = '${memory}MB'");
	$session->query_safe('SELECT answer(model) FROM whole');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	my $before = kilobytes($pid, 'VmHWM');
	my $answer = $session->query_safe('SELECT answer(model) FROM heavy');
	my $took = kilobytes($pid, 'VmHWM') - $before;
	$session->quit;
	$node->safe_psql('postgres', 'DROP TABLE heavy');
	return ($answer, $took);
}

sub with_entry { return header($bytes{bare}) =~ s/\}\s*$/,"x":$_[0]}/r; }

my $too_much = qr/^54000 \| reading a model needs more memory than "lstm_forecast.max_memory" allows \| \d+ kB are needed, @{[ 1024 * $MEMORY ]} kB are allowed\.$/;
my %heavy = (
	'numbers' => '[' . '0,' x 500_000 . '0]',
	'texts' => '[' . '"",' x 800_000 . '""]',
	'objects' => '[' . '{},' x 150_000 . '{}]',
	'arrays' => '[' . '[],' x 300_000 . '[]]',
	'objects with a key' => '[' . '{"":0},' x 150_000 . '0]',
	'keys' => '{' . '"a":"",' x 400_000 . '"b":0}',
	'keys with escaped quotes' => '{' . '"\\"\\\\":"",' x 400_000 . '"b":0}',
	'objects in objects' => '{"":' x 100_000 . '0' . '}' x 100_000);
for my $what (sort keys %heavy)
{
	my ($answer, $took) = heavy(with_entry($heavy{$what}), $MEMORY);
	like($answer, $too_much, "a header with many $what is too much");
	cmp_ok($took, '<', 1024 * ($MEMORY + $SPARE), "which is seen before they take memory: $took kB");
}
my ($metadata, $taken) = heavy(header($bytes{bare}) =~ s/\\"horizon\\":/\\"x\\":[@{[ '0,' x 500_000 ]}0],\\"horizon\\":/r, $MEMORY);
like($metadata, $too_much, 'nor may its metadata hold as many');
cmp_ok($taken, '<', 1024 * ($MEMORY + $SPARE), "which is seen as early: $taken kB");
is((heavy(with_entry('"' . '[{\\",:\\\\' x 200_000 . '"'), $MEMORY))[0], invalid($described), 'what stands in a string is none of these');
is((heavy(with_entry('[' . '0,' x 20_000 . '0]'), $MEMORY))[0], invalid($described), 'fewer numbers are read');
like((heavy(with_entry('[' . '0,' x 2**24 . '0]'), 8192))[0], qr/^54000 \| model has too many JSON values \| There are 1677\d+ with \d+ keys in one text; 16777216 with 8388608 are possible\.$/,
	'and more than jsonb can hold never');

$node->stop;
done_testing();
