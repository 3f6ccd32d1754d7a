/* Where the stub begins, and how it calls the kernel, on x86-64. */
#include <sys/syscall.h>

/* For libcs older than the calls. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

	.text

/* The kernel leaves argc, argv and what follows on the stack, which is aligned as calls want it
 * (System V ABI, AMD64, 3.4.1). */
	.globl _start
_start:
	xor %ebp, %ebp
	mov (%rsp), %edi
	lea 8(%rsp), %rsi
	lea 8(%rsi,%rdi,8), %rdx
	call main
	mov %eax, %edi
	call _exit

/* A system call as a C function; with the registers in which further arguments are 0. */
.macro CALL name, number, zeros:vararg
	.globl \name
\name:
	.irp register, \zeros
	.ifnb \register
	xor %\register, %\register
	.endif
	.endr
	.if \number < 128
	push $\number
	pop %rax
	.else
	mov $\number, %eax
	.endif
	jmp call
.endm

	/* Short jumps reach what is near: so half of them are before, half behind. */
	CALL _exit, SYS_exit_group
	CALL access, SYS_access
	CALL chdir, SYS_chdir
	CALL close, SYS_close
	CALL execve, SYS_execve
	CALL fchdir, SYS_fchdir
	CALL flock, SYS_flock
	CALL fstatfs, SYS_fstatfs
	CALL getgid, SYS_getgid
	CALL getpgid, SYS_getpgid
	CALL getpid, SYS_getpid
	CALL getppid, SYS_getppid
	CALL getrandom, SYS_getrandom
	CALL getuid, SYS_getuid
	CALL getxattr, SYS_getxattr
	CALL kill, SYS_kill
	CALL mkdirat, SYS_mkdirat
	CALL mknodat, SYS_mknodat
	CALL poll, SYS_poll

/* syscall(2). */
	.globl syscall
syscall:
	mov %edi, %eax
	mov %rsi, %rdi
	mov %rdx, %rsi
	mov %rcx, %rdx
	mov %r8, %rcx
	mov %r9, %r8
	mov 8(%rsp), %r9

/* The call whose number is in eax, with the arguments of a C function: -1 on failure, and errno is
 * set. */
call:
	mov %rcx, %r10
	syscall
	cmp $-4095, %rax
	jb 1f
	neg %eax
	mov %eax, libc_errno(%rip)
	or $-1, %rax
1:	ret

	CALL read, SYS_read
	CALL sethostname, SYS_sethostname
	CALL setpgid, SYS_setpgid
	CALL setsid, SYS_setsid
	CALL symlinkat, SYS_symlinkat
	CALL timerfd_create, SYS_timerfd_create
	CALL timerfd_settime, SYS_timerfd_settime
	CALL umask, SYS_umask
	CALL unlinkat, SYS_unlinkat
	CALL write, SYS_write
	CALL sys_unshare, SYS_unshare
	CALL sys_close, SYS_close_range, edx
	CALL sys_open, SYS_openat, ecx
	CALL sys_prctl, SYS_prctl, edx, ecx, r8d
	CALL sys_ioctl, SYS_ioctl
	CALL sys_free, SYS_munmap
	CALL sys_socket, SYS_socket, edx
	CALL sys_read_link, SYS_readlinkat
	CALL sys_landlock_restrict, SYS_landlock_restrict_self, esi

/* memory(3); the direction flag is clear between functions. */
	.globl memcpy
memcpy:
	mov %rdi, %rax
	mov %rdx, %rcx
	rep movsb
	ret

	.globl memmove
memmove:
	mov %rdi, %rax
	sub %rsi, %rax
	cmp %rdx, %rax
	mov %rdi, %rax
	mov %rdx, %rcx
	jae 1f
	lea -1(%rsi,%rdx), %rsi
	lea -1(%rdi,%rdx), %rdi
	std
1:	rep movsb
	cld
	ret

	.globl memset
memset:
	mov %rdi, %r8
	mov %esi, %eax
	mov %rdx, %rcx
	rep stosb
	mov %r8, %rax
	ret

/* The functions that carry out the steps: addresses of a static program fit. */
	.section .rodata.step_functions, "a", @progbits
	.balign 4
	.globl step_functions
step_functions:
#define STEP(kind, name, phase, flags, a, b, c, function) .long function;
#include "steps.h"

	.section .note.GNU-stack, "", @progbits
