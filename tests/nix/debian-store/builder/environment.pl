# Gives the programs of an object the environment that environment.rules asks for: each program
# moves from bin to .bin (the same depth, so that what it looks for beside itself is still there,
# and the same name, since some go by their name) and a small script takes its place.
use strict;
use warnings;
use File::Path qw(make_path);

our ($out, $triplet, @own, @packages, @declared);

# What only maintainer scripts would make is made here, and belongs to the object.
my $made = "$out/lib/environment";

sub environment {
	my ($source) = __FILE__ =~ m{^(.*)/};
	my %has = map { $_ => 1 } @packages;
	my %is_own = map { $_ => 1 } @own;
	my (@order, %value, %single);
	for my $line (split /\n/, slurp("$source/environment.rules")) {
		next if $line =~ /^(?:#|$)/;
		my ($variable, $kind, $package, $what) = split ' ', $line;
		next unless $has{$package};
		if ($kind eq 'link') {
			link_directory($what) if $is_own{$package};
			next;
		}
		next unless programs();
		my @values = values_of($kind, $what) or next;
		push @order, $variable unless $value{$variable};
		push @{$value{$variable}}, @values;
		$single{$variable} = 1 if $kind ne 'all' and $variable ne 'XDG_DATA_DIRS';
	}
	wrap(map { assignment($_, $single{$_}, @{$value{$_}}) } @order) if @order;
}

sub values_of {
	my ($kind, $what) = @_;
	return $what if $kind eq 'value';
	if ($kind eq 'make') {
		no strict 'refs';
		return &{"make_$what"}();
	}
	my @all = matches($what);
	return $kind eq 'first' ? @all[0 .. ($#all < 0 ? -1 : 0)] : @all;
}

# Files or directories of that pattern in this object and its declared dependencies.
sub matches {
	my $pattern = shift;
	my %seen;
	my @found = grep { -e } map { glob "$_/$pattern" } $out, @declared;
	return grep { !$seen{$_}++ } map { canonical($_) } @found;
}

sub programs {
	my @found;
	for my $directory (qw(bin sbin games)) {
		push @found, map { "$directory/$_" } entries("$out/$directory");
	}
	return grep { -f "$out/$_" and -x _ } @found;
}

sub assignment {
	my ($variable, $single, @values) = @_;
	my %seen;
	my $value = join ':', grep { !$seen{$_}++ } @values;
	my $rest = $single ? '' : qq("\${$variable:+:\$$variable}");
	return "export $variable='$value'$rest\n";
}

sub wrap {
	my $shell = find('/bin/dash') or return;
	my @programs = programs();
	for my $program (@programs) {
		make_path("$out/." . $program =~ s{/.*}{}r);
		rename "$out/$program", "$out/.$program" or die "$program: $!";
	}
	for my $program (@programs) {
		my $exec = qq(exec '$out/.$program' "\$@"\n);
		spill("$out/$program", join '', "#!$shell\n", @_, $exec);
		chmod 0755, "$out/$program";
	}
}

sub link_directory {
	my $directory = shift;
	return if -e "$out/$directory";
	my ($found) = matches($directory) or return;
	make_path("$out/$directory" =~ s{/[^/]*$}{}r);
	symlink $found, "$out/$directory" or die "$directory: $!";
}

# A fresh directory with links to the given files.
sub gather {
	my ($directory, @files) = @_;
	make_path($directory);
	for my $file (@files) {
		symlink $file, "$directory/" . $file =~ s{.*/}{}r;
	}
	return $directory;
}

# Runs a program of an input that prints a cache, and keeps what it printed.
sub keep_output {
	my ($name, @command) = @_;
	make_path($made);
	spill("$made/$name", run(@command));
	return "$made/$name";
}

sub make_schemas {
	my @schemas = matches('share/glib-2.0/schemas/*.{xml,override}') or return ();
	my $compiler = find("/usr/lib/$triplet/glib-2.0/glib-compile-schemas") or return ();
	make_path("$made/schemas");
	run($compiler, "--targetdir=$made/schemas", gather('schemas', @schemas));
	return "$made/schemas";
}

sub make_gio_modules {
	my @modules = matches("lib/$triplet/gio/modules/*.so") or return ();
	my $query = find("/usr/lib/$triplet/glib-2.0/gio-querymodules") or return ();
	gather("$made/gio-modules", @modules);
	run($query, "$made/gio-modules");
	return "$made/gio-modules";
}

sub make_pixbuf_loaders {
	my @loaders = matches("lib/$triplet/gdk-pixbuf-2.0/2.10.0/loaders/*.so") or return ();
	my $query = find("/usr/lib/$triplet/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders") or return ();
	return keep_output('loaders.cache', $query, @loaders);
}

sub make_input_modules {
	my @modules = matches("lib/$triplet/gtk-3.0/3.0.0/immodules/*.so") or return ();
	my $query = find("/usr/lib/$triplet/libgtk-3-0/gtk-query-immodules-3.0") or return ();
	return keep_output('immodules.cache', $query, @modules);
}

# A data directory with the database that tells file types; gdk-pixbuf loads no icon without it.
sub make_mime {
	my @types = matches('share/mime/packages/*.xml') or return ();
	my $update = find('/usr/bin/update-mime-database') or return ();
	gather("$made/share/mime/packages", @types);
	local $ENV{XDG_DATA_HOME} = "$made/share";
	run($update, "$made/share/mime");
	return "$made/share";
}

sub make_fonts {
	my @lines = (
		(map { "<dir>$_</dir>" } matches('share/fonts')),
		(map { "<include>$_</include>" } matches('etc/fonts/conf.d')),
		'<cachedir prefix="xdg">fontconfig</cachedir>',
	);
	make_path($made);
	spill("$made/fonts.conf", join "\n", '<?xml version="1.0"?>', '<fontconfig>', @lines,
	    '</fontconfig>', '');
	return "$made/fonts.conf";
}

sub make_certificates {
	my @certificates = matches('share/ca-certificates/*/*.crt') or return ();
	make_path($made);
	spill("$made/ca-bundle.crt", join '', map { slurp($_) } @certificates);
	return "$made/ca-bundle.crt";
}

1;
