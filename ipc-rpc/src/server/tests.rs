//! Who gets a place, and a name.

use std::sync::Arc;

use super::registry::{NoPlace, Place, Registry};
use crate::auth::{NoAuthenticator, PeerPolicy};
use crate::config::Config;
use crate::layer::Layers;
use crate::proto::handshake::Terms;
use crate::service::Services;
use crate::wire::ConnectionId;

fn registry(max_connections: usize) -> Arc<Registry> {
    let config = Config {
        max_connections,
        ..Config::default()
    };
    let terms = Terms {
        codecs: vec![1],
        limits: config.peer_limits(),
        serves: Arc::default(),
        calls: Vec::new(),
        allow_partial: false,
        offer: Arc::default(),
    };
    let services = Arc::new(Services::new(Vec::new(), Layers::default()));
    let check = Arc::new(NoAuthenticator);
    let (registry, _) = Registry::new(config, terms, services, check, PeerPolicy::SameUser);
    Arc::new(registry)
}

fn reserve(registry: &Arc<Registry>, id: u64, name: &str) -> Result<Place, NoPlace> {
    registry.reserve_place(ConnectionId::new(id), Some(name.into()))
}

#[test]
fn a_name_is_held_from_the_place_on_and_free_again_if_the_place_comes_to_nothing() {
    let registry = registry(8);
    let place = reserve(&registry, 1, "worker").ok().unwrap();
    for _ in 0..2 {
        let taken = reserve(&registry, 2, "worker").err().unwrap();
        assert!(
            matches!(&taken, NoPlace::NameTaken { name } if &**name == "worker"),
            "{taken:?}"
        );
    }
    assert!(registry.named("worker").is_none(), "not connected yet");
    let other = reserve(&registry, 3, "Worker").ok().unwrap();
    drop(place);
    let next = reserve(&registry, 4, "worker").ok().unwrap();
    drop((other, next));
}

#[test]
fn a_taken_name_costs_no_place_and_a_missing_place_no_name() {
    let registry = registry(2);
    let first = reserve(&registry, 1, "a").ok().unwrap();
    for id in 2..10 {
        assert!(matches!(
            reserve(&registry, id, "a"),
            Err(NoPlace::NameTaken { .. })
        ));
    }
    let second = reserve(&registry, 10, "b").ok().unwrap();
    // Who has no place is told that, and not what is known of names.
    for name in ["a", "c"] {
        let full = reserve(&registry, 11, name).err().unwrap();
        assert!(matches!(full, NoPlace::Full), "{full:?}");
    }
    drop(second);
    let third = reserve(&registry, 12, "c").ok().unwrap();
    drop((first, third));
}
