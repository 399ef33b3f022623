# Rules for install scripts, which run as a superuser also where a trusted extension is installed by none. They go by
# what pgspot looks for, and are stricter where these scripts need less: no name is looked up that another role may
# have put in front, nothing that exists is taken over, nothing runs but declarations.
package InstallScript;

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(statements script_faults self_test);

# Kinds of statements that a script may have; upgrade scripts (A--B) drop and alter, too.
my $CREATES = qr/^CREATE (TYPE|FUNCTION|AGGREGATE|VIEW)\b|^COMMENT ON (TYPE|COLUMN|FUNCTION|AGGREGATE|VIEW)\b|^GRANT SELECT ON lstm_\w+ TO PUBLIC$/i;
my $CHANGES = qr/^(DROP|ALTER) (FUNCTION|AGGREGATE|TYPE|VIEW)\b/i;

# What may stand anywhere in no script: pattern, and why.
my @FORBIDDEN = (
	[ qr/\bOR\s+REPLACE\b/i, 'takes over what another role has made' ],
	[ qr/\bIF\s+NOT\s+EXISTS\b/i, 'takes what another role has made' ],
	[ qr/\bSECURITY\s+DEFINER\b|\bEXTERNAL\s+SECURITY\b/i, 'lends a superuser\'s rights' ],
	[ qr/(?<!NOT )\bLEAKPROOF\b/i, 'would be called on rows that the caller may not see' ],
	[ qr/\bSUPPORT\b/i, 'is called by the planner' ],
	[ qr/\bEXECUTE\b/i, 'runs text' ],
	[ qr/\$\w*\$/, 'is a body of SQL' ]);

