//! What a hello is answered with, and what both sides know afterwards.

use std::sync::Arc;

use super::offers::{Offers, judge_versions};
use super::services::{mismatch, version};
use crate::error::ProtocolError;
use crate::wire::{
    ConnectionId, Hello, Mode, Offer, PEER_NAME_TAG, PeerLimits, Refusal, RefusalCode,
    ServiceEntry, VERSIONS, VersionRange, Welcome,
};

/// What a side brings to a handshake.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Codecs by number, the preferred one first.
    pub(crate) codecs: Vec<u8>,
    pub(crate) limits: PeerLimits,
    pub(crate) serves: Arc<[ServiceEntry]>,
    pub(crate) calls: Vec<ServiceEntry>,
    /// Let services differ; calls find out one by one.
    pub(crate) allow_partial: bool,
    /// What it says of itself beside its services.
    pub(crate) offer: Arc<Offer>,
}

/// What both sides agreed on, as one of them sees it.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) connection: ConnectionId,
    /// The codec, by number.
    pub(crate) codec: u8,
    /// What the peer takes at most.
    pub(crate) peer_limits: PeerLimits,
    /// The services that the peer serves. The position of each is its lane.
    pub(crate) peer_serves: Arc<[ServiceEntry]>,
    /// The name that the peer claims. `None`: it claims none, or is a server.
    pub(crate) peer_name: Option<Arc<str>>,
    /// What both say of themselves beside their services. `None`: neither says anything.
    pub(crate) offers: Option<Box<Offers>>,
}

/// What a server chose out of a client's offer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen {
    version: u16,
    pub(crate) codec: u8,
}

/// Judges what can be told of a hello before the user's check: whether the two speak the same protocol.
pub(crate) fn judge_protocol(hello: &Hello, terms: &Terms) -> Result<Chosen, Refusal> {
    let version = VERSIONS.common(hello.versions).ok_or_else(|| {
        Refusal::new(
            RefusalCode::VersionMismatch,
            format!(
                "the client speaks protocol version {}, the server {VERSIONS}; use releases of both \
                 that share a version",
                hello.versions
            ),
        )
    })?;
    if let Some(unknown) = hello.extensions.iter().find(|extension| extension.critical) {
        return Err(Refusal::new(
            RefusalCode::UnknownExtension,
            format!(
                "critical extension {} is not known to the server",
                unknown.tag
            ),
        )
        .with_detail(unknown.tag.into()));
    }
    if hello.limits.is_void() {
        return Err(Refusal::new(
            RefusalCode::Malformed,
            "a limit of 0 in the hello",
        ));
    }
    // The client's order of preference counts: it is the one with a choice to make.
    let codec = hello
        .codecs
        .iter()
        .find(|codec| terms.codecs.contains(codec))
        .copied();
    let codec = codec.ok_or_else(|| {
        Refusal::new(
            RefusalCode::NoCommonCodec,
            format!(
                "the client offers codecs {:?}, the server takes {:?}",
                hello.codecs, terms.codecs
            ),
        )
    })?;
    Ok(Chosen { version, codec })
}

/// Judges whether the client wants what there is behind the welcome.
pub(crate) fn judge_mode(hello: &Hello, mode: Mode) -> Result<(), Refusal> {
    let text = match (hello.mode, mode) {
        (Mode::Frames, Mode::Frames) => return Ok(()),
        // It must not believe that it has a name.
        (Mode::Raw, Mode::Raw) if hello.peer_name.is_some() => {
            let text = "clients of a raw listener have no names";
            let refusal = Refusal::new(RefusalCode::UnknownExtension, text);
            return Err(refusal.with_detail(PEER_NAME_TAG.into()));
        }
        (Mode::Raw, Mode::Raw) => return Ok(()),
        (Mode::Raw, Mode::Frames) => {
            "the client wants raw bytes, and this is a server of services: connect with a client of one of them"
        }
        (Mode::Frames, Mode::Raw) => {
            "the client wants to call services, and this is a raw listener: connect with `raw::connect`"
        }
    };
    Err(Refusal::new(RefusalCode::ModeMismatch, text))
}

