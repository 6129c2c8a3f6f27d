//! `narrows allow`: what a configuration would do, and agreeing to it; and the question that every other command asks before it
//! uses one that lay in the current folder.

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Context, input::until_stopped};
use crate::{
    agreement::{Agreements, Standing, Written},
    args::AllowArgs,
    config::{Config, Effect, Loaded, Origin},
    exit::{Failed, Status},
    print,
    typed::command,
};

const AGREE: &str = "Agree to this? [y/N] ";

pub(super) fn allow(args: &AllowArgs, context: &Context<'_>) -> Result<(), Failed> {
    let agreements = agreements(context)?;
    match &args.revoke {
        _ if args.list => return list(&agreements, context),
        Some(file) => return revoke(file.as_deref(), &agreements, context),
        None => {}
    }
    let loaded = context.read()?;
    let standing = standing(&agreements, &loaded.written)?;
    if !context.common.json {
        lines(&loaded, &standing).into_iter().for_each(print::out);
    }
    if let Some(why) = needs_none(&loaded, context) {
        if context.common.json {
            print::json(&as_json(&loaded, &standing, Answer::NotNeeded));
        }
        print::note(format_args!("{} {why}", shown(&loaded.written)));
        return Ok(());
    }
    let agrees =
        standing == Standing::Agreed || args.yes || (may_ask(context) && says_yes(AGREE, &context.stop)?);
    if agrees && standing != Standing::Agreed {
        agree(&agreements, &loaded.written)?;
    }
    if context.common.json {
        let answer = if agrees { Answer::Agreed } else { Answer::NotAgreed };
        print::json(&as_json(&loaded, &standing, answer));
    }
    if !agrees {
        return Err(Failed::new(Status::Failed, format!("{} is not agreed to", shown(&loaded.written)))
            .hint(format!("look at what is shown, and agree to it with {}", command("allow --yes")))
            .in_result());
    }
    print::note(format_args!("{} is agreed to", shown(&loaded.written)));
    Ok(())
}

/// Why a configuration needs no agreement, where that is so. One that `--config` names can be agreed to, for when it is found.
fn needs_none(loaded: &Loaded, context: &Context<'_>) -> Option<&'static str> {
    if loaded.config.effects.is_empty() {
        return Some("needs no agreement");
    }
    let is_own = loaded.origin == Origin::Own && context.common.config.is_none();
    is_own.then_some("is your own file and needs no agreement; this folder has no configuration")
}

/// What a person said of a configuration.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Agreed,
    NotAgreed,
    NotNeeded,
}

/// Refuses a configuration that lay in the current folder until its person has agreed to it; asks where a person can answer.
/// One that does nothing a person should know before can be used unseen.
pub(super) fn require(loaded: &Loaded, context: &Context<'_>) -> Result<(), Failed> {
    match missing(loaded, context)? {
        None => Ok(()),
        Some(standing) => Err(Failed::new(Status::Config, not_agreed(&loaded.written, &standing)).hint(
            "`narrows allow` shows what it does, `narrows allow --yes` agrees to it; a file named by `--config` needs no agreement",
        )),
    }
}

/// The configuration to serve an agent with. An agent cannot agree to anything, and without any tool it cannot say what is
/// missing either: so what lay in the current folder and is not agreed to makes way for the person's own file, or for none.
pub(super) fn to_serve(loaded: Loaded, context: &Context<'_>) -> Result<Config, Failed> {
    let Some(standing) = missing(&loaded, context)? else { return Ok(loaded.config) };
    let why = not_agreed(&loaded.written, &standing);
    let own = Config::load_own(context.around)?;
    let instead = match &own {
        Some(own) => format!("{} is used instead", shown(&own.written)),
        None => "no server is started".to_owned(),
    };
    context.warn(format_args!("{why}; {instead} until you type `narrows allow` there and start this again"));
    let config = match own {
        Some(own) => own.config,
        None => context.bare()?,
    };
    Ok(Config { not_agreed: Some(loaded.written.path), ..config })
}

/// How a configuration stands that its person has not agreed to, where that is needed and not given now.
fn missing(loaded: &Loaded, context: &Context<'_>) -> Result<Option<Standing>, Failed> {
    if loaded.origin == Origin::Own || loaded.config.effects.is_empty() {
        return Ok(None);
    }
    let agreements = agreements(context)?;
    let standing = standing(&agreements, &loaded.written)?;
    if standing == Standing::Agreed {
        return Ok(None);
    }
    if may_ask(context) {
        lines(loaded, &standing).iter().for_each(print::note);
        if says_yes(AGREE, &context.stop)? {
            return agree(&agreements, &loaded.written).map(|()| None);
        }
    }
    Ok(Some(standing))
}

fn not_agreed(written: &Written, standing: &Standing) -> String {
    let file = shown(written);
    match standing {
        Standing::Changed(_) => format!("{file} changed since you agreed to it"),
        _ => format!("{file} lies in the current folder, and you have not agreed to what it does"),
    }
}

