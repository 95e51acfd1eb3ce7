//! The end of what a plugin has printed.

use std::collections::VecDeque;

/// Bytes that are kept.
const MAX: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: VecDeque<u8>,
}

impl Tail {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(MAX)..];
        let excess = (self.bytes.len() + bytes.len()).saturating_sub(MAX);
        self.bytes.drain(..excess);
        self.bytes.extend(bytes);
    }

    /// From the beginning of a character on.
    pub(super) fn text(&self) -> String {
        let is_middle = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
        let skipped = self.bytes.iter().take(3).take_while(is_middle).count();
        let bytes: Vec<u8> = self.bytes.iter().skip(skipped).copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        // What is no UTF-8 has become longer.
        let excess = text.len().saturating_sub(MAX);
        let start = (excess..text.len()).find(|start| text.is_char_boundary(*start));
        text[start.unwrap_or(text.len())..].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_whatever_came_before() {
        let mut tail = Tail::default();
        for number in 0..100_000 {
            tail.push(format!("{number}\n").as_bytes());
        }
        let text = tail.text();
        assert_eq!(text.len(), MAX);
        assert!(text.ends_with("\n99998\n99999\n"));
        tail.push(&[b'a'; 3 * MAX]);
        assert_eq!(tail.text(), "a".repeat(MAX));
    }

    #[test]
    fn half_a_character_at_the_beginning_is_left_out() {
        let mut tail = Tail::default();
        tail.push("é".repeat(MAX).as_bytes());
        tail.push(b"a");
        let text = tail.text();
        assert!(text.starts_with('é') && text.ends_with("éa"));
    }
}
