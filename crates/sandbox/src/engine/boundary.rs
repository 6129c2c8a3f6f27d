//! What the guest can say, read with suspicion.

use wasmtime::{Caller, Extern, Linker, Memory};
use wire::{End, Limit, Position, Print, PrintLevel, Thrown};

use super::ledger::{Dishonest, Ledger};

/// The longest name of a call: a path of a tool, made by the surface.
pub(crate) const NAME_BYTES_MAX: usize = 1024;

/// The longest description of an error or a stack: the guest cuts each of its parts at 64 KB or less.
pub(crate) const DESCRIPTION_BYTES_MAX: u64 = 256 * 1024;

/// Kinds of ends that are looked at before they are decoded: a value, and the stack of a script that was stopped.
const RETURNED: u32 = 0;
const INTERRUPTED: u32 = 3;

/// The guest's exported memory.
pub(super) const MEMORY: &str = "memory";

/// Gives the guest its three imports.
pub(super) fn define(linker: &mut Linker<Ledger>) -> wasmtime::Result<()> {
    linker.func_wrap("narrows", "host_call", host_call)?;
    linker.func_wrap("narrows", "host_print", host_print)?;
    linker.func_wrap("narrows", "host_end", host_end)?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the shape of the guest's import")]
fn host_call(
    mut caller: Caller<'_, Ledger>,
    call: u32,
    name: u32,
    name_length: u32,
    arguments: u32,
    arguments_length: u32,
    line: u32,
    column: u32,
) -> wasmtime::Result<()> {
    let memory = memory(&mut caller)?;
    let (bytes, ledger) = memory.data_and_store_mut(&mut caller);
    let name = range(bytes, name, name_length)?;
    let arguments = range(bytes, arguments, arguments_length)?;
    let name =
        Some(name).filter(|name| name.len() <= NAME_BYTES_MAX).and_then(|name| str::from_utf8(name).ok());
    let at = (line > 0).then_some(Position { line, column });
    Ok(ledger.called(call, name.ok_or(Dishonest::Malformed)?, arguments, at)?)
}

fn host_print(mut caller: Caller<'_, Ledger>, level: u32, text: u32, length: u32) -> wasmtime::Result<()> {
    let memory = memory(&mut caller)?;
    let (bytes, ledger) = memory.data_and_store_mut(&mut caller);
    let text = range(bytes, text, length)?;
    if text.len() as u64 > ledger.limits().printed_bytes {
        ledger.exceed(Limit::Printed);
        return Ok(());
    }
    let level = match level {
        0 => PrintLevel::Log,
        1 => PrintLevel::Warn,
        _ => PrintLevel::Error,
    };
    ledger.printed(Print { level, text: String::from_utf8_lossy(text).into_owned() });
    Ok(())
}

fn host_end(mut caller: Caller<'_, Ledger>, kind: u32, place: u32, length: u32) -> wasmtime::Result<()> {
    let memory = memory(&mut caller)?;
    let (bytes, ledger) = memory.data_and_store_mut(&mut caller);
    let said = range(bytes, place, length)?;
    let most = if kind == RETURNED { ledger.limits().value_bytes } else { DESCRIPTION_BYTES_MAX };
    if said.len() as u64 > most {
        ledger.exceed(Limit::Value);
        return Ok(());
    }
    if kind == INTERRUPTED {
        ledger.interrupted(String::from_utf8_lossy(said).into_owned());
        return Ok(());
    }
    // Once as the end, once in its frame. Descriptions are small.
    if kind == RETURNED && !ledger.has_room_for(2 * said.len() as u64) {
        ledger.exceed(Limit::Memory);
        return Ok(());
    }
    let end = decoded_end(kind, said)?;
    if let End::Exceeded { limit, .. } = &end {
        ledger.exceed(*limit);
    }
    ledger.ended(end);
    Ok(())
}

/// The end as `crates/engine` encodes it.
pub(crate) fn decoded_end(kind: u32, said: &[u8]) -> Result<End, Dishonest> {
    let stack_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(match (kind, said) {
        (RETURNED, _) => End::Returned(Some(said.to_vec())),
        (1, _) => End::Returned(None),
        (2, _) => End::Threw(decoded_thrown(said).ok_or(Dishonest::Malformed)?),
        (4, _) => End::Deadlocked,
        (5, [1, stack @ ..]) => End::Exceeded { limit: Limit::Value, stack: stack_of(stack) },
        (5, [2, stack @ ..]) => End::Exceeded { limit: Limit::Arguments, stack: stack_of(stack) },
        (5, [3, stack @ ..]) => End::Exceeded { limit: Limit::Depth, stack: stack_of(stack) },
        (5, [4, stack @ ..]) => End::Exceeded { limit: Limit::Memory, stack: stack_of(stack) },
        _ => return Err(Dishonest::Malformed),
    })
}

fn decoded_thrown(mut said: &[u8]) -> Option<Thrown> {
    let mut part = || {
        let (length, rest) = said.split_first_chunk::<4>()?;
        let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        said = rest;
        Some(part)
    };
    let mut text = || part().map(|part| String::from_utf8_lossy(part).into_owned());
    let (name, message, stack) = (text()?, text()?, text()?);
    let properties = Some(part()?.to_vec()).filter(|json| !json.is_empty());
    Some(Thrown { name, message, stack, properties })
}

fn memory(caller: &mut Caller<'_, Ledger>) -> Result<Memory, Dishonest> {
    match caller.get_export(MEMORY) {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(Dishonest::Range),
    }
}

fn range(memory: &[u8], place: u32, length: u32) -> Result<&[u8], Dishonest> {
    let start = place as usize;
    memory.get(start..start + length as usize).ok_or(Dishonest::Range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(parts: &[&str]) -> Vec<u8> {
        parts.iter().flat_map(|part| [&(part.len() as u32).to_le_bytes(), part.as_bytes()].concat()).collect()
    }

    #[test]
    fn an_end_is_decoded_or_dishonest() {
        let thrown = parts(&["TypeError", "no", "at f", ""]);
        let lying = [&u32::MAX.to_le_bytes()[..], b"x"].concat();
        let cases: [(u32, &[u8], Result<&str, Dishonest>); 9] = [
            (0, b"1", Ok("Returned(Some([49]))")),
            (1, b"", Ok("Returned(None)")),
            (
                2,
                &thrown,
                Ok(r#"Threw(Thrown { name: "TypeError", message: "no", stack: "at f", properties: None })"#),
            ),
            (2, &lying, Err(Dishonest::Malformed)),
            (2, &thrown[..12], Err(Dishonest::Malformed)),
            (4, b"", Ok("Deadlocked")),
            (5, b"\x03at f", Ok(r#"Exceeded { limit: Depth, stack: "at f" }"#)),
            (5, b"", Err(Dishonest::Malformed)),
            (9, b"", Err(Dishonest::Malformed)),
        ];
        for (kind, said, expected) in cases {
            let end = decoded_end(kind, said).map(|end| format!("{end:?}"));
            assert_eq!(end.as_deref(), expected.as_ref().map(|text| *text), "{kind} {said:?}");
        }
    }

    #[test]
    fn a_range_stays_inside_the_memory() {
        let memory = [1, 2, 3];
        let cases = [(0, 3, true), (3, 0, true), (2, 2, false), (4, 0, false), (u32::MAX, u32::MAX, false)];
        for (place, length, inside) in cases {
            assert_eq!(range(&memory, place, length).is_ok(), inside, "{place} {length}");
        }
    }
}
