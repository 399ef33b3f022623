# The view lstm_training_progress tells what every training of the server is at: rows, networks, epochs, parts, seconds;
# of leaders and workers; to those who may see it; and nothing of a training that has ended, however it did.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 0\nmax_worker_processes = 12\nmax_parallel_workers = 8\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE trainer LOGIN;
	CREATE ROLE stranger LOGIN;
	CREATE ROLE relative LOGIN IN ROLE trainer;
	CREATE ROLE watcher LOGIN IN ROLE pg_read_all_stats;
	CREATE EXTENSION lstm_forecast;
	CREATE TABLE reading AS
		SELECT 'sensor ' || s AS sensor, '2024-03-01'::timestamptz + i * interval '1 hour' AS ts, sin(i / 4.0) + 0.1 * cos(i * 1.7 + s) AS value
		FROM generate_series(1, 3) AS s, generate_series(1, 1000) AS i;
	GRANT SELECT ON reading TO PUBLIC;
	GRANT CREATE ON SCHEMA public TO trainer;
	-- A value that takes so many seconds.
	CREATE FUNCTION slowly(float8, float8) RETURNS float8 LANGUAGE plpgsql VOLATILE AS
		$$ BEGIN PERFORM pg_sleep($2); RETURN $1; END $$;
	-- The error of a statement, after so many seconds more.
	CREATE FUNCTION caught(statement text, seconds float8) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE message text;
	BEGIN
		BEGIN
			EXECUTE statement;
		EXCEPTION WHEN OTHERS THEN
			message := SQLERRM;
		END;
		PERFORM pg_sleep(seconds);
		RETURN message;
	END $$;
});

# Options of a training of so many seconds, one network by one process unless others are named.
sub options
{
	my ($seconds, %more) = @_;
	my %options = (max_epochs => 1000000, max_steps => 100000000, patience => 0, ensemble_size => 1, hidden_size => 8, workers => 1,
		max_seconds => $seconds, %more);
	return q{'} . '{' . join(', ', map { qq("$_": $options{$_}) } sort keys %options) . '}' . q{'};
}
my $one = q{'SELECT * FROM reading WHERE sensor = ''sensor 1'''};

