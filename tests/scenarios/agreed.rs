//! Versions and features that both sides agree on while connecting.

use ipc_rpc::{ConnectError, Context, RefusalReason, context, ipc_service};
use support::{Stage, Transport, scenarios};

scenarios! {
    a_feature_counts_once_both_sides_have_announced_it,
    the_highest_version_in_both_ranges_is_agreed_on_and_known_to_both_sides,
    ranges_without_a_version_in_common_are_refused_with_both,
    a_side_that_does_not_say_can_do_with_just_what_it_has,
    versions_of_what_a_client_serves_count_as_well,
    who_lets_services_differ_finds_no_version_agreed_on,
    what_cannot_be_announced_is_found_before_anything_is_sent,
}

/// Says what it sees as agreed on.
#[ipc_service(version = 3)]
pub trait Desk {
    async fn version(&self, ctx: Context) -> Option<u32>;
    async fn has(&self, ctx: Context, feature: String) -> bool;
}

/// What a client calls that serves a desk itself.
#[ipc_service]
pub trait Lobby {
    async fn wait(&self, ctx: Context);
}

struct TheLobby;

impl Lobby for TheLobby {
    async fn wait(&self, _: Context) {}
}

struct TheDesk;

impl Desk for TheDesk {
    async fn version(&self, ctx: Context) -> Option<u32> {
        ctx.peer().connection()?.service_version::<DeskClient>()
    }

    async fn has(&self, ctx: Context, feature: String) -> bool {
        let connection = ctx.peer().connection();
        connection.is_some_and(|connection| connection.has_feature(&feature))
    }
}

fn mismatch(error: &ConnectError) -> &str {
    let ConnectError::Refused { reason, message } = error else {
        panic!("{error:?} where versions were to differ");
    };
    assert_eq!(*reason, RefusalReason::ServiceMismatch, "{message}");
    message
}

async fn a_feature_counts_once_both_sides_have_announced_it(transport: Transport) {
    let stage = Stage::with(transport, |server| {
        server
            .service(TheDesk.serve())
            .feature("undo")
            .feature("tabs")
    })
    .await;
    let client: DeskClient = stage
        .place
        .connect()
        .feature("undo")
        .feature("later")
        .feature("undo")
        .await
        .unwrap();
    for (feature, expected) in [
        ("undo", true),
        ("tabs", false),
        ("later", false),
        ("", false),
    ] {
        let here = client.connection().has_feature(feature);
        let there = client
            .has(context::current(), feature.into())
            .await
            .unwrap();
        assert_eq!((here, there), (expected, expected), "{feature:?}");
    }
    let silent: DeskClient = stage.place.connect().await.unwrap();
    assert!(!silent.connection().has_feature("undo"));
    stage.end().await;
}

async fn the_highest_version_in_both_ranges_is_agreed_on_and_known_to_both_sides(
    transport: Transport,
) {
    let stage = Stage::with(transport, |server| {
        server
            .service(TheDesk.serve())
            .versions::<DeskClient>(2..=3)
    })
    .await;
    for (versions, agreed) in [(1..=2, 2), (2..=9, 3), (0..=3, 3)] {
        let client: DeskClient = stage
            .place
            .connect()
            .versions::<DeskClient>(versions)
            .await
            .unwrap();
        let here = client.connection().service_version::<DeskClient>();
        let there = client.version(context::current()).await.unwrap();
        assert_eq!((here, there), (Some(agreed), Some(agreed)));
    }
    stage.end().await;
}

async fn ranges_without_a_version_in_common_are_refused_with_both(transport: Transport) {
    let stage = Stage::with(transport, |server| {
        server
            .service(TheDesk.serve())
            .versions::<DeskClient>(2..=3)
    })
    .await;
    let connect = stage.place.connect::<DeskClient>();
    let error = connect.versions::<DeskClient>(4..).await.unwrap_err();
    let message = mismatch(&error);
    assert!(
        message.contains("the server can do with versions 2 to 3"),
        "{message}"
    );
    assert!(
        message.contains("the client with version 4 and later ones"),
        "{message}"
    );
    stage.end().await;
}

async fn a_side_that_does_not_say_can_do_with_just_what_it_has(transport: Transport) {
    let silent = Stage::with(transport, |server| server.service(TheDesk.serve())).await;
    let connect = silent.place.connect::<DeskClient>();
    let error = connect.versions::<DeskClient>(1..=2).await.unwrap_err();
    let message = mismatch(&error);
    assert!(
        message.contains("version 3") && message.contains("versions 1 to 2"),
        "{message}"
    );
    let connect = silent.place.connect::<DeskClient>();
    let client = connect.versions::<DeskClient>(3..).await.unwrap();
    assert_eq!(client.version(context::current()).await.unwrap(), Some(3));
    // Where neither says anything, both have it of the other's table, if it serves it.
    let client: DeskClient = silent.place.connect().await.unwrap();
    assert_eq!(client.connection().service_version::<DeskClient>(), Some(3));
    assert_eq!(client.version(context::current()).await.unwrap(), None);
    silent.end().await;
    let demanding = Stage::with(transport, |server| {
        server.service(TheDesk.serve()).versions::<DeskClient>(..3)
    })
    .await;
    let error = demanding.place.connect::<DeskClient>().await.unwrap_err();
    let message = mismatch(&error);
    assert!(
        message.contains("versions 0 to 2") && message.contains("version 3"),
        "{message}"
    );
    demanding.end().await;
}

async fn versions_of_what_a_client_serves_count_as_well(transport: Transport) {
    let stage = Stage::with(transport, |server| {
        server
            .service(TheLobby.serve())
            .versions::<DeskClient>(1..=2)
    })
    .await;
    let connect = stage.place.connect::<LobbyClient>();
    let error = connect.serve(TheDesk.serve()).await.unwrap_err();
    assert!(mismatch(&error).contains("version 3"), "{error}");
    let connect = stage.place.connect::<LobbyClient>();
    let connect = connect.serve(TheDesk.serve()).versions::<DeskClient>(2..=3);
    let lobby = connect.await.unwrap();
    let agreed = lobby.connection().service_version::<DeskClient>();
    assert_eq!(agreed, Some(2));
    stage.end().await;
}

async fn who_lets_services_differ_finds_no_version_agreed_on(transport: Transport) {
    let stage = Stage::with(transport, |server| {
        server
            .service(TheDesk.serve())
            .versions::<DeskClient>(1..=2)
    })
    .await;
    let client = stage
        .place
        .connect::<DeskClient>()
        .allow_partial()
        .await
        .unwrap();
    assert_eq!(client.connection().service_version::<DeskClient>(), None);
    assert_eq!(client.version(context::current()).await.unwrap(), None);
    stage.end().await;
}

async fn what_cannot_be_announced_is_found_before_anything_is_sent(transport: Transport) {
    let stage = Stage::with(transport, |server| server.service(TheDesk.serve())).await;
    for name in ["", "two\nlines"] {
        let error = stage
            .place
            .connect::<DeskClient>()
            .feature(name)
            .await
            .unwrap_err();
        let ConnectError::Offer { problem } = &error else {
            panic!("{error:?}");
        };
        assert!(problem.contains("1 to 255 bytes"), "{problem}");
    }
    stage.end().await;
    let server = transport.place().server().feature("").bind();
    let error = server.map(drop).unwrap_err();
    assert!(
        matches!(error, ipc_rpc::BindError::Offer { .. }),
        "{error:?}"
    );
}
