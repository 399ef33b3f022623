# Every word of another library in src/pg/options/synonyms.c gives a hint, and names an option or a value that there is.
use strict;
use warnings;

use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION lstm_forecast;
	CREATE FUNCTION hint_of(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE hint text;
	BEGIN
		PERFORM lstm_train(1, options);
		RETURN 'taken';
	EXCEPTION WHEN invalid_parameter_value THEN
		GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
		RETURN hint;
	END $$});

# All words are within double quotes, and after those of ours stand theirs, in WORDS(...).
my $source = slurp_file(dirname(__FILE__) . '/../src/pg/options/synonyms.c');
my (@rows, %seen);
for my $entry ($source =~ /\{((?:"\w+",\s*){1,2}WORDS\([^)]*\))\}/g)
{
	my ($ours, $theirs) = $entry =~ /^(.*)WORDS\((.*)\)$/s;
	my @ours = $ours =~ /"(.*?)"/g;
	push @rows, map { [ @ours, $_ ] } $theirs =~ /"(.*?)"/g;
}
cmp_ok(scalar(@rows), '>', 200, 'words are found');

my %allowed = map { split /=/, $_, 2 } split /\n/, $node->safe_psql('postgres', q{SELECT name || '=' || allowed FROM lstm_option_info()});
for my $row (@rows)
{
	my $theirs = pop @$row;
	my ($option, $value) = @$row;
	my $object = defined $value ? qq({"$option": "$theirs"}) : qq({"$theirs": 1});

	is($seen{ defined $value ? "$option $theirs" : $theirs }++, 0, "$object: once");
	is($node->safe_psql('postgres', "SELECT hint_of('$object')"), sprintf('"%s" is called "%s" here.', $theirs, $value // $option), $object);
	ok(defined $allowed{$option} && (!defined $value || $allowed{$option} =~ /(^|, )\Q$value\E(,|$)/), "$object: there is such");
}

$node->stop;
done_testing();
