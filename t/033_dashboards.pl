# The queries of docs/dashboards.md that stand in macros and variables of other tools: each runs with these replaced by what the
# tool puts there, as the role that the page makes for dashboards, and gives the columns that the tool draws.
use strict;
use warnings;

use File::Basename qw(dirname);
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# Pieces of the page in order: the section they stand in, what they are, their text.
my (@pieces, $kind, $section);
for my $line (split /^/, slurp_file(dirname(__FILE__) . '/../docs/dashboards.md'))
{
	if (defined $kind)
	{
		if ($line =~ /^(?:```|-->)\s*$/) { undef $kind; }
		else { $pieces[-1][2] .= $line; }
	}
	elsif ($line =~ /^## (.*)$/) { $section = $1; }
	elsif ($line =~ /^```(\w+)$|^<!-- (setup):$/)
	{
		$kind = $1 // $2;
		push @pieces, [ $section, $kind, '' ];
	}
}

# What a tool sends for a query.
sub sent
{
	my ($tool, $query, $with_optional) = @_;
	if ($tool eq 'Grafana')
	{
		$query =~ s/\$__timeFilter\((\w+)\)/$1 BETWEEN '2000-01-01T00:00:00Z' AND '2100-01-01T00:00:00Z'/g;
		$query =~ s/\$\{shop:sqlstring\}/'north','south'/g;
		$query =~ s/\$shop\b/north/g;
	}
	elsif ($tool eq 'Metabase')
	{
		$query =~ $with_optional ? s/\[\[(.*?)\]\]/$1/g : s/\[\[.*?\]\]//g for $query;
		$query =~ s/\{\{shop\}\}/'north'/g;
		$query =~ s/\{\{since\}\}/date '2001-01-01'/g;
	}
	$query =~ s/\\watch \d+//g;
	return $query;
}

sub as_reader { return $node->safe_psql('postgres', "SET TimeZone = 'UTC'; SET ROLE dashboard_reader;\n$_[0]"); }

# Names and types of its columns.
sub columns { return map { [ split /\|/ ] } split /\n/, as_reader("$_[0] \\gdesc"); }

my %seen;
for my $piece (@pieces)
{
	my ($tool, $is, $text) = @$piece;
	next if $is eq 'setup';
	if ($is eq 'sql') { $node->safe_psql('postgres', $text); next; }
	next if $is ne 'postgresql';
	my ($name) = $text =~ /^(.*)$/m;
	$seen{$tool}++;
	for my $query (map { sent($tool, $text, $_) } $text =~ /\[\[/ ? (0, 1) : 0)
	{
		unlike($query, qr/\$|\{\{|\[\[|\\/, "$tool: every macro and variable of the query is known: $name");
		my @columns = columns($query);
		my %type = map { @$_ } @columns;
		my @rows = split /\n/, as_reader($query);
		cmp_ok(scalar(@rows), '>', 0, "$tool: it gives rows to the role of the dashboards");
		is(join(', ', grep { $type{$_} !~ /^(double precision|bigint|numeric|text|timestamp with(?:out)? time zone)$/ } sort keys %type),
			'', "$tool: of types that it draws");
		my ($first) = @columns;
		next unless $first->[0] =~ /^(time|day)$/;
		is($first->[1], $tool eq 'Grafana' ? 'timestamp with time zone' : 'timestamp without time zone', "$tool: times come first, as it reads them");
		is($first->[0], $tool eq 'Grafana' ? 'time' : 'day', "$tool: by their name");
		my @times = map { /^([^|]*)/ } @rows;
		is_deeply(\@times, [ sort @times ], "$tool: in order");
		my $numbers = grep { $_->[1] eq 'double precision' } @columns;
		my $labels = grep { $_->[1] eq 'text' } @columns;
		cmp_ok($numbers, '>=', 1, "$tool: with numbers to draw");
		cmp_ok($labels, '<=', 1, "$tool: and at most one label");
		my $shops = $labels ? 2 : 1;
		is(scalar(@rows), $shops * ($query =~ /current_date - 60/ ? 60 + 14 : 300 + 14), "$tool: all observations, and the forecasts after them");
	}
}
is_deeply(\%seen, { Grafana => 4, Metabase => 2, psql => 1, 'How good the forecast is' => 1 }, 'the page has a query for each tool');

# The panel names columns of the query for one series.
my ($panel) = map { $_->[2] } grep { $_->[1] eq 'json' } @pieces;
my ($banded) = grep { $_->[0] eq 'Grafana' && $_->[1] eq 'postgresql' } @pieces;
my %column = map { $_->[0] => 1 } columns(sent('Grafana', $banded->[2]));
my %override = map { $_->{matcher}{options} => { map { $_->{id} => $_->{value} } @{ $_->{properties} } } } @{ JSON::PP::decode_json($panel)->{fieldConfig}{overrides} };
is(join(', ', grep { !$column{$_} } sort keys %override), '', 'what the panel overrides are columns');
is($override{upper}{'custom.fillBelowTo'}, 'lower', 'the band reaches from the upper end to the lower one');
ok($column{ $override{upper}{'custom.fillBelowTo'} }, 'which is a column, too');

# The role sees no more than the views.
my ($code, $out, $error) = $node->psql('postgres', 'SET ROLE dashboard_reader; SELECT model FROM forecast_model');
like($error, qr/permission denied for table forecast_model/, 'the model stays unseen');
($code, $out, $error) = $node->psql('postgres', 'SET ROLE dashboard_reader; SELECT * FROM sale');
like($error, qr/permission denied for table sale/, 'and so does the table');

$node->stop;
done_testing();
