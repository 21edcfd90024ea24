#!/usr/bin/perl
# Draws what drive.pl measured: perl chart.pl FIGURES.json >CHART.svg
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A row a line, and a mark a way, on a logarithmic scale of multiples of the native time: rows
# from less than a microsecond to many milliseconds fit beside each other. The colours follow
# the reader's light or dark background.
use strict;
use warnings;
use JSON::PP;
use POSIX qw(ceil floor);

my $result = do { local $/; decode_json(<>) };
my @rows = grep { $_->{ways}{native}{median} && $_->{ways}{module}{median} } @{$result->{rows}};
die "chart: no row was measured natively and on this module\n" unless @rows;

# Pixels.
my ($LABELS, $PLOT, $FIGURES, $LINE, $TOP, $BOTTOM) = (300, 400, 230, 22, 92, 52);
my $width = $LABELS + $PLOT + $FIGURES;
my $height = $TOP + @rows * $LINE + $BOTTOM;

sub multiple {
    my ($row, $way) = @_;
    my $median = $row->{ways}{$way}{median};
    return $median && $median / $row->{ways}{native}{median};
}

# The scale goes from the tenth below to the tenfold above whatever there is, 0.5 to 10 at least.
my @logs = map { log($_) / log(10) } grep { $_ } map { multiple($_, 'module'), multiple($_, 'own') } @rows;
my ($low, $high) = (log(0.7) / log(10), 1);
for (@logs) {
    $low = $_ - 0.05 if $_ - 0.05 < $low;
    $high = $_ + 0.05 if $_ + 0.05 > $high;
}

sub x {
    my ($multiple) = @_;
    return sprintf '%.1f', $LABELS + $PLOT * (log($multiple) / log(10) - $low) / ($high - $low);
}

sub text {
    my ($x, $y, $class, $text) = @_;
    $text =~ s/&/&amp;/g;
    $text =~ s/</&lt;/g;
    return qq(<text x="$x" y="$y" class="$class">$text</text>\n);
}

sub microseconds {
    my ($value) = @_;
    return "\x{2013}" unless $value;
    return sprintf '%.0f ms', $value / 1000 if $value >= 10000;
    return sprintf $value < 10 ? '%.2f' : $value < 100 ? '%.1f' : '%.0f', $value;
}

my %mark = (
    module => sub { qq(<circle class="module" cx="$_[0]" cy="$_[1]" r="5"/>\n) },
    own => sub { qq(<path class="own" d="M$_[0] ) . ($_[1] - 6) . qq(l6 6l-6 6l-6 -6z"/>\n) },
);

sub grid {
    my $svg = '';
    my ($top, $end) = ($TOP - 8, $TOP + @rows * $LINE);
    for my $power (floor($low) .. ceil($high)) {
        for (1, 2, 5) {
            my $multiple = $_ * 10**$power;
            my $log = log($multiple) / log(10);
            next if $log < $low || $log > $high;
            my $x = x($multiple);
            my $class = $multiple == 1 ? 'native' : 'grid';
            $svg .= qq(<path class="$class" d="M$x ${top}V$end"/>\n);
            $svg .= text($x, $end + 18, 'tick', $multiple == 1 ? 'native' : "${multiple}x") if $_ == 1 || $high - $low < 2;
        }
    }
    return $svg;
}

sub line {
    my ($row, $y) = @_;
    my $middle = $y + $LINE / 2;
    my ($module, $own) = map { multiple($row, $_) } qw(module own);
    my $svg = text($LABELS - 14, $middle + 4, 'label', $row->{title});
    $svg .= sprintf qq(<path class="span" d="M%s %sH%s"/>\n), x($module), $middle, x($own) if $own;
    $svg .= $mark{own}(x($own), $middle) if $own;
    $svg .= $mark{module}(x($module), $middle);
    my $x = $LABELS + $PLOT + 84;
    for (qw(module own native)) {
        $svg .= text($x, $middle + 4, 'figure', microseconds($row->{ways}{$_}{median}));
        $x += 66;
    }
    return $svg;
}

my $svg = <<"SVG";
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img">
<title>Time of socket calls on this module and on Wine's own ws2_32, as multiples of the native time</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.label, .figure { text-anchor: end }
.figure, .tick { font-variant-numeric: tabular-nums }
.tick { text-anchor: middle }
.tick, .note { font-size: 12px; fill: #59636e }
.back { fill: #ffffff }
.grid, .span { stroke: #d1d9e0; fill: none }
.span { stroke-width: 2 }
.native { stroke: #59636e; stroke-width: 2; fill: none }
.module { fill: #1a7f37 }
.own { fill: #bc4c00 }
\@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.tick, .note { fill: #9198a1 }
.back { fill: #0d1117 }
.grid, .span { stroke: #3d444d }
.native { stroke: #9198a1 }
.module { fill: #3fb950 }
.own { fill: #f0883e }
}
</style>
<rect class="back" width="$width" height="$height"/>
SVG

my $plot_end = $LABELS + $PLOT;
$svg .= text(16, 28, 'title', 'Socket calls, as multiples of what they cost a native Linux program');
$svg .= $mark{module}(24, 52) . text(36, 56, 'text', 'this module');
$svg .= $mark{own}(146, 52) . text(158, 56, 'text', "Wine's own ws2_32");
$svg .= text(296, 56, 'note', 'further left is faster; the scale is logarithmic');
my $x = $plot_end + 84;
for ('module', "Wine's", 'native') {
    $svg .= text($x, $TOP - 14, 'figure', $_);
    $x += 66;
}
$svg .= text($plot_end + 216, $TOP - 34, 'figure', 'microseconds');
$svg .= grid();
$svg .= line($rows[$_], $TOP + $_ * $LINE) for 0 .. $#rows;
$svg .= text(16, $height - 14, 'note', join '; ', @{$result->{about}},
    "median of $result->{runs} interleaved runs, $result->{date}");
binmode STDOUT, ':utf8';
print "$svg</svg>\n";
