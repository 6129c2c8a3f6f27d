//! `narrows init`: brings the servers of all clients into one configuration and points the clients at Narrows. Nothing is written before
//! its person has seen what would be started, and everything can be taken back.

mod shown;

use std::{
    env, io,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{
    Context,
    allow::{may_ask, says_yes},
};
use crate::{
    args::{ImportArgs, InitArgs},
    clients::{Backups, Choice, Plan, Start, Undone},
    config::{Config, Effect},
    exit::{Failed, Status},
    print,
    typed::{command as typed, quoted},
};

/// How far a command may go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leave {
    Ask,
    Given,
    Never,
}

impl Leave {
    fn of(yes: bool, dry_run: bool) -> Self {
        match (yes, dry_run) {
            (_, true) => Self::Never,
            (true, _) => Self::Given,
            _ => Self::Ask,
        }
    }
}

/// `narrows init`.
pub(super) fn init(args: &InitArgs, context: &Context<'_>) -> Result<(), Failed> {
    if args.undo {
        return undo(context);
    }
    let (own, start) = (own(context)?, start(context)?);
    let choice = if args.client.is_empty() { Choice::Own } else { Choice::Named(&args.client) };
    let plan = || Plan::make(&own, &start, choice, context.around).map_err(unusable);
    carry_out(&plan, Leave::of(args.yes, args.dry_run), "init", context)
}

/// `narrows import`.
pub(super) fn import(args: &ImportArgs, context: &Context<'_>) -> Result<(), Failed> {
    let own = own(context)?;
    let file = context.around.cwd.join(&args.file);
    let plan = || Plan::import(&own, &file, context.around).map_err(unusable);
    carry_out(&plan, Leave::of(args.yes, args.dry_run), "import", context)
}

/// Shows a plan, asks, makes it anew with all files kept from other processes of Narrows, and does it if it is the same.
fn carry_out(
    plan: &dyn Fn() -> Result<Plan, Failed>,
    leave: Leave,
    command: &str,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let seen = Seen::of(plan()?, context)?;
    if !context.common.json {
        seen.print();
    }
    if seen.plan.own.names().next().is_none() {
        return Err(Failed::new(Status::Usage, "no server was found")
            .hint("`narrows add NAME -- COMMAND` adds one, `narrows add NAME URL` a remote one"));
    }
    let is_agreed = !seen.plan.changes.is_empty() && agrees(leave, context)?;
    if is_agreed {
        backups(context)?
            .locked(|held| {
                let fresh = Seen::of(plan()?, context)?;
                if !fresh.is_as(&seen) {
                    return Err(Failed::new(
                        Status::Failed,
                        "the files changed since they were shown, and nothing was done",
                    )
                    .hint(format!("look at them again: {}", typed(command))));
                }
                held.write(&fresh.plan.changes, &context.around.cwd).map_err(|why| half_done(&why))
            })
            .map_err(|error| no_backups(&error))??;
    }
    if context.common.json {
        print::json(&seen.json(is_agreed));
    }
    seen.end(is_agreed, leave, command)
}

fn half_done(why: &str) -> Failed {
    Failed::new(Status::Failed, why).hint("`narrows init --undo` takes back what was done before this")
}

fn agrees(leave: Leave, context: &Context<'_>) -> Result<bool, Failed> {
    match leave {
        Leave::Given => Ok(true),
        Leave::Never => Ok(false),
        Leave::Ask => Ok(may_ask(context) && says_yes("Do this? [y/N] ", &context.stop)?),
    }
}

/// A plan with what its configuration would do.
struct Seen {
    plan: Plan,
    /// What the servers that are new would start and connect to.
    effects: Vec<Effect>,
}

impl Seen {
    /// Reads the configuration that the plan makes: none is written that could not be read.
    fn of(plan: Plan, context: &Context<'_>) -> Result<Self, Failed> {
        let loaded = Config::of_text(plan.own.path(), &plan.own.text(), context.around);
        let effects = match plan.own.names().next() {
            None => Vec::new(),
            Some(_) => loaded?.config.effects,
        };
        let is_new = |effect: &Effect| plan.new_names().any(|name| name == effect.key);
        Ok(Self { effects: effects.into_iter().filter(is_new).collect(), plan })
    }

