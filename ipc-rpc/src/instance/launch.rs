//! What a process was started with, whole and exactly, on its way from one process to another.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::service::WireLaunch;
use crate::codec::{Codec, CodecError};
use crate::error::ClaimError;
use crate::identity::PeerIdentity;

/// What a process was started with, and what it wants beside that.
///
/// All of it arrives as it was: no arguments, empty ones, several lines in one, and text that is no Unicode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Launch<P = ()> {
    /// The arguments, without the name of the program.
    pub args: Vec<OsString>,
    /// What relative paths among the arguments are relative to. `None`: the process had none, for it was removed.
    pub working_directory: Option<PathBuf>,
    /// The variables of the environment that were [asked for](Self::with_env), where they were set.
    pub env: Vec<(OsString, OsString)>,
    /// What the application says beside.
    pub payload: P,
}

impl<P> Launch<P> {
    /// This process, as it was started: its arguments and working directory, and none of its environment.
    #[must_use]
    pub fn of_process(payload: P) -> Self {
        Self {
            args: env::args_os().skip(1).collect(),
            working_directory: env::current_dir().ok(),
            env: Vec::new(),
            payload,
        }
    }

    /// Without arguments, working directory and environment.
    #[must_use]
    pub const fn new(payload: P) -> Self {
        Self {
            args: Vec::new(),
            working_directory: None,
            env: Vec::new(),
            payload,
        }
    }

    /// The same with these arguments.
    #[must_use]
    pub fn with_args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// The same with these variables of this process's environment, those of them that are set:
    /// `XDG_ACTIVATION_TOKEN`, for instance. What is not named stays here.
    #[must_use]
    pub fn with_env<N: AsRef<OsStr>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let set = names.into_iter().filter_map(|name| {
            let name = name.as_ref();
            env::var_os(name).map(|value| (name.to_owned(), value))
        });
        self.env.extend(set);
        self
    }

    /// The variable of this name, if it came along.
    pub fn var(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        let found = self.env.iter().find(|(known, _)| known == name.as_ref());
        found.map(|(_, value)| value.as_os_str())
    }
}

impl<P: Serialize> Launch<P> {
    pub(super) fn encode(&self) -> Result<WireLaunch, ClaimError> {
        let working_directory = self.working_directory.as_ref();
        Ok(WireLaunch {
            args: self.args.iter().map(|arg| to_bytes(arg)).collect(),
            working_directory: working_directory.map(|path| to_bytes(path.as_os_str())),
            env: self
                .env
                .iter()
                .map(|(name, value)| (to_bytes(name), to_bytes(value)))
                .collect(),
            payload: encode(&self.payload).map_err(ClaimError::Encode)?,
        })
    }
}

impl<P: DeserializeOwned> Launch<P> {
    pub(super) fn decode(wire: WireLaunch) -> Result<Self, String> {
        let payload = decode(&wire.payload).map_err(|error| error.to_string())?;
        let args = wire.args.iter().map(from_bytes);
        let env = wire
            .env
            .iter()
            .map(|(name, value)| Ok((from_bytes(name)?, from_bytes(value)?)));
        let directory = wire.working_directory.as_ref().map(from_bytes);
        Ok(Self {
            args: args.collect::<Result<_, String>>()?,
            working_directory: directory.transpose()?.map(PathBuf::from),
            env: env.collect::<Result<_, String>>()?,
            payload,
        })
    }
}

/// A launch that has come to the primary instance.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Arrival<P = ()> {
    /// What was launched.
    pub launch: Launch<P>,
    /// What the kernel says of the process that was. With [`Scope::System`](super::Scope::System) it may be any user's.
    pub peer: PeerIdentity,
    /// Whether it is the primary instance's own launch.
    pub is_own: bool,
}

/// Payloads and answers are in the codec that takes added fields: two versions of an application may meet.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Bytes, CodecError> {
    let mut bytes = Vec::new();
    Codec::MessagePack.encode(value, &mut bytes)?;
    Ok(bytes.into())
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    Codec::MessagePack.decode(bytes)
}

/// Both processes are of one system, whose own form of a text is handed over.
#[cfg(unix)]
fn to_bytes(text: &OsStr) -> Bytes {
    use std::os::unix::ffi::OsStrExt;

    Bytes::copy_from_slice(text.as_bytes())
}

#[cfg(unix)]
fn from_bytes(bytes: &Bytes) -> Result<OsString, String> {
    use std::os::unix::ffi::OsStringExt;

    Ok(OsString::from_vec(bytes.to_vec()))
}

/// UTF-16 with whatever is not paired in it. Not std's own bytes, which no two versions of it need to share.
#[cfg(windows)]
fn to_bytes(text: &OsStr) -> Bytes {
    use std::os::windows::ffi::OsStrExt;

    text.encode_wide().flat_map(u16::to_le_bytes).collect()
}

#[cfg(windows)]
fn from_bytes(bytes: &Bytes) -> Result<OsString, String> {
    use std::os::windows::ffi::OsStringExt;

    if bytes.len() % 2 != 0 {
        return Err(format!("a text of {} bytes is no UTF-16", bytes.len()));
    }
    let units = bytes.chunks_exact(2);
    let units: Vec<_> = units
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
        .collect();
    Ok(OsString::from_wide(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no Unicode text is.
    fn broken() -> OsString {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt;
            OsString::from_vec(vec![b'a', 0xff, 0xfe])
        }
        #[cfg(windows)]
        {
            use std::os::windows::ffi::OsStringExt;
            OsString::from_wide(&[0x61, 0xd800, 0x62])
        }
    }

    #[test]
    fn a_launch_arrives_exactly_as_it_was() {
        let lists: [Vec<OsString>; 5] = [
            vec![],
            vec!["".into()],
            vec!["a".into(), "".into(), "".into()],
            vec!["two\nlines".into(), "tab\tand \"quotes\"|".into()],
            vec![broken(), "x".repeat(100_000).into()],
        ];
        for args in lists {
            let mut launch = Launch::new(("payload".to_owned(), Some(7_u64))).with_args(args);
            launch.working_directory = Some(PathBuf::from(broken()));
            launch.env = vec![(broken(), "".into())];
            let arrived = Launch::decode(launch.encode().unwrap()).unwrap();
            assert_eq!(arrived, launch);
        }
    }

    #[test]
    fn a_payload_of_another_type_is_an_error_and_no_other_value() {
        let wire = Launch::new("text".to_owned()).encode().unwrap();
        assert!(Launch::<u32>::decode(wire).is_err());
    }
}
