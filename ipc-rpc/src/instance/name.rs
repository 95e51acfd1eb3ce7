//! From the id of an application to a name that can be bound.

use super::Scope;
use crate::error::ClaimError;
use crate::transport::local_socket::SocketName;

/// The name that stands for this application, in this version and scope.
///
/// A readable end of the id, then 128 bits of FNV-1a over the whole id and the version, in base 32. By accident two ids
/// share a name once in 2^128 pairs. Who means to have them share one finds such ids, but could as well use the very id.
/// The hash is in lower case, so ids that differ in case only are told apart on Windows as well.
pub(super) fn socket_name(
    id: &str,
    version: Option<&str>,
    scope: Scope,
) -> Result<SocketName, ClaimError> {
    let bad = || ClaimError::Id { id: id.to_owned() };
    if id.is_empty() || id.chars().any(char::is_control) {
        return Err(bad());
    }
    let name = format!("{}-{}", readable_end(id), base32(hash(id, version)));
    match scope {
        Scope::User => SocketName::new(name).map_err(|_| bad()),
        Scope::System => shared_name(&name),
    }
}

/// The kernel alone says whose such a name is, for exactly as long as its holder lives.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn shared_name(name: &str) -> Result<SocketName, ClaimError> {
    SocketName::abstract_(format!("ipc-rpc-instance/{name}")).map_err(unsupported)
}

/// The same.
#[cfg(windows)]
fn shared_name(name: &str) -> Result<SocketName, ClaimError> {
    SocketName::pipe(format!("ipc-rpc-instance~{name}")).map_err(unsupported)
}

/// In a directory for all users nobody may remove what the dead server of another one has left.
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
fn shared_name(_: &str) -> Result<SocketName, ClaimError> {
    Err(ClaimError::Unsupported {
        platform: std::env::consts::OS,
        reason: "there is no place from which every user can clear what a dead instance left",
    })
}

#[cfg(any(target_os = "linux", target_os = "android", windows))]
fn unsupported(_: crate::error::NameError) -> ClaimError {
    ClaimError::Unsupported {
        platform: std::env::consts::OS,
        reason: "the shared name is none here",
    }
}

/// What of the id fits, from its end, since ids begin with what many have in common; in whole parts, if it has such.
fn readable_end(id: &str) -> String {
    let skip = id.chars().count().saturating_sub(READABLE);
    let end: String = id
        .chars()
        .skip(skip)
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') => c,
            _ => '_',
        })
        .collect();
    let whole_parts = match end.split_once('.') {
        Some((_, parts)) if skip > 0 && !parts.is_empty() => parts,
        _ => &end,
    };
    whole_parts.trim_start_matches('.').to_owned()
}

/// Of both, so that no end of an id can pass for a version.
fn hash(id: &str, version: Option<&str>) -> u128 {
    let len = u64::try_from(id.len()).unwrap_or(u64::MAX).to_le_bytes();
    let (has_version, version) = match version {
        Some(version) => (1, version),
        None => (0, ""),
    };
    [&len, id.as_bytes(), &[has_version], version.as_bytes()]
        .concat()
        .iter()
        .fold(FNV_OFFSET, |hash, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(FNV_PRIME)
        })
}

fn base32(mut number: u128) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = String::with_capacity(HASH_LEN);
    for _ in 0..HASH_LEN {
        text.push(char::from(DIGITS[(number % 32) as usize]));
        number /= 32;
    }
    text
}

/// Digits of base 32 for 128 bits.
const HASH_LEN: usize = 26;
/// Characters of an id that are left readable.
const READABLE: usize = SocketName::MAX_LEN - HASH_LEN - "-".len();

const FNV_OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(id: &str, version: Option<&str>) -> String {
        socket_name(id, version, Scope::User).unwrap().to_string()
    }

    #[test]
    fn the_hash_is_fnv_1a_as_it_is_published() {
        // The published test vectors of the 128-bit variant, over bytes alone.
        let plain = |bytes: &[u8]| {
            bytes.iter().fold(FNV_OFFSET, |hash, byte| {
                (hash ^ u128::from(*byte)).wrapping_mul(FNV_PRIME)
            })
        };
        assert_eq!(plain(b""), FNV_OFFSET);
        assert_eq!(plain(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(plain(b"foobar"), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }

    #[test]
    fn a_name_stays_what_it_is_from_release_to_release() {
        let own = name("org.example.App", None);
        assert_eq!(own, "example.App-7a3ypyx5qkfghmejtj2ccxetia");
        assert_eq!(
            name("org.example.App", Some("1")),
            "example.App-xa5ojd6yuuowzke62admy7snce"
        );
    }

    #[test]
    fn every_text_without_control_characters_is_an_id_whatever_its_length() {
        let long = "x".repeat(100_000);
        for id in ["a", ".", "...", "Ünïcödé", "a b/c\\d", "-", &long] {
            assert!(name(id, None).len() <= SocketName::MAX_LEN, "{id}");
        }
        for id in ["", "a\0b", "a\nb"] {
            let error = socket_name(id, None, Scope::User).unwrap_err();
            assert!(matches!(error, ClaimError::Id { .. }), "{error:?}");
        }
    }

    #[test]
    fn ids_and_versions_that_look_alike_have_names_of_their_own() {
        let long = "x".repeat(200);
        let longer = "x".repeat(201);
        let names = [
            name("app", None),
            name("App", None),
            name("app", Some("")),
            name("app", Some("1")),
            name("app1", None),
            name("ap", Some("p1")),
            name("app\u{2f}1", None),
            name("app_1", None),
            name(&long, None),
            name(&longer, None),
        ];
        // As Windows compares them.
        let distinct: HashSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(distinct.len(), names.len(), "{names:?}");
    }
}
