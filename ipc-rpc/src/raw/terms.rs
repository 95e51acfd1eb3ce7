//! What a handshake cannot do without, although nothing of it is used behind the welcome.

use std::sync::Arc;

use crate::codec::Codec;
use crate::config::Config;
use crate::proto::handshake::Terms;

pub(super) fn terms(config: &Config) -> Terms {
    Terms {
        codecs: Codec::ALL.iter().map(|codec| codec.id()).collect(),
        limits: config.peer_limits(),
        serves: Arc::default(),
        calls: Vec::new(),
        allow_partial: true,
        offer: Arc::default(),
    }
}