/// Keeps what was agreed to of a configuration in force after its person has changed it by a command.
pub(super) fn agree_again(loaded: &Loaded, context: &Context<'_>) -> Result<(), Failed> {
    if loaded.config.effects.is_empty() {
        return Ok(());
    }
    agree(&agreements(context)?, &loaded.written)
}

fn agreements(context: &Context<'_>) -> Result<Agreements, Failed> {
    Ok(Agreements::new(context.around.data_dir()?.join("agreements")))
}

fn standing(agreements: &Agreements, written: &Written) -> Result<Standing, Failed> {
    agreements.standing(written).map_err(|error| unusable(agreements, &error))
}

fn agree(agreements: &Agreements, written: &Written) -> Result<(), Failed> {
    agreements.agree(written).map_err(|error| unusable(agreements, &error))
}

fn unusable(agreements: &Agreements, error: &io::Error) -> Failed {
    let folder = agreements.folder().display();
    Failed::internal(&format!("the agreements in `{folder}` cannot be used"), error)
}

fn shown(written: &Written) -> String {
    format!("`{}`", written.path.display())
}

/// What the configuration does, and what is different from what was agreed to.
fn lines(loaded: &Loaded, standing: &Standing) -> Vec<String> {
    let file = shown(&loaded.written);
    let mut lines = Vec::new();
    if let Standing::Changed(diff) = standing {
        lines.push(format!("{file} changed since you agreed to it:"));
        let nothing = "only in line ends";
        let diff = if diff.is_empty() { nothing } else { diff.as_str() };
        lines.extend(diff.lines().map(|line| format!("    {line}")));
    }
    if loaded.config.effects.is_empty() {
        lines.push(format!("{file} starts no program and connects to nothing"));
        return lines;
    }
    lines.push(file);
    lines.extend(loaded.config.effects.iter().flat_map(lines_of));
    lines
}

/// One thing that a configuration does, and what else is said of it.
pub(super) fn lines_of(effect: &Effect) -> Vec<String> {
    let one_line = |text: &str| text.replace(['\n', '\r'], "\u{fffd}");
    let head = format!("  {} {} ({})", effect.does.word(), one_line(&effect.what), one_line(&effect.key));
    let with = effect.with.iter().map(|with| format!("      {}", one_line(with)));
    std::iter::once(head).chain(with).collect()
}

fn as_json(loaded: &Loaded, standing: &Standing, answer: Answer) -> Value {
    let changes = match standing {
        Standing::Changed(diff) => Some(diff),
        _ => None,
    };
    json!({
        "file": loaded.written.path,
        "sha256": loaded.written.hash,
        "needed": answer != Answer::NotNeeded,
        "agreed": *standing == Standing::Agreed || answer == Answer::Agreed,
        "changes": changes,
        "does": loaded.config.effects,
    })
}

fn list(agreements: &Agreements, context: &Context<'_>) -> Result<(), Failed> {
    let all = agreements.list().map_err(|error| unusable(agreements, &error))?;
    if context.common.json {
        let one = |it: &crate::agreement::Agreement| json!({"file": it.file, "sha256": it.hash, "agreed_at_ms": it.agreed_at_ms});
        print::json(&all.iter().map(one).collect::<Vec<_>>());
    } else if all.is_empty() {
        print::note("you have agreed to no configuration");
    } else {
        all.iter().for_each(|it| print::out(&it.file));
    }
    Ok(())
}

fn revoke(file: Option<&Path>, agreements: &Agreements, context: &Context<'_>) -> Result<(), Failed> {
    let files: Vec<PathBuf> = match file {
        Some(file) => vec![context.around.cwd.join(file)],
        None => context.around.project_files().into(),
    };
    let mut revoked = Vec::new();
    for file in files {
        if agreements.revoke(&file).map_err(|error| unusable(agreements, &error))? {
            revoked.push(file.display().to_string());
        }
    }
    if revoked.is_empty() {
        return Err(Failed::new(Status::Usage, "you have agreed to no such configuration")
            .hint("`narrows allow --list` lists those you have agreed to"));
    }
    if context.common.json {
        print::json(&json!({"revoked": revoked}));
    } else {
        revoked.iter().for_each(|file| print::out(format_args!("revoked {file}")));
    }
    Ok(())
}

/// Whether a person sits at the other end and reads more than JSON.
pub(super) fn may_ask(context: &Context<'_>) -> bool {
    !context.common.json && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks, and waits for the answer.
pub(super) fn says_yes(question: &str, stop: &CancellationToken) -> Result<bool, Failed> {
    let _ = write!(io::stderr().lock(), "{question}");
    let line = until_stopped(stop, || {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    })?;
    Ok(matches!(line.unwrap_or_default().trim(), "y" | "Y" | "yes" | "Yes"))
}
