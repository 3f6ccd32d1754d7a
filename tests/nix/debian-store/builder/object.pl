# Builds one store object: unpacks its Debian archives and makes every path in them that means a
# file of this object or of an input name the store. Nix then finds the references by its own scan.
#
# From debian-store.nix, in the environment: out, tools, archives, and the files of names
# inputsPath (store paths, nearest first), declaredPath (those of them that are not there only as
# possible interpreters), ownPath (packages in this object) and packagesPath (also those declared).
use strict;
use warnings;
use File::Path qw(make_path);
use File::Spec;
require 'elf.pl';

our ($out, $tools) = @ENV{qw(out tools)};
# In the output, since files are renamed out of it.
my $root = "$out/.unpacked";
$ENV{PATH} = "$tools/bin";
$SIG{__WARN__} = sub { print STDERR @_ };

our @inputs = words($ENV{inputsPath});
our @declared = words($ENV{declaredPath});
our @own = words($ENV{ownPath});
our @packages = words($ENV{packagesPath});
our $triplet;
require 'environment.pl';

# Documentation is half of many packages and nothing runs it.
my $dropped = qr{^share/(?:doc|doc-base|man|info|lintian|bug|linda|gtk-doc)(?:/|$)};

my (@files, %links, %done);
for my $archive (split ' ', $ENV{archives}) {
	unpack_archive($archive);
}
make_links();
our @search = search_directories();
for my $file (@files) {
	convert($file);
}
environment();

sub words {
	open my $file, '<', shift or die "inputs: $!";
	local $/;
	return split ' ', <$file>;
}

# Output of a program, whose failure ends the build. Never a single string: perl would look for
# /bin/sh, which the build sandbox does not have.
sub run {
	open my $pipe, '-|', @_ or die "$_[0]: $!";
	local $/;
	my $printed = <$pipe> // '';
	close $pipe or die "@_: status $?\n";
	return $printed;
}

sub shell {
	return run("$tools/bin/sh", '-c', 'set -e; ' . shift, 'sh', @_);
}

sub slurp {
	open my $file, '<:raw', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar(<$file>) // '';
}

sub spill {
	my ($path, $contents) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $contents;
	close $file or die "$path: $!";
}

sub entries {
	my $directory = shift;
	opendir my $handle, $directory or return ();
	return sort grep { !/^\.\.?$/ } readdir $handle;
}

# Without permissions as stored: Nix's system call filter refuses set-uid bits, and Nix itself
# keeps nothing of a mode but the executable bit.
sub unpack_archive {
	my $archive = shift;
	make_path($root);
	my %suffix = run('ar', 't', $archive) =~ /^((?:data|control)\.tar)(.*)$/mg;
	my %flag = ('.xz' => 'J', '.gz' => 'z', '' => '');
	my ($data, $control) = map {
		$flag{$suffix{$_}} // die "$archive: cannot unpack $_$suffix{$_}\n"
	} qw(data.tar control.tar);
	shell(qq(ar p "\$1" "\$2" | tar x$data -C "\$3" --no-same-permissions),
	    $archive, "data.tar$suffix{'data.tar'}", $root);
	my $script = shell(qq(ar p "\$1" "\$2" | tar x$control -O ./postinst 2>/dev/null || true),
	    $archive, "control.tar$suffix{'control.tar'}");
	move('');
	alternatives($script);
	run('rm', '-rf', $root);
}

# Moves one directory of the unpacked tree to its place in the object: /usr and / become one.
# Links are put aside until it is known which files there are.
sub move {
	my $directory = shift;
	for my $entry (entries("$root$directory")) {
		my $from = "$directory/$entry";
		my $to = inside($from);
		next if $to =~ $dropped;
		if (-l "$root$from") {
			my $target = readlink "$root$from";
			my $full = $target =~ m{^/} ? $target : "$directory/$target";
			$links{$to} //= [canonical($full), $target];
		} elsif (-d _) {
			make_path("$out/$to") if $to ne '';
			move($from);
		} elsif (!lstat "$out/$to") {
			rename "$root$from", "$out/$to" or die "$to: $!";
			push @files, $to;
		}
	}
}