# A statement that runs beside this test, in a session of its own.
sub begin
{
	my ($statement, $role) = @_;
	my %session = (out => '', error => '');
	$session{psql} = IPC::Run::start(
		[ 'psql', '-X', '-A', '-t', '-v', 'VERBOSITY=sqlstate', '-d', $node->connstr('postgres') . ' user=' . ($role // 'postgres'), '-c', $statement ],
		'<', \'', '>', \$session{out}, '2>', \$session{error});
	return \%session;
}
sub finish { my ($session) = @_; $session->{psql}->finish; return $session->{out}; }

# What a role sees in a query over the view.
sub seen
{
	my ($query, $role) = @_;
	return $node->safe_psql('postgres', $query, extra_params => [ '-U', $role // 'postgres' ]);
}

# Wait until a condition over the view, of some row or of aggregates, holds.
sub wait_for
{
	my ($condition, $name) = @_;
	my $end = time + $PostgreSQL::Test::Utils::timeout_default;
	my $holds = 'f';
	while (time < $end)
	{
		$holds = seen("SELECT coalesce(bool_or($condition), false) FROM lstm_training_progress");
		last if $holds eq 't';
		usleep(30_000);
	}
	is($holds, 't', $name) or diag(seen('SELECT * FROM lstm_training_progress'));
	return;
}
sub cancel { seen(q{SELECT pg_cancel_backend(pid) FROM lstm_training_progress WHERE leader_pid IS NULL}); return; }
sub is_empty { is(seen('SELECT count(*) FROM lstm_training_progress'), 0, "$_[0]: nothing is shown any more"); return; }

is_empty('before the first training');

# --- one network -------------------------------------------------------------------------------------------

my $session = begin("SELECT length(lstm_train($one, 'ts', 'value', options => " . options(20) . '))');
wait_for(q{phase = 'training networks' AND epoch >= 1}, 'a training is shown');
is(seen(q{
	SELECT datname, usename, command, phase, rows_read, network, networks, epochs, steps > 1000000, leader_pid IS NULL, part, part_number, parts_done, parts
	FROM lstm_training_progress}), 'postgres|postgres|lstm_train|training networks|1000|1|1|1000000|t|t|training|1|0|', 'whose it is, rows and networks');
is(seen(q{SELECT a.query LIKE 'SELECT length(lstm_train%' FROM lstm_training_progress AS p JOIN pg_stat_activity AS a USING (pid)}), 't',
	'the query of a client stays what it was');
is(seen(q{SELECT step BETWEEN 1 AND steps AND step::float8 / steps BETWEEN 0.5 * epoch / epochs AND 2.0 * (epoch + 1) / epochs FROM lstm_training_progress}), 't', 'steps and epochs agree');
is(seen(q{SELECT detail = format('lstm_train network 1/1 epoch %s/1000000', epoch) FROM lstm_training_progress}), 't', 'the detail is the text of the title');
is(seen(q{SELECT best_validation_loss > 0 AND best_validation_loss < 2 FROM lstm_training_progress}), 't', 'the best loss is a loss');
is(seen(q{SELECT seconds BETWEEN 0.05 AND 20 AND seconds + seconds_left BETWEEN 18 AND 21 FROM lstm_training_progress}), 't',
	'what has passed and what is left come to the limit');
my ($epoch, $loss) = split /\|/, seen('SELECT epoch, best_validation_loss FROM lstm_training_progress');
wait_for("epoch > $epoch + 2", 'epochs go on');
is(seen("SELECT best_validation_loss <= $loss FROM lstm_training_progress"), 't', 'and the best loss is no worse');
is(seen(q{
	BEGIN;
	SELECT epoch AS before FROM lstm_training_progress \gset
	SELECT pg_sleep(0.5) \gset
	SELECT epoch = :before FROM lstm_training_progress;
	COMMIT}), 't', 'a transaction sees what it saw first, as of pg_stat_activity');

my $title = '';
for (1 .. 50)
{
	my $pid = seen('SELECT pid FROM lstm_training_progress');
	$title = slurp_file("/proc/$pid/cmdline") =~ s/\0.*//sr;
	last if $title =~ /network/;
	usleep(100_000);
}
like($title, qr{lstm_train network 1/1 epoch \d+/1000000$}, 'which has the same');
cancel();
finish($session);
like($session->{error}, qr/57014/, 'a cancel ends it');
is_empty('after a cancel');

# --- what others see ---------------------------------------------------------------------------------------

$session = begin("SELECT length(lstm_train($one, 'ts', 'value', options => " . options(60) . '))', 'trainer');
wait_for('epoch >= 1', 'a training of another role');
my $all = q{SELECT pid > 0, datname, usename, num_nonnulls(leader_pid, command, phase, rows_read, network, networks, epoch, epochs, step, steps,
	best_validation_loss, part, part_number, parts_done, parts, seconds, seconds_left, detail) FROM lstm_training_progress};
is(seen($all, 'stranger'), 't|postgres|trainer|0', 'a stranger sees that there is one, and no more');
is(seen(q{SELECT query FROM pg_stat_activity WHERE usename = 'trainer'}, 'stranger'), '<insufficient privilege>', '(as pg_stat_activity has it)');
is(seen($all, $_), 't|postgres|trainer|16', "$_ sees all of it") for qw(trainer relative watcher postgres);
is(seen("SET ROLE stranger; $all"), 't|postgres|trainer|0', 'it goes by the current role');
cancel();
finish($session);

# --- workers -----------------------------------------------------------------------------------------------

$session = begin("SELECT length(lstm_train($one, 'ts', 'value', options => " . options(60, ensemble_size => 3, workers => 3) . '))');
wait_for(q{(SELECT count(*) FROM lstm_training_progress WHERE epoch >= 1) = 3}, 'a leader and two workers');
is(seen(q{SELECT count(*) FILTER (WHERE leader_pid IS NULL), count(DISTINCT leader_pid), count(leader_pid), bool_and(command = 'lstm_train'), string_agg(network::text, ',' ORDER BY network),
	min(networks), max(networks), count(rows_read), bool_and(usename = 'postgres' AND datname = 'postgres') FROM lstm_training_progress}),
	'1|1|2|t|1,2,3|3|3|1|t', 'each at its own network');
is(seen(q{SELECT bool_and(w.leader_pid = l.pid) FROM lstm_training_progress AS l, lstm_training_progress AS w WHERE l.leader_pid IS NULL AND w.leader_pid IS NOT NULL}), 't',
	'the workers name their leader');
is(seen(q{SELECT bool_and(a.leader_pid IS NOT DISTINCT FROM p.leader_pid AND a.query LIKE '%lstm_train%') FROM lstm_training_progress AS p JOIN pg_stat_activity AS a USING (pid)}), 't',
	'the same as in pg_stat_activity');
cancel();
finish($session);
is_empty('workers of a training that was cancelled');

# --- rows that come slowly ---------------------------------------------------------------------------------

my %slow = (
	'the function' => [ q{SELECT lstm_train('SELECT ts, slowly(value, 0.02) AS value FROM reading', 'ts', 'value')}, 'lstm_train' ],
	'the aggregate' => [ 'SELECT lstm_train(ts, slowly(value, 0.02)) FROM reading', 'lstm_train' ],
	'lstm_finetune' => [ q{SELECT lstm_finetune(model, ts, slowly(value, 0.02)) FROM reading, model}, 'lstm_finetune' ],
	'lstm_train_classes' => [ q{SELECT lstm_train_classes(sensor, ts, ARRAY[slowly(value, 0.02)], 1) FROM reading}, 'lstm_train_classes' ],
	'lstm_tune' => [ q{SELECT * FROM lstm_tune('SELECT ts, slowly(value, 0.02) AS value FROM reading', 'ts', 'value')}, 'lstm_tune' ],
	'lstm_backtest' => [ q{SELECT * FROM lstm_backtest('SELECT ts, slowly(value, 0.02) AS value FROM reading', 'ts', 'value')}, 'lstm_backtest' ],
	'lstm_train_each' => [ q{SELECT * FROM lstm_train_each('SELECT sensor, ts, slowly(value, 0.02) AS value FROM reading', 'ts', 'value', 'sensor')}, 'lstm_train_each' ],
	'lstm_forecast' => [ q{SELECT * FROM lstm_forecast('SELECT ts, slowly(value, 0.02) AS value FROM reading', 'ts', 'value')}, 'lstm_forecast' ]);
$node->safe_psql('postgres', "CREATE TABLE model AS SELECT lstm_train($one, 'ts', 'value', options => '{\"max_steps\": 5}') AS model");
for my $name (sort keys %slow)
{
	my ($statement, $command) = @{ $slow{$name} };
	$session = begin($statement);
	wait_for("command = '$command' AND phase = 'reading rows' AND rows_read BETWEEN 8 AND 900", "$name: rows are counted while they come");
	is(seen('SELECT num_nonnulls(network, epoch, step, best_validation_loss, seconds_left) FROM lstm_training_progress'), 0, "$name: nothing else is known");
	cancel();
	finish($session);
}
is_empty('trainings that were cancelled while they read');
$session = begin('SELECT lstm_forecast(model, ts, slowly(value, 0.01)) FROM reading, model WHERE sensor = \'sensor 1\' AND ts < \'2024-03-05\'');
usleep(500_000);
is_empty('an aggregate that forecasts trains nothing');
finish($session);

# A parallel plan: those who read are workers.
$node->safe_psql('postgres', 'ALTER FUNCTION slowly(float8, float8) PARALLEL SAFE; ALTER TABLE reading SET (parallel_workers = 2); ANALYZE reading');
$session = begin(q{SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SELECT lstm_train(ts, slowly(value, 0.02)) FROM reading});
wait_for(q{(SELECT count(*) FILTER (WHERE leader_pid IS NOT NULL AND rows_read > 3) FROM lstm_training_progress) >= 1}, 'rows that workers of a query read');
cancel();
finish($session);
is_empty('a parallel plan that was cancelled');

# --- parts -------------------------------------------------------------------------------------------------

$session = begin("SELECT count(*) FROM lstm_backtest($one, 'ts', 'value', horizon => 4, folds => 3, options => " . options(2) . ')');
for my $fold (1 .. 3)
{
	wait_for("command = 'lstm_backtest' AND part = 'fold' AND part_number = $fold AND parts_done = $fold - 1 AND parts = 3 AND epoch >= 1", "fold $fold of 3");
	is(seen(qq{SELECT seconds_left BETWEEN 2 * (3 - $fold) - 0.5 AND 2 * (4 - $fold) + 0.1 FROM lstm_training_progress}), 't', 'of which what is left tells');
}
like(seen('SELECT detail FROM lstm_training_progress'), qr{^lstm_backtest fold 3/3 network 1/1 epoch \d+/1000000$}, 'the title does, too');
finish($session);
is_empty('a back-test that has ended');

$session = begin("SELECT count(*) FROM lstm_train_each('reading', 'ts', 'value', 'sensor', options => " . options(2) . ')');
for my $series (1 .. 3)
{
	wait_for("command = 'lstm_train_each' AND part = 'series' AND part_number = $series AND parts_done = $series - 1 AND parts = 3 AND epoch >= 1", "series $series of 3");
	is(seen('SELECT rows_read FROM lstm_training_progress'), 3000, 'of all rows') if $series == 2;
}
is(seen('SELECT seconds_left BETWEEN 0.1 AND 2.5 FROM lstm_training_progress'), 't', 'the last takes as long as those before');
finish($session);
$session = begin("SELECT count(*) FROM lstm_train_each('reading', 'ts', 'value', 'sensor', options => " . options(60, workers => 3) . ')');
wait_for(q{(SELECT count(*) FROM lstm_training_progress WHERE epoch >= 1) = 3}, 'three processes train a series each');
is(seen(q{SELECT string_agg(part_number::text, ',' ORDER BY part_number), count(parts), count(parts_done), bool_and(command = 'lstm_train_each') FROM lstm_training_progress}), '1,2,3|1|1|t',
	'each its own, and the leader knows how many there are');
cancel();
finish($session);

$session = begin("SELECT count(*) FROM lstm_tune($one, 'ts', 'value', horizon => 4, folds => 2, options => " . options(1, workers => 2) . q{, candidates => ARRAY['{"seed": 2}', '{"seed": 3}']::jsonb[])});
wait_for(q{command = 'lstm_tune' AND leader_pid IS NULL AND part = 'trial' AND parts_done >= 2 AND part_number > parts_done AND parts >= part_number AND epoch >= 1 AND seconds_left > 0}, 'trials of a tuning');
wait_for(q{command = 'lstm_tune' AND leader_pid IS NOT NULL AND part = 'trial' AND part_number >= 1 AND epoch >= 1}, 'its workers have trials of their own');
cancel();
finish($session);
is_empty('a tuning that was cancelled');

for my $plan ('enable_hashagg', 'enable_sort')
{
	$session = begin("SET $plan = off; SELECT length(lstm_train(ts, value, " . options(2) . ')) FROM reading GROUP BY sensor');
	wait_for("command = 'lstm_train' AND part = 'training' AND part_number = $_ AND parts_done = $_ - 1 AND parts IS NULL AND epoch >= 1 AND rows_read = 1000", "$plan = off: group $_") for 1 .. 3;
	finish($session);
	is_empty("$plan = off");
}

$session = begin(q{SELECT length(lstm_train_classes('SELECT *, right(sensor, 1)::int % 2 AS label FROM reading', 'ts', 'sensor', '{value}', 'label', } . options(60, supervision => '"sequence"', workers => 2, ensemble_size => 2) . '))');
wait_for(q{(SELECT count(*) FROM lstm_training_progress WHERE command = 'lstm_train_classes' AND networks = 2 AND step >= 1) = 2}, 'classes, with a worker');
cancel();
finish($session);
$session = begin("SELECT length(lstm_finetune(model, $one, 'ts', 'value', options => '{\"max_steps\": 100000000, \"max_epochs\": 1000000, \"patience\": 0}')) FROM model");
wait_for(q{command = 'lstm_finetune' AND phase = 'training networks' AND rows_read = 1000 AND step >= 100}, 'lstm_finetune');
cancel();
finish($session);
is_empty('trainings of every kind');

# --- other commands, and trainings within trainings --------------------------------------------------------

$session = begin("COPY (SELECT length(lstm_train($one, 'ts', 'value', options => " . options(60) . '))) TO STDOUT');
wait_for(q{epoch >= 1 AND command = 'lstm_train' AND rows_read = 1000}, 'a training within COPY');
is(seen(q{SELECT command, type, tuples_processed, bytes_processed, bytes_total, tuples_excluded FROM pg_stat_progress_copy}), 'COPY TO|PIPE|0|0|0|0', 'which is shown as it is, too');
cancel();
finish($session);
is_empty('COPY that was cancelled');
my $rows = begin("COPY (SELECT CASE WHEN i = 1 THEN length(lstm_train($one, 'ts', 'value', options => " . options(1) . ")) END, slowly(1, CASE WHEN i = 2 THEN 3 ELSE 0 END) FROM generate_series(1, 2) AS i) TO STDOUT");
wait_for('epoch >= 1', 'a training of the first row');
for (1 .. 100) { last if seen('SELECT count(*) FROM lstm_training_progress') eq '0'; usleep(50_000); }
is(seen('SELECT count(*) FROM pg_stat_progress_copy'), 1, 'COPY goes on');
is_empty('its training is over');
finish($rows);

$session = begin("SELECT length(lstm_train('SELECT ts, value + 0 * bytes AS value FROM reading, (SELECT length(lstm_train(ts, value, " . options(3) =~ s/'/''/gr . ")) AS bytes FROM reading WHERE sensor = ''sensor 2'') AS inner_one WHERE sensor = ''sensor 1''', 'ts', 'value', options => " . options(60) . '))');
wait_for(q{epoch >= 1 AND seconds < 3.5}, 'a training that the source of another one has');
wait_for(q{epoch >= 1 AND rows_read = 1000 AND seconds > 3}, 'and that one after it');
cancel();
finish($session);

# --- errors that are caught --------------------------------------------------------------------------------

my %failing = (
	'while it trains' => "SELECT lstm_train($one, 'ts', 'value', options => '{\"learning_rate\": 1000, \"gradient_clip\": 1e30, \"loss\": \"mse\", \"optimizer\": \"sgd\"}')",
	'while it reads' => q{SELECT lstm_train('SELECT ts, 1 / (value - value) AS value FROM reading', 'ts', 'value')},
	'of an aggregate' => q{SELECT lstm_train(ts, CASE WHEN ts > '2024-04-10' THEN 1 / (value - value) ELSE value END) FROM reading WHERE sensor = 'sensor 1'});
for my $when (sort keys %failing)
{
	$session = begin('SELECT caught(' . "\$_\$$failing{$when}\$_\$" . ', 60)');
	my $asleep = 0;
	for (1 .. 400) { $asleep = seen(q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'SELECT caught(%'}); last if $asleep; usleep(50_000); }
	is($asleep, 1, "$when: the function goes on after an error");
	is_empty("an error $when that a function caught");
	seen(q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT caught(%' AND pid <> pg_backend_pid()});
	finish($session);
	like($session->{error}, qr/57014/, 'the function slept on until then');
}
# The caller's training is no one's who caught an error in one of its rows.
$session = begin(q{SELECT lstm_train(ts, slowly(length(coalesce(caught('SELECT 1 / 0', 0.02), 'none')), 0)) FROM reading});
wait_for(q{phase = 'reading rows' AND rows_read >= 8}, 'rows whose functions catch errors are counted');
wait_for('rows_read >= 32', 'and go on being counted');
cancel();
finish($session);
is_empty('the last one');

# --- no entry to write to ----------------------------------------------------------------------------------

$session = begin("SET track_activities = off; SELECT length(lstm_train($one, 'ts', 'value', options => " . options(2) . '))');
usleep(1_000_000);
is_empty('track_activities = off');
like(finish($session), qr/^\d+$/m, 'it trains all the same');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP|leak/i, 'no process crashed');

$node->stop;
done_testing();
