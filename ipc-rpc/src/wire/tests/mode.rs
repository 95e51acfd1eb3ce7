//! What follows the welcome: the bytes that ask for it.

use super::*;

/// A hello with this mode and no other extension, and one with others.
fn hellos(mode: Mode) -> [Hello; 2] {
    let alone = Hello {
        mode,
        extensions: Vec::new(),
        ..hello()
    };
    let among_others = Hello { mode, ..hello() };
    [alone, among_others]
}

#[test]
fn raw_bytes_are_asked_for_by_the_documented_extension() {
    let [hello, _] = hellos(Mode::Raw);
    let bytes = hello.encode();
    let extension = hex("
        01 00                     # extensions
        02 00                     #   tag: the mode
        01                        #   critical
        00 00 00 00               #   no value
    ");
    assert!(bytes.ends_with(&extension), "{bytes:02x?}");
    let [frames, _] = hellos(Mode::Frames);
    assert!(frames.encode().ends_with(&hex("00 00")), "none for frames");
}

#[test]
fn a_mode_is_read_as_it_was_said_among_whatever_else_was_said() {
    for mode in [Mode::Frames, Mode::Raw] {
        for hello in hellos(mode) {
            assert_eq!(Hello::decode(split(&hello.encode()).1).as_ref(), Ok(&hello));
        }
    }
}

#[test]
fn a_mode_said_twice_or_with_a_value_or_not_as_critical_is_the_same_mode() {
    let [expected, _] = hellos(Mode::Raw);
    for extensions in [
        "02 00  02 00 01  00 00 00 00  02 00 01  00 00 00 00",
        "01 00  02 00 01  03 00 00 00 61 62 63",
        "01 00  02 00 00  00 00 00 00",
    ] {
        let mut body = split(&expected.encode()).1.to_vec();
        body.truncate(body.len() - 9);
        body.extend(hex(extensions));
        assert_eq!(Hello::decode(&body).as_ref(), Ok(&expected), "{extensions}");
    }
}
