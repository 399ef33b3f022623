# What several tests ask of a server's backends: errors, memory, processor time, and statements under way.
package Backends;

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

our @EXPORT = qw(error_of begin_statement computes ended kilobytes processor_seconds);

# The error that a script ends with, SQLSTATE and all; "no error" and what it gives otherwise.
sub error_of
{
	my ($node, $script) = @_;
	my ($code, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$script");
	return $code == 0 ? "no error: $out" : $error;
}

# A figure of /proc/PID/status; 0 where the process is gone.
sub kilobytes
{
	my ($pid, $what) = @_;
	my $status = eval { slurp_file("/proc/$pid/status") } // '';
	return $status =~ /^$what:\s+(\d+) kB/m ? $1 : 0;
}

# Seconds of the processor's time that a process has taken.
sub processor_seconds
{
	my ($pid) = @_;
	my @stat = split ' ', (eval { slurp_file("/proc/$pid/stat") } // '') =~ s/^.*\) //sr;
	return @stat ? ($stat[11] + $stat[12]) / 100 : 0;
}

# Does a process take the processor's time?
sub computes
{
	my ($pid) = @_;
	my $before = processor_seconds($pid);
	for (1 .. 200)
	{
		return 1 if processor_seconds($pid) > $before + 0.2;
		usleep(100_000);
	}
	return 0;
}

# Let a session of background_psql begin a statement, and do not wait for it.
sub begin_statement
{
	my ($session, $statement) = @_;
	$session->{stdin} .= "$statement;\n";
	$session->{run}->pump_nb;
	return;
}

# What the statement under way in a session said at its end; afterwards no worker is left, nor memory.
sub ended
{
	my ($node, $session, $name) = @_;
	$session->query('SELECT 1'); # waits for the statement
	my $error = $session->{stderr};
	$session->{stderr} = '';
	ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"), "$name: no worker is left");
	is($session->query_safe(q{SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'lstm%'}), 0, "$name: nor memory");
	return $error;
}

1;