# The statements of a script, white space made one blank, comments and the texts of strings left out.
sub statements
{
	my ($text) = @_;
	my $sql = $text =~ s/^\s*\\.*$//mgr;
	$sql =~ s{'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/}{ substr($&, 0, 1) eq "'" ? "''" : ' ' }sge;
	return grep { $_ ne '' } map { s/\s+/ /gr =~ s/^ | $//gr } split /;/, $sql;
}

# The parts of a list between commas outside of parentheses.
sub parts
{
	my ($list) = @_;
	my ($depth, @parts) = (0, '');
	for my $piece (split /([(),])/, $list)
	{
		$depth += $piece eq '(' ? 1 : $piece eq ')' ? -1 : 0;
		if ($piece eq ',' && $depth == 0) { push @parts, ''; }
		else { $parts[-1] .= $piece; }
	}
	return grep { /\S/ } map { s/^\s+|\s+$//gr } @parts;
}

# A type is one of pg_catalog's, or one that the script has made.
sub type_faults
{
	my ($type, $own) = @_;
	return if $type =~ /^pg_catalog\.("\w+"|\w+)(\[\])?$/ || ($type =~ /^(\w+)(\[\])?$/ && $own->{"type $1"});
	return "type \"$type\" is not qualified";
}

# Arguments: [mode] [name] type [DEFAULT literal].
sub argument_faults
{
	my ($list, $own) = @_;
	my @faults;
	for (parts($list))
	{
		my ($argument, $default) = split / DEFAULT /i;
		push @faults, "the default \"$default\" is no literal" if defined $default && $default !~ /^(NULL(::pg_catalog\.\w+(\[\])?)?|''|true|false|-?[\d.]+)$/i;
		push @faults, type_faults((split / /, $argument)[-1], $own);
	}
	return @faults;
}

sub type_definition_faults
{
	my ($rest, $own) = @_;
	my ($columns) = $rest =~ /^ AS \((.*)\)$/ or return 'is not a composite type';
	return argument_faults($columns, $own);
}

sub function_faults
{
	my ($rest, $own) = @_;
	my ($arguments, $after) = $rest =~ /^ ?(\((?:[^()]|(?1))*\))(.*)$/ or return 'has no arguments';
	my ($returns) = $after =~ /^ RETURNS (?:SETOF )?(\S+)/i;
	my @faults = argument_faults($arguments =~ s/^\(|\)$//gr, $own);
	push @faults, defined $returns ? type_faults($returns, $own) : 'does not say what it returns';
	push @faults, 'does not say its volatility' if $after !~ /\b(IMMUTABLE|STABLE|VOLATILE)\b/i;
	push @faults, 'does not say whether it is parallel safe' if $after !~ /\bPARALLEL (SAFE|RESTRICTED|UNSAFE)\b/i;
	push @faults, 'is not in C, and sets no safe search_path'
	  if $after !~ /\bLANGUAGE C\b/i && $after !~ /\bSET search_path (=|TO) pg_catalog, pg_temp\b/i;
	return @faults;
}

sub aggregate_faults
{
	my ($rest, $own) = @_;
	my ($arguments, $parameters) = $rest =~ /^ ?(\((?:[^()]|(?1))*\)) (\(.*\))$/ or return 'is not of the usual form';
	my %value = map { /^(\w+) = (.*)$/ ? (uc $1 => $2) : () } parts($parameters =~ s/^\(|\)$//gr);
	my @faults = argument_faults($arguments =~ s/^\(|\)$//gr, $own);
	for my $function (grep { defined $value{$_} } qw(SFUNC FINALFUNC COMBINEFUNC SERIALFUNC DESERIALFUNC MSFUNC MINVFUNC MFINALFUNC))
	{
		push @faults, "$function is none of the script's functions" unless $own->{"function $value{$function}"};
	}
	push @faults, type_faults($value{STYPE} // '', $own);
	push @faults, 'has a sort operator' if $value{SORTOP};
	push @faults, 'does not say whether it is parallel safe' if ($value{PARALLEL} // '') !~ /^(SAFE|RESTRICTED|UNSAFE)$/i;
	return @faults;
}

# A view shows columns of one function of the script: nothing is called in it whose name another role may have taken.
sub view_faults
{
	my ($rest, $own) = @_;
	my ($function) = $rest =~ /^ AS SELECT p\.\w+(?:, p\.\w+)* FROM (lstm_\w+)\(\) AS p$/ or return 'is not of the usual form';
	return $own->{"function $function"} ? () : "$function is none of the script's functions";
}

my %FAULTS_OF = (type => \&type_definition_faults, function => \&function_faults, aggregate => \&aggregate_faults, view => \&view_faults);

# What is wrong with a script: a list of texts.
sub script_faults
{
	my ($file, $text) = @_;
	my $upgrade = $file =~ /--.*--/;
	my (@faults, %own, %uncommented);
	for my $statement (statements($text))
	{
		my $shown = substr($statement, 0, 60);
		push @faults, map { "$shown: $_->[1]" } grep { $statement =~ $_->[0] } @FORBIDDEN;
		if ($statement !~ $CREATES && !($upgrade && $statement =~ $CHANGES))
		{
			push @faults, "$shown: a script has no such statement";
		}
		elsif ($statement =~ /^CREATE (TYPE|FUNCTION|AGGREGATE|VIEW) ([^\s(]+)(.*)$/i)
		{
			my ($kind, $name, $rest) = (lc $1, $2, $3);
			push @faults, "$shown: the name does not begin with lstm_" if $name !~ /^lstm_\w+$/;
			push @faults, map { "$kind $name: $_" } $FAULTS_OF{$kind}->($rest, \%own);
			$own{"$kind $name"}++;
			$uncommented{"$kind $name"}++;
			$uncommented{"column $name.$_"}++ for $kind eq 'view' ? $rest =~ /\bp\.(\w+)/g : ();
		}
		elsif ($statement =~ /^GRANT SELECT ON (\w+)/i)
		{
			push @faults, "$shown: it is none of the script's views" unless $own{"view $1"};
		}
		elsif ($statement =~ /^COMMENT ON (TYPE|FUNCTION|AGGREGATE|VIEW|COLUMN) ([^\s(]+)/i)
		{
			my $what = lc($1) . " $2";
			$uncommented{$what}-- if $what !~ /^column/ || exists $uncommented{$what}; # those of types need none
		}
	}
	push @faults, map { "$_: has not one comment for each definition" } grep { $uncommented{$_} != 0 } sort keys %uncommented;
	return map { "$file: $_" } @faults;
}

# --- whether the rules find anything -----------------------------------------------------------------

my $GOOD = <<'SQL';
-- a comment; with a semicolon
CREATE TYPE lstm_t AS (a pg_catalog.int4);
COMMENT ON TYPE lstm_t IS 'it''s; a type';
CREATE FUNCTION lstm_f(pg_catalog.internal, a pg_catalog."any" DEFAULT NULL, OUT b lstm_t)
RETURNS lstm_t[] AS 'MODULE_PATHNAME', 'f' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION lstm_f(pg_catalog.internal, pg_catalog."any") IS 'f';
CREATE AGGREGATE lstm_a(x pg_catalog.float8) (SFUNC = lstm_f, STYPE = pg_catalog.float8[], INITCOND = '{0,0}', PARALLEL = SAFE);
COMMENT ON AGGREGATE lstm_a(pg_catalog.float8) IS 'a';
CREATE VIEW lstm_v AS SELECT p.a, p.b FROM lstm_f() AS p;
GRANT SELECT ON lstm_v TO PUBLIC;
COMMENT ON VIEW lstm_v IS 'v';
COMMENT ON COLUMN lstm_v.a IS 'a';
COMMENT ON COLUMN lstm_v.b IS 'b';
SQL

# Each: what in the good script becomes what, which is a fault.
my @BAD = (
	[ 'CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION' ],
	[ 'CREATE TYPE', 'CREATE TYPE IF NOT EXISTS' ],
	[ 'STABLE', 'STABLE SECURITY DEFINER' ],
	[ 'STABLE', 'STABLE LEAKPROOF' ],
	[ 'STABLE', 'STABLE SUPPORT lstm_f' ],
	[ 'STABLE ', '' ],
	[ 'STABLE PARALLEL SAFE', 'STABLE' ],
	[ '= SAFE', '= ' ],
	[ 'LANGUAGE C', 'LANGUAGE sql' ],
	[ 'a pg_catalog.int4', 'a int4' ],
	[ 'a pg_catalog."any"', 'a "any"' ],
	[ 'DEFAULT NULL', 'DEFAULT pg_catalog.now()' ],
	[ 'RETURNS lstm_t', 'RETURNS other_t' ],
	[ 'STYPE = pg_catalog.', 'STYPE = ' ],
	[ 'SFUNC = lstm_f', 'SFUNC = lstm_g' ],
	[ 'CREATE AGGREGATE lstm_a', 'CREATE AGGREGATE public.lstm_a' ],
	[ q{COMMENT ON AGGREGATE lstm_a(pg_catalog.float8) IS 'a';}, '' ],
	[ 'FROM lstm_f()', 'FROM lstm_g()' ],
	[ 'p.a, p.b FROM', 'p.a + p.b AS a FROM' ],
	[ 'FROM lstm_f() AS p', 'FROM lstm_f() AS p, pg_class AS c' ],
	[ q{COMMENT ON COLUMN lstm_v.b IS 'b';}, '' ],
	[ 'GRANT SELECT ON lstm_v', 'GRANT SELECT ON lstm_w' ],
	[ 'GRANT SELECT', 'GRANT ALL' ],
	[ 'TO PUBLIC', 'TO somebody' ],
	[ 'COMMENT ON TYPE', 'DO $$ BEGIN END $$; COMMENT ON TYPE' ],
	[ 'COMMENT ON TYPE', 'SELECT 1; COMMENT ON TYPE' ],
	[ 'COMMENT ON TYPE', 'CREATE TABLE lstm_x (a pg_catalog.int4); COMMENT ON TYPE' ],
	[ 'COMMENT ON TYPE', 'GRANT SELECT ON lstm_x TO PUBLIC; COMMENT ON TYPE' ],
	[ 'COMMENT ON TYPE', 'DROP FUNCTION lstm_x(); COMMENT ON TYPE' ]);

# The rules that do not find what they should, or find what they should not.
sub self_test
{
	my @faults = map { "a good script has a fault: $_" } script_faults('lstm_forecast--1.sql', $GOOD);
	for (@BAD)
	{
		my ($good, $bad) = @$_;
		my $text = $GOOD =~ s/\Q$good\E/$bad/r;
		push @faults, "no fault is found in \"$bad\" for \"$good\""
		  if $text eq $GOOD || !script_faults('lstm_forecast--1.sql', $text);
	}
	return @faults;
}

1;
