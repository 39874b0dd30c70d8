#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The core decides and does nothing else: libcore.a, and the pure members of
# libbase.a that it may use, import nothing but pure functions and keep no
# variable of their own. TAP; reads the archives in $B (default build).
use strict;
use warnings;

my $b = $ENV{B} // 'build';

# Members of libbase.a that are as pure as the core.
my %pure_base = map { $_ => 1 } qw(reader.o);

# Functions of libc and libm whose result depends on their arguments alone. The
# printf family formats numbers only by the locale "C" that all our programs keep.
my %pure = map { $_ => 1 } qw(
	memcpy memmove memset memcmp bcmp memchr memrchr memmem
	strlen strnlen strcmp strncmp strcasecmp strncasecmp strchr strrchr strstr strspn strcspn
	strpbrk strcpy strncpy stpcpy strtol strtoll strtoul strtoull strtod
	snprintf vsnprintf sscanf __isoc99_sscanf qsort bsearch abs labs llabs
	isalnum isalpha isdigit isspace isxdigit isupper islower ispunct isprint tolower toupper
	__ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc
	sqrt sqrtf sin sinf cos cosf sincos sincosf tan tanf atan atan2 atan2f exp expf exp2 exp2f
	exp10 exp10f log logf log2 log2f log10 log10f log1p expm1 pow powf fabs fabsf floor floorf
	ceil ceilf round roundf lround lroundf llround llroundf lrint lrintf llrint rint rintf
	nearbyint fmod fmodf fmin fmax fminf fmaxf ldexp frexp modf hypot cbrt erf erfc lgamma_r
	__assert_fail __stack_chk_fail _GLOBAL_OFFSET_TABLE_
);

# Arithmetic and sanitizers of the compiler's run time, fortified forms of pure functions.
sub is_pure {
	my ($symbol) = @_;
	return 1 if $symbol =~ /^__(asan|ubsan|sanitizer|sancov|tsan|msan|gcov|llvm)_/;
	return 1 if $symbol =~ /^__[a-z]+[sdtx][if]\d$/; # __popcountdi2 and the like
	return 1 if $symbol =~ /^__(start|stop)___sancov_/;
	$symbol = $1 if $symbol =~ /^__(\w+)_chk$/;
	return $pure{$symbol};
}

# Call with (member, symbol, class, section) for each symbol of an archive.
sub each_symbol {
	my ($archive, $call) = @_;
	my $member = '';
	open my $nm, '-|', 'nm', '-f', 'sysv', $archive or die "nm: $!";
	while (<$nm>) {
		$member = $1 if /^(?:Undefined symbols|Symbols) from .*\[(.*)\]:/;
		my @column = map { s/^\s+|\s+$//gr } split /\|/;
		$call->($member, @column[0, 2, 6]) if @column == 7 && $column[0] ne 'Name';
	}
	return close $nm;
}

my (%defined, %imports, @variables);

# Sanitizers put tables of their own into .data: those do not count.
sub note {
	my ($member, $symbol, $class, $section) = @_;
	if ($class eq 'U' or $class eq 'w') {
		push @{$imports{$symbol}}, $member;
		return;
	}
	$defined{$symbol} = 1 if $class =~ /^[A-Z]$/;
	return if $symbol =~ /^(__(asan|ubsan|sanitizer|sancov)|\.L|___asan|asan\.|anon\.|__unnamed_)/;
	push @variables, "$member: $symbol in $section"
		if $section =~ /^\.(data|bss|tdata|tbss|ldata|lbss)/ && $section !~ /^\.data\.rel\.ro/
		or $section eq '*COM*';
}

print "1..3\n";
my $n = 0;

sub ok {
	my ($good, $name, @because) = @_;
	printf "%s %d - %s\n", $good ? 'ok' : 'not ok', ++$n, $name;
	print "# $_\n" for @because;
}

my $members = 0;
my $read = each_symbol("$b/libcore.a", sub { $members++; note(@_) })
	&& each_symbol("$b/libbase.a", sub { note(@_) if $pure_base{$_[0]} });
ok($read && $members > 0, "symbols of $b/libcore.a can be read");

my @foreign = grep { !$defined{$_} && !is_pure($_) } sort keys %imports;
ok($read && !@foreign, 'the core imports pure functions only', map { "$_, used in @{$imports{$_}}" } @foreign);
ok($read && !@variables, 'the core has no variables', @variables);
