#!/usr/bin/perl
# Runs tests/bench three ways in one go, and puts the figures side by side; tools/bench starts it.
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One process a way lives as long as this does, and is asked for one row after another. The ways
# take turns within a row, several in a run, so that whatever else the machine does meanwhile
# meets all of them alike: a processor is slower by a third for part of a second now and then. A
# run's figure is the second best of its twenty slices, when others left it alone; a row's is the
# median of its runs.
use strict;
use warnings;
use Getopt::Long qw(:config no_auto_abbrev);
use IO::Select;
use IPC::Open2;
use JSON::PP;
use POSIX qw(strftime);

my %options = (
    rows => '.', runs => 5, ways => 'module,own,native', time => 200, slices => 20, turns => 10,
);
GetOptions(\%options, 'rows=s', 'runs=i', 'quick', 'json=s', 'ways=s', 'native=s', 'windows=s', 'wine=s',
    'own=s', 'node=s', 'node-windows=s', 'script=s', 'file=s', 'about=s', 'show=s')
    or exit 2;
if ($options{quick}) { @options{qw(time slices turns)} = (5, 2, 1) }

# Seconds after which a row that says nothing is given up.
my $PATIENCE = 60;

my %title = (module => 'this module', own => "Wine's own", native => 'native', direct => 'the base provider itself');
my @ways = split /,/, $options{ways};
for (@ways) { die "bench: no way $_: module, own or native\n" unless $title{$_} && $_ ne 'direct' }

# What comes before a program's name.
my %launch = (module => [$options{wine}], own => [$options{wine}, '--stock'], native => []);

# --- Programs ---

my %running;

sub command {
    my ($way, $native, $windows) = @_;
    return (@{$launch{$way}}, $way eq 'native' ? $native : $windows);
}

sub start {
    my ($way) = @_;
    my ($out, $in);
    my $pid = open2($out, $in, command($way, @options{qw(native windows)}), $options{file});
    $running{$way} = {pid => $pid, in => $in, out => $out, text => ''};
}

sub stop {
    my ($way, $signal) = @_;
    my $program = delete $running{$way} or return;
    kill $signal, $program->{pid} if $signal;
    close $program->{in};
    close $program->{out};
    waitpid $program->{pid}, 0;
}

# One line of what the program says; undef if it ends or stays silent.
sub read_line {
    my ($program) = @_;
    my $until = time + $PATIENCE;
    my $ready = IO::Select->new($program->{out});
    my $line;
    until (($line) = $program->{text} =~ /^(.*?)\r?\n/) {
        return undef if time >= $until || !$ready->can_read($until - time);
        return undef unless sysread $program->{out}, $program->{text}, 4096, length $program->{text};
    }
    $program->{text} =~ s/^.*?\n//;
    return $line;
}

# The slices of one turn in microseconds, as a list; or a word of why not.
sub ask {
    my ($way, $row) = @_;
    start($way) unless $running{$way};
    my $program = $running{$way};
    local $SIG{PIPE} = 'IGNORE';
    my @amount = map { $_ / $options{turns} } $options{slices}, $options{time} * 1000;
    syswrite $program->{in}, "$row->{name} @amount\n";
    my $line = read_line($program);
    if (!defined $line) {
        stop($way, 'KILL');
        return 'it crashed, or hangs';
    }
    my ($state, $name, $rest) = split ' ', $line, 3;
    return [split ' ', $rest] if $state eq 'ok' && $name eq $row->{name};
    return $state eq 'lacking' ? 'lacking' : $rest // $line;
}

# Node.js starts anew each time: it has no requests to answer but HTTP's. On Wine it
# cannot write to a pipe of the host's, so it writes to a file.
sub ask_node {
    my ($way, $row) = @_;
    my @command = (command($way, @options{qw(node node-windows)}), $options{script}, $options{quick} ? 200 : 2000);
    my $pid = fork // die "bench: fork: $!\n";
    if (!$pid) {
        open STDOUT, '>', 'node.out' or die "bench: node.out: $!\n";
        open STDERR, '>&', \*STDOUT;
        exec @command or die "bench: $command[0]: $!\n";
    }
    local $SIG{ALRM} = sub { kill 'KILL', $pid };
    alarm $PATIENCE;
    waitpid $pid, 0;
    alarm 0;
    open my $file, '<', 'node.out' or die "bench: node.out: $!\n";
    my $text = do { local $/; <$file> } // '';
    return [$1] if $text =~ /^microseconds a request: ([\d.]+)/m;
    return 'it crashed, or hangs: ' . ($text =~ s/\s+/ /gr);
}

# --- Figures ---

