//! Reading and writing the hand-written layouts.

/// Bytes of a text that says why at most; the rest is cut.
const MAX_REASON: usize = 1024;

/// Bytes that do not mean what they should: what was being read, and why it cannot be that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The item that was being read, for instance `hello`.
    pub(crate) what: &'static str,
    /// What is wrong with it.
    pub(crate) problem: String,
}

impl Malformed {
    pub(crate) fn new(what: &'static str, problem: impl Into<String>) -> Self {
        Self {
            what,
            problem: problem.into(),
        }
    }
}

/// Reads a layout front to back. Running out of bytes is an error, never a panic.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes }
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let Some((head, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.malformed(format!(
                "{len} more bytes expected, {} found",
                self.rest.len()
            )));
        };
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(crate) fn u128(&mut self) -> Result<u128, Malformed> {
        Ok(u128::from_le_bytes(self.array()?))
    }

    /// A text with its length in front, as two bytes.
    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        let len = self.u16()?.into();
        let bytes = self.bytes(len)?;
        str::from_utf8(bytes)
            .map_err(|error| self.malformed(format!("a text is no UTF-8: {error}")))
    }

    /// A text that says why something ended or failed.
    pub(crate) fn reason(&mut self) -> Result<String, Malformed> {
        Ok(truncated(self.text()?, MAX_REASON).to_owned())
    }

    /// `count` items, each read by `item`. Memory follows the bytes that are there, not the count that
    /// is announced.
    pub(crate) fn items<T>(
        &mut self,
        count: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let mut items = Vec::with_capacity(count.min(self.rest.len() / 8));
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn malformed(&self, problem: impl Into<String>) -> Malformed {
        Malformed::new(self.what, problem)
    }
}

/// Appends the hand-written layouts to a buffer.
pub(crate) trait Write {
    fn put_u8(&mut self, value: u8);
    fn put_u16(&mut self, value: u16);
    fn put_u32(&mut self, value: u32);
    fn put_u64(&mut self, value: u64);
    /// Writes at most `u16::MAX` bytes of `text`, cut at a character's border.
    fn put_text(&mut self, text: &str);
    /// The same for a text that says why something ended or failed: at most 1,024 bytes.
    fn put_reason(&mut self, text: &str);
}

impl Write for Vec<u8> {
    fn put_u8(&mut self, value: u8) {
        self.push(value);
    }

    fn put_u16(&mut self, value: u16) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_text(&mut self, text: &str) {
        let text = truncated(text, u16::MAX.into());
        self.put_u16(u16::try_from(text.len()).unwrap_or(u16::MAX));
        self.extend_from_slice(text.as_bytes());
    }

    fn put_reason(&mut self, text: &str) {
        self.put_text(truncated(text, MAX_REASON));
    }
}

/// The first `max` bytes of `text`, or a few less, so that no character is cut in two.
pub(crate) fn truncated(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
