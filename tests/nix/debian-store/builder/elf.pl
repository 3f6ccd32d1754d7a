# Reading what is needed of ELF files, and editing them; 64-bit little-endian only.
use strict;
use warnings;

# Debian's library directories, as a program may name them.
our $triplet = 'x86_64-linux-gnu';

# What the dynamic section of an ELF image says: { interpreter, needed, soname, search }, or undef
# for anything that is not a dynamic ELF file.
sub elf_dynamic {
	my $image = shift;
	return undef if length $$image < 64 or substr($$image, 0, 6) ne "\x7fELF\x02\x01";
	my $offset = unpack 'Q<', substr $$image, 32, 8;
	my ($size, $count) = unpack 'S<S<', substr $$image, 54, 4;
	my (%segment, @load);
	for my $i (0 .. $count - 1) {
		my ($type, undef, $at, $address, undef, $length) =
		    unpack 'L<L<Q<Q<Q<Q<', substr $$image, $offset + $i * $size, $size;
		push @load, [$address, $at, $length] if $type == 1;
		$segment{$type} = [$at, $length];
	}
	my $dynamic = $segment{2} or return undef;
	my (%tag, @needed);
	for (my $at = 0; $at < $dynamic->[1]; $at += 16) {
		my ($tag, $value) = unpack 'Q<Q<', substr $$image, $dynamic->[0] + $at, 16;
		last if $tag == 0;
		$tag == 1 ? push @needed, $value : ($tag{$tag} = $value);
	}
	# Detached debugging information keeps the headers and drops the contents.
	my $table = $tag{5} // return undef;
	my ($strings) = grep { $table >= $_->[0] and $table < $_->[0] + $_->[2] } @load;
	return undef unless $strings;
	my $base = $table - $strings->[0] + $strings->[1];
	return undef if $base >= length $$image;
	my $string = sub { defined $_[0] ? unpack 'Z*', substr $$image, $base + $_[0], 4096 : '' };
	my ($at, $length) = @{$segment{3} // [0, 0]};
	return {
		interpreter => unpack('Z*', substr $$image, $at, $length),
		needed => [ map { $string->($_) } @needed ],
		soname => $string->($tag{14}),
		search => [ split /:/, $string->($tag{29} // $tag{15}) ],
	};
}

# Names of libraries in an ELF image: those it may give to dlopen.
sub elf_library_names {
	my $image = shift;
	my %seen;
	return grep { !$seen{$_}++ } $$image =~ /\0([\w.+-]+\.so(?:\.[\w.]+)?)(?=\0)/g;
}

# Bends the places where the host's libraries are, by equal-length names below /sys, where nobody
# can create a file. Without this a program that lacks a library in the store takes the host's one
# and nobody notices. In every file the multiarch directories (plugins of GTK, gconv, perl...); in
# the loader also its other search directories, its cache and its preload list; in the C library
# the host's locales. Returns whether anything changed.
sub elf_bend {
	my ($image, $soname) = @_;
	my $before = qr{(?<![\w.\}/-])};
	my $changed = $$image =~ s{$before/usr/lib/$triplet(?!\w)}{/sys/lib/$triplet}g;
	$changed += $$image =~ s{$before/lib/$triplet(?!\w)}{/sys/$triplet}g;
	if ($soname =~ /^ld-linux/) {
		$changed += $$image =~ s{\0/(?:lib|usr|etc)/(?=[\w./-]*\0)}{\0/sys/}g;
	}
	if ($soname eq 'libc.so.6') {
		$changed += $$image =~ s{\0/usr/lib/locale}{\0/sys/lib/locale}g;
	}
	return $changed;
}

1;