    fn is_as(&self, other: &Self) -> bool {
        self.plan.clients == other.plan.clients && self.effects == other.effects
    }

    fn end(&self, is_done: bool, leave: Leave, command: &str) -> Result<(), Failed> {
        if self.plan.changes.is_empty() {
            print::note("everything is as it should be: nothing to change");
        } else if is_done {
            let own = quoted(&self.plan.own.path().display().to_string());
            print::note(format_args!(
                "done; clients that run must be started again. `narrows doctor --config {own}` checks the servers, `narrows init --undo` takes this back"
            ));
        } else if leave == Leave::Never {
            print::note("nothing was changed");
        } else {
            return Err(Failed::new(Status::Failed, "nothing was changed")
                .hint(format!("look at what is shown, and do it with {}", typed(&format!("{command} --yes"))))
                .in_result());
        }
        Ok(())
    }
}

fn undo(context: &Context<'_>) -> Result<(), Failed> {
    let backups = backups(context)?;
    let undone = backups
        .locked(|held| held.undo().map(|undone| (undone, held.count())))
        .map_err(|error| no_backups(&error))?;
    let (undone, more) = undone.map_err(|why| Failed::new(Status::Internal, why))?;
    let Some(undone) = undone else {
        return Err(Failed::new(Status::Usage, "there is nothing to take back")
            .hint(format!("`{}` holds no backup", backups.folder().display())));
    };
    if context.common.json {
        let one = |(path, end): &(PathBuf, Undone)| json!({"file": path, "end": shown::word(end), "why": shown::why(end)});
        print::json(&json!({"undone": undone.iter().map(one).collect::<Vec<_>>(), "more": more}));
    } else {
        undone.iter().for_each(|(path, end)| print::out(shown::undone(path, end)));
    }
    if undone.iter().any(|(_, end)| matches!(end, Undone::Failed(_))) {
        return Err(Failed::new(Status::Failed, "not everything was taken back")
            .hint(format!(
                "mend what is named and repeat it; the files as they were are in `{}`",
                backups.folder().display()
            ))
            .in_result());
    }
    if more > 0 {
        print::note(format_args!(
            "{} before this can be taken back too, by `narrows init --undo` again",
            text::counted(more, "change")
        ));
    }
    Ok(())
}

/// The configuration that is edited: the one given, else the person's own.
pub(super) fn own(context: &Context<'_>) -> Result<PathBuf, Failed> {
    let given = context.common.config.as_ref().map(|file| context.around.cwd.join(file));
    given.or_else(|| context.around.user_file()).ok_or_else(|| {
        Failed::new(
            Status::Config,
            "there is no place for your configuration: neither `XDG_CONFIG_HOME` nor `HOME` is set",
        )
        .hint("set `HOME`, or name a file with `--config`")
    })
}

pub(super) fn backups(context: &Context<'_>) -> Result<Backups, Failed> {
    Ok(Backups::new(context.around.data_dir()?.join("init")))
}

pub(super) fn no_backups(error: &io::Error) -> Failed {
    Failed::internal("the folder of backups cannot be used", error)
}

pub(super) fn unusable(why: String) -> Failed {
    Failed::new(Status::Config, why).hint("mend the file, or move it away")
}

/// How clients start Narrows: this program, by a path that stays when it is upgraded, and the configuration, so that it is the same in
/// whatever folder they start it.
pub(super) fn start(context: &Context<'_>) -> Result<Start, Failed> {
    let program =
        env::current_exe().map_err(|error| Failed::internal("cannot find out where Narrows is", error))?;
    let on_path = on_path(&program, (context.around.variable)("PATH").as_deref());
    let command = on_path.unwrap_or(program).display().to_string();
    let own = own(context)?.display().to_string();
    Ok(Start { command, args: vec!["serve".to_owned(), "--config".to_owned(), own] })
}

/// The same program by its name on the search path, which is often a link to the version that is installed now.
fn on_path(program: &Path, path: Option<&str>) -> Option<PathBuf> {
    let real = program.canonicalize().ok()?;
    let folders = env::split_paths(path?).filter(|folder| folder.is_absolute());
    let mut candidates = folders.map(|folder| folder.join("narrows"));
    candidates.find(|candidate| candidate.canonicalize().is_ok_and(|candidate| candidate == real))
}
