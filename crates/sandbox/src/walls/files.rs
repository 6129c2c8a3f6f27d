//! Landlock: no file, no TCP port, no signal to and no abstract socket of a process outside.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope,
};

/// The least that counts as a wall: files, with truncation (Linux 6.2).
const LEAST: ABI = ABI::V3;
/// All that is asked for: TCP (6.7), device control (6.10), signals and abstract sockets (6.12).
const MOST: ABI = ABI::V6;

/// Handles every access Landlock knows and allows none.
pub(super) fn raise() -> Result<(), String> {
    let status = restrict().map_err(|error| error.to_string())?;
    match status {
        RulesetStatus::NotEnforced => Err("this kernel has no Landlock, or it is switched off".to_owned()),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}

fn restrict() -> Result<RulesetStatus, landlock::RulesetError> {
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
