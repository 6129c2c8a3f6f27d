//! Folders of skills: what is kept, what is refused, and what several processes see.

use super::*;

fn store(folder: &tempfile::TempDir) -> SkillStore {
    SkillStore::new(folder.path().join("skills"))
}

fn save(store: &SkillStore, name: &str, source: &str) -> Result<Skill, SkillError> {
    store.save(name, &source.into(), SavedBy::Person, None)
}

fn names(kept: &[Kept]) -> Vec<&str> {
    kept.iter().map(|kept| &*kept.name).collect()
}

fn folder_of(name: &str, source: &str) -> SkillContent {
    let about = format!("---\nname: {name}\ndescription: From SKILL.md\n---\n# Text\n");
    SkillContent { source: source.to_owned(), about: Some(about) }
}

#[test]
fn skills_are_kept_listed_and_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    assert_eq!(store.list(), []);
    let saved = save(&store, "report", "// The weekly report\nexport const a = 1;").expect("saved");
    assert_eq!(
        (&*saved.description, &*saved.path, saved.versions),
        ("The weekly report", "/skills/report.ts", 1)
    );
    save(&store, "helpers", "export const b = 2;").expect("saved");
    assert_eq!(store.names(), ["helpers", "report"]);
    let replaced = save(&store, "report", "export const a = 2;").expect("replaced");
    assert_eq!(replaced.versions, 2);
    assert_eq!(save(&store, "report", "export const a = 2;").expect("the same"), replaced);
    assert_eq!(store.saved("report").expect("there").content.source, "export const a = 2;");
    let before = saved.version.expect("a version");
    let (version, content) = store.version("report", &before[..8]).expect("kept");
    assert_eq!((version.version, version.saved_by), (before, SavedBy::Person));
    assert_eq!(content.source, "// The weekly report\nexport const a = 1;");
    let unknown = store.version("report", "zz").expect_err("none").to_string();
    assert!(
        unknown.starts_with("no version of the skill `report` begins with `zz`; there are `"),
        "{unknown}"
    );
    store.remove("report").expect("removed");
    assert!(matches!(store.remove("report"), Err(SkillError::Unknown(_))));
    for name in ["", "../x", "a/b", "a.b", "ä", &"x".repeat(65)] {
        assert!(matches!(save(&store, name, ""), Err(SkillError::BadName(_))), "{name}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path().join("skills/.versions")).expect("a list").collect();
    assert_eq!(left.len(), 2, "those of `helpers`");
}

#[test]
fn a_skill_is_a_file_or_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let path = |name: &str| folder.path().join("skills").join(name);
    save(&store, "deals", "export const a = 1;").expect("saved");
    let content = folder_of("deals", "export const a = 2;");
    let saved = store.save("deals", &content, SavedBy::Person, None).expect("saved");
    assert_eq!((&*saved.path, &*saved.description), ("/skills/deals/index.ts", "From SKILL.md"));
    assert!(!path("deals.ts").exists(), "one form of it is there");
    assert_eq!(store.saved("deals").expect("there").content, content);
    save(&store, "deals", "export const a = 3;").expect("saved");
    assert_eq!(std::fs::read_to_string(path("deals/index.ts")).expect("read"), "export const a = 3;");
    assert!(!path("deals/SKILL.md").exists());
    std::fs::write(path("deals.ts"), "export const a = 4;").expect("written");
    let both = store.kept("deals").expect_err("two").to_string();
    let expect =
        "the skill `deals` cannot be read: `deals.ts` and `deals/` are both there: remove one of them";
    assert_eq!(both, expect);
    store.remove("deals").expect("removed");
    assert!(!path("deals").exists() && !path("deals.ts").exists());
}

