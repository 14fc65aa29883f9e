# What benches/traces/perl.trace is a recording of: a log is made, parsed, counted, changed and printed. Hashes,
# strings, lists, substitution and objects, as in a script that reads text.
use strict;
use warnings;

my $state = 7;
sub number { $state = ($state * 1103515245 + 12345) % 2147483648; return $state % shift }

my @names = map { join '', map { chr(97 + number(26)) } 1 .. 3 + number(8) } 1 .. 300;
my @lines = map {
    sprintf '%02d:%02d %s GET /%s/%s?user=%s&size=%d "%s"', number(24), number(60), $names[number(20)],
        $names[number(300)], $names[number(300)], $names[number(300)], number(100000), 'x' x number(60)
} 1 .. 1500;

package Entry;
sub new { my ($class, %fields) = @_; return bless {%fields}, $class }
sub line { my $self = shift; return join ' ', map { "$_=$self->{$_}" } sort keys %$self }
package main;

my (%count, %by_user, @entries);
for my $line (@lines) {
    my ($time, $host, $path, $query) = $line =~ /^(\S+) (\S+) GET (\S+)\?(\S+)/ or next;
    my %fields = map { split /=/, $_, 2 } split /&/, $query;
    $count{$host}{$path}++;
    my $entry = Entry->new(time => $time, host => $host, path => $path, %fields);
    push @{ $by_user{ $fields{user} } }, $entry;
    push @entries, $entry if $fields{size} % 3;
    # Old entries go.
    shift @entries if @entries > 200;
}
my $text = '';
for my $user (sort keys %by_user) {
    for my $entry (@{ $by_user{$user} }) {
        (my $line = $entry->line) =~ s/([a-z]+)=([a-z]{3})/\u$1:$2/g;
        $text .= "$line\n";
    }
    delete $by_user{$user} if $user lt 'm';
}
$text =~ s/(\d+)/<$1>/g;
print length $text, ' ', scalar(@entries), ' ', join(',', map { "$_:" . keys %{ $count{$_} } } sort keys %count), "\n";
