//! `narrows types`: the TypeScript tree as a folder for an editor; or one schema's type.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use files::Folder;
use host::SkillError;
use surface::{EDITOR_FILES, Owner, Surface};

use super::{Context, Needs, Servers, read_input};
use crate::{
    args::{ServersArgs, TypesArgs},
    config::Config,
    exit::{Failed, Status},
    gateway::Gateway,
    print,
    typed::quoted,
};

/// The path and the source of a skill.
type SkillFile = (String, String);

pub(super) async fn types(args: TypesArgs, context: &Context<'_>) -> Result<(), Failed> {
    if let (Some(schema), Some(name)) = (&args.schema, &args.name) {
        return one_schema(schema, name, context);
    }
    let Some(folder) = &args.out_dir else {
        return Err(Failed::new(Status::Usage, "a folder to write to is needed"));
    };
    check_folder(folder)?;
    let gateway = context.start(Servers::asked(&args.servers), Needs::Definitions)?;
    let settled = async {
        context.settle(&gateway).await;
        let skills = skills(&gateway).map_err(|error| Failed::new(Status::Failed, error.to_string()))?;
        Ok((gateway.surface(), skills))
    };
    let (surface, skills) = context.with(&gateway, settled).await?;
    let run = run_command(&gateway.config, &args.servers, folder, context);
    let count = write_folder(&surface, &skills, folder, &run)
        .map_err(|error| Failed::internal(&format!("cannot write to `{}`", folder.display()), error))?;
    if context.common.json {
        print::json(&serde_json::json!({"folder": folder, "files": count}));
    } else {
        print::out(format_args!("wrote {count} files to {}", folder.display()));
    }
    Ok(())
}

fn skills(gateway: &Gateway) -> Result<Vec<SkillFile>, SkillError> {
    let skills = gateway.host.skills().into_iter();
    skills
        .map(|skill| {
            let source = gateway.host.skill(&skill.name, None)?.1.source;
            Ok((skill.path.trim_start_matches('/').to_owned(), source))
        })
        .collect()
}

fn one_schema(path: &Path, name: &str, context: &Context<'_>) -> Result<(), Failed> {
    let text = read_input(path, &context.stop)?;
    let schema = serde_json::from_str(&text)
        .map_err(|error| Failed::new(Status::Usage, format!("`{}` is not JSON: {error}", path.display())))?;
    print::out(surface::typescript_of_schema(&schema, name).trim_end());
    Ok(())
}

/// The command that runs a script of the folder from there: what lies in the folder around it is not found from there.
fn run_command(config: &Config, servers: &ServersArgs, folder: &Path, context: &Context<'_>) -> String {
    let cwd = &context.around.cwd;
    let named = |file: &Path| quoted(&way(&cwd.join(folder), file).display().to_string());
    let option = match (&config.file, &servers.mock) {
        _ if servers.demo => " --demo".to_owned(),
        (None, Some(recording)) => format!(" --mock {}", named(&cwd.join(recording))),
        (Some(file), Some(recording)) => {
            format!(" --config {} --mock {}", named(file), named(&cwd.join(recording)))
        }
        (Some(file), None) if context.common.config.is_some() || file.parent() == Some(cwd) => {
            format!(" --config {}", named(file))
        }
        // The person's own is found from everywhere.
        _ => String::new(),
    };
    format!("`narrows run{option} report.ts`")
}

/// The way from a folder to a file: relative where the one lies below a folder of the other, so that both can move together.
fn way(folder: &Path, file: &Path) -> PathBuf {
    let plain =
        |path: &Path| path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let folder: PathBuf = folder.components().collect();
    match file.parent().and_then(|around| folder.strip_prefix(around).ok().zip(Some(around))) {
        Some((below, around)) if plain(&folder) => match file.strip_prefix(around) {
            Ok(name) => {
                below.components().map(|_| Component::ParentDir.as_os_str()).collect::<PathBuf>().join(name)
            }
            Err(_) => file.to_owned(),
        },
        _ => file.to_owned(),
    }
}

/// Marks a folder as written by us, so that it may be written anew.
const MARK: &str = ".narrows-types";

fn check_folder(folder: &Path) -> Result<(), Failed> {
    let empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let name = folder.display();
            return Err(Failed::new(
                Status::Usage,
                format!("`{name}` is a file; a folder to write to is needed"),
            )
            .hint(format!("for the type of a JSON Schema write `--schema {name} --name NAME`")));
        }
        Err(error) => return Err(Failed::new(Status::Usage, format!("`{}`: {error}", folder.display()))),
    };
    if empty || folder.join(MARK).exists() {
        return Ok(());
    }
    Err(Failed::new(
        Status::Usage,
        format!("`{}` holds files that `narrows types` did not write", folder.display()),
    )
    .hint("name a new or empty folder"))
}

/// Writes inside of the folder alone: what lies there may be links, made by the program that wrote the folder before.
fn write_folder(surface: &Surface, skills: &[SkillFile], folder: &Path, run: &str) -> io::Result<usize> {
    let opened = Folder::named(folder)?;
    let folder = opened.dir();
    for part in ["servers", "skills"] {
        match folder.remove_dir_all(part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    folder.write(MARK, "written by `narrows types`\n")?;
    let tree = surface.files().chain(skills.iter().cloned());
    let mut count = 0;
    for (path, text) in tree {
        let path = Path::new(&path);
        if let Some(parent) = path.parent() {
            folder.create_dir_all(parent)?;
        }
        folder.write(path, text)?;
        count += 1;
    }
    Ok(count + write_editor_files(&opened, run)?)
}

/// How the files say that a script is run.
const RUN: &str = "`narrows run report.ts`";

/// Writes what makes a folder of an editor, but for what is there and has become the person's.
fn write_editor_files(folder: &Folder, run: &str) -> io::Result<usize> {
    let folder = folder.dir();
    let mut count = 0;
    for file in EDITOR_FILES {
        if file.owner == Owner::Narrows || folder.symlink_metadata(file.name).is_err() {
            folder.write(file.name, file.text.replace(RUN, run))?;
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_around_a_folder_is_named_from_there() {
        for (folder, file, expect) in [
            ("/a/gen", "/a/narrows.json", "../narrows.json"),
            ("/a/./b/gen/", "/a/.mcp.json", "../../.mcp.json"),
            ("/a", "/a/narrows.json", "narrows.json"),
            ("/b/gen", "/a/narrows.json", "/a/narrows.json"),
            ("/a/x/../../b", "/a/narrows.json", "/a/narrows.json"),
        ] {
            assert_eq!(way(Path::new(folder), Path::new(file)), Path::new(expect), "{folder}");
        }
    }
}