# What maintainer scripts give to update-alternatives: the links that programs call each other by.
sub alternatives {
	my $script = shift =~ s/\\\n/ /gr;
	my %variable = $script =~ m{^\s*(\w+)=["']?([\w./+-]+)["']?\s*$}mg;
	$script =~ s/\$\{?(\w+)\}?/$variable{$1} \/\/ $&/ge;
	while ($script =~ m{--(?:install|slave)\s+(/[\w./+-]+)\s+[\w.+-]+\s+(/[\w./+-]+)(?=\s)}g) {
		my $to = inside($1);
		$links{$to} //= [$2, $2] unless $to =~ $dropped;
	}
}

# The path in an object of a file that Debian has at an absolute path; '' is the object itself.
sub inside {
	return $_[0] =~ s{^/}{}r =~ s{^usr(?:/|$)}{}r;
}

sub canonical {
	my @parts;
	for my $part (split m{/+}, shift) {
		$part eq '..' ? pop @parts : $part ne '.' && push @parts, $part;
	}
	return '/' . join '/', grep { length } @parts;
}

my %found;

# The store path of a file that Debian has at an absolute path: in this object or in the nearest
# input that has it; undef when none has.
sub find {
	my $path = inside(canonical(shift));
	return undef if $path eq '';
	return $found{$path} if exists $found{$path};
	for my $object ($out, @inputs) {
		return $found{$path} = "$object/$path" if lstat "$object/$path";
	}
	return $found{$path} = undef;
}

sub make_links {
	for my $link (sort keys %links) {
		my ($full, $target) = @{$links{$link}};
		my $own = inside($full);
		if ($links{$own} or lstat "$out/$own") {
			$target = File::Spec->abs2rel("/$own", '/' . ($link =~ s{/?[^/]*$}{}r));
		} elsif (my $found = find($full)) {
			$target = $found;
		}
		make_path("$out/$link" =~ s{/[^/]*$}{}r);
		symlink $target, "$out/$link" or die "$link: $!";
	}
	%found = ();
}

# Where the loader looks by default on Debian, in this object and its inputs: [directory, names].
sub search_directories {
	my @found;
	for my $object ($out, @inputs) {
		my @directories = ("lib/$triplet", 'lib', 'lib64');
		for my $configuration (grep { /\.conf$/ } entries("$object/etc/ld.so.conf.d")) {
			my $text = slurp("$object/etc/ld.so.conf.d/$configuration");
			push @directories, map { inside($_) } $text =~ m{^(/\S+)}mg;
		}
		my %seen;
		for my $directory (grep { !$seen{$_}++ and -d "$object/$_" } @directories) {
			my %names = map { $_ => 1 } grep { /\.so/ } entries("$object/$directory");
			push @found, ["$object/$directory", \%names];
		}
	}
	return @found;
}

sub convert {
	my $path = "$out/" . shift;
	my (undef, $inode, $mode, $names) = lstat $path;
	return if $names > 1 and $done{$inode}++;
	chmod $mode | 0600, $path;
	my $image = slurp($path);
	if ($image =~ /^\x7fELF/) {
		convert_elf($path, \$image);
	} elsif (length $image < 1 << 22 and substr($image, 0, 8192) !~ /\0/) {
		convert_text($path, \$image);
	}
}

# A token that looks like a path of Debian's tree, if there is such a file, becomes a store path:
# interpreters in `#!` lines, programs called by scripts, desktop and D-Bus files, linker scripts.
# /etc is left: what is there is the host's to say.
sub convert_text {
	my ($path, $text) = @_;
	my $original = $$text;
	my $env = qr{^#!\s*(?:/usr)?/bin/env\s+(?=[\w.+])};
	$$text =~ s{$env(\S+)}{'#!' . (find("/usr/bin/$1") // "/usr/bin/env $1")}e;
	my $before = qr{(?<![\w./\}\$-])|(?<=\s-[LI])};
	my $top = qr{s?bin|lib|lib64|libexec|share|include|games};
	$$text =~ s{(?:$before)/(?:usr/)?(?:$top)/[\w+@][\w+@./-]*}{in_store($&)}ge;
	$$text =~ s{^prefix=/usr$}{prefix=$out}m if $path =~ /\.pc$/;
	spill($path, $$text) if $$text ne $original;
}

sub in_store {
	my ($path, $rest) = (shift, '');
	$rest = $1 if $path =~ s{([./]+)$}{};
	return (find($path) // $path) . $rest;
}

sub convert_elf {
	my ($path, $image) = @_;
	my $elf = elf_dynamic($image) or return;
	my @directories = needed_directories($path, $elf, $image);
	spill($path, $$image) if elf_bend($image, $elf->{soname});
	return if $elf->{soname} =~ /^ld-linux/;

	my @change;
	my $interpreter = $elf->{interpreter} && find($elf->{interpreter});
	push @change, '--set-interpreter', resolve($interpreter) if $interpreter;
	push @change, '--set-rpath', join ':', @directories if @directories;
	push @change, '--remove-rpath' if !@directories and @{$elf->{search}};
	run('patchelf', @change, $path) if @change;
}

# Follows links to the file itself, so that nothing between can be missing.
sub resolve {
	my $path = shift;
	while (defined(my $target = readlink $path)) {
		$path = $target =~ m{^/} ? $target : canonical($path =~ s{[^/]*$}{}r . $target);
	}
	return $path;
}

# Exactly the directories that hold a library this file needs, or names (for dlopen), in the order
# in which the loader would have looked. `patchelf --shrink-rpath` would lose the latter kind.
sub needed_directories {
	my ($path, $elf, $image) = @_;
	my $here = $path =~ s{/[^/]*$}{}r;
	my @own;
	for my $directory (@{$elf->{search}}) {
		if ($directory =~ m{^\$(?:ORIGIN|\{ORIGIN\})(.*)}) {
			push @own, canonical($here . $1);
		} elsif (my $found = find($directory)) {
			push @own, $found;
		}
	}
	my @order = ((map { [$_, { map { $_ => 1 } entries($_) }] } @own), @search);
	my %wanted;
	for my $name (@{$elf->{needed}}) {
		$name =~ s{.*/}{};
		my ($hit) = grep { $_->[1]{$name} } @order;
		print STDERR "warning: $path needs $name, which no input has\n" unless $hit;
		$wanted{$hit->[0]} = 1 if $hit;
	}
	for my $name (elf_library_names($image)) {
		next if $name eq $elf->{soname};
		my ($hit) = grep { $_->[1]{$name} } @order;
		$wanted{$hit->[0]} = 1 if $hit;
	}
	my %seen;
	return grep { $wanted{$_} and !$seen{$_}++ } map { $_->[0] } @order;
}
