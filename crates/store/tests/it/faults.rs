//! Killed writers, damaged files, other programs' files.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write, stdout},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use store::{StoreError, Which};

use crate::fixture::{Fixture, begun, ended, run};

/// In a process with this variable [`writes_until_it_is_killed`] writes to the database of its path.
const WRITER: &str = "NARROWS_TEST_WRITER";

/// Entries that were acknowledged before the writer is killed, once for each writer.
const KILLED_AFTER: [usize; 6] = [0, 1, 7, 50, 200, 500];

/// Not a test by itself: the process that [`what_was_acknowledged_outlives_the_writer`] kills.
#[tokio::test]
async fn writes_until_it_is_killed() {
    let Some(path) = env::var_os(WRITER) else { return };
    let place = store::Where::File { path: path.into(), sync: store::Sync::Normal };
    let store = store::Store::open(place).await.expect("a store");
    let name = format!("run {}", std::process::id());
    let lease = begun(&store, &name, "me", 1).await;
    writeln!(stdout(), "\nbegan {name}").expect("a reader");
    for at in 0.. {
        let entry = vec![vec![at as u8; 9_000 + at as usize]];
        let appended =
            if at % 2 == 0 { store.append(&lease, at, entry) } else { store.append_now(&lease, at, entry) };
        appended.await.expect("appended");
        writeln!(stdout(), "wrote {at}").expect("a reader");
    }
}

#[tokio::test]
async fn what_was_acknowledged_outlives_the_writer() {
    let fixture = Fixture::new();
    for after in KILLED_AFTER {
        let mut writer = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", "faults::writes_until_it_is_killed", "--nocapture"])
            .env(WRITER, fixture.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a writer");
        let said = BufReader::new(writer.stdout.take().expect("its words")).lines().map_while(Result::ok);
        let mut said = said.skip_while(|line| !line.starts_with("began "));
        let name = said.next().expect("a run").split_off("began ".len());
        let acknowledged = said.by_ref().take(after).count();
        writer.kill().expect("killed");
        writer.wait().expect("its end");
        let acknowledged = acknowledged + said.filter(|line| line.starts_with("wrote ")).count();
        let journal = fixture.open().await.journal(&name).await.expect("a journal");
        assert!(journal.len() >= acknowledged, "{} of {acknowledged} entries are there", journal.len());
        for (at, entry) in journal.iter().enumerate() {
            assert_eq!(*entry, vec![at as u8; 9_000 + at]);
        }
    }
}

#[tokio::test]
async fn a_file_is_for_its_owner_alone() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    begun(&store, "a", "me", 1).await;
    let folder = fs::read_dir(fixture.path().parent().expect("a folder")).expect("files");
    let modes: Vec<_> = folder
        .flatten()
        .map(|file| file.metadata().expect("metadata").permissions().mode() & 0o077)
        .collect();
    assert!(modes.len() >= 2 && modes.iter().all(|others| *others == 0), "{modes:?}");
}

#[tokio::test]
async fn a_damaged_file_is_opened_or_refused_with_a_reason() {
    let fixture = Fixture::new();
    {
        let store = fixture.open().await;
        for at in 0..40 {
            let name = format!("run {at}");
            let lease = begun(&store, &name, "me", at).await;
            store.append(&lease, 0, vec![vec![at as u8; 3_000]]).await.expect("appended");
            store.end(&lease, move || ended(at, &[1; 2_000])).await.expect("ended");
        }
    }
    fixture.is_closed();
    let whole = fs::read(fixture.path()).expect("the file");
    let torn = (0..whole.len()).step_by(whole.len() / 60).map(|length| whole[..length].to_vec());
    // One bit of many places, and all of each place of the header, which decides how the rest is read.
    let places = (0..100).chain((100..whole.len()).step_by(whole.len() / 150));
    let flipped = places.map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    let mut refused = 0;
    for bytes in torn.chain(flipped) {
        let damaged = Fixture::new();
        fs::write(damaged.path(), bytes).expect("a file");
        let used = async {
            let store = damaged.try_open().await?;
            let listed = store.list(Which { limit: 100, before_ms: None, outcome: None }).await?;
            for run in &listed {
                for entry in store.journal(&run.run).await? {
                    let first = entry.first().copied().unwrap_or_default();
                    assert_eq!(entry, vec![first; 3_000], "an entry that was changed is no entry");
                }
                store.record(&run.run).await?;
            }
            let new = run("new", "me", 1);
            let lease = new.lease();
            store.begin(new, Vec::new()).await?;
            store.end(&lease, || ended(2, b"")).await
        };
        if let Err(error) = used.await {
            refused += 1;
            assert!(!error.to_string().is_empty());
        }
    }
    assert!(refused > 60, "{refused} were refused");
}

#[tokio::test]
async fn what_is_no_database_of_ours_is_refused_and_left_alone() {
    let fixture = Fixture::new();
    let text = "this is a letter and no database\n".repeat(200);
    fs::write(fixture.path(), &text).expect("a file");
    let refused = fixture.try_open().await.err();
    assert!(matches!(refused, Some(StoreError::Damaged(_))), "{refused:?}");
    assert_eq!(fs::read_to_string(fixture.path()).expect("the file"), text);
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let fixture = Fixture::new();
    drop(fixture.open().await);
    let newer = rusqlite::Connection::open(fixture.path()).expect("the database");
    newer.execute("INSERT INTO narrows_schema (version) VALUES (900)", []).expect("a version");
    let refused = fixture.try_open().await.err();
    assert!(matches!(refused, Some(StoreError::Newer { found: 900, .. })), "{refused:?}");
    assert_eq!(
        refused.map(|error| error.to_string().contains("newer Narrows")),
        Some(true),
        "it says what to do"
    );
}
