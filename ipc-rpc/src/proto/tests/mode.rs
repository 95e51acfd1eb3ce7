//! What a client wants behind the welcome, and whether it is there.

use super::handshake::hello;
use crate::proto::handshake::judge_mode;
use crate::wire::{Hello, Mode, RefusalCode};

#[test]
fn a_client_gets_behind_the_welcome_what_it_wants_or_is_told_where_to_turn() {
    let wants = |mode| Hello { mode, ..hello(&[]) };
    for mode in [Mode::Frames, Mode::Raw] {
        assert_eq!(judge_mode(&wants(mode), mode), Ok(()));
    }
    for (wanted, there, told) in [
        (Mode::Raw, Mode::Frames, "a client of one of them"),
        (Mode::Frames, Mode::Raw, "raw::connect"),
    ] {
        let refusal = judge_mode(&wants(wanted), there).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::ModeMismatch);
        assert!(refusal.text.contains(told), "{}", refusal.text);
    }
}

#[test]
fn a_raw_client_is_not_let_to_believe_that_it_has_a_name() {
    let named = Hello {
        mode: Mode::Raw,
        peer_name: Some("ada".into()),
        ..hello(&[])
    };
    let refusal = judge_mode(&named, Mode::Raw).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.detail),
        (RefusalCode::UnknownExtension, 1)
    );
}