sub part {
    my ($share, @values) = @_;
    @values = sort { $a <=> $b } @values;
    return $values[int($share * $#values + 0.5)];
}

sub ratio {
    my ($row, $way) = @_;
    my ($ours, $theirs) = map { $row->{ways}{$_} && $row->{ways}{$_}{median} } 'module', $way;
    return $ours && $theirs ? $ours / $theirs : undef;
}

# Nothing is to be slower than on Wine's own; five in a hundred are noise.
sub judge {
    my ($row) = @_;
    my @targets = $row->{target} eq 'none' ? () : ({of => $row->{target}, limit => $row->{limit}});
    push @targets, {of => 'own', limit => 1.05} unless $row->{target} =~ /^(own|none)$/;
    for (@targets) {
        my $ratio = ratio($row, $_->{of}) // next;
        $_->{ratio} = 0 + sprintf '%.3f', $ratio;
        $_->{met} = $ratio <= $_->{limit} ? JSON::PP::true : JSON::PP::false;
    }
    $row->{targets} = [grep { exists $_->{met} } @targets];
}

# Adds what one turn of a way takes to its slices.
sub take_turn {
    my ($row, $way, $slices) = @_;
    my $outcome = $row->{ways}{$way} //= {};
    return if $outcome->{failed} || $outcome->{lacking};
    my $part =
        $way eq 'direct' ? ask('module', {name => "$row->{name}_direct"})
      : $row->{name} eq 'node_http' ? ask_node($way, $row)
      :                               ask($way, $row);
    if (ref $part) { push @{$slices->{$way}}, @$part }
    # What Wine's own lacks is no failure.
    elsif ($part eq 'lacking' && $way eq 'own') { $outcome->{lacking} = JSON::PP::true }
    else { $outcome->{failed} = $part }
}

sub measure {
    my ($row) = @_;
    $row->{load} = load();
    my @own_ways = $row->{target} eq 'direct' ? qw(module direct) : @ways;
    my $turns = $row->{name} eq 'node_http' ? 1 : $options{turns};
    for my $run (1 .. $options{runs}) {
        my %slices;
        for my $turn (1 .. $turns) {
            # Nobody is always first.
            take_turn($row, $own_ways[($_ + $run + $turn) % @own_ways], \%slices) for 0 .. $#own_ways;
        }
        push @{$row->{ways}{$_}{runs}}, part(0.1, @{$slices{$_}}) for keys %slices;
    }
    for (values %{$row->{ways}}) {
        next unless $_->{runs};
        $_->{runs} = [map { 0 + sprintf '%.4g', $_ } @{$_->{runs}}];
        $_->{median} = part(0.5, @{$_->{runs}});
    }
    judge($row);
}

# --- What is printed ---

sub figure {
    my ($value) = @_;
    return '-' unless defined $value;
    return sprintf $value < 10 ? '%.2f' : $value < 100 ? '%.1f' : '%.0f', $value;
}

my $FORMAT = "%-41s %6s %6s %6s  %6s %6s  %-12s %s\n";

sub print_row {
    my ($row) = @_;
    my @figures = map { figure($row->{ways}{$_} && $row->{ways}{$_}{median}) } qw(module own native);
    my @ratios = map { my $r = ratio($row, $_); defined $r ? figure($r) . 'x' : '-' } qw(native own);
    my @missed = grep { !$_->{met} } @{$row->{targets}};
    my $target = $row->{target} eq 'none' ? '-' : sprintf '%.2fx %s', @$row{qw(limit target)};
    my $met = !@{$row->{targets}} ? '-' : @missed ? 'no' : 'yes';
    $met = 'no, slower than own' if grep { $_->{of} eq 'own' && $_->{limit} > 1 } @missed;
    printf $FORMAT, $row->{title}, @figures, @ratios, $target, $met;
    if (defined(my $direct = ratio($row, 'direct'))) {
        printf "    %s: %s, %sx\n", $title{direct}, figure($row->{ways}{direct}{median}), figure($direct);
    }
    for (sort keys %{$row->{ways}}) {
        printf "    FAILED on %s: %s\n", $title{$_}, $row->{ways}{$_}{failed} if $row->{ways}{$_}{failed};
    }
}

sub load {
    open my $file, '<', '/proc/loadavg' or return 0;
    return 0 + (split ' ', <$file>)[0];
}

sub rows {
    open my $list, '-|', $options{native}, '--list' or die "bench: $options{native}: $!\n";
    chomp(my @lines = <$list>);
    my @rows;
    for (@lines) {
        my ($name, $target, $limit, $title) = split ' ', $_, 4;
        push @rows, {name => $name, target => $target, limit => 0 + $limit, title => $title};
    }
    push @rows, {name => 'node_http', target => 'own', limit => 0.5, title => 'Node.js: an HTTP request, keep-alive'}
        if $options{'node-windows'};
    return grep { $_->{name} =~ /$options{rows}/ } @rows;
}

sub print_head {
    my ($result) = @_;
    print "$_\n" for @{$result->{about}};
    printf "%s, microseconds an operation, %d run%s a way in turns, %s; the load before was %.2f.\n\n", $result->{date},
        $result->{runs}, $result->{runs} == 1 ? '' : 's', $result->{quick} ? 'too short to compare' : 'their median',
        $result->{load_before};
    printf $FORMAT, '', qw(module own native /native /own target met);
}

sub print_foot {
    my ($result) = @_;
    my @judged = grep { @{$_->{targets}} } @{$result->{rows}};
    my $met = grep { !grep { !$_->{met} } @{$_->{targets}} } @judged;
    my $failed = grep { grep { $_->{failed} } values %{$_->{ways}} } @{$result->{rows}};
    printf "\nThe load after was %.2f. Targets met: %d of %d. Rows that failed to run: %d.\n", $result->{load_after},
        $met, scalar @judged, $failed;
    return $failed;
}

# --- All of it ---

$| = 1;
if ($options{show}) {
    open my $file, '<', $options{show} or die "bench: $options{show}: $!\n";
    my $result = decode_json(do { local $/; <$file> });
    print_head($result);
    print_row($_) for @{$result->{rows}};
    print_foot($result);
    exit 0;
}
my @rows = rows() or die "bench: no row's name matches $options{rows}\n";
my %result = (
    about => [split /\n/, $options{about}], date => strftime('%Y-%m-%d', gmtime), runs => $options{runs},
    quick => $options{quick} ? JSON::PP::true : JSON::PP::false, load_before => load(), rows => \@rows,
);
print_head(\%result);
for (@rows) {
    measure($_);
    print_row($_);
}
stop($_) for keys %running;
$result{load_after} = load();
my $failed = print_foot(\%result);
open my $file, '>', $options{json} or die "bench: $options{json}: $!\n";
print $file JSON::PP->new->canonical->pretty->encode(\%result);
close $file or die "bench: $options{json}: $!\n";
exit($failed ? 1 : 0);
