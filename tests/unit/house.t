#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# House rules that a machine can check. TAP; run from the root of the tree.
use strict;
use warnings;

my @files = grep { -f && !-l } split /\0/, `git ls-files -z 2>/dev/null`;
# A tree that was unpacked instead of cloned.
@files = grep { !m{^(build[^/]*|demo-out|\.git)/} } map { s{^\./}{}r } split /\0/,
	`find . -type f -print0` if !@files;

my %content;
for my $file (@files) {
	open my $f, '<:raw', $file or die "$file: $!";
	local $/;
	$content{$file} = <$f> // '';
}
# Recordings, captures and the like have no lines.
my @texts = grep { index($content{$_}, "\0") < 0 && $content{$_} ne '' } @files;
my @c = grep { /\.[ch]$/ } @texts;
my @scripts = grep { $content{$_} =~ /^#!/ } @texts;

my $n = 0;

# A rule holds when nothing broke it; what did is named.
sub rule {
	my ($name, @broken) = @_;
	printf "%s %d - %s\n", @broken ? 'not ok' : 'ok', ++$n, $name;
	print "# $_\n" for @broken;
}

# "file:line: text" of the lines of @$list that match.
sub lines_with {
	my ($pattern, $list) = @_;
	my @hits;
	for my $file (@$list) {
		my $line = 0;
		for my $text (split /\n/, $content{$file}) {
			$line++;
			push @hits, "$file:$line: $text" if $text =~ /$pattern/;
		}
	}
	return @hits;
}

sub include_only_in {
	my ($header, @allowed) = @_;
	my %allowed = map { $_ => 1 } map { glob } @allowed;
	my @others = grep { !$allowed{$_} } @c;
	rule("$header is included only by @allowed",
		lines_with(qr/^\s*#\s*include\s*[<"]([^>"]*\/)?\Q$header\E[>"]/, \@others));
}

rule('there are files to look at', @c > 20 ? () : 'only ' . @c);

rule('C files and scripts name their licence in the first lines',
	grep { $content{$_} !~ /\A(#![^\n]*\n)?[^\n]*SPDX-License-Identifier: GPL-2\.0/ } @c, @scripts);
rule('licences: GPL-2.0-only in kernel/, GPL-2.0-or-later elsewhere', grep {
	my ($licence) = $content{$_} =~ /SPDX-License-Identifier: (\S+)/;
	$licence && $licence ne (m{^kernel/} ? 'GPL-2.0-only' : 'GPL-2.0-or-later')
} @c, @scripts);
rule('no source file has more than 800 lines', grep {
	m{^(userspace|kernel|firmware-tools|tests)/} && ($content{$_} =~ tr/\n//) > 800
} @c);

include_only_in('libpri.h', qw(userspace/engine/isdn.c userspace/engine/isdn_private.h));
include_only_in('isdn_private.h', 'userspace/engine/isdn*.c');
include_only_in('lmdb.h', 'userspace/store/db.c');
include_only_in('libconfig.h', 'userspace/base/conf_parts.h');
include_only_in('conf_parts.h', 'userspace/base/conf*.c');

my @core = grep { m{^userspace/core/} } @c;
rule('core includes nothing of the shells',
	lines_with(qr{^\s*#\s*include\s*"(engine|store|appliance|cli|exchange)/}, \@core));
my @below = grep { m{^userspace/base/} } @c;
rule('base includes nothing above it',
	lines_with(qr{^\s*#\s*include\s*"(core|engine|store|appliance|cli|exchange)/}, \@below));

# A wait of fixed length hides a race or loses it on a slow machine: wait for the event, with
# pauses of 50 ms at most. Where the length is the very thing tested, the line says
# "waits because". Measurements may pace themselves.
my %unit = (sleep => 1, usleep => 1e-6);
my @tests = grep { m{^tests/(?!bench/)} && $_ ne 'tests/unit/house.t' && /\.(c|h|t|sh|py|pl)$/ } @texts;
rule('tests do not sleep', grep {
	!/waits because/ && !(/\b(u?sleep)\s*[( ]\s*([\d.]+)/ && $2 * $unit{$1} <= 0.05)
} lines_with(qr/\b(u|nano)?sleep\s*\(|(^|[;&|])\s*sleep\s+[\d\$.]/, \@tests));

rule('no blanks at the end of a line',
     lines_with(qr/[ \t\r]+$/, [grep { $_ ne 'LICENSE' && !/\.patch$/ } @texts])); # a patch's context has them
rule('the last line ends', grep { $content{$_} !~ /\n\z/ } @texts);
rule('no file name of a developer\'s machine',
	lines_with(qr{/(home|Users)/\w|/root/\w|/work/\w}, [grep { $_ ne 'tests/unit/house.t' } @texts]));
rule('scripts can be executed', grep { !-x } @scripts);
rule('nothing is left to do in a comment', lines_with(qr/\b(TODO|FIXME|XXX)\b/, \@c));
rule('no code is switched off', lines_with(qr/^\s*#\s*if\s+0\b/, \@c));

# What README promises the Makefile keeps.
my $readme = $content{'README.md'} // '';
my %targets = map { $_ => 1 } ($content{Makefile} // '') =~ /^([a-z][a-z-]*):/mg;
my %promised = map { $_ => 1 } $readme =~ /(?:`|^\s*|[\$#] )make ([a-z][a-z-]*)/mg;
rule('README names the two commands', grep { !$promised{$_} } qw(demo check));
rule('each make command in README exists', grep { !$targets{$_} } sort keys %promised);

print "1..$n\n";
