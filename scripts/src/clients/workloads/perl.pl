# Hashes of hashes, sorting, substitution, closures, objects in circles, sprintf, pack: many small blocks.
use strict;
use warnings;

my $state = 12345;
sub number { $state = ($state * 1103515245 + 12345) % 2147483648; return $state % shift }

my (%count, %index);
my @words = map { join '', map { chr(97 + number(26)) } 1 .. 2 + number(9) } 1 .. 20000;
for my $at (0 .. 199999) {
    my $word = $words[number(scalar @words)];
    $count{$word}++;
    push @{ $index{ substr $word, 0, 2 }{ length $word } }, $at if $at % 5 == 0;
}
my @most = (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count)[0 .. 49];
printf "%-12s %d\n", $_, $count{$_} for @most;
for my $head (sort keys %index) {
    print "$head: ", join(' ', map { "$_:" . scalar @{ $index{$head}{$_} } } sort { $a <=> $b } keys %{ $index{$head} }), "\n";
}

my $text = join ' ', @words;
for my $round (1 .. 10) {
    $text =~ s/\b([a-z])([a-z]+)/\u$1$2/g;
    $text =~ s/([A-Z])([a-z]*)/lc($1) . reverse $2/ge;
    $text .= ' ' . join ' ', reverse split / /, substr $text, 0, 20000;
}
print length $text, ' ', unpack('%32C*', $text), "\n";

package Node;
sub new { my ($class, %fields) = @_; return bless { %fields, next => undef }, $class }
package main;
for my $size (10, 1000, 50000) {
    my @nodes = map { Node->new(number => $_, name => "node $_") } 1 .. $size;
    $nodes[$_]{next} = $nodes[ ($_ * 7 + 1) % $size ] for 0 .. $#nodes;
    my ($node, $sum) = ($nodes[0], 0);
    for (1 .. $size) { $sum += $node->{number}; $node = $node->{next} }
    print "$size: $sum\n";
    $_->{next} = undef for @nodes;
}

my @closures = map { my $base = $_; sub { $base += shift; return $base } } 1 .. 5000;
my $total = 0;
$total += $_->(3) for map { $closures[number(5000)] } 1 .. 50000;
my $packed = pack 'N*', map { number(1 << 30) } 1 .. 200000;
my @sorted = sort { $a <=> $b } unpack 'N*', $packed;
print "$total $sorted[0] $sorted[-1] ", join(',', map { sprintf '%08x', $_ } @sorted[ 1000 .. 1010 ]), "\n";
