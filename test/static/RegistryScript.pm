# Rules for the install script of lstm_registry, which has tables, policies, views and functions with bodies, and so other
# rules than that of lstm_forecast, for the same end: it runs as a superuser, in a schema where another role may have made
# objects, and finds none of them; and what it makes is called by roles who trust no other.
package RegistryScript;

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(registry_faults registry_self_test);

# What a statement may begin with.
my $KINDS = qr/^(?:CREATE (?:TABLE|VIEW|FUNCTION|INDEX|UNIQUE INDEX|POLICY|TRIGGER)|ALTER TABLE|COMMENT ON|GRANT (?:SELECT|INSERT)|SELECT pg_catalog\.pg_extension_config_dump\('[^']*', ''\)$)/;
my @FORBIDDEN = (
	[ qr/\bOR\s+REPLACE\b/i, 'takes over what another role has made' ],
	[ qr/\b(?:TABLE|VIEW|INDEX|SEQUENCE|SCHEMA|COLUMN)\s+IF\s+NOT\s+EXISTS\b/i, 'takes what another role has made' ],
	[ qr/\bSECURITY\s+DEFINER\b/i, 'lends a superuser\'s rights' ],
	[ qr/\bLEAKPROOF\b/i, 'would be called on rows that the caller may not see' ],
	[ qr/\bSUPPORT\b/, 'is called by the planner' ],
	[ qr/\bDISABLE\b|\bNO FORCE\b/, 'shows rows of others' ]);

# Words before a parenthesis that are no function.
my %SYNTAX = map { $_ => 1 } qw(CHECK KEY USING AND OR NOT IN ANY EXISTS coalesce nullif greatest least ARRAY AS ON SET WITH OUT FILTER LATERAL VALUES SELECT RETURN TABLE FROM JOIN WHERE
	OPERATOR BY FUNCTION THEN ELSE WHEN AGAINST INCLUDE);
my @QUALIFIERS = ('pg_catalog.', '@extschema@.');

# Statements with texts of strings and bodies apart: [ statement, bodies ]. A string is '' in the statement, a body $$.
sub statements
{
	my ($text) = @_;
	my @bodies;
	my $sql = $text =~ s/^\s*\\.*$//mgr;
	$sql =~ s{(\$\$.*?\$\$)|('(?:[^']|'')*')|--[^\n]*|/\*.*?\*/}{
		defined $1 ? do { push @bodies, substr($1, 2, -2); '$' . $#bodies . '$' } : defined $2 ? $2 =~ tr/;/,/r : ' ' }sge;
	my @found;
	for (map { s/\s+/ /gr =~ s/^ | $//gr } split /;/, $sql)
	{
		next if $_ eq '';
		push @found, [ $_, map { $bodies[$_] } /\$(\d+)\$/g ];
	}
	return @found;
}

# SQL whose names are to be found whatever the search path is: functions and operators without a schema.
sub unqualified
{
	my ($sql) = @_;
	my @faults;
	$sql =~ s/'(?:[^']|'')*'/''/g;
	$sql =~ s/--[^\n]*//g;
	while ($sql =~ /((?:pg_catalog\.|\@extschema\@\.)?)\b(\w+) ?\(/g)
	{
		my ($schema, $name) = ($1, $2);
		push @faults, "\"$name\" has no schema" unless $schema ne '' || $SYNTAX{$name} || $SYNTAX{ uc $name };
	}
	$sql =~ s/OPERATOR\(pg_catalog\.[^)]+\)//g;
	$sql =~ s/=>|:=|(?:WITH|SET) \(\w+ = \w+\)|SET \w+ = \w+(, \w+)?|\@extschema\@//g;
	push @faults, "operator \"$1\" has no schema" while $sql =~ m{([-+=<>/|~!%^&#]+)}g;
	push @faults, "\"$1\" looks for operators" while $sql =~ /\b(IS (?:NOT )?DISTINCT|BETWEEN|NULLIF|LIKE|SIMILAR|(?<!OUT )USING \((?=\w+\)))/gi;
	push @faults, "type \"$1\" has no schema" while $sql =~ /::(\w+)\b(?!\.)/g;
	return @faults;
}

# The parts of a body in which it has the search path of a definition: from where it takes that to where it takes its own
# again.
sub foreign_parts
{
	my ($body) = @_;
	my $taken = qr/set_config\('search_path'(?:::pg_catalog\.text)?, (?!'pg_catalog, pg_temp')|\@extschema\@\.lstm_registry_surroundings\(/;
	return $body =~ /($taken.*?)(?=set_config\('search_path'|\z)/gs;
}

# A body whose function has a safe search path: our own objects have their schema.
sub body_faults
{
	my ($body) = @_;
	my @faults;
	$body =~ s/'(?:[^']|'')*'/''/g;
	$body =~ s/--[^\n]*//g;
	push @faults, "\"$1\" has no schema" while $body =~ /(?<!\@extschema\@\.)\b(lstm_\w+)\b(?!\.)/g;
	return @faults;
}

sub function_faults
{
	my ($statement, $body) = @_;
	my @faults;
	my ($returns) = $statement =~ /\bRETURNS (?:SETOF )?(\S+)/;
	push @faults, "type \"$returns\" has no schema" if defined $returns && $returns !~ /^(pg_catalog\.|\@extschema\@\.lstm_|TABLE$|record$|trigger$)/;
	push @faults, 'does not say its volatility' if $statement !~ /\b(IMMUTABLE|STABLE|VOLATILE)\b/;
	push @faults, 'does not say whether it is parallel safe' if $statement !~ /\bVOLATILE\b|\bPARALLEL (SAFE|RESTRICTED|UNSAFE)\b/;
	if ($statement =~ /\bLANGUAGE (?:plpgsql|sql)\b/)
	{
		# its names are found either by a path of its own, or by none, as where it takes another one
		my $safe = $statement =~ /\bSET search_path = pg_catalog, pg_temp\b/;
		push @faults, 'keeps the time zone of a definition' if $body =~ /\blstm_registry_surroundings\(/ && $statement !~ /\bSET TimeZone = /;
		push @faults, body_faults($body);
		push @faults, unqualified($_) for $safe ? map { s/^set_config\(/pg_catalog.set_config(/r } foreign_parts($body) : $body;
	}
	elsif ($statement !~ /AS 'MODULE_PATHNAME'(, '\w+')? LANGUAGE C\b|\bLANGUAGE C\b.* AS 'MODULE_PATHNAME'/) { push @faults, 'is of another language'; }
	my ($arguments) = $statement =~ /^CREATE FUNCTION [^(]+(\((?:[^()]|(?1))*\))/;
	for my $type (map { (split ' ', s/ DEFAULT .*//r)[-1] } grep { /\S/ } split /,/, substr $arguments // '()', 1, -1)
	{
		push @faults, "type \"$type\" has no schema" if $type !~ /^(pg_catalog\.|\@extschema\@\.lstm_)"?\w+"?(\[\])?$/;
	}
	return @faults;
}

# The columns of a table: their types have a schema.
sub column_faults
{
	my ($statement) = @_;
	my ($list) = $statement =~ /^CREATE TABLE [^(]+(\((?:[^()]|(?1))*\))/ or return 'has no columns';
	1 while substr($list, 1, -1) =~ /\([^()]*\)/ && $list =~ s/(?<!^)\([^()]*\)//;
	return map { "column \"$_->[0]\" is of a type without a schema" } grep { $_->[0] !~ /^(PRIMARY|UNIQUE|FOREIGN|CHECK|CONSTRAINT)$/ && ($_->[1] // '') !~ /^pg_catalog\./ }
		map { [ (split ' ')[0, 1] ] } split /,/, substr $list, 1, -1;
}

# What is wrong with the script: a list of texts.
sub registry_faults
{
	my ($text) = @_;
	my (@faults, %commented, %made, %secured);
	for (statements($text))
	{
		my ($statement, @bodies) = @$_;
		my $shown = substr $statement, 0, 70;
		my $bare = $statement =~ s/'(?:[^']|'')*'/''/gr;
		push @faults, "$shown: a script has no such statement" if $statement !~ $KINDS;
		push @faults, map { "$shown: $_->[1]" } grep { "$bare @bodies" =~ $_->[0] } @FORBIDDEN;
		if ($statement =~ /^CREATE (TABLE|VIEW|FUNCTION) (\S+?)(?=[ (])/)
		{
			my ($kind, $name) = ($1, $2);
			push @faults, "$shown: the name is not \@extschema\@.lstm_..." if $name !~ /^\@extschema\@\.lstm_\w+$/;
			$made{"$kind $name"}++;
			push @faults, map { "$shown: $_" } $kind eq 'FUNCTION' ? function_faults($statement, $bodies[0]) : unqualified($bare =~ s/^CREATE TABLE \S+|NOT NULL DEFAULT|\bREFERENCES \S+//gr);
			push @faults, map { "$shown: $_" } column_faults($bare) if $kind eq 'TABLE';
			push @faults, "$shown: reads with its owner's rights" if $kind eq 'VIEW' && $statement !~ /WITH \(security_invoker = true\)/;
		}
		elsif ($statement =~ /^COMMENT ON (TABLE|VIEW|FUNCTION|COLUMN) (\S+?)(?=[ (])/) { $commented{"$1 $2"}++; }
		elsif ($statement =~ /^ALTER TABLE (\S+) ENABLE ROW LEVEL SECURITY/) { $secured{$1}++; }
		elsif ($statement =~ /^CREATE POLICY (\w+) ON (\S+)/)
		{
			$secured{$2}++;
			push @faults, map { "$shown: $_" } unqualified($bare);
		}
		elsif ($statement =~ /^CREATE (?:UNIQUE )?INDEX/) { push @faults, map { "$shown: $_" } unqualified($bare =~ s/^CREATE (UNIQUE )?INDEX \w+ ON \S+//r); }
		elsif ($statement =~ /^CREATE TRIGGER/) { push @faults, "$shown: is of another schema" if $statement !~ / ON \@extschema\@\.lstm_.* EXECUTE FUNCTION \@extschema\@\.lstm_/; }
		elsif ($statement =~ /^(ALTER TABLE|GRANT)/) { push @faults, "$shown: is of another schema" if $statement !~ /\@extschema\@\.lstm_/; }
	}
	push @faults, map { "$_ has no comment" } grep { !$commented{$_} } sort keys %made;
	push @faults, map { "$_ has not row-level security with a policy" } grep { ($secured{ s/^TABLE //r } // 0) < 2 } grep { /^TABLE / } sort keys %made;
	return @faults;
}

# --- whether the rules find anything -----------------------------------------------------------------

my $GOOD = <<'SQL';
-- a comment; with a semicolon
CREATE FUNCTION @extschema@.lstm_f(a pg_catalog.text, b @extschema@.lstm_t DEFAULT NULL) RETURNS pg_catalog.text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM set_config('search_path', a, true);
	PERFORM @extschema@.lstm_g(a);
	PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
	RETURN @extschema@.lstm_g(lstm_f.a || 'lstm_x;');
END $$;
COMMENT ON FUNCTION @extschema@.lstm_f(pg_catalog.text, @extschema@.lstm_t) IS 'f; that';
CREATE FUNCTION @extschema@.lstm_d(a pg_catalog.text) RETURNS pg_catalog.void LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
	PERFORM @extschema@.lstm_g(a, pg_catalog.now());
END $$;
COMMENT ON FUNCTION @extschema@.lstm_d(pg_catalog.text) IS 'd';
CREATE TABLE @extschema@.lstm_t (a pg_catalog.int4 PRIMARY KEY CHECK (a OPERATOR(pg_catalog.>) 1), b pg_catalog.text NOT NULL DEFAULT CURRENT_USER);
ALTER TABLE @extschema@.lstm_t ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner ON @extschema@.lstm_t USING (b OPERATOR(pg_catalog.=) CURRENT_USER);
COMMENT ON TABLE @extschema@.lstm_t IS 't';
CREATE VIEW @extschema@.lstm_v WITH (security_invoker = true) AS SELECT pg_catalog.count(*) AS n FROM @extschema@.lstm_t;
COMMENT ON VIEW @extschema@.lstm_v IS 'v';
GRANT SELECT ON @extschema@.lstm_v TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('@extschema@.lstm_t', '');
SQL

# Each: what in the good script becomes what, which is a fault.
my @BAD = (
	[ 'CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION' ],
	[ 'CREATE TABLE', 'CREATE TABLE IF NOT EXISTS' ],
	[ 'STABLE', 'STABLE SECURITY DEFINER' ],
	[ 'STABLE', 'STABLE LEAKPROOF' ],
	[ 'STABLE ', '' ],
	[ 'PARALLEL SAFE ', '' ],
	[ 'SET search_path = pg_catalog, pg_temp ', '' ],
	[ 'SET search_path = pg_catalog, pg_temp ', 'SET search_path = public ' ],
	[ 'RETURN @extschema@.lstm_g', 'RETURN lstm_g' ],
	[ 'lstm_g(a);', 'lstm_g(upper(a));' ],
	[ 'PERFORM @extschema@.lstm_g', 'PERFORM lstm_g' ],
	[ 'pg_catalog.now()', 'now()' ],
	[ '(a, pg_catalog.now())', '(a, 1 + 1)' ],
	[ 'a pg_catalog.text,', 'a text,' ],
	[ 'OPERATOR(pg_catalog.>)', '>' ],
	[ 'OPERATOR(pg_catalog.=)', '=' ],
	[ q{RETURN @extschema@.lstm_g(lstm_f.a}, q{PERFORM pg_catalog.set_config('search_path', a, true); RETURN upper(lstm_f.a} ],
	[ q{RETURN @extschema@.lstm_g(lstm_f.a}, q{PERFORM @extschema@.lstm_registry_surroundings(a); RETURN @extschema@.lstm_g(lstm_f.a} ],
	[ q{SET search_path = pg_catalog, pg_temp AS $$
BEGIN
}, q{SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
BEGIN
	PERFORM @extschema@.lstm_registry_surroundings(a); RETURN upper(a);
} ],
	[ 'a pg_catalog.int4', 'a int4' ],
	[ 'RETURNS pg_catalog.void', 'RETURNS void' ],
	[ 'CREATE TABLE @extschema@.', 'CREATE TABLE ' ],
	[ ' WITH (security_invoker = true)', '' ],
	[ 'pg_catalog.count', 'count' ],
	[ 'ALTER TABLE @extschema@.lstm_t ENABLE ROW LEVEL SECURITY;', '' ],
	[ 'CREATE POLICY owner ON @extschema@.lstm_t USING (b OPERATOR(pg_catalog.=) CURRENT_USER);', '' ],
	[ q{COMMENT ON VIEW @extschema@.lstm_v IS 'v';}, '' ],
	[ 'GRANT SELECT', 'DROP TABLE x; GRANT SELECT' ],
	[ 'GRANT SELECT', 'DO $$ BEGIN END $$; GRANT SELECT' ],
	[ 'GRANT SELECT', 'SELECT pg_catalog.set_config(\'a\', \'b\', false); GRANT SELECT' ]);

sub registry_self_test
{
	my @faults = map { "a good script has a fault: $_" } registry_faults($GOOD);
	for (@BAD)
	{
		my ($good, $bad) = @$_;
		my $text = $GOOD =~ s/\Q$good\E/$bad/r;
		push @faults, "no fault is found in \"$bad\" for \"$good\"" if $text eq $GOOD || !registry_faults($text);
	}
	return @faults;
}

1;
