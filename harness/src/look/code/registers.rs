//! The registers that tell where a stopped thread is and who called it, for each kind of processor.

#[cfg(target_arch = "aarch64")]
pub(super) use framehop::aarch64::{
    CacheAarch64 as Cache, UnwindRegsAarch64 as Registers, UnwinderAarch64 as Unwinder,
};
#[cfg(target_arch = "x86_64")]
pub(super) use framehop::x86_64::{
    CacheX86_64 as Cache, UnwindRegsX86_64 as Registers, UnwinderX86_64 as Unwinder,
};
use nix::sys::ptrace;
use nix::unistd::Pid;

/// The instruction that comes next, and the registers from which the callers are found; `None` if the thread is not stopped.
#[cfg(target_arch = "x86_64")]
pub(super) fn of(thread: Pid) -> Option<(u64, Registers)> {
    let all = ptrace::getregs(thread).ok()?;
    Some((all.rip, Registers::new(all.rip, all.rsp, all.rbp)))
}

/// The instruction that comes next, and the registers from which the callers are found; `None` if the thread is not stopped.
#[cfg(target_arch = "aarch64")]
pub(super) fn of(thread: Pid) -> Option<(u64, Registers)> {
    let all = ptrace::getregset::<ptrace::regset::NT_PRSTATUS>(thread).ok()?;
    let [frame, link] = [all.regs[29], all.regs[30]];
    Some((all.pc, Registers::new(link, all.sp, frame)))
}

/// The number and the arguments of the system call that a thread is about to enter; `None` if it is not stopped there.
#[cfg(target_arch = "x86_64")]
pub fn entered(thread: Pid) -> Option<(i64, [u64; 6])> {
    let all = ptrace::getregs(thread).ok()?;
    let arguments = [all.rdi, all.rsi, all.rdx, all.r10, all.r8, all.r9];
    Some((all.orig_rax as i64, arguments))
}

/// What the system call has returned that a thread is about to leave: a negative errno, if it failed; `None` if it is not stopped
/// there.
#[cfg(target_arch = "x86_64")]
pub fn returned(thread: Pid) -> Option<i64> {
    Some(ptrace::getregs(thread).ok()?.rax as i64)
}

/// The number and the arguments of the system call that a thread is about to enter; `None` if it is not stopped there.
#[cfg(target_arch = "aarch64")]
pub fn entered(thread: Pid) -> Option<(i64, [u64; 6])> {
    let all = ptrace::getregset::<ptrace::regset::NT_PRSTATUS>(thread).ok()?;
    let [a, b, c, d, e, f, ..] = all.regs;
    Some((all.regs[8] as i64, [a, b, c, d, e, f]))
}

/// What the system call has returned that a thread is about to leave: a negative errno, if it failed; `None` if it is not stopped
/// there.
#[cfg(target_arch = "aarch64")]
pub fn returned(thread: Pid) -> Option<i64> {
    let all = ptrace::getregset::<ptrace::regset::NT_PRSTATUS>(thread).ok()?;
    Some(all.regs[0] as i64)
}

/// Whether a thread that is stopped at a system call is about to enter it. The kernel has written down by then that there is no such
/// call, in case that there is none (arch/x86/entry/common.c).
#[cfg(target_arch = "x86_64")]
pub fn is_entering(thread: Pid) -> bool {
    returned(thread) == Some(-i64::from(libc::ENOSYS))
}

/// Whether a thread that is stopped at a system call is about to enter it: the kernel says so in a register
/// (arch/arm64/kernel/ptrace.c, report_syscall_enter).
#[cfg(target_arch = "aarch64")]
pub fn is_entering(thread: Pid) -> bool {
    let all = ptrace::getregset::<ptrace::regset::NT_PRSTATUS>(thread);
    all.is_ok_and(|all| all.regs[7] == 0)
}
