//! Control frames among what waits to be written.

use std::collections::VecDeque;

/// How much of what waits is control frames, which no flow control holds up. Counted exactly, so that a peer
/// which reads slowly is never taken for one that does not read.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// Bytes appended and bytes written since the beginning.
    appended: u64,
    written: u64,
    /// Runs of control frames that wait: where each ends, and its bytes.
    runs: VecDeque<(u64, usize)>,
    len: usize,
}

impl Control {
    /// Bytes of them that wait.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// So many bytes were appended.
    #[inline]
    pub(super) fn append(&mut self, bytes: usize, is_control: bool) {
        let begin = self.appended;
        self.appended += bytes as u64;
        if !is_control {
            return;
        }
        self.len += bytes;
        match self.runs.back_mut() {
            Some((end, len)) if *end == begin => {
                *end = self.appended;
                *len += bytes;
            }
            _ => self.runs.push_back((self.appended, bytes)),
        }
    }

    /// So many bytes were written.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.written += bytes as u64;
        // The first may be written in part: while there is always something that waits it goes on for ever.
        while let Some((end, len)) = self.runs.front_mut() {
            let left = end.saturating_sub(self.written);
            let left = usize::try_from(left).map_or(*len, |left| left.min(*len));
            self.len -= *len - left;
            *len = left;
            if left > 0 {
                break;
            }
            self.runs.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer that reads as fast as this side answers, with always something on its way.
    #[test]
    fn control_frames_that_were_written_do_not_count() {
        let mut control = Control::default();
        control.append(100, true);
        for _ in 0..1000 {
            control.append(100, true);
            control.wrote(100);
        }
        assert_eq!(control.len, 100, "100 bytes wait");
        control.append(50, false);
        control.append(10, true);
        control.wrote(60);
        assert_eq!(control.len, 50);
        control.wrote(89);
        assert_eq!((control.len, control.runs.len()), (10, 1));
        control.wrote(11);
        assert_eq!((control.len, control.runs.len()), (0, 0));
    }
}
