# What several tests ask of a server's backends: errors, memory, processor time, and statements under way.
package Backends;

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

our @EXPORT = qw(error_of login_says median begin_statement begin_with_workers computes ended ended_by_worker ended_with_session kilobytes leading_session processor_seconds small_node);

# The error that a script ends with, SQLSTATE and all; "no error" and what it gives otherwise.
sub error_of
{
	my ($node, $script) = @_;
	my ($code, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$script");
	return $code == 0 ? "no error: $out" : $error;
}

# What a script that a login runs in a database gives, and its warnings and errors with SQLSTATE, past which it goes on.
sub login_says
{
	my ($node, $role, $script, $database, @more) = @_;
	my ($out, $error) = ('', '');
	$node->psql($database // 'postgres', "\\set VERBOSITY verbose\nSET client_min_messages = warning;\n$script",
		stdout => \$out, stderr => \$error, on_error_stop => 0, extra_params => [ '-U', $role ], @more);
	return ($out, $error);
}

sub median { my @sorted = sort { $a <=> $b } @_; return $sorted[ $#sorted / 2 ]; }

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

# A server whose backends hold little beside what they are asked for, in UTF-8, with these settings more.
sub small_node
{
	my ($settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new('main');
	$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
	$node->append_conf('postgresql.conf', qq{
timezone = 'UTC'
shared_buffers = '4MB'
max_parallel_workers_per_gather = 0
jit = off
client_min_messages = error
$settings
});
	$node->start;
	return $node;
}

# A session that leads parallel workers: itself, its process, and the query for those of its workers.
sub leading_session
{
	my ($node) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('\\set VERBOSITY verbose');
	$session->query_safe('SET client_min_messages = error');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	return { node => $node, session => $session, pid => $pid, workers => "SELECT pid FROM pg_stat_activity WHERE leader_pid = $pid" };
}

# Begin a statement in a leading session, and wait until so many workers are at it.
sub begin_with_workers
{
	my ($leading, $statement, $count) = @_;
	begin_statement($leading->{session}, $statement);
	return $leading->{node}->poll_query_until('postgres', "SELECT count(*) = $count FROM ($leading->{workers}) AS w");
}

# A worker that is told to go, by the function `end`, takes the statement along, and says so, by one of these errors where
# others than usual may come; the session goes on.
sub ended_by_worker
{
	my ($leading, $statement, $end, $errors) = @_;
	$errors //= $end eq 'pg_cancel_backend' ? qr/ERROR:  57014/ : qr/(FATAL|ERROR):  57P01|ERROR:  08006|ERROR:  55000/;
	begin_with_workers($leading, $statement, 2);
	$leading->{node}->safe_psql('postgres', "SELECT $end(pid) FROM ($leading->{workers} LIMIT 1) AS w");
	my $error = ended($leading->{node}, $leading->{session}, "$end of a worker");
	like($error, $errors, "$end of a worker ends the statement");
	is($leading->{session}->query_safe('SELECT pg_backend_pid()'), $leading->{pid}, "$end of a worker: the session goes on");
	return;
}

# A client that is gone in a statement with two workers leaves none of them behind.
sub ended_with_session
{
	my ($leading, $statement) = @_;
	begin_with_workers($leading, $statement, 2);
	$leading->{node}->safe_psql('postgres', "SELECT pg_terminate_backend($leading->{pid})");
	ok($leading->{node}->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'}),
		'a session that ends takes its workers along');
	$leading->{session}->{run}->finish;
	return;
}

1;
