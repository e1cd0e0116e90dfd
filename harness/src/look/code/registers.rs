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
