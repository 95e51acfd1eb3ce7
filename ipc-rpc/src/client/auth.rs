//! What a client shows to the server's authenticator.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;

use crate::codec::{Codec, CodecError};
use crate::error::ConnectError;
use crate::wire::AuthPayload;

/// The auth payload, or where it comes from.
pub(super) enum Auth {
    None,
    /// In each codec, since the choice of the codec may still change.
    Encoded(Vec<EncodedAuth>),
    /// Asked anew for each attempt to connect.
    Provider(Provider),
}

type Provider = Box<dyn Fn() -> Encoding + Send + Sync>;
type Encoding = Pin<Box<dyn Future<Output = Vec<EncodedAuth>> + Send>>;

/// The auth payload in one codec.
pub(super) struct EncodedAuth {
    codec: Codec,
    bytes: Result<Vec<u8>, CodecError>,
}

impl Auth {
    pub(super) fn of<T: Serialize + ?Sized>(payload: &T) -> Self {
        Self::Encoded(encode(payload))
    }

    pub(super) fn by<F, Fut, T>(provider: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Serialize,
    {
        Self::Provider(Box::new(move || {
            let payload = provider();
            Box::pin(async move { encode(&payload.await) })
        }))
    }

    /// The payload in the codec with this id.
    ///
    /// # Cancel safety
    ///
    /// That of the application's provider.
    pub(super) async fn payload(
        &self,
        codec: Option<&u8>,
    ) -> Result<Option<AuthPayload>, ConnectError> {
        let fresh;
        let encoded = match self {
            Self::None => return Ok(None),
            Self::Encoded(encoded) => encoded,
            Self::Provider(provider) => {
                fresh = provider().await;
                &fresh
            }
        };
        let preferred = encoded.iter().find(|auth| Some(&auth.codec.id()) == codec);
        let Some(EncodedAuth { codec, bytes }) = preferred else {
            return Ok(None);
        };
        let bytes = bytes.clone().map_err(ConnectError::AuthPayload)?;
        let codec = codec.id();
        Ok(Some(AuthPayload { codec, bytes }))
    }
}

fn encode<T: Serialize + ?Sized>(payload: &T) -> Vec<EncodedAuth> {
    let encode = |codec: Codec| {
        let mut bytes = Vec::with_capacity(PAYLOAD_CAPACITY);
        let bytes = codec.encode(payload, &mut bytes).map(|()| bytes);
        EncodedAuth { codec, bytes }
    };
    Codec::ALL.into_iter().map(encode).collect()
}

/// Bytes in which most payloads are encoded: a token and a name or two.
const PAYLOAD_CAPACITY: usize = 64;
