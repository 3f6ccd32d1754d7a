#!/bin/sh
# The box's /proc: its own processes, nothing that configures the kernel or tells of the host.
set -eu
. "$srcdir/tests/live/lib.sh"

use
# Root is the owner of procfs' files: without read-only its chmod would hold for all the machine.
if [ "$WORLD" = 0 ]; then
	prints 'read-only nosuid nodev noexec' box mount-flags /proc
	refused EROFS box chmod /proc/meminfo 0444
	works outside chmod /proc/meminfo 0444
	refused EROFS box chmod /dev/full 0666
	works outside chmod /dev/full 0666
else
	prints 'nosuid nodev noexec' box mount-flags /proc
	refused EPERM box chmod /proc/meminfo 0444
fi
works box listing /proc
equal '1 3' "$(grep -x '[0-9]*' said | tr '\n' ' ' | sed 's/ $//')" 'processes in /proc'
refused ESRCH box syscall kill 2 0
refused ESRCH box syscall kill $$ 0
works outside syscall kill $$ 0

# Init is the launcher's file and was on the host's tree: neither can be reached through it.
for link in exe root cwd; do
	refused EACCES box readlink /proc/1/$link
	works outside readlink /proc/self/$link
done
refused EACCES box write /proc/1/exe
refused EACCES box listing /proc/1/root
for descriptor in 0 1 2; do
	refused EACCES box readlink /proc/1/fd/$descriptor
done
refused EACCES box read /proc/1/environ
refused EACCES box read /proc/1/mem
refused EACCES box listing /proc/1/map_files
works outside listing /proc/self/root
works box listing /proc/self/root

# Not even of a launcher that its user could write to (CVE-2019-5736).
cp "$launcher" writable
chmod 777 writable
for way in 'write /proc/1/exe' 'read /proc/1/exe' 'syscall 2 @/proc/1/exe 0x200000' \
	'syscall 2 @/proc/1/root/scratch/writable 0x200001'; do
	case $way in
	syscall*) [ "$(uname -m)" = x86_64 ] || continue ;; # open(2), O_PATH
	esac
	# shellcheck disable=SC2086 # several words
	refused EACCES as_user /scratch/writable $way
done
cp "$launcher" control
chmod 777 control
works outside write control

# Opened only, not written: what outside is open to root would change the host.
for path in /proc/sys/kernel/hostname /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches \
	/proc/sys/net/ipv4/ip_forward /proc/sysrq-trigger /proc/irq/default_smp_affinity; do
	[ -e $path ] || continue
	works box kind $path
	if [ "$WORLD" = 0 ] && [ -w $path ]; then
		works outside write $path
		refused EROFS box write $path
	elif [ "$WORLD" != 0 ]; then
		refused EACCES box write $path
	fi
done
for path in /proc/sys /proc/irq /proc/pressure /proc/bus /proc/fs /proc/sysrq-trigger; do
	[ -e $path ] || continue
	matches 'read-only .*' box mount-flags $path
done

# Masked: the same path has something to show outside.
masked=0
for path in /proc/acpi /proc/asound /proc/interrupts /proc/kallsyms /proc/kcore /proc/keys \
	/proc/kmsg /proc/latency_stats /proc/sched_debug /proc/scsi /proc/timer_list; do
	[ -e $path ] || continue
	masked=$((masked + 1))
	if [ -d $path ]; then
		matches 'directory 0000' box kind $path
		refused EACCES box listing $path
	else
		matches 'file 0000' box kind $path
		refused EACCES box read $path
	fi
	prints 'read-only nosuid nodev noexec' box mount-flags $path
done
[ $masked -ge 3 ] || failed "only $masked parts of /proc are here to be masked"
matches '[^ ]* [tTdDrR] .*' outside read /proc/kallsyms
