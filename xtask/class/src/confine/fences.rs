//! What this system can keep a submission from, and what it cannot, in words.

use super::{Network, is_root};
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, Scope,
};
use std::process::{Command, Stdio};

/// What this system can keep a submission from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fences {
    /// Landlock: files are out of reach.
    pub files: bool,
    /// Its sixth version: so are the processes of others.
    pub signals: bool,
    /// Its fourth version: so is TCP, if everybody is.
    pub ports: bool,
    /// A network namespace: there is nobody but oneself to speak to.
    pub network: bool,
    /// Processes are counted: for root, a submission is another user; for others, it has a user namespace.
    pub processes: bool,
}

impl Fences {
    /// The network of a program that needs none.
    pub fn no_network(self) -> Network {
        match self.network {
            true => Network::Nobody,
            false => Network::NobodyOverTcp,
        }
    }

    /// Asks the kernel.
    pub fn ask() -> Fences {
        let network = can_have_own_network();
        Fences {
            files: has_landlock(),
            signals: accepts(|rules| rules.scope(Scope::Signal)),
            ports: accepts(|rules| rules.handle_access(AccessNet::BindTcp)),
            network,
            processes: is_root() || network,
        }
    }

    /// What is left open, a sentence each. Nobody should trust in a fence that is not there.
    pub fn gaps(&self) -> Vec<&'static str> {
        let gaps = [
            (
                self.files,
                "this kernel has no Landlock: a submission can read every file that its user can, hidden scripts too, and end that user's processes",
            ),
            (
                self.signals || !self.files || is_root(),
                "this kernel's Landlock is older than version 6: a submission can end processes of this user",
            ),
            (
                self.network,
                "no network namespace is allowed here: while it is graded, a submission can speak to other computers",
            ),
            (
                self.network || self.ports,
                "nor does Landlock know ports here: while it is built, a submission can, too",
            ),
            (
                self.processes,
                "no user namespace is allowed here: the number of a submission's processes is not limited",
            ),
        ];
        gaps.into_iter()
            .filter(|(is_closed, _)| !is_closed)
            .map(|(_, words)| words)
            .collect()
    }
}

/// Whether files can be put out of reach.
pub(super) fn has_landlock() -> bool {
    accepts(|rules| rules.handle_access(AccessFs::from_all(ABI::V1)))
}

/// Whether the kernel knows what `ask` asks it for.
fn accepts(ask: impl Fn(Ruleset) -> Result<Ruleset, landlock::RulesetError>) -> bool {
    let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    ask(rules).and_then(Ruleset::create).is_ok()
}

/// Whether a process of this user may leave the network; tried out by one that is then gone.
fn can_have_own_network() -> bool {
    let mut command = Command::new("/proc/self/exe");
    command.arg(super::ASKED_TO_TRY).stdin(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