#[test]
fn what_cannot_be_read_as_a_skill_is_named_with_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SkillStore::of_workspace(folder.path().join("skills"), "w");
    assert_eq!(store.unreadable().expect("none is there"), []);
    save(&store, "fine", "export const a = 1;").expect("saved");
    let path = |name: &str| folder.path().join("skills").join(name);
    for name in ["two", "empty", "fold er"] {
        std::fs::create_dir(path(name)).expect("made");
    }
    for file in ["two.ts", "two/index.ts", "my skill.ts", "notes.txt"] {
        std::fs::write(path(file), "export const a = 1;").expect("written");
    }
    std::fs::write(path("bytes.ts"), [0xff, 0xfe]).expect("written");
    std::os::unix::fs::symlink("/etc/hostname", path("link.ts")).expect("linked");
    let unreadable = store.unreadable().expect("a list");
    assert!(unreadable.iter().all(|skill| skill.workspace.as_deref() == Some("w")));
    let told: Vec<_> = unreadable.iter().map(|skill| (&*skill.name, &*skill.problem)).collect();
    let link = format!(
        "`{}` is a link, which is not followed: put what it leads to in its place",
        path("link.ts").display()
    );
    let named =
        |name| format!("`{name}` is not a name for a skill; use 1 to 64 letters, digits, `_` and `-`");
    assert_eq!(
        told,
        [
            ("bytes", "it is not UTF-8 text"),
            ("empty", "its folder has no `index.ts`"),
            ("fold er", &*named("fold er")),
            ("link", &*link),
            ("my skill", &*named("my skill")),
            ("two", "`two.ts` and `two/` are both there: remove one of them"),
        ]
    );
    assert_eq!(names(&store.list()), ["fine"]);

    std::fs::rename(path(""), folder.path().join("moved")).expect("moved");
    std::os::unix::fs::symlink("moved", folder.path().join("skills")).expect("linked");
    assert!(store.unreadable().is_err(), "the folder itself is a link");
}

#[test]
fn what_was_changed_by_hand_is_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let path = |name: &str| folder.path().join("skills").join(name);
    save(&store, "report", "export const a = 1;").expect("saved");
    store.save("deals", &folder_of("deals", "export const a = 1;"), SavedBy::Person, None).expect("saved");
    std::fs::write(path("report.ts"), "export const a = 2;").expect("written");
    std::fs::write(path("deals/SKILL.md"), "---\nname: deals\ndescription: Else\n---\n").expect("written");
    std::fs::write(path("other.ts"), "export const a = 3;").expect("written");
    for (name, state, says) in [
        ("report", SkillState::Changed, "was changed since it was saved"),
        ("deals", SkillState::Changed, "was changed since it was saved"),
        ("other", SkillState::New, "was put into the folder by hand"),
    ] {
        assert_eq!(store.kept(name).expect("there").state(), state, "{name}");
        let refused = store.saved(name).expect_err("refused").to_string();
        assert_eq!(refused, format!("the skill `{name}` {says}, and is not used before a person accepts it"));
    }
    save(&store, "report", "export const a = 2;").expect("accepted");
    assert_eq!(store.saved("report").expect("used").versions.len(), 2);
}

#[test]
fn skills_of_before_are_taken_as_they_are_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let path = folder.path().join("skills");
    std::fs::create_dir_all(path.join("deals")).expect("made");
    std::fs::write(path.join("report.ts"), "export const a = 1;").expect("written");
    std::fs::write(path.join("deals/index.ts"), "export const a = 1;").expect("written");
    for name in ["report", "deals"] {
        let saved = store.saved(name).expect("taken");
        assert_eq!(saved.versions[0].saved_by, SavedBy::Found, "{name}");
    }
    std::fs::write(path.join("late.ts"), "export const a = 1;").expect("written");
    assert_eq!(store.kept("late").expect("there").state(), SkillState::New);
}

