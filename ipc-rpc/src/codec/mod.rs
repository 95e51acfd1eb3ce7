//! How values become bytes: two formats, of which peers agree on one in the handshake.
//!
//! A codec turns one value into bytes and all of some bytes into one value. It knows nothing of
//! frames, whose limits it relies on, and the formats are named nowhere else. What a user has to
//! know about each stands at [`Codec`].
//!
//! Both formats are bounded in the same way, so that no bytes of a peer end this process:
//!
//! - Nesting ends at 128 levels, with an error, in both directions. The stack that they take grows
//!   with the type: in a debug build a recursive type of 300 bytes needs 0.3 MiB with postcard and
//!   0.9 MiB with MessagePack. One of 2 KiB needs 1.7 and 5 MiB (0.6 and 1.5 MiB in a release
//!   build), which is more than the 2 MiB of a thread: such a type has to box its large fields.
//! - What is reserved for collections follows the bytes of the message, not the lengths in it.
//! - Elements that take no bytes are limited, so that ten bytes cannot ask for 2^60 rounds of a
//!   loop.
//!
//! What serde buffers for untagged and flattened types is bounded while it is read, but what it
//! does with the buffer afterwards is out of reach: a type such as `struct N(Option<Box<N>>)`
//! recurses for ever from there, with every format.

mod error;
mod limits;
mod message;
mod message_pack;
mod postcard;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

pub use self::error::{CodecError, CodecErrorKind, CodecSide};
pub use self::message::{Message, assert_message};

/// How values become bytes.
///
/// Both peers offer the codecs they know, and the handshake picks one for the connection. Postcard
/// is the default: small and fast, for peers that are built from the same types. MessagePack writes
/// names and types beside the values, for peers that are not, and for types that postcard cannot
/// carry.
///
/// # What they carry
///
/// | Type | Postcard | MessagePack |
/// |---|---|---|
/// | scalars, strings, tuples, structs, enums, collections, `Option`, `Result` | yes | yes |
/// | `Option<Option<T>>`, `Option<()>` | yes | `Some(None)` and `Some(())` come back as `None` |
/// | `i128`, `u128` | yes | yes, but not in untagged, internally tagged or flattened types |
/// | enums with `untagged`, `tag`, or `tag` and `content` | no: an error on decoding | yes |
/// | `flatten` | no: an error on encoding | yes |
/// | `skip_serializing_if` | no: an error once a field is skipped | yes, with `default` |
/// | `serde_json::Value` and the like | no: an error on decoding | yes |
/// | sequences of unknown length, such as a filtered iterator | no: an error on encoding | yes |
/// | elements without bytes, as in `Vec<()>` | 65 536 a message | yes |
/// | values in each other, counting structs, options, enums and all else | 128 levels | 128 levels |
///
/// Two attributes slip through with postcard, since serde does not tell a codec about them:
/// `skip_serializing_if` in a tuple struct, and `skip_serializing` without `skip_deserializing`.
/// The reader then takes the next value for the one left out.
///
/// # How types may change
///
/// | Change, while the peer has the old type | Postcard | MessagePack |
/// |---|---|---|
/// | a field added with `#[serde(default)]` | breaks | both directions work |
/// | a field added without, or removed | breaks | breaks where the reader requires it |
/// | fields reordered | breaks, often silently | works |
/// | a field renamed | works | breaks, but for `#[serde(alias)]` |
/// | a variant added at the end | works until it is sent | works until it is sent |
/// | a variant added elsewhere, or reordered | breaks, often silently | works until it is sent |
/// | an integer widened from 16 bits or more | works | works |
/// | an integer widened from 8 bits | breaks, often silently | works |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// [Postcard](https://postcard.jamesmunns.com): values alone, in the order of the type.
    #[default]
    Postcard,
    /// [MessagePack](https://msgpack.org), with struct fields and enum variants by name.
    MessagePack,
}

impl Codec {
    /// Every codec, in the order of preference.
    pub(crate) const ALL: [Self; 2] = [Self::Postcard, Self::MessagePack];

    /// The number that stands for this codec in the handshake.
    pub(crate) const fn id(self) -> u8 {
        match self {
            Self::Postcard => 1,
            Self::MessagePack => 2,
        }
    }

    /// The codec of a number from the handshake, or `None` for one of a later version.
    pub(crate) fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.id() == id)
    }

    /// Appends `value` to `out`. After an error or a panic `out` is as it was.
    ///
    /// # Errors
    ///
    /// Fails if the codec cannot carry the type, if the value nests too deeply, or if its
    /// implementation of `Serialize` fails.
    #[inline]
    pub(crate) fn encode<T: Serialize + ?Sized>(
        self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let mut appended = Appended {
            start: out.len(),
            out,
        };
        match self {
            Self::Postcard => postcard::encode(value, appended.out),
            Self::MessagePack => message_pack::encode(value, appended.out),
        }?;
        appended.keep();
        Ok(())
    }

    /// Decodes all of `bytes` as one value. No bytes make it panic or overflow the stack, but for
    /// what the [module](self) says of large recursive types.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not one value of the type exactly, if they nest too deeply, or if the
    /// codec cannot carry the type.
    #[inline]
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, CodecError> {
        self.decode_then(bytes, Ok, Err)
    }

    /// The same for who makes something else of it. What is decoded is not moved before: where it was just written in small
    /// pieces, to read it again in large ones takes a processor longer than to decode it.
    #[inline]
    pub(crate) fn decode_then<T: DeserializeOwned, R>(
        self,
        bytes: &[u8],
        then: impl FnOnce(T) -> R,
        refused: impl FnOnce(CodecError) -> R,
    ) -> R {
        match self {
            Self::Postcard => postcard::decode_then(bytes, then, refused),
            Self::MessagePack => match message_pack::decode(bytes) {
                Ok(value) => then(value),
                Err(error) => refused(error),
            },
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postcard => "postcard",
            Self::MessagePack => "MessagePack",
        })
    }
}

/// Takes back what was appended to a buffer, unless it is kept: after an error as well as while a
/// panic of the value's own code unwinds.
struct Appended<'out> {
    out: &'out mut Vec<u8>,
    start: usize,
}

impl Appended<'_> {
    #[inline]
    fn keep(&mut self) {
        self.start = self.out.len();
    }
}

impl Drop for Appended<'_> {
    #[inline]
    fn drop(&mut self) {
        self.out.truncate(self.start);
    }
}
