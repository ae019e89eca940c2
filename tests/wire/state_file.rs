//! The state in a file keeps the same as the state in a table: one winner for each version.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use dynoscaler::adapters::StateFile;
use dynoscaler::policy::{
    Change, Counters, DynoLimit, InstanceId, Intent, LastKnownQuantity, Pause, State,
};
use dynoscaler::ports::{StateError, StateStore, Stored, Write, WriteOutcome};
use dynoscaler::report::error_chain;
use support::example::START;

/// A folder of one test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("dynoscaler-state-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn path(&self) -> PathBuf {
        self.0.join("below/state.redb")
    }

    fn file(&self, key: &str) -> StateFile {
        StateFile::new(&self.path(), key.to_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(expected: Option<u64>, by: &str) -> Write {
    let change = Change { from: 2, to: 3 };
    let intent = Intent { change, at: START, since: START, by: InstanceId::new("instance") };
    let counters = Counters { up: 1, down: 2 };
    let state =
        State { counters, last_tick: Some(START), intent: Some(intent), ..State::default() };
    Write { expected, state, at: START, by: by.to_owned() }
}

#[tokio::test]
async fn no_file_is_a_state_of_its_own_and_reading_makes_none() {
    let folder = Folder::new();
    assert_eq!(folder.file("my-app/worker").load().await.unwrap(), Stored::default());
    assert!(!folder.path().exists());
}

// case G12
#[tokio::test]
async fn a_new_file_is_its_owners_alone_whatever_the_mask() {
    let folder = Folder::new();
    assert_eq!(
        folder.file("my-app/worker").commit(&write(None, "a")).await.unwrap(),
        WriteOutcome::Won
    );
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path()), 0o600);
    assert_eq!(mode(folder.path().parent().unwrap()), 0o700);
    assert_eq!(mode(&folder.0), 0o700);
}

