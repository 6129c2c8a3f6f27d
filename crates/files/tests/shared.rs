//! Folders that several writers share, some of which are killed.

use std::{fs, thread};

use files::{Folder, Temporary};

#[test]
fn writers_at_once_leave_whole_files_and_nothing_else() {
    let place = tempfile::tempdir().expect("a folder");
    thread::scope(|scope| {
        for writer in 0..4_u8 {
            let path = place.path();
            scope.spawn(move || {
                for round in 0..50 {
                    // A handle of its own, as another process has.
                    let folder = Folder::make(path).expect("a folder");
                    folder.lock().expect("locked").replace("a", &[writer; 5_000]).expect("written");
                    let read = folder.read("a", 5_000).expect("read");
                    assert!(read.len() == 5_000 && read.iter().all(|byte| *byte == read[0]), "round {round}");
                }
            });
        }
    });
    let mut names: Vec<_> =
        fs::read_dir(place.path()).expect("listed").flatten().map(|it| it.file_name()).collect();
    names.sort();
    assert_eq!(names, [".lock", "a"]);
}

#[test]
fn what_a_dead_writer_left_is_swept_by_the_next() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = Folder::make(place.path()).expect("a folder");
    // Forgotten, as by a process that was killed.
    std::mem::forget(Temporary::write(folder.dir(), b"half").expect("written"));
    assert_eq!(fs::read_dir(place.path()).expect("listed").count(), 1);
    folder.lock().expect("locked").replace("a", b"whole").expect("written");
    assert_eq!(fs::read_dir(place.path()).expect("listed").count(), 2, "the lock and `a`");
}

#[test]
fn no_link_leads_out_of_a_folder() {
    let place = tempfile::tempdir().expect("a folder");
    let outside = tempfile::tempdir().expect("a folder");
    let secret = outside.path().join("secret");
    fs::write(&secret, "secret").expect("written");
    let folder = Folder::make(&place.path().join("own")).expect("a folder");
    let link = place.path().join("own/link");
    std::os::unix::fs::symlink(&secret, &link).expect("linked");
    let refused = folder.read("link", 100).expect_err("refused").to_string();
    assert!(
        refused.ends_with("own/link` is a link, which is not followed: put what it leads to in its place"),
        "{refused}"
    );
    assert!(folder.open_file("link").is_err());
    folder.lock().expect("locked").replace("link", b"mine").expect("written");
    assert_eq!(fs::read_to_string(&secret).expect("read"), "secret");
    assert_eq!(folder.read("link", 100).expect("read"), b"mine");

    std::os::unix::fs::symlink(outside.path(), place.path().join("linked")).expect("linked");
    assert!(Folder::make(&place.path().join("linked")).is_err());
}