/// Judges whether the client finds the services that it calls.
pub(crate) fn judge_services(hello: &Hello, terms: &Terms) -> Result<(), Refusal> {
    if hello.allow_partial || terms.allow_partial {
        return Ok(());
    }
    let mut differences = Vec::new();
    for called in &hello.calls {
        let Some(served) = terms
            .serves
            .iter()
            .find(|served| served.name == called.name)
        else {
            return Err(Refusal::new(
                RefusalCode::UnknownService,
                format!(
                    "service `{}` is not served here, but {}",
                    called.name.escape_debug(),
                    names(&terms.serves)
                ),
            ));
        };
        differences.extend(mismatch(called, served));
    }
    let judged = judge_versions(
        (&terms.offer, &hello.offer),
        |name| version(&terms.serves, name),
        |name| version(&hello.calls, name).or_else(|| version(&hello.serves, name)),
    );
    if let Err(apart) = judged {
        differences.push(apart.told("the server", "the client"));
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::ServiceMismatch,
        differences.join("; "),
    ))
}

/// Judges what a server that does not know of ranges of versions did not.
pub(crate) fn judge_welcome(welcome: &Welcome, terms: &Terms) -> Result<(), Refusal> {
    if terms.allow_partial {
        return Ok(());
    }
    let judged = judge_versions(
        (&terms.offer, &welcome.offer),
        |name| version(&terms.calls, name).or_else(|| version(&terms.serves, name)),
        |name| version(&welcome.serves, name),
    );
    judged.map_err(|apart| {
        Refusal::new(
            RefusalCode::ServiceMismatch,
            apart.told("the client", "the server"),
        )
    })
}

/// Admits a client whose hello was judged well.
pub(crate) fn admit(
    hello: Hello,
    terms: &Terms,
    connection: ConnectionId,
    Chosen { version, codec }: Chosen,
) -> (Welcome, Agreement) {
    let welcome = Welcome {
        connection,
        version,
        codec,
        limits: terms.limits,
        serves: Arc::clone(&terms.serves),
        calls: terms.calls.clone(),
        offer: Offer::clone(&terms.offer),
        extensions: Vec::new(),
    };
    let agreement = Agreement {
        connection,
        codec,
        peer_limits: hello.limits,
        peer_serves: hello.serves,
        peer_name: hello.peer_name,
        offers: Offers::meet(&terms.offer, hello.offer, &terms.serves),
    };
    (welcome, agreement)
}

/// Takes a server at its word: a welcome must choose among what was offered.
pub(crate) fn accept(welcome: Welcome, terms: &Terms) -> Result<Agreement, ProtocolError> {
    let unexpected = |found: String, expected| ProtocolError::Unexpected { found, expected };
    let chosen = VersionRange {
        oldest: welcome.version,
        newest: welcome.version,
    };
    if VERSIONS.common(chosen).is_none() {
        return Err(unexpected(
            format!("a welcome to protocol version {}", welcome.version),
            "one of the offered versions",
        ));
    }
    if !terms.codecs.contains(&welcome.codec) {
        return Err(unexpected(
            format!("a welcome with codec {}", welcome.codec),
            "one of the offered codecs",
        ));
    }
    if welcome.limits.is_void() {
        return Err(unexpected(
            "a limit of 0 in the welcome".to_owned(),
            "limits above 0",
        ));
    }
    if let Some(unknown) = welcome
        .extensions
        .iter()
        .find(|extension| extension.critical)
    {
        return Err(unexpected(
            format!("critical extension {} in the welcome", unknown.tag),
            "no critical extension that was not offered",
        ));
    }
    Ok(Agreement {
        connection: welcome.connection,
        codec: welcome.codec,
        peer_limits: welcome.limits,
        peer_serves: welcome.serves,
        peer_name: None,
        offers: Offers::meet(&terms.offer, welcome.offer, &terms.serves),
    })
}

fn names(services: &[ServiceEntry]) -> String {
    if services.is_empty() {
        return "no service is".to_owned();
    }
    let names: Vec<_> = services
        .iter()
        .map(|service| format!("`{}`", service.name.escape_debug()))
        .collect();
    names.join(", ")
}
