//! The command line read, and what is said of one that is wrong.

use std::{ffi::OsString, process::ExitCode};

use clap::{
    CommandFactory, Parser,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

use crate::{
    args::Cli,
    exit::{self, Failed, Status},
    typed::quoted,
};

/// The command line; or the exit code, when all is said.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    let words: Vec<OsString> = std::env::args_os().collect();
    Cli::try_parse_from(&words).map_err(|error| report(&explained(error, &words), &words))
}

/// An error with the tip that helps.
fn explained(error: Error, words: &[OsString]) -> Error {
    with_suggestion(for_configurations(for_scripts(error, words)))
}

/// Help and version are results; all else is a mistake.
fn report(error: &Error, words: &[OsString]) -> ExitCode {
    let printed = error.print();
    if !error.use_stderr() {
        return match printed {
            Ok(()) => exit::finish(ExitCode::SUCCESS),
            Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(why) => Failed::new(Status::Output, format!("cannot write to stdout: {why}")).report(),
        };
    }
    if words.iter().take_while(|word| *word != "--").any(|word| word == "--json") {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
        let failed = Failed::new(Status::Usage, message.trim());
        let failed = if rest.trim().is_empty() { failed } else { failed.hint(rest.trim()) };
        failed.print_json();
    }
    exit::finish(ExitCode::from(Status::Usage as u8))
}

/// Says of the script of `run` or `plan`, and of its arguments, where they stand.
fn for_scripts(error: Error, words: &[OsString]) -> Error {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return error };
    let usage = usage.to_string();
    let takes_script = |verb: &&str| usage.contains(&format!("narrows {verb} "));
    let Some(verb) = ["run", "plan"].into_iter().find(takes_script) else { return error };
    let is_code = words.iter().any(|word| word == "-e" || word == "--eval");
    let script = if is_code { "-e CODE" } else { "FILE" };
    let tip = match error.get(ContextKind::InvalidArg) {
        // What looks like an option may be one of ours, misspelt.
        Some(ContextValue::String(argument))
            if error.kind() == ErrorKind::UnknownArgument && !argument.starts_with('-') =>
        {
            format!(
                "arguments of the script come after `--`: `narrows {verb} {script} -- {}`",
                quoted(argument)
            )
        }
        Some(_) if error.kind() == ErrorKind::ArgumentConflict && is_code => {
            format!("arguments of the script come after `--`: `narrows {verb} -e CODE -- ARGUMENT`")
        }
        Some(_) if error.kind() == ErrorKind::MissingRequiredArgument => {
            "name a file, write `-` to read the script from stdin, or give its code with `-e CODE`".to_owned()
        }
        _ => return error,
    };
    with_tip(error, tip)
}

/// Says how a configuration is named.
fn for_configurations(error: Error) -> Error {
    let tip = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(file))
            if error.kind() == ErrorKind::UnknownArgument && file.ends_with(".json") =>
        {
            format!("a configuration is named with an option: `--config {}`", quoted(file))
        }
        _ => return error,
    };
    with_tip(error, tip)
}

fn with_tip(mut error: Error, tip: String) -> Error {
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// Names the command that was meant, also where letters changed places.
fn with_suggestion(mut error: Error) -> Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(near) = nearest(typed)
    {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![near]));
    }
    error
}

fn nearest(typed: &str) -> Option<String> {
    let all = Cli::command();
    let shown = all.get_subcommands().filter(|command| !command.is_hide_set());
    text::nearest(typed, shown.map(clap::Command::get_name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_and_its_arguments_are_said_to_stand_where_they_do() {
        for (words, expect) in [
            (
                &["run", "s.ts", "a", "b"][..],
                "tip: arguments of the script come after `--`: `narrows run FILE -- a`",
            ),
            (
                &["run", "-e", "return args", "a"],
                "tip: arguments of the script come after `--`: `narrows run -e CODE -- ARGUMENT`",
            ),
            (
                &["run", "-e", "return args", "a", "b"],
                "tip: arguments of the script come after `--`: `narrows run -e CODE -- b`",
            ),
            (
                &["plan", "s.ts", "a"],
                "tip: arguments of the script come after `--`: `narrows plan FILE -- a`",
            ),
            (&["allow", "a/b.json"], "tip: a configuration is named with an option: `--config a/b.json`"),
            (
                &["tools", "slack", "a.json"],
                "tip: a configuration is named with an option: `--config a.json`",
            ),
            (&["run", "s.ts", "--name", "b"], "to pass '--name' as a value, use '-- --name'"),
            (
                &["run"],
                "tip: name a file, write `-` to read the script from stdin, or give its code with `-e CODE`",
            ),
        ] {
            let words: Vec<_> = ["narrows"].iter().chain(words).map(OsString::from).collect();
            let error = Cli::try_parse_from(&words).err().map(|error| explained(error, &words));
            let said = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains(expect), "{words:?}: {said}");
        }
        let error = Cli::try_parse_from(["narrows", "search"]).err().map(|error| for_scripts(error, &[]));
        assert!(!error.is_some_and(|error| error.to_string().contains("-e CODE")));
    }

    #[test]
    fn the_command_that_was_meant_is_named() {
        for (typed, expect) in [
            ("rnu", Some("run")),
            ("serach", Some("search")),
            ("doctr", Some("doctor")),
            ("tool", Some("tools")),
            ("frobnicate", None),
            ("x", None),
            ("demo-serve", Some("demo")),
        ] {
            assert_eq!(nearest(typed).as_deref(), expect, "{typed}");
        }
        let error = Cli::try_parse_from(["narrows", "rnu", "a.ts"]).err().map(with_suggestion);
        let said = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("similar subcommand exists: 'run'"), "{said}");
    }
}
