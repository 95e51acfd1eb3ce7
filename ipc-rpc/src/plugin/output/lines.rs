//! Cutting what a plugin prints into lines.

/// Bytes of a line that are kept.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// The line that is not complete.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
}

impl Lines {
    /// Hands on the lines that `bytes` completes. What a line has beyond the limit is lost.
    pub(super) fn push(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, behind) = rest.split_at(end);
            // One that arrives whole is not copied.
            if self.line.is_empty() {
                take(cut(line));
            } else {
                self.append(line);
                take(cut(&self.line));
                self.line.clear();
            }
            rest = &behind[1..];
        }
        self.append(rest);
    }

    /// Hands on what has no end.
    pub(super) fn finish(&mut self, mut take: impl FnMut(&[u8])) {
        if !self.line.is_empty() {
            take(cut(&self.line));
            self.line.clear();
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let room = MAX_LINE.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// The line as it is shown.
fn cut(line: &[u8]) -> &[u8] {
    let line = &line[..line.len().min(MAX_LINE)];
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        let mut take = |line: &[u8]| found.push(String::from_utf8_lossy(line).into_owned());
        for chunk in chunks {
            lines.push(chunk, &mut take);
        }
        lines.finish(&mut take);
        found
    }

    #[test]
    fn lines_are_found_wherever_the_chunks_are_cut() {
        let text = b"one\r\n\ntwo\nthree";
        let expected = ["one", "", "two", "three"];
        assert_eq!(lines(&[text]), expected);
        let bytes: Vec<_> = text.chunks(1).collect();
        assert_eq!(lines(&bytes), expected);
        assert_eq!(lines(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_memory_than_it_may() {
        let mut lines = Lines::default();
        for _ in 0..1_000 {
            lines.push(&[b'a'; 10_000], |_| panic!("a line without an end"));
        }
        assert!(lines.line.capacity() <= 2 * MAX_LINE);
        let mut found = Vec::new();
        lines.push(b"b\nc\n", |line| found.push(line.len()));
        assert_eq!(found, [MAX_LINE, 1]);
    }
}
