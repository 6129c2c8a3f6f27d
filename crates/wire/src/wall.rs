//! The walls a worker raises around itself, as it reports them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A wall of the worker process. The first wall, WebAssembly, is not listed: without it nothing runs at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wall {
    /// Nothing inherited, no user of weight, no capabilities, no new privileges, and no other process may look inside.
    #[serde(rename = "no-new-privileges")]
    Privileges,
    /// Namespaces of its own: no network interface, an empty read-only root.
    #[serde(rename = "namespaces")]
    Namespaces,
    /// Landlock: no file, no TCP port, no signal to others.
    #[serde(rename = "landlock")]
    Files,
    /// Kernel limits: no core files, no growing files, few descriptors.
    #[serde(rename = "rlimits")]
    Limits,
    /// Seccomp: a short list of system calls.
    #[serde(rename = "seccomp")]
    SystemCalls,
    /// No memory becomes code.
    #[serde(rename = "no-new-code")]
    Code,
}

impl Wall {
    /// Every wall, in the order they are raised.
    pub const ALL: [Self; 6] =
        [Self::Privileges, Self::Namespaces, Self::Files, Self::Limits, Self::Code, Self::SystemCalls];

    /// The word in the configuration, in answers and in `doctor`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Limits => "rlimits",
            Self::Privileges => "no-new-privileges",
            Self::Namespaces => "namespaces",
            Self::Files => "landlock",
            Self::SystemCalls => "seccomp",
            Self::Code => "no-new-code",
        }
    }

    /// The walls that stand on every Linux this program supports. Each wall of seccomp's strength refuses by itself
    /// what the others refuse a second time, so these are what a machine must have unless its owner says otherwise.
    pub const EVERYWHERE: [Self; 3] = [Self::Privileges, Self::Limits, Self::SystemCalls];

    /// The wall of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wall| wall.name() == name)
    }
}

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A wall and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallState {
    /// Which.
    pub wall: Wall,
    /// How.
    pub standing: Standing,
}

/// How a wall stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// The worker raised it.
    Raised,
    /// The worker could not raise it, and what the worker runs in refuses the same.
    Held {
        /// What refuses it, by its name, such as `gVisor`.
        by: String,
    },
    /// Nothing refuses what it would.
    Missing {
        /// Why it cannot be raised on this machine, for a person.
        reason: String,
    },
}

impl WallState {
    /// What came of raising a wall; an error says why it could not be.
    pub fn new(wall: Wall, raised: Result<(), String>) -> Self {
        let standing = match raised {
            Ok(()) => Standing::Raised,
            Err(reason) => Standing::Missing { reason },
        };
        Self { wall, standing }
    }

    /// Why it does not stand; `None` when it does.
    pub fn missing(&self) -> Option<&str> {
        match &self.standing {
            Standing::Raised | Standing::Held { .. } => None,
            Standing::Missing { reason } => Some(reason),
        }
    }
}
