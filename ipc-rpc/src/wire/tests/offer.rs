//! What a side says of itself beside its services: the bytes, and those that say nothing.

use super::*;

fn offer() -> Offer {
    let mut offer = Offer::default();
    offer.set_versions("Calc", &(2..=3));
    offer.add_feature("undo".into());
    offer
}

/// The bytes of its extensions, and how many they are.
const EXTENSIONS: &str = "
    03 00                     #   tag: versions of services
    00                        #   not critical
    10 00 00 00               #   value: length,
    01 00                     #     services
    04 00  43 61 6c 63        #       name
    02 00 00 00  03 00 00 00  #       oldest and newest version
    04 00                     #   tag: features
    00                        #   not critical
    08 00 00 00               #   value: length,
    01 00                     #     features
    04 00  75 6e 64 6f        #       name
";

#[test]
fn versions_and_features_have_the_documented_bytes_in_hello_and_welcome() {
    let hello = Hello {
        offer: offer(),
        extensions: Vec::new(),
        ..hello()
    };
    let welcome = Welcome {
        offer: offer(),
        extensions: Vec::new(),
        ..welcome()
    };
    let extensions = [hex("02 00"), hex(EXTENSIONS)].concat();
    for bytes in [hello.encode(), welcome.encode()] {
        assert!(bytes.ends_with(&extensions), "{bytes:02x?}");
    }
    assert_eq!(Hello::decode(split(&hello.encode()).1), Ok(hello));
    let decoded = Verdict::decode(PreludeKind::Welcome, split(&welcome.encode()).1);
    assert_eq!(decoded, Ok(Verdict::Welcome(welcome)));
}

/// What a server reads of a hello with one extension.
fn read(tag: u16, value: &str) -> Result<Offer, Malformed> {
    let extension = Extension {
        tag,
        critical: false,
        value: hex(value),
    };
    let hello = Hello {
        extensions: vec![extension],
        ..hello()
    };
    Hello::decode(split(&hello.encode()).1).map(|hello| hello.offer)
}

#[test]
fn what_follows_an_offer_belongs_to_a_later_version() {
    assert_eq!(read(4, "00 00  ff"), Ok(Offer::default()));
    let feature = read(4, "01 00  01 00 61  ff ff").unwrap();
    assert!(feature.has("a"));
}

#[test]
fn bytes_that_are_no_offer_are_malformed() {
    for (tag, value) in [
        (3, ""),
        (3, "01 00  01 00 61  00 00 00 00  00 00 00"),
        (3, "01 00  01 00 ff  00 00 00 00  00 00 00 00"),
        (3, "ff ff"),
        (4, "01 01"),
        (4, "02 00  01 00 61"),
        // No name, and one that would fill two lines.
        (4, "01 00  00 00"),
        (4, "01 00  01 00 0a"),
    ] {
        assert!(read(tag, value).is_err(), "{tag} {value}");
    }
}

#[test]
fn what_cannot_be_told_is_found_before_it_is() {
    assert_eq!(offer().problem(), None);
    for name in ["", "two\nlines", &"x".repeat(256)] {
        let mut offer = offer();
        offer.add_feature(name.into());
        let problem = offer.problem().unwrap();
        assert!(problem.contains("1 to 255 bytes"), "{problem}");
    }
    let mut many = Offer::default();
    for number in 0..257 {
        many.add_feature(number.to_string().into());
    }
    assert!(many.problem().unwrap().contains("257"));
}
