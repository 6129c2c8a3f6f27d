//! `narrows types`: the TypeScript tree as a folder for an editor; or one schema's type.

use std::{fs, io, path::Path};

use files::Folder;
use host::SkillError;
use surface::{EDITOR_FILES, Owner, Surface};

use super::{Context, Needs, Servers, read_input};
use crate::{
    args::TypesArgs,
    exit::{Failed, Status},
    gateway::Gateway,
    print,
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
    let gateway = context.start(Servers::asked(args.demo), Needs::Definitions)?;
    let settled = async {
        context.settle(&gateway).await;
        let skills = skills(&gateway).map_err(|error| Failed::new(Status::Failed, error.to_string()))?;
        Ok((gateway.surface(), skills))
    };
    let (surface, skills) = context.with(&gateway, settled).await?;
    let count = write_folder(&surface, &skills, folder)
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
        .map(|skill| Ok((format!("skills/{}.ts", skill.name), gateway.host.skill_source(&skill.name)?)))
        .collect()
}

fn one_schema(path: &Path, name: &str, context: &Context<'_>) -> Result<(), Failed> {
    let text = read_input(path, &context.stop)?;
    let schema = serde_json::from_str(&text)
        .map_err(|error| Failed::new(Status::Usage, format!("`{}` is not JSON: {error}", path.display())))?;
    print::out(surface::typescript_of_schema(&schema, name).trim_end());
    Ok(())
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

/// Writes inside of the folder alone: what lies there may be links, of whoever wrote the folder before.
fn write_folder(surface: &Surface, skills: &[SkillFile], folder: &Path) -> io::Result<usize> {
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
    Ok(count + write_editor_files(&opened)?)
}

/// Writes what makes a folder of an editor, but for what is there and has become the person's.
fn write_editor_files(folder: &Folder) -> io::Result<usize> {
    let folder = folder.dir();
    let mut count = 0;
    for file in EDITOR_FILES {
        if file.owner == Owner::Narrows || folder.symlink_metadata(file.name).is_err() {
            folder.write(file.name, file.text)?;
            count += 1;
        }
    }
    Ok(count)
}
