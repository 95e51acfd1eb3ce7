//! The name that a client claims among the clients of its server: an extension of the hello.

use std::sync::Arc;

use super::cursor::Malformed;
use super::hello::Extension;

/// The extension's tag, in a hello.
pub(crate) const TAG: u16 = 1;

/// Bytes of a name at most.
const MAX_LEN: usize = 255;

/// Whether a client may claim this name: a server may show it in one line of its log.
pub(crate) fn is_peer_name(name: &str) -> bool {
    (1..=MAX_LEN).contains(&name.len()) && !name.contains(char::is_control)
}

/// Critical: a server that knows of no names must not let the client believe that it has one.
pub(super) fn to_extension(name: &str) -> Extension {
    Extension {
        tag: TAG,
        critical: true,
        value: name.as_bytes().to_vec(),
    }
}

/// Takes the name from among the extensions of a hello and leaves the others.
pub(super) fn take(extensions: &mut Vec<Extension>) -> Result<Option<Arc<str>>, Malformed> {
    let malformed = |problem| Malformed::new("hello", problem);
    let mut taken = None;
    for extension in extensions.extract_if(.., |extension| extension.tag == TAG) {
        let name = str::from_utf8(&extension.value)
            .ok()
            .filter(|name| is_peer_name(name))
            .ok_or_else(|| {
                malformed(
                    "the client's name is not 1 to 255 bytes of UTF-8 without control characters",
                )
            })?;
        if taken.replace(Arc::from(name)).is_some() {
            return Err(malformed("the client claims two names"));
        }
    }
    Ok(taken)
}
