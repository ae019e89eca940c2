//! The lines of a text.
//!
//! Must not know what is in it.

/// Where the lines of a text begin, found once.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { starts: after.map(|(at, _)| at + 1).collect() }
    }

    /// The line, from 1 on, in which an offset is.
    pub(super) fn at(&self, offset: usize) -> usize {
        1 + self.starts.partition_point(|start| *start <= offset)
    }
}
