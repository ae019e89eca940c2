//! The plan, carried out: the files beside their places, then what SSM keeps, then the files into
//! their places. What fails before the first of them is stored leaves nothing behind.
//!
//! Must not know what the files say.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::change::Change;
use dynoscaler::adapters::AwsError;
use dynoscaler::config::Parameter;

/// What the umask leaves of it is that of any new file.
const NEW_FILE: u32 = 0o666;

/// Files that wait beside their places. Those that do not get there are removed.
#[derive(Debug)]
pub(super) struct Staged {
    files: Vec<(NamedTempFile, String, PathBuf)>,
}

/// Why the plan was not carried out, and how far it was.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApplyError {
    #[error("nothing was changed: cannot write beside {}", .0.display())]
    Stage(PathBuf, #[source] io::Error),
    #[error("nothing was changed: {0} was changed by another program meanwhile")]
    Changed(String),
    #[error(
        "{}: cannot store {what} in {parameter}, for which you need ssm:PutParameter",
        so_far(.done)
    )]
    Store {
        done: Vec<String>,
        what: &'static str,
        parameter: Parameter,
        #[source]
        cause: Box<AwsError>,
    },
    #[error("{}: cannot write {}; run init again", so_far(.done), .path.display())]
    Place {
        done: Vec<String>,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
}

fn so_far(steps: &[String]) -> String {
    if steps.is_empty() { "nothing was changed".to_owned() } else { steps.join(" and ") }
}

/// Writes every file beside its place.
pub(super) fn stage(folder: &Path, changes: &[Change]) -> Result<Staged, ApplyError> {
    let staged = changes.iter().map(|change| {
        let path = folder.join(&change.name);
        if read(&path).map_err(|error| ApplyError::Stage(path.clone(), error))? != change.before {
            return Err(ApplyError::Changed(path.display().to_string()));
        }
        let file = beside(&path, &change.after);
        let file = file.map_err(|error| ApplyError::Stage(path.clone(), error))?;
        Ok((file, change.name.clone(), path))
    });
    Ok(Staged { files: staged.collect::<Result<_, _>>()? })
}

/// The text of a file, if there is one.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

fn beside(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(path);
    let permissions = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Permissions::from_mode(NEW_FILE),
        current => current?.permissions(),
    };
    let mut file =
        Builder::new().prefix(".dynoscaler-").permissions(permissions).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

impl Staged {
    /// Moves every file to its place. `done` is what was done before, for an error to say.
    pub(super) fn place(self, mut done: Vec<String>) -> Result<Vec<String>, ApplyError> {
        for (file, name, path) in self.files {
            match file.persist(&path) {
                Ok(_) => done.push(format!("{name} is written")),
                Err(error) => return Err(ApplyError::Place { done, path, cause: error.error }),
            }
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: Option<&str>) -> Change {
        let before = before.map(ToOwned::to_owned);
        Change { name: "targets.toml".to_owned(), before, after: "new\n".to_owned() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_in_its_place_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let staged = stage(folder.path(), &[change(None)]).expect("staged");
        assert!(!folder.path().join("targets.toml").exists());
        drop(staged);
        assert_eq!(names(folder.path()), Vec::<String>::new());
        let staged = stage(folder.path(), &[change(None)]).expect("staged");
        let done = staged.place(vec!["the token is stored".to_owned()]).expect("placed");
        let path = folder.path().join("targets.toml");
        assert_eq!(done, ["the token is stored", "targets.toml is written"]);
        assert_eq!(fs::read_to_string(path).expect("a file"), "new\n");
        assert_eq!(names(folder.path()), ["targets.toml"]);
    }

    #[test]
    fn a_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("targets.toml");
        fs::write(&path, "old\n").expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("set");
        let staged = stage(folder.path(), &[change(Some("old\n"))]).expect("staged");
        staged.place(Vec::new()).expect("placed");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_file_that_another_program_changed_is_not_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("targets.toml"), "theirs\n").expect("written");
        let error = stage(folder.path(), &[change(Some("old\n"))]).expect_err("refused");
        assert!(error.to_string().contains("was changed by another program"), "{error}");
        assert_eq!(names(folder.path()), ["targets.toml"]);
    }

    #[test]
    fn what_was_done_before_a_failure_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let staged = stage(folder.path(), &[change(None)]).expect("staged");
        fs::create_dir_all(folder.path().join("targets.toml/inside")).expect("in the way");
        let error =
            staged.place(vec!["the token is stored in /a".to_owned()]).expect_err("refused");
        let shown = error.to_string();
        assert!(shown.starts_with("the token is stored in /a: cannot write "), "{shown}");
        assert_eq!(names(folder.path()), ["targets.toml"]);
    }
}