// case G12
#[tokio::test]
async fn a_link_to_a_file_is_followed_and_one_to_a_missing_file_is_refused() {
    let folder = Folder::new();
    fs::create_dir_all(&folder.0).unwrap();
    let (target, link) = (folder.0.join("elsewhere.redb"), folder.0.join("state.redb"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let file = StateFile::new(&link, "my-app/worker".to_owned());
    let read = file.load().await.unwrap_err();
    let written = file.commit(&write(None, "a")).await.unwrap_err();
    for chain in [error_chain(&read), error_chain(&written)] {
        assert!(chain.ends_with("it is a link to a file that does not exist"), "{chain}");
    }
    assert!(!target.exists());
    let other = StateFile::new(&target, "my-app/worker".to_owned());
    other.commit(&write(None, "a")).await.unwrap();
    assert_eq!(file.load().await.unwrap().version, Some(1));
}

#[tokio::test]
async fn the_next_process_reads_what_was_written() {
    let folder = Folder::new();
    let first = write(None, "a");
    assert_eq!(folder.file("my-app/worker").commit(&first).await.unwrap(), WriteOutcome::Won);
    let read = folder.file("my-app/worker").load().await.unwrap();
    assert_eq!(read, Stored { version: Some(1), state: first.state });
    let idle = Write { state: State::default(), ..write(Some(1), "b") };
    assert_eq!(folder.file("my-app/worker").commit(&idle).await.unwrap(), WriteOutcome::Won);
    let read = folder.file("my-app/worker").load().await.unwrap();
    assert_eq!(read, Stored { version: Some(2), state: State::default() });
}

// case B11
#[tokio::test]
async fn a_dry_run_obeys_the_live_item_and_writes_its_own() {
    let folder = Folder::new();
    let live = folder.file("my-app/worker");
    let pause = Some(Pause { since: START, until: None, by: None, reason: None });
    let last_known = Some(LastKnownQuantity { quantity: 0, by_hand_since: None });
    let limit = Some(DynoLimit { dynos: 4, until: START, refusals: 0 });
    let known = State { pause: pause.clone(), last_known, limit, ..State::default() };
    live.commit(&Write { state: known, ..write(None, "live") }).await.unwrap();
    let dry = folder.file("my-app/worker#dry-run").beside(Some("my-app/worker".to_owned()));
    let read = dry.load().await.unwrap();
    assert_eq!((read.version, read.state.counters), (None, Counters::default()));
    assert_eq!((read.state.pause, read.state.last_known), (pause.clone(), last_known));
    assert_eq!(read.state.limit, limit);
    assert_eq!(dry.commit(&write(None, "dry")).await.unwrap(), WriteOutcome::Won);
    assert_eq!(live.load().await.unwrap().state.counters, Counters::default());
    let read = dry.load().await.unwrap();
    assert_eq!((read.version, read.state.counters.up), (Some(1), 1));
    assert_eq!(read.state.pause, pause);
}

#[tokio::test]
async fn a_write_on_another_version_loses_and_changes_nothing() {
    let folder = Folder::new();
    let file = folder.file("my-app/worker");
    assert_eq!(file.commit(&write(Some(1), "a")).await.unwrap(), WriteOutcome::Lost);
    assert_eq!(file.load().await.unwrap(), Stored::default());
    file.commit(&write(None, "a")).await.unwrap();
    let before = file.load().await.unwrap();
    for expected in [None, Some(0), Some(2)] {
        let late = Write { state: State::default(), ..write(expected, "b") };
        assert_eq!(file.commit(&late).await.unwrap(), WriteOutcome::Lost, "{expected:?}");
        assert_eq!(file.load().await.unwrap(), before);
    }
}

#[tokio::test]
async fn a_write_that_finds_itself_has_won() {
    let folder = Folder::new();
    let file = folder.file("my-app/worker");
    file.commit(&write(None, "a")).await.unwrap();
    assert_eq!(file.commit(&write(None, "a")).await.unwrap(), WriteOutcome::Won);
    assert_eq!(file.load().await.unwrap().version, Some(1));
}

#[tokio::test]
async fn each_target_has_an_item_of_its_own() {
    let folder = Folder::new();
    folder.file("my-app/worker").commit(&write(None, "a")).await.unwrap();
    assert_eq!(folder.file("my-app/worker#dry-run").load().await.unwrap(), Stored::default());
    folder.file("my-app/worker#dry-run").commit(&write(None, "b")).await.unwrap();
    assert_eq!(folder.file("my-app/worker").load().await.unwrap().version, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_writers_on_one_version_at_once_one_wins() {
    let folder = Folder::new();
    for expected in [None, Some(1), Some(2)] {
        let writers: Vec<_> = (0..8)
            .map(|number| {
                let file = folder.file("my-app/worker");
                let write = write(expected, &format!("{expected:?} {number}"));
                tokio::spawn(async move { file.commit(&write).await.unwrap() })
            })
            .collect();
        let mut won = 0;
        for writer in writers {
            won += u32::from(writer.await.unwrap() == WriteOutcome::Won);
        }
        assert_eq!(won, 1, "{expected:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_and_stays_as_it_is() {
    let folder = Folder::new();
    let mut cut = Vec::new();
    folder.file("my-app/worker").commit(&write(None, "a")).await.unwrap();
    cut.extend_from_slice(&fs::read(folder.path()).unwrap()[..5_000]);
    for content in [b"counters: 1, 2".to_vec(), cut] {
        fs::write(folder.path(), &content).unwrap();
        let file = folder.file("my-app/worker");
        let error = file.load().await.unwrap_err();
        assert!(matches!(error, StateError::Unavailable { .. }), "{error:?}");
        assert!(error_chain(&error).contains("state.redb"), "{}", error_chain(&error));
        file.commit(&write(None, "a")).await.unwrap_err();
        assert_eq!(fs::read(folder.path()).unwrap(), content);
    }
}
