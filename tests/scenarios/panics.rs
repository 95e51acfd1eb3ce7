//! Handlers that panic.

use ipc_rpc::layer::{Next, Request};
use ipc_rpc::{CallError, CallOutcome, Context, context, ipc_service};
use serde::{Deserialize, Deserializer, Serialize};
use support::{Stage, Transport, scenarios};

scenarios! {
    a_handler_that_panics_is_answered_for_at_once_and_alone,
    a_handler_that_panics_gives_its_slot_back,
    arguments_that_panic_as_they_are_decoded_are_answered_for_as_a_handler_is,
}

/// Panics as it is decoded, if it is set.
#[derive(Serialize)]
struct Trap(bool);

impl<'de> Deserialize<'de> for Trap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As the derived one writes it.
        #[derive(Deserialize)]
        #[serde(rename = "Trap")]
        struct Plain(bool);
        let Plain(is_set) = Plain::deserialize(deserializer)?;
        assert!(!is_set, "on purpose");
        Ok(Self(is_set))
    }
}

#[ipc_service]
trait Traps {
    async fn step(&self, ctx: Context, trap: Trap) -> bool;
    fn step_blocking(&self, ctx: Context, trap: Trap) -> bool;
}

struct Floor;

impl Traps for Floor {
    async fn step(&self, _: Context, trap: Trap) -> bool {
        trap.0
    }

    fn step_blocking(&self, _: Context, trap: Trap) -> bool {
        trap.0
    }
}

async fn arguments_that_panic_as_they_are_decoded_are_answered_for_as_a_handler_is(
    transport: Transport,
) {
    let ctx = context::without_deadline;
    for has_layer in [false, true] {
        let stage = Stage::with(transport, |server| {
            let server = server.service(Floor.serve());
            if has_layer {
                server.layer(|request: Request, next: Next| next.run(request))
            } else {
                server
            }
        })
        .await;
        let client: TrapsClient = stage.client().await.connection().client();
        for _ in 0..3 {
            for stepped in [
                client.step(ctx(), Trap(true)).await,
                client.step_blocking(ctx(), Trap(true)).await,
            ] {
                assert!(matches!(stepped, Err(CallError::Panicked)), "{stepped:?}");
            }
            assert!(!client.step(ctx(), Trap(false)).await.unwrap());
            assert!(!client.step_blocking(ctx(), Trap(false)).await.unwrap());
        }
        stage.end().await;
    }
}

async fn a_handler_that_panics_is_answered_for_at_once_and_alone(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let other = stage.client().await;
    let hanging = stage.lab.hanging(&client, context::current(), 1).await;
    // Without a deadline nothing but an answer ends these calls.
    let ctx = context::without_deadline;
    let secret = || "secret 4711".to_owned();
    for error in [
        client.panic_at_once(ctx(), secret()).await.unwrap_err(),
        client.panic_later(ctx(), secret()).await.unwrap_err(),
        client.panic_blocking(ctx(), secret()).await.unwrap_err(),
    ] {
        assert!(matches!(error, CallError::Panicked), "{error:?}");
        assert_eq!(error.outcome(), CallOutcome::Unknown);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("4711"), "{shown}");
    }
    assert_eq!(other.add(context::current(), 2, 3).await.unwrap(), 5);
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.lab.release(1);
    assert_eq!(hanging.await.unwrap(), 1);
    stage.end().await;
}

async fn a_handler_that_panics_gives_its_slot_back(transport: Transport) {
    let mut config = ipc_rpc::Config::default();
    config.max_in_flight = 1;
    let stage = Stage::with(transport, |server| server.config(config)).await;
    let client = stage.client().await;
    for _ in 0..10 {
        let panicked = client
            .panic_later(context::without_deadline(), "again".to_owned())
            .await;
        assert!(matches!(panicked, Err(CallError::Panicked)), "{panicked:?}");
    }
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}
