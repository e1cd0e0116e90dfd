//! Who called whom: walks a thread's stack by the tables that compilers leave for unwinding (`.eh_frame`).

use super::modules::Module;
use super::registers::{self, Cache, Unwinder};
use framehop::{ExplicitModuleSectionInfo, FrameAddress, Unwinder as _};
use nix::unistd::Pid;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Deeper than that is a recursion, and its innermost calls say enough.
const DEEPEST: usize = 256;

/// Walks the stacks of a process's threads.
pub(super) struct Walker {
    unwinder: Unwinder<Vec<u8>>,
    cache: Cache,
}

impl Walker {
    /// For a process that has these modules in its memory.
    pub(super) fn new(modules: &[Module]) -> Walker {
        let mut unwinder = Unwinder::new();
        for module in modules {
            unwinder.add_module(unwound(module));
        }
        Walker {
            unwinder,
            cache: Cache::new(),
        }
    }

    /// The addresses of the instructions that a stopped thread is in, from the innermost call outwards.
    pub(super) fn walk(&mut self, thread: Pid) -> Option<Vec<u64>> {
        let (next, registers) = registers::of(thread)?;
        let memory = File::open(format!("/proc/{thread}/mem")).ok()?;
        let mut read = |address| {
            let mut word = [0; 8];
            let read = memory.read_exact_at(&mut word, address);
            read.map(|()| u64::from_ne_bytes(word)).map_err(drop)
        };
        let mut frames = self
            .unwinder
            .iter_frames(next, registers, &mut self.cache, &mut read);
        let mut addresses = Vec::new();
        while let Ok(Some(frame)) = frames.next()
            && addresses.len() < DEEPEST
        {
            addresses.push(match frame {
                FrameAddress::InstructionPointer(address) => address,
                // The call stands before the place that it returns to.
                FrameAddress::ReturnAddress(address) => address.get() - 1,
            });
        }
        Some(addresses)
    }
}

/// A module as the unwinder wants it.
fn unwound(module: &Module) -> framehop::Module<Vec<u8>> {
    let text = module.section(".text");
    let frames = module.section(".eh_frame");
    let index = module.section(".eh_frame_hdr");
    let sections = ExplicitModuleSectionInfo {
        base_svma: 0,
        text_svma: text.as_ref().map(|it| it.addresses.clone()),
        got_svma: module.section(".got").map(|it| it.addresses),
        eh_frame_svma: frames.as_ref().map(|it| it.addresses.clone()),
        eh_frame_hdr_svma: index.as_ref().map(|it| it.addresses.clone()),
        text: text.map(|it| it.bytes),
        eh_frame: frames.map(|it| it.bytes),
        eh_frame_hdr: index.map(|it| it.bytes),
        ..Default::default()
    };
    framehop::Module::new(module.name(), module.range.clone(), module.base(), sections)
}
