//! Whether a disk outlives a restart, as far as the system says.
//!
//! Must not know what is written there.

use std::path::Path;

/// What happens to a disk at a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// It is lost with its container.
    OfContainer,
    /// It is lost when the machine restarts.
    OfMemory,
    /// Nothing indicates that it is lost.
    Kept,
}

impl Disk {
    /// The disk of a file that need not be there yet.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let folders = path.ancestors().filter(|folder| !folder.as_os_str().is_empty());
        folders.chain([Path::new(".")]).find_map(kind).map_or(Self::Kept, Self::from_kind)
    }

    /// By the numbers that Linux gives to its file systems.
    const fn from_kind(kind: i64) -> Self {
        match kind {
            0x794c_7630 => Self::OfContainer,            // overlayfs
            0x0102_1994 | 0x8584_58f6 => Self::OfMemory, // tmpfs, ramfs
            _ => Self::Kept,
        }
    }
}

/// Unknown where there is no such folder.
#[cfg(target_os = "linux")]
fn kind(folder: &Path) -> Option<i64> {
    rustix::fs::statfs(folder).ok().map(|disk| disk.f_type)
}

#[cfg(not(target_os = "linux"))]
fn kind(_: &Path) -> Option<i64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_of_a_container_and_memory_are_not_kept() {
        for (kind, disk) in [
            (0x794c_7630, Disk::OfContainer),
            (0x0102_1994, Disk::OfMemory),
            (0x8584_58f6, Disk::OfMemory),
            (0xef53, Disk::Kept),
            (0x9123_683e, Disk::Kept),
        ] {
            assert_eq!(Disk::from_kind(kind), disk);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_not_there_yet_is_on_the_disk_of_its_folder() {
        assert_eq!(Disk::of(Path::new("/dev/shm/no/such/folder/state.redb")), Disk::OfMemory);
    }
}
