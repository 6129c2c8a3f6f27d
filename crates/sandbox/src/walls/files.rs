//! Landlock: no file, no TCP port, no signal to and no abstract socket of a process outside.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError,
    RulesetStatus, Scope,
};

/// The least that counts as a wall: files, with truncation (Linux 6.2).
const LEAST: ABI = ABI::V3;
/// All that is asked for: TCP (6.7), device control (6.10), signals and abstract sockets (6.12).
const MOST: ABI = ABI::V6;

/// Handles every access Landlock knows and allows none.
pub(super) fn raise() -> Result<(), String> {
    match restrict().map_err(said)? {
        RulesetStatus::NotEnforced => Err("this kernel has no Landlock, or it is switched off".to_owned()),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}

/// What a person reads of an error. The library's own words for a kernel without Landlock are its Rust types.
fn said(error: RulesetError) -> String {
    match error {
        RulesetError::HandleAccesses(_) => {
            "this kernel has no Landlock that knows truncation; Linux 6.2 and newer can have it".to_owned()
        }
        error => error.to_string(),
    }
}

fn restrict() -> Result<RulesetStatus, RulesetError> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(LEAST))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(MOST))?
        .handle_access(AccessNet::from_all(MOST))?
        .scope(Scope::from_all(MOST))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset)
}
