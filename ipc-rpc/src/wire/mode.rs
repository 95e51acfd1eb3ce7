//! What follows the welcome: an extension of the hello, unless it is frames.

use super::hello::Extension;

/// The extension's tag, in a hello.
pub(super) const TAG: u16 = 2;

/// What follows the welcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Frames of this protocol.
    #[default]
    Frames,
    /// Whatever the two applications make of it.
    Raw,
}

/// Critical: a server that does not know of it would speak frames.
pub(super) fn to_extension(mode: Mode) -> Option<Extension> {
    match mode {
        Mode::Frames => None,
        Mode::Raw => Some(Extension {
            tag: TAG,
            critical: true,
            value: Vec::new(),
        }),
    }
}

/// Takes the mode from among the extensions of a hello and leaves the others. A value belongs to a later version, and is
/// not looked at.
pub(super) fn take(extensions: &mut Vec<Extension>) -> Mode {
    let taken = extensions.extract_if(.., |extension| extension.tag == TAG);
    match taken.count() {
        0 => Mode::Frames,
        _ => Mode::Raw,
    }
}
