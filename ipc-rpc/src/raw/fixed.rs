//! Frames that all have the same length.

use std::io;

use bytes::{BufMut, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

/// Cuts a stream into frames of a fixed number of bytes.
///
/// Strict: a stream that ends within a frame is an error, and so is a frame of another length that is to be sent.
///
/// ```
/// # use ipc_rpc::{raw, transport::memory};
/// use futures_util::{SinkExt, StreamExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let name = &memory::Address::new();
/// # let mut listener = raw::Listener::bind(name)?;
/// # let (client, server) = tokio::join!(raw::connect(name), listener.accept());
/// # let (client, server) = (client?, server?);
/// let mut samples = client.into_framed(raw::FixedCodec::new(4));
/// samples.send([1, 2, 3, 4]).await?;
/// # let mut server = server.into_framed(raw::FixedCodec::new(4));
/// # assert_eq!(server.next().await.ok_or("none")??, [1, 2, 3, 4][..]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedCodec {
    len: usize,
}

impl FixedCodec {
    /// Frames of `len` bytes. There are none of 0 bytes: decoding and encoding fail.
    #[must_use]
    pub const fn new(len: usize) -> Self {
        Self { len }
    }

    /// Bytes of a frame.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a length of frames, and not of something that can be empty"
    )]
    pub const fn len(&self) -> usize {
        self.len
    }

    fn check(self) -> io::Result<()> {
        match self.len {
            0 => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "frames of 0 bytes cannot be told apart",
            )),
            _ => Ok(()),
        }
    }
}

impl Decoder for FixedCodec {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        self.check()?;
        // Memory follows what arrives: nothing is reserved for a frame of which little is here.
        Ok((bytes.len() >= self.len).then(|| bytes.split_to(self.len)))
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        match self.decode(bytes)? {
            Some(frame) => Ok(Some(frame)),
            None if bytes.is_empty() => Ok(None),
            None => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!(
                    "the stream ended within a frame: {} of its {} bytes were found",
                    bytes.len(),
                    self.len
                ),
            )),
        }
    }
}

impl<T: AsRef<[u8]>> Encoder<T> for FixedCodec {
    type Error = io::Error;

    fn encode(&mut self, frame: T, out: &mut BytesMut) -> io::Result<()> {
        self.check()?;
        let frame = frame.as_ref();
        if frame.len() != self.len {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "a frame of {} bytes, {} were expected",
                    frame.len(),
                    self.len
                ),
            ));
        }
        out.put_slice(frame);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames of a whole stream that arrives in pieces, and how it ended.
    fn decode(len: usize, pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Option<io::ErrorKind>) {
        let (mut codec, mut buffer, mut frames) =
            (FixedCodec::new(len), BytesMut::new(), Vec::new());
        for piece in pieces {
            buffer.put_slice(piece);
            loop {
                match codec.decode(&mut buffer) {
                    Ok(Some(frame)) => frames.push(frame.to_vec()),
                    Ok(None) => break,
                    Err(error) => return (frames, Some(error.kind())),
                }
            }
        }
        loop {
            match codec.decode_eof(&mut buffer) {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => return (frames, None),
                Err(error) => return (frames, Some(error.kind())),
            }
        }
    }

    #[test]
    fn frames_are_cut_wherever_the_pieces_end() {
        let expected = (vec![b"abc".to_vec(), b"def".to_vec()], None);
        assert_eq!(decode(3, &[b"abcdef"]), expected);
        assert_eq!(
            decode(3, &[b"a", b"b", b"", b"c", b"d", b"e", b"f"]),
            expected
        );
        assert_eq!(decode(3, &[b"abcd", b"ef"]), expected);
        assert_eq!(decode(3, &[]), (Vec::new(), None));
        assert_eq!(
            decode(1, &[b"ab"]),
            (vec![b"a".to_vec(), b"b".to_vec()], None)
        );
    }

    #[test]
    fn a_torn_last_frame_is_an_error_and_those_before_it_are_whole() {
        let torn = Some(io::ErrorKind::UnexpectedEof);
        assert_eq!(decode(3, &[b"abcde"]), (vec![b"abc".to_vec()], torn));
        assert_eq!(decode(3, &[b"a"]), (Vec::new(), torn));
        let mut rest = BytesMut::from(&b"ab"[..]);
        let error = FixedCodec::new(3).decode_eof(&mut rest).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the stream ended within a frame: 2 of its 3 bytes were found"
        );
    }

    #[test]
    fn a_frame_of_another_length_is_not_sent() {
        let mut out = BytesMut::new();
        let mut codec = FixedCodec::new(3);
        codec.encode(b"abc", &mut out).unwrap();
        for other in [&b""[..], b"ab", b"abcd"] {
            let error = codec.encode(other, &mut out).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
        assert_eq!(out, &b"abc"[..]);
    }

    #[test]
    fn frames_of_no_bytes_are_an_error_and_no_endless_loop() {
        let invalid = Some(io::ErrorKind::InvalidInput);
        assert_eq!(decode(0, &[b"abc"]), (Vec::new(), invalid));
        let encoded = FixedCodec::new(0).encode(b"", &mut BytesMut::new());
        assert_eq!(encoded.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