#[test]
fn what_a_killed_process_had_begun_to_save_is_finished() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let path = |name: &str| folder.path().join("skills").join(name);
    let (old, new) = (folder_of("deals", "export const a = 1;"), folder_of("deals", "export const a = 2;"));
    store.save("deals", &old, SavedBy::Person, None).expect("saved");
    store.save("deals", &new, SavedBy::Person, None).expect("saved");
    // As it is before the second's files are written.
    let list = std::fs::read_to_string(path(".versions/deals.json")).expect("read");
    let unwritten = list.replace(r#""is_unwritten":false"#, r#""is_unwritten":true"#);
    assert_ne!(list, unwritten);
    std::fs::write(path(".versions/deals.json"), unwritten).expect("written");
    std::fs::write(path("deals/index.ts"), &old.source).expect("written");
    assert_eq!(store.saved("deals").expect("finished").content, new);
    assert_eq!(std::fs::read_to_string(path("deals/index.ts")).expect("read"), new.source);
    assert_eq!(std::fs::read_to_string(path(".versions/deals.json")).expect("read"), list);
}

#[test]
fn a_skill_is_a_file_of_its_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    save(&store, "good", "export const a = 1;").expect("saved");
    let path = |name: &str| folder.path().join("skills").join(name);
    std::os::unix::fs::symlink("/etc/passwd", path("link.ts")).expect("linked");
    std::os::unix::fs::symlink("/dev/zero", path("zero.ts")).expect("linked");
    std::os::unix::fs::symlink("/etc", path("etc")).expect("linked");
    let pipe = std::process::Command::new("mkfifo").arg(path("pipe.ts")).status().expect("mkfifo starts");
    assert!(pipe.success());
    std::fs::write(path("large.ts"), " ".repeat(1024 * 1024 + 1)).expect("written");
    for (name, says) in [
        ("link", "link.ts` is a link, which is not followed: put what it leads to in its place"),
        ("zero", "zero.ts` is a link, which is not followed: put what it leads to in its place"),
        ("etc", "etc` is a link, which is not followed: put what it leads to in its place"),
        ("pipe", "the skill `pipe` cannot be read: it is a named pipe, not a regular file"),
        ("large", "the skill `large` cannot be read: it has more than 1048576 bytes"),
    ] {
        let said = store.saved(name).expect_err("refused").to_string();
        assert!(said.ends_with(says), "{said}");
    }
    assert_eq!(names(&store.list()), ["good"]);
}

#[test]
fn two_that_save_one_skill_leave_one_whole_and_both_versions() {
    let folder = tempfile::tempdir().expect("a folder");
    let sources =
        |of: &str| (0..8).map(|at| folder_of("deals", &format!("export const {of} = {at};"))).collect();
    let all: [Vec<SkillContent>; 2] = [sources("a"), sources("b")];
    std::thread::scope(|scope| {
        for contents in &all {
            // As another process has it: a store of its own.
            let store = store(&folder);
            scope.spawn(move || {
                for content in contents {
                    store.save("deals", content, SavedBy::Person, None).expect("saved");
                }
            });
        }
        let reader = store(&folder);
        scope.spawn(move || {
            for _ in 0..200 {
                match reader.saved("deals") {
                    Ok(_) | Err(SkillError::Unknown(_)) => {}
                    Err(error) => panic!("torn: {error}"),
                }
            }
        });
    });
    let kept = store(&folder).saved("deals").expect("there");
    let versions: Vec<_> = kept.versions.iter().map(|version| &*version.version).collect();
    for content in all.iter().flatten() {
        assert!(versions.contains(&&*content.version()), "{content:?}");
    }
    assert_eq!(versions.len(), 16);
}

#[test]
fn skills_are_found_by_a_word_of_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    save(&store, "weeklyReport", "// Sums up what was sold").expect("saved");
    save(&store, "deals", "// Sums up what was won").expect("saved");
    let shelf = Shelf::new(vec![store]);
    for (query, expect) in [
        ("make the weekly numbers", &["weeklyReport"][..]),
        ("Sums", &["deals", "weeklyReport"]),
        ("up", &[]),
        ("", &[]),
    ] {
        let found = shelf.find(&[query.to_owned()]);
        assert_eq!(found.iter().map(|(skill, _)| &*skill.name).collect::<Vec<_>>(), expect, "{query}");
    }
}
