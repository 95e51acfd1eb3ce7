//! The name that a client claims: its bytes, and the bytes that are no name.

use super::*;

/// A hello that says nothing, with these bytes in place of its extensions.
fn with_extensions(extensions: &[u8]) -> Vec<u8> {
    let mut body = hex("
        01 00  01 00              # versions
        00                        # codecs
        00                        # allow partial
        00 00 00 00               # frame limit
        00 00 00 00               # requests in flight
        00 00 00 00               # streams
        00 00 00 00               # items of a stream
        00 00 00 00               # bytes of a stream
        00 00                     # services it calls
        00 00                     # services it serves
        00                        # no auth payload
    ");
    body.extend_from_slice(extensions);
    body
}

/// The name that a server reads, if it is to be found in one extension of this value.
fn read(value: &[u8]) -> Result<Option<String>, Malformed> {
    let mut extensions = hex("01 00  01 00 01");
    extensions.extend_from_slice(&(value.len() as u32).to_le_bytes());
    extensions.extend_from_slice(value);
    let hello = Hello::decode(&with_extensions(&extensions))?;
    assert_eq!(hello.extensions, []);
    Ok(hello.peer_name.map(|name| name.to_string()))
}

#[test]
fn a_name_has_the_documented_bytes() {
    let body = with_extensions(&hex("
        01 00                     # extensions
        01 00                     #   tag: the name
        01                        #   critical
        06 00 00 00               #   value: length,
        77 c3 b6 72 6b 31         #     UTF-8
    "));
    let hello = Hello::decode(&body).unwrap();
    assert_eq!(hello.peer_name.as_deref(), Some("wörk1"));
    assert_eq!(hello.extensions, []);
    assert_eq!(split(&hello.encode()).1, body);
}

#[test]
fn a_name_is_found_among_other_extensions_critical_or_not() {
    let body = with_extensions(&hex("
        03 00                     # extensions
        02 01  00  00 00 00 00    #   one that is not known
        01 00  00  01 00 00 00 61 #   the name, not marked as critical
        00 80  01  01 00 00 00 62 #   one that is not known
    "));
    let hello = Hello::decode(&body).unwrap();
    assert_eq!(hello.peer_name.as_deref(), Some("a"));
    let tags: Vec<_> = hello.extensions.iter().map(|other| other.tag).collect();
    assert_eq!(tags, [0x0102, 0x8000]);
}

#[test]
fn a_name_has_1_to_255_bytes_without_control_characters() {
    let longest = "x".repeat(255);
    let umlauts = "ö".repeat(127);
    for name in ["a", "a b", " ", "größer", "🦀", &longest, &umlauts] {
        assert!(is_peer_name(name), "{name:?}");
        assert_eq!(read(name.as_bytes()).unwrap().as_deref(), Some(name));
    }
    let too_long = "x".repeat(256);
    let too_many_umlauts = "ö".repeat(128);
    let controls = ["\0", "a\n", "\tb", "\x1b[2J", "\x7f", "c\u{85}"];
    for name in ["", &too_long, &too_many_umlauts]
        .into_iter()
        .chain(controls)
    {
        assert!(!is_peer_name(name), "{name:?}");
        let problem = read(name.as_bytes()).unwrap_err().problem;
        assert!(problem.contains("255 bytes"), "{problem}");
    }
    for no_utf8 in [&b"\xff"[..], b"w\xc3", b"\xed\xa0\x80"] {
        assert!(read(no_utf8).is_err(), "{no_utf8:?}");
    }
}

#[test]
fn two_names_are_none() {
    for second in ["01 00 01  01 00 00 00 61", "01 00 00  01 00 00 00 62"] {
        let extensions = hex(&format!("02 00  01 00 01  01 00 00 00 61  {second}"));
        let error = Hello::decode(&with_extensions(&extensions)).unwrap_err();
        assert!(error.problem.contains("two names"), "{error:?}");
    }
}
