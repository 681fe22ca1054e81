#!/usr/bin/perl
# Says who wrote how much since a time: digest.pl NAME WHEN [OPTION…], as digest.pl '#ops' 24h
# See docs/bots.md.
use strict;
use warnings;
use JSON::PP;

my ($name, $when, @options) = @ARGV;
die "digest.pl NAME WHEN [OPTION…]\n" unless defined $when;

# A list, not a line: no shell reads the name.
open my $read, '-|', 'heliograph', 'read', $name, '--since', $when, '--json', @options or die $!;
my %count;
while (my $line = <$read>) {
    my $event = decode_json($line);
    $count{ $event->{from} }++ if $event->{type} eq 'message';
}
close $read or exit $? >> 8;

my @busiest = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
my $digest = join ', ', map { "$_ $count{$_}" } @busiest;
exec 'heliograph', 'send', $name, "Since $when: " . ($digest || 'nothing'), @options or die $!;
